/* SPDX-License-Identifier: Apache-2.0 */
/* log/verify: each rule of a log, and a log that breaks only that one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log/reader.h"
#include "tests/unit/log_sample.h"

static int
verify(struct span file, log_cert_check *check, void *arg,
    struct log_summary *sum, struct diag *d)
{
	struct log_reader *reader;
	int rc = log_reader_open_memory(file, &reader, d);

	if (rc != 0)
		return rc;
	rc = log_verify_reader(reader, check, arg, sum, d);
	log_reader_close(reader);
	return rc;
}

static void
verifies(const struct image *image, struct log_summary *sum)
{
	struct diag d = DIAG_INIT;

	if (verify(buf_span(&image->file), NULL, NULL, sum, &d) != 0)
		fail_msg("%s", d.text);
}

/* Says the record that is wrong by number, and what is wrong with it. */
static void
fails(struct image *image, uint64_t seq, const char *why)
{
	struct log_summary sum = {0};
	struct diag d = DIAG_INIT;
	char record[40];

	assert_int_equal(verify(buf_span(&image->file), NULL, NULL, &sum, &d),
	    ERR_LOG_CORRUPT);
	(void)snprintf(
	    record, sizeof(record), "record %u at byte ", (unsigned)seq);
	if (strstr(d.text, record) == NULL || strstr(d.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\" and \"%s\"", d.text,
		    record, why);
	image_end(image);
}

/* START, INTENT 1, ISSUED 1: records 0, 1, 2. */
static void
begin(struct image *image)
{
	BUF_CLEANUP body = BUF_INIT;

	image_begin(image);
	image_add_agent(image, EVENT_START, &body);
	sample_intent(1, &body);
	image_add(image, EVENT_INTENT, &body);
	image_sync(image);
	sample_issued(1, 1, &body);
	image_add(image, EVENT_ISSUED, &body);
}

static void
a_good_log_verifies(void **state)
{
	struct event_policy policy = {.names = span_str("web\n")};
	struct event_key key = {.facts = span_str("CKA_SENSITIVE=true\n")};
	uint8_t root[LOG_HASH_LEN];
	BUF_CLEANUP body = BUF_INIT;
	struct log_summary sum = {0};
	struct image image;

	(void)state;
	begin(&image);
	event_policy_encode(&policy, &body);
	image_add(&image, EVENT_POLICY, &body);
	event_key_encode(&key, &body);
	image_add(&image, EVENT_KEY, &body);
	sample_refused("no", &body);
	image_add(&image, EVENT_REFUSED, &body);
	sample_intent(2, &body);
	image_add(&image, EVENT_INTENT, &body);
	sample_failed(6, &body);
	image_add(&image, EVENT_FAILED, &body);
	sample_intent(3, &body);
	image_add(&image, EVENT_INTENT, &body);
	image_add_agent(&image, EVENT_STOP, &body);
	verifies(&image, &sum);
	assert_int_equal(sum.records, 10);
	assert_int_equal(sum.intents, 3);
	assert_int_equal(sum.issued, 1);
	assert_int_equal(sum.refused, 1);
	assert_int_equal(sum.failed, 1);
	assert_int_equal(sum.open_intents, 1);
	assert_int_equal(sum.signatures_checked, 0);
	assert_false(sum.torn);
	assert_int_equal(sum.head.size, 10);
	assert_int_equal(sum.head.bytes, (int64_t)image.file.len);
	tree_root(&image.tree, &image.hasher, root);
	assert_memory_equal(sum.head.root, root, sizeof(root));
	image_end(&image);
}

static void
an_empty_log_verifies(void **state)
{
	struct log_summary sum = {0};
	struct image image;

	(void)state;
	image_begin(&image);
	verifies(&image, &sum);
	assert_int_equal(sum.records, 0);
	/* SHA-256 of nothing, RFC 6962 section 2.1. */
	assert_int_equal(sum.head.root[0], 0xe3);
	assert_int_equal(sum.head.root[31], 0x55);
	image_end(&image);
}

struct expected {
	int calls;
	int rc;
};

static int
cert_check(void *arg, struct span issuer, struct span tbs,
    struct span certificate, struct diag *d)
{
	struct expected *e = arg;

	e->calls++;
	assert_true(span_is(issuer, "issuing-1"));
	assert_int_equal(tbs.len, 15);
	assert_int_equal(certificate.len, 25);
	if (e->rc != 0)
		return diag_set(d, e->rc, "the signature does not verify");
	return 0;
}

static void
signatures_are_checked_by_whoever_can(void **state)
{
	struct expected e = {0, 0};
	BUF_CLEANUP body = BUF_INIT;
	struct log_summary sum = {0};
	struct diag d = DIAG_INIT;
	struct image image;

	(void)state;
	begin(&image);
	sample_intent(2, &body);
	image_add(&image, EVENT_INTENT, &body);
	sample_issued(3, 2, &body);
	image_add(&image, EVENT_ISSUED, &body);
	assert_int_equal(
	    verify(buf_span(&image.file), cert_check, &e, &sum, &d), 0);
	assert_int_equal(e.calls, 2);
	assert_int_equal(sum.signatures_checked, 2);
	e = (struct expected){0, ERR_SIGNATURE};
	assert_int_equal(
	    verify(buf_span(&image.file), cert_check, &e, &sum, &d),
	    ERR_SIGNATURE);
	assert_int_equal(e.calls, 1);
	assert_non_null(strstr(d.text, "record 2 at byte "));
	assert_non_null(strstr(d.text, "does not verify"));
	image_end(&image);
}

static void
an_issued_needs_its_intent(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;

	(void)state;
	/* Never seen; seen, but later; twice; after it failed. */
	begin(&image);
	sample_issued(7, 1, &body);
	image_add(&image, EVENT_ISSUED, &body);
	fails(&image, 3, "intent 7");
	begin(&image);
	sample_issued(4, 2, &body);
	image_add(&image, EVENT_ISSUED, &body);
	sample_intent(2, &body);
	image_add(&image, EVENT_INTENT, &body);
	fails(&image, 3, "intent 4");
	begin(&image);
	sample_issued(1, 1, &body);
	image_add(&image, EVENT_ISSUED, &body);
	fails(&image, 3, "intent 1");
	begin(&image);
	sample_intent(2, &body);
	image_add(&image, EVENT_INTENT, &body);
	sample_failed(3, &body);
	image_add(&image, EVENT_FAILED, &body);
	sample_issued(3, 2, &body);
	image_add(&image, EVENT_ISSUED, &body);
	fails(&image, 5, "intent 3");
}

static void
a_failed_needs_its_intent(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;

	(void)state;
	begin(&image);
	sample_failed(1, &body);
	image_add(&image, EVENT_FAILED, &body);
	fails(&image, 3, "FAILED ends intent 1");
	begin(&image);
	sample_failed(0, &body);
	image_add(&image, EVENT_FAILED, &body);
	fails(&image, 3, "FAILED ends intent 0");
}

static void
a_serial_is_used_once(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;

	(void)state;
	begin(&image);
	sample_intent(1, &body);
	image_add(&image, EVENT_INTENT, &body);
	fails(&image, 3, "same serial");
	/* Burnt by one that failed, too. */
	begin(&image);
	sample_intent(2, &body);
	image_add(&image, EVENT_INTENT, &body);
	sample_failed(3, &body);
	image_add(&image, EVENT_FAILED, &body);
	sample_intent(2, &body);
	image_add(&image, EVENT_INTENT, &body);
	fails(&image, 5, "same serial");
}

static void
many_serials_are_kept_apart(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_summary sum = {0};
	struct image image;
	unsigned i;

	(void)state;
	image_begin(&image);
	for (i = 1; i < 256; i++) {
		sample_intent((uint8_t)i, &body);
		image_add(&image, EVENT_INTENT, &body);
	}
	verifies(&image, &sum);
	assert_int_equal(sum.open_intents, 255);
	sample_intent(77, &body);
	image_add(&image, EVENT_INTENT, &body);
	fails(&image, 255, "same serial");
}

static void
the_serial_is_that_of_the_tbs(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;

	(void)state;
	begin(&image);
	sample_intent(2, &body);
	body.data[body.len - 5] = 3;
	image_add(&image, EVENT_INTENT, &body);
	fails(&image, 3, "serial");
	/* A TBS that is no DER has no serial. */
	begin(&image);
	sample_intent(2, &body);
	body.data[body.len - 15] = 0x31;
	image_add(&image, EVENT_INTENT, &body);
	fails(&image, 3, "serial");
}

static void
the_certificate_is_made_of_the_tbs(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;

	(void)state;
	begin(&image);
	sample_intent(2, &body);
	image_add(&image, EVENT_INTENT, &body);
	sample_issued(3, 9, &body);
	image_add(&image, EVENT_ISSUED, &body);
	fails(&image, 4, "not made of the bytes");
}

static void
heads_are_what_they_were(void **state)
{
	uint8_t kinds[] = {EVENT_START, EVENT_STOP};
	BUF_CLEANUP body = BUF_INIT;
	struct image image;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct event_agent e = {.size = 3};

		begin(&image);
		tree_root(&image.tree, &image.hasher, e.root);
		e.root[31] ^= 1;
		event_agent_encode(&e, &body);
		image_add(&image, kinds[i], &body);
		fails(&image, 3, "root");
		begin(&image);
		tree_root(&image.tree, &image.hasher, e.root);
		e.size = 2;
		event_agent_encode(&e, &body);
		image_add(&image, kinds[i], &body);
		fails(&image, 3, "root");
	}
}

