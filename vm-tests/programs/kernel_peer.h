/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs share that are the other side of something which the kernel encrypts, with
 * libcrypto.  The functions end the program if they fail, unless they say otherwise.
 */
#ifndef KERNEL_PEER_H
#define KERNEL_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_TAG 16

/* The last one is IPsec's AES-CBC with HMAC-SHA256. */
enum peer_mode { PEER_GCM, PEER_CCM, PEER_CBC };

#define PEER_HMAC_KEY 32	/* bytes, before AES's key */

/* Bytes of a nonce, or an IV. */
size_t peer_nonce_len(enum peer_mode mode);

/*
 * AES-128 in that mode.  @len: bytes of the text; behind it, in @out when it seals and in @in when
 * it opens, is a tag of PEER_TAG.  False: it is another tag.
 */
bool peer_aead(enum peer_mode mode, bool seal, const uint8_t *key, const uint8_t *nonce,
	       const uint8_t *aad, size_t aadlen, const uint8_t *in, size_t len, uint8_t *out);

/* Requests with data that the device has answered since the last call. */
long long requests_since(void);

/* 1 ... @most. */
size_t random_length(size_t most);

/* @bytes of it, as they stand on a network; those above are left out. */
void put_number(uint8_t *to, uint64_t number, size_t bytes);

/* A network interface, with an address in a net of 24 bits. */
void bring_up(const char *name, const char *address);

#endif /* KERNEL_PEER_H */
