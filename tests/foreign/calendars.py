"""Meetings on the calendars of Radicale and Xandikos: run by caldav.sh."""

import base64
import contextlib
import datetime
import hashlib
import http.server
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import caldav
import icalendar
import recurring_ical_events

CONFCTL = sys.argv[1]
TOOLS = pathlib.Path(sys.executable).parent
WORK = pathlib.Path(tempfile.mkdtemp())
PASSWORD = "Calendar-Ana-1"
DAY = datetime.date.today() + datetime.timedelta(days=14)
LATER = DAY + datetime.timedelta(days=1)
counts = {True: 0, False: 0}


def check(name, passed, said=""):
    counts[bool(passed)] += 1
    print("ok  " if passed else "FAIL", name, flush=True)
    if not passed:
        print("    " + str(said).replace("\n", "\n    "))


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


class Service:
    """A calendar server with one user, ana, and her calendar."""

    def __init__(self, name, url, command, ca=None):
        self.name, self.url, self.ca = name, url, ca
        self.port = int(url.rsplit(":", 1)[1].strip("/"))
        log = open(WORK / f"{name}.log", "w")
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self.port)
        self.tls = ssl.create_default_context(cafile=ca) if ca else None

    def client(self):
        verify = str(self.ca) if self.ca else True
        return caldav.DAVClient(self.url, username="ana", password=PASSWORD, ssl_verify_cert=verify)

    def request(self, method, path, body=None, headers=()):
        request = urllib.request.Request(self.url.rstrip("/") + path, data=body, method=method)
        token = base64.b64encode(f"ana:{PASSWORD}".encode()).decode()
        for name, value in {"Authorization": f"Basic {token}", **dict(headers)}.items():
            request.add_header(name, value)
        return urllib.request.urlopen(request, context=self.tls)

    def calendar(self):
        return self.client().calendar(url=self.url.rstrip("/") + self.path)

    def entries(self):
        """Path and bytes of every entry, as plain HTTP has them."""
        paths = [event.url.path for event in self.calendar().get_events()]
        return {path: self.request("GET", path).read().decode() for path in paths}

    def clear(self):
        for path in self.entries():
            self.request("DELETE", path)


def radicale():
    port = free_port()
    (WORK / "radicale.users").write_text(f"ana:{PASSWORD}\n")
    (WORK / "radicale.rights").write_text(
        "[read]\nuser: ana\ncollection: ana/holidays(/.*)?\npermissions: Rr\n"
        "[root]\nuser: .+\ncollection:\npermissions: R\n"
        "[own]\nuser: .+\ncollection: {user}(/.*)?\npermissions: RWrw\n"
    )
    store = WORK / "radicale"
    for name in ("work", "holidays"):
        folder = store / "collection-root" / "ana" / name
        folder.mkdir(parents=True)
        (folder / ".Radicale.props").write_text(
            '{"tag": "VCALENDAR", "D:displayname": "%s"}' % name.capitalize()
        )
    command = [
        TOOLS / "python", "-m", "radicale", "--hosts", f"127.0.0.1:{port}", "--auth-type", "htpasswd",
        "--auth-htpasswd-filename", WORK / "radicale.users", "--auth-htpasswd-encryption", "plain",
        "--auth-delay", "0", "--rights-type", "from_file", "--rights-file", WORK / "radicale.rights",
        "--storage-filesystem-folder", store,
    ]
    service = Service("Radicale", f"http://127.0.0.1:{port}/", command)
    service.path, service.title = "/ana/" "work/", "Work"
    return service


def xandikos():
    port = free_port()
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    (WORK / "xandikos.users").write_text("ana:{SHA}%s\n" % digest)
    command = [
        TOOLS / "xandikos", "serve", "-d", WORK / "xandikos", "--current-user-principal", "/ana/",
        "--defaults", "-l", "localhost", "-p", str(port), "--autocert",
        "--htpasswd", WORK / "xandikos.users", "--state-dir", WORK / "xandikos-state",
    ]
    (WORK / "xandikos").mkdir()
    ca = WORK / "xandikos-state" / "certs" / "selfsigned.crt"
    for _ in range(2):  # The certificate is there only once it has been started.
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(port)
        process.terminate()
        process.wait()
        if ca.exists():
            break
    service = Service("Xandikos", f"https://localhost:{port}/", command, ca)
    service.path, service.title = "/ana/calendars/calendar/", "calendar"
    return service


