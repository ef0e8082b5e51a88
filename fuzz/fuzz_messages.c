// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The daemon against a front end: all of it that stands between a socket and the device, in a
 * world of its own (messages_world.c).  After each message the model has said what is to be
 * seen: the reply's bytes, what the device was asked, which files are open, what is mapped, and
 * each fact about each ring.  So what is refused changes nothing, and no file is forgotten.
 */
#include <errno.h>

#include "messages_model.h"

static struct model model;
static struct sent sent;
static struct outcome outcome;
static struct server server;
static struct settings settings = { .fd = -1, .queues = DATA_QUEUES, .sessions = 1,
				    .connections = GUESTS, .kind = &device_crypto,
				    .migrate_keys = true };
static uint8_t wire[12 + MESSAGE_MAX_PAYLOAD];

/* Bytes of other processes are the business of other targets. */
void vcrypto_read_hook(const void *shared, size_t len)
{
	(void)shared;
	(void)len;
}

/* A front end begins, with ring 0: so many messages. */
#define BEGINNING 7
static bool begins;

static void put(size_t at, uint64_t value, size_t len)
{
	uint32_t half = (uint32_t)value;

	memcpy(sent.payload + at, len == 4 ? (const void *)&half : (const void *)&value, len);
}

static void attach(struct input *in, enum file kind)
{
	if (input_rare(in, 64))
		kind = (enum file)(1 + input_below(in, 4));
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
	uint32_t index = index_of(in), value = input_below(in, 2);

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
	uint32_t size = input_rare(in, 4) ? input_below(in, 300) : 56 - (offset < 56 ? offset : 0);

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
	uint64_t value = sent.request == SET_FEATURES ? 0x174000000u : 0x8b28bu;

	if (sent.request == SET_FEATURES && input_rare(in, 16))
		value = input_rare(in, 2) ? 0x40000000u : 0x100000000u;
	if (sent.request == SET_PROTOCOL_FEATURES && input_below(in, 2))
		value = 0x8b08bu;
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
		SET_VRING_ADDR, SET_VRING_KICK, CREATE_CRYPTO_SESSION,
	};
	static const uint8_t all[] = {
		1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 24, 25, 26, 27, 34, 36,
		37, 38, 26, 26, 26, 26, 26, 26, 26, 26, 37, 38, 12, 13, 11, 10, 11, 10, 11, 10,
		6, 7, 6, 9, 31, 32, 32, 42, 43,
	};

	if (begins && !input_rare(in, 64))
		return begin[turn];
	if (input_rare(in, 32))
		return input_rare(in, 2) ? input_u32(in) : input_below(in, 50);
	return all[input_below(in, sizeof(all))];
}

static void make_message(struct input *in, unsigned int turn)
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

static void check_reply(void)
{
	uint32_t header[3];

	CHECK(world.replies == outcome.replies);
	if (!outcome.replies)
		return;
	memcpy(header, world.reply, sizeof(header));
	CHECK(header[0] == sent.request && header[1] == 5 && header[2] == outcome.len);
	CHECK(world.reply_len == 12 + outcome.len);
	CHECK(!memcmp(world.reply + 12, outcome.reply, outcome.len));
	CHECK((world.reply_file >= 0) == (outcome.gives_file != 0));
	CHECK(!outcome.gives_file || world.filled == outcome.gives_file);
}

static void check_device(void)
{
	CHECK(world.made.calls == model.created && world.resets == model.resets);
	CHECK(world.negotiated == model.negotiated);
	if (outcome.creates) {
		const struct vcrypto_virtio_numbers *numbers = &outcome.numbers;

		CHECK(!memcmp(&world.made.numbers, numbers, sizeof(*numbers)));
		CHECK(!memcmp(world.made.keys, outcome.key, numbers->key_len));
		CHECK(!memcmp(world.made.keys + numbers->key_len, outcome.auth_key,
			      numbers->auth_key_len));
	}
	if (outcome.destroys)
		CHECK(!memcmp(&world.destroyed, sent.payload, 8));
}

static void check_queue(const struct queue *queue, const struct model_queue *wanted)
{
	CHECK(queue->size == wanted->size && queue->has_address == wanted->has_address);
	CHECK(queue->running == wanted->running && queue->enabled == wanted->enabled);
	CHECK(queue->base == wanted->base && queue->has_returned == wanted->has_returned);
	CHECK(queue->kick == wanted->kick && queue->call == wanted->call);
	CHECK(queue->err == wanted->err);
	if (wanted->has_address)
		CHECK(queue->address.desc == wanted->desc && queue->address.used == wanted->used &&
		      queue->address.avail == wanted->avail &&
		      queue->address.log == wanted->log &&
		      (queue->address.flags & 1) == wanted->logs);
	if (wanted->running)
		CHECK(queue->vring.size == wanted->size && queue->vring.next_avail == wanted->at);
}

/* Files that are to be open: kicks are waited for as well. */
static void check_files(const struct connection *connection)
{
	uint32_t open = model.log_call >= 0, kicks = 0, i;

	for (i = 0; i < QUEUES_MAX; i++) {
		const struct model_queue *queue = &model.queues[i];

		check_queue(&connection->queues[i], queue);
		kicks += queue->kick >= 0 ? 1 : 0;
		open += queue->call >= 0 ? 1 : 0;
		open += queue->err >= 0 ? 1 : 0;
	}
	open += model.state.moves;
	CHECK(world.open == open + kicks);
	CHECK(world.watched == kicks + 1 + model.state.moves);
}

