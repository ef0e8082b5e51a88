// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sessions of ipsec_mb and mixed: libcrypto's, and keys as the multi-buffer library wants them. */
#include <stdlib.h>

#include "ipsec_mb.h"

#define CIPHER(name_, mode_, hash_, longest_, ...) \
	{ .cipher = VCRYPTO_CIPHER_AES_##name_, .mode = IMB_CIPHER_##mode_, \
	  .hash = IMB_AUTH_##hash_, .longest = longest_, .lanes = { __VA_ARGS__ } }
#define HMAC(name_, hash_, block_, state_, ...) \
	{ .mac = VCRYPTO_MAC_HMAC_##name_, .mode = IMB_CIPHER_NULL, \
	  .hash = IMB_AUTH_HMAC_##hash_, .block = block_, .state = state_, \
	  .longest = 65534, .lanes = { __VA_ARGS__ } }

static const struct ipsec_mb_row rows[] = {
	CIPHER(CBC, CBC, NULL, 65520, 8, 16),
	CIPHER(CTR, CNTR, NULL, VCRYPTO_MAX_PAYLOAD, 0, 0),
	CIPHER(GCM, GCM, AES_GMAC, VCRYPTO_MAX_PAYLOAD, 0, 0),
	HMAC(SHA1, SHA_1, 64, 20, 8, 16),
	HMAC(SHA2_224, SHA_224, 64, 32, 8, 16),
	HMAC(SHA2_256, SHA_256, 64, 32, 8, 16),
	HMAC(SHA2_384, SHA_384, 128, 64, 4, 8),
	HMAC(SHA2_512, SHA_512, 128, 64, 4, 8),
};

/* A session of both is two steps over the same data, which libcrypto does piece by piece. */
static const struct ipsec_mb_row *find_row(const struct vcrypto_session_spec *spec)
{
	uint8_t cipher = spec->cipher ? spec->cipher->id : 0;
	uint8_t mac = spec->mac ? spec->mac->id : 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].cipher == cipher && rows[i].mac == mac)
			return &rows[i];
	return NULL;
}

static void expand_aes(IMB_MGR *mgr, struct ipsec_mb_aes *keys, const uint8_t *key, size_t len)
{
	if (len == 16)
		IMB_AES_KEYEXP_128(mgr, key, keys->encrypt, keys->decrypt);
	else if (len == 24)
		IMB_AES_KEYEXP_192(mgr, key, keys->encrypt, keys->decrypt);
	else
		IMB_AES_KEYEXP_256(mgr, key, keys->encrypt, keys->decrypt);
}

static void expand_gcm(IMB_MGR *mgr, struct gcm_key_data *keys, const uint8_t *key, size_t len)
{
	if (len == 16)
		IMB_AES128_GCM_PRE(mgr, key, keys);
	else if (len == 24)
		IMB_AES192_GCM_PRE(mgr, key, keys);
	else
		IMB_AES256_GCM_PRE(mgr, key, keys);
}

static void hash_key(IMB_MGR *mgr, const struct ipsec_mb_row *row, const uint8_t *key, size_t len,
		     uint8_t *digest)
{
	switch (row->mac) {
	case VCRYPTO_MAC_HMAC_SHA1:
		IMB_SHA1(mgr, key, len, digest);
		break;
	case VCRYPTO_MAC_HMAC_SHA2_224:
		IMB_SHA224(mgr, key, len, digest);
		break;
	case VCRYPTO_MAC_HMAC_SHA2_256:
		IMB_SHA256(mgr, key, len, digest);
		break;
	case VCRYPTO_MAC_HMAC_SHA2_384:
		IMB_SHA384(mgr, key, len, digest);
		break;
	default:
		IMB_SHA512(mgr, key, len, digest);
	}
}

static void hash_block(IMB_MGR *mgr, const struct ipsec_mb_row *row, const uint8_t *block,
		       uint8_t *state)
{
	switch (row->mac) {
	case VCRYPTO_MAC_HMAC_SHA1:
		IMB_SHA1_ONE_BLOCK(mgr, block, state);
		break;
	case VCRYPTO_MAC_HMAC_SHA2_224:
		IMB_SHA224_ONE_BLOCK(mgr, block, state);
		break;
	case VCRYPTO_MAC_HMAC_SHA2_256:
		IMB_SHA256_ONE_BLOCK(mgr, block, state);
		break;
	case VCRYPTO_MAC_HMAC_SHA2_384:
		IMB_SHA384_ONE_BLOCK(mgr, block, state);
		break;
	default:
		IMB_SHA512_ONE_BLOCK(mgr, block, state);
	}
}

