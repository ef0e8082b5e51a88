// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "board.h"

#define UART (*(volatile uint8_t *)0x10000000)
#define POWER (*(volatile uint32_t *)0x00100000)
#define MSTATUS_MIE 8ul
#define EXTERNAL (1ul << 11)

void *memcpy(void *to, const void *from, size_t len)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	while (len--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int byte, size_t len)
{
	uint8_t *t = to;

	while (len--)
		*t++ = (uint8_t)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a, *y = b;

	for (; len; len--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void print(const char *text)
{
	while (*text)
		UART = (uint8_t)*text++;
}

void print_number(uint64_t number)
{
	const char digit[] = { (char)('0' + number % 10), 0 };

	if (number >= 10)
		print_number(number / 10);
	print(digit);
}

void print_hex(const void *bytes, size_t len)
{
	const uint8_t *byte = bytes;

	for (; len--; byte++) {
		UART = (uint8_t)"0123456789abcdef"[*byte >> 4];
		UART = (uint8_t)"0123456789abcdef"[*byte & 15];
	}
}

static _Noreturn void off(bool ok)
{
	POWER = ok ? 0x5555 : 0x3333;
	for (;;)
		__asm__ volatile("wfi");
}

void must(bool ok, const char *what)
{
	if (ok)
		return;
	print("failed: ");
	print(what);
	print("\n");
	off(false);
}

/* Where the processor goes when there is an interrupt, or the program has made a mistake. */
static __attribute__((interrupt("machine"), aligned(4))) void trap(void)
{
	uint64_t cause;

	__asm__ volatile("csrr %0, mcause" : "=r"(cause));
	must(cause >> 63, "an exception");
	interrupted();
}

void allow_interrupts(bool yes)
{
	if (yes)
		__asm__ volatile("csrs mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
	else
		__asm__ volatile("csrc mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
}

/* wfi ends when there is an interrupt, whether it is allowed or not: so none gets lost. */
void sleep(void)
{
	__asm__ volatile("wfi" : : : "memory");
	allow_interrupts(true);
	allow_interrupts(false);
}

_Noreturn void board_main(void);
_Noreturn void board_main(void)
{
	__asm__ volatile("csrw mtvec, %0" : : "r"(trap));
	__asm__ volatile("csrw mie, %0" : : "r"(EXTERNAL));
	off(program());
}
