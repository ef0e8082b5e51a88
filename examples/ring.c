// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A virtqueue between two threads, a driver and a device.  Both sleep when there is nothing
 * to do, and neither wakes the other while that one is looking anyway.
 *
 *	cc -pthread ring.c $(pkg-config --cflags --libs vcrypto-libcrypto)
 *
 * Of this a VMM needs device() alone: its driver is in a guest, and the two eventfds are
 * what KVM calls ioeventfd and irqfd.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include <vcrypto/vcrypto.h>

/* Any of <vcrypto/backends.h>; the program is linked with vcrypto-NAME. */
#ifndef BACKEND
#define BACKEND vcrypto_backend_libcrypto
#endif

#define SIZE 64			/* descriptors; a request has three */
#define SLOTS (SIZE / 3)
#define LEN 512
#define ROUNDS 1000		/* of each slot; an even number */
#define GUEST 0x40000000u	/* where the guest sees its memory */

/* All that both see: the three parts of a ring of 16-bit words, and a slot for each request. */
static struct shared {
	_Alignas(16) struct vcrypto_desc desc[SIZE];
	struct { struct vcrypto_le16 flags, idx, ring[SIZE], event; } avail;
	_Alignas(4) struct {
		struct vcrypto_le16 flags, idx;
		struct vcrypto_used_elem ring[SIZE];
		struct vcrypto_le16 event;
	} used;
	struct {
		unsigned char control[VCRYPTO_MAX_CONTROL], source[LEN];
		struct { struct vcrypto_response_header header; unsigned char text[LEN]; } answer;
	} slots[SLOTS];
} shared;

static int kick, irq;		/* eventfds: there is a request; there is an answer */
static unsigned int kicks, interrupts;
static bool stop;		/* set before the last kick */

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "ring: failed: %s\n", what);
	exit(1);
}

static void wake(int fd, unsigned int *count)
{
	++*count;
	must(eventfd_write(fd, 1) == 0, "eventfd_write");
}

static void sleep_on(int fd)
{
	eventfd_t ignored;

	must(eventfd_read(fd, &ignored) == 0, "eventfd_read");
}

static void *device(void *engine)
{
	static struct iovec segments[VCRYPTO_BATCH * SIZE];
	struct vcrypto_batch batch = { .segments = segments, .capacity = SIZE,
				       .chains = VCRYPTO_BATCH };
	const struct vcrypto_region region = { GUEST, sizeof(shared), &shared };
	const struct vcrypto_memory memory = { &region, 1 };
	const struct vcrypto_vring_setup setup = {
		.size = SIZE, .desc = GUEST, .avail = GUEST + offsetof(struct shared, avail),
		.used = GUEST + offsetof(struct shared, used),
	};
	struct vcrypto_vring ring;

	must(vcrypto_vring_init(&ring, &memory, &setup), "vcrypto_vring_init");
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		vcrypto_vring_disable_notify(&ring);
		do
			while (vcrypto_serve(engine, &ring, &batch))
				if (vcrypto_vring_should_interrupt(&ring))
					wake(irq, &interrupts);
		while (batch.state == VCRYPTO_VRING_EMPTY && vcrypto_vring_enable_notify(&ring));
		must(batch.state != VCRYPTO_VRING_BROKEN, "a driver that keeps the rules");
		sleep_on(kick);
	}
	return NULL;
}

/* --- the driver; what it expects of each slot, it keeps to itself --- */

static struct vcrypto_message messages[SLOTS];
static unsigned int rounds[SLOTS];

static void describe(size_t at, const void *host, size_t len, unsigned int flags, size_t next)
{
	shared.desc[at] = (struct vcrypto_desc){
		vcrypto_put64(GUEST + (uint64_t)((const char *)host - (const char *)&shared)),
		vcrypto_put32((uint32_t)len), vcrypto_put16((uint16_t)flags),
		vcrypto_put16((uint16_t)next),
	};
}

