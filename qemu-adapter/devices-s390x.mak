# SPDX-License-Identifier: GPL-2.0-or-later

include ../vcrypto-all.mak

CONFIG_S390_CCW_VIRTIO=y
