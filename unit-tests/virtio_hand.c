// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdlib.h>

#include "virtio_hand.h"

struct vcrypto_virtio *hand_device;
struct flat hand_request;
uint32_t hand_seed = 4711;

static struct vcrypto_lane *lane;
static void *lane_memory, *device_memory, *bounce;
static size_t device_size;
static uint64_t negotiated;

#define MAX_SIZE 8192

static void *zeros(size_t size)
{
	void *memory = aligned_alloc(VCRYPTO_ALIGNMENT, (size + 63) / 64 * 64);

	assert_non_null(memory);
	return memset(memory, 0, size);
}

void hand_start(const struct vcrypto_backend *backend, uint32_t sessions, uint64_t features)
{
	const struct vcrypto_virtio_limits limits = { sessions, MAX_SIZE };

	lane_memory = zeros(vcrypto_lane_size(backend));
	bounce = zeros(MAX_SIZE);
	device_size = vcrypto_virtio_size(&limits, backend);
	device_memory = zeros(device_size);
	lane = vcrypto_lane_init(lane_memory, backend, bounce, MAX_SIZE);
	assert_non_null(lane);
	hand_device = vcrypto_virtio_init(device_memory, &limits, lane, hand_seed);
	assert_non_null(hand_device);
	negotiated = features;
	vcrypto_virtio_negotiate(hand_device, features);
}

void hand_stop(void)
{
	vcrypto_virtio_fini(hand_device);
	vcrypto_lane_fini(lane);
	free(device_memory);
	free(lane_memory);
	free(bounce);
}

bool hand_holds(const void *bytes, size_t len)
{
	return contains(device_memory, device_size, bytes, len) ||
	       contains(bounce, MAX_SIZE, bytes, len);
}

void hand_restart(uint64_t features)
{
	vcrypto_virtio_reset(hand_device);
	negotiated = features;
	vcrypto_virtio_negotiate(hand_device, features);
}

/* --- bytes --- */

void hand_put32(size_t at, uint32_t value)
{
	size_t i;

	for (i = 0; i < 4; i++)
		hand_request.request[at + i] = (uint8_t)(value >> 8 * i);
}

void hand_put64(size_t at, uint64_t value)
{
	hand_put32(at, (uint32_t)value);
	hand_put32(at + 4, (uint32_t)(value >> 32));
}

