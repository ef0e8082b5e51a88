/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crypto devices from user space through AF_ALG, by the names of their drivers: the
 * standard's device, with AES-CBC, and ours.
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
/*
 * What the module registers last, where the kernel has all software: from then on no test of the
 * kernel's is counted.
 */
#define AFALG_LAST "vcrypto-hmac-sha3-512"
/* Bytes of one operation: more would need more socket buffer than there is. */
#define AFALG_MAX (64 * 1024)

/*
 * What /proc/crypto says of a driver: the value of @field, such as "selftest".  NULL: there
 * is no such driver.  Valid until the next call.
 */
const char *afalg_field_of(const char *driver, const char *field);
/* Of that for the standard's device. */
const char *afalg_field(const char *field);

/*
 * Waits until the kernel's tests have passed, of @driver and of others of its module, which some
 * kernels test meanwhile.  False: they do not within a minute.
 */
bool afalg_wait(const char *driver);

/*
 * A socket of @driver, with a key unless @keylen is 0: each accept() of it gives one for operations
 * with that.  @type is "hash", "skcipher", "aead".  -1: errno.  The caller closes it.
 */
int afalg_bind(const char *driver, const char *type, const uint8_t *key, size_t keylen);

/*
 * A socket for operations of @driver, which may be the name of an algorithm, with a key, or
 * -1 with errno set.  @taglen is 0 for a cipher, else for an AEAD.  The caller closes it.
 */
int afalg_open_as(const char *driver, size_t taglen, const uint8_t *key, size_t keylen);

/* All of an operation.  AAD and text stand in @from; an AEAD's results have a tag, too. */
struct afalg_op {
	uint32_t op;			/* ALG_OP_ENCRYPT or ALG_OP_DECRYPT */
	const uint8_t *iv;
	size_t ivlen, aadlen;
	const uint8_t *from;
	size_t fromlen;
	uint8_t *to;
	size_t tolen;
};

/* False: errno. */
bool afalg_do(int fd, const struct afalg_op *op);

/* A socket for operations with a key, or -1 with errno set.  The caller closes it. */
int afalg_open(const uint8_t *key, size_t keylen);

/* @op: ALG_OP_ENCRYPT or ALG_OP_DECRYPT; @len, of both, is at most AFALG_MAX.  False: errno. */
bool afalg_run(int fd, uint32_t op, const uint8_t iv[AFALG_BLOCK], const uint8_t *from,
	       uint8_t *to, size_t len);

#endif /* AFALG_H */
