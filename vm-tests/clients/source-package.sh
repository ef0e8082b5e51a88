# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Fetching a source package of the distribution into the build folder.
#
# Two of these functions are also in ../../qemu-adapter/build-qemu.sh; they belong into one file that both use.
# Expects of its user: die(), which prints its arguments and ends the script.

# own_apt_configuration DIR SUITE: makes DIR/apt.conf, for 'apt-get -c'.
#
# The machine's apt configuration usually lacks deb-src entries, and is not ours to change. So apt gets a list
# of our own, made of the Debian archives that the machine already uses, with its state below DIR.
own_apt_configuration()
{
	local apt=$1 suite=$2 keyring=/usr/share/keyrings/debian-archive-keyring.gpg options=

	mkdir -p -- "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/empty"
	[ ! -f "$keyring" ] || options="[signed-by=$keyring] "

	# apt itself reads the list, so both of its formats are understood. The origin stands in the archives'
	# Release files, which apt has only after an update.
	# shellcheck disable=SC2016 # apt's variables, not the shell's
	apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
		awk -v suite="$suite" -v options="$options" '
			$1 == "Debian" && $4 == "main" && $2 ~ /^[a-z]+(-updates|-security)?$/ {
				sub(/^[a-z]+/, suite, $2)
				print "deb-src " options $3, $2, $4
			}' | sort -u >"$apt/sources.list"
	[ -s "$apt/sources.list" ] || die "apt knows no Debian archive; try apt-get update"

	# Post-Invoke: a machine's own hooks are for the machine's own updates.
	# Sandbox: apt's unprivileged user may not be able to write here.
	cat >"$apt/apt.conf" <<-END
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		APT::Sandbox::User "root";
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "$apt/empty";
		Dir::State::Lists "$apt/lists";
		Dir::Cache "$apt/cache";
	END
}

# source_versions CONF PACKAGE SERIES: the versions that the archives have, the newest first.
source_versions()
{
	apt-cache -c "$1" showsrc "$2" |
		awk -v package="$2" -v series="$3" '
			$1 == "Package:" { name = $2 }
			$1 == "Version:" {
				number = $2
				sub(/^[0-9]+:/, "", number)
				if (name == package && index(number, series) == 1)
					print $2
			}' | sort -Vru
}

# fetch_source DIR SUITE PACKAGE SERIES: unpacks the newest version of PACKAGE whose number begins with SERIES as
# DIR/src, and sets source_version. A mirror may announce a new version before it has all its files: then the
# one before it is taken.
fetch_source()
{
	local dir=$1 suite=$2 package=$3 series=$4
	local conf=$dir/apt/apt.conf log=$dir/apt/log download=$dir/download

	own_apt_configuration "$dir/apt" "$suite"
	apt-get -qq -c "$conf" update >"$log" 2>&1 || fetch_failed "cannot fetch the package lists"
	for source_version in $(source_versions "$conf" "$package" "$series"); do
		rm -rf -- "$download"
		mkdir -- "$download"
		if (cd -- "$download" &&
			apt-get -qq -c "$conf" source --download-only "$package=$source_version") >>"$log" 2>&1; then
			# apt has compared the files with the archive's signed index already.
			dpkg-source --no-check -x "$download"/*.dsc "$download/src" >>"$log" 2>&1 ||
				fetch_failed "cannot unpack $package $source_version"
			mv -- "$download/src" "$dir/src"
			rm -rf -- "$download"
			return
		fi
	done
	fetch_failed "the archive of $suite has no complete source of $package $series"
}

# Only for fetch_source.
fetch_failed()
{
	cat -- "$log" >&2
	die "$@"
}
