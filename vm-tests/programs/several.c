// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <crypto/cryptodev.h>

#include "check.h"
#include "dev.h"
#include "several.h"

#define SIZE 20

int fd, queues;
uint8_t data[4096], iv[16];
const uint8_t key[32] = { 2, 7, 1, 8 };
const char text[49] = "What is copied is a hash, wherever it has begun.";

/* A line for each queue in a file of the device's; returns how many there are. */
static int read_lines(const char *pattern, long long numbers[MAX_QUEUES])
{
	glob_t found;
	FILE *file;
	int number = 0;

	REQUIRE(glob(pattern, 0, NULL, &found) == 0);
	file = fopen(found.gl_pathv[0], "re");
	REQUIRE(file);
	while (number < MAX_QUEUES && fscanf(file, "%lld", &numbers[number]) == 1)
		number++;
	fclose(file);
	globfree(&found);
	return number;
}

int count(long long requests[MAX_QUEUES])
{
	return read_lines("/sys/bus/virtio/drivers/vcrypto/virtio*/queue_requests", requests);
}

long long notifications(void)
{
	long long numbers[MAX_QUEUES], sum = 0;
	int number = read_lines("/sys/bus/virtio/drivers/vcrypto/virtio*/queue_notifications",
				numbers);

	for (int i = 0; i < number; i++)
		sum += numbers[i];
	return sum;
}

int busy_since(const long long before[MAX_QUEUES])
{
	long long now[MAX_QUEUES];
	int busy = 0;

	REQUIRE(count(now) == queues);
	for (int i = 0; i < queues; i++)
		busy += now[i] > before[i];
	return busy;
}

uint32_t cipher(void)
{
	return dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
}

uint32_t hash(void)
{
	return dev_hash(fd, CRYPTO_SHA1_HMAC, key, sizeof(key));
}

int copy(uint32_t to, uint32_t from)
{
	struct cphash_op op = { .dst_ses = to, .src_ses = from };

	return ioctl(fd, CIOCCPHASH, &op);
}

int update(uint32_t ses, size_t from, size_t to)
{
	return dev_digest(fd, ses, COP_FLAG_UPDATE, text + from, to - from, NULL);
}

void expect_digest(uint32_t ses, size_t from)
{
	uint8_t actual[SIZE], expected[SIZE];

	CHECK_OK(dev_digest(fd, ses, COP_FLAG_UPDATE | COP_FLAG_FINAL, text + from,
			    sizeof(text) - from, actual));
	CHECK_OK(dev_digest(fd, hash(), 0, text, sizeof(text), expected));
	CHECK_MEM(actual, expected, SIZE);
}

void encrypts(uint32_t ses)
{
	uint8_t room[64];

	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 64, room, iv));
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, room, 64, room, iv));
	CHECK_MEM(room, data, 64);
}

void finish(void)
{
	CHECK_OK(close(fd));
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

void run_all(struct caller *callers, int number, void *(*run)(void *))
{
	for (int i = 0; i < number; i++)
		REQUIRE(!pthread_create(&callers[i].thread, NULL, run, &callers[i]));
	for (int i = 0; i < number; i++)
		REQUIRE(!pthread_join(callers[i].thread, NULL));
}

void several_begin(void)
{
	long long requests[MAX_QUEUES];

	queues = count(requests);
	REQUIRE(queues > 1);
	dev_fill(data, sizeof(data), 1);
}
