// SPDX-License-Identifier: GPL-2.0-only
/*
 * A call, CIOCCRYPT or CIOCAUTHCRYPT, becomes requests to the device.
 *
 * It is cut into requests that continue each other, so that it may be of any length, and
 * that other calls get between.  The first has the IV of the call and resets the hash, each
 * later one has the IV that the one before has left, the last finishes the hash.
 * What the session goes on from is therefore known here and not only to the device, but
 * for hash states and AEAD messages.
 *
 * Payload is copied into the request if it is short, else pinned, else, where that cannot
 * be, copied into pages of the kernel's.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "call.h"

static const struct vcrypto_cipher *cipher_of(const struct vc_call *call)
{
	return call->session->cipher;
}

static bool has_units(const struct vc_call *call)
{
	return cipher_of(call) && cipher_of(call)->max_unit;
}

/* The longest request that the call may be cut into; all are multiples of all blocks. */
static u32 max_chunk(const struct vc_call *call)
{
	u32 weight = vcrypto_weight(cipher_of(call), call->session->mac);
	u32 max = max_t(u32, round_down(VC_CHUNK_MAX / weight, PAGE_SIZE), PAGE_SIZE);

	if (call->plan.copy)
		max = min(max, VC_COPY_MAX);
	return min(max, READ_ONCE(call->session->context->queue->max_payload));
}

static u32 next_len(const struct vc_call *call)
{
	return vcrypto_plan_next(&call->plan, call->offset, max_chunk(call));
}

struct vcrypto_plan_session vc_call_limits(const struct vc_session *session)
{
	return (struct vcrypto_plan_session) {
		.cipher = session->cipher,
		.mac = session->mac,
		/* Another thread may have its turn. */
		.payload = READ_ONCE(READ_ONCE(session->context)->queue->max_payload),
		.aad = min_t(u32, PAGE_SIZE, session->file->device->limits.aad),
	};
}

static int check_first(const struct vc_call *call)
{
	u8 first;

	if (!vcrypto_plan_needs_first(&call->plan))
		return 0;
	if (copy_from_user(&first, vc_call_iv(call), sizeof(first)))
		return -EFAULT;
	return vcrypto_plan_first_ok(&call->plan, first) ? 0 : -EINVAL;
}

int vc_call_begin(struct vc_call *call)
{
	const struct vcrypto_plan_session limits = vc_call_limits(call->session);
	const struct vcrypto_plan *plan = &call->plan;
	int ret = check_first(call);

	if (ret)
		return ret;
	if (!vcrypto_plan_fits(&limits, plan))
		return -EINVAL;
	if (copy_from_user(call->iv, vc_call_iv(call), plan->iv_len))
		return -EFAULT;
	if (!vcrypto_plan_reads_tag(plan))
		return 0;
	return copy_from_user(call->tag, vc_call_mac(call), plan->mac_len) ? -EFAULT : 0;
}

/* All of the source at once, because parts of it are to be overwritten too early. */
static bool wants_snapshot(const struct vc_call *call)
{
	return !call->snapshot && next_len(call) < call->plan.src_len &&
	       vcrypto_plan_overtakes(&call->plan);
}

static int take_snapshot(struct vc_call *call)
{
	u8 *snapshot;

	if (!wants_snapshot(call))
		return 0;
	snapshot = kvmalloc(call->plan.src_len, GFP_KERNEL_ACCOUNT);
	if (!snapshot)
		return -ENOMEM;
	if (copy_from_user(snapshot, vc_call_src(call), call->plan.src_len)) {
		kvfree_sensitive(snapshot, call->plan.src_len);
		return -EFAULT;
	}
	call->snapshot = snapshot;
	return 0;
}

static struct vcrypto_plan_step step_of(const struct vc_call *call,
					const struct vc_request *request)
{
	return (struct vcrypto_plan_step) {
		.offset = call->offset,
		.len = request->len,
		.fresh = call->session->hash == VC_FRESH,
		.first_iv = call->iv,
		.next_iv = call->session->iv,
	};
}

static bool build_crypt(const struct vc_call *call, struct vc_request *request)
{
	const struct vcrypto_plan_step step = step_of(call, request);
	struct vcrypto_crypt_args args;

	vcrypto_plan_crypt_args(&call->plan, &step, &args);
	args.context = call->session->args.context;
	args.session = call->session->args.session;
	return vcrypto_build_crypt(&request->message, &args);
}

