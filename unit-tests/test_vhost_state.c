// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sessions that move to another daemon: both ends of it, what a front end that is wrong, silent
 * or gone brings about, and a guest beside it that goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "vhost-user/guest.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SAVE 0
#define LOAD 1
#define YOURS 0x100
#define REFUSED 0x101
#define SOURCE_LEN 64u
/* More than a pipe holds, and what of a state is there at most. */
#define MANY 1500u
#define STATE_MAX (1u << 18)

/* How long a transfer that stands still is waited for, and then some. */
#define LIMIT_MS 20000

static uint8_t state_bytes[STATE_MAX];

static const uint64_t whole = P_MQ | P_REPLY_ACK | P_CRYPTO_SESSION | P_CONFIG |
			      P_RESET_DEVICE | P_DEVICE_STATE;

static void negotiate(struct front *front)
{
	front_connect(front);
	front->protocol = P_DEVICE_STATE;
	front_u64(front, SET_PROTOCOL_FEATURES, whole);
}

static void begin(struct front *front)
{
	front_connect(front);
	front->protocol = P_DEVICE_STATE;
	front_whole_device(front);
}

static void stop_rings(struct front *front)
{
	uint32_t i;

	for (i = 0; i < RINGS; i++)
		(void)front_base(front, i);
}

static uint64_t transfer_as(struct front *front, uint32_t direction, uint32_t phase, int file)
{
	const struct message_state asked = { direction, phase };
	uint64_t answer;

	front_send(front, SET_DEVICE_STATE_FD, 0, &asked, sizeof(asked), &file, 1);
	front_reply(front, SET_DEVICE_STATE_FD, &answer, sizeof(answer));
	return answer;
}

/* A pipe as QEMU has it, or a socket as cloud-hypervisor; @ours is left. */
static int start_transfer(struct front *front, uint32_t direction, bool socket)
{
	int ends[2];
	bool loads = direction == LOAD;

	if (socket)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	else
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(transfer_as(front, direction, 0, ends[!loads]), YOURS);
	close(ends[!loads]);
	return ends[loads];
}

static uint64_t check(struct front *front)
{
	struct pollfd wait = { .fd = front->socket, .events = POLLIN };
	uint64_t answer;

	front_send(front, CHECK_DEVICE_STATE, 0, NULL, 0, NULL, 0);
	assert_int_equal(poll(&wait, 1, LIMIT_MS), 1);
	front_reply(front, CHECK_DEVICE_STATE, &answer, sizeof(answer));
	return answer;
}

static size_t read_state(int file)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(file, state_bytes + len, STATE_MAX - len)) > 0)
		len += (size_t)n;
	assert_int_equal(n, 0);
	close(file);
	return len;
}

static size_t save(struct front *front, bool socket)
{
	size_t len = read_state(start_transfer(front, SAVE, socket));

	assert_int_equal(check(front), 0);
	return len;
}

