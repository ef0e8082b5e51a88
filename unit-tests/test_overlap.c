// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Source and destination that share memory: the result is as if the whole
 * source had been read before the first byte was written (protocol 3.5), and
 * the response header is written last (3.2).
 *
 * Everything lies in one arena.  The expected arena is made by taking the
 * source out, having it processed where nothing overlaps, and writing the
 * answer back in order.
 */
#include "check.h"

#define ARENA 1024
#define MAX_LEN 192
#define MAX_PIECES 512

static struct vcrypto_engine *engine;
static _Alignas(VCRYPTO_ALIGNMENT) uint8_t engine_memory[1 << 20];

/* A request in an arena. */
struct scene {
	uint8_t arena[ARENA];
	uint8_t expected[ARENA];
	struct vcrypto_crypt_args args;
	uint8_t control[VCRYPTO_MAX_CRYPT_CONTROL];
	struct iovec in[MAX_PIECES];	/* control, then source */
	struct iovec out[MAX_PIECES];	/* header, destination, digest, IV */
	struct vcrypto_io io;
	uint32_t room;			/* of out, bytes */
};

enum { ECB, CBC, CTR, NUL, BOTH, CTR_BOTH, SESSIONS };

static void send(const void *control, size_t len)
{
	uint8_t header[16];
	struct iovec in = { (void *)(uintptr_t)control, len }, out = { header, 16 };
	struct vcrypto_io io = { &in, &out, 1, 1, 0 };

	assert_true(len > 0);
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	assert_int_equal(header[0], VCRYPTO_OK);
}

static int start(void **state)
{
	const struct vcrypto_session_args args[SESSIONS] = {
		[ECB] = cipher_args(ECB, VCRYPTO_CIPHER_AES_ECB, 16),
		[CBC] = cipher_args(CBC, VCRYPTO_CIPHER_AES_CBC, 16),
		[CTR] = cipher_args(CTR, VCRYPTO_CIPHER_AES_CTR, 16),
		[NUL] = cipher_args(NUL, VCRYPTO_CIPHER_NULL, 0),
		[BOTH] = both_args(BOTH, VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA1, 9),
		[CTR_BOTH] = both_args(CTR_BOTH, VCRYPTO_CIPHER_AES_CTR, 16, VCRYPTO_MAC_MD5, 0),
	};
	const struct vcrypto_limits limits = { 1, SESSIONS, 4096, 0 };
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	uint32_t i;
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	(void)state;
	assert_in_range(vcrypto_engine_size(&limits, real_backend()), 1,
			sizeof(engine_memory));
	memset(engine_memory, 0, sizeof(engine_memory));
	engine = vcrypto_engine_init(engine_memory, &limits, real_backend());
	assert_non_null(engine);
	assert_true(vcrypto_build_context_open(&message, 0));
	send(control, message.len);
	for (i = 0; i < SESSIONS; i++) {
		assert_true(vcrypto_build_session_new(&message, &args[i]));
		send(control, message.len);
	}
	return 0;
}

static int stop(void **state)
{
	(void)state;
	vcrypto_engine_fini(engine);
	return 0;
}

static void scene_start(struct scene *scene, uint32_t session, bool decrypt, uint32_t len)
{
	static const uint16_t digests[SESSIONS] = { [BOTH] = 20, [CTR_BOTH] = 16 };
	struct vcrypto_response_header header;
	size_t control_len;
	struct vcrypto_message message = {
		.control = scene->control, .size = sizeof(scene->control), .header = &header,
	};

	memset(&scene->io, 0, sizeof(scene->io));
	pattern(scene->arena, ARENA, len);
	scene->args = data_args(session, len);
	scene->args.decrypt = decrypt;
	scene->args.reset = true;
	scene->args.mac_len = digests[session];
	if (session != ECB && session != NUL) {
		scene->args.iv = key_bytes;
		scene->args.iv_len = scene->args.iv_out_len = 16;
	}
	assert_true(vcrypto_build_crypt(&message, &scene->args));
	control_len = message.len;
	scene->in[0] = (struct iovec){ scene->control, control_len };
	scene->io.readable = scene->in;
	scene->io.writable = scene->out;
	scene->io.readable_count = 1;
	scene->room = 16 + message.expect.dst_len + message.expect.mac_len + message.expect.iv_len;
}

