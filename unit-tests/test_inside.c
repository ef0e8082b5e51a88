// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The libcrypto backend inside a program that uses libcrypto too, in the same thread: it
 * leaves the error queue, and everything else of the process, as it was.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "flat.h"

/* As many as a program may have in the queue while the backend's come and go. */
#define OWN_ERRORS 8

static struct vcrypto_engine *engine;
static struct flat flat;
static uint8_t text[2048];

/* --- the queue of a program that has @own errors, each of another reason --- */

static void put_errors(unsigned int own)
{
	unsigned int i;

	ERR_clear_error();
	for (i = 0; i < own; i++)
		ERR_raise_data(ERR_LIB_USER, 100 + (int)i, "error %u of the program", i);
}

static void assert_errors(unsigned int own)
{
	const char *data;
	unsigned int i;
	int flags;

	for (i = 0; i < own; i++) {
		unsigned long error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);

		assert_int_equal(ERR_GET_LIB(error), ERR_LIB_USER);
		assert_int_equal(ERR_GET_REASON(error), 100 + i);
		assert_non_null(strstr(data, "of the program"));
	}
	assert_int_equal(ERR_get_error(), 0);
}

/* A mark of the program's own holds, too. */
static int marked_status(unsigned int own)
{
	int status;

	put_errors(own);
	if (own)
		assert_int_equal(ERR_set_mark(), 1);
	status = flat_status(engine, &flat);
	if (own) {
		ERR_raise(ERR_LIB_USER, 99);
		assert_int_equal(ERR_pop_to_mark(), 1);
	}
	assert_errors(own);
	return status;
}

/* The request in flat, three times: the same status with any queue. */
static int quiet_status(void)
{
	int status = marked_status(0);

	if (status == VCRYPTO_OK || status == VCRYPTO_AUTH_FAILED || status == VCRYPTO_ERROR) {
		assert_int_equal(marked_status(1), status);
		assert_int_equal(marked_status(OWN_ERRORS), status);
	}
	return status;
}

static void must(int expected)
{
	assert_int_equal(quiet_status(), expected);
}

/* --- sessions of each kind --- */

static uint64_t offered(bool ciphers)
{
	struct vcrypto_config config;

	vcrypto_engine_config(engine, 1, &config);
	return vcrypto_get64(ciphers ? config.ciphers : config.macs);
}

/* Made and freed for each queue; the last one stays. */
static int new_session(const struct vcrypto_session_args *args)
{
	int status;

	flat_session(&flat, args);
	status = marked_status(0);
	if (status != VCRYPTO_OK)
		return status;
	flat_free(&flat, 0, args->session);
	assert_int_equal(marked_status(OWN_ERRORS), VCRYPTO_OK);
	flat_session(&flat, args);
	assert_int_equal(marked_status(OWN_ERRORS), VCRYPTO_OK);
	return VCRYPTO_OK;
}

static void end_session(uint32_t session)
{
	flat_free(&flat, 0, session);
	assert_int_equal(marked_status(1), VCRYPTO_OK);
}

static void crypt_all_ways(const struct vcrypto_cipher *cipher)
{
	struct vcrypto_crypt_args args = data_args(1, 512);
	uint32_t i;

	for (i = 0; i < 4; i++) {
		args.decrypt = i & 1;
		args.iv = text;
		args.iv_len = i & 2 ? cipher->iv_len : 0;
		args.iv_out_len = cipher->iv_len;
		flat_crypt(&flat, &args, text);
		must(VCRYPTO_OK);
	}
}

/* Sealed, opened, and opened when it is forged. */
static void seal_and_open(const struct vcrypto_cipher *cipher)
{
	uint8_t iv[16] = { 2 }, sealed[200], tag[16] = { 0 };
	struct vcrypto_authcrypt_args args = {
		.session = 1, .mode = VCRYPTO_AUTH_AEAD, .iv = iv, .iv_len = cipher->iv_len,
		.aad_len = 20, .src_len = sizeof(sealed), .dst_len = sizeof(sealed), .tag_len = 16,
	};

	flat_authcrypt(&flat, &args, text, text, NULL, tag);
	must(VCRYPTO_OK);
	memcpy(sealed, flat.reply + 16, sizeof(sealed));
	memcpy(tag, flat.reply + 16 + sizeof(sealed), sizeof(tag));
	args.decrypt = true;
	flat_authcrypt(&flat, &args, text, sealed, NULL, tag);
	must(VCRYPTO_OK);
	tag[3] ^= 1;
	flat_authcrypt(&flat, &args, text, sealed, NULL, tag);
	must(VCRYPTO_AUTH_FAILED);
	tag[3] ^= 1;
	sealed[77] ^= 1;
	flat_authcrypt(&flat, &args, text, sealed, NULL, tag);
	must(VCRYPTO_AUTH_FAILED);
}

