// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of CIOCAUTHCRYPT in its TLS mode.  Records are put together by hand,
 * of CIOCCRYPT's CBC and HMAC, which the vectors of "kat" prove right.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define PAGE 4096
#define ROOM (5 * PAGE)

static const uint8_t key[32] = { 2, 7, 1, 8 };
static const uint8_t mac_key[32] = { 4, 6, 6, 9, 2 };
static const uint8_t zeros[ROOM];
static uint8_t aad[PAGE + 1], text[ROOM], first_iv[16];
static uint8_t record[ROOM + 64], expected[ROOM + 64];
static int fd;

/* A session, and those that do its work by hand. */
struct suite {
	uint32_t ses, cipher, mac;
	size_t block, digest;
	uint16_t flags;
};

static struct suite sha1, sha256, tls11, tls12, ctr;

static uint32_t session(uint32_t cipher, uint32_t keylen, uint32_t mac)
{
	struct session_op op = {
		.cipher = cipher,
		.keylen = keylen,
		.key = dev_unconst(key),
		.mac = mac,
		.mackeylen = 20,
		.mackey = dev_unconst(mac_key),
	};

	return dev_session(fd, &op);
}

static void start(void)
{
	uint32_t cbc16, cbc32;
	uint32_t hmac1, hmac256;

	fd = dev_open();
	cbc16 = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	cbc32 = dev_cipher(fd, CRYPTO_AES_CBC, key, 32);
	hmac1 = dev_hash(fd, CRYPTO_SHA1_HMAC, mac_key, 20);
	hmac256 = dev_hash(fd, CRYPTO_SHA2_256_HMAC, mac_key, 20);
	sha1 = (struct suite){ session(CRYPTO_AES_CBC, 16, CRYPTO_SHA1_HMAC), cbc16, hmac1, 16, 20,
			       COP_FLAG_AEAD_TLS_TYPE };
	sha256 = (struct suite){ session(CRYPTO_AES_CBC, 32, CRYPTO_SHA2_256_HMAC), cbc32, hmac256,
				 16, 32, COP_FLAG_AEAD_TLS_TYPE };
	tls11 = (struct suite){ session(CRYPTO_TLS11_AES_CBC_HMAC_SHA1, 16, 0), cbc16, hmac1, 16,
				20, 0 };
	tls12 = (struct suite){ session(CRYPTO_TLS12_AES_CBC_HMAC_SHA256, 32, 0), cbc32, hmac256,
				16, 32, COP_FLAG_AEAD_TLS_TYPE };
	ctr = (struct suite){ session(CRYPTO_AES_CTR, 16, CRYPTO_SHA1_HMAC),
			      dev_cipher(fd, CRYPTO_AES_CTR, key, 16), hmac1, 1, 20,
			      COP_FLAG_AEAD_TLS_TYPE };
}

/* With @padding bytes behind the MAC, all of which are one less; returns the record's length. */
static size_t make_record(const struct suite *suite, size_t len, size_t tag_len, size_t padding)
{
	static uint8_t plain[ROOM + 1024];
	uint8_t digest[64];
	size_t end = len + tag_len + padding;

	memcpy(plain, aad, 13);
	memcpy(plain + 13, text, len);
	CHECK_OK(dev_digest(fd, suite->mac, 0, plain, 13 + len, digest));
	memcpy(plain, text, len);
	memcpy(plain + len, digest, tag_len);
	memset(plain + len + tag_len, (int)padding - 1, padding);
	CHECK_OK(dev_crypt(fd, suite->cipher, COP_ENCRYPT, plain, end, expected,
			   dev_unconst(first_iv)));
	return end;
}

static size_t least_padding(const struct suite *suite, size_t len, size_t tag_len)
{
	return suite->block > 1 ? suite->block - (len + tag_len) % suite->block : 0;
}

