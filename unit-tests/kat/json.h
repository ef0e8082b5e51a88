/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the readers of JSON files share.  A field of the wrong type ends the program. */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>

#include "kat.h"

/* NULL if there is none and it need not be. */
const char *kat_json_string(const struct kat *kat, const char *where, const json_t *object,
			    const char *key, bool must);
void kat_json_hex(const struct kat *kat, const char *where, const json_t *object, const char *key,
		  struct bytes *bytes, bool must);
/* @otherwise, at least 0, if there is none; -1: there must be one.  Never negative. */
json_int_t kat_json_number(const struct kat *kat, const char *where, const json_t *object,
			   const char *key, json_int_t otherwise);
const json_t *kat_json_array(const struct kat *kat, const char *where, const json_t *object,
			     const char *key);

/* Files that have been parsed. */
void kat_wycheproof(struct kat *kat, const json_t *root);
/* @answers: the root of a file with the results, or NULL. */
void kat_acvp(struct kat *kat, const json_t *root, const json_t *answers);

#endif /* JSON_H */
