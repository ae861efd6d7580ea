# Shared by the scripts of this directory; meant to be sourced.
# shellcheck shell=bash

# modules prints the directory of every module of go.work, one a line.
modules() { go list -m -f '{{.Dir}}'; }

# each_module runs a command in the folder of every module.
each_module() {
	local dirs dir
	dirs=$(modules)
	while IFS= read -r dir; do
		printf -- '-- %s\n' "$(realpath --relative-to="$root" "$dir")"
		(cd "$dir" && "$@" </dev/null)
	done <<<"$dirs"
}

# apt_install installs the named Debian packages; the caller asks only for what
# is missing.
apt_install() {
	export DEBIAN_FRONTEND=noninteractive
	if [ -z "${apt_updated:-}" ]; then
		apt-get update -qq
		apt_updated=1
	fi
	apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
