"""Commands killed at random moments, and what resume makes of them: run by kills.sh.

After every kill and its resume, four records that know nothing of one another must agree: the
database of the pool or of Teams, the diary's files, Radicale's folder, and the mails that an SMTP
server took.
"""

import collections
import contextlib
import datetime
import email
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import icalendar
from aiosmtpd.controller import Controller

CONFCTL = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 60
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10**6)
SERVICE = sys.argv[4] if len(sys.argv) > 4 else None
TOOLS = pathlib.Path(sys.executable).parent
WORK = pathlib.Path(tempfile.mkdtemp())
PASSWORD = "Calendar-Ana-1"
PEOPLE = [f"{name}@example.com" for name in ("bo", "cy", "di", "eve", "flo")]
MOST_MEETINGS = 6
# So many unfinished things may meet before they are resumed together.
MOST_STACKED = 3
TODAY = datetime.date.today()
chance = random.Random()
failures = []
moments = collections.Counter()


def check(what, holds, said=""):
    if not holds:
        failures.append(what)
        print("FAIL", what, "\n    " + str(said).replace("\n", "\n    ")[:2000], flush=True)


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
    """Everything that was taken, and whether the other side heard so or not."""

    def __init__(self):
        self.all = []

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content)
        text = next(
            part.get_payload(decode=True).decode()
            for part in message.walk()
            if part.get_content_type() == "text/calendar"
        )
        event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
        for to in envelope.rcpt_tos:
            self.all.append({
                "to": to, "id": message["Message-ID"], "method": re.search(r"METHOD:(\w+)", text)[1],
                "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]),
                "start": event["DTSTART"].dt, "subject": str(event["SUMMARY"]),
            })
        return "250 taken"

    def latest(self, uid, to):
        own = [mail for mail in self.all if (mail["uid"], mail["to"]) == (uid, to)]
        return own[-1] if own else None


