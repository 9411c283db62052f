//! `pool serve`: what it prints for scripts, how it ends, and how many it can serve.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::desk::{Desk, Output, Run, ServedPool, USERS, without_other_clock};

#[test]
fn each_fact_is_a_line_and_then_it_is_ready() {
    let desk = Desk::new();
    let mut pool = Serving::start(
        &desk,
        &["--listen", "tcp:127.0.0.1:0", "--listen", "tls:localhost:0"],
    );
    let names: Vec<&str> = pool.lines.iter().map(|line| word(line, 0)).collect();
    assert_eq!(
        names,
        [
            "users",
            "listening",
            "listening",
            "page-external",
            "page-internal",
            "ca",
            "user",
            "ready"
        ]
    );
    for line in &pool.lines {
        assert!(!line.contains('\u{1b}') && !line.ends_with(' '), "{line:?}");
    }
    for place in pool.facts("listening") {
        let (_, address) = place.split_once(':').unwrap();
        assert!(TcpStream::connect(address).is_ok(), "{place}");
    }
    assert!(Path::new(&pool.fact("ca")).is_file());
    assert_eq!(pool.end("TERM").0, Some(0));
}

#[test]
fn sigterm_and_sigint_end_it_in_order_even_with_clients() {
    let desk = Desk::new();
    for signal in ["TERM", "INT"] {
        let mut pool = Serving::start(&desk, &["--listen", "tcp:127.0.0.1:0"]);
        let place = pool.fact("listening");
        let client = TcpStream::connect(place.trim_start_matches("tcp:")).unwrap();
        let begun = Instant::now();
        let (code, talk) = pool.end(signal);
        assert_eq!((code, talk.as_str()), (Some(0), "Stopped.\n"), "{signal}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{signal}");
        drop(client);
    }
}

#[test]
fn a_user_is_made_up_whose_password_only_the_owner_can_read() {
    let desk = Desk::new();
    let mut pool = Serving::start(&desk, &["--listen", "tls:127.0.0.1:0"]);
    let (users, folder) = (pool.fact("users"), desk.path(".local/share/confctl/pool"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(users.as_ref()), 0o600);
    assert_eq!(mode(&folder), 0o700);
    let text = fs::read_to_string(&users).unwrap();
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
    let (user, login, password) = (word(line, 0), word(line, 1), word(line, 2));
    assert!(!pool.lines.concat().contains(password));
    let run = desk
        .confctl(&MEETING)
        .env("CONFCTL_SERVER", &pool.fact("listening"))
        .env("CONFCTL_CA_FILE", &pool.fact("ca"))
        .env("CONFCTL_USER", user)
        .env("CONFCTL_LOGIN", login)
        .env("CONFCTL_PASSWORD", password);
    let _ = run.run().code(0);
    let _ = pool.end("TERM");
    let mut again = Serving::start(&desk, &["--listen", "tls:127.0.0.1:0"]);
    assert_eq!(fs::read_to_string(again.fact("users")).unwrap(), text);
    let _ = again.end("TERM");
}

#[test]
fn twenty_clients_at_once_get_a_conference_each() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let outputs = at_once(20, |_| {
        desk.confctl_at(&pool, &MEETING)
            .env("CONFCTL_TIMEOUT", "30")
    });
    let mut ids: Vec<String> = outputs
        .into_iter()
        .map(|output| output.code(0).value_of("Conference ID: "))
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20, "{ids:?}");
}

#[test]
fn a_crowd_of_processes_shares_the_pool_that_each_of_them_brings_along() {
    let desk = Desk::new();
    let outputs = at_once(40, |_| desk.confctl(&MEETING));
    let mut ids: Vec<String> = outputs
        .into_iter()
        .map(|output| output.code(0).value_of("Conference ID: "))
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40, "{ids:?}");
}

#[test]
fn two_processes_can_share_a_folder() {
    let desk = Desk::new();
    fs::write(desk.path("users"), users_file()).unwrap();
    let flags = [
        "--listen",
        "tls:127.0.0.1:0",
        "--users",
        "users",
        "--data",
        "shared",
        "--policy",
        "quota=8",
    ];
    let pools = [Serving::start(&desk, &flags), Serving::start(&desk, &flags)];
    let (user, login, password) = USERS[0];
    let at = |pool: &Serving, arguments: &[&str]| {
        desk.confctl(arguments)
            .env("CONFCTL_SERVER", &pool.fact("listening"))
            .env("CONFCTL_CA_FILE", &pool.fact("ca"))
            .env("CONFCTL_USER", user)
            .env("CONFCTL_LOGIN", login)
            .env("CONFCTL_PASSWORD", password)
    };
    let outputs = at_once(8, |n| at(&pools[n % 2], &MEETING));
    let mut ids: Vec<String> = outputs
        .into_iter()
        .map(|output| output.code(0).value_of("Conference ID: "))
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8, "{ids:?}");
    // Eight are all that policy allows, whichever process made them.
    for pool in &pools {
        let _ = at(pool, &MEETING).run().code(6);
    }
    let call = [
        "schedule",
        "conference-call",
        "-s",
        "x",
        "-t",
        "+2h",
        "-f",
        "text",
    ];
    let [first, second] = [0, 1].map(|n| at(&pools[n], &call).run().code(0));
    for label in ["Conference ID: ", "Passcode: "] {
        assert_eq!(first.value_of(label), second.value_of(label));
    }
}

