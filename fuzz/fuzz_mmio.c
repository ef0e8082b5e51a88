// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The registers of a device on the memory bus (examples/riscv-emu/virtio-mmio.c), and what
 * they do to the rings, by a driver that is hostile: each read, each interrupt, each request
 * and each byte of guest memory is foretold by the model (mmio_model.h).
 */
#include "../examples/riscv-emu/virtio-mmio.h"
#include "mmio_model.h"

#define MAX_STEPS 60

struct harness {
	struct guest guest;
	struct mmio_model model;
	struct virtio_mmio mmio;
	struct virtio_mmio_queue queues[MMIO_QUEUES];
	uint8_t config[MMIO_CONFIG];
	uint32_t resets;
	size_t executed[MMIO_QUEUES];
	unsigned int served;		/* chains, of this input */
};

static struct harness h;

/* Its ring has been asked for nothing else. */
size_t vcrypto_process(struct vcrypto_engine *engine, struct vcrypto_io *chains, size_t count)
{
	(void)engine;
	(void)chains;
	(void)count;
	abort();
}

static void check_segments(const struct iovec *got, size_t count, const struct iovec *foretold)
{
	CHECK(!memcmp(got, foretold, count * sizeof(*got)));
}

static void answer(struct vcrypto_io *io, const struct mmio_chain *foretold)
{
	uint32_t left = foretold->written;
	uint8_t sum = 0;
	size_t i, k;

	CHECK(io->readable_count == foretold->readable);
	CHECK(io->writable_count == foretold->writable);
	check_segments(io->readable, io->readable_count, foretold->segments);
	check_segments(io->writable, io->writable_count, foretold->segments + foretold->readable);
	for (i = 0; i < io->readable_count; i++)
		for (k = 0; k < io->readable[i].iov_len; k++)
			sum = (uint8_t)(sum + ((const uint8_t *)io->readable[i].iov_base)[k]);
	for (i = 0; left; i++) {
		size_t len = io->writable[i].iov_len < left ? io->writable[i].iov_len : left;

		memset(io->writable[i].iov_base, mmio_answer(sum), len);
		left -= (uint32_t)len;
	}
	io->written = foretold->written;
}

static size_t execute(void *context, struct vcrypto_io *chains, size_t count)
{
	size_t queue = (size_t)((struct virtio_mmio_queue *)context - h.queues);
	size_t answered = 0;
	size_t i;

	CHECK(queue < MMIO_QUEUES && count == h.model.counts[queue] && !h.executed[queue]);
	for (i = 0; i < count; i++) {
		answer(&chains[i], &h.model.chains[queue][i]);
		answered += chains[i].written != 0;
	}
	h.executed[queue] = count;
	h.served += (unsigned int)count;
	return answered;
}

static void get_config(void *context, void *config)
{
	memcpy(config, ((struct harness *)context)->config, MMIO_CONFIG);
}

static void set_config(void *context, const void *config)
{
	memcpy(((struct harness *)context)->config, config, MMIO_CONFIG);
}

static void forget(void *context)
{
	struct harness *harness = context;

	memset(harness->config, 0, sizeof(harness->config));
	harness->resets++;
}

#define KIND(set) { \
	.id = MMIO_ID, .queue_size = MMIO_QUEUE_SIZE, .config_len = MMIO_CONFIG, \
	.features = MMIO_FEATURES, .execute = execute, .get_config = get_config, \
	.set_config = (set), .reset = forget, \
}

static void power_on(struct input *in)
{
	static const struct virtio_mmio_device kinds[] = { KIND(set_config), KIND(NULL) };
	static struct iovec segments[VCRYPTO_BATCH * MMIO_SEGMENTS];
	static struct vcrypto_batch batch = {
		.segments = segments, .capacity = MMIO_SEGMENTS, .chains = VCRYPTO_BATCH,
	};
	bool read_only = input_rare(in, 4);
	size_t i;

	guest_create(&h.guest, in);
	/* A reset is where a driver begins; and it has no say in how long a chain may be. */
	h.guest.setup.next_avail = h.guest.setup.next_used = h.guest.avail_idx = 0;
	h.guest.longest = 0;
	h.mmio = (struct virtio_mmio){
		.device = &kinds[read_only], .context = &h, .queues = h.queues,
		.queue_count = MMIO_QUEUES, .memory = &h.guest.memory, .batch = &batch,
	};
	for (i = 0; i < MMIO_QUEUES; i++)
		h.queues[i].context = &h.queues[i];
	h.resets = 0;
	h.served = 0;
	virtio_mmio_start(&h.mmio);
	mmio_model_start(&h.model, &h.guest, read_only);
}

