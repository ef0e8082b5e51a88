// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest or a VMM does that it must not do. A guest: its ring is not served any more, the VMM is told by the
 * error eventfd, and nothing is written, until the device is set up again. A VMM: an error number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "vhost-demo-rig.h"

#define NOWHERE ((uint64_t)1 << 40) /* no guest memory there */

/* After something bad is in the ring: it is refused as described, and a new ring works. */
static void check_refused(struct rig *rig, uint32_t value)
{
	uint16_t before = sim_used_idx(&rig->ring);
	long served = rig_served();

	REQUIRE(!rig_tell_memory(rig));
	rig_kick(rig);
	CHECK(rig_failed(rig));
	CHECK_EQ(sim_used_idx(&rig->ring), before);
	/* Nor anything later, were it as good as can be. */
	rig_post(rig, OPCODE_WRITE, 0x6666, MESSAGE, MESSAGE, SIM_DIRECT);
	REQUIRE(!eventfd_write(rig->kick, 1));
	CHECK(!rig_failed(rig));
	CHECK_EQ(sim_used_idx(&rig->ring), before);
	CHECK_EQ(rig_served(), served);
	CHECK_EQ(rig_stop(rig), value);

	rig_new_ring(rig, &(struct rig_options){ 0 });
	rig_tell_ring(rig, &(struct rig_options){ 0 });
	CHECK_OK(rig_start(rig, 0x7777));
	CHECK_EQ(rig_read(rig), 0x7777);
}

static void a_request_without_room_for_a_reply_is_refused(void)
{
	static const size_t rooms[] = { 0, 1, MESSAGE - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		struct message message;
		struct rig rig;

		rig_open(&rig);
		CHECK_EQ(rig_read(&rig), FIRST_VALUE);
		message = rig_post(&rig, OPCODE_WRITE, 0x5555, MESSAGE, rooms[i],
				   i ? SIM_INDIRECT : SIM_DIRECT);
		check_refused(&rig, FIRST_VALUE);
		for (size_t j = 0; j < message.reply.len; j++)
			CHECK_EQ(message.reply.host[j], SIM_FILL);
		rig_free(&rig);
	}
}

/* The descriptor that every bad one below starts as: all of a request, and nothing after it. */
static struct vcrypto_desc *bad_descriptor(struct rig *rig, struct sim_buffer *buffer)
{
	struct vcrypto_desc *desc = sim_desc(&rig->ring, rig->ring.free_head);

	*buffer = sim_alloc(&rig->memory, 64);
	sim_publish(&rig->ring, rig->ring.free_head);
	return desc;
}

static void chain_without_end(struct rig *rig)
{
	struct sim_buffer buffer;
	uint16_t head = rig->ring.free_head;
	struct vcrypto_desc *desc = bad_descriptor(rig, &buffer);

	sim_set_desc(desc, buffer.guest, 1, VCRYPTO_DESC_NEXT, head);
}

static void next_outside_of_the_ring(struct rig *rig)
{
	struct sim_buffer buffer;
	struct vcrypto_desc *desc = bad_descriptor(rig, &buffer);

	sim_set_desc(desc, buffer.guest, 8, VCRYPTO_DESC_NEXT, rig->ring.setup.size);
}

static void head_outside_of_the_ring(struct rig *rig)
{
	sim_set_avail_entry(&rig->ring, rig->ring.next_avail, 0xffff);
	sim_set_avail_idx(&rig->ring, ++rig->ring.next_avail);
}

static void index_far_ahead(struct rig *rig)
{
	rig->ring.next_avail = (uint16_t)(rig->ring.next_avail + rig->ring.setup.size + 1);
	sim_set_avail_idx(&rig->ring, rig->ring.next_avail);
}

static void address_outside_of_memory(struct rig *rig)
{
	struct sim_buffer buffer;

	sim_set_desc(bad_descriptor(rig, &buffer), NOWHERE, 8, 0, 0);
}

static void length_beyond_memory(struct rig *rig)
{
	struct sim_buffer buffer;
	struct vcrypto_desc *desc = bad_descriptor(rig, &buffer);

	sim_set_desc(desc, buffer.guest, (uint32_t)buffer.len + 1, 0, 0);
}

static void address_that_wraps(struct rig *rig)
{
	struct sim_buffer buffer;

	sim_set_desc(bad_descriptor(rig, &buffer), UINT64_MAX - 3, 8, 0, 0);
}

