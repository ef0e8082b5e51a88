/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The ioctls of /dev/crypto, binary compatible with cryptodev-linux.
 *
 * A program opens /dev/crypto, makes sessions (CIOCGSESSION), uses them
 * (CIOCCRYPT, CIOCASYNCCRYPT, CIOCAUTHCRYPT) and releases them (CIOCFSESSION).  Sessions belong
 * to the open file, which dup(), CRIOGET and fork() share.
 *
 * Every call returns 0, or -1 with errno set.  Flags in the structures are never
 * changed by the driver, nor are pointers, but for one: tag of crypt_auth_op.
 */
#ifndef CRYPTO_CRYPTODEV_H
#define CRYPTO_CRYPTODEV_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/version.h>

#ifndef __KERNEL__
#define __user
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Ciphers, hashes and MACs share one numbering. */
enum cryptodev_crypto_op_t {
	CRYPTO_DES_CBC = 1,
	CRYPTO_3DES_CBC = 2,
	CRYPTO_BLF_CBC = 3,
	CRYPTO_CAST_CBC = 4,
	CRYPTO_SKIPJACK_CBC = 5,
	CRYPTO_MD5_HMAC = 6,
	CRYPTO_SHA1_HMAC = 7,
	CRYPTO_RIPEMD160_HMAC = 8,
	CRYPTO_MD5_KPDK = 9,
	CRYPTO_SHA1_KPDK = 10,
	CRYPTO_RIJNDAEL128_CBC = 11,
	CRYPTO_AES_CBC = CRYPTO_RIJNDAEL128_CBC,
	CRYPTO_ARC4 = 12,
	CRYPTO_MD5 = 13,
	CRYPTO_SHA1 = 14,
	CRYPTO_DEFLATE_COMP = 15,
	CRYPTO_NULL = 16,
	CRYPTO_LZS_COMP = 17,
	CRYPTO_SHA2_256_HMAC = 18,
	CRYPTO_SHA2_384_HMAC = 19,
	CRYPTO_SHA2_512_HMAC = 20,
	CRYPTO_AES_CTR = 21,
	CRYPTO_AES_XTS = 22,
	CRYPTO_AES_ECB = 23,
	CRYPTO_AES_CFB = 24,
	CRYPTO_AES_OFB = 25,
	CRYPTO_AES_GCM = 50,
	CRYPTO_AES_CCM = 51,
	CRYPTO_CAMELLIA_CBC = 101,
	CRYPTO_RIPEMD160 = 102,
	CRYPTO_SHA2_224 = 103,
	CRYPTO_SHA2_256 = 104,
	CRYPTO_SHA2_384 = 105,
	CRYPTO_SHA2_512 = 106,
	CRYPTO_SHA2_224_HMAC = 107,
	CRYPTO_TLS11_AES_CBC_HMAC_SHA1 = 108,
	CRYPTO_TLS12_AES_CBC_HMAC_SHA256 = 109,
	CRYPTO_ALGORITHM_ALL	/* one more than the last */
};

#define CRYPTO_ALGORITHM_MAX (CRYPTO_ALGORITHM_ALL - 1)

/* Our own extension of the numbering, clear of cryptodev's: not in other drivers. */
enum cryptodev_crypto_extension {
	CRYPTO_CHACHA20_POLY1305 = 1024,
	CRYPTO_SHA3_224 = 1025,
	CRYPTO_SHA3_256 = 1026,
	CRYPTO_SHA3_384 = 1027,
	CRYPTO_SHA3_512 = 1028,
	CRYPTO_SHA3_224_HMAC = 1029,
	CRYPTO_SHA3_256_HMAC = 1030,
	CRYPTO_SHA3_384_HMAC = 1031,
	CRYPTO_SHA3_512_HMAC = 1032,
	CRYPTO_AES_CMAC = 1033,
	CRYPTO_AES_GMAC = 1034
};

