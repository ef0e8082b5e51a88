// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that are waited for, between operations of their session that are not: none overtakes
 * another.  An operation is held by its source, a page that is not there (userfaultfd).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096
#define SIZE 32
#define SHORT 64
#define LONG (3u << 19)
#define OUTSTANDING 16

/* What is hashed: a page is held that is to be like one of @data. */
static uint8_t data[2 * PAGE], *held, many[LONG], text[3 * PAGE];
static size_t text_len;
static int fd, faults;
static uint32_t ses, other;
static atomic_int caller;
static atomic_bool ended;

static int operate(uint32_t on, const uint8_t *src, size_t len)
{
	struct crypt_op op = {
		.ses = on,
		.flags = COP_FLAG_UPDATE,
		.len = (uint32_t)len,
		.src = dev_unconst(src),
	};

	return ioctl(fd, CIOCASYNCCRYPT, &op);
}

static int copy(uint32_t to, uint32_t from)
{
	struct cphash_op op = { .dst_ses = to, .src_ses = from };

	return ioctl(fd, CIOCCPHASH, &op);
}

/* The calls. */
static void update(void)
{
	CHECK_OK(dev_digest(fd, ses, COP_FLAG_UPDATE, data + 1, SHORT, NULL));
}

static void ask(void)
{
	CHECK_OK(ioctl(fd, CIOCGSESSINFO, &(struct session_info_op){ .ses = ses }));
}

static void copy_from(void)
{
	CHECK_OK(copy(other, ses));
}

static void copy_to(void)
{
	CHECK_OK(copy(ses, other));
}

static void (*call)(void);

static void *call_once(void *unused)
{
	atomic_store(&caller, gettid());
	call();
	atomic_store(&ended, true);
	return unused;
}

static void hold_pages(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register pages = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	held = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(held != MAP_FAILED);
	faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	REQUIRE(faults >= 0 && !ioctl(faults, UFFDIO_API, &api));
	pages.range.start = (uintptr_t)held;
	pages.range.len = 2 * PAGE;
	REQUIRE(!ioctl(faults, UFFDIO_REGISTER, &pages));
}

static void deliver(int page)
{
	struct uffdio_copy copied = {
		.dst = (uintptr_t)held + (size_t)page * PAGE,
		.src = (uintptr_t)data + (size_t)page * PAGE,
		.len = PAGE,
	};

	CHECK_OK(ioctl(faults, UFFDIO_COPY, &copied));
}

static void await_fault(void)
{
	struct pollfd fault = { .fd = faults, .events = POLLIN };

	REQUIRE(poll(&fault, 1, 60000) == 1 && fault.revents == POLLIN);
}

static void start(void)
{
	fd = dev_open();
	ses = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	other = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	CHECK_OK(dev_digest(fd, other, COP_FLAG_UPDATE, data + 2, SHORT, NULL));
	atomic_store(&caller, 0);
	atomic_store(&ended, false);
	text_len = 0;
}

static void finish(void)
{
	CHECK_ERRNO(async_try_fetch(fd, &(struct crypt_op){ 0 }), EBUSY);
	CHECK_OK(close(fd));
}

static void text_add(const uint8_t *from, size_t len)
{
	memcpy(text + text_len, from, len);
	text_len += len;
}

/* What the session has hashed is the text, which is forgotten. */
static void expect_text(uint32_t of)
{
	uint8_t actual[SIZE], expected[SIZE];
	uint32_t fresh = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);

	CHECK_OK(dev_digest(fd, of, COP_FLAG_FINAL, text, 0, actual));
	CHECK_OK(dev_digest(fd, fresh, 0, text, text_len, expected));
	CHECK_MEM(actual, expected, SIZE);
	text_len = 0;
}

/* Uninterruptibly, but by being killed. */
static bool is_asleep(int task)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", task);
	file = fopen(path, "re");
	if (!file)
		return false;
	/* It may have ended since. */
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state == 'D';
}

static void await_sleep(int task)
{
	long long end = dev_milliseconds() + 60000;

	while (!is_asleep(task) && dev_milliseconds() < end)
		usleep(10000);
	CHECK(is_asleep(task));
}

static void *operate_on_first(void *unused)
{
	CHECK_OK(operate(ses, held, PAGE));
	return unused;
}

static bool ends(pthread_t thread)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 10;
	return !pthread_timedjoin_np(thread, NULL, &limit);
}

