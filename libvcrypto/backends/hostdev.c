// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The host's own /dev/crypto, with whatever driver is behind it: the provider that the
 * lab exercise began with, and the way to a crypto card of the host.
 *
 * One open file for each engine.  A session is up to two sessions of the host's, one
 * for the cipher and one for the hash, because TLS and SRTP use them apart.  The
 * next IV is asked for with every call (COP_FLAG_WRITE_IV), so that calls of any
 * length continue each other.
 *
 * What goes to the host's driver is bytes, lengths and session numbers that the
 * host has given; nothing that a guest has written is passed as an address.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "interleave.h"
#include "hostdev.h"

#define DEVICE "/dev/crypto"

struct provider {
	int fd;
};

struct session {
	const struct vcrypto_cipher *cipher;	/* NULL: none */
	uint32_t cipher_session;		/* the host's number; 0: none */
	struct hostdev_hash hash;
};

int vcrypto_hostdev_control(int fd, unsigned long request, void *argument)
{
	int ret;

	do
		ret = ioctl(fd, request, argument);
	while (ret < 0 && errno == EINTR);
	return ret;
}

uint32_t vcrypto_hostdev_session(int fd, struct session_op *op)
{
	return vcrypto_hostdev_control(fd, CIOCGSESSION, op) == 0 ? op->ses : 0;
}

void vcrypto_hostdev_close(int fd, uint32_t session)
{
	if (session)
		(void)vcrypto_hostdev_control(fd, CIOCFSESSION, &session);
}

static uint32_t open_cipher(int fd, const struct vcrypto_cipher *cipher, const uint8_t *key,
			    size_t key_len)
{
	struct session_op op = {
		.cipher = cipher->cryptodev, .keylen = (uint32_t)key_len,
		.key = hostdev_unconst(key),
	};

	return vcrypto_hostdev_session(fd, &op);
}

/* Offered if the host has all its key lengths, but for that of AES-192-XTS. */
static bool has_cipher(int fd, const struct vcrypto_cipher *cipher)
{
	/* Not two equal halves, which some hosts refuse for XTS. */
	static const uint8_t key[VCRYPTO_MAX_CIPHER_KEY] = { 1 };
	uint32_t session, len;

	for (len = cipher->key_min; len <= cipher->key_max; len++) {
		if (!vcrypto_cipher_key_len_ok(cipher, len))
			continue;
		/* No standard has the one in the middle. */
		if (cipher->id == VCRYPTO_CIPHER_AES_XTS && len == 48)
			continue;
		session = open_cipher(fd, cipher, key, len);
		if (!session)
			return false;
		vcrypto_hostdev_close(fd, session);
	}
	return true;
}

static bool has_mac(int fd, const struct vcrypto_mac *mac)
{
	static const uint8_t key[16];
	const struct vcrypto_session_spec spec = {
		.mac = mac, .mac_key = key, .mac_key_len = mac->keyed ? sizeof(key) : 0,
	};
	struct hostdev_hash hash = { 0 };
	bool ok = vcrypto_hostdev_hash_open(fd, &hash, &spec);

	vcrypto_hostdev_hash_close(fd, &hash);
	return ok;
}

static bool hostdev_open(void *memory, struct vcrypto_capabilities *capabilities)
{
	struct provider *provider = memory;
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint32_t id;

	provider->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (provider->fd < 0)
		return false;
	capabilities->ciphers = vcrypto_algorithm_bit(VCRYPTO_CIPHER_NULL);
	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++)
		if (id != VCRYPTO_CIPHER_NULL && cipher->kind != VCRYPTO_KIND_RECORD &&
		    has_cipher(provider->fd, cipher))
			capabilities->ciphers |= vcrypto_algorithm_bit(id);
	for (id = 1; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		mac = vcrypto_mac_find(id);
		if (mac && has_mac(provider->fd, mac))
			capabilities->macs |= vcrypto_algorithm_bit(id);
	}
	capabilities->contiguous = vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_XTS);
	return true;
}

static void hostdev_close(void *memory)
{
	struct provider *provider = memory;

	(void)close(provider->fd);
}

static void hostdev_session_free(void *memory, void *session_memory)
{
	struct provider *provider = memory;
	struct session *session = session_memory;

	vcrypto_hostdev_close(provider->fd, session->cipher_session);
	vcrypto_hostdev_hash_close(provider->fd, &session->hash);
}

static enum vcrypto_status new_parts(int fd, struct session *session,
				     const struct vcrypto_session_spec *spec)
{
	if (spec->cipher && spec->cipher->id != VCRYPTO_CIPHER_NULL) {
		session->cipher_session = open_cipher(fd, spec->cipher, spec->cipher_key,
						      spec->cipher_key_len);
		/* Of what the host has been found to have it can only mean the key. */
		if (!session->cipher_session)
			return errno == EINVAL ? VCRYPTO_BAD_KEY : VCRYPTO_ERROR;
	}
	if (spec->mac && !vcrypto_hostdev_hash_open(fd, &session->hash, spec))
		return VCRYPTO_ERROR;
	return VCRYPTO_OK;
}

static enum vcrypto_status hostdev_session_new(void *memory, void *session_memory,
					       const struct vcrypto_session_spec *spec)
{
	struct provider *provider = memory;
	struct session *session = session_memory;
	enum vcrypto_status status;

	session->cipher = spec->cipher;
	status = new_parts(provider->fd, session, spec);
	if (status != VCRYPTO_OK)
		hostdev_session_free(provider, session);
	return status;
}

/* A job, and the file on which it is done. */
struct place {
	int fd;
	struct session *session;
};

