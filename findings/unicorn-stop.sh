#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
Unicorn 2.0.1, RISC-V: uc_emu_stop() within the callback of a store to a device ends the run before that store.
The program counter is the beginning of the block then, not the store and not what follows it. Who starts again from
there does the instructions before the store once more, and the device sees the store twice.
END

fetch bookworm libunicorn2=2.0.1.post1-1+b1 libunicorn-dev=2.0.1.post1-1+b1

compile stop -lunicorn <<'END'
#include <stdio.h>
#include <unicorn/unicorn.h>

#define RAM 0x80000000u
#define DEVICE 0x10000000u

/* t1 = t1 + 1; a store to the device; t2 = 1 */
static const unsigned int program[] = { 0x00130313, 0x0002a023, 0x00100393, 0x00000013 };
static int stores, stops;

static uint64_t on_load(uc_engine *machine, uint64_t at, unsigned int size, void *data)
{
	(void)machine, (void)at, (void)size, (void)data;
	return 0;
}

static void on_store(uc_engine *machine, uint64_t at, unsigned int size, uint64_t value, void *data)
{
	(void)at, (void)size, (void)value, (void)data;
	if (++stores <= stops)
		uc_emu_stop(machine);
}

/* From the beginning to the end, in as many runs as it takes. */
static int run(int how_often)
{
	uint64_t pc = RAM, device = DEVICE, sum = 0;
	uc_engine *machine;
	int runs = 0;

	stores = 0;
	stops = how_often;
	if (uc_open(UC_ARCH_RISCV, UC_MODE_RISCV64, &machine) ||
	    uc_mem_map(machine, RAM, 0x1000, UC_PROT_ALL) ||
	    uc_mem_write(machine, RAM, program, sizeof(program)) ||
	    uc_mmio_map(machine, DEVICE, 0x1000, on_load, NULL, on_store, NULL) ||
	    uc_reg_write(machine, UC_RISCV_REG_T0, &device))
		return 1;
	while (pc != RAM + sizeof(program) && runs++ < 9) {
		if (uc_emu_start(machine, pc, RAM + sizeof(program), 0, 0) ||
		    uc_reg_read(machine, UC_RISCV_REG_PC, &pc))
			return 1;
		printf("stopped %d times: run %d ended at %+d\n", how_often, runs, (int)(pc - RAM));
	}
	uc_reg_read(machine, UC_RISCV_REG_T1, &sum);
	printf("stopped %d times: the device saw %d stores, the addition was done %d times\n", how_often,
	       stores, (int)sum);
	uc_close(machine);
	return 0;
}

int main(void)
{
	return run(0) || run(1);
}
END

expected "stopped 1 times: the device saw 1 stores, the addition was done 1 times"
seen=$(run stop) || die "the program failed"
happened "stopped 0 times: run 1 ended at +16
stopped 0 times: the device saw 1 stores, the addition was done 1 times
stopped 1 times: run 1 ended at +0
stopped 1 times: run 2 ended at +16
stopped 1 times: the device saw 2 stores, the addition was done 2 times" "$seen"