class Between(http.server.ThreadingHTTPServer):
    """Stands before a service; `rule` may keep an answer back, or give another one."""

    def __init__(self, service):
        super().__init__(("127.0.0.1", 0), Passing)
        self.service, self.rule = service, lambda method, answer: answer
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Passing(http.server.BaseHTTPRequestHandler):
    def pass_on(self):
        service = self.server.service
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else None
        request = urllib.request.Request(
            service.url.rstrip("/") + self.path, data=body, method=self.command
        )
        for name, value in self.headers.items():
            if name.lower() not in ("host", "connection", "content-length"):
                request.add_header(name, value)
        try:
            answer = NO_REDIRECTS(service).open(request)
        except urllib.error.HTTPError as error:
            answer = error
        answer = self.server.rule(self.command, (answer.status, answer.headers, answer.read()))
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_OPTIONS = do_PROPFIND = do_REPORT = pass_on

    def log_message(self, *_):
        pass


class Straight(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def NO_REDIRECTS(service):
    return urllib.request.build_opener(Straight, urllib.request.HTTPSHandler(context=service.tls))


class Desk:
    """A confctl with an empty diary, and an account on the pool."""

    def __init__(self, service, url=None, extra="", password=PASSWORD):
        self.service = service
        self.home = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        settings = f'[calendar]\nurl = "{url or service.url}"\nuser = "ana"\n'
        settings += f'calendar = "{service.title}"\n' if "calendar =" not in extra else ""
        settings += f'ca_file = "{service.ca}"\n' if service.ca else ""
        (self.home / "config.toml").write_text(settings + extra)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "TZ": "UTC", "LC_ALL": "C.UTF-8",
            "CONFCTL_CONFIG": str(self.home / "config.toml"), "CONFCTL_SERVER": f"tls:{POOL}",
            "CONFCTL_CA_FILE": str(WORK / "pool" / "ca.pem"), "CONFCTL_USER": "sip:ana@example.com",
            "CONFCTL_LOGIN": "EXAMPLE\\ana", "CONFCTL_PASSWORD": "Practice-Ana-1",
            "CONFCTL_CALENDAR_PASSWORD": password,
        }
        service.clear()

    def start(self, *arguments):
        return subprocess.Popen(
            [CONFCTL, "--no-input", *map(str, arguments)], env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    def run(self, *arguments):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def schedule(self, *more, subject="Review"):
        return self.run(
            "schedule", "live-meeting", "-s", subject, "-t", f"{DAY} 10:00", "-d", "1h",
            "-i", "bo@example.com", "--calendar", *more,
        )

    def fails(self, name, result, *words, code=7):
        status, _, err = result
        missing = [word for word in words if word not in err]
        check(f"{self.service.name}: {name}", status == code and not missing, f"{status} {missing} {err}")

    def works(self, name, result):
        check(f"{self.service.name}: {name}", result[0] == 0, result)

    def is_(self, name, value, expected):
        check(f"{self.service.name}: {name}", value == expected, f"{value!r} is not {expected!r}")


def events(text):
    return [c for c in icalendar.Calendar.from_ical(text).walk("VEVENT")]


def unfolded(file):
    return file.read_bytes().decode().replace("\r\n ", "")


def ways_in(text):
    """The lines that programs dial and join by, unfolded."""
    lines = text.replace("\r\n ", "").splitlines()
    return sorted(line for line in lines if line.startswith(("CONFERENCE", "X-MICROSOFT-", "URL")))


def agents(text):
    found = set()
    for event in events(text):
        attendees = event.get("ATTENDEE", [])
        for attendee in attendees if isinstance(attendees, list) else [attendees]:
            found.add(attendee.params.get("SCHEDULE-AGENT"))
    return found


def only(desk, name):
    """The one entry that there is: its path and its text."""
    entries = desk.service.entries()
    desk.is_(f"{name}: one entry", len(entries), 1)
    return next(iter(entries.items()), ("", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"))


def life(service):
    desk = Desk(service)
    sent = desk.home / "review.ics"
    desk.works("a meeting is put on the calendar", desk.schedule("-o", sent))
    path, text = only(desk, "scheduled")
    desk.is_("no METHOD, nothing private", [w for w in ("METHOD", "X-CONFCTL") if w in text], [])
    written = ways_in(unfolded(sent))
    check(f"{service.name}: there are numbers to dial", any("PHONE" in line for line in written), written)
    if service.name == "Radicale":
        # Its parser, vobject 0.9.9, takes properties it does not know for TEXT: what stands behind
        # a bare comma is lost, and semicolons get a backslash.
        text, written = text.replace("\\;", ";"), [line.split(",,")[0] for line in written]
    desk.is_("CONFERENCE and X-MICROSOFT are read back", ways_in(text), written)
    desk.is_("a practice meeting: the server must not invite", agents(text), {"CLIENT"})
    first = events(text)[0]
    desk.works("it is moved", desk.run("update", "review", "--start", f"{LATER} 14:00"))
    moved_path, text = only(desk, "moved")
    desk.is_("moved: the same entry", moved_path, path)
    event = events(text)[0]
    desk.is_("moved: the new day", event.start.date(), LATER)
    check(f"{service.name}: moved: a higher SEQUENCE", event["SEQUENCE"] > first["SEQUENCE"])
    desk.works("somebody else is invited", desk.run("update", "review", "--invite", "cy@example.com"))
    _, text = only(desk, "more people")
    desk.is_("more people: who", sorted(str(a) for a in events(text)[0]["ATTENDEE"]),
             ["mailto:bo@example.com", "mailto:cy@example.com"])
    desk.works("it is cancelled", desk.run("cancel", "review", "--yes"))
    desk.is_("cancelled: the calendar is empty", service.entries(), {})


def series(service):
    desk = Desk(service)
    desk.works("a series is put there", desk.schedule("--repeat", "weekly", "--count", "3"))
    second = DAY + datetime.timedelta(days=7)
    moved = second + datetime.timedelta(days=1)
    desk.works("an occurrence is moved", desk.run(
        "update", "review", "--occurrence", second, "--start", f"{moved} 15:00"))
    third = DAY + datetime.timedelta(days=14)
    desk.works("an occurrence is dropped", desk.run("cancel", "review", "--occurrence", third, "--yes"))
    _, text = only(desk, "series")
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(
        DAY, third + datetime.timedelta(days=14))
    desk.is_("series: its days", sorted(event.start.date() for event in found), [DAY, moved])
    desk.is_("series: one UID", len({str(event["UID"]) for event in events(text)}), 1)


def mailed(service):
    desk = Desk(service)
    desk.works("a meeting is mailed and put there", desk.schedule(f"--send=folder:{desk.home}/mails"))
    _, text = only(desk, "mailed")
    desk.is_("mailed: the server must not invite", agents(text), {"CLIENT"})
    desk.works("mailed: it is moved unmailed", desk.run("update", "review", "--start", f"{LATER} 14:00"))
    _, text = only(desk, "mailed, then moved")
    desk.is_("mailed: the server still must not", agents(text), {"CLIENT"})


def edited(service):
    desk = Desk(service)
    desk.works("a meeting that others will edit", desk.schedule())
    event = service.calendar().get_events()[0]
    event.icalendar_component["SUMMARY"] = "Edited by hand"
    event.icalendar_component["SEQUENCE"] = 5
    event.save()
    result = desk.run("update", "review", "--start", f"{LATER} 14:00")
    desk.fails("an edit of others is not written over", result, "somebody else changed")
    _, text = only(desk, "edited")
    desk.is_("edited: the edit stays", str(events(text)[0]["SUMMARY"]), "Edited by hand")


def removed(service):
    desk = Desk(service)
    desk.works("a meeting that others will remove", desk.schedule())
    service.clear()
    result = desk.run("update", "review", "--start", f"{LATER} 14:00")
    desk.works("a meeting that somebody removed is put there again", result)
    _, text = only(desk, "removed")
    desk.is_("removed: the new day", events(text)[0].start.date(), LATER)
    service.clear()
    desk.works("one that is gone already is cancelled", desk.run("cancel", "review", "--yes"))


def taken(service):
    desk = Desk(service)
    own = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Other//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:taken@example.com\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{DAY:%Y%m%d}T100000Z\r\n"
        f"DTEND:{DAY:%Y%m%d}T110000Z\r\nSUMMARY:Elsewhere\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    headers = {"Content-Type": "text/calendar; charset=utf-8"}
    service.request("PUT", service.path + "elsewhere.ics", own.encode(), headers)
    (desk.home / "own.ics").write_text(own)
    result = desk.run("schedule", "live-meeting", "--from", desk.home / "own.ics", "--calendar")
    desk.fails("the entry that has the UID is named", result, "elsewhere.ics")
    _, text = only(desk, "taken")
    desk.is_("taken: it is as it was", str(events(text)[0]["SUMMARY"]), "Elsewhere")


def killed(service):
    between = Between(service)
    desk = Desk(service, between.url)
    running = []

    def kill(method):
        def rule(asked, answer):
            if asked == method and answer[0] < 300:
                running[-1].send_signal(signal.SIGKILL)
                running[-1].wait()
                return None
            return answer
        between.rule = rule

    def run(*arguments):
        running.append(desk.start(*arguments))
        running[-1].communicate(timeout=120)
        between.rule = lambda method, answer: answer
        return running[-1].returncode

    kill("PUT")
    code = run("schedule", "live-meeting", "-s", "Review", "-t", f"{DAY} 10:00", "--calendar")
    desk.is_("killed between PUT and note", code, -signal.SIGKILL)
    desk.works("killed: resumed", desk.run("resume"))
    path, _ = only(desk, "killed")
    kill("PUT")
    code = run("update", "review", "--start", f"{LATER} 14:00")
    desk.is_("killed between the second PUT and note", code, -signal.SIGKILL)
    desk.works("killed again: resumed", desk.run("resume"))
    again, text = only(desk, "killed again")
    desk.is_("killed again: the same entry, moved", (again, events(text)[0].start.date()), (path, LATER))
    desk.works("killed again: it can be changed", desk.run("update", "review", "-s", "Retrospective"))
    kill("DELETE")
    desk.is_("killed between DELETE and note", run("cancel", "retrospective", "--yes"), -signal.SIGKILL)
    desk.works("killed at last: resumed", desk.run("resume"))
    desk.is_("killed at last: the calendar is empty", service.entries(), {})
    between.shutdown()


def refused(service):
    between = Between(service)
    desk = Desk(service, between.url)
    between.rule = lambda method, answer: (507, {}, b"") if method == "PUT" else answer
    # The server behind has the meeting all the same: that must not count as somebody else's.
    desk.fails("a server that is full", desk.schedule(), "no room left", "127.0.0.1")
    between.rule = lambda method, answer: answer
    desk.works("full: there is room again", desk.run("resume"))
    only(desk, "full")
    between.shutdown()
    desk = Desk(service, password="wrong")
    desk.fails("a wrong password", desk.schedule(), "does not take the password of ana")
    desk.is_("wrong password: nothing is there", service.entries(), {})
    desk.environment["CONFCTL_CALENDAR_PASSWORD"] = PASSWORD
    desk.works("wrong password: resumed with the right one", desk.run("resume"))
    only(desk, "wrong password")
    desk = Desk(service, f"http://127.0.0.1:{free_port()}/")
    desk.fails("nobody is there", desk.schedule(), "nothing listens there")
    desk = Desk(service, extra='calendar = "Play"\n')
    desk.fails("a calendar that is not there", desk.schedule(), "no calendar 'Play'", f"'{service.title}'")
    if service.name == "Radicale":
        desk = Desk(service, extra='calendar = "Holidays"\n')
        desk.fails("a calendar that may only be read", desk.schedule(), "may only read", "'Holidays'")
    else:
        desk = Desk(service)
        settings = (desk.home / "config.toml").read_text()
        (desk.home / "config.toml").write_text(settings.replace("ca_file", "#"))
        desk.fails("a certificate that nobody knows", desk.schedule(), "certificate")


def secret(service):
    desk = Desk(service, extra=f'[calendar.password]\ncommand = "echo {PASSWORD}-2"\n')
    result = desk.schedule("-vv")
    desk.works("all messages are shown", result)
    token = base64.b64encode(f"ana:{PASSWORD}".encode()).decode()
    shown = [word for word in (PASSWORD, token) if word in result[1] + result[2]]
    desk.is_("the password is not among them", shown, [])
    files = [path for path in desk.home.rglob("*") if path.is_file() and path.name != "config.toml"]
    kept = [path.name for path in files if PASSWORD.encode() in path.read_bytes()]
    desk.is_("nor in any file", kept, [])
    del desk.environment["CONFCTL_CALENDAR_PASSWORD"]
    result = desk.run("update", "review", "--start", f"{LATER} 14:00")
    desk.fails("the command's password is used", result, "does not take the password of ana")
    desk = Desk(service)
    for url, words in (("https://ana:sesame@dav.example.com/", "holds a password"),
                       ("http://dav.example.com/", "expected https://")):
        desk.environment["CONFCTL_CALENDAR"] = url
        result = desk.schedule()
        desk.fails(f"an address that {words}", result, words, code=2)
        check(f"{service.name}: and is not repeated", "sesame" not in result[1] + result[2], result)


def by_itself(service):
    """Xandikos invites for organizers whose address it knows; of a practice pool's meetings it is
    kept from that, so the state is made to say that this is none of them."""
    body = (
        '<D:propertyupdate xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
        "<C:calendar-user-address-set><D:href>mailto:ana@example.com</D:href>"
        "</C:calendar-user-address-set></D:prop></D:set></D:propertyupdate>"
    )
    service.request("PROPPATCH", "/ana/", body.encode(), {"Content-Type": "application/xml"})
    desk = Desk(service)
    desk.works("a meeting for a server that invites", desk.schedule())
    with contextlib.closing(sqlite3.connect(next(desk.home.rglob("state.sqlite")))) as database:
        database.execute("""UPDATE meeting SET calendar_entry = replace(
            calendar_entry, '"agent":"client"', '"agent":"server"')""")
        database.commit()
    result = desk.run("update", "review", "--start", f"{LATER} 14:00")
    desk.works("by itself: moved", result)
    check(f"{service.name}: by itself: that is told", "tells people by itself" in result[2], result[2])
    path, text = only(desk, "by itself")
    desk.is_("by itself: no SCHEDULE-AGENT", agents(text), {None})
    answered = text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")
    check(f"{service.name}: by itself: somebody answers", answered != text, text)
    headers = {"Content-Type": "text/calendar; charset=utf-8"}
    service.request("PUT", path, answered.encode(), headers)
    result = desk.run("update", "review", "--start", f"{LATER} 16:00")
    desk.works("by itself: an answer is no edit", result)
    desk.works("by itself: cancelled", desk.run("cancel", "review", "--yes"))
    desk.is_("by itself: the calendar is empty", service.entries(), {})


def start_pool():
    (WORK / "users").write_text("sip:ana@example.com EXAMPLE\\ana Practice-Ana-1\n")
    pool = subprocess.Popen(
        [CONFCTL, "pool", "serve", "--users", WORK / "users", "--data", WORK / "pool",
         "--listen", "tls:127.0.0.1:0"],
        env={"PATH": os.environ["PATH"], "HOME": str(WORK)}, text=True,
        stdout=subprocess.PIPE, stderr=open(WORK / "pool.log", "w"),
    )
    place = ""
    for line in pool.stdout:
        if line.startswith("listening tls:"):
            place = line.removeprefix("listening tls:").strip()
        if line.strip() == "ready":
            return pool, place
    raise SystemExit("the pool does not start: " + (WORK / "pool.log").read_text())


processes = []
try:
    pool, POOL = start_pool()
    processes.append(pool)
    for make in (radicale, xandikos):
        service = make()
        processes.append(service.process)
        scenes = [life, series, mailed, edited, removed, taken, killed, refused, secret]
        for scene in scenes + ([by_itself] if make is xandikos else []):
            scene(service)
finally:
    for process in processes:
        process.terminate()
    shutil.rmtree(WORK, ignore_errors=True)
print(f"{counts[True]} passed, {counts[False]} failed")
sys.exit(1 if counts[False] else 0)
