// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * NIST's CAVP response files.  They are loose: a vector is what lies between
 * two empty lines, but some have empty lines within, some none between; a value
 * may hold for all that follows; sections and preambles set parameters.  So a
 * vector ends at an empty line if nothing is missing, and in any case where a
 * key comes again, at a section and at the end.
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "cavp.h"

/* Spellings of one field. */
static const struct {
	const char *spelling;
	const char *key;
} spellings[] = {
	{ "PLAINTEXT", "PT" }, { "PAYLOAD", "PT" }, { "IN", "PT" }, { "P", "PT" },
	{ "CIPHERTEXT", "CT" }, { "C", "CT" }, { "ADATA", "AAD" }, { "AD", "AAD" },
	{ "NONCE", "IV" }, { "I", "IV" }, { "N", "IV" }, { "KEYS", "KEY" }, { "K", "KEY" },
	{ "MAC", "MD" }, { "DIGEST", "MD" }, { "MESSAGE", "MSG" }, { "T", "TAG" },
	{ "OUTPUT", "MD" },
};

/* What belongs to one vector; a vector of which there is none of these has not begun. */
static const char *const own[] = { "COUNT", "PT", "CT", "TAG", "MSG", "MD", "RESULT", "FAIL",
				   "LEN" };

void cavp_error(const struct cavp *cavp, const char *what, const char *name)
{
	char where[32];

	snprintf(where, sizeof(where), "line %u",
		 cavp->first_line ? cavp->first_line : cavp->line);
	kat_file_error(cavp->kat, where, "%s%s", what, name);
}

/* field_count if there is none. */
static size_t index_of(const struct cavp *cavp, const char *key)
{
	size_t i;

	for (i = 0; i < cavp->field_count; i++)
		if (strcmp(cavp->fields[i].key, key) == 0)
			break;
	return i;
}

const struct field *cavp_find(const struct cavp *cavp, const char *key)
{
	size_t i = index_of(cavp, key);

	return i < cavp->field_count ? &cavp->fields[i] : NULL;
}

static bool begun(const struct cavp *cavp)
{
	size_t i;

	for (i = 0; i < COUNT(own); i++) {
		const struct field *field = cavp_find(cavp, own[i]);

		if (field && field->fresh)
			return true;
	}
	return false;
}

/* Which hash an HMAC has: by its length, in bytes (HMACVS, 6.2). */
static const char *hash_of_l(const struct field *l)
{
	bool sha3 = strcasestr(l->value, "SHA_3");

	switch (strtoul(l->value, NULL, 10)) {
	case 20:
		return "HMAC-SHA1";
	case 28:
		return sha3 ? "HMAC-SHA3-224" : "HMAC-SHA2-224";
	case 32:
		return sha3 ? "HMAC-SHA3-256" : "HMAC-SHA2-256";
	case 48:
		return sha3 ? "HMAC-SHA3-384" : "HMAC-SHA2-384";
	case 64:
		return sha3 ? "HMAC-SHA3-512" : "HMAC-SHA2-512";
	default:
		return "HMAC";
	}
}

static void find_subject(struct cavp *cavp)
{
	const struct field *l = cavp_find(cavp, "L");

	if (!cavp->subject_known)
		kat_subject(&cavp->subject, cavp->comments, cavp->kat->file,
			    cavp->kat->algorithm);
	cavp->subject_known = true;
	cavp->algorithm = cavp->subject.algorithm;
	/* One file has the HMACs of all hashes. */
	if (l && strcmp(cavp->algorithm.name, "HMAC") == 0)
		kat_find(&cavp->algorithm, hash_of_l(l));
}

/* Whether a field holds for the vectors that follow. */
static bool carries_over(const struct cavp *cavp, const char *key)
{
	bool ccm = cavp->algorithm.cipher == VCRYPTO_CIPHER_AES_CCM;

	return (ccm && (strcmp(key, "KEY") == 0 || strcmp(key, "IV") == 0 ||
			strcmp(key, "AAD") == 0)) ||
		strcmp(key, "SEED") == 0 || strcmp(key, "ALEN") == 0 ||
		strcmp(key, "PLEN") == 0 || strcmp(key, "NLEN") == 0 ||
		strcmp(key, "TLEN") == 0 || strcmp(key, "L") == 0;
}

static void end_vector(struct cavp *cavp)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < cavp->field_count; i++)
		if (carries_over(cavp, cavp->fields[i].key)) {
			cavp->fields[kept] = cavp->fields[i];
			cavp->fields[kept++].fresh = false;
		}
	cavp->field_count = kept;
	cavp->first_line = 0;
}