#[test]
fn conferences_outlive_the_process() {
    let desk = Desk::new();
    let call = [
        "schedule",
        "conference-call",
        "-s",
        "x",
        "-t",
        "+2h",
        "-f",
        "text",
    ];
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let mut pool = Serving::start(&desk, &["--listen", "tls:127.0.0.1:0"]);
            let text = fs::read_to_string(pool.fact("users")).unwrap();
            let line = text.lines().last().unwrap();
            let run = desk
                .confctl(&call)
                .env("CONFCTL_SERVER", &pool.fact("listening"))
                .env("CONFCTL_CA_FILE", &pool.fact("ca"))
                .env("CONFCTL_USER", word(line, 0))
                .env("CONFCTL_LOGIN", word(line, 1))
                .env("CONFCTL_PASSWORD", word(line, 2));
            let output = run.run().code(0);
            let _ = pool.end("TERM");
            output.value_of("Conference ID: ")
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap().to_string();
    let sip = format!("tcp:{place}");
    for flags in [["--listen", &sip], ["--http", &place]] {
        let output = serve(&Desk::new(), &flags)
            .run()
            .code(2)
            .says("confctl: ")
            .says(&place);
        assert_eq!(output.stdout, "", "{output}");
    }
}

#[test]
fn what_goes_over_the_wire_is_told_to_those_who_ask() {
    for (flag, signed) in [("-v", false), ("-vv", true)] {
        let desk = Desk::new();
        fs::write(desk.path("users"), users_file()).unwrap();
        let flags = ["--listen", "tls:127.0.0.1:0", "--users", "users", flag];
        let mut pool = Serving::start(&desk, &flags);
        let output = desk
            .confctl(&MEETING)
            .env("CONFCTL_SERVER", &pool.fact("listening"));
        let output = as_ana(output, &pool).run().code(0);
        let (_, told) = pool.end("TERM");
        let lines: Vec<&str> = told.lines().collect();
        for start in [
            "* 2A00 < REGISTER sip:example.com SIP/2.0 (1 REGISTER, ",
            "* 2A00 > SIP/2.0 401 Unauthorized (1 REGISTER, ",
        ] {
            let found = lines.iter().filter(|line| line.starts_with(start));
            assert_eq!(found.count(), 1, "{start}\n{told}");
        }
        assert!(
            lines.iter().any(|line| line.contains("< SERVICE ")),
            "{told}"
        );
        for arrow in ["<", ">"] {
            let start = format!("* 2A00 {arrow} signed <NTLM><");
            assert_eq!(told.contains(&start), signed, "{told}");
        }
        let passcode = output.value_of("Passcode: ");
        for secret in [USERS[0].2, "TlRMTVNTUA", "gssapi", passcode.as_str()] {
            assert!(!told.contains(secret), "{secret}\n{told}");
        }
    }
}

#[test]
fn a_certificate_of_a_lost_key_is_renewed() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--fault", "stale-key"]));
    let output = desk.confctl_at(&pool, &MEETING).run().code(0);
    assert_eq!(output.value_of("Passcode: ").len(), 8, "{output}");
}

/// The command with Ana's account on a pool.
fn as_ana(run: Run, pool: &Serving) -> Run {
    let (user, login, password) = USERS[0];
    run.env("CONFCTL_CA_FILE", &pool.fact("ca"))
        .env("CONFCTL_USER", user)
        .env("CONFCTL_LOGIN", login)
        .env("CONFCTL_PASSWORD", password)
}

#[test]
fn bad_flags_say_what_was_expected() {
    let cases: [(&[&str], &str); 20] = [
        (&["--listen", "127.0.0.1:5060"], "tcp:HOST:PORT"),
        (&["--listen", "udp:127.0.0.1:5060"], "tcp:HOST:PORT"),
        (&["--listen", "tls:127.0.0.1:99999"], "tcp:HOST:PORT"),
        (&["--listen", "tls:nowhere.invalid:5061"], "nowhere.invalid"),
        (&["--http", "nonsense"], "nonsense"),
        (
            &[
                "--http",
                "127.0.0.1:0",
                "--http",
                "127.0.0.1:0",
                "--http",
                "127.0.0.1:0",
            ],
            "twice at most",
        ),
        (&["--policy", "dial-in=maybe"], "dial-in=on|off"),
        (&["--policy", "quota=-1"], "quota=N"),
        (&["--policy", "coffee=on"], "'coffee=on' is not a policy"),
        (&["--fault", "explode"], "'explode' is not a fault"),
        (&["--fault", "refuse=99"], "refuse=CODE"),
        (&["--fault", "proxy@1"], "leave out '@'"),
        (&["--fault", "drop@getWeather"], "a C3P command"),
        (&["--policy", "expiry-years=x"], "expiry-years=N"),
        (&["--limit", "grace=0"], "'grace=0' is not a limit"),
        (&["--limit", "seats=2"], "connections-per-user=N"),
        (&["--delegate", "bo=ana"], "'bo=ana' names no delegate"),
        (&["--dialect", "ocs1999"], "ocs2007"),
        (&["--users", "missing.txt"], "missing.txt"),
        (&["--data", "/dev/null/pool"], "/dev/null/pool"),
    ];
    for (flags, said) in cases {
        let output = serve(&Desk::new(), flags).run().says(said);
        // A folder that can't be made is no mistake of grammar.
        let code = if flags[0] == "--data" { 1 } else { 2 };
        assert_eq!(output.code, code, "{output}");
        assert_eq!(output.stdout, "", "{output}");
    }
}

