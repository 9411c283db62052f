//! The back end against Graph as the practice pool serves it.

use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::meeting::{change, conference_of};
use super::wire::OnlineMeeting;
use super::{Account, Teams, TokenOf};
use crate::backend::{Backend, Created};
use crate::conference::{
    Access, Conference, ConferenceOptions, IdChoice, Kind, MeetingId, Person, Plan, Promotion,
    Request, Slot, Token,
};
use crate::error;
use crate::net::tls::Tls;
use crate::practice::{self, Faults, Generation, Options, Policy, Rule, Server, User};
use crate::report::Recorder;
use crate::secret::Secret;

const ANA: &str = "teams:ana@example.com";

/// Graph in a folder of its own; more of them may serve the same folder.
struct Desk {
    folder: TempDir,
    server: Server,
    base: String,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (server, base) = serve(folder.path(), &[], &[]);
        Self {
            folder,
            server,
            base,
        }
    }

    fn ana(&self) -> Teams {
        sign_in(&self.server, &self.base)
    }
}

fn serve(folder: &Path, rules: &[&str], faults: &[&str]) -> (Server, String) {
    let rules: Vec<Rule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    let user = User::new("sip:ana@example.com", "EXAMPLE\\ana", &Secret::from("x"));
    let pool = practice::Pool::open(Options {
        data: folder.to_owned(),
        users: user.into_iter().collect(),
        generation: Generation::default(),
        policy: Policy::with(&rules),
        random: practice::system_randomness(),
        faults: Faults(faults.iter().map(|fault| fault.parse().unwrap()).collect()),
    });
    let mut server = Server::new(pool.unwrap());
    let base = server.serve_graph("127.0.0.1:0").unwrap();
    (server, base)
}

fn sign_in(server: &Server, base: &str) -> Teams {
    sign_in_with(server, base, Rc::new(|| Ok(Secret::from("x")))).unwrap()
}

fn sign_in_with(server: &Server, base: &str, token: Rc<TokenOf>) -> error::Result<Teams> {
    let account = Account {
        user: ANA.to_owned(),
        base: Account::parse_base(base).unwrap(),
        tls: Tls {
            ca_files: vec![server.pool().ca_file().to_owned()],
            ca_files_only: true,
            ..Tls::default()
        },
        timeout: Duration::from_secs(3),
        token,
    };
    let random = Arc::new(|bytes: &mut [u8]| bytes.fill(7));
    Teams::sign_in(account, random, Rc::new(Recorder::default()))
}

fn backend(teams: &mut Teams) -> &mut dyn Backend {
    teams
}

fn slot() -> Slot {
    Slot {
        start: "2099-01-15T16:00:00Z".parse().unwrap(),
        end: "2099-01-15T17:00:00Z".parse().unwrap(),
    }
}

fn plan(teams: &mut Teams, subject: &str, options: ConferenceOptions) -> Plan {
    let request = Request {
        kind: Kind::ConferenceCall,
        subject: subject.to_owned(),
        id: IdChoice::New,
        options,
        participants: vec![
            Person::parse("bo@example.com").unwrap(),
            Person::parse("Cy@example.org").unwrap(),
        ],
        presenters: Vec::new(),
        expires: slot().end,
    };
    let offer = teams.get_offer().unwrap();
    request
        .resolve(slot(), &teams.capabilities(), &offer)
        .unwrap()
}