static uint32_t get(uint32_t offset, unsigned int size)
{
	uint32_t value = virtio_mmio_read(&h.mmio, offset, size);

	CHECK(value == mmio_model_read(&h.model, offset, size));
	return value;
}

static void put(uint32_t offset, unsigned int size, uint32_t value)
{
	mmio_model_write(&h.model, offset, size, value);
	virtio_mmio_write(&h.mmio, offset, size, value);
}

/* As an honest driver, from the reset on (3.1.1, 4.2.3); or with one thing wrong. */
static void bring_up(struct input *in)
{
	const struct vcrypto_vring_setup *setup = &h.guest.setup;
	const uint8_t nothing[4] = { 0 };
	const uint32_t halves[] = { (uint32_t)setup->features | 1, 1 };
	uint32_t last = input_rare(in, 2) ? 0 : 1;
	const struct {
		uint32_t offset;
		uint32_t value;
	} writes[] = {
		{ VIRTIO_MMIO_STATUS, 0 },
		{ VIRTIO_MMIO_STATUS, 1 },
		{ VIRTIO_MMIO_STATUS, 3 },
		{ VIRTIO_MMIO_DRIVER_FEATURES_SEL, !last },
		{ VIRTIO_MMIO_DRIVER_FEATURES, halves[!last] },
		{ VIRTIO_MMIO_DRIVER_FEATURES_SEL, last },
		{ VIRTIO_MMIO_DRIVER_FEATURES, halves[last] },
		{ VIRTIO_MMIO_STATUS, 11 },
		{ VIRTIO_MMIO_QUEUE_SEL, input_rare(in, 8) },
		{ VIRTIO_MMIO_QUEUE_NUM, setup->size },
		{ VIRTIO_MMIO_QUEUE_DESC, (uint32_t)setup->desc },
		{ VIRTIO_MMIO_QUEUE_DESC + 4, (uint32_t)(setup->desc >> 32) },
		{ VIRTIO_MMIO_QUEUE_DRIVER, (uint32_t)setup->avail },
		{ VIRTIO_MMIO_QUEUE_DRIVER + 4, (uint32_t)(setup->avail >> 32) },
		{ VIRTIO_MMIO_QUEUE_DEVICE, (uint32_t)setup->used },
		{ VIRTIO_MMIO_QUEUE_DEVICE + 4, (uint32_t)(setup->used >> 32) },
		{ VIRTIO_MMIO_QUEUE_READY, 1 },
		{ VIRTIO_MMIO_STATUS, 15 },
	};
	const uint32_t count = sizeof(writes) / sizeof(writes[0]);
	uint32_t wrong = input_rare(in, 6) ? input_below(in, count) : count;
	uint32_t i;

	h.guest.avail_idx = 0;
	guest_write(&h.guest, setup->avail, nothing, sizeof(nothing));
	/* What is there by the last write is served without a notification. */
	if (input_rare(in, 4))
		guest_add_chain(&h.guest, in);
	for (i = 0; i < count; i++) {
		uint32_t which = i;

		if (i != wrong || input_rare(in, 2))
			put(writes[i].offset, 4, writes[i].value);
		if (i != wrong)
			continue;
		/* This one, or another that is not due. */
		if (input_rare(in, 2))
			which = input_below(in, count);
		put(writes[which].offset, input_rare(in, 4) ? 2 : 4,
		    writes[which].value ^ 1u << input_below(in, 32));
	}
}

static uint32_t choose_offset(struct input *in)
{
	static const uint16_t registers[] = {
		VIRTIO_MMIO_STATUS, VIRTIO_MMIO_QUEUE_READY, VIRTIO_MMIO_QUEUE_SEL,
		VIRTIO_MMIO_INTERRUPT_STATUS, VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_QUEUE_NOTIFY,
		VIRTIO_MMIO_DEVICE_FEATURES, VIRTIO_MMIO_DEVICE_FEATURES_SEL,
		VIRTIO_MMIO_DRIVER_FEATURES, VIRTIO_MMIO_DRIVER_FEATURES_SEL,
		VIRTIO_MMIO_QUEUE_NUM, VIRTIO_MMIO_QUEUE_NUM_MAX, VIRTIO_MMIO_CONFIG_GENERATION,
		VIRTIO_MMIO_MAGIC, VIRTIO_MMIO_VERSION, VIRTIO_MMIO_DEVICE_ID,
		VIRTIO_MMIO_VENDOR_ID,
	};
	const uint32_t count = sizeof(registers) / sizeof(registers[0]);
	uint32_t choice = input_below(in, count + 8);

	if (choice < count)
		return registers[choice];
	if (choice < count + 4)
		return VIRTIO_MMIO_CONFIG + input_below(in, MMIO_CONFIG + 4);
	/* All there is, odd addresses, and what lies behind. */
	return input_below(in, VIRTIO_MMIO_BYTES + 16);
}

