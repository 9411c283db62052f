//! What an invitation must be, as eighty statements; a test that keeps one bears its number.
//!
//! | points | what they are about | where |
//! | --- | --- | --- |
//! | 1–10, 80 | bytes and syntax, whatever the words | `checklist/bytes.rs` |
//! | 11–20 | what makes a request | `checklist/request.rs` |
//! | 21–40 | how to call in | `checklist/dial_in.rs` |
//! | 41–50 | time | `checklist/time.rs` |
//! | 51–60 | change and cancellation | `checklist/change.rs` |
//! | 67, 78, 79 | output, privacy, golden files | `checklist/output.rs` |
//! | 61–66, 68, 69 | mail | `src/invitation/eml/tests.rs` |
//! | 70–74 | calendar servers | `src/caldav/tests` |
//!
//! A point that a test of another name keeps is in [`ELSEWHERE`].

mod bytes;
mod change;
mod dial_in;
mod output;
mod request;
mod specimens;
mod time;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Point, file, and the test in it, or for what is no Rust the words that show that it is kept.
const ELSEWHERE: &[(u8, &str, &str)] = &[
    (18, "tests/life.rs", "a_delegate_schedules_for_the_manager"),
    (
        18,
        "src/calendar_object/tests/foreign.rs",
        "who_sends_for_the_organizer_is_kept_until_somebody_else_does",
    ),
    (19, "tests/calendars/check.c", "icalrestriction_check"),
    (
        24,
        "src/conference/offer.rs",
        "the_chosen_region_comes_first_and_nothing_is_lost",
    ),
    (
        25,
        "src/conference/ways_in.rs",
        "a_dialable_number_is_what_a_telephone_can_be_told",
    ),
    (
        29,
        "src/telephony/mod.rs",
        "a_telephone_is_told_digits_pauses_and_the_terminator",
    ),
    (
        30,
        "tests/schedule.rs",
        "policy_without_dial_in_gives_an_invitation_without_numbers",
    ),
    (
        30,
        "src/invitation/tests.rs",
        "without_dial_in_nothing_is_there_to_call",
    ),
    (
        31,
        "tests/schedule.rs",
        "a_conference_call_uses_the_assigned_conference_unless_told_otherwise",
    ),
    (
        31,
        "tests/schedule.rs",
        "two_meetings_never_share_a_conference",
    ),
    (
        33,
        "src/invitation/tests.rs",
        "forty_regions_are_cut_to_twelve_and_a_link",
    ),
    (
        37,
        "tests/diary.rs",
        "what_others_wrote_into_the_entry_stays_byte_for_byte",
    ),
    (
        37,
        "src/calendar_object/tests/words.rs",
        "text_around_the_fences_survives_byte_for_byte",
    ),
    (
        35,
        "src/invitation/tests/languages.rs",
        "a_language_changes_labels_and_nothing_else",
    ),
    (38, "tests/diary.rs", "a_damaged_block_is_not_guessed_at"),
    (
        38,
        "src/calendar_object/tests/words.rs",
        "damaged_fences_are_refused_or_a_new_block_is_added",
    ),
    (
        42,
        "src/calendar_object/timezone/tests.rs",
        "every_zone_is_right_at_every_event_of_two_years_and_in_the_shape_of_outlook",
    ),
    (
        44,
        "src/calendar_object/timezone/tests.rs",
        "every_zone_is_right_through_a_series_of_six_years",
    ),
    (
        45,
        "src/calendar_object/timezone/tests.rs",
        "zones_with_a_will_of_their_own",
    ),
    (
        46,
        "src/when/tests.rs",
        "times_that_daylight_saving_skips_or_repeats_come_with_a_note",
    ),
    (
        47,
        "src/when/zone.rs",
        "every_windows_zone_is_in_the_database_once",
    ),
    (50, "tests/calendars/check.mjs", "same(\"starts\""),
    (50, "tests/calendars/series.py", "recurring_ical_events"),
    (50, "tests/calendars/readers.py", "def read_calcurse"),
    (
        51,
        "tests/life.rs",
        "an_update_keeps_uid_and_conference_and_raises_the_sequence",
    ),
    (
        55,
        "tests/life.rs",
        "a_cancelled_meeting_leaves_the_pool_and_says_so_to_those_invited",
    ),
    (
        56,
        "tests/life.rs",
        "cancelling_a_call_leaves_the_assigned_conference_alone",
    ),
    (
        56,
        "tests/life.rs",
        "the_assigned_conference_is_never_deleted",
    ),
    (
        57,
        "tests/mailing.rs",
        "only_those_concerned_are_mailed_with_one_uid_and_a_growing_sequence",
    ),
    (59, "tests/schedule.rs", "a_dry_run_makes_nothing"),
    (
        59,
        "tests/mailing.rs",
        "a_dry_run_shows_the_very_bytes_and_sends_nothing",
    ),
    (
        60,
        "tests/occurrences.rs",
        "one_occurrence_is_moved_and_another_dropped",
    ),
    (60, "tests/occurrences.rs", "an_endless_series_is_renewed"),
    (
        69,
        "tests/redaction.rs",
        "a_random_passcode_is_in_the_invitation_alone",
    ),
    (68, "tests/foreign/mail.py", "68 the text holds"),
    (
        70,
        "tests/foreign/calendars.py",
        "no METHOD, nothing private",
    ),
    (
        71,
        "src/caldav/tests/entries.rs",
        "what_somebody_changed_is_not_written_over_unasked",
    ),
    (72, "tests/foreign/calendars.py", "no SCHEDULE-AGENT"),
    (
        73,
        "tests/foreign/calendars.py",
        "CONFERENCE and X-MICROSOFT are read back",
    ),
    (
        74,
        "src/caldav/tests/entries.rs",
        "the_entry_that_holds_the_uid_is_named_or_taken_over",
    ),
    (75, "tests/calendars/judges.py", "expected("),
    (
        75,
        "tests/calendars/readers.rb",
        "Icalendar::Calendar.parse",
    ),
    (76, "tests/calendars/readers.py", "0 skipped"),
    (
        77,
        "tests/foreign/mail.py",
        "77 munpack finds both calendars",
    ),
    (
        80,
        "src/invitation/tests/hostile.rs",
        "hostile_text_cannot_change_the_shape_of_a_calendar",
    ),
];

