# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2317 # check() calls functions by their names
#
# TLS over the guest's loopback between programs that know nothing of the provider: OpenSSL's server and client, nginx
# and curl. /data has a certificate, its key, a file of bytes and one of lines.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=provider-lib.sh
. "${0%/*}/provider-lib.sh"

port=4400
input=/dev/null		# what a server sends of its own accord

# with WHO WORD COMMAND...: the command has the provider if WHO names it.
with()
{
	case $1 in
	"$2" | both) shift 2; "$@" ;;
	*) shift 2; OPENSSL_CONF=/dev/null "$@" ;;
	esac
}

serve()
{
	who=$1
	shift
	port=$((port + 1))
	(cd /data && with "$who" server exec openssl s_server -accept "127.0.0.1:$port" -cert cert.pem -key key.pem \
		-cipher ALL -ciphersuites "$suites" "$@") >server.log 2>&1 <"$input" &
	server=$!
	wait_for_port "$port" || { cat server.log; return 1; }
}

# What is not in s_server's default, too.
suites=TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256

# download WHO OPTION...: a file, in records of 16 KiB.
download()
{
	who=$1
	shift
	serve "$who" -WWW || return
	printf 'GET /plain.400001 HTTP/1.0\r\n\r\n' |
		with "$who" client openssl s_client -connect "127.0.0.1:$port" -CAfile /data/cert.pem \
			-verify_return_error -quiet "$@" >answer 2>client.log || { cat client.log; kill "$server"; return 1; }
	kill "$server"
	wait "$server"
	tail -c 400001 answer >file
	cmp file /data/plain.400001 || { cat client.log server.log; return 1; }
}

# exchange LEAST WHO OPTION...: LEAST is how many bytes the device reads at least.
exchange()
{
	least=$1
	shift
	requests=$(counter requests) bytes=$(counter bytes_in)
	download "$@" || return
	bytes=$(($(counter bytes_in) - bytes))
	echo "note: $* $(($(counter requests) - requests)) requests, $bytes bytes read"
	[ "$bytes" -ge "$least" ] || { echo "expected at least $least"; return 1; }
}

# receive WHO BYTES: a client has that many bytes of what the server is sent by fifo; it is not ended.
receive()
{
	with "$1" client exec openssl s_client -connect "127.0.0.1:$port" -CAfile /data/cert.pem -verify_return_error -quiet \
		-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384 >answer 2>client.log </dev/null &
	client=$!
	send 1 "$2"
}

# send FIRST BYTES: until the client has all up to there.
send()
{
	tail -c "+$1" /data/plain.400001 | timeout 60 head -c "$(($2 - $1 + 1))" >&9 || return
	for _ in $(seq 100); do
		[ "$(wc -c <answer)" -lt "$2" ] || return 0
		sleep 0.1
	done
	echo "$(wc -c <answer) bytes have come of $2"
	return 1
}

end_client()
{
	kill "$client"
	wait "$client"
	cmp answer /data/plain.400001
}

# The device goes in the middle of a connection, both of whose sides have a session.
goes()
{
	receive both 200000 || return
	[ "$(counter sessions)" -ge 2 ] || { echo "there are $(counter sessions) sessions"; return 1; }
	echo "$device" >"$driver/unbind" && send 200001 400001 && end_client
}

# Of another one only the server has the provider.
next_connection() { receive server 400001 && end_client; }

# It may read what it sends in pieces too short for the device.
comes()
{
	echo "$device" >"$driver/bind"
	# So long it does not look again after it has found none.
	sleep 1.5
	device_reads 200000 next_connection
}

# Without -nbio a server that finds something to send together with a client's first message waits, after the handshake that
# its sending makes, for a second one.
goes_and_comes()
{
	driver=/sys/bus/virtio/drivers/vcrypto
	device=$(basename "$(find "$driver/" -name 'virtio*')")
	exec 9<>/data/fifo
	input=/data/fifo
	serve both -quiet -nbio && goes && next_connection && comes
	status=$?
	[ "$status" = 0 ] || cat client.log server.log
	exec 9>&-
	kill "$server"
	wait "$server"
	return "$status"
}

# --- nginx and curl ---

