#!/bin/sh
# Lets pidgin-sipe, a client we have not written, use practice pools of each generation: it makes conferences,
# joins those that confctl has scheduled by each link of the invitation, and is refused with a wrong password.
# Then it makes conferences on pools that answer in other legal forms (pool serve --spelling).
#
#   sipe.sh CONFCTL [DIR]
#
# CONFCTL is the program to test. DIR, a new or empty folder, keeps the pool's files and sipe's logs
# with every message in clear; without it they are removed.
# Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (packages can't be installed).
# SPELLINGS in the environment holds other numbers than 1 to 5.
# Needs Debian 12 or a relative; talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
packages="gcc pkg-config libc6-dev libglib2.0-dev libpurple-dev libxml2-dev pidgin-sipe"
libraries="purple glib-2.0 libxml-2.0"
confctl=${1:-} failures=0 pool=''

[ -x "$confctl" ] || { echo "usage: sipe.sh CONFCTL [DIR]" >&2; exit 2; }
command -v python3 >/dev/null || packages="$packages python3"

missing() {
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

install_packages() {
    wanted=$(missing)
    [ -n "$wanted" ] || return 0
    apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted >&2 &&
        return 0
    echo "skipped: these packages are missing:" $wanted
    exit 77
}

clean() {
    [ -z "$pool" ] || kill "$pool" 2>/dev/null || true
    [ -n "$keep" ] || rm -rf "$work"
}

# start_pool [FLAG...]
start_pool() {
    cat >"$work/users" <<'USERS'
sip:alice@example.com EXAMPLE\alice Practice-Alice-1
sip:bob@example.com EXAMPLE\bob Practice-Bob-2
USERS
    : >"$work/pool.out"
    env -i PATH="$PATH" HOME="$work" "$confctl" pool serve --users "$work/users" --data "$work/data" \
        --listen tcp:127.0.0.1:0 --listen tls:127.0.0.1:0 "$@" >"$work/pool.out" 2>>"$work/pool.log" &
    pool=$!
    for _ in $(seq 100); do
        if grep -qx ready "$work/pool.out"; then return; fi
        sleep 0.1
    done
    echo "FAILED  the pool is not ready after 10 seconds: $(tail -n 1 "$work/pool.log")"
    exit 1
}

# place TRANSPORT: HOST:PORT where the pool listens
place() { sed -n "s/^listening $1://p" "$work/pool.out"; }

# sipe NAME TRANSPORT USER PASSWORD [LINK]: its lines are then in NAME.out, its log in NAME.log
sipe() {
    out=$work/$1.out log=$work/$1.log home=$work/$1 transport=$2 user=$3 password=$4
    shift 4
    mkdir "$home"
    env -i PATH="$PATH" HOME="$home" LC_ALL=C SIPE_PASSWORD="$password" "$work/sipe" "$transport" \
        "$(place "$transport")" "$user@example.com" "EXAMPLE\\$user" "$work/data/ca.pem" "$@" \
        >"$out" 2>"$log"
}

# schedules KIND WORD...: confctl makes that kind of meeting as alice; sets id, digits and number, and links to
# all that its invitation prints for clients
schedules() {
    links='' id='' digits='' number='' kind=$1
    shift
    env -i PATH="$PATH" HOME="$work" CONFCTL_PASSWORD=Practice-Alice-1 \
        "$confctl" schedule "$kind" --config "$work/config.toml" --no-input --subject Review --start +2h "$@" \
        --format json >"$work/meeting.json" 2>"$work/schedule.log" || return
    python3 -c 'import json, sys
meeting = json.load(sys.stdin)
call = meeting["call_in"]
links = [call[name] for name in ("client_link", "web_link") if call.get(name)]
numbers = [number["display"] for number in call.get("numbers") or []]
shown = [" ".join(links), meeting["conference"]["id"], call.get("conference_id") or "", (numbers or [""])[0]]
print("\n".join(shown))' <"$work/meeting.json" >"$work/facts" || return
    { read -r links; read -r id; read -r digits; read -r number; } <"$work/facts"
    [ -n "$links" ]
}

# kept COLUMN ID: what the pool's database has for alice's conference of that id
kept() {
    python3 -c 'import sqlite3, sys
row = sqlite3.connect(sys.argv[1]).execute(
    f"SELECT {sys.argv[2]} FROM conference WHERE organizer = ? AND id = ?",
    ("sip:alice@example.com", sys.argv[3])).fetchone()
print(row[0] if row else "nothing")' "$work/data/pool.sqlite" "$1" "$2"
}

# check WHAT COMMAND...: one line on whether the command succeeds
check() {
    what=$1
    shift
    if "$@"; then echo "ok      $what"; else
        echo "FAILED  $what"
        failures=$((failures + 1))
    fi
}

# says LINE, says_like PATTERN: sipe's output has that whole line, or one that matches
says() { grep -Fqx -e "$1" "$out" || lacks "$1"; }
says_like() { grep -Eqx -e "$1" "$out" || lacks "$1"; }
lacks() { echo "        no '$1' but: $(paste -sd '|' "$out")"; false; }
never_ignores() { ! grep '^ignored: ' "$out"; }
same() { [ "$1" = "$2" ] || { echo "        '$1' is not '$2'"; false; }; }

check_signatures() {
    check "$1: it finds every answer signed" never_ignores
    check_right_signatures "$1"
}

check_right_signatures() {
    check "$1: and the signatures right" says_like 'signatures-verified: ([4-9]|[1-9][0-9]+)'
}

# makes_conference DIALECT TRANSPORT
makes_conference() {
    name=$1-$2
    # In the same second sipe would make the same id, which the pool refuses rightly.
    sleep 1.1
    check "$name: sipe signs in, makes a conference, joins it" sipe "$name" "$2" alice Practice-Alice-1
    [ "$1" = ocs2007 ] || check "$name: it shows a dial-in number" says_like 'card: Number: \+[0-9 ]+'
    check "$name: it signs out" says 'signed-out: alice@example.com'
    check_signatures "$name"
    made=$(sed -n 's/^conference: sip:alice@example\.com;gruu;opaque=app:conf:focus:id://p' "$out")
    check "$name: the pool keeps that conference" same "$(kept id "${made:-none}")" "$made"
}

# joins_meeting DIALECT TRANSPORT KIND WORD...: by every link of the invitation
joins_meeting() {
    dialect=$1 transport=$2 name=$1-$3 joined=0
    shift 2
    check "$name: confctl schedules a meeting" schedules "$@"
    for link in $links; do
        joined=$((joined + 1))
        check "$name: sipe joins it by ${link%%:*}:" sipe "$name-$joined" "$transport" bob Practice-Bob-2 "$link"
        check_signatures "$name-$joined"
        [ "$dialect" != ocs2007 ] || continue
        check "$name: it shows the invitation's first number" says "card: Number: $number"
        check "$name: it shows the invitation's Conference ID" says "card: Conference ID: $digits"
        check "$name: the pool keeps that Conference ID" same "$(kept pstn_id "$id")" "$digits"
    done
    check "$name: those were all links" same "$joined" 2
}

# uses DIALECT FLAG...: everything over TCP and TLS at a pool of that generation
uses() {
    dialect=$1
    shift
    start_pool --dialect "$dialect" "$@"
    pages=$(sed -n 's,^page-external \(https://[^/]*\)/.*,\1,p' "$work/pool.out")
    cat >"$work/config.toml" <<CONFIG
[account]
user = "alice@example.com"
login = 'EXAMPLE\alice'
server = "tls:$(place tls)"
ca_file = "$work/data/ca.pem"
join_base = "$pages/meet"
CONFIG
    for transport in tcp tls; do makes_conference "$dialect" "$transport"; done
    case $dialect in ocs2007) phone=--no-dial-in ;; *) phone='' ;; esac
    joins_meeting "$dialect" tls live-meeting $phone
    joins_meeting "$dialect" tcp conference-call --id new $phone
}

