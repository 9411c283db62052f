//! What is kept, and what it costs.

use std::collections::HashSet;
use std::fs;

use rusqlite::{Params, StatementStatus};

use super::*;
use crate::database::LONG_LOG;

fn entry<'a>(organizer: &'a str, id: &'a str) -> Entry<'a> {
    Entry {
        organizer,
        id,
        document: "<conference-info/>",
        passcode: None,
        dial_in: true,
        expires: Some(2_000),
        assigned: false,
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("pool.sqlite")).unwrap();
    (folder, store)
}

#[test]
fn organizers_are_kept_apart_and_ids_compare_without_case() {
    let (_folder, mut store) = store();
    store
        .add(&entry("sip:ana@example.com", "ABCDEFGH"), 10, 1_000)
        .unwrap();
    assert!(matches!(
        store.add(&entry("sip:ana@example.com", "abcdefgh"), 10, 1_000),
        Err(StoreError::Exists)
    ));
    store
        .add(&entry("sip:bo@example.com", "ABCDEFGH"), 10, 1_000)
        .unwrap();
    store.remove("sip:bo@example.com", "abcdefgh").unwrap();
    assert!(
        store
            .find("sip:ana@example.com", "abcdefgh")
            .unwrap()
            .is_some()
    );
    assert!(matches!(
        store.remove("sip:bo@example.com", "ABCDEFGH"),
        Err(StoreError::Unknown)
    ));
}

#[test]
fn the_quota_counts_what_has_not_expired() {
    let (_folder, mut store) = store();
    store
        .add(&entry("sip:ana@example.com", "AAAAAAAA"), 1, 1_000)
        .unwrap();
    assert!(matches!(
        store.add(&entry("sip:ana@example.com", "BBBBBBBB"), 1, 1_000),
        Err(StoreError::Quota)
    ));
    store
        .add(&entry("sip:ana@example.com", "BBBBBBBB"), 1, 3_000)
        .unwrap();
    assert_eq!(store.places("sip:ana@example.com", 1_000).unwrap().len(), 2);
    assert_eq!(store.places("sip:ana@example.com", 2_500).unwrap().len(), 0);
}

#[test]
fn a_change_needs_the_version_read_and_keeps_the_digits() {
    let (_folder, mut store) = store();
    let first = store
        .add(&entry("sip:ana@example.com", "AAAAAAAA"), 9, 1_000)
        .unwrap();
    let second = store
        .change(&entry("sip:ana@example.com", "AAAAAAAA"), 1, 1_001)
        .unwrap();
    assert_eq!(
        (second.version, second.pstn_id, second.updated),
        (2, first.pstn_id, 1_001)
    );
    assert!(matches!(
        store.change(&entry("sip:ana@example.com", "AAAAAAAA"), 1, 1_002),
        Err(StoreError::Stale)
    ));
}

#[test]
fn digits_are_unique_five_long_and_survive_their_conference() {
    let (_folder, mut store) = store();
    let mut seen = HashSet::new();
    for round in 0..300 {
        let id = format!("CONF{:04}", round % 100);
        let record = store
            .add(&entry("sip:ana@example.com", &id), 1_000, 1_000)
            .unwrap();
        let digits = record.pstn_id.unwrap();
        assert!(digits.len() == 5 && seen.insert(digits));
        store.remove("sip:ana@example.com", &id).unwrap();
    }
}

#[test]
fn there_is_one_assigned_conference_whatever_its_id() {
    let (_folder, mut store) = store();
    let assigned = |id| Entry {
        assigned: true,
        expires: None,
        ..entry("sip:ana@example.com", id)
    };
    store.add(&assigned("AAAAAAAA"), 0, 1_000).unwrap();
    let second = store.add(&assigned("BBBBBBBB"), 0, 1_000);
    assert!(matches!(second, Err(StoreError::Exists)), "{second:?}");
}

