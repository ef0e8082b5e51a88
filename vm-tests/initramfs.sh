# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Expects of its user: $kernel and $release, the kernel's folder and 'uname -r'; $busybox, a static one;
# $run, a folder for temporary files; what arch.sh says of the architecture and the machine.
#
# Making the guest's initramfs. It has two parts, which the kernel unpacks one over the other: the base
# (busybox, /init, the modules that every VM needs), made once and kept, and the part of this run (the
# program, its libraries and files, the modules under test). Both are uncompressed: under emulation
# copying is cheaper than unpacking.
#
# The guest has real directories /bin and /lib, no links into /usr: an archive that has a directory where
# an earlier one had a link replaces the link.

# pack DIRECTORY ARCHIVE: everything belongs to root in the guest, whoever runs us.
pack() { (cd -- "$1" && find . -mindepth 1 -print0 | cpio --quiet -0 -o -H newc -R 0:0) >"$2"; }

# install_file HOST-FILE ROOT GUEST-PATH
install_file()
{
	mkdir -p -- "$2${3%/*}"
	cp -rLT --preserve=mode -- "$1" "$2$3"
}

# install_libraries FILE ROOT: what the dynamic linker of the host would load for it, at the same place.
install_libraries()
{
	local library libraries missing

	[ "$arch" = amd64 ] || { install_foreign_libraries "$@"; return; }
	# ldd fails for scripts and static programs, which need nothing.
	libraries=$(ldd "$1" 2>/dev/null) || return 0
	missing=$(sed -n 's/^\t*\(.*\) => not found$/\1/p' <<<"$libraries" | head -n 1)
	[ -z "$missing" ] || die "$1 needs $missing, which the host does not find either"
	while read -r library; do
		[ -e "$2$library" ] || install_file "$library" "$2" "$library"
	done < <(sed -En 's/^\t(.* => )?(\/.*) \(0x[0-9a-f]+\)$/\2/p' <<<"$libraries")
}

# The same for a program of another architecture, which ldd cannot ask: what it names, and what that names.
install_foreign_libraries()
{
	local name at root=$CROSS/$arch/root

	while read -r name; do
		for at in "$name" "/lib/$multiarch/$name"; do
			[[ $at == /* && -e $root$at ]] || continue
			[ -e "$2$at" ] && continue 2
			install_file "$root$at" "$2" "$at"
			install_foreign_libraries "$root$at" "$2"
			continue 2
		done
		die "$1 needs $name, which $root does not have"
	done < <(readelf -Wdl -- "$1" 2>/dev/null |
		sed -En -e 's/.*\(NEEDED\).*\[(.*)\]$/\1/p' -e 's/.*interpreter: (.*)\]$/\1/p')
}

# install_program HOST-PATH ROOT GUEST-PATH: a file, or a whole folder, ready to be executed in the guest.
install_program()
{
	local file

	install_file "$@"
	while IFS= read -r -d '' file; do
		install_libraries "$file" "$2"
	done < <(find "$1" -follow -type f -print0)
}

# module_files NAME...: the files of stock modules in the order of loading, without those built in. A name with a ?
# behind it may be missing.
module_files()
{
	local name

	for name; do
		modprobe -d "$kernel/root" -S "$release" --show-depends -- "${name%\?}" 2>/dev/null || [[ $name == *\? ]] ||
			die "kernel $release has no module $name"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# install_module FILE ROOT LIST GUEST-FOLDER: busybox inserts plain modules only.
install_module()
{
	local guest=$4/${1##*/}

	guest=${guest%.xz}
	mkdir -p -- "$2$4"
	case $1 in
	*.xz) xz -dc -- "$1" >"$2$guest" ;;
	*) cp -- "$1" "$2$guest" ;;
	esac
	echo "$guest" >>"$2$3"
}

# install_stock ROOT LIST NAME...: stock modules, and before them those which they need; not those of the
# base again, which are loaded already.
install_stock()
{
	local file files base='' root=$1 list=$2

	[ "$list" = /vm/base-modules ] || base=$(module_files "${base_modules[@]}")
	files=$(module_files "${@:3}")
	: >>"$root$list"
	for file in $files; do
		[[ $'\n'$base$'\n' == *$'\n'$file$'\n'* ]] || install_module "$file" "$root" "$list" "/lib/modules/$release"
	done
}

make_base()
{
	local applet root=$run/base

	mkdir -p "$root"/{bin,dev,etc,proc,root,run,sys,tmp,vm} "$root/lib/modules/$release"
	cp -- "$busybox" "$root/bin/busybox"
	while read -r applet; do
		[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
	done < <(busybox --list)
	install -m 755 -- "$VM_TESTS/init" "$root/init"
	echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
	echo root:x:0: >"$root/etc/group"
	install_stock "$root" /vm/base-modules "${base_modules[@]}"
	# Not for us, but lspci -v and modprobe in the guest ask the index.
	cp -- "$kernel"/modules/modules.{order,builtin,builtin.modinfo} "$root/lib/modules/$release/"
	depmod -b "$root" "$release"
	pack "$root" "$run/base.cpio"
}

# Prints the path of the base archive; makes it if one of its ingredients has changed. The name is given
# at the end, so two VMs that start at once do not see each other's unfinished file.
base_archive()
{
	local key archive

	key=$( (echo "${base_modules[@]}" && cat -- "$busybox" "$VM_TESTS"/{init,initramfs.sh} "$kernel/vmlinux") | sha256sum)
	archive=$VM/base-$release-${key:0:16}.cpio
	if [ ! -e "$archive" ]; then
		make_base
		mv -f -- "$run/base.cpio" "$archive"
	fi
	echo "$archive"
}
