// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The dirty log of vcryptod: whatever it writes into the guest's memory is marked there.  The
 * oracle is a copy of all that memory from before.
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "vhost-user/guest.h"

#define PAGE 4096u
#define PAGES (RAM / PAGE)
#define FIRST_PAGE (RAM_GUEST / PAGE)
#define LOG_BYTES ((RAM_GUEST + RAM) / PAGE / 8)
/* Pages in front of it belong to something else. */
#define LOG_OFFSET 5000u

/* The results of most requests: across the end of a page. */
#define FAR (RAM_GUEST + 0x40000)
#define SLACK (RAM_GUEST + 0x60000)
#define LATE (RAM_GUEST + 0x80ffe)

struct log {
	int file;
	uint8_t *bits;
};

static struct log log_new(void)
{
	const size_t size = LOG_OFFSET + LOG_BYTES;
	struct log log = { memfd_create("log", MFD_CLOEXEC), NULL };
	uint8_t *at;

	assert_true(log.file >= 0);
	assert_int_equal(ftruncate(log.file, (off_t)size), 0);
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, log.file, 0);
	assert_true(at != MAP_FAILED);
	log.bits = at + LOG_OFFSET;
	return log;
}

static void log_free(struct log *log)
{
	munmap(log->bits - LOG_OFFSET, LOG_OFFSET + LOG_BYTES);
	close(log->file);
}

static bool log_has(const struct log *log, uint64_t page)
{
	return log->bits[page / 8] >> page % 8 & 1;
}

static size_t log_count(const struct log *log)
{
	size_t count = 0, i;

	for (i = 0; i < LOG_BYTES * 8; i++)
		count += log_has(log, i);
	return count;
}

static void share_log(struct front *front, const struct log *log, uint64_t size)
{
	const struct message_log asked = { size, LOG_OFFSET };
	struct message_log echoed;

	front_send(front, SET_LOG_BASE, MESSAGE_NEED_REPLY, &asked, sizeof(asked), &log->file, 1);
	front_reply(front, SET_LOG_BASE, &echoed, sizeof(echoed));
	assert_memory_equal(&echoed, &asked, sizeof(asked));
}

/* What it reads of a front end at most before others have their turn, and some more. */
#define MESSAGES_A_TURN 20

/*
 * Until turns that were under way are over, and have marked what they wrote.  One ring of a guest
 * has a turn between messages, and a turn that did much is followed by another.
 */
static void settle(struct front *front)
{
	int i;

	for (i = 0; i < (RINGS + 1) * MESSAGES_A_TURN; i++)
		(void)front_ask(front, GET_FEATURES);
}

/* A guest that is being moved. */
static void begin(struct front *front, const struct log *log)
{
	front_connect(front);
	front->protocol = P_LOG_SHMFD;
	front->features = F_LOG_ALL;
	front->logs_used = true;
	front_whole_device(front);
	share_log(front, log, LOG_BYTES);
	settle(front);
}

static uint8_t before[RAM];

/*
 * Kick ring @index, wait for @count answers; then no page may have changed that is not marked.  How
 * many have: none if the answers were there before.
 */
static size_t count_changed(struct front *front, struct log *log, uint32_t index, uint32_t count)
{
	size_t changed = 0, i;

	/* In this order, as answers to an earlier kick may be coming. */
	memset(log->bits, 0, LOG_BYTES);
	memcpy(before, front->ram, RAM);
	front_kick(front, index);
	while (count--)
		(void)front_wait(front, index);
	settle(front);
	for (i = 0; i < PAGES; i++) {
		if (!memcmp(before + i * PAGE, front->ram + i * PAGE, PAGE))
			continue;
		changed++;
		if (!log_has(log, FIRST_PAGE + i))
			fail_msg("page %zu has been written, and is not marked", i);
	}
	/* Nor one that nobody can have written to. */
	assert_false(log_has(log, SOURCE / PAGE) || log_has(log, HEAD / PAGE));
	for (i = 0; i < FIRST_PAGE; i++)
		assert_false(log_has(log, i));
	return changed;
}

static void run(struct front *front, struct log *log, uint32_t index, uint32_t count)
{
	assert_true(count_changed(front, log, index, count));
}

