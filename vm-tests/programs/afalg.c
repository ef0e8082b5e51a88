// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "afalg.h"

const char *afalg_field(const char *field)
{
	static char line[200];
	FILE *file = fopen("/proc/crypto", "r");
	const char *value = NULL;
	bool ours = false;

	while (file && !value && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "driver ", 7))
			ours = strstr(line, ": " AFALG_DRIVER) != NULL;
		else if (ours && !strncmp(line, field, strlen(field)) && strchr(line, ':'))
			value = strchr(line, ':') + 2;
	}
	if (file)
		fclose(file);
	return value;
}

int afalg_open(const uint8_t *key, size_t keylen)
{
	struct sockaddr_alg name = {
		.salg_family = AF_ALG, .salg_type = "skcipher", .salg_name = AFALG_DRIVER,
	};
	int alg = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int size = 4 * AFALG_MAX;
	int fd = -1;

	if (alg >= 0 && !bind(alg, (struct sockaddr *)&name, sizeof(name)) &&
	    !setsockopt(alg, SOL_ALG, ALG_SET_KEY, key, (socklen_t)keylen))
		fd = accept(alg, NULL, NULL);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size))) {
		close(fd);
		fd = -1;
	}
	if (alg >= 0)
		close(alg);
	return fd;
}

/* The kernel keeps one operation: what was sent last is done by the next read. */
bool afalg_run(int fd, uint32_t op, const uint8_t iv[AFALG_BLOCK], const uint8_t *from,
	       uint8_t *to, size_t len)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(op)) +
			      CMSG_SPACE(sizeof(struct af_alg_iv) + AFALG_BLOCK)];
	} control = { .bytes = { 0 } };
	struct iovec data = { (void *)(uintptr_t)from, len };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	struct af_alg_iv *alg_iv;

	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_OP;
	header->cmsg_len = CMSG_LEN(sizeof(op));
	memcpy(CMSG_DATA(header), &op, sizeof(op));
	header = CMSG_NXTHDR(&message, header);
	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_IV;
	header->cmsg_len = CMSG_LEN(sizeof(*alg_iv) + AFALG_BLOCK);
	alg_iv = (void *)CMSG_DATA(header);
	alg_iv->ivlen = AFALG_BLOCK;
	memcpy(alg_iv->iv, iv, AFALG_BLOCK);
	errno = 0;
	return sendmsg(fd, &message, 0) == (ssize_t)len && read(fd, to, len) == (ssize_t)len;
}
