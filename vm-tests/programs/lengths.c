// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One call takes any length that its structure can say, if the device can go on
 * where a request has ended.  What cannot be cut has its limit.  The results are
 * libcrypto's, which has done them in pieces.
 *
 * Long sources are the same memory again and again, of a size that has nothing to
 * do with that of requests.  Needs some 300 MiB.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "auth.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096u
#define MIB (1u << 20)
#define GIB (1u << 30)
#define PERIOD (3 * MIB + PAGE)
#define LONGEST (100 * MIB)
#define ROOM (64 * MIB + 2 * PAGE)

static uint8_t key[64] = { 2, 7, 1, 8, 2, 8 };
static uint8_t first_iv[16];
static uint8_t *source, *room, *piece;
static int fd;

static uint8_t *map(size_t size)
{
	uint8_t *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

static uint8_t *map_source(void)
{
	size_t size = (LONGEST / PERIOD + 1) * PERIOD;
	uint8_t *all = map(size), *first = map(PERIOD);
	int file = memfd_create("source", MFD_CLOEXEC);

	REQUIRE(file >= 0);
	dev_fill(first, PERIOD, 1);
	REQUIRE(write(file, first, PERIOD) == PERIOD);
	for (size_t at = 0; at < size; at += PERIOD)
		REQUIRE(mmap(all + at, PERIOD, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0) ==
			all + at);
	munmap(first, PERIOD);
	close(file);
	return all;
}

struct hash {
	uint32_t number;
	const char *name;
	int keyed;
	size_t size;
};

static void digest_of(const struct hash *hash, const uint8_t *data, size_t len, uint8_t *digest)
{
	size_t size;

	if (hash->keyed)
		REQUIRE(EVP_Q_mac(NULL, "HMAC", NULL, hash->name, NULL, key, 32, data, len, digest,
				  64, &size));
	else
		REQUIRE(EVP_Q_digest(NULL, hash->name, NULL, data, len, digest, &size) == 1);
	REQUIRE(size == hash->size);
}

static void check_hash(const struct hash *hash, size_t len)
{
	uint32_t ses = dev_hash(fd, hash->number, key, hash->keyed ? 32 : 0);
	uint8_t digest[64], right[64];

	digest_of(hash, source, len, right);
	CHECK_OK(dev_digest(fd, ses, 0, source, len, digest));
	if (!CHECK_MEM(digest, right, hash->size))
		check_note("%s, %zu bytes", hash->name, len);
	CHECK_OK(dev_free(fd, ses));
}

/* 6.LEN */
static void hashes(void)
{
	static const struct hash sha256 = { CRYPTO_SHA2_256, "SHA256", 0, 32 };
	static const struct hash hmac = { CRYPTO_SHA1_HMAC, "SHA1", 1, 20 };

	fd = dev_open();
	check_hash(&sha256, 64 * MIB);
	check_hash(&sha256, 64 * MIB + 1);
	check_hash(&sha256, LONGEST);
	check_hash(&hmac, 64 * MIB + 1);
	check_hash(&hmac, LONGEST - 1);
	close(fd);
}

/* `head -c 1073741825 /dev/zero | sha256sum` says what is right. */
static const uint8_t digest_of_zeros[32] = {
	0x6d, 0x9b, 0xfe, 0x50, 0x42, 0x5f, 0x2d, 0xfe, 0x4e, 0x2a, 0xc0,
	0x7e, 0xfe, 0xe1, 0xf0, 0xbc, 0x9d, 0x56, 0x73, 0x48, 0xad, 0x4a,
	0xed, 0x62, 0x70, 0x4f, 0xfe, 0x6f, 0x58, 0x84, 0xe9, 0xa8,
};

/* 6.LEN */
static void more_than_a_gib(void)
{
	uint8_t *zeros = mmap(NULL, GIB + PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t digest[32];

	REQUIRE(zeros != MAP_FAILED);
	fd = dev_open();
	CHECK_OK(dev_digest(fd, dev_hash(fd, CRYPTO_SHA2_256, NULL, 0), 0, zeros, GIB + 1, digest));
	CHECK_MEM(digest, digest_of_zeros, sizeof(digest));
	close(fd);
	munmap(zeros, GIB + PAGE);
}

struct cipher {
	uint32_t number, keylen;
	const char *name;
	size_t len;
};

/* The rest of the source, in pieces, beside what the device has made of it. */
static void check_encrypted(const struct cipher *cipher, const uint8_t *made, uint8_t *next_iv)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	size_t at, len = cipher->len;
	int written;

	REQUIRE(context && EVP_EncryptInit_ex(context, EVP_get_cipherbyname(cipher->name), NULL,
					      key, first_iv) == 1);
	REQUIRE(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
	for (at = 0; at < len; at += (size_t)written) {
		size_t left = len - at;

		REQUIRE(EVP_EncryptUpdate(context, piece, &written, source + at,
					  left < MIB ? (int)left : (int)MIB) == 1);
		if (!CHECK_MEM(made + at, piece, (size_t)written)) {
			check_note("%s, at %zu of %zu", cipher->name, at, len);
			break;
		}
	}
	if (EVP_CIPHER_CTX_get_iv_length(context) && len % 16 == 0)
		REQUIRE(EVP_CIPHER_CTX_get_updated_iv(context, next_iv, 16) == 1);
	EVP_CIPHER_CTX_free(context);
}

static void check_cipher(const struct cipher *cipher, unsigned long command)
{
	uint8_t iv[16], next_iv[16];
	struct crypt_op op = {
		.ses = dev_cipher(fd, cipher->number, key, cipher->keylen),
		.flags = COP_FLAG_WRITE_IV,
		.len = (uint32_t)cipher->len,
		.src = source,
		.dst = room,
		.iv = iv,
	};

	memcpy(iv, first_iv, 16);
	memcpy(next_iv, first_iv, 16);
	CHECK_OK(ioctl(fd, command, &op));
	if (command == CIOCASYNCCRYPT)
		CHECK_OK(async_fetch(fd, &op));
	check_encrypted(cipher, room, next_iv);
	if (cipher->len % 16 == 0)
		CHECK_MEM(iv, next_iv, 16);
	/* And back, where it stands. */
	op.op = COP_DECRYPT;
	op.src = room;
	memcpy(iv, first_iv, 16);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	CHECK_MEM(room, source, cipher->len);
	CHECK_OK(dev_free(fd, op.ses));
}

static const struct cipher cbc = { CRYPTO_AES_CBC, 16, "AES-128-CBC", 64 * MIB + 16 };
static const struct cipher ctr = { CRYPTO_AES_CTR, 32, "AES-256-CTR", 64 * MIB + 1 };

/* 6.LEN */
static void ciphers(void)
{
	static const struct cipher others[] = {
		{ CRYPTO_AES_ECB, 16, "AES-128-ECB", 64 * MIB + PAGE },
		{ CRYPTO_AES_CFB, 16, "AES-128-CFB", 64 * MIB + 32 },
		{ CRYPTO_AES_OFB, 16, "AES-128-OFB", 64 * MIB + 32 },
	};

	fd = dev_open();
	check_cipher(&cbc, CIOCCRYPT);
	check_cipher(&ctr, CIOCCRYPT);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		check_cipher(&others[i], CIOCCRYPT);
	close(fd);
}

/* 6.LEN */
static void not_waited_for(void)
{
	static const struct hash sha256 = { CRYPTO_SHA2_256, "SHA256", 0, 32 };
	uint8_t digest[32], right[32];
	struct crypt_op op = { .len = LONGEST, .src = source, .mac = digest };

	fd = dev_open();
	check_cipher(&cbc, CIOCASYNCCRYPT);
	check_cipher(&ctr, CIOCASYNCCRYPT);
	op.ses = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &op));
	digest_of(&sha256, source, LONGEST, right);
	CHECK_OK(async_fetch(fd, &op));
	CHECK_MEM(digest, right, sizeof(right));
	close(fd);
}

