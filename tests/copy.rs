//! `copy`: the same people and options at another time, with a conference of its own.

use serde_json::{Value, json};

use crate::desk::{Desk, ServedPool, USERS, words};
use crate::meetings;

const ORIGINAL: &str = "schedule live-meeting -s 'Quarterly review' -t '2026-12-01 14:00' -d 90m \
    -i bo@example.com --optional cy@example.com --presenter di@example.com --room r1@example.com \
    --region France --note 'Bring numbers' --lang de --no-passcode -f json";

/// Everything that a copy has in common with its original.
fn likeness(meeting: &Value) -> Value {
    let numbers = meeting["call_in"]["numbers"].as_array().unwrap();
    let numbers: Vec<&Value> = numbers.iter().map(|number| &number["display"]).collect();
    assert!(!numbers.is_empty() && numbers.iter().all(|number| number.is_string()));
    let conference = &meeting["conference"];
    json!({
        "subject": meeting["subject"],
        "note": meeting["note"],
        "attendees": meeting["attendees"],
        "organizer": meeting["organizer"],
        "language": meeting["language"],
        "passcode_told": meeting["passcode_told"],
        "kind": conference["kind"],
        "access": conference["access"],
        "presenters": conference["presenters"],
        "numbers": numbers,
    })
}

#[test]
fn a_copy_has_the_same_people_and_options_and_a_conference_of_its_own() {
    let desk = Desk::new();
    let original = meetings::json(&desk.run(ORIGINAL).code(0));
    let copy = desk.run("copy quarterly -t '2026-12-08' -f json").code(0);
    assert!(
        copy.stderr
            .contains("Understood: Tuesday 8 December 2026 14:00–15:30 UTC."),
        "{copy}"
    );
    assert!(copy.stderr.ends_with("Scheduled.\n"), "{copy}");
    let copy = meetings::json(&copy);
    assert_eq!(likeness(&copy), likeness(&original));
    assert_eq!(copy["start"], "2026-12-08T14:00:00+00:00");
    assert_eq!(copy["end"], "2026-12-08T15:30:00+00:00");
    assert_eq!(copy["sequence"], 0);
    for own in ["/uid", "/conference/id", "/call_in/conference_id"] {
        let of = |meeting: &Value| meeting.pointer(own).unwrap().clone();
        assert_ne!(of(&copy), of(&original), "{own}");
    }
    assert_eq!(meetings::listed(&desk, &[]).len(), 2);
}

#[test]
fn the_time_starts_from_the_original() {
    let desk = Desk::new();
    let _ = desk.run(ORIGINAL).code(0);
    for (at, understood) in [
        ("-t 15:00", "Tuesday 1 December 2026 15:00–16:30 UTC"),
        ("-t friday", "Friday 27 November 2026 14:00–15:30 UTC"),
        ("-t +7d", "Tuesday 8 December 2026 14:00–15:30 UTC"),
        (
            "-t '2027-01-05 9:00' -d 1h",
            "Tuesday 5 January 2027 09:00–10:00 UTC",
        ),
    ] {
        let copy = desk
            .run(&format!("copy quarterly -s Copy {at} -o copy.ics"))
            .code(0);
        assert!(copy.stderr.contains(understood), "{at}: {copy}");
    }
    let _ = desk.run("copy quarterly").code(2).says("missing: --start");
    let _ = desk
        .run("copy quarterly -d 1h")
        .code(2)
        .says("missing: --start");
    let _ = desk
        .run("copy quarterly -t 2026-11-01")
        .code(2)
        .says("in the past");
    let _ = desk.run("copy nothing -t friday").code(3);
}

#[test]
fn a_series_is_copied_as_one_meeting_and_that_is_said() {
    let desk = Desk::new();
    let _ = desk
        .run("schedule live-meeting -s Standup -t 'monday 9:00' --repeat daily")
        .code(0);
    let copy = desk
        .run("copy standup -t 2026-12-24 -s Party -f json")
        .code(0);
    assert!(copy.stderr.contains("warning: It comes again"), "{copy}");
    let copy = meetings::json(&copy);
    assert_eq!(
        (&copy["series"], &copy["start"]),
        (&Value::Null, &json!("2026-12-24T09:00:00+00:00"))
    );
}

#[test]
fn what_was_cancelled_and_what_is_over_can_be_copied() {
    let desk = Desk::new();
    let _ = desk.run(ORIGINAL).code(0);
    let _ = desk.run("cancel quarterly --yes").code(0);
    let again = desk.run("copy quarterly -t 2026-12-02 -s Again").code(0);
    let again = again.says("warning: It was cancelled: this is a copy of it, which takes place.");
    assert_eq!(again.stderr.matches("warning: ").count(), 1, "{again}");
    let later = desk.confctl(&["copy", "Again", "-t", "2027-06-01", "-s", "Later"]);
    let _ = later
        .env("CONFCTL_NOW", "2027-05-01T09:00:00Z")
        .run()
        .code(0);
}

