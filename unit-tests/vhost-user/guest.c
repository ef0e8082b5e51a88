// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "guest.h"

const uint8_t guest_key[16] = "a key of 16 byt";
const uint8_t guest_iv[16] = "an IV of 16 byt";

/* Whether this machine lets us have namespaces, and this build can do with system calls. */
bool guest_have_sandbox(void)
{
	static int answer = -1;
	int status;
	pid_t pid;

	if (SANITIZED)
		return false;
	if (answer < 0) {
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			_exit(unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		answer = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	return answer;
}

/* Where others can look at it. */
int guest_start_open(void **state)
{
	static const char *const arguments[] = { "--sandbox=none", NULL };

	(void)state;
	daemon_start(arguments);
	return 0;
}

int guest_start(void **state)
{
	if (!guest_have_sandbox())
		return guest_start_open(state);
	daemon_start(NULL);
	return 0;
}

int guest_stop(void **state)
{
	(void)state;
	daemon_stop();
	return 0;
}

int guest_clear(void **state)
{
	(void)state;
	daemon_clear();
	return 0;
}

/* What AES-128-CBC makes of the source. */
void guest_expect_result(struct front *front)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t expected[TEXT];
	int len;

	assert_int_equal(EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL, guest_key, guest_iv), 1);
	assert_int_equal(EVP_EncryptUpdate(context, expected, &len, front_at(front, SOURCE), TEXT),
			 1);
	EVP_CIPHER_CTX_free(context);
	assert_memory_equal(front_at(front, RESULT), expected, TEXT);
}

struct vcrypto_virtio_numbers guest_numbers(void)
{
	return (struct vcrypto_virtio_numbers){
		.algo = 3, .key_len = sizeof(guest_key), .direction = VCRYPTO_VIRTIO_DIR_ENCRYPT,
		.op_type = VCRYPTO_VIRTIO_SYM_CIPHER,
		.iv_len = sizeof(guest_iv), .src_len = TEXT, .dst_len = TEXT,
	};
}

