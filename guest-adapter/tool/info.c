// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* info: what sysfs says about the driver and its devices. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tool.h"

#define MODULE "/sys/module/vcrypto"
#define CLASS "/sys/class/cryptodev"
#define MAX_PATH 512

static bool as_json;

static void print_value(const char *name, const char *value)
{
	if (as_json)
		json_found(name, value);
	else
		printf("%-20s %s\n", name, value);
}

/* Names of JSON have no blanks. */
static void print_titled(const char *title, const char *name, const char *value)
{
	print_value(as_json ? name : title, value);
}

static void begin_part(const char *name, char bracket)
{
	if (as_json)
		json_begin(name, bracket);
}

static void end_part(char bracket)
{
	if (as_json)
		json_end(bracket);
}

/* The lines of a file as one.  False if there is none, or nothing in it. */
static bool read_file(const char *folder, const char *name, char *text, size_t size)
{
	char path[MAX_PATH];
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (file) {
		len = fread(text, 1, size - 1, file);
		fclose(file);
	}
	while (len && text[len - 1] == '\n')
		len--;
	text[len] = 0;
	for (char *end = strchr(text, '\n'); end; end = strchr(end, '\n'))
		*end = ' ';
	return len;
}

/* What the bus has for every device, and what is not for reading. */
static int is_ours(const struct dirent *entry)
{
	static const char *const others[] = { "device", "driver_override", "features", "modalias",
					      "status", "uevent", "vendor" };

	for (size_t i = 0; i < COUNT(others); i++)
		if (!strcmp(entry->d_name, others[i]))
			return 0;
	return entry->d_type == DT_REG;
}

static void print_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_ours, alphasort);
	char text[4096];

	for (int i = 0; i < count; i++) {
		if (read_file(folder, entries[i]->d_name, text, sizeof(text)))
			print_value(entries[i]->d_name, text);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void print_module(bool full)
{
	char text[128];

	if (access(MODULE, F_OK)) {
		print_value("driver", "not vcrypto");
		return;
	}
	print_value("driver", "vcrypto");
	if (full && read_file(MODULE, "version", text, sizeof(text)))
		print_value("version", text);
	if (full && read_file(MODULE, "srcversion", text, sizeof(text)))
		print_value("srcversion", text);
	begin_part("parameters", '{');
	print_folder(MODULE "/parameters");
	end_part('}');
}

static void print_attributes(const char *folder)
{
	char inner[MAX_PATH + 16];

	print_folder(folder);
	snprintf(inner, sizeof(inner), "%s/counters", folder);
	begin_part("counters", '{');
	print_folder(inner);
	end_part('}');
}

/* /sys/class/cryptodev/cryptodevN/device is the virtio device. */
static void print_device(const char *node, bool full)
{
	char folder[MAX_PATH], text[MAX_PATH], path[MAX_PATH], *name;

	snprintf(folder, sizeof(folder), CLASS "/%s/device", node);
	snprintf(path, sizeof(path), "/dev/%s", node);
	name = realpath(folder, NULL);
	if (full && !as_json)
		putchar('\n');
	begin_part(NULL, '{');
	print_value("device", path);
	if (name)
		print_titled("virtio device", "virtio_device", strrchr(name, '/') + 1);
	free(name);
	if (full)
		print_attributes(folder);
	else if (read_file(folder, "backend", text, sizeof(text)))
		print_value("backend", text);
	end_part('}');
}

/* The node with this number; /dev/crypto is none of them. */
static bool is_node(const char *node, dev_t number)
{
	char path[MAX_PATH], text[32], wanted[32];

	snprintf(path, sizeof(path), CLASS "/%s", node);
	snprintf(wanted, sizeof(wanted), "%u:%u", major(number), minor(number));
	return read_file(path, "dev", text, sizeof(text)) && !strcmp(text, wanted);
}

static int is_device(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "cryptodev", 9);
}

static int by_number(const struct dirent **one, const struct dirent **other)
{
	return atoi((*one)->d_name + 9) - atoi((*other)->d_name + 9);
}

/* That of the node @number, or all if it is none of them. */
static void print_devices(dev_t number, bool full)
{
	struct dirent **entries;
	int count = scandir(CLASS, &entries, is_device, by_number), only = -1;

	begin_part("devices", '[');
	for (int i = 0; i < count; i++)
		if (is_node(entries[i]->d_name, number))
			only = i;
	for (int i = 0; i < count; i++) {
		if (only < 0 || i == only)
			print_device(entries[i]->d_name, full);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	end_part(']');
}

void print_driver(const struct arguments *arguments, bool full)
{
	struct stat status;

	as_json = arguments->json;
	if (stat(arguments->device, &status))
		die("cannot use %s: %s", arguments->device, device_open_problem(errno));
	if (full)
		print_value("vcrypto", TOOL_VERSION);
	print_module(full);
	print_devices(status.st_rdev, full);
}

int run_info(struct arguments *arguments)
{
	if (arguments->json)
		json_begin(NULL, '{');
	print_driver(arguments, true);
	if (arguments->json)
		json_end('}');
	finish_stdout();
	return 0;
}
