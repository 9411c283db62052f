"""Prism between confctl and the practice pool: every request and answer by Microsoft's metadata."""

import datetime
import json

from graph_desk import CALL, DAY, OPENAPI, WORK, Desk, Recorder, check, mock, prism

WEEK = datetime.timedelta(days=7)


def lobby(scope, callers=True):
    return {"lobbyBypassSettings": {"isDialInBypassEnabled": callers, "scope": scope}}


# What a meeting is made with, and what the service must have of it then.
MADE = [
    ("as it is", "", lobby("organization")),
    ("open", "--access open", lobby("organization")),
    ("closed", "--access closed -i bo@example.com", lobby("invited")),
    ("anonymous", "--access anonymous", lobby("everyone")),
    ("locked", "--access locked", lobby("organizer")),
    ("with a presenter", "--presenter bo@example.com -i Cy@example.org", {"allowedPresenters": "roleIsPresenter"}),
    ("with no presenters", "--promote nobody", {"allowedPresenters": "organizer"}),
    ("with presenters of the company", "--promote company", {"allowedPresenters": "organization"}),
    ("with callers in the lobby", "--lobby-bypass no", lobby("organization", callers=False)),
    (
        "every week",
        "--repeat weekly --count 4",
        {"startDateTime": f"{DAY}T10:00:00Z", "endDateTime": f"{DAY}T11:00:00Z"},
    ),
    ("every week without end", "--repeat weekly", {"startDateTime": f"{DAY}T10:00:00Z"}),
    ("with people", "-i 'Zoë Příkladná <zoe@example.com>' --optional bo@example.com", {"participants": None}),
    ("with a long subject", "-s '" + 'Žluťoučký kůň "&<> ' * 12 + "'", {}),
    ("in another zone", f"--zone America/New_York -t '{DAY} 10:00:30'", {}),
]

# What is changed of it, with what the request for it must be.
CHANGED = [
    ("its subject", "-s 'Budget of 2027'", {"subject": "Budget of 2027"}),
    ("its time", f"-t '{DAY} 14:30'", {"startDateTime": f"{DAY}T14:30:00Z", "endDateTime": f"{DAY}T15:30:00Z"}),
    ("its length", "-d 2h", {"startDateTime": f"{DAY}T14:30:00Z", "endDateTime": f"{DAY}T16:30:00Z"}),
    ("to anonymous", "--access anonymous", lobby("everyone")),
    ("to locked", "--access locked", lobby("organizer")),
    ("to closed, with people", "--access closed -i bo@example.com", None),
    ("its presenters", "--promote company", {"allowedPresenters": "organization"}),
    (
        "other people",
        "--remove bo@example.com -i Cy@example.org",
        {"participants": {"attendees": [{"upn": "cy@example.org", "role": "attendee"}]}},
    ),
    ("one who presents", "--promote nobody --presenter di@example.com", {"allowedPresenters": "roleIsPresenter"}),
    (
        "to open, with callers in the lobby",
        "--access open --lobby-bypass no",
        lobby("organization", callers=False),
    ),
]

# Commands that come to it in other ways, each with what it must send.
OTHERS = [
    ("schedule, a series", CALL + " -s Series --repeat weekly --count 4", "POST createOrGet"),
    (
        "update one of a series",
        f"update Series --occurrence {DAY + WEEK} -t {DAY + WEEK}T12:00:00Z --yes",
        "GET one",
    ),
    ("update the series", f"update Series -t '{DAY} 9:00' --yes", "PATCH one"),
    ("copy", "copy Series -t +7d -s Copied", "POST createOrGet"),
    ("meet-now", "meet-now conference-call -f text", "POST createOrGet"),
    ("cancel the series", "cancel Series --yes", "DELETE one"),
    ("undo that", "undo --yes", "POST createOrGet"),
]

# What others may send, by Microsoft's metadata, and how the practice pool must answer it.
LATER = {"startDateTime": f"{DAY}T10:00:00.0000000+01:00", "endDateTime": f"{DAY}T11:00:00-05:00"}
ACCEPTED = [
    ("a meeting without anything", "POST", "", {}, 201),
    (
        "a meeting with all that is settled",
        "POST",
        "",
        {
            "subject": "All",
            **LATER,
            "allowedPresenters": "organization",
            "isEntryExitAnnounced": False,
            "lobbyBypassSettings": {"scope": "organizationExcludingGuests"},
            "recordAutomatically": False,
            "joinMeetingIdSettings": {"isPasscodeRequired": False},
            "allowMeetingChat": "limited",
            "participants": {"attendees": [{"upn": "bo@example.com", "role": "coorganizer"}]},
        },
        201,
    ),
    (
        "a meeting with its type",
        "POST",
        "",
        {"@odata.type": "#microsoft.graph.onlineMeeting", "subject": "Typed"},
        201,
    ),
    ("other times", "PATCH", "/MADE", LATER, 200),
    (
        "other people",
        "PATCH",
        "/MADE",
        {"participants": {"attendees": [{"upn": "bo@example.com", "role": "producer"}]}},
        200,
    ),
    (
        "people by their identity",
        "PATCH",
        "/MADE",
        {
            "participants": {
                "attendees": [
                    {
                        "identity": {"user": {"id": "1f35f2e6-9cab-44ad-8d5a-b74c14720000"}},
                        "upn": "bo@example.com",
                        "role": "presenter",
                    }
                ]
            }
        },
        200,
    ),
    ("no such meeting", "GET", "/nobody", None, 404),
    ("a search for nothing", "GET", "?$filter=joinMeetingIdSettings/joinMeetingId%20eq%20'0'", None, 200),
]