/* A record that is no record. */
static void forged_record(void)
{
	struct vcrypto_authcrypt_args args = {
		.session = 1, .mode = VCRYPTO_AUTH_TLS, .iv = text, .iv_len = 16, .decrypt = true,
		.src_len = 256, .dst_len = 256, .tag_len = 20,
	};

	flat_authcrypt(&flat, &args, NULL, text, NULL, NULL);
	must(VCRYPTO_AUTH_FAILED);
}

static void each_cipher_leaves_the_error_queue(void **state)
{
	const struct vcrypto_cipher *cipher;
	uint32_t id, len, used = 0;

	(void)state;
	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++) {
		if (!(offered(true) & vcrypto_algorithm_bit(id)))
			continue;
		for (len = cipher->key_min; len <= cipher->key_max; len++) {
			struct vcrypto_session_args args = cipher_args(1, id, len);

			args.mac_key = key_bytes;
			args.mac_key_len = cipher->record_mac ? 20 : 0;
			if (!vcrypto_cipher_key_len_ok(cipher, len))
				continue;
			assert_int_equal(new_session(&args), VCRYPTO_OK);
			if (cipher->record_mac)
				forged_record();
			else if (cipher->tag_len)
				seal_and_open(cipher);
			else
				crypt_all_ways(cipher);
			end_session(1);
			used++;
		}
	}
	assert_in_range(used, 25, 200);
}

static void each_hash_leaves_the_error_queue(void **state)
{
	struct vcrypto_crypt_args data = { .session = 1, .src_len = 100 };
	const struct vcrypto_mac *mac;
	uint32_t id, used = 0;

	(void)state;
	for (id = 1; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		struct vcrypto_session_args args = hash_args(1, id, 0);

		mac = vcrypto_mac_find(id);
		if (!mac || !(offered(false) & vcrypto_algorithm_bit(id)))
			continue;
		/* An HMAC's empty key is no error, and once was one inside libcrypto. */
		args.mac_key_len = mac->key_min;
		assert_int_equal(new_session(&args), VCRYPTO_OK);
		args.session = 2;
		args.mac_key_len = mac->key_max;
		assert_int_equal(new_session(&args), VCRYPTO_OK);
		data.mac_len = 0;
		/* It is sent several times, and only what begins has an IV. */
		data.reset = mac->iv_len;
		data.iv = text;
		data.iv_len = mac->iv_len;
		flat_crypt(&flat, &data, text);
		must(VCRYPTO_OK);
		flat_hash_copy(&flat, 0, 2, 1);
		must(VCRYPTO_OK);
		data.mac_len = mac->digest_len;
		flat_crypt(&flat, &data, text);
		must(VCRYPTO_OK);
		end_session(1);
		end_session(2);
		used++;
	}
	assert_in_range(used, 20, 64);
}

