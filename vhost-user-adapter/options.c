// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vcrypto/backends.h>
#include <vcrypto/version.h>

#include "adapter.h"

#define TO_STRING(x) #x
#define NUMBER(x) TO_STRING(x)
#define VERSION NUMBER(VCRYPTO_VERSION_MAJOR) "." NUMBER(VCRYPTO_VERSION_MINOR) "." \
		NUMBER(VCRYPTO_VERSION_PATCH)

#define DEFAULT_SESSIONS VCRYPTO_MAX_SESSIONS
#define DEFAULT_CONNECTIONS 64u

static const char usage[] =
	"Usage: vcryptod --socket-path=PATH | --fd=N [options]\n"
	"A virtio crypto device for VMMs that speak vhost-user: QEMU, cloud-hypervisor.\n"
	"\n"
	"  --socket-path=PATH   listen at PATH\n"
	"  --fd=N               a socket that is open already, listening or connected\n"
	"  --device=crypto|cryptodev\n"
	"                       the standard's, id 20; or ours, id 60, for whole devices and guests\n"
	"                       with our module; crypto\n"
	"  --backend=NAME       who does the cryptography; --help lists them below, the default first\n"
	"  --queues=N           data queues of a whole device; 1\n"
	"  --sessions=N         sessions of a guest, at most; 65536\n"
	"  --connections=N      guests at once, at most; 64\n"
	"  --threads=N          loops that serve guests, each on a processor; a guest has one; 2\n"
	"  --akcipher           RSA and ECDSA as well, for whole devices.  A guest's kernel then\n"
	"                       checks signatures of its modules with them; off\n"
	"  --migrate-keys       a guest's sessions can go to another daemon, when its VMM migrates it:\n"
	"                       with their keys, so its channel has to be confidential; off\n"
	"  --sandbox=full|seccomp|none\n"
	"                       what it gives up: seccomp leaves out namespaces; full\n"
	"  --session-layout=auto|7.0|7.1|8.1\n"
	"                       of messages of QEMU's that make sessions; auto\n"
	"  --print-capabilities what management asks for, as JSON\n"
	"  --version, --help\n"
	"\n"
	"Backends:";

#define ROW(name) &vcrypto_backend_##name,
static const struct vcrypto_backend *const backends[] = { VCRYPTO_BACKENDS(ROW) };

static _Noreturn __attribute__((format(printf, 1, 2))) void mistake(const char *format, ...)
{
	va_list args;

	fputs("vcryptod: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(" (--help explains)\n", stderr);
	exit(2);
}

/* Who asks and gets nothing has to be told that. */
static _Noreturn void finish(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "vcryptod: cannot write standard output: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
	exit(EXIT_SUCCESS);
}

static _Noreturn void help(void)
{
	size_t i;

	fputs(usage, stdout);
	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		printf(" %s", backends[i]->name);
	putchar('\n');
	finish();
}

static _Noreturn void print_capabilities(void)
{
	puts("{\n  \"type\": \"crypto\"\n}");
	finish();
}

static uint32_t number(const char *option, const char *text, uint32_t least, uint32_t most)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < least || value > most)
		mistake("--%s takes a number, %u to %u, not '%s'", option, least, most, text);
	return (uint32_t)value;
}

static const struct vcrypto_backend *backend_named(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	mistake("there is no backend '%s'", name);
}

