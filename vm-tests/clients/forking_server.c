// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a server does with OpenSSL's engine "devcrypto": load it, open sessions,
 * fork.  The children share one open file of /dev/crypto with each other and
 * with the parent, and at first its sessions too.
 *
 * What is right is computed by OpenSSL itself, before the engine is loaded.
 *
 * usage: forking_server [SECONDS]
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* engines are, as of OpenSSL 3.0 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/engine.h>
#include <openssl/evp.h>

#include "check.h"
#include "dev.h"

#define CHILDREN 4
#define MAX_LENGTH 100000

static const uint8_t key[32] = { 1, 6, 1, 8, 0, 3, 3, 9 };
static const uint8_t iv[16] = { 2, 7, 1, 8, 2, 8, 1, 8 };
static const char prefix[] = "what all connections have in common";
static uint8_t data[MAX_LENGTH];
static int seconds = 3;

/* A piece of the data, and what has to become of it. */
static struct job {
	int length;
	uint8_t cbc[MAX_LENGTH + 16];
	uint8_t ctr[MAX_LENGTH];
	uint8_t sha1[20];
	uint8_t sha256[32];
	uint8_t sha256_after_prefix[32];
} jobs[] = { { .length = 1 },	 { .length = 64 },    { .length = 1000 },
	     { .length = 4096 }, { .length = 16384 }, { .length = MAX_LENGTH } };

/* Of the parent, from before it forked. */
static EVP_CIPHER_CTX *inherited_cipher;
static EVP_MD_CTX *inherited_digest;
/* What its open file has, one on each queue with a session. */
static long long contexts;

static bool encrypt(const EVP_CIPHER *cipher, const uint8_t *in, int length, uint8_t *out,
		    int *made)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int first, last;
	bool done = ctx && EVP_EncryptInit_ex(ctx, cipher, NULL, key, iv) &&
		    EVP_EncryptUpdate(ctx, out, &first, in, length) &&
		    EVP_EncryptFinal_ex(ctx, out + first, &last);

	EVP_CIPHER_CTX_free(ctx);
	*made = done ? first + last : -1;
	return done;
}

static bool decrypt(const EVP_CIPHER *cipher, const uint8_t *in, int length, uint8_t *out,
		    int *made)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int first, last;
	bool done = ctx && EVP_DecryptInit_ex(ctx, cipher, NULL, key, iv) &&
		    EVP_DecryptUpdate(ctx, out, &first, in, length) &&
		    EVP_DecryptFinal_ex(ctx, out + first, &last);

	EVP_CIPHER_CTX_free(ctx);
	*made = done ? first + last : -1;
	return done;
}

static bool digest_after(const EVP_MD_CTX *start, int length, uint8_t *digest)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx && EVP_MD_CTX_copy_ex(ctx, start) &&
		    EVP_DigestUpdate(ctx, data, (size_t)length) &&
		    EVP_DigestFinal_ex(ctx, digest, NULL);

	EVP_MD_CTX_free(ctx);
	return done;
}

static EVP_MD_CTX *digest_of_prefix(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	REQUIRE(ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL));
	REQUIRE(EVP_DigestUpdate(ctx, prefix, sizeof(prefix)));
	return ctx;
}

static void compute_in_software(void)
{
	EVP_MD_CTX *start = digest_of_prefix();
	int made;

	for (struct job *job = jobs; job < jobs + ARRAY_SIZE(jobs); job++) {
		REQUIRE(encrypt(EVP_aes_256_cbc(), data, job->length, job->cbc, &made));
		REQUIRE(encrypt(EVP_aes_128_ctr(), data, job->length, job->ctr, &made));
		REQUIRE(EVP_Digest(data, (size_t)job->length, job->sha1, NULL, EVP_sha1(), NULL));
		REQUIRE(EVP_Digest(data, (size_t)job->length, job->sha256, NULL, EVP_sha256(),
				   NULL));
		REQUIRE(digest_after(start, job->length, job->sha256_after_prefix));
	}
	EVP_MD_CTX_free(start);
	CHECK_EQ(dev_counter("sessions_created"), 0);
}

/* The host learns of a session with its first call: both are used before the fork. */
static void load_engine(void)
{
	ENGINE *engine = ENGINE_by_id("devcrypto");
	uint8_t out[64 + 16];
	int made;

	REQUIRE(engine && ENGINE_init(engine));
	REQUIRE(ENGINE_set_default(engine, ENGINE_METHOD_ALL));
	ENGINE_finish(engine);
	ENGINE_free(engine);

	inherited_cipher = EVP_CIPHER_CTX_new();
	REQUIRE(inherited_cipher &&
		EVP_EncryptInit_ex(inherited_cipher, EVP_aes_256_cbc(), NULL, key, iv) &&
		EVP_EncryptUpdate(inherited_cipher, out, &made, data, sizeof(out) - 16));
	inherited_digest = digest_of_prefix();
	CHECK_EQ(dev_counter("sessions"), 2);
	contexts = dev_counter("contexts");
	CHECK(contexts > 0);
}

