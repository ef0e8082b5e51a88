/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls: CIOCCRYPT and CIOCAUTHCRYPT, cut into requests. */
#ifndef VCRYPTO_CALL_H
#define VCRYPTO_CALL_H

#include <linux/minmax.h>
#include <linux/uaccess.h>

#include <vcrypto/cryptodev.h>

#include "session.h"

/*
 * A request's payload at most, in bytes times weight (vcrypto_weight()): about a
 * millisecond of work.  Longer calls are cut, so that others get between.
 */
#define VC_CHUNK_MAX (1u << 20)

/* The same in bytes for payload that is copied, which bounds the memory for it. */
#define VC_COPY_MAX (64u << 10)

/*
 * A CIOCCRYPT or CIOCAUTHCRYPT on its way, checked: what the rest of the driver knows of
 * it.  All user pointers are of the process that made it.
 */
struct vc_call {
	struct vc_session *session;
	struct vc_payer payer;
	bool nowait;			/* for the share: -EAGAIN */
	bool post;			/* nobody waits for its request, the only one */
	const bool *abort;		/* give up (-EINTR) when it becomes true; or NULL */
	struct vcrypto_plan plan;	/* user pointers in it as numbers */
	u8 iv[VCRYPTO_MAX_IV];		/* read from the user, once */
	u8 tag[VCRYPTO_MAX_DIGEST];	/* likewise, if it is to be verified */
	/* How far it is. */
	u32 offset;			/* done, of src_len */
	u32 made;			/* session->made when its last request was built */
	bool sent;			/* the device may have changed something */
	bool gone;			/* so it may, by a request that was lost */
	u32 reached;			/* of dst, what it may have written */
	bool done;
	u32 content_len;		/* of what has come back */
	u8 *snapshot;		/* all of the source, if dst would overwrite it; or NULL */
};

/* The program's memory in which the parts of a call are. */
static inline const u8 __user *vc_call_src(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.src);
}

static inline u8 __user *vc_call_dst(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.dst);
}

static inline const u8 __user *vc_call_aad(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.aad);
}

static inline const u8 __user *vc_call_trailer(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.trailer);
}

static inline u8 __user *vc_call_iv(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.iv);
}

static inline u8 __user *vc_call_mac(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.mac_at);
}

/* What a request of it with so many bytes counts of its user's share. */
static inline u64 vc_call_work(const struct vc_call *call, u32 len)
{
	u64 weight = vcrypto_weight(call->session->cipher, call->session->mac);

	return max_t(u64, len * weight + VC_REQUEST_WORK, call->post ? VC_POST_WORK : 0);
}

/* call.c, run.c: what CIOCCRYPT and CIOCAUTHCRYPT have in common */
/* What the library has to know of a session to judge a call. */
struct vcrypto_plan_session vc_call_limits(const struct vc_session *session);
/* Session and plan are set: whether it fits the device; its IV, and the tag to be verified. */
int vc_call_begin(struct vc_call *call);
/* Its next request, prepared. */
struct vc_request *vc_call_next(struct vc_call *call);
/* Whether that may be repeated even if the device has perhaps done it. */
bool vc_call_repeatable(const struct vc_call *call, const struct vc_request *request);
/* The device has moved the session's key stream on, or may have. */
void vc_call_use_stream(struct vc_call *call);
/* A data unit of XTS has ended: the next begins with the IV that was given last. */
void vc_call_end_unit(struct vc_call *call);
/* Takes over how far a request has brought the call; and, with the second, its results. */
void vc_call_advance(struct vc_call *call, const struct vc_request *request);
int vc_call_return(struct vc_call *call, const struct vc_request *request);
/* Within the session's turn: can the call go on from what is known?  0, -ESTALE */
int vc_call_check_state(struct vc_call *call);
/*
 * What is to be made of @ret, the result of a request of it, and of the posts before it: 0,
 * or as vc_session_judge().
 */
int vc_call_judge(struct vc_call *call, int ret, bool repeatable);
/* It ends, well or not (@ret). */
void vc_call_end(struct vc_call *call, int ret);
/* All of it, in the session's turn, for which it waits first; killable. */
int vc_call_run(struct vc_call *call);

#endif /* VCRYPTO_CALL_H */
