/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program asks for, in the library's words (<vcrypto/cryptodev.h>): keys and data are
 * addresses.  unit-tests/semantics/ takes it, too.
 */
#ifndef VCRYPTO_ASKED_H
#define VCRYPTO_ASKED_H

#include <crypto/cryptodev.h>
#include <vcrypto/cryptodev.h>

static inline struct vcrypto_session_op vc_asked_session(const struct session_op *op)
{
	return (struct vcrypto_session_op) {
		.cipher = op->cipher,
		.mac = op->mac,
		.keylen = op->keylen,
		.mackeylen = op->mackeylen,
	};
}

static inline struct vcrypto_crypt_op vc_asked_crypt(const struct crypt_op *op)
{
	return (struct vcrypto_crypt_op) {
		.op = op->op,
		.flags = op->flags,
		.len = op->len,
		.src = (uintptr_t)op->src,
		.dst = (uintptr_t)op->dst,
		.mac = (uintptr_t)op->mac,
		.iv = (uintptr_t)op->iv,
	};
}

static inline struct vcrypto_auth_op vc_asked_auth(const struct crypt_auth_op *op)
{
	return (struct vcrypto_auth_op) {
		.op = op->op,
		.flags = op->flags,
		.len = op->len,
		.auth_len = op->auth_len,
		.tag_len = op->tag_len,
		.auth_src = (uintptr_t)op->auth_src,
		.src = (uintptr_t)op->src,
		.dst = (uintptr_t)op->dst,
		.tag = (uintptr_t)op->tag,
		.iv = (uintptr_t)op->iv,
	};
}

#endif /* VCRYPTO_ASKED_H */
