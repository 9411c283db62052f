//! Another conference that a file carries: who joins it would wait alone, so all of it goes that leads there.

use crate::icalendar::{Component, Edit, escape_text, unescape_text};

/// What texts and links of a service hold, in small letters, and its name.
const SERVICES: [(&str, &str); 20] = [
    ("teams.microsoft.", "Microsoft Teams"),
    ("teams.live.com", "Microsoft Teams"),
    ("microsoft teams", "Microsoft Teams"),
    ("meetup-join", "Microsoft Teams"),
    ("meet.google.com", "Google Meet"),
    ("google meet", "Google Meet"),
    ("hangouts.google.com", "Google Hangouts"),
    ("zoom.us/", "Zoom"),
    ("zoomgov.com/", "Zoom"),
    ("zoom meeting", "Zoom"),
    ("webex.com", "Webex"),
    ("webex meeting", "Webex"),
    ("join.skype.com", "Skype"),
    ("meet.lync.com", "Skype for Business"),
    ("skype meeting", "Skype for Business"),
    ("gotomeeting.com", "GoTo Meeting"),
    ("meet.goto.com", "GoTo Meeting"),
    ("meet.jit.si", "Jitsi Meet"),
    ("whereby.com/", "Whereby"),
    ("chime.aws", "Amazon Chime"),
];

/// Where programs keep the way into a conference.
const FAMILIES: [&str; 7] = [
    "X-MICROSOFT-SKYPETEAMS",
    "X-MICROSOFT-ONLINEMEETING",
    "X-MICROSOFT-CONFERENCETELURI",
    "X-GOOGLE-CONFERENCE",
    "X-GOOGLE-HANGOUT",
    "X-ZOOM",
    "X-WEBEX",
];

/// Words of a paragraph that tells how to join.
const JOINING: [&str; 12] = [
    "http",
    "tel:",
    "join",
    "dial",
    "phone",
    "passcode",
    "password",
    "meeting id",
    "conference id",
    " pin",
    "one tap",
    "options",
];

/// Lines above the first one that tells of a conference, among which the line that parts it off may be.
const MOST_ABOVE: usize = 4;

/// What was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The name of the service.
    pub(super) service: &'static str,
    /// How many lines of text told how to join.
    pub(super) lines: usize,
}

/// Takes out all that leads into a conference of another service.
pub(super) fn take_out(event: &mut Component) -> Option<Taken> {
    let mut service = None;
    let mut lines = 0;
    for line in event.lines() {
        let text = unescape_text(line.text());
        let is_place = ["DESCRIPTION", "X-ALT-DESC", "LOCATION", "URL", "CONFERENCE"];
        if is_place.iter().any(|name| line.is(name)) || is_of_family(line.text()) {
            service = service.or_else(|| service_in(&text));
        }
    }
    let has_button = event.lines().any(|line| {
        let text = line.text().to_ascii_uppercase();
        text.starts_with("X-MICROSOFT-SKYPETEAMS") || text.starts_with("X-GOOGLE-CONFERENCE")
    });
    let service = service.or(has_button.then_some("another service"))?;
    event.edit(|line| {
        if is_of_family(line.text()) || line.is("CONFERENCE") {
            return Edit::Remove;
        }
        let Some(mut content) = line.content() else {
            return Edit::Keep;
        };
        let text = unescape_text(&content.value);
        let leads_there = service_in(&text).is_some();
        match content.name.as_str() {
            "LOCATION" | "URL" | "X-ALT-DESC" if leads_there => Edit::Remove,
            "DESCRIPTION" if leads_there => {
                let (kept, taken) = without_block(&text);
                lines += taken;
                match kept.is_empty() {
                    true => Edit::Remove,
                    false => {
                        content.value = escape_text(&kept);
                        Edit::Say(content)
                    }
                }
            }
            _ => Edit::Keep,
        }
    });
    Some(Taken { service, lines })
}

fn is_of_family(line: &str) -> bool {
    FAMILIES.iter().any(|family| {
        let begin = line.get(..family.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(family))
    })
}

fn service_in(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let found = SERVICES.iter().find(|(mark, _)| lower.contains(mark));
    found.map(|(_, name)| *name)
}

