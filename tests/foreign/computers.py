"""Two computers, one calendar server, and everything that goes wrong between them: run by computers.sh."""

import contextlib
import datetime
import difflib
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from pair import Computer, Meeting, Pool, free_port, unfolded, wait_for

CONFCTL = sys.argv[1]
TOOLS = pathlib.Path(sys.executable).parent
WORK = pathlib.Path(tempfile.mkdtemp())
TODAY = datetime.date.today()
PEOPLE = "bo@example.com,cy@example.com"
counts = {True: 0, False: 0}


def check(name, holds, said=""):
    counts[bool(holds)] += 1
    print("ok  " if holds else "FAIL", name, flush=True)
    if not holds:
        print("    " + str(said).replace("\n", "\n    ")[:1500])


def differences(one, other):
    lines = difflib.unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=1)
    return "\n".join(line[:160] for line in lines)


def check_alike(name, a, b, *words):
    """Both say the same when they are asked the same; a conference as it was last seen may be another."""
    own = [re.sub(r'"expires": .*', "", computer.run(*words)[1]) for computer in (a, b)]
    check(name, own[0] == own[1] and own[0], differences(*own))


def day(number, time="10:00"):
    return f"{TODAY + datetime.timedelta(days=number)} {time}"


class Server:
    """Radicale, and a vdirsyncer for each computer."""

    def __init__(self, computers):
        self.port = free_port()
        self.folder = WORK / "radicale" / "collection-root" / "ana" / "work"
        self.folder.mkdir(parents=True)
        (self.folder / ".Radicale.props").write_text('{"tag": "VCALENDAR"}')
        log = open(WORK / "radicale.log", "w")
        self.process = subprocess.Popen(
            [TOOLS / "python", "-m", "radicale", "--hosts", f"127.0.0.1:{self.port}", "--auth-type", "none",
             "--storage-filesystem-folder", WORK / "radicale"],
            stdout=log, stderr=log,
        )
        wait_for(self.port)
        for computer in computers:
            computer.diary.mkdir(parents=True, exist_ok=True)
            self.configure(computer, "a wins")
            self.vdirsyncer(computer, "discover")

    def configure(self, computer, winner):
        (computer.home / "vdirsyncer.conf").write_text(f"""
[general]
status_path = "{computer.home}/status"
[pair own]
a = "diary"
b = "server"
collections = [["work", "diary", "work"]]
conflict_resolution = "{winner}"
[storage diary]
type = "filesystem"
path = "{computer.data}"
fileext = ".ics"
[storage server]
type = "caldav"
url = "http://127.0.0.1:{self.port}/ana/"
username = "ana"
password = "any"
""")

    def vdirsyncer(self, computer, *words):
        done = subprocess.run(
            [TOOLS / "vdirsyncer", "-c", computer.home / "vdirsyncer.conf", *words], input="y\n" * 9,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )
        if done.returncode != 0:
            check(f"vdirsyncer {words[0]} on {computer.name}", False, done.stdout)

    def sync(self, *computers, winner="a wins"):
        for computer in computers:
            self.configure(computer, winner)
            self.vdirsyncer(computer, "sync", "own")

    def plant(self, name, text):
        """What somebody puts there who may write the collection."""
        (self.folder / name).write_bytes(text.encode())

    def file_of(self, uid):
        return next(file for file in self.folder.glob("*.ics") if f"UID:{uid}" in unfolded(file.read_bytes().decode()))


