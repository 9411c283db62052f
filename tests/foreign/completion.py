"""Tab and Enter in three shells, on pseudo-terminals: run by completion.sh."""

import fcntl
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor

CONFCTL = sys.argv[1]
WORK = pathlib.Path(tempfile.mkdtemp())
# They mostly wait.
BESIDE = 10
# What is obeyed creates this file, in the folder where the shell stands.
MARK = "PWNED"
FRIEND = "friend@example.com"
HOSTILE = [
    "a$(touch${IFS}PWNED)@x.example",
    "a`touch${IFS}PWNED`@x.example",
    "a(touch PWNED)@x.example",
    "a;touch${IFS}PWNED;@x.example",
    "a;touch PWNED",
    "a|touch PWNED",
    "a&touch PWNED&",
    "a'$(touch PWNED)'",
    'a"$(touch PWNED)"',
    "a>PWNED",
    "a<(touch PWNED)",
    "a=(touch PWNED)",
    "a\\\\;touch PWNED",
    "a!!;touch PWNED",
    "a{b,c};touch PWNED #",
    "a\u202e$(touch PWNED)",
    "--subject=$(touch PWNED)",
]
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
PREPARE = {
    "bash": "PS1=; PS2=; . ./script",
    "zsh": "PS1=; PS2=; autoload -Uz compinit; compinit -u -D; . ./script",
    "fish": "function fish_prompt; end; function fish_greeting; end; . ./script",
}
counts = {True: 0, False: 0}
counting = threading.Lock()


def check(name, holds, said=""):
    with counting:
        counts[bool(holds)] += 1
        if not holds:
            print("FAIL", name, "\n    " + repr(said)[-600:], flush=True)


