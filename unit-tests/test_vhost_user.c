// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vcryptod as front ends see it: a process, a socket, shared memory. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <vcrypto/backends.h>

#include "../vhost-user-adapter/adapter.h"
#include "vhost-user/daemon.h"
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

/* Whether this machine lets us have namespaces, and this build can do with system calls. */
static bool have_sandbox(void)
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
static int start_open(void **state)
{
	static const char *const arguments[] = { "--sandbox=none", NULL };

	(void)state;
	daemon_start(arguments);
	return 0;
}

static int start(void **state)
{
	if (!have_sandbox())
		return start_open(state);
	daemon_start(NULL);
	return 0;
}

/* With no more files than a process has as a rule. */
static int start_with_few_files(void **state)
{
	struct rlimit before, few;
	int result;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = few.rlim_cur < 1024 ? few.rlim_cur : 1024;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	result = start(state);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	return result;
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

/* The two halves of a test: what ends a connection, and that the next one is served. */
static void must_end(struct front *front, const char *why)
{
	front_ended(front);
	front_close(front);
	daemon_wait_for(why);
	/* It says no more than a hundred lines in a second. */
	sleep_ms(40);
	front_connect(front);
	front_whole_device(front);
	encrypts(front, make_session(front));
	front_close(front);
}

static void test_malformed_messages(void **state)
{
	static const struct {
		uint32_t request, flags, size, files;
		const char *why;
	} cases[] = {
		{ 1000, 0, 0, 0, "a request that is not known" },
		{ 0, 0, 0, 0, "a request that is not known" },
		{ GET_FEATURES, 2, 0, 0, "of another version" },
		{ GET_FEATURES, MESSAGE_REPLY, 0, 0, "with flags that no request has" },
		{ GET_FEATURES, 16, 0, 0, "with flags that no request has" },
		{ GET_FEATURES, 0, MESSAGE_MAX_PAYLOAD + 1, 0, "too long" },
		{ GET_FEATURES, 0, 8, 0, "of the wrong size" },
		{ GET_FEATURES, 0, 0, 1, "with the wrong number of files" },
		{ SET_FEATURES, 0, 4, 0, "of the wrong size" },
		{ SET_MEM_TABLE, 0, 40, 0, "with the wrong number of files" },
		{ SET_MEM_TABLE, 0, 40, 2, "not as long as it says" },
		{ SET_MEM_TABLE, 0, 8 + 33 * 32, 33, "too many files" },
		{ SET_VRING_KICK, 0, 8, 0, "a file too many or too few" },
		{ SET_VRING_CALL, 0, 8, 2, "with the wrong number of files" },
		{ GET_CONFIG, 0, 12, 0, "a request that is not known" },
		{ CREATE_CRYPTO_SESSION, 0, 632, 0, "a request that is not known" },
		{ SET_VRING_NUM, 0, 8, 0, "a size that no ring has" },
		{ 5000, MESSAGE_NEED_REPLY, 0, 0, "a request that is not known" },
	};
	static const uint8_t zeros[MESSAGE_MAX_PAYLOAD];
	struct front front;
	int files[40];
	size_t i, open_files;

	(void)state;
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	front_close(&front);
	open_files = daemon_count("fd");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t n;

		front_connect(&front);
		for (n = 0; n < cases[i].files; n++)
			files[n] = front.rings[0].kick;
		front_send(&front, cases[i].request, cases[i].flags,
			   cases[i].size <= sizeof(zeros) ? zeros : NULL, cases[i].size, files,
			   cases[i].files);
		must_end(&front, cases[i].why);
	}
	/* The last one may not have gone yet. */
	assert_in_range(daemon_count("fd"), open_files - 1, open_files + 6);
}

