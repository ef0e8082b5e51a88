// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * libssl with the provider on one side, on the other, and on both: the device does the work of long
 * records, and everything arrives.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/ssl.h>

#include "provider.h"
#include "rig.h"

#define LEN 70000

/* What a connection is made of. */
struct way {
	const char *cipher;
	int version;
	unsigned long options;
	bool device;			/* libssl uses the provider's cipher on each processor */
};

static const struct way ways[] = {
	{ "PSK-AES128-CBC-SHA", TLS1_2_VERSION, 0, true },
	/* On processors with AES libssl would rather have both in one, which is not ours. */
	{ "PSK-AES128-CBC-SHA", TLS1_2_VERSION, SSL_OP_NO_ENCRYPT_THEN_MAC, false },
	{ "PSK-AES128-CBC-SHA256", TLS1_2_VERSION, 0, true },
	{ "PSK-AES256-CBC-SHA384", TLS1_2_VERSION, 0, true },
	{ "PSK-AES256-CBC-SHA384", TLS1_2_VERSION, SSL_OP_NO_ENCRYPT_THEN_MAC, true },
	{ "PSK-AES256-CBC-SHA384", TLS1_1_VERSION, SSL_OP_NO_ENCRYPT_THEN_MAC, true },
	{ "PSK-AES256-CBC-SHA384", TLS1_VERSION, SSL_OP_NO_ENCRYPT_THEN_MAC, true },
	{ "PSK-AES256-CBC-SHA384", TLS1_VERSION, 0, true },
	{ "PSK-CAMELLIA128-SHA256", TLS1_2_VERSION, 0, true },
	{ "PSK-CAMELLIA256-SHA384", TLS1_2_VERSION, SSL_OP_NO_ENCRYPT_THEN_MAC, true },
	{ "PSK-AES128-GCM-SHA256", TLS1_2_VERSION, 0, true },
	{ "PSK-AES256-GCM-SHA384", TLS1_2_VERSION, 0, true },
	{ "PSK-AES128-CCM", TLS1_2_VERSION, 0, true },
	{ "PSK-AES256-CCM8", TLS1_2_VERSION, 0, true },
	{ "PSK-CHACHA20-POLY1305", TLS1_2_VERSION, 0, true },
	{ "TLS_AES_128_GCM_SHA256", TLS1_3_VERSION, 0, true },
	{ "TLS_CHACHA20_POLY1305_SHA256", TLS1_3_VERSION, 0, true },
	{ "TLS_AES_128_CCM_SHA256", TLS1_3_VERSION, 0, true },
	{ "TLS_AES_128_CCM_8_SHA256", TLS1_3_VERSION, 0, true },
};

static const uint8_t psk[16] = { 3, 1, 4, 1, 5, 9, 2, 6 };

static unsigned int client_key(SSL *ssl, const char *hint, char *identity, unsigned int room,
			       unsigned char *key, unsigned int key_room)
{
	(void)ssl;
	(void)hint;
	if (room < 2 || key_room < sizeof(psk))
		return 0;
	memcpy(identity, "g", 2);
	memcpy(key, psk, sizeof(psk));
	return sizeof(psk);
}

static unsigned int server_key(SSL *ssl, const char *identity, unsigned char *key,
			       unsigned int room)
{
	(void)ssl;
	(void)identity;
	if (room < sizeof(psk))
		return 0;
	memcpy(key, psk, sizeof(psk));
	return sizeof(psk);
}

static SSL *new_end(OSSL_LIB_CTX *libctx, const struct way *way, BIO *bio)
{
	SSL_CTX *context = SSL_CTX_new_ex(libctx, NULL, TLS_method());
	SSL *ssl;

	assert_non_null(context);
	SSL_CTX_set_security_level(context, 0);
	assert_true(SSL_CTX_set_min_proto_version(context, way->version));
	assert_true(SSL_CTX_set_max_proto_version(context, way->version));
	assert_true(way->version == TLS1_3_VERSION ?
		    SSL_CTX_set_ciphersuites(context, way->cipher) :
		    SSL_CTX_set_cipher_list(context, way->cipher));
	SSL_CTX_set_options(context, way->options);
	SSL_CTX_set_psk_client_callback(context, client_key);
	SSL_CTX_set_psk_server_callback(context, server_key);
	ssl = SSL_new(context);
	SSL_CTX_free(context);
	assert_non_null(ssl);
	SSL_set_bio(ssl, bio, bio);
	return ssl;
}

static void shake_hands(SSL *client, SSL *server)
{
	int steps, done[2] = { 0, 0 };

	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (steps = 0; (done[0] != 1 || done[1] != 1) && steps < 20; steps++) {
		done[0] = SSL_do_handshake(client);
		done[1] = SSL_do_handshake(server);
	}
	if (steps == 20) {
		ERR_print_errors_fp(stdout);
		fail_msg("no handshake");
	}
}

/* Some may have to be read before there is room for the rest. */
static void send_text(SSL *from, SSL *to, const uint8_t *text, size_t len)
{
	uint8_t *got = malloc(len);
	size_t sent = 0, received = 0, some;

	while (received < len) {
		if (sent < len && SSL_write_ex(from, text + sent, len - sent, &some))
			sent += some;
		if (!SSL_read_ex(to, got + received, len - received, &some)) {
			ERR_print_errors_fp(stdout);
			fail_msg("read: %d", SSL_get_error(to, 0));
		}
		received += some;
	}
	assert_memory_equal(got, text, len);
	free(got);
}

