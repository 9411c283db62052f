//! One file of the journal: records of JSON, a line each.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::atomic_file::Draft;
use crate::conference::{MeetingId, Token};
use crate::mail::DeliveryStatus;
use crate::operation::{MailOptions, Operation};

/// The version that is written. Version 0 had none, called an action a deed, and noted the id that
/// the pool was asked for in place of making it of the token.
const VERSION: u64 = 1;

/// Most bytes of a file that are read: an appointment made elsewhere may be in it, each octet of which
/// JSON may need six for, and what became of thousands of mails.
const LARGEST: u64 = 64 << 20;

/// What a file holds, and the file itself.
pub struct Record {
    /// What is to be done.
    pub operation: Operation,
    /// What the conference is made of; the operation's own token, but for records of version 0.
    pub token: Token,
    /// How people are told, if they are told by mail.
    pub mail: Option<MailOptions>,
    /// SEQUENCE of the version that the mails tell of.
    pub sequence: Option<u32>,
    /// What became of the mails so far, by recipient.
    pub statuses: BTreeMap<String, DeliveryStatus>,
    /// Why it was not finished, when a process could say it.
    pub reason: Option<String>,
    /// What it finished all the same: `calendar`, `file`.
    pub finished: Vec<String>,
    /// Appends records; holds the lock.
    pub file: File,
    /// Bytes up to the end of the last whole record.
    length: u64,
}

/// Records behind the first one.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Version 0: the pool is about to be asked for a conference of this id.
    Asked(MeetingId),
    /// Version 0: it says that another conference has that id.
    Taken(MeetingId),
    /// People are told by mail of the version with this SEQUENCE from here on.
    Mailing(MailOptions, u32),
    /// The mail for this recipient is about to be handed over.
    HandingOver(String),
    /// What became of it.
    Mailed(String, DeliveryStatus),
    /// Why it was not finished, as a clause.
    Kept(String),
    /// What need not be done once more: `calendar`, `file`.
    Finished(Vec<String>),
}

/// Why a file can't be understood.
pub struct Damage {
    /// As a clause.
    pub why: String,
    /// What its first record says, if that can be understood.
    pub operation: Option<Box<Operation>>,
}

impl Damage {
    fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            operation: None,
        }
    }
}

