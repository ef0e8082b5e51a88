/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A message that is hashed, with a key or without.
 *
 * It is gathered until it is known to be worth the way to the device, or is so long that
 * it has to go in parts.  Nothing is lost if the device fails before that; behind it, its
 * state is in the device alone, and if that goes the message fails.
 */
#ifndef VC_HASH_H
#define VC_HASH_H

#include "provider.h"

enum vc_hash_state {
	VC_HASH_GATHERED,	/* all that has come is in gathered */
	VC_HASH_SOFTWARE,	/* software has it */
	VC_HASH_DEVICE,		/* the device has it, but for what is in gathered */
	VC_HASH_LOST,		/* the device had it */
};

struct vc_hash;

/* Software's part, for the owner of a hash; 1, or 0. */
struct vc_hash_software {
	int (*start)(struct vc_hash *hash);
	int (*update)(struct vc_hash *hash, const uint8_t *in, size_t len);
	int (*final)(struct vc_hash *hash, uint8_t *out);
};

struct vc_hash {
	struct vc_provider *provider;
	const struct vc_hash_software *software;
	struct vc_session session;
	uint32_t number;	/* CRYPTO_..., or 0: not the device's */
	const uint8_t *key;	/* the owner's, or NULL */
	size_t key_len;
	enum vc_hash_state state;
	bool refused;
	uint8_t *gathered;
	size_t gathered_len;
	size_t room;
};

/* A message begins; what there was before is forgotten. */
void vc_hash_start(struct vc_hash *hash);

/* Another algorithm or key: no session is kept. */
void vc_hash_rekey(struct vc_hash *hash);

/* These return 1, or 0. */
int vc_hash_update(struct vc_hash *hash, const uint8_t *in, size_t len);
int vc_hash_final(struct vc_hash *hash, uint8_t *out);

/* Makes @hash, a copy by memcpy(), one that goes on by itself; its key is its owner's. */
int vc_hash_part(struct vc_hash *hash, const struct vc_hash *from);

/* What it holds. */
void vc_hash_end(struct vc_hash *hash);

#endif /* VC_HASH_H */