#[test]
fn a_meeting_is_made_found_changed_and_deleted() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    assert!(ana.get_offer().unwrap().practice);
    let first = plan(&mut ana, "Review", ConferenceOptions::default());
    let token = Token::new([7; 16]);
    let asked = ana.get_created(&token).unwrap();
    assert!(matches!(asked, Created::MadeByAsking(_)), "{asked:?}");
    let made = backend(&mut ana).create_one(&first, &token).unwrap();
    assert_eq!(
        (made.owner.as_str(), made.subject.as_str()),
        (ANA, "Review")
    );
    assert_eq!((made.access, made.lobby_bypass), (Access::Open, Some(true)));
    assert_eq!(made.ways_in.dial_in.as_ref().unwrap().numbers.len(), 3);
    assert!(made.expires.unwrap() > slot().end);

    // The same token is the same meeting, for another run as well.
    let mut ana = desk.ana();
    assert_eq!(backend(&mut ana).create_one(&first, &token).unwrap(), made);
    let asked = ana.get_created(&token).unwrap();
    assert_eq!(asked, Created::Made(Box::new(made.clone())));
    assert_eq!(
        backend(&mut ana).get_one(&made.id).unwrap().as_ref(),
        Some(&made)
    );

    let wanted = plan(
        &mut ana,
        "Moved",
        ConferenceOptions {
            access: Some(Access::Locked),
            promotion: Some(Promotion::Company),
            lobby_bypass: Some(false),
            ..ConferenceOptions::default()
        },
    );
    let moved = ana.update(&made.id, &wanted).unwrap();
    assert_eq!(
        (moved.access, moved.lobby_bypass),
        (Access::Locked, Some(false))
    );
    assert_eq!(moved.promotion, Some(Promotion::Company));
    assert_eq!(moved.ways_in, made.ways_in, "people can join as before");
    // A service that refuses every change proves that none is sent.
    let (server, base) = serve(desk.folder.path(), &[], &["refuse=500@PATCH"]);
    let mut other = sign_in(&server, &base);
    assert_eq!(other.update(&made.id, &wanted).unwrap(), moved);

    let gone = MeetingId::parse("MSpub2JvZHk").unwrap();
    let both = ana.get(&[gone.clone(), made.id.clone()]).unwrap();
    let both: Vec<Option<Conference>> = both.into_iter().map(Result::unwrap).collect();
    assert_eq!(both, [None, Some(moved)]);
    assert!(ana.delete(&made.id).unwrap());
    assert!(!ana.delete(&made.id).unwrap(), "it is gone already");
    assert!(!ana.delete(&gone).unwrap());
    let error = ana.update(&made.id, &wanted).unwrap_err();
    assert_eq!(error.kind, error::Kind::NotFound, "{error}");
}

#[test]
fn a_meeting_of_one_day_keeps_its_times_and_a_long_series_lasts() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    let day = plan(&mut ana, "Day", ConferenceOptions::default());
    let year = Plan {
        expires: "2100-01-15T00:00:00Z".parse().unwrap(),
        ..day.clone()
    };
    for (number, plan, end) in [(1, &day, slot().end), (2, &year, year.expires)] {
        let made = backend(&mut ana).create_one(plan, &Token::new([number; 16]));
        let there = ana.read(&made.unwrap().id).unwrap().unwrap();
        assert_eq!((there.start, there.end), (Some(slot().start), Some(end)));
    }
}

#[test]
fn people_are_named_where_that_makes_a_difference() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    let usual = plan(&mut ana, "Usual", ConferenceOptions::default());
    let led = Plan {
        presenters: vec![Person::parse("cy@example.org").unwrap()],
        ..usual.clone()
    };
    for (number, plan, roles, presenters) in
        [(1, &usual, 0, "everyone"), (2, &led, 2, "roleIsPresenter")]
    {
        let made = backend(&mut ana).create_one(plan, &Token::new([number; 16]));
        let made = made.unwrap();
        let there = ana.read(&made.id).unwrap().unwrap();
        assert_eq!(there.attendees.len(), roles);
        assert_eq!(there.presenters.as_deref(), Some(presenters));
        let named = made.presenters.iter().map(String::as_str);
        let named: Vec<&str> = named.collect();
        assert_eq!(
            named,
            [&["cy@example.org"][..], &[]][usize::from(roles == 0)]
        );
    }
}

#[test]
fn a_token_that_does_not_help_is_asked_for_once_more_and_no_longer() {
    let desk = Desk::new();
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let token: Rc<TokenOf> = Rc::new(move || {
        count.set(count.get() + 1);
        Ok(Secret::from("stale"))
    });
    let mut ana = sign_in_with(&desk.server, &desk.base, token).unwrap();
    let id = MeetingId::parse("MSpub2JvZHk").unwrap();
    let error = backend(&mut ana).get_one(&id).unwrap_err();
    assert_eq!((error.kind, asked.get()), (error::Kind::NotSignedIn, 2));
}

#[test]
fn what_can_not_be_a_token_is_not_sent() {
    let desk = Desk::new();
    for odd in ["", " \n", "two\nlines", "two words", "t\u{e9}"] {
        let token: Rc<TokenOf> = Rc::new(move || Ok(Secret::from(odd)));
        let error = sign_in_with(&desk.server, &desk.base, token).err().unwrap();
        assert_eq!(error.kind, error::Kind::NotSignedIn, "{error}");
        let said = format!("{error} {:?}", error.hints());
        assert!(odd.trim().is_empty() || !said.contains(odd), "{said}");
    }
    let token: Rc<TokenOf> = Rc::new(|| Ok(Secret::from("x\r\n")));
    assert!(sign_in_with(&desk.server, &desk.base, token).is_ok());
}

