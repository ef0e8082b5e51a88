// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the provider asks of the system, of the system that there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "system.h"

static struct vc_identity identity(int fd)
{
	struct vc_identity identity;

	assert_true(vc_system_identify(fd, &identity));
	return identity;
}

/* Two devices, and one of them twice. */
static void a_number_tells_which_file_has_it(void **state)
{
	int null = vc_system_open("/dev/null"), zero = vc_system_open("/dev/zero");
	struct vc_identity first = identity(null), other = identity(zero), again;

	(void)state;
	assert_memory_not_equal(&first, &other, sizeof(first));
	vc_system_close(null);
	assert_false(vc_system_identify(null, &again));
	assert_int_equal(vc_system_open("/dev/null"), null);
	again = identity(null);
	assert_memory_equal(&first, &again, sizeof(first));
	vc_system_close(null);
	vc_system_close(zero);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_tells_which_file_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
