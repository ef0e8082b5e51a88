# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What test-vm.sh runs in the machine, which systemd has started: the packages are installed, the
# device is there, and nobody has loaded the module by hand.
set -eu
exec >/dev/ttyS1 2>&1
finish() {
	status=$?
	[ $status -eq 0 ] || journalctl --no-pager -b -p warning | tail -n 30
	echo "status $status"
	systemctl poweroff --force --force
}
trap finish EXIT
cd /root

step() {
	echo "in the machine: $*"
}

# Bytes that the device has read.
bytes_in() {
	cat /sys/bus/virtio/devices/virtio*/counters/bytes_in
}

# moves AT_LEAST COMMAND...: the device reads as much meanwhile.
moves() {
	least=$1 before=$(bytes_in)
	shift
	"$@"
	moved=$(($(bytes_in) - before))
	echo "the device has read $moved bytes"
	[ "$moved" -ge "$least" ]
}

# An ordinary user.
as_user() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs "$@"
}

step "the module has come by itself"
udevadm settle
lsmod | grep '^vcrypto '
[ "$(stat -c %a /dev/crypto)" = 666 ]
dkms status | grep installed

step "a file through the tool, as an ordinary user"
mkdir -m 777 /tmp/try
cd /tmp/try
head -c 3000001 /dev/urandom >plain
key=000102030405060708090a0b0c0d0e0f iv=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff
moves 3000000 as_user vcrypto enc aes-128-ctr --key $key --iv $iv -i plain -o encrypted
openssl enc -aes-128-ctr -K $key -iv $iv -in plain -out expected
cmp encrypted expected
as_user vcrypto dec aes-128-ctr --key $key --iv $iv -i encrypted -o decrypted
cmp decrypted plain

step "a file through OpenSSL, as an ordinary user"
cat >openssl.cnf <<END
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
[algorithms]
default_properties = ?provider=vcrypto
END
moves 3000000 as_user env OPENSSL_CONF=openssl.cnf openssl dgst -r -sha256 -out digest plain
sha256sum -b plain | cmp digest -

step "vectors"
cp /root/aes.txt .
moves 1 as_user vcrypto-kat --strict --device /dev/crypto aes.txt >vectors
grep passed vectors

step "the rule for a group (docs/deploy.md)"
groupadd --system vcrypto
cat >/etc/udev/rules.d/61-vcrypto.rules <<END
SUBSYSTEM=="misc", KERNEL=="crypto", GROUP="vcrypto", MODE="0660"
SUBSYSTEM=="cryptodev", KERNEL=="cryptodev[0-9]*", GROUP="vcrypto", MODE="0660"
END
udevadm control --reload
udevadm trigger --settle --subsystem-match=misc --subsystem-match=cryptodev
stat -c '%a %G %n' /dev/crypto | grep '^660 vcrypto'
if as_user vcrypto enc aes-128-ctr --key $key --iv $iv -i plain -o others 2>error; then
	echo "somebody who is not in the group may use it"
	exit 1
fi
grep '/dev/crypto' error
setpriv --reuid 65534 --regid 65534 --groups "$(getent group vcrypto | cut -d : -f 3)" \
	vcrypto enc aes-128-ctr --key $key --iv $iv -i plain -o encrypted
cmp encrypted expected

step "the daemon's units"
# As a start without a command from outside does.
systemctl start sockets.target
systemctl is-active vcryptod.socket
# A connection starts it.
/root/front-end /run/vcryptod/socket
systemctl is-active vcryptod.service
systemctl stop vcryptod.service
# When it has been started it can be asked at once.
systemctl start vcryptod.service
systemctl kill --signal=USR1 vcryptod.service
/root/front-end /run/vcryptod/socket
systemctl is-active vcryptod.service
journalctl --unit vcryptod.service | grep 'counters: that is all'

step "the daemon's package is purged while it runs"
dpkg --purge vcryptod
[ "$(systemctl is-active vcryptod.service vcryptod.socket)" = "inactive
inactive" ]
left=$(find /run -name '*vcryptod*')
[ -z "$left" ] || { echo "left: $left"; exit 1; }

step "the module goes and comes"
rmmod vcrypto
[ ! -e /dev/crypto ]
modprobe vcrypto
udevadm settle
vcrypto info >about
grep '^version' about
