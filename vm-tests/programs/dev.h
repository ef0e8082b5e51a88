/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Short forms of the ioctls for the test programs.  The functions that open or
 * create something end the program if that fails; the others return what
 * ioctl() does.
 */
#ifndef DEV_H
#define DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <crypto/cryptodev.h>

/* What dev_open() opens; /dev/crypto unless set. */
extern const char *dev_path;

int dev_open(void);
/* The file as old clients open it: by CRIOGET on a file that is then closed. */
int dev_crioget(void);

/* Sessions; they return the id. */
uint32_t dev_session(int fd, struct session_op *session);
uint32_t dev_cipher(int fd, uint32_t cipher, const void *key, uint32_t keylen);
uint32_t dev_hash(int fd, uint32_t mac, const void *mackey, uint32_t mackeylen);
struct session_op dev_session_op(uint32_t cipher, const void *key, uint32_t keylen, uint32_t mac,
				 const void *mackey, uint32_t mackeylen);
/* CIOCGSESSION, with its answer: 0, or -1 and errno. */
int dev_try_session(int fd, uint32_t cipher, const void *key, uint32_t keylen, uint32_t mac,
		    const void *mackey, uint32_t mackeylen);
int dev_free(int fd, uint32_t ses);
/* Whether a session of the MAC can be had; if not, says SKIP. */
bool dev_offers_mac(int fd, uint32_t mac, uint32_t mackeylen);

/* CIOCCRYPT with flags 0 and without a digest. */
int dev_crypt(int fd, uint32_t ses, uint16_t op, const void *src, size_t len, void *dst, void *iv);
/* CIOCCRYPT of a session with a hash and no cipher. */
int dev_digest(int fd, uint32_t ses, uint16_t flags, const void *src, size_t len, void *mac);

/*
 * A counter of the devices, /sys/bus/virtio/devices/virtio?/counters/NAME, as a
 * sum over all devices; -1 if there is none.
 */
long long dev_counter(const char *name);
/* Waits up to two seconds, because the guest frees without waiting. */
long long dev_counter_becomes(const char *name, long long value);

/* Pages that drivers hold at present; the second one waits likewise until they are @value. */
long long dev_pinned_now(void);
long long dev_pinned_pages_become(long long value);
/* Pages that drivers have ever taken hold of; exact if asked by root. */
long long dev_pinned_ever(void);

/*
 * Takes the first device out of the machine.  Nothing but a rescan makes it come
 * back, with its nodes; for both one must be root.
 */
void dev_unplug(void);
void dev_rescan(void);
/*
 * Has the driver leave the device that came first when this was first called ("unbind"), or take
 * it again ("bind").  0, or an errno.
 */
int dev_tell_driver(const char *what);

/* The structures have pointers to non-const data that nobody changes. */
uint8_t *dev_unconst(const void *pointer);

/* Reproducible bytes that look random. */
void dev_fill(void *memory, size_t length, uint32_t seed);

/* Milliseconds since some moment. */
long long dev_milliseconds(void);
/* Whether the kernel is @major.@minor or later, as uname() says. */
bool dev_kernel_since(int major, int minor);

#endif /* DEV_H */
