// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Contexts and sessions: every operation but CRYPT, and each of its refusals. */
#include <stdio.h>

#include "check.h"

static struct guest guest;

static int start(void **state)
{
	(void)state;
	guest_start(&guest, real_backend());
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	return 0;
}

/* The digest of 16 bytes in @session of context 0, over a fresh hash. */
static void assert_session_works(uint32_t session)
{
	struct vcrypto_crypt_args args = data_args(session, 16);
	uint8_t source[16] = { 0 };

	assert_answer(&guest, guest_crypt(&guest, &args, source), VCRYPTO_OK);
}

/* 4.1 */
static void a_context_can_be_opened_closed_and_opened_again(void **state)
{
	(void)state;
	assert_answer(&guest, guest_open(&guest, 7), VCRYPTO_OK);
	assert_answer(&guest, guest_close(&guest, 7), VCRYPTO_OK);
	assert_answer(&guest, guest_open(&guest, 7), VCRYPTO_OK);
}

/* 4.1, 2.5 */
static void opening_an_open_context_is_refused_and_keeps_its_sessions(void **state)
{
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_AES_CBC, 16);

	(void)state;
	make_session(&guest, &args);
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_HANDLE_IN_USE);
	assert_session_works(0);
}

/* 4.1; the table has 8 entries */
static void a_context_past_the_table_is_refused(void **state)
{
	static const uint32_t handles[] = { 8, 9, 0x100, 0x10000, 0x7fffffff, 0x80000000,
					    0xffffffff };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(handles); i++) {
		assert_answer(&guest, guest_open(&guest, handles[i]), VCRYPTO_NO_SPACE);
		assert_answer(&guest, guest_close(&guest, handles[i]), VCRYPTO_NO_CONTEXT);
	}
}

/* 4.2 */
static void closing_a_context_that_is_not_open_is_refused(void **state)
{
	(void)state;
	assert_answer(&guest, guest_close(&guest, 0), VCRYPTO_NO_CONTEXT);
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_OK);
	assert_answer(&guest, guest_close(&guest, 1), VCRYPTO_NO_CONTEXT);
	assert_answer(&guest, guest_close(&guest, 0), VCRYPTO_OK);
	assert_answer(&guest, guest_close(&guest, 0), VCRYPTO_NO_CONTEXT);
}

/* 4.CLOSE, 4.2: the sessions of others stay */
static void closing_a_context_frees_its_sessions_only(void **state)
{
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_AES_CBC, 16);
	struct vcrypto_crypt_args data = data_args(0, 16);
	uint8_t source[16] = { 0 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 16; i++) {
		args.session = i;
		args.context = i % 3;
		make_session(&guest, &args);
	}
	assert_answer(&guest, guest_close(&guest, 1), VCRYPTO_OK);
	assert_answer(&guest, guest_open(&guest, 1), VCRYPTO_OK);
	for (i = 0; i < 16; i++) {
		data.session = i;
		data.context = i % 3;
		assert_answer(&guest, guest_crypt(&guest, &data, source),
			      i % 3 == 1 ? VCRYPTO_NO_SESSION : VCRYPTO_OK);
	}
}

/* 2.5: freed from the middle, the ends, and in any order */
static void sessions_of_a_context_can_be_freed_in_any_order(void **state)
{
	static const uint32_t orders[][5] = {
		{ 0, 1, 2, 3, 4 }, { 4, 3, 2, 1, 0 }, { 2, 0, 4, 1, 3 }, { 1, 3, 0, 4, 2 },
	};
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_AES_CTR, 16);
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(orders); i++) {
		for (k = 0; k < 5; k++) {
			args.session = (uint32_t)k;
			make_session(&guest, &args);
		}
		for (k = 0; k < 5; k++) {
			assert_answer(&guest, guest_free(&guest, 0, orders[i][k]), VCRYPTO_OK);
			assert_answer(&guest, guest_free(&guest, 0, orders[i][k]),
				      VCRYPTO_NO_SESSION);
			if (k < 4)
				assert_session_works(orders[i][k + 1]);
		}
	}
	assert_answer(&guest, guest_close(&guest, 0), VCRYPTO_OK);
}

/* 4.3 */
static void a_session_needs_an_open_context(void **state)
{
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_AES_CBC, 16);

	(void)state;
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NO_CONTEXT);
	args.context = 8;
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NO_CONTEXT);
	args.context = 0xffffffff;
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NO_CONTEXT);
}

/* 4.3, 2.5 */
static void a_session_past_the_table_is_refused(void **state)
{
	static const uint32_t handles[] = { 16, 17, 0x10000, 0x80000000, 0xffffffff };
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_AES_CBC, 16);
	size_t i;

	(void)state;
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_OK);
	for (i = 0; i < COUNT(handles); i++) {
		args.session = handles[i];
		assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NO_SPACE);
		assert_answer(&guest, guest_free(&guest, 0, handles[i]), VCRYPTO_NO_SESSION);
		assert_answer(&guest, guest_info(&guest, 0, handles[i]), VCRYPTO_NO_SESSION);
	}
}

