// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Session numbers that a program still holds when they are no session's any more,
 * or that never were: freed, freed twice, of another file, or just small.  Each of
 * them is refused, and no session that lives notices.
 *
 * Root, because it changes max_sessions.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

/* A number that was freed is another session's only after as many creations in its file. */
#define APART (1u << 17)
/* Below are no numbers. */
#define SMALLEST (1u << 14)
#define LIVE 200
#define PROCESSES 4

/* Seconds, in which all is over: a process whose partner has failed must not wait for it. */
#define LONG_ENOUGH 250

static uint8_t src[64], iv[16];
static int fd;

/* A session with a key of its own, an IV to go on from, and a hash that is not finished. */
struct session {
	uint32_t ses;
	uint32_t seed;
	uint8_t dst[64];
};

static uint32_t new_cipher(uint32_t seed)
{
	uint8_t key[16];

	dev_fill(key, sizeof(key), seed);
	return dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
}

static struct session new_session(uint32_t seed)
{
	struct session session = { .seed = seed };
	uint8_t key[32];
	struct session_op op = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = 16,
		.key = key,
		.mac = CRYPTO_SHA1_HMAC,
		.mackeylen = 16,
		.mackey = key + 16,
	};

	dev_fill(key, sizeof(key), seed);
	session.ses = dev_session(fd, &op);
	return session;
}

/* Encrypts a half of src, going on where the last call has ended. */
static void use_half(struct session *session, int half, uint8_t *mac)
{
	struct crypt_op op = {
		.ses = session->ses,
		.flags = half ? COP_FLAG_FINAL : COP_FLAG_UPDATE,
		.len = 32,
		.src = src + 32 * half,
		.dst = session->dst + 32 * half,
		.mac = mac,
	};

	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
}

/* What the session has made of src is what one call of another session with its keys makes. */
static void check_session(struct session *session)
{
	struct session same = new_session(session->seed);
	uint8_t mac[20], right_mac[20];
	struct crypt_op op = {
		.ses = same.ses, .len = 64, .src = src, .dst = same.dst, .mac = right_mac
	};

	use_half(session, 1, mac);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	CHECK_MEM(session->dst, same.dst, sizeof(same.dst));
	CHECK_MEM(mac, right_mac, sizeof(mac));
	CHECK_OK(dev_free(fd, same.ses));
}

/* Each of the calls that take a number; of CIOCCPHASH also the other end. */
static void check_refused(uint32_t number, uint32_t own)
{
	static uint8_t dst[64];
	struct crypt_op crypt = { .ses = number, .len = 64, .src = src, .dst = dst };
	struct crypt_auth_op auth = {
		.ses = number, .len = 64, .src = dst, .dst = dst, .iv = iv, .tag = dst
	};
	struct session_info_op info = { .ses = number };
	struct cphash_op from = { .src_ses = number, .dst_ses = own };
	struct cphash_op to = { .src_ses = own, .dst_ses = number };

	CHECK_ERRNO(ioctl(fd, CIOCCRYPT, &crypt), EINVAL);
	CHECK_ERRNO(ioctl(fd, CIOCASYNCCRYPT, &crypt), EINVAL);
	CHECK_ERRNO(ioctl(fd, CIOCAUTHCRYPT, &auth), EINVAL);
	auth.flags = COP_FLAG_AEAD_TLS_TYPE;
	CHECK_ERRNO(ioctl(fd, CIOCAUTHCRYPT, &auth), EINVAL);
	CHECK_ERRNO(ioctl(fd, CIOCGSESSINFO, &info), EINVAL);
	CHECK_ERRNO(ioctl(fd, CIOCCPHASH, &from), ENOENT);
	CHECK_ERRNO(ioctl(fd, CIOCCPHASH, &to), ENOENT);
	CHECK_OK(dev_free(fd, number));
}

static bool is_live(uint32_t number)
{
	struct session_info_op info = { .ses = number };

	return ioctl(fd, CIOCGSESSINFO, &info) == 0;
}

/* 6.STALE */
static void freed(void)
{
	struct session own[LIVE];
	uint32_t gone[LIVE];

	fd = dev_open();
	for (uint32_t i = 0; i < LIVE; i++) {
		gone[i] = new_session(1000 + i).ses;
		CHECK_OK(dev_free(fd, gone[i]));
		own[i] = new_session(i);
		use_half(&own[i], 0, NULL);
		check_refused(gone[i], own[i].ses);
		check_refused(gone[i / 2], own[i / 2].ses);
	}
	for (size_t i = 0; i < LIVE; i++)
		check_session(&own[i]);
	close(fd);
}

