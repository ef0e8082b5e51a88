# SPDX-License-Identifier: GPL-2.0-or-later

include ../vcrypto-all.mak

CONFIG_ARM_VIRT=y
# The emulated processors want it, though the machine does not.
CONFIG_ARM_V7M=y
