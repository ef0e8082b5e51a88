/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The tables: contexts, sessions in them, and who may name which.
 *
 * A store is what one guest has, or one queue of it.  Handles are chosen by the caller:
 * with our own format by the driver, with another by the device, which asks for an unused
 * one.  They are small numbers, looked up in constant time.
 *
 * Calls for one store must not overlap.  A call that ends a session calls the backend
 * of its lane, and flushes the lane if ops of that session have been submitted and are
 * not done; so its lane must not be at work in another thread.  One that makes a session
 * may come while a lane has ops in flight; it ends a session only if that has been closed
 * and is still to be swept.  vcrypto_store_find() may overlap with itself.
 */
#ifndef VCRYPTO_STORE_H
#define VCRYPTO_STORE_H

#include <vcrypto/lane.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; lives in the caller's memory. */
struct vcrypto_store;

/*
 * Bytes of memory, aligned to VCRYPTO_ALIGNMENT, that a store needs for @contexts
 * (1 ... VCRYPTO_MAX_CONTEXTS) and @sessions (1 ... VCRYPTO_MAX_SESSIONS) on lanes of
 * @backend; 0 if they are out of range.
 */
size_t vcrypto_store_size(uint32_t contexts, uint32_t sessions,
			  const struct vcrypto_backend *backend);

/*
 * Make a store in @memory, vcrypto_store_size() bytes of zeros, which belongs to the
 * store until vcrypto_store_fini().  NULL if a number is out of range or the memory is
 * misaligned.
 */
struct vcrypto_store *vcrypto_store_init(void *memory, uint32_t contexts, uint32_t sessions,
					 const struct vcrypto_backend *backend);

/*
 * Free every session, close every context, forget how many there were.  Keys are wiped.
 * A format without contexts opens its one again.
 */
void vcrypto_store_reset(struct vcrypto_store *store);

/*
 * End @most sessions at most, of whatever contexts, which stay open.  How many that were: fewer
 * if no other is left.  For who has many to end, and other things to do meanwhile.
 */
uint32_t vcrypto_store_end_some(struct vcrypto_store *store, uint32_t most);

/*
 * Right after vcrypto_store_reset(), @len bytes that hold nothing: all but a few of the
 * store's memory, up to its end.  They may be given back to the system if they read as
 * zeros when they are touched again.
 */
void *vcrypto_store_idle_memory(struct vcrypto_store *store, size_t *len);

/* Reset, wipe. */
void vcrypto_store_fini(struct vcrypto_store *store);

/* How much there is, and how much there has been. */
struct vcrypto_census {
	uint32_t contexts;		/* open now */
	uint32_t sessions;		/* live now */
	uint32_t closed;		/* still to be swept, see vcrypto_store_sweep() */
	uint64_t sessions_created;	/* since the store was made or reset */
};

/* As it stands now. */
struct vcrypto_census vcrypto_store_census(const struct vcrypto_store *store);

/*
 * Open a context.  VCRYPTO_NO_SPACE: @context is past the table; VCRYPTO_HANDLE_IN_USE.
 */
enum vcrypto_status vcrypto_store_open(struct vcrypto_store *store, uint32_t context);

/* Close the context @handle and free its sessions.  VCRYPTO_NO_CONTEXT: it is not open. */
enum vcrypto_status vcrypto_store_close(struct vcrypto_store *store, uint32_t handle);

/*
 * For who has other things to do while many sessions end, each of which takes up to two
 * microseconds: from now on vcrypto_store_close() ends @most at most, 1 or more.  Of those that
 * are left nobody can tell that they are there: their handles are free, and they
 * do not count.  But they have their memory and their keys until they are swept.  A new store
 * has no such limit.
 */
void vcrypto_store_set_most_closed(struct vcrypto_store *store, uint32_t most);

/* End @most of what is left of closed contexts, those closed first.  How many are left then. */
uint32_t vcrypto_store_sweep(struct vcrypto_store *store, uint32_t most);

/*
 * How many sessions vcrypto_store_close() of @context would end at once: as many as it has, or
 * the limit.  They need not be its own, if others are still to be swept.
 */
uint32_t vcrypto_store_ends_at_once(const struct vcrypto_store *store, uint32_t context);

/* What a new session is to be. */
struct vcrypto_session_request {
	uint32_t context;		/* the handle of an open one */
	uint32_t session;		/* its handle */
	uint32_t cipher;		/* enum vcrypto_cipher_id, or anything; 0: none */
	uint32_t mac;			/* enum vcrypto_mac_id, or anything; 0: none */
	uint32_t cipher_key_len;	/* bytes; may be anything */
	uint32_t mac_key_len;		/* likewise */
	struct vcrypto_cursor keys;	/* the cipher's, then the MAC's; read once */
};

/*
 * Make a session on @lane.  VCRYPTO_NO_CONTEXT; VCRYPTO_NO_SPACE: the handle is past the
 * table; VCRYPTO_HANDLE_IN_USE; VCRYPTO_NOT_SUPPORTED: @lane does not offer that;
 * VCRYPTO_BAD_KEY; VCRYPTO_BAD_REQUEST: there are fewer bytes of keys (what follows
 * them is not looked at); VCRYPTO_ERROR by the provider, or if the store was made for
 * another backend than @lane's.
 */
