// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every errno of every ioctl, provoked.  The table of docs/semantics.md says which
 * ioctl gives which errno when; the cases here are its columns.
 *
 * usage: errnos SESSIONS CONTEXTS	what the device has of them
 *
 * One device, with iomem=relaxed on the kernel's command line, and root.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096
#define NOBODY 65534
#define UNKNOWN 4711

static const uint8_t key[32] = { 1, 2, 3 };
static uint8_t src[4 * PAGE], dst[4 * PAGE + 64], iv[16];
static int device_sessions, device_contexts;
static int fd;
static uint32_t cbc, gcm, hash, same_hash, other_hash;

/* What any of the ioctls takes. */
union argument {
	uint32_t number;
	struct session_op session;
	struct session_info_op info;
	struct crypt_op crypt;
	struct crypt_auth_op auth;
	struct cphash_op copy;
};

/* Everything that does not fail but for the reason that a case has. */
static void fill_session(union argument *argument)
{
	argument->session = (struct session_op){ .cipher = CRYPTO_AES_CBC,
						 .keylen = 16,
						 .key = dev_unconst(key),
						 .mac = CRYPTO_SHA1_HMAC,
						 .mackeylen = 20,
						 .mackey = dev_unconst(key) };
}

static void fill_number(union argument *argument)
{
	argument->number = cbc;
}

static void fill_info(union argument *argument)
{
	argument->info = (struct session_info_op){ .ses = cbc };
}

static void fill_crypt(union argument *argument)
{
	argument->crypt =
		(struct crypt_op){ .ses = cbc, .len = 2 * PAGE, .src = src, .dst = dst, .iv = iv };
}

static void fill_auth(union argument *argument)
{
	argument->auth = (struct crypt_auth_op){ .ses = gcm,
						 .len = 2 * PAGE,
						 .auth_len = 20,
						 .auth_src = src,
						 .src = src,
						 .dst = dst,
						 .iv = iv };
}

static void fill_copy(union argument *argument)
{
	argument->copy = (struct cphash_op){ .dst_ses = hash, .src_ses = same_hash };
}

#define WAITS 1 /* for the device */

static const struct call {
	const char *name;
	unsigned long command;
	void (*fill)(union argument *argument);
	int waits;
} calls[] = {
	{ "CRIOGET", CRIOGET, fill_number, 0 },
	{ "CIOCGSESSION", CIOCGSESSION, fill_session, 0 },
	{ "CIOCFSESSION", CIOCFSESSION, fill_number, 0 },
	{ "CIOCCRYPT", CIOCCRYPT, fill_crypt, WAITS },
	{ "CIOCAUTHCRYPT", CIOCAUTHCRYPT, fill_auth, WAITS },
	{ "CIOCGSESSINFO", CIOCGSESSINFO, fill_info, WAITS },
	{ "CIOCCPHASH", CIOCCPHASH, fill_copy, 0 },
	{ "CIOCASYMFEAT", CIOCASYMFEAT, fill_number, 0 },
	{ "CIOCASYNCCRYPT", CIOCASYNCCRYPT, fill_crypt, 0 },
	{ "CIOCASYNCFETCH", CIOCASYNCFETCH, fill_crypt, 0 },
};

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	gcm = dev_cipher(fd, CRYPTO_AES_GCM, key, 32);
	hash = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	same_hash = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	other_hash = dev_hash(fd, CRYPTO_MD5, NULL, 0);
}

static void stop(void)
{
	CHECK_OK(close(fd));
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

/* All calls, as they are right, end with @error. */
static void all_fail(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		union argument argument = { 0 };

		calls[i].fill(&argument);
		if (!CHECK_ERRNO(ioctl(fd, calls[i].command, &argument), error))
			check_note("%s", calls[i].name);
	}
}

/* The case that proves the others: with nothing wrong nothing fails. */
static void right_calls(void)
{
	start();
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		union argument argument = { 0 };

		if (calls[i].command == CIOCFSESSION)
			continue;
		calls[i].fill(&argument);
		if (calls[i].command == CIOCASYNCFETCH)
			CHECK(async_poll(fd, POLLIN, 60000) & POLLIN);
		if (!CHECK_OK(ioctl(fd, calls[i].command, &argument)))
			check_note("%s", calls[i].name);
		if (calls[i].command == CRIOGET)
			close((int)argument.number);
	}
	CHECK_OK(dev_free(fd, cbc));
	stop();
}

