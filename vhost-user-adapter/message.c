// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "message.h"

/* How long the payload of a request is, and how many files come along. */
struct rule {
	bool known;
	bool reply;		/* it has one of its own */
	uint8_t min_fds;
	uint8_t max_fds;
	uint16_t min_size;
	uint16_t max_size;
	uint64_t protocol;	/* the feature that it comes with */
};

#define RULE(request, reply, min_fds, max_fds, min_size, max_size, protocol) \
	[request] = { true, reply, min_fds, max_fds, min_size, max_size, protocol }
#define CONFIG_HEAD sizeof(struct message_config)
#define TABLE_HEAD 8
#define REGION sizeof(struct message_region)

static const struct rule rules[MESSAGE_REQUESTS] = {
	RULE(GET_FEATURES, true, 0, 0, 0, 0, 0),
	RULE(SET_FEATURES, false, 0, 0, 8, 8, 0),
	RULE(SET_OWNER, false, 0, 0, 0, 0, 0),
	RULE(RESET_OWNER, false, 0, 0, 0, 0, 0),
	RULE(SET_MEM_TABLE, false, 1, MESSAGE_MAX_REGIONS, TABLE_HEAD + REGION,
	     TABLE_HEAD + MESSAGE_MAX_REGIONS * REGION, 0),
	RULE(SET_LOG_BASE, true, 1, 1, 16, 16, P_LOG_SHMFD),
	RULE(SET_LOG_FD, false, 1, 1, 0, 0, 0),
	RULE(SET_VRING_NUM, false, 0, 0, 8, 8, 0),
	RULE(SET_VRING_ADDR, false, 0, 0, 40, 40, 0),
	RULE(SET_VRING_BASE, false, 0, 0, 8, 8, 0),
	RULE(GET_VRING_BASE, true, 0, 0, 8, 8, 0),
	RULE(SET_VRING_KICK, false, 0, 1, 8, 8, 0),
	RULE(SET_VRING_CALL, false, 0, 1, 8, 8, 0),
	RULE(SET_VRING_ERR, false, 0, 1, 8, 8, 0),
	RULE(GET_PROTOCOL_FEATURES, true, 0, 0, 0, 0, 0),
	RULE(SET_PROTOCOL_FEATURES, false, 0, 0, 8, 8, 0),
	RULE(GET_QUEUE_NUM, true, 0, 0, 0, 0, P_MQ),
	RULE(SET_VRING_ENABLE, false, 0, 0, 8, 8, 0),
	RULE(GET_CONFIG, true, 0, 0, CONFIG_HEAD, CONFIG_HEAD + MESSAGE_CONFIG_MAX, P_CONFIG),
	RULE(SET_CONFIG, false, 0, 0, CONFIG_HEAD, CONFIG_HEAD + MESSAGE_CONFIG_MAX, P_CONFIG),
	RULE(CREATE_CRYPTO_SESSION, true, 0, 0, 632, 1072, P_CRYPTO_SESSION),
	RULE(CLOSE_CRYPTO_SESSION, false, 0, 0, 8, 8, P_CRYPTO_SESSION),
	RULE(GET_INFLIGHT_FD, true, 0, 0, 24, 24, P_INFLIGHT_SHMFD),
	RULE(SET_INFLIGHT_FD, false, 1, 1, 24, 24, P_INFLIGHT_SHMFD),
	RULE(RESET_DEVICE, false, 0, 0, 0, 0, P_RESET_DEVICE),
	RULE(GET_MAX_MEM_SLOTS, true, 0, 0, 0, 0, P_MEM_SLOTS),
	RULE(ADD_MEM_REG, false, 1, 1, 40, 40, P_MEM_SLOTS),
	/* Needs no file; one that comes is closed. */
	RULE(REM_MEM_REG, false, 0, 1, 40, 40, P_MEM_SLOTS),
	RULE(SET_DEVICE_STATE_FD, true, 1, 1, 8, 8, P_DEVICE_STATE),
	RULE(CHECK_DEVICE_STATE, true, 0, 0, 0, 0, P_DEVICE_STATE),
};

const char *message_header_fault(const struct message_header *header)
{
	if ((header->flags & 3) != MESSAGE_VERSION)
		return "a message of another version";
	if (header->flags & ~(MESSAGE_VERSION | MESSAGE_NEED_REPLY))
		return "a message with flags that no request has";
	if (header->size > MESSAGE_MAX_PAYLOAD)
		return "a message that is too long";
	return NULL;
}