/* Bytes of a request that differ, so that each result does. */
static void put_request(struct front *front, const struct vcrypto_virtio_data *data)
{
	static uint8_t turn;
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	assert_int_equal(vcrypto_virtio_put_data(0, data, head), 72);
	memcpy(front_at(front, HEAD), head, 72);
	memset(front_at(front, IV), ++turn, 64);
	memset(front_at(front, SOURCE), ++turn, TEXT);
}

static uint8_t status_at(struct front *front, uint64_t guest)
{
	return *(uint8_t *)front_at(front, guest);
}

static void test_ciphers(void **state)
{
	struct vcrypto_virtio_data data = { .numbers = guest_numbers() };
	struct log log = log_new();
	struct front front;
	uint32_t i;

	(void)state;
	begin(&front, &log);
	data.session = guest_session(&front);
	settle(&front);
	for (i = 0; i < 64; i++) {
		/* The result ends in front of, at and behind the end of a page. */
		uint64_t at = FAR + 2 * PAGE * (i % 8) + PAGE - TEXT / 2 - 40 + i;
		uint32_t slack = i % 3 ? i * 500 : 0;
		const struct piece pieces[] = {
			{ HEAD, 72, false }, { IV, 16, false }, { SOURCE, TEXT, false },
			{ at, TEXT, true }, { SLACK, 1 + slack, true },
		};

		put_request(&front, &data);
		*(uint8_t *)front_at(&front, SLACK + slack) = 0xff;
		front_post(&front, 0, pieces, 5, i % 2 ? TABLE : 0);
		run(&front, &log, 0, 1);
		assert_int_equal(status_at(&front, SLACK + slack), VCRYPTO_VIRTIO_OK);
	}
	front_close(&front);
	log_free(&log);
}

/* Source and destination the same, and shifted: that goes through memory of the daemon's. */
static void test_ciphers_in_place(void **state)
{
	struct vcrypto_virtio_data data = { .numbers = guest_numbers() };
	struct log log = log_new();
	struct front front;
	uint32_t shift;

	(void)state;
	begin(&front, &log);
	data.session = guest_session(&front);
	settle(&front);
	for (shift = 0; shift < 64; shift += 16) {
		const struct piece pieces[] = {
			{ HEAD, 72, false }, { IV, 16, false }, { FAR + PAGE - 128, TEXT, false },
			{ FAR + PAGE - 128 + shift, TEXT, true }, { STATUS, 1, true },
		};

		put_request(&front, &data);
		front_post(&front, 0, pieces, 5, 0);
		run(&front, &log, 0, 1);
		assert_int_equal(status_at(&front, STATUS), VCRYPTO_VIRTIO_OK);
	}
	front_close(&front);
	log_free(&log);
}

/* What fails writes, too: a status, and zeros where plaintext was. */
static void test_what_fails(void **state)
{
	struct vcrypto_virtio_numbers numbers = {
		.algo = 1, .key_len = 16, .direction = VCRYPTO_VIRTIO_DIR_DECRYPT, .result_len = 16,
		.iv_len = 12, .src_len = TEXT, .dst_len = TEXT - 16,
	};
	struct vcrypto_virtio_data data = { .service = VCRYPTO_VIRTIO_AEAD, .decrypt = true };
	const struct piece pieces[] = {
		{ HEAD, 72, false }, { IV, 12, false }, { SOURCE, TEXT, false },
		{ FAR + PAGE - 7, TEXT - 16, true }, { STATUS, 1, true },
	};
	struct log log = log_new();
	struct front front;

	(void)state;
	begin(&front, &log);
	data.session = guest_session_of(&front, VCRYPTO_VIRTIO_AEAD, &numbers, guest_key, 16);
	settle(&front);
	data.numbers = numbers;
	put_request(&front, &data);
	memset(front_at(&front, FAR + PAGE - 7), 0x55, TEXT);
	*(uint8_t *)front_at(&front, STATUS) = 0xff;
	front_post(&front, 0, pieces, 5, 0);
	run(&front, &log, 0, 1);
	assert_int_equal(status_at(&front, STATUS), VCRYPTO_VIRTIO_BADMSG);
	assert_int_equal(status_at(&front, FAR + PAGE), 0);
	data.session++;
	put_request(&front, &data);
	front_post(&front, 0, pieces, 5, TABLE);
	run(&front, &log, 0, 1);
	assert_int_equal(status_at(&front, STATUS), VCRYPTO_VIRTIO_INVSESS);
	front_close(&front);
	log_free(&log);
}

