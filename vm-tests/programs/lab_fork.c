// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second program of the course: parent and child encrypt, decrypt and
 * compare at the same time, on the one file that was opened before fork().
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define DATA_SIZE (16 * 1024)
#define BLOCK_SIZE 16
#define KEY_SIZE 24
#define ROUNDS 50

static uint8_t in[DATA_SIZE], encrypted[DATA_SIZE], decrypted[DATA_SIZE];
static int fd;

/* The seed makes key, IV and data different in the two processes. */
static void encrypt_decrypt_compare(uint32_t seed)
{
	uint8_t key[KEY_SIZE], iv[BLOCK_SIZE];
	uint32_t ses;

	dev_fill(in, sizeof(in), seed);
	dev_fill(key, sizeof(key), seed + 1);
	dev_fill(iv, sizeof(iv), seed + 2);
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	for (int i = 0; i < ROUNDS; i++) {
		memset(decrypted, 0, sizeof(decrypted));
		CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, in, DATA_SIZE, encrypted, iv));
		CHECK(memcmp(in, encrypted, DATA_SIZE) != 0);
		CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, encrypted, DATA_SIZE, decrypted, iv));
		CHECK_MEM(decrypted, in, DATA_SIZE);
	}
	CHECK_OK(dev_free(fd, ses));
}

static void child(void *unused)
{
	(void)unused;
	encrypt_decrypt_compare(100);
}

/* 4.OPEN.3 */
static void both_at_once(void)
{
	pid_t pid;

	fd = dev_open();
	pid = check_fork(child, NULL);
	encrypt_decrypt_compare(200);
	check_wait(pid);
	CHECK_OK(close(fd));
}

static void parent_after_child(void)
{
	fd = dev_open();
	check_wait(check_fork(child, NULL));
	encrypt_decrypt_compare(300);
	CHECK_OK(close(fd));
}

static void both_at_once_0(void)
{
	dev_path = "/dev/cryptodev0";
	both_at_once();
}

static const struct check_case cases[] = {
	{ "parent and child encrypt and decrypt at once on one open file", both_at_once },
	{ "the parent goes on after its child has exited", parent_after_child },
	{ "both at once with /dev/cryptodev0", both_at_once_0 },
};

CHECK_MAIN(cases)
