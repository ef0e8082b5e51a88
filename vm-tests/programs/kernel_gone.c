// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver leaves the device while the kernel has its algorithms, as dm-crypt's: they stay
 * registered, work without the device, and with it again when it is back.  What dm-crypt
 * writes is compared with libcrypto.
 *
 * The module is loaded, and its algorithms come first.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"
#include "dm.h"
#include "reference.h"

#define SECTOR 512
#define PIECE (32u << 10)
#define THREADS 4
#define DISK (THREADS * (size_t)PIECE)
#define ROUNDS 40

/* By generic names, which ours come first of; by those of our drivers; and a template over one. */
static const struct cipher {
	const char *table, *name;
	size_t keylen;
} ciphers[] = {
	{ DM_CBC_SOFTWARE, "cbc(aes-256)", 32 },
	{ DM_XTS_SOFTWARE, "xts(aes-256)", 64 },
	{ DM_CBC, "cbc(aes-256)", 32 },
	{ DM_XTS, "xts(aes-256)", 64 },
	{ "capi:xts(vcrypto-ecb-aes)-plain64", "xts(aes-256)", 64 },
};

#define CIPHERS ARRAY_SIZE(ciphers)

/* What it writes, reads back, and expects on the disk; its place there is its own. */
struct writer {
	uint8_t *text, *raw, *expected;
	off_t at;
	pthread_t thread;
	unsigned int number, opened, errors;
};

static struct writer writers[THREADS];
static atomic_bool stop;
static int raw;

static void encrypt_sectors(const struct cipher *cipher, const struct writer *writer)
{
	const struct reference_cipher *reference = reference_ciphers;
	uint8_t key[64], iv[16] = { 0 };
	uint64_t sector;

	while (strcmp(reference->name, cipher->name))
		reference++;
	dm_key(key, cipher->keylen);
	for (size_t at = 0; at < PIECE; at += SECTOR) {
		sector = ((uint64_t)writer->at + at) / SECTOR;
		for (int i = 0; i < 8; i++)
			iv[i] = (uint8_t)(sector >> 8 * i);
		reference_encrypt(reference, key, iv, writer->text + at, SECTOR,
				  writer->expected + at);
	}
}

/* False: an error of input and output. */
static bool write_right(const struct cipher *cipher, struct writer *writer, int fd)
{
	dev_fill(writer->text, PIECE, (uint32_t)fd + ++writer->opened);
	if (pwrite(fd, writer->text, PIECE, writer->at) != PIECE) {
		CHECK_EQ(errno, EIO);
		return false;
	}
	encrypt_sectors(cipher, writer);
	CHECK_EQ(pread(raw, writer->raw, PIECE, writer->at), PIECE);
	if (!CHECK_MEM(writer->raw, writer->expected, PIECE))
		check_note("%s", cipher->table);
	return true;
}

/* Whether the device has done it is told by its counters. */
static void is_right(const struct cipher *cipher, int fd, bool by_device)
{
	long long before = dev_counter("bytes_in"), done;

	if (!CHECK(fd >= 0) || !CHECK(write_right(cipher, &writers[0], fd))) {
		check_note("%s", cipher->table);
		return;
	}
	done = dev_counter("bytes_in") - before;
	CHECK(by_device ? done >= PIECE : done == 0);
}

static void open_once(const struct cipher *cipher, bool by_device)
{
	int fd = dm_open("once", cipher->table, cipher->keylen);

	is_right(cipher, fd, by_device);
	if (fd >= 0)
		dm_close("once", fd);
}

/* The template is not put together before the device has gone. */
static void leaves(void)
{
	int fds[CIPHERS - 1];
	char name[16];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		snprintf(name, sizeof(name), "disk%zu", i);
		fds[i] = dm_open(name, ciphers[i].table, ciphers[i].keylen);
		is_right(&ciphers[i], fds[i], true);
	}
	CHECK_EQ(dev_tell_driver("unbind"), 0);
	sleep(1);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		is_right(&ciphers[i], fds[i], false);
	for (size_t i = 0; i < CIPHERS; i++)
		open_once(&ciphers[i], false);
	CHECK_EQ(dev_tell_driver("bind"), 0);
	for (size_t i = 0; i < CIPHERS; i++)
		open_once(&ciphers[i], true);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		is_right(&ciphers[i], fds[i], false);
		snprintf(name, sizeof(name), "disk%zu", i);
		if (fds[i] >= 0)
			dm_close(name, fds[i]);
	}
}

/* What is under way when the driver leaves may fail; to open may not. */
static void *come_and_go(void *argument)
{
	struct writer *writer = argument;
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "disk%u", writer->number);
	for (size_t i = writer->number; !atomic_load(&stop); i++) {
		const struct cipher *cipher = &ciphers[i % CIPHERS];

		fd = dm_open(name, cipher->table, cipher->keylen);
		if (!CHECK(fd >= 0)) {
			check_note("%s: %s", cipher->table, strerror(errno));
			break;
		}
		writer->errors += !write_right(cipher, writer, fd);
		dm_close(name, fd);
	}
	return NULL;
}

static void transforms_come_and_go(void)
{
	unsigned int random = 1;

	for (unsigned int i = 0; i < THREADS; i++) {
		writers[i].number = i;
		writers[i].opened = 0;
		REQUIRE(!pthread_create(&writers[i].thread, NULL, come_and_go, &writers[i]));
	}
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_EQ(dev_tell_driver("unbind"), 0);
		usleep((useconds_t)rand_r(&random) % 100000);
		CHECK_EQ(dev_tell_driver("bind"), 0);
		usleep((useconds_t)rand_r(&random) % 100000);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(writers[i].thread, NULL));
		check_note("%u opened, %u errors", writers[i].opened, writers[i].errors);
		CHECK(writers[i].opened > 0);
	}
	for (size_t i = 0; i < CIPHERS; i++)
		open_once(&ciphers[i], true);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

static const struct check_case cases[] = {
	{ "when the driver leaves the device its algorithms go on, and come back with it", leaves },
	{ "transforms come and go while the driver does", transforms_come_and_go },
};

int main(void)
{
	uint8_t *room = mmap(NULL, 3 * DISK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);

	REQUIRE(room != MAP_FAILED);
	for (size_t i = 0; i < THREADS; i++) {
		writers[i].text = room + 3 * i * PIECE;
		writers[i].raw = writers[i].text + PIECE;
		writers[i].expected = writers[i].raw + PIECE;
		writers[i].at = (off_t)(i * PIECE);
	}
	REQUIRE(afalg_wait(AFALG_LAST));
	dm_disk(DISK);
	raw = open("/dev/loop0", O_RDONLY | O_DIRECT | O_CLOEXEC);
	REQUIRE(raw >= 0);
	return check_main(cases, ARRAY_SIZE(cases));
}
