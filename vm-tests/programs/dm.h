/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk in memory that cannot be swapped out, and dm-crypt's mappings of it.  For root; the
 * functions end the program if they fail, unless they say otherwise.
 */
#ifndef DM_H
#define DM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ciphers as dm-crypt's tables call them: the device's, and the same in software. */
#define DM_XTS "capi:vcrypto-xts-aes-plain64"
#define DM_XTS_SOFTWARE "capi:xts(aes)-plain64"
#define DM_CBC "capi:vcrypto-cbc-aes-plain64"
#define DM_CBC_SOFTWARE "capi:cbc(aes)-plain64"

/* The longest that a mapping here has: of AES-XTS and of a MAC. */
#define DM_MAX_KEY 128

/* A loop device, /dev/loop0, of @size bytes, all of which are there. */
void dm_disk(size_t size);
/*
 * The same of the module brd, which is loaded: a loop device has workers that need memory when
 * there is none, which is not to be taken for ours.
 */
void dm_disk_for_swap(size_t size);

/* The bytes of the key that a mapping has. */
void dm_key(uint8_t *key, size_t keylen);
/* The same as a table has it; at most twice DM_MAX_KEY digits and the end. */
void dm_hex_key(char *hex, size_t keylen);
/*
 * Maps all of it under a name, with a key of ours of @keylen bytes, and opens that for direct
 * input and output, which is as long as its buffers are aligned to 512 bytes.  -1: errno.
 */
int dm_open(const char *name, const char *cipher, size_t keylen);
/* The same for any mapping of @size bytes, as its table is in dmsetup's words. */
int dm_map(const char *name, const char *type, size_t size, const char *parameters);
/* The path of what is opened so, valid until the next call. */
const char *dm_path(int fd);
/* Closes it and takes the mapping away. */
void dm_close(const char *name, int fd);

#endif /* DM_H */
