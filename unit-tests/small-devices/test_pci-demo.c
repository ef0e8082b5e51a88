// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <vcrypto/small-devices/pci-demo.h>

static void what_was_written_is_read(void **state)
{
	static const uint32_t values[] = { 0x1333, 0x2333, 0x3333, 0, UINT32_MAX };
	struct vcrypto_pci_demo demo;

	(void)state;
	vcrypto_pci_demo_reset(&demo);
	assert_int_equal(vcrypto_pci_demo_read(&demo, 0, 4), 0);
	for (size_t i = 0; i < 5; i++) {
		vcrypto_pci_demo_write(&demo, 0, 4, values[i]);
		assert_int_equal(vcrypto_pci_demo_read(&demo, 0, 4), values[i]);
	}
	vcrypto_pci_demo_reset(&demo);
	assert_int_equal(vcrypto_pci_demo_read(&demo, 0, 4), 0);
}

static void other_accesses_read_all_ones_and_write_nothing(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 2, 3, 4, 8, 0xffffc, 0xfffff, UINT64_MAX };
	static const uint64_t ones[] = { 0, 0xff, 0xffff, 0, 0xffffffff, 0, 0, 0, UINT64_MAX };
	struct vcrypto_pci_demo demo;

	(void)state;
	vcrypto_pci_demo_reset(&demo);
	vcrypto_pci_demo_write(&demo, 0, 4, 0x1333);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		for (unsigned int size = 1; size <= 8; size *= 2) {
			if (offsets[i] == 0 && size == 4)
				continue;
			assert_true(vcrypto_pci_demo_read(&demo, offsets[i], size) == ones[size]);
			vcrypto_pci_demo_write(&demo, offsets[i], size, 7);
		}
	assert_int_equal(vcrypto_pci_demo_read(&demo, 0, 4), 0x1333);
}

static void two_devices_have_two_registers(void **state)
{
	struct vcrypto_pci_demo a, b;

	(void)state;
	vcrypto_pci_demo_reset(&a);
	vcrypto_pci_demo_reset(&b);
	vcrypto_pci_demo_write(&a, 0, 4, 1);
	vcrypto_pci_demo_write(&b, 0, 4, 2);
	assert_int_equal(vcrypto_pci_demo_read(&a, 0, 4), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(other_accesses_read_all_ones_and_write_nothing),
		cmocka_unit_test(two_devices_have_two_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
