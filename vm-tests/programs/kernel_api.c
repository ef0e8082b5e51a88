// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the module registers with the kernel's crypto API: the kernel's own tests of it, and
 * operations of random lengths through AF_ALG, by the names of our drivers, compared with
 * libcrypto or with the kernel's software.  That the device has done them its counters say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"
#include "reference.h"

#define ROUNDS 60

/* Those that any host has and the kernel has software for, in the order of registration. */
static const char *const drivers[] = {
	"vcrypto-ecb-aes", "vcrypto-cbc-aes", "vcrypto-ctr-aes", "vcrypto-xts-aes",
	"vcrypto-gcm-aes", "vcrypto-ccm-aes", "vcrypto-chacha20-poly1305",
};

/* Ciphers of libcrypto's, and the same here. */
static const struct {
	const char *name, *driver;
} ciphers[] = {
	{ "ecb(aes-128)", "vcrypto-ecb-aes" }, { "ecb(aes-256)", "vcrypto-ecb-aes" },
	{ "cbc(aes-128)", "vcrypto-cbc-aes" }, { "cbc(aes-192)", "vcrypto-cbc-aes" },
	{ "cbc(aes-256)", "vcrypto-cbc-aes" }, { "ctr(aes-128)", "vcrypto-ctr-aes" },
	{ "ctr(aes-256)", "vcrypto-ctr-aes" }, { "xts(aes-128)", "vcrypto-xts-aes" },
	{ "xts(aes-256)", "vcrypto-xts-aes" },
};

static const struct aead {
	const char *name, *driver;
	size_t keylen, iv, tag;
} aeads[] = {
	{ "gcm(aes)", "vcrypto-gcm-aes", 16, 12, 16 },
	{ "gcm(aes)", "vcrypto-gcm-aes", 32, 12, 12 },
	{ "ccm(aes)", "vcrypto-ccm-aes", 16, 16, 8 },
	{ "ccm(aes)", "vcrypto-ccm-aes", 24, 16, 16 },
	{ "rfc7539(chacha20,poly1305)", "vcrypto-chacha20-poly1305", 32, 12, 16 },
	/* The kernel's own template, over ours; its key has a nonce at the end, its AAD the IV. */
	{ "rfc4106(gcm(aes))", "rfc4106(vcrypto-gcm-aes)", 20, 8, 16 },
};

static uint8_t source[AFALG_MAX], expected[AFALG_MAX], actual[AFALG_MAX];
static uint8_t key[64], iv[AFALG_BLOCK];

/* Each is registered when its test has passed. */
static void self_tests(void)
{
	const char *value;

	CHECK(afalg_wait(AFALG_LAST));
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		CHECK(afalg_wait(drivers[i]));
		value = afalg_field_of(drivers[i], "selftest");
		CHECK(value && !strcmp(value, "passed"));
		value = afalg_field_of(drivers[i], "priority");
		CHECK(value && !strcmp(value, "1"));
		value = afalg_field_of(drivers[i], "async");
		CHECK(value && !strcmp(value, "yes"));
	}
	CHECK(dev_counter("crypt_requests") > 0);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

static const struct reference_cipher *reference(const char *name)
{
	size_t i = 0;

	while (i < REFERENCE_CIPHERS && strcmp(reference_ciphers[i].name, name))
		i++;
	REQUIRE(i < REFERENCE_CIPHERS);
	return &reference_ciphers[i];
}

/* As many short ones as long ones. */
static size_t random_length(size_t block)
{
	size_t blocks = 1 + (size_t)rand() % ((size_t)2 << rand() % 12);

	return blocks * block < AFALG_MAX ? blocks * block : AFALG_MAX;
}

/* Says what it was that failed. */
static bool run(int fd, const struct afalg_op *op)
{
	if (afalg_do(fd, op))
		return true;
	check_note("%zu bytes of AAD, %zu of it and text: %s", op->aadlen, op->fromlen,
		   strerror(errno));
	return false;
}

static void both_ways(const struct reference_cipher *cipher, int fd, size_t len)
{
	struct afalg_op op = {
		.op = ALG_OP_ENCRYPT, .iv = iv, .ivlen = cipher->iv, .from = source, .fromlen = len,
		.to = actual, .tolen = len,
	};

	reference_encrypt(cipher, key, iv, source, len, expected);
	memset(actual, 0, len);
	if (CHECK(run(fd, &op)))
		CHECK_MEM(actual, expected, len);
	op.op = ALG_OP_DECRYPT;
	op.from = expected;
	memset(actual, 0, len);
	if (CHECK(run(fd, &op)))
		CHECK_MEM(actual, source, len);
}

static void use_cipher(const struct reference_cipher *cipher, const char *driver)
{
	long long before = dev_counter("bytes_in");
	size_t len, sum = 0;
	int fd;

	for (int round = 0; round < ROUNDS; round++) {
		dev_fill(key, sizeof(key), (uint32_t)rand());
		dev_fill(iv, sizeof(iv), (uint32_t)rand());
		fd = afalg_open_as(driver, 0, key, cipher->keylen);
		REQUIRE(fd >= 0);
		len = random_length(cipher->block);
		both_ways(cipher, fd, len);
		sum += 2 * len;
		close(fd);
	}
	if (!CHECK_EQ(dev_counter("bytes_in") - before, (long long)sum))
		check_note("%s", cipher->name);
}

