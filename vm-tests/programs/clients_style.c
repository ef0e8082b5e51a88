// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sequences of calls as the libraries that use /dev/crypto make them: GnuTLS one open file for
 * all, structures kept in its contexts and used again; wolfSSL a descriptor by CRIOGET for each
 * context, structures made anew; cryptlib dup() of a context's descriptor.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define RECORD 1000
#define TAG 16
#define SHA256 32

static const uint8_t key[64] = { 2, 7, 1, 8, 2, 8 };
static uint8_t text[RECORD], expected[RECORD + TAG], buffer[RECORD + TAG], room[RECORD + TAG];

/* The same in one piece, by a session of its own. */
static void encrypt_at_once(uint32_t cipher, size_t len)
{
	int fd = dev_open();
	uint8_t iv[16] = { 0 };

	CHECK_OK(dev_crypt(fd, dev_cipher(fd, cipher, key, 16), COP_ENCRYPT, text, len, expected,
			   iv));
	close(fd);
}

static void start(void)
{
	dev_fill(text, sizeof(text), 1);
	memset(buffer, 0xee, sizeof(buffer));
	memset(room, 0xee, sizeof(room));
}

/* GnuTLS looks for accelerated algorithms with a key that means nothing. */
static bool is_accelerated(int fd, struct session_op *session)
{
	struct session_info_op info;

	if (ioctl(fd, CIOCGSESSION, session))
		return false;
	memset(&info, 0, sizeof(info));
	info.ses = session->ses;
	CHECK_OK(ioctl(fd, CIOCGSESSINFO, &info));
	CHECK_OK(ioctl(fd, CIOCFSESSION, &session->ses));
	return info.flags & SIOP_FLAG_KERNEL_DRIVER_ONLY;
}

static void probes(void)
{
	static const struct {
		uint32_t cipher, keylen;
	} ciphers[] = {
		{ CRYPTO_AES_CBC, 16 }, { CRYPTO_AES_CBC, 32 },	 { CRYPTO_AES_GCM, 16 },
		{ CRYPTO_AES_GCM, 32 }, { CRYPTO_3DES_CBC, 24 },
	};
	static const uint32_t macs[] = { CRYPTO_MD5_HMAC, CRYPTO_SHA1_HMAC, CRYPTO_SHA2_256_HMAC,
					 CRYPTO_SHA2_384_HMAC, CRYPTO_SHA2_512_HMAC };
	struct session_op session = { .key = dev_unconst(key) };
	int fd = dev_open();

	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
		session.cipher = ciphers[i].cipher;
		session.keylen = ciphers[i].keylen;
		CHECK(is_accelerated(fd, &session));
	}
	memset(&session, 0, sizeof(session));
	session.mackey = dev_unconst(key);
	session.mackeylen = 8;
	for (size_t i = 0; i < ARRAY_SIZE(macs); i++) {
		session.mac = macs[i];
		CHECK(is_accelerated(fd, &session));
	}
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	close(fd);
}

/* One struct and one IV in the context, WRITE_IV with each call. */
static void cbc_records(void)
{
	int fd = dev_open();
	uint8_t iv[16] = { 0 };
	struct crypt_op op = { .ses = dev_cipher(fd, CRYPTO_AES_CBC, key, 16), .iv = iv };

	start();
	encrypt_at_once(CRYPTO_AES_CBC, 960);
	for (size_t at = 0; at < 960; at += 320) {
		op.len = 320;
		op.src = text + at;
		op.dst = buffer + at;
		op.op = COP_ENCRYPT;
		op.flags = COP_FLAG_WRITE_IV;
		CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	}
	CHECK_MEM(buffer, expected, 960);
	CHECK_MEM(iv, expected + 944, 16);
	close(fd);
}

/* What GnuTLS's context for GCM has; a call sets what differs, and the rest stays. */
struct gcm_context {
	struct crypt_auth_op op;
	uint8_t iv[16];
	int fd;
};

