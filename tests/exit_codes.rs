//! Every way `schedule` can fail: one sentence, the right exit code, in bounded time, no file.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use confctl::error::EXIT_CODES;
use confctl::practice::{Faults, Options, Policy, Pool, Server, User};
use confctl::proto::c3p::Dialect;
use confctl::secret::Secret;
use tempfile::TempDir;

use crate::desk::{Desk, NOW, Output, Run, ServedPool, USERS};

/// A Live Meeting that goes to a file.
const MEETING: [&str; 8] = [
    "schedule",
    "live-meeting",
    "--subject",
    "Quarterly review",
    "--start",
    "tomorrow 10:00",
    "--output",
    "meeting.ics",
];

/// More than any failure may take with `CONFCTL_TIMEOUT` at 4 seconds or less: an answer that does
/// not come, another one when it is asked once more, two sign-outs that are not answered, and a
/// slow machine.
const TIMEOUT: Duration = Duration::from_secs(24);

#[test]
fn a_wrong_password_is_tried_once_only() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let output = desk
        .confctl_at(&pool, &[&MEETING[..], &["-vv"]].concat())
        .env("CONFCTL_PASSWORD", "Wrong-Horse-7")
        .run();
    let proofs = output.stderr.matches("gssapi-data=\"(masked)\"").count();
    assert_eq!(proofs, 1, "{output}");
    fails(
        &desk,
        &output,
        4,
        "does not accept the password of EXAMPLE\\ana",
    );
}

#[test]
fn an_unknown_user_is_not_signed_in() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let nobody = desk
        .confctl_at(&pool, &MEETING)
        .env("CONFCTL_USER", "sip:nobody@example.com")
        .env("CONFCTL_LOGIN", "EXAMPLE\\nobody");
    fails(&desk, &nobody.run(), 4, "EXAMPLE\\nobody");
    let somebody_else = desk
        .confctl_at(&pool, &MEETING)
        .env("CONFCTL_USER", USERS[1].0);
    fails(&desk, &somebody_else.run(), 4, "belongs to another person");
}

#[test]
fn without_a_password_nothing_is_tried() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let output = desk
        .confctl_at(&pool, &MEETING)
        .env("CONFCTL_PASSWORD", "")
        .run();
    fails(&desk, &output, 4, "sip:ana@example.com");
    assert!(output.stderr.contains("CONFCTL_PASSWORD"), "{output}");
}

#[test]
fn a_server_that_is_spoken_to_in_the_clear_is_warned_about() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    for (server, is_warned) in [(pool.tcp(), true), (pool.tls(), false)] {
        let run = desk
            .confctl_at(&pool, &["list"])
            .env("CONFCTL_SERVER", &server);
        let output = run.run().code(0);
        let warning = "warning: tcp: is not encrypted";
        assert_eq!(output.stderr.contains(warning), is_warned, "{output}");
    }
}

#[test]
fn an_untrusted_certificate_says_how_to_trust_it() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let without = desk
        .confctl_at(&pool, &MEETING)
        .env("CONFCTL_CA_FILE", "")
        .run();
    fails(&desk, &without, 5, "is not trusted");
    assert!(without.stderr.contains("CONFCTL_CA_FILE"), "{without}");
    let other = ServedPool::start(&[]);
    let wrong = desk
        .confctl_at(&pool, &MEETING)
        .env("CONFCTL_CA_FILE", &other.ca())
        .run();
    fails(&desk, &wrong, 5, "is not trusted");
    assert!(wrong.stderr.contains(&other.ca()), "{wrong}");
}

#[test]
fn a_ca_file_that_holds_none_is_named() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    fs::write(desk.path("ca.pem"), "not a certificate\n").unwrap();
    for (file, said) in [
        ("ca.pem", "holds no certificate"),
        ("missing.pem", "can't read the CA file"),
    ] {
        let output = desk
            .confctl_at(&pool, &MEETING)
            .env("CONFCTL_CA_FILE", file)
            .run();
        fails(&desk, &output, 2, said);
    }
}

