//! From an address to a calendar.

use crate::caldav::Calendar;
use crate::caldav::tests::server::{CALENDAR, Server, answer, calendar, multistatus, redirect};
use crate::caldav::tests::{access, find, tell};
use crate::error::Kind;

#[test]
fn a_bare_host_leads_to_the_calendar_and_the_password_is_asked_for_once() {
    let server = Server::start();
    let (access, passwords) = access(&server.url(""));
    let calendar = Calendar::find(access).unwrap();
    assert_eq!(calendar.url.as_str(), server.url(CALENDAR));
    assert_eq!(calendar.name(), "Work");
    assert!(!calendar.schedules_itself());
    assert_eq!(passwords.get(), 1);
    // Where the calendars are is found out without a password.
    let first = &server.requests()[0];
    assert_eq!(first.path, "/.well-known/caldav");
    assert!(!first.headers.contains_key("authorization"));
}

#[test]
fn a_server_that_shows_its_door_to_everybody_is_signed_in_at() {
    let server = Server::with(|asked, _| {
        let nobody = "<d:current-user-principal><d:unauthenticated/></d:current-user-principal>";
        let is_public = asked.path == "/" && !asked.headers.contains_key("authorization");
        is_public.then(|| multistatus(&[("/", nobody)]))
    });
    assert_eq!(find(&server).unwrap().name(), "Work");
}

#[test]
fn digest_is_answered_and_a_nonce_that_grew_old_is_no_wrong_password() {
    let server = Server::with(|asked, _| {
        let digest = asked
            .headers
            .get("authorization")
            .filter(|a| a.starts_with("Digest "));
        let challenge = |nonce, stale| {
            let header = format!(
                "WWW-Authenticate: Basic realm=\"a, b\", Digest realm=\"x\", qop=\"auth\", nonce=\"{nonce}\", stale={stale}\r\n"
            );
            Some(answer("401 Unauthorized", &header, ""))
        };
        match digest {
            None => challenge("first", false),
            Some(digest) if digest.contains("nonce=\"first\"") && asked.method == "OPTIONS" => {
                challenge("second", true)
            }
            Some(_) if asked.method == "OPTIONS" => {
                let features = "DAV: 1\r\nDAV: calendar-access, Calendar-Auto-Schedule\r\n";
                Some(answer("200 OK", features, ""))
            }
            Some(_) => Some(multistatus(&[(CALENDAR, &calendar("Work"))])),
        }
    });
    let (access, passwords) = access(&server.url(CALENDAR));
    let found = Calendar::find(access).unwrap();
    assert!(found.schedules_itself());
    assert_eq!(passwords.get(), 1);
    let options = server.of("OPTIONS");
    let last = &options.last().unwrap().headers["authorization"];
    assert!(
        last.contains("nonce=\"second\"") && last.contains("nc=00000001"),
        "{last}"
    );
}

