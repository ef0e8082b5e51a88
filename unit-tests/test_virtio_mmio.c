// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The virtio-mmio transport of examples/riscv-emu/, without a machine: each register right
 * and wrong (virtio 1.2, 4.2.2), hostile drivers, and a random walk beside a small model.
 */
#include "check.h"
#include "virtio-mmio.h"

#define QUEUES 2
#define SIZE 8
#define FEATURE ((uint64_t)1 << 3)	/* the device's own */
#define OFFERED (FEATURE | VCRYPTO_VRING_F_INDIRECT | VCRYPTO_VRING_F_EVENT_IDX | VIRTIO_F_VERSION_1)
#define CHAINS 2			/* of a batch */

/* Steps of the status, each with those before it. */
#define ACKNOWLEDGED 1u
#define DRIVEN 3u
#define AGREED 11u
#define OK 15u

/* The device: it answers each chain with four bytes, and counts. */
static struct {
	struct virtio_mmio mmio;
	struct virtio_mmio_queue queues[QUEUES];
	struct vcrypto_batch batch;
	struct iovec segments[CHAINS * SIZE];
	struct sim_memory memory;
	struct sim_ring rings[QUEUES];
	struct sim_buffer in, out;
	uint8_t config[6];
	unsigned int resets, executed;
	uint16_t flags;			/* of the used ring, during the last request */
} dev;

static size_t execute(void *context, struct vcrypto_io *chains, size_t count)
{
	static const uint8_t reply[4] = { 1, 2, 3, 4 };
	size_t i, answered = 0;

	i = (size_t)((struct virtio_mmio_queue *)context - dev.queues);
	assert_in_range(i, 0, QUEUES - 1);
	dev.flags = sim_used_flags(&dev.rings[i]);
	for (i = 0; i < count; i++) {
		struct vcrypto_cursor writable =
			vcrypto_cursor_start(chains[i].writable, chains[i].writable_count);

		chains[i].written = vcrypto_cursor_write(&writable, reply, sizeof(reply)) ? 4 : 0;
		answered += chains[i].written != 0;
	}
	dev.executed += (unsigned int)count;
	return answered;
}

static void get_config(void *context, void *config)
{
	assert_ptr_equal(context, &dev);
	memcpy(config, dev.config, sizeof(dev.config));
}

static void set_config(void *context, const void *config)
{
	assert_ptr_equal(context, &dev);
	memcpy(dev.config, config, sizeof(dev.config));
}

static void forget(void *context)
{
	assert_ptr_equal(context, &dev);
	dev.resets++;
}

static const struct virtio_mmio_device kind = {
	.id = 42, .queue_size = SIZE, .config_len = sizeof(dev.config), .features = FEATURE,
	.execute = execute, .get_config = get_config, .set_config = set_config, .reset = forget,
};
static const struct virtio_mmio_device read_only = {
	.id = 42, .queue_size = SIZE, .config_len = sizeof(dev.config),
	.execute = execute, .get_config = get_config, .reset = forget,
};

static int start(void **state)
{
	unsigned int i;

	(void)state;
	memset(&dev, 0, sizeof(dev));
	sim_memory_start(&dev.memory);
	dev.batch = (struct vcrypto_batch){ .segments = dev.segments, .capacity = SIZE,
					    .chains = CHAINS };
	dev.mmio = (struct virtio_mmio){
		.device = &kind, .context = &dev, .queues = dev.queues, .queue_count = QUEUES,
		.memory = &dev.memory.table, .batch = &dev.batch,
	};
	for (i = 0; i < QUEUES; i++) {
		dev.queues[i].context = &dev.queues[i];
		sim_ring_start(&dev.rings[i], &dev.memory, SIZE, 0, 0);
	}
	dev.in = sim_alloc(&dev.memory, 16);
	dev.out = sim_alloc(&dev.memory, 16);
	for (i = 0; i < sizeof(dev.config); i++)
		dev.config[i] = (uint8_t)(0x10 + i);
	virtio_mmio_start(&dev.mmio);
	return 0;
}

static int stop(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < QUEUES; i++)
		sim_ring_stop(&dev.rings[i]);
	sim_memory_stop(&dev.memory);
	return 0;
}

static uint32_t get(uint64_t reg)
{
	return virtio_mmio_read(&dev.mmio, reg, 4);
}

static void set(uint64_t reg, uint32_t value)
{
	virtio_mmio_write(&dev.mmio, reg, 4, value);
}

