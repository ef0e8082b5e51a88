// SPDX-License-Identifier: GPL-2.0-or-later
/* How sessions come and go. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

static const uint8_t key[64] = { 1, 2, 3 };
static uint8_t block[16], out[16];

/* Whether the session can be used through the file: 0 or an errno. */
static int usable(int fd, uint32_t ses)
{
	return dev_crypt(fd, ses, COP_ENCRYPT, block, sizeof(block), out, NULL) ? errno : 0;
}

static uint32_t new_session(int fd)
{
	return dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
}

static int gsession(int fd, uint32_t cipher, uint32_t keylen, uint32_t mac, uint32_t mackeylen)
{
	return dev_try_session(fd, cipher, key, keylen, mac, key, mackeylen);
}

/* 4.GSESSION.1 */
static void neither_cipher_nor_mac(void)
{
	int fd = dev_open();

	CHECK_ERRNO(gsession(fd, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(gsession(fd, 0, 16, 0, 0), EINVAL);
	close(fd);
}

/* 3.NOBODY */
static void unknown_algorithms(void)
{
	static const uint32_t nobody[] = {
		CRYPTO_SKIPJACK_CBC,
		CRYPTO_MD5_KPDK,
		CRYPTO_SHA1_KPDK,
		CRYPTO_DEFLATE_COMP,
		CRYPTO_LZS_COMP,
		26,
		64,
		128,
		255,
		256,
		0x10000 + CRYPTO_AES_CBC,
		0x80000000,
		0xffffffff,
	};
	int fd = dev_open();

	for (size_t i = 0; i < ARRAY_SIZE(nobody); i++) {
		CHECK_ERRNO(gsession(fd, nobody[i], 16, 0, 0), EINVAL);
		CHECK_ERRNO(gsession(fd, 0, 0, nobody[i], 16), EINVAL);
		CHECK_ERRNO(gsession(fd, CRYPTO_AES_CBC, 16, nobody[i], 16), EINVAL);
	}
	/* A mac where a cipher belongs, and the other way round. */
	CHECK_ERRNO(gsession(fd, CRYPTO_SHA1, 16, 0, 0), EINVAL);
	CHECK_ERRNO(gsession(fd, 0, 0, CRYPTO_AES_CBC, 16), EINVAL);
	close(fd);
}

/* 3.KEYS, 4.GSESSION.2 */
static void bad_key_lengths(void)
{
	static const uint32_t aes[] = { 0, 1, 15, 17, 20, 23, 25, 31, 33, 64, 512 };
	int fd = dev_open();

	CHECK_ERRNO(gsession(fd, CRYPTO_AES_CBC, 0, 0, 0), EINVAL);
	CHECK_ERRNO(gsession(fd, CRYPTO_AES_CBC, 17, 0, 0), EINVAL);
	CHECK_ERRNO(gsession(fd, CRYPTO_AES_CBC, 0xffffffff, 0, 0), EINVAL);
	CHECK_ERRNO(gsession(fd, 0, 0, CRYPTO_SHA1_HMAC, 513), EINVAL);
	CHECK_ERRNO(gsession(fd, 0, 0, CRYPTO_SHA1_HMAC, 0xffffffff), EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(aes); i++) {
		CHECK_ERRNO(gsession(fd, 0, 0, CRYPTO_AES_CMAC, aes[i]), EINVAL);
		CHECK_ERRNO(gsession(fd, 0, 0, CRYPTO_AES_GMAC, aes[i]), EINVAL);
	}
	close(fd);
}

/* 4.GSESSION.3, 6.MACKEY */
static void bad_key_pointers(void)
{
	struct session_op session = { .cipher = CRYPTO_AES_CBC, .keylen = 16 };
	int fd = dev_open();

	CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &session), EFAULT);
	session.key = dev_unconst((void *)8);
	CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &session), EFAULT);
	session = (struct session_op){ .mac = CRYPTO_SHA1_HMAC, .mackeylen = 16 };
	CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &session), EFAULT);
	close(fd);
}

/* Programs leave anything in the fields of what they do not want. */
static void unused_keys_mean_nothing(void)
{
	struct session_op session = { .mac = CRYPTO_SHA1, .keylen = 4711, .mackeylen = 4711 };
	int fd = dev_open();

	CHECK_OK(ioctl(fd, CIOCGSESSION, &session));
	session = (struct session_op){ .cipher = CRYPTO_AES_CBC, .keylen = 16, .mackeylen = 4711 };
	session.key = dev_unconst(key);
	CHECK_OK(ioctl(fd, CIOCGSESSION, &session));
	CHECK_EQ(usable(fd, session.ses), 0);
	close(fd);
}

