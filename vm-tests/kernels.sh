#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest's modules on kernels that people run: built, and what they need of the kernel compared with what it exports.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=../.ci/apt.sh
. "$VM_TESTS/../.ci/apt.sh"

usage()
{
	cat <<END
usage: kernels.sh [RELEASE]...
       kernels.sh --built VERSION

Builds the guest's modules for the oldest, the middle and the newest kernel of each series that the archive has headers
of, for Debian RELEASE and its backports (default: ${releases[*]}). Each release gets a folder that holds its essential
packages, its compiler, make, and what the headers need, and nothing else; there build.sh runs, and DKMS afterwards.
Nothing is installed on this machine. Some 400 MB are fetched; it takes a quarter of an hour. Exit status 77: it cannot be
done here.

--built looks at the modules in build/guest and build/host-module for the kernel that the tests boot, without the network:
whether modinfo says the project's VERSION, and that no symbol is needed that some kernel 6.1 does not export.

VCRYPTO_BUILD names another build folder.
END
}

releases=(bookworm trixie)
modules=(vcrypto caesar my_rng pci-demo virtio-demo)
failures=0

# What the modules may need of a kernel 6.1: each of them exports all of these, as far as the archive still has it. A
# symbol that is not here may have come with a point release, as free_uid() did with 6.1.187. Before one is added: does
# 'kernels.sh bookworm' find it in the oldest kernel? What compilers add themselves, with a register's name, is left out.
symbols_of_6_1()
{
	tr -s '[:space:]' '\n' <<-END
	__SCT__cond_resched __SCT__might_resched ___ratelimit __bitmap_weight __check_object_size __class_register
	__cpu_possible_mask __crypto_memneq __fentry__ __free_pages __get_user_4 __init_swait_queue_head
	__init_waitqueue_head __kmalloc __list_add_valid __list_del_entry_valid __local_bh_enable_ip __mmdrop
	__mutex_init __pci_register_driver __preempt_count __put_cred __put_task_struct __put_user_4 __put_user_8
	__rcu_read_lock __rcu_read_unlock __stack_chk_fail __wake_up __warn_printk __x86_return_thunk __xa_alloc
	__xa_cmpxchg __xa_erase _copy_from_user _copy_to_user _dev_err _dev_warn _printk _raw_spin_lock
	_raw_spin_lock_irq _raw_spin_lock_irqsave _raw_spin_unlock _raw_spin_unlock_irq _raw_spin_unlock_irqrestore
	add_wait_queue alloc_chrdev_region alloc_pages alloc_workqueue blk_check_plugged cancel_delayed_work_sync
	cancel_work_sync capable cdev_add cdev_del cdev_init class_unregister clear_page_erms clear_page_orig
	clear_page_rep clear_user_erms clear_user_original clear_user_rep_good compat_ptr_ioctl complete
	complete_all crypto_aead_decrypt crypto_aead_encrypt crypto_aead_setauthsize crypto_aead_setkey
	crypto_ahash_digest crypto_ahash_final crypto_ahash_finup crypto_ahash_setkey
	crypto_alloc_aead crypto_alloc_ahash crypto_alloc_skcipher crypto_destroy_tfm crypto_has_ahash crypto_has_alg
	crypto_has_skcipher crypto_register_aead crypto_register_ahash crypto_register_skcipher
	crypto_skcipher_decrypt crypto_skcipher_encrypt crypto_skcipher_setkey crypto_unregister_aead
	crypto_unregister_ahash crypto_unregister_skcipher current_task default_llseek
	default_wake_function delayed_work_timer_fn destroy_workqueue device_create device_destroy fd_install finish_wait fips_enabled
	fortify_panic get_random_u32 get_unused_fd_flags ida_alloc_range ida_destroy ida_free init_timer_key
	init_wait_entry io_uring_cmd_complete_in_task io_uring_cmd_done ioread32 iowrite32 iterate_fd jiffies kfree
	kfree_sensitive kmalloc_caches kmalloc_large kmalloc_trace kstrtoint kstrtouint kthread_unuse_mm
	kthread_use_mm kvfree kvfree_sensitive kvmalloc_node memcpy memset misc_deregister misc_register mmput
	mod_delayed_work_on msleep mutex_lock mutex_lock_killable mutex_trylock mutex_unlock nonseekable_open
	noop_llseek nr_cpu_ids page_offset_base param_ops_bool param_ops_int param_ops_uint pci_disable_device
	pci_enable_device pci_iomap pci_iounmap pci_release_region pci_request_region pci_unregister_driver
	pin_user_pages_fast prepare_to_wait_event put_unused_fd queue_delayed_work_on queue_work_on
	refcount_warn_saturate register_virtio_driver remove_wait_queue schedule sg_alloc_table_from_pages_segment
	sg_free_table sg_init_one sg_init_table sg_nents sg_next sg_pcopy_from_buffer sg_zero_buffer
	simple_read_from_buffer snprintf strcmp strnlen strscpy strscpy_pad synchronize_rcu sysfs_emit sysfs_emit_at system_long_wq
	unpin_user_pages unpin_user_pages_dirty_lock unregister_chrdev_region unregister_virtio_driver
	virtio_break_device virtio_device_freeze virtio_device_restore virtio_max_dma_size virtio_reset_device
	virtqueue_add_sgs virtqueue_detach_unused_buf virtqueue_disable_cb virtqueue_enable_cb virtqueue_get_buf
	virtqueue_get_vring_size virtqueue_is_broken virtqueue_kick virtqueue_kick_prepare virtqueue_notify
	vmemmap_base wait_for_completion_killable wait_for_completion_killable_timeout wake_up_process xa_destroy xa_find
	xa_find_after xa_load xa_store
	END
}

