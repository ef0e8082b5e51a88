// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The data queues (virtio 1.3, 5.9.7.3 to 5.9.7.7): what decode.c has made of a request
 * becomes an op, and what became of that bytes again.
 */
#include "virtio.h"

size_t vcrypto_virtio_requests_size(void)
{
	return VCRYPTO_BATCH * sizeof(struct virtio_request);
}

/* CCM has its nonce behind a byte of flags (SP 800-38C, A.3). */
static bool put_nonce(const struct vcrypto_cipher *cipher, struct virtio_request *request)
{
	uint8_t *iv = request->op.job.iv;
	uint32_t len = request->numbers.iv_len;

	if (!cipher->len_first)
		return len == cipher->iv_len;
	if (len < 7 || len > 13)
		return false;
	memmove(iv + 1, iv, len);
	iv[0] = (uint8_t)(14 - len);
	memset(iv + 1 + len, 0, VCRYPTO_MAX_IV - 1 - len);
	return true;
}

static bool fill_aead(struct virtio_request *request, const struct virtio_session *session)
{
	struct vcrypto_op *op = &request->op;
	const struct vcrypto_cipher *cipher = vcrypto_session_cipher(op->session);

	if (request->numbers.result_len != session->result_len || !put_nonce(cipher, request))
		return false;
	op->verb = VCRYPTO_VERB_AEAD;
	op->iv_len = cipher->iv_len;
	op->job.aad = request->aad;
	op->job.tag_len = session->result_len;
	return true;
}

/* A piece of @text, of the request's numbers; false if it is not all in there. */
static bool range(struct vcrypto_cursor text, uint32_t start, uint32_t len,
		  struct vcrypto_cursor *part)
{
	struct vcrypto_cursor before;

	return vcrypto_cursor_cut(&text, start, &before) && vcrypto_cursor_cut(&text, len, part);
}

static void copy(struct vcrypto_cursor from, struct vcrypto_cursor to)
{
	struct vcrypto_walk walk;

	vcrypto_walk_start(&walk, from, to, 1);
	while (vcrypto_walk_next(&walk))
		if (walk.in != walk.out)
			memmove(walk.out, walk.in, walk.len);
	vcrypto_walk_finish(&walk);
}

static bool copy_range(const struct virtio_request *request, uint64_t start, uint64_t len)
{
	struct vcrypto_cursor from, to;

	if (!range(request->src, (uint32_t)start, (uint32_t)len, &from) ||
	    !range(request->dst, (uint32_t)start, (uint32_t)len, &to))
		return false;
	copy(from, to);
	return true;
}

/* All but the range of the cipher. */
static bool copy_outside(const struct virtio_request *request)
{
	const struct vcrypto_virtio_numbers *numbers = &request->numbers;
	uint64_t end = (uint64_t)numbers->cipher_start + numbers->cipher_len;

	return copy_range(request, 0, numbers->cipher_start) &&
	       copy_range(request, end, request->src.left - end);
}

static bool fill_chain(struct virtio_request *request, const struct virtio_session *session)
{
	const struct vcrypto_virtio_numbers *numbers = &request->numbers;
	struct vcrypto_op *op = &request->op;
	const struct vcrypto_cipher *cipher = vcrypto_session_cipher(op->session);
	const struct vcrypto_cursor *hashed = session->hash_first ? &request->src : &request->dst;

	/* The core looks, too, but only after the rest has been copied. */
	if (numbers->iv_len != cipher->iv_len || numbers->cipher_len % cipher->block)
		return false;
	if (!range(request->src, numbers->cipher_start, numbers->cipher_len, &op->job.src) ||
	    !range(request->dst, numbers->cipher_start, numbers->cipher_len, &op->dst) ||
	    !range(*hashed, numbers->hash_start, numbers->hash_len, &op->trailer) ||
	    !copy_outside(request))
		return false;
	op->verb = VCRYPTO_VERB_CHAIN;
	op->job.aad = request->aad;
	op->hash_first = session->hash_first;
	op->mac_len = vcrypto_session_mac(op->session)->digest_len;
	op->iv_len = (uint16_t)numbers->iv_len;
	return true;
}

