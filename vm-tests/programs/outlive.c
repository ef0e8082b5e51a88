// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open files and their sessions go on when the device has lost them.  Only what is
 * in the middle of a message cannot be made again, and says ESTALE until that
 * message ends.  Nothing ever gives a wrong result.
 *
 * usage: outlive WAY...	the ways of lose.h
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "anywhere.h"
#include "async.h"
#include "auth.h"
#include "check.h"
#include "dev.h"
#include "lose.h"

#define PAGE 4096
#define LENGTH (3 * PAGE)
#define MANY 200
#define FILES 8
#define OPERATIONS 12

static const uint8_t key[64] = { 1, 2, 3, 4 };
static uint8_t data[LENGTH], iv[16];
static int fd;

/* --- everything once more --- */

static void run_all(struct result *results, uint8_t (*made)[LENGTH + 2 * BEHIND])
{
	static uint8_t room[BEFORE + LENGTH + 2 * BEHIND], other[LENGTH + 2 * BEHIND];

	/* Not in place, if it can be helped: that is another case. */
	for (size_t i = 0; i < WORKS; i++) {
		const struct work *work = &works[i];
		size_t len = LENGTH / work->unit * work->unit, input_len;
		uint8_t *input = anywhere_input(work, len, &input_len);

		memset(room, 0, sizeof(room));
		memcpy(room, input - BEFORE, BEFORE + input_len + 16);
		memset(other, 0, sizeof(other));
		if (work->place != IN_PLACE)
			results[i] = anywhere_run(work, 0, room + BEFORE, other, input_len);
		else
			results[i] = anywhere_run(work, 0, room + BEFORE, room + BEFORE, input_len);
		memcpy(made[i], work->place != IN_PLACE ? other : room + BEFORE, LENGTH + BEHIND);
	}
}

/* 6.OUTLIVE */
static void sessions_go_on(void)
{
	static uint8_t before[WORKS][LENGTH + 2 * BEHIND], after[WORKS][LENGTH + 2 * BEHIND];
	struct result results[WORKS], again[WORKS];

	anywhere_open();
	run_all(results, before);
	for (int round = 0; round < 2; round++) {
		lose(lose_way);
		run_all(again, after);
		for (size_t i = 0; i < WORKS; i++)
			if (!CHECK_EQ(again[i].error, 0) ||
			    !CHECK_MEM(after[i], before[i], LENGTH + BEHIND) ||
			    !CHECK_MEM(&again[i], &results[i], sizeof(again[i])))
				check_note("%s", works[i].name);
	}
	anywhere_close();
}

static uint32_t many_ciphers(int file, int number)
{
	uint8_t own[16];

	dev_fill(own, sizeof(own), (uint32_t)number);
	return dev_cipher(file, CRYPTO_AES_CBC, own, sizeof(own));
}

/* 6.OUTLIVE: More than one file, with more than one session. */
static void many_sessions(void)
{
	uint8_t before[MANY][32], after[32];
	uint32_t sessions[MANY];
	int files[FILES];

	for (int i = 0; i < FILES; i++)
		files[i] = i % 2 ? dev_open() : dev_crioget();
	for (int i = 0; i < MANY; i++) {
		sessions[i] = many_ciphers(files[i % FILES], i);
		CHECK_OK(dev_crypt(files[i % FILES], sessions[i], COP_ENCRYPT, data, 32, before[i],
				   iv));
	}
	lose(lose_way);
	lose(lose_way);
	/* Half of them are freed before they are used again. */
	for (int i = 1; i < MANY; i += 2)
		CHECK_OK(dev_free(files[i % FILES], sessions[i]));
	for (int i = MANY - 2; i >= 0; i -= 2) {
		CHECK_OK(
			dev_crypt(files[i % FILES], sessions[i], COP_ENCRYPT, data, 32, after, iv));
		CHECK_MEM(after, before[i], sizeof(after));
		sessions[i + 1] = many_ciphers(files[i % FILES], i + 1);
		CHECK_OK(dev_crypt(files[i % FILES], sessions[i + 1], COP_ENCRYPT, data, 32, after,
				   iv));
		CHECK_MEM(after, before[i + 1], sizeof(after));
	}
	CHECK_EQ(dev_counter_becomes("sessions", MANY), MANY);
	for (int i = 0; i < FILES; i++)
		CHECK_OK(close(files[i]));
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

/* 6.OUTLIVE */
static void opened_before_used_after(void)
{
	uint8_t out[64], back[64];
	uint32_t ses;

	fd = dev_open();
	lose(lose_way);
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	lose(lose_way);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 64, out, iv));
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, out, 64, back, iv));
	CHECK_MEM(back, data, 64);
	lose(lose_way);
	CHECK_OK(dev_free(fd, ses));
	CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, data, 64, out, iv), EINVAL);
	lose(lose_way);
	CHECK_OK(close(fd));
}

