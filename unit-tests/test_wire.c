// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The format, frozen as literal bytes (protocol 2.1, 3, 4).  Each request is
 * compared with what the driver half builds, then given to an engine, whose
 * reply is compared as well.  A test that fails here means that version 1 has
 * been changed: do not change the literals, change the version.
 */
#include <stdio.h>

#include <vcrypto/version.h>

#include "flat.h"

struct exchange {
	const char *name;
	void (*build)(struct flat *flat);
	const char *request;
	const char *reply;
};

static void build_open(struct flat *flat)
{
	flat_open(flat, 3);
}

static void build_session(struct flat *flat)
{
	struct vcrypto_session_args args = both_args(5, VCRYPTO_CIPHER_AES_CBC, 16,
						     VCRYPTO_MAC_HMAC_SHA2_256, 4);

	args.context = 3;
	args.mac_key = (const uint8_t *)"Jefe";
	flat_session(flat, &args);
}

static void build_second_session(struct flat *flat)
{
	struct vcrypto_session_args args = hash_args(6, VCRYPTO_MAC_HMAC_SHA2_256, 1);

	args.context = 3;
	flat_session(flat, &args);
}

static void build_info(struct flat *flat)
{
	flat_info(flat, 3, 5);
}

static void build_crypt(struct flat *flat)
{
	struct vcrypto_crypt_args args = data_args(5, 16);
	uint8_t source[16], iv[16];

	unhex("000102030405060708090a0b0c0d0e0f", iv, sizeof(iv));
	unhex("6bc1bee22e409f96e93d7e117393172a", source, sizeof(source));
	args.context = 3;
	args.reset = true;
	args.iv = iv;
	args.iv_len = 16;
	args.iv_out_len = 16;
	args.mac_len = 32;
	flat_crypt(flat, &args, source);
}

static void build_decrypt(struct flat *flat)
{
	struct vcrypto_crypt_args args = data_args(5, 16);
	uint8_t source[16];

	unhex("7649abac8119b246cee98e9b12e9197d", source, sizeof(source));
	args.context = 3;
	args.decrypt = true;
	flat_crypt(flat, &args, source);
}

static void build_copy(struct flat *flat)
{
	flat_hash_copy(flat, 3, 6, 5);
}

static void build_free(struct flat *flat)
{
	flat_free(flat, 3, 6);
}

static void build_counters(struct flat *flat)
{
	flat_counters(flat);
}

static void build_close(struct flat *flat)
{
	flat_close(flat, 3);
}

