// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine moves to a backend that has no CMAC, and the device is started again there: what
 * the backend has goes on, and of the other the program is told.  For tests/migrate.sh with
 * libcrypto and nettle.
 */
#include <errno.h>

#include "check.h"
#include "dev.h"
#include "lose.h"

static const uint8_t key[16] = { 1, 2, 3 };
static uint8_t data[64], iv[16], right[64], right_mac[16];
static uint32_t cipher, cmac;
static int fd;

static void cipher_goes_on(void)
{
	uint8_t out[sizeof(right)];

	CHECK_OK(dev_crypt(fd, cipher, COP_ENCRYPT, data, sizeof(data), out, iv));
	CHECK_MEM(out, right, sizeof(right));
}

/* CIOCGSESSION refuses what the device does not say it has. */
static void mac_is_refused(void)
{
	uint8_t out[16];

	CHECK_ERRNO(dev_digest(fd, cmac, COP_FLAG_RESET, data, sizeof(data), out), EINVAL);
	CHECK_ERRNO(dev_try_session(fd, 0, NULL, 0, CRYPTO_AES_CMAC, key, 16), EINVAL);
}

static void algorithms_go_and_come_back(void)
{
	uint8_t out[16];

	fd = dev_open();
	cipher = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	cmac = dev_hash(fd, CRYPTO_AES_CMAC, key, 16);
	CHECK_OK(dev_crypt(fd, cipher, COP_ENCRYPT, data, sizeof(data), right, iv));
	CHECK_OK(dev_digest(fd, cmac, COP_FLAG_RESET, data, sizeof(data), right_mac));
	lose("migrate");
	lose("fail");
	cipher_goes_on();
	mac_is_refused();
	cipher_goes_on();
	lose("migrate");
	lose("fail");
	cipher_goes_on();
	CHECK_OK(dev_digest(fd, cmac, COP_FLAG_RESET, data, sizeof(data), out));
	CHECK_MEM(out, right_mac, sizeof(out));
}

static const struct check_case cases[] = {
	{ "algorithms go and come back, and others do not mind", algorithms_go_and_come_back },
};

CHECK_MAIN(cases)
