// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * ACVP's JSON (NIST's Automated Cryptographic Validation Protocol), with the
 * answers in the same file, as in internalProjection.json, or in a second one.
 */
#include "acvp.h"

/* The element of @array whose @key is @number; in most files it is at @index. */
static const json_t *by_number(const json_t *array, const char *key, json_int_t number,
			       size_t index)
{
	const json_t *element = json_array_get(array, index);
	size_t i;

	if (json_integer_value(json_object_get(element, key)) == number)
		return element;
	json_array_foreach(array, i, element)
		if (json_integer_value(json_object_get(element, key)) == number)
			return element;
	return NULL;
}

const json_t *acvp_with(const struct acvp *acvp, const char *key)
{
	if (json_object_get(acvp->test, key))
		return acvp->test;
	if (json_object_get(acvp->answer, key))
		return acvp->answer;
	return json_object_get(acvp->group, key) ? acvp->group : NULL;
}

void acvp_hex(const struct acvp *acvp, const char *key, struct bytes *bytes)
{
	kat_json_hex(acvp->kat, acvp->where, acvp_with(acvp, key), key, bytes, false);
}

size_t acvp_number(const struct acvp *acvp, const char *key)
{
	return (size_t)kat_json_number(acvp->kat, acvp->where, acvp_with(acvp, key), key, 0);
}

bool acvp_says(const struct acvp *acvp, const char *key, const char *word)
{
	const char *said = kat_json_string(acvp->kat, acvp->where, acvp_with(acvp, key), key,
					   false);

	return said && strcmp(said, word) == 0;
}

static void skip(const struct acvp *acvp, enum lack lack, const char *detail)
{
	kat_skip(acvp->kat, acvp->algorithm.name, lack, detail);
}

/* Runs or counts what acvp-vector.c has made of a test, and ends it. */
static void one_vector(const struct acvp *acvp, struct vector *vector)
{
	if (vector->cipher && vector->verdict != INVALID && vector->plaintext.given &&
	    vector->plaintext.len != vector->ciphertext.len)
		kat_file_error(acvp->kat, acvp->where, "\"pt\" and \"ct\" of different lengths");
	kat_vector(acvp->kat, vector);
}

static void known_answer(struct acvp *acvp)
{
	struct vector vector = { .repeat = 1 };
	enum lack lack = LACK_WORDS;
	const char *detail;

	snprintf(vector.where, sizeof(vector.where), "%s", acvp->where);
	detail = acvp->algorithm.cipher ? acvp_cipher(acvp, &vector, &lack) :
					  acvp_mac(acvp, &vector, &lack);
	if (detail)
		skip(acvp, lack, detail);
	else
		one_vector(acvp, &vector);
	vector_clear(&vector);
}

/* Each outer round has an answer of its own, and is a vector. */
static void monte_carlo(struct acvp *acvp)
{
	const json_t *rounds = json_object_get(acvp_with(acvp, "resultsArray"), "resultsArray");
	const json_t *test = acvp->test, *answer = acvp->answer;
	struct bytes seed = { 0 };
	const json_t *round;
	size_t i;

	if (!json_array_size(rounds)) {
		skip(acvp, LACK_FILE, "the answer");
		return;
	}
	acvp_hex(acvp, "msg", &seed);
	acvp->monte_len = acvp_says(acvp, "mctVersion", "alternate") ? seed.len : 0;
	json_array_foreach(rounds, i, round) {
		struct vector vector = { .repeat = 1 };
		const char *detail;

		acvp->test = round;
		acvp->answer = NULL;
		snprintf(vector.where, sizeof(vector.where), "%.40s, round %u", acvp->where,
			 (unsigned int)i);
		detail = acvp->algorithm.cipher ? acvp_monte_cipher(acvp, &vector) :
						  acvp_monte_hash(acvp, &vector, &seed);
		if (detail)
			skip(acvp, LACK_FILE, detail);
		else
			one_vector(acvp, &vector);
		vector_clear(&vector);
	}
	acvp->test = test;
	acvp->answer = answer;
	bytes_free(&seed);
}

static void one_test(struct acvp *acvp)
{
	const char *type = kat_json_string(acvp->kat, acvp->where, acvp->group, "testType", false);
	char detail[64];

	snprintf(detail, sizeof(detail), "test type %.40s", type ? type : "");
	if (!acvp->algorithm.cipher && !acvp->algorithm.mac)
		kat_skip_algorithm(acvp->kat, &acvp->algorithm);
	else if (!type)
		skip(acvp, LACK_FILE, "the type of the test");
	else if (strcmp(type, "MCT") == 0)
		monte_carlo(acvp);
	else if (strcmp(type, "AFT") == 0 || strcmp(type, "LDT") == 0)
		known_answer(acvp);
	else
		skip(acvp, strcmp(type, "CTR") == 0 ? LACK_WORDS : LACK_NAME, detail);
}

static void one_group(struct acvp *acvp, const json_t *answers)
{
	const json_t *tests = kat_json_array(acvp->kat, "", acvp->group, "tests");
	size_t i;

	json_array_foreach(tests, i, acvp->test) {
		json_int_t id = kat_json_number(acvp->kat, "", acvp->test, "tcId", -1);

		acvp->answer = by_number(json_object_get(answers, "tests"), "tcId", id, i);
		snprintf(acvp->where, sizeof(acvp->where), "tcId %lld", (long long)id);
		one_test(acvp);
	}
}

void kat_acvp(struct kat *kat, const json_t *root, const json_t *answers)
{
	struct acvp acvp = { .kat = kat };
	const json_t *groups = kat_json_array(kat, "", root, "testGroups");
	const json_t *answered = json_object_get(answers, "testGroups");
	size_t i;

	kat_find(&acvp.algorithm, kat_json_string(kat, "", root, "algorithm", true));
	json_array_foreach(groups, i, acvp.group) {
		json_int_t id = kat_json_number(kat, "", acvp.group, "tgId", 0);

		one_group(&acvp, by_number(answered, "tgId", id, i));
	}
}
