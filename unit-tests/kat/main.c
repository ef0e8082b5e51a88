// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include <vcrypto/backends.h>

#include "kat.h"

/* Null is among them, and not among "all": it does no cryptography. */
#define ROW(name) &vcrypto_backend_##name,
static const struct vcrypto_backend *const backends[] = { VCRYPTO_BACKENDS(ROW) };

struct options {
	const char *backend;		/* NULL: all, unless @so */
	const char *so;			/* a file with a backend of somebody else's, or NULL */
	const char *device;
	const struct transport *transport;	/* to backends */
	const char *format;
	const char *cuts;
	const char *algorithm;
	bool quiet;
	bool strict;
	bool markdown;
	char **files;
};

/* Results that nobody has got are none. */
static _Noreturn void finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		kat_die("cannot write standard output: %s", strerror(errno));
	exit(status);
}

static _Noreturn void usage(FILE *out, int status)
{
	fputs("usage: vcrypto-kat [OPTION]... FILE...\n"
	      "Known answers through driver, ring, engine and backend.  See vcrypto-kat(1).\n\n"
	      "  --backend LIST|all    providers, with commas between; \"list\" names them\n"
	      "  --backend-so FILE     a backend of your own in a shared object; without\n"
	      "                        --backend that one only\n"
	      "  --device PATH         the ioctls of this device instead, e.g. /dev/crypto\n"
	      "  --format NAME         auto (default), cavp, acvp, wycheproof,\n"
	      "                        openssl, boringssl, text;\n"
	      "                        virtio-crypto: of requests, not of files\n"
	      "  --cuts LIST|all       fragmentations; \"list\" explains them; \"rotate\": two of\n"
	      "                        them for each vector, in turn\n"
	      "  --algorithm NAME      of files that do not say it, e.g. AES-CBC\n"
	      "  --strict              a file of which nothing can run is a failure\n"
	      "  --markdown            only the table of results, in Markdown\n"
	      "  --quiet               no line for each file\n"
	      "\n"
	      "Exit status: 0 nothing failed; 1 a mismatch; 2 usage, a file that is not\n"
	      "understood, or with --strict one of which no backend could run anything,\n"
	      "or standard output that cannot be written.\n", out);
	finish(status);
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
	finish(0);
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

/* What all backends have come to: mismatches, and for each file whether something ran. */
static unsigned long all_failed;
static bool *ran;

/* All files. */
static void run_all(const struct options *options, const struct transport *transport,
		    const char *name, void *device)
{
	struct kat kat = {
		.transport = transport, .device = device, .device_name = name,
		.algorithm = options->algorithm, .quiet = options->quiet,
	};
	size_t i;

	choose_cuts(&kat, options->cuts);
	for (i = 0; options->files[i]; i++) {
		kat_file(&kat, options->files[i], options->format);
		ran[i] |= kat.file_passed || kat.file_failed;
	}
	if (options->markdown)
		kat_markdown(&kat);
	else
		kat_table(&kat);
	transport->close(device);
	kat_forget(&kat);
	all_failed += kat.failed;
}

/* One that was asked for by its name or its file has to work. */
static void run_backend(const struct options *options, const struct vcrypto_backend *backend)
{
	void *device = options->transport->open(backend);

	if (!device)
		kat_die("the backend %s does not work on this machine", backend->name);
	run_all(options, options->transport, backend->name, device);
}

static void run_every_backend(const struct options *options)
{
	size_t tried = 0;
	size_t i;

	for (i = 0; i < COUNT(backends); i++) {
		void *device;

		if (backends[i] == &vcrypto_backend_null)
			continue;
		device = options->transport->open(backends[i]);
		if (!device) {
			printf("SKIP backend %s: it does not work on this machine\n",
			       backends[i]->name);
			continue;
		}
		tried++;
		run_all(options, options->transport, backends[i]->name, device);
	}
	if (!tried)
		kat_die("none of the backends of this program works on this machine");
}

static void run_backends(const struct options *options)
{
	size_t tried = 0, wanted = 1;
	const char *at;
	size_t i;

	for (at = options->backend; *at; at++)
		wanted += *at == ',';
	for (i = 0; i < COUNT(backends); i++)
		if (listed(options->backend, backends[i]->name)) {
			run_backend(options, backends[i]);
			tried++;
		}
	if (tried != wanted)
		kat_die("--backend %s: not all of these are here; --backend list names them",
			options->backend);
}

/* Where vectors go: to the device, or to the backends and the one in a file. */
static void run(const struct options *options)
{
	if (options->device) {
		run_all(options, &device_transport, options->device,
			device_transport.open(options->device));
		return;
	}
	if (options->so)
		run_backend(options, kat_plugin(options->so));
	if (strcmp(options->backend ? options->backend : "all", "all") != 0)
		run_backends(options);
	else if (options->backend || !options->so)
		run_every_backend(options);
}

static void check_options(const struct options *options)
{
	struct algorithm algorithm;
	size_t i;

	for (i = 0; options->backend && i < COUNT(backends) && strcmp(options->backend, "list") == 0; i++)
		puts(backends[i]->name);
	if (i)
		finish(0);
	if (strcmp(options->cuts, "list") == 0)
		list_cuts(options->device ? &device_transport : options->transport);
	if (!kat_format_known(options->format))
		kat_die("--format %s: there are auto, cavp, acvp, wycheproof, openssl, "
			"boringssl and text, and virtio-crypto",
			options->format);
	if (options->device && options->transport != &ring_transport)
		kat_die("--device and --format virtio-crypto: a device has its own requests");
	if (options->device && options->so)
		kat_die("--device and --backend-so: a device has a backend already");
	kat_find(&algorithm, options->algorithm ? options->algorithm : "");
	if (options->algorithm && !algorithm.cipher && !algorithm.mac)
		kat_die("--algorithm %s: there is no such algorithm", options->algorithm);
	if (!*options->files)
		usage(stderr, 2);
}

/* Of files; or, as there is no file of that name, of requests. */
static void choose_format(struct options *options, const char *name)
{
	if (strcmp(name, "virtio-crypto") == 0)
		options->transport = &virtio_transport;
	else
		options->format = name;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "backend", required_argument, NULL, 'b' },
		{ "backend-so", required_argument, NULL, 'o' },
		{ "device", required_argument, NULL, 'd' },
		{ "format", required_argument, NULL, 'f' },
		{ "cuts", required_argument, NULL, 'c' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "strict", no_argument, NULL, 's' },
		{ "markdown", no_argument, NULL, 'm' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .transport = &ring_transport, .format = "auto", .cuts = "all" };
	size_t file;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (option) {
		case 'b': options.backend = optarg; break;
		case 'o': options.so = optarg; break;
		case 'd': options.device = optarg; break;
		case 'f': choose_format(&options, optarg); break;
		case 'c': options.cuts = optarg; break;
		case 'a': options.algorithm = optarg; break;
		case 's': options.strict = true; break;
		case 'm': options.markdown = options.quiet = true; break;
		case 'q': options.quiet = true; break;
		case 'h': usage(stdout, 0);
		default: usage(stderr, 2);
		}
	options.files = argv + optind;
	check_options(&options);
	ran = kat_alloc((size_t)(argc - optind) * sizeof(*ran));
	run(&options);
	for (file = 0; options.strict && options.files[file]; file++)
		if (!ran[file])
			kat_die("%s: nothing in it could run", options.files[file]);
	free(ran);
	finish(all_failed ? 1 : 0);
}
