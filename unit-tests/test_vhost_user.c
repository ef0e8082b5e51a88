// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vcryptod as front ends see it: a process, a socket, shared memory. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "vhost-user/front.h"

#define TEXT 256u

/* Where requests lie in the guest's memory. */
#define HEAD (RAM_GUEST + BUFFERS)
#define IV (HEAD + 0x100)
#define SOURCE (HEAD + 0x1000)
#define RESULT (HEAD + 0x3000)
#define STATUS (HEAD + 0x5000)
#define TABLE (HEAD + 0x6000)

static const uint8_t key[16] = "a key of 16 byt";
static const uint8_t iv[16] = "an IV of 16 byt";

static int start(void **state)
{
	(void)state;
	daemon_start(NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	daemon_stop();
	return 0;
}

/* What AES-128-CBC makes of the source. */
static void expect_result(struct front *front)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t expected[TEXT];
	int len;

	assert_int_equal(EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(context, expected, &len, front_at(front, SOURCE), TEXT),
			 1);
	EVP_CIPHER_CTX_free(context);
	assert_memory_equal(front_at(front, RESULT), expected, TEXT);
}

static struct vcrypto_virtio_numbers cipher_numbers(void)
{
	return (struct vcrypto_virtio_numbers){
		.algo = 3, .key_len = sizeof(key), .direction = VCRYPTO_VIRTIO_DIR_ENCRYPT,
		.op_type = VCRYPTO_VIRTIO_SYM_CIPHER,
		.iv_len = sizeof(iv), .src_len = TEXT, .dst_len = TEXT,
	};
}