static int gcm_call(struct gcm_context *context, uint16_t op, uint8_t *src, size_t len,
		    uint8_t *dst)
{
	context->op.op = op;
	context->op.src = src;
	context->op.len = (uint32_t)len;
	context->op.dst = dst;
	context->op.auth_src = dev_unconst(key);
	context->op.auth_len = 13;
	return ioctl(context->fd, CIOCAUTHCRYPT, &context->op);
}

static void gcm_start(struct gcm_context *context)
{
	start();
	memset(context, 0, sizeof(*context));
	context->fd = dev_open();
	context->op.ses = dev_cipher(context->fd, CRYPTO_AES_GCM, key, 16);
	context->op.iv = context->iv;
}

static void gcm_records(void)
{
	struct gcm_context context;

	gcm_start(&context);
	for (uint8_t i = 0; i < 5; i++) {
		size_t len = i * 250U;

		context.iv[11] = i;
		memcpy(buffer, text, len);
		CHECK_OK(gcm_call(&context, COP_ENCRYPT, buffer, len, buffer));
		CHECK_EQ(context.op.len, len + TAG);
		CHECK_EQ(context.op.tag_len, TAG);
		CHECK_EQ(context.op.iv_len, 0);
		memcpy(expected, buffer, len + TAG);
		CHECK_OK(gcm_call(&context, COP_DECRYPT, buffer, len + TAG, buffer));
		CHECK_EQ(context.op.len, len);
		CHECK_MEM(buffer, text, len);
		/* GnuTLS takes the tag from there and compares once more. */
		CHECK_MEM(buffer + len, expected + len, TAG);
	}
	close(context.fd);
}

/* wolfSSL's destination is as long as the plaintext. */
static void gcm_apart(void)
{
	struct gcm_context context;

	gcm_start(&context);
	CHECK_OK(gcm_call(&context, COP_ENCRYPT, text, RECORD, buffer));
	memcpy(expected, buffer, sizeof(expected));
	CHECK_OK(gcm_call(&context, COP_DECRYPT, buffer, RECORD + TAG, room));
	CHECK_MEM(room, text, RECORD);
	for (size_t i = RECORD; i < sizeof(room); i++)
		CHECK_EQ(room[i], 0xee);
	CHECK_MEM(buffer, expected, sizeof(expected));
	close(context.fd);
}

/* A tag alone: GnuTLS without src, wolfSSL with src and dst the same spare block. */
static void gcm_tag_alone(void)
{
	struct gcm_context context;
	uint8_t tag[TAG], spare[TAG] = { 0 };

	gcm_start(&context);
	CHECK_OK(gcm_call(&context, COP_ENCRYPT, NULL, 0, tag));
	CHECK_OK(gcm_call(&context, COP_ENCRYPT, spare, 0, spare));
	CHECK_MEM(spare, tag, TAG);
	CHECK_OK(gcm_call(&context, COP_DECRYPT, spare, TAG, spare));
	spare[0] ^= 1;
	CHECK_ERRNO(gcm_call(&context, COP_DECRYPT, spare, TAG, spare), EBADMSG);
	close(context.fd);
}

/* A session for each message: GnuTLS's HMACs and digests. */
static void hash_in_one_call(void)
{
	int fd = dev_open();
	uint8_t first[SHA256], again[SHA256];

	start();
	for (int i = 0; i < 3; i++) {
		uint32_t hash = dev_hash(fd, i ? CRYPTO_SHA2_256_HMAC : CRYPTO_SHA2_256,
					 i ? key : NULL, i ? 20 : 0);

		CHECK_OK(dev_digest(fd, hash, 0, text, RECORD, i == 2 ? again : first));
		CHECK_OK(dev_free(fd, hash));
	}
	CHECK_MEM(again, first, SHA256);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	close(fd);
}

/* wolfSSL's contexts: a descriptor of the open file and a session for each. */
struct context {
	int fd;
	uint32_t ses;
};

