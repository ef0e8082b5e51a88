// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts of the program vcrypto that need no device: its table, and numbers as text. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vcrypto/algorithm.h>

#include "check.h"
/* Both have a macro COUNT, of the same meaning. */
#undef COUNT
#include "speed.h"

static const struct algorithm *find(const char *name)
{
	struct choice choice;

	return algorithm_find(name, &choice) ? choice.algorithm : NULL;
}

static void compare_cipher(const struct vcrypto_cipher *cipher)
{
	const struct algorithm *ours = find(cipher->name);
	uint32_t len;

	assert_non_null(ours);
	assert_int_equal(ours->number, cipher->cryptodev);
	assert_int_equal(ours->block, cipher->block);
	assert_int_equal(ours->iv_len, cipher->iv_len);
	assert_int_equal(ours->result_len, cipher->tag_len);
	assert_int_equal(ours->kind, cipher->tag_len ? KIND_AEAD : KIND_CIPHER);
	assert_ptr_equal(find(cipher->mode), ours);
	for (len = 0; len < 100; len++) {
		assert_int_equal(algorithm_key_len_ok(&(struct choice){ ours, 0 }, len),
				 vcrypto_cipher_key_len_ok(cipher, len));
		if (ours->kind == KIND_AEAD)
			assert_int_equal(algorithm_tag_len_ok(ours, len),
					 vcrypto_tag_len_ok(cipher, len));
	}
	/* Only where there is no next IV all has to go into one call. */
	assert_int_equal(ours->whole, cipher->iv_len && cipher->chaining == VCRYPTO_CHAIN_NONE);
}

/* The program wants a key where there may be one. */
static void compare_mac(const struct vcrypto_mac *mac)
{
	const struct algorithm *ours = find(mac->name);
	uint32_t len;

	assert_non_null(ours);
	assert_int_equal(ours->number, mac->cryptodev);
	assert_int_equal(ours->iv_len, mac->iv_len);
	assert_int_equal(ours->result_len, mac->digest_len);
	assert_int_equal(ours->kind, mac->keyed ? KIND_MAC : KIND_HASH);
	assert_ptr_equal(find(mac->mode), ours);
	for (len = mac->keyed; len < 600; len++)
		assert_int_equal(algorithm_key_len_ok(&(struct choice){ ours, 0 }, len),
				 vcrypto_mac_key_len_ok(mac, len));
}

static void the_table_is_that_of_the_library(void **state)
{
	size_t found = 0;
	uint32_t id;

	(void)state;
	for (id = 0; id < 64; id++) {
		const struct vcrypto_cipher *cipher = vcrypto_cipher_find(id);
		const struct vcrypto_mac *mac = vcrypto_mac_find(id);

		if (cipher && !cipher->record_cipher) {
			compare_cipher(cipher);
			found++;
		}
		if (mac) {
			compare_mac(mac);
			found++;
		}
	}
	assert_int_equal(found, algorithm_count);
}

