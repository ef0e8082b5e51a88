// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a user may have of the device's contexts and sessions: at most as many as
 * are left free.  So the first gets a half, the next a half of the rest, and there
 * is always one for somebody who comes new.  Processes of several users do as they
 * are told by this one, which is root's.
 *
 * usage: shares SESSIONS CONTEXTS	what the device has: powers of 2; one queue
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define USERS 5
#define FIRST_USER 60001u
#define FILES 24
#define SESSIONS 80
#define MANY 3000
#define ROUNDS 3000

/* Seconds, in which all is over; a servant that has failed must not be waited for. */
#define LONG_ENOUGH 250

static int device_sessions, device_contexts;

/* Orders to a servant about one of its files. */
enum what { OPEN, SESSION, FREE, USE, CLOSE, LEAVE };

struct order {
	enum what what;
	int file;
};

struct servant {
	pid_t pid;
	unsigned int user;
	int orders[2], answers[2];
};

struct file {
	int fd, count;
	uint32_t sessions[SESSIONS];
};

/* The latest session does what it is for. */
static int use_session(const struct file *file)
{
	static const uint8_t right[4] = { 0xa9, 0x99, 0x3e, 0x36 };
	uint8_t digest[20];

	if (dev_digest(file->fd, file->sessions[file->count - 1], 0, "abc", 3, digest))
		return errno;
	return memcmp(digest, right, sizeof(right)) ? EBADMSG : 0;
}

static int add_session(struct file *file)
{
	struct session_op op = { .mac = CRYPTO_SHA1 };

	if (ioctl(file->fd, CIOCGSESSION, &op))
		return errno;
	REQUIRE(file->count < SESSIONS);
	file->sessions[file->count++] = op.ses;
	/* The device is told of a session with its first call, and counts it from then on. */
	CHECK_EQ(use_session(file), 0);
	return 0;
}

static int obey(struct file *file, enum what what)
{
	switch (what) {
	case OPEN:
		file->count = 0;
		file->fd = open(dev_path, O_RDWR | O_CLOEXEC);
		return file->fd < 0 ? errno : 0;
	case SESSION:
		return add_session(file);
	case FREE:
		return dev_free(file->fd, file->sessions[--file->count]) ? errno : 0;
	case USE:
		return use_session(file);
	default:
		return close(file->fd) ? errno : 0;
	}
}

static void serve(void *argument)
{
	static struct file files[FILES];
	const struct servant *servant = argument;
	struct order order = { 0 };
	int answer = 0;

	alarm(LONG_ENOUGH);
	REQUIRE(setgid(servant->user) == 0 && setuid(servant->user) == 0);
	for (;;) {
		REQUIRE(write(servant->answers[1], &answer, sizeof(answer)) == sizeof(answer));
		REQUIRE(read(servant->orders[0], &order, sizeof(order)) == sizeof(order));
		if (order.what == LEAVE)
			return;
		answer = obey(&files[order.file], order.what);
	}
}

static int answer_of(const struct servant *servant)
{
	int error;

	REQUIRE(read(servant->answers[0], &error, sizeof(error)) == sizeof(error));
	return error;
}

static struct servant hire(unsigned int user)
{
	struct servant servant = { .user = user };

	REQUIRE(pipe2(servant.orders, O_CLOEXEC) == 0 && pipe2(servant.answers, O_CLOEXEC) == 0);
	servant.pid = check_fork(serve, &servant);
	close(servant.orders[0]);
	close(servant.answers[1]);
	REQUIRE(answer_of(&servant) == 0);
	return servant;
}

static int tell(const struct servant *servant, enum what what, int file)
{
	struct order order = { what, file };

	REQUIRE(write(servant->orders[1], &order, sizeof(order)) == sizeof(order));
	return answer_of(servant);
}

static void part(const struct servant *servant)
{
	close(servant->orders[1]);
	close(servant->answers[0]);
}

static void dismiss(const struct servant *servant)
{
	struct order order = { LEAVE, 0 };

	REQUIRE(write(servant->orders[1], &order, sizeof(order)) == sizeof(order));
	check_wait(servant->pid);
	part(servant);
}

static void kill_servant(const struct servant *servant)
{
	CHECK_OK(kill(servant->pid, SIGKILL));
	CHECK_EQ(waitpid(servant->pid, NULL, 0), servant->pid);
	part(servant);
}