/* RFC 2104: the states after the block of the key with ipad, and with opad. */
static void begin_hmac(IMB_MGR *mgr, const struct ipsec_mb_row *row, struct ipsec_mb_hmac *keys)
{
	uint8_t block[IMB_SHA_512_BLOCK_SIZE];
	size_t i;

	memcpy(block, keys->inner, row->block);
	for (i = 0; i < row->block; i++)
		block[i] ^= 0x36;
	hash_block(mgr, row, block, keys->inner);
	for (i = 0; i < row->block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	hash_block(mgr, row, block, keys->outer);
	OPENSSL_cleanse(block, sizeof(block));
}

static size_t keys_size(const struct ipsec_mb_row *row)
{
	if (row->mac)
		return sizeof(struct ipsec_mb_hmac);
	return row->mode == IMB_CIPHER_GCM ? sizeof(struct gcm_key_data) :
					     sizeof(struct ipsec_mb_aes);
}

static bool allocate_keys(struct ipsec_mb_session *session)
{
	session->keys.memory = aligned_alloc(64, (keys_size(session->row) + 63) / 64 * 64);
	return session->keys.memory;
}

bool vcrypto_backend_ipsec_mb_key(IMB_MGR *mgr, struct ipsec_mb_session *session)
{
	const struct ipsec_mb_row *row = session->row;
	const uint8_t *key = session->rest.key;
	size_t len = session->rest.key_len;

	if (!session->keys.memory && !allocate_keys(session))
		return false;
	if (row->mac)
		begin_hmac(mgr, row, session->keys.hmac);
	else if (row->mode == IMB_CIPHER_GCM)
		expand_gcm(mgr, session->keys.gcm, key, len);
	else
		expand_aes(mgr, session->keys.aes, key, len);
	session->ready = true;
	return true;
}

/* Libcrypto has it too, but does not give it away. */
static bool keep_mac_key(IMB_MGR *mgr, struct ipsec_mb_session *session,
			 const struct vcrypto_session_spec *spec)
{
	uint8_t *block;

	if (!allocate_keys(session))
		return false;
	block = session->keys.hmac->inner;
	memset(block, 0, session->row->block);
	if (spec->mac_key_len > session->row->block)
		hash_key(mgr, session->row, spec->mac_key, spec->mac_key_len, block);
	else if (spec->mac_key_len)
		memcpy(block, spec->mac_key, spec->mac_key_len);
	return true;
}

/* The first rule for it, and the fewest jobs that one of them asks for. */
static void find_rules(const struct ipsec_mb_rule *rule, struct ipsec_mb_session *session,
		       bool decrypt)
{
	const struct ipsec_mb_row *row = session->row;
	uint8_t *fewest = &session->fewest[decrypt];

	while ((rule->cipher || rule->mac) &&
	       (rule->cipher != row->cipher || rule->mac != row->mac ||
		(row->cipher && rule->decrypt != decrypt)))
		rule++;
	session->rules[decrypt] = rule;
	for (*fewest = rule->jobs; rule->bytes; rule++)
		if (rule[1].jobs < *fewest)
			*fewest = rule[1].jobs;
}

/* What it is not for, libcrypto does: so nothing here is an error. */
static void take_session(const struct ipsec_mb_provider *provider,
			 struct ipsec_mb_session *session,
			 const struct vcrypto_session_spec *spec)
{
	session->row = provider->manager ? find_row(spec) : NULL;
	session->fewest[0] = VCRYPTO_BATCH + 1;
	session->fewest[1] = VCRYPTO_BATCH + 1;
	if (!session->row)
		return;
	if (session->row->mac && !keep_mac_key(provider->manager, session, spec))
		return;
	find_rules(provider->rules, session, false);
	find_rules(provider->rules, session, true);
}

enum vcrypto_status vcrypto_backend_ipsec_mb_session_new(void *memory, void *object,
							 const struct vcrypto_session_spec *spec)
{
	struct ipsec_mb_provider *provider = memory;
	struct ipsec_mb_session *session = object;
	enum vcrypto_status status;

	status = vcrypto_backend_libcrypto.session_new(provider->rest, &session->rest, spec);
	if (status == VCRYPTO_OK)
		take_session(provider, session, spec);
	return status;
}

void vcrypto_backend_ipsec_mb_session_free(void *memory, void *object)
{
	struct ipsec_mb_provider *provider = memory;
	struct ipsec_mb_session *session = object;

	if (session->keys.memory)
		OPENSSL_cleanse(session->keys.memory, keys_size(session->row));
	free(session->keys.memory);
	vcrypto_backend_libcrypto.session_free(provider->rest, &session->rest);
}

bool vcrypto_backend_ipsec_mb_hash_copy(void *memory, void *to, const void *from)
{
	struct ipsec_mb_provider *provider = memory;
	struct ipsec_mb_session *session = to;
	const struct ipsec_mb_session *source = from;

	return vcrypto_backend_libcrypto.hash_copy(provider->rest, &session->rest, &source->rest);
}

/* Asymmetric keys are libcrypto's. */

enum vcrypto_status vcrypto_backend_ipsec_mb_key_new(void *memory, void *key,
						     const struct vcrypto_key_spec *spec)
{
	struct ipsec_mb_provider *provider = memory;

	return vcrypto_backend_libcrypto.key_new(provider->rest, key, spec);
}

bool vcrypto_backend_ipsec_mb_key_copy(void *memory, void *to, const void *from)
{
	struct ipsec_mb_provider *provider = memory;

	return vcrypto_backend_libcrypto.key_copy(provider->rest, to, from);
}

void vcrypto_backend_ipsec_mb_key_free(void *memory, void *key)
{
	struct ipsec_mb_provider *provider = memory;

	vcrypto_backend_libcrypto.key_free(provider->rest, key);
}

void vcrypto_backend_ipsec_mb_key_run(void *memory, const void *key, struct vcrypto_key_job *job)
{
	struct ipsec_mb_provider *provider = memory;

	vcrypto_backend_libcrypto.key_run(provider->rest, key, job);
}
