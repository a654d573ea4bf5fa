# SPDX-License-Identifier: Apache-2.0
# Programs that measure, and the targets bench and bench-insn that run them.