#[test]
fn a_bad_users_file_is_named_with_its_line_and_without_its_passwords() {
    let desk = Desk::new();
    for (text, said) in [
        (
            format!("{}sip:cy@example.com Secret-9\n", users_file()),
            "'users' line 3",
        ),
        (
            "# everybody\n\ncy at example.com EXAMPLE\\cy Secret-9\n".to_owned(),
            "'users' line 3",
        ),
        (
            "sip:cy@example.com EXAMPLE\\c\\y Secret-9\n".to_owned(),
            "'users' line 1",
        ),
        ("# nobody\n".to_owned(), "'users' names no user"),
    ] {
        fs::write(desk.path("users"), text).unwrap();
        let output = serve(&desk, &["--users", "users"]).run().code(2).says(said);
        for password in ["Secret-9", USERS[0].2, USERS[1].2] {
            assert!(!output.to_string().contains(password), "{output}");
        }
    }
}

const MEETING: [&str; 8] = [
    "schedule",
    "live-meeting",
    "-s",
    "x",
    "-t",
    "+2h",
    "-f",
    "text",
];

/// A pool of one desk, with its output as it came.
struct Serving {
    child: Child,
    lines: Vec<String>,
}

impl Serving {
    fn start(desk: &Desk, flags: &[&str]) -> Self {
        let mut run = serve(desk, flags);
        let mut child = run
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            lines.push(line.unwrap());
            if lines.last().is_some_and(|line| line == "ready") {
                break;
            }
        }
        Self { child, lines }
    }

    fn facts(&self, name: &str) -> Vec<String> {
        let lines = self.lines.iter().filter_map(|line| line.split_once(' '));
        lines
            .filter(|(own, _)| *own == name)
            .map(|(_, value)| value.to_owned())
            .collect()
    }

    #[track_caller]
    fn fact(&self, name: &str) -> String {
        self.facts(name).first().expect(name).clone()
    }

    /// Sends a signal; gives exit code and stderr.
    fn end(&mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", signal, &id])
            .status();
        assert!(sent.unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut talk = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut talk).unwrap();
        (code, without_other_clock(&talk))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(desk: &Desk, flags: &[&str]) -> Run {
    desk.confctl(&[&["pool", "serve"], flags].concat())
}

/// Runs that many commands beside one another.
fn at_once(count: usize, command: impl Fn(usize) -> Run + Sync) -> Vec<Output> {
    thread::scope(|scope| {
        let running: Vec<_> = (0..count)
            .map(|n| {
                let command = &command;
                scope.spawn(move || command(n).run())
            })
            .collect();
        running.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

fn users_file() -> String {
    let line = |(address, login, password)| format!("{address} {login} {password}\n");
    USERS.map(line).concat()
}

fn word(line: &str, at: usize) -> &str {
    line.split(' ').nth(at).unwrap()
}

/// A pool's file that is not one, as the practice pool of a desk and as one that is served.
#[test]
fn a_file_that_is_no_pool_is_named_in_one_sentence() {
    let desk = Desk::new();
    let _ = desk.run("schedule live-meeting -s Review -t +1d").code(0);
    let file = desk.path(".local/share/confctl/practice/pool.sqlite");
    let database = || Connection::open(&file).unwrap();
    let checkpoint = "PRAGMA journal_mode = DELETE";
    database().query_row(checkpoint, [], |_| Ok(())).unwrap();
    let whole = fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    damaged[100..].fill(0x5A);
    let text = "no database ".repeat(100);
    let bookmarks = "CREATE TABLE bookmarks (url TEXT);";
    for (bytes, change, why) in [
        (
            &whole[..],
            "PRAGMA user_version = 7;",
            "it is of version 7, and this confctl knows versions up to 4",
        ),
        (b"", bookmarks, "it is not a practice pool's database"),
        (text.as_bytes(), "", "file is not a database"),
        (&damaged[..], "", "malformed"),
    ] {
        for rest in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{rest}", file.display()));
        }
        fs::write(&file, bytes).unwrap();
        if !change.is_empty() {
            database().execute_batch(change).unwrap();
        }
        let named = ".local/share/confctl/practice/pool.sqlite': ";
        let serve = "pool serve --data .local/share/confctl/practice";
        for line in ["list", serve] {
            let output = desk.run(line).code(1).says(named).says(why);
            let _ = output.says("hint: move it away");
        }
    }
}
