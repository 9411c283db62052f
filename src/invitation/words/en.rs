//! English.

use crate::conference::{Kind, Language};
use crate::invitation::block::{BEGIN, END};
use crate::invitation::words::{CardWords, Fences, Labels, Sentences, Times, Words};

pub(super) static WORDS: Words = Words {
    language: Language::English,
    labels: Labels {
        colon: ":",
        when: "When",
        repeats: "Repeats",
        except: "Except",
        only: "Only",
        this_occurrence: "this occurrence of a series",
        instead_of: "Instead of",
        organizer: "Organizer",
        sent_by: "Sent by",
        required: "Required",
        optional: "Optional",
        room: "Room",
        presenter: "presenter",
        cancelled: "cancelled",
        for_practice: "for practice",
        practice_notice: "This is a practice meeting: its telephone numbers are fictional.",
        live_meeting: "Live Meeting",
        conference_call: "Conference call",
        join_live_meeting: "Join the Live Meeting",
        join_conference_call: "Join the conference call with Communicator, without a phone",
        join_communicator: "Join with Communicator",
        join_web: "Join from a web browser",
        web_browser: "Web browser",
        or_copy: "Or copy this link",
        computer_audio: "Audio by computer",
        headset: "Use a headset, or speakers and a microphone.",
        telephone: "Audio by telephone",
        number: "Number",
        region: "Region",
        languages: "Languages",
        conference_id: "Conference ID",
        passcode: "Passcode",
        mobile: "From a mobile phone",
        local_numbers: "Local numbers, and your PIN",
        by_hand: "If the link does not open, enter this by hand",
        meeting_id: "Meeting ID",
        entry_code: "Entry code",
        the_passcode: "the passcode",
        location: "Location",
        keypad: "Keys during the call",
        help: "Help",
        legal: "Legal notice",
    },
    card: CardWords {
        call: "Call",
        inside: "From inside the country",
        abroad: "From abroad",
        aloud: "Read aloud",
        no_numbers: "There are no telephone numbers.",
        scan_to_call: "Scan to call",
        scan_to_join: "Scan to join",
    },
    fences: Fences {
        begin: BEGIN,
        end: END,
    },
    cancelled: "Cancelled: ",
    comma: ", ",
    sentences: Sentences {
        invites: |from, kind| format!("{from} invites you to a {}.", kind.words()),
        has_cancelled: |from, kind| format!("{from} has cancelled this {}.", kind.words()),
        withdraws: |from, kind| match kind {
            Kind::LiveMeeting => format!(
                "{from} has taken you off the list of this Live Meeting: you need not come."
            ),
            Kind::ConferenceCall => format!(
                "{from} has taken you off the list of this conference call: you need not come."
            ),
        },
        call: |end| match end {
            "" => "Call a number, then key in the Conference ID.".to_owned(),
            end => format!("Call a number, then key in the Conference ID and {end}."),
        },
        more_numbers: |more| match more {
            1 => "1 more number, and your PIN".to_owned(),
            more => format!("{more} more numbers, and your PIN"),
        },
        more_numbers_ask: |more| match more {
            1 => "1 more number: ask the organizer".to_owned(),
            more => format!("{more} more numbers: ask the organizer"),
        },
        more_people: |more| format!("and {more} more"),
        keys: [
            "hear the list of commands",
            "hear who is there",
            "mute or unmute yourself",
            "mute or unmute everyone else (presenters)",
            "lock or unlock the conference (presenters)",
            "announcements on or off (presenters)",
        ],
    },
    times: Times {
        day: |date| date.strftime("%A %-d %B %Y").to_string(),
        gap: " ",
        dash: "–",
        suffix: "",
        zone_gap: " ",
        ends_in: ", ends in ",
    },
    pattern: |pattern| pattern.to_string(),
    rule: "by the rule",
};
