//! Passcodes on the wire: sealed for the holder of a certificate, opened with its key.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sha::sha256;
use openssl::stack::Stack;
use openssl::symm::Cipher;
use openssl::x509::extension::KeyUsage;
use openssl::x509::{X509, X509Builder, X509Name};
use zeroize::Zeroizing;

use crate::proto::c3p::Certificate;
use crate::proto::c3p::encryption_key::unarmour;
use crate::secret::Secret;

/// Why a passcode was not sealed or opened. The passcode is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum PasscodeError {
    /// The certificate is none.
    #[error("expected an X.509 certificate to seal the passcode for, got something else")]
    Certificate,
    /// Not base64, or neither of the two forms that are known.
    #[error("expected a sealed passcode, got something else")]
    Form,
    /// Sealed for another key than ours.
    #[error("the passcode was sealed for another key")]
    OtherKey,
    /// What was sealed is no passcode.
    #[error("expected 3 to 32 letters and digits as passcode, got something else")]
    Text,
    /// OpenSSL could not do its part.
    #[error("OpenSSL failed: {0}")]
    Crypto(#[from] ErrorStack),
}

/// A fresh RSA key and a certificate for it signed by itself: a client's, for passcodes to be read
/// back, or a Focus Factory's.
pub struct KeyPair {
    key: PKey<Private>,
    certificate: X509,
}

/// DER of the object identifier 1.2.840.113549.1.7.3, envelopedData (RFC 5652 6.1).
const ENVELOPED_DATA: [u8; 11] = [
    0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03,
];
/// First octet of a DER SEQUENCE.
const SEQUENCE: u8 = 0x30;
const RSA_BITS: u32 = 2048;
const DAY: i64 = 86_400;

/// How a passcode is sealed. (GUESS) None of it is documented, nor is the passcode's encoding, UTF-8
/// here: these are what Windows' own functions made in those days, the likelier one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// CMS EnvelopedData (RFC 5652 6) with RSA PKCS #1 v1.5 and triple DES.
    Cms,
    /// The passcode itself in a block of RSA PKCS #1 v1.5.
    Block,
}

impl Envelope {
    /// In the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::Cms, Self::Block];

    /// The form of what was sealed; none: it is no base64.
    pub fn of(text: &str) -> Option<Self> {
        let sealed = unarmour(text)?;
        Some(match is_enveloped(&sealed) {
            true => Self::Cms,
            false => Self::Block,
        })
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cms => "CMS EnvelopedData with triple DES",
            Self::Block => "a block of RSA PKCS #1 v1.5",
        })
    }
}

/// Seals a passcode for the holder of a certificate (in DER), in base64.
///
/// # Errors
/// [`PasscodeError::Certificate`], or [`PasscodeError::Crypto`] for a key that can't encrypt.
pub fn seal(
    passcode: &Secret,
    certificate_der: &[u8],
    form: Envelope,
) -> Result<String, PasscodeError> {
    let certificate = X509::from_der(certificate_der).map_err(|_| PasscodeError::Certificate)?;
    if form == Envelope::Block {
        let key = certificate.public_key()?.rsa()?;
        let mut block = vec![0; key.size() as usize];
        let plain = passcode.expose().as_bytes();
        let length = key.public_encrypt(plain, &mut block, Padding::PKCS1)?;
        block.truncate(length);
        return Ok(STANDARD.encode(block));
    }
    let mut recipients = Stack::new()?;
    recipients.push(certificate)?;
    let plain = passcode.expose().as_bytes();
    let cipher = Cipher::des_ede3_cbc();
    let envelope = CmsContentInfo::encrypt(&recipients, plain, cipher, CMSOptions::BINARY)?;
    Ok(STANDARD.encode(envelope.to_der()?))
}