/* The driver accepts @features and says so. */
static void agree(uint64_t features)
{
	set(VIRTIO_MMIO_STATUS, ACKNOWLEDGED);
	set(VIRTIO_MMIO_STATUS, DRIVEN);
	set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	set(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	set(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
	set(VIRTIO_MMIO_STATUS, AGREED);
}

static void set_address(uint64_t reg, uint64_t address)
{
	set(reg, (uint32_t)address);
	set(reg + 4, (uint32_t)(address >> 32));
}

/* Describes queue @index; it is not ready yet. */
static void describe(uint32_t index)
{
	const struct vcrypto_vring_setup *setup = &dev.rings[index].setup;

	set(VIRTIO_MMIO_QUEUE_SEL, index);
	set(VIRTIO_MMIO_QUEUE_NUM, setup->size);
	set_address(VIRTIO_MMIO_QUEUE_DESC, setup->desc);
	set_address(VIRTIO_MMIO_QUEUE_DRIVER, setup->avail);
	set_address(VIRTIO_MMIO_QUEUE_DEVICE, setup->used);
}

static void make_ready(uint32_t index)
{
	describe(index);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 1);
}

/* All of a driver's start, with both queues. */
static void begin(void)
{
	agree(VIRTIO_F_VERSION_1);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), AGREED);
	make_ready(0);
	make_ready(1);
	set(VIRTIO_MMIO_STATUS, OK);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), OK);
}

/* A request that queue @index is not notified of, with @room bytes to write to. */
static void publish(uint32_t index, uint32_t room)
{
	const struct sim_part parts[] = { { dev.in.guest, 16, false },
					  { dev.out.guest, room, true } };
	int head = sim_chain(&dev.rings[index], parts, 2, SIM_DIRECT, NULL);

	assert_true(head >= 0);
	sim_publish(&dev.rings[index], (uint16_t)head);
}

static void post(uint32_t index)
{
	publish(index, 16);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, index);
}

static unsigned int collect(uint32_t index)
{
	struct sim_used used;
	unsigned int count;

	for (count = 0; sim_collect(&dev.rings[index], &used); count++)
		assert_int_equal(used.len, 4);
	assert_null(dev.rings[index].error);
	return count;
}

static void serve(void)
{
	unsigned int turns = 0;

	while (virtio_mmio_serve(&dev.mmio))
		assert_true(++turns < 100);
}

/* The device has stopped, tells so, and does nothing any more until it is reset. */
static void must_need_reset(void)
{
	unsigned int executed = dev.executed;

	assert_true(get(VIRTIO_MMIO_STATUS) & VIRTIO_NEEDS_RESET);
	publish(1, 16);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
	assert_false(virtio_mmio_kicked(&dev.mmio));
	assert_false(virtio_mmio_serve(&dev.mmio));
	assert_int_equal(dev.executed, executed);
	set(VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), 0);
	stop(NULL);
	start(NULL);
	begin();
	post(0);
	serve();
	assert_int_equal(collect(0), 1);
}

/* --- single registers --- */

static void the_device_says_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(get(0x000), 0x74726976);
	assert_int_equal(get(0x004), 2);
	assert_int_equal(get(0x008), 42);
	assert_int_not_equal(get(0x00c), 0);
	assert_int_equal(get(0x070), 0);
	assert_int_equal(get(0x0b0), UINT32_MAX);
	assert_int_equal(get(0x0b4), UINT32_MAX);
	assert_int_equal(get(0x0b8), UINT32_MAX);
	assert_int_equal(get(0x0bc), UINT32_MAX);
	assert_int_equal(dev.resets, 1);
}

/* All that differs from reading and writing 32 bits: nothing is there. */
static void registers_are_32_bits_wide(void **state)
{
	static const unsigned int sizes[] = { 0, 1, 2, 3, 8, 16 };
	struct virtio_mmio before;
	uint64_t offset;
	size_t i;

	(void)state;
	begin();
	before = dev.mmio;
	for (offset = 0; offset < VIRTIO_MMIO_CONFIG; offset++) {
		for (i = 0; i < COUNT(sizes); i++) {
			assert_int_equal(virtio_mmio_read(&dev.mmio, offset, sizes[i]), 0);
			virtio_mmio_write(&dev.mmio, offset, sizes[i], 0);
		}
		if (offset % 4) {
			assert_int_equal(virtio_mmio_read(&dev.mmio, offset, 4), 0);
			virtio_mmio_write(&dev.mmio, offset, 4, 0);
		}
	}
	assert_memory_equal(&dev.mmio, &before, sizeof(before));
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 1);
}

static bool is_writable(uint64_t reg)
{
	static const uint16_t writable[] = { 0x14, 0x20, 0x24, 0x30, 0x38, 0x44, 0x50, 0x64, 0x70,
					     0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4 };
	size_t i;

	for (i = 0; i < COUNT(writable); i++)
		if (writable[i] == reg)
			return true;
	return false;
}

