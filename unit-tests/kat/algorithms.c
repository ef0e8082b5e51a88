// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * All names of algorithms, from whatever kind of file.  A spelling is read as
 * a base, the length of a key, and a mode: "id-aes128-GCM", "AES-128-GCM" and
 * "ACVP-AES-GCM" are all AES-GCM.
 */
#include <ctype.h>

#include "kat.h"

enum kind {
	BASE,		/* what has modes, or is an algorithm by itself */
	HASH,		/* has an HMAC, too */
	MODE,
	MAC,		/* a whole name; all of them are in the table */
};

/*
 * What is not in the table of algorithms (vcrypto/algorithm.h): parts of names, other
 * spellings, and names that are known although the interface has nothing of that name.
 */
static const struct row {
	const char *name;
	enum kind kind;
	const char *spellings;	/* besides the name: capitals and digits only */
} rows[] = {
	{ "CHACHA20-POLY1305", BASE, "" }, { "NULL", BASE, "" },
	{ "AES", BASE, "AESVS RIJNDAEL" },
	{ "3DES", BASE, "TDES TDEA DES3 DESEDE3 DESEDE" },
	{ "DES", BASE, "" }, { "DESX", BASE, "" },
	{ "BLOWFISH", BASE, "BF" },
	{ "CAMELLIA", BASE, "" },
	{ "CAST5", BASE, "CAST128" },
	{ "ARC4", BASE, "RC4 ARCFOUR" },
	{ "ARIA", BASE, "" }, { "SEED", BASE, "" }, { "SM4", BASE, "" },
	{ "IDEA", BASE, "" }, { "RC2", BASE, "" }, { "RC5", BASE, "" },
	{ "CHACHA20", BASE, "CHACHA" }, { "XCHACHA20-POLY1305", BASE, "" },
	{ "SALSA20", BASE, "" }, { "AEGIS", BASE, "AEGIS128L" }, { "ASCON", BASE, "" },
	{ "POLY1305", BASE, "" }, { "SIPHASH", BASE, "" }, { "HMAC", BASE, "" },
	{ "CMAC", BASE, "CMACTDES" }, { "GMAC", BASE, "" }, { "VMAC", BASE, "" },
	{ "KMAC", BASE, "" }, { "BLAKE2-MAC", BASE, "BLAKE2BMAC BLAKE2SMAC" },
	{ "SHAKE", BASE, "" }, { "CSHAKE", BASE, "" },
	{ "TUPLEHASH", BASE, "" }, { "PARALLELHASH", BASE, "" },

	{ "RIPEMD160", HASH, "RIPEMD" },
	{ "SHA2-512/224", HASH, "SHA512224" }, { "SHA2-512/256", HASH, "SHA512256" },
	{ "MD2", HASH, "" }, { "MD4", HASH, "" }, { "MD5-SHA1", HASH, "" },
	{ "MDC2", HASH, "" }, { "SM3", HASH, "" }, { "WHIRLPOOL", HASH, "" },
	{ "BLAKE2B", HASH, "BLAKE2B256 BLAKE2B512" }, { "BLAKE2S", HASH, "BLAKE2S256" },
	{ "KECCAK", HASH, "KECCAK224 KECCAK256 KECCAK384 KECCAK512" },

	{ "ECB", MODE, "" }, { "CBC", MODE, "" }, { "OFB", MODE, "OFB128" },
	{ "CTR", MODE, "COUNTER" }, { "CFB", MODE, "CFB128" }, { "CFB1", MODE, "" },
	{ "CFB8", MODE, "" }, { "CFB64", MODE, "" },
	{ "CFB-P", MODE, "CFBP1 CFBP8 CFBP64" },
	{ "CBC-I", MODE, "" }, { "OFB-I", MODE, "" }, { "XTS", MODE, "" },
	{ "GCM", MODE, "" }, { "CCM", MODE, "CCM8" }, { "GCM-SIV", MODE, "SIVGCM" },
	{ "SIV", MODE, "SIVCMAC SIVCMACAEAD" }, { "OCB", MODE, "OCB3" },
	{ "EAX", MODE, "" },
	{ "XPN", MODE, "" }, { "CMAC", MODE, "" }, { "GMAC", MODE, "" },
	{ "CTS", MODE, "CBCCTS CBCCS1 CBCCS2 CBCCS3" }, { "CBC-MAC", MODE, "" },
	{ "WRAP", MODE, "KW KWP WRAPPAD WRAPINV WRAPPADINV" }, { "FF1", MODE, "FF31" },
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

/* Looking for what @text begins with or, if @whole, is. */
struct search {
	const char *text;
	bool whole;
	const char *found;	/* the name with the longest spelling, or NULL */
	size_t len;		/* of that spelling */
};

static void try(struct search *search, const char *name, const char *spelling)
{
	char text[KAT_NAME];
	size_t len;

	if (!compact(text, sizeof(text), spelling))
		return;
	len = strlen(text);
	if (len <= search->len || strncmp(search->text, text, len) != 0 ||
	    (search->whole && search->text[len]))
		return;
	search->found = name;
	search->len = len;
}

static void try_row(struct search *search, const struct row *row)
{
	const char *at = row->spellings;
	char spelling[KAT_NAME];
	size_t len;

	try(search, row->name, row->name);
	for (; *at; at += len + strspn(at + len, " ")) {
		len = strcspn(at, " ");
		snprintf(spelling, sizeof(spelling), "%.*s", (int)len, at);
		try(search, row->name, spelling);
	}
}

/* The name of @kind with which @text begins, or if @whole which is all of it; or NULL. */
static const char *find(enum kind kind, const char *text, bool whole, size_t *len)
{
	struct search search = { .text = text, .whole = whole };
	const struct vcrypto_mac *mac;
	uint32_t id;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].kind == kind)
			try_row(&search, &rows[i]);
	for (id = 0; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		mac = vcrypto_mac_find(id);
		if (!mac || mac->kind == VCRYPTO_KIND_HMAC ||
		    kind != (mac->keyed ? MAC : HASH))
			continue;
		try(&search, mac->title, mac->title);
		try(&search, mac->title, mac->name);
	}
	*len = search.len;
	return search.found;
}

