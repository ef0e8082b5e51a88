// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* AUTHCRYPT, modes TLS (protocol 4.8.3) and SRTP (4.8.4). */
#include "flat.h"
#include "reference.h"

#define LEN 600
#define AAD 13

static struct vcrypto_engine *engine;
static struct flat flat;
static uint8_t text[LEN], aad[AAD], trailer[4];
static const uint8_t zeros[LEN + 64];
static const uint8_t iv[16] = { 250, 240, 230, 220, 210, 200, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

/* A session and what the reference has to know of it. */
struct kind {
	uint32_t cipher;	/* of the session */
	uint32_t key_len;
	uint32_t mac;		/* of the session; 0: a TLS record cipher */
	uint32_t ref_cipher;
	uint32_t ref_mac;
	uint16_t block, iv_len, digest_len;
};

static const struct kind kinds[] = {
	{ VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA1, VCRYPTO_CIPHER_AES_CBC,
	  VCRYPTO_MAC_HMAC_SHA1, 16, 16, 20 },
	{ VCRYPTO_CIPHER_AES_CBC, 32, VCRYPTO_MAC_HMAC_SHA2_512, VCRYPTO_CIPHER_AES_CBC,
	  VCRYPTO_MAC_HMAC_SHA2_512, 16, 16, 64 },
	{ VCRYPTO_CIPHER_3DES_CBC, 24, VCRYPTO_MAC_HMAC_MD5, VCRYPTO_CIPHER_3DES_CBC,
	  VCRYPTO_MAC_HMAC_MD5, 8, 8, 16 },
	{ VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1, 16, 0, VCRYPTO_CIPHER_AES_CBC,
	  VCRYPTO_MAC_HMAC_SHA1, 16, 16, 20 },
	{ VCRYPTO_CIPHER_TLS12_AES_CBC_HMAC_SHA256, 32, 0, VCRYPTO_CIPHER_AES_CBC,
	  VCRYPTO_MAC_HMAC_SHA2_256, 16, 16, 32 },
	{ VCRYPTO_CIPHER_AES_ECB, 16, VCRYPTO_MAC_HMAC_SHA1, VCRYPTO_CIPHER_AES_ECB,
	  VCRYPTO_MAC_HMAC_SHA1, 16, 0, 20 },
	/* From here on SRTP too. */
	{ VCRYPTO_CIPHER_AES_CTR, 16, VCRYPTO_MAC_HMAC_SHA1, VCRYPTO_CIPHER_AES_CTR,
	  VCRYPTO_MAC_HMAC_SHA1, 1, 16, 20 },
	{ VCRYPTO_CIPHER_AES_CFB, 24, VCRYPTO_MAC_HMAC_SHA2_384, VCRYPTO_CIPHER_AES_CFB,
	  VCRYPTO_MAC_HMAC_SHA2_384, 1, 16, 48 },
	{ VCRYPTO_CIPHER_AES_OFB, 32, VCRYPTO_MAC_HMAC_SHA3_256, VCRYPTO_CIPHER_AES_OFB,
	  VCRYPTO_MAC_HMAC_SHA3_256, 1, 16, 32 },
	{ VCRYPTO_CIPHER_NULL, 0, VCRYPTO_MAC_HMAC_RIPEMD160, VCRYPTO_CIPHER_NULL,
	  VCRYPTO_MAC_HMAC_RIPEMD160, 1, 0, 20 },
};

#define STREAMS 6	/* the first one that SRTP takes */
#define CBC_SHA1 0
#define TLS11 3
#define CTR_SHA1 6

static void make(uint32_t session, const struct kind *kind)
{
	struct vcrypto_session_args args = both_args(session, kind->cipher, kind->key_len,
						     kind->mac, 20);

	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
}

/* Session 0 anew, of the kind with this index. */
static void use(size_t i)
{
	flat_free(&flat, 0, 0);
	(void)flat_status(engine, &flat);
	make(0, &kinds[i]);
}

static int start(void **state)
{
	(void)state;
	engine = flat_engine(real_backend());
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	pattern(text, sizeof(text), 3);
	pattern(aad, sizeof(aad), 4);
	pattern(trailer, sizeof(trailer), 5);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

static struct vcrypto_authcrypt_args record(const struct kind *kind, uint32_t len,
					    uint16_t tag_len)
{
	return (struct vcrypto_authcrypt_args){
		.mode = VCRYPTO_AUTH_TLS, .iv = iv, .iv_len = kind->iv_len, .tag_len = tag_len,
		.aad_len = AAD, .src_len = len,
		.dst_len = (uint32_t)vcrypto_record_len(len, tag_len, kind->block),
	};
}

static struct vcrypto_authcrypt_args packet(const struct kind *kind, uint32_t len,
					    uint16_t tag_len)
{
	return (struct vcrypto_authcrypt_args){
		.mode = VCRYPTO_AUTH_SRTP, .iv = iv, .iv_len = kind->iv_len, .tag_len = tag_len,
		.aad_len = AAD, .src_len = len, .dst_len = len, .trailer_len = sizeof(trailer),
	};
}

static int run(const struct vcrypto_authcrypt_args *args, const void *source, const void *tag)
{
	flat_authcrypt(&flat, args, aad, source, trailer, tag);
	return flat_status(engine, &flat);
}

static uint32_t reply_dst_len(void)
{
	struct vcrypto_response_header header;

	memcpy(&header, flat.reply, sizeof(header));
	return vcrypto_get32(header.dst_len);
}

/*
 * A record of @len bytes of text with @padding bytes of padding, the last of which
 * says so, whatever the others are; returns its length.
 */
static uint32_t ref_record(const struct kind *kind, uint32_t len, uint16_t tag_len,
			   uint32_t padding, uint8_t *out)
{
	uint8_t digest[VCRYPTO_MAX_DIGEST];

	ref_hmac(kind->ref_mac, key_bytes, 20, aad, AAD, text, len, NULL, 0, digest);
	memmove(out, text, len);
	memcpy(out + len, digest, tag_len);
	memset(out + len + tag_len, (int)(padding - 1), padding);
	len += tag_len + padding;
	ref_cipher(kind->ref_cipher, key_bytes, kind->key_len, iv, false, out, len, out);
	return len;
}

/* --- 4.8.3 --- */

/* 4.TLS.3, 4.TLS.4 */
static void a_record_is_content_mac_and_the_shortest_padding(void **state)
{
	uint16_t tag_lens[3] = { 1, 10, 0 };
	uint8_t expected[LEN + 128];
	uint32_t len, total;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		tag_lens[2] = kinds[i].digest_len;
		use(i);
		for (j = 0; j < 3; j++)
			for (len = 0; len < 70; len++) {
				struct vcrypto_authcrypt_args args =
					record(&kinds[i], len, tag_lens[j]);
				uint32_t bare = len + tag_lens[j];

				total = ref_record(&kinds[i], len, tag_lens[j],
						   kinds[i].block == 1 ? 0 :
						   kinds[i].block - bare % kinds[i].block,
						   expected);
				assert_int_equal(args.dst_len, total);
				assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
				assert_int_equal(reply_dst_len(), total);
				assert_memory_equal(flat.reply + 16, expected, total);
				args.decrypt = true;
				args.src_len = args.dst_len = total;
				assert_int_equal(run(&args, expected, NULL), VCRYPTO_OK);
				assert_int_equal(reply_dst_len(), len);
				assert_memory_equal(flat.reply + 16, text, len);
				assert_memory_equal(flat.reply + 16 + len, zeros, total - len);
			}
	}
}

static void any_cut_of_a_record_gives_the_same(void **state)
{
	static const size_t pieces[] = { 1, 5, 16, 33 };
	uint8_t expected[LEN + 128];
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++)
		for (j = 0; j < COUNT(pieces); j++) {
			struct vcrypto_authcrypt_args args = record(&kinds[i], 117,
								    kinds[i].digest_len);
			struct flat_cut cut = { { 0, 0 }, pieces[j] };
			struct flat_cut other = { { 0, 0 }, pieces[COUNT(pieces) - 1 - j] };
			uint32_t bare = 117u + kinds[i].digest_len;
			uint32_t total = ref_record(&kinds[i], 117, kinds[i].digest_len,
						    kinds[i].block == 1 ? 0 :
						    kinds[i].block - bare % kinds[i].block,
						    expected);

			use(i);
			flat_authcrypt(&flat, &args, aad, text, NULL, NULL);
			assert_int_equal(flat_run(engine, &flat, &cut, &other), 16 + total);
			assert_memory_equal(flat.reply + 16, expected, total);
			args.decrypt = true;
			args.src_len = total;
			flat_authcrypt(&flat, &args, aad, expected, NULL, NULL);
			assert_int_equal(flat_run(engine, &flat, &cut, &other), 16 + total);
			assert_int_equal(reply_dst_len(), 117);
			assert_memory_equal(flat.reply + 16, text, 117);
		}
}

