# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += config/libconfig.a
config_libconfig_a_SOURCES = \
	config/check.c \
	config/config.c config/config.h \
	config/private.h config/risk.def
