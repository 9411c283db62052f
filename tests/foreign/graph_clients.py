"""Microsoft's own clients of Graph, Python and JavaScript, at the meetings that confctl made."""

import asyncio
import datetime
import json
import pathlib
import ssl
import subprocess

import httpx
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.serialization import Parsable
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.lobby_bypass_scope import LobbyBypassScope
from msgraph.generated.models.lobby_bypass_settings import LobbyBypassSettings
from msgraph.generated.models.meeting_participant_info import MeetingParticipantInfo
from msgraph.generated.models.meeting_participants import MeetingParticipants
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.online_meeting import OnlineMeeting
from msgraph.generated.models.online_meeting_presenters import OnlineMeetingPresenters
from msgraph.generated.models.online_meeting_role import OnlineMeetingRole
from msgraph.generated.users.item.online_meetings.create_or_get.create_or_get_post_request_body import (
    CreateOrGetPostRequestBody,
)
from msgraph.generated.users.item.online_meetings.online_meetings_request_builder import (
    OnlineMeetingsRequestBuilder,
)
from msgraph.graph_request_adapter import options
from msgraph_core import GraphClientFactory

from graph_desk import CALL, DAY, TOKEN, TOOLS, Desk, check

HERE = pathlib.Path(__file__).parent
START = datetime.datetime.combine(DAY, datetime.time(10), datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
LATER = START + datetime.timedelta(days=1, hours=3)
AFTERWARDS = {"start_date_time": LATER, "end_date_time": LATER + HOUR}


class Bearer(AccessTokenProvider):
    def __init__(self, token):
        self.token = token

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator(["localhost"])


def client_of(pool, token=TOKEN):
    tls = ssl.create_default_context(cafile=str(pool.ca))
    web = httpx.AsyncClient(verify=tls, timeout=30)
    web = GraphClientFactory.create_with_default_middleware(options=options, client=web)
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Bearer(token)), web)
    adapter.base_url = pool.base
    return GraphServiceClient(request_adapter=adapter).me.online_meetings


def unknown_in(model, place="meeting"):
    """What the generated code has no property for."""
    found = [f"{place}.{name}" for name in getattr(model, "additional_data", None) or {}]
    for name, value in vars(model).items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Parsable) and hasattr(one, "__dict__"):
                found += unknown_in(one, f"{place}.{name}")
    return found


def filtered(text):
    query = OnlineMeetingsRequestBuilder.OnlineMeetingsRequestBuilderGetQueryParameters(filter=text)
    return RequestConfiguration(query_parameters=query)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def is_refused(error, status, code):
    return error and (error.response_status_code, error.error.code) == (status, code)


async def refusal(asking):
    try:
        await asking
    except ODataError as error:
        return error
    return None


def same(name, pairs):
    wrong = [
        f"{what}: {there!r} instead of {wanted!r}" for what, (there, wanted) in pairs.items() if there != wanted
    ]
    check(name, not wrong, "\n".join(wrong))


