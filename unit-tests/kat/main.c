// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "kat.h"

/* One row for each backend that this program is built with. */
static const struct vcrypto_backend *const backends[] = {
#ifdef VCRYPTO_KAT_LIBCRYPTO
	&vcrypto_backend_libcrypto,
#endif
#ifdef VCRYPTO_KAT_NETTLE
	&vcrypto_backend_nettle,
#endif
#ifdef VCRYPTO_KAT_HOSTDEV
	&vcrypto_backend_hostdev,
#endif
	&vcrypto_backend_null,	/* does no cryptography: not among "all" */
};

static const struct {
	const char *name;
	void (*run)(struct kat *kat, char *text, size_t len);
} formats[] = {
	{ "cavp", kat_cavp },
	{ "wycheproof", kat_wycheproof },
	{ "text", kat_text },
};

struct options {
	const char *backend;
	const char *device;
	const char *format;
	const char *cuts;
	const char *algorithm;
	bool quiet;
	char **files;
};

static _Noreturn void usage(FILE *out, int status)
{
	fputs("usage: vcrypto-kat [OPTION]... FILE...\n"
	      "Known answers through driver, ring, engine and backend.  See vcrypto-kat(1).\n\n"
	      "  --backend LIST|all    providers, with commas between; \"list\" names them\n"
	      "  --device PATH         the ioctls of this device instead, e.g. /dev/crypto\n"
	      "  --format NAME         auto (default), cavp, wycheproof, text\n"
	      "  --cuts LIST|all       fragmentations; \"list\" explains them; \"rotate\": two of\n"
	      "                        them for each vector, in turn\n"
	      "  --algorithm NAME      of files that do not say it, e.g. AES-CBC\n"
	      "  --quiet               no line for each file\n"
	      "\n"
	      "Exit status: 0 all passed; 1 a mismatch; 2 usage, a file that is not understood,\n"
	      "or nothing that could be run.\n", out);
	exit(status);
}

/* Whether @name is among @list, "a,b,c". */
static bool listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (;; list++) {
		if (strncmp(list, name, len) == 0 && (!list[len] || list[len] == ','))
			return true;
		list = strchr(list, ',');
		if (!list)
			return false;
	}
}

static void list_cuts(const struct transport *transport)
{
	size_t i;

	for (i = 0; i < transport->cut_count; i++)
		printf("%-12s %s\n", cut_name(transport->cuts[i]), cut_help(transport->cuts[i]));
	exit(0);
}

static void choose_cuts(struct kat *kat, const char *list)
{
	size_t left = 1;
	const char *at;
	size_t i, found = 0;

	if (strcmp(list, "list") == 0)
		list_cuts(kat->transport);
	kat->rotate = strcmp(list, "rotate") == 0;
	for (at = list; *at; at++)
		left += *at == ',';
	for (i = 0; i < kat->transport->cut_count; i++) {
		enum cut cut = kat->transport->cuts[i];

		kat->cuts[cut] = kat->rotate || strcmp(list, "all") == 0 ||
			listed(list, cut_name(cut));
		found += kat->cuts[cut];
	}
	if (strcmp(list, "all") != 0 && !kat->rotate && found != left)
		kat_die("--cuts %s: not all of these are cuts; --cuts list names them", list);
}

static char *read_file(const struct kat *kat, size_t *len)
{
	FILE *in = fopen(kat->file, "rb");
	size_t room = 1 << 16;
	char *text = kat_alloc(room + 1);
	size_t got;

	if (!in)
		kat_die("%s: %s", kat->file, strerror(errno));
	for (*len = 0; (got = fread(text + *len, 1, room - *len, in)); ) {
		*len += got;
		if (*len < room)
			continue;
		room *= 2;
		text = realloc(text, room + 1);
		if (!text)
			kat_die("out of memory");
	}
	if (ferror(in))
		kat_die("%s: %s", kat->file, strerror(errno));
	fclose(in);
	text[*len] = '\0';
	return text;
}

/* The first line that is no comment tells. */
static const char *detect(const char *text)
{
	static const char *const ours[] = {
		"name", "cipher", "mac", "key", "iv", "aad", "plaintext", "ciphertext", "tag",
		"mac_key", "message", "digest", "repeat", "result", "next_iv",
	};
	size_t i, len;

	for (;;) {
		text += strspn(text, " \t\r\n");
		if (*text == '{')
			return "wycheproof";
		if (*text != '#')
			break;
		text += strcspn(text, "\n");
	}
	len = strcspn(text, " =");
	for (i = 0; i < COUNT(ours); i++)
		if (len == strlen(ours[i]) && strncmp(text, ours[i], len) == 0)
			return "text";
	return isalpha((unsigned char)*text) || *text == '[' ? "cavp" : NULL;
}

