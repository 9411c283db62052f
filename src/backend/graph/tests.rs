//! The back end against Graph as the practice pool serves it.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::wire::OnlineMeeting;
use super::{Account, Teams, conference_of};
use crate::backend::Backend;
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
    let account = Account {
        user: ANA.to_owned(),
        base: Account::parse_base(base).unwrap(),
        tls: Tls {
            ca_file: Some(server.pool().ca_file().to_owned()),
            ca_file_only: true,
            ..Tls::default()
        },
        timeout: Duration::from_secs(3),
        token: Rc::new(|| Ok(Secret::from("x"))),
    };
    Teams::sign_in(account, Rc::new(Recorder::default())).unwrap()
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
    assert_eq!(ana.get_created(&token).unwrap(), None);
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
    assert_eq!(ana.get_created(&token).unwrap().as_ref(), Some(&made));
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
        let attendees = there.participants.unwrap().attendees.unwrap();
        assert_eq!(attendees.len(), roles);
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
    let mut ana = desk.ana();
    ana.account.token = Rc::new(move || {
        count.set(count.get() + 1);
        Ok(Secret::from("stale"))
    });
    *ana.token.borrow_mut() = Secret::from("stale");
    let id = MeetingId::parse("MSpub2JvZHk").unwrap();
    let error = backend(&mut ana).get_one(&id).unwrap_err();
    assert_eq!((error.kind, asked.get()), (error::Kind::NotSignedIn, 1));
}

#[test]
fn an_id_can_not_leave_its_place_in_the_path() {
    let desk = Desk::new();
    let mut ana = desk.ana();
    let dots = MeetingId::parse("..").unwrap();
    assert_eq!(super::path_of(&dots), None);
    assert_eq!(backend(&mut ana).get_one(&dots).unwrap(), None);
    for id in ["../events", "a/b", "a?b=c", "a#b", "%2e%2e", "..\\..\\me"] {
        let id = MeetingId::parse(id).unwrap();
        let path = super::path_of(&id).unwrap();
        let mut url = ana.account.base.clone();
        url.set_path(&format!("/v1.0{path}"));
        assert!(url.path().starts_with("/v1.0/me/onlineMeetings/"), "{url}");
        assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
        assert_eq!(backend(&mut ana).get_one(&id).unwrap(), None, "{url}");
    }
}

fn read(text: &str) -> Result<Conference, error::Error> {
    let there = OnlineMeeting::read(text.as_bytes(), "testing")?;
    conference_of(&there, ANA, "testing")
}

#[test]
fn what_makes_no_sense_is_not_taken_for_nothing() {
    let whole = r#"{"id":"a","joinWebUrl":"https://teams.example.com/l/1","EndDateTime":"2027-01-15T17:00:00.0000000Z"}"#;
    let conference = read(whole).unwrap();
    let end: Timestamp = "2027-03-16T17:00:00Z".parse().unwrap();
    assert_eq!(conference.expires, Some(end));
    for odd in [
        "",
        "[]",
        "{}",
        r#"{"id":"a"}"#,
        r#"{"id":"","joinWebUrl":"https://teams.example.com/l/1"}"#,
        r#"{"id":"a b","joinWebUrl":"https://teams.example.com/l/1"}"#,
        r#"{"id":"a","joinWebUrl":"https://teams.example.com/l/1","endDateTime":"soon"}"#,
        r#"{"id":"a","joinWebUrl":"https://teams.example.com/l/1","audioConferencing":{"conferenceId":"call me"}}"#,
        r#"{"id":"a","joinWebUrl":"https://teams.example.com/l/1","audioConferencing":{"tollNumbers":"+1"}}"#,
        r#"{"id":"a","joinWebUrl":"https://teams.example.com/l/1","joinMeetingIdSettings":{"joinMeetingId":"1","passcode":"a b"}}"#,
    ] {
        let error = read(odd).unwrap_err();
        assert_eq!(error.kind, error::Kind::HalfDone, "{odd}: {error}");
    }
}

proptest! {
    #[test]
    fn any_answer_is_read(text in "(\\{|\\}|\"id\"|:|,|\"a\"|null|\\[|\\]|\"audioConferencing\"|\"conferenceId\"|1){0,20}") {
        let _ = read(&text);
    }
}
