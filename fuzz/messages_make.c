// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Messages that are made up: as front ends send them, and at times wrong in one place. */
#include "messages_make.h"

static uint8_t wire[12 + MESSAGE_MAX_PAYLOAD];
static bool begins;

static void put(size_t at, uint64_t value, size_t len)
{
	uint32_t half = (uint32_t)value;

	memcpy(sent.payload + at, len == 4 ? (const void *)&half : (const void *)&value, len);
}

static void attach(struct input *in, enum file kind)
{
	if (input_rare(in, 64))
		kind = (enum file)(1 + input_below(in, FILE_DENIED));
	if (sent.fd_count < MESSAGE_MAX_FDS + 2)
		sent.fds[sent.fd_count++] = world_open(kind);
}

/* Places in steps of the file's size, so that regions touch and do not overlap. */
#define STEP 0x10000u
#define USER 0x7f0000000000u

static void put_region(struct input *in, size_t at, uint32_t place)
{
	uint64_t guest = (uint64_t)place * STEP, size = STEP, user = USER + guest, offset = 0;

	if (input_rare(in, begins ? 64 : 8))
		offset = input_below(in, FILE_BYTES - STEP + 64);
	if (input_rare(in, 32))
		size = input_border(in);
	if (input_rare(in, 64))
		guest += input_u16(in);
	if (input_rare(in, 64))
		user = 0 - (uint64_t)input_u32(in);
	if (input_rare(in, 64))
		guest = 0 - size - 1 + input_below(in, 3);
	put(at, guest, 8);
	put(at + 8, size, 8);
	put(at + 16, user, 8);
	put(at + 24, offset, 8);
}

static uint32_t index_of(struct input *in)
{
	if (begins && !input_rare(in, 64))
		return 0;
	if (input_rare(in, 16))
		return 60 + input_below(in, 8);
	if (input_rare(in, 64))
		return input_border(in);
	return input_rare(in, 2) ? input_below(in, DATA_QUEUES + 2) : 0;
}

static void make_table(struct input *in)
{
	uint32_t count = 1 + input_below(in, input_rare(in, 16) ? 34 : 3), i;
	uint32_t told = input_rare(in, 64) ? input_border(in) : count;

	put(0, told, 8);
	for (i = 0; i < count; i++) {
		put_region(in, 8 + 32 * i, input_rare(in, 32) ? 0 : i);
		attach(in, FILE_MEMORY);
	}
	sent.size = 8 + 32 * count;
}

static void make_slot(struct input *in)
{
	uint32_t i = input_below(in, 8);

	sent.size = 40;
	put(0, 0, 8);
	/* Of those that are there, often. */
	if (sent.request == REM_MEM_REG && model.regions_count && !input_rare(in, 4)) {
		const struct model_region *region = &model.regions[i % model.regions_count];

		put(8, region->guest + input_rare(in, 32), 8);
		put(16, region->size + input_rare(in, 32), 8);
		put(24, region->user + input_rare(in, 32), 8);
		put(32, 0, 8);
	} else {
		put_region(in, 8, i);
	}
	if (sent.request == ADD_MEM_REG || input_rare(in, 16))
		attach(in, FILE_MEMORY);
}

static void make_log(struct input *in)
{
	put(0, input_rare(in, 16) ? input_border(in) : 1 + input_below(in, FILE_BYTES / 2), 8);
	put(8, input_rare(in, 16) ? input_u64(in) : input_below(in, FILE_BYTES / 2), 8);
	attach(in, FILE_MEMORY);
	sent.size = 16;
}

static void make_notes(struct input *in)
{
	uint32_t queues = 1 + input_below(in, DATA_QUEUES + 1);
	uint32_t size = 1u << input_below(in, 9);

	if (input_rare(in, 32))
		queues = input_border(in) & 0xffff;
	if (input_rare(in, 32))
		size = input_border(in) & 0xffff;
	put(0, input_rare(in, 16) ? input_border(in) : FILE_BYTES, 8);
	put(8, 64 * (uint64_t)input_below(in, 64) + input_rare(in, 16), 8);
	put(16, queues | size << 16, 8);
	sent.size = 24;
	if (sent.request == GET_INFLIGHT_FD)
		return;
	/* Of another kind it would lie in the guest's memory. */
	if (sent.fd_count < MESSAGE_MAX_FDS + 2)
		sent.fds[sent.fd_count++] = world_open(input_rare(in, 64) ? FILE_EVENT : FILE_NOTES);
}

