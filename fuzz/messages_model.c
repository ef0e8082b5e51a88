// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>

#include "messages_model.h"

static uint64_t get(const struct sent *sent, size_t at, size_t len)
{
	uint64_t value = 0;

	/* As the machine has it: both halves are on the same one. */
	if (len == 4) {
		uint32_t half;

		memcpy(&half, sent->payload + at, 4);
		return half;
	}
	memcpy(&value, sent->payload + at, 8);
	return value;
}

void model_init(struct model *model, enum session_layout force)
{
	uint32_t i;

	memset(model, 0, sizeof(*model));
	model->force = force;
	model->log_call = -1;
	for (i = 0; i < QUEUES_MAX; i++)
		model->queues[i].kick = model->queues[i].call = model->queues[i].err = -1;
}

uint32_t model_queues(const struct model *model)
{
	return model->mode == MODE_WHOLE ? DATA_QUEUES + 1 :
	       model->mode == MODE_SESSION ? 64 : 65;
}

static uint64_t offered(const struct model *model)
{
	/* Version 1, indirect, event index, that there are protocol features, and the log. */
	return 0x174000000u | (model->mode == MODE_SESSION ? 0 : DEVICE_FEATURES);
}

/*
 * MQ, LOG_SHMFD, REPLY_ACK, CRYPTO_SESSION, CONFIG, INFLIGHT_SHMFD, RESET_DEVICE,
 * CONFIGURE_MEM_SLOTS, DEVICE_STATE.
 */
#define PROTOCOL_OFFERED 0x8b28bu

/* Memory. */

/* Whether @len bytes of the front end's lie in a region, at a guest's address so aligned. */
static bool holds(const struct model *model, uint64_t user, uint64_t len, uint64_t alignment)
{
	uint32_t i;

	for (i = 0; i < model->regions_count; i++) {
		const struct model_region *region = &model->regions[i];
		uint64_t at = user - region->user;

		if (user >= region->user && at < region->size)
			return region->size - at >= len && !((region->guest + at) % alignment) &&
			       !((region->offset + at) % alignment);
	}
	return false;
}

/* What is written down of a queue. */
static uint8_t *notes_of(const struct model *model, const struct model_queue *queue)
{
	size_t index = (size_t)(queue - model->queues);

	return model->notes.size && index < model->notes_queues ?
		       world_notes() + model->notes.offset +
			       index * ((16 + 16 * model->notes_size + 63) / 64 * 64) :
		       NULL;
}

static uint16_t note16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/*
 * Where it begins.  No guest has an answer, so its used index is 0; the daemon corrects what is
 * written down only after this.
 */
static uint16_t begin_at(const struct model *model, const struct model_queue *queue)
{
	const uint8_t *notes = notes_of(model, queue);
	bool over[1024] = { false };
	uint32_t left, steps, i;
	uint16_t head, count = 0;

	if (!notes || note16(notes + 8) != 1)
		return queue->base;
	left = (uint16_t)(0 - note16(notes + 14));
	head = note16(notes + 12);
	for (steps = 0; steps < queue->size && left && head < queue->size; steps++, left--) {
		over[head] = true;
		head = note16(notes + 16 + 16 * head + 6);
	}
	for (i = 0; i < queue->size; i++)
		count = (uint16_t)(count + (notes[16 + 16 * i] && !over[i]));
	return count;
}

/* All is there that it needs to run; @misplaced: but it is not in the memory. */
static bool can_run(const struct model *model, const struct model_queue *queue, bool *misplaced)
{
	*misplaced = false;
	if (!queue->size || !queue->has_address || queue->kick < 0 || !model->regions_count)
		return false;
	if (model->mode == MODE_SESSION && queue != model->queues)
		return false;
	*misplaced = !holds(model, queue->desc, 16 * queue->size, 16) ||
		     !holds(model, queue->avail, 6 + 2 * queue->size, 2) ||
		     !holds(model, queue->used, 6 + 8 * queue->size, 4) ||
		     (notes_of(model, queue) && queue->size > model->notes_size);
	return !*misplaced;
}

static bool start(const struct model *model, struct model_queue *queue)
{
	bool misplaced = false;

	if (!queue->running && can_run(model, queue, &misplaced)) {
		queue->running = true;
		queue->at = begin_at(model, queue);
	}
	return !misplaced;
}