/// The listing of a home with these calendars, and what else the principal says.
fn home(calendars: Vec<(&'static str, String)>, more: &'static str) -> Server {
    Server::with(move |asked, _| {
        let signed = asked.headers.contains_key("authorization");
        let depth = asked.headers.get("depth").map(String::as_str);
        match (asked.path.as_str(), depth) {
            _ if !signed => None,
            ("/ana/", Some("0")) => {
                let home = "<calendar-home-set><d:href>/ana/</d:href></calendar-home-set>";
                Some(multistatus(&[("/ana/", &format!("{home}{more}"))]))
            }
            ("/ana/", _) => {
                let all: Vec<_> = calendars.iter().map(|(p, c)| (*p, c.as_str())).collect();
                Some(multistatus(&all))
            }
            ("/in/", _) => Some(multistatus(&[(
                "/in/",
                "<schedule-default-calendar-URL><d:href>/ana/b</d:href></schedule-default-calendar-URL>",
            )])),
            ("/ana/a/" | "/ana/b/" | "/ana/c/", _) => {
                Some(answer("200 OK", "DAV: 1, calendar-auto-schedule\r\n", ""))
            }
            _ => None,
        }
    })
}

fn several_calendars(more: &'static str) -> Server {
    let tasks = "<supported-calendar-component-set><comp name=\"VTODO\"/></supported-calendar-component-set>";
    let read = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>";
    home(
        vec![
            ("/ana/a/", calendar("Home")),
            ("/ana/b/", calendar("Wörk")),
            ("/ana/c%20d/", calendar("Wörk")),
            ("/ana/t/", format!("{}{tasks}", calendar("Tasks"))),
            ("/ana/h/", format!("{}{read}", calendar("Holidays"))),
            ("/ana/n/", "<d:displayname>News</d:displayname>".to_owned()),
        ],
        more,
    )
}

#[test]
fn a_calendar_is_chosen_by_name_by_path_or_because_it_is_the_default() {
    let inbox = "<schedule-inbox-URL><d:href>/in/</d:href></schedule-inbox-URL>";
    for (wanted, more, path) in [
        (Some("Home"), "", "/ana/a/"),
        (Some("home"), "", "/ana/a/"),
        (Some("/ana/b/"), "", "/ana/b/"),
        (Some("b"), "", "/ana/b/"),
        (Some("c d"), "", "/ana/c%20d/"),
        (None, inbox, "/ana/b/"),
    ] {
        let server = several_calendars(more);
        let (mut access, _) = access(&server.url("/ana/"));
        access.target.calendar = wanted.map(str::to_owned);
        let found = Calendar::find(access).unwrap_or_else(|e| panic!("{wanted:?}: {}", tell(&e)));
        assert_eq!(found.url.as_str(), server.url(path), "{wanted:?}");
    }
}

#[test]
fn a_calendar_that_is_not_found_is_told_with_those_that_are() {
    for (wanted, kind, words) in [
        (
            Some("Play"),
            Kind::NotFound,
            "has no calendar 'Play' for meetings",
        ),
        (Some("Wörk"), Kind::NotFound, "has 2 calendars 'Wörk'"),
        (
            Some("Tasks"),
            Kind::NotFound,
            "has no calendar 'Tasks' for meetings",
        ),
        (
            Some("Holidays"),
            Kind::Refused,
            "ana may only read the calendar 'Holidays'",
        ),
        (
            None,
            Kind::NotFound,
            "has 3 calendars, none of them the default one",
        ),
    ] {
        let server = several_calendars("");
        let (mut access, _) = access(&server.url("/"));
        access.target.calendar = wanted.map(str::to_owned);
        let error = Calendar::find(access).map(|_| ()).unwrap_err();
        let said = tell(&error);
        assert_eq!(error.kind, kind, "{said}");
        assert!(said.contains(words), "{said}");
        let all = "it has 'Home', 'Wörk' (/ana/b/), 'Wörk' (/ana/c%20d/), 'Holidays': set calendar";
        assert!(said.contains(all), "{said}");
    }
}

#[test]
fn a_server_invites_only_for_organizers_that_it_knows() {
    for (addresses, expected) in [
        ("", true),
        (
            "<calendar-user-address-set><d:href>MAILTO:Ana@example.com</d:href></calendar-user-address-set>",
            true,
        ),
        (
            "<calendar-user-address-set><d:href>mailto:bo@example.com</d:href></calendar-user-address-set>",
            false,
        ),
    ] {
        let server = home(vec![("/ana/a/", calendar("Home"))], addresses);
        assert_eq!(
            find(&server).unwrap().schedules_itself(),
            expected,
            "{addresses}"
        );
    }
}

#[test]
fn what_is_no_calendar_server_is_told() {
    for (status, kind) in [
        ("404 Not Found", Kind::NotFound),
        ("405 Method Not Allowed", Kind::Refused),
        ("403 Forbidden", Kind::Refused),
        ("200 OK", Kind::Unreachable),
        ("503 Service Unavailable", Kind::Unreachable),
    ] {
        let server = Server::with(move |_, _| Some(answer(status, "", "<html>Welcome</html>")));
        let error = find(&server).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, kind, "{}", tell(&error));
        assert!(tell(&error).contains("127.0.0.1"), "{}", tell(&error));
    }
}

#[test]
fn redirects_inside_the_server_are_followed_but_not_for_ever() {
    let server = Server::with(|asked, _| match asked.path.as_str() {
        "/.well-known/caldav" => Some(redirect("/dav")),
        "/dav" => Some(redirect("/")),
        _ => None,
    });
    assert_eq!(find(&server).unwrap().name(), "Work");
    let server = Server::with(|asked, _| Some(redirect(&format!("{}x", asked.path))));
    let error = find(&server).map(|_| ()).unwrap_err();
    assert!(tell(&error).contains("on and on"), "{}", tell(&error));
    assert_eq!(server.requests().len(), 6);
}