static void make_addresses(struct input *in)
{
	uint64_t at = USER + 0x8000u * input_below(in, input_rare(in, 16) ? 4 : 2);
	uint32_t shift = input_rare(in, 32) ? 1u << input_below(in, 16) : 0;

	put(0, index_of(in), 4);
	put(4, input_rare(in, 16), 4);
	put(8, at + (input_rare(in, 16) ? shift : 0), 8);
	put(16, at + 0x6000 + (input_rare(in, 8) ? shift : 0), 8);
	put(24, at + 0x5000 + (input_rare(in, 8) ? shift : 0), 8);
	put(32, input_rare(in, 4) ? input_u64(in) : 0, 8);
	if (input_rare(in, 32))
		put(8 + 8 * input_below(in, 3), input_u64(in), 8);
	sent.size = 40;
}

/* Number, base, enable, and those that ask for the base. */
static void make_vring(struct input *in)
{
	uint32_t index = index_of(in), value = input_below(in, 2) | begins;

	if (sent.request == SET_VRING_NUM)
		value = 1u << input_below(in, 11);
	/* What was returned, and what lies around it. */
	if (sent.request == SET_VRING_BASE)
		value = (model.queues[index < QUEUES_MAX ? index : 0].returned +
			 (input_rare(in, 2) ? input_below(in, 5) : 0)) & 3;
	if (input_rare(in, 32))
		value = input_rare(in, 2) ? value + 0x10000u : input_border(in);
	put(0, index, 4);
	put(4, value, 4);
	sent.size = 8;
}

static void make_file(struct input *in)
{
	uint64_t index = index_of(in) & 0xff;
	bool none = input_rare(in, 32);

	put(0, index | (none ? 0x100 : 0), 8);
	if (none == input_rare(in, 32))
		attach(in, input_rare(in, 32) ? FILE_BLOCKS : FILE_EVENT);
	sent.size = 8;
}

static void make_config(struct input *in)
{
	uint32_t offset = input_rare(in, 4) ? input_below(in, 60) : 0;
	uint32_t all = model.own ? 64 : 56;
	uint32_t size = input_rare(in, 4) ? input_below(in, 300) :
					    all - (offset < all ? offset : 0);

	if (input_rare(in, 16))
		offset = input_border(in);
	put(0, offset, 4);
	put(4, input_rare(in, 32) ? input_border(in) : size, 4);
	put(8, input_rare(in, 8), 4);
	input_fill(in, sent.payload + 12, size);
	sent.size = 12 + size;
}

static void make_session(struct input *in)
{
	static const uint8_t weights[] = { 4, 4, 2 };
	unsigned int layout = input_choose(in, weights, 3);
	size_t block = layout == 2 ? 12 : 8;

	sent.size = layout ? 632 : 1072;
	input_fill(in, sent.payload, sent.size);
	memset(sent.payload, 0, 40);
	if (layout != 1)
		put(layout ? 8 : 0, input_rare(in, 16) ? input_u32(in) : 2, layout ? 4 : 8);
	put(block, 1 + input_below(in, 14), 4);
	put(block + 4, input_rare(in, 16) ? input_border(in) : 16 + 8 * input_below(in, 7), 4);
	put(block + 8, input_u8(in), 4);
	put(block + 12, input_u8(in), 4);
	put(block + 16, input_rare(in, 16) ? input_border(in) : 2u * input_u8(in) + 3, 4);
	put(block + 20, input_u8(in), 4);
	sent.payload[block + 24] = (uint8_t)(1 + input_below(in, 2));
	sent.payload[block + 25] = (uint8_t)(1 + input_below(in, 2));
	if (layout != 1 || input_rare(in, 8)) {
		sent.payload[block + 26] = input_u8(in);
		sent.payload[block + 27] = input_u8(in);
	}
	if (input_rare(in, 16))
		sent.payload[input_below(in, 44)] = input_u8(in);
	world.answer = input_rare(in, 4) ? -(int64_t)(1 + input_below(in, 5)) :
		       (int64_t)(input_u64(in) >> 1);
}

static void make_state(struct input *in)
{
	put(0, input_rare(in, 16) ? input_border(in) : input_below(in, 2), 4);
	put(4, input_rare(in, 16), 4);
	sent.size = 8;
	attach(in, input_rare(in, 4) ? FILE_SOCKET : FILE_PIPE);
	world.saved = (size_t)input_below(in, 3) * 16000 + input_u8(in);
}

