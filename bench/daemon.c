// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What vcryptod makes of AES-128-CBC requests: a front end in this process, memory that both
 * have, one ring, batches with one kick each.  Beside it the same bytes in a loop of EVP
 * calls, in turns, and what of the processor each took.
 *
 *	daemon VCRYPTOD [ROUNDS]
 */
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
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

/* Where things lie in the shared memory, which the guest has at the same addresses. */
#define AVAIL 0x4000u
#define USED 0x8000u
#define HEADS 0x10000u		/* 128 bytes each: head, IV, status */
#define SOURCES 0x100000u
#define RESULTS 0x200000u
#define MEMORY 0x300000u

static uint8_t *memory;
static int link_fd, kick, call;
static pid_t daemon_pid;
static clockid_t daemon_clock;
static uint16_t avail_idx;
static const uint8_t key[16] = "sixteen byte key", iv[16] = "and sixteen more";

static void tell(uint32_t request, const void *payload, uint32_t size, int fd)
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
	if (sendmsg(link_fd, &message, 0) != (ssize_t)(sizeof(header) + size))
		err(1, "message %u", request);
}

static void tell_u64(uint32_t request, uint64_t value, int fd)
{
	tell(request, &value, sizeof(value), fd);
}

static void tell_vring(uint32_t request, uint32_t value)
{
	const struct message_vring vring = { 0, value };

	tell(request, &vring, sizeof(vring), -1);
}

/* As QEMU 8.1 and later ask for one. */
static uint64_t make_session(void)
{
	const uint32_t algo = 3, key_len = sizeof(key), op_code = VCRYPTO_VIRTIO_CREATE;
	uint8_t payload[sizeof(struct message_header) + 1072] = { 0 };
	uint8_t *ask = payload + sizeof(struct message_header);
	int64_t id;

	memcpy(ask, &op_code, 4);
	memcpy(ask + 8, &algo, 4);
	memcpy(ask + 12, &key_len, 4);
	ask[32] = VCRYPTO_VIRTIO_SYM_CIPHER;
	ask[33] = VCRYPTO_VIRTIO_DIR_ENCRYPT;
	memcpy(ask + 56, key, sizeof(key));
	tell(CREATE_CRYPTO_SESSION, ask, 1072, -1);
	if (recv(link_fd, payload, sizeof(payload), MSG_WAITALL) != (ssize_t)sizeof(payload))
		errx(1, "no session: the daemon has ended the connection");
	memcpy(&id, ask + 1064, sizeof(id));
	if (id < 0)
		errx(1, "no session: %d", (int)id);
	return (uint64_t)id;
}

static void start_daemon(const char *program)
{
	char option[32];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		err(1, "socketpair");
	snprintf(option, sizeof(option), "--fd=%d", ends[1]);
	daemon_pid = fork();
	if (!daemon_pid) {
		close(ends[0]);
		execl(program, program, option, "--sandbox=none", (char *)NULL);
		err(127, "%s", program);
	}
	close(ends[1]);
	link_fd = ends[0];
	if (daemon_pid < 0 || clock_getcpuclockid(daemon_pid, &daemon_clock))
		errx(1, "no process, or no clock of it");
}

static void connect_ring(void)
{
	const struct {
		uint32_t count, padding;
		struct message_region region;
	} table = { 1, 0, { 0, MEMORY, 0, 0 } };
	const struct message_address address = { .avail = AVAIL, .used = USED };
	int file = memfd_create("guest", MFD_CLOEXEC);

	kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (file < 0 || kick < 0 || call < 0 || ftruncate(file, MEMORY))
		err(1, "memory and events");
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap");
	tell_u64(SET_PROTOCOL_FEATURES, P_CRYPTO_SESSION, -1);
	tell_u64(SET_FEATURES, F_PROTOCOL_FEATURES, -1);
	tell(SET_MEM_TABLE, &table, sizeof(table), file);
	tell_vring(SET_VRING_NUM, RING_SIZE);
	tell_vring(SET_VRING_BASE, 0);
	tell(SET_VRING_ADDR, &address, sizeof(address), -1);
	tell_u64(SET_VRING_KICK, 0, kick);
	tell_u64(SET_VRING_CALL, 0, call);
}

static void put_desc(uint32_t at, uint32_t guest, uint32_t len, uint32_t flags)
{
	const struct vcrypto_desc desc = {
		vcrypto_put64(guest), vcrypto_put32(len), vcrypto_put16((uint16_t)flags),
		vcrypto_put16((uint16_t)(at + 1)),
	};

	memcpy(memory + 16 * (size_t)at, &desc, sizeof(desc));
}