#[test]
fn a_tls_1_0_pool_is_refused_until_the_account_allows_it() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--fault", "old-tls"]));
    let output = desk.confctl_at(&pool, &MEETING).run();
    fails(&desk, &output, 5, "protocol version");
    assert!(output.stderr.contains("tls = \"legacy\""), "{output}");
    let settings = format!(
        "[account]\nuser = '{}'\nlogin = '{}'\nserver = '{}'\nca_file = '{}'\ntls = 'legacy'\n",
        USERS[0].0,
        USERS[0].1,
        pool.tls(),
        pool.ca()
    );
    fs::write(desk.path("legacy.toml"), settings).unwrap();
    let _ = desk
        .confctl(&[&MEETING[..], &["--config", "legacy.toml"]].concat())
        .env("CONFCTL_PASSWORD", USERS[0].2)
        .run()
        .code(0)
        .says("warning: TLS 1.0 is allowed");
}

#[test]
fn policy_and_quota_refuse_in_words() {
    let cases: [(&str, &[&str], &str); 5] = [
        (
            "dial-in=off",
            &["--region", "France"],
            "does not allow dial-in",
        ),
        (
            "anonymous=off",
            &["--access", "anonymous"],
            "does not allow anonymous participants",
        ),
        ("quota=0", &[], "as many conferences as the pool allows"),
        (
            "meeting-size=2",
            &["--invite", "bo@example.com,cy@example.com"],
            "3 people are invited, but your meeting policy allows 2",
        ),
        (
            "passcode-digits=10",
            &["--passcode", "12345678"],
            "does not accept the passcode",
        ),
    ];
    at_once(BESIDE, &cases, |(policy, flags, said)| {
        let (desk, pool) = (Desk::new(), ServedPool::start(&["--policy", policy]));
        let output = desk
            .confctl_at(&pool, &[&MEETING[..], flags].concat())
            .run();
        fails(&desk, &output, 6, said);
    });
}

#[test]
fn each_reason_of_the_focus_factory_has_words() {
    let reasons = [
        // The id is made of the operation's token: what has it already is ours.
        ("conferenceExistsAlready", 0, ""),
        // These may be said of what was done, as this pool does: it is found.
        ("otherFailure", 0, ""),
        ("onlyOnTuesdays", 0, ""),
        ("conferenceDoesntExist", 3, "no such conference"),
        ("invalidAdmissionPolicy", 6, "--access"),
        ("anonymousUsersNotAllowed", 6, "--no-dial-in"),
        ("federatedUsersNotAllowed", 6, "other organisations"),
        ("invalidExpiryTime", 6, "earlier date"),
        ("invalidPasscode", 6, "does not accept the passcode"),
        ("invalidEncryptionKeyUsed", 6, "sealed passcode"),
        ("invalidUserEntity", 6, "one of the people invited"),
        ("maxConferencesExceeded", 6, "cancel some"),
        ("maxMeetingSizeExceeded", 6, "too many people"),
        ("mcuTypeNotAvailable", 6, "kind of meeting"),
        ("notSupported", 6, "does not support"),
        ("forbidden", 6, "ask your administrator"),
    ];
    let cases =
        reasons.map(|(reason, code, said)| (format!("reason={reason}@addConference"), code, said));
    under_faults(BESIDE, &cases);
}

#[test]
fn every_sip_refusal_has_its_code_at_every_step() {
    let codes = [
        (403, 6),
        (404, 6),
        (405, 6),
        (408, 5),
        (480, 5),
        (488, 6),
        (489, 6),
        (500, 5),
        (503, 5),
    ];
    let mut cases = Vec::new();
    for (status, code) in codes {
        // A server's trouble does not tell whether the conference was made; asking for it does.
        let adding = match status {
            408 | 500 | 503 => (0, ""),
            _ => (code, "the pool did not make the conference"),
        };
        // A pool that knows no provisioning may have conferences.
        let subscribing = match status {
            404 | 489 => (0, ""),
            _ => (code, "asking for the settings of your account"),
        };
        for (step, code, said) in [
            ("SUBSCRIBE", subscribing.0, subscribing.1),
            (
                "getConferencingCapabilities",
                code,
                "asking what the pool offers",
            ),
            ("addConference", adding.0, adding.1),
            ("getConference", 7, "the conference exists as "),
        ] {
            // 405 to the second is how OCS 2007 says that it knows no capabilities.
            if (status, step) != (405, "getConferencingCapabilities") {
                cases.push((format!("refuse={status}@{step}"), code, said));
            }
        }
    }
    under_faults(BESIDE, &cases);
}

