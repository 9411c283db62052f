#!/bin/sh
# Lets programs of others judge what confctl says to Microsoft Graph and what its practice pool
# answers. Prism stands between the two and compares every request and answer with an OpenAPI made
# from Microsoft's metadata. Microsoft's own clients, msgraph-sdk (Python) and
# microsoft-graph-client (JavaScript), read and change what confctl made.
#
#   graph.sh PATH_TO_CONFCTL [OPENAPI]
#
# OPENAPI, or GRAPH_OPENAPI in the environment, is a file that describes online meetings, strict in
# names and values. Without it what Prism judges is skipped, and counted as such.
#
# The last line is "N passed, N failed". Exit code: 0 all well, 1 a check failed, 2 wrong call, 77
# skipped (what it needs can't be installed). Needs Python 3.10 or later; the rest is installed into
# a folder for temporary files that later runs use again, Node.js as a package of Debian 12 or a
# relative. Talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-graph.$(id -u)
openapi=${2:-${GRAPH_OPENAPI:-}}

[ $# -ge 1 ] && [ $# -le 2 ] && [ -x "$1" ] || { echo "usage: graph.sh PATH_TO_CONFCTL [OPENAPI]" >&2; exit 2; }
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
if [ -r "$openapi" ]; then
    openapi=$(cd "$(dirname "$openapi")" && pwd)/$(basename "$openapi")
else
    openapi=''
fi

install_node() {
    if command -v node >/dev/null && command -v npm >/dev/null; then return; fi
    apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends nodejs npm >&2
}

[ -e "$tools/complete" ] && command -v node >/dev/null || {
    install_node && python3 -m venv "$tools" &&
        "$tools/bin/pip" install --quiet --disable-pip-version-check msgraph-sdk==1.65.0 >&2 &&
        npm install --prefix "$tools" --no-audit --no-fund --loglevel=error \
            @stoplight/prism-cli@5.14.2 @microsoft/microsoft-graph-client@3.0.7 >&2 &&
        touch "$tools/complete"
} || { echo "skipped: Prism and the clients of Microsoft Graph can't be installed"; exit 77; }

# Nobody's account, certificates or proxy is of use here.
unset $(env | sed -n 's/^\(CONFCTL_[A-Z_]*\)=.*/\1/p') $(env | sed -n 's/^\([A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]\)=.*/\1/p')
unset SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS NODE_OPTIONS
exec "$tools/bin/python" -B "$here/graph.py" "$confctl" ${openapi:+"$openapi"}
