// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What gives no data back is not waited for: sessions made, freed and copied to, and short data for
 * a hash.  The device is told of it together with the first call that needs it; what it makes of it
 * is told by that call.
 *
 * usage: posts			iomem=relaxed on the kernel's command line, --sleep of vm.sh
 *	posts refusing		with a device that refuses XTS keys of equal halves (tests/refusing.sh)
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "lose.h"

#define ROUNDS 100
#define MANY 20
#define PIECE 512			/* the longest that is not waited for */
/* The most that a user has posted and not heard of: see "Limits" in guest-adapter/README.md. */
#define POSTED 128

static const uint8_t key[64] = { 1, 2, 3 };
static uint8_t data[4096], iv[16];
static int fd;

static int copy(uint32_t to, uint32_t from)
{
	struct cphash_op op = { .dst_ses = to, .src_ses = from };

	return ioctl(fd, CIOCCPHASH, &op);
}

static uint32_t cipher(void)
{
	return dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
}

static void finish(void)
{
	CHECK_OK(close(fd));
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

/* --- notifications --- */

#define TRACING "/sys/kernel/debug/tracing/"

static void put(const char *name, const char *text)
{
	int file = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);

	REQUIRE(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
	close(file);
}

/* How often any device has been notified since the probe was set. */
static long long notifications(void)
{
	FILE *file = fopen(TRACING "kprobe_profile", "re");
	long long hits = -1;

	REQUIRE(file && fscanf(file, "%*s %lld", &hits) == 1);
	fclose(file);
	return hits;
}

/* As a handshake does: a hash that is copied, and the copy finished. */
static void hash_once(uint32_t from)
{
	uint8_t digest[20];
	uint32_t to = dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20);

	CHECK_OK(copy(to, from));
	CHECK_OK(dev_digest(fd, to, COP_FLAG_FINAL, NULL, 0, digest));
	CHECK_OK(dev_free(fd, to));
}

/* A busy machine may be told a little later by the clock; here five times a round is the old way. */
static void one_notification_each(void)
{
	long long begin, end, milliseconds;
	uint32_t from;

	fd = dev_open();
	put(TRACING "kprobe_events", "p:notify vp_notify\n");
	put(TRACING "events/kprobes/notify/enable", "1");
	from = dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20);
	CHECK_OK(dev_digest(fd, from, COP_FLAG_UPDATE, data, 100, NULL));
	milliseconds = dev_milliseconds();
	begin = notifications();
	for (int i = 0; i < ROUNDS; i++)
		hash_once(from);
	end = notifications();
	milliseconds = dev_milliseconds() - milliseconds;
	check_note("%lld notifications of %d calls with data and %d without", end - begin, ROUNDS,
		   3 * ROUNDS);
	CHECK(end - begin >= ROUNDS);
	CHECK(end - begin <= ROUNDS + 10 + milliseconds / 20);
	put(TRACING "events/kprobes/notify/enable", "0");
	put(TRACING "kprobe_events", "-:notify\n");
	finish();
}

/* A hash in pieces: only the last one is waited for. */
static void pieces_of_a_hash(void)
{
	uint8_t expected[32], digest[32];
	long long begin, end, milliseconds;
	uint32_t hash;

	fd = dev_open();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	hash = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	CHECK_OK(dev_digest(fd, hash, 0, data, sizeof(data), expected));
	put(TRACING "kprobe_events", "p:notify vp_notify\n");
	put(TRACING "events/kprobes/notify/enable", "1");
	milliseconds = dev_milliseconds();
	begin = notifications();
	for (int i = 0; i < ROUNDS; i++) {
		for (size_t at = 0; at < sizeof(data); at += PIECE)
			CHECK_OK(dev_digest(fd, hash, COP_FLAG_UPDATE, data + at, PIECE, NULL));
		CHECK_OK(dev_digest(fd, hash, COP_FLAG_FINAL, NULL, 0, digest));
		CHECK_MEM(digest, expected, sizeof(digest));
	}
	end = notifications();
	milliseconds = dev_milliseconds() - milliseconds;
	put(TRACING "events/kprobes/notify/enable", "0");
	put(TRACING "kprobe_events", "-:notify\n");
	check_note("%lld notifications of %d digests of %zu pieces", end - begin, ROUNDS,
		   sizeof(data) / PIECE);
	CHECK(end - begin >= ROUNDS);
	CHECK(end - begin <= ROUNDS + 10 + milliseconds / 20);
	finish();
}