/// The points that nobody keeps: what audio conferencing providers sell, which no pool told us of.
const TO_COME: &[u8] = &[32];

#[test]
fn every_point_is_kept_or_known_to_be_missing() {
    let mut kept: BTreeSet<u8> = ELSEWHERE.iter().map(|(point, ..)| *point).collect();
    kept.extend(TO_COME);
    for folder in ["src", "tests"] {
        for (_, text) in sources(&root().join(folder)) {
            kept.extend(numbers(&text));
        }
    }
    let missing: Vec<u8> = (1..=80).filter(|point| !kept.contains(point)).collect();
    assert!(missing.is_empty(), "nobody keeps the points {missing:?}");
}

#[test]
fn every_test_that_is_named_here_exists() {
    for (point, file, test) in ELSEWHERE {
        let text = fs::read_to_string(root().join(file)).unwrap_or_default();
        let named = if file.ends_with(".rs") {
            format!("fn {test}(")
        } else {
            (*test).to_owned()
        };
        assert!(
            text.contains(&named),
            "point {point}: no '{test}' in {file}"
        );
    }
}

/// The numbers that tests bear: 61 and 62 in `fn point_61_and_62_the_calendar_…`.
fn numbers(text: &str) -> Vec<u8> {
    let names = text.split("fn point_").skip(1);
    let words = names.flat_map(|name| name.split('_').map_while(number));
    words.flatten().collect()
}

/// None ends the numbers; an "and" is between them.
fn number(word: &str) -> Option<Option<u8>> {
    match word {
        "and" => Some(None),
        word => word.parse().ok().map(Some),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.clone(), fs::read_to_string(path).unwrap()));
        }
    }
    found
}