# What Prism must refuse, or it would let everything pass: what is sent, and a word of why.
REFUSED = [
    ("a wrong name", "POST", "/createOrGet", {"externalId": "a", "subjekt": "A"}, "subjekt"),
    (
        "the lobby in createOrGet",
        "POST",
        "/createOrGet",
        {"externalId": "a", "lobbyBypassSettings": {}},
        "lobbyBypassSettings",
    ),
    ("no key in createOrGet", "POST", "/createOrGet", {"subject": "A"}, "externalId"),
    ("a wrong value", "PATCH", "/a", {"lobbyBypassSettings": {"scope": "Everyone"}}, "scope"),
    ("another wrong value", "PATCH", "/a", {"allowedPresenters": "nobody"}, "allowedPresenters"),
    ("a wrong role", "PATCH", "/a", {"participants": {"attendees": [{"upn": "b@c", "role": "guest"}]}}, "role"),
    ("a wrong date", "PATCH", "/a", {"startDateTime": "tomorrow"}, "date-time"),
    ("a list without a filter", "GET", "", None, "filter"),
]

# Refusals whose words have a shape too: fault, command that meets it, its exit code.
FAULTS = [
    ("refuse=400@createOrGet", CALL + " -s Refused", 6),
    ("refuse=401", CALL + " -s Refused", 4),
    ("refuse=403@createOrGet", CALL + " -s Refused", 6),
    ("refuse=404@createOrGet", CALL + " -s Refused", 6),
    ("refuse=500@createOrGet", CALL + " -s Refused", 7),
    ("throttle=0.1@createOrGet", CALL + " -s Refused", 5),
    ("throttle=0.1@2", CALL + " -s Patience", 0),
    ("refuse=403@PATCH", "update Kept -s Other --yes", 6),
    ("refuse=403@DELETE", "cancel Kept --yes", 6),
]

# What is not Graph's answer, which Prism must notice: it judges answers as well.
NOTICED = [("garbage@createOrGet", 7), ("other-spelling", 7)]

SINGLE_CHECKS = 29
CHECKS = SINGLE_CHECKS + sum(map(len, (MADE, CHANGED, OTHERS, ACCEPTED, REFUSED, FAULTS, NOTICED)))


class Judge:
    def __init__(self, pool):
        self.pool, self.recorder = pool, Recorder()
        self.desk = Desk("prism", self.recorder.base)

    def run(self, name, line, code=0, sends=(), and_then=None, desk=None, **environment):
        """One command, which sends that and more; everything that goes through must pass."""
        before = len(self.recorder.seen)
        done = (desk or self.desk).run(line, **environment)
        seen = self.recorder.seen[before:]
        wrong = [str(exchange) for exchange in seen if exchange.found]
        if done.returncode != code:
            wrong.append(f"exit code {done.returncode} instead of {code}: {done.stderr}")
        what = [exchange.what for exchange in seen]
        wrong += [f"there is no {one} among {what}" for one in sends if one not in what]
        if not seen:
            wrong.append("nothing was sent")
        if and_then and not wrong:
            wrong += filter(None, [and_then(seen, done)])
        check(f"Prism: {name}: {len(seen)} requests and answers", not wrong, "\n".join(wrong))
        return done, seen


def has(value, wanted):
    """Whether that is in an answer; None means that there is something."""
    for name, one in wanted.items():
        there = value.get(name)
        if there != one and not (one is None and there is not None):
            return f"{name} is {there} instead of {one}"
    return None


def make(judge):
    for number, (name, options, wanted) in enumerate(MADE):
        subject = "" if options.startswith("-s") else f"-s 'Meeting {number}'"
        call = CALL.replace("--zone UTC", "") if "--zone" in options else CALL
        if "-t " in options:
            call = call.replace(f"-t '{DAY} 10:00'", "")
        judge.run(
            f"schedule, {name}",
            f"{call} {subject} {options}",
            sends=["POST createOrGet"],
            and_then=lambda seen, _: has(seen[-1].value(), wanted),
        )