/* One reply to each message that asks for one, and never two. */
static void test_acknowledgements(void **state)
{
	const uint64_t features = F_VERSION_1 | F_PROTOCOL_FEATURES;
	struct message_vring vring = { 0, 65 };
	struct front front;
	uint64_t value;

	(void)state;
	front_connect(&front);
	/* Not before it has been negotiated. */
	front_send(&front, SET_OWNER, MESSAGE_NEED_REPLY, NULL, 0, NULL, 0);
	front_silent(&front);
	front_u64(&front, SET_PROTOCOL_FEATURES, P_REPLY_ACK | P_CONFIG | P_MQ);
	front_send(&front, SET_FEATURES, MESSAGE_NEED_REPLY, &features, 8, NULL, 0);
	front_reply(&front, SET_FEATURES, &value, 8);
	assert_int_equal(value, 0);
	front_send(&front, SET_VRING_NUM, MESSAGE_NEED_REPLY, &vring, 8, NULL, 0);
	front_reply(&front, SET_VRING_NUM, &value, 8);
	assert_int_not_equal(value, 0);
	front_send(&front, 999, MESSAGE_NEED_REPLY, &vring, 8, NULL, 0);
	front_reply(&front, 999, &value, 8);
	assert_int_not_equal(value, 0);
	/* Known, but not negotiated; it has a reply of its own otherwise. */
	front_send(&front, GET_MAX_MEM_SLOTS, MESSAGE_NEED_REPLY, NULL, 0, NULL, 0);
	front_reply(&front, GET_MAX_MEM_SLOTS, &value, 8);
	assert_int_equal(value, 1);
	front_send(&front, GET_QUEUE_NUM, MESSAGE_NEED_REPLY, NULL, 0, NULL, 0);
	front_reply(&front, GET_QUEUE_NUM, &value, 8);
	assert_int_equal(value, RINGS);
	front_silent(&front);
	front_close(&front);
}

static void test_config_space(void **state)
{
	struct {
		struct message_config head;
		uint8_t bytes[57];
	} asked = { .head = { 0, 56, 0 } };
	struct front front;
	uint32_t queues;

	(void)state;
	front_connect(&front);
	front_u64(&front, SET_PROTOCOL_FEATURES, P_CONFIG);
	front_send(&front, GET_CONFIG, 0, &asked, 12 + 56, NULL, 0);
	front_reply(&front, GET_CONFIG, &asked, 12 + 56);
	assert_int_equal(asked.bytes[0], VCRYPTO_VIRTIO_HW_READY);
	memcpy(&queues, asked.bytes + 4, sizeof(queues));
	assert_int_equal(queues, RINGS - 1);
	asked.head = (struct message_config){ 4, 4, 0 };
	front_send(&front, GET_CONFIG, 0, &asked, 12 + 4, NULL, 0);
	front_reply(&front, GET_CONFIG, &asked, 12 + 4);
	assert_int_equal(asked.bytes[0], RINGS - 1);
	/* Beyond its end there is nothing, which is a reply of no bytes. */
	asked.head = (struct message_config){ 53, 4, 0 };
	front_send(&front, GET_CONFIG, 0, &asked, 12 + 4, NULL, 0);
	front_reply(&front, GET_CONFIG, &asked, 0);
	asked.head = (struct message_config){ 0xfffffffc, 4, 0 };
	front_send(&front, GET_CONFIG, 0, &asked, 12 + 4, NULL, 0);
	front_reply(&front, GET_CONFIG, &asked, 0);
	front_send(&front, SET_CONFIG, 0, &asked, 12 + 4, NULL, 0);
	must_end(&front, "a piece of config space that there is not");
}

/* A pause keeps sessions; a driver that begins anew, or a reset, has none. */
static void test_when_sessions_end(void **state)
{
	struct front front;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	session = make_session(&front);
	encrypts(&front, session);
	assert_int_equal(front_base(&front, 0), front.rings[0].avail);
	post_cipher(&front, session, 0);
	front_kick(&front, 0);
	front_silent(&front);
	assert_false(front_used(&front, 0));
	/* It goes on with what has come while it was stopped. */
	front.rings[0].avail--;
	front_ring(&front, 0);
	front.rings[0].avail++;
	(void)front_wait(&front, 0);
	assert_int_equal(*(uint8_t *)front_at(&front, STATUS), VCRYPTO_VIRTIO_OK);
	expect_result(&front);

	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	front_ring(&front, 0);
	front_vring(&front, SET_VRING_ENABLE, 0, 1);
	assert_int_equal(run_cipher(&front, session, 0), VCRYPTO_VIRTIO_INVSESS);
	front_ring(&front, 1);
	front_vring(&front, SET_VRING_ENABLE, 1, 1);
	session = make_session(&front);
	encrypts(&front, session);
	(void)front_base(&front, 0);
	memset(front.ram, 0, BUFFERS / 2);
	front.rings[0].avail = front.rings[0].used = 0;
	front_ring(&front, 0);
	assert_int_equal(run_cipher(&front, session, 0), VCRYPTO_VIRTIO_INVSESS);
	front_close(&front);
}

