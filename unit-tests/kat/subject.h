/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which algorithm a file is about that has no field for it. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "kat.h"

struct subject {
	struct algorithm algorithm;
	bool said;		/* something names one; otherwise the algorithm is empty */
	bool several;		/* different ones are named: nothing of it counts */
	bool monte;
};

/*
 * What counts, in this order: @wanted, from the user, or NULL; a comment of
 * NIST's form; the file's own name; a comment that begins with a name ("# SEED
 * CFB vectors"); the folder that the file is in.  What comes later only adds what
 * is missing, as a mode, and is otherwise without effect; comments that contradict
 * each other have none at all.  A name in the middle of a sentence means nothing:
 * it may be what the vectors were derived from.
 */
void kat_subject(struct subject *subject, const char *comments, const char *path,
		 const char *wanted);

/* Counts a vector of a subject that cannot run, whatever the vector is; false: it may. */
bool kat_skip_subject(struct kat *kat, const struct subject *subject);

#endif /* SUBJECT_H */