/// Whoever invites to the original is not forgotten, and it is said whose words go with the copy.
#[test]
fn a_copy_of_what_somebody_else_organizes_says_so_and_invites_them() {
    let pool = ServedPool::start(&[]);
    for (note, said) in [
        (
            "DESCRIPTION:Bring numbers\r\n",
            " and their description as your note.",
        ),
        ("", "a guest."),
    ] {
        let desk = Desk::new();
        let event = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@example.com\r\n\
             DTSTAMP:20261101T090000Z\r\nDTSTART:20261201T140000Z\r\nDTEND:20261201T150000Z\r\n\
             SUMMARY:Foreign\r\n{note}ORGANIZER;CN=Cy:mailto:cy@example.org\r\n\
             ATTENDEE:mailto:Ana@example.com\r\nATTENDEE:mailto:bo@example.com\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        std::fs::write(desk.path("foreign.ics"), event).unwrap();
        let _ = desk
            .run_at(&pool, "schedule live-meeting --from foreign.ics")
            .code(0);
        let copy = desk
            .run_at(&pool, "copy foreign -t 2026-12-08 -s Copied -f json")
            .code(0);
        let sentence =
            "warning: Cy <cy@example.org> invites to the original, you to the copy, with them as";
        assert_eq!(copy.stderr.matches("warning: ").count(), 1, "{copy}");
        assert!(
            copy.stderr.contains(sentence) && copy.stderr.contains(said),
            "{copy}"
        );
        let copy = meetings::json(&copy);
        assert_eq!(copy["organizer"]["address"], "ana@example.com");
        let guests = copy["attendees"].as_array().unwrap().iter();
        let guests: Vec<&Value> = guests.map(|guest| &guest["address"]).collect();
        assert_eq!(guests, ["bo@example.com", "cy@example.org"]);
        // To copy one's own says nothing.
        let own = desk
            .run_at(&pool, "copy copied -t 2026-12-09 -s Own")
            .code(0);
        assert!(!own.stderr.contains("warning: "), "{own}");
    }
}

/// A diary may be shared: to somebody with another account, whoever made the meeting is somebody else.
#[test]
fn what_another_account_made_is_somebody_elses() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let line =
        "schedule live-meeting -s Shared -t '2026-12-01 14:00' -i bo@example.com,di@example.com";
    let _ = desk.run_at(&pool, line).code(0);
    let copy = desk.confctl_at(&pool, &words("copy shared -t 2026-12-08 -s Copied -f json"));
    let (user, login, password) = USERS[1];
    let copy = copy.env("CONFCTL_USER", user).env("CONFCTL_LOGIN", login);
    let copy = copy.env("CONFCTL_PASSWORD", password).run().code(0);
    let copy = copy.says("Ana <ana@example.com> invites to the original");
    let copy = meetings::json(&copy);
    assert_eq!(copy["organizer"]["address"], "bo@example.com");
    let guests = copy["attendees"].as_array().unwrap().iter();
    let guests: Vec<&Value> = guests.map(|guest| &guest["address"]).collect();
    assert_eq!(guests, ["di@example.com", "ana@example.com"]);
}

/// What a delegate made for a manager stays the manager's.
#[test]
fn a_delegate_copies_for_the_manager() {
    let flags = ["--delegate", "sip:bo@example.com=sip:ana@example.com"];
    let (desk, pool) = (Desk::new(), ServedPool::start(&flags));
    let line = "schedule live-meeting -s Review -t '2026-12-01 14:00' -i cy@example.com \
                --on-behalf-of bo@example.com";
    let _ = desk.run_at(&pool, line).code(0);
    let copy = desk
        .run_at(&pool, "copy review -t 2026-12-08 -f json")
        .code(0);
    assert!(!copy.stderr.contains("warning: "), "{copy}");
    let copy = meetings::json(&copy);
    assert_eq!(copy["organizer"]["address"], "bo@example.com");
    assert_eq!(copy["attendees"].as_array().unwrap().len(), 1);
}

/// The assigned ID would make two meetings of one conference.
#[test]
fn a_call_on_the_assigned_id_is_copied_with_one_of_its_own() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let call = desk.run_at(
        &pool,
        "schedule conference-call -s Call -t 'monday 9:00' -f json",
    );
    let call = meetings::json(&call.code(0));
    assert_eq!(call["conference"]["assigned"], true);
    let copy = meetings::json(
        &desk
            .run_at(&pool, "copy call -t tuesday -s Copy -f json")
            .code(0),
    );
    assert_eq!(copy["conference"]["assigned"], false);
    assert_eq!(copy["conference"]["kind"], "conference-call");
}

#[test]
fn a_copy_is_mailed_once_however_often_it_is_asked_for() {
    let desk = Desk::new();
    let original = meetings::json(&desk.run(ORIGINAL).code(0));
    let name = original["call_in"]["conference_id"].as_str().unwrap();
    let line = &format!("copy {name} -t 2026-12-08 --key copy-1 --send=folder:mails -o copy.ics");
    let _ = desk.run(line).code(0).says("Mailed to 4 of 4.");
    let _ = desk.run(line).code(0).says("It exists already");
    let _ = desk.run(&line.replace("12-08", "12-09")).code(8);
    let mails = std::fs::read_dir(desk.path("mails")).unwrap().count();
    assert_eq!(mails, 4);
}

/// The copy is called as the original is, but it is not what the name meant.
#[test]
fn the_same_copy_once_more_exists_already() {
    let desk = Desk::new();
    let _ = desk.run("schedule live-meeting -s Demo -t +2d").code(0);
    let copy = "copy Demo -t +7d --key again";
    let _ = desk.run(copy).code(0);
    let _ = desk.run(copy).code(0).says("It exists already");
    let _ = desk.run("copy Demo -t +8d --key again").code(8);
    let _ = desk.run("copy Demo -t +7d --key other").code(3);
}
