// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The nettle backend at work: ciphers and hashes.
 *
 * Nettle's modes take whole blocks, several at a time, and less than a block only
 * at the end.  So payload goes by in runs of whole blocks, and what a stream cipher
 * has after them goes through a buffer.
 */
#include <nettle/cbc.h>
#include <nettle/cfb.h>
#include <nettle/ctr.h>
#include <nettle/memxor.h>

#include "interleave.h"
#include "nettle.h"
#include "xts.h"

/* Blocks of XTS that are done at a time. */
#define XTS_BLOCKS 32

/* One cipher job on its way. */
struct run {
	struct nettle_session *session;
	bool decrypt;
	uint8_t *iv;			/* as far as the job has come; of XTS the tweak */
};

static bool hash(void *memory, const uint8_t *data, size_t len)
{
	struct nettle_hashing *hashing = &((struct nettle_session *)memory)->hashing;

	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the core hashes with a MAC only */
	hashing->hash->update(&hashing->now, len, data);
	return true;
}

static bool begin_hash(void *memory, struct vcrypto_job *job)
{
	struct nettle_hashing *hashing = &((struct nettle_session *)memory)->hashing;

	(void)job;
	if (hashing->keyed) {
		memcpy(&hashing->now, &hashing->inner, hashing->hash->context_size);
		memcpy(&hashing->after, &hashing->outer, hashing->hash->context_size);
	} else {
		hashing->hash->init(&hashing->now);
	}
	return true;
}

static bool end_hash(void *memory, struct vcrypto_job *job)
{
	struct nettle_hashing *hashing = &((struct nettle_session *)memory)->hashing;
	const struct nettle_hash *hash = hashing->hash;

	if (hashing->keyed)
		hmac_digest(&hashing->after, &hashing->inner, &hashing->now, hash,
			    hash->digest_size, job->tag);
	else
		hash->digest(&hashing->now, hash->digest_size, job->tag);
	return true;
}

/* The key, for the direction of the job. */
static const void *schedule(const struct run *run)
{
	return vcrypto_nettle_schedule(run->session, run->decrypt);
}

static void ecb(struct run *run, uint8_t *out, const uint8_t *in, size_t len)
{
	const struct nettle_cipher *block = run->session->block;

	(run->decrypt ? block->decrypt : block->encrypt)(schedule(run), len, out, in);
}

/* Nettle encrypts with AES in one go, with any other cipher block by block. */
static void cbc(struct run *run, uint8_t *out, const uint8_t *in, size_t len)
{
	const struct nettle_cipher *block = run->session->block;
	const void *key = schedule(run);

	if (run->decrypt)
		cbc_decrypt(key, block->decrypt, block->block_size, run->iv, len, out, in);
	else if (block == &nettle_aes128)
		cbc_aes128_encrypt(key, run->iv, len, out, in);
	else if (block == &nettle_aes192)
		cbc_aes192_encrypt(key, run->iv, len, out, in);
	else if (block == &nettle_aes256)
		cbc_aes256_encrypt(key, run->iv, len, out, in);
	else
		cbc_encrypt(key, block->encrypt, block->block_size, run->iv, len, out, in);
}

static void ctr(struct run *run, uint8_t *out, const uint8_t *in, size_t len)
{
	struct nettle_session *session = run->session;

	ctr_crypt(vcrypto_nettle_schedule(session, false), session->block->encrypt,
		  AES_BLOCK_SIZE, run->iv, len, out, in);
}

static void cfb(struct run *run, uint8_t *out, const uint8_t *in, size_t len)
{
	struct nettle_session *session = run->session;

	(run->decrypt ? cfb_decrypt : cfb_encrypt)(vcrypto_nettle_schedule(session, false),
						   session->block->encrypt, AES_BLOCK_SIZE,
						   run->iv, len, out, in);
}

/* Nettle has none; each block of key stream is made of the one before. */
static void ofb(struct run *run, uint8_t *out, const uint8_t *in, size_t len)
{
	struct nettle_session *session = run->session;
	const void *key = vcrypto_nettle_schedule(session, false);
	size_t at, here;

	for (at = 0; at < len; at += here) {
		here = len - at < AES_BLOCK_SIZE ? len - at : AES_BLOCK_SIZE;
		session->block->encrypt(key, AES_BLOCK_SIZE, run->iv, run->iv);
		memxor3(out + at, in + at, run->iv, here);
	}
}