/// One process after the other, as commands bring their practice pool along.
#[test]
fn the_log_stays_short_and_nothing_of_it_is_lost() {
    let (folder, store) = store();
    drop(store);
    let path = folder.path().join("pool.sqlite");
    let log = folder.path().join("pool.sqlite-wal");
    let mut longest = 0;
    for round in 0..150 {
        let mut store = Store::open(&path).unwrap();
        let id = format!("CONF{round:04}");
        let entry = entry("sip:ana@example.com", &id);
        store.add(&entry, 1_000, 1_000).unwrap();
        longest = fs::metadata(&log).unwrap().len().max(longest);
    }
    assert!(
        longest > LONG_LOG / 2 && longest < LONG_LOG + LONG_LOG / 8,
        "{longest}"
    );
    let store = Store::open(&path).unwrap();
    assert_eq!(
        store.places("sip:ana@example.com", 1_000).unwrap().len(),
        150
    );
}

#[test]
fn a_long_log_is_left_to_others_who_read_it() {
    let (folder, mut store) = store();
    let path = folder.path().join("pool.sqlite");
    let log = folder.path().join("pool.sqlite-wal");
    while fs::metadata(&log).unwrap().len() <= LONG_LOG {
        let make = || Ok::<_, StoreError>("x".repeat(100_000));
        let name = fs::metadata(&log).unwrap().len().to_string();
        store.get_or_make(&name, make).unwrap();
    }
    store
        .database
        .execute_batch("BEGIN; SELECT * FROM kept")
        .unwrap();
    let begun = std::time::Instant::now();
    let mut other = Store::open(&path).unwrap();
    other
        .add(&entry("sip:ana@example.com", "AAAAAAAA"), 9, 1_000)
        .unwrap();
    assert!(begun.elapsed() < TIMEOUT / 10);
    drop(store);
    let mut later = Store::open(&path).unwrap();
    assert!(fs::metadata(&log).unwrap().len() < LONG_LOG);
    assert!(
        later
            .find("sip:ana@example.com", "AAAAAAAA")
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_kept_value_is_made_once() {
    let (folder, mut store) = store();
    let first: Result<_, StoreError> = store.get_or_make("ca", || Ok("made".to_owned()));
    let mut other = Store::open(&folder.path().join("pool.sqlite")).unwrap();
    let second: Result<_, StoreError> = other.get_or_make("ca", || Ok("made again".to_owned()));
    assert_eq!(
        (first.unwrap(), second.unwrap()),
        ("made".to_owned(), "made".to_owned())
    );
}

/// A file as that many steps leave it.
fn of_version(steps: u32) -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let database = Connection::open(folder.path().join("pool.sqlite")).unwrap();
    for step in STEPS.iter().take(steps as usize) {
        database.execute_batch(step).unwrap();
    }
    database.pragma_update(None, "user_version", steps).unwrap();
    (folder, database)
}

#[test]
fn a_file_of_each_version_is_taken_to_the_latest_with_what_is_in_it() {
    for version in 0..=LATEST {
        let (folder, database) = of_version(version);
        if version > 0 {
            let insert = "INSERT INTO conference VALUES ('sip:ana@example.com', 'AAAAAAAA', 1, '', NULL, NULL, 0, NULL, 0)";
            database.execute(insert, []).unwrap();
        }
        for _ in 0..2 {
            let store = Store::open(&folder.path().join("pool.sqlite")).unwrap();
            assert_eq!(version_of(&store.database).unwrap(), LATEST);
            let has_room = |quota| store.has_room("sip:ana@example.com", quota, 1_000);
            let rooms = [0, 1, 2].map(|quota| has_room(quota).unwrap());
            assert_eq!(rooms, [false, version == 0, true], "of version {version}");
            let plan = format!("EXPLAIN QUERY PLAN {COUNT}");
            let mut plan = store.database.prepare(&plan).unwrap();
            let plan = plan.query_map(params!["", 0, 1], |row| row.get::<_, String>(3));
            let plan: String = plan.unwrap().map(Result::unwrap).collect();
            assert_eq!(plan.matches("COVERING INDEX conference_expiry").count(), 2);
            assert!(!plan.contains("SCAN conference"), "{plan}");
        }
    }
}

/// Steps of SQLite's machine for what is asked of it, in whatever words.
fn steps(store: &Store, sql: &str, params: impl Params) -> i32 {
    let mut statement = store.database.prepare(sql).unwrap();
    let mut rows = statement.query(params).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

#[test]
fn one_more_conference_costs_the_same_however_many_there_are() {
    let ana = "sip:ana@example.com";
    let of = |have: u32| {
        let (_folder, store) = store();
        let fill = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
            INSERT INTO conference SELECT ?3, 'OLD' || n, 1, '', NULL, 1000000 + n, 0, ?2, 0 FROM n";
        let filled = store.database.execute(fill, params![have, 2_000, ana]);
        assert_eq!(filled.unwrap() as u32, have);
        let digits = "INSERT OR IGNORE INTO digits VALUES (?1)";
        let new = params![ana, "NEW", "", None::<&str>, "12345", 0, 2_000, false];
        [
            steps(&store, TALLY, [ana]),
            // Those that have expired.
            steps(&store, COUNT, params![ana, 3_000, 200]),
            steps(&store, FIND, [ana, "NEW"]),
            steps(&store, digits, [12_345]),
            steps(&store, INSERT, new),
        ]
    };
    assert_eq!(of(200), of(10_000));
}

#[test]
fn the_tally_is_right_after_each_change() {
    let (_folder, mut store) = store();
    let ana = "sip:ana@example.com";
    let tally = |store: &Store| {
        let count: i64 = store
            .database
            .query_row(TALLY, [ana], |row| row.get(0))
            .unwrap();
        count
    };
    store.add(&entry(ana, "AAAAAAAA"), 9, 1_000).unwrap();
    store.add(&entry(ana, "BBBBBBBB"), 9, 1_000).unwrap();
    let assigned = Entry {
        assigned: true,
        ..entry(ana, "CCCCCCCC")
    };
    store.add(&assigned, 9, 1_000).unwrap();
    store.change(&entry(ana, "BBBBBBBB"), 1, 1_001).unwrap();
    assert_eq!(tally(&store), 2);
    store.remove(ana, "CCCCCCCC").unwrap();
    store.remove(ana, "AAAAAAAA").unwrap();
    assert_eq!(tally(&store), 1);
}

#[test]
fn digits_that_an_earlier_version_gave_are_not_given_again() {
    let (folder, database) = of_version(3);
    for _ in 0..3 {
        database
            .execute("INSERT INTO pstn DEFAULT VALUES", [])
            .unwrap();
    }
    let store = Store::open(&folder.path().join("pool.sqlite")).unwrap();
    let mut given = store.database.prepare("SELECT number FROM digits").unwrap();
    let given = given.query_map([], |row| row.get(0)).unwrap();
    let given: Vec<i64> = given.map(Result::unwrap).collect();
    assert_eq!(given, [17_919, 25_838, 33_757]);
}

#[test]
fn what_is_not_ours_or_of_later_is_left_alone() {
    let with = |steps, change: &str| {
        let (folder, database) = of_version(steps);
        database.execute_batch(change).unwrap();
        let seen = || {
            let sql = "SELECT group_concat(name) FROM sqlite_schema";
            let names: Option<String> = database.query_row(sql, [], |row| row.get(0)).unwrap();
            (
                names,
                database.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)),
            )
        };
        let before = seen();
        let opened = Store::open(&folder.path().join("pool.sqlite"));
        assert_eq!(seen(), before, "{change}");
        opened.map(drop).unwrap_err()
    };
    let later = format!("PRAGMA user_version = {}", LATEST + 1);
    assert!(matches!(with(LATEST, &later), StoreError::Newer(version) if version == LATEST + 1));
    for (steps, change) in [
        (0, "CREATE TABLE bookmarks (url TEXT)"),
        (
            0,
            "CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 1",
        ),
        (0, "PRAGMA user_version = 9"),
        (LATEST, "PRAGMA user_version = 0"),
        (LATEST, "DROP TABLE kept"),
    ] {
        let error = with(steps, change);
        assert!(matches!(error, StoreError::Foreign), "{change}: {error}");
    }
    let error = with(LATEST, "PRAGMA user_version = -1");
    assert!(matches!(error, StoreError::Database(_)), "{error}");
}
