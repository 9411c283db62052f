"""Commands killed at random moments, and what resume makes of them: run by kills.sh.

After every kill and its resume, four records that know nothing of one another must agree: the
pool's database, the diary's files, Radicale's folder, and the mails that an SMTP server took.
"""

import collections
import contextlib
import datetime
import email
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
TOOLS = pathlib.Path(sys.executable).parent
WORK = pathlib.Path(tempfile.mkdtemp())
PASSWORD = "Calendar-Ana-1"
PEOPLE = [f"{name}@example.com" for name in ("bo", "cy", "di", "eve", "flo")]
MOST_MEETINGS = 6
# So many unfinished things may meet before they are resumed together.
MOST_STACKED = 3
TODAY = datetime.date.today()
chance = random.Random(SEED)
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


class Pool:
    """The practice pool. Its numbers can move, so that meetings become stale."""

    def __init__(self):
        self.data, self.moved, self.process = WORK / "pool", False, None
        self.users = WORK / "users"
        self.users.write_text("sip:ana@example.com EXAMPLE\\ana Practice-Ana-1\n")
        self.port = free_port()
        self.start()

    def start(self):
        policy = ["--policy", "numbers=moved"] if self.moved else []
        self.process = subprocess.Popen(
            [CONFCTL, "pool", "serve", "--listen", f"tcp:127.0.0.1:{self.port}", "--users", self.users,
             "--data", self.data, *policy],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        while line := self.process.stdout.readline():
            if line.strip() == "ready":
                return
        raise SystemExit("the pool does not start")

    def move_numbers(self):
        self.stop()
        self.moved = not self.moved
        self.start()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def conferences(self):
        with contextlib.closing(sqlite3.connect(self.data / "pool.sqlite", timeout=30)) as database:
            return sorted(row[0].upper() for row in database.execute("SELECT id FROM conference"))


class Calendars:
    """Radicale, with one user and her calendar."""

    def __init__(self):
        self.port = free_port()
        users = WORK / "radicale.users"
        users.write_text(f"ana:{PASSWORD}\n")
        self.folder = WORK / "radicale" / "collection-root" / "ana" / "work"
        self.folder.mkdir(parents=True)
        (self.folder / ".Radicale.props").write_text('{"tag": "VCALENDAR", "D:displayname": "Work"}')
        log = open(WORK / "radicale.log", "w")
        self.process = subprocess.Popen(
            [TOOLS / "python", "-m", "radicale", "--hosts", f"127.0.0.1:{self.port}",
             "--auth-type", "htpasswd", "--auth-htpasswd-filename", users,
             "--auth-htpasswd-encryption", "plain", "--auth-delay", "0",
             "--storage-filesystem-folder", WORK / "radicale"],
            stdout=log, stderr=log,
        )
        wait_for(self.port)

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
        text = file.read_bytes().decode().replace("\r\n ", "")
        event = event_of(text)
        self.facts = facts_of(text)
        self.uid, self.sequence, self.start, self.subject = self.facts
        people = event.get("ATTENDEE", [])
        people = people if isinstance(people, list) else [people]
        self.people = sorted(str(one).removeprefix("mailto:") for one in people)
        self.is_active = str(event.get("STATUS")) != "CANCELLED"
        # What is cancelled leads nowhere.
        linked = re.search(r"focus:id:(\w{32})", text)
        self.conference = linked[1].upper() if linked else None


class Desk:
    def __init__(self, pool, calendars, smtp):
        self.home = WORK / "home"
        self.home.mkdir()
        (self.home / "config.toml").write_text(
            f'[calendar]\nurl = "http://127.0.0.1:{calendars.port}/"\nuser = "ana"\ncalendar = "Work"\n'
        )
        self.data = self.home / ".local" / "share" / "confctl"
        self.is_stacked = False
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "TZ": "UTC", "LC_ALL": "C.UTF-8",
            "CONFCTL_CONFIG": str(self.home / "config.toml"),
            "CONFCTL_SERVER": f"tcp:127.0.0.1:{pool.port}", "CONFCTL_USER": "sip:ana@example.com",
            "CONFCTL_LOGIN": "EXAMPLE\\ana", "CONFCTL_PASSWORD": "Practice-Ana-1",
            "CONFCTL_CALENDAR_PASSWORD": PASSWORD, "CONFCTL_SMTP": f"smtp://127.0.0.1:{smtp}",
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
        database = self.data / "state.sqlite"
        if not database.exists():
            return {}
        with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
            rows = connection.execute("SELECT uid, meeting_id FROM meeting").fetchall()
        return {uid: conference.upper() for uid, conference in rows}

    def is_begun(self):
        """Whether a whole record says that something is to be done."""
        return any(b"\n" in file.read_bytes() for file in (self.data / "unfinished").glob("*.jsonl"))


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
        kind = chance.choice(["live-meeting", "conference-call"])
        words = ["schedule", kind, "-s", self.subject, "-t", some_day(), "-i", ",".join(people)]
        words += ["--id", "new"] if kind == "conference-call" else []
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
            own = now.get(self.meeting.uid)
            changed = own is None or (own.facts, own.people) != (self.meeting.facts, self.meeting.people)
            return int(changed or not own.is_active)
        return None


def finish(desk, mails, was_overtaken, name):
    """Resumes as somebody does who reads what is said."""
    code, said = desk.run("resume")
    if was_overtaken and code in (3, 5, 6):
        # What came later has made it void: that is said, and the next time it is gone.
        code, said = desk.run("resume")
    if code == 7 and "is not known" in said:
        # Whether a mail arrived that was on its way, only its recipient can tell; whoever asks them
        # says then whether it is to go once more.
        moments["with a mail on its way"] += 1
        doubtful = set(", ".join(re.findall(r"whether (.*) got it is not known", said)).split(", "))
        meetings = desk.meetings().values()
        missing = [who for who in doubtful for one in meetings
                   if who in one.people and not is_told(one, mails.latest(one.uid, who))]
        words = ["resume", "--again"] if missing else ["resume", "--forget"]
        code, said = desk.run(*words)
    check(f"{name}: resume ends well", code == 0, f"{code} {said}")


def is_told(meeting, latest):
    if not meeting.is_active:
        return latest is None or latest["method"] == "CANCEL"
    return latest is not None and (latest["method"], latest["start"], latest["subject"]) == (
        "REQUEST", meeting.start, meeting.subject
    )


def agree(desk, pool, calendars, mails, name):
    meetings = desk.meetings().values()
    active = [one for one in meetings if one.is_active]
    states = desk.states()
    known = {one.uid: states.get(one.uid) for one in active}
    check(f"{name}: file and state agree", known == {one.uid: one.conference for one in active}, f"{known}")
    check(f"{name}: pool and diary agree", pool.conferences() == sorted(one.conference for one in active),
          f"{pool.conferences()}\n{sorted((one.conference, one.subject) for one in active)}")
    check(f"{name}: calendar and diary agree", calendars.meetings() == sorted(one.facts for one in active),
          f"{calendars.meetings()}\n{sorted(one.facts for one in active)}")
    for meeting in meetings:
        for person in meeting.people:
            latest = mails.latest(meeting.uid, person)
            check(f"{name}: {person} was told of {meeting.subject}", is_told(meeting, latest),
                  f"{meeting.facts} {meeting.is_active} {latest}")
    twice = [key for key, count in collections.Counter((one["id"], one["to"]) for one in mails.all).items() if count > 1]
    check(f"{name}: no mail came twice", not twice, twice)


def main():
    pool, calendars, mails = Pool(), Calendars(), Mails()
    smtp = Controller(mails, hostname="127.0.0.1", port=free_port())
    smtp.start()
    desk = Desk(pool, calendars, smtp.port)
    print(f"{ROUNDS} rounds, seed {SEED}", flush=True)
    longest = collections.defaultdict(lambda: 0.8)
    stacked = 0
    for number in range(1, ROUNDS + 1):
        if number % 20 == 0:
            pool.move_numbers()
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
        if is_begun and stacked < MOST_STACKED and chance.random() < 0.3:
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
            check(f"{name}: the same key once more ends well", code == 0, f"{code} {said}")
            check(f"{name}: the same key is the same meeting", one.done() == 1, one.done())
        check(f"{name}: nothing is unfinished", not desk.is_begun())
        agree(desk, pool, calendars, mails, name)
        if failures:
            break
        if number % 50 == 0:
            print(f"{number} rounds, {len(mails.all)} mails", flush=True)
    for what, count in sorted(moments.items()):
        print(f"{count:5} {what}")
    smtp.stop()
    for process in (pool.process, calendars.process):
        process.terminate()
        process.wait()
    print(f"{number - bool(failures)} passed, {len(failures)} failed")
    if not failures:
        shutil.rmtree(WORK)
    else:
        print("left for a look:", WORK)
    sys.exit(1 if failures else 0)


main()