/* A file that is cut short while it is mapped ends its own connection. */
static void test_memory_that_shrinks(void **state)
{
	struct front front, other;
	uint64_t session;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	session = make_session(&other);
	front_connect(&front);
	front_whole_device(&front);
	(void)front_ask(&front, GET_FEATURES);
	assert_int_equal(ftruncate(front.file, 0), 0);
	front_kick(&front, 0);
	front_ended(&front);
	daemon_wait_for("a file of its memory has been cut short");
	encrypts(&other, session);
	front_close(&other);
	assert_int_equal(ftruncate(front.file, (off_t)RAM), 0);
	front_close(&front);
}

static void test_memory_tables_that_are_refused(void **state)
{
	static const struct message_region regions[] = {
		{ RAM_GUEST, 0, RAM_USER, 0 },
		{ RAM_GUEST, RAM + 4096, RAM_USER, 0 },
		{ RAM_GUEST, RAM, RAM_USER, 4096 },
		{ RAM_GUEST, 4096, RAM_USER, UINT64_MAX - 4095 },
		{ UINT64_MAX - 4095, 8192, RAM_USER, 0 },
		{ RAM_GUEST, 8192, UINT64_MAX - 4095, 0 },
		{ RAM_GUEST, UINT64_MAX, RAM_USER, 0 },
	};
	struct {
		uint32_t count, padding;
		struct message_region regions[2];
	} table = { 1, 0, { { 0 } } };
	struct front front;
	int files[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		front_connect(&front);
		table.regions[0] = regions[i];
		front_send(&front, SET_MEM_TABLE, 0, &table, 8 + 32, &front.file, 1);
		must_end(&front, "a region");
	}
	front_connect(&front);
	files[0] = files[1] = front.file;
	table.count = 2;
	table.regions[0] = (struct message_region){ RAM_GUEST, RAM, RAM_USER, 0 };
	table.regions[1] = table.regions[0];
	front_send(&front, SET_MEM_TABLE, 0, &table, sizeof(table), files, 2);
	must_end(&front, "regions that overlap");
	/* What is no file of memory. */
	front_connect(&front);
	table.count = 1;
	front_send(&front, SET_MEM_TABLE, 0, &table, 8 + 32, &front.rings[0].kick, 1);
	must_end(&front, "a region whose file is shorter than it, or is none");
}

/* In whatever order things come, nothing happens before all is there. */
static void test_strange_orders(void **state)
{
	struct message_vring vring = { 0, 8 };
	struct front front;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_kick(&front, 0);
	front_file(&front, SET_VRING_KICK, 0, front.rings[0].kick);
	front_kick(&front, 0);
	front_vring(&front, SET_VRING_ENABLE, 0, 1);
	(void)front_base(&front, 0);
	front_whole_device(&front);
	session = make_session(&front);
	encrypts(&front, session);
	/* A table that replaces the one before while rings run. */
	front_table(&front);
	encrypts(&front, session);
	/* Disabled means that nothing is done, and enabled that nothing was missed. */
	front_vring(&front, SET_VRING_ENABLE, 0, 0);
	(void)front_ask(&front, GET_FEATURES);
	post_cipher(&front, session, 0);
	front_kick(&front, 0);
	front_silent(&front);
	assert_false(front_used(&front, 0));
	front_vring(&front, SET_VRING_ENABLE, 0, 1);
	(void)front_wait(&front, 0);
	front_send(&front, SET_VRING_NUM, 0, &vring, 8, NULL, 0);
	must_end(&front, "a size of a ring that runs");
	front_connect(&front);
	front_vring(&front, SET_VRING_NUM, 65, 8);
	must_end(&front, "a queue that there is not");
}

