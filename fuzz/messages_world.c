// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The daemon's files are compiled with other names for the system calls that they make; these
 * are here.  A file that is closed twice, or a mapping that is not one, ends the input.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "messages_world.h"

struct world world;
static uint8_t memory[FILE_BYTES] __attribute__((aligned(4096)));
static uint8_t notes[FILE_BYTES] __attribute__((aligned(4096)));

int fuzz_close(int fd);
int fuzz_fcntl(int fd, int command, int seals);
int fuzz_memfd_create(const char *name, unsigned int flags);
int fuzz_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *about);
void *fuzz_mmap(void *at, size_t len, int access, int flags, int fd, off_t offset);
int fuzz_munmap(void *at, size_t len);
ssize_t fuzz_write(int fd, const void *bytes, size_t len);
ssize_t fuzz_read(int fd, void *to, size_t len);
ssize_t fuzz_sendmsg(int fd, const struct msghdr *from, int flags);
ssize_t fuzz_recvmsg(int fd, struct msghdr *into, int flags);
long fuzz_syscall(long number, ...);

void world_reset(void)
{
	memset(world.files, 0, world.used * sizeof(world.files[0]));
	memset(&world.used, 0, offsetof(struct world, made.keys) - offsetof(struct world, used));
}

uint8_t *world_memory(void)
{
	return memory;
}

uint8_t *world_notes(void)
{
	return notes;
}

int world_open(enum file kind)
{
	CHECK(world.used < MOST_FDS);
	world.files[world.used] = kind;
	world.open++;
	return FIRST_FD + (int)world.used++;
}

enum file world_file(int fd)
{
	CHECK(fd >= FIRST_FD && fd < FIRST_FD + (int)world.used);
	return world.files[fd - FIRST_FD];
}

int fuzz_close(int fd)
{
	if (fd == SOCKET_FD)
		return 0;
	CHECK(world_file(fd) != FILE_CLOSED);
	world.files[fd - FIRST_FD] = FILE_CLOSED;
	world.open--;
	return 0;
}

int fuzz_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *about)
{
	enum file kind = world_file(folder);
	bool mapped = kind == FILE_MEMORY || kind == FILE_NOTES;

	CHECK(flags == (AT_EMPTY_PATH | AT_STATX_DONT_SYNC));
	CHECK(kind != FILE_CLOSED && !*path && mask & STATX_TYPE);
	about->stx_mode = kind == FILE_SOCKET ? S_IFSOCK : mapped ? S_IFREG :
			  kind == FILE_PIPE ? S_IFIFO : 0;
	about->stx_size = mapped ? FILE_BYTES : 0;
	about->stx_blksize = 4096;
	return 0;
}

/* A file of ours, which only grows. */
int fuzz_memfd_create(const char *name, unsigned int flags)
{
	CHECK(*name && flags == (MFD_CLOEXEC | MFD_ALLOW_SEALING));
	world.filled = 0;
	world.sealed = false;
	return world_open(FILE_NOTES);
}

int fuzz_fcntl(int fd, int command, int seals)
{
	CHECK(world_file(fd) == FILE_NOTES && command == F_ADD_SEALS);
	CHECK((seals & (F_SEAL_GROW | F_SEAL_SHRINK)) == (F_SEAL_GROW | F_SEAL_SHRINK));
	world.sealed = true;
	return 0;
}

void *fuzz_mmap(void *at, size_t len, int access, int flags, int fd, off_t offset)
{
	bool other = world_file(fd) == FILE_NOTES;

	CHECK(!at && (other || world_file(fd) == FILE_MEMORY) && !(access & PROT_EXEC));
	CHECK(flags & MAP_SHARED && !(offset % 4096) && !(len % 4096));
	CHECK(offset >= 0 && (uint64_t)offset + len <= FILE_BYTES);
	world.mappings++;
	world.mapped += len;
	return (other ? notes : memory) + offset;
}