/* 4.3: taken, by this context or by another, looks the same */
static void a_session_handle_that_is_taken_is_refused(void **state)
{
	struct vcrypto_session_args args = cipher_args(3, VCRYPTO_CIPHER_AES_CBC, 16);

	(void)state;
	make_session(&guest, &args);
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_HANDLE_IN_USE);
	assert_answer(&guest, guest_open(&guest, 1), VCRYPTO_OK);
	args.context = 1;
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_HANDLE_IN_USE);
	assert_session_works(3);
}

/* 4.3, 4.GSESSION.1 */
static void a_session_of_nothing_or_of_something_unknown_is_refused(void **state)
{
	uint32_t ciphers[] = { 1, 31, 63, 64, 65, 255, 0x8003, 0xffff };
	static const uint32_t macs[] = { 12, 31, 32, 44, 63, 64, 65, 96, 255, 0x8004, 0xffff };
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_NONE, 0);
	size_t i;

	(void)state;
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_OK);
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NOT_SUPPORTED);
	/* The first that is not known. */
	while (vcrypto_cipher_find(ciphers[0]))
		ciphers[0]++;
	for (i = 0; i < COUNT(ciphers); i++) {
		args = cipher_args(0, ciphers[i], 16);
		assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NOT_SUPPORTED);
		args.mac = VCRYPTO_MAC_SHA1;
		assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NOT_SUPPORTED);
	}
	for (i = 0; i < COUNT(macs); i++) {
		args = hash_args(0, macs[i], 16);
		assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NOT_SUPPORTED);
		args = both_args(0, VCRYPTO_CIPHER_AES_CBC, 16, macs[i], 16);
		assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NOT_SUPPORTED);
	}
	assert_answer(&guest, guest_info(&guest, 0, 0), VCRYPTO_NO_SESSION);
}

/* 4.OPEN.1, 4.4, 2.5: a neighbour must not learn that the handle exists */
static void a_session_handle_of_another_context_is_refused(void **state)
{
	struct vcrypto_session_args args = hash_args(5, VCRYPTO_MAC_SHA1, 0);
	struct vcrypto_session_args own = hash_args(6, VCRYPTO_MAC_SHA1, 0);
	struct vcrypto_crypt_args data = { .context = 1, .session = 5, .mac_len = 20 };

	(void)state;
	own.context = 1;
	make_session(&guest, &args);
	make_session(&guest, &own);
	assert_answer(&guest, guest_free(&guest, 1, 5), VCRYPTO_NO_SESSION);
	assert_answer(&guest, guest_info(&guest, 1, 5), VCRYPTO_NO_SESSION);
	assert_answer(&guest, guest_crypt(&guest, &data, ""), VCRYPTO_NO_SESSION);
	assert_answer(&guest, guest_hash_copy(&guest, 1, 5, 6), VCRYPTO_NO_SESSION);
	assert_answer(&guest, guest_hash_copy(&guest, 1, 6, 5), VCRYPTO_NO_SESSION);
	data.context = 0;
	assert_answer(&guest, guest_crypt(&guest, &data, ""), VCRYPTO_OK);
}

/* 2.5, 3.4: a context that is not open has no sessions; NO_SESSION says it all */
static void a_session_in_a_context_that_is_not_open_is_refused(void **state)
{
	struct vcrypto_crypt_args data = { .context = 2, .session = 0 };

	(void)state;
	assert_answer(&guest, guest_free(&guest, 2, 0), VCRYPTO_NO_SESSION);
	assert_answer(&guest, guest_free(&guest, 0xffffffff, 0), VCRYPTO_NO_SESSION);
	assert_answer(&guest, guest_crypt(&guest, &data, ""), VCRYPTO_NO_SESSION);
}

/* 2.5: the driver need not wait */
static void a_handle_can_be_made_used_freed_and_made_again_without_waiting(void **state)
{
	struct vcrypto_session_args args = hash_args(0, VCRYPTO_MAC_MD5, 0);
	struct vcrypto_crypt_args data = { .mac_len = 16 };
	struct guest_call *calls[16];
	size_t i;

	(void)state;
	calls[0] = guest_open(&guest, 0);
	for (i = 1; i < 13; i += 3) {
		calls[i] = guest_session(&guest, &args);
		calls[i + 1] = guest_crypt(&guest, &data, "");
		calls[i + 2] = guest_free(&guest, 0, 0);
	}
	calls[13] = guest_crypt(&guest, &data, "");
	calls[14] = guest_close(&guest, 0);
	calls[15] = guest_session(&guest, &args);
	host_run(&guest);
	for (i = 0; i < 13; i++)
		assert_status(calls[i], VCRYPTO_OK);
	assert_status(calls[13], VCRYPTO_NO_SESSION);
	assert_status(calls[14], VCRYPTO_OK);
	assert_status(calls[15], VCRYPTO_NO_CONTEXT);
}