static struct crypt_auth_op sealing(const struct suite *suite, size_t len)
{
	memcpy(record, text, len);
	memset(record + len, 0xee, sizeof(record) - len);
	return (struct crypt_auth_op){
		.ses = suite->ses,
		.op = COP_ENCRYPT,
		.flags = suite->flags,
		.len = (uint32_t)len,
		.auth_len = 13,
		.auth_src = aad,
		.src = record,
		.dst = record,
		.iv = first_iv,
	};
}

/* Decrypts what make_record() has made. */
static struct crypt_auth_op opening(const struct suite *suite, size_t len)
{
	struct crypt_auth_op op = sealing(suite, 0);

	memcpy(record, expected, len);
	op.op = COP_DECRYPT;
	op.len = (uint32_t)len;
	return op;
}

static int call(struct crypt_auth_op *op)
{
	return ioctl(fd, CIOCAUTHCRYPT, op);
}

/* For calls that must fail: then nothing of the structure may change. */
static void refuses(struct crypt_auth_op op, int error)
{
	struct crypt_auth_op same;

	memcpy(&same, &op, sizeof(same));
	CHECK_ERRNO(call(&op), error);
	CHECK(!memcmp(&same, &op, sizeof(same)));
}

static void each_suite(void (*check)(const struct suite *suite, size_t len))
{
	static const size_t lengths[] = { 0, 1, 11, 12, 15, 16, 100, 460, 492, 511, 512, 513,
					  PAGE, 16384 };
	start();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		check(&sha1, lengths[i]);
		check(&sha256, lengths[i]);
		check(&tls11, lengths[i]);
		check(&tls12, lengths[i]);
		check(&ctr, lengths[i]);
	}
	close(fd);
}

static void check_sealed(const struct suite *suite, size_t len)
{
	struct crypt_auth_op op, same;
	size_t end = make_record(suite, len, suite->digest,
				 least_padding(suite, len, suite->digest));

	op = sealing(suite, len);
	op.tag = record + 3;
	memcpy(&same, &op, sizeof(same));
	CHECK_OK(call(&op));
	CHECK_EQ(op.len, end);
	CHECK_EQ(op.tag_len, suite->digest);
	CHECK_MEM(record, expected, end);
	CHECK_EQ(record[end], 0xee);
	same.len = op.len;
	same.tag_len = op.tag_len;
	CHECK(!memcmp(&op, &same, sizeof(op)));
}

static void sealed(void)
{
	each_suite(check_sealed);
}

static void check_opened(const struct suite *suite, size_t len)
{
	size_t end = make_record(suite, len, suite->digest,
				 least_padding(suite, len, suite->digest));
	struct crypt_auth_op op = opening(suite, end);

	CHECK_OK(call(&op));
	CHECK_EQ(op.len, len);
	CHECK_EQ(op.tag_len, suite->digest);
	CHECK_MEM(record, text, len);
	CHECK_MEM(record + len, zeros, end - len);
	CHECK_EQ(record[end], 0xee);
}

static void opened(void)
{
	each_suite(check_opened);
}

static void short_macs(void)
{
	struct crypt_auth_op op;
	size_t end;

	start();
	for (uint32_t tag_len = 1; tag_len <= 20; tag_len++) {
		end = make_record(&sha1, 60, tag_len, least_padding(&sha1, 60, tag_len));
		op = sealing(&sha1, 60);
		op.tag_len = tag_len;
		CHECK_OK(call(&op));
		CHECK_EQ(op.len, end);
		CHECK_EQ(op.tag_len, tag_len);
		CHECK_MEM(record, expected, end);
		op.op = COP_DECRYPT;
		CHECK_OK(call(&op));
		CHECK_EQ(op.len, 60);
		CHECK_MEM(record, text, 60);
	}
	close(fd);
}