static void run_file(struct kat *kat, const char *file, const char *format)
{
	unsigned long before = kat->vectors + kat->skipped;
	size_t len, i;
	char *text;

	kat_begin_file(kat, file);
	text = read_file(kat, &len);
	/* A mark that some editors put before UTF-8. */
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		memset(text, ' ', 3);
	if (strlen(text) != len)
		kat_file_error(kat, "", "not a text file");
	if (strcmp(format, "auto") == 0)
		format = detect(text);
	if (!format)
		kat_file_error(kat, "", "neither CAVP nor Wycheproof nor our own format");
	for (i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i].name, format) == 0)
			formats[i].run(kat, text, len);
	if (kat->vectors + kat->skipped == before)
		kat_file_error(kat, "", "no vectors in this file");
	free(text);
	kat_end_file(kat);
}

/* What all backends have come to. */
static unsigned long all_passed, all_failed;

/* All files. */
static void run_all(const struct options *options, const struct transport *transport,
		    const char *name, void *device)
{
	struct kat kat = {
		.transport = transport, .device = device, .device_name = name,
		.algorithm = options->algorithm, .quiet = options->quiet,
	};
	char **file;

	choose_cuts(&kat, options->cuts);
	for (file = options->files; *file; file++)
		run_file(&kat, *file, options->format);
	kat_table(&kat);
	transport->close(device);
	kat_forget(&kat);
	all_passed += kat.passed;
	all_failed += kat.failed;
}

static void run_backends(const struct options *options)
{
	bool all = strcmp(options->backend, "all") == 0;
	size_t tried = 0, wanted = 1;
	const char *at;
	size_t i;

	for (at = options->backend; *at; at++)
		wanted += *at == ',';
	for (i = 0; i < COUNT(backends); i++) {
		const char *name = backends[i]->name;
		void *device;

		if (all ? backends[i] == &vcrypto_backend_null : !listed(options->backend, name))
			continue;
		device = ring_transport.open(backends[i]);
		if (!device && !all)
			kat_die("the backend %s does not work on this machine", name);
		if (!device) {
			printf("SKIP backend %s: it does not work on this machine\n", name);
			continue;
		}
		tried++;
		run_all(options, &ring_transport, name, device);
	}
	if (all ? !tried : tried != wanted)
		kat_die("--backend %s: not all of these are here; --backend list names them",
			options->backend);
}

static void check_options(const struct options *options)
{
	size_t i;

	for (i = 0; i < COUNT(backends) && strcmp(options->backend, "list") == 0; i++)
		puts(backends[i]->name);
	if (i)
		exit(0);
	if (strcmp(options->cuts, "list") == 0)
		list_cuts(options->device ? &device_transport : &ring_transport);
	for (i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i].name, options->format) == 0)
			break;
	if (i == COUNT(formats) && strcmp(options->format, "auto") != 0)
		kat_die("--format %s: there are auto, cavp, wycheproof and text",
			options->format);
	if (options->algorithm && !kat_find_cipher(options->algorithm) &&
	    !kat_find_mac(options->algorithm))
		kat_die("--algorithm %s: there is no such algorithm", options->algorithm);
	if (!*options->files)
		usage(stderr, 2);
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "backend", required_argument, NULL, 'b' },
		{ "device", required_argument, NULL, 'd' },
		{ "format", required_argument, NULL, 'f' },
		{ "cuts", required_argument, NULL, 'c' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .backend = "all", .format = "auto", .cuts = "all" };
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (option) {
		case 'b': options.backend = optarg; break;
		case 'd': options.device = optarg; break;
		case 'f': options.format = optarg; break;
		case 'c': options.cuts = optarg; break;
		case 'a': options.algorithm = optarg; break;
		case 'q': options.quiet = true; break;
		case 'h': usage(stdout, 0);
		default: usage(stderr, 2);
		}
	options.files = argv + optind;
	check_options(&options);
	if (options.device)
		run_all(&options, &device_transport, options.device,
			device_transport.open(options.device));
	else
		run_backends(&options);
	if (!all_passed && !all_failed)
		kat_die("nothing passed: all vectors were skipped");
	return all_failed ? 1 : 0;
}
