// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Runs in the guest: the same AES-128-CBC encryptions through our /dev/crypto,
 * through QEMU's own virtio-crypto device (AF_ALG), and by the guest's processor
 * (AF_ALG again).  bench/vm.sh starts it.
 *
 * For each size the subjects take turns in short rounds of equally many
 * operations.  Printed are medians over the rounds; a ratio is the median of the
 * rounds' ratios.  Every operation sets its IV, and all work on the same pages.
 *
 * Linux 6.1's driver for QEMU's device has a fault with long requests.  So what is
 * longer than QEMU_MAX goes to it in pieces, each with the last block of the one
 * before as its IV, which is the same work.
 */
#include <crypto/cryptodev.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../median.h"

#define MAX_SIZE (256 * 1024)
#define QEMU_MAX (64 * 1024)
#define PIPE_SIZE (1024 * 1024)
#define SOCKET_BUFFER (4 * 1024 * 1024)
#define IV_LEN 16

static const uint32_t sizes[] = { 64, 256, 1024, 4096, 16384, 65536, MAX_SIZE };

static const uint8_t key[16] = "sixteen byte key";
static uint8_t iv[IV_LEN] = "and sixteen more";

struct piece;

/* One way to have work done. */
struct subject {
	const char *name;
	const char *driver;	/* AF_ALG's name for it; NULL: ours */
	uint32_t max;		/* of one operation, bytes; 0: any */
	void (*crypt)(const struct subject *subject, uint32_t len);
	void (*one)(const struct subject *subject, const struct piece *piece);
	/* what open_...() leaves behind */
	uint8_t *src;
	uint8_t *dst;
	int fd;
	uint32_t session;
	int pipe[2];
};

static void ours_crypt(const struct subject *subject, uint32_t len)
{
	struct crypt_op op = {
		.ses = subject->session, .op = COP_ENCRYPT, .len = len,
		.src = subject->src, .dst = subject->dst, .iv = iv,
	};

	if (ioctl(subject->fd, CIOCCRYPT, &op))
		err(1, "CIOCCRYPT of %u bytes", len);
}

static void open_ours(struct subject *subject)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC, .keylen = sizeof(key), .key = (uint8_t *)(uintptr_t)key,
	};

	subject->fd = open("/dev/crypto", O_RDWR);
	if (subject->fd < 0)
		err(2, "cannot open /dev/crypto: is our module loaded, and our device there?");
	if (ioctl(subject->fd, CIOCGSESSION, &session))
		err(2, "CIOCGSESSION for AES-128-CBC");
	subject->session = session.ses;
}

/* A part of an operation. */
struct piece {
	uint32_t at;
	uint32_t len;
	const uint8_t *iv;
};

/* What to do and the IV, and the data unless that comes by another way. */
static void alg_send(const struct subject *subject, const struct piece *piece, uint32_t len,
		     int flags)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint32_t)) +
			   CMSG_SPACE(sizeof(struct af_alg_iv) + IV_LEN)];
	} control = { .bytes = { 0 } };
	struct iovec data = { subject->src + piece->at, len };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = len != 0,
		.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	struct af_alg_iv *alg_iv;

	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_OP;
	header->cmsg_len = CMSG_LEN(sizeof(uint32_t));
	*(uint32_t *)(void *)CMSG_DATA(header) = ALG_OP_ENCRYPT;
	header = CMSG_NXTHDR(&message, header);
	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_IV;
	header->cmsg_len = CMSG_LEN(sizeof(*alg_iv) + IV_LEN);
	alg_iv = (void *)CMSG_DATA(header);
	alg_iv->ivlen = IV_LEN;
	memcpy(alg_iv->iv, piece->iv, IV_LEN);
	if (sendmsg(subject->fd, &message, flags) != (ssize_t)len)
		err(1, "%s: sendmsg of %u bytes", subject->name, len);
}

static void alg_receive(const struct subject *subject, const struct piece *piece)
{
	if (read(subject->fd, subject->dst + piece->at, piece->len) != (ssize_t)piece->len)
		err(1, "%s: read of %u bytes", subject->name, piece->len);
}

