// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The ioctls, and what their errors mean to a user. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tool.h"

uint8_t *unconst(const void *pointer)
{
	union {
		const void *from;
		uint8_t *to;
	} both = { pointer };

	return both.to;
}

const char *device_open_problem(int error)
{
	switch (error) {
	case ENOENT:
		if (!access("/dev/crypto", F_OK))
			return "there is no such file; the devices that are there: /dev/crypto, "
			       "/dev/cryptodev*";
		return "there is no such file: load the module (modprobe vcrypto), or name another "
		       "with --device";
	case ENODEV:
	case ENXIO:
		return "no device is behind it: does the virtual machine have a "
		       "virtio-cryptodev-pci?";
	case EACCES:
	case EPERM:
		return "not allowed: ask for access to this file";
	case EIO:
		return "the device has failed: unbind and bind the driver";
	default:
		return strerror(error);
	}
}

/* Whoever opens something else that takes ioctls learns it from ENOTTY. */
int device_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint32_t features;

	if (fd < 0)
		die("cannot use %s: %s", path, device_open_problem(errno));
	if (ioctl(fd, CIOCASYMFEAT, &features) && (errno == ENOTTY || errno == EINVAL))
		die("cannot use %s: it is not a crypto device", path);
	return fd;
}

bool device_lacks(int error)
{
	return error == EINVAL || error == ENOENT || error == EOPNOTSUPP;
}

int device_try(int fd, const struct algorithm *algorithm, const void *key, size_t len,
	       uint32_t *ses)
{
	struct session_op session = { 0 };

	if (algorithm->kind == KIND_HASH || algorithm->kind == KIND_MAC) {
		session.mac = algorithm->number;
		session.mackey = len ? unconst(key) : NULL;
		session.mackeylen = (uint32_t)len;
	} else {
		session.cipher = algorithm->number;
		session.key = len ? unconst(key) : NULL;
		session.keylen = (uint32_t)len;
	}
	if (ioctl(fd, CIOCGSESSION, &session))
		return errno;
	*ses = session.ses;
	return 0;
}

uint32_t device_session(int fd, const struct choice *choice, const struct bytes *key)
{
	const struct algorithm *algorithm = choice->algorithm;
	uint32_t ses = 0;
	int error;

	/* The device takes such keys, for programs that measure; files deserve better. */
	if (algorithm->number == CRYPTO_AES_XTS &&
	    !memcmp(key->at, key->at + key->len / 2, key->len / 2))
		die("the two halves of an aes-xts key must differ");
	error = device_try(fd, algorithm, key->at, key->len, &ses);
	if (!error)
		return ses;
	if (!device_lacks(error))
		die("the device makes no session: %s", device_problem(error));
	die("the device does not offer %s%s: see vcrypto list", algorithm->name,
	    key->len ? " with such a key" : "");
}

void device_free(int fd, uint32_t ses)
{
	ioctl(fd, CIOCFSESSION, &ses);
}

const char *device_problem(int error)
{
	switch (error) {
	case EINVAL:
		return "the device refuses the data: perhaps they are more than it takes in one "
		       "call (16 MiB of XTS: use --sector-size)";
	case EBADMSG:
		return "the tag does not match: wrong key, IV or additional data, or the data "
		       "have been changed";
	case ENOMEM:
		return "not enough memory";
	case EMFILE:
	case ENOSPC:
		return "no session is left";
	case EDQUOT:
		return "no session is left for you: your programs have as many as all others "
		       "could get";
	case ESTALE:
		return "the device was reset in the middle of the data: begin again";
	case ENODEV:
		return "the device has been removed";
	case EIO:
		return "the device has failed (the kernel's log may say why)";
	default:
		return strerror(error);
	}
}

void device_crypt(int fd, struct crypt_op *crypt)
{
	if (ioctl(fd, CIOCCRYPT, crypt))
		die("%s", device_problem(errno));
}

/* Its halves and thirds differ, and no DES key in it is a weak one. */
void device_test_key(struct bytes *key, size_t len)
{
	for (size_t i = 0; i < len; i++)
		key->at[i] = (uint8_t)(7 * i + 1);
	key->len = len;
}