static void long_macs(void)
{
	static const uint32_t too_long[] = { 1, 2, 12, 32, 0x10000, 0x7fffffff, 0xffffffff };
	const struct suite *suites[] = { &sha1, &sha256, &tls11, &tls12, &ctr };

	start();
	for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
		for (size_t i = 0; i < ARRAY_SIZE(too_long); i++) {
			struct crypt_auth_op op = sealing(suites[s], 64);
			uint32_t digest = (uint32_t)suites[s]->digest;

			op.tag_len = too_long[i] > ~digest ? too_long[i] : too_long[i] + digest;
			refuses(op, EINVAL);
			op.op = COP_DECRYPT;
			refuses(op, EINVAL);
			CHECK_MEM(record, text, 64);
		}
	}
	close(fd);
}

static void paddings(void)
{
	struct crypt_auth_op op;
	size_t end, most;

	start();
	for (size_t len = 0; len < 40; len++) {
		most = 256 - (len + 20 + 256) % 16;
		for (size_t padding = least_padding(&sha1, len, 20); padding <= most;
		     padding += 16) {
			end = make_record(&sha1, len, 20, padding);
			op = opening(&sha1, end);
			CHECK_OK(call(&op));
			CHECK_EQ(op.len, len);
			CHECK_MEM(record, text, len);
			CHECK_MEM(record + len, zeros, end - len);
		}
	}
	close(fd);
}

static void check_forged(const struct suite *suite, size_t end, uint8_t *byte)
{
	struct crypt_auth_op op = opening(suite, end);

	*byte ^= 0x40;
	refuses(op, EBADMSG);
	CHECK_MEM(record, zeros, end);
	CHECK_EQ(record[end], 0xee);
	if (byte < record || byte >= record + sizeof(record))
		*byte ^= 0x40;
}

static void check_forgeries(const struct suite *suite, size_t len)
{
	size_t end = make_record(suite, len, suite->digest,
				 least_padding(suite, len, suite->digest));

	check_forged(suite, end, record);
	check_forged(suite, end, record + end - 1);
	check_forged(suite, end, record + end / 2);
	check_forged(suite, end, aad);
	check_forged(suite, end, aad + 12);
	if (len)
		check_forged(suite, end, first_iv);
}

static void forgeries(void)
{
	each_suite(check_forgeries);
}

static void too_short(void)
{
	struct crypt_auth_op op;

	start();
	for (size_t len = 0; len <= 16; len += 16) {
		make_record(&sha1, 0, 20, 12);
		op = opening(&sha1, len);
		refuses(op, EBADMSG);
		CHECK_MEM(record, zeros, len);
	}
	for (uint32_t len = 33; len < 48; len++) {
		op = opening(&sha1, len);
		refuses(op, EINVAL);
	}
	close(fd);
}

/* The second record by hand is what follows the first one in CBC. */
static void ivs(void)
{
	const struct suite *suites[] = { &sha1, &tls12 };
	uint8_t iv[16], second[16];
	struct crypt_auth_op op;
	size_t end;

	start();
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		memcpy(iv, first_iv, 16);
		op = sealing(suites[i], 1000);
		op.flags |= COP_FLAG_WRITE_IV;
		op.iv = iv;
		CHECK_OK(call(&op));
		CHECK_MEM(iv, record + op.len - 16, 16);
		memcpy(second, iv, 16);
		/* Without an IV it goes on from there, when decrypting as well. */
		op = sealing(suites[i], 100);
		op.iv = NULL;
		op.flags |= COP_FLAG_WRITE_IV;
		CHECK_OK(call(&op));
		end = op.len;
		memcpy(expected, record, end);
		op.op = COP_DECRYPT;
		op.iv = second;
		CHECK_OK(call(&op));
		CHECK_MEM(second, expected + end - 16, 16);
		CHECK_MEM(record, text, 100);
		op = sealing(suites[i], 50);
		op.iv = second;
		CHECK_OK(call(&op));
		memcpy(expected, record, op.len);
		op = sealing(suites[i], 50);
		op.iv = second;
		op.flags &= (uint16_t)~COP_FLAG_WRITE_IV;
		CHECK_OK(call(&op));
		CHECK_MEM(record, expected, op.len);
	}
	close(fd);
}