/// A pool that makes nothing, and never says why: what may have been made is kept, and there is a way
/// on. A reason of the Focus Factory is an answer, which what the pool has confirms.
#[test]
fn whoever_never_hears_why_is_told_the_truth_and_can_go_on() {
    for (fault, code, said, kept) in [
        ("refuse=500", 7, "it is not known whether", 1),
        ("refuse=503", 7, "it is not known whether", 1),
        ("reason=otherFailure", 6, "'otherFailure'", 0),
        ("reason=onlyOnTuesdays", 6, "'onlyOnTuesdays'", 0),
    ] {
        let fault = format!("{fault}@addConference");
        let pool = ServedPool::start(&["--policy", "quota=0", "--fault", &fault]);
        let desk = Desk::new();
        fails(&desk, &desk.confctl_at(&pool, &MEETING).run(), code, said);
        let left = desk.run_at(&pool, "resume --list --json").code(0);
        assert_eq!(left.stdout.matches("\"number\"").count(), kept, "{left}");
        if kept > 0 {
            let _ = desk.run_at(&pool, "resume").code(7).says("confctl resume");
            let told = desk.run_at(&pool, "resume --list").code(0);
            assert!(told.stdout.contains("it is not known whether"), "{told}");
            let _ = desk.run_at(&pool, "resume --forget 1").code(0);
        }
        let _ = desk
            .run_at(&pool, "resume")
            .code(0)
            .says("Nothing is unfinished");
    }
}

#[test]
fn a_pool_may_vanish_or_talk_nonsense_at_any_answer() {
    let mut cases = Vec::new();
    for answer in 1..=8 {
        for fault in ["drop", "cut", "garbage"] {
            let said = match fault {
                "garbage" => "does not speak SIP",
                _ => "closed the connection",
            };
            cases.push((format!("{fault}@{answer}"), at_answer(answer), said));
        }
    }
    under_faults(BESIDE, &cases);
}

#[test]
fn an_answer_that_does_not_come_or_does_not_count_is_not_waited_for() {
    let mut cases = vec![("silence".to_owned(), 5, "did not answer")];
    for answer in 1..=8 {
        let code = at_answer(answer);
        cases.push((format!("silence@{answer}"), code, "did not answer"));
    }
    for fault in ["unsigned", "replay"] {
        for (step, code) in [("SUBSCRIBE", 5), ("getConference", 7)] {
            cases.push((format!("{fault}@{step}"), code, "so was ignored"));
        }
    }
    under_faults(cases.len(), &cases);
}

#[test]
fn what_can_not_be_understood_or_trusted_is_not_believed() {
    let mut cases = Vec::new();
    let mut case = |fault: &str, code: i32, said: &'static str| {
        cases.push((fault.to_owned(), code, said));
    };
    for (step, code) in [
        ("SUBSCRIBE", 5),
        ("getConferencingCapabilities", 5),
        ("getEncryptionKey", 5),
        ("getConference", 7),
    ] {
        case(&format!("spoil@{step}"), code, "could not be read");
    }
    for (step, code) in [("REGISTER", 5), ("SUBSCRIBE", 5), ("getConference", 7)] {
        case(&format!("wrong-signature@{step}"), code, "signature");
    }
    case("spoil@addConference", 0, "");
    // What somebody in between may have said is never settled without a word.
    for (fault, words) in [
        ("wrong-signature", "signature on its answer is wrong"),
        ("unsigned", "was not signed and so was ignored: 200 OK"),
        (
            "replay",
            "has the number of an earlier one and so was ignored",
        ),
    ] {
        case(&format!("{fault}@addConference"), 7, words);
        case(&format!("{fault}@getConferencingCapabilities"), 5, words);
    }
    case("unsigned@REGISTER", 5, "not signed");
    for fault in ["wrong-request-id", "pending"] {
        case(
            &format!("{fault}@getConferencingCapabilities"),
            5,
            "makes no sense",
        );
        case(&format!("{fault}@addConference"), 0, "");
        case(&format!("{fault}@getConference"), 7, "makes no sense");
    }
    case("other-name", 5, "is for another name than '127.0.0.1'");
    case("no-ntlm", 4, "only Kerberos");
    case("refuse=403@REGISTER", 6, "refuses to sign");
    case("redirect=127.0.0.1:9", 5, "127.0.0.1:9");
    case("redirect=nowhere.invalid:5061", 5, "nowhere.invalid");
    under_faults(BESIDE, &cases);
}

