#!/bin/sh
# Cuts the power at moments of a command's way to the disk, as strace sees it: what was not synced is
# lost, or half of it. 'confctl resume', or the same command once more, must make of it what the
# user was told, each thing once.
#
#   power.sh CONFCTL [STATES|all [SEED]]
#
# 40 states of the disk for each command unless told otherwise; the seed is random and said. The
# last line is "N passed, N failed", counted in states. Exit code: 0 all well, 1 a check failed,
# 2 wrong call, 77 skipped (there is no strace, or it may not look). Needs Linux and Python 3.10 or
# later. Talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)

[ $# -ge 1 ] && [ -x "$1" ] || { echo "usage: power.sh CONFCTL [STATES|all [SEED]]" >&2; exit 2; }
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift

strace -f -yy -xx -o /dev/null true || { echo "skipped: strace can't be used"; exit 77; }

unset $(env | sed -n 's/^\(CONFCTL_[A-Z_]*\)=.*/\1/p')
exec python3 -B "$here/power.py" "$confctl" "$@"