static void iv_is_kept(void)
{
	struct crypt_auth_op op;
	uint8_t iv[16];

	start();
	make_record(&sha1, 100, 20, 8);
	memcpy(iv, first_iv, 16);
	op = sealing(&sha1, 100);
	op.iv = iv;
	CHECK_OK(call(&op));
	CHECK_MEM(iv, first_iv, 16);
	/* Neither a forgery nor a refusal moves the session's IV on. */
	op = opening(&sha1, 128);
	record[0] ^= 1;
	refuses(op, EBADMSG);
	memcpy(iv, expected + 112, 16);
	op = sealing(&sha1, 100);
	op.iv = NULL;
	CHECK_OK(call(&op));
	memcpy(expected, record, op.len);
	op = sealing(&sha1, 100);
	op.iv = iv;
	CHECK_OK(call(&op));
	CHECK_MEM(record, expected, op.len);
	close(fd);
}

static void in_place(void)
{
	struct crypt_auth_op op;
	size_t end;

	start();
	op = sealing(&sha256, 100);
	op.dst = record + 1;
	refuses(op, EINVAL);
	op.dst = expected;
	refuses(op, EINVAL);
	op.op = COP_DECRYPT;
	refuses(op, EINVAL);
	CHECK_MEM(record, text, 100);
	for (size_t len = 64; len <= PAGE; len += PAGE - 64) {
		end = make_record(&tls12, len, 32, 16);
		op = sealing(&tls12, len);
		op.src = text;
		CHECK_OK(call(&op));
		CHECK_MEM(record, expected, end);
		op.op = COP_DECRYPT;
		op.src = expected;
		CHECK_OK(call(&op));
		CHECK_EQ(op.len, len);
		CHECK_MEM(record, text, len);
	}
	close(fd);
}

static void aad_up_to_a_page(void)
{
	struct crypt_auth_op op;

	start();
	for (uint32_t len = PAGE - 1; len <= PAGE + 1; len++) {
		op = sealing(&sha1, 1000);
		op.auth_len = len;
		if (len > PAGE) {
			refuses(op, EINVAL);
			continue;
		}
		CHECK_OK(call(&op));
		op.op = COP_DECRYPT;
		aad[len - 1] ^= 1;
		refuses(op, EBADMSG);
		aad[len - 1] ^= 1;
	}
	op = sealing(&sha1, 1000);
	op.auth_len = 0;
	op.auth_src = NULL;
	CHECK_OK(call(&op));
	op.op = COP_DECRYPT;
	CHECK_OK(call(&op));
	CHECK_EQ(op.len, 1000);
	close(fd);
}

static void wrong_sessions(void)
{
	struct suite wrong = { .flags = COP_FLAG_AEAD_TLS_TYPE };
	uint32_t sessions[6];
	struct crypt_auth_op op;

	start();
	sessions[0] = sha1.mac;
	sessions[1] = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	sessions[2] = sha1.cipher;
	sessions[3] = session(CRYPTO_AES_CBC, 16, CRYPTO_SHA1);
	sessions[4] = 0;
	sessions[5] = 0xffffffff;
	for (size_t i = 0; i < ARRAY_SIZE(sessions); i++) {
		wrong.ses = sessions[i];
		op = sealing(&wrong, 64);
		refuses(op, EINVAL);
		op.op = COP_DECRYPT;
		refuses(op, EINVAL);
	}
	/* Without the flag, or with SRTP's as well. */
	op = sealing(&sha1, 64);
	op.flags = 0;
	refuses(op, EINVAL);
	op.flags = COP_FLAG_AEAD_TLS_TYPE | COP_FLAG_AEAD_SRTP_TYPE;
	refuses(op, EINVAL);
	op = sealing(&tls11, 64);
	op.flags = COP_FLAG_AEAD_SRTP_TYPE;
	refuses(op, EINVAL);
	op = sealing(&sha1, 64);
	op.op = 2;
	refuses(op, EINVAL);
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
		.mackey = dev_unconst(mac_key),
	};
	struct suite suite = { .flags = COP_FLAG_AEAD_TLS_TYPE };

	start();
	suite.ses = dev_session(fd, &args);
	refuses(sealing(&suite, 64), EINVAL);
	close(fd);
}

