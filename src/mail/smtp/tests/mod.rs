//! Letters for a server that does as it is told, over loopback.

mod server;
mod tls;

use std::rc::Rc;
use std::time::Instant;

use self::server::Act::{Cut, Drip, Flood, Say, Silence};
use self::server::{Habits, Odd, Server};
use super::*;
use crate::net::tls::Tls;
use crate::report::Recorder;

const BODY: &[u8] = b"Subject: dots\r\n\r\n.\r\n..\r\n.one\r\nbare\n.\r\nend\r\n";

fn envelope(number: usize) -> Envelope {
    Envelope {
        id: format!("<{number}@example.com>"),
        from: "ana@example.com".into(),
        to: format!("bo{number}@example.com"),
    }
}

fn way(server: &Server) -> Way {
    Way {
        server: Smtp {
            host: "127.0.0.1".into(),
            port: server.address.port(),
            tls: false,
            user: None,
        },
        password: None,
        tls: Tls {
            ca_files_only: true,
            ..Tls::default()
        },
        timeout: Duration::from_millis(400),
        report: Rc::new(Recorder::default()),
    }
}

fn transport(server: &Server) -> SmtpTransport {
    let way = way(server);
    SmtpTransport {
        way,
        session: None,
        losses: Vec::new(),
    }
}

/// Carries so many mails; with each status, whether the caller was told that it goes out now.
fn send(transport: &mut SmtpTransport, envelopes: usize) -> Vec<(Result<DeliveryStatus>, usize)> {
    let carry = |number| {
        let mut told = 0;
        let status = transport.send(&envelope(number), BODY, &mut || {
            told += 1;
            Ok(())
        });
        (status, told)
    };
    (1..=envelopes).map(carry).collect()
}

fn start_odd(odds: &[Odd]) -> Server {
    Server::start(Habits {
        odds: odds.to_vec(),
        ..Habits::default()
    })
}

/// The reply code that a reason begins with; 0: none.
fn code_of(why: &str) -> u16 {
    let code = why.split(' ').next();
    code.and_then(|code| code.parse().ok()).unwrap_or_default()
}

/// What became of them, in a word each: code, or what is known.
fn statuses(results: &[(Result<DeliveryStatus>, usize)]) -> Vec<String> {
    let word = |(result, told): &(Result<DeliveryStatus>, usize)| {
        let word = match result {
            Ok(DeliveryStatus::Sent) => "sent".to_owned(),
            Ok(DeliveryStatus::Refused(why)) => format!("refused {}", code_of(why)),
            Ok(DeliveryStatus::Failed(why)) => format!("failed {}", code_of(why)),
            Ok(DeliveryStatus::Unknown(_)) => "unknown".to_owned(),
            Err(error) => format!("{:?}", error.kind),
        };
        format!("{word}, told {told}")
    };
    results.iter().map(word).collect()
}

#[test]
fn many_letters_go_over_one_connection_and_arrive_as_they_are() {
    let server = start_odd(&[]);
    let mut transport = transport(&server);
    let results = send(&mut transport, 3);
    assert_eq!(statuses(&results), ["sent, told 1"; 3]);
    drop(transport);
    assert_eq!(server.count("CONNECT"), 1);
    let written = "Subject: dots\r\n\r\n.\r\n..\r\n.one\r\nbare\r\n.\r\nend\r\n";
    assert_eq!(server.envelopes(), [written; 3]);
    assert!(
        server
            .lines()
            .contains(&"RCPT TO:<bo3@example.com>".to_owned())
    );
}

