/* SPDX-License-Identifier: Apache-2.0 */
/* log/checkpoint: heads that others can check, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "log/base64.h"
#include "log/checkpoint.h"
#include "tests/unit/log_sample.h"

#define DASH "\xe2\x80\x94"

/* The example key of Go's package note. */
#define PRIVATE                              \
	"PRIVATE+KEY+PeterNeumann+c74f20a3+" \
	"AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define PUBLIC \
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

static const struct log_head sample_head = {
    .size = 1042, .root = {0x0a, 0xc5, [31] = 0x55}};

static void
key_file(const char *text, mode_t mode)
{
	sample_write(span_str(text));
	assert_int_equal(chmod(sample_path, mode), 0);
}

static struct checkpoint_key *
sample_key(void)
{
	struct checkpoint_key *key = NULL;
	struct diag d = DIAG_INIT;

	key_file(PRIVATE "\n", 0600);
	if (checkpoint_key_open(sample_path, "PeterNeumann", &key, &d) != 0)
		fail_msg("%s", d.text);
	return key;
}

static void
a_key_of_others_is_understood(void **state)
{
	struct checkpoint_key *key = sample_key();

	(void)state;
	assert_string_equal(checkpoint_key_public(key), PUBLIC);
	checkpoint_key_free(key);
	checkpoint_key_free(NULL);
}

static void
a_note_has_its_lines(void **state)
{
	struct checkpoint_key *key = sample_key();
	BUF_CLEANUP note = BUF_INIT;
	struct log_head head = {0};
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(checkpoint_encode(&sample_head, key, &note, &d), 0);
	assert_non_null(strstr(buf_cstr(&note),
	    "PeterNeumann\n1042\n"
	    "CsUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFU=\n"
	    "\n" DASH " PeterNeumann x08go"));
	assert_int_equal(note.data[note.len - 1], '\n');
	assert_int_equal(
	    checkpoint_check(buf_span(&note), PUBLIC, &head, &d), 0);
	assert_memory_equal(&head, &sample_head, sizeof(head));
	checkpoint_key_free(key);
}

