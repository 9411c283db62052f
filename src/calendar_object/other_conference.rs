//! Another conference that a file carries: who joins it would wait alone, so all of it goes that leads there.

use percent_encoding::percent_decode_str;

use crate::icalendar::{Component, Edit, escape_text, unescape_text};

/// Links of services, from their host on, in small letters; and the name of each.
const LINKS: [(&str, &str); 36] = [
    ("teams.microsoft.com/l/meetup-join", "Microsoft Teams"),
    ("teams.microsoft.com/meet", "Microsoft Teams"),
    ("teams.microsoft.us/l/meetup-join", "Microsoft Teams"),
    ("teams.live.com/meet", "Microsoft Teams"),
    ("teams.cloud.microsoft/", "Microsoft Teams"),
    ("meet.google.com/", "Google Meet"),
    ("hangouts.google.com/", "Google Hangouts"),
    ("zoom.us/j/", "Zoom"),
    ("zoom.us/my/", "Zoom"),
    ("zoom.us/s/", "Zoom"),
    ("zoom.us/w/", "Zoom"),
    ("zoom.us/wc/", "Zoom"),
    ("zoom.com/j/", "Zoom"),
    ("zoomgov.com/j/", "Zoom"),
    ("webex.com/", "Webex"),
    ("join.skype.com/", "Skype"),
    ("meet.lync.com/", "Skype for Business"),
    ("gotomeeting.com/join", "GoTo Meeting"),
    ("gotomeet.me/", "GoTo Meeting"),
    ("meet.goto.com/", "GoTo Meeting"),
    ("bluejeans.com/", "BlueJeans"),
    ("chime.aws/", "Amazon Chime"),
    ("ringcentral.com/join", "RingCentral"),
    ("meetings.ringcentral.com/j/", "RingCentral"),
    ("meetings.dialpad.com/", "Dialpad"),
    ("8x8.vc/", "8x8"),
    ("lifesizecloud.com/", "Lifesize"),
    ("meet.starleaf.com/", "StarLeaf"),
    ("meeting.zoho.", "Zoho Meeting"),
    ("join.me/", "join.me"),
    ("kmeet.infomaniak.com/", "kMeet"),
    ("meet.proton.me/", "Proton Meet"),
    ("meet.jit.si/", "Jitsi Meet"),
    ("whereby.com/", "Whereby"),
    ("facetime.apple.com/join", "FaceTime"),
    ("bigbluebutton/", "BigBlueButton"),
];

/// What programs write above a link, or around one, in small letters; and the name of the service. By itself it is
/// a text like others.
const HEADINGS: [(&str, &str); 7] = [
    ("microsoft teams", "Microsoft Teams"),
    ("join with google meet", "Google Meet"),
    ("scheduled zoom meeting", "Zoom"),
    ("join zoom meeting", "Zoom"),
    ("join webex meeting", "Webex"),
    ("join skype meeting", "Skype for Business"),
    ("join online meeting", "Skype for Business"),
];

