// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The standard's crypto device, given many requests at once, and such as may have been done
 * before.
 */
#include "reference.h"
#include "virtio_rig.h"

static uint8_t expected[512];

/* --- many at once --- */

/* Of 150 requests each third is wrong, and each third of another service. */
static void requests_of_a_batch_do_not_disturb_each_other(void **state)
{
	static uint8_t replies[150][64];
	static struct iovec in[150], out[150];
	static uint8_t requests[150][160];
	static struct vcrypto_io chains[150];
	struct hand cipher = { .direction = 1, .algo = 3, .key = virtio_keys, .key_len = 16,
			       .iv = virtio_ivs, .iv_len = 16, .src = virtio_text, .src_len = 32, .dst_len = 32 };
	struct hand digest = { .service = 1, .algo = 2, .result_len = 20, .src = virtio_text,
			       .src_len = 60 };
	uint8_t hashed[64];
	size_t i;

	(void)state;
	hand_restart(REVISION_1);
	cipher.id = hand_session(&cipher);
	digest.id = hand_session(&digest);
	for (i = 0; i < COUNT(chains); i++) {
		hand_data(i % 3 == 1 ? &digest : &cipher);
		if (i % 3 == 2)
			hand_put32(28, 31);
		memcpy(requests[i], hand_request.request, hand_request.len);
		in[i] = (struct iovec){ requests[i], hand_request.len };
		out[i] = (struct iovec){ replies[i], hand_request.reply_len };
		chains[i] = (struct vcrypto_io){ &in[i], &out[i], 1, 1, 77 };
	}
	out[100].iov_len = 0;
	assert_int_equal(vcrypto_virtio_data(hand_device, chains, COUNT(chains)), 149);
	ref_cipher(VCRYPTO_CIPHER_AES_CBC, virtio_keys, 16, virtio_ivs, false, virtio_text, 32,
		   expected);
	virtio_hash(2, virtio_text, 60, hashed);
	for (i = 0; i < COUNT(chains); i++) {
		if (i == 100) {
			assert_int_equal(chains[i].written, 0);
			continue;
		}
		assert_int_equal(chains[i].written, i % 3 == 2 ? 1 : out[i].iov_len);
		assert_int_equal(replies[i][out[i].iov_len - 1], i % 3 == 2);
		if (i % 3 != 2)
			assert_memory_equal(replies[i], i % 3 ? hashed : expected,
					    out[i].iov_len - 1);
	}
}

/* --- once more --- */

/* Gives the request that has been made, with its destination @out bytes into the memory. */
static bool again = true;

static uint32_t give_again(uint8_t memory[512], size_t out, size_t out_len, uint8_t *status)
{
	const struct iovec in = { memory, hand_request.len };
	const struct iovec outs[2] = { { memory + out, out_len }, { status, 1 } };
	struct vcrypto_io io = { &in, outs, 1, 2, 0 };

	memset(memory, SIM_FILL, 512);
	memcpy(memory, hand_request.request, hand_request.len);
	*status = SIM_FILL;
	assert_int_equal(again ? vcrypto_virtio_data_again(hand_device, &io, 1) :
				 vcrypto_virtio_data(hand_device, &io, 1), 1);
	return *status;
}

/* A request of 16 bytes: head of 72, IV, source. */
static void what_may_have_been_done_is_done_once_more_if_that_is_safe(void **state)
{
	struct hand hand = { .direction = 1, .algo = 3, .key = virtio_keys, .key_len = 16,
			     .iv = virtio_ivs, .iv_len = 16, .src = virtio_text, .src_len = 16, .dst_len = 16 };
	uint8_t memory[512], status;
	size_t out;

	(void)state;
	hand_restart(REVISION_1);
	hand.id = hand_session(&hand);
	hand_data(&hand);
	ref_cipher(VCRYPTO_CIPHER_AES_CBC, virtio_keys, 16, virtio_ivs, false, virtio_text, 16,
		   expected);
	for (out = 1; out <= 104; out++) {
		assert_int_equal(give_again(memory, out, 16, &status), out < 104);
		/* What fails has changed nothing but the status. */
		assert_memory_equal(memory, hand_request.request, 104);
	}
	assert_memory_equal(memory + 104, expected, 16);
	/* The status writes, too. */
	assert_int_equal(give_again(memory, 200, 16, memory + 90), 1);
	/* What lies behind the source is not read, and what lies behind the result not written. */
	hand_append(virtio_text, 32);
	assert_int_equal(give_again(memory, 104, 16, &status), 0);
	assert_memory_equal(memory + 104, expected, 16);
	assert_int_equal(give_again(memory, 104, 100, memory + 104 + 60), 0);
	/* Without a session nothing can have been done. */
	hand_put64(8, hand.id + 1);
	assert_int_equal(give_again(memory, 88, 16, &status), 4);
	/* What is new may do that. */
	hand_data(&hand);
	again = false;
	assert_int_equal(give_again(memory, 88, 16, &status), 0);
	again = true;
	assert_memory_equal(memory + 88, expected, 16);
}

static void so_it_is_without_sessions_and_with_digests(void **state)
{
	struct hand digest = { .service = 1, .algo = 2, .result_len = 20, .src = virtio_text,
			       .src_len = 60, .stateless = true };
	uint8_t memory[512], status;
	size_t len;

	(void)state;
	hand_restart(REVISION_1 | STATELESS);
	hand_data(&digest);
	len = hand_request.len;
	assert_int_equal(give_again(memory, len, 20, &status), 0);
	virtio_hash(2, virtio_text, 60, expected);
	assert_memory_equal(memory + len, expected, 20);
	assert_int_equal(give_again(memory, len - 1, 20, &status), 1);
	assert_memory_equal(memory, hand_request.request, len);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, virtio_start, virtio_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_may_have_been_done_is_done_once_more_if_that_is_safe),
		TEST(so_it_is_without_sessions_and_with_digests),
		TEST(requests_of_a_batch_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