/* 4.TLS.4: RFC 5246, 6.2.3.2: up to 255 bytes, and the one that says how many */
static void any_padding_that_tls_allows_is_accepted(void **state)
{
	const struct kind *kind = &kinds[CBC_SHA1];
	uint8_t sealed[LEN + 512];
	uint32_t padding;

	(void)state;
	use(CBC_SHA1);
	for (padding = 1; padding <= 256; padding++) {
		uint32_t len = 320 - (padding + 20) % 16 - 16;
		struct vcrypto_authcrypt_args args = record(kind, 0, 20);

		while ((len + 20 + padding) % 16)
			len++;
		args.decrypt = true;
		args.src_len = args.dst_len = ref_record(kind, len, 20, padding, sealed);
		assert_int_equal(run(&args, sealed, NULL), VCRYPTO_OK);
		assert_int_equal(reply_dst_len(), len);
		assert_memory_equal(flat.reply + 16, text, len);
	}
}

/* The record @plain, of @len bytes, must not be accepted. */
static void must_fail(const struct kind *kind, uint8_t *plain, uint32_t len, uint16_t tag_len)
{
	struct vcrypto_authcrypt_args args = record(kind, 0, tag_len);
	uint8_t sealed[LEN + 512];

	ref_cipher(kind->ref_cipher, key_bytes, kind->key_len, iv, false, plain, len, sealed);
	args.decrypt = true;
	args.src_len = args.dst_len = len;
	flat_authcrypt(&flat, &args, aad, sealed, NULL, NULL);
	assert_int_equal(flat_run(engine, &flat, NULL, NULL), 16);
	assert_int_equal(flat_reply_status(&flat), VCRYPTO_AUTH_FAILED);
	assert_memory_equal(flat.reply + 16, zeros, len < LEN ? len : LEN);
}

