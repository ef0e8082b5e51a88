// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sessions of the standard's device that move to another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <vcrypto/backends.h>
#include <vcrypto/virtio_crypto.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SESSIONS 40u
#define STATE_MAX 65536u

/* What is kept, and must all be given back, as zeros. */
static size_t kept;
static bool full;

static void *take(void *context, size_t size)
{
	assert_null(context);
	if (full)
		return NULL;
	kept++;
	return malloc(size);
}

static void give(void *context, void *memory, size_t size)
{
	const uint8_t *bytes = memory;
	size_t i;

	assert_null(context);
	for (i = 0; i < size; i++)
		assert_int_equal(bytes[i], 0);
	kept--;
	free(memory);
}

static const struct vcrypto_virtio_keep keep = { take, give, NULL };

struct end {
	void *lane_memory;
	void *bounce;
	void *memory;
	struct vcrypto_lane *lane;
	struct vcrypto_virtio *device;
};

static struct end end_new(const struct vcrypto_backend *backend, bool keeps)
{
	const struct vcrypto_virtio_limits limits = { SESSIONS, 4096 };
	struct end end;

	end.lane_memory = calloc(1, vcrypto_lane_size(backend));
	end.bounce = calloc(1, limits.max_size);
	end.memory = calloc(1, vcrypto_virtio_size(&limits, backend));
	end.lane = vcrypto_lane_init(end.lane_memory, backend, end.bounce, limits.max_size);
	assert_non_null(end.lane);
	end.device = vcrypto_virtio_init(end.memory, &limits, end.lane, 7);
	if (keeps)
		vcrypto_virtio_keep_keys(end.device, &keep);
	return end;
}

static void end_free(struct end *end)
{
	vcrypto_virtio_fini(end->device);
	vcrypto_lane_fini(end->lane);
	free(end->memory);
	free(end->bounce);
	free(end->lane_memory);
	assert_int_equal(kept, 0);
}

/* One of each kind that both backends have, by turns. */
static struct vcrypto_virtio_numbers kind(uint32_t i, enum vcrypto_virtio_service *service)
{
	static const struct {
		enum vcrypto_virtio_service service;
		struct vcrypto_virtio_numbers numbers;
	} kinds[] = {
		{ VCRYPTO_VIRTIO_CIPHER, { .algo = 3, .key_len = 16, .direction = 1, .op_type = 1,
					   .auth_key_len = 999 } },
		{ VCRYPTO_VIRTIO_CIPHER, { .algo = 3, .key_len = 32, .direction = 1, .op_type = 2,
					   .order = 2, .hash_mode = 2, .auth_algo = 4,
					   .auth_key_len = 20, .result_len = 32 } },
		{ VCRYPTO_VIRTIO_CIPHER, { .algo = 4, .key_len = 24, .direction = 1, .op_type = 2,
					   .order = 1, .hash_mode = 1, .auth_algo = 4,
					   .auth_key_len = 77, .result_len = 32 } },
		{ VCRYPTO_VIRTIO_HASH, { .algo = 4, .result_len = 32 } },
		{ VCRYPTO_VIRTIO_MAC, { .algo = 2, .result_len = 20, .auth_key_len = 33 } },
		{ VCRYPTO_VIRTIO_AEAD, { .algo = 1, .key_len = 16, .direction = 1,
					 .result_len = 16 } },
	};

	*service = kinds[i % COUNT(kinds)].service;
	return kinds[i % COUNT(kinds)].numbers;
}

static uint8_t secrets[4096];

static void make(struct end *end, uint32_t count, uint64_t *ids)
{
	struct vcrypto_virtio_numbers numbers;
	enum vcrypto_virtio_service service;
	struct iovec keys;
	uint32_t i;

	for (i = 0; i < sizeof(secrets); i++)
		secrets[i] = (uint8_t)(i * 37 + i / 256);
	for (i = 0; i < count; i++) {
		keys = (struct iovec){ secrets + i, 128 };
		numbers = kind(i, &service);
		assert_int_equal(vcrypto_virtio_create(end->device, service, &numbers,
						       vcrypto_cursor_start(&keys, 1), &ids[i]),
				 VCRYPTO_VIRTIO_OK);
	}
}

