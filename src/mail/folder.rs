//! Letters as files of one folder, `MESSAGE-ID.eml`, so that scripts and mail programs find them.

use std::path::PathBuf;

use openssl::sha::sha256;

use crate::atomic_file;
use crate::error::{Error, Result};
use crate::hex::hex;
use crate::mail::{DeliveryStatus, Envelope, Transport};

/// File names may have 255 bytes.
const LONGEST_NAME: usize = 200;

/// A folder that gets one file a mail.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn make(&self) -> Result<()> {
        atomic_file::make_folder(&self.path).map_err(|error| {
            let shown = self.path.display();
            Error::failed(format!(
                "can't make the folder '{shown}' for mails: {error}"
            ))
        })
    }
}

impl Transport for Folder {
    fn send(
        &mut self,
        envelope: &Envelope,
        bytes: &[u8],
        before_data: &mut dyn FnMut() -> Result<()>,
    ) -> Result<DeliveryStatus> {
        self.make()?;
        before_data()?;
        let path = self.path.join(file_name(&envelope.id));
        Ok(match atomic_file::write(&path, bytes) {
            Ok(()) => DeliveryStatus::Sent,
            Err(error) => {
                DeliveryStatus::Failed(format!("can't write '{}': {error}", path.display()))
            }
        })
    }
}

/// The same mail has the same name, another one another.
fn file_name(id: &str) -> String {
    let id = id.trim_start_matches('<').trim_end_matches('>');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@-_+=".contains(&byte);
    let mut name = String::new();
    for byte in id.bytes() {
        match byte {
            b'.' if !name.is_empty() => name.push('.'),
            byte if plain(byte) => name.push(char::from(byte)),
            byte => name.push_str(&format!("%{byte:02X}")),
        }
    }
    if name.is_empty() || name.len() > LONGEST_NAME {
        name = hex(&sha256(id.as_bytes()));
    }
    name + ".eml"
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn envelope(id: &str) -> Envelope {
        Envelope {
            id: id.into(),
            from: "ana@example.com".into(),
            to: "bo@example.com".into(),
        }
    }

    #[test]
    fn a_letter_is_one_file_however_often_it_is_carried() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("out/mails");
        let mut folder = Folder::new(path.clone());
        for id in [
            "<a.0.b@example.com>",
            "<a.0.c@example.com>",
            "<a.0.b@example.com>",
        ] {
            let status = folder.send(&envelope(id), id.as_bytes(), &mut || Ok(()));
            assert!(matches!(status, Ok(DeliveryStatus::Sent)));
        }
        let files = fs::read_dir(&path).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a.0.b@example.com.eml", "a.0.c@example.com.eml"]);
        let file = path.join("a.0.b@example.com.eml");
        assert_eq!(fs::read(&file).unwrap(), b"<a.0.b@example.com>");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&file).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn nothing_is_written_when_the_journal_is_not() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::new(place.path().to_owned());
        let refuse = &mut || Err(Error::failed("the disk is full"));
        assert!(folder.send(&envelope("<a@b>"), b"x", refuse).is_err());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn no_message_id_leaves_the_folder() {
        for id in [
            "<../../etc/passwd>",
            "<.hidden>",
            "<a/b\\c\r\n>",
            "<>",
            "",
            "<é@b>",
        ] {
            let name = file_name(id);
            assert!(!name.starts_with('.'), "{name}");
            let good = |c: char| c.is_ascii_graphic() && !"/\\:*?\"<>|".contains(c);
            assert!(name.chars().all(good), "{name}");
        }
        assert!(file_name(&"x".repeat(900)).len() < 80);
        assert_ne!(file_name("<a/b>"), file_name("<a%2Fb>"));
    }
}
