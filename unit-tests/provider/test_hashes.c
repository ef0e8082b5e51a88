// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Digests and HMAC: whoever does the work, the results are those of OpenSSL's own provider. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "provider.h"
#include "rig.h"

#define MOST (3 * VC_PART)

static uint8_t text[MOST];

static EVP_MD *our_digest(const char *name)
{
	EVP_MD *digest = EVP_MD_fetch(with, name, NULL);

	assert_non_null(digest);
	assert_string_equal(OSSL_PROVIDER_get0_name(EVP_MD_get0_provider(digest)), "vcrypto");
	return digest;
}

static EVP_MD *other_digest(const char *name)
{
	EVP_MD *digest = EVP_MD_fetch(without, name, NULL);

	assert_non_null(digest);
	return digest;
}

/* Mostly short, now and then longer than what is gathered. */
static size_t any_length(void)
{
	return rig_random(rig_random(8) ? 3 * MIN_BYTES : MOST);
}

/* In pieces, and in the middle it goes on in a copy. */
static bool digest(const EVP_MD *md, size_t len, const size_t cuts[4], uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new(), *copy = EVP_MD_CTX_new();
	size_t done, part, i;
	bool fine = EVP_DigestInit_ex2(ctx, md, NULL);

	for (i = done = 0; i < 4; i++, done += part) {
		part = i < 3 && cuts[i] < len - done ? cuts[i] : len - done;
		fine = fine && EVP_DigestUpdate(ctx, text + done, part);
		if (i == cuts[3] % 8)
			fine = fine && EVP_MD_CTX_copy_ex(copy, ctx) &&
			       EVP_DigestUpdate(ctx, "more", 4) && EVP_MD_CTX_copy_ex(ctx, copy);
	}
	assert_true(done == len || i == 4);
	fine = fine && EVP_DigestUpdate(ctx, text + done, len - done) &&
	       EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	EVP_MD_CTX_free(copy);
	return fine;
}

static void compare(const struct vc_digest_row *row, int rounds)
{
	uint8_t one[EVP_MAX_MD_SIZE], two[EVP_MAX_MD_SIZE];
	size_t cuts[4], len;
	char name[32];
	EVP_MD *ours = our_digest(vc_main_name(row->names, name)), *other = other_digest(name);
	int i;

	while (rounds--) {
		len = any_length();
		for (i = 0; i < 4; i++)
			cuts[i] = any_length();
		assert_true(digest(ours, len, cuts, one));
		assert_true(digest(other, len, cuts, two));
		if (memcmp(one, two, row->size))
			fail_msg("%s of %zu bytes, %zu %zu %zu", row->names, len, cuts[0], cuts[1],
				 cuts[2]);
	}
	EVP_MD_free(ours);
	EVP_MD_free(other);
}

static void compare_all(int rounds)
{
	size_t i;

	rig_fill(text, sizeof(text));
	for (i = 0; i < vc_digest_count; i++)
		compare(&vc_digests[i], rounds);
}

static void digests_are_what_openssl_makes_of_messages(void **state)
{
	(void)state;
	compare_all(40);
	assert_true(rig.calls > 200);
	assert_true(rig.copies > 5);
}

static void calls_that_fail_are_made_good_by_software(void **state)
{
	(void)state;
	rig.fails = EIO;
	compare_all(20);
	assert_int_equal(rig.calls, 0);
}

static void a_message_is_one_call_if_it_can_be_gathered(void **state)
{
	EVP_MD *md = our_digest("SHA256");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t out[32];
	int i;

	(void)state;
	assert_true(EVP_DigestInit_ex2(ctx, md, NULL));
	for (i = 0; i < 100; i++)
		assert_true(EVP_DigestUpdate(ctx, text, 100));
	assert_int_equal(rig.calls, 0);
	assert_true(EVP_DigestFinal_ex(ctx, out, NULL));
	assert_int_equal(rig.calls, 1);
	assert_int_equal(rig.sessions - rig.freed, 1);
	/* What is short is not asked for at all. */
	assert_true(EVP_DigestInit_ex2(ctx, md, NULL));
	assert_true(EVP_DigestUpdate(ctx, text, MIN_BYTES - 1));
	assert_true(EVP_DigestFinal_ex(ctx, out, NULL));
	assert_int_equal(rig.calls, 1);
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
}

