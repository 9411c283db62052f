use jiff::Timestamp;

use super::*;
use crate::conference::Token;
use crate::invitation::Format;
use crate::mail::DeliveryStatus;
use crate::operation::{Action, Cancel, Invite, MailOptions, Output};
use crate::report::Recorder;

fn operation(uid: &str, key: Option<&str>) -> Operation {
    let mut token = [0; 16];
    token[..uid.len()].copy_from_slice(uid.as_bytes());
    token[15] = key.map_or(0, |key| key.as_bytes()[0]);
    Operation {
        token: Token::new(token),
        began: Timestamp::UNIX_EPOCH,
        account: None,
        on_behalf_of: None,
        key: key.map(str::to_owned),
        action: Action::Cancel(Cancel {
            uid: uid.to_owned(),
            subject: "Review".to_owned(),
            sequence: 1,
            stamp: Timestamp::UNIX_EPOCH,
            occurrence: None,
            dropped: None,
        }),
        output: Output {
            file: None,
            format: Format::Ics,
            mail: None,
            calendar: None,
        },
    }
}

/// One that would mail somebody, and so could do it twice.
fn mailing(uid: &str) -> Operation {
    let mut operation = operation(uid, None);
    operation.output.mail = Some(MailOptions {
        route: None,
        practice: false,
        files: false,
    });
    operation
}

fn journal() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path().join("unfinished"));
    (folder, journal)
}

fn begin(journal: &Journal, operation: Operation) -> Box<Run> {
    match journal.begin(operation).unwrap() {
        Begun::New(run) => run,
        _ => panic!("it was begun before"),
    }
}

fn left(journal: &Journal, operation: Operation) -> Box<Run> {
    match journal.begin(operation).unwrap() {
        Begun::Left(run) => run,
        _ => panic!("it was not found again"),
    }
}

#[test]
fn what_was_left_is_taken_up_with_everything_that_was_noted() {
    let (_folder, journal) = journal();
    let mut first = begin(&journal, operation("a", None));
    let options = mailing("a").output.mail.unwrap();
    first.begin_mailing(&options, 1).unwrap();
    first.append_handing_over("bo@example.com").unwrap();
    first.append_handing_over("cy@example.com").unwrap();
    first
        .append_status("cy@example.com", DeliveryStatus::Sent)
        .unwrap();
    let again = journal.begin(operation("a", None)).unwrap();
    assert!(matches!(again, Begun::AlreadyRunning(_)));
    drop(first);
    let run = left(&journal, operation("a", None));
    assert_eq!(run.attempt, Attempt::Repeated);
    assert_eq!(run.record.sequence, Some(1));
    let status = |recipient| run.record.statuses.get(recipient);
    assert!(matches!(
        status("bo@example.com"),
        Some(DeliveryStatus::Unknown(_))
    ));
    assert_eq!(status("cy@example.com"), Some(&DeliveryStatus::Sent));
    run.forget();
    assert!(journal.list_unfinished().unwrap().is_empty());
    assert_eq!(journal.count_left().unwrap(), 0);
}

/// A calendar file of the largest size, each octet of which JSON writes with six.
#[test]
fn what_was_written_down_is_read_however_large_it_is() {
    let (_folder, journal) = journal();
    let mut large = operation("a", None);
    let Action::Cancel(cancel) = &mut large.action else {
        panic!("another action");
    };
    cancel.subject = "\u{1}".repeat(4 << 20);
    drop(begin(&journal, large.clone()));
    assert_eq!(
        left(&journal, large.clone()).operation().action,
        large.action
    );
}

#[test]
fn the_same_key_is_the_same_thing_and_no_key_is_another() {
    let (_folder, journal) = journal();
    let is_new = |uid, key| matches!(journal.begin(operation(uid, key)), Ok(Begun::New(_)));
    let _held = begin(&journal, operation("a", Some("k")));
    assert!(!is_new("b", Some("k")));
    assert!(is_new("a", None));
    assert!(is_new("a", Some("l")));
}

#[test]
fn a_key_stands_for_one_request() {
    let (_folder, journal) = journal();
    drop(begin(&journal, operation("a", Some("k"))));
    let mut other = operation("a", Some("k"));
    other.action = Action::Invite(Invite {
        uid: "a".to_owned(),
        subject: "Review".to_owned(),
        sequence: 0,
        occurrence: None,
        people: Vec::new(),
        removal: false,
    });
    let error = journal.begin(other).err().unwrap();
    assert_eq!(error.kind, Kind::Conflict, "{error}");
}

#[test]
fn what_was_torn_off_at_the_end_does_not_count_and_hides_nothing() {
    let (folder, journal) = journal();
    let options = mailing("a").output.mail.unwrap();
    let mut run = begin(&journal, operation("a", None));
    run.begin_mailing(&options, 3).unwrap();
    drop(run);
    let path = Journal::new(folder.path().join("unfinished"))
        .list_records()
        .unwrap()
        .remove(0);
    let whole = fs::read(&path).unwrap();
    let torn: [&[u8]; 4] = [
        b"{\"mailed\":[\"bo@exam",
        b"{\"mailed\":[\"bo@exam\0\0\0\0",
        // Sectors that did not reach the disk, of a step that was not synced.
        b"\0\0\0\0\0\0\0ple.com\",\"sent\"]}\n",
        b"{\"mailed\":[\"bo@\0\0\0\0\0sent\"]}\n",
    ];
    for torn in torn {
        fs::write(&path, [&whole[..], torn].concat()).unwrap();
        let mut run = left(&journal, operation("a", None));
        assert_eq!(run.record.sequence, Some(3));
        assert_eq!(run.record.statuses.len(), 0);
        run.append_status("cy@example.com", DeliveryStatus::Sent)
            .unwrap();
        drop(run);
        let run = left(&journal, operation("a", None));
        assert_eq!(run.record.statuses.len(), 1);
    }
}

