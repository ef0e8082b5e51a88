// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* HMAC: whoever does the work, the results are those of OpenSSL's own provider. */
#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "provider.h"
#include "rig.h"

static uint8_t text[RIG_MOST];

static EVP_MAC_CTX *new_mac(OSSL_LIB_CTX *libctx)
{
	EVP_MAC *mac = EVP_MAC_fetch(libctx, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	assert_non_null(ctx);
	assert_string_equal(OSSL_PROVIDER_get0_name(EVP_MAC_get0_provider(mac)),
			    libctx == with ? "vcrypto" : "default");
	EVP_MAC_free(mac);
	return ctx;
}

static bool start_mac(EVP_MAC_CTX *ctx, const char *name, const uint8_t *key, size_t len)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)name, 0),
		OSSL_PARAM_END,
	};

	return EVP_MAC_init(ctx, key, len, params);
}

static bool set_digest(EVP_MAC_CTX *ctx, const char *name)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)name, 0),
		OSSL_PARAM_END,
	};

	return EVP_MAC_CTX_set_params(ctx, params);
}

static bool end_mac(EVP_MAC_CTX *ctx, size_t from, size_t len, uint8_t *out, size_t *size)
{
	return EVP_MAC_update(ctx, text, from) && EVP_MAC_update(ctx, text + from, len - from) &&
	       EVP_MAC_final(ctx, out, size, EVP_MAX_MD_SIZE);
}

static void compare_macs(int rounds)
{
	static const char *const names[] = { "SHA1", "sha256", "SHA2-384", "SHA512", "MD5",
					     "SHA3-256", "SHA512-256" };
	EVP_MAC_CTX *ours = new_mac(with), *other = new_mac(without), *copy;
	uint8_t key[600], one[EVP_MAX_MD_SIZE], two[EVP_MAX_MD_SIZE];
	size_t key_len, len, from, size[2];
	const char *name;

	rig_fill(text, sizeof(text));
	for (; rounds; rounds--) {
		rig_fill(key, sizeof(key));
		name = names[rig_random(VC_COUNT(names))];
		key_len = rig_random(rig_random(4) ? 70 : sizeof(key));
		len = rig_length();
		from = rig_random((uint32_t)len + 1);
		assert_true(start_mac(ours, name, key, key_len));
		assert_true(start_mac(other, name, key, key_len));
		assert_true(end_mac(ours, from, len, one, &size[0]));
		assert_true(end_mac(other, from, len, two, &size[1]));
		assert_int_equal(size[0], size[1]);
		assert_memory_equal(one, two, size[0]);
		/* Again with the same key, and a copy in the middle. */
		assert_true(EVP_MAC_init(ours, NULL, 0, NULL));
		assert_true(EVP_MAC_update(ours, text, from));
		copy = EVP_MAC_CTX_dup(ours);
		assert_true(copy && EVP_MAC_update(copy, text + from, len - from));
		assert_true(EVP_MAC_update(ours, key, 3));
		assert_true(EVP_MAC_final(copy, one, &size[0], sizeof(one)));
		assert_memory_equal(one, two, size[1]);
		EVP_MAC_CTX_free(copy);
	}
	EVP_MAC_CTX_free(ours);
	EVP_MAC_CTX_free(other);
}

static void macs_are_what_openssl_makes_of_messages(void **state)
{
	(void)state;
	compare_macs(200);
	assert_true(rig.calls > 100);
}

static void macs_that_fail_are_made_good_by_software(void **state)
{
	(void)state;
	rig.fails = EIO;
	compare_macs(60);
	assert_int_equal(rig.calls, 0);
}

