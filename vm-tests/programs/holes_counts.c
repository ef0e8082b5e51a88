// SPDX-License-Identifier: GPL-2.0-or-later
/* Too many sessions, too many files, and all the commands that there are not. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

static uint8_t key[16], data[64], room[64], iv[16];
static int fd;
static uint32_t cbc;

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
}

static void still_works(void)
{
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, data, 64, room, iv));
	CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, room, 64, room, iv));
	CHECK_MEM(room, data, 64);
}

/* 6.SESSIONS */
static void sessions_are_limited(void)
{
	long long before = dev_counter("sessions");
	struct session_op session = { .mac = CRYPTO_SHA1 };
	int other, count = 0;

	start();
	other = dev_open();
	while (count < 70000 && ioctl(fd, CIOCGSESSION, &session) == 0)
		count++;
	CHECK_EQ(errno, EMFILE);
	check_note("one file had %d sessions at once", count + 1);
	still_works();
	/* Nobody else is affected; and what is freed can be had again. */
	CHECK_OK(ioctl(other, CIOCGSESSION, &session));
	CHECK_OK(dev_free(fd, cbc));
	CHECK_OK(ioctl(fd, CIOCGSESSION, &session));
	CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &session), EMFILE);
	CHECK_OK(close(fd));
	CHECK_OK(close(other));
	CHECK_EQ(dev_counter_becomes("sessions", before), before);
}

/* More than the device has at once, in ten files one after the other. */
static void sessions_come_back(void)
{
	uint8_t digest[20];

	for (int i = 0; i < 10; i++) {
		start();
		for (int j = 0; j < 500; j++)
			dev_hash(fd, CRYPTO_SHA1, NULL, 0);
		CHECK_OK(close(fd));
	}
	start();
	for (int i = 0; i < 5000; i++) {
		uint32_t ses = dev_hash(fd, CRYPTO_SHA1, NULL, 0);

		CHECK_OK(dev_digest(fd, ses, 0, data, sizeof(data), digest));
		CHECK_OK(dev_free(fd, ses));
	}
	CHECK_OK(close(fd));
}

/* Opens as many as it may, each with a session while the device has a context; returns how many
 * had. */
static int use_all_contexts(void)
{
	static int fds[8192];
	struct rlimit limit = { ARRAY_SIZE(fds), ARRAY_SIZE(fds) };
	struct session_op session = { .mac = CRYPTO_SHA1 };
	int count = 0, with_session = 1;

	REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	start();
	while ((fds[count] = open(dev_path, O_RDWR)) >= 0)
		if (ioctl(fds[count++], CIOCGSESSION, &session) == 0)
			with_session++;
		else
			CHECK_EQ(errno, ENOSPC);
	CHECK_EQ(errno, EMFILE);
	still_works();
	CHECK(count > with_session);
	while (count > 0)
		CHECK_OK(close(fds[--count]));
	CHECK_OK(close(fd));
	return with_session;
}

/* 6.SESSIONS */
static void contexts_are_limited(void)
{
	long long before = dev_counter("contexts");
	int count = use_all_contexts();

	CHECK_EQ(dev_counter_becomes("contexts", before), before);
	CHECK_EQ(use_all_contexts(), count);
	check_note("%d files had sessions at once", count);
	CHECK_EQ(dev_counter_becomes("contexts", before), before);
}

/* 1.UNKNOWN */
/* Every type and number without a size, and every size and direction of our own type. */
static void all_commands(void)
{
	static uint8_t nothing[1 << 14];
	static const unsigned long known[] = {
		CRIOGET,       CIOCGSESSION,  CIOCFSESSION,   CIOCCRYPT,      CIOCASYMFEAT,
		CIOCGSESSINFO, CIOCAUTHCRYPT, CIOCASYNCCRYPT, CIOCASYNCFETCH, CIOCCPHASH,
	};
	long long before = dev_counter("requests");

	start();
	for (unsigned int command = 0; command < 0x10000; command++)
		ioctl(fd, command, nothing);
	for (unsigned int i = 0; i < 128 * 320 * 4; i++) {
		unsigned long command = _IOC(i % 4, 'c', i / 4 % 128, i / 512);
		bool is_known = false;

		for (size_t k = 0; k < ARRAY_SIZE(known); k++)
			is_known |= command == known[k];
		if (!is_known)
			CHECK_ERRNO(ioctl(fd, command, nothing), EINVAL);
	}
	/* Opening the file and its session, and reading the counter, are requests. */
	CHECK(dev_counter("requests") - before < 10);
	still_works();
	close(fd);
}

static const struct check_case cases[] = {
	{ "the sessions of an open file are limited", sessions_are_limited },
	{ "sessions come back when they are freed, or their file is closed", sessions_come_back },
	{ "open files with sessions are limited, and come back", contexts_are_limited },
	{ "all unknown commands are EINVAL and no request", all_commands },
};

int main(void)
{
	dev_fill(key, sizeof(key), 1);
	dev_fill(data, sizeof(data), 2);
	dev_fill(iv, sizeof(iv), 3);
	return check_main(cases, ARRAY_SIZE(cases));
}
