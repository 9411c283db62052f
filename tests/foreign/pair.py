"""Two computers of one user at one pool, and what each of them mailed: for computers.py and year.py."""

import contextlib
import datetime
import email
import json
import os
import re
import socket
import sqlite3
import subprocess
import time

import icalendar
from aiosmtpd.controller import Controller

USER = "ana@example.com"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(port):
    for _ in range(150):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port}")


class Mails:
    """The mail server of one computer, which takes everything and keeps what it was about."""

    def __init__(self, computer):
        self.computer, self.all = computer, []
        self.server = Controller(self, hostname="127.0.0.1", port=free_port())
        self.server.start()

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content)
        parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
        text = parts[0].get_payload(decode=True).decode()
        event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
        occurrence = event.get("RECURRENCE-ID")
        for to in envelope.rcpt_tos:
            self.all.append({
                "at": time.monotonic(), "by": self.computer, "to": to, "method": re.search(r"METHOD:(\w+)", text)[1],
                "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]),
                "occurrence": str(occurrence.dt) if occurrence else None, "subject": str(event["SUMMARY"]),
                "text": unfolded(text),
            })
        return "250 taken"

    def stop(self):
        self.server.stop()


class Pool:
    """A practice pool, whose clock may be another one."""

    def __init__(self, confctl, work):
        self.confctl, self.data, self.process = confctl, work / "pool", None
        self.users = work / "users"
        self.users.write_text(f"sip:{USER} EXAMPLE\\ana Practice-Ana-1\n")
        self.home = work / "pool-home"
        self.home.mkdir()
        self.port = free_port()

    def start(self, now=None, *flags):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "TZ": "UTC"}
        if now:
            environment["CONFCTL_NOW"] = now
        self.process = subprocess.Popen(
            [self.confctl, "pool", "serve", "--listen", f"tcp:127.0.0.1:{self.port}", "--users", self.users,
             "--data", self.data, *flags],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        while line := self.process.stdout.readline():
            if line.strip() == "ready":
                return
        raise SystemExit("the pool does not start")

    def stop(self):
        self.process.terminate()
        self.process.communicate()

    def rows(self):
        with contextlib.closing(sqlite3.connect(self.data / "pool.sqlite", timeout=30)) as database:
            return database.execute("SELECT id, document, assigned FROM conference").fetchall()

    def conferences(self):
        """What was asked for, by meeting id; without the assigned one, with those that have expired."""
        return {row[0].upper(): row[1] for row in self.rows() if not row[2]}

    def assigned(self):
        return {row[0].upper() for row in self.rows() if row[2]}


def unfolded(text):
    """With its lines whole, whichever way they ended."""
    return re.sub(r"\n[ \t]", "", text.replace("\r\n", "\n"))


class Meeting:
    """What a file of a diary says."""

    def __init__(self, text):
        self.text = unfolded(text)
        events = icalendar.Calendar.from_ical(text).walk("VEVENT")
        whole = [event for event in events if "RECURRENCE-ID" not in event]
        event = (whole or events)[0]
        self.uid, self.subject = str(event["UID"]), str(event.get("SUMMARY", ""))
        self.sequence = max(int(one.get("SEQUENCE", 0)) for one in events)
        self.own_sequence = int(event.get("SEQUENCE", 0))
        self.start = event["DTSTART"].dt
        self.stamp = event["DTSTAMP"].dt if "DTSTAMP" in event else None
        self.is_active = str(event.get("STATUS")) != "CANCELLED"
        people = event.get("ATTENDEE", [])
        people = people if isinstance(people, list) else [people]
        self.people = sorted(str(one).lower().removeprefix("mailto:") for one in people)
        linked = re.search(r"focus:id:([0-9A-Fa-f]{20,32})", self.text)
        self.conference = linked[1].upper() if linked else None
        self.is_series = "RRULE" in event
        self.occurrences = changed_occurrences(event, events)

    def lines(self):
        """In any order, which servers change, and without what Radicale cuts at a comma."""
        return sorted(line for line in self.text.splitlines() if not line.startswith("CONFERENCE"))

    def said(self, label):
        """The value behind a label of the call-in block."""
        found = re.search(label + r": (\d+)", self.text)
        return found[1] if found else None


def changed_occurrences(whole, events):
    """Where each one is by its original start; none: it does not take place."""
    dropped = whole.get("EXDATE", [])
    dropped = dropped if isinstance(dropped, list) else [dropped]
    found = {in_utc(one.dt): None for dates in dropped for one in dates.dts}
    for event in events:
        if "RECURRENCE-ID" in event:
            takes_place = str(event.get("STATUS")) != "CANCELLED" or str(whole.get("STATUS")) == "CANCELLED"
            found[in_utc(event["RECURRENCE-ID"].dt)] = in_utc(event["DTSTART"].dt) if takes_place else None
    return found


def in_utc(moment):
    return moment.astimezone(datetime.timezone.utc)


class Computer:
    """A home of its own, with diary, private state and a mail server of its own."""

    def __init__(self, confctl, work, name, pool, zone="UTC"):
        self.confctl, self.name, self.home = confctl, name, work / name
        self.home.mkdir()
        self.mails = Mails(name)
        self.data = self.home / ".local" / "share" / "confctl"
        self.diary = self.data / "diary"
        self.now = None
        self.read = {}
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "TZ": zone, "LC_ALL": "C.UTF-8",
            "CONFCTL_SERVER": f"tcp:127.0.0.1:{pool.port}", "CONFCTL_USER": f"sip:{USER}",
            "CONFCTL_LOGIN": "EXAMPLE\\ana", "CONFCTL_PASSWORD": "Practice-Ana-1",
            "CONFCTL_SMTP": f"smtp://127.0.0.1:{self.mails.server.port}",
        }

    def start(self, words):
        environment = self.environment | ({"CONFCTL_NOW": self.now} if self.now else {})
        return subprocess.Popen(
            [self.confctl, "--no-input", *map(str, words)], env=environment, cwd=self.home, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    def run(self, *words):
        """Exit code, data, talk."""
        process = self.start(words)
        out, said = process.communicate(timeout=120)
        return process.returncode, out, said

    def listed(self, *words):
        code, out, said = self.run("list", "--json", *words)
        if code != 0:
            raise SystemExit(f"list ends with {code}: {said}")
        return json.loads(out)

    def files(self):
        """Every file of the diary by its path, read once as long as it stays the same."""
        found = {}
        for file in self.diary.glob("*.ics") if self.diary.exists() else ():
            stat = file.stat()
            look = (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)
            known = self.read.get(file)
            if known is None or known[0] != look:
                try:
                    known = (look, Meeting(file.read_bytes().decode()))
                except (ValueError, KeyError, IndexError):
                    known = (look, None)
                self.read[file] = known
            found[file] = known[1]
        return found

    def meetings(self):
        """By UID, as the file has it that counts."""
        newest = {}
        for file, one in self.files().items():
            if one is None:
                continue
            rank = (one.own_sequence, str(one.stamp), file.name)
            if one.uid not in newest or newest[one.uid][0] < rank:
                newest[one.uid] = (rank, one)
        return {uid: one for uid, (_, one) in newest.items()}

    def states(self):
        """The conference that is known of each meeting, and who was mailed which SEQUENCE."""
        database = self.data / "state.sqlite"
        if not database.exists():
            return {}
        with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
            rows = connection.execute("SELECT uid, meeting_id, sent FROM meeting").fetchall()
        return {uid: (conference.upper(), json.loads(sent)) for uid, conference, sent in rows}

    def lose_state(self, *others):
        for name in ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm", *others):
            (self.data / name).unlink(missing_ok=True)

    def unfinished(self):
        """The records that are whole, so that something is to be done."""
        return {file.name for file in (self.data / "unfinished").glob("*.jsonl") if b"\n" in file.read_bytes()}
