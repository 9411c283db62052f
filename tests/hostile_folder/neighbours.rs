//! What others put into a diary, from noise to forgeries.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::random::Random;
use super::{PLANTED_ID, Real};
use crate::meetings::unfolded;

/// What an earlier version wrote, with notes that used to be believed.
const FORMER: &str =
    include_str!("../specimens/version_0/refresh/a08aaf4f5cf67d1ff14b8bd12414dd19@example.com.ics");

/// What makes a file one that could be ours.
const MARK: &str = "X-NOTE:(confctl)\r\n";

/// Rules that are not understood, never come true, or come true too often.
const RULES: [&str; 12] = [
    "FREQ=SECONDLY",
    "FREQ=SECONDLY;COUNT=1000000000",
    "FREQ=MINUTELY;INTERVAL=2147483647",
    "FREQ=DAILY;COUNT=1000000000",
    "FREQ=WEEKLY;UNTIL=99991231T235959Z",
    "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO",
    "FREQ=MONTHLY;BYDAY=-5FR",
    "FREQ=YEARLY;BYEASTER=1",
    "FREQ=DAILY;COUNT=0",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=HOURLY;BYHOUR=25",
    "FREQ=NEVER",
];

const STARTS: [&str; 8] = [
    "DTSTART:00010101T000000Z",
    "DTSTART:00000000T000000Z",
    "DTSTART:99991231T235959Z",
    "DTSTART;VALUE=DATE:99991231",
    "DTSTART;TZID=Nowhere/Land:20261124T080000",
    "DTSTART;TZID=Europe/Prague:20270328T023000",
    "DTSTART:20261124T080000Z",
    "DTSTART:20261124",
];

/// Other letters, and letters that a terminal, a shell or an option parser obeys.
const ODD_NAMES: [&[u8]; 8] = [
    b"latin-\xE9\xFF",
    b"line\nFORGED: everything is well",
    b"clear\x1B[2J\x1B]0;title\x07",
    b"quo'te\" $(touch owned) `id`",
    "right\u{202E}to left\u{2066}".as_bytes(),
    b"tab\tand\rreturn",
    b"%s%n {0}",
    b"space  and ~",
];

/// Something in the diary that is not ours.
pub struct Neighbour {
    pub kind: Kind,
    pub name: OsString,
    pub what: What,
    /// Whether a listing must say that it can't be read.
    pub is_to_be_named: bool,
}

pub enum What {
    Bytes(Vec<u8>),
    /// So many zeros, of which the disk has none.
    Sparse(u64),
    Link(PathBuf),
    Folder,
    Pipe,
    Socket,
    /// Nobody may read it, but root.
    Locked(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Noise,
    MarkedNoise,
    Empty,
    Cut,
    Flipped,
    LinesDropped,
    LineEnds,
    Zeros,
    Latin,
    Twin,
    TwinElsewhere,
    CapitalTwin,
    CopyByHand,
    TwoLinks,
    LinkInAnException,
    CalledLikeAConference,
    ForgedNotes,
    Rule,
    Start,
    HugeLine,
    ManyLines,
    Sparse,
    DanglingLink,
    LinkToItself,
    LinkToAFolder,
    LinkToADevice,
    LinkOutside,
    LinkToAnEntry,
    Folder,
    Pipe,
    Socket,
    Locked,
    DraftOfAnother,
    Hidden,
}

impl Kind {
    /// Those who would like to be believed.
    const FORGED: [Self; 8] = [
        Self::Twin,
        Self::TwinElsewhere,
        Self::CapitalTwin,
        Self::CopyByHand,
        Self::TwoLinks,
        Self::LinkInAnException,
        Self::CalledLikeAConference,
        Self::ForgedNotes,
    ];

    /// Forged in one of two: of few, most would be of no meeting that a command names.
    pub fn any(random: &mut Random) -> Self {
        match random.is_one_in(2) {
            true => *random.pick(&Self::FORGED),
            false => *random.pick(&Self::ALL),
        }
    }

