/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of a PCI device that has them all in BAR 0. */
#ifndef SMALL_BAR_H
#define SMALL_BAR_H

#include <linux/pci.h>

/* Switches the device on and maps its registers, @len bytes. */
static inline void __iomem *bar_map(struct pci_dev *pdev, resource_size_t len)
{
	void __iomem *bar;
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return IOMEM_ERR_PTR(ret);
	ret = pci_request_region(pdev, 0, KBUILD_MODNAME);
	if (ret)
		goto no_region;
	ret = -ENODEV;
	if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM) || pci_resource_len(pdev, 0) < len)
		goto no_map;
	ret = -ENOMEM;
	bar = pci_iomap(pdev, 0, len);
	if (bar)
		return bar;
no_map:
	pci_release_region(pdev, 0);
no_region:
	pci_disable_device(pdev);
	return IOMEM_ERR_PTR(ret);
}

static inline void bar_unmap(struct pci_dev *pdev, void __iomem *bar)
{
	pci_iounmap(pdev, bar);
	pci_release_region(pdev, 0);
	pci_disable_device(pdev);
}

#endif /* SMALL_BAR_H */