static void hire_all(struct servant servants[USERS])
{
	for (unsigned int i = 0; i < USERS; i++)
		servants[i] = hire(FIRST_USER + i);
}

static void nothing_is_taken(void)
{
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

/*
 * As many files with a session each as it gets until it is refused; returns how
 * many.  If nothing is left at all, its share is no answer to insist on.
 */
static int take_contexts(const struct servant *servant, int error)
{
	int file = 0, result = 0;

	for (; file < FILES; file++) {
		CHECK_EQ(tell(servant, OPEN, file), 0);
		result = tell(servant, SESSION, file);
		if (result)
			break;
		CHECK_EQ(tell(servant, USE, file), 0);
	}
	CHECK(result == error ||
	      (error == EDQUOT && result == ENOSPC && dev_counter("contexts") == device_contexts));
	/* What was refused has nothing, so that closing gives nothing back. */
	CHECK_EQ(tell(servant, CLOSE, file), 0);
	return file;
}

/* The same with one file's sessions. */
static int take_sessions(const struct servant *servant, int error)
{
	int count = 0, result;

	CHECK_EQ(tell(servant, OPEN, 0), 0);
	while ((result = tell(servant, SESSION, 0)) == 0)
		count++;
	CHECK_EQ(result, error);
	CHECK_EQ(tell(servant, USE, 0), 0);
	return count;
}

static void open_many(void *ready)
{
	int fds[2];

	alarm(LONG_ENOUGH);
	memcpy(fds, ready, sizeof(fds));
	REQUIRE(setuid(FIRST_USER) == 0);
	for (int i = 0; i < MANY; i++)
		CHECK(open(dev_path, O_RDWR | O_CLOEXEC) >= 0);
	REQUIRE(write(fds[1], "", 1) == 1);
	pause();
}

/* 6.SHARES */
static void open_takes_nothing(void)
{
	struct rlimit files = { MANY + 100, MANY + 100 };
	struct servant other = hire(FIRST_USER + 1);
	int ready[2];
	pid_t child;
	char byte;

	REQUIRE(setrlimit(RLIMIT_NOFILE, &files) == 0 && pipe2(ready, O_CLOEXEC) == 0);
	child = check_fork(open_many, ready);
	close(ready[1]);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_EQ(dev_counter("contexts"), 0);
	CHECK_EQ(take_contexts(&other, EDQUOT), device_contexts / 2);
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, NULL, 0), child);
	close(ready[0]);
	dismiss(&other);
	nothing_is_taken();
}

/* 6.SHARES */
static void contexts_are_shared(void)
{
	struct servant servants[USERS], another;
	int left = device_contexts;

	hire_all(servants);
	for (int i = 0; i < USERS; i++) {
		int share = left > 1 ? left / 2 : left;

		CHECK_EQ(take_contexts(&servants[i], EDQUOT), share);
		left -= share;
	}
	/* What one gives back is for the next; a half of what is free and his own. */
	CHECK_EQ(tell(&servants[0], CLOSE, 0), 0);
	kill_servant(&servants[1]);
	another = hire(FIRST_USER + 10);
	CHECK_EQ(take_contexts(&another, EDQUOT), (1 + device_contexts / 4 + left + 1) / 2);
	dismiss(&another);
	for (int i = 2; i < USERS; i++)
		kill_servant(&servants[i]);
	dismiss(&servants[0]);
	nothing_is_taken();
}

/* 6.SHARES */
static void sessions_are_shared(void)
{
	struct servant servants[3];
	int left = device_sessions;

	for (unsigned int i = 0; i < 3; i++) {
		servants[i] = hire(FIRST_USER + i);
		CHECK_EQ(take_sessions(&servants[i], EDQUOT), left / 2);
		left -= left / 2;
	}
	/* One less is one more for him and for others. */
	CHECK_EQ(tell(&servants[1], FREE, 0), 0);
	CHECK_EQ(tell(&servants[0], SESSION, 0), EDQUOT);
	CHECK_EQ(tell(&servants[2], SESSION, 0), 0);
	CHECK_EQ(tell(&servants[2], SESSION, 0), EDQUOT);
	CHECK_EQ(tell(&servants[1], SESSION, 0), EDQUOT);
	kill_servant(&servants[0]);
	CHECK_EQ(tell(&servants[1], SESSION, 0), 0);
	dismiss(&servants[1]);
	dismiss(&servants[2]);
	nothing_is_taken();
}

