// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The fields of JSON. */
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

static json_t *load(const struct kat *kat, const char *text, size_t len)
{
	json_error_t error;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		kat_file_error(kat, "", "line %d: %s", error.line, error.text);
	return root;
}

void kat_json(struct kat *kat, char *text, size_t len)
{
	json_t *root = load(kat, text, len);

	if (!json_is_string(json_object_get(root, "algorithm")) ||
	    !json_is_array(json_object_get(root, "testGroups")))
		kat_file_error(kat, "", "JSON, but not Wycheproof's: no \"algorithm\" and "
			       "\"testGroups\"");
	kat_wycheproof(kat, root);
	json_decref(root);
}
