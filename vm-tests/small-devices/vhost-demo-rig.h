/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vhost-demo device without a virtual machine: this process is the guest (with the simulated driver side of a
 * ring, unit-tests/sim) and the VMM (it makes the ioctls).
 *
 * Every buffer is a memory region of exactly its size for the device, so that one byte too many is no address of
 * the guest. What cannot go wrong with a healthy kernel ends the program.
 */
#ifndef VHOST_DEMO_RIG_H
#define VHOST_DEMO_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include <vcrypto/small-devices/virtio-demo.h>

#include "sim.h"
#include "vhost-demo.h"

#define FIRST_VALUE VCRYPTO_VIRTIO_DEMO_INITIAL
#define MESSAGE sizeof(struct vcrypto_virtio_demo_message)
#define OPCODE_READ VCRYPTO_VIRTIO_DEMO_READ
#define OPCODE_WRITE VCRYPTO_VIRTIO_DEMO_WRITE
#define OPCODE_REFUSED VCRYPTO_VIRTIO_DEMO_REFUSED

struct rig {
	int fd;    /* of /dev/vhost-demo; -1 after rig_close() */
	int kick;  /* eventfds */
	int call;
	int error;
	struct sim_memory memory;
	struct sim_ring ring;
};

/* A request in the ring. */
struct message {
	struct sim_buffer request;
	struct sim_buffer reply;
};

/* Options of a ring; zeros are good ones. */
struct rig_options {
	uint16_t size;     /* 128 */
	uint16_t first;    /* where the ring's indexes start */
	bool no_event_idx; /* interrupts and kicks by flags instead */
	uint64_t features; /* further ones, for VHOST_SET_FEATURES */
};

/* Opens the device and sets it up. rig_open() starts it as well, with FIRST_VALUE. */
void rig_set_up(struct rig *rig, const struct rig_options *options);
void rig_open(struct rig *rig);
void rig_close(struct rig *rig); /* the device only */
void rig_free(struct rig *rig);  /* all of it */

/* The steps of which that consists. The first and the last return what ioctl() returns. */
int rig_start(struct rig *rig, uint32_t value);
uint32_t rig_stop(struct rig *rig); /* returns the register */
void rig_new_ring(struct rig *rig, const struct rig_options *options);
void rig_tell_ring(struct rig *rig, const struct rig_options *options);
int rig_tell_memory(struct rig *rig);

/* Adds a request of @request bytes (what is beyond a message is anything) with room for @reply bytes; kicks nobody. */
struct message rig_post(struct rig *rig, uint32_t opcode, uint32_t operand, size_t request, size_t reply,
			enum sim_layout layout);

/* Adds a chain, and sees that the device knows its memory. */
void rig_add(struct rig *rig, const struct sim_part *parts, size_t count, enum sim_layout layout);

/* Adds @count writes of @value and those that follow it; their messages lie in @arena. As many as fit, if that is
 * less. The device knows the arena. */
void rig_post_writes(struct rig *rig, struct sim_buffer arena, uint32_t value, uint32_t count);

void rig_kick(struct rig *rig);   /* if the device wants to be kicked */
bool rig_wait(struct rig *rig, struct sim_used *used); /* for the next answer, some seconds at most */
bool rig_failed(struct rig *rig); /* whether the device reports an error, soon; forgets it */

/* One request and its answer. */
struct answer {
	uint32_t opcode;
	uint32_t operand;
	uint32_t used; /* length; UINT32_MAX: no answer */
};

struct answer rig_do(struct rig *rig, uint32_t opcode, uint32_t operand);
uint32_t rig_read(struct rig *rig); /* the register; aborts without a proper answer */
void rig_write(struct rig *rig, uint32_t value);

uint32_t load32(const uint8_t *at);

/* What the module has counted. */
long rig_served(void);

#endif /* VHOST_DEMO_RIG_H */
