"""The power cut at moments of a command, and what is made of it afterwards: run by power.sh.

A command is run under strace, and its system calls are played into a model of the disk, which knows
of each file what bytes were synced, and of each folder what names. At each moment there are many disks
that a power failure could leave: only what was synced; all names, but no more bytes; and of everything
else any part, torn between sectors. Some of them are made, and somebody goes on from there as a user
would.
"""

import collections
import concurrent.futures
import contextlib
import datetime
import functools
import hashlib
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from disk import CALLS, Disk, Player, calls, put

CONFCTL = sys.argv[1]
STATES = sys.argv[2] if len(sys.argv) > 2 else "40"
STATES = None if STATES == "all" else int(STATES)
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10**6)
# The disk is the model's; where states are tried, nothing needs to be on one.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
PEOPLE = ["bo@example.com", "cy@example.com", "di@example.com"]
DAY = datetime.date.today() + datetime.timedelta(days=7)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


State = collections.namedtuple("State", "cut variant tree told mails")


class Mails(socketserver.ThreadingTCPServer):
    """A mail server that keeps who got what."""
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MailConversation)
        self.port, self.all, self.refused = self.server_address[1], [], set()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class MailConversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 mail.example.com")
        to = None
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "QUIT":
                return self.say("221 bye")
            if verb == "RCPT":
                to = re.search("<(.*?)>", line)[1]
                if to in self.server.refused:
                    self.say("450 later")
                    continue
            if verb == "DATA":
                self.say("354 go on")
                text = "".join(iter(lambda: self.rfile.readline().decode(), ".\r\n"))
                self.server.all.append((re.search("(?mi)^Message-ID: *(<.*>)", text)[1], to))
            self.say("250 8BITMIME" if verb == "EHLO" else "250 ok")


def at(hour):
    return f"{DAY} {hour}:00"


def meeting(subject, *more, kind="live-meeting", hour=10):
    return ["schedule", kind, "-s", subject, "-t", at(hour), "-i", ",".join(PEOPLE), *more]


@functools.lru_cache(1000)
def digest(data):
    return hashlib.sha256(data).digest()


def short(rows):
    return [f'{row["subject"]} {row["start"]} {row["state"]}' for row in rows]


