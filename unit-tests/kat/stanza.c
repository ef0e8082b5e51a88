// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdlib.h>

#include "stanza.h"

void stanza_error(const struct stanza *stanza, const char *what, const char *name)
{
	char where[32];

	snprintf(where, sizeof(where), "line %u", stanza->line);
	kat_file_error(stanza->kat, where, "%s%s", what, name);
}

const char *stanza_find(const struct stanza *stanza, const char *key)
{
	size_t i;

	for (i = 0; i < stanza->count; i++)
		if (strcmp(stanza->fields[i].key, key) == 0)
			return stanza->fields[i].value;
	return NULL;
}

void stanza_append(struct bytes *bytes, const struct bytes *more)
{
	struct bytes both = { kat_alloc(bytes->len + more->len), bytes->len + more->len, true };

	if (bytes->len)
		memcpy(both.at, bytes->at, bytes->len);
	if (more->len)
		memcpy(both.at + bytes->len, more->at, more->len);
	bytes_free(bytes);
	*bytes = both;
}

/* "text", with \n and \\ in it. */
static void unquote(struct bytes *bytes, const char *text, size_t len)
{
	uint8_t *to = kat_alloc(len);
	size_t i, used = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len)
			to[used++] = text[++i] == 'n' ? '\n' : (uint8_t)text[i];
		else
			to[used++] = (uint8_t)text[i];
	}
	bytes_free(bytes);
	*bytes = (struct bytes){ to, used, true };
}

void stanza_value(const struct stanza *stanza, size_t index, struct bytes *bytes)
{
	const char *value = stanza->fields[index].value;
	size_t len = strlen(value);

	if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
		unquote(bytes, value + 1, len - 2);
	else if (!bytes_from_hex(bytes, value, len))
		stanza_error(stanza, "neither hexadecimal nor in quotes: ",
			     stanza->fields[index].key);
}

bool stanza_bytes(const struct stanza *stanza, const char *key, struct bytes *bytes)
{
	struct bytes part = { 0 };
	size_t i;

	for (i = 0; i < stanza->count; i++)
		if (strcmp(stanza->fields[i].key, key) == 0) {
			stanza_value(stanza, i, &part);
			stanza_append(bytes, &part);
		}
	bytes_free(&part);
	return bytes->given;
}

size_t stanza_number(const struct stanza *stanza, size_t index)
{
	const char *value = stanza->fields[index].value;
	unsigned long number;
	char *end;

	number = strtoul(value, &end, 10);
	if (end == value || *end || number > KAT_LONGEST)
		stanza_error(stanza, "not a number, or too large: ", stanza->fields[index].key);
	return number;
}

const char *stanza_unknown(const struct stanza *stanza, const char *known)
{
	size_t i, len;

	for (i = 0; i < stanza->count; i++) {
		const char *key = stanza->fields[i].key;
		const char *at = known;

		for (; *at; at += len + strspn(at + len, " ")) {
			len = strcspn(at, " ");
			if (strlen(key) == len && strncmp(key, at, len) == 0)
				break;
		}
		if (!*at)
			return key;
	}
	return NULL;
}

static void end_stanza(struct stanza *stanza)
{
	if (!stanza->count)
		return;
	if (!evp_run(stanza))
		boringssl_run(stanza);
	stanza->seen = true;
	stanza->count = 0;
}

static void comment(struct stanza *stanza, const char *line)
{
	size_t used = strlen(stanza->comments);

	snprintf(stanza->comments + used, sizeof(stanza->comments) - used, "%s\n", line);
}

static void one_line(struct stanza *stanza, char *line, unsigned int number)
{
	char *delimiter = strpbrk(line, "=:");

	if (!stanza->count)
		stanza->line = number;
	if (!delimiter || delimiter == line)
		stanza_error(stanza, "not \"key = value\": ", line);
	*delimiter = '\0';
	line = kat_trim(line);
	if (strcmp(line, "Title") == 0)
		return;
	if (stanza->count == STANZA_FIELDS)
		stanza_error(stanza, "too many keys in a test", "");
	stanza->fields[stanza->count].key = line;
	stanza->fields[stanza->count++].value = kat_trim(delimiter + 1);
}

/* A key in PEM, behind its name. */
static bool in_pem(const char *line, bool before)
{
	return before ? strncmp(line, "-----END", 8) != 0 : strncmp(line, "-----BEGIN", 10) == 0;
}

void kat_stanzas(struct kat *kat, char *text, size_t len)
{
	struct stanza *stanza = kat_alloc(sizeof(*stanza));
	char *end = text + len;
	unsigned int number = 0;
	bool pem = false, was_pem;
	char *line;

	stanza->kat = kat;
	while ((line = kat_line(&text, end))) {
		line = kat_trim(line);
		number++;
		was_pem = pem;
		pem = in_pem(line, pem);
		if (pem || was_pem)
			continue;
		if (!*line)
			end_stanza(stanza);
		else if (*line == '#' && !stanza->seen)
			comment(stanza, line);
		else if (*line != '#' && *line != '[')
			one_line(stanza, line, number);
	}
	end_stanza(stanza);
	kat_free(stanza);
}
