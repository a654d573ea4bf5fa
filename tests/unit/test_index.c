/* SPDX-License-Identifier: Apache-2.0 */
/* store/index: rows go in, come out in order, and the file is ours or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/index.h"

static char dir[64];
static char path[96];

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/privyseal-index-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/index.db", dir);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char name[112];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		(void)unlink(name);
	}
	return rmdir(dir);
}

static struct index *
opened(enum index_mode mode)
{
	struct diag d = DIAG_INIT;
	struct index *index = NULL;
	int rc = index_open(path, mode, &index, &d);

	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	return index;
}

static void
refuses_to_open(enum index_mode mode, const char *why)
{
	struct diag d = DIAG_INIT;
	struct index *index = NULL;

	assert_int_equal(index_open(path, mode, &index, &d), ERR_INDEX);
	assert_null(index);
	assert_int_equal(d.code, ERR_INDEX);
	if (strstr(d.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", d.text, why);
}

/* Row n: serial 01 .. n, by uid 1000 + n % 2, valid from n to n + 100. */
static void
add(struct index *index, uint64_t n, const char *names)
{
	static const uint8_t der[] = {0x30, 0x00};
	uint8_t serial[9] = {1};
	struct diag d = DIAG_INIT;
	struct index_row row = {.seq = 2 * n,
	    .intent_seq = 2 * n - 1,
	    .issued_ms = 1000 * (int64_t)n,
	    .serial = span_of(serial, sizeof(serial)),
	    .issuer = n % 3 == 0 ? "issuing-3" : "issuing-1",
	    .policy = n % 2 == 0 ? "even" : "odd",
	    .user = "deploy",
	    .uid = 1000 + (uint32_t)(n % 2),
	    .subject = "CN=Some Host",
	    .names = names,
	    .not_before = (int64_t)n,
	    .not_after = (int64_t)n + 100,
	    .certificate = span_of(der, sizeof(der))};
	int rc;

	memcpy(serial + 1, &n, sizeof(n));
	rc = index_add(index, &row, &d);
	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
}

static void
fill(struct index *index, uint64_t rows)
{
	struct diag d = DIAG_INIT;
	char names[64];
	uint64_t n;

	assert_int_equal(index_begin(index, &d), 0);
	for (n = 1; n <= rows; n++) {
		(void)snprintf(
		    names, sizeof(names), "dns:h%u.example", (unsigned)n);
		add(index, n, names);
	}
	assert_int_equal(index_commit(index, 2 * rows + 1, 4096, &d), 0);
}

struct seen {
	size_t n;
	size_t stop_at;
	uint64_t seq[32];
};

static int
see(void *arg, const struct index_row *row)
{
	struct seen *seen = arg;

	assert_true(seen->n < 32);
	seen->seq[seen->n++] = row->seq;
	return seen->n == seen->stop_at;
}

static size_t
listed(struct index *index, const struct index_query *query, struct seen *seen)
{
	struct diag d = DIAG_INIT;

	*seen = (struct seen){0};
	assert_int_equal(index_list(index, query, see, seen, &d), 0);
	return seen->n;
}

#define ANY .uid = -1, .limit = 32

static int
whole_row(void *arg, const struct index_row *row)
{
	const uint8_t *serial = arg;

	assert_int_equal(row->seq, 6);
	assert_int_equal(row->intent_seq, 5);
	assert_int_equal(row->issued_ms, 3000);
	assert_memory_equal(row->serial.data, serial, row->serial.len);
	assert_string_equal(row->issuer, "issuing-3");
	assert_string_equal(row->policy, "odd");
	assert_string_equal(row->user, "deploy");
	assert_int_equal(row->uid, 1001);
	assert_string_equal(row->subject, "CN=Some Host");
	assert_string_equal(row->names, "dns:h3.example");
	assert_int_equal(row->not_before, 3);
	assert_int_equal(row->not_after, 103);
	assert_int_equal(row->certificate.len, 2);
	return 0;
}

