// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What vcryptod makes of AES-128-CBC requests: a front end in this process, memory that both
 * have, one ring, batches with one kick each.  Beside it the same bytes in a loop of EVP
 * calls, in turns, and what of the processor each took.
 *
 *	daemon [--beside=SOCKET,PID | --queues=2 | --two] VCRYPTOD [ROUNDS]
 *
 * --queues=2: two rings of one guest, each with a batch under way.
 *
 * --two: two guests at once, at a daemon with one loop and, in turns, at one with two.
 *
 * --beside: a device of somebody else's, to be measured in the same turns: process PID, which
 * listens at SOCKET and knows the session messages of QEMU 7.0.  See dpdk.sh.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <vcrypto/vring.h>

#include "../vhost-user-adapter/message.h"
#include "median.h"

#define RING_SIZE 256u
#define BATCH 32u
#define LONGEST 16384u
#define PIECES 5u		/* head, IV, source; result, status */
#define OTHERS_LONGEST 1024u	/* what DPDK 22.11 answers; longer ones it does not */
#define OLD_SESSION 632		/* bytes of a message of QEMU 7.0 */
#define NEW_SESSION 1072	/* and of 8.1 and later */

/* Where things lie in the shared memory, which the guest has at the same addresses. */
#define AVAIL 0x4000u
#define USED 0x8000u
#define HEADS 0x10000u		/* 128 bytes each: head, IV, status */
#define TABLES 0x20000u		/* of PIECES descriptors each */
#define SOURCES 0x100000u
#define RESULTS 0x200000u
#define MEMORY 0x300000u	/* all of that, once for each ring */
#define MAX_RINGS 2u

struct ring {
	uint8_t *memory;	/* its part of it */
	uint32_t guest;		/* the same, a guest's address */
	int kick, call;
	uint16_t avail_idx;
};

/* A daemon, and our end of it. */
struct front {
	uint8_t *memory;
	struct ring rings[MAX_RINGS];
	uint32_t queues;	/* rings that are used */
	int link;
	clockid_t clock;
	bool old;		/* the layout of its session messages */
};

static const uint8_t key[16] = "sixteen byte key", iv[16] = "and sixteen more";

static void tell(const struct front *front, uint32_t request, const void *payload, uint32_t size,
		 int fd)
{
	struct message_header header = { request, MESSAGE_VERSION, size };
	struct iovec pieces[2] = { { &header, sizeof(header) },
				   { (void *)(uintptr_t)payload, size } };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	if (sendmsg(front->link, &message, 0) != (ssize_t)(sizeof(header) + size))
		err(1, "message %u", request);
}

static void tell_u64(const struct front *front, uint32_t request, uint64_t value, int fd)
{
	tell(front, request, &value, sizeof(value), fd);
}

static void tell_vring(const struct front *front, uint32_t request, uint32_t index, uint32_t value)
{
	const struct message_vring vring = { index, value };

	tell(front, request, &vring, sizeof(vring), -1);
}

/* The answer has the form of the message. */
static uint64_t make_session(const struct front *front)
{
	const uint32_t algo = 3, key_len = sizeof(key), op_code = VCRYPTO_VIRTIO_CREATE;
	uint32_t size = front->old ? OLD_SESSION : NEW_SESSION, block = front->old ? 12 : 8;
	uint8_t payload[sizeof(struct message_header) + NEW_SESSION] = { 0 };
	uint8_t *ask = payload + sizeof(struct message_header);
	ssize_t len = (ssize_t)(sizeof(struct message_header) + size);
	int64_t id;

	memcpy(ask + (front->old ? 8 : 0), &op_code, 4);
	memcpy(ask + block, &algo, 4);
	memcpy(ask + block + 4, &key_len, 4);
	ask[block + 24] = VCRYPTO_VIRTIO_SYM_CIPHER;
	ask[block + 25] = VCRYPTO_VIRTIO_DIR_ENCRYPT;
	memcpy(ask + 56, key, sizeof(key));
	tell(front, CREATE_CRYPTO_SESSION, ask, size, -1);
	if (recv(front->link, payload, (size_t)len, MSG_WAITALL) != len)
		errx(1, "no session: the daemon has ended the connection");
	memcpy(&id, ask + (front->old ? 0 : 1064), sizeof(id));
	if (id < 0)
		errx(1, "no session: %d", (int)id);
	return (uint64_t)id;
}

