// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vcryptod with --akcipher: signatures by a thread of their own, and what comes in between. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "vhost-user/guest.h"

/* Of 4096 bits: some milliseconds each. */
#define SIZE 512u
#define DIGEST 32u
#define JOBS 16u

/* Where the key lies, and each signature with all that belongs to it. */
#define DER (HEAD + 0x8000)
#define PLACE(i) (HEAD + 0x10000 + (uint64_t)(i) * 0x2000)
#define ITS_DIGEST 0x100
#define ITS_RESULT 0x200
#define ITS_STATUS 0x500
#define ITS_TABLE 0x600
#define NOT_YET 0xff

static EVP_PKEY *pkey;

static int start(void **state)
{
	const char *arguments[] = { "--akcipher", guest_have_sandbox() ? NULL : "--sandbox=none",
				    NULL };

	(void)state;
	daemon_start(arguments);
	return 0;
}

static void begin(struct front *front)
{
	front_connect(front);
	front_whole_device(front);
}

/* With rings that hold more than a guest may have under way. */
static void begin_large(struct front *front)
{
	front_connect(front);
	front->ring_size = RING_SIZE_MAX;
	front_whole_device(front);
}

/* Its reply goes to RESULT, and @i times 16 bytes behind that. */
static void post_key(struct front *front, uint32_t i)
{
	struct vcrypto_virtio_numbers numbers = {
		.algo = VCRYPTO_VIRTIO_RSA, .key_type = VCRYPTO_VIRTIO_KEY_PRIVATE,
		.padding = VCRYPTO_VIRTIO_PADDING_PKCS1, .padding_hash = 6,
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	uint8_t *der = front_at(front, DER);

	numbers.key_len = (uint32_t)i2d_PrivateKey(pkey, &der);
	assert_int_equal(vcrypto_virtio_put_create(0, VCRYPTO_VIRTIO_AKCIPHER, &numbers, head), 72);
	memcpy(front_at(front, HEAD), head, 72);
	memset(front_at(front, RESULT + 16 * i), 0xff, 16);
	front_post(front, 1, (const struct piece[]){
		{ HEAD, 72, false }, { DER, numbers.key_len, false }, { RESULT + 16 * i, 16, true },
	}, 3, PLACE(i) + ITS_TABLE);
}

static uint64_t make_key(struct front *front)
{
	post_key(front, 0);
	front_kick(front, 1);
	assert_int_equal(front_wait(front, 1), 16);
	assert_int_equal(((uint8_t *)front_at(front, RESULT))[8], VCRYPTO_VIRTIO_OK);
	return guest_id_at(front, RESULT);
}

static void post_signature(struct front *front, uint64_t key, uint32_t i)
{
	const struct vcrypto_virtio_data data = {
		.service = VCRYPTO_VIRTIO_AKCIPHER, .op = VCRYPTO_VIRTIO_SIGN, .session = key,
		.numbers = { .src_len = DIGEST, .dst_len = SIZE },
	};
	const struct piece pieces[] = {
		{ PLACE(i), 72, false }, { PLACE(i) + ITS_DIGEST, DIGEST, false },
		{ PLACE(i) + ITS_RESULT, SIZE, true }, { PLACE(i) + ITS_STATUS, 1, true },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	assert_int_equal(vcrypto_virtio_put_data(0, &data, head), 72);
	memcpy(front_at(front, PLACE(i)), head, 72);
	memset(front_at(front, PLACE(i) + ITS_DIGEST), (int)(i + 1), DIGEST);
	memset(front_at(front, PLACE(i) + ITS_RESULT), 0, SIZE);
	*(uint8_t *)front_at(front, PLACE(i) + ITS_STATUS) = NOT_YET;
	front_post(front, 0, pieces, 4, PLACE(i) + ITS_TABLE);
}

static void post_signatures(struct front *front, uint64_t key, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		post_signature(front, key, i);
}

static uint8_t status_of(struct front *front, uint32_t i)
{
	return *(uint8_t *)front_at(front, PLACE(i) + ITS_STATUS);
}

static void expect_signature(struct front *front, uint32_t i)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);

	assert_int_equal(status_of(front, i), VCRYPTO_VIRTIO_OK);
	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()), 1);
	assert_int_equal(EVP_PKEY_verify(ctx, front_at(front, PLACE(i) + ITS_RESULT), SIZE,
					 front_at(front, PLACE(i) + ITS_DIGEST), DIGEST), 1);
	EVP_PKEY_CTX_free(ctx);
}

/* All of them are used, and right; none of them twice. */
static void expect_all(struct front *front, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		assert_int_equal(front_wait(front, 0), SIZE + 1);
	for (i = 0; i < count; i++)
		expect_signature(front, i);
	assert_false(front_used(front, 0));
}

