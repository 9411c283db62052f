//! Who may read along: nobody but this computer.

use std::path::PathBuf;

use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509NameBuilder};
use tempfile::TempDir;

use super::*;

/// A server with a certificate for that host that vouches for itself, and the certificate's file.
fn start_secure(host: &str, habits: Habits) -> (Server, TempDir, PathBuf) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", host).unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    let days = |days| Asn1Time::days_from_now(days).unwrap();
    builder.set_not_before(&days(0)).unwrap();
    builder.set_not_after(&days(2)).unwrap();
    let mut names = SubjectAlternativeName::new();
    match host.parse::<std::net::IpAddr>() {
        Ok(_) => names.ip(host),
        Err(_) => names.dns(host),
    };
    let names = names.build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let certificate = builder.build();

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate.to_pem().unwrap()).unwrap();
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_private_key(&key).unwrap();
    acceptor.set_certificate(&certificate).unwrap();
    let server = Server::start(Habits {
        acceptor: Some(acceptor.build()),
        ..habits
    });
    (server, folder, file)
}

fn user_transport(server: &Server, ca_file: Option<PathBuf>) -> SmtpTransport {
    let mut transport = transport(server);
    transport.way.timeout = Duration::from_secs(3);
    transport.way.server.user = Some("ana".into());
    transport.way.password = Some("hunter2".into());
    transport.way.tls.ca_files = ca_file.into_iter().collect();
    transport
}

#[test]
fn letters_go_over_starttls_when_that_is_the_only_way_to_sign_in() {
    let habits = Habits {
        offers: vec!["STARTTLS"],
        secret_offers: vec!["AUTH PLAIN"],
        ..Habits::default()
    };
    let (server, _folder, file) = start_secure("127.0.0.1", habits);
    let mut transport = user_transport(&server, Some(file));
    assert_eq!(statuses(&send(&mut transport, 2)), ["sent, told 1"; 2]);
    assert_eq!((server.count("STARTTLS"), server.count("EHLO")), (1, 2));
    assert_eq!(server.count("AUTH PLAIN AGFuYQBodW50ZXIy"), 1);
}

/// Other users of this computer have ports on it as well.
#[test]
fn a_password_waits_for_tls_on_this_computer_too() {
    let habits = || Habits {
        offers: vec!["STARTTLS", "AUTH PLAIN"],
        secret_offers: vec!["AUTH PLAIN"],
        ..Habits::default()
    };
    let (server, _folder, file) = start_secure("127.0.0.1", habits());
    let mut transport = user_transport(&server, Some(file));
    assert_eq!(statuses(&send(&mut transport, 1)), ["sent, told 1"]);
    assert_eq!(
        (server.count("STARTTLS"), server.count("AUTH PLAIN")),
        (1, 1)
    );

    let (server, _folder, _) = start_secure("127.0.0.1", habits());
    let error = user_transport(&server, None).ask_8bit().unwrap_err();
    assert!(error.to_string().contains("is not trusted"), "{error}");
    assert_eq!(server.count("AUTH"), 0);
}

#[test]
fn letters_go_over_tls_from_the_first_byte() {
    let habits = Habits {
        offers: vec!["AUTH PLAIN"],
        implicit: true,
        ..Habits::default()
    };
    let (server, _folder, file) = start_secure("127.0.0.1", habits);
    let mut transport = user_transport(&server, Some(file));
    transport.way.server.tls = true;
    assert_eq!(statuses(&send(&mut transport, 2)), ["sent, told 1"; 2]);
    assert_eq!(server.count("AUTH PLAIN AGFuYQBodW50ZXIy"), 1);
}

#[test]
fn certificates_are_checked() {
    for (host, trusted, words) in [
        ("127.0.0.1", false, "is not trusted"),
        ("mail.example.org", true, "is for another name"),
    ] {
        for implicit in [true, false] {
            let habits = Habits {
                offers: vec!["STARTTLS"],
                implicit,
                ..Habits::default()
            };
            let (server, _folder, file) = start_secure(host, habits);
            let mut transport = user_transport(&server, Some(file).filter(|_| trusted));
            transport.way.server.tls = implicit;
            let error = transport.ask_8bit().unwrap_err();
            assert!(error.to_string().contains(words), "{host}: {error}");
            assert_eq!(server.count("AUTH"), 0);
        }
    }
}

#[test]
fn another_computer_gets_nothing_in_clear() {
    let server = Server::start(Habits {
        offers: vec!["AUTH PLAIN"],
        ..Habits::default()
    });
    let mut transport = user_transport(&server, None);
    // A name that leads to this computer but does not say so.
    transport.way.server.host = "LocalHost".into();
    let error = transport.ask_8bit().unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
    assert_eq!((server.count("AUTH"), server.count("MAIL")), (0, 0));
}

#[test]
fn what_is_said_before_tls_is_no_answer_after_it() {
    let habits = Habits {
        offers: vec!["STARTTLS"],
        whispers: "250-mail.example.com\r\n250 AUTH PLAIN\r\n",
        ..Habits::default()
    };
    let (server, _folder, file) = start_secure("127.0.0.1", habits);
    let error = user_transport(&server, Some(file)).ask_8bit().unwrap_err();
    assert!(
        error.to_string().contains("talks when it should not"),
        "{error}"
    );
}
