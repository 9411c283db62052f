#!/bin/sh
# Lets confctl keep a password in a real keyring, GNOME's: logs in to a practice pool, then schedules
# with nothing but the settings file and the keyring, as on a desktop.
#
#   keyring.sh CONFCTL
#
# CONFCTL is the program to test. The last line is 'N passed, N failed'.
# Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (packages can't be installed).
# Needs Debian 12 or a relative; has a home and a session bus of its own, and talks to this machine
# only.

set -eu

packages="gnome-keyring dbus libsecret-tools"
confctl=${1:-} passed=0 failed=0 pool='' daemon=''

[ -x "$confctl" ] || { echo "usage: keyring.sh CONFCTL" >&2; exit 2; }

install_packages() {
    wanted=''
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            wanted="$wanted $package"
    done
    [ -n "$wanted" ] || return 0
    apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted >&2 &&
        return 0
    echo "skipped: these packages are missing:$wanted"
    exit 77
}

# The rest runs once more, inside an empty home and a session bus that starts no service by itself: a
# keyring that the bus has started has no password and can't be given one.
enter_session() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -m 700 "$work/home" "$work/run"
    cat >"$work/bus.conf" <<'BUS'
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
BUS
    code=0
    env -i PATH="$PATH" LC_ALL=C HOME="$work/home" XDG_RUNTIME_DIR="$work/run" KEYRING_WORK="$work" \
        dbus-run-session --config-file="$work/bus.conf" -- sh "$0" "$confctl" || code=$?
    exit "$code"
}

clean() {
    [ -z "$pool" ] || kill "$pool" 2>/dev/null || true
    stop_keyring
}

# The keyring is made by the daemon's first start, with that password; only a right one opens it later.
start_keyring() {
    printf %s "$1" | gnome-keyring-daemon --foreground --unlock --components=secrets \
        >>"$KEYRING_WORK/daemon.log" 2>&1 &
    daemon=$!
    for _ in $(seq 100); do
        if dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true; then return; fi
        sleep 0.1
    done
    echo "FAILED  the keyring is not there after 10 seconds: $(tail -n 1 "$KEYRING_WORK/daemon.log")"
    exit 1
}

stop_keyring() {
    [ -n "$daemon" ] || return 0
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    daemon=''
}

start_pool() {
    printf '%s\n' 'sip:ana@example.com EXAMPLE\ana Correct-Horse-7' >"$KEYRING_WORK/users"
    "$confctl" pool serve --users "$KEYRING_WORK/users" --data "$KEYRING_WORK/pool" \
        >"$KEYRING_WORK/pool.out" 2>"$KEYRING_WORK/pool.log" &
    pool=$!
    for _ in $(seq 100); do
        if grep -qx ready "$KEYRING_WORK/pool.out"; then return; fi
        sleep 0.1
    done
    echo "FAILED  the pool is not ready after 10 seconds: $(tail -n 1 "$KEYRING_WORK/pool.log")"
    exit 1
}

# ends CODE COMMAND...: the command ends with that code; keeps its words in out and err
ends() {
    expected=$1 code=0
    shift
    "$@" >"$KEYRING_WORK/out" 2>"$KEYRING_WORK/err" </dev/null || code=$?
    [ "$code" -eq "$expected" ] || {
        echo "        exit code $code instead of $expected: $(tail -n 2 "$KEYRING_WORK/err")"
        false
    }
}

login() {
    "$confctl" login --user sip:ana@example.com --login 'EXAMPLE\ana' --ca-file "$KEYRING_WORK/pool/ca.pem" \
        --server "$(sed -n 's/^listening //p' "$KEYRING_WORK/pool.out")" --password-stdin
}
logs_in() { ends 0 with_password Correct-Horse-7; }
logs_in_wrongly() { ends 4 with_password Wrong-Horse-7; }
with_password() { echo "$1" | login; }
schedule() { "$confctl" schedule live-meeting --no-input -s Review -t +2h -f text; }

says() { grep -Fq -e "$1" "$KEYRING_WORK/$2" || { echo "        no '$1' in $2"; false; }; }
keeps_account() { grep -Fq 'user = "sip:ana@example.com"' "$settings"; }
keeps_zone() { grep -Fq 'zone = "Europe/Prague"' "$settings"; }
has_no_settings() { [ ! -e "$settings" ]; }
in_keyring() { [ "$(secret-tool lookup service confctl username sip:ana@example.com)" = Correct-Horse-7 ]; }
holds_no_password() { ! grep -rFq -e Correct-Horse "$HOME" "$KEYRING_WORK/out" "$KEYRING_WORK/err"; }
prints_card() { says 'Conference ID: ' out && ! grep -Fq 'No account is configured' "$KEYRING_WORK/err"; }
ends_soon() { timeout 10 "$@"; }

# check WHAT COMMAND...: one line on whether the command succeeds
check() {
    what=$1
    shift
    if "$@"; then
        echo "ok      $what"
        passed=$((passed + 1))
    else
        echo "FAILED  $what"
        failed=$((failed + 1))
    fi
}

install_packages
[ -n "${KEYRING_WORK:-}" ] || enter_session
trap clean EXIT
settings=$HOME/.config/confctl/config.toml
start_pool
check "without a keyring login ends with 4" ends 4 with_password Correct-Horse-7
check "and says what to do" says CONFCTL_PASSWORD err
check "and keeps the account all the same" keeps_account
rm "$settings"
start_keyring keyring-password
check "a wrong password ends login with 4" logs_in_wrongly
check "and leaves no settings" has_no_settings
check "login signs in and keeps the password" logs_in
check "the settings hold the account" keeps_account
check "the keyring holds the password" in_keyring
check "schedule needs no password any more" ends 0 schedule
check "and prints the card of the account's pool" prints_card
check "no file at home and no word holds the password" holds_no_password
sed -i '1i zone = "Europe/Prague"' "$settings"
check "login again replaces the password" logs_in
check "and keeps the other settings" keeps_zone
stop_keyring
start_keyring another-password
check "a locked keyring is not waited for" ends 4 ends_soon "$confctl" schedule live-meeting --no-input -s Review -t +2h
check "and is named" says keyring err
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