static void readable_after_writable(struct rig *rig)
{
	struct sim_buffer buffer;
	uint16_t head = rig->ring.free_head;
	struct vcrypto_desc *desc = bad_descriptor(rig, &buffer);

	sim_set_desc(desc, buffer.guest, 8, VCRYPTO_DESC_NEXT | VCRYPTO_DESC_WRITE, head + 1u);
	sim_set_desc(sim_desc(&rig->ring, head + 1u), buffer.guest + 8, 8, 0, 0);
}

static void table_of_odd_length(struct rig *rig)
{
	struct sim_buffer buffer;
	struct vcrypto_desc *desc = bad_descriptor(rig, &buffer);

	memset(buffer.host, 0, buffer.len);
	sim_set_desc(desc, buffer.guest, 17, VCRYPTO_DESC_INDIRECT, 0);
}

static void table_within_a_table(struct rig *rig)
{
	struct sim_buffer buffer;
	struct vcrypto_desc *desc = bad_descriptor(rig, &buffer);
	struct vcrypto_desc inner;

	sim_set_desc(&inner, buffer.guest, 16, VCRYPTO_DESC_INDIRECT, 0);
	memcpy(buffer.host, &inner, sizeof(inner));
	sim_set_desc(desc, buffer.guest, 16, VCRYPTO_DESC_INDIRECT, 0);
}

static void table_without_end(struct rig *rig)
{
	struct sim_buffer buffer;
	struct vcrypto_desc *desc = bad_descriptor(rig, &buffer);
	struct vcrypto_desc inner;

	sim_set_desc(&inner, buffer.guest, 1, VCRYPTO_DESC_NEXT, 0);
	for (size_t i = 0; i < 4; i++)
		memcpy(buffer.host + i * sizeof(inner), &inner, sizeof(inner));
	sim_set_desc(desc, buffer.guest, 64, VCRYPTO_DESC_INDIRECT, 0);
}

static void table_outside_of_memory(struct rig *rig)
{
	struct sim_buffer buffer;

	sim_set_desc(bad_descriptor(rig, &buffer), NOWHERE, 16, VCRYPTO_DESC_INDIRECT, 0);
}

static void bad_chains_are_refused(void)
{
	static void (*const bad[])(struct rig *) = {
		chain_without_end, next_outside_of_the_ring, head_outside_of_the_ring, index_far_ahead,
		address_outside_of_memory, length_beyond_memory, address_that_wraps, readable_after_writable,
		table_of_odd_length, table_within_a_table, table_without_end, table_outside_of_memory,
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rig rig;

		rig_open(&rig);
		rig_write(&rig, 0x2333);
		bad[i](&rig);
		check_refused(&rig, 0x2333);
		rig_free(&rig);
	}
}

/* The good ones before it are answered, and the driver is told. */
static void requests_before_a_bad_one_are_answered(void)
{
	struct sim_used used;
	struct rig rig;

	rig_open(&rig);
	rig_post(&rig, OPCODE_WRITE, 0x2333, MESSAGE, MESSAGE, SIM_DIRECT);
	rig_post(&rig, OPCODE_WRITE, 0x3333, MESSAGE, MESSAGE - 1, SIM_DIRECT);
	rig_kick(&rig);
	CHECK(rig_failed(&rig));
	CHECK(rig_wait(&rig, &used));
	CHECK(!sim_collect(&rig.ring, &used));
	CHECK(!rig.ring.error);
	CHECK_EQ(rig_stop(&rig), 0x2333);
	rig_free(&rig);
}

/* A guest's page goes away below the device: with the available ring in it, or a request. */
static void lose_page(bool ring_too)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vhost_vring_addr address = { 0 };
	struct vcrypto_region *region;
	struct sim_part parts[2];
	struct rig rig;

	REQUIRE(page != MAP_FAILED);
	rig_open(&rig);
	rig_stop(&rig);
	address.desc_user_addr = (uintptr_t)rig.ring.desc.host;
	address.avail_user_addr = (uintptr_t)(ring_too ? (uint8_t *)page : rig.ring.avail.host);
	address.used_user_addr = (uintptr_t)rig.ring.used.host;
	REQUIRE(!ioctl(rig.fd, VHOST_SET_VRING_ADDR, &address));

	sim_map(&rig.memory, NOWHERE, 64);
	region = &rig.memory.regions[rig.memory.table.count - 1];
	free(region->host);
	region->host = page;
	parts[0] = (struct sim_part){ NOWHERE, MESSAGE, false };
	parts[1] = (struct sim_part){ NOWHERE + MESSAGE, MESSAGE, true };
	REQUIRE(!munmap(page, 4096));
	rig_add(&rig, parts, 2, SIM_DIRECT);
	rig_start(&rig, FIRST_VALUE);
	REQUIRE(!eventfd_write(rig.kick, 1));
	CHECK(rig_failed(&rig));
	CHECK_EQ(sim_used_idx(&rig.ring), 0);
	CHECK_EQ(rig_stop(&rig), FIRST_VALUE);
	region->host = NULL;
	rig_free(&rig);
}