static bool build_auth(const struct vc_call *call, struct vc_request *request)
{
	const struct vcrypto_plan_step step = step_of(call, request);
	struct vcrypto_authcrypt_args args;

	vcrypto_plan_authcrypt_args(&call->plan, &step, &args);
	args.context = call->session->args.context;
	args.session = call->session->args.session;
	return vcrypto_build_authcrypt(&request->message, &args);
}

static int append(struct vc_request *request, const u8 __user *from, u32 count)
{
	if (copy_from_user(request->message.control + request->message.len, from, count))
		return -EFAULT;
	request->message.len += count;
	return 0;
}

/* -EAGAIN: it cannot be pinned; copied it is of another length. */
static int attach(struct vc_call *call, struct vc_pages *pages, const u8 __user *user, u32 len,
		  bool write)
{
	unsigned int max_segment = call->session->file->device->max_segment;
	int ret;

	if (call->plan.copy)
		return vc_pages_alloc(pages, len, write, max_segment);
	ret = vc_pages_pin(pages, &call->payer, user, len, write, max_segment);
	if (ret != -EFAULT && ret != -ENOMEM)
		return ret;
	call->plan.copy = true;
	return -EAGAIN;
}

static int attach_payload(struct vc_call *call, struct vc_request *request)
{
	const u8 *snapshot = call->snapshot ? call->snapshot + call->offset : NULL;
	const u8 __user *src = vc_call_src(call) + call->offset;
	u32 dst_len = request->message.expect.dst_len;
	int ret;

	if (request->len <= VC_BOUNCE_MAX && snapshot) {
		memcpy(request->message.control + request->message.len, snapshot, request->len);
		request->message.len += request->len;
		return 0;
	}
	if (request->len <= VC_BOUNCE_MAX)
		return append(request, src, request->len);
	ret = attach(call, &request->payload->src, src, request->len, false);
	if (!ret && !request->payload->src.pinned)
		ret = vc_pages_fill(&request->payload->src, src, snapshot, request->len);
	if (!ret && dst_len)
		ret = attach(call, &request->payload->dst, vc_call_dst(call) + call->offset,
			     dst_len, true);
	return ret;
}

/* What stands behind the source: trailer, and the tag to be verified. */
static int attach_tail(const struct vc_call *call, struct vc_request *request)
{
	bool last = call->offset + request->len == call->plan.src_len;
	size_t begin = request->message.len;
	int ret = append(request, vc_call_trailer(call), call->plan.trailer_len);

	if (ret)
		return ret;
	if (last && vcrypto_plan_reads_tag(&call->plan)) {
		memcpy(request->message.control + request->message.len, call->tag,
		       call->plan.mac_len);
		request->message.len += call->plan.mac_len;
	}
	request->tail_len = vc_request_has_src(request) ? request->message.len - begin : 0;
	return 0;
}

/* Whatever is readable, in the order of the protocol. */
static int fill(struct vc_call *call, struct vc_request *request)
{
	bool built = call->plan.mode ? build_auth(call, request) : build_crypt(call, request);
	int ret = 0;

	if (!built)
		return -EINVAL;
	if (!call->offset)
		ret = append(request, vc_call_aad(call), call->plan.aad_len);
	if (!ret)
		ret = attach_payload(call, request);
	if (!ret)
		ret = attach_tail(call, request);
	return ret;
}

static struct vc_request *allocate(const struct vc_call *call, u32 len)
{
	const struct vcrypto_plan *plan = &call->plan;
	size_t control = VCRYPTO_MAX_AUTHCRYPT_CONTROL + plan->aad_len + plan->trailer_len +
			 plan->mac_len;
	size_t answer = plan->mac_len + VCRYPTO_MAX_IV;
	struct vc_request *request;

	if (len <= VC_BOUNCE_MAX) {
		control += len;
		answer += plan->mode == VCRYPTO_AUTH_TLS ? plan->dst_len : len;
	}
	request = vc_request_new(call->session->context->queue->pool, control, answer);
	if (!request)
		return NULL;
	request->len = len;
	request->unverified = plan->mode && plan->decrypt;
	return request;
}

static int take_share(const struct vc_call *call, struct vc_request *request)
{
	struct vc_share *share = call->session->context->share;
	u64 work = vc_call_work(call, request->len);
	int ret = vc_share_take_work(share, work, true);

	/* What has it may be deferred. */
	if (ret && !call->nowait) {
		vc_queue_tell(call->session->context->queue);
		ret = vc_share_take_work(share, work, false);
	}
	if (ret)
		return ret;
	request->share = share;
	request->work = work;
	return 0;
}

/* Who waits for his share holds no copy of the source meanwhile: there may be many. */
static struct vc_request *build(struct vc_call *call)
{
	struct vc_request *request;
	int ret;

