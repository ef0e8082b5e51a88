// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* aead: one message is one call, and nothing is written before its tag was right. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tool.h"

/* The page is what /dev/crypto takes, here and elsewhere. */
#define MAX_AAD 4096

/* RFC 3610: how many bytes the length takes, less one; the nonce; a counter. */
bool aead_iv(const struct algorithm *algorithm, const struct bytes *nonce, uint8_t iv[16])
{
	memset(iv, 0, 16);
	if (algorithm->number != CRYPTO_AES_CCM || nonce->len == algorithm->iv_len) {
		memcpy(iv, nonce->at, nonce->len <= 16 ? nonce->len : 16);
		return nonce->len == algorithm->iv_len;
	}
	if (nonce->len < 7 || nonce->len > 13)
		return false;
	iv[0] = (uint8_t)(14 - nonce->len);
	memcpy(iv + 1, nonce->at, nonce->len);
	return true;
}

static uint8_t *read_aad(const struct arguments *arguments, size_t *len)
{
	uint8_t *aad;

	if (arguments->aad_file)
		return read_whole(arguments->aad_file, MAX_AAD, 0, len);
	*len = arguments->aad ? strlen(arguments->aad) / 2 : 0;
	if (*len > MAX_AAD)
		die("the additional data are too long: %d bytes at most", MAX_AAD);
	aad = allocate(*len);
	for (size_t at = 0; at < *len; at++) {
		const char pair[] = { arguments->aad[2 * at], arguments->aad[2 * at + 1], 0 };
		struct bytes byte;

		/* arguments_parse() has seen that these are digits. */
		parse_hex(pair, &byte);
		aad[at] = byte.at[0];
	}
	return aad;
}

/* In place: the tag is behind the data, or comes there. */
static size_t seal_or_open(const struct arguments *arguments, int fd, uint32_t ses, uint8_t *data,
			   size_t len)
{
	uint8_t iv[16];
	size_t aad_len;
	uint8_t *aad = read_aad(arguments, &aad_len);
	struct crypt_auth_op crypt = {
		.ses = ses,
		.op = arguments->decrypt ? COP_DECRYPT : COP_ENCRYPT,
		.len = (uint32_t)len,
		.auth_len = (uint32_t)aad_len,
		.auth_src = aad_len ? aad : NULL,
		.src = data,
		.dst = data,
		.tag_len = (uint32_t)arguments->tag_len,
		.iv = iv,
		.iv_len = arguments->choice.algorithm->iv_len,
	};

	aead_iv(arguments->choice.algorithm, &arguments->iv, iv);
	if (ioctl(fd, CIOCAUTHCRYPT, &crypt))
		die("%s", device_problem(errno));
	wipe_free(aad, aad_len);
	return crypt.len;
}

/* CCM: the length has 15 bytes less those of the nonce. */
static void check_len(const struct arguments *arguments, size_t len)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;
	size_t tag_len = arguments->tag_len, text = len;
	uint8_t iv[16];

	if (arguments->decrypt && len < tag_len)
		die("the data are shorter than the tag, %zu bytes: not all is there", tag_len);
	if (arguments->decrypt)
		text -= tag_len;
	aead_iv(algorithm, &arguments->iv, iv);
	if (algorithm->number == CRYPTO_AES_CCM && iv[0] < 3 && text >> 8 * (iv[0] + 1))
		die("too long for aes-ccm with such a nonce: with %d bytes it takes less than %u",
		    14 - iv[0], 1u << 8 * (iv[0] + 1));
}

int run_aead(struct arguments *arguments)
{
	int fd = device_open(arguments->device);
	size_t size, len, tag_len = arguments->tag_len;
	struct input input;
	uint8_t *data;
	uint32_t ses;

	input_must_open(&input, arguments->input);
	begin_keyed(arguments, &input);
	ses = device_session(fd, &arguments->choice, &arguments->key);
	data = read_rest(&input, MAX_CALL + (arguments->decrypt ? tag_len : 0), tag_len, &size);
	input_close(&input);
	check_len(arguments, size);
	len = seal_or_open(arguments, fd, ses, data, size);
	output_write(data, len);
	output_commit();
	wipe_free(data, size + tag_len);
	device_free(fd, ses);
	close(fd);
	return 0;
}