/* The source is copied into the kernel; the destination never is. */
static void alg_copy(const struct subject *subject, const struct piece *piece)
{
	alg_send(subject, piece, piece->len, 0);
	alg_receive(subject, piece);
}

/* Nothing is copied, but it takes two system calls more. */
static void alg_splice(const struct subject *subject, const struct piece *piece)
{
	struct iovec data = { subject->src + piece->at, piece->len };
	uint32_t left;
	ssize_t n;

	alg_send(subject, piece, 0, MSG_MORE);
	if (vmsplice(subject->pipe[1], &data, 1, 0) != (ssize_t)piece->len)
		err(1, "%s: vmsplice of %u bytes", subject->name, piece->len);
	for (left = piece->len; left; left -= (uint32_t)n) {
		n = splice(subject->pipe[0], NULL, subject->fd, NULL, left, 0);
		if (n <= 0)
			err(1, "%s: splice of %u bytes", subject->name, left);
	}
	alg_receive(subject, piece);
}

static void alg_crypt(const struct subject *subject, uint32_t len)
{
	struct piece piece = { .iv = iv };

	for (; piece.at < len; piece.at += piece.len) {
		piece.len = len - piece.at;
		if (subject->max && piece.len > subject->max)
			piece.len = subject->max;
		if (piece.at)
			piece.iv = subject->dst + piece.at - IV_LEN;
		subject->one(subject, &piece);
	}
}

static void open_alg(struct subject *subject)
{
	struct sockaddr_alg address = { .salg_family = AF_ALG, .salg_type = "skcipher" };
	int listener = socket(AF_ALG, SOCK_SEQPACKET, 0);
	int buffer = SOCKET_BUFFER;

	strncpy((char *)address.salg_name, subject->driver, sizeof(address.salg_name) - 1);
	if (listener < 0)
		err(2, "no AF_ALG: is the module algif_skcipher loaded?");
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)))
		err(2, "the guest has no driver %s: is its module loaded, and its device there?",
		    subject->driver);
	if (setsockopt(listener, SOL_ALG, ALG_SET_KEY, key, sizeof(key)))
		err(2, "%s: cannot set the key", subject->driver);
	subject->fd = accept(listener, NULL, 0);
	if (subject->fd < 0)
		err(2, "%s: accept", subject->driver);
	/* With the default, longer sources would wait for ever for a reader. */
	if (setsockopt(subject->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) ||
	    setsockopt(subject->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)))
		err(2, "%s: cannot enlarge the socket's buffers", subject->driver);
	if (pipe(subject->pipe) || fcntl(subject->pipe[1], F_SETPIPE_SZ, PIPE_SIZE) < 0)
		err(2, "cannot make a pipe of %d bytes", PIPE_SIZE);
}

enum { OURS, IN_PLACE, QEMU_COPY, QEMU_SPLICE, AESNI, GENERIC, SUBJECTS };

static struct subject subjects[SUBJECTS] = {
	[OURS] = { .name = "/dev/crypto", .crypt = ours_crypt },
	[IN_PLACE] = { .name = "in place", .crypt = ours_crypt },
	[QEMU_COPY] = { .name = "QEMU", .driver = "virtio_crypto_aes_cbc", .max = QEMU_MAX,
			.crypt = alg_crypt, .one = alg_copy },
	[QEMU_SPLICE] = { .name = "QEMU splice", .driver = "virtio_crypto_aes_cbc",
			  .max = QEMU_MAX, .crypt = alg_crypt, .one = alg_splice },
	[AESNI] = { .name = "aesni", .driver = "cbc-aes-aesni", .crypt = alg_crypt,
		    .one = alg_copy },
	[GENERIC] = { .name = "generic", .driver = "cbc(aes-generic)", .crypt = alg_crypt,
		      .one = alg_copy },
};

