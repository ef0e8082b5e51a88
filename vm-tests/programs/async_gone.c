// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device goes while it has operations: it is removed, sleeps, or fails.
 * Meanwhile it does not answer, so that it has them for certain.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096
#define LENGTH PAGE
#define OPERATIONS 40

static const uint8_t key[16] = { 1 };
static uint8_t iv[16];
static uint8_t src[OPERATIONS * LENGTH] __attribute__((aligned(PAGE)));
static uint8_t dst[OPERATIONS * LENGTH] __attribute__((aligned(PAGE)));
static int fd;
static uint32_t cbc;

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
}

/* Source and destination are a page each. */
static void begin(int count)
{
	for (int i = 0; i < count; i++)
		CHECK_OK(async_encrypt(fd, cbc, src + i * LENGTH, LENGTH, dst + i * LENGTH, iv));
}

static void *wait_for_ever(void *events)
{
	return (void *)(intptr_t)async_poll(fd, (short)(intptr_t)events, -1);
}

/* Each is told to have failed, once; only then the file has nothing but its error. */
static void fetch_failures(int error)
{
	unsigned long long told = 0;
	struct crypt_op op;

	for (int i = 0; i < OPERATIONS; i++) {
		REQUIRE(async_poll(fd, POLLIN, 60000) & POLLIN);
		CHECK_EQ(async_poll(fd, POLLIN | POLLOUT, 0), POLLIN | POLLERR | POLLHUP);
		CHECK_ERRNO(async_try_fetch(fd, &op), error);
		CHECK_EQ(op.ses, cbc);
		told |= 1ull << ((op.dst - dst) / LENGTH);
	}
	CHECK_EQ(told, (1ull << OPERATIONS) - 1);
	CHECK_ERRNO(async_try_fetch(fd, &op), error);
	CHECK_EQ(op.ses, 0);
	CHECK_EQ(async_poll(fd, POLLIN | POLLOUT, 0), POLLERR | POLLHUP);
}

/* What @end does to the device makes all operations fail with @error. */
static void device_ends(void (*end)(void), int error)
{
	pthread_t poller;
	void *events;

	start();
	hang_begin();
	REQUIRE(!pthread_create(&poller, NULL, wait_for_ever, (void *)(intptr_t)POLLIN));
	usleep(100000);
	begin(OPERATIONS);
	end();
	REQUIRE(!pthread_join(poller, &events));
	CHECK((intptr_t)events & (POLLIN | POLLHUP));
	fetch_failures(error);
	CHECK_ERRNO(async_encrypt(fd, cbc, src, 16, dst, iv), error);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK_OK(close(fd));
}

static void works_again(void)
{
	start();
	begin(OPERATIONS);
	for (int i = 0; i < OPERATIONS; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	close(fd);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

/* 6.UNPLUG */
static void removed(void)
{
	device_ends(dev_unplug, ENODEV);
	dev_rescan();
	works_again();
}

static void write_to(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	REQUIRE(file >= 0);
	REQUIRE(write(file, text, strlen(text)) == (ssize_t)strlen(text));
	close(file);
}

/* As far as it goes with devices that are to come back at once. */
static void suspend(void)
{
	write_to("/sys/power/pm_test", "devices");
	write_to("/sys/power/state", "freeze");
}

/* What @interrupt does to the device is made good: all operations are done, in the end. */
static void device_returns(void (*interrupt)(void))
{
	static uint8_t right[OPERATIONS * LENGTH];

	start();
	begin(OPERATIONS);
	for (int i = 0; i < OPERATIONS; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	memcpy(right, dst, sizeof(right));
	memset(dst, 0, sizeof(dst));
	hang_begin();
	begin(OPERATIONS);
	CHECK(hang_in_flight() > 0);
	interrupt();
	for (int i = 0; i < OPERATIONS; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	CHECK_MEM(dst, right, sizeof(right));
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK_OK(close(fd));
	works_again();
}

/* 6.OUTLIVE */
static void suspended(void)
{
	device_returns(suspend);
}

/* 6.OUTLIVE */
static void broken(void)
{
	device_returns(hang_break);
}

/* The file has nothing to do with the device any more when that goes. */
static void closed_then_removed(void)
{
	start();
	hang_begin();
	begin(OPERATIONS);
	CHECK_OK(close(fd));
	CHECK_EQ(dev_pinned_pages_become(2 * OPERATIONS), 2 * OPERATIONS);
	dev_unplug();
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	dev_rescan();
	works_again();
}

/* Nothing is outstanding, so that only the device's end can wake who waits. */
static void idle_poller(void)
{
	pthread_t poller;
	void *events;

	start();
	REQUIRE(!pthread_create(&poller, NULL, wait_for_ever, (void *)(intptr_t)POLLIN));
	usleep(100000);
	dev_unplug();
	REQUIRE(!pthread_join(poller, &events));
	CHECK_EQ((intptr_t)events, POLLERR | POLLHUP);
	close(fd);
	dev_rescan();
	works_again();
}

static const struct check_case cases[] = {
	{ "when the device is removed its operations fail with ENODEV, one by one", removed },
	{ "when the device is removed what closed files have left is freed", closed_then_removed },
	{ "when the device is removed poll() says so without any operation", idle_poller },
	{ "when the machine sleeps operations are done afterwards", suspended },
	{ "when the device needs a reset operations are done after it", broken },
};

int main(void)
{
	dev_fill(src, sizeof(src), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
