// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The driver's half against a device that lies: config space (protocol 2.3),
 * what it refuses to build, and responses (5.2).
 */
#include <stdlib.h>

#include "flat.h"

/* --- config space --- */

static struct vcrypto_config good_config(void)
{
	struct vcrypto_engine *engine = flat_engine(&vcrypto_backend_null);
	struct vcrypto_config config;

	vcrypto_engine_config(engine, 3, &config);
	flat_engine_free(engine);
	return config;
}

static void a_good_config_is_taken_as_it_is(void **state)
{
	struct vcrypto_config config = good_config();
	struct vcrypto_device_limits limits;

	(void)state;
	assert_true(vcrypto_check_config(&config, &limits));
	assert_int_equal(limits.queues, 3);
	assert_int_equal(limits.contexts, 4);
	assert_int_equal(limits.sessions, 8);
	assert_int_equal(limits.cipher_key, VCRYPTO_MAX_CIPHER_KEY);
	assert_int_equal(limits.mac_key, VCRYPTO_MAX_MAC_KEY);
	assert_int_equal(limits.payload, 4096);
	assert_int_equal(limits.aad, 512);
	assert_int_equal(limits.ciphers, vcrypto_get64(config.ciphers));
	assert_int_equal(limits.macs, vcrypto_get64(config.macs));
	assert_string_equal(limits.backend, "null");
}

/* 2.2 */
static void a_device_of_another_version_is_refused(void **state)
{
	static const uint16_t versions[] = { 0, 2, 0x100, 0xffff };
	struct vcrypto_device_limits limits;
	struct vcrypto_config config;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(versions); i++) {
		config = good_config();
		config.version = vcrypto_put16(versions[i]);
		assert_false(vcrypto_check_config(&config, &limits));
	}
	config = good_config();
	config.reserved = vcrypto_put16(0x8000);
	assert_false(vcrypto_check_config(&config, &limits));
}

/* As from a device that has been unplugged, or a config space that is too short. */
static void a_config_of_all_ones_or_all_zeros_is_refused(void **state)
{
	struct vcrypto_device_limits limits;
	struct vcrypto_config config;
	size_t from;

	(void)state;
	memset(&config, 0xff, sizeof(config));
	assert_false(vcrypto_check_config(&config, &limits));
	memset(&config, 0, sizeof(config));
	assert_false(vcrypto_check_config(&config, &limits));
	for (from = 0; from < 24; from++) {
		config = good_config();
		memset((uint8_t *)&config + from, 0, sizeof(config) - from);
		assert_false(vcrypto_check_config(&config, &limits));
	}
}

/* 2.3: a table of no entries, or a payload below 4096 */
static void a_config_with_nothing_to_use_is_refused(void **state)
{
	struct vcrypto_device_limits limits;
	struct vcrypto_config config = good_config();

	(void)state;
	config.queues = vcrypto_put32(0);
	assert_false(vcrypto_check_config(&config, &limits));
	config = good_config();
	config.max_contexts = vcrypto_put32(0);
	assert_false(vcrypto_check_config(&config, &limits));
	config = good_config();
	config.max_sessions = vcrypto_put32(0);
	assert_false(vcrypto_check_config(&config, &limits));
	config = good_config();
	config.max_payload = vcrypto_put32(4095);
	assert_false(vcrypto_check_config(&config, &limits));
	config = good_config();
	config.max_payload = vcrypto_put32(0);
	assert_false(vcrypto_check_config(&config, &limits));
}

