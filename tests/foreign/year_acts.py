"""What happens in a year: what its user does, and what others write."""

import dataclasses
import datetime
import re
import zoneinfo

import icalendar

from pair import Meeting, unfolded
from year_meetings import View, chance, line_of, moments, note, replace, write

PEOPLE = [f"{name}@example.com" for name in ("bo", "cy", "di", "flo")]


class Acts:
    """Each of them on one computer. Whoever inherits this runs the commands, and checks."""

    def pick(self, side, is_meant):
        """One to come."""
        soon = self.moment + datetime.timedelta(hours=2)
        found = [uid for uid, view in side.views.items()
                 if view.last() > soon and is_meant(view) and not self.is_pending(uid)]
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
            ("conference-call", True, 1), ("conference-call", False, 1),
            ("conference-call", False, chance.randint(3, 6)),
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
        view = dataclasses.replace(
            side.views[uid], subject=f"Copy {self.number}", start=self.some_start(), foreign=frozenset(),
            assigned=False,
        )
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
            is_assigned = file.conference in self.pool.assigned()
            changed = file.conference != before.conference and is_assigned == (choice == "assigned")
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
            # As this computer knew it: the other one may have changed that since.
            is_assigned = former in self.pool.assigned()
            is_right = file.conference and (file.conference in self.pool.assigned()) == is_assigned
            return dataclasses.replace(before, active=True, conference=file.conference if is_right else "again",
                                       assigned=is_assigned)

        def then(_, now):
            if not now.assigned and former != now.conference:
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
            is_right = (row["state"], row["subject"]) == (state, view.subject)
            self.check("it is listed as what it is", is_right, f"{row} {view}")
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
        choice = chance.choice(["garbage", "forged", "older", "newer", "holder", "odd", "cut off"])
        name, kind, data = self.forge(side, choice)
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
        if choice == "odd":
            return name, ("other",), f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nEND:VCALENDAR\r\n".encode()
        if choice == "cut off":
            return name, ("cut",), (side.diary / self.names[uid]).read_bytes()[:300]
        if choice == "older":
            # A copy of a former version, as a sync conflict leaves it.
            former, now = self.former.get(uid, (None,))[0], side.files()[side.diary / self.names[uid]]
            if not former or Meeting(former.decode()).sequence >= now.own_sequence:
                return None, None, None
            return name, ("older", uid), former
        text = unfolded((side.diary / self.names[uid]).read_bytes().decode())
        text = text.replace("425 555", "900 555")
        text = text.replace("\nSUMMARY:", "\nX-CONFCTL-KEY:key-1\nX-CONFCTL-CONFERENCE:{}\nSUMMARY:")
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
