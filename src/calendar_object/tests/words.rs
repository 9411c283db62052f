//! The block among people's own words.

use proptest::prelude::*;

use super::*;

#[test]
fn damaged_fences_are_refused_or_a_new_block_is_added() {
    let mut document = CalendarObject::new(&appointment(), &Branding::default()).unwrap();
    assert_eq!(document.check_block(), Ok(()));
    let cut = unfold(&text(&document)).join("\r\n").replace(END, "oops") + "\r\n";
    document = CalendarObject::parse(cut.as_bytes()).unwrap();
    assert_eq!(
        document.check_block(),
        Err(CalendarObjectError::DamagedBlock)
    );
    let refused = document.revise(
        &appointment(),
        &prague(),
        Damaged::Refuse,
        &Branding::default(),
    );
    assert_eq!(refused, Err(CalendarObjectError::DamagedBlock));
    assert_eq!(text(&document), cut);
    document
        .revise(
            &appointment(),
            &prague(),
            Damaged::Append,
            &Branding::default(),
        )
        .unwrap();
    assert_eq!(document.check_block(), Ok(()));
    let before = text(&document);
    revise(&mut document, &appointment());
    assert_eq!(text(&document), before);
    assert_eq!(count(&before, BEGIN), 2);
}

#[test]
fn a_note_is_replaced_when_a_new_one_is_given_and_goes_when_that_is_empty() {
    let mut document = CalendarObject::new(&appointment(), &Branding::default()).unwrap();
    for (given, expected) in [
        (None, Some("Please bring your numbers.\n\n  - Ana")),
        (Some("Bring food"), Some("Bring food")),
        (Some(""), None),
        (Some("Again"), Some("Again")),
    ] {
        let new = Appointment {
            note: given.map(str::to_owned),
            ..appointment()
        };
        revise(&mut document, &new);
        let read = document.appointment(&prague()).unwrap().unwrap();
        assert_eq!(read.note.as_deref(), expected);
        assert_eq!(count(&text(&document), BEGIN), 1);
    }
}

proptest! {
    #[test]
    fn text_around_the_fences_survives_byte_for_byte(
        above in "([a-zž,;:\"=]|\\\\[\\\\,;nNx:]| ){0,200}",
        below in "(\\\\n([a-zž,;:\"=]|\\\\[\\\\,;nNx:]| ){0,200})?",
    ) {
        let document = CalendarObject::new(&Appointment { note: None, ..appointment() }, &Branding::default()).unwrap();
        let written = unfold(&text(&document));
        let lines = written.iter().map(|line| match line.strip_prefix("DESCRIPTION:====") {
            Some(rest) => format!("DESCRIPTION:{above}\\n===={}{below}", rest.strip_suffix("\\n").unwrap()),
            None => line.clone(),
        });
        let edited: String = lines.map(|line| icalendar::fold(&line)).collect();
        let mut document = CalendarObject::parse(edited.as_bytes()).unwrap();
        revise(&mut document, &Appointment { conference: conference("7654321"), note: None, ..appointment() });
        let description = values(&text(&document), "DESCRIPTION").into_iter().find(|d| d.contains(BEGIN)).unwrap();
        let (before, rest) = description.split_once(BEGIN).unwrap();
        prop_assert_eq!(before, format!("{above}\\n"));
        prop_assert_eq!(rest.rsplit_once(END).unwrap().1, below);
        prop_assert!(description.contains("7654321") && !description.contains("1234567"));
    }

    #[test]
    fn arbitrary_calendars_never_panic(
        lines in prop::collection::vec(
            "(DTSTART|DTEND|DURATION|RECURRENCE-ID|EXDATE|RDATE|RRULE|ATTENDEE|ORGANIZER|DESCRIPTION|SUMMARY|X-ALT-DESC)\
             (;TZID=(Own|Europe/Prague|/a/Asia/Tokyo)|;VALUE=DATE|;FMTTYPE=text/html)?\
             :(20270302|99991231T235959Z?|00010101T000000|PT1H|P99999999W|mailto:a@example.com|FREQ=WEEKLY|==== How to join .confctl. ===|a|\\PC{0,30}|,){1,3}",
            0..12,
        ),
    ) {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20270302T100000Z\n{}\nEND:VEVENT\nEND:VCALENDAR\n", lines.join("\n"));
        if let Ok(mut document) = CalendarObject::parse(text.as_bytes()) {
            let _ = document.outline(&prague());
            let _ = document.check_block();
            let original = at("9999-12-30T10:00[UTC]");
            let _ = document.revise(&weekly_meeting(), &prague(), Damaged::Append, &Branding::default());
            let _ = document.occurrence(&original);
            let one = Appointment { occurrence: Some(original.clone()), ..appointment() };
            let _ = document.revise(&one, &prague(), Damaged::Append, &Branding::default());
            let _ = document.drop_occurrence(&original, 1, Timestamp::MAX);
            let _ = document.last_end(&prague());
            let dropped = document.dropped_occurrences(&prague());
            let _ = document.remove_orphans(&prague());
            prop_assert!(dropped.len() >= document.dropped_occurrences(&prague()).len());
            let _ = document.to_send(&Sending::Meeting, &prague());
            let _ = document.to_send(&Sending::Occurrence(&original), &prague());
        }
    }
}
