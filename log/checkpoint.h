/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of the log that can be kept elsewhere: C2SP tlog-checkpoint text as a
 * signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), with Ed25519.
 *
 *	ca.example.com/log
 *	1042
 *	CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *
 *	<em dash> ca.example.com/log
 *Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeO...
 *
 * The first line is the log's name, which is also the name of its key. The key
 * is a file of its own, not one of the CA's: one line as Go's note package has
 * it, "PRIVATE+KEY+name+id+base64".
 *
 * Threads: a key may be used by several at once; nothing of it changes.
 */
#ifndef LOG_CHECKPOINT_H
#define LOG_CHECKPOINT_H

#include "log/log.h"

#define CHECKPOINT_NAME_MAX 255 /* printable ASCII, no space, no '+' */

struct checkpoint_key;

/*
 * Reads the key, or makes one (0600) when there is no such file. ERR_FILE when
 * it is not one, is another log's, or others may read it.
 */
int checkpoint_key_open(const char *path, const char *name,
    struct checkpoint_key **out, struct diag *d);
void checkpoint_key_free(struct checkpoint_key *key);

/* "name+id+base64": what a verifier needs, and nothing that is secret. */
const char *checkpoint_key_public(const struct checkpoint_key *key);

/* Appends the signed note. */
int checkpoint_encode(const struct log_head *head,
    const struct checkpoint_key *key, struct buf *out, struct diag *d);

/*
 * Checks a note with a key as checkpoint_key_public() tells it. Signatures of
 * others (witnesses) are allowed and not looked at. *out has size and root;
 * bytes is 0. ERR_LOG_CORRUPT when anything is wrong.
 */
int checkpoint_check(struct span note, const char *public_key,
    struct log_head *out, struct diag *d);

#endif
