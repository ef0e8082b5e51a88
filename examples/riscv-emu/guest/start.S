/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The first instructions: a stack, then C.  board_main() does not return. */
	.section .text.start, "ax"
	.globl _start
_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	sp, stack_top
	j	board_main