static bool is_readable(uint64_t reg)
{
	static const uint16_t readable[] = { 0x00, 0x04, 0x08, 0x0c, 0x10, 0x34, 0x44, 0x60, 0x70,
					     0xb0, 0xb4, 0xb8, 0xbc, 0xfc };
	size_t i;

	for (i = 0; i < COUNT(readable); i++)
		if (readable[i] == reg)
			return true;
	return false;
}

static void what_is_no_register_is_nothing(void **state)
{
	static const uint64_t far[] = { 0x106, 0x200, 0x1000, UINT32_MAX, UINT64_MAX - 3, UINT64_MAX };
	struct virtio_mmio before;
	uint64_t reg;
	size_t i;

	(void)state;
	begin();
	before = dev.mmio;
	for (reg = 0; reg < VIRTIO_MMIO_CONFIG; reg += 4) {
		if (!is_readable(reg))
			assert_int_equal(get(reg), 0);
		if (!is_writable(reg))
			set(reg, 0x5a5a5a5a);
	}
	for (i = 0; i < COUNT(far); i++) {
		assert_int_equal(get(far[i]), 0);
		assert_int_equal(virtio_mmio_read(&dev.mmio, far[i], 1), 0);
		set(far[i], 0);
	}
	assert_memory_equal(&dev.mmio, &before, sizeof(before));
}

/* --- status and features --- */

static void the_status_goes_up_in_order(void **state)
{
	static const struct { uint32_t from, write, to; } steps[] = {
		{ 0, 1, 1 }, { 1, 3, 3 }, { 3, 11, 11 }, { 11, 15, 15 },
		{ 0, 3, 3 }, { 0, 11, 11 }, { 0, 15, 15 },		/* several at once */
		{ 0, 2, 0 }, { 1, 5, 1 }, { 1, 9, 1 }, { 3, 7, 3 },	/* one is left out */
		{ 0, 4, 0 }, { 0, 8, 0 }, { 0, 14, 0 },
		{ 3, 1, 3 }, { 3, 2, 3 }, { 15, 11, 15 }, { 15, 7, 15 },	/* one is taken back */
		{ 3, 64, 3 }, { 3, 67, 3 }, { 0, 64, 0 }, { 0, 65, 1 },	/* one is the device's */
		{ 3, 16 | 3, 3 }, { 3, 32 | 11, 3 }, { 3, 0x103, 3 }, { 3, 0x80000003, 3 },
		{ 0, 128, 128 }, { 3, 131, 131 }, { 15, 143, 143 }, { 143, 15, 143 },
		{ 131, 139, 139 }, { 15, 0, 0 }, { 143, 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		set(VIRTIO_MMIO_STATUS, 0);
		agree(VIRTIO_F_VERSION_1);
		/* That was AGREED.  Back, but for the features. */
		set(VIRTIO_MMIO_STATUS, 0);
		set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
		set(VIRTIO_MMIO_DRIVER_FEATURES, 1);
		if (steps[i].from)
			set(VIRTIO_MMIO_STATUS, steps[i].from);
		assert_int_equal(get(VIRTIO_MMIO_STATUS), steps[i].from);
		set(VIRTIO_MMIO_STATUS, steps[i].write);
		assert_int_equal(get(VIRTIO_MMIO_STATUS), steps[i].to);
	}
}

static void features_are_offered_in_halves(void **state)
{
	uint64_t offered;

	(void)state;
	offered = get(VIRTIO_MMIO_DEVICE_FEATURES);
	set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	offered |= (uint64_t)get(VIRTIO_MMIO_DEVICE_FEATURES) << 32;
	assert_true(offered == OFFERED);
	set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
	assert_int_equal(get(VIRTIO_MMIO_DEVICE_FEATURES), 0);
	set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, UINT32_MAX);
	assert_int_equal(get(VIRTIO_MMIO_DEVICE_FEATURES), 0);
}

static void any_subset_of_the_features_with_version_1_is_accepted(void **state)
{
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		uint64_t one = (uint64_t)1 << bit;

		set(VIRTIO_MMIO_STATUS, 0);
		agree(VIRTIO_F_VERSION_1 | one);
		assert_int_equal(get(VIRTIO_MMIO_STATUS), one & OFFERED ? AGREED : DRIVEN);
		set(VIRTIO_MMIO_STATUS, 0);
		agree(OFFERED & ~one);
		assert_int_equal(get(VIRTIO_MMIO_STATUS),
				 one == VIRTIO_F_VERSION_1 ? DRIVEN : AGREED);
	}
}