/* What is refused changes nothing. */
static bool start_or_undo(const struct model *model, struct model_queue *queue,
			  const struct model_queue *before)
{
	if (start(model, queue))
		return true;
	*queue = *before;
	return false;
}

static bool meets(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b ? b - a < a_len : a - b < b_len;
}

/* Bytes of whole pages. */
static uint64_t mapped(const struct model_region *region)
{
	uint64_t first = region->offset / 4096, last = (region->offset + region->size - 1) / 4096;

	return region->size ? (last - first + 1) * 4096 : 0;
}

static bool in_file(const struct model_region *region, int fd)
{
	bool mappable = world_file(fd) == FILE_MEMORY || world_file(fd) == FILE_NOTES;

	return mappable && region->offset <= FILE_BYTES &&
	       region->size <= FILE_BYTES - region->offset;
}

static uint64_t all_mapped(const struct model *model)
{
	uint64_t sum = mapped(&model->log) + mapped(&model->notes);
	uint32_t i;

	for (i = 0; i < model->regions_count; i++)
		sum += mapped(&model->regions[i]);
	return sum;
}

/* The old one counts until there is a new one. */
static bool notes_ok(const struct model *model, const struct sent *sent, uint32_t *queues,
		     uint32_t *size)
{
	*queues = note16(sent->payload + 16);
	*size = note16(sent->payload + 18);
	return *queues && *queues <= model_queues(model) && *size && *size <= 1024;
}

static bool give_notes(const struct model *model, const struct sent *sent, struct outcome *out)
{
	uint32_t queues, size;

	if (!notes_ok(model, sent, &queues, &size))
		return false;
	memcpy(out->reply, sent->payload, 24);
	out->gives_file = queues * ((16 + 16 * (uint64_t)size + 63) / 64 * 64);
	memcpy(out->reply, &out->gives_file, 8);
	memset(out->reply + 8, 0, 8);
	out->len = 24;
	return true;
}

static bool take_notes(struct model *model, const struct sent *sent)
{
	struct model_region notes = { 0, 0, 0, get(sent, 8, 8) };
	uint32_t queues, size, i;

	if (!notes_ok(model, sent, &queues, &size))
		return false;
	for (i = 0; i < QUEUES_MAX; i++)
		if (model->queues[i].running)
			return false;
	notes.size = queues * ((16 + 16 * (uint64_t)size + 63) / 64 * 64);
	if (get(sent, 0, 8) < notes.size || notes.offset % 64 || !in_file(&notes, sent->fds[0]) ||
	    all_mapped(model) + mapped(&notes) > MOST_MAPPED)
		return false;
	model->notes = notes;
	model->notes_queues = queues;
	model->notes_size = size;
	return true;
}

static bool set_log(struct model *model, const struct sent *sent, struct outcome *out)
{
	struct model_region log = { 0, get(sent, 0, 8), 0, get(sent, 8, 8) };

	if (!log.size || !in_file(&log, sent->fds[0]) ||
	    all_mapped(model) + mapped(&log) > MOST_MAPPED)
		return false;
	model->log = log;
	out->len = 16;
	memcpy(out->reply, sent->payload, 16);
	return true;
}

static bool add(struct model *model, const struct sent *sent, size_t at, int fd)
{
	struct model_region region = {
		get(sent, at, 8), get(sent, at + 8, 8), get(sent, at + 16, 8), get(sent, at + 24, 8),
	};
	uint32_t i;

	if (!region.size || region.guest > UINT64_MAX - region.size ||
	    region.user > UINT64_MAX - region.size)
		return false;
	if (!in_file(&region, fd))
		return false;
	for (i = 0; i < model->regions_count; i++) {
		const struct model_region *other = &model->regions[i];

		if (meets(region.guest, region.size, other->guest, other->size) ||
		    meets(region.user, region.size, other->user, other->size))
			return false;
	}
	if (all_mapped(model) + mapped(&region) > MOST_MAPPED)
		return false;
	CHECK(model->regions_count < 64);
	model->regions[model->regions_count++] = region;
	return true;
}

static void stop(struct model_queue *queue)
{
	if (queue->running)
		queue->base = queue->at;
	queue->running = false;
}

/* Rings are looked up anew, and those that find all they need run. */
static void restart(struct model *model)
{
	bool misplaced;
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++) {
		struct model_queue *queue = &model->queues[i];

		stop(queue);
		queue->running = can_run(model, queue, &misplaced);
		if (queue->running)
			queue->at = begin_at(model, queue);
	}
}

