// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "check.h"
#include "dm.h"

#define FOLDER "/mnt"
#define SECTOR 512

static const char *disk;
static size_t disk_size;

/* So that all of it is there. */
static void fill(const char *path, int flags)
{
	static uint8_t zeros[1 << 16];
	int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
	size_t done;

	REQUIRE(fd >= 0);
	for (done = 0; done < disk_size; done += sizeof(zeros))
		REQUIRE(write(fd, zeros, sizeof(zeros)) == (ssize_t)sizeof(zeros));
	REQUIRE(fsync(fd) == 0);
	close(fd);
}

void dm_disk(size_t size)
{
	disk = "/dev/loop0";
	disk_size = size;
	REQUIRE((mkdir(FOLDER, 0700) == 0 || errno == EEXIST) &&
		mount("none", FOLDER, "ramfs", 0, NULL) == 0);
	fill(FOLDER "/disk", O_CREAT);
	REQUIRE(system("losetup /dev/loop0 " FOLDER "/disk") == 0);
}

/* It has been loaded with the sizes that it has by itself. */
void dm_disk_for_swap(size_t size)
{
	char command[128];

	disk = "/dev/ram0";
	disk_size = size;
	snprintf(command, sizeof(command),
		 "rmmod brd && insmod /lib/modules/$(uname -r)/brd.ko rd_nr=1 rd_size=%zu",
		 size / 1024);
	REQUIRE(system(command) == 0);
	fill(disk, 0);
}

struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[1024];
};

/* 0, or -1 and errno. */
static int control(unsigned long command, const char *name, struct request *request)
{
	int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	int ret, error;

	REQUIRE(fd >= 0);
	request->head.version[0] = DM_VERSION_MAJOR;
	request->head.data_size = sizeof(*request);
	request->head.data_start = offsetof(struct request, target);
	snprintf(request->head.name, sizeof(request->head.name), "%s", name);
	ret = ioctl(fd, command, request);
	error = errno;
	close(fd);
	errno = error;
	return ret;
}

void dm_key(uint8_t *key, size_t keylen)
{
	for (size_t i = 0; i < keylen; i++)
		key[i] = (uint8_t)(i * 37 + 11);
}

void dm_hex_key(char *hex, size_t keylen)
{
	uint8_t bytes[DM_MAX_KEY];

	dm_key(bytes, keylen);
	for (size_t i = 0; i < keylen; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

static int activate(const char *name, const char *type, size_t size, const char *parameters)
{
	struct request table = { .head.flags = 0 }, resume = { .head.flags = 0 };

	table.head.target_count = 1;
	table.target.length = size / SECTOR;
	strcpy(table.target.target_type, type);
	snprintf(table.parameters, sizeof(table.parameters), "%s", parameters);
	return control(DM_TABLE_LOAD, name, &table) ? -1 : control(DM_DEV_SUSPEND, name, &resume);
}

int dm_map(const char *name, const char *type, size_t size, const char *parameters)
{
	struct request create = { .head.flags = 0 }, remove = { .head.flags = 0 };
	char path[32];
	int fd, error;

	REQUIRE(control(DM_DEV_CREATE, name, &create) == 0);
	if (activate(name, type, size, parameters)) {
		error = errno;
		REQUIRE(control(DM_DEV_REMOVE, name, &remove) == 0);
		errno = error;
		return -1;
	}
	snprintf(path, sizeof(path), "/dev/dm-%u", minor(create.head.dev));
	fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	REQUIRE(fd >= 0);
	return fd;
}

int dm_open(const char *name, const char *cipher, size_t keylen)
{
	char key[2 * DM_MAX_KEY + 1], parameters[512];

	dm_hex_key(key, keylen);
	snprintf(parameters, sizeof(parameters), "%s %s 0 %s 0", cipher, key, disk);
	return dm_map(name, "crypt", disk_size, parameters);
}

const char *dm_path(int fd)
{
	static char path[32];
	struct stat info;

	REQUIRE(fstat(fd, &info) == 0);
	snprintf(path, sizeof(path), "/dev/dm-%u", minor(info.st_rdev));
	return path;
}

/* Who looks at new disks may still have it open. */
void dm_close(const char *name, int fd)
{
	struct request request = { .head.flags = 0 };
	int tries, ret = -1;

	close(fd);
	for (tries = 0; ret && tries < 100; tries++) {
		memset(&request, 0, sizeof(request));
		ret = control(DM_DEV_REMOVE, name, &request);
		if (ret)
			usleep(50 * 1000);
	}
	REQUIRE(ret == 0);
}
