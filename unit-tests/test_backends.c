// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One backend against the other: the same random requests, each in cuts of its
 * own and sometimes with source and destination on top of each other, have to be
 * answered with the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "flat.h"

#define SESSIONS 6
#define ROUNDS 15000
#define MAX_LEN 700

static uint64_t seed = 0x6e6574;
static struct vcrypto_engine *engines[2];
static uint64_t ciphers, macs;		/* that both have */
static struct flat flat;
static uint32_t good[64], forged[64];	/* by cipher: messages, and forgeries found */

static struct model {
	struct vcrypto_session_args args;
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	bool open;	/* of a MAC: a message has begun */
	uint8_t keys[VCRYPTO_MAX_CIPHER_KEY + VCRYPTO_MAX_MAC_KEY];
} models[SESSIONS];

/* A message, its parts, and what became of them. */
struct message {
	uint8_t iv[VCRYPTO_MAX_IV];
	uint8_t aad[60], trailer[8];
	uint8_t plain[MAX_LEN];
	uint8_t sealed[MAX_LEN + VCRYPTO_MAX_DIGEST + VCRYPTO_MAX_BLOCK];
	uint8_t tag[VCRYPTO_MAX_DIGEST];
	struct vcrypto_authcrypt_args args;
};

static uint32_t below(uint32_t limit)
{
	return random_below(&seed, limit);
}

static struct flat_cut random_cut(void)
{
	struct flat_cut cut = { { below(400), below(900) }, below(3) ? 0 : 1 + below(70) };

	return cut;
}

/*
 * The source, @len bytes at @at of the request, and the destination share an arena:
 * in place or at unlike offsets.  Both are of several segments.
 */
static uint32_t run_overlapping(struct vcrypto_engine *engine, size_t at, size_t len)
{
	static uint8_t arena[4 * MAX_LEN];
	size_t from = MAX_LEN + below(MAX_LEN);
	size_t to = below(2) ? from : MAX_LEN + below(MAX_LEN);
	size_t dst_len = flat.expect.dst_len;
	size_t cut = len ? below((uint32_t)len) : 0, dst_cut = dst_len ? below((uint32_t)dst_len) : 0;
	struct iovec in[] = {
		{ flat.request, at }, { arena + from, cut }, { arena + from + cut, len - cut },
		{ flat.request + at + len, flat.len - at - len },
	};
	struct iovec out[] = {
		{ flat.reply, 16 }, { arena + to, dst_cut },
		{ arena + to + dst_cut, dst_len - dst_cut },
		{ flat.reply + 16 + dst_len, flat.reply_len - 16 - dst_len },
	};
	struct vcrypto_io io = { in, out, COUNT(in), COUNT(out), 0 };

	memset(flat.reply, SIM_FILL, flat.reply_len);
	memcpy(arena + from, flat.request + at, len);
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	memcpy(flat.reply + 16, arena + to, dst_len);
	return io.written;
}

static uint32_t run_cut(struct vcrypto_engine *engine)
{
	struct flat_cut readable = random_cut(), writable = random_cut();

	return flat_run(engine, &flat, &readable, &writable);
}

/* The status, which both give, with the same reply. */
static int run_both(size_t source_at, size_t source_len)
{
	static uint8_t expected[FLAT_MAX];
	uint32_t first = below(2);
	uint32_t written = run_cut(engines[first]), again;

	memcpy(expected, flat.reply, flat.reply_len);
	if (source_len && below(3) == 0)
		again = run_overlapping(engines[!first], source_at, source_len);
	else
		again = run_cut(engines[!first]);
	assert_int_equal(again, written);
	/* A refusal writes its header alone, and the rest is as it was, or wiped. */
	assert_memory_equal(flat.reply, expected, written);
	return (int)flat_reply_status(&flat);
}

static bool offered(uint64_t bitmap, uint32_t id)
{
	return bitmap & vcrypto_algorithm_bit(id);
}

static uint32_t random_id(uint64_t bitmap)
{
	uint32_t id;

	do
		id = 1 + below(63);
	while (!offered(bitmap, id));
	return id;
}

/* Any algorithms, any keys that they allow, now and then a weak one. */
static void random_session(struct model *model, uint32_t handle)
{
	struct vcrypto_session_args *args = &model->args;
	uint32_t kind = below(4);

	*args = (struct vcrypto_session_args){ .session = handle };
	args->cipher = kind ? random_id(ciphers) : VCRYPTO_CIPHER_NONE;
	model->cipher = vcrypto_cipher_find(args->cipher);
	if (kind == 0 || (kind == 1 && !model->cipher->tag_len))
		args->mac = random_id(macs);
	model->mac = vcrypto_mac_find(args->mac);
	model->open = false;
	if (model->mac && model->mac->iv_len) {
		args->cipher = VCRYPTO_CIPHER_NONE;
		model->cipher = NULL;
	}
	pattern(model->keys, sizeof(model->keys), seed);
	if (below(8) == 0)
		memset(model->keys, (int)below(4) * 0x55, VCRYPTO_MAX_CIPHER_KEY);
	args->cipher_key = model->keys;
	args->mac_key = model->keys + VCRYPTO_MAX_CIPHER_KEY;
	if (model->cipher)
		do
			args->cipher_key_len = below(VCRYPTO_MAX_CIPHER_KEY + 1);
		while (!vcrypto_cipher_key_len_ok(model->cipher, args->cipher_key_len));
	if ((model->mac && model->mac->keyed) || (model->cipher && model->cipher->record_mac))
		do
			args->mac_key_len = 1 + below(below(2) ? 80 : VCRYPTO_MAX_MAC_KEY);
		while (model->mac && !vcrypto_mac_key_len_ok(model->mac, args->mac_key_len));
}