static void check_memory(const struct connection *connection)
{
	const struct memory *memory = &connection->memory;
	uint32_t i;

	CHECK(memory->table.count == model.regions_count);
	CHECK(world.mappings == model.regions_count + (model.log.size != 0) +
				 (model.notes.size != 0));
	CHECK(connection->log.size == model.log.size && connection->log.call == model.log_call);
	if (model.log.size)
		CHECK(connection->log.bits == world_memory() + model.log.offset);
	for (i = 0; i < model.regions_count; i++) {
		const struct model_region *region = &model.regions[i];

		CHECK(memory->regions[i].guest == region->guest);
		CHECK(memory->regions[i].len == region->size);
		CHECK((uint8_t *)memory->regions[i].host == world_memory() + region->offset);
		CHECK(memory->mappings[i].user == region->user);
	}
}

static void check_wiped(const struct connection *connection)
{
	uint32_t i;

	CHECK(!connection->inbox.got && !connection->inbox.message.fd_count);
	for (i = 0; i < sent.size && sent.request == CREATE_CRYPTO_SESSION; i++)
		CHECK(!connection->inbox.message.payload[i]);
}

/* Requests that have to wait until no job is left. */
static bool waits(void)
{
	return sent.request == GET_VRING_BASE || sent.request == SET_MEM_TABLE ||
	       sent.request == ADD_MEM_REG || sent.request == REM_MEM_REG;
}

static void deliver(struct connection *connection, bool jobs)
{
	connection->client.count = jobs;
	connection_read(connection);
	connection->client.count = 0;
	if (outcome.waits) {
		CHECK(connection->postponed && !world.replies && !connection->ended);
		states_look(&server);
		CHECK(!connection->postponed);
		return;
	}
	if (!jobs || connection->ended)
		return;
	CHECK(connection->postponed == waits() && (!waits() || !world.replies));
	if (connection->postponed)
		connection_settle(connection);
	CHECK(!connection->postponed);
}

/* False: the connection is over. */
static bool one_message(struct connection *connection, struct input *in, unsigned int turn)
{
	make_message(in, turn);
	model_message(&model, &sent, &outcome);
	deliver(connection, input_rare(in, 32));
	CHECK(connection->ended == outcome.ends);
	check_reply();
	check_device();
	if (outcome.ends)
		return false;
	check_files(connection);
	check_memory(connection);
	check_wiped(connection);
	CHECK(connection->mode == model.mode && connection->features == model.features);
	CHECK(connection->protocol == model.protocol);
	return true;
}

/* Its file is ready, or nothing has come for a while. */
static void move_state(struct connection *connection, struct input *in)
{
	static const int errors[] = { -EAGAIN, -EPIPE, -EINTR };
	bool ends;

	world.io = (int)input_below(in, 5000) + (model.state.loads ? 0 : 4090);
	if (input_rare(in, 8))
		world.io = input_rare(in, 2) ? 0 : errors[input_below(in, 3)];
	world.loaded = input_rare(in, 4) ? (enum vcrypto_virtio_load)input_below(in, 3) :
		       VCRYPTO_VIRTIO_LOAD_MORE;
	world.keeps = input_rare(in, 2) ? input_below(in, 6209) : 0;
	world.seconds += input_below(in, 3);
	world.rounds += !input_rare(in, 8);
	server.rounds = world.rounds;
	ends = model_state_event(&model);
	state_event(connection);
	CHECK(connection->ended == ends);
	if (ends)
		return;
	model_state_look(&model);
	states_look(&server);
	CHECK(state_moves(connection) == model.state.moves);
	CHECK(connection->transfer.good == model.state.good);
	CHECK(!connection->transfer.bytes == !model.state.moves);
	check_device();
	check_files(connection);
}

/* Something has been written to the notes. */
static bool dirty;

/* What an earlier daemon may have left, and somebody else have changed. */
static void write_notes(struct input *in)
{
	uint32_t count = input_rare(in, 4) ? input_below(in, 64) : 0;
	uint8_t *notes = world_notes();

	/* It is long, and few write to it. */
	if (dirty || count)
		memset(notes, 0, FILE_BYTES);
	dirty = count;
	while (count--) {
		uint8_t *at = notes + 64 * input_below(in, 64);
		uint32_t entry = 16 + 16 * input_below(in, 16);

		at[8] = 1;
		at[12] = input_u8(in);
		at[14] = input_u8(in);
		at[15] = input_rare(in, 4) ? 0 : 0xff;
		at[entry] = input_u8(in) & 1;
		at[entry + 6] = input_u8(in) & 31;
		at[entry + 8] = input_u8(in);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct connection *connection;
	unsigned int turn, i;

	settings.layout = input_rare(&in, 8) ? (enum session_layout)input_below(&in, 4) :
			  SESSION_NONE;
	model_init(&model, settings.layout);
	write_notes(&in);
	server = (struct server){ .settings = &settings };
	world.watched = 1;
	connection = connection_new(&server, SOCKET_FD, 1);
	CHECK(connection);
	server.connections = connection;
	for (turn = 0; turn < 24 && (in.left || turn < BEGINNING) && !connection->ended; turn++) {
		if (!one_message(connection, &in, turn))
			break;
		for (i = 0; model.state.moves && i < 8 && in.left && !connection->ended; i++)
			move_state(connection, &in);
	}
	connection_end(connection, NULL);
	connection_free(connection);
	CHECK(!world.open && !world.mappings && !world.watched);
	dirty |= model.notes.size != 0;
	reached_count(model.created);
	world_reset();
	return 0;
}