/* Nettle's takes a data unit in one call, and goes block by block: a fifth as fast. */
static void xts(struct run *run, uint8_t *out, const uint8_t *in, size_t len)
{
	const struct nettle_cipher *aes = run->session->block;
	struct vcrypto_le64 tweak[2], tweaks[XTS_BLOCKS][2];
	uint8_t text[XTS_BLOCKS * AES_BLOCK_SIZE];
	size_t at, here, i;

	memcpy(tweak, run->iv, sizeof(tweak));
	for (at = 0; at < len; at += here) {
		here = len - at < sizeof(text) ? len - at : sizeof(text);
		for (i = 0; i < here / AES_BLOCK_SIZE; i++) {
			memcpy(tweaks[i], tweak, sizeof(tweak));
			vcrypto_next_tweak(tweak);
		}
		memxor3(text, in + at, tweaks, here);
		(run->decrypt ? aes->decrypt : aes->encrypt)(schedule(run), here, text, text);
		memxor3(out + at, text, tweaks, here);
	}
	memcpy(run->iv, tweak, sizeof(tweak));
	vcrypto_wipe(tweak, sizeof(tweak));
	vcrypto_wipe(tweaks, sizeof(tweaks));
	vcrypto_wipe(text, sizeof(text));
}

static void arc4(struct run *run, uint8_t *out, const uint8_t *in, size_t len)
{
	arcfour_crypt(&run->session->schedule.arc4, len, out, in);
}

static void null(struct run *run, uint8_t *out, const uint8_t *in, size_t len)
{
	(void)run;
	memmove(out, in, len);
}

typedef void mode_func(struct run *run, uint8_t *out, const uint8_t *in, size_t len);

static mode_func *const modes[] = {
	[VCRYPTO_CIPHER_NULL] = null,
	[VCRYPTO_CIPHER_AES_ECB] = ecb,
	[VCRYPTO_CIPHER_AES_CBC] = cbc,
	[VCRYPTO_CIPHER_AES_CTR] = ctr,
	[VCRYPTO_CIPHER_AES_CFB] = cfb,
	[VCRYPTO_CIPHER_AES_OFB] = ofb,
	[VCRYPTO_CIPHER_AES_XTS] = xts,
	[VCRYPTO_CIPHER_DES_CBC] = cbc,
	[VCRYPTO_CIPHER_3DES_CBC] = cbc,
	[VCRYPTO_CIPHER_BLOWFISH_CBC] = cbc,
	[VCRYPTO_CIPHER_CAMELLIA_CBC] = cbc,
	[VCRYPTO_CIPHER_CAST5_CBC] = cbc,
	[VCRYPTO_CIPHER_ARC4] = arc4,
};

/* The IV that gives the tweak that has been reached. */
static void untweak(const struct nettle_session *session, uint8_t *iv, const uint8_t *tweak)
{
	union nettle_aes back;

	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): only XTS has more */
	session->block->set_decrypt_key(&back, session->key + session->block->key_size);
	session->block->decrypt(&back, AES_BLOCK_SIZE, iv, tweak);
	vcrypto_wipe(&back, sizeof(back));
}

static bool begin_cipher(void *memory, struct vcrypto_job *job)
{
	const struct nettle_session *session = memory;

	if (session->cipher->id == VCRYPTO_CIPHER_AES_XTS)
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): XTS has AES */
		session->block->encrypt(&session->tweak, AES_BLOCK_SIZE, job->iv, job->iv);
	return true;
}

static bool transform(void *memory, struct vcrypto_job *job, uint8_t *out, const uint8_t *in,
		      size_t len)
{
	struct run run = { memory, job->decrypt, job->iv };

	modes[run.session->cipher->id](&run, out, in, len);
	return true;
}

static bool end_cipher(void *memory, struct vcrypto_job *job)
{
	if (job->more)
		untweak(memory, job->iv, job->iv);
	return true;
}

static const struct vcrypto_steps steps = {
	.begin_hash = begin_hash,
	.begin_cipher = begin_cipher,
	.transform = transform,
	.end_cipher = end_cipher,
	.hash = hash,
	.end_hash = end_hash,
	.longest = VCRYPTO_MAX_PAYLOAD,
};

static bool run_crypt(struct nettle_session *session, struct vcrypto_job *job)
{
	return vcrypto_interleave(&steps, session, job, (struct vcrypto_parts){
		.cipher = session->cipher,
		.mac = session->hashing.hash,
		.block = session->block ? session->block->block_size : 1,
	});
}

static enum vcrypto_status run_job(struct nettle_session *session, struct vcrypto_job *job)
{
	if (job->task == VCRYPTO_TASK_AEAD)
		return vcrypto_nettle_aead(session, job);
	return run_crypt(session, job) ? VCRYPTO_OK : VCRYPTO_ERROR;
}

void vcrypto_nettle_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	(void)provider;
	for (i = 0; i < count; i++)
		jobs[i]->status = run_job(jobs[i]->session, jobs[i]);
}
