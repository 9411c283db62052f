//! Servers that are broken, or after the password.

use std::thread;
use std::time::{Duration, Instant};

use crate::caldav::Calendar;
use crate::caldav::tests::server::{Server, about, answer, redirect};
use crate::caldav::tests::{access, find, said};
use crate::error::Kind;

#[test]
fn the_password_never_goes_to_another_server() {
    let thief = Server::start();
    let there = thief.url("/");
    let by_redirect = redirect(&there);
    let after_sign_in = redirect("http://dav.example.com/");
    let by_principal = about(&[(
        "/",
        &format!("<d:current-user-principal><d:href>{there}</d:href></d:current-user-principal>"),
    )]);
    let by_home = about(&[(
        "/",
        "<calendar-home-set><d:href>//other.example.com/x/</d:href></calendar-home-set>",
    )]);
    let alone = "the password is for 127.0.0.1";
    let open = "everybody on the way could read the password";
    for (lure, needs_sign_in, why) in [
        (by_redirect, false, alone),
        (after_sign_in, true, open),
        (by_principal, true, alone),
        (by_home, true, open),
    ] {
        let server = Server::with(move |asked, _| {
            let signed = asked.headers.contains_key("authorization");
            (signed || !needs_sign_in).then(|| lure.clone())
        });
        let error = find(&server).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, Kind::Refused, "{}", said(&error));
        assert!(said(&error).contains(why), "{}", said(&error));
    }
    assert!(thief.asked().is_empty(), "{:?}", thief.asked());
}

#[test]
fn a_wrong_password_is_told_once() {
    for challenge in [
        "Basic realm=\"x\"",
        "Digest realm=\"x\", nonce=\"y\", stale=true",
    ] {
        let header = format!("WWW-Authenticate: {challenge}\r\n");
        let server = Server::with(move |_, _| Some(answer("401 Unauthorized", &header, "hunter2")));
        let (access, passwords) = access(&server.url("/x/"));
        let error = Calendar::find(access).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, Kind::NotSignedIn, "{}", said(&error));
        assert!(
            said(&error).contains("does not take the password of ana"),
            "{}",
            said(&error)
        );
        assert!(!said(&error).contains("hunter2"));
        assert_eq!((passwords.get(), server.asked().len()), (1, 3));
    }
    let server = Server::with(|_, _| {
        Some(answer(
            "401 Unauthorized",
            "WWW-Authenticate: Bearer\r\n",
            "",
        ))
    });
    let error = find(&server).map(|_| ()).unwrap_err();
    assert!(
        said(&error).contains("expected Basic or Digest"),
        "{}",
        said(&error)
    );
}

#[test]
fn answers_that_make_no_sense_are_refused_in_words() {
    let bomb =
        "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><a>&b;</a>";
    let deep = "<a>".repeat(100_000);
    let large = "x".repeat((4 << 20) + 1);
    for (body, words) in [
        (bomb, "document type"),
        ("<multistatus xmlns=\"DAV:\"><response>", "can't be read"),
        ("\u{0}\u{7}nonsense", "can't be read"),
        ("", "can't be read"),
        ("<multistatus xmlns=\"DAV:\"/>", "about nothing"),
        (&deep, "at most 64 levels"),
        (&large, "larger than 4 MiB"),
    ] {
        let body = body.to_owned();
        let server = Server::with(move |_, _| Some(answer("207 Multi-Status", "", &body)));
        let error = find(&server).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable, "{}", said(&error));
        assert!(said(&error).contains(words), "{}", said(&error));
        assert!(said(&error).len() < 500, "{}", said(&error));
    }
}

#[test]
fn a_server_that_keeps_us_waiting_is_left() {
    let slow = Server::with(|_, _| {
        thread::sleep(Duration::from_secs(3));
        None
    });
    let endless = "HTTP/1.1 207 Multi-Status\r\nContent-Length: 100\r\n\r\n<a>".to_owned();
    let broken = Server::with(move |_, _| Some(endless.clone()));
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    for (url, words) in [
        (slow.url("/"), "no answer in time"),
        (broken.url("/"), "breaks off"),
        (nobody, "nothing listens there"),
    ] {
        let (mut access, passwords) = access(&url);
        access.timeout = Duration::from_millis(300);
        let began = Instant::now();
        let error = Calendar::find(access).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable, "{}", said(&error));
        assert!(said(&error).contains(words), "{}", said(&error));
        assert!(began.elapsed() < Duration::from_secs(2), "{words}");
        assert_eq!(passwords.get(), 0);
    }
}
