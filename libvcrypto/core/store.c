// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Contexts and sessions: tables indexed by handles (protocol 2.5).  A store is one piece
 * of memory:
 *
 *	struct vcrypto_store | contexts | live bits | sessions, each with the backend's object
 *
 * The sessions of a context form a doubly linked list of indexes, so that closing a
 * context costs what it holds and not what the table could hold.  If that is too much at
 * once, the list becomes part of another, of sessions that nobody can name any more.
 */
#include "internal.h"

/* Of sessions.  Empty: @first is not looked at without @count, so zeros are an empty one. */
struct list {
	uint32_t first;
	uint32_t last;
	uint32_t count;
};

struct context {
	bool open;
	uint32_t life;		/* changes when it is closed */
	struct list sessions;
};

struct vcrypto_store {
	struct context *contexts;
	/* A bit for each session, to find an unused one without a look at all of them. */
	uint64_t *live;
	uint8_t *sessions;
	size_t stride;			/* bytes from one session to the next */
	const struct vcrypto_backend *backend;	/* what a session's object is for */
	uint32_t max_contexts;
	uint32_t max_sessions;
	/* Of contexts that have been closed: of another life than their context. */
	struct list closed;
	uint32_t most_closed;		/* that end at once */
	struct vcrypto_census census;
};

/* The sums cannot overflow: both numbers are bounded by the callers. */
static size_t stride_for(const struct vcrypto_backend *backend)
{
	size_t object = backend->session_size > backend->key_size ? backend->session_size :
								    backend->key_size;

	return vcrypto_aligned(sizeof(struct vcrypto_session)) + vcrypto_aligned(object);
}

static size_t offset_of_live(uint32_t contexts)
{
	return vcrypto_aligned(sizeof(struct vcrypto_store)) +
	       vcrypto_aligned(contexts * sizeof(struct context));
}

static size_t offset_of_sessions(uint32_t contexts, uint32_t sessions)
{
	return offset_of_live(contexts) + vcrypto_aligned((sessions + 63) / 64 * sizeof(uint64_t));
}

size_t vcrypto_store_size(uint32_t contexts, uint32_t sessions,
			  const struct vcrypto_backend *backend)
{
	if (contexts < 1 || contexts > VCRYPTO_MAX_CONTEXTS ||
	    sessions < 1 || sessions > VCRYPTO_MAX_SESSIONS)
		return 0;
	return offset_of_sessions(contexts, sessions) + sessions * stride_for(backend);
}

struct vcrypto_store *vcrypto_store_init(void *memory, uint32_t contexts, uint32_t sessions,
					 const struct vcrypto_backend *backend)
{
	struct vcrypto_store *store = memory;
	uint8_t *base = memory;

	if ((uintptr_t)memory % VCRYPTO_ALIGNMENT ||
	    !vcrypto_store_size(contexts, sessions, backend))
		return NULL;
	store->contexts = (struct context *)(void *)(base + vcrypto_aligned(sizeof(*store)));
	store->live = (uint64_t *)(void *)(base + offset_of_live(contexts));
	store->sessions = base + offset_of_sessions(contexts, sessions);
	store->stride = stride_for(backend);
	store->backend = backend;
	store->max_contexts = contexts;
	store->max_sessions = sessions;
	store->most_closed = sessions;
	return store;
}

void *vcrypto_store_idle_memory(struct vcrypto_store *store, size_t *len)
{
	const uint8_t *end = store->sessions + store->max_sessions * store->stride;

	*len = (size_t)(end - (const uint8_t *)store->contexts);
	return store->contexts;
}

void vcrypto_store_reset(struct vcrypto_store *store)
{
	uint32_t i;

	for (i = 0; i < store->max_contexts && store->census.contexts; i++)
		(void)vcrypto_store_close(store, i);
	(void)vcrypto_store_sweep(store, UINT32_MAX);
	store->census.sessions_created = 0;
}

void vcrypto_store_fini(struct vcrypto_store *store)
{
	vcrypto_store_reset(store);
	/* Sessions and their objects were wiped when they went out of use. */
	vcrypto_wipe(store->contexts, store->max_contexts * sizeof(struct context));
	vcrypto_wipe(store, sizeof(*store));
}

struct vcrypto_census vcrypto_store_census(const struct vcrypto_store *store)
{
	struct vcrypto_census census = store->census;

	census.closed = store->closed.count;
	return census;
}

