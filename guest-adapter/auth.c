// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCAUTHCRYPT.
 *
 * A call is one request to the device.  Only an AEAD message that is longer than
 * a request may be becomes several, which continue each other (protocol 4.8.2),
 * under the session's lock.  The device then delivers plaintext before it has
 * seen the tag; if the tag turns out to be wrong, all of it is wiped here.
 */
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "vcrypto.h"

/* How far into auth_src the payload of an SRTP packet may begin. */
#define MAX_SRTP_HEADER 256

/* A call while it is being worked on. */
struct message {
	struct vc_session *session;
	const struct crypt_auth_op *op;
	enum vcrypto_auth_mode mode;
	u32 tag_len;
	u32 src_len;			/* without a tag */
	u32 dst_len;			/* likewise */
	u32 aad_len;
	u32 trailer_len;
	u32 content_len;		/* of what has come back */
	u16 iv_len;
	u8 iv[VCRYPTO_MAX_IV];		/* read from the user, once */
	u8 tag[VCRYPTO_MAX_DIGEST];	/* likewise, if it is to be verified */
};

/* The part of its payload that goes into one request. */
struct piece {
	u32 offset;
	bool copied;			/* to and from the user, not pinned */
	bool sent;			/* the device may have written */
	struct vcrypto_authcrypt_args args;
};

static u32 max_piece(const struct vc_session *session)
{
	return min(session->queue->max_payload, VC_PIECE_MAX);
}

static bool decrypts(const struct message *message)
{
	return message->op->op == COP_DECRYPT;
}

/* In the order of precedence.  A negative error if the session is for none. */
static int choose_mode(const struct vc_session *session, u16 flags)
{
	const struct vcrypto_cipher *cipher = session->cipher;
	bool hmac = session->mac && session->mac->keyed;

	if (!cipher)
		return -EINVAL;
	if (flags & COP_FLAG_AEAD_SRTP_TYPE)
		return hmac && cipher->block == 1 ? VCRYPTO_AUTH_SRTP : -EINVAL;
	if (cipher->record_mac)
		return VCRYPTO_AUTH_TLS;
	if (cipher->tag_len)
		return VCRYPTO_AUTH_AEAD;
	return hmac && (flags & COP_FLAG_AEAD_TLS_TYPE) ? VCRYPTO_AUTH_TLS : -EINVAL;
}

static int check_tag_len(struct message *message)
{
	const struct vcrypto_cipher *cipher = message->session->cipher;
	u32 full = cipher->tag_len ? cipher->tag_len : message->session->mac->digest_len;
	u32 len = message->op->tag_len ? message->op->tag_len : full;

	if (message->mode == VCRYPTO_AUTH_AEAD ? !vcrypto_tag_len_ok(cipher, len) : len > full)
		return -EINVAL;
	message->tag_len = len;
	return 0;
}

/* Whether a piece would overwrite source that a later one still needs. */
static bool overtakes(const struct message *message)
{
	const struct crypt_auth_op *op = message->op;

	return message->src_len > max_piece(message->session) &&
	       op->dst > op->src && op->dst - op->src < message->src_len;
}

static int check_aead(struct message *message)
{
	const struct crypt_auth_op *op = message->op;

	/* Going on from an IV would be the same nonce again. */
	if (!op->iv)
		return -EINVAL;
	message->src_len = op->len;
	if (decrypts(message)) {
		if (op->len < message->tag_len)
			return -EINVAL;
		message->src_len -= message->tag_len;
	}
	message->dst_len = message->src_len;
	message->aad_len = op->auth_len;
	return message->src_len > VCRYPTO_MAX_PAYLOAD || overtakes(message) ? -EINVAL : 0;
}

static int check_tls(struct message *message)
{
	const struct crypt_auth_op *op = message->op;
	const struct vcrypto_cipher *cipher = message->session->cipher;
	u64 dst_len = op->len;

	if (op->src != op->dst && !cipher->record_mac)
		return -EINVAL;
	if (!decrypts(message))
		dst_len = vcrypto_record_len(op->len, message->tag_len, cipher->block);
	if (dst_len > max_piece(message->session))
		return -EINVAL;
	message->src_len = op->len;
	message->dst_len = dst_len;
	message->aad_len = op->auth_len;
	return 0;
}

