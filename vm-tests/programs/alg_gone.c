// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The standard's crypto device, whose other side ends while requests are made: how the
 * requests end, and that no answer is wrong.
 *
 * Says "at work" when requests are answered.  Then somebody ends the other side.  Goes on
 * until requests fail or hang, and tries a new key.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "reference.h"

#define LEN 4096
#define AT_WORK 20 /* answers */
#define ERRORS 20  /* then it is enough */
#define HANG_S 15  /* without an answer */
#define LIMIT_S 200

/* What a child tells, which may hang in the kernel for ever: nobody waits for it. */
struct progress {
	unsigned int right, wrong, errors;
	int error;
	bool done;
};

static const uint8_t key[16] = { 1, 2, 3 }, iv[AFALG_BLOCK] = { 4, 5, 6 };
static uint8_t source[LEN], expected[LEN], actual[LEN];

static void failed(struct progress *progress)
{
	progress->error = errno;
	progress->errors++;
	usleep(100 * 1000);
}

static void requests(struct progress *progress)
{
	int fd = afalg_open(key, sizeof(key));

	while (fd >= 0 && progress->errors < ERRORS) {
		memset(actual, 0, sizeof(actual));
		if (!afalg_run(fd, ALG_OP_ENCRYPT, iv, source, actual, LEN))
			failed(progress);
		else if (memcmp(actual, expected, LEN))
			progress->wrong++;
		else
			progress->right++;
	}
}

/* Another child's business: a key makes a session. */
static void keys(struct progress *progress)
{
	int fd;

	while (progress->errors < ERRORS) {
		fd = afalg_open(key, sizeof(key));
		if (fd < 0) {
			failed(progress);
			continue;
		}
		progress->right++;
		close(fd);
	}
}

/* It must not hold the outputs open, which the machine waits for. */
static struct progress *start(void (*run)(struct progress *))
{
	struct progress *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	REQUIRE(progress != MAP_FAILED);
	child = fork();
	REQUIRE(child >= 0);
	if (child)
		return progress;
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	setsid();
	run(progress);
	__atomic_store_n(&progress->done, true, __ATOMIC_RELEASE);
	_exit(0);
}

static unsigned int seen(volatile struct progress *progress)
{
	return progress->right + progress->wrong + progress->errors;
}

/* True: it came to its end; false: it hangs. */
static bool wait_for(volatile struct progress *progress)
{
	unsigned int before = seen(progress), quiet = 0;

	while (!progress->done && quiet < HANG_S * 10) {
		usleep(100 * 1000);
		quiet++;
		if (seen(progress) != before)
			quiet = 0;
		before = seen(progress);
	}
	return progress->done;
}

static void tell(const char *what, struct progress *progress, bool ended)
{
	check_note("%s: %u right, %u wrong, %u errors%s%s%s", what, progress->right,
		   progress->wrong, progress->errors, progress->errors ? ": " : "",
		   progress->errors ? strerror(progress->error) : "", ended ? "" : ", then hangs");
	CHECK_EQ(progress->wrong, 0);
	CHECK(!ended || progress->errors == ERRORS);
}

static void other_side_ends(void)
{
	struct progress *progress = start(requests), *sessions;
	unsigned int tries;

	for (tries = 0; tries < LIMIT_S * 10 && progress->right < AT_WORK; tries++)
		usleep(100 * 1000);
	REQUIRE(progress->right >= AT_WORK);
	puts("# at work");
	fflush(stdout);
	tell("requests", progress, wait_for(progress));
	sessions = start(keys);
	tell("keys", sessions, wait_for(sessions));
	CHECK_EQ(sessions->right, 0);
}

static const struct check_case cases[] = {
	{ "when the other side has ended, requests and keys fail or hang, and none is wrong",
	  other_side_ends },
};

int main(void)
{
	const struct reference_cipher *cipher = reference_ciphers;
	size_t i;

	for (i = 0; i < LEN; i++)
		source[i] = (uint8_t)(i * 7);
	while (strcmp(cipher->name, "cbc(aes-128)") && cipher < reference_ciphers + REFERENCE_CIPHERS)
		cipher++;
	REQUIRE(cipher < reference_ciphers + REFERENCE_CIPHERS);
	reference_encrypt(cipher, key, iv, source, LEN, expected);
	return check_main(cases, ARRAY_SIZE(cases));
}
