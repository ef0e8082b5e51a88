// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The simulated guest itself, where no other test needs all of it. */
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

static struct vcrypto_authcrypt_args packet(bool decrypt)
{
	return (struct vcrypto_authcrypt_args){
		.mode = VCRYPTO_AUTH_SRTP, .decrypt = decrypt, .iv = key_bytes, .iv_len = 16,
		.tag_len = 10, .aad_len = 12, .src_len = 33, .trailer_len = 4, .dst_len = 33,
	};
}

/* SRTP, because only there all four parts follow the control part. */
static void an_authcrypt_request_carries_aad_source_trailer_and_tag(void **state)
{
	const struct vcrypto_session_args session =
		both_args(0, VCRYPTO_CIPHER_AES_CTR, 16, VCRYPTO_MAC_HMAC_SHA1, 20);
	struct vcrypto_authcrypt_args args = packet(false);
	uint8_t text[33], sealed[33], tag[10];
	struct guest_call *call;

	(void)state;
	pattern(text, sizeof(text), 1);
	make_session(&guest, &session);
	guest.cut = 7;
	call = guest_authcrypt(&guest, &args, key_bytes, text, key_bytes + 12, NULL);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	memcpy(sealed, call->dst, sizeof(sealed));
	memcpy(tag, call->mac, sizeof(tag));
	guest_forget(&guest, call);
	args = packet(true);
	call = guest_authcrypt(&guest, &args, key_bytes, sealed, key_bytes + 12, tag);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_memory_equal(call->dst, text, sizeof(text));
	guest_forget(&guest, call);
	/* Another trailer: refused, and nothing of the plaintext shows (4.8). */
	call = guest_authcrypt(&guest, &args, key_bytes, sealed, key_bytes + 13, tag);
	host_run(&guest);
	assert_status(call, VCRYPTO_AUTH_FAILED);
	guest_forget(&guest, call);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_authcrypt_request_carries_aad_source_trailer_and_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
