/* SPDX-License-Identifier: Apache-2.0 */
/* lib/idmap: against a plain array, through growth and gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/idmap.h"

#define IDS 500

static void
it_does_what_an_array_does(void **state)
{
	struct idmap map = IDMAP_INIT;
	static char cells[IDS];
	void *model[IDS] = {NULL};
	unsigned seed = 7, i, id;
	size_t n = 0;

	(void)state;
	for (i = 0; i < 50000; i++) {
		seed = seed * 1103515245u + 12345u;
		id = (seed >> 8) % IDS;
		if ((seed >> 20) % 3 == 0) {
			assert_ptr_equal(idmap_take(&map, id + 1), model[id]);
			n -= model[id] != NULL;
			model[id] = NULL;
		} else {
			idmap_put(&map, id + 1, &cells[id]);
			n += model[id] == NULL;
			model[id] = &cells[id];
		}
		assert_int_equal(map.n, n);
	}
	for (id = 0; id < IDS; id++)
		assert_ptr_equal(idmap_find(&map, id + 1), model[id]);
	idmap_free(&map);
}

static void
an_empty_map_has_nothing(void **state)
{
	struct idmap map = IDMAP_INIT;

	(void)state;
	assert_null(idmap_find(&map, 1));
	assert_null(idmap_take(&map, 1));
	idmap_free(&map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_does_what_an_array_does),
	    cmocka_unit_test(an_empty_map_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
