# SPDX-License-Identifier: GPL-2.0-or-later

include ../vcrypto-all.mak

CONFIG_ARM_VIRT=y
# The emulated processors want it, though the machine does not.
CONFIG_ARM_V7M=y

# The machine's tables call it in newer QEMUs, and without it nothing is linked.
CONFIG_PCIE_PORT=y
CONFIG_PXB=y
CONFIG_CXL=y
CONFIG_CXL_MEM_DEVICE=y