static void too_long(void)
{
	static const uint32_t lengths[] = { (64u << 20) - 16, 64u << 20,   (64u << 20) + 16,
					    0x7ffffff0u,      0xffffffc0u, 0xffffffe0u,
					    0xfffffff0u,      0xffffffffu };
	const struct suite *suites[] = { &sha1, &tls12, &ctr };
	struct crypt_auth_op op;

	start();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
			op = sealing(suites[s], 64);
			op.len = lengths[i];
			refuses(op, EINVAL);
			op.op = COP_DECRYPT;
			refuses(op, EINVAL);
			CHECK_MEM(record, text, 64);
		}
	}
	close(fd);
}

static int gsession(uint32_t cipher, uint32_t keylen, uint32_t mac, const void *mackey,
		    uint32_t mackeylen)
{
	struct session_op op = {
		.cipher = cipher,
		.keylen = keylen,
		.key = dev_unconst(key),
		.mac = mac,
		.mackeylen = mackeylen,
		.mackey = dev_unconst(mackey),
	};

	return ioctl(fd, CIOCGSESSION, &op);
}

static void record_ciphers(void)
{
	static const uint32_t ciphers[] = { CRYPTO_TLS11_AES_CBC_HMAC_SHA1,
					    CRYPTO_TLS12_AES_CBC_HMAC_SHA256 };
	struct cphash_op copy;

	start();
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

static void session_info(void)
{
	struct session_info_op info, untouched;

	start();
	memset(&untouched, 0xa5, sizeof(untouched));
	memcpy(&info, &untouched, sizeof(info));
	info.ses = tls12.ses;
	CHECK_OK(ioctl(fd, CIOCGSESSINFO, &info));
	CHECK(!strcmp(info.cipher_info.cra_name, "tls12(hmac(sha256),cbc(aes))"));
	CHECK(!memcmp(&info.hash_info, &untouched.hash_info, sizeof(info.hash_info)));
	info.ses = tls11.ses;
	CHECK_OK(ioctl(fd, CIOCGSESSINFO, &info));
	CHECK(!strcmp(info.cipher_info.cra_name, "tls11(hmac(sha1),cbc(aes))"));
	check_note("done by %s", info.cipher_info.cra_driver_name);
	close(fd);
}

static const struct check_case cases[] = {
	{ "encrypting appends MAC and the shortest padding and returns len and tag_len", sealed },
	{ "decrypting returns the content's length, and zeros behind it", opened },
	{ "a MAC may be shortened by tag_len", short_macs },
	{ "a tag_len above the digest is EINVAL, whatever it adds up to", long_macs },
	{ "any padding that TLS allows is accepted", paddings },
	{ "whatever has been changed is EBADMSG, and dst is wiped", forgeries },
	{ "a record that cannot be one is EBADMSG, half a block EINVAL", too_short },
	{ "the IV goes on as in CIOCCRYPT, and WRITE_IV returns it", ivs },
	{ "without WRITE_IV iv stays; a call that fails leaves the session's IV", iv_is_kept },
	{ "dst must be src, but for TLS record ciphers", in_place },
	{ "auth_len is a page at most, else EINVAL", aad_up_to_a_page },
	{ "sessions without cipher or HMAC are EINVAL, and so is the wrong flag", wrong_sessions },
	{ "XTS is EINVAL", xts },
	{ "a record that is too long for a request is EINVAL", too_long },
	{ "TLS record ciphers take a mackey but no mac, and no CIOCCRYPT or CIOCCPHASH",
	  record_ciphers },
	{ "CIOCGSESSINFO names the TLS record cipher in cipher_info", session_info },
};

int main(void)
{
	dev_fill(aad, sizeof(aad), 1);
	dev_fill(text, sizeof(text), 2);
	dev_fill(first_iv, sizeof(first_iv), 3);
	return check_main(cases, ARRAY_SIZE(cases));
}
