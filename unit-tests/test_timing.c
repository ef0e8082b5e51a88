// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the time to open a TLS record depends on (protocol 4.8.3).  Valgrind's
 * memcheck reports each jump and each address that depends on undefined memory;
 * so the plaintext is declared undefined, and its reports are counted.
 *
 * tls.c is compiled into this program, so that its steps can be called one by
 * one.  That the length of the content is used for the cut between both hashes is
 * known (see the comment there); it is declared defined once it has been computed.
 */
#include "../libvcrypto/core/tls.c"	/* NOLINT: its static functions are tested */

#include "check.h"
#include "memcheck.h"

#define LEN 400			/* of the record */
#define TAG 20

/* The digest of any text at all, and what has been hashed. */
static uint8_t digest[VCRYPTO_MAX_DIGEST];
static uint64_t hashed;

static void blind_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	(void)provider;
	assert_int_equal(count, 1);
	assert_int_equal(jobs[0]->task, VCRYPTO_TASK_HASH);
	hashed += jobs[0]->src.left;
	memcpy(jobs[0]->tag, digest, sizeof(digest));
	VALGRIND_MAKE_MEM_UNDEFINED(jobs[0]->tag, sizeof(digest));
	jobs[0]->status = VCRYPTO_OK;
}

static const struct vcrypto_backend blind = { .name = "blind", .submit = blind_submit };
static struct vcrypto_lane lane = { .backend = &blind };
static struct vcrypto_session session = { .lane = &lane };

/* A decrypted record. */
static uint8_t record[LEN];
static struct iovec segments[2] = { { record, 301 }, { record + 301, LEN - 301 } };

/* With @padding bytes of padding, of which byte number @wrong from the end is not. */
static void make_record(uint32_t padding, uint32_t wrong)
{
	pattern(record, sizeof(record), 1);
	pattern(digest, sizeof(digest), 2);
	memcpy(record + LEN - padding - TAG, digest, TAG);
	memset(record + LEN - padding, (int)(padding - 1), padding);
	if (wrong)
		record[LEN - wrong] ^= 0x40;
	VALGRIND_MAKE_MEM_UNDEFINED(record, sizeof(record));
}

static void skip_without_valgrind(void)
{
	if (RUNNING_ON_VALGRIND)
		return;
	print_message("skipped: not run by valgrind, or built without its header\n");
	skip();
}

/* Reads the end of the record; returns how many times memcheck complained. */
static unsigned int read_it(struct ending *ending)
{
	unsigned int before = (unsigned int)VALGRIND_COUNT_ERRORS;

	assert_true(read_ending(vcrypto_cursor_start(segments, 2), TAG, true, ending));
	return (unsigned int)VALGRIND_COUNT_ERRORS - before;
}

static void memcheck_sees_a_jump(void **state)
{
	unsigned int before = (unsigned int)VALGRIND_COUNT_ERRORS;
	static volatile uint8_t jumps;
	uint8_t secret = 1;

	(void)state;
	skip_without_valgrind();
	VALGRIND_MAKE_MEM_UNDEFINED(&secret, 1);
	if (secret)
		jumps = 1;
	assert_int_equal(jumps, 1);
	assert_int_equal((unsigned int)VALGRIND_COUNT_ERRORS - before, 1);
}

static void no_jump_or_address_depends_on_padding_or_mac(void **state)
{
	struct ending ending;
	uint32_t padding, wrong;

	(void)state;
	skip_without_valgrind();
	for (padding = 1; padding <= MAX_PADDING; padding += 5)
		for (wrong = 0; wrong <= padding; wrong += 1 + padding / 3) {
			make_record(padding, wrong);
			assert_int_equal(read_it(&ending), 0);
			/* It was the right thing that did not jump. */
			VALGRIND_MAKE_MEM_DEFINED(&ending, sizeof(ending));
			if (wrong == 1)		/* another length; anything may be there */
				continue;
			assert_int_equal(ending.good, wrong ? 0 : UINT32_MAX);
			assert_int_equal(ending.padding, wrong ? 1 : padding);
			if (!wrong)
				assert_memory_equal(ending.mac, digest, TAG);
		}
}

/* Opens the record but for its decryption; the length of the content is not kept secret. */
static enum vcrypto_status open_it(unsigned int *complaints)
{
	struct vcrypto_op op = {
		.session = &session, .job.tag_len = TAG,
		.dst = vcrypto_cursor_start(segments, 2),
	};
	unsigned int before;
	struct ending ending;
	enum vcrypto_status status;

	hashed = 0;
	assert_int_equal(read_it(&ending), 0);
	VALGRIND_MAKE_MEM_DEFINED(&ending.padding, sizeof(ending.padding));
	before = (unsigned int)VALGRIND_COUNT_ERRORS;
	status = verify(&op, &ending);
	*complaints = (unsigned int)VALGRIND_COUNT_ERRORS - before;
	VALGRIND_MAKE_MEM_DEFINED(&status, sizeof(status));
	return status;
}

static void the_only_jump_that_depends_on_what_is_compared_is_the_verdict(void **state)
{
	unsigned int complaints;

	(void)state;
	skip_without_valgrind();
	make_record(77, 0);
	assert_int_equal(open_it(&complaints), VCRYPTO_OK);
	assert_int_equal(complaints, 1);
	make_record(77, 3);
	assert_int_equal(open_it(&complaints), VCRYPTO_AUTH_FAILED);
	assert_int_equal(complaints, 1);
	make_record(77, 77 + 4);		/* the MAC */
	assert_int_equal(open_it(&complaints), VCRYPTO_AUTH_FAILED);
	assert_int_equal(complaints, 1);
}

static void as_many_bytes_are_hashed_whatever_the_padding(void **state)
{
	unsigned int complaints;
	uint32_t padding;

	(void)state;
	for (padding = 1; padding <= MAX_PADDING; padding += 15) {
		make_record(padding, 0);
		assert_int_equal(open_it(&complaints), VCRYPTO_OK);
		assert_int_equal(hashed, LEN);
		make_record(padding, padding + 1);
		assert_int_equal(open_it(&complaints), VCRYPTO_AUTH_FAILED);
		assert_int_equal(hashed, LEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memcheck_sees_a_jump),
		cmocka_unit_test(no_jump_or_address_depends_on_padding_or_mac),
		cmocka_unit_test(the_only_jump_that_depends_on_what_is_compared_is_the_verdict),
		cmocka_unit_test(as_many_bytes_are_hashed_whatever_the_padding),
	};
	int failures = cmocka_run_group_tests(tests, NULL, NULL);

	/* Most of it has not been tested then, so it does not count as passed. */
	return failures || RUNNING_ON_VALGRIND ? failures : EXIT_SKIP;
}