/* 4.GSESSION.4 */
static void struct_comes_back(void)
{
	uint8_t mackey[20] = { 5 };
	struct session_op session, same;
	int fd = dev_open();

	memset(&session, 0x5a, sizeof(session));
	session.cipher = CRYPTO_AES_CBC;
	session.keylen = 32;
	session.key = dev_unconst(key);
	session.mac = CRYPTO_SHA1_HMAC;
	session.mackeylen = sizeof(mackey);
	session.mackey = mackey;
	memcpy(&same, &session, sizeof(same));
	CHECK_OK(ioctl(fd, CIOCGSESSION, &session));
	CHECK(session.ses != same.ses);
	CHECK(session.ses != 0);
	CHECK_EQ((uintptr_t)session.key, (uintptr_t)key);
	CHECK_EQ((uintptr_t)session.mackey, (uintptr_t)mackey);
	same.ses = session.ses;
	CHECK_EQ(session.cipher, same.cipher);
	CHECK_EQ(session.mac, same.mac);
	CHECK_EQ(session.keylen, same.keylen);
	CHECK_EQ(session.mackeylen, same.mackeylen);
	close(fd);
}

/* 4.GSESSION.5 */
static void ids_are_distinct_and_not_0(void)
{
	uint32_t ids[64];
	int fd = dev_open();

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		ids[i] = new_session(fd);
		CHECK(ids[i] != 0);
		for (size_t j = 0; j < i; j++)
			CHECK(ids[i] != ids[j]);
	}
	close(fd);
}

/* 4.GSESSION.6, 4.CRYPT.1c */
static void aead_has_no_mac(void)
{
	struct crypt_op crypt = { .len = 16, .src = block, .dst = out };
	int fd = dev_open();

	CHECK_ERRNO(gsession(fd, CRYPTO_AES_GCM, 16, CRYPTO_SHA1, 0), EINVAL);
	CHECK_ERRNO(gsession(fd, CRYPTO_AES_GCM, 16, CRYPTO_SHA1_HMAC, 16), EINVAL);
	CHECK_ERRNO(gsession(fd, CRYPTO_AES_GCM, 16, 0, 16), EINVAL);
	crypt.ses = dev_cipher(fd, CRYPTO_AES_GCM, key, 16);
	CHECK_ERRNO(ioctl(fd, CIOCCRYPT, &crypt), EINVAL);
	close(fd);
}

/* 4.GSESSION.7 */
static void a_mac_with_an_iv_has_no_cipher(void)
{
	int fd = dev_open();

	CHECK_ERRNO(gsession(fd, CRYPTO_AES_CBC, 16, CRYPTO_AES_GMAC, 16), EINVAL);
	CHECK_ERRNO(gsession(fd, CRYPTO_NULL, 0, CRYPTO_AES_GMAC, 16), EINVAL);
	if (dev_offers_mac(fd, CRYPTO_AES_GMAC, 16))
		CHECK_OK(gsession(fd, 0, 0, CRYPTO_AES_GMAC, 16));
	close(fd);
}

/* 4.FSESSION */
static void fsession_unknown(void)
{
	int fd = dev_open();
	uint32_t ses = new_session(fd);

	CHECK_OK(dev_free(fd, 0));
	CHECK_OK(dev_free(fd, ses + 1));
	CHECK_OK(dev_free(fd, 0xffffffff));
	CHECK_EQ(usable(fd, ses), 0);
	CHECK_OK(dev_free(fd, ses));
	CHECK_OK(dev_free(fd, ses));
	CHECK_EQ(usable(fd, ses), EINVAL);
	close(fd);
}

static const struct check_case cases[] = {
	{ "CIOCGSESSION with cipher = mac = 0 is EINVAL", neither_cipher_nor_mac },
	{ "CIOCGSESSION with an algorithm that nobody implements is EINVAL", unknown_algorithms },
	{ "CIOCGSESSION with a bad key length is EINVAL", bad_key_lengths },
	{ "CIOCGSESSION with a bad key pointer is EFAULT", bad_key_pointers },
	{ "CIOCGSESSION does not look at keys that no algorithm takes", unused_keys_mean_nothing },
	{ "CIOCGSESSION copies the struct back with the user's own pointers", struct_comes_back },
	{ "ses is never 0, and never that of another live session", ids_are_distinct_and_not_0 },
	{ "with an AEAD cipher, mac and mackeylen must be 0, and CIOCCRYPT is EINVAL",
	  aead_has_no_mac },
	{ "a MAC that takes an IV has no cipher beside it", a_mac_with_an_iv_has_no_cipher },
	{ "CIOCFSESSION of an unknown id, 0 included, returns 0", fsession_unknown },
};

CHECK_MAIN(cases)