/* It has no other result. */
static void a_message_whose_device_goes_in_the_middle_fails(void **state)
{
	static const int errors[] = { ESTALE, EIO, ENODEV };
	EVP_MD *md = our_digest("SHA2-512");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new(), *copy = EVP_MD_CTX_new();
	uint8_t out[64];
	size_t i;

	(void)state;
	for (i = 0; i < VC_COUNT(errors); i++) {
		assert_true(EVP_DigestInit_ex2(ctx, md, NULL));
		assert_true(EVP_DigestUpdate(ctx, text, VC_PART + 1));
		assert_int_equal(rig.calls, 1 + i);
		rig.fails = errors[i];
		assert_true(EVP_DigestUpdate(ctx, text, 10));
		assert_false(EVP_DigestFinal_ex(ctx, out, NULL));
		rig.fails = 0;
		assert_true(EVP_DigestInit_ex2(ctx, md, NULL));
		assert_true(EVP_DigestUpdate(ctx, text, 10));
		assert_true(EVP_DigestFinal_ex(ctx, out, NULL));
		EVP_MD_CTX_reset(ctx);
	}
	/* Also if it went before the last part. */
	assert_true(EVP_DigestInit_ex2(ctx, md, NULL));
	assert_true(EVP_DigestUpdate(ctx, text, VC_PART + 1));
	rig.fails = ESTALE;
	assert_false(EVP_DigestUpdate(ctx, text, VC_PART + 1));
	rig.fails = 0;
	assert_false(EVP_DigestFinal_ex(ctx, out, NULL));
	/* Nor is there a copy of what is gone. */
	assert_true(EVP_DigestInit_ex2(ctx, md, NULL));
	assert_true(EVP_DigestUpdate(ctx, text, VC_PART + 1));
	rig.gone = ENODEV;
	assert_false(EVP_MD_CTX_copy_ex(copy, ctx));
	rig.gone = 0;
	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	EVP_MD_CTX_free(copy);
	EVP_MD_free(md);
}

/* What the device has of a message is the parent's; what is gathered is in memory. */
static void a_child_does_not_go_on_with_what_the_device_has(void **state)
{
	EVP_MD *md = our_digest("SHA256");
	EVP_MD_CTX *begun = EVP_MD_CTX_new(), *gathered = EVP_MD_CTX_new();
	uint8_t out[32], expected[32];
	int status;
	pid_t child;

	(void)state;
	rig_fill(text, sizeof(text));
	assert_true(EVP_Digest(text, MIN_BYTES, expected, NULL, md, NULL));
	assert_true(EVP_DigestInit_ex2(begun, md, NULL));
	assert_true(EVP_DigestUpdate(begun, text, VC_PART + 1));
	assert_true(EVP_DigestInit_ex2(gathered, md, NULL));
	assert_true(EVP_DigestUpdate(gathered, text, MIN_BYTES));
	child = fork();
	if (!child)
		_exit(EVP_DigestFinal_ex(begun, out, NULL) ||
		      !EVP_DigestFinal_ex(gathered, out, NULL) ||
		      memcmp(out, expected, sizeof(out)) != 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(EVP_DigestFinal_ex(begun, out, NULL));
	assert_true(EVP_Digest(text, VC_PART + 1, expected, NULL, md, NULL));
	assert_memory_equal(out, expected, sizeof(out));
	EVP_MD_CTX_free(begun);
	EVP_MD_CTX_free(gathered);
	EVP_MD_free(md);
}

static void facts_are_those_of_openssl(void **state)
{
	char name[32];
	size_t i;

	(void)state;
	for (i = 0; i < vc_digest_count; i++) {
		const struct vc_digest_row *row = &vc_digests[i];
		EVP_MD *ours = our_digest(vc_main_name(row->names, name));
		EVP_MD *other = other_digest(name);
		const char *names = row->names;

		assert_int_equal(EVP_MD_get_size(ours), EVP_MD_get_size(other));
		assert_int_equal(EVP_MD_get_block_size(ours), EVP_MD_get_block_size(other));
		assert_int_equal(EVP_MD_get_flags(ours), EVP_MD_get_flags(other));
		assert_int_equal(EVP_MD_get_type(ours), EVP_MD_get_type(other));
		for (; *names; names += strcspn(names, ":"), names += *names == ':')
			assert_true(EVP_MD_is_a(other, vc_main_name(names, name)));
		EVP_MD_free(ours);
		EVP_MD_free(other);
	}
}

/* --- HMAC --- */

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
		len = any_length();
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

static void what_is_not_wanted_is_not_offered(void **state)
{
	EVP_MD *md;
	EVP_CIPHER *cipher;

	(void)state;
	rig_start_with("operations = ciphers macs");
	md = EVP_MD_fetch(with, "SHA256", NULL);
	assert_string_equal(OSSL_PROVIDER_get0_name(EVP_MD_get0_provider(md)), "default");
	cipher = our_cipher("AES-128-CBC");
	EVP_MD_free(md);
	EVP_CIPHER_free(cipher);
	rig_stop(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(digests_are_what_openssl_makes_of_messages),
		TEST(calls_that_fail_are_made_good_by_software),
		TEST(a_message_is_one_call_if_it_can_be_gathered),
		TEST(a_message_whose_device_goes_in_the_middle_fails),
		TEST(a_child_does_not_go_on_with_what_the_device_has),
		TEST(facts_are_those_of_openssl),
		TEST(macs_are_what_openssl_makes_of_messages),
		TEST(macs_that_fail_are_made_good_by_software),
		TEST(macs_begin_anew),
		TEST(a_digest_is_that_of_the_next_key),
		TEST(without_a_key_there_is_no_mac),
		TEST(the_mac_of_a_record_is_softwares),
		cmocka_unit_test(what_is_not_wanted_is_not_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