/* The payload lies within what is authenticated, with something around it. */
static int check_srtp(struct message *message)
{
	const struct crypt_auth_op *op = message->op;
	u64 begin = (uintptr_t)op->auth_src;
	u64 at = (uintptr_t)op->src;

	if (op->src != op->dst || !op->len || op->len > max_piece(message->session))
		return -EINVAL;
	if (at < begin || at - begin > MAX_SRTP_HEADER || at - begin + op->len > op->auth_len)
		return -EINVAL;
	message->src_len = op->len;
	message->dst_len = op->len;
	message->aad_len = at - begin;
	message->trailer_len = op->auth_len - op->len - message->aad_len;
	return 0;
}

static int check_mode(struct message *message)
{
	switch (message->mode) {
	case VCRYPTO_AUTH_SRTP:
		return check_srtp(message);
	case VCRYPTO_AUTH_TLS:
		return check_tls(message);
	default:
		return check_aead(message);
	}
}

static int check(struct message *message)
{
	const struct vc_session *session = message->session;
	const struct crypt_auth_op *op = message->op;
	u32 max_aad = min_t(u32, PAGE_SIZE, session->queue->device->limits.aad);
	int ret;

	if (op->op != COP_ENCRYPT && op->op != COP_DECRYPT)
		return -EINVAL;
	ret = choose_mode(session, op->flags);
	if (ret < 0)
		return ret;
	message->mode = ret;
	ret = check_tag_len(message);
	if (!ret)
		ret = check_mode(message);
	if (!ret && (message->aad_len > max_aad || message->trailer_len > max_aad))
		ret = -EINVAL;
	return ret;
}

/* Where the user has the tag, or gets it. */
static u8 __user *tag_at(const struct message *message)
{
	const struct crypt_auth_op *op = message->op;

	if (message->mode != VCRYPTO_AUTH_AEAD)
		return op->tag;
	return (decrypts(message) ? op->src : op->dst) + message->src_len;
}

/* The tag at once, because the destination may come to lie on top of it. */
static int read_parameters(struct message *message)
{
	const struct crypt_auth_op *op = message->op;

	message->iv_len = op->iv ? message->session->cipher->iv_len : 0;
	if (copy_from_user(message->iv, op->iv, message->iv_len))
		return -EFAULT;
	if (message->mode == VCRYPTO_AUTH_TLS || !decrypts(message))
		return 0;
	return copy_from_user(message->tag, tag_at(message), message->tag_len) ? -EFAULT : 0;
}

static void describe(const struct message *message, struct piece *piece, u32 len)
{
	bool first = !piece->offset;
	bool last = piece->offset + len == message->src_len;
	/* That of an AEAD message does not change. */
	bool next_iv = (message->op->flags & COP_FLAG_WRITE_IV) &&
		       message->mode != VCRYPTO_AUTH_AEAD;

	piece->copied = len <= VC_BOUNCE_MAX;
	piece->args = (struct vcrypto_authcrypt_args) {
		.context = message->session->context,
		.session = message->session->handle,
		.mode = message->mode,
		.decrypt = decrypts(message),
		.more = !last,
		.go_on = !first,
		.iv = message->iv,
		.iv_len = first ? message->iv_len : 0,
		.iv_out_len = next_iv ? message->iv_len : 0,
		.tag_len = last ? message->tag_len : 0,
		.aad_len = first ? message->aad_len : 0,
		.src_len = len,
		.trailer_len = message->trailer_len,
		.dst_len = message->mode == VCRYPTO_AUTH_TLS ? message->dst_len : len,
	};
}

static int append(struct vc_request *request, size_t *len, const u8 __user *from, u32 count)
{
	if (copy_from_user(request->control + *len, from, count))
		return -EFAULT;
	*len += count;
	return 0;
}

static int attach_payload(const struct message *message, const struct piece *piece,
			  struct vc_request *request, size_t *len)
{
	const struct crypt_auth_op *op = message->op;
	unsigned int max_segment = message->session->queue->device->max_segment;
	int ret;

	if (piece->copied)
		return append(request, len, op->src + piece->offset, piece->args.src_len);
	ret = vc_pages_pin(&request->src, op->src + piece->offset, piece->args.src_len, false,
			   max_segment);
	return ret ? ret : vc_pages_pin(&request->dst, op->dst + piece->offset,
					piece->args.dst_len, true, max_segment);
}

static int attach_tail(const struct message *message, const struct piece *piece,
		       struct vc_request *request, size_t *len)
{
	const struct crypt_auth_op *op = message->op;
	size_t begin = *len;
	int ret = append(request, len, op->auth_src + message->aad_len + message->src_len,
			 message->trailer_len);