/* 6.LEN */
static void both(void)
{
	static const struct hash hmac = { CRYPTO_SHA2_256_HMAC, "SHA256", 1, 32 };
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = 16,
		.key = key,
		.mac = CRYPTO_SHA2_256_HMAC,
		.mackeylen = 32,
		.mackey = key,
	};
	uint8_t digest[32], right[32], iv[16];
	struct crypt_op op = {
		.len = (uint32_t)cbc.len, .src = source, .dst = room, .mac = digest, .iv = first_iv
	};

	fd = dev_open();
	op.ses = dev_session(fd, &session);
	digest_of(&hmac, source, cbc.len, right);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	check_encrypted(&cbc, room, iv);
	CHECK_MEM(digest, right, sizeof(right));
	close(fd);
}

/* 6.LEN: A data unit has at most 2^20 blocks. */
static void data_units(void)
{
	static const size_t lengths[] = { MIB, MIB + 16, 4 * MIB, 16 * MIB };
	struct cipher xts = { CRYPTO_AES_XTS, 32, "AES-128-XTS", 0 };
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t *expected = room + 32 * MIB;
	int written;

	fd = dev_open();
	for (size_t i = 0; i < 2 * ARRAY_SIZE(lengths); i++) {
		uint32_t ses = dev_cipher(fd, xts.number, key, xts.keylen);
		size_t len = lengths[i / 2];

		REQUIRE(EVP_EncryptInit_ex(context, EVP_aes_128_xts(), NULL, key, first_iv) == 1);
		REQUIRE(EVP_EncryptUpdate(context, expected, &written, source + i, (int)len) == 1);
		if (i % 2) {
			CHECK_OK(async_encrypt(fd, ses, source + i, len, room + 5, first_iv));
			CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
		} else {
			CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, source + i, len, room + 5,
					   first_iv));
		}
		if (!CHECK_MEM(room + 5, expected, len))
			check_note("%zu bytes", len);
		CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, room + 5, len, room + 5, first_iv));
		CHECK_MEM(room + 5, source + i, len);
		CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, source, 16 * MIB + 16, room, first_iv),
			    EINVAL);
		CHECK_ERRNO(async_encrypt(fd, ses, source, 16 * MIB + 16, room, first_iv), EINVAL);
		CHECK_OK(dev_free(fd, ses));
	}
	EVP_CIPHER_CTX_free(context);
	close(fd);
}

