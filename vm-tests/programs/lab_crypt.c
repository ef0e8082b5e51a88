// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first program of the course: 16 KiB of AES-CBC with a 24-byte key,
 * encrypt, decrypt, compare.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define DATA_SIZE (16 * 1024)
#define BLOCK_SIZE 16
#define KEY_SIZE 24

static uint8_t in[DATA_SIZE], encrypted[DATA_SIZE], decrypted[DATA_SIZE];
static uint8_t key[KEY_SIZE], iv[BLOCK_SIZE], same_iv[BLOCK_SIZE];

static void encrypt_decrypt_compare(int fd)
{
	struct session_op session = { .cipher = CRYPTO_AES_CBC, .keylen = KEY_SIZE, .key = key };
	struct crypt_op crypt = {
		.op = COP_ENCRYPT, .len = DATA_SIZE, .src = in, .dst = encrypted, .iv = iv
	};

	if (!CHECK_OK(ioctl(fd, CIOCGSESSION, &session)))
		return;
	crypt.ses = session.ses;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK(memcmp(in, encrypted, DATA_SIZE) != 0);
	crypt.src = encrypted;
	crypt.dst = decrypted;
	crypt.op = COP_DECRYPT;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK_MEM(decrypted, in, DATA_SIZE);
	CHECK_MEM(iv, same_iv, BLOCK_SIZE);
	CHECK_OK(ioctl(fd, CIOCFSESSION, &session.ses));
}

static void with_device(const char *path)
{
	int fd = open(path, O_RDWR);

	if (!CHECK_OK(fd))
		return;
	encrypt_decrypt_compare(fd);
	CHECK_OK(close(fd));
}

static void crypto(void)
{
	with_device("/dev/crypto");
}

static void cryptodev0(void)
{
	with_device("/dev/cryptodev0");
}

static void through_crioget(void)
{
	int fd = dev_crioget();

	encrypt_decrypt_compare(fd);
	CHECK_OK(close(fd));
}

static const struct check_case cases[] = {
	{ "16 KiB of AES-192-CBC come back as they were", crypto },
	{ "the same with /dev/cryptodev0", cryptodev0 },
	{ "the same through CRIOGET", through_crioget },
};

int main(void)
{
	dev_fill(in, sizeof(in), 1);
	dev_fill(key, sizeof(key), 2);
	dev_fill(iv, sizeof(iv), 3);
	memcpy(same_iv, iv, sizeof(iv));
	return check_main(cases, ARRAY_SIZE(cases));
}
