// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sessions of every kind that move to another daemon, and to another backend. */
#include <string.h>

#include <openssl/evp.h>

#include "vhost-user/transfer.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SOURCE_LEN 64u

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

static void move(const char *from, const char *to, bool socket)
{
	uint64_t ids[2 * COUNT(kinds)];
	uint8_t before[COUNT(ids)][128], after[128];
	struct front source, target;
	uint32_t i;
	size_t len;

	start(from, NULL);
	transfer_begin(&source);
	for (i = 0; i < COUNT(ids); i++) {
		ids[i] = make_session(&source, i);
		assert_int_equal(use(&source, i, ids[i], before[i]), VCRYPTO_VIRTIO_OK);
	}
	transfer_stop_rings(&source);
	len = transfer_save(&source, socket);
	daemon_stop();
	start(to, NULL);
	transfer_connect(&target);
	assert_int_equal(transfer_load(&target, len, socket), 0);
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
	transfer_begin(&source);
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
		transfer_stop_rings(&source);
		transfer_connect(&target);
		assert_int_equal(transfer_load(&target, transfer_save(&source, false), false), 0);
		move_guest(&source, &target);
		front_whole_device(&target);
	}
	front_close(&target);
	daemon_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_to_another_daemon, guest_clear),
		cmocka_unit_test_teardown(test_to_another_backend, guest_clear),
		cmocka_unit_test_teardown(test_asymmetric_keys, guest_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
