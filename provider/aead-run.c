// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Messages of ciphers with tags, by the device or by software. */
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/proverr.h>
#include <string.h>

#include "aead.h"

#define MAX_CALL INT_MAX	/* a message of CCM, and its length, come in one call */
#define MAX_MESSAGE (16u << 20)	/* for the device: its result takes as much memory */

static bool is_ccm(const struct vc_aead *aead)
{
	return aead->row->number == CRYPTO_AES_CCM;
}

void vc_aead_anew(struct vc_aead *aead)
{
	aead->state = VC_AEAD_BEGUN;
	aead->iv_set = true;
	aead->aad_len = 0;
	aead->announced = false;
	aead->tag_made = 0;
	OPENSSL_free(aead->sealed);
	aead->sealed = NULL;
}

void vc_aead_over(struct vc_aead *aead)
{
	aead->state = VC_AEAD_OVER;
	aead->tag_given = false;
}

int vc_aead_begin(struct vc_aead *aead)
{
	vc_aead_anew(aead);
	return EVP_CipherInit_ex(aead->software, NULL, NULL, NULL, aead->iv, -1);
}

bool vc_aead_worth_it(const struct vc_aead *aead, size_t len)
{
	bool iv_fits = is_ccm(aead) ? aead->iv_len >= 7 && aead->iv_len <= 13 : aead->iv_len == 12;
	bool tag_fits = is_ccm(aead) || aead->tag_len == VC_MAX_TAG;

	return !aead->refused && len && len >= aead->provider->min_bytes && len <= MAX_MESSAGE &&
	       iv_fits && tag_fits;
}

static bool session_there(struct vc_aead *aead)
{
	struct session_op op = {
		.cipher = aead->row->number,
		.keylen = aead->row->key_len,
		.key = aead->key,
	};

	return vc_session_ready(&aead->provider->device, &aead->session, &op);
}

int vc_aead_ask(struct vc_aead *aead, uint8_t *dst, const uint8_t *src, size_t len)
{
	size_t tag = aead->encrypt ? 0 : aead->tag_len, at = is_ccm(aead) ? 1 : 0;
	uint8_t iv[VC_MAX_IV] = { is_ccm(aead) ? (uint8_t)(14 - aead->iv_len) : 0 };
	struct crypt_auth_op op = {
		.op = aead->encrypt ? COP_ENCRYPT : COP_DECRYPT,
		.len = (uint32_t)(len + tag),
		.auth_len = (uint32_t)aead->aad_len,
		.auth_src = aead->aad,
		.src = (uint8_t *)(uintptr_t)src,
		.dst = dst,
		.tag_len = (uint32_t)aead->tag_len,
		.iv = iv,
		.iv_len = sizeof(iv),
	};
	int error;

	memcpy(iv + at, aead->iv, aead->iv_len);
	if (!session_there(aead)) {
		aead->refused = true;
		return ENODEV;
	}
	op.ses = aead->session.number;
	error = vc_session_ioctl(&aead->session, CIOCAUTHCRYPT, &op);
	aead->refused = error && error != EBADMSG;
	return error;
}

int vc_aead_by_software(struct vc_aead *aead, uint8_t *out, const uint8_t *in, size_t len)
{
	int part, made;

	do {
		part = len < MAX_CALL ? (int)len : MAX_CALL;
		if (!EVP_CipherUpdate(aead->software, out, &made, in, part))
			return 0;
		len -= (size_t)part;
		in = in ? in + part : NULL;
		out = out ? out + part : NULL;
	} while (len);
	return 1;
}

void vc_aead_announce(struct vc_aead *aead, size_t len)
{
	aead->announced = is_ccm(aead);
	aead->announced_len = len;
}

int vc_aead_to_software(struct vc_aead *aead)
{
	aead->state = VC_AEAD_SOFTWARE;
	aead->tag_made = 0;
	if (aead->announced && !vc_aead_by_software(aead, NULL, NULL, aead->announced_len))
		return 0;
	return !aead->aad_len || vc_aead_by_software(aead, NULL, aead->aad, aead->aad_len);
}

/* If something has failed it may be plaintext again. */
static void forget_sealed(struct vc_aead *aead)
{
	OPENSSL_clear_free(aead->sealed, aead->sealed_len);
	aead->sealed = NULL;
}

/* The result is kept: what comes may be more of the message. */
static bool seal(struct vc_aead *aead, uint8_t *out, const uint8_t *in, size_t len)
{
	uint8_t *sealed = OPENSSL_malloc(len + aead->tag_len);

	if (!sealed)
		return false;
	if (vc_aead_ask(aead, sealed, in, len)) {
		OPENSSL_free(sealed);
		return false;
	}
	memcpy(out, sealed, len);
	memcpy(aead->tag, sealed + len, aead->tag_len);
	aead->tag_made = aead->tag_len;
	aead->tag_given = false;
	aead->sealed = sealed;
	aead->sealed_len = len;
	return true;
}

/*
 * One that does not verify may be the first part of one that does: software gives out its
 * plaintext, and says at the end what it is.  *@left: of a message that was not
 * opened, if that is no longer at @in.
 */