static void features_beyond_64_are_refused_until_a_reset(void **state)
{
	(void)state;
	set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 2);
	set(VIRTIO_MMIO_DRIVER_FEATURES, 0);
	agree(VIRTIO_F_VERSION_1);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), AGREED);
	set(VIRTIO_MMIO_STATUS, 0);
	set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 77);
	set(VIRTIO_MMIO_DRIVER_FEATURES, 1);
	agree(VIRTIO_F_VERSION_1);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), DRIVEN);
	set(VIRTIO_MMIO_STATUS, 0);
	agree(VIRTIO_F_VERSION_1);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), AGREED);
}

/* With an event index the device writes avail_event, without it flags. */
static void features_stay_what_was_agreed(void **state)
{
	(void)state;
	agree(VIRTIO_F_VERSION_1);
	set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	set(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)VCRYPTO_VRING_F_EVENT_IDX);
	make_ready(0);
	set(VIRTIO_MMIO_STATUS, OK);
	post(0);
	serve();
	assert_int_equal(collect(0), 1);
	assert_int_equal(sim_avail_event(&dev.rings[0]), 0);
}

/* --- queues --- */

static void a_queue_that_does_not_exist_is_not_there(void **state)
{
	static const uint32_t wrong[] = { QUEUES, QUEUES + 1, 0x10000, UINT32_MAX };
	size_t i;

	(void)state;
	begin();
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_NUM_MAX), SIZE);
	for (i = 0; i < COUNT(wrong); i++) {
		set(VIRTIO_MMIO_QUEUE_SEL, wrong[i]);
		assert_int_equal(get(VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
		assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
		set(VIRTIO_MMIO_QUEUE_NUM, SIZE);
		set_address(VIRTIO_MMIO_QUEUE_DESC, dev.rings[0].setup.desc);
		set(VIRTIO_MMIO_QUEUE_READY, 1);
		assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
		set(VIRTIO_MMIO_QUEUE_NOTIFY, wrong[i]);
		assert_false(virtio_mmio_kicked(&dev.mmio));
		assert_int_equal(get(VIRTIO_MMIO_STATUS), OK);
	}
}

static void a_queue_is_ready_only_after_features_are_agreed_on(void **state)
{
	(void)state;
	describe(0);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
	set(VIRTIO_MMIO_STATUS, DRIVEN);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
	agree(VIRTIO_F_VERSION_1);
	/* What was written before has been kept, and 1 is the one value that means it. */
	set(VIRTIO_MMIO_QUEUE_READY, 2);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 1);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), AGREED);
}

/* Sets up queue 0 with @value in @reg, which cannot be. */
static void must_refuse(uint64_t reg, uint32_t value)
{
	agree(VIRTIO_F_VERSION_1);
	make_ready(1);
	set(VIRTIO_MMIO_STATUS, OK);
	describe(0);
	set(reg, value);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
	assert_int_equal(get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	must_need_reset();
	stop(NULL);
	start(NULL);
}

static void a_queue_that_cannot_be_stops_the_device(void **state)
{
	static const uint32_t sizes[] = { 0, 3, 7, SIZE + 1, 2 * SIZE, VCRYPTO_VRING_MAX, 32768,
					  65536, 0x80000000, UINT32_MAX };
	static const uint64_t parts[] = { VIRTIO_MMIO_QUEUE_DESC, VIRTIO_MMIO_QUEUE_DRIVER,
					  VIRTIO_MMIO_QUEUE_DEVICE };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sizes); i++)
		must_refuse(VIRTIO_MMIO_QUEUE_NUM, sizes[i]);
	for (i = 0; i < COUNT(parts); i++) {
		const struct vcrypto_vring_setup *setup = &dev.rings[0].setup;
		const uint64_t at[] = { setup->desc, setup->avail, setup->used };

		must_refuse(parts[i], 0);
		must_refuse(parts[i], UINT32_MAX);
		must_refuse(parts[i] + 4, 1);
		must_refuse(parts[i] + 4, UINT32_MAX);
		must_refuse(parts[i], (uint32_t)at[i] + 1);		/* misaligned */
		must_refuse(parts[i], (uint32_t)at[i] + 16);		/* its end is outside */
		must_refuse(parts[i], (uint32_t)at[i] - 16);		/* its start is */
	}
}

