"""The checks of mail.sh: a Postfix of our own, confctl as its client, and what arrives."""

import base64
import email
import email.policy
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

from aiosmtpd.controller import Controller

PEOPLE = ["bo@example.com", "cy@example.org", "dee@example.com", "eva@example.org"]
CROWD = [f"guest{number}@example.com" for number in range(500)]
SUBJECT = 'Zasedání výboru 日本語; "rough", a\\b'
NOTE = "Bring your numbers.\n.\n..dots\n.\r\nQUIT\nŽofie\n"

passed = failed = 0


def check(what, good, seen=""):
    global passed, failed
    if good:
        passed += 1
        print(f"ok      {what}", flush=True)
    else:
        failed += 1
        print(f"FAILED  {what} {seen}", flush=True)


def same(what, seen, expected):
    check(what, seen == expected, f"\n        {seen!r}\n        is not {expected!r}")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def certificates(folder):
    """A scratch authority, and a certificate for 127.0.0.1."""
    folder.mkdir()
    (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\n")
    run = lambda command: subprocess.run(
        ["openssl", *command.split()], cwd=folder, check=True, capture_output=True
    )
    run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Scratch")
    run("req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=mail.example.com")
    run("x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out cert.pem")
    return folder


class Authenticator:
    """Knows one password, and tells Postfix in Dovecot's authentication protocol 1.1."""

    GOOD = base64.b64encode(b"\0ana@example.com\0sesame").decode()

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            talk, _ = self.socket.accept()
            threading.Thread(target=self.answer, args=(talk,), daemon=True).start()

    def answer(self, talk):
        say = lambda *lines: talk.sendall("".join(f"{line}\n" for line in lines).encode())
        say("VERSION\t1\t1", "MECH\tPLAIN\tplaintext", "SPID\t1", "CUID\t1", f"COOKIE\t{'0' * 32}", "DONE")
        for line in talk.makefile():
            verb, *words = line.rstrip("\n").split("\t")
            if verb == "AUTH":
                good = f"resp={self.GOOD}" in words
                say(f"OK\t{words[0]}\tuser=ana" if good else f"FAIL\t{words[0]}\tuser=ana")


class Postfix:
    """Takes mails for PEOPLE and CROWD: in clear, with STARTTLS and a password, and over TLS."""

    def __init__(self, work, keys):
        self.work, self.etc = work, work / "etc"
        self.mail = work / "mail"
        self.authenticator = Authenticator()
        self.plain, self.submission, self.submissions = (free_port() for _ in range(3))
        for folder in ["etc", "spool", "lib", "mail"]:
            (work / folder).mkdir(parents=True)
        shutil.chown(work / "lib", "postfix")
        shutil.chown(work / "mail", "nobody")
        (self.etc / "boxes").write_text("".join(f"{one} {one}/\n" for one in PEOPLE + CROWD))
        (self.etc / "main.cf").write_text(self.main(keys))
        (self.etc / "master.cf").write_text(self.master())
        self.command("postfix", "start")
        self.wait(lambda: self.answers(self.plain))

    def main(self, keys):
        return f"""
            compatibility_level = 3.6
            queue_directory = {self.work}/spool
            data_directory = {self.work}/lib
            daemon_directory = /usr/lib/postfix/sbin
            command_directory = /usr/sbin
            mail_owner = postfix
            setgid_group = postdrop
            maillog_file = {self.work}/log
            maillog_file_prefixes = {self.work}
            inet_interfaces = loopback-only
            inet_protocols = ipv4
            myhostname = mail.example.com
            mydestination =
            mynetworks =
            alias_maps =
            virtual_mailbox_domains = example.com, example.org
            virtual_mailbox_base = {self.mail}
            virtual_mailbox_maps = texthash:{self.etc}/boxes
            virtual_uid_maps = static:65534
            virtual_gid_maps = static:65534
            smtpd_tls_cert_file = {keys}/cert.pem
            smtpd_tls_key_file = {keys}/key.pem
            smtpd_relay_restrictions = reject_unauth_destination
            smtpd_sasl_type = dovecot
            smtpd_sasl_path = inet:127.0.0.1:{self.authenticator.port}
            smtpd_error_sleep_time = 0
            """.replace("\n            ", "\n")

    def master(self):
        locked = "-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
        return f"""
            127.0.0.1:{self.plain} inet n - n - - smtpd
            127.0.0.1:{self.submission} inet n - n - - smtpd {locked} -o smtpd_tls_security_level=encrypt
            127.0.0.1:{self.submissions} inet n - n - - smtpd {locked} -o smtpd_tls_wrappermode=yes
            pickup unix n - n 1 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            error unix - - n - - error
            retry unix - - n - - error
            smtp unix - - n - - smtp
            virtual unix - n n - - virtual
            proxymap unix - - n - - proxymap
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            tlsmgr unix - - n 1000? 1 tlsmgr
            postlog unix-dgram n - n - 1 postlogd
            """.replace("\n            ", "\n")

    def command(self, *words):
        return subprocess.run(
            [words[0], "-c", str(self.etc), *words[1:]], capture_output=True, text=True, check=False
        )

    def answers(self, port):
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as talk:
                return talk.recv(3) == b"220"
        except OSError:
            return False

    def wait(self, until):
        for _ in range(300):
            if until():
                return
            time.sleep(0.1)
        raise SystemExit(f"Postfix does not come to rest; its log: {self.work}/log")

    def settle(self):
        """Until all that was taken is delivered."""
        self.wait(lambda: "empty" in self.command("postqueue", "-p").stdout)

    def files(self, person):
        return sorted((self.mail / person / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)

    def mails(self, person):
        self.settle()
        policy = email.policy.default
        return [email.message_from_bytes(file.read_bytes(), policy=policy) for file in self.files(person)]

    def empty(self):
        self.settle()
        for box in self.mail.iterdir():
            shutil.rmtree(box)

    def sendmail(self):
        """A program that speaks to this Postfix and no other."""
        program = self.work / "sendmail"
        program.write_text(f'#!/bin/sh\nexec /usr/sbin/sendmail -C {self.etc} "$@"\n')
        program.chmod(0o755)
        return program

    def stop(self):
        self.command("postfix", "stop")


class Sink(Controller):
    """aiosmtpd, with and without 8BITMIME, that may tire of a connection."""

    def __init__(self, eight, tires=None):
        self.mails, self.eight, self.tires = [], eight, tires
        super().__init__(self, hostname="127.0.0.1", port=free_port())

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name, session.mails = hostname, 0
        return [one for one in responses if self.eight or "8BITMIME" not in one]

    async def handle_MAIL(self, server, session, envelope, address, options):
        session.mails += 1
        if self.tires and session.mails > self.tires:
            return "421 4.7.0 too many mails over this connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos, envelope.mail_options, bytes(envelope.original_content)))
        return "250 taken"


class Confctl:
    def __init__(self, program, work):
        self.program, self.home = program, work
        work.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(work), "LC_ALL": "C.UTF-8"}

    def __call__(self, *words, via=None, code=0, **environment):
        done = subprocess.run(
            [self.program, *words, "--no-input"],
            env=self.given(via, environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode != code:
            check(f"{' '.join(words[:2])} ends with {code}", False, f"{done.returncode}: {done.stderr}")
        return done

    def given(self, via, environment):
        extra = {"CONFCTL_SMTP": via} if via else {}
        return {**self.environment, **extra, **environment}

    def schedule(self, people, *words, **more):
        invited = [word for person in people for word in ("--invite", person)]
        return self(
            "schedule", "live-meeting", "--subject", SUBJECT, "--start", "tomorrow 10:00", *invited,
            "--send", "--practice", "--format", "json", *words, **more,
        )


def parts(mail):
    return {part.get_content_type(): part for part in mail.walk()}


def crlf(payload):
    """Mailboxes keep the line ends of their system."""
    return payload.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def calendar_of(mail):
    return crlf(parts(mail)["text/calendar"].get_payload(decode=True))


def field(calendar, name):
    text = calendar.decode().replace("\r\n ", "")
    found = re.findall(rf"^{name}[;:](.*)$", text, re.M)
    return found[-1].strip() if found else None


def judge(what, mail, person, method):
    """The points of a good invitation that one mail can show."""
    shape = [part.get_content_type() for part in mail.walk()]
    same(f"{what}: 61 structure", shape, [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics",
    ])
    defects = [str(defect) for part in mail.walk() for defect in part.defects]
    same(f"{what}: no defects", defects, [])
    if shape[-1] != "application/ics":
        return
    part, file = parts(mail)["text/calendar"], parts(mail)["application/ics"]
    calendar = calendar_of(mail)
    kind = part["content-type"].params
    same(f"{what}: 62 method", (kind.get("method"), field(calendar, "METHOD")), (method, method))
    same(f"{what}: 62 charset", kind.get("charset", "").lower(), "utf-8")
    same(f"{what}: 62 no disposition, no Content-ID", (part["content-disposition"], part["content-id"]), (None, None))
    check(f"{what}: 63 both calendars are the same bytes", file.get_payload(decode=True) == calendar)
    same(f"{what}: 63 the file's name", (file.get_filename(), file.get_content_disposition()), ("invite.ics", "attachment"))
    organizer = re.search(r"^ORGANIZER.*:mailto:(.*?)\r$", calendar.decode().replace("\r\n ", ""), re.M)
    same(f"{what}: 64 From is the organizer", mail["from"].addresses[0].addr_spec, organizer and organizer.group(1))
    same(f"{what}: To", [one.addr_spec for one in mail["to"].addresses], [person])
    check(f"{what}: 65 subject", mail["subject"].endswith(SUBJECT), mail["subject"])
    check(f"{what}: 65 headers are ASCII", all(str(value).isascii() for _, value in mail.raw_items()))
    lines = mail.as_bytes().splitlines()
    check(f"{what}: 65 lines", max(map(len, lines)) <= 998)


def tells_all(what, mail, made):
    """What people need who see nothing but the text."""
    text = parts(mail)["text/plain"].get_content()
    call = made["call_in"]
    for word in [call["conference_id"], call["passcode"], call["numbers"][0]["display"]]:
        check(f"{what}: 68 the text holds {word}", word in text)
    headers = "\n".join(f"{name}: {value}" for name, value in mail.items())
    check(f"{what}: 69 no header holds the passcode", call["passcode"] not in headers)
    dots = [line for line in text.splitlines() if line.startswith(".")]
    same(f"{what}: lines of dots", dots, [".", "..dots", "."])


def life(confctl, postfix):
    """Invited, changed, left out, cancelled; over plain SMTP to this computer."""
    via = f"smtp://127.0.0.1:{postfix.plain}"
    people = PEOPLE[:3]
    made = json.loads(confctl.schedule(people, "--note", NOTE, via=via).stdout)
    first = {}
    for person in people:
        mails = postfix.mails(person)
        same(f"invited: {person} has one mail", len(mails), 1)
        if mails:
            first[person] = mails[0]["message-id"]
            judge(f"invited: {person}", mails[0], person, "REQUEST")
            tells_all(f"invited: {person}", mails[0], made)
    same("invited: each mail has its own Message-ID", len(set(first.values())), len(people))
    readers(postfix, people[0])
    key = made["conference"]["id"]

    postfix.empty()
    confctl("update", key, "--start", "tomorrow 11:00", "--remove", people[2], "--send", "--practice", via=via)
    for person, method in zip(people, ["REQUEST", "REQUEST", "CANCEL"]):
        mails = postfix.mails(person)
        same(f"changed: {person} has one mail", len(mails), 1)
        for mail in mails:
            judge(f"changed: {person}", mail, person, method)
            same(f"changed: {person}: it answers the first", mail["in-reply-to"], first.get(person))
            same(f"changed: {person}: 51 UID", field(calendar_of(mail), "UID"), made.get("uid", field(calendar_of(mail), "UID")))
            check(f"changed: {person}: 51 SEQUENCE", int(field(calendar_of(mail), "SEQUENCE")) > 0)

    postfix.empty()
    confctl("cancel", key, "--yes", "--send", "--practice", via=via)
    for person, count in zip(people, [1, 1, 0]):
        mails = postfix.mails(person)
        same(f"cancelled: {person} has {count} mail", len(mails), count)
        for mail in mails:
            judge(f"cancelled: {person}", mail, person, "CANCEL")
            check(f"cancelled: {person}: 55 subject marked", mail["subject"] != SUBJECT, mail["subject"])
            same(f"cancelled: {person}: 55 STATUS", field(calendar_of(mail), "STATUS"), "CANCELLED")
    postfix.empty()


def readers(postfix, person):
    """Point 77: programs that are no Python."""
    file = postfix.files(person)[0]
    out = postfix.work / "unpacked"
    out.mkdir()
    done = subprocess.run(["munpack", "-t", "-C", out, file], capture_output=True, text=True)
    check("77 munpack finds both calendars", done.stdout.count("text/calendar") == 1 and "invite.ics" in done.stdout, done.stdout)
    done = subprocess.run(["mu", "extract", file], capture_output=True, text=True)
    check("77 mu finds both calendars", "text/calendar" in done.stdout and "invite.ics" in done.stdout, done.stdout + done.stderr)
    done = subprocess.run(["mu", "view", file], capture_output=True, text=True)
    check("77 mu shows the subject", SUBJECT in done.stdout, done.stdout)


def delegate(confctl, postfix):
    via = f"smtp://127.0.0.1:{postfix.plain}"
    confctl.schedule(PEOPLE[:1], "--on-behalf-of", "Max Manager <max@practice.example>", via=via)
    mails = postfix.mails(PEOPLE[0])
    same("delegate: one mail", len(mails), 1)
    for mail in mails:
        judge("delegate", mail, PEOPLE[0], "REQUEST")
        same("delegate: 64 From is the manager", mail["from"].addresses[0].addr_spec, "max@practice.example")
        sender = mail["sender"].address.addr_spec if mail["sender"] else None
        check("delegate: 64 SENT-BY is the Sender", sender and f"mailto:{sender}" in calendar_of(mail).decode().replace("\r\n ", ""), sender)
    postfix.empty()


def doors(confctl, postfix, keys):
    """STARTTLS and TLS, with the right and the wrong password, trusted and not."""
    user = "ana%40example.com"
    ways = {
        "STARTTLS": f"smtp://{user}@127.0.0.1:{postfix.submission}",
        "TLS": f"smtps://{user}@127.0.0.1:{postfix.submissions}",
    }
    for name, via in ways.items():
        trust = {"CONFCTL_CA_FILE": str(keys / "ca.pem")}
        right = {"CONFCTL_SMTP_PASSWORD": "sesame"}
        confctl.schedule(PEOPLE[:2], via=via, **trust, **right)
        same(f"{name}: each has one mail", [len(postfix.mails(one)) for one in PEOPLE[:2]], [1, 1])
        postfix.empty()
        for what, environment in {
            "a wrong password": {**trust, "CONFCTL_SMTP_PASSWORD": "guess"},
            "an unknown authority": right,
        }.items():
            done = confctl.schedule(PEOPLE[:2], via=via, code=7, **environment)
            check(f"{name}: {what} is told", "mail server" in done.stderr, done.stderr)
            check(f"{name}: {what} is not repeated", "guess" not in done.stderr + done.stdout)
            same(f"{name}: {what}: nobody has mail", [len(postfix.mails(one)) for one in PEOPLE[:2]], [0, 0])
            confctl("resume", via=via, **trust, **right)
            same(f"{name}: after {what} resume mails", [len(postfix.mails(one)) for one in PEOPLE[:2]], [1, 1])
            postfix.empty()
    words = confctl.schedule(PEOPLE[:1], "-vv", via=ways["TLS"], **trust, **right)
    tokens = ["sesame", base64.b64encode(b"sesame").decode(), Authenticator.GOOD]
    check("69 -vv shows SMTP but no password", "RCPT TO:<bo@example.com>" in words.stderr and not any(token in words.stderr for token in tokens))
    postfix.empty()


def refusals(confctl, postfix):
    """One unknown mailbox among known ones."""
    via = f"smtp://127.0.0.1:{postfix.plain}"
    people = [PEOPLE[0], "nobody@example.com", PEOPLE[1]]
    done = confctl.schedule(people, via=via, code=7)
    check("refused: it is said who and why", "nobody@example.com" in done.stderr + done.stdout and "550" in done.stderr + done.stdout, done.stderr)
    same("refused: the others have their mail", [len(postfix.mails(one)) for one in PEOPLE[:2]], [1, 1])
    postfix.empty()


def programs(confctl, postfix, work):
    """Postfix's sendmail, and a folder."""
    confctl.schedule(PEOPLE[:2], "--note", NOTE, via=f"sendmail:{postfix.sendmail()}")
    for person in PEOPLE[:2]:
        mails = postfix.mails(person)
        same(f"sendmail: {person} has one mail", len(mails), 1)
        for mail in mails:
            judge(f"sendmail: {person}", mail, person, "REQUEST")
    postfix.empty()
    folder = work / "folder"
    confctl.schedule(PEOPLE[:2], via=f"folder:{folder}")
    files = sorted(folder.glob("*.eml"))
    same("folder: one file a person", len(files), 2)
    same("folder: for its owner alone", [oct(file.stat().st_mode & 0o777) for file in files], ["0o600"] * len(files))
    for file in files:
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        person = mail["to"].addresses[0].addr_spec
        judge(f"folder: {person}", mail, person, "REQUEST")
        check(f"folder: {person}: CRLF alone", b"\n" not in file.read_bytes().replace(b"\r\n", b""))


def octets(confctl):
    """Point 66: 8-bit bodies only where they are taken."""
    for eight in [True, False]:
        sink = Sink(eight)
        sink.start()
        confctl.schedule(PEOPLE[:1], "--note", NOTE, via=f"smtp://127.0.0.1:{sink.port}")
        sink.stop()
        same(f"66 8BITMIME {eight}: one mail", len(sink.mails), 1)
        for to, options, raw in sink.mails:
            same(f"66 8BITMIME {eight}: ASCII", raw.isascii(), not eight)
            same(f"66 8BITMIME {eight}: BODY", "BODY=8BITMIME" in options, eight)
            judge(f"66 8BITMIME {eight}", email.message_from_bytes(raw, policy=email.policy.default), to[0], "REQUEST")


class Pool:
    """A practice pool whose policy has room for a crowd."""

    def __init__(self, program, work):
        work.mkdir()
        users, data = work / "users", work / "data"
        users.write_text("sip:alice@example.com EXAMPLE\\alice Practice-Alice-1\n")
        words = ["pool", "serve", "--users", users, "--data", data, "--listen", "tls:127.0.0.1:0"]
        self.process = subprocess.Popen(
            [program, *words, "--policy", "meeting-size=1000"],
            env={"PATH": os.environ["PATH"], "HOME": str(work)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        said = dict(line.split(maxsplit=1) for line in iter(self.process.stdout.readline, "ready\n") if line)
        self.environment = {
            "CONFCTL_SERVER": said["listening"].strip(),
            "CONFCTL_CA_FILE": str(data / "ca.pem"),
            "CONFCTL_USER": "sip:alice@example.com",
            "CONFCTL_LOGIN": "EXAMPLE\\alice",
            "CONFCTL_PASSWORD": "Practice-Alice-1",
        }

    def stop(self):
        self.process.terminate()
        self.process.wait()


def crowd(confctl, postfix, pool):
    """Five hundred people; killed on the way and resumed, nobody has two mails and nobody none."""
    via = f"smtp://127.0.0.1:{postfix.plain}"
    count = lambda: sum(len(postfix.files(one)) for one in CROWD)
    invited = [word for person in CROWD for word in ("--invite", person)]
    with open(confctl.home / "crowd.log", "w") as log:
        sending = subprocess.Popen(
            [confctl.program, "schedule", "live-meeting", "--no-input", "--subject", SUBJECT,
             "--start", "tomorrow 10:00", *invited, "--send", "--practice", "--format", "json"],
            env=confctl.given(via, pool.environment),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )
        while sending.poll() is None and count() < 150:
            time.sleep(0.01)
        sending.kill()
        sending.wait()
    postfix.settle()
    early = count()
    check("crowd: it was killed on the way", 150 <= early < 500, early)
    # Whom it was just mailing may have the mail or not: that is told, and not tried again.
    done = subprocess.run(
        [confctl.program, "resume", "--no-input"],
        env=confctl.given(via, pool.environment),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )
    postfix.settle()
    have = {one: len(postfix.files(one)) for one in CROWD}
    same("crowd: nobody has two mails", [one for one, mails in have.items() if mails > 1], [])
    missed = [one for one, mails in have.items() if mails == 0]
    said = done.stdout + done.stderr
    check("crowd: who is missed is named, and no more than one", len(missed) <= 1 and all(one in said for one in missed), (missed[:9], said[-500:]))
    ids = {mail["message-id"] for one in CROWD for mail in postfix.mails(one)}
    same("crowd: each mail has its own Message-ID", len(ids), 500 - len(missed))
    postfix.empty()


def tired(confctl):
    """A server that wants no more than seven mails over one connection."""
    sink = Sink(True, tires=7)
    sink.start()
    people = CROWD[:40]
    confctl.schedule(people, via=f"smtp://127.0.0.1:{sink.port}")
    sink.stop()
    same("tired: everybody has one mail", sorted(to[0] for to, _, _ in sink.mails), sorted(people))


def main(program, work):
    work = Path(work)
    work.chmod(0o711)
    keys = certificates(work / "keys")
    postfix = Postfix(work / "postfix", keys)
    confctl = Confctl(program, work / "home")
    pool = Pool(program, work / "pool")
    try:
        life(confctl, postfix)
        delegate(confctl, postfix)
        doors(confctl, postfix, keys)
        refusals(confctl, postfix)
        programs(confctl, postfix, work)
        octets(confctl)
        tired(confctl)
        crowd(confctl, postfix, pool)
    finally:
        pool.stop()
        postfix.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main(*sys.argv[1:]))