/* The program with a socket that is open; the clock of all its threads. */
static pid_t run_daemon(const char *program, int fd, const char *threads, clockid_t *clock)
{
	char option[32];
	pid_t pid;

	snprintf(option, sizeof(option), "--fd=%d", fd);
	pid = fork();
	if (!pid) {
		execl(program, program, option, "--sandbox=none", threads, (char *)NULL);
		err(127, "%s", program);
	}
	close(fd);
	if (pid < 0 || clock_getcpuclockid(pid, clock))
		errx(1, "no process, or no clock of it");
	return pid;
}

static pid_t start_daemon(struct front *front, const char *program)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || fcntl(ends[0], F_SETFD, FD_CLOEXEC))
		err(1, "socketpair");
	front->link = ends[0];
	return run_daemon(program, ends[1], NULL, &front->clock);
}

/* @text: its socket, and the number of its process. */
static void find_daemon(struct front *front, const char *text)
{
	const char *comma = strrchr(text, ',');
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (!comma || (size_t)(comma - text) >= sizeof(at.sun_path))
		errx(2, "--beside takes SOCKET,PID, not '%s'", text);
	memcpy(at.sun_path, text, (size_t)(comma - text));
	front->old = true;
	front->link = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (front->link < 0 || connect(front->link, (const void *)&at, sizeof(at)))
		err(1, "%s", at.sun_path);
	if (clock_getcpuclockid(atoi(comma + 1), &front->clock))
		errx(1, "--beside: there is no process '%s'", comma + 1);
}

static void start_ring(struct front *front, uint32_t index)
{
	struct ring *ring = &front->rings[index];
	const struct message_address address = {
		.index = index, .desc = MEMORY * index, .avail = MEMORY * index + AVAIL,
		.used = MEMORY * index + USED,
	};

	ring->memory = front->memory + (size_t)MEMORY * index;
	ring->guest = MEMORY * index;
	ring->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ring->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ring->kick < 0 || ring->call < 0)
		err(1, "events");
	tell_vring(front, SET_VRING_NUM, index, RING_SIZE);
	tell_vring(front, SET_VRING_BASE, index, 0);
	tell(front, SET_VRING_ADDR, &address, sizeof(address), -1);
	tell_u64(front, SET_VRING_CALL, index, ring->call);
	tell_u64(front, SET_VRING_KICK, index, ring->kick);
	tell_vring(front, SET_VRING_ENABLE, index, 1);
}

static void connect_rings(struct front *front, uint32_t queues)
{
	const size_t len = (size_t)MEMORY * queues;
	const struct {
		uint32_t count, padding;
		struct message_region region;
	} table = { 1, 0, { 0, len, 0, 0 } };
	uint8_t reply[sizeof(struct message_header) + 8];
	int file = memfd_create("guest", MFD_CLOEXEC);
	uint32_t i;

	if (file < 0 || ftruncate(file, (off_t)len))
		err(1, "memory");
	front->memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (front->memory == MAP_FAILED)
		err(1, "mmap");
	front->queues = queues;
	tell(front, SET_OWNER, NULL, 0, -1);
	tell_u64(front, SET_PROTOCOL_FEATURES, P_CRYPTO_SESSION, -1);
	tell_u64(front, SET_FEATURES, F_PROTOCOL_FEATURES, -1);
	tell(front, SET_MEM_TABLE, &table, sizeof(table), file);
	for (i = 0; i < queues; i++)
		start_ring(front, i);
	/* When this is answered all of it has been done. */
	tell(front, GET_FEATURES, NULL, 0, -1);
	if (recv(front->link, reply, sizeof(reply), MSG_WAITALL) != sizeof(reply))
		errx(1, "the daemon has ended the connection");
}

static void put_desc(const struct ring *ring, uint32_t at, uint32_t to, uint32_t len,
		     uint32_t flags, uint32_t next)
{
	const struct vcrypto_desc desc = {
		vcrypto_put64(ring->guest + to), vcrypto_put32(len), vcrypto_put16((uint16_t)flags),
		vcrypto_put16((uint16_t)next),
	};

	memcpy(ring->memory + at, &desc, sizeof(desc));
}