/* In this order, because each relies on those before. */
static const struct exchange exchanges[] = {
	{ "CONTEXT_OPEN", build_open,		/* 4.1 */
	  "0100 0100 00000000 03000000 00000000",
	  "00000000 00000000 0000 0000 00000000" },
	{ "CONTEXT_OPEN refused", build_open,
	  "0100 0100 00000000 03000000 00000000",
	  "06000000 00000000 0000 0000 00000000" },
	{ "SESSION_NEW", build_session,		/* 4.3 */
	  "0100 0300 00000000 03000000 05000000"
	  "0300 2500 10000000 04000000 00000000"
	  "2b7e151628aed2a6abf7158809cf4f3c 4a656665",
	  "00000000 00000000 0000 0000 00000000" },
	{ "SESSION_NEW of a MAC alone", build_second_session,
	  "0100 0300 00000000 03000000 06000000"
	  "0000 2500 00000000 01000000 00000000 2b",
	  "00000000 00000000 0000 0000 00000000" },
	{ "SESSION_INFO", build_info,		/* 4.5 */
	  "0100 0500 00000000 03000000 05000000",
	  "00000000 88000000 0000 0000 00000000"
	  "6362632d 6165732d 6c696263 72797074 6f000000 00000000 00000000 00000000"
	  "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"
	  "686d6163 2d736861 3235362d 6c696263 72797074 6f000000 00000000 00000000"
	  "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"
	  "00000000 01000000" },
	{ "CRYPT, encrypt", build_crypt,	/* 4.7 */
	  "0100 0700 02000000 03000000 05000000"
	  "10000000 10000000 1000 1000 2000 0000"
	  "000102030405060708090a0b0c0d0e0f 6bc1bee22e409f96e93d7e117393172a",
	  "00000000 10000000 2000 1000 00000000"
	  "7649abac8119b246cee98e9b12e9197d"
	  "0e4e196d9e363b110cee55aaa658c6240c97acdd8a5d10988e4052dadaa3da78"
	  "7649abac8119b246cee98e9b12e9197d" },
	{ "CRYPT, decrypt, going on from the last IV", build_decrypt,
	  "0100 0700 01000000 03000000 05000000"
	  "10000000 10000000 0000 0000 0000 0000 7649abac8119b246cee98e9b12e9197d",
	  "00000000 10000000 0000 0000 00000000 1d89174dab5c2bd72fddfa816d770058" },
	{ "HASH_COPY", build_copy,		/* 4.6 */
	  "0100 0600 00000000 03000000 06000000 05000000 00000000",
	  "00000000 00000000 0000 0000 00000000" },
	{ "SESSION_FREE", build_free,		/* 4.4 */
	  "0100 0400 00000000 03000000 06000000",
	  "00000000 00000000 0000 0000 00000000" },
	{ "COUNTERS", build_counters,		/* 4.9 */
	  "0100 0900 00000000 00000000 00000000",
	  "00000000 40000000 0000 0000 00000000"
	  "0900000000000000 0100000000000000 0200000000000000 2000000000000000"
	  "2000000000000000 0200000000000000 01000000 01000000 0000000000000000" },
	{ "CONTEXT_CLOSE", build_close,		/* 4.2 */
	  "0100 0200 00000000 03000000 00000000",
	  "00000000 00000000 0000 0000 00000000" },
	{ "CONTEXT_CLOSE refused", build_close,
	  "0100 0200 00000000 03000000 00000000",
	  "04000000 00000000 0000 0000 00000000" },
};

static void every_exchange_has_these_bytes(void **state)
{
	struct vcrypto_engine *engine = flat_engine(&vcrypto_backend_libcrypto);
	static struct flat flat;
	uint8_t request[256], reply[256];
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(exchanges); i++) {
		print_message("%s\n", exchanges[i].name);
		exchanges[i].build(&flat);
		len = unhex(exchanges[i].request, request, sizeof(request));
		assert_int_equal(flat.len, len);
		assert_memory_equal(flat.request, request, len);
		memcpy(flat.request, request, len);
		len = unhex(exchanges[i].reply, reply, sizeof(reply));
		assert_int_equal(flat_run(engine, &flat, NULL, NULL), len);
		assert_memory_equal(flat.reply, reply, len);
	}
	flat_engine_free(engine);
}

/* A driver prepares the status so that a device that wrote nothing shows (3.2). */
static void a_prepared_response_header_has_these_bytes(void **state)
{
	struct vcrypto_response_header header;
	uint8_t control[64], expected[16];
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	(void)state;
	memset(&header, 0x5a, sizeof(header));
	assert_true(vcrypto_build_counters(&message));
	assert_int_equal(message.len, 16);
	unhex("ffffffff 00000000 0000 0000 00000000", expected, sizeof(expected));
	assert_memory_equal(&header, expected, sizeof(expected));
	assert_int_equal(message.expect.dst_len, 64);
}

/* 2.3 */
static void config_space_has_these_bytes(void **state)
{
	struct vcrypto_engine *engine = flat_engine(&vcrypto_backend_null);
	struct vcrypto_config config;
	uint8_t expected[64];
	uint32_t id;

	(void)state;
	unhex("0100 0000 02000000 04000000 08000000"
	      "40000000 00020000 00100000 00020000"
	      "0000000000000000 0000000000000000"
	      "6e756c6c000000000000000000000000", expected, sizeof(expected));
	/* All that there are, bit by bit. */
	for (id = 1; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		expected[32 + id / 8] |= (uint8_t)(!!vcrypto_cipher_find(id) << id % 8);
		expected[40 + id / 8] |= (uint8_t)(!!vcrypto_mac_find(id) << id % 8);
	}
	memset(&config, 0x5a, sizeof(config));
	vcrypto_engine_config(engine, 2, &config);
	assert_memory_equal(&config, expected, sizeof(expected));
	flat_engine_free(engine);
}

