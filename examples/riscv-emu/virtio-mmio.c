// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The registers of a virtio device on the memory bus.  Sections are those of virtio 1.2. */
#include "virtio-mmio.h"

#define VERSION 2			/* the only one that is not legacy (4.2.2) */
#define VENDOR 0x59524356u		/* "VCRY" */
#define RING_FEATURES (VCRYPTO_VRING_F_INDIRECT | VCRYPTO_VRING_F_EVENT_IDX)
#define DRIVER_BITS (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK | VIRTIO_FEATURES_OK | \
		     VIRTIO_FAILED)

static uint64_t offered(const struct virtio_mmio *mmio)
{
	return mmio->device->features | RING_FEATURES | VIRTIO_F_VERSION_1;
}

/* Half @sel of @value: 0 the low one, 1 the high one; there are no others. */
static uint32_t half(uint64_t value, uint32_t sel)
{
	return sel < 2 ? (uint32_t)(value >> (32 * sel)) : 0;
}

static void set_half(uint64_t *value, uint32_t sel, uint32_t to)
{
	*value &= ~((uint64_t)UINT32_MAX << (32 * sel));
	*value |= (uint64_t)to << (32 * sel);
}

/* Between DRIVER_OK and the end: only then are queues looked at (2.1.2). */
static bool running(const struct virtio_mmio *mmio)
{
	return (mmio->state.status & VIRTIO_DRIVER_OK) &&
	       !(mmio->state.status & (VIRTIO_NEEDS_RESET | VIRTIO_FAILED));
}

void virtio_mmio_config_changed(struct virtio_mmio *mmio)
{
	mmio->state.generation++;
	if (mmio->state.status & VIRTIO_DRIVER_OK)
		mmio->state.interrupts |= VIRTIO_MMIO_INT_CONFIG;
}

static void needs_reset(struct virtio_mmio *mmio)
{
	mmio->state.status |= VIRTIO_NEEDS_RESET;
	virtio_mmio_config_changed(mmio);
}

/* --- status (2.1, 3.1.1) --- */

static void reset(struct virtio_mmio *mmio)
{
	/* What config space goes back to may be something else than the driver has read. */
	const struct virtio_mmio_state fresh = { .generation = mmio->state.generation + 1 };
	uint32_t i;

	for (i = 0; i < mmio->queue_count; i++)
		mmio->queues[i] = (struct virtio_mmio_queue){ .context = mmio->queues[i].context };
	mmio->state = fresh;
	mmio->device->reset(mmio->context);
}

void virtio_mmio_start(struct virtio_mmio *mmio)
{
	mmio->state.generation = 0;
	reset(mmio);
}

static bool features_fit(const struct virtio_mmio *mmio)
{
	return !mmio->state.beyond && !(mmio->state.driver_features & ~offered(mmio)) &&
	       (mmio->state.driver_features & VIRTIO_F_VERSION_1);
}

/* Each bit needs the one before it. */
static bool in_order(uint32_t status)
{
	return (!(status & VIRTIO_DRIVER) || (status & VIRTIO_ACKNOWLEDGE)) &&
	       (!(status & VIRTIO_FEATURES_OK) || (status & VIRTIO_DRIVER)) &&
	       (!(status & VIRTIO_DRIVER_OK) || (status & VIRTIO_FEATURES_OK));
}

/* From now on the driver has to notify us; it may have had something before. */
static void listen(struct virtio_mmio *mmio, struct virtio_mmio_queue *queue)
{
	if (running(mmio) && queue->ready)
		queue->kicked = vcrypto_vring_enable_notify(&queue->ring);
}

static void write_status(struct virtio_mmio *mmio, uint32_t value)
{
	uint32_t old = mmio->state.status & DRIVER_BITS;
	uint32_t i;

	if (!value) {
		reset(mmio);
		return;
	}
	/* That one is ours; a driver may have read it before it added a bit. */
	value &= ~(uint32_t)VIRTIO_NEEDS_RESET;
	if (!(old & VIRTIO_FEATURES_OK) && !features_fit(mmio))
		value &= ~(uint32_t)VIRTIO_FEATURES_OK;
	if ((value & ~(uint32_t)DRIVER_BITS) || (old & ~value) || !in_order(value))
		return;
	mmio->state.status |= value;
	if (value & ~old & VIRTIO_DRIVER_OK)
		for (i = 0; i < mmio->queue_count; i++)
			listen(mmio, &mmio->queues[i]);
}