static void
a_missing_key_is_made_once(void **state)
{
	struct checkpoint_key *key, *again;
	BUF_CLEANUP note = BUF_INIT;
	BUF_CLEANUP file = BUF_INIT;
	struct log_head head;
	struct diag d = DIAG_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(
	    checkpoint_key_open(sample_path, "ca.example/log", &key, &d), 0);
	assert_int_equal(stat(sample_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(
	    checkpoint_key_open(sample_path, "ca.example/log", &again, &d), 0);
	assert_string_equal(
	    checkpoint_key_public(key), checkpoint_key_public(again));
	assert_int_equal(checkpoint_encode(&sample_head, again, &note, &d), 0);
	assert_int_equal(checkpoint_check(buf_span(&note),
			     checkpoint_key_public(key), &head, &d),
	    0);
	/* The public text tells nothing of the seed. */
	sample_read(&file);
	assert_null(strstr(buf_cstr(&file), checkpoint_key_public(key)));
	checkpoint_key_free(key);
	checkpoint_key_free(again);
}

static void
no_key(const char *name, int expected)
{
	struct checkpoint_key *key = NULL;
	struct diag d = DIAG_INIT;

	assert_int_equal(
	    checkpoint_key_open(sample_path, name, &key, &d), expected);
	assert_int_equal(d.code, expected);
	assert_null(key);
}

static void
a_key_that_is_not_ours_is_refused(void **state)
{
	static const char *const bad[] = {"", "\n", "PRIVATE+KEY+\n",
	    PUBLIC "\n", "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEK\n",
	    /* another algorithm, another id, an id in upper case */
	    "PRIVATE+KEY+PeterNeumann+c74f20a3+"
	    "AoEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n",
	    "PRIVATE+KEY+PeterNeumann+c74f20a4+"
	    "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n",
	    "PRIVATE+KEY+PeterNeumann+C74F20A3+"
	    "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		key_file(bad[i], 0600);
		no_key("PeterNeumann", ERR_FILE);
	}
	key_file(PRIVATE "\n", 0600);
	no_key("Peter", ERR_FILE);
	key_file(PRIVATE "\n", 0640);
	no_key("PeterNeumann", ERR_FILE);
}

static void
names_are_one_word(void **state)
{
	static const char *const bad[] = {
	    "", "two words", "a+b", "tab\t", "line\n", "\xc3\xa9"};
	char longest[CHECKPOINT_NAME_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		no_key(bad[i], ERR_FILE);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	no_key(longest, ERR_FILE);
	assert_int_equal(access(sample_path, F_OK), -1);
}

static void
is_none(const char *note, size_t len, const char *why)
{
	struct log_head head = {.size = 7};
	struct diag d = DIAG_INIT;

	assert_int_equal(
	    checkpoint_check(span_of(note, len), PUBLIC, &head, &d),
	    ERR_LOG_CORRUPT);
	assert_int_equal(head.size, 7);
	if (strstr(d.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", d.text, why);
}

/* Any byte but the very last newline may not be another. */
static void
a_changed_note_is_refused(void **state)
{
	struct checkpoint_key *key = sample_key();
	BUF_CLEANUP note = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	assert_int_equal(checkpoint_encode(&sample_head, key, &note, &d), 0);
	for (i = 0; i < note.len; i++) {
		note.data[i] ^= 1;
		is_none((char *)note.data, note.len, "checkpoint");
		note.data[i] ^= 1;
		is_none((char *)note.data, i, "checkpoint");
	}
	checkpoint_key_free(key);
}

static void
other_signatures_are_not_looked_at(void **state)
{
	struct checkpoint_key *key = sample_key();
	BUF_CLEANUP note = BUF_INIT;
	BUF_CLEANUP more = BUF_INIT;
	struct log_head head;
	struct diag d = DIAG_INIT;
	const char *ours;

	(void)state;
	assert_int_equal(checkpoint_encode(&sample_head, key, &note, &d), 0);
	ours = strstr(buf_cstr(&note), DASH);
	assert_non_null(ours);
	buf_add(&more, note.data, (size_t)(ours - (char *)note.data));
	buf_add_str(&more, DASH " witness.example AAAAAAAA\n");
	buf_add_str(&more, DASH " PeterNeumann AAAAAAAA\n");
	buf_add_str(&more, ours);
	buf_add_str(&more, DASH " another.example AAAAAAAA\n");
	assert_int_equal(
	    checkpoint_check(buf_span(&more), PUBLIC, &head, &d), 0);
	checkpoint_key_free(key);
}

/* Properly signed, but no checkpoint of this log: by the same key's name. */
static void
a_signed_text_must_be_a_checkpoint(void **state)
{
	struct log_head head;
	struct diag d = DIAG_INIT;

	(void)state;
	is_none("", 0, "empty line");
	is_none("PeterNeumann\n1\nAA==\n", 20, "empty line");
	is_none("PeterNeumann\n1\nAA==\n\n", 21, "not signed");
	assert_int_equal(
	    checkpoint_check(span_str("x\n\n"), "no key", &head, &d), ERR_FILE);
	assert_int_equal(checkpoint_check(span_str("x\n\n"),
			     "PeterNeumanm+c74f20a3+"
			     "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
			     &head, &d),
	    ERR_FILE);
}

/* RFC 4648 section 10. */
static void
base64_has_one_text_for_each(void **state)
{
	static const char *const plain[] = {
	    "f", "fo", "foo", "foob", "fooba", "foobar"};
	static const char *const coded[] = {
	    "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	static const char *const bad[] = {"", "Z", "Zg",
	    "Zg=", "Zh==", "Zm9=", "Zg==Zg==", " Zg==", "Zg==\n",
	    "Z===", "====", "Zm9v\n", "Zm-_"};
	BUF_CLEANUP text = BUF_INIT;
	uint8_t out[8];
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		buf_reset(&text);
		base64_encode(span_str(plain[i]), &text);
		assert_true(span_is(buf_span(&text), coded[i]));
		assert_int_equal(
		    base64_decode(buf_span(&text), out, i + 1), i + 1);
		assert_memory_equal(out, plain[i], i + 1);
		assert_int_equal(base64_decode(buf_span(&text), out, i), -1);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    base64_decode(span_str(bad[i]), out, sizeof(out)), -1);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_key_of_others_is_understood),
	    TEST(a_note_has_its_lines),
	    TEST(a_missing_key_is_made_once),
	    TEST(a_key_that_is_not_ours_is_refused),
	    TEST(names_are_one_word),
	    TEST(a_changed_note_is_refused),
	    TEST(other_signatures_are_not_looked_at),
	    TEST(a_signed_text_must_be_a_checkpoint),
	    TEST(base64_has_one_text_for_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