static void
kinds_are_known(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;

	(void)state;
	begin(&image);
	image_add(&image, 0, &body);
	fails(&image, 3, "kind 0");
	begin(&image);
	image_add(&image, 9, &body);
	fails(&image, 3, "kind 9");
}

static void
bodies_are_of_their_kind(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;
	uint8_t kind;

	(void)state;
	for (kind = EVENT_START; kind <= (uint8_t)EVENT_FAILED; kind++) {
		begin(&image);
		buf_add_str(&body, "short");
		image_add(&image, kind, &body);
		fails(&image, 3, "body of ");
	}
}

static void
what_was_durable_is_where_a_batch_begins(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;

	(void)state;
	/* More than there was; neither this batch nor the one before. */
	begin(&image);
	image.synced = image.file.len + 1;
	sample_refused("no", &body);
	image_add(&image, EVENT_REFUSED, &body);
	fails(&image, 3, "durable");
	begin(&image);
	image.synced = image.file.len - 1;
	sample_refused("no", &body);
	image_add(&image, EVENT_REFUSED, &body);
	fails(&image, 3, "batch");
	/* Back to what was durable before. */
	begin(&image);
	image.synced = RECORD_HEADER_LEN;
	sample_refused("no", &body);
	image_add(&image, EVENT_REFUSED, &body);
	fails(&image, 3, "batch");
	image_begin(&image);
	image.synced = 0;
	sample_refused("no", &body);
	image_add(&image, EVENT_REFUSED, &body);
	fails(&image, 0, "batch");
}

