/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Published test vectors, from the text files in vectors/: lines `key = value`,
 * an empty line after each vector, `#` for comments.  Values are hexadecimal
 * but for name, cipher, mac and repeat.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t at[512];
	size_t len;
};

struct vector {
	char name[80];
	uint32_t cipher;	/* enum vcrypto_cipher_id, or 0 */
	uint32_t mac;		/* enum vcrypto_mac_id, or 0 */
	struct bytes key;
	struct bytes iv;
	struct bytes plaintext;
	struct bytes ciphertext;
	struct bytes next_iv;
	struct bytes aad;
	struct bytes tag;	/* of an AEAD cipher */
	struct bytes mac_key;
	struct bytes message;
	size_t repeat;		/* the message as often as this; normally 1 */
	struct bytes digest;
};

/* Calls @check for each vector in @file; returns how many there were.  Stops the
 * program where the file is missing or has a line that it does not understand. */
size_t each_vector(const char *file, void (*check)(const struct vector *vector));

#endif /* VECTORS_H */