/* Whether all of it was taken. */
static bool write_all(int file, const uint8_t *bytes, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(file, bytes, len);
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static uint64_t load(struct front *front, size_t len, bool socket)
{
	int file = start_transfer(front, LOAD, socket);

	(void)write_all(file, state_bytes, len);
	close(file);
	return check(front);
}

/* --- sessions of every kind --- */

static const struct kind {
	enum vcrypto_virtio_service service;
	struct vcrypto_virtio_numbers numbers;
	uint32_t keys_len;
	uint32_t iv_len;
} kinds[] = {
	{ VCRYPTO_VIRTIO_CIPHER,
	  { .algo = 3, .key_len = 16, .direction = 1, .op_type = 1 }, 16, 16 },
	{ VCRYPTO_VIRTIO_CIPHER,
	  { .algo = 3, .key_len = 32, .direction = 1, .op_type = 2, .order = 2, .hash_mode = 2,
	    .auth_algo = 4, .auth_key_len = 20, .result_len = 32 }, 52, 16 },
	{ VCRYPTO_VIRTIO_CIPHER,
	  { .algo = 4, .key_len = 24, .direction = 1, .op_type = 2, .order = 1, .hash_mode = 1,
	    .auth_algo = 4, .result_len = 32 }, 24, 16 },
	{ VCRYPTO_VIRTIO_HASH, { .algo = 4, .result_len = 32 }, 0, 0 },
	{ VCRYPTO_VIRTIO_MAC, { .algo = 2, .result_len = 20, .auth_key_len = 33 }, 33, 0 },
	{ VCRYPTO_VIRTIO_AEAD,
	  { .algo = 1, .key_len = 16, .direction = 1, .result_len = 16 }, 16, 12 },
};

static uint64_t make_session(struct front *front, uint32_t i)
{
	const struct kind *kind = &kinds[i % COUNT(kinds)];
	uint8_t keys[64];
	uint32_t k;

	for (k = 0; k < sizeof(keys); k++)
		keys[k] = (uint8_t)(i * 11 + k);
	/* A driver has no descriptor of no bytes, and what is too much is not read. */
	return guest_session_of(front, kind->service, &kind->numbers, keys,
				kind->keys_len ? kind->keys_len : 1);
}

/* What session @id makes of a text. */
static uint8_t use(struct front *front, uint32_t i, uint64_t id, uint8_t out[128])
{
	const struct kind *kind = &kinds[i % COUNT(kinds)];
	struct vcrypto_virtio_data data = {
		.service = kind->service, .session = id, .numbers = kind->numbers,
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	bool hides = kind->iv_len;
	struct piece pieces[5] = { { HEAD, 72, false } };
	uint32_t count = 1, len;

	data.numbers.src_len = data.numbers.cipher_len = data.numbers.hash_len = SOURCE_LEN;
	data.numbers.dst_len = hides ? SOURCE_LEN : 0;
	data.numbers.iv_len = kind->iv_len;
	len = data.numbers.dst_len + data.numbers.result_len;
	assert_int_equal(vcrypto_virtio_put_data(0, &data, head), 72);
	memcpy(front_at(front, HEAD), head, 72);
	memset(front_at(front, IV), 5, 16);
	memset(front_at(front, SOURCE), 6, SOURCE_LEN);
	memset(front_at(front, RESULT), 0, 128);
	*(uint8_t *)front_at(front, STATUS) = 0xff;
	if (hides)
		pieces[count++] = (struct piece){ IV, kind->iv_len, false };
	pieces[count++] = (struct piece){ SOURCE, SOURCE_LEN, false };
	if (len)
		pieces[count++] = (struct piece){ RESULT, len, true };
	pieces[count++] = (struct piece){ STATUS, 1, true };
	front_post(front, 0, pieces, count, 0);
	front_kick(front, 0);
	(void)front_wait(front, 0);
	memcpy(out, front_at(front, RESULT), 128);
	return *(uint8_t *)front_at(front, STATUS);
}

/* The guest's memory and its rings go to the connection of @to. */
static void move_guest(struct front *from, struct front *to)
{
	int i;

	memcpy(to->ram, from->ram, RAM);
	for (i = 0; i < RINGS; i++) {
		to->rings[i].avail = from->rings[i].avail;
		to->rings[i].used = from->rings[i].used;
		to->rings[i].next = from->rings[i].next;
	}
	front_close(from);
}

static void start(const char *backend, const char *more)
{
	const char *arguments[6] = { "--migrate-keys" };
	size_t used = 1;

	if (backend)
		arguments[used++] = backend;
	if (more)
		arguments[used++] = more;
	if (!guest_have_sandbox())
		arguments[used++] = "--sandbox=none";
	daemon_start(arguments);
}

static int start_one(void **state)
{
	(void)state;
	start(NULL, NULL);
	return 0;
}

static void move(const char *from, const char *to, bool socket)
{
	uint64_t ids[2 * COUNT(kinds)];
	uint8_t before[COUNT(ids)][128], after[128];
	struct front source, target;
	uint32_t i;
	size_t len;

	start(from, NULL);
	begin(&source);
	for (i = 0; i < COUNT(ids); i++) {
		ids[i] = make_session(&source, i);
		assert_int_equal(use(&source, i, ids[i], before[i]), VCRYPTO_VIRTIO_OK);
	}
	stop_rings(&source);
	len = save(&source, socket);
	daemon_stop();
	start(to, NULL);
	negotiate(&target);
	assert_int_equal(load(&target, len, socket), 0);
	move_guest(&source, &target);
	front_whole_device(&target);
	for (i = 0; i < COUNT(ids); i++) {
		assert_int_equal(use(&target, i, ids[i], after), VCRYPTO_VIRTIO_OK);
		assert_memory_equal(before[i], after, sizeof(after));
	}
	guest_encrypts(&target, guest_session(&target));
	front_close(&target);
	daemon_stop();
}

static void test_to_another_daemon(void **state)
{
	(void)state;
	move(NULL, NULL, false);
	move(NULL, NULL, true);
}

static void test_to_another_backend(void **state)
{
	char text[4096];
	const char *const arguments[] = { "--help", NULL };

	(void)state;
	assert_int_equal(program_run(arguments, text, sizeof(text)), 0);
	if (!strstr(strstr(text, "Backends:"), " nettle")) {
		print_message("SKIP: no backend nettle in this build\n");
		skip();
	}
	move(NULL, "--backend=nettle", false);
	move("--backend=nettle", NULL, true);
}

/* A key of RSA, as another kind of session. */
static void test_asymmetric_keys(void **state)
{
	struct vcrypto_virtio_numbers numbers = {
		.algo = VCRYPTO_VIRTIO_RSA, .key_type = VCRYPTO_VIRTIO_KEY_PRIVATE,
		.padding = VCRYPTO_VIRTIO_PADDING_PKCS1, .padding_hash = 6,
	};
	const struct vcrypto_virtio_data data = {
		.service = VCRYPTO_VIRTIO_AKCIPHER, .op = VCRYPTO_VIRTIO_SIGN,
		.numbers = { .src_len = 32, .dst_len = 256 },
	};
	const struct piece pieces[] = {
		{ HEAD, 72, false }, { SOURCE, 32, false }, { RESULT, 256, true },
		{ STATUS, 1, true },
	};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	uint8_t der[4096], *last = der, before[256], head[VCRYPTO_VIRTIO_MAX_HEAD];
	struct vcrypto_virtio_data ask = data;
	struct front source, target, *front;
	int turn;

	(void)state;
	start(NULL, "--akcipher");
	begin(&source);
	numbers.key_len = (uint32_t)i2d_PrivateKey(key, &last);
	EVP_PKEY_free(key);
	ask.session = guest_session_of(&source, VCRYPTO_VIRTIO_AKCIPHER, &numbers, der,
				       numbers.key_len);
	for (turn = 0; turn < 2; turn++) {
		front = turn ? &target : &source;
		(void)vcrypto_virtio_put_data(0, &ask, head);
		memcpy(front_at(front, HEAD), head, 72);
		memset(front_at(front, SOURCE), 3, 32);
		front_post(front, 0, pieces, 4, 0);
		front_kick(front, 0);
		(void)front_wait(front, 0);
		assert_int_equal(*(uint8_t *)front_at(front, STATUS), VCRYPTO_VIRTIO_OK);
		if (turn) {
			assert_memory_equal(front_at(front, RESULT), before, sizeof(before));
			break;
		}
		memcpy(before, front_at(front, RESULT), sizeof(before));
		stop_rings(&source);
		negotiate(&target);
		assert_int_equal(load(&target, save(&source, false), false), 0);
		move_guest(&source, &target);
		front_whole_device(&target);
	}
	front_close(&target);
	daemon_stop();
}

/* --- while it lasts --- */

static uint64_t make_many(struct front *front)
{
	uint64_t id = 0;
	uint32_t i;

	for (i = 0; i < MANY; i++)
		id = guest_session(front);
	return id;
}

static void resume(struct front *front)
{
	uint32_t i;

	for (i = 0; i < RINGS; i++)
		front_ring(front, i);
}

/* One that nobody reads for a while keeps nobody, and the source may go on after it. */
static void test_a_save_is_slow(void **state)
{
	struct front front, other;
	uint64_t session, others;
	size_t len;
	int file;

	(void)state;
	begin(&other);
	others = guest_session(&other);
	begin(&front);
	session = make_many(&front);
	stop_rings(&front);
	file = start_transfer(&front, SAVE, false);
	guest_encrypts(&other, others);
	(void)front_ask(&front, GET_FEATURES);
	front_send(&front, CHECK_DEVICE_STATE, 0, NULL, 0, NULL, 0);
	guest_encrypts(&other, others);
	front_silent(&front);
	len = read_state(file);
	assert_int_equal(len, 16 + MANY * (64 + 16) + 64);
	front_reply(&front, CHECK_DEVICE_STATE, &others, sizeof(others));
	assert_int_equal(others, 0);
	/* It was for nothing. */
	resume(&front);
	guest_encrypts(&front, session);
	stop_rings(&front);
	assert_int_equal(save(&front, true), len);
	front_close(&front);
	front_close(&other);
}

/* The question may come before the end. */
static void test_a_load_is_slow(void **state)
{
	struct front front, other;
	uint64_t session, others, answer;
	size_t len;
	int file;

	(void)state;
	begin(&other);
	others = guest_session(&other);
	begin(&front);
	session = make_session(&front, 0);
	stop_rings(&front);
	len = save(&front, false);
	front_close(&front);
	negotiate(&front);
	file = start_transfer(&front, LOAD, false);
	assert_true(write_all(file, state_bytes, 50));
	front_send(&front, CHECK_DEVICE_STATE, 0, NULL, 0, NULL, 0);
	guest_encrypts(&other, others);
	front_silent(&front);
	assert_true(write_all(file, state_bytes + 50, len - 50));
	front_silent(&front);
	close(file);
	front_reply(&front, CHECK_DEVICE_STATE, &answer, sizeof(answer));
	assert_int_equal(answer, 0);
	front_whole_device(&front);
	assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_OK);
	front_close(&front);
	front_close(&other);
}

static void test_who_is_silent(void **state)
{
	struct front loads, saves, other;
	uint64_t others;
	int files[2];

	(void)state;
	begin(&other);
	others = guest_session(&other);
	begin(&saves);
	(void)make_many(&saves);
	stop_rings(&saves);
	negotiate(&loads);
	files[0] = start_transfer(&loads, LOAD, false);
	files[1] = start_transfer(&saves, SAVE, true);
	front_send(&loads, CHECK_DEVICE_STATE, 0, NULL, 0, NULL, 0);
	guest_encrypts(&other, others);
	assert_int_equal(check(&saves), 1);
	front_reply(&loads, CHECK_DEVICE_STATE, &others, sizeof(others));
	assert_int_equal(others, 1);
	assert_int_equal(daemon_said("its state: it stands still"), 2);
	/* Both may try again. */
	close(files[0]);
	close(files[1]);
	assert_int_equal(load(&loads, save(&saves, false), false), 0);
	front_close(&loads);
	front_close(&saves);
	front_close(&other);
}

/* Of files that are open. */
static void wait_for_files(size_t count)
{
	int ms;

	for (ms = 0; ms < LIMIT_MS && daemon_count("fd") != count; ms += 5)
		sleep_ms(5);
	assert_int_equal(daemon_count("fd"), count);
}

static int start_open(void **state)
{
	static const char *const arguments[] = { "--migrate-keys", "--sandbox=none", NULL };

	(void)state;
	daemon_start(arguments);
	return 0;
}

static void test_who_goes_in_the_middle(void **state)
{
	struct front front;
	size_t files;
	int file;

	(void)state;
	negotiate(&front);
	(void)front_ask(&front, GET_FEATURES);
	files = daemon_count("fd");
	file = start_transfer(&front, LOAD, false);
	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	assert_int_equal(daemon_count("fd"), files);
	assert_int_equal(check(&front), 1);
	close(file);
	file = start_transfer(&front, LOAD, true);
	front_close(&front);
	wait_for_files(files - 1);
	close(file);
	/* Nobody reads what is saved, and it is more than the pipe holds. */
	begin(&front);
	(void)make_many(&front);
	stop_rings(&front);
	close(start_transfer(&front, SAVE, false));
	assert_int_equal(check(&front), 1);
	assert_int_equal(daemon_said("its state: nobody reads it"), 1);
	front_close(&front);
}

/* A front end's own end, which would never be seen to close. */
static void test_the_own_end(void **state)
{
	const struct message_state asked = { LOAD, 0 };
	struct front front;
	size_t files;

	(void)state;
	negotiate(&front);
	(void)front_ask(&front, GET_FEATURES);
	files = daemon_count("fd");
	front_send(&front, SET_DEVICE_STATE_FD, 0, &asked, sizeof(asked), &front.socket, 1);
	front_close(&front);
	wait_for_files(files - 1);
	/* Half a message would be held for longer. */
	negotiate(&front);
	front_send(&front, SET_DEVICE_STATE_FD, 0, NULL, sizeof(asked), &front.socket, 1);
	daemon_wait_for("a socket with half a message");
	front_close(&front);
	negotiate(&front);
	front_file(&front, SET_VRING_KICK, 0, front.socket);
	daemon_wait_for("a file that is a socket");
	front_close(&front);
	wait_for_files(files - 1);
}

/* --- what is wrong --- */

static void test_not_unless_asked_for(void **state)
{
	const struct message_state asked = { LOAD, 0 };
	struct front front;
	uint64_t answer;
	int file = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	front_connect(&front);
	assert_int_equal(front_ask(&front, GET_PROTOCOL_FEATURES) & P_DEVICE_STATE, 0);
	front_u64(&front, SET_PROTOCOL_FEATURES, whole & ~P_DEVICE_STATE);
	front_send(&front, SET_DEVICE_STATE_FD, MESSAGE_NEED_REPLY, &asked, sizeof(asked), &file, 1);
	front_reply(&front, SET_DEVICE_STATE_FD, &answer, sizeof(answer));
	assert_int_equal(answer, 1);
	front_u64(&front, SET_PROTOCOL_FEATURES, whole);
	front_ended(&front);
	front_close(&front);
	close(file);
}

static void test_what_is_refused(void **state)
{
	int file = memfd_create("state", MFD_CLOEXEC), pipes[2], busy;
	struct front front;
	uint64_t session;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	begin(&front);
	session = guest_session(&front);
	assert_int_equal(check(&front), 1);
	assert_int_equal(transfer_as(&front, SAVE, 0, pipes[1]), REFUSED);
	(void)front_base(&front, 0);
	assert_int_equal(transfer_as(&front, SAVE, 0, pipes[1]), REFUSED);
	(void)front_base(&front, 1);
	assert_int_equal(transfer_as(&front, 2, 0, pipes[1]), REFUSED);
	assert_int_equal(transfer_as(&front, SAVE, 1, pipes[1]), REFUSED);
	assert_int_equal(transfer_as(&front, SAVE, 0, file), REFUSED);
	assert_int_equal(transfer_as(&front, SAVE, 0, front.rings[0].call), REFUSED);
	busy = start_transfer(&front, LOAD, false);
	assert_int_equal(transfer_as(&front, SAVE, 0, pipes[1]), REFUSED);
	/* Of what a ring that runs does a state would know nothing. */
	resume(&front);
	(void)front_ask(&front, GET_FEATURES);
	assert_true(write_all(busy, state_bytes, 1));
	assert_int_equal(check(&front), 1);
	assert_int_equal(daemon_said("its state: a ring has been started"), 1);
	close(busy);
	assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_INVSESS);
	front_close(&front);
	close(file);
	close(pipes[0]);
	close(pipes[1]);
}