/* What is never used costs the device nothing; and its number is free again at once. */
static void nothing_of_what_is_never_used(void)
{
	long long requests, made;

	fd = dev_open();
	CHECK_OK(dev_crypt(fd, cipher(), COP_ENCRYPT, data, 16, data, iv));
	/* Reading counters takes requests, too. */
	made = dev_counter("sessions_created");
	requests = dev_counter("requests");
	for (int i = 0; i < 2 * MANY; i++)
		CHECK_OK(dev_free(fd, cipher()));
	usleep(100000);
	CHECK(dev_counter("requests") <= requests + 2);
	CHECK_EQ(dev_counter("sessions_created"), made);
	finish();
}

/* --- posted when something happens --- */

static void post_all(uint32_t sessions[MANY])
{
	uint32_t hash = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);

	CHECK_OK(dev_digest(fd, hash, COP_FLAG_UPDATE, data, 100, NULL));
	for (int i = 0; i < MANY; i++)
		sessions[i] = i % 2 ? cipher() : dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	for (int i = 0; i < MANY; i += 2)
		CHECK_OK(copy(sessions[i], hash));
	CHECK_OK(dev_free(fd, hash));
}

/* The clock tells the device, if no call does; nobody has to ask. */
static void told_by_the_clock(void)
{
	uint32_t session;

	fd = dev_open();
	session = cipher();
	CHECK_OK(dev_crypt(fd, session, COP_ENCRYPT, data, 16, data, iv));
	CHECK_OK(dev_free(fd, session));
	for (int tries = 0; tries < 500 && hang_in_flight(); tries++)
		usleep(10000);
	CHECK_EQ(hang_in_flight(), 0);
	finish();
}

/* 6.KILLED */
static void exit_at_once(void *unused)
{
	uint32_t sessions[MANY];

	(void)unused;
	fd = dev_open();
	post_all(sessions);
	/* Open, so that it is the process's end that closes it. */
}

static void the_process_ends(void)
{
	for (int i = 0; i < 10; i++)
		check_wait(check_fork(exit_at_once, NULL));
	fd = dev_open();
	finish();
}

/* 6.UNPLUG */
static void the_device_goes(void)
{
	uint32_t sessions[MANY];

	fd = dev_open();
	post_all(sessions);
	dev_unplug();
	CHECK_ERRNO(dev_digest(fd, sessions[0], COP_FLAG_UPDATE, data, 100, NULL), ENODEV);
	CHECK_ERRNO(dev_crypt(fd, sessions[1], COP_ENCRYPT, data, 16, data, iv), ENODEV);
	CHECK_OK(close(fd));
	dev_rescan();
	fd = dev_open();
	CHECK_OK(dev_crypt(fd, cipher(), COP_ENCRYPT, data, 16, data, iv));
	finish();
}

/* 6.OUTLIVE, 6.ESTALE: The copies are lost, or have got there before. */
static void lost(const char *way)
{
	uint8_t digest[32];
	uint32_t sessions[MANY], hash;

	if (!lose_can(way))
		return;
	fd = dev_open();
	hash = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	CHECK_OK(dev_digest(fd, hash, COP_FLAG_UPDATE, data, 100, NULL));
	post_all(sessions);
	lose(way);
	/* A piece more may be taken, if the loss was not seen yet. */
	if (dev_digest(fd, hash, COP_FLAG_UPDATE, data, 100, NULL) == 0)
		CHECK(!lose_sleeps(way));
	else
		CHECK_EQ(errno, ESTALE);
	CHECK_ERRNO(dev_digest(fd, hash, COP_FLAG_FINAL, NULL, 0, digest), ESTALE);
	CHECK_OK(dev_digest(fd, hash, COP_FLAG_UPDATE, data, 100, NULL));
	CHECK_OK(dev_digest(fd, hash, COP_FLAG_FINAL, NULL, 0, digest));
	for (int i = 1; i < MANY; i += 2)
		CHECK_OK(dev_crypt(fd, sessions[i], COP_ENCRYPT, data, 16, data, iv));
	for (int i = 0; i < MANY; i += 2) {
		CHECK_ERRNO(dev_digest(fd, sessions[i], COP_FLAG_FINAL, NULL, 0, digest), ESTALE);
		CHECK_OK(dev_digest(fd, sessions[i], 0, data, 100, digest));
	}
	finish();
}

static void the_machine_sleeps(void)
{
	lost("freeze");
}

static void the_device_is_reset(void)
{
	lost("broken");
}

/* --- a device that does not answer --- */

