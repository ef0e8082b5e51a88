// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCAUTHCRYPT: copies and waits; what it means is in libvcrypto (<vcrypto/cryptodev.h>).
 *
 * An AEAD message may become several requests (protocol 4.8.2).  The device then delivers
 * plaintext before it has seen the tag; if the tag turns out to be wrong, all of it is
 * wiped (vc_call_end()).
 */
#include <linux/uaccess.h>

#include "asked.h"
#include "ioctls.h"

static int plan(struct vc_call *call, struct vc_session *session, const struct crypt_auth_op *op)
{
	const struct vcrypto_plan_session limits = vc_call_limits(session);
	const struct vcrypto_auth_op asked = vc_asked_auth(op);

	*call = (struct vc_call) { .session = session };
	return vc_errno(vcrypto_plan_authcrypt(&limits, &asked, &call->plan));
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

static int read_tag(struct vc_call *call)
{
	if (!vcrypto_plan_reads_tag(&call->plan))
		return 0;
	return copy_from_user(call->tag, vc_call_mac(call), call->plan.mac_len) ? -EFAULT : 0;
}

static int prepare(struct vc_call *call, struct vc_session *session,
		   const struct crypt_auth_op *op)
{
	int ret = plan(call, session, op);

	if (!ret)
		ret = check_first(call);
	if (!ret)
		ret = vc_call_begin(call);
	return ret ? ret : read_tag(call);
}

static void report(const struct vc_call *call, struct crypt_auth_op *op)
{
	op->tag = vc_call_mac(call);
	op->tag_len = call->plan.mac_len;
	op->len = vcrypto_plan_result_len(&call->plan, call->content_len);
}

static int run(struct vc_session *session, struct crypt_auth_op *op)
{
	struct vc_call call;
	int ret = prepare(&call, session, op);

	if (!ret)
		ret = vc_session_enter(session);
	if (ret)
		return ret;
	if (op->len > VC_BOUNCE_MAX)
		vc_payer_init(&call.payer);
	ret = vc_call_run(&call);
	vc_payer_put(&call.payer);
	vc_session_leave(session);
	if (!ret)
		report(&call, op);
	return ret;
}

int vc_authcrypt(struct vc_file *file, struct crypt_auth_op *op)
{
	struct vc_session *session = vc_session_get(file, op->ses);
	int ret;

	if (!session)
		return -EINVAL;
	ret = run(session, op);
	vc_session_put(session);
	return ret;
}
