// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Operations through the ioctls of /dev/crypto (Linux).  A cut is a place for the buffers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <crypto/cryptodev.h>

#include "kat.h"

#define PAGE 4096u
#define LONGEST (128u << 10)
/* Source or destination with the AEAD's tag, wherever it begins. */
#define AREA (LONGEST + VCRYPTO_MAX_AAD + 4 * PAGE)

struct device {
	int fd;
	uint32_t ses;
	uint8_t *src;	/* each of AREA bytes, then a page that does not exist */
	uint8_t *dst;
	uint64_t ciphers, macs;		/* that sessions can be made of */
};

static uint8_t *area(void)
{
	uint8_t *at = mmap(NULL, AREA + PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + AREA, PAGE, PROT_NONE) < 0)
		kat_die("out of memory");
	return at;
}

/* Where @len bytes begin. */
static uint8_t *at(uint8_t *area, enum cut cut, size_t len, size_t odd)
{
	switch (cut) {
	case CUT_UNALIGNED:
		return area + odd;
	case CUT_PAGES:
		return area + PAGE - (len / 2 < PAGE ? len / 2 : PAGE - 1);
	case CUT_EDGE:		/* up to the page that does not exist */
		return area + AREA - len;
	default:
		return area;
	}
}

static int status_of(int result)
{
	static char how[64];

	if (result == 0)
		return VCRYPTO_OK;
	if (errno == EBADMSG)
		return VCRYPTO_AUTH_FAILED;
	if (errno == EINVAL)
		return VCRYPTO_BAD_PARAMETER;
	snprintf(how, sizeof(how), "the ioctl fails: %s", strerror(errno));
	return transport_broken(how);
}

static int new_session(struct device *device, uint32_t cipher, uint32_t mac,
		       const struct bytes *key, const struct bytes *mac_key)
{
	struct session_op op = {
		.cipher = cipher ? vcrypto_cipher_find(cipher)->cryptodev : 0,
		.mac = mac ? vcrypto_mac_find(mac)->cryptodev : 0,
		.keylen = (uint32_t)key->len, .key = key->at,
		.mackeylen = (uint32_t)mac_key->len, .mackey = mac_key->at,
	};
	int result = ioctl(device->fd, CIOCGSESSION, &op);

	device->ses = op.ses;
	return result;
}

static int device_session_free(void *opaque)
{
	struct device *device = opaque;

	return status_of(ioctl(device->fd, CIOCFSESSION, &device->ses));
}

/* Lengths have been checked, so EINVAL is about the key itself. */
static int device_session_new(void *opaque, const struct session *session, enum cut cut)
{
	int status;

	(void)cut;
	status = status_of(new_session(opaque, session->cipher, session->mac, &session->key,
				       &session->mac_key));
	return status == VCRYPTO_BAD_PARAMETER ? VCRYPTO_BAD_KEY : status;
}

static int plain_crypt(struct device *device, const struct op *op, uint8_t *src, uint8_t *dst)
{
	uint8_t iv[16], digest[VCRYPTO_MAX_DIGEST];
	struct crypt_op call = {
		.ses = device->ses, .op = op->decrypt ? COP_DECRYPT : COP_ENCRYPT,
		.flags = (uint16_t)((op->reset ? COP_FLAG_RESET : 0) |
				    (op->tag_len ? COP_FLAG_FINAL : COP_FLAG_UPDATE)),
		.len = (uint32_t)op->len, .src = src, .dst = dst, .mac = digest,
	};
	int status;

	if (op->iv_len) {
		memcpy(iv, op->iv, op->iv_len);
		call.iv = iv;
		call.flags |= op->iv_out_len ? COP_FLAG_WRITE_IV : 0;
	}
	status = status_of(ioctl(device->fd, CIOCCRYPT, &call));
	if (status != VCRYPTO_OK)
		return status;
	if (op->tag_len)
		memcpy(op->tag, digest, op->tag_len);
	if (op->iv_out_len)
		memcpy(op->iv_out, iv, op->iv_out_len);
	return status;
}