static bool unseal(struct vc_aead *aead, uint8_t *out, const uint8_t *in, size_t len,
		   uint8_t **left)
{
	uint8_t *sealed = OPENSSL_malloc(len + aead->tag_len);

	if (!sealed)
		return false;
	memcpy(sealed, in, len);
	memcpy(sealed + len, aead->tag, aead->tag_len);
	if (vc_aead_ask(aead, out, sealed, len)) {
		*left = sealed;
		return false;
	}
	OPENSSL_free(sealed);
	return true;
}

/*
 * The first data of a message.  Software is told their length even if nobody has announced it: one
 * that it has kept of an earlier message would have that one's IV.
 */
static int first(struct vc_aead *aead, uint8_t *out, const uint8_t *in, size_t len)
{
	bool ready = aead->keyed && aead->iv_set && (aead->encrypt || aead->tag_given);
	uint8_t *left = NULL;
	int done;

	if (!aead->announced)
		vc_aead_announce(aead, len);
	if (aead->announced && aead->announced_len != len)
		return 0;
	if (aead->in_parts || !ready || !vc_aead_worth_it(aead, len))
		done = 0;
	else if (aead->encrypt)
		done = seal(aead, out, in, len);
	else
		done = unseal(aead, out, in, len, &left);
	if (done)
		aead->state = VC_AEAD_DEVICE;
	else
		done = vc_aead_to_software(aead) &&
		       vc_aead_by_software(aead, out, left ? left : in, len);
	OPENSSL_free(left);
	return done;
}

/* The plaintext that the device has encrypted is known by its ciphertext. */
static bool reveal(struct vc_aead *aead)
{
	EVP_CIPHER_CTX *other = EVP_CIPHER_CTX_new();
	int made;
	bool done = other && EVP_CIPHER_CTX_copy(other, aead->software) &&
		    EVP_CipherInit_ex(other, NULL, NULL, aead->key, aead->iv, 0) &&
		    EVP_CipherUpdate(other, aead->sealed, &made, aead->sealed,
				     (int)aead->sealed_len);

	EVP_CIPHER_CTX_free(other);
	return done;
}

/* More of a message that the device has taken for all. */
static int more(struct vc_aead *aead)
{
	int done = aead->sealed && reveal(aead) && vc_aead_to_software(aead) &&
		   vc_aead_by_software(aead, aead->sealed, aead->sealed, aead->sealed_len);

	aead->in_parts = true;
	forget_sealed(aead);
	return done;
}

static int add_data(struct vc_aead *aead, uint8_t *out, const uint8_t *in, size_t len)
{
	switch (aead->state) {
	case VC_AEAD_BEGUN:
		return first(aead, out, in, len);
	case VC_AEAD_DEVICE:
		if (!len)
			return 1;
		return more(aead) && vc_aead_by_software(aead, out, in, len);
	case VC_AEAD_SOFTWARE:
		return vc_aead_by_software(aead, out, in, len);
	default:
		return 0;
	}
}

/* CCM is told the length of a message beforehand: without any bytes. */
static int add_aad(struct vc_aead *aead, const uint8_t *in, size_t len)
{
	if (aead->state == VC_AEAD_DEVICE || aead->state == VC_AEAD_OVER)
		return 0;
	if (!in && is_ccm(aead) && aead->state == VC_AEAD_BEGUN) {
		vc_aead_announce(aead, len);
		return 1;
	}
	if (is_ccm(aead) && len && !aead->announced)
		return 0;
	if (in && aead->state == VC_AEAD_BEGUN && len <= sizeof(aead->aad) - aead->aad_len) {
		memcpy(aead->aad + aead->aad_len, in, len);
		aead->aad_len += len;
		return 1;
	}
	if (in && aead->state == VC_AEAD_BEGUN && !vc_aead_to_software(aead))
		return 0;
	return vc_aead_by_software(aead, NULL, in, len);
}

int vc_aead_update(void *context, uint8_t *out, size_t *out_len, size_t out_size,
		   const uint8_t *in, size_t len)
{
	struct vc_aead *aead = context;
	int done;

	*out_len = 0;
	if (aead->record && (!in || out != in))
		return vc_fail(PROV_R_CIPHER_OPERATION_FAILED);
	if (aead->record)
		return vc_aead_record(aead, out, out_len, len);
	if (out && out_size < len)
		return vc_fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
	done = out ? add_data(aead, out, in, len) : add_aad(aead, in, len);
	if (!done)
		return vc_fail(PROV_R_CIPHER_OPERATION_FAILED);
	*out_len = len;
	return 1;
}

int vc_aead_final(void *context, uint8_t *out, size_t *out_len, size_t out_size)
{
	struct vc_aead *aead = context;
	uint8_t nothing[VC_BLOCK];
	int made, done = 1;

	(void)out;
	(void)out_size;
	*out_len = 0;
	if (aead->state == VC_AEAD_OVER)
		return 0;
	if (aead->state == VC_AEAD_BEGUN)
		done = vc_aead_to_software(aead);
	if (aead->state == VC_AEAD_SOFTWARE)
		done = done && EVP_CipherFinal_ex(aead->software, nothing, &made);
	forget_sealed(aead);
	vc_aead_over(aead);
	return done;
}

int vc_aead_cipher(void *context, uint8_t *out, size_t *out_len, size_t out_size,
		   const uint8_t *in, size_t len)
{
	struct vc_aead *aead = context;

	if (!in && (out || !is_ccm(aead)) && !aead->record)
		return vc_aead_final(context, out, out_len, out_size);
	return vc_aead_update(context, out, out_len, out_size, in, len);
}
