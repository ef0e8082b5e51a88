// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AUTHCRYPT from driver to engine and back.  What is sealed is what libcrypto
 * gives when asked directly; what is opened is the plaintext; what has been
 * spoilt is not opened.
 */
#include "roundtrip.h"
#include "scratch.h"

#define MAX_LEN 4096
#define MAX_PARTS 6
#define ROOM (MAX_LEN + 2 * VCRYPTO_MAX_DIGEST + VCRYPTO_MAX_IV)

/* What is sealed, and what comes out: text, tag, IV, as the device lays them out. */
struct auth {
	struct vcrypto_authcrypt_args args;
	struct keyed *keyed;
	const struct kind *kind;
	uint32_t block;
	uint8_t aad[DRIVER_AAD];
	uint8_t trailer[DRIVER_AAD];
	uint8_t truth[ROOM];
	uint8_t tag[VCRYPTO_MAX_DIGEST];
};

static const struct kind {
	enum vcrypto_auth_mode mode;
	uint32_t cipher, mac;
	const char *name;
	uint32_t inner_mac;
} kinds[] = {
	{ VCRYPTO_AUTH_AEAD, VCRYPTO_CIPHER_AES_GCM, 0, "GCM", 0 },
	{ VCRYPTO_AUTH_TLS, VCRYPTO_CIPHER_AES_CBC, VCRYPTO_MAC_HMAC_SHA1, "CBC",
	  VCRYPTO_MAC_HMAC_SHA1 },
	{ VCRYPTO_AUTH_SRTP, VCRYPTO_CIPHER_AES_CTR, VCRYPTO_MAC_HMAC_SHA1, "CTR",
	  VCRYPTO_MAC_HMAC_SHA1 },
	{ VCRYPTO_AUTH_AEAD, VCRYPTO_CIPHER_AES_CCM, 0, "CCM", 0 },
	{ VCRYPTO_AUTH_AEAD, VCRYPTO_CIPHER_CHACHA20_POLY1305, 0, NULL, 0 },
	{ VCRYPTO_AUTH_TLS, VCRYPTO_CIPHER_TLS12_AES_CBC_HMAC_SHA256, 0, "CBC",
	  VCRYPTO_MAC_HMAC_SHA2_256 },
	{ VCRYPTO_AUTH_TLS, VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1, 0, "CBC",
	  VCRYPTO_MAC_HMAC_SHA1 },
	{ VCRYPTO_AUTH_TLS, VCRYPTO_CIPHER_AES_CTR, VCRYPTO_MAC_HMAC_SHA2_256, "CTR",
	  VCRYPTO_MAC_HMAC_SHA2_256 },
};

/* Long enough for what is spoilt not to have it by chance. */
static uint16_t choose_tag_len(const struct auth *auth, struct input *in)
{
	if (auth->keyed->recipe.cipher == VCRYPTO_CIPHER_CHACHA20_POLY1305)
		return 16;
	if (auth->args.mode == VCRYPTO_AUTH_AEAD)
		return (uint16_t)(16 - 4 * input_below(in, 3));
	return (uint16_t)(vcrypto_mac_find(auth->kind->inner_mac)->digest_len - (input_rare(in, 3) ?
			  input_below(in, vcrypto_mac_find(auth->kind->inner_mac)->digest_len - 7u) : 0));
}

/* What does not change as long as the session lives. */
static void choose_keys(struct keyed *keyed, struct input *in)
{
	struct recipe *recipe = &keyed->recipe;
	const struct kind *kind;

	memset(recipe, 0, sizeof(*recipe));
	keyed->kind = input_below(in, sizeof(kinds) / sizeof(kinds[0]));
	kind = &kinds[keyed->kind];
	recipe->cipher = kind->cipher;
	recipe->mac = kind->mac;
	recipe->cipher_key_len = kind->name ? 16 + 8 * input_below(in, 3) : 32;
	recipe->mac_key_len = kind->inner_mac ? 1 + input_below(in, 80) : 0;
	input_fill(in, recipe->cipher_key, recipe->cipher_key_len);
	input_fill(in, recipe->mac_key, recipe->mac_key_len);
}

