// SPDX-License-Identifier: GPL-2.0-or-later
/* CIOCAUTHCRYPT, one request for each call. */
#include <errno.h>
#include <stdlib.h>

#include "devcrypto.h"

#define PAGE 4096
#define MAX_SRTP_HEADER 256

struct message {
	const struct session *session;
	struct crypt_auth_op *op;
	struct vcrypto_authcrypt_args args;
	uint8_t *tag;	/* the program's */
	uint8_t *aad, *source, *trailer;	/* our copies */
	uint8_t iv[VCRYPTO_MAX_IV], tag_copy[VCRYPTO_MAX_DIGEST];
};

static int choose_mode(struct message *message)
{
	const struct vcrypto_cipher *cipher = message->session->cipher;
	bool hmac = message->session->mac && message->session->mac->keyed;
	uint16_t flags = message->op->flags;

	if (!cipher || message->op->op > COP_DECRYPT)
		return EINVAL;
	if (flags & COP_FLAG_AEAD_SRTP_TYPE)
		message->args.mode = VCRYPTO_AUTH_SRTP;
	else if (cipher->record_mac || (!cipher->tag_len && (flags & COP_FLAG_AEAD_TLS_TYPE)))
		message->args.mode = VCRYPTO_AUTH_TLS;
	else if (cipher->tag_len)
		message->args.mode = VCRYPTO_AUTH_AEAD;
	else
		return EINVAL;
	if (message->args.mode == VCRYPTO_AUTH_SRTP)
		return hmac && cipher->block == 1 ? 0 : EINVAL;
	return hmac || cipher->tag_len ? 0 : EINVAL;
}

/* Without C's rules: the pointer may be any. */
static uint8_t *behind(const uint8_t *pointer, uint32_t len)
{
	return (uint8_t *)((uintptr_t)pointer + len);
}

static int aead(struct message *message)
{
	struct crypt_auth_op *op = message->op;
	uint32_t tag_len = message->args.tag_len;

	message->args.src_len = op->len;
	if (!op->iv || !vcrypto_tag_len_ok(message->session->cipher, tag_len))
		return EINVAL;
	if (message->args.decrypt ? op->len < tag_len : op->len > UINT32_MAX - tag_len)
		return EINVAL;
	if (message->args.decrypt)
		message->args.src_len -= tag_len;
	message->args.dst_len = message->args.src_len;
	message->args.aad_len = op->auth_len;
	message->tag = behind(message->args.decrypt ? op->src : op->dst, message->args.src_len);
	return 0;
}

static int tls(struct message *message)
{
	struct crypt_auth_op *op = message->op;
	const struct vcrypto_cipher *cipher = message->session->cipher;
	uint64_t len = op->len;

	if (op->src != op->dst && !cipher->record_mac)
		return EINVAL;
	if (!message->args.decrypt)
		len = vcrypto_record_len(op->len, message->args.tag_len, cipher->block);
	if (len > guest.limits.payload)
		return EINVAL;
	message->args.src_len = op->len;
	message->args.dst_len = (uint32_t)len;
	message->args.aad_len = op->auth_len;
	return 0;
}

static int srtp(struct message *message)
{
	struct crypt_auth_op *op = message->op;
	uintptr_t at = (uintptr_t)op->src - (uintptr_t)op->auth_src;

	if (op->src != op->dst || !op->len || at > MAX_SRTP_HEADER || op->auth_len < at ||
	    op->auth_len - at < op->len)
		return EINVAL;
	message->args.src_len = message->args.dst_len = op->len;
	message->args.aad_len = (uint32_t)at;
	message->args.trailer_len = op->auth_len - op->len - message->args.aad_len;
	return 0;
}

static int check(struct message *message)
{
	const struct vcrypto_cipher *cipher = message->session->cipher;
	struct vcrypto_authcrypt_args *args = &message->args;
	uint32_t full, len;
	int error = choose_mode(message);

	if (error)
		return error;
	full = cipher->tag_len ? cipher->tag_len : message->session->mac->digest_len;
	len = message->op->tag_len ? message->op->tag_len : full;
	if (len > full)
		return EINVAL;
	args->tag_len = (uint16_t)len;
	args->decrypt = message->op->op == COP_DECRYPT;
	args->iv_len = message->op->iv ? cipher->iv_len : 0;
	args->iv = message->iv;
	if (message->op->flags & COP_FLAG_WRITE_IV)
		args->iv_out_len = args->iv_len;
	message->tag = message->op->tag;
	error = args->mode == VCRYPTO_AUTH_AEAD ? aead(message) :
		args->mode == VCRYPTO_AUTH_TLS ? tls(message) : srtp(message);
	if (error)
		return error;
	/* Here a message is one request, but its memory is looked at first. */
	if (args->mode != VCRYPTO_AUTH_AEAD && args->src_len > guest.limits.payload)
		return EINVAL;
	return args->aad_len > PAGE || args->trailer_len > PAGE ? EINVAL : 0;
}

/* Sanitizers do not like NULL for nothing. */
static int copy_of(uint8_t **copy, const uint8_t *from, uint32_t len)
{
	*copy = malloc(len + 1);
	return *copy ? user_copy(*copy, from, len) : ENOMEM;
}

static int read_all(struct message *message)
{
	struct vcrypto_authcrypt_args *args = &message->args;
	struct crypt_auth_op *op = message->op;
	int error = copy_of(&message->aad, op->auth_src, args->aad_len);

	if (!error)
		error = copy_of(&message->source, op->src, args->src_len);
	if (!error)
		error = copy_of(&message->trailer,
				behind(op->auth_src, args->aad_len + args->src_len),
				args->trailer_len);
	if (!error)
		error = user_copy(message->iv, op->iv, args->iv_len);
	if (!error && vcrypto_sends_tag(args))
		error = user_copy(message->tag_copy, message->tag, args->tag_len);
	return error;
}

/* After a wrong tag as the device has left it: wiped (protocol 4.8). */
static int write_all(struct message *message, const struct guest_call *call, int error)
{
	const struct vcrypto_authcrypt_args *args = &message->args;
	int fault = 0;

	if (error == EBADMSG)
		fault = user_copy(message->op->dst, call->result.host, args->dst_len);
	if (error)
		return fault ? fault : error;
	error = user_copy(message->op->dst, call->dst, args->dst_len);
	if (!error)
		error = user_copy(message->tag, call->mac, call->expect.mac_len);
	return error ? error : user_copy(message->op->iv, call->iv, args->iv_out_len);
}

static int exchange(struct message *message)
{
	const struct vcrypto_authcrypt_args *args = &message->args;
	struct guest_call *call = guest_authcrypt(&guest, args, message->aad, message->source,
						  message->trailer, message->tag_copy);
	int error = write_all(message, call, answer(call));

	if (!error) {
		message->op->len = vcrypto_get32(call->response.dst_len);
		if (args->mode == VCRYPTO_AUTH_AEAD && !args->decrypt)
			message->op->len += args->tag_len;
		message->op->tag_len = args->tag_len;
		message->op->tag = message->tag;
	}
	guest_forget(&guest, call);
	return error;
}

int auth(const struct session *session, uint32_t context, struct crypt_auth_op *op)
{
	struct message message = { .session = session, .op = op };
	int error = check(&message);

	message.args.context = context;
	message.args.session = session->handle;
	if (!error)
		error = read_all(&message);
	if (!error)
		error = exchange(&message);
	free(message.aad);
	free(message.source);
	free(message.trailer);
	return error;
}