int fuzz_munmap(void *at, size_t len)
{
	const uint8_t *file = (uintptr_t)at - (uintptr_t)notes < FILE_BYTES ? notes : memory;

	CHECK((uint8_t *)at >= file && (uint8_t *)at + len <= file + FILE_BYTES);
	CHECK(world.mappings && world.mapped >= len);
	world.mappings--;
	world.mapped -= len;
	return 0;
}

/* What the input has said of a state's file. */
static ssize_t move_bytes(int fd, size_t len)
{
	CHECK(world_file(fd) == FILE_PIPE || world_file(fd) == FILE_SOCKET);
	CHECK(len && len <= 4096);
	if (world.io < 0) {
		errno = -world.io;
		return -1;
	}
	return (size_t)world.io < len ? world.io : (ssize_t)len;
}

ssize_t fuzz_read(int fd, void *to, size_t len)
{
	ssize_t n = move_bytes(fd, len);

	if (n > 0)
		memset(to, 0xa5, (size_t)n);
	return n;
}

ssize_t fuzz_write(int fd, const void *bytes, size_t len)
{
	if (world_file(fd) == FILE_PIPE || world_file(fd) == FILE_SOCKET) {
		CHECK(*(const uint8_t *)bytes == 0x5a && ((const uint8_t *)bytes)[len - 1] == 0x5a);
		return move_bytes(fd, len);
	}
	if (world_file(fd) == FILE_NOTES) {
		world.filled += len;
		return (ssize_t)len;
	}
	CHECK(bytes && len == 8 && world_file(fd) != FILE_CLOSED);
	if (world_file(fd) != FILE_BLOCKS)
		return 8;
	errno = EINTR;
	return -1;
}

ssize_t fuzz_sendmsg(int fd, const struct msghdr *from, int flags)
{
	const struct iovec *piece = from->msg_iov;

	CHECK(fd == SOCKET_FD && flags & MSG_DONTWAIT && from->msg_iovlen == 1);
	CHECK(piece->iov_len <= sizeof(world.reply));
	memcpy(world.reply, piece->iov_base, piece->iov_len);
	world.reply_len = piece->iov_len;
	world.reply_file = -1;
	if (from->msg_controllen) {
		CHECK(from->msg_controllen >= CMSG_LEN(sizeof(int)));
		memcpy(&world.reply_file, CMSG_DATA(CMSG_FIRSTHDR(from)), sizeof(int));
		CHECK(world_file(world.reply_file) == FILE_NOTES && world.sealed);
	}
	world.replies++;
	return (ssize_t)piece->iov_len;
}

static void put_files(struct msghdr *into)
{
	uint32_t room = into->msg_controllen ?
				(uint32_t)((into->msg_controllen - CMSG_LEN(0)) / sizeof(int)) : 0;
	uint32_t count = world.fd_count < room ? world.fd_count : room;
	struct cmsghdr *control = into->msg_control;
	uint32_t i;

	CHECK(room <= MESSAGE_FILES_SENT);
	into->msg_controllen = count ? CMSG_SPACE(count * sizeof(int)) : 0;
	if (count) {
		control->cmsg_level = SOL_SOCKET;
		control->cmsg_type = SCM_RIGHTS;
		control->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(control), world.fds, count * sizeof(int));
	}
	/* Those that find no room are gone, as with a kernel. */
	for (i = count; i < world.fd_count; i++)
		(void)fuzz_close(world.fds[i]);
	if (count < world.fd_count)
		into->msg_flags = MSG_CTRUNC;
	world.fd_count = 0;
}

ssize_t fuzz_recvmsg(int fd, struct msghdr *into, int flags)
{
	size_t len = into->msg_iov->iov_len;

	CHECK(fd == SOCKET_FD && flags & MSG_DONTWAIT && flags & MSG_CMSG_CLOEXEC && len);
	if (!world.left) {
		errno = EAGAIN;
		return -1;
	}
	len = len < world.left ? len : world.left;
	len = len < world.piece ? len : world.piece;
	memcpy(into->msg_iov->iov_base, world.bytes, len);
	into->msg_flags = 0;
	world.bytes += len;
	world.left -= len;
	if (world.fd_count && world.delivered + len > world.fds_after)
		put_files(into);
	else
		into->msg_controllen = 0;
	world.delivered += len;
	return (ssize_t)len;
}

