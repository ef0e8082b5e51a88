// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <vcrypto/small-devices/my_rng.h>

/* Of seed 0x42. */
static const uint32_t first_five[] = { 286129175, 1594929109, 971802288, 222134722, 1335014133 };

static void seed_0x42_gives_the_five_numbers_each_time(void **state)
{
	struct vcrypto_my_rng rng;
	uint64_t value;

	(void)state;
	vcrypto_my_rng_reset(&rng);
	for (int round = 0; round < 2; round++) {
		assert_true(vcrypto_my_rng_write(&rng, VCRYPTO_MY_RNG_SEED, 4, 0x42));
		for (size_t i = 0; i < 5; i++) {
			assert_true(vcrypto_my_rng_read(&rng, VCRYPTO_MY_RNG_RNG, 4, &value));
			assert_int_equal(value, first_five[i]);
		}
	}
}

/* Against the C library on this machine. */
static void check_seed(uint32_t seed, unsigned int count)
{
	struct vcrypto_my_rng rng;

	vcrypto_my_rng_seed(&rng, seed);
	srand(seed);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(vcrypto_my_rng_next(&rng), rand());
}

static void numbers_are_those_of_the_c_library(void **state)
{
	static const uint32_t borders[] = { 0, 1, 2, 127773, 2147483646, 2147483647, 0x80000000,
					    0x80000001, UINT32_MAX };
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++)
		check_seed(borders[i], 5000);
	for (unsigned int i = 0; i < 20000; i++) {
		check_seed(seed, 40);
		seed = seed * 1664525 + 1013904223;
	}
}

static void a_new_device_is_like_a_new_program(void **state)
{
	struct vcrypto_my_rng rng, one;

	(void)state;
	vcrypto_my_rng_reset(&rng);
	vcrypto_my_rng_seed(&one, 1);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(vcrypto_my_rng_next(&rng), vcrypto_my_rng_next(&one));
}

static void two_devices_do_not_disturb_each_other(void **state)
{
	struct vcrypto_my_rng a, b;

	(void)state;
	vcrypto_my_rng_seed(&a, 0x42);
	vcrypto_my_rng_seed(&b, 7);
	for (size_t i = 0; i < 5; i++) {
		vcrypto_my_rng_next(&b);
		assert_int_equal(vcrypto_my_rng_next(&a), first_five[i]);
		vcrypto_my_rng_seed(&b, (uint32_t)i);
	}
}

static void other_accesses_do_nothing(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 2, 3, 4, 5, 8, 0xffc, 0xfff, UINT64_MAX };
	struct vcrypto_my_rng rng;
	uint64_t value;

	(void)state;
	vcrypto_my_rng_seed(&rng, 0x42);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		for (unsigned int size = 1; size <= 8; size *= 2) {
			value = 1;
			if (offsets[i] != VCRYPTO_MY_RNG_RNG || size != 4) {
				assert_false(vcrypto_my_rng_read(&rng, offsets[i], size, &value));
				assert_int_equal(value, 0);
			}
			if (offsets[i] != VCRYPTO_MY_RNG_SEED || size != 4)
				assert_false(vcrypto_my_rng_write(&rng, offsets[i], size, 7));
		}
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(vcrypto_my_rng_next(&rng), first_five[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seed_0x42_gives_the_five_numbers_each_time),
		cmocka_unit_test(numbers_are_those_of_the_c_library),
		cmocka_unit_test(a_new_device_is_like_a_new_program),
		cmocka_unit_test(two_devices_do_not_disturb_each_other),
		cmocka_unit_test(other_accesses_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
