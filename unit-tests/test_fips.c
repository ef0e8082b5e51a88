// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The libcrypto backend on a machine whose configuration asks for FIPS mode: what the
 * module does not have, or refuses, is not done in another way.
 *
 * usage: test_fips PROVIDER [MODULE], a name that OpenSSL can load, or a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "flat.h"

static const char *provider, *module;
static struct vcrypto_engine *engine;
static struct flat flat;

static bool offers(uint32_t cipher, uint32_t mac)
{
	struct vcrypto_config config;

	vcrypto_engine_config(engine, 1, &config);
	return vcrypto_get64(config.ciphers) & vcrypto_algorithm_bit(cipher) ||
	       vcrypto_get64(config.macs) & vcrypto_algorithm_bit(mac);
}

static int new_session(const struct vcrypto_session_args *args)
{
	flat_session(&flat, args);
	return flat_status(engine, &flat);
}

static void what_is_not_approved_is_not_offered(void **state)
{
	static const uint32_t ciphers[] = {
		VCRYPTO_CIPHER_DES_CBC, VCRYPTO_CIPHER_BLOWFISH_CBC, VCRYPTO_CIPHER_CAMELLIA_CBC,
		VCRYPTO_CIPHER_CHACHA20_POLY1305,
	};
	static const uint32_t macs[] = {
		VCRYPTO_MAC_MD5, VCRYPTO_MAC_HMAC_MD5, VCRYPTO_MAC_RIPEMD160,
		VCRYPTO_MAC_HMAC_RIPEMD160,
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ciphers); i++)
		assert_false(offers(ciphers[i], VCRYPTO_MAC_NONE));
	for (i = 0; i < COUNT(macs); i++)
		assert_false(offers(VCRYPTO_CIPHER_NONE, macs[i]));
	assert_true(offers(VCRYPTO_CIPHER_AES_CBC, VCRYPTO_MAC_NONE));
	assert_true(offers(VCRYPTO_CIPHER_AES_XTS, VCRYPTO_MAC_NONE));
	assert_true(offers(VCRYPTO_CIPHER_NONE, VCRYPTO_MAC_HMAC_SHA2_256));
}

/* 4.3: and the handle stays free */
static void an_xts_key_with_equal_halves_is_a_bad_key(void **state)
{
	static const uint8_t equal[64] = { 0 };
	static const uint32_t lengths[] = { 32, 64 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lengths); i++) {
		struct vcrypto_session_args args = cipher_args(1, VCRYPTO_CIPHER_AES_XTS,
							       lengths[i]);

		args.cipher_key = equal;
		assert_int_equal(new_session(&args), VCRYPTO_BAD_KEY);
		flat_free(&flat, 0, 1);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_NO_SESSION);
		args.cipher_key = key_bytes;
		assert_int_equal(new_session(&args), VCRYPTO_OK);
		flat_free(&flat, 0, 1);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	}
}

/* The status of the first part of a unit or message of several. */
static int first_part(uint32_t cipher)
{
	struct vcrypto_session_args session = cipher_args(1, cipher, 32);
	struct vcrypto_crypt_args unit = data_args(1, 32);
	uint8_t iv[16] = { 2 }, text[32] = { 0 };
	struct vcrypto_authcrypt_args message = {
		.session = 1, .mode = VCRYPTO_AUTH_AEAD, .more = true, .iv = iv,
		.iv_len = vcrypto_cipher_find(cipher)->iv_len, .src_len = 32, .dst_len = 32,
	};
	int status;

	assert_int_equal(new_session(&session), VCRYPTO_OK);
	unit.iv = iv;
	unit.iv_len = 16;
	unit.more = true;
	if (cipher == VCRYPTO_CIPHER_AES_CCM) {
		message.tag_len = 16;
		message.message_len = 64;
	}
	if (cipher == VCRYPTO_CIPHER_AES_XTS)
		flat_crypt(&flat, &unit, text);
	else
		flat_authcrypt(&flat, &message, NULL, text, NULL, NULL);
	status = flat_status(engine, &flat);
	flat_free(&flat, 0, 1);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	return status;
}

/* 4.7.4, 4.8.2: what the module takes in one call only is not put together of other modes */
static void a_mode_is_not_put_together_of_others(void **state)
{
	(void)state;
	assert_int_equal(first_part(VCRYPTO_CIPHER_AES_XTS), VCRYPTO_NOT_SUPPORTED);
	assert_int_equal(first_part(VCRYPTO_CIPHER_AES_CCM), VCRYPTO_NOT_SUPPORTED);
	assert_int_equal(first_part(VCRYPTO_CIPHER_AES_GCM), VCRYPTO_OK);
}

/* Everything else that is offered takes the keys that it should. */
static void what_is_offered_takes_keys_of_all_lengths(void **state)
{
	const struct vcrypto_cipher *cipher;
	uint32_t id, len, used = 0;

	(void)state;
	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++)
		for (len = cipher->key_min; len <= cipher->key_max; len++) {
			struct vcrypto_session_args args = cipher_args(1, id, len);

			if (cipher->record_mac || !offers(id, VCRYPTO_MAC_NONE) ||
			    !vcrypto_cipher_key_len_ok(cipher, len))
				continue;
			/* A mode with a key that libcrypto does not have is put together, too. */
			if (id == VCRYPTO_CIPHER_AES_XTS && len == 48) {
				assert_int_equal(new_session(&args), VCRYPTO_BAD_KEY);
				continue;
			}
			assert_int_equal(new_session(&args), VCRYPTO_OK);
			flat_free(&flat, 0, 1);
			assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
			used++;
		}
	assert_in_range(used, 20, 100);
}

/* With a configuration of its own, which is read when the provider opens. */
static int start(void **state)
{
	char path[] = "/tmp/vcrypto-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "openssl_conf = all\n[all]\nproviders = providers\n"
			    "alg_section = algorithms\n[providers]\n%s = chosen\n[chosen]\n"
			    "%s%s\nactivate = 1\n[algorithms]\ndefault_properties = fips=yes\n",
			    provider, module ? "module = " : "", module ? module : "") > 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(setenv("OPENSSL_CONF", path, 1), 0);
	engine = flat_engine(&vcrypto_backend_libcrypto);
	assert_int_equal(unsetenv("OPENSSL_CONF"), 0);
	assert_int_equal(unlink(path), 0);
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

static bool is_there(void)
{
	OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *found = OSSL_PROVIDER_load(context, provider);
	bool there = found != NULL;

	if (found)
		OSSL_PROVIDER_unload(found);
	OSSL_LIB_CTX_free(context);
	return there;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_approved_is_not_offered),
		TEST(an_xts_key_with_equal_halves_is_a_bad_key),
		TEST(a_mode_is_not_put_together_of_others),
		TEST(what_is_offered_takes_keys_of_all_lengths),
	};

	if (argc < 2)
		return 2;
	provider = argv[1];
	module = argc > 2 ? argv[2] : NULL;
	if (!module && !is_there()) {
		printf("SKIP: OpenSSL has no provider '%s' on this machine\n", provider);
		return EXIT_SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
