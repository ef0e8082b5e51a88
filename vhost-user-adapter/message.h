/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The messages of vhost-user, from bytes to values and back.  Pure: no sockets, nothing that
 * is called; what is read is the caller's.  Numbers are in the byte order of the machine.
 */
#ifndef VCRYPTOD_MESSAGE_H
#define VCRYPTOD_MESSAGE_H

#include <vcrypto/virtio_crypto.h>

#define MESSAGE_MAX_PAYLOAD 4096u
#define MESSAGE_MAX_FDS 32u
/*
 * What Linux sends at once, at most (SCM_MAX_FD).  Those for which there is no room are closed by
 * recvmsg(), and it waits for that.
 */
#define MESSAGE_FILES_SENT 253u
#define MESSAGE_MAX_REGIONS 32u		/* in one table */

/* Flags of a header. */
#define MESSAGE_VERSION 1u
#define MESSAGE_REPLY 4u
#define MESSAGE_NEED_REPLY 8u

/* What the front end may ask; those that are not here are unknown. */
enum message_request {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	RESET_OWNER = 4,
	SET_MEM_TABLE = 5,
	SET_LOG_BASE = 6,
	SET_LOG_FD = 7,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	SET_VRING_ERR = 14,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	GET_QUEUE_NUM = 17,
	SET_VRING_ENABLE = 18,
	GET_CONFIG = 24,
	SET_CONFIG = 25,
	CREATE_CRYPTO_SESSION = 26,
	CLOSE_CRYPTO_SESSION = 27,
	GET_INFLIGHT_FD = 31,
	SET_INFLIGHT_FD = 32,
	RESET_DEVICE = 34,
	GET_MAX_MEM_SLOTS = 36,
	ADD_MEM_REG = 37,
	REM_MEM_REG = 38,
	SET_DEVICE_STATE_FD = 42,
	CHECK_DEVICE_STATE = 43,
	MESSAGE_REQUESTS,	/* all are below */
};

/* Feature bits that are not the crypto device's: virtio 1.3, 6, and vhost-user's own. */
#define F_LOG_ALL ((uint64_t)1 << 26)
#define F_INDIRECT ((uint64_t)1 << 28)
#define F_EVENT_IDX ((uint64_t)1 << 29)
#define F_PROTOCOL_FEATURES ((uint64_t)1 << 30)
#define F_VERSION_1 ((uint64_t)1 << 32)

/* Protocol features. */
#define P_MQ ((uint64_t)1 << 0)
#define P_LOG_SHMFD ((uint64_t)1 << 1)
#define P_REPLY_ACK ((uint64_t)1 << 3)
#define P_CRYPTO_SESSION ((uint64_t)1 << 7)
#define P_CONFIG ((uint64_t)1 << 9)
#define P_INFLIGHT_SHMFD ((uint64_t)1 << 12)
#define P_RESET_DEVICE ((uint64_t)1 << 13)
#define P_MEM_SLOTS ((uint64_t)1 << 15)
#define P_DEVICE_STATE ((uint64_t)1 << 19)

struct message_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;		/* of the payload, bytes */
};

struct message {
	struct message_header header;
	uint8_t payload[MESSAGE_MAX_PAYLOAD];
	uint32_t fd_count;	/* that came along */
};

/* Payloads. */
struct message_vring {		/* NUM, BASE, ENABLE */
	uint32_t index;
	uint32_t value;
};

struct message_address {
	uint32_t index;
	uint32_t flags;		/* MESSAGE_ADDRESS_LOG */
	uint64_t desc;		/* addresses of the front end's, not of the guest's */
	uint64_t used;
	uint64_t avail;
	uint64_t log;		/* where the used ring is for the dirty log, a guest's address */
};

#define MESSAGE_ADDRESS_LOG 1u

struct message_log {
	uint64_t size;		/* bytes */
	uint64_t offset;	/* in the file */
};

struct message_inflight {
	uint64_t len;		/* bytes of the file, from */
	uint64_t offset;	/* there on */
	uint16_t queues;
	uint16_t size;		/* descriptors of each */
	uint32_t padding;
};

struct message_state {
	uint32_t direction;	/* MESSAGE_STATE_... */
	uint32_t phase;		/* 0: rings are stopped */
};

#define MESSAGE_STATE_SAVE 0u
#define MESSAGE_STATE_LOAD 1u

struct message_region {
	uint64_t guest;		/* guest-physical address */
	uint64_t size;		/* bytes */
	uint64_t user;		/* where the front end has it */
	uint64_t offset;	/* in the file */
};

struct message_config {
	uint32_t offset;
	uint32_t size;
	uint32_t flags;
};

#define MESSAGE_CONFIG_MAX 256u		/* bytes that follow it, at most */
#define MESSAGE_FD_INDEX 0xffu		/* of the u64 of KICK, CALL and ERR */
#define MESSAGE_FD_NONE 0x100u

/* What is wrong with a header, before any of its payload is read; NULL: nothing. */
const char *message_header_fault(const struct message_header *header);

/* Whether it is a request that exists with these protocol features. */
bool message_known(const struct message *message, uint64_t protocol);

/*
 * What is wrong with the size of a known request or the number of its files; NULL: nothing.
 * Payload that says how long it is itself is as long as that.
 */
const char *message_fault(const struct message *message);

/* Whether a request has a reply of its own, so that it is never acknowledged beside. */
bool message_has_reply(uint32_t request);

/* Whether a file that comes with it may be a socket. */
bool message_takes_socket(uint32_t request);

/* The payload of a request that message_fault() has found nothing wrong with. */
uint64_t message_u64(const struct message *message);
struct message_vring message_vring(const struct message *message);
struct message_address message_address(const struct message *message);
struct message_config message_config(const struct message *message);
struct message_inflight message_inflight(const struct message *message);
struct message_log message_log(const struct message *message);
struct message_state message_state(const struct message *message);
/* Of SET_MEM_TABLE: how many, and each. */
uint32_t message_regions(const struct message *message);
struct message_region message_region(const struct message *message, uint32_t i);
/* Of ADD_MEM_REG and REM_MEM_REG. */
struct message_region message_slot(const struct message *message);

/* Make a reply of @message: a number, or as much of its payload as it had. */
void message_reply_u64(struct message *message, uint64_t value);
void message_reply_vring(struct message *message, struct message_vring vring);
void message_reply_inflight(struct message *message, const struct message_inflight *inflight);

/* The layouts of CREATE_CRYPTO_SESSION. */
enum session_layout {
	SESSION_NONE,		/* none of these */
	SESSION_QEMU_7_0,	/* and older: 632 bytes, an op_code before the block */
	SESSION_QEMU_7_1,	/* to 8.0: 632 bytes, none */
	SESSION_QEMU_8_1,	/* and later: 1072 bytes, the id last */
};

/* What a session is to be made of.  The keys lie in the message. */
struct session_ask {
	enum session_layout layout;
	bool symmetric;		/* else it is something that there is not here */
	bool lengths_ok;	/* both keys are as long as the message has room for */
	struct vcrypto_virtio_numbers numbers;
	const uint8_t *key;
	const uint8_t *auth_key;
};

/* @force: SESSION_NONE to tell by what the message says. */
struct session_ask session_decode(const struct message *message, enum session_layout force);

/* Make the reply: zeros, which wipes the keys, but for @id.  Negative: there is no session. */
void session_reply(struct message *message, enum session_layout layout, int64_t id);

/* For the log. */
const char *session_layout_name(enum session_layout layout);

#endif /* VCRYPTOD_MESSAGE_H */