static void every_name_means_one_algorithm(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < algorithm_count; i++) {
		char aliases[200], *rest, *name;

		assert_ptr_equal(find(algorithms[i].name), &algorithms[i]);
		assert_true(strlen(algorithms[i].aliases) < sizeof(aliases));
		strcpy(aliases, algorithms[i].aliases);
		for (name = strtok_r(aliases, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
			assert_ptr_equal(find(name), &algorithms[i]);
	}
}

static void a_name_may_say_the_length_of_the_key(void **state)
{
	static const struct {
		const char *name;
		uint32_t number;
		size_t key_len;
	} rows[] = {
		{ "aes-128-cbc", CRYPTO_AES_CBC, 16 }, { "AES-192-GCM", CRYPTO_AES_GCM, 24 },
		{ "aes-256-ctr", CRYPTO_AES_CTR, 32 }, { "aes-128-xts", CRYPTO_AES_XTS, 32 },
		{ "aes-192-xts", CRYPTO_AES_XTS, 48 }, { "aes-256-xts", CRYPTO_AES_XTS, 64 },
		{ "camellia-256-cbc", CRYPTO_CAMELLIA_CBC, 32 },
		{ "aes-cbc", CRYPTO_AES_CBC, 0 }, { "sha3-256", CRYPTO_SHA3_256, 0 },
		{ "aes-192-cmac", CRYPTO_AES_CMAC, 24 }, { "cmac-aes", CRYPTO_AES_CMAC, 0 },
		{ "aes-256-gmac", CRYPTO_AES_GMAC, 32 }, { "gmac(aes)", CRYPTO_AES_GMAC, 0 },
		{ "hmac-sha3-224", CRYPTO_SHA3_224_HMAC, 0 }, { "sha-256", CRYPTO_SHA2_256, 0 },
	};
	static const char *const none[] = {
		"", " ", "aes", "aes-", "aes-128", "aes-128-", "aes-127-cbc", "aes-1280-cbc",
		"aes-512-xts", "aes-128-128-cbc", "aes--128-cbc", "aes-99999999999999999999-cbc",
		"chacha20-256-poly1305", "des-64-cbc", "sha-256 ", "ecb-aes cbc-aes", "cbc(aes",
	};
	struct choice choice;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_true(algorithm_find(rows[i].name, &choice));
		assert_int_equal(choice.algorithm->number, rows[i].number);
		assert_int_equal(choice.key_len, rows[i].key_len);
	}
	for (i = 0; i < COUNT(none); i++)
		assert_false(algorithm_find(none[i], &choice));
}

static void hexadecimal_digits_become_bytes(void **state)
{
	static const char *const wrong[] = { "0", "0g", "g0", "000", " 00", "00 ", "0x00", "-1" };
	struct bytes bytes = { 0 };
	char longest[2 * sizeof(bytes.at) + 3];
	size_t i;

	(void)state;
	assert_true(parse_hex("00fF7a", &bytes));
	assert_true(bytes.given);
	assert_int_equal(bytes.len, 3);
	assert_memory_equal(bytes.at, "\x00\xff\x7a", 3);
	assert_true(parse_hex("", &bytes));
	assert_int_equal(bytes.len, 0);
	for (i = 0; i < COUNT(wrong); i++)
		assert_false(parse_hex(wrong[i], &bytes));
	memset(longest, 'a', sizeof(longest));
	longest[2 * sizeof(bytes.at)] = 0;
	assert_true(parse_hex(longest, &bytes));
	assert_int_equal(bytes.len, sizeof(bytes.at));
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = 0;
	assert_false(parse_hex(longest, &bytes));
}

static void sizes_may_have_a_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} rows[] = {
		{ "0", 0 }, { "16", 16 }, { "1k", 1024 }, { "2K", 2048 }, { "3M", 3 << 20 },
		{ "1G", 1 << 30 }, { "18446744073709551615", UINT64_MAX },
	};
	static const char *const wrong[] = { "", "k", "-1", "+1", " 1", "1 ", "1kk", "1T", "0x10",
					     "18446744073709551616", "18014398509481984k" };
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_true(parse_size(rows[i].text, &size));
		assert_true(size == rows[i].size);
	}
	for (i = 0; i < COUNT(wrong); i++)
		assert_false(parse_size(wrong[i], &size));
}

static void progress_says_how_much_and_how_fast(void **state)
{
	char text[100];

	(void)state;
	assert_string_equal(progress_line(500, 1000, 2, text, sizeof(text)),
			    "[###############               ]  50%  500 B  250 B/s  0:02 left");
	assert_string_equal(progress_line(1500000, 1000000, 1, text, sizeof(text)),
			    "[##############################] 100%  1.5 MB  1.5 MB/s  0:00 left");
	assert_non_null(strstr(progress_line(1, 3726, 1, text, sizeof(text)), " 1:02:05 left"));
	assert_non_null(strstr(progress_line(1, UINT64_MAX, 1, text, sizeof(text)),
			       " 100:00:00 left"));
	assert_null(strstr(progress_line(0, 1000, 1, text, sizeof(text)), "left"));
	assert_string_equal(progress_line(0, 0, 0, text, sizeof(text)), "0 B  0 B/s");
	assert_string_equal(format_bytes(999949, text, sizeof(text)), "999.9 kB");
	assert_string_equal(format_bytes(999950, text, sizeof(text)), "1.0 MB");
	assert_string_equal(format_bytes(1e20, text, sizeof(text)), "100000000.0 TB");
}

