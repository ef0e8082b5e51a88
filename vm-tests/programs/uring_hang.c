// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands of io_uring's that are in the hands of a device that does not answer: what becomes of
 * them when the ring, the process, the device or the module goes, or the machine sleeps.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "auth.h"
#include "check.h"
#include "dev.h"
#include "lose.h"
#include "ring.h"

#define PAGE 4096
#define COMMANDS 10
#define LONG (4u << 20)

static const uint8_t key[16] = { 1 };
static uint8_t iv[16];
static uint8_t src[LONG] __attribute__((aligned(PAGE)));
static uint8_t dst[ASYNC_MAX * PAGE] __attribute__((aligned(PAGE)));
static uint8_t expected[PAGE];
static struct crypt_op ops[2 * ASYNC_MAX];
static struct ring ring;
static int fd;
static uint32_t cbc;

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, PAGE, expected, iv));
	memset(dst, 0, sizeof(dst));
}

/* Source and destination of each are a page. */
static void submit(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ops[i] = (struct crypt_op){
			.ses = cbc,
			.len = PAGE,
			.src = src,
			.dst = dst + i % ASYNC_MAX * PAGE,
			.iv = iv,
		};
		ring_crypt(&ring, fd, &ops[i]);
	}
	ring_submit(&ring, 0);
}

static void take(size_t count, int result)
{
	for (size_t i = 0; i < count; i++)
		CHECK_EQ(ring_wait(&ring).res, result);
}

static void all_right(size_t count)
{
	for (size_t i = 0; i < count; i++)
		CHECK_MEM(dst + i * PAGE, expected, PAGE);
}

static void nothing_is_left(void)
{
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
	CHECK_EQ(hang_in_flight(), 0);
}

/* Whether all places of the file are free, within a minute; it has only commands. */
static bool given_up(void)
{
	long long end = dev_milliseconds() + 60000;
	int count = 0;

	while (count < ASYNC_MAX && dev_milliseconds() < end) {
		if (async_encrypt(fd, cbc, src, 16, dst, iv) == 0) {
			count++;
		} else {
			CHECK_EQ(errno, EBUSY);
			usleep(10000);
		}
	}
	return count == ASYNC_MAX;
}

static void fetch_all(void)
{
	for (int i = 0; i < ASYNC_MAX; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
}

/* Their places are free; their memory is the device's until it answers. */
static void all_are_given_up(void)
{
	CHECK(given_up());
	CHECK(dev_pinned_now() >= COMMANDS);
	hang_end();
	fetch_all();
	CHECK_OK(close(fd));
	nothing_is_left();
}

/* 4.URING.5 */
static void process_killed(void)
{
	int status;
	pid_t child;

	start();
	hang_begin();
	child = fork();
	if (child == 0) {
		ring_open(&ring, ASYNC_MAX, 0);
		submit(COMMANDS);
		kill(getpid(), SIGKILL);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status));
	all_are_given_up();
}

static void submit_and_exit(void *unused)
{
	(void)unused;
	ring_open(&ring, 2 * ASYNC_MAX, 0);
	/* Some of them wait for a place. */
	submit(2 * ASYNC_MAX);
}

/* 4.URING.5: The file is the child's alone, and has to be closed. */
static void process_exits(void)
{
	start();
	hang_begin();
	check_wait(check_fork(submit_and_exit, NULL));
	CHECK(given_up());
	hang_end();
	fetch_all();
	CHECK_OK(close(fd));
	nothing_is_left();
}

static bool kernel_has_cancel(void)
{
	return dev_kernel_since(6, 7);
}

/* 4.URING.5: Where the commands cannot be taken back the kernel waits for them, until it is killed. */
static void process_executes(void)
{
	int status;
	pid_t child;

	start();
	hang_begin();
	child = fork();
	if (child == 0) {
		ring_open(&ring, ASYNC_MAX, 0);
		submit(COMMANDS);
		execlp("true", "true", NULL);
		_exit(127);
	}
	if (kernel_has_cancel()) {
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK_EQ(status, 0);
	} else {
		usleep(500000);
		CHECK_EQ(waitpid(child, &status, WNOHANG), 0);
		CHECK_OK(kill(child, SIGKILL));
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK(WIFSIGNALED(status));
	}
	all_are_given_up();
}

/* 4.URING.5 */
static void ring_closed(void)
{
	long long before;

	start();
	ring_open(&ring, ASYNC_MAX, 0);
	hang_begin();
	submit(ASYNC_MAX);
	before = dev_milliseconds();
	ring_close(&ring);
	CHECK(dev_milliseconds() - before < 10000);
	if (kernel_has_cancel())
		CHECK(given_up());
	else
		check_note("SKIP: this kernel's io_uring cannot take commands back");
	hang_end();
	if (kernel_has_cancel())
		fetch_all();
	CHECK_OK(close(fd));
	nothing_is_left();
}

