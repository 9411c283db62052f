#!/bin/sh
# Lets strace count how often a command opens the settings: each reads them once.
#
#   opens.sh CONFCTL
#
# Ends with "N passed, M failed". Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped
# (strace can't be installed or may not trace). Talks to this machine only.

set -eu

confctl=${1:-}
[ -x "$confctl" ] || { echo "usage: opens.sh CONFCTL" >&2; exit 2; }
confctl=$(cd "$(dirname "$confctl")" && pwd)/$(basename "$confctl")

command -v strace >/dev/null ||
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y strace; } >&2 ||
    { echo "skipped: strace can't be installed"; exit 77; }
strace -o /dev/null true || { echo "skipped: strace may not trace here"; exit 77; }

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -p "$home/.config/confctl"
cat >"$home/.config/confctl/config.toml" <<'TOML'
zone = "Europe/Prague"
language = "de"
[mail]
via = "folder:mails"
[invitation]
footer = "Example Ltd"
TOML

passed=0 failures=0

opens_once() { # WORD...
    code=0
    (cd "$home" && env -i HOME="$home" PATH="$PATH" LANG=C.UTF-8 BROWSER=false \
        strace -f -qq -e trace=open,openat,openat2 -o trace "$confctl" "$@") \
        >/dev/null 2>&1 </dev/null || code=$?
    count=$(grep -c 'config\.toml"' "$home/trace" || :)
    if [ "$count" = 1 ] && [ "$code" != 101 ]; then
        passed=$((passed + 1))
    else
        failures=$((failures + 1))
        echo "FAILED: confctl $* opened the settings $count times (exit code $code)"
    fi
}

meeting="schedule live-meeting -s Review -t +2d -i bo@example.com"
opens_once $meeting --key one --send
opens_once $meeting --key one
opens_once schedule conference-call -s Call -t +3d --dry-run
opens_once list
opens_once list --json --all
opens_once show Review
opens_once update Review -t +1h --send
opens_once copy Review -t +7d -s Next
opens_once invite Review -f eml
opens_once invite Review --send
opens_once invite Review --send --dry-run
opens_once refresh --yes --send
opens_once resume
opens_once resume --list
opens_once meet-now live-meeting
opens_once settings url
opens_once settings open
opens_once settings show
opens_once cancel Next --yes --send

echo "$passed passed, $failures failed"
[ "$failures" = 0 ]