/* Of a chain that is too long only the last byte is written. */
static void test_a_chain_that_is_too_long(void **state)
{
	static struct piece pieces[18000];
	struct log log = log_new();
	struct front front;
	uint32_t i;

	(void)state;
	begin(&front, &log);
	pieces[0] = (struct piece){ HEAD, 72, false };
	for (i = 1; i < 17999; i++)
		pieces[i] = (struct piece){ FAR + i % 64, 16, true };
	pieces[17999] = (struct piece){ STATUS, 1, true };
	*(uint8_t *)front_at(&front, STATUS) = 0xff;
	front_post(&front, 0, pieces, 18000, RAM_GUEST + 0x90000);
	run(&front, &log, 0, 1);
	assert_int_equal(status_at(&front, STATUS), VCRYPTO_VIRTIO_ERR);
	assert_false(log_has(&log, FAR / PAGE));
	front_close(&front);
	log_free(&log);
}

/* Replies of the control queue. */
static void test_sessions(void **state)
{
	const struct vcrypto_virtio_numbers numbers = guest_numbers();
	const struct piece pieces[] = {
		{ HEAD, 72, false }, { IV, 16, false }, { FAR + PAGE - 8, 16, true },
	};
	const struct piece end[] = { { HEAD, 72, false }, { FAR, 1, true } };
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	struct log log = log_new();
	struct front front;
	uint64_t id;

	(void)state;
	begin(&front, &log);
	(void)vcrypto_virtio_put_create(0, VCRYPTO_VIRTIO_CIPHER, &numbers, head);
	memcpy(front_at(&front, HEAD), head, 72);
	memset(front_at(&front, FAR + PAGE - 8), 0xff, 16);
	front_post(&front, 1, pieces, 3, 0);
	run(&front, &log, 1, 1);
	id = guest_id_at(&front, FAR + PAGE - 8);
	(void)vcrypto_virtio_put_destroy(0, VCRYPTO_VIRTIO_CIPHER, id, head);
	memcpy(front_at(&front, HEAD), head, 72);
	*(uint8_t *)front_at(&front, FAR) = 0xff;
	front_post(&front, 1, end, 2, 0);
	run(&front, &log, 1, 1);
	assert_int_equal(status_at(&front, FAR), VCRYPTO_VIRTIO_OK);
	front_close(&front);
	log_free(&log);
}

/* The last answers alone: what their turn has marked is taken away before they come. */
static size_t sign_eight(struct front *front, struct log *log)
{
	uint64_t i;

	for (i = 0; i < 8; i++) {
		const struct piece pieces[] = {
			{ HEAD, 72, false }, { SOURCE, 32, false }, { LATE + PAGE * i, 700, true },
			{ STATUS, 1, true },
		};

		memset(front_at(front, LATE + PAGE * i), 0xff, 700);
		front_post(front, 0, pieces, 4, 0);
	}
	front_kick(front, 0);
	(void)front_wait(front, 0);
	return count_changed(front, log, 0, 7);
}

