// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations that are in the hands of a device that does not answer: how many
 * there are, and what becomes of them when their file or their process goes.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "auth.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096
#define LENGTH PAGE
#define LONG (4u << 20)

static const uint8_t key[16] = { 1 };
static uint8_t iv[16];
static uint8_t src[LONG] __attribute__((aligned(PAGE)));
static uint8_t dst[LONG] __attribute__((aligned(PAGE)));
static uint8_t expected[LONG];
static long long ring;
static int fd;
static uint32_t cbc;

static long long smaller(long long a, long long b)
{
	return a < b ? a : b;
}

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	/* The device is told of a session with its first call, which here would be in the way. */
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 16, dst, iv));
	memset(dst, 0, sizeof(dst));
}

/*
 * Each has the IV that makes it go on where the one before has ended, so that none
 * has to wait for that one's; source and destination are a page each.
 */
static void begin(int count)
{
	for (int i = 0; i < count; i++)
		CHECK_OK(async_encrypt(fd, cbc, src + i * LENGTH, LENGTH, dst + i * LENGTH,
				       i ? expected + i * LENGTH - 16 : iv));
}

static void fetch(int count)
{
	struct crypt_op op;

	for (int i = 0; i < count; i++) {
		CHECK_OK(async_fetch(fd, &op));
		CHECK_EQ(op.dst - dst, i * LENGTH);
	}
	CHECK_MEM(dst, expected, (size_t)count * LENGTH);
}

static void nothing_is_left(void)
{
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	/* What was freed without waiting is done when this is. */
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
	CHECK_EQ(hang_in_flight(), 0);
}

/* 4.ASYNC.3, 4.ASYNC.4 */
static void all_in_flight(void)
{
	struct crypt_op op;

	start();
	hang_begin();
	begin(ASYNC_MAX);
	/* Who asks has the device told of all. */
	CHECK_EQ(async_poll(fd, POLLIN, 0), 0);
	CHECK_EQ(hang_in_flight(), smaller(ASYNC_MAX, ring));
	CHECK(dev_pinned_now() <= 2 * ASYNC_MAX);
	CHECK_ERRNO(async_encrypt(fd, cbc, src, 16, dst, iv), EBUSY);
	CHECK_ERRNO(async_try_fetch(fd, &op), EBUSY);
	CHECK_EQ(async_poll(fd, POLLIN | POLLOUT, 50), 0);
	hang_end();
	fetch(ASYNC_MAX);
	CHECK_EQ(async_poll(fd, POLLIN | POLLOUT, 0), POLLOUT);
	close(fd);
	nothing_is_left();
}

/* 6.PINNED: Of a long operation only what is in flight is pinned; and never fetched it holds
 * nothing. */
static void pieces_in_flight(void)
{
	start();
	hang_begin();
	CHECK_OK(async_encrypt(fd, cbc, src, LONG, dst, iv));
	CHECK(hang_in_flight() > 0);
	CHECK(dev_pinned_now() <= 2 * ((1 << 20) / PAGE + 1));
	hang_end();
	REQUIRE(async_poll(fd, POLLIN, 60000) == POLLIN);
	CHECK_EQ(dev_pinned_now(), 0);
	CHECK_MEM(dst, expected, LONG);
	close(fd);
	nothing_is_left();
}

#define SESSIONS 16

static void several_sessions(uint32_t sessions[SESSIONS])
{
	for (size_t i = 0; i < SESSIONS; i++)
		sessions[i] = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
}

/* Each with a session of its own, so that none waits for another. */
static void several_in_work(void)
{
	size_t len = LONG / 64;
	uint32_t sessions[SESSIONS];

	start();
	several_sessions(sessions);
	hang_begin();
	for (size_t i = 0; i < SESSIONS; i++)
		CHECK_OK(async_encrypt(fd, sessions[i], src, len, dst + i * len, iv));
	CHECK(hang_in_flight() >= smaller(SESSIONS, ring));
	hang_end();
	for (size_t i = 0; i < SESSIONS; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	for (size_t i = 0; i < SESSIONS; i++)
		CHECK_MEM(dst + i * len, expected, len);
	close(fd);
	nothing_is_left();
}

/* The last of many long ones has not been done when it has been begun. */
static void beginning_is_not_doing(void)
{
	uint32_t sessions[SESSIONS];
	uint8_t *last = calloc(1, LONG);

	REQUIRE(last);
	start();
	several_sessions(sessions);
	for (size_t i = 0; i < SESSIONS; i++)
		CHECK_OK(async_encrypt(fd, sessions[i], src, LONG, i < SESSIONS - 1 ? dst : last,
				       iv));
	CHECK(memcmp(last + LONG - 16, expected + LONG - 16, 16));
	for (size_t i = 0; i < SESSIONS; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	CHECK_MEM(last, expected, LONG);
	close(fd);
	free(last);
	nothing_is_left();
}

static void *wait_for_ever(void *events)
{
	return (void *)(intptr_t)async_poll(fd, (short)(intptr_t)events, -1);
}

static void *wait_and_encrypt(void *unused)
{
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src + LENGTH, LENGTH, dst + LENGTH, NULL));
	return unused;
}

