// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The longest AEAD messages (protocol 4.8.1, 4.8.2): one payload byte more, and the counter
 * would begin anew.  Nobody touches these bytes; a backend that does nothing is enough.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "check.h"
#include "core_rig.h"

#define PIECE ((uint64_t)1 << 28)	/* of memory that is all pieces of a text */
#define PIECES 1024

static struct core_rig core;
static struct vcrypto_backend idle;
static void *memory;
static struct iovec src[PIECES], dst[PIECES];

static void do_nothing(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	(void)provider;
	for (i = 0; i < count; i++)
		jobs[i]->status = VCRYPTO_OK;
}

static int start(void **state)
{
	size_t i;

	(void)state;
	idle = vcrypto_backend_null;
	idle.submit = do_nothing;
	core_start(&core, &idle, 1, 1, NULL, 0);
	assert_int_equal(vcrypto_store_open(core.store, 0), VCRYPTO_OK);
	memory = mmap(NULL, 2 * PIECE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		      -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	for (i = 0; i < PIECES; i++) {
		src[i] = (struct iovec){ memory, PIECE };
		dst[i] = (struct iovec){ (uint8_t *)memory + PIECE, PIECE };
	}
	return 0;
}

static int stop(void **state)
{
	(void)state;
	munmap(memory, 2 * PIECE);
	core_stop(&core);
	return 0;
}

static void new_session(uint32_t cipher)
{
	uint8_t key[32] = { 0 };
	struct iovec segment = { key, sizeof(key) };
	const struct vcrypto_session_request new = {
		.cipher = cipher, .cipher_key_len = sizeof(key),
		.keys = vcrypto_cursor_start(&segment, 1),
	};

	(void)vcrypto_store_free(core.store, 0, 0);
	assert_int_equal(vcrypto_store_create(core.store, core.lane, &new), VCRYPTO_OK);
}

static enum vcrypto_status run(uint64_t len, bool begin, bool more, bool decrypt)
{
	struct vcrypto_op op = {
		.verb = VCRYPTO_VERB_AEAD, .session = vcrypto_store_find(core.store, 0, 0),
		.begin = begin, .more = more, .iv_len = begin ? 12 : 0,
		.job = { .src = vcrypto_cursor_start(src, PIECES), .decrypt = decrypt,
			 .tag_len = more ? 0 : 16 },
		.dst = vcrypto_cursor_start(dst, PIECES),
	};

	op.job.src.left = op.dst.left = len;
	vcrypto_lane_submit(core.lane, &op);
	vcrypto_lane_flush(core.lane);
	return op.job.status;
}

static void check(uint32_t cipher, uint64_t most)
{
	bool decrypt = false;

	new_session(cipher);
	do {
		assert_int_equal(run(most, true, false, decrypt), VCRYPTO_OK);
		assert_int_equal(run(most + 1, true, false, decrypt), VCRYPTO_BAD_PARAMETER);
		assert_int_equal(run(most + 1, true, true, decrypt), VCRYPTO_BAD_PARAMETER);
		/* In parts; what is refused leaves the message as it was. */
		assert_int_equal(run(most - 100, true, true, decrypt), VCRYPTO_OK);
		assert_int_equal(run(101, false, false, decrypt), VCRYPTO_BAD_PARAMETER);
		assert_int_equal(run(99, false, true, decrypt), VCRYPTO_OK);
		assert_int_equal(run(2, false, true, decrypt), VCRYPTO_BAD_PARAMETER);
		assert_int_equal(run(1, false, true, decrypt), VCRYPTO_OK);
		assert_int_equal(run(1, false, false, decrypt), VCRYPTO_BAD_PARAMETER);
		assert_int_equal(run(0, false, false, decrypt), VCRYPTO_OK);
		/* The next one has all of it again. */
		assert_int_equal(run(most, true, true, decrypt), VCRYPTO_OK);
		assert_int_equal(run(0, false, false, decrypt), VCRYPTO_OK);
		decrypt = !decrypt;
	} while (decrypt);
}

static void a_message_of_gcm_ends_before_its_counter_does(void **state)
{
	(void)state;
	check(VCRYPTO_CIPHER_AES_GCM, ((uint64_t)1 << 36) - 32);
}

static void a_message_of_chacha20_ends_before_its_counter_does(void **state)
{
	(void)state;
	check(VCRYPTO_CIPHER_CHACHA20_POLY1305, ((uint64_t)1 << 38) - 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_of_gcm_ends_before_its_counter_does,
						start, stop),
		cmocka_unit_test_setup_teardown(a_message_of_chacha20_ends_before_its_counter_does,
						start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
