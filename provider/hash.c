// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <string.h>

#include "hash.h"

#define FIRST_ROOM 256
#define MAX_CALL (1u << 30)

void vc_hash_start(struct vc_hash *hash)
{
	hash->state = VC_HASH_GATHERED;
	hash->gathered_len = 0;
}

void vc_hash_rekey(struct vc_hash *hash)
{
	vc_session_close(&hash->provider->device, &hash->session);
	hash->refused = false;
}

void vc_hash_end(struct vc_hash *hash)
{
	vc_session_close(&hash->provider->device, &hash->session);
	OPENSSL_clear_free(hash->gathered, hash->room);
}

static int gather(struct vc_hash *hash, const uint8_t *in, size_t len)
{
	size_t need = hash->gathered_len + len, room = hash->room ? hash->room : FIRST_ROOM;
	uint8_t *larger;

	while (room < need)
		room *= 2;
	if (room > hash->room) {
		larger = OPENSSL_clear_realloc(hash->gathered, hash->room, room);
		if (!larger)
			return 0;
		hash->gathered = larger;
		hash->room = room;
	}
	memcpy(hash->gathered + hash->gathered_len, in, len);
	hash->gathered_len = need;
	return 1;
}

static int open_session(struct vc_hash *hash)
{
	struct session_op op = {
		.mac = hash->number,
		.mackeylen = (uint32_t)hash->key_len,
		.mackey = (uint8_t *)(uintptr_t)hash->key,
	};

	vc_session_close(&hash->provider->device, &hash->session);
	return vc_session_open(&hash->provider->device, &hash->session, &op);
}

/* A message that has begun in a session that is no more is lost. */
static bool session_there(struct vc_hash *hash)
{
	if (vc_session_usable(&hash->provider->device, &hash->session))
		return true;
	return hash->state == VC_HASH_GATHERED && !open_session(hash);
}

/* @out: the message ends with that. */
static bool send(struct vc_hash *hash, const uint8_t *in, size_t len, bool first, uint8_t *out)
{
	struct crypt_op op = { .ses = hash->session.number };
	size_t part;

	for (;; first = false, in += part, len -= part) {
		part = len < MAX_CALL ? len : MAX_CALL;
		op.flags = (uint16_t)((first ? COP_FLAG_RESET : 0) |
				      (out && part == len ? COP_FLAG_FINAL : COP_FLAG_UPDATE));
		op.len = (uint32_t)part;
		op.src = (uint8_t *)(uintptr_t)in;
		op.mac = out;
		if (vc_session_ioctl(&hash->session, CIOCCRYPT, &op))
			return false;
		if (part == len)
			return true;
	}
}

/* All that has come, and @in. */
static bool by_device(struct vc_hash *hash, const uint8_t *in, size_t len)
{
	bool first = hash->state == VC_HASH_GATHERED, any = hash->gathered_len;

	if (!session_there(hash) ||
	    (any && !send(hash, hash->gathered, hash->gathered_len, first, NULL)) ||
	    !send(hash, in, len, first && !any, NULL))
		return false;
	hash->state = VC_HASH_DEVICE;
	hash->gathered_len = 0;
	return true;
}

static int to_software(struct vc_hash *hash)
{
	size_t len = hash->gathered_len;

	if (!hash->software->start(hash) ||
	    (len && !hash->software->update(hash, hash->gathered, len)))
		return 0;
	hash->state = VC_HASH_SOFTWARE;
	OPENSSL_cleanse(hash->gathered, len);
	hash->gathered_len = 0;
	return 1;
}

static bool worth_it(const struct vc_hash *hash, size_t len)
{
	return hash->number && !hash->refused && len && len >= hash->provider->min_digest_bytes;
}

/* What is too long to be gathered. */
static int update_long(struct vc_hash *hash, const uint8_t *in, size_t len)
{
	bool has = hash->state == VC_HASH_DEVICE;

	if ((has || worth_it(hash, hash->gathered_len + len)) && by_device(hash, in, len))
		return 1;
	hash->refused = true;
	if (!has)
		return to_software(hash) && hash->software->update(hash, in, len);
	hash->state = VC_HASH_LOST;
	return 0;
}

int vc_hash_update(struct vc_hash *hash, const uint8_t *in, size_t len)
{
	switch (hash->state) {
	case VC_HASH_SOFTWARE:
		return hash->software->update(hash, in, len);
	case VC_HASH_LOST:
		return 0;
	default:
		if (!len)
			return 1;
		return len <= VC_PART - hash->gathered_len ? gather(hash, in, len) :
		       update_long(hash, in, len);
	}
}

int vc_hash_final(struct vc_hash *hash, uint8_t *out)
{
	bool has = hash->state == VC_HASH_DEVICE, whole = hash->state == VC_HASH_GATHERED;
	int done = 0;

	if (has || (whole && worth_it(hash, hash->gathered_len))) {
		done = session_there(hash) &&
		       send(hash, hash->gathered, hash->gathered_len, whole, out);
		hash->refused |= !done;
	}
	if (!done && whole)
		done = to_software(hash) && hash->software->final(hash, out);
	else if (!done && !has)
		done = hash->state == VC_HASH_SOFTWARE && hash->software->final(hash, out);
	OPENSSL_cleanse(hash->gathered, hash->gathered_len);
	hash->state = VC_HASH_LOST;
	return done;
}

int vc_hash_part(struct vc_hash *hash, const struct vc_hash *from)
{
	hash->session = (struct vc_session) { 0 };
	hash->gathered = NULL;
	hash->room = hash->gathered_len = 0;
	if (from->gathered_len && !gather(hash, from->gathered, from->gathered_len))
		return 0;
	if (hash->state != VC_HASH_DEVICE)
		return 1;
	return vc_session_usable(&hash->provider->device, &from->session) &&
	       !open_session(hash) && !vc_session_copy_hash(&hash->session, &from->session);
}