/* A ring that breaks the rules stops, and the guest's other one, and other guests, go on. */
static void test_a_broken_ring(void **state)
{
	const struct piece nowhere[] = { { 0x10, 72, false }, { RESULT, 1, true } };
	struct front front, other;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	front_connect(&other);
	front_whole_device(&other);
	session = make_session(&other);
	front_post(&front, 0, nowhere, 2, 0);
	front_kick(&front, 0);
	daemon_wait_for("queue 0 is broken");
	assert_false(front_used(&front, 0));
	(void)make_session(&front);
	encrypts(&other, session);
	front_close(&other);
	front_close(&front);
}

/* Files to notify with that block, or are none of the kind. */
static void test_files_that_block(void **state)
{
	const uint64_t full = UINT64_MAX - 1;
	struct front front, other;
	uint64_t session;
	int file;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	session = make_session(&other);
	front_connect(&front);
	front_whole_device(&front);
	file = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(write(file, &full, sizeof(full)), sizeof(full));
	front_file(&front, SET_VRING_CALL, 0, file);
	front_ended(&front);
	daemon_wait_for("a file to notify it with that blocks");
	encrypts(&other, session);
	front_close(&front);
	close(file);
	/* Always readable, and none that epoll takes. */
	front_connect(&front);
	front_file(&front, SET_VRING_KICK, 0, front.file);
	front_ended(&front);
	daemon_wait_for("a kick that cannot be waited for");
	encrypts(&other, session);
	front_close(&front);
	front_close(&other);
}

/* As Linux's driver sends them: every tail of a scatterlist; and more than there is room for. */
static void test_long_chains(void **state)
{
	static struct piece pieces[18000];
	const struct vcrypto_virtio_data data = { .numbers = cipher_numbers() };
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	struct front front;
	size_t i, count;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	session = make_session(&front);
	for (count = 2000; count <= 18000; count += 16000) {
		struct vcrypto_virtio_data mine = data;

		mine.session = session;
		post_cipher(&front, session, 0);
		front_kick(&front, 0);
		(void)front_wait(&front, 0);
		(void)vcrypto_virtio_put_data(0, &mine, head);
		memset(front_at(&front, RESULT), 0, TEXT);
		pieces[0] = (struct piece){ HEAD, 72, false };
		pieces[1] = (struct piece){ IV, sizeof(iv), false };
		pieces[2] = (struct piece){ SOURCE, TEXT, false };
		pieces[3] = (struct piece){ RESULT, TEXT, true };
		for (i = 4; i < count - 1; i++)
			pieces[i] = (struct piece){ RESULT + TEXT, 16, true };
		pieces[count - 1] = (struct piece){ STATUS, 1, true };
		front_post(&front, 0, pieces, (uint32_t)count, TABLE);
		front_kick(&front, 0);
		(void)front_wait(&front, 0);
		assert_int_equal(*(uint8_t *)front_at(&front, STATUS),
				 count == 2000 ? VCRYPTO_VIRTIO_OK : VCRYPTO_VIRTIO_ERR);
		if (count == 2000)
			expect_result(&front);
	}
	encrypts(&front, session);
	front_close(&front);
}

static void add_region(struct front *front, struct message_region region, uint32_t flags)
{
	struct {
		uint64_t padding;
		struct message_region region;
	} slot = { 0, region };

	front_send(front, ADD_MEM_REG, flags, &slot, sizeof(slot), &front->file, 1);
}

/* A whole device that takes regions one by one, beside the one that it has. */
static void whole_device_of_slots(struct front *front)
{
	front_connect(front);
	front_whole_device(front);
	front_u64(front, SET_PROTOCOL_FEATURES, P_MQ | P_REPLY_ACK | P_CRYPTO_SESSION | P_CONFIG |
		  P_RESET_DEVICE | P_MEM_SLOTS);
}

#define TINY_REGIONS 500u
#define MANY 30000u

