// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device vanishes without a word while it has requests: where its registers were nothing but
 * ones can be read, and nothing can be written.
 *
 * It is there all the same, elsewhere: where its registers were there is its ROM, which tests/vanish.sh
 * has filled with ones.  So it can come back, and be reset.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "afalg.h"
#include "async.h"
#include "check.h"
#include "dev.h"
#include "ring.h"

#define PAGE 4096
#define COUNT 10
#define MANY 60
#define LONG (64u << 10)

/* In the configuration space: addresses of the registers and of the ROM, which has a bit to turn it on. */
enum { REGISTERS = 0x20,
       ROM = 0x30,
       ROM_ON = 1,
       FLAGS = 0xf };

/* Where nothing else is: 128 GiB. */
#define ELSEWHERE (UINT64_C(1) << 37)

static const uint8_t key[16] = { 1 };
static uint8_t iv[16];
static uint8_t src[2 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t dst[COUNT * PAGE] __attribute__((aligned(PAGE)));
static struct crypt_op ops[COUNT];
static uint8_t much[MANY][LONG] __attribute__((aligned(PAGE)));
static char device[32]; /* "virtio0" */
static int config;
static uint64_t registers;
static uint32_t rom;

static void find_device(void)
{
	char path[PATH_MAX];
	glob_t found;

	REQUIRE(glob("/sys/bus/virtio/drivers/vcrypto/virtio*", 0, NULL, &found) == 0);
	snprintf(device, sizeof(device), "%s", basename(found.gl_pathv[0]));
	globfree(&found);
	snprintf(path, sizeof(path), "/sys/bus/virtio/devices/%s/../config", device);
	config = open(path, O_RDWR | O_CLOEXEC);
	REQUIRE(config >= 0);
	REQUIRE(pread(config, &registers, sizeof(registers), REGISTERS) == sizeof(registers));
	REQUIRE(pread(config, &rom, sizeof(rom), ROM) == sizeof(rom));
	REQUIRE(registers >> 32 == 0 && !(rom & ROM_ON));
}

/* A register is written as a whole. */
static void put(uint32_t value, off_t at)
{
	REQUIRE(pwrite(config, &value, sizeof(value), at) == sizeof(value));
}

static void vanish(void)
{
	put((uint32_t)(ELSEWHERE >> 32), REGISTERS + 4);
	put((uint32_t)(registers & ~(uint64_t)FLAGS) | ROM_ON, ROM);
}

static void come_back(void)
{
	put(rom, ROM);
	put(0, REGISTERS + 4);
}

static void *call(void *file)
{
	int fd = *(int *)file;
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));

	CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, src, PAGE, src + PAGE, iv), ENODEV);
	return NULL;
}

static void *long_call(void *file)
{
	static uint8_t text[16 * LONG];
	int fd = *(int *)file;
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));

	CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, text, sizeof(text), text, iv), ENODEV);
	return NULL;
}

/* From kernel 7.3 on AF_ALG reaches no device. */
static void *call_through_kernel(void *unused)
{
	static uint8_t from[PAGE], to[PAGE];
	int fd = afalg_open_as("vcrypto-cbc-aes", 0, key, sizeof(key));

	if (fd < 0) {
		CHECK(dev_kernel_since(7, 3));
		return unused;
	}
	CHECK(!afalg_run(fd, ALG_OP_ENCRYPT, iv, from, to, PAGE));
	CHECK_EQ(errno, ENODEV);
	close(fd);
	return unused;
}

static void *wait_for_ever(void *file)
{
	return (void *)(intptr_t)async_poll(*(int *)file, POLLIN, -1);
}

static void submit(struct ring *ring, int fd)
{
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));

	for (int i = 0; i < COUNT; i++) {
		ops[i] = (struct crypt_op){
			.ses = ses, .len = PAGE, .src = src, .dst = dst + i * PAGE, .iv = iv
		};
		ring_crypt(ring, fd, &ops[i]);
	}
	ring_submit(ring, 0);
}

static void begin(int fd)
{
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));

	for (int i = 0; i < COUNT; i++)
		CHECK_OK(async_encrypt(fd, ses, src, PAGE, dst + i * PAGE, iv));
}

