// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * riscv-emu: an emulator that is not QEMU, with the crypto device in slot 0 and the Caesar
 * device in slot 1.
 *
 *	riscv-emu PROGRAM	a flat binary for the address 0x80000000
 */
#include <stdio.h>
#include <stdlib.h>

#include <vcrypto/vcrypto.h>
#include <vcrypto/backends.h>
#include <vcrypto/small-devices/chain.h>
#include <vcrypto/small-devices/ids.h>

#include "machine.h"

#define QUEUE 64	/* descriptors of each queue; memory is one piece, so also of segments */

/* --- the crypto device: an engine behind a queue --- */

static size_t crypto_execute(void *engine, struct vcrypto_io *chains, size_t count)
{
	return vcrypto_process(engine, chains, count);
}

static void crypto_config(void *engine, void *config)
{
	vcrypto_engine_config(engine, 1, config);
}

static void crypto_reset(void *engine)
{
	vcrypto_engine_reset(engine);
}

static const struct virtio_mmio_device crypto_device = {
	.id = VCRYPTO_VIRTIO_ID, .queue_size = QUEUE, .config_len = sizeof(struct vcrypto_config),
	.execute = crypto_execute, .get_config = crypto_config, .reset = crypto_reset,
};

/* --- the Caesar device: a model behind a queue --- */

static size_t caesar_execute(void *caesar, struct vcrypto_io *chains, size_t count)
{
	size_t i, answered = 0;

	for (i = 0; i < count; i++) {
		struct vcrypto_io *io = &chains[i];

		io->written = vcrypto_caesar_chain(
			caesar, vcrypto_cursor_start(io->readable, io->readable_count),
			vcrypto_cursor_start(io->writable, io->writable_count));
		answered += io->written != 0;
	}
	return answered;
}

static void caesar_get(void *caesar, void *config)
{
	*(struct vcrypto_caesar_config *)config = vcrypto_caesar_get_config(caesar);
}

static void caesar_set(void *caesar, const void *config)
{
	vcrypto_caesar_set_config(caesar, config);
}

static void caesar_reset(void *caesar)
{
	vcrypto_caesar_reset(caesar);
}

static const struct virtio_mmio_device caesar_device = {
	.id = VCRYPTO_CAESAR_ID, .queue_size = QUEUE,
	.config_len = sizeof(struct vcrypto_caesar_config), .execute = caesar_execute,
	.get_config = caesar_get, .set_config = caesar_set, .reset = caesar_reset,
};

/* --- the machine --- */

static struct iovec segments[VCRYPTO_BATCH * QUEUE];
static struct vcrypto_batch batch = { .segments = segments, .capacity = QUEUE,
				      .chains = VCRYPTO_BATCH };

/* Plugs a device with one queue in. */
static void plug(struct machine *machine, unsigned int slot, struct virtio_mmio *mmio,
		 struct virtio_mmio_queue *queue, const struct virtio_mmio_device *device,
		 void *context)
{
	queue->context = context;
	*mmio = (struct virtio_mmio){ .device = device, .context = context, .queues = queue,
				      .queue_count = 1, .memory = &machine->memory,
				      .batch = &batch };
	virtio_mmio_start(mmio);
	machine->slots[slot] = mmio;
}

static bool load(struct machine *machine, const char *path)
{
	FILE *file = fopen(path, "rb");
	bool ok = file && fread(machine->region.host, 1, MACHINE_MEMORY_BYTES, file) &&
		  fgetc(file) == EOF && !ferror(file);

	if (file)
		fclose(file);
	return ok;
}

/* With the devices in it; the exit status. */
static int run(struct machine *machine, struct vcrypto_engine *engine)
{
	static struct virtio_mmio_queue queues[2];
	static struct virtio_mmio devices[2];
	static struct vcrypto_caesar caesar;

	plug(machine, 0, &devices[0], &queues[0], &crypto_device, engine);
	plug(machine, 1, &devices[1], &queues[1], &caesar_device, &caesar);
	return machine_run(machine);
}

int main(int argc, char **argv)
{
	const struct vcrypto_limits limits = { 1, 4, VCRYPTO_MIN_PAYLOAD, 0 };
	const struct vcrypto_backend *backend = &vcrypto_backend_libcrypto;
	void *memory = calloc(1, vcrypto_engine_size(&limits, backend));
	struct vcrypto_engine *engine;
	struct machine machine;
	int status = 1;

	if (argc != 2 || !strcmp(argv[1], "--help")) {
		fprintf(argc == 2 ? stdout : stderr, "usage: riscv-emu PROGRAM\n");
		free(memory);
		return argc == 2 ? 0 : 2;
	}
	engine = memory ? vcrypto_engine_init(memory, &limits, backend) : NULL;
	if (!machine_start(&machine) || !engine)
		fprintf(stderr, "riscv-emu: no memory, processor or backend\n");
	else if (!load(&machine, argv[1]))
		fprintf(stderr, "riscv-emu: %s: no program of at most %u bytes\n", argv[1],
			MACHINE_MEMORY_BYTES);
	else
		status = run(&machine, engine);
	machine_stop(&machine);
	if (engine)
		vcrypto_engine_fini(engine);
	free(memory);
	return status;
}
