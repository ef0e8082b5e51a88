// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two devices, one of them with two queues: /dev/cryptodev0, /dev/cryptodev1,
 * and /dev/crypto, which is one of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define LENGTH 65536

static const uint8_t key[16] = { 1 };
static uint8_t data[LENGTH], iv[16];

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

static void round_trip(int fd)
{
	static _Thread_local uint8_t room[LENGTH];
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));

	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, LENGTH, room, iv));
	CHECK(memcmp(room, data, LENGTH) != 0);
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, room, LENGTH, room, iv));
	CHECK_MEM(room, data, LENGTH);
	CHECK_OK(dev_free(fd, ses));
}

/* The counter of one of the two devices. */
static long long crypt_requests(size_t device)
{
	long long value = -1;
	glob_t found;
	FILE *file;

	REQUIRE(glob("/sys/bus/virtio/devices/virtio*/counters/crypt_requests", 0, NULL, &found) ==
		0);
	REQUIRE(found.gl_pathc == 2);
	file = fopen(found.gl_pathv[device], "re");
	REQUIRE(file && fscanf(file, "%lld", &value) == 1);
	fclose(file);
	globfree(&found);
	return value;
}

/* Exactly one device's counter goes up; returns which. */
static int who_works_for(const char *path)
{
	long long before[2] = { crypt_requests(0), crypt_requests(1) }, after[2];
	int fd = open_device(path);

	round_trip(fd);
	close(fd);
	for (size_t i = 0; i < 2; i++)
		after[i] = crypt_requests(i) - before[i];
	CHECK_EQ(after[0] + after[1], 2);
	CHECK(after[0] == 0 || after[1] == 0);
	return after[1] > 0;
}

static void three_names(void)
{
	int first = who_works_for("/dev/cryptodev0"), second = who_works_for("/dev/cryptodev1");

	CHECK(first != second);
	CHECK_EQ(who_works_for("/dev/crypto"), first);
	CHECK_ERRNO(open("/dev/cryptodev2", O_RDWR), ENOENT);
}

static void sessions_are_apart(void)
{
	int fds[2] = { open_device("/dev/cryptodev0"), open_device("/dev/cryptodev1") };
	uint32_t ses = dev_cipher(fds[0], CRYPTO_AES_CBC, key, sizeof(key));

	CHECK_ERRNO(dev_crypt(fds[1], ses, COP_ENCRYPT, data, 16, data, NULL), EINVAL);
	close(fds[0]);
	round_trip(fds[1]);
	close(fds[1]);
}

static void *many_round_trips(void *path)
{
	for (int i = 0; i < 20; i++) {
		int fd = open_device(path);

		for (int j = 0; j < 10; j++)
			round_trip(fd);
		close(fd);
	}
	return NULL;
}

/* Files opened one after the other are given to the queues in turn. */
static void all_at_once(void)
{
	static const char *const paths[] = { "/dev/cryptodev0", "/dev/cryptodev1", "/dev/crypto",
					     "/dev/cryptodev1" };
	pthread_t threads[ARRAY_SIZE(paths)];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		REQUIRE(!pthread_create(&threads[i], NULL, many_round_trips,
					dev_unconst(paths[i])));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

static const struct check_case cases[] = {
	{ "/dev/cryptodev0 and 1 are two devices, /dev/crypto is the first", three_names },
	{ "a session of one device means nothing on the other", sessions_are_apart },
	{ "both devices and all queues work at once", all_at_once },
};

int main(void)
{
	dev_fill(data, sizeof(data), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