/* 6.SHARES: Two together get more than one, but not all. */
static void two_against_a_third(void)
{
	struct servant one = hire(FIRST_USER), two = hire(FIRST_USER + 1), third;

	for (int i = 0; i < FILES / 2; i++) {
		const struct servant *turn = i % 2 ? &one : &two;

		tell(turn, OPEN, i);
		while (tell(turn, SESSION, i) == 0)
			;
	}
	third = hire(FIRST_USER + 2);
	CHECK_EQ(tell(&third, OPEN, 0), 0);
	CHECK_EQ(tell(&third, SESSION, 0), 0);
	CHECK_EQ(tell(&third, USE, 0), 0);
	kill_servant(&one);
	kill_servant(&two);
	CHECK_EQ(tell(&third, FREE, 0), 0);
	CHECK_EQ(tell(&third, CLOSE, 0), 0);
	CHECK_EQ(take_sessions(&third, EDQUOT), device_sessions / 2);
	dismiss(&third);
	nothing_is_taken();
}

/* 6.SHARES: Who has CAP_SYS_RESOURCE can have all. */
static void root_has_no_share(void)
{
	struct servant root = hire(0), user = hire(FIRST_USER);

	CHECK_EQ(take_contexts(&root, ENOSPC), device_contexts);
	CHECK_EQ(tell(&user, OPEN, 0), 0);
	CHECK(tell(&user, SESSION, 0) != 0);
	CHECK_EQ(tell(&root, CLOSE, 0), 0);
	CHECK_EQ(tell(&user, SESSION, 0), 0);
	dismiss(&root);
	CHECK_EQ(take_sessions(&user, EDQUOT), device_sessions / 2 - 1);
	root = hire(0);
	CHECK_EQ(take_sessions(&root, ENOSPC), device_sessions / 2);
	dismiss(&user);
	dismiss(&root);
	nothing_is_taken();
}

static struct file shared;

static void take_as_user(void *user)
{
	alarm(LONG_ENOUGH);
	REQUIRE(setuid(*(unsigned int *)user) == 0);
	while (add_session(&shared) == 0)
		;
	CHECK_EQ(errno, EDQUOT);
	CHECK_EQ(use_session(&shared), 0);
	CHECK_EQ(dev_counter("sessions"), device_sessions / 2);
}

/* 6.SHARES: Whoever calls, what is taken is the share of who has opened the file. */
static void the_file_counts(void)
{
	unsigned int user = FIRST_USER;
	struct servant other;

	shared = (struct file){ .fd = dev_open() };
	check_wait(check_fork(take_as_user, &user));
	/* The caller's privilege is what helps, not the file's. */
	CHECK_EQ(add_session(&shared), 0);
	CHECK_EQ(use_session(&shared), 0);
	other = hire(FIRST_USER);
	CHECK_EQ(take_sessions(&other, EDQUOT), (device_sessions / 2 - 1 + 1) / 2);
	dismiss(&other);
	CHECK_OK(close(shared.fd));
	nothing_is_taken();
}

static int own;

static void *take_at_once(void *count)
{
	struct session_op op = { .mac = CRYPTO_SHA1 };

	while (ioctl(own, CIOCGSESSION, &op) == 0)
		++*(int *)count;
	CHECK_EQ(errno, EDQUOT);
	return NULL;
}

static void take_with_threads(void *unused)
{
	pthread_t threads[8];
	int counts[8] = { 0 }, sum = 0;

	(void)unused;
	alarm(LONG_ENOUGH);
	REQUIRE(setuid(FIRST_USER) == 0);
	for (int round = 0; round < 50; round++) {
		own = dev_open();
		sum = 0;
		memset(counts, 0, sizeof(counts));
		for (size_t i = 0; i < 8; i++)
			REQUIRE(!pthread_create(&threads[i], NULL, take_at_once, &counts[i]));
		for (size_t i = 0; i < 8; i++) {
			REQUIRE(!pthread_join(threads[i], NULL));
			sum += counts[i];
		}
		CHECK_EQ(sum, device_sessions / 2);
		CHECK_OK(close(own));
		CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	}
}

