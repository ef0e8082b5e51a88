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
static const char *way;
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
		lose(way);
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
	lose(way);
	lose(way);
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
	lose(way);
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	lose(way);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 64, out, iv));
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, out, 64, back, iv));
	CHECK_MEM(back, data, 64);
	lose(way);
	CHECK_OK(dev_free(fd, ses));
	CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, data, 64, out, iv), EINVAL);
	lose(way);
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
		lose(way);
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
	lose(way);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 16, out, NULL));
	CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, data, 17, out, iv), EINVAL);
	lose(way);
	CHECK_OK(async_encrypt(fd, ses, data + 16, 16, out + 16, NULL));
	CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	lose(way);
	/* No data, but an IV: here the one that would be next anyway. */
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 0, out, right + 16));
	lose(way);
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
			lose(way);
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
	lose(way);
	for (int i = 0; i < 3; i++)
		CHECK_ERRNO(dev_crypt(fd, session.ses, COP_ENCRYPT, data, sizeof(out), out, NULL),
			    ESTALE);
	CHECK_OK(dev_crypt(fd, unused, COP_ENCRYPT, data, sizeof(out), out, NULL));
	CHECK_MEM(out, right, sizeof(out));
	close(fd);
}

/* --- hashes --- */

static uint32_t hash_in_the_middle(uint32_t mac)
{
	uint32_t ses = dev_hash(fd, mac, key, mac == CRYPTO_SHA2_256 ? 0 : 32);

	CHECK_OK(dev_digest(fd, ses, COP_FLAG_UPDATE, data, 1000, NULL));
	return ses;
}

/* What the session makes of a new message is right. */
static void check_anew(uint32_t ses, uint32_t mac, uint16_t first_flags)
{
	uint32_t same = dev_hash(fd, mac, key, mac == CRYPTO_SHA2_256 ? 0 : 32);
	uint8_t digest[32] = { 0 }, right[32] = { 0 };

	CHECK_OK(dev_digest(fd, same, 0, data, 5000, right));
	CHECK_OK(dev_digest(fd, ses, COP_FLAG_UPDATE | first_flags, data, 600, NULL));
	CHECK_OK(dev_digest(fd, ses, COP_FLAG_UPDATE, data + 600, 4400, NULL));
	CHECK_OK(dev_digest(fd, ses, COP_FLAG_FINAL, NULL, 0, digest));
	CHECK_MEM(digest, right, sizeof(digest));
	memset(digest, 0, sizeof(digest));
	CHECK_OK(dev_digest(fd, ses, 0, data, 5000, digest));
	CHECK_MEM(digest, right, sizeof(digest));
	CHECK_OK(dev_free(fd, same));
}

static void check_stale(uint32_t ses, uint16_t flags, size_t len)
{
	uint8_t digest[64], untouched[64];

	memset(digest, 0xee, sizeof(digest));
	memset(untouched, 0xee, sizeof(untouched));
	CHECK_ERRNO(dev_digest(fd, ses, flags, len ? data : NULL, len, digest), ESTALE);
	CHECK_MEM(digest, untouched, sizeof(digest));
}

/* It is not waited for: that it is stale is said by the next call, if the loss was not seen yet. */
static void try_short_piece(uint32_t ses)
{
	if (dev_digest(fd, ses, COP_FLAG_UPDATE, data, 100, NULL) == 0)
		CHECK(!lose_sleeps(way));
	else
		CHECK_EQ(errno, ESTALE);
}

static void check_hash(uint32_t mac)
{
	uint32_t one = hash_in_the_middle(mac), two = hash_in_the_middle(mac);
	uint32_t three = hash_in_the_middle(mac), done = hash_in_the_middle(mac);
	uint8_t digest[64];

	CHECK_OK(dev_digest(fd, done, COP_FLAG_FINAL, NULL, 0, digest));
	lose(way);
	/* Until its end, by whatever call, and no longer. */
	try_short_piece(one);
	check_stale(one, COP_FLAG_UPDATE, 5000);
	check_stale(one, COP_FLAG_FINAL, 0);
	check_anew(one, mac, 0);
	check_stale(two, COP_FLAG_FINAL, 100);
	check_anew(two, mac, 0);
	/* Or until somebody begins anew. */
	try_short_piece(three);
	check_anew(three, mac, COP_FLAG_RESET);
	/* A message that had ended is none that is lost. */
	check_anew(done, mac, 0);
}