/* Although the ring could be, and there is memory for it. */
static void a_queue_longer_than_offered_stops_the_device(void **state)
{
	struct sim_ring longer;

	(void)state;
	begin();
	sim_ring_start(&longer, &dev.memory, 2 * SIZE, 0, 0);
	set(VIRTIO_MMIO_QUEUE_SEL, 0);
	set(VIRTIO_MMIO_QUEUE_READY, 0);
	set(VIRTIO_MMIO_QUEUE_NUM, 2 * SIZE);
	set_address(VIRTIO_MMIO_QUEUE_DESC, longer.setup.desc);
	set_address(VIRTIO_MMIO_QUEUE_DRIVER, longer.setup.avail);
	set_address(VIRTIO_MMIO_QUEUE_DEVICE, longer.setup.used);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
	sim_ring_stop(&longer);
	must_need_reset();
}

static void a_queue_that_cannot_be_is_no_news_before_driver_ok(void **state)
{
	(void)state;
	agree(VIRTIO_F_VERSION_1);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), AGREED | VIRTIO_NEEDS_RESET);
	assert_int_equal(get(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	/* The driver did not see it in time, and is not served. */
	set(VIRTIO_MMIO_STATUS, OK);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), OK | VIRTIO_NEEDS_RESET);
	make_ready(0);
	make_ready(1);
	must_need_reset();
}

static void fields_of_a_ready_queue_cannot_be_changed(void **state)
{
	static const uint64_t fields[] = { 0x38, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4 };
	size_t i;

	(void)state;
	begin();
	set(VIRTIO_MMIO_QUEUE_SEL, 0);
	for (i = 0; i < COUNT(fields); i++)
		set(fields[i], 0x5a5a5a5a);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	post(0);
	serve();
	assert_int_equal(collect(0), 1);
	/* Not even when it is set up once more. */
	set(VIRTIO_MMIO_QUEUE_READY, 0);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 1);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), OK);
}

static void a_queue_that_is_not_ready_any_more_is_left_alone(void **state)
{
	(void)state;
	begin();
	post(0);
	post(1);
	set(VIRTIO_MMIO_QUEUE_SEL, 0);
	set(VIRTIO_MMIO_QUEUE_READY, 0);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
	/* Its memory may be somebody else's now, or nobody's. */
	sim_unmap(&dev.memory, dev.rings[0].avail.guest);
	dev.rings[0].avail = sim_map(&dev.memory, dev.rings[0].setup.avail,
				     vcrypto_vring_avail_bytes(SIZE));
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	serve();
	assert_int_equal(dev.executed, 1);
	assert_int_equal(collect(1), 1);
	assert_int_equal(sim_used_idx(&dev.rings[0]), 0);
	/* Another ring in its place starts from 0. */
	sim_ring_stop(&dev.rings[0]);
	sim_ring_start(&dev.rings[0], &dev.memory, SIZE, 0, 0);
	make_ready(0);
	post(0);
	serve();
	assert_int_equal(collect(0), 1);
}

/* --- requests --- */

