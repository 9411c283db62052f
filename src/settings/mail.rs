//! Table `[mail]` of the settings.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::settings::{PasswordSettings, TlsSetting, table};

/// How mails are sent.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// `smtp://[user@]host[:port]`, `smtps://…`, `sendmail[:/path]` or `folder:/path`.
    pub via: Option<String>,
    /// Who signs in to the mail server, when `via` does not name one; none: nobody.
    pub user: Option<String>,
    /// Address that bounces go to; none: whoever sends the invitation.
    pub from: Option<String>,
    /// Authorities to trust besides the system's, as a PEM file.
    pub ca_file: Option<PathBuf>,
    /// `legacy` allows TLS 1.0, and weak keys and signatures.
    pub tls: Option<TlsSetting>,
    /// Longest wait for one answer, in seconds; none: 60.
    pub timeout: Option<u64>,
    /// Where the password comes from when it is not in the keyring.
    #[serde(default, deserialize_with = "table")]
    pub password: Option<PasswordSettings>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_no_setting() {
        let read = |text: &str| toml::from_str::<MailSettings>(text);
        assert!(read("password = ['hunter2']").is_err());
        assert!(read("password = { command = 'pass show mail' }").is_ok());
    }
}
