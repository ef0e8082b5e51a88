// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile guest: takes the standard's crypto device away from the kernel, drives it from
 * here, and goes on until it is killed, or for some turns: floods the data queue with requests
 * of a session, and breaks it in every way it knows, in turn.
 *
 * usage: hostile [busy | TURNS]
 *
 * After each turn it prints how many rings it has broken and how many requests of its floods
 * have been answered well.  busy: uses the processor and leaves the device alone.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "vring.h"

#define BREAKS 24
#define FLOOD_MS 500
#define SCRIBBLE_MS 3
#define CHAIN 4 /* descriptors: header and IV, source, destination, status */

static const uint8_t key_header[] = {
	[0] = 0x02, [4] = 3, [16] = 3, [20] = 16, [24] = 1, [64] = 1, [88] = 0,
};
static struct vring_device device;
static unsigned long broken, served;

static long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A session for AES-128-CBC; false: the device did not answer. */
static bool make_session(uint8_t id[8])
{
	struct vring_queue *control = &device.queues[1];
	uint8_t *reply = control->data + 2048;
	long end = now_ms() + 20000;

	memcpy(control->data, key_header, 88);
	memset(reply, 0xff, 16);
	vring_describe(control, 0, vring_address(control->data), 88, VRING_DESC_F_NEXT, 1);
	vring_describe(control, 1, vring_address(reply), 16, VRING_DESC_F_WRITE, 0);
	control->avail->ring[0] = 0;
	vring_publish(&device, 1, 1);
	while (__atomic_load_n(&control->used->idx, __ATOMIC_ACQUIRE) != 1)
		if (now_ms() > end)
			return false;
	memcpy(id, reply, 8);
	return reply[8] == 0;
}

/* As many requests as the ring holds, which all read and write the same pages. */
static void lay_out(struct vring_queue *queue, const uint8_t session[8])
{
	uint8_t *head = queue->data;
	unsigned int i;

	memset(head, 0, VRING_PAGE);
	head[0] = 0x00, head[4] = 3;
	memcpy(head + 8, session, 8);
	head[24] = 16, head[29] = 16, head[33] = 16, head[64] = 1;
	for (i = 0; i < VRING_SIZE / CHAIN; i++) {
		uint16_t d = (uint16_t)(i * CHAIN);

		vring_describe(queue, d, vring_address(head), 88, VRING_DESC_F_NEXT, d + 1);
		vring_describe(queue, d + 1, vring_address(head + VRING_PAGE), VRING_PAGE,
			       VRING_DESC_F_NEXT, d + 2);
		vring_describe(queue, d + 2, vring_address(head + 2 * VRING_PAGE), VRING_PAGE,
			       VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, d + 3);
		vring_describe(queue, d + 3, vring_address(head + 3 * VRING_PAGE + i), 1,
			       VRING_DESC_F_WRITE, 0);
	}
	for (i = 0; i < VRING_SIZE; i++)
		queue->avail->ring[i] = (uint16_t)(i % (VRING_SIZE / CHAIN) * CHAIN);
}

/* The ring is never empty. */
static void flood(void)
{
	struct vring_queue *queue = &device.queues[0];
	uint8_t session[8], *status = queue->data + 3 * VRING_PAGE;
	uint16_t before = 0, used;
	long end;

	vring_start(&device);
	if (!make_session(session))
		return;
	lay_out(queue, session);
	memset(status, 0xff, VRING_SIZE / CHAIN);
	for (end = now_ms() + FLOOD_MS; now_ms() < end; before = used) {
		used = __atomic_load_n(&queue->used->idx, __ATOMIC_ACQUIRE);
		if (status[0] == 0)
			served += (uint16_t)(used - before);
		vring_publish(&device, 0, (uint16_t)(used + VRING_SIZE / CHAIN));
	}
}

static void scribble(void *bytes, size_t len)
{
	uint8_t *byte = bytes;

	while (len--)
		*byte++ = (uint8_t)(rand() >> 7);
}

/* Begins with what is right, so that each is wrong in one thing. */
static void spoil(struct vring_queue *queue, unsigned int how)
{
	static const uint8_t no_session[8] = { 0x55, 0x55 };
	struct vring_desc *desc = queue->desc;

	lay_out(queue, no_session);
	switch (how) {
	case 0: /* a chain without an end */
		vring_describe(queue, 1, desc[1].addr, 16, VRING_DESC_F_NEXT, 1);
		break;
	case 1: /* outside of the guest's memory */
		desc[1].addr = 1ull << 45;
		break;
	case 2: /* around the end of all addresses */
		desc[2].addr = UINT64_MAX - 100;
		break;
	case 3: /* an index that is none */
		queue->avail->ring[0] = VRING_SIZE;
		break;
	case 4: /* the next one is none */
		desc[0].next = UINT16_MAX;
		break;
	case 5: /* an indirect table of no whole entries, and one that was not negotiated */
		vring_describe(queue, 0, desc[1].addr, 17, VRING_DESC_F_INDIRECT, 0);
		break;
	case 6: /* what is read after what is written */
		desc[0].flags |= VRING_DESC_F_WRITE;
		break;
	case 7: /* no room for a status */
		vring_describe(queue, 0, desc[0].addr, 88, 0, 0);
		break;
	default: /* anything */
		scribble(desc, VRING_SIZE * sizeof(*desc));
		scribble(queue->avail->ring, sizeof(queue->avail->ring[0]) * VRING_SIZE);
	}
}

/* And goes on to write while the device reads. */
static void break_ring(unsigned int how)
{
	struct vring_queue *queue = &device.queues[0];
	long end = now_ms() + SCRIBBLE_MS;

	vring_start(&device);
	spoil(queue, how);
	/* More than there can be, now and then. */
	vring_publish(&device, 0, how == 9 ? VRING_SIZE + 1 : 1 + how);
	while (now_ms() < end)
		scribble(&queue->desc[rand() % VRING_SIZE], sizeof(struct vring_desc));
	broken++;
}

int main(int argc, char **argv)
{
	unsigned long turns = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, turn = 0;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && !strcmp(argv[1], "busy")) {
		puts("hostile: busy");
		for (;;)
			rand();
	}
	srand(1);
	vring_open(&device);
	do {
		for (i = 0; i < BREAKS; i++)
			break_ring(i % 11);
		flood();
		printf("hostile: %lu rings, %lu requests\n", broken, served);
	} while (++turn != turns);
	return served == 0;
}
