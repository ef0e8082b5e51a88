/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The version of the library.  It stands in these three lines; builds, pkg-config
 * and CMake files take it from here.
 */
#ifndef VCRYPTO_VERSION_H
#define VCRYPTO_VERSION_H

/* Raised by what breaks callers, by what they can use, and by what only mends. */
#define VCRYPTO_VERSION_MAJOR 0
#define VCRYPTO_VERSION_MINOR 1
#define VCRYPTO_VERSION_PATCH 0

/*
 * Versions as numbers that the preprocessor can compare:
 *
 *	#if VCRYPTO_VERSION >= VCRYPTO_VERSION_NUMBER(0, 2, 0)
 */
#define VCRYPTO_VERSION_NUMBER(major, minor, patch) \
	((major) * 1000000L + (minor) * 1000L + (patch))
#define VCRYPTO_VERSION \
	VCRYPTO_VERSION_NUMBER(VCRYPTO_VERSION_MAJOR, VCRYPTO_VERSION_MINOR, VCRYPTO_VERSION_PATCH)

/* The same as text, "major.minor.patch". */
#define VCRYPTO_VERSION_QUOTE_(major, minor, patch) #major "." #minor "." #patch
#define VCRYPTO_VERSION_TEXT_(major, minor, patch) VCRYPTO_VERSION_QUOTE_(major, minor, patch)
#define VCRYPTO_VERSION_STRING \
	VCRYPTO_VERSION_TEXT_(VCRYPTO_VERSION_MAJOR, VCRYPTO_VERSION_MINOR, VCRYPTO_VERSION_PATCH)

#endif /* VCRYPTO_VERSION_H */
