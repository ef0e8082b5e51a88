// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A request that has been decoded, carried out: by a store, or by a lane. */
#include <vcrypto/format.h>

static enum vcrypto_status session_new(struct vcrypto_store *store, struct vcrypto_lane *lane,
				       const struct vcrypto_request *request)
{
	const struct vcrypto_session_request new = {
		.context = request->context,
		.session = request->session,
		.cipher = request->u.session_new.cipher,
		.mac = request->u.session_new.mac,
		.cipher_key_len = request->u.session_new.cipher_key_len,
		.mac_key_len = request->u.session_new.mac_key_len,
		.keys = request->input,
	};

	return vcrypto_store_create(store, lane, &new);
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

static enum vcrypto_status session_info(const struct vcrypto_store *store,
					struct vcrypto_request *request)
{
	const struct vcrypto_session *session = vcrypto_store_find(store, request->context,
								   request->session);
	struct vcrypto_session_info *info = &request->u.info;
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	const char *backend;

	if (!session)
		return VCRYPTO_NO_SESSION;	/* 4.5 */
	backend = vcrypto_lane_backend(vcrypto_session_lane(session))->name;
	cipher = vcrypto_session_cipher(session);
	mac = vcrypto_session_mac(session);
	memset(info, 0, sizeof(*info));
	if (cipher)
		driver_name(info->cipher_driver, cipher->mode, backend);
	if (mac)
		driver_name(info->mac_driver, mac->mode, backend);
	info->flags = vcrypto_put32(VCRYPTO_SESSION_INFO_OFFLOADED);
	return VCRYPTO_OK;
}

void vcrypto_format_counters(const struct vcrypto_store *store, const struct vcrypto_lane *lane,
			     const struct vcrypto_tally *tally, struct vcrypto_counters *counters)
{
	struct vcrypto_census census = vcrypto_store_census(store);
	struct vcrypto_traffic traffic = vcrypto_lane_traffic(lane);

	memset(counters, 0, sizeof(*counters));
	counters->requests = vcrypto_put64(tally->answered);
	counters->failures = vcrypto_put64(tally->failures);
	counters->crypt_requests = vcrypto_put64(tally->crypt_requests);
	counters->bytes_in = vcrypto_put64(traffic.bytes_in);
	counters->bytes_out = vcrypto_put64(traffic.bytes_out);
	counters->sessions_created = vcrypto_put64(census.sessions_created);
	counters->contexts = vcrypto_put32(census.contexts);
	counters->sessions = vcrypto_put32(census.sessions);
}

/* What has been answered is not known before this one is: encode.c fills it in. */
static enum vcrypto_status counters(const struct vcrypto_store *store,
				    const struct vcrypto_lane *lane,
				    struct vcrypto_request *request)
{
	static const struct vcrypto_tally later;

	vcrypto_format_counters(store, lane, &later, &request->u.counters);
	return VCRYPTO_OK;
}

VCRYPTO_RARE
static enum vcrypto_status control(struct vcrypto_store *store, struct vcrypto_lane *lane,
				   struct vcrypto_request *request)
{
	switch (request->number) {
	case VCRYPTO_OP_CONTEXT_OPEN:
		return vcrypto_store_open(store, request->context);
	case VCRYPTO_OP_CONTEXT_CLOSE:
		return vcrypto_store_close(store, request->context);
	case VCRYPTO_OP_SESSION_NEW:
		return session_new(store, lane, request);
	case VCRYPTO_OP_SESSION_FREE:
		return vcrypto_store_free(store, request->context, request->session);
	case VCRYPTO_OP_SESSION_INFO:
		return session_info(store, request);
	case VCRYPTO_OP_HASH_COPY:
		return vcrypto_store_copy_hash(store, request->context, request->session,
					       request->u.hash_copy.source);
	case VCRYPTO_OP_COUNTERS:
		return counters(store, lane, request);
	default:
		return VCRYPTO_ERROR;
	}
}

static void submit(const struct vcrypto_store *store, struct vcrypto_lane *lane,
		   struct vcrypto_request *request)
{
	struct vcrypto_op *op = &request->op;

	op->session = vcrypto_store_find(store, request->context, request->session);
	if (op->session)
		vcrypto_lane_submit(lane, op);
	else
		request->status = VCRYPTO_NO_SESSION;
}

void vcrypto_format_execute(struct vcrypto_store *store, struct vcrypto_lane *lane,
			    struct vcrypto_request *requests, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (requests[i].status != VCRYPTO_OK)
			continue;
		if (requests[i].data) {
			submit(store, lane, &requests[i]);
			continue;
		}
		vcrypto_lane_flush(lane);
		requests[i].status = control(store, lane, &requests[i]);
	}
	vcrypto_lane_flush(lane);
}
