# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# The backends: a row for each.  A row is all that a new one needs beside its source
# (docs/hacking.md): libraries, pkg-config and CMake files, <vcrypto/backends.h>, QEMU's property
# "backend", vcrypto-kat and the tests follow from it.
#
#	vcrypto_backend(NAME TEXT
#		SOURCES ...	files in this folder
#		OPTIONAL	option VCRYPTO_NAME can turn it off
#		DEFAULT ON|OFF	of that option; ON if not given
#		ON NAME		a backend of a row above that it calls; what that is made of,
#			it is made of, too
#		LIBS ...	CMake targets of what it is made of
#		NEEDS ...	the same as pkg-config names it, "libcrypto >= 3.0": each
#			one package with a version
#		FIND ...	how find_package() finds LIBS for others, if they are not
#			PkgConfig::..., which NEEDS finds
#		PREFERRED	comes before the rows above
#		TESTED)		the unit tests of all cryptography run on it
#
# NAME is what vcrypto_backend_NAME and the member name say.  The first that is built is what
# everything takes that is not told: QEMU's devices, vcryptod, tests, benchmarks.

# What is found; a part (cmake/parts.cmake) says which of them are built.
find_package(OpenSSL 3.0 QUIET GLOBAL COMPONENTS Crypto SSL)
# Nettle 4.0 has other digest functions.
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
	pkg_check_modules(NETTLE QUIET IMPORTED_TARGET GLOBAL nettle>=3.8 nettle<4)
endif()
find_path(IPSEC_MB_HEADER intel-ipsec-mb.h)
mark_as_advanced(IPSEC_MB_HEADER)
set(others_default OFF)
if(PROJECT_IS_TOP_LEVEL)
	set(others_default AUTO)
endif()
vcrypto_part(VCRYPTO_LIBCRYPTO "backend libcrypto" DEFAULT AUTO NEEDS OPENSSL_FOUND libssl-dev)
vcrypto_part(VCRYPTO_NETTLE "backend nettle" DEFAULT ${others_default} NEEDS NETTLE_FOUND nettle-dev)
set(without ${vcrypto_linux})
if(NOT VCRYPTO_LIBCRYPTO)
	set(without WITHOUT "VCRYPTO_LIBCRYPTO=OFF")
endif()
vcrypto_part(VCRYPTO_IPSEC_MB "backend ipsec_mb" DEFAULT ${others_default} ${without}
	NEEDS IPSEC_MB_HEADER libipsec-mb-dev OPENSSL_FOUND libssl-dev)
set(VCRYPTO_MIXED ${VCRYPTO_IPSEC_MB})
vcrypto_part(VCRYPTO_HOSTDEV "backend hostdev" DEFAULT AUTO ${vcrypto_linux})

vcrypto_backend(libcrypto
	"OpenSSL's libcrypto, 3.0 or later, through EVP.  The program may use libcrypto in the
 * same thread: what a lane does leaves nothing in the thread's error queue, and what is
 * in there, marks too, stays.  (The queue holds few errors, 15 in OpenSSL 3.0.  If it
 * is full, the oldest may be lost.)"
	SOURCES libcrypto.c libcrypto-ccm.c libcrypto-jobs.c libcrypto-keys.c libcrypto-session.c
		libcrypto-xts.c
	OPTIONAL LIBS OpenSSL::Crypto NEEDS "libcrypto >= 3.0" FIND OpenSSL 3.0 COMPONENTS Crypto
	TESTED)

vcrypto_backend(ipsec_mb
	"Intel's multi-buffer library, 1.3 or 2.0, beside libcrypto: AES-CBC, -CTR and -GCM and HMAC
 * with SHA-1 and SHA-2, whole messages in one piece.  It is opened with the lane; where it is
 * missing, and for all else, it is libcrypto.  Also slower things are done by it: see mixed."
	SOURCES ipsec_mb.c ipsec_mb-jobs.c ipsec_mb-session.c
	OPTIONAL ON libcrypto TESTED)

vcrypto_backend(mixed
	"The same, but each job is done by the library that is faster for its algorithm, length and
 * company: docs/performance.md.  So it is the preferred one."
	SOURCES mixed.c
	OPTIONAL ON ipsec_mb PREFERRED TESTED)

vcrypto_backend(nettle
	"Nettle, 3.8 or a later 3: LGPLv3+ or GPLv2+, for those who may not link OpenSSL into a
 * GPLv2 program."
	SOURCES nettle.c nettle-aead.c nettle-jobs.c
	OPTIONAL LIBS PkgConfig::NETTLE NEEDS "nettle >= 3.8" "nettle < 4" TESTED)

# No library behind it, only the kernel; the header is the project's own.
vcrypto_backend(hostdev
	"The host's own /dev/crypto, whatever is behind it (Linux)."
	SOURCES hostdev.c hostdev-hash.c
	OPTIONAL)
if(TARGET vcrypto_hostdev_objects)
	target_include_directories(vcrypto_hostdev_objects
		PRIVATE ${PROJECT_SOURCE_DIR}/guest-adapter/include)
endif()

# Always last, so that nobody gets it without asking.
vcrypto_backend(null
	"No cryptography: offers every algorithm that the core supports.  Ciphers copy source to
 * destination, digests are zeros.  For tests, and to measure everything but the
 * cryptography.  Never use it for data that matters."
	SOURCES null.c)
