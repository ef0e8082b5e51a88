// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "virtio_rig.h"

uint8_t virtio_text[8192], virtio_keys[600];

int virtio_start(void **state)
{
	(void)state;
	pattern(virtio_text, sizeof(virtio_text), 1);
	pattern(virtio_keys, sizeof(virtio_keys), 2);
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
