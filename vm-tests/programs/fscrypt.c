// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An encrypted folder of ext4 with the device's ciphers: what is written comes back, counters
 * say what the device has done of it, and without the module the kernel's software reads the
 * same.  Names are always the device's.  Contents are where the kernel's fscrypt takes drivers
 * of devices for them, which it says in its log.
 *
 * usage: fscrypt IMAGE, which is an ext4 file system with the feature
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fscrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"

#define MOUNT "/mnt/disk"
#define FOLDER MOUNT "/secret"
#define FILES 30
#define LONGEST (256 * 1024)
#define NAME 64			/* bytes of a name, padded */

static const char *image;
static uint8_t text[LONGEST], back[LONGEST];
static size_t lengths[FILES];
static uint8_t identifier[FSCRYPT_KEY_IDENTIFIER_SIZE];

static void shell(const char *command)
{
	if (!CHECK_EQ(system(command), 0))
		check_note("%s", command);
}

static void mount_disk(void)
{
	char command[300];

	mkdir("/mnt", 0755);
	mkdir(MOUNT, 0755);
	snprintf(command, sizeof(command), "mount -t ext4 -o loop %s " MOUNT, image);
	shell(command);
}

/* The kernel derives a key of each file from it, and gives it a name. */
static void give_key(void)
{
	union {
		struct fscrypt_add_key_arg arg;
		uint8_t bytes[sizeof(struct fscrypt_add_key_arg) + 64];
	} key;
	int fd = open(MOUNT, O_RDONLY | O_CLOEXEC);

	REQUIRE(fd >= 0);
	memset(&key, 0, sizeof(key));
	key.arg.key_spec.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER;
	key.arg.raw_size = 64;
	dev_fill(key.arg.raw, 64, 5);
	REQUIRE(ioctl(fd, FS_IOC_ADD_ENCRYPTION_KEY, &key) == 0);
	memcpy(identifier, key.arg.key_spec.u.identifier, sizeof(identifier));
	close(fd);
}

/* The key is forgotten with the mount; the module is no longer in use. */
static void unmount_disk(void)
{
	shell("umount " MOUNT);
}

static void make_folder(void)
{
	struct fscrypt_policy_v2 policy = {
		.version = FSCRYPT_POLICY_V2,
		.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS,
		.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS,
		.flags = FSCRYPT_POLICY_FLAGS_PAD_32,
	};
	int fd;

	REQUIRE(mkdir(FOLDER, 0700) == 0);
	fd = open(FOLDER, O_RDONLY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	memcpy(policy.master_key_identifier, identifier, sizeof(identifier));
	REQUIRE(ioctl(fd, FS_IOC_SET_ENCRYPTION_POLICY, &policy) == 0);
	close(fd);
}

static void path_of(size_t i, char path[100])
{
	snprintf(path, 100, FOLDER "/a rather long name of a file, number %zu", i);
}

static void write_files(void)
{
	char path[100];
	size_t i;
	int fd;

	for (i = 0; i < FILES; i++) {
		lengths[i] = 1 + (size_t)rand() % LONGEST;
		dev_fill(text, lengths[i], (uint32_t)i);
		path_of(i, path);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		REQUIRE(fd >= 0);
		REQUIRE(write(fd, text, lengths[i]) == (ssize_t)lengths[i]);
		CHECK_OK(fsync(fd));
		close(fd);
	}
}

static void read_files(void)
{
	char path[100];
	size_t i;
	int fd;

	for (i = 0; i < FILES; i++) {
		path_of(i, path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (!CHECK(fd >= 0))
			continue;
		dev_fill(text, lengths[i], (uint32_t)i);
		memset(back, 0, lengths[i]);
		CHECK_EQ(read(fd, back, LONGEST), lengths[i]);
		CHECK_MEM(back, text, lengths[i]);
		close(fd);
	}
}

/* Who has the contents, in the kernel's words. */
static bool log_has(const char *text_of_log)
{
	static char log[1 << 20];
	int len = klogctl(3, log, sizeof(log) - 1);

	REQUIRE(len > 0);
	log[len] = '\0';
	return strstr(log, text_of_log);
}

/* What the device has to have done at least, of all that was written or read. */
static long long bytes_due(void)
{
	long long sum = 0;

	for (size_t i = 0; i < FILES; i++)
		sum += log_has("AES-256-XTS using implementation \"vcrypto-") ?
		       (long long)lengths[i] : NAME;
	return sum;
}

static void by_device(void)
{
	long long before = dev_counter("bytes_in"), failures = dev_counter("failures");

	mount_disk();
	give_key();
	make_folder();
	write_files();
	CHECK(log_has("using implementation \"cts(vcrypto-cbc-aes)\""));
	CHECK(dev_counter("bytes_in") - before >= bytes_due());
	unmount_disk();
	mount_disk();
	give_key();
	before = dev_counter("bytes_in");
	read_files();
	CHECK(dev_counter("bytes_in") - before >= bytes_due());
	CHECK_EQ(dev_counter("failures"), failures);
	unmount_disk();
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

static void by_software(void)
{
	shell("rmmod vcrypto");
	CHECK_EQ(dev_counter("bytes_in"), -1);
	mount_disk();
	give_key();
	read_files();
	unmount_disk();
}

/* Without a key there are other names, and they cannot be opened. */
static void without_key(void)
{
	char path[100];

	mount_disk();
	path_of(0, path);
	CHECK_ERRNO(open(path, O_RDONLY | O_CLOEXEC), ENOENT);
	unmount_disk();
}

static const struct check_case cases[] = {
	{ "fscrypt's files come back, and the device has had its part", by_device },
	{ "without the key they are not there", without_key },
	{ "without the module the kernel's software reads them", by_software },
};

int main(int argc, char **argv)
{
	REQUIRE(argc == 2);
	image = argv[1];
	REQUIRE(afalg_wait(AFALG_LAST));
	srand(1);
	if (dev_kernel_since(7, 3))
		return check_skip("fscrypt of kernel 7.3 takes no drivers", 0);
	return check_main(cases, ARRAY_SIZE(cases));
}
