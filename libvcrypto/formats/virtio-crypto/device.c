// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The sessions of a guest (virtio 1.3, 5.9.7.2).  A device is one piece of memory:
 *
 *	struct vcrypto_virtio | requests | job | sessions | store | store of one session
 *
 * The id of a session is its handle in the store, and above it a generation, which is
 * another for each session that is made; so a number does not come again soon.
 */
#include "virtio.h"

/* Generations have 31 bits, so that no id is negative. */
#define LAST_GENERATION INT32_MAX

/* Where the parts lie; offsets in bytes. */
struct layout {
	size_t requests;
	size_t job;
	size_t sessions;
	size_t store;
	size_t once;
	size_t total;
};

static bool limits_ok(const struct vcrypto_virtio_limits *limits)
{
	return limits->sessions >= 1 && limits->sessions <= VCRYPTO_MAX_SESSIONS &&
	       limits->max_size >= VCRYPTO_MIN_PAYLOAD &&
	       limits->max_size <= VCRYPTO_MAX_PAYLOAD;
}

static struct layout layout_of(const struct vcrypto_virtio_limits *limits,
			       const struct vcrypto_backend *backend)
{
	struct layout layout;

	layout.requests = vcrypto_aligned(sizeof(struct vcrypto_virtio));
	layout.job = layout.requests + vcrypto_aligned(vcrypto_virtio_requests_size());
	layout.sessions = layout.job + vcrypto_aligned(sizeof(struct vcrypto_key_job));
	layout.store = layout.sessions +
		       vcrypto_aligned(limits->sessions * sizeof(struct virtio_session));
	layout.once = layout.store +
		      vcrypto_aligned(vcrypto_store_size(1, limits->sessions, backend));
	layout.total = layout.once + vcrypto_aligned(vcrypto_store_size(1, 1, backend));
	return layout;
}

size_t vcrypto_virtio_size(const struct vcrypto_virtio_limits *limits,
			   const struct vcrypto_backend *backend)
{
	return limits_ok(limits) ? layout_of(limits, backend).total : 0;
}

/* A store's one context. */
static void open_context(struct vcrypto_store *store)
{
	/* Cannot fail: it is the first, and has just been closed. */
	(void)vcrypto_store_open(store, 0);
}

struct vcrypto_virtio *vcrypto_virtio_init(void *memory,
					   const struct vcrypto_virtio_limits *limits,
					   struct vcrypto_lane *lane, uint32_t seed)
{
	const struct vcrypto_backend *backend = vcrypto_lane_backend(lane);
	struct vcrypto_virtio *device = memory;
	uint8_t *base = memory;
	struct layout layout;

	if ((uintptr_t)memory % VCRYPTO_ALIGNMENT || !limits_ok(limits))
		return NULL;
	layout = layout_of(limits, backend);
	device->limits = *limits;
	device->generation = seed & LAST_GENERATION;
	device->lane = lane;
	device->requests = (struct virtio_request *)(void *)(base + layout.requests);
	device->job = (struct vcrypto_key_job *)(void *)(base + layout.job);
	device->sessions = (struct virtio_session *)(void *)(base + layout.sessions);
	device->store = vcrypto_store_init(base + layout.store, 1, limits->sessions, backend);
	device->once = vcrypto_store_init(base + layout.once, 1, 1, backend);
	open_context(device->store);
	open_context(device->once);
	return device;
}

static void forget(struct vcrypto_virtio *device, struct virtio_kept *kept)
{
	vcrypto_virtio_kept_remove(device, kept);
	vcrypto_virtio_kept_free(device, kept);
}

static void end_all(struct vcrypto_virtio *device)
{
	vcrypto_store_reset(device->store);
	open_context(device->store);
	while (device->kept)
		forget(device, device->kept);
}

void vcrypto_virtio_reset(struct vcrypto_virtio *device)
{
	end_all(device);
	device->features = 0;
	device->load_step = STATE_NONE;
	device->save_step = STATE_NONE;
}

void vcrypto_virtio_count(struct vcrypto_virtio *device, struct vcrypto_virtio_counts *counts)
{
	device->counts = counts;
}

