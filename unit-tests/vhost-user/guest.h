/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a guest of vcryptod does that behaves: AES-128-CBC, and a look at what comes back. */
#ifndef UNIT_VHOST_USER_GUEST_H
#define UNIT_VHOST_USER_GUEST_H

#include "front.h"

#define TEXT 256u

/* Where requests lie in the guest's memory. */
#define HEAD (RAM_GUEST + BUFFERS)
#define IV (HEAD + 0x100)
#define SOURCE (HEAD + 0x1000)
#define RESULT (HEAD + 0x3000)
#define STATUS (HEAD + 0x5000)
#define TABLE (HEAD + 0x6000)

extern const uint8_t guest_key[16];
extern const uint8_t guest_iv[16];

/* Whether this machine lets us have namespaces, and this build can do with system calls. */
bool guest_have_sandbox(void);

/* For cmocka: a daemon, in its sandbox if there is one; where others can look at it; none. */
int guest_start(void **state);
int guest_start_open(void **state);
int guest_stop(void **state);
/* After a test that starts and stops daemons itself: none, should it have failed. */
int guest_clear(void **state);

/* The numbers of a session and of its requests, of TEXT bytes. */
struct vcrypto_virtio_numbers guest_numbers(void);

/* The id at @guest, in the reply to a request that made a session. */
uint64_t guest_id_at(struct front *front, uint64_t guest);
/* A session of a whole device, over its control queue, which is ring 1. */
uint64_t guest_session(struct front *front);
/* That many: the last one. */
uint64_t guest_sessions(struct front *front, uint32_t count);
/* One of any kind, with @len bytes of keys. */
uint64_t guest_session_of(struct front *front, enum vcrypto_virtio_service service,
			  const struct vcrypto_virtio_numbers *numbers, const void *keys,
			  uint32_t len);

/*
 * A session by a message, as QEMU makes one in that layout: its number, or what is wrong with it,
 * negative.  The same in two halves, so that several can be under way.
 */
int64_t guest_message_session(struct front *front, enum session_layout layout);
void guest_ask_session(struct front *front, enum session_layout layout);
int64_t guest_asked_session(struct front *front, enum session_layout layout);

/* Put a request into the memory, and post it on ring 0, or @index; in a table at @table, unless 0. */
void guest_post(struct front *front, uint64_t session, uint64_t table);
void guest_post_on(struct front *front, uint32_t index, uint64_t session, uint64_t table);
/* And wait for it: its status. */
uint8_t guest_run(struct front *front, uint64_t session, uint64_t table);
/* What is in the memory now must be what AES-128-CBC makes of the source. */
void guest_expect_result(struct front *front);
/* All of that, in descriptors of the ring and in a table. */
void guest_encrypts(struct front *front, uint64_t session);

/*
 * Cut @file short, which the daemon has mapped for @front, and have ring 0 do something: that
 * connection ends, and another one goes on.
 */
void guest_cuts_short(struct front *front, int file);

#endif /* UNIT_VHOST_USER_GUEST_H */
