// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* JSON: whose it is, and its fields. */
#include "json.h"

const char *kat_json_string(const struct kat *kat, const char *where, const json_t *object,
			    const char *key, bool must)
{
	const json_t *value = json_object_get(object, key);

	if (value ? !json_is_string(value) : must)
		kat_file_error(kat, where, "\"%s\" is not a string", key);
	return value ? json_string_value(value) : NULL;
}

void kat_json_hex(const struct kat *kat, const char *where, const json_t *object, const char *key,
		  struct bytes *bytes, bool must)
{
	const char *hex = kat_json_string(kat, where, object, key, must);

	if (hex && !bytes_from_hex(bytes, hex, strlen(hex)))
		kat_file_error(kat, where, "\"%s\" is not hexadecimal", key);
}

json_int_t kat_json_number(const struct kat *kat, const char *where, const json_t *object,
			   const char *key, json_int_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	if (value ? !json_is_integer(value) || json_integer_value(value) < 0 : otherwise < 0)
		kat_file_error(kat, where, "\"%s\" is not a number", key);
	return value ? json_integer_value(value) : otherwise;
}

const json_t *kat_json_array(const struct kat *kat, const char *where, const json_t *object,
			     const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_array(value))
		kat_file_error(kat, where, "\"%s\" is not an array", key);
	return value;
}

/* ACVP's files are an object, or that behind one that names the version. */
static const json_t *main_object(const json_t *root)
{
	const json_t *part;
	size_t i;

	json_array_foreach(root, i, part)
		if (json_object_get(part, "testGroups"))
			return part;
	return root;
}

static bool is_acvp(const json_t *object)
{
	const json_t *group = json_array_get(json_object_get(object, "testGroups"), 0);

	return json_object_get(object, "vsId") || json_object_get(object, "revision") ||
		json_object_get(group, "tgId") || json_object_get(group, "testType");
}

static json_t *load(const struct kat *kat, const char *text, size_t len)
{
	json_error_t error;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		kat_file_error(kat, "", "line %d: %s", error.line, error.text);
	return root;
}

/* NIST's names: the questions in prompt.json, the answers beside it in expectedResults.json. */
static json_t *load_answers(const struct kat *kat)
{
	const char *slash = strrchr(kat->file, '/');
	const char *name = slash ? slash + 1 : kat->file;
	json_error_t error;
	char path[4096];

	if (strcmp(name, "prompt.json") != 0 ||
	    (size_t)snprintf(path, sizeof(path), "%.*sexpectedResults.json",
			     (int)(name - kat->file), kat->file) >= sizeof(path))
		return NULL;
	return json_load_file(path, JSON_REJECT_DUPLICATES, &error);
}

void kat_json(struct kat *kat, char *text, size_t len)
{
	json_t *root = load(kat, text, len);
	const json_t *object = main_object(root);
	json_t *answers;

	if (!json_is_string(json_object_get(object, "algorithm")) ||
	    !json_is_array(json_object_get(object, "testGroups")))
		kat_file_error(kat, "", "JSON, but neither Wycheproof's nor ACVP's: no "
			       "\"algorithm\" and \"testGroups\"");
	if (is_acvp(object)) {
		answers = load_answers(kat);
		kat_acvp(kat, object, answers ? main_object(answers) : NULL);
		json_decref(answers);
	} else {
		kat_wycheproof(kat, object);
	}
	json_decref(root);
}
