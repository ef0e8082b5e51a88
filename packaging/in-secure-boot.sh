# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What test-secure-boot.py runs in the machine, at each of its starts: without the key the module must be
# refused, and the key is handed in as docs/deploy.md says; with it the module must be there.
set -eu
exec >/dev/ttyS1 2>&1

step() {
	echo "in the machine: $*"
}

refused() {
	if modprobe vcrypto; then
		step "status 1: a module without an enrolled key was taken"
		systemctl poweroff --force --force
	fi
	step "the module is refused, the key is handed in"
	# Else it would ask for the password.
	mokutil --generate-hash=enrolment >/root/hash
	mokutil --import /var/lib/dkms/mok.pub --hash-file /root/hash
	sync
	systemctl reboot --force
}

taken() {
	modinfo -F signer vcrypto | grep 'DKMS'
	cd /tmp
	head -c 300001 /dev/urandom >plain
	key=000102030405060708090a0b0c0d0e0f
	vcrypto enc aes-128-ctr --key $key --iv $key -i plain -o encrypted
	openssl enc -d -aes-128-ctr -K $key -iv $key -in encrypted | cmp plain -
	step "the module is there, and a file goes through it"
	step "status 0"
	systemctl poweroff --force --force
}

trap 'step "status 1"; systemctl poweroff --force --force' EXIT
udevadm settle
mokutil --sb-state | grep 'SecureBoot enabled'
grep '\[integrity\]' /sys/kernel/security/lockdown
if mokutil --test-key /var/lib/dkms/mok.pub | grep 'is already enrolled'; then
	taken
else
	refused
fi
trap - EXIT
