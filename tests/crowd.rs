//! Many processes at one diary and one pool.

use std::collections::BTreeSet;

use crate::laboratory::{Town, Traces, at_once};

/// Processes at the same time.
const CROWD: usize = 200;

#[test]
fn two_hundred_at_once_make_two_hundred_conferences() {
    let town = Town::new(1);
    let citizen = town.citizen();
    let numbers: Vec<usize> = (1..=CROWD).collect();
    at_once(CROWD, &numbers, |number| {
        let subject = format!("Meeting {number}");
        let run = citizen.confctl(&["schedule", "live-meeting", "-s", &subject, "-t", "+2d"]);
        let _ = run.run().code(0);
    });
    let traces = Traces::of(&citizen);
    traces.is_clean();
    assert_eq!(traces.entries.len(), CROWD);
    let made: BTreeSet<_> = traces.conferences.iter().cloned().collect();
    assert_eq!((made.len(), traces.conferences.len()), (CROWD, CROWD));
    for (id, subject) in made {
        let entries = traces.entries.iter();
        let of_both: Vec<_> = entries
            .filter(|entry| {
                entry.contains(&id) && entry.contains(&format!("SUMMARY:{subject}\r\n"))
            })
            .collect();
        assert_eq!(of_both.len(), 1, "{id}, {subject}: {of_both:?}");
    }
}

#[test]
fn twenty_with_one_key_make_one_conference() {
    let town = Town::new(1);
    let citizen = town.citizen();
    at_once(20, &[(); 20], |()| {
        let words = [
            "schedule",
            "live-meeting",
            "-s",
            "Standup",
            "-t",
            "+2d",
            "--key",
            "standup",
        ];
        let _ = citizen.confctl(&words).run().code(0);
    });
    let traces = Traces::of(&citizen);
    traces.is_clean();
    assert_eq!((traces.conferences.len(), traces.entries.len()), (1, 1));
}
