"""The checks of dns.sh: name servers that answer at once, late, oddly or never.

What the code promises (src/net/dns): an answer, whatever it says, is taken at once; a question that
nobody answers is sent again after 1 s and given up after 2 s; the first two name servers are asked,
one after the other, the second only if the first says nothing that helps. So silence costs 2 s for
each silent server and question, and everything else far less than that first second.
"""

import contextlib
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

from dnslib import QTYPE, RCODE, RR, SRV, TXT, DNSRecord

CONFCTL, WORK = sys.argv[1], Path(sys.argv[2])
DNSMASQ, PASSWORD = "127.0.0.53", "Calendar-Ana-1"
# At once: below AGAIN. Silence: TIMEOUT for each, plus what a busy computer needs.
AT_ONCE, AGAIN, TIMEOUT, SLACK = 0.9, 1.0, 2.0, 0.9
ZONE = """
nx empty root refused fail dead one two down weights many stray suffix half alias silent rad
""".split()
passed = failed = 0


def check(what, good, seen=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print("ok     " if good else "FAILED ", what, flush=True)
    if not good:
        print("        " + str(seen).replace("\n", "\n        "), flush=True)


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def certificates():
    """A scratch authority, and a certificate for everything below each domain."""
    names = [f"DNS:{name}.example,DNS:*.{name}.example" for name in ZONE]
    (WORK / "ext").write_text("subjectAltName=" + ",".join([*names, "DNS:*.elsewhere.example"]))
    make = lambda command: run("openssl", *command.split(), cwd=WORK)
    make("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Scratch")
    make("req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=calendars")
    make(
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out cert.pem"
    )


class Web:
    """Answers 401 where a host begins with dav, as a calendar server would; else 404. Keeps who
    came: the name in the greeting of TLS, the port and the path, or that it never got so far."""

    def __init__(self, *ports):
        self.seen, self.connections = [], 0
        for port in ports:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(WORK / "cert.pem", WORK / "key.pem")
            context.sni_callback = lambda socket, name, _: setattr(socket, "wanted", name)
            listener = socket.create_server(("127.0.0.1", port))
            threading.Thread(target=self.accept, args=(listener, context, port), daemon=True).start()

    def accept(self, listener, context, port):
        while True:
            one = listener.accept()[0]
            self.connections += 1
            threading.Thread(target=self.serve, args=(one, context, port), daemon=True).start()

    def serve(self, one, context, port):
        one.settimeout(20)
        with contextlib.suppress(OSError), context.wrap_socket(one, server_side=True) as secure:
            host = getattr(secure, "wanted", None)
            file = secure.makefile("rb")
            while line := file.readline().decode():
                headers = list(iter(lambda: file.readline().decode().strip(), ""))
                length = [int(h.split(":")[1]) for h in headers if h.lower().startswith("content-length:")]
                file.read(sum(length))
                is_dav = str(host).startswith("dav")
                signed = any(h.lower().startswith("authorization:") for h in headers)
                self.seen.append((host, port, line.split()[1], signed))
                status = "401 Unauthorized" if is_dav else "404 Not Found"
                secure.sendall(
                    f'HTTP/1.1 {status}\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'.encode()
                )

    def hosts(self):
        """Each host and port, as often as a path was asked for without a password."""
        return [(host, port) for host, port, _, signed in self.seen if not signed]


class Odd:
    """A name server at an address of its own. `reply` makes the packets of an answer from dnslib's
    reading of a question and its number; `stream`, the same over TCP, or None: nothing listens."""

    def __init__(self, address, reply, stream=None):
        self.address, self.reply, self.stream, self.times, self.streams = address, reply, stream, [], 0
        self.packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.packets.bind((address, 53))
        threading.Thread(target=self.listen, daemon=True).start()
        if stream:
            self.listener = socket.create_server((address, 53))
            threading.Thread(target=self.accept, daemon=True).start()

    def listen(self):
        while True:
            data, whence = self.packets.recvfrom(4096)
            self.times.append(time.monotonic())
            for packet in self.reply(DNSRecord.parse(data), len(self.times)):
                self.packets.sendto(packet, whence)

    def accept(self):
        kept = []
        while True:
            one = self.listener.accept()[0]
            self.streams += 1
            data = one.recv(4096)
            for packet in self.stream(DNSRecord.parse(data[2:]), self.streams):
                one.sendall(struct.pack("!H", len(packet)) + packet)
            kept.append(one)


def says(code):
    def reply(asked, _):
        answer = asked.reply()
        answer.header.rcode = code
        return [answer.pack()]

    return reply


def records(asked, _, target=None, port=8443):
    """dav.DOMAIN:8443 and, for texts, /odd/."""
    answer, name = asked.reply(), str(asked.q.qname)
    if asked.q.qtype == QTYPE.SRV:
        target = target or "dav." + name.split(".", 2)[2]
        answer.add_answer(RR(name, QTYPE.SRV, rdata=SRV(0, 0, port, target)))
    elif asked.q.qtype == QTYPE.TXT:
        answer.add_answer(RR(name, QTYPE.TXT, rdata=TXT("path=/odd/")))
    return [answer.pack()]


def cut_off(asked, _):
    answer = asked.reply()
    answer.header.tc = 1
    return [answer.pack()]


def only_services(asked, number):
    return records(asked, number) if asked.q.qtype == QTYPE.SRV else []


def second_time(asked, number):
    return records(asked, number) if number % 2 == 0 else []


def after_forgeries(asked, number):
    """Somebody guesses: another id, another question, and the question itself thrown back."""
    forged = DNSRecord.parse(records(asked, number, "dav.elsewhere.example")[0])
    forged.header.id ^= 1
    other = DNSRecord.question("_caldavs._tcp.elsewhere.example", "SRV")
    other.header.id = asked.header.id
    return [forged.pack(), records(other, number)[0], asked.pack(), b"x", *records(asked, number)]


def bare_header(asked, _):
    return [struct.pack("!6H", asked.header.id, 0x8001, 0, 0, 0, 0)]


def start_dnsmasq():
    srv = lambda name, *rest: f"srv-host=_caldavs._tcp.{name}.example" + "".join(f",{part}" for part in rest)
    lines = [
        "no-resolv",
        "no-hosts",
        "bind-interfaces",
        "port=53",
        "log-queries=extra",
        f"listen-address={DNSMASQ},::1",
        "cache-size=0",
        *(f"local=/{name}.example/" for name in ZONE if name not in ("refused", "fail", "dead")),
        "server=/fail.example/127.0.1.2",
        "server=/dead.example/127.0.1.99",
        "txt-record=_caldavs._tcp.empty.example,nothing to see",
        srv("root"),
        srv("one", "dav.one.example", 8443, 0, 0),
        "txt-record=_caldavs._tcp.one.example,path=/dav/ana/",
        # The higher number stands first; nothing listens on 8499.
        srv("two", "dav2.two.example", 8444, 20, 0),
        srv("two", "dav1.two.example", 8443, 10, 0),
        srv("down", "dav2.down.example", 8444, 20, 0),
        srv("down", "dav1.down.example", 8499, 10, 0),
        srv("weights", "dav-often.weights.example", 8443, 5, 80),
        srv("weights", "dav-seldom.weights.example", 8444, 5, 20),
        srv("weights", "dav-never.weights.example", 8443, 6, 65535),
        *(srv("many", f"dav{n:02}.many.example", 8443, n, 0) for n in range(1, 61)),
        srv("stray", "dav.elsewhere.example", 8443, 0, 0),
        srv("suffix", "davsuffix.example", 8443, 0, 0),
        srv("half", "dav.half.example", 8443, 1, 0),
        srv("half", "dav.elsewhere.example", 8444, 2, 0),
        srv("rad", "cal.rad.example", 5232, 0, 0),
        "cname=_caldavs._tcp.alias.example,_caldavs._tcp.behind.alias.example",
        srv("behind.alias", "dav.alias.example", 8443, 0, 0),
    ]
    (WORK / "dnsmasq.conf").write_text("\n".join(lines) + "\n")
    (WORK / "dnsmasq.log").touch()
    return subprocess.Popen(
        [
            "dnsmasq",
            "-k",
            f"--conf-file={WORK}/dnsmasq.conf",
            "--user=root",
            "--pid-file=",
            f"--log-facility={WORK}/dnsmasq.log",
        ]
    )


def start_pool():
    users = [f"sip:ana@{name}.example EXAMPLE\\{name} Correct-Horse-7\n" for name in ZONE]
    (WORK / "users").write_text("".join(users))
    pool = subprocess.Popen(
        [CONFCTL, "pool", "serve", "--users", WORK / "users", "--data", WORK / "pool"],
        env={"PATH": os.environ["PATH"], "HOME": str(WORK)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    facts = {}
    for line in pool.stdout:
        if line.strip() == "ready":
            return pool, facts["listening"]
        name, _, value = line.strip().partition(" ")
        facts[name] = value
    raise SystemExit("the pool does not start")


def start_radicale():
    folder = WORK / "radicale" / "collection-root" / "ana@rad.example" / "work"
    folder.mkdir(parents=True)
    (folder / ".Radicale.props").write_text('{"tag": "VCALENDAR", "D:displayname": "Work"}')
    (WORK / "htpasswd").write_text(f"ana@rad.example:{PASSWORD}\n")
    (WORK / "radicale.conf").write_text(
        f"[server]\nhosts = 127.0.0.1:5232\nssl = True\ncertificate = {WORK}/cert.pem\nkey = {WORK}/key.pem\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {WORK}/htpasswd\nhtpasswd_encryption = plain\n"
        f"[storage]\nfilesystem_folder = {WORK}/radicale\n"
    )
    return folder, subprocess.Popen(
        [sys.executable, "-m", "radicale", "-C", WORK / "radicale.conf"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(address, port):
    for _ in range(150):
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port)).close()
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on {address}:{port}")


class Look:
    """One search for the calendar of ana@NAME.example."""

    def __init__(self, name, *servers, hosts=True, stop=0, command=None, **environment):
        # The glibc that finds addresses reads these too: its own waits are kept short.
        lines = [f"nameserver {server}\n" for server in servers]
        (WORK / "resolv.conf").write_text(
            "# nameserver 192.0.2.1\n; nameserver 192.0.2.1\noptions timeout:1 attempts:1\n" + "".join(lines)
        )
        own = [f"{n}.example dav.{n}.example dav1.{n}.example dav2.{n}.example" for n in ZONE]
        own += [f"dav{n:02}.many.example" for n in range(1, 61)] + ["cal.rad.example davsuffix.example"]
        own += ["dav.elsewhere.example"] + [f"dav-{n}.weights.example" for n in ("often", "seldom", "never")]
        (WORK / "hosts").write_text(
            "127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {n}\n" for n in own if hosts)
        )
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(WORK / "home"),
            "LC_ALL": "C",
            "TZ": "UTC",
            "CONFCTL_USER": f"sip:ana@{name}.example",
            "CONFCTL_LOGIN": f"EXAMPLE\\{name}",
            "CONFCTL_PASSWORD": "Correct-Horse-7",
            "CONFCTL_SERVER": SERVER,
            "CONFCTL_CA_FILE": str(WORK / "both.pem"),
            "CONFCTL_CALENDAR_PASSWORD": PASSWORD,
            **environment,
        }
        command = command or ["login", "--calendar", "--password-stdin"]
        WEB.seen.clear()
        WEB.connections = 0
        for server in ODD.values():
            server.times.clear()
            server.streams = 0
        (WORK / "dnsmasq.log").write_text("")
        begun = time.monotonic()
        one = subprocess.Popen(
            [CONFCTL, *command],
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        one.stdin.write(PASSWORD + "\n")
        one.stdin.close()
        one.stdin = None
        if stop:
            time.sleep(stop)
            one.send_signal(signal.SIGSTOP)
            time.sleep(0.1)
            one.send_signal(signal.SIGCONT)
        self.said = one.communicate(timeout=120)[1]
        self.seconds = time.monotonic() - begun
        self.code = one.returncode
        # A line for each question: its kind and name.
        log = (WORK / "dnsmasq.log").read_text()
        self.asked = re.findall(r"query\[(\w+)\] (\S+) from", log)
        self.web = WEB.hosts()
        self.paths = [path for _, _, path, signed in WEB.seen if not signed]

    def judge(self, what, good, at_least=0.0, below=AT_ONCE):
        """Whether it said so, and in time."""
        in_time = at_least <= self.seconds < below
        bounds = f"{at_least:g} to {below:g} s"
        seen = f"code {self.code} after {self.seconds:.2f} s\n{self.said.strip()}\n{self.web} {self.asked}"
        check(f"{what} [{self.seconds:.2f} s of {bounds}]", good and in_time, seen)

    def says(self, *words):
        return all(word in self.said for word in words)


def kdig(name, *options, server=DNSMASQ, kind="SRV"):
    name = f"_caldavs._tcp.{name}.example"
    return run("kdig", f"@{server}", name, kind, "+noedns", "+retry=0", "+time=2", *options)


def agrees(what, name, *words, options=(), server=DNSMASQ):
    said = kdig(name, *options, server=server)
    check(f"kdig: {what}", all(word in said for word in words), said)


def nothing_there():
    for what, name in [
        ("NXDOMAIN", "nx"),
        ("NOERROR without records", "empty"),
        ("'.', decidedly no such service", "root"),
    ]:
        look = Look(name, DNSMASQ)
        usual = [(f"{name}.example", 443)] * 2
        look.judge(
            f"{what} is taken at once, and the domain itself is looked at",
            look.code == 3
            and look.says(f"{name}.example does not tell where its calendars are")
            and look.web == usual,
        )
        names = [f"_caldavs._tcp.{name}.example"]
        check("    asked once, and for nothing else", look.asked == [("SRV", *names)], look.asked)
    agrees("NXDOMAIN", "nx", "status: NXDOMAIN")
    agrees("NOERROR without records", "empty", "status: NOERROR", "ANSWER: 0;")
    agrees("'.'", "root", "status: NOERROR", "ANSWER: 1;", "SRV\t0 0 1 .")
    look = Look("nx", DNSMASQ, hosts=False)
    look.judge(
        "NXDOMAIN for the domain as well ends at once", look.code in (3, 5) and look.says("nx.example")
    )


def nobody_knows():
    at = f"{DNSMASQ}:53"
    for name, code, words in [
        ("fail", "SERVFAIL", "SERVFAIL, it can't find out"),
        ("refused", "REFUSED", "REFUSED, it does not answer us"),
    ]:
        agrees(code, name, f"status: {code}")
        look = Look(name, DNSMASQ)
        look.judge(
            f"{code} of dnsmasq is taken at once and named",
            look.code == 3
            and look.says(f"nobody knows where {name}.example has its calendars", f"({at}: {words})"),
        )
    for server, words in [
        ("127.0.1.2", "SERVFAIL, it can't find out"),
        ("127.0.1.3", "REFUSED, it does not answer us"),
        ("127.0.1.4", "NOTIMP, it can't answer that"),
        ("127.0.1.5", "FORMERR, it can't read the question"),
        ("127.0.1.6", "error 9"),
        ("127.0.1.99", "nothing listens there"),
    ]:
        look = Look("silent", server)
        look.judge(f"{words} is taken at once", look.code == 3 and look.says(f"({server}:53: {words})"))
    look = Look("one", "127.0.1.2", DNSMASQ)
    look.judge(
        "after a SERVFAIL the second name server is asked at once",
        look.web[:1] == [("dav.one.example", 8443)],
    )
    look = Look("one", "127.0.1.99", DNSMASQ)
    look.judge("and where nothing listens", look.web[:1] == [("dav.one.example", 8443)])
    look = Look("nx", DNSMASQ, "127.0.1.7")
    look.judge("after NXDOMAIN it is not", look.says("does not tell") and not ODD["records"].times)
    look = Look("silent")
    look.judge(
        "no name server at all is said", look.code == 3 and look.says("this computer has no name server")
    )
    look = Look("fail", DNSMASQ, hosts=False)
    look.judge(
        "SERVFAIL for the domain as well: who failed is named all the same", look.says(f"{at}: SERVFAIL")
    )


def found():
    look = Look("one", DNSMASQ)
    look.judge(
        "a record leads to its host and port over TLS, and its text to the path",
        look.web[:1] == [("dav.one.example", 8443)] and look.paths[:1] == ["/dav/ana/"],
    )
    names = [("SRV", "_caldavs._tcp.one.example"), ("TXT", "_caldavs._tcp.one.example")]
    check("    services and texts are asked for, once each", look.asked == names, look.asked)
    agrees("the same host", "one", "SRV\t0 0 8443 dav.one.example.")
    look = Look("one", "::1")
    look.judge("the same over IPv6", look.web[:1] == [("dav.one.example", 8443)])
    look = Look("alias", DNSMASQ)
    agrees("an alias", "alias", "CNAME")
    look.judge("an alias of the service is followed", look.web[:1] == [("dav.alias.example", 8443)])
    look = Look("two", DNSMASQ)
    look.judge(
        "of two priorities the lower one is tried first, and no other if it answers",
        set(look.web) == {("dav1.two.example", 8443)},
    )
    look = Look("down", DNSMASQ)
    look.judge("where it is down, the other one", look.web[:1] == [("dav2.down.example", 8444)])
    # Chance fails that once in ten thousand runs.
    first = [host for _ in range(80) for host, _ in Look("weights", DNSMASQ).web[:1]]
    often, never = first.count("dav-often.weights.example"), first.count("dav-never.weights.example")
    check(
        f"weights 80 and 20 are chances: {often} of 80 times the heavy one, another priority never",
        len(first) == 80 and 50 <= often < 80 and not never,
        first,
    )
    look = Look("one", DNSMASQ, CONFCTL_CALENDAR="https://one.example/dav/")
    look.judge(
        "with a url no name server is asked for services",
        not look.asked and look.web[:1] == [("one.example", 443)],
    )


def many():
    """60 records: what UDP has room for does not hold the lowest priority."""
    short, whole = kdig("many", "+ignore", "+notcp"), kdig("many", "+tcp")
    check(
        "kdig: 60 records are cut off in a packet, and come whole over TCP",
        " tc " in short.replace(";", " ") and "ANSWER: 60;" in whole,
        short,
    )
    held = re.findall(r"SRV\t(\d+) ", short)
    check(f"    the {len(held)} of the packet are not the best ones", "1" not in held, short)
    look = Look("many", DNSMASQ)
    look.judge(
        "all 60 are read over TCP: the best one is tried first",
        look.web[:1] == [("dav01.many.example", 8443)],
    )
    look = Look("silent", "127.0.1.11")
    look.judge(
        "cut off and nothing listens on TCP: ends at once",
        look.says("(127.0.1.11:53: nothing listens there)"),
    )
    look = Look("silent", "127.0.1.12")
    look.judge(
        "cut off and silence on TCP: ends with the time of one server",
        look.says("(127.0.1.12:53: no answer in time)"),
        TIMEOUT,
        TIMEOUT + SLACK,
    )
    look = Look("silent", "127.0.1.13")
    look.judge(
        "cut off, then whole, as dnslib says it",
        look.web[:1] == [("dav.silent.example", 8443)] and look.paths[:1] == ["/odd/"],
    )


def silence():
    look = Look("silent", "127.0.1.8")
    look.judge(
        "one silent name server is given up after 2 s and named",
        look.code == 3 and look.says("no name server answers (127.0.1.8:53: no answer in time)"),
        TIMEOUT,
        TIMEOUT + SLACK,
    )
    times = ODD["silent"].times
    gap = times[1] - times[0] if len(times) == 2 else 0
    check(f"    the question was sent twice [{gap:.2f} s between them]", AGAIN <= gap < AGAIN + 0.3, times)
    look = Look("silent", "127.0.1.8", "127.0.1.9")
    both = "(127.0.1.8:53: no answer in time; 127.0.1.9:53: no answer in time)"
    look.judge(
        "two silent ones: 4 s, and the sentence names both",
        look.code == 3 and look.says(both),
        2 * TIMEOUT,
        2 * TIMEOUT + SLACK,
    )
    look = Look("silent", "127.0.1.8", "127.0.1.9", hosts=False)
    # 4 s, and glibc's 1 s for each; with glibc's usual waits it is 24 s.
    look.judge(
        "and where no address is known either, as when all name servers are down",
        look.says(both),
        2 * TIMEOUT,
        2 * TIMEOUT + 2 + SLACK,
    )
    look = Look("dead", DNSMASQ)
    look.judge(
        "a dnsmasq whose own name server is gone says nothing, and is named",
        look.code == 3 and look.says(f"({DNSMASQ}:53: no answer in time)"),
        TIMEOUT,
        TIMEOUT + SLACK,
    )
    look = Look("silent", "127.0.1.8", "127.0.1.3")
    look.judge(
        "a silent and a refusing one are told apart",
        look.says("127.0.1.8:53: no answer in time", "127.0.1.3:53: REFUSED"),
        TIMEOUT,
        TIMEOUT + SLACK,
    )
    look = Look("nx", "127.0.1.8", DNSMASQ)
    look.judge("a silent one, then NXDOMAIN: one wait", look.says("does not tell"), TIMEOUT, TIMEOUT + SLACK)
    look = Look("one", "127.0.1.8", DNSMASQ)
    # Services and texts are two questions, and each waits for the first name server.
    look.judge(
        "a silent one, then records: found after at most two waits",
        look.web[:1] == [("dav.one.example", 8443)] and look.paths[:1] == ["/dav/ana/"],
        TIMEOUT,
        2 * TIMEOUT + SLACK,
    )
    look = Look("silent", "127.0.1.10")
    look.judge(
        "each first packet lost: the second one is answered after 1 s, for services and texts",
        look.web[:1] == [("dav.silent.example", 8443)],
        2 * AGAIN,
        2 * AGAIN + SLACK,
    )
    look = Look("silent", "127.0.1.14")
    look.judge(
        "services but silence about texts: the usual path, after 2 s",
        look.web[:1] == [("dav.silent.example", 8443)] and look.paths[:1] == ["/.well-known/caldav"],
        TIMEOUT,
        TIMEOUT + SLACK,
    )
    # Ctrl-Z and fg, a quarter of a second into the wait.
    look = Look("silent", "127.0.1.8", stop=0.25)
    look.judge(
        "stopped and continued while it waits: it goes on waiting",
        look.says("(127.0.1.8:53: no answer in time)"),
        TIMEOUT,
        TIMEOUT + SLACK,
    )
    look = Look("silent", "127.0.1.12", stop=0.25)
    look.judge("and over TCP", look.says("(127.0.1.12:53: no answer in time)"), TIMEOUT, TIMEOUT + SLACK)
    look = Look("silent", "127.0.1.15")
    look.judge(
        "packets of others before the answer are passed over", look.web[:1] == [("dav.silent.example", 8443)]
    )
    look = Look("silent", "127.0.1.16")
    look.judge("a bare header that says FORMERR is an answer", look.says("(127.0.1.16:53: FORMERR"))


def strangers():
    for name, there in [("stray", "dav.elsewhere.example:8443"), ("suffix", "davsuffix.example:8443")]:
        look = Look(name, DNSMASQ)
        time.sleep(0.2)
        look.judge(
            f"{there} for {name}.example is refused before it is connected to",
            look.code == 6
            and look.says(f"{name}.example sends us on to https://{there}")
            and not WEB.connections,
        )
    look = Look("half", DNSMASQ)
    look.judge("a stranger behind one's own host does no harm", set(look.web) == {("dav.half.example", 8443)})
    look = Look("silent", "127.0.1.17")
    look.judge(
        "a target that is no host name is none: the domain itself is looked at",
        look.code == 3 and look.web == [("silent.example", 443)] * 2,
    )


def radicale():
    folder, server = start_radicale()
    try:
        wait_for("127.0.0.1", 5232)
        schedule = [
            "schedule",
            "live-meeting",
            "-s",
            "Review",
            "-t",
            "tomorrow 10:00",
            "--calendar",
            "--no-input",
            "-f",
            "text",
        ]
        look = Look("rad", DNSMASQ, command=schedule)
        entries = list(folder.glob("*.ics"))
        look.judge(
            "a meeting gets to Radicale, of which nothing is known but ana@rad.example",
            look.code == 0 and len(entries) == 1 and "SUMMARY:Review" in entries[0].read_text(),
            below=3,
        )
    finally:
        server.kill()


certificates()
WEB = Web(443, 8443, 8444)
silent = lambda asked, number: []
ODD = {
    "servfail": Odd("127.0.1.2", says(RCODE.SERVFAIL)),
    "refused": Odd("127.0.1.3", says(RCODE.REFUSED)),
    "notimp": Odd("127.0.1.4", says(RCODE.NOTIMP)),
    "formerr": Odd("127.0.1.5", says(RCODE.FORMERR)),
    "notauth": Odd("127.0.1.6", says(RCODE.NOTAUTH)),
    "records": Odd("127.0.1.7", records),
    "silent": Odd("127.0.1.8", silent),
    "silent too": Odd("127.0.1.9", silent),
    "lossy": Odd("127.0.1.10", second_time),
    "no stream": Odd("127.0.1.11", cut_off),
    "silent stream": Odd("127.0.1.12", cut_off, silent),
    "stream": Odd("127.0.1.13", cut_off, records),
    "no texts": Odd("127.0.1.14", only_services),
    "forged": Odd("127.0.1.15", after_forgeries),
    "bare": Odd("127.0.1.16", bare_header),
    "no host": Odd("127.0.1.17", lambda asked, n: records(asked, n, "a b/c.silent.example")),
}
(WORK / "home").mkdir()
dnsmasq = start_dnsmasq()
pool, SERVER = start_pool()
(WORK / "both.pem").write_text((WORK / "ca.pem").read_text() + (WORK / "pool" / "ca.pem").read_text())
try:
    wait_for(DNSMASQ, 53)
    for part in (nothing_there, nobody_knows, found, many, silence, strangers, radicale):
        part()
finally:
    dnsmasq.kill()
    pool.kill()
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