/*
 * Buffers that go through many regions, in chains of many buffers: what looks for them must
 * come to an end while another guest still waits.
 */
static void test_chains_that_cost_searching(void **state)
{
	static struct piece pieces[MANY];
	struct front front, other;
	uint64_t session;
	uint32_t i;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	session = make_session(&other);
	whole_device_of_slots(&front);
	for (i = 0; i < TINY_REGIONS; i++)
		add_region(&front, (struct message_region){ 0x1000 + i, 1, 0x1000 + i, 0 }, 0);
	for (i = 0; i < MANY; i++)
		pieces[i] = (struct piece){ 0x1000, TINY_REGIONS, i > 0 };
	pieces[MANY - 1] = (struct piece){ STATUS, 1, true };
	for (i = 0; i < 4; i++)
		front_post(&front, 0, pieces, MANY, TABLE);
	(void)front_ask(&front, GET_FEATURES);
	front_kick(&front, 0);
	daemon_wait_for("queue 0 is broken");
	encrypts(&other, session);
	front_close(&front);
	front_close(&other);
}

/* Milliseconds of work each, so that it does not matter when a test is woken up. */
#define DEAR 0x40000u
#define STATELESS (VCRYPTO_VIRTIO_F_REVISION_1 | VCRYPTO_VIRTIO_F_CIPHER_STATELESS)

/* A guest of old whose front end knows no protocol features; @rings of it are full of 3DES. */
static void post_dear(struct front *front, uint32_t rings, uint32_t count)
{
	struct vcrypto_virtio_data data = { .stateless = true, .numbers = cipher_numbers() };
	const uint64_t to = SOURCE + 2 * DEAR;
	const struct piece pieces[] = {
		{ HEAD, 100, false }, { SOURCE, 24 + 8 + DEAR, false }, { to, DEAR + 1, true },
	};
	uint32_t ring, i;

	data.numbers.algo = 8;
	data.numbers.key_len = 24;
	data.numbers.iv_len = 8;
	data.numbers.src_len = data.numbers.dst_len = DEAR;
	front_connect(front);
	front_u64(front, SET_FEATURES, F_VERSION_1 | F_INDIRECT | STATELESS);
	front_table(front);
	for (i = 0; i < 24; i++)
		((uint8_t *)front_at(front, SOURCE))[i] = (uint8_t)(16 * i);
	assert_int_equal(vcrypto_virtio_put_data(STATELESS, &data, front_at(front, HEAD)), 100);
	for (ring = 0; ring < rings; ring++) {
		front_ring(front, ring);
		for (i = 0; i < count; i++)
			front_post(front, ring, pieces, 3, RAM_GUEST + RAM - 4096);
	}
	(void)front_ask(front, GET_FEATURES);
}

/* Who has more rings has no more turns. */
static void test_turns_of_guests(void **state)
{
	enum { COUNT = 24 };
	struct front many, one;
	uint32_t i;

	(void)state;
	post_dear(&many, 2, COUNT);
	post_dear(&one, 1, COUNT);
	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	front_kick(&many, 0);
	front_kick(&many, 1);
	front_kick(&one, 0);
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	for (i = 0; i < COUNT; i++)
		(void)front_wait(&one, 0);
	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	for (i = 0; front_used(&many, 0); i++)
		(void)front_wait(&many, 0);
	for (; front_used(&many, 1); i++)
		(void)front_wait(&many, 1);
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	/* Some more, because it takes time to look and to stop; without turns it is all of them. */
	assert_in_range(i, COUNT / 2, 2 * COUNT - 5);
	front_close(&one);
	front_close(&many);
}

/* A sparse file that would take all addresses that the daemon has. */
static void test_memory_without_end(void **state)
{
	const struct message_region region = { (uint64_t)1 << 40, (uint64_t)1 << 45,
					       (uint64_t)1 << 48, 0 };
	struct front front, other;
	uint64_t answer;

	(void)state;
	whole_device_of_slots(&front);
	assert_int_equal(ftruncate(front.file, (off_t)region.size), 0);
	add_region(&front, region, MESSAGE_NEED_REPLY);
	front_reply(&front, ADD_MEM_REG, &answer, sizeof(answer));
	assert_int_equal(answer, 1);
	daemon_wait_for("more memory than a guest may have");
	front_connect(&other);
	front_whole_device(&other);
	encrypts(&other, make_session(&other));
	front_close(&other);
	front_close(&front);
}

