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

opens_once() { # CODE WORD...
    expected=$1 code=0
    shift
    (cd "$home" && env -i HOME="$home" PATH="$PATH" LANG=C.UTF-8 BROWSER=false \
        strace -f -qq -e trace=open,openat,openat2 -o trace "$confctl" "$@") \
        >/dev/null 2>&1 </dev/null || code=$?
    count=$(grep -c 'config\.toml"' "$home/trace" || :)
    if [ "$count" = 1 ] && [ "$code" = "$expected" ]; then
        passed=$((passed + 1))
    else
        failures=$((failures + 1))
        echo "FAILED: confctl $* opened the settings $count times (exit code $code, expected $expected)"
    fi
}

meeting="schedule live-meeting -s Review -t $(date -u -d "+2 days" +%Y-%m-%dT10:00) -i bo@example.com"
opens_once 0 $meeting --key one --send
opens_once 0 $meeting --key one
opens_once 0 schedule conference-call -s Call -t +3d --dry-run
opens_once 0 list
opens_once 0 list --json --all
opens_once 0 show Review
opens_once 0 update Review -t +1h --send
opens_once 0 copy Review -t +7d -s Next
opens_once 0 invite Review -f eml
opens_once 0 invite Review --send
opens_once 0 invite Review --send --dry-run
opens_once 0 refresh --yes --send
opens_once 0 resume
opens_once 0 resume --list
opens_once 0 meet-now live-meeting
opens_once 0 settings url
# The browser is one that fails.
opens_once 1 settings open
opens_once 0 settings show
opens_once 0 cancel Next --yes --send

echo "$passed passed, $failures failed"
[ "$failures" = 0 ]