/* 4.AUTH.6, 6.TIMING, 4.8: one answer for all of it */
static void a_wrong_byte_of_padding_mac_or_content_is_found(void **state)
{
	const struct kind *kind = &kinds[CBC_SHA1];
	uint8_t plain[512];
	uint32_t padding, len, i;

	(void)state;
	use(CBC_SHA1);
	for (padding = 12; padding <= 252; padding += 48) {
		len = ref_record(kind, 48, 20, padding, plain);
		ref_cipher(kind->ref_cipher, key_bytes, kind->key_len, iv, true, plain, len, plain);
		for (i = 0; i < len; i++) {
			plain[i] ^= (uint8_t)(1 << i % 8);
			must_fail(kind, plain, len, 20);
			plain[i] ^= (uint8_t)(1 << i % 8);
		}
	}
}

/* Padding that would begin before the record, or leave no room for the MAC. */
static void padding_that_is_longer_than_the_record_is_found(void **state)
{
	const struct kind *kind = &kinds[CBC_SHA1];
	uint8_t plain[512];
	uint32_t len, last;

	(void)state;
	use(CBC_SHA1);
	for (len = 32; len <= 288; len += 64)
		for (last = 0; last < 256; last++) {
			memset(plain, (int)last, len);
			must_fail(kind, plain, len, 20);
		}
}