    const ALL: [Self; 34] = [
        Self::Noise,
        Self::MarkedNoise,
        Self::Empty,
        Self::Cut,
        Self::Flipped,
        Self::LinesDropped,
        Self::LineEnds,
        Self::Zeros,
        Self::Latin,
        Self::Twin,
        Self::TwinElsewhere,
        Self::CapitalTwin,
        Self::CopyByHand,
        Self::TwoLinks,
        Self::LinkInAnException,
        Self::CalledLikeAConference,
        Self::ForgedNotes,
        Self::Rule,
        Self::Start,
        Self::HugeLine,
        Self::ManyLines,
        Self::Sparse,
        Self::DanglingLink,
        Self::LinkToItself,
        Self::LinkToAFolder,
        Self::LinkToADevice,
        Self::LinkOutside,
        Self::LinkToAnEntry,
        Self::Folder,
        Self::Pipe,
        Self::Socket,
        Self::Locked,
        Self::DraftOfAnother,
        Self::Hidden,
    ];
}

/// A neighbour of a kind. `tag` is in its name, and in no other one.
pub fn neighbour(
    kind: Kind,
    tag: &str,
    random: &mut Random,
    real: &[Real],
    outside: &Path,
) -> Neighbour {
    let model = random.pick(real);
    let (what, is_to_be_named) = what(kind, tag, random, model, outside);
    let name = match kind {
        Kind::DraftOfAnother => OsString::from(format!(
            ".confctl-{}-{:016x}.part",
            random.below(30_000),
            random.next()
        )),
        Kind::Hidden => format!(".{tag}.ics").into(),
        _ => name(tag, random),
    };
    Neighbour {
        kind,
        name,
        what,
        is_to_be_named,
    }
}

/// Before and behind the real ones in the alphabet.
fn name(tag: &str, random: &mut Random) -> OsString {
    let begin = *random.pick(&["0", "~", "-", "--yes-"]);
    let mut name = format!("{begin}{tag}").into_bytes();
    if random.is_one_in(3) {
        name.extend(*random.pick(&ODD_NAMES));
    }
    if random.is_one_in(8) {
        name.resize(255 - ".ics".len(), b'x');
    }
    name.extend(b".ics");
    OsString::from_vec(name)
}

fn what(kind: Kind, tag: &str, random: &mut Random, model: &Real, outside: &Path) -> (What, bool) {
    let bytes = |text: String| (What::Bytes(text.into_bytes()), false);
    let text = model.text.as_str();
    match kind {
        Kind::Noise => (What::Bytes(random.bytes(3000)), false),
        Kind::MarkedNoise => {
            let noise = [random.bytes(500), MARK.into(), random.bytes(500)];
            (What::Bytes(noise.concat()), true)
        }
        Kind::Empty => (What::Bytes(Vec::new()), true),
        Kind::Cut => {
            let at = random.below(text.len() - "END:VCALENDAR\r\n".len());
            (What::Bytes(text.as_bytes()[..at].to_vec()), true)
        }
        Kind::Flipped => (What::Bytes(flipped(text, tag, random)), false),
        Kind::LinesDropped => bytes(with_lines(&renamed(text, tag, random), |line| {
            (!random.is_one_in(6)).then(|| format!("{line}\r\n"))
        })),
        Kind::LineEnds => bytes(with_lines(&renamed(text, tag, random), |line| {
            let end = *random.pick(&["\r\n", "\n", "\r", "\n\r", "\r\n\r\n"]);
            Some(format!("{line}{end}"))
        })),
        Kind::Zeros => bytes(with_lines(&renamed(text, tag, random), |line| {
            let zero = if random.is_one_in(5) { "\0" } else { "" };
            Some(format!("{line}{zero}\r\n"))
        })),
        Kind::Latin => {
            let mut latin = renamed(text, tag, random).into_bytes();
            let at = latin.len() / 2;
            latin.insert(at, 0xE9);
            (What::Bytes(latin), true)
        }
        Kind::Twin => bytes(twin(text, random)),
        Kind::TwinElsewhere => bytes(elsewhere(&newer(text), model)),
        Kind::CapitalTwin => {
            let capital = newer(text).replace(&model.uid, &model.uid.to_ascii_uppercase());
            bytes(elsewhere(&capital, model))
        }
        Kind::CopyByHand => bytes(text.replace(&model.uid, &format!("{tag}@example.net"))),
        Kind::TwoLinks => bytes(two_links(&newer(text), random)),
        Kind::LinkInAnException => bytes(linked_exception(&newer(text), model)),
        Kind::CalledLikeAConference => {
            let uid = random.pick(&[&model.digits, &model.meeting_id]).as_str();
            bytes(elsewhere(&text.replace(&model.uid, uid), model))
        }
        Kind::ForgedNotes => bytes(forged_notes(&format!("{tag}@example.net"))),
        Kind::Rule => {
            let rule = format!("RRULE:{}", random.pick(&RULES));
            bytes(foreign(tag, "DTSTART:20261124T080000Z", &rule))
        }
        Kind::Start => {
            let rule = *random.pick(&["RRULE:FREQ=DAILY", "X-NO:RULE", "DURATION:P99999999W"]);
            {
                let start = *random.pick(&STARTS);
                bytes(foreign(tag, start, rule))
            }
        }
        Kind::HugeLine => bytes(foreign(
            tag,
            "DTSTART:20261124T080000Z",
            &format!("COMMENT:{}", "long ".repeat(100_000)),
        )),
        Kind::ManyLines => bytes(foreign(
            tag,
            "DTSTART:20261124T080000Z",
            &"X-A:b\r\n c\r\n".repeat(10_000),
        )),
        Kind::Sparse => (What::Sparse(5 << 20), false),
        Kind::DanglingLink => (What::Link(outside.join("nothing").join(tag)), true),
        // Its own name is not known here, and a pair of links is a circle too.
        Kind::LinkToItself => (What::Link(outside.join("circle")), true),
        Kind::LinkToAFolder => (What::Link(outside.to_owned()), true),
        Kind::LinkToADevice => {
            let device = *random.pick(&["/dev/zero", "/dev/tty", "/dev/random"]);
            (What::Link(device.into()), true)
        }
        Kind::LinkOutside => {
            let path = outside.join(format!("{tag}.ics"));
            let theirs = foreign(tag, "DTSTART:20261124T080000Z", "X-THEIRS:yes");
            fs::write(&path, theirs).unwrap();
            (What::Link(path), false)
        }
        Kind::LinkToAnEntry => (What::Link(model.path.clone()), false),
        Kind::Folder => (What::Folder, true),
        Kind::Pipe => (What::Pipe, true),
        Kind::Socket => (What::Socket, true),
        Kind::Locked => (What::Locked(text.into()), true),
        Kind::DraftOfAnother => match random.below(3) {
            0 => (What::Pipe, false),
            1 => (What::Folder, false),
            _ => (What::Link(model.path.clone()), false),
        },
        Kind::Hidden => bytes(renamed(text, tag, random)),
    }
}

/// With another UID, in two of three.
fn renamed(text: &str, tag: &str, random: &mut Random) -> String {
    if random.is_one_in(3) {
        return text.to_owned();
    }
    with_lines(text, |line| match line.strip_prefix("UID:") {
        Some(_) => Some(format!("UID:{tag}@example.net\r\n")),
        None => Some(format!("{line}\r\n")),
    })
}

fn with_lines(text: &str, mut change: impl FnMut(&str) -> Option<String>) -> String {
    text.lines().filter_map(&mut change).collect()
}

fn flipped(text: &str, tag: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = renamed(text, tag, random).into_bytes();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
    }
    bytes
}