static void
a_row_is_found_by_its_serial(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	uint8_t serial[9] = {1, 3};
	struct diag d = DIAG_INIT;
	struct stat st;
	uint64_t n;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	fill(index, 10);
	assert_int_equal(index_find(index, span_of(serial, sizeof(serial)),
			     whole_row, serial, &d),
	    0);
	assert_int_equal(
	    index_find(index, span_of(serial, 8), whole_row, serial, &d),
	    ERR_NOT_FOUND);
	assert_int_equal(
	    index_find(index, SPAN_NONE, whole_row, serial, &d), ERR_NOT_FOUND);
	assert_int_equal(index_count(index, &n, &d), 0);
	assert_int_equal(n, 10);
	index_close(index);
}

static void
a_list_is_newest_first_and_has_pages(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	struct index_query q = {.uid = -1, .limit = 4};
	struct seen seen;

	(void)state;
	assert_int_equal(listed(index, &q, &seen), 0);
	fill(index, 10);
	assert_int_equal(listed(index, &q, &seen), 4);
	assert_int_equal(seen.seq[0], 20);
	assert_int_equal(seen.seq[3], 14);
	q.before_seq = 14;
	assert_int_equal(listed(index, &q, &seen), 4);
	assert_int_equal(seen.seq[0], 12);
	q.before_seq = 6;
	assert_int_equal(listed(index, &q, &seen), 2);
	q.before_seq = 2;
	assert_int_equal(listed(index, &q, &seen), 0);
	q.before_seq = UINT64_MAX;
	assert_int_equal(listed(index, &q, &seen), 4);
	index_close(index);
}

static void
a_list_is_filtered(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	struct seen seen;

	(void)state;
	fill(index, 12);
	assert_int_equal(listed(index, &(struct index_query){ANY}, &seen), 12);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .policy = "odd"}, &seen),
	    6);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .policy = "od"}, &seen),
	    0);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .issuer = "issuing-3"},
		&seen),
	    4);
	assert_int_equal(
	    listed(
		index, &(struct index_query){.limit = 32, .uid = 1001}, &seen),
	    6);
	assert_int_equal(
	    listed(index, &(struct index_query){.limit = 32, .uid = 0}, &seen),
	    0);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .valid_at = 104}, &seen),
	    9);
	assert_int_equal(listed(index,
			     &(struct index_query){ANY, .policy = "odd",
				 .issuer = "issuing-3", .valid_at = 8},
			     &seen),
	    1);
	assert_int_equal(seen.seq[0], 6);
	index_close(index);
}

static void
a_name_is_searched_as_it_is(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	struct diag d = DIAG_INIT;
	struct seen seen;

	(void)state;
	assert_int_equal(index_begin(index, &d), 0);
	add(index, 1, "uri:https://a.example/100%");
	add(index, 2, "dns:under_score.example");
	add(index, 3, "dns:underxscore.example");
	add(index, 4, "dns:a.example' OR 1=1 --");
	assert_int_equal(index_commit(index, 9, 400, &d), 0);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .name = "%"}, &seen), 1);
	assert_int_equal(seen.seq[0], 2);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .name = "r_s"}, &seen), 1);
	assert_int_equal(seen.seq[0], 4);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .name = "' OR"}, &seen),
	    1);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .name = "UNDER"}, &seen),
	    2);
	assert_int_equal(
	    listed(
		index, &(struct index_query){ANY, .name = "some host"}, &seen),
	    4);
	assert_int_equal(
	    listed(index, &(struct index_query){ANY, .name = "\\"}, &seen), 0);
	index_close(index);
}

