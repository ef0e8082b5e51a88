// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCAUTHCRYPT: copies and waits; what it means is in libvcrypto (<vcrypto/cryptodev.h>).
 *
 * An AEAD message may become several requests (protocol 4.8.2).  The device then delivers
 * plaintext before it has seen the tag; if the tag turns out to be wrong, all of it is
 * wiped (vc_call_end()).
 */
#include "asked.h"
#include "ioctls.h"

int vc_auth_prepare(struct vc_call *call, struct vc_session *session,
		    const struct crypt_auth_op *op)
{
	const struct vcrypto_plan_session limits = vc_call_limits(session);
	const struct vcrypto_auth_op asked = vc_asked_auth(op);
	int ret;

	*call = (struct vc_call) { .session = session };
	ret = vc_errno(vcrypto_plan_authcrypt(&limits, &asked, &call->plan));
	return ret ? ret : vc_call_begin(call);
}

void vc_auth_report(const struct vc_call *call, struct crypt_auth_op *op)
{
	op->tag = vc_call_mac(call);
	op->tag_len = call->plan.mac_len;
	op->len = vcrypto_plan_result_len(&call->plan, call->content_len);
}

int vc_authcrypt(struct vc_file *file, struct crypt_auth_op *op)
{
	struct vc_session *session = vc_session_get(file, op->ses);
	struct vc_call call;
	int ret;

	if (!session)
		return -EINVAL;
	ret = vc_auth_prepare(&call, session, op);
	if (!ret)
		ret = vc_call_run(&call);
	if (!ret)
		vc_auth_report(&call, op);
	vc_session_put(session);
	return ret;
}
