// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sessions that end, some at a time: all that a guest may have take up to a tenth of a second,
 * and the others of its loop would wait.
 */
#include "adapter.h"

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
	if (!connection->ending)
		connection->server->endings++;
	connection->ending = true;
}

static void end_some(struct connection *connection)
{
	(void)connection->kind->end_some(connection->device, SESSIONS_A_TURN);
	if (connection->kind->sessions(connection->device))
		return;
	connection->ending = false;
	connection->server->endings--;
	finish(connection);
	/* What had to wait; queues have been passed over meanwhile. */
	connection_settle(connection);
	connection_look(connection);
}

void endings_give(struct server *server)
{
	struct connection *connection;

	for (connection = server->connections; server->endings && connection;
	     connection = connection->next)
		if (connection->ending)
			turns_act(connection, end_some);
}

bool ending_of_ended(struct connection *connection, uint32_t *most)
{
	*most -= connection->kind->end_some(connection->device, *most);
	return !connection->kind->sessions(connection->device);
}