/* 2.3, 2.4: huge values are lowered, keys of length 0 are what they are */
static void values_above_the_format_are_lowered_to_it(void **state)
{
	static const uint32_t huge[] = { 65537, 0x7fffffff, 0x80000000, 0xffffffff };
	struct vcrypto_config config = good_config();
	struct vcrypto_device_limits limits;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(huge); i++) {
		config.queues = config.max_contexts = config.max_sessions =
			config.max_cipher_key = config.max_mac_key = config.max_aad =
			vcrypto_put32(huge[i]);
		config.max_payload = vcrypto_put32(huge[i] < VCRYPTO_MAX_PAYLOAD ?
						   VCRYPTO_MAX_PAYLOAD + 1 : huge[i]);
		assert_true(vcrypto_check_config(&config, &limits));
		assert_int_equal(limits.queues, VCRYPTO_MAX_QUEUES);
		assert_int_equal(limits.contexts, VCRYPTO_MAX_CONTEXTS);
		assert_int_equal(limits.sessions, VCRYPTO_MAX_SESSIONS);
		assert_int_equal(limits.cipher_key, VCRYPTO_MAX_CIPHER_KEY);
		assert_int_equal(limits.mac_key, VCRYPTO_MAX_MAC_KEY);
		assert_int_equal(limits.payload, VCRYPTO_MAX_PAYLOAD);
		assert_int_equal(limits.aad, VCRYPTO_MAX_AAD);
	}
	config.max_cipher_key = config.max_mac_key = vcrypto_put32(0);
	assert_true(vcrypto_check_config(&config, &limits));
	assert_int_equal(limits.cipher_key, 0);
	assert_int_equal(limits.mac_key, 0);
}

/* 2.3 */
static void algorithm_bits_that_nobody_knows_are_dropped(void **state)
{
	struct vcrypto_config config = good_config();
	struct vcrypto_device_limits limits;
	uint32_t id;

	(void)state;
	config.ciphers = config.macs = vcrypto_put64(UINT64_MAX);
	assert_true(vcrypto_check_config(&config, &limits));
	for (id = 0; id < 64; id++) {
		assert_int_equal(limits.ciphers >> id & 1, vcrypto_cipher_find(id) != NULL);
		assert_int_equal(limits.macs >> id & 1, vcrypto_mac_find(id) != NULL);
	}
	config.ciphers = config.macs = vcrypto_put64(0);
	assert_true(vcrypto_check_config(&config, &limits));
	assert_int_equal(limits.ciphers | limits.macs, 0);
}

/* 2.3: the name is shown to users, so it is terminated and printable */
static void a_name_that_is_not_printable_or_not_terminated_is_cut(void **state)
{
	static const char *const names[][2] = {
		{ "0123456789abcdef", "0123456789abcde" },
		{ "ab\x1b[31m", "ab" }, { "\xff\xff", "" }, { "a\nb", "a" }, { "a\x7f", "a" },
	};
	struct vcrypto_config config = good_config();
	struct vcrypto_device_limits limits;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		memset(config.backend, 'x', sizeof(config.backend));
		memcpy(config.backend, names[i][0], strlen(names[i][0]));
		memset(&limits, 0x5a, sizeof(limits));
		assert_true(vcrypto_check_config(&config, &limits));
		assert_string_equal(limits.backend, names[i][1]);
		assert_true(all_bytes(limits.backend + strlen(names[i][1]),
				      sizeof(limits.backend) - strlen(names[i][1]), 0));
	}
}

/* --- what a driver checks before it asks --- */

/* 4.GSESSION.2, 4.3.1: for every pair of algorithms and many key lengths */
static void a_driver_gives_the_answer_that_the_device_would_give(void **state)
{
	static const uint32_t key_lens[] = { 0, 1, 4, 8, 16, 23, 24, 32, 56, 57, 64 };
	static const uint32_t mac_lens[] = { 0, 1, 20, 512 };
	struct vcrypto_engine *engine = flat_engine(&vcrypto_backend_null);
	struct vcrypto_device_limits limits;
	struct vcrypto_config config = good_config();
	static struct flat flat, free_flat;
	uint32_t cipher, mac;
	size_t i, k;

	(void)state;
	assert_true(vcrypto_check_config(&config, &limits));
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	flat_free(&free_flat, 0, 0);
	for (cipher = 0; cipher < 20; cipher++)
	for (mac = 0; mac < 66; mac++)
	for (i = 0; i < COUNT(key_lens); i++)
	for (k = 0; k < COUNT(mac_lens); k++) {
		struct vcrypto_session_args args = both_args(0, cipher, key_lens[i], mac,
							     mac_lens[k]);
		int status;

		flat_session(&flat, &args);
		status = flat_status(engine, &flat);
		if (status != (int)vcrypto_check_session(&limits, &args))
			print_error("cipher %u key %u mac %u key %u: device %d\n", cipher,
				    key_lens[i], mac, mac_lens[k], status);
		assert_int_equal(vcrypto_check_session(&limits, &args), status);
		if (status == VCRYPTO_OK)
			assert_int_equal(flat_status(engine, &free_flat), VCRYPTO_OK);
	}
	flat_engine_free(engine);
}