/* Services in config space. */
static uint32_t services(struct front *front)
{
	struct {
		struct message_config head;
		uint8_t bytes[56];
	} config = { .head = { 0, 56, 0 } };

	front_send(front, GET_CONFIG, MESSAGE_VERSION, &config, sizeof(config), NULL, 0);
	front_reply(front, GET_CONFIG, &config, sizeof(config));
	return config.bytes[8];
}

static void test_it_is_offered_if_asked_for(void **state)
{
	struct front front;

	(void)state;
	begin(&front);
	assert_int_equal(services(&front), 0x1f);
	front_close(&front);
	daemon_stop();
	(void)guest_start(state);
	begin(&front);
	assert_int_equal(services(&front), 0x0f);
	front_close(&front);
}

static void test_a_cipher_overtakes_signatures(void **state)
{
	struct front front;
	uint64_t key, session;

	(void)state;
	begin(&front);
	session = guest_session(&front);
	key = make_key(&front);
	post_signatures(&front, key, JOBS);
	guest_post(&front, session, TABLE);
	front_kick(&front, 0);
	assert_int_equal(front_wait(&front, 0), TEXT + 1);
	assert_int_equal(*(uint8_t *)front_at(&front, STATUS), VCRYPTO_VIRTIO_OK);
	guest_expect_result(&front);
	/* Of those that were there before it, the last cannot be done yet. */
	assert_int_equal(status_of(&front, JOBS - 1), NOT_YET);
	expect_all(&front, JOBS);
	front_close(&front);
}

/* They take long to read; each turn ends with a notification. */
static void test_keys_are_made_a_few_at_a_time(void **state)
{
	struct front front;
	uint64_t calls;
	uint32_t i;

	(void)state;
	skip_if_emulated("the byte order of what another process adds to an eventfd");
	begin(&front);
	/* One comes with the file itself. */
	(void)front_ask(&front, GET_FEATURES);
	(void)!read(front.rings[1].call, &calls, sizeof(calls));
	for (i = 0; i < JOBS; i++)
		post_key(&front, i);
	front_kick(&front, 1);
	for (i = 0; i < JOBS; front.rings[1].used++, i++)
		while (!front_used(&front, 1))
			sleep_ms(1);
	/* The turn is over when the next message is answered. */
	(void)front_ask(&front, GET_FEATURES);
	assert_int_equal(read(front.rings[1].call, &calls, sizeof(calls)), sizeof(calls));
	/* More if the first turn came while they were posted. */
	assert_in_range(calls, JOBS / 4, JOBS);
	for (i = 0; i < JOBS; i++)
		assert_int_equal(((uint8_t *)front_at(&front, RESULT))[16 * i + 8],
				 VCRYPTO_VIRTIO_OK);
	front_close(&front);
}

static void test_guests_have_turns(void **state)
{
	struct front front, other;
	uint64_t key;

	(void)state;
	begin(&front);
	begin(&other);
	key = make_key(&other);
	post_signatures(&front, make_key(&front), JOBS);
	front_kick(&front, 0);
	post_signature(&other, key, 0);
	front_kick(&other, 0);
	assert_int_equal(front_wait(&other, 0), SIZE + 1);
	assert_int_equal(status_of(&front, JOBS - 1), NOT_YET);
	expect_signature(&other, 0);
	expect_all(&front, JOBS);
	front_close(&other);
	front_close(&front);
}

/* A guest whose signatures are under way. */
static void sign_many(struct front *front, uint32_t count)
{
	begin(front);
	post_signatures(front, make_key(front), count);
	front_kick(front, 0);
	sleep_ms(2);
}

/* A ring that is stopped has been answered. */
static void test_a_stop_waits_for_them(void **state)
{
	struct front front;
	uint64_t session;

	(void)state;
	begin(&front);
	session = guest_session(&front);
	post_signatures(&front, make_key(&front), JOBS / 2);
	front_kick(&front, 0);
	/* It takes them before it reads the next message, or leaves them in the ring. */
	guest_encrypts(&front, session);
	front.rings[0].used = 0;
	assert_int_equal(front_base(&front, 0), JOBS / 2 + 2);
	front.rings[0].used = JOBS / 2 + 2;
	assert_false(front_used(&front, 0));
	expect_signature(&front, 0);
	expect_signature(&front, JOBS / 2 - 1);
	front_close(&front);
}

static void test_memory_waits_for_them(void **state)
{
	struct front front;

	(void)state;
	sign_many(&front, JOBS / 2);
	front_table(&front);
	(void)front_ask(&front, GET_FEATURES);
	expect_all(&front, JOBS / 2);
	front_close(&front);
}

