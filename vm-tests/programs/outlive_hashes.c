// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hashes, and copies of them, when the device has lost them: what is in the middle of a
 * message says ESTALE until that ends, and only that.  Nothing ever gives a wrong result.
 * The rest of a file is in outlive.c.
 *
 * usage: outlive_hashes WAY...	the ways of lose.h
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "lose.h"

static const uint8_t key[32] = { 1, 2, 3, 4 };
static uint8_t data[5000], iv[16];
static int fd;

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
		CHECK(!lose_sleeps(lose_way));
	else
		CHECK_EQ(errno, ESTALE);
}

static void check_hash(uint32_t mac)
{
	uint32_t one = hash_in_the_middle(mac), two = hash_in_the_middle(mac);
	uint32_t three = hash_in_the_middle(mac), done = hash_in_the_middle(mac);
	uint8_t digest[64];

	CHECK_OK(dev_digest(fd, done, COP_FLAG_FINAL, NULL, 0, digest));
	lose(lose_way);
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
	lose(lose_way);
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
	lose(lose_way);
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
	CHECK(strcmp(lose_way, "forget"));
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
	lose(lose_way);
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
	lose(lose_way);
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
	lose(lose_way);
	CHECK_OK(dev_digest(fd, many.from, COP_FLAG_UPDATE, data, 1000, NULL));
	hang_begin();
	REQUIRE(!pthread_create(&thread, NULL, copy_to_all, &many));
	usleep(500000);
	hang_end();
	REQUIRE(!pthread_join(thread, NULL));
	for (int i = 0; i < COPIES; i++) {
		if (!strcmp(lose_way, "forget"))
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

static const struct check_case cases[] = {
	{ "a hash in the middle is ESTALE until its message ends", hashes_in_the_middle },
	{ "with a cipher beside the hash nothing is done", hash_beside_a_cipher },
	{ "a copy of a hash in the middle is ESTALE, one made later is right", copies },
	{ "a lost hash is copied to sessions that work", copies_to_sessions_that_work },
	{ "so it is beside a key stream", copies_beside_a_key_stream },
	{ "a hash is copied to sessions that are lost, and more than may be posted",
	  copies_that_are_waited_for },
};

int main(int argc, char **argv)
{
	dev_fill(data, sizeof(data), 1);
	dev_fill(iv, sizeof(iv), 2);
	return lose_main(argc - 1, argv + 1, cases, ARRAY_SIZE(cases));
}
