//! The Windows account that a user signs in with. It is not the SIP address.

use crate::secret::Secret;

/// User name, domain and password, as NTLM wants them.
#[derive(Clone, Debug)]
pub struct Account {
    user: String,
    domain: String,
    password: Secret,
}

/// The text was no account name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an account name: expected DOMAIN\\user, user@domain or user")]
pub struct LoginError(pub String);

impl Account {
    /// Reads `DOMAIN\user`, `DOMAIN/user`, `user@realm` or `user`. The third is a user principal name:
    /// it stays whole as the user, and the domain is empty. It is with the last one too, where servers
    /// take their own.
    pub fn parse(login: &str, password: Secret) -> Result<Self, LoginError> {
        let (domain, user) = split(login).ok_or_else(|| LoginError(login.to_owned()))?;
        Ok(Self {
            user: user.to_owned(),
            domain: domain.to_owned(),
            password,
        })
    }

    /// The same with another password.
    pub fn with_password(self, password: Secret) -> Self {
        Self { password, ..self }
    }

    /// The user name in the case it was given in; with the realm for `user@realm`.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The domain in the case it was given in; empty for `user@realm` and `user`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    pub(super) fn password(&self) -> &Secret {
        &self.password
    }
}

fn split(login: &str) -> Option<(&str, &str)> {
    if login.chars().any(char::is_control) {
        return None;
    }
    match login.split_once(['\\', '/']) {
        Some((domain, user)) => non_empty(domain, user).filter(|_| !user.contains(['\\', '/'])),
        None => match login.rsplit_once('@') {
            Some((name, realm)) => non_empty(name, realm).map(|_| ("", login)),
            None => (!login.trim().is_empty()).then_some(("", login)),
        },
    }
}

fn non_empty<'a>(first: &'a str, second: &'a str) -> Option<(&'a str, &'a str)> {
    (!first.is_empty() && !second.is_empty()).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(login: &str) -> Option<(String, String)> {
        let account = Account::parse(login, Secret::from("x")).ok()?;
        Some((account.domain, account.user))
    }

    #[test]
    fn four_forms_are_read() {
        let expect = |domain: &str, user: &str| Some((domain.to_owned(), user.to_owned()));
        assert_eq!(parts("EXAMPLE\\alice"), expect("EXAMPLE", "alice"));
        assert_eq!(parts("Example/Zoë"), expect("Example", "Zoë"));
        assert_eq!(parts("alice@example.com"), expect("", "alice@example.com"));
        assert_eq!(parts("alice"), expect("", "alice"));
        assert_eq!(
            parts("EXAMPLE\\alice@example.org"),
            expect("EXAMPLE", "alice@example.org")
        );
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let wrong = [
            "",
            " ",
            "\\alice",
            "/alice@example.com",
            "EXAMPLE\\",
            "@example.com",
            "alice@",
            "A\\b\\c",
            "A\\b/c",
            "alice@example.com\n",
            "A\\b\0",
        ];
        for login in wrong {
            assert_eq!(parts(login), None, "{login:?}");
        }
        let error = Account::parse("alice@", Secret::from("x")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "'alice@' is not an account name: expected DOMAIN\\user, user@domain or user"
        );
    }

    #[test]
    fn debug_output_hides_the_password() {
        let account = Account::parse("EXAMPLE\\alice", Secret::from("Confctl-2009")).unwrap();
        assert!(!format!("{account:?}").contains("2009"));
    }
}
