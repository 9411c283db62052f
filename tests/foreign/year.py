"""A year of two computers, and a model of what must be: run by year.sh.

What must be is a `View` of each meeting on each computer, which changes as the operations say and
travels as the files do, and the conferences of the pool.
"""

import collections
import dataclasses
import datetime
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from pair import Pool
from year_acts import Acts
from year_meetings import (
    CONFCTL, SEED, WORK, Side, by_uid, carry, chance, copy_over, line_of, moments, names_in, note, only_different, read
)

OPERATIONS = int(os.environ.get("YEAR_OPERATIONS", 2000))
BEGIN = datetime.datetime(2027, 1, 4, 7, tzinfo=datetime.timezone.utc)
# 2 000 of them are a year.
STEP = datetime.timedelta(days=365) / 2000
MOST_MEETINGS = 12
MOST_FAILURES = 5
KILLED = 0.12
# What stands for the exit code of what was killed and is to be finished later.
LATER = "later"
# So many operations may come before it is.
LATEST = 4
Pending = collections.namedtuple("Pending", "side uid words is_repeatable then since")
counts = collections.Counter()


class Stop(Exception):
    """Enough is wrong."""


class Year(Acts):
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
        # Files and views that were found to be alike.
        self.alike = {}
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
            if self.alike.get((side.name, uid)) == (file, view):
                continue
            differs = view.is_as(file) if file else ["there is no such file"]
            self.alike[side.name, uid] = None if differs else (file, view)
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
        if there[0] != there[1] and self.is_pending(uid) and other is self.pending.side:
            # What is unfinished would be given up, as it should, or not, and nobody could tell here.
            return
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
        return self.has_stranger(side, ("shadow", uid))

    def is_held(self, side, conference):
        return self.has_stranger(side, ("holder", conference))

    def has_stranger(self, side, kind):
        return any(own == kind and (side.diary / name).exists() for name, own in self.strangers.items())

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
        is_whole = words[0] == "cancel" and "--occurrence" not in words and not side.views[uid].assigned
        conference = (side.views[uid].conference or "").lower().encode()
        cut = [name for name, kind in self.strangers.items() if kind == ("cut",)]
        holds = conference and any(conference in (read(side.diary / name) or b"").lower() for name in cut)
        return holds and (is_whole or words[0] == "undo" or "--id" in words)

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
            for name in [name for name, kind in self.strangers.items() if kind == ("cut",)]:
                self.remove_stranger(name)
            code, _, said = side.run("resume")
        # What was begun about a conference that another computer took away is given up.
        is_given_up = code == 3 and "has no conference" in said
        self.check("resume ends well", code == 0 or is_given_up, f"{code} {said}")
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
        other, view = self.sides[1 - self.sides.index(side)], side.views[uid]
        file = other.files().get(other.diary / self.names[uid])
        if file and not view.is_as(file):
            other.views[uid] = self.base_views[uid] = view

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
            # "not deleted": it was cancelled while a stranger's file said that another meeting has it.
            if row["state"] not in ("no entry", "not deleted") or row["assigned"]:
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
        """Conferences that the pool has, as both are told; without the assigned one."""
        rows = [row for side in self.sides for row in side.listed("--all")]
        own = [row for row in rows if row["state"] in ("ok", "no entry", "not deleted") and not row["assigned"]]
        return {row["meeting_id"].upper() for row in own}


def main():
    print(f"{OPERATIONS} operations, seed {SEED}", flush=True)
    year = Year()
    begun = time.monotonic()
    try:
        for year.number in range(1, OPERATIONS + 1):
            year.pass_time()
            year.operate()
            if year.number % 250 == 0:
                took = time.monotonic() - begun
                print(f"{year.number} operations, {took:.0f} s, {len(year.names)} meetings", flush=True)
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