def change(judge):
    judge.run("schedule, to be changed", f"{CALL} -s Budget --key budget", sends=["POST createOrGet"])
    for name, options, wanted in CHANGED:
        judge.run(
            f"update, {name}",
            f"update Budget {options} --yes",
            sends=["GET one", "PATCH one"],
            and_then=lambda seen, _: has(json.loads(seen[-1].sent), wanted or {"participants": None}),
        )


def others(judge):
    for name, line, sends in OTHERS:
        judge.run(name, line, sends=[sends])


def accepted(judge):
    made = judge.recorder.ask("POST", "/createOrGet", {"externalId": "made by others"}).value()["id"]
    for name, method, path, body, status in ACCEPTED:
        seen = judge.recorder.ask(method, path.replace("MADE", made), body)
        check(f"Prism: takes {name}", seen.status == status and not seen.found, seen)


def look(judge):
    judge.run("list", "list --all", sends=["GET one"])
    judge.run("show", "show Budget", sends=["GET one"])
    judge.run("refresh --check", "refresh --check", sends=["GET one"])
    judge.run("refresh --yes", "refresh --yes", sends=["GET one"])
    judge.run("cancel", "cancel Budget --yes", sends=["DELETE one"])


def gone(judge):
    """A meeting that others deleted, and a token that nobody knows."""
    _, seen = judge.run("schedule, to be deleted", f"{CALL} -s Lost")
    identity = seen[-1].value()["id"]
    deleted = judge.recorder.ask("DELETE", f"/{identity}")
    check("Prism: a deletion is answered with 204", deleted.status == 204 and not deleted.found, deleted)
    judge.run("show what is gone", "show Lost", sends=["GET one"], and_then=lambda seen, _: is_404(seen[-1]))
    judge.run("cancel what is gone", "cancel Lost --yes", sends=["DELETE one"])
    judge.run("a token that is not known", f"{CALL} -s Stale", code=4, CONFCTL_TOKEN="stale")


def is_404(exchange):
    return None if exchange.status == 404 else str(exchange)


def refused(judge):
    for name, method, path, body, word in REFUSED:
        seen = judge.recorder.ask(method, path, body)
        text = json.dumps(seen.found)
        check(f"Prism refuses {name}", seen.status == 422 and word in text, seen)


def settle(judge):
    """What 'resume' asks: nothing but the key, and that what is there by then be as it was meant."""
    lost = [("never made", "refuse=503@createOrGet", {201}), ("made, and never told", "drop@createOrGet", {200})]
    for name, fault, statuses in lost:
        judge.pool.start("--fault", fault)
        judge.run(f"a meeting in doubt, {name}", f"{CALL} -s Doubt", code=7, CONFCTL_TIMEOUT="3")
        judge.pool.start()
        judge.run(
            "resume",
            "resume",
            sends=["POST createOrGet", "PATCH one"],
            and_then=lambda seen, _: only_key(seen, statuses),
        )


def only_key(seen, statuses):
    asked = [
        one for one in seen if one.what == "POST createOrGet" and list(json.loads(one.sent)) == ["externalId"]
    ]
    return None if {one.status for one in asked} == statuses else f"{[str(one) for one in seen]}"


def faults(judge):
    judge.run("schedule, to be kept", f"{CALL} -s Kept")
    for fault, line, code in FAULTS:
        judge.pool.start("--fault", fault)
        # One home each: what is in doubt stays there.
        desk = judge.desk if "Kept" in line else Desk(fault.replace("=", "-"), judge.recorder.base)
        judge.run(f"the answers of {fault}", line, code, desk=desk, CONFCTL_TIMEOUT="3")


def unpaid(judge):
    judge.pool.start("--policy", "dial-in=off")
    judge.run(
        "schedule without telephones",
        f"{CALL} -s Silent",
        and_then=lambda seen, _: None if seen[-1].value()["audioConferencing"] is None else str(seen[-1]),
    )


def noticed(judge):
    for fault, code in NOTICED:
        judge.pool.start("--fault", fault)
        before = len(judge.recorder.seen)
        done = Desk(fault, judge.recorder.base).run(f"{CALL} -s Odd", CONFCTL_TIMEOUT="3")
        found = [one for one in judge.recorder.seen[before:] if one.found]
        said = f"exit code {done.returncode}: {done.stderr}" + "".join(
            f"\n{one}" for one in judge.recorder.seen[before:]
        )
        check(f"Prism notices {fault}, and confctl ends with {code}", found and done.returncode == code, said)


