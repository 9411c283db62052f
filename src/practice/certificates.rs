//! The practice pool's own certificate authority, and what it issues.

use std::net::IpAddr;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{AlpnError, SslAcceptor, SslMethod, SslOptions, SslVersion};
use openssl::x509::extension::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

/// A certificate and its key.
#[derive(Clone)]
pub struct Issued {
    /// Who it is for.
    pub certificate: X509,
    /// The key that goes with it.
    pub key: PKey<Private>,
}

/// Certificates of a practice pool hold from 2000 to 2100, in seconds since 1970: whatever a clock
/// says on the day a pool is set up, it stays usable when the clock is put right.
const VALID: (i64, i64) = (946_684_800, 4_102_444_800);

impl Issued {
    /// A new authority that signs itself.
    pub fn new_authority() -> Result<Self, ErrorStack> {
        let key = elliptic_key()?;
        let mut builder = begin("confctl practice authority", &key)?;
        let issuer = name("confctl practice authority")?;
        builder.set_issuer_name(&issuer)?;
        builder.append_extension(BasicConstraints::new().critical().ca().pathlen(0).build()?)?;
        builder.append_extension(
            KeyUsage::new()
                .critical()
                .key_cert_sign()
                .crl_sign()
                .build()?,
        )?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Self {
            certificate: builder.build(),
            key,
        })
    }

    /// A server certificate for those host names and addresses, signed by this authority.
    pub fn issue(&self, hosts: &[String]) -> Result<Self, ErrorStack> {
        let key = elliptic_key()?;
        let mut builder = begin(hosts.first().map_or("localhost", String::as_str), &key)?;
        builder.set_issuer_name(self.certificate.subject_name())?;
        builder.append_extension(BasicConstraints::new().build()?)?;
        builder.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
        let mut alternatives = SubjectAlternativeName::new();
        for host in hosts {
            match host.parse::<IpAddr>() {
                Ok(_) => alternatives.ip(host),
                Err(_) => alternatives.dns(host),
            };
        }
        let alternatives =
            alternatives.build(&builder.x509v3_context(Some(&self.certificate), None))?;
        builder.append_extension(alternatives)?;
        builder.sign(&self.key, MessageDigest::sha256())?;
        Ok(Self {
            certificate: builder.build(),
            key,
        })
    }

    /// Certificate and key as PEM, to be kept.
    pub fn to_pem(&self) -> Result<String, ErrorStack> {
        let mut pem = self.certificate.to_pem()?;
        pem.extend(self.key.private_key_to_pem_pkcs8()?);
        Ok(String::from_utf8_lossy(&pem).into_owned())
    }

    /// What [`Issued::to_pem`] gave.
    pub fn from_pem(pem: &str) -> Result<Self, ErrorStack> {
        Ok(Self {
            certificate: X509::from_pem(pem.as_bytes())?,
            key: PKey::private_key_from_pem(pem.as_bytes())?,
        })
    }

    /// What TLS listeners need; `old` allows TLS 1.0 and nothing else.
    pub fn acceptor(&self, old: bool) -> Result<SslAcceptor, ErrorStack> {
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
        if old {
            builder.clear_options(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
            builder.set_cipher_list("DEFAULT:@SECLEVEL=0")?;
            builder.set_min_proto_version(Some(SslVersion::TLS1))?;
            builder.set_max_proto_version(Some(SslVersion::TLS1))?;
        }
        builder.set_alpn_select_callback(|_, _| Err(AlpnError::NOACK));
        builder.set_private_key(&self.key)?;
        builder.set_certificate(&self.certificate)?;
        builder.check_private_key()?;
        Ok(builder.build())
    }
}

fn elliptic_key() -> Result<PKey<Private>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}

fn name(common: &str) -> Result<openssl::x509::X509Name, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    // A common name has at most 64 characters (RFC 5280 A.1).
    let short: String = common.chars().take(64).collect();
    name.append_entry_by_nid(Nid::COMMONNAME, &short)?;
    Ok(name.build())
}

fn begin(common: &str, key: &PKey<Private>) -> Result<X509Builder, ErrorStack> {
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let serial = serial.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    let subject = name(common)?;
    builder.set_subject_name(&subject)?;
    builder.set_pubkey(key)?;
    let (from, until) = (Asn1Time::from_unix(VALID.0)?, Asn1Time::from_unix(VALID.1)?);
    builder.set_not_before(&from)?;
    builder.set_not_after(&until)?;
    Ok(builder)
}
