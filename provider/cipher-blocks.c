// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a cipher's updates and its end do: blocks are gathered, and padded. */
#include <openssl/err.h>
#include <openssl/proverr.h>
#include <string.h>

#include "cipher.h"

/*
 * How many of @total bytes wait for more.  The last block of a message may be padding, so
 * it is not given out before the end.
 */
static size_t waiting(const struct vc_cipher *cipher, size_t total)
{
	size_t block = cipher->row->block, part = total % block;

	return !part && total && cipher->pad && !cipher->encrypt ? block : part;
}

static int blocks(struct vc_cipher *cipher, uint8_t *out, const uint8_t *in, size_t len)
{
	size_t block = cipher->row->block, ready, first;

	ready = cipher->rest_len + len - waiting(cipher, cipher->rest_len + len);
	if (ready && cipher->rest_len) {
		first = block - cipher->rest_len;
		memcpy(cipher->rest + cipher->rest_len, in, first);
		if (!vc_cipher_run(cipher, out, cipher->rest, block))
			return 0;
		cipher->rest_len = 0;
		out += block;
		in += first;
		len -= first;
		ready -= block;
	}
	if (!vc_cipher_run(cipher, out, in, ready))
		return 0;
	memcpy(cipher->rest + cipher->rest_len, in + ready, len - ready);
	cipher->rest_len += len - ready;
	return 1;
}

int vc_blocks_update(void *context, uint8_t *out, size_t *out_len, size_t out_size,
		     const uint8_t *in, size_t len)
{
	struct vc_cipher *cipher = context;
	size_t total = cipher->rest_len + len;

	*out_len = 0;
	if (!cipher->keyed)
		return vc_fail(PROV_R_NO_KEY_SET);
	if (cipher->tls_version && (!in || in != out || !cipher->pad))
		return vc_fail(PROV_R_CIPHER_OPERATION_FAILED);
	if (cipher->tls_version)
		return vc_tls_record(cipher, out, out_len, out_size, len);
	/* No bytes may be nowhere; there is no computing with that. */
	if (!len)
		in = cipher->rest;
	if (total - waiting(cipher, total) > out_size)
		return vc_fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
	if (!blocks(cipher, out, in, len))
		return 0;
	*out_len = total - cipher->rest_len;
	return 1;
}

/* The last block, decrypted, of a message with padding: its length without. */
static int padded_len(const uint8_t *last, size_t block, size_t *len)
{
	size_t pad = last[block - 1], i;

	if (!pad || pad > block)
		return vc_fail(PROV_R_BAD_DECRYPT);
	for (i = block - pad; i < block; i++)
		if (last[i] != pad)
			return vc_fail(PROV_R_BAD_DECRYPT);
	*len = block - pad;
	return 1;
}

/* The last block, which is in rest. */
static int last_block(struct vc_cipher *cipher, uint8_t *out, size_t *out_len, size_t out_size)
{
	size_t block = cipher->row->block, len = block;
	uint8_t last[VC_BLOCK];
	int done = vc_cipher_run(cipher, last, cipher->rest, block) &&
		   (cipher->encrypt || !cipher->pad || padded_len(last, block, &len));

	if (done && len > out_size)
		done = vc_fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
	if (done) {
		memcpy(out, last, len);
		*out_len = len;
		cipher->rest_len = 0;
	}
	OPENSSL_cleanse(last, sizeof(last));
	return done;
}

int vc_blocks_final(void *context, uint8_t *out, size_t *out_len, size_t out_size)
{
	struct vc_cipher *cipher = context;
	size_t block = cipher->row->block, pad = block - cipher->rest_len;

	*out_len = 0;
	if (!cipher->keyed)
		return vc_fail(PROV_R_NO_KEY_SET);
	if (cipher->tls_version)
		return vc_fail(PROV_R_CIPHER_OPERATION_FAILED);
	if (!cipher->pad && !cipher->rest_len)
		return 1;
	/* A whole block is left of what was decrypted while there was padding. */
	if (cipher->encrypt ? !cipher->pad : cipher->rest_len != block)
		return vc_fail(PROV_R_WRONG_FINAL_BLOCK_LENGTH);
	if (cipher->encrypt)
		memset(cipher->rest + cipher->rest_len, (int)pad, pad);
	return last_block(cipher, out, out_len, out_size);
}

int vc_whole_update(void *context, uint8_t *out, size_t *out_len, size_t out_size,
		    const uint8_t *in, size_t len)
{
	struct vc_cipher *cipher = context;

	*out_len = 0;
	if (!cipher->keyed)
		return vc_fail(PROV_R_NO_KEY_SET);
	/* A data unit is never empty. */
	if (!len)
		return cipher->row->kind == VC_UNIT ? vc_fail(PROV_R_CIPHER_OPERATION_FAILED) : 1;
	if (out_size < len)
		return vc_fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
	if (cipher->row->kind == VC_BLOCKS && len % cipher->row->block)
		return vc_fail(PROV_R_WRONG_FINAL_BLOCK_LENGTH);
	if (!vc_cipher_run(cipher, out, in, len))
		return 0;
	*out_len = len;
	return 1;
}

int vc_whole_final(void *context, uint8_t *out, size_t *out_len, size_t out_size)
{
	struct vc_cipher *cipher = context;

	(void)out;
	(void)out_size;
	*out_len = 0;
	return cipher->keyed ? 1 : vc_fail(PROV_R_NO_KEY_SET);
}
