// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Requests with bytes missing, bytes left over, and lengths that contradict what
 * is there (protocol 3.3, 2.4): refused without a trace.
 */
#include "refusal.h"

/* 3.3: shorter by any number of bytes, longer by some */
static void a_readable_half_of_the_wrong_length_is_refused(void **state)
{
	size_t i, len, full;

	(void)state;
	for (i = 0; i < BASES; i++) {
		bases[i].build();
		full = refusal_call.len;
		for (len = 0; len < full + 40; len++) {
			if (len == full)
				continue;
			bases[i].build();
			if (len > full)
				memset(refusal_call.request + full, 0, len - full);
			refusal_call.len = len;
			assert_refused(VCRYPTO_BAD_REQUEST);
		}
	}
}

/* 3.3, 3.2; below 16 bytes there is no answer at all, and nothing is done */
static void a_writable_half_of_the_wrong_length_is_refused(void **state)
{
	size_t i, len, full;

	(void)state;
	for (i = 0; i < BASES; i++) {
		bases[i].build();
		full = refusal_call.reply_len;
		for (len = 0; len < full + 40; len++) {
			bases[i].build();
			refusal_call.reply_len = len;
			if (len < 16) {
				assert_int_equal(flat_run(refusal_engine, &refusal_call, NULL, NULL), 0);
				assert_true(all_bytes(refusal_call.reply, len, SIM_FILL));
				assert_same_tables();
			} else if (len != full) {
				assert_refused(VCRYPTO_BAD_REQUEST);
			}
		}
	}
}

/* 6.WRAP, 3.3: sums in 64 bits; each pair wraps to what is there if taken in 32 */
static void lengths_whose_sum_wraps_are_refused(void **state)
{
	uint32_t high;

	(void)state;
	for (high = 64; high; high <<= 1) {
		base_session();		/* 24 + 7 bytes of keys */
		flat_put32(&refusal_call, 20, 24 + high);
		flat_put32(&refusal_call, 24, 7 - high);
		assert_refused(VCRYPTO_BAD_REQUEST);
		base_crypt();		/* 16 + 32 readable, 32 + 20 + 16 writable */
		flat_put32(&refusal_call, 16, 32 + high);
		flat_put32(&refusal_call, 20, 32 - high);
		assert_refused(VCRYPTO_BAD_REQUEST);
		base_crypt();
		flat_put32(&refusal_call, 16, 0u - high);
		flat_put32(&refusal_call, 20, 0u - high);
		assert_refused(VCRYPTO_BAD_REQUEST);
	}
}

/* 3.3: every 32-bit length at the values where arithmetic breaks */
static void each_length_at_its_edges_is_refused(void **state)
{
	static const uint32_t values[] = { 1, 15, 4095, 4096, 4097, 0x7fffffff, 0x80000000,
					   0xfffffff0, 0xffffffff };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(values); i++) {
		base_session();
		flat_put32(&refusal_call, 20, values[i]);
		assert_refused(VCRYPTO_BAD_REQUEST);
		base_session();
		flat_put32(&refusal_call, 24, values[i]);
		assert_refused(VCRYPTO_BAD_REQUEST);
		base_crypt();
		flat_put32(&refusal_call, 16, values[i]);
		assert_refused(VCRYPTO_BAD_REQUEST);
		base_crypt();
		flat_put32(&refusal_call, 20, values[i]);
		assert_refused(VCRYPTO_BAD_REQUEST);
	}
}

/* 2.4: an IV or digest that no algorithm has, even if the bytes are there */
static void lengths_beyond_the_format_are_refused(void **state)
{
	(void)state;
	base_crypt();
	flat_put16(&refusal_call, 24, 17);
	refusal_call.len++;
	assert_refused(VCRYPTO_BAD_REQUEST);
	base_crypt();
	flat_put16(&refusal_call, 26, 17);
	refusal_call.reply_len++;
	assert_refused(VCRYPTO_BAD_REQUEST);
	base_crypt();
	flat_put16(&refusal_call, 28, 65);
	refusal_call.reply_len += 45;
	assert_refused(VCRYPTO_BAD_REQUEST);
}

/* 6.LEN, 2.4, 4.7.1: exactly the limit is fine, one block more is not */
static void a_source_longer_than_the_limit_is_refused(void **state)
{
	struct vcrypto_crypt_args args = data_args(3, 4096);
	static const uint8_t source[4112];

	(void)state;
	flat_crypt(&refusal_call, &args, source);
	assert_answered(VCRYPTO_OK);
	take_tables();
	args.src_len = args.dst_len = 4112;
	flat_crypt(&refusal_call, &args, source);
	assert_refused(VCRYPTO_BAD_REQUEST);
}

/* 3.2, 2.6: such a chain cannot be answered, so it breaks the queue */
static void a_chain_without_room_for_an_answer_breaks_the_ring(void **state)
{
	static const uint8_t request[16] = { 1, 0, VCRYPTO_OP_CONTEXT_OPEN };
	struct guest_call *call;
	struct guest guest;
	size_t len;

	(void)state;
	for (len = 1; len < 16; len++) {
		guest_start(&guest, &vcrypto_backend_null);
		call = guest_raw(&guest, request, sizeof(request), len, NULL);
		assert_int_equal(host_run(&guest), 0);
		assert_int_equal(guest.state, VCRYPTO_VRING_BROKEN);
		assert_int_equal(sim_used_idx(&guest.ring), 0);
		assert_true(all_bytes(call->header.host, len, SIM_FILL));
		guest_reset(&guest);
		/* It had not been executed. */
		assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_OK);
		guest_stop(&guest);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, refusal_start, refusal_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_readable_half_of_the_wrong_length_is_refused),
		TEST(a_writable_half_of_the_wrong_length_is_refused),
		TEST(lengths_whose_sum_wraps_are_refused),
		TEST(each_length_at_its_edges_is_refused),
		TEST(lengths_beyond_the_format_are_refused),
		TEST(a_chain_without_room_for_an_answer_breaks_the_ring),
		TEST(a_source_longer_than_the_limit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