static void cancel(struct crypt_op *op)
{
	struct io_uring_sqe *sqe = ring_next(&ring);

	sqe->opcode = IORING_OP_ASYNC_CANCEL;
	sqe->addr = (uintptr_t)op;
	ring_submit(&ring, 0);
}

/* 4.URING.5: One that has begun goes on; one that waits for a place may be taken back. */
static void canceled(void)
{
	struct ring_result one, two;

	start();
	ring_open(&ring, 2 * ASYNC_MAX, 0);
	hang_begin();
	submit(ASYNC_MAX + 1);
	cancel(&ops[0]);
	CHECK_EQ(ring_wait(&ring).res, -ENOENT);
	cancel(&ops[ASYNC_MAX]);
	one = ring_wait(&ring);
	two = ring_wait(&ring);
	/* The command's own, and that of the one that took it back. */
	if (!one.user_data) {
		struct ring_result other = one;

		one = two;
		two = other;
	}
	CHECK_EQ(one.user_data, (uintptr_t)&ops[ASYNC_MAX]);
	CHECK_EQ(one.res, -ECANCELED);
	CHECK(two.res == 0 || two.res == -EALREADY);
	hang_end();
	take(ASYNC_MAX, 0);
	all_right(ASYNC_MAX);
	ring_close(&ring);
	CHECK_OK(close(fd));
	nothing_is_left();
}

/* 4.URING.4: A place is free when a command has ended. */
static void waiting_go_on(void)
{
	struct ring_result cqe;

	start();
	ring_open(&ring, 2 * ASYNC_MAX, 0);
	hang_begin();
	submit(2 * ASYNC_MAX);
	CHECK(ring_worker_sleeps());
	CHECK_EQ(hang_in_flight(), ASYNC_MAX);
	CHECK(!ring_try(&ring, &cqe));
	hang_end();
	take(2 * ASYNC_MAX, 0);
	all_right(ASYNC_MAX);
	ring_close(&ring);
	CHECK_OK(close(fd));
	nothing_is_left();
}

static void come_back(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, PAGE, dst, iv));
	CHECK_MEM(dst, expected, PAGE);
	CHECK_OK(close(fd));
}

/* 4.URING.6: So do those that wait for a place, and those that come later. */
static void device_removed(void)
{
	start();
	ring_open(&ring, 2 * ASYNC_MAX, 0);
	hang_begin();
	submit(ASYNC_MAX + 2);
	dev_unplug();
	take(ASYNC_MAX + 2, -ENODEV);
	submit(1);
	take(1, -ENODEV);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	ring_close(&ring);
	CHECK_OK(close(fd));
	dev_rescan();
	come_back();
}

/* 4.URING.6: What has the places has ended and is not fetched, so nothing else wakes who waits. */
static void device_removed_idle(void)
{
	struct ring_result cqe;

	start();
	ring_open(&ring, ASYNC_MAX, 0);
	for (int i = 0; i < ASYNC_MAX; i++)
		CHECK_OK(async_encrypt(fd, cbc, src, 16, dst, iv));
	/* It waits for all of them. */
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 16, dst, iv));
	submit(1);
	CHECK(ring_worker_sleeps());
	CHECK(!ring_try(&ring, &cqe));
	dev_unplug();
	take(1, -ENODEV);
	fetch_all();
	ring_close(&ring);
	CHECK_OK(close(fd));
	dev_rescan();
	come_back();
}

/* 4.URING.6 */
static void device_reset(void)
{
	start();
	ring_open(&ring, ASYNC_MAX, 0);
	hang_begin();
	submit(COMMANDS);
	hang_break();
	take(COMMANDS, 0);
	all_right(COMMANDS);
	ring_close(&ring);
	CHECK_OK(close(fd));
	nothing_is_left();
}

/* 4.URING.6: The worker of io_uring's that waits for a place sleeps as well. */
static void machine_sleeps(void)
{
	REQUIRE(lose_can("freeze"));
	start();
	ring_open(&ring, 2 * ASYNC_MAX, 0);
	hang_begin();
	submit(ASYNC_MAX + 2);
	CHECK(ring_worker_sleeps());
	lose("freeze");
	take(ASYNC_MAX + 2, 0);
	all_right(ASYNC_MAX);
	ring_close(&ring);
	CHECK_OK(close(fd));
	nothing_is_left();
}