/* 6.ESTALE */
static void hashes_in_the_middle(void)
{
	fd = dev_open();
	check_hash(CRYPTO_SHA2_256);
	check_hash(CRYPTO_SHA1_HMAC);
	close(fd);
}

/* 6.ESTALE: Not even the cipher's part is done. */
static void hash_beside_a_cipher(void)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC, .keylen = 16, .key = dev_unconst(key), .mac = CRYPTO_SHA1
	};
	uint8_t mac[20], right_mac[20], right[64], out[64], untouched[64];
	struct crypt_op op = { .len = 64, .src = data, .dst = right, .mac = right_mac, .iv = iv };

	memset(untouched, 0xee, sizeof(untouched));
	fd = dev_open();
	op.ses = dev_session(fd, &session);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	op.flags = COP_FLAG_UPDATE;
	op.len = 32;
	op.dst = out;
	op.mac = mac;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	lose(way);
	memset(out, 0xee, sizeof(out));
	CHECK_ERRNO(ioctl(fd, CIOCCRYPT, &op), ESTALE);
	op.flags = COP_FLAG_FINAL;
	CHECK_ERRNO(ioctl(fd, CIOCCRYPT, &op), ESTALE);
	CHECK_MEM(out, untouched, sizeof(out));
	op.flags = 0;
	op.len = 64;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	CHECK_MEM(out, right, sizeof(out));
	CHECK_MEM(mac, right_mac, sizeof(mac));
	close(fd);
}

static int copy(uint32_t to, uint32_t from)
{
	struct cphash_op op = { .dst_ses = to, .src_ses = from };

	return ioctl(fd, CIOCCPHASH, &op);
}

/* 6.ESTALE */
static void copies(void)
{
	uint8_t digest[32], right[32];
	uint32_t from, to, copied;

	fd = dev_open();
	from = hash_in_the_middle(CRYPTO_SHA2_256);
	to = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	copied = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	CHECK_OK(copy(copied, from));
	CHECK_OK(dev_digest(fd, to, 0, data, 1000, right));
	lose(way);
	try_short_piece(copied);
	/* A device that forgets without a word tells nobody before something is used. */
	if (copy(to, from) == 0)
		check_stale(to, COP_FLAG_FINAL, 0);
	else
		CHECK_EQ(errno, ESTALE);
	/* Where nothing was lost a message can still begin. */
	check_anew(to, CRYPTO_SHA2_256, 0);
	CHECK_OK(dev_digest(fd, from, COP_FLAG_UPDATE | COP_FLAG_RESET, data, 1000, NULL));
	CHECK_OK(copy(copied, from));
	CHECK_OK(copy(to, from));
	CHECK_OK(dev_digest(fd, copied, COP_FLAG_FINAL, NULL, 0, digest));
	CHECK_MEM(digest, right, sizeof(digest));
	CHECK_OK(dev_digest(fd, to, COP_FLAG_FINAL, NULL, 0, digest));
	CHECK_MEM(digest, right, sizeof(digest));
	close(fd);
}

/* --- copies of what was lost, to sessions that work --- */

#define MESSAGE 2000

/* What is done with such a session next, on each queue: there are 8 at most. */
#define QUEUES 8
static const struct next {
	uint16_t flags;
	bool cipher, async;
} nexts[] = {
	{ .flags = COP_FLAG_FINAL },
	{ .flags = COP_FLAG_UPDATE },
	{ .flags = COP_FLAG_FINAL, .cipher = true },
	{ .flags = COP_FLAG_FINAL, .async = true },
	{ .flags = 0 },
	{ .flags = COP_FLAG_RESET | COP_FLAG_FINAL },
	{ .flags = 0, .cipher = true },
	{ .flags = 0, .async = true },
};

static uint32_t session_for(const struct next *next)
{
	struct session_op op = dev_session_op(next->cipher ? CRYPTO_AES_CBC : 0, key,
					      next->cipher ? 16 : 0, CRYPTO_SHA2_256, NULL, 0);

	return dev_session(fd, &op);
}

static int do_next(const struct next *next, uint32_t ses, uint8_t *digest)
{
	static uint8_t out[MESSAGE];
	struct crypt_op op = {
		.ses = ses, .flags = next->flags, .len = MESSAGE, .src = data, .mac = digest
	};

	if (next->cipher)
		op.dst = out;
	if (!next->async)
		return ioctl(fd, CIOCCRYPT, &op);
	CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &op));
	return async_fetch(fd, &op);
}