/*
 * A front end's own end of its socket: who kept that would never be told that the front end
 * has gone.
 */
static void test_sockets_that_are_sent(void **state)
{
	static const uint32_t requests[] = { SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR };
	struct front front;
	size_t files, i;

	(void)state;
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	front_close(&front);
	sleep_ms(20);
	files = daemon_count("fd");
	for (i = 0; i <= sizeof(requests) / sizeof(requests[0]); i++) {
		front_connect(&front);
		if (i < sizeof(requests) / sizeof(requests[0]))
			front_file(&front, requests[i], 0, front.socket);
		else	/* A message that does not come to its end. */
			front_send(&front, SET_VRING_ERR, 0, NULL, 8, &front.socket, 1);
		front_close(&front);
		daemon_wait_for("a file that is a socket");
	}
	for (i = 0; i < PATIENCE_MS && daemon_count("fd") > files + 1; i++)
		sleep_ms(1);
	/* The last one may be accepted between the two looks; kept, there are four. */
	assert_in_range(daemon_count("fd"), 1, files + 1);
}

/* Front ends that have as many files as they may, and then one that needs a few. */
static void test_many_files(void **state)
{
	enum { GUESTS = 16 };
	static struct front fronts[GUESTS];
	struct rlimit limit;
	struct front other;
	uint32_t i, index;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 4 * 1024) {
		print_message("SKIP: no more than %llu files are allowed here\n",
			      (unsigned long long)limit.rlim_max);
		skip();
	}
	for (i = 0; i < GUESTS; i++) {
		front_connect(&fronts[i]);
		for (index = 0; index < VCRYPTO_MAX_QUEUES; index++) {
			front_file(&fronts[i], SET_VRING_KICK, index, fronts[i].rings[0].kick);
			front_file(&fronts[i], SET_VRING_CALL, index, fronts[i].rings[0].call);
			front_file(&fronts[i], SET_VRING_ERR, index, fronts[i].rings[0].call);
		}
		(void)front_ask(&fronts[i], GET_FEATURES);
	}
	front_connect(&other);
	front_whole_device(&other);
	encrypts(&other, make_session(&other));
	front_close(&other);
	for (i = 0; i < GUESTS; i++)
		front_close(&fronts[i]);
}

/* The lowest number that no file of the process that serves has. */
static unsigned int first_free_file(void)
{
	unsigned int number;
	char path[64];
	struct stat about;

	for (number = 0;; number++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%u", daemon_inside(), number);
		if (lstat(path, &about))
			return number;
	}
}

/* The process that serves may have no more files than it has; or again as many as before. */
static void limit_files(bool limited)
{
	static struct rlimit before;
	struct rlimit now;

	if (limited) {
		assert_int_equal(prlimit(daemon_inside(), RLIMIT_NOFILE, NULL, &before), 0);
		now = before;
		now.rlim_cur = first_free_file();
	} else {
		now = before;
	}
	assert_int_equal(prlimit(daemon_inside(), RLIMIT_NOFILE, &now, NULL), 0);
}

/* A daemon without a file for the first connection waits, and looks again by itself. */
static void test_no_file_for_a_connection(void **state)
{
	struct front front;

	(void)state;
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	front_close(&front);
	sleep_ms(20);
	limit_files(true);
	front_connect(&front);
	daemon_wait_for("no file or memory for another connection");
	sleep_ms(20);
	limit_files(false);
	front_whole_device(&front);
	encrypts(&front, make_session(&front));
	front_close(&front);
}

#define ROUNDS 1000

