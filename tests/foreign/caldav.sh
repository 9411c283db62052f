#!/bin/sh
# Puts meetings on the calendars of two CalDAV servers that are not ours, Radicale and Xandikos, and
# lets other programs read and edit them there.
#
#   caldav.sh PATH_TO_CONFCTL
#
# The last line is "N passed, N failed". Exit code: 0 all well, 1 a check failed, 2 wrong call, 77
# skipped (what it needs can't be installed). Needs Python 3.10 or later; the rest is installed into
# a folder for temporary files that later runs use again. Talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-caldav.$(id -u)

[ $# -eq 1 ] && [ -x "$1" ] || { echo "usage: caldav.sh PATH_TO_CONFCTL" >&2; exit 2; }
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

[ -e "$tools/complete" ] || {
    python3 -m venv "$tools" &&
        "$tools/bin/pip" install --quiet --disable-pip-version-check radicale==3.9.0 \
            xandikos==0.4.10 cryptography caldav==3.6.0 icalendar==7.3.0 recurring-ical-events==3.8.2 >&2 &&
        touch "$tools/complete"
} || { echo "skipped: Radicale and Xandikos can't be installed"; exit 77; }

unset $(env | sed -n 's/^\(CONFCTL_[A-Z_]*\)=.*/\1/p')
exec "$tools/bin/python" "$here/calendars.py" "$confctl"
