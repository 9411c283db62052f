//! What earlier versions of confctl wrote, and what later ones might, in journal and diary.

use std::fs;
use std::path::{Path, PathBuf};

use confctl::proto::c3p::{Answer, Command, ConferenceInfo, Description, Dialect, McuType};

use crate::caller::{ANA, Caller};
use crate::desk::{Desk, ServedPool};
use crate::meetings::{json, unfolded};

/// Below the folder of confctl's data: journal and diary.
const DATA: &str = ".local/share/confctl";

/// Somebody whose earlier confctl left something behind, at a pool that knows the conferences.
struct Heir {
    desk: Desk,
    pool: ServedPool,
}

impl Heir {
    /// Takes over a folder of specimens; the pool has these conferences, by id and subject.
    fn of(specimen: &str, conferences: &[(&str, &str)], flags: &[&str]) -> Self {
        let (desk, pool) = (Desk::new(), ServedPool::start(flags));
        let mut caller = Caller::signed_in(&pool, ANA);
        for (id, subject) in conferences {
            let made = caller.call(Dialect::Ocs2007R2, conference(id, subject));
            assert!(matches!(made, Ok(Answer::AddConference(_))), "{made:?}");
        }
        // Every version makes it that changes anything.
        fs::create_dir_all(desk.path(DATA).join("unfinished")).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/specimens/version_0")
            .join(specimen);
        for file in fs::read_dir(folder).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_name().unwrap().to_str().unwrap();
            let place = match name {
                "left.jsonl" => "unfinished/1795338900000000000-left.jsonl".to_owned(),
                name => format!("diary/{name}"),
            };
            let place = desk.path(DATA).join(place);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            // The mail server of then has gone.
            let text = fs::read_to_string(&file).unwrap();
            let mails = format!("folder:{}", desk.path("mails").display());
            let text = text.replace("smtp://localhost:5998", &mails);
            fs::write(&place, text.replace("smtp://localhost:1", &mails)).unwrap();
        }
        Self { desk, pool }
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> crate::desk::Output {
        self.desk.confctl_at(&self.pool, words).run().code(0)
    }

    /// Finishes what was left, which must be the end of it.
    #[track_caller]
    fn resume(&self) {
        let output = self.run(&["resume"]);
        assert!(output.stdout.contains("Finished: "), "{output}");
        let _ = self.run(&["resume"]).says("Nothing is unfinished.");
    }

    fn conferences(&self) -> Vec<(String, String)> {
        let mut caller = Caller::signed_in(&self.pool, ANA);
        let all = Command::GetConferences { assigned: false };
        let Ok(Answer::GetConferences(found)) = caller.call(Dialect::Ocs2007R2, all) else {
            panic!("no list of conferences");
        };
        let found = found.into_iter().map(|info| info.description);
        let text = |text: Option<String>| text.unwrap_or_default();
        found
            .map(|d| (text(d.conference_id), text(d.subject)))
            .collect()
    }

    fn entry(&self) -> String {
        let folder = self.desk.path(DATA).join("diary");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        let files: Vec<PathBuf> = files.collect();
        assert_eq!(files.len(), 1, "{files:?}");
        unfolded(&fs::read_to_string(&files[0]).unwrap())
    }

    /// Who has a mail by now.
    fn mailed(&self) -> Vec<String> {
        let files = fs::read_dir(self.desk.path("mails")).into_iter().flatten();
        let to = |file: PathBuf| {
            let text = fs::read_to_string(file).unwrap();
            let to = text.lines().find_map(|line| line.strip_prefix("To: "));
            let to = to.unwrap().trim().to_owned();
            to.rsplit('<').next().unwrap().trim_matches('>').to_owned()
        };
        let mut mailed: Vec<String> = files.map(|file| to(file.unwrap().path())).collect();
        mailed.sort();
        mailed
    }
}

/// As a client makes it without telling anything but the subject.
fn conference(id: &str, subject: &str) -> Command {
    Command::AddConference(ConferenceInfo {
        description: Description {
            conference_id: Some(id.to_owned()),
            subject: Some(subject.to_owned()),
            expiry_time: Some("2027-01-31T00:00:00Z".parse().unwrap()),
            ..Description::default()
        },
        views: vec![McuType::Meeting.into()],
        ..ConferenceInfo::default()
    })
}

