// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "mmio_model.h"

/* Bits of the status, by the order in which they may be set (2.1). */
enum { ACKNOWLEDGE = 1, DRIVER = 2, FEATURES_OK = 8, DRIVER_OK = 4 };
enum { NEEDS_RESET = 64, FAILED = 128 };

static const uint64_t all_features = MMIO_FEATURES | (uint64_t)1 << 32 | 3u << 28;

static bool is_live(const struct mmio_model *model)
{
	return (model->status & (DRIVER_OK | NEEDS_RESET | FAILED)) == DRIVER_OK;
}

/* What was allowed is looked at when the input ends. */
static bool enable(struct mmio_model *model, struct mmio_queue *queue)
{
	bool more = model_enable_notify(&queue->ring);

	model->guest->allowed = 0;
	return more;
}

void mmio_model_config_changed(struct mmio_model *model)
{
	model->generation++;
	model->interrupts |= model->status & DRIVER_OK ? 2 : 0;
}

static void fail(struct mmio_model *model)
{
	model->status |= NEEDS_RESET;
	mmio_model_config_changed(model);
}

/* All that a driver has said is forgotten, but not that config space may be another. */
static void reset(struct mmio_model *model)
{
	size_t i;

	model->status = model->interrupts = 0;
	model->device_half = model->driver_half = model->queue = 0;
	model->features[0] = model->features[1] = 0;
	model->strange_features = false;
	for (i = 0; i < MMIO_QUEUES; i++) {
		model->queues[i].size = 0;
		memset(model->queues[i].parts, 0, sizeof(model->queues[i].parts));
		model->queues[i].ready = model->queues[i].kicked = false;
	}
	memset(model->config, 0, sizeof(model->config));
	model->generation++;
	model->resets++;
}

void mmio_model_start(struct mmio_model *model, struct guest *guest, bool read_only)
{
	model->guest = guest;
	model->read_only = read_only;
	model->generation = 0;
	model->resets = 0;
	reset(model);
}

static void set_status(struct mmio_model *model, uint32_t value)
{
	static const uint32_t order[] = { ACKNOWLEDGE, DRIVER, FEATURES_OK, DRIVER_OK };
	uint64_t wanted = model->features[0] | (uint64_t)model->features[1] << 32;
	uint32_t had = model->status & ~(uint32_t)NEEDS_RESET;
	size_t i;

	if (value == 0) {
		reset(model);
		return;
	}
	value &= ~(uint32_t)NEEDS_RESET;
	/* The device refuses features by leaving that bit out (3.1.1). */
	if ((value & ~had & FEATURES_OK) &&
	    (model->strange_features || (wanted | all_features) != all_features || !(wanted >> 32 & 1)))
		value -= FEATURES_OK;
	if (value & ~0x8fu || (had & value) != had)
		return;
	for (i = 1; i < 4; i++)
		if ((value & order[i]) && !(value & order[i - 1]))
			return;
	model->status |= value;
	for (i = 0; i < MMIO_QUEUES && (value & ~had & DRIVER_OK); i++)
		if (model->queues[i].ready && is_live(model))
			model->queues[i].kicked = enable(model, &model->queues[i]);
}

static uint64_t part(const struct mmio_queue *queue, size_t n)
{
	return queue->parts[n][0] | (uint64_t)queue->parts[n][1] << 32;
}

/* The ring is where the registers say, whatever the driver thinks. */
static void set_ready(struct mmio_model *model, struct mmio_queue *queue)
{
	struct vcrypto_vring_setup honest = model->guest->setup;
	bool ok;

	if (!(model->status & FEATURES_OK))
		return;
	model->guest->setup = (struct vcrypto_vring_setup){
		.size = queue->size, .desc = part(queue, 0), .avail = part(queue, 1),
		.used = part(queue, 2), .features = model->features[0],
	};
	ok = queue->size <= MMIO_QUEUE_SIZE && model_init(&queue->ring, model->guest);
	model->guest->setup = honest;
	if (!ok) {
		fail(model);
		return;
	}
	queue->ready = true;
	if (is_live(model))
		queue->kicked = enable(model, queue);
}

static void set_queue(struct mmio_model *model, struct mmio_queue *queue, uint32_t offset,
		      uint32_t value)
{
	if (offset == 0x44) {
		if (queue->ready && value == 0)
			queue->ready = queue->kicked = false;
		else if (!queue->ready && value == 1)
			set_ready(model, queue);
	} else if (!queue->ready && offset == 0x38) {
		queue->size = value;
	} else if (!queue->ready && offset >= 0x80 && offset < 0xb0 &&
		   (offset % 16 == 0 || offset % 16 == 4)) {
		queue->parts[(offset - 0x80) / 16][offset / 4 % 2] = value;
	}
}

static void set_features(struct mmio_model *model, uint32_t value)
{
	if (model->status & FEATURES_OK)
		return;
	if (model->driver_half > 1)
		model->strange_features |= value != 0;
	else
		model->features[model->driver_half] = value;
}

/* Naturally aligned, and inside (4.2.2.2). */
static bool in_config(uint32_t offset, unsigned int size)
{
	return (size == 1 || size == 2 || size == 4) && offset % size == 0 &&
	       offset >= 0x100 && offset - 0x100 + size <= MMIO_CONFIG;
}

