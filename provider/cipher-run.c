// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Data of a cipher, by the device or by software.
 *
 * The device is given the IV with each call and returns the next, so its session
 * holds nothing that would be missed.  A call that fails has changed nothing but its destination;
 * software then does the same again.  So where source and destination overlap, the source is
 * copied first.
 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/proverr.h>
#include <string.h>

#include "cipher.h"

#define MAX_UNIT (16u << 20)	/* of XTS */
#define MAX_CALL (1u << 30)	/* an int is enough for it */

static bool chains(const struct vc_cipher *cipher)
{
	return cipher->row->iv_len && cipher->row->kind != VC_UNIT;
}

int vc_cipher_next_iv(struct vc_cipher *cipher, uint8_t iv[VC_MAX_IV])
{
	const uint8_t *next = cipher->iv;
	/* Not as a string: OpenSSL 3.5 would leave an error in its queue. */
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_ptr(OSSL_CIPHER_PARAM_UPDATED_IV, &next, 0),
		OSSL_PARAM_END,
	};

	if (!cipher->iv_known && !EVP_CIPHER_CTX_get_params(cipher->software, params))
		return 0;
	memmove(iv, next, cipher->row->iv_len);
	return 1;
}

int vc_cipher_to_software(struct vc_cipher *cipher)
{
	if (!cipher->software_there &&
	    !EVP_CipherInit_ex(cipher->software, NULL, NULL, NULL, cipher->iv, -1))
		return 0;
	cipher->software_there = true;
	if (chains(cipher))
		cipher->iv_known = false;
	return 1;
}

static int by_software(struct vc_cipher *cipher, uint8_t *out, const uint8_t *in, size_t len)
{
	int part, made;

	if (!len)
		return 1;
	if (!vc_cipher_to_software(cipher))
		return 0;
	for (; len; len -= (size_t)part, in += part, out += part) {
		part = len < MAX_CALL ? (int)len : (int)MAX_CALL;
		if (!EVP_CipherUpdate(cipher->software, out, &made, in, part) || made != part)
			return 0;
	}
	return 1;
}

static bool session_there(struct vc_cipher *cipher)
{
	struct session_op op = {
		.cipher = cipher->row->number,
		.keylen = cipher->row->key_len,
		.key = cipher->key,
	};

	return vc_session_ready(&cipher->provider->device, &cipher->session, &op);
}

static bool by_device(struct vc_cipher *cipher, uint8_t *out, const uint8_t *in, size_t len)
{
	uint8_t iv[VC_MAX_IV];
	struct crypt_op op = {
		.op = cipher->encrypt ? COP_ENCRYPT : COP_DECRYPT,
		.flags = COP_FLAG_WRITE_IV,
		.len = (uint32_t)len,
		.src = (uint8_t *)(uintptr_t)in,
		.dst = out,
		.iv = cipher->row->iv_len ? iv : NULL,
	};

	if (!vc_cipher_next_iv(cipher, iv) || !session_there(cipher))
		return false;
	op.ses = cipher->session.number;
	if (vc_session_ioctl(&cipher->session, CIOCCRYPT, &op))
		return false;
	if (!chains(cipher))
		return true;
	memcpy(cipher->iv, iv, cipher->row->iv_len);
	cipher->iv_known = true;
	cipher->software_there = false;
	return true;
}

/* Whole blocks: the device, and if that fails software. */
static int one_part(struct vc_cipher *cipher, uint8_t *out, const uint8_t *in, size_t len)
{
	uint8_t *copy = vc_overlap(out, in, len) ? OPENSSL_memdup(in, len) : NULL;
	const uint8_t *from = copy ? copy : in;
	int done = 1;

	if (!copy && vc_overlap(out, in, len))
		return by_software(cipher, out, in, len);
	if (!by_device(cipher, out, from, len)) {
		cipher->refused = true;
		done = by_software(cipher, out, from, len);
	}
	OPENSSL_clear_free(copy, len);
	return done;
}

static bool worth_it(const struct vc_cipher *cipher, size_t len)
{
	return !cipher->refused && len >= cipher->provider->min_bytes && len >= VC_BLOCK;
}

/* The same tweak for each call; without one, and what is no whole block, only software does. */
static int run_unit(struct vc_cipher *cipher, uint8_t *out, const uint8_t *in, size_t len)
{
	if (cipher->iv_given && worth_it(cipher, len) && len % VC_BLOCK == 0 && len <= MAX_UNIT)
		return one_part(cipher, out, in, len);
	return by_software(cipher, out, in, len);
}

/* What is left of a key stream's block that has been begun. */
static size_t head_of(const struct vc_cipher *cipher, size_t len)
{
	size_t head = cipher->row->kind == VC_STREAM && cipher->rest_len ?
		      VC_BLOCK - cipher->rest_len : 0;

	return head < len ? head : len;
}

static size_t part_of(const struct vc_cipher *cipher, const uint8_t *out, const uint8_t *in,
		      size_t len)
{
	size_t longest = vc_overlap(out, in, len) ? VC_PART : MAX_CALL;

	if (len >= longest)
		return longest;
	return cipher->row->kind == VC_STREAM ? len - len % VC_BLOCK : len;
}

int vc_cipher_run(struct vc_cipher *cipher, uint8_t *out, const uint8_t *in, size_t len)
{
	size_t part = head_of(cipher, len);

	if (!cipher->keyed)
		return vc_fail(PROV_R_NO_KEY_SET);
	if (cipher->row->kind == VC_UNIT)
		return run_unit(cipher, out, in, len);
	if (worth_it(cipher, len - part)) {
		if (!by_software(cipher, out, in, part))
			return 0;
		while (in += part, out += part, len -= part, worth_it(cipher, len)) {
			part = part_of(cipher, out, in, len);
			if (!one_part(cipher, out, in, part))
				return 0;
		}
		if (cipher->row->kind == VC_STREAM)
			cipher->rest_len = 0;
	}
	if (!by_software(cipher, out, in, len))
		return 0;
	if (cipher->row->kind == VC_STREAM)
		cipher->rest_len = (cipher->rest_len + len) % VC_BLOCK;
	return 1;
}
