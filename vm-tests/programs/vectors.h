/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Published test vectors, from the text files in unit-tests/vectors/: lines
 * "name = value", an empty line after each vector, "#" for comments.  Values are
 * hexadecimal but for name, cipher, mac and repeat.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	size_t length;
	uint8_t at[512];
};

struct vector {
	char name[80];
	uint32_t cipher; /* of /dev/crypto, or 0 */
	uint32_t mac;
	struct bytes key, iv, plaintext, ciphertext, next_iv;
	struct bytes mac_key, message, digest;
	size_t repeat; /* the message as often as this */
};

/*
 * Calls @check for each vector of the file.  The program ends if the file is
 * missing or has something in it that this does not understand.
 */
void each_vector(const char *path, void (*check)(const struct vector *vector));

#endif /* VECTORS_H */