static void a_record_without_room_for_mac_and_padding_fails(void **state)
{
	const struct kind *kind = &kinds[CBC_SHA1];
	uint8_t plain[64] = { 0 };

	(void)state;
	use(CBC_SHA1);
	must_fail(kind, plain, 0, 20);
	must_fail(kind, plain, 16, 20);
	use(CTR_SHA1);
	must_fail(&kinds[CTR_SHA1], plain, 19, 20);
}

/* 4.8.3, 4.7.3, 4.AUTH.4 */
static void the_iv_goes_on_from_record_to_record(void **state)
{
	uint8_t first[LEN], second[LEN], both[LEN], digest[VCRYPTO_MAX_DIGEST];
	const struct kind *kind;
	uint32_t len = 44, total;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		struct vcrypto_authcrypt_args args;

		kind = &kinds[i];
		use(i);
		/* A stream goes on only at a whole number of blocks. */
		len = kind->block == 1 ? 64u - kind->digest_len % 16 : 44;
		args = record(kind, len, kind->digest_len);
		total = args.dst_len;
		args.iv_out_len = kind->iv_len;
		assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
		memcpy(first, flat.reply + 16, total + kind->iv_len);
		args.iv_len = 0;
		assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
		memcpy(second, flat.reply + 16, total);
		/* As if it were one long text. */
		ref_hmac(kind->ref_mac, key_bytes, 20, aad, AAD, text, len, NULL, 0, digest);
		memcpy(both, text, len);
		memcpy(both + len, digest, kind->digest_len);
		memset(both + len + kind->digest_len, (int)(total - len - kind->digest_len - 1),
		       total - len - kind->digest_len);
		memcpy(both + total, both, total);
		ref_cipher(kind->ref_cipher, key_bytes, kind->key_len, iv, false, both, 2 * total,
			   both);
		assert_memory_equal(first, both, total);
		assert_memory_equal(second, both + total, total);
		if (kind->ref_cipher == VCRYPTO_CIPHER_AES_CBC)
			assert_memory_equal(first + total, both + total - 16, 16);
		/* And decrypted, the second after the first. */
		args.decrypt = true;
		args.src_len = total;
		args.iv_len = kind->iv_len;
		assert_int_equal(run(&args, first, NULL), VCRYPTO_OK);
		args.iv_len = 0;
		assert_int_equal(run(&args, second, NULL), VCRYPTO_OK);
		assert_memory_equal(flat.reply + 16, text, len);
	}
}

/* 3.4 */
static void a_record_that_fails_leaves_the_iv(void **state)
{
	struct vcrypto_authcrypt_args args = record(&kinds[CBC_SHA1], 40, 20);
	uint8_t sealed[2][64];

	(void)state;
	use(CBC_SHA1);
	assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
	memcpy(sealed[0], flat.reply + 16, 64);
	args.iv_len = 0;
	assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
	memcpy(sealed[1], flat.reply + 16, 64);
	args.decrypt = true;
	args.src_len = 64;
	args.iv_len = 16;
	assert_int_equal(run(&args, sealed[0], NULL), VCRYPTO_OK);
	args.iv_len = 0;
	assert_int_equal(run(&args, text, NULL), VCRYPTO_AUTH_FAILED);
	assert_int_equal(run(&args, sealed[1], NULL), VCRYPTO_OK);
}

