// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The libcrypto backend when memory runs out: at the first allocation of an
 * operation, at the second, and so on until it succeeds.  Each failure is an
 * ERROR, nothing leaks, and what exists already goes on.
 *
 * Not when the backend opens: not every OpenSSL can do that without memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "flat.h"

/* libcrypto's allocations; those that are not freed yet. */
static size_t outstanding;
/* How many more succeed before one fails; SIZE_MAX: all. */
static size_t countdown = SIZE_MAX;
static bool failed;

static bool fails(void)
{
	if (countdown == SIZE_MAX || countdown-- > 0)
		return false;
	countdown = SIZE_MAX;
	failed = true;
	return true;
}

static void *scarce_malloc(size_t size, const char *file, int line)
{
	void *memory = fails() ? NULL : malloc(size);

	(void)file;
	(void)line;
	outstanding += memory != NULL;
	return memory;
}

static void *scarce_realloc(void *old, size_t size, const char *file, int line)
{
	void *memory = fails() ? NULL : realloc(old, size);

	(void)file;
	(void)line;
	if (!old)
		outstanding += memory != NULL;
	return memory;
}

static void scarce_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	outstanding -= memory != NULL;
	free(memory);
}

static struct vcrypto_engine *engine;
static struct flat flat;

/* Runs the request in flat; the allocation number @n, from 0, fails. */
static int status_with_failure(size_t n)
{
	int status;

	failed = false;
	ERR_raise(ERR_LIB_USER, 77);
	countdown = n;
	status = flat_status(engine, &flat);
	countdown = SIZE_MAX;
	/* What the program has in its queue is all that is in there. */
	assert_int_equal(ERR_GET_REASON(ERR_get_error()), 77);
	assert_int_equal(ERR_get_error(), 0);
	/* Its memory goes with it. */
	ERR_clear_error();
	return status;
}

static void must(void)
{
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
}

