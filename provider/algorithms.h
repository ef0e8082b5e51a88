/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What there is.  X(id, names, CRYPTO_..., mode, bytes of key, IV and block).
 *
 * The names are those of OpenSSL 3.0's own providers, all of them, so that each finds this one.
 */
#ifndef VC_ALGORITHMS_H
#define VC_ALGORITHMS_H

#include "provider.h"

#define VC_AES_OID "2.16.840.1.101.3.4.1."

#define VC_BLOCK_CIPHERS(X) \
	X(AES_128_ECB, "AES-128-ECB:" VC_AES_OID "1", AES_ECB, ECB, 16, 0, 16) \
	X(AES_192_ECB, "AES-192-ECB:" VC_AES_OID "21", AES_ECB, ECB, 24, 0, 16) \
	X(AES_256_ECB, "AES-256-ECB:" VC_AES_OID "41", AES_ECB, ECB, 32, 0, 16) \
	X(AES_128_CBC, "AES-128-CBC:AES128:" VC_AES_OID "2", AES_CBC, CBC, 16, 16, 16) \
	X(AES_192_CBC, "AES-192-CBC:AES192:" VC_AES_OID "22", AES_CBC, CBC, 24, 16, 16) \
	X(AES_256_CBC, "AES-256-CBC:AES256:" VC_AES_OID "42", AES_CBC, CBC, 32, 16, 16) \
	X(CAMELLIA_128_CBC, "CAMELLIA-128-CBC:CAMELLIA128:1.2.392.200011.61.1.1.1.2", \
	  CAMELLIA_CBC, CBC, 16, 16, 16) \
	X(CAMELLIA_192_CBC, "CAMELLIA-192-CBC:CAMELLIA192:1.2.392.200011.61.1.1.1.3", \
	  CAMELLIA_CBC, CBC, 24, 16, 16) \
	X(CAMELLIA_256_CBC, "CAMELLIA-256-CBC:CAMELLIA256:1.2.392.200011.61.1.1.1.4", \
	  CAMELLIA_CBC, CBC, 32, 16, 16) \
	X(DES_EDE3_CBC, "DES-EDE3-CBC:DES3:1.2.840.113549.3.7", 3DES_CBC, CBC, 24, 8, 8)

#define VC_STREAM_CIPHERS(X) \
	X(AES_128_CTR, "AES-128-CTR", AES_CTR, CTR, 16, 16, 1) \
	X(AES_192_CTR, "AES-192-CTR", AES_CTR, CTR, 24, 16, 1) \
	X(AES_256_CTR, "AES-256-CTR", AES_CTR, CTR, 32, 16, 1) \
	X(AES_128_CFB, "AES-128-CFB:" VC_AES_OID "4", AES_CFB, CFB, 16, 16, 1) \
	X(AES_192_CFB, "AES-192-CFB:" VC_AES_OID "24", AES_CFB, CFB, 24, 16, 1) \
	X(AES_256_CFB, "AES-256-CFB:" VC_AES_OID "44", AES_CFB, CFB, 32, 16, 1) \
	X(AES_128_OFB, "AES-128-OFB:" VC_AES_OID "3", AES_OFB, OFB, 16, 16, 1) \
	X(AES_192_OFB, "AES-192-OFB:" VC_AES_OID "23", AES_OFB, OFB, 24, 16, 1) \
	X(AES_256_OFB, "AES-256-OFB:" VC_AES_OID "43", AES_OFB, OFB, 32, 16, 1)

#define VC_UNIT_CIPHERS(X) \
	X(AES_128_XTS, "AES-128-XTS:1.3.111.2.1619.0.1.1", AES_XTS, XTS, 32, 16, 1) \
	X(AES_256_XTS, "AES-256-XTS:1.3.111.2.1619.0.1.2", AES_XTS, XTS, 64, 16, 1)