/* One on each queue; they have the device open the contexts again that it has lost. */
static void use_all(const uint32_t sessions[QUEUES], uint8_t *digest)
{
	for (int i = 0; i < QUEUES; i++)
		CHECK_OK(dev_digest(fd, sessions[i], 0, data, MESSAGE, digest));
}

struct lost_copies {
	uint32_t from, others[QUEUES], to[ARRAY_SIZE(nexts)][QUEUES], pieces[QUEUES];
	uint8_t right[32]; /* that of the message */
};

static void make_all(struct lost_copies *all, bool used)
{
	uint8_t digest[32];

	all->from = hash_in_the_middle(CRYPTO_SHA2_256);
	/* Each of these on another queue. */
	for (int i = 0; i < QUEUES; i++)
		all->others[i] = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	for (int i = 0; i < QUEUES; i++)
		all->pieces[i] = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(nexts); i++)
		for (int j = 0; j < QUEUES; j++) {
			all->to[i][j] = session_for(&nexts[i]);
			if (used)
				CHECK_OK(do_next(&(struct next){ .cipher = nexts[i].cipher },
						 all->to[i][j], digest));
		}
	use_all(all->others, all->right);
}

/* Whether it is known already that there is nothing to copy. */
static bool is_known(const struct lost_copies *all, uint32_t to)
{
	if (copy(to, all->from) == 0)
		return false;
	CHECK_EQ(errno, ESTALE);
	CHECK(strcmp(way, "forget"));
	return true;
}

static void copy_and_go_on(const struct lost_copies *all, const struct next *next, uint32_t to,
			   bool answered)
{
	static const uint8_t untouched[32];
	uint8_t digest[32] = { 0 }, other[32];
	bool stale = !is_known(all, to) && next->flags && !(next->flags & COP_FLAG_RESET);

	if (answered)
		use_all(all->others, other);
	if (!CHECK_EQ(do_next(next, to, digest) ? errno : 0, stale ? ESTALE : 0))
		check_note("flags %u%s%s", next->flags, next->cipher ? ", with a cipher" : "",
			   next->async ? ", not waited for" : "");
	CHECK_MEM(digest, stale || next->flags & COP_FLAG_UPDATE ? untouched : all->right, 32);
	CHECK_OK(do_next(&(struct next){ .cipher = next->cipher }, to, digest));
	CHECK_MEM(digest, all->right, sizeof(digest));
}

/* Short ones, which are not waited for. */
static void copy_and_begin_anew(const struct lost_copies *all, uint32_t to, bool answered)
{
	uint8_t digest[32], other[32];

	is_known(all, to);
	if (answered)
		use_all(all->others, other);
	CHECK_OK(dev_digest(fd, to, COP_FLAG_RESET | COP_FLAG_UPDATE, data, 500, NULL));
	use_all(all->others, other);
	CHECK_OK(dev_digest(fd, to, COP_FLAG_UPDATE, data + 500, 500, NULL));
	CHECK_OK(dev_digest(fd, to, COP_FLAG_FINAL, data + 1000, MESSAGE - 1000, digest));
	CHECK_MEM(digest, all->right, sizeof(digest));
}

/* Right after the copy, or when the device has answered it; to what is new, or was lost as well. */
static void copies_go_on(bool answered, bool used)
{
	struct lost_copies all;

	fd = dev_open();
	make_all(&all, used);
	lose(way);
	use_all(all.others, all.right);
	for (size_t i = 0; i < ARRAY_SIZE(nexts); i++)
		for (int j = 0; j < QUEUES; j++)
			copy_and_go_on(&all, &nexts[i], all.to[i][j], answered);
	for (int i = 0; i < QUEUES; i++)
		copy_and_begin_anew(&all, all.pieces[i], answered);
	close(fd);
}

/* 6.ESTALE, 6.OUTLIVE: Only what goes on with such a copy is ESTALE. */
static void copies_to_sessions_that_work(void)
{
	for (int i = 0; i < 4; i++)
		copies_go_on(i & 1, i & 2);
}

