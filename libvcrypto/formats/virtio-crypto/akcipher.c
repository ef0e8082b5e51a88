// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AKCIPHER (virtio 1.4, 5.9.7.2.1.5 and 5.9.7.8): sessions that are asymmetric keys, and
 * their requests, which are done at once, or become jobs that stand alone: with a copy of
 * what is to be read, a key of their own, and the places where the answer goes.
 */
#include "virtio.h"

/* The hashes of RSA sessions; those that are missing the core has not. */
static const uint8_t hashes[] = {
	[4] = VCRYPTO_MAC_MD5,
	[5] = VCRYPTO_MAC_SHA1,
	[6] = VCRYPTO_MAC_SHA2_256,
	[7] = VCRYPTO_MAC_SHA2_384,
	[8] = VCRYPTO_MAC_SHA2_512,
	[9] = VCRYPTO_MAC_SHA2_224,
};

static bool fill_rsa(const struct vcrypto_virtio_numbers *numbers, struct vcrypto_key_spec *spec)
{
	uint32_t hash = numbers->padding_hash;

	spec->kind = VCRYPTO_KEY_RSA;
	if (numbers->padding == VCRYPTO_VIRTIO_PADDING_RAW)
		return true;
	if (numbers->padding != VCRYPTO_VIRTIO_PADDING_PKCS1)
		return false;
	spec->padding = VCRYPTO_PADDING_PKCS1;
	if (!hash)
		return true;
	spec->hash = hash < sizeof(hashes) ? hashes[hash] : 0;
	return spec->hash;
}

static bool fill_spec(const struct vcrypto_virtio_numbers *numbers, struct vcrypto_key_spec *spec)
{
	if (numbers->algo == VCRYPTO_VIRTIO_RSA)
		return fill_rsa(numbers, spec);
	if (numbers->algo != VCRYPTO_VIRTIO_ECDSA || numbers->padding > VCRYPTO_CURVE_P521)
		return false;
	spec->kind = VCRYPTO_KEY_ECDSA;
	spec->curve = (enum vcrypto_curve)numbers->padding;
	return spec->curve != VCRYPTO_CURVE_NONE;
}

enum vcrypto_virtio_status vcrypto_virtio_make_key(struct vcrypto_virtio *device,
						   struct vcrypto_store *store, uint32_t handle,
						   const struct vcrypto_virtio_numbers *numbers,
						   struct vcrypto_cursor der)
{
	struct vcrypto_key_request request = {
		.session = handle, .der_len = numbers->key_len,
		.spec = { .has_private = numbers->key_type == VCRYPTO_VIRTIO_KEY_PRIVATE,
			  .der = der },
	};
	enum vcrypto_status status;

	if (!fill_spec(numbers, &request.spec))
		return VCRYPTO_VIRTIO_NOTSUPP;
	if (numbers->key_type != VCRYPTO_VIRTIO_KEY_PRIVATE &&
	    numbers->key_type != VCRYPTO_VIRTIO_KEY_PUBLIC)
		return VCRYPTO_VIRTIO_ERR;
	status = vcrypto_store_create_key(store, device->lane, &request);
	if (status == VCRYPTO_OK)
		return VCRYPTO_VIRTIO_OK;
	return status == VCRYPTO_NOT_SUPPORTED ? VCRYPTO_VIRTIO_NOTSUPP : VCRYPTO_VIRTIO_ERR;
}

/* --- a request, and what is to be done for it --- */

struct vcrypto_virtio_job {
	struct vcrypto_key key;		/* a copy, behind the pieces */
	struct vcrypto_key_job work;
	struct vcrypto_cursor dst;	/* of @pieces: as much as a result can have */
	uint8_t *status;
	struct vcrypto_virtio_counts *counts;	/* or NULL */
	struct iovec pieces[];		/* of @dst, and behind them @status */
};

static bool fill_work(const struct virtio_request *request, struct vcrypto_key_job *work)
{
	static const enum vcrypto_key_verb verbs[] = {
		[VCRYPTO_VIRTIO_ENCRYPT] = VCRYPTO_KEY_ENCRYPT,
		[VCRYPTO_VIRTIO_DECRYPT] = VCRYPTO_KEY_DECRYPT,
		[VCRYPTO_VIRTIO_SIGN] = VCRYPTO_KEY_SIGN,
		[VCRYPTO_VIRTIO_VERIFY] = VCRYPTO_KEY_VERIFY,
	};
	struct vcrypto_cursor src = request->src, digest = request->aad;

	work->verb = verbs[request->verb];
	work->src_len = (size_t)src.left;
	work->digest_len = (size_t)digest.left;
	return src.left <= sizeof(work->src) && digest.left <= sizeof(work->digest) &&
	       vcrypto_cursor_read(&src, work->src, work->src_len) &&
	       vcrypto_cursor_read(&digest, work->digest, work->digest_len);
}

/* What of @dst a result can reach, and what it cannot: that holds zeros. */
static struct vcrypto_cursor reachable(struct vcrypto_cursor dst)
{
	struct vcrypto_cursor near = dst;