static int authcrypt(struct device *device, const struct op *op, uint8_t *src, uint8_t *dst)
{
	struct crypt_auth_op call = {
		.ses = device->ses, .op = op->decrypt ? COP_DECRYPT : COP_ENCRYPT,
		.len = (uint32_t)(op->len + (op->decrypt ? op->tag_len : 0)),
		.auth_len = (uint32_t)op->aad_len, .auth_src = (uint8_t *)(uintptr_t)op->aad,
		.src = src, .dst = dst, .tag_len = op->tag_len,
		.iv = (uint8_t *)(uintptr_t)op->iv, .iv_len = op->iv_len,
	};
	int status;

	if (op->decrypt)
		memcpy(src + op->len, op->tag, op->tag_len);
	status = status_of(ioctl(device->fd, CIOCAUTHCRYPT, &call));
	if (status == VCRYPTO_OK && !op->decrypt)
		memcpy(op->tag, dst + op->len, op->tag_len);
	return status;
}

static int device_op(void *opaque, const struct op *op)
{
	struct device *device = opaque;
	size_t len = op->len + (op->aead ? op->tag_len : 0);
	uint8_t *src = at(device->src, op->cut, len, 13);
	uint8_t *dst = op->cut == CUT_IN_PLACE ? src : at(device->dst, op->cut, len, 7);
	int status;

	memset(dst, 0x77, len);
	if (op->len)
		memcpy(src, op->src, op->len);
	status = (op->aead ? authcrypt : plain_crypt)(device, op, src, dst);
	if (status == VCRYPTO_OK && op->dst && op->len)
		memcpy(op->dst, dst, op->len);
	return status;
}

static bool device_can_continue(void *device, uint32_t cipher)
{
	(void)device;
	(void)cipher;
	return false;	/* the ioctls cannot say it */
}

static bool device_offers(void *opaque, uint32_t cipher, uint32_t mac)
{
	struct device *device = opaque;

	return (!cipher || (device->ciphers & vcrypto_algorithm_bit(cipher))) &&
		(!mac || (device->macs & vcrypto_algorithm_bit(mac)));
}

/* The only way to know is to make a session. */
static void probe(struct device *device)
{
	uint8_t bytes[64];
	struct bytes key = { bytes, 0, true }, none = { 0 };
	uint32_t id;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 1);
	for (id = 1; id < 64; id++) {
		const struct vcrypto_cipher *cipher = vcrypto_cipher_find(id);
		const struct vcrypto_mac *mac = vcrypto_mac_find(id);

		key.len = cipher ? cipher->key_min : 0;
		if (cipher && !cipher->record_mac &&
		    new_session(device, id, 0, &key, &none) == 0) {
			device->ciphers |= vcrypto_algorithm_bit(id);
			device_session_free(device);
		}
		key.len = mac && mac->keyed ? 16 : 0;
		if (mac && new_session(device, 0, id, &none, &key) == 0) {
			device->macs |= vcrypto_algorithm_bit(id);
			device_session_free(device);
		}
	}
}

static void *device_open(const void *path)
{
	struct device *device = kat_alloc(sizeof(*device));

	device->fd = open(path, O_RDWR | O_CLOEXEC);
	if (device->fd < 0)
		kat_die("%s: %s", (const char *)path, strerror(errno));
	device->src = area();
	device->dst = area();
	probe(device);
	if (!device->ciphers && !device->macs)
		kat_die("%s: not a crypto device", (const char *)path);
	return device;
}

static void device_close(void *opaque)
{
	struct device *device = opaque;

	close(device->fd);
	munmap(device->src, AREA + PAGE);
	munmap(device->dst, AREA + PAGE);
	free(device);
}

static const enum cut device_cuts[] = {
	CUT_WHOLE, CUT_EDGE, CUT_PAGES, CUT_IN_PLACE, CUT_UNALIGNED, CUT_REQUESTS,
};

const struct transport device_transport = {
	.cuts = device_cuts,
	.cut_count = COUNT(device_cuts),
	.longest = LONGEST,
	.longest_aad = PAGE,
	.can_continue = device_can_continue,
	.offers = device_offers,
	.session_new = device_session_new,
	.session_free = device_session_free,
	.op = device_op,
	.open = device_open,
	.close = device_close,
};
