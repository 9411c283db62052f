//! TLS for whoever goes out: how it is set up, what it is checked against, and why there is none, in
//! the same words for pool, calendar, page and mail.

use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::ssl::{
    self, HandshakeError, SslConnector, SslConnectorBuilder, SslMethod, SslOptions, SslStream,
    SslVerifyMode, SslVersion,
};
use openssl::x509::{X509, X509VerifyResult};

use crate::error::{Error, Kind, Result};
use crate::net::{Timed, is_hang_up, is_timeout};

/// What a TLS connection is checked against.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Authorities to trust besides the system's, as PEM.
    pub ca_files: Vec<PathBuf>,
    /// Trust `ca_files` alone. Reading the system's authorities takes longer than all the rest of a
    /// session with a practice pool.
    pub ca_files_only: bool,
    /// Allow TLS 1.0, and keys and signatures that are weak today, as OCS 2007 R2 and Lync 2010 need.
    pub legacy: bool,
    /// The table of the settings that says all this: `account`.
    pub table: &'static str,
}

/// Why there is no TLS connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The certificate is not good enough.
    Certificate(Fault),
    /// The two know no way of TLS in common that is good enough; what is wrong, in OpenSSL's words.
    TooOld(String),
    /// What comes is no TLS.
    NoTls,
    /// Time is up.
    Timeout,
    /// The connection was closed while hands were shaken, as Schannel does without a common suite.
    HungUp,
    /// Anything else, as a clause.
    Other(String),
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is for another name.
    Name,
    /// It was valid once.
    Expired,
    /// It will be valid one day, or our clock is wrong.
    NotYetValid,
    /// Nobody whom this computer trusts has issued it, or there is a gap on the way to whoever did.
    UnknownIssuer,
    /// It was withdrawn.
    Revoked,
    /// Its key is short enough to be broken.
    WeakKey,
    /// So is that of an issuer.
    WeakIssuer,
    /// It is signed by way of a hash that can be forged.
    WeakSignature,
    /// Anything else, in OpenSSL's words.
    Other(String),
}

impl Tls {
    /// How connections are made and checked.
    pub fn connector(&self) -> Result<SslConnector> {
        let builder = self.builder()?;
        Ok(builder.build())
    }

    fn builder(&self) -> Result<SslConnectorBuilder> {
        let broken = |error: ErrorStack| Error::failed(format!("can't set up TLS: {error}"));
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(broken)?;
        builder.set_verify(SslVerifyMode::PEER);
        let oldest = match self.legacy {
            true => SslVersion::TLS1,
            false => SslVersion::TLS1_2,
        };
        builder
            .set_min_proto_version(Some(oldest))
            .map_err(broken)?;
        if self.legacy {
            // OCS 2007 R2 and Lync 2010 know TLS 1.0 and SHA-1 only; OpenSSL 3 wants to be asked twice.
            builder
                .set_cipher_list("DEFAULT:@SECLEVEL=0")
                .map_err(broken)?;
            // SSL_OP_LEGACY_SERVER_CONNECT, which the openssl crate has no name for: take servers without
            // secure renegotiation, as those of Windows Server 2003 and 2008 may be [U].
            builder.set_options(SslOptions::from_bits_retain(0x4));
        }
        // OpenSSL that is compiled along has no idea where the system keeps its authorities.
        let system = openssl_probe::probe().cert_file;
        if let Some(file) = system.filter(|_| !self.ca_files_only) {
            // A broken bundle shows up as an unknown issuer, with the hint about ca_file.
            let _ = builder.set_ca_file(file);
        }
        for certificate in self.read_authorities()? {
            // Adding the same certificate twice is an error of OpenSSL's that nobody needs to hear of.
            let _ = builder.cert_store_mut().add_cert(certificate);
        }
        Ok(builder)
    }

    /// The certificates of `ca_files`.
    pub fn read_authorities(&self) -> Result<Vec<X509>> {
        let files = self.ca_files.iter();
        let read: Result<Vec<_>> = files.map(|file| read_certificates(file)).collect();
        Ok(read?.concat())
    }

    /// Puts TLS over a socket, and makes sure that `host` is at the other end.
    pub fn shake_hands(
        connector: &SslConnector,
        host: &str,
        socket: Timed,
    ) -> Result<SslStream<Timed>, Failure> {
        connector.connect(host, socket).map_err(Failure::of)
    }
}

