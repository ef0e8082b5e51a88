// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a program can do to itself with two threads.  Results may be anything
 * that makes sense; the kernel log must stay silent, nothing may be written
 * outside the destination, and the device must still work.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define MILLISECONDS 2000
#define LENGTH (256 * 1024)
#define ROOM (2 * LENGTH)

static const uint8_t key[16];
static uint8_t data[LENGTH], *room, iv[16];
static int fd;
static uint32_t cbc;
static atomic_bool stop;
static atomic_ulong good, bad;

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	atomic_store(&stop, false);
	atomic_store(&good, 0);
	atomic_store(&bad, 0);
}

/* Runs @disturb in this thread, beside two threads with @work. */
static void race(void *(*work)(void *), void (*disturb)(void))
{
	long long end = dev_milliseconds() + MILLISECONDS;
	pthread_t threads[2];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		REQUIRE(!pthread_create(&threads[i], NULL, work, NULL));
	while (dev_milliseconds() < end)
		disturb();
	atomic_store(&stop, true);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	check_note("%lu calls succeeded, %lu failed", atomic_load(&good), atomic_load(&bad));
	CHECK(atomic_load(&good) > 0);
	CHECK(atomic_load(&bad) > 0);
}

static void count(int result, const int *allowed)
{
	if (result == 0) {
		atomic_fetch_add(&good, 1);
		return;
	}
	while (*allowed && *allowed != errno)
		allowed++;
	CHECK_EQ(errno, *allowed);
	atomic_fetch_add(&bad, 1);
}

static void end(void)
{
	long long zero = 0;

	close(fd);
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, data, LENGTH, room, iv));
	CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, room, LENGTH, room, iv));
	CHECK_MEM(room, data, LENGTH);
	CHECK_OK(close(fd));
	CHECK_EQ(dev_counter_becomes("sessions", zero), zero);
	CHECK_EQ(dev_counter_becomes("contexts", zero), zero);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

static void *crypt_a_lot(void *unused)
{
	static const int allowed[] = { EBADF, EINVAL, 0 };
	uint8_t *dst = malloc(LENGTH);

	while (!atomic_load(&stop))
		count(dev_crypt(fd, cbc, COP_ENCRYPT, data, LENGTH, dst, iv), allowed);
	free(dst);
	return unused;
}

static void close_and_open(void)
{
	CHECK_OK(close(fd));
	usleep(1000);
	CHECK_EQ(dev_open(), fd);
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	usleep(5000);
}

static void closed_meanwhile(void)
{
	start();
	race(crypt_a_lot, close_and_open);
	end();
}

static void free_and_create(void)
{
	CHECK_OK(dev_free(fd, cbc));
	usleep(1000);
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	usleep(5000);
}

static void freed_meanwhile(void)
{
	start();
	race(crypt_a_lot, free_and_create);
	end();
}

static volatile struct crypt_op shared;

static void *crypt_shared(void *unused)
{
	static const int allowed[] = { EFAULT, EINVAL, 0 };

	while (!atomic_load(&stop))
		count(ioctl(fd, CIOCCRYPT, &shared), allowed);
	return unused;
}

static void change_struct(void)
{
	static unsigned int random = 1;
	static const uint32_t lengths[] = { 0, 16, 17, 2048, 2064, 4096, 65536, 65537 };
	uint32_t r = (uint32_t)rand_r(&random);

	shared.len = lengths[r % 8];
	shared.src = r & 8 ? data : NULL;
	shared.op = r & 16 ? COP_DECRYPT : COP_ENCRYPT;
	shared.dst = r & 32 ? room : r & 64 ? room + 1 : NULL;
	shared.ses = r & 128 ? cbc : 0;
	shared.iv = r & 256 ? iv : NULL;
	shared.ses = cbc;
	shared.src = data;
	shared.dst = room;
}

/*
 * Only one byte of its address is not 0, so that no mixture of it and NULL is anywhere else: some
 * kernels copy the struct byte by byte.
 */
static void map_room(void)
{
	void *at = (void *)(uintptr_t)(sizeof(at) > 4 ? 0x2000000000 : 0x20000000);

	room = mmap(at, ROOM, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	REQUIRE(room == at);
}

/*
 * However it mixes, even the bytes of one member: at most 0x11010 bytes are written, after room
 * or room + 1.
 */
static void struct_changed_meanwhile(void)
{
	static uint8_t canary[LENGTH];

	start();
	memset(canary, 0xc3, LENGTH);
	memset(room, 0xc3, ROOM);
	race(crypt_shared, change_struct);
	CHECK_MEM(room + 0x11011, canary, LENGTH - 0x11011);
	end();
}

static uint8_t *moving;
static int moving_file;

static void *crypt_moving(void *unused)
{
	static const int allowed[] = { EFAULT, 0 };

	while (!atomic_load(&stop)) {
		count(dev_crypt(fd, cbc, COP_ENCRYPT, moving, LENGTH, moving, iv), allowed);
		count(dev_crypt(fd, cbc, COP_ENCRYPT, moving, 1024, moving, iv), allowed);
	}
	return unused;
}

static void map_moving(int protection)
{
	REQUIRE(mmap(moving, LENGTH, protection, MAP_SHARED | MAP_FIXED, moving_file, 0) == moving);
}

static void unmap_and_truncate(void)
{
	REQUIRE(munmap(moving, LENGTH) == 0);
	usleep(500);
	map_moving(PROT_READ | PROT_WRITE);
	usleep(3000);
	REQUIRE(mprotect(moving, LENGTH, PROT_READ) == 0);
	usleep(500);
	REQUIRE(mprotect(moving, LENGTH, PROT_READ | PROT_WRITE) == 0);
	usleep(3000);
	REQUIRE(ftruncate(moving_file, 4096) == 0);
	usleep(500);
	REQUIRE(ftruncate(moving_file, LENGTH) == 0);
	usleep(3000);
}

static void memory_gone_meanwhile(void)
{
	start();
	moving_file = memfd_create("moving", MFD_CLOEXEC);
	REQUIRE(moving_file >= 0 && ftruncate(moving_file, LENGTH) == 0);
	moving = mmap(NULL, LENGTH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(moving != MAP_FAILED);
	map_moving(PROT_READ | PROT_WRITE);
	race(crypt_moving, unmap_and_truncate);
	munmap(moving, LENGTH);
	close(moving_file);
	end();
}

static void *use_one_session(void *argument)
{
	uint8_t own_iv[16], dst[4096], back[4096];

	dev_fill(own_iv, sizeof(own_iv), (uint32_t)(uintptr_t)argument);
	for (int i = 0; i < 20; i++) {
		CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, data, sizeof(dst), dst, own_iv));
		CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, dst, sizeof(dst), back, own_iv));
		CHECK_MEM(back, data, sizeof(back));
	}
	return NULL;
}

static void many_threads(void)
{
	static pthread_t threads[200];

	start();
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		REQUIRE(!pthread_create(&threads[i], NULL, use_one_session, (void *)i));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	end();
}

static const struct check_case cases[] = {
	{ "200 threads use one session", many_threads },
	{ "the file is closed while other threads use it", closed_meanwhile },
	{ "the session is freed while other threads use it", freed_meanwhile },
	{ "the struct changes while the driver looks at it", struct_changed_meanwhile },
	{ "memory is unmapped, protected and truncated while the device uses it",
	  memory_gone_meanwhile },
};

int main(void)
{
	dev_fill(data, sizeof(data), 1);
	map_room();
	return check_main(cases, ARRAY_SIZE(cases));
}
