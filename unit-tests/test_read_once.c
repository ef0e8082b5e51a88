// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Each control byte of guest memory is read once (protocol 3.5): no second
 * read, no read of what the device has written, and a guest that changes every
 * byte right after it has been read gets the answer as if it had not.
 */
#include <pthread.h>

#include "check.h"
#include "hook.h"

static struct guest guest;
static uint8_t text[96];

static int start(void **state)
{
	struct vcrypto_session_args args[] = {
		both_args(0, VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA1, 20),
		both_args(1, VCRYPTO_CIPHER_AES_CBC, 32, VCRYPTO_MAC_HMAC_SHA1, 9),
		cipher_args(3, VCRYPTO_CIPHER_AES_GCM, 16),
		both_args(4, VCRYPTO_CIPHER_AES_CTR, 16, VCRYPTO_MAC_HMAC_SHA1, 20),
	};
	size_t i;

	(void)state;
	guest_start(&guest, real_backend());
	guest.layout = SIM_INDIRECT;
	for (i = 0; i < COUNT(args); i++)
		make_session(&guest, &args[i]);
	pattern(text, sizeof(text), 12);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	hook_stop();
	guest_stop(&guest);
	return 0;
}

/* --- one request of each kind --- */

static struct guest_call *post_crypt(bool decrypt)
{
	struct vcrypto_crypt_args args = data_args(0, sizeof(text));

	args.decrypt = decrypt;
	args.reset = true;
	args.iv = key_bytes;
	args.iv_len = args.iv_out_len = 16;
	args.mac_len = 20;
	return guest_crypt(&guest, &args, text);
}

static struct guest_call *post_encrypt(void)
{
	return post_crypt(false);
}

static struct guest_call *post_decrypt(void)
{
	return post_crypt(true);
}

static struct guest_call *post_session(void)
{
	struct vcrypto_session_args args = both_args(2, VCRYPTO_CIPHER_AES_CTR, 24,
						     VCRYPTO_MAC_HMAC_SHA1, 64);

	return guest_session(&guest, &args);
}

static struct guest_call *post_copy(void)
{
	return guest_hash_copy(&guest, 0, 1, 0);
}

static struct guest_call *post_info(void)
{
	return guest_info(&guest, 0, 1);
}

static struct guest_call *post_open(void)
{
	return guest_open(&guest, 1);
}

static struct guest_call *post_bad_key(void)
{
	struct vcrypto_session_args args = cipher_args(2, VCRYPTO_CIPHER_AES_CTR, 25);

	return guest_session(&guest, &args);
}

#define AAD 13
#define TRAILER 4

/* The session of each mode, and the IV it takes. */
static const struct {
	uint32_t session;
	uint16_t iv_len;
	uint16_t tag_len;
} modes[] = {
	[VCRYPTO_AUTH_AEAD] = { 3, 12, 16 },
	[VCRYPTO_AUTH_TLS] = { 0, 16, 20 },
	[VCRYPTO_AUTH_SRTP] = { 4, 16, 10 },
};

static struct vcrypto_authcrypt_args auth_args(enum vcrypto_auth_mode mode, uint32_t len)
{
	return (struct vcrypto_authcrypt_args){
		.session = modes[mode].session, .mode = mode, .iv = key_bytes,
		.iv_len = modes[mode].iv_len, .iv_out_len = modes[mode].iv_len,
		.tag_len = modes[mode].tag_len, .aad_len = AAD, .src_len = len, .dst_len = len,
		.trailer_len = mode == VCRYPTO_AUTH_SRTP ? TRAILER : 0,
	};
}

static struct guest_call *post_seal(enum vcrypto_auth_mode mode)
{
	struct vcrypto_authcrypt_args args = auth_args(mode, sizeof(text) - 7);

	if (mode == VCRYPTO_AUTH_TLS)
		args.dst_len = (uint32_t)vcrypto_record_len(args.src_len, args.tag_len, 16);
	return guest_authcrypt(&guest, &args, text, text, key_bytes, NULL);
}

/* What post_seal() gives; with a wrong tag, if @spoil. */
static struct guest_call *post_open_sealed(enum vcrypto_auth_mode mode, bool spoil)
{
	uint32_t cut = guest.cut;
	struct guest_call *sealed, *call;
	struct vcrypto_authcrypt_args args;
	uint8_t tag[VCRYPTO_MAX_DIGEST];

	guest.cut = 0;
	sealed = post_seal(mode);
	host_run(&guest);
	assert_status(sealed, VCRYPTO_OK);
	guest.cut = cut;
	args = auth_args(mode, sealed->expect.dst_len);
	args.decrypt = true;
	memcpy(tag, sealed->mac, sealed->expect.mac_len);
	tag[0] ^= spoil;
	call = guest_authcrypt(&guest, &args, text, sealed->dst, key_bytes, tag);
	guest_forget(&guest, sealed);
	return call;
}

static struct guest_call *post_seal_message(void)
{
	return post_seal(VCRYPTO_AUTH_AEAD);
}