/* 4.3.1 */
static void keys_longer_than_the_device_takes_are_bad_keys(void **state)
{
	struct vcrypto_session_args args = both_args(0, VCRYPTO_CIPHER_AES_CBC, 32,
						     VCRYPTO_MAC_HMAC_SHA1, 100);
	struct vcrypto_config config = good_config();
	struct vcrypto_device_limits limits;

	(void)state;
	assert_true(vcrypto_check_config(&config, &limits));
	assert_int_equal(vcrypto_check_session(&limits, &args), VCRYPTO_OK);
	limits.cipher_key = 31;
	assert_int_equal(vcrypto_check_session(&limits, &args), VCRYPTO_BAD_KEY);
	limits.cipher_key = 32;
	limits.mac_key = 99;
	assert_int_equal(vcrypto_check_session(&limits, &args), VCRYPTO_BAD_KEY);
	args.cipher_key_len = args.mac_key_len = 0xffffffff;
	assert_int_equal(vcrypto_check_session(&limits, &args), VCRYPTO_BAD_KEY);
	args.cipher = 0x10003;
	assert_int_equal(vcrypto_check_session(&limits, &args), VCRYPTO_NOT_SUPPORTED);
}

/* driver.h: false if it does not fit; never a byte beyond the room */
static void a_request_that_does_not_fit_is_not_built(void **state)
{
	struct vcrypto_session_args session = both_args(1, VCRYPTO_CIPHER_AES_CBC, 32,
							VCRYPTO_MAC_HMAC_SHA1, 100);
	struct vcrypto_crypt_args crypt = { .iv = key_bytes, .iv_len = 16 };
	struct vcrypto_response_header header;
	struct vcrypto_message message = { .header = &header };
	uint8_t *control;
	size_t room;

	(void)state;
	for (room = 0; room < 200; room++) {
		control = malloc(room ? room : 1);
		message.control = control;
		message.size = room;
#define FITS(length, call) \
		do { \
			message.len = 1; \
			assert_int_equal(call, room >= (length)); \
			assert_int_equal(message.len, room < (length) ? 0 : (length)); \
		} while (0)
		FITS(16, vcrypto_build_context_open(&message, 1));
		FITS(16, vcrypto_build_context_close(&message, 1));
		FITS(164, vcrypto_build_session_new(&message, &session));
		FITS(16, vcrypto_build_session_free(&message, 1, 1));
		FITS(16, vcrypto_build_session_info(&message, 1, 1));
		FITS(24, vcrypto_build_hash_copy(&message, 1, 2, 3));
		FITS(48, vcrypto_build_crypt(&message, &crypt));
		FITS(16, vcrypto_build_counters(&message));
		free(control);
	}
}

/* 2.4 */
static void keys_and_ivs_longer_than_the_format_are_not_sent(void **state)
{
	struct vcrypto_session_args session = both_args(1, 3, VCRYPTO_MAX_CIPHER_KEY, 37,
							VCRYPTO_MAX_MAC_KEY);
	struct vcrypto_crypt_args crypt = { .iv = key_bytes, .iv_len = 17 };
	struct vcrypto_response_header header;
	uint8_t control[2 * VCRYPTO_MAX_CONTROL];
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	(void)state;
#define BUILD_SESSION vcrypto_build_session_new(&message, &session)
	assert_true(BUILD_SESSION);
	assert_int_equal(message.len, VCRYPTO_MAX_CONTROL);
	session.cipher_key_len++;
	assert_false(BUILD_SESSION);
	assert_int_equal(message.len, 0);
	session.cipher_key_len = 0xffffffff;
	assert_false(BUILD_SESSION);
	assert_int_equal(message.len, 0);
	session.cipher_key_len = 0;
	session.mac_key_len++;
	assert_false(BUILD_SESSION);
	assert_int_equal(message.len, 0);
	session.mac_key_len = 0;
	session.cipher = 0x10000;
	assert_false(BUILD_SESSION);
	assert_int_equal(message.len, 0);
	session.cipher = 0;
	session.mac = 0x10001;
	assert_false(BUILD_SESSION);
	assert_int_equal(message.len, 0);
	assert_false(vcrypto_build_crypt(&message, &crypt));
	assert_int_equal(message.len, 0);
	crypt.iv_len = 16;
	assert_true(vcrypto_build_crypt(&message, &crypt));
	assert_int_equal(message.len, VCRYPTO_MAX_CRYPT_CONTROL);
}

