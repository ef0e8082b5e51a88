# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Shared by the scripts that try the OpenSSL provider, /provider/vcrypto.so. openssl.cnf is a
# configuration with it.

cat >/tmp/clients/openssl.cnf <<-END
	openssl_conf = main
	[main]
	providers = providers
	alg_section = algorithms
	[providers]
	default = default_section
	vcrypto = vcrypto_section
	[default_section]
	activate = 1
	[vcrypto_section]
	activate = 1
	module = /provider/vcrypto.so
	[algorithms]
	default_properties = ?provider=vcrypto
END
export OPENSSL_CONF=/tmp/clients/openssl.cnf