refuses() {
    code=0
    sipe "refused-$1" "$1" alice wrong || code=$?
    check "$1: a wrong password ends sipe" same "$code" 1
    check "$1: with the reason" says 'failed: signing in: Authentication failed'
}

stops_pool() {
    kill "$pool" && wait "$pool" && pool=''
}

# understands SEED DIALECT: sipe signs in at a pool of that spelling and makes a conference
understands() {
    name=spelling-$1
    start_pool --spelling "$1" --dialect "$2"
    check "$name: sipe signs in at a pool of $2, makes a conference, joins it" \
        sipe "$name" tcp alice Practice-Alice-1
    check "$name: it signs out" says 'signed-out: alice@example.com'
    # Pools send provisional answers without a signature, and sipe says that it ignores them.
    check_right_signatures "$name"
    made=$(sed -n 's/^conference: sip:alice@example\.com;gruu;opaque=app:conf:focus:id://p' "$out")
    check "$name: the pool keeps that conference" same "$(kept id "${made:-none}")" "$made"
    stops_pool
}

install_packages
keep=${2:-}
work=${keep:-$(mktemp -d)}
mkdir -p "$work"
trap clean EXIT
gcc -std=gnu11 -Wall -Wextra -O1 -rdynamic -o "$work/sipe" "$here/sipe.c" $(pkg-config --cflags --libs $libraries)
for generation in ocs2007 ocs2007r2; do
    uses "$generation"
    check "$generation: the pool stops when told" stops_pool
done
uses lync --policy join-url=off
refuses tcp
refuses tls
check "lync: the pool stops when told" stops_pool
for seed in ${SPELLINGS:-1 2 3 4 5}; do
    sleep 1.1
    case $((seed % 2)) in
    0) understands "$seed" ocs2007r2 ;;
    *) understands "$seed" lync ;;
    esac
done
[ "$failures" -eq 0 ]
