/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names as a hostile CSR may carry them, against a policy that allows all
 * that is well-formed. The first byte is the kind, the rest the name. What is
 * let through is in its one spelling: deciding it again changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1800000000)

static const char text[] =
    "version: 1\nname: n\nissuer: i\ncallers: [{unix: {uid: 0}}]\n"
    "keys: [ed25519]\nusage: {ext: [client-auth]}\n"
    "validity: {default: 1d}\nsubject: {cn: first-dns, copy: [O]}\n"
    "san:\n"
    "  dns: {allow: ['**'], wildcard: true, underscore: true}\n"
    "  ip: {allow: ['0.0.0.0/0', '::/0']}\n"
    "  uri: {allow: ['spiffe://td/**', 'spiffe://td/{caller.user}/*']}\n"
    "  email: {allow: ['*@**']}\n";

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static const struct policy *
policy_get(void)
{
	static struct policy_set *set;
	struct yaml_findings f = YAML_FINDINGS_INIT;

	if (set == NULL) {
		policy_set_new(&set);
		must(policy_add(set, "n", span_str(text), &f) == 0);
		must(policy_set_seal(set, &f) == 0);
	}
	return policy_at(set, 0);
}

static void
spelling_check(const struct policy_name *name)
{
	size_t i;

	must(name->text.len > 0);
	for (i = 0; i < name->text.len; i++) {
		must(name->text.data[i] > 0x20 && name->text.data[i] < 0x7f);
		must(name->kind != POLICY_DNS || name->text.data[i] < 'A' ||
		     name->text.data[i] > 'Z');
	}
}

static void
name_run(enum policy_name_kind kind, struct span value)
{
	struct policy_name names[2] = {{kind, value}, {kind, value}};
	struct policy_attr attr = {"O", value};
	struct policy_facts facts = {
	    .key = KEY_ED25519,
	    .key_bits = 256,
	    .names = names,
	    .n_names = 2,
	    .attrs = &attr,
	    .now = NOW,
	    .issuer_not_before = NOW,
	    .issuer_not_after = NOW,
	};
	struct policy_decision decision, again;

	policy_eval(policy_get(), &facts, &decision);
	must(decision.allowed == (decision.n_reasons == 0));
	if (decision.allowed) {
		must(decision.n_names == 1);
		spelling_check(&decision.names[0]);
		names[1] = decision.names[0];
		policy_eval(policy_get(), &facts, &again);
		must(again.allowed && again.n_names == 1);
		must(span_eq(again.names[0].text, decision.names[0].text));
		policy_decision_free(&again);
	}
	policy_decision_free(&decision);
	/* The same bytes as an attribute of the subject. */
	facts.n_attrs = 1;
	facts.n_names = 0;
	facts.caller.user = "u";
	policy_eval(policy_get(), &facts, &decision);
	must(!decision.allowed || decision.n_attrs == 1);
	policy_decision_free(&decision);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		name_run((enum policy_name_kind)(data[0] % POLICY_NAME_KINDS),
		    span_of(data + 1, size - 1));
	return 0;
}
