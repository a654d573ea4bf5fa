/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every measurement stands on, in one temporary directory: a SoftHSM2
 * token with a P-256 root and issuing CA, a policy, a CSR with four names; and
 * for each agent a directory with a copy of the token and a configuration, so
 * that no two processes write the same token.
 */
#ifndef TESTS_BENCH_SETUP_H
#define TESTS_BENCH_SETUP_H

#include "issue/rules.h"
#include "tests/bench/die.h"
#include "tests/fake/softhsm.h"

#define SETUP_POLICY "bench"
#define SETUP_NAMES 4 /* DNS names in the CSR and in the certificate */
#define SETUP_SEATS 2 /* threads that sign in this process */

/* A session and its key: one thread's. */
struct seat {
	struct session *session;
	struct key key;
};

struct setup {
	struct softhsm hsm;
	const char *user; /* who we are, as policies say it */
	struct buf csr, csr_pem;
	struct config *config;
	struct issuers issuers;
	const struct issuer *issuer;
	struct rules *rules;
	struct module *module;
	struct token *token;
	struct seat seats[SETUP_SEATS];
};

/* Makes everything but the agents' directories; nothing stays open. */
void setup_make(struct setup *s);
/* Another process has made it: finds its way in dir. */
void setup_adopt(struct setup *s, const char *dir);
/* Opens token, issuers and rules of what is there. */
void setup_open(struct setup *s);
void setup_close(struct setup *s);

/*
 * Writes the configuration of an agent with a token of its own to hsm.dir/NAME
 * and returns its directory: privyseal.yaml and agent.sock are in there.
 * shim: NULL, or the path of the module that counts; its log is "calls".
 */
char *setup_agent(const struct setup *s, const char *name, const char *shim);

#endif