/* 4.AUTH.1, 4.SRTP.1, 4.TLS.1, 6.TLS, 6.TAGLEN */
static void what_breaks_a_rule_of_records_is_refused(void **state)
{
	struct vcrypto_authcrypt_args good = record(&kinds[CBC_SHA1], 40, 20), args;
	struct vcrypto_session_args xts = both_args(1, VCRYPTO_CIPHER_AES_XTS, 32,
						    VCRYPTO_MAC_HMAC_SHA1, 20);
	struct vcrypto_session_args unkeyed = both_args(2, VCRYPTO_CIPHER_AES_CBC, 16,
							VCRYPTO_MAC_SHA1, 0);
	struct vcrypto_session_args gcm = cipher_args(3, VCRYPTO_CIPHER_AES_GCM, 16);
	struct vcrypto_session_args mac = hash_args(4, VCRYPTO_MAC_HMAC_SHA1, 20);
	const struct vcrypto_session_args *others[] = { &xts, &unkeyed, &gcm, &mac };
	size_t i;

	(void)state;
	use(CBC_SHA1);
#define REFUSED(change) do { \
	args = good; \
	change; \
	flat_authcrypt(&flat, &args, aad, text, trailer, text); \
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER); \
} while (0)
	REFUSED(args.tag_len = 0);
	REFUSED(args.tag_len = 21);
	REFUSED(args.dst_len--);
	REFUSED(args.dst_len += 16);
	REFUSED(args.trailer_len = 1);
	REFUSED(args.more = true);
	REFUSED(args.message_len = args.src_len);
	REFUSED(args.go_on = true);
	REFUSED(args.iv_len = 8);
	REFUSED(args.iv_out_len = 8);
	REFUSED((args.decrypt = true, args.dst_len = 40));
	REFUSED((args.decrypt = true, args.src_len = 64, args.dst_len = 48));
	REFUSED((args.mode = VCRYPTO_AUTH_SRTP, args.dst_len = 40));
	/* A record is no AEAD's message, and no part of one. */
	use(TLS11);
	good = record(&kinds[TLS11], 40, 20);
	REFUSED((args.mode = VCRYPTO_AUTH_AEAD, args.dst_len = 40));
	REFUSED((args.mode = VCRYPTO_AUTH_AEAD, args.dst_len = 40, args.tag_len = 0, args.more = true));
	use(CBC_SHA1);
	good = record(&kinds[CBC_SHA1], 40, 20);
	for (i = 0; i < COUNT(others); i++) {
		flat_session(&flat, others[i]);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
		REFUSED(args.session = others[i]->session);
		REFUSED((args.session = others[i]->session, args.iv_len = 0));
		REFUSED((args.session = others[i]->session, args.mode = VCRYPTO_AUTH_SRTP));
	}
	assert_int_equal(run(&good, text, NULL), VCRYPTO_OK);
}

/* 4.SRTP.1, 4.TLS.1, 6.2: with an HMAC of that length it would be right */
static void a_cmac_makes_no_records(void **state)
{
	static const uint32_t macs[] = { VCRYPTO_MAC_HMAC_MD5, VCRYPTO_MAC_CMAC_AES };
	struct vcrypto_authcrypt_args args = { .session = 1, .iv = iv, .iv_len = 16,
					       .tag_len = 16, .src_len = 40 };
	const struct vcrypto_capabilities *capabilities;
	size_t i;

	(void)state;
	use(CBC_SHA1);
	capabilities = vcrypto_lane_capabilities(vcrypto_engine_lane(engine));
	for (i = 0; i < COUNT(macs) && capabilities->macs & vcrypto_algorithm_bit(macs[i]); i++) {
		struct vcrypto_session_args session = both_args(1, VCRYPTO_CIPHER_AES_CTR, 16,
								macs[i], 16);
		enum vcrypto_status status = i ? VCRYPTO_BAD_PARAMETER : VCRYPTO_OK;

		flat_session(&flat, &session);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
		args.mode = VCRYPTO_AUTH_SRTP;
		args.dst_len = 40;
		assert_int_equal(run(&args, text, NULL), status);
		args.mode = VCRYPTO_AUTH_TLS;
		args.dst_len = 56;
		assert_int_equal(run(&args, text, NULL), status);
		flat_free(&flat, 0, 1);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	}
}