#define VC_AEADS(X) \
	X(AES_128_GCM, "AES-128-GCM:id-aes128-GCM:" VC_AES_OID "6", AES_GCM, GCM, 16, 12, 1) \
	X(AES_192_GCM, "AES-192-GCM:id-aes192-GCM:" VC_AES_OID "26", AES_GCM, GCM, 24, 12, 1) \
	X(AES_256_GCM, "AES-256-GCM:id-aes256-GCM:" VC_AES_OID "46", AES_GCM, GCM, 32, 12, 1) \
	X(AES_128_CCM, "AES-128-CCM:id-aes128-CCM:" VC_AES_OID "7", AES_CCM, CCM, 16, 12, 1) \
	X(AES_192_CCM, "AES-192-CCM:id-aes192-CCM:" VC_AES_OID "27", AES_CCM, CCM, 24, 12, 1) \
	X(AES_256_CCM, "AES-256-CCM:id-aes256-CCM:" VC_AES_OID "47", AES_CCM, CCM, 32, 12, 1) \
	X(CHACHA20_POLY1305, "ChaCha20-Poly1305", CHACHA20_POLY1305, CHACHA, 32, 12, 1)

#define VC_ID(id_, ...) VC_##id_,
enum vc_cipher_id {
	VC_BLOCK_CIPHERS(VC_ID)
	VC_STREAM_CIPHERS(VC_ID)
	VC_UNIT_CIPHERS(VC_ID)
	VC_AEADS(VC_ID)
	VC_CIPHER_COUNT
};

#define VC_DECLARE(id_, ...) extern const OSSL_DISPATCH vc_functions_##id_[];
VC_BLOCK_CIPHERS(VC_DECLARE)
VC_STREAM_CIPHERS(VC_DECLARE)
VC_UNIT_CIPHERS(VC_DECLARE)
VC_AEADS(VC_DECLARE)

/* X(id, names, CRYPTO_..., bytes of digest and block, whether its identifier has no parameters). */
#define VC_HASH_OID "2.16.840.1.101.3.4.2."

#define VC_DIGESTS(X) \
	X(MD5, "MD5:SSL3-MD5:1.2.840.113549.2.5", MD5, 16, 64, false) \
	X(SHA1, "SHA1:SHA-1:SSL3-SHA1:1.3.14.3.2.26", SHA1, 20, 64, true) \
	X(RIPEMD160, "RIPEMD-160:RIPEMD160:RIPEMD:RMD160:1.3.36.3.2.1", RIPEMD160, 20, 64, false) \
	X(SHA2_224, "SHA2-224:SHA-224:SHA224:" VC_HASH_OID "4", SHA2_224, 28, 64, true) \
	X(SHA2_256, "SHA2-256:SHA-256:SHA256:" VC_HASH_OID "1", SHA2_256, 32, 64, true) \
	X(SHA2_384, "SHA2-384:SHA-384:SHA384:" VC_HASH_OID "2", SHA2_384, 48, 128, true) \
	X(SHA2_512, "SHA2-512:SHA-512:SHA512:" VC_HASH_OID "3", SHA2_512, 64, 128, true) \
	X(SHA3_224, "SHA3-224:" VC_HASH_OID "7", SHA3_224, 28, 144, true) \
	X(SHA3_256, "SHA3-256:" VC_HASH_OID "8", SHA3_256, 32, 136, true) \
	X(SHA3_384, "SHA3-384:" VC_HASH_OID "9", SHA3_384, 48, 104, true) \
	X(SHA3_512, "SHA3-512:" VC_HASH_OID "10", SHA3_512, 64, 72, true)

enum vc_digest_id {
	VC_DIGESTS(VC_ID)
	VC_DIGEST_COUNT
};

VC_DIGESTS(VC_DECLARE)
extern const OSSL_DISPATCH vc_functions_hmac[];

/* Sets the parameter of that name, if it is asked for. */
int vc_put_size(OSSL_PARAM params[], const char *name, size_t value);

/* A parameter that is asked for as a string or as a pointer, without a try that leaves an error. */
int vc_put_bytes(OSSL_PARAM *param, const uint8_t *bytes, size_t len);

/* What can be asked of an algorithm without a context. */
int vc_cipher_facts(const struct vc_cipher_row *row, OSSL_PARAM params[]);
const OSSL_PARAM *vc_cipher_list_facts(void *provider);

/* The default provider's, kept by ours; NULL: it has none. */
EVP_CIPHER *vc_software_cipher(struct vc_provider *provider, const struct vc_cipher_row *row);
EVP_MD *vc_software_digest(struct vc_provider *provider, const struct vc_digest_row *row);
EVP_MAC *vc_software_hmac(struct vc_provider *provider);
void vc_forget_software(struct vc_provider *provider);

/* A context of it, without a key. */
EVP_CIPHER_CTX *vc_software_context(struct vc_provider *provider,
				    const struct vc_cipher_row *row);

#endif /* VC_ALGORITHMS_H */
