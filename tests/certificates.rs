//! What is wrong with a certificate is told in the same words by pool, page, calendar and mail; what is
//! only old can be allowed for each.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslAcceptor, SslMethod, SslVersion};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

use crate::desk::{Desk, ServedPool, words};

/// A certificate and its key.
struct Issued {
    certificate: X509,
    key: PKey<Private>,
}

/// What is odd about a server.
#[derive(Clone, Copy)]
struct Odd {
    name: &'static str,
    bits: u32,
    digest: fn() -> MessageDigest,
    /// Days from now when it ends.
    ends: i64,
    is_trusted: bool,
    is_tls_1_0: bool,
}

const USUAL: Odd = Odd {
    name: "localhost",
    bits: 2048,
    digest: MessageDigest::sha256,
    ends: 5,
    is_trusted: true,
    is_tls_1_0: false,
};

fn issue(odd: Odd, authority: Option<&Issued>) -> Issued {
    let key = PKey::from_rsa(Rsa::generate(odd.bits).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", odd.name).unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(100, MsbOption::MAYBE_ZERO, false).unwrap();
    let serial = serial.to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&name).unwrap();
    let issuer = authority.map_or(name.as_ref(), |own| own.certificate.subject_name());
    builder.set_issuer_name(issuer).unwrap();
    builder.set_pubkey(&key).unwrap();
    let now = jiff::Timestamp::now().as_second();
    let at = |days: i64| Asn1Time::from_unix(now + days * 86_400).unwrap();
    builder.set_not_before(&at(odd.ends - 10)).unwrap();
    builder.set_not_after(&at(odd.ends)).unwrap();
    let extension = match authority {
        None => BasicConstraints::new().critical().ca().build(),
        Some(_) => {
            let context = builder.x509v3_context(None, None);
            SubjectAlternativeName::new().dns(odd.name).build(&context)
        }
    };
    builder.append_extension(extension.unwrap()).unwrap();
    let signer = authority.map_or(&key, |own| &own.key);
    builder.sign(signer, (odd.digest)()).unwrap();
    Issued {
        certificate: builder.build(),
        key,
    }
}

/// A server with such a certificate, for as long as the process lives, that asks everybody to sign in;
/// its port. The authority's certificate goes into that file.
fn serve(odd: Odd, ca_file: &Path) -> u16 {
    let authority = issue(
        Odd {
            name: "Authority",
            ..USUAL
        },
        None,
    );
    let own = issue(odd, Some(&authority));
    let trusted = match odd.is_trusted {
        true => authority,
        false => issue(
            Odd {
                name: "Another",
                ..USUAL
            },
            None,
        ),
    };
    fs::write(ca_file, trusted.certificate.to_pem().unwrap()).unwrap();
    let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls_server()).unwrap();
    acceptor.set_cipher_list("DEFAULT:@SECLEVEL=0").unwrap();
    if odd.is_tls_1_0 {
        acceptor
            .set_min_proto_version(Some(SslVersion::TLS1))
            .unwrap();
        acceptor
            .set_max_proto_version(Some(SslVersion::TLS1))
            .unwrap();
    }
    acceptor.set_private_key(&own.key).unwrap();
    acceptor.set_certificate(&own.certificate).unwrap();
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let acceptor = acceptor.clone();
            std::thread::spawn(move || {
                let Ok(mut stream) = acceptor.accept(stream.unwrap()) else {
                    return;
                };
                let answer =
                    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = stream.read(&mut [0; 1000]);
                let _ = stream.write_all(answer.as_bytes());
            });
        }
    });
    port
}

