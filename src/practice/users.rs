//! Who may sign in to the practice pool.

use std::path::Path;
use std::{fs, io};

use crate::proto::auth::{Account, NtHash};
use crate::secret::Secret;

/// Somebody with an account on the practice pool. The pool keeps a hash, not the password.
#[derive(Clone, Debug)]
pub struct User {
    /// SIP address in lower case, `sip:user@domain`.
    pub address: String,
    /// Display name; made from the address.
    pub name: String,
    /// Windows domain; empty in the `user@domain` form.
    pub domain: String,
    /// Windows account name.
    pub login: String,
    pub(super) hash: NtHash,
}

/// Why a list of users could not be read.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    /// The file can't be read.
    #[error("can't read '{0}': {1}")]
    File(String, io::Error),
    /// A line is not a user.
    #[error("'{file}' line {line}: expected 'sip:user@domain DOMAIN\\login password'")]
    Line {
        /// The file.
        file: String,
        /// Counted from 1.
        line: usize,
    },
    /// Nobody is in the file.
    #[error("'{0}' names no user")]
    Empty(String),
}

impl User {
    /// A user with that SIP address, `DOMAIN\login` and password.
    pub fn new(address: &str, login: &str, password: &Secret) -> Option<Self> {
        let address = address.to_ascii_lowercase();
        let bare = address.strip_prefix("sip:").unwrap_or(&address);
        let (local, domain) = bare.split_once('@')?;
        let named = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b))
        };
        if !named(local) || !named(domain) {
            return None;
        }
        let account = Account::parse(login, password.clone()).ok()?;
        Some(Self {
            name: display_name(local),
            domain: account.domain().to_owned(),
            login: account.user().to_owned(),
            hash: NtHash::of(password),
            address: format!("sip:{local}@{domain}"),
        })
    }

    /// Reads a file with one user a line: SIP address, `DOMAIN\login`, password. `#` begins a comment.
    pub fn read_file(path: &Path) -> Result<Vec<Self>, UsersError> {
        let file = path.display().to_string();
        let text =
            fs::read_to_string(path).map_err(|error| UsersError::File(file.clone(), error))?;
        let mut users = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let user = Self::read_line(line);
            users.push(user.ok_or_else(|| UsersError::Line {
                file: file.clone(),
                line: at + 1,
            })?);
        }
        if users.is_empty() {
            return Err(UsersError::Empty(file));
        }
        Ok(users)
    }

    fn read_line(line: &str) -> Option<Self> {
        let (address, rest) = line.split_once(char::is_whitespace)?;
        let (login, password) = rest.trim_start().split_once(char::is_whitespace)?;
        Self::new(address, login, &Secret::from(password.trim_start()))
    }

    /// Whether that Windows account is this user's; case does not matter. The form `user@domain`
    /// has an empty domain, and names the user whose SIP address that is as well. A login without a
    /// domain is of this one.
    pub(super) fn has_account(&self, login: &str, domain: &str) -> bool {
        let (login, domain) = (login.to_lowercase(), domain.to_lowercase());
        let is_address = self.address.strip_prefix("sip:") == Some(login.as_str());
        (self.login.to_lowercase() == login && self.domain.to_lowercase() == domain)
            || (domain.is_empty() && (is_address || self.login.to_lowercase() == login))
    }
}

/// `ana.exemplar` becomes `Ana Exemplar`.
fn display_name(local: &str) -> String {
    let words = local
        .split(['.', '_', '-', '+'])
        .filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<User>, UsersError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        User::read_file(file.path())
    }

    #[test]
    fn a_file_of_users_is_read_with_comments_and_blanks_in_passwords() {
        let users = read("# two people\n\nsip:Ana.Exemplar@example.com  EXAMPLE\\ana   one two\nsip:bo@example.com bo@example.com x\n").unwrap();
        assert_eq!(users.len(), 2);
        assert_eq!(
            (users[0].address.as_str(), users[0].name.as_str()),
            ("sip:ana.exemplar@example.com", "Ana Exemplar")
        );
        assert!(users[0].has_account("ANA", "example"));
        assert!(users[0].has_account("Ana.Exemplar@Example.com", ""));
        assert!(users[0].has_account("Ana", ""));
        assert!(!users[0].has_account("ana.exemplar@example.com", "EXAMPLE"));
        assert!(!users[0].has_account("bo@example.com", ""));
        assert_eq!(
            (users[1].login.as_str(), users[1].domain.as_str()),
            ("bo@example.com", "")
        );
    }

    #[test]
    fn a_bad_line_is_named_and_its_password_is_not() {
        let error = read("sip:ana@example.com EXAMPLE\\ana x\nana Pa$$word\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2") && !error.contains("Pa$$word"),
            "{error}"
        );
        assert!(matches!(read("# nobody\n"), Err(UsersError::Empty(_))));
    }
}