static void
records_are_numbered_and_chained(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;

	(void)state;
	begin(&image);
	image.seq = 4;
	sample_refused("no", &body);
	image_add(&image, EVENT_REFUSED, &body);
	fails(&image, 3, "record 4 is there");
	begin(&image);
	image.before[0] ^= 1;
	sample_refused("no", &body);
	image_add(&image, EVENT_REFUSED, &body);
	fails(&image, 3, "record before");
}

/* Whole, in order, chained: but begun in another log. */
static void
records_belong_to_their_log(void **state)
{
	struct image image, other;

	(void)state;
	begin(&image);
	image_begin(&other);
	memcpy(image.file.data, other.file.data, RECORD_HEADER_LEN);
	image_end(&other);
	fails(&image, 0, "record before");
}

static void
a_torn_end_is_told(void **state)
{
	struct log_summary sum = {0};
	struct image image;

	(void)state;
	begin(&image);
	image.file.len -= 10;
	verifies(&image, &sum);
	assert_true(sum.torn);
	assert_int_equal(sum.records, 2);
	assert_int_equal(sum.open_intents, 1);
	assert_int_equal(sum.head.bytes, (int64_t)image.last);
	image_end(&image);
}

static void
damage_at_the_end_is_no_torn_end(void **state)
{
	struct image image;

	(void)state;
	begin(&image);
	image.file.data[image.file.len - 10] ^= 1;
	fails(&image, 2, "checksum");
	begin(&image);
	image.file.data[image.last] = 1;
	fails(&image, 2, "length");
	begin(&image);
	image.file.data[image.last + 3]++;
	fails(&image, 2, "damaged");
}