/// Where programs keep the way into a conference.
const FAMILIES: [&str; 9] = [
    "X-APPLE-TELEPHONY",
    "X-MICROSOFT-SKYPETEAMS",
    "X-MICROSOFT-ONLINEMEETING",
    "X-MICROSOFT-SCHEDULINGSERVICE",
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

/// How often a link may be put into another one.
const MOST_LAYERS: usize = 4;

/// Most parts of a text that tell how to join.
const MOST_BLOCKS: usize = 8;

/// Most words beside a link that only say what it is.
const MOST_LABEL: usize = 5;

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
        let is_place = [
            "DESCRIPTION",
            "X-ALT-DESC",
            "LOCATION",
            "URL",
            "CONFERENCE",
            "ATTACH",
        ];
        if is_place.iter().any(|name| line.is(name)) || is_of_family(line.text()) {
            service = service.or_else(|| service_in(&text));
        }
    }
    // Beside properties of a service, or between lines that part them off, its words are more than words.
    let trusts = event.lines().any(|line| is_of_family(line.text()))
        || event.property("DESCRIPTION").is_some_and(|line| {
            let text = unescape_text(&line.value);
            text.lines().any(is_fence)
        });
    let leads_there = |text: &str| service_in(text).or_else(|| heading(text).filter(|_| trusts));
    if trusts && service.is_none() {
        let text = event
            .property("DESCRIPTION")
            .map(|line| unescape_text(&line.value));
        service = text.as_deref().and_then(heading);
    }
    let is_own = event.lines().any(|line| is_own_link(line.text()));
    let has_button = event
        .lines()
        .any(|line| !is_own && (is_of_family(line.text()) || line.is("CONFERENCE")));
    let has_text = event.property("DESCRIPTION").is_some();
    let service = service.or(has_button.then_some("another service"))?;
    event.edit(|line| {
        if is_of_family(line.text()) || line.is("CONFERENCE") {
            return Edit::Remove;
        }
        let Some(mut content) = line.content() else {
            return Edit::Keep;
        };
        let text = unescape_text(&content.value);
        let leads_there = leads_there(&text).is_some();
        match content.name.as_str() {
            // What it says besides, the description says too.
            "X-ALT-DESC" if leads_there && has_text => Edit::Remove,
            "X-ALT-DESC" if leads_there => {
                content.value = escape_text(&without_anchors(&text));
                Edit::Say(content)
            }
            "URL" | "ATTACH" if leads_there => Edit::Remove,
            "LOCATION" if leads_there || is_service_room(&text) => {
                let kept = without_pieces(&text);
                match kept.is_empty() {
                    true => Edit::Remove,
                    false => {
                        content.value = escape_text(&kept);
                        Edit::Say(content)
                    }
                }
            }
            "DESCRIPTION" if leads_there => {
                let (kept, taken) = without_blocks(&text, trusts);
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

/// The service that a link in the text leads to, on whatever host if the line says whose it is.
fn service_in(text: &str) -> Option<&'static str> {
    of_link(text).or_else(|| text.lines().find_map(labelled_link))
}

/// `Join online meeting<https://meet.example.com/ana/1>`, and no sentence that only speaks of one.
fn labelled_link(line: &str) -> Option<&'static str> {
    let (label, _) = line.split_once("://")?;
    let label = label
        .rsplit_once(['<', ' ', ':'])
        .map_or(label, |(label, _)| label);
    let is_short = label.split_whitespace().count() <= MOST_LABEL;
    heading(label).filter(|_| is_short)
}

fn of_link(text: &str) -> Option<&'static str> {
    let mut text = text.to_lowercase();
    // Mail filters put links into links of their own.
    for _ in 0..MOST_LAYERS {
        if let Some((_, name)) = LINKS.iter().find(|(mark, _)| has_link(&text, mark)) {
            return Some(name);
        }
        if !text.contains("%2") {
            return None;
        }
        text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
    None
}

/// Whether a host or the end of one begins there, and no other name ends with it.
fn has_link(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        !before.ends_with(|c: char| c.is_alphanumeric() || c == '-')
    })
}

fn heading(line: &str) -> Option<&'static str> {
    let lower = line.to_lowercase();
    let found = HEADINGS.iter().find(|(heading, _)| lower.contains(heading));
    found.map(|(_, name)| *name)
}