/* --- IVs --- */

/* In calls of all sizes that go on from each other, with a loss between any two. */
static void check_iv(uint32_t cipher, uint16_t op)
{
	static const size_t parts[] = { 16, 528, PAGE };
	static uint8_t right[LENGTH], out[LENGTH];
	uint32_t ses = dev_cipher(fd, cipher, key, 16);
	size_t at = 0;

	CHECK_OK(dev_crypt(fd, ses, op, data, LENGTH, right, iv));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		CHECK_OK(dev_crypt(fd, ses, op, data + at, parts[i], out + at, at ? NULL : iv));
		at += parts[i];
		lose(lose_way);
	}
	CHECK_OK(async_encrypt(fd, ses, data, 16, out + at, iv));
	CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	CHECK_MEM(out, right, at);
	CHECK_OK(dev_free(fd, ses));
}

/* 6.OUTLIVE, 4.CRYPT.3c */
static void ivs_go_on(void)
{
	fd = dev_open();
	check_iv(CRYPTO_AES_CBC, COP_ENCRYPT);
	check_iv(CRYPTO_AES_CBC, COP_DECRYPT);
	check_iv(CRYPTO_AES_CTR, COP_ENCRYPT);
	check_iv(CRYPTO_AES_OFB, COP_DECRYPT);
	close(fd);
}

/* 6.OUTLIVE: The IV of a new session, that of a call that was refused, and that of one not waited
 * for. */
static void ivs_of_all_kinds(void)
{
	uint8_t right[64], out[64], zeros[16] = { 0 };
	uint32_t ses, same;

	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	same = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	CHECK_OK(dev_crypt(fd, same, COP_ENCRYPT, data, 64, right, zeros));
	lose(lose_way);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 16, out, NULL));
	CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, data, 17, out, iv), EINVAL);
	lose(lose_way);
	CHECK_OK(async_encrypt(fd, ses, data + 16, 16, out + 16, NULL));
	CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	lose(lose_way);
	/* No data, but an IV: here the one that would be next anyway. */
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 0, out, right + 16));
	lose(lose_way);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data + 32, 32, out + 32, NULL));
	CHECK_MEM(out, right, 64);
	close(fd);
}

/* 6.OUTLIVE: Records go on from each other too. */
static void ivs_of_records(void)
{
	uint8_t right[2][128], out[128];
	struct crypt_auth_op op = {
		.flags = COP_FLAG_AEAD_TLS_TYPE, .len = 50, .auth_src = data, .auth_len = 13
	};
	uint32_t ses[2];

	fd = dev_open();
	for (int i = 0; i < 2; i++)
		ses[i] = auth_session(fd, CRYPTO_AES_CBC, key, 16, CRYPTO_SHA1_HMAC, key, 20);
	for (int i = 0; i < 4; i++) {
		uint8_t *record = i < 2 ? right[i] : out;

		memcpy(record, data, 50);
		op.ses = ses[i / 2];
		op.len = 50;
		op.src = record;
		op.dst = record;
		op.iv = i % 2 ? NULL : iv;
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(record, right[i % 2], op.len);
		if (i >= 2)
			lose(lose_way);
	}
	close(fd);
}

/* 6.ESTALE: A place in a key stream is lost for good; a stream that has not begun is not. */
static void key_streams(void)
{
	struct session_op session = { .cipher = CRYPTO_ARC4, .key = dev_unconst(key), .keylen = 16 };
	uint8_t right[64], out[64];
	uint32_t unused;

	fd = dev_open();
	if (ioctl(fd, CIOCGSESSION, &session)) {
		check_note("SKIP: the device has no ARC4");
		close(fd);
		return;
	}
	unused = dev_cipher(fd, CRYPTO_ARC4, key, 16);
	CHECK_OK(dev_crypt(fd, session.ses, COP_ENCRYPT, data, sizeof(right), right, NULL));
	lose(lose_way);
	for (int i = 0; i < 3; i++)
		CHECK_ERRNO(dev_crypt(fd, session.ses, COP_ENCRYPT, data, sizeof(out), out, NULL),
			    ESTALE);
	CHECK_OK(dev_crypt(fd, unused, COP_ENCRYPT, data, sizeof(out), out, NULL));
	CHECK_MEM(out, right, sizeof(out));
	close(fd);
}