static void open_session(struct driver *driver, struct keyed *keyed, uint32_t context,
			 uint32_t session)
{
	const struct kind *kind = &kinds[keyed->kind];
	const EVP_CIPHER *cipher = kind->name ?
		reference_cipher(kind->name, keyed->recipe.cipher_key_len) :
		reference_cipher("ChaCha20-Poly1305", 0);

	keyed->recipe.context = context;
	keyed->session[0] = session;
	CHECK(driver_session_new(driver, &keyed->recipe, session) == VCRYPTO_OK);
	reference_open(&keyed->reference, &keyed->recipe, cipher,
		       vcrypto_mac_find(kind->inner_mac));
}

static uint32_t choose_len(struct input *in, uint32_t usual, uint32_t most)
{
	return input_below(in, input_rare(in, 32) ? most + 1 : usual);
}

static void choose(struct auth *auth, struct input *in)
{
	struct vcrypto_authcrypt_args *args = &auth->args;
	struct recipe *recipe = &auth->keyed->recipe;

	args->mode = auth->kind->mode;
	args->context = recipe->context;
	args->session = auth->keyed->session[0];
	args->tag_len = choose_tag_len(auth, in);
	input_fill(in, recipe->iv, sizeof(recipe->iv));
	if (recipe->cipher == VCRYPTO_CIPHER_AES_CCM)
		recipe->iv[0] = (uint8_t)(1 + input_below(in, 7));
	args->iv = recipe->iv;
	args->iv_len = args->iv_out_len = vcrypto_cipher_find(recipe->cipher)->iv_len;
	args->aad_len = choose_len(in, 32, DRIVER_AAD);
	args->src_len = args->dst_len = choose_len(in, 200, MAX_LEN);
	if (args->mode == VCRYPTO_AUTH_SRTP)
		args->trailer_len = input_below(in, 8);
	if (args->mode == VCRYPTO_AUTH_TLS)
		args->dst_len = (uint32_t)vcrypto_record_len(args->src_len, args->tag_len,
							     auth->block);
	input_fill(in, auth->aad, args->aad_len);
	input_fill(in, auth->trailer, args->trailer_len);
	recipe->len = args->src_len;
	recipe->plain = scratch_alloc(args->src_len);
	input_fill(in, recipe->plain, args->src_len);
}

/* --- what libcrypto gives --- */

static void truth_aead(struct auth *auth)
{
	const struct vcrypto_authcrypt_args *args = &auth->args;
	bool ccm = auth->keyed->recipe.cipher == VCRYPTO_CIPHER_AES_CCM;
	const uint8_t *nonce = args->iv + ccm;
	int nonce_len = ccm ? 14 - args->iv[0] : 12;
	EVP_CIPHER_CTX *ctx = auth->keyed->reference.cipher;
	const uint8_t *key = ccm ? auth->keyed->recipe.cipher_key : NULL;
	int len;

	if (ccm)
		CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) == 1);
	if (ccm)
		CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, args->tag_len, NULL) == 1);
	CHECK(EVP_EncryptInit_ex2(ctx, NULL, key, nonce, NULL) == 1);
	if (ccm)
		CHECK(EVP_EncryptUpdate(ctx, NULL, &len, NULL, (int)args->src_len) == 1);
	if (args->aad_len)
		CHECK(EVP_EncryptUpdate(ctx, NULL, &len, auth->aad, (int)args->aad_len) == 1);
	if (ccm || args->src_len)
		CHECK(EVP_EncryptUpdate(ctx, auth->truth, &len, auth->keyed->recipe.plain,
					(int)args->src_len) == 1);
	CHECK(EVP_EncryptFinal_ex(ctx, auth->tag, &len) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, args->tag_len, auth->tag) == 1);
	memcpy(auth->truth + args->dst_len, auth->tag, args->tag_len);
	memcpy(auth->truth + args->dst_len + args->tag_len, args->iv, args->iv_len);
}

static void truth_mac(struct auth *auth, const uint8_t *text)
{
	static uint8_t all[2 * DRIVER_AAD + ROOM];
	const struct vcrypto_authcrypt_args *args = &auth->args;
	size_t len = (size_t)args->aad_len + args->src_len + args->trailer_len;

	memcpy(all, auth->aad, args->aad_len);
	memcpy(all + args->aad_len, text, args->src_len);
	memcpy(all + args->aad_len + args->src_len, auth->trailer, args->trailer_len);
	(void)reference_mac(&auth->keyed->reference, &auth->keyed->recipe, all, len, auth->tag);
}

