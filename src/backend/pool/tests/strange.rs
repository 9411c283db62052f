//! Pools that are not as the documents or our own practice pool would have them.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;
use crate::proto::c3p;
use crate::proto::sip::Message;

pub(super) fn options(access: Access, dial_in: bool) -> ConferenceOptions {
    ConferenceOptions {
        access: Some(access),
        dial_in: Some(dial_in),
        ..ConferenceOptions::default()
    }
}

pub(super) fn open_meeting(subject: &str) -> Request {
    Request {
        options: options(Access::Open, false),
        ..request(subject)
    }
}

#[test]
fn a_certificate_is_missed_only_when_something_is_to_be_sealed() {
    for fault in [
        "no-certificate@getEncryptionKey",
        "reason=otherFailure@getEncryptionKey",
        "spoil@getEncryptionKey",
        "refuse=503@getEncryptionKey",
    ] {
        let desk = Desk::new(Dialect::Ocs2007R2);
        let mut server = desk.with(&[], &[fault]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        ana.expect_passcode();
        let offer = offer_of(&mut ana);
        make(&mut ana, &plan(&offer, open_meeting("First")), &id());
        let sealed = plan(&offer, request("Second"));
        let other = MeetingId::hexadecimal(&Token::new([9; 16]));
        let Err(error) = ana.add_conference(&sealed, &other) else {
            panic!("{fault}: made");
        };
        assert!(
            error.to_string().contains("certificate"),
            "{fault}: {error}"
        );
        assert_eq!(backend(&mut ana).get_one(&other).unwrap(), None, "{fault}");
    }
}

#[test]
fn a_passcode_is_sealed_in_the_form_that_the_pool_takes() {
    for form in ["envelope=cms", "envelope=block"] {
        let desk = Desk::new(Dialect::Ocs2007R2);
        let mut server = desk.with(&[form], &[]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let offer = offer_of(&mut ana);
        let made = make(&mut ana, &plan(&offer, request("First")), &id());
        let passcode = made.ways_in.passcode.unwrap();
        let changed = ana.update(&id(), &keep_passcode(plan(&offer, request("Second"))));
        assert_eq!(changed.unwrap().ways_in.passcode.unwrap(), passcode);
        // Another session finds it out anew, for a change too.
        let mut again = sign_in(&mut server, ANA, None).unwrap();
        let changed = again
            .update(&id(), &plan(&offer, request("Third")))
            .unwrap();
        assert_eq!(changed.subject, "Third");
        let shown = backend(&mut again).get_one(&id()).unwrap().unwrap();
        assert_eq!(shown.ways_in.passcode, changed.ways_in.passcode, "{form}");
    }
}

#[test]
fn without_a_media_server_for_live_meetings_others_take_the_content() {
    for dialect in [Dialect::Ocs2007R2, Dialect::Lync] {
        let desk = Desk::new(dialect);
        let mut server = desk.with(&["live-meeting=off"], &[]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let offer = offer_of(&mut ana);
        let made = make(&mut ana, &plan(&offer, open_meeting("First")), &id());
        let (kind, scheme) = match dialect {
            Dialect::Lync => (Kind::OnlineMeeting, "conf:"),
            _ => (Kind::LiveMeeting, "meet:"),
        };
        assert_eq!(made.kind, kind);
        assert!(made.ways_in.client_link.starts_with(scheme), "{made:?}");
        let changed = ana
            .update(&id(), &plan(&offer, open_meeting("Second")))
            .unwrap();
        assert_eq!((changed.kind, changed.subject.as_str()), (kind, "Second"));
        let call = Request {
            kind: Kind::ConferenceCall,
            ..open_meeting("Third")
        };
        let other = MeetingId::hexadecimal(&Token::new([9; 16]));
        let made = make(&mut ana, &plan(&offer, call), &other);
        assert_eq!(made.kind, Kind::ConferenceCall);
    }
}

#[test]
fn who_is_of_another_organisation_keeps_no_meeting_from_being_made() {
    for (dialect, access) in [
        (Dialect::Ocs2007, Access::Open),
        (Dialect::Ocs2007R2, Access::Anonymous),
        (Dialect::Lync, Access::Closed),
    ] {
        let desk = Desk::new(dialect);
        let mut server = desk.with(&["federation=off"], &[]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let offer = offer_of(&mut ana);
        let wanted = |subject| {
            let mut wanted = Request {
                options: options(access, false),
                ..request(subject)
            };
            wanted.presenters = vec![Person::parse("cy@example.org").unwrap()];
            plan(&offer, wanted)
        };
        let made = make(&mut ana, &wanted("First"), &id());
        assert!(made.presenters.is_empty(), "{made:?}");
        let changed = ana.update(&id(), &wanted("Second")).unwrap();
        assert_eq!(changed.subject, "Second");
        // A session that does not know yet that they are forbidden.
        let mut again = sign_in(&mut server, ANA, None).unwrap();
        assert_eq!(
            again.update(&id(), &wanted("Third")).unwrap().subject,
            "Third"
        );
    }
}

/// Guests come in by the passcode: they need no place on the pool's list.
#[test]
fn a_mail_address_outside_is_told_to_the_pool_where_it_is_needed_alone() {
    for (access, expected) in [
        (Access::Anonymous, &["bo@example.com"][..]),
        (Access::Open, &["bo@example.com"]),
        (Access::Closed, &["bo@example.com", "cy@example.org"]),
    ] {
        let mut desk = Desk::new(Dialect::Lync);
        let mut ana = desk.ana();
        let offer = offer_of(&mut ana);
        let wanted = Request {
            options: options(access, false),
            presenters: Vec::new(),
            ..request("First")
        };
        make(&mut ana, &plan(&offer, wanted), &id());
        let info = ana.get_conference(&id(), None).unwrap().unwrap();
        let told: Vec<_> = info.users.iter().map(|user| user.entity.as_str()).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|address| format!("sip:{address}"))
            .collect();
        assert_eq!(told, expected, "{access:?}");
    }
}

#[test]
fn the_assigned_conference_can_have_another_id() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    let mut wanted = request("Standup");
    wanted.kind = Kind::ConferenceCall;
    let own = make(&mut ana, &plan(&offer, wanted.clone()), &id());
    ana.session.account.assigned_id = Some(own.id.clone());
    wanted.id = IdChoice::Assigned;
    wanted.presenters.clear();
    let found = ana.get_or_make(&plan(&offer, wanted), &Token::new([3; 16]));
    let found = found.unwrap();
    assert!(found.assigned && found.id == own.id);
    assert_eq!(ana.delete(&own.id).unwrap_err().kind, error::Kind::Refused);
}

#[test]
fn a_web_link_is_made_where_the_pool_tells_none() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    ana.session.account.join_base = Some("https://meet.example.com".to_owned());
    let offer = offer_of(&mut ana);
    let made = make(&mut ana, &plan(&offer, request("First")), &id());
    let link = format!("https://meet.example.com/ana/{}", id());
    assert_eq!(made.ways_in.web_link, Some(link));
}

#[test]
fn what_comes_in_several_notifications_counts_whole() {
    for dialect in [Dialect::Ocs2007R2, Dialect::Lync] {
        let desk = Desk::new(dialect);
        let mut server = desk.with(&["dial-in=off", "meeting-size=7"], &["several@SUBSCRIBE"]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let offer = ana.get_offer().unwrap();
        assert!(!offer.dial_in.allowed && offer.pages.external.is_some());
        assert_eq!(offer.meeting_size, Some(7));
    }
}

/// The question rides behind the command, and a pool may do the second first.
#[test]
fn a_new_conference_that_is_not_found_at_once_is_looked_for_again() {
    for (dialect, look) in [(Dialect::Ocs2007R2, 8), (Dialect::Lync, 7)] {
        for fault in [
            "reason=conferenceDoesntExist",
            "reason=otherFailure",
            "spoil",
        ] {
            let desk = Desk::new(dialect);
            let mut server = desk.with(&[], &[&format!("{fault}@{look}")]);
            let mut ana = sign_in(&mut server, ANA, None).unwrap();
            ana.expect_passcode();
            let offer = offer_of(&mut ana);
            let made = make(&mut ana, &plan(&offer, request("First")), &id());
            assert_eq!(made.subject, "First", "{dialect:?} {fault}");
            assert!(made.ways_in.dial_in.is_some(), "{dialect:?} {fault}");
        }
    }
}

#[test]
fn a_pool_without_provisioning_still_makes_conferences() {
    for fault in ["refuse=404@SUBSCRIBE", "refuse=489@SUBSCRIBE"] {
        for dialect in DIALECTS {
            let desk = Desk::new(dialect);
            let mut server = desk.with(&[], &[fault]);
            let mut ana = sign_in(&mut server, ANA, None).unwrap();
            let offer = offer_of(&mut ana);
            let wanted = open_meeting("First");
            assert_eq!(
                make(&mut ana, &plan(&offer, wanted), &id()).subject,
                "First"
            );
        }
    }
}

#[test]
fn where_the_focus_factory_is_elsewhere_it_is_found() {
    for dialect in DIALECTS {
        let desk = Desk::new(dialect);
        let mut server = desk.with(&[], &["other-factory"]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let offer = offer_of(&mut ana);
        make(&mut ana, &plan(&offer, request("First")), &id());
        let mut next = || sign_in(&mut server, ANA, None).unwrap();
        assert_eq!(next().list().unwrap().conferences.len(), 1, "{dialect:?}");
        let found = next().look_up(&[id()]).unwrap().pop().unwrap().unwrap();
        assert_eq!(found.unwrap().id, id());
        assert!(next().delete(&id()).unwrap(), "{dialect:?}");
        assert!(!next().delete(&id()).unwrap(), "{dialect:?}");
        assert_eq!(next().list().unwrap().conferences, []);
    }
}

/// Whoever has no conferences is asked no more for it than whoever has some.
#[test]
fn nothing_is_nothing_where_the_pool_refuses_to_tell_of_itself() {
    for fault in [
        "refuse=403@SUBSCRIBE",
        "reason=forbidden@getConferencingCapabilities",
    ] {
        let desk = Desk::new(Dialect::Lync);
        let mut server = desk.with(&[], &[fault]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        assert_eq!(ana.list().unwrap().conferences, [], "{fault}");
        assert!(!ana.delete(&id()).unwrap(), "{fault}");
        assert!(
            backend(&mut ana).look_up_one(&id()).unwrap().is_none(),
            "{fault}"
        );
    }
}

/// It may be refused for its length, where another one stands in the list.
#[test]
fn a_guess_that_is_refused_does_not_hide_the_assigned_conference_of_the_list() {
    let mut desk = Desk::new(Dialect::Lync);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    let mut wanted = request("Standup");
    wanted.kind = Kind::ConferenceCall;
    wanted.id = IdChoice::Assigned;
    wanted.presenters.clear();
    let plan = plan(&offer, wanted);
    let made = ana.get_or_make(&plan, &Token::new([3; 16])).unwrap();
    // The same conferences with the words of OCS, for whom the usual id is a guess.
    for fault in ["reason=invalidConferenceId@7", "refuse=404@7"] {
        let mut server = desk.with(&[], &[fault]);
        let mut again = sign_in(&mut server, ANA, None).unwrap();
        again.get_offer().unwrap();
        again.dialect = Dialect::Ocs2007R2;
        let found = again.get_or_make(&plan, &Token::new([4; 16])).unwrap();
        assert_eq!(found.id, made.id, "{fault}");
    }
}

/// Not what the delegate can mend by asking the manager.
#[test]
fn who_is_on_another_deployment_is_told_so() {
    let desk = Desk::new(Dialect::Lync);
    let mut server = desk.with(&[], &[]);
    let mut nosy = sign_in(&mut server, ANA, Some(BO)).unwrap();
    let refused = nosy.get_offer().unwrap_err();
    assert_eq!(refused.kind, error::Kind::Refused);
    let hints = format!("{:?}", refused.hints());
    assert!(hints.contains("servers of different kinds"), "{hints}");
    assert!(hints.contains("ms-diagnostics 4268"), "{hints}");
}

/// A pool must say what a body is, but it can hardly be anything else.
#[test]
fn an_answer_whose_type_nobody_says_is_read_all_the_same() {
    let mut desk = Desk::new(Dialect::Lync);
    let ana = desk.ana();
    let asked = c3p::Request {
        id: 7,
        from: ANA.to_owned(),
        to: c3p::focus_factory_uri(ANA),
        command: Command::GetEncryptionKey,
    };
    let response = asked.to_response(Ok(c3p::Answer::GetEncryptionKey(None)));
    let body = response.encode(Dialect::Lync);
    let mut answer = Message::response(200, "OK");
    answer.body = body.clone();
    let understood = ana.understand(&asked, &answer, "asking").unwrap();
    assert_eq!(understood, Ok(c3p::Answer::GetEncryptionKey(None)));
    let typed = Message::response(200, "OK").with_body("text/plain", body);
    assert!(ana.understand(&asked, &typed, "asking").is_err());
}

/// Everything above once more, on pools that write otherwise.
#[test]
fn the_table_holds_in_every_spelling() {
    let checks: [fn(); 11] = [
        a_certificate_is_missed_only_when_something_is_to_be_sealed,
        a_passcode_is_sealed_in_the_form_that_the_pool_takes,
        without_a_media_server_for_live_meetings_others_take_the_content,
        who_is_of_another_organisation_keeps_no_meeting_from_being_made,
        a_mail_address_outside_is_told_to_the_pool_where_it_is_needed_alone,
        the_assigned_conference_can_have_another_id,
        a_web_link_is_made_where_the_pool_tells_none,
        what_comes_in_several_notifications_counts_whole,
        who_is_on_another_deployment_is_told_so,
        a_conference_is_made_found_listed_changed_and_deleted_in_every_generation,
        lobby_promotion_and_lock_come_and_go_on_lync,
    ];
    let next = AtomicUsize::new(1);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > 20 {
                        return;
                    }
                    for (at, check) in checks.iter().enumerate() {
                        let seed = seed as u64;
                        let holds = catch_unwind(|| in_spelling(seed, check));
                        assert!(holds.is_ok(), "check {at} in spelling {seed}");
                    }
                }
            });
        }
    });
}
