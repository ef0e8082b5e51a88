// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A host's /dev/crypto that is not ours: open(), close() and ioctl() of a test that is
 * linked with --wrap for them.  SHA-1, SHA-256, their HMACs, and AES-CTR.
 *
 * The variable FOREIGN_COPY says what CIOCCPHASH does with the key of an HMAC:
 *
 *	stays    the destination finishes the source's state with its own key
 *	for-good the key goes along, and stays after a reset
 *	message  the key goes along until the next reset
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <crypto/cryptodev.h>
#include <openssl/evp.h>

#include "check.h"

#define FOREIGN_FD 2000
#define SESSIONS 64
#define BLOCK 64		/* of both hashes */

int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long command, ...);
int __real_close(int fd);

static struct foreign {
	bool used;
	const EVP_CIPHER *cipher;	/* NULL: none */
	uint8_t cipher_key[32];
	const EVP_MD *type;	/* NULL: no hash */
	bool keyed;
	uint8_t key[BLOCK];	/* of the session, and of the end of its message */
	uint8_t end_key[BLOCK];
	EVP_MD_CTX *inner;
} sessions[SESSIONS];

static const char *manner(void)
{
	const char *name = getenv("FOREIGN_COPY");

	if (!name)
		sim_die("FOREIGN_COPY is not set");
	return name;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static struct foreign *find(uint32_t number)
{
	return number - 1 < SESSIONS && sessions[number - 1].used ? &sessions[number - 1] : NULL;
}

static void feed_key(EVP_MD_CTX *ctx, const uint8_t *key, uint8_t pad)
{
	uint8_t block[BLOCK];
	size_t i;

	for (i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	assert_int_equal(EVP_DigestUpdate(ctx, block, sizeof(block)), 1);
}

static void restart(struct foreign *session)
{
	assert_int_equal(EVP_DigestInit_ex(session->inner, session->type, NULL), 1);
	memcpy(session->end_key, session->key, sizeof(session->key));
	if (session->keyed)
		feed_key(session->inner, session->key, 0x36);
}

static void finish(struct foreign *session, uint8_t *digest)
{
	EVP_MD_CTX *outer = EVP_MD_CTX_new();
	unsigned int len;

	assert_int_equal(EVP_DigestFinal_ex(session->inner, digest, &len), 1);
	if (session->keyed) {
		assert_int_equal(EVP_DigestInit_ex(outer, session->type, NULL), 1);
		feed_key(outer, session->end_key, 0x5c);
		assert_int_equal(EVP_DigestUpdate(outer, digest, len), 1);
		assert_int_equal(EVP_DigestFinal_ex(outer, digest, &len), 1);
	}
	EVP_MD_CTX_free(outer);
	restart(session);
}

static const EVP_CIPHER *cipher_of(const struct session_op *op)
{
	if (op->cipher != CRYPTO_AES_CTR)
		return NULL;
	return op->keylen == 16 ? EVP_aes_128_ctr() :
	       op->keylen == 24 ? EVP_aes_192_ctr() : EVP_aes_256_ctr();
}

static bool hash_of(uint32_t mac, struct foreign *session)
{
	session->keyed = mac == CRYPTO_SHA1_HMAC || mac == CRYPTO_SHA2_256_HMAC;
	if (mac == CRYPTO_SHA1 || mac == CRYPTO_SHA1_HMAC)
		session->type = EVP_sha1();
	else if (mac == CRYPTO_SHA2_256 || mac == CRYPTO_SHA2_256_HMAC)
		session->type = EVP_sha256();
	return session->type != NULL;
}

static void key_hash(struct foreign *session, const struct session_op *op)
{
	if (op->mackeylen > BLOCK)
		assert_int_equal(EVP_Digest(op->mackey, op->mackeylen, session->key, NULL,
					    session->type, NULL), 1);
	else if (op->mackeylen)
		memcpy(session->key, op->mackey, op->mackeylen);
	session->inner = EVP_MD_CTX_new();
	restart(session);
}

static int new_session(struct session_op *op)
{
	struct foreign new = { .used = true, .cipher = cipher_of(op) };
	uint32_t i;

	if (op->cipher && !new.cipher)
		return refuse(EINVAL);
	if (op->mac && !hash_of(op->mac, &new))
		return refuse(EINVAL);
	for (i = 0; i < SESSIONS && sessions[i].used; i++)
		;
	if (i == SESSIONS)
		return refuse(ENOSPC);
	if (new.cipher)
		memcpy(new.cipher_key, op->key, op->keylen);
	if (new.type)
		key_hash(&new, op);
	sessions[i] = new;
	op->ses = i + 1;
	return 0;
}

static int free_session(uint32_t number)
{
	struct foreign *session = find(number);

	if (!session)
		sim_die("a session that does not exist is freed");
	EVP_MD_CTX_free(session->inner);
	memset(session, 0, sizeof(*session));
	return 0;
}

/* The IV is always given, and the next one asked for. */
static void encrypt(struct foreign *session, const struct crypt_op *op)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint32_t blocks;
	int i, len;

	assert_int_equal(EVP_EncryptInit_ex(ctx, session->cipher, NULL, session->cipher_key,
					    op->iv), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, op->dst, &len, op->src, (int)op->len), 1);
	EVP_CIPHER_CTX_free(ctx);
	for (blocks = (op->len + 15) / 16; blocks; blocks--)
		for (i = 15; i >= 0 && !++op->iv[i]; i--)
			;
}