#[test]
fn a_conference_that_was_asked_for_is_found_or_made_under_its_id() {
    const ID: &str = "453312F69C91362B6CE7DCE5DF741E6B";
    for known in [&[][..], &[(ID, "Asked")]] {
        let heir = Heir::of("schedule-asked", known, &[]);
        heir.resume();
        assert_eq!(heir.conferences(), [(ID.to_owned(), "Asked".to_owned())]);
        let entry = heir.entry();
        for text in [ID, "SUMMARY:Asked\r\n", "SEQUENCE:0\r\n"] {
            assert!(entry.contains(text), "no {text} in {entry}");
        }
    }
}

#[test]
fn a_key_that_was_in_use_is_still_the_same_request() {
    const ID: &str = "453312F69C91362B6CE7DCE5DF741E6B";
    let heir = Heir::of("schedule-asked", &[(ID, "Asked")], &[]);
    let words = ["schedule", "live-meeting", "-s", "Asked", "--key"];
    let facts = ["asked-7", "-t", "2026-12-07 10:00", "-i", "bo@example.com"];
    for _ in 0..2 {
        let _ = heir.run(&[&words[..], &facts].concat());
        assert_eq!(heir.conferences(), [(ID.to_owned(), "Asked".to_owned())]);
    }
    let _ = heir.run(&["resume"]).says("Nothing is unfinished.");
}

#[test]
fn those_without_a_mail_are_mailed_and_nobody_else() {
    const ID: &str = "5524F11CD6346DAE1FAC71D70100AD68";
    for specimen in ["schedule-mail", "tell"] {
        let heir = Heir::of(specimen, &[(ID, "Demo")], &[]);
        heir.resume();
        assert_eq!(heir.mailed(), ["cy@example.com", "di@example.com"]);
    }
}

#[test]
fn changes_are_finished() {
    const ID: &str = "45F5D5234DA14589981165EF0BEEAAEC";
    let heir = Heir::of("update", &[(ID, "Quarterly review")], &[]);
    heir.resume();
    assert_eq!(
        heir.conferences(),
        [(ID.to_owned(), "Yearly review".to_owned())]
    );
    let entry = heir.entry();
    for text in [
        "SUMMARY:Yearly review\r\n",
        "SEQUENCE:1\r\n",
        "DTSTART:20261202T150000Z",
    ] {
        assert!(entry.contains(text), "no {text} in {entry}");
    }

    const NEW: &str = "C087C8C8DE8D1D733AA975404850EE67";
    let heir = Heir::of("update-new", &[(NEW, "Standup")], &[]);
    heir.resume();
    assert!(heir.entry().contains(NEW));
    let ids: Vec<String> = heir.conferences().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids.iter().filter(|id| *id == NEW).count(), 1, "{ids:?}");

    let heir = Heir::of("cancel", &[(ID, "Quarterly review")], &[]);
    heir.resume();
    assert_eq!(heir.conferences(), []);
    assert!(heir.entry().contains("STATUS:CANCELLED\r\n"));
}

#[test]
fn a_refresh_mails_those_who_have_older_details() {
    const ID: &str = "5524F11CD6346DAE1FAC71D70100AD68";
    let heir = Heir::of("refresh", &[(ID, "Demo")], &["--policy", "numbers=moved"]);
    heir.resume();
    assert_eq!(heir.mailed(), ["bo@example.com"]);
}

#[test]
fn the_diary_reads_as_before() {
    let heir = Heir::of("all", &[], &[]);
    let rows = json(&heir.run(&["list", "--all", "--offline", "--json"]));
    let facts: Vec<String> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["subject"], row["state"], row["start"]))
        .collect();
    assert_eq!(
        facts,
        [
            r#""Standup" "not asked" "2026-11-23T09:00:00+00:00""#,
            r#""Quarterly review" "not asked" "2026-12-01T14:00:00+00:00""#,
            r#""Gone" "cancelled" "2026-12-04T09:00:00+00:00""#,
        ]
    );
    let shown = heir.run(&["show", "quarterly review", "--offline", "--json"]);
    let shown = json(&shown);
    assert_eq!(
        shown["conference"]["id"],
        "45F5D5234DA14589981165EF0BEEAAEC"
    );
    let dialled = shown["call_in"]["conference_id"].as_str();
    assert_eq!(dialled.map(str::len), Some(5), "{shown}");
    let moved = heir.run(&["show", "standup", "--offline"]);
    assert!(moved.stdout.contains("09:30"), "{moved}");
}
