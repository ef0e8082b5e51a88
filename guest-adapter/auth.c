// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCAUTHCRYPT: what the ioctl means.
 *
 * An AEAD message may become several requests (protocol 4.8.2).  The device then delivers
 * plaintext before it has seen the tag; if the tag turns out to be wrong, all of it is
 * wiped (vc_call_end()).
 */
#include <linux/uaccess.h>

#include "vcrypto.h"

/* How far into auth_src the payload of an SRTP packet may begin. */
#define MAX_SRTP_HEADER 256

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

static int check_tag_len(struct vc_call *call, const struct crypt_auth_op *op)
{
	const struct vcrypto_cipher *cipher = call->session->cipher;
	u32 full = cipher->tag_len ? cipher->tag_len : call->session->mac->digest_len;
	u32 len = op->tag_len ? op->tag_len : full;

	if (call->mode == VCRYPTO_AUTH_AEAD ? !vcrypto_tag_len_ok(cipher, len) : len > full)
		return -EINVAL;
	call->mac_len = len;
	return 0;
}

/* CCM has its length in the first block that it authenticates (SP 800-38C, A.2.1). */
static int check_ccm(const struct vc_call *call, const struct crypt_auth_op *op)
{
	u8 flags;

	if (call->session->cipher->id != VCRYPTO_CIPHER_AES_CCM)
		return 0;
	if (copy_from_user(&flags, op->iv, sizeof(flags)))
		return -EFAULT;
	return flags < 7 && (u64)call->src_len >> (8 * (flags + 1)) ? -EINVAL : 0;
}

static int prepare_aead(struct vc_call *call, const struct crypt_auth_op *op)
{
	/* Going on from an IV would be the same nonce again. */
	if (!op->iv)
		return -EINVAL;
	/* What is reported is a length as well. */
	if (call->decrypt ? op->len < call->mac_len : op->len > U32_MAX - call->mac_len)
		return -EINVAL;
	call->src_len = op->len - (call->decrypt ? call->mac_len : 0);
	call->dst_len = call->src_len;
	call->aad_len = op->auth_len;
	call->mac_to = (call->decrypt ? op->src : op->dst) + call->src_len;
	call->can_cut = true;
	return check_ccm(call, op);
}

static int prepare_tls(struct vc_call *call, const struct crypt_auth_op *op)
{
	const struct vcrypto_cipher *cipher = call->session->cipher;
	u64 dst_len = op->len;

	if (op->src != op->dst && !cipher->record_mac)
		return -EINVAL;
	if (!call->decrypt)
		dst_len = vcrypto_record_len(op->len, call->mac_len, cipher->block);
	if (dst_len > U32_MAX)
		return -EINVAL;
	call->src_len = op->len;
	call->dst_len = dst_len;
	call->aad_len = op->auth_len;
	return 0;
}

/* The payload lies within what is authenticated, with something around it. */
static int prepare_srtp(struct vc_call *call, const struct crypt_auth_op *op)
{
	u64 begin = (uintptr_t)op->auth_src;
	u64 at = (uintptr_t)op->src;

	if (op->src != op->dst || !op->len)
		return -EINVAL;
	if (at < begin || at - begin > MAX_SRTP_HEADER || at - begin + op->len > op->auth_len)
		return -EINVAL;
	call->src_len = op->len;
	call->dst_len = op->len;
	call->aad_len = at - begin;
	call->trailer = op->auth_src + call->aad_len + op->len;
	call->trailer_len = op->auth_len - op->len - call->aad_len;
	return 0;
}

static int prepare_mode(struct vc_call *call, const struct crypt_auth_op *op)
{
	switch (call->mode) {
	case VCRYPTO_AUTH_SRTP:
		return prepare_srtp(call, op);
	case VCRYPTO_AUTH_TLS:
		return prepare_tls(call, op);
	default:
		return prepare_aead(call, op);
	}
}

/* The tag to be verified at once, because the destination may come to lie on top of it. */
static int read_tag(struct vc_call *call)
{
	if (call->mode == VCRYPTO_AUTH_TLS || !call->decrypt)
		return 0;
	return copy_from_user(call->tag, call->mac_to, call->mac_len) ? -EFAULT : 0;
}

static int prepare(struct vc_call *call, struct vc_session *session,
		   const struct crypt_auth_op *op)
{
	u32 max_aad = min_t(u32, PAGE_SIZE, session->file->device->limits.aad);
	int ret;

	if (op->op != COP_ENCRYPT && op->op != COP_DECRYPT)
		return -EINVAL;
	ret = choose_mode(session, op->flags);
	if (ret < 0)
		return ret;
	*call = (struct vc_call) {
		.session = session,
		.mode = ret,
		.decrypt = op->op == COP_DECRYPT,
		.copy = op->flags & COP_FLAG_NO_ZC,
		.write_iv = op->flags & COP_FLAG_WRITE_IV,
		.src = op->src,
		.dst = op->dst,
		.aad = op->auth_src,
		.iv_to = op->iv,
		.iv_len = op->iv ? session->cipher->iv_len : 0,
		.mac_to = op->tag,
	};
	ret = check_tag_len(call, op);
	if (!ret)
		ret = prepare_mode(call, op);
	if (!ret && (call->aad_len > max_aad || call->trailer_len > max_aad))
		ret = -EINVAL;
	if (!ret)
		ret = vc_call_begin(call);
	return ret ? ret : read_tag(call);
}

static void report(const struct vc_call *call, struct crypt_auth_op *op)
{
	bool tag_behind = call->mode == VCRYPTO_AUTH_AEAD && !call->decrypt;

	op->tag = call->mac_to;
	op->tag_len = call->mac_len;
	op->len = call->content_len + (tag_behind ? call->mac_len : 0);
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
