// SPDX-License-Identifier: GPL-2.0-only
/*
 * AEADs of the device's for the crypto API.  There as in the protocol AAD, text and the tag to
 * be verified stand behind each other; only the tag that comes back has to be copied.
 */
#include "client.h"

struct transform {
	struct vc_key *key;		/* NULL: no device has it */
	struct crypto_aead *software;	/* for what the device does not take */
};

static const struct vcrypto_cipher *cipher_of(struct crypto_aead *tfm)
{
	return container_of(crypto_aead_alg(tfm), struct vc_algorithm, aead)->cipher;
}

static struct aead_request *request_of(struct vc_job *job)
{
	return container_of((void *)job, struct aead_request, __ctx);
}

static u32 text_len(const struct aead_request *req, bool decrypt)
{
	struct crypto_aead *tfm = crypto_aead_reqtfm((struct aead_request *)req);

	return req->cryptlen - (decrypt ? crypto_aead_authsize(tfm) : 0);
}

static bool build(struct vc_job *job)
{
	struct aead_request *req = request_of(job);
	struct crypto_aead *tfm = crypto_aead_reqtfm(req);
	const struct vcrypto_authcrypt_args args = {
		.context = job->key->args.context,
		.session = job->key->args.session,
		.mode = VCRYPTO_AUTH_AEAD,
		.decrypt = job->decrypt,
		.iv = req->iv,
		.iv_len = job->key->cipher->iv_len,
		.tag_len = crypto_aead_authsize(tfm),
		.aad_len = req->assoclen,
		.src_len = text_len(req, job->decrypt),
		.dst_len = text_len(req, job->decrypt),
	};

	return vcrypto_build_authcrypt(&job->request.message, &args);
}

static void end(struct vc_job *job, int ret)
{
	struct aead_request *req = request_of(job);
	u32 len = job->request.message.expect.mac_len;

	if (!ret)
		sg_pcopy_from_buffer(req->dst, sg_nents(req->dst), job->request.answer, len,
				     req->assoclen + req->cryptlen);
	aead_request_complete(req, ret);
}

static void begun(struct vc_job *job)
{
	aead_request_complete(request_of(job), -EINPROGRESS);
}

static const struct vc_job_type type = { .build = build, .end = end, .begun = begun };

static int run_software(struct aead_request *req, bool decrypt)
{
	struct transform *transform = crypto_aead_ctx(crypto_aead_reqtfm(req));
	struct aead_request *same = aead_request_ctx(req);

	aead_request_set_tfm(same, transform->software);
	aead_request_set_callback(same, req->base.flags, req->base.complete, req->base.data);
	aead_request_set_crypt(same, req->src, req->dst, req->cryptlen, req->iv);
	aead_request_set_ad(same, req->assoclen);
	return decrypt ? crypto_aead_decrypt(same) : crypto_aead_encrypt(same);
}

static bool fits(struct vc_job *job, struct aead_request *req)
{
	return vc_key_usable(job->key) &&
	       req->assoclen <= job->key->channel->client->device->limits.aad &&
	       vc_job_attach_src(job, req->src, req->assoclen + req->cryptlen) &&
	       vc_job_attach_dst(job, req->dst, req->assoclen, text_len(req, job->decrypt));
}

static int run(struct aead_request *req, bool decrypt)
{
	struct transform *transform = crypto_aead_ctx(crypto_aead_reqtfm(req));
	struct vc_job *job = aead_request_ctx(req);
	bool may_wait = aead_request_flags(req) & CRYPTO_TFM_REQ_MAY_BACKLOG;

	job->type = &type;
	job->key = transform->key;
	job->decrypt = decrypt;
	return fits(job, req) ? vc_job_start(job, may_wait) : run_software(req, decrypt);
}

static int encrypt(struct aead_request *req)
{
	return run(req, false);
}

static int decrypt(struct aead_request *req)
{
	return run(req, true);
}

static int set_key(struct crypto_aead *tfm, const u8 *bytes, unsigned int len)
{
	struct transform *transform = crypto_aead_ctx(tfm);
	struct crypto_aead *software = transform->software;
	int ret;

	if (!vcrypto_cipher_key_len_ok(cipher_of(tfm), len))
		return -EINVAL;
	crypto_aead_clear_flags(software, CRYPTO_TFM_REQ_MASK);
	crypto_aead_set_flags(software, crypto_aead_get_flags(tfm) & CRYPTO_TFM_REQ_MASK);
	ret = crypto_aead_setkey(software, bytes, len);
	if (!ret)
		vc_key_set(transform->key, bytes, len);
	return ret;
}

static int set_tag_len(struct crypto_aead *tfm, unsigned int len)
{
	struct transform *transform = crypto_aead_ctx(tfm);

	if (!vcrypto_tag_len_ok(cipher_of(tfm), len))
		return -EINVAL;
	return crypto_aead_setauthsize(transform->software, len);
}

static int open_transform(struct crypto_aead *tfm)
{
	struct transform *transform = crypto_aead_ctx(tfm);
	struct crypto_aead *software;

	software = crypto_alloc_aead(cipher_of(tfm)->name, 0, VC_SOFTWARE_MASK);
	if (IS_ERR(software))
		return PTR_ERR(software);
	transform->key = vc_key_new(cipher_of(tfm), NULL);
	transform->software = software;
	crypto_aead_set_reqsize(tfm, max_t(unsigned int, sizeof(struct vc_job),
					   sizeof(struct aead_request) +
					   crypto_aead_reqsize(software)));
	return 0;
}

static void close_transform(struct crypto_aead *tfm)
{
	struct transform *transform = crypto_aead_ctx(tfm);

	vc_key_free(transform->key);
	crypto_free_aead(transform->software);
}

void vc_aead_fill(struct vc_algorithm *algorithm)
{
	const struct vcrypto_cipher *cipher = algorithm->cipher;

	algorithm->aead = (struct aead_alg) {
		.setkey = set_key,
		.setauthsize = set_tag_len,
		.encrypt = encrypt,
		.decrypt = decrypt,
		.init = open_transform,
		.exit = close_transform,
		.ivsize = cipher->iv_len,
		.maxauthsize = cipher->tag_len,
		.chunksize = VCRYPTO_MAX_BLOCK,
		.base.cra_blocksize = cipher->block,
		.base.cra_ctxsize = sizeof(struct transform),
	};
}