static bool set_table(struct model *model, const struct sent *sent)
{
	static struct model_region before[64];
	uint32_t count = model->regions_count, i;
	bool ok = true;

	memcpy(before, model->regions, count * sizeof(before[0]));
	model->regions_count = 0;
	for (i = 0; i < sent->fd_count && ok; i++)
		ok = add(model, sent, 8 + 32 * i, sent->fds[i]);
	if (!ok) {
		memcpy(model->regions, before, count * sizeof(before[0]));
		model->regions_count = count;
	}
	return ok;
}

static bool forget_region(struct model *model, const struct sent *sent)
{
	uint32_t i;

	for (i = 0; i < model->regions_count; i++) {
		const struct model_region *region = &model->regions[i];

		if (region->guest != get(sent, 8, 8) || region->size != get(sent, 16, 8) ||
		    region->user != get(sent, 24, 8))
			continue;
		model->regions[i] = model->regions[--model->regions_count];
		return true;
	}
	return false;
}

/* Rings. */

static void drop_sessions(struct model *model)
{
	model->state.moves = model->state.good = false;
	model->resets++;
	model->negotiated = model->mode == MODE_SESSION ? 0 : model->features;
}

static bool set_base(struct model *model, struct model_queue *queue, uint32_t value)
{
	if (queue->running || value > 0xffff)
		return false;
	if (queue->has_returned && value != queue->returned)
		drop_sessions(model);
	queue->has_returned = false;
	queue->base = (uint16_t)value;
	return true;
}

static bool set_addresses(struct model *model, struct model_queue *queue, const struct sent *sent)
{
	uint64_t desc = get(sent, 8, 8), used = get(sent, 16, 8), avail = get(sent, 24, 8);
	struct model_queue before = *queue;

	if (queue->running && (desc != queue->desc || used != queue->used || avail != queue->avail))
		return false;
	queue->desc = desc;
	queue->used = used;
	queue->avail = avail;
	queue->logs = get(sent, 4, 4) & 1;
	queue->log = get(sent, 32, 8);
	queue->has_address = true;
	return start_or_undo(model, queue, &before);
}

static bool set_file(struct model *model, const struct sent *sent, struct outcome *out)
{
	uint64_t index = get(sent, 0, 8) & 0xff;
	struct model_queue *queue = &model->queues[index < QUEUES_MAX ? index : 0];
	int fd = sent->fd_count ? sent->fds[0] : -1;

	if (index >= model_queues(model))
		return false;
	if (sent->request == SET_VRING_KICK) {
		if (fd < 0)
			return false;
		/* Nobody can wait for a file of memory: it is closed, and the last one is gone. */
		queue->kick = world_file(fd) != FILE_MEMORY ? fd : -1;
		/* The same if the ring cannot run with it. */
		if (!start(model, queue))
			queue->kick = -1;
		out->takes_file = queue->kick >= 0;
		return out->takes_file;
	}
	out->takes_file = fd >= 0;
	if (sent->request == SET_VRING_ERR) {
		queue->err = fd;
		return true;
	}
	queue->call = fd;
	out->ends = queue->running && fd >= 0 && world_file(fd) == FILE_BLOCKS;
	return true;
}

static bool on_ring(struct model *model, const struct sent *sent, struct outcome *out)
{
	uint32_t index = (uint32_t)get(sent, 0, 4), value = (uint32_t)get(sent, 4, 4);
	struct model_queue *queue = &model->queues[index < QUEUES_MAX ? index : 0];
	struct model_queue before = *queue;

	if (index >= model_queues(model))
		return false;
	switch (sent->request) {
	case SET_VRING_NUM:
		if (queue->running || !value || value > 1024 || value & (value - 1))
			return false;
		queue->size = value;
		return start_or_undo(model, queue, &before);
	case SET_VRING_ADDR:
		return set_addresses(model, queue, sent);
	case SET_VRING_BASE:
		return set_base(model, queue, value);
	case SET_VRING_ENABLE:
		queue->enabled = value <= 1 ? value : queue->enabled;
		return value <= 1;
	default:
		stop(queue);
		queue->kick = -1;
		queue->has_returned = true;
		queue->returned = queue->base;
		out->len = 8;
		memcpy(out->reply, &index, 4);
		value = queue->base;
		memcpy(out->reply + 4, &value, 4);
		return true;
	}
}