/* What session @id makes of a text. */
static uint32_t use(struct end *end, uint32_t i, uint64_t id, uint8_t out[128])
{
	struct vcrypto_virtio_data data = { .session = id };
	uint8_t in[72 + 16 + 64];
	size_t len;
	struct iovec from = { in, 0 }, to;
	struct vcrypto_io io = { &from, &to, 1, 1, 0 };

	data.numbers = kind(i, &data.service);
	data.numbers.src_len = 64;
	if (data.service == VCRYPTO_VIRTIO_CIPHER || data.service == VCRYPTO_VIRTIO_AEAD)
		data.numbers.dst_len = 64;
	data.numbers.iv_len = data.service == VCRYPTO_VIRTIO_CIPHER ? 16 :
			      data.service == VCRYPTO_VIRTIO_AEAD ? 12 : 0;
	data.numbers.cipher_len = data.numbers.hash_len = 64;
	len = vcrypto_virtio_put_data(0, &data, in);
	memset(in + len, 5, sizeof(in) - len);
	from.iov_len = len + data.numbers.iv_len + 64;
	memset(out, 0, 128);
	to = (struct iovec){ out, data.numbers.dst_len + data.numbers.result_len + 1 };
	assert_int_equal(vcrypto_virtio_data(end->device, &io, 1), 1);
	return out[to.iov_len - 1];
}

static size_t save(struct end *end, uint8_t state[STATE_MAX], size_t room)
{
	size_t len = 0, n;

	vcrypto_virtio_save_start(end->device);
	while ((n = vcrypto_virtio_save(end->device, state + len, room))) {
		assert_true(n <= room);
		len += n;
	}
	return len;
}

/* In pieces that end @step bytes behind each other. */
static enum vcrypto_virtio_load load(struct end *end, const uint8_t *state, size_t len, size_t step)
{
	enum vcrypto_virtio_load result = VCRYPTO_VIRTIO_LOAD_MORE;
	size_t from = 0, to, taken;

	for (to = step < len ? step : len; result == VCRYPTO_VIRTIO_LOAD_MORE;
	     to = to + step < len ? to + step : len) {
		result = vcrypto_virtio_load(end->device, state + from, to - from, &taken);
		from += taken;
		assert_true(from <= to);
		if (to == len)
			break;
	}
	if (result == VCRYPTO_VIRTIO_LOAD_DONE)
		assert_int_equal(from, len);
	return result;
}

static void check_same(struct end *one, struct end *other, uint32_t count, const uint64_t *ids)
{
	uint8_t first[128], second[128];
	uint32_t i;

	for (i = 0; i < count; i++) {
		assert_int_equal(use(one, i, ids[i], first), VCRYPTO_VIRTIO_OK);
		assert_int_equal(use(other, i, ids[i], second), VCRYPTO_VIRTIO_OK);
		assert_memory_equal(first, second, sizeof(first));
	}
}

static uint8_t state_bytes[STATE_MAX], again[STATE_MAX];

