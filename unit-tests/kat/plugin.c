// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A backend that is not ours: --backend-so (backend.h, VCRYPTO_PLUGIN). */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

#include "kat.h"

/* What is wrong with @plugin as it was compiled, or NULL; nothing behind a wrong part is read. */
static const char *wrong_headers(const struct vcrypto_plugin *plugin)
{
	if (plugin->abi != VCRYPTO_PLUGIN_ABI)
		return "VCRYPTO_PLUGIN_ABI";
	if (plugin->layout != VCRYPTO_PLUGIN_LAYOUT)
		return "VCRYPTO_PLUGIN_LAYOUT";
	return NULL;
}

static bool name_ok(const char *name)
{
	size_t len;

	for (len = 0; len < VCRYPTO_BACKEND_NAME_LEN; len++) {
		if (!name[len])
			return len > 0;
		if (name[len] < ' ' || name[len] > '~')
			return false;
	}
	return false;
}

/* What backend.h calls mandatory and @backend is without, or NULL. */
static const char *missing(const struct vcrypto_backend *backend)
{
	if (!backend->name)
		return "name";
	if (!backend->open)
		return "open";
	if (!backend->session_new)
		return "session_new";
	return backend->submit ? NULL : "submit";
}

const struct vcrypto_backend *kat_plugin(const char *file)
{
	/* As a path, because dlopen() looks for a plain name elsewhere. */
	char *path = realpath(file, NULL);
	const struct vcrypto_plugin *plugin;
	const char *what;
	void *object;

	if (!path)
		kat_die("--backend-so %s: %s", file, strerror(errno));
	/* Now, so that a symbol that is nowhere is said here and not in the middle. */
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object)
		kat_die("--backend-so %s: it cannot be loaded: %s", file, dlerror());
	free(path);
	plugin = dlsym(object, "vcrypto_plugin");
	if (!plugin)
		kat_die("--backend-so %s: it has no symbol vcrypto_plugin; is there a line "
			"VCRYPTO_PLUGIN(...) in its source?", file);
	what = wrong_headers(plugin);
	if (what)
		kat_die("--backend-so %s: it was compiled with headers of another version than "
			"this program (%s)", file, what);
	if (!plugin->backend)
		kat_die("--backend-so %s: vcrypto_plugin names no backend", file);
	what = missing(plugin->backend);
	if (what)
		kat_die("--backend-so %s: its backend has no %s, which is mandatory", file, what);
	if (!name_ok(plugin->backend->name))
		kat_die("--backend-so %s: its backend's name is not 1 to %d printable ASCII "
			"characters", file, VCRYPTO_BACKEND_NAME_LEN - 1);
	/* It stays loaded: the backend lives in it. */
	return plugin->backend;
}
