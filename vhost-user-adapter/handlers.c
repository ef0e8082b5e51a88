// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What each message does; those about rings are in rings.c. */
#include "handlers.h"

/* The features of any device, and those of the format. */
static uint64_t offered_features(const struct connection *connection)
{
	uint64_t features = F_VERSION_1 | F_INDIRECT | F_EVENT_IDX | F_PROTOCOL_FEATURES |
			    F_LOG_ALL;

	/* In session mode the front end decodes what a guest sends to its control queue. */
	if (connection->mode != MODE_SESSION)
		features |= connection->kind->features(connection->device);
	return features;
}

static uint64_t offered_protocol(const struct connection *connection)
{
	return P_MQ | P_LOG_SHMFD | P_REPLY_ACK | P_CONFIG | P_INFLIGHT_SHMFD | P_RESET_DEVICE |
	       P_MEM_SLOTS |
	       (connection->kind->create ? P_CRYPTO_SESSION : 0) |
	       (connection->server->settings->migrate_keys ? P_DEVICE_STATE : 0);
}

static const char *on_get_features(struct connection *connection)
{
	message_reply_u64(message_of(connection), offered_features(connection));
	return NULL;
}

/*
 * The features, or the mode, have changed.  Rings that run go by that from now on, and some that
 * do not may have waited for it.
 */
static void negotiate(struct connection *connection)
{
	const char *fault;
	uint32_t i;

	/* In session mode none of the device's own is offered, whatever was said before it. */
	connection->kind->negotiate(connection->device, connection->mode == MODE_SESSION ?
							0 : connection->features);
	for (i = 0; i < QUEUES_MAX; i++) {
		queue_negotiate(&connection->queues[i]);
		fault = queue_start(&connection->queues[i]);
		if (fault)
			say(connection->number, "queue %u does not start: %s", i, fault);
	}
}

static const char *on_set_features(struct connection *connection)
{
	uint64_t features = message_u64(message_of(connection));
	uint32_t i;

	if (features & ~offered_features(connection))
		return "features that were not offered";
	connection->features = features;
	/* Who does not know the bit does not know of enabling. */
	for (i = 0; i < QUEUES_MAX && !(features & F_PROTOCOL_FEATURES); i++)
		connection->queues[i].enabled = true;
	negotiate(connection);
	return NULL;
}

static const char *on_nothing(struct connection *connection)
{
	(void)connection;
	return NULL;
}

static const char *on_get_protocol_features(struct connection *connection)
{
	message_reply_u64(message_of(connection), offered_protocol(connection));
	return NULL;
}

/*
 * The mode follows from what a front end wants to know: one with a control queue of its own
 * has config space, too.
 */
static const char *on_set_protocol_features(struct connection *connection)
{
	uint64_t protocol = message_u64(message_of(connection));
	enum mode mode = MODE_WHOLE;

	if (protocol & ~offered_protocol(connection))
		return "protocol features that were not offered";
	if (protocol & P_CRYPTO_SESSION && !(protocol & P_CONFIG))
		mode = MODE_SESSION;
	if (connection->mode != MODE_UNKNOWN && mode != connection->mode)
		return "protocol features that change what the device is";
	if (connection->mode == MODE_UNKNOWN)
		say(connection->number, mode == MODE_SESSION ?
		    "sessions come as messages" : "a whole device");
	connection->protocol = protocol;
	connection->mode = mode;
	negotiate(connection);
	return NULL;
}

static const char *on_get_queue_num(struct connection *connection)
{
	message_reply_u64(message_of(connection), connection_queues(connection));
	return NULL;
}

/* Memory. */

/* Rings go on where they were, if they are still there. */
static void restart_queues(struct connection *connection, const bool *ran)
{
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++) {
		struct queue *queue = &connection->queues[i];
		const char *fault = queue_start(queue);

		if (fault && ran[i])
			say(connection->number, "queue %u stops: %s", i, fault);
	}
}

static void stop_queues(struct connection *connection, bool *ran)
{
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++) {
		ran[i] = connection->queues[i].running;
		queue_stop(&connection->queues[i]);
	}
}

static const char *on_set_mem_table(struct connection *connection)
{
	const struct message *message = message_of(connection);
	struct message_region regions[MESSAGE_MAX_REGIONS];
	uint32_t count = message_regions(message);
	bool ran[QUEUES_MAX];
	const char *fault;
	uint32_t i;

	for (i = 0; i < count; i++)
		regions[i] = message_region(message, i);
	stop_queues(connection, ran);
	fault = memory_replace(&connection->memory, regions, connection->inbox.fds, count);
	restart_queues(connection, ran);
	return fault;
}

static const char *on_add_mem_reg(struct connection *connection)
{
	struct message_region region = message_slot(message_of(connection));
	bool ran[QUEUES_MAX];
	const char *fault;

	stop_queues(connection, ran);
	fault = memory_add(&connection->memory, &region, connection->inbox.fds[0]);
	restart_queues(connection, ran);
	return fault;
}

static const char *on_rem_mem_reg(struct connection *connection)
{
	struct message_region region = message_slot(message_of(connection));
	bool ran[QUEUES_MAX];
	bool removed;

	stop_queues(connection, ran);
	removed = memory_remove(&connection->memory, &region);
	restart_queues(connection, ran);
	return removed ? NULL : "a region that there is not";
}

