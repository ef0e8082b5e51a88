# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2317 # check() calls functions by their names
#
# The engine accepts the device, and is loaded in each of the ways that there are.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

available() { openssl engine -t devcrypto && openssl engine -t devcrypto | grep -Fq '[ available ]'; }

# By default the engine offers only what the device's CIOCGSESSINFO calls hardware, and hashes only if
# CIOCCPHASH works.
lists()
{
	openssl engine -c devcrypto >list && cat list || return
	for algorithm; do
		grep -Eq "[[ ]${algorithm}[],]" list || { echo "$algorithm is not in the list"; return 1; }
	done
}

describes()
{
	openssl engine -pre DUMP_INFO devcrypto >info 2>&1 && cat info || return
	grep -Eq 'AES-128-CBC.*driver=[a-z0-9-]+ \(hw accelerated\)' info &&
		grep -Eq 'SHA256.*driver=[a-z0-9-]+ \(hw accelerated\), CIOCCPHASH capable' info
}

# A program that knows nothing of engines: its configuration does.
configured()
{
	cat >openssl.cnf <<-END
		openssl_conf = main
		[main]
		engines = engines
		[engines]
		devcrypto = device
		[device]
		default_algorithms = ALL
	END
	OPENSSL_CONF=$PWD/openssl.cnf openssl dgst -r -sha256 /bin/busybox >digest &&
		sha256sum /bin/busybox | cut -c 1-64 >expected &&
		cut -c 1-64 digest | cmp - expected
}

# Reading the counters is a request too.
not_asked()
{
	before=$(counter sessions_created)
	openssl dgst -sha256 /bin/busybox && [ "$(counter sessions_created)" = "$before" ]
}

check "the engine finds the device available" available
check "it offers all AES modes that it knows" lists \
	AES-128-CBC AES-192-CBC AES-256-CBC AES-128-CTR AES-192-CTR AES-256-CTR AES-128-ECB AES-192-ECB AES-256-ECB
check "it offers Triple DES and Camellia" lists DES-EDE3-CBC CAMELLIA-128-CBC CAMELLIA-192-CBC CAMELLIA-256-CBC
check "it offers MD5, SHA-1, SHA-2 and RIPEMD-160" lists MD5 SHA1 SHA224 SHA256 SHA384 SHA512 RIPEMD160
check "it believes the device to be accelerated, with hash states that can be copied" describes
check "a configuration file loads it into a program that does not ask for it" \
	device_reads 100000 configured
check "without the engine the device is not asked" not_asked
finish