/* @name and the backend's; nothing for "none". */
static void driver_name(char to[VCRYPTO_NAME_LEN], const char *name)
{
	memset(to, 0, VCRYPTO_NAME_LEN);
	if (*name)
		snprintf(to, VCRYPTO_NAME_LEN, "%s-%s", name, real_backend()->name);
}

static void assert_names(uint32_t session, const char *cipher, const char *mac)
{
	struct guest_call *call = guest_info(&guest, 0, session);
	struct vcrypto_session_info info;
	char expected[VCRYPTO_NAME_LEN];

	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	memcpy(&info, call->dst, sizeof(info));
	driver_name(expected, cipher);
	assert_memory_equal(info.cipher_driver, expected, sizeof(expected));
	driver_name(expected, mac);
	assert_memory_equal(info.mac_driver, expected, sizeof(expected));
	assert_int_equal(vcrypto_get32(info.alignmask), 0);
	assert_int_equal(vcrypto_get32(info.flags), VCRYPTO_SESSION_INFO_OFFLOADED);
}

/* 4.5, 4.INFO.1 */
static void session_info_names_what_does_the_work(void **state)
{
	struct vcrypto_session_args args[] = {
		cipher_args(0, VCRYPTO_CIPHER_AES_CTR, 16),
		hash_args(1, VCRYPTO_MAC_SHA2_512, 0),
		both_args(2, VCRYPTO_CIPHER_NULL, 0, VCRYPTO_MAC_HMAC_MD5, 9),
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(args); i++)
		make_session(&guest, &args[i]);
	assert_names(0, "ctr-aes", "");
	assert_names(1, "", "sha512");
	assert_names(2, "ecb-null", "hmac-md5");
}

static uint64_t counter(size_t offset)
{
	struct guest_call *call = guest_counters(&guest);
	struct vcrypto_le64 value;

	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	memcpy(&value, call->dst + offset, sizeof(value));
	guest_forget(&guest, call);
	return vcrypto_get64(value);
}

/* 4.9 */
static void counters_count(void **state)
{
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_AES_CBC, 16);
	uint64_t requests = counter(offsetof(struct vcrypto_counters, requests));

	(void)state;
	assert_int_equal(requests, 0);
	make_session(&guest, &args);
	assert_session_works(0);
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_HANDLE_IN_USE);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, requests)), 5);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, failures)), 1);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, crypt_requests)), 1);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, bytes_in)), 16);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, bytes_out)), 16);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, sessions_created)), 1);
	/* Two 32-bit fields: one context, one session. */
	assert_int_equal(counter(offsetof(struct vcrypto_counters, contexts)),
			 (uint64_t)1 << 32 | 1);
	assert_answer(&guest, guest_close(&guest, 0), VCRYPTO_OK);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, contexts)), 0);
	guest_reset(&guest);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, requests)), 0);
	assert_int_equal(counter(offsetof(struct vcrypto_counters, sessions_created)), 0);
}

/* 1.1: requests take effect in order, so those before COUNTERS are counted,
 * however many the device takes at once. */
static void counters_do_not_depend_on_how_many_requests_the_device_takes_at_once(void **state)
{
	struct guest_call *counters;
	struct vcrypto_counters values;

	(void)state;
	guest_open(&guest, 0);
	guest_open(&guest, 0);
	counters = guest_counters(&guest);
	guest_close(&guest, 0);
	host_run(&guest);
	assert_status(counters, VCRYPTO_OK);
	memcpy(&values, counters->dst, sizeof(values));
	assert_int_equal(vcrypto_get64(values.requests), 2);
	assert_int_equal(vcrypto_get64(values.failures), 1);
	assert_int_equal(vcrypto_get32(values.contexts), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_context_can_be_opened_closed_and_opened_again),
		TEST(opening_an_open_context_is_refused_and_keeps_its_sessions),
		TEST(a_context_past_the_table_is_refused),
		TEST(closing_a_context_that_is_not_open_is_refused),
		TEST(closing_a_context_frees_its_sessions_only),
		TEST(sessions_of_a_context_can_be_freed_in_any_order),
		TEST(a_session_needs_an_open_context),
		TEST(a_session_past_the_table_is_refused),
		TEST(a_session_handle_that_is_taken_is_refused),
		TEST(a_session_of_nothing_or_of_something_unknown_is_refused),
		TEST(a_session_handle_of_another_context_is_refused),
		TEST(a_session_in_a_context_that_is_not_open_is_refused),
		TEST(a_handle_can_be_made_used_freed_and_made_again_without_waiting),
		TEST(session_info_names_what_does_the_work),
		TEST(counters_count),
		TEST(counters_do_not_depend_on_how_many_requests_the_device_takes_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
