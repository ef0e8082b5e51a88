# SPDX-License-Identifier: GPL-2.0-or-later

include ../vcrypto-all.mak

# Machines
CONFIG_I440FX=y
CONFIG_Q35=y
CONFIG_MICROVM=y

CONFIG_SERIAL_ISA=y
CONFIG_PCIE_PORT=y
CONFIG_TEST_DEVICES=y
