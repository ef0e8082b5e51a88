// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that is pinned for operations is charged to the user for as long as the
 * device has it, fetched or not; what does not fit is copied, or waits.  Processes of
 * several users do as they are told by this one, which is root's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096
#define ALLOWED 16 /* pages */
#define SMALL 512
#define FETCH 0
#define LEAVE UINT32_MAX
#define CHANGE (UINT32_MAX - 1)
#define MIB (1u << 20)
#define COPIES 32

/* Seconds, in which all is over; a servant that has failed must not be waited for. */
#define LONG_ENOUGH 120

enum { NOBODY = 65534, SOMEBODY = 65533 };

static const uint8_t key[16] = { 1 };
static uint8_t src[PAGE] __attribute__((aligned(PAGE)));
static uint8_t dst[PAGE] __attribute__((aligned(PAGE)));
/* One that does not go on from another may begin before that has ended. */
static uint8_t iv[16];

struct servant {
	pid_t pid;
	unsigned int user;
	int orders[2], answers[2];
};

/* As another user, or as this one at last. */
static void become(unsigned int user)
{
	REQUIRE(seteuid(0) == 0);
	REQUIRE(setresuid(user, user, 0) == 0);
}

/* An order is a length to encrypt, or FETCH, CHANGE, LEAVE; the answer is an errno. */
static void serve(void *argument)
{
	const struct servant *servant = argument;
	struct rlimit limit = { ALLOWED * PAGE, ALLOWED * PAGE };
	uint32_t order, ses;
	int fd, answer = 0;

	alarm(LONG_ENOUGH);
	REQUIRE(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	become(servant->user);
	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	for (;;) {
		REQUIRE(write(servant->answers[1], &answer, sizeof(answer)) == sizeof(answer));
		REQUIRE(read(servant->orders[0], &order, sizeof(order)) == sizeof(order));
		if (order == LEAVE)
			return;
		if (order == FETCH)
			answer = async_fetch(fd, &(struct crypt_op){ 0 }) ? errno : 0;
		else if (order == CHANGE)
			become(SOMEBODY);
		else
			answer = async_encrypt(fd, ses, src, order, dst, iv) ? errno : 0;
	}
}

static int answer(const struct servant *servant)
{
	int error;

	REQUIRE(read(servant->answers[0], &error, sizeof(error)) == sizeof(error));
	return error;
}

static struct servant hire(unsigned int user)
{
	struct servant servant = { .user = user };

	REQUIRE(pipe2(servant.orders, O_CLOEXEC) == 0 && pipe2(servant.answers, O_CLOEXEC) == 0);
	servant.pid = check_fork(serve, &servant);
	close(servant.orders[0]);
	close(servant.answers[1]);
	REQUIRE(answer(&servant) == 0);
	return servant;
}

static int order(const struct servant *servant, uint32_t length)
{
	REQUIRE(write(servant->orders[1], &length, sizeof(length)) == sizeof(length));
	return answer(servant);
}

static void dismiss(const struct servant *servant)
{
	uint32_t leave = LEAVE;

	REQUIRE(write(servant->orders[1], &leave, sizeof(leave)) == sizeof(leave));
	close(servant->orders[1]);
	check_wait(servant->pid);
	close(servant->answers[0]);
}

static void kill_servant(const struct servant *servant)
{
	CHECK_OK(kill(servant->pid, SIGKILL));
	CHECK_EQ(waitpid(servant->pid, NULL, 0), servant->pid);
	close(servant->orders[1]);
	close(servant->answers[0]);
}

/* Source and destination are a page each; more of them than may be pinned. */
static void use_all(const struct servant *servant)
{
	for (int i = 0; i < ALLOWED; i++)
		CHECK_EQ(order(servant, PAGE), 0);
}

static void fetch_all(const struct servant *servant)
{
	for (int i = 0; i < ALLOWED; i++)
		CHECK_EQ(order(servant, FETCH), 0);
}

/* 6.PINNED: While the device does not answer; and of what it has answered nothing. */
static void until_answered(void)
{
	struct servant one = hire(NOBODY), two = hire(NOBODY);

	hang_begin();
	use_all(&one);
	CHECK(dev_pinned_now() > 0);
	CHECK(dev_pinned_now() <= ALLOWED);
	use_all(&two);
	CHECK_EQ(order(&two, SMALL), 0);
	CHECK(dev_pinned_now() <= ALLOWED);
	hang_end();
	/* Nobody has fetched anything. */
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	fetch_all(&one);
	fetch_all(&two);
	CHECK_EQ(order(&two, FETCH), 0);
	/* Files are closed with operations that are finished. */
	use_all(&two);
	dismiss(&two);
	dismiss(&one);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

static void others_are_not_disturbed(void)
{
	struct servant one = hire(NOBODY), two = hire(SOMEBODY);
	long long pinned;

	hang_begin();
	use_all(&one);
	pinned = dev_pinned_now();
	use_all(&two);
	CHECK(dev_pinned_now() > pinned);
	CHECK(dev_pinned_now() <= 2 * ALLOWED);
	hang_end();
	fetch_all(&one);
	fetch_all(&two);
	dismiss(&one);
	dismiss(&two);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

/* How much a user may have pinned who has nothing yet. */
static long long pinned_by_new(unsigned int user)
{
	struct servant servant = hire(user);
	long long pinned;

	hang_begin();
	use_all(&servant);
	pinned = dev_pinned_now();
	hang_end();
	fetch_all(&servant);
	dismiss(&servant);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	return pinned;
}

/* Through the same file.  What each has paid comes back to each. */
static void changed_user(void)
{
	struct servant one = hire(NOBODY);

	hang_begin();
	use_all(&one);
	CHECK_EQ(dev_pinned_now(), ALLOWED);
	CHECK_EQ(order(&one, CHANGE), 0);
	use_all(&one);
	CHECK_EQ(dev_pinned_now(), 2 * ALLOWED);
	hang_end();
	fetch_all(&one);
	fetch_all(&one);
	dismiss(&one);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK_EQ(pinned_by_new(NOBODY), ALLOWED);
	CHECK_EQ(pinned_by_new(SOMEBODY), ALLOWED);
}

static unsigned long long memory_free(void)
{
	struct sysinfo info;

	REQUIRE(sysinfo(&info) == 0);
	return (unsigned long long)info.freeram * info.mem_unit;
}

/* Each would be a copy of its whole source, because it overtakes itself. */
static void copies_are_few(void)
{
	static uint8_t data[MIB + 8], des_key[24] = { 1, [8] = 2, [16] = 3 };
	unsigned long long before;
	int fd = dev_open();
	uint32_t ses[COPIES];

	dev_fill(data, sizeof(data), 1);
	for (int i = 0; i < COPIES; i++)
		ses[i] = dev_cipher(fd, CRYPTO_3DES_CBC, des_key, sizeof(des_key));
	hang_begin();
	before = memory_free();
	for (int i = 0; i < COPIES; i++)
		CHECK_OK(async_encrypt(fd, ses[i], data, MIB, data + 8, iv));
	CHECK(memory_free() + COPIES * MIB / 4 > before);
	hang_end();
	for (int i = 0; i < COPIES; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	close(fd);
}

/* The device has the pages, whoever has died. */
static void after_kill(void)
{
	struct servant one = hire(NOBODY), two = hire(NOBODY);
	long long pinned;

	hang_begin();
	use_all(&one);
	pinned = dev_pinned_now();
	CHECK(pinned > 0);
	kill_servant(&one);
	CHECK_EQ(dev_pinned_now(), pinned);
	use_all(&two);
	CHECK(dev_pinned_now() <= ALLOWED);
	hang_end();
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	fetch_all(&two);
	dismiss(&two);
}

static void after_removal(void)
{
	struct servant one = hire(NOBODY);

	hang_begin();
	use_all(&one);
	kill_servant(&one);
	CHECK(dev_pinned_now() > 0);
	dev_unplug();
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	dev_rescan();
	one = hire(NOBODY);
	use_all(&one);
	fetch_all(&one);
	dismiss(&one);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

static const struct check_case cases[] = {
	{ "pages count against their user's RLIMIT_MEMLOCK while the device has them",
	  until_answered },
	{ "each user has a limit of its own", others_are_not_disturbed },
	{ "who becomes another user pays as who he was, and gets it back as that one",
	  changed_user },
	{ "operations that wait for their turn hold no copies of their sources", copies_are_few },
	{ "pages of a killed process count until the device has answered", after_kill },
	{ "pages of a killed process count until the device is removed", after_removal },
};

int main(void)
{
	alarm(LONG_ENOUGH);
	dev_fill(src, sizeof(src), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