class Home:
    """A home with meetings from elsewhere, which share the assigned conference: no digits tell them
    apart."""

    def __init__(self, shell, *uids):
        self.path = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.environment = {
            "HOME": str(self.path), "PATH": f"{self.path}/bin:{os.environ['PATH']}", "TERM": "xterm",
            "LC_ALL": "C.UTF-8", "TZ": "UTC",
        }
        for uid in uids:
            self.schedule(uid)
        (self.path / "script").write_text(self.confctl("completions", shell))
        # Completion goes to the program itself; what Enter calls is written down.
        (self.path / "bin").mkdir()
        program = self.path / "bin" / "confctl"
        program.write_text(
            "#!/bin/sh\n"
            f'if [ -n "$CONFCTL_COMPLETE" ]; then {CONFCTL} "$@"; echo >>{self.path}/asked; exit; fi\n'
            f'printf "%s\\n" "$#" "$@" >>{self.path}/called\n'
        )
        program.chmod(0o755)

    def confctl(self, *words, text=None):
        done = subprocess.run(
            [CONFCTL, *words], env={**self.environment, "PATH": os.environ["PATH"]}, text=True,
            input=text, capture_output=True, cwd=self.path, timeout=60,
        )
        if done.returncode:
            raise RuntimeError(f"{words}: {done.returncode} {done.stderr}")
        return done.stdout

    def schedule(self, uid):
        calendar = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Office//EN", "BEGIN:VEVENT",
            f"UID:{uid}", "DTSTAMP:20261101T000000Z", "DTSTART:20371201T140000Z",
            "DTEND:20371201T150000Z", "SUMMARY:$(touch PWNED) `touch PWNED`", "END:VEVENT",
            "END:VCALENDAR", "",
        ]
        self.confctl("schedule", "conference-call", "--from", "-", "-o", "made.ics", text="\r\n".join(calendar))

    def hostile_id(self):
        """The meeting id of the one that is no friend's."""
        meetings = json.loads(self.confctl("list", "--all", "--json"))
        return next(meeting["meeting_id"] for meeting in meetings if meeting["uid"] != FRIEND)

    def lines(self, name):
        file = self.path / name
        return file.read_text().split("\n")[:-1] if file.exists() else []

    def is_obeyed(self):
        """Whether something was, since the last time."""
        marks = list(self.path.rglob(MARK))
        for mark in marks:
            mark.unlink()
        return bool(marks)


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, shell, home):
        self.home, self.shown, self.count = home, b"", 0
        self.file, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
        self.shell = subprocess.Popen(
            ["setsid", "--ctty", *START[shell]], stdin=inner, stdout=inner, stderr=inner,
            env=home.environment, cwd=home.path,
        )
        os.close(inner)
        self.type(PREPARE[shell] + "; touch ready\r")
        if not self.wait(lambda: (home.path / "ready").exists(), 20):
            raise RuntimeError(f"{shell} does not start: {self.shown}")
        self.read(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # It leads its session, so its group's id is its own.
        os.killpg(self.shell.pid, signal.SIGKILL)
        os.close(self.file)
        self.shell.wait(timeout=10)

    def read(self, quiet):
        """Takes what is shown until nothing has come for so many seconds."""
        while select.select([self.file], [], [], quiet)[0]:
            try:
                data = os.read(self.file, 65536)
            except OSError:
                return
            self.shown += data
            # fish asks what the terminal is.
            if b"\x1b[c" in data or b"\x1b[0c" in data:
                os.write(self.file, b"\x1b[?1;2c")

    def wait(self, is_there, seconds):
        end = time.monotonic() + seconds
        while not is_there() and time.monotonic() < end:
            self.read(0.02)
        return is_there()

    def type(self, text):
        os.write(self.file, text.encode())

    def press(self, text, tabs, completed=None):
        """What Enter calls after that text and so many Tabs. They are to show what is `completed`."""
        called, begun = len(self.home.lines("called")), len(self.shown)
        self.type(text)
        self.read(0.03)
        for _ in range(tabs):
            asked, before = len(self.home.lines("asked")), len(self.shown)
            self.type("\t")
            # In a menu nothing is asked.
            if self.wait(lambda: len(self.home.lines("asked")) > asked or len(self.shown) > before, 0.6):
                self.read(0.08)
        if completed:
            self.wait(lambda: completed.encode() in self.shown[begun:], 5)
        is_called = lambda: len(self.home.lines("called")) > called
        self.type("\r")
        # In a menu the first Enter only takes the choice.
        if not self.wait(is_called, 0.4):
            self.type("\r")
            self.wait(is_called, 3 if completed else 0.4)
        self.begin_line()
        return self.home.lines("called")[called:]

    def begin_line(self):
        """Gives up what was typed, and waits until the shell takes commands again."""
        self.count += 1
        for _ in range(5):
            self.type("\x03")
            self.read(0.05)
            self.type(f"touch line{self.count}\r")
            if self.wait(lambda: (self.home.path / f"line{self.count}").exists(), 2):
                return self.read(0.03)
        raise RuntimeError(f"the shell takes no commands: {self.shown[-500:]}")


def names_one(shell, uid):
    """A meeting whose UID a shell would obey has a harmless name; its UID is not completed."""
    home, name = Home(shell, uid, FRIEND), f"{shell}: {uid}"
    meeting_id = home.hostile_id()
    with Terminal(shell, home) as terminal:
        called = terminal.press(f"confctl show {meeting_id[:5]}", 1, meeting_id)
        check(f"{name}: its meeting id is completed", called == ["2", "show", meeting_id], (called, terminal.shown))
        for text in ("confctl show a", f"confctl cancel {uid[:2]}", "confctl update '"):
            terminal.press(text, 3)
            check(f"{name}: nothing is obeyed after {text!r}", not home.is_obeyed(), terminal.shown)


def names_many(shell, command):
    """All of them at once: lists and menus obey nothing either."""
    home = Home(shell, *HOSTILE, FRIEND)
    with Terminal(shell, home) as terminal:
        called = terminal.press(f"confctl {command} fri", 1, FRIEND)
        check(f"{shell}: {command}: a harmless UID is completed", called == ["2", command, FRIEND], (called, terminal.shown))
        for tabs in range(1, 5):
            terminal.press(f"confctl {command} ", tabs)
            check(f"{shell}: {command} and {tabs} Tabs", not home.is_obeyed(), terminal.shown)


def attempt(run, shell, word):
    try:
        run(shell, word)
    except Exception as error:
        check(f"{shell}: {word}", False, error)


def main():
    runs = [(names_many, command) for command in ("show", "update", "cancel", "invite", "copy")]
    runs += [(names_one, uid) for uid in HOSTILE]
    with ThreadPoolExecutor(BESIDE) as pool:
        for run, word in runs:
            for shell in START:
                pool.submit(attempt, run, shell, word)
    shutil.rmtree(WORK, ignore_errors=True)
    print(f"{counts[True]} passed, {counts[False]} failed")
    sys.exit(1 if counts[False] else 0)


main()
