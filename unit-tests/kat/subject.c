// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <ctype.h>
#include <strings.h>

#include "subject.h"

#define WORDS 24

/* The words of a line or a file's name; they point into @text. */
struct words {
	char text[256];
	const char *at[WORDS];
	size_t count;
};

/* Comments of NIST's that name no cipher, and what they are about. */
static const struct {
	const char *begin;
	const char *name;	/* a base: the mode is behind "for" */
} forms[] = {
	{ "GCM Encrypt with keysize", "AES-GCM" }, { "GCM Decrypt with keysize", "AES-GCM" },
	{ "\"CCM-DVPT\"", "AES-CCM" }, { "\"CCM-VADT\"", "AES-CCM" },
	{ "\"CCM-VNT\"", "AES-CCM" }, { "\"CCM-VPT\"", "AES-CCM" }, { "\"CCM-VTT\"", "AES-CCM" },
	{ "XTSGen information", "AES-XTS" },
	{ "INVERSE PERMUTATION - KAT for", "3DES" }, { "SUBSTITUTION TABLE - KAT for", "3DES" },
	{ "PERMUTATION OPERATION - KAT for", "3DES" }, { "VARIABLE KEY - KAT for", "3DES" },
	{ "VARIABLE PLAINTEXT/CIPHERTEXT - KAT for", "3DES" },
	{ "TDES Multi block Message Test for", "3DES" },
	{ "TDES Monte Carlo (Modes) Test for", "3DES" }, { "AESVS", "AES" },
};

/* What NIST's names of files end with; a mode alone before it is that of AES, with a T TDES. */
static const char *const tests[] = {
	"GFSbox", "KeySbox", "VarTxt", "VarKey", "MMT", "MCT", "Monte", "ShortMsg", "LongMsg",
	"VariableOut", "invperm", "permop", "subtab", "varkey", "vartext",
};

/* Words that may stand before a name: "Test Cases for HMAC-SHA1". */
static const char *const fillers[] = {
	"test", "tests", "case", "cases", "vector", "vectors", "data", "for", "of", "the",
	"cipher", "algorithm", "hash", "mac",
};

static void split(struct words *words, const char *from, size_t len)
{
	char *at = words->text;

	if (len >= sizeof(words->text))
		len = sizeof(words->text) - 1;
	memcpy(words->text, from, len);
	words->text[len] = '\0';
	for (words->count = 0; words->count < WORDS; at[-1] = '\0') {
		while (*at && !isalnum((unsigned char)*at))
			at++;
		if (!*at)
			break;
		words->at[words->count++] = at;
		while (isalnum((unsigned char)*at))
			at++;
		if (!*at++)
			break;
	}
}

/* The name that begins with word @first: of as many words as make one.  Their number, or 0. */
static size_t name_at(const struct words *words, size_t first, struct algorithm *algorithm)
{
	struct algorithm here;
	char joined[KAT_NAME];
	size_t used = 0, found = 0;
	size_t i;

	for (i = first; i < words->count && i < first + 5; i++) {
		used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s",
					 words->at[i]);
		if (used >= sizeof(joined))
			break;
		kat_find(&here, joined);
		if (!here.known)
			continue;
		*algorithm = here;
		found = i + 1 - first;
	}
	return found;
}

static void add_mode(struct algorithm *algorithm, const char *mode)
{
	char name[2 * KAT_NAME];

	snprintf(name, sizeof(name), "%s-%s", algorithm->base, mode);
	kat_find(algorithm, name);
}

/* The first mode from word @first on, if the name before it has none. */
static void mode_behind(const struct words *words, size_t first, struct algorithm *algorithm)
{
	for (; first < words->count && !algorithm->has_mode; first++)
		if (kat_is_mode(words->at[first]))
			add_mode(algorithm, words->at[first]);
}

/* "HMAC" in one place, and the hash perhaps in another. */
static bool unite_hmac(struct algorithm *have, const struct algorithm *more)
{
	struct algorithm both;
	char name[2 * KAT_NAME];

	snprintf(name, sizeof(name), "HMAC-%s", *have->base ? have->base : more->base);
	kat_find(&both, name);
	if (!both.hmac || (*have->base && *more->base && strcmp(have->base, more->base) != 0))
		return false;
	*have = both;
	return true;
}

/* Adds what is still open; false if @more is something else. */
static bool unite(struct subject *subject, const struct algorithm *more)
{
	struct algorithm *have = &subject->algorithm;

	if (!subject->said) {
		subject->said = true;
		*have = *more;
		return true;
	}
	if (have->hmac || more->hmac)
		return unite_hmac(have, more);
	if (strcmp(have->base, more->base) != 0)
		return false;
	if (!have->has_mode)
		*have = *more;
	return !more->has_mode || strcmp(have->name, more->name) == 0;
}