/* @must: there is no more to come, so a vector that has begun is complete or wrong. */
static void flush(struct cavp *cavp, bool must)
{
	const char *missing;

	if (!begun(cavp))
		return;
	find_subject(cavp);
	missing = cavp_missing(cavp);
	if (missing && !must)
		return;
	if (missing)
		cavp_error(cavp, "a vector without ", missing);
	if (!cavp->algorithm.cipher && !cavp->algorithm.mac && !must)
		return;
	cavp_run(cavp);
	end_vector(cavp);
}

/* One name for all spellings; what is longer than any key that matters is cut. */
static void canonical(char *to, size_t room, const char *key, size_t len)
{
	size_t i;

	if (len >= room)
		len = room - 1;
	for (i = 0; i < len; i++)
		to[i] = (char)toupper((unsigned char)key[i]);
	to[len] = '\0';
	for (i = 0; i < COUNT(spellings); i++)
		if (strcmp(spellings[i].spelling, to) == 0)
			snprintf(to, room, "%s", spellings[i].key);
}

/* @fresh: of the vector that has begun, or begins here; otherwise of a section. */
static void set(struct cavp *cavp, const char *key, size_t len, const char *value, bool fresh)
{
	struct field field = { .value = value, .fresh = fresh };
	size_t at;

	canonical(field.key, sizeof(field.key), key, len);
	at = index_of(cavp, field.key);
	if (fresh && at < cavp->field_count && cavp->fields[at].fresh) {
		flush(cavp, true);
		at = index_of(cavp, field.key);
	}
	if (at == CAVP_FIELDS)
		cavp_error(cavp, "too many keys in a vector", "");
	if (at == cavp->field_count)
		cavp->field_count++;
	cavp->fields[at] = field;
	if (fresh && !cavp->first_line)
		cavp->first_line = cavp->line;
}

/* "key = value"; false if there is no key. */
static bool key_value(struct cavp *cavp, char *line, bool fresh)
{
	char *equals = strchr(line, '=');
	char *end = equals;

	if (!equals)
		return false;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	if (end == line)
		return false;
	for (equals++; isspace((unsigned char)*equals); equals++)
		;
	set(cavp, line, (size_t)(end - line), equals, fresh);
	return true;
}

/* Without what NIST's customers call their products. */
static void comment(struct cavp *cavp, char *line)
{
	size_t used = strlen(cavp->comments);
	char *product = strcasestr(line, " information for");

	if (product)
		*product = '\0';
	if (!cavp->subject_known && !strcasestr(line, "config info for"))
		snprintf(cavp->comments + used, sizeof(cavp->comments) - used, "%s\n", line);
}

/* "[ENCRYPT]", "[L = 20]", "[Alen = 0, Plen = 0, Nlen = 7, Tlen = 4]" */
static void section(struct cavp *cavp, char *line)
{
	char *end = strchr(line, ']');
	char *part, *rest;

	flush(cavp, true);
	if (!end)
		cavp_error(cavp, "a section without its ]", "");
	*end = '\0';
	for (part = strtok_r(line + 1, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
		while (isspace((unsigned char)*part))
			part++;
		if (strncasecmp(part, "ENCRYPT", 7) == 0)
			cavp->decrypt = false;
		else if (strncasecmp(part, "DECRYPT", 7) == 0)
			cavp->decrypt = true;
		else if (!key_value(cavp, part, false))
			comment(cavp, part);
	}
}

static void one_line(struct cavp *cavp, char *line)
{
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	while (isspace((unsigned char)*line))
		line++;
	if (!*line)
		flush(cavp, false);
	else if (*line == '#')
		comment(cavp, line);
	else if (*line == '[')
		section(cavp, line);
	else if (strcasecmp(line, "FAIL") == 0)
		set(cavp, "FAIL", 4, "", true);
	else if (!key_value(cavp, line, true))
		kat_file_error(cavp->kat, "", "line %u is neither \"key = value\" nor a section",
			       cavp->line);
}

void kat_cavp(struct kat *kat, char *text, size_t len)
{
	struct cavp *cavp = kat_alloc(sizeof(*cavp));
	char *end = text + len;
	char *line;

	cavp->kat = kat;
	while ((line = kat_line(&text, end))) {
		cavp->line++;
		one_line(cavp, line);
	}
	flush(cavp, true);
	kat_free(cavp);
}