#[test]
fn what_can_not_be_understood_stops_what_it_could_be_and_nothing_else() {
    let (folder, journal) = journal();
    drop(begin(&journal, operation("a", None)));
    let unfinished = folder.path().join("unfinished");
    let path = Journal::new(unfinished.clone())
        .list_records()
        .unwrap()
        .remove(0);
    let whole = fs::read_to_string(&path).unwrap();
    let damages: [(&str, Vec<u8>); 11] = [
        ("emptied", Vec::new()),
        ("truncated", whole.as_bytes()[..whole.len() / 2].to_vec()),
        ("garbled", b"odd\n".to_vec()),
        ("with NULs", vec![0; whole.len()]),
        ("with a BOM", format!("\u{FEFF}{whole}").into_bytes()),
        (
            "newer",
            whole.replace("\"version\":1", "\"version\":2").into(),
        ),
        (
            "of no version",
            whole.replace("\"version\":1", "\"version\":\"x\"").into(),
        ),
        (
            "another operation",
            whole.replace("\"cancel\":", "\"merge\":").into(),
        ),
        (
            "another step",
            format!("{whole}{{\"refreshed\":\"2027\"}}\n").into(),
        ),
        ("a garbled step", format!("{whole}odd\n").into()),
        (
            "zeros amid the steps",
            format!("{whole}\0\0\n{{\"kept\":\"late\"}}\n").into(),
        ),
    ];
    for (name, bytes) in damages {
        fs::write(&path, &bytes).unwrap();
        let error = journal
            .begin(mailing("a"))
            .err()
            .unwrap_or_else(|| panic!("{name}"));
        assert_eq!(error.kind, Kind::HalfDone, "{name}: {error}");
        assert!(error.to_string().contains("unfinished/"), "{name}: {error}");
        assert!(error.hints()[0].contains("--forget 1"), "{name}");
        assert_eq!(
            Journal::new(unfinished.clone()).count_left().unwrap(),
            1,
            "{name}"
        );
        let found = journal.list_unfinished().unwrap();
        assert!(matches!(found[..], [Found::Damaged { .. }]), "{name}");
        // A cancellation of another meeting can't be done twice.
        let other = journal.begin(operation("b", None)).unwrap();
        let Begun::New(other) = other else {
            panic!("{name}");
        };
        other.forget();
    }
    // Other line ends and further fields are no damage.
    for harmless in [
        whole.replace('\n', "\r\n"),
        whole.replacen('{', "{\"mood\":\"fine\",", 1),
    ] {
        fs::write(&path, harmless).unwrap();
        drop(left(&journal, operation("a", None)));
    }
}

#[test]
fn what_is_no_file_is_damage_too() {
    let (folder, journal) = journal();
    let unfinished = folder.path().join("unfinished");
    fs::create_dir(&unfinished).unwrap();
    let path = unfinished.join("0-a.jsonl");
    let make: [&dyn Fn(); 3] = [
        &|| fs::create_dir(&path).unwrap(),
        &|| std::os::unix::fs::symlink("elsewhere", &path).unwrap(),
        &|| {
            let made = std::process::Command::new("mkfifo").arg(&path).status();
            assert!(made.unwrap().success());
        },
    ];
    for make in make {
        make();
        let error = journal.begin(mailing("a")).err().unwrap();
        assert_eq!(error.kind, Kind::HalfDone, "{error}");
        let aside = journal.set_aside(&path).unwrap();
        drop(begin(&journal, mailing("a")));
        let kept = journal.list_unfinished().unwrap().remove(0);
        let Found::Left(run) = kept else {
            panic!("{aside:?}");
        };
        run.forget();
    }
}

/// Two processes: one looks at a record, the other finishes what it is about before the first has
/// the lock.
#[test]
fn what_was_finished_meanwhile_is_not_taken_up() {
    let (folder, journal) = journal();
    let run = begin(&journal, operation("a", Some("k")));
    let path = Journal::new(folder.path().join("unfinished"))
        .list_records()
        .unwrap()
        .remove(0);
    let looked_at = Record::open(&path).ok().flatten().unwrap();
    run.forget();
    let taken = journal.take_up(looked_at, &path, Attempt::Repeated);
    assert!(matches!(taken, Ok(Taken::Gone)));
}

#[test]
fn a_meeting_is_locked_alone_and_leaves_no_file() {
    let (folder, journal) = journal();
    let report = Recorder::default();
    let first = journal.lock_meeting("a", &report).unwrap();
    let _others: Vec<MeetingLock> = (0..100)
        .map(|n| {
            journal
                .lock_meeting(&format!("other-{n}"), &report)
                .unwrap()
        })
        .collect();
    assert!(report.told.borrow().is_empty());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let report = Recorder::default();
            let lock = journal.lock_meeting("a", &report).unwrap();
            drop(lock);
            report.told.take()
        });
        std::thread::sleep(std::time::Duration::from_millis(1300));
        drop(first);
        let told = waiting.join().unwrap();
        assert_eq!(
            told,
            ["status Another confctl changes this meeting right now: waiting for it."]
        );
    });
    drop(_others);
    let locks = fs::read_dir(folder.path().join("unfinished/locks")).unwrap();
    assert_eq!(locks.count(), 0);
}
