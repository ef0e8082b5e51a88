/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways in which a device loses all that it has been told, while a program has
 * open files: the machine sleeps, the device fails and is reset, or it forgets
 * without a word.
 */
#ifndef LOSE_H
#define LOSE_H

#include <stdbool.h>

#include "check.h"

/*
 * By name: "freeze", "mem" and "disk" are sleeps of the machine, as far as they
 * go with devices that come back at once (--sleep of vm.sh).  "broken" has the
 * device find its ring destroyed (iomem=relaxed, see async.h).  "forget" and "fail"
 * are done by the host, for programs that tests/faults.sh runs; and "migrate" for
 * those of tests/migrate.sh, which has another QEMU go on with the machine.
 */
void lose(const char *way);

/* False if the kernel or the machine has no such way; notes why. */
bool lose_can(const char *way);

/* Whether all processes stand still meanwhile, so that no call can be waiting. */
bool lose_sleeps(const char *way);

/* The way of the cases that lose_main() runs. */
extern const char *lose_way;

/* Runs all @cases once for each way that there is; returns the program's exit status. */
int lose_main(int ways, char **names, const struct check_case *cases, size_t count);

#endif /* LOSE_H */
