//! Table `[calendar]` of the settings, and where the password is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::app::account;
use crate::caldav::address;
use crate::credentials::keyring;
use crate::error::{Error, Kind, Result};
use crate::secret::Secret;
use crate::settings::{self, PasswordSettings};

/// Where the organizer's calendar is. Everything may be left out: then the domain of the
/// organizer's address is asked (RFC 6764).
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address of the server, or of a calendar on it: `https://dav.example.com/`. A user in it is
    /// as good as `user`. `http://` only for this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who signs in; none: the organizer's mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Name of the calendar as people see it, or its path on the server; none: the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// Where the password comes from when it is not in the keyring.
    #[serde(
        default,
        deserialize_with = "settings::table",
        skip_serializing_if = "Option::is_none"
    )]
    pub password: Option<PasswordSettings>,
    /// Authorities to trust besides the system's, as a PEM file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl Settings {
    /// The same with `CONFCTL_CALENDAR` in place of the url, if that is set. User, name and
    /// password command belong to the server in the file, not to another one.
    pub fn with_environment(self) -> Result<Self> {
        let Some(url) = settings::variable("CONFCTL_CALENDAR")? else {
            return Ok(self);
        };
        let there = address::parse(&url)?;
        let own = self.url.as_deref().map(address::parse).transpose();
        let is_same = matches!(own, Ok(Some(own)) if own.url.origin() == there.url.origin());
        let ca_file = self.ca_file.clone();
        let of_file = if is_same { self } else { Self::default() };
        Ok(Self {
            url: Some(url),
            ca_file,
            ..of_file
        })
    }

    /// Finds what can be wrong before anybody is asked anything.
    pub fn check(&self) -> Result<()> {
        self.url
            .as_deref()
            .map_or(Ok(()), |url| address::parse(url).map(drop))
    }
}

/// The password of a calendar: environment, then the command, then the keyring, which its owner may
/// have to unlock. `name` is what [`Access::password`](super::Access::password) is given.
pub fn password(settings: &Settings, name: &str, owner_is_here: bool) -> Result<Secret> {
    if let Some(password) = settings::variable("CONFCTL_CALENDAR_PASSWORD")? {
        return Ok(Secret::new(password));
    }
    if let Some(PasswordSettings { command }) = &settings.password {
        return account::password_of_command(command);
    }
    keyring::password(name, owner_is_here)?.ok_or_else(|| {
        let who = name.trim_start_matches("caldav:");
        Error::new(
            Kind::NotSignedIn,
            format!("there is no password for the calendar of {who}"),
        )
        .hint("set CONFCTL_CALENDAR_PASSWORD, or let calendar.password.command in the settings print it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_written_back() {
        let text = "url = \"https://dav.example.com/\"\nuser = \"ana\"\ncalendar = \"Work\"\n\n[password]\ncommand = \"pass show dav\"\n";
        let settings: Settings = toml::from_str(text).unwrap();
        assert_eq!(settings.calendar.as_deref(), Some("Work"));
        assert_eq!(toml::to_string(&settings).unwrap(), text);
        for wrong in ["pasword = \"x\"", "password = \"x\"", "password = [\"x\"]"] {
            assert!(toml::from_str::<Settings>(wrong).is_err(), "{wrong}");
        }
    }
}
