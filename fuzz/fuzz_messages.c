// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The daemon against a front end: all of it that stands between a socket and the device, in a
 * world of its own (messages_world.c).  After each message the model has said what is to be
 * seen: the reply's bytes, what the device was asked, which files are open, what is mapped, and
 * each fact about each ring.  So what is refused changes nothing, and no file is forgotten.
 */
#include <errno.h>

#include "messages_make.h"

struct model model;
struct sent sent;
static struct outcome outcome;
static struct server server;
static struct settings settings = { .fd = -1, .queues = DATA_QUEUES, .sessions = 1,
				    .connections = GUESTS };

/* Bytes of other processes are the business of other targets. */
void vcrypto_read_hook(const void *shared, size_t len)
{
	(void)shared;
	(void)len;
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

/* Indirect and event index; nobody tells in session mode, so a ring does both there. */
static uint64_t ring_features(void)
{
	return (model.mode == MODE_SESSION ? UINT64_MAX : model.features) & 0x30000000;
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
		CHECK(queue->vring.size == wanted->size && queue->vring.next_avail == wanted->at &&
		      (queue->vring.features & 0x30000000) == ring_features());
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

/* Of many sessions some end in each turn of the loop, and nothing else happens. */
static void end_sessions(struct connection *connection)
{
	while (connection->ending) {
		CHECK(world.sessions && server.endings == 1);
		/* With a message that waits its socket is watched for the other end's leaving only. */
		if (!connection->postponed)
			connection_read(connection);
		endings_give(&server);
	}
	CHECK(!server.endings);
}

static void deliver(struct connection *connection, bool jobs)
{
	connection->client.count = jobs;
	connection_read(connection);
	connection->client.count = 0;
	end_sessions(connection);
	if (outcome.waits) {
		CHECK(connection->postponed && !world.replies && !connection->ended);
		states_look(&server);
		end_sessions(connection);
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
	world.sessions = input_rare(in, 8) ? input_below(in, 300) : 0;
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
	end_sessions(connection);
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

	settings.kind = input_rare(&in, 6) ? &device_cryptodev : &device_crypto;
	settings.migrate_keys = settings.kind->save != NULL;
	settings.slots = settings.kind->save ? SLOTS : FEW_SLOTS;
	settings.files = settings.kind->save ? FILES : FEW_FILES;
	settings.layout = input_rare(&in, 8) ? (enum session_layout)input_below(&in, 4) :
			  SESSION_NONE;
	model_init(&model, settings.kind == &device_cryptodev, settings.layout);
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
	reached_count(model.own ? model.started : model.created != 0);
	world_reset();
	return 0;
}