/* All requests of a size: their bytes, and a table of descriptors for each. */
static void prepare_ring(const struct ring *ring, uint64_t session, uint32_t size)
{
	const struct vcrypto_virtio_data data = {
		.session = session,
		.numbers = { .op_type = VCRYPTO_VIRTIO_SYM_CIPHER, .iv_len = sizeof(iv),
			     .src_len = size, .dst_len = size },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	size_t len = vcrypto_virtio_put_data(0, &data, head);
	uint32_t i, j;

	for (i = 0; i < BATCH; i++) {
		uint32_t at = HEADS + 128 * i, table = TABLES + 16 * PIECES * i;
		const uint32_t pieces[PIECES][2] = {
			{ at, (uint32_t)len }, { at + 80, sizeof(iv) },
			{ SOURCES + LONGEST * i, size }, { RESULTS + LONGEST * i, size },
			{ at + 96, 1 },
		};

		memcpy(ring->memory + at, head, len);
		memcpy(ring->memory + at + 80, iv, sizeof(iv));
		for (j = 0; j < PIECES; j++)
			put_desc(ring, table + 16 * j, pieces[j][0], pieces[j][1],
				 (j < 3 ? 0 : VCRYPTO_DESC_WRITE) |
				 (j + 1 < PIECES ? VCRYPTO_DESC_NEXT : 0), j + 1);
		put_desc(ring, 16 * i, table, 16 * PIECES, VCRYPTO_DESC_INDIRECT, 0);
	}
}

static void prepare(const struct front *front, uint64_t session, uint32_t size)
{
	uint32_t i;

	for (i = 0; i < front->queues; i++)
		prepare_ring(&front->rings[i], session, size);
}

static void post_on(struct ring *ring, uint32_t batch)
{
	uint8_t *avail = ring->memory + AVAIL;
	const uint64_t one = 1;
	uint32_t i;

	for (i = 0; i < batch; i++) {
		struct vcrypto_le16 head = vcrypto_put16((uint16_t)i);

		memcpy(avail + 4 + 2 * ((ring->avail_idx + i) % RING_SIZE), &head, 2);
	}
	ring->avail_idx = (uint16_t)(ring->avail_idx + batch);
	vcrypto_store_release16((uint16_t *)(void *)(avail + 2), vcrypto_swap16(ring->avail_idx));
	if (write(ring->kick, &one, sizeof(one)) < 0)
		err(1, "kick");
}

static void await_on(struct ring *ring)
{
	const uint16_t *used = (const uint16_t *)(const void *)(ring->memory + USED + 2);
	struct pollfd wait = { .fd = ring->call, .events = POLLIN };
	uint64_t count;

	while (vcrypto_swap16(vcrypto_load_acquire16(used)) != ring->avail_idx)
		if (poll(&wait, 1, 10000) != 1 || read(ring->call, &count, sizeof(count)) < 0)
			errx(1, "nothing comes back");
}

/* One on each ring. */
static void post_batch(struct front *front, uint32_t batch)
{
	uint32_t i;

	for (i = 0; i < front->queues; i++)
		post_on(&front->rings[i], batch);
}

static void await_batch(struct front *front)
{
	uint32_t i;

	for (i = 0; i < front->queues; i++)
		await_on(&front->rings[i]);
}

static double clock_of(clockid_t id)
{
	struct timespec time;

	if (clock_gettime(id, &time))
		err(1, "clock");
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void bare(EVP_CIPHER_CTX *context, const uint8_t *sources, uint8_t *result, uint32_t size,
		 uint32_t batch)
{
	uint32_t i;
	int len;

	for (i = 0; i < batch; i++)
		if (!EVP_EncryptInit_ex2(context, NULL, NULL, iv, NULL) ||
		    !EVP_EncryptUpdate(context, result, &len, sources + LONGEST * i, (int)size))
			errx(1, "libcrypto");
}

/* What was encrypted is what libcrypto makes of it. */
static void compare(const struct front *front, const uint8_t *expected, uint32_t size,
		    uint32_t batch)
{
	uint32_t i = batch - 1, ring;

	for (ring = 0; ring < front->queues; ring++) {
		const uint8_t *memory = front->rings[ring].memory;

		if (memory[HEADS + 128 * i + 96] != VCRYPTO_VIRTIO_OK ||
		    memcmp(memory + RESULTS + LONGEST * i, expected, size))
			errx(1, "a result of %s is wrong: nothing of this counts",
			     front->old ? "the other's" : "ours");
	}
}

/* What a number of batches took. */
struct taken {
	double time;
	double processor;	/* of the daemon */
};

static struct taken run_batches(struct front *front, uint32_t batch, uint32_t runs)
{
	double start = clock_of(CLOCK_MONOTONIC), begun = clock_of(front->clock);
	uint32_t i;

	for (i = 0; i < runs; i++) {
		post_batch(front, batch);
		await_batch(front);
	}
	return (struct taken){ clock_of(CLOCK_MONOTONIC) - start, clock_of(front->clock) - begun };
}

static void measure(struct front *ours, struct front *other, EVP_CIPHER_CTX *context,
		    uint32_t size, uint32_t batch, size_t rounds)
{
	/* About as long for each, and long beside what a clock can tell. */
	uint32_t runs = (4000 + 4000000 / size) / batch + 1, all = batch * ours->queues;
	double took[MAX_ROUNDS], processor[MAX_ROUNDS], evp[MAX_ROUNDS], theirs[MAX_ROUNDS];
	double bytes = (double)runs * all * size, begun;
	static uint8_t result[LONGEST];
	struct taken taken;
	size_t round;
	uint32_t i, ring;

	for (round = 0; round < rounds; round++) {
		taken = run_batches(ours, batch, runs);
		took[round] = taken.time;
		processor[round] = taken.processor;
		begun = clock_of(CLOCK_THREAD_CPUTIME_ID);
		for (i = 0; i < runs; i++)
			for (ring = 0; ring < ours->queues; ring++)
				bare(context, ours->rings[ring].memory + SOURCES, result, size,
				     batch);
		evp[round] = clock_of(CLOCK_THREAD_CPUTIME_ID) - begun;
		compare(ours, result, size, batch);
		if (!other)
			continue;
		theirs[round] = run_batches(other, batch, runs).processor;
		compare(other, result, size, batch);
	}
	printf("| %u | %u | %.0f | %.1f | %.1f | %.3f |", size, batch,
	       (double)runs * all / median(took, rounds), bytes / median(took, rounds) / 1e6,
	       bytes / median(processor, rounds) / 1e6, median_ratio(evp, processor, rounds));
	if (other)
		printf(" %.1f | %.2f |", bytes / median(theirs, rounds) / 1e6,
		       median_ratio(theirs, processor, rounds));
	putchar('\n');
	fflush(stdout);
}

static void measure_all(struct front *ours, struct front *other, size_t rounds)
{
	static const uint32_t sizes[] = { 64, 1024, 4096, LONGEST }, batches[] = { 1, 8, BATCH };
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint64_t session = make_session(ours), others = other ? make_session(other) : 0;
	size_t i, j;

	if (!context || !EVP_EncryptInit_ex2(context, EVP_aes_128_cbc(), key, iv, NULL))
		errx(1, "libcrypto");
	printf("| bytes | batch | requests/s | MB/s | MB per CPU second | of the bare loop's |%s\n"
	       "| ---: | ---: | ---: | ---: | ---: | ---: |%s\n",
	       other ? " the other's | ours to that |" : "", other ? " ---: | ---: |" : "");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		prepare(ours, session, sizes[i]);
		if (other)
			prepare(other, others, sizes[i]);
		for (j = 0; j < sizeof(batches) / sizeof(batches[0]); j++)
			measure(ours, sizes[i] > OTHERS_LONGEST ? NULL : other, context, sizes[i],
				batches[j], rounds);
	}
	EVP_CIPHER_CTX_free(context);
}

/* Two guests at one daemon. */
struct pair {
	struct front fronts[2];
	pid_t pid;
};

static void start_pair(struct pair *pair, const char *program, const char *threads)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(at.sun_family);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), i;

	/* The kernel finds a name. */
	if (listener < 0 || bind(listener, (const void *)&at, len) || listen(listener, 2))
		err(1, "socket");
	len = sizeof(at);
	if (getsockname(listener, (void *)&at, &len))
		err(1, "getsockname");
	for (i = 0; i < 2; i++) {
		pair->fronts[i].link = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(pair->fronts[i].link, (const void *)&at, len))
			err(1, "connect");
	}
	pair->pid = run_daemon(program, listener, threads, &pair->fronts[0].clock);
	for (i = 0; i < 2; i++)
		connect_rings(&pair->fronts[i], 1);
}