static const char *on_get_max_mem_slots(struct connection *connection)
{
	message_reply_u64(message_of(connection), connection->memory.slots);
	return NULL;
}

/* The device. */

static const char *on_get_config(struct connection *connection)
{
	struct message *message = message_of(connection);
	struct message_config asked = message_config(message);
	size_t len = connection->kind->config_len;
	uint8_t config[CONFIG_MAX];

	if (asked.offset > len || asked.size > len - asked.offset) {
		/* This is how it is said that there is nothing. */
		message->header.size = 0;
		return NULL;
	}
	connection->kind->config(connection->device, connection->server->settings->queues, config);
	memcpy(message->payload + sizeof(asked), config + asked.offset, asked.size);
	return NULL;
}

/* There is nothing in it that can be written. */
static const char *on_set_config(struct connection *connection)
{
	struct message_config asked = message_config(message_of(connection));
	size_t len = connection->kind->config_len;

	if (asked.offset > len || asked.size > len - asked.offset)
		return "a piece of config space that there is not";
	return NULL;
}

/*
 * Rings are as those that have never run.  What the front end has said stays: features, memory,
 * sizes, addresses, and files to notify with.
 */
static const char *on_reset_device(struct connection *connection)
{
	bool enables = connection->features & F_PROTOCOL_FEATURES;
	uint32_t i;

	connection_cancel_jobs(connection);
	for (i = 0; i < QUEUES_MAX; i++) {
		struct queue *queue = &connection->queues[i];

		queue_stop(queue);
		inflight_forget(queue);
		queue->base = 0;
		queue->enabled &= !enables;
		queue->broken = false;
		queue->has_returned = false;
		(void)queue_set_kick(queue, -1);
	}
	connection_drop_sessions(connection);
	return NULL;
}

static void tell_layout(struct connection *connection, enum session_layout layout)
{
	if (!connection->layout_told)
		say(connection->number, "sessions in the layout %s", session_layout_name(layout));
	connection->layout_told = true;
}

static void tell_no_ring(struct connection *connection)
{
	if (!connection->no_ring_told)
		say(connection->number, "no session while no ring runs");
	connection->no_ring_told = true;
}

/* What is wrong with it. */
static enum vcrypto_virtio_status refusal(struct connection *connection,
					  const struct session_ask *ask)
{
	if (!ask->symmetric)
		return VCRYPTO_VIRTIO_NOTSUPP;
	if (!ask->lengths_ok)
		return VCRYPTO_VIRTIO_ERR;
	if (connection_runs(connection))
		return VCRYPTO_VIRTIO_OK;
	/* A daemon that came late gets sessions, but no ring to use them on. */
	tell_no_ring(connection);
	return VCRYPTO_VIRTIO_ERR;
}

static const char *on_create_session(struct connection *connection)
{
	struct message *message = message_of(connection);
	struct session_ask ask = session_decode(message, connection->server->settings->layout);
	int64_t id = -(int64_t)refusal(connection, &ask);

	if (!id)
		id = connection->kind->create(connection->device, &ask);
	tell_layout(connection, ask.layout);
	session_reply(message, ask.layout, id);
	return NULL;
}

static const char *on_close_session(struct connection *connection)
{
	connection->kind->destroy(connection->device, message_u64(message_of(connection)));
	return NULL;
}

const char *handle(struct connection *connection)
{
	static const char *(*const handlers[MESSAGE_REQUESTS])(struct connection *) = {
		[GET_FEATURES] = on_get_features,
		[SET_FEATURES] = on_set_features,
		[SET_OWNER] = on_nothing,
		[RESET_OWNER] = on_nothing,
		[SET_MEM_TABLE] = on_set_mem_table,
		[SET_LOG_BASE] = on_set_log_base,
		[SET_LOG_FD] = on_set_log_fd,
		[SET_VRING_NUM] = on_set_vring_num,
		[SET_VRING_ADDR] = on_set_vring_addr,
		[SET_VRING_BASE] = on_set_vring_base,
		[GET_VRING_BASE] = on_get_vring_base,
		[SET_VRING_KICK] = on_set_vring_kick,
		[SET_VRING_CALL] = on_set_vring_call,
		[SET_VRING_ERR] = on_set_vring_err,
		[GET_PROTOCOL_FEATURES] = on_get_protocol_features,
		[SET_PROTOCOL_FEATURES] = on_set_protocol_features,
		[GET_QUEUE_NUM] = on_get_queue_num,
		[SET_VRING_ENABLE] = on_set_vring_enable,
		[GET_CONFIG] = on_get_config,
		[SET_CONFIG] = on_set_config,
		[CREATE_CRYPTO_SESSION] = on_create_session,
		[CLOSE_CRYPTO_SESSION] = on_close_session,
		[GET_INFLIGHT_FD] = on_get_inflight_fd,
		[SET_INFLIGHT_FD] = on_set_inflight_fd,
		[RESET_DEVICE] = on_reset_device,
		[GET_MAX_MEM_SLOTS] = on_get_max_mem_slots,
		[ADD_MEM_REG] = on_add_mem_reg,
		[REM_MEM_REG] = on_rem_mem_reg,
		[SET_DEVICE_STATE_FD] = on_set_device_state_fd,
		[CHECK_DEVICE_STATE] = on_check_device_state,
	};

	return handlers[message_of(connection)->header.request](connection);
}
