// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations that the device had when it lost everything are repeated before those that come
 * after them: none is done out of its turn, and none takes the share that an earlier one needs.
 *
 * usage: repeated WAY...	the ways of lose.h
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "lose.h"

#define PAGE 4096
/* What is in flight of a user is 2 MiB of AES at most, and 1 KiB for each request besides. */
#define LONG (1u << 20)
#define SHORT (32u << 10)
#define HASHES 3
#define HASHED 300000
#define TRIALS 10

static const uint8_t key[16] = { 1 };
static uint8_t iv[16];
static uint8_t src[LONG] __attribute__((aligned(PAGE)));
static uint8_t dst[LONG] __attribute__((aligned(PAGE)));
static uint8_t shorts[ASYNC_MAX][SHORT] __attribute__((aligned(PAGE)));
static int fd;

/* False: one has not ended within 20 seconds. */
static bool fetch_all(int count)
{
	for (int i = 0; i < count; i++) {
		if (!CHECK(async_poll(fd, POLLIN, 20000) & POLLIN)) {
			check_note("%d of %d have ended", i, count);
			return false;
		}
		CHECK_OK(async_try_fetch(fd, &(struct crypt_op){ 0 }));
	}
	return true;
}

/* 6.OUTLIVE: The long one and 31 others are in flight; with those behind them they are twice that. */
static void all_end(void)
{
	static uint8_t right[LONG];
	uint32_t ses;

	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, src, LONG, right, iv));
	memset(dst, 0, sizeof(dst));
	memset(shorts, 0, sizeof(shorts));
	hang_begin();
	CHECK_OK(async_encrypt(fd, ses, src, LONG, dst, iv));
	for (int i = 1; i < ASYNC_MAX; i++)
		CHECK_OK(async_encrypt(fd, ses, src, SHORT, shorts[i], iv));
	CHECK(hang_in_flight() > 1);
	lose(lose_way);
	if (fetch_all(ASYNC_MAX)) {
		CHECK_MEM(dst, right, LONG);
		for (int i = 1; i < ASYNC_MAX; i++)
			CHECK_MEM(shorts[i], right, SHORT);
	}
	CHECK_OK(close(fd));
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

static void hash_async(uint32_t ses, uint16_t flags, const void *from, uint32_t len, void *mac)
{
	struct crypt_op op = {
		.ses = ses, .flags = flags, .len = len, .src = dev_unconst(from), .mac = mac
	};

	CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &op));
}

/* A message that is begun by an operation, and ended by a call. */
static const char message[] = "DEFG";

static void begin_message(uint32_t ses)
{
	hash_async(ses, COP_FLAG_RESET | COP_FLAG_UPDATE, message, 1, NULL);
}

/* The device may lose the message's first piece, but if there is a digest it is that of both. */
static void end_message(uint32_t ses, const uint8_t right[32])
{
	uint8_t digest[32] = { 0 };

	if (dev_digest(fd, ses, COP_FLAG_UPDATE | COP_FLAG_FINAL, message + 1, 3, digest))
		CHECK_EQ(errno, ESTALE);
	else
		CHECK_MEM(digest, right, sizeof(digest));
}

static uint32_t new_hash(void)
{
	return dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
}

/*
 * 6.ESTALE: What begins the message waits for its turn with as much in flight as may be, and there
 * is room for it as soon as that of another session is back.
 */
static void share_used_up(void)
{
	uint8_t right[32], macs[ASYNC_MAX][32];
	uint32_t hash, other;
	int count = 0;

	fd = dev_open();
	hash = new_hash();
	other = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	CHECK_OK(dev_digest(fd, hash, 0, message, 4, right));
	CHECK_OK(dev_crypt(fd, other, COP_ENCRYPT, src, 16, dst, iv));
	hang_begin();
	hash_async(hash, 0, src, LONG / 2, macs[count++]);
	for (int i = 0; i < 20; i++)
		hash_async(hash, 0, src, 25488, macs[count++]);
	CHECK_OK(async_encrypt(fd, other, src, 5968, dst, iv));
	count++;
	begin_message(hash);
	CHECK_EQ(hang_in_flight(), count);
	lose(lose_way);
	if (fetch_all(count + 1))
		end_message(hash, right);
	CHECK_OK(close(fd));
}

static void *lose_it(void *unused)
{
	lose(lose_way);
	return unused;
}

static void wait_while(bool all_in_flight)
{
	for (int i = 0; i < 60000 && (hang_in_flight() == HASHES) == all_in_flight; i++)
		usleep(100);
}

/* What begins the message comes as soon as the device has lost the others, or a little later. */
static void try_once(uint32_t hash, unsigned int microseconds, const uint8_t right[2][32])
{
	uint8_t macs[HASHES][32];
	pthread_t thread;

	hang_begin();
	for (int i = 0; i < HASHES; i++)
		hash_async(hash, 0, src, HASHED, macs[i]);
	CHECK_EQ(async_poll(fd, POLLIN, 0), 0);
	wait_while(false);
	REQUIRE(!pthread_create(&thread, NULL, lose_it, NULL));
	wait_while(true);
	usleep(microseconds);
	begin_message(hash);
	REQUIRE(fetch_all(HASHES + 1));
	REQUIRE(!pthread_join(thread, NULL));
	for (int i = 0; i < HASHES; i++)
		CHECK_MEM(macs[i], right[1], sizeof(macs[i]));
	end_message(hash, right[0]);
}

/* 6.ESTALE, 4.ASYNC.1 */
static void begun_meanwhile(void)
{
	uint8_t right[2][32];
	uint32_t hash;

	if (lose_sleeps(lose_way)) {
		check_note("SKIP: nothing is begun while the machine sleeps");
		return;
	}
	fd = dev_open();
	hash = new_hash();
	CHECK_OK(dev_digest(fd, hash, 0, message, 4, right[0]));
	CHECK_OK(dev_digest(fd, hash, 0, src, HASHED, right[1]));
	for (unsigned int i = 0; i < TRIALS; i++)
		try_once(hash, i * 1000, right);
	CHECK_OK(close(fd));
}

static const struct check_case cases[] = {
	{ "all operations end, though others wait to be sent", all_end },
	{ "none is sent before those that wait for their share", share_used_up },
	{ "none is sent before those that are to be repeated", begun_meanwhile },
};

int main(int argc, char **argv)
{
	dev_fill(src, sizeof(src), 1);
	return lose_main(argc - 1, argv + 1, cases, ARRAY_SIZE(cases));
}