/* False if it is no comment of NIST's. */
static bool nist_comment(struct subject *subject, const char *line, size_t len)
{
	struct algorithm algorithm;
	struct words words;
	size_t i, begin;

	for (i = 0; i < COUNT(forms); i++) {
		begin = strlen(forms[i].begin);
		if (len < begin || strncmp(line, forms[i].begin, begin) != 0)
			continue;
		kat_find(&algorithm, forms[i].name);
		split(&words, line + begin, len - begin);
		mode_behind(&words, 0, &algorithm);
		subject->several |= !unite(subject, &algorithm);
		subject->monte = strstr(forms[i].begin, "Monte") ||
			(words.count && strcmp(words.at[0], "MCT") == 0);
		return true;
	}
	return false;
}

static bool is_filler(const char *word)
{
	size_t i;

	for (i = 0; i < COUNT(fillers); i++)
		if (strcasecmp(word, fillers[i]) == 0)
			return true;
	return word[strspn(word, "0123456789")] == '\0';
}

/* A line that begins with a name. */
static void comment(struct subject *subject, const char *line, size_t len)
{
	struct algorithm algorithm;
	struct words words;
	size_t i, used;

	split(&words, line, len);
	/* A number may be the beginning of a name: 3DES. */
	for (i = 0; i < words.count && is_filler(words.at[i]); i++)
		;
	used = name_at(&words, i, &algorithm);
	if (!used)
		return;
	mode_behind(&words, i + used, &algorithm);
	subject->several |= !unite(subject, &algorithm);
}

/* NIST's comments, and what all say together. */
static void read_comments(const char *comments, struct subject *nist, struct subject *all)
{
	size_t len, skip;

	for (; *comments; comments += len + (comments[len] == '\n')) {
		len = strcspn(comments, "\n");
		skip = strspn(comments, "# \t");
		if (skip > len)
			continue;
		nist_comment(nist, comments + skip, len - skip);
		if (!nist_comment(all, comments + skip, len - skip))
			comment(all, comments + skip, len - skip);
	}
}

/* "CBCMMT128", "TCBCMonte3", "SHA3_256LongMsg": what stands before the kind of test. */
static void nist_name(struct subject *subject, const char *name)
{
	struct algorithm algorithm;
	char before[KAT_NAME];
	const char *end = NULL;
	size_t i;

	for (i = 0; i < COUNT(tests) && !end; i++)
		end = strstr(name, tests[i]);
	if (!end || (size_t)(end - name) >= sizeof(before))
		return;
	snprintf(before, sizeof(before), "%.*s", (int)(end - name), name);
	kat_find(&algorithm, before);
	if (!algorithm.known && kat_is_mode(before)) {
		kat_find(&algorithm, "AES");
		add_mode(&algorithm, before);
	} else if (!algorithm.known && *before == 'T' && kat_is_mode(before + 1)) {
		kat_find(&algorithm, "3DES");
		add_mode(&algorithm, before + 1);
	}
	if (!algorithm.known)
		return;
	subject->monte |= strncmp(end, "MCT", 3) == 0 || strncmp(end, "Monte", 5) == 0;
	unite(subject, &algorithm);
}

/*
 * A name of a file or folder; the name of an algorithm may stand anywhere in it.
 * Two of them are a combination, of which neither is the right one.
 */
static void file_name(struct subject *subject, const char *name, size_t len)
{
	struct algorithm algorithm, other;
	size_t i = 0, used = 0;
	struct words words;

	split(&words, name, len);
	while (i < words.count && !used)
		used = name_at(&words, i++, &algorithm);
	if (!used)
		return;
	for (i += used - 1; i < words.count; i++)
		if (name_at(&words, i, &other) && strcmp(other.base, algorithm.base) != 0)
			subject->several = true;
	mode_behind(&words, 0, &algorithm);
	if (!subject->several)
		unite(subject, &algorithm);
}

void kat_subject(struct subject *subject, const char *comments, const char *path,
		 const char *wanted)
{
	const char *name = strrchr(path, '/');
	const char *folder = name;
	struct subject nist = { .said = false }, all = { .said = false };

	memset(subject, 0, sizeof(*subject));
	while (folder && folder > path && folder[-1] != '/')
		folder--;
	name = name ? name + 1 : path;
	read_comments(comments, &nist, &all);
	if (nist.said && !all.several)
		*subject = nist;
	nist_name(subject, name);
	file_name(subject, name, strcspn(name, "."));
	if (all.several)
		subject->several |= !subject->said;
	else if (all.said)
		unite(subject, &all.algorithm);
	if (folder && !subject->several)
		file_name(subject, folder, (size_t)(name - 1 - folder));
	if (wanted) {
		kat_find(&subject->algorithm, wanted);
		subject->said = true;
		subject->several = false;
	}
}

bool kat_skip_subject(struct kat *kat, const struct subject *subject)
{
	const struct algorithm *algorithm = &subject->algorithm;

	if (subject->several)
		kat_skip(kat, "?", LACK_FILE, "it names several algorithms");
	else if (!subject->said)
		kat_skip(kat, "?", LACK_FILE, "which algorithm; see --algorithm");
	else if (algorithm->hmac && !*algorithm->base)
		kat_skip(kat, algorithm->name, LACK_FILE, "which hash");
	else if (!algorithm->cipher && !algorithm->mac)
		kat_skip_algorithm(kat, algorithm);
	else
		return false;
	return true;
}