static struct vcrypto_session *session_at(const struct vcrypto_store *store, uint32_t handle)
{
	return (struct vcrypto_session *)(void *)(store->sessions + handle * store->stride);
}

static struct context *find_context(const struct vcrypto_store *store, uint32_t handle)
{
	if (handle >= store->max_contexts || !store->contexts[handle].open)
		return NULL;
	return &store->contexts[handle];
}

void vcrypto_store_set_most_closed(struct vcrypto_store *store, uint32_t most)
{
	store->most_closed = most;
}

uint32_t vcrypto_store_ends_at_once(const struct vcrypto_store *store, uint32_t context)
{
	const struct context *found = find_context(store, context);
	uint32_t count = found ? found->sessions.count : 0;

	return count < store->most_closed ? count : store->most_closed;
}

/* Its context has been closed, and may have been opened anew. */
static bool is_closed(const struct vcrypto_store *store, const struct vcrypto_session *session)
{
	return store->closed.count &&
	       store->contexts[session->context].life != session->life;
}

static struct vcrypto_session *find_any(const struct vcrypto_store *store, uint32_t context,
					uint32_t handle)
{
	struct vcrypto_session *session;

	if (handle >= store->max_sessions)
		return NULL;
	session = session_at(store, handle);
	/* Free, or of another context: the same answer (protocol 2.5). */
	return session->live && session->context == context && !is_closed(store, session) ?
		       session : NULL;
}

struct vcrypto_session *vcrypto_store_find(const struct vcrypto_store *store, uint32_t context,
					   uint32_t handle)
{
	struct vcrypto_session *session = find_any(store, context, handle);

	return session && !session->is_key ? session : NULL;
}

struct vcrypto_session *vcrypto_store_find_key(const struct vcrypto_store *store, uint32_t context,
					       uint32_t handle)
{
	struct vcrypto_session *session = find_any(store, context, handle);

	return session && session->is_key ? session : NULL;
}

enum vcrypto_status vcrypto_store_open(struct vcrypto_store *store, uint32_t context)
{
	if (context >= store->max_contexts)
		return VCRYPTO_NO_SPACE;	/* 4.1 */
	if (store->contexts[context].open)
		return VCRYPTO_HANDLE_IN_USE;	/* 4.1 */
	store->contexts[context].open = true;
	store->census.contexts++;
	return VCRYPTO_OK;
}

static void set_live(struct vcrypto_store *store, uint32_t handle, bool live)
{
	uint64_t bit = (uint64_t)1 << (handle % 64);

	if (live)
		store->live[handle / 64] |= bit;
	else
		store->live[handle / 64] &= ~bit;
}

static uint32_t lowest_zero(uint64_t word)
{
	uint32_t at = 0;

	while (word >> at & 1)
		at++;
	return at;
}

uint32_t vcrypto_store_unused(const struct vcrypto_store *store)
{
	uint32_t words = (store->max_sessions + 63) / 64;
	uint32_t handle = store->max_sessions;
	uint32_t i;

	for (i = 0; i < words; i++)
		if (store->live[i] != UINT64_MAX) {
			handle = i * 64 + lowest_zero(store->live[i]);
			break;
		}
	if (handle < store->max_sessions)
		return handle;
	return store->closed.count ? store->closed.first : VCRYPTO_NO_HANDLE;
}

static uint32_t handle_of(const struct vcrypto_store *store, const struct vcrypto_session *session)
{
	return (uint32_t)((size_t)((const uint8_t *)session - store->sessions) / store->stride);
}

static struct list *list_of(struct vcrypto_store *store, const struct vcrypto_session *session)
{
	return is_closed(store, session) ? &store->closed :
					   &store->contexts[session->context].sessions;
}

static void link_session(struct vcrypto_store *store, uint32_t handle)
{
	struct vcrypto_session *session = session_at(store, handle);
	struct list *list = list_of(store, session);

	session->previous = VCRYPTO_NO_HANDLE;
	session->next = list->count ? list->first : VCRYPTO_NO_HANDLE;
	if (list->count++)
		session_at(store, list->first)->previous = handle;
	else
		list->last = handle;
	list->first = handle;
}

static void unlink_session(struct vcrypto_store *store, struct list *list,
			   const struct vcrypto_session *session)
{
	list->count--;
	if (session->next != VCRYPTO_NO_HANDLE)
		session_at(store, session->next)->previous = session->previous;
	else
		list->last = session->previous;
	if (session->previous != VCRYPTO_NO_HANDLE)
		session_at(store, session->previous)->next = session->next;
	else
		list->first = session->next;
}

