// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A host program that speaks TLS in the thread that also serves a guest.  Between a call
 * of libssl's and SSL_get_error(), which looks into the error queue, the guest sends what
 * libcrypto will not like.
 */
#include <openssl/ssl.h>

#include "flat.h"

static struct vcrypto_engine *engine;
static struct flat forged, ofb;
static SSL_CTX *context;
static SSL *client, *server;

static void guest_comes_between(void)
{
	assert_int_equal(flat_status(engine, &forged), VCRYPTO_AUTH_FAILED);
	assert_int_equal(flat_status(engine, &ofb), VCRYPTO_OK);
}

static unsigned int client_key(SSL *ssl, const char *hint, char *identity, unsigned int room,
			       unsigned char *key, unsigned int key_room)
{
	(void)ssl;
	(void)hint;
	assert_true(room > 1 && key_room >= 16);
	memcpy(identity, "g", 2);
	memcpy(key, key_bytes, 16);
	return 16;
}

static unsigned int server_key(SSL *ssl, const char *identity, unsigned char *key,
			       unsigned int room)
{
	(void)ssl;
	assert_string_equal(identity, "g");
	assert_true(room >= 16);
	memcpy(key, key_bytes, 16);
	return 16;
}

/* What SSL_get_error() says of a result, when a guest has come between. */
static int error_of(SSL *ssl, int result)
{
	guest_comes_between();
	return SSL_get_error(ssl, result);
}

/* One step; true when it is complete. */
static bool shake(SSL *ssl)
{
	int result = SSL_do_handshake(ssl);

	if (result == 1)
		return true;
	assert_int_equal(error_of(ssl, result), SSL_ERROR_WANT_READ);
	return false;
}

static void connect_both(void)
{
	bool done[2] = { false, false };
	unsigned int steps;

	for (steps = 0; !done[0] || !done[1]; steps++) {
		assert_in_range(steps, 0, 20);
		done[0] = done[0] || shake(client);
		done[1] = done[1] || shake(server);
	}
}

static void a_program_that_speaks_tls_is_not_disturbed(void **state)
{
	uint8_t buffer[64];
	int round, result;

	(void)state;
	guest_comes_between();
	connect_both();
	for (round = 0; round < 20; round++) {
		result = SSL_read(server, buffer, sizeof(buffer));
		assert_int_equal(error_of(server, result), SSL_ERROR_WANT_READ);
		assert_int_equal(SSL_write(client, "hello", 5), 5);
		guest_comes_between();
		assert_int_equal(SSL_read(server, buffer, sizeof(buffer)), 5);
		assert_memory_equal(buffer, "hello", 5);
	}
	assert_int_equal(SSL_shutdown(client), 0);
	result = SSL_read(server, buffer, sizeof(buffer));
	assert_int_equal(error_of(server, result), SSL_ERROR_ZERO_RETURN);
}

static void start_guest(void)
{
	struct vcrypto_session_args sessions[] = {
		cipher_args(0, VCRYPTO_CIPHER_AES_CCM, 16), cipher_args(1, VCRYPTO_CIPHER_AES_OFB, 16),
	};
	uint8_t iv[16] = { 2 }, text[32] = { 0 };
	struct vcrypto_authcrypt_args message = {
		.session = 0, .mode = VCRYPTO_AUTH_AEAD, .decrypt = true, .iv = iv, .iv_len = 16,
		.src_len = 32, .dst_len = 32, .tag_len = 16,
	};
	struct vcrypto_crypt_args data = data_args(1, 32);
	size_t i;

	engine = flat_engine(&vcrypto_backend_libcrypto);
	flat_open(&forged, 0);
	assert_int_equal(flat_status(engine, &forged), VCRYPTO_OK);
	for (i = 0; i < COUNT(sessions); i++) {
		flat_session(&forged, &sessions[i]);
		assert_int_equal(flat_status(engine, &forged), VCRYPTO_OK);
	}
	data.iv_out_len = 16;
	flat_crypt(&ofb, &data, text);
	flat_authcrypt(&forged, &message, NULL, text, NULL, text);
}

static SSL *new_end(BIO *bio)
{
	SSL *ssl = SSL_new(context);

	assert_non_null(ssl);
	SSL_set_bio(ssl, bio, bio);
	return ssl;
}

static int start(void **state)
{
	BIO *ends[2];

	(void)state;
	start_guest();
	context = SSL_CTX_new(TLS_method());
	assert_non_null(context);
	assert_int_equal(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION), 1);
	assert_int_equal(SSL_CTX_set_cipher_list(context, "PSK-AES128-GCM-SHA256"), 1);
	SSL_CTX_set_psk_client_callback(context, client_key);
	SSL_CTX_set_psk_server_callback(context, server_key);
	assert_int_equal(BIO_new_bio_pair(&ends[0], 0, &ends[1], 0), 1);
	client = new_end(ends[0]);
	server = new_end(ends[1]);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(context);
	flat_engine_free(engine);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_program_that_speaks_tls_is_not_disturbed, start,
						stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
