// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encrypts a file with AES-256-CBC through AF_ALG and the kernel's driver for the standard's
 * crypto device, as "openssl enc -aes-256-cbc" would.
 *
 * The ciphertext goes to standard output, "key=value" lines to standard error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "afalg.h"

#define KEY_LEN 32

static uint8_t key[KEY_LEN], iv[AFALG_BLOCK];
static uint8_t buffer[AFALG_MAX + AFALG_BLOCK], result[AFALG_MAX];

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "algcrypt: %s: %s\n", what, errno ? strerror(errno) : "cut short");
	exit(1);
}

static void parse_hex(const char *text, uint8_t *bytes, size_t len)
{
	size_t i;

	if (strlen(text) != 2 * len || strspn(text, "0123456789abcdefABCDEF") != 2 * len) {
		fputs("usage: algcrypt KEYHEX IVHEX FILE\n"
		      "Encrypts FILE with AES-256-CBC to standard output.  KEYHEX: 64 digits, "
		      "IVHEX: 32.\n", stderr);
		exit(2);
	}
	for (i = 0; i < len; i++) {
		const char digits[3] = { text[2 * i], text[2 * i + 1], 0 };

		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Of whole blocks, at most AFALG_MAX bytes; the last block is the next IV. */
static void crypt(int fd, size_t len)
{
	if (!afalg_run(fd, ALG_OP_ENCRYPT, iv, buffer, result, len))
		die("AF_ALG");
	memcpy(iv, result + len - AFALG_BLOCK, AFALG_BLOCK);
	errno = 0;
	if (fwrite(result, 1, len, stdout) != len)
		die("standard output");
}

/* Returns the bytes of the file. */
static size_t crypt_file(int fd, FILE *file)
{
	size_t pad, len, total = 0;

	do {
		errno = 0;
		len = fread(buffer, 1, AFALG_MAX, file);
		if (ferror(file))
			die("reading");
		total += len;
		if (len == AFALG_MAX) {
			crypt(fd, len);
			continue;
		}
		/* PKCS #7, which openssl uses. */
		pad = AFALG_BLOCK - len % AFALG_BLOCK;
		memset(buffer + len, (int)pad, pad);
		crypt(fd, len + pad);
	} while (len == AFALG_MAX);
	return total;
}

int main(int argc, char **argv)
{
	double start;
	size_t total;
	FILE *file;
	int fd;

	parse_hex(argc == 4 ? argv[1] : "", key, sizeof(key));
	parse_hex(argv[2], iv, sizeof(iv));
	file = fopen(argv[3], "rb");
	if (!file)
		die(argv[3]);
	fd = afalg_open(key, sizeof(key));
	if (fd < 0)
		die("no driver " AFALG_DRIVER " in AF_ALG");
	start = now();
	total = crypt_file(fd, file);
	if (fflush(stdout))
		die("standard output");
	fprintf(stderr, "seconds=%.6f\nbytes=%zu\n", now() - start, total);
	fprintf(stderr, "driver=" AFALG_DRIVER "\nselftest=%s\n",
		afalg_field("selftest") ? afalg_field("selftest") : "unknown");
	return 0;
}