/* --- EINVAL --- */

#define CHANGED(name, member, value)                                                               \
	do {                                                                                       \
		union argument argument;                                                           \
		fill_##name(&argument);                                                            \
		argument.name.member = value;                                                      \
		CHECK_ERRNO(ioctl(fd, command, &argument), error);                                 \
	} while (0)

static void crypt_is_einval(unsigned long command)
{
	int error = EINVAL;

	CHANGED(crypt, op, 2);
	CHANGED(crypt, ses, UNKNOWN);
	CHANGED(crypt, ses, gcm);
	CHANGED(crypt, len, 2 * PAGE + 1);
}

static void auth_is_einval(void)
{
	unsigned long command = CIOCAUTHCRYPT;
	int error = EINVAL;

	CHANGED(auth, op, 2);
	CHANGED(auth, ses, UNKNOWN);
	CHANGED(auth, ses, hash);
	CHANGED(auth, ses, cbc);
	CHANGED(auth, iv, NULL);
	CHANGED(auth, tag_len, 17);
	CHANGED(auth, auth_len, PAGE + 1);
	CHANGED(auth, flags, COP_FLAG_AEAD_SRTP_TYPE);
}

static void session_is_einval(void)
{
	unsigned long command = CIOCGSESSION;
	int error = EINVAL;

	CHANGED(session, cipher, CRYPTO_SKIPJACK_CBC);
	CHANGED(session, mac, UNKNOWN);
	CHANGED(session, keylen, 17);
	CHANGED(session, mackeylen, 513);
	CHANGED(session, cipher, CRYPTO_AES_GCM);
}

/* 1.UNKNOWN, 4.AUTH.1, 4.CPHASH.3, 4.ASYNC.2 */
static void einval(void)
{
	unsigned long command = CIOCCPHASH;
	int error = EINVAL;

	start();
	session_is_einval();
	crypt_is_einval(CIOCCRYPT);
	auth_is_einval();
	CHANGED(copy, src_ses, other_hash);
	CHANGED(copy, dst_ses, cbc);
	command = CIOCGSESSINFO;
	CHANGED(info, ses, UNKNOWN);
	crypt_is_einval(CIOCASYNCCRYPT);
	command = CIOCASYNCCRYPT;
	CHANGED(crypt, flags, COP_FLAG_NO_ZC);
	CHECK_ERRNO(ioctl(fd, CIOCKEY, src), EINVAL);
	CHECK_ERRNO(ioctl(fd, _IO('c', 99), src), EINVAL);
	stop();
}

/* --- EFAULT --- */

static void bad_pointers(unsigned long command)
{
	int error = EFAULT;

	CHANGED(crypt, src, NULL);
	CHANGED(crypt, dst, NULL);
	CHANGED(crypt, iv, dev_unconst((void *)8));
}

/* 6.INFO */
static void efault(void)
{
	unsigned long command = CIOCGSESSION;
	int error = EFAULT;
	struct crypt_op op;

	start();
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].command == CIOCASYNCFETCH) {
			CHECK_OK(async_encrypt(fd, cbc, src, 16, dst, iv));
			CHECK(async_poll(fd, POLLIN, 60000) & POLLIN);
		}
		if (!CHECK_ERRNO(ioctl(fd, calls[i].command, NULL), EFAULT))
			check_note("%s", calls[i].name);
	}
	CHECK_OK(async_fetch(fd, &op));
	CHANGED(session, key, NULL);
	CHANGED(session, mackey, NULL);
	bad_pointers(CIOCCRYPT);
	/* Of these the IV is read at once; the rest is told later. */
	command = CIOCASYNCCRYPT;
	CHANGED(crypt, iv, dev_unconst((void *)8));
	CHECK_OK(async_encrypt(fd, cbc, NULL, 64, dst, iv));
	CHECK_ERRNO(async_fetch(fd, &op), EFAULT);
	CHECK_ERRNO(dev_digest(fd, hash, 0, src, 4, NULL), EFAULT);
	command = CIOCAUTHCRYPT;
	CHANGED(auth, src, NULL);
	CHANGED(auth, dst, NULL);
	CHANGED(auth, auth_src, NULL);
	CHANGED(auth, iv, dev_unconst((void *)8));
	stop();
}