static void a_request_is_answered_and_told(void **state)
{
	(void)state;
	begin();
	assert_false(virtio_mmio_kicked(&dev.mmio));
	post(1);
	assert_true(virtio_mmio_kicked(&dev.mmio));
	assert_false(virtio_mmio_line(&dev.mmio));
	assert_false(virtio_mmio_serve(&dev.mmio));
	assert_int_equal(collect(1), 1);
	/* While it is at work, nobody need tell it. */
	assert_int_equal(dev.flags, VCRYPTO_USED_NO_NOTIFY);
	assert_int_equal(sim_used_flags(&dev.rings[1]), 0);
	assert_true(virtio_mmio_line(&dev.mmio));
	assert_int_equal(get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_USED);
	set(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_CONFIG);
	assert_true(virtio_mmio_line(&dev.mmio));
	set(VIRTIO_MMIO_INTERRUPT_ACK, UINT32_MAX);
	assert_false(virtio_mmio_line(&dev.mmio));
	assert_int_equal(get(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
}

static void a_driver_that_wants_no_interrupt_has_none(void **state)
{
	(void)state;
	begin();
	sim_set_avail_flags(&dev.rings[0], VCRYPTO_AVAIL_NO_INTERRUPT);
	post(0);
	serve();
	assert_int_equal(collect(0), 1);
	assert_false(virtio_mmio_line(&dev.mmio));
}

static void others_have_a_turn_between_batches(void **state)
{
	unsigned int i;

	(void)state;
	begin();
	for (i = 0; i < CHAINS + 1; i++)
		publish(0, 16);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	post(1);
	assert_true(virtio_mmio_serve(&dev.mmio));
	assert_int_equal(collect(0), CHAINS);
	assert_int_equal(collect(1), 1);
	assert_false(virtio_mmio_serve(&dev.mmio));
	assert_int_equal(collect(0), 1);
}

static void nothing_is_served_before_driver_ok(void **state)
{
	(void)state;
	agree(VIRTIO_F_VERSION_1);
	make_ready(0);
	post(0);
	assert_false(virtio_mmio_kicked(&dev.mmio));
	serve();
	assert_int_equal(dev.executed, 0);
	assert_int_equal(sim_used_flags(&dev.rings[0]), 0);
	/* Then it is, although nobody notifies any more. */
	set(VIRTIO_MMIO_STATUS, OK);
	serve();
	assert_int_equal(collect(0), 1);
}

static void nothing_is_served_after_the_driver_has_failed(void **state)
{
	(void)state;
	begin();
	post(0);
	set(VIRTIO_MMIO_STATUS, OK | VIRTIO_FAILED);
	assert_false(virtio_mmio_kicked(&dev.mmio));
	serve();
	post(1);
	serve();
	assert_int_equal(dev.executed, 0);
}

static void a_reset_forgets_requests_and_all_else(void **state)
{
	const struct virtio_mmio_state *now = &dev.mmio.state;
	struct virtio_mmio_state fresh = { 0 };

	(void)state;
	begin();
	post(0);
	serve();
	post(0);
	post(1);
	set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	set(VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(dev.resets, 2);
	fresh.generation = now->generation;
	assert_memory_equal(now, &fresh, sizeof(fresh));
	assert_false(virtio_mmio_line(&dev.mmio));
	set(VIRTIO_MMIO_QUEUE_SEL, 1);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), 0);
	serve();
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	serve();
	assert_int_equal(dev.executed, 1);
	assert_int_equal(sim_used_idx(&dev.rings[1]), 0);
	/* Nothing of the old rings is in the new ones. */
	stop(NULL);
	start(NULL);
	begin();
	serve();
	assert_int_equal(dev.executed, 0);
}

static void a_broken_ring_stops_the_device(void **state)
{
	(void)state;
	begin();
	publish(0, 16);
	sim_set_avail_idx(&dev.rings[0], SIZE + 1);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	serve();
	assert_int_equal(get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	must_need_reset();
}

/* The good one before it has been answered. */
static void a_request_that_cannot_be_answered_stops_the_device(void **state)
{
	(void)state;
	begin();
	publish(0, 16);
	publish(0, 3);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	serve();
	assert_int_equal(sim_used_idx(&dev.rings[0]), 1);
	must_need_reset();
	/* At once, and not when there is another one. */
	publish(0, 3);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_false(virtio_mmio_serve(&dev.mmio));
	must_need_reset();
}

/* --- config space --- */

static void config_space_is_read_in_any_size(void **state)
{
	(void)state;
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 1), 0x10);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x105, 1), 0x15);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x104, 2), 0x1514);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 4), 0x13121110);
	/* Its end, other sizes, misaligned. */
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x106, 1), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x104, 4), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 3), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 8), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 0), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x101, 2), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x102, 4), 0);
}

static void config_space_is_written_in_any_size(void **state)
{
	static const uint8_t expected[] = { 0xaa, 0xbb, 0xcc, 0xdd, 0x14, 0x11 };
	uint32_t generation = get(VIRTIO_MMIO_CONFIG_GENERATION);
	unsigned int i;

	(void)state;
	virtio_mmio_write(&dev.mmio, 0x105, 1, 0x11);
	assert_int_not_equal(get(VIRTIO_MMIO_CONFIG_GENERATION), generation);
	virtio_mmio_write(&dev.mmio, 0x100, 4, 0xddccbbaa);
	assert_memory_equal(dev.config, expected, sizeof(expected));
	generation = get(VIRTIO_MMIO_CONFIG_GENERATION);
	for (i = 0; i < 16; i++) {
		virtio_mmio_write(&dev.mmio, 0x104 + i, 4, 0);
		virtio_mmio_write(&dev.mmio, 0x100 + i, 8, 0);
		virtio_mmio_write(&dev.mmio, 0x106 + i, 1, 0);
		virtio_mmio_write(&dev.mmio, 0x100 + i, 0, 0);
	}
	dev.mmio.device = &read_only;
	set(0x100, 0);
	assert_memory_equal(dev.config, expected, sizeof(expected));
	assert_int_equal(get(VIRTIO_MMIO_CONFIG_GENERATION), generation);
}