/* Answers of the thread for asymmetric keys: they are written long after their turn. */
static void test_signatures(void **state)
{
	struct vcrypto_virtio_numbers numbers = {
		.algo = VCRYPTO_VIRTIO_RSA, .key_type = VCRYPTO_VIRTIO_KEY_PRIVATE,
		.padding = VCRYPTO_VIRTIO_PADDING_PKCS1, .padding_hash = 6,
	};
	struct vcrypto_virtio_data data = {
		.service = VCRYPTO_VIRTIO_AKCIPHER, .op = VCRYPTO_VIRTIO_SIGN,
		.numbers = { .src_len = 32, .dst_len = 700 },
	};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)4096);
	uint8_t der[4096], *end = der;
	struct log log = log_new();
	struct front front;
	uint32_t i;

	(void)state;
	numbers.key_len = (uint32_t)i2d_PrivateKey(key, &end);
	EVP_PKEY_free(key);
	begin(&front, &log);
	data.session = guest_session_of(&front, VCRYPTO_VIRTIO_AKCIPHER, &numbers, der,
					numbers.key_len);
	settle(&front);
	put_request(&front, &data);
	for (i = 0; i < 4; i++) {
		uint64_t at = LATE + i * 4 * PAGE;
		const struct piece pieces[] = {
			{ HEAD, 72, false }, { SOURCE, 32, false }, { at, 10, true },
			{ at + PAGE, 690, true }, { at + 2 * PAGE, 1, true },
		};

		memset(front_at(&front, at), 0xff, 3 * PAGE);
		front_post(&front, 0, pieces, 5, 0);
	}
	run(&front, &log, 0, 4);
	assert_int_equal(status_at(&front, LATE + 2 * PAGE), VCRYPTO_VIRTIO_OK);
	/* On a busy machine they may all be there before this program has its turn: once more, then. */
	while (!sign_eight(&front, &log))
		;
	front_close(&front);
	log_free(&log);
}

static int start_akcipher(void **state)
{
	static const char *const arguments[] = { "--akcipher", "--sandbox=none", NULL };

	(void)state;
	daemon_start(arguments);
	return 0;
}

static void encrypt(struct front *front, uint64_t session)
{
	assert_int_equal(guest_run(front, session, 0), VCRYPTO_VIRTIO_OK);
	settle(front);
}

#define USED_PAGE ((RAM_GUEST + 0x8000u) / PAGE)

/* Nothing unless it has been negotiated; the used ring only if its address says so. */
static void test_when_it_is_asked_for(void **state)
{
	struct log log = log_new();
	struct front front;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front.protocol = P_LOG_SHMFD;
	front_whole_device(&front);
	share_log(&front, &log, LOG_BYTES);
	session = guest_session(&front);
	encrypt(&front, session);
	assert_int_equal(log_count(&log), 0);
	/* While rings run. */
	front_u64(&front, SET_FEATURES, F_VERSION_1 | F_INDIRECT | F_PROTOCOL_FEATURES | F_LOG_ALL);
	encrypt(&front, session);
	assert_int_equal(log_count(&log), 2);
	assert_true(log_has(&log, RESULT / PAGE) && log_has(&log, STATUS / PAGE));
	front.logs_used = true;
	front_address(&front, 0);
	encrypt(&front, session);
	assert_int_equal(log_count(&log), 3);
	assert_true(log_has(&log, USED_PAGE));
	memset(log.bits, 0, LOG_BYTES);
	front_u64(&front, SET_FEATURES, F_VERSION_1 | F_INDIRECT | F_PROTOCOL_FEATURES);
	encrypt(&front, session);
	assert_int_equal(log_count(&log), 0);
	front_close(&front);
	log_free(&log);
}

/* A round is over when the next one's log has been answered. */
static void test_rounds(void **state)
{
	struct log logs[2] = { log_new(), log_new() };
	struct front front;
	uint64_t session;
	size_t mappings, files;
	int i;

	(void)state;
	begin(&front, &logs[0]);
	session = guest_session(&front);
	/* What came with the messages so far is closed beside the loops. */
	sleep_ms(20);
	mappings = daemon_mappings();
	files = daemon_count("fd");
	for (i = 1; i < 50; i++) {
		guest_post(&front, session, 0);
		front_kick(&front, 0);
		share_log(&front, &logs[i % 2], LOG_BYTES);
		memset(logs[(i + 1) % 2].bits, 0, LOG_BYTES);
		memset(logs[i % 2].bits, 0, LOG_BYTES);
		(void)front_wait(&front, 0);
		encrypt(&front, session);
		assert_int_equal(log_count(&logs[(i + 1) % 2]), 0);
		assert_true(log_has(&logs[i % 2], RESULT / PAGE));
	}
	daemon_wait_for_files(files);
	daemon_wait_for_mappings(mappings);
	front_close(&front);
	log_free(&logs[0]);
	log_free(&logs[1]);
}