/* --- responses --- */

static const struct vcrypto_expect wanted = { .dst_len = 1000, .mac_len = 20, .iv_len = 16 };

static struct vcrypto_response_header response(uint32_t status, uint32_t dst_len,
					       uint16_t mac_len, uint16_t iv_len)
{
	return (struct vcrypto_response_header){
		.status = vcrypto_put32(status), .dst_len = vcrypto_put32(dst_len),
		.mac_len = vcrypto_put16(mac_len), .iv_len = vcrypto_put16(iv_len),
	};
}

static int judge(struct vcrypto_response_header header, uint32_t used_len)
{
	return vcrypto_check_response(&header, used_len, &wanted);
}

static void an_honest_response_is_believed(void **state)
{
	int status;

	(void)state;
	assert_int_equal(judge(response(VCRYPTO_OK, 1000, 20, 16), 1052), VCRYPTO_OK);
	for (status = 1; status < VCRYPTO_AUTH_FAILED; status++)
		assert_int_equal(judge(response((uint32_t)status, 0, 0, 0), 16), status);
}

/* As an answer to what is built in the message: the tag, or what else it verifies, is wrong. */
static int judge_failed(bool is_built, const struct vcrypto_message *message)
{
	struct vcrypto_response_header header = response(VCRYPTO_AUTH_FAILED, 0, 0, 0);

	assert_true(is_built);
	return vcrypto_check_response(&header, 16, &message->expect);
}

/* 5.2 */
static void a_failure_to_verify_where_nothing_is_verified_is_a_broken_device(void **state)
{
	struct vcrypto_authcrypt_args auth = { .tag_len = 16 };
	const struct vcrypto_session_args session = { .mac = 1 };
	const struct vcrypto_crypt_args crypt = { .decrypt = true, .mac_len = 16 };
	struct vcrypto_response_header header;
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};
	unsigned int i;

	(void)state;
#define FAILED(build) judge_failed(build, &message)
	for (i = 0; i < 12; i++) {
		auth.mode = (enum vcrypto_auth_mode)(VCRYPTO_AUTH_AEAD + i / 4);
		auth.decrypt = i & 1;
		auth.more = i & 2;
		assert_int_equal(FAILED(vcrypto_build_authcrypt(&message, &auth)),
				 auth.decrypt && !auth.more ? VCRYPTO_AUTH_FAILED : -1);
	}
	assert_int_equal(FAILED(vcrypto_build_crypt(&message, &crypt)), -1);
	assert_int_equal(FAILED(vcrypto_build_session_new(&message, &session)), -1);
	assert_int_equal(FAILED(vcrypto_build_session_free(&message, 1, 1)), -1);
	assert_int_equal(FAILED(vcrypto_build_session_info(&message, 1, 1)), -1);
	assert_int_equal(FAILED(vcrypto_build_hash_copy(&message, 1, 2, 3)), -1);
	assert_int_equal(FAILED(vcrypto_build_context_open(&message, 1)), -1);
	assert_int_equal(FAILED(vcrypto_build_context_close(&message, 1)), -1);
	assert_int_equal(FAILED(vcrypto_build_counters(&message)), -1);
#undef FAILED
}

/* 5.2 */
static void a_used_length_that_cannot_be_is_a_broken_device(void **state)
{
	uint32_t len;

	(void)state;
	for (len = 0; len < 3000; len++) {
		if (len != 1052)
			assert_int_equal(judge(response(VCRYPTO_OK, 1000, 20, 16), len), -1);
		if (len != 16)
			assert_int_equal(judge(response(VCRYPTO_ERROR, 0, 0, 0), len), -1);
	}
	assert_int_equal(judge(response(VCRYPTO_OK, 1000, 20, 16), 0xffffffff), -1);
	assert_int_equal(judge(response(VCRYPTO_OK, 1000, 20, 16), 0x80000000 + 1052), -1);
}

