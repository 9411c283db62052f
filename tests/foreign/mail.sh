#!/bin/sh
# Lets confctl mail invitations through a real Postfix, over plain SMTP, STARTTLS, TLS and its
# sendmail program, and reads them back with Python's email package, mu and munpack.
#
#   mail.sh CONFCTL [DIR]
#
# CONFCTL is the program to test. DIR, a new or empty folder, keeps the mailboxes and all logs;
# without it they are removed. The last line is 'N passed, M failed'.
# Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (packages can't be installed, or
# not root: Postfix changes users). Needs Debian 12 or a relative; talks to this machine only. The
# system's own Postfix, if there is one, is left alone.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
packages="postfix openssl python3 python3-aiosmtpd mpack maildir-utils"
confctl=${1:-}

[ -x "$confctl" ] || { echo "usage: mail.sh CONFCTL [DIR]" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "skipped: Postfix can be started by root only"; exit 77; }

install_packages() {
    wanted=''
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            wanted="$wanted $package"
    done
    [ -n "$wanted" ] || return 0
    # Ours is configured below, and nobody needs another one.
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
    apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted >&2 &&
        return 0
    echo "skipped: these packages are missing:$wanted"
    exit 77
}

install_packages
work=${2:-}
if [ -n "$work" ]; then mkdir -p "$work"; else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi
# /usr/bin: Debian's aiosmtpd belongs to Debian's Python.
/usr/bin/python3 "$here/mail.py" "$(realpath "$confctl")" "$(realpath "$work")"
