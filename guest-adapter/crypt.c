// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCCRYPT and CIOCCPHASH.
 *
 * A call is one request to the device, or, if its payload is longer than a
 * request may be, several, which continue each other: the first has the IV and
 * resets the hash, the last finishes the hash and returns the next IV.  The
 * session's lock keeps other calls from coming between.
 */
#include <linux/uaccess.h>

#include "vcrypto.h"

/* A call while it is being worked on. */
struct call {
	struct vc_file *file;
	struct vc_session *session;
	const struct crypt_op *op;
	u8 iv[VCRYPTO_MAX_IV];		/* read from the user, once */
};

/* The part of its payload that goes into one request. */
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

static u16 iv_len(const struct call *call)
{
	const struct vcrypto_cipher *cipher = call->session->cipher;

	return cipher && call->op->iv ? cipher->iv_len : 0;
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

static void describe(const struct call *call, struct piece *piece)
{
	const struct vc_session *session = call->session;
	const struct crypt_op *op = call->op;
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

static int attach_payload(const struct call *call, const struct piece *piece,
			  struct vc_request *request, size_t control_len)
{
	const struct crypt_op *op = call->op;
	unsigned int max_segment = call->file->device->max_segment;
	int ret;

	if (piece->copied)
		return copy_from_user(request->control + control_len, op->src + piece->offset,
				      piece->len) ? -EFAULT : 0;
	ret = vc_pages_pin(&request->src, op->src + piece->offset, piece->len, false, max_segment);
	if (ret || !piece->args.dst_len)
		return ret;
	return vc_pages_pin(&request->dst, op->dst + piece->offset, piece->len, true, max_segment);
}

/* The answer: destination if it was not pinned, digest, IV. */
static int return_answer(const struct call *call, const struct piece *piece,
			 const struct vc_request *request)
{
	const struct crypt_op *op = call->op;
	u32 dst_len = piece->copied ? piece->args.dst_len : 0;
	const u8 *mac = request->answer + dst_len;
	const u8 *iv = mac + piece->args.mac_len;

	if (dst_len && copy_to_user(op->dst + piece->offset, request->answer, dst_len))
		return -EFAULT;
	if (piece->args.mac_len && copy_to_user(op->mac, mac, piece->args.mac_len))
		return -EFAULT;
	if (piece->args.iv_out_len && copy_to_user(op->iv, iv, piece->args.iv_out_len))
		return -EFAULT;
	return 0;
}

static struct vc_request *build(const struct call *call, struct piece *piece, size_t *control_len)
{
	const struct vcrypto_crypt_args *args = &piece->args;
	u32 small = args->mac_len + args->iv_out_len;
	struct vc_request *request;
	int ret;

	request = vc_request_new(VCRYPTO_MAX_CRYPT_CONTROL + (piece->copied ? piece->len : 0),
				 small + (piece->copied ? args->dst_len : 0));
	if (!request)
		return ERR_PTR(-ENOMEM);
	*control_len = vcrypto_build_crypt(request->control, request->control_size, args,
					   request->header, &request->expect);
	ret = attach_payload(call, piece, request, *control_len);
	if (!ret)
		return request;
	vc_request_free(request);
	return ERR_PTR(ret);
}

static int do_piece(const struct call *call, struct piece *piece)
{
	struct vc_request *request;
	size_t control_len;
	int ret;

	describe(call, piece);
	request = build(call, piece, &control_len);
	if (IS_ERR(request))
		return PTR_ERR(request);
	if (piece->copied)
		control_len += piece->len;
	ret = vc_request_call(call->session->queue, request, control_len);
	if (ret)
		return ret;
	ret = return_answer(call, piece, request);
	vc_request_free(request);
	return ret;
}

static int do_call(const struct call *call)
{
	u32 max = max_piece(call->session);
	struct piece piece = {};
	int ret;

	do {
		piece.first = !piece.offset;
		piece.len = min(call->op->len - piece.offset, max);
		piece.last = piece.offset + piece.len == call->op->len;
		piece.copied = piece.len <= VC_BOUNCE_MAX;
		ret = do_piece(call, &piece);
		piece.offset += piece.len;
	} while (!ret && !piece.last);
	return ret;
}

static int crypt_in_session(struct vc_file *file, struct vc_session *session,
			    const struct crypt_op *op)
{
	struct call call = { .file = file, .session = session, .op = op };
	int ret = check(session, op);

	if (ret)
		return ret;
	if (iv_len(&call) && copy_from_user(call.iv, op->iv, iv_len(&call)))
		return -EFAULT;
	if (mutex_lock_killable(&session->lock))
		return -EINTR;
	ret = do_call(&call);
	mutex_unlock(&session->lock);
	return ret;
}

int vc_crypt(struct vc_file *file, const struct crypt_op *op)
{
	struct vc_session *session = vc_session_get(file, op->ses);
	int ret;

	if (!session)
		return -EINVAL;
	ret = crypt_in_session(file, session, op);
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
