// SPDX-License-Identifier: GPL-2.0-or-later
/* Open files: who has their sessions, and how long. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

static const uint8_t key[64] = { 1, 2, 3 };
static uint8_t block[16], out[16];

/* Whether the session can be used through the file: 0 or an errno. */
static int usable(int fd, uint32_t ses)
{
	return dev_crypt(fd, ses, COP_ENCRYPT, block, sizeof(block), out, NULL) ? errno : 0;
}

static uint32_t new_session(int fd)
{
	return dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
}

/* 4.OPEN.2 */
static void crioget_same_file(void)
{
	int fd = dev_open();
	uint32_t before = new_session(fd), after, another;

	REQUIRE(ioctl(fd, CRIOGET, &another) == 0);
	CHECK(another != (uint32_t)fd);
	CHECK_EQ(usable((int)another, before), 0);
	after = new_session((int)another);
	CHECK_EQ(usable(fd, after), 0);
	CHECK_OK(close(fd));
	CHECK_EQ(usable((int)another, before), 0);
	CHECK_OK(close((int)another));
	CHECK_EQ(usable((int)another, before), EBADF);
}

/* Whether CRIOGET's descriptor is closed on exec. */
static bool crioget_closes(int fd)
{
	uint32_t another;
	int flags;

	REQUIRE(ioctl(fd, CRIOGET, &another) == 0);
	flags = fcntl((int)another, F_GETFD);
	close((int)another);
	return flags & FD_CLOEXEC;
}

/* 4.OPEN.2 */
static void crioget_close_on_exec(void)
{
	int stays = open(dev_path, O_RDWR), goes = open(dev_path, O_RDWR | O_CLOEXEC);

	REQUIRE(stays >= 0 && goes >= 0);
	CHECK(!crioget_closes(stays));
	CHECK(crioget_closes(goes));
	CHECK_OK(fcntl(stays, F_SETFD, FD_CLOEXEC));
	CHECK(crioget_closes(stays));
	CHECK_OK(fcntl(goes, F_SETFD, 0));
	CHECK(!crioget_closes(goes));
	close(stays);
	close(goes);
}

/* 4.OPEN.1 */
static void two_opens_are_two_files(void)
{
	int fd = dev_open(), other = dev_open();
	uint32_t ses = new_session(fd);

	CHECK_EQ(usable(other, ses), EINVAL);
	CHECK_OK(dev_free(other, ses));
	CHECK_EQ(usable(fd, ses), 0);
	close(fd);
	close(other);
}

static int shared_pipe[2];

static void forked(void *argument)
{
	int fd = *(int *)argument;
	uint32_t theirs, mine = new_session(fd);

	CHECK_EQ(read(shared_pipe[0], &theirs, sizeof(theirs)), sizeof(theirs));
	CHECK_EQ(usable(fd, theirs), 0);
	CHECK_EQ(write(shared_pipe[1], &mine, sizeof(mine)), sizeof(mine));
}

/* 4.OPEN.3 */
static void fork_shares_the_file(void)
{
	int fd = dev_open();
	uint32_t mine = new_session(fd), theirs = 0;
	pid_t pid;

	REQUIRE(pipe(shared_pipe) == 0);
	REQUIRE(write(shared_pipe[1], &mine, sizeof(mine)) == sizeof(mine));
	pid = check_fork(forked, &fd);
	check_wait(pid);
	CHECK_EQ(read(shared_pipe[0], &theirs, sizeof(theirs)), sizeof(theirs));
	CHECK_EQ(usable(fd, theirs), 0);
	CHECK_EQ(usable(fd, mine), 0);
	close(fd);
	close(shared_pipe[0]);
	close(shared_pipe[1]);
}

static void receiver(void *argument)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	uint32_t ses;
	struct iovec data = { &ses, sizeof(ses) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	REQUIRE(recvmsg(*(int *)argument, &message, 0) == sizeof(ses));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	CHECK_EQ(usable(fd, ses), 0);
	CHECK_OK(dev_free(fd, ses));
}

/* 4.OPEN.1 */
static void rights_follow_the_file(void)
{
	int fd, sockets[2];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	uint32_t ses;
	struct iovec data = { &ses, sizeof(ses) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	pid_t pid;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	pid = check_fork(receiver, &sockets[0]);
	fd = dev_open();
	ses = new_session(fd);
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	CHECK_EQ(sendmsg(sockets[1], &message, 0), sizeof(ses));
	check_wait(pid);
	CHECK_EQ(usable(fd, ses), EINVAL);
	close(fd);
	close(sockets[0]);
	close(sockets[1]);
}

/* 4.CLOSE */
static void close_frees(void)
{
	long long sessions = dev_counter("sessions"), contexts = dev_counter("contexts");
	int fd = dev_open();

	CHECK(sessions >= 0);
	/* Used, because of one that never was the device is not told. */
	for (int i = 0; i < 100; i++)
		CHECK_EQ(usable(fd, new_session(fd)), 0);
	CHECK_EQ(dev_counter("sessions"), sessions + 100);
	/* One for each queue. */
	CHECK(dev_counter("contexts") > contexts);
	CHECK_OK(close(fd));
	CHECK_EQ(dev_counter_becomes("sessions", sessions), sessions);
	CHECK_EQ(dev_counter_becomes("contexts", contexts), contexts);
}

static const struct check_case cases[] = {
	{ "CRIOGET installs a new fd for the same open file", crioget_same_file },
	{ "CRIOGET's fd is closed on exec if the original is", crioget_close_on_exec },
	{ "sessions belong to the open file: another open does not see them",
	  two_opens_are_two_files },
	{ "fork shares the open file", fork_shares_the_file },
	{ "an fd that was passed to another process has the rights of the open file",
	  rights_follow_the_file },
	{ "close frees all the file's sessions", close_frees },
};

CHECK_MAIN(cases)