fn read_certificates(file: &Path) -> Result<Vec<X509>> {
    let shown = file.display();
    let pem = std::fs::read(file)
        .map_err(|error| Error::usage(format!("can't read the CA file '{shown}': {error}")))?;
    match X509::stack_from_pem(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::usage(format!(
            "the CA file '{shown}' holds no certificate in PEM form"
        ))),
    }
}

impl Failure {
    fn of(error: HandshakeError<Timed>) -> Self {
        match error {
            HandshakeError::SetupFailure(error) => Self::Other(words_of(&error)),
            HandshakeError::Failure(middle) | HandshakeError::WouldBlock(middle) => {
                Self::of_parts(middle.ssl().verify_result(), middle.error())
            }
        }
    }

    /// What OpenSSL found of the certificate, and what it says besides.
    pub(super) fn of_parts(verdict: X509VerifyResult, error: &ssl::Error) -> Self {
        if verdict != X509VerifyResult::OK {
            return Self::Certificate(Fault::of(verdict));
        }
        match error.io_error() {
            Some(error) if is_timeout(error) => Self::Timeout,
            Some(error) if is_hang_up(error) => Self::HungUp,
            Some(error) => Self::Other(error.to_string()),
            None => match error.ssl_error() {
                Some(stack) => Self::of_reason(words_of(stack)),
                None => Self::HungUp,
            },
        }
    }

    /// What another user of OpenSSL made of its errors: `error:0A000086:SSL routines:…:REASON:…
    /// (VERDICT)`.
    pub(super) fn of_words(text: &str) -> Self {
        let verdict = text.trim_end().strip_suffix(')');
        let verdict = verdict.and_then(|text| Some(text.rsplit_once('(')?.1));
        if let Some(fault) = verdict.and_then(Fault::of_words) {
            return Self::Certificate(fault);
        }
        match text.split(':').nth(4) {
            Some(reason) if text.starts_with("error:") => Self::of_reason(reason.to_owned()),
            _ => Self::Other("TLS failed".to_owned()),
        }
    }

    fn of_reason(words: String) -> Self {
        let says = |marks: &[&str]| marks.iter().any(|mark| words.contains(mark));
        if says(&[
            "wrong version number",
            "packet length",
            "http request",
            "record overflow",
        ]) {
            return Self::NoTls;
        }
        let old = [
            "protocol",
            "cipher",
            "handshake failure",
            "sigalg",
            "signature type",
            "renegotiation",
            "too small",
            "too weak",
        ];
        match says(&old) {
            true => Self::TooOld(words),
            false => Self::Other(words),
        }
    }

    /// The sentence; `server` is whom we wanted to speak to, at `host`.
    pub fn to_error(&self, server: &str, host: &str, tls: &Tls) -> Error {
        let what = match self {
            Self::Certificate(fault) => {
                format!("the certificate of {server} {}", fault.words(host))
            }
            _ => format!(
                "can't make a TLS connection to {server}: {}",
                self.clause(host)
            ),
        };
        let error = Error::new(Kind::Unreachable, what);
        self.hints(tls).into_iter().fold(error, Error::hint)
    }

    /// The same as a clause about the server at `host`.
    pub fn clause(&self, host: &str) -> String {
        match self {
            Self::Certificate(fault) => format!("its certificate {}", fault.words(host)),
            Self::TooOld(words) | Self::Other(words) => words.clone(),
            Self::NoTls => "what comes is no TLS".to_owned(),
            Self::Timeout => "no answer in time".to_owned(),
            Self::HungUp => "it closed the connection".to_owned(),
        }
    }

    /// What the user can do.
    pub fn hints(&self, tls: &Tls) -> Vec<String> {
        let legacy = || {
            let table = tls.table;
            format!(
                "tls = \"legacy\" below [{table}] in the settings allows it, for servers that can't do better"
            )
        };
        let hint = match self {
            Self::Certificate(Fault::WeakKey | Fault::WeakIssuer | Fault::WeakSignature)
            | Self::TooOld(_)
                if !tls.legacy =>
            {
                legacy()
            }
            Self::HungUp if !tls.legacy => {
                return vec![
                    "the port may not speak TLS: check it".to_owned(),
                    format!("or the server knows no TLS 1.2: {}", legacy()),
                ];
            }
            Self::Certificate(fault) => match fault.hint(tls) {
                Some(hint) => hint,
                None => return Vec::new(),
            },
            Self::NoTls => "the port may not speak TLS: check it".to_owned(),
            Self::Timeout => "check host and port, and whether the port speaks TLS".to_owned(),
            Self::TooOld(_) | Self::HungUp | Self::Other(_) => return Vec::new(),
        };
        vec![hint]
    }
}

