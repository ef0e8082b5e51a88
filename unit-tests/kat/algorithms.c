// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * All names of algorithms, from whatever kind of file.  A spelling is read as
 * a base, the length of a key, and a mode: "id-aes128-GCM", "AES-128-GCM" and
 * "ACVP-AES-GCM" are all AES-GCM.
 */
#include <ctype.h>

#include "kat.h"

enum kind {
	CIPHER,		/* a whole name: base and mode */
	MAC,		/* likewise, but it makes a digest */
	BASE,		/* what has modes, or is a cipher or MAC by itself */
	HASH,		/* has an HMAC, too */
	MODE,
};

/*
 * A new algorithm of the interface is one row.  Where the number is 0, the name
 * is known but the interface has nothing of that name.
 */
static const struct row {
	const char *name;
	enum kind kind;
	uint32_t id;
	const char *spellings;	/* besides the name: capitals and digits only */
} rows[] = {
	{ "AES-ECB", CIPHER, VCRYPTO_CIPHER_AES_ECB, "" },
	{ "AES-CBC", CIPHER, VCRYPTO_CIPHER_AES_CBC, "" },
	{ "AES-CTR", CIPHER, VCRYPTO_CIPHER_AES_CTR, "" },
	{ "AES-CFB", CIPHER, VCRYPTO_CIPHER_AES_CFB, "" },
	{ "AES-OFB", CIPHER, VCRYPTO_CIPHER_AES_OFB, "" },
	{ "AES-XTS", CIPHER, VCRYPTO_CIPHER_AES_XTS, "" },
	{ "AES-GCM", CIPHER, VCRYPTO_CIPHER_AES_GCM, "" },
	{ "AES-CCM", CIPHER, VCRYPTO_CIPHER_AES_CCM, "" },
	{ "DES-CBC", CIPHER, VCRYPTO_CIPHER_DES_CBC, "" },
	{ "3DES-CBC", CIPHER, VCRYPTO_CIPHER_3DES_CBC, "" },
	{ "BLOWFISH-CBC", CIPHER, VCRYPTO_CIPHER_BLOWFISH_CBC, "" },
	{ "CAMELLIA-CBC", CIPHER, VCRYPTO_CIPHER_CAMELLIA_CBC, "" },
	{ "CAST5-CBC", CIPHER, VCRYPTO_CIPHER_CAST5_CBC, "" },

	{ "AES-CMAC", MAC, VCRYPTO_MAC_CMAC_AES, "CMACAES" },

	{ "CHACHA20-POLY1305", BASE, VCRYPTO_CIPHER_CHACHA20_POLY1305, "" },
	{ "NULL", BASE, VCRYPTO_CIPHER_NULL, "" },
	{ "AES", BASE, 0, "AESVS RIJNDAEL" },
	{ "3DES", BASE, 0, "TDES TDEA DES3 DESEDE3 DESEDE" },
	{ "DES", BASE, 0, "" }, { "DESX", BASE, 0, "" },
	{ "BLOWFISH", BASE, 0, "BF" },
	{ "CAMELLIA", BASE, 0, "" },
	{ "CAST5", BASE, 0, "CAST128" },
	{ "ARC4", BASE, 0, "RC4 ARCFOUR" },
	{ "ARIA", BASE, 0, "" }, { "SEED", BASE, 0, "" }, { "SM4", BASE, 0, "" },
	{ "IDEA", BASE, 0, "" }, { "RC2", BASE, 0, "" }, { "RC5", BASE, 0, "" },
	{ "CHACHA20", BASE, 0, "CHACHA" }, { "XCHACHA20-POLY1305", BASE, 0, "" },
	{ "SALSA20", BASE, 0, "" }, { "AEGIS", BASE, 0, "AEGIS128L" }, { "ASCON", BASE, 0, "" },
	{ "POLY1305", BASE, 0, "" }, { "SIPHASH", BASE, 0, "" }, { "HMAC", BASE, 0, "" },
	{ "CMAC", BASE, 0, "CMACTDES" }, { "GMAC", BASE, 0, "" }, { "VMAC", BASE, 0, "" },
	{ "KMAC", BASE, 0, "" }, { "BLAKE2-MAC", BASE, 0, "BLAKE2BMAC BLAKE2SMAC" },
	{ "SHAKE", BASE, 0, "" }, { "CSHAKE", BASE, 0, "" },
	{ "TUPLEHASH", BASE, 0, "" }, { "PARALLELHASH", BASE, 0, "" },

	{ "MD5", HASH, VCRYPTO_MAC_MD5, "" },
	{ "SHA1", HASH, VCRYPTO_MAC_SHA1, "" },
	{ "RIPEMD160", HASH, VCRYPTO_MAC_RIPEMD160, "RMD160 RIPEMD" },
	{ "SHA2-224", HASH, VCRYPTO_MAC_SHA2_224, "SHA224" },
	{ "SHA2-256", HASH, VCRYPTO_MAC_SHA2_256, "SHA256" },
	{ "SHA2-384", HASH, VCRYPTO_MAC_SHA2_384, "SHA384" },
	{ "SHA2-512", HASH, VCRYPTO_MAC_SHA2_512, "SHA512" },
	{ "SHA3-224", HASH, VCRYPTO_MAC_SHA3_224, "" },
	{ "SHA3-256", HASH, VCRYPTO_MAC_SHA3_256, "" },
	{ "SHA3-384", HASH, VCRYPTO_MAC_SHA3_384, "" },
	{ "SHA3-512", HASH, VCRYPTO_MAC_SHA3_512, "" },
	{ "SHA2-512/224", HASH, 0, "SHA512224" }, { "SHA2-512/256", HASH, 0, "SHA512256" },
	{ "MD2", HASH, 0, "" }, { "MD4", HASH, 0, "" }, { "MD5-SHA1", HASH, 0, "" },
	{ "MDC2", HASH, 0, "" }, { "SM3", HASH, 0, "" }, { "WHIRLPOOL", HASH, 0, "" },
	{ "BLAKE2B", HASH, 0, "BLAKE2B256 BLAKE2B512" }, { "BLAKE2S", HASH, 0, "BLAKE2S256" },
	{ "KECCAK", HASH, 0, "KECCAK224 KECCAK256 KECCAK384 KECCAK512" },

	{ "ECB", MODE, 0, "" }, { "CBC", MODE, 0, "" }, { "OFB", MODE, 0, "OFB128" },
	{ "CTR", MODE, 0, "COUNTER" }, { "CFB", MODE, 0, "CFB128" }, { "CFB1", MODE, 0, "" },
	{ "CFB8", MODE, 0, "" }, { "CFB64", MODE, 0, "" },
	{ "CFB-P", MODE, 0, "CFBP1 CFBP8 CFBP64" },
	{ "CBC-I", MODE, 0, "" }, { "OFB-I", MODE, 0, "" }, { "XTS", MODE, 0, "" },
	{ "GCM", MODE, 0, "" }, { "CCM", MODE, 0, "CCM8" }, { "GCM-SIV", MODE, 0, "SIVGCM" },
	{ "SIV", MODE, 0, "SIVCMAC SIVCMACAEAD" }, { "OCB", MODE, 0, "OCB3" },
	{ "EAX", MODE, 0, "" },
	{ "XPN", MODE, 0, "" }, { "CMAC", MODE, 0, "" }, { "GMAC", MODE, 0, "" },
	{ "CTS", MODE, 0, "CBCCTS CBCCS1 CBCCS2 CBCCS3" }, { "CBC-MAC", MODE, 0, "" },
	{ "WRAP", MODE, 0, "KW KWP WRAPPAD WRAPINV WRAPPADINV" }, { "FF1", MODE, 0, "FF31" },
};

