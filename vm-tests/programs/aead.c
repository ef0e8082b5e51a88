// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <unistd.h>

#include "aead.h"
#include "check.h"
#include "dev.h"

const uint8_t key[32] = { 3, 1, 4, 1, 5, 9, 2, 6 };
uint8_t aad[PAGE + 1], text[LONG], iv[16];
uint8_t sealed[LONG + 64], room[LONG + 128];
int fd;
uint32_t gcm, ccm, chacha;

static const size_t lengths[] = { 0, 1, 15, 16, 17, 255, BOUNCE, BOUNCE + 1, PAGE, LONG };

/* The first byte of CCM's IV is its L - 1. */
void aead_prepare(void)
{
	dev_fill(aad, sizeof(aad), 1);
	dev_fill(text, sizeof(text), 2);
	dev_fill(iv, sizeof(iv), 3);
	iv[0] = 3;
}

void aead_start(void)
{
	fd = dev_open();
	gcm = dev_cipher(fd, CRYPTO_AES_GCM, key, 16);
	ccm = dev_cipher(fd, CRYPTO_AES_CCM, key, 24);
	chacha = dev_cipher(fd, CRYPTO_CHACHA20_POLY1305, key, 32);
	memset(sealed, 0xee, sizeof(sealed));
	memset(room, 0xee, sizeof(room));
}

struct crypt_auth_op aead_sealing(uint32_t ses, size_t len)
{
	return (struct crypt_auth_op){
		.ses = ses,
		.op = COP_ENCRYPT,
		.len = (uint32_t)len,
		.auth_len = 20,
		.auth_src = aad,
		.src = text,
		.dst = sealed,
		.iv = iv,
	};
}

/* What undoes a successful aead_sealing(): reads what that has written. */
struct crypt_auth_op aead_opening(const struct crypt_auth_op *done)
{
	struct crypt_auth_op op = *done;

	op.op = COP_DECRYPT;
	op.src = done->dst;
	op.dst = room;
	op.tag = NULL;
	return op;
}

void aead_each_length(void (*check)(uint32_t ses, size_t len))
{
	aead_start();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		check(gcm, lengths[i]);
		check(ccm, lengths[i]);
		check(chacha, lengths[i]);
	}
	close(fd);
}
