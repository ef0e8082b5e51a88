/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Ciphers with tags: GCM, CCM, ChaCha20-Poly1305. */
#ifndef VC_AEAD_H
#define VC_AEAD_H

#include "provider.h"

#define VC_MAX_AEAD_IV 128	/* of GCM */
#define VC_MAX_AAD 256		/* what has more is left to software */
#define VC_MAX_TAG 16
#define VC_RECORD_AAD 13	/* number, type, version and length of a TLS record */

enum vc_aead_state {
	VC_AEAD_BEGUN,		/* there is an IV, perhaps a length, and AAD, in aad */
	VC_AEAD_SOFTWARE,	/* software has all that there was so far */
	VC_AEAD_DEVICE,		/* the device has done it, as a whole message */
	VC_AEAD_OVER,		/* an IV is not used twice */
};

/*
 * The device takes a message in one call, libcrypto's callers bring it in any number of
 * parts.  So the first part goes to the device as if it were all.  If more comes, software
 * does it again from the start, and the next messages with this context alone.
 *
 * Software's context always has the same key, IV and tag; it is ready to begin.
 */
struct vc_aead {
	struct vc_provider *provider;
	const struct vc_cipher_row *row;
	EVP_CIPHER_CTX *software;
	struct vc_session session;
	enum vc_aead_state state;
	uint8_t key[VC_MAX_KEY];
	uint8_t iv[VC_MAX_AEAD_IV];
	size_t iv_len;
	uint8_t aad[VC_MAX_AAD];
	size_t aad_len;
	bool announced;			/* CCM: how long the text will be */
	size_t announced_len;
	uint8_t tag[VC_MAX_TAG];
	size_t tag_len;
	uint8_t *sealed;		/* what the device has encrypted, to go on from */
	size_t sealed_len;
	bool keyed;
	bool iv_set;
	bool tag_given;			/* tag is to be verified */
	size_t tag_made;		/* bytes of the device's in tag; 0: software has it */
	bool encrypt;
	bool refused;			/* the device will not do it with this key */
	bool in_parts;			/* who uses this context brings messages in parts */
	/* TLS 1.2 */
	bool record;			/* the next update is one */
	size_t record_tag_len;
	uint8_t head[VC_RECORD_AAD];
	bool numbered;			/* IVs are made of next_iv */
	uint8_t next_iv[VC_MAX_AEAD_IV];	/* GCM; else: what all records' have in common */
};

/* All these return 1, or 0, unless they say otherwise. */

int vc_aead_update(void *context, uint8_t *out, size_t *out_len, size_t out_size,
		   const uint8_t *in, size_t len);
int vc_aead_final(void *context, uint8_t *out, size_t *out_len, size_t out_size);
int vc_aead_cipher(void *context, uint8_t *out, size_t *out_len, size_t out_size,
		   const uint8_t *in, size_t len);

/*
 * A message begins, with aead->iv, which software has; nothing is left of the last one.  The tag to
 * be verified may have come before.
 */
void vc_aead_anew(struct vc_aead *aead);

/* It has ended. */
void vc_aead_over(struct vc_aead *aead);

/* The same, and software gets the IV. */
int vc_aead_begin(struct vc_aead *aead);

/* Whether the device is to be asked for a message of @len bytes. */
bool vc_aead_worth_it(const struct vc_aead *aead, size_t len);

/*
 * A message by the device, with aead->iv and aead->aad; @len bytes at @src, a tag of
 * aead->tag_len behind them to decrypt, or behind the result.  The two do not overlap.
 * Returns 0 or an errno: EBADMSG, what is at @dst is wiped; else it may be anything.
 */
int vc_aead_ask(struct vc_aead *aead, uint8_t *dst, const uint8_t *src, size_t len);

/* The text will be @len bytes; for CCM, which has to know. */
void vc_aead_announce(struct vc_aead *aead, size_t len);

/* Gives software what has been kept back of a message that has begun. */
int vc_aead_to_software(struct vc_aead *aead);

/* Any length; @made may be NULL. */
int vc_aead_by_software(struct vc_aead *aead, uint8_t *out, const uint8_t *in, size_t len);

/* The three parameters of TLS 1.2.  @len of VC_WHOLE_IV: all of it. */
#define VC_WHOLE_IV SIZE_MAX
int vc_aead_set_head(struct vc_aead *aead, const uint8_t *head, size_t len);
int vc_aead_set_fixed(struct vc_aead *aead, const uint8_t *iv, size_t len);
int vc_aead_set_number(struct vc_aead *aead, const uint8_t *number, size_t len);

/* The next IV is made and begun with; @number gets its last @len bytes, 0: all. */
int vc_aead_make_iv(struct vc_aead *aead, uint8_t *number, size_t len);

/* A record in place, as its head says. */
int vc_aead_record(struct vc_aead *aead, uint8_t *data, size_t *out_len, size_t len);

#endif /* VC_AEAD_H */
