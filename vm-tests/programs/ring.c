// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"
#include "ring.h"

/* The beginning of struct io_uring_cqe. */
static_assert(offsetof(struct ring_result, res) == offsetof(struct io_uring_cqe, res),
	      "user_data and res come first");

static int setup(unsigned int entries, struct io_uring_params *params)
{
	return (int)syscall(__NR_io_uring_setup, entries, params);
}

static int enter(const struct ring *ring, unsigned int submit, unsigned int wait)
{
	unsigned int flags = IORING_ENTER_GETEVENTS;

	if (ring->params.flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	return (int)syscall(__NR_io_uring_enter, ring->fd, submit, wait, flags, NULL, 0);
}

bool ring_has(unsigned int flags)
{
	struct io_uring_params params = { .flags = flags };
	int fd = setup(1, &params);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool ring_offered(void)
{
	bool offered = ring_has(0);

	if (!offered)
		printf("1..0 # SKIP io_uring is not to be had: %s\n", strerror(errno));
	return offered;
}

static void *map(const struct ring *ring, size_t size, off_t offset)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			    ring->fd, offset);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

void ring_open(struct ring *ring, unsigned int entries, unsigned int flags)
{
	size_t sq, cq;

	*ring = (struct ring){ .params.flags = flags, .entries = entries };
	ring->fd = setup(entries, &ring->params);
	REQUIRE(ring->fd >= 0 && ring->params.features & IORING_FEAT_SINGLE_MMAP);
	ring->entries = ring->params.sq_entries;
	sq = ring->params.sq_off.array + ring->params.sq_entries * sizeof(unsigned int);
	cq = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->memory_size = sq > cq ? sq : cq;
	ring->memory = map(ring, ring->memory_size, IORING_OFF_SQ_RING);
	ring->sqes = map(ring, ring->entries * sizeof(*ring->sqes), IORING_OFF_SQES);
}

void ring_close(struct ring *ring)
{
	REQUIRE(munmap(ring->sqes, ring->entries * sizeof(*ring->sqes)) == 0);
	REQUIRE(munmap(ring->memory, ring->memory_size) == 0);
	REQUIRE(close(ring->fd) == 0);
}

static unsigned int *word(const struct ring *ring, unsigned int offset)
{
	return (unsigned int *)(void *)((uint8_t *)ring->memory + offset);
}

struct io_uring_sqe *ring_next(struct ring *ring)
{
	unsigned int tail = *word(ring, ring->params.sq_off.tail) + ring->filled;
	unsigned int index = tail & (ring->entries - 1);

	REQUIRE(ring->filled < ring->entries);
	ring->filled++;
	word(ring, ring->params.sq_off.array)[index] = index;
	memset(&ring->sqes[index], 0, sizeof(ring->sqes[index]));
	return &ring->sqes[index];
}

struct io_uring_sqe *ring_crypt(struct ring *ring, int fd, struct crypt_op *op)
{
	struct io_uring_sqe *sqe = ring_next(ring);

	cryptodev_prep_crypt(sqe, fd, op);
	sqe->user_data = (uintptr_t)op;
	return sqe;
}

struct io_uring_sqe *ring_auth(struct ring *ring, int fd, struct crypt_auth_op *op)
{
	struct io_uring_sqe *sqe = ring_next(ring);

	cryptodev_prep_authcrypt(sqe, fd, op);
	sqe->user_data = (uintptr_t)op;
	return sqe;
}

/* The kernel's thread has gone through them, as the system call does without it. */
static void await_thread(const struct ring *ring, unsigned int tail)
{
	const unsigned int *head = word(ring, ring->params.sq_off.head);
	long long end = dev_milliseconds() + 60000;

	while (__atomic_load_n(head, __ATOMIC_ACQUIRE) != tail && dev_milliseconds() < end)
		usleep(1000);
	REQUIRE(__atomic_load_n(head, __ATOMIC_ACQUIRE) == tail);
}

void ring_submit(struct ring *ring, unsigned int wait)
{
	unsigned int *tail = word(ring, ring->params.sq_off.tail);
	unsigned int filled = ring->filled;

	__atomic_store_n(tail, *tail + filled, __ATOMIC_RELEASE);
	ring->filled = 0;
	REQUIRE(enter(ring, filled, wait) == (int)filled);
	if (ring->params.flags & IORING_SETUP_SQPOLL)
		await_thread(ring, *tail);
}

/* With IORING_SETUP_DEFER_TASKRUN nothing is completed but in a system call. */
bool ring_try(struct ring *ring, struct ring_result *result)
{
	unsigned int *head = word(ring, ring->params.cq_off.head);
	uint8_t *cqes = (uint8_t *)ring->memory + ring->params.cq_off.cqes;
	size_t index = *head & (ring->params.cq_entries - 1);

	if (ring->params.flags & IORING_SETUP_DEFER_TASKRUN)
		REQUIRE(enter(ring, 0, 0) == 0);
	if (__atomic_load_n(word(ring, ring->params.cq_off.tail), __ATOMIC_ACQUIRE) == *head)
		return false;
	memcpy(result, cqes + index * sizeof(struct io_uring_cqe), sizeof(*result));
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return true;
}

/*
 * With IORING_SETUP_DEFER_TASKRUN by io_uring_enter(2): who polls such a ring is told of
 * completions that are there, but not of what the system call would complete, with kernels from
 * 6.3 on, of series 6.12 before 6.12.115.
 */
static bool await_completion(const struct ring *ring)
{
	struct pollfd file = { .fd = ring->fd, .events = POLLIN };
	struct __kernel_timespec minute = { .tv_sec = 60 };
	struct io_uring_getevents_arg arg = { .ts = (uintptr_t)&minute };

	if (!(ring->params.flags & IORING_SETUP_DEFER_TASKRUN))
		return poll(&file, 1, 60000) == 1;
	return syscall(__NR_io_uring_enter, ring->fd, 0, 1,
		       IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg, sizeof(arg)) == 0;
}

struct ring_result ring_wait(struct ring *ring)
{
	struct ring_result result = { 0 };

	while (!ring_try(ring, &result))
		REQUIRE(await_completion(ring));
	return result;
}

int ring_do_crypt(struct ring *ring, int fd, struct crypt_op *op)
{
	ring_crypt(ring, fd, op);
	ring_submit(ring, 0);
	return ring_wait(ring).res;
}

int ring_do_auth(struct ring *ring, int fd, struct crypt_auth_op *op)
{
	ring_auth(ring, fd, op);
	ring_submit(ring, 0);
	return ring_wait(ring).res;
}

/* Whether it is one of io_uring's workers, and asleep. */
static bool is_sleeping_worker(const char *task)
{
	char path[64], name[16] = "", state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/stat", task);
	file = fopen(path, "re");
	/* It may have ended meanwhile. */
	if (!file)
		return false;
	if (fscanf(file, "%*d (%15[^)]) %c", name, &state) != 2)
		state = 0;
	fclose(file);
	return state == 'S' && !strncmp(name, "iou-wrk-", 8);
}

static bool a_worker_sleeps(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *task;
	bool sleeps = false;

	REQUIRE(tasks);
	while (!sleeps && (task = readdir(tasks)))
		sleeps = is_sleeping_worker(task->d_name);
	closedir(tasks);
	return sleeps;
}

bool ring_worker_sleeps(void)
{
	long long end = dev_milliseconds() + 60000;
	bool sleeps = a_worker_sleeps();

	while (!sleeps && dev_milliseconds() < end) {
		usleep(10000);
		sleeps = a_worker_sleeps();
	}
	return sleeps;
}
