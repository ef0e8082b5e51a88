# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Packages of the distribution, fetched into the build folder: also from suites
# that this machine does not use, and without a change to the machine.
#
# To be sourced.  Expects of its user: die(), which prints its arguments and
# ends the script.

# apt_configure DIR TYPE SUITE...: makes DIR/apt.conf, for 'apt-get -c', and fetches
# the lists.  TYPE is deb or deb-src.  SUITE is a release (trixie: then with its
# updates) or an addition to one (bookworm-backports: then only that).
# If the variable apt_architecture is set, packages are of that architecture, unless
# PACKAGE:ARCHITECTURE says otherwise.
#
# The machine's own configuration usually lacks deb-src entries and newer
# suites, and is not ours to change.  So apt gets a list of our own, made of the
# Debian archives that the machine already uses, with its state below DIR.
apt_configure() {
	local dir=$1 type=$2 suite options=
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	shift 2
	mkdir -p -- "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/empty"
	[ ! -f "$keyring" ] || options="[signed-by=$keyring] "

	# apt itself reads the machine's list, so both of its formats are understood.
	# The origin stands in the archives' Release files, which apt has only
	# after an update.
	for suite; do
		# shellcheck disable=SC2016 # apt's variables, not the shell's
		apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI) $(COMPONENT)' \
			'Created-By: Packages' |
			awk -v type="$type" -v suite="$suite" -v options="$options" '
				$1 == "Debian" && $4 == "main" &&
				$2 ~ (suite ~ /-/ ? "^[a-z]+$" : "^[a-z]+(-updates|-security)?$") {
					sub(/^[a-z]+/, suite, $2)
					print type, options $3, $2, $4
				}'
	done | sort -u >"$dir/sources.list"
	[ -s "$dir/sources.list" ] ||
		die "apt knows no Debian archive; try apt-get update"

	# Post-Invoke: a machine's own hooks are for the machine's own updates.
	# Sandbox: apt's unprivileged user may not be able to write here.
	cat >"$dir/apt.conf" <<-END
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		APT::Sandbox::User "root";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/empty";
		Dir::State::Lists "$dir/lists";
		Dir::Cache "$dir/cache";
	END
	if [ -n "${apt_architecture-}" ]; then
		cat >>"$dir/apt.conf" <<-END
			APT::Architecture "$apt_architecture";
			APT::Architectures { "$apt_architecture"; "$(dpkg --print-architecture)"; };
		END
	fi
	apt_update "$dir" && return
	# Lists of other architectures are asked for less, and caches on the way may have
	# one that is older than its index: then the release without its updates will do.
	if [ -n "${apt_architecture-}" ]; then
		sed -i '/-updates\|-security/d' "$dir/sources.list"
		apt_update "$dir" && return
	fi
	apt_failed "$dir" "cannot fetch the package lists of $*"
}

# Only for the function above.
apt_update() {
	apt-get -qq -c "$1/apt.conf" --error-on=any update >"$1/log" 2>&1
}

# apt_versions DIR PACKAGE [SERIES]: the versions that the archives have, the
# newest first; only those whose number begins with SERIES.
apt_versions() {
	apt-cache -c "$1/apt.conf" madison "$2" |
		awk -F ' *[|] *' -v series="${3-}" '
			{
				number = $2
				sub(/^[0-9]+:/, "", number)
				if (index(number, series) == 1)
					print $2
			}' | sort -Vru
}

# apt_download DIR PACKAGE [SERIES]: leaves the files of the newest such version in
# DIR/download, and its number in apt_version.  A mirror may announce a new
# version before it has all its files: then the one before it is taken.
apt_download() {
	local dir=$1 package=$2 series=${3-} get=download

	! grep -q ^deb-src "$dir/sources.list" || get="source --download-only"
	for apt_version in $(apt_versions "$dir" "$package" "$series"); do
		rm -rf -- "$dir/download"
		mkdir -- "$dir/download"
		# shellcheck disable=SC2086 # two words
		if (cd -- "$dir/download" &&
			apt-get -qq -c "$dir/apt.conf" $get "$package=$apt_version") >>"$dir/log" 2>&1; then
			return
		fi
	done
	apt_failed "$dir" "there is no complete $package${series:+ $series} in$(awk '{ printf " %s", $(NF - 1) }' "$dir/sources.list")"
}

# apt_empty DIR: from now on it is as if nothing were installed here.
apt_empty() {
	: >"$1/status"
	printf '%s\n' "Dir::State::status \"$1/status\";" 'APT::Install-Recommends "false";' >>"$1/apt.conf"
}

# apt_closure DIR ARGUMENT of install...: leaves the packages, and all that they need,
# in DIR/cache/archives.  It needs to be empty: then they are of one release.
apt_closure() {
	apt-get -qq -y -c "$1/apt.conf" --download-only install "${@:2}" >>"$1/log" 2>&1
}

# apt_source DIR SUITE PACKAGE SERIES TARGET: unpacks a source package as TARGET.
apt_source() {
	apt_configure "$1" deb-src "$2"
	apt_download "$1" "$3" "$4"
	# apt has compared the files with the archive's signed index already.
	dpkg-source --no-check -x "$1"/download/*.dsc "$1/download/unpacked" >>"$1/log" 2>&1 ||
		apt_failed "$1" "cannot unpack the source of $3 $apt_version"
	# Only what is complete gets the name.
	mv -T -- "$1/download/unpacked" "$5"
	rm -rf -- "$1/download"
}

# apt_package DIR SUITE PACKAGE TARGET: unpacks a binary package below TARGET.
apt_package() {
	apt_configure "$1" deb "$2"
	apt_download "$1" "$3"
	dpkg-deb -x "$1"/download/*.deb "$1/download/unpacked" >>"$1/log" 2>&1 ||
		apt_failed "$1" "cannot unpack $3 $apt_version"
	mv -T -- "$1/download/unpacked" "$4"
	rm -rf -- "$1/download"
}

# Only for the functions above.
apt_failed() {
	cat -- "$1/log" >&2
	die "$2"
}