/* Limits, in bytes. */
#define CRYPTODEV_MAX_ALG_NAME 64
#define CRYPTO_CIPHER_MAX_KEY_LEN 64
#define CRYPTO_HMAC_MAX_KEY_LEN 512
#define HASH_MAX_LEN 64
#define EALG_MAX_BLOCK_LEN 16
#define AALG_MAX_RESULT_LEN 64

/* The ciphers' blocks, in bytes. */
#define DES_BLOCK_LEN 8
#define DES3_BLOCK_LEN 8
#define BLOWFISH_BLOCK_LEN 8
#define CAST128_BLOCK_LEN 8
#define SKIPJACK_BLOCK_LEN 8
#define RIJNDAEL128_BLOCK_LEN 16
#define AES_BLOCK_LEN RIJNDAEL128_BLOCK_LEN
#define CAMELLIA_BLOCK_LEN 16

/* CIOCGSESSION: make a session with a cipher, a hash or MAC, or both. */
struct session_op {
	__u32 cipher;		/* CRYPTO_..., or 0: none */
	__u32 mac;		/* CRYPTO_..., or 0: none */
	__u32 keylen;		/* bytes of the cipher's key */
	__u8 __user *key;
	__u32 mackeylen;	/* bytes of the MAC's key */
	__u8 __user *mackey;	/* a TLS record cipher takes one, too, although mac is 0 */
	__u32 ses;		/* returned: the session's number, never 0 */
};

/* CIOCGSESSINFO: what is behind a session.  Parts it does not have stay as they are. */
struct session_info_op {
	__u32 ses; /* the session */
	/* The rest is returned: each algorithm, and who implements it. */
	struct alg_info {
		char cra_name[CRYPTODEV_MAX_ALG_NAME];
		char cra_driver_name[CRYPTODEV_MAX_ALG_NAME];
	} cipher_info, hash_info;
	__u16 alignmask; /* address bits best left zero */
	__u32 flags;	 /* SIOP_FLAG_... */
};

/* Not done by the processor that runs the program. */
#define SIOP_FLAG_KERNEL_DRIVER_ONLY 1

/* What to do, in op of crypt_op and crypt_auth_op. */
#define COP_ENCRYPT 0
#define COP_DECRYPT 1

/* Flags of crypt_op and crypt_auth_op. */
#define COP_FLAG_NONE (0 << 0)
#define COP_FLAG_UPDATE (1 << 0)	/* more data for the hash will follow */
#define COP_FLAG_FINAL (1 << 1)		/* finish the hash */
#define COP_FLAG_WRITE_IV (1 << 2)	/* store the next IV at iv */
#define COP_FLAG_NO_ZC (1 << 3)		/* copied, not pinned; CIOCASYNCCRYPT: EINVAL */
#define COP_FLAG_AEAD_TLS_TYPE (1 << 4)	/* CIOCAUTHCRYPT: a TLS record */
#define COP_FLAG_AEAD_SRTP_TYPE (1 << 5)	/* CIOCAUTHCRYPT: an SRTP packet */
#define COP_FLAG_RESET (1 << 6)		/* start the hash anew */

/* CIOCCRYPT: encrypt or decrypt, and hash the plaintext. */
struct crypt_op {
	__u32 ses;
	__u16 op;		/* COP_ENCRYPT or COP_DECRYPT */
	__u16 flags;		/* COP_FLAG_... */
	__u32 len;		/* bytes of source */
	__u8 __user *src;
	__u8 __user *dst;	/* may be src; not used without a cipher */
	__u8 __user *mac;	/* gets the digest when the hash is finished */
	/*
	 * NULL: go on from the last call's.  With CRYPTO_AES_GMAC a call that begins a
	 * message has its IV of 12 bytes here, any other has NULL, else EINVAL.  No two
	 * messages may have the same IV with the same key: that is for the program to
	 * see to, nobody checks it.
	 */
	__u8 __user *iv;
};

