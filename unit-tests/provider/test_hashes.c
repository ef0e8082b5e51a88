// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Digests: whoever does the work, the results are those of OpenSSL's own provider. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/provider.h>

#include "provider.h"
#include "rig.h"

static uint8_t text[RIG_MOST];

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
		len = rig_length();
		for (i = 0; i < 4; i++)
			cuts[i] = rig_length();
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
	EVP_MD_CTX *begun, *gathered;
	EVP_MD *md;
	uint8_t out[32], expected[32];
	int status;
	pid_t child;

	(void)state;
	if (!rig_wipes())
		skip();
	md = our_digest("SHA256");
	begun = EVP_MD_CTX_new();
	gathered = EVP_MD_CTX_new();
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