/* Nobody writes to the guest any more. */
static void test_a_reset_cancels_them(void **state)
{
	struct front front;

	(void)state;
	sign_many(&front, JOBS);
	front_send(&front, RESET_DEVICE, MESSAGE_VERSION, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	assert_int_equal(status_of(&front, JOBS - 1), NOT_YET);
	sleep_ms(1000);
	assert_int_equal(status_of(&front, JOBS - 1), NOT_YET);
	front_close(&front);
}

/* What is refused changes nothing. */
static void test_a_reset_that_is_refused_leaves_them(void **state)
{
	struct front front;
	uint64_t answer;

	(void)state;
	begin(&front);
	front_u64(&front, SET_PROTOCOL_FEATURES, P_MQ | P_REPLY_ACK | P_CONFIG);
	post_signatures(&front, make_key(&front), JOBS / 2);
	front_kick(&front, 0);
	sleep_ms(2);
	front_send(&front, RESET_DEVICE, MESSAGE_NEED_REPLY, NULL, 0, NULL, 0);
	front_reply(&front, RESET_DEVICE, &answer, sizeof(answer));
	assert_int_equal(answer, 1);
	expect_all(&front, JOBS / 2);
	front_close(&front);
}

/* A chain without room for a status ends the ring, and what it still had to come. */
static void test_a_broken_ring_cancels_them(void **state)
{
	struct front front;

	(void)state;
	begin(&front);
	post_signatures(&front, make_key(&front), JOBS);
	front_post(&front, 0, &(const struct piece){ HEAD, 72, false }, 1, 0);
	front_kick(&front, 0);
	daemon_wait_for("queue 0 is broken");
	sleep_ms(1000);
	assert_int_equal(status_of(&front, JOBS - 1), NOT_YET);
	(void)guest_session(&front);
	front_close(&front);
}

static void test_a_guest_that_goes_leaves_nothing(void **state)
{
	struct front front, other;
	uint64_t session;

	(void)state;
	begin(&other);
	session = guest_session(&other);
	sign_many(&front, JOBS);
	front_close(&front);
	guest_encrypts(&other, session);
	front_close(&other);
}

/* Also while a message of its waits for them. */
static void test_a_guest_that_goes_while_it_stops_cancels_them(void **state)
{
	struct front front;
	const uint32_t index[2] = { 0, 0 };

	(void)state;
	sign_many(&front, JOBS);
	front_send(&front, GET_VRING_BASE, MESSAGE_VERSION, index, sizeof(index), NULL, 0);
	sleep_ms(2);
	assert_int_equal(shutdown(front.socket, SHUT_RDWR), 0);
	sleep_ms(1000);
	assert_int_equal(status_of(&front, JOBS - 1), NOT_YET);
	front_close(&front);
}

/* By SIGTERM, which daemon_stop() sends. */
static void test_an_end_with_jobs_is_an_end(void **state)
{
	struct front front;

	(void)state;
	sign_many(&front, JOBS);
	daemon_stop();
	daemon_start((const char *const[]){ "--akcipher", "--sandbox=none", NULL });
	front_close(&front);
}

/* The first prime of the key, in both orders of bytes. */
#define PRIME (SIZE / 2)

static void get_prime(uint8_t big[PRIME], uint8_t little[PRIME])
{
	BIGNUM *number = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, &number), 1);
	assert_int_equal(BN_bn2binpad(number, big, PRIME), PRIME);
	assert_int_equal(BN_bn2lebinpad(number, little, PRIME), PRIME);
	BN_clear_free(number);
}

/* How many pieces of a secret there are in @len bytes at @at. */
static size_t count_pieces(const uint8_t *at, size_t len, const uint8_t secret[PRIME])
{
	size_t found = 0, i;

	for (i = 0; i + 24 <= PRIME; i += 24)
		found += memmem(at, len, secret + i, 24) != NULL;
	return found;
}

/* In all memory that is the daemon's alone. */
static size_t count_in_daemon(void)
{
	static uint8_t memory[1 << 20];
	uint8_t big[PRIME], little[PRIME];
	/* A process of 32 bits has a stack that ends less than a step below 4 GiB. */
	unsigned long long from, to;
	size_t found = 0;
	char path[64], line[512];
	FILE *maps;
	ssize_t got;
	int file;

	get_prime(big, little);
	snprintf(path, sizeof(path), "/proc/%d/mem", daemon_inside());
	file = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0);
	snprintf(path, sizeof(path), "/proc/%d/maps", daemon_inside());
	maps = fopen(path, "re");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%llx-%llx rw-p", &from, &to) != 2 || !strstr(line, " rw-p "))
			continue;
		/* Pieces that lie across a border do not matter: there are some more. */
		for (; from < to; from += sizeof(memory)) {
			got = pread(file, memory, to - from < sizeof(memory) ?
				    (size_t)(to - from) : sizeof(memory), (off_t)from);
			if (got > 0)
				found += count_pieces(memory, (size_t)got, big) +
					 count_pieces(memory, (size_t)got, little);
		}
	}
	fclose(maps);
	close(file);
	return found;
}

