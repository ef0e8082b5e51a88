// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sessions that end, some at a time: all that a guest may have take up to a tenth of a second,
 * and the others of its loop would wait.
 */
#include "adapter.h"

bool ending_goes_on(const struct connection *connection)
{
	return connection->ending || connection->sweeps;
}

static void set(const struct connection *connection, bool *flag, bool value)
{
	connection->server->endings -= ending_goes_on(connection);
	*flag = value;
	connection->server->endings += ending_goes_on(connection);
}

void connection_forget_endings(struct connection *connection)
{
	set(connection, &connection->ending, false);
	set(connection, &connection->sweeps, false);
}

void connection_end_sessions(struct connection *connection)
{
	connection_forget_endings(connection);
	set(connection, &connection->ending, connection->kind->sessions(connection->device));
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
	set(connection, &connection->ending, true);
}

static void end_some(struct connection *connection)
{
	(void)connection->kind->end_some(connection->device, connection->server->ending_share);
	if (connection->kind->sessions(connection->device))
		return;
	set(connection, &connection->ending, false);
	/* Else it goes, and all with it. */
	if (connection->ended)
		return;
	finish(connection);
	/* What had to wait; queues have been passed over meanwhile. */
	connection_settle(connection);
	connection_look(connection);
}

void connection_sweep(struct connection *connection)
{
	set(connection, &connection->sweeps, true);
}

static void sweep(struct connection *connection)
{
	if (!connection->kind->sweep(connection->device, connection->server->ending_share))
		set(connection, &connection->sweeps, false);
}

/* What ends in a round is shared: many guests do not make it longer. */
void endings_give(struct server *server)
{
	struct connection *connection;

	if (server->endings)
		server->ending_share = server->endings < SESSIONS_A_TURN ?
				       SESSIONS_A_TURN / server->endings : 1;
	for (connection = server->connections; server->endings && connection;
	     connection = connection->next)
		if (connection->ending)
			turns_act(connection, end_some);
		else if (connection->sweeps)
			turns_act(connection, sweep);
}