/* @text of dst_len bytes to truth, and the IV @after bytes behind it. */
static void truth_cipher(struct auth *auth, const uint8_t *text, size_t after)
{
	EVP_CIPHER_CTX *ctx = auth->keyed->reference.cipher;
	uint32_t dst_len = auth->args.dst_len;
	int len;

	CHECK(EVP_EncryptInit_ex2(ctx, NULL, NULL, auth->args.iv, NULL) == 1);
	CHECK(EVP_EncryptUpdate(ctx, auth->truth, &len, text, (int)dst_len) == 1);
	CHECK(EVP_CIPHER_CTX_get_updated_iv(ctx, auth->truth + dst_len + after, 16) == 1);
}

static void truth_tls(struct auth *auth)
{
	uint32_t at = auth->args.src_len + auth->args.tag_len;
	uint8_t text[ROOM];

	truth_mac(auth, auth->keyed->recipe.plain);
	memcpy(text, auth->keyed->recipe.plain, auth->args.src_len);
	memcpy(text + auth->args.src_len, auth->tag, auth->args.tag_len);
	memset(text + at, (int)(auth->args.dst_len - at - 1), auth->args.dst_len - at);
	truth_cipher(auth, text, 0);
}

static void truth_srtp(struct auth *auth)
{
	truth_cipher(auth, auth->keyed->recipe.plain, auth->args.tag_len);
	truth_mac(auth, auth->truth);
	memcpy(auth->truth + auth->args.dst_len, auth->tag, auth->args.tag_len);
}

/* --- and what the device gives --- */

/* Sends @args with the source @from, in place if the input says so. */
static int send_text(struct driver *driver, const struct auth *auth,
		     const struct vcrypto_authcrypt_args *args, const uint8_t *from,
		     uint8_t *result, uint32_t *content_len)
{
	bool in_place = args->src_len && (input_u8(driver->in) & 1);

	memcpy(result, from, in_place ? args->src_len : 0);
	return driver_authcrypt(driver, args, auth->aad, in_place ? result : from, auth->trailer,
				auth->tag, result, content_len);
}

static void seal(struct driver *driver, const struct auth *auth)
{
	bool tag = auth->args.mode != VCRYPTO_AUTH_TLS;
	size_t len = (size_t)auth->args.dst_len + (tag ? auth->args.tag_len : 0) +
		     auth->args.iv_out_len;
	uint8_t *result = scratch_alloc(len);
	uint32_t content_len;

	CHECK(send_text(driver, auth, &auth->args, auth->keyed->recipe.plain, result, &content_len) ==
	      VCRYPTO_OK);
	CHECK(content_len == auth->args.dst_len);
	CHECK(!memcmp(result, auth->truth, len));
}

static struct vcrypto_authcrypt_args opening(const struct auth *auth)
{
	struct vcrypto_authcrypt_args args = auth->args;

	args.decrypt = true;
	args.src_len = args.dst_len;
	return args;
}

static void open_it(struct driver *driver, const struct auth *auth)
{
	struct vcrypto_authcrypt_args args = opening(auth);
	uint8_t *result = scratch_alloc((size_t)args.dst_len + args.iv_out_len);
	uint32_t content_len, i;

	CHECK(send_text(driver, auth, &args, auth->truth, result, &content_len) == VCRYPTO_OK);
	CHECK(content_len == auth->keyed->recipe.len);
	CHECK(!memcmp(result, auth->keyed->recipe.plain, content_len));
	for (i = content_len; i < args.dst_len; i++)
		CHECK(!result[i]);
	CHECK(!memcmp(result + args.dst_len, auth->truth + args.dst_len +
		      (args.mode == VCRYPTO_AUTH_TLS ? 0 : args.tag_len), args.iv_out_len));
}

/* One bit is wrong somewhere that is authenticated; of a record it may be the padding. */
static void open_spoilt(struct driver *driver, struct auth *auth)
{
	struct vcrypto_authcrypt_args args = opening(auth);
	uint8_t *result = scratch_alloc((size_t)args.dst_len + args.iv_out_len);
	uint8_t bit = (uint8_t)(1u << input_below(driver->in, 8));
	uint32_t content_len, i;

	if (args.aad_len && input_rare(driver->in, 3))
		auth->aad[input_below(driver->in, args.aad_len)] ^= bit;
	else if (args.trailer_len && input_rare(driver->in, 2))
		auth->trailer[input_below(driver->in, args.trailer_len)] ^= bit;
	else if (args.src_len && (args.mode == VCRYPTO_AUTH_TLS || input_rare(driver->in, 2)))
		auth->truth[input_below(driver->in, args.src_len)] ^= bit;
	else
		auth->tag[input_below(driver->in, args.tag_len)] ^= bit;
	CHECK(send_text(driver, auth, &args, auth->truth, result, &content_len) ==
	      VCRYPTO_AUTH_FAILED);
	CHECK(!content_len);
	for (i = 0; i < args.dst_len; i++)
		CHECK(!result[i]);
}

