//! Pools that are not as the documents or our own practice pool would have them.

use super::*;

fn options(access: Access, dial_in: bool) -> ConferenceOptions {
    ConferenceOptions {
        access: Some(access),
        dial_in: Some(dial_in),
        ..ConferenceOptions::default()
    }
}

fn open_meeting(subject: &str) -> Request {
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
        assert_eq!(made.kind, Kind::LiveMeeting);
        let scheme = if dialect == Dialect::Lync {
            "conf:"
        } else {
            "meet:"
        };
        assert!(made.ways_in.client_link.starts_with(scheme), "{made:?}");
        let changed = ana
            .update(&id(), &plan(&offer, open_meeting("Second")))
            .unwrap();
        assert_eq!(
            (changed.kind, changed.subject.as_str()),
            (Kind::LiveMeeting, "Second")
        );
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
        (Access::Open, &["bo@example.com", "cy@example.org"]),
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
