// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A buffer is encrypted through a guest's /dev/crypto by io_uring: in many commands, all of them in
 * one system call; and once more by one ioctl, to compare.
 *
 *	cc -o uring -I guest-adapter/include guest-adapter/examples/uring.c
 *
 * The ring is made by hand, with the system calls, to show that nothing else is needed.  With
 * liburing it is io_uring_queue_init(), io_uring_get_sqe() and io_uring_submit_and_wait().
 * Exit status: 0 if both agree, 1 if not, 77 without a device or io_uring.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <crypto/cryptodev_uring.h>

#define PARTS 32
#define PART 1024

struct ring {
	int fd;
	struct io_uring_params params;
	uint8_t *queues;		/* that of submissions, and that of completions */
	struct io_uring_sqe *sqes;
};

/* What is not there is no failure of ours. */
static void need(int holds, const char *what)
{
	if (holds)
		return;
	printf("SKIP: %s: %s\n", what, strerror(errno));
	exit(77);
}

static void must(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static void *map(const struct ring *ring, size_t size, off_t offset)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, offset);

	must(memory != MAP_FAILED, "mmap");
	return memory;
}

static void open_ring(struct ring *ring)
{
	struct io_uring_params *params = &ring->params;
	size_t size;

	ring->fd = (int)syscall(__NR_io_uring_setup, PARTS, params);
	need(ring->fd >= 0, "io_uring");
	/* Both queues are in one piece of memory; entries of completions are the longer ones. */
	size = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);
	if (size < params->sq_off.array + params->sq_entries * sizeof(uint32_t))
		size = params->sq_off.array + params->sq_entries * sizeof(uint32_t);
	ring->queues = map(ring, size, IORING_OFF_SQ_RING);
	ring->sqes = map(ring, params->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

static uint32_t *word(const struct ring *ring, uint32_t offset)
{
	return (uint32_t *)(void *)(ring->queues + offset);
}

/* All of them, in one system call, which returns when they are done. */
static void submit_and_wait(struct ring *ring, uint32_t count)
{
	uint32_t *tail = word(ring, ring->params.sq_off.tail);

	for (uint32_t i = 0; i < count; i++)
		word(ring, ring->params.sq_off.array)[i] = i;
	__atomic_store_n(tail, *tail + count, __ATOMIC_RELEASE);
	must(syscall(__NR_io_uring_enter, ring->fd, count, count, IORING_ENTER_GETEVENTS, NULL,
		     0) == (long)count, "io_uring_enter");
}

/* Returns the first failure among them, or 0. */
static int results(const struct ring *ring, uint32_t count)
{
	const struct io_uring_cqe *cqes = (const void *)(ring->queues + ring->params.cq_off.cqes);
	uint32_t tail = __atomic_load_n(word(ring, ring->params.cq_off.tail), __ATOMIC_ACQUIRE);
	int result = 0;

	must(tail == count, "completions");
	for (uint32_t i = 0; i < count && !result; i++)
		result = cqes[i].res;
	return result;
}

static uint32_t open_session(int fd, uint8_t *key, uint32_t keylen)
{
	struct session_op session = { .cipher = CRYPTO_AES_CBC, .keylen = keylen, .key = key };

	must(ioctl(fd, CIOCGSESSION, &session) == 0, "CIOCGSESSION");
	return session.ses;
}

int main(void)
{
	static uint8_t text[PARTS * PART], one[PARTS * PART], many[PARTS * PART];
	uint8_t key[16] = "not a secret key", iv[16] = { 1 };
	struct crypt_op whole = { .len = sizeof(text), .src = text, .dst = one, .iv = iv };
	struct crypt_op parts[PARTS];
	struct ring ring = { 0 };
	int fd = open("/dev/crypto", O_RDWR | O_CLOEXEC), result;

	need(fd >= 0, "/dev/crypto");
	open_ring(&ring);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7 + i / 256);
	whole.ses = open_session(fd, key, sizeof(key));
	must(ioctl(fd, CIOCCRYPT, &whole) == 0, "CIOCCRYPT");

	/* Each goes on from the IV that the one before has left: they are done in their order. */
	for (uint32_t i = 0; i < PARTS; i++) {
		parts[i] = (struct crypt_op){
			.ses = whole.ses,
			.len = PART,
			.src = text + i * PART,
			.dst = many + i * PART,
			.iv = i ? NULL : iv,
		};
		cryptodev_prep_crypt(&ring.sqes[i], fd, &parts[i]);
		ring.sqes[i].user_data = i;
	}
	submit_and_wait(&ring, PARTS);
	result = results(&ring, PARTS);
	if (result == -EOPNOTSUPP) {
		errno = EOPNOTSUPP;
		need(0, "commands");
	}
	if (result || memcmp(one, many, sizeof(one))) {
		printf("what %d commands have made differs, or failed: %s\n", PARTS,
		       strerror(-result));
		return 1;
	}
	printf("%d commands in one submission: %zu bytes, the same as from one call\n", PARTS,
	       sizeof(many));
	return 0;
}