static void move(const struct vcrypto_backend *from, const struct vcrypto_backend *to)
{
	static const size_t steps[] = { STATE_MAX, 1, 100, 7000 };
	uint64_t ids[SESSIONS], next[SESSIONS];
	struct end source = end_new(from, true), target;
	size_t len, i;

	make(&source, SESSIONS - 1, ids);
	len = save(&source, state_bytes, VCRYPTO_VIRTIO_STATE_PIECE);
	/* It has changed nothing, and comes again. */
	assert_int_equal(save(&source, again, VCRYPTO_VIRTIO_STATE_PIECE + 1), len);
	assert_memory_equal(state_bytes, again, len);
	for (i = 0; i < COUNT(steps); i++) {
		target = end_new(to, i % 2);
		assert_int_equal(load(&target, state_bytes, len, steps[i]), VCRYPTO_VIRTIO_LOAD_DONE);
		check_same(&source, &target, SESSIONS - 1, ids);
		/* Numbers of new sessions are not those of others. */
		make(&target, 1, next);
		assert_true(next[0] >> 32 > ids[SESSIONS - 2] >> 32);
		assert_int_equal(vcrypto_virtio_destroy(target.device, ids[3]), VCRYPTO_VIRTIO_OK);
		assert_int_equal(use(&target, 3, ids[3], again), VCRYPTO_VIRTIO_INVSESS);
		vcrypto_virtio_fini(target.device);
		vcrypto_lane_fini(target.lane);
		free(target.memory);
		free(target.bounce);
		free(target.lane_memory);
		assert_int_equal(kept, SESSIONS - 1);
	}
	end_free(&source);
}

static void sessions_move(void **state)
{
	(void)state;
	move(&vcrypto_backend_libcrypto, &vcrypto_backend_libcrypto);
}

static void sessions_move_to_another_backend(void **state)
{
	(void)state;
#ifdef WITH_NETTLE
	move(&vcrypto_backend_libcrypto, &vcrypto_backend_nettle);
#else
	print_message("SKIP: no nettle in this build\n");
	skip();
#endif
}

static uint32_t use_arc4(struct end *end, uint64_t id, uint8_t out[16])
{
	const struct vcrypto_virtio_data data = {
		.service = VCRYPTO_VIRTIO_CIPHER, .session = id,
		.numbers = { .op_type = 1, .src_len = 16, .dst_len = 16 },
	};
	uint8_t in[128] = { 0 }, reply[17];
	struct iovec from = { in, vcrypto_virtio_put_data(0, &data, in) + 16 }, to = { reply, 17 };
	struct vcrypto_io io = { &from, &to, 1, 1, 0 };

	assert_int_equal(vcrypto_virtio_data(end->device, &io, 1), 1);
	memcpy(out, reply, 16);
	return reply[16];
}

/* Its key stream goes on from request to request: made again it would begin again. */
static void a_session_with_a_state_of_its_own_stays(void **state)
{
	const struct vcrypto_virtio_numbers numbers = {
		.algo = 1, .key_len = 16, .direction = 1, .op_type = 1,
	};
	struct end source = end_new(&vcrypto_backend_libcrypto, true);
	struct end target = end_new(&vcrypto_backend_libcrypto, false);
	const struct iovec keys = { secrets, 16 };
	uint8_t first[16], second[16];
	uint64_t ids[2], arc4;
	size_t len;

	(void)state;
	make(&source, 1, ids);
	if (vcrypto_virtio_create(source.device, VCRYPTO_VIRTIO_CIPHER, &numbers,
				  vcrypto_cursor_start(&keys, 1), &arc4) != VCRYPTO_VIRTIO_OK) {
		print_message("SKIP: this libcrypto has no ARC4\n");
		skip();
	}
	make(&source, 1, ids + 1);
	assert_int_equal(use_arc4(&source, arc4, first), VCRYPTO_VIRTIO_OK);
	len = save(&source, state_bytes, VCRYPTO_VIRTIO_STATE_PIECE);
	assert_int_equal(load(&target, state_bytes, len, STATE_MAX), VCRYPTO_VIRTIO_LOAD_DONE);
	assert_int_equal(use_arc4(&target, arc4, second), VCRYPTO_VIRTIO_INVSESS);
	assert_int_equal(vcrypto_virtio_census(target.device).sessions, 2);
	/* There it goes on, and here no new session has its id. */
	assert_int_equal(use_arc4(&source, arc4, second), VCRYPTO_VIRTIO_OK);
	assert_memory_not_equal(first, second, 16);
	make(&target, 1, ids);
	assert_true(ids[0] >> 32 > ids[1] >> 32);
	assert_true(ids[0] >> 32 > arc4 >> 32);
	end_free(&source);
	end_free(&target);
}

