// SPDX-License-Identifier: GPL-2.0-or-later
/* What CIOCAUTHCRYPT refuses in its TLS mode, and CIOCGSESSION with a TLS record cipher. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "auth.h"
#include "check.h"
#include "dev.h"
#include "tls.h"

/* 6.TAGLEN, 6.WRAP */
static void long_macs(void)
{
	static const uint32_t too_long[] = { 1, 2, 12, 32, 0x10000, 0x7fffffff, 0xffffffff };
	const struct suite *suites[] = { &sha1, &sha256, &tls11, &tls12, &ctr };

	tls_start();
	for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
		for (size_t i = 0; i < ARRAY_SIZE(too_long); i++) {
			struct crypt_auth_op op = tls_sealing(suites[s], 64);
			uint32_t digest = (uint32_t)suites[s]->digest;

			op.tag_len = too_long[i] > ~digest ? too_long[i] : too_long[i] + digest;
			auth_refuses(fd, op, EINVAL);
			op.op = COP_DECRYPT;
			auth_refuses(fd, op, EINVAL);
			CHECK_MEM(record, text, 64);
		}
	}
	close(fd);
}

static void check_forged(const struct suite *suite, size_t end, uint8_t *byte)
{
	struct crypt_auth_op op = tls_opening(suite, end);

	*byte ^= 0x40;
	auth_refuses(fd, op, EBADMSG);
	CHECK_MEM(record, zeros, end);
	CHECK_EQ(record[end], 0xee);
	if (byte < record || byte >= record + sizeof(record))
		*byte ^= 0x40;
}

static void check_forgeries(const struct suite *suite, size_t len)
{
	size_t end = tls_make_record(suite, len, suite->digest,
				     tls_least_padding(suite, len, suite->digest));

	check_forged(suite, end, record);
	check_forged(suite, end, record + end - 1);
	check_forged(suite, end, record + end / 2);
	check_forged(suite, end, aad);
	check_forged(suite, end, aad + 12);
	if (len)
		check_forged(suite, end, first_iv);
}

/* 4.AUTH.6 */
static void forgeries(void)
{
	tls_each_suite(check_forgeries);
}

static void too_short(void)
{
	struct crypt_auth_op op;

	tls_start();
	for (size_t len = 0; len <= 16; len += 16) {
		tls_make_record(&sha1, 0, 20, 12);
		op = tls_opening(&sha1, len);
		auth_refuses(fd, op, EBADMSG);
		CHECK_MEM(record, zeros, len);
	}
	for (uint32_t len = 33; len < 48; len++) {
		op = tls_opening(&sha1, len);
		auth_refuses(fd, op, EINVAL);
	}
	close(fd);
}

/* 4.TLS.2 */
static void aad_up_to_a_page(void)
{
	struct crypt_auth_op op;

	tls_start();
	for (uint32_t len = PAGE - 1; len <= PAGE + 1; len++) {
		op = tls_sealing(&sha1, 1000);
		op.auth_len = len;
		if (len > PAGE) {
			auth_refuses(fd, op, EINVAL);
			continue;
		}
		CHECK_OK(auth_call(fd, &op));
		op.op = COP_DECRYPT;
		aad[len - 1] ^= 1;
		auth_refuses(fd, op, EBADMSG);
		aad[len - 1] ^= 1;
	}
	op = tls_sealing(&sha1, 1000);
	op.auth_len = 0;
	op.auth_src = NULL;
	CHECK_OK(auth_call(fd, &op));
	op.op = COP_DECRYPT;
	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, 1000);
	close(fd);
}

/* 4.AUTH.1, 4.TLS.1, 6.TLS */
static void wrong_sessions(void)
{
	struct suite wrong = { .flags = COP_FLAG_AEAD_TLS_TYPE };
	uint32_t sessions[6];
	struct crypt_auth_op op;

	tls_start();
	sessions[0] = sha1.mac;
	sessions[1] = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	sessions[2] = sha1.cipher;
	sessions[3] = auth_session(fd, CRYPTO_AES_CBC, tls_key, 16, CRYPTO_SHA1, tls_mac_key, 20);
	sessions[4] = 0;
	sessions[5] = 0xffffffff;
	for (size_t i = 0; i < ARRAY_SIZE(sessions); i++) {
		wrong.ses = sessions[i];
		op = tls_sealing(&wrong, 64);
		auth_refuses(fd, op, EINVAL);
		op.op = COP_DECRYPT;
		auth_refuses(fd, op, EINVAL);
	}
	/* Without the flag, or with SRTP's as well. */
	op = tls_sealing(&sha1, 64);
	op.flags = 0;
	auth_refuses(fd, op, EINVAL);
	op.flags = COP_FLAG_AEAD_TLS_TYPE | COP_FLAG_AEAD_SRTP_TYPE;
	auth_refuses(fd, op, EINVAL);
	op = tls_sealing(&tls11, 64);
	op.flags = COP_FLAG_AEAD_SRTP_TYPE;
	auth_refuses(fd, op, EINVAL);
	op = tls_sealing(&sha1, 64);
	op.op = 2;
	auth_refuses(fd, op, EINVAL);
	close(fd);
}