static void add_source(struct scene *scene, size_t at, size_t len)
{
	scene->in[scene->io.readable_count++] = (struct iovec){ scene->arena + at, len };
}

static void add_writable(struct scene *scene, size_t at, size_t len)
{
	scene->out[scene->io.writable_count++] = (struct iovec){ scene->arena + at, len };
}

/* Adds @len bytes at @at in pieces of @each. */
static void add_pieces(struct scene *scene, void (*add)(struct scene *, size_t, size_t),
		       size_t at, size_t len, size_t each)
{
	size_t done, here;

	for (done = 0; done < len; done += here) {
		here = len - done < each ? len - done : each;
		add(scene, at + done, here);
	}
}

/* Writes @len bytes of @from at offset @at of the writable stream, into expected. */
static void put_expected(struct scene *scene, size_t at, const uint8_t *from, size_t len)
{
	size_t segment, at_arena;
	size_t i;

	for (i = 0; i < len; i++) {
		size_t offset = at + i;

		for (segment = 0; offset >= scene->out[segment].iov_len; segment++)
			offset -= scene->out[segment].iov_len;
		at_arena = (size_t)((uint8_t *)scene->out[segment].iov_base - scene->arena);
		scene->expected[at_arena + offset] = from[i];
	}
}

/* Fills in what the arena should be, by the same request without any overlap. */
static void scene_expect(struct scene *scene)
{
	uint8_t source[MAX_LEN], answer[16 + MAX_LEN + 64 + 16];
	struct iovec in[2] = { scene->in[0], { source, scene->args.src_len } };
	struct iovec out = { answer, scene->room };
	struct vcrypto_io io = { in, &out, 2, 1, 0 };
	size_t at = 0;
	size_t i;

	for (i = 1; i < scene->io.readable_count; i++) {
		memcpy(source + at, scene->in[i].iov_base, scene->in[i].iov_len);
		at += scene->in[i].iov_len;
	}
	assert_int_equal(at, scene->args.src_len);
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	assert_int_equal(io.written, scene->room);
	memcpy(scene->expected, scene->arena, ARENA);
	put_expected(scene, 16, answer + 16, scene->room - 16);
	put_expected(scene, 0, answer, 16);
}

static void scene_check(struct scene *scene)
{
	scene_expect(scene);
	assert_int_equal(vcrypto_process(engine, &scene->io, 1), 1);
	assert_int_equal(scene->io.written, scene->room);
	assert_memory_equal(scene->arena, scene->expected, ARENA);
}

static const size_t piece_sizes[] = { MAX_LEN, 64, 48, 16, 15, 17, 7, 3, 1 };

/* In place, and shifted by up to two blocks either way. */
static void a_destination_shifted_against_the_source_is_right(void **state)
{
	static struct scene scene;
	size_t in, out;
	uint32_t session;
	int shift, decrypt;

	(void)state;
	for (session = 0; session < SESSIONS; session++)
	for (decrypt = 0; decrypt < 2; decrypt++)
	for (shift = -33; shift <= 33; shift++)
	for (in = 0; in < COUNT(piece_sizes); in++)
	for (out = 0; out < COUNT(piece_sizes); out++) {
		scene_start(&scene, session, decrypt, 96);
		add_pieces(&scene, add_source, 128, 96, piece_sizes[in]);
		add_writable(&scene, 512, 16);
		add_pieces(&scene, add_writable, (size_t)(128 + shift), 96, piece_sizes[out]);
		add_writable(&scene, 600, scene.room - 16 - 96);
		scene_check(&scene);
	}
}

/* Header, digest and IV written into the source, or into the destination. */
static void header_digest_and_iv_may_lie_in_source_or_destination(void **state)
{
	static struct scene scene;
	size_t at, place;
	uint32_t session;
	int decrypt;

	(void)state;
	for (session = 0; session < SESSIONS; session++)
	for (decrypt = 0; decrypt < 2; decrypt++)
	for (place = 0; place < 3; place++)
	for (at = 100; at < 230; at++) {
		scene_start(&scene, session, decrypt, 96);
		add_source(&scene, 128, 96);
		add_writable(&scene, place == 0 ? at : 512, 16);
		add_writable(&scene, place == 1 ? 128 : 300, 96);
		add_writable(&scene, at, scene.room - 16 - 96);
		scene_check(&scene);
	}
}