static void
a_list_has_limits_and_may_be_stopped(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	struct seen seen = {.stop_at = 3};
	struct diag d = DIAG_INIT;

	(void)state;
	fill(index, 10);
	assert_int_equal(
	    index_list(index, &(struct index_query){ANY}, see, &seen, &d), 0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(index_list(index, &(struct index_query){.limit = 0},
			     see, &seen, &d),
	    ERR_REQUEST);
	assert_int_equal(index_list(index, &(struct index_query){.limit = 1001},
			     see, &seen, &d),
	    ERR_REQUEST);
	index_close(index);
}

static void
a_row_may_be_applied_again(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	struct diag d = DIAG_INIT;
	uint64_t n;

	(void)state;
	fill(index, 5);
	fill(index, 7);
	assert_int_equal(index_count(index, &n, &d), 0);
	assert_int_equal(n, 7);
	index_close(index);
}

static void
a_serial_has_one_row(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	uint8_t serial[21] = {1, 2};
	struct index_row row = {
	    .seq = 100, .serial = span_of(serial, 9), .names = ""};
	struct diag d = DIAG_INIT;
	uint64_t n;

	(void)state;
	fill(index, 5);
	assert_int_equal(index_begin(index, &d), 0);
	assert_int_equal(index_add(index, &row, &d), ERR_INDEX);
	assert_non_null(strstr(d.text, "010200000000000000"));
	row.serial.len = 0;
	assert_int_equal(index_add(index, &row, &d), ERR_INDEX);
	row.serial.len = 21;
	assert_int_equal(index_add(index, &row, &d), ERR_INDEX);
	row.serial.len = 20;
	assert_int_equal(index_add(index, &row, &d), 0);
	index_rollback(index);
	assert_int_equal(index_count(index, &n, &d), 0);
	assert_int_equal(n, 5);
	index_close(index);
}

static void
the_position_comes_with_the_rows(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	struct diag d = DIAG_INIT;
	uint64_t seq = 99, n;
	int64_t at = 99;

	(void)state;
	assert_int_equal(index_position(index, &seq, &at, &d), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(at, 0);
	fill(index, 5);
	/* Begun and never committed: closing takes it back. */
	assert_int_equal(index_begin(index, &d), 0);
	add(index, 6, "");
	index_close(index);
	index = opened(INDEX_WRITE);
	assert_int_equal(index_position(index, &seq, &at, &d), 0);
	assert_int_equal(seq, 11);
	assert_int_equal(at, 4096);
	assert_int_equal(index_count(index, &n, &d), 0);
	assert_int_equal(n, 5);
	assert_int_equal(index_reset(index, &d), 0);
	assert_int_equal(index_position(index, &seq, &at, &d), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(index_count(index, &n, &d), 0);
	assert_int_equal(n, 0);
	fill(index, 5);
	index_close(index);
}

static void
a_reader_reads_what_is_committed(void **state)
{
	struct index *writer = opened(INDEX_WRITE), *reader;
	struct diag d = DIAG_INIT;
	uint64_t n;

	(void)state;
	fill(writer, 5);
	reader = opened(INDEX_READ);
	assert_int_equal(index_begin(writer, &d), 0);
	add(writer, 6, "");
	assert_int_equal(index_count(reader, &n, &d), 0);
	assert_int_equal(n, 5);
	assert_int_equal(index_commit(writer, 13, 5000, &d), 0);
	assert_int_equal(index_count(reader, &n, &d), 0);
	assert_int_equal(n, 6);
	assert_int_equal(index_reset(reader, &d), ERR_INDEX);
	assert_int_equal(index_count(reader, &n, &d), 0);
	assert_int_equal(n, 6);
	index_close(reader);
	index_close(writer);
}

static void
no_index_is_not_made_for_a_reader(void **state)
{
	(void)state;
	refuses_to_open(INDEX_READ, "index rebuild");
	assert_int_equal(access(path, F_OK), -1);
}

static void
run_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
a_foreign_database_is_left_alone(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	run_sql("CREATE TABLE mail(text); PRAGMA user_version = 1;");
	refuses_to_open(INDEX_WRITE, "no index of privyseal");
	refuses_to_open(INDEX_READ, "no index of privyseal");
	assert_int_equal(index_remove(path, &d), ERR_INDEX);
	run_sql("PRAGMA application_id = 252006673");
	refuses_to_open(INDEX_WRITE, "no index of privyseal");
	assert_int_equal(index_remove(path, &d), ERR_INDEX);
	run_sql("INSERT INTO mail VALUES ('still here')");
}

static void
a_file_that_is_no_database_is_left_alone(void **state)
{
	struct diag d = DIAG_INIT;
	FILE *f = fopen(path, "w");

	(void)state;
	assert_non_null(f);
	assert_true(fprintf(f, "%0200d", 7) == 200);
	assert_int_equal(fclose(f), 0);
	refuses_to_open(INDEX_WRITE, "not a database");
	assert_int_equal(index_remove(path, &d), ERR_INDEX);
	assert_int_equal(access(path, F_OK), 0);
}

static void
a_version_that_is_not_known_is_refused(void **state)
{
	(void)state;
	index_close(opened(INDEX_WRITE));
	run_sql("PRAGMA user_version = 99");
	refuses_to_open(INDEX_WRITE, "version 99");
	refuses_to_open(INDEX_READ, "index rebuild");
	run_sql("PRAGMA user_version = -1");
	refuses_to_open(INDEX_WRITE, "version -1");
	run_sql("PRAGMA user_version = 0");
	refuses_to_open(INDEX_READ, "version 0");
}

static void
an_index_without_a_table_is_refused(void **state)
{
	(void)state;
	index_close(opened(INDEX_WRITE));
	run_sql("DROP TABLE der");
	refuses_to_open(INDEX_WRITE, "index rebuild");
}

static void
a_damaged_index_is_removed_and_made_again(void **state)
{
	struct index *index = opened(INDEX_WRITE);
	struct seen seen = {0};
	struct diag d = DIAG_INIT;
	uint8_t junk[64 * 1024];
	int fd, rc;

	(void)state;
	fill(index, 30);
	index_close(index);
	/* All pages but the first, which has the schema, are junk. */
	memset(junk, 0xa5, sizeof(junk));
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(
	    pwrite(fd, junk, sizeof(junk), 4096), (ssize_t)sizeof(junk));
	assert_int_equal(close(fd), 0);
	index = NULL;
	rc = index_open(path, INDEX_WRITE, &index, &d);
	if (rc == 0)
		rc = index_list(
		    index, &(struct index_query){ANY}, see, &seen, &d);
	assert_int_equal(rc, ERR_INDEX);
	assert_non_null(strstr(d.text, "index rebuild"));
	index_close(index);
	assert_int_equal(index_remove(path, &d), 0);
	assert_int_equal(index_remove(path, &d), 0);
	index = opened(INDEX_WRITE);
	fill(index, 5);
	index_close(index);
}

static void
a_link_is_not_followed(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(symlink("/nonexistent/index", path), 0);
	refuses_to_open(INDEX_WRITE, path);
	assert_int_equal(index_remove(path, &d), ERR_INDEX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_row_is_found_by_its_serial),
	    TEST(a_list_is_newest_first_and_has_pages),
	    TEST(a_list_is_filtered),
	    TEST(a_name_is_searched_as_it_is),
	    TEST(a_list_has_limits_and_may_be_stopped),
	    TEST(a_row_may_be_applied_again),
	    TEST(a_serial_has_one_row),
	    TEST(the_position_comes_with_the_rows),
	    TEST(a_reader_reads_what_is_committed),
	    TEST(no_index_is_not_made_for_a_reader),
	    TEST(a_foreign_database_is_left_alone),
	    TEST(a_file_that_is_no_database_is_left_alone),
	    TEST(a_version_that_is_not_known_is_refused),
	    TEST(an_index_without_a_table_is_refused),
	    TEST(a_damaged_index_is_removed_and_made_again),
	    TEST(a_link_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
