// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "vhost-demo-rig.h"

#define PATIENCE 20000 /* ms; the machine is emulated */
#define GRACE 100      /* ms, for what should not happen */

#define RING_SIZE 128
#define VERSION_1 ((uint64_t)1 << 32)

static uint64_t features_of(const struct rig_options *options)
{
	return VERSION_1 | VCRYPTO_VRING_F_INDIRECT | options->features |
	       (options->no_event_idx ? 0 : VCRYPTO_VRING_F_EVENT_IDX);
}

int rig_tell_memory(struct rig *rig)
{
	size_t count = rig->memory.table.count;
	struct vhost_memory *table = calloc(1, sizeof(*table) + count * sizeof(table->regions[0]));
	int ret, error;

	REQUIRE(table);
	table->nregions = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		table->regions[i] = (struct vhost_memory_region){
			.guest_phys_addr = rig->memory.table.regions[i].guest,
			.memory_size = rig->memory.table.regions[i].len,
			.userspace_addr = (uintptr_t)rig->memory.table.regions[i].host,
		};
	ret = ioctl(rig->fd, VHOST_SET_MEM_TABLE, table);
	error = errno;
	free(table);
	errno = error;
	return ret;
}

void rig_new_ring(struct rig *rig, const struct rig_options *options)
{
	if (rig->ring.flights)
		sim_ring_stop(&rig->ring);
	sim_ring_start(&rig->ring, &rig->memory, options->size ? options->size : RING_SIZE,
		       features_of(options), options->first);
}

void rig_tell_ring(struct rig *rig, const struct rig_options *options)
{
	uint64_t features = features_of(options);
	struct vhost_vring_state size = { .num = rig->ring.setup.size };
	struct vhost_vring_state base = { .num = rig->ring.next_used };
	struct vhost_vring_addr address = {
		.desc_user_addr = (uintptr_t)rig->ring.desc.host,
		.avail_user_addr = (uintptr_t)rig->ring.avail.host,
		.used_user_addr = (uintptr_t)rig->ring.used.host,
	};
	struct vhost_vring_file kick = { .fd = rig->kick };
	struct vhost_vring_file call = { .fd = rig->call };
	struct vhost_vring_file error = { .fd = rig->error };

	REQUIRE(!ioctl(rig->fd, VHOST_SET_FEATURES, &features));
	REQUIRE(!rig_tell_memory(rig));
	REQUIRE(!ioctl(rig->fd, VHOST_SET_VRING_NUM, &size));
	REQUIRE(!ioctl(rig->fd, VHOST_SET_VRING_BASE, &base));
	REQUIRE(!ioctl(rig->fd, VHOST_SET_VRING_ADDR, &address));
	REQUIRE(!ioctl(rig->fd, VHOST_SET_VRING_KICK, &kick));
	REQUIRE(!ioctl(rig->fd, VHOST_SET_VRING_CALL, &call));
	REQUIRE(!ioctl(rig->fd, VHOST_SET_VRING_ERR, &error));
}

void rig_set_up(struct rig *rig, const struct rig_options *options)
{
	memset(rig, 0, sizeof(*rig));
	rig->fd = open("/dev/vhost-demo", O_RDWR | O_CLOEXEC);
	REQUIRE(rig->fd >= 0);
	rig->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rig->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rig->error = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	REQUIRE(rig->kick >= 0 && rig->call >= 0 && rig->error >= 0);
	sim_memory_start(&rig->memory);
	rig_new_ring(rig, options);
	REQUIRE(!ioctl(rig->fd, VHOST_SET_OWNER));
	rig_tell_ring(rig, options);
}

void rig_open(struct rig *rig)
{
	rig_set_up(rig, &(struct rig_options){ 0 });
	REQUIRE(!rig_start(rig, FIRST_VALUE));
}

void rig_close(struct rig *rig)
{
	close(rig->fd);
	rig->fd = -1;
}

void rig_free(struct rig *rig)
{
	if (rig->fd >= 0)
		rig_close(rig);
	close(rig->kick);
	close(rig->call);
	close(rig->error);
	sim_ring_stop(&rig->ring);
	sim_memory_stop(&rig->memory);
}

int rig_start(struct rig *rig, uint32_t value)
{
	return ioctl(rig->fd, VHOST_DEMO_START, &value);
}

uint32_t rig_stop(struct rig *rig)
{
	uint32_t value;

	REQUIRE(!ioctl(rig->fd, VHOST_DEMO_STOP, &value));
	return value;
}