/* An AEAD message in several requests, in either direction. */
static void in_parts(struct driver *driver, const struct auth *auth, bool decrypt)
{
	struct vcrypto_authcrypt_args args = decrypt ? opening(auth) : auth->args;
	const uint8_t *from = decrypt ? auth->truth : auth->keyed->recipe.plain;
	const uint8_t *to = decrypt ? auth->keyed->recipe.plain : auth->truth;
	uint8_t result[ROOM];
	bool ccm = auth->keyed->recipe.cipher == VCRYPTO_CIPHER_AES_CCM;
	uint32_t at = 0, parts = 0, len, content_len;

	args.iv_out_len = 0;
	do {
		len = input_below(driver->in, auth->keyed->recipe.len - at + 1);
		args.more = ++parts < MAX_PARTS && driver->in->left && at + len < auth->keyed->recipe.len;
		if (!args.more)
			len = auth->keyed->recipe.len - at;
		args.src_len = args.dst_len = len;
		args.message_len = ccm && args.more && !args.go_on ? auth->keyed->recipe.len : 0;
		args.tag_len = args.more && !args.message_len ? 0 : auth->args.tag_len;
		CHECK(send_text(driver, auth, &args, from + at, result, &content_len) ==
		      VCRYPTO_OK);
		CHECK(!memcmp(result, to + at, len));
		args.go_on = true;
		args.iv_len = 0;
		args.aad_len = 0;
		at += len;
	} while (args.more);
	if (!decrypt)
		CHECK(!memcmp(result + len, auth->tag, args.tag_len));
}

static void there_and_back(struct driver *driver, struct keyed *keyed)
{
	static const uint8_t weights[] = { 3, 3, 3, 2, 2 };
	static struct auth auth;
	struct input *in = driver->in;
	unsigned int things;

	memset(&auth.args, 0, sizeof(auth.args));
	auth.keyed = keyed;
	auth.kind = &kinds[keyed->kind];
	auth.block = vcrypto_cipher_find(auth.kind->cipher)->block;
	choose(&auth, in);
	if (auth.args.mode == VCRYPTO_AUTH_AEAD)
		truth_aead(&auth);
	else if (auth.args.mode == VCRYPTO_AUTH_TLS)
		truth_tls(&auth);
	else
		truth_srtp(&auth);
	/* One or two of all that should work, or not: the truth is known. */
	things = input_rare(in, 3) ? 2 : 1;
	do {
		switch (input_choose(in, weights, auth.args.mode == VCRYPTO_AUTH_AEAD ? 5 : 3)) {
		case 0:
			seal(driver, &auth);
			break;
		case 1:
			open_it(driver, &auth);
			break;
		case 2:
			open_spoilt(driver, &auth);
			return;
		case 3:
			in_parts(driver, &auth, false);
			break;
		default:
			in_parts(driver, &auth, true);
		}
	} while (--things);
}

static struct keyed *pooled_session(struct driver *driver)
{
	uint32_t n = input_below(driver->in, POOL_LEN);
	struct keyed *keyed = &driver->auth_pool[n];
	struct input *outer = driver->in;
	uint8_t bytes[64];
	struct input in;

	if (keyed->live)
		return keyed;
	in = pool_input(bytes, n, 0);
	driver->in = &in;
	choose_keys(keyed, &in);
	driver_pool_context(driver);
	open_session(driver, keyed, POOL_CONTEXT, DRIVER_SESSIONS + HANDLES * POOL_LEN + n);
	keyed->live = true;
	driver->in = outer;
	return keyed;
}

void auth_round(struct driver *driver, bool pooled)
{
	static struct keyed keyed;

	if (pooled) {
		there_and_back(driver, pooled_session(driver));
		return;
	}
	choose_keys(&keyed, driver->in);
	CHECK(driver_context_open(driver, 0) == VCRYPTO_OK);
	open_session(driver, &keyed, 0, 0);
	there_and_back(driver, &keyed);
	CHECK(driver_context_close(driver, 0) == VCRYPTO_OK);
	reference_close(&keyed.reference);
}