/* A head that was kept tells a log that was cut, or written again. */
static void
a_kept_head_is_found_again(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_head head = {0}, none = {.root = {0xe3, 0xb0}};
	struct image image;
	struct diag d = DIAG_INIT;
	size_t end;

	(void)state;
	assert_int_equal(sample_setup(NULL), 0);
	begin(&image);
	end = image.file.len;
	head.size = image.tree.size;
	tree_root(&image.tree, &image.hasher, head.root);
	sample_write(buf_span(&image.file));
	assert_int_equal(log_contains(sample_path, &head, &d), 0);
	assert_int_equal(log_contains(sample_path, &none, &d), ERR_LOG_CORRUPT);
	sample_refused("and more", &body);
	image_add(&image, EVENT_REFUSED, &body);
	sample_write(buf_span(&image.file));
	assert_int_equal(log_contains(sample_path, &head, &d), 0);
	sample_write(span_of(image.file.data, end - 10));
	assert_int_equal(log_contains(sample_path, &head, &d), ERR_LOG_CORRUPT);
	assert_non_null(strstr(d.text, "has 2 records; it had 3"));
	image_end(&image);
	/* Another log, which verifies. */
	begin(&image);
	sample_write(buf_span(&image.file));
	assert_int_equal(log_contains(sample_path, &head, &d), ERR_LOG_CORRUPT);
	assert_non_null(strstr(d.text, "are not those"));
	image_end(&image);
	assert_int_equal(sample_teardown(NULL), 0);
}

static void
what_is_no_log_does_not_verify(void **state)
{
	struct log_summary sum = {0};
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    verify(SPAN_NONE, NULL, NULL, &sum, &d), ERR_LOG_CORRUPT);
	assert_int_equal(
	    verify(span_str("privyseal.log.1\n"), NULL, NULL, &sum, &d),
	    ERR_LOG_CORRUPT);
	assert_int_equal(
	    log_verify("/nonexistent", NULL, NULL, &sum, &d), ERR_FILE);
	assert_int_equal(
	    log_verify("/dev/null", NULL, NULL, &sum, &d), ERR_LOG_CORRUPT);
	assert_non_null(strstr(d.text, "/dev/null"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_log_verifies),
	    cmocka_unit_test(an_empty_log_verifies),
	    cmocka_unit_test(signatures_are_checked_by_whoever_can),
	    cmocka_unit_test(an_issued_needs_its_intent),
	    cmocka_unit_test(a_failed_needs_its_intent),
	    cmocka_unit_test(a_serial_is_used_once),
	    cmocka_unit_test(many_serials_are_kept_apart),
	    cmocka_unit_test(the_serial_is_that_of_the_tbs),
	    cmocka_unit_test(the_certificate_is_made_of_the_tbs),
	    cmocka_unit_test(heads_are_what_they_were),
	    cmocka_unit_test(kinds_are_known),
	    cmocka_unit_test(bodies_are_of_their_kind),
	    cmocka_unit_test(what_was_durable_is_where_a_batch_begins),
	    cmocka_unit_test(records_are_numbered_and_chained),
	    cmocka_unit_test(records_belong_to_their_log),
	    cmocka_unit_test(a_torn_end_is_told),
	    cmocka_unit_test(damage_at_the_end_is_no_torn_end),
	    cmocka_unit_test(a_kept_head_is_found_again),
	    cmocka_unit_test(what_is_no_log_does_not_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