static void memory_that_is_gone_is_no_disaster(void)
{
	lose_page(false);
	lose_page(true);
}

static void start_in_the_wrong_order_is_refused(void)
{
	struct vhost_vring_state other = { .index = 1, .num = 128 };
	struct vhost_vring_state base = { .num = 0 };
	uint64_t features = 1ull << 50;
	uint32_t value = FIRST_VALUE;
	struct rig rig, fresh;

	rig_set_up(&rig, &(struct rig_options){ 0 });
	fresh = rig;
	fresh.fd = open("/dev/vhost-demo", O_RDWR | O_CLOEXEC);
	REQUIRE(fresh.fd >= 0);
	CHECK_ERRNO(rig_start(&fresh, 0), EPERM);
	CHECK_ERRNO(ioctl(fresh.fd, VHOST_DEMO_STOP, &value), EPERM);
	CHECK_ERRNO(ioctl(fresh.fd, VHOST_RESET_OWNER), EPERM);
	CHECK_OK(ioctl(fresh.fd, VHOST_SET_OWNER));
	CHECK_ERRNO(ioctl(fresh.fd, VHOST_SET_OWNER), EBUSY);
	CHECK_ERRNO(rig_start(&fresh, 0), EFAULT);
	CHECK_OK(rig_tell_memory(&fresh));
	CHECK_ERRNO(rig_start(&fresh, 0), EFAULT);
	CHECK_OK(ioctl(fresh.fd, VHOST_DEMO_STOP, &value));
	CHECK_EQ(value, FIRST_VALUE);
	CHECK_ERRNO(ioctl(fresh.fd, VHOST_SET_FEATURES, &features), EOPNOTSUPP);
	CHECK_ERRNO(ioctl(fresh.fd, VHOST_SET_VRING_NUM, &other), ENOBUFS);
	CHECK_ERRNO(ioctl(fresh.fd, VHOST_DEMO_START, NULL), EFAULT);
	CHECK_ERRNO(ioctl(fresh.fd, VHOST_DEMO_STOP, NULL), EFAULT);
	CHECK_ERRNO(ioctl(fresh.fd, VHOST_GET_FEATURES, NULL), EFAULT);
	CHECK_ERRNO(ioctl(fresh.fd, _IOW(VHOST_VIRTIO, 0xee, int), &base), ENOTTY);
	close(fresh.fd);

	CHECK_OK(rig_start(&rig, FIRST_VALUE));
	CHECK_ERRNO(rig_start(&rig, FIRST_VALUE), EBUSY);
	CHECK_ERRNO(ioctl(rig.fd, VHOST_SET_VRING_BASE, &base), EBUSY);
	CHECK_EQ(rig_read(&rig), FIRST_VALUE);
	rig_free(&rig);
}

static void as_another_process(void *argument)
{
	struct rig *rig = argument;
	uint32_t value;

	CHECK_ERRNO(ioctl(rig->fd, VHOST_DEMO_STOP, &value), EPERM);
	CHECK_ERRNO(rig_start(rig, 0), EPERM);
	CHECK_ERRNO(ioctl(rig->fd, VHOST_RESET_OWNER), EPERM);
}

static void only_the_owner_starts_and_stops(void)
{
	struct rig rig;

	rig_open(&rig);
	rig_write(&rig, 0x2333);
	check_wait(check_fork(as_another_process, &rig));
	CHECK_EQ(rig_read(&rig), 0x2333);
	rig_free(&rig);
}

static const struct check_case cases[] = {
	{ "a request without room for a reply is refused", a_request_without_room_for_a_reply_is_refused },
	{ "bad chains are refused", bad_chains_are_refused },
	{ "requests before a bad one are answered", requests_before_a_bad_one_are_answered },
	{ "memory that is gone is no disaster", memory_that_is_gone_is_no_disaster },
	{ "a start in the wrong order is refused", start_in_the_wrong_order_is_refused },
	{ "only the owner starts and stops", only_the_owner_starts_and_stops },
};

CHECK_MAIN(cases)
