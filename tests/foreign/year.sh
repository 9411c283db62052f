#!/bin/sh
# A year of two computers with one user, one pool and one diary: operations at random, kills, syncs,
# edits as khal makes them and strangers' files, against a model of what must be there.
#
#   [YEAR_SEED=N] [YEAR_OPERATIONS=N] year.sh PATH_TO_CONFCTL
#
# 2 000 operations of seed 1 unless told otherwise; a failure names the operation and the seed, which
# together lead there again but for the moments of kills. The last line is "N passed, N failed", in
# checks. Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (what it needs can't be
# installed). Needs Python 3.10 or later; the rest is installed into a folder for temporary files that
# later runs use again. Talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-year.$(id -u)

[ $# -eq 1 ] && [ -x "$1" ] || { echo "usage: year.sh PATH_TO_CONFCTL" >&2; exit 2; }
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

[ -e "$tools/complete" ] || {
    python3 -m venv "$tools" &&
        "$tools/bin/pip" install --quiet --disable-pip-version-check \
            aiosmtpd==1.4.6 icalendar==7.3.0 >&2 &&
        touch "$tools/complete"
} || { echo "skipped: aiosmtpd and icalendar can't be installed"; exit 77; }

unset $(env | sed -n 's/^\(CONFCTL_[A-Z_]*\)=.*/\1/p')
exec "$tools/bin/python" "$here/year.py" "$confctl"