bad()
{
	echo "FAIL: $*"
	failures=$((failures + 1))
}

# The symbols that a module leaves to the kernel.
needed()
{
	nm -u -- "$1" | awk '$1 == "U" { print $2 }' | LC_ALL=C sort -u
}

check_info()
{
	local field wanted said

	for field in "version=$2" 'author=The libvcrypto authors' 'license=GPL' description=; do
		wanted=${field#*=}
		said=$(modinfo -F "${field%%=*}" "$1")
		if [ -z "$said" ] || [ "$said" != "${wanted:-$said}" ]; then
			bad "$1: modinfo says of its ${field%%=*} '$said'; wanted: ${wanted:-something}"
		fi
	done
}

check_list()
{
	local symbol

	while read -r symbol; do
		bad "$1 needs $symbol, which not every kernel 6.1 may export: see symbols_of_6_1 in ${0##*/}"
	done < <(needed "$1" | grep -v '^__x86_indirect_thunk_' | comm -23 - <(symbols_of_6_1 | sort -u))
}

# exported SYMVERS: the symbols that a module may use that is under the GPL and imports no namespace. In a
# kernel's Module.symvers the columns are checksum, symbol, where, kind, namespace.
exported()
{
	awk -F '\t' '$4 ~ /^EXPORT_SYMBOL(_GPL)?$/ && $5 == "" { print $2 }' "$1" | sort -u
}

check_exports()
{
	local symbol

	while read -r symbol; do
		bad "$1 needs $symbol, which the kernel does not export to it"
	done < <(needed "$1" | comm -23 - <(exported "$2"))
}

# check_built VERSION: those for the kernel that the tests boot, which are up to date. Others may be left from another day.
check_built()
{
	local release module at

	release=$(cat -- "$KERNELS/$SERIES/release") || die "there is no kernel: run vm-tests/fetch-kernel.sh"
	for module in "${modules[@]}"; do
		at=$GUEST_MODULES/$release/$module.ko
		if [ ! -e "$at" ]; then
			bad "there is no $at: run guest-adapter/build.sh"
			continue
		fi
		check_info "$at" "$1"
		check_list "$at"
		check_exports "$at" "$KERNELS/$SERIES/headers/Module.symvers"
	done
	at=$BUILD/host-module/$release/vhost_demo.ko
	[ ! -e "$at" ] || check_info "$at" "$1"
	echo "looked at ${modules[*]} for $release"
}

# For one release, in its folder $state: apt for its packages, as if nothing were installed.
apt()
{
	"$1" -c "$state/apt/apt.conf" -o Dir::State::status="$state/nothing" -o Debug::NoLocking=1 \
		-o APT::Install-Recommends=false -o quiet=2 "${@:2}"
}

# The kernels of which there are headers; those for real time and for clouds have no -common package of that name.
all_kernels()
{
	local names

	names=$(apt apt-cache pkgnames linux-headers- | sort -V)
	comm -12 <(sed -n 's/^linux-headers-\(.*\)-common$/\1/p' <<<"$names" | sort) \
		<(sed -n "s/^linux-headers-\(.*\)-$arch$/\1/p" <<<"$names" | sort) | sort -V
}

series_of()
{
	case $1 in
	6.*) grep -o '^6\.[0-9]*' <<<"$1" ;;
	*) echo "${1%%.*}" ;;
	esac
}