/* 5.1: also the one that the driver had written there itself */
static void a_status_that_does_not_exist_is_a_broken_device(void **state)
{
	static const uint32_t statuses[] = { 11, 12, 255, 256, 0x10000, 0x80000000,
					     VCRYPTO_STATUS_UNSET };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(statuses); i++) {
		assert_int_equal(judge(response(statuses[i], 0, 0, 0), 16), -1);
		assert_int_equal(judge(response(statuses[i], 1000, 20, 16), 1052), -1);
	}
}

/* 5.2: even where they add up to the used length */
static void lengths_other_than_those_asked_for_are_a_broken_device(void **state)
{
	(void)state;
	assert_int_equal(judge(response(VCRYPTO_OK, 999, 20, 16), 1051), -1);
	assert_int_equal(judge(response(VCRYPTO_OK, 1001, 20, 16), 1053), -1);
	assert_int_equal(judge(response(VCRYPTO_OK, 1000, 19, 16), 1051), -1);
	assert_int_equal(judge(response(VCRYPTO_OK, 1000, 20, 0), 1036), -1);
	assert_int_equal(judge(response(VCRYPTO_OK, 1020, 0, 16), 1052), -1);
	assert_int_equal(judge(response(VCRYPTO_OK, 1000, 16, 20), 1052), -1);
	assert_int_equal(judge(response(VCRYPTO_OK, 0xffffffff, 20, 16), 1052), -1);
	assert_int_equal(judge(response(VCRYPTO_OK, 0, 0, 0), 16), -1);
	assert_int_equal(judge(response(VCRYPTO_ERROR, 1, 0, 0), 16), -1);
	assert_int_equal(judge(response(VCRYPTO_ERROR, 0, 1, 0), 16), -1);
	assert_int_equal(judge(response(VCRYPTO_ERROR, 0, 0, 1), 16), -1);
	assert_int_equal(judge(response(VCRYPTO_ERROR, 1000, 20, 16), 1052), -1);
}

/* 5.2 */
static void a_reserved_field_that_is_not_zero_is_a_broken_device(void **state)
{
	struct vcrypto_response_header header = response(VCRYPTO_OK, 1000, 20, 16);

	(void)state;
	header.reserved = vcrypto_put32(1);
	assert_int_equal(judge(header, 1052), -1);
	header = response(VCRYPTO_NO_SESSION, 0, 0, 0);
	header.reserved = vcrypto_put32(0x80000000);
	assert_int_equal(judge(header, 16), -1);
}

/* 5.2: lengths near 2^32 are added in 64 bits */
static void the_sum_of_lengths_does_not_wrap(void **state)
{
	const struct vcrypto_expect huge = { .dst_len = 0xfffffff0, .mac_len = 16, .iv_len = 16 };
	struct vcrypto_response_header header = response(VCRYPTO_OK, 0xfffffff0, 16, 16);

	(void)state;
	assert_int_equal(vcrypto_check_response(&header, 32, &huge), -1);
	assert_int_equal(vcrypto_check_response(&header, 16, &huge), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_config_is_taken_as_it_is),
		cmocka_unit_test(a_device_of_another_version_is_refused),
		cmocka_unit_test(a_config_of_all_ones_or_all_zeros_is_refused),
		cmocka_unit_test(a_config_with_nothing_to_use_is_refused),
		cmocka_unit_test(values_above_the_format_are_lowered_to_it),
		cmocka_unit_test(algorithm_bits_that_nobody_knows_are_dropped),
		cmocka_unit_test(a_name_that_is_not_printable_or_not_terminated_is_cut),
		cmocka_unit_test(a_driver_gives_the_answer_that_the_device_would_give),
		cmocka_unit_test(keys_longer_than_the_device_takes_are_bad_keys),
		cmocka_unit_test(a_request_that_does_not_fit_is_not_built),
		cmocka_unit_test(keys_and_ivs_longer_than_the_format_are_not_sent),
		cmocka_unit_test(an_honest_response_is_believed),
		cmocka_unit_test(a_used_length_that_cannot_be_is_a_broken_device),
		cmocka_unit_test(a_failure_to_verify_where_nothing_is_verified_is_a_broken_device),
		cmocka_unit_test(a_status_that_does_not_exist_is_a_broken_device),
		cmocka_unit_test(lengths_other_than_those_asked_for_are_a_broken_device),
		cmocka_unit_test(a_reserved_field_that_is_not_zero_is_a_broken_device),
		cmocka_unit_test(the_sum_of_lengths_does_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
