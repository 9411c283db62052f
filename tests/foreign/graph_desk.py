"""What the judges of Graph share: confctl, its practice pool, and Prism between them."""

import datetime
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

CONFCTL, *OPENAPI = sys.argv[1:]
TOOLS = pathlib.Path(sys.prefix)
WORK = pathlib.Path(tempfile.mkdtemp())
ANA, TOKEN = "ana@example.com", "Correct-Horse-7"
DAY = datetime.date.today() + datetime.timedelta(days=14)
CALL = f"schedule conference-call --zone UTC -t '{DAY} 10:00' -f json"
PRISM_ERRORS = "https://stoplight.io/prism/errors"
counts = {True: 0, False: 0}


def check(name, passed, said=""):
    counts[bool(passed)] += 1
    print("ok  " if passed else "FAIL", name, flush=True)
    if not passed:
        print("    " + str(said).strip().replace("\n", "\n    "), flush=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Program:
    """A server that runs until it is stopped, and says when it is ready."""

    def __init__(self, name, command, is_ready, env=None):
        self.log = WORK / f"{name}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=WORK, env=env)
        for _ in range(600):
            if is_ready in self.log.read_text():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit(f"{name} is not ready: {self.log.read_text()[-500:]}")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Pool:
    """The practice pool: always on one port and in one folder, every time with other flags."""

    def __init__(self):
        self.port, self.program = free_port(), None
        self.base = f"https://localhost:{self.port}/v1.0"
        self.ca = WORK / "pool" / "ca.pem"
        (WORK / "users").write_text(f"sip:{ANA} EXAMPLE\\ana {TOKEN}\n")

    def start(self, *flags):
        self.stop()
        command = [
            CONFCTL,
            "pool",
            "serve",
            "--listen",
            "tls:127.0.0.1:0",
            "--graph",
            f"127.0.0.1:{self.port}",
            "--users",
            WORK / "users",
            "--data",
            WORK / "pool",
            *flags,
        ]
        self.program = Program("pool", command, "\nready", {**os.environ, "HOME": str(WORK)})

    def stop(self):
        if self.program:
            self.program.stop()
            self.program = None


class Desk:
    """confctl with a home of its own and an account of Teams."""

    def __init__(self, name, server, **environment):
        self.home = WORK / name
        settings = self.home / ".config" / "confctl"
        settings.mkdir(parents=True)
        # Without https:// the kind has to be named: http:// alone is taken for a pool's address.
        (settings / "config.toml").write_text(f"[account]\nkind = 'teams'\nuser = '{ANA}'\nserver = '{server}'\n")
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "CONFCTL_TOKEN": TOKEN,
            "CONFCTL_TIMEOUT": "20",
            **environment,
        }

    def run(self, line, **environment):
        command = f"'{CONFCTL}' {line} --no-input"
        return subprocess.run(
            command,
            shell=True,
            env={**self.env, **environment},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def json(self, line):
        done = self.run(line)
        if done.returncode != 0:
            raise AssertionError(f"confctl {line}: exit code {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def rows(self):
        return {row["subject"]: row["state"] for row in self.json("list --all --json")}


class Recorder(http.server.ThreadingHTTPServer):
    """Stands before Prism and keeps what goes through. Prism's paths have no /v1.0, which confctl's
    address has as everybody's."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen, self.prism = [], None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base(self):
        """What is plain, confctl takes on loopback only."""
        return f"http://127.0.0.1:{self.server_port}/v1.0"

    def ask(self, method, path, body=None, token=TOKEN):
        """A request of ours: the exchange."""
        before = len(self.seen)
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=30)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        text = json.dumps(body) if body is not None else None
        connection.request(method, f"/v1.0/me/onlineMeetings{path}", text, headers)
        connection.getresponse().read()
        connection.close()
        return self.seen[before]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.removeprefix("/v1.0")
        connection = http.client.HTTPConnection("127.0.0.1", self.server.prism, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        connection.request(self.command, path, sent or None, headers)
        answer = connection.getresponse()
        said = answer.read()
        self.server.seen.append(Exchange(self.command, path, sent, self.headers, answer, said))
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "keep-alive"):
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        connection.close()

    do_GET = do_POST = do_PATCH = do_DELETE = pass_on

    def log_message(self, *_):
        pass


class Exchange:
    def __init__(self, method, path, sent, asked, answer, said):
        place = path.removeprefix("/me/onlineMeetings").lstrip("/")
        place = {"": "", "createOrGet": " createOrGet"}.get(place.partition("?")[0], " one")
        self.what = method + place
        self.path, self.sent, self.said = path, sent.decode(), said.decode(errors="replace")
        self.status, self.server = answer.status, answer.headers.get("Server")
        self.agent, self.prefer = asked.get("User-Agent") or "", asked.get("Prefer")
        # What Prism finds wrong with an answer that it lets pass.
        self.found = json.loads(answer.headers.get("sl-violations") or "[]")
        if PRISM_ERRORS in self.said:
            problem = json.loads(self.said)
            self.found += problem.get("validation") or [
                {"code": problem["type"], "message": problem.get("detail")}
            ]

    def value(self):
        return json.loads(self.said)

    def __str__(self):
        found = "; ".join(f"{'.'.join(map(str, f.get('location', [])))} {f['message']}" for f in self.found)
        return f"{self.what} {self.path} {self.sent}\n  {self.status} {self.said[:600]}\n  {found}"


def prism(name, pool, *flags):
    """Prism before the practice pool: its port and itself."""
    return start_prism(name, pool.ca, "proxy", *OPENAPI, pool.base, *flags)


def mock(name, *flags):
    """Prism as a service that makes up its answers."""
    return start_prism(name, "", "mock", WORK / "mock.json", "--errors", *flags)


def start_prism(name, ca, *command):
    port, binary = free_port(), TOOLS / "node_modules" / ".bin" / "prism"
    command = [binary, *command, "-h", "127.0.0.1", "-p", str(port), "-m", "false"]
    return port, Program(name, command, "Prism is listening", {**os.environ, "NODE_EXTRA_CA_CERTS": str(ca)})
