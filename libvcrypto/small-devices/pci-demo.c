// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "pci-demo.h"

static bool is_value(uint64_t offset, unsigned int size)
{
	return offset == VCRYPTO_PCI_DEMO_VALUE && size == 4;
}

void vcrypto_pci_demo_reset(struct vcrypto_pci_demo *demo)
{
	demo->value = 0;
}

uint64_t vcrypto_pci_demo_read(const struct vcrypto_pci_demo *demo, uint64_t offset,
			       unsigned int size)
{
	if (is_value(offset, size))
		return demo->value;
	return UINT64_MAX >> (64 - 8 * size);
}

void vcrypto_pci_demo_write(struct vcrypto_pci_demo *demo, uint64_t offset, unsigned int size,
			    uint64_t value)
{
	if (is_value(offset, size))
		demo->value = (uint32_t)value;
}