bool message_known(const struct message *message, uint64_t protocol)
{
	uint32_t request = message->header.request;

	return request < MESSAGE_REQUESTS && rules[request].known &&
	       (rules[request].protocol & protocol) == rules[request].protocol;
}

bool message_has_reply(uint32_t request)
{
	return request < MESSAGE_REQUESTS && rules[request].reply;
}

bool message_takes_socket(uint32_t request)
{
	return request == SET_DEVICE_STATE_FD;
}

static void read_payload(const struct message *message, size_t at, void *to, size_t len)
{
	memcpy(to, message->payload + at, len);
}

/* Where a request says itself how much of something there is. */
static const char *inner_fault(const struct message *message)
{
	bool no_fd = message_u64(message) & MESSAGE_FD_NONE;
	uint32_t size = message->header.size;

	switch (message->header.request) {
	case SET_MEM_TABLE:
		if (message_regions(message) != message->fd_count ||
		    size != TABLE_HEAD + REGION * message->fd_count)
			return "a memory table that is not as long as it says";
		break;
	case GET_CONFIG:
	case SET_CONFIG:
		if (size != CONFIG_HEAD + (uint64_t)message_config(message).size)
			return "a piece of config space that is not as long as it says";
		break;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
	case SET_VRING_ERR:
		if (no_fd == (message->fd_count == 1))
			return "a notification with a file too many or too few";
		break;
	case CREATE_CRYPTO_SESSION:
		if (size != 632 && size != 1072)
			return "a session in no layout that is known";
		break;
	default:
		break;
	}
	return NULL;
}

const char *message_fault(const struct message *message)
{
	const struct rule *rule = &rules[message->header.request];

	if (message->header.size < rule->min_size || message->header.size > rule->max_size)
		return "a message of the wrong size";
	if (message->fd_count < rule->min_fds || message->fd_count > rule->max_fds)
		return "a message with the wrong number of files";
	return inner_fault(message);
}

uint64_t message_u64(const struct message *message)
{
	uint64_t value;

	read_payload(message, 0, &value, sizeof(value));
	return value;
}

struct message_vring message_vring(const struct message *message)
{
	struct message_vring vring;

	read_payload(message, 0, &vring, sizeof(vring));
	return vring;
}

struct message_address message_address(const struct message *message)
{
	struct message_address address;

	VCRYPTO_ASSERT(sizeof(address) == 40, "the front end's layout");
	read_payload(message, 0, &address, sizeof(address));
	return address;
}

struct message_config message_config(const struct message *message)
{
	struct message_config config;

	read_payload(message, 0, &config, sizeof(config));
	return config;
}

struct message_inflight message_inflight(const struct message *message)
{
	struct message_inflight inflight;

	VCRYPTO_ASSERT(sizeof(inflight) == 24, "the front end's layout");
	read_payload(message, 0, &inflight, sizeof(inflight));
	return inflight;
}

struct message_log message_log(const struct message *message)
{
	struct message_log log;

	read_payload(message, 0, &log, sizeof(log));
	return log;
}

struct message_state message_state(const struct message *message)
{
	struct message_state state;

	read_payload(message, 0, &state, sizeof(state));
	return state;
}

uint32_t message_regions(const struct message *message)
{
	uint32_t count;

	read_payload(message, 0, &count, sizeof(count));
	return count;
}

static struct message_region region_at(const struct message *message, size_t at)
{
	struct message_region region;

	VCRYPTO_ASSERT(sizeof(region) == 32, "the front end's layout");
	read_payload(message, at, &region, sizeof(region));
	return region;
}

struct message_region message_region(const struct message *message, uint32_t i)
{
	return region_at(message, TABLE_HEAD + REGION * i);
}

struct message_region message_slot(const struct message *message)
{
	return region_at(message, 8);
}

void message_reply_u64(struct message *message, uint64_t value)
{
	memcpy(message->payload, &value, sizeof(value));
	message->header.size = sizeof(value);
}

void message_reply_vring(struct message *message, struct message_vring vring)
{
	memcpy(message->payload, &vring, sizeof(vring));
	message->header.size = sizeof(vring);
}

void message_reply_inflight(struct message *message, const struct message_inflight *inflight)
{
	memcpy(message->payload, inflight, sizeof(*inflight));
	message->header.size = sizeof(*inflight);
}