/* Nothing of it stays, and the device is one as before. */
static void expect_none(struct front *front, uint64_t session)
{
	assert_int_equal(check(front), 1);
	front_whole_device(front);
	assert_int_equal(guest_run(front, session, 0), VCRYPTO_VIRTIO_INVSESS);
	guest_encrypts(front, guest_session(front));
	front_close(front);
}

static void test_states_that_are_bad(void **state)
{
	static const size_t cuts[] = { 0, 1, 15, 16, 17, 80, 95, 96 };
	struct front front;
	uint64_t session;
	size_t len, i;

	(void)state;
	begin(&front);
	session = make_session(&front, 0);
	stop_rings(&front);
	len = save(&front, false);
	front_close(&front);
	assert_int_equal(len, 16 + 64 + 16 + 64);
	for (i = 0; i < COUNT(cuts); i++) {
		negotiate(&front);
		assert_int_equal(load(&front, cuts[i], i % 2), 1);
		expect_none(&front, session);
	}
	/* More than all. */
	negotiate(&front);
	assert_int_equal(load(&front, len + 1, false), 1);
	expect_none(&front, session);
	for (i = 0; i < len; i += 12) {
		negotiate(&front);
		state_bytes[i] ^= 0x80;
		(void)load(&front, len, false);
		state_bytes[i] ^= 0x80;
		front_whole_device(&front);
		guest_encrypts(&front, guest_session(&front));
		front_close(&front);
	}
}

static void test_one_that_does_not_end(void **state)
{
	struct front front;
	int file;

	(void)state;
	negotiate(&front);
	file = start_transfer(&front, LOAD, false);
	memset(state_bytes, 0xa5, sizeof(state_bytes));
	while (write_all(file, state_bytes, sizeof(state_bytes)))
		;
	assert_int_equal(errno, EPIPE);
	close(file);
	assert_int_equal(check(&front), 1);
	front_close(&front);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_one, guest_stop)
#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, start_open, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_to_another_daemon, guest_clear),
		cmocka_unit_test_teardown(test_to_another_backend, guest_clear),
		cmocka_unit_test_teardown(test_asymmetric_keys, guest_clear),
		TEST(test_a_save_is_slow),
		TEST(test_a_load_is_slow),
		TEST(test_who_is_silent),
		OPEN_TEST(test_who_goes_in_the_middle),
		OPEN_TEST(test_the_own_end),
		cmocka_unit_test_setup_teardown(test_not_unless_asked_for, guest_start, guest_stop),
		TEST(test_what_is_refused),
		TEST(test_states_that_are_bad),
		TEST(test_one_that_does_not_end),
	};

	/* Of pipes that nobody reads. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
