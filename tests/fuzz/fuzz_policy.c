/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a policy: whole, or findings. One that loads runs its own
 * tests and decides requests; what it grants keeps the promises that hold for
 * every policy.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1800000000)

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
tell(void *arg, const struct policy_test_result *result)
{
	(void)arg;
	must(result->passed == (result->text[0] == '\0'));
}

static void
decision_check(
    const struct policy_facts *facts, const struct policy_decision *decision)
{
	must(decision->allowed == (decision->n_reasons == 0));
	must(!decision->allowed || !facts->asks_ca);
	must(decision->allowed || decision->n_names + decision->n_attrs == 0);
	must(decision->n_names <= facts->n_names);
	if (!decision->allowed)
		return;
	must(decision->n_names + decision->n_attrs > 0);
	must(decision->not_before >= facts->issuer_not_before);
	must(decision->not_after <= facts->issuer_not_after);
	must(decision->not_before <= facts->now);
	must(decision->not_after >= facts->now);
}

static void
requests_run(const struct policy *policy)
{
	static const struct policy_name names[] = {
	    {POLICY_DNS, {(const uint8_t *)"*.a.example", 11}},
	    {POLICY_DNS, {(const uint8_t *)"web.example", 11}},
	    {POLICY_IP, {(const uint8_t *)"10.20.0.1", 9}},
	    {POLICY_URI, {(const uint8_t *)"spiffe://td/a", 13}},
	    {POLICY_EMAIL, {(const uint8_t *)"a@example.com", 13}},
	};
	static const struct policy_attr attrs[] = {
	    {"O", {(const uint8_t *)"Example", 7}}};
	struct policy_facts facts = {
	    .caller = {.uid = 0, .user = "deploy"},
	    .attrs = attrs,
	    .n_attrs = 1,
	    .now = NOW,
	    .issuer_not_before = NOW - 100,
	    .issuer_not_after = NOW + 100000,
	};
	struct policy_decision decision;
	size_t first, n;
	int key;

	for (key = KEY_RSA; key < KEY_KINDS; key++) {
		facts.key = (enum key_kind)key;
		facts.key_bits = 4096;
		for (first = 0; first < 5; first++) {
			for (n = 0; first + n <= 5; n++) {
				facts.names = names + first;
				facts.n_names = n;
				facts.asks_ca = n == 4;
				facts.ttl_s = n == 3 ? 3600 : 0;
				policy_eval(policy, &facts, &decision);
				decision_check(&facts, &decision);
				policy_decision_free(&decision);
			}
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct policy_set *set;
	int rc;

	policy_set_new(&set);
	rc = policy_add(set, "fuzz.yaml", span_of(data, size), &f);
	must((rc == 0) == (f.n == 0));
	must(policy_set_count(set) == (rc == 0));
	must((policy_set_seal(set, &f) == 0) == (rc == 0));
	if (rc == 0) {
		must(policy_find(set, span_str(policy_name(policy_at(
					  set, 0)))) == policy_at(set, 0));
		must(policy_key_usage(policy_at(set, 0)) != 0);
		must(policy_ext_usage(policy_at(set, 0)) != 0);
		(void)policy_test(set, NOW, tell, NULL);
		requests_run(policy_at(set, 0));
	}
	policy_set_free(set);
	yaml_findings_free(&f);
	return 0;
}
