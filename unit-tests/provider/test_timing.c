// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the time to open a TLS record depends on: valgrind's memcheck reports each jump and each
 * address that depends on undefined memory; so the record is declared undefined, and
 * its reports are counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cipher.h"
#include "../memcheck.h"

#define LEN 400

static unsigned int reports(void)
{
	return (unsigned int)VALGRIND_COUNT_ERRORS;
}

/* One report, or there would be none whatever was tested. */
static void a_jump_is_seen(void **state)
{
	volatile unsigned char secret = 1;
	unsigned int before = reports();
	static volatile int taken;

	(void)state;
	VALGRIND_MAKE_MEM_UNDEFINED(&secret, sizeof(secret));
	if (secret)
		taken++;
	VALGRIND_MAKE_MEM_DEFINED(&secret, sizeof(secret));
	assert_int_equal(reports() - before, 1);
}

static void neither_padding_nor_mac_decide_what_is_done(void **state)
{
	static const size_t macs[] = { 16, 20, 32, 48 };
	uint8_t record[LEN], mac[EVP_MAX_MD_SIZE];
	unsigned int before = reports();
	size_t i, pad, len;

	(void)state;
	for (i = 0; i < VC_COUNT(macs); i++)
		for (pad = 0; pad < 256; pad += 15) {
			memset(record, (int)pad, sizeof(record));
			VALGRIND_MAKE_MEM_UNDEFINED(record, sizeof(record));
			len = LEN;
			assert_true(vc_tls_open(record, &len, 16, mac, macs[i]));
			VALGRIND_MAKE_MEM_DEFINED(&len, sizeof(len));
			assert_int_equal(len, LEN - pad - 1 - macs[i]);
		}
	assert_int_equal(reports() - before, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_jump_is_seen),
		cmocka_unit_test(neither_padding_nor_mac_decide_what_is_done),
	};

	if (!RUNNING_ON_VALGRIND) {
		print_message("SKIP: not under valgrind, or built without its header\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
