// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hashes and HMACs that the module registers with the kernel's crypto API: the kernel's own tests
 * of them, and messages of random lengths through AF_ALG, by the names of our drivers, compared
 * with libcrypto.  Which of them the device has done its counters say.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "afalg.h"
#include "async.h"
#include "check.h"
#include "dev.h"
#include "lose.h"
#include "reference.h"

#define ROUNDS 40
#define PAGE 4096
#define DIGEST 64
#define DEVICE_KEY 512		/* the longest that it takes */
#define CHILDREN 4

static _Alignas(PAGE) uint8_t source[16 * PAGE];
static uint8_t expected[DIGEST], actual[DIGEST], key[DEVICE_KEY + 100];

/* "hmac(sha256)" is vcrypto-hmac-sha256. */
static const char *driver_of(const struct reference_mac *mac)
{
	static char name[64];
	char *at;

	snprintf(name, sizeof(name), "vcrypto-%s", mac->name);
	at = strchr(name, '(');
	if (at) {
		*at = '-';
		*strchr(name, ')') = '\0';
	}
	return name;
}

static bool is_registered(const struct reference_mac *mac)
{
	return mac->libcrypto;	/* no CMAC */
}

static void self_tests(void)
{
	const char *value;

	for (size_t i = 0; i < REFERENCE_MACS; i++) {
		if (!is_registered(&reference_macs[i]))
			continue;
		value = afalg_field_of(driver_of(&reference_macs[i]), "selftest");
		if (!CHECK(value && !strcmp(value, "passed")))
			check_note("%s", reference_macs[i].name);
		value = afalg_field_of(driver_of(&reference_macs[i]), "type");
		CHECK(value && !strcmp(value, "ahash"));
		value = afalg_field_of(driver_of(&reference_macs[i]), "async");
		CHECK(value && !strcmp(value, "yes"));
	}
	CHECK(dev_counter("crypt_requests") > 0);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

static size_t random_up_to(size_t most)
{
	return (size_t)rand() % (most + 1);
}

static size_t random_key(const struct reference_mac *mac)
{
	dev_fill(key, sizeof(key), (uint32_t)rand());
	return reference_keylen(mac, 1 + (uint32_t)random_up_to(DEVICE_KEY - 1));
}

/* For operations; others have the same key with another accept() of @alg. */
static int open_hash(const struct reference_mac *mac, size_t keylen, int *alg)
{
	int fd;

	*alg = afalg_bind(driver_of(mac), "hash", key, keylen);
	REQUIRE(*alg >= 0);
	fd = accept(*alg, NULL, NULL);
	REQUIRE(fd >= 0);
	return fd;
}

/* All of a message, in one page.  A pipe hands it over so that even old kernels see its end. */
static void send_whole(int fd, const uint8_t *from, size_t len)
{
	struct iovec data = { dev_unconst(from), len };
	int ends[2];

	REQUIRE(pipe(ends) == 0);
	CHECK_EQ(vmsplice(ends[1], &data, 1, 0), len);
	CHECK_EQ(splice(ends[0], NULL, fd, NULL, len, 0), len);
	close(ends[0]);
	close(ends[1]);
}

static void check_digest(int fd, const struct reference_mac *mac, size_t keylen,
			 const uint8_t *from, size_t len)
{
	reference_digest(mac, key, keylen, from, len, expected);
	memset(actual, 0, sizeof(actual));
	CHECK_EQ(read(fd, actual, sizeof(actual)), mac->size);
	if (!CHECK_MEM(actual, expected, mac->size))
		check_note("%s of %zu bytes, key of %zu", mac->name, len, keylen);
}

static void use_whole(const struct reference_mac *mac)
{
	long long before = dev_counter("crypt_requests");
	size_t offset, len, keylen;
	int alg, fd;

	for (int round = 0; round < ROUNDS; round++) {
		keylen = random_key(mac);
		fd = open_hash(mac, keylen, &alg);
		offset = random_up_to(PAGE - 1);
		len = 1 + random_up_to(PAGE - 1 - offset);
		send_whole(fd, source + offset, len);
		check_digest(fd, mac, keylen, source + offset, len);
		close(fd);
		close(alg);
	}
	if (!CHECK_EQ(dev_counter("crypt_requests") - before, ROUNDS))
		check_note("%s", mac->name);
}

static void for_each_mac(void (*use)(const struct reference_mac *mac))
{
	for (size_t i = 0; i < REFERENCE_MACS; i++)
		if (is_registered(&reference_macs[i]) && reference_has_mac(&reference_macs[i]))
			use(&reference_macs[i]);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

static void whole_messages(void)
{
	for_each_mac(use_whole);
}

/* Newer kernels hand over all of a call as a message. */
static void use_long(const struct reference_mac *mac)
{
	long long before = dev_counter("crypt_requests");
	size_t len, keylen;
	int alg, fd;

	for (int round = 0; round < ROUNDS; round++) {
		keylen = random_key(mac);
		fd = open_hash(mac, keylen, &alg);
		len = 1 + random_up_to(sizeof(source) - PAGE - 1);
		CHECK_EQ(send(fd, source + round, len, 0), len);
		check_digest(fd, mac, keylen, source + round, len);
		close(fd);
		close(alg);
	}
	CHECK_EQ(dev_counter("crypt_requests") - before, dev_kernel_since(6, 5) ? ROUNDS : 0);
}

static void long_messages(void)
{
	for_each_mac(use_long);
}

static void send_pieces(int fd, const uint8_t *from, size_t len)
{
	size_t piece;

	for (size_t at = 0; at < len; at += piece) {
		piece = 1 + random_up_to(len - at - 1);
		CHECK_EQ(send(fd, from + at, piece, MSG_MORE), piece);
	}
}

/* One goes on with the other's half. */
static void use_pieces(const struct reference_mac *mac)
{
	long long before = dev_counter("crypt_requests");
	size_t keylen, half, len;
	int alg, fd, clone;

	for (int round = 0; round < ROUNDS; round++) {
		keylen = random_key(mac);
		fd = open_hash(mac, keylen, &alg);
		len = 2 + random_up_to(sizeof(source) - 2);
		half = 1 + random_up_to(len - 2);
		send_pieces(fd, source, half);
		clone = accept(fd, NULL, NULL);
		REQUIRE(clone >= 0);
		send_pieces(clone, source + half, len - half);
		check_digest(clone, mac, keylen, source, len);
		check_digest(fd, mac, keylen, source, half);
		close(clone);
		close(fd);
		close(alg);
	}
	CHECK_EQ(dev_counter("crypt_requests") - before, 0);
}

static void pieces(void)
{
	for_each_mac(use_pieces);
}

static void use_empty(const struct reference_mac *mac)
{
	size_t keylen = random_key(mac);
	int alg, fd = open_hash(mac, keylen, &alg);

	check_digest(fd, mac, keylen, source, 0);
	close(fd);
	close(alg);
}

static void empty_messages(void)
{
	for_each_mac(use_empty);
}

static void use_long_key(const struct reference_mac *mac)
{
	long long before = dev_counter("crypt_requests");
	size_t keylen;
	int alg, fd;

	if (!mac->keyed)
		return;
	for (keylen = DEVICE_KEY - 2; keylen <= DEVICE_KEY + 2; keylen++) {
		fd = open_hash(mac, keylen, &alg);
		send_whole(fd, source, 100);
		check_digest(fd, mac, keylen, source, 100);
		close(fd);
		close(alg);
	}
	CHECK_EQ(dev_counter("crypt_requests") - before, 3);
}

static void long_keys(void)
{
	for_each_mac(use_long_key);
}

/* One after the other; its parent's checks count. */
static void hash_on(void *of)
{
	int alg = *(int *)of, fd = accept(alg, NULL, NULL);
	size_t len;

	REQUIRE(fd >= 0);
	srand((unsigned int)getpid());
	for (int round = 0; round < 20 * ROUNDS; round++) {
		len = 1 + random_up_to(PAGE - 1);
		send_whole(fd, source, len);
		check_digest(fd, &reference_macs[6], 32, source, len);
	}
	close(fd);
}

static void side_by_side(void)
{
	long long before = dev_counter("crypt_requests");
	pid_t children[CHILDREN];
	int alg;

	dev_fill(key, sizeof(key), 7);
	close(open_hash(&reference_macs[6], 32, &alg));
	for (int i = 0; i < CHILDREN; i++)
		children[i] = check_fork(hash_on, &alg);
	for (int i = 0; i < CHILDREN; i++)
		check_wait(children[i]);
	CHECK_EQ(dev_counter("crypt_requests") - before, 20 * ROUNDS * CHILDREN);
	CHECK_EQ(dev_counter("sessions"), 1);
	close(alg);
}

/* Whether the device has done it is told by its counters. */
static void hash_once(int fd, bool by_device)
{
	long long before = dev_counter("crypt_requests");

	send_whole(fd, source, 100);
	check_digest(fd, &reference_macs[6], 32, source, 100);
	CHECK_EQ(dev_counter("crypt_requests") - before, by_device);
}

static void hash_in_child(void *fd)
{
	send_whole(*(int *)fd, source, 100);
	check_digest(*(int *)fd, &reference_macs[6], 32, source, 100);
}

/* There is no destination that may be half written, so the request is done again. */
static void is_reset(void)
{
	int alg, fd;
	pid_t child;

	dev_fill(key, sizeof(key), 8);
	fd = open_hash(&reference_macs[6], 32, &alg);
	for (int round = 0; round < 5; round++) {
		hash_once(fd, true);
		hang_begin();
		child = check_fork(hash_in_child, &fd);
		while (!hang_in_flight())
			usleep(1000);
		lose("broken");
		check_wait(child);
	}
	close(fd);
	close(alg);
}

static void leaves(void)
{
	int alg, other_alg, fd, other;

	dev_fill(key, sizeof(key), 9);
	fd = open_hash(&reference_macs[6], 32, &alg);
	hash_once(fd, true);
	CHECK_EQ(dev_tell_driver("unbind"), 0);
	hash_once(fd, false);
	other = open_hash(&reference_macs[6], 32, &other_alg);
	hash_once(other, false);
	close(other);
	close(other_alg);
	CHECK_EQ(dev_tell_driver("bind"), 0);
	other = open_hash(&reference_macs[6], 32, &other_alg);
	hash_once(other, true);
	close(other);
	close(other_alg);
	close(fd);
	close(alg);
}

static const struct check_case cases[] = {
	{ "the kernel's tests of all hashes and HMACs have passed", self_tests },
	{ "whole messages give what libcrypto gives, and the device has done it", whole_messages },
	{ "so do long ones", long_messages },
	{ "software has what comes in pieces, and both go on from a copy", pieces },
	{ "nothing has a digest, too", empty_messages },
	{ "keys may be longer than a block, and than the device takes", long_keys },
	{ "many at once with one key are right", side_by_side },
	{ "what the device has when it is reset is done again", is_reset },
	{ "when the driver leaves the device software goes on, until there is one", leaves },
};

int main(void)
{
	REQUIRE(afalg_wait(AFALG_LAST));
	dev_fill(source, sizeof(source), 1);
	srand(1);
	if (dev_kernel_since(7, 3))
		return check_skip("from kernel 7.3 on AF_ALG reaches no device", check_main(cases, 1));
	return check_main(cases, ARRAY_SIZE(cases));
}
