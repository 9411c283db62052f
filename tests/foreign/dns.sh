#!/bin/sh
# Asks name servers that are not ours, dnsmasq and dnslib, where calendars are: what they say, what
# they don't, and how long confctl waits for it. kdig asks the same, and one meeting goes to Radicale.
#
#   dns.sh CONFCTL
#
# CONFCTL is the program to test. The last line is 'N passed, N failed'.
# Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (packages can't be installed, or
# not root: ports 53 and 443, and a resolv.conf and hosts of its own). Needs Debian 12 or a relative;
# runs in a network of its own that has nothing but loopback, and leaves the files in /etc alone.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
packages="dnsmasq-base knot-dnsutils iproute2 openssl python3 python3-dnslib python3-radicale"
confctl=${1:-}

[ $# -eq 1 ] && [ -x "$confctl" ] || { echo "usage: dns.sh CONFCTL" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "skipped: only root may listen on port 53"; exit 77; }

install_packages() {
    wanted=''
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            wanted="$wanted $package"
    done
    [ -n "$wanted" ] || return 0
    apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted >&2 &&
        return 0
    echo "skipped: these packages are missing:$wanted"
    exit 77
}

install_packages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp /etc/resolv.conf "$work/resolv.conf" && cp /etc/hosts "$work/hosts" &&
    unshare -m -n sh -c 'ip link set lo up && mount --bind "$1/resolv.conf" /etc/resolv.conf &&
        mount --bind "$1/hosts" /etc/hosts' sh "$work" ||
    { echo "skipped: no network and mounts of its own"; exit 77; }

# /usr/bin: Debian's dnslib and Radicale belong to Debian's Python.
unshare -m -n sh -c 'ip link set lo up
    mount --bind "$2/resolv.conf" /etc/resolv.conf
    mount --bind "$2/hosts" /etc/hosts
    exec /usr/bin/python3 "$0" "$1" "$2"' "$here/dns.py" "$(realpath "$confctl")" "$work"
