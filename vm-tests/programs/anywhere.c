// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "anywhere.h"
#include "async.h"
#include "auth.h"
#include "check.h"
#include "dev.h"

enum { CBC, CTR, XTS, SHA256, CBC_HMAC, GCM, CCM, CHACHA, TLS_FLAG, TLS12, SRTP, SESSIONS };

static const struct {
	uint32_t cipher, keylen, mac, mackeylen;
} kinds[SESSIONS] = {
	[CBC] = { CRYPTO_AES_CBC, 16, 0, 0 },
	[CTR] = { CRYPTO_AES_CTR, 32, 0, 0 },
	[XTS] = { CRYPTO_AES_XTS, 32, 0, 0 },
	[SHA256] = { 0, 0, CRYPTO_SHA2_256, 0 },
	[CBC_HMAC] = { CRYPTO_AES_CBC, 16, CRYPTO_SHA1_HMAC, 20 },
	[GCM] = { CRYPTO_AES_GCM, 32, 0, 0 },
	[CCM] = { CRYPTO_AES_CCM, 16, 0, 0 },
	[CHACHA] = { CRYPTO_CHACHA20_POLY1305, 32, 0, 0 },
	[TLS_FLAG] = { CRYPTO_AES_CBC, 16, CRYPTO_SHA1_HMAC, 20 },
	[TLS12] = { CRYPTO_TLS12_AES_CBC_HMAC_SHA256, 16, 0, 20 },
	[SRTP] = { CRYPTO_AES_CTR, 16, CRYPTO_SHA1_HMAC, 20 },
};

/* With MAC and padding a TLS record of so much is just below what a device takes at once. */
#define RECORD (MIB - 64)

#define ENC COP_ENCRYPT
#define DEC COP_DECRYPT
const struct work works[WORKS] = {
	{ "cbc", CIOCCRYPT, ENC, 0, CBC, 16, 0, ANYWHERE, NULL },
	{ "cbc back", CIOCCRYPT, DEC, COP_FLAG_WRITE_IV, CBC, 16, 0, ANYWHERE, NULL },
	{ "ctr", CIOCCRYPT, ENC, COP_FLAG_WRITE_IV, CTR, 1, 0, ANYWHERE, NULL },
	{ "xts", CIOCCRYPT, ENC, 0, XTS, 16, MIB, ANYWHERE, NULL },
	{ "sha256", CIOCCRYPT, ENC, COP_FLAG_RESET, SHA256, 1, 0, NOWHERE, NULL },
	{ "cbc and hmac", CIOCCRYPT, ENC, COP_FLAG_WRITE_IV | COP_FLAG_RESET, CBC_HMAC, 16, 0,
	  ANYWHERE, NULL },
	{ "gcm", CIOCAUTHCRYPT, ENC, 0, GCM, 1, 0, ANYWHERE, NULL },
	{ "gcm back", CIOCAUTHCRYPT, DEC, 0, GCM, 1, 0, ANYWHERE, &works[6] },
	{ "ccm", CIOCAUTHCRYPT, ENC, 0, CCM, 1, MIB, ANYWHERE, NULL },
	{ "ccm back", CIOCAUTHCRYPT, DEC, 0, CCM, 1, MIB, ANYWHERE, &works[8] },
	{ "chacha20-poly1305 back", CIOCAUTHCRYPT, DEC, 0, CHACHA, 1, 0, ANYWHERE, &works[11] },
	{ "chacha20-poly1305", CIOCAUTHCRYPT, ENC, 0, CHACHA, 1, 0, ANYWHERE, NULL },
	{ "tls", CIOCAUTHCRYPT, ENC, COP_FLAG_AEAD_TLS_TYPE | COP_FLAG_WRITE_IV, TLS_FLAG, 1,
	  RECORD, IN_PLACE, NULL },
	{ "tls 1.2 back", CIOCAUTHCRYPT, DEC, COP_FLAG_WRITE_IV, TLS12, 1, RECORD, ANYWHERE,
	  &works[14] },
	{ "tls 1.2", CIOCAUTHCRYPT, ENC, 0, TLS12, 1, RECORD, ANYWHERE, NULL },
	{ "srtp", CIOCAUTHCRYPT, ENC, COP_FLAG_AEAD_SRTP_TYPE, SRTP, 1, MIB, IN_PLACE, NULL },
	{ "cbc and hmac, not waited for", CIOCASYNCCRYPT, ENC, COP_FLAG_WRITE_IV | COP_FLAG_RESET,
	  CBC_HMAC, 16, 0, ANYWHERE, NULL },
};

static int fd;
static uint32_t sessions[SESSIONS];

void anywhere_open(void)
{
	uint8_t key[64];

	dev_fill(key, sizeof(key), 1);
	fd = dev_open();
	for (size_t i = 0; i < SESSIONS; i++)
		sessions[i] = auth_session(fd, kinds[i].cipher, key, kinds[i].keylen, kinds[i].mac,
					   key + 32, kinds[i].mackeylen);
}

void anywhere_close(void)
{
	CHECK_OK(close(fd));
}

static struct result run_auth(const struct work *work, uint16_t flags, uint8_t *src, uint8_t *dst,
			      size_t len)
{
	bool srtp = work->flags & COP_FLAG_AEAD_SRTP_TYPE;
	struct result result = { 0 };
	/* What is authenticated besides is as far away as the payload. */
	struct crypt_auth_op op = {
		.ses = sessions[work->session],
		.op = work->op,
		.flags = work->flags | flags,
		.len = (uint32_t)len,
		.auth_src = src - 12,
		.auth_len = srtp ? (uint32_t)len + 16 : 12,
		.src = src,
		.dst = dst,
		.iv = result.iv,
		.tag = result.mac,
	};

	memset(result.iv, 3, sizeof(result.iv));
	result.error = ioctl(fd, CIOCAUTHCRYPT, &op) ? errno : 0;
	result.len = op.len;
	return result;
}

static int wait_for_it(struct crypt_op *op)
{
	if (ioctl(fd, CIOCASYNCCRYPT, op))
		return errno;
	return async_fetch(fd, op) ? errno : 0;
}

struct result anywhere_run(const struct work *work, uint16_t flags, uint8_t *src, uint8_t *dst,
			   size_t len)
{
	struct result result = { 0 };
	struct crypt_op op = {
		.ses = sessions[work->session],
		.op = work->op,
		.flags = work->flags | flags,
		.len = (uint32_t)len,
		.src = src,
		.dst = work->place == NOWHERE ? NULL : dst,
		.mac = result.mac,
		.iv = result.iv,
	};

	if (work->command == CIOCAUTHCRYPT)
		return run_auth(work, flags, src, dst, len);
	memset(result.iv, 3, sizeof(result.iv));
	if (work->command == CIOCASYNCCRYPT)
		result.error = wait_for_it(&op);
	else
		result.error = ioctl(fd, CIOCCRYPT, &op) ? errno : 0;
	result.len = (uint32_t)len;
	return result;
}

uint8_t *anywhere_map(size_t size)
{
	uint8_t *memory = mmap(NULL, BEFORE + size + BEHIND, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory + BEFORE;
}

uint8_t *anywhere_input(const struct work *work, size_t len, size_t *input_len)
{
	static uint8_t *input;

	if (!input)
		input = anywhere_map(LONGEST + BEHIND);
	dev_fill(input - BEFORE, BEFORE + len + BEHIND, 5);
	*input_len = len;
	if (work->undoes) {
		struct result result = anywhere_run(work->undoes, 0, input, input, len);

		if (CHECK_EQ(result.error, 0))
			*input_len = result.len;
	}
	return input;
}
