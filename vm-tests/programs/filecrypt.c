// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encrypts a file through the device, as "openssl enc -aes-256-cbc" would, and
 * hashes it with SHA-256.
 *
 * The ciphertext goes to standard output, "key=value" lines to standard error:
 * what was done, how long the calls took, and what the device has counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <crypto/cryptodev.h>

#define BLOCK 16
#define KEY_LEN 32
#define DIGEST_LEN 32
#define MAX_CHUNK (64u << 20)

static uint8_t key[KEY_LEN], iv[BLOCK], digest[DIGEST_LEN];
static const char *device = "/dev/crypto";
static size_t chunk = 1 << 20;
static uint8_t *buffer; /* of chunk bytes and a block */
static double seconds; /* of ioctls */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "filecrypt: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void usage(void)
{
	fputs("usage: filecrypt [--chunk BYTES] [--device PATH] KEYHEX IVHEX FILE\n"
	      "Encrypts FILE with AES-256-CBC to standard output.  KEYHEX: 64 digits, IVHEX: 32.\n"
	      "BYTES, a multiple of 16 up to 64 Mi, go into one call (default 1 Mi).\n",
	      stderr);
	exit(2);
}

static void parse_hex(const char *text, uint8_t *bytes, size_t length)
{
	if (strlen(text) != 2 * length || strspn(text, "0123456789abcdefABCDEF") != 2 * length)
		usage();
	for (size_t i = 0; i < length; i++) {
		char digits[3] = { text[2 * i], text[2 * i + 1], 0 };

		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
}

static void parse_chunk(const char *text)
{
	char *end;

	errno = 0;
	chunk = strtoul(text, &end, 10);
	if (errno || *end || !chunk || chunk % BLOCK || chunk > MAX_CHUNK)
		usage();
}

static char *parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "chunk", required_argument, NULL, 'c' },
		{ "device", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			parse_chunk(optarg);
		else if (option == 'd')
			device = optarg;
		else
			usage();
	}
	if (argc - optind != 3)
		usage();
	parse_hex(argv[optind], key, KEY_LEN);
	parse_hex(argv[optind + 1], iv, BLOCK);
	return argv[optind + 2];
}

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

/* Fewer bytes than a chunk only at the end of the file. */
static size_t read_chunk(int file)
{
	size_t length = 0;
	ssize_t got;

	while (length < chunk && (got = read(file, buffer + length, chunk - length)) != 0) {
		if (got < 0)
			die("read");
		length += (size_t)got;
	}
	return length;
}

static void write_all(size_t length)
{
	for (size_t at = 0; at < length;) {
		ssize_t written = write(STDOUT_FILENO, buffer + at, length - at);

		if (written < 0)
			die("write");
		at += (size_t)written;
	}
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void call(int fd, unsigned long request, void *argument, const char *name)
{
	double begin = now();

	if (ioctl(fd, request, argument))
		die(name);
	seconds += now() - begin;
}

static uint32_t new_session(int fd, struct session_op session)
{
	if (ioctl(fd, CIOCGSESSION, &session))
		die("CIOCGSESSION");
	return session.ses;
}

/* PKCS #7: one to sixteen bytes that say how many they are. */
static size_t pad(size_t length)
{
	size_t padding = BLOCK - length % BLOCK;

	memset(buffer + length, (int)padding, padding);
	return length + padding;
}

/* The IV is given once; after that the device goes on by itself. */
static size_t encrypt(int fd, int file)
{
	struct crypt_op crypt = { .op = COP_ENCRYPT, .src = buffer, .dst = buffer, .iv = iv };
	size_t bytes = 0, length;

	crypt.ses = new_session(
		fd, (struct session_op){ .cipher = CRYPTO_AES_CBC, .keylen = KEY_LEN, .key = key });
	do {
		length = read_chunk(file);
		bytes += length;
		crypt.len = (uint32_t)(length < chunk ? pad(length) : length);
		call(fd, CIOCCRYPT, &crypt, "CIOCCRYPT (encrypt)");
		write_all(crypt.len);
		crypt.iv = NULL;
	} while (length == chunk);
	call(fd, CIOCFSESSION, &crypt.ses, "CIOCFSESSION");
	return bytes;
}

static void hash(int fd, int file)
{
	struct crypt_op crypt = { .flags = COP_FLAG_UPDATE, .src = buffer, .mac = digest };
	size_t length;

	crypt.ses = new_session(fd, (struct session_op){ .mac = CRYPTO_SHA2_256 });
	do {
		length = read_chunk(file);
		crypt.len = (uint32_t)length;
		if (length < chunk)
			crypt.flags = COP_FLAG_FINAL;
		call(fd, CIOCCRYPT, &crypt, "CIOCCRYPT (hash)");
	} while (length == chunk);
	call(fd, CIOCFSESSION, &crypt.ses, "CIOCFSESSION");
}

static void print_attribute(const char *folder, const char *name)
{
	char path[512], value[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fscanf(file, "%63s", value) == 1)
		fprintf(stderr, "%s=%s\n", strrchr(path, '/') + 1, value);
	fclose(file);
}

/* Of the first virtio device that counts.  No such device, nothing printed. */
static void print_counters(void)
{
	static const char *const names[] = {
		"../backend", "requests",	  "failures", "crypt_requests", "bytes_in",
		"bytes_out",  "sessions_created", "contexts", "sessions",
	};
	glob_t found;

	if (glob("/sys/bus/virtio/devices/virtio*/counters", 0, NULL, &found))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		print_attribute(found.gl_pathv[0], names[i]);
	globfree(&found);
}

int main(int argc, char **argv)
{
	const char *path = parse_options(argc, argv);
	int fd = open_file(device, O_RDWR), file = open_file(path, O_RDONLY);

	buffer = malloc(chunk + BLOCK);
	if (!buffer)
		die("malloc");
	fprintf(stderr, "bytes=%zu\n", encrypt(fd, file));
	fprintf(stderr, "seconds_encrypt=%.6f\n", seconds);
	if (lseek(file, 0, SEEK_SET))
		die(path);
	seconds = 0;
	hash(fd, file);
	fprintf(stderr, "seconds_hash=%.6f\nsha256=", seconds);
	for (size_t i = 0; i < DIGEST_LEN; i++)
		fprintf(stderr, "%02x", digest[i]);
	fputc('\n', stderr);
	print_counters();
	free(buffer);
	close(file);
	return close(fd) ? 1 : 0;
}