/*
 * CIOCASYNCCRYPT takes a crypt_op, too, and does not wait.  The session's calls
 * take effect in the order in which they were made, whether waited for or not.
 * Until the operation is finished the memory that it names is the device's: the
 * source may be read, and the destination written, at any time.  Then all results
 * are there, in the process that has begun it.
 *
 * CIOCASYNCFETCH returns one that is finished, as it was given, and fails with
 * the operation's error if that has failed (EFAULT among them); if none is finished,
 * with EBUSY and without storing anything.  poll() says POLLIN when one is finished, POLLOUT
 * when there is room: 64 of an open file that are not fetched yet, then EBUSY.
 */

/*
 * CIOCAUTHCRYPT: authenticated encryption of one message, in one of three modes.
 * Flags and session choose it, in this order; a session that is not for it, or
 * for none, gets EINVAL.
 *
 * SRTP, with COP_FLAG_AEAD_SRTP_TYPE: the session has a stream cipher (block of 1)
 * and an HMAC.  auth_src is the whole packet, src the payload within it:
 *
 *	auth_src            src = dst
 *	+-------------------+---------------------+--------------------+
 *	| header, 0 ... 256 | payload, len        | roll-over counter  |
 *	+-------------------+---------------------+--------------------+
 *	|<- auth_len ------------------------------------------------->|
 *
 * The payload is encrypted in place, then the MAC is taken over auth_len bytes.
 * To decrypt, the MAC is verified first.  len and auth_len are not 0; what is
 * behind the payload is a page at most, the payload as much as one request to
 * the device may carry: 1 MiB, or less if the device says so.
 *
 * TLS, with COP_FLAG_AEAD_TLS_TYPE, the session having a cipher and an HMAC; or
 * without a flag, the session having a TLS record cipher.  The MAC is taken over
 * auth_src and the content as they are.
 *
 *	src = dst
 *	+---------------------+----------------+-----------------------+
 *	| content, len        | MAC, tag_len   | padding: 1 ... block  |
 *	+---------------------+----------------+-----------------------+
 *	|<- the record: len as returned; all of it is encrypted ------>|
 *
 * The buffer has room for the record.  Decrypting takes a record with any padding
 * that TLS allows and returns the content's length; behind the content are zeros.
 * With a TLS record cipher src and dst may differ.  Without padding if the block
 * is 1.  A record is one request to the device, like an SRTP packet.
 *
 * AEAD: the session has GCM, CCM or ChaCha20-Poly1305.  Needs no flag.
 *
 *	encrypting: dst = decrypting: src
 *	+------------------------------------+----------------+
 *	| ciphertext                         | tag, tag_len   |
 *	+------------------------------------+----------------+
 *
 * src and dst may overlap, but for a dst that begins within a src of more than 1 MiB
 * behind its start: EINVAL.  While a long call lasts, dst holds plaintext that is not
 * yet verified.
 *
 * In all modes: what does not verify is EBADMSG, and dst is zeros then (in TLS
 * mode as long as the record); so it may be after a decryption that has failed for
 * another reason than EINVAL.  After EBADMSG, as after EINVAL, the structure and the
 * session's IV are what they were.  A call that succeeds returns len, tag_len and,
 * as an AEAD, tag.
 */