#[test]
fn oddities_that_are_no_failure() {
    let faults = [
        "drip",
        "delay=50",
        "proxy",
        "version=3",
        "notify",
        "benotify",
        "no-description",
        "drop@8",
        "drop@9",
    ];
    let folder = Folder::new();
    at_once(BESIDE, &faults, |fault| {
        let desk = Desk::new();
        let output = folder.meeting(&desk, Some(fault));
        assert_eq!(output.code, 0, "{fault}\n{output}");
        assert!(
            fs::read_to_string(desk.path("meeting.ics"))
                .unwrap()
                .contains("Conference ID")
        );
    });
}

#[test]
fn redirects_in_circles_come_to_an_end() {
    let port = free_port();
    let place = format!("127.0.0.1:{port}");
    let pool = ServedPool::start(&[
        "--listen",
        &format!("tls:{place}"),
        "--fault",
        &format!("redirect={place}"),
    ]);
    let desk = Desk::new();
    let output = desk.confctl_at(&pool, &MEETING).run();
    fails(&desk, &output, 5, "redirects in circles");
}

#[test]
fn a_half_done_conference_is_named_and_found_again() {
    let (desk, folder) = (Desk::new(), Folder::new());
    let output = folder.meeting(&desk, Some("drop@getConference"));
    fails(&desk, &output, 7, "the conference exists as ");
    let id = output.stderr.split("exists as ").nth(1).unwrap();
    let id = id.split(',').next().unwrap();
    assert!(
        id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()),
        "{output}"
    );
    // The same command once more goes on with the same conference.
    let again = folder.meeting(&desk, None).code(0);
    assert!(again.stderr.contains("was begun before"), "{again}");
    let invitation = fs::read_to_string(desk.path("meeting.ics")).unwrap();
    assert!(invitation.replace("\r\n ", "").contains(id), "{again}");
}

#[test]
fn places_where_no_pool_is() {
    let pool = ServedPool::start(&[]);
    let plain = pool.tcp().replace("tcp:", "tls:");
    let secure = pool.tls().replace("tls:", "tcp:");
    let servers = [
        (
            format!("tls:127.0.0.1:{}", free_port()),
            "nothing listens there",
        ),
        (
            format!("tcp:127.0.0.1:{}", free_port()),
            "nothing listens there",
        ),
        ("tls:nowhere.invalid".to_owned(), "the name can't be found"),
        (plain, "can't make a TLS connection"),
        (secure, "connection"),
        (format!("tls:{}", peer(|_| hold())), "no answer in time"),
        (
            format!("tcp:{}", peer(|_| hold())),
            "did not answer the sign-in",
        ),
        (format!("tls:{}", peer(drop)), "closed the connection"),
        (format!("tcp:{}", peer(drop)), "connection"),
        (format!("tcp:{}", peer(drip)), "did not answer the sign-in"),
        (
            format!("tls:{}", peer(flood)),
            "can't make a TLS connection",
        ),
        (format!("tcp:{}", peer(flood)), "does not speak SIP"),
        (format!("tcp:{}", peer(web_server)), "does not speak SIP"),
    ];
    at_once(BESIDE, &servers, |(server, said)| {
        let desk = Desk::new();
        let output = account_at(desk.confctl(&MEETING), server).run();
        fails(&desk, &output, 5, said);
    });
}