static bool fill_cipher(struct virtio_request *request)
{
	struct vcrypto_op *op = &request->op;

	op->verb = VCRYPTO_VERB_CRYPT;
	op->iv_len = (uint16_t)request->numbers.iv_len;
	/* Without one it would go on from the last. */
	return request->numbers.iv_len == vcrypto_session_cipher(op->session)->iv_len;
}

static bool fill_hash(struct virtio_request *request)
{
	struct vcrypto_op *op = &request->op;

	op->verb = VCRYPTO_VERB_CRYPT;
	op->mac_len = vcrypto_session_mac(op->session)->digest_len;
	return true;
}

static bool fill_service(struct virtio_request *request, const struct virtio_session *session)
{
	if (session->service == VCRYPTO_VIRTIO_AEAD)
		return fill_aead(request, session);
	if (session->chain)
		return fill_chain(request, session);
	return session->service == VCRYPTO_VIRTIO_CIPHER ? fill_cipher(request) :
							    fill_hash(request);
}

/* The op, all of it; its session is set. */
static bool fill_op(struct virtio_request *request, const struct virtio_session *session)
{
	struct vcrypto_op *op = &request->op;
	bool digest = session->service != VCRYPTO_VIRTIO_AEAD &&
		      (session->service != VCRYPTO_VIRTIO_CIPHER || session->chain);

	if (request->decrypt != session->decrypt)
		return false;
	if (digest && (!request->result.left || request->result.left > session->result_len))
		return false;
	op->begin = true;
	op->more = false;
	op->iv_len = 0;
	op->iv_out_len = 0;
	op->mac_len = 0;
	op->trailer.left = 0;
	op->content_len = request->room;
	op->job.decrypt = session->decrypt;
	op->job.src = request->src;
	op->dst = request->dst;
	return fill_service(request, session);
}

static void submit(const struct vcrypto_virtio *device, struct virtio_request *request,
		   const struct virtio_session *session)
{
	if (!fill_op(request, session)) {
		request->status = VCRYPTO_VIRTIO_ERR;
		return;
	}
	request->submitted = true;
	vcrypto_lane_submit(device->lane, &request->op);
}

static void run_session(struct vcrypto_virtio *device, struct virtio_request *request,
			size_t index)
{
	const struct virtio_session *session = vcrypto_virtio_find_session(device, request->id);

	if (!session || session->service != request->service ||
	    session->chain != is_chain(request)) {
		request->status = VCRYPTO_VIRTIO_INVSESS;
		return;
	}
	if (request->in_place) {
		request->status = VCRYPTO_VIRTIO_ERR;
		return;
	}
	if (request->service == VCRYPTO_VIRTIO_AKCIPHER) {
		vcrypto_virtio_run_key(device, request,
				       vcrypto_store_find_key(device->store, 0,
							      (uint32_t)request->id), index);
		return;
	}
	request->op.session = vcrypto_store_find(device->store, 0, (uint32_t)request->id);
	submit(device, request, session);
}

/* A session for one request. */
static void run_stateless(struct vcrypto_virtio *device, struct virtio_request *request,
			  size_t index)
{
	enum vcrypto_virtio_service service = (enum vcrypto_virtio_service)request->service;
	struct vcrypto_virtio_numbers numbers = request->numbers;
	struct virtio_session session;

	if (request->in_place) {
		request->status = VCRYPTO_VIRTIO_ERR;
		return;
	}
	/* It says the direction once more, where it does. */
	request->status = vcrypto_virtio_make_session(device, device->once, 0,
						      service, &numbers, request->keys, &session);
	if (request->status != VCRYPTO_VIRTIO_OK)
		return;
	if (service == VCRYPTO_VIRTIO_AKCIPHER) {
		vcrypto_virtio_run_key(device, request,
				       vcrypto_store_find_key(device->once, 0, 0), index);
	} else {
		request->op.session = vcrypto_store_find(device->once, 0, 0);
		submit(device, request, &session);
		vcrypto_lane_flush(device->lane);
	}
	(void)vcrypto_store_free(device->once, 0, 0);
}