void vcrypto_virtio_fini(struct vcrypto_virtio *device)
{
	end_all(device);
	vcrypto_store_fini(device->store);
	vcrypto_store_fini(device->once);
	vcrypto_wipe(device->requests, vcrypto_virtio_requests_size());
	vcrypto_wipe(device->job, sizeof(*device->job));
	vcrypto_wipe(device, sizeof(*device));
}

void vcrypto_virtio_offer_akcipher(struct vcrypto_virtio *device,
				   const struct vcrypto_virtio_later *later)
{
	device->akcipher = vcrypto_lane_capabilities(device->lane)->keys != 0;
	device->later = later;
}

uint64_t vcrypto_virtio_features(const struct vcrypto_virtio *device)
{
	uint64_t features = VCRYPTO_VIRTIO_F_REVISION_1 | VCRYPTO_VIRTIO_F_CIPHER_STATELESS |
			    VCRYPTO_VIRTIO_F_HASH_STATELESS | VCRYPTO_VIRTIO_F_MAC_STATELESS |
			    VCRYPTO_VIRTIO_F_AEAD_STATELESS;

	return device->akcipher ? features | VCRYPTO_VIRTIO_F_AKCIPHER_STATELESS : features;
}

void vcrypto_virtio_negotiate(struct vcrypto_virtio *device, uint64_t features)
{
	device->features = features & vcrypto_virtio_features(device);
}

struct vcrypto_census vcrypto_virtio_census(const struct vcrypto_virtio *device)
{
	return vcrypto_store_census(device->store);
}

/* What @numbers say besides algorithms and keys. */
static bool describe(enum vcrypto_virtio_service service,
		     const struct vcrypto_virtio_numbers *numbers,
		     const struct algorithms *algorithms, struct virtio_session *session)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(algorithms->cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(algorithms->mac);

	if (cipher && numbers->direction != VCRYPTO_VIRTIO_DIR_ENCRYPT &&
	    numbers->direction != VCRYPTO_VIRTIO_DIR_DECRYPT)
		return false;
	if (mac && (!numbers->result_len || numbers->result_len > mac->digest_len))
		return false;
	if (service == VCRYPTO_VIRTIO_AEAD && !vcrypto_tag_len_ok(cipher, numbers->result_len))
		return false;
	session->service = (uint8_t)service;
	session->chain = cipher && mac;
	if (session->chain && numbers->order != VCRYPTO_VIRTIO_HASH_THEN_CIPHER &&
	    numbers->order != VCRYPTO_VIRTIO_CIPHER_THEN_HASH)
		return false;
	session->decrypt = numbers->direction == VCRYPTO_VIRTIO_DIR_DECRYPT;
	session->hash_first = numbers->order == VCRYPTO_VIRTIO_HASH_THEN_CIPHER;
	session->result_len = (uint8_t)numbers->result_len;
	return true;
}

enum vcrypto_virtio_status vcrypto_virtio_make_session(struct vcrypto_virtio *device,
						       struct vcrypto_store *store, uint32_t handle,
						       enum vcrypto_virtio_service service,
						       const struct vcrypto_virtio_numbers *numbers,
						       struct vcrypto_cursor keys,
						       struct virtio_session *session)
{
	struct vcrypto_session_request request = {
		.session = handle, .keys = keys,
		.cipher_key_len = numbers->key_len, .mac_key_len = numbers->auth_key_len,
	};
	struct algorithms algorithms;
	enum vcrypto_status status;

	*session = (struct virtio_session){ .service = (uint8_t)service };
	if (service == VCRYPTO_VIRTIO_AKCIPHER)
		return vcrypto_virtio_make_key(device, store, handle, numbers, keys);
	if (!vcrypto_virtio_find_algorithms(service, numbers, &algorithms))
		return VCRYPTO_VIRTIO_NOTSUPP;
	if (!describe(service, numbers, &algorithms, session))
		return VCRYPTO_VIRTIO_ERR;
	request.cipher = algorithms.cipher;
	request.mac = algorithms.mac;
	/* A plain hash has no key, whatever the length of one says. */
	if (!vcrypto_mac_find(algorithms.mac) || !vcrypto_mac_find(algorithms.mac)->keyed)
		request.mac_key_len = 0;
	status = vcrypto_store_create(store, device->lane, &request);
	if (status == VCRYPTO_OK)
		return VCRYPTO_VIRTIO_OK;
	return status == VCRYPTO_NOT_SUPPORTED ? VCRYPTO_VIRTIO_NOTSUPP : VCRYPTO_VIRTIO_ERR;
}

