// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A file lives as long as the provider, so a pointer to one is always good; its descriptor is
 * closed when its device has gone and its last session as well.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "system.h"

#define PAUSE 1000	/* milliseconds between two attempts to open what is not there */

struct vc_file {
	struct vc_file *next;
	unsigned int process;
	atomic_int fd;		/* -1: closed, or no longer ours */
	atomic_uint users;	/* sessions, and who wants to open one */
	atomic_bool dead;
	struct vc_identity identity;
};

static size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

bool vc_device_start(struct vc_device *device, const char *path)
{
	void *mark = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mark == MAP_FAILED)
		return false;
	if (madvise(mark, page(), MADV_WIPEONFORK)) {
		munmap(mark, page());
		return false;
	}
	device->path = path;
	device->mark = mark;
	return true;
}

/*
 * A number that no process has from which this one descends.  Also when two threads find
 * the mark wiped, and when one of them has forked before the other goes on.
 */
static unsigned int this_process(struct vc_device *device)
{
	unsigned int mark = atomic_load(device->mark), fresh;

	if (mark)
		return mark;
	fresh = atomic_fetch_add(&device->last_mark, 1) + 1;
	return atomic_compare_exchange_strong(device->mark, &mark, fresh) ? fresh : mark;
}

/* The program may have closed it, and the number may be another file's: of that nobody tells us. */
static void shut(struct vc_file *file)
{
	int fd = atomic_exchange(&file->fd, -1);
	struct vc_identity now;

	if (fd >= 0 && vc_system_identify(fd, &now) &&
	    !memcmp(&now, &file->identity, sizeof(now)))
		vc_system_close(fd);
}

static void drop(struct vc_file *file)
{
	if (atomic_fetch_sub(&file->users, 1) == 1 && atomic_load(&file->dead))
		shut(file);
}

void vc_device_stop(struct vc_device *device)
{
	struct vc_file *file = atomic_load(&device->file), *next;

	for (; file; file = next) {
		next = file->next;
		if (file->process == this_process(device))
			shut(file);
		free(file);
	}
	munmap(device->mark, page());
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Behind @newest, which is what somebody has found too old; NULL if there is no device. */
static struct vc_file *open_file(struct vc_device *device, struct vc_file *newest)
{
	struct vc_file *file;
	int fd;

	if (now() < atomic_load(&device->next_try))
		return NULL;
	fd = vc_system_open(device->path);
	file = fd < 0 ? NULL : calloc(1, sizeof(*file));
	if (!file || !vc_system_identify(fd, &file->identity)) {
		free(file);
		if (fd >= 0)
			vc_system_close(fd);
		atomic_store(&device->next_try, now() + PAUSE);
		return NULL;
	}
	file->next = newest;
	file->process = this_process(device);
	atomic_init(&file->fd, fd);
	if (atomic_compare_exchange_strong(&device->file, &newest, file))
		return file;
	/* Another thread was faster. */
	vc_system_close(fd);
	free(file);
	return newest;
}

/* This process's, with one more user, or NULL. */
static struct vc_file *take(struct vc_device *device)
{
	struct vc_file *file = atomic_load(&device->file);

	if (!file || file->process != this_process(device) || atomic_load(&file->dead))
		file = open_file(device, file);
	if (!file)
		return NULL;
	atomic_fetch_add(&file->users, 1);
	if (!atomic_load(&file->dead))
		return file;
	drop(file);
	return NULL;
}

static int ask(struct vc_file *file, unsigned long number, void *argument)
{
	int fd = atomic_load(&file->fd), error = fd < 0 ? ENODEV :
		 vc_system_ioctl(fd, number, argument);

	/* Programs that become daemons close all descriptors; another file may have it. */
	if (error == EBADF || error == ENOTTY)
		atomic_store(&file->fd, -1);
	if (error == EBADF || error == ENOTTY || error == ENODEV)
		atomic_store(&file->dead, true);
	return error;
}

int vc_session_open(struct vc_device *device, struct vc_session *session, struct session_op *op)
{
	struct vc_file *file = take(device);
	int error = file ? ask(file, CIOCGSESSION, op) : ENODEV;

	if (!error)
		*session = (struct vc_session) { file, op->ses };
	else if (file)
		drop(file);
	return error;
}

void vc_session_close(struct vc_device *device, struct vc_session *session)
{
	struct vc_file *file = session->file;

	session->file = NULL;
	if (!file || file->process != this_process(device))
		return;
	if (!atomic_load(&file->dead))
		(void)ask(file, CIOCFSESSION, &session->number);
	drop(file);
}

bool vc_session_usable(struct vc_device *device, const struct vc_session *session)
{
	return session->file && session->file->process == this_process(device) &&
	       !atomic_load(&session->file->dead);
}

bool vc_session_ready(struct vc_device *device, struct vc_session *session, struct session_op *op)
{
	if (vc_session_usable(device, session))
		return true;
	vc_session_close(device, session);
	return !vc_session_open(device, session, op);
}

int vc_session_ioctl(struct vc_session *session, unsigned long number, void *argument)
{
	return ask(session->file, number, argument);
}

int vc_session_copy_hash(struct vc_session *to, const struct vc_session *from)
{
	struct cphash_op op = { .dst_ses = to->number, .src_ses = from->number };

	return to->file == from->file ? ask(to->file, CIOCCPHASH, &op) : ENODEV;
}