class Service:
    """What the practice pool serves. Its numbers can move, so that meetings become stale."""

    def __init__(self, folder):
        self.data, self.moved, self.process = folder / "pool", False, None
        self.users = folder / "users"
        self.users.write_text("sip:ana@example.com EXAMPLE\\ana Practice-Ana-1\n")
        self.port = free_port()
        self.start()

    def start(self):
        policy = ["--policy", "numbers=moved"] if self.moved else []
        self.process = subprocess.Popen(
            [CONFCTL, "pool", "serve", *self.places(), "--users", self.users, "--data", self.data, *policy],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.said = {}
        while line := self.process.stdout.readline():
            if line.strip() == "ready":
                return
            name, _, value = line.strip().partition(" ")
            self.said[name] = value
        raise SystemExit("the pool does not start")

    def move_numbers(self):
        self.stop()
        self.moved = not self.moved
        self.start()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def rows(self, query):
        with contextlib.closing(sqlite3.connect(self.data / "pool.sqlite", timeout=30)) as database:
            return database.execute(query).fetchall()


class Pool(Service):
    """Conferences of a pool, by SIP."""

    name = "pool"
    kinds = [["live-meeting"], ["conference-call", "--id", "new"]]

    def places(self):
        return ["--listen", f"tcp:127.0.0.1:{self.port}"]

    def account(self):
        return {
            "CONFCTL_SERVER": self.said["listening"], "CONFCTL_USER": "sip:ana@example.com",
            "CONFCTL_LOGIN": "EXAMPLE\\ana", "CONFCTL_PASSWORD": "Practice-Ana-1",
        }

    def id_of(self, text):
        return text.upper()

    def conferences(self):
        """What is there, by id."""
        ids = [self.id_of(row[0]) for row in self.rows("SELECT id FROM conference")]
        return {id: [id] for id in ids}

    def conference_of(self, meeting):
        """The same, as a file of the diary has it."""
        return sorted({self.id_of(id) for id in re.findall(r"focus:id:(\w{32})", meeting.text)})


class Teams(Service):
    """Meetings of Teams, by Graph."""

    name = "teams"
    # Two requests make a meeting, and the lobby comes with the second: a kill may come between them.
    kinds = [["conference-call", "--access", "locked"]]

    def places(self):
        return ["--listen", "tls:127.0.0.1:0", "--graph", f"127.0.0.1:{self.port}"]

    def account(self):
        return {
            "CONFCTL_SERVER": self.said["graph"], "CONFCTL_USER": "ana@example.com",
            "CONFCTL_TOKEN": "Practice-Ana-1", "CONFCTL_CA_FILE": self.said["ca"],
        }

    def id_of(self, text):
        return text

    def conferences(self):
        return {id: self.facts_of(json.loads(document))
                for id, document in self.rows("SELECT id, document FROM meeting")}

    def facts_of(self, kept):
        start = datetime.datetime.strptime(kept["startDateTime"], "%Y-%m-%dT%H:%M:%S%z")
        lobby = kept["lobbyBypassSettings"]
        return [kept["joinWebUrl"]], start, kept["subject"], (lobby["scope"], lobby["isDialInBypassEnabled"])

    def conference_of(self, meeting):
        links = sorted(set(re.findall(r"https://teams\.practice\.example/[^\s\\]+", meeting.text)))
        return links, meeting.start, meeting.subject, ("organizer", True)


class Calendars:
    """Radicale, with one user and her calendar."""

    def __init__(self, folder):
        self.port = free_port()
        users = folder / "radicale.users"
        users.write_text(f"ana:{PASSWORD}\n")
        self.folder = folder / "radicale" / "collection-root" / "ana" / "work"
        self.folder.mkdir(parents=True)
        (self.folder / ".Radicale.props").write_text('{"tag": "VCALENDAR", "D:displayname": "Work"}')
        log = open(folder / "radicale.log", "w")
        self.process = subprocess.Popen(
            [TOOLS / "python", "-m", "radicale", "--hosts", f"127.0.0.1:{self.port}",
             "--auth-type", "htpasswd", "--auth-htpasswd-filename", users,
             "--auth-htpasswd-encryption", "plain", "--auth-delay", "0",
             "--storage-filesystem-folder", folder / "radicale"],
            stdout=log, stderr=log,
        )
        wait_for(self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def meetings(self):
        files = [file for file in self.folder.iterdir() if file.suffix == ".ics"]
        return sorted(facts_of(file.read_text()) for file in files)


def event_of(text):
    return icalendar.Calendar.from_ical(text).walk("VEVENT")[0]


def facts_of(text):
    event = event_of(text)
    return str(event["UID"]), int(event["SEQUENCE"]), event["DTSTART"].dt, str(event["SUMMARY"])


class Meeting:
    def __init__(self, file):
        self.text = file.read_bytes().decode().replace("\r\n ", "")
        event = event_of(self.text)
        self.facts = facts_of(self.text)
        self.uid, self.sequence, self.start, self.subject = self.facts
        people = event.get("ATTENDEE", [])
        people = people if isinstance(people, list) else [people]
        self.people = sorted(str(one).removeprefix("mailto:") for one in people)
        self.is_active = str(event.get("STATUS")) != "CANCELLED"


class Desk:
    def __init__(self, folder, service, calendars, smtp):
        self.service, self.home = service, folder / "home"
        self.home.mkdir()
        (self.home / "config.toml").write_text(
            f'[calendar]\nurl = "http://127.0.0.1:{calendars.port}/"\nuser = "ana"\ncalendar = "Work"\n'
        )
        self.data = self.home / ".local" / "share" / "confctl"
        self.is_stacked = False
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "TZ": "UTC", "LC_ALL": "C.UTF-8",
            "CONFCTL_CONFIG": str(self.home / "config.toml"),
            "CONFCTL_CALENDAR_PASSWORD": PASSWORD, "CONFCTL_SMTP": f"smtp://127.0.0.1:{smtp}",
            **service.account(),
        }

    def start(self, words):
        return subprocess.Popen(
            [CONFCTL, "--no-input", *map(str, words)], env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )

    def run(self, *words):
        process = self.start(words)
        said = process.communicate(timeout=120)[1]
        return process.returncode, said

    def kill(self, words, after):
        """Whether it ended by itself, and well, before."""
        process = self.start(words)
        try:
            said = process.communicate(timeout=after)[1]
            good = (0, 7) if words == ["resume"] else (0,)
            # What another unfinished command has changed meanwhile may be in the way.
            is_well = process.returncode in good or self.is_stacked and "panicked" not in said
            check(f"{words[0]} ends well", is_well, f"{process.returncode} {words} {said}")
            return process.returncode == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return False

    def meetings(self):
        return {one.uid: one for one in map(Meeting, sorted((self.data / "diary").glob("*.ics")))}

    def states(self):
        """The conference that confctl knows of each meeting, whatever its file says."""
        # It comes once the database has its tables.
        if not (self.data / "state.made").exists():
            return {}
        with contextlib.closing(sqlite3.connect(self.data / "state.sqlite", timeout=30)) as connection:
            rows = connection.execute("SELECT uid, meeting_id FROM meeting").fetchall()
        return {uid: self.service.id_of(id) for uid, id in rows}

    def is_begun(self):
        """Whether a whole record says that something is to be done."""
        return any(b"\n" in file.read_bytes() for file in self.unfinished())

    def unfinished(self):
        return sorted((self.data / "unfinished").glob("*.jsonl"))

    def first_unfinished(self):
        """The meeting of it, whose UID or the beginning of that is in the record."""
        record = self.unfinished()[0].read_text().split("\n")[0]
        return next(one for one in self.meetings().values() if one.uid.split("@")[0] in record)


def some_day():
    """To the minute: with a key, other words for another minute would be a conflict."""
    return f"{TODAY + datetime.timedelta(days=chance.randint(2, 90))} 10:00"


class Round:
    """A command, and how one sees from the diary that it is done."""

    def __init__(self, number, desk):
        self.number, self.desk = number, desk
        self.before = desk.meetings()
        active = [one for one in self.before.values() if one.is_active]
        kinds = ["schedule"] if not active else ["schedule", "update", "update", "cancel", "copy", "invite", "refresh"]
        if len(active) >= MOST_MEETINGS:
            kinds = ["cancel"]
        self.kind = chance.choice(kinds)
        self.meeting = chance.choice(active) if active else None
        self.subject = f"Round {number}"
        self.key = None
        self.words = [*getattr(self, self.kind)(), "--send", "--practice", "--calendar"]
        if self.kind in ("invite", "refresh"):
            self.words.remove("--calendar")

    def schedule(self):
        people = chance.sample(PEOPLE, chance.randint(1, 3))
        kind = chance.choice(self.desk.service.kinds)
        words = ["schedule", *kind, "-s", self.subject, "-t", some_day(), "-i", ",".join(people)]
        return words + self.with_key()

    def with_key(self):
        self.key = f"round-{self.number}" if chance.random() < 0.5 else None
        return ["--key", self.key] if self.key else []

    def copy(self):
        return ["copy", self.meeting.uid, "-t", some_day(), "-s", self.subject, *self.with_key()]

    def update(self):
        words = ["update", self.meeting.uid, "--yes"]
        others = [one for one in PEOPLE if one not in self.meeting.people]
        choice = chance.choice(["subject", "start", "invite", "remove"])
        if choice == "invite" and others:
            return [*words, "-i", chance.choice(others)]
        if choice == "remove" and len(self.meeting.people) > 1:
            return [*words, "--remove", chance.choice(self.meeting.people)]
        if choice == "start":
            return [*words, "-t", "+30m"]
        return [*words, "-s", self.subject]

    def cancel(self):
        return ["cancel", self.meeting.uid, "--yes"]

    def invite(self):
        return ["invite", self.meeting.uid]

    def refresh(self):
        return ["refresh", "--yes"]

    def done(self):
        """How often it has been done, as the diary says; none: it does not say."""
        now = self.desk.meetings()
        if self.kind in ("schedule", "copy"):
            return sum(one.subject == self.subject for one in now.values())
        if self.kind in ("update", "cancel"):
            return int(self.is_changed())
        return None

    def is_changed(self):
        """Whether the meeting that it is about is not as it was."""
        now, before = self.desk.meetings().get(self.meeting.uid), self.meeting
        return now is None or not now.is_active or (now.facts, now.people) != (before.facts, before.people)


def finish(desk, mails, was_overtaken, name):
    """Resumes as somebody does who reads what is said."""
    code, said = desk.run("resume")
    if was_overtaken and code in (3, 5, 6):
        # What came later has made it void: that is said, and the next time it is gone.
        code, said = desk.run("resume")
    for _ in range(MOST_STACKED + 1):
        doubtful = re.search(r"whether (.*) got it is not known", said)
        if code != 7 or not doubtful:
            break
        settle_doubt(desk, mails, set(doubtful[1].split(", ")))
        code, said = desk.run("resume")
    check(f"{name}: resume ends well", code == 0, f"{code} {said}")


def settle_doubt(desk, mails, doubtful):
    """Whether a mail arrived that was on its way, only its recipient can tell: asks those of the
    first unfinished thing, whom alone resume names, and mails once more those who have none."""
    moments["with a mail on its way"] += 1
    meeting = desk.first_unfinished()
    missing = {who for who in doubtful
               if who in meeting.people and not is_told(meeting, mails.latest(meeting.uid, who))}
    if missing == doubtful:
        desk.run("resume", "--again", 1)
        return
    desk.run("resume", "--forget", 1)
    if missing:
        moments["with some of its mails arrived"] += 1
        desk.run("invite", meeting.uid, "--to", ",".join(sorted(missing)), "--send", "--practice")


def is_told(meeting, latest):
    if not meeting.is_active:
        return latest is None or latest["method"] == "CANCEL"
    return latest is not None and (latest["method"], latest["start"], latest["subject"]) == (
        "REQUEST", meeting.start, meeting.subject
    )


def agree(desk, calendars, mails, name):
    meetings = desk.meetings().values()
    active = [one for one in meetings if one.is_active]
    states, service = desk.states(), desk.service
    there = service.conferences()
    known = {one.uid: states.get(one.uid) for one in active}
    wanted = {known[one.uid]: service.conference_of(one) for one in active}
    check(f"{name}: {service.name}, state and diary agree", there == wanted and len(wanted) == len(active),
          f"{there}\n{wanted}\n{known}")
    check(f"{name}: calendar and diary agree", calendars.meetings() == sorted(one.facts for one in active),
          f"{calendars.meetings()}\n{sorted(one.facts for one in active)}")
    for meeting in meetings:
        for person in meeting.people:
            latest = mails.latest(meeting.uid, person)
            check(f"{name}: {person} was told of {meeting.subject}", is_told(meeting, latest),
                  f"{meeting.facts} {meeting.is_active} {latest}")
    twice = [key for key, count in collections.Counter((one["id"], one["to"]) for one in mails.all).items() if count > 1]
    check(f"{name}: no mail came twice", not twice, twice)


def play(desk, calendars, mails):
    """How many rounds went well, until one did not."""
    longest = collections.defaultdict(lambda: 0.8)
    stacked = 0
    for number in range(1, ROUNDS + 1):
        if number % 20 == 0:
            desk.service.move_numbers()
        one = Round(number, desk)
        name = f"round {number} ({' '.join(one.words)})"
        was_unfinished = desk.is_stacked = desk.is_begun()
        begun = time.monotonic()
        has_ended = desk.kill(one.words, chance.random() * longest[one.kind])
        if has_ended:
            longest[one.kind] = min(longest[one.kind], (time.monotonic() - begun) * 1.1)
            moments["after its end"] += 1
        is_begun = desk.is_begun()
        moments["while something was unfinished" if is_begun else "with nothing unfinished"] += 1
        if is_begun and chance.random() < 0.3:
            desk.kill(["resume"], chance.random() * 0.4) or moments.update(["and once more in resume"])
        if is_begun and stacked < MOST_STACKED and number < ROUNDS and chance.random() < 0.3:
            stacked += 1
            moments["left for later"] += 1
            continue
        finish(desk, mails, stacked > 0, name)
        stacked = 0
        done = one.done()
        if done is not None and not was_unfinished:
            wanted = {1} if has_ended or is_begun else {0, 1}
            check(f"{name}: is done once", done in wanted, f"{done} times; ended {has_ended}, begun {is_begun}")
        if one.key:
            code, said = desk.run(*one.words)
            # A copy of what something unfinished has changed meanwhile is another wish.
            good = (0, 8) if one.kind == "copy" and was_unfinished and one.is_changed() else (0,)
            check(f"{name}: the same key once more ends well", code in good, f"{code} {said}")
            check(f"{name}: the same key is the same meeting", one.done() == 1, one.done())
        check(f"{name}: nothing is unfinished", not desk.is_begun())
        agree(desk, calendars, mails, name)
        if failures:
            break
        if number % 50 == 0:
            print(f"{number} rounds, {len(mails.all)} mails", flush=True)
    return number - bool(failures)


def serve_and_play(service_of):
    """How many rounds went well, and how many checks failed."""
    folder = WORK / service_of.name
    folder.mkdir()
    chance.seed(SEED)
    failures.clear()
    moments.clear()
    print(f"{service_of.name}: {ROUNDS} rounds, seed {SEED}", flush=True)
    with contextlib.ExitStack() as running:
        service = service_of(folder)
        running.callback(service.stop)
        calendars, mails = Calendars(folder), Mails()
        running.callback(calendars.stop)
        smtp = Controller(mails, hostname="127.0.0.1", port=free_port())
        smtp.start()
        running.callback(smtp.stop)
        passed = play(Desk(folder, service, calendars, smtp.port), calendars, mails)
    for what, count in sorted(moments.items()):
        print(f"{count:5} {what}")
    return passed, len(failures)


def main():
    services = [one for one in (Pool, Teams) if SERVICE in (None, one.name)]
    passed, failed = map(sum, zip(*map(serve_and_play, services)))
    if failed:
        print("left for a look:", WORK)
    else:
        shutil.rmtree(WORK)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