/* What was begun before is forgotten; a copy has its own key. */
static void macs_begin_anew(void **state)
{
	EVP_MAC_CTX *ours = new_mac(with), *other = new_mac(without), *copy;
	uint8_t one[EVP_MAX_MD_SIZE], two[EVP_MAX_MD_SIZE];
	size_t size;

	(void)state;
	rig_fill(text, sizeof(text));
	assert_true(start_mac(ours, "SHA256", text, 32));
	assert_true(start_mac(other, "SHA256", text, 32));
	assert_true(end_mac(other, 0, MIN_BYTES, two, &size));
	assert_true(EVP_MAC_update(ours, text, VC_PART + 1));
	assert_int_equal(rig.calls, 1);
	assert_true(EVP_MAC_init(ours, NULL, 0, NULL));
	assert_true(end_mac(ours, 0, MIN_BYTES, one, &size));
	assert_memory_equal(one, two, size);
	assert_true(EVP_MAC_init(ours, NULL, 0, NULL));
	copy = EVP_MAC_CTX_dup(ours);
	assert_true(start_mac(ours, "SHA256", text + 1, 32));
	assert_true(end_mac(copy, 0, MIN_BYTES, one, &size));
	assert_memory_equal(one, two, size);
	assert_int_equal(rig.calls, 3);
	EVP_MAC_CTX_free(ours);
	EVP_MAC_CTX_free(other);
	EVP_MAC_CTX_free(copy);
}

/* Until there is a key for the new digest all is as it was, as with OpenSSL. */
static void a_digest_is_that_of_the_next_key(void **state)
{
	EVP_MAC_CTX *ours = new_mac(with), *other = new_mac(without);
	uint8_t one[EVP_MAX_MD_SIZE], two[EVP_MAX_MD_SIZE], key[600] = { 1 };
	size_t sizes[2];

	(void)state;
	rig_fill(text, sizeof(text));
	assert_true(start_mac(ours, "SHA256", key, 32));
	assert_true(start_mac(other, "SHA256", key, 32));
	assert_int_equal(start_mac(ours, "SHA1", NULL, 0), start_mac(other, "SHA1", NULL, 0));
	assert_int_equal(EVP_MAC_CTX_get_mac_size(ours), EVP_MAC_CTX_get_mac_size(other));
	assert_true(end_mac(ours, 0, MIN_BYTES, one, &sizes[0]));
	assert_true(end_mac(other, 0, MIN_BYTES, two, &sizes[1]));
	assert_int_equal(sizes[0], sizes[1]);
	assert_memory_equal(one, two, sizes[0]);
	assert_true(rig.calls == 1);
	/* Also if that was one which is software's. */
	assert_true(start_mac(ours, "SHA256", key, sizeof(key)));
	assert_true(start_mac(ours, "SHA256", NULL, 0));
	assert_true(end_mac(ours, 0, MIN_BYTES, one, &sizes[0]));
	assert_int_equal(rig.calls, 1);
	EVP_MAC_CTX_free(ours);
	EVP_MAC_CTX_free(other);
}

/* A MAC of a text of so many bytes, in an unusual way; false: it has none. */
typedef bool unusual_mac(EVP_MAC_CTX *ctx, size_t len, uint8_t *out, size_t *size);

/* Short texts that are software's, and long ones.  How many ours made, each as OpenSSL makes it. */
static size_t compare(unusual_mac *mac)
{
	static const size_t lens[] = { MIN_BYTES / 2, 100, 4000, RIG_MOST };
	uint8_t out[2][EVP_MAX_MD_SIZE];
	size_t sizes[2], count = 0, i, j;
	EVP_MAC_CTX *ctx;
	bool made[2];

	rig_fill(text, sizeof(text));
	for (i = 0; i < VC_COUNT(lens); i++) {
		for (j = 0; j < 2; j++) {
			ctx = new_mac(j ? without : with);
			made[j] = mac(ctx, lens[i], out[j], &sizes[j]);
			EVP_MAC_CTX_free(ctx);
		}
		assert_true(made[1]);
		if (!made[0])
			continue;
		assert_int_equal(sizes[0], sizes[1]);
		assert_memory_equal(out[0], out[1], sizes[0]);
		count++;
	}
	ERR_clear_error();
	return count;
}

static bool after_a_digest(EVP_MAC_CTX *ctx, size_t len, uint8_t *out, size_t *size)
{
	assert_true(start_mac(ctx, "SHA512", text, 20));
	assert_true(set_digest(ctx, "SHA224"));
	assert_false(set_digest(ctx, "NOSUCH"));
	assert_true(EVP_MAC_init(ctx, text, 20, NULL));
	return end_mac(ctx, 0, len, out, size);
}