enum vcrypto_status vcrypto_store_create(struct vcrypto_store *store, struct vcrypto_lane *lane,
					 const struct vcrypto_session_request *request);

/* What a new asymmetric key is to be. */
struct vcrypto_key_request {
	uint32_t context;	/* the handle of an open one */
	uint32_t session;	/* its handle: sessions and keys share them */
	/* What follows the key in @der is not looked at. */
	struct vcrypto_key_spec spec;
	uint32_t der_len;		/* bytes; may be anything */
};

/*
 * Make a session that is an asymmetric key, with @lane's provider.  As above;
 * VCRYPTO_BAD_KEY also for a DER of more than VCRYPTO_MAX_DER bytes.
 */
enum vcrypto_status vcrypto_store_create_key(struct vcrypto_store *store,
					     struct vcrypto_lane *lane,
					     const struct vcrypto_key_request *request);

/* No session: every handle is below it. */
#define VCRYPTO_NO_HANDLE UINT32_MAX

/*
 * A handle of no session, for a format whose handles the device chooses: the lowest, where
 * nothing is left to be swept.  VCRYPTO_NO_HANDLE if there is none, which
 * vcrypto_store_create() refuses with VCRYPTO_NO_SPACE.  Looks at a bit for each session.
 */
uint32_t vcrypto_store_unused(const struct vcrypto_store *store);

/* End the session @handle of @context and wipe its keys.  VCRYPTO_NO_SESSION. */
enum vcrypto_status vcrypto_store_free(struct vcrypto_store *store, uint32_t context,
				       uint32_t handle);

/*
 * The live session @handle of @context, or NULL: free, of another context and a key are the
 * same.  Valid until it is freed.
 */
struct vcrypto_session *vcrypto_store_find(const struct vcrypto_store *store, uint32_t context,
					   uint32_t handle);

/* The same of a key. */
struct vcrypto_session *vcrypto_store_find_key(const struct vcrypto_store *store,
					       uint32_t context, uint32_t handle);

/*
 * Whether @job suits the key, as far as can be seen without it.  VCRYPTO_OK;
 * VCRYPTO_NOT_SUPPORTED: the verb is not one of this kind of key; VCRYPTO_BAD_PARAMETER: it
 * needs the private half, which is not there, or lengths are too long.
 */
enum vcrypto_status vcrypto_key_check(const struct vcrypto_session *key,
				      const struct vcrypto_key_job *job);

/*
 * What jobs are run with.  That of a session is valid as long as the session; a copy lasts
 * as long as the lane that the session was made on, whatever becomes of the session.
 */
struct vcrypto_key {
	const struct vcrypto_backend *backend;	/* whose functions these are */
	void *provider;				/* that object of the lane's */
	void *object;				/* the key, as the backend keeps it */
};

/* That of the session @key, which is one of a key. */
struct vcrypto_key vcrypto_key_of(const struct vcrypto_session *key);

/*
 * A copy in @memory, as many zeros as vcrypto_key_copy_size() says, aligned to
 * VCRYPTO_ALIGNMENT.  False: no memory; else vcrypto_key_copy_free() frees and wipes it.
 */
size_t vcrypto_key_copy_size(const struct vcrypto_key *key);
VCRYPTO_MUST_CHECK
bool vcrypto_key_copy(const struct vcrypto_key *key, void *memory, struct vcrypto_key *copy);
void vcrypto_key_copy_free(struct vcrypto_key *copy);

/*
 * Run @job, which has been checked.  May be called by any thread, by several at once, and
 * while the lane is at work: this and vcrypto_key_copy_free() do not touch it.
 */
void vcrypto_key_run(const struct vcrypto_key *key, struct vcrypto_key_job *job);

/*
 * Give the session @to the hash state of @from (protocol 4.6), both of @context and of
 * one lane with nothing in flight.  Of a MAC that takes an IV, a session between two
 * messages has none to give: then @to is between two as well.  VCRYPTO_NO_SESSION;
 * VCRYPTO_BAD_PARAMETER: the two do not go together; VCRYPTO_NOT_SUPPORTED by the backend;
 * VCRYPTO_ERROR.
 */
enum vcrypto_status vcrypto_store_copy_hash(struct vcrypto_store *store, uint32_t context,
					    uint32_t to, uint32_t from);

/* Of a session: its lane, for vcrypto_lane_submit(). */
struct vcrypto_lane *vcrypto_session_lane(const struct vcrypto_session *session);

/*
 * The algorithms by the names that were asked for; NULL: none.  A TLS record cipher
 * is a cipher and no MAC.
 */
const struct vcrypto_cipher *vcrypto_session_cipher(const struct vcrypto_session *session);
const struct vcrypto_mac *vcrypto_session_mac(const struct vcrypto_session *session);

/* What a byte costs in it, see vcrypto_weight(). */
uint32_t vcrypto_session_weight(const struct vcrypto_session *session);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_STORE_H */
