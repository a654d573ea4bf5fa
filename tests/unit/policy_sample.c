/* SPDX-License-Identifier: Apache-2.0 */
/* A policy and a request that it allows; see policy_sample.h. */
#include "tests/unit/policy_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct policy_set *
sample_set(const char *text)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct policy_set *set;

	policy_set_new(&set);
	if (policy_add(set, "sample.yaml", span_str(text), &f) != 0)
		fail_msg(
		    "%u:%u: %s", f.at[0].line, f.at[0].column, f.at[0].text);
	assert_int_equal(policy_set_seal(set, &f), 0);
	assert_int_equal(f.n, 0);
	return set;
}

struct policy_facts
sample_facts(void)
{
	return (struct policy_facts){
	    .caller = {.uid = 1000, .user = "deploy"},
	    .key = KEY_EC_P256,
	    .key_bits = 256,
	    .now = SAMPLE_NOW,
	    .issuer_not_before = SAMPLE_NOW - 1000 * 86400,
	    .issuer_not_after = SAMPLE_NOW + 1000 * 86400,
	};
}

void
sample_codes(const struct policy_decision *decision, struct buf *out)
{
	size_t i;

	for (i = 0; i < decision->n_reasons; i++)
		buf_printf(
		    out, "%s%s", i > 0 ? " " : "", decision->reasons[i].code);
}
