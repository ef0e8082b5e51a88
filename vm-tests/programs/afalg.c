// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "afalg.h"

/* The value in a line of /proc/crypto. */
static char *value_of(char *line)
{
	char *colon = strchr(line, ':');

	line[strcspn(line, "\n")] = '\0';
	return colon ? colon + 2 : NULL;
}

const char *afalg_field_of(const char *driver, const char *field)
{
	static char line[200];
	FILE *file = fopen("/proc/crypto", "r");
	const char *value = NULL;
	bool ours = false;

	while (file && !value && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "driver ", 7))
			ours = !strcmp(value_of(line), driver);
		else if (ours && !strncmp(line, field, strlen(field)))
			value = value_of(line);
	}
	if (file)
		fclose(file);
	return value;
}

const char *afalg_field(const char *field)
{
	return afalg_field_of(AFALG_DRIVER, field);
}

/* Whether it is there, and all that begin as it does up to a hyphen have passed. */
static bool all_passed(const char *driver)
{
	size_t prefix = strcspn(driver, "-") + 1;
	FILE *file = fopen("/proc/crypto", "r");
	bool ours = false, there = false, passed = true;
	char line[200];

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "driver ", 7)) {
			ours = !strncmp(value_of(line), driver, prefix);
			there |= !strcmp(value_of(line), driver);
		} else if (ours && !strncmp(line, "selftest ", 9)) {
			passed &= !strcmp(value_of(line), "passed");
		}
	}
	if (file)
		fclose(file);
	return there && passed;
}

bool afalg_wait(const char *driver)
{
	int tries = 0;

	while (!all_passed(driver) && tries++ < 600)
		usleep(100 * 1000);
	return tries <= 600;
}

int afalg_bind(const char *driver, const char *type, const uint8_t *key, size_t keylen)
{
	struct sockaddr_alg name = { .salg_family = AF_ALG };
	int alg = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf((char *)name.salg_type, sizeof(name.salg_type), "%s", type);
	snprintf((char *)name.salg_name, sizeof(name.salg_name), "%s", driver);
	if (alg >= 0 && !bind(alg, (struct sockaddr *)&name, sizeof(name)) &&
	    (!keylen || !setsockopt(alg, SOL_ALG, ALG_SET_KEY, key, (socklen_t)keylen)))
		return alg;
	if (alg >= 0)
		close(alg);
	return -1;
}

int afalg_open_as(const char *driver, size_t taglen, const uint8_t *key, size_t keylen)
{
	int alg = afalg_bind(driver, taglen ? "aead" : "skcipher", key, keylen);
	int size = 4 * AFALG_MAX;
	int fd = -1;

	if (alg >= 0 &&
	    (!taglen || !setsockopt(alg, SOL_ALG, ALG_SET_AEAD_AUTHSIZE, NULL, (socklen_t)taglen)))
		fd = accept(alg, NULL, NULL);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size))) {
		close(fd);
		fd = -1;
	}
	if (alg >= 0)
		close(alg);
	return fd;
}

int afalg_open(const uint8_t *key, size_t keylen)
{
	return afalg_open_as(AFALG_DRIVER, 0, key, keylen);
}

static struct cmsghdr *set_control(struct cmsghdr *header, int type, const void *value, size_t len)
{
	header->cmsg_level = SOL_ALG;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(header), value, len);
	return header;
}

/* The kernel keeps one operation: what was sent last is done by the next read. */
bool afalg_do(int fd, const struct afalg_op *op)
{
	struct {
		uint32_t len;
		uint8_t bytes[AFALG_BLOCK];
	} iv = { .len = (uint32_t)op->ivlen };
	uint32_t aadlen = (uint32_t)op->aadlen;
	union {
		struct cmsghdr align;
		uint8_t bytes[2 * CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(iv))];
	} control = { .bytes = { 0 } };
	struct iovec data = { (void *)(uintptr_t)op->from, op->fromlen };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = 2 * CMSG_SPACE(sizeof(uint32_t)) +
				  CMSG_SPACE(sizeof(iv.len) + op->ivlen),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	memcpy(iv.bytes, op->iv, op->ivlen);
	set_control(header, ALG_SET_OP, &op->op, sizeof(op->op));
	header = set_control(CMSG_NXTHDR(&message, header), ALG_SET_AEAD_ASSOCLEN, &aadlen,
			     sizeof(aadlen));
	set_control(CMSG_NXTHDR(&message, header), ALG_SET_IV, &iv, sizeof(iv.len) + op->ivlen);
	errno = 0;
	return sendmsg(fd, &message, 0) == (ssize_t)op->fromlen &&
	       read(fd, op->to, op->tolen) == (ssize_t)op->tolen;
}

bool afalg_run(int fd, uint32_t op, const uint8_t iv[AFALG_BLOCK], const uint8_t *from,
	       uint8_t *to, size_t len)
{
	const struct afalg_op all = {
		.op = op, .iv = iv, .ivlen = AFALG_BLOCK,
		.from = from, .fromlen = len, .to = to, .tolen = len,
	};

	return afalg_do(fd, &all);
}