	if (wants_snapshot(call))
		call->plan.copy = true;
	request = allocate(call, next_len(call));
	if (!request)
		return ERR_PTR(-ENOMEM);
	ret = take_share(call, request);
	if (!ret)
		ret = take_snapshot(call);
	if (!ret)
		ret = fill(call, request);
	if (!ret)
		return request;
	vc_request_put(request);
	return ERR_PTR(ret);
}

struct vc_request *vc_call_next(struct vc_call *call)
{
	struct vc_request *request;
	bool copy;

	if (!call->offset && !call->plan.iv_len)
		memcpy(call->iv, call->session->iv, sizeof(call->iv));
	do {
		copy = call->plan.copy;
		request = build(call);
	} while (request == ERR_PTR(-EAGAIN) && call->plan.copy != copy);
	return request;
}

bool vc_call_repeatable(const struct vc_call *call, const struct vc_request *request)
{
	const u8 __user *src = vc_call_src(call) + call->offset;
	const u8 __user *dst = vc_call_dst(call) + call->offset;

	if (!request->payload->dst.pinned)
		return true;
	if (!call->offset && dst < vc_call_aad(call) + call->plan.aad_len &&
	    vc_call_aad(call) < dst + request->message.expect.dst_len)
		return false;
	return dst >= src + request->len || src >= dst + request->message.expect.dst_len;
}

void vc_call_use_stream(struct vc_call *call)
{
	const struct vcrypto_cipher *cipher = cipher_of(call);
	enum vc_state *stream = &call->session->stream;

	if (cipher && cipher->chaining == VCRYPTO_CHAIN_STATE && call->plan.src_len &&
	    *stream == VC_FRESH)
		*stream = VC_OPEN;
}

void vc_call_end_unit(struct vc_call *call)
{
	if (has_units(call))
		memcpy(call->session->iv, call->iv, sizeof(call->iv));
}

/* What the session's next call goes on from. */
static void keep_state(struct vc_call *call, const u8 *iv)
{
	const struct vcrypto_cipher *cipher = cipher_of(call);
	struct vc_session *session = call->session;

	if (call->plan.mode != VCRYPTO_AUTH_AEAD && cipher && iv)
		memcpy(session->iv, iv, cipher->iv_len);
	vc_call_use_stream(call);
	/* TLS and SRTP begin with the hash anew, and finish it. */
	if (session->mac && (call->plan.mode || (call->done && call->plan.mac_len)))
		session->hash = VC_FRESH;
	else if (session->mac)
		session->hash = VC_OPEN;
}

static int return_iv(const struct vc_call *call)
{
	const struct vcrypto_cipher *cipher = cipher_of(call);
	const u8 *iv = call->plan.mode == VCRYPTO_AUTH_AEAD ? call->iv : call->session->iv;

	if (!call->plan.write_iv || !cipher || !call->plan.iv_len)
		return 0;
	return copy_to_user(vc_call_iv(call), iv, cipher->iv_len) ? -EFAULT : 0;
}

/* The answer: destination if the device has not written it in place, digest or tag, IV. */
static int return_answer(const struct vc_call *call, const struct vc_request *request,
			 const u8 *mac)
{
	const struct vcrypto_expect *expect = &request->message.expect;
	u8 __user *dst = vc_call_dst(call) + call->offset;
	int ret = 0;

	if (!vc_request_has_dst(request))
		ret = copy_to_user(dst, request->answer, expect->dst_len) ? -EFAULT : 0;
	else if (!request->payload->dst.pinned)
		ret = vc_pages_return(&request->payload->dst, dst, expect->dst_len);
	if (!ret && copy_to_user(vc_call_mac(call), mac, expect->mac_len))
		ret = -EFAULT;
	return ret;
}

static const u8 *mac_in(const struct vc_request *request)
{
	u32 dst_len = request->message.expect.dst_len;

	return request->answer + (vc_request_has_dst(request) ? 0 : dst_len);
}

void vc_call_advance(struct vc_call *call, const struct vc_request *request)
{
	const struct vcrypto_expect *expect = &request->message.expect;

	call->content_len += request->dst_len;
	call->offset += request->len;
	call->done = call->offset == call->plan.src_len;
	keep_state(call, expect->iv_len ? mac_in(request) + expect->mac_len : NULL);
	if (call->done)
		vc_call_end_unit(call);
}

int vc_call_return(struct vc_call *call, const struct vc_request *request)
{
	int ret = return_answer(call, request, mac_in(request));

	vc_call_advance(call, request);
	if (!ret && call->done)
		ret = return_iv(call);
	return ret;
}
