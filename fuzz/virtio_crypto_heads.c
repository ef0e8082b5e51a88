// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The heads of the standard's requests, and its numbers. */
#include "virtio_crypto_heads.h"

const uint8_t model_places[KINDS][SHAPES][NUMBERS] = {
	[CREATE] = {
		[CIPHER] = { [ALGO] = 16, [KEY] = 20, [DIRECTION] = 24, [TYPE] = 64 },
		[HASH] = { [ALGO] = 16, [RESULT] = 20 },
		[MAC] = { [ALGO] = 16, [RESULT] = 20, [AUTH_KEY] = 24 },
		[AEAD] = { [ALGO] = 16, [KEY] = 20, [RESULT] = 24, [DIRECTION] = 32 },
		[CHAIN] = { [ORDER] = 16, [MODE] = 20, [ALGO] = 24, [KEY] = 28, [DIRECTION] = 32,
			    [AUTH] = 40, [RESULT] = 44, [AUTH_KEY] = 48, [TYPE] = 64 },
	},
	[SESSION] = {
		[CIPHER] = { [IV] = 24, [SRC] = 28, [DST] = 32, [TYPE] = 64 },
		[HASH] = { [SRC] = 24, [RESULT] = 28 },
		[MAC] = { [SRC] = 24, [RESULT] = 28 },
		[AEAD] = { [IV] = 24, [AAD] = 28, [SRC] = 32, [DST] = 36, [RESULT] = 40 },
		[CHAIN] = { [IV] = 24, [SRC] = 28, [DST] = 32, [CIPHER_AT] = 36,
			    [CIPHER_LEN] = 40, [HASH_AT] = 44, [HASH_LEN] = 48, [AAD] = 52,
			    [RESULT] = 56, [TYPE] = 64 },
	},
	[STATELESS] = {
		[CIPHER] = { [ALGO] = 24, [KEY] = 28, [DIRECTION] = 32, [IV] = 36, [SRC] = 40,
			     [DST] = 44, [TYPE] = 96 },
		[HASH] = { [ALGO] = 24, [SRC] = 28, [RESULT] = 32 },
		[MAC] = { [ALGO] = 24, [AUTH_KEY] = 28, [SRC] = 32, [RESULT] = 36 },
		[AEAD] = { [ALGO] = 24, [KEY] = 28, [DIRECTION] = 32, [IV] = 36, [RESULT] = 40,
			   [AAD] = 44, [SRC] = 48, [DST] = 52 },
		[CHAIN] = { [ORDER] = 24, [ALGO] = 32, [KEY] = 36, [DIRECTION] = 40, [AUTH] = 44,
			    [AUTH_KEY] = 48, [MODE] = 52, [IV] = 56, [SRC] = 60, [DST] = 64,
			    [CIPHER_AT] = 68, [CIPHER_LEN] = 72, [HASH_AT] = 76, [HASH_LEN] = 80,
			    [AAD] = 84, [RESULT] = 88, [TYPE] = 96 },
	},
};

static const uint8_t head_lens[KINDS][SHAPES] = {
	[CREATE] = { 72, 24, 32, 40, 72 },
	[SESSION] = { 72, 32, 32, 48, 72 },
	[STATELESS] = { 100, 40, 40, 56, 100 },
};

uint32_t model_cipher_of(enum shape shape, uint32_t number)
{
	static const uint8_t ciphers[] = {
		0, VCRYPTO_CIPHER_ARC4, VCRYPTO_CIPHER_AES_ECB, VCRYPTO_CIPHER_AES_CBC,
		VCRYPTO_CIPHER_AES_CTR, 0, VCRYPTO_CIPHER_DES_CBC, 0, VCRYPTO_CIPHER_3DES_CBC,
		0, 0, 0, 0, VCRYPTO_CIPHER_AES_XTS,
	};
	static const uint8_t aeads[] = { 0, VCRYPTO_CIPHER_AES_GCM, VCRYPTO_CIPHER_AES_CCM,
					 VCRYPTO_CIPHER_CHACHA20_POLY1305 };

	if (shape == AEAD)
		return number < sizeof(aeads) ? aeads[number] : 0;
	return number < sizeof(ciphers) ? ciphers[number] : 0;
}

uint32_t model_mac_of(bool keyed, uint32_t number)
{
	static const uint8_t hashes[] = {
		0, VCRYPTO_MAC_MD5, VCRYPTO_MAC_SHA1, VCRYPTO_MAC_SHA2_224, VCRYPTO_MAC_SHA2_256,
		VCRYPTO_MAC_SHA2_384, VCRYPTO_MAC_SHA2_512, VCRYPTO_MAC_SHA3_224,
		VCRYPTO_MAC_SHA3_256, VCRYPTO_MAC_SHA3_384, VCRYPTO_MAC_SHA3_512,
	};

	if (!keyed)
		return number < sizeof(hashes) ? hashes[number] : 0;
	if (number == 26)
		return VCRYPTO_MAC_CMAC_AES;
	return number && number <= 6 ? hashes[number] + VCRYPTO_HMAC : 0;
}

void model_put32(uint8_t *bytes, size_t at, uint32_t value)
{
	size_t i;

	for (i = 0; i < 4; i++)
		bytes[at + i] = (uint8_t)(value >> 8 * i);
}

uint32_t model_get32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

uint64_t model_get64(const uint8_t *bytes)
{
	return model_get32(bytes) | (uint64_t)model_get32(bytes + 4) << 32;
}

uint32_t model_service_of(enum shape shape)
{
	return shape == CHAIN ? 0 : (uint32_t)shape;
}

bool model_revised(const struct model *model)
{
	return model->features & 1;
}

bool model_stateless_bit(const struct model *model, uint32_t service)
{
	return model_revised(model) && (model->features >> (1 + service) & 1);
}

size_t model_head_len(const struct model *model, enum kind kind, uint32_t service)
{
	return model_revised(model) ? head_lens[kind][service] : 72;
}

/* The nonce of CCM has a byte of flags before it (SP 800-38C, A.3). */
void model_wire_iv(const struct vcrypto_cipher *cipher, const uint8_t *from, size_t len,
		   uint8_t iv[VCRYPTO_MAX_IV])
{
	memset(iv, 0, VCRYPTO_MAX_IV);
	if (cipher->len_first)
		iv[0] = (uint8_t)(14 - len);
	memcpy(iv + cipher->len_first, from, len);
}

void model_tag_of(const struct model_session *session, const uint8_t *iv, const uint8_t *aad,
		  size_t aad_len, const uint8_t *ciphertext, size_t len, uint8_t *tag)
{
	uint64_t state = toy_hash(toy_tag_start(session->key, iv), aad, aad_len);

	toy_digest(toy_hash(state, ciphertext, len), tag);
}