	if (dst.left <= VCRYPTO_MAX_MODULUS ||
	    !vcrypto_cursor_cut(&dst, VCRYPTO_MAX_MODULUS, &near))
		return near;
	vcrypto_cursor_wipe(dst);
	return near;
}

/* The result, and zeros behind it. */
static enum vcrypto_virtio_status give(const struct vcrypto_key_job *work,
				       struct vcrypto_cursor dst)
{
	switch (work->status) {
	case VCRYPTO_OK:
		if (!vcrypto_cursor_write(&dst, work->dst, work->dst_len))
			return VCRYPTO_VIRTIO_ERR;
		vcrypto_cursor_wipe(dst);
		return VCRYPTO_VIRTIO_OK;
	case VCRYPTO_AUTH_FAILED:
		return VCRYPTO_VIRTIO_KEY_REJECTED;
	default:
		return VCRYPTO_VIRTIO_ERR;
	}
}

/* What the driver takes the length of a result from, so it is just that and one more. */
static uint32_t told(const struct vcrypto_key_job *work, enum vcrypto_virtio_status status)
{
	return status == VCRYPTO_VIRTIO_OK ? (uint32_t)work->dst_len + 1 : 1;
}

static size_t count_pieces(struct vcrypto_cursor text)
{
	size_t count = 0, len;

	while (vcrypto_cursor_span(&text, SIZE_MAX, &len))
		count++;
	return count;
}

static void defer(const struct vcrypto_virtio *device, struct virtio_request *request,
		  const struct vcrypto_key *key, size_t index)
{
	const struct vcrypto_virtio_later *later = device->later;
	struct vcrypto_cursor from = reachable(request->dst);
	size_t count = count_pieces(from);
	size_t key_at = vcrypto_aligned(sizeof(struct vcrypto_virtio_job) +
					(count + 1) * sizeof(struct iovec));
	size_t size = key_at + vcrypto_key_copy_size(key);
	struct vcrypto_virtio_job *job = later->take(later->context, size);
	size_t i, len;

	request->status = VCRYPTO_VIRTIO_ERR;
	if (!job)
		return;
	memset(job, 0, size);
	/* A job without a key fails when it is run: what has been taken cannot be given back. */
	if (!vcrypto_key_copy(key, (uint8_t *)job + key_at, &job->key))
		job->key.backend = NULL;
	job->work = *device->job;
	job->work.status = VCRYPTO_ERROR;
	for (i = 0; i < count; i++) {
		job->pieces[i].iov_base = vcrypto_cursor_span(&from, SIZE_MAX, &len);
		job->pieces[i].iov_len = len;
	}
	job->dst = vcrypto_cursor_start(job->pieces, count);
	from = request->status_byte;
	job->status = vcrypto_cursor_span(&from, 1, &len);
	job->pieces[count].iov_base = job->status;
	job->pieces[count].iov_len = 1;
	job->counts = device->counts;
	request->deferred = true;
	later->put(later->context, job, index);
}

void vcrypto_virtio_run_key(struct vcrypto_virtio *device, struct virtio_request *request,
			    const struct vcrypto_session *session, size_t index)
{
	struct vcrypto_key key = vcrypto_key_of(session);
	struct vcrypto_key_job *work = device->job;
	enum vcrypto_status status;

	request->status = VCRYPTO_VIRTIO_ERR;
	if (fill_work(request, work)) {
		status = vcrypto_key_check(session, work);
		if (status == VCRYPTO_NOT_SUPPORTED) {
			request->status = VCRYPTO_VIRTIO_NOTSUPP;
		} else if (status == VCRYPTO_OK && device->later) {
			defer(device, request, &key, index);
		} else if (status == VCRYPTO_OK) {
			vcrypto_key_run(&key, work);
			request->status = give(work, request->dst);
			request->written = told(work, request->status);
		}
	}
	vcrypto_wipe(work, sizeof(*work));
}

void vcrypto_virtio_job_run(struct vcrypto_virtio_job *job)
{
	if (job->key.backend)
		vcrypto_key_run(&job->key, &job->work);
}

struct vcrypto_cursor vcrypto_virtio_job_writes(const struct vcrypto_virtio_job *job)
{
	struct vcrypto_cursor writes = job->dst;

	/* The status lies behind it. */
	writes.left++;
	return writes;
}

void vcrypto_virtio_job_drop(struct vcrypto_virtio_job *job)
{
	if (job->key.backend)
		vcrypto_key_copy_free(&job->key);
	vcrypto_wipe(job, sizeof(*job));
}

uint32_t vcrypto_virtio_job_finish(struct vcrypto_virtio_job *job)
{
	enum vcrypto_virtio_status status = give(&job->work, job->dst);
	uint32_t written = told(&job->work, status);

	if (job->counts)
		job->counts->statuses[status]++;
	*job->status = (uint8_t)status;
	vcrypto_virtio_job_drop(job);
	return written;
}