/* An operation, a call, an operation: the call does not wait for the last one, nor for its page. */
static void run_between(void (*made)(void))
{
	pthread_t first, second;
	bool in_time;

	call = made;
	hold_pages();
	start();
	REQUIRE(!pthread_create(&first, NULL, operate_on_first, NULL));
	await_fault();
	REQUIRE(!pthread_create(&second, NULL, call_once, NULL));
	while (!atomic_load(&caller))
		usleep(1000);
	await_sleep(atomic_load(&caller));
	CHECK_OK(operate(ses, held + PAGE, PAGE));
	deliver(0);
	in_time = CHECK(ends(second));
	CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	CHECK_ERRNO(async_try_fetch(fd, &(struct crypt_op){ 0 }), EBUSY);
	deliver(1);
	if (!in_time)
		REQUIRE(!pthread_join(second, NULL));
	CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	REQUIRE(!pthread_join(first, NULL));
}

static void release(void)
{
	close(faults);
	munmap(held, 2 * PAGE);
	finish();
}

/* 4.ASYNC.1 */
static void crypt_keeps_its_place(void)
{
	run_between(update);
	text_add(data, PAGE);
	text_add(data + 1, SHORT);
	text_add(data + PAGE, PAGE);
	expect_text(ses);
	release();
}

/* 4.ASYNC.1 */
static void info_keeps_its_place(void)
{
	run_between(ask);
	text_add(data, 2 * PAGE);
	expect_text(ses);
	release();
}

/* 4.ASYNC.1, 4.CPHASH */
static void copy_keeps_its_place(void)
{
	run_between(copy_from);
	text_add(data, PAGE);
	expect_text(other);
	text_add(data, 2 * PAGE);
	expect_text(ses);
	release();
	run_between(copy_to);
	text_add(data + 2, SHORT);
	expect_text(other);
	text_add(data + 2, SHORT);
	text_add(data + PAGE, PAGE);
	expect_text(ses);
	release();
}

static void copy_and_be_killed(void *unused)
{
	(void)unused;
	copy_from();
}

/* 6.KILLED: It has its turn in one session, and waits for that in the other. */
static void killed_while_it_waits(void)
{
	pthread_t first;
	int status;
	pid_t child;

	hold_pages();
	start();
	REQUIRE(!pthread_create(&first, NULL, operate_on_first, NULL));
	await_fault();
	child = check_fork(copy_and_be_killed, NULL);
	await_sleep(child);
	CHECK_OK(operate(ses, held + PAGE, PAGE));
	CHECK_OK(operate(other, data + 3, SHORT));
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status));
	deliver(0);
	deliver(1);
	REQUIRE(!pthread_join(first, NULL));
	for (int i = 0; i < 3; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	text_add(data, 2 * PAGE);
	expect_text(ses);
	text_add(data + 2, SHORT);
	text_add(data + 3, SHORT);
	expect_text(other);
	release();
}

/* How many operations end, of those begun when the call waits already; it gives up at 64. */
static int overtaken(void (*made)(void))
{
	bool waits = false;
	pthread_t thread;
	int count = 0;

	call = made;
	start();
	for (int i = 0; i < OUTSTANDING; i++)
		CHECK_OK(operate(ses, many, LONG));
	REQUIRE(!pthread_create(&thread, NULL, call_once, NULL));
	while (!atomic_load(&ended) && count < ASYNC_MAX) {
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
		CHECK_OK(operate(ses, many, LONG));
		waits = waits || is_asleep(atomic_load(&caller));
		count += waits;
	}
	for (int i = 0; i < OUTSTANDING; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	REQUIRE(!pthread_join(thread, NULL));
	finish();
	return count;
}

/* 4.ASYNC.1 */
static void not_put_off(void)
{
	CHECK(overtaken(update) < ASYNC_MAX);
	CHECK(overtaken(ask) < ASYNC_MAX);
	CHECK(overtaken(copy_from) < ASYNC_MAX);
}

static const struct check_case cases[] = {
	{ "CIOCCRYPT is done before operations that are begun while it waits",
	  crypt_keeps_its_place },
	{ "so is CIOCGSESSINFO", info_keeps_its_place },
	{ "so is CIOCCPHASH, from a session and to it", copy_keeps_its_place },
	{ "one that is killed while it waits holds up nobody", killed_while_it_waits },
	{ "a thread that always has operations in work does not put off another's calls",
	  not_put_off },
};

int main(void)
{
	dev_fill(data, sizeof(data), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