def otherwise(judge, port):
    """Spelt as nobody said, Prism tells what it finds and lets it pass: confctl must take it, and
    nothing else may be wrong."""
    judge.recorder.prism = port
    judge.pool.start("--fault", "other-spelling")
    desk = Desk("otherwise", judge.recorder.base)
    wrong, found = [], []
    for line in (
        f"{CALL} -s Spelt",
        "show Spelt",
        "list --all",
        "update Spelt -s Again --yes",
        "cancel Again --yes",
    ):
        before = len(judge.recorder.seen)
        done = desk.run(line)
        seen = judge.recorder.seen[before:]
        found += [item["message"] for one in seen for item in one.found]
        if done.returncode:
            wrong.append(f"{line}: exit code {done.returncode}: {done.stderr}")
    meant = ("propertyOfTomorrow", "ConferenceId")
    wrong += [text for text in found if not any(word in text for word in meant)]
    wrong += [f"{word} was not noticed" for word in meant if not any(word in text for text in found)]
    check("Prism: confctl takes what is spelt otherwise", not wrong, "\n".join(wrong))


# What makes Prism's own meetings ones that people can join.
EXAMPLES = {
    "onlineMeeting": {
        "id": "MSo1N2Y5ZGFjYy03MWJmLTQ3NDMtYjQxMy01M2EdFGkdRWHJlQ",
        "joinWebUrl": "https://teams.example.com/l/meetup-join/19%3ameeting",
        "expiryDateTime": f"{DAY + 9 * WEEK}T10:00:00Z",
    },
    "audioConferencing": {
        "conferenceId": "990558013",
        "tollNumber": "+1 425 555 0199",
        "tollNumbers": ["+1 425 555 0199"],
        "tollFreeNumber": "+1 800 555 0199",
        "tollFreeNumbers": [],
        "dialinUrl": "https://dialin.example.com/",
    },
    "joinMeetingIdSettings": {"joinMeetingId": "212345678901", "passcode": "Ab3dE6"},
}


def strangers(judge):
    """Prism as a service of its own, which is nobody's practice: with one meeting of all properties that
    there are, then with meetings of whatever the schema allows."""
    text = json.loads(open(OPENAPI[0]).read())
    for name, examples in EXAMPLES.items():
        for member, example in examples.items():
            text["components"]["schemas"][name]["properties"][member]["example"] = example
    (WORK / "mock.json").write_text(json.dumps(text))
    judge.recorder.prism, program = mock("mock")
    try:
        desk = Desk("mock", judge.recorder.base)
        done, _ = judge.run("a service of its own: schedule", f"{CALL} -s Budget -i bo@example.com", desk=desk)
        made = json.loads(done.stdout) if done.returncode == 0 else {"call_in": {}}
        call_in = made["call_in"]
        wanted = {
            "web_link": EXAMPLES["onlineMeeting"]["joinWebUrl"],
            "conference_id": "990558013",
            "join_id": "212345678901",
            "join_passcode": "Ab3dE6",
            "settings_page": "https://dialin.example.com/",
        }
        numbers = [number["display"] for number in call_in.get("numbers", [])]
        wrong = has(call_in, wanted) or (
            numbers != ["+1 425 555 0199", "+1 800 555 0199"] and f"numbers are {numbers}"
        )
        check("confctl: its invitation says how to join there", not wrong, wrong)
        check("confctl: what is not its own is not for practice", made.get("practice") is False, made)
        for line in (
            "show Budget",
            "refresh --check",
            "update Budget -s Moved --yes",
            "list",
            "cancel Moved --yes",
        ):
            judge.run(f"a service of its own: {line.partition(' ')[0]}", line, desk=desk)
        program.stop()
        judge.recorder.prism, program = mock("chance", "--dynamic")
        codes = [
            Desk(f"chance-{run}", judge.recorder.base).run(f"{CALL} -s Chance").returncode for run in range(8)
        ]
        check("confctl takes or refuses whatever the schema allows", set(codes) <= {0, 7}, codes)
    finally:
        program.stop()


def judge_all(pool):
    pool.start()
    judge = Judge(pool)
    judge.recorder.prism, strict = prism("prism", pool, "--errors")
    lenient = None
    try:
        for act in (make, change, look, others, gone, refused, accepted, settle, faults, unpaid, noticed):
            act(judge)
        ours = [one for one in judge.recorder.seen if one.agent.startswith("confctl")]
        bare = [one for one in ours if one.prefer != "include-unknown-enum-members"]
        check("confctl always asks for values that came later", ours and not bare, bare[:1])
        servers = {one.server for one in judge.recorder.seen if one.what == "GET" and one.status == 200}
        check("Prism passes on who answers, so that practice is known", servers == {"confctl-practice"}, servers)
        port, lenient = prism("lenient", pool)
        otherwise(judge, port)
        strangers(judge)
    finally:
        for program in filter(None, (strict, lenient)):
            program.stop()
        pool.stop()