/* Gives slot @i, whose message has been @built, to the device, with @len bytes of source. */
static void post(size_t i, bool built, size_t len)
{
	const struct vcrypto_message *message = &messages[i];
	size_t at = 3 * i, back = sizeof(*message->header) + message->expect.dst_len;
	static uint16_t idx;

	must(built, "building a request");
	describe(at, message->control, message->len, VCRYPTO_DESC_NEXT, len ? at + 1 : at + 2);
	describe(at + 1, shared.slots[i].source, len, VCRYPTO_DESC_NEXT, at + 2);
	describe(at + 2, &shared.slots[i].answer, back, VCRYPTO_DESC_WRITE, 0);
	shared.avail.ring[idx++ % SIZE] = vcrypto_put16((uint16_t)at);
	vcrypto_store_release16(&shared.avail.idx.wire, vcrypto_put16(idx).wire);
	/* First the index, then the look whether the device sleeps (virtio 1.2, 2.7.13.4). */
	vcrypto_full_barrier();
	if (!(vcrypto_swap16(vcrypto_load_acquire16(&shared.used.flags.wire)) &
	      VCRYPTO_USED_NO_NOTIFY))
		wake(kick, &kicks);
}

static bool nothing_after(uint16_t idx)
{
	return vcrypto_swap16(vcrypto_load_acquire16(&shared.used.idx.wire)) == idx;
}

/* Sleeps until an answer is there; the slot that it is for. */
static size_t collect(void)
{
	uint16_t *flags = &shared.avail.flags.wire;
	struct vcrypto_response_header header;
	struct vcrypto_used_elem elem;
	static uint16_t idx;
	size_t i;

	while (nothing_after(idx)) {
		vcrypto_store_release16(flags, 0);
		vcrypto_full_barrier();		/* as in post() */
		if (nothing_after(idx))
			sleep_on(irq);
		vcrypto_store_release16(flags, vcrypto_put16(VCRYPTO_AVAIL_NO_INTERRUPT).wire);
	}
	elem = shared.used.ring[idx++ % SIZE];
	i = vcrypto_get32(elem.id) / 3;
	must(i < SLOTS, "a slot that the device was given");
	header = shared.slots[i].answer.header;		/* a copy, which nobody changes */
	must(vcrypto_check_response(&header, vcrypto_get32(elem.len), &messages[i].expect) ==
	     VCRYPTO_OK, "a request");
	return i;
}

/* The text that has come back is the next source: CTR with the same IV undoes itself. */
static void crypt_slot(size_t i)
{
	static const unsigned char iv[16];
	const struct vcrypto_crypt_args args = { .src_len = LEN, .dst_len = LEN,
						 .iv = iv, .iv_len = sizeof(iv) };

	if (rounds[i]++)
		memcpy(shared.slots[i].source, shared.slots[i].answer.text, LEN);
	post(i, vcrypto_build_crypt(&messages[i], &args), LEN);
}

/* Context 0 and session 0; then all slots at once, and each again as soon as it is back. */
static void driver(void)
{
	static const unsigned char key[16];
	const struct vcrypto_session_args session = {
		.cipher = VCRYPTO_CIPHER_AES_CTR, .cipher_key = key, .cipher_key_len = sizeof(key),
	};
	size_t i, in_flight = SLOTS;

	for (i = 0; i < SLOTS; i++)
		messages[i] = (struct vcrypto_message){
			.control = shared.slots[i].control, .size = VCRYPTO_MAX_CONTROL,
			.header = &shared.slots[i].answer.header,
		};
	post(0, vcrypto_build_context_open(&messages[0], 0), 0);
	collect();
	post(0, vcrypto_build_session_new(&messages[0], &session), 0);
	collect();
	for (i = 0; i < SLOTS; i++)
		crypt_slot(i);
	while (in_flight) {
		i = collect();
		if (rounds[i] < ROUNDS)
			crypt_slot(i);
		else
			in_flight--;
	}
}

int main(void)
{
	const struct vcrypto_limits limits = { 1, 1, VCRYPTO_MIN_PAYLOAD, 0 };
	void *memory = calloc(1, vcrypto_engine_size(&limits, &BACKEND));
	struct vcrypto_engine *engine = memory ? vcrypto_engine_init(memory, &limits, &BACKEND) :
					NULL;
	static const unsigned char zeros[LEN];
	pthread_t thread;
	size_t i;

	must(engine, "making an engine");
	kick = eventfd(0, 0);
	irq = eventfd(0, 0);
	must(kick >= 0 && irq >= 0, "eventfd");
	must(pthread_create(&thread, NULL, device, engine) == 0, "pthread_create");
	driver();
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	wake(kick, &kicks);
	pthread_join(thread, NULL);
	for (i = 0; i < SLOTS; i++)
		must(memcmp(shared.slots[i].answer.text, zeros, LEN) == 0, "the text again");
	printf("%d requests, %u kicks, %u interrupts\n", SLOTS * ROUNDS, kicks, interrupts);
	vcrypto_engine_fini(engine);
	free(memory);
	return 0;
}
