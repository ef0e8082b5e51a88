// SPDX-License-Identifier: GPL-2.0-or-later
/* What CIOCAUTHCRYPT refuses in its AEAD mode, and CIOCGSESSION with an AEAD. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "aead.h"
#include "auth.h"
#include "check.h"
#include "dev.h"

/* Flips a bit, which must be noticed, and flips it back. */
static void check_forged(struct crypt_auth_op op, uint8_t *byte, size_t len)
{
	*byte ^= 0x10;
	memset(room, 0xee, sizeof(room));
	auth_refuses(fd, op, EBADMSG);
	CHECK(is_all(room, 0, len));
	CHECK(is_all(room + len, 0xee, 32));
	*byte ^= 0x10;
}

static void check_forgeries(uint32_t ses, size_t len)
{
	struct crypt_auth_op op = aead_sealing(ses, len);

	CHECK_OK(auth_call(fd, &op));
	op = aead_opening(&op);
	check_forged(op, sealed + len, len);
	check_forged(op, sealed + len + 15, len);
	check_forged(op, aad, len);
	check_forged(op, aad + 19, len);
	check_forged(op, iv + 5, len);
	if (len) {
		check_forged(op, sealed, len);
		check_forged(op, sealed + len - 1, len);
	}
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(room, text, len);
}

/* 4.AUTH.6 */
static void forgeries(void)
{
	aead_each_length(check_forgeries);
}

static void check_forged_in_place(uint32_t ses, size_t len)
{
	struct crypt_auth_op op = aead_sealing(ses, len);

	CHECK_OK(auth_call(fd, &op));
	op = aead_opening(&op);
	op.dst = op.src;
	sealed[len] ^= 1;
	auth_refuses(fd, op, EBADMSG);
	CHECK(is_all(sealed, 0, len));
}

static void forged_in_place(void)
{
	aead_each_length(check_forged_in_place);
}

static void without_iv(void)
{
	struct crypt_auth_op op;

	aead_start();
	op = aead_sealing(gcm, 16);
	CHECK_OK(auth_call(fd, &op));
	op = aead_sealing(gcm, 16);
	op.iv = NULL;
	auth_refuses(fd, op, EINVAL);
	op.op = COP_DECRYPT;
	op.len = 32;
	auth_refuses(fd, op, EINVAL);
	close(fd);
}

/* 4.AEAD.3 */
static void shorter_than_its_tag(void)
{
	struct crypt_auth_op op;

	aead_start();
	for (uint32_t len = 0; len < 16; len++) {
		op = aead_sealing(gcm, len);
		op.op = COP_DECRYPT;
		op.src = sealed;
		op.dst = room;
		auth_refuses(fd, op, EINVAL);
	}
	CHECK(is_all(room, 0xee, sizeof(room)));
	close(fd);
}

/* 6.WRAP: The length has to have room for the tag; and a message that would is just not there. */
static void too_long(void)
{
	static const uint32_t long_ones[] = { (64u << 20) + 1, 0x7fffffffu, 0xffffffefu };
	static const uint32_t too_much[] = { 0xfffffff0u, 0xfffffff1u, 0xffffffffu };
	/* With few address bits so long a source would otherwise reach to the destination. */
	uintptr_t nowhere = sizeof(nowhere) == 4 ? 0xfffff000u : 16;
	struct crypt_auth_op op;

	aead_start();
	for (size_t i = 0; i < ARRAY_SIZE(too_much); i++) {
		op = aead_sealing(gcm, too_much[i]);
		op.src = dev_unconst((void *)16);
		auth_refuses(fd, op, EINVAL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(long_ones); i++) {
		op = aead_sealing(gcm, long_ones[i]);
		op.src = dev_unconst((void *)nowhere);
		auth_refuses(fd, op, EFAULT);
		op.op = COP_DECRYPT;
		auth_refuses(fd, op, EFAULT);
	}
	close(fd);
}

/* 4.CRYPT.1c, 4.AUTH.5 */
static void wrong_sessions(void)
{
	struct crypt_auth_op op;
	uint32_t cbc, hash;

	aead_start();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	hash = dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20);
	op = aead_sealing(cbc, 32);
	auth_refuses(fd, op, EINVAL);
	op.ses = hash;
	auth_refuses(fd, op, EINVAL);
	op.ses = 0;
	auth_refuses(fd, op, EINVAL);
	op.ses = 0xffffffff;
	auth_refuses(fd, op, EINVAL);
	op.ses = gcm;
	op.flags = COP_FLAG_AEAD_SRTP_TYPE;
	auth_refuses(fd, op, EINVAL);
	op.flags = 0;
	for (uint16_t bad = 2; bad; bad = (uint16_t)(bad * 2)) {
		op.op = bad;
		auth_refuses(fd, op, EINVAL);
	}
	CHECK_ERRNO(dev_crypt(fd, gcm, COP_ENCRYPT, text, 16, room, iv), EINVAL);
	CHECK_OK(dev_free(fd, gcm));
	op = aead_sealing(gcm, 32);
	auth_refuses(fd, op, EINVAL);
	close(fd);
}

static int gsession(uint32_t cipher, uint32_t keylen, uint32_t mac, uint32_t mackeylen)
{
	return dev_try_session(fd, cipher, key, keylen, mac, key, mackeylen);
}

/* 4.GSESSION.6 */
static void sessions(void)
{
	static const uint32_t ciphers[] = { CRYPTO_AES_GCM, CRYPTO_AES_CCM };

	aead_start();
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
		for (uint32_t len = 0; len <= 33; len++) {
			bool good = len == 16 || len == 24 || len == 32;

			if (good)
				CHECK_OK(gsession(ciphers[i], len, 0, 0));
			else
				CHECK_ERRNO(gsession(ciphers[i], len, 0, 0), EINVAL);
		}
		CHECK_ERRNO(gsession(ciphers[i], 16, CRYPTO_SHA1, 0), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 16, CRYPTO_SHA1_HMAC, 16), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 16, 0, 16), EINVAL);
	}
	CHECK_ERRNO(gsession(CRYPTO_CHACHA20_POLY1305, 16, 0, 0), EINVAL);
	CHECK_ERRNO(gsession(CRYPTO_CHACHA20_POLY1305, 32, 0, 1), EINVAL);
	close(fd);
}

/* 4.INFO.1 */
static void session_info(void)
{
	aead_start();
	auth_check_info(fd, gcm, "gcm(aes)");
	auth_check_info(fd, ccm, "ccm(aes)");
	auth_check_info(fd, chacha, "rfc7539(chacha20,poly1305)");
	close(fd);
}

static const struct check_case cases[] = {
	{ "whatever has been changed is EBADMSG, and dst is wiped", forgeries },
	{ "also in place", forged_in_place },
	{ "without an IV it is EINVAL", without_iv },
	{ "decrypting less than a tag is EINVAL", shorter_than_its_tag },
	{ "the length has to have room for the tag, and is not refused else", too_long },
	{ "other sessions, operations and modes are EINVAL, and so is CIOCCRYPT", wrong_sessions },
	{ "CIOCGSESSION of an AEAD takes its key lengths and no mac", sessions },
	{ "CIOCGSESSINFO names the AEAD in cipher_info", session_info },
};

int main(void)
{
	aead_prepare();
	return check_main(cases, ARRAY_SIZE(cases));
}
