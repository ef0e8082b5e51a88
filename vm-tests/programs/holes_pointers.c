// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad pointers, everywhere a program can put one.  After each the device must
 * still work.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auth.h"
#include "check.h"
#include "dev.h"
#include "pointers.h"

#define MANY_SESSIONS 20000

static const uint8_t key[16];
static uint8_t iv[16], digest[64];
static uint8_t good[BIG], other[BIG];
static int fd;
static uint32_t cbc, both, hash;

static void start(void)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = sizeof(key),
		.key = dev_unconst(key),
		.mac = CRYPTO_SHA1,
	};

	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	hash = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	both = dev_session(fd, &session);
}

static void still_works(void)
{
	uint8_t text[PAGE], crypted[PAGE];

	dev_fill(text, sizeof(text), 1);
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, text, sizeof(text), crypted, iv));
	CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, crypted, sizeof(text), crypted, iv));
	CHECK_MEM(crypted, text, sizeof(text));
}

static const size_t lengths[] = { 16, 2048, PAGE, BIG };

/* 4.CRYPT.7a */
static void bad_src(void)
{
	start();
	for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
		size_t len = lengths[l];

		for (size_t i = 0; i < UNREADABLE; i++) {
			CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, unreadable[i], len, other, iv),
				    EFAULT);
			CHECK_ERRNO(dev_crypt(fd, both, COP_DECRYPT, unreadable[i], len, other, iv),
				    EFAULT);
			CHECK_ERRNO(dev_digest(fd, hash, 0, unreadable[i], len, digest), EFAULT);
			still_works();
		}
		CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, torn + BIG - len + 1, len, other, iv),
			    EFAULT);
		CHECK_ERRNO(dev_digest(fd, hash, 0, torn + BIG - len + 1, len, digest), EFAULT);
		CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, torn + BIG - len, len, other, iv));
		CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, read_only, len, other, iv));
		still_works();
	}
	close(fd);
}

/* 4.CRYPT.7b */
static void bad_dst(void)
{
	start();
	for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
		size_t len = lengths[l];

		for (size_t i = 0; i < UNREADABLE; i++) {
			CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, good, len, unreadable[i], iv),
				    EFAULT);
			still_works();
		}
		CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, good, len, read_only, iv), EFAULT);
		CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, read_only, len, read_only, iv), EFAULT);
		CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, good, len, torn + BIG - len + 1, iv),
			    EFAULT);
		CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, good, len, torn + BIG - len, iv));
		still_works();
	}
	close(fd);
}

/* 4.CRYPT.6a */
static void bad_iv(void)
{
	struct crypt_op crypt = {
		.flags = COP_FLAG_WRITE_IV, .len = 16, .src = good, .dst = other
	};

	start();
	crypt.ses = cbc;
	for (size_t i = 1; i < UNREADABLE; i++) {
		CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, good, 16, other, unreadable[i]),
			    EFAULT);
		CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, good, BIG, other, unreadable[i]),
			    EFAULT);
		still_works();
	}
	CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, good, 16, other, torn + BIG - 15), EFAULT);
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, good, 16, other, read_only));
	crypt.iv = read_only;
	CHECK_ERRNO(ioctl(fd, CIOCCRYPT, &crypt), EFAULT);
	still_works();
	close(fd);
}

/* 4.CRYPT.5b, 4.CRYPT.5c */
static void bad_mac(void)
{
	struct crypt_op crypt = { .src = good, .dst = other, .iv = iv };

	start();
	for (size_t i = 0; i < UNREADABLE + 2; i++) {
		uint8_t *bad = i < UNREADABLE	 ? unreadable[i]
			       : i == UNREADABLE ? read_only
						 : torn + BIG - 19;

		CHECK_ERRNO(dev_digest(fd, hash, 0, good, 5, bad), EFAULT);
		CHECK_ERRNO(dev_digest(fd, hash, 0, NULL, 0, bad), EFAULT);
		CHECK_OK(dev_digest(fd, hash, COP_FLAG_UPDATE, good, 5, bad));
		crypt.ses = both;
		crypt.mac = bad;
		crypt.len = BIG;
		CHECK_ERRNO(ioctl(fd, CIOCCRYPT, &crypt), EFAULT);
		still_works();
	}
	close(fd);
}