/* 6.SHARES */
static void threads_do_not_get_more(void)
{
	check_wait(check_fork(take_with_threads, NULL));
	nothing_is_taken();
}

/* What the rule says of any state: files of users, and what these hold. */
struct model {
	bool open[USERS][FILES], context[USERS][FILES];
	int sessions[USERS][FILES];
	int contexts_held[USERS], sessions_held[USERS], contexts_free, sessions_free;
};

/* Of a call for a session.  Of a table that is full either error is right. */
static void check_answer(int answer, int held, int free)
{
	if (held < free)
		CHECK_EQ(answer, 0);
	else if (free)
		CHECK_EQ(answer, EDQUOT);
	else
		CHECK(answer == ENOSPC || answer == EDQUOT);
}

static void try_session(struct model *model, const struct servant *servant, int user, int file)
{
	int answer = tell(servant, SESSION, file);

	if (!model->context[user][file] && model->contexts_held[user] >= model->contexts_free) {
		check_answer(answer, model->contexts_held[user], model->contexts_free);
		return;
	}
	check_answer(answer, model->sessions_held[user], model->sessions_free);
	if (answer)
		return;
	if (!model->context[user][file]) {
		model->context[user][file] = true;
		model->contexts_held[user]++;
		model->contexts_free--;
	}
	model->sessions[user][file]++;
	model->sessions_held[user]++;
	model->sessions_free--;
}

static void give_back(struct model *model, int user, int file, int count)
{
	model->sessions[user][file] -= count;
	model->sessions_held[user] -= count;
	model->sessions_free += count;
}

static void close_file(struct model *model, const struct servant *servant, int user, int file)
{
	CHECK_EQ(tell(servant, CLOSE, file), 0);
	give_back(model, user, file, model->sessions[user][file]);
	model->contexts_held[user] -= model->context[user][file];
	model->contexts_free += model->context[user][file];
	model->context[user][file] = false;
	model->open[user][file] = false;
}

static void random_step(struct model *model, const struct servant *servants, unsigned int random)
{
	int user = (int)(random % 3), file = (int)(random / 3 % FILES),
	    what = (int)(random / 512 % 16);
	const struct servant *servant = &servants[user];

	if (!model->open[user][file]) {
		CHECK_EQ(tell(servant, OPEN, file), 0);
		model->open[user][file] = true;
	} else if (what == 0) {
		close_file(model, servant, user, file);
	} else if (what < 5 && model->sessions[user][file]) {
		CHECK_EQ(tell(servant, FREE, file), 0);
		give_back(model, user, file, 1);
	} else {
		try_session(model, servant, user, file);
	}
}

/* 6.SHARES */
static void any_order(void)
{
	struct model model = { .contexts_free = device_contexts, .sessions_free = device_sessions };
	struct servant servants[USERS];
	unsigned int random = 1;

	hire_all(servants);
	for (int i = 0; i < ROUNDS; i++)
		random_step(&model, servants, (unsigned int)rand_r(&random));
	CHECK_EQ(dev_counter_becomes("contexts", device_contexts - model.contexts_free),
		 device_contexts - model.contexts_free);
	CHECK_EQ(dev_counter("sessions"), device_sessions - model.sessions_free);
	for (int i = 0; i < USERS; i++)
		dismiss(&servants[i]);
	nothing_is_taken();
}

static const struct check_case cases[] = {
	{ "open files take nothing of the device before their first session", open_takes_nothing },
	{ "users get a half each of the contexts that are left, and each gets one",
	  contexts_are_shared },
	{ "users get a half each of the sessions that are left", sessions_are_shared },
	{ "two users together leave something for a third", two_against_a_third },
	{ "root can have all there is, then ENOSPC", root_has_no_share },
	{ "what is taken with a file counts for the user who opened it", the_file_counts },
	{ "threads that try at once get no more", threads_do_not_get_more },
	{ "in any order three users get what the rule says", any_order },
};

int main(int argc, char **argv)
{
	REQUIRE(argc == 3);
	device_sessions = atoi(argv[1]);
	device_contexts = atoi(argv[2]);
	alarm(LONG_ENOUGH);
	return check_main(cases, ARRAY_SIZE(cases));
}
