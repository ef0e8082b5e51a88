/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * pci-demo: the smallest device there is, one register.
 *
 * Its memory, BAR 0, is 1 MiB of which four bytes mean something:
 *
 *	   offset 0               4                        0x100000
 *	          +---------------+------------ - - - --------+
 *	          | value, RW     | nothing                   |
 *	          +---------------+------------ - - - --------+
 *
 * An access of 4 bytes at offset 0 reads or writes the value.  Any other one
 * reads all ones and ignores what is written, like a bus on which nobody
 * answers.
 */
#ifndef VCRYPTO_PCI_DEMO_H
#define VCRYPTO_PCI_DEMO_H

#include <vcrypto/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of BAR 0. */
#define VCRYPTO_PCI_DEMO_BAR_SIZE 0x100000

/* Offset of the register, 4 bytes wide. */
#define VCRYPTO_PCI_DEMO_VALUE 0x0

/* The device's state; the caller provides the memory and calls reset first. */
struct vcrypto_pci_demo {
	uint32_t value;
};

/* The register becomes 0. */
void vcrypto_pci_demo_reset(struct vcrypto_pci_demo *demo);

/* An access of @size bytes, 1 ... 8, at @offset in BAR 0. */
uint64_t vcrypto_pci_demo_read(const struct vcrypto_pci_demo *demo, uint64_t offset,
			       unsigned int size);
void vcrypto_pci_demo_write(struct vcrypto_pci_demo *demo, uint64_t offset, unsigned int size,
			    uint64_t value);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_PCI_DEMO_H */