struct numbered {
	uint32_t number, when;
};

static int compare(const void *a, const void *b)
{
	const struct numbered *one = a, *two = b;

	if (one->number != two->number)
		return one->number < two->number ? -1 : 1;
	return one->when < two->when ? -1 : one->when > two->when;
}

/* No two of these are the same unless they are far apart; nor are they small. */
static void check_apart(struct numbered *made, uint32_t count)
{
	uint32_t early = 0;

	qsort(made, count, sizeof(*made), compare);
	for (uint32_t i = 1; i < count; i++)
		early += made[i].number == made[i - 1].number &&
			 made[i].when - made[i - 1].when < APART;
	CHECK_EQ(early, 0);
	CHECK(made[0].number >= SMALLEST);
	free(made);
}

static void set_max_sessions(int value)
{
	FILE *file = fopen("/sys/module/vcrypto/parameters/max_sessions", "we");

	REQUIRE(file && fprintf(file, "%d", value) > 0);
	REQUIRE(fclose(file) == 0);
}

/* 6.STALE: There is room for no more than these two, so that all depends on the numbers. */
static void one_place(void)
{
	uint32_t count = APART + 1000, first = 0;
	struct numbered *made = calloc(count, sizeof(*made));
	struct session own;

	REQUIRE(made);
	set_max_sessions(2);
	fd = dev_open();
	own = new_session(1);
	use_half(&own, 0, NULL);
	for (uint32_t i = 0; i < count; i++) {
		made[i] = (struct numbered){ dev_hash(fd, CRYPTO_SHA1, NULL, 0), i };
		CHECK(made[i].number != own.ses);
		if (i && i < APART && i % 1024 == 0)
			CHECK(!is_live(first));
		if (!i)
			first = made[0].number;
		CHECK_OK(dev_free(fd, made[i].number));
	}
	set_max_sessions(16384);
	check_session(&own);
	close(fd);
	check_apart(made, count);
}

/* 6.STALE: Many live at once, and are freed in any order. */
static void many_places(void)
{
	uint32_t count = 20000, live[64] = { 0 };
	struct numbered *made = calloc(count, sizeof(*made));
	unsigned int random = 1;

	REQUIRE(made);
	fd = dev_open();
	for (uint32_t i = 0; i < count; i++) {
		uint32_t *place = &live[(uint32_t)rand_r(&random) % ARRAY_SIZE(live)];

		CHECK_OK(dev_free(fd, *place));
		made[i] = (struct numbered){ dev_hash(fd, CRYPTO_SHA1, NULL, 0), i };
		*place = made[i].number;
	}
	close(fd);
	check_apart(made, count);
}

/* 6.STALE: Some programs free by what is not a number, as that of the cipher. */
static void small_numbers(void)
{
	struct session own[LIVE];
	uint32_t found = 0;

	fd = dev_open();
	for (uint32_t i = 0; i < LIVE; i++) {
		own[i] = new_session(i);
		use_half(&own[i], 0, NULL);
	}
	for (uint32_t number = 0; number < SMALLEST; number++)
		found += is_live(number);
	CHECK_EQ(found, 0);
	for (uint32_t number = 0; number < 64; number++)
		check_refused(number, own[0].ses);
	for (uint32_t number = 0; number < SMALLEST; number++)
		CHECK_OK(dev_free(fd, number));
	for (size_t i = 0; i < LIVE; i++)
		check_session(&own[i]);
	close(fd);
}

/* The numbers of one file, tried in the other.  By chance one of 2^16 may be one there. */
static void check_foreign(const uint32_t *others, size_t count, const uint32_t *own)
{
	uint32_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += is_live(others[i]);
	CHECK(found < 3);
	for (size_t i = 0; i < count; i++)
		if (!is_live(others[i]))
			check_refused(others[i], own[i]);
}

/* 6.STALE */
static void another_file(void)
{
	uint32_t others[LIVE], own[LIVE];
	int other = dev_open();

	fd = other;
	for (uint32_t i = 0; i < LIVE; i++)
		others[i] = new_session(i).ses;
	fd = dev_open();
	for (uint32_t i = 0; i < LIVE; i++)
		own[i] = new_session(1000 + i).ses;
	check_foreign(others, LIVE, own);
	close(other);
	check_foreign(others, LIVE, own);
	close(fd);
}

/* 6.STALE: A program closes the file, opens it again under the same descriptor, and keeps its
 * numbers. */
