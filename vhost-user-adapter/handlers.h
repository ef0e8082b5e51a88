/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the messages do, each to the connection that it came on.  They return what is wrong, or
 * NULL; those that have a reply make it of the message.
 */
#ifndef VCRYPTOD_HANDLERS_H
#define VCRYPTOD_HANDLERS_H

#include "adapter.h"

#define NO_EVENT "a file to notify it with that is no eventfd"

static inline struct message *message_of(struct connection *connection)
{
	return &connection->inbox.message;
}

const char *on_set_vring_num(struct connection *connection);
const char *on_set_vring_addr(struct connection *connection);
const char *on_set_vring_base(struct connection *connection);
const char *on_get_vring_base(struct connection *connection);
const char *on_set_vring_kick(struct connection *connection);
const char *on_set_vring_call(struct connection *connection);
const char *on_set_vring_err(struct connection *connection);
const char *on_set_vring_enable(struct connection *connection);

#endif /* VCRYPTOD_HANDLERS_H */
