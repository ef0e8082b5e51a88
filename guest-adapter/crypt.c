// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCCRYPT and CIOCCPHASH.
 *
 * A call is one request to the device, or, if its payload is longer than a
 * request may be, several, which continue each other: the first has the IV and
 * resets the hash, the last finishes the hash and returns the next IV.  The
 * session's lock keeps other calls from coming between.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "vcrypto.h"

/* The part of a call's payload that goes into one request. */
struct piece {
	u32 offset;
	u32 len;
	bool first;
	bool last;
	bool copied;			/* to and from the user, not pinned */
	struct vcrypto_crypt_args args;
};

static bool wants_reset(const struct crypt_op *op)
{
	return !op->flags || (op->flags & COP_FLAG_RESET);
}

static bool wants_digest(const struct crypt_op *op)
{
	return (op->flags & COP_FLAG_FINAL) || !(op->flags & COP_FLAG_UPDATE) || !op->len;
}

static u16 iv_len(const struct vc_call *call)
{
	const struct vcrypto_cipher *cipher = call->session->cipher;

	return cipher && call->op.iv ? cipher->iv_len : 0;
}

/* Whether the device can go on where the last request has ended. */
static bool can_continue(const struct vcrypto_cipher *cipher)
{
	return !cipher || !cipher->iv_len || cipher->chaining != VCRYPTO_CHAIN_NONE;
}

static u32 max_piece(const struct vc_session *session)
{
	u32 max = session->queue->max_payload;

	return can_continue(session->cipher) ? min(max, VC_PIECE_MAX) : max;
}

/* Whether a piece would overwrite source that a later one still needs. */
static bool overtakes(const struct vc_session *session, const struct crypt_op *op)
{
	return op->len > max_piece(session) && op->dst > op->src && op->dst - op->src < op->len;
}

static int check(const struct vc_session *session, const struct crypt_op *op)
{
	const struct vcrypto_cipher *cipher = session->cipher;

	if (op->op != COP_ENCRYPT && op->op != COP_DECRYPT)
		return -EINVAL;
	if (op->len > VCRYPTO_MAX_PAYLOAD)
		return -EINVAL;
	if (!cipher)
		return 0;
	if (cipher->tag_len || op->len % cipher->block)
		return -EINVAL;
	if (!can_continue(cipher) && op->len > max_piece(session))
		return -EINVAL;
	if (overtakes(session, op))
		return -EINVAL;
	return op->len && !op->dst ? -EFAULT : 0;
}

int vc_call_begin(struct vc_call *call, struct vc_session *session, const struct crypt_op *op)
{
	int ret = check(session, op);

	if (ret)
		return ret;
	*call = (struct vc_call) {
		.session = session,
		.op = *op,
		.left = max(1u, DIV_ROUND_UP(op->len, max_piece(session))),
	};
	return copy_from_user(call->iv, op->iv, iv_len(call)) ? -EFAULT : 0;
}

static void describe(const struct vc_call *call, struct piece *piece)
{
	const struct vc_session *session = call->session;
	const struct crypt_op *op = &call->op;
	bool digest = piece->last && session->mac && wants_digest(op);
	bool next_iv = piece->last && (op->flags & COP_FLAG_WRITE_IV);

	piece->args = (struct vcrypto_crypt_args) {
		.context = session->context,
		.session = session->handle,
		.decrypt = op->op == COP_DECRYPT,
		.reset = piece->first && wants_reset(op),
		.src_len = piece->len,
		.dst_len = session->cipher ? piece->len : 0,
		.iv = call->iv,
		.iv_len = piece->first ? iv_len(call) : 0,
		.iv_out_len = next_iv ? iv_len(call) : 0,
		.mac_len = digest ? session->mac->digest_len : 0,
	};
}

/* Small calls are free; many small pieces of a long one are not. */
static int copy_payload(const struct crypt_op *op, const struct piece *piece,
			struct vc_request *request, size_t control_len)
{
	int ret = op->len > VC_BOUNCE_MAX ? vc_pages_charge(&request->src, 1) : 0;

	if (ret)
		return ret;
	return copy_from_user(request->control + control_len, op->src + piece->offset,
			      piece->len) ? -EFAULT : 0;
}

static int attach_payload(const struct vc_call *call, const struct piece *piece,
			  struct vc_request *request, size_t control_len)
{
	const struct crypt_op *op = &call->op;
	unsigned int max_segment = call->session->queue->device->max_segment;
	int ret;

	if (piece->copied)
		return copy_payload(op, piece, request, control_len);
	ret = vc_pages_pin(&request->src, op->src + piece->offset, piece->len, false, max_segment);
	if (ret || !piece->args.dst_len)
		return ret;
	return vc_pages_pin(&request->dst, op->dst + piece->offset, piece->len, true, max_segment);
}

