// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The same transport: a random walk over its registers, beside a small model. */
#include "mmio_rig.h"

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
	assert_int_equal(mmio_get(VIRTIO_MMIO_DEVICE_FEATURES), features);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), model.status);
	assert_int_equal(mmio_get(VIRTIO_MMIO_INTERRUPT_STATUS), model.interrupts);
	assert_int_equal(virtio_mmio_line(&dev.mmio), model.interrupts != 0);
	assert_int_equal(virtio_mmio_kicked(&dev.mmio), kicked);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_NUM_MAX), sel < QUEUES ? SIZE : 0);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), sel < QUEUES && model.queues[sel].ready);
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

		mmio_set(reg, value);
		model_write(reg, value);
		compare();
		if (!random_below(&seed, 4))
			idle_turn();
		running += model_runs();
		ready += model_runs() && model.queues[0].ready && model.queues[1].ready;
		broken += (model.status & 64) != 0;
		/* Else it would stay there until somebody happens to write zero. */
		if ((model.status & (64 | 128)) && !random_below(&seed, 20)) {
			mmio_set(VIRTIO_MMIO_STATUS, 0);
			model_write(VIRTIO_MMIO_STATUS, 0);
		}
	}
	assert_int_equal(dev.executed, 0);
	/* It has been everywhere. */
	assert_true(running > 1000);
	assert_true(ready > 100);
	assert_true(broken > 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mmio_start, mmio_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_walk_ends_where_the_model_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