static void a_change_of_config_is_told_once_the_driver_is_ready(void **state)
{
	uint32_t generation = get(VIRTIO_MMIO_CONFIG_GENERATION);

	(void)state;
	virtio_mmio_config_changed(&dev.mmio);
	assert_int_not_equal(get(VIRTIO_MMIO_CONFIG_GENERATION), generation);
	assert_false(virtio_mmio_line(&dev.mmio));
	begin();
	virtio_mmio_config_changed(&dev.mmio);
	assert_int_equal(get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	/* A reset may change it, too. */
	generation = get(VIRTIO_MMIO_CONFIG_GENERATION);
	set(VIRTIO_MMIO_STATUS, 0);
	assert_int_not_equal(get(VIRTIO_MMIO_CONFIG_GENERATION), generation);
}

/* --- a random walk --- */

/* What a driver may expect, in the words of the standard. */
static struct {
	uint32_t status, interrupts, device_sel, driver_sel, queue_sel;
	uint64_t features;
	bool beyond;
	struct {
		uint64_t value[7];	/* by register: size, and the halves of three addresses */
		bool ready, kicked;
	} queues[QUEUES];
} model;

static bool model_runs(void)
{
	return (model.status & (4 | 64 | 128)) == 4;
}

static void model_status(uint32_t value)
{
	static const uint32_t steps[] = { 1, 2, 8, 4 };
	uint32_t bits = value & ~64u;
	bool fits = !model.beyond && !(model.features & ~OFFERED) &&
		    (model.features & VIRTIO_F_VERSION_1);
	size_t i;

	if (!value) {
		memset(&model, 0, sizeof(model));
		return;
	}
	if (!fits && !(model.status & 8))
		bits &= ~8u;
	/* Nothing unknown, nothing taken back, nothing without what comes before it. */
	if ((bits & ~143u) || (model.status & 143u & ~bits))
		return;
	for (i = 1; i < COUNT(steps); i++)
		if ((bits & steps[i]) && !(bits & steps[i - 1]))
			return;
	model.status |= bits;
}

static bool model_can_be(size_t index)
{
	const struct vcrypto_vring_setup *setup = &dev.rings[index].setup;
	const uint64_t *value = model.queues[index].value;

	return value[0] && value[0] <= SIZE && !(value[0] & (value[0] - 1)) &&
	       (value[1] | value[2] << 32) == setup->desc &&
	       (value[3] | value[4] << 32) == setup->avail &&
	       (value[5] | value[6] << 32) == setup->used;
}

static void model_queue(uint32_t field, uint32_t value)
{
	size_t index = model.queue_sel;

	if (index >= QUEUES)
		return;
	if (field < 7) {
		if (!model.queues[index].ready)
			model.queues[index].value[field] = value;
	} else if (!value) {
		model.queues[index].ready = false;
		model.queues[index].kicked = false;
	} else if (value == 1 && !model.queues[index].ready && (model.status & 8)) {
		model.queues[index].ready = model_can_be(index);
		if (model.queues[index].ready)
			return;
		model.status |= 64;
		model.interrupts |= model.status & 4 ? 2 : 0;
	}
}

static void model_write(uint32_t reg, uint32_t value)
{
	static const uint32_t fields[] = { 0x38, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0x44 };
	uint32_t i;

	if (reg == 0x14)
		model.device_sel = value;
	if (reg == 0x24)
		model.driver_sel = value;
	if (reg == 0x30)
		model.queue_sel = value;
	if (reg == 0x64)
		model.interrupts &= ~value;
	if (reg == 0x70)
		model_status(value);
	if (reg == 0x50 && value < QUEUES && model_runs() && model.queues[value].ready)
		model.queues[value].kicked = true;
	if (reg == 0x20 && !(model.status & 8)) {
		model.beyond = model.beyond || (model.driver_sel > 1 && value);
		if (model.driver_sel == 0)
			model.features = (model.features >> 32 << 32) | value;
		if (model.driver_sel == 1)
			model.features = (uint32_t)model.features | (uint64_t)value << 32;
	}
	for (i = 0; i < COUNT(fields); i++)
		if (reg == fields[i])
			model_queue(i, value);
}

static void compare(void)
{
	uint32_t sel = model.queue_sel, features = 0;
	bool kicked = false;
	size_t i;

	for (i = 0; i < QUEUES; i++)
		kicked = kicked || (model.queues[i].kicked && model_runs());
	if (model.device_sel < 2)
		features = (uint32_t)(OFFERED >> (32 * model.device_sel));
	assert_int_equal(get(VIRTIO_MMIO_DEVICE_FEATURES), features);
	assert_int_equal(get(VIRTIO_MMIO_STATUS), model.status);
	assert_int_equal(get(VIRTIO_MMIO_INTERRUPT_STATUS), model.interrupts);
	assert_int_equal(virtio_mmio_line(&dev.mmio), model.interrupts != 0);
	assert_int_equal(virtio_mmio_kicked(&dev.mmio), kicked);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_NUM_MAX), sel < QUEUES ? SIZE : 0);
	assert_int_equal(get(VIRTIO_MMIO_QUEUE_READY), sel < QUEUES && model.queues[sel].ready);
}

