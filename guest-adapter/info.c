// SPDX-License-Identifier: GPL-2.0-only
/* CIOCGSESSINFO. */
#include <linux/minmax.h>
#include <linux/string.h>

#include "ioctls.h"

/* What the device says, as far as it is text. */
static void copy_name(char *to, const char *from)
{
	size_t i;

	memset(to, 0, CRYPTODEV_MAX_ALG_NAME);
	for (i = 0; i < VCRYPTO_NAME_LEN - 1 && from[i] > ' ' && from[i] <= '~'; i++)
		to[i] = from[i];
}

static void fill_info(const struct vc_session *session, const struct vcrypto_session_info *info,
		      struct session_info_op *op)
{
	if (session->cipher) {
		strscpy_pad(op->cipher_info.cra_name, session->cipher->name,
			    sizeof(op->cipher_info.cra_name));
		copy_name(op->cipher_info.cra_driver_name, info->cipher_driver);
	}
	if (session->mac) {
		strscpy_pad(op->hash_info.cra_name, session->mac->name,
			    sizeof(op->hash_info.cra_name));
		copy_name(op->hash_info.cra_driver_name, info->mac_driver);
	}
	op->alignmask = min(vcrypto_get32(info->alignmask), (u32)U16_MAX);
	op->flags = vcrypto_get32(info->flags) & VCRYPTO_SESSION_INFO_OFFLOADED ?
		    SIOP_FLAG_KERNEL_DRIVER_ONLY : 0;
}

static int ask_info(const struct vc_session *session, struct vcrypto_session_info *info)
{
	struct vc_queue *queue = session->context->queue;
	struct vc_request *request = vc_request_new(queue->pool,
						    sizeof(struct vcrypto_request_header),
						    sizeof(*info));
	bool built;
	int ret;

	if (!request)
		return -ENOMEM;
	built = vcrypto_build_session_info(&request->message, session->args.context,
					   session->args.session);
	ret = vc_request_call(queue, request, built);
	if (!ret)
		memcpy(info, request->answer, sizeof(*info));
	vc_request_put(request);
	return ret;
}

static int ask_surely(struct vc_session *session, struct vcrypto_session_info *info)
{
	unsigned int tries;
	int ret;

	for (tries = 0; tries < VC_MAX_TRIES; tries++) {
		ret = vc_session_revive(session, NULL);
		if (!ret)
			ret = vc_session_judge(session, ask_info(session, info), true);
		if (ret != -EAGAIN)
			return ret;
	}
	return -EIO;
}

int vc_session_info(struct vc_file *file, struct session_info_op *op)
{
	struct vc_session *session = vc_session_get(file, op->ses);
	struct vcrypto_session_info info;
	struct vc_turn turn;
	int ret;

	if (!session)
		return -EINVAL;
	ret = vc_session_enter(session, &turn);
	if (!ret) {
		ret = ask_surely(session, &info);
		vc_session_leave(&turn);
	}
	if (!ret)
		fill_info(session, &info, op);
	vc_session_put(session);
	return ret;
}