static void write_features(struct virtio_mmio *mmio, uint32_t value)
{
	if (mmio->state.status & VIRTIO_FEATURES_OK)
		return;
	if (mmio->state.driver_features_sel < 2)
		set_half(&mmio->state.driver_features, mmio->state.driver_features_sel, value);
	else if (value)
		mmio->state.beyond = true;
}

/* --- queues --- */

static struct virtio_mmio_queue *selected(const struct virtio_mmio *mmio)
{
	return mmio->state.queue_sel < mmio->queue_count ? &mmio->queues[mmio->state.queue_sel] : NULL;
}

static void make_ready(struct virtio_mmio *mmio, struct virtio_mmio_queue *queue)
{
	const struct vcrypto_vring_setup setup = {
		.size = queue->size, .desc = queue->parts[0], .avail = queue->parts[1],
		.used = queue->parts[2], .features = mmio->state.driver_features,
	};

	/* Which features there are is settled by then (3.1.1). */
	if (!(mmio->state.status & VIRTIO_FEATURES_OK))
		return;
	if (queue->size > mmio->device->queue_size ||
	    !vcrypto_vring_init(&queue->ring, mmio->memory, &setup)) {
		needs_reset(mmio);
		return;
	}
	queue->ready = true;
	listen(mmio, queue);
}

/* While it is ready there is but one thing to change of it. */
static void write_ready_queue(struct virtio_mmio_queue *queue, uint64_t offset, uint32_t value)
{
	if (offset != VIRTIO_MMIO_QUEUE_READY || value)
		return;
	queue->ready = false;
	queue->kicked = false;
}

static void write_queue(struct virtio_mmio *mmio, struct virtio_mmio_queue *queue,
			uint64_t offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_READY:
		if (value == 1)
			make_ready(mmio, queue);
		break;
	case VIRTIO_MMIO_QUEUE_NUM:
		queue->size = value;
		break;
	case VIRTIO_MMIO_QUEUE_DESC:
	case VIRTIO_MMIO_QUEUE_DRIVER:
	case VIRTIO_MMIO_QUEUE_DEVICE:
		set_half(&queue->parts[(offset - VIRTIO_MMIO_QUEUE_DESC) / 16], 0, value);
		break;
	case VIRTIO_MMIO_QUEUE_DESC + 4:
	case VIRTIO_MMIO_QUEUE_DRIVER + 4:
	case VIRTIO_MMIO_QUEUE_DEVICE + 4:
		set_half(&queue->parts[(offset - VIRTIO_MMIO_QUEUE_DESC) / 16], 1, value);
		break;
	}
}

static void notify(struct virtio_mmio *mmio, uint32_t index)
{
	if (index < mmio->queue_count && mmio->queues[index].ready)
		mmio->queues[index].kicked = true;
}

/* --- config space --- */

static bool in_config(const struct virtio_mmio *mmio, uint64_t offset, unsigned int size)
{
	return (size == 1 || size == 2 || size == 4) && !(offset % size) &&
	       offset + size <= mmio->device->config_len;
}

static uint32_t read_config(const struct virtio_mmio *mmio, uint64_t offset, unsigned int size)
{
	uint8_t config[VIRTIO_MMIO_BYTES - VIRTIO_MMIO_CONFIG] = { 0 };
	uint32_t value = 0;

	if (!in_config(mmio, offset, size))
		return 0;
	mmio->device->get_config(mmio->context, config);
	while (size--)
		value = value << 8 | config[offset + size];
	return value;
}

static void write_config(struct virtio_mmio *mmio, uint64_t offset, unsigned int size,
			 uint32_t value)
{
	uint8_t config[VIRTIO_MMIO_BYTES - VIRTIO_MMIO_CONFIG] = { 0 };
	unsigned int i;

	if (!mmio->device->set_config || !in_config(mmio, offset, size))
		return;
	mmio->device->get_config(mmio->context, config);
	for (i = 0; i < size; i++)
		config[offset + i] = (uint8_t)(value >> (8 * i));
	mmio->device->set_config(mmio->context, config);
	mmio->state.generation++;
}