/* Sessions. */

static int64_t create(const struct model *model, const struct sent *sent, struct outcome *out,
		      size_t *at)
{
	const uint8_t *bytes = sent->payload;
	bool is_new = sent->size == 1072;
	enum session_layout layout = model->force;
	size_t block = 8;

	if (is_new)
		layout = SESSION_QEMU_8_1;
	else if (layout == SESSION_NONE || layout == SESSION_QEMU_8_1)
		layout = bytes[36] ? SESSION_QEMU_7_0 :
			 bytes[32] == 1 || bytes[32] == 2 ? SESSION_QEMU_7_1 : SESSION_NONE;
	*at = is_new ? 1064 : 0;
	if (layout == SESSION_NONE || (is_new && get(sent, 0, 8) != 2) ||
	    (layout == SESSION_QEMU_7_0 && get(sent, 8, 4) != 2))
		return -3;
	if (layout == SESSION_QEMU_7_0)
		block = 12;
	out->numbers = (struct vcrypto_virtio_numbers){
		.algo = (uint32_t)get(sent, block, 4), .key_len = (uint32_t)get(sent, block + 4, 4),
		.auth_algo = (uint32_t)get(sent, block + 8, 4),
		.result_len = (uint32_t)get(sent, block + 12, 4),
		.auth_key_len = (uint32_t)get(sent, block + 16, 4),
		.aad_len = (uint32_t)get(sent, block + 20, 4), .op_type = bytes[block + 24],
		.direction = bytes[block + 25], .hash_mode = bytes[block + 26],
		.order = bytes[block + 27],
	};
	if (out->numbers.op_type == 1)
		out->numbers.auth_key_len = 0;
	if (out->numbers.key_len > 64 || out->numbers.auth_key_len > 512 ||
	    !model->queues[0].running)
		return -1;
	out->creates = true;
	out->key = bytes + 56;
	out->auth_key = bytes + 120;
	return world.answer;
}

/* States. */

static bool runs(const struct model *model)
{
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++)
		if (model->queues[i].running)
			return true;
	return false;
}

static void end_state(struct model *model, bool good)
{
	if (model->state.loads && !good)
		drop_sessions(model);
	model->state.moves = false;
	model->state.good = good;
}

static bool start_state(struct model *model, const struct sent *sent)
{
	uint64_t direction = get(sent, 0, 4), phase = get(sent, 4, 4);
	enum file kind = world_file(sent->fds[0]);

	if (direction > 1 || phase || runs(model) || model->state.moves ||
	    (kind != FILE_PIPE && kind != FILE_SOCKET))
		return false;
	model->state = (struct model_state){
		.moves = true, .loads = direction, .since = world.seconds,
		.round = world.rounds,
	};
	return true;
}

/* A buffer of 16 KiB, of which 4 are moved at once. */
static bool load_event(struct model *model)
{
	struct model_state *state = &model->state;
	size_t n = 16384 - state->len;

	n = n < 4096 ? n : 4096;
	n = (size_t)world.io < n ? (size_t)world.io : n;
	if (!n) {
		end_state(model, state->whole);
		return false;
	}
	state->since = world.seconds;
	state->len = world.keeps < state->len + n ? world.keeps : state->len + n;
	state->whole = world.loaded == VCRYPTO_VIRTIO_LOAD_DONE;
	if (world.loaded == VCRYPTO_VIRTIO_LOAD_BAD || (state->whole && state->len))
		end_state(model, false);
	return false;
}

static bool save_event(struct model *model)
{
	struct model_state *state = &model->state;
	size_t n;

	n = state->len < 4096 ? state->len : 4096;
	if ((size_t)world.io < n) {
		end_state(model, false);
		return true;
	}
	state->len -= n;
	state->since = world.seconds;
	return false;
}

bool model_state_event(struct model *model)
{
	struct model_state *state = &model->state;

	/* What is told in that round may be about the one before. */
	if (!state->moves || state->round == world.rounds)
		return false;
	if (runs(model)) {
		end_state(model, false);
		return false;
	}
	if (!state->loads && !state->len)
		state->len = world.saved < 16384 ? world.saved : 16384;
	if (!state->loads && !state->len) {
		end_state(model, true);
		return false;
	}
	if (world.io == -EAGAIN)
		return false;
	if (world.io < 0) {
		end_state(model, false);
		return world.io == -EINTR;
	}
	return state->loads ? load_event(model) : save_event(model);
}