/* Whoever does not ask for it has no keys lying about. */
static void nothing_is_kept_unless_asked_for(void **state)
{
	struct end end = end_new(&vcrypto_backend_libcrypto, false);
	uint64_t ids[6];
	size_t len;

	(void)state;
	make(&end, 6, ids);
	assert_int_equal(kept, 0);
	len = save(&end, state_bytes, STATE_MAX);
	assert_int_equal(len, 16 + 64);
	end_free(&end);
}

static void what_ends_is_not_saved(void **state)
{
	struct end end = end_new(&vcrypto_backend_libcrypto, true);
	uint64_t ids[6];
	struct vcrypto_virtio_numbers numbers;
	enum vcrypto_virtio_service service;
	struct iovec keys = { secrets, 8 };
	size_t len;

	(void)state;
	make(&end, 6, ids);
	/* Also in the middle of a state: the last made comes first. */
	vcrypto_virtio_save_start(end.device);
	assert_int_equal(vcrypto_virtio_save(end.device, state_bytes, STATE_MAX), 16);
	assert_int_equal(vcrypto_virtio_destroy(end.device, ids[5]), VCRYPTO_VIRTIO_OK);
	assert_int_equal(vcrypto_virtio_destroy(end.device, ids[0]), VCRYPTO_VIRTIO_OK);
	len = vcrypto_virtio_save(end.device, state_bytes, STATE_MAX);
	assert_int_equal(len, save(&end, again, STATE_MAX) - 16);
	assert_int_equal(kept, 4);
	/* What is not made is not kept. */
	numbers = kind(0, &service);
	assert_int_equal(vcrypto_virtio_create(end.device, service, &numbers,
					       vcrypto_cursor_start(&keys, 1), ids), VCRYPTO_VIRTIO_ERR);
	numbers.key_len = 17;
	keys.iov_len = 128;
	assert_int_equal(vcrypto_virtio_create(end.device, service, &numbers,
					       vcrypto_cursor_start(&keys, 1), ids), VCRYPTO_VIRTIO_ERR);
	numbers.key_len = 16;
	full = true;
	assert_int_equal(vcrypto_virtio_create(end.device, service, &numbers,
					       vcrypto_cursor_start(&keys, 1), ids), VCRYPTO_VIRTIO_ERR);
	full = false;
	assert_int_equal(kept, 4);
	assert_int_equal(vcrypto_virtio_census(end.device).sessions, 4);
	vcrypto_virtio_reset(end.device);
	assert_int_equal(kept, 0);
	end_free(&end);
}

static void some_end_and_the_others_stay(void **state)
{
	bool keeps;

	(void)state;
	for (keeps = false; ; keeps = true) {
		struct end end = end_new(&vcrypto_backend_libcrypto, keeps);
		uint64_t ids[6];
		uint32_t i, left = 0;

		make(&end, 6, ids);
		assert_int_equal(vcrypto_virtio_end_some(end.device, 0), 0);
		assert_int_equal(vcrypto_virtio_end_some(end.device, 4), 4);
		assert_int_equal(vcrypto_virtio_census(end.device).sessions, 2);
		assert_int_equal(kept, keeps ? 2 : 0);
		for (i = 0; i < 6; i++)
			left += vcrypto_virtio_destroy(end.device, ids[i]) == VCRYPTO_VIRTIO_OK;
		assert_int_equal(left, 2);
		make(&end, 3, ids);
		assert_int_equal(vcrypto_virtio_end_some(end.device, 4), 3);
		assert_int_equal(vcrypto_virtio_end_some(end.device, 4), 0);
		end_free(&end);
		if (keeps)
			break;
	}
}