/// A later version.
pub fn newer(text: &str) -> String {
    with_lines(text, |line| match line.strip_prefix("SEQUENCE:") {
        Some(_) => Some("SEQUENCE:7\r\n".to_owned()),
        None => Some(format!("{line}\r\n")),
    })
}

fn twin(text: &str, random: &mut Random) -> String {
    let sequence = *random.pick(&["0", "1", "7", "2147483647", "99999999999", "-1"]);
    let stamp = *random.pick(&["19700101T000000Z", "20261122T091500Z", "99991231T235959Z"]);
    with_lines(text, |line| match line.split_once(':') {
        Some(("SEQUENCE", _)) => Some(format!("SEQUENCE:{sequence}\r\n")),
        Some(("DTSTAMP", _)) => Some(format!("DTSTAMP:{stamp}\r\n")),
        _ => Some(format!("{line}\r\n")),
    })
}

/// With the numbers and the conference of somebody else.
pub fn elsewhere(text: &str, model: &Real) -> String {
    text.replace(&model.meeting_id, PLANTED_ID)
        .replace(&model.digits, "66613")
        .replace("+1 425 555", "+1 900 555")
        .replace("+1425555", "+1900555")
}

fn planted_link() -> String {
    format!(
        "CONFERENCE;FEATURE=VIDEO;LABEL=Better;VALUE=URI:meet:sip:eve@example.net;gruu;opaque=app:conf:focus:id:{PLANTED_ID}\r\n"
    )
}