/* All requests of a size: their bytes, descriptors, and places in the available ring. */
static void prepare(uint64_t session, uint32_t size)
{
	const struct vcrypto_virtio_data data = {
		.session = session,
		.numbers = { .op_type = VCRYPTO_VIRTIO_SYM_CIPHER, .iv_len = sizeof(iv),
			     .src_len = size, .dst_len = size },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	size_t len = vcrypto_virtio_put_data(0, &data, head);
	uint32_t i;

	for (i = 0; i < BATCH; i++) {
		uint32_t at = HEADS + 128 * i, desc = PIECES * i;

		memcpy(memory + at, head, len);
		memcpy(memory + at + 80, iv, sizeof(iv));
		put_desc(desc, at, (uint32_t)len, VCRYPTO_DESC_NEXT);
		put_desc(desc + 1, at + 80, sizeof(iv), VCRYPTO_DESC_NEXT);
		put_desc(desc + 2, SOURCES + LONGEST * i, size, VCRYPTO_DESC_NEXT);
		put_desc(desc + 3, RESULTS + LONGEST * i, size,
			 VCRYPTO_DESC_NEXT | VCRYPTO_DESC_WRITE);
		put_desc(desc + 4, at + 96, 1, VCRYPTO_DESC_WRITE);
	}
}

static void run_batch(uint32_t batch)
{
	const uint16_t *used = (const uint16_t *)(const void *)(memory + USED + 2);
	struct pollfd wait = { .fd = call, .events = POLLIN };
	uint64_t count = 1;
	uint32_t i;

	for (i = 0; i < batch; i++) {
		struct vcrypto_le16 desc = vcrypto_put16((uint16_t)(PIECES * i));

		memcpy(memory + AVAIL + 4 + 2 * ((avail_idx + i) % RING_SIZE), &desc, 2);
	}
	avail_idx = (uint16_t)(avail_idx + batch);
	vcrypto_store_release16((uint16_t *)(void *)(memory + AVAIL + 2),
				vcrypto_swap16(avail_idx));
	if (write(kick, &count, sizeof(count)) < 0)
		err(1, "kick");
	while (vcrypto_swap16(vcrypto_load_acquire16(used)) != avail_idx)
		if (poll(&wait, 1, 10000) != 1 || read(call, &count, sizeof(count)) < 0)
			errx(1, "nothing comes back");
}

static double clock_of(clockid_t id)
{
	struct timespec time;

	if (clock_gettime(id, &time))
		err(1, "clock");
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void bare(EVP_CIPHER_CTX *context, uint8_t *result, uint32_t size, uint32_t batch)
{
	uint32_t i;
	int len;

	for (i = 0; i < batch; i++)
		if (!EVP_EncryptInit_ex2(context, NULL, NULL, iv, NULL) ||
		    !EVP_EncryptUpdate(context, result, &len, memory + SOURCES + LONGEST * i,
				       (int)size))
			errx(1, "libcrypto");
}

/* What was encrypted is what libcrypto makes of it. */
static void compare(const uint8_t *expected, uint32_t size, uint32_t batch)
{
	uint32_t i = batch - 1;

	if (memory[HEADS + 128 * i + 96] != VCRYPTO_VIRTIO_OK ||
	    memcmp(memory + RESULTS + LONGEST * i, expected, size))
		errx(1, "a result is wrong: nothing of this counts");
}

static void measure(EVP_CIPHER_CTX *context, uint32_t size, uint32_t batch, size_t rounds)
{
	/* About as long for each, and long beside what a clock can tell. */
	uint32_t runs = (4000 + 4000000 / size) / batch + 1;
	double took[MAX_ROUNDS], ours[MAX_ROUNDS], theirs[MAX_ROUNDS], start, begun;
	static uint8_t result[LONGEST];
	size_t round;
	uint32_t i;

	for (round = 0; round < rounds; round++) {
		start = clock_of(CLOCK_MONOTONIC);
		begun = clock_of(daemon_clock);
		for (i = 0; i < runs; i++)
			run_batch(batch);
		took[round] = clock_of(CLOCK_MONOTONIC) - start;
		ours[round] = clock_of(daemon_clock) - begun;
		begun = clock_of(CLOCK_THREAD_CPUTIME_ID);
		for (i = 0; i < runs; i++)
			bare(context, result, size, batch);
		theirs[round] = clock_of(CLOCK_THREAD_CPUTIME_ID) - begun;
		compare(result, size, batch);
	}
	printf("| %u | %u | %.0f | %.1f | %.1f | %.3f |\n", size, batch,
	       (double)runs * batch / median(took, rounds),
	       (double)runs * batch * size / median(took, rounds) / 1e6,
	       (double)runs * batch * size / median(ours, rounds) / 1e6,
	       median_ratio(theirs, ours, rounds));
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 64, 1024, 4096, LONGEST }, batches[] = { 1, 8, BATCH };
	size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 9, i, j;
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint64_t session;

	if (argc < 2 || !rounds || rounds > MAX_ROUNDS)
		errx(2, "usage: daemon VCRYPTOD [ROUNDS]; up to %d rounds", MAX_ROUNDS);
	if (!context || !EVP_EncryptInit_ex2(context, EVP_aes_128_cbc(), key, iv, NULL))
		errx(1, "libcrypto");
	start_daemon(argv[1]);
	connect_ring();
	session = make_session();
	printf("| bytes | batch | requests/s | MB/s | MB per CPU second | of the bare loop's |\n"
	       "| ---: | ---: | ---: | ---: | ---: | ---: |\n");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		prepare(session, sizes[i]);
		for (j = 0; j < sizeof(batches) / sizeof(batches[0]); j++)
			measure(context, sizes[i], batches[j], rounds);
	}
	EVP_CIPHER_CTX_free(context);
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	return 0;
}