uint32_t hand_get32(size_t at)
{
	const uint8_t *from = hand_request.reply + at;

	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

uint64_t hand_get64(size_t at)
{
	return hand_get32(at) | (uint64_t)hand_get32(at + 4) << 32;
}

void hand_append(const void *bytes, size_t len)
{
	if (len > FLAT_MAX - hand_request.len)
		sim_die("this request is too long");
	if (len)
		memcpy(hand_request.request + hand_request.len, bytes, len);
	hand_request.len += len;
}

/* Without REVISION_1 all heads have 72 bytes. */
static size_t begin(size_t len, uint32_t opcode, uint32_t algo)
{
	if (!(negotiated & REVISION_1))
		len = 72;
	memset(hand_request.request, 0, len);
	hand_request.len = len;
	hand_put32(0, opcode);
	hand_put32(4, algo);
	return len;
}

/* --- control (5.9.7.2) --- */

static size_t create_cipher(const struct hand *hand)
{
	size_t len = begin(72, 0x002, hand->algo);

	hand_put32(16, hand->algo);
	hand_put32(20, hand->key_len);
	hand_put32(24, hand->direction);
	hand_put32(64, 1);
	return len;
}

static size_t create_chain(const struct hand *hand)
{
	size_t len = begin(72, 0x002, hand->algo);

	hand_put32(16, hand->order);
	hand_put32(20, hand->mode);
	hand_put32(24, hand->algo);
	hand_put32(28, hand->key_len);
	hand_put32(32, hand->direction);
	hand_put32(40, hand->auth_algo);
	hand_put32(44, hand->result_len);
	hand_put32(48, hand->auth_key_len);
	hand_put32(56, hand->aad_len);
	hand_put32(64, 2);
	return len;
}

static size_t create_key(const struct hand *hand)
{
	size_t len = begin(72, 0x404, hand->algo);

	hand_put32(16, hand->algo);
	hand_put32(20, hand->key_type);
	hand_put32(24, hand->key_len);
	hand_put32(28, hand->padding);
	hand_put32(32, hand->padding_hash);
	return len;
}

static size_t create_other(const struct hand *hand)
{
	static const uint8_t lens[] = { 0, 24, 32, 40 };
	size_t len = begin(lens[hand->service], hand->service << 8 | 2, hand->algo);

	hand_put32(16, hand->algo);
	if (hand->service != 3) {
		hand_put32(20, hand->result_len);
		if (hand->service == 2)
			hand_put32(24, hand->auth_key_len);
		return len;
	}
	hand_put32(20, hand->key_len);
	hand_put32(24, hand->result_len);
	hand_put32(28, hand->aad_len);
	hand_put32(32, hand->direction);
	return len;
}

static void append_keys(const struct hand *hand)
{
	if (hand->key)
		hand_append(hand->key, hand->key_len);
	if (hand->auth_key)
		hand_append(hand->auth_key, hand->auth_key_len);
}

size_t hand_create(const struct hand *hand)
{
	size_t len = hand->service == 4 ? create_key(hand) :
		     hand->service ? create_other(hand) :
		     hand->chain ? create_chain(hand) : create_cipher(hand);

	append_keys(hand);
	hand_request.reply_len = 16;
	return len;
}

size_t hand_destroy(uint32_t service, uint64_t id)
{
	size_t len = begin(24, service << 8 | (service == 4 ? 5 : 3), 0);

	hand_put64(16, id);
	hand_request.reply_len = 1;
	return len;
}

/* --- data, with a session (5.9.7.3 and what follows) --- */

static size_t data_cipher(const struct hand *hand)
{
	size_t len = begin(72, hand->op, hand->algo);

	hand_put32(24, hand->iv_len);
	hand_put32(28, hand->src_len);
	hand_put32(32, hand->dst_len);
	hand_put32(64, hand->chain ? 2 : 1);
	if (!hand->chain)
		return len;
	hand_put32(36, hand->cipher_start);
	hand_put32(40, hand->cipher_len);
	hand_put32(44, hand->hash_start);
	hand_put32(48, hand->hash_len);
	hand_put32(52, hand->aad_len);
	hand_put32(56, hand->result_len);
	return len;
}

static size_t data_key(const struct hand *hand)
{
	size_t len = begin(32, 0x400 | hand->op, hand->algo);

	hand_put32(24, hand->src_len);
	hand_put32(28, hand->dst_len);
	return len;
}

static size_t data_other(const struct hand *hand)
{
	size_t len = begin(hand->service == 3 ? 48 : 32, hand->service << 8 | hand->op, hand->algo);

	if (hand->service != 3) {
		hand_put32(24, hand->src_len);
		hand_put32(28, hand->result_len);
		return len;
	}
	hand_put32(24, hand->iv_len);
	hand_put32(28, hand->aad_len);
	hand_put32(32, hand->src_len);
	hand_put32(36, hand->dst_len);
	hand_put32(40, hand->result_len);
	return len;
}

/* --- data in the heads of stateless mode --- */

static size_t stateless_cipher(const struct hand *hand)
{
	size_t len = begin(100, hand->op, hand->algo);

	hand_put32(24, hand->algo);
	hand_put32(28, hand->key_len);
	hand_put32(32, hand->direction);
	hand_put32(36, hand->iv_len);
	hand_put32(40, hand->src_len);
	hand_put32(44, hand->dst_len);
	hand_put32(96, 1);
	return len;
}

static size_t stateless_chain(const struct hand *hand)
{
	size_t len = begin(100, hand->op, hand->algo);

	hand_put32(24, hand->order);
	hand_put32(28, hand->aad_len);
	hand_put32(32, hand->algo);
	hand_put32(36, hand->key_len);
	hand_put32(40, hand->direction);
	hand_put32(44, hand->auth_algo);
	hand_put32(48, hand->auth_key_len);
	hand_put32(52, hand->mode);
	hand_put32(56, hand->iv_len);
	hand_put32(60, hand->src_len);
	hand_put32(64, hand->dst_len);
	hand_put32(68, hand->cipher_start);
	hand_put32(72, hand->cipher_len);
	hand_put32(76, hand->hash_start);
	hand_put32(80, hand->hash_len);
	hand_put32(84, hand->aad_len);
	hand_put32(88, hand->result_len);
	hand_put32(96, 2);
	return len;
}

static size_t stateless_hash(const struct hand *hand)
{
	size_t len = begin(40, 0x100 | hand->op, hand->algo);

	hand_put32(24, hand->algo);
	hand_put32(28, hand->src_len);
	hand_put32(32, hand->result_len);
	return len;
}

static size_t stateless_mac(const struct hand *hand)
{
	size_t len = begin(40, 0x200 | hand->op, hand->algo);

	hand_put32(24, hand->algo);
	hand_put32(28, hand->auth_key_len);
	hand_put32(32, hand->src_len);
	hand_put32(36, hand->result_len);
	return len;
}

static size_t stateless_aead(const struct hand *hand)
{
	size_t len = begin(56, 0x300 | hand->op, hand->algo);

	hand_put32(24, hand->algo);
	hand_put32(28, hand->key_len);
	hand_put32(32, hand->direction);
	hand_put32(36, hand->iv_len);
	hand_put32(40, hand->result_len);
	hand_put32(44, hand->aad_len);
	hand_put32(48, hand->src_len);
	hand_put32(52, hand->dst_len);
	return len;
}

static size_t stateless_key(const struct hand *hand)
{
	size_t len = begin(52, 0x400 | hand->op, hand->algo);

	hand_put32(24, hand->algo);
	hand_put32(28, hand->key_type);
	hand_put32(32, hand->key_len);
	hand_put32(36, hand->padding);
	hand_put32(40, hand->padding_hash);
	hand_put32(44, hand->src_len);
	hand_put32(48, hand->dst_len);
	return len;
}

static size_t stateless_head(const struct hand *hand)
{
	switch (hand->service) {
	case 0:
		return hand->chain ? stateless_chain(hand) : stateless_cipher(hand);
	case 1:
		return stateless_hash(hand);
	case 2:
		return stateless_mac(hand);
	case 4:
		return stateless_key(hand);
	default:
		return stateless_aead(hand);
	}
}

/* The bits count from 1 for service 0, and need bit 0. */
static bool stateless_bit(uint32_t service)
{
	return (negotiated & REVISION_1) && (negotiated >> (1 + service) & 1);
}

size_t hand_data(const struct hand *hand)
{
	size_t len = stateless_bit(hand->service) ? stateless_head(hand) :
		     hand->service == 4 ? data_key(hand) :
		     hand->service ? data_other(hand) : data_cipher(hand);
	bool no_dst = hand->service == 1 || hand->service == 2 ||
		      (hand->service == 4 && hand->op == 3);
	size_t out = no_dst ? 0 : hand->dst_len;

	if (hand->stateless) {
		append_keys(hand);
	} else {
		hand_put64(8, hand->id);
		hand_put32(16, 1);
	}
	if (hand->iv)
		hand_append(hand->iv, hand->iv_len);
	if (hand->stateless && hand->chain && hand->aad)
		hand_append(hand->aad, hand->aad_len);
	if (hand->src)
		hand_append(hand->src, hand->src_len);
	if (!(hand->stateless && hand->chain) && hand->aad)
		hand_append(hand->aad, hand->aad_len);
	if (hand->service == 1 || hand->service == 2 || hand->chain ||
	    (hand->service == 3 && !hand->op && hand->dst_len == hand->src_len))
		out += hand->result_len;
	hand_request.reply_len = out + 1;
	return len;
}

/* --- to the device --- */

static size_t process_control(void *device, struct vcrypto_io *io, size_t count)
{
	return vcrypto_virtio_control(device, io, count);
}

static size_t process_data(void *device, struct vcrypto_io *io, size_t count)
{
	return vcrypto_virtio_data(device, io, count);
}

uint32_t hand_control_cut(const struct flat_cut *readable, const struct flat_cut *writable)
{
	return flat_give(process_control, hand_device, &hand_request, readable, writable);
}

uint32_t hand_give_cut(const struct flat_cut *readable, const struct flat_cut *writable)
{
	return flat_give(process_data, hand_device, &hand_request, readable, writable);
}

uint32_t hand_control(void)
{
	return hand_control_cut(NULL, NULL);
}

uint32_t hand_give(void)
{
	return hand_give_cut(NULL, NULL);
}

uint32_t hand_create_status(void)
{
	assert_int_equal(hand_control(), 16);
	return hand_get32(8);
}

uint64_t hand_session(const struct hand *hand)
{
	hand_create(hand);
	assert_int_equal(hand_create_status(), 0);
	return hand_get64(0);
}

uint32_t hand_destroy_status(void)
{
	assert_int_equal(hand_control(), 1);
	return hand_request.reply[0];
}

uint32_t hand_status(void)
{
	assert_true(hand_give() >= 1);
	return hand_request.reply[hand_request.reply_len - 1];
}