#[test]
fn settings_that_can_not_be_used_are_named_with_their_line() {
    let account = "[account]\nuser = 'ana@example.com'\nserver = 'tls:127.0.0.1:9'\n";
    let cases = [
        ("zone = 'Europe/Prague\n".to_owned(), 2, "line 1:"),
        ("zone = 'Europe/Prag'\n".to_owned(), 2, "Europe/Prague"),
        (
            format!("{account}frobnicate = 1\n"),
            2,
            "line 4: unknown field `frobnicate`",
        ),
        (format!("{account}tls = 'none'\n"), 2, "line 4:"),
        (account.replace("tls:", "ftp:"), 2, "is not a server"),
        (account.replace('@', " at "), 2, "is not a SIP address"),
        (
            format!("{account}login = 'A\\B\\C'\n"),
            2,
            "is not an account name",
        ),
        (format!("{account}dialect = 'ocs1999'\n"), 2, "ocs1999"),
        (
            format!("{account}password.command = 'exit 3'\n"),
            4,
            "password.command of the settings failed",
        ),
        (
            format!("{account}password.command = 'true'\n"),
            4,
            "prints no password",
        ),
        (
            format!("{account}password.command = \"printf '\\\\377'\"\n"),
            4,
            "not UTF-8",
        ),
        (
            format!("{account}password.command = 'yes'\n"),
            4,
            "does not stop printing: expected at most 64 KiB",
        ),
    ];
    at_once(BESIDE, &cases, |(settings, code, said)| {
        let desk = Desk::new();
        fs::write(desk.path("confctl.toml"), settings).unwrap();
        let output = desk
            .confctl(&[&MEETING[..], &["--config", "confctl.toml"]].concat())
            .run();
        fails(&desk, &output, *code, said);
    });
    let desk = Desk::new();
    let missing = [&MEETING[..], &["--config", "missing.toml"]].concat();
    fails(&desk, &desk.confctl(&missing).run(), 2, "missing.toml");
    let hasty = account_at(desk.confctl(&MEETING), "tls:127.0.0.1:9").env("CONFCTL_TIMEOUT", "0");
    fails(&desk, &hasty.run(), 2, "expected 1 to 3600 seconds");
    let half = desk
        .confctl(&MEETING)
        .env("CONFCTL_SERVER", "tls:127.0.0.1:9");
    fails(&desk, &half.run(), 2, "CONFCTL_USER");
}

/// The manual's list holds nothing that does not happen; 130 is `prompts.rs`' affair.
#[test]
fn every_exit_code_of_the_manual_happens() {
    let (desk, folder) = (Desk::new(), Folder::new());
    let under = |fault| folder.meeting(&desk, Some(fault));
    let key = ["--key", "review-47"];
    let _ = desk.confctl(&[&MEETING[..], &key].concat()).run().code(0);
    let seen = [
        folder.meeting(&desk, None),
        desk.confctl(&["settings", "open"])
            .env("BROWSER", "false")
            .run(),
        desk.confctl(&["schedule"]).run(),
        under("reason=conferenceDoesntExist@addConference"),
        under("no-ntlm"),
        under("drop@1"),
        under("reason=maxConferencesExceeded@addConference"),
        under("drop@getConference"),
        desk.confctl(&[&MEETING[..], &["-d", "2h"], &key].concat())
            .run(),
    ];
    let mut seen: BTreeSet<i32> = seen.iter().map(|output| output.code).collect();
    seen.insert(130);
    let listed: BTreeSet<i32> = EXIT_CODES
        .iter()
        .map(|(code, _)| i32::from(*code))
        .collect();
    assert_eq!(seen, listed);
}

/// Cases beside one another when they do not only wait.
const BESIDE: usize = 4;

/// The code for trouble with the nth answer of each connection: 1–3 sign in, 4–6 ask for settings,
/// capabilities and certificate. 7 makes the conference and 8 reads it back: there another
/// connection settles it.
fn at_answer(answer: u32) -> i32 {
    match answer {
        ..7 => 5,
        _ => 0,
    }
}

