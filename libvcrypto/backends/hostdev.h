/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Internal to the hostdev backend: what its files share.
 *
 *	hostdev.c       what the host offers; ciphers and whole jobs
 *	hostdev-hash.c  hashes, their keys and copies
 */
#ifndef HOSTDEV_H
#define HOSTDEV_H

#include <crypto/cryptodev.h>
#include <vcrypto/backend.h>

/* The key of a MAC, which all sessions of the host's that were opened with it share. */
struct hostdev_key {
	size_t users;
	size_t len;
	uint8_t bytes[];
};

/* One of the host's sessions. */
struct hostdev_state {
	uint32_t session;		/* the host's number; 0: none */
	bool restart;			/* with its next data, and */
	uint8_t iv[VCRYPTO_MAX_IV];	/* with this, if the MAC takes one */
	struct hostdev_key *key;	/* NULL: a plain hash */
};

struct hostdev_hash {
	const struct vcrypto_mac *mac;	/* NULL: none */
	struct hostdev_state own;
	struct hostdev_state copied;	/* a MAC that goes on instead until it ends */
};

/* The ioctls take pointers to bytes that they only read. */
static inline uint8_t *hostdev_unconst(const uint8_t *bytes)
{
	return (uint8_t *)(uintptr_t)bytes;
}

/* ioctl(), again if a signal came between. */
int vcrypto_hostdev_control(int fd, unsigned long request, void *argument);
/* 0 if the host does not make such a session. */
uint32_t vcrypto_hostdev_session(int fd, struct session_op *op);
void vcrypto_hostdev_close(int fd, uint32_t session);

/* hostdev-hash.c.  With @hash zeroed; if it fails, vcrypto_hostdev_hash_close() it. */
bool vcrypto_hostdev_hash_open(int fd, struct hostdev_hash *hash,
			       const struct vcrypto_session_spec *spec);
void vcrypto_hostdev_hash_close(int fd, struct hostdev_hash *hash);
void vcrypto_hostdev_hash_reset(int fd, struct hostdev_hash *hash,
				const uint8_t iv[VCRYPTO_MAX_IV]);
bool vcrypto_hostdev_hash_update(int fd, struct hostdev_hash *hash, const uint8_t *data,
				 size_t len);
bool vcrypto_hostdev_hash_finish(int fd, struct hostdev_hash *hash, uint8_t *digest);
bool vcrypto_hostdev_hash_copy(int fd, struct hostdev_hash *to, const struct hostdev_hash *from);

#endif /* HOSTDEV_H */
