/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef FUZZ_ENGINE_LONG_H
#define FUZZ_ENGINE_LONG_H

#include "engine_args.h"

/* A few ops with very long texts, on an engine of their own. */
void long_texts(struct input *in);

#endif /* FUZZ_ENGINE_LONG_H */