/* Put a request into the memory, and post it. */
static void post_cipher(struct front *front, uint64_t session, uint64_t table)
{
	const struct vcrypto_virtio_data data = { .session = session, .numbers = cipher_numbers() };
	const struct piece pieces[] = {
		{ HEAD, 72, false }, { IV, sizeof(iv), false }, { SOURCE, TEXT, false },
		{ RESULT, TEXT, true }, { STATUS, 1, true },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	size_t i;

	assert_int_equal(vcrypto_virtio_put_data(0, &data, head), 72);
	memcpy(front_at(front, HEAD), head, 72);
	memcpy(front_at(front, IV), iv, sizeof(iv));
	for (i = 0; i < TEXT; i++)
		((uint8_t *)front_at(front, SOURCE))[i] = (uint8_t)(i * 7 + session);
	memset(front_at(front, RESULT), 0, TEXT);
	*(uint8_t *)front_at(front, STATUS) = 0xff;
	front_post(front, 0, pieces, 5, table);
}

static uint8_t run_cipher(struct front *front, uint64_t session, uint64_t table)
{
	post_cipher(front, session, table);
	front_kick(front, 0);
	(void)front_wait(front, 0);
	return *(uint8_t *)front_at(front, STATUS);
}

static void encrypts(struct front *front, uint64_t session)
{
	assert_int_equal(run_cipher(front, session, 0), VCRYPTO_VIRTIO_OK);
	expect_result(front);
	assert_int_equal(run_cipher(front, session, TABLE), VCRYPTO_VIRTIO_OK);
	expect_result(front);
}

/* A session message as QEMU makes one. */
static int64_t ask_session(struct front *front, enum session_layout layout)
{
	const struct vcrypto_virtio_numbers numbers = cipher_numbers();
	const uint32_t op_code = VCRYPTO_VIRTIO_CREATE;	/* of the service CIPHER, 0 */
	uint32_t size = layout == SESSION_QEMU_8_1 ? 1072 : 632;
	uint8_t payload[1072] = { 0 };
	uint8_t *block = payload + (layout == SESSION_QEMU_7_0 ? 12 : 8);
	int64_t id;

	if (layout == SESSION_QEMU_8_1)
		memcpy(payload, &op_code, sizeof(op_code));
	if (layout == SESSION_QEMU_7_0)
		memcpy(payload + 8, &op_code, sizeof(op_code));
	memcpy(block, &numbers.algo, 4);
	memcpy(block + 4, &numbers.key_len, 4);
	block[24] = VCRYPTO_VIRTIO_SYM_CIPHER;
	block[25] = VCRYPTO_VIRTIO_DIR_ENCRYPT;
	memset(payload + 40, 0xaa, 16);
	memcpy(payload + 56, key, sizeof(key));
	front_send(front, CREATE_CRYPTO_SESSION, 0, payload, size, NULL, 0);
	front_reply(front, CREATE_CRYPTO_SESSION, payload, size);
	memcpy(&id, payload + (layout == SESSION_QEMU_8_1 ? 1064 : 0), sizeof(id));
	assert_int_equal(payload[56], 0);
	return id;
}

static void test_sessions_as_messages(void **state)
{
	enum session_layout layout;
	struct front front;
	int64_t id;

	(void)state;
	for (layout = SESSION_QEMU_7_0; layout <= SESSION_QEMU_8_1; layout++) {
		front_connect(&front);
		front_session_mode(&front);
		id = ask_session(&front, layout);
		assert_true(id >= 0);
		encrypts(&front, (uint64_t)id);
		front_u64(&front, CLOSE_CRYPTO_SESSION, (uint64_t)id);
		(void)front_ask(&front, GET_FEATURES);
		assert_int_equal(run_cipher(&front, (uint64_t)id, 0), VCRYPTO_VIRTIO_INVSESS);
		front_close(&front);
	}
	assert_int_equal(daemon_said("sessions in the layout of QEMU"), 3);
}

/* Over the control queue, which is the last. */
static uint64_t make_session(struct front *front)
{
	const struct vcrypto_virtio_numbers numbers = cipher_numbers();
	const struct piece pieces[] = {
		{ HEAD, 72, false }, { HEAD + 72, sizeof(key), false }, { RESULT, 16, true },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	uint8_t reply[16];
	uint64_t id;

	assert_int_equal(vcrypto_virtio_put_create(0, VCRYPTO_VIRTIO_CIPHER, &numbers, head), 72);
	memcpy(front_at(front, HEAD), head, 72);
	memcpy(front_at(front, HEAD + 72), key, sizeof(key));
	memset(front_at(front, RESULT), 0xff, 16);
	front_post(front, 1, pieces, 3, 0);
	front_kick(front, 1);
	assert_int_equal(front_wait(front, 1), 16);
	memcpy(reply, front_at(front, RESULT), sizeof(reply));
	memcpy(&id, reply, sizeof(id));
	assert_int_equal(reply[8], VCRYPTO_VIRTIO_OK);
	return id;
}

static void test_whole_device(void **state)
{
	struct front front;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	encrypts(&front, make_session(&front));
	front_close(&front);
}

static void test_command_line(void **state)
{
	static const struct {
		const char *arguments[4];
		int status;
		const char *text;
	} cases[] = {
		{ { "--help" }, 0, "Usage: vcryptod" },
		{ { "--version" }, 0, "vcryptod " },
		{ { "--fd=77", "--print-capabilities", "--nonsense" }, 0, "\"type\": \"crypto\"" },
		{ { NULL }, 2, "--socket-path or --fd is needed" },
		{ { "--socket-path=/tmp/x", "--fd=3" }, 2, "exclude each other" },
		{ { "--nonsense" }, 2, "there is no option '--nonsense'" },
		{ { "--socket-path" }, 2, "--socket-path needs a value" },
		{ { "--socket-path=/tmp/x", "more" }, 2, "'more' is no option" },
		{ { "--fd=x" }, 2, "not 'x'" },
		{ { "--fd=3", "--queues=0" }, 2, "--queues takes a number, 1 to 64, not '0'" },
		{ { "--fd=3", "--backend=none" }, 2, "there is no backend 'none'" },
		{ { "--fd=3", "--session-layout=9" }, 2, "--session-layout cannot be '9'" },
		{ { "--fd=77" }, 1, "--fd: Bad file descriptor" },
		{ { "--fd=1" }, 1, "--fd: " },
		{ { "--socket-path=/no/such/folder" }, 1, "/no/such/folder: No such file" },
	};
	char text[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = program_run(cases[i].arguments, text, sizeof(text));

		if (status != cases[i].status || !strstr(text, cases[i].text))
			fail_msg("case %zu: status %d and: %s", i, status, text);
		/* One line, if it is about a mistake. */
		assert_true(!status || strchr(text, '\n') == text + strlen(text) - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sessions_as_messages, start, stop),
		cmocka_unit_test_setup_teardown(test_whole_device, start, stop),
		cmocka_unit_test(test_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