static unsigned int choose_size(struct input *in)
{
	static const uint8_t sizes[] = { 4, 1, 2, 8, 3, 0 };

	return sizes[input_rare(in, 4) ? input_below(in, sizeof(sizes)) : 0];
}

static uint32_t choose_value(struct input *in)
{
	static const uint8_t status[] = { 0, 1, 3, 11, 15, 7, 0x8f, 0x4f, 2, 0x10 };

	switch (input_below(in, 4)) {
	case 0:
		return input_below(in, 4);
	case 1:
		return status[input_below(in, sizeof(status))];
	case 2:
		return 1u << input_below(in, 32);
	default:
		return input_border(in);
	}
}

static void serve(struct input *in)
{
	size_t unanswered = input_rare(in, 32) ? input_below(in, 4) : SIZE_MAX;
	bool more;
	size_t i;

	memset(h.executed, 0, sizeof(h.executed));
	more = mmio_model_serve(&h.model, unanswered);
	CHECK(virtio_mmio_serve(&h.mmio) == more);
	for (i = 0; i < MMIO_QUEUES; i++)
		CHECK(h.executed[i] == h.model.counts[i]);
}

static void check_state(void)
{
	CHECK(get(VIRTIO_MMIO_STATUS, 4) == h.model.status);
	(void)get(VIRTIO_MMIO_INTERRUPT_STATUS, 4);
	(void)get(VIRTIO_MMIO_CONFIG_GENERATION, 4);
	(void)get(VIRTIO_MMIO_QUEUE_READY, 4);
	CHECK(virtio_mmio_line(&h.mmio) == (h.model.interrupts != 0));
	CHECK(virtio_mmio_kicked(&h.mmio) == mmio_model_kicked(&h.model));
	CHECK(h.resets == h.model.resets);
	CHECK(!memcmp(h.config, h.model.config, MMIO_CONFIG));
}

static void step(struct input *in)
{
	static const uint8_t weights[] = { 48, 16, 16, 12, 12, 6, 8, 2, 3 };
	/* One argument at a time, as the input has them. */
	uint32_t offset;
	unsigned int size;

	switch (input_choose(in, weights, sizeof(weights))) {
	case 0:
		guest_add_chain(&h.guest, in);
		if (input_rare(in, 3))
			break;
		put(VIRTIO_MMIO_QUEUE_NOTIFY, 4, 0);
		serve(in);
		break;
	case 1:
		put(VIRTIO_MMIO_QUEUE_NOTIFY, 4, input_below(in, 4));
		break;
	case 2:
		serve(in);
		break;
	case 3:
		offset = choose_offset(in);
		(void)get(offset, choose_size(in));
		break;
	case 4:
		offset = choose_offset(in);
		size = choose_size(in);
		put(offset, size, choose_value(in));
		break;
	case 5:
		put(VIRTIO_MMIO_INTERRUPT_ACK, 4, get(VIRTIO_MMIO_INTERRUPT_STATUS, 4));
		break;
	case 6:
		guest_mutate(&h.guest, in);
		break;
	case 7:
		mmio_model_config_changed(&h.model);
		virtio_mmio_config_changed(&h.mmio);
		break;
	default:
		bring_up(in);
	}
	check_state();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int steps;

	power_on(&in);
	check_state();
	if (!input_rare(&in, 8))
		bring_up(&in);
	for (steps = 0; in.left && steps < MAX_STEPS; steps++)
		step(&in);
	guest_check(&h.guest);
	reached_count(h.served != 0);
	if (guest_has_time(size)) {
		/* Whatever has happened, a reset and an honest driver make it work. */
		struct input honest = { NULL, 0 };

		power_on(&honest);
		bring_up(&honest);
		guest_add_chain(&h.guest, &honest);
		put(VIRTIO_MMIO_QUEUE_NOTIFY, 4, 0);
		serve(&honest);
		CHECK(h.served == 1);
		check_state();
		guest_check(&h.guest);
	}
	return 0;
}
