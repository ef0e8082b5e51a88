// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The driver's half of the standard's format: the bytes that are written by hand elsewhere. */
#include "virtio_rig.h"

/* Numbers that say which they are. */
static const struct vcrypto_virtio_numbers numbers = {
	.algo = 0x11111101, .key_len = 0x22222202, .direction = 0x33333303, .op_type = 1,
	.order = 0x44444404, .hash_mode = 0x55555505, .auth_algo = 0x66666606,
	.auth_key_len = 0x77777707, .result_len = 0x88888808, .iv_len = 0x99999909,
	.aad_len = 0xaaaaaa0a, .src_len = 0xbbbbbb0b, .dst_len = 0xcccccc0c,
	.cipher_start = 0xdddddd0d, .cipher_len = 0xeeeeee0e, .hash_start = 0xffffff0f,
	.hash_len = 0x12345610,
};

/* What is put is hand_request, with its head of @len bytes; nothing behind it is touched. */
static void same_head(const uint8_t *put, size_t put_len, size_t len)
{
	assert_int_equal(put_len, len);
	assert_memory_equal(put, hand_request.request, len);
	assert_true(all_bytes(put + len, VCRYPTO_VIRTIO_MAX_HEAD - len, 0));
}

static void same_heads(uint64_t features, struct hand *hand)
{
	struct vcrypto_virtio_data data = {
		.service = (enum vcrypto_virtio_service)hand->service, .decrypt = hand->op,
		.stateless = hand->stateless, .session = hand->id, .numbers = numbers,
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	data.numbers.op_type = hand->chain ? 2 : 1;
	memset(head, 0xee, sizeof(head));
	same_head(head, vcrypto_virtio_put_create(features, data.service, &data.numbers, head),
		  hand_create(hand));
	memset(head, 0xee, sizeof(head));
	same_head(head, vcrypto_virtio_put_destroy(features, data.service, hand->id, head),
		  hand_destroy(hand->service, hand->id));
	memset(head, 0xee, sizeof(head));
	same_head(head, vcrypto_virtio_put_data(features, &data, head), hand_data(hand));
	if (hand->service != VCRYPTO_VIRTIO_HASH && hand->service != VCRYPTO_VIRTIO_MAC)
		return;
	/* Nothing to these. */
	data.decrypt = !data.decrypt;
	memset(head, 0xee, sizeof(head));
	same_head(head, vcrypto_virtio_put_data(features, &data, head), hand_data(hand));
}

static void the_drivers_half_writes_these_bytes(void **state)
{
	struct hand hand = {
		.id = 0x0123456789abcdef, .algo = 0x11111101, .key_len = 0x22222202,
		.direction = 0x33333303, .order = 0x44444404, .mode = 0x55555505,
		.auth_algo = 0x66666606, .auth_key_len = 0x77777707, .result_len = 0x88888808,
		.iv_len = 0x99999909, .aad_len = 0xaaaaaa0a, .src_len = 0xbbbbbb0b,
		.dst_len = 0xcccccc0c, .cipher_start = 0xdddddd0d, .cipher_len = 0xeeeeee0e,
		.hash_start = 0xffffff0f, .hash_len = 0x12345610,
	};
	size_t i, kind, way;

	(void)state;
	for (i = 0; i < COUNT(virtio_framings); i++)
	for (kind = 0; kind < 5; kind++)
	for (way = 0; way < 4; way++) {
		hand_restart(virtio_framings[i]);
		hand.service = kind == 4 ? 0 : (uint32_t)kind;
		hand.chain = kind == 4;
		hand.op = kind == 1 || kind == 2 ? 0 : way & 1;
		hand.stateless = way & 2 && virtio_framings[i] & STATELESS;
		same_heads(virtio_framings[i], &hand);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, virtio_start, virtio_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_drivers_half_writes_these_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