/* RFC 3610, 2.3 */
static void a_ccm_nonce_becomes_a_counter_block(void **state)
{
	struct bytes nonce = { 0 };
	uint8_t iv[16];

	(void)state;
	assert_true(parse_hex("00000003020100a0a1a2a3a4a5", &nonce));
	assert_true(aead_iv(find("aes-ccm"), &nonce, iv));
	assert_memory_equal(iv, "\x01\x00\x00\x00\x03\x02\x01\x00", 8);
	assert_memory_equal(iv + 8, "\xa0\xa1\xa2\xa3\xa4\xa5\x00\x00", 8);
	nonce.len = 7;
	assert_true(aead_iv(find("aes-ccm"), &nonce, iv));
	assert_memory_equal(iv, "\x07\x00\x00\x00\x03\x02\x01\x00", 8);
	assert_memory_equal(iv + 8, "\x00\x00\x00\x00\x00\x00\x00\x00", 8);
	nonce.len = 6;
	assert_false(aead_iv(find("aes-ccm"), &nonce, iv));
	nonce.len = 14;
	assert_false(aead_iv(find("aes-ccm"), &nonce, iv));
	nonce.len = 12;
	assert_true(aead_iv(find("aes-gcm"), &nonce, iv));
	nonce.len = 500;
	assert_false(aead_iv(find("aes-gcm"), &nonce, iv));
}

/* One byte is read ahead, which must be neither lost nor doubled. */
static void the_last_piece_is_known_as_such(void **state)
{
	char path[] = "/tmp/test_tool-XXXXXX", piece[4];
	int fd = mkstemp(path);
	struct input input;
	bool last;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "abcdefgh", 8), 8);
	assert_true(input_open(&input, path));
	assert_int_equal(input.size, 8);
	assert_int_equal(input_read(&input, piece, 4, &last), 4);
	assert_memory_equal(piece, "abcd", 4);
	assert_false(last);
	assert_int_equal(input_read(&input, piece, 4, &last), 4);
	assert_memory_equal(piece, "efgh", 4);
	assert_true(last);
	assert_int_equal(input_read(&input, piece, 4, &last), 0);
	assert_true(last);
	input_close(&input);
	close(fd);
	unlink(path);
}

/* What json_...() print, with a text that has to be told from its quotes. */
static void json_is_as_its_rfc_wants(void **state)
{
	static const char expected[] =
		"{\n"
		"  \"text\": \"a \\\"b\\\\ \\u000a\",\n"
		"  \"empty\": {},\n"
		"  \"list\": [\n"
		"    18446744073709551615,\n"
		"    0.5\n"
		"  ],\n"
		"  \"yes\": true,\n"
		"  \"number\": 170,\n"
		"  \"zeros\": \"007\",\n"
		"  \"long\": \"1234567890123456789\"\n"
		"}\n";
	char text[sizeof(expected) + 100] = { 0 };
	int saved = dup(STDOUT_FILENO), pipes[2];

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(pipes), 0);
	assert_true(dup2(pipes[1], STDOUT_FILENO) >= 0);
	json_begin(NULL, '{');
	json_string("text", "a \"b\\ \n");
	json_begin("empty", '{');
	json_end('}');
	json_begin("list", '[');
	json_count(NULL, UINT64_MAX);
	json_real(NULL, 0.5);
	json_end(']');
	json_bool("yes", true);
	json_found("number", "170");
	json_found("zeros", "007");
	json_found("long", "1234567890123456789");
	json_end('}');
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(pipes[1]);
	assert_int_equal(read(pipes[0], text, sizeof(text) - 1), (ssize_t)sizeof(expected) - 1);
	close(pipes[0]);
	assert_string_equal(text, expected);
}

