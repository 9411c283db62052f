//! The `[mail]` table of the settings, and where the password comes from.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::account;
use crate::credentials::keyring;
use crate::error::{Error, Kind, Result};
use crate::mail::{Route, Smtp};
use crate::secret::Secret;
use crate::settings::{self, PasswordSettings};

/// Longest wait for one answer. RFC 5321 4.5.3.2 would wait for minutes, people at a
/// terminal would not; only the answer to a whole mail is waited for longer.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Seconds that can be asked for.
const TIMEOUTS: RangeInclusive<u64> = 1..=3600;

/// How mails are sent.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `smtp://[user@]host[:port]`, `smtps://…`, `sendmail[:/path]` or `folder:/path`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Who signs in to the mail server, when `via` does not name one; none: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Address that bounces go to; none: whoever sends the invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Authorities to trust besides the system's, as a PEM file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Longest wait for one answer, in seconds; none: 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Where the password comes from when it is not in the keyring.
    #[serde(
        default,
        deserialize_with = "settings::table",
        skip_serializing_if = "Option::is_none"
    )]
    pub password: Option<PasswordSettings>,
}

impl Settings {
    /// The same with `CONFCTL_SMTP` and `CONFCTL_CA_FILE` on top.
    pub fn with_environment(mut self) -> Result<Self> {
        if let Some(via) = settings::variable("CONFCTL_SMTP")? {
            // User and password belong to the server in the file, not to another one.
            if self.via.as_ref() != Some(&via) {
                (self.user, self.password) = (None, None);
            }
            self.via = Some(via);
        }
        self.with_authorities()
    }

    /// The same with `CONFCTL_CA_FILE` on top.
    pub fn with_authorities(mut self) -> Result<Self> {
        let authorities = settings::variable("CONFCTL_CA_FILE")?.map(PathBuf::from);
        self.ca_file = authorities.or(self.ca_file);
        Ok(self)
    }

    /// Where mails go first; none if nothing says it.
    pub fn route(&self) -> Result<Option<Route>> {
        if self
            .timeout
            .is_some_and(|seconds| !TIMEOUTS.contains(&seconds))
        {
            return Err(Error::usage(
                "timeout below [mail] in the settings: expected 1 to 3600 seconds",
            ));
        }
        let Some(via) = &self.via else {
            return Ok(None);
        };
        let mut route: Route = via.parse().map_err(|error| {
            Error::usage(format!("the way that mails go (CONFCTL_SMTP, or via below [mail] in the settings) can't be used: {error}"))
        })?;
        if let Route::Smtp(server) = &mut route {
            server.user = server.user.take().or_else(|| self.user.clone());
        }
        Ok(Some(route))
    }

    /// Longest wait for one answer.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout.map_or(TIMEOUT, Duration::from_secs)
    }
}

/// The password of whoever signs in: environment, then the command, then the keyring, which its
/// owner may have to unlock.
pub fn password(settings: &Settings, server: &Smtp, owner_is_here: bool) -> Result<Secret> {
    const ELSE: &str =
        "set CONFCTL_SMTP_PASSWORD, or let password.command below [mail] in the settings print it";
    if let Some(password) = settings::variable("CONFCTL_SMTP_PASSWORD")? {
        return Ok(Secret::new(password));
    }
    if let Some(PasswordSettings { command }) = &settings.password {
        return account::password_of_command(command);
    }
    let name = server.account().unwrap_or_default();
    let kept = keyring::password(&name, owner_is_here)
        .map_err(|error| Error::new(error.kind, error.to_string()).hint(ELSE))?;
    let missing = || {
        let user = server.user.as_deref().unwrap_or_default();
        let what = format!(
            "there is no password for {user} on the mail server {}",
            server.host
        );
        Error::new(Kind::NotSignedIn, what).hint(ELSE)
    };
    kept.ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(toml: &str) -> Settings {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn the_table_names_a_way_and_who_signs_in() {
        let route = |toml: &str| settings(toml).route();
        for (toml, user) in [
            ("via = 'smtps://mail.example.com'", None),
            (
                "via = 'smtps://mail.example.com'\nuser = 'ana'",
                Some("smtp:ana@mail.example.com"),
            ),
            (
                "via = 'smtps://bo@mail.example.com'\nuser = 'ana'",
                Some("smtp:bo@mail.example.com"),
            ),
        ] {
            let Ok(Some(Route::Smtp(server))) = route(toml) else {
                panic!("{toml}");
            };
            assert_eq!(server.account().as_deref(), user, "{toml}");
        }
        assert_eq!(route("user = 'ana'").unwrap(), None);
        for (toml, word) in [
            ("via = 'smtps://ana:hunter2@mail.example.com'", "password"),
            ("via = 'carrier pigeon'", "smtp://"),
            ("via = 'sendmail'\ntimeout = 0", "3600"),
        ] {
            let error = route(toml).unwrap_err().to_string();
            assert!(
                error.contains(word) && !error.contains("hunter2"),
                "{error}"
            );
        }
        assert!(toml::from_str::<Settings>("password = ['hunter2']").is_err());
    }
}