	if (ret)
		return ret;
	if (vcrypto_sends_tag(&piece->args)) {
		memcpy(request->control + *len, message->tag, message->tag_len);
		*len += message->tag_len;
	}
	request->tail_len = piece->copied ? 0 : *len - begin;
	return 0;
}

/* Whatever is readable, in the order of the protocol. */
static int fill(const struct message *message, const struct piece *piece,
		struct vc_request *request, size_t *len)
{
	int ret;

	*len = vcrypto_build_authcrypt(request->control, request->control_size, &piece->args,
				       request->header, &request->expect);
	ret = append(request, len, message->op->auth_src, piece->args.aad_len);
	if (!ret)
		ret = attach_payload(message, piece, request, len);
	return ret ? ret : attach_tail(message, piece, request, len);
}

static struct vc_request *build(const struct message *message, const struct piece *piece,
				size_t *len)
{
	const struct vcrypto_authcrypt_args *args = &piece->args;
	size_t control = VCRYPTO_MAX_AUTHCRYPT_CONTROL + args->aad_len + args->trailer_len +
			 args->tag_len;
	size_t answer = args->tag_len + args->iv_out_len;
	struct vc_request *request;
	int ret;

	if (piece->copied) {
		control += args->src_len;
		answer += args->dst_len;
	}
	request = vc_request_new(control, answer);
	if (!request)
		return ERR_PTR(-ENOMEM);
	ret = fill(message, piece, request, len);
	if (!ret)
		return request;
	vc_request_free(request);
	return ERR_PTR(ret);
}

/* The answer: destination if it was not pinned, tag, IV. */
static int return_answer(const struct message *message, const struct piece *piece,
			 const struct vc_request *request)
{
	const struct vcrypto_expect *expect = &request->expect;
	const u8 *tag = request->answer + (piece->copied ? expect->dst_len : 0);

	if (piece->copied &&
	    copy_to_user(message->op->dst + piece->offset, request->answer, expect->dst_len))
		return -EFAULT;
	if (copy_to_user(tag_at(message), tag, expect->mac_len))
		return -EFAULT;
	return copy_to_user(message->op->iv, tag + expect->mac_len, expect->iv_len) ? -EFAULT : 0;
}

static int do_piece(struct message *message, struct piece *piece)
{
	size_t control_len;
	struct vc_request *request = build(message, piece, &control_len);
	int ret;

	if (IS_ERR(request))
		return PTR_ERR(request);
	piece->sent = true;
	ret = vc_request_call(message->session->queue, request, control_len);
	if (ret)
		return ret;
	message->content_len += request->dst_len;
	ret = return_answer(message, piece, request);
	vc_request_free(request);
	return ret;
}

/* Memory that has gone meanwhile cannot be wiped, and need not be. */
static void wipe(const struct message *message, u32 len)
{
	unsigned long left __maybe_unused = clear_user(message->op->dst, len);
}

static int do_pieces(struct message *message)
{
	struct piece piece = {};
	u32 len;
	int ret;

	do {
		len = min(message->src_len - piece.offset, max_piece(message->session));
		describe(message, &piece, len);
		ret = do_piece(message, &piece);
		piece.offset += len;
	} while (!ret && piece.offset < message->src_len);
	/* Not after a refusal, which has changed nothing. */
	if (ret && decrypts(message) && piece.sent && (ret != -EINVAL || piece.offset > len))
		wipe(message, piece.offset);
	return ret;
}

static void report(const struct message *message, struct crypt_auth_op *op)
{
	bool tag_behind = message->mode == VCRYPTO_AUTH_AEAD && !decrypts(message);

	op->tag = tag_at(message);
	op->tag_len = message->tag_len;
	op->len = message->content_len + (tag_behind ? message->tag_len : 0);
}

static int in_session(struct vc_session *session, struct crypt_auth_op *op)
{
	struct message message = { .session = session, .op = op };
	int ret = check(&message);

	if (!ret)
		ret = read_parameters(&message);
	if (ret)
		return ret;
	if (mutex_lock_killable(&session->lock))
		return -EINTR;
	ret = do_pieces(&message);
	mutex_unlock(&session->lock);
	if (!ret)
		report(&message, op);
	return ret;
}

int vc_authcrypt(struct vc_file *file, struct crypt_auth_op *op)
{
	struct vc_session *session = vc_session_get(file, op->ses);
	int ret;

	if (!session)
		return -EINVAL;
	ret = in_session(session, op);
	vc_session_put(session);
	return ret;
}