static uint8_t *buffer(void)
{
	uint8_t *memory = mmap(NULL, MAX_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		err(2, "out of memory");
	return memory;
}

static void open_all(void)
{
	uint8_t *src = buffer(), *dst = buffer(), *both = buffer();
	size_t i;

	for (i = 0; i < SUBJECTS; i++) {
		subjects[i].src = i == IN_PLACE ? both : src;
		subjects[i].dst = i == IN_PLACE ? both : dst;
		if (subjects[i].driver)
			open_alg(&subjects[i]);
		else
			open_ours(&subjects[i]);
	}
}

static void fill(uint8_t *bytes)
{
	size_t i;

	for (i = 0; i < MAX_SIZE; i++)
		bytes[i] = (uint8_t)(i * 0x9d >> 3);
}

/* Numbers of different work say nothing. */
static void check_same_work(uint32_t size)
{
	static uint8_t expected[MAX_SIZE];
	size_t i;

	for (i = 0; i < SUBJECTS; i++) {
		memset(subjects[i].dst, 0, MAX_SIZE);
		fill(subjects[i].src);
		subjects[i].crypt(&subjects[i], size);
		if (i == 0)
			memcpy(expected, subjects[i].dst, size);
		else if (memcmp(expected, subjects[i].dst, size))
			errx(1, "%s and %s differ at %u bytes", subjects[0].name, subjects[i].name,
			     size);
	}
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Seconds for each operation. */
static double measure(const struct subject *subject, uint32_t size, size_t times)
{
	double start = now();
	size_t i;

	for (i = 0; i < times; i++)
		subject->crypt(subject, size);
	return (now() - start) / (double)times;
}

struct row {
	double per_second[SUBJECTS];
	double to_qemu;		/* ours to the faster way to QEMU's */
	double to_software;	/* ours to the faster software */
};

static const double *faster(double seconds[SUBJECTS][MAX_ROUNDS], int a, int b, size_t rounds)
{
	return seconds[median(seconds[a], rounds) < median(seconds[b], rounds) ? a : b];
}

static struct row measure_all(uint32_t size, size_t rounds, double round_seconds)
{
	static double seconds[SUBJECTS][MAX_ROUNDS];
	double one = measure(&subjects[OURS], size, 20);
	size_t times = one * 4 < round_seconds ? (size_t)(round_seconds / one) : 4;
	struct row row;
	size_t i, j;

	for (i = 0; i < rounds; i++)
		for (j = 0; j < SUBJECTS; j++) {
			size_t turn = (i + j) % SUBJECTS;

			seconds[turn][i] = measure(&subjects[turn], size, times);
		}
	for (i = 0; i < SUBJECTS; i++)
		row.per_second[i] = 1 / median(seconds[i], rounds);
	row.to_qemu = median_ratio(faster(seconds, QEMU_COPY, QEMU_SPLICE, rounds), seconds[OURS],
				   rounds);
	row.to_software = median_ratio(faster(seconds, AESNI, GENERIC, rounds), seconds[OURS],
				       rounds);
	return row;
}

static void print_table(const struct row *rows, const char *unit, bool bytes)
{
	size_t i, j;

	printf("%-8s", unit);
	for (j = 0; j < SUBJECTS; j++)
		printf(" %11s", subjects[j].name);
	printf("   to QEMU to software\n");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		printf("%8u", sizes[i]);
		for (j = 0; j < SUBJECTS; j++)
			printf(bytes ? " %11.1f" : " %11.0f",
			       rows[i].per_second[j] * (bytes ? sizes[i] / 1e6 : 1));
		printf(" %9.2f %11.2f\n", rows[i].to_qemu, rows[i].to_software);
	}
}

/* compare [ROUNDS [MILLISECONDS]] */
int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 15;
	int ms = argc > 2 ? atoi(argv[2]) : 80;
	struct row rows[sizeof(sizes) / sizeof(sizes[0])];
	size_t i;

	if (rounds < 1 || rounds > MAX_ROUNDS || ms < 1)
		errx(2, "1 to %d rounds of 1 ms or more", MAX_ROUNDS);
	open_all();
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_same_work(sizes[i]);
		rows[i] = measure_all(sizes[i], (size_t)rounds, ms / 1e3);
		fprintf(stderr, "%6u bytes: %.2f of QEMU's device, %.2f of software\n", sizes[i],
			rows[i].to_qemu, rows[i].to_software);
	}
	print_table(rows, "ops/s", false);
	printf("\n");
	print_table(rows, "MB/s", true);
	return 0;
}