/* Bits behind its end are nobody's, and bytes behind it stay as they are. */
static void test_a_log_that_is_too_short(void **state)
{
	struct message_address address = {
		.flags = MESSAGE_ADDRESS_LOG, .desc = RAM_USER, .avail = RAM_USER + 0x4000,
		.used = RAM_USER + 0x8000, .log = UINT64_MAX - 2,
	};
	struct log log = log_new();
	struct front front;
	uint64_t session;
	size_t i;

	(void)state;
	begin(&front, &log);
	session = guest_session(&front);
	share_log(&front, &log, RESULT / PAGE / 8);
	memset(log.bits, 0, LOG_BYTES);
	front_send(&front, SET_VRING_ADDR, 0, &address, sizeof(address), NULL, 0);
	encrypt(&front, session);
	daemon_wait_for("its dirty log is too short");
	for (i = RESULT / PAGE / 8; i < LOG_BYTES; i++)
		assert_int_equal(log.bits[i], 0);
	guest_encrypts(&front, session);
	front_close(&front);
	log_free(&log);
}

static void test_logs_that_are_refused(void **state)
{
	static const struct message_log cases[] = {
		{ 0, 0 }, { LOG_OFFSET + LOG_BYTES + 1, 0 }, { LOG_BYTES, LOG_OFFSET + 1 },
		{ UINT64_MAX, 4096 }, { 4096, UINT64_MAX - 4095 }, { UINT64_MAX, 0 },
	};
	struct log log = log_new();
	struct front front;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		front_connect(&front);
		front_u64(&front, SET_PROTOCOL_FEATURES, P_LOG_SHMFD);
		front_send(&front, SET_LOG_BASE, 0, &cases[i], sizeof(cases[i]), &log.file, 1);
		front_ended(&front);
		front_close(&front);
	}
	/* Not without its feature. */
	front_connect(&front);
	front_send(&front, SET_LOG_BASE, 0, &cases[2], sizeof(cases[2]), &log.file, 1);
	front_ended(&front);
	front_close(&front);
	log_free(&log);
}

/* Cut short by its owner it ends that owner's connection, and no other. */
static void test_a_log_that_shrinks(void **state)
{
	struct log log = log_new();
	struct front front;

	(void)state;
	skip_if_emulated("what a fault of memory ends");
	begin(&front, &log);
	guest_cuts_short(&front, log.file);
	front_close(&front);
	close(log.file);
}

/* Who wants to be told is told. */
static void test_a_call_for_the_log(void **state)
{
	struct log log = log_new();
	int call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct front front;
	uint64_t session, count;

	(void)state;
	begin(&front, &log);
	session = guest_session(&front);
	front_send(&front, SET_LOG_FD, 0, NULL, 0, &call, 1);
	encrypt(&front, session);
	assert_int_equal(read(call, &count, sizeof(count)), sizeof(count));
	front_close(&front);
	close(call);
	log_free(&log);
}

/* The front end of session messages moves guests, too. */
static void test_session_mode(void **state)
{
	struct log log = log_new();
	struct front front;

	(void)state;
	front_connect(&front);
	front.protocol = P_LOG_SHMFD;
	front.features = F_LOG_ALL;
	front.logs_used = true;
	front_session_mode(&front);
	share_log(&front, &log, LOG_BYTES);
	settle(&front);
	guest_post(&front, 0, 0);
	run(&front, &log, 0, 1);
	assert_int_equal(status_at(&front, STATUS), VCRYPTO_VIRTIO_INVSESS);
	front_close(&front);
	log_free(&log);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, guest_start, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ciphers),
		TEST(test_ciphers_in_place),
		TEST(test_what_fails),
		TEST(test_a_chain_that_is_too_long),
		TEST(test_sessions),
		cmocka_unit_test_setup_teardown(test_signatures, start_akcipher, guest_stop),
		TEST(test_when_it_is_asked_for),
		cmocka_unit_test_setup_teardown(test_rounds, guest_start_open, guest_stop),
		TEST(test_a_log_that_is_too_short),
		TEST(test_logs_that_are_refused),
		TEST(test_a_log_that_shrinks),
		TEST(test_a_call_for_the_log),
		TEST(test_session_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