static void test_nothing_leaks(void **state)
{
	size_t files = 0, maps = 0, i;
	struct front front;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		front_connect(&front);
		if (i % 2)
			front_session_mode(&front);
		else
			front_whole_device(&front);
		(void)front_ask(&front, GET_FEATURES);
		front_close(&front);
		if (i == 10) {
			files = daemon_count("fd");
			maps = daemon_count("maps");
		}
	}
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	/* One connection more, which has no memory yet. */
	assert_in_range(daemon_count("fd"), 1, files + 8);
	assert_in_range(daemon_count("maps"), 1, maps + 8);
	front_close(&front);
}

/* The number behind @name in the status of the process that serves. */
static unsigned long long status_number(const char *name, int base)
{
	unsigned long long value = ~0ull;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", daemon_inside());
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			value = strtoull(line + strlen(name) + 1, NULL, base);
	fclose(file);
	return value;
}

static void test_sandbox(void **state)
{
	struct front front;

	(void)state;
	if (!have_sandbox()) {
		print_message("SKIP: no namespaces here, or a build with a sanitizer\n");
		skip();
	}
	front_connect(&front);
	front_whole_device(&front);
	encrypts(&front, make_session(&front));
	assert_int_equal(status_number("NoNewPrivs:", 10), 1);
	assert_int_equal(status_number("CapEff:", 16), 0);
	assert_int_equal(status_number("CapPrm:", 16), 0);
	assert_int_equal(status_number("CapBnd:", 16), 0);
	if (WITH_SECCOMP)
		assert_int_equal(status_number("Seccomp:", 10), 2);
	/* Only root may look in; nothing but the two names that all folders have. */
	if (geteuid() == 0)
		assert_int_equal(daemon_count("root"), 2);
	front_close(&front);
}

/* How a process ends that makes @call under the filter; 0: it does not. */
static int signal_of(long call, long third)
{
	const struct settings settings = { .backend = &vcrypto_backend_null };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			_exit(99);
		filter_enter(&settings, false);
		syscall(call, 0, 4096, third, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_forbidden_calls(void **state)
{
	(void)state;
	if (SANITIZED || !WITH_SECCOMP) {
		print_message("SKIP: no filter of system calls in this build\n");
		skip();
	}
	assert_int_equal(signal_of(SYS_mmap, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(signal_of(SYS_mmap, PROT_READ | PROT_EXEC), SIGSYS);
	assert_int_equal(signal_of(SYS_openat, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_socket, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_execve, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_kill, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_accept4, 0), SIGSYS);
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
		{ { "--fd=3", "--sandbox=some" }, 2, "--sandbox cannot be 'some'" },
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
		cmocka_unit_test_setup_teardown(test_malformed_messages, start_open, stop),
		cmocka_unit_test_setup_teardown(test_acknowledgements, start, stop),
		cmocka_unit_test_setup_teardown(test_config_space, start, stop),
		cmocka_unit_test_setup_teardown(test_when_sessions_end, start, stop),
		cmocka_unit_test_setup_teardown(test_memory_that_shrinks, start, stop),
		cmocka_unit_test_setup_teardown(test_memory_tables_that_are_refused, start, stop),
		cmocka_unit_test_setup_teardown(test_strange_orders, start, stop),
		cmocka_unit_test_setup_teardown(test_a_broken_ring, start, stop),
		cmocka_unit_test_setup_teardown(test_files_that_block, start, stop),
		cmocka_unit_test_setup_teardown(test_long_chains, start, stop),
		cmocka_unit_test_setup_teardown(test_chains_that_cost_searching, start, stop),
		cmocka_unit_test_setup_teardown(test_turns_of_guests, start, stop),
		cmocka_unit_test_setup_teardown(test_memory_without_end, start, stop),
		cmocka_unit_test_setup_teardown(test_sockets_that_are_sent, start_open, stop),
		cmocka_unit_test_setup_teardown(test_many_files, start_with_few_files,
						stop),
		cmocka_unit_test_setup_teardown(test_no_file_for_a_connection, start_open, stop),
		cmocka_unit_test_setup_teardown(test_nothing_leaks, start_open, stop),
		cmocka_unit_test_setup_teardown(test_sandbox, start, stop),
		cmocka_unit_test(test_forbidden_calls),
		cmocka_unit_test(test_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