impl Fault {
    /// Codes of X509_V_ERR_… in OpenSSL's x509_vfy.h.
    fn of(verdict: X509VerifyResult) -> Self {
        match verdict.as_raw() {
            62 | 64 => Self::Name,
            10 => Self::Expired,
            9 => Self::NotYetValid,
            // 7: somebody of the issuer's name has signed it, with another key.
            2 | 7 | 18..=22 | 27 | 33 => Self::UnknownIssuer,
            23 => Self::Revoked,
            66 => Self::WeakKey,
            67 => Self::WeakIssuer,
            68 => Self::WeakSignature,
            _ => Self::Other(verdict.error_string().to_owned()),
        }
    }

    /// In the words of OpenSSL's X509_verify_cert_error_string.
    fn of_words(words: &str) -> Option<Self> {
        Some(match words {
            "hostname mismatch" | "IP address mismatch" => Self::Name,
            "certificate has expired" => Self::Expired,
            "self-signed certificate"
            | "self-signed certificate in certificate chain"
            | "unable to get issuer certificate"
            | "unable to get local issuer certificate"
            | "unable to verify the first certificate"
            | "certificate signature failure" => Self::UnknownIssuer,
            "certificate revoked" => Self::Revoked,
            "EE certificate key too weak" => Self::WeakKey,
            "CA certificate key too weak" => Self::WeakIssuer,
            "CA signature digest algorithm too weak" => Self::WeakSignature,
            words if words.starts_with("certificate is not yet valid") => Self::NotYetValid,
            _ => return None,
        })
    }

    /// What comes after "the certificate of X".
    fn words(&self, host: &str) -> String {
        match self {
            Self::Name => format!("is for another name than '{host}'"),
            Self::Expired => "has expired".to_owned(),
            Self::NotYetValid => "is not valid yet".to_owned(),
            Self::UnknownIssuer => {
                "is not trusted: this computer does not know who issued it".to_owned()
            }
            Self::Revoked => "is not trusted: its issuer withdrew it".to_owned(),
            Self::WeakKey => "is not trusted: its key is too weak".to_owned(),
            Self::WeakIssuer => "is not trusted: the key of an issuer is too weak".to_owned(),
            Self::WeakSignature => "is not trusted: its signature is too weak".to_owned(),
            Self::Other(words) => format!("is not trusted: {words}"),
        }
    }

    fn hint(&self, tls: &Tls) -> Option<String> {
        Some(match self {
            Self::Name => "use the server name that the certificate is for, or ask your administrator which it is".to_owned(),
            Self::Expired => "tell your administrator; if that surprises them, check this computer's clock".to_owned(),
            Self::NotYetValid => "check this computer's clock".to_owned(),
            Self::UnknownIssuer => match &tls.ca_files[..] {
                [file] => format!("'{}' does not hold the authority that issued it", file.display()),
                [file, own, ..] => format!("neither '{}' nor '{}' holds the authority that issued it", file.display(), own.display()),
                [] => format!("if your organisation has its own authority, name its certificate: ca_file below [{}] in the settings, or CONFCTL_CA_FILE", tls.table),
            },
            _ => return None,
        })
    }
}

/// The reasons that OpenSSL gives, without its codes.
fn words_of(stack: &ErrorStack) -> String {
    let reasons = stack.errors().iter().filter_map(|error| error.reason());
    let words = reasons.collect::<Vec<_>>().join(", ");
    match words.is_empty() {
        true => "TLS failed".to_owned(),
        false => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_of_a_failure_is_read_without_its_codes() {
        let of = |reason: &str, verdict: &str| {
            let text =
                format!("error:0A000086:SSL routines:tls_process:{reason}:ssl/x.c:1:{verdict}");
            Failure::of_words(&text)
        };
        let failed = "certificate verify failed";
        for (verdict, fault) in [
            (" (hostname mismatch)", Fault::Name),
            (" (certificate has expired)", Fault::Expired),
            (" (self-signed certificate)", Fault::UnknownIssuer),
            (" (EE certificate key too weak)", Fault::WeakKey),
        ] {
            assert_eq!(of(failed, verdict), Failure::Certificate(fault));
        }
        let old = Failure::TooOld("unsupported protocol".to_owned());
        assert_eq!(of("unsupported protocol", ""), old);
        assert_eq!(of("wrong version number", ""), Failure::NoTls);
        assert_eq!(Failure::of_words("?").clause(""), "TLS failed");
    }
}