start_nginx()
{
	mkdir -p /var/log/nginx /var/lib/nginx /run
	cat >nginx.conf <<-END
		user nobody nogroup;
		worker_processes 2;
		env OPENSSL_CONF;
		pid /run/nginx.pid;
		error_log /tmp/clients/nginx.log warn;
		events { }
		http {
			access_log off;
			server {
				listen 127.0.0.1:4500 ssl;
				ssl_certificate /data/cert.pem;
				ssl_certificate_key /data/key.pem;
				ssl_protocols TLSv1.2 TLSv1.3;
				ssl_session_tickets off;
				root /data;
			}
		}
	END
	chmod 755 /data && chmod 644 /data/plain.400001
	nginx -c /tmp/clients/nginx.conf -p /tmp/clients && wait_for_port 4500
}

# Their process numbers.
workers() { grep -l "^PPid:.$(cat /run/nginx.pid)\$" /proc/[0-9]*/status | cut -d / -f 3; }

# get LEAST WHO OPTION...
get()
{
	least=$1
	shift
	who=$1
	shift
	bytes=$(counter bytes_in)
	for _ in 1 2 3 4; do
		with "$who" client curl -sS --cacert /data/cert.pem -o file "$@" \
			https://localhost:4500/plain.400001 || { cat nginx.log; return 1; }
		cmp file /data/plain.400001 || return
	done
	bytes=$(($(counter bytes_in) - bytes))
	echo "note: curl $*, provider: $who, four times: $bytes bytes read"
	[ "$bytes" -ge "$least" ]
}

# Reading a configuration anew starts new workers, and ends the old ones.
reload()
{
	before=$(workers)
	nginx -c /tmp/clients/nginx.conf -p /tmp/clients -s reload || return
	for _ in $(seq 100); do
		after=$(workers)
		[ "$after" = "$before" ] || break
		sleep 0.1
	done
	[ "$after" != "$before" ] && sleep 0.5 && get 1600000 server --tls13-ciphers TLS_AES_128_GCM_SHA256
}

workers_are_somebody_else()
{
	pid=$(workers | head -n 1)
	grep Uid "/proc/$pid/status" | grep -q 65534
}

stop_nginx()
{
	kill "$(cat /run/nginx.pid)"
	for _ in $(seq 100); do
		[ -e /run/nginx.pid ] || return 0
		sleep 0.1
	done
	return 1
}

mkfifo /data/fifo
for who in server client both; do
	check "TLS 1.2, CBC, encrypt-then-MAC: $who" \
		exchange 400001 $who -tls1_2 -cipher ECDHE-RSA-AES256-SHA384
	check "TLS 1.2, CBC, MAC-then-encrypt: $who" \
		exchange 400001 $who -tls1_2 -cipher ECDHE-RSA-AES256-SHA384 -no_etm
	check "TLS 1.2, AES-GCM: $who" exchange 400001 $who -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
	check "TLS 1.2, AES-CCM: $who" exchange 400001 $who -tls1_2 -cipher DHE-RSA-AES128-CCM
	check "TLS 1.2, ChaCha20-Poly1305: $who" exchange 400001 $who -tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305
	check "TLS 1.3, AES-128-GCM: $who" exchange 400001 $who -tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256
	check "TLS 1.3, AES-256-GCM: $who" exchange 400001 $who -tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384
	check "TLS 1.3, ChaCha20-Poly1305: $who" exchange 400001 $who -tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256
done
if command -v nginx >/dev/null; then
	check "nginx starts" start_nginx
	check "its workers have given up their rights" workers_are_somebody_else
	for who in server both; do
		check "nginx sends to curl, TLS 1.3, AES-GCM: $who" \
			get 1600000 $who --tls13-ciphers TLS_AES_256_GCM_SHA384
		check "nginx sends to curl, TLS 1.3, ChaCha20-Poly1305: $who" \
			get 1600000 $who --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256
		check "nginx sends to curl, TLS 1.2, AES-GCM: $who" \
			get 1600000 $who --tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256
		check "nginx sends to curl, TLS 1.2, CBC: $who" \
			get 1600000 $who --tls-max 1.2 --ciphers ECDHE-RSA-AES256-SHA384
	done
	check "nginx's workers are replaced" reload
	check "nginx stops" stop_nginx
else
	skip "nginx sends to curl" "clients/fetch-nginx.sh has not been run"
fi
check "a server goes on when the device goes, and uses it when it comes back" goes_and_comes
finish