struct crypt_auth_op {
	__u32 ses;
	__u16 op;		/* COP_ENCRYPT or COP_DECRYPT */
	/* COP_FLAG_AEAD_..._TYPE, COP_FLAG_WRITE_IV; others: no effect */
	__u16 flags;
	/*
	 * Bytes at src; AEAD, decrypting: with the tag.  Returned: bytes of result;
	 * AEAD, encrypting: with the tag.
	 */
	__u32 len;
	__u32 auth_len;		/* bytes at auth_src; but for SRTP a page at most */
	__u8 __user *auth_src;	/* authenticated, not encrypted; not used if auth_len is 0 */
	__u8 __user *src;	/* not used if len is 0 */
	__u8 __user *dst;
	/*
	 * SRTP: the tag, to be stored or verified.  AEAD: not used; returned is where
	 * the tag is, behind the ciphertext.  TLS: not used.
	 */
	__u8 __user *tag;
	/*
	 * Bytes of tag or MAC, which is cut off there; 0: all of it, 16 bytes of an
	 * AEAD or the digest, and returned.  GCM has 4, 8, 12 ... 16, CCM 4, 6 ... 16,
	 * ChaCha20-Poly1305 16; others, or more than the digest, are EINVAL.
	 */
	__u32 tag_len;
	/*
	 * The cipher's IV: 12 bytes for GCM and ChaCha20-Poly1305; 16 for CCM, of
	 * which the first is L - 1 (1 ... 7) and the next 15 - L are the nonce; AES 16.
	 * NULL: an AEAD is EINVAL, so that no nonce is used again by accident; TLS and
	 * SRTP go on from the last call's.  With COP_FLAG_WRITE_IV the next one is
	 * stored, which an AEAD does not have: its IV stays.
	 */
	__u8 __user *iv;
	__u32 iv_len;		/* ignored: the cipher knows */
};

/*
 * CIOCCPHASH: give dst_ses the hash state of src_ses.  An HMAC goes on with the key of
 * src_ses until it ends or starts anew.
 */
struct cphash_op {
	__u32 dst_ses;
	__u32 src_ses;
};

/* CIOCKEY and CIOCASYMFEAT, asymmetric cryptography: defined, offered by nobody. */
#define CRK_MAXPARAM 8

struct crparam {
	__u8 __user *crp_p;
	__u32 crp_nbits;
};

struct crypt_kop {
	__u32 crk_op;
	__u32 crk_status;
	__u16 crk_iparams;
	__u16 crk_oparams;
	__u32 crk_pad1;
	struct crparam crk_param[CRK_MAXPARAM];
};

enum cryptodev_crk_op_t {
	CRK_MOD_EXP = 0,
	CRK_MOD_EXP_CRT = 1,
	CRK_DSA_SIGN = 2,
	CRK_DSA_VERIFY = 3,
	CRK_DH_COMPUTE_KEY = 4,
	CRK_ALGORITHM_ALL
};

#define CRK_ALGORITHM_MAX (CRK_ALGORITHM_ALL - 1)

#define CRYPTO_ALG_FLAG_SUPPORTED 1
#define CRYPTO_ALG_FLAG_RNG_ENABLE 2
#define CRYPTO_ALG_FLAG_DSA_SHA 4

/* Bits of what CIOCASYMFEAT stores. */
#define CRF_MOD_EXP (1 << CRK_MOD_EXP)
#define CRF_MOD_EXP_CRT (1 << CRK_MOD_EXP_CRT)
#define CRF_DSA_SIGN (1 << CRK_DSA_SIGN)
#define CRF_DSA_VERIFY (1 << CRK_DSA_VERIFY)
#define CRF_DH_COMPUTE_KEY (1 << CRK_DH_COMPUTE_KEY)

/* CRIOGET returns another descriptor of the same open file, as dup() does. */
#define CRIOGET _IOWR('c', 101, __u32)
#define CRIOGET_NOT_NEEDED 1

#define CIOCGSESSION _IOWR('c', 102, struct session_op)
#define CIOCFSESSION _IOW('c', 103, __u32)
#define CIOCCRYPT _IOWR('c', 104, struct crypt_op)
#define CIOCKEY _IOWR('c', 105, struct crypt_kop)
#define CIOCASYMFEAT _IOR('c', 106, __u32)
#define CIOCGSESSINFO _IOWR('c', 107, struct session_info_op)
#define CIOCAUTHCRYPT _IOWR('c', 109, struct crypt_auth_op)
#define CIOCASYNCCRYPT _IOW('c', 110, struct crypt_op)
#define CIOCASYNCFETCH _IOR('c', 111, struct crypt_op)
#define CIOCCPHASH _IOW('c', 112, struct cphash_op)

#ifdef __cplusplus
}
#endif

#endif /* CRYPTO_CRYPTODEV_H */