/* The session is everybody's; the IV is in the context, of which each process has its own. */
static void use_inherited(const struct job *job)
{
	static uint8_t out[MAX_LENGTH + 16];
	uint8_t digest[32];
	int first, last;

	if (CHECK(EVP_EncryptInit_ex(inherited_cipher, NULL, NULL, NULL, iv)) &&
	    CHECK(EVP_EncryptUpdate(inherited_cipher, out, &first, data, job->length)) &&
	    CHECK(EVP_EncryptFinal_ex(inherited_cipher, out + first, &last)))
		CHECK_MEM(out, job->cbc, (size_t)(first + last));
	if (CHECK(digest_after(inherited_digest, job->length, digest)))
		CHECK_MEM(digest, job->sha256_after_prefix, sizeof(digest));
}

static void use_own(const struct job *job)
{
	static uint8_t out[MAX_LENGTH + 16], back[MAX_LENGTH + 32];
	uint8_t digest[32];
	int made, again;

	if (CHECK(encrypt(EVP_aes_256_cbc(), data, job->length, out, &made)) &&
	    CHECK_EQ(made, job->length / 16 * 16 + 16) && CHECK_MEM(out, job->cbc, (size_t)made) &&
	    CHECK(decrypt(EVP_aes_256_cbc(), out, made, back, &again)) &&
	    CHECK_EQ(again, job->length))
		CHECK_MEM(back, data, (size_t)again);
	if (CHECK(encrypt(EVP_aes_128_ctr(), data, job->length, out, &made)))
		CHECK_MEM(out, job->ctr, (size_t)job->length);
	if (CHECK(EVP_Digest(data, (size_t)job->length, digest, NULL, EVP_sha1(), NULL)))
		CHECK_MEM(digest, job->sha1, sizeof(job->sha1));
	if (CHECK(EVP_Digest(data, (size_t)job->length, digest, NULL, EVP_sha256(), NULL)))
		CHECK_MEM(digest, job->sha256, sizeof(job->sha256));
}

static void serve(void *argument)
{
	long long end = dev_milliseconds() + 1000LL * seconds;
	unsigned int number = *(unsigned int *)argument, random = number + 1, served = 0;

	while (dev_milliseconds() < end) {
		const struct job *job = &jobs[(unsigned int)rand_r(&random) % ARRAY_SIZE(jobs)];

		use_inherited(job);
		use_own(job);
		served++;
	}
	CHECK(served > 1);
	check_note("child %u: %u jobs", number, served);
	/* What exit() would do: the engine is unloaded, its file closed. */
	OPENSSL_cleanup();
}

static void children_at_once(void)
{
	unsigned int numbers[CHILDREN];
	pid_t children[CHILDREN];
	long long before = dev_counter("bytes_in");

	for (unsigned int i = 0; i < CHILDREN; i++) {
		numbers[i] = i;
		children[i] = check_fork(serve, &numbers[i]);
	}
	for (unsigned int i = 0; i < CHILDREN; i++)
		check_wait(children[i]);
	check_note("the device has read %lld bytes", dev_counter("bytes_in") - before);
	CHECK(dev_counter("bytes_in") - before > CHILDREN * 1000);
}

static void children_leave_nothing(void)
{
	CHECK_EQ(dev_counter_becomes("sessions", 2), 2);
	CHECK_EQ(dev_counter_becomes("contexts", contexts), contexts);
}

static void parent_goes_on(void)
{
	for (const struct job *job = jobs; job < jobs + ARRAY_SIZE(jobs); job++) {
		use_inherited(job);
		use_own(job);
	}
}

static void work_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		parent_goes_on();
}

static void killed_children(void)
{
	for (int i = 0; i < 5; i++) {
		pid_t child = check_fork(work_for_ever, NULL);
		int status;

		usleep(50000);
		CHECK_OK(kill(child, SIGKILL));
		CHECK_OK(waitpid(child, &status, 0));
		CHECK(WIFSIGNALED(status));
		parent_goes_on();
	}
}

static void ends(void)
{
	EVP_CIPHER_CTX_free(inherited_cipher);
	EVP_MD_CTX_free(inherited_digest);
	OPENSSL_cleanup();
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
	CHECK_EQ(dev_counter("failures"), 0);
}

static const struct check_case cases[] = {
	{ "before the engine is loaded OpenSSL does not ask the device", compute_in_software },
	{ "the parent opens a session for a cipher and one for a hash", load_engine },
	{ "four children at once get right results, from these sessions and their own",
	  children_at_once },
	{ "the children leave the parent's sessions and no others", children_leave_nothing },
	{ "the parent's sessions work after the children have ended", parent_goes_on },
	{ "the parent's sessions work after children were killed", killed_children },
	{ "nothing is left after the parent", ends },
};

int main(int argc, char **argv)
{
	if (argc == 2)
		seconds = atoi(argv[1]);
	dev_fill(data, sizeof(data), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
