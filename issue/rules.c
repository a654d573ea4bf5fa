/* SPDX-License-Identifier: Apache-2.0 */
/* The rules in force: loaded whole, or not at all. */
#include "issue/rules.h"

#include <stdlib.h>

#include "lib/file.h"
#include "lib/mem.h"

static int
file_add(struct policy_set *set, const char *dir, const char *name,
    struct yaml_findings *findings)
{
	MEM_CLEANUP char *path = xasprintf("%s/%s", dir, name);
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;

	if (file_read(path, FILE_TRUSTED, POLICY_FILE_MAX, &text, &d) != 0) {
		yaml_find(findings, name, 0, 0, "%s", d.text);
		return ERR_POLICY_INVALID;
	}
	return policy_add(set, name, buf_span(&text), findings);
}

static int
set_load(struct policy_set *set, const char *dir,
    struct yaml_findings *findings, struct diag *d)
{
	char **names;
	size_t n, i;
	int rc;

	rc = file_list(dir, ".yaml", &names, &n, d);
	if (rc != 0)
		return rc;
	for (i = 0; i < n; i++) {
		if (file_add(set, dir, names[i], findings) != 0)
			rc = ERR_POLICY_INVALID;
	}
	if (policy_set_seal(set, findings) != 0)
		rc = ERR_POLICY_INVALID;
	file_names_free(names, n);
	return rc;
}

static int
rule_bind(struct rule *rule, const struct issuers *issuers, struct diag *d)
{
	struct cert_profile_spec spec;

	rule->issuer = issuer_find(issuers, policy_issuer(rule->policy));
	if (rule->issuer == NULL)
		return diag_set(d, ERR_POLICY_INVALID,
		    "issuer %s is not in the configuration",
		    policy_issuer(rule->policy));
	spec = (struct cert_profile_spec){
	    .issuer = &rule->issuer->cert,
	    .alg = rule->issuer->alg,
	    .key_usage = policy_key_usage(rule->policy),
	    .ext_usage = policy_ext_usage(rule->policy),
	    .path_len = -1,
	};
	return cert_profile_new(&spec, &rule->profile, d);
}

static int
rules_bind(struct rules *rules, const struct issuers *issuers,
    struct yaml_findings *findings)
{
	struct diag d = DIAG_INIT;
	struct rule *rule;
	size_t i;
	int rc = 0;

	for (i = 0; i < rules->n; i++) {
		rule = &rules->at[i];
		if (rule_bind(rule, issuers, &d) == 0)
			continue;
		yaml_find(findings, policy_file(rule->policy),
		    policy_issuer_line(rule->policy), 1, "%s", d.text);
		rc = ERR_POLICY_INVALID;
	}
	return rc;
}

int
rules_load(const char *dir, const struct issuers *issuers, struct rules **out,
    struct yaml_findings *findings, struct diag *d)
{
	struct rules *rules = xcalloc(1, sizeof(*rules));
	size_t i;
	int rc;

	policy_set_new(&rules->set);
	rc = set_load(rules->set, dir, findings, d);
	rules->n = policy_set_count(rules->set);
	rules->at = xcalloc(rules->n, sizeof(*rules->at));
	for (i = 0; i < rules->n; i++)
		rules->at[i].policy = policy_at(rules->set, i);
	if (rc == 0 && issuers != NULL)
		rc = rules_bind(rules, issuers, findings);
	if (rc == 0) {
		*out = rules;
		return 0;
	}
	rules_free(rules);
	if (rc == ERR_POLICY_INVALID)
		return diag_set(d, rc, "%s: %zu mistake%s found", dir,
		    findings->n + findings->dropped,
		    findings->n + findings->dropped == 1 ? "" : "s");
	return rc;
}

void
rules_free(struct rules *rules)
{
	size_t i;

	if (rules == NULL)
		return;
	for (i = 0; i < rules->n; i++)
		cert_profile_free(rules->at[i].profile);
	free(rules->at);
	policy_set_free(rules->set);
	free(rules);
}

const struct rule *
rule_find(const struct rules *rules, struct span name)
{
	const struct policy *policy = policy_find(rules->set, name);

	return policy == NULL ? NULL : &rules->at[policy_place(policy)];
}
