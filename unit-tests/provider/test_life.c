// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Processes, threads, settings, and a device that is missing, goes, or comes back. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/provider.h>

#include "provider.h"
#include "rig.h"

#define LEN 1000

static uint8_t key[32], iv[16], text[LEN], expected[LEN];

static EVP_CIPHER_CTX *begin(EVP_CIPHER *cipher)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	return ctx && EVP_EncryptInit_ex(ctx, cipher, NULL, key, iv) ? ctx : NULL;
}

static bool right(EVP_CIPHER_CTX *ctx)
{
	uint8_t out[LEN];
	int made;

	return EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, iv) &&
	       EVP_EncryptUpdate(ctx, out, &made, text, LEN) && made == LEN &&
	       !memcmp(out, expected, LEN);
}

static EVP_CIPHER *prepare(void)
{
	EVP_CIPHER *other = other_cipher("AES-256-CTR"), *ours = our_cipher("AES-256-CTR");
	EVP_CIPHER_CTX *ctx = begin(other);
	int made;

	rig_fill(key, sizeof(key));
	rig_fill(text, sizeof(text));
	assert_true(EVP_EncryptInit_ex(ctx, NULL, NULL, key, iv));
	assert_true(EVP_EncryptUpdate(ctx, expected, &made, text, LEN));
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(other);
	memset(&rig, 0, sizeof(rig));
	return ours;
}

/* The descriptor that the list of algorithms was asked with. */
static int stop_prepared(void **state)
{
	rig.opened++;
	return rig_stop(state);
}

static void a_device_that_is_missing_is_left_out(void **state)
{
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;

	(void)state;
	rig.no_device = ENOENT;
	cipher = EVP_CIPHER_fetch(with, "AES-256-CTR", NULL);
	assert_string_equal(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)), "default");
	assert_null(EVP_CIPHER_fetch(with, "AES-256-CTR", "provider=vcrypto"));
	ctx = begin(cipher);
	assert_non_null(ctx);
	assert_int_equal(rig.opened, 1);
	rig.opened = 0;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
}

static void what_the_device_has_not_is_left_out(void **state)
{
	EVP_CIPHER *cipher;

	(void)state;
	rig.no_session = EINVAL;
	cipher = EVP_CIPHER_fetch(with, "AES-256-CTR", NULL);
	assert_string_equal(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)), "default");
	EVP_CIPHER_free(cipher);
}

/* Each process that fetches a cipher does so. */
static void the_device_is_asked_once_for_each_cipher(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-256-CTR"), *other = our_cipher("DES-EDE3-CBC");

	(void)state;
	assert_int_equal(rig.opened, 1);
	assert_int_equal(rig.sessions, 11);
	assert_int_equal(rig.calls, 0);
	EVP_CIPHER_free(cipher);
	EVP_CIPHER_free(other);
}

static void a_key_has_one_session_and_short_texts_none(void **state)
{
	EVP_CIPHER *cipher = prepare();
	EVP_CIPHER_CTX *ctx = begin(cipher);
	uint8_t out[LEN];
	int made, i;

	(void)state;
	assert_true(EVP_EncryptUpdate(ctx, out, &made, text, MIN_BYTES - 1));
	assert_int_equal(rig.sessions, 0);
	for (i = 0; i < 5; i++)
		assert_true(right(ctx));
	assert_int_equal(rig.sessions, 1);
	assert_int_equal(rig.calls, 5);
	assert_true(EVP_EncryptInit_ex(ctx, NULL, NULL, key, iv));
	assert_true(right(ctx));
	assert_int_equal(rig.sessions, 2);
	assert_int_equal(rig.freed, 1);
	EVP_CIPHER_CTX_free(ctx);
	assert_int_equal(rig.freed, 2);
	EVP_CIPHER_free(cipher);
}

