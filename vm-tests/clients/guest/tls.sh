# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2317 # check() calls functions by their names
#
# TLS between OpenSSL's server and client, each with or without the engine, over the guest's loopback. /data has
# a certificate, its key, a file of bytes and one of lines.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# TLS 1.2 ciphers that the engine has: AES-CBC, and then a MAC over what was encrypted, which OpenSSL prefers,
# or before. With AES128-SHA that last order would be done by the processor in one step, without the engine.
# Of TLS 1.3 it has only the hash of the handshake.
aes128_sha="-tls1_2 -cipher AES128-SHA"
aes256_sha384="-tls1_2 -cipher ECDHE-RSA-AES256-SHA384"
mac_first="-tls1_2 -cipher ECDHE-RSA-AES256-SHA384 -no_etm"
tls13_sha256="-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256"
tls13_sha384="-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384"

port=4400

# start_server OPTION...: on the next port.
start_server()
{
	port=$((port + 1))
	(cd /data && exec openssl s_server -accept "127.0.0.1:$port" -cert cert.pem -key key.pem "$@") \
		>server.log 2>&1 </dev/null &
	server=$!
	wait_for_port "$port" || { cat server.log; return 1; }
}

# Fails if it has ended by itself in the meantime.
stop_server()
{
	kill "$server" || { cat server.log; return 1; }
	wait "$server"
	return 0
}

client() { openssl s_client -connect "127.0.0.1:$port" -CAfile /data/cert.pem -verify_return_error "$@"; }

same() { cmp "$1" "$2" || { cat client.log server.log; return 1; }; }

# engine_if WHO WORD: the option for the server or the client, if WHO names it.
engine_if()
{
	case $1 in
	"$2" | both) echo "-engine devcrypto" ;;
	esac
}

# download WHO OPTION...: a file, in records of 16 KiB. Options are words without spaces.
download()
{
	who=$1
	shift
	# shellcheck disable=SC2046 # no word, or two
	start_server $(engine_if "$who" server) -WWW || return
	# shellcheck disable=SC2046
	printf 'GET /plain.400001 HTTP/1.0\r\n\r\n' |
		client $(engine_if "$who" client) -quiet "$@" >answer 2>client.log ||
		{ cat client.log; stop_server; return 1; }
	stop_server || return
	tail -c 400001 answer >file
	same file /data/plain.400001
}

# echo_lines WHO OPTION...: the server sends each line back, reversed; many small records.
echo_lines()
{
	who=$1
	shift
	# shellcheck disable=SC2046
	start_server $(engine_if "$who" server) -rev -naccept 1 || return
	# shellcheck disable=SC2046
	(cat /data/lines; echo CLOSE) |
		client $(engine_if "$who" client) -quiet "$@" >answer 2>client.log ||
		{ cat client.log; stop_server; return 1; }
	wait "$server"
	rev /data/lines >expected
	same answer expected
}

# exchange LEAST WHO OPTION...: both; LEAST is how many bytes the device reads at least.
exchange()
{
	least=$1
	shift
	device_works "$least" download "$@" && device_works $((least / 40)) echo_lines "$@" && counter_becomes sessions 0
}

# device_works LEAST COMMAND...: as device_reads, with a note.
device_works()
{
	expected=$1
	shift
	sessions=$(counter sessions_created) requests=$(counter requests) bytes=$(counter bytes_in)
	"$@" || return
	sessions=$(($(counter sessions_created) - sessions)) bytes=$(($(counter bytes_in) - bytes))
	echo "note: $*: $(($(counter requests) - requests)) requests, $sessions sessions, $bytes bytes read"
	[ "$bytes" -ge "$expected" ] || { echo "expected at least $expected"; return 1; }
}

# A server's sessions last as long as their connections.
lasting_server()
{
	# shellcheck disable=SC2086 # several words
	start_server -engine devcrypto -rev $aes256_sha384 || return
	for _ in 1 2 3; do
		one_connection || return
	done
	before=$(counter sessions)
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		one_connection || return
	done
	after=$(counter sessions)
	stop_server && echo "note: sessions of a server after 3 connections: $before, after 13: $after" &&
		[ "$after" = "$before" ]
}

one_connection()
{
	# shellcheck disable=SC2086
	printf 'abc\nCLOSE\n' | client -quiet >answer 2>client.log && grep -qx cba answer &&
		sleep 0.2
}

notifications() { cat /sys/bus/virtio/devices/virtio*/queue_notifications | awk '{ sum += $1 } END { print sum + 0 }'; }

# notified COMMAND...: how often the device is notified meanwhile, in $notified.
notified()
{
	before=$(notifications)
	"$@" </dev/null >answer 2>client.log || { cat client.log; return 1; }
	notified=$(($(notifications) - before))
}

hundredths() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }

# A client's, beside what the engine asks when it is loaded. What carries no data back waits for what does, so one
# notification tells the device of several requests. Their clock, of twenty milliseconds, runs out now and then where the
# machine has other work.
handshake()
{
	notified openssl engine devcrypto || return
	# shellcheck disable=SC2086 # several words
	start_server -rev $aes256_sha384 || return
	loading=$notified begun=$(hundredths)
	# shellcheck disable=SC2086
	notified client -engine devcrypto $aes256_sha384 || return
	most=$((160 + ($(hundredths) - begun) / 2))
	stop_server
	echo "note: handshake: $((notified - loading)) notifications, and $loading when the engine is loaded"
	[ $((notified - loading)) -ge 20 ] && [ $((notified - loading)) -le "$most" ]
}

check "a handshake takes few notifications" handshake
for who in server client both; do
	# shellcheck disable=SC2086 # several words
	{
		check "TLS 1.2, AES128-SHA, engine: $who" exchange 400001 $who $aes128_sha
		check "TLS 1.2, ECDHE-RSA-AES256-SHA384, engine: $who" exchange 400001 $who $aes256_sha384
		check "TLS 1.3, TLS_AES_128_GCM_SHA256, engine: $who" exchange 1000 $who $tls13_sha256
		check "TLS 1.3, TLS_AES_256_GCM_SHA384, engine: $who" exchange 1000 $who $tls13_sha384
	}
done
# shellcheck disable=SC2086
check "TLS 1.2 without encrypt-then-MAC, engine: both" exchange 400001 both $mac_first
check "a server keeps no session of a connection that has ended" lasting_server
finish