long fuzz_syscall(long number, ...)
{
	va_list arguments;
	size_t len;

	CHECK(number == SYS_getrandom);
	va_start(arguments, number);
	memset(va_arg(arguments, void *), 7, sizeof(uint32_t));
	len = va_arg(arguments, size_t);
	va_end(arguments);
	CHECK(len == sizeof(uint32_t));
	return (long)len;
}

/* The loop, and those beside it. */

/* Counters are printed when a signal asks for them, and none does here. */
void say_always(const char *format, ...)
{
	(void)format;
	abort();
}

void say(uint32_t number, const char *format, ...)
{
	CHECK(number && format);
}

bool server_watch(const struct server *server, int fd, struct watch *watch, uint32_t events)
{
	CHECK(server && watch && events);
	if (fd != SOCKET_FD && world_file(fd) == FILE_DENIED)
		return false;
	world.watched++;
	return true;
}

bool server_watch_else(const struct server *server, int fd, struct watch *watch, uint32_t events)
{
	CHECK(server && watch && fd == SOCKET_FD && world.watched);
	CHECK(events == EPOLLIN || !events);
	return true;
}

void server_unwatch(const struct server *server, int fd)
{
	CHECK(server && (fd == SOCKET_FD || world_file(fd) != FILE_CLOSED) && world.watched);
	world.watched--;
}

/* Time passes between messages only: what takes long is none of what is looked for here. */
uint64_t turns_now(void)
{
	return (uint64_t)world.seconds * 1000000000u;
}

void turns_act(struct connection *connection, void (*act)(struct connection *))
{
	act(connection);
}

void server_enqueue(struct server *server, struct queue *queue)
{
	CHECK(server && queue->running && !queue->connection->postponed);
	CHECK(!queue->connection->ending);
	CHECK(queue->enabled || queue->connection->mode == MODE_SESSION);
}

/* What is given back is at once, and so counted after each message. */

struct remains *remains_new(struct server *server)
{
	return (struct remains *)(void *)server;
}

void remains_leave(struct remains *remains)
{
	CHECK(remains);
}

void remains_file(struct remains *remains, int file)
{
	CHECK(remains);
	(void)fuzz_close(file);
}

void remains_memory(struct remains *remains, void *base, size_t len)
{
	CHECK(remains);
	(void)fuzz_munmap(base, len);
}

bool remains_wait(struct remains *remains, bool maps)
{
	(void)maps;
	CHECK(remains);
	return false;
}

void *worker_take(size_t size)
{
	(void)size;
	abort();
}

void worker_put(struct worker *worker, struct client *client, struct answers *answers,
		struct vcrypto_virtio_job *job, void *owner, uint16_t head)
{
	(void)worker, (void)client, (void)answers, (void)job, (void)owner, (void)head;
	abort();
}

void worker_cancel(struct worker *worker, struct client *client, struct answers *answers,
		   const void *owner)
{
	(void)worker, (void)client, (void)answers, (void)owner;
	abort();
}

size_t vcrypto_serve_again(vcrypto_execute_fn execute, void *context, struct vcrypto_vring *ring,
			   struct vcrypto_batch *batch, const uint16_t *heads, size_t count)
{
	(void)execute, (void)context, (void)ring, (void)batch, (void)heads, (void)count;
	abort();
}

size_t vcrypto_serve_with(vcrypto_execute_fn execute, void *context,
			  struct vcrypto_vring *ring, struct vcrypto_batch *batch)
{
	(void)execute, (void)context, (void)ring, (void)batch;
	abort();
}