/* Which of @names, ended by NULL. */
static int choice(const char *option, const char *text, const char *const *names)
{
	int i;

	for (i = 0; names[i]; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	mistake("--%s cannot be '%s'", option, text);
}

enum option_number { HELP = 256, VERSION_OPTION, CAPABILITIES, PATH, FD, BACKEND, QUEUES, SESSIONS,
		     CONNECTIONS, LAYOUT, SANDBOX, AKCIPHER, DEVICE, THREADS, MIGRATE };

static const struct option options[] = {
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION_OPTION },
	{ "print-capabilities", no_argument, NULL, CAPABILITIES },
	{ "socket-path", required_argument, NULL, PATH },
	{ "fd", required_argument, NULL, FD },
	{ "device", required_argument, NULL, DEVICE },
	{ "backend", required_argument, NULL, BACKEND },
	{ "queues", required_argument, NULL, QUEUES },
	{ "sessions", required_argument, NULL, SESSIONS },
	{ "connections", required_argument, NULL, CONNECTIONS },
	{ "threads", required_argument, NULL, THREADS },
	{ "akcipher", no_argument, NULL, AKCIPHER },
	{ "migrate-keys", no_argument, NULL, MIGRATE },
	{ "sandbox", required_argument, NULL, SANDBOX },
	{ "session-layout", required_argument, NULL, LAYOUT },
	{ NULL, 0, NULL, 0 },
};

static void take(struct settings *settings, int option)
{
	static const char *const layouts[] = { "auto", "7.0", "7.1", "8.1", NULL };
	static const char *const sandboxes[] = { "full", "seccomp", "none", NULL };
	static const char *const kinds[] = { "crypto", "cryptodev", NULL };

	switch (option) {
	case HELP:
		help();
	case VERSION_OPTION:
		puts("vcryptod " VERSION);
		finish();
	case CAPABILITIES:
		print_capabilities();
	case PATH:
		settings->path = optarg;
		break;
	case FD:
		settings->fd = (int)number("fd", optarg, 0, INT32_MAX);
		break;
	case DEVICE:
		settings->kind = choice("device", optarg, kinds) ? &device_cryptodev :
								   &device_crypto;
		break;
	case BACKEND:
		settings->backend = backend_named(optarg);
		break;
	case QUEUES:
		settings->queues = number("queues", optarg, 1, VCRYPTO_MAX_QUEUES);
		break;
	case SESSIONS:
		settings->sessions = number("sessions", optarg, 1, VCRYPTO_MAX_SESSIONS);
		break;
	case CONNECTIONS:
		settings->connections = number("connections", optarg, 1, MOST_CONNECTIONS);
		break;
	case THREADS:
		settings->threads = number("threads", optarg, 1, MOST_THREADS);
		break;
	case AKCIPHER:
		settings->akcipher = true;
		break;
	case MIGRATE:
		settings->migrate_keys = true;
		break;
	case SANDBOX:
		/* The enumerations have them in this order. */
		settings->sandbox = (enum sandbox)choice("sandbox", optarg, sandboxes);
		break;
	case LAYOUT:
		settings->layout = (enum session_layout)choice("session-layout", optarg, layouts);
		break;
	default:
		break;
	}
}

/* Asked by management, which may say anything beside it. */
static void look_for_capabilities(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--print-capabilities") == 0)
			print_capabilities();
}

struct settings options_parse(int argc, char **argv)
{
	struct settings settings = {
		.fd = -1, .backend = backends[0], .kind = &device_crypto, .queues = 1,
		.sessions = DEFAULT_SESSIONS, .connections = DEFAULT_CONNECTIONS,
		.threads = DEFAULT_THREADS,
	};
	const char *word = argv[optind];
	int option;

	look_for_capabilities(argc, argv);
	opterr = 0;
	/* In the order in which they come, so that the word of each is known. */
	while ((option = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (option == ':')
			mistake("%s needs a value", word);
		if (option == '?' && optopt >= HELP)
			mistake("%s: this option takes no value", word);
		if (option == '?')
			mistake("there is no option '%s'", word);
		take(&settings, option);
		word = argv[optind];
	}
	if (optind < argc)
		mistake("'%s' is no option", argv[optind]);
	if (settings.akcipher && !settings.kind->has_control)
		mistake("--akcipher is for --device=crypto");
	if (settings.migrate_keys && !settings.kind->save)
		mistake("--migrate-keys is for --device=crypto");
	if (settings.path && settings.fd >= 0)
		mistake("--socket-path and --fd exclude each other");
	if (!settings.path && settings.fd < 0)
		mistake("--socket-path or --fd is needed");
	if (settings.path && !*settings.path)
		mistake("--socket-path needs a path");
	return settings;
}