static void make_features(struct input *in)
{
	uint64_t value = sent.request == SET_FEATURES ? 0x174000000u : model_protocol(&model);

	if (sent.request == SET_FEATURES && input_rare(in, 16))
		value = input_rare(in, 2) ? 0x40000000u : 0x100000000u;
	/* Without config space: sessions come as messages. */
	if (sent.request == SET_PROTOCOL_FEATURES && input_below(in, 2))
		value &= ~(uint64_t)(1 << 9);
	if (input_rare(in, 32))
		value ^= (uint64_t)1 << input_below(in, 64);
	if (input_rare(in, 32))
		value &= ~(uint64_t)input_u16(in);
	put(0, value, 8);
	sent.size = 8;
}

static void make_payload(struct input *in)
{
	switch (sent.request) {
	case SET_FEATURES:
	case SET_PROTOCOL_FEATURES: make_features(in); break;
	case SET_MEM_TABLE: make_table(in); break;
	case ADD_MEM_REG:
	case REM_MEM_REG: make_slot(in); break;
	case SET_LOG_BASE: make_log(in); break;
	case GET_INFLIGHT_FD:
	case SET_INFLIGHT_FD: make_notes(in); break;
	case SET_LOG_FD: attach(in, FILE_EVENT); break;
	case SET_VRING_ADDR: make_addresses(in); break;
	case SET_VRING_NUM:
	case SET_VRING_BASE:
	case SET_VRING_ENABLE:
	case GET_VRING_BASE: make_vring(in); break;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
	case SET_VRING_ERR: make_file(in); break;
	case GET_CONFIG:
	case SET_CONFIG: make_config(in); break;
	case CREATE_CRYPTO_SESSION: make_session(in); break;
	case CLOSE_CRYPTO_SESSION:
		put(0, input_u64(in), 8);
		sent.size = 8;
		break;
	case SET_DEVICE_STATE_FD: make_state(in); break;
	default: break;
	}
}

/* The first ones as a front end begins, unless the input wants something else. */
static uint32_t request_of(struct input *in, unsigned int turn)
{
	static const uint8_t begin[BEGINNING] = {
		SET_PROTOCOL_FEATURES, SET_FEATURES, SET_MEM_TABLE, SET_VRING_NUM,
		SET_VRING_ADDR, SET_VRING_KICK, SET_VRING_ENABLE, CREATE_CRYPTO_SESSION,
	};
	static const uint8_t all[] = {
		1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 24, 25, 26, 27, 34, 36,
		37, 38, 26, 26, 26, 26, 26, 26, 26, 26, 37, 38, 12, 13, 11, 10, 11, 10, 11, 10,
		6, 7, 6, 9, 31, 32, 32, 42, 43,
	};

	uint32_t request;

	if (!begins || input_rare(in, 64)) {
		if (input_rare(in, 32))
			return input_rare(in, 2) ? input_u32(in) : input_below(in, 50);
		request = all[input_below(in, sizeof(all))];
	} else {
		request = begin[turn];
	}
	/* Our own device knows of none. */
	return model.own && request == CREATE_CRYPTO_SESSION ? GET_CONFIG : request;
}

void make_message(struct input *in, unsigned int turn)
{
	sent.fd_count = sent.size = 0;
	begins = turn < BEGINNING;
	sent.request = request_of(in, turn);
	sent.flags = 1 | (input_rare(in, 2) ? 8 : 0);
	make_payload(in);
	if (input_rare(in, 128))
		sent.flags = input_u8(in);
	if (input_rare(in, 64))
		sent.size = input_rare(in, 2) ? input_border(in) : sent.size + 8;
	if (input_rare(in, 64))
		attach(in, FILE_MEMORY);
	memcpy(wire, &sent.request, 4);
	memcpy(wire + 4, &sent.flags, 4);
	memcpy(wire + 8, &sent.size, 4);
	memcpy(wire + 12, sent.payload, sizeof(sent.payload));
	world.bytes = wire;
	/* Nobody sends as much as it threatens to. */
	world.left = 12 + (sent.size <= MESSAGE_MAX_PAYLOAD ? sent.size : 0);
	world.piece = input_rare(in, 16) ? 1u + input_u8(in) : sizeof(wire);
	memcpy(world.fds, sent.fds, sizeof(sent.fds));
	world.fd_count = sent.fd_count;
	world.delivered = 0;
	world.fds_after = sent.size && input_rare(in, 32) ? 1u + input_u8(in) % 7u : 0;
	/* Which of it comes first depends on the pieces. */
	sent.split = (world.fds_after / world.piece + 1) * world.piece < 12;
	world.replies = 0;
}