/* --- the errors of single calls --- */

/* 4.CPHASH.1, 4.CPHASH.2 */
static void of_copies(void)
{
	unsigned long command = CIOCCPHASH;
	int error = ENOENT;

	start();
	CHANGED(copy, src_ses, UNKNOWN);
	CHANGED(copy, dst_ses, UNKNOWN);
	error = EDEADLK;
	CHANGED(copy, src_ses, hash);
	stop();
}

/* 4.AUTH.6 */
static void forged(void)
{
	union argument argument = { 0 };

	start();
	fill_auth(&argument);
	CHECK_OK(ioctl(fd, CIOCAUTHCRYPT, &argument));
	argument.auth.op = COP_DECRYPT;
	argument.auth.src = dst;
	dst[argument.auth.len - 1] ^= 1;
	CHECK_ERRNO(ioctl(fd, CIOCAUTHCRYPT, &argument), EBADMSG);
	stop();
}

/* 4.ASYNC.1 */
static void async_busy(void)
{
	struct crypt_op op;

	start();
	CHECK_ERRNO(async_try_fetch(fd, &op), EBUSY);
	for (int i = 0; i < ASYNC_MAX; i++)
		CHECK_OK(async_encrypt(fd, cbc, src, 16, dst, iv));
	CHECK_ERRNO(async_encrypt(fd, cbc, src, 16, dst, iv), EBUSY);
	stop();
}

/* --- EMFILE, ENOSPC, EDQUOT --- */

static void set_max_sessions(int value)
{
	FILE *file = fopen("/sys/module/vcrypto/parameters/max_sessions", "we");

	REQUIRE(file && fprintf(file, "%d", value) > 0 && fclose(file) == 0);
}

static void emfile(void)
{
	union argument argument = { 0 };
	struct rlimit limit, none = { 0 };

	start();
	set_max_sessions(5);
	fill_session(&argument);
	CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &argument), EMFILE);
	set_max_sessions(16384);
	CHECK_OK(ioctl(fd, CIOCGSESSION, &argument));
	REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none.rlim_max = limit.rlim_max;
	REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK_ERRNO(ioctl(fd, CRIOGET, &argument), EMFILE);
	REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	stop();
}

/* Root can have all there is. */
static void enospc(void)
{
	union argument argument = { 0 };
	int *files = calloc((size_t)device_contexts, sizeof(*files)), other = dev_open();

	start();
	for (int i = 5; i < device_sessions; i++) {
		fill_session(&argument);
		CHECK_OK(ioctl(fd, CIOCGSESSION, &argument));
	}
	fill_session(&argument);
	CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &argument), ENOSPC);
	stop();
	start();
	for (int i = 1; i < device_contexts; i++) {
		files[i] = dev_open();
		fill_session(&argument);
		CHECK_OK(ioctl(files[i], CIOCGSESSION, &argument));
	}
	CHECK_ERRNO(ioctl(other, CIOCGSESSION, &argument), ENOSPC);
	for (int i = 1; i < device_contexts; i++)
		CHECK_OK(close(files[i]));
	CHECK_OK(close(other));
	free(files);
	stop();
}

static void use_up_share(void *unused)
{
	union argument argument;
	int result;

	(void)unused;
	REQUIRE(setuid(NOBODY) == 0);
	start();
	do {
		fill_session(&argument);
		result = ioctl(fd, CIOCGSESSION, &argument);
	} while (result == 0);
	CHECK_ERRNO(result, EDQUOT);
}

/* 6.SHARES */
static void edquot(void)
{
	check_wait(check_fork(use_up_share, NULL));
}

/* --- EINTR: who is killed never sees it, but the kernel's tracing does --- */

#define TRACING "/sys/kernel/debug/tracing/"