/* The first byte of the IV says how many bytes the message's length has. */
static void ccm_iv(uint8_t iv[16], int bytes)
{
	memcpy(iv, first_iv, 16);
	iv[0] = (uint8_t)(bytes - 1);
}

static void right_ccm(const uint8_t *iv, size_t len, uint8_t *sealed)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int written;

	REQUIRE(context && EVP_EncryptInit_ex(context, EVP_aes_128_ccm(), NULL, NULL, NULL) == 1);
	REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 14 - iv[0], NULL) == 1);
	REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, NULL) == 1);
	REQUIRE(EVP_EncryptInit_ex(context, NULL, NULL, key, iv + 1) == 1);
	REQUIRE(EVP_EncryptUpdate(context, NULL, &written, NULL, (int)len) == 1);
	REQUIRE(EVP_EncryptUpdate(context, NULL, &written, key, 20) == 1);
	REQUIRE(EVP_EncryptUpdate(context, sealed, &written, source, (int)len) == 1);
	REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, sealed + len) == 1);
	EVP_CIPHER_CTX_free(context);
}

static int ccm(uint32_t ses, uint16_t op, uint8_t *iv, uint8_t *src, size_t len, uint8_t *dst)
{
	struct crypt_auth_op args = {
		.ses = ses,
		.op = op,
		.len = (uint32_t)len,
		.auth_len = 20,
		.auth_src = key,
		.src = src,
		.dst = dst,
		.iv = iv,
	};

	return ioctl(fd, CIOCAUTHCRYPT, &args);
}

static void check_ccm(uint32_t ses, int bytes, size_t len)
{
	uint8_t iv[16], *expected = room + 32 * MIB;

	ccm_iv(iv, bytes);
	right_ccm(iv, len, expected);
	CHECK_OK(ccm(ses, COP_ENCRYPT, iv, source, len, room));
	if (!CHECK_MEM(room, expected, len + 16))
		check_note("%zu bytes, length of %d bytes", len, bytes);
	CHECK_OK(ccm(ses, COP_DECRYPT, iv, room, len + 16, room));
	CHECK_MEM(room, source, len);
	/* One wrong bit, and nothing is left of it. */
	expected[len / 2] ^= 1;
	CHECK_ERRNO(ccm(ses, COP_DECRYPT, iv, expected, len + 16, room), EBADMSG);
	CHECK(is_all(room, 0, len));
}

/* 6.LEN */
static void ccm_messages(void)
{
	uint8_t iv[16];
	uint32_t ses;

	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CCM, key, 16);
	check_ccm(ses, 4, MIB + 1);
	check_ccm(ses, 4, 4 * MIB + 500);
	check_ccm(ses, 4, 16 * MIB);
	check_ccm(ses, 3, 16 * MIB - 1);
	check_ccm(ses, 2, 65535);
	ccm_iv(iv, 3);
	CHECK_ERRNO(ccm(ses, COP_ENCRYPT, iv, source, 16 * MIB, room), EINVAL);
	ccm_iv(iv, 2);
	CHECK_ERRNO(ccm(ses, COP_ENCRYPT, iv, source, 65536, room), EINVAL);
	close(fd);
}

