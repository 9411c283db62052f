#!/bin/sh
# Lets two computers of one user share a diary by vdirsyncer over Radicale, khal edit it, backups come
# back, data folders get lost and a stranger plant files, and compares what is there afterwards.
#
#   computers.sh PATH_TO_CONFCTL
#
# The last line is "N passed, N failed". Exit code: 0 all well, 1 a check failed, 2 wrong call, 77
# skipped (what it needs can't be installed). Needs Python 3.10 or later; the rest is installed into
# a folder for temporary files that later runs use again. Talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-computers.$(id -u)

[ $# -eq 1 ] && [ -x "$1" ] || { echo "usage: computers.sh PATH_TO_CONFCTL" >&2; exit 2; }
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

[ -e "$tools/complete" ] || {
    python3 -m venv "$tools" &&
        "$tools/bin/pip" install --quiet --disable-pip-version-check radicale==3.9.0 \
            vdirsyncer==0.21.0 khal==0.14.1 aiosmtpd==1.4.6 icalendar==7.3.0 >&2 &&
        touch "$tools/complete"
} || { echo "skipped: Radicale, vdirsyncer and khal can't be installed"; exit 77; }

unset $(env | sed -n 's/^\(CONFCTL_[A-Z_]*\)=.*/\1/p')
exec "$tools/bin/python" "$here/computers.py" "$confctl"