/*
 * Sets what the interface calls @algorithm->name.  One session is used for all cuts, so
 * there is no cipher whose session cannot begin again.
 */
static void set_number(struct algorithm *algorithm)
{
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint32_t id;

	for (id = 0; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		cipher = vcrypto_cipher_find(id);
		mac = vcrypto_mac_find(id);
		if (cipher && cipher->chaining != VCRYPTO_CHAIN_STATE &&
		    strcmp(cipher->title, algorithm->name) == 0)
			algorithm->cipher = id;
		if (mac && strcmp(mac->title, algorithm->name) == 0)
			algorithm->mac = id;
	}
}

static void set_hash(struct algorithm *algorithm, const char *hash, bool hmac)
{
	snprintf(algorithm->name, sizeof(algorithm->name), "%s%s", hmac ? "HMAC-" : "", hash);
	algorithm->known = true;
	algorithm->has_mode = true;
	algorithm->hmac = hmac;
	snprintf(algorithm->base, sizeof(algorithm->base), "%s", hash);
	set_number(algorithm);
}

static void set_mac(struct algorithm *algorithm, const char *mac)
{
	snprintf(algorithm->name, sizeof(algorithm->name), "%s", mac);
	snprintf(algorithm->base, sizeof(algorithm->base), "%.*s", (int)strcspn(mac, "-"), mac);
	algorithm->known = true;
	algorithm->has_mode = true;
	set_number(algorithm);
}

/* @rest: what stands behind the base. */
static void set_cipher(struct algorithm *algorithm, const char *base, const char *rest)
{
	const char *mode;
	size_t len;

	/* The length of a key. */
	while (isdigit((unsigned char)*rest))
		rest++;
	mode = find(MODE, rest, true, &len);
	if (*rest && !mode)
		return;
	algorithm->known = true;
	snprintf(algorithm->base, sizeof(algorithm->base), "%s", base);
	snprintf(algorithm->name, sizeof(algorithm->name), "%s%s%s", base, mode ? "-" : "",
		 mode ? mode : "");
	set_number(algorithm);
	algorithm->has_mode = mode || algorithm->cipher;
}

void kat_find(struct algorithm *algorithm, const char *spelling)
{
	const char *hash, *base, *mac;
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
	const struct vcrypto_cipher *cipher;
	size_t len = strlen(base);
	uint32_t id;

	for (id = 0; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		cipher = vcrypto_cipher_find(id);
		if (cipher && strncmp(cipher->title, base, len) == 0 &&
		    cipher->title[len] == '-' && kat_is_mode(cipher->title + len))
			return true;
	}
	return false;
}

const char *kat_cipher_name(uint32_t id)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(id);

	return cipher ? cipher->title : "an unknown cipher";
}

const char *kat_mac_name(uint32_t id)
{
	const struct vcrypto_mac *mac = vcrypto_mac_find(id);

	return mac ? mac->title : "an unknown MAC";
}
