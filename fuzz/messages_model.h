/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a message does to a connection, a second time: from the text of vhost-user and from
 * what front ends do, by plain offsets.
 */
#ifndef FUZZ_MESSAGES_MODEL_H
#define FUZZ_MESSAGES_MODEL_H

#include "messages_world.h"

/* Data queues of the daemon's whole devices. */
#define DATA_QUEUES 3
/* What all regions of a guest may take together. */
#define MOST_MAPPED ((uint64_t)1 << 20)
#define GUESTS (1u << 26)
/* Regions and open files, the socket among them, at most; guests of our own device have few. */
#define SLOTS 30u
#define FEW_SLOTS 3u
#define FILES 36u
#define FEW_FILES 8u

struct sent {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	uint8_t payload[MESSAGE_MAX_PAYLOAD];
	int fds[MESSAGE_MAX_FDS + 2];
	uint32_t fd_count;
	bool split;		/* its files come before all of its header */
};

struct model_queue {
	uint64_t desc, avail, used, log;
	bool logs;
	uint32_t size;
	uint16_t base, returned;
	uint16_t at;		/* where the ring is, if it runs */
	bool has_returned, has_address, enabled, running;
	int kick, call, err;
};

struct model_region {
	uint64_t guest, size, user, offset;
};

struct model {
	bool own;		/* our own device, else the standard's */
	bool started;		/* some ring has run */
	bool blocks;		/* a file that it had to write to: the connection ends */
	enum mode mode;
	enum session_layout force;
	uint64_t features, protocol, negotiated;
	uint32_t resets, created;
	struct model_queue queues[QUEUES_MAX];
	struct model_region regions[SLOTS];
	uint32_t regions_count;
	struct model_region log;	/* @size 0: none */
	int log_call;
	struct model_region notes;	/* of requests in flight; @size 0: none */
	uint32_t notes_queues, notes_size;
	struct model_state {
		bool moves, loads, whole, good;
		uint32_t since;		/* in seconds */
		uint32_t round;		/* in which it began */
		size_t len;		/* that has been read and not understood, or not written */
	} state;
};

/* What is to be seen of one message. */
struct outcome {
	bool ends;		/* the connection */
	bool fault;		/* it is refused; who asked for it is told */
	bool replies;
	uint64_t gives_file;	/* of so many bytes; 0: none */
	bool takes_file;	/* the first is not closed */
	uint32_t len;		/* of the reply's payload */
	uint8_t reply[MESSAGE_MAX_PAYLOAD];
	bool creates;		/* the device is asked for a session, with */
	struct vcrypto_virtio_numbers numbers;
	const uint8_t *key, *auth_key;
	bool destroys;
	bool waits;		/* for the end of a state */
};

void model_init(struct model *model, bool own, enum session_layout force);
void model_message(struct model *model, const struct sent *sent, struct outcome *outcome);
/* What the input lets happen to a state on its way.  Whether that ends the connection. */
bool model_state_event(struct model *model);
void model_state_look(struct model *model);
/* Queues of the device as it is now, and the protocol features that are offered. */
uint32_t model_queues(const struct model *model);
uint64_t model_protocol(const struct model *model);

#endif /* FUZZ_MESSAGES_MODEL_H */
