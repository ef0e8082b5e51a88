// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define DRIVER "/sys/bus/virtio/drivers/vcrypto"

const char *dev_path = "/dev/crypto";

uint8_t *dev_unconst(const void *pointer)
{
	return (uint8_t *)(uintptr_t)pointer;
}

int dev_open(void)
{
	int fd = open(dev_path, O_RDWR | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

int dev_crioget(void)
{
	int fd = dev_open();
	uint32_t another;

	REQUIRE(ioctl(fd, CRIOGET, &another) == 0);
	REQUIRE(close(fd) == 0);
	return (int)another;
}

uint32_t dev_session(int fd, struct session_op *session)
{
	REQUIRE(ioctl(fd, CIOCGSESSION, session) == 0);
	return session->ses;
}

uint32_t dev_cipher(int fd, uint32_t cipher, const void *key, uint32_t keylen)
{
	struct session_op session = {
		.cipher = cipher,
		.key = dev_unconst(key),
		.keylen = keylen,
	};

	return dev_session(fd, &session);
}

uint32_t dev_hash(int fd, uint32_t mac, const void *mackey, uint32_t mackeylen)
{
	struct session_op session = {
		.mac = mac,
		.mackey = dev_unconst(mackey),
		.mackeylen = mackeylen,
	};

	return dev_session(fd, &session);
}

struct session_op dev_session_op(uint32_t cipher, const void *key, uint32_t keylen, uint32_t mac,
				 const void *mackey, uint32_t mackeylen)
{
	return (struct session_op){
		.cipher = cipher,
		.keylen = keylen,
		.key = dev_unconst(key),
		.mac = mac,
		.mackeylen = mackeylen,
		.mackey = dev_unconst(mackey),
	};
}

int dev_try_session(int fd, uint32_t cipher, const void *key, uint32_t keylen, uint32_t mac,
		    const void *mackey, uint32_t mackeylen)
{
	struct session_op session = dev_session_op(cipher, key, keylen, mac, mackey, mackeylen);

	return ioctl(fd, CIOCGSESSION, &session);
}

int dev_free(int fd, uint32_t ses)
{
	return ioctl(fd, CIOCFSESSION, &ses);
}

bool dev_offers_mac(int fd, uint32_t mac, uint32_t mackeylen)
{
	static const uint8_t key[64];
	struct session_op session = {
		.mac = mac, .mackeylen = mackeylen, .mackey = dev_unconst(key),
	};

	if (ioctl(fd, CIOCGSESSION, &session)) {
		check_note("SKIP MAC %u: not offered by the device", mac);
		return false;
	}
	return dev_free(fd, session.ses) == 0;
}

int dev_crypt(int fd, uint32_t ses, uint16_t op, const void *src, size_t len, void *dst, void *iv)
{
	struct crypt_op crypt = {
		.ses = ses,
		.op = op,
		.len = (uint32_t)len,
		.src = dev_unconst(src),
		.dst = dst,
		.iv = iv,
	};

	return ioctl(fd, CIOCCRYPT, &crypt);
}

int dev_digest(int fd, uint32_t ses, uint16_t flags, const void *src, size_t len, void *mac)
{
	struct crypt_op crypt = {
		.ses = ses,
		.op = COP_ENCRYPT,
		.flags = flags,
		.len = (uint32_t)len,
		.src = dev_unconst(src),
		.mac = mac,
	};

	return ioctl(fd, CIOCCRYPT, &crypt);
}

static long long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long long value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%lld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

long long dev_counter(const char *name)
{
	char pattern[256];
	long long sum = -1;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/bus/virtio/devices/virtio*/counters/%s", name);
	if (glob(pattern, 0, NULL, &found))
		return -1;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		long long value = read_number(found.gl_pathv[i]);

		if (value >= 0)
			sum = sum < 0 ? value : sum + value;
	}
	globfree(&found);
	return sum;
}

long long dev_counter_becomes(const char *name, long long value)
{
	long long now;

	for (int tries = 0; (now = dev_counter(name)) != value && tries < 200; tries++)
		usleep(10000);
	return now;
}

/* Each processor counts for itself, and tells the others now and then; root can ask for it. */
static void refresh_vmstat(void)
{
	int file = open("/proc/sys/vm/stat_refresh", O_RDONLY | O_CLOEXEC);
	char nothing;

	if (file < 0)
		return;
	REQUIRE(read(file, &nothing, 1) == 0);
	close(file);
}

/* A line of /proc/vmstat. */
static long long vmstat(const char *name)
{
	FILE *file = fopen("/proc/vmstat", "re");
	char found[64];
	long long value, result = -1;

	REQUIRE(file);
	while (fscanf(file, "%63s %lld", found, &value) == 2)
		if (!strcmp(found, name))
			result = value;
	fclose(file);
	REQUIRE(result >= 0);
	return result;
}

long long dev_pinned_ever(void)
{
	refresh_vmstat();
	return vmstat("nr_foll_pin_acquired");
}

long long dev_pinned_now(void)
{
	long long acquired = dev_pinned_ever();

	return acquired - vmstat("nr_foll_pin_released");
}

long long dev_pinned_pages_become(long long value)
{
	long long now;

	for (int tries = 0; (now = dev_pinned_now()) != value && tries < 200; tries++)
		usleep(10000);
	return now;
}

static void write_1(const char *path)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	REQUIRE(file >= 0);
	REQUIRE(write(file, "1", 1) == 1);
	close(file);
}

/* The PCI device's folder is the one above the virtio device's. */
void dev_unplug(void)
{
	char path[PATH_MAX];
	glob_t found;

	REQUIRE(glob(DRIVER "/virtio*/../remove", 0, NULL, &found) == 0);
	REQUIRE(realpath(found.gl_pathv[0], path));
	globfree(&found);
	write_1(path);
}

void dev_rescan(void)
{
	write_1("/sys/bus/pci/rescan");
	for (int tries = 0; tries < 200 && access("/dev/cryptodev0", F_OK); tries++)
		usleep(10000);
	CHECK_OK(access("/dev/cryptodev0", F_OK));
}

int dev_tell_driver(const char *what)
{
	static char name[32];
	char path[64];
	glob_t found;
	int file, error = 0;

	if (!*name) {
		REQUIRE(glob(DRIVER "/virtio*", 0, NULL, &found) == 0);
		snprintf(name, sizeof(name), "%s", strrchr(found.gl_pathv[0], '/') + 1);
		globfree(&found);
	}
	snprintf(path, sizeof(path), DRIVER "/%s", what);
	file = open(path, O_WRONLY | O_CLOEXEC);
	REQUIRE(file >= 0);
	if (write(file, name, strlen(name)) < 0)
		error = errno;
	close(file);
	return error;
}

/* xorshift32 */
void dev_fill(void *memory, size_t length, uint32_t seed)
{
	uint8_t *bytes = memory;
	uint32_t x = seed * 2654435761u | 1;

	for (size_t i = 0; i < length; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		bytes[i] = (uint8_t)(x >> 24);
	}
}

bool dev_kernel_since(int major, int minor)
{
	struct utsname name;
	int its_major, its_minor;

	REQUIRE(uname(&name) == 0);
	REQUIRE(sscanf(name.release, "%d.%d", &its_major, &its_minor) == 2);
	return its_major > major || (its_major == major && its_minor >= minor);
}

long long dev_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}