#[test]
fn an_id_can_not_leave_its_place_in_the_path() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    let base = Account::parse_base(&desk.base).unwrap();
    let dots = MeetingId::parse("..").unwrap();
    assert_eq!(super::path_of(&dots), None);
    assert_eq!(backend(&mut ana).get_one(&dots).unwrap(), None);
    for id in ["../events", "a/b", "/../../x", "a=b", "MSo+x/y=="] {
        let id = MeetingId::parse(id).unwrap();
        let path = super::path_of(&id).unwrap();
        let mut url = base.clone();
        url.set_path(&format!("/v1.0{path}"));
        assert!(url.path().starts_with("/v1.0/me/onlineMeetings/"), "{url}");
        assert_eq!(url.path_segments().unwrap().count(), 4, "{url}");
        assert_eq!(backend(&mut ana).get_one(&id).unwrap(), None, "{url}");
    }
    for id in ["a?b=c", "a#b", "%2e%2e", "..\\..\\me", "a b"] {
        assert!(MeetingId::parse(id).is_err(), "{id}");
    }
}

fn read(text: &str) -> error::Result<OnlineMeeting> {
    OnlineMeeting::read(text.as_bytes(), "Teams did not show the meeting")
}

const LEAST: &str = r#""id":"a","joinWebUrl":"https://teams.example.com/l/1""#;

#[test]
fn a_meeting_without_id_or_link_is_none() {
    for odd in [
        "",
        "[]",
        "{}",
        r#"{"id":"a"}"#,
        r#"{"id":"","joinWebUrl":"https://teams.example.com/l/1"}"#,
        r#"{"id":"a b","joinWebUrl":"https://teams.example.com/l/1"}"#,
        r#"{"id":7,"joinWebUrl":"https://teams.example.com/l/1"}"#,
        r#"{"id":"a","joinWebUrl":"javascript:alert(1)"}"#,
    ] {
        let error = read(odd).unwrap_err();
        assert_eq!(error.kind, error::Kind::Failed, "{odd}: {error}");
    }
}

