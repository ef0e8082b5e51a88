// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the standard's crypto device refuses, one by one, each with its section of virtio 1.3:
 * sessions that are not made, ends, and data that is not taken.
 */
#include "virtio_rig.h"

/* One or two numbers that are wrong, and what comes of it. */
struct row {
	enum virtio_kind kind;
	uint32_t status;
	const char *section;
	uint32_t at, value;
	uint32_t at2, value2;	/* 0: none */
};

static void spoil(const struct row *row)
{
	hand_put32(row->at, row->value);
	if (row->at2)
		hand_put32(row->at2, row->value2);
}

static void check_row(const struct row *row, uint32_t status)
{
	if (status != row->status) {
		print_error("kind %d, %u at %u, %u at %u (%s): status %u, not %u\n", row->kind,
			    row->value, row->at, row->value2, row->at2, row->section, status,
			    row->status);
		fail();
	}
}

/* --- sessions that are not made --- */

static const struct row creations[] = {
	{ CIPHER, NOTSUPP, "5.9.7.2: no such operation", 0, 0x004, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.2: of data", 0, 0x000, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.2: of data", 0, 0x001, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4: not offered", 0, 0x404, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4: no such service", 0, 0x502, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4: no such service", 0, 0xffffff02, 0, 0 },
	{ CIPHER, OK, "5.9.7.2: said again below", 4, 99, 0, 0 },
	{ CIPHER, OK, "5.9.7.2: flag and queue have no meaning", 8, 0xffffffff, 12, 7 },
	{ CIPHER, NOTSUPP, "5.9.4.1: none", 16, 0, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4.1: not ours", 16, 12, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4.1: no number", 16, 15, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4.1: no number", 16, 0xffffffff, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4.1: 3 in the lowest byte", 16, 0x103, 0, 0 },
	{ CIPHER, ERR, "5.9.7.2.1.3: key too short", 20, 15, 0, 0 },
	{ CIPHER, ERR, "5.9.7.2.1.3: no key", 20, 0, 0, 0 },
	{ CIPHER, ERR, "5.9.7.2.1.3: more than is there", 20, 24, 0, 0 },
	{ CIPHER, ERR, "5.9.5: above max_cipher_key_len", 20, 65, 0, 0 },
	{ CIPHER, ERR, "5.9.5: above max_cipher_key_len", 20, 0xffffffff, 0, 0 },
	{ CIPHER, ERR, "5.9.7.2.1.3: no direction", 24, 0, 0, 0 },
	{ CIPHER, ERR, "5.9.7.2.1.3: no direction", 24, 3, 0, 0 },
	{ CIPHER, ERR, "5.9.7.2.1.3: no direction", 24, 0x101, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.2.1.3: no type", 64, 0, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.2.1.3: no type", 64, 3, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: no order", 16, 0, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: no order", 16, 3, 0, 0 },
	{ CHAIN, NOTSUPP, "5.9.7.2.1.3: no mode", 20, 0, 0, 0 },
	{ CHAIN, NOTSUPP, "5.9.7.2.1.3: nested", 20, 3, 0, 0 },
	{ CHAIN, NOTSUPP, "5.9.4.1: not in chains", 24, 1, 0, 0 },
	{ CHAIN, NOTSUPP, "5.9.4.1: not in chains", 24, 13, 0, 0 },
	{ CHAIN, NOTSUPP, "5.9.4.1: none", 24, 0, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: key too long", 28, 17, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: no direction", 32, 0, 0, 0 },
	{ CHAIN, NOTSUPP, "5.9.4.3: none", 40, 0, 0, 0 },
	{ CHAIN, NOTSUPP, "5.9.4.3: a hash alone", 40, 9, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: no digest", 44, 0, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: longer than the digest", 44, 21, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: longer than the digest", 44, 0x114, 0, 0 },
	{ CHAIN, ERR, "5.9.5: above max_auth_key_len", 48, 513, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: more than is there", 48, 21, 0, 0 },
	{ CHAIN, ERR, "5.9.7.2.1.3: the sum is small", 28, 0xfffffff0, 48, 0x40 },
	{ CHAIN, OK, "5.9.7.2.1.3: shorter", 48, 19, 44, 1 },
	{ HASH, NOTSUPP, "5.9.4.2: none", 16, 0, 0, 0 },
	{ HASH, NOTSUPP, "5.9.4.2: not ours", 16, 11, 0, 0 },
	{ HASH, NOTSUPP, "5.9.4.2: no number", 16, 0xffffffff, 0, 0 },
	{ HASH, ERR, "5.9.7.2.1.1: no digest", 20, 0, 0, 0 },
	{ HASH, ERR, "5.9.7.2.1.1: longer than the digest", 20, 21, 0, 0 },
	{ MAC, NOTSUPP, "5.9.4.3: none", 16, 0, 0, 0 },
	{ MAC, NOTSUPP, "5.9.4.3: no number", 16, 7, 0, 0 },
	{ MAC, NOTSUPP, "5.9.4.3: GMAC has an IV", 16, 41, 0, 0 },
	{ MAC, NOTSUPP, "5.9.4.3: not ours", 16, 53, 0, 0 },
	{ MAC, ERR, "5.9.7.2.1.2: no digest", 20, 0, 0, 0 },
	{ MAC, ERR, "5.9.7.2.1.2: longer than the digest", 20, 21, 0, 0 },
	{ MAC, ERR, "5.9.7.2.1.2: more than is there", 24, 21, 0, 0 },
	{ MAC, ERR, "5.9.5: above max_auth_key_len", 24, 513, 0, 0 },
	{ MAC, ERR, "5.9.5: above max_auth_key_len", 24, 0xffffffff, 0, 0 },
	{ AEAD, NOTSUPP, "5.9.4.4: none", 16, 0, 0, 0 },
	{ AEAD, NOTSUPP, "5.9.4.4: no number", 16, 4, 0, 0 },
	{ AEAD, ERR, "5.9.7.2.1.4: key too short", 20, 15, 0, 0 },
	{ AEAD, ERR, "5.9.7.2.1.4: of ChaCha20-Poly1305", 16, 3, 0, 0 },
	{ AEAD, ERR, "5.9.7.2.1.4: no tag", 24, 0, 0, 0 },
	{ AEAD, ERR, "5.9.7.2.1.4: no tag of GCM", 24, 5, 0, 0 },
	{ AEAD, ERR, "5.9.7.2.1.4: no tag of GCM", 24, 17, 0, 0 },
	{ AEAD, ERR, "5.9.7.2.1.4: no tag of GCM", 24, 0xffffffff, 0, 0 },
	{ AEAD, ERR, "5.9.7.2.1.4: no tag of CCM", 16, 2, 24, 5 },
	{ AEAD, OK, "5.9.7.2.1.4: a tag of CCM", 16, 2, 24, 6 },
	{ AEAD, OK, "5.9.7.2.1.4: the request's counts", 28, 0xffffffff, 0, 0 },
	{ AEAD, ERR, "5.9.7.2.1.4: no direction", 32, 0, 0, 0 },
};

static void creations_are_refused_one_by_one(void **state)
{
	size_t i, slack;

	(void)state;
	for (i = 0; i < COUNT(creations); i++)
	for (slack = 0; slack < 20; slack += 9) {
		const struct row *row = &creations[i];
		struct hand hand = virtio_good(row->kind);

		hand_restart(i % 2 ? REVISION_1 : 0);
		hand_create(&hand);
		spoil(row);
		hand_request.reply_len += slack;
		check_row(row, hand_create_status());
		assert_int_equal(virtio_live(), row->status == OK);
		/* The id is told only if there is one. */
		if (row->status != OK)
			assert_true(all_bytes(hand_request.reply, 8, SIM_FILL));
		assert_true(all_bytes(hand_request.reply + 16, slack, SIM_FILL));
	}
}

/* Heads and keys of every length that is too short, and what is too long. */
static void a_creation_that_ends_early_is_refused(void **state)
{
	size_t full;
	int kind, framing;

	(void)state;
	for (framing = 0; framing < 2; framing++)
	for (kind = CIPHER; kind < KINDS; kind++) {
		struct hand hand = virtio_good((enum virtio_kind)kind);

		hand_restart((uint64_t)framing);
		hand_create(&hand);
		for (full = hand_request.len; hand_request.len--;) {
			assert_int_equal(hand_create_status(), ERR);
			assert_int_equal(virtio_live(), 0);
		}
		hand_request.len = full + 30;
		assert_int_equal(hand_create_status(), OK);
	}
}

/* 5.9.7.2: a session that cannot be told about is not made. */
static void a_reply_without_room_is_none(void **state)
{
	struct hand hand = virtio_good(CIPHER);
	uint64_t id = hand_session(&hand);

	(void)state;
	hand_create(&hand);
	for (hand_request.reply_len = 0; hand_request.reply_len < 16; hand_request.reply_len++) {
		assert_int_equal(hand_control(), 0);
		assert_true(all_bytes(hand_request.reply, hand_request.reply_len, SIM_FILL));
		assert_int_equal(virtio_live(), 1);
	}
	hand_destroy(0, id);
	hand_request.reply_len = 0;
	assert_int_equal(hand_control(), 0);
	assert_int_equal(virtio_live(), 1);
	/* Of what nobody knows: as long as there is room for. */
	hand_destroy(5, id);
	assert_int_equal(hand_destroy_status(), ERR);
	hand_request.reply_len = 0;
	assert_int_equal(hand_control(), 0);
	hand_request.reply_len = 16;
	assert_int_equal(hand_control(), 16);
	assert_int_equal(hand_get32(8), NOTSUPP);
	hand_data(&hand);
	hand_request.reply_len = 0;
	assert_int_equal(hand_give(), 0);
}

/* --- ends --- */

static void ends_are_refused_one_by_one(void **state)
{
	struct hand hand = virtio_good(MAC);
	uint64_t id, framing;
	size_t full;

	(void)state;
	for (framing = 0; framing < 2; framing++) {
		hand_restart(framing);
		id = hand_session(&hand);
		for (full = hand_destroy(2, id); hand_request.len--;)
			/* What has no opcode might be longer. */
			assert_int_equal(hand_destroy_status(), ERR);
		hand_request.len = full;
		/* 5.9.7.2: of another service. */
		hand_put32(0, 0x103);
		assert_int_equal(hand_destroy_status(), ERR);
		assert_int_equal(virtio_live(), 1);
		hand_put32(0, 0x203);
		hand_put64(16, id ^ 1);
		assert_int_equal(hand_destroy_status(), ERR);
		hand_put64(16, id + ((uint64_t)1 << 32));
		assert_int_equal(hand_destroy_status(), ERR);
		assert_int_equal(virtio_live(), 1);
		hand_put64(16, id);
		assert_int_equal(hand_destroy_status(), OK);
		assert_int_equal(hand_destroy_status(), ERR);
		assert_int_equal(virtio_live(), 0);
	}
}

/* --- data that is not taken; heads of session mode, with REVISION_1 --- */

static const struct row requests[] = {
	{ CIPHER, NOTSUPP, "5.9.7.3: of control", 0, 0x002, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.3: of control", 0, 0x003, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.3: no such operation", 0, 0x0ff, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4: not offered", 0, 0x400, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.4: no such service", 0, 0xffffff00, 0, 0 },
	{ CIPHER, OK, "5.9.7.3: the session's counts", 4, 99, 0, 0 },
	{ CIPHER, OK, "5.9.7.3: reserved", 20, 99, 60, 7 },
	{ CIPHER, NOTSUPP, "5.9.3: stateless is not negotiated", 16, 0, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.3: no such flag", 16, 2, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.3: no such flag", 16, 3, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: the session encrypts", 0, 0x001, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: no IV", 24, 0, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: IV too short", 24, 15, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: IV too long", 24, 17, 28, 16 },
	{ CIPHER, ERR, "5.9.7.6: IV too long", 24, 0xffffffff, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: no whole blocks", 28, 31, 32, 31 },
	{ CIPHER, ERR, "5.9.7.6: shorter than the source", 32, 16, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: longer than the source", 28, 16, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: more than is there", 28, 48, 32, 48 },
	{ CIPHER, ERR, "5.9.7.6: the sum is small", 28, 0xfffffff0, 32, 0xfffffff0 },
	{ CIPHER, NOTSUPP, "5.9.7.6: no type", 64, 0, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.6: no type", 64, 3, 0, 0 },
	{ CIPHER, INVSESS, "5.9.7.6: the session is no chain", 64, 2, 0, 0 },
	{ CIPHER, OK, "5.9.7.6: nothing", 28, 0, 32, 0 },
	{ CHAIN, INVSESS, "5.9.7.6: the session is a chain", 64, 1, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: the session encrypts", 0, 0x001, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: IV too short", 24, 8, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: no IV", 24, 0, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: longer than the source", 32, 33, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: behind the source", 36, 16, 40, 32 },
	{ CHAIN, ERR, "5.9.7.6: behind the source", 36, 33, 40, 0 },
	{ CHAIN, ERR, "5.9.7.6: the sum is small", 36, 0xfffffff0, 40, 0x20 },
	{ CHAIN, ERR, "5.9.7.6: the sum is small", 36, 0x10, 40, 0xfffffff0 },
	{ CHAIN, ERR, "5.9.7.6: no whole blocks", 36, 1, 40, 17 },
	{ CHAIN, ERR, "5.9.7.6: behind the source", 44, 1, 48, 32 },
	{ CHAIN, ERR, "5.9.7.6: behind the source", 44, 33, 48, 0 },
	{ CHAIN, ERR, "5.9.7.6: the sum is small", 44, 0xffffffff, 48, 1 },
	{ CHAIN, OK, "5.9.7.6: at the end of the source", 44, 32, 48, 0 },
	{ CHAIN, ERR, "5.9.7.6: more than is there", 52, 9, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: more than is there", 52, 0xffffffff, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: no digest", 56, 0, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: longer than the session's", 56, 21, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: longer than the session's", 56, 0x100, 0, 0 },
	{ HASH, NOTSUPP, "5.9.7.3: a hash has one operation", 0, 0x101, 0, 0 },
	{ HASH, INVSESS, "5.9.7.3: of another service", 0, 0x200, 0, 0 },
	{ HASH, ERR, "5.9.7.4: more than is there", 24, 33, 0, 0 },
	{ HASH, ERR, "5.9.7.4: more than is there", 24, 0xffffffff, 0, 0 },
	{ HASH, ERR, "5.9.7.4: no digest", 28, 0, 0, 0 },
	{ HASH, ERR, "5.9.7.4: longer than the digest", 28, 21, 0, 0 },
	{ HASH, ERR, "5.9.7.4: longer than the digest", 28, 0xffffffff, 0, 0 },
	{ MAC, NOTSUPP, "5.9.7.3: a MAC has one operation", 0, 0x201, 0, 0 },
	{ MAC, INVSESS, "5.9.7.3: of another service", 0, 0x100, 0, 0 },
	{ MAC, ERR, "5.9.7.5: more than is there", 24, 33, 0, 0 },
	{ MAC, ERR, "5.9.7.5: no digest", 28, 0, 0, 0 },
	{ MAC, ERR, "5.9.7.5: longer than the digest", 28, 21, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: the session encrypts", 0, 0x301, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: no IV", 24, 0, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: IV too short", 24, 11, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: IV too long", 24, 13, 28, 7 },
	{ AEAD, ERR, "5.9.7.7: more than is there", 28, 9, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: the sum is small", 28, 0xffffffff, 32, 1 },
	{ AEAD, ERR, "5.9.7.7: more than is there", 32, 41, 36, 41 },
	{ AEAD, ERR, "5.9.7.7: no length of the result", 36, 31, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: no length of the result", 36, 33, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: shorter than the session's tag", 40, 12, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: longer than the session's tag", 40, 17, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: no tag", 40, 0, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: the sum is small", 40, 0xffffffe0, 36, 0x20 },
};

/* What is refused has the status last of all, has written nothing else, and says 1. */
static void check_refused(size_t slack)
{
	size_t len = hand_request.reply_len - 1;

	(void)slack;
	assert_true(all_bytes(hand_request.reply, len, SIM_FILL));
}

static void requests_are_refused_one_by_one(void **state)
{
	size_t i, slack;
	uint32_t written;

	(void)state;
	for (i = 0; i < COUNT(requests); i++)
	for (slack = 0; slack < 20; slack += 9) {
		const struct row *row = &requests[i];
		struct hand hand = virtio_good(row->kind);

		hand_restart(REVISION_1);
		hand.id = hand_session(&hand);
		hand_data(&hand);
		spoil(row);
		hand_request.reply_len += slack;
		written = hand_give();
		check_row(row, hand_request.reply[hand_request.reply_len - 1]);
		if (row->status == OK)
			continue;
		assert_int_equal(written, 1);
		check_refused(slack);
		hand_data(&hand);
		assert_int_equal(hand_status(), OK);
		assert_int_equal(virtio_live(), 1);
	}
}

/* Without REVISION_1 the flag has no meaning (5.9.7.3). */
static void a_flag_of_legacy_framing_is_ignored(void **state)
{
	struct hand hand = virtio_good(CIPHER);
	static const uint32_t flags[] = { 0, 1, 2, 0xffffffff };
	size_t i;

	(void)state;
	hand_restart(STATELESS);
	hand.id = hand_session(&hand);
	for (i = 0; i < COUNT(flags); i++) {
		hand_data(&hand);
		hand_put32(16, flags[i]);
		assert_int_equal(hand_status(), OK);
	}
}

/* The same of stateless mode: heads are others. */
static const struct row stateless[] = {
	{ CIPHER, NOTSUPP, "5.9.4.1: none", 24, 0, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: key too short", 28, 15, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: more than is there", 28, 32, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: the sum is small", 28, 0xfffffff0, 40, 0x20 },
	{ CIPHER, ERR, "5.9.7.6: no direction", 32, 0, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: another than the opcode's", 32, 2, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: another than the field's", 0, 0x001, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: IV too short", 36, 8, 0, 0 },
	{ CIPHER, ERR, "5.9.7.6: shorter than the source", 44, 16, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.6: no type", 96, 0, 0, 0 },
	{ CIPHER, INVSESS, "5.9.7.3: flag, and no session", 16, 1, 0, 0 },
	{ CIPHER, NOTSUPP, "5.9.7.3: no such flag", 16, 2, 0, 0 },
	{ CIPHER, OK, "5.9.7.3: no session is named", 8, 0xffffffff, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: no order", 24, 3, 0, 0 },
	{ CHAIN, OK, "5.9.7.6: the other one counts", 28, 99, 0, 0 },
	{ CHAIN, NOTSUPP, "5.9.7.6: nested", 52, 3, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: more than is there", 84, 9, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: behind the source", 68, 16, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: behind the source", 76, 1, 0, 0 },
	{ CHAIN, ERR, "5.9.7.6: longer than the digest", 88, 21, 0, 0 },
	{ HASH, NOTSUPP, "5.9.4.2: none", 24, 0, 0, 0 },
	{ HASH, ERR, "5.9.7.4: no digest", 32, 0, 0, 0 },
	{ HASH, ERR, "5.9.7.4: longer than the digest", 32, 21, 0, 0 },
	{ MAC, NOTSUPP, "5.9.4.3: GMAC has an IV", 24, 41, 0, 0 },
	{ MAC, ERR, "5.9.7.5: more than is there", 28, 53, 0, 0 },
	{ MAC, ERR, "5.9.5: above max_auth_key_len", 28, 513, 0, 0 },
	{ MAC, ERR, "5.9.7.5: longer than the digest", 36, 21, 0, 0 },
	{ AEAD, NOTSUPP, "5.9.4.4: none", 24, 4, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: another than the opcode's", 32, 2, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: IV too short", 36, 8, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: no tag of GCM", 40, 3, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: more than is there", 44, 9, 0, 0 },
	{ AEAD, ERR, "5.9.7.7: longer than the result", 52, 31, 0, 0 },
};

static void stateless_requests_are_refused_one_by_one(void **state)
{
	size_t i;

	(void)state;
	hand_restart(REVISION_1 | STATELESS);
	for (i = 0; i < COUNT(stateless); i++) {
		const struct row *row = &stateless[i];
		struct hand hand = virtio_good(row->kind);

		hand.stateless = true;
		hand_data(&hand);
		spoil(row);
		check_row(row, hand_status());
		if (row->status != OK)
			check_refused(0);
		assert_int_equal(virtio_live(), 0);
	}
}

/* Both halves, at every length that is too short (5.9.7.3). */
static void a_request_that_ends_early_is_refused(void **state)
{
	size_t i, full;
	int kind;

	(void)state;
	for (i = 0; i < COUNT(virtio_framings); i++)
	for (kind = CIPHER; kind < KINDS; kind++) {
		struct hand hand = virtio_good((enum virtio_kind)kind);

		hand_restart(virtio_framings[i]);
		hand.stateless = i == 2;
		hand.id = i == 2 ? 0 : hand_session(&hand);
		hand_data(&hand);
		for (full = hand_request.len; hand_request.len--;) {
			assert_int_equal(hand_give(), 1);
			assert_int_equal(hand_request.reply[hand_request.reply_len - 1], ERR);
			check_refused(0);
		}
		hand_request.len = full;
		for (full = hand_request.reply_len; --hand_request.reply_len;) {
			assert_int_equal(hand_give(), 1);
			assert_int_equal(hand_request.reply[hand_request.reply_len - 1], ERR);
			check_refused(0);
		}
		hand_request.reply_len = full;
		assert_int_equal(hand_status(), OK);
	}
}

/* 5.9.5: max_size is 8192 here; it counts what follows the head, in both halves. */
static void what_is_longer_than_max_size_is_refused(void **state)
{
	struct hand hand = virtio_good(CIPHER);

	(void)state;
	hand.algo = 4;
	hand.id = hand_session(&hand);
	hand.src_len = hand.dst_len = (8192 - 16) / 2;
	hand_data(&hand);
	assert_int_equal(hand_status(), OK);
	hand.src_len = ++hand.dst_len;
	hand_data(&hand);
	assert_int_equal(hand_status(), ERR);
	check_refused(0);
}

/* Each bit of the head of each kind: whatever comes of it, the rest holds. */
static void a_bit_more_or_less_breaks_nothing(void **state)
{
	size_t bit, bits;
	int kind, way;

	(void)state;
	for (way = 0; way < 2; way++)
	for (kind = CIPHER; kind < KINDS; kind++) {
		struct hand hand = virtio_good((enum virtio_kind)kind);

		hand_restart(way ? REVISION_1 | STATELESS : REVISION_1);
		hand.stateless = way;
		hand.id = way ? 0 : hand_session(&hand);
		bits = 8 * hand_data(&hand);
		for (bit = 0; bit < bits; bit++) {
			hand_data(&hand);
			hand_request.reply_len += 7;
			hand_request.request[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_in_range(hand_give(), 1, hand_request.reply_len);
			assert_in_range(hand_request.reply[hand_request.reply_len - 1], OK, NOSPC);
			assert_true(all_bytes(hand_request.reply + hand_request.reply_len - 7, 6,
					      SIM_FILL));
			assert_int_equal(virtio_live(), way ? 0 : 1);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, virtio_start, virtio_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(creations_are_refused_one_by_one),
		TEST(a_creation_that_ends_early_is_refused),
		TEST(a_reply_without_room_is_none),
		TEST(ends_are_refused_one_by_one),
		TEST(requests_are_refused_one_by_one),
		TEST(a_flag_of_legacy_framing_is_ignored),
		TEST(stateless_requests_are_refused_one_by_one),
		TEST(a_request_that_ends_early_is_refused),
		TEST(what_is_longer_than_max_size_is_refused),
		TEST(a_bit_more_or_less_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