/* Returns the device's calls for @len bytes to and fro, but for the handshake's. */
static unsigned int converse(OSSL_LIB_CTX *client_ctx, OSSL_LIB_CTX *server_ctx,
			     const struct way *way, size_t len)
{
	uint8_t *text = malloc(len);
	unsigned int calls;
	SSL *client, *server;
	BIO *ends[2];

	rig_fill(text, len);
	assert_true(BIO_new_bio_pair(&ends[0], 1 << 18, &ends[1], 1 << 18));
	client = new_end(client_ctx, way, ends[0]);
	server = new_end(server_ctx, way, ends[1]);
	shake_hands(client, server);
	calls = rig.calls;
	send_text(client, server, text, len);
	send_text(server, client, text, len);
	send_text(client, server, text, 20);
	calls = rig.calls - calls;
	SSL_free(client);
	SSL_free(server);
	free(text);
	return calls;
}

/* Each end has seen five long records in each direction. */
static void every_way_works_on_either_side(void **state)
{
	unsigned int client, server, both;
	const struct way *way;

	(void)state;
	for (way = ways; way < ways + VC_COUNT(ways); way++) {
		client = converse(with, without, way, LEN);
		server = converse(without, with, way, LEN);
		both = converse(with, with, way, LEN);
		if ((way->device && (client < 10 || server < 10)) || client + server != both)
			fail_msg("%s, %x: %u and %u calls, both %u", way->cipher,
				 (unsigned int)way->version, client, server, both);
	}
}

static void short_records_do_not_go_to_the_device(void **state)
{
	const struct way *way;

	(void)state;
	rig_start_with("min-bytes = 1000");
	for (way = ways; way < ways + VC_COUNT(ways); way++)
		assert_int_equal(converse(with, with, way, 500), 0);
	rig_stop(NULL);
}

static void records_go_on_when_the_device_fails(void **state)
{
	const struct way *way;

	(void)state;
	rig.fails = EIO;
	for (way = ways; way < ways + VC_COUNT(ways); way++)
		assert_int_equal(converse(with, without, way, LEN) +
				 converse(without, with, way, LEN), 0);
}

/* --- records of CBC, one by one --- */

static bool open_record(OSSL_LIB_CTX *libctx, uint8_t *record, size_t len, size_t mac_len,
			uint8_t *result, int *made)
{
	unsigned int version = TLS1_2_VERSION;
	uint8_t *mac = NULL, key[32] = { 9 };
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(libctx, "AES-128-CBC", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	OSSL_PARAM set[] = {
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_TLS_VERSION, &version),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_TLS_MAC_SIZE, &mac_len),
		OSSL_PARAM_END,
	};
	OSSL_PARAM get[] = {
		OSSL_PARAM_octet_ptr(OSSL_CIPHER_PARAM_TLS_MAC, &mac, mac_len),
		OSSL_PARAM_END,
	};
	bool opened;

	assert_true(EVP_DecryptInit_ex2(ctx, cipher, key, key + 16, set));
	opened = EVP_DecryptUpdate(ctx, record, made, record, (int)len);
	if (opened && mac_len) {
		assert_true(EVP_CIPHER_CTX_get_params(ctx, get));
		memcpy(result, mac, mac_len);
	}
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return opened;
}

static void seal_record(uint8_t *record, size_t len)
{
	EVP_CIPHER *cipher = other_cipher("AES-128-CBC");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32] = { 9 };
	int made;

	assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, key, key + 16));
	assert_true(EVP_CIPHER_CTX_set_padding(ctx, 0));
	assert_true(EVP_EncryptUpdate(ctx, record, &made, record, (int)len));
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/*
 * Every padding, right and wrong, with every MAC: content and MAC are what OpenSSL finds; where
 * it is wrong both say so, or both give a MAC that is none.
 */
static void paddings_are_taken_off_as_openssl_does(void **state)
{
	static const size_t macs[] = { 0, 16, 20, 32, 48, 64 };
	uint8_t ours[800], other[800], mac[2][64];
	size_t len, mac_len, pad, i;
	int round, made[2], opened = 0, wrong = 0;
	bool is_wrong, done;

	(void)state;
	for (round = 0; round < 4000; round++) {
		mac_len = macs[rig_random(VC_COUNT(macs))];
		len = 16 * (2 + rig_random(40));
		rig_fill(ours, len);
		pad = rig_random(256);
		for (i = 0; i <= pad && i < len; i++)
			ours[len - 1 - i] = (uint8_t)pad;
		is_wrong = pad + 1 + mac_len > len - 16;
		if (rig_random(3) == 0) {
			i = rig_random(2) ? pad : rig_random((uint32_t)pad + 1);
			is_wrong |= i <= pad;
			ours[len - 1 - (i < len ? i : 0)] ^= 1;
		}
		seal_record(ours, len);
		memcpy(other, ours, len);
		done = open_record(with, ours, len, mac_len, mac[0], &made[0]);
		assert_int_equal(done, open_record(without, other, len, mac_len, mac[1], &made[1]));
		if (!done)
			continue;
		assert_int_equal(made[0], made[1]);
		assert_memory_equal(ours + 16, other + 16, (size_t)made[0]);
		opened += !is_wrong;
		wrong += is_wrong;
		if (!is_wrong)
			assert_memory_equal(mac[0], mac[1], mac_len);
		else if (mac_len >= 16)
			assert_memory_not_equal(mac[0], ours + 16 + made[0], mac_len);
	}
	assert_true(opened > 1000 && wrong > 300);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(every_way_works_on_either_side),
		cmocka_unit_test(short_records_do_not_go_to_the_device),
		TEST(records_go_on_when_the_device_fails),
		TEST(paddings_are_taken_off_as_openssl_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
