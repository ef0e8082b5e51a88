// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Runs in the guest (bench/guest.sh fairness --smp 2): how a program with calls of
 * 16 bytes fares beside three threads of another user that encrypt 1 MiB with
 * Triple DES in each call.  Alone and beside them take turns.
 */
#include <crypto/cryptodev.h>
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONG_CALL (1u << 20)
#define THREADS 3
#define MAX_CALLS 2000000

static double latencies[MAX_CALLS];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static uint32_t make_session(int fd, uint32_t cipher, uint32_t keylen)
{
	static uint8_t key[32] = "a key as long as any of these is";
	struct session_op op = { .cipher = cipher, .keylen = keylen, .key = key };

	if (ioctl(fd, CIOCGSESSION, &op))
		err(2, "CIOCGSESSION");
	return op.ses;
}

static int open_device(void)
{
	int fd = open("/dev/crypto", O_RDWR);

	if (fd < 0)
		err(2, "/dev/crypto");
	return fd;
}

static void *long_calls(void *unused)
{
	uint8_t *memory = calloc(1, LONG_CALL);
	int fd = open_device();
	struct crypt_op op = { .ses = make_session(fd, CRYPTO_3DES_CBC, 24),
			       .len = LONG_CALL,
			       .src = memory,
			       .dst = memory };

	while (ioctl(fd, CIOCCRYPT, &op) == 0)
		;
	err(1, "CIOCCRYPT of 1 MiB");
	return unused;
}

static pid_t start_long_calls(void)
{
	pid_t child = fork();
	pthread_t thread;
	int i;

	if (child)
		return child;
	if (setgid(60001) || setuid(60001))
		err(2, "cannot become another user");
	for (i = 1; i < THREADS; i++)
		if (pthread_create(&thread, NULL, long_calls, NULL))
			errx(2, "no thread");
	long_calls(NULL);
	exit(1);
}

static int compare(const void *a, const void *b)
{
	double one = *(const double *)a, two = *(const double *)b;

	return one < two ? -1 : one > two;
}

static void measure(const char *name, int seconds)
{
	uint8_t block[16] = { 0 };
	int fd = open_device();
	struct crypt_op op = {
		.ses = make_session(fd, CRYPTO_AES_CBC, 16), .len = 16, .src = block, .dst = block
	};
	double end = now() + seconds, start;
	size_t calls = 0;

	while ((start = now()) < end && calls < MAX_CALLS) {
		if (ioctl(fd, CIOCCRYPT, &op))
			err(1, "CIOCCRYPT of 16 bytes");
		latencies[calls++] = now() - start;
	}
	close(fd);
	qsort(latencies, calls, sizeof(latencies[0]), compare);
	printf("%-8s %8zu %10.3f %10.3f %10.3f\n", name, calls, latencies[calls / 2] * 1e3,
	       latencies[calls * 99 / 100] * 1e3, latencies[calls - 1] * 1e3);
}

/* fairness [ROUNDS [SECONDS]] */
int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 3, seconds = argc > 2 ? atoi(argv[2]) : 8, i;

	printf("%-8s %8s %10s %10s %10s\n", "", "calls", "median ms", "99 % ms", "longest ms");
	for (i = 0; i < rounds; i++) {
		pid_t other;

		measure("alone", seconds);
		other = start_long_calls();
		sleep(1);
		measure("beside", seconds);
		if (waitpid(other, NULL, WNOHANG))
			errx(1, "the long calls have ended");
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
		fflush(stdout);
	}
	return 0;
}