/* 6.OUTLIVE: Nor is the place in its key stream. */
static void copies_beside_a_key_stream(void)
{
	struct session_op session = dev_session_op(CRYPTO_ARC4, key, 16, CRYPTO_SHA2_256, NULL, 0);
	uint8_t right[64], out[64], digest[32];
	struct crypt_op op = { .len = 32, .src = data, .dst = out, .mac = digest };
	struct lost_copies all;

	fd = dev_open();
	if (dev_try_session(fd, CRYPTO_ARC4, key, 16, 0, NULL, 0)) {
		check_note("SKIP: the device has no ARC4");
		close(fd);
		return;
	}
	close(fd);
	/* With the first of its sessions on the queue where those with a key stream are. */
	fd = dev_open();
	make_all(&all, false);
	lose(way);
	use_all(all.others, all.right);
	CHECK_OK(dev_crypt(fd, dev_cipher(fd, CRYPTO_ARC4, key, 16), COP_ENCRYPT, data, 64, right,
			   NULL));
	op.ses = dev_session(fd, &session);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	is_known(&all, op.ses);
	use_all(all.others, all.right);
	op.src = data + 32;
	op.dst = out + 32;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	CHECK_MEM(out, right, sizeof(out));
	close(fd);
}

/* More than may be posted: see posts_have_an_end() in posts.c. */
#define COPIES 140

struct many_copies {
	uint32_t from, to[COPIES];
};

static void *copy_to_all(void *argument)
{
	const struct many_copies *many = argument;

	for (int i = 0; i < COPIES; i++)
		CHECK_OK(copy(many->to[i], many->from));
	return NULL;
}

/* Where the device has 2, 4 or 8 queues each session is on the one of the first. */
static void make_on_one_queue(uint32_t *sessions, int number)
{
	for (int i = 0; i < number; i++) {
		sessions[i] = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
		for (int j = 1; j < QUEUES; j++)
			dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	}
}

/* 6.ESTALE, 6.OUTLIVE: A copy to a lost session harms only that, also if it is waited for. */
static void copies_that_are_waited_for(void)
{
	struct many_copies many;
	uint8_t right[32], digest[32];
	pthread_t thread;

	fd = dev_open();
	make_on_one_queue(&many.from, 1);
	make_on_one_queue(many.to, COPIES);
	for (int i = 0; i < COPIES; i++)
		CHECK_OK(dev_digest(fd, many.to[i], 0, data, 1000, right));
	lose(way);
	CHECK_OK(dev_digest(fd, many.from, COP_FLAG_UPDATE, data, 1000, NULL));
	hang_begin();
	REQUIRE(!pthread_create(&thread, NULL, copy_to_all, &many));
	usleep(500000);
	hang_end();
	REQUIRE(!pthread_join(thread, NULL));
	for (int i = 0; i < COPIES; i++) {
		if (!strcmp(way, "forget"))
			check_stale(many.to[i], COP_FLAG_FINAL, 0);
		else
			CHECK_OK(dev_digest(fd, many.to[i], COP_FLAG_FINAL, NULL, 0, digest));
		CHECK_OK(dev_digest(fd, many.to[i], 0, data, 1000, digest));
		CHECK_MEM(digest, right, sizeof(digest));
	}
	CHECK_OK(dev_digest(fd, many.from, COP_FLAG_FINAL, NULL, 0, digest));
	CHECK_MEM(digest, right, sizeof(digest));
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
	lose(way);
	if (!strcmp(way, "forget"))
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

	if (lose_sleeps(way)) {
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
	{ "a hash in the middle is ESTALE until its message ends", hashes_in_the_middle },
	{ "with a cipher beside the hash nothing is done", hash_beside_a_cipher },
	{ "a copy of a hash in the middle is ESTALE, one made later is right", copies },
	{ "a lost hash is copied to sessions that work", copies_to_sessions_that_work },
	{ "so it is beside a key stream", copies_beside_a_key_stream },
	{ "a hash is copied to sessions that are lost, and more than may be posted",
	  copies_that_are_waited_for },
	{ "operations that the device had are done again, in order", operations_are_repeated },
	{ "one in place is ESTALE or right", operations_in_place },
	{ "a used key stream is ESTALE, an unused one is not", key_streams },
	{ "a call that waits is done again", waiting_call_is_repeated },
};

/* The program's cases once for each way. */
int main(int argc, char **argv)
{
	dev_fill(data, sizeof(data), 1);
	dev_fill(iv, sizeof(iv), 2);
	for (int i = 1; i < argc; i++) {
		way = argv[i];
		if (!lose_can(way))
			continue;
		for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
			check_begin("%s: %s", way, cases[c].name);
			cases[c].run();
			check_end();
		}
	}
	return check_plan();
}
