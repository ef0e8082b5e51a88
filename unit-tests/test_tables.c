// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the nettle backend allocates, the tables of GCM and Blowfish: where there is no
 * memory for them, and what is in them when they are freed.  Linked with --wrap.
 */
#include <stdlib.h>

#include "flat.h"

void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void __wrap_free(void *memory);
void __real_free(void *memory);

static bool watching, scarce;
static uint8_t *table;		/* allocated while watching */
static size_t table_size;
static bool wiped;

void *__wrap_malloc(size_t size)
{
	if (!watching)
		return __real_malloc(size);
	if (scarce)
		return NULL;
	assert_null(table);
	table = __real_malloc(size);
	table_size = size;
	return table;
}

void __wrap_free(void *memory)
{
	if (memory && memory == table) {
		wiped = all_bytes(table, table_size, 0);
		table = NULL;
	}
	__real_free(memory);
}

/* Without an allocation of its own between the engine and the request. */
static uint32_t status_of(struct vcrypto_engine *engine, struct flat *flat)
{
	struct iovec in = { flat->request, flat->len }, out = { flat->reply, 16 };
	struct vcrypto_io io = { &in, &out, 1, 1, 0 };

	watching = true;
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	watching = false;
	return flat_reply_status(flat);
}

/* 4.3, 4.4 */
static void a_table_that_finds_no_memory_is_an_error_and_one_that_goes_is_wiped(void **state)
{
	const struct vcrypto_session_args args[] = {
		cipher_args(1, VCRYPTO_CIPHER_AES_GCM, 32),
		cipher_args(1, VCRYPTO_CIPHER_BLOWFISH_CBC, 16),
	};
	struct vcrypto_engine *engine = flat_engine(real_backend());
	static struct flat flat;
	size_t i;

	(void)state;
	flat_open(&flat, 0);
	assert_int_equal(status_of(engine, &flat), VCRYPTO_OK);
	for (i = 0; i < COUNT(args); i++) {
		flat_session(&flat, &args[i]);
		scarce = true;
		assert_int_equal(status_of(engine, &flat), VCRYPTO_ERROR);
		scarce = false;
		assert_int_equal(status_of(engine, &flat), VCRYPTO_OK);
		assert_non_null(table);
		assert_false(all_bytes(table, table_size, 0));
		wiped = false;
		flat_free(&flat, 0, 1);
		assert_int_equal(status_of(engine, &flat), VCRYPTO_OK);
		assert_null(table);
		assert_true(wiped);
	}
	flat_engine_free(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_table_that_finds_no_memory_is_an_error_and_one_that_goes_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
