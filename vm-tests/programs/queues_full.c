// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device with several queues of few sessions.
 *
 * usage: queues_full SESSIONS	of each queue
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"
#include "several.h"

#define MANY 1000
#define FIRST_USER 60001u

static int device_sessions;

static int fill(int file)
{
	struct session_op session = { .mac = CRYPTO_SHA1_HMAC, .mackey = dev_unconst(key),
				      .mackeylen = sizeof(key) };
	int made = 0;

	while (made < MANY && ioctl(file, CIOCGSESSION, &session) == 0)
		made++;
	CHECK_EQ(errno, ENOSPC);
	return made;
}

/* Also if another file has taken more of one than of the others. */
static void all_tables_are_used(void)
{
	uint32_t others[2 * MAX_QUEUES];
	int other;

	other = fd = dev_open();
	for (int i = 0; i < 2 * queues; i++)
		others[i] = cipher();
	for (int i = 0; i < 2 * queues; i++)
		if (i % queues)
			CHECK_OK(dev_free(fd, others[i]));
	fd = dev_open();
	CHECK_EQ(fill(fd), queues * device_sessions - 2);
	close(other);
	CHECK_EQ(fill(fd), 2);
	finish();
}

/* Where one queue is full, another has the next; but a hash can be copied there only. */
static void a_full_queue(void)
{
	uint32_t from, to;
	int other = dev_open();

	fd = dev_open();
	from = hash();
	to = hash();
	CHECK_OK(update(from, 0, 10));
	CHECK_OK(update(to, 0, 20));
	CHECK_EQ(fill(other), queues * device_sessions - 2);
	CHECK_ERRNO(copy(to, from), ENOSPC);
	/* Nothing has changed. */
	close(other);
	expect_digest(from, 10);
	expect_digest(to, 20);
	finish();
}

/* For a while: root can come back. */
static void become(uid_t user)
{
	REQUIRE(setresuid(0, 0, 0) == 0 && setresuid(user, user, 0) == 0);
}

/* 6.SHARES: A copy counts where it goes, or a user could have all of a queue where others copy. */
static void a_share_of_a_queue(void)
{
	uint32_t sessions[MAX_QUEUES * MANY], from, to;
	int mine;

	become(FIRST_USER);
	mine = fd = dev_open();
	for (int i = 0; i < queues * device_sessions / 2; i++)
		sessions[i] = hash();
	CHECK_OK(update(sessions[0], 0, 10));
	CHECK_OK(update(sessions[1], 0, 20));
	CHECK_ERRNO(copy(sessions[1], sessions[0]), EDQUOT);
	become(FIRST_USER + 1);
	fd = dev_open();
	from = hash();
	to = hash();
	CHECK_OK(update(from, 0, 10));
	CHECK_OK(copy(to, from));
	expect_digest(to, 10);
	CHECK_OK(close(fd));
	become(0);
	/* Nothing has changed. */
	fd = mine;
	expect_digest(sessions[0], 10);
	expect_digest(sessions[1], 20);
	finish();
}

static const struct check_case cases[] = {
	{ "a file can have the sessions of all queues", all_tables_are_used },
	{ "a hash is not copied to a queue that is full", a_full_queue },
	{ "nor to one of which the user has its share", a_share_of_a_queue },
};

int main(int argc, char **argv)
{
	REQUIRE(argc == 2);
	device_sessions = atoi(argv[1]);
	several_begin();
	return check_main(cases, ARRAY_SIZE(cases));
}