/* 4.7.2: what UPDATE has begun does not get into a record, nor the other way round */
static void a_record_has_a_hash_of_its_own(void **state)
{
	struct vcrypto_authcrypt_args args = record(&kinds[CBC_SHA1], 44, 20);
	struct vcrypto_crypt_args data = data_args(0, 32);
	uint8_t expected[96], digest[VCRYPTO_MAX_DIGEST];

	(void)state;
	use(CBC_SHA1);
	flat_crypt(&flat, &data, text);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	ref_record(&kinds[CBC_SHA1], 44, 20, 16, expected);
	assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
	assert_memory_equal(flat.reply + 16, expected, 80);
	data.mac_len = 20;
	flat_crypt(&flat, &data, text);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	ref_hmac(VCRYPTO_MAC_HMAC_SHA1, key_bytes, 20, text, 32, NULL, 0, NULL, 0, digest);
	assert_memory_equal(flat.reply + 16 + 32, digest, 20);
}

/* --- 4.8.4 --- */

static void ref_packet(const struct kind *kind, uint32_t len, uint8_t *out, uint8_t *tag)
{
	ref_cipher(kind->ref_cipher, key_bytes, kind->key_len, iv, false, text, len, out);
	ref_hmac(kind->ref_mac, key_bytes, 20, aad, AAD, out, len, trailer, sizeof(trailer), tag);
}

/* 4.SRTP.4, 4.SRTP.6 */
static void a_packet_is_encrypted_and_its_mac_covers_the_ciphertext(void **state)
{
	static const uint32_t lens[] = { 0, 1, 15, 16, 31, 160, LEN };
	static const size_t pieces[] = { 1, 9, 16, 1000 };
	uint8_t expected[LEN], tag[VCRYPTO_MAX_DIGEST];
	size_t i, j, k;

	(void)state;
	for (i = STREAMS; i < COUNT(kinds); i++)
		for (j = 0; j < COUNT(lens); j++)
			for (k = 0; k < COUNT(pieces); k++) {
				struct vcrypto_authcrypt_args args = packet(&kinds[i], lens[j],
									    k & 1 ? 10 : 20);
				struct flat_cut cut = { { 0, 0 }, pieces[k] };

				use(i);
				ref_packet(&kinds[i], lens[j], expected, tag);
				flat_authcrypt(&flat, &args, aad, text, trailer, NULL);
				assert_int_equal(flat_run(engine, &flat, &cut, &cut),
						 16 + lens[j] + args.tag_len);
				assert_memory_equal(flat.reply + 16, expected, lens[j]);
				assert_memory_equal(flat.reply + 16 + lens[j], tag, args.tag_len);
				args.decrypt = true;
				flat_authcrypt(&flat, &args, aad, expected, trailer, tag);
				assert_int_equal(flat_run(engine, &flat, &cut, &cut),
						 16 + lens[j]);
				assert_memory_equal(flat.reply + 16, text, lens[j]);
			}
}

