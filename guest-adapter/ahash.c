// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hashes and MACs of the device's for the crypto API: those of messages that are there as a whole
 * (digest).  One that comes in pieces is software's: the crypto API takes a half-done one out
 * and goes on with it elsewhere, and the device's cannot be taken out.
 */
#include "client.h"

struct transform {
	struct vc_key *key;		/* NULL: no device has it */
	struct crypto_ahash *software;	/* for what the device does not take */
};

static struct vc_algorithm *algorithm_of(struct crypto_ahash *tfm)
{
	return container_of(crypto_hash_alg_common(tfm), struct vc_algorithm, ahash.halg);
}

static struct ahash_request *request_of(struct vc_job *job)
{
	return container_of((void *)job, struct ahash_request, __ctx);
}

/* Each message is a request, so it begins anew whatever was before. */
static bool build(struct vc_job *job)
{
	const struct vcrypto_crypt_args args = {
		.context = job->key->args.context,
		.session = job->key->args.session,
		.reset = true,
		.src_len = request_of(job)->nbytes,
		.mac_len = job->key->mac->digest_len,
	};

	return vcrypto_build_crypt(&job->request.message, &args);
}

static void end(struct vc_job *job, int ret)
{
	struct ahash_request *req = request_of(job);

	if (!ret)
		memcpy(req->result, job->request.answer, job->key->mac->digest_len);
	ahash_request_complete(req, ret);
}

static void begun(struct vc_job *job)
{
	ahash_request_complete(request_of(job), -EINPROGRESS);
}

static const struct vc_job_type type = { .build = build, .end = end, .begun = begun };

/* The same for software, whose state stands in our request's memory behind it. */
static struct ahash_request *in_software(struct ahash_request *req)
{
	struct transform *transform = crypto_ahash_ctx(crypto_ahash_reqtfm(req));
	struct ahash_request *same = ahash_request_ctx(req);

	ahash_request_set_tfm(same, transform->software);
	ahash_request_set_callback(same, req->base.flags, req->base.complete, req->base.data);
	ahash_request_set_crypt(same, req->src, req->result, req->nbytes);
	return same;
}

static bool fits(struct vc_job *job, struct ahash_request *req)
{
	return vc_key_usable(job->key) && vc_job_attach_src(job, req->src, req->nbytes) &&
	       vc_job_attach_dst(job, NULL, 0, 0);
}

/*
 * Never in the backlog: the authenc() of older kernels does not tell its owner that a hash has
 * left it.
 */
static int digest(struct ahash_request *req)
{
	struct transform *transform = crypto_ahash_ctx(crypto_ahash_reqtfm(req));
	struct vc_job *job = ahash_request_ctx(req);
	int ret;

	job->type = &type;
	job->key = transform->key;
	job->decrypt = false;
	ret = fits(job, req) ? vc_job_start(job, false) : -ENOSPC;
	/* authenc() asks for its second half without leave to wait: to refuse would fail a disk. */
	return ret == -ENOSPC ? crypto_ahash_digest(in_software(req)) : ret;
}

static int init(struct ahash_request *req)
{
	return crypto_ahash_init(in_software(req));
}

static int update(struct ahash_request *req)
{
	return crypto_ahash_update(in_software(req));
}

static int final(struct ahash_request *req)
{
	return crypto_ahash_final(in_software(req));
}

static int finup(struct ahash_request *req)
{
	return crypto_ahash_finup(in_software(req));
}

static int export(struct ahash_request *req, void *state)
{
	return crypto_ahash_export(in_software(req), state);
}

static int import(struct ahash_request *req, const void *state)
{
	return crypto_ahash_import(in_software(req), state);
}

/* Software knows which keys the crypto API does not want. */
static int set_key(struct crypto_ahash *tfm, const u8 *bytes, unsigned int len)
{
	struct transform *transform = crypto_ahash_ctx(tfm);
	struct crypto_ahash *software = transform->software;
	int ret;

	crypto_ahash_clear_flags(software, CRYPTO_TFM_REQ_MASK);
	crypto_ahash_set_flags(software, crypto_ahash_get_flags(tfm) & CRYPTO_TFM_REQ_MASK);
	ret = crypto_ahash_setkey(software, bytes, len);
	if (!ret)
		vc_key_set(transform->key, bytes, len);
	return ret;
}

static struct crypto_ahash *open_software(const struct vc_algorithm *algorithm)
{
	return crypto_alloc_ahash(algorithm->mac->name, 0, VC_HASH_SOFTWARE_MASK);
}

/* Either of the two uses the request's memory.  What is taken out has to fit where it fitted. */
static int open_transform(struct crypto_ahash *tfm)
{
	const struct vc_algorithm *algorithm = algorithm_of(tfm);
	struct transform *transform = crypto_ahash_ctx(tfm);
	struct crypto_ahash *software = open_software(algorithm);

	if (IS_ERR(software))
		return PTR_ERR(software);
	if (crypto_ahash_statesize(software) != algorithm->ahash.halg.statesize) {
		crypto_free_ahash(software);
		return -EINVAL;
	}
	transform->key = vc_key_new(NULL, algorithm->mac);
	transform->software = software;
	crypto_ahash_set_reqsize(tfm, max_t(unsigned int, sizeof(struct vc_job),
					    sizeof(struct ahash_request) +
					    crypto_ahash_reqsize(software)));
	return 0;
}

static void close_transform(struct crypto_ahash *tfm)
{
	struct transform *transform = crypto_ahash_ctx(tfm);

	vc_key_free(transform->key);
	crypto_free_ahash(transform->software);
}

int vc_ahash_fill(struct vc_algorithm *algorithm)
{
	const struct vcrypto_mac *mac = algorithm->mac;
	struct crypto_ahash *software = open_software(algorithm);

	if (IS_ERR(software))
		return PTR_ERR(software);
	algorithm->ahash = (struct ahash_alg) {
		.init = init,
		.update = update,
		.final = final,
		.finup = finup,
		.digest = digest,
		.export = export,
		.import = import,
		.setkey = mac->keyed ? set_key : NULL,
		.init_tfm = open_transform,
		.exit_tfm = close_transform,
		.halg.digestsize = mac->digest_len,
		.halg.statesize = crypto_ahash_statesize(software),
		.halg.base.cra_blocksize = crypto_ahash_blocksize(software),
		.halg.base.cra_ctxsize = sizeof(struct transform),
	};
	crypto_free_ahash(software);
	return 0;
}