/* The call waits behind the operation; and who waits in poll() is woken. */
static void others_wait(void)
{
	pthread_t poller, caller;
	struct crypt_op op;
	void *events;

	start();
	hang_begin();
	begin(1);
	REQUIRE(!pthread_create(&poller, NULL, wait_for_ever, (void *)(intptr_t)POLLIN));
	REQUIRE(!pthread_create(&caller, NULL, wait_and_encrypt, NULL));
	usleep(200000);
	CHECK_EQ(dst[0] || dst[LENGTH], 0);
	hang_end();
	REQUIRE(!pthread_join(poller, &events) && !pthread_join(caller, NULL));
	CHECK_EQ((intptr_t)events, POLLIN);
	CHECK_OK(async_fetch(fd, &op));
	CHECK_MEM(dst, expected, 2 * LENGTH);
	close(fd);
	nothing_is_left();
}

/* Closing does not wait, and what the device may write to stays until it has answered. */
static void file_closed(void)
{
	long long before;

	start();
	hang_begin();
	begin(10);
	/* This one waits for an IV, and nobody will do it. */
	CHECK_OK(async_encrypt(fd, cbc, src, 48, dst + 10 * LENGTH, NULL));
	CHECK_OK(dev_free(fd, cbc));
	before = dev_milliseconds();
	CHECK_OK(close(fd));
	CHECK(dev_milliseconds() - before < 1000);
	CHECK_EQ(dev_pinned_pages_become(20), 20);
	hang_end();
	nothing_is_left();
	CHECK_MEM(dst, expected, 10 * LENGTH);
}

static void begin_and_exit(void *unused)
{
	(void)unused;
	begin(10);
}

static void process_exits(void)
{
	start();
	hang_begin();
	check_wait(check_fork(begin_and_exit, NULL));
	CHECK_EQ(dev_pinned_pages_become(20), 20);
	hang_end();
	/* The file is ours as well, and tells that the memory has gone with the process. */
	for (int i = 0; i < 10; i++)
		CHECK_ERRNO(async_fetch(fd, &(struct crypt_op){ 0 }), EFAULT);
	close(fd);
	nothing_is_left();
}

static void begin_and_sleep(void *ready)
{
	begin(20);
	REQUIRE(write(*(int *)ready, "", 1) == 1);
	async_poll(fd, POLLIN, -1);
}

/* 6.KILLED */
static void process_killed(void)
{
	int ready[2], status;
	pid_t child;
	char byte;

	REQUIRE(pipe(ready) == 0);
	start();
	hang_begin();
	child = check_fork(begin_and_sleep, &ready[1]);
	close(fd);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(dev_pinned_pages_become(40), 40);
	hang_end();
	nothing_is_left();
	close(ready[0]);
	close(ready[1]);
}

#define TAG 16

static struct crypt_auth_op message(uint32_t gcm, uint16_t op, uint8_t *from, size_t len,
				    uint8_t *to)
{
	return (struct crypt_auth_op){
		.ses = gcm,
		.op = op,
		.len = (uint32_t)len,
		.src = from,
		.dst = to,
		.iv = iv,
	};
}

struct opening {
	uint32_t gcm;
	uint8_t *sealed, *opened;
};

static void open_message(void *what)
{
	const struct opening *opening = what;
	struct crypt_auth_op op = message(opening->gcm, COP_DECRYPT, opening->sealed, LONG + TAG,
					  opening->opened);

	auth_call(fd, &op);
}

static uint8_t *map(size_t size)
{
	uint8_t *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

static void kill_when_in_flight(pid_t child)
{
	int status;

	for (int i = 0; i < 1000 && !hang_in_flight(); i++)
		usleep(10000);
	CHECK(hang_in_flight() > 0);
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status));
}

/* 6.KILLED: The device delivers plaintext of a message that nobody will verify any more. */
static void opener_killed(void)
{
	struct opening opening = { .sealed = map(LONG + TAG), .opened = map(LONG) };
	struct crypt_auth_op op;
	pid_t child;

	start();
	opening.gcm = dev_cipher(fd, CRYPTO_AES_GCM, key, sizeof(key));
	op = message(opening.gcm, COP_ENCRYPT, src, LONG, opening.sealed);
	CHECK_OK(auth_call(fd, &op));
	hang_begin();
	child = check_fork(open_message, &opening);
	kill_when_in_flight(child);
	CHECK(dev_pinned_now() > 0);
	hang_end();
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK(is_all(opening.opened, 0, LONG));
	close(fd);
	nothing_is_left();
	munmap(opening.sealed, LONG + TAG);
	munmap(opening.opened, LONG);
}

static const struct check_case cases[] = {
	{ "64 operations are in flight at once, as far as the ring holds them", all_in_flight },
	{ "of a long operation little is pinned at once, and nothing when it has finished",
	  pieces_in_flight },
	{ "operations of several sessions are in work at once", several_in_work },
	{ "whoever begins long operations goes on before they are done", beginning_is_not_doing },
	{ "calls of the session wait behind its operations; who polls is woken", others_wait },
	{ "a file is closed without waiting; the device still has all memory", file_closed },
	{ "a process exits, and its operations tell another one that its memory is gone",
	  process_exits },
	{ "a process is killed; the device still has all memory", process_killed },
	{ "a process is killed that opens a long message; no plaintext is left", opener_killed },
};

int main(void)
{
	ring = hang_ring();
	dev_fill(src, sizeof(src), 1);
	dev_fill(iv, sizeof(iv), 2);
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	REQUIRE(dev_crypt(fd, cbc, COP_ENCRYPT, src, sizeof(src), expected, iv) == 0);
	close(fd);
	return check_main(cases, ARRAY_SIZE(cases));
}