static void put(const char *name, const char *text)
{
	char path[128];
	int file;

	snprintf(path, sizeof(path), TRACING "%s", name);
	file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	REQUIRE(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
	close(file);
}

/* Whether the last system call of the process returned @error.  Reading would trace itself. */
static bool traced(pid_t pid, int error)
{
	char line[512], process[32], result[32];
	FILE *file = fopen(TRACING "trace", "re");
	bool found = false;

	REQUIRE(file);
	snprintf(process, sizeof(process), "-%d ", pid);
	snprintf(result, sizeof(result), "= %d\n", -error);
	while (fgets(line, sizeof(line), file)) {
		size_t length = strlen(line), end = strlen(result);

		if (strstr(line, process))
			found = length > end && !strcmp(line + length - end, result);
	}
	fclose(file);
	return found;
}

static void wait_in(void *call)
{
	const struct call *in = call;
	union argument argument = { 0 };

	in->fill(&argument);
	CHECK_ERRNO(ioctl(fd, in->command, &argument), EINTR);
}

static void kill_in(const struct call *call)
{
	pid_t child;
	int status;

	put("trace", "");
	put("tracing_on", "1");
	child = check_fork(wait_in, dev_unconst(call));
	usleep(200000);
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	put("tracing_on", "0");
	if (!CHECK(traced(child, EINTR)))
		check_note("%s", call->name);
}

/* 6.KILLED */
static void eintr(void)
{
	put("tracing_on", "0");
	put("events/raw_syscalls/sys_exit/enable", "1");
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (!calls[i].waits)
			continue;
		start();
		hang_begin();
		kill_in(&calls[i]);
		hang_end();
		stop();
	}
	put("events/raw_syscalls/sys_exit/enable", "0");
	put("tracing_on", "1");
}

/* Others do not interrupt: the call goes on, and succeeds. */
static volatile sig_atomic_t signals;

static void count(int number)
{
	(void)number;
	signals++;
}

static void let_go_on(void *unused)
{
	(void)unused;
	for (int i = 0; i < 5; i++) {
		usleep(50000);
		kill(getppid(), SIGUSR1);
	}
	usleep(50000);
	hang_end();
}

static void no_eintr(void)
{
	struct sigaction action = { .sa_handler = count }, before;
	union argument argument;
	pid_t child;

	start();
	REQUIRE(sigaction(SIGUSR1, &action, &before) == 0);
	signals = 0;
	hang_begin();
	child = check_fork(let_go_on, NULL);
	fill_crypt(&argument);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &argument));
	CHECK(signals > 0);
	while (waitpid(child, NULL, 0) < 0)
		CHECK_EQ(errno, EINTR);
	REQUIRE(sigaction(SIGUSR1, &before, NULL) == 0);
	stop();
}

/* --- ENODEV; and no EIO --- */

/* 6.UNPLUG */
static void enodev(void)
{
	start();
	dev_unplug();
	all_fail(ENODEV);
	CHECK_ERRNO(ioctl(fd, CIOCKEY, src), ENODEV);
	CHECK_ERRNO(open(dev_path, O_RDWR), ENODEV);
	CHECK_OK(close(fd));
	dev_rescan();
	right_calls();
}

/* 6.OUTLIVE: A device that says that it needs a reset gets one. */
static void no_eio(void)
{
	union argument argument;

	start();
	hang_break();
	fill_crypt(&argument);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &argument));
	CHECK_OK(close(fd));
	right_calls();
}

static const struct check_case cases[] = {
	{ "no errno: right calls succeed", right_calls },
	{ "EINVAL: what makes no sense", einval },
	{ "EFAULT: a bad pointer to or in the struct", efault },
	{ "ENOENT and EDEADLK: CIOCCPHASH", of_copies },
	{ "EBADMSG: what does not verify", forged },
	{ "EBUSY: too many operations, or none that is finished", async_busy },
	{ "EMFILE: a limit of the file or process", emfile },
	{ "ENOSPC: a limit of the device", enospc },
	{ "EDQUOT: a user's share of the device", edquot },
	{ "EINTR: killed while waiting for the device", eintr },
	{ "no EINTR: other signals do not interrupt", no_eintr },
	{ "ENODEV: the device is gone", enodev },
	{ "no EIO: the device fails, and is reset", no_eio },
};

int main(int argc, char **argv)
{
	REQUIRE(argc == 3);
	device_sessions = atoi(argv[1]);
	device_contexts = atoi(argv[2]);
	dev_fill(src, sizeof(src), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
