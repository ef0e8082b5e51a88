// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sessions that end in turns: how many in each, counted by a device that has nothing else; and
 * a guest of the daemon who had many.
 */
#include "../vhost-user-adapter/adapter.h"
#include "vhost-user/guest.h"

/* What is around ending.c, as far as it is asked for anything. */
static uint32_t resets, looks, turns;

void state_forget(struct connection *connection)
{
	(void)connection;
}

void connection_settle(struct connection *connection)
{
	(void)connection;
}

void connection_look(struct connection *connection)
{
	assert_false(connection->ending);
	looks++;
}

void turns_act(struct connection *connection, void (*act)(struct connection *))
{
	turns++;
	act(connection);
}

static uint32_t sessions(const void *device)
{
	return *(const uint32_t *)device;
}

static uint32_t end_some(void *device, uint32_t most)
{
	uint32_t *left = device;
	uint32_t n = *left < most ? *left : most;

	*left -= n;
	return n;
}

static uint32_t sweep(void *device, uint32_t most)
{
	(void)end_some(device, most);
	return sessions(device);
}

static void reset(void *device)
{
	/* This ends the rest in one go. */
	assert_in_range(*(uint32_t *)device, 0, SESSIONS_A_TURN);
	*(uint32_t *)device = 0;
	resets++;
}

static const struct device_kind counting = {
	.sessions = sessions, .end_some = end_some, .sweep = sweep, .reset = reset,
};

static struct server server;
static struct connection guests[2];
static uint32_t counts[2];

static int begin(void **state)
{
	int i;

	(void)state;
	server = (struct server){ .connections = &guests[0] };
	for (i = 0; i < 2; i++)
		guests[i] = (struct connection){ .server = &server, .mode = MODE_SESSION,
						 .kind = &counting, .device = &counts[i],
						 .next = i ? NULL : &guests[1] };
	resets = looks = turns = 0;
	return 0;
}

static void few_sessions_end_at_once(void **state)
{
	(void)state;
	counts[0] = SESSIONS_A_TURN;
	connection_drop_sessions(&guests[0]);
	assert_int_equal(counts[0], 0);
	assert_int_equal(resets, 1);
	assert_false(guests[0].ending);
	assert_int_equal(server.endings, 0);
}

/* Until the other one has ended each has half, and from the next round on all. */
static void of_many_a_round_ends_so_many_of_all_together(void **state)
{
	uint32_t i;

	(void)state;
	counts[0] = 3 * SESSIONS_A_TURN;
	counts[1] = 10 * SESSIONS_A_TURN;
	connection_drop_sessions(&guests[0]);
	connection_drop_sessions(&guests[1]);
	assert_int_equal(counts[1], 10 * SESSIONS_A_TURN);
	assert_int_equal(server.endings, 2);
	for (i = 1; i <= 6; i++) {
		endings_give(&server);
		assert_int_equal(counts[0], 3 * SESSIONS_A_TURN - i * SESSIONS_A_TURN / 2);
		assert_int_equal(counts[1], 10 * SESSIONS_A_TURN - i * SESSIONS_A_TURN / 2);
		assert_int_equal(resets, i == 6);
	}
	for (i = 1; i < 7; i++) {
		endings_give(&server);
		assert_int_equal(counts[1], (7 - i) * SESSIONS_A_TURN);
		assert_true(guests[1].ending);
		assert_int_equal(resets, 1);
	}
	endings_give(&server);
	assert_int_equal(resets, 2);
	assert_int_equal(looks, 2);
	assert_int_equal(turns, 19);
	assert_int_equal(server.endings, 0);
	endings_give(&server);
	assert_int_equal(turns, 19);
}

/* Each gets on, however many there are. */
static void of_very_many_guests_each_ends_one(void **state)
{
	(void)state;
	counts[0] = 2 * SESSIONS_A_TURN;
	connection_drop_sessions(&guests[0]);
	server.endings = 3 * SESSIONS_A_TURN;
	endings_give(&server);
	assert_int_equal(counts[0], 2 * SESSIONS_A_TURN - 1);
}