/// The own link, and one to somebody else's.
pub fn two_links(text: &str, random: &mut Random) -> String {
    let place = match random.is_one_in(2) {
        true => "CONFERENCE;FEATURE=VIDEO",
        false => "END:VEVENT",
    };
    text.replacen(place, &format!("{}{place}", planted_link()), 1)
}

/// A VEVENT about one occurrence, which alone has the link.
pub fn linked_exception(text: &str, model: &Real) -> String {
    let exception = format!(
        "BEGIN:VEVENT\r\nUID:{}\r\nDTSTAMP:20261122T091500Z\r\nSEQUENCE:7\r\nRECURRENCE-ID:20261130T090000Z\r\nDTSTART:20261130T100000Z\r\nDTEND:20261130T110000Z\r\nSUMMARY:{}\r\n{}END:VEVENT\r\nEND:VCALENDAR",
        model.uid,
        model.subject,
        planted_link()
    );
    text.replacen("END:VCALENDAR", &exception, 1)
}

/// Notes of an earlier version that say it is ours and what the key made.
fn forged_notes(uid: &str) -> String {
    unfolded(FORMER)
        .replace("a08aaf4f5cf67d1ff14b8bd12414dd19@example.com", uid)
        .replace("5524F11CD6346DAE1FAC71D70100AD68", PLANTED_ID)
        .replace("+1 425 555", "+1 900 555")
        .replace(
            "\r\nX-CONFCTL-SENT",
            "\r\nX-CONFCTL-KEY:alpha\r\nX-CONFCTL-SENT",
        )
}

/// A meeting of a stranger, with a conference of theirs.
pub fn foreign(tag: &str, start: &str, more: &str) -> String {
    let link = planted_link();
    let more = more.trim_end();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Other//EN\r\nBEGIN:VEVENT\r\nUID:{tag}@example.net\r\nDTSTAMP:20261101T000000Z\r\n{start}\r\nSUMMARY:Party\\nFORGED: yes\\t\u{1B}[2J\r\n{more}\r\n{link}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

impl Neighbour {
    pub fn put(&self, folder: &Path) {
        let path = folder.join(&self.name);
        match &self.what {
            What::Bytes(bytes) => fs::write(&path, bytes).unwrap(),
            What::Sparse(length) => File::create(&path).unwrap().set_len(*length).unwrap(),
            What::Link(to) => symlink(to, &path).unwrap(),
            What::Folder => fs::create_dir(&path).unwrap(),
            What::Pipe => make_pipe(&path),
            What::Socket => bind(&path),
            What::Locked(bytes) => {
                fs::write(&path, bytes).unwrap();
                fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
            }
        }
    }

    /// Whether it may be taken for that meeting's file, by those who read UIDs in capitals too.
    pub fn is_about(&self, model: &Real) -> bool {
        match &self.what {
            What::Bytes(bytes) | What::Locked(bytes) => {
                let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
                text.contains(&model.uid.to_ascii_lowercase())
            }
            What::Link(to) => *to == model.path,
            What::Sparse(_) | What::Folder | What::Pipe | What::Socket => false,
        }
    }
}

pub fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg("--").arg(path).status();
    assert!(made.unwrap().success(), "{}", path.display());
}

/// A socket's path has to be short when it is made.
fn bind(path: &Path) {
    let short = path.with_file_name(".s");
    drop(UnixListener::bind(&short).unwrap());
    fs::rename(&short, path).unwrap();
}

/// What a message may call it: the letters that need no care.
pub fn shown(name: &OsStr) -> String {
    let plain = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-~".contains(byte);
    let begin = name.as_bytes().iter().take_while(plain);
    begin.map(|byte| char::from(*byte)).collect()
}