/* Half of the time what an honest driver might write there, else anything. */
static uint32_t value_for(uint32_t reg, uint64_t *seed)
{
	static const uint32_t odd[] = { 0, 1, 2, 3, 64, 128, 0x100, 0x7fffffff, 0x80000000,
					UINT32_MAX };
	static const uint32_t steps[] = { 1, 3, 11, 11, 15, 15, 15, 143 };
	const struct vcrypto_vring_setup *setup =
		&dev.rings[model.queue_sel < QUEUES ? model.queue_sel : 0].setup;

	if (!random_below(seed, 8))
		return odd[random_below(seed, COUNT(odd))];
	switch (reg) {
	case 0x20:
		return model.driver_sel == 1 ? 1 : 0;
	case 0x38:
		return setup->size;
	case 0x44:
		return random_below(seed, 16) != 0;
	case 0x70:
		return steps[random_below(seed, COUNT(steps))];
	case 0x80:
		return (uint32_t)setup->desc;
	case 0x90:
		return (uint32_t)setup->avail;
	case 0xa0:
		return (uint32_t)setup->used;
	case 0x84:
	case 0x94:
	case 0xa4:
		return 0;
	default:
		return random_below(seed, 3);
	}
}

/* The device's turn; nothing has been published, so that it finds nothing. */
static void idle_turn(void)
{
	size_t i;

	assert_false(virtio_mmio_serve(&dev.mmio));
	for (i = 0; i < QUEUES; i++)
		if (model_runs())
			model.queues[i].kicked = false;
}

static void a_walk_ends_where_the_model_does(void **state)
{
	static const uint32_t regs[] = { 0x14, 0x20, 0x20, 0x24, 0x24, 0x30, 0x38, 0x38, 0x44, 0x44,
					 0x50, 0x50, 0x64, 0x70, 0x70, 0x70, 0x80, 0x80, 0x84, 0x90,
					 0x90, 0x94, 0xa0, 0xa0, 0xa4 };
	unsigned int step, running = 0, ready = 0, broken = 0;
	uint64_t seed = 13;

	(void)state;
	memset(&model, 0, sizeof(model));
	for (step = 0; step < 400000; step++) {
		uint32_t reg = regs[random_below(&seed, COUNT(regs))];
		uint32_t value = value_for(reg, &seed);

		set(reg, value);
		model_write(reg, value);
		compare();
		if (!random_below(&seed, 4))
			idle_turn();
		running += model_runs();
		ready += model_runs() && model.queues[0].ready && model.queues[1].ready;
		broken += (model.status & 64) != 0;
		/* Else it would stay there until somebody happens to write zero. */
		if ((model.status & (64 | 128)) && !random_below(&seed, 20)) {
			set(VIRTIO_MMIO_STATUS, 0);
			model_write(VIRTIO_MMIO_STATUS, 0);
		}
	}
	assert_int_equal(dev.executed, 0);
	/* It has been everywhere. */
	assert_true(running > 1000);
	assert_true(ready > 100);
	assert_true(broken > 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_device_says_what_it_is),
		TEST(registers_are_32_bits_wide),
		TEST(what_is_no_register_is_nothing),
		TEST(the_status_goes_up_in_order),
		TEST(features_are_offered_in_halves),
		TEST(any_subset_of_the_features_with_version_1_is_accepted),
		TEST(features_beyond_64_are_refused_until_a_reset),
		TEST(features_stay_what_was_agreed),
		TEST(a_queue_that_does_not_exist_is_not_there),
		TEST(a_queue_is_ready_only_after_features_are_agreed_on),
		TEST(a_queue_that_cannot_be_stops_the_device),
		TEST(a_queue_longer_than_offered_stops_the_device),
		TEST(a_queue_that_cannot_be_is_no_news_before_driver_ok),
		TEST(fields_of_a_ready_queue_cannot_be_changed),
		TEST(a_queue_that_is_not_ready_any_more_is_left_alone),
		TEST(a_request_is_answered_and_told),
		TEST(a_driver_that_wants_no_interrupt_has_none),
		TEST(others_have_a_turn_between_batches),
		TEST(nothing_is_served_before_driver_ok),
		TEST(nothing_is_served_after_the_driver_has_failed),
		TEST(a_reset_forgets_requests_and_all_else),
		TEST(a_broken_ring_stops_the_device),
		TEST(a_request_that_cannot_be_answered_stops_the_device),
		TEST(config_space_is_read_in_any_size),
		TEST(config_space_is_written_in_any_size),
		TEST(a_change_of_config_is_told_once_the_driver_is_ready),
		TEST(a_walk_ends_where_the_model_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