static struct context context_of(int fd, struct session_op session)
{
	uint32_t another = 0;

	REQUIRE(ioctl(fd, CRIOGET, &another) == 0);
	return (struct context){ (int)another, dev_session((int)another, &session) };
}

static void context_free(struct context *context)
{
	CHECK_OK(dev_free(context->fd, context->ses));
	CHECK_OK(close(context->fd));
}

static void descriptor_for_each(void)
{
	int fd = dev_open();
	struct session_op aes = { .cipher = CRYPTO_AES_ECB, .key = dev_unconst(key), .keylen = 16 };
	struct session_op sha = { .mac = CRYPTO_SHA2_256 };
	struct context ecb = context_of(fd, aes), hash = context_of(fd, sha);
	uint8_t digest[SHA256], unused[64], whole[SHA256];

	start();
	encrypt_at_once(CRYPTO_AES_ECB, 960);
	CHECK_OK(dev_digest(hash.fd, hash.ses, 0, text, RECORD, whole));
	memset(unused, 0xee, sizeof(unused));
	CHECK_OK(dev_digest(hash.fd, hash.ses, COP_FLAG_UPDATE, text, 1, unused));
	CHECK_OK(dev_crypt(ecb.fd, ecb.ses, COP_ENCRYPT, text, 960, buffer, NULL));
	CHECK_MEM(buffer, expected, 960);
	CHECK_OK(dev_crypt(ecb.fd, ecb.ses, COP_DECRYPT, buffer, 960, buffer, NULL));
	CHECK_MEM(buffer, text, 960);
	context_free(&ecb);
	CHECK_OK(dev_digest(hash.fd, hash.ses, COP_FLAG_UPDATE, text + 1, RECORD - 1, unused));
	CHECK_EQ(unused[0], 0xee);
	CHECK_OK(dev_digest(hash.fd, hash.ses, COP_FLAG_FINAL, NULL, 0, digest));
	CHECK_MEM(digest, whole, SHA256);
	context_free(&hash);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	close(fd);
}

/* A hash is cloned by a second session on a duplicate; the first context may go before. */
static void clone_by_dup(void)
{
	int fd = dev_open(), clone = dup(fd);
	uint32_t old = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0), new;
	struct cphash_op copy = { .src_ses = old };
	uint8_t digest[SHA256], whole[SHA256];

	start();
	CHECK_OK(dev_digest(fd, old, 0, text, RECORD, whole));
	CHECK_OK(dev_digest(fd, old, COP_FLAG_RESET | COP_FLAG_UPDATE, text, 100, NULL));
	new = dev_hash(clone, CRYPTO_SHA2_256, NULL, 0);
	copy.dst_ses = new;
	CHECK_OK(ioctl(clone, CIOCCPHASH, &copy));
	CHECK_OK(dev_free(fd, old));
	close(fd);
	CHECK_OK(dev_digest(clone, new, COP_FLAG_UPDATE, text + 100, RECORD - 100, NULL));
	CHECK_OK(dev_digest(clone, new, COP_FLAG_FINAL, NULL, 0, digest));
	CHECK_MEM(digest, whole, SHA256);
	close(clone);
}

static const struct check_case cases[] = {
	{ "a library that asks for accelerated algorithms is told of them, and leaves nothing",
	  probes },
	{ "CBC goes on over calls with one struct and WRITE_IV", cbc_records },
	{ "GCM with one struct for all records, in place: iv_len 0 and the tag_len returned are "
	  "good, and the tag stays behind the plaintext",
	  gcm_records },
	{ "GCM decrypts to a buffer that has no room for the tag", gcm_apart },
	{ "GCM makes and verifies a tag over AAD alone", gcm_tag_alone },
	{ "an HMAC or digest is a session with one call", hash_in_one_call },
	{ "contexts with a descriptor each from CRIOGET do not disturb each other",
	  descriptor_for_each },
	{ "a hash is cloned over dup() and outlives its original", clone_by_dup },
};

CHECK_MAIN(cases)