/* Keys that libcrypto calls weak or forbids. */
static void weak_keys_leave_the_error_queue(void **state)
{
	static const uint8_t zeros[VCRYPTO_MAX_CIPHER_KEY];
	static const struct {
		uint32_t cipher, len;
	} cases[] = {
		{ VCRYPTO_CIPHER_AES_XTS, 32 }, { VCRYPTO_CIPHER_AES_XTS, 64 },
		{ VCRYPTO_CIPHER_DES_CBC, 8 }, { VCRYPTO_CIPHER_3DES_CBC, 24 },
		{ VCRYPTO_CIPHER_BLOWFISH_CBC, 4 }, { VCRYPTO_CIPHER_CAST5_CBC, 5 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct vcrypto_session_args args = cipher_args(1, cases[i].cipher, cases[i].len);

		args.cipher_key = zeros;
		if (!(offered(true) & vcrypto_algorithm_bit(cases[i].cipher)))
			continue;
		assert_int_equal(new_session(&args), VCRYPTO_OK);
		crypt_all_ways(vcrypto_cipher_find(cases[i].cipher));
		end_session(1);
	}
}

/* More than the queue has room for: what the program has must not be pushed out. */
static void many_forgeries_in_a_batch_leave_the_error_queue(void **state)
{
	struct vcrypto_session_args session = cipher_args(1, VCRYPTO_CIPHER_AES_CCM, 16);
	uint8_t iv[16] = { 2 };
	struct vcrypto_authcrypt_args args = {
		.session = 1, .mode = VCRYPTO_AUTH_AEAD, .decrypt = true, .iv = iv, .iv_len = 16,
		.src_len = 32, .dst_len = 32, .tag_len = 16,
	};
	struct vcrypto_io chains[VCRYPTO_BATCH];
	uint8_t replies[VCRYPTO_BATCH][16 + 32];
	struct iovec in, out[VCRYPTO_BATCH];
	uint32_t i;

	(void)state;
	assert_int_equal(new_session(&session), VCRYPTO_OK);
	flat_authcrypt(&flat, &args, NULL, text, NULL, text);
	in = (struct iovec){ flat.request, flat.len };
	for (i = 0; i < VCRYPTO_BATCH; i++) {
		out[i] = (struct iovec){ replies[i], sizeof(replies[i]) };
		chains[i] = (struct vcrypto_io){ &in, &out[i], 1, 1, 0 };
	}
	put_errors(OWN_ERRORS);
	assert_int_equal(vcrypto_process(engine, chains, VCRYPTO_BATCH), VCRYPTO_BATCH);
	assert_errors(OWN_ERRORS);
	for (i = 0; i < VCRYPTO_BATCH; i++)
		assert_int_equal(replies[i][0], VCRYPTO_AUTH_FAILED);
}

static void open_and_close(unsigned int own)
{
	struct vcrypto_engine *other;

	put_errors(own);
	other = flat_engine(&vcrypto_backend_libcrypto);
	assert_errors(own);
	put_errors(own);
	flat_engine_free(other);
	assert_errors(own);
}

/* Also where nothing can be found: no configuration, no legacy provider. */
static void opening_and_closing_leave_the_error_queue(void **state)
{
	unsigned int own;

	(void)state;
	open_and_close(0);
	open_and_close(OWN_ERRORS);
	assert_int_equal(setenv("OPENSSL_CONF", "/nonexistent", 1), 0);
	assert_int_equal(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
	for (own = 0; own <= OWN_ERRORS; own += OWN_ERRORS / 2)
		open_and_close(own);
	assert_int_equal(unsetenv("OPENSSL_CONF"), 0);
	assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
}

/* --- the rest of the process --- */

#define SIGNALS 32

typedef void handler_func(int);

static void get_handlers(handler_func *handlers[SIGNALS])
{
	struct sigaction action;
	int number;

	for (number = 1; number < SIGNALS; number++)
		handlers[number] = sigaction(number, NULL, &action) == 0 ? action.sa_handler : NULL;
}

/* No locale, no signal; in the program's library context no provider and no property. */
static void a_whole_life_changes_nothing_of_the_process(void **state)
{
	struct vcrypto_session_args args = both_args(1, VCRYPTO_CIPHER_AES_CBC, 16,
						     VCRYPTO_MAC_HMAC_SHA1, 20);
	handler_func *handlers[2][SIGNALS] = { { NULL } };
	struct vcrypto_engine *other;
	char *before;

	(void)state;
	get_handlers(handlers[0]);
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	before = strdup(setlocale(LC_ALL, NULL));
	other = flat_engine(&vcrypto_backend_libcrypto);
	assert_int_equal(new_session(&args), VCRYPTO_OK);
	assert_false(OSSL_PROVIDER_available(NULL, "legacy"));
	assert_int_equal(EVP_default_properties_is_fips_enabled(NULL), 0);
	flat_engine_free(other);
	get_handlers(handlers[1]);
	assert_memory_equal(handlers[0], handlers[1], sizeof(handlers[0]));
	assert_string_equal(setlocale(LC_ALL, NULL), before);
	free(before);
}

static int start(void **state)
{
	(void)state;
	engine = flat_engine(&vcrypto_backend_libcrypto);
	flat_open(&flat, 0);
	assert_int_equal(marked_status(OWN_ERRORS), VCRYPTO_OK);
	pattern(text, sizeof(text), 7);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_close(&flat, 0);
	assert_int_equal(marked_status(OWN_ERRORS), VCRYPTO_OK);
	flat_engine_free(engine);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_cipher_leaves_the_error_queue),
		TEST(each_hash_leaves_the_error_queue),
		TEST(weak_keys_leave_the_error_queue),
		TEST(many_forgeries_in_a_batch_leave_the_error_queue),
		TEST(opening_and_closing_leave_the_error_queue),
		TEST(a_whole_life_changes_nothing_of_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
