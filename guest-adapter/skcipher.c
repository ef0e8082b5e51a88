// SPDX-License-Identifier: GPL-2.0-only
/* Ciphers of the device's for the crypto API. */
#include <crypto/internal/des.h>
#include <crypto/xts.h>
#include <linux/module.h>

#include "client.h"

struct transform {
	struct vc_key *key;			/* NULL: no device has it */
	struct crypto_skcipher *software;	/* for what the device does not take */
};

static const struct vcrypto_cipher *cipher_of(struct crypto_skcipher *tfm)
{
	return container_of(crypto_skcipher_alg(tfm), struct vc_algorithm, skcipher)->cipher;
}

static struct skcipher_request *request_of(struct vc_job *job)
{
	return container_of((void *)job, struct skcipher_request, __ctx);
}

static bool build(struct vc_job *job)
{
	struct skcipher_request *req = request_of(job);
	const struct vcrypto_cipher *cipher = job->key->cipher;
	const struct vcrypto_crypt_args args = {
		.context = job->key->args.context,
		.session = job->key->args.session,
		.decrypt = job->decrypt,
		.src_len = req->cryptlen,
		.dst_len = req->cryptlen,
		.iv = req->iv,
		.iv_len = cipher->iv_len,
		.iv_out_len = cipher->iv_len,
	};

	return vcrypto_build_crypt(&job->request.message, &args);
}

/* The next IV is where the owner had this one. */
static void end(struct vc_job *job, int ret)
{
	struct skcipher_request *req = request_of(job);

	if (!ret)
		memcpy(req->iv, job->request.answer, job->key->cipher->iv_len);
	skcipher_request_complete(req, ret);
}

static void begun(struct vc_job *job)
{
	skcipher_request_complete(request_of(job), -EINPROGRESS);
}

static const struct vc_job_type type = { .build = build, .end = end, .begun = begun };

static int run_software(struct skcipher_request *req, bool decrypt)
{
	struct transform *transform = crypto_skcipher_ctx(crypto_skcipher_reqtfm(req));
	struct skcipher_request *same = skcipher_request_ctx(req);

	skcipher_request_set_tfm(same, transform->software);
	skcipher_request_set_callback(same, req->base.flags, req->base.complete, req->base.data);
	skcipher_request_set_crypt(same, req->src, req->dst, req->cryptlen, req->iv);
	return decrypt ? crypto_skcipher_decrypt(same) : crypto_skcipher_encrypt(same);
}

/* XTS takes what is no multiple of its block; the device does not. */
static bool fits(struct vc_job *job, struct skcipher_request *req)
{
	return vc_key_usable(job->key) && !(req->cryptlen % job->key->cipher->block) &&
	       vc_job_attach_src(job, req->src, req->cryptlen) &&
	       vc_job_attach_dst(job, req->dst, 0, req->cryptlen);
}

static int run(struct skcipher_request *req, bool decrypt)
{
	struct crypto_skcipher *tfm = crypto_skcipher_reqtfm(req);
	struct transform *transform = crypto_skcipher_ctx(tfm);
	const struct vcrypto_cipher *cipher = cipher_of(tfm);
	struct vc_job *job = skcipher_request_ctx(req);
	bool may_wait = skcipher_request_flags(req) & CRYPTO_TFM_REQ_MAY_BACKLOG;
	int ret;

	if (cipher->max_unit && req->cryptlen < cipher->block)
		return -EINVAL;
	if (!req->cryptlen)
		return 0;
	if (req->cryptlen % cipher->block && !cipher->max_unit)
		return -EINVAL;
	job->type = &type;
	job->key = transform->key;
	job->decrypt = decrypt;
	ret = fits(job, req) ? vc_job_start(job, may_wait) : -ENOSPC;
	/* authenc() asks for its second half without leave to wait: to refuse would fail a disk. */
	return ret == -ENOSPC ? run_software(req, decrypt) : ret;
}

static int encrypt(struct skcipher_request *req)
{
	return run(req, false);
}

static int decrypt(struct skcipher_request *req)
{
	return run(req, true);
}

/* Which keys the crypto API does not want. */
static int check_key(struct crypto_skcipher *tfm, const u8 *bytes, unsigned int len)
{
	if (!vcrypto_cipher_key_len_ok(cipher_of(tfm), len))
		return -EINVAL;
	switch (cipher_of(tfm)->id) {
	case VCRYPTO_CIPHER_AES_XTS:
		return xts_verify_key(tfm, bytes, len);
	case VCRYPTO_CIPHER_3DES_CBC:
		return verify_skcipher_des3_key(tfm, bytes);
	default:
		return 0;
	}
}

static int set_key(struct crypto_skcipher *tfm, const u8 *bytes, unsigned int len)
{
	struct transform *transform = crypto_skcipher_ctx(tfm);
	struct crypto_skcipher *software = transform->software;
	int ret = check_key(tfm, bytes, len);

	if (ret)
		return ret;
	crypto_skcipher_clear_flags(software, CRYPTO_TFM_REQ_MASK);
	crypto_skcipher_set_flags(software, crypto_skcipher_get_flags(tfm) & CRYPTO_TFM_REQ_MASK);
	ret = crypto_skcipher_setkey(software, bytes, len);
	if (!ret)
		vc_key_set(transform->key, bytes, len);
	return ret;
}

/* Either of the two uses the request's memory. */
static int open_transform(struct crypto_skcipher *tfm)
{
	struct transform *transform = crypto_skcipher_ctx(tfm);
	struct crypto_skcipher *software;

	software = crypto_alloc_skcipher(cipher_of(tfm)->name, 0, VC_SOFTWARE_MASK);
	if (IS_ERR(software))
		return PTR_ERR(software);
	transform->key = vc_key_new(cipher_of(tfm), NULL);
	transform->software = software;
	crypto_skcipher_set_reqsize(tfm, max_t(unsigned int, sizeof(struct vc_job),
					       sizeof(struct skcipher_request) +
					       crypto_skcipher_reqsize(software)));
	return 0;
}

static void close_transform(struct crypto_skcipher *tfm)
{
	struct transform *transform = crypto_skcipher_ctx(tfm);

	vc_key_free(transform->key);
	crypto_free_skcipher(transform->software);
}

void vc_skcipher_fill(struct vc_algorithm *algorithm)
{
	const struct vcrypto_cipher *cipher = algorithm->cipher;

	algorithm->skcipher = (struct skcipher_alg) {
		.setkey = set_key,
		.encrypt = encrypt,
		.decrypt = decrypt,
		.init = open_transform,
		.exit = close_transform,
		.min_keysize = cipher->key_min,
		.max_keysize = cipher->key_max,
		.ivsize = cipher->iv_len,
		.chunksize = max(cipher->block, cipher->iv_len),
		.base.cra_blocksize = cipher->block,
		.base.cra_ctxsize = sizeof(struct transform),
	};
}
