// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The machine.  Its processor is libunicorn's; all else is here and in virtio-mmio.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"

#define SLICE 10000u		/* instructions before the devices have a turn */
#define TURN 100u		/* what a turn costs beside them, in instructions */
#define MOST 5000000u		/* of all that: then a program has run too long */

#define WFI 0x10500073u				/* the instruction: wait for an interrupt */
#define EXTERNAL 11u				/* number of the interrupt */
#define MSTATUS_MIE ((uint64_t)1 << 3)		/* interrupts are allowed */
#define MSTATUS_MPIE ((uint64_t)1 << 7)		/* they were, before the trap */
#define MSTATUS_MPP ((uint64_t)3 << 11)		/* the mode before: machine mode */

/* --- the bus: what an access to something else than memory does --- */

/* The device at @offset from MACHINE_UART, and where in it that is; or NULL. */
static struct virtio_mmio *device_at(struct machine *machine, uint64_t *offset)
{
	uint64_t slot = *offset / MACHINE_STRIDE;

	*offset %= MACHINE_STRIDE;
	return slot >= 1 && slot <= MACHINE_SLOTS ? machine->slots[slot - 1] : NULL;
}

static uint64_t bus_read(uc_engine *processor, uint64_t offset, unsigned int size, void *machine)
{
	struct virtio_mmio *device = device_at(machine, &offset);

	(void)processor;
	return device ? virtio_mmio_read(device, offset, size) : 0;
}

static void bus_write(uc_engine *processor, uint64_t offset, unsigned int size, uint64_t value,
		      void *machine)
{
	int byte = (int)(value & 0xff);
	bool uart = !offset;
	struct virtio_mmio *device = device_at(machine, &offset);

	(void)processor;
	/* A program has no business with the terminal but text. */
	if (uart)
		putchar(byte == '\n' || (byte >= ' ' && byte <= '~') ? byte : '?');
	else if (device)
		virtio_mmio_write(device, offset, size, (uint32_t)value);
}

static void power_write(uc_engine *processor, uint64_t offset, unsigned int size, uint64_t value,
			void *machine)
{
	(void)processor;
	if (!offset && size == 4)
		((struct machine *)machine)->power = (uint32_t)value;
}

bool machine_start(struct machine *machine)
{
	void *memory = aligned_alloc(4096, MACHINE_MEMORY_BYTES);

	memset(machine, 0, sizeof(*machine));
	machine->region = (struct vcrypto_region){ MACHINE_MEMORY, MACHINE_MEMORY_BYTES, memory };
	machine->memory = (struct vcrypto_memory){ &machine->region, 1 };
	if (!memory || uc_open(UC_ARCH_RISCV, UC_MODE_RISCV64, &machine->processor))
		return false;
	memset(memory, 0, MACHINE_MEMORY_BYTES);
	return !uc_mem_map_ptr(machine->processor, MACHINE_MEMORY, MACHINE_MEMORY_BYTES,
			       UC_PROT_ALL, memory) &&
	       !uc_mmio_map(machine->processor, MACHINE_POWER, 0x1000, NULL, NULL, power_write,
			    machine) &&
	       !uc_mmio_map(machine->processor, MACHINE_UART,
			    (1 + MACHINE_SLOTS) * MACHINE_STRIDE, bus_read, machine,
			    bus_write, machine);
}

void machine_stop(struct machine *machine)
{
	if (machine->processor)
		uc_close(machine->processor);
	free(machine->region.host);
}

/* --- interrupts --- */

static uint64_t get(struct machine *machine, int name)
{
	uint64_t value = 0;

	uc_reg_read(machine->processor, name, &value);
	return value;
}

static void set(struct machine *machine, int name, uint64_t value)
{
	uc_reg_write(machine->processor, name, &value);
}

static bool line(const struct machine *machine)
{
	size_t i;

	for (i = 0; i < MACHINE_SLOTS; i++)
		if (machine->slots[i] && virtio_mmio_line(machine->slots[i]))
			return true;
	return false;
}

/* What the processor does when the line is up (RISC-V, volume II, 3.1.6.1): the next pc. */
static uint64_t interrupt(struct machine *machine, uint64_t pc)
{
	uint64_t mstatus = get(machine, UC_RISCV_REG_MSTATUS);

	if (!line(machine) || !(mstatus & MSTATUS_MIE) ||
	    !(get(machine, UC_RISCV_REG_MIE) & 1u << EXTERNAL))
		return pc;
	set(machine, UC_RISCV_REG_MEPC, pc);
	set(machine, UC_RISCV_REG_MCAUSE, (uint64_t)1 << 63 | EXTERNAL);
	set(machine, UC_RISCV_REG_MSTATUS,
	    (mstatus & ~MSTATUS_MIE) | MSTATUS_MPIE | MSTATUS_MPP);
	return get(machine, UC_RISCV_REG_MTVEC) & ~(uint64_t)3;
}

/* --- the processor and the devices, in turns --- */

static bool asleep(struct machine *machine, uint64_t pc)
{
	const void *last = vcrypto_memory_at(&machine->memory, pc - 4, 4);
	uint32_t instruction = 0;

	if (last)
		memcpy(&instruction, last, sizeof(instruction));
	return instruction == WFI;
}

static bool kicked(const struct machine *machine)
{
	size_t i;

	for (i = 0; i < MACHINE_SLOTS; i++)
		if (machine->slots[i] && virtio_mmio_kicked(machine->slots[i]))
			return true;
	return false;
}

static void serve(struct machine *machine)
{
	size_t i;

	for (i = 0; i < MACHINE_SLOTS; i++)
		if (machine->slots[i])
			virtio_mmio_serve(machine->slots[i]);
}

/*
 * A device is as slow as it can be: it looks at what it was notified of when the processor
 * sleeps, or has done a whole slice of other work since.  But an interrupt is never late:
 * while there is one that is not allowed, the processor does one instruction at a time.
 */
int machine_run(struct machine *machine)
{
	uint64_t pc = MACHINE_MEMORY;
	uc_err error = UC_ERR_OK;
	uint32_t done, count, waited = 0;

	for (done = 0; done < MOST && !error && !machine->power; done += TURN + count) {
		count = line(machine) ? 1 : SLICE;
		waited = kicked(machine) ? waited + count : 0;
		error = uc_emu_start(machine->processor, pc, 0, 0, count);
		pc = get(machine, UC_RISCV_REG_PC);
		if (waited >= SLICE || asleep(machine, pc))
			serve(machine);
		pc = interrupt(machine, pc);
	}
	fflush(stdout);
	if (error)
		fprintf(stderr, "riscv-emu: the program ended at %#" PRIx64 ": %s\n", pc,
			uc_strerror(error));
	else if (!machine->power)
		fprintf(stderr, "riscv-emu: the program runs too long; it is at %#" PRIx64 "\n", pc);
	return !error && machine->power == MACHINE_PASS ? 0 : 1;
}