static enum vcrypto_virtio_status status_of(const struct virtio_request *request)
{
	if (request->status != VCRYPTO_VIRTIO_OK || !request->submitted)
		return request->status;
	switch (request->op.job.status) {
	case VCRYPTO_OK:
		return VCRYPTO_VIRTIO_OK;
	case VCRYPTO_AUTH_FAILED:
		return VCRYPTO_VIRTIO_BADMSG;
	case VCRYPTO_NOT_SUPPORTED:
		return VCRYPTO_VIRTIO_NOTSUPP;
	default:
		return VCRYPTO_VIRTIO_ERR;
	}
}

/* Its service and source are there only if it has not been refused before. */
static void count_request(const struct vcrypto_virtio *device, const struct virtio_request *request)
{
	if (!device->counts)
		return;
	device->counts->requests[request->service]++;
	device->counts->bytes[request->service] += request->src.left;
}

/*
 * Returns how many bytes are defined, from the start of the writable half.  Of a request
 * that failed, or that has no result, that is the status, wherever it lies: 0 would say
 * that there is no answer.
 */
static uint32_t encode(const struct vcrypto_virtio *device, struct virtio_request *request)
{
	enum vcrypto_virtio_status status = status_of(request);
	struct vcrypto_job *job = &request->op.job;
	uint32_t result_len = (uint32_t)request->result.left;
	uint32_t written = 1;
	uint8_t byte;

	if (request->written)
		written = request->written;
	else if (status == VCRYPTO_VIRTIO_OK && request->room + result_len)
		written = request->room + result_len + request->status_follows;
	/* Neither can fail: there is as much as there is. */
	if (status == VCRYPTO_VIRTIO_OK &&
	    !vcrypto_cursor_write(&request->result, job->tag, result_len))
		status = VCRYPTO_VIRTIO_ERR;
	if (status == VCRYPTO_VIRTIO_OK)
		count_request(device, request);
	if (device->counts)
		device->counts->statuses[status]++;
	byte = (uint8_t)status;
	if (!vcrypto_cursor_write(&request->status_byte, &byte, 1))
		return 0;
	vcrypto_wipe(job->iv, sizeof(job->iv));
	vcrypto_wipe(job->tag, sizeof(job->tag));
	vcrypto_wipe(request->op.iv_out, sizeof(request->op.iv_out));
	return written;
}

/* @first: the number of the first of @chains in the whole call. */
static size_t process(struct vcrypto_virtio *device, struct vcrypto_io *chains, size_t first,
		      size_t count)
{
	struct virtio_request *requests = device->requests;
	bool answerable[VCRYPTO_BATCH];
	size_t answered = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		answerable[i] = vcrypto_virtio_decode_data(device, &requests[i], &chains[i]);
		if (!answerable[i] || requests[i].status != VCRYPTO_VIRTIO_OK)
			continue;
		if (requests[i].stateless)
			run_stateless(device, &requests[i], first + i);
		else
			run_session(device, &requests[i], first + i);
	}
	vcrypto_lane_flush(device->lane);
	for (i = 0; i < count; i++) {
		if (answerable[i] && requests[i].deferred)
			count_request(device, &requests[i]);
		chains[i].written = answerable[i] && !requests[i].deferred ?
					    encode(device, &requests[i]) : 0;
		answered += answerable[i];
	}
	return answered;
}

size_t vcrypto_virtio_data(struct vcrypto_virtio *device, struct vcrypto_io *chains, size_t count)
{
	size_t answered = 0;
	size_t done, n;

	for (done = 0; done < count; done += n) {
		n = count - done < VCRYPTO_BATCH ? count - done : VCRYPTO_BATCH;
		answered += process(device, chains + done, done, n);
	}
	return answered;
}

size_t vcrypto_virtio_data_again(struct vcrypto_virtio *device, struct vcrypto_io *chains,
				 size_t count)
{
	size_t answered;

	device->again = true;
	answered = vcrypto_virtio_data(device, chains, count);
	device->again = false;
	return answered;
}