static int open_nothing(struct job *job)
{
	return job->work->size == 1 ? EINVAL : 0;
}

/* 97 of 100 calls began a millisecond ago, the others a second. */
static int call_nothing(struct job *job)
{
	unsigned int *calls = job->own;

	if (!calls)
		job->own = calls = calloc(1, sizeof(*calls));
	assert_non_null(calls);
	job->began -= (*calls)++ % 100 < 97 ? 1e-3 : 1;
	return 0;
}

static void close_nothing(struct job *job)
{
	free(job->own);
}

static void times_of_calls_are_counted(void **state)
{
	static const struct runner runner = { open_nothing, call_nothing, close_nothing };
	const struct arguments arguments = { .jobs = 3, .seconds = 0.05 };
	struct work work = { .arguments = &arguments, .size = 2 };
	struct rate rate = measure(&work, &runner);

	(void)state;
	assert_true(rate.calls > 0);
	assert_true(rate.median > 0.9e-3 && rate.median < 0.9);
	assert_true(rate.most > 0.9 && rate.longest >= 1);
	work.size = 1;
	assert_true(measure(&work, &runner).calls <= 0);
}

/*
 * As where programs are to use a provider for the device: what asks for libcrypto with the
 * configuration's properties finds nothing.  libcrypto reads it once, when it is first used.
 */
static int configure_another_provider(void **state)
{
	static const char text[] = "openssl_conf = main\n[main]\nalg_section = algorithms\n"
				   "[algorithms]\ndefault_properties = provider=vcrypto\n";
	static char name[] = "/tmp/openssl.cnf.XXXXXX";
	int file = mkstemp(name);

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	return setenv("OPENSSL_CONF", name, 1);
}

static int forget_configuration(void **state)
{
	(void)state;
	unlink(getenv("OPENSSL_CONF"));
	return unsetenv("OPENSSL_CONF");
}

/* All but what needs another provider than OpenSSL's default one; whatever is configured. */
static void libcrypto_does_the_same(void **state)
{
	static const char others[] = " null des-cbc blowfish-cbc cast5-cbc arc4 ";
	struct arguments arguments = { .jobs = 1, .seconds = 1e-6 };

	(void)state;
	if (!libcrypto_built)
		skip();
	for (size_t i = 0; i < 2 * algorithm_count; i++) {
		const struct algorithm *algorithm = &algorithms[i / 2];
		struct work work = { .arguments = &arguments, .algorithm = algorithm, .size = 48 };
		char name[50];

		arguments.decrypt = i % 2 && algorithm_decrypts(algorithm);
		device_test_key(&work.key, algorithm->kind == KIND_MAC ? 32 : algorithm->key_min);
		snprintf(name, sizeof(name), " %s ", algorithm->name);
		if ((measure(&work, &software_runner).calls > 0) == !!strstr(others, name))
			fail_msg("%s", algorithm->name);
	}
}

static void the_version_is_the_projects(void **state)
{
	(void)state;
	assert_string_equal(TOOL_VERSION, PROJECT_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_that_of_the_library),
		cmocka_unit_test(every_name_means_one_algorithm),
		cmocka_unit_test(a_name_may_say_the_length_of_the_key),
		cmocka_unit_test(hexadecimal_digits_become_bytes),
		cmocka_unit_test(sizes_may_have_a_unit),
		cmocka_unit_test(progress_says_how_much_and_how_fast),
		cmocka_unit_test(a_ccm_nonce_becomes_a_counter_block),
		cmocka_unit_test(the_last_piece_is_known_as_such),
		cmocka_unit_test(json_is_as_its_rfc_wants),
		cmocka_unit_test(times_of_calls_are_counted),
		cmocka_unit_test_setup_teardown(libcrypto_does_the_same,
						configure_another_provider, forget_configuration),
		cmocka_unit_test(the_version_is_the_projects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