#[test]
fn what_makes_no_sense_is_left_out_and_named() {
    let whole = format!(r#"{{{LEAST},"EndDateTime":"2027-01-15T17:00:00.0000000Z"}}"#);
    let there = read(&whole).unwrap();
    let end: Timestamp = "2027-03-16T17:00:00Z".parse().unwrap();
    assert_eq!(conference_of(&there, ANA).expires, Some(end));
    assert!(there.odd.is_empty());
    for (odd, name) in [
        (r#""endDateTime":"soon""#, "endDateTime"),
        (r#""subject":7"#, "subject"),
        (r#""audioConferencing":"none""#, "audioConferencing"),
        (
            r#""audioConferencing":{"conferenceId":"call me","tollNumber":"+1"}"#,
            "conferenceId",
        ),
        (
            r#""audioConferencing":{"conferenceId":"1","tollNumbers":"+1"}"#,
            "tollNumbers",
        ),
        (
            r#""audioConferencing":{"conferenceId":"1","tollNumbers":["+1\nx"]}"#,
            "tollNumbers",
        ),
        (
            r#""joinMeetingIdSettings":{"joinMeetingId":"1","passcode":"a b"}"#,
            "passcode",
        ),
        (
            r#""lobbyBypassSettings":{"isDialInBypassEnabled":"yes"}"#,
            "isDialInBypassEnabled",
        ),
    ] {
        let there = read(&format!("{{{LEAST},{odd}}}")).unwrap();
        assert_eq!(there.odd, [name], "{odd}");
        assert_eq!(there.id.as_str(), "a");
        assert!(there.audio.is_none(), "no number that nobody can dial");
    }
}

/// What others have set in Teams, and nobody asked to change, is not sent back as something else.
#[test]
fn what_was_set_in_teams_stays() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    let usual = Plan {
        lobby_bypass: None,
        ..plan(&mut ana, "Usual", ConferenceOptions::default())
    };
    let times = r#""subject":"Usual","startDateTime":"2099-01-15T16:00:00Z","endDateTime":"2099-01-15T17:00:00Z""#;
    let there = |rest: &str| read(&format!("{{{LEAST},{times}{rest}}}")).unwrap();
    let sent = |rest: &str, plan: &Plan| -> serde_json::Value {
        let body = change(&there(rest), plan);
        body.map_or(serde_json::Value::Null, |body| {
            serde_json::from_slice(&body).unwrap()
        })
    };
    let scope = r#","lobbyBypassSettings":{"scope":"organizationAndFederated","isDialInBypassEnabled":false}"#;
    assert_eq!(sent(scope, &usual), serde_json::Value::Null);
    let open = Plan {
        access: Access::Anonymous,
        ..usual.clone()
    };
    assert_eq!(
        sent(scope, &open),
        serde_json::json!({
            "lobbyBypassSettings": { "scope": "everyone", "isDialInBypassEnabled": false }
        })
    );

    // Whoever is a co-organizer there stays one, also if nobody invites him here.
    let roster = r#","participants":{"attendees":[
        {"upn":"Dee@example.com","role":"coorganizer"},{"upn":"bo@example.com","role":"attendee"},
        {"upn":"old@example.com","role":"attendee"}]}"#;
    let sent = sent(roster, &usual);
    assert_eq!(
        sent["participants"]["attendees"],
        serde_json::json!([
            { "upn": "bo@example.com", "role": "attendee" },
            { "upn": "cy@example.org", "role": "attendee" },
            { "upn": "dee@example.com", "role": "coorganizer" },
        ])
    );
}

/// A server that answers one request after another with these, and the last of them for good; an empty
/// one closes the connection.
fn scripted(answers: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v1.0", listener.local_addr().unwrap());
    thread::spawn(move || {
        let last = answers[answers.len() - 1];
        let mut answers = answers.iter();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8192];
            let _ = stream.read(&mut request);
            let answer = answers.next().copied().unwrap_or(last);
            let Some((head, body)) = answer.split_once('|') else {
                continue;
            };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    base
}

#[test]
fn how_long_it_wants_to_be_left_alone_is_told_in_any_form() {
    let desk = Desk::new();
    for (head, hint) in [
        ("Retry-After: 3600", "in 3600 s"),
        ("Retry-After: 3599.5", "in 3600 s"),
        (
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 09:49:37 GMT",
            "in 3600 s",
        ),
        // An hour of another clock is none of ours; what makes no sense says nothing.
        ("Retry-After: Sun, 06 Nov 1994 09:49:37 GMT", ""),
        ("Retry-After: soon", ""),
        ("Retry-After: -5", ""),
        ("Retry-After: nan", ""),
    ] {
        let answer = format!(
            "429 Too Many Requests\r\n{head}|{{\"error\":{{\"code\":\"TooManyRequests\"}}}}"
        );
        let answers = vec![&*answer.leak(), GONE];
        let mut ana = sign_in(&desk.server, &scripted(answers.leak()));
        let asked = ana.get(&[MeetingId::parse("a").unwrap()]);
        match hint {
            "" => assert!(asked.unwrap()[0].as_ref().unwrap().is_none(), "{head}"),
            hint => {
                let error = asked.unwrap_err();
                assert!(
                    error.hints().iter().any(|said| said.contains(hint)),
                    "{head}: {error:?}"
                );
            }
        }
    }
}

/// Whoever says so, and in however few words.
#[test]
fn another_token_is_wanted_by_whoever_says_401() {
    let desk = Desk::new();
    for answer in ["401 Unauthorized|", "401 Unauthorized|<p>no</p>"] {
        let mut ana = sign_in(&desk.server, &scripted(vec![answer].leak()));
        let error = ana.get(&[MeetingId::parse("a").unwrap()]).unwrap_err();
        assert_eq!(error.kind, error::Kind::NotSignedIn, "{answer}: {error}");
    }
}

const GONE: &str = r#"404 Not Found|{"error":{"code":"NotFound","message":"none"}}"#;
const OTHER: &str = r#"200 OK|{"id":"b","joinWebUrl":"https://teams.example.com/l/2"}"#;
const OWN: &str = r#"200 OK|{"id":"a","joinWebUrl":"https://teams.example.com/l/1"}"#;

/// What somebody in between answers has deleted nothing, and shows nothing.
#[test]
fn a_stranger_s_answer_is_none_of_graph() {
    let desk = Desk::new();
    let id = MeetingId::parse("a").unwrap();
    for answer in [
        "404 Not Found|<p>none</p>",
        r#"404 Not Found|{"status":404,"error":"Not Found","path":"/"}"#,
        r#"404 Not Found|{"error":null}"#,
        r#"404 Not Found|{"error":{}}"#,
    ] {
        let mut ana = sign_in(&desk.server, &scripted(vec![answer].leak()));
        assert!(ana.delete(&id).is_err(), "{answer}");
        assert!(backend(&mut ana).get_one(&id).is_err(), "{answer}");
    }
    // It says that it did, and did not.
    let mut ana = sign_in(&desk.server, &scripted(&["200 OK|<p>login</p>", OWN]));
    let error = ana.delete(&id).unwrap_err();
    assert_eq!(error.kind, error::Kind::InDoubt, "{error}");
    let mut ana = sign_in(&desk.server, &scripted(&["200 OK|<p>bye</p>", GONE]));
    assert!(ana.delete(&id).unwrap());
}

/// An answer about another meeting would have that one deleted, later on, in place of ours.
#[test]
fn an_answer_about_another_meeting_is_not_believed() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    let moved = plan(&mut ana, "Moved", ConferenceOptions::default());
    let id = MeetingId::parse("a").unwrap();
    let mut ana = sign_in(&desk.server, &scripted(&[OTHER]));
    let error = backend(&mut ana).get_one(&id).unwrap_err();
    assert_eq!(error.kind, error::Kind::Failed, "{error}");
    let mut ana = sign_in(&desk.server, &scripted(&[OWN, OTHER]));
    let error = ana.update(&id, &moved).unwrap_err();
    assert_eq!(error.kind, error::Kind::InDoubt, "{error}");
    // Nothing is said, so it is looked at.
    let mut ana = sign_in(&desk.server, &scripted(&[OWN, "204 No Content|", OWN]));
    assert_eq!(ana.update(&id, &moved).unwrap().id, id);
}

/// Whatever comes behind an answer that was lost, it is not known what that was about.
#[test]
fn what_is_in_doubt_stays_so() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    let first = plan(&mut ana, "Review", ConferenceOptions::default());
    const HTML: &str = "<p>no</p>";
    for answers in [
        vec!["", GONE],
        vec![
            "",
            r#"403 Forbidden|{"error":{"code":"Forbidden","message":"no"}}"#,
        ],
        vec!["520 Odd|<p>no</p>"],
        vec!["524 Odd|<p>no</p>", GONE],
        vec!["501 Odd|<p>no</p>"],
        vec!["408 Request Timeout|<p>no</p>", GONE],
        vec!["200 OK|<p>no</p>"],
        vec!["202 Accepted|"],
    ] {
        let said = format!("{answers:?}");
        let mut ana = sign_in(&desk.server, &scripted(answers.leak()));
        let made = backend(&mut ana).create_one(&first, &Token::new([3; 16]));
        let error = made.unwrap_err();
        assert_eq!(error.kind, error::Kind::InDoubt, "{said}: {error}");
        assert!(!error.to_string().contains(HTML), "{said}: {error}");
    }
}

/// The list of people is replaced as a whole: whoever can't be named in it would be taken out.
#[test]
fn people_without_a_name_are_not_taken_out() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    let led = Plan {
        presenters: vec![Person::parse("cy@example.org").unwrap()],
        ..plan(&mut ana, "Led", ConferenceOptions::default())
    };
    let there = |attendees: &str| {
        let people = format!(r#"{{{LEAST},"participants":{{"attendees":[{attendees}]}}}}"#);
        let body = change(&read(&people).unwrap(), &led).unwrap();
        let sent: serde_json::Value = serde_json::from_slice(&body).unwrap();
        sent["participants"].clone()
    };
    let nameless = r#"{"upn":null,"role":"coorganizer","identity":{"user":{"id":"1"}}}"#;
    assert!(there(nameless).is_null());
    let spelt = there(r#"{"upn":"dee@example.com","role":"Coorganizer"}"#);
    assert!(spelt.to_string().contains("coorganizer"), "{spelt}");
}

proptest! {
    #[test]
    fn any_answer_is_read(text in "(\\{|\\}|\"id\"|:|,|\"a\"|null|\\[|\\]|\"audioConferencing\"|\"conferenceId\"|1){0,20}") {
        let _ = read(&text);
    }
}