/* --- registers --- */

static uint32_t read_register(const struct virtio_mmio *mmio, uint64_t offset)
{
	const struct virtio_mmio_queue *queue = selected(mmio);

	switch (offset) {
	case VIRTIO_MMIO_MAGIC:
		return VIRTIO_MMIO_MAGIC_VALUE;
	case VIRTIO_MMIO_VERSION:
		return VERSION;
	case VIRTIO_MMIO_DEVICE_ID:
		return mmio->device->id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return half(offered(mmio), mmio->state.device_features_sel);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return queue ? mmio->device->queue_size : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return queue && queue->ready;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return mmio->state.interrupts;
	case VIRTIO_MMIO_STATUS:
		return mmio->state.status;
	case VIRTIO_MMIO_SHM_LEN:	/* all ones: there is no such memory */
	case VIRTIO_MMIO_SHM_LEN + 4:
	case VIRTIO_MMIO_SHM_BASE:
	case VIRTIO_MMIO_SHM_BASE + 4:
		return UINT32_MAX;
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return mmio->state.generation;
	default:
		return 0;
	}
}

static void write_register(struct virtio_mmio *mmio, uint64_t offset, uint32_t value)
{
	struct virtio_mmio_queue *queue = selected(mmio);

	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		mmio->state.device_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		mmio->state.driver_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		write_features(mmio, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		mmio->state.queue_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		notify(mmio, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		mmio->state.interrupts &= ~value;
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(mmio, value);
		break;
	default:
		if (queue && queue->ready)
			write_ready_queue(queue, offset, value);
		else if (queue)
			write_queue(mmio, queue, offset, value);
	}
}

/* Registers are 32 bits wide and accessed as a whole (4.2.2.2); between them there are none. */
static bool is_register(uint64_t offset, unsigned int size)
{
	return offset < VIRTIO_MMIO_CONFIG && size == 4;
}

uint32_t virtio_mmio_read(const struct virtio_mmio *mmio, uint64_t offset, unsigned int size)
{
	if (is_register(offset, size))
		return read_register(mmio, offset);
	if (offset >= VIRTIO_MMIO_CONFIG)
		return read_config(mmio, offset - VIRTIO_MMIO_CONFIG, size);
	return 0;
}

void virtio_mmio_write(struct virtio_mmio *mmio, uint64_t offset, unsigned int size,
		       uint32_t value)
{
	if (is_register(offset, size))
		write_register(mmio, offset, value);
	else if (offset >= VIRTIO_MMIO_CONFIG)
		write_config(mmio, offset - VIRTIO_MMIO_CONFIG, size, value);
}

bool virtio_mmio_line(const struct virtio_mmio *mmio)
{
	return mmio->state.interrupts;
}

/* --- requests --- */

bool virtio_mmio_kicked(const struct virtio_mmio *mmio)
{
	uint32_t i;

	for (i = 0; i < mmio->queue_count; i++)
		if (mmio->queues[i].kicked)
			return running(mmio);
	return false;
}

/* Whether there may be more. */
static bool take_turn(struct virtio_mmio *mmio, struct virtio_mmio_queue *queue)
{
	struct vcrypto_batch *batch = mmio->batch;
	size_t taken;

	vcrypto_vring_disable_notify(&queue->ring);
	taken = vcrypto_serve_with(mmio->device->execute, queue->context, &queue->ring, batch);
	if (vcrypto_vring_should_interrupt(&queue->ring))
		mmio->state.interrupts |= VIRTIO_MMIO_INT_USED;
	if (batch->state == VCRYPTO_VRING_BROKEN || batch->answered < taken) {
		needs_reset(mmio);
		return false;
	}
	return vcrypto_vring_enable_notify(&queue->ring);
}

bool virtio_mmio_serve(struct virtio_mmio *mmio)
{
	uint32_t i;

	for (i = 0; i < mmio->queue_count && running(mmio); i++)
		if (mmio->queues[i].kicked)
			mmio->queues[i].kicked = take_turn(mmio, &mmio->queues[i]);
	return virtio_mmio_kicked(mmio);
}
