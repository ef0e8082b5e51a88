// SPDX-License-Identifier: GPL-2.0-or-later
/* CIOCAUTHCRYPT; an AEAD message becomes several requests (protocol 4.8.2). */
#include <errno.h>
#include <stdlib.h>

#include "asked.h"
#include "devcrypto.h"

struct message {
	struct session *session;
	uint32_t context;
	struct vcrypto_plan plan;
	struct vcrypto_plan_step step;
	uint32_t content_len;			/* that the device has said */
	uint8_t *aad, *source, *trailer;	/* our copies */
	uint8_t iv[VCRYPTO_MAX_IV], tag[VCRYPTO_MAX_DIGEST];
};

static int plan(struct message *message, const struct crypt_auth_op *op)
{
	const struct vcrypto_plan_session limits = plan_session(message->session);
	const struct vcrypto_auth_op asked = vc_asked_auth(op);

	return verdict_error(vcrypto_plan_authcrypt(&limits, &asked, &message->plan));
}

static int check_first(const struct message *message)
{
	uint8_t first;

	if (!vcrypto_plan_needs_first(&message->plan))
		return 0;
	if (user_copy(&first, pointer(message->plan.iv), sizeof(first)))
		return EFAULT;
	return vcrypto_plan_first_ok(&message->plan, first) ? 0 : EINVAL;
}

static int prepare(struct message *message)
{
	const struct vcrypto_plan *plan = &message->plan;
	int error = check_first(message);

	if (!error)
		error = first_step(message->session, plan, message->iv, &message->step);
	if (!error && vcrypto_plan_reads_tag(plan))
		error = user_copy(message->tag, pointer(plan->mac_at), plan->mac_len);
	return error;
}

/* Sanitizers do not like NULL for nothing. */
static int copy_of(uint8_t **copy, uint64_t from, uint32_t len)
{
	uint8_t first;

	*copy = malloc((size_t)len + 1);
	if (*copy)
		return user_copy(*copy, pointer(from), len);
	/* With few address bits there is no room for a long one, whether it is there or not. */
	return user_copy(&first, pointer(from), sizeof(first)) ? EFAULT : ENOMEM;
}

static int read_all(struct message *message)
{
	const struct vcrypto_plan *plan = &message->plan;
	int error = copy_of(&message->aad, plan->aad, plan->aad_len);

	if (!error)
		error = copy_of(&message->source, plan->src, plan->src_len);
	if (!error)
		error = copy_of(&message->trailer, plan->trailer, plan->trailer_len);
	return error;
}

/*
 * What has been delivered before something went wrong, as far as it can be written.  A wrong
 * tag is the device's to answer for in the last part.
 */
static void wipe(const struct message *message, int error)
{
	size_t len = message->step.offset + (error == EBADMSG ? 0 : message->step.len);
	uint8_t *zeros = calloc(1, len + 1);

	if (!zeros)
		sim_die("out of memory");
	(void)user_copy(pointer(message->plan.dst), zeros, len);
	free(zeros);
}

/* After a wrong tag the last part is as the device has left it: wiped (protocol 4.8). */
static int write_all(struct message *message, const struct guest_call *call, int error)
{
	const struct vcrypto_plan *plan = &message->plan;
	const struct vcrypto_expect *expect = &call->expect;
	void *dst = pointer(plan->dst + message->step.offset);
	int fault = 0;

	if (error == EBADMSG)
		fault = user_copy(dst, call->result.host, expect->dst_len);
	if (error)
		return fault ? fault : error;
	error = user_copy(dst, call->dst, expect->dst_len);
	if (!error)
		error = user_copy(pointer(plan->mac_at), call->mac, expect->mac_len);
	fault = keep_iv(message->session, plan, &message->step, expect->iv_len ? call->iv : NULL);
	return error ? error : fault;
}

static int exchange(struct message *message)
{
	struct vcrypto_authcrypt_args args;
	struct guest_call *call;
	int error;

	vcrypto_plan_authcrypt_args(&message->plan, &message->step, &args);
	args.context = message->context;
	args.session = message->session->handle;
	call = guest_authcrypt(&guest, &args, message->aad,
			       message->source + message->step.offset, message->trailer,
			       message->tag);
	error = write_all(message, call, answer(call));
	if (!error)
		message->content_len += vcrypto_get32(call->response.dst_len);
	guest_forget(&guest, call);
	return error;
}

static int run(struct message *message, struct crypt_auth_op *op)
{
	const struct vcrypto_plan *plan = &message->plan;
	int error;

	do {
		error = exchange(message);
	} while (!error && next_step(plan, &message->step));
	if (error && plan->decrypt)
		wipe(message, error);
	if (error)
		return error;
	op->len = vcrypto_plan_result_len(plan, message->content_len);
	op->tag_len = plan->mac_len;
	op->tag = pointer(plan->mac_at);
	return 0;
}

int auth(struct session *session, uint32_t context, struct crypt_auth_op *op)
{
	struct message message = { .session = session, .context = context };
	int error = plan(&message, op);

	if (!error)
		error = prepare(&message);
	if (!error)
		error = read_all(&message);
	if (!error)
		error = run(&message, op);
	free(message.aad);
	free(message.source);
	free(message.trailer);
	return error;
}