/* Each byte of it, changed: refused, or another session, and never a fault. */
static void states_that_are_damaged(void **state)
{
	struct end source = end_new(&vcrypto_backend_libcrypto, true), target;
	uint64_t ids[6];
	size_t len, i, bad = 0;
	uint8_t bit;

	(void)state;
	make(&source, 6, ids);
	len = save(&source, state_bytes, STATE_MAX);
	target = end_new(&vcrypto_backend_libcrypto, false);
	for (i = 0; i < len; i++)
		for (bit = 1; bit; bit = (uint8_t)(bit << 1)) {
			state_bytes[i] ^= bit;
			bad += load(&target, state_bytes, len, STATE_MAX) == VCRYPTO_VIRTIO_LOAD_BAD;
			if (i < 12)
				assert_int_equal(bad, 8 * i + (size_t)__builtin_ctz(bit) + 1);
			if (vcrypto_virtio_census(target.device).sessions == 6)
				assert_true(i >= 12);
			state_bytes[i] ^= bit;
			vcrypto_virtio_reset(target.device);
		}
	assert_true(bad > 1000);
	/* Cut short it is never done; and nothing may follow, nor anything be there. */
	for (i = 0; i < len; i++) {
		assert_int_equal(load(&target, state_bytes, i, STATE_MAX), VCRYPTO_VIRTIO_LOAD_MORE);
		vcrypto_virtio_reset(target.device);
	}
	assert_int_equal(load(&target, state_bytes, len, STATE_MAX), VCRYPTO_VIRTIO_LOAD_DONE);
	assert_int_equal(load(&target, state_bytes, len, STATE_MAX), VCRYPTO_VIRTIO_LOAD_BAD);
	vcrypto_virtio_reset(target.device);
	make(&target, 1, ids);
	assert_int_equal(load(&target, state_bytes, len, STATE_MAX), VCRYPTO_VIRTIO_LOAD_BAD);
	vcrypto_virtio_fini(target.device);
	vcrypto_lane_fini(target.lane);
	free(target.memory);
	free(target.bounce);
	free(target.lane_memory);
	end_free(&source);
}

/* Many last long to end, so that is the caller's.  Meanwhile nothing more is taken. */
static void what_was_good_of_a_bad_state_is_left_to_the_caller(void **state)
{
	struct end end = end_new(&vcrypto_backend_libcrypto, true);
	uint64_t ids[6];
	size_t len;

	(void)state;
	make(&end, 6, ids);
	len = save(&end, state_bytes, STATE_MAX);
	vcrypto_virtio_reset(end.device);
	state_bytes[len - 1] = 1;
	assert_int_equal(load(&end, state_bytes, len, STATE_MAX), VCRYPTO_VIRTIO_LOAD_BAD);
	assert_int_equal(vcrypto_virtio_census(end.device).sessions, 6);
	state_bytes[len - 1] = 0;
	assert_int_equal(vcrypto_virtio_end_some(end.device, 4), 4);
	assert_int_equal(vcrypto_virtio_end_some(end.device, 4), 2);
	assert_int_equal(load(&end, state_bytes, len, STATE_MAX), VCRYPTO_VIRTIO_LOAD_BAD);
	assert_int_equal(vcrypto_virtio_census(end.device).sessions, 0);
	vcrypto_virtio_reset(end.device);
	assert_int_equal(load(&end, state_bytes, len, STATE_MAX), VCRYPTO_VIRTIO_LOAD_DONE);
	assert_int_equal(vcrypto_virtio_census(end.device).sessions, 6);
	vcrypto_virtio_reset(end.device);
	assert_int_equal(kept, 0);
	end_free(&end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_move),
		cmocka_unit_test(sessions_move_to_another_backend),
		cmocka_unit_test(a_session_with_a_state_of_its_own_stays),
		cmocka_unit_test(nothing_is_kept_unless_asked_for),
		cmocka_unit_test(what_ends_is_not_saved),
		cmocka_unit_test(some_end_and_the_others_stay),
		cmocka_unit_test(states_that_are_damaged),
		cmocka_unit_test(what_was_good_of_a_bad_state_is_left_to_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
