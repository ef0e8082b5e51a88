// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AUTHCRYPT with a provider that fails: at each call that a TLS record, an SRTP
 * packet or a part of an AEAD message takes (protocol 3.4, 4.8).
 */
#include "check.h"
#include "fake.h"

#define AAD 13
#define LEN 75

static struct guest guest;
static uint8_t text[256];

/* Sessions: what TLS and SRTP take, and an AEAD. */
#define TLS_SESSION 0
#define SRTP_SESSION 1
#define AEAD_SESSION 2

static int start(void **state)
{
	struct vcrypto_session_args args[] = {
		both_args(TLS_SESSION, VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA1, 20),
		both_args(SRTP_SESSION, VCRYPTO_CIPHER_AES_CTR, 16, VCRYPTO_MAC_HMAC_SHA1, 20),
		cipher_args(AEAD_SESSION, VCRYPTO_CIPHER_AES_GCM, 16),
	};
	size_t i;

	(void)state;
	fake_reset();
	pattern(text, sizeof(text), 3);
	guest_start(&guest, &fake_backend);
	guest.layout = SIM_INDIRECT;
	for (i = 0; i < COUNT(args); i++)
		make_session(&guest, &args[i]);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	assert_int_equal(fake.live, 0);
	return 0;
}

/* The IV goes on from the last request, so that one that was lost would be seen. */
static struct vcrypto_authcrypt_args auth_args(enum vcrypto_auth_mode mode)
{
	bool tls = mode == VCRYPTO_AUTH_TLS;

	return (struct vcrypto_authcrypt_args){
		.mode = mode, .session = tls ? TLS_SESSION : SRTP_SESSION, .iv_out_len = 16,
		.tag_len = 20, .aad_len = AAD, .src_len = LEN, .trailer_len = tls ? 0 : 4,
		.dst_len = tls ? (uint32_t)vcrypto_record_len(LEN, 20, 16) : LEN,
	};
}

static struct guest_call *post(const struct vcrypto_authcrypt_args *args, const void *source,
			       const void *tag)
{
	return guest_authcrypt(&guest, args, text, source, key_bytes, tag);
}

/* A packet or a record that the fake provider opens: in mode SRTP the one it has sealed. */
struct sealed {
	struct vcrypto_authcrypt_args args;
	uint8_t bytes[sizeof(text)];
	uint8_t tag[20];
};

/* A hash in parts: CRYPT without end, so that there is a state to be lost. */
static void leave_hash_state(uint32_t session)
{
	struct vcrypto_crypt_args args = data_args(session, 16);

	args.iv = key_bytes;
	args.iv_len = 16;
	assert_answer(&guest, guest_crypt(&guest, &args, text), VCRYPTO_OK);
}

/* The session's IV, which an empty request returns without changing it. */
static void read_iv(uint32_t session, uint8_t iv[16])
{
	struct vcrypto_crypt_args args = data_args(session, 0);
	struct guest_call *call;

	args.iv_out_len = 16;
	call = guest_crypt(&guest, &args, text);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	memcpy(iv, call->iv, 16);
	guest_forget(&guest, call);
}

/* The digest of text[0..32), which @reset starts anew. */
static void digest_of(uint32_t session, bool reset, uint8_t digest[20])
{
	struct vcrypto_crypt_args args = data_args(session, 32);
	struct guest_call *call;

	args.iv = key_bytes;
	args.iv_len = 16;
	args.reset = reset;
	args.mac_len = 20;
	call = guest_crypt(&guest, &args, text);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	memcpy(digest, call->mac, 20);
	guest_forget(&guest, call);
}

/* What is sealed from the IV that leave_hash_state() leaves; or, for TLS to open, any record. */
static void prepare_sealed(struct sealed *sealed, enum vcrypto_auth_mode mode, bool decrypt)
{
	struct guest_call *call;

	sealed->args = auth_args(mode);
	memcpy(sealed->bytes, text, sizeof(text));
	if (!decrypt)
		return;
	leave_hash_state(sealed->args.session);
	call = post(&sealed->args, text, NULL);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	memcpy(sealed->bytes, call->dst, sealed->args.dst_len);
	if (mode == VCRYPTO_AUTH_SRTP)
		memcpy(sealed->tag, call->mac, 20);
	sealed->args.decrypt = true;
	sealed->args.src_len = sealed->args.dst_len;
	guest_forget(&guest, call);
}

/* Call number @number of the request fails. */
static void fails_cleanly(const struct sealed *sealed, unsigned int number,
			  enum fake_failure failure)
{
	uint32_t session = sealed->args.session;
	uint8_t before[16], after[16], digest[20], fresh[20];
	struct guest_call *call;