# Oldest, middle and newest of each series, of those on standard input.
pick()
{
	local kernel series last=
	local -a all=()

	while read -r kernel; do
		series=$(series_of "$kernel")
		[ "$series" = "$last" ] || pick_of ${all[@]+"${all[@]}"}
		[ "$series" = "$last" ] || all=()
		last=$series
		all+=("$kernel")
	done
	pick_of ${all[@]+"${all[@]}"}
}

pick_of()
{
	[ $# -eq 0 ] || printf '%s\n' "$1" "${@:($# + 1) / 2:1}" "${!#}" | uniq
}

# What the headers of a kernel need beside it: names that match the extended regular expression.
needs()
{
	apt apt-cache show "linux-headers-$1-$arch" | sed -n 's/^Depends: //p' | head -n 1 | sed 's/[,|]/\n/g' |
		sed -En "s/^ *($2)( .*)?\$/\1/p"
}

# install PACKAGE...: they and all that they depend on, as files; nothing is configured.
install()
{
	local deb

	apt apt-get -o Dir::Cache::archives="$state/debs" --download-only -y install "$@" >>"$state/log" 2>&1 || return
	for deb in "$state"/debs/*.deb; do
		[ ! -e "$deb.done" ] || continue
		dpkg -x "$deb" "$state/root" >>"$state/log" 2>&1 || return
		: >"$deb.done"
	done
	# A name that the package would give itself when it is configured.
	ln -sf mawk "$state/root/usr/bin/awk"
}

# unpack_headers KERNEL: as they are where they belong.
unpack_headers()
{
	local deb

	rm -rf -- "$state/headers"
	mkdir -- "$state/headers"
	# shellcheck disable=SC2046 # words
	(cd -- "$state/headers" && apt apt-get download "linux-headers-$1-$arch" \
		$(needs "$1" 'linux-(headers|kbuild|base)-[0-9][^ ]*')) >>"$state/log" 2>&1 || return
	for deb in "$state"/headers/*.deb; do
		dpkg -x "$deb" "$state/root"
	done
}

# A program in the release's folder, which sees nothing of this machine but /proc and /dev.
inside()
{
	# shellcheck disable=SC2016 # the inner shell expands that
	unshare --mount --map-root-user -- sh -c 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" &&
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C chroot "$0" "$@"' "$state/root" "$@"
}

# row KERNEL COMPILER RESULT
row()
{
	printf '%-12s %-26s %-8s %s\n' "$release" "$1" "$2" "$3" | tee -a "$state/table"
}

# build_for KERNEL COMPILER
build_for()
{
	local kernel=$1-$arch before=$failures module built=$state/root/src/build/guest/$1-$arch
	local symvers=$state/root/usr/src/linux-headers-$kernel/Module.symvers

	unpack_headers "$1" || { row "$kernel" "$2" "SKIP: the archive has not all of it"; return; }
	if ! inside sh -ec "/src/guest-adapter/build.sh /lib/modules/$kernel/build
		/src/guest-adapter/small-devices/build.sh /lib/modules/$kernel/build" >"$state/build.log" 2>&1; then
		bad "$kernel: the modules do not build"
		cat -- "$state/build.log"
	else
		for module in "${modules[@]/%/.ko}"; do
			check_info "$built/$module" "$version"
			check_exports "$built/$module" "$symvers"
			[[ $1 != 6.1.* ]] || check_list "$built/$module"
		done
	fi
	[[ $1 != 6.1.* ]] || check_all_listed "$symvers"
	[ "$failures" -ne "$before" ] || built_ones=$((built_ones + 1))
	row "$kernel" "$2" "$([ "$failures" -eq "$before" ] && echo "${#modules[@]} modules" || echo FAIL)"
}

check_all_listed()
{
	local symbol

	while read -r symbol; do
		bad "$kernel does not export $symbol, which is in symbols_of_6_1"
	done < <(symbols_of_6_1 | sort -u | comm -23 - <(exported "$1"))
}

# dkms_for KERNEL: from --stage to a module in its place, and away again.
dkms_for()
{
	local before=$failures kernel=$1-$arch module=$state/root/lib/modules/$1-$arch/updates/dkms/vcrypto.ko
	local name=vcrypto/$version

	inside sh -ec "/src/guest-adapter/build.sh --stage /usr/src/vcrypto-$version
		dkms add $name; dkms build $name -k $kernel; dkms install $name -k $kernel
		dkms status | grep '^$name, $kernel, .*: installed$'" >"$state/dkms.log" 2>&1 ||
		{ bad "$kernel: DKMS fails"; cat -- "$state/dkms.log"; }
	[ ! -e "$module" ] || check_info "$module" "$version"
	[ -e "$module" ] || bad "$kernel: DKMS has installed no module"
	if ! inside dkms remove "$name" --all >"$state/dkms.log" 2>&1 || [ -e "$module" ]; then
		bad "$kernel: DKMS does not remove it"
		cat -- "$state/dkms.log"
	fi
	rm -rf -- "$state/root/usr/src/vcrypto-$version"
	row "$kernel" dkms "$([ "$failures" -eq "$before" ] && echo "installed, removed" || echo FAIL)"
}

# The release's folder, with a compiler for each of the kernels.
prepare()
{
	local kernel
	local -a packages=('?essential' make)

	for kernel; do
		packages+=("$(compiler_of "$kernel")")
		mapfile -t -O ${#packages[@]} packages < <(needs "$kernel" 'linux-kbuild-[0-9][^ ]*')
	done
	install "${packages[@]}" || { cat -- "$state/log" >&2; die "cannot fetch or unpack the packages of $release"; }
	mkdir -p -- "$state/root/src"
	cp -a -- "$VM_TESTS"/../{.ci,guest-adapter,libvcrypto} "$state/root/src"
}

compiler_of() { needs "$1" '[^ ]*gcc-[0-9][^ ]*' | grep -om 1 'gcc-[0-9]*'; }

newest_of_each() { tac | awk '{ split($0, part, "."); key = part[1] (part[1] == 6 ? part[2] : "") } !seen[key]++'; }

# In a release: all of its kernels. What another run has left is not looked at.
do_release()
{
	local kernel
	local -a kernels

	state=$BUILD/kernels/$release
	rm -rf -- "$state"
	mkdir -p -- "$state/debs/partial" "$state/root"
	: >"$state/nothing"
	if ! (apt_configure "$state/apt" deb "$release" "$release-backports") 2>"$state/log"; then
		row - - "SKIP: cannot be reached: $(tail -n 1 "$state/log")"
		return
	fi
	mapfile -t kernels < <(all_kernels | pick)
	[ ${#kernels[@]} -gt 0 ] || die "$release has no kernel headers for $arch"
	prepare "${kernels[@]}"
	inside true 2>>"$state/log" || { echo "SKIP: this user cannot mount anything in a namespace of its own"; exit 77; }
	for kernel in "${kernels[@]}"; do
		build_for "$kernel" "$(compiler_of "$kernel")"
	done
	install '?essential' dkms || die "cannot fetch or unpack dkms: see $state/log"
	for kernel in $(printf '%s\n' "${kernels[@]}" | newest_of_each); do
		dkms_for "$kernel"
	done
	rm -rf -- "$state/root" "$state/debs" "$state/headers"
}

case ${1-} in
--help) usage; exit 0 ;;
--built)
	[ $# -eq 2 ] || bad_usage "--built needs a version"
	need_command nm binutils
	need_command modinfo kmod
	check_built "$2"
	[ "$failures" -eq 0 ]
	exit ;;
-*) bad_usage "unknown option '$1'" ;;
'') ;;
*) releases=("$@") ;;
esac
for command in apt-get/apt dpkg/dpkg nm/binutils modinfo/kmod unshare/util-linux; do
	need_command "${command%/*}" "${command#*/}"
done
arch=$(dpkg --print-architecture)
version=$(sed -n 's/^#define VCRYPTO_VERSION_[MP][AI][A-Z]* \([0-9]*\)$/\1/p' -- \
	"$VM_TESTS/../libvcrypto/include/vcrypto/version.h" | paste -sd .)
built_ones=0
for release in "${releases[@]}"; do
	do_release
done
echo "$built_ones kernels, $failures failures"
[ "$failures" -eq 0 ] || exit 1
[ "$built_ones" -gt 0 ] || { echo "SKIP: no kernel headers could be fetched"; exit 77; }