#[test]
fn each_refusal_concerns_one_letter_and_says_whether_to_try_again() {
    for (odd_one, status) in [
        (
            ("RCPT", 1, Say("550 5.1.1 no such user")),
            "refused 550, told 0",
        ),
        (("RCPT", 1, Say("451 greylisted")), "failed 451, told 0"),
        (
            ("RCPT", 1, Say("452 too many recipients")),
            "failed 452, told 0",
        ),
        (("MAIL", 1, Say("552 too big")), "refused 552, told 0"),
        (("DATA", 1, Say("554 no")), "refused 554, told 1"),
        (("DATA", 1, Say("451 no")), "failed 451, told 1"),
        (("DATA", 1, Say("250 what?")), "failed 250, told 1"),
        (
            (".", 1, Say("550-spam\r\n550 it is")),
            "refused 550, told 1",
        ),
        ((".", 1, Say("452 disk full")), "failed 452, told 1"),
        ((".", 1, Say("421 going down")), "failed 421, told 1"),
    ] {
        let server = start_odd(&[odd_one]);
        let results = send(&mut transport(&server), 3);
        assert_eq!(
            statuses(&results),
            ["sent, told 1", status, "sent, told 1"],
            "{}",
            odd_one.0
        );
    }
}

#[test]
fn a_letter_is_unknown_only_after_all_of_it_went_out() {
    for (at, act, status) in [
        ("DATA", Cut, "failed 0, told 1"),
        ("DATA", Silence, "failed 0, told 1"),
        ("DATA", Flood("354-more\r\n"), "failed 0, told 1"),
        (".", Cut, "unknown, told 1"),
        (".", Say("nonsense"), "unknown, told 1"),
        (".", Say("354 more"), "unknown, told 1"),
        (".", Drip("250-x\r\n"), "unknown, told 1"),
        (".", Flood("250"), "unknown, told 1"),
    ] {
        let server = start_odd(&[(at, 0, act)]);
        let results = send(&mut transport(&server), 2);
        assert_eq!(statuses(&results), [status, "sent, told 1"], "{at}");
        assert_eq!(server.count("CONNECT"), 2);
    }
}

#[test]
fn a_tired_connection_is_replaced_without_anybody_noticing() {
    for (at, act) in [
        ("MAIL", Say("421 4.7.0 too many messages in this session")),
        ("MAIL", Say("451 too many messages in this session")),
        ("MAIL", Cut),
        ("MAIL", Say("rubbish")),
        ("RCPT", Cut),
        ("RCPT", Say("421 idle for too long")),
    ] {
        let server = start_odd(&[(at, 2, act)]);
        let results = send(&mut transport(&server), 4);
        assert_eq!(statuses(&results), ["sent, told 1"; 4], "{at}");
        assert_eq!(server.count("CONNECT"), 2);
        assert_eq!(server.envelopes().len(), 4);
    }
}

#[test]
fn a_server_that_does_not_let_us_in_stops_all_and_never_for_long() {
    for (at, act, words) in [
        (
            "CONNECT",
            Say("554 no service for you"),
            "does not let us in: 554 no service",
        ),
        ("CONNECT", Say("421 busy"), "421 busy"),
        ("CONNECT", Cut, "closed the connection"),
        ("CONNECT", Silence, "no answer in time"),
        ("CONNECT", Drip("220-x\r\n"), "no answer in time"),
        ("CONNECT", Drip("2"), "no answer in time"),
        ("CONNECT", Flood("220-x\r\n"), "not SMTP"),
        ("CONNECT", Flood("\0\u{FF}"), "not SMTP"),
        ("CONNECT", Say("HTTP/1.1 400 Bad Request"), "not SMTP"),
        ("EHLO", Say("502 what?"), "EHLO: 502"),
        ("EHLO", Cut, "closed the connection"),
        ("EHLO", Flood("250-X\r\n"), "not SMTP"),
        (
            "MAIL",
            Say("530 5.7.0 Authentication required"),
            "takes no mail from ana@example.com: 530",
        ),
        (
            "MAIL",
            Say("553 not your address"),
            "takes no mail from ana@example.com: 553",
        ),
    ] {
        let server = start_odd(&[(at, 0, act)]);
        let begun = Instant::now();
        let (result, told) = send(&mut transport(&server), 1).remove(0);
        let error = result.unwrap_err();
        assert!(error.to_string().contains(words), "{at}: {error}");
        assert_eq!(told, 0);
        assert!(begun.elapsed() < Duration::from_secs(4), "{at}: {words}");
    }
}

