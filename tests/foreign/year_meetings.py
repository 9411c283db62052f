"""What a year is made of: meetings as they must be, computers, files as other programs write them."""

import collections
import dataclasses
import datetime
import os
import pathlib
import random
import sys
import tempfile
import zoneinfo

from pair import Computer, in_utc

CONFCTL = sys.argv[1]
SEED = int(os.environ.get("YEAR_SEED", 1))
# In memory where that is possible: what a disk keeps is judged elsewhere, and a year is long.
WORK = pathlib.Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
chance = random.Random(SEED)
moments = collections.Counter()


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
