// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <openssl/evp.h>

#include "virtio_rig.h"

const uint64_t virtio_framings[3] = { 0, REVISION_1, REVISION_1 | STATELESS };
uint8_t virtio_text[8192], virtio_keys[600], virtio_ivs[16];

int virtio_start(void **state)
{
	(void)state;
	pattern(virtio_text, sizeof(virtio_text), 1);
	pattern(virtio_keys, sizeof(virtio_keys), 2);
	pattern(virtio_ivs, sizeof(virtio_ivs), 4);
	hand_start(real_backend(), SESSIONS, REVISION_1);
	return 0;
}

int virtio_stop(void **state)
{
	(void)state;
	hand_stop();
	return 0;
}

uint32_t virtio_live(void)
{
	return vcrypto_virtio_census(hand_device).sessions;
}

struct hand virtio_good(enum virtio_kind kind)
{
	struct hand hand = {
		.service = kind == CHAIN ? 0 : (uint32_t)kind, .chain = kind == CHAIN,
		.direction = 1, .algo = 3, .key = virtio_keys, .key_len = 16, .order = 1, .mode = 2,
		.auth_algo = 2, .iv = virtio_text, .iv_len = 16, .src = virtio_text, .src_len = 32,
		.dst_len = 32, .cipher_len = 32, .hash_len = 32, .result_len = 20,
	};

	if (kind == MAC || kind == CHAIN) {
		hand.auth_key = virtio_keys;
		hand.auth_key_len = 20;
	}
	if (kind == HASH || kind == MAC) {
		hand.algo = 2;
		hand.key = hand.iv = NULL;
	} else if (kind == AEAD) {
		hand.algo = 1;
		hand.iv_len = 12;
		hand.result_len = 16;
	}
	if (kind == AEAD || kind == CHAIN) {
		hand.aad = virtio_text + 100;
		hand.aad_len = 8;
	}
	return hand;
}

const char *const virtio_hash_names[11] = {
	NULL, "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512",
	"SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512",
};

uint32_t virtio_hash(uint32_t algo, const void *data, size_t len, uint8_t *digest)
{
	unsigned int digest_len = 0;

	assert_int_equal(EVP_Digest(data, len, digest, &digest_len,
				    EVP_get_digestbyname(virtio_hash_names[algo]), NULL), 1);
	return digest_len;
}
