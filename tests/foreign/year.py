"""A year of two computers, and a model of what must be: run by year.sh.

What must be is a `View` of each meeting on each computer, which changes as the operations say and
travels as the files do, and the conferences of the pool.
"""

import collections
import dataclasses
import datetime
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zoneinfo

import icalendar

from pair import Computer, Meeting, Pool, in_utc, unfolded

CONFCTL = sys.argv[1]
SEED = int(os.environ.get("YEAR_SEED", 1))
OPERATIONS = int(os.environ.get("YEAR_OPERATIONS", 2000))
# In memory where that is possible: what a disk keeps is judged elsewhere, and a year is long.
WORK = pathlib.Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
BEGIN = datetime.datetime(2027, 1, 4, 7, tzinfo=datetime.timezone.utc)
# 2 000 of them are a year.
STEP = datetime.timedelta(days=365) / 2000
PEOPLE = [f"{name}@example.com" for name in ("bo", "cy", "di", "flo")]
MOST_MEETINGS = 12
MOST_FAILURES = 5
KILLED = 0.12
chance = random.Random(SEED)
counts = collections.Counter()
moments = collections.Counter()


# What stands for the exit code of what was killed and is to be finished later.
LATER = "later"
Pending = collections.namedtuple("Pending", "side uid words is_repeatable then since")
# So many operations may come before it is.
LATEST = 4


class Stop(Exception):
    """Enough is wrong."""


