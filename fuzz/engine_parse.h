/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The form of requests, for the engine's model: flat bytes, no structures. */
#ifndef FUZZ_ENGINE_PARSE_H
#define FUZZ_ENGINE_PARSE_H

#include "engine_model.h"

struct parsed_request {
	const uint8_t *bytes;
	size_t len;
	size_t room;		/* behind the response header */
	/* From here on filled by parsed_from_bytes(). */
	uint16_t op;		/* 0 where it cannot be told */
	uint32_t flags;
	uint32_t context;
	uint32_t session;
};

/* The parts of an AUTHCRYPT request; 4.8. */
struct parsed_auth {
	uint32_t mode;
	bool decrypt, more, go_on;
	uint32_t iv_len, iv_out_len, tag_len, aad_len, src_len, dst_len, trailer_len;
	uint64_t message_len;
	uint32_t tag_in, tag_out;	/* bytes of tag that are there */
	const uint8_t *iv, *aad, *src, *trailer, *tag;
};

/* The little-endian number of @bytes bytes, up to 4, at @at. */
uint32_t parsed_number(const uint8_t *at, size_t bytes);

/* VCRYPTO_OK, or what a look at the form alone refuses it with. */
enum vcrypto_status parsed_from_bytes(struct parsed_request *request);

/* VCRYPTO_OK and the parts, or what their form is refused with. */
enum vcrypto_status parsed_auth(const struct parsed_request *request, struct parsed_auth *auth);

/* VCRYPTO_OK, or what a CRYPT request in @session is refused with. */
enum vcrypto_status parsed_crypt_fits(const struct engine_model *model,
				      const struct model_session *session,
				      const struct parsed_request *request);

#endif /* FUZZ_ENGINE_PARSE_H */