/// A link that stays and that people may take for the way in: in the place, or one that says so.
pub(super) fn stray_link(event: &Component) -> Option<String> {
    let place = event
        .property("LOCATION")
        .map(|line| unescape_text(&line.value));
    let text = event
        .property("DESCRIPTION")
        .map(|line| unescape_text(&line.value));
    let is_way_in = |link: &str| {
        let lower = link.to_ascii_lowercase();
        let host = lower.split('/').nth(2).unwrap_or_default();
        let is_named = ["meet.", "join.", "conf.", "video.", "webconf."]
            .iter()
            .any(|begin| host.starts_with(begin));
        is_named || lower.contains("/join/") || lower.contains("/meet/")
    };
    // A place that is nothing but a link is one to join at; or a map.
    let is_alone = |link: &&str| {
        let is_all = place.as_deref().is_some_and(|place| place.trim() == *link);
        is_all && !link.contains("map") && !link.contains("goo.gl")
    };
    let mut of_place = place
        .iter()
        .flat_map(|place| links(place))
        .filter(|link| is_alone(link) || is_way_in(link));
    let mut of_text = text.iter().flat_map(|text| links(text));
    let found = of_place
        .next()
        .or_else(|| of_text.find(|link| is_way_in(link)));
    found.filter(|link| !is_own_link(link)).map(str::to_owned)
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split(|c: char| c.is_whitespace() || "<>\"(),;".contains(c));
    pieces.filter(|piece| piece.starts_with("https://") || piece.starts_with("http://"))
}

/// A link to a pool's conference, of which others take care.
fn is_own_link(line: &str) -> bool {
    line.to_ascii_lowercase().contains("focus:id:")
}

/// `Microsoft Teams Meeting`
fn is_service_room(place: &str) -> bool {
    let lower = place.to_lowercase();
    [
        "microsoft teams",
        "zoom",
        "google meet",
        "webex",
        "skype meeting",
        "facetime",
        "ringcentral",
        "bluejeans",
        "gotomeeting",
        "goto meeting",
    ]
    .iter()
    .any(|name| lower.contains(name))
}

/// A place without those of its parts that are links or names of a service.
fn without_pieces(place: &str) -> String {
    let pieces = place.split([';', '\n']).flat_map(|piece| piece.split(", "));
    let kept = pieces
        .map(str::trim)
        .filter(|piece| !piece.is_empty() && !piece.contains("://"))
        .filter(|piece| service_in(piece).is_none() && !is_service_room(piece));
    kept.collect::<Vec<_>>().join(", ")
}

/// A page without links into a conference.
fn without_anchors(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let find = |mark: &str, from: usize| Some(from + lower.get(from..)?.find(mark)?);
    let mut kept = String::new();
    let mut at = 0;
    while let Some(begin) = find("<a ", at)
        && let Some(end) = find("</a>", begin).map(|end| end + "</a>".len())
    {
        let anchor = page.get(begin..end).unwrap_or_default();
        kept.push_str(page.get(at..begin).unwrap_or_default());
        if service_in(anchor).is_none() {
            kept.push_str(anchor);
        }
        at = end;
    }
    kept + page.get(at..).unwrap_or_default()
}

/// A line without its links into a conference; none: that is all it says.
fn prose_of(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_link = |word: &&str| of_link(word).is_some();
    let kept: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !is_link(word))
        .collect();
    let prose = kept.join(" ");
    let is_label = kept
        .last()
        .is_none_or(|last| last.ends_with([':', '-', '<']))
        || kept.len() <= MOST_LABEL && (tells_how_to_join(&prose) || is_service_room(&prose));
    (kept.len() < words.len() && !is_label).then_some(prose)
}

/// A text without all that tells how to join, and how many lines that was.
fn without_blocks(text: &str, trusts: bool) -> (String, usize) {
    let (mut kept, mut count) = (text.to_owned(), 0);
    for _ in 0..MOST_BLOCKS {
        let (rest, taken) = without_block(&kept, trusts);
        if taken == 0 {
            break;
        }
        (kept, count) = (rest, count + taken);
    }
    (kept, count)
}