static int crypt(const struct crypt_op *op)
{
	struct foreign *session = find(op->ses);

	if (!session)
		return refuse(EINVAL);
	if (session->cipher)
		encrypt(session, op);
	if (!session->type)
		return 0;
	if (!op->flags || op->flags & COP_FLAG_RESET)
		restart(session);
	if (op->len)
		assert_int_equal(EVP_DigestUpdate(session->inner, op->src, op->len), 1);
	if (op->flags & COP_FLAG_FINAL || !(op->flags & COP_FLAG_UPDATE) || !op->len)
		finish(session, op->mac);
	return 0;
}

static int copy(const struct cphash_op *op)
{
	struct foreign *to = find(op->dst_ses), *from = find(op->src_ses);

	if (!to || !from || to == from || to->type != from->type || to->keyed != from->keyed)
		return refuse(EINVAL);
	assert_int_equal(EVP_MD_CTX_copy_ex(to->inner, from->inner), 1);
	if (strcmp(manner(), "stays") != 0)
		memcpy(to->end_key, from->end_key, sizeof(to->end_key));
	if (strcmp(manner(), "for-good") == 0)
		memcpy(to->key, from->end_key, sizeof(to->key));
	return 0;
}

int __wrap_open(const char *path, int flags, ...)
{
	(void)flags;
	if (strcmp(path, "/dev/crypto") != 0)
		sim_die("something else is opened");
	return FOREIGN_FD;
}

/* Nothing may be left for the driver to clean up. */
int __wrap_close(int fd)
{
	uint32_t i;

	if (fd != FOREIGN_FD)
		return __real_close(fd);
	for (i = 0; i < SESSIONS; i++)
		if (sessions[i].used)
			sim_die("a session of the host's is left");
	return 0;
}

int __wrap_ioctl(int fd, unsigned long command, ...)
{
	va_list list;
	void *argument;

	va_start(list, command);
	argument = va_arg(list, void *);
	va_end(list);
	if (fd != FOREIGN_FD)
		sim_die("an ioctl() on something else");
	if (command == CIOCGSESSION)
		return new_session(argument);
	if (command == CIOCFSESSION)
		return free_session(*(const uint32_t *)argument);
	if (command == CIOCCRYPT)
		return crypt(argument);
	if (command == CIOCCPHASH)
		return copy(argument);
	return refuse(EINVAL);
}