static void make_sessions(void *pipe)
{
	uint32_t from = dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20);

	for (;;) {
		CHECK_OK(copy(dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20), from));
		REQUIRE(write(*(int *)pipe, "", 1) == 1);
	}
}

static void feed_a_hash(void *pipe)
{
	uint32_t hash = dev_hash(fd, CRYPTO_SHA1, NULL, 0);

	for (;;) {
		CHECK_OK(dev_digest(fd, hash, COP_FLAG_UPDATE, data, PIECE, NULL));
		REQUIRE(write(*(int *)pipe, "", 1) == 1);
	}
}

/* 6.SHARES: Who posts more than that waits for what he has posted; and can be killed. */
static void stop_at_the_end(void (*post)(void *pipe), int least)
{
	int pipe_ends[2], status, made = 0;
	pid_t child;
	char byte;

	REQUIRE(pipe(pipe_ends) == 0);
	fd = dev_open();
	CHECK_OK(dev_crypt(fd, cipher(), COP_ENCRYPT, data, 16, data, iv));
	hang_begin();
	child = check_fork(post, &pipe_ends[1]);
	/* Until it waits: it is not expected to go on by itself. */
	REQUIRE(fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK) == 0);
	for (int quiet = 0; quiet < 50; usleep(10000)) {
		quiet++;
		for (; read(pipe_ends[0], &byte, 1) == 1; quiet = 0)
			made++;
	}
	check_note("%d posts without an answer", made);
	CHECK(made >= least);
	CHECK(made <= POSTED);
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	hang_end();
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	finish();
}

/* 6.SHARES */
static void posts_have_an_end(void)
{
	stop_at_the_end(make_sessions, 16);
	stop_at_the_end(feed_a_hash, 64);
}

/* --- a device that refuses --- */

static uint32_t refused_session(void)
{
	uint8_t equal[64] = { 0 };

	return dev_cipher(fd, CRYPTO_AES_XTS, equal, sizeof(equal));
}

/* 4.GSESSION.8 */
static void told_by_the_first_call(void)
{
	struct session_info_op info = { 0 };
	uint32_t bad, good;

	fd = dev_open();
	good = cipher();
	bad = refused_session();
	CHECK_OK(dev_crypt(fd, good, COP_ENCRYPT, data, 64, data, iv));
	for (int i = 0; i < 3; i++) {
		CHECK_ERRNO(dev_crypt(fd, bad, COP_ENCRYPT, data, 64, data, iv), EINVAL);
		CHECK_OK(dev_crypt(fd, good, COP_ENCRYPT, data, 64, data, iv));
	}
	info.ses = bad;
	CHECK_ERRNO(ioctl(fd, CIOCGSESSINFO, &info), EINVAL);
	CHECK_OK(dev_free(fd, bad));
	CHECK_ERRNO(dev_crypt(fd, bad, COP_ENCRYPT, data, 64, data, iv), EINVAL);
	finish();
}

/* 4.GSESSION.8 */
static void told_by_an_operation(void)
{
	struct crypt_op op;
	uint32_t bad;

	fd = dev_open();
	bad = refused_session();
	CHECK_OK(async_encrypt(fd, bad, data, 64, data, iv));
	CHECK_ERRNO(async_fetch(fd, &op), EINVAL);
	finish();
}

/* 4.GSESSION.8: Never used, it takes nothing of the device. */
static void never_used(void)
{
	fd = dev_open();
	for (int i = 0; i < 1000; i++)
		refused_session();
	CHECK_EQ(dev_counter("sessions"), 0);
	finish();
}

static const struct check_case cases[] = {
	{ "one notification for a call and what was posted before", one_notification_each },
	{ "one notification for a hash and its pieces", pieces_of_a_hash },
	{ "the device is not told of a session that is never used", nothing_of_what_is_never_used },
	{ "what nobody needs is told by the clock", told_by_the_clock },
	{ "the process ends with posts in flight", the_process_ends },
	{ "the device goes with posts in flight", the_device_goes },
	{ "the machine sleeps with posts in flight", the_machine_sleeps },
	{ "the device is reset with posts in flight", the_device_is_reset },
	{ "a device that does not answer is not posted to without end", posts_have_an_end },
};

static const struct check_case refusing_cases[] = {
	{ "a key that the device refuses: the first call says so", told_by_the_first_call },
	{ "a key that the device refuses: so does an operation", told_by_an_operation },
	{ "a key that the device refuses: nothing is left of it", never_used },
};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "refusing"))
		return check_main(refusing_cases, ARRAY_SIZE(refusing_cases));
	return check_main(cases, ARRAY_SIZE(cases));
}
