# SPDX-License-Identifier: GPL-2.0-or-later

include ../vcrypto-all.mak

# Machines
CONFIG_I440FX=y
CONFIG_Q35=y
CONFIG_MICROVM=y

CONFIG_SERIAL_ISA=y
CONFIG_PCIE_PORT=y
CONFIG_TEST_DEVICES=y

# The tables of these machines call it in newer QEMUs, and without it nothing is linked.
CONFIG_PXB=y
CONFIG_CXL=y
CONFIG_CXL_MEM_DEVICE=y
