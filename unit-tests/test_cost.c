// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a request will cost: for callers that share out time. */
#include "check.h"

static struct guest guest;

static int start(void **state)
{
	(void)state;
	guest_start(&guest, &vcrypto_backend_null);
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_OK);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	return 0;
}

/* Of the request in @control, with @payload bytes after it and room for @room. */
static uint64_t cost(uint8_t *control, size_t len, size_t payload, size_t room)
{
	static uint8_t memory[1 << 20];
	const struct iovec in[2] = { { control, len }, { memory, payload } };
	const struct iovec out = { memory, sizeof(struct vcrypto_response_header) + room };
	struct vcrypto_request request;

	assert_true(vcrypto_decode(guest.engine, vcrypto_cursor_start(in, 2),
				   vcrypto_cursor_start(&out, 1), &request));
	return vcrypto_cost(guest.engine, &request);
}

static uint64_t cost_of_crypt(uint32_t session, uint32_t len, bool has_cipher)
{
	struct vcrypto_crypt_args args = data_args(session, len);
	struct vcrypto_response_header header;
	uint8_t control[VCRYPTO_MAX_CONTROL];
	size_t size;
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	if (!has_cipher)
		args.dst_len = 0;
	assert_true(vcrypto_build_crypt(&message, &args));
	size = message.len;
	return cost(control, size, len, args.dst_len);
}

static uint64_t cost_of_close(uint32_t context)
{
	struct vcrypto_response_header header;
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	assert_true(vcrypto_build_context_close(&message, context));
	return cost(control, message.len, 0, 0);
}

/* What the bytes alone cost. */
static uint64_t payload_cost(uint32_t session, uint32_t len, bool has_cipher)
{
	return cost_of_crypt(session, len, has_cipher) - cost_of_crypt(session, 0, has_cipher);
}

static void data_costs_its_length_times_what_a_byte_costs(void **state)
{
	const struct vcrypto_cipher *des3 = vcrypto_cipher_find(VCRYPTO_CIPHER_3DES_CBC);
	const struct vcrypto_mac *sha = vcrypto_mac_find(VCRYPTO_MAC_SHA2_256);
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_3DES_CBC, 24);

	(void)state;
	make_session(&guest, &args);
	args = hash_args(1, VCRYPTO_MAC_SHA2_256, 0);
	make_session(&guest, &args);
	assert_int_equal(payload_cost(0, 4096, true), 4096 * vcrypto_weight(des3, NULL));
	assert_int_equal(payload_cost(1, 5000, false), 5000 * vcrypto_weight(NULL, sha));
}

static uint64_t cost_of_record(uint32_t session, uint32_t len, bool decrypt)
{
	struct vcrypto_authcrypt_args args = {
		.session = session, .mode = VCRYPTO_AUTH_TLS, .decrypt = decrypt, .tag_len = 20,
		.src_len = len, .dst_len = len,
	};
	uint8_t control[VCRYPTO_MAX_AUTHCRYPT_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	assert_true(vcrypto_build_authcrypt(&message, &args));
	return cost(control, message.len, len, len);
}

/* What is done does not depend on where its MAC is, so there is more of it. */
static void to_open_a_record_costs_more_than_its_bytes(void **state)
{
	struct vcrypto_session_args args = both_args(2, VCRYPTO_CIPHER_AES_CBC, 16,
						     VCRYPTO_MAC_HMAC_SHA1, 20);
	uint32_t len;

	(void)state;
	make_session(&guest, &args);
	for (len = 64; len <= 1024; len += 64)
		assert_true(cost_of_record(2, len, true) >= cost_of_record(2, len, false) + 2000);
	assert_int_equal(cost_of_record(2, 512, false), cost_of_crypt(2, 512, true));
}

/* It may have been made by the time its turn comes. */
static void a_session_that_is_not_there_is_the_dearest_there_could_be(void **state)
{
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint32_t i, j;

	(void)state;
	for (i = 1; (cipher = vcrypto_cipher_find(i)); i++)
		for (j = 0; j < VCRYPTO_MAX_ALGORITHMS; j++) {
			mac = vcrypto_mac_find(j);
			assert_true(payload_cost(7, 4096, true) >=
				    4096 * (uint64_t)vcrypto_weight(cipher, mac));
		}
}

static void closing_a_context_costs_what_it_holds(void **state)
{
	struct vcrypto_session_args args = hash_args(0, VCRYPTO_MAC_SHA1, 0);
	uint64_t nothing = cost_of_close(0), one;

	(void)state;
	make_session(&guest, &args);
	one = cost_of_close(0) - nothing;
	assert_true(one > 0);
	for (args.session = 1; args.session < 10; args.session++)
		make_session(&guest, &args);
	assert_int_equal(cost_of_close(0), nothing + 10 * one);
	assert_answer(&guest, guest_free(&guest, 0, 5), VCRYPTO_OK);
	assert_int_equal(cost_of_close(0), nothing + 9 * one);
	/* Not a context, or a new one: nothing to do. */
	assert_int_equal(cost_of_close(1), nothing);
	assert_answer(&guest, guest_close(&guest, 0), VCRYPTO_OK);
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_OK);
	assert_int_equal(cost_of_close(0), nothing);
}

static void a_refusal_costs_the_same_whatever_it_is_of(void **state)
{
	uint8_t control[16] = { 1, 0, 99 };

	(void)state;
	assert_int_equal(cost(control, 16, 0, 0), cost(control, 16, 1 << 20, 0));
	assert_int_equal(cost(control, 16, 0, 0), cost(control, 3, 0, 0));
	assert_true(cost(control, 16, 0, 0) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(data_costs_its_length_times_what_a_byte_costs),
		TEST(to_open_a_record_costs_more_than_its_bytes),
		TEST(a_session_that_is_not_there_is_the_dearest_there_could_be),
		TEST(closing_a_context_costs_what_it_holds),
		TEST(a_refusal_costs_the_same_whatever_it_is_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
