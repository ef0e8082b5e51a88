#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds OpenSSL's engine "devcrypto", unmodified, for the OpenSSL of this machine. Distributions do not build
# it; their openssl and libcrypto load it nevertheless. So of OpenSSL's source package only this engine is
# compiled, and linked with the machine's libcrypto: seconds instead of minutes. So is OpenSSL's test of its algorithms,
# evp_test, which reads vectors.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=../../.ci/apt.sh
. "$VM_TESTS/../.ci/apt.sh"

usage()
{
	cat <<END
usage: build-openssl.sh

Makes build/openssl/devcrypto.so from the distribution's source package and guest-adapter/include, and evp_test there.
Compiles only what has changed. VCRYPTO_BUILD names another build folder.
END
}

# Each of these in one line: what is looked for, and the package that has it.
check_packages()
{
	local name package missing=()

	while read -r name package; do
		type -P "$name" >/dev/null || missing+=("$package")
	done <<-END
		gcc gcc
		ar binutils
		make make
		perl perl
		openssl openssl
		dpkg-source dpkg-dev
		flock util-linux
	END
	echo '#include <openssl/engine.h>' | gcc -E - >/dev/null 2>&1 || missing+=(libssl-dev)
	[ ${#missing[@]} -eq 0 ] || die "packages missing: apt-get install ${missing[*]}"
}

# quietly LOG COMMAND...: what it prints interests only if it fails.
quietly()
{
	"${@:2}" >"$1" 2>&1 || { tail -n 40 -- "$1" >&2; die "failed: $2 ... (all of it: $1)"; }
}

# The series of the machine's OpenSSL: within it the binary interface stays the same, as do the engines.
get_source()
{
	local codename series

	[ ! -e "$dir/src" ] || return 0
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	[ -n "$codename" ] || die "/etc/os-release does not name the distribution's release"
	series=$(openssl version | sed -En 's/^OpenSSL ([0-9]+\.[0-9]+\.).*/\1/p')
	[ -n "$series" ] || die "cannot understand '$(openssl version)'"
	say "fetching the source of OpenSSL ${series}x"
	apt_source "$dir/apt" "$codename" openssl "$series" "$dir/src"
	say "unpacked OpenSSL $apt_version; this machine has $(openssl version | cut -d ' ' -f 2)"
}

configure()
{
	local options=(shared enable-devcryptoeng no-tests "-I$include")

	if [ "$(cat -- "$dir/obj/configured-with" 2>/dev/null)" = "${options[*]}" ]; then
		return
	fi
	say "configuring"
	rm -rf -- "$dir/obj"
	mkdir -- "$dir/obj"
	cd -- "$dir/obj"
	quietly "$dir/configure.log" perl ../src/Configure "${options[@]}"
	# What the sources include, and make writes: the headers, mainly.
	quietly "$dir/generate.log" make build_generated
	echo "${options[*]}" >configured-with
}

# OpenSSL's own rule links the engine with -lcrypto, and would first build that. It is the machine's that is
# meant: -o has make believe that it is there.
build()
{
	cd -- "$dir/obj"
	say "compiling"
	quietly "$dir/depend.log" make depend
	quietly "$dir/make.log" make -o libcrypto.so engines/devcrypto.so
	cmp -s engines/devcrypto.so "$dir/devcrypto.so" || cp -- engines/devcrypto.so "$dir/devcrypto.so"
}

# Its Makefile has no tests, because they would want a libcrypto of their own.
build_test()
{
	local flags=(-O1 -w -DOPENSSL_SUPPRESS_DEPRECATED -I"$dir/obj/include" -I"$dir/obj") folder

	[ ! -e "$dir/evp_test" ] || return 0
	say "compiling evp_test"
	for folder in include apps/include .; do
		flags+=("-I$dir/src/$folder")
	done
	rm -rf -- "$dir/test"
	mkdir -- "$dir/test"
	cd -- "$dir/test"
	quietly "$dir/test.log" gcc "${flags[@]}" -c "$dir"/src/test/testutil/*.c "$dir/src/apps/lib/opt.c"
	quietly "$dir/test.log" ar rcs libtestutil.a ./*.o
	quietly "$dir/test.log" gcc "${flags[@]}" -o evp_test "$dir/src/test/evp_test.c" libtestutil.a -lcrypto
	mv -- evp_test "$dir/evp_test"
}

case ${1-} in
'') ;;
--help) usage; exit 0 ;;
*) bad_usage "unknown argument '$1'" ;;
esac

check_packages
dir=$BUILD/openssl
include=$(cd -- "$VM_TESTS/../guest-adapter/include" && pwd)
mkdir -p -- "$dir"
# Two at once would trip over each other.
exec 9>"$dir/lock"
flock 9
get_source
configure
build
build_test
say "ready: $dir/devcrypto.so, $dir/evp_test"