@dataclasses.dataclass(frozen=True)
class View:
    """A meeting as its file must be."""

    subject: str
    start: datetime.datetime
    people: frozenset = frozenset()
    kind: str = "live-meeting"
    assigned: bool = False
    active: bool = True
    conference: str = None
    count: int = 1
    # (original start, start; none: dropped)
    occurrences: frozenset = frozenset()
    # Lines that others wrote.
    foreign: frozenset = frozenset()
    zone: str = "UTC"

    def last(self):
        """The last start that is left."""
        changed = dict(self.occurrences)
        own = [changed.get(start, start) for start in self.starts()]
        return max([start for start in own if start], default=self.start)

    def starts(self):
        """10:00 stays 10:00 when the clocks change."""
        local = self.start.astimezone(zoneinfo.ZoneInfo(self.zone))
        return [in_utc(local + datetime.timedelta(days=7 * one)) for one in range(self.count)]

    def says(self, moment):
        return moment.astimezone(zoneinfo.ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M")

    def is_as(self, file):
        """What differs in a file, in words."""
        differs = []
        for name, mine, its in (
            ("subject", self.subject, file.subject), ("start", self.start, in_utc(file.start)),
            ("people", sorted(self.people), file.people), ("active", self.active, file.is_active),
            ("conference", self.conference, file.conference),
            ("occurrences", dict(self.occurrences), file.occurrences),
        ):
            if mine != its:
                differs.append(f"{name}: {its} for {mine}")
        lost = [line for line in self.foreign if line not in file.text.splitlines()]
        return differs + [f"lost: {line}" for line in lost]


class Side(Computer):
    """A computer, with what must be on it."""

    def __init__(self, name, pool, zone):
        super().__init__(CONFCTL, WORK, name, pool, zone)
        self.zone = zone
        self.views, self.own = {}, {}
        self.diary.mkdir(parents=True)

    def start(self, words):
        note(f"{self.now} {self.name}: {line_of(words)}")
        return super().start(words)

    def run(self, *words):
        done = super().run(*words)
        note(f"    ends with {done[0]}")
        return done


def note(line):
    """For whoever looks for what led to a failure."""
    with open(WORK / "log", "a") as log:
        log.write(line + "\n")


def line_of(words):
    return " ".join(map(str, words))


class Year:
    def __init__(self):
        self.pool = Pool(CONFCTL, WORK)
        self.moment = BEGIN
        self.pool.start(self.stamp())
        self.sides = [Side("a", self.pool, "UTC"), Side("b", self.pool, "Europe/Prague")]
        # By meeting id: subject, whether it is a Live Meeting, people.
        self.conferences = {}
        self.assigned = None
        # As both sides had them last.
        self.base, self.base_views = {}, {}
        # File of each meeting, and what strangers' files are: ("shadow", uid), ("holder", meeting id), ("other",).
        self.names, self.strangers = {}, {}
        # Bytes of a former version, and what they say.
        self.former = {}
        # Meetings that both changed before they heard of each other.
        self.conflicts = set()
        # Whether this operation was told to mail once more what may have arrived.
        self.is_again = False
        # What was killed and is to be finished later: a computer, a meeting, and what to do then.
        self.pending = None
        # Conferences that no meeting has any more, and why that is so is known.
        self.left = set()
        self.mailed, self.highest = set(), {}
        self.heard = {side.name: 0 for side in self.sides}
        self.longest = collections.defaultdict(lambda: 0.15)
        self.number, self.name = 0, ""

    # What is checked.

    def check(self, what, holds, said=""):
        counts[bool(holds)] += 1
        if not holds:
            print(f"FAIL operation {self.number} of seed {SEED} ({self.name}): {what}")
            print("    " + str(said).replace("\n", "\n    ")[:1500], flush=True)
            if counts[False] >= MOST_FAILURES:
                raise Stop

    def check_all(self):
        if not self.pending:
            self.check_pool()
        for side in self.sides:
            self.check_side(side)
            self.check_mails(side)
        self.is_again = False

    def check_pool(self):
        there = {}
        for conference, document in self.pool.conferences().items():
            subject = re.search(r"<ci:subject>(.*?)</ci:subject>", document)[1]
            people = frozenset(re.findall(r'<ci:user entity="sip:([^"]+)"', document))
            there[conference] = (subject, 'entity="meeting"' in document, people)
        self.check("the pool has what it must", there == self.conferences, only_different(there, self.conferences))

    def check_side(self, side):
        files = side.files()
        for uid, view in side.views.items():
            if self.is_pending(uid):
                continue
            file = files.get(side.diary / self.names[uid])
            differs = view.is_as(file) if file else ["there is no such file"]
            self.check(f"{view.subject} on {side.name} is as it must be", not differs, "; ".join(differs))
        own = {side.diary / self.names[uid] for uid in side.views} | {side.diary / name for name in self.strangers}
        # An appointment may have been carried over before it had its conference.
        more = [file.name for file in files if file not in own and not file.name.startswith("khal")]
        self.check(f"nothing else is in the diary of {side.name}", not more or self.pending, more)

    def check_mails(self, side):
        new, self.heard[side.name] = side.mails.all[self.heard[side.name]:], len(side.mails.all)
        for mail in new:
            uid, sequence = mail["uid"], mail["sequence"]
            key = (side.name, uid, sequence, mail["to"], mail["occurrence"])
            self.check("no mail goes twice", key not in self.mailed or self.is_again, key)
            self.mailed.add(key)
            for who in self.sides:
                highest = self.highest.get((who.name, uid), 0)
                is_known = who is side or uid not in self.conflicts
                self.check("no older version is mailed", sequence >= highest or not is_known, f"{key} {highest}")
            self.highest[side.name, uid] = max(self.highest.get((side.name, uid), 0), sequence)
            self.check("no forged number is mailed", "900 555" not in mail["text"], key)

    # The clock.

    def stamp(self):
        return self.moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def pass_time(self):
        before = self.moment
        self.moment = BEGIN + STEP * self.number
        self.moment = self.moment.replace(microsecond=0)
        for side in self.sides:
            side.now = self.stamp()
        if before.isocalendar().week != self.moment.isocalendar().week:
            self.pool.stop()
            self.pool.start(self.stamp())

    # The sync: files by their names, and what must be in them along with them.

    def sync(self):
        for name in sorted({*self.base, *names_in(self.sides[0]), *names_in(self.sides[1])}):
            self.sync_file(name)
        moments["syncs"] += 1

    def sync_file(self, name):
        there = [read(side.diary / name) for side in self.sides]
        base = self.base.get(name)
        if there[0] == there[1]:
            source = 0
        elif there[0] == base or there[1] is not None and there[0] is None:
            source = 1
        elif there[1] == base or there[1] is None:
            source = 0
        else:
            source = chance.randrange(2)
            moments["conflicts of a sync"] += 1
        uid = next((uid for uid, own in self.names.items() if own == name), None)
        one, other = self.sides[source], self.sides[1 - source]
        if uid and there[0] != base and there[1] != base and there[0] != there[1]:
            self.conflicts.add(uid)
            if uid in other.views and other.views[uid].conference != one.views[uid].conference:
                self.left.add(other.views[uid].conference)
        if there[0] != there[1]:
            note(f"sync {name} from {one.name}")
            copy_over(one.diary / name, other.diary / name, there[source])
            if uid:
                carry(one.views, other.views, uid)
        if there[source] is None:
            self.base.pop(name, None)
        else:
            self.base[name] = there[source]
        if uid:
            carry(one.views, self.base_views, uid)

    # What is expected.

    def is_shadowed(self, side, uid):
        return any(kind == ("shadow", uid) and (side.diary / name).exists() for name, kind in self.strangers.items())

    def is_held(self, side, conference):
        return any(kind == ("holder", conference) and (side.diary / name).exists() for name, kind in self.strangers.items())

    def is_there(self, view):
        return view.assigned or view.conference in self.conferences

    def expect(self, side, uid, words):
        verb, view, own = words[0], side.views[uid], side.own.get(uid)
        if self.is_shadowed(side, uid):
            return 6
        if not view.active:
            return 0 if verb == "undo" and own else 3
        if own != view.conference:
            return 6
        if verb == "update" and not self.is_there(view) and "--id" not in words:
            return 3
        return 0

    def is_in_doubt(self, side, uid, words):
        """Whether a conference would go from the pool while a file can't be read that could be about it."""
        unreadable = [name for name, kind in self.strangers.items() if kind == ("garbage",) and (side.diary / name).exists()]
        is_whole = words[0] == "cancel" and "--occurrence" not in words and not side.views[uid].assigned
        return bool(unreadable) and (is_whole or words[0] == "undo" or "--id" in words)

    def touch(self, side, uid):
        """Notes it where the other computer has changed the same."""
        other = self.sides[1 - self.sides.index(side)]
        if uid in self.base_views and other.views.get(uid) != self.base_views.get(uid):
            self.conflicts.add(uid)

    # How a command runs.

    def run(self, side, words, is_repeatable=True):
        """Its exit code, or none if it was killed and finished in another way; whether anything had begun;
        what was said."""
        verb = words[0]
        is_killed, moment, is_repeated, is_again, is_left = (chance.random() for _ in range(5))
        if is_killed >= KILLED:
            begun = time.monotonic()
            code, _, said = side.run(*words)
            self.longest[verb] = 0.8 * self.longest[verb] + 0.2 * 1.1 * (time.monotonic() - begun)
            self.check(f"{verb} does not panic", code not in (101, -6) and "panicked" not in said, said)
            return code, False, said
        unfinished = side.unfinished()
        process = side.start(words)
        try:
            said = process.communicate(timeout=moment * self.longest[verb])[1]
            note(f"    ends with {process.returncode}")
            return process.returncode, False, said
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        moments["kills"] += 1
        begun = bool(side.unfinished() - unfinished)
        note(f"    killed, begun: {begun}")
        moments["kills with something begun"] += begun
        if begun and not self.pending and is_left < 0.3 and verb not in ("refresh", "adopt", "prune"):
            moments["kills that are finished later"] += 1
            return LATER, True, ""
        said = self.finish(side, words if is_repeatable and is_repeated < 0.4 else None, is_again < 0.5)
        return None, begun, said

    def finish(self, side, words, is_again):
        code, said = 0, ""
        if words:
            code, _, said = side.run(*words)
            moments["kills, and the same command again"] += 1
        if code in (1, 7) or side.unfinished():
            self.resume(side, is_again)
        return f"{code} {said}"

    def is_pending(self, uid):
        return self.pending is not None and self.pending.uid == uid

    def finish_pending(self):
        pending, self.pending = self.pending, None
        self.name = f"{pending.side.name}: finishes {line_of(pending.words)}"
        is_repeated, is_again = chance.random() < 0.3 and pending.is_repeatable, chance.random() < 0.5
        said = self.finish(pending.side, pending.words if is_repeated else None, is_again)
        pending.then(None, True, said)

    def resume(self, side, is_again=False):
        code, _, said = side.run("resume")
        if code == 7 and "is not known" in said:
            moments["kills with a mail on its way"] += 1
            flag = "--again" if is_again else "--forget"
            self.is_again = is_again
            code, _, said = side.run("resume", flag)
        if code == 1 and "it could be about this" in said:
            for name in [name for name, kind in self.strangers.items() if kind == ("garbage",)]:
                self.remove_stranger(name)
            code, _, said = side.run("resume")
        self.check("resume ends well", code == 0, f"{code} {said}")
        self.check("nothing is unfinished then", not side.unfinished(), said)

    def change(self, side, uid, words, after, then):
        """A command about a meeting, which makes its view be `after`; `then` says what that means for others."""
        self.name = f"{side.name}: {line_of(words)}"
        expected = self.expect(side, uid, words)
        if expected == 0 and self.is_in_doubt(side, uid, words):
            moments["refused because of garbage"] += 1
            expected = 1
        self.touch(side, uid)
        former = read(side.diary / self.names[uid]), side.views[uid]

        def end(code, begun, said):
            file = side.files().get(side.diary / self.names[uid])
            now = after(side.views[uid], file)
            done = self.is_done(code, begun, said, expected, not now.is_as(file))
            if done:
                before, side.views[uid] = side.views[uid], now
                self.former[uid] = former
                self.see_on_other(side, uid)
                then(before, now)

        code, begun, said = self.run(side, words)
        if code == LATER:
            self.pending = Pending(side, uid, words, True, end, self.number)
        else:
            end(code, begun, said)

    def is_done(self, code, begun, said, expected, is_as_wished):
        if code is not None:
            self.check("it ends as it must", code == expected, f"{code} for {expected}: {said}")
            return code == 0
        # Done or not, and never half. What garbage was in the way of is done once that is gone.
        may_be = expected in (0, 1)
        self.check("nothing is done that must be refused", not is_as_wished or may_be, said)
        self.check("what was begun is done", is_as_wished or not begun or not may_be, said)
        return is_as_wished

    def see_on_other(self, side, uid):
        """A sync may have carried what was not finished yet."""
        other = self.sides[1 - self.sides.index(side)]
        if uid in self.names and read(other.diary / self.names[uid]) == read(side.diary / self.names[uid]):
            other.views[uid] = side.views[uid]
        if uid in self.names and self.base.get(self.names[uid]) == read(side.diary / self.names[uid]):
            self.base_views[uid] = side.views[uid]

    # The operations.

    def pick(self, side, is_meant):
        """One to come."""
        found = [uid for uid, view in side.views.items()
                 if view.last() > self.moment + datetime.timedelta(hours=2) and is_meant(view) and not self.is_pending(uid)]
        return chance.choice(sorted(found)) if found else None

    def some_start(self):
        day = self.moment + datetime.timedelta(days=chance.randint(1, 25))
        return day.replace(hour=chance.randint(8, 17), minute=chance.choice([0, 15, 30, 45]), second=0)

    def sending(self, people):
        return ["--send", "--practice"] if people and chance.random() < 0.6 else []

    def schedule(self, side):
        subject, start = f"Meeting {self.number}", self.some_start()
        people = frozenset(chance.sample(PEOPLE, chance.randint(0, 3)))
        kind, is_assigned, count = chance.choice([
            ("live-meeting", False, 1), ("live-meeting", False, 1), ("live-meeting", False, chance.randint(3, 6)),
            ("conference-call", True, 1), ("conference-call", False, 1), ("conference-call", False, chance.randint(3, 6)),
        ])
        view = View(subject, start, people, kind, is_assigned, count=count, zone=side.zone)
        words = ["schedule", kind, "-s", subject, "-t", view.says(start)]
        words += ["-i", ",".join(sorted(people))] if people else []
        words += ["--id", "new"] if kind == "conference-call" and not is_assigned else []
        words += ["--repeat", "weekly", "--count", count] if count > 1 else []
        key = chance.random() < 0.5
        words += ["--key", f"key-{self.number}"] if key else []
        words += self.sending(people)
        self.make(side, words, view, key)
        if key and chance.random() < 0.3 and not self.pending:
            self.make(side, words, view, key)

    def make(self, side, words, view, is_repeatable):
        self.name = f"{side.name}: {line_of(words)}"

        def end(code, begun, said):
            made = [(path, one) for path, one in side.files().items()
                    if one and one.subject == view.subject and one.conference and path.name not in self.strangers]
            self.is_done(code, begun, said, 0, bool(made))
            self.check("it is made once", len(made) <= 1, made)
            for path, one in made:
                if one.uid not in side.views:
                    self.take_in(side, path.name, one, dataclasses.replace(view, conference=one.conference))
                    self.see_on_other(side, one.uid)

        code, begun, said = self.run(side, words, is_repeatable)
        if code == LATER:
            self.pending = Pending(side, None, words, is_repeatable, end, self.number)
        else:
            end(code, begun, said)

    def take_in(self, side, name, one, view):
        self.names[one.uid] = name
        side.views[one.uid] = view
        side.own[one.uid] = one.conference
        self.see_assigned(view)
        self.on_pool(view)

    def see_assigned(self, view):
        if view.assigned:
            self.assigned = self.assigned or view.conference
            self.check("there is one assigned conference", view.conference == self.assigned, view.conference)

    def on_pool(self, view):
        if not view.assigned:
            self.conferences[view.conference] = (view.subject, view.kind == "live-meeting", view.people)

    def schedule_from(self, side):
        """khal has an appointment, which gets a conference."""
        subject, start = f"Appointment {self.number}", self.some_start()
        path = side.diary / f"khal{self.number}.ics"
        write(path, (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//PIMUTILS.ORG//NONSGML khal / icalendar //EN\r\n"
            f"BEGIN:VEVENT\r\nSUMMARY:{subject}\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
            f"DTEND:{start + datetime.timedelta(hours=1):%Y%m%dT%H%M%SZ}\r\nDTSTAMP:{self.moment:%Y%m%dT%H%M%SZ}\r\n"
            f"UID:khal-{self.number}\r\nX-KHAL-OWN:{self.number}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").encode())
        view = View(subject, start, foreign=frozenset([f"X-KHAL-OWN:{self.number}"]))
        self.make(side, ["schedule", "live-meeting", "--from", path], view, False)
        if f"khal-{self.number}" not in self.names and not self.pending:
            path.unlink()

    def copy(self, side):
        uid = self.pick(side, lambda view: view.active and view.count == 1)
        if not uid or self.expect(side, uid, ["copy"]) != 0:
            return self.schedule(side)
        view = dataclasses.replace(side.views[uid], subject=f"Copy {self.number}", start=self.some_start(), foreign=frozenset(),
                                   assigned=False)
        words = ["copy", uid, "-s", view.subject, "-t", view.says(view.start), "--key", f"key-{self.number}"]
        self.make(side, words + self.sending(view.people), view, True)

    def update(self, side):
        uid = self.pick(side, lambda view: view.active)
        if not uid:
            return self.schedule(side)
        view = side.views[uid]
        words, fields = self.some_update(view)

        def after(before, _):
            return dataclasses.replace(before, **fields)
        self.change(side, uid, ["update", uid, *words, "--yes", *self.sending(view.people)], after,
                    lambda before, now: self.on_pool(now))

    def some_update(self, view):
        choice = chance.choice(["subject", "time", "invite", "remove"])
        others = sorted(set(PEOPLE) - view.people)
        if choice == "time" and view.count == 1:
            start = self.some_start()
            if start != view.start:
                return ["-t", view.says(start)], {"start": start}
        if choice == "invite" and others:
            return ["-i", others[0]], {"people": view.people | {others[0]}}
        if choice == "remove" and view.people:
            gone = sorted(view.people)[0]
            return ["--remove", gone], {"people": view.people - {gone}}
        return ["-s", f"Renamed {self.number}"], {"subject": f"Renamed {self.number}"}

    def another(self, side):
        """The assigned conference in place of its own, or one of its own in place of that."""
        uid = self.pick(side, lambda view: view.active and view.kind == "conference-call")
        if not uid:
            return self.schedule(side)
        view, former = side.views[uid], side.own.get(uid)
        choice = "new" if view.assigned else "assigned"

        def after(before, file):
            changed = file.conference != before.conference and (file.conference in self.pool.assigned()) == (choice == "assigned")
            return dataclasses.replace(before, conference=file.conference if changed else "another",
                                       assigned=choice == "assigned")

        def then(before, now):
            self.check("the state says so", side.states()[uid][0] == now.conference, side.states()[uid][0])
            if not before.assigned:
                self.let_go(side, former)
            side.own[uid] = now.conference
            self.see_assigned(now)
            self.on_pool(now)

        self.change(side, uid, ["update", uid, "--id", choice, "--yes", *self.sending(view.people)], after, then)

    def occurrence(self, side):
        uid = self.pick(side, lambda view: view.active and view.count > 1)
        if not uid:
            return self.update(side)
        view = side.views[uid]
        changed = {original for original, _ in view.occurrences}
        later = [start for start in view.starts() if start > self.moment and start not in changed]
        if len(later) < 2:
            return self.update(side)
        original = chance.choice(later)
        now = original + datetime.timedelta(hours=1) if chance.random() < 0.5 else None
        words = ["update", uid, "--occurrence", view.says(original), "-t", view.says(now)] if now else \
            ["cancel", uid, "--occurrence", view.says(original)]

        def after(before, _):
            return dataclasses.replace(before, occurrences=before.occurrences | {(original, now)})
        self.change(side, uid, [*words, "--yes", *self.sending(view.people)], after,
                    lambda before, view: self.on_pool(view) if now else None)

    def cancel(self, side):
        uid = self.pick(side, lambda view: view.active)
        if not uid:
            return self.schedule(side)
        view = side.views[uid]

        def after(before, _):
            return dataclasses.replace(before, active=False, conference=None)
        self.change(side, uid, ["cancel", uid, "--yes", *self.sending(view.people)], after,
                    lambda before, now: self.let_go(side, before.conference))

    def let_go(self, side, conference):
        """It goes from the pool, unless a file of the diary says that another meeting has it."""
        if self.is_held(side, conference):
            self.left.add(conference)
        else:
            self.conferences.pop(conference, None)

    def undo(self, side):
        uid = self.pick(side, lambda view: not view.active)
        if not uid:
            return self.update(side)
        view, former = side.views[uid], side.own.get(uid)

        def after(before, file):
            return dataclasses.replace(before, active=True, conference=file.conference)
        def then(_, now):
            self.check("it has a conference", now.conference and now.active, now)
            if not view.assigned and former != now.conference:
                self.let_go(side, former)
            side.own[uid] = now.conference
            self.on_pool(now)

        self.change(side, uid, ["undo", uid, "--yes", *self.sending(view.people)], after, then)

    def adopt(self, side):
        uid = self.pick(side, lambda view: view.active)
        foreign = sorted(uid for uid, view in side.views.items() if view.active and side.own.get(uid) != view.conference
                         and view.last() > self.moment and not self.is_pending(uid))
        uid = chance.choice(foreign) if foreign else uid
        if not uid:
            return
        view = side.views[uid]
        words = ["adopt", uid, "--yes"]
        self.name = f"{side.name}: {line_of(words)}"
        expected = 0 if self.is_there(view) and not self.is_shadowed(side, uid) else 3
        if view.conference == side.own.get(uid) and not self.is_shadowed(side, uid):
            expected = 0
        code, _, said = self.run(side, words)
        self.check("it ends as it must", code in (None, expected), f"{code} for {expected}: {said}")
        known = side.states().get(uid, (None,))[0]
        if code == 0:
            self.check("it is its own", known == view.conference, known)
        if expected == 0 and known == view.conference:
            side.own[uid] = known

    def prune(self, side):
        if self.pending:
            return
        self.name = f"{side.name}: prune"
        code, _, said = self.run(side, ["prune", "--yes", *chance.choice([[], ["--older-than", "3d"]])])
        self.check("it ends well", code in (0, None), f"{code} {said}")
        for uid, view in list(side.views.items()):
            if (side.diary / self.names[uid]).exists():
                continue
            self.check("what is removed is over", view.last() < self.moment, view)
            self.check("what is removed is its own", side.own.get(uid), view)
            moments["pruned"] += 1
            del side.views[uid]
            side.own.pop(uid, None)

    def refresh(self, side):
        if self.pending and self.pending.side is side:
            return
        self.name = f"{side.name}: refresh"
        words = ["refresh", "--yes", *chance.choice([[], ["--send", "--practice"]])]
        code, _, said = self.run(side, words)
        # Where the conference of one is gone, it says so.
        self.check("it ends well", code in (0, None), f"{code} {said}")

    def look(self, side):
        self.name = f"{side.name}: list"
        listed = [row for row in side.listed() if row["uid"]]
        for row in listed if not self.pending else ():
            uid = row["uid"]
            view = side.views.get(uid)
            if view is None or self.is_shadowed(side, uid):
                self.check("what is not its own is foreign", row["state"] in ("foreign", "cancelled"), row)
                continue
            if side.own.get(uid) != view.conference:
                state = "foreign"
            else:
                state = "ok" if self.is_there(view) else "gone"
            self.check("it is listed as what it is", row["state"] == state and row["subject"] == view.subject, f"{row} {view}")
        coming = {uid for uid, view in side.views.items() if view.active and view.last() > self.moment}
        missing = coming - {row["uid"] for row in listed}
        missing = {uid for uid in missing if not self.is_shadowed(side, uid) and not self.is_pending(uid)}
        self.check("everything to come is listed", not missing, missing)

    def lose(self, side):
        """Its private state is gone; the diary is not."""
        self.name = f"{side.name}: loses its state"
        if self.pending and self.pending.side is side:
            return
        note(self.name)
        side.lose_state()
        side.own.clear()
        self.highest = {key: sequence for key, sequence in self.highest.items() if key[0] != side.name}
        # A refusal must not depend on what was here before.
        for uid, view in side.views.items():
            if view.active and not self.is_shadowed(side, uid):
                code, _, said = side.run("update", uid, "-s", "x", "--yes", "--send", "--practice")
                self.check("nothing is done with it", code == 6, f"{code} {said}")
                break

    def restore(self, side):
        """A former version of a file comes back, as out of a backup."""
        self.name = f"{side.name}: a backup comes back"
        found = sorted(uid for uid, (_, view) in self.former.items() if uid in side.views and view.active
                       and view.last() > self.moment and not self.is_pending(uid))
        if not found:
            return
        uid = chance.choice(found)
        data, view = self.former[uid]
        note(f"{self.name}: {uid}")
        self.touch(side, uid)
        # What the other one mailed since, this one can't know.
        self.conflicts.add(uid)
        lost = side.views[uid].conference
        if lost and lost != view.conference:
            self.left.add(lost)
        write(side.diary / self.names[uid], data)
        side.views[uid] = view

    # What others write.

    def khal(self, side):
        """An edit as khal saves it: the whole file anew, in icalendar's order, and no SEQUENCE."""
        uid = self.pick(side, lambda view: view.active)
        if not uid:
            return
        view, path = side.views[uid], side.diary / self.names[uid]
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
        event = next(one for one in calendar.walk("VEVENT") if "RECURRENCE-ID" not in one)
        choice = chance.choice(["subject", "start", "location", "note"])
        self.name = f"{side.name}: khal changes {choice} of {uid}"
        self.touch(side, uid)
        if choice == "subject":
            view = dataclasses.replace(view, subject=f"Khal {self.number}")
            replace(event, "SUMMARY", view.subject)
        elif choice == "start" and view.count == 1:
            start = view.start + datetime.timedelta(hours=chance.choice([-1, 1, 24]))
            if start <= self.moment:
                return
            view = dataclasses.replace(view, start=start)
            local = start.astimezone(zoneinfo.ZoneInfo(view.zone))
            replace(event, "DTSTART", local)
            replace(event, "DTEND", local + datetime.timedelta(hours=1))
        elif choice == "location":
            others = {line for line in view.foreign if not line.startswith("LOCATION")}
            view = dataclasses.replace(view, foreign=frozenset(others | {f"LOCATION:Room {self.number}"}))
            replace(event, "LOCATION", f"Room {self.number}")
        else:
            others = {line for line in view.foreign if not line.startswith("X-KHAL-NOTE")}
            view = dataclasses.replace(view, foreign=frozenset(others | {f"X-KHAL-NOTE:{self.number}"}))
            replace(event, "X-KHAL-NOTE", str(self.number))
        note(self.name)
        write(path, calendar.to_ical())
        side.views[uid] = view

    def stranger(self, side):
        self.name = f"{side.name}: a stranger's file"
        if len(self.strangers) > 5 or chance.random() < 0.3:
            return self.remove_stranger()
        name, kind, data = self.forge(side, chance.choice(["garbage", "forged", "older", "newer", "holder", "twin of garbage", "cut off"]))
        if name and not any(kind[0] in ("shadow", "older") and kind == other for other in self.strangers.values()):
            self.name += f" {kind}"
            self.strangers[name] = kind
            note(f"{self.name}: {name}")
            write(side.diary / name, data)

    def forge(self, side, choice):
        name = f"stranger-{self.number}.ics"
        uid = self.pick(side, lambda view: view.active and view.count == 1)
        if choice == "garbage" or not uid:
            return name, ("garbage",), bytes(chance.randrange(256) for _ in range(200))
        if choice == "twin of garbage":
            return name, ("other",), b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:" + uid.encode() + b"\r\nEND:VCALENDAR\r\n"
        if choice == "cut off":
            return name, ("garbage",), (side.diary / self.names[uid]).read_bytes()[:300]
        if choice == "older":
            # A copy of a former version, as a sync conflict leaves it.
            former, now = self.former.get(uid, (None,))[0], side.files()[side.diary / self.names[uid]]
            if not former or Meeting(former.decode()).sequence >= now.own_sequence:
                return None, None, None
            return name, ("older", uid), former
        text = unfolded((side.diary / self.names[uid]).read_bytes().decode())
        text = text.replace("425 555", "900 555").replace("\nSUMMARY:", "\nX-CONFCTL-KEY:key-1\nX-CONFCTL-CONFERENCE:{}\nSUMMARY:")
        if choice != "holder":
            text = text.replace(side.views[uid].conference, f"{chance.randrange(16**32):032X}")
        if choice == "newer":
            text = re.sub(r"\nSEQUENCE:(\d+)", lambda found: f"\nSEQUENCE:{int(found[1]) + 500}", text)
            kind = ("shadow", uid)
        else:
            text = text.replace(f"UID:{uid}", f"UID:evil-{self.number}@example.net")
            kind = ("holder", side.views[uid].conference) if choice == "holder" else ("other",)
        return name, kind, text.replace("\n", "\r\n").encode()

    def remove_stranger(self, name=None):
        if not self.strangers:
            return
        name = name or chance.choice(sorted(self.strangers))
        for side in self.sides:
            (side.diary / name).unlink(missing_ok=True)
        self.base.pop(name, None)
        del self.strangers[name]

    # The year.

    def operate(self):
        if self.pending and (chance.random() < 0.2 or self.number - self.pending.since >= LATEST):
            self.finish_pending()
            return self.check_all()
        side = chance.choice(self.sides)
        if chance.random() < 0.6:
            self.name = "sync"
            self.sync()
        many = sum(view.active and view.last() > self.moment for view in side.views.values()) >= MOST_MEETINGS
        kinds = {
            self.schedule: 0 if many else 16, self.schedule_from: 0 if many else 3, self.copy: 0 if many else 4,
            self.update: 22, self.occurrence: 8, self.cancel: 20 if many else 7, self.undo: 5, self.adopt: 14,
            self.prune: 4, self.refresh: 3, self.look: 6, self.khal: 10, self.stranger: 5,
            self.another: 4, self.lose: 0.2, self.restore: 2,
        }
        kind = chance.choices(list(kinds), list(kinds.values()))[0]
        moments[kind.__name__] += 1
        kind(side)
        self.check_all()

    def rest(self):
        """Everything is brought to an end, as its user would."""
        if self.pending:
            self.finish_pending()
        self.name = "rest"
        for side in self.sides:
            self.resume(side)
        while self.strangers:
            self.remove_stranger()
        for _ in range(3):
            self.sync()
            for side in self.sides:
                self.settle(side)
                self.sync()
        for side in self.sides:
            self.clear_orphans(side)
        self.sync()

    def settle(self, side):
        for uid, view in sorted(side.views.items()):
            if not view.active or view.last() < self.moment:
                continue
            if side.own.get(uid) == view.conference and not self.is_there(view):
                self.check("a conference is gone by a conflict only", uid in self.conflicts, view)
                code, _, said = side.run("update", uid, "--id", "new", "--yes")
                self.check("it gets another one", code == 0, f"{code} {said}")
                file = side.files()[side.diary / self.names[uid]]
                side.views[uid] = dataclasses.replace(view, conference=file.conference)
                side.own[uid] = file.conference
                self.on_pool(side.views[uid])
            elif side.own.get(uid) != view.conference and self.is_there(view):
                code, _, said = side.run("adopt", uid, "--yes")
                self.check("it is adopted", code == 0, f"{code} {said}")
                side.own[uid] = view.conference

    def clear_orphans(self, side):
        for row in side.listed("--all"):
            if row["state"] != "no entry" or row["assigned"]:
                continue
            self.check("no meeting has it, and why is known", row["meeting_id"].upper() in self.left, row)
            code, _, said = side.run("cancel", row["meeting_id"], "--yes")
            self.check("it is deleted", code == 0, f"{code} {said}")
            self.conferences.pop(row["meeting_id"].upper(), None)

    def check_end(self):
        self.name = "the end"
        self.check_all()
        one, other = ([row for row in side.listed() if row["state"] != "cancelled"] for side in self.sides)
        self.check("both list the same", one == other, only_different(by_uid(one), by_uid(other)))
        states = collections.Counter(row["state"] for row in one)
        self.check("everything to come is well", set(states) <= {"ok"}, states)
        alive = self.pool_alive()
        for side in self.sides:
            views = [view for view in side.views.values() if view.active and not view.assigned]
            linked = collections.Counter(view.conference for view in views)
            self.check("no two meetings have the same conference", set(linked.values()) <= {1}, linked.most_common(2))
            coming = {view.conference for view in views if view.last() > self.moment}
            self.check("each meeting to come has a conference", coming <= alive, coming - alive)
            self.check("each conference has a meeting", alive <= set(linked), alive - set(linked))
            known = {uid: conference for uid, (conference, _) in side.states().items()}
            differs = {uid: (known.get(uid), view.conference) for uid, view in side.views.items()
                       if view.active and view.last() > self.moment and known.get(uid) != view.conference}
            self.check("file and state agree", not differs, differs)
        for uid, view in self.sides[0].views.items():
            other = self.sides[1].views.get(uid)
            self.check("both have the same meetings", other == view, f"{view}\n{other}")

    def pool_alive(self):
        rows = [row for row in self.sides[0].listed("--all") if row["meeting_id"]]
        listed = {row["meeting_id"].upper() for row in rows if row["state"] in ("ok", "no entry") and not row["assigned"]}
        return listed | {row["meeting_id"].upper() for row in self.sides[1].listed("--all")
                         if row["state"] in ("ok", "no entry") and not row["assigned"]}


def by_uid(rows):
    return {row["uid"]: row for row in rows}


def only_different(there, wanted):
    keys = [key for key in {*there, *wanted} if there.get(key) != wanted.get(key)]
    return "\n".join(f"{key}: {there.get(key)} for {wanted.get(key)}" for key in keys)


def names_in(side):
    return [path.name for path in side.diary.glob("*.ics")]


def read(path):
    return path.read_bytes() if path.exists() else None


def write(path, data):
    """As other programs do: whole, by another name first."""
    if data is None:
        path.unlink(missing_ok=True)
        return
    draft = path.with_name("." + path.name + ".tmp")
    draft.write_bytes(data)
    os.replace(draft, path)


def copy_over(source, target, data):
    """As sync programs do: some keep the time of a file, some write into the one that is there."""
    if data is not None and target.exists() and chance.random() < 0.3:
        target.write_bytes(data)
    else:
        write(target, data)
    if data is not None and chance.random() < 0.5:
        there = source.stat()
        os.utime(target, ns=(there.st_atime_ns, there.st_mtime_ns))


def carry(source, target, key):
    if key in source:
        target[key] = source[key]
    else:
        target.pop(key, None)


def replace(event, name, value):
    event.pop(name, None)
    event.add(name, value)


def main():
    print(f"{OPERATIONS} operations, seed {SEED}", flush=True)
    year = Year()
    begun = time.monotonic()
    try:
        for year.number in range(1, OPERATIONS + 1):
            year.pass_time()
            year.operate()
            if year.number % 250 == 0:
                print(f"{year.number} operations, {time.monotonic() - begun:.0f} s, {len(year.names)} meetings", flush=True)
        year.rest()
        year.check_end()
    except Stop:
        print("enough is wrong")
    for what, count in sorted(moments.items()):
        print(f"{count:5} {what}")
    for side in year.sides:
        side.mails.stop()
    year.pool.stop()
    print(f"{counts[True]} passed, {counts[False]} failed")
    if counts[False]:
        print("left for a look, with a log of all commands:", WORK)
    else:
        shutil.rmtree(WORK)
    sys.exit(1 if counts[False] else 0)


main()