static bool begin_hash(void *context, struct vcrypto_job *job)
{
	const struct place *at = context;

	vcrypto_hostdev_hash_reset(at->fd, &at->session->hash, job->iv);
	return true;
}

static bool hash(void *context, const uint8_t *data, size_t len)
{
	const struct place *at = context;

	return vcrypto_hostdev_hash_update(at->fd, &at->session->hash, data, len);
}

static bool end_hash(void *context, struct vcrypto_job *job)
{
	const struct place *at = context;

	return vcrypto_hostdev_hash_finish(at->fd, &at->session->hash, job->tag);
}

/* The IV goes with each call, and the next one comes back. */
static bool any_iv(void *context, struct vcrypto_job *job)
{
	(void)context;
	(void)job;
	return true;
}

static bool transform(void *context, struct vcrypto_job *job, uint8_t *out, const uint8_t *in,
		      size_t len)
{
	const struct place *at = context;
	struct crypt_op op = {
		.ses = at->session->cipher_session,
		.op = job->decrypt ? COP_DECRYPT : COP_ENCRYPT,
		.flags = COP_FLAG_WRITE_IV, .len = (uint32_t)len,
		.src = hostdev_unconst(in), .dst = out,
		.iv = at->session->cipher->iv_len ? job->iv : NULL,
	};

	if (!at->session->cipher_session) {
		memmove(out, in, len);
		return true;
	}
	return vcrypto_hostdev_control(at->fd, CIOCCRYPT, &op) == 0;
}

static const struct vcrypto_steps steps = {
	.begin_hash = begin_hash,
	.begin_cipher = any_iv,
	.transform = transform,
	.end_cipher = any_iv,
	.hash = hash,
	.end_hash = end_hash,
	.longest = VCRYPTO_MAX_PAYLOAD,
};

/* A data unit of XTS is one call; of the others a block is never longer. */
static bool run_crypt(int fd, struct session *session, struct vcrypto_job *job)
{
	struct place at = { fd, session };
	struct vcrypto_parts parts = { .cipher = session->cipher, .mac = session->hash.mac };

	if (session->cipher && !session->cipher->max_unit)
		parts.block = VCRYPTO_MAX_BLOCK;
	return vcrypto_interleave(&steps, &at, job, parts);
}

/*
 * The host's driver puts the tag behind the data, where ours has no room for it, so the
 * message is copied.  @text: AAD, then message, then tag.
 */
static enum vcrypto_status aead_call(int fd, const struct session *session,
				     struct vcrypto_job *job, uint8_t *text)
{
	size_t aad_len = (size_t)job->aad.left, len = (size_t)job->src.left;
	uint8_t *message = text + aad_len;
	struct vcrypto_cursor aad = job->aad, src = job->src, dst = job->dst;
	struct crypt_auth_op op = {
		.ses = session->cipher_session,
		.op = job->decrypt ? COP_DECRYPT : COP_ENCRYPT,
		.len = (uint32_t)len, .auth_len = (uint32_t)aad_len, .auth_src = text,
		.src = message, .dst = message, .tag_len = job->tag_len, .iv = job->iv,
		.iv_len = session->cipher->iv_len,
	};

	if (!vcrypto_cursor_read(&aad, text, aad_len) || !vcrypto_cursor_read(&src, message, len))
		return VCRYPTO_ERROR;
	if (job->decrypt) {
		memcpy(message + len, job->tag, job->tag_len);
		op.len += job->tag_len;
	}
	if (vcrypto_hostdev_control(fd, CIOCAUTHCRYPT, &op) != 0)
		return errno == EBADMSG ? VCRYPTO_AUTH_FAILED : VCRYPTO_ERROR;
	if (!job->decrypt)
		memcpy(job->tag, message + len, job->tag_len);
	return vcrypto_cursor_write(&dst, message, len) ? VCRYPTO_OK : VCRYPTO_ERROR;
}

static enum vcrypto_status run_aead(int fd, const struct session *session, struct vcrypto_job *job)
{
	size_t len = (size_t)(job->aad.left + job->src.left) + job->tag_len;
	enum vcrypto_status status;
	uint8_t *text = malloc(len);

	if (!text)
		return VCRYPTO_ERROR;
	status = aead_call(fd, session, job, text);
	vcrypto_wipe(text, len);
	free(text);
	return status;
}

static void hostdev_submit(void *memory, struct vcrypto_job *const *jobs, size_t count)
{
	const struct provider *provider = memory;
	size_t i;

	for (i = 0; i < count; i++) {
		struct session *session = jobs[i]->session;

		if (jobs[i]->task == VCRYPTO_TASK_AEAD)
			jobs[i]->status = run_aead(provider->fd, session, jobs[i]);
		else
			jobs[i]->status = run_crypt(provider->fd, session, jobs[i]) ?
				VCRYPTO_OK : VCRYPTO_ERROR;
	}
}

static bool hostdev_hash_copy(void *memory, void *to_memory, const void *from_memory)
{
	const struct provider *provider = memory;
	const struct session *from = from_memory;
	struct session *to = to_memory;

	return vcrypto_hostdev_hash_copy(provider->fd, &to->hash, &from->hash);
}

const struct vcrypto_backend vcrypto_backend_hostdev = {
	.name = "hostdev",
	.provider_size = sizeof(struct provider),
	.session_size = sizeof(struct session),
	.open = hostdev_open,
	.close = hostdev_close,
	.session_new = hostdev_session_new,
	.session_free = hostdev_session_free,
	.submit = hostdev_submit,
	.hash_copy = hostdev_hash_copy,
};
