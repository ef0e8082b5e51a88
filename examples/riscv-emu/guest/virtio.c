// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "../virtio-mmio.h"	/* the numbers of registers and bits, which both sides have */
#include "board.h"
#include "virtio.h"

static uint32_t get(const struct virtqueue *queue, uint32_t reg)
{
	return queue->device[reg / 4];
}

static void set(struct virtqueue *queue, uint32_t reg, uint32_t value)
{
	queue->device[reg / 4] = value;
}

/* --- match driver and device, configure --- */

static void find(struct virtqueue *queue, uint32_t id)
{
	uintptr_t slot;

	for (slot = 0; slot < 8; slot++) {
		queue->device = (volatile uint32_t *)(0x10001000 + 0x1000 * slot);
		if (get(queue, VIRTIO_MMIO_MAGIC) != VIRTIO_MMIO_MAGIC_VALUE ||
		    get(queue, VIRTIO_MMIO_VERSION) != 2 ||
		    get(queue, VIRTIO_MMIO_DEVICE_ID) != id)
			continue;
		print("found: virtio device ");
		print_number(id);
		print(" in slot ");
		print_number(slot);
		print("\n");
		return;
	}
	must(false, "there is no such device");
}

static void add_status(struct virtqueue *queue, uint32_t bit)
{
	uint32_t status = get(queue, VIRTIO_MMIO_STATUS) | bit;

	set(queue, VIRTIO_MMIO_STATUS, status);
	must(get(queue, VIRTIO_MMIO_STATUS) == status, "the device agrees");
	print("status: ");
	print_number(status);
	print("\n");
}

/* Of all features one: that we speak of the same standard. */
static void negotiate(struct virtqueue *queue)
{
	set(queue, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	must(get(queue, VIRTIO_MMIO_DEVICE_FEATURES) & VIRTIO_F_VERSION_1 >> 32, "VERSION_1");
	set(queue, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	set(queue, VIRTIO_MMIO_DRIVER_FEATURES, VIRTIO_F_VERSION_1 >> 32);
	add_status(queue, VIRTIO_FEATURES_OK);
}

static void connect(struct virtqueue *queue, uint32_t reg, const void *part)
{
	set(queue, reg, (uint32_t)(uintptr_t)part);
	set(queue, reg + 4, (uint32_t)((uintptr_t)part >> 32));
}

void virtio_start(struct virtqueue *queue, uint32_t id)
{
	memset(queue, 0, sizeof(*queue));
	find(queue, id);
	set(queue, VIRTIO_MMIO_STATUS, 0);
	add_status(queue, VIRTIO_ACKNOWLEDGE);
	add_status(queue, VIRTIO_DRIVER);
	negotiate(queue);
	must(get(queue, VIRTIO_MMIO_QUEUE_NUM_MAX) >= SIZE, "a queue that is long enough");
	set(queue, VIRTIO_MMIO_QUEUE_NUM, SIZE);
	connect(queue, VIRTIO_MMIO_QUEUE_DESC, queue->desc);
	connect(queue, VIRTIO_MMIO_QUEUE_DRIVER, &queue->avail);
	connect(queue, VIRTIO_MMIO_QUEUE_DEVICE, &queue->used);
	set(queue, VIRTIO_MMIO_QUEUE_READY, 1);
	add_status(queue, VIRTIO_DRIVER_OK);
}

void virtio_acknowledge(struct virtqueue *queue)
{
	set(queue, VIRTIO_MMIO_INTERRUPT_ACK, get(queue, VIRTIO_MMIO_INTERRUPT_STATUS));
}

void virtio_config(struct virtqueue *queue, void *to, uint32_t len)
{
	uint32_t generation, i, word;

	do {
		generation = get(queue, VIRTIO_MMIO_CONFIG_GENERATION);
		for (i = 0; i < len; i += 4) {
			word = get(queue, VIRTIO_MMIO_CONFIG + i);
			memcpy((uint8_t *)to + i, &word, 4);
		}
	} while (get(queue, VIRTIO_MMIO_CONFIG_GENERATION) != generation);
}

/* --- chain and send, look and collect --- */

/* Descriptors are taken in a circle, which serves a few requests at a time. */
uint16_t add_buf(struct virtqueue *queue, const struct part *parts, unsigned int count)
{
	uint16_t head = queue->free, at = head;
	unsigned int i;

	for (i = 0; i < count; i++, at = (uint16_t)((at + 1) % SIZE)) {
		uint16_t flags = parts[i].write ? VCRYPTO_DESC_WRITE : 0;

		must(!queue->taken[at], "a free descriptor");
		queue->taken[at] = true;
		if (i + 1 < count)
			flags |= VCRYPTO_DESC_NEXT;
		queue->desc[at] = (struct vcrypto_desc){
			vcrypto_put64((uintptr_t)parts[i].at), vcrypto_put32(parts[i].len),
			vcrypto_put16(flags), vcrypto_put16((uint16_t)((at + 1) % SIZE)),
		};
		queue->room[head] += parts[i].write ? parts[i].len : 0;
	}
	queue->parts[head] = (uint8_t)count;
	queue->free = at;
	queue->avail.ring[queue->next_avail++ % SIZE] = vcrypto_put16(head);
	return head;
}

bool kick(struct virtqueue *queue)
{
	vcrypto_store_release16(&queue->avail.idx.wire, vcrypto_put16(queue->next_avail).wire);
	/* First the index, then the look whether the device wants to know (2.7.13.4). */
	vcrypto_full_barrier();
	if (vcrypto_load_acquire16(&queue->used.flags.wire) &
	    vcrypto_put16(VCRYPTO_USED_NO_NOTIFY).wire)
		return false;
	set(queue, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	return true;
}

static bool something(const struct virtqueue *queue)
{
	return vcrypto_load_acquire16(&queue->used.idx.wire) !=
	       vcrypto_put16(queue->next_used).wire;
}

bool get_buf(struct virtqueue *queue, uint16_t *chain, uint32_t *len)
{
	struct vcrypto_used_elem elem;
	uint32_t head;

	if (!something(queue))
		return false;
	elem = queue->used.ring[queue->next_used++ % SIZE];
	head = vcrypto_get32(elem.id);
	*len = vcrypto_get32(elem.len);
	must(head < SIZE && queue->parts[head], "a chain that the device was given");
	must(*len <= queue->room[head], "no more than there was room for");
	for (; queue->parts[head]; queue->parts[head]--)
		queue->taken[(head + queue->parts[head] - 1u) % SIZE] = false;
	queue->room[head] = 0;
	*chain = (uint16_t)head;
	return true;
}

void disable_cb(struct virtqueue *queue)
{
	vcrypto_store_release16(&queue->avail.flags.wire,
				vcrypto_put16(VCRYPTO_AVAIL_NO_INTERRUPT).wire);
}

bool enable_cb(struct virtqueue *queue)
{
	vcrypto_store_release16(&queue->avail.flags.wire, 0);
	/* First the wish, then the look: else both could sleep for ever (2.7.7.2). */
	vcrypto_full_barrier();
	return !something(queue);
}