static void closed_and_opened(void)
{
	uint32_t before[LIVE], own[LIVE];
	int same = dev_open();

	fd = same;
	for (uint32_t i = 0; i < LIVE; i++)
		before[i] = new_session(i).ses;
	CHECK_OK(close(fd));
	fd = dev_open();
	CHECK_EQ(fd, same);
	for (uint32_t i = 0; i < LIVE; i++)
		own[i] = new_session(1000 + i).ses;
	check_foreign(before, LIVE, own);
	close(fd);
}

/* Two pipes, by which two processes take turns. */
static int to_child[2], to_parent[2];

static void pass(const int to[2])
{
	REQUIRE(write(to[1], "", 1) == 1);
}

static void wait_turn(const int from[2])
{
	char byte;

	REQUIRE(read(from[0], &byte, 1) == 1);
}

static struct session inherited;

/* Frees what it thinks is its own, which the other has freed too, and makes another. */
static struct session key_again(uint32_t seed)
{
	struct session own;

	CHECK_OK(dev_free(fd, inherited.ses));
	own = new_session(seed);
	use_half(&own, 0, NULL);
	return own;
}

static void key_in_child(void *unused)
{
	struct session own = key_again(11);

	(void)unused;
	alarm(LONG_ENOUGH);
	pass(to_parent);
	wait_turn(to_child);
	check_session(&own);
	check_refused(inherited.ses, own.ses);
	CHECK_OK(dev_free(fd, own.ses));
	pass(to_parent);
}

/* 6.STALE */
static void keyed_in_both_processes(void)
{
	struct session own;
	pid_t child;

	fd = dev_open();
	REQUIRE(pipe(to_child) == 0 && pipe(to_parent) == 0);
	inherited = new_session(10);
	child = check_fork(key_in_child, NULL);
	wait_turn(to_parent);
	check_refused(inherited.ses, inherited.ses);
	own = key_again(12);
	pass(to_child);
	wait_turn(to_parent);
	check_session(&own);
	check_wait(child);
	close(fd);
}

static void key_and_key_again(void *number)
{
	uint32_t seed = *(uint32_t *)number, stale[8] = { 0 };

	for (uint32_t i = 0; i < 400; i++) {
		struct session own = new_session(seed + i);

		use_half(&own, 0, NULL);
		for (size_t j = 0; j < ARRAY_SIZE(stale); j++)
			CHECK_OK(dev_free(fd, stale[j]));
		check_session(&own);
		stale[i % ARRAY_SIZE(stale)] = own.ses;
		CHECK_OK(dev_free(fd, own.ses));
	}
}

/* 6.STALE */
static void freed_twice_by_many(void)
{
	static const uint32_t seeds[PROCESSES] = { 1000, 2000, 3000, 4000 };
	pid_t children[PROCESSES];

	fd = dev_open();
	for (size_t i = 0; i < PROCESSES; i++)
		children[i] = check_fork(key_and_key_again, dev_unconst(&seeds[i]));
	for (size_t i = 0; i < PROCESSES; i++)
		check_wait(children[i]);
	close(fd);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

static atomic_uint latest;
static atomic_bool stop;

static void *free_latest(void *unused)
{
	while (!atomic_load(&stop))
		CHECK_OK(dev_free(fd, atomic_load(&latest)));
	return unused;
}

/* 6.STALE: One of the two frees it; whoever comes second has freed nothing. */
static void freed_by_two_threads(void)
{
	pthread_t thread;
	struct session own;

	fd = dev_open();
	own = new_session(7);
	use_half(&own, 0, NULL);
	atomic_store(&stop, false);
	REQUIRE(!pthread_create(&thread, NULL, free_latest, NULL));
	for (uint32_t i = 0; i < 2000; i++) {
		atomic_store(&latest, new_cipher(i));
		CHECK_OK(dev_free(fd, atomic_load(&latest)));
	}
	atomic_store(&stop, true);
	REQUIRE(!pthread_join(thread, NULL));
	CHECK_EQ(dev_counter_becomes("sessions", 1), 1);
	check_session(&own);
	close(fd);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

static const struct check_case cases[] = {
	{ "no call takes a number that was freed, and live sessions do not notice", freed },
	{ "a freed number does not come back within 2^17 creations in its only place", one_place },
	{ "numbers do not come back while many are live", many_places },
	{ "no number below 2^14 is a session", small_numbers },
	{ "the numbers of another file are no sessions, while it is open and after", another_file },
	{ "the numbers of a file that was closed are none in the next one", closed_and_opened },
	{ "after fork() both processes set new keys", keyed_in_both_processes },
	{ "processes that free everything twice do not hurt each other", freed_twice_by_many },
	{ "a session is freed once if two threads free it", freed_by_two_threads },
};

int main(void)
{
	alarm(LONG_ENOUGH);
	dev_fill(src, sizeof(src), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
