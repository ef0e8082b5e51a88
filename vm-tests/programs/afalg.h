/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The standard's crypto device from user space: AES-CBC through AF_ALG, with the kernel's
 * own driver for the device, by its name.
 */
#ifndef AFALG_H
#define AFALG_H

#include <linux/if_alg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As /proc/crypto calls what the driver registers. */
#define AFALG_DRIVER "virtio_crypto_aes_cbc"
#define AFALG_BLOCK 16
/* Bytes of one operation: more would need more socket buffer than there is. */
#define AFALG_MAX (64 * 1024)

/*
 * What /proc/crypto says of the driver: the value of @field, such as "selftest".  NULL: there
 * is no such driver.  Valid until the next call.
 */
const char *afalg_field(const char *field);

/* A socket for operations with a key, or -1 with errno set.  The caller closes it. */
int afalg_open(const uint8_t *key, size_t keylen);

/* @op: ALG_OP_ENCRYPT or ALG_OP_DECRYPT; @len, of both, is at most AFALG_MAX.  False: errno. */
bool afalg_run(int fd, uint32_t op, const uint8_t iv[AFALG_BLOCK], const uint8_t *from,
	       uint8_t *to, size_t len);

#endif /* AFALG_H */
