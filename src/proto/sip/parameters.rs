//! Challenges and credentials: `NTLM realm="…", version=4` ([MS-SIPAE] 2.2).

use super::address::split_outside_quotes;

/// A scheme and its parameters, from any of the four authentication headers and their answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `NTLM`, `Kerberos`, `TLS-DSK`, as written.
    pub scheme: String,
    parameters: Vec<(String, String)>,
}

impl Credentials {
    /// No parameters yet.
    pub fn new(scheme: &str) -> Self {
        Self {
            scheme: scheme.to_owned(),
            parameters: Vec::new(),
        }
    }

    /// Reads quoted and bare values alike, in any order; Microsoft's own examples mix them.
    pub fn read(value: &str) -> Self {
        let value = value.trim();
        let (scheme, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        let mut credentials = Self::new(scheme);
        for item in split_outside_quotes(rest, ',') {
            if let Some((name, value)) = item.split_once('=') {
                let value = value.trim().trim_matches('"');
                credentials
                    .parameters
                    .push((name.trim().to_owned(), value.to_owned()));
            }
        }
        credentials
    }

    /// Adds a parameter at the end.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Value of a parameter, by name in any case, as it stood between its quotes.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// As written to a header: everything in quotes but `version` (sipe and Communicator alike).
    pub fn write(&self) -> String {
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|(name, value)| match name.as_str() {
                "version" => format!("version={value}"),
                _ => format!("{name}=\"{}\"", value.replace(['"', '\\'], "")),
            })
            .collect();
        format!("{} {}", self.scheme, parameters.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_and_bare_values_read_alike() {
        let value = "NTLM rspauth=\"0100\",srand=98984345 ,  snum=1, opaque=\"3F, 6C\", realm=\"SIP Communications Service\", version=4";
        let read = Credentials::read(value);
        assert_eq!(read.scheme, "NTLM");
        assert_eq!(read.parameter("srand"), Some("98984345"));
        assert_eq!(read.parameter("OPAQUE"), Some("3F, 6C"));
        assert_eq!(read.parameter("realm"), Some("SIP Communications Service"));
        assert_eq!(read.parameter("version"), Some("4"));
        assert_eq!(read.parameter("cnum"), None);
    }

    #[test]
    fn only_version_is_written_bare() {
        let written = Credentials::new("NTLM")
            .with("qop", "auth")
            .with("gssapi-data", "")
            .with("version", "4")
            .write();
        assert_eq!(written, "NTLM qop=\"auth\", gssapi-data=\"\", version=4");
        assert_eq!(Credentials::read(&written).write(), written);
    }
}
