/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fault-injecting module (tests/fake/p11_shim.c) around a softhsm, for C
 * tests: write rules, count calls.
 */
#ifndef TESTS_FAKE_SHIM_H
#define TESTS_FAKE_SHIM_H

#include "tests/fake/softhsm.h"

/*
 * After softhsm_setup(), before the module is first opened in this process:
 * hsm->module becomes the shim, its log and rules are in hsm->dir.
 */
int shim_setup(struct softhsm *hsm);

/* Replaces all rules, lines with "\n" between; all counts begin at zero. */
void shim_rules(const struct softhsm *hsm, const char *rules);

/* How often a call has returned since the log was last emptied; NULL: all. */
unsigned shim_count(const struct softhsm *hsm, const char *call);
void shim_forget(const struct softhsm *hsm); /* empties the log */

#endif