static void prepare_pair(struct pair *pair, const uint64_t *sessions, uint32_t size)
{
	prepare(&pair->fronts[0], sessions[0], size);
	prepare(&pair->fronts[1], sessions[1], size);
}

static double run_pair(struct pair *pair, uint32_t batch, uint32_t runs)
{
	double start = clock_of(CLOCK_MONOTONIC);
	uint32_t i;

	for (i = 0; i < runs; i++) {
		post_batch(&pair->fronts[0], batch);
		post_batch(&pair->fronts[1], batch);
		await_batch(&pair->fronts[0]);
		await_batch(&pair->fronts[1]);
	}
	return clock_of(CLOCK_MONOTONIC) - start;
}

static void measure_pairs(struct pair *pairs, uint32_t size, size_t rounds)
{
	uint32_t runs = (4000 + 4000000 / size) / BATCH + 1;
	double requests = 2.0 * runs * BATCH, took[2][MAX_ROUNDS];
	size_t round;

	for (round = 0; round < rounds; round++) {
		took[0][round] = run_pair(&pairs[0], BATCH, runs);
		took[1][round] = run_pair(&pairs[1], BATCH, runs);
	}
	printf("| %u | %.0f | %.0f | %.2f |\n", size, requests / median(took[0], rounds),
	       requests / median(took[1], rounds), median_ratio(took[0], took[1], rounds));
	fflush(stdout);
}

