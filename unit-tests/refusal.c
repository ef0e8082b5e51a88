// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "fake.h"
#include "refusal.h"

struct vcrypto_engine *refusal_engine;
struct flat refusal_call;

/* All that outlives a request: the tables, of 4 contexts and 8 sessions with their objects. */
struct tables {
	size_t len;
	uint8_t bytes[32768];
};

static void take_tables_to(struct tables *to)
{
	struct vcrypto_store *store = vcrypto_engine_store(refusal_engine);
	const void *tables = vcrypto_store_idle_memory(store, &to->len);

	assert_in_range(to->len, 1, sizeof(to->bytes));
	memcpy(to->bytes, tables, to->len);
}

static struct tables before, after;

void take_tables(void)
{
	take_tables_to(&before);
}

void assert_same_tables(void)
{
	take_tables_to(&after);
	assert_memory_equal(&before, &after, sizeof(before));
}

void assert_answered(uint32_t status)
{
	assert_int_equal(flat_status(refusal_engine, &refusal_call), status);
}

int refusal_start(void **state)
{
	struct vcrypto_session_args args[] = {
		both_args(0, VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA1, 20),
		hash_args(1, VCRYPTO_MAC_SHA1, 0), hash_args(2, VCRYPTO_MAC_SHA1, 0),
		cipher_args(3, VCRYPTO_CIPHER_AES_ECB, 16),
		cipher_args(4, VCRYPTO_CIPHER_AES_GCM, 16),
	};
	struct vcrypto_crypt_args data = data_args(0, 16);
	size_t i;

	(void)state;
	fake_reset();
	refusal_engine = flat_engine(&fake_backend);
	args[2].context = 1;
	for (i = 0; i < 2; i++) {
		flat_open(&refusal_call, (uint32_t)i);
		assert_answered(VCRYPTO_OK);
	}
	for (i = 0; i < COUNT(args); i++) {
		flat_session(&refusal_call, &args[i]);
		assert_answered(VCRYPTO_OK);
	}
	data.iv = key_bytes;
	data.iv_len = 16;
	flat_crypt(&refusal_call, &data, key_bytes);
	assert_answered(VCRYPTO_OK);
	take_tables();
	return 0;
}

int refusal_stop(void **state)
{
	(void)state;
	flat_engine_free(refusal_engine);
	return 0;
}

void base_open(void)
{
	flat_open(&refusal_call, 2);
}

void base_close(void)
{
	flat_close(&refusal_call, 1);
}

void base_session(void)
{
	struct vcrypto_session_args args = both_args(5, VCRYPTO_CIPHER_AES_CTR, 24,
						     VCRYPTO_MAC_HMAC_MD5, 7);

	flat_session(&refusal_call, &args);
}

void base_free(void)
{
	flat_free(&refusal_call, 0, 1);
}

void base_info(void)
{
	flat_info(&refusal_call, 0, 0);
}

void base_copy(void)
{
	flat_hash_copy(&refusal_call, 0, 1, 0);
}

void base_crypt(void)
{
	struct vcrypto_crypt_args args = data_args(0, 32);

	args.iv = key_bytes;
	args.iv_len = 16;
	args.iv_out_len = 16;
	args.mac_len = 20;
	args.reset = true;
	flat_crypt(&refusal_call, &args, key_bytes);
}

static void base_authcrypt(enum vcrypto_auth_mode mode, uint32_t session, bool decrypt)
{
	struct vcrypto_authcrypt_args args = {
		.session = session, .mode = mode, .decrypt = decrypt, .iv = key_bytes,
		.iv_len = mode == VCRYPTO_AUTH_AEAD ? 12 : 16, .tag_len = 16, .aad_len = 20,
		.src_len = 32, .dst_len = mode == VCRYPTO_AUTH_AEAD ? 32 : 64,
	};

	args.iv_out_len = args.iv_len;
	flat_authcrypt(&refusal_call, &args, key_bytes, key_bytes, NULL, key_bytes);
}

void base_aead(void)
{
	base_authcrypt(VCRYPTO_AUTH_AEAD, 4, false);
}

void base_aead_decrypt(void)
{
	base_authcrypt(VCRYPTO_AUTH_AEAD, 4, true);
}

void base_tls(void)
{
	base_authcrypt(VCRYPTO_AUTH_TLS, 0, false);
}

void base_counters(void)
{
	flat_counters(&refusal_call);
}

const struct base bases[BASES] = {
	{ base_open, 0, true, false, 0, 0 },
	{ base_close, 0, true, false, 0, 0 },
	{ base_session, 0, true, true, 28, 4 },
	{ base_free, 0, true, true, 0, 0 },
	{ base_info, 0, true, true, 0, 0 },
	{ base_copy, 0, true, true, 20, 4 },
	{ base_crypt, 7, true, true, 30, 2 },
	{ base_aead, 13, true, true, 0, 0 },
	{ base_aead_decrypt, 13, true, true, 0, 0 },
	{ base_tls, 13, true, true, 0, 0 },
	{ base_counters, 0, false, false, 0, 0 },
};

void assert_refused(uint32_t status)
{
	uint8_t expected[16] = { (uint8_t)status };

	assert_int_equal(flat_run(refusal_engine, &refusal_call, NULL, NULL), 16);
	assert_memory_equal(refusal_call.reply, expected, sizeof(expected));
	assert_true(all_bytes(refusal_call.reply + 16, refusal_call.reply_len - 16, SIM_FILL));
	assert_same_tables();
}