/* Even of few sessions, because there may be many guests; and nothing is reset any more. */
static void those_that_have_gone_share_what_a_round_ends(void **state)
{
	uint32_t i;

	(void)state;
	counts[0] = 3;
	counts[1] = SESSIONS_A_TURN;
	for (i = 0; i < 2; i++) {
		guests[i].ended = true;
		connection_end_sessions(&guests[i]);
		assert_true(guests[i].ending);
	}
	assert_int_equal(server.endings, 2);
	endings_give(&server);
	assert_int_equal(counts[0], 0);
	assert_false(guests[0].ending);
	assert_int_equal(counts[1], SESSIONS_A_TURN / 2);
	endings_give(&server);
	assert_false(guests[1].ending);
	assert_int_equal(server.endings, 0);
	assert_int_equal(resets + looks, 0);
}

static void who_has_gone_begins_nothing(void **state)
{
	(void)state;
	counts[0] = 10 * SESSIONS_A_TURN;
	guests[0].ended = true;
	connection_drop_sessions(&guests[0]);
	assert_false(guests[0].ending);
	assert_int_equal(server.endings, 0);
	/* Nor has who never had any. */
	connection_end_sessions(&guests[1]);
	assert_false(guests[1].ending);
}

static void what_a_context_leaves_ends_likewise_beside_all_else(void **state)
{
	(void)state;
	counts[0] = 2 * SESSIONS_A_TURN + 1;
	connection_sweep(&guests[0]);
	connection_sweep(&guests[0]);
	assert_int_equal(server.endings, 1);
	assert_false(guests[0].ending);
	endings_give(&server);
	assert_int_equal(counts[0], SESSIONS_A_TURN + 1);
	endings_give(&server);
	assert_int_equal(server.endings, 1);
	endings_give(&server);
	assert_int_equal(counts[0], 0);
	assert_int_equal(server.endings, 0);
	assert_int_equal(turns, 3);
	assert_int_equal(resets + looks, 0);
}

/* All end, which is one kind of ending at a time. */
static void a_reset_may_come_meanwhile(void **state)
{
	(void)state;
	counts[0] = 3 * SESSIONS_A_TURN;
	connection_sweep(&guests[0]);
	connection_drop_sessions(&guests[0]);
	assert_int_equal(server.endings, 1);
	while (guests[0].ending)
		endings_give(&server);
	assert_int_equal(turns, 3);
	assert_int_equal(resets, 1);
	endings_give(&server);
	assert_int_equal(server.endings, 0);
}

static void who_has_gone_leaves_no_ending(void **state)
{
	(void)state;
	counts[0] = counts[1] = 3 * SESSIONS_A_TURN;
	connection_sweep(&guests[0]);
	connection_sweep(&guests[1]);
	connection_drop_sessions(&guests[0]);
	assert_int_equal(server.endings, 2);
	connection_forget_endings(&guests[0]);
	assert_int_equal(server.endings, 1);
	connection_forget_endings(&guests[0]);
	assert_int_equal(server.endings, 1);
}

/* The daemon itself. */

#define MANY (5 * SESSIONS_A_TURN)

static void a_driver_that_begins_anew_finds_none_of_many(void **state)
{
	struct front front, other;
	uint64_t last, id;
	uint32_t base;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	front_connect(&other);
	front_whole_device(&other);
	id = guest_session(&other);
	last = guest_sessions(&front, MANY);
	guest_encrypts(&front, last);
	/* As it was stopped, and from another index on: a driver that knows of none. */
	base = front_base(&front, 0);
	front_vring(&front, SET_VRING_BASE, 0, base + 1);
	front_ring(&front, 0);
	assert_int_equal(guest_run(&front, last, 0), VCRYPTO_VIRTIO_INVSESS);
	guest_encrypts(&other, id);
	guest_encrypts(&front, guest_session(&front));
	(void)guest_sessions(&front, MANY);
	front_close(&front);
	/* Its end does not hold the other. */
	guest_encrypts(&other, id);
	front_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(few_sessions_end_at_once, begin),
		cmocka_unit_test_setup(of_many_a_round_ends_so_many_of_all_together, begin),
		cmocka_unit_test_setup(of_very_many_guests_each_ends_one, begin),
		cmocka_unit_test_setup(those_that_have_gone_share_what_a_round_ends, begin),
		cmocka_unit_test_setup(who_has_gone_begins_nothing, begin),
		cmocka_unit_test_setup(what_a_context_leaves_ends_likewise_beside_all_else, begin),
		cmocka_unit_test_setup(a_reset_may_come_meanwhile, begin),
		cmocka_unit_test_setup(who_has_gone_leaves_no_ending, begin),
		cmocka_unit_test_setup_teardown(a_driver_that_begins_anew_finds_none_of_many,
						guest_start, guest_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