enum vcrypto_virtio_status vcrypto_virtio_create_at(struct vcrypto_virtio *device, uint64_t id,
						    enum vcrypto_virtio_service service,
						    const struct vcrypto_virtio_numbers *numbers,
						    struct vcrypto_cursor keys)
{
	enum vcrypto_virtio_status status;
	struct virtio_session session;
	struct virtio_kept *kept;
	struct iovec piece;

	if (!vcrypto_virtio_kept_new(device, service, numbers, keys, &kept))
		return VCRYPTO_VIRTIO_ERR;
	if (kept) {
		piece = vcrypto_virtio_kept_keys(kept);
		keys = vcrypto_cursor_start(&piece, 1);
	}
	status = vcrypto_virtio_make_session(device, device->store, (uint32_t)id, service, numbers,
					     keys, &session);
	if (status != VCRYPTO_VIRTIO_OK) {
		if (kept)
			vcrypto_virtio_kept_free(device, kept);
		return status;
	}
	session.generation = (uint32_t)(id >> 32);
	session.kept = kept;
	device->sessions[(uint32_t)id] = session;
	if (kept)
		vcrypto_virtio_kept_add(device, kept, id);
	return VCRYPTO_VIRTIO_OK;
}

enum vcrypto_virtio_status vcrypto_virtio_create(struct vcrypto_virtio *device,
						 enum vcrypto_virtio_service service,
						 const struct vcrypto_virtio_numbers *numbers,
						 struct vcrypto_cursor keys, uint64_t *id)
{
	uint32_t handle = vcrypto_store_unused(device->store);
	uint32_t generation = device->generation == LAST_GENERATION ? 1 : device->generation + 1;
	enum vcrypto_virtio_status status;
	uint64_t fresh = (uint64_t)generation << 32 | handle;

	if (!vcrypto_virtio_has_service(device, service))
		return VCRYPTO_VIRTIO_NOTSUPP;
	if (handle == VCRYPTO_NO_HANDLE)
		return VCRYPTO_VIRTIO_NOSPC;
	status = vcrypto_virtio_create_at(device, fresh, service, numbers, keys);
	if (status != VCRYPTO_VIRTIO_OK)
		return status;
	device->generation = generation;
	*id = fresh;
	return VCRYPTO_VIRTIO_OK;
}

struct virtio_session *vcrypto_virtio_find_session(const struct vcrypto_virtio *device, uint64_t id)
{
	uint32_t handle = (uint32_t)id;
	struct virtio_session *session;

	if (!vcrypto_store_find(device->store, 0, handle) &&
	    !vcrypto_store_find_key(device->store, 0, handle))
		return NULL;
	session = &device->sessions[handle];
	return session->generation == id >> 32 ? session : NULL;
}

enum vcrypto_virtio_status vcrypto_virtio_destroy(struct vcrypto_virtio *device, uint64_t id)
{
	if (!vcrypto_virtio_find_session(device, id))
		return VCRYPTO_VIRTIO_ERR;
	(void)vcrypto_store_free(device->store, 0, (uint32_t)id);
	if (device->sessions[(uint32_t)id].kept)
		forget(device, device->sessions[(uint32_t)id].kept);
	return VCRYPTO_VIRTIO_OK;
}

/* All of them have been kept, or none. */
uint32_t vcrypto_virtio_end_some(struct vcrypto_virtio *device, uint32_t most)
{
	uint32_t ended;

	for (ended = 0; ended < most && device->kept; ended++)
		(void)vcrypto_virtio_destroy(device, vcrypto_virtio_kept_id(device->kept));
	return ended + vcrypto_store_end_some(device->store, most - ended);
}
