// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Five threads work while the device loses everything again and again.  All they
 * get is compared with libcrypto's.  ESTALE is only for what cannot be made again:
 * a hash in the middle, an AEAD message of several requests, work in place.
 *
 * usage: outlive_load LOSSES[:CALLS] WAY...	the ways of lose.h
 *
 * So many calls at least must succeed, of all threads and evenly between the losses.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "lose.h"

#define MIB (1u << 20)
#define LONGEST (3 * MIB)
#define OUTSTANDING 6
#define THREADS 5
/* A loss comes when each has done so much since the last one. */
#define BETWEEN 3

static const uint8_t key[32] = { 9, 8, 7 };
static uint8_t first_iv[16];
static uint8_t *data;

struct worker {
	pthread_t thread;
	unsigned int random;
	int fd;
	uint32_t ses;
	uint8_t *out, *right;
	atomic_ulong done, stale;
};

static struct worker workers[THREADS];
static atomic_bool stop;
static unsigned long losses, least_calls;

static size_t below(struct worker *worker, size_t limit)
{
	return (size_t)rand_r(&worker->random) % limit;
}

/* Whether a call has succeeded.  If @may_be_stale it may as well not. */
static bool came_through(struct worker *worker, int result, bool may_be_stale)
{
	if (result && may_be_stale && errno == ESTALE)
		atomic_fetch_add(&worker->stale, 1);
	else if (CHECK_OK(result))
		atomic_fetch_add(&worker->done, 1);
	return result == 0;
}

static EVP_CIPHER_CTX *reference(const EVP_CIPHER *cipher, const uint8_t *iv)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

	REQUIRE(context && EVP_EncryptInit_ex(context, cipher, NULL, key, iv) == 1);
	REQUIRE(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
	return context;
}

static void encrypt_right(EVP_CIPHER_CTX *context, size_t at, size_t len, uint8_t *right)
{
	int written;

	REQUIRE(EVP_EncryptUpdate(context, right, &written, data + at, (int)len) == 1);
	REQUIRE(written == (int)len);
}

/* A message in calls that go on from each other: the IV is known to nobody but the driver. */
static void one_chain(struct worker *worker)
{
	EVP_CIPHER_CTX *context = reference(EVP_aes_128_cbc(), first_iv);
	size_t calls = 1 + below(worker, 10);

	for (size_t i = 0; i < calls; i++) {
		size_t len = 16 * (1 + below(worker, 16u << below(worker, 8)));
		size_t at = below(worker, LONGEST - len);

		encrypt_right(context, at, len, worker->right);
		if (came_through(worker,
				 dev_crypt(worker->fd, worker->ses, COP_ENCRYPT, data + at, len,
					   worker->out, i ? NULL : first_iv),
				 false))
			CHECK_MEM(worker->out, worker->right, len);
	}
	EVP_CIPHER_CTX_free(context);
}

/* A message in calls; when it is lost, it begins anew next time. */
static void one_hash(struct worker *worker)
{
	size_t calls = 1 + below(worker, 10), at = 0;
	uint8_t digest[32], right[32];

	for (size_t i = 0; i < calls; i++) {
		size_t len = 1 + below(worker, 256u << below(worker, 10));
		uint16_t flags = COP_FLAG_UPDATE | (i ? 0 : COP_FLAG_RESET);

		if (!came_through(worker,
				  dev_digest(worker->fd, worker->ses, flags, data + at, len, NULL),
				  i > 0 || len > MIB))
			return;
		at += len;
	}
	if (!came_through(worker,
			  dev_digest(worker->fd, worker->ses, COP_FLAG_FINAL, NULL, 0, digest),
			  true))
		return;
	REQUIRE(EVP_Digest(data, at, right, NULL, EVP_sha256(), NULL) == 1);
	CHECK_MEM(digest, right, sizeof(digest));
}

static int authcrypt(const struct worker *worker, uint16_t op, uint8_t *src, size_t len,
		     uint8_t *dst)
{
	struct crypt_auth_op args = {
		.ses = worker->ses,
		.op = op,
		.len = (uint32_t)len,
		.src = src,
		.dst = dst,
		.iv = first_iv,
	};

	return ioctl(worker->fd, CIOCAUTHCRYPT, &args);
}

static void one_message(struct worker *worker)
{
	size_t len = 1 + below(worker, 256u << below(worker, 13)),
	       at = below(worker, LONGEST - len);
	EVP_CIPHER_CTX *context = reference(EVP_aes_128_gcm(), first_iv);

	encrypt_right(context, at, len, worker->right);
	EVP_CIPHER_CTX_free(context);
	if (!came_through(worker, authcrypt(worker, COP_ENCRYPT, data + at, len, worker->out),
			  len >= MIB))
		return;
	CHECK_MEM(worker->out, worker->right, len);
	if (came_through(worker,
			 authcrypt(worker, COP_DECRYPT, worker->out, len + 16, worker->right),
			 len >= MIB))
		CHECK_MEM(worker->right, data + at, len);
}