static void software_goes_on_when_the_device_has_gone(void **state)
{
	EVP_CIPHER *cipher = prepare();
	EVP_CIPHER_CTX *ctx = begin(cipher), *later;

	(void)state;
	assert_true(right(ctx));
	rig.gone = ENODEV;
	rig.no_device = ENODEV;
	assert_true(right(ctx));
	assert_true(right(ctx));
	later = begin(cipher);
	assert_true(right(later));
	/* Once, and not again at once. */
	assert_int_equal(rig.opened, 1);
	EVP_CIPHER_CTX_free(later);
	/* Its last session gone, the descriptor is given back. */
	assert_int_equal(rig.closed, 0);
	EVP_CIPHER_CTX_free(ctx);
	assert_int_equal(rig.closed, 1);
	assert_int_equal(rig.calls, 1);
	rig.opened = 0;
	EVP_CIPHER_free(cipher);
}

static void a_device_that_comes_back_is_used(void **state)
{
	EVP_CIPHER *cipher = prepare();
	EVP_CIPHER_CTX *ctx = begin(cipher);

	(void)state;
	rig.gone = ENODEV;
	assert_true(right(ctx));
	rig.gone = 0;
	EVP_CIPHER_CTX_free(ctx);
	ctx = begin(cipher);
	assert_true(right(ctx));
	assert_int_equal(rig.calls, 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/* It has become a daemon and closed all; the number may be another file's by now. */
static void a_descriptor_that_was_taken_away_is_not_closed(void **state)
{
	EVP_CIPHER *cipher = prepare();
	EVP_CIPHER_CTX *ctx = begin(cipher);

	(void)state;
	rig.gone = EBADF;
	assert_true(right(ctx));
	rig.gone = 0;
	EVP_CIPHER_CTX_free(ctx);
	assert_int_equal(rig.closed, 0);
	ctx = begin(cipher);
	assert_true(right(ctx));
	assert_int_equal(rig.opened, 1);
	assert_int_equal(rig.calls, 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	/* In the simulation it is still open. */
	rig.opened--;
}

/* Nobody has asked the device since, so nothing has been noticed. */
static void a_number_that_is_another_files_is_not_closed_at_the_end(void **state)
{
	EVP_CIPHER *cipher = prepare();
	EVP_CIPHER_CTX *ctx = begin(cipher);

	(void)state;
	assert_true(right(ctx));
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	rig.taken = true;
	OSSL_LIB_CTX_free(with);
	with = NULL;
	assert_int_equal(rig.closed, 0);
	rig.opened--;
}

static void a_number_that_is_another_files_is_not_closed_with_a_session(void **state)
{
	EVP_CIPHER *cipher = prepare();
	EVP_CIPHER_CTX *ctx = begin(cipher);

	(void)state;
	assert_true(right(ctx));
	rig.gone = ENODEV;
	assert_true(right(ctx));
	rig.taken = true;
	EVP_CIPHER_CTX_free(ctx);
	assert_int_equal(rig.closed, 0);
	EVP_CIPHER_free(cipher);
	rig.opened--;
}

static int in_child(bool (*run)(EVP_CIPHER_CTX *ctx), EVP_CIPHER_CTX *ctx)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(run(ctx) ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* It opens the device for itself, and leaves the parent's session alone. */
static bool child_uses_a_context(EVP_CIPHER_CTX *ctx)
{
	bool done;

	memset(&rig, 0, sizeof(rig));
	done = right(ctx) && rig.opened == 1 && rig.sessions == 1 && rig.calls == 1 && !rig.freed;
	EVP_CIPHER_CTX_free(ctx);
	return done && rig.freed == 1 && !rig.closed;
}

static bool child_frees_a_context(EVP_CIPHER_CTX *ctx)
{
	memset(&rig, 0, sizeof(rig));
	EVP_CIPHER_CTX_free(ctx);
	return !rig.freed && !rig.closed && !rig.opened;
}

static bool child_has_no_device(EVP_CIPHER_CTX *ctx)
{
	memset(&rig, 0, sizeof(rig));
	rig.no_device = EACCES;
	return right(ctx) && !rig.calls;
}

static bool child_has_a_child(EVP_CIPHER_CTX *ctx)
{
	return right(ctx) && !in_child(child_uses_a_context, ctx) && right(ctx);
}

static bool child_unloads(EVP_CIPHER_CTX *ctx)
{
	memset(&rig, 0, sizeof(rig));
	EVP_CIPHER_CTX_free(ctx);
	OSSL_LIB_CTX_free(with);
	return !rig.closed && !rig.freed;
}

static void children_leave_what_is_the_parents_alone(void **state)
{
	EVP_CIPHER *cipher = prepare();
	EVP_CIPHER_CTX *ctx;

	(void)state;
	if (!rig_wipes()) {
		EVP_CIPHER_free(cipher);
		skip();
	}
	ctx = begin(cipher);
	assert_true(right(ctx));
	assert_int_equal(in_child(child_uses_a_context, ctx), 0);
	assert_int_equal(in_child(child_frees_a_context, ctx), 0);
	assert_int_equal(in_child(child_has_no_device, ctx), 0);
	assert_int_equal(in_child(child_has_a_child, ctx), 0);
	EVP_CIPHER_free(cipher);
	assert_int_equal(in_child(child_unloads, ctx), 0);
	assert_true(right(ctx));
	assert_int_equal(rig.calls, 2);
	EVP_CIPHER_CTX_free(ctx);
}

static void *one_thread(void *cipher)
{
	EVP_CIPHER_CTX *ctx;
	bool fine = true;
	int i;

	for (i = 0; fine && i < 30; i++) {
		ctx = begin(cipher);
		fine = ctx && right(ctx) && right(ctx);
		EVP_CIPHER_CTX_free(ctx);
	}
	return fine ? cipher : NULL;
}

/* The first ones open the device, at the same time. */
static void threads_do_not_disturb_each_other(void **state)
{
	enum { THREADS = 8 };
	EVP_CIPHER *cipher = prepare();
	pthread_t threads[THREADS];
	void *result;
	int i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, one_thread, cipher), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, cipher);
	}
	assert_int_equal(rig.calls, THREADS * 60);
	EVP_CIPHER_free(cipher);
}

static EVP_CIPHER *between;

static void another_opens_it(void)
{
	EVP_CIPHER_CTX *ctx = begin(between);

	assert_true(right(ctx));
	EVP_CIPHER_CTX_free(ctx);
}

/* As it is with two threads, but in the same order each time. */
static void two_that_open_it_at_once_have_one_file(void **state)
{
	EVP_CIPHER_CTX *ctx;

	(void)state;
	between = prepare();
	/* So that it has to be opened anew. */
	rig.gone = ENODEV;
	ctx = begin(between);
	assert_true(right(ctx));
	EVP_CIPHER_CTX_free(ctx);
	rig.gone = 0;
	rig.while_opening = another_opens_it;
	ctx = begin(between);
	assert_true(right(ctx));
	assert_int_equal(rig.opened, 2);
	assert_int_equal(rig.closed, 2);
	assert_int_equal(rig.calls, 2);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(between);
}

static void settings_that_are_no_numbers_are_refused(void **state)
{
	static const char *const wrong[] = { "min-bytes = -1", "min-bytes = few", "min-bytes = 1k",
					     "min-digest-bytes = x" };
	size_t i;

	(void)state;
	for (i = 0; i < VC_COUNT(wrong); i++) {
		rig_start_with(wrong[i]);
		assert_false(OSSL_PROVIDER_available(with, "vcrypto"));
		rig_stop(NULL);
	}
	ERR_clear_error();
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
#define PREPARED(name) cmocka_unit_test_setup_teardown(name, rig_start, stop_prepared)
	const struct CMUnitTest tests[] = {
		TEST(a_device_that_is_missing_is_left_out),
		TEST(what_the_device_has_not_is_left_out),
		TEST(the_device_is_asked_once_for_each_cipher),
		PREPARED(a_key_has_one_session_and_short_texts_none),
		PREPARED(software_goes_on_when_the_device_has_gone),
		PREPARED(a_device_that_comes_back_is_used),
		PREPARED(a_descriptor_that_was_taken_away_is_not_closed),
		PREPARED(a_number_that_is_another_files_is_not_closed_at_the_end),
		PREPARED(a_number_that_is_another_files_is_not_closed_with_a_session),
		PREPARED(children_leave_what_is_the_parents_alone),
		PREPARED(two_that_open_it_at_once_have_one_file),
		PREPARED(threads_do_not_disturb_each_other),
		cmocka_unit_test(settings_that_are_no_numbers_are_refused),
		cmocka_unit_test(what_is_not_wanted_is_not_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