/* Capitals and digits only; false if that is more than there is room for. */
static bool compact(char *to, size_t room, const char *spelling)
{
	size_t len = 0;

	for (; *spelling; spelling++) {
		if (!isalnum((unsigned char)*spelling))
			continue;
		if (len + 1 == room)
			return false;
		to[len++] = (char)toupper((unsigned char)*spelling);
	}
	to[len] = '\0';
	return true;
}

/* How much of @text is @row's name in one of its spellings, the longest; 0: not. */
static size_t spelled(const struct row *row, const char *text)
{
	const char *spelling = row->spellings;
	char name[KAT_NAME];
	size_t longest = 0;
	size_t len;

	compact(name, sizeof(name), row->name);
	if (strncmp(text, name, strlen(name)) == 0)
		longest = strlen(name);
	for (; *spelling; spelling += len + strspn(spelling + len, " ")) {
		len = strcspn(spelling, " ");
		if (strncmp(text, spelling, len) == 0 && len > longest)
			longest = len;
	}
	return longest;
}

/* The row of @kind with which @text begins, or if @whole which is all of it. */
static const struct row *find(enum kind kind, const char *text, bool whole, size_t *len)
{
	const struct row *found = NULL;
	size_t i, here;

	*len = 0;
	for (i = 0; i < COUNT(rows); i++) {
		here = rows[i].kind == kind ? spelled(&rows[i], text) : 0;
		if (here > *len && (!whole || !text[here])) {
			found = &rows[i];
			*len = here;
		}
	}
	return found;
}