/* Pieces of source and destination alternate, or swap places. */
static void interleaved_and_swapped_pieces_are_right(void **state)
{
	static const size_t sizes[] = { 16, 32, 48, 8, 5, 1 };
	static struct scene scene;
	size_t i, k, n;
	uint32_t session;
	int decrypt;

	(void)state;
	for (session = 0; session < SESSIONS; session++)
	for (decrypt = 0; decrypt < 2; decrypt++)
	for (i = 0; i < COUNT(sizes); i++)
	for (k = 0; k < 3; k++) {
		size_t size = sizes[i], len = 96 / size / 2 * 2 * size;

		scene_start(&scene, session, decrypt, (uint32_t)(len / 16 * 16));
		len = scene.args.src_len;
		add_writable(&scene, 512, 16);
		for (n = 0; n * size < len; n++) {
			size_t here = len - n * size < size ? len - n * size : size;
			size_t last = (len + size - 1) / size - 1;

			add_source(&scene, (k == 0 ? 2 * n : n) * size, here);
			add_writable(&scene, (k == 0 ? 2 * n + 1 : k == 1 ? last - n : n ^ 1) *
				     size, here);
		}
		add_writable(&scene, 600, scene.room - 16 - len);
		scene_check(&scene);
	}
}

/* One byte for each segment, so many that comparing all pairs would take too long. */
static void overlap_in_very_many_segments_is_right(void **state)
{
	static struct scene scene;
	uint32_t session;
	int shift;

	(void)state;
	for (session = 0; session < SESSIONS; session++)
		for (shift = -20; shift <= 20; shift++) {
			scene_start(&scene, session, false, MAX_LEN);
			add_pieces(&scene, add_source, 128, MAX_LEN, 1);
			add_writable(&scene, 512, 16);
			add_pieces(&scene, add_writable, (size_t)(128 + shift), MAX_LEN, 1);
			add_writable(&scene, 600, scene.room - 16 - MAX_LEN);
			scene_check(&scene);
		}
}

/* Random segments all over the arena, for everything but the control part. */
static void scene_random(struct scene *scene, uint64_t *random)
{
	uint32_t len = 16 * (1 + random_below(random, MAX_LEN / 16));
	uint32_t session = random_below(random, SESSIONS);
	uint32_t here, left;
	bool decrypt = random_below(random, 2);

	scene_start(scene, session, decrypt, len);
	for (left = len; left; left -= here) {
		here = 1 + random_below(random, left < 40 ? left : 40);
		add_source(scene, random_below(random, 256), here);
	}
	/*
	 * The last block of ciphertext, from which the next IV comes, must not
	 * overlap itself: so that block and what follows is in one piece.
	 */
	for (left = len; left; left -= here) {
		here = 1 + random_below(random, left < 40 ? left : 40);
		add_writable(scene, random_below(random, 256), here);
	}
	add_writable(scene, random_below(random, 256), scene->room - len);
}

/* 4.CRYPT.7c */
static void random_overlaps_are_right(void **state)
{
	static struct scene scene;
	uint64_t random = 20240101;
	uint32_t i;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)random);
	for (i = 0; i < 20000; i++) {
		scene_random(&scene, &random);
		scene_check(&scene);
	}
}

/* Several in one batch, each in its own arena: they share one staging buffer. */
static void overlaps_in_a_batch_do_not_disturb_each_other(void **state)
{
	static struct scene scenes[VCRYPTO_BATCH + 8];
	static struct vcrypto_io io[COUNT(scenes)];
	uint64_t random = 5;
	uint32_t round, i;

	(void)state;
	for (round = 0; round < 200; round++) {
		for (i = 0; i < COUNT(scenes); i++) {
			scene_random(&scenes[i], &random);
			scene_expect(&scenes[i]);
			io[i] = scenes[i].io;
		}
		assert_int_equal(vcrypto_process(engine, io, COUNT(scenes)), COUNT(scenes));
		for (i = 0; i < COUNT(scenes); i++)
			assert_memory_equal(scenes[i].arena, scenes[i].expected, ARENA);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_destination_shifted_against_the_source_is_right),
		TEST(header_digest_and_iv_may_lie_in_source_or_destination),
		TEST(interleaved_and_swapped_pieces_are_right),
		TEST(overlap_in_very_many_segments_is_right),
		TEST(random_overlaps_are_right),
		TEST(overlaps_in_a_batch_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
