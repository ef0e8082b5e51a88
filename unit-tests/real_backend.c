// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>

#include "real_backend.h"

const struct vcrypto_backend *real_backend(void)
{
#define ROW(name) &vcrypto_backend_##name,
	static const struct vcrypto_backend *const backends[] = { VCRYPTO_BACKENDS(ROW) };
	const char *name = getenv("VCRYPTO_BACKEND");
	size_t i;

	if (!name)
		return backends[0];
	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	printf("SKIP: this build has no backend '%s'\n", name);
	exit(EXIT_SKIP);
}
