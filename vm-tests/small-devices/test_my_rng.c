// SPDX-License-Identifier: GPL-2.0-or-later
/* Two devices: /dev/my_rng and /dev/my_rng1. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "my_rng_ioctl.h"
#include "small.h"

#define DRAWS 1000
#define THREADS 4

static void seed(int fd, uint32_t value)
{
	CHECK_OK(ioctl(fd, MY_RNG_SEED, &value));
}

static uint32_t draw(int fd)
{
	uint32_t number = 0;

	CHECK_OK(ioctl(fd, MY_RNG_GET, &number));
	return number;
}

static void as_the_c_library(void)
{
	static const uint32_t seeds[] = { 0, 1, 0x42, 0x7fffffff, 0x80000000, 0xffffffff };
	int fd = small_open("/dev/my_rng");

	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		seed(fd, seeds[i]);
		srand(seeds[i]);
		for (int n = 0; n < 100; n++)
			CHECK_EQ(draw(fd), rand());
	}
	close(fd);
}

static void two_devices(void)
{
	int a = small_open("/dev/my_rng"), b = small_open("/dev/my_rng1");

	seed(a, 0x42);
	srand(0x42);
	for (int i = 0; i < 100; i++) {
		seed(b, (uint32_t)i);
		draw(b);
		CHECK_EQ(draw(a), rand());
	}
	close(a);
	close(b);
}

static void bad_calls(void)
{
	int fd = small_open("/dev/my_rng");
	char byte;

	CHECK_ERRNO(ioctl(fd, MY_RNG_GET, small_nowhere), EFAULT);
	CHECK_ERRNO(ioctl(fd, MY_RNG_SEED, small_nowhere), EFAULT);
	CHECK_ERRNO(ioctl(fd, _IO(0xe7, 1), 0), ENOTTY);
	CHECK_ERRNO(ioctl(fd, _IOR(0xe7, 3, uint32_t), &byte), ENOTTY);
	CHECK_ERRNO(read(fd, &byte, 1), EINVAL);
	close(fd);
}

static uint32_t drawn[THREADS][DRAWS];

static void *draw_many(void *to)
{
	int fd = small_open("/dev/my_rng");

	for (int i = 0; i < DRAWS; i++)
		((uint32_t *)to)[i] = draw(fd);
	close(fd);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* No number is lost, and none given out twice. */
static void drawn_by_many(void)
{
	static uint32_t expected[THREADS * DRAWS];
	pthread_t threads[THREADS];
	int fd = small_open("/dev/my_rng");

	seed(fd, 7);
	srand(7);
	for (int i = 0; i < THREADS * DRAWS; i++)
		expected[i] = (uint32_t)rand();
	for (int i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, draw_many, drawn[i]));
	for (int i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	qsort(expected, THREADS * DRAWS, sizeof(uint32_t), compare);
	qsort(drawn, THREADS * DRAWS, sizeof(uint32_t), compare);
	CHECK_MEM(drawn, expected, sizeof(expected));
	close(fd);
}

static bool draw_one(void *fd)
{
	uint32_t number;

	if (!ioctl(*(int *)fd, MY_RNG_GET, &number))
		return true;
	CHECK_EQ(errno, ENODEV);
	return false;
}

static void unplug(void *fd)
{
	(void)fd;
	usleep(20000);
	small_unplug("/dev/my_rng1");
}

static void unplugged_under_load(void)
{
	for (int round = 0; round < 5; round++) {
		int fd = small_open("/dev/my_rng1");
		struct small_load users = { draw_one, unplug, &fd, 4, 0 };

		small_run(&users);
		CHECK_ERRNO(access("/dev/my_rng1", F_OK), ENOENT);
		small_rescan("/dev/my_rng1");
		CHECK_ERRNO(ioctl(fd, MY_RNG_SEED, &round), ENODEV);
		CHECK_OK(close(fd));
		fd = small_open("/dev/my_rng1");
		seed(fd, 0x42);
		CHECK_EQ(draw(fd), 286129175);
		close(fd);
	}
}

static const struct check_case cases[] = {
	{ "the numbers are those of the C library", as_the_c_library },
	{ "two devices do not disturb each other", two_devices },
	{ "bad calls are refused", bad_calls },
	{ "several programs share one sequence without loss", drawn_by_many },
	{ "calls end with ENODEV when it is unplugged; plugged again it works", unplugged_under_load },
};

CHECK_MAIN(cases)