impl Record {
    /// Looks at a file, which is not locked by that; none: it is gone.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, Damage> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Ok(None),
            _ => Err(Damage::new(format!("it can't be read: {error}"))),
        };
        // A named pipe would be waited for, and a link leads to what is somebody else's.
        let kind = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) => return failed(error),
        };
        if !kind.is_file() {
            let what = match () {
                () if kind.is_dir() => "a folder",
                () if kind.is_symlink() => "a link",
                () => "no ordinary file",
            };
            return Err(Damage::new(format!("it is {what}")));
        }
        let file = match File::options().read(true).append(true).open(path) {
            Ok(file) => file,
            Err(error) => return failed(error),
        };
        Self::read(file).map(Some)
    }

    /// Writes the first record into a new file, which is locked from then on and on the disk.
    pub(super) fn create(mut draft: Draft, path: &Path, operation: Operation) -> io::Result<Self> {
        let mut first = Map::new();
        first.insert("version".to_owned(), VERSION.into());
        let Value::Object(facts) = serde_json::to_value(&operation)? else {
            return Err(io::Error::other("an operation is always an object"));
        };
        first.extend(facts);
        let first = line(&first)?;
        // A file that can't be locked would be taken for left.
        draft.file.lock()?;
        draft.file.write_all(&first)?;
        let file = draft.publish(path)?;
        Ok(Self::new(operation, file, first.len() as u64))
    }

    /// Reads all of a file. What a crash tore off at its end does not count.
    pub(super) fn read(mut file: File) -> Result<Self, Damage> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| (&file).take(LARGEST + 1).read_to_end(&mut bytes))
            .map_err(|error| Damage::new(format!("it can't be read: {error}")))?;
        if bytes.len() as u64 > LARGEST {
            return Err(Damage::new("it is larger than anything confctl writes"));
        }
        let end = bytes.iter().rposition(|&b| b == b'\n');
        let end = end.ok_or_else(|| Damage::new("its first record is not whole"))?;
        let end = end_of_whole(&bytes[..end]);
        let mut lines = bytes[..end].split(|&b| b == b'\n');
        let operation = first_record(lines.next().unwrap_or_default())?;
        let mut record = Self::new(operation, file, end as u64 + 1);
        for (number, line) in (2..).zip(lines) {
            match serde_json::from_slice(line) {
                Ok(step) => record.follow(step),
                Err(error) => {
                    return Err(Damage {
                        why: format!("record {number} is none that this version knows: {error}"),
                        operation: Some(Box::new(record.operation)),
                    });
                }
            }
        }
        Ok(record)
    }

    fn new(operation: Operation, file: File, length: u64) -> Self {
        Self {
            token: operation.token,
            mail: None,
            sequence: None,
            statuses: BTreeMap::new(),
            reason: None,
            finished: Vec::new(),
            file,
            length,
            operation,
        }
    }

    /// Takes over what a step says.
    pub fn follow(&mut self, step: Step) {
        match step {
            Step::Asked(id) => self.token = Token::of_id(&id).unwrap_or(self.token),
            Step::Taken(_) => self.token = self.operation.token,
            Step::Mailing(mail, sequence) => {
                // What people were told of an older version says nothing of this one.
                if self.sequence != Some(sequence) {
                    self.statuses.clear();
                }
                (self.mail, self.sequence) = (Some(mail), Some(sequence));
            }
            Step::HandingOver(recipient) => {
                let why = "the program ended while it was handed over".to_owned();
                self.statuses
                    .insert(recipient, DeliveryStatus::Unknown(why));
            }
            Step::Mailed(recipient, status) => {
                self.statuses.insert(recipient, status);
            }
            Step::Kept(reason) => self.reason = Some(reason),
            Step::Finished(steps) => self.finished = steps,
        }
    }

    /// Appends a step; on the disk when this returns. After an error the file is as it was: the next
    /// step must not run into half of this one.
    pub fn append(&mut self, step: Step) -> io::Result<()> {
        let line = line(&step)?;
        self.cut_off_rest()?;
        let written = self.file.write_all(&line);
        let synced = written.and_then(|()| self.file.sync_all());
        synced.inspect_err(|_| drop(self.cut_off_rest()))?;
        self.length += line.len() as u64;
        self.follow(step);
        Ok(())
    }

    /// Removes what is not a whole record from the end.
    pub fn cut_off_rest(&self) -> io::Result<()> {
        match self.file.metadata()?.len() > self.length {
            true => self.file.set_len(self.length),
            false => Ok(()),
        }
    }
}

/// Where the last whole record ends. Of one that was not synced, a power failure may have left the
/// end without the beginning, which reads as zeros then.
fn end_of_whole(lines: &[u8]) -> usize {
    let before = lines.iter().rposition(|&b| b == b'\n');
    match before {
        Some(before) if lines[before..].contains(&0) => before,
        _ => lines.len(),
    }
}

fn first_record(line: &[u8]) -> Result<Operation, Damage> {
    let value: Value = serde_json::from_slice(line)
        .map_err(|error| Damage::new(format!("its first record is no JSON: {error}")))?;
    let version = value.get("version").map_or(Some(0), Value::as_u64);
    match version {
        Some(0..=VERSION) => serde_json::from_value(value).map_err(|error| {
            Damage::new(format!(
                "its first record is none that this version knows: {error}"
            ))
        }),
        Some(later) => Err(Damage::new(format!(
            "it was written by a later version of confctl (its format has version {later}, this program knows {VERSION})"
        ))),
        None => Err(Damage::new("the version of its format is no number")),
    }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}