static void random_lengths(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++)
		use_cipher(reference(ciphers[i].name), ciphers[i].driver);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

/* The first byte of CCM's says how many bytes a length has. */
static void random_aead(const struct aead *aead)
{
	dev_fill(key, sizeof(key), (uint32_t)rand());
	dev_fill(iv, sizeof(iv), (uint32_t)rand());
	if (aead->iv == 16)
		iv[0] = (uint8_t)(2 + rand() % 6);
}

/* AAD and text are @aadlen and @len; what one has encrypted the other has to decrypt. */
static void seal_and_open(const struct aead *aead, int ours, int theirs, size_t aadlen, size_t len)
{
	size_t all = aadlen + len;
	struct afalg_op op = {
		.op = ALG_OP_ENCRYPT, .iv = iv, .ivlen = aead->iv, .aadlen = aadlen,
		.from = source, .fromlen = all, .to = expected, .tolen = all + aead->tag,
	};

	CHECK(run(theirs, &op));
	op.to = actual;
	memset(actual, 0, op.tolen);
	if (CHECK(run(ours, &op)))
		CHECK_MEM(actual + aadlen, expected + aadlen, len + aead->tag);
	op = (struct afalg_op) {
		.op = ALG_OP_DECRYPT, .iv = iv, .ivlen = aead->iv, .aadlen = aadlen,
		.from = expected, .fromlen = all + aead->tag, .to = actual, .tolen = all,
	};
	memset(actual, 0, all);
	if (CHECK(run(ours, &op)))
		CHECK_MEM(actual + aadlen, source + aadlen, len);
	expected[aadlen + (size_t)rand() % (len + aead->tag)] ^= 1;
	CHECK(!afalg_do(ours, &op));
	CHECK_EQ(errno, EBADMSG);
}

/*
 * Of what the kernel makes of ours it makes tests, too, when it is first asked for it; and of
 * software first, as it would not if ours were there.
 */
static void have_made(const struct aead *aead)
{
	close(afalg_open_as(aead->name, aead->tag, key, aead->keylen));
	close(afalg_open_as(aead->driver, aead->tag, key, aead->keylen));
}

static void use_aead(const struct aead *aead)
{
	long long before;
	int ours, theirs;

	have_made(aead);
	before = dev_counter("crypt_requests");
	for (int round = 0; round < ROUNDS; round++) {
		random_aead(aead);
		ours = afalg_open_as(aead->driver, aead->tag, key, aead->keylen);
		theirs = afalg_open_as(aead->name, aead->tag, key, aead->keylen);
		REQUIRE(ours >= 0 && theirs >= 0);
		seal_and_open(aead, ours, theirs, aead->iv == 8 ? 16 : (size_t)rand() % 600,
			      random_length(1) % (AFALG_MAX / 2));
		close(ours);
		close(theirs);
	}
	CHECK_EQ(dev_counter("crypt_requests") - before, 3 * ROUNDS);
}

static void random_messages(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(aeads); i++)
		use_aead(&aeads[i]);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

/* What is no multiple of its block XTS takes, but not the device. */
static void odd_lengths(void)
{
	const struct reference_cipher *cipher = reference("xts(aes-256)");
	int fd = afalg_open_as("vcrypto-xts-aes", 0, key, cipher->keylen);
	long long before = dev_counter("bytes_in");

	REQUIRE(fd >= 0);
	for (size_t len = 17; len < 100; len++)
		both_ways(cipher, fd, len);
	/* 32, 48, 64, 80, 96, and back. */
	CHECK_EQ(dev_counter("bytes_in") - before, 2 * (32 + 48 + 64 + 80 + 96));
	close(fd);
}

/* The program's memory is not aligned, so this is one page more than a request may have. */
static void too_many_pieces(void)
{
	const struct reference_cipher *cipher = reference("cbc(aes-128)");
	int fd = afalg_open_as("vcrypto-cbc-aes", 0, key, cipher->keylen);

	REQUIRE(fd >= 0);
	for (size_t len = AFALG_MAX - 64; len <= AFALG_MAX; len += 16)
		both_ways(cipher, fd, len);
	close(fd);
}

static const struct check_case cases[] = {
	{ "the kernel's tests of all that is registered have passed", self_tests },
	{ "ciphers give what libcrypto gives, and the device has done it", random_lengths },
	{ "AEADs give what the kernel's software gives, by the device", random_messages },
	{ "XTS takes any length", odd_lengths },
	{ "what is too long for a request is done all the same", too_many_pieces },
};

int main(void)
{
	dev_fill(source, sizeof(source), 1);
	srand(1);
	if (dev_kernel_since(7, 3))
		return check_skip("from kernel 7.3 on AF_ALG reaches no device", check_main(cases, 1));
	return check_main(cases, ARRAY_SIZE(cases));
}