/* 4.AUTH.6, 4.SRTP.5 */
static void each_wrong_bit_of_a_packet_is_found(void **state)
{
	struct vcrypto_authcrypt_args args = packet(&kinds[CTR_SHA1], 30, 10);
	uint8_t sealed[30], tag[VCRYPTO_MAX_DIGEST];
	size_t bit;

	(void)state;
	use(CTR_SHA1);
	ref_packet(&kinds[CTR_SHA1], 30, sealed, tag);
	args.decrypt = true;
	for (bit = 0; bit < 8 * (AAD + sizeof(sealed) + sizeof(trailer) + 10); bit++) {
		flat_authcrypt(&flat, &args, aad, sealed, trailer, tag);
		flat.request[flat.len - 1 - bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(flat_run(engine, &flat, NULL, NULL), 16);
		assert_int_equal(flat_reply_status(&flat), VCRYPTO_AUTH_FAILED);
		assert_memory_equal(flat.reply + 16, zeros, sizeof(sealed));
	}
	assert_int_equal(run(&args, sealed, tag), VCRYPTO_OK);
}

/* 4.AUTH.4, 4.8.4, 4.7.3: the counter after the packet, returned and kept */
static void a_packet_leaves_the_iv_for_the_next(void **state)
{
	struct vcrypto_authcrypt_args args = packet(&kinds[CTR_SHA1], 33, 20);
	uint8_t next[16], out[33];

	(void)state;
	use(CTR_SHA1);
	args.iv_out_len = 16;
	assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
	memcpy(next, iv, 16);
	next[15] = (uint8_t)(next[15] + 3);
	assert_memory_equal(flat.reply + 16 + 33 + 20, next, 16);
	args.iv_len = 0;
	assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
	ref_cipher(VCRYPTO_CIPHER_AES_CTR, key_bytes, 16, next, false, text, 33, out);
	assert_memory_equal(flat.reply + 16, out, 33);
}

/* --- memory that is shared --- */

static int process(const uint8_t *control, size_t control_len, uint8_t *src, size_t src_len,
		   uint8_t *dst, size_t dst_len)
{
	uint8_t header[16];
	struct iovec in[2] = { { (void *)(uintptr_t)control, control_len }, { src, src_len } };
	struct iovec out[2] = { { header, 16 }, { dst, dst_len } };
	struct vcrypto_io io = { in, out, 2, 2, 0 };

	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	return header[0];
}

/* 4.8 */
static void source_and_destination_of_a_record_may_overlap_in_any_way(void **state)
{
	struct vcrypto_authcrypt_args args = record(&kinds[CBC_SHA1], 100, 20);
	uint8_t expected[128], arena[512], control[VCRYPTO_MAX_AUTHCRYPT_CONTROL + AAD];
	struct vcrypto_response_header header;
	size_t at, len;
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	(void)state;
	use(CBC_SHA1);
	ref_record(&kinds[CBC_SHA1], 100, 20, 8, expected);
	for (at = 0; at <= 256; at++) {
		assert_true(vcrypto_build_authcrypt(&message, &args));
		len = message.len;
		memcpy(control + len, aad, AAD);
		memcpy(arena + 128, text, 100);
		assert_int_equal(process(control, len + AAD, arena + 128, 100, arena + at, 128),
				 VCRYPTO_OK);
		assert_memory_equal(arena + at, expected, 128);
	}
	args.decrypt = true;
	args.src_len = 128;
	for (at = 0; at <= 256; at++) {
		assert_true(vcrypto_build_authcrypt(&message, &args));
		len = message.len;
		memcpy(control + len, aad, AAD);
		memcpy(arena + 128, expected, 128);
		assert_int_equal(process(control, len + AAD, arena + 128, 128, arena + at, 128),
				 VCRYPTO_OK);
		assert_memory_equal(arena + at, text, 100);
		assert_memory_equal(arena + at + 100, zeros, 28);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_is_content_mac_and_the_shortest_padding),
		TEST(any_cut_of_a_record_gives_the_same),
		TEST(any_padding_that_tls_allows_is_accepted),
		TEST(a_wrong_byte_of_padding_mac_or_content_is_found),
		TEST(padding_that_is_longer_than_the_record_is_found),
		TEST(a_record_without_room_for_mac_and_padding_fails),
		TEST(the_iv_goes_on_from_record_to_record),
		TEST(a_record_that_fails_leaves_the_iv),
		TEST(what_breaks_a_rule_of_records_is_refused),
		TEST(a_cmac_makes_no_records),
		TEST(a_record_has_a_hash_of_its_own),
		TEST(a_packet_is_encrypted_and_its_mac_covers_the_ciphertext),
		TEST(each_wrong_bit_of_a_packet_is_found),
		TEST(a_packet_leaves_the_iv_for_the_next),
		TEST(source_and_destination_of_a_record_may_overlap_in_any_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