/* Several at once, every other one in place. */
static void some_operations(struct worker *worker)
{
	static const size_t len = MIB / 4;
	EVP_CIPHER_CTX *context = reference(EVP_aes_128_ctr(), first_iv);
	struct crypt_op op;

	encrypt_right(context, 0, len, worker->right);
	EVP_CIPHER_CTX_free(context);
	for (size_t i = 0; i < OUTSTANDING; i++) {
		uint8_t *place = worker->out + i * len;

		memcpy(place, data, len);
		CHECK_OK(async_encrypt(worker->fd, worker->ses, i % 2 ? place : data, len, place,
				       first_iv));
	}
	for (size_t i = 0; i < OUTSTANDING; i++) {
		int result = async_fetch(worker->fd, &op);

		if (came_through(worker, result, op.src == op.dst))
			CHECK_MEM(op.dst, worker->right, len);
	}
}

/* Messages of a call each, which no loss may be seen by. */
static void some_short_calls(struct worker *worker)
{
	EVP_CIPHER_CTX *context = reference(EVP_aes_128_cbc(), first_iv);
	size_t len = 16 * (1 + below(worker, 16)), at = below(worker, LONGEST - len);

	encrypt_right(context, at, len, worker->right);
	EVP_CIPHER_CTX_free(context);
	for (int i = 0; i < 50; i++)
		if (came_through(worker,
				 dev_crypt(worker->fd, worker->ses, COP_ENCRYPT, data + at, len,
					   worker->out, first_iv),
				 false))
			CHECK_MEM(worker->out, worker->right, len);
}

static void *work(void *argument)
{
	static void (*const kinds[THREADS])(struct worker *) = { one_chain, one_hash, one_message,
								 some_operations, some_short_calls };
	struct worker *worker = argument;

	while (!atomic_load(&stop))
		kinds[worker - workers](worker);
	return NULL;
}

static void start(void)
{
	atomic_store(&stop, false);
	for (size_t i = 0; i < THREADS; i++) {
		struct worker *worker = &workers[i];

		atomic_store(&worker->done, 0);
		atomic_store(&worker->stale, 0);
		worker->fd = dev_open();
		worker->random = (unsigned int)i + 1;
		worker->out = malloc(LONGEST + 16);
		worker->right = malloc(LONGEST + 16);
		REQUIRE(worker->out && worker->right);
		if (i == 1)
			worker->ses = dev_hash(worker->fd, CRYPTO_SHA2_256, NULL, 0);
		else
			worker->ses = dev_cipher(worker->fd,
						 i == 2	  ? CRYPTO_AES_GCM
						 : i == 3 ? CRYPTO_AES_CTR
							  : CRYPTO_AES_CBC,
						 key, 16);
		REQUIRE(!pthread_create(&worker->thread, NULL, work, worker));
	}
}

static unsigned long calls_done(void)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < THREADS; i++)
		sum += atomic_load(&workers[i].done);
	return sum;
}

static void finish(void)
{
	atomic_store(&stop, true);
	for (size_t i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(workers[i].thread, NULL));
		CHECK_OK(close(workers[i].fd));
		free(workers[i].out);
		free(workers[i].right);
		check_note("thread %zu: %lu calls, %lu times ESTALE", i,
			   atomic_load(&workers[i].done), atomic_load(&workers[i].stale));
	}
	check_note("%lu losses, %lu calls of at least %lu", losses, calls_done(), least_calls);
	CHECK(calls_done() >= least_calls);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

/* Within a minute each thread has done more. */
static void wait_for_each(void)
{
	for (size_t i = 0; i < THREADS; i++) {
		unsigned long before = atomic_load(&workers[i].done);
		int tries = 0;

		while (atomic_load(&workers[i].done) < before + BETWEEN && tries++ < 60000)
			usleep(1000);
		REQUIRE(tries < 60000);
	}
}

/* All threads go on, and the part of the calls is done that is due before loss @i. */
static void wait_for_all(unsigned long i)
{
	wait_for_each();
	/* main() has set an alarm. */
	while (calls_done() < least_calls * i / losses)
		usleep(1000);
}

/* 6.OUTLIVE, 6.ESTALE */
static void lost_under_load(void)
{
	start();
	for (unsigned long i = 0; i < losses; i++) {
		wait_for_all(i);
		usleep((useconds_t)(i * 7919 % 30000));
		lose(lose_way);
	}
	wait_for_all(losses);
	finish();
}

static const struct check_case cases[] = {
	{ "five threads under load get right results", lost_under_load },
};

int main(int argc, char **argv)
{
	char *end;

	/* vm.sh has a limit, too; to be moved by the host takes longest. */
	alarm(1500);
	REQUIRE(argc > 2);
	losses = strtoul(argv[1], &end, 10);
	if (*end == ':')
		least_calls = strtoul(end + 1, &end, 10);
	REQUIRE(losses && !*end);
	data = malloc(LONGEST + 16);
	REQUIRE(data);
	dev_fill(data, LONGEST + 16, 1);
	dev_fill(first_iv, sizeof(first_iv), 2);
	return lose_main(argc - 2, argv + 2, cases, ARRAY_SIZE(cases));
}
