/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* speed: what is measured, and who does it. */
#ifndef SPEED_H
#define SPEED_H

#include "tool.h"

/* What is to be done over and over. */
struct work {
	const struct arguments *arguments;
	const struct algorithm *algorithm;
	struct bytes key;
	size_t size;		/* of one call, bytes */
};

/* Of one thread. */
struct job {
	const struct work *work;
	double began;		/* when the call that call() has finished was begun */
	void *own;		/* the runner's */
};

/* Functions return 0 or an errno; EINVAL says that there is no such thing. */
struct runner {
	int (*open)(struct job *job);
	int (*call)(struct job *job);	/* until one call, of those under way, is finished */
	void (*close)(struct job *job);
};

extern const struct runner device_runner;	/* device_speed.c */
extern const struct runner async_runner;
extern const struct runner software_runner;	/* software.c */

struct rate {
	double calls;		/* a second; 0: the algorithm is not to be had in this size */
	double median, most, longest;	/* of a call, seconds; most: 99 of 100 are not longer */
};

/* measure.c: on all jobs' threads at once; ends the program if a call fails. */
struct rate measure(const struct work *work, const struct runner *runner);

#endif /* SPEED_H */
