// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sessions that end, some at a time: all that a guest may have take up to a tenth of a second,
 * and the others of its loop would wait.
 */
#include "adapter.h"

static void begin(const struct connection *connection, bool *flag)
{
	if (!*flag)
		connection->server->endings++;
	*flag = true;
}

static void stop(const struct connection *connection, bool *flag)
{
	if (*flag)
		connection->server->endings--;
	*flag = false;
}

void connection_forget_endings(struct connection *connection)
{
	stop(connection, &connection->ending);
	stop(connection, &connection->sweeps);
}

static void finish(struct connection *connection)
{
	connection->kind->reset(connection->device);
	if (connection->mode != MODE_SESSION)
		connection->kind->negotiate(connection->device, connection->features);
}

void connection_drop_sessions(struct connection *connection)
{
	state_forget(connection);
	/* Then they end with it. */
	if (connection->ended)
		return;
	if (connection->kind->sessions(connection->device) <= SESSIONS_A_TURN) {
		finish(connection);
		return;
	}
	begin(connection, &connection->ending);
}

static void end_some(struct connection *connection)
{
	(void)connection->kind->end_some(connection->device, SESSIONS_A_TURN);
	if (connection->kind->sessions(connection->device))
		return;
	stop(connection, &connection->ending);
	finish(connection);
	/* What had to wait; queues have been passed over meanwhile. */
	connection_settle(connection);
	connection_look(connection);
}

void connection_sweep(struct connection *connection)
{
	begin(connection, &connection->sweeps);
}

static void sweep(struct connection *connection)
{
	if (!connection->kind->sweep(connection->device, SESSIONS_A_TURN))
		stop(connection, &connection->sweeps);
}

void endings_give(struct server *server)
{
	struct connection *connection;

	for (connection = server->connections; server->endings && connection;
	     connection = connection->next)
		if (connection->ending)
			turns_act(connection, end_some);
		else if (connection->sweeps)
			turns_act(connection, sweep);
}

bool ending_of_ended(struct connection *connection, uint32_t *most)
{
	*most -= connection->kind->end_some(connection->device, *most);
	return !connection->kind->sessions(connection->device);
}
