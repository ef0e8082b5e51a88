// SPDX-License-Identifier: GPL-2.0-or-later
/* The device disappears while it is in use, and comes back. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define LENGTH (1u << 20)
#define ROUNDS 5
#define THREADS 16

static const uint8_t key[16] = { 1 };
static uint8_t iv[16], memory[LENGTH];
static int fd;
static uint32_t sessions[THREADS];
static atomic_ulong done;

/* Many threads, mostly with long calls: some are sure to be in the device's hands when it goes. */
static void *until_gone(void *argument)
{
	uintptr_t number = (uintptr_t)argument;
	size_t length = number % 4 ? LENGTH : 512;

	while (dev_crypt(fd, sessions[number], COP_ENCRYPT, memory, length, memory, iv) == 0)
		atomic_fetch_add(&done, 1);
	CHECK_EQ(errno, ENODEV);
	return NULL;
}

static void all_calls_fail(void)
{
	struct session_op session = { .cipher = CRYPTO_AES_CBC,
				      .keylen = 16,
				      .key = dev_unconst(key) };
	struct crypt_op crypt = { .ses = sessions[0] };
	struct session_info_op info = { .ses = sessions[0] };
	uint32_t number = sessions[0];

	CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &session), ENODEV);
	CHECK_ERRNO(ioctl(fd, CIOCCRYPT, &crypt), ENODEV);
	CHECK_ERRNO(ioctl(fd, CIOCGSESSINFO, &info), ENODEV);
	CHECK_ERRNO(ioctl(fd, CIOCFSESSION, &number), ENODEV);
	CHECK_ERRNO(open(dev_path, O_RDWR), ENODEV);
	CHECK_ERRNO(open("/dev/cryptodev0", O_RDWR), ENOENT);
}

static void works(void)
{
	static uint8_t data[65536], room[65536];
	int file = dev_open();
	uint32_t ses = dev_cipher(file, CRYPTO_AES_CBC, key, sizeof(key));

	dev_fill(data, sizeof(data), 1);
	CHECK_OK(dev_crypt(file, ses, COP_ENCRYPT, data, sizeof(data), room, iv));
	CHECK_OK(dev_crypt(file, ses, COP_DECRYPT, room, sizeof(data), room, iv));
	CHECK_MEM(room, data, sizeof(data));
	close(file);
}

static void remove_under_load(unsigned int milliseconds)
{
	pthread_t threads[THREADS];

	fd = dev_open();
	for (int i = 0; i < THREADS; i++)
		sessions[i] = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	atomic_store(&done, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, until_gone, (void *)i));
	while (atomic_load(&done) < THREADS)
		usleep(1000);
	usleep(1000 * milliseconds);
	dev_unplug();
	for (int i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	check_note("%lu calls succeeded before", atomic_load(&done));
	all_calls_fail();
}

/* 6.UNPLUG */
static void removed_under_load(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		remove_under_load(30 * i);
		CHECK_OK(close(fd));
		dev_rescan();
		works();
	}
}

/* 6.UNPLUG: The old file must not come back to life with the new device. */
static void old_files_stay_dead(void)
{
	remove_under_load(100);
	dev_rescan();
	works();
	CHECK_ERRNO(dev_crypt(fd, sessions[0], COP_ENCRYPT, iv, 16, iv, NULL), ENODEV);
	CHECK_OK(close(fd));
	works();
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

static const struct check_case cases[] = {
	{ "all calls end with ENODEV after the device was removed; rescan brings it back",
	  removed_under_load },
	{ "a file that was open stays without a device after rescan", old_files_stay_dead },
};

CHECK_MAIN(cases)