class Scene:
    """A command on the practice pool of this computer."""

    def __init__(self, name, words, before=(), done=None, again=False, mails=None):
        self.name, self.words, self.before, self.again = name, words, before, again
        self.done = done or (lambda rows: [row for row in rows if row["subject"] == "Cut"])
        # None, "smtp" or "folder"
        self.mails = mails
        self.chance = random.Random(f"{SEED} {name}")
        self.root = tempfile.mkdtemp(dir=MEMORY)
        self.home = self.root
        self.post = Mails()
        self.failures, self.tried, self.told, self.found = [], 0, 0, 0

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": self.home, "TZ": "UTC", "LC_ALL": "C.UTF-8",
                "CONFCTL_SMTP": f"smtp://127.0.0.1:{self.post.port}"}

    def run(self, *words):
        done = subprocess.run([CONFCTL, "--no-input", *words], env=self.environment(), cwd=self.home,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.check("no command panics", "panicked" not in done.stderr, done.stderr)
        return done

    def prepare(self):
        for words in self.before:
            self.run(*words)
        self.post.refused.clear()
        self.mails_before = len(self.post.all)

    def command(self):
        return [CONFCTL, "--no-input", *self.words]

    def trace(self):
        """All that a power failure could leave, at each moment."""
        self.prepare()
        disk, log = Disk(self.root), self.root + ".strace"
        done = subprocess.run(
            ["strace", "-f", "-yy", "-xx", "-s", "99999999", "-o", log, "-e", "trace=" + CALLS, *self.command()],
            env=self.environment(), cwd=self.home, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, f"{self.name}: {done.stdout} {done.stderr}"
        moments, states = list(calls(log)), {}
        player = Player(disk, self.home, self.post.port, moments[0][0])
        self.note(disk, player, "at the beginning", states)
        for moment in moments:
            # Lines of strace are the clock.
            disk.moment = moment[3]
            if did := player.play(*moment):
                self.note(disk, player, "after it " + did.replace(self.root, "~"), states)
        os.remove(log)
        real = Disk(self.root)
        assert real.everything() == disk.everything(), f"{self.name}: the model is not what the disk is"
        self.final_rows, self.had = self.rows(), self.post.all[self.mails_before:]
        self.authority_at_end = self.authority()
        return list(states.values())

    def variants(self, disk):
        torn = {f"any part, {number}": disk.torn(self.chance) for number in range(1 if STATES else 3)}
        return {"what is synced": disk.lasting(), "all names": disk.all_names()} | torn

    def note(self, disk, player, cut, states):
        for variant, tree in self.variants(disk).items():
            facts = [self.is_told(player), player.mails]
            for path in sorted(tree):
                facts.append((path, tree[path] and digest(tree[path])))
            state = State(cut, variant, tree, facts[0], player.mails)
            states.setdefault(repr(facts), state)

    def is_told(self, player):
        return player.first in player.said + player.ended

    def choose(self, states):
        self.found = len(states)
        if STATES is None or len(states) <= STATES:
            return states
        certain = [state for state in states if state.variant == "what is synced" or state.told is True]
        certain = self.chance.sample(certain, min(len(certain), STATES // 2))
        others = [state for state in states if state not in certain]
        return certain + self.chance.sample(others, STATES - len(certain))

    def judge(self):
        for state in self.choose(self.trace()):
            self.tried, self.told = self.tried + 1, self.told + bool(state.told)
            self.state, before = state, len(self.failures)
            try:
                put(state.tree, self.root)
                with self.around():
                    self.recover()
            except Exception as error:
                self.check("it can be looked at", False, repr(error))
            del self.failures[before + 1:]
        shutil.rmtree(self.root)
        return self

    def around(self):
        return contextlib.nullcontext()

    def check(self, what, holds, said=""):
        if not holds:
            state = getattr(self, "state", None)
            when = f"{state.cut}, {state.variant}, {'told' if state.told else 'not told'}" if state else "before"
            self.failures.append(f"{self.name}: {what}\n    {when}\n    " + str(said).strip()[:1500].replace("\n", "\n    "))

    def recover(self):
        """Goes on as somebody does who reads what is said."""
        told = self.state.told
        self.post.all[self.mails_before:] = self.had[:self.state.mails]
        if self.again and self.chance.random() < 0.5:
            self.repeat()
            self.check("what is repeated is there once", len(self.done(self.rows())) == 1, short(self.rows()))
        resumed = self.run("resume")
        doubtful = set()
        if resumed.returncode == 7 and "is not known" in resumed.stderr:
            doubtful = set(", ".join(re.findall(r"whether (.*) got it is not known", resumed.stderr)).split(", "))
            self.check("what is in doubt can be dropped", self.run("resume", "--forget").returncode == 0)
        else:
            self.check("resume ends well", resumed.returncode == 0, resumed.stdout + resumed.stderr)
        rows = self.rows()
        done = self.done(rows)
        is_begun = bool(resumed.stdout)
        wanted = {1} if told or is_begun else {0, 1}
        self.check("it is done once", len(done) in wanted, f"{len(done)} times, of {wanted}\n{resumed.stdout}\n{short(rows)}")
        if told:
            uids = [row["uid"] for row in self.done(self.final_rows)]
            self.check("what was told is what there is", [row["uid"] for row in done] == uids, short(rows))
        if self.again:
            self.repeat()
            self.check("the same key is the same meeting", len(self.done(self.rows())) == 1, short(self.rows()))
        once_more = self.run("resume")
        self.check("nothing is unfinished", "Nothing is unfinished" in once_more.stderr, once_more.stdout + once_more.stderr)
        self.agree()
        self.look_at_mails(bool(done) and (told or is_begun), doubtful)

    def repeat(self):
        repeated = self.run(*self.words)
        is_well = repeated.returncode == 0 or repeated.returncode == 7 and "is not known" in repeated.stderr
        self.check("the same once more ends well", is_well, repeated.stderr)

    def rows(self):
        listed = self.run("list", "--all", "--json")
        self.check("the list can be had", listed.returncode == 0, listed.stderr)
        return json.loads(listed.stdout or "[]")

    def data(self):
        return pathlib.Path(self.home) / ".local" / "share" / "confctl"

    def pool(self):
        return self.data() / "practice"

    def ask_pool(self, question):
        """The rows of a table, from a copy of the database."""
        if not (self.pool() / "pool.sqlite").exists():
            return []
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            for file in self.pool().glob("pool.sqlite*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, folder)
            with contextlib.closing(sqlite3.connect(folder + "/pool.sqlite")) as database:
                is_made = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] > 0
                return database.execute(question).fetchall() if is_made else []

    def authority(self):
        return self.ask_pool("SELECT value FROM kept WHERE name = 'authority'")

    def agree(self):
        """Pool, diary and what confctl says of them."""
        rows = self.rows()
        active = [row for row in rows if row["state"] != "cancelled"]
        self.check("pool and diary agree", all(row["state"] == "ok" for row in active), short(rows))
        conferences = self.ask_pool("SELECT upper(id), document FROM conference WHERE NOT assigned")
        own = {row["meeting_id"]: row["subject"] for row in active if not row["assigned"]}
        ids = [one for one, _ in conferences]
        self.check("each conference has its entry", sorted(ids) == sorted(own), f"{ids}\n{own}")
        old = [own[one] for one, document in conferences if one in own and f">{own[one]}<" not in document]
        self.check("the pool has what the entry says", not old, old)
        entries = [file.read_bytes().decode() for file in (self.data() / "diary").glob("*.ics")]
        is_whole = [text.startswith("BEGIN:VCALENDAR\r\n") and text.endswith("END:VCALENDAR\r\n") for text in entries]
        self.check("entries are whole", all(is_whole), is_whole)
        confirmed = [text for text in entries if "STATUS:CANCELLED" not in text]
        self.check("each meeting has one entry", len(confirmed) == len(active), f"{len(entries)} files\n{short(rows)}")
        checked = self.ask_pool("PRAGMA integrity_check")
        self.check("the database is whole", checked in ([], [("ok",)]), checked)
        if self.before or self.state.told:
            self.check("the authority is the same", self.authority() == self.authority_at_end)
        drafts = [*self.data().glob("*/*.part"), *self.data().glob("*/.*.part")]
        self.check("no drafts are left", not drafts, drafts)
        file = pathlib.Path(self.home) / "out.ics"
        if "-o" in self.words and (file.exists() or self.done(rows)):
            text = file.read_bytes() if file.exists() else b""
            self.check("the file is whole", text.startswith(b"BEGIN:VCALENDAR") and text.endswith(b"END:VCALENDAR\r\n"))

    def look_at_mails(self, is_done, doubtful):
        if self.mails == "smtp":
            counts = collections.Counter(self.post.all[self.mails_before:])
            self.check("no mail came twice", all(count == 1 for count in counts.values()), counts)
            has = collections.Counter(to for _, to in counts)
        elif self.mails == "folder":
            mails = [file.read_bytes().decode() for file in pathlib.Path(self.home).glob("mails/*.eml")]
            self.check("mails are whole", all(mail.rstrip().endswith("--") for mail in mails))
            has = collections.Counter(re.search("(?m)^To:.*?([\\w.]+@[\\w.]+)", mail)[1] for mail in mails)
        else:
            return
        wanted = {who for who in self.people() if who not in doubtful}
        if is_done:
            self.check("who is concerned has a mail", all(has[who] == 1 for who in wanted), f"{has} without {doubtful}")
        else:
            self.check("nobody was mailed for nothing", not has or bool(self.done(self.rows())), has)

    def people(self):
        """Who gets a mail of the command."""
        return PEOPLE


class Crowded(Scene):
    """After so many meetings that the log of the pool's database is to be written into it."""

    def prepare(self):
        super().prepare()
        lines = ["import os, sqlite3, sys", "database = sqlite3.connect(sys.argv[1])",
                 "database.execute('PRAGMA wal_autocheckpoint = 0')",
                 "database.execute('CREATE TABLE filling AS SELECT zeroblob(1100000)')",
                 "database.commit()", "os._exit(0)"]
        subprocess.run([sys.executable, "-c", "\n".join(lines), self.pool() / "pool.sqlite"], check=True)


class Resumed(Scene):
    """What was left, since the mail server did not take the mail for one of them."""

    def prepare(self):
        self.post.refused = {PEOPLE[1]}
        super().prepare()

    def people(self):
        return [PEOPLE[1]]


class Served(Scene):
    """Clients of a pool, one after another, which loses its power with them or alone."""
    COUNT = 20

    def __init__(self):
        super().__init__("pool serve", [], before=[None])
        self.home = self.root + "/home"
        self.port = free_port()

    def prepare(self):
        os.mkdir(self.home)
        pathlib.Path(self.root, "users").write_text("sip:ana@example.com EXAMPLE\\ana Practice-Ana-1\n")
        # Its keys are made, and then it goes on.
        with self.around():
            self.run(*meeting("First"))
        self.mails_before = 0

    def environment(self):
        return super().environment() | {
            "CONFCTL_SERVER": f"tcp:127.0.0.1:{self.port}", "CONFCTL_USER": "sip:ana@example.com",
            "CONFCTL_LOGIN": "EXAMPLE\\ana", "CONFCTL_PASSWORD": "Practice-Ana-1",
        }

    def serve(self):
        return [CONFCTL, "pool", "serve", "--listen", f"tcp:127.0.0.1:{self.port}",
                "--users", self.root + "/users", "--data", self.root + "/server"]

    def command(self):
        lines = [f"{shlex.join(self.serve())} > {self.root}.facts 2>/dev/null &", "server=$!",
                 f"until grep -q ready {self.root}.facts; do sleep 0.1; done"]
        for number in range(self.COUNT):
            lines.append(shlex.join([CONFCTL, "--no-input", *meeting(f"Meeting {number}", hour=11)]) + " || exit 1")
        return ["sh", "-c", "\n".join([*lines, "kill $server", "wait $server", "exit 0"])]

    @contextlib.contextmanager
    def around(self):
        process = subprocess.Popen(self.serve(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not any(line.strip() == "ready" for line in process.stdout):
            raise RuntimeError(process.stderr.read())
        try:
            yield
        finally:
            process.terminate()
            process.communicate()

    def trace(self):
        states = super().trace()
        os.remove(self.root + ".facts")
        return states

    def variants(self, disk):
        return super().variants(disk) | {"the pool's part is lost": disk.all_but("/server")}

    def is_told(self, player):
        return len(player.said)

    def pool(self):
        return pathlib.Path(self.root) / "server"

    def rows(self):
        # Nothing serves while the trace is looked at.
        return super().rows() if self.tried else []

    def recover(self):
        resumed = self.run("resume")
        self.check("resume ends well", resumed.returncode == 0, resumed.stdout + resumed.stderr)
        found = collections.Counter(row["subject"] for row in self.rows() if row["state"] == "ok")
        wanted = ["First", *(f"Meeting {number}" for number in range(min(self.state.told, self.COUNT)))]
        lost = [subject for subject in wanted if found[subject] != 1]
        self.check("what was told is there", not lost, lost)
        self.check("nothing is there twice", all(count == 1 for count in found.values()), found)
        self.agree()


def scenes():
    one, call = meeting("One"), meeting("Call", kind="conference-call")
    cut = meeting("Cut", hour=12)
    key = [*cut, "--key", "cut"]

    def is_later(rows):
        return [row for row in rows if row["subject"] == "Moved" and row["start"][11:13] == "15"]

    def is_off(rows):
        return [row for row in rows if row["subject"] == "One" and row["state"] == "cancelled"]

    later = ["update", "One", "-s", "Moved", "-t", at(15), "--yes"]
    smtp = ["--send", "--practice"]
    return [
        Scene("the first meeting", cut),
        Scene("a meeting", cut, [one]),
        Crowded("a meeting of many", cut, [one]),
        Scene("a call", meeting("Cut", kind="conference-call", hour=12), [one, call]),
        Scene("with a key", key, [one], again=True),
        Scene("with a key once more", key, [one, key], again=True),
        Scene("into a file", [*cut, "-o", "out.ics"], [one]),
        Scene("mailed", [*cut, *smtp], [one], mails="smtp"),
        Scene("mailed with a key", [*key, *smtp], [one], again=True, mails="smtp"),
        Scene("into a folder of mails", [*cut, "--send=folder:mails"], [one], mails="folder"),
        Scene("an update", later, [one, call], done=is_later),
        Scene("an update by mail", [*later, *smtp], [one], done=is_later, mails="smtp"),
        Scene("a cancellation", ["cancel", "One", "--yes"], [one, call], done=is_off),
        Scene("a cancellation by mail", ["cancel", "One", "--yes", *smtp], [one], done=is_off, mails="smtp"),
        Resumed("resume", ["resume"], [[*cut, *smtp]], mails="smtp"),
        Served(),
    ]


def main():
    print(f"{STATES or 'all'} states a command, seed {SEED}", flush=True)
    begun, failures, tried = time.monotonic(), [], 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        for scene in workers.map(Scene.judge, scenes()):
            failures += scene.failures
            tried += scene.tried
            print(f"{scene.name}: {scene.tried} of {scene.found} states, {scene.told} of them after it was told, "
                  f"{len(scene.failures)} failed", flush=True)
            for failure in scene.failures[:3]:
                print("FAIL", failure, flush=True)
    print(f"{time.monotonic() - begun:.0f} s")
    print(f"{tried - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


main()
