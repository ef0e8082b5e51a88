// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "small.h"

#define MAX_THREADS 8

void *volatile small_nowhere = (void *)16;

int small_open(const char *node)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

const char *small_name(const char *node)
{
	return strrchr(node, '/') + 1;
}

static void write_1(const char *path)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	REQUIRE(file >= 0);
	REQUIRE(write(file, "1", 1) == 1);
	close(file);
}

void small_unplug(const char *node)
{
	char link[PATH_MAX], path[PATH_MAX + 8], *last;

	snprintf(link, sizeof(link), "/sys/class/misc/%s/device", small_name(node));
	REQUIRE(realpath(link, path));
	/* A virtio device is part of a PCI device, and not to be removed itself. */
	last = strrchr(path, '/');
	if (!strncmp(last, "/virtio", 7))
		*last = 0;
	strcat(path, "/remove");
	write_1(path);
}

void small_rescan(const char *node)
{
	write_1("/sys/bus/pci/rescan");
	for (int tries = 0; tries < 500 && access(node, F_OK); tries++)
		usleep(10000);
	CHECK_OK(access(node, F_OK));
}

static void *thread(void *argument)
{
	struct small_load *load = argument;

	for (int i = 0; load->use(load->argument); i++)
		if (i == 20)
			atomic_fetch_add(&load->done, 1);
	return NULL;
}

void small_run(struct small_load *load)
{
	pthread_t threads[MAX_THREADS];

	atomic_store(&load->done, 0);
	for (int i = 0; i < load->count; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, thread, load));
	while (atomic_load(&load->done) < load->count)
		usleep(1000);
	load->meanwhile(load->argument);
	for (int i = 0; i < load->count; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
}