static void replace_session(uint32_t handle)
{
	flat_free(&flat, 0, handle);
	(void)run_both(0, 0);
	random_session(&models[handle], handle);
	flat_session(&flat, &models[handle].args);
	assert_int_equal(run_both(0, 0), VCRYPTO_OK);
}

static uint32_t random_len(const struct vcrypto_cipher *cipher)
{
	uint32_t len = below(below(2) ? 70 : MAX_LEN);

	return cipher ? len / cipher->block * cipher->block : len;
}

static void random_crypt(struct model *model)
{
	const struct vcrypto_cipher *cipher = model->cipher;
	struct vcrypto_crypt_args args = { .session = model->args.session };
	uint8_t iv[VCRYPTO_MAX_IV], text[MAX_LEN];

	pattern(text, sizeof(text), seed);
	pattern(iv, sizeof(iv), seed + 1);
	/* A counter that will be carried over. */
	if (below(4) == 0)
		memset(iv + below(16), 0xff, 1);
	if (below(4) == 0)
		memset(iv + 1 + below(8), 0xff, 7);
	args.src_len = random_len(cipher);
	args.dst_len = cipher ? args.src_len : 0;
	args.decrypt = below(2);
	args.reset = below(4) == 0;
	args.mac_len = model->mac && below(2) ? model->mac->digest_len : 0;
	args.iv = iv;
	args.iv_len = cipher && below(2) ? cipher->iv_len : 0;
	args.iv_out_len = cipher && below(2) ? cipher->iv_len : 0;
	if (!cipher && (args.reset || !model->open))
		args.iv_len = model->mac->iv_len;
	model->open = !args.mac_len;
	flat_crypt(&flat, &args, text);
	assert_int_equal(run_both(flat.len - args.src_len, args.src_len), VCRYPTO_OK);
	if (cipher)
		good[cipher->id]++;
}

/* --- Messages: sealed, then opened again, sometimes with a bit changed. --- */

static struct message *random_message(const struct model *model, enum vcrypto_auth_mode mode)
{
	static struct message message;
	uint32_t tag_max = model->mac ? model->mac->digest_len : model->cipher->tag_len;
	struct vcrypto_authcrypt_args *args = &message.args;

	pattern(message.iv, sizeof(message.iv), seed);
	pattern(message.aad, sizeof(message.aad), seed + 1);
	pattern(message.trailer, sizeof(message.trailer), seed + 2);
	pattern(message.plain, sizeof(message.plain), seed + 3);
	if (model->cipher->id == VCRYPTO_CIPHER_AES_CCM)
		message.iv[0] = (uint8_t)(1 + below(7));
	*args = (struct vcrypto_authcrypt_args){
		.session = model->args.session, .mode = mode, .iv = message.iv,
		.iv_len = model->cipher->iv_len, .aad_len = below(sizeof(message.aad)),
		.src_len = random_len(NULL),
	};
	do
		args->tag_len = (uint16_t)(1 + below(tag_max));
	while (mode == VCRYPTO_AUTH_AEAD && !vcrypto_tag_len_ok(model->cipher, args->tag_len));
	args->dst_len = args->src_len;
	if (mode == VCRYPTO_AUTH_TLS)
		args->dst_len = (uint32_t)vcrypto_record_len(args->src_len, args->tag_len,
							     model->cipher->block);
	if (mode == VCRYPTO_AUTH_SRTP)
		args->trailer_len = below(sizeof(message.trailer));
	return &message;
}

static int run_message(const struct message *message, const struct vcrypto_authcrypt_args *args,
		       const void *source, size_t *source_at)
{
	flat_authcrypt(&flat, args, message->aad, source, message->trailer, message->tag);
	*source_at = flat.len - args->trailer_len - args->src_len -
		     (vcrypto_sends_tag(args) ? args->tag_len : 0);
	return run_both(*source_at, args->src_len);
}

/* In one request, or in several where the cipher can (4.8.2).  @from: all of it. */
static int run_parts(const struct message *message, const struct vcrypto_authcrypt_args *whole,
		     const uint8_t *from, uint8_t *to)
{
	bool streams = whole->mode == VCRYPTO_AUTH_AEAD;
	bool ccm = models[whole->session].cipher->id == VCRYPTO_CIPHER_AES_CCM;
	struct vcrypto_authcrypt_args args = *whole;
	uint32_t done = 0;
	size_t at;
	int status;

	do {
		args.more = streams && below(2);
		args.src_len = args.more ? below(whole->src_len - done + 1) : whole->src_len - done;
		args.dst_len = streams ? args.src_len : whole->dst_len;
		args.message_len = ccm && args.more && !args.go_on ? whole->src_len : 0;
		args.tag_len = args.more && (args.go_on || !ccm) ? 0 : whole->tag_len;
		status = run_message(message, &args, from + done, &at);
		if (status != VCRYPTO_OK)
			return status;
		memcpy(to + done, flat.reply + 16, args.dst_len);
		done += args.src_len;
		args.go_on = true;
		args.iv_len = 0;
		args.aad_len = 0;
	} while (args.more);
	return VCRYPTO_OK;
}