static int start(void **state)
{
	(void)state;
	engine = flat_engine(&vcrypto_backend_libcrypto);
	flat_open(&flat, 0);
	must();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

/* Once through, so that what libcrypto caches for ever is there. */
static void warm_up(const struct vcrypto_session_args *args)
{
	flat_session(&flat, args);
	must();
	flat_free(&flat, args->context, args->session);
	must();
}

/* 4.3 */
static void a_session_that_finds_no_memory_is_not_made_and_leaks_nothing(void **state)
{
	const struct vcrypto_session_args args[] = {
		both_args(1, VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA2_256, 200),
		both_args(1, VCRYPTO_CIPHER_AES_CTR, 32, VCRYPTO_MAC_SHA2_512, 0),
		hash_args(1, VCRYPTO_MAC_HMAC_MD5, 3),
	};
	size_t i, n, before;
	int status;

	(void)state;
	for (i = 0; i < COUNT(args); i++) {
		warm_up(&args[i]);
		before = outstanding;
		n = 0;
		do {
			flat_session(&flat, &args[i]);
			status = status_with_failure(n++);
			if (failed && status != VCRYPTO_OK) {
				assert_int_equal(status, VCRYPTO_ERROR);
				assert_int_equal(outstanding, before);
			} else {
				assert_int_equal(status, VCRYPTO_OK);
				flat_free(&flat, 0, 1);
				must();
			}
		} while (failed);
		assert_in_range(n, 3, 200);
	}
}

/* 4.6 */
static void a_hash_copy_that_finds_no_memory_spoils_only_the_copy(void **state)
{
	static const uint32_t macs[] = { VCRYPTO_MAC_SHA2_256, VCRYPTO_MAC_HMAC_SHA2_256 };
	struct vcrypto_crypt_args data = { .session = 1, .src_len = 100 };
	uint8_t text[200], expected[32];
	size_t i, n, failures = 0;
	uint32_t session;
	int status;

	(void)state;
	pattern(text, sizeof(text), 13);
	for (i = 0; i < COUNT(macs); i++) {
		for (session = 1; session <= 2; session++) {
			struct vcrypto_session_args args =
				hash_args(session, macs[i], vcrypto_mac_find(macs[i])->keyed ? 40 : 0);

			flat_session(&flat, &args);
			must();
		}
		for (n = 0, failed = true; failed; n++) {
			data = (struct vcrypto_crypt_args){ .session = 1, .src_len = 200,
							    .reset = true, .mac_len = 32 };
			flat_crypt(&flat, &data, text);
			must();
			memcpy(expected, flat.reply + 16, 32);
			data.src_len = 100;
			data.mac_len = 0;
			flat_crypt(&flat, &data, text);
			must();
			flat_hash_copy(&flat, 0, 2, 1);
			status = status_with_failure(n);
			assert_true(status == VCRYPTO_OK || (failed && status == VCRYPTO_ERROR));
			failures += status == VCRYPTO_ERROR;
			data.reset = false;
			data.mac_len = 32;
			flat_crypt(&flat, &data, text + 100);
			must();
			assert_memory_equal(flat.reply + 16, expected, 32);
			data.session = 2;
			flat_crypt(&flat, &data, text + 100);
			must();
			/* The copy goes on, or starts anew: the session is not lost. */
			assert_int_equal(memcmp(flat.reply + 16, expected, 32) == 0,
					 status == VCRYPTO_OK);
		}
		flat_close(&flat, 0);
		must();
		flat_open(&flat, 0);
		must();
	}
	assert_in_range(failures, 1, 100);
}

/* 3.4 */
static void data_that_finds_no_memory_is_an_error_or_right(void **state)
{
	struct vcrypto_session_args args = both_args(1, VCRYPTO_CIPHER_AES_CBC, 16,
						     VCRYPTO_MAC_HMAC_SHA1, 20);
	struct vcrypto_crypt_args data = data_args(1, 64);
	uint8_t expected[16 + 64 + 20];
	size_t n = 0;
	int status;

	(void)state;
	flat_session(&flat, &args);
	must();
	data.iv = key_bytes;
	data.iv_len = 16;
	data.mac_len = 20;
	data.reset = true;
	flat_crypt(&flat, &data, key_bytes);
	must();
	memcpy(expected, flat.reply, sizeof(expected));
	do {
		flat_crypt(&flat, &data, key_bytes);
		status = status_with_failure(n++);
		if (status == VCRYPTO_OK)
			assert_memory_equal(flat.reply, expected, sizeof(expected));
		else
			assert_int_equal(status, VCRYPTO_ERROR);
	} while (failed);
}

/* The IV is one for CCM as well. */
static void put_data(const struct vcrypto_cipher *cipher)
{
	uint8_t iv[16] = { 2 };
	struct vcrypto_crypt_args data = data_args(1, 64);
	struct vcrypto_authcrypt_args message = {
		.session = 1, .mode = VCRYPTO_AUTH_AEAD, .iv = iv, .iv_len = cipher->iv_len,
		.src_len = 64, .dst_len = 64, .tag_len = 16,
	};

	data.iv = iv;
	data.iv_len = cipher->iv_len;
	if (cipher->tag_len)
		flat_authcrypt(&flat, &message, NULL, key_bytes, NULL, NULL);
	else
		flat_crypt(&flat, &data, key_bytes);
}

/* 3.4: a session makes what it needs with its first data; if that fails, the next may do */
static void the_first_data_that_finds_no_memory_leaves_the_session_as_it_is(void **state)
{
	static const uint32_t ciphers[] = {
		VCRYPTO_CIPHER_AES_CBC, VCRYPTO_CIPHER_AES_XTS, VCRYPTO_CIPHER_AES_GCM,
		VCRYPTO_CIPHER_AES_CCM,
	};
	static const uint8_t zeros[32];		/* of equal halves */
	uint8_t expected[16 + 64];
	size_t i, n, before;
	int status;

	(void)state;
	for (i = 0; i < COUNT(ciphers); i++) {
		const struct vcrypto_cipher *cipher = vcrypto_cipher_find(ciphers[i]);
		struct vcrypto_session_args args = cipher_args(1, ciphers[i], 32);

		args.cipher_key = zeros;
		for (n = 0, failed = true; failed; n++) {
			before = outstanding;
			flat_session(&flat, &args);
			must();
			put_data(cipher);
			status = status_with_failure(n);
			assert_true(status == VCRYPTO_OK || (failed && status == VCRYPTO_ERROR));
			must();
			if (n)
				assert_memory_equal(flat.reply, expected, sizeof(expected));
			memcpy(expected, flat.reply, sizeof(expected));
			flat_free(&flat, 0, 1);
			must();
			if (n)
				assert_int_equal(outstanding, before);
		}
		assert_in_range(n, 3, 200);
	}
}

/* backend.h: what cannot be fetched (here in FIPS mode) is not offered */
static void an_algorithm_that_cannot_be_fetched_is_not_offered(void **state)
{
	char path[] = "/tmp/vcrypto-test-XXXXXX";
	struct vcrypto_engine *other;
	struct vcrypto_config config;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "openssl_conf = all\n[all]\nalg_section = algorithms\n"
			    "[algorithms]\ndefault_properties = fips=yes\n") > 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(setenv("OPENSSL_CONF", path, 1), 0);
	other = flat_engine(&vcrypto_backend_libcrypto);
	assert_int_equal(unsetenv("OPENSSL_CONF"), 0);
	assert_int_equal(unlink(path), 0);
	vcrypto_engine_config(other, 1, &config);
	assert_int_equal(vcrypto_get64(config.ciphers), 1 << VCRYPTO_CIPHER_NULL);
	assert_int_equal(vcrypto_get64(config.macs), 0);
	flat_engine_free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session_that_finds_no_memory_is_not_made_and_leaks_nothing),
		TEST(a_hash_copy_that_finds_no_memory_spoils_only_the_copy),
		TEST(data_that_finds_no_memory_is_an_error_or_right),
		TEST(the_first_data_that_finds_no_memory_leaves_the_session_as_it_is),
		TEST(an_algorithm_that_cannot_be_fetched_is_not_offered),
	};

	if (CRYPTO_set_mem_functions(scarce_malloc, scarce_realloc, scarce_free) != 1) {
		print_message("SKIP: libcrypto does not take an allocator any more\n");
		return EXIT_SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
