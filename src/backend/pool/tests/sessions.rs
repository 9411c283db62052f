//! Sessions that are moved, disturbed or lost, and several of one user.

use std::net::{TcpListener, TcpStream};
use std::thread;

use super::strange::{open_meeting, options};
use super::*;
use crate::backend::pool::passcodes::OwnKey;

#[test]
fn a_key_is_made_when_a_passcode_is_to_be_shown() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    let other = MeetingId::hexadecimal(&Token::new([9; 16]));
    let sealed = make(&mut ana, &plan(&offer, request("Sealed")), &id());
    make(&mut ana, &plan(&offer, open_meeting("Open")), &other);
    let mut nosy = desk.ana();
    nosy.own_key = OwnKey::None;
    nosy.list().unwrap();
    let both = [id(), other];
    let shown = nosy.get(&both[1..]).unwrap().pop().unwrap().unwrap();
    assert_eq!(shown.unwrap().ways_in.passcode, None);
    assert!(matches!(nosy.own_key, OwnKey::None));
    let shown = nosy.get(&both).unwrap();
    let [Ok(Some(first)), Ok(Some(second))] = shown.as_slice() else {
        panic!("{shown:?}");
    };
    assert_eq!(first.ways_in.passcode, sealed.ways_in.passcode);
    assert!(first.ways_in.passcode.is_some() && second.ways_in.passcode.is_none());
    assert!(matches!(nosy.own_key, OwnKey::Made(_)));
}

#[test]
fn what_a_pool_has_lost_is_asked_once_more() {
    for dialect in DIALECTS {
        // Each of the first requests after the sign-in.
        for answer in 4..9 {
            let desk = Desk::new(dialect);
            let mut server = desk.with(&[], &[&format!("refuse=481/1004@{answer}")]);
            let mut ana = sign_in(&mut server, ANA, None).unwrap();
            ana.expect_passcode();
            let offer = offer_of(&mut ana);
            // The practice pool did it all the same, so that the second may find it there.
            let token = Token::new([7; 16]);
            let made = backend(&mut ana).create_one(&plan(&offer, request("First")), &token);
            assert_eq!(made.unwrap().subject, "First", "{dialect:?} {answer}");
        }
        let desk = Desk::new(dialect);
        let mut server = desk.with(&[], &["refuse=481/1004@getConferences"]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let error = ana.list().unwrap_err();
        assert!(error.to_string().contains("481"), "{error}");
    }
}

/// What another session wants of a conference outlives a change that does not speak of it.
#[test]
fn a_change_leaves_what_others_changed_meanwhile() {
    for dialect in DIALECTS {
        let mut desk = Desk::new(dialect);
        let mut ana = desk.ana();
        let offer = offer_of(&mut ana);
        make(&mut ana, &plan(&offer, open_meeting("First")), &id());
        for pause in [Duration::ZERO, Duration::from_secs(11)] {
            backend(&mut ana).get_one(&id()).unwrap();
            let shown = ana.shown.as_mut().unwrap();
            shown.at = shown.at.checked_sub(pause).unwrap();
            let closed = Request {
                options: options(Access::Closed, false),
                ..request("Closed")
            };
            let mut other = desk.ana();
            other.update(&id(), &plan(&offer, closed)).unwrap();
            let changed = ana.update(&id(), &plan(&offer, open_meeting("Second")));
            let changed = changed.unwrap();
            assert_eq!(changed.subject, "Second", "{dialect:?}");
            assert_eq!(changed.access, Access::Closed, "{dialect:?} {pause:?}");
            // Whoever speaks of it is heard.
            backend(&mut ana).get_one(&id()).unwrap();
            let opened = ana.update(&id(), &plan(&offer, open_meeting("First")));
            assert_eq!(opened.unwrap().access, Access::Open, "{dialect:?}");
        }
    }
}

/// An answer that ends the session is not followed by a wait without an end.
#[test]
fn a_session_that_is_over_is_begun_anew() {
    for fault in [
        "garbage@deleteConference",
        "wrong-signature@deleteConference",
        "garbage@getConferences",
        "wrong-signature@getConferences",
    ] {
        let desk = Desk::new(Dialect::Ocs2007R2);
        let mut server = desk.with(&[], &[fault]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let offer = offer_of(&mut ana);
        make(&mut ana, &plan(&offer, request("First")), &id());
        let deleted = ana.delete(&id());
        let listed = ana.list();
        assert!(deleted.is_err() || listed.is_err(), "{fault}");
        assert!(ana.get_offer().is_ok(), "{fault}");
        let both = backend(&mut ana).get(&[id(), id()]).unwrap();
        assert!(both.iter().all(Result::is_ok), "{fault}: {both:?}");
    }
}

/// Several servers may be behind one name.
#[test]
fn a_redirect_to_the_same_place_is_followed_once() {
    let desk = Desk::new(Dialect::Lync);
    for (redirecting, is_in) in [(1, true), (2, false)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let listen: Listen = "tcp:127.0.0.1:0".parse().unwrap();
        let mut servers = Vec::new();
        for number in 0..3 {
            let fault = format!("redirect={place}");
            let faults: &[&str] = match number < redirecting {
                true => &[&fault],
                false => &[],
            };
            let mut server = desk.with(&[], faults);
            let address = server.listen(&listen).unwrap();
            servers.push((server, address));
        }
        let places: Vec<_> = servers.iter().map(|(_, address)| *address).collect();
        thread::spawn(move || {
            for (client, place) in listener.incoming().flatten().zip(places) {
                join(client, TcpStream::connect(place).unwrap());
            }
        });
        let signed_in = sign_in_at(TIMEOUT, &place, ANA, None);
        assert_eq!(signed_in.is_ok(), is_in, "{redirecting}");
    }
}

/// What each says reaches the other.
fn join(one: TcpStream, other: TcpStream) {
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        thread::spawn(move || std::io::copy(&mut from, &mut to));
    };
    copy(one.try_clone().unwrap(), other.try_clone().unwrap());
    copy(other, one);
}

#[test]
fn a_login_without_a_domain_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = pool_options(folder.path(), Dialect::Lync, &[], &[]);
    options.users = vec![User::new(ANA, "EXAMPLE\\anna", &Secret::from("x")).unwrap()];
    let mut server = Server::new(practice::Pool::open(options).unwrap());
    let address = server.listen(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
    let mut account = account_at(TIMEOUT, &address.to_string(), ANA, None);
    for (login, is_in) in [("anna", true), ("EXAMPLE\\anna", true), ("ana", false)] {
        account.login = Login::parse(login, Secret::from("x")).unwrap();
        let signed_in = open(account.clone());
        assert_eq!(signed_in.is_ok(), is_in, "{login}");
    }
}

/// Nothing that somebody in between may have said is settled without a word.
#[test]
fn an_answer_that_is_not_believed_leaves_the_change_to_the_user() {
    for fault in ["wrong-signature", "unsigned", "replay"] {
        let desk = Desk::new(Dialect::Ocs2007R2);
        let mut server = desk.with(&[], &[&format!("{fault}@addConference")]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let offer = offer_of(&mut ana);
        let first = plan(&offer, request("First"));
        let made = backend(&mut ana).create_one(&first, &Token::new([5; 16]));
        let error = made.unwrap_err();
        assert_eq!(error.kind, error::Kind::InDoubt, "{fault}: {error}");
        let mut server = desk.with(&[], &[]);
        let mut again = sign_in(&mut server, ANA, None).unwrap();
        let made = backend(&mut again).get_created(&Token::new([5; 16]));
        assert!(matches!(made, Ok(Created::Made(_))), "{fault}: {made:?}");
    }
}
