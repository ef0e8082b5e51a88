# SPDX-License-Identifier: GPL-2.0-or-later

include ../vcrypto-all.mak

CONFIG_RISCV_VIRT=y
