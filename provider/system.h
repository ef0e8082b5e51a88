/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the provider asks of the system, and tests put something else in place of. */
#ifndef VC_SYSTEM_H
#define VC_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

/* Which file a descriptor is open for: the same as long as it is open. */
struct vc_identity {
	uint64_t filesystem, inode, device;
};

/* A descriptor that is closed on exec, or -1. */
int vc_system_open(const char *path);

/* Returns 0 or an errno. */
int vc_system_ioctl(int fd, unsigned long number, void *argument);

/* False if the descriptor is open for none. */
bool vc_system_identify(int fd, struct vc_identity *identity);

void vc_system_close(int fd);

#endif /* VC_SYSTEM_H */
