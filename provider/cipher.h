/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Ciphers without tags. */
#ifndef VC_CIPHER_H
#define VC_CIPHER_H

#include "provider.h"

/*
 * Between two calls the place in the message is known in one of two ways, or both: as the
 * next IV, at the border of a block; or to the software's context.
 */
struct vc_cipher {
	struct vc_provider *provider;
	const struct vc_cipher_row *row;
	EVP_CIPHER_CTX *software;
	struct vc_session session;
	uint8_t key[VC_MAX_KEY];
	uint8_t first_iv[VC_MAX_IV];
	uint8_t iv[VC_MAX_IV];		/* the next; if iv_known */
	uint8_t rest[VC_BLOCK];		/* of kind VC_BLOCKS: not yet worked on */
	size_t rest_len;		/* bytes in rest; of a stream: of this block, used */
	bool keyed;
	bool iv_given;			/* first_iv is somebody's */
	bool encrypt;
	bool pad;
	bool refused;			/* the device will not do it with this key */
	bool iv_known;
	bool software_there;		/* software's context is at this place */
	unsigned int tls_version;	/* 0: not TLS; else each update is a record */
	size_t tls_mac_len;
	uint8_t tls_mac[EVP_MAX_MD_SIZE];	/* of the last record that was decrypted */
	const uint8_t *tls_mac_at;
};

/* All these return 1, or 0 with an entry in OpenSSL's queue of errors. */

/* Any length of a stream, whole blocks of the others. */
int vc_cipher_run(struct vc_cipher *cipher, uint8_t *out, const uint8_t *in, size_t len);

/* Software's context comes to this place, and is the one that knows it from here. */
int vc_cipher_to_software(struct vc_cipher *cipher);

/* The IV that the next call goes on from; of a stream in the middle of a block software's. */
int vc_cipher_next_iv(struct vc_cipher *cipher, uint8_t iv[VC_MAX_IV]);

/* What updates and the end of a message do, for each kind. */
int vc_blocks_update(void *context, uint8_t *out, size_t *out_len, size_t out_size,
		     const uint8_t *in, size_t len);
int vc_blocks_final(void *context, uint8_t *out, size_t *out_len, size_t out_size);
int vc_whole_update(void *context, uint8_t *out, size_t *out_len, size_t out_size,
		    const uint8_t *in, size_t len);
int vc_whole_final(void *context, uint8_t *out, size_t *out_len, size_t out_size);

/* One TLS record in place: padding is appended, or taken off together with the MAC. */
int vc_tls_record(struct vc_cipher *cipher, uint8_t *data, size_t *out_len, size_t size,
		  size_t len);

/*
 * Takes padding and MAC of @mac_len bytes off a record of @len, in a time that tells of neither.
 * @mac gets the MAC, or random bytes if the padding is wrong.  False: nothing of that length can be
 * a record, which everybody may know; or, without a MAC, the padding is wrong.
 */
bool vc_tls_open(const uint8_t *record, size_t *len, size_t block, uint8_t *mac, size_t mac_len);

#endif /* VC_CIPHER_H */