/// Opens a sealed passcode: a CMS EnvelopedData, or a bare RSA PKCS #1 v1.5 block in either byte
/// order (Windows' CryptoAPI had it little-endian), around UTF-8 or UTF-16LE with or without NULs
/// behind it.
///
/// # Errors
/// Everything of [`PasscodeError`] but `Certificate`.
pub fn open(text: &str, key: &PKey<Private>, certificate: &X509) -> Result<Secret, PasscodeError> {
    let sealed = unarmour(text).ok_or(PasscodeError::Form)?;
    if is_enveloped(&sealed) {
        let envelope = CmsContentInfo::from_der(&sealed).map_err(|_| PasscodeError::Form)?;
        let plain = envelope
            .decrypt(key, certificate)
            .map_err(|_| PasscodeError::OtherKey)?;
        return passcode(&Zeroizing::new(plain)).ok_or(PasscodeError::Text);
    }
    open_block(sealed, &key.rsa()?)
}

impl KeyPair {
    /// Makes a key of 2048 bits, and a certificate with that common name, valid from a day before
    /// `now` (clocks differ) for a year. Takes a noticeable part of a second.
    ///
    /// # Errors
    /// [`PasscodeError::Crypto`], also for a name that is empty or over 64 characters.
    pub fn generate(common_name: &str, now: Timestamp) -> Result<Self, PasscodeError> {
        let key = PKey::from_rsa(Rsa::generate(RSA_BITS)?)?;
        let certificate = certify(common_name, now, &key)?;
        Ok(Self { key, certificate })
    }

    /// Key and certificate as PEM, to be kept in a safe place.
    pub fn to_pem(&self) -> Result<String, PasscodeError> {
        let mut pem = self.certificate.to_pem()?;
        pem.extend(self.key.private_key_to_pem_pkcs8()?);
        Ok(String::from_utf8_lossy(&pem).into_owned())
    }

    /// What [`KeyPair::to_pem`] gave.
    pub fn from_pem(pem: &str) -> Result<Self, PasscodeError> {
        Ok(Self {
            key: PKey::private_key_from_pem(pem.as_bytes())?,
            certificate: X509::from_pem(pem.as_bytes())?,
        })
    }

    /// The certificate as it goes over the wire.
    pub fn certificate(&self) -> Result<Certificate, PasscodeError> {
        Ok(Certificate::from_der(&self.certificate_der()?))
    }

    /// The certificate in DER.
    pub fn certificate_der(&self) -> Result<Vec<u8>, PasscodeError> {
        Ok(self.certificate.to_der()?)
    }

    /// Opens a passcode that was sealed for this certificate.
    ///
    /// # Errors
    /// As `open`.
    pub fn open(&self, text: &str) -> Result<Secret, PasscodeError> {
        open(text, &self.key, &self.certificate)
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(redacted)")
    }
}