/// For each a pool with that fault, and what comes of it.
fn under_faults(beside: usize, cases: &[(String, i32, &str)]) {
    let folder = Folder::new();
    at_once(beside, cases, |(fault, code, said)| {
        let desk = Desk::new();
        let output = folder.meeting(&desk, Some(fault));
        assert_eq!(output.code, *code, "{fault}\n{output}");
        if *code == 0 {
            let invitation = fs::read_to_string(desk.path("meeting.ics")).unwrap();
            assert!(invitation.contains("Conference ID"), "{fault}\n{output}");
            assert!(output.took < TIMEOUT, "took {:?}\n{output}", output.took);
            return;
        }
        fails(&desk, &output, *code, said);
    });
}

/// The folder of many practice pools with a fault each. They run in this process: a process and a
/// key for passcodes of their own would take most of the time.
struct Folder(TempDir);

impl Folder {
    /// Makes a meeting without any fault, and with it the key.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let _ = folder.meeting(&Desk::new(), None).code(0);
        folder
    }

    fn meeting(&self, desk: &Desk, fault: Option<&str>) -> Output {
        let (user, login, password) = USERS[0];
        let pool = Pool::open(Options {
            data: self.0.path().to_owned(),
            users: vec![User::new(user, login, &Secret::from(password)).unwrap()],
            generation: Dialect::Ocs2007R2.into(),
            policy: Policy::default(),
            random: confctl::practice::system_randomness(),
            faults: Faults(
                fault
                    .into_iter()
                    .map(|fault| fault.parse().unwrap())
                    .collect(),
            ),
        });
        let mut server = Server::new(pool.unwrap().with_now(NOW.parse().unwrap()));
        let address = server.listen(&"tls:127.0.0.1:0".parse().unwrap()).unwrap();
        let ca = server.pool().ca_file().to_str().unwrap().to_owned();
        account_at(desk.confctl(&MEETING), &format!("tls:{address}"))
            .env("CONFCTL_CA_FILE", &ca)
            .run()
    }
}

/// Checks that many cases beside one another.
fn at_once<T: Sync>(beside: usize, cases: &[T], check: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..beside {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(case);
                }
            });
        }
    });
}

/// What every failure has in common.
#[track_caller]
fn fails(desk: &Desk, output: &Output, code: i32, said: &str) {
    assert_eq!(output.code, code, "expected '{said}'\n{output}");
    let sentences: Vec<&str> = output
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("confctl: "))
        .collect();
    assert_eq!(sentences.len(), 1, "{output}");
    let complaint = output.stderr.split("confctl: ").nth(1).unwrap_or_default();
    assert!(complaint.contains(said), "expected '{said}'\n{output}");
    assert!(!output.stderr.contains("panicked"), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    assert!(output.took < TIMEOUT, "took {:?}\n{output}", output.took);
    let left: Vec<_> = fs::read_dir(desk.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().contains("meeting.ics"))
        .collect();
    assert!(left.is_empty(), "{left:?}\n{output}");
}

/// The account of the first user, wherever the server may be.
fn account_at(run: Run, server: &str) -> Run {
    let (user, login, password) = USERS[0];
    run.env("CONFCTL_USER", user)
        .env("CONFCTL_LOGIN", login)
        .env("CONFCTL_PASSWORD", password)
        .env("CONFCTL_SERVER", server)
        .env("CONFCTL_TIMEOUT", "4")
}

/// A port of this machine on which nobody listens.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Somebody who is no pool, until the tests end; gives `127.0.0.1:PORT`.
fn peer(behave: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let behave = behave.clone();
            thread::spawn(move || behave(stream));
        }
    });
    address.to_string()
}

fn hold() {
    thread::sleep(Duration::from_secs(60));
}

fn drip(mut stream: TcpStream) {
    while stream.write_all(b"S").is_ok() {
        thread::sleep(Duration::from_millis(50));
    }
}

fn flood(mut stream: TcpStream) {
    while stream.write_all(&[b'x'; 4096]).is_ok() {}
}

fn web_server(mut stream: TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    hold();
}