/* 4.CPHASH: A call that fails on its way leaves a hash of which nobody gets anything. */
static void torn_hash(void)
{
	static const size_t half = 1 << 20;
	uint8_t *torn_source = pointers_map(2 * half, PROT_READ | PROT_WRITE);
	struct cphash_op copy;
	uint8_t right[32], copied[32];
	uint32_t same;

	start();
	REQUIRE(mprotect(torn_source + half, half, PROT_NONE) == 0);
	copy.src_ses = dev_hash(fd, CRYPTO_SHA2_256_HMAC, key, 32);
	copy.dst_ses = dev_hash(fd, CRYPTO_SHA2_256_HMAC, key, 32);
	same = dev_hash(fd, CRYPTO_SHA2_256_HMAC, key, 32);
	CHECK_OK(dev_digest(fd, same, 0, NULL, 0, right));
	CHECK_ERRNO(dev_digest(fd, copy.src_ses, COP_FLAG_UPDATE, torn_source, 2 * half, NULL),
		    EFAULT);
	CHECK_ERRNO(ioctl(fd, CIOCCPHASH, &copy), ESTALE);
	CHECK_ERRNO(dev_digest(fd, copy.src_ses, COP_FLAG_FINAL, NULL, 0, copied), ESTALE);
	CHECK_OK(ioctl(fd, CIOCCPHASH, &copy));
	CHECK_OK(dev_digest(fd, copy.dst_ses, COP_FLAG_FINAL, NULL, 0, copied));
	CHECK_MEM(copied, right, sizeof(copied));
	munmap(torn_source, 2 * half);
	close(fd);
}

/* 6.INFO */
static void bad_structs(void)
{
	static const unsigned long calls[] = {
		CRIOGET,      CIOCGSESSION,  CIOCFSESSION, CIOCCRYPT,
		CIOCASYMFEAT, CIOCGSESSINFO, CIOCCPHASH,   CIOCAUTHCRYPT,
	};

	start();
	for (size_t c = 0; c < ARRAY_SIZE(calls); c++) {
		for (size_t i = 0; i < UNREADABLE; i++)
			CHECK_ERRNO(ioctl(fd, calls[c], unreadable[i]), EFAULT);
		CHECK_ERRNO(ioctl(fd, calls[c], torn + BIG - 3), EFAULT);
		still_works();
	}
	CHECK_ERRNO(ioctl(fd, CIOCASYMFEAT, read_only), EFAULT);
	close(fd);
}

/* 6.INFO: A fault when the answer is written must leave neither an fd nor a session behind. */
static void read_only_structs(void)
{
	struct session_op *session =
		(struct session_op *)pointers_map(PAGE, PROT_READ | PROT_WRITE);
	struct session_info_op *info =
		(struct session_info_op *)pointers_map(PAGE, PROT_READ | PROT_WRITE);
	long long sessions;
	int before, after;

	start();
	/* The device is told of a session with its first call. */
	still_works();
	CHECK_OK(dev_digest(fd, hash, 0, good, 16, digest));
	sessions = dev_counter_becomes("sessions", 2);
	session->mac = CRYPTO_SHA1;
	info->ses = hash;
	REQUIRE(mprotect(session, PAGE, PROT_READ) == 0);
	REQUIRE(mprotect(info, PAGE, PROT_READ) == 0);
	/* More than there can be: the file would be full. */
	for (int i = 0; i < MANY_SESSIONS; i++)
		CHECK_ERRNO(ioctl(fd, CIOCGSESSION, session), EFAULT);
	CHECK_ERRNO(ioctl(fd, CIOCGSESSINFO, info), EFAULT);
	CHECK_EQ(dev_counter_becomes("sessions", sessions), sessions);
	before = dup(fd);
	CHECK_ERRNO(ioctl(fd, CRIOGET, read_only), EFAULT);
	after = dup(fd);
	CHECK_EQ(after, before + 1);
	still_works();
	close(before);
	close(after);
	close(fd);
	munmap(session, PAGE);
	munmap(info, PAGE);
}

/* 4.GSESSION.3, 6.MACKEY */
static void bad_keys(void)
{
	struct session_op session = { .cipher = CRYPTO_AES_CBC, .keylen = 32 };
	struct session_op mac = { .mac = CRYPTO_SHA1_HMAC, .mackeylen = 512 };

	start();
	for (size_t i = 0; i < UNREADABLE + 1; i++) {
		session.key = i < UNREADABLE ? unreadable[i] : torn + BIG - 31;
		CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &session), EFAULT);
		mac.mackey = session.key;
		CHECK_ERRNO(ioctl(fd, CIOCGSESSION, &mac), EFAULT);
		still_works();
	}
	close(fd);
}

static void refuses(struct crypt_auth_op op)
{
	auth_refuses(fd, op, EFAULT);
	still_works();
}

/* Each of its pointers in turn is @bad. */
static void bad_aead_pointer(struct crypt_auth_op right, uint8_t *bad)
{
	struct crypt_auth_op op = right;

	op.auth_src = bad;
	refuses(op);
	op = right;
	op.src = bad;
	refuses(op);
	op = right;
	op.dst = bad;
	refuses(op);
	op = right;
	op.iv = bad;
	if (bad)
		refuses(op);
}

static void bad_aead_pointers(void)
{
	start();
	for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
		struct crypt_auth_op op = {
			.ses = auth_session(fd, CRYPTO_AES_GCM, key, sizeof(key), 0, NULL, 0),
			.len = (uint32_t)lengths[l],
			.auth_len = 100,
			.auth_src = good,
			.src = good,
			.dst = other,
			.iv = iv,
		};

		for (size_t i = 0; i < UNREADABLE; i++)
			bad_aead_pointer(op, unreadable[i]);
		bad_aead_pointer(op, torn + BIG - 8);
		/* Only the tag's last byte has no place, or is not to be read. */
		op.dst = torn + BIG - op.len - 15;
		refuses(op);
		op.dst = other;
		op.op = COP_DECRYPT;
		op.len += 16;
		op.src = torn + BIG - op.len + 1;
		refuses(op);
	}
	close(fd);
}