static void measure_two(const char *program, size_t rounds)
{
	static const uint32_t sizes[] = { 64, 1024, 4096, LONGEST };
	static const char *const threads[] = { "--threads=1", "--threads=2" };
	static struct pair pairs[2];
	uint64_t sessions[2][2];
	size_t i, j;

	for (i = 0; i < 2; i++) {
		start_pair(&pairs[i], program, threads[i]);
		for (j = 0; j < 2; j++)
			sessions[i][j] = make_session(&pairs[i].fronts[j]);
	}
	printf("| bytes | requests/s, one loop | two loops | times |\n"
	       "| ---: | ---: | ---: | ---: |\n");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (j = 0; j < 2; j++)
			prepare_pair(&pairs[j], sessions[j], sizes[i]);
		measure_pairs(pairs, sizes[i], rounds);
	}
	for (i = 0; i < 2; i++) {
		kill(pairs[i].pid, SIGTERM);
		waitpid(pairs[i].pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static const char option[] = "--beside=";
	static struct front ours, other;
	const char *chosen = argc > 1 && argv[1][0] == '-' ? argv[1] : "", *beside = NULL;
	bool two = strcmp(chosen, "--two") == 0, queues = strcmp(chosen, "--queues=2") == 0;
	size_t rounds;
	pid_t pid;

	if (strncmp(chosen, option, sizeof(option) - 1) == 0)
		beside = chosen + sizeof(option) - 1;
	if (two || queues || beside) {
		argc--;
		argv++;
	}
	rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 9;
	if (argc < 2 || argv[1][0] == '-' || !rounds || rounds > MAX_ROUNDS)
		errx(2, "usage: daemon [--beside=SOCKET,PID | --queues=2 | --two] VCRYPTOD [ROUNDS]; "
			"up to %d rounds", MAX_ROUNDS);
	if (two) {
		measure_two(argv[1], rounds);
		return 0;
	}
	pid = start_daemon(&ours, argv[1]);
	connect_rings(&ours, queues ? MAX_RINGS : 1);
	if (beside) {
		find_daemon(&other, beside);
		connect_rings(&other, 1);
	}
	measure_all(&ours, beside ? &other : NULL, rounds);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	return 0;
}