	leave_hash_state(session);
	read_iv(session, before);
	fake.failure = failure;
	fake.fail_at = fake.calls + number;
	call = post(&sealed->args, sealed->bytes, sealed->tag);
	host_run(&guest);
	assert_int_equal(fake.calls, fake.fail_at);
	assert_status(call, VCRYPTO_ERROR);
	assert_int_equal(call->used_len, 16);
	assert_true(all_bytes(call->dst, sealed->args.dst_len, 0));
	assert_true(all_bytes(call->mac, (size_t)call->expect.mac_len + 16, SIM_FILL));
	guest_forget(&guest, call);
	digest_of(session, false, digest);
	digest_of(session, true, fresh);
	assert_memory_equal(digest, fresh, 20);
	/* Those two brought an IV; so look at it in a session that did nothing since. */
	leave_hash_state(session);
	fake.fail_at = fake.calls + number;
	assert_answer(&guest, post(&sealed->args, sealed->bytes, sealed->tag), VCRYPTO_ERROR);
	read_iv(session, after);
	assert_memory_equal(before, after, 16);
}

static void any_call_may_fail(enum vcrypto_auth_mode mode, bool decrypt, unsigned int calls)
{
	struct sealed sealed;
	unsigned int number;
	int failure;

	prepare_sealed(&sealed, mode, decrypt);
	for (number = 1; number <= calls; number++)
		for (failure = FAKE_ERROR; failure <= FAKE_FORGET; failure++)
			fails_cleanly(&sealed, number, (enum fake_failure)failure);
	/* And no call more: the request succeeds, or fails for what it is. */
	leave_hash_state(sealed.args.session);
	fake.fail_at = fake.calls + calls + 1;
	assert_answer(&guest, post(&sealed.args, sealed.bytes, sealed.tag),
		      mode == VCRYPTO_AUTH_TLS && decrypt ? VCRYPTO_AUTH_FAILED : VCRYPTO_OK);
	assert_int_equal(fake.calls + 1, fake.fail_at);
}

/* 4.8.3: AAD, content, whole blocks, the rest */
static void a_record_that_could_not_be_sealed_leaves_no_trace(void **state)
{
	(void)state;
	any_call_may_fail(VCRYPTO_AUTH_TLS, false, 4);
}

/* 4.8.3: AAD, decryption, content, what else there is */
static void a_record_that_could_not_be_opened_leaves_no_trace(void **state)
{
	(void)state;
	any_call_may_fail(VCRYPTO_AUTH_TLS, true, 4);
}

/* 4.8.4: AAD, encryption, ciphertext, trailer */
static void a_packet_that_could_not_be_sealed_leaves_no_trace(void **state)
{
	(void)state;
	any_call_may_fail(VCRYPTO_AUTH_SRTP, false, 4);
}

/* 4.8.4: AAD, ciphertext, trailer, decryption */
static void a_packet_that_could_not_be_opened_leaves_no_trace(void **state)
{
	(void)state;
	any_call_may_fail(VCRYPTO_AUTH_SRTP, true, 4);
}

/* --- AEAD --- */

static struct guest_call *post_part(bool go_on, bool more)
{
	struct vcrypto_authcrypt_args args = {
		.mode = VCRYPTO_AUTH_AEAD, .session = AEAD_SESSION, .go_on = go_on, .more = more,
		.iv = key_bytes, .iv_len = go_on ? 0 : 12, .tag_len = more ? 0 : 16,
		.aad_len = go_on ? 0 : AAD, .src_len = 40, .dst_len = 40,
	};

	return guest_authcrypt(&guest, &args, text, text, NULL, NULL);
}

/* 4.8.2: whichever part fails; also where the next ones were sent along with it */
static void a_message_of_which_a_part_failed_cannot_go_on(void **state)
{
	struct guest_call *calls[4];
	size_t batch, failing, i;

	(void)state;
	for (batch = 1; batch <= GUEST_BATCH; batch += GUEST_BATCH - 1)
		for (failing = 0; failing < COUNT(calls); failing++) {
			guest.batch = batch;
			for (i = 0; i < COUNT(calls); i++)
				calls[i] = post_part(i > 0, i + 1 < COUNT(calls));
			fake.fail_at = fake.calls + (unsigned int)failing + 1;
			host_run(&guest);
			for (i = 0; i < COUNT(calls); i++) {
				assert_status(calls[i], i < failing ? VCRYPTO_OK : i > failing ?
					      VCRYPTO_BAD_PARAMETER : VCRYPTO_ERROR);
				if (i == failing)
					assert_true(all_bytes(calls[i]->dst, 40, 0));
			}
			assert_answer(&guest, post_part(true, false), VCRYPTO_BAD_PARAMETER);
			assert_answer(&guest, post_part(false, false), VCRYPTO_OK);
		}
}

/* 4.8.2: one that failed at its first request was begun all the same */
static void a_message_that_could_not_begin_ends_the_one_before(void **state)
{
	(void)state;
	assert_answer(&guest, post_part(false, true), VCRYPTO_OK);
	fake.fail_at = fake.calls + 1;
	assert_answer(&guest, post_part(false, true), VCRYPTO_ERROR);
	assert_answer(&guest, post_part(true, false), VCRYPTO_BAD_PARAMETER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_that_could_not_be_sealed_leaves_no_trace),
		TEST(a_record_that_could_not_be_opened_leaves_no_trace),
		TEST(a_packet_that_could_not_be_sealed_leaves_no_trace),
		TEST(a_packet_that_could_not_be_opened_leaves_no_trace),
		TEST(a_message_of_which_a_part_failed_cannot_go_on),
		TEST(a_message_that_could_not_begin_ends_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