/// A text without what tells how to join, and how many lines that was. What people wrote above and below stays.
fn without_block(text: &str) -> (String, usize) {
    let lines: Vec<&str> = text.lines().collect();
    let Some(first) = lines.iter().position(|line| service_in(line).is_some()) else {
        return (text.to_owned(), 0);
    };
    let above = first.saturating_sub(MOST_ABOVE)..first;
    let fence = above.rev().find(|at| is_fence(lines[*at]));
    let begin = fence.unwrap_or_else(|| {
        let head = lines.get(..first).unwrap_or_default();
        head.iter()
            .rposition(|line| line.trim().is_empty())
            .map_or(first, |at| at + 1)
    });
    let mut end = first + 1;
    while end < lines.len() {
        // A paragraph at a time, with the empty lines before it.
        let rest = lines.get(end..).unwrap_or_default();
        let gap = rest
            .iter()
            .take_while(|line| line.trim().is_empty())
            .count();
        let of_paragraph = |line: &&&str| !line.trim().is_empty();
        let length = rest.iter().skip(gap).take_while(of_paragraph).count();
        let paragraph = rest.get(gap..gap + length).unwrap_or_default();
        if gap > 0 && !paragraph.iter().any(|line| tells_how_to_join(line)) {
            break;
        }
        end += gap + length;
        if fence.is_some() && paragraph.last().is_some_and(|line| is_fence(line)) {
            break;
        }
    }
    let kept: Vec<&str> = lines
        .iter()
        .enumerate()
        .filter(|(at, _)| !(begin..end).contains(at))
        .map(|(_, line)| *line)
        .collect();
    (kept.join("\n").trim_matches('\n').to_owned(), end - begin)
}

fn tells_how_to_join(line: &str) -> bool {
    let lower = line.to_lowercase();
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    is_fence(line) || digits >= 7 || JOINING.iter().any(|word| lower.contains(word))
}

/// `________________`, `-::~:~::~:~:~`, `* * * * * *`
fn is_fence(line: &str) -> bool {
    let marks = line.trim();
    marks.len() >= 8 && marks.chars().all(|c| "_-=~*:. #".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::icalendar::Object;

    fn taken(lines: &str) -> (Option<Taken>, String) {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
        let mut object = Object::read(&text).unwrap();
        let event = object.calendar.components_mut().next().unwrap();
        let taken = take_out(event);
        let left: Vec<&str> = event.lines().map(|line| line.text()).collect();
        (taken, left.join("\n"))
    }

    #[test]
    fn what_leads_elsewhere_goes_and_what_people_wrote_stays() {
        for (lines, service, left) in [
            (
                "DESCRIPTION:Read the paper.\\n\\n________________\\nMicrosoft Teams meeting\\nJoin: https://teams.example.com/1\\n\\nMeeting ID: 1\\n________________\\n\\nBring cake.\nLOCATION:Microsoft Teams Meeting\nX-MICROSOFT-SKYPETEAMSMEETINGURL:https://x",
                "Microsoft Teams",
                "DESCRIPTION:Read the paper.\\n\\n\\nBring cake.",
            ),
            (
                "DESCRIPTION:Agenda\\n\\nAna is inviting you to a scheduled Zoom meeting.\\n\\nJoin Zoom Meeting\\nhttps://example.zoom.us/j/1\\n\\nOne tap mobile\\n+14255550100\\,\\,1#\\n\\nSee you there\nLOCATION:https://example.zoom.us/j/1",
                "Zoom",
                "DESCRIPTION:Agenda\\n\\n\\nSee you there",
            ),
            (
                "DESCRIPTION:-::~:~::~:~\\nJoin with Google Meet: https://meet.google.com/abc\\n-::~:~::~:~\nX-GOOGLE-CONFERENCE:https://meet.google.com/abc\nLOCATION:Room 5",
                "Google Meet",
                "LOCATION:Room 5",
            ),
            (
                "SUMMARY:Plan\nDESCRIPTION:Hello\\n\\nJoin: https://example.webex.com/1\nURL:https://example.webex.com/1\nCONFERENCE;VALUE=URI:https://example.webex.com/1",
                "Webex",
                "SUMMARY:Plan\nDESCRIPTION:Hello",
            ),
            (
                "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://x.example/1",
                "another service",
                "",
            ),
        ] {
            let (what, written) = taken(lines);
            assert_eq!(what.map(|taken| taken.service), Some(service), "{lines}");
            assert_eq!(written, left);
        }
        let own = "DESCRIPTION:We meet at the Zoo\nLOCATION:Teamsaal\nURL:https://www.example.com/";
        assert_eq!(taken(own), (None, own.to_owned()));
    }
}