/* More than a user may have at work: some of it waits for the rest. */
static void begin_much(int fd)
{
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));

	for (int i = 0; i < MANY; i++)
		CHECK_OK(async_encrypt(fd, ses, much[i], LONG, much[i], iv));
}

static void fetch(int fd, int count)
{
	struct crypt_op op;

	for (int i = 0; i < count; i++)
		CHECK_ERRNO(async_fetch(fd, &op), ENODEV);
	CHECK_ERRNO(async_try_fetch(fd, &op), ENODEV);
	CHECK_EQ(async_poll(fd, POLLIN | POLLOUT, 0), POLLERR | POLLHUP);
}

/* The page of its own that AF_ALG pins, and lets go when it is told. */
static int pinned_by_kernel(void)
{
	return dev_kernel_since(6, 5) && !dev_kernel_since(7, 3);
}

/* At least one of each kind, and until no more come: the pages that they have. */
static long long requests_are_there(void)
{
	int kinds = dev_kernel_since(7, 3) ? 3 : 4;
	long long pinned = -1;

	for (int i = 0; i < 1000 && hang_in_flight() < kinds; i++)
		usleep(10000);
	CHECK(hang_in_flight() >= kinds);
	for (int i = 0; i < 20 && pinned != dev_pinned_now(); i++) {
		pinned = dev_pinned_now();
		usleep(500000);
	}
	CHECK(pinned > 0);
	return pinned;
}

/* The kernel has tested its algorithms with it, too. */
static void works(void)
{
	int fd = dev_open();
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));

	REQUIRE(afalg_wait(AFALG_LAST));
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, src, PAGE, dst, iv));
	CHECK_OK(close(fd));
}

/* What the device has may still be written, so it stays until the device is reset. */
static void end_case(long long pinned)
{
	CHECK_ERRNO(open(dev_path, O_RDWR), ENODEV);
	CHECK_EQ(dev_pinned_now(), pinned);
	come_back();
	close(config);
	CHECK_EQ(dev_tell_driver("unbind"), 0);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK_EQ(dev_tell_driver("bind"), 0);
	works();
}

/* 6.UNPLUG */
static void all_are_told(void)
{
	int fds[5] = { dev_open(), dev_open(), dev_open(), dev_open(), dev_open() };
	pthread_t threads[4];
	struct ring ring;
	long long pinned;
	void *events;

	find_device();
	ring_open(&ring, COUNT, 0);
	hang_begin();
	begin(fds[0]);
	submit(&ring, fds[1]);
	REQUIRE(!pthread_create(&threads[0], NULL, wait_for_ever, &fds[0]));
	REQUIRE(!pthread_create(&threads[1], NULL, call, &fds[2]));
	REQUIRE(!pthread_create(&threads[2], NULL, call_through_kernel, NULL));
	begin_much(fds[3]);
	REQUIRE(!pthread_create(&threads[3], NULL, long_call, &fds[4]));
	pinned = requests_are_there();
	vanish();
	REQUIRE(!pthread_join(threads[0], &events));
	CHECK((intptr_t)events & POLLIN);
	for (int i = 1; i < 4; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	fetch(fds[0], COUNT);
	fetch(fds[3], MANY);
	for (int i = 0; i < COUNT; i++)
		CHECK_EQ(ring_wait(&ring).res, -ENODEV);
	ring_close(&ring);
	for (int i = 0; i < 5; i++)
		CHECK_OK(close(fds[i]));
	end_case(pinned - pinned_by_kernel());
}

/* 6.UNPLUG */
static void found_later(void)
{
	int fd = dev_open();
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));

	find_device();
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, src, PAGE, dst, iv));
	vanish();
	CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, src, PAGE, dst, iv), ENODEV);
	CHECK_OK(close(fd));
	end_case(dev_pinned_now());
}

static const struct check_case cases[] = {
	{ "when the device vanishes all that wait are told; it keeps the memory that it has",
	  all_are_told },
	{ "that an idle device has vanished is told with the next call", found_later },
};

int main(void)
{
	works();
	return check_main(cases, ARRAY_SIZE(cases));
}