/* Changes a bit of what the tag covers, or of the tag. */
static void forge(struct message *message, const struct vcrypto_authcrypt_args *args)
{
	uint8_t bit = (uint8_t)(1 << below(8));

	if (args->src_len && below(2))
		message->sealed[below(args->src_len)] ^= bit;
	else if (args->aad_len && below(2))
		message->aad[below(args->aad_len)] ^= bit;
	else if (args->mode == VCRYPTO_AUTH_TLS)
		message->sealed[args->src_len - args->tag_len] ^= bit;
	else
		message->tag[below(args->tag_len)] ^= bit;
}

/* @message->sealed becomes the source.  Short tags may be guessed. */
static void open_message(const struct model *model, struct message *message)
{
	struct vcrypto_authcrypt_args args = message->args;
	static uint8_t opened[FLAT_MAX];
	bool wrong = below(3) == 0;
	int status;

	args.decrypt = true;
	args.src_len = args.dst_len;
	if (wrong)
		forge(message, &args);
	status = run_parts(message, &args, message->sealed, opened);
	if (wrong && args.tag_len >= 8) {
		assert_int_equal(status, VCRYPTO_AUTH_FAILED);
		forged[model->cipher->id]++;
	} else if (!wrong) {
		assert_int_equal(status, VCRYPTO_OK);
		assert_memory_equal(opened, message->plain, message->args.src_len);
	}
}

static void random_authcrypt(const struct model *model, enum vcrypto_auth_mode mode)
{
	struct message *message = random_message(model, mode);

	assert_int_equal(run_parts(message, &message->args, message->plain, message->sealed),
			 VCRYPTO_OK);
	if (mode != VCRYPTO_AUTH_TLS)
		memcpy(message->tag, flat.reply + 16 + flat.expect.dst_len,
		       message->args.tag_len);
	good[model->cipher->id]++;
	open_message(model, message);
}

/* Any request that makes sense for the session. */
static void random_request(struct model *model)
{
	const struct vcrypto_cipher *cipher = model->cipher;
	bool hmac = model->mac && model->mac->kind == VCRYPTO_KIND_HMAC;

	if (cipher && cipher->record_mac)
		random_authcrypt(model, VCRYPTO_AUTH_TLS);
	else if (cipher && cipher->tag_len)
		random_authcrypt(model, VCRYPTO_AUTH_AEAD);
	else if (cipher && hmac && cipher->id != VCRYPTO_CIPHER_AES_XTS &&
		 cipher->id != VCRYPTO_CIPHER_ARC4 && below(2))
		random_authcrypt(model, cipher->block == 1 && below(2) ? VCRYPTO_AUTH_SRTP :
									  VCRYPTO_AUTH_TLS);
	else
		random_crypt(model);
}

static void copy_hashes(uint32_t to, uint32_t from)
{
	if (to == from || !models[to].mac || models[to].mac != models[from].mac)
		return;
	flat_hash_copy(&flat, 0, to, from);
	assert_int_equal(run_both(0, 0), VCRYPTO_OK);
	models[to].open = models[from].open;
}

static void both_give_the_same_answer_to_random_requests(void **state)
{
	uint32_t round, id;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	flat_open(&flat, 0);
	assert_int_equal(run_both(0, 0), VCRYPTO_OK);
	for (id = 0; id < SESSIONS; id++)
		replace_session(id);
	for (round = 0; round < ROUNDS; round++) {
		if (below(8) == 0)
			replace_session(below(SESSIONS));
		copy_hashes(below(SESSIONS), below(SESSIONS));
		random_request(&models[below(SESSIONS)]);
	}
	for (id = 1; id < 64; id++)
		if (offered(ciphers, id)) {
			assert_in_range(good[id], ROUNDS / 100, ROUNDS);
			if (vcrypto_cipher_find(id)->tag_len)
				assert_in_range(forged[id], ROUNDS / 500, ROUNDS);
		}
}

static int start(void **state)
{
	const struct vcrypto_backend *others[] = { &vcrypto_backend_libcrypto, real_backend() };
	struct vcrypto_config config;
	int i;

	(void)state;
	ciphers = macs = UINT64_MAX;
	for (i = 0; i < 2; i++) {
		engines[i] = flat_engine(others[i]);
		vcrypto_engine_config(engines[i], 1, &config);
		ciphers &= vcrypto_get64(config.ciphers);
		macs &= vcrypto_get64(config.macs);
	}
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engines[0]);
	flat_engine_free(engines[1]);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_give_the_same_answer_to_random_requests,
						start, stop),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
