// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of CIOCAUTHCRYPT in its TLS mode. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "auth.h"
#include "check.h"
#include "dev.h"
#include "tls.h"

static void check_sealed(const struct suite *suite, size_t len)
{
	struct crypt_auth_op op, same;
	size_t end = tls_make_record(suite, len, suite->digest,
				     tls_least_padding(suite, len, suite->digest));

	op = tls_sealing(suite, len);
	op.tag = record + 3;
	memcpy(&same, &op, sizeof(same));
	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, end);
	CHECK_EQ(op.tag_len, suite->digest);
	CHECK_MEM(record, expected, end);
	CHECK_EQ(record[end], 0xee);
	same.len = op.len;
	same.tag_len = op.tag_len;
	CHECK(!memcmp(&op, &same, sizeof(op)));
}

/* 4.AUTH.3, 4.TLS.3, 4.TLS.4 */
static void sealed(void)
{
	tls_each_suite(check_sealed);
}

static void check_opened(const struct suite *suite, size_t len)
{
	size_t end = tls_make_record(suite, len, suite->digest,
				     tls_least_padding(suite, len, suite->digest));
	struct crypt_auth_op op = tls_opening(suite, end);

	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, len);
	CHECK_EQ(op.tag_len, suite->digest);
	CHECK_MEM(record, text, len);
	CHECK_MEM(record + len, zeros, end - len);
	CHECK_EQ(record[end], 0xee);
}

/* 4.TLS.4 */
static void opened(void)
{
	tls_each_suite(check_opened);
}

/* 4.TLS.3 */
static void short_macs(void)
{
	struct crypt_auth_op op;
	size_t end;

	tls_start();
	for (uint32_t tag_len = 1; tag_len <= 20; tag_len++) {
		end = tls_make_record(&sha1, 60, tag_len, tls_least_padding(&sha1, 60, tag_len));
		op = tls_sealing(&sha1, 60);
		op.tag_len = tag_len;
		CHECK_OK(auth_call(fd, &op));
		CHECK_EQ(op.len, end);
		CHECK_EQ(op.tag_len, tag_len);
		CHECK_MEM(record, expected, end);
		op.op = COP_DECRYPT;
		CHECK_OK(auth_call(fd, &op));
		CHECK_EQ(op.len, 60);
		CHECK_MEM(record, text, 60);
	}
	close(fd);
}

/* 4.TLS.4 */
static void paddings(void)
{
	struct crypt_auth_op op;
	size_t end, most;

	tls_start();
	for (size_t len = 0; len < 40; len++) {
		most = 256 - (len + 20 + 256) % 16;
		for (size_t padding = tls_least_padding(&sha1, len, 20); padding <= most;
		     padding += 16) {
			end = tls_make_record(&sha1, len, 20, padding);
			op = tls_opening(&sha1, end);
			CHECK_OK(auth_call(fd, &op));
			CHECK_EQ(op.len, len);
			CHECK_MEM(record, text, len);
			CHECK_MEM(record + len, zeros, end - len);
		}
	}
	close(fd);
}

/* 4.AUTH.4: The second record by hand is what follows the first one in CBC. */
static void ivs(void)
{
	const struct suite *suites[] = { &sha1, &tls12 };
	uint8_t iv[16], second[16];
	struct crypt_auth_op op;
	size_t end;

	tls_start();
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		memcpy(iv, first_iv, 16);
		op = tls_sealing(suites[i], 1000);
		op.flags |= COP_FLAG_WRITE_IV;
		op.iv = iv;
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(iv, record + op.len - 16, 16);
		memcpy(second, iv, 16);
		/* Without an IV it goes on from there, when decrypting as well. */
		op = tls_sealing(suites[i], 100);
		op.iv = NULL;
		op.flags |= COP_FLAG_WRITE_IV;
		CHECK_OK(auth_call(fd, &op));
		end = op.len;
		memcpy(expected, record, end);
		op.op = COP_DECRYPT;
		op.iv = second;
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(second, expected + end - 16, 16);
		CHECK_MEM(record, text, 100);
		op = tls_sealing(suites[i], 50);
		op.iv = second;
		CHECK_OK(auth_call(fd, &op));
		memcpy(expected, record, op.len);
		op = tls_sealing(suites[i], 50);
		op.iv = second;
		op.flags &= (uint16_t)~COP_FLAG_WRITE_IV;
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(record, expected, op.len);
	}
	close(fd);
}

static void iv_is_kept(void)
{
	struct crypt_auth_op op;
	uint8_t iv[16];

	tls_start();
	tls_make_record(&sha1, 100, 20, 8);
	memcpy(iv, first_iv, 16);
	op = tls_sealing(&sha1, 100);
	op.iv = iv;
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(iv, first_iv, 16);
	/* Neither a forgery nor a refusal moves the session's IV on. */
	op = tls_opening(&sha1, 128);
	record[0] ^= 1;
	auth_refuses(fd, op, EBADMSG);
	memcpy(iv, expected + 112, 16);
	op = tls_sealing(&sha1, 100);
	op.iv = NULL;
	CHECK_OK(auth_call(fd, &op));
	memcpy(expected, record, op.len);
	op = tls_sealing(&sha1, 100);
	op.iv = iv;
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(record, expected, op.len);
	close(fd);
}

/* 4.TLS.2 */
static void in_place(void)
{
	struct crypt_auth_op op;
	size_t end;

	tls_start();
	op = tls_sealing(&sha256, 100);
	op.dst = record + 1;
	auth_refuses(fd, op, EINVAL);
	op.dst = expected;
	auth_refuses(fd, op, EINVAL);
	op.op = COP_DECRYPT;
	auth_refuses(fd, op, EINVAL);
	CHECK_MEM(record, text, 100);
	for (size_t len = 64; len <= PAGE; len += PAGE - 64) {
		end = tls_make_record(&tls12, len, 32, 16);
		op = tls_sealing(&tls12, len);
		op.src = text;
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(record, expected, end);
		op.op = COP_DECRYPT;
		op.src = expected;
		CHECK_OK(auth_call(fd, &op));
		CHECK_EQ(op.len, len);
		CHECK_MEM(record, text, len);
	}
	close(fd);
}

static void session_info(void)
{
	tls_start();
	auth_check_info(fd, tls11.ses, "tls11(hmac(sha1),cbc(aes))");
	auth_check_info(fd, tls12.ses, "tls12(hmac(sha256),cbc(aes))");
	close(fd);
}

static const struct check_case cases[] = {
	{ "encrypting appends MAC and the shortest padding and returns len and tag_len", sealed },
	{ "decrypting returns the content's length, and zeros behind it", opened },
	{ "a MAC may be shortened by tag_len", short_macs },
	{ "any padding that TLS allows is accepted", paddings },
	{ "the IV goes on as in CIOCCRYPT, and WRITE_IV returns it", ivs },
	{ "without WRITE_IV iv stays; a call that fails leaves the session's IV", iv_is_kept },
	{ "dst must be src, but for TLS record ciphers", in_place },
	{ "CIOCGSESSINFO names the TLS record cipher in cipher_info", session_info },
};

int main(void)
{
	tls_prepare();
	return check_main(cases, ARRAY_SIZE(cases));
}
