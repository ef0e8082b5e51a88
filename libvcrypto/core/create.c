// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sessions and asymmetric keys as they are made: checked, keyed, and put in their place. */
#include "internal.h"

/* A TLS record cipher as the backend sees it (protocol 6.1.1). */
static void take_apart(struct vcrypto_session_spec *spec)
{
	const struct vcrypto_cipher *record = spec->cipher;

	if (!record || record->kind != VCRYPTO_KIND_RECORD)
		return;
	spec->cipher = vcrypto_cipher_find(record->record_cipher);
	spec->mac = vcrypto_mac_find(record->record_mac);
}

/* With @spec complete but for the keys. */
static enum vcrypto_status key_session(const struct vcrypto_lane *lane,
				       struct vcrypto_session *session,
				       struct vcrypto_cursor from,
				       struct vcrypto_session_spec *spec)
{
	uint8_t keys[VCRYPTO_MAX_CIPHER_KEY + VCRYPTO_MAX_MAC_KEY];
	enum vcrypto_status status = VCRYPTO_BAD_REQUEST;

	if (vcrypto_cursor_read(&from, keys, spec->cipher_key_len + spec->mac_key_len)) {
		spec->cipher_key = keys;
		spec->mac_key = keys + spec->cipher_key_len;
		status = lane->backend->session_new(lane->provider,
						    vcrypto_session_object(session), spec);
	}
	vcrypto_wipe(keys, sizeof(keys));
	return status;
}

enum vcrypto_status vcrypto_store_create(struct vcrypto_store *store, struct vcrypto_lane *lane,
					 const struct vcrypto_session_request *request)
{
	struct vcrypto_session_spec spec = {
		.cipher = vcrypto_cipher_find(request->cipher),
		.mac = vcrypto_mac_find(request->mac),
		.cipher_key_len = request->cipher_key_len,
		.mac_key_len = request->mac_key_len,
	};
	const struct vcrypto_cipher *named = spec.cipher;
	enum vcrypto_status status = vcrypto_store_check_place(store, lane, request->context,
							       request->session);
	struct vcrypto_session *session;

	if (status == VCRYPTO_OK)
		status = vcrypto_check_algorithms(lane->capabilities.ciphers,
						  lane->capabilities.macs, request->cipher,
						  request->mac, request->cipher_key_len,
						  request->mac_key_len);	/* 4.3 */
	if (status != VCRYPTO_OK)
		return status;
	session = vcrypto_store_take_place(store, request->session);
	take_apart(&spec);
	status = key_session(lane, session, request->keys, &spec);
	session->cipher = spec.cipher;
	session->mac = spec.mac;
	session->aead = named && named->kind != VCRYPTO_KIND_CIPHER ? named : NULL;
	return vcrypto_store_settle(store, lane, request->context, request->session, status);
}

enum vcrypto_status vcrypto_store_create_key(struct vcrypto_store *store,
					     struct vcrypto_lane *lane,
					     const struct vcrypto_key_request *request)
{
	enum vcrypto_status status = vcrypto_store_check_place(store, lane, request->context,
							       request->session);
	struct vcrypto_session *session;

	if (status != VCRYPTO_OK)
		return status;
	session = vcrypto_store_take_place(store, request->session);
	status = vcrypto_key_make(lane, session, request);
	return vcrypto_store_settle(store, lane, request->context, request->session, status);
}