void model_state_look(struct model *model)
{
	if (model->state.moves && world.seconds - model->state.since >= 5)
		end_state(model, false);
}

/* The rest. */

static bool set_protocol(struct model *model, uint64_t protocol)
{
	enum mode mode = (protocol & 0x280) == 0x80 ? MODE_SESSION : MODE_WHOLE;

	if (protocol & ~(uint64_t)PROTOCOL_OFFERED ||
	    (model->mode != MODE_UNKNOWN && model->mode != mode))
		return false;
	model->mode = mode;
	model->protocol = protocol;
	return true;
}

static bool set_features(struct model *model, uint64_t features)
{
	uint32_t i;

	if (features & ~offered(model))
		return false;
	model->features = features;
	if (model->mode != MODE_SESSION)
		model->negotiated = features;
	for (i = 0; i < QUEUES_MAX && !(features >> 30 & 1); i++)
		model->queues[i].enabled = true;
	return true;
}

static void reset_device(struct model *model)
{
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++) {
		struct model_queue *queue = &model->queues[i];

		stop(queue);
		queue->enabled = queue->has_returned = false;
		queue->kick = -1;
	}
	drop_sessions(model);
}

static void answer(struct outcome *out, uint64_t value)
{
	memcpy(out->reply, &value, 8);
	out->len = 8;
}

static bool on_config(const struct sent *sent, struct outcome *out)
{
	uint64_t offset = get(sent, 0, 4), size = get(sent, 4, 4), i;

	if (offset + size > 56)
		return sent->request == GET_CONFIG;
	out->len = 12 + (uint32_t)size;
	memcpy(out->reply, sent->payload, 12);
	for (i = 0; i < size; i++)
		out->reply[12 + i] = (uint8_t)(offset + i + 1);
	return true;
}

static bool on_session(struct model *model, const struct sent *sent, struct outcome *out)
{
	int64_t id;
	size_t at;

	out->destroys = sent->request == CLOSE_CRYPTO_SESSION;
	if (out->destroys)
		return true;
	id = create(model, sent, out, &at);
	memset(out->reply, 0, sent->size);
	memcpy(out->reply + at, &id, 8);
	out->len = sent->size;
	return true;
}

static bool on_memory(struct model *model, const struct sent *sent)
{
	bool ok = sent->request == SET_MEM_TABLE ? set_table(model, sent) :
		  sent->request == ADD_MEM_REG ? add(model, sent, 8, sent->fds[0]) :
		  forget_region(model, sent);

	restart(model);
	return ok;
}

/* Whether it is done. */
static bool apply(struct model *model, const struct sent *sent, struct outcome *out)
{
	switch (sent->request) {
	case GET_FEATURES: answer(out, offered(model)); return true;
	case SET_FEATURES: return set_features(model, get(sent, 0, 8));
	case GET_PROTOCOL_FEATURES: answer(out, PROTOCOL_OFFERED); return true;
	case SET_PROTOCOL_FEATURES: return set_protocol(model, get(sent, 0, 8));
	case GET_QUEUE_NUM: answer(out, model_queues(model)); return true;
	case GET_MAX_MEM_SLOTS: answer(out, 509); return true;
	case SET_OWNER:
	case RESET_OWNER: return true;
	case SET_MEM_TABLE:
	case ADD_MEM_REG:
	case REM_MEM_REG: return on_memory(model, sent);
	case SET_LOG_BASE: return set_log(model, sent, out);
	case GET_INFLIGHT_FD: return give_notes(model, sent, out);
	case SET_INFLIGHT_FD: return take_notes(model, sent);
	case SET_LOG_FD:
		out->takes_file = true;
		model->log_call = sent->fds[0];
		return true;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
	case SET_VRING_ERR: return set_file(model, sent, out);
	case GET_CONFIG:
	case SET_CONFIG: return on_config(sent, out);
	case CREATE_CRYPTO_SESSION:
	case CLOSE_CRYPTO_SESSION: return on_session(model, sent, out);
	case RESET_DEVICE: reset_device(model); return true;
	case SET_DEVICE_STATE_FD:
		out->takes_file = start_state(model, sent);
		answer(out, out->takes_file ? 0x100 : 0x101);
		return true;
	case CHECK_DEVICE_STATE: answer(out, !model->state.good); return true;
	default: return on_ring(model, sent, out);
	}
}