/* OpenSSL forgets SHA224 when it refuses the next name, and has SHA512 with the next key. */
static void a_digest_that_is_refused_leaves_that_of_the_last_key(void **state)
{
	(void)state;
	assert_int_equal(compare(after_a_digest), 4);
}

static bool after_a_key(EVP_MAC_CTX *ctx, size_t len, uint8_t *out, size_t *size)
{
	assert_true(start_mac(ctx, "MD5", text, 20));
	assert_false(start_mac(ctx, "SHAKE256", text, 20));
	assert_true(EVP_MAC_update(ctx, text, 500));
	assert_false(EVP_MAC_init(ctx, NULL, 0, NULL));
	return end_mac(ctx, 0, len, out, size);
}

/*
 * OpenSSL says then that its MACs are as long as with the digest that is none for HMAC, and makes
 * them as long as they were.  It cannot begin anew, so the message goes on.  Ours may be refused.
 */
static void a_key_that_is_refused_changes_nothing(void **state)
{
	(void)state;
	assert_in_range(compare(after_a_key), 1, 4);
}

static void without_a_key_there_is_no_mac(void **state)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)"SHA256", 0),
		OSSL_PARAM_END,
	};
	EVP_MAC_CTX *ours = new_mac(with);
	uint8_t out[EVP_MAX_MD_SIZE];
	size_t size;

	(void)state;
	assert_true(EVP_MAC_CTX_set_params(ours, params));
	assert_false(end_mac(ours, 0, MIN_BYTES, out, &size));
	params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, NULL, 0);
	assert_false(EVP_MAC_CTX_set_params(ours, params));
	assert_int_equal(rig.calls, 0);
	ERR_clear_error();
	EVP_MAC_CTX_free(ours);
}

/* With a record's padding behind what is authenticated, as libssl does it: in constant time. */
static void the_mac_of_a_record_is_softwares(void **state)
{
	size_t whole = 400, sizes[2];
	OSSL_PARAM params[] = {
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_TLS_DATA_SIZE, &whole),
		OSSL_PARAM_END,
	};
	uint8_t out[2][EVP_MAX_MD_SIZE];
	EVP_MAC_CTX *ctx, *copy;
	int i;

	(void)state;
	rig_fill(text, sizeof(text));
	for (i = 0; i < 2; i++) {
		ctx = new_mac(i ? without : with);
		assert_true(start_mac(ctx, "SHA256", text, 32));
		copy = EVP_MAC_CTX_dup(ctx);
		assert_true(EVP_MAC_CTX_set_params(copy, params));
		assert_true(EVP_MAC_update(copy, text, 13));
		assert_true(EVP_MAC_update(copy, text + 13, 300));
		assert_true(EVP_MAC_final(copy, out[i], &sizes[i], sizeof(out[i])));
		EVP_MAC_CTX_free(copy);
		EVP_MAC_CTX_free(ctx);
	}
	assert_int_equal(sizes[0], sizes[1]);
	assert_memory_equal(out[0], out[1], sizes[0]);
	assert_int_equal(rig.calls, 0);
}

static bool with_no_record(EVP_MAC_CTX *ctx, size_t len, uint8_t *out, size_t *size)
{
	size_t none = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_TLS_DATA_SIZE, &none),
		OSSL_PARAM_END,
	};

	assert_true(start_mac(ctx, "SHA256", text, 32));
	assert_true(EVP_MAC_update(ctx, text, len));
	assert_true(EVP_MAC_CTX_set_params(ctx, params));
	return end_mac(ctx, 0, 100, out, size);
}

/* Its length is 0. */
static void no_record_changes_nothing_of_a_message(void **state)
{
	(void)state;
	assert_int_equal(compare(with_no_record), 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(macs_are_what_openssl_makes_of_messages),
		TEST(macs_that_fail_are_made_good_by_software),
		TEST(macs_begin_anew),
		TEST(a_digest_is_that_of_the_next_key),
		TEST(a_digest_that_is_refused_leaves_that_of_the_last_key),
		TEST(a_key_that_is_refused_changes_nothing),
		TEST(without_a_key_there_is_no_mac),
		TEST(the_mac_of_a_record_is_softwares),
		TEST(no_record_changes_nothing_of_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