/* All of @from, which is not empty, to the end of @to. */
static void move_list(struct vcrypto_store *store, struct list *to, struct list *from)
{
	if (to->count) {
		session_at(store, to->last)->next = from->first;
		session_at(store, from->first)->previous = to->last;
	} else {
		to->first = from->first;
	}
	to->last = from->last;
	to->count += from->count;
	from->count = 0;
}

static void release(struct vcrypto_store *store, struct vcrypto_session *session)
{
	struct vcrypto_lane *lane = session->lane;
	struct list *list = list_of(store, session);

	/* Its ops would be done with a session that is no more. */
	if (session->in_flight)
		vcrypto_lane_flush(lane);
	unlink_session(store, list, session);
	if (list != &store->closed)
		store->census.sessions--;
	set_live(store, handle_of(store, session), false);
	if (session->is_key)
		lane->backend->key_free(lane->provider, vcrypto_session_object(session));
	else if (lane->backend->session_free)
		lane->backend->session_free(lane->provider, vcrypto_session_object(session));
	vcrypto_wipe(session, store->stride);
}

enum vcrypto_status vcrypto_store_free(struct vcrypto_store *store, uint32_t context,
				       uint32_t handle)
{
	struct vcrypto_session *session = find_any(store, context, handle);

	if (!session)
		return VCRYPTO_NO_SESSION;	/* 4.4 */
	release(store, session);
	return VCRYPTO_OK;
}

uint32_t vcrypto_store_end_some(struct vcrypto_store *store, uint32_t most)
{
	uint32_t words = (store->max_sessions + 63) / 64;
	uint32_t ended = 0;
	uint32_t i;

	for (i = 0; i < words && ended < most; i++)
		for (; store->live[i] && ended < most; ended++)
			release(store, session_at(store, i * 64 + lowest_zero(~store->live[i])));
	return ended;
}

uint32_t vcrypto_store_sweep(struct vcrypto_store *store, uint32_t most)
{
	uint32_t ended;

	for (ended = 0; ended < most && store->closed.count; ended++)
		release(store, session_at(store, store->closed.first));
	return store->closed.count;
}

enum vcrypto_status vcrypto_store_close(struct vcrypto_store *store, uint32_t handle)
{
	struct context *context = find_context(store, handle);
	/* What others have left is not its business: nobody has reckoned with that. */
	uint32_t most = vcrypto_store_ends_at_once(store, handle);

	if (!context)
		return VCRYPTO_NO_CONTEXT;	/* 4.2 */
	context->open = false;
	context->life++;
	store->census.contexts--;
	store->census.sessions -= context->sessions.count;
	if (context->sessions.count)
		move_list(store, &store->closed, &context->sessions);
	(void)vcrypto_store_sweep(store, most);
	return VCRYPTO_OK;
}

enum vcrypto_status vcrypto_store_check_place(const struct vcrypto_store *store,
					      const struct vcrypto_lane *lane,
					      uint32_t context, uint32_t handle)
{
	const struct vcrypto_session *session;

	if (lane->backend != store->backend)
		return VCRYPTO_ERROR;
	if (!find_context(store, context))
		return VCRYPTO_NO_CONTEXT;	/* 4.3 */
	if (handle >= store->max_sessions)
		return VCRYPTO_NO_SPACE;	/* 4.3 */
	session = session_at(store, handle);
	if (session->live && !is_closed(store, session))
		return VCRYPTO_HANDLE_IN_USE;	/* 4.3 */
	return VCRYPTO_OK;
}

struct vcrypto_session *vcrypto_store_take_place(struct vcrypto_store *store, uint32_t handle)
{
	struct vcrypto_session *session = session_at(store, handle);

	if (session->live)
		release(store, session);
	return session;
}

enum vcrypto_status vcrypto_store_settle(struct vcrypto_store *store, struct vcrypto_lane *lane,
					 uint32_t context, uint32_t handle,
					 enum vcrypto_status status)
{
	struct vcrypto_session *session = session_at(store, handle);

	if (status != VCRYPTO_OK) {
		vcrypto_wipe(session, store->stride);
		return status;
	}
	session->live = true;
	set_live(store, handle, true);
	session->context = context;
	session->life = store->contexts[context].life;
	session->lane = lane;
	link_session(store, handle);
	store->census.sessions++;
	store->census.sessions_created++;
	return VCRYPTO_OK;
}
