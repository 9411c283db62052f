//! Servers that are broken, or after the password.

use std::thread;
use std::time::{Duration, Instant};

use crate::caldav::Calendar;
use crate::caldav::tests::server::{Server, answer, multistatus, redirect};
use crate::caldav::tests::{access, find, tell};
use crate::error::Kind;

#[test]
fn the_password_never_goes_to_another_server() {
    let thief = Server::start();
    let there = thief.url("/");
    let by_redirect = redirect(&there);
    let after_sign_in = redirect("http://dav.example.com/");
    let by_principal = multistatus(&[(
        "/",
        &format!("<d:current-user-principal><d:href>{there}</d:href></d:current-user-principal>"),
    )]);
    let by_home = multistatus(&[(
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
        assert_eq!(error.kind, Kind::Refused, "{}", tell(&error));
        assert!(tell(&error).contains(why), "{}", tell(&error));
    }
    assert!(thief.requests().is_empty(), "{:?}", thief.requests());
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
        assert_eq!(error.kind, Kind::NotSignedIn, "{}", tell(&error));
        assert!(
            tell(&error).contains("does not take the password of ana"),
            "{}",
            tell(&error)
        );
        assert!(!tell(&error).contains("hunter2"));
        assert_eq!((passwords.get(), server.requests().len()), (1, 3));
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
        tell(&error).contains("expected Basic or Digest"),
        "{}",
        tell(&error)
    );
}

#[test]
fn answers_that_make_no_sense_are_refused_in_words() {
    let bomb =
        "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><a>&b;</a>";
    let deep = "<a>".repeat(100_000);
    let large = "x".repeat((8 << 20) + 1);
    for (body, words) in [
        (bomb, "document type"),
        ("<multistatus xmlns=\"DAV:\"><response>", "can't be read"),
        ("\u{0}\u{7}nonsense", "can't be read"),
        ("", "can't be read"),
        ("<multistatus xmlns=\"DAV:\"/>", "about nothing"),
        (&deep, "at most 64 levels"),
        (&large, "larger than 8 MiB"),
    ] {
        let body = body.to_owned();
        let server = Server::with(move |_, _| Some(answer("207 Multi-Status", "", &body)));
        let error = find(&server).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable, "{}", tell(&error));
        assert!(tell(&error).contains(words), "{}", tell(&error));
        assert!(tell(&error).len() < 500, "{}", tell(&error));
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
        assert_eq!(error.kind, Kind::Unreachable, "{}", tell(&error));
        assert!(tell(&error).contains(words), "{}", tell(&error));
        assert!(began.elapsed() < Duration::from_secs(2), "{words}");
        assert_eq!(passwords.get(), 0);
    }
}
