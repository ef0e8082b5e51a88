// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Contexts and sessions: tables indexed by the driver's handles (protocol 2.5). */
#include "internal.h"

bool vcrypto_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t difference = 0;
	size_t i;

	for (i = 0; i < len; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

static struct context *find_context(const struct vcrypto_engine *engine, uint32_t handle)
{
	if (handle >= engine->limits.contexts || !engine->contexts[handle].open)
		return NULL;
	return &engine->contexts[handle];
}

uint32_t vcrypto_context_sessions(const struct vcrypto_engine *engine, uint32_t handle)
{
	const struct context *context = find_context(engine, handle);

	return context ? context->count : 0;
}

struct session *vcrypto_session_find(const struct vcrypto_engine *engine, uint32_t context,
				     uint32_t handle)
{
	struct session *session;

	if (handle >= engine->limits.sessions)
		return NULL;
	session = &engine->sessions[handle];
	/* Free, or of another context: the same answer (protocol 2.5). */
	return session->live && session->context == context ? session : NULL;
}

void *vcrypto_session_object(const struct vcrypto_engine *engine, const struct session *session)
{
	return engine->session_objects +
	       (size_t)(session - engine->sessions) * engine->session_stride;
}

enum vcrypto_status vcrypto_context_open(struct vcrypto_engine *engine, uint32_t handle)
{
	if (handle >= engine->limits.contexts)
		return VCRYPTO_NO_SPACE;	/* 4.1 */
	if (engine->contexts[handle].open)
		return VCRYPTO_HANDLE_IN_USE;	/* 4.1 */
	engine->contexts[handle].open = true;
	engine->contexts[handle].first = NO_INDEX;
	engine->contexts[handle].count = 0;
	engine->open_contexts++;
	return VCRYPTO_OK;
}

static void link_session(struct vcrypto_engine *engine, uint32_t handle)
{
	struct session *session = &engine->sessions[handle];
	struct context *context = &engine->contexts[session->context];

	session->previous = NO_INDEX;
	session->next = context->first;
	if (session->next != NO_INDEX)
		engine->sessions[session->next].previous = handle;
	context->first = handle;
	context->count++;
}

static void unlink_session(struct vcrypto_engine *engine, const struct session *session)
{
	engine->contexts[session->context].count--;
	if (session->next != NO_INDEX)
		engine->sessions[session->next].previous = session->previous;
	if (session->previous != NO_INDEX)
		engine->sessions[session->previous].next = session->next;
	else
		engine->contexts[session->context].first = session->next;
}

static void release(struct vcrypto_engine *engine, struct session *session)
{
	void *object = vcrypto_session_object(engine, session);

	unlink_session(engine, session);
	if (engine->backend->session_free)
		engine->backend->session_free(engine->provider, object);
	vcrypto_wipe(object, engine->backend->session_size);
	vcrypto_wipe(session, sizeof(*session));
	engine->live_sessions--;
}

enum vcrypto_status vcrypto_session_free(struct vcrypto_engine *engine, uint32_t context,
					 uint32_t handle)
{
	struct session *session = vcrypto_session_find(engine, context, handle);

	if (!session)
		return VCRYPTO_NO_SESSION;	/* 4.4 */
	release(engine, session);
	return VCRYPTO_OK;
}

enum vcrypto_status vcrypto_context_close(struct vcrypto_engine *engine, uint32_t handle)
{
	struct context *context = find_context(engine, handle);

	if (!context)
		return VCRYPTO_NO_CONTEXT;	/* 4.2 */
	while (context->first != NO_INDEX)
		release(engine, &engine->sessions[context->first]);
	context->open = false;
	engine->open_contexts--;
	return VCRYPTO_OK;
}

void vcrypto_sessions_reset(struct vcrypto_engine *engine)
{
	uint32_t i;

	for (i = 0; i < engine->limits.contexts && engine->open_contexts; i++)
		(void)vcrypto_context_close(engine, i);
}

/* Whether @request asks for something that is on offer; fills @spec but for the keys. */
static enum vcrypto_status choose(const struct vcrypto_engine *engine,
				  const struct vcrypto_request *request,
				  struct vcrypto_session_spec *spec)
{
	spec->cipher = vcrypto_cipher_find(request->u.session_new.cipher);
	spec->mac = vcrypto_mac_find(request->u.session_new.mac);
	spec->cipher_key_len = request->u.session_new.cipher_key_len;
	spec->mac_key_len = request->u.session_new.mac_key_len;
	return vcrypto_check_algorithms(engine->offer.ciphers, engine->offer.macs,
					request->u.session_new.cipher, request->u.session_new.mac,
					request->u.session_new.cipher_key_len,
					request->u.session_new.mac_key_len);	/* 4.3 */
}

/* A TLS record cipher as the backend sees it (protocol 6.1.1). */
static void take_apart(struct vcrypto_session_spec *spec)
{
	const struct vcrypto_cipher *record = spec->cipher;

	if (!record || !record->record_mac)
		return;
	spec->cipher = vcrypto_cipher_find(record->record_cipher);
	spec->mac = vcrypto_mac_find(record->record_mac);
}

/* With @spec complete but for the keys, which are in @request's input. */
static enum vcrypto_status key_session(struct vcrypto_engine *engine,
				       struct vcrypto_request *request,
				       struct session *session, struct vcrypto_session_spec *spec)
{
	uint8_t keys[VCRYPTO_MAX_CIPHER_KEY + VCRYPTO_MAX_MAC_KEY];
	enum vcrypto_status status = VCRYPTO_BAD_REQUEST;

	if (vcrypto_cursor_read(&request->input, keys,
				spec->cipher_key_len + spec->mac_key_len)) {
		spec->cipher_key = keys;
		spec->mac_key = keys + spec->cipher_key_len;
		status = engine->backend->session_new(engine->provider,
						      vcrypto_session_object(engine, session),
						      spec);
	}
	vcrypto_wipe(keys, sizeof(keys));
	return status;
}

enum vcrypto_status vcrypto_session_new(struct vcrypto_engine *engine,
					struct vcrypto_request *request)
{
	const struct vcrypto_cipher *aead;
	struct vcrypto_session_spec spec;
	struct session *session;
	enum vcrypto_status status;

	if (!find_context(engine, request->context))
		return VCRYPTO_NO_CONTEXT;	/* 4.3 */
	if (request->session >= engine->limits.sessions)
		return VCRYPTO_NO_SPACE;	/* 4.3 */
	session = &engine->sessions[request->session];
	if (session->live)
		return VCRYPTO_HANDLE_IN_USE;	/* 4.3 */
	status = choose(engine, request, &spec);
	if (status != VCRYPTO_OK)
		return status;
	aead = spec.cipher && spec.cipher->tag_len ? spec.cipher : NULL;
	take_apart(&spec);
	status = key_session(engine, request, session, &spec);
	if (status != VCRYPTO_OK) {
		vcrypto_wipe(vcrypto_session_object(engine, session),
			     engine->backend->session_size);
		return status;
	}
	session->live = true;
	session->context = request->context;
	session->cipher = spec.cipher;
	session->mac = spec.mac;
	session->aead = aead;
	link_session(engine, request->session);
	engine->live_sessions++;
	engine->sessions_created++;
	return VCRYPTO_OK;
}

/* "cbc-aes" and "libcrypto" make "cbc-aes-libcrypto". */
static void driver_name(char to[VCRYPTO_NAME_LEN], const char *mode, const char *backend)
{
	size_t at = 0;

	while (*mode && at < VCRYPTO_NAME_LEN - 1)
		to[at++] = *mode++;
	if (at < VCRYPTO_NAME_LEN - 1)
		to[at++] = '-';
	while (*backend && at < VCRYPTO_NAME_LEN - 1)
		to[at++] = *backend++;
}

enum vcrypto_status vcrypto_session_describe(const struct vcrypto_engine *engine,
					     uint32_t context, uint32_t handle,
					     struct vcrypto_session_info *info)
{
	const struct session *session = vcrypto_session_find(engine, context, handle);

	if (!session)
		return VCRYPTO_NO_SESSION;	/* 4.5 */
	memset(info, 0, sizeof(*info));
	if (session->cipher)
		driver_name(info->cipher_driver,
			    session->aead ? session->aead->mode : session->cipher->mode,
			    engine->backend->name);
	if (session->mac && !session->aead)
		driver_name(info->mac_driver, session->mac->mode, engine->backend->name);
	info->flags = vcrypto_put32(VCRYPTO_SESSION_INFO_OFFLOADED);
	return VCRYPTO_OK;
}

/* So that there is a state to copy, with the session's key in it, even if it has no data yet. */
static bool start_hash(struct vcrypto_engine *engine, struct session *session)
{
	struct vcrypto_job job = { .session = vcrypto_session_object(engine, session) };

	if (!session->hash_started)
		session->hash_started = vcrypto_run_hash(engine, &job, job.src, true, false);
	return session->hash_started;
}

enum vcrypto_status vcrypto_session_copy(struct vcrypto_engine *engine, uint32_t context,
					 uint32_t to_handle, uint32_t from_handle)
{
	struct session *to = vcrypto_session_find(engine, context, to_handle);
	struct session *from = vcrypto_session_find(engine, context, from_handle);

	if (!to || !from)
		return VCRYPTO_NO_SESSION;	/* 4.6 */
	if (to == from || !to->mac || to->mac != from->mac || to->aead || from->aead)
		return VCRYPTO_BAD_PARAMETER;	/* 4.6 */
	if (!engine->backend->hash_copy)
		return VCRYPTO_NOT_SUPPORTED;
	to->hash_started = false;
	if (start_hash(engine, from))
		to->hash_started = engine->backend->hash_copy(engine->provider,
							      vcrypto_session_object(engine, to),
							      vcrypto_session_object(engine, from));
	return to->hash_started ? VCRYPTO_OK : VCRYPTO_ERROR;
}