/// What each of those who use TLS says of a server on that port.
fn said(desk: &Desk, pool: &ServedPool, port: u16, tls: &str) -> [(&'static str, String); 4] {
    let ca = desk.path("odd.pem");
    let ca = ca.display();
    let table = format!("ca_file = '{ca}'\n{tls}\n");
    let user = "user = 'sip:ana@example.com'\nlogin = 'EXAMPLE\\ana'\n";
    let run = |settings: String, line: &str| {
        fs::write(desk.path("odd.toml"), settings).unwrap();
        let line = format!("{line} --config odd.toml");
        let run = desk.confctl(&words(&line)).input(b"hunter2\n");
        let output = run
            .env("CONFCTL_PASSWORD", "Correct-Horse-7")
            .env("CONFCTL_TIMEOUT", "3");
        output.run().stderr
    };
    let at_pool = format!("[account]\n{user}server = 'tls:localhost:{port}'\n{table}");
    let calendar = format!("[calendar]\nuser = 'ana'\nurl = 'https://localhost:{port}/'\n{table}");
    let mail = format!("[mail]\nvia = 'smtps://ana@localhost:{port}'\ntimeout = 3\n{table}");
    // The page is on another server than the pool, and both are checked against one file.
    let own = fs::read_to_string(pool.ca()).unwrap();
    let both = own + &fs::read_to_string(desk.path("odd.pem")).unwrap();
    fs::write(desk.path("both.pem"), both).unwrap();
    let page = format!(
        "[account]\n{user}server = '{}'\nca_file = '{}'\n{tls}\nsettings_page = 'https://localhost:{port}/dialin'\n",
        pool.tls(),
        desk.path("both.pem").display()
    );
    [
        ("pool", run(at_pool, "list")),
        (
            "calendar",
            run(calendar, "login --calendar --password-stdin"),
        ),
        ("mail", run(mail, "login --mail --password-stdin")),
        ("page", run(page, "settings url")),
    ]
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_in_the_same_words() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    for (odd, words) in [
        (
            Odd {
                name: "mail.example.org",
                ..USUAL
            },
            "is for another name than",
        ),
        (Odd { ends: -1, ..USUAL }, "has expired"),
        (Odd { ends: 11, ..USUAL }, "is not valid yet"),
        (
            Odd {
                is_trusted: false,
                ..USUAL
            },
            "is not trusted: this computer does not know who issued it",
        ),
    ] {
        let port = serve(odd, &desk.path("odd.pem"));
        for tls in ["", "tls = 'legacy'"] {
            for (who, stderr) in said(&desk, &pool, port, tls) {
                let is_told = stderr.contains("certificate") && stderr.contains(words);
                assert!(is_told, "{who} {tls}: {words}\n{stderr}");
                assert!(!stderr.contains("SSL routines"), "{who}: {stderr}");
            }
        }
    }
}

#[test]
fn what_is_only_old_is_allowed_where_the_settings_say_so() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    for (odd, words) in [
        (
            Odd {
                bits: 1024,
                ..USUAL
            },
            "its key is too weak",
        ),
        (
            Odd {
                digest: MessageDigest::sha1,
                ..USUAL
            },
            "its signature is too weak",
        ),
        (
            Odd {
                is_tls_1_0: true,
                ..USUAL
            },
            "protocol",
        ),
    ] {
        let port = serve(odd, &desk.path("odd.pem"));
        for (who, stderr) in said(&desk, &pool, port, "") {
            assert!(stderr.contains(words), "{who}: {words}\n{stderr}");
            assert!(!stderr.contains("SSL routines"), "{who}: {stderr}");
            if who != "page" {
                let table = match who {
                    "pool" => "account",
                    who => who,
                };
                let hint = format!("tls = \"legacy\" below [{table}]");
                assert!(stderr.contains(&hint), "{who}: {stderr}");
            }
        }
        for (who, stderr) in said(&desk, &pool, port, "tls = 'legacy'") {
            let is_refused = stderr.contains(words) || stderr.contains("TLS connection");
            assert!(!is_refused, "{who}: {stderr}");
        }
    }
}

/// One file holds for everything, wherever a command is run.
#[test]
fn a_ca_file_holds_for_calendar_and_mail_and_from_any_folder() {
    let desk = Desk::new();
    let port = serve(USUAL, &desk.path("odd.pem"));
    fs::create_dir(desk.path("elsewhere")).unwrap();
    let settings = format!(
        "[account]\nuser = 'sip:ana@example.com'\nserver = 'tls:localhost:1'\nca_file = 'odd.pem'\n\n[calendar]\nurl = 'https://localhost:{port}/'\n\n[mail]\nvia = 'smtps://ana@localhost:{port}'\ntimeout = 3\n"
    );
    fs::write(desk.path("one.toml"), settings).unwrap();
    let run = |line: &str, folder: &str, ca: Option<&str>| {
        let config = desk.path("one.toml");
        let line = format!("{line} --config {}", config.display());
        let mut run = desk.confctl(&words(&line)).input(b"hunter2\n");
        run.command().current_dir(desk.path(folder));
        let run = match ca {
            Some(file) => run.env("CONFCTL_CA_FILE", file),
            None => run,
        };
        run.env("CONFCTL_PASSWORD", "x").run().stderr
    };
    for folder in ["", "elsewhere"] {
        let stderr = run("login --mail --password-stdin", folder, None);
        assert!(!stderr.contains("certificate"), "{folder}: {stderr}");
    }
    let wrong = desk.path("wrong.pem");
    let other = issue(
        Odd {
            name: "Another",
            ..USUAL
        },
        None,
    );
    fs::write(&wrong, other.certificate.to_pem().unwrap()).unwrap();
    let stderr = run("login --mail --password-stdin", "", Some("wrong.pem"));
    assert!(stderr.contains("is not trusted"), "{stderr}");
    // A file of the calendar's own stays trusted beside the environment's, which is about the pool.
    for table in ["calendar", "mail"] {
        let way = match table {
            "calendar" => format!("user = 'ana'\nurl = 'https://localhost:{port}/'"),
            _ => format!("via = 'smtps://ana@localhost:{port}'\ntimeout = 3"),
        };
        for (own, words) in [("odd.pem", None), ("wrong.pem", Some("neither '"))] {
            let settings = format!("[{table}]\n{way}\nca_file = '{own}'\n");
            fs::write(desk.path("one.toml"), settings).unwrap();
            fs::copy(&wrong, desk.path("pool.pem")).unwrap();
            let line = format!("login --{table} --password-stdin");
            let stderr = run(&line, "", Some("pool.pem"));
            assert_eq!(
                stderr.contains("is not trusted"),
                words.is_some(),
                "{stderr}"
            );
            assert!(stderr.contains(words.unwrap_or_default()), "{stderr}");
        }
    }
    // The environment's file alone, without an account.
    let calendar = format!("[calendar]\nuser = 'ana'\nurl = 'https://localhost:{port}/'\n");
    fs::write(desk.path("one.toml"), calendar).unwrap();
    for (ca, is_refused) in [(None, true), (Some("odd.pem"), false)] {
        let stderr = run("login --calendar --password-stdin", "", ca);
        assert_eq!(stderr.contains("is not trusted"), is_refused, "{stderr}");
    }
}