/* A call in place, with tag and trailer right behind it. */
static int record(uint32_t ses, uint16_t op, uint16_t flags, size_t len, struct crypt_auth_op *args)
{
	uint8_t iv[16];
	bool srtp = flags & COP_FLAG_AEAD_SRTP_TYPE;

	memcpy(iv, first_iv, 16);
	*args = (struct crypt_auth_op){
		.ses = ses,
		.op = op,
		.flags = flags,
		.len = (uint32_t)len,
		.auth_len = srtp ? (uint32_t)len : 13,
		.auth_src = srtp ? room : key,
		.src = room,
		.dst = room,
		.iv = iv,
		.tag = room + 2 * MIB,
	};
	return ioctl(fd, CIOCAUTHCRYPT, args);
}

static void check_record(uint32_t ses, uint16_t flags, size_t longest)
{
	struct crypt_auth_op op;

	memcpy(room, source, longest);
	CHECK_OK(record(ses, COP_ENCRYPT, flags, longest, &op));
	CHECK(memcmp(room, source, longest));
	CHECK_OK(record(ses, COP_DECRYPT, flags, op.len, &op));
	CHECK_EQ(op.len, longest);
	CHECK_MEM(room, source, longest);
	CHECK_ERRNO(record(ses, COP_ENCRYPT, flags, longest + 1, &op), EINVAL);
	CHECK_MEM(room, source, longest);
}

/* 6.LEN: A record is one request, with its MAC and padding. */
static void records(void)
{
	uint32_t tls, srtp;

	fd = dev_open();
	tls = auth_session(fd, CRYPTO_AES_CBC, key, 16, CRYPTO_SHA1_HMAC, key, 20);
	srtp = auth_session(fd, CRYPTO_AES_CTR, key, 16, CRYPTO_SHA1_HMAC, key, 20);
	check_record(tls, COP_FLAG_AEAD_TLS_TYPE, MIB - 21);
	check_record(srtp, COP_FLAG_AEAD_SRTP_TYPE, MIB);
	CHECK_ERRNO(record(srtp, COP_DECRYPT, COP_FLAG_AEAD_SRTP_TYPE, MIB + 1,
			   &(struct crypt_auth_op){ 0 }),
		    EINVAL);
	CHECK_ERRNO(record(tls, COP_DECRYPT, COP_FLAG_AEAD_TLS_TYPE, MIB + 16,
			   &(struct crypt_auth_op){ 0 }),
		    EINVAL);
	close(fd);
}

static void hash_for_ever(void *zeros)
{
	uint8_t digest[32];

	CHECK_OK(dev_digest(fd, dev_hash(fd, CRYPTO_SHA2_256, NULL, 0), 0, zeros, 3ul * GIB,
			    digest));
}

/* Whoever is killed stops long before the end: the device is not given most of it. */
static void killed(void)
{
	uint8_t *zeros = mmap(NULL, 3ul * GIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long long before;
	pid_t child;
	int status;

	REQUIRE(zeros != MAP_FAILED);
	fd = dev_open();
	before = dev_counter("bytes_in");
	child = check_fork(hash_for_ever, zeros);
	while (waitpid(child, &status, WNOHANG) == 0 && dev_counter("bytes_in") - before < 4 * MIB)
		usleep(1000);
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) == child)
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		CHECK(WIFSIGNALED(status));
	CHECK(dev_counter("bytes_in") - before >= 4 * MIB);
	CHECK(dev_counter("bytes_in") - before < GIB);
	close(fd);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	munmap(zeros, 3ul * GIB);
}

static const struct check_case cases[] = {
	{ "hashes take 64 MiB and more", hashes },
	{ "a hash takes more than a GiB", more_than_a_gib },
	{ "ciphers that go on take more than 64 MiB", ciphers },
	{ "so do calls that are not waited for", not_waited_for },
	{ "and a cipher and an HMAC together", both },
	{ "XTS takes 16 MiB at once, and no more", data_units },
	{ "CCM takes what the length in its IV can say", ccm_messages },
	{ "TLS records and SRTP packets of 1 MiB are taken, and not longer ones", records },
	{ "a long call ends when its process is killed", killed },
};

int main(void)
{
	source = map_source();
	room = map(ROOM);
	piece = map(MIB + 16);
	dev_fill(key + 8, sizeof(key) - 8, 3);
	dev_fill(first_iv, sizeof(first_iv), 2);
	return check_main(cases, ARRAY_SIZE(cases));
}