void mmio_model_write(struct mmio_model *model, uint32_t offset, unsigned int size, uint32_t value)
{
	unsigned int i;

	if (offset >= 0x100) {
		if (!in_config(offset, size) || model->read_only)
			return;
		for (i = 0; i < size; i++)
			model->config[offset - 0x100 + i] = (uint8_t)(value >> 8 * i);
		model->generation++;
		return;
	}
	if (size != 4)
		return;
	switch (offset) {
	case 0x14:
		model->device_half = value;
		break;
	case 0x24:
		model->driver_half = value;
		break;
	case 0x20:
		set_features(model, value);
		break;
	case 0x30:
		model->queue = value;
		break;
	case 0x50:
		if (value < MMIO_QUEUES)
			model->queues[value].kicked |= model->queues[value].ready;
		break;
	case 0x64:
		model->interrupts &= ~value;
		break;
	case 0x70:
		set_status(model, value);
		break;
	default:
		if (model->queue < MMIO_QUEUES)
			set_queue(model, &model->queues[model->queue], offset, value);
	}
}

uint32_t mmio_model_read(const struct mmio_model *model, uint32_t offset, unsigned int size)
{
	const struct mmio_queue *queue = model->queue < MMIO_QUEUES ?
		&model->queues[model->queue] : NULL;
	uint32_t value = 0;
	unsigned int i;

	if (offset >= 0x100) {
		for (i = 0; i < size && in_config(offset, size); i++)
			value |= (uint32_t)model->config[offset - 0x100 + i] << 8 * i;
		return value;
	}
	if (size != 4)
		return 0;
	switch (offset) {
	case 0x00:
		return 'v' | 'i' << 8 | 'r' << 16 | 't' << 24;
	case 0x04:
		return 2;
	case 0x08:
		return MMIO_ID;
	case 0x0c:
		return 'V' | 'C' << 8 | 'R' << 16 | 'Y' << 24;
	case 0x10:
		return model->device_half > 1 ? 0 : (uint32_t)(all_features >> 32 * model->device_half);
	case 0x34:
		return queue ? MMIO_QUEUE_SIZE : 0;
	case 0x44:
		return queue && queue->ready ? 1 : 0;
	case 0x60:
		return model->interrupts;
	case 0x70:
		return model->status;
	case 0xb0: case 0xb4: case 0xb8: case 0xbc:	/* no shared memory */
		return 0xffffffff;
	case 0xfc:
		return model->generation;
	default:
		return 0;
	}
}

bool mmio_model_kicked(const struct mmio_model *model)
{
	return is_live(model) && (model->queues[0].kicked || model->queues[1].kicked);
}

/* In the shadow, what the device will do with a chain's bytes. */
static void execute(struct mmio_chain *chain, bool answered)
{
	uint64_t room = 0;
	uint32_t left;
	uint8_t sum = 0;
	uint8_t bytes[256];
	size_t i, k;

	for (i = 0; i < chain->readable; i++)
		for (k = 0; k < chain->segments[i].iov_len; k++)
			sum = (uint8_t)(sum + guest_shadow_of(chain->segments[i].iov_base)[k]);
	for (; i < chain->readable + chain->writable; i++)
		room += chain->segments[i].iov_len;
	chain->written = answered ? mmio_written(sum, room) : 0;
	memset(bytes, mmio_answer(sum), sizeof(bytes));
	left = chain->written;
	for (i = chain->readable; left; i++)
		for (k = 0; k < chain->segments[i].iov_len && left;) {
			size_t len = chain->segments[i].iov_len - k;

			len = len < sizeof(bytes) ? len : sizeof(bytes);
			len = len < left ? len : left;
			guest_foretell((uint8_t *)chain->segments[i].iov_base + k, bytes, len);
			k += len;
			left -= (uint32_t)len;
		}
}

/* A batch of a queue's. */
static void serve_queue(struct mmio_model *model, size_t index, size_t unanswered)
{
	struct mmio_queue *queue = &model->queues[index];
	enum vcrypto_vring_state state = VCRYPTO_VRING_READY;
	uint16_t heads[VCRYPTO_BATCH];
	size_t count = 0;
	bool failed = false;
	size_t i;

	model_disable_notify(&queue->ring);
	while (count < VCRYPTO_BATCH) {
		struct mmio_chain *chain = &model->chains[index][count];

		state = model_pop(&queue->ring, MMIO_SEGMENTS);
		if (state != VCRYPTO_VRING_READY)
			break;
		chain->readable = queue->ring.readable;
		chain->writable = queue->ring.writable;
		memcpy(chain->segments, queue->ring.segments,
		       (chain->readable + chain->writable) * sizeof(chain->segments[0]));
		heads[count++] = queue->ring.head;
	}
	for (i = 0; i < count; i++)
		execute(&model->chains[index][i], i != unanswered);
	for (i = 0; i < count; i++) {
		if (model->chains[index][i].written)
			model_push(&queue->ring, heads[i], model->chains[index][i].written);
		failed |= !model->chains[index][i].written;
		model->guest->allowed = 0;
	}
	queue->ring.broken |= failed;
	model->counts[index] = count;
	if (model_should_interrupt(&queue->ring))
		model->interrupts |= 1;
	queue->kicked = false;
	if (failed || state == VCRYPTO_VRING_BROKEN)
		fail(model);
	else
		queue->kicked = enable(model, queue);
}

bool mmio_model_serve(struct mmio_model *model, size_t unanswered)
{
	size_t i;

	for (i = 0; i < MMIO_QUEUES; i++) {
		model->counts[i] = 0;
		if (is_live(model) && model->queues[i].kicked)
			serve_queue(model, i, unanswered);
	}
	return mmio_model_kicked(model);
}
