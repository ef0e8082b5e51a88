// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "mmio_rig.h"

struct mmio_rig dev;

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
const struct virtio_mmio_device mmio_read_only = {
	.id = 42, .queue_size = SIZE, .config_len = sizeof(dev.config),
	.execute = execute, .get_config = get_config, .reset = forget,
};

int mmio_start(void **state)
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

int mmio_stop(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < QUEUES; i++)
		sim_ring_stop(&dev.rings[i]);
	sim_memory_stop(&dev.memory);
	return 0;
}

uint32_t mmio_get(uint64_t reg)
{
	return virtio_mmio_read(&dev.mmio, reg, 4);
}

void mmio_set(uint64_t reg, uint32_t value)
{
	virtio_mmio_write(&dev.mmio, reg, 4, value);
}

void mmio_agree(uint64_t features)
{
	mmio_set(VIRTIO_MMIO_STATUS, ACKNOWLEDGED);
	mmio_set(VIRTIO_MMIO_STATUS, DRIVEN);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
	mmio_set(VIRTIO_MMIO_STATUS, AGREED);
}

void mmio_set_address(uint64_t reg, uint64_t address)
{
	mmio_set(reg, (uint32_t)address);
	mmio_set(reg + 4, (uint32_t)(address >> 32));
}

void mmio_describe(uint32_t index)
{
	const struct vcrypto_vring_setup *setup = &dev.rings[index].setup;

	mmio_set(VIRTIO_MMIO_QUEUE_SEL, index);
	mmio_set(VIRTIO_MMIO_QUEUE_NUM, setup->size);
	mmio_set_address(VIRTIO_MMIO_QUEUE_DESC, setup->desc);
	mmio_set_address(VIRTIO_MMIO_QUEUE_DRIVER, setup->avail);
	mmio_set_address(VIRTIO_MMIO_QUEUE_DEVICE, setup->used);
}

void mmio_make_ready(uint32_t index)
{
	mmio_describe(index);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 1);
}

void mmio_begin(void)
{
	mmio_agree(VIRTIO_F_VERSION_1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), AGREED);
	mmio_make_ready(0);
	mmio_make_ready(1);
	mmio_set(VIRTIO_MMIO_STATUS, OK);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), OK);
}

void mmio_publish(uint32_t index, uint32_t room)
{
	const struct sim_part parts[] = { { dev.in.guest, 16, false },
					  { dev.out.guest, room, true } };
	int head = sim_chain(&dev.rings[index], parts, 2, SIM_DIRECT, NULL);

	assert_true(head >= 0);
	sim_publish(&dev.rings[index], (uint16_t)head);
}

void mmio_post(uint32_t index)
{
	mmio_publish(index, 16);
	mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, index);
}

unsigned int mmio_collect(uint32_t index)
{
	struct sim_used used;
	unsigned int count;

	for (count = 0; sim_collect(&dev.rings[index], &used); count++)
		assert_int_equal(used.len, 4);
	assert_null(dev.rings[index].error);
	return count;
}

void mmio_serve(void)
{
	unsigned int turns = 0;

	while (virtio_mmio_serve(&dev.mmio))
		assert_true(++turns < 100);
}

void mmio_must_need_reset(void)
{
	unsigned int executed = dev.executed;

	assert_true(mmio_get(VIRTIO_MMIO_STATUS) & VIRTIO_NEEDS_RESET);
	mmio_publish(1, 16);
	mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
	assert_false(virtio_mmio_kicked(&dev.mmio));
	assert_false(virtio_mmio_serve(&dev.mmio));
	assert_int_equal(dev.executed, executed);
	mmio_set(VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), 0);
	mmio_stop(NULL);
	mmio_start(NULL);
	mmio_begin();
	mmio_post(0);
	mmio_serve();
	assert_int_equal(mmio_collect(0), 1);
}
