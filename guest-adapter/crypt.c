// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCCRYPT and CIOCCPHASH: copying and waiting; what they mean is in libvcrypto
 * (<vcrypto/cryptodev.h>).
 */
#include "asked.h"
#include "ioctls.h"

static_assert(VCRYPTO_COP_UPDATE == COP_FLAG_UPDATE && VCRYPTO_COP_FINAL == COP_FLAG_FINAL &&
	      VCRYPTO_COP_WRITE_IV == COP_FLAG_WRITE_IV && VCRYPTO_COP_NO_ZC == COP_FLAG_NO_ZC &&
	      VCRYPTO_COP_TLS == COP_FLAG_AEAD_TLS_TYPE &&
	      VCRYPTO_COP_SRTP == COP_FLAG_AEAD_SRTP_TYPE &&
	      VCRYPTO_COP_RESET == COP_FLAG_RESET);

int vc_crypt_prepare(struct vc_call *call, struct vc_session *session, const struct crypt_op *op)
{
	const struct vcrypto_plan_session limits = vc_call_limits(session);
	const struct vcrypto_crypt_op asked = vc_asked_crypt(op);
	int ret;

	*call = (struct vc_call) { .session = session };
	ret = vc_errno(vcrypto_plan_crypt(&limits, &asked, &call->plan));
	return ret ? ret : vc_call_begin(call);
}

int vc_crypt(struct vc_file *file, const struct crypt_op *op)
{
	struct vc_session *session = vc_session_get(file, op->ses);
	struct vc_call call;
	int ret;

	if (!session)
		return -EINVAL;
	ret = vc_crypt_prepare(&call, session, op);
	if (!ret)
		ret = vc_call_run(&call);
	vc_session_put(session);
	return ret;
}

/*
 * A hash that is fresh here is begun anew with the next call; the device may still have
 * what a call that failed has left.  With a key it matters what is copied: the other
 * session goes on with this one's.  But nothing begins that has not got its IV.
 */
static bool copies_fresh(const struct vc_session *from)
{
	return from->mac->keyed && !from->mac->iv_len;
}

static int send_reset(struct vc_session *session)
{
	const struct vcrypto_cipher *cipher = session->cipher;
	struct vc_request *request = vc_request_new(session->context->queue->pool,
						    VCRYPTO_MAX_CRYPT_CONTROL, 0);
	struct vcrypto_crypt_args args = {
		.context = session->args.context,
		.session = session->args.session,
		.reset = true,
		.iv = session->iv,
		.iv_len = cipher ? cipher->iv_len : 0,
	};
	bool built;
	int ret;

	if (!request)
		return -ENOMEM;
	built = vcrypto_build_crypt(&request->message, &args);
	ret = built ? 0 : -EINVAL;
	if (!ret)
		ret = vc_session_post(session, NULL, request, vc_session_tell_hash, NULL);
	if (!ret)
		vc_session_note_hash(session, NULL, 0);
	vc_request_put(request);
	return ret == -EINPROGRESS ? 0 : ret;
}

/* If one of the two is unknown the next call tells which, whether this was waited for or not. */
static int send_copy(struct vc_session *to, struct vc_session *from)
{
	struct vc_request *request = vc_request_new(to->context->queue->pool,
						    sizeof(struct vcrypto_request_header) +
						    sizeof(struct vcrypto_hash_copy), 0);
	bool built;
	int ret;

	if (!request)
		return -ENOMEM;
	built = vcrypto_build_hash_copy(&request->message, to->args.context, to->args.session,
					from->args.session);
	ret = built ? 0 : -EINVAL;
	if (!ret)
		ret = vc_session_post(to, from, request, vc_session_tell_hash, NULL);
	vc_request_put(request);
	if (ret == -EINPROGRESS)
		return 0;
	if (ret && ret != -VC_EUNKNOWN)
		return ret;
	vc_session_note_hash(to, from, ret);
	return 0;
}

static int copy_once(struct vc_session *to, struct vc_session *from)
{
	int ret = vc_session_revive(from, NULL);

	/* If a post to it is known to have failed; else this one fails as well. */
	if (from->hash == VC_OPEN && READ_ONCE(from->hash_failed))
		from->hash = VC_LOST;
	if (!ret && from->hash == VC_LOST)
		ret = -ESTALE;
	/* What it has there is overwritten, so it is the one to move. */
	if (!ret && to->context != from->context)
		ret = vc_session_move(to, from->context);
	if (!ret)
		ret = vc_session_revive(to, NULL);
	if (ret)
		return ret;
	if (from->hash == VC_FRESH)
		ret = send_reset(from);
	if (ret)
		return vc_session_judge(from, ret, true);
	ret = send_copy(to, from);
	/* Nobody knows what it has if the copy failed, or who waited for it was killed. */
	if (ret == -EIO || ret == -EINTR)
		to->hash = VC_LOST;
	else if (!ret)
		to->hash = VC_OPEN;
	return vc_session_judge(to, ret, true);
}

static int copy(struct vc_session *to, struct vc_session *from)
{
	unsigned int tries;
	int ret = -EAGAIN;

	if (from->hash == VC_FRESH && !copies_fresh(from)) {
		to->hash = VC_FRESH;
		return 0;
	}
	for (tries = 0; ret == -EAGAIN && tries < VC_MAX_TRIES; tries++)
		ret = copy_once(to, from);
	return ret;
}

static int copy_in_turn(struct vc_session *to, struct vc_session *from)
{
	struct vc_turn first, second;
	int ret = vc_session_enter_both(to, &first, from, &second);

	if (ret)
		return ret;
	ret = copy(to, from);
	vc_session_leave(&second);
	vc_session_leave(&first);
	return ret;
}

static int check_copy(const struct cphash_op *op, const struct vc_session *to,
		      const struct vc_session *from)
{
	struct vcrypto_plan_session one, two;

	if (to)
		one = vc_call_limits(to);
	if (from)
		two = vc_call_limits(from);
	return vc_errno(vcrypto_plan_hash_copy(op->dst_ses, op->src_ses, to ? &one : NULL,
					       from ? &two : NULL));
}

int vc_copy_hash(struct vc_file *file, const struct cphash_op *op)
{
	struct vc_session *to = vc_session_get(file, op->dst_ses);
	struct vc_session *from = vc_session_get(file, op->src_ses);
	int ret = check_copy(op, to, from);

	if (!ret)
		ret = copy_in_turn(to, from);
	if (to)
		vc_session_put(to);
	if (from)
		vc_session_put(from);
	return ret;
}