static void store32(uint8_t *at, uint32_t value)
{
	struct vcrypto_le32 wire = vcrypto_put32(value);

	memcpy(at, &wire, sizeof(wire));
}

uint32_t load32(const uint8_t *at)
{
	struct vcrypto_le32 wire;

	memcpy(&wire, at, sizeof(wire));
	return vcrypto_get32(wire);
}

void rig_add(struct rig *rig, const struct sim_part *parts, size_t count, enum sim_layout layout)
{
	int head = sim_chain(&rig->ring, parts, count, layout, NULL);

	REQUIRE(head >= 0);
	REQUIRE(!rig_tell_memory(rig));
	sim_publish(&rig->ring, (uint16_t)head);
}

struct message rig_post(struct rig *rig, uint32_t opcode, uint32_t operand, size_t request, size_t reply,
			enum sim_layout layout)
{
	struct message message = {
		.request = sim_alloc(&rig->memory, request),
		.reply = sim_alloc(&rig->memory, reply),
	};
	struct sim_part parts[] = { sim_readable(message.request), sim_writable(message.reply) };
	uint8_t bytes[MESSAGE];

	store32(bytes, opcode);
	store32(bytes + 4, operand);
	if (request)
		memcpy(message.request.host, bytes, request < MESSAGE ? request : MESSAGE);
	rig_add(rig, parts, ARRAY_SIZE(parts), layout);
	return message;
}

void rig_post_writes(struct rig *rig, struct sim_buffer arena, uint32_t value, uint32_t count)
{
	for (; count && rig->ring.free_count >= 2; count--, value++) {
		struct sim_buffer request = sim_take(&arena, MESSAGE);
		struct sim_buffer reply = sim_take(&arena, MESSAGE);
		struct sim_part parts[] = { sim_readable(request), sim_writable(reply) };
		int head = sim_chain(&rig->ring, parts, ARRAY_SIZE(parts), SIM_DIRECT, NULL);

		store32(request.host, OPCODE_WRITE);
		store32(request.host + 4, value);
		sim_publish(&rig->ring, (uint16_t)head);
	}
}

void rig_kick(struct rig *rig)
{
	if (sim_needs_kick(&rig->ring))
		REQUIRE(!eventfd_write(rig->kick, 1));
}

/* Whether an eventfd is signalled within some time; takes the signal. */
static bool signalled(int fd, int timeout)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	eventfd_t count;

	return poll(&wait, 1, timeout) == 1 && !eventfd_read(fd, &count);
}

bool rig_wait(struct rig *rig, struct sim_used *used)
{
	while (!sim_collect(&rig->ring, used)) {
		if (rig->ring.error)
			return false;
		/* As drivers do: ask for an interrupt, then look again before sleeping. */
		if (rig->ring.setup.features & VCRYPTO_VRING_F_EVENT_IDX)
			sim_set_used_event(&rig->ring, rig->ring.next_used);
		if (sim_collect(&rig->ring, used))
			return true;
		if (!signalled(rig->call, PATIENCE))
			return false;
	}
	return true;
}

bool rig_failed(struct rig *rig)
{
	return signalled(rig->error, GRACE);
}

struct answer rig_do(struct rig *rig, uint32_t opcode, uint32_t operand)
{
	struct message message = rig_post(rig, opcode, operand, MESSAGE, MESSAGE, SIM_DIRECT);
	struct answer answer = { 0, 0, UINT32_MAX };
	struct sim_used used;

	rig_kick(rig);
	if (rig_wait(rig, &used))
		answer = (struct answer){ load32(message.reply.host), load32(message.reply.host + 4),
					  used.len };
	sim_free(&rig->memory, &message.request);
	sim_free(&rig->memory, &message.reply);
	REQUIRE(!rig_tell_memory(rig));
	return answer;
}

uint32_t rig_read(struct rig *rig)
{
	struct answer answer = rig_do(rig, OPCODE_READ, 0);

	REQUIRE(answer.used == MESSAGE && answer.opcode == OPCODE_READ);
	return answer.operand;
}

void rig_write(struct rig *rig, uint32_t value)
{
	struct answer answer = rig_do(rig, OPCODE_WRITE, value);

	REQUIRE(answer.used == MESSAGE && answer.opcode == OPCODE_WRITE);
}

long rig_served(void)
{
	FILE *file = fopen("/sys/module/vhost_demo/parameters/served", "re");
	long served = -1;

	REQUIRE(file);
	REQUIRE(fscanf(file, "%ld", &served) == 1);
	fclose(file);
	return served;
}
