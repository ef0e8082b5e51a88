/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* AUTHCRYPT, for the engine's model: protocol 4.8, over flat buffers. */
#ifndef FUZZ_ENGINE_AUTH_H
#define FUZZ_ENGINE_AUTH_H

#include "engine_parse.h"

/* Executes @request, whose form is right. */
enum vcrypto_status model_auth(struct engine_model *model, struct model_session *session,
			       const struct parsed_request *request, struct model_reply *reply);

#endif /* FUZZ_ENGINE_AUTH_H */