static struct guest_call *post_seal_record(void)
{
	return post_seal(VCRYPTO_AUTH_TLS);
}

static struct guest_call *post_seal_packet(void)
{
	return post_seal(VCRYPTO_AUTH_SRTP);
}

static struct guest_call *post_open_message(void)
{
	return post_open_sealed(VCRYPTO_AUTH_AEAD, false);
}

static struct guest_call *post_open_record(void)
{
	return post_open_sealed(VCRYPTO_AUTH_TLS, false);
}

static struct guest_call *post_open_packet(void)
{
	return post_open_sealed(VCRYPTO_AUTH_SRTP, false);
}

static struct guest_call *post_bad_message(void)
{
	return post_open_sealed(VCRYPTO_AUTH_AEAD, true);
}

static struct guest_call *post_bad_packet(void)
{
	return post_open_sealed(VCRYPTO_AUTH_SRTP, true);
}

static const struct {
	struct guest_call *(*post)(void);
	int status;
	size_t tag_len;		/* bytes behind the source that are not payload */
} kinds[] = {
	{ post_encrypt, VCRYPTO_OK, 0 }, { post_decrypt, VCRYPTO_OK, 0 },
	{ post_session, VCRYPTO_OK, 0 }, { post_copy, VCRYPTO_OK, 0 },
	{ post_info, VCRYPTO_OK, 0 }, { post_open, VCRYPTO_OK, 0 },
	{ post_bad_key, VCRYPTO_BAD_KEY, 0 }, { post_seal_message, VCRYPTO_OK, 0 },
	{ post_seal_record, VCRYPTO_OK, 0 }, { post_seal_packet, VCRYPTO_OK, 0 },
	{ post_open_message, VCRYPTO_OK, 16 }, { post_open_record, VCRYPTO_OK, 0 },
	{ post_open_packet, VCRYPTO_OK, 10 }, { post_bad_message, VCRYPTO_AUTH_FAILED, 16 },
	{ post_bad_packet, VCRYPTO_AUTH_FAILED, 10 },
};

/* The kind that each_request() is at. */
static size_t kind_now;

/* Where the tag is in what is sent. */
static const uint8_t *tag_of(const struct guest_call *call)
{
	return call->source.host + call->source.len - kinds[kind_now].tag_len;
}

/* One chain; host_serve() would look at the ring again. */
static void serve_one(void)
{
	guest.batch = 1;
	assert_int_equal(host_serve_once(&guest), 1);
}

static const enum sim_layout layouts[] = { SIM_DIRECT, SIM_INDIRECT, SIM_MIXED };

/* Runs each kind of request, in many layouts, with @call behind each read. */
static void each_request(hook_fn call, void (*check)(const struct guest_call *))
{
	static const uint32_t cuts[] = { 0, 1, 7, 16 };
	size_t kind, layout, cut;

	for (kind = 0; kind < COUNT(kinds); kind++)
	for (layout = 0; layout < COUNT(layouts); layout++)
	for (cut = 0; cut < COUNT(cuts); cut++) {
		struct guest_call *request;

		guest.layout = layouts[layout];
		guest.cut = cuts[cut];
		/* One byte for each descriptor does not fit in the ring's own. */
		if (guest.layout == SIM_DIRECT && guest.cut == 1)
			continue;
		stop(NULL);
		start(NULL);
		guest.layout = layouts[layout];
		guest.cut = cuts[cut] == 1 ? 2 : cuts[cut];
		kind_now = kind;
		request = kinds[kind].post();
		hook_start(call, request);
		serve_one();
		hook_stop();
		guest_collect(&guest);
		assert_int_equal(request->status, kinds[kind].status);
		check(request);
	}
}

static void check_reads(const struct guest_call *call)
{
	size_t i;

	assert_false(hook_twice());
	/* Everything that decides has been read, if the request was not refused. */
	for (i = 0; call->status == VCRYPTO_OK && i < call->control.len; i++)
		assert_true(hook_was_read(call->control.host + i));
	for (i = 0; i < kinds[kind_now].tag_len; i++)
		assert_true(hook_was_read(tag_of(call) + i));
	for (i = 0; i < call->header.len; i++)
		assert_false(hook_was_read(call->header.host + i));
	for (i = 0; call->mac && i < (size_t)call->expect.mac_len + call->expect.iv_len; i++)
		assert_false(hook_was_read(call->mac + i));
	for (i = 0; i < guest.ring.used.len; i++)
		assert_false(hook_was_read(guest.ring.used.host + i));
}

static void no_control_byte_is_read_twice(void **state)
{
	(void)state;
	each_request(NULL, check_reads);
}

/* Whether [at, at + len) lies in @buffer. */
static bool within(const struct sim_buffer *buffer, const uint8_t *at)
{
	return buffer->len && at >= buffer->host && at < buffer->host + buffer->len;
}

static bool is_tag(const struct guest_call *call, const uint8_t *at)
{
	return within(&call->source, at) && at >= tag_of(call);
}