class Python:
    """msgraph-sdk: its generated code reads enums and dates, and writes what it always writes."""

    def __init__(self, pool, desk):
        self.pool, self.desk = pool, desk
        self.meetings = client_of(pool)

    def one(self, made):
        return self.meetings.by_online_meeting_id(made["conference"]["id"])

    async def change(self, name, made, wanted):
        """A change as the client sends it. If that is refused it is sent plainly, so that the rest can
        be judged all the same."""
        model = OnlineMeeting(**wanted)
        error = await refusal(self.one(made).patch(model))
        check(f"msgraph-sdk: changes {name}", error is None, error)
        if error:
            writer = {"subject": "subject", "start_date_time": "startDateTime", "end_date_time": "endDateTime"}
            plain = {writer[key]: str(value).replace(" ", "T") for key, value in wanted.items() if key in writer}
            if "lobby_bypass_settings" in wanted:
                plain["lobbyBypassSettings"] = {"scope": wanted["lobby_bypass_settings"].scope.value}
            tls = ssl.create_default_context(cafile=str(self.pool.ca))
            async with httpx.AsyncClient(verify=tls, headers={"Authorization": f"Bearer {TOKEN}"}) as web:
                await web.patch(f"{self.pool.base}/me/onlineMeetings/{made['conference']['id']}", json=plain)

    async def judge(self):
        await self.look()
        await self.roles()
        await self.find()
        await self.alter()
        await self.make()
        await self.errors()

    async def look(self):
        """Every access, as generated code reads it."""
        scopes = {
            "open": LobbyBypassScope.Organization,
            "closed": LobbyBypassScope.Invited,
            "anonymous": LobbyBypassScope.Everyone,
            "locked": LobbyBypassScope.Organizer,
        }
        for access, scope in scopes.items():
            subject = f'Zoë & "{access}"'
            made = self.desk.json(f"{CALL} -s '{subject}' --access {access} -i bo@example.com")
            there, call_in = await self.one(made).get(), made["call_in"]
            audio = there.audio_conferencing
            numbers = [*audio.toll_numbers, *audio.toll_free_numbers]
            same(
                f"msgraph-sdk: sees a meeting that is {access}",
                {
                    "unknown": (unknown_in(there), []),
                    "subject": (there.subject, subject),
                    "start": (there.start_date_time, START),
                    "end": (there.end_date_time, START + HOUR),
                    "expiry": (there.expiry_date_time, moment(made["conference"]["expires"])),
                    "scope": (there.lobby_bypass_settings.scope, scope),
                    "callers": (there.lobby_bypass_settings.is_dial_in_bypass_enabled, True),
                    "presenters": (there.allowed_presenters, OnlineMeetingPresenters.Everyone),
                    "link": (there.join_web_url, call_in["web_link"]),
                    "conference id": (audio.conference_id, call_in["conference_id"]),
                    "numbers": (numbers, [number["display"] for number in call_in["numbers"]]),
                    "page": (audio.dialin_url, call_in["settings_page"]),
                    "meeting id": (there.join_meeting_id_settings.join_meeting_id, call_in["join_id"]),
                    "passcode": (there.join_meeting_id_settings.passcode, call_in["join_passcode"]),
                    "organizer": (there.participants.organizer.upn, "ana@example.com"),
                    "is broadcast": (there.is_broadcast, False),
                },
            )

    async def roles(self):
        made = self.desk.json(f"{CALL} -s Led --presenter bo@example.com -i Cy@example.org --promote nobody")
        there = await self.one(made).get()
        roles = {person.upn: person.role for person in there.participants.attendees}
        wanted = {"bo@example.com": OnlineMeetingRole.Presenter, "cy@example.org": OnlineMeetingRole.Attendee}
        same(
            "msgraph-sdk: sees who presents",
            {
                "roles": (roles, wanted),
                "presenters": (there.allowed_presenters, OnlineMeetingPresenters.RoleIsPresenter),
            },
        )

    async def find(self):
        """By link, as Microsoft documents it: the link encoded once more than it is."""
        made = self.desk.json(f"{CALL} -s Found")
        call_in, identity = made["call_in"], made["conference"]["id"]
        for name, text in [
            ("its link", f"JoinWebUrl eq '{call_in['web_link']}'"),
            ("its meeting id", f"joinMeetingIdSettings/joinMeetingId eq '{call_in['join_id']}'"),
        ]:
            found = (await self.meetings.get(filtered(text))).value
            same(f"msgraph-sdk: finds a meeting by {name}", {"found": ([one.id for one in found], [identity])})

    async def alter(self):
        """What another client changes, confctl goes on with."""
        made = self.desk.json(f"{CALL} -s Budget")
        uid = made["uid"]
        await self.change("subject and times", made, {"subject": "Changed", **AFTERWARDS})
        there = await self.one(made).get()
        same(
            "msgraph-sdk: sees what it changed",
            {
                "subject": (there.subject, "Changed"),
                "start": (there.start_date_time, LATER),
                "end": (there.end_date_time, LATER + HOUR),
            },
        )
        shown = self.desk.json(f"show {uid} --json")
        same(
            "confctl: show finds people's way in as it was",
            {
                "state": (shown["pool"]["state"], "ok"),
                "differences": (shown["pool"]["differences"], []),
                "call-in": (shown["call_in"]["web_link"], there.join_web_url),
                "expiry": (moment(shown["pool"]["expires"]), there.expiry_date_time),
            },
        )
        fresh = self.desk.run(f"refresh {uid} --check")
        check("confctl: refresh finds nothing stale", fresh.returncode == 0, fresh.stdout + fresh.stderr)
        check("confctl: list has it as ok", self.desk.rows().get("Budget") == "ok", self.desk.rows())
        self.desk.json(f"update {uid} -s 'Budget 2027' --yes -f json")
        there = await self.one(made).get()
        same(
            "confctl: update puts back subject and times",
            {
                "subject": (there.subject, "Budget 2027"),
                "start": (there.start_date_time, START),
                "end": (there.end_date_time, START + HOUR),
            },
        )
        federated = LobbyBypassScope.OrganizationAndFederated
        lobby = LobbyBypassSettings(scope=federated)
        await self.change("who waits", made, {"lobby_bypass_settings": lobby})
        self.desk.json(f"update {uid} -d 2h --yes -f json")
        there = await self.one(made).get()
        same(
            "confctl: update leaves a scope that it has no word for",
            {
                "scope": (there.lobby_bypass_settings.scope, federated),
                "callers": (there.lobby_bypass_settings.is_dial_in_bypass_enabled, True),
                "end": (there.end_date_time, START + 2 * HOUR),
            },
        )
        await self.one(made).delete()
        rows = self.desk.rows()
        check("confctl: list has as gone what another client deleted", rows.get("Budget 2027") == "gone", rows)
        stale = self.desk.run(f"refresh {uid} --check")
        check(
            "confctl: refresh --check fails for what is gone",
            stale.returncode == 1,
            f"{stale.returncode} {stale.stderr}",
        )
        ended = self.desk.run(f"cancel {uid} --yes")
        check("confctl: cancel ends what is gone", ended.returncode == 0, ended.stderr)

    async def make(self):
        """Meetings of its own, next to those of confctl."""
        before = self.desk.rows()
        body = CreateOrGetPostRequestBody(external_id="of python", subject="Python", **AFTERWARDS)
        first, again = await self.meetings.create_or_get.post(body), await self.meetings.create_or_get.post(body)
        same(
            "msgraph-sdk: createOrGet twice is one meeting",
            {
                "id": (again.id, first.id),
                "subject": (first.subject, "Python"),
                "start": (first.start_date_time, LATER),
                "key": (first.external_id, "of python"),
            },
        )
        people = MeetingParticipants(
            attendees=[MeetingParticipantInfo(upn="bo@example.com", role=OnlineMeetingRole.Coorganizer)]
        )
        body = CreateOrGetPostRequestBody(external_id="with people", subject="People", participants=people)
        error = await refusal(self.meetings.create_or_get.post(body))
        check("msgraph-sdk: createOrGet with people", error is None, error)
        model = OnlineMeeting(subject="Posted", **AFTERWARDS)
        model.lobby_bypass_settings = LobbyBypassSettings(scope=LobbyBypassScope.Everyone)
        error = await refusal(self.meetings.post(model))
        check("msgraph-sdk: makes a meeting without a key", error is None, error)
        same("confctl: list is as it was", {"rows": (self.desk.rows(), before)})
        await self.meetings.by_online_meeting_id(first.id).delete()
        gone = await refusal(self.meetings.by_online_meeting_id(first.id).get())
        inner = gone and gone.error and gone.error.inner_error
        check(
            "msgraph-sdk: what it deleted is a typed error",
            is_refused(gone, 404, "NotFound") and inner.request_id and inner.date,
            gone,
        )

    async def errors(self):
        made = self.desk.json(f"{CALL} -s Refused")
        identity = made["conference"]["id"]
        stale = await refusal(client_of(self.pool, "stale").by_online_meeting_id(identity).get())
        check(
            "msgraph-sdk: a wrong token is a typed error",
            is_refused(stale, 401, "InvalidAuthenticationToken"),
            stale,
        )
        half = await refusal(self.one(made).patch(OnlineMeeting(start_date_time=LATER)))
        check(
            "msgraph-sdk: a start without an end is refused",
            is_refused(half, 400, "BadRequest") and "startDateTime" in half.error.message,
            half,
        )
        nothing = await refusal(self.meetings.get())
        check("msgraph-sdk: nobody may list all meetings", is_refused(nothing, 400, "BadRequest"), nothing)
        for fault in ("throttle=1@1", "refuse=503@1"):
            self.pool.start("--fault", fault)
            there = await client_of(self.pool).by_online_meeting_id(identity).get()
            check(f"msgraph-sdk: is patient with {fault}", there.subject == "Refused", there)
        self.pool.start("--fault", "refuse=403@PATCH")
        policy = await refusal(self.one(made).patch(OnlineMeeting(subject="Other")))
        check("msgraph-sdk: a policy is a typed error", is_refused(policy, 403, "Forbidden"), policy)
        self.pool.start("--fault", "other-spelling")
        odd = await client_of(self.pool).by_online_meeting_id(identity).get()
        same(
            "msgraph-sdk: takes what is spelt otherwise, as confctl does",
            {
                "subject": (odd.subject, "Refused"),
                "start": (odd.start_date_time, START),
                "unknown": (
                    sorted(unknown_in(odd)),
                    ["meeting.audio_conferencing.ConferenceId", "meeting.propertyOfTomorrow"],
                ),
            },
        )
        self.pool.start("--policy", "dial-in=off")
        silent = await client_of(self.pool).by_online_meeting_id(identity).get()
        same("msgraph-sdk: sees no telephones without a licence", {"audio": (silent.audio_conferencing, None)})
        self.pool.start()


