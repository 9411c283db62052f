//! Table `[calendar]` of the settings.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::settings::{PasswordSettings, TlsSetting, table};

/// Where the organizer's calendar is. Everything may be left out.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CalendarSettings {
    /// Address of the server, or of a calendar on it: `https://dav.example.com/`.
    pub url: Option<String>,
    /// Who signs in; none: the organizer's mail address.
    pub user: Option<String>,
    /// Name of the calendar as people see it, or its path on the server; none: the default one.
    pub calendar: Option<String>,
    /// Where the password comes from when it is not in the keyring.
    #[serde(default, deserialize_with = "table")]
    pub password: Option<PasswordSettings>,
    /// Authorities to trust besides the system's, as a PEM file.
    pub ca_file: Option<PathBuf>,
    /// `legacy` allows TLS 1.0, and weak keys and signatures.
    pub tls: Option<TlsSetting>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_written_back() {
        let text = "url = \"https://dav.example.com/\"\nuser = \"ana\"\ncalendar = \"Work\"\n\n[password]\ncommand = \"pass show dav\"\n";
        let settings: CalendarSettings = toml::from_str(text).unwrap();
        assert_eq!(settings.calendar.as_deref(), Some("Work"));
        assert_eq!(toml::to_string(&settings).unwrap(), text);
        for wrong in ["pasword = \"x\"", "password = \"x\"", "password = [\"x\"]"] {
            assert!(
                toml::from_str::<CalendarSettings>(wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
