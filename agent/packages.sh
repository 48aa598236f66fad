# SPDX-License-Identifier: MIT
# Sourced by agent/quickstart and tests/run: packages_install SECTION... installs what is missing
# of those sections of agent/packages.list. Wants $top, the top of the source tree.

packages_named() {	# packages_named SECTION...: the names, one a line
	awk -v wanted=" $* " '/^#/ || !NF { next }
		/^\[/ { on = index(wanted, " " substr($1, 2, length($1) - 2) " "); next }
		on { print $1 }' "$top/agent/packages.list"
}

packages_missing() {
	local name
	for name in $(packages_named "$@"); do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
	done
}

# Daemons among the packages (nginx) must neither start now nor at the next boot: nobody asked for
# them. Debian asks /usr/sbin/policy-rc.d before it starts one; ours is gone again afterwards.
packages_install() {
	local -a missing
	local policy=/usr/sbin/policy-rc.d ours=no status log had_nginx
	mapfile -t missing < <(packages_missing "$@")
	(( ${#missing[@]} )) || return 0
	if (( EUID != 0 )); then
		echo "Missing packages; as root: apt-get install ${missing[*]}" >&2
		return 1
	fi
	log=$(mktemp) || return 1
	had_nginx=$(dpkg-query -W -f '${db:Status-Status}' nginx 2>/dev/null)
	echo "Installing: ${missing[*]}"
	if [[ ! -e $policy ]]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && ours=yes
		trap '[[ $ours == no ]] || rm -f "$policy"; exit 1' INT TERM HUP
	fi
	{
		apt-get update -q && DEBIAN_FRONTEND=noninteractive \
		    apt-get install -q -y --no-install-recommends "${missing[@]}"
	} </dev/null >"$log" 2>&1
	status=$?
	if [[ $ours == yes ]]; then
		rm -f "$policy"
		trap - INT TERM HUP
	fi
	if (( status )); then
		tail -n 20 "$log" >&2
		echo "apt-get failed; the lines above say why." >&2
	elif [[ " ${missing[*]} " == *" nginx-light "* && $had_nginx != installed ]]; then
		update-rc.d nginx disable >/dev/null 2>&1 || true
	fi
	rm -f "$log"
	return "$status"
}