def judge_javascript(pool, desk):
    made = desk.json(f"{CALL} -s Script --access anonymous")
    call_in, identity = made["call_in"], made["conference"]["id"]
    start, end = f"{LATER:%Y-%m-%dT%H:%M:%S}.0000000Z", f"{LATER + HOUR:%Y-%m-%dT%H:%M:%S}.0000000Z"
    command = ["node", HERE / "graph.mjs", TOOLS, pool.base, TOKEN, identity, "Rescripted", start, end]
    done = subprocess.run(
        command, env={**desk.env, "NODE_EXTRA_CA_CERTS": str(pool.ca)}, capture_output=True, text=True, timeout=60
    )
    check("microsoft-graph-client: runs", done.returncode == 0, done.stderr)
    if done.returncode:
        return
    saw = json.loads(done.stdout)
    there = saw["made"]
    same(
        "microsoft-graph-client: sees what confctl made",
        {
            "id": (there["id"], identity),
            "subject": (there["subject"], "Script"),
            "start": (there["startDateTime"], f"{START:%Y-%m-%dT%H:%M:%SZ}"),
            "scope": (there["lobbyBypassSettings"]["scope"], "everyone"),
            "link": (there["joinWebUrl"], call_in["web_link"]),
            "conference id": (there["audioConferencing"]["conferenceId"], call_in["conference_id"]),
        },
    )
    same(
        "microsoft-graph-client: finds it by its link",
        {"found": ([one["id"] for one in saw["found"]["value"]], [identity])},
    )
    same(
        "microsoft-graph-client: changes it",
        {
            "subject": (saw["changed"]["subject"], "Rescripted"),
            "start": (saw["changed"]["startDateTime"], f"{LATER:%Y-%m-%dT%H:%M:%SZ}"),
            "link": (saw["changed"]["joinWebUrl"], call_in["web_link"]),
        },
    )
    same(
        "microsoft-graph-client: createOrGet twice is one meeting",
        {"id": (saw["again"]["id"], saw["own"]["id"]), "subject": (saw["own"]["subject"], "JavaScript")},
    )
    for name, wanted in [("gone", (404, "NotFound")), ("wrong", (400, "BadRequest"))]:
        error = saw[name] or {}
        seen = (error.get("status"), error.get("code"), error.get("isGraphs"))
        same(f"microsoft-graph-client: what is {name} is its error", {"error": (seen, (*wanted, True))})
    check("confctl: show, refresh and list agree with it", agree(desk, made["uid"]), desk.rows())
    desk.json(f"update {made['uid']} -s Settled --yes -f json")
    check("confctl: cancel ends what it changed", desk.run(f"cancel {made['uid']} --yes").returncode == 0)


def agree(desk, uid):
    """What show, refresh and list say of a meeting that others moved: people join as before."""
    shown = desk.json(f"show {uid} --json")["pool"]
    fresh = desk.run(f"refresh {uid} --check").returncode == 0
    return fresh and shown["state"] == "ok" and not shown["differences"] and desk.rows()["Script"] == "ok"


def judge_all(pool):
    pool.start()
    desk = Desk("direct", pool.base, CONFCTL_CA_FILE=str(pool.ca))
    asyncio.run(Python(pool, desk).judge())
    judge_javascript(pool, desk)