/* Size and files: of what is known. */
static bool well_formed(const struct sent *sent)
{
	uint32_t size = sent->size, files = sent->fd_count;

	switch (sent->request) {
	case SET_MEM_TABLE:
		return files >= 1 && files <= 32 && size == 8 + 32 * files &&
		       get(sent, 0, 4) == files;
	case SET_LOG_BASE: return size == 16 && files == 1;
	case SET_DEVICE_STATE_FD: return size == 8 && files == 1;
	case GET_INFLIGHT_FD: return size == 24 && !files;
	case SET_INFLIGHT_FD: return size == 24 && files == 1;
	case SET_LOG_FD: return !size && files == 1;
	case SET_VRING_ADDR: return size == 40 && !files;
	case ADD_MEM_REG: return size == 40 && files == 1;
	case REM_MEM_REG: return size == 40 && files <= 1;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
	case SET_VRING_ERR: return size == 8 && files == !(get(sent, 0, 8) & 0x100);
	case GET_CONFIG:
	case SET_CONFIG:
		return size >= 12 && size <= 268 && size == 12 + get(sent, 4, 4) && !files;
	case CREATE_CRYPTO_SESSION: return (size == 632 || size == 1072) && !files;
	case GET_FEATURES:
	case SET_OWNER:
	case RESET_OWNER:
	case GET_PROTOCOL_FEATURES:
	case GET_QUEUE_NUM:
	case RESET_DEVICE:
	case CHECK_DEVICE_STATE:
	case GET_MAX_MEM_SLOTS: return !size && !files;
	default: return size == 8 && !files;
	}
}

/* The feature that it comes with; all bits: it is not known. */
static uint64_t needs(uint32_t request)
{
	switch (request) {
	case GET_QUEUE_NUM: return 1;
	case SET_LOG_BASE: return 1 << 1;
	case GET_INFLIGHT_FD:
	case SET_INFLIGHT_FD: return 1 << 12;
	case GET_CONFIG:
	case SET_CONFIG: return 1 << 9;
	case CREATE_CRYPTO_SESSION:
	case CLOSE_CRYPTO_SESSION: return 1 << 7;
	case RESET_DEVICE: return 1 << 13;
	case GET_MAX_MEM_SLOTS:
	case ADD_MEM_REG:
	case REM_MEM_REG: return 1 << 15;
	case SET_DEVICE_STATE_FD:
	case CHECK_DEVICE_STATE: return 1 << 19;
	case 1: case 2: case 3: case 4: case 5: case 7: case 8: case 9: case 10: case 11: case 12:
	case 13: case 14: case 15: case 16: case 18: return 0;
	default: return UINT64_MAX;
	}
}

static bool has_own_reply(uint32_t request)
{
	return request == 1 || request == 6 || request == 11 || request == 15 || request == 17 ||
	       request == 24 || request == 26 ||
	       request == 31 || request == 36 || request == 42 || request == 43;
}

void model_message(struct model *model, const struct sent *sent, struct outcome *out)
{
	bool wanted = sent->flags & 8 && model->protocol & 8;
	bool known = (model->protocol & needs(sent->request)) == needs(sent->request);
	uint32_t i;

	memset(out, 0, offsetof(struct outcome, reply));
	out->creates = out->destroys = out->waits = false;
	for (i = 0; i < sent->fd_count; i++)
		out->ends |= world_file(sent->fds[i]) == FILE_SOCKET &&
			     (sent->request != SET_DEVICE_STATE_FD || sent->split);
	out->ends |= (sent->flags & ~8u) != 1 || sent->size > 4096 || sent->fd_count > 32;
	out->waits = !out->ends && sent->request == CHECK_DEVICE_STATE && model->state.moves;
	if (out->waits) {
		world.seconds += 5;
		model_state_look(model);
	}
	out->ends |= known && !well_formed(sent);
	if (out->ends)
		return;
	out->fault = !known || !apply(model, sent, out);
	model->created += out->creates;
	out->replies = !out->ends && (known && has_own_reply(sent->request) ? !out->fault : wanted);
	out->ends |= out->fault && !out->replies;
	if (out->replies && !(known && has_own_reply(sent->request)))
		answer(out, out->fault);
}