/* --- what the device has when it loses everything --- */

static void begin(uint32_t ses, uint8_t *dst)
{
	for (int i = 0; i < OPERATIONS; i++)
		CHECK_OK(async_encrypt(fd, ses, data + i * 1024, 1024, dst + i * 1024,
				       i % 4 ? NULL : iv));
}

static void lose_with_operations(void)
{
	for (int tries = 0; tries < 200 && hang_in_flight() == 0; tries++)
		usleep(10000);
	CHECK(hang_in_flight() > 0);
	lose(lose_way);
	if (!strcmp(lose_way, "forget"))
		hang_end();
}

/* 6.OUTLIVE: Each can be done again from its source, in its order. */
static void operations_are_repeated(void)
{
	static uint8_t right[LENGTH], out[LENGTH];
	uint32_t ses;

	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	for (int i = 0; i < OPERATIONS; i++)
		CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data + i * 1024, 1024, right + i * 1024,
				   i % 4 ? NULL : iv));
	hang_begin();
	begin(ses, out);
	lose_with_operations();
	for (int i = 0; i < OPERATIONS; i++)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	CHECK_MEM(out, right, OPERATIONS * 1024);
	close(fd);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

/* 6.ESTALE: Of what was done in place nobody knows how far it got; the next call is fine. */
static void operations_in_place(void)
{
	static uint8_t right[LENGTH], out[LENGTH] __attribute__((aligned(PAGE)));
	struct crypt_op op;
	uint32_t ses;
	int result;

	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, LENGTH, right, iv));
	memcpy(out, data, LENGTH);
	hang_begin();
	CHECK_OK(async_encrypt(fd, ses, out, LENGTH, out, iv));
	lose_with_operations();
	REQUIRE(async_poll(fd, POLLIN, 60000) & POLLIN);
	result = async_try_fetch(fd, &op);
	if (result)
		CHECK_ERRNO(result, ESTALE);
	else
		CHECK_MEM(out, right, LENGTH);
	memcpy(out, data, LENGTH);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, out, LENGTH, out, iv));
	CHECK_MEM(out, right, LENGTH);
	close(fd);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

static uint8_t waited_for[LENGTH];
static uint32_t waiting_session;

static void *wait_for_it(void *unused)
{
	CHECK_OK(dev_crypt(fd, waiting_session, COP_ENCRYPT, data, LENGTH, waited_for, iv));
	return unused;
}

/* 6.OUTLIVE: While the machine sleeps nobody waits, so that is left out. */
static void waiting_call_is_repeated(void)
{
	static uint8_t right[LENGTH];
	pthread_t thread;

	if (lose_sleeps(lose_way)) {
		check_note("SKIP: no process waits while the machine sleeps");
		return;
	}
	fd = dev_open();
	waiting_session = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	CHECK_OK(dev_crypt(fd, waiting_session, COP_ENCRYPT, data, LENGTH, right, iv));
	hang_begin();
	REQUIRE(!pthread_create(&thread, NULL, wait_for_it, NULL));
	lose_with_operations();
	REQUIRE(!pthread_join(thread, NULL));
	CHECK_MEM(waited_for, right, LENGTH);
	close(fd);
}

static const struct check_case cases[] = {
	{ "calls of all kinds go on with the same results", sessions_go_on },
	{ "many sessions of many files go on, or are freed", many_sessions },
	{ "a file without a session, and one that was freed, are not disturbed",
	  opened_before_used_after },
	{ "calls without an IV go on from the right one", ivs_go_on },
	{ "so do those after a new session, a refusal and a call not waited for",
	  ivs_of_all_kinds },
	{ "so do TLS records", ivs_of_records },
	{ "operations that the device had are done again, in order", operations_are_repeated },
	{ "one in place is ESTALE or right", operations_in_place },
	{ "a used key stream is ESTALE, an unused one is not", key_streams },
	{ "a call that waits is done again", waiting_call_is_repeated },
};

int main(int argc, char **argv)
{
	dev_fill(data, sizeof(data), 1);
	dev_fill(iv, sizeof(iv), 2);
	return lose_main(argc - 1, argv + 1, cases, ARRAY_SIZE(cases));
}
