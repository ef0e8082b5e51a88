/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef FUZZ_ENGINE_CHAIN_H
#define FUZZ_ENGINE_CHAIN_H

#include "engine_args.h"
#include "scatter.h"

/* A chained op of a session of the toy provider's, if there is one, on the engine's lane. */
void chain_run(struct vcrypto_engine *engine, struct engine_model *model, struct input *in);

#endif /* FUZZ_ENGINE_CHAIN_H */