static int fill(const struct vc_call *call, const struct piece *piece, struct vc_request *request)
{
	size_t control_len = vcrypto_build_crypt(request->control, request->control_size,
						 &piece->args, request->header, &request->expect);
	int ret;

	request->offset = piece->offset;
	ret = attach_payload(call, piece, request, control_len);
	return ret ? ret : vc_request_seal(request, control_len + (piece->copied ? piece->len : 0));
}

static struct vc_request *build(const struct vc_call *call, const struct piece *piece)
{
	const struct vcrypto_crypt_args *args = &piece->args;
	u32 small = args->mac_len + args->iv_out_len;
	struct vc_request *request;
	int ret;

	request = vc_request_new(VCRYPTO_MAX_CRYPT_CONTROL + (piece->copied ? piece->len : 0),
				 small + (piece->copied ? args->dst_len : 0));
	if (!request)
		return ERR_PTR(-ENOMEM);
	ret = fill(call, piece, request);
	if (!ret)
		return request;
	vc_request_free(request);
	return ERR_PTR(ret);
}

struct vc_request *vc_call_next(struct vc_call *call)
{
	struct piece piece = {
		.offset = call->offset,
		.len = min(call->op.len - call->offset, max_piece(call->session)),
		.first = !call->offset,
		.last = call->left == 1,
	};

	piece.copied = piece.len <= VC_BOUNCE_MAX;
	describe(call, &piece);
	call->offset += piece.len;
	call->left--;
	return build(call, &piece);
}

/* The answer: destination if it was not pinned, digest, IV. */
int vc_call_return(const struct crypt_op *op, const struct vc_request *request)
{
	const struct vcrypto_expect *expect = &request->expect;
	u32 dst_len = request->dst.count ? 0 : expect->dst_len;
	const u8 *mac = request->answer + dst_len;
	const u8 *iv = mac + expect->mac_len;

	if (copy_to_user(op->dst + request->offset, request->answer, dst_len))
		return -EFAULT;
	if (copy_to_user(op->mac, mac, expect->mac_len))
		return -EFAULT;
	return copy_to_user(op->iv, iv, expect->iv_len) ? -EFAULT : 0;
}

static int do_next(struct vc_call *call)
{
	struct vc_request *request = vc_call_next(call);
	int ret;

	if (IS_ERR(request))
		return PTR_ERR(request);
	ret = vc_request_call_sealed(call->session->queue, request);
	if (ret)
		return ret;
	ret = vc_call_return(&call->op, request);
	vc_request_free(request);
	return ret;
}

static int do_call(struct vc_call *call)
{
	int ret;

	if (mutex_lock_killable(&call->session->lock))
		return -EINTR;
	do {
		ret = do_next(call);
	} while (!ret && call->left);
	mutex_unlock(&call->session->lock);
	return ret;
}

int vc_crypt(struct vc_file *file, const struct crypt_op *op)
{
	struct vc_session *session = vc_session_get(file, op->ses);
	struct vc_call call;
	int ret;

	if (!session)
		return -EINVAL;
	ret = vc_call_begin(&call, session, op);
	if (!ret)
		ret = do_call(&call);
	vc_session_put(session);
	return ret;
}

static int send_copy(const struct vc_session *to, const struct vc_session *from)
{
	struct vc_request *request = vc_request_new(sizeof(struct vcrypto_request_header) +
						    sizeof(struct vcrypto_hash_copy), 0);
	size_t len;
	int ret;

	if (!request)
		return -ENOMEM;
	len = vcrypto_build_hash_copy(request->control, request->control_size, to->context,
				      to->handle, from->handle, request->header, &request->expect);
	ret = vc_request_call(to->queue, request, len);
	if (!ret)
		vc_request_free(request);
	return ret;
}

/* Neither may be between two pieces of a call.  By address, against deadlock. */
static int copy_locked(struct vc_session *to, struct vc_session *from)
{
	struct vc_session *one = min(to, from), *two = max(to, from);
	int ret = -EINTR;

	if (mutex_lock_killable(&one->lock))
		return ret;
	if (!mutex_lock_killable_nested(&two->lock, SINGLE_DEPTH_NESTING)) {
		ret = send_copy(to, from);
		mutex_unlock(&two->lock);
	}
	mutex_unlock(&one->lock);
	return ret;
}

int vc_copy_hash(struct vc_file *file, const struct cphash_op *op)
{
	struct vc_session *to = vc_session_get(file, op->dst_ses);
	struct vc_session *from = vc_session_get(file, op->src_ses);
	int ret;

	if (!to || !from)
		ret = -ENOENT;
	else if (to == from)
		ret = -EDEADLK;
	else if (!to->mac || to->mac != from->mac)
		ret = -EINVAL;
	else
		ret = copy_locked(to, from);
	if (to)
		vc_session_put(to);
	if (from)
		vc_session_put(from);
	return ret;
}
