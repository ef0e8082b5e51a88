/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A request on its way through the simulated ring; place.c knows where its bytes lie. */
#ifndef RING_H
#define RING_H

#include "guest.h"
#include "kat.h"

#define RING_PAYLOAD (128u << 10)
#define RING_PAGE 4096u
/* Bytes of one half of any request, and then some. */
#define RING_ARENA (RING_PAYLOAD + VCRYPTO_MAX_AAD + RING_PAGE)
#define RING_PAGES (2 * RING_ARENA / RING_PAGE + 32)
#define RING_GUARD 32
#define RING_FIELDS 24

/* One half of a request: a stream of bytes, and where its fields begin. */
struct half {
	uint8_t *bytes;
	size_t len;
	size_t fields[RING_FIELDS];	/* offsets, ascending */
	size_t field_count;
	size_t payload;			/* offset of source or destination */
	size_t payload_len;
	struct sim_part pieces[VCRYPTO_VRING_MAX];
	size_t piece_count;
};

struct message {
	struct half in;
	struct half out;
	enum cut cut;
};

struct ring_memory {
	struct sim_buffer in;
	struct sim_buffer out;
	struct sim_buffer shared;	/* source and destination, where they touch */
	struct sim_buffer pages[RING_PAGES];	/* neighbours in the guest, apart in the host */
	size_t next_page;
};

void place_start(struct ring_memory *memory, struct sim_memory *guest);

/* Whether @message can be cut like that. */
bool place_can(const struct message *message);

/* Cuts both halves into pieces, fills what is writable, writes what is readable. */
void place(struct ring_memory *memory, struct message *message);

/* Reads the writable half back; false if the device changed what is not its own. */
bool place_back(struct ring_memory *memory, struct message *message);

/* How the chain is described. */
enum sim_layout place_layout(enum cut cut);

#endif /* RING_H */