/* XTS has no IV to go on from. */
static void xts(void)
{
	struct session_op args = {
		.cipher = CRYPTO_AES_XTS,
		.keylen = 32,
		.key = text,
		.mac = CRYPTO_SHA1_HMAC,
		.mackeylen = 20,
		.mackey = dev_unconst(tls_mac_key),
	};
	struct suite suite = { .flags = COP_FLAG_AEAD_TLS_TYPE };

	tls_start();
	suite.ses = dev_session(fd, &args);
	auth_refuses(fd, tls_sealing(&suite, 64), EINVAL);
	close(fd);
}

/* 6.WRAP */
static void too_long(void)
{
	static const uint32_t lengths[] = { (64u << 20) - 16, 64u << 20,   (64u << 20) + 16,
					    0x7ffffff0u,      0xffffffc0u, 0xffffffe0u,
					    0xfffffff0u,      0xffffffffu };
	const struct suite *suites[] = { &sha1, &tls12, &ctr };
	struct crypt_auth_op op;

	tls_start();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
			op = tls_sealing(suites[s], 64);
			op.len = lengths[i];
			auth_refuses(fd, op, EINVAL);
			op.op = COP_DECRYPT;
			auth_refuses(fd, op, EINVAL);
			CHECK_MEM(record, text, 64);
		}
	}
	close(fd);
}

static int gsession(uint32_t cipher, uint32_t keylen, uint32_t mac, const void *mackey,
		    uint32_t mackeylen)
{
	return dev_try_session(fd, cipher, tls_key, keylen, mac, mackey, mackeylen);
}

static void record_ciphers(void)
{
	static const uint32_t ciphers[] = { CRYPTO_TLS11_AES_CBC_HMAC_SHA1,
					    CRYPTO_TLS12_AES_CBC_HMAC_SHA256 };
	struct cphash_op copy;

	tls_start();
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
		CHECK_OK(gsession(ciphers[i], 16, 0, text, 1));
		CHECK_OK(gsession(ciphers[i], 24, 0, text, 512));
		CHECK_ERRNO(gsession(ciphers[i], 16, 0, text, 0), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 16, 0, text, 513), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 20, 0, text, 20), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 16, CRYPTO_SHA1_HMAC, text, 20), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 16, CRYPTO_SHA1, text, 0), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 16, 0, NULL, 20), EFAULT);
	}
	CHECK_ERRNO(dev_crypt(fd, tls11.ses, COP_ENCRYPT, text, 16, record, first_iv), EINVAL);
	copy = (struct cphash_op){ .dst_ses = tls11.mac, .src_ses = tls11.ses };
	CHECK_ERRNO(ioctl(fd, CIOCCPHASH, &copy), EINVAL);
	close(fd);
}

static const struct check_case cases[] = {
	{ "a tag_len above the digest is EINVAL, whatever it adds up to", long_macs },
	{ "whatever has been changed is EBADMSG, and dst is wiped", forgeries },
	{ "a record that cannot be one is EBADMSG, half a block EINVAL", too_short },
	{ "auth_len is a page at most, else EINVAL", aad_up_to_a_page },
	{ "sessions without cipher or HMAC are EINVAL, and so is the wrong flag", wrong_sessions },
	{ "XTS is EINVAL", xts },
	{ "a record that is too long for a request is EINVAL", too_long },
	{ "TLS record ciphers take a mackey but no mac, and no CIOCCRYPT or CIOCCPHASH",
	  record_ciphers },
};

int main(void)
{
	tls_prepare();
	return check_main(cases, ARRAY_SIZE(cases));
}