/* Changes what has just been read, unless it is payload. */
static void scribble(void *argument, const void *shared, size_t len, size_t number)
{
	const struct guest_call *call = argument;
	uint8_t *at = (uint8_t *)(uintptr_t)shared;

	(void)number;
	if (is_tag(call, at) || (!within(&call->source, at) && !within(&call->result, at)))
		memset(at, 0xff, len);
}

static uint8_t answers[COUNT(kinds)][512];
static size_t answer_count;
static bool comparing;

/* The first time an answer is seen it is kept, later ones are compared. */
static void check_answer_bytes(const struct guest_call *call)
{
	size_t at = answer_count++ / (COUNT(layouts) * 4 - 1);

	assert_true(call->result.len <= sizeof(answers[0]));
	if (!call->result.len)
		return;
	if (comparing)
		assert_memory_equal(answers[at], call->result.host, call->result.len);
	else
		memcpy(answers[at], call->result.host, call->result.len);
}

static void memory_that_changes_after_the_first_read_changes_nothing(void **state)
{
	(void)state;
	answer_count = 0;
	comparing = false;
	each_request(NULL, check_answer_bytes);
	answer_count = 0;
	comparing = true;
	each_request(scribble, check_answer_bytes);
}

/* --- one byte at one moment --- */

static size_t attack_at, attack_bit;

static void flip_one(void *argument, const void *shared, size_t len, size_t number)
{
	uint8_t *at = (uint8_t *)(uintptr_t)shared;

	(void)argument;
	if (number == attack_at)
		at[attack_bit / 8 % len] ^= (uint8_t)(1u << attack_bit % 8);
}

/* The IV that a request leaves is that of the ciphertext it returned, even if the
 * guest changes the source in the middle: nothing but its own result suffers. */
static void a_change_at_any_moment_leaves_other_sessions_alone(void **state)
{
	struct vcrypto_crypt_args args = data_args(1, 32);
	uint8_t expected[32];
	struct guest_call *call;

	(void)state;
	args.iv = text;
	args.iv_len = 16;
	call = guest_crypt(&guest, &args, text);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	memcpy(expected, call->dst, 32);
	for (attack_at = 0; attack_at < 12; attack_at++)
		for (attack_bit = 0; attack_bit < 128; attack_bit += 3) {
			guest.layout = attack_bit % 2 ? SIM_INDIRECT : SIM_DIRECT;
			post_decrypt();
			hook_start(flip_one, NULL);
			serve_one();
			hook_stop();
			guest_reset(&guest);
			stop(NULL);
			start(NULL);
			call = guest_crypt(&guest, &args, text);
			host_run(&guest);
			assert_status(call, VCRYPTO_OK);
			assert_memory_equal(call->dst, expected, 32);
		}
}

/* --- a guest that never stops changing its memory --- */

static volatile bool racing;

static void *race(void *argument)
{
	struct sim_buffer *buffers = argument;
	uint64_t random = 99;

	while (racing) {
		struct sim_buffer *buffer = &buffers[random_below(&random, 5)];
		volatile uint8_t *byte = buffer->host +
					 random_below(&random, (uint32_t)buffer->len);
		uint8_t was = *byte;

		*byte = (uint8_t)random_below(&random, 256);
		*byte = was;
	}
	return NULL;
}

static void a_guest_that_races_the_device_hurts_only_itself(void **state)
{
	static struct iovec segments[VCRYPTO_VRING_MAX];
	struct guest_call *call = post_encrypt();
	struct sim_buffer buffers[] = { call->control, call->source, call->header,
					guest.ring.flights[call->head].table, guest.ring.desc };
	pthread_t thread;
	uint32_t i, answered = 0;

	(void)state;
	racing = true;
	assert_int_equal(pthread_create(&thread, NULL, race, buffers), 0);
	for (i = 0; i < 20000; i++) {
		struct vcrypto_chain chain = { segments, COUNT(segments), 0, 0, 0, 0 };
		struct vcrypto_io io = { 0 };

		/* The same chain again, on a ring that starts where it was posted. */
		assert_true(vcrypto_vring_init(&guest.vring, &guest.memory.table,
					       &guest.ring.setup));
		guest.vring.next_avail = guest.vring.known_avail =
			(uint16_t)(guest.ring.next_avail - 1);
		if (vcrypto_vring_pop(&guest.vring, &chain) != VCRYPTO_VRING_READY)
			continue;
		io.readable = chain.segments;
		io.writable = chain.segments + chain.readable;
		io.readable_count = chain.readable;
		io.writable_count = chain.writable;
		answered += (uint32_t)vcrypto_process(guest.engine, &io, 1);
		assert_in_range(io.written, 0, 16 + sizeof(text) + 20 + 16);
	}
	racing = false;
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_in_range(answered, 1, 20000);
	print_message("%u of 20000 answered\n", answered);
	guest_reset(&guest);
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_control_byte_is_read_twice),
		TEST(memory_that_changes_after_the_first_read_changes_nothing),
		TEST(a_change_at_any_moment_leaves_other_sessions_alone),
		TEST(a_guest_that_races_the_device_hurts_only_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