#[test]
fn connections_that_are_always_lost_stop_all_in_the_end() {
    for (at, status) in [("RCPT", "failed 0, told 0"), (".", "unknown, told 1")] {
        let server = start_odd(&[(at, 0, Cut), (at, 1, Cut), (at, 2, Cut)]);
        let told = statuses(&send(&mut transport(&server), 5));
        let expected = [
            status,
            status,
            status,
            "Unreachable, told 0",
            "sent, told 1",
        ];
        assert_eq!(told, expected);
    }
}

#[test]
fn nothing_goes_out_when_the_caller_can_not_note_it() {
    let server = start_odd(&[]);
    let mut transport = transport(&server);
    let refuse = &mut || Err(Error::failed("the disk is full"));
    let error = transport.send(&envelope(1), BODY, refuse).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
    assert_eq!(statuses(&send(&mut transport, 1)), ["sent, told 1"]);
    assert_eq!((server.count("DATA"), server.envelopes().len()), (1, 1));
}

#[test]
fn nobody_there_is_said_in_words() {
    let server = start_odd(&[]);
    let mut transport = transport(&server);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    transport.way.server.port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let error = transport.ask_8bit().unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(
        error.to_string().contains("nothing listens there"),
        "{error}"
    );
}

#[test]
fn point_66_eight_bit_bytes_go_only_where_they_are_taken() {
    let body = "Subject: x\r\n\r\nZasedání\r\n".as_bytes();
    for (offers, taken) in [(vec!["8BITMIME"], true), (vec![], false)] {
        let server = Server::start(Habits {
            offers,
            ..Habits::default()
        });
        let mut transport = transport(&server);
        assert_eq!(transport.ask_8bit().unwrap(), taken);
        let status = transport.send(&envelope(1), body, &mut || Ok(())).unwrap();
        assert_eq!(matches!(status, DeliveryStatus::Sent), taken, "{status:?}");
        let mail = "MAIL FROM:<ana@example.com> BODY=8BITMIME".to_owned();
        assert_eq!(server.lines().contains(&mail), taken);
    }
}

#[test]
fn point_69_who_watches_sees_the_lines_but_no_password_and_no_letter() {
    for offer in ["AUTH PLAIN LOGIN", "AUTH LOGIN"] {
        let server = Server::start(Habits {
            offers: vec![offer],
            ..Habits::default()
        });
        let mut transport = transport(&server);
        let recorder = Rc::new(Recorder::default());
        transport.way.report = recorder.clone();
        transport.way.server.user = Some("ana".into());
        transport.way.password = Some("hunter2".into());
        assert_eq!(statuses(&send(&mut transport, 1)), ["sent, told 1"]);
        let seen = recorder.wire.borrow().join("\n");
        assert!(
            seen.contains("masked") && seen.contains("RCPT TO:<bo1@example.com>"),
            "{seen}"
        );
        for secret in ["aHVudGVyMg", "AGFuYQBodW50ZXIy", "hunter2", "dots"] {
            assert!(!seen.contains(secret), "{seen}");
        }
        let token = if offer == "AUTH LOGIN" {
            "aHVudGVyMg=="
        } else {
            "AUTH PLAIN AGFuYQBodW50ZXIy"
        };
        assert!(
            server.lines().contains(&token.to_owned()),
            "{:?}",
            server.lines()
        );
    }
}

#[test]
fn a_wrong_password_stops_all() {
    let server = Server::start(Habits {
        offers: vec!["AUTH PLAIN"],
        odds: vec![("AUTH", 0, Say("535 5.7.8 bad credentials"))],
        ..Habits::default()
    });
    let mut transport = transport(&server);
    transport.way.server.user = Some("ana".into());
    transport.way.password = Some("hunter2".into());
    let error = transport.ask_8bit().unwrap_err();
    assert_eq!(error.kind, Kind::NotSignedIn);
    assert!(
        error.to_string().contains("535 5.7.8 bad credentials"),
        "{error}"
    );
}
