#!/bin/sh
# Signs in to a running practice pool with pidgin-sipe, a client we have not written, and checks
# what it learned: the dial-in numbers, and the conference it made.
#
#   sipe.sh --users FILE [--tcp HOST:PORT] [--tls HOST:PORT --ca PEM] [--require-join] [--logs DIR]
#
# FILE is the pool's list of users; the first one signs in. Each transport given is tried. With
# --require-join the pool must also let sipe into the conference and tell it the Conference ID.
# DIR is where sipe's logs are kept, with every message in clear.
# Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (packages missing, not root).
# Needs Debian 12 or a relative; talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
packages="gcc pkg-config libglib2.0-dev libpurple-dev libxml2-dev pidgin-sipe"
libraries="purple glib-2.0 libxml-2.0"
users='' tcp='' tls='' ca='' logs='' require_join=no

say() { printf '%s\n' "$*" >&2; }

usage() {
    say "sipe.sh: $1"
    say "usage: sipe.sh --users FILE [--tcp HOST:PORT] [--tls HOST:PORT --ca PEM] [--require-join] [--logs DIR]"
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --require-join) require_join=yes; shift; continue ;;
        --users | --tcp | --tls | --ca | --logs) [ $# -ge 2 ] || usage "$1 needs a value" ;;
        *) usage "unknown argument $1" ;;
    esac
    case $1 in
        --users) users=$2 ;;
        --tcp) tcp=$2 ;;
        --tls) tls=$2 ;;
        --ca) ca=$2 ;;
        --logs) logs=$2 ;;
    esac
    shift 2
done

[ -r "$users" ] || usage "--users must name a file that can be read"
[ -n "$tcp$tls" ] || usage "give --tcp, --tls or both"
[ -z "$tls" ] || [ -r "$ca" ] || usage "--tls needs --ca with a file that can be read"
for server in $tcp $tls; do
    case $server in
        localhost:* | 127.*:*) ;;
        *) usage "$server is not on this machine" ;;
    esac
done

missing() {
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

install_packages() {
    wanted=$(missing)
    [ -n "$wanted" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        say "sipe.sh: skipped, these packages are missing:" $wanted
        exit 77
    fi
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted >&2
}

build() {
    gcc -std=gnu11 -Wall -O1 -rdynamic -o "$work/sipe" "$here/sipe.c" \
        $(pkg-config --cflags --libs $libraries)
}

read_user() {
    read -r uri login password <<USER
$(grep -v -e '^[[:space:]]*#' -e '^[[:space:]]*$' "$users" | head -n 1)
USER
    uri=${uri#sip:}
    [ -n "$password" ] || usage "the first line of $users is not: URI DOMAIN\\user PASSWORD"
}

# run TRANSPORT SERVER [OPTION...]: signs in over it and checks the lines, which are in $out
run() {
    transport=$1 server=$2
    shift 2
    out=$work/$transport.out
    mkdir "$work/$transport"
    say "== sipe over $transport to $server"
    code=0
    env -i PATH="$PATH" HOME="$work/$transport" LC_ALL=C SIPE_PASSWORD="$password" \
        "$work/sipe" --server "$server" --transport "$transport" --uri "$uri" --login "$login" \
        --home "$work/$transport" --log "$work/$transport.log" "$@" \
        >"$out" 2>"$work/$transport.err" || code=$?
    cat "$out"
    [ -z "$logs" ] || cp "$work/$transport.log" "$work/$transport.err" "$logs"
    if [ "$code" -eq 0 ]; then check; else
        failure "it ended with $code: $(grep '^sipe: ' "$work/$transport.err" | tail -n 1)"
    fi
}

failure() {
    say "FAILED over $transport: $1"
    failures=$((failures + 1))
}

# expect WHAT PATTERN: one whole line of the output matches the extended pattern
expect() { grep -Eqx -e "$2" "$out" || failure "no $1 (expected a line like: $2)"; }

value() { sed -n "s/^$1: //p" "$out" | head -n 1; }

check() {
    expect "sign-in" "signed-in: $uri"
    expect "address of the Focus Factory" 'focus-factory: sip:.+'
    expect "dial-in number" 'region: .+ = \+[0-9 ]+'
    expect "default region" 'default-region: .+'
    expect "conference" "conference-uri: sip:$uri;gruu;opaque=app:conf:focus:id:[0-9A-F]{32}"
    expect "sign-out" "signed-out: $uri"
    expect "signed answers" 'signatures-verified: ([4-9]|[1-9][0-9]+)'
    if grep -q '^ignored: ' "$out"; then failure "the pool sent $(value ignored)"; fi
    if [ "$(value joined)" = yes ]; then check_card; elif [ "$require_join" = yes ]; then
        failure "sipe was not let into its conference: $(value reason)"
    fi
}

# The card sipe shows its user must agree with what the pool answered.
check_card() {
    number=$(sed -n "s/^region: $(value default-region) = //p" "$out")
    [ "$(value 'card: Number')" = "$number" ] || failure "the card shows another number than $number"
    expect "Conference ID on the card" 'card: Conference ID: [0-9]+'
}

failures=0
install_packages
read_user
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build
if [ -n "$tcp" ]; then run tcp "$tcp"; fi
if [ -n "$tls" ]; then run tls "$tls" --ca "$ca"; fi
[ "$failures" -eq 0 ] || exit 1
say "sipe signed in, learned the numbers and made a conference"