/* 5.1 and 4; the numbers cannot change within a version. */
static void numbers_are_frozen(void **state)
{
	(void)state;
	assert_int_equal(VCRYPTO_OK, 0);
	assert_int_equal(VCRYPTO_ERROR, 1);
	assert_int_equal(VCRYPTO_BAD_REQUEST, 2);
	assert_int_equal(VCRYPTO_NOT_SUPPORTED, 3);
	assert_int_equal(VCRYPTO_NO_CONTEXT, 4);
	assert_int_equal(VCRYPTO_NO_SESSION, 5);
	assert_int_equal(VCRYPTO_HANDLE_IN_USE, 6);
	assert_int_equal(VCRYPTO_NO_SPACE, 7);
	assert_int_equal(VCRYPTO_BAD_KEY, 8);
	assert_int_equal(VCRYPTO_BAD_PARAMETER, 9);
	assert_int_equal(VCRYPTO_AUTH_FAILED, 10);
	assert_int_equal(VCRYPTO_STATUS_COUNT, 11);
	assert_int_equal(VCRYPTO_OP_AUTHCRYPT, 8);
	assert_int_equal(VCRYPTO_WIRE_VERSION, 1);
	assert_in_range(VCRYPTO_VIRTIO_ID, 1, 63);
}

/* A status and its enumerator's name, so that a new one cannot have another. */
#define NAMED(status) { VCRYPTO_##status, #status }

static void each_status_has_the_name_of_its_enumerator(void **state)
{
	static const struct {
		uint32_t status;
		const char *name;
	} named[] = {
		NAMED(OK), NAMED(ERROR), NAMED(BAD_REQUEST), NAMED(NOT_SUPPORTED),
		NAMED(NO_CONTEXT), NAMED(NO_SESSION), NAMED(HANDLE_IN_USE), NAMED(NO_SPACE),
		NAMED(BAD_KEY), NAMED(BAD_PARAMETER), NAMED(AUTH_FAILED),
	};
	static const uint32_t strange[] = { VCRYPTO_STATUS_COUNT, 255, 256, 0x80000000,
					    VCRYPTO_STATUS_UNSET };

	(void)state;
	assert_int_equal(COUNT(named), VCRYPTO_STATUS_COUNT);
	for (size_t i = 0; i < COUNT(named); i++) {
		assert_int_equal(named[i].status, i);
		assert_string_equal(vcrypto_status_name(named[i].status), named[i].name);
	}
	for (size_t i = 0; i < COUNT(strange); i++)
		assert_string_equal(vcrypto_status_name(strange[i]), "UNKNOWN");
}

static void the_version_is_that_of_the_build(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(VCRYPTO_VERSION_STRING, PROJECT_VERSION);
	snprintf(text, sizeof(text), "%d.%d.%d", VCRYPTO_VERSION_MAJOR, VCRYPTO_VERSION_MINOR,
		 VCRYPTO_VERSION_PATCH);
	assert_string_equal(VCRYPTO_VERSION_STRING, text);
	assert_true(VCRYPTO_VERSION == VCRYPTO_VERSION_NUMBER(VCRYPTO_VERSION_MAJOR,
							      VCRYPTO_VERSION_MINOR,
							      VCRYPTO_VERSION_PATCH));
	assert_true(VCRYPTO_VERSION_NUMBER(1, 0, 0) > VCRYPTO_VERSION_NUMBER(0, 999, 999));
	assert_true(VCRYPTO_VERSION_NUMBER(0, 2, 0) > VCRYPTO_VERSION_NUMBER(0, 1, 999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_exchange_has_these_bytes),
		cmocka_unit_test(a_prepared_response_header_has_these_bytes),
		cmocka_unit_test(config_space_has_these_bytes),
		cmocka_unit_test(numbers_are_frozen),
		cmocka_unit_test(each_status_has_the_name_of_its_enumerator),
		cmocka_unit_test(the_version_is_that_of_the_build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