class Khal:
    def __init__(self, computer):
        self.file = computer.home / "khal.conf"
        self.file.write_text(f"""
[calendars]
[[diary]]
path = {computer.diary}
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = UTC
default_timezone = UTC
[sqlite]
path = {computer.home}/khal.db
""")

    def edit(self, script, *words):
        """With khal's own classes, since its editor wants a terminal."""
        program = (
            "import sys\n"
            "from khal.settings import get_config\n"
            "from khal.cli import build_collection\n"
            "config = get_config(sys.argv[1])\n"
            "collection = build_collection(config, None)\n"
            "collection.update_db()\n"
            "event = collection.search(sys.argv[2])\n"
            "event = next(iter(event))\n" + script
        )
        done = subprocess.run(
            [TOOLS / "python", "-c", program, self.file, *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )
        check(f"khal edits {words[0]}", done.returncode == 0, done.stdout)


UPDATE = "collection.update(event)\n"
LOCATION = "event.update_location(sys.argv[3])\n" + UPDATE
SUBJECT = "event.update_summary(sys.argv[3])\n" + UPDATE
DELETE = "collection.delete(event.href, event.etag, event.calendar)\n"


class World:
    def __init__(self):
        self.pool = Pool(CONFCTL, WORK)
        self.pool.start()
        self.a = Computer(CONFCTL, WORK, "a", self.pool)
        self.b = Computer(CONFCTL, WORK, "b", self.pool)
        self.server = Server((self.a, self.b))
        self.khal = {computer.name: Khal(computer) for computer in (self.a, self.b)}
        self.uids = {}

    def schedule(self, computer, kind, subject, *words):
        code, out, said = computer.run("schedule", kind, "-s", subject, *words)
        check(f"{computer.name} schedules {subject}", code == 0, said)
        if code == 0 and subject not in self.uids:
            self.uids[subject] = Meeting(out).uid if out else next(
                uid for uid, one in computer.meetings().items() if one.subject == subject)

    def do(self, computer, name, *words, code=0, says=""):
        done, out, said = computer.run(*words)
        wanted = code if isinstance(code, tuple) else (code,)
        check(f"{computer.name}: {name}", done in wanted and says in said, f"{done} {words}\n{said}")
        return out, said

    def one(self, computer, subject):
        return computer.meetings()[self.uids[subject]]

    def state(self, computer, subject):
        rows = [row for row in computer.listed("--all") if row["uid"] == self.uids[subject]]
        return rows[0]["state"] if len(rows) == 1 else rows

    def all_mails(self):
        return sorted(self.a.mails.all + self.b.mails.all, key=lambda mail: mail["at"])

    def mails(self, subject):
        return [mail for mail in self.all_mails() if mail["uid"] == self.uids[subject]]

    def both_sync(self, winner="a wins"):
        """Up from both, and down again to the first."""
        self.server.sync(self.a, self.b, self.a, winner=winner)


def lines_of(computer):
    return {uid: one.lines() for uid, one in computer.meetings().items()}


def ways_in(meeting):
    return meeting.conference, meeting.said("Conference ID"), meeting.said("Passcode")


def first_days(world):
    """The first one makes them, the second one must not touch them before it took them in."""
    a, b, pool = world.a, world.b, world.pool
    world.schedule(a, "live-meeting", "Budget", "-t", day(10), "-i", PEOPLE, "--send", "--practice")
    world.schedule(a, "live-meeting", "Standup", "-t", day(11, "9:00"), "-d", "15m", "--repeat", "weekly", "--count",
                   "6", "-i", "bo@example.com", "--send", "--practice")
    world.schedule(a, "conference-call", "Hotline", "-t", day(12), "-i", "bo@example.com", "--send", "--practice")
    world.schedule(a, "conference-call", "Report", "-t", day(13), "--id", "new", "--key", "report-1")
    world.schedule(a, "live-meeting", "Quiet", "-t", day(14))
    world.schedule(a, "live-meeting", "Lost", "-t", day(15))
    made, mailed = pool.conferences(), len(world.all_mails())
    world.server.sync(a, b)
    check("everything arrives", len(b.files()) == 6, b.files())
    rows = b.listed("--all")
    check("all of it is foreign there", [row["state"] for row in rows] == ["foreign"] * 6, rows)
    before, lines = {file: file.read_bytes() for file in b.files()}, lines_of(b)
    for words in (("update", "-s", "Mine", "--yes"), ("cancel", "--yes"), ("invite", "--send", "--practice"),
                  ("refresh", "--yes"), ("undo", "--yes"), ("copy", "-t", "+7d")):
        world.do(b, f"{words[0]} of a foreign meeting is refused", words[0], world.uids["Budget"], *words[1:],
                 code=6, says="adopt")
    check("nothing came of that", {file: file.read_bytes() for file in b.files()} == before
          and pool.conferences() == made and len(world.all_mails()) == mailed)
    world.do(b, "adopt without a yes is refused", "adopt", world.uids["Budget"], code=2, says="--yes")
    for subject in world.uids:
        world.do(b, f"adopts {subject}", "adopt", world.uids[subject], "--yes")
    check("adoption changes no line but those that Radicale cut", lines_of(b) == lines)
    check("adoption changes nothing on the pool", pool.conferences() == made)
    check_alike("both list the same", a, b, "list", "--all", "--json")
    for subject in ("Budget", "Hotline", "Report"):
        check_alike(f"both show {subject} the same", a, b, "show", world.uids[subject], "--json")
    shutil.copytree(a.diary, WORK / "backup")


def changes_go_round(world):
    a, b, pool = world.a, world.b, world.pool
    uid, was = world.uids["Budget"], ways_in(world.one(a, "Budget"))
    made = set(pool.conferences())
    world.do(b, "changes the time", "update", uid, "-t", day(10, "14:00"), "--yes", "--send", "--practice")
    world.both_sync()
    check("a sees the new time", world.one(a, "Budget").start.hour == 14)
    check("a still has it for its own", world.state(a, "Budget") == "ok", world.state(a, "Budget"))
    world.do(a, "changes the subject", "update", uid, "-s", "Budget 2", "--yes", "--send", "--practice")
    world.both_sync()
    for computer in (a, b):
        one = world.one(computer, "Budget")
        check(f"{computer.name} has both changes", (one.subject, one.start.hour, one.sequence) == ("Budget 2", 14, 2),
              (one.subject, one.start, one.sequence))
        check(f"the ways in are the same on {computer.name}", ways_in(one) == was, f"{was} {ways_in(one)}")
    told = [mail["sequence"] for mail in world.mails("Budget") if mail["to"] == "bo@example.com"]
    check("bo was told of each version once", told == [0, 1, 2], told)
    check("the pool has as many conferences", set(pool.conferences()) == made)
    check("the pool has the new subject", "Budget 2" in pool.conferences()[was[0]])

    uid = world.uids["Standup"]
    world.do(b, "moves one of the series", "update", uid, "--occurrence", day(18)[:10], "-t", day(19, "9:00"), "--yes",
             "--send", "--practice")
    world.both_sync()
    world.do(a, "drops another one", "cancel", uid, "--occurrence", day(25)[:10], "--yes", "--send", "--practice")
    world.both_sync()
    check("both have the same series", world.one(a, "Standup").lines() == world.one(b, "Standup").lines())
    check_alike("both show the same occurrences", a, b, "show", uid, "--json")
    check("its ways in stay", world.one(a, "Standup").conference in made)

    world.do(b, "moves the assigned call", "update", world.uids["Hotline"], "-t", day(12, "15:00"), "--yes", "--send",
             "--practice")
    world.both_sync()
    world.do(a, "renames the assigned call", "update", world.uids["Hotline"], "-s", "Hotline 2", "--yes")
    world.both_sync()
    check("there is one assigned conference", len(world.pool.assigned()) == 1
          and world.one(b, "Hotline").conference in world.pool.assigned(), world.pool.assigned())


def conflicts(world):
    """Both change the same meeting before they hear of each other."""
    a, b, pool = world.a, world.b, world.pool
    uid, made = world.uids["Quiet"], set(pool.conferences())
    for winner, hour in (("a wins", 11), ("b wins", 12)):
        before = world.one(a, "Quiet").sequence
        world.do(a, "changes it", "update", uid, "-s", f"Quiet {winner}", "--yes")
        world.do(b, "changes it as well", "update", uid, "-t", day(14, f"{hour}:00"), "--yes")
        world.server.sync(a)
        world.server.sync(b, winner=winner)
        world.server.sync(a)
        one, other = world.one(a, "Quiet"), world.one(b, "Quiet")
        check(f"{winner}: both have the same", one.lines() == other.lines())
        check(f"{winner}: it is the winner's", (one.start.hour == hour) == (winner == "a wins"), one.start)
        check(f"{winner}: there is one file", len(a.files()) == len(b.files()) == 6)
        check(f"{winner}: both have it for their own", world.state(a, "Quiet") == world.state(b, "Quiet") == "ok")
        check(f"{winner}: nothing was made", set(pool.conferences()) == made)
        world.do(a, "settles it", "update", uid, "-s", f"Settled {winner}", "-t", day(14, f"{hour}:30"), "--yes")
        world.both_sync()
        check(f"{winner}: the version after it is later", world.one(b, "Quiet").sequence == before + 2)
        check(f"{winner}: the pool says what both say", f"Settled {winner}" in pool.conferences()[one.conference])

    # As other programs leave a conflict: the older one beside it, in a file of its own.
    older = next(file for file, one in b.files().items() if one.uid == uid).read_bytes()
    world.do(b, "changes it", "update", uid, "-s", "Quiet 5", "--yes")
    twin = b.diary / "settled.sync-conflict-20261201.ics"
    twin.write_bytes(older)
    _, said = world.do(b, "lists it with its twin", "list")
    check("the twin is named once", said.count(twin.name) == 1, said)
    check("the newer one counts", [row["subject"] for row in b.listed() if row["uid"] == uid] == ["Quiet 5"])
    world.do(b, "changes the one that counts", "update", uid, "-s", "Quiet 6", "--yes")
    check("the twin stays as it is", twin.read_bytes() == older)
    twin.unlink()
    world.both_sync()
    check("a has the one that counts", world.one(a, "Quiet").subject == "Quiet 6")


def edits_by_khal(world):
    a, b = world.a, world.b
    uid = world.uids["Report"]
    before = world.one(b, "Report")
    world.khal["b"].edit(LOCATION, "Report", "Room 5")
    world.both_sync()
    one = world.one(a, "Report")
    check("a has what khal wrote on b", "LOCATION:Room 5" in one.text)
    check("khal counts no version", one.sequence == before.sequence)
    check("it is still a's own", world.state(a, "Report") == "ok")
    world.do(a, "changes it", "update", uid, "-t", day(13, "16:00"), "--yes")
    world.both_sync()
    one = world.one(b, "Report")
    check("b has both", "LOCATION:Room 5" in one.text and one.start.hour == 16)
    check("the ways in stay", ways_in(one) == ways_in(before))

    lost = world.one(a, "Lost").conference
    world.khal["a"].edit(DELETE, "Lost")
    check("khal has deleted it", world.uids["Lost"] not in a.meetings())
    world.both_sync()
    check("it is gone from b too", world.uids["Lost"] not in b.meetings())
    for computer in (a, b):
        rows = [row for row in computer.listed() if row["meeting_id"] == lost]
        states = [row["state"] for row in rows]
        check(f"{computer.name} says that its conference has no entry", states == ["no entry"], rows)
    world.do(b, "deletes that conference", "cancel", lost, "--yes")
    check("it is gone from the pool", lost not in world.pool.conferences())
    del world.uids["Lost"]


def cancelled_and_undone(world):
    a, b, pool = world.a, world.b, world.pool
    uid, was = world.uids["Budget"], world.one(a, "Budget").conference
    world.do(b, "cancels it", "cancel", uid, "--yes", "--send", "--practice")
    world.both_sync()
    check("the conference is gone", was not in pool.conferences())
    check("a sees that", world.state(a, "Budget") == "cancelled", world.state(a, "Budget"))
    mailed = len(world.all_mails())
    world.do(a, "can't change it any more", "update", uid, "-s", "x", "--yes", "--send", "--practice", code=3)
    world.do(a, "can't cancel it twice", "cancel", uid, "--yes", "--send", "--practice", code=3)
    check("nobody is told again", len(world.all_mails()) == mailed)
    world.do(a, "takes b's cancellation back", "undo", uid, "--yes", "--send", "--practice")
    world.both_sync()
    one = world.one(b, "Budget")
    check("its version is a later one", one.sequence == 4 and one.is_active, one.sequence)
    check("it has a conference again", one.conference in pool.conferences() and one.conference != was)
    check("it is foreign on b, whose conference was another one", world.state(b, "Budget") == "foreign")
    world.do(b, "adopts it again", "adopt", uid, "--yes")
    check("it is b's own", world.state(b, "Budget") == "ok")
    told = [mail["sequence"] for mail in world.mails("Budget") if mail["to"] == "bo@example.com"]
    check("bo was told of each version once", told == [0, 1, 2, 3, 4], told)


def older_backup(world):
    """A backup of the first days is put over the diary of a."""
    a, b, pool = world.a, world.b, world.pool
    newest = WORK / "newest"
    shutil.copytree(a.diary, newest)
    highest = {subject: world.one(a, subject).sequence for subject in world.uids}
    made, mailed = pool.conferences(), len(world.all_mails())
    for file in (WORK / "backup").iterdir():
        shutil.copy(file, a.diary / file.name)
    gone = next(file for file, one in a.files().items() if one.subject == "Lost")
    check("what was deleted since came back, and is no conference", [row["state"] for row in a.listed("--all")
          if row["subject"] == "Lost"] == ["gone"], a.listed("--all"))
    gone.unlink()
    check("another conference since: it is foreign", world.state(a, "Budget") == "foreign", world.state(a, "Budget"))
    world.do(a, "can't change it", "update", world.uids["Budget"], "-s", "x", "--yes", "--send", "--practice", code=6)
    world.do(a, "can't adopt what the pool has no more", "adopt", world.uids["Budget"], "--yes", code=3)
    _, said = world.do(a, "refreshes everything", "refresh", "--yes", "--send", "--practice")
    is_same = pool.conferences() == made and len(world.all_mails()) == mailed
    check("nothing was made, deleted or mailed by that", is_same, f"{pool.conferences().keys()} {said}")
    out, _ = world.do(a, "changes the old Hotline for a mail program", "update", world.uids["Hotline"],
                      "-s", "Hotline 3", "--yes", "-f", "ics")
    check("no version comes out twice", out and Meeting(out).sequence > highest["Hotline"],
          f"{out and Meeting(out).sequence}, and {highest['Hotline']} came out before")
    for subject in ("Standup", "Hotline"):
        _, said = world.do(a, f"changes the old {subject}", "update", world.uids[subject], "-s", f"{subject} restored",
                           "--yes", "--send", "--practice")
        told = [mail["sequence"] for mail in world.mails(subject) if mail["by"] == "a"]
        check(f"{subject}: no version comes back", told == sorted(told), told)
        one = world.one(a, subject)
        # What b alone had mailed, nobody can know here.
        own = max(mail["sequence"] for mail in world.mails(subject)[:-1] if mail["by"] == "a")
        check(f"{subject}: the version is later than what was mailed here", one.own_sequence > own,
              f"{one.own_sequence} {own}")
    check("still as many conferences", set(pool.conferences()) == set(made))
    twice = [(mail["uid"], mail["sequence"], mail["occurrence"], mail["to"], mail["by"]) for mail in world.all_mails()]
    check("no computer mailed a version twice", len(twice) == len(set(twice)), twice)
    # The newest ones are on the server, and win.
    world.server.sync(a, winner="b wins")
    for file in a.diary.glob("*.ics"):
        file.unlink()
    for file in newest.iterdir():
        shutil.copy(file, a.diary / file.name)
    world.both_sync()
    for subject in ("Standup", "Hotline"):
        world.do(a, f"changes the newest {subject}", "update", world.uids[subject], "-s", f"{subject} again", "--yes",
                 "--send", "--practice")
    world.both_sync()
    for subject in world.uids:
        one, other = world.one(a, subject), world.one(b, subject)
        check(f"{subject}: both have the same again", one.lines() == other.lines() and one.sequence >= highest[subject],
              f"{one.sequence} {other.sequence} {highest[subject]}")
        check(f"{subject}: it is everybody's own", world.state(a, subject) == world.state(b, subject) == "ok",
              f"{world.state(a, subject)} {world.state(b, subject)}")


def backup_of_a_cancelled_one(world):
    """What was cancelled comes back, and is cancelled again, or takes place after all."""
    a, pool = world.a, world.pool
    made = set(pool.conferences())
    for subject, words in (("Brief", ("cancel",)), ("Brief again", ("update", "--id", "new"))):
        world.schedule(a, "live-meeting", subject, "-t", day(16), "-i", PEOPLE, "--send", "--practice")
        uid = world.uids[subject]
        file = next(file for file, one in a.files().items() if one.uid == uid)
        kept = file.read_bytes()
        world.do(a, f"cancels {subject}", "cancel", uid, "--yes", "--send", "--practice")
        file.write_bytes(kept)
        state = world.state(a, subject)
        check(f"{subject} is back, and its conference is gone", state == "gone", state)
        world.do(a, f"{words[0]} of {subject} once more", words[0], uid, *words[1:], "--yes", "--send", "--practice")
        told = [(mail["sequence"], mail["method"]) for mail in world.mails(subject) if mail["to"] == "bo@example.com"]
        versions = [sequence for sequence, _ in told]
        check(f"{subject}: bo was told of each version once", versions == [0, 1, 2], told)
        if words[0] == "update":
            world.do(a, f"cancels {subject}", "cancel", uid, "--yes")
        file.unlink()
        del world.uids[subject]
    check("still as many conferences", set(pool.conferences()) == made)
    world.both_sync()


def lost_data(world):
    """The private state of a is lost, then its whole data folder."""
    a, b, pool = world.a, world.b, world.pool
    before, made, mailed = a.listed("--all"), pool.conferences(), len(world.all_mails())
    for name, lose in (
        ("the database", lambda: a.lose_state()),
        ("the database and the mark of it", lambda: a.lose_state("state.made")),
        ("the whole folder", lambda: shutil.rmtree(a.data)),
    ):
        lose()
        if name == "the whole folder":
            shutil.rmtree(a.home / "status", ignore_errors=True)
            a.diary.mkdir(parents=True)
            world.server.vdirsyncer(a, "discover")
            world.server.sync(a)
            check(f"{name}: the server has all files", len(a.files()) == len(b.files()))
        rows = a.listed("--all")
        check(f"{name}: everything is foreign", {row["state"] for row in rows} == {"foreign"}, rows)
        world.do(a, f"{name}: nothing is done with them", "update", world.uids["Quiet"], "-s", "x", "--yes", code=6)
        for subject in world.uids:
            world.do(a, f"{name}: {subject} is got back", "adopt", world.uids[subject], "--yes")
        check(f"{name}: all is as it was", a.listed("--all") == before, f"{before}\n{a.listed('--all')}")
        check(f"{name}: nothing was made or mailed", pool.conferences() == made and len(world.all_mails()) == mailed)
        world.both_sync()
    words = ("schedule", "conference-call", "-s", "Report", "-t", day(13), "--id", "new", "--key", "report-1")
    code, _, said = a.run(*words)
    world.key_after_loss = (code, len(pool.conferences()) - len(made), said)
    print(f"     --key of a meeting whose state was lost: exit code {code}, "
          f"{len(pool.conferences()) - len(made)} conferences more", flush=True)
    check("a key that was lost is refused or makes one meeting that is listed",
          code in (3, 6, 8) or len(pool.conferences()) - len(made) == 1, said)
    for row in a.listed():
        if row["uid"] not in world.uids.values() and row["uid"] in a.meetings():
            code, _, said = a.run(*words)
            check("the same key makes no third one", code == 0 and len(pool.conferences()) - len(made) == 1, said)
            world.do(a, "cancels what the lost key made again", "cancel", row["uid"], "--yes")
    world.both_sync()
    check("still as many conferences", set(pool.conferences()) == set(made))
    world.do(a, "changes one that was got back", "update", world.uids["Budget"], "-s", "Budget 3", "--yes", "--send",
             "--practice")
    world.both_sync()
    told = [mail["sequence"] for mail in world.mails("Budget") if mail["to"] == "bo@example.com"]
    check("no version comes back by that", told == sorted(set(told)), told)


FORGED = "ABCDEF0123456789ABCDEF0123456789"


def stranger(world):
    """Somebody who can write the collection would like to be believed."""
    a, b, pool, server = world.a, world.b, world.pool, world.server
    uid, one = world.uids["Budget"], world.one(a, "Budget")
    made, mailed, before = pool.conferences(), len(world.all_mails()), a.listed("--all")
    file = server.file_of(uid)
    good = file.read_bytes().decode()
    notes = state_notes(a, uid).replace(one.conference, FORGED).replace("425 555", "900 555")
    evil = forge(good, one.conference, notes, f"SEQUENCE:{one.sequence + 5}")
    server.plant(file.name, evil)
    server.plant("party.ics", forge(good, one.conference, notes, "SEQUENCE:1").replace(uid, "party@example.net")
                 .replace("SUMMARY:Budget 3", "SUMMARY:Party"))
    quiet = world.one(a, "Quiet").conference
    server.plant("twin.ics", unfolded(good).replace(one.conference, quiet).replace(uid, "twin@example.net")
                 .replace("SUMMARY:Budget 3", "SUMMARY:Twin"))
    server.plant("garbage.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:garbage\r\nEND:VCALENDAR\r\n")
    server.sync(a, b)
    for computer in (a, b):
        rows = {row["subject"]: row["state"] for row in computer.listed("--all") if row["uid"]}
        own = {subject: rows.get(subject) for subject in ("Budget 3", "Party", "Twin")}
        check(f"{computer.name}: forged ones are foreign", set(own.values()) == {"foreign"}, rows)
        for name, words in (("Budget", (uid,)), ("Party", ("party@example.net",)), ("Twin", ("twin@example.net",))):
            for verb, flags in (("invite", ()), ("update", ("-s", "x", "--yes")), ("cancel", ("--yes",))):
                out, _ = world.do(computer, f"{verb} of the forged {name} is refused", verb, *words, *flags, "--send",
                                  "--practice", code=6)
                check("and nothing comes out", not out)
            world.do(computer, f"the forged {name} is not adopted", "adopt", *words, "--yes", code=(3, 6))
        world.do(computer, "refresh leaves them", "refresh", "--yes", "--send", "--practice")
        code, out, said = computer.run("schedule", "live-meeting", "-s", "Keyed", "-t", day(20), "--key", "forged",
                                       "--dry-run")
        check("a forged key made nothing", code == 0 and "900 555" not in out, f"{code} {said}")
    check("nothing was made, deleted or mailed", pool.conferences() == made and len(world.all_mails()) == mailed)
    in_the_way(world)

    # A computer that has never seen any of it.
    c = Computer(CONFCTL, WORK, "c", pool)
    server_diary(c, server)
    rows = {row["uid"]: row["state"] for row in c.listed("--all") if row["uid"]}
    check("a new computer believes no file", set(rows.values()) == {"foreign"}, rows)
    for own in (uid, "party@example.net"):
        for words in (("invite", own, "-f", "text"), ("show", own, "--offline")):
            _, out, _ = c.run(*words)
            check(f"a new computer tells nobody forged numbers ({words[0]})", "900 555" not in out)
    c.mails.stop()

    for name in ("party.ics", "twin.ics", "garbage.ics"):
        (server.folder / name).unlink()
    server.plant(file.name, good)
    server.sync(a, b)
    after = [row for row in a.listed("--all") if row["subject"] != "Other call"]
    check("all is well once they are gone", after == before, f"{before}\n{after}")
    world.do(b, "changes the real one", "update", uid, "-s", "Budget 4", "--yes", "--send", "--practice")
    world.both_sync()
    check("with its own numbers", "900 555" not in world.mails("Budget")[-1]["text"]
          and FORGED not in world.mails("Budget")[-1]["text"])


def in_the_way(world):
    """A forged version of the assigned call at the same time as another one."""
    a, server = world.a, world.server
    uid, call = world.uids["Hotline"], world.one(a, "Hotline")
    file = server.file_of(uid)
    good = file.read_bytes().decode()
    server.plant(file.name, forge(good, call.conference, "{}", f"SEQUENCE:{call.sequence + 5}"))
    server.sync(a)
    check("the forged call is foreign", world.state(a, "Hotline") == "foreign", world.state(a, "Hotline"))
    world.schedule(a, "conference-call", "Other call", "-t", day(12, "15:15"))
    if "Other call" in world.uids:
        world.do(a, "cancels it", "cancel", world.uids.pop("Other call"), "--yes")
    server.plant(file.name, good)
    server.sync(a)


def state_notes(computer, uid):
    with contextlib.closing(sqlite3.connect(computer.data / "state.sqlite")) as database:
        return database.execute("SELECT notes FROM meeting WHERE uid = ?", [uid]).fetchone()[0]


def forge(text, conference, notes, sequence):
    """With private notes as earlier versions wrote them into the file."""
    escaped = re.sub(r"([\\;,])", r"\\\1", notes)
    text = unfolded(text).replace("\n", "\r\n").replace(conference, FORGED)
    text = text.replace("425 555", "900 555").replace("1425555", "1900555")
    text = re.sub(r"SEQUENCE:\d+", sequence, text)
    return text.replace("\r\nSUMMARY:", f"\r\nX-CONFCTL-CONFERENCE:{escaped}\r\nX-CONFCTL-KEY:forged\r\nSUMMARY:", 1)


def server_diary(computer, server):
    computer.diary.mkdir(parents=True)
    for file in server.folder.glob("*.ics"):
        shutil.copy(file, computer.diary / file.name)


def the_end(world):
    a, b, pool = world.a, world.b, world.pool
    world.both_sync()
    for computer in (a, b):
        active = [one for one in computer.meetings().values() if one.is_active]
        own = sorted(one.conference for one in active if one.conference not in world.pool.assigned())
        check(f"{computer.name}: a conference for each meeting, a meeting for each conference",
              own == sorted(pool.conferences()), f"{own}\n{sorted(pool.conferences())}")
        known = computer.states()
        check(f"{computer.name}: file and state agree",
              all(known[one.uid][0] == one.conference for one in active), known)
        states = {row["state"] for row in computer.listed()}
        check(f"{computer.name}: everything to come is well", states == {"ok"}, computer.listed())
        check(f"{computer.name}: nothing is unfinished", not computer.unfinished())
    check_alike("both list the same", a, b, "list", "--json")
    for subject in world.uids:
        check_alike(f"both show {subject} the same", a, b, "show", world.uids[subject], "--json")


def main():
    world = World()
    try:
        for scene in (first_days, changes_go_round, conflicts, edits_by_khal, cancelled_and_undone, older_backup,
                      backup_of_a_cancelled_one, lost_data, stranger, the_end):
            print(f"-- {scene.__name__.replace('_', ' ')}", flush=True)
            scene(world)
    finally:
        for own in (world.a, world.b):
            own.mails.stop()
        world.server.process.terminate()
        world.server.process.wait()
        world.pool.stop()
    print(f"{counts[True]} passed, {counts[False]} failed")
    if counts[False]:
        print("left for a look:", WORK)
    else:
        shutil.rmtree(WORK)
    sys.exit(1 if counts[False] else 0)


main()