/// A text without what tells how to join, and how many lines that was. What people wrote above and below stays.
fn without_block(text: &str, trusts: bool) -> (String, usize) {
    let lines: Vec<&str> = text.lines().collect();
    let leads_there = |line: &&str| service_in(line).is_some() || trusts && heading(line).is_some();
    let Some(first) = lines.iter().position(leads_there) else {
        return (text.to_owned(), 0);
    };
    let above = first.saturating_sub(MOST_ABOVE)..first;
    let fence = above.rev().find(|at| is_fence(lines[*at]));
    let begin = fence.unwrap_or_else(|| begin_of_block(&lines, first));
    if fence.is_none()
        && let Some(prose) = prose_of(lines[first])
    {
        let mut kept: Vec<&str> = lines.clone();
        kept[first] = &prose;
        return (kept.join("\n"), 1);
    }
    let mut end = first + 1;
    while end < lines.len() {
        let rest = lines.get(end + 1..).unwrap_or_default();
        if fence.is_some() && is_fence(lines[end]) {
            end += 1;
            // Another part of the same, with a line of its own below it.
            let part = rest
                .iter()
                .position(|line| is_fence(line))
                .unwrap_or_default();
            let part = rest.get(..part).unwrap_or_default();
            if part.is_empty() || !part.iter().any(|line| tells_how_to_join(line)) {
                break;
            }
            end += part.len();
            continue;
        }
        if !lines[end].trim().is_empty() {
            // What people wrote right below it stays.
            if fence.is_none() && !tells_how_to_join(lines[end]) && !is_mark(lines[end]) {
                break;
            }
            end += 1;
            continue;
        }
        // The next paragraph, with the empty lines before it.
        let rest = lines.get(end..).unwrap_or_default();
        let gap = rest
            .iter()
            .take_while(|line| line.trim().is_empty())
            .count();
        let of_paragraph = |line: &&&str| !line.trim().is_empty();
        let paragraph = rest.iter().skip(gap).take_while(of_paragraph);
        let (marks, words): (Vec<&str>, Vec<&str>) = paragraph.partition(|line| is_mark(line));
        let is_part = words
            .iter()
            .any(|line| tells_how_to_join(line) && !is_sentence(line))
            || fence.is_some() && marks.iter().any(|line| is_fence(line));
        // `---` between the parts of one.
        let next = || {
            let after = rest.iter().skip(gap + marks.len());
            let next = after.skip_while(|line| line.trim().is_empty());
            let mut next = next.take_while(of_paragraph);
            next.any(|line| tells_how_to_join(line) && !is_sentence(line))
        };
        let is_between = words.is_empty() && !marks.is_empty() && next();
        if !is_part && !is_between {
            break;
        }
        end += gap;
    }
    let kept: Vec<&str> = lines
        .iter()
        .enumerate()
        .filter(|(at, _)| !(begin..end).contains(at))
        .map(|(_, line)| *line)
        .collect();
    (kept.join("\n").trim_matches('\n').to_owned(), end - begin)
}

/// Where a block begins that no line parts off: with what is right above the link and tells how to join, and with a
/// heading above that.
fn begin_of_block(lines: &[&str], first: usize) -> usize {
    let is_part = |line: &str| {
        tells_how_to_join(line)
            || heading(line).is_some()
            || is_framed(line)
            || is_service_room(line)
    };
    let mut begin = first;
    while begin > 0 && !lines[begin - 1].trim().is_empty() && is_part(lines[begin - 1]) {
        begin -= 1;
    }
    let above = lines.get(..begin).unwrap_or_default();
    let gap = above.iter().rev().take_while(|line| line.trim().is_empty());
    let last = (above.len() - gap.count()).checked_sub(1);
    match last.filter(|at| heading(lines[*at]).is_some() || is_framed(lines[*at])) {
        Some(at) => at,
        None => begin,
    }
}

fn tells_how_to_join(line: &str) -> bool {
    let lower = line.to_lowercase();
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    let says_so = || digits >= 7 || JOINING.iter().any(|word| lower.contains(word));
    is_fence(line) || says_so()
}

/// What people write.
fn is_sentence(line: &str) -> bool {
    let words = line.split_whitespace().count();
    words > MOST_LABEL && line.trim_end().ends_with(['.', '!', '?']) && of_link(line).is_none()
}

/// `----( Video Call )----`
fn is_framed(line: &str) -> bool {
    let line = line.trim();
    line.len() > 8 && line.starts_with("----") && line.ends_with("----")
}

/// `---`
fn is_mark(line: &str) -> bool {
    let marks = line.trim();
    marks.len() >= 3 && marks.chars().all(|c| "_-=~*:. #".contains(c))
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