/* Put a request into the memory, and post it. */
void guest_post_on(struct front *front, uint32_t index, uint64_t session, uint64_t table)
{
	const struct vcrypto_virtio_data data = { .session = session, .numbers = guest_numbers() };
	const struct piece pieces[] = {
		{ HEAD, 72, false }, { IV, sizeof(guest_iv), false }, { SOURCE, TEXT, false },
		{ RESULT, TEXT, true }, { STATUS, 1, true },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	size_t i;

	assert_int_equal(vcrypto_virtio_put_data(0, &data, head), 72);
	memcpy(front_at(front, HEAD), head, 72);
	memcpy(front_at(front, IV), guest_iv, sizeof(guest_iv));
	for (i = 0; i < TEXT; i++)
		((uint8_t *)front_at(front, SOURCE))[i] = (uint8_t)(i * 7 + session);
	memset(front_at(front, RESULT), 0, TEXT);
	*(uint8_t *)front_at(front, STATUS) = 0xff;
	front_post(front, index, pieces, 5, table);
}

void guest_post(struct front *front, uint64_t session, uint64_t table)
{
	guest_post_on(front, 0, session, table);
}

uint8_t guest_run(struct front *front, uint64_t session, uint64_t table)
{
	guest_post(front, session, table);
	front_kick(front, 0);
	(void)front_wait(front, 0);
	return *(uint8_t *)front_at(front, STATUS);
}

void guest_encrypts(struct front *front, uint64_t session)
{
	assert_int_equal(guest_run(front, session, 0), VCRYPTO_VIRTIO_OK);
	guest_expect_result(front);
	assert_int_equal(guest_run(front, session, TABLE), VCRYPTO_VIRTIO_OK);
	guest_expect_result(front);
}

uint64_t guest_id_at(struct front *front, uint64_t guest)
{
	struct vcrypto_le64 id;

	memcpy(&id, front_at(front, guest), sizeof(id));
	return vcrypto_get64(id);
}

/* Over the control queue, which is the last. */
uint64_t guest_session_of(struct front *front, enum vcrypto_virtio_service service,
			  const struct vcrypto_virtio_numbers *numbers, const void *keys,
			  uint32_t len)
{
	const struct piece pieces[] = {
		{ HEAD, 72, false }, { SOURCE, len, false }, { RESULT, 16, true },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	assert_int_equal(vcrypto_virtio_put_create(0, service, numbers, head), 72);
	memcpy(front_at(front, HEAD), head, 72);
	memcpy(front_at(front, SOURCE), keys, len);
	memset(front_at(front, RESULT), 0xff, 16);
	front_post(front, 1, pieces, 3, 0);
	front_kick(front, 1);
	assert_int_equal(front_wait(front, 1), 16);
	assert_int_equal(((uint8_t *)front_at(front, RESULT))[8], VCRYPTO_VIRTIO_OK);
	return guest_id_at(front, RESULT);
}

uint64_t guest_session(struct front *front)
{
	const struct vcrypto_virtio_numbers numbers = guest_numbers();

	return guest_session_of(front, VCRYPTO_VIRTIO_CIPHER, &numbers, guest_key,
				sizeof(guest_key));
}

uint64_t guest_sessions(struct front *front, uint32_t count)
{
	uint64_t id = 0;

	while (count--)
		id = guest_session(front);
	return id;
}

static uint32_t session_size(enum session_layout layout)
{
	return layout == SESSION_QEMU_8_1 ? 1072 : 632;
}

void guest_ask_session(struct front *front, enum session_layout layout)
{
	const struct vcrypto_virtio_numbers numbers = guest_numbers();
	/* Of the service CIPHER, 0.  Both as QEMU has them in memory. */
	const uint64_t op_code = VCRYPTO_VIRTIO_CREATE;
	const uint32_t old_op_code = VCRYPTO_VIRTIO_CREATE;
	uint8_t payload[1072] = { 0 };
	uint8_t *block = payload + (layout == SESSION_QEMU_7_0 ? 12 : 8);

	if (layout == SESSION_QEMU_8_1)
		memcpy(payload, &op_code, sizeof(op_code));
	if (layout == SESSION_QEMU_7_0)
		memcpy(payload + 8, &old_op_code, sizeof(old_op_code));
	memcpy(block, &numbers.algo, 4);
	memcpy(block + 4, &numbers.key_len, 4);
	block[24] = VCRYPTO_VIRTIO_SYM_CIPHER;
	block[25] = VCRYPTO_VIRTIO_DIR_ENCRYPT;
	memset(payload + 40, 0xaa, 16);
	memcpy(payload + 56, guest_key, sizeof(guest_key));
	front_send(front, CREATE_CRYPTO_SESSION, 0, payload, session_size(layout), NULL, 0);
}

int64_t guest_asked_session(struct front *front, enum session_layout layout)
{
	uint8_t payload[1072];
	int64_t id;

	front_reply(front, CREATE_CRYPTO_SESSION, payload, session_size(layout));
	memcpy(&id, payload + (layout == SESSION_QEMU_8_1 ? 1064 : 0), sizeof(id));
	assert_int_equal(payload[56], 0);
	return id;
}

int64_t guest_message_session(struct front *front, enum session_layout layout)
{
	guest_ask_session(front, layout);
	return guest_asked_session(front, layout);
}

void guest_cuts_short(struct front *front, int file)
{
	struct front other;
	uint64_t session;

	front_connect(&other);
	front_whole_device(&other);
	session = guest_session(&other);
	assert_int_equal(ftruncate(file, 0), 0);
	guest_post(front, 0, 0);
	front_kick(front, 0);
	front_ended(front);
	daemon_wait_for("a file of its memory has been cut short");
	guest_encrypts(&other, session);
	front_close(&other);
}