/* The record's last byte has no place. */
static void bad_tls_pointers(void)
{
	start();
	for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
		struct crypt_auth_op op = {
			.ses = auth_session(fd, CRYPTO_AES_CBC, key, sizeof(key), CRYPTO_SHA1_HMAC,
					    key, sizeof(key)),
			.flags = COP_FLAG_AEAD_TLS_TYPE,
			.len = (uint32_t)lengths[l],
			.src = torn + BIG - lengths[l] - 31,
			.dst = torn + BIG - lengths[l] - 31,
			.iv = iv,
		};

		refuses(op);
		op.src = op.dst = read_only;
		refuses(op);
		for (size_t i = 0; i < UNREADABLE; i++) {
			op.src = op.dst = unreadable[i];
			refuses(op);
		}
		op.src = op.dst = good;
		op.iv = torn + BIG - 15;
		refuses(op);
		memset(good, 0, sizeof(good));
	}
	close(fd);
}

static void bad_srtp_pointers(void)
{
	start();
	for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
		struct crypt_auth_op op = {
			.ses = auth_session(fd, CRYPTO_AES_CTR, key, sizeof(key), CRYPTO_SHA1_HMAC,
					    key, sizeof(key)),
			.flags = COP_FLAG_AEAD_SRTP_TYPE,
			.len = (uint32_t)lengths[l] - 4,
			.auth_len = (uint32_t)lengths[l] + 12,
			.auth_src = other,
			.src = other + 12,
			.dst = other + 12,
			.tag = torn + BIG - 19,
			.iv = iv,
		};

		refuses(op);
		op.op = COP_DECRYPT;
		refuses(op);
		op.tag = digest;
		/* What is behind the payload reaches into a page that is not there. */
		op.auth_src = torn + BIG - lengths[l] - 11;
		op.src = op.dst = op.auth_src + 12;
		refuses(op);
		op.op = COP_ENCRYPT;
		refuses(op);
		op.auth_src = read_only;
		op.src = op.dst = read_only + 12;
		refuses(op);
	}
	close(fd);
}

static void read_only_auth(void)
{
	struct crypt_auth_op *op =
		(struct crypt_auth_op *)pointers_map(PAGE, PROT_READ | PROT_WRITE);

	start();
	op->ses = auth_session(fd, CRYPTO_AES_GCM, key, sizeof(key), 0, NULL, 0);
	op->len = 16;
	op->src = good;
	op->dst = other;
	op->iv = iv;
	REQUIRE(mprotect(op, PAGE, PROT_READ) == 0);
	CHECK_ERRNO(ioctl(fd, CIOCAUTHCRYPT, op), EFAULT);
	still_works();
	munmap(op, PAGE);
	close(fd);
}

/*
 * Registers of devices, mapped into the program; the kernel needs "iomem=relaxed".  They can
 * be read, so they are copied.  Who wrote there would set up the devices anew.
 */
static void device_memory(void)
{
	size_t tried = 0;
	glob_t found;

	start();
	REQUIRE(glob("/sys/bus/pci/devices/*/resource4", 0, NULL, &found) == 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int resource = open(found.gl_pathv[i], O_RDWR | O_CLOEXEC);
		uint8_t *registers =
			mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, resource, 0);

		close(resource);
		if (registers == MAP_FAILED)
			continue;
		tried++;
		CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, registers, PAGE, other, iv));
		still_works();
		munmap(registers, PAGE);
	}
	CHECK(tried > 0);
	globfree(&found);
	close(fd);
}

static const struct check_case cases[] = {
	{ "a bad src is EFAULT", bad_src },
	{ "a bad dst is EFAULT", bad_dst },
	{ "a bad iv is EFAULT", bad_iv },
	{ "a bad mac is EFAULT if the hash is finalised", bad_mac },
	{ "of a hash that was torn nobody gets anything", torn_hash },
	{ "a bad key or mackey is EFAULT", bad_keys },
	{ "a bad pointer to the struct is EFAULT", bad_structs },
	{ "an answer that cannot be written leaves no session and no fd behind",
	  read_only_structs },
	{ "CIOCAUTHCRYPT of an AEAD: a bad pointer is EFAULT, also where the tag is",
	  bad_aead_pointers },
	{ "CIOCAUTHCRYPT of a TLS record: a bad pointer is EFAULT, also behind len",
	  bad_tls_pointers },
	{ "CIOCAUTHCRYPT of an SRTP packet: a bad pointer is EFAULT, also behind len",
	  bad_srtp_pointers },
	{ "CIOCAUTHCRYPT with a struct that cannot be written is EFAULT", read_only_auth },
	{ "registers of a device as src are copied", device_memory },
};

int main(void)
{
	pointers_prepare();
	return check_main(cases, ARRAY_SIZE(cases));
}
