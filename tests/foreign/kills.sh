#!/bin/sh
# Kills commands with SIGKILL at random moments while they talk to a pool or to Teams, to Radicale and
# to an SMTP server of aiosmtpd, lets 'confctl resume' finish them, and compares what is there
# afterwards.
#
#   kills.sh CONFCTL [ROUNDS [SEED [pool|teams]]]
#
# The pool first and then Teams unless one is named, as the practice pool serves both. 60 rounds each
# unless told otherwise; the seed is random and said. The last line is "N passed, N failed" for all.
# Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (what it needs can't be
# installed). Needs Python 3.10 or later; the rest is installed into a folder for temporary files
# that later runs use again. Talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-kills.$(id -u)

usage() {
    echo "usage: kills.sh CONFCTL [ROUNDS [SEED [pool|teams]]]" >&2
    exit 2
}

[ $# -ge 1 ] && [ $# -le 4 ] && [ -x "$1" ] || usage
case ${4-pool} in
pool | teams) ;;
*) usage ;;
esac
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift

[ -e "$tools/complete" ] || {
    python3 -m venv "$tools" &&
        "$tools/bin/pip" install --quiet --disable-pip-version-check radicale==3.9.0 \
            aiosmtpd==1.4.6 icalendar==7.3.0 >&2 &&
        touch "$tools/complete"
} || { echo "skipped: Radicale and aiosmtpd can't be installed"; exit 77; }

unset $(env | sed -n 's/^\(CONFCTL_[A-Z_]*\)=.*/\1/p')
exec "$tools/bin/python" "$here/kills.py" "$confctl" "$@"
