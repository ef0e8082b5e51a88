# SPDX-License-Identifier: GPL-2.0-or-later

include ../vcrypto-all.mak

CONFIG_RISCV_VIRT=y
# The emulated processor calls it, whatever the machine.
CONFIG_SEMIHOSTING=y
CONFIG_ARM_COMPATIBLE_SEMIHOSTING=y