static void set_hash(struct algorithm *algorithm, const struct row *hash, bool hmac)
{
	snprintf(algorithm->name, sizeof(algorithm->name), "%s%s", hmac ? "HMAC-" : "",
		 hash->name);
	algorithm->known = true;
	algorithm->has_mode = true;
	algorithm->hmac = hmac;
	snprintf(algorithm->base, sizeof(algorithm->base), "%s", hash->name);
	algorithm->mac = hash->id ? hash->id + (hmac ? VCRYPTO_HMAC : 0) : 0;
}

static void set_mac(struct algorithm *algorithm, const struct row *mac)
{
	snprintf(algorithm->name, sizeof(algorithm->name), "%s", mac->name);
	snprintf(algorithm->base, sizeof(algorithm->base), "%.*s",
		 (int)strcspn(mac->name, "-"), mac->name);
	algorithm->known = true;
	algorithm->has_mode = true;
	algorithm->mac = mac->id;
}

/* @rest: what stands behind the base. */
static void set_cipher(struct algorithm *algorithm, const struct row *base, const char *rest)
{
	const struct row *mode;
	size_t len, i;

	/* The length of a key. */
	while (isdigit((unsigned char)*rest))
		rest++;
	mode = find(MODE, rest, true, &len);
	if (*rest && !mode)
		return;
	algorithm->known = true;
	algorithm->cipher = mode ? 0 : base->id;
	algorithm->has_mode = mode || base->id;
	snprintf(algorithm->base, sizeof(algorithm->base), "%s", base->name);
	snprintf(algorithm->name, sizeof(algorithm->name), "%s%s%s", base->name,
		 mode ? "-" : "", mode ? mode->name : "");
	for (i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].name, algorithm->name) != 0)
			continue;
		if (rows[i].kind == CIPHER)
			algorithm->cipher = rows[i].id;
		else if (rows[i].kind == MAC)
			algorithm->mac = rows[i].id;
	}
}

void kat_find(struct algorithm *algorithm, const char *spelling)
{
	const struct row *hash, *base, *mac;
	char text[KAT_NAME];
	const char *at = text;
	size_t len;
	bool hmac;

	memset(algorithm, 0, sizeof(*algorithm));
	snprintf(algorithm->name, sizeof(algorithm->name), "%s", spelling);
	if (!compact(text, sizeof(text), spelling))
		return;
	if (strncmp(at, "ACVP", 4) == 0)
		at += 4;
	else if (strncmp(at, "IDAES", 5) == 0)
		at += 2;
	hmac = strncmp(at, "HMAC", 4) == 0;
	hash = find(HASH, at + (hmac ? 4 : 0), true, &len);
	mac = find(MAC, at, true, &len);
	base = find(BASE, at, false, &len);
	if (mac)
		set_mac(algorithm, mac);
	else if (hash)
		set_hash(algorithm, hash, hmac);
	else if (base)
		set_cipher(algorithm, base, at + len);
	/* "HMAC" alone: which one is said elsewhere. */
	if (algorithm->known && hmac && !hash) {
		algorithm->hmac = true;
		algorithm->base[0] = '\0';
	}
}

bool kat_is_mode(const char *spelling)
{
	char text[KAT_NAME];
	size_t len;

	return compact(text, sizeof(text), spelling) && find(MODE, text, true, &len);
}

bool kat_has_modes(const char *base)
{
	size_t len = strlen(base);
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].kind == CIPHER && strncmp(rows[i].name, base, len) == 0 &&
		    rows[i].name[len] == '-')
			return true;
	return false;
}

const char *kat_cipher_name(uint32_t id)
{
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].id == id && (rows[i].kind == CIPHER || rows[i].kind == BASE))
			return rows[i].name;
	return "an unknown cipher";
}

const char *kat_mac_name(uint32_t id)
{
	static char name[KAT_NAME];
	const struct vcrypto_mac *mac = vcrypto_mac_find(id);
	size_t i;

	for (i = 0; mac && i < COUNT(rows); i++) {
		if (rows[i].kind == MAC && rows[i].id == id)
			return rows[i].name;
		if (rows[i].kind != HASH || !rows[i].id || rows[i].id != mac->hash)
			continue;
		snprintf(name, sizeof(name), "%s%s", mac->keyed ? "HMAC-" : "", rows[i].name);
		return name;
	}
	return "an unknown MAC";
}
