// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The hostdev backend's hashes.
 *
 * Drivers differ in what CIOCCPHASH does with the key of a MAC: it stays, or it goes
 * with the state, for good or until the next reset.  So a MAC's state is copied only
 * to a session of the host's that has the same key: one that is opened for the copy, with
 * a key that is remembered for that, and closed when the message ends.
 */
#include <stdlib.h>

#include "hostdev.h"

static uint32_t open_session(int fd, const struct vcrypto_mac *mac, const uint8_t *key,
			     size_t key_len)
{
	struct session_op op = {
		.mac = mac->cryptodev, .mackeylen = (uint32_t)key_len,
		.mackey = hostdev_unconst(key),
	};

	return vcrypto_hostdev_session(fd, &op);
}

static struct hostdev_key *new_key(const uint8_t *bytes, size_t len)
{
	struct hostdev_key *key = malloc(sizeof(*key) + len);

	if (!key)
		return NULL;
	key->users = 1;
	key->len = len;
	memcpy(key->bytes, bytes, len);
	return key;
}

static void put_key(struct hostdev_key *key)
{
	if (!key || --key->users)
		return;
	vcrypto_wipe(key, sizeof(*key) + key->len);
	free(key);
}

static void close_state(int fd, struct hostdev_state *state)
{
	vcrypto_hostdev_close(fd, state->session);
	put_key(state->key);
	*state = (struct hostdev_state){ 0 };
}

bool vcrypto_hostdev_hash_open(int fd, struct hostdev_hash *hash,
			       const struct vcrypto_session_spec *spec)
{
	hash->mac = spec->mac;
	hash->own.session = open_session(fd, spec->mac, spec->mac_key, spec->mac_key_len);
	hash->own.restart = true;
	if (spec->mac->keyed)
		hash->own.key = new_key(spec->mac_key, spec->mac_key_len);
	return hash->own.session && (!spec->mac->keyed || hash->own.key);
}

void vcrypto_hostdev_hash_close(int fd, struct hostdev_hash *hash)
{
	close_state(fd, &hash->own);
	close_state(fd, &hash->copied);
}

static void restart(int fd, struct hostdev_hash *hash)
{
	close_state(fd, &hash->copied);
	hash->own.restart = true;
}

void vcrypto_hostdev_hash_reset(int fd, struct hostdev_hash *hash,
				const uint8_t iv[VCRYPTO_MAX_IV])
{
	restart(fd, hash);
	memcpy(hash->own.iv, iv, sizeof(hash->own.iv));
}

static bool call(int fd, struct hostdev_hash *hash, uint16_t flags, const uint8_t *data,
		 size_t len, uint8_t *digest)
{
	struct hostdev_state *state = hash->copied.session ? &hash->copied : &hash->own;
	struct crypt_op op = {
		.ses = state->session, .op = COP_ENCRYPT,
		.flags = (uint16_t)(flags | (state->restart ? COP_FLAG_RESET : 0)),
		.len = (uint32_t)len, .src = hostdev_unconst(data), .mac = digest,
		.iv = state->restart && hash->mac->iv_len ? state->iv : NULL,
	};

	if (vcrypto_hostdev_control(fd, CIOCCRYPT, &op) != 0)
		return false;
	state->restart = false;
	return true;
}

bool vcrypto_hostdev_hash_update(int fd, struct hostdev_hash *hash, const uint8_t *data,
				 size_t len)
{
	uint8_t unused[VCRYPTO_MAX_DIGEST];

	return !len || call(fd, hash, COP_FLAG_UPDATE, data, len, unused);
}

bool vcrypto_hostdev_hash_finish(int fd, struct hostdev_hash *hash, uint8_t *digest)
{
	if (!call(fd, hash, COP_FLAG_FINAL, NULL, 0, digest))
		return false;
	restart(fd, hash);
	return true;
}

/* There is nothing that the host could copy before the first data. */
static bool copy_state(int fd, struct hostdev_state *to, const struct hostdev_state *from)
{
	struct cphash_op op = { .dst_ses = to->session, .src_ses = from->session };

	to->restart = from->restart;
	memcpy(to->iv, from->iv, sizeof(to->iv));
	return to->restart || vcrypto_hostdev_control(fd, CIOCCPHASH, &op) == 0;
}

static bool copy_keyed(int fd, struct hostdev_hash *to, const struct hostdev_state *from)
{
	struct hostdev_state copy = {
		.session = open_session(fd, to->mac, from->key->bytes, from->key->len),
		.key = from->key,
	};

	copy.key->users++;
	if (!copy.session || !copy_state(fd, &copy, from)) {
		close_state(fd, &copy);
		return false;
	}
	close_state(fd, &to->copied);
	to->copied = copy;
	return true;
}

bool vcrypto_hostdev_hash_copy(int fd, struct hostdev_hash *to, const struct hostdev_hash *from)
{
	const struct hostdev_state *state = from->copied.session ? &from->copied : &from->own;

	return to->mac->keyed ? copy_keyed(fd, to, state) : copy_state(fd, &to->own, state);
}