static void test_nothing_of_a_key_stays(void **state)
{
	struct front front;
	uint32_t signatures;
	unsigned int i;

	(void)state;
	if (SANITIZED) {
		print_message("SKIP: a sanitizer's own memory is too much to look through\n");
		skip();
	}
	skip_if_emulated("what lies in a process's memory");
	daemon_stop();
	daemon_start((const char *const[]){ "--akcipher", "--sandbox=none", NULL });
	for (signatures = 0; signatures < 2; signatures++) {
		begin(&front);
		post_signatures(&front, make_key(&front), signatures);
		front_kick(&front, 0);
		expect_all(&front, signatures);
		assert_true(count_in_daemon() > 0);
		front_close(&front);
		for (i = 0; i < PATIENCE_MS / 100 && count_in_daemon(); i++)
			sleep_ms(100);
		assert_int_equal(count_in_daemon(), 0);
	}
}

/* More than a guest may have under way, and one turn more; all in one place. */
#define MANY 400u
#define UNDER_WAY (256u + VCRYPTO_BATCH)

static void post_many(struct front *front, uint64_t key, uint32_t count)
{
	while (count--)
		post_signature(front, key, 0);
}

/* What would be one too many waits in the ring, and what is behind it waits, too. */
static void test_a_guest_has_so_many_and_no_more(void **state)
{
	uint64_t key, session;
	struct front front;
	uint32_t before = 0;

	(void)state;
	begin_large(&front);
	session = guest_session(&front);
	key = make_key(&front);
	post_many(&front, key, MANY);
	guest_post(&front, session, TABLE);
	front_kick(&front, 0);
	while (front_wait(&front, 0) != TEXT + 1)
		before++;
	assert_in_range(before, MANY - UNDER_WAY, MANY);
	front_close(&front);
}

static double seconds(clockid_t clock)
{
	struct timespec time;

	assert_int_equal(clock_gettime(clock, &time), 0);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Processor time of processes that have ended and were waited for. */
static double seconds_of_the_dead(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_CHILDREN, &usage), 0);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
	       (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

#define WAITING 240u

/* However many wait, an end waits for the one that runs.  In processor time: others may have it. */
static void test_an_end_waits_for_one(void **state)
{
	double dead, eight, then;
	uint64_t key, session;
	struct front front;
	clockid_t clock;

	if (SANITIZED) {
		print_message("SKIP: a sanitizer's own work at the end would count\n");
		skip();
	}
	daemon_stop();
	dead = seconds_of_the_dead();
	daemon_start((const char *const[]){ "--akcipher", "--sandbox=none", NULL });
	begin_large(&front);
	assert_int_equal(clock_getcpuclockid(daemon_inside(), &clock), 0);
	session = guest_session(&front);
	key = make_key(&front);
	eight = seconds(clock);
	post_signatures(&front, key, 8);
	front_kick(&front, 0);
	expect_all(&front, 8);
	eight = seconds(clock) - eight;
	post_many(&front, key, WAITING);
	guest_post(&front, session, TABLE);
	front_kick(&front, 0);
	while (front_wait(&front, 0) != TEXT + 1)
		;
	/* It was behind them, so all have been taken. */
	then = seconds(clock);
	daemon_stop();
	assert_true(seconds_of_the_dead() - dead - then < 2 * eight);
	front_close(&front);
	(void)start(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_is_offered_if_asked_for),
		TEST(test_a_cipher_overtakes_signatures),
		TEST(test_keys_are_made_a_few_at_a_time),
		TEST(test_guests_have_turns),
		TEST(test_a_stop_waits_for_them),
		TEST(test_memory_waits_for_them),
		TEST(test_a_reset_cancels_them),
		TEST(test_a_reset_that_is_refused_leaves_them),
		TEST(test_a_broken_ring_cancels_them),
		TEST(test_a_guest_that_goes_leaves_nothing),
		TEST(test_a_guest_that_goes_while_it_stops_cancels_them),
		TEST(test_nothing_of_a_key_stays),
		TEST(test_an_end_with_jobs_is_an_end),
		TEST(test_an_end_waits_for_one),
		TEST(test_a_guest_has_so_many_and_no_more),
	};
	int failed;

	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)SIZE * 8);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(pkey);
	return failed;
}