static void use_file_and_exit(void *unused)
{
	start();
	hang_begin();
	submit_and_exit(unused);
}

static void load_module(void)
{
	int module = open("/lib/modules/vcrypto.ko", O_RDONLY | O_CLOEXEC);

	REQUIRE(module >= 0);
	REQUIRE(syscall(SYS_finit_module, module, "", 0) == 0);
	close(module);
}

/* 4.URING.5: It can go as soon as the last file is closed, whatever the device has. */
static void module_unloaded(void)
{
	long long end = dev_milliseconds() + 60000;
	long unloaded;

	check_wait(check_fork(use_file_and_exit, NULL));
	do {
		unloaded = syscall(SYS_delete_module, "vcrypto", O_NONBLOCK);
	} while (unloaded && errno == EWOULDBLOCK && dev_milliseconds() < end);
	CHECK_OK(unloaded);
	if (!unloaded)
		load_module();
	come_back();
	nothing_is_left();
}

/* 4.URING.3: One goes on from the other, and none has been done when the last one is begun. */
static void order_is_kept(void)
{
	static uint8_t right[COMMANDS * PAGE];

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, sizeof(right), right, iv));
	ring_open(&ring, ASYNC_MAX, 0);
	hang_begin();
	for (size_t i = 0; i < COMMANDS; i++) {
		ops[i] = (struct crypt_op){
			.ses = cbc,
			.len = PAGE,
			.src = src + i * PAGE,
			.dst = dst + i * PAGE,
			.iv = i ? NULL : iv,
		};
		if (i % 2) {
			CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &ops[i]));
		} else {
			ring_crypt(&ring, fd, &ops[i]);
			ring_submit(&ring, 0);
		}
	}
	hang_end();
	take(COMMANDS / 2, 0);
	for (size_t i = 0; i < COMMANDS / 2; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	CHECK_MEM(dst, right, sizeof(right));
	ring_close(&ring);
	CHECK_OK(close(fd));
	nothing_is_left();
}

static uint8_t *map(size_t size)
{
	uint8_t *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

/* 4.URING.5, 6.KILLED: The device delivers plaintext of a message that nobody will verify. */
static void opener_killed(void)
{
	uint8_t *sealed = map(LONG + 16), *opened = map(LONG);
	struct crypt_auth_op op = { .len = LONG, .src = src, .dst = sealed, .iv = iv };
	int status;
	pid_t child;

	start();
	op.ses = dev_cipher(fd, CRYPTO_AES_GCM, key, sizeof(key));
	CHECK_OK(auth_call(fd, &op));
	hang_begin();
	child = fork();
	if (child == 0) {
		op = (struct crypt_auth_op){ .ses = op.ses, .op = COP_DECRYPT, .len = LONG + 16,
					     .src = sealed, .dst = opened, .iv = iv };
		ring_open(&ring, 1, 0);
		ring_auth(&ring, fd, &op);
		ring_submit(&ring, 0);
		for (int i = 0; i < 1000 && !hang_in_flight(); i++)
			usleep(10000);
		kill(getpid(), SIGKILL);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(hang_in_flight() > 0);
	CHECK(given_up());
	hang_end();
	fetch_all();
	CHECK_OK(close(fd));
	nothing_is_left();
	CHECK(is_all(opened, 0, LONG));
	munmap(sealed, LONG + 16);
	munmap(opened, LONG);
}

static const struct check_case cases[] = {
	{ "a killed process's commands are given up, though the device does not answer",
	  process_killed },
	{ "so are those of one that exits, also those that wait for a place", process_exits },
	{ "so are those of one that executes another program, which may wait for them", process_executes },
	{ "a ring is closed at once; its commands are given up where the kernel can do that",
	  ring_closed },
	{ "IORING_OP_ASYNC_CANCEL takes back what waits for a place, and nothing else", canceled },
	{ "64 are in the device's hands; others wait, and are done when those have ended",
	  waiting_go_on },
	{ "when the device is removed commands end with ENODEV", device_removed },
	{ "so does one that waits for a place while nothing is in flight", device_removed_idle },
	{ "when the device needs a reset commands are done after it", device_reset },
	{ "when the machine sleeps commands are done after it", machine_sleeps },
	{ "the module can be unloaded when a process with commands has ended, and is new after it",
	  module_unloaded },
	{ "commands and operations of a session that wait keep their order", order_is_kept },
	{ "a process is killed that opens a long message; no plaintext is left", opener_killed },
};

int main(void)
{
	if (!ring_offered())
		return 0;
	dev_fill(src, sizeof(src), 1);
	dev_fill(iv, sizeof(iv), 2);
	return check_main(cases, ARRAY_SIZE(cases));
}