fn certify(common_name: &str, now: Timestamp, key: &PKey<Private>) -> Result<X509, ErrorStack> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_text("CN", common_name)?;
    let name = name.build();
    let seconds = now.as_second();
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    builder.set_serial_number(serial_number(key)?.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_not_before(Asn1Time::from_unix(seconds - DAY)?.as_ref())?;
    builder.set_not_after(Asn1Time::from_unix(seconds + 365 * DAY)?.as_ref())?;
    builder.set_pubkey(key)?;
    builder.append_extension(
        KeyUsage::new()
            .key_encipherment()
            .digital_signature()
            .build()?,
    )?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

/// A number of 126 bits that follows from the key, so that no two keys share one: envelopes name
/// their recipient by issuer and serial number.
fn serial_number(key: &PKey<Private>) -> Result<BigNum, ErrorStack> {
    let digest = sha256(&key.public_key_to_der()?);
    let (head, _) = digest.split_at(16);
    let mut number = BigNum::from_slice(head)?;
    number.mask_bits(126)?;
    Ok(number)
}

fn is_enveloped(sealed: &[u8]) -> bool {
    let names_it = |window: &[u8]| window == ENVELOPED_DATA;
    sealed.first() == Some(&SEQUENCE) && sealed.windows(ENVELOPED_DATA.len()).any(names_it)
}

/// Newer OpenSSL gives something arbitrary for a block that was made for another key, so only what
/// looks like a passcode is taken.
fn open_block(mut block: Vec<u8>, key: &Rsa<Private>) -> Result<Secret, PasscodeError> {
    if block.len() != key.size() as usize {
        return Err(PasscodeError::Form);
    }
    if let Some(passcode) = decrypt(&block, key) {
        return Ok(passcode);
    }
    block.reverse();
    decrypt(&block, key).ok_or(PasscodeError::OtherKey)
}

fn decrypt(block: &[u8], key: &Rsa<Private>) -> Option<Secret> {
    let mut plain = Zeroizing::new(vec![0; block.len()]);
    let length = key
        .private_decrypt(block, &mut plain, Padding::PKCS1)
        .ok()?;
    passcode(plain.get(..length)?)
}

/// 3 to 32 ASCII letters and digits, in UTF-8 or UTF-16LE.
fn passcode(plain: &[u8]) -> Option<Secret> {
    let (characters, highs): (Zeroizing<Vec<u8>>, Vec<u8>) = if plain.get(1) == Some(&0) {
        let odd = plain.iter().skip(1).step_by(2).copied();
        (
            Zeroizing::new(plain.iter().step_by(2).copied().collect()),
            odd.collect(),
        )
    } else {
        (Zeroizing::new(plain.to_vec()), Vec::new())
    };
    let length = characters.iter().rposition(|byte| *byte != 0)? + 1;
    let text = std::str::from_utf8(characters.get(..length)?).ok()?;
    let right = (3..=32).contains(&length) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    (right && highs.iter().all(|byte| *byte == 0)).then(|| Secret::from(text))
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static PAIR: LazyLock<KeyPair> = LazyLock::new(|| pair("ana"));

    fn pair(name: &str) -> KeyPair {
        KeyPair::generate(name, "2031-05-06T18:00:00Z".parse().unwrap()).unwrap()
    }

    fn seal_text(passcode: &str) -> String {
        seal_as(Envelope::Cms, passcode)
    }

    fn seal_as(form: Envelope, passcode: &str) -> String {
        let certificate = PAIR.certificate_der().unwrap();
        seal(&Secret::from(passcode), &certificate, form).unwrap()
    }

    /// The other form, as a server of those days may have made it.
    fn block(plain: &[u8], little_endian: bool) -> String {
        let key = PAIR.key.rsa().unwrap();
        let mut block = vec![0; key.size() as usize];
        key.public_encrypt(plain, &mut block, Padding::PKCS1)
            .unwrap();
        if little_endian {
            block.reverse();
        }
        STANDARD.encode(block)
    }

    fn envelope(plain: &[u8]) -> String {
        let mut recipients = Stack::new().unwrap();
        recipients.push(PAIR.certificate.clone()).unwrap();
        let cipher = Cipher::aes_256_cbc();
        let cms = CmsContentInfo::encrypt(&recipients, plain, cipher, CMSOptions::BINARY).unwrap();
        STANDARD.encode(cms.to_der().unwrap())
    }

    fn utf_16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn what_is_sealed_is_opened() {
        let text = seal_text("4711470812");
        assert!(!text.contains("4711470812"));
        assert_eq!(PAIR.open(&text).unwrap(), Secret::from("4711470812"));
        let wrapped = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap());
        let wrapped = wrapped.collect::<Vec<_>>().join("\r\n  ");
        assert_eq!(PAIR.open(&wrapped).unwrap(), Secret::from("4711470812"));
    }

    #[test]
    fn every_form_and_encoding_is_opened() {
        let plains = [
            b"aB34567890".to_vec(),
            b"aB34567890\0".to_vec(),
            utf_16("aB34567890"),
            utf_16("aB34567890\0"),
        ];
        for plain in plains {
            for text in [envelope(&plain), block(&plain, false), block(&plain, true)] {
                assert_eq!(
                    PAIR.open(&text).unwrap(),
                    Secret::from("aB34567890"),
                    "{plain:?}"
                );
            }
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let other = pair("bo");
        assert!(matches!(
            other.open(&seal_text("47114711")),
            Err(PasscodeError::OtherKey)
        ));
        assert!(matches!(
            other.open(&block(b"47114711", false)),
            Err(PasscodeError::OtherKey)
        ));
        // Rotated: the same name, another key.
        assert!(matches!(
            pair("ana").open(&seal_text("47114711")),
            Err(PasscodeError::OtherKey)
        ));
    }

    #[test]
    fn what_is_no_sealed_passcode_is_refused() {
        for text in ["", "12345678", "%%%", &STANDARD.encode([0x30; 200])] {
            assert!(
                matches!(PAIR.open(text), Err(PasscodeError::Form)),
                "{text}"
            );
        }
        for plain in [&b""[..], b"\0\0", b"with space", b"\xff\xfe\xfd", b"ab"] {
            assert!(
                matches!(PAIR.open(&envelope(plain)), Err(PasscodeError::Text)),
                "{plain:?}"
            );
        }
        for form in Envelope::ALL {
            let refused = seal(&Secret::from("12345678"), b"(placeholder)", form);
            assert!(matches!(refused, Err(PasscodeError::Certificate)));
        }
    }

    #[test]
    fn the_certificate_is_valid_around_now() {
        let certificate = &PAIR.certificate;
        let now = "2031-05-06T18:00:00Z"
            .parse::<Timestamp>()
            .unwrap()
            .as_second();
        let now = Asn1Time::from_unix(now).unwrap();
        assert!(certificate.not_before() < now && certificate.not_after() > now);
        assert!(certificate.verify(&PAIR.key).unwrap());
        assert_eq!(
            PAIR.certificate().unwrap().der(),
            Some(PAIR.certificate_der().unwrap())
        );
    }

    #[test]
    fn debug_output_hides_the_key() {
        assert_eq!(format!("{:?}", *PAIR), "KeyPair(redacted)");
    }

    /// An independent reader, where the program and a shell are installed.
    #[test]
    fn the_openssl_program_opens_it_too() {
        let key = String::from_utf8(PAIR.key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        let sealed = seal_text("47114711");
        let run = |arguments: &str| {
            let script =
                format!("openssl cms -inform DER -in <(base64 -d <<< $SEALED) {arguments}");
            let mut shell = Command::new("bash");
            shell
                .args(["-c", &script])
                .env("SEALED", &sealed)
                .env("KEY", &key);
            shell.output().unwrap().stdout
        };
        let version = Command::new("bash")
            .args(["-c", "openssl version"])
            .output();
        if !version.is_ok_and(|output| output.status.success()) {
            return;
        }
        assert_eq!(run("-decrypt -inkey <(echo \"$KEY\")"), b"47114711");
        let shown = run("-cmsout -print");
        let shown = String::from_utf8_lossy(&shown);
        for part in [
            "des-ede3-cbc",
            "rsaEncryption",
            "issuerAndSerialNumber",
            "pkcs7-envelopedData",
        ] {
            assert!(shown.contains(part), "{part}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_passcode_survives(passcode in "[A-Za-z0-9]{3,32}") {
            for form in Envelope::ALL {
                let sealed = seal_as(form, &passcode);
                prop_assert_eq!(Envelope::of(&sealed), Some(form));
                prop_assert_eq!(PAIR.open(&sealed).unwrap(), Secret::from(passcode.as_str()));
            }
        }

        #[test]
        fn hostile_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<usize>()) {
            prop_assert!(PAIR.open(&STANDARD.encode(&bytes)).is_err());
            let mut envelope = STANDARD.decode(seal_text("47114711")).unwrap();
            let at = at % envelope.len();
            envelope[at] ^= 0x41;
            let _ = PAIR.open(&STANDARD.encode(&envelope));
            envelope.truncate(at);
            prop_assert!(PAIR.open(&STANDARD.encode(&envelope)).is_err());
        }
    }
}
