// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The five calls, one by one, with the Caesar device. */
#include <vcrypto/small-devices/caesar.h>
#include <vcrypto/small-devices/ids.h>

#include "board.h"
#include "virtio.h"

static struct virtqueue queue;
static struct {
	struct vcrypto_le32 operation;
	char text[8];
} requests[3];
static struct {
	struct vcrypto_le32 status;
	char text[8];
} replies[SIZE];		/* by chain */

void interrupted(void)
{
	virtio_acknowledge(&queue);
	print("    (interrupt)\n");
}

static void add(unsigned int i, const char *text, uint32_t len)
{
	/* The chain will begin where the last one ended. */
	void *reply = &replies[queue.free];
	const struct part parts[] = { { &requests[i], 4 + len, false }, { reply, 4 + len, true } };

	requests[i].operation = vcrypto_put32(VCRYPTO_CAESAR_ENCRYPT);
	memcpy(requests[i].text, text, len);
	print("add_buf: ");
	print(text);
	print(" is chain ");
	print_number(add_buf(&queue, parts, 2));
	print("\n");
}

static void tell(void)
{
	print("kick: ");
	print(kick(&queue) ? "the device is told\n" : "the device looks anyway\n");
}

static bool get(void)
{
	uint32_t len;
	uint16_t chain;

	print("get_buf: ");
	if (!get_buf(&queue, &chain, &len)) {
		print("nothing\n");
		return false;
	}
	print("chain ");
	print_number(chain);
	if (len < 4 || vcrypto_get32(replies[chain].status) != VCRYPTO_CAESAR_OK) {
		print(" was refused\n");
		return true;
	}
	print(" says ");
	for (char *at = replies[chain].text; at < replies[chain].text + len - 4; at++)
		print((char[]){ *at, 0 });
	print("\n");
	return true;
}

static void disable(void)
{
	disable_cb(&queue);
	print("disable_cb: no interrupts, please\n");
}

static bool enable(void)
{
	bool nothing = enable_cb(&queue);

	print("enable_cb: ");
	print(nothing ? "interrupts, please\n" : "there is something already\n");
	return nothing;
}

/* The device has its turn meanwhile. */
static void do_something_else(void)
{
	volatile int i;

	print("    (something else)\n");
	for (i = 0; i < 50000; i++)
		;
}

bool program(void)
{
	virtio_start(&queue, VCRYPTO_CAESAR_ID);
	print("\nOne request, and sleep until it is answered:\n");
	add(0, "Hello", 5);
	tell();
	while (!get())
		if (enable())
			sleep();
	print("\nThree requests, one kick, and no interrupt:\n");
	disable();
	add(0, "Two", 3);
	add(1, "words", 5);
	add(2, "no 1", 4);
	tell();
	do_something_else();
	/* Without this second look they would lie there, and the driver would sleep. */
	must(!enable(), "that enable_cb looks once more");
	while (get())
		;
	print("\nAnd one that is interrupted again:\n");
	add(0, "Bye", 3);
	tell();
	sleep();
	return get();
}
