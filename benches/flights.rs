//! How many flights, from a word of the client to the server's and back, each command waits for:
//! `cargo bench --bench flights`. The practice pool speaks TLS 1.3 and NTLM behind a proxy that keeps
//! every byte for 50 ms each way, as it keeps a new connection for the flight that TCP takes.
//!
//! Flights are counted where the proxy sees the client speak after it was answered; beside them, the
//! time to the first byte on standard output and to the end, in flights of 100 ms. What pidgin-sipe
//! does is in the chart of `src/backend/pool/mod.rs`, counted by the same proxy: `-- serve` prints its
//! address and a line for each connection, until standard input ends.
#![allow(missing_docs, clippy::print_stdout)]

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const CONFCTL: &str = env!("CARGO_BIN_EXE_confctl");
const ONE_WAY: Duration = Duration::from_millis(50);
const MEETINGS: usize = 20;
/// Each row's median is of so many runs.
const ROUNDS: usize = 3;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let dialect = std::env::var("DIALECT").unwrap_or_else(|_| "ocs2007r2".into());
    let pool = Pool::start(folder.path(), &dialect);
    let proxy = Proxy::start(&pool.place("tls"));
    if std::env::args().any(|word| word == "serve") {
        return serve(&pool, &proxy);
    }
    let home = Home {
        folder: folder.path(),
        pool: &pool,
        port: proxy.port,
    };
    println!(
        "medians of {ROUNDS} runs; flights counted, time to the first byte and to the end in flights of {} ms",
        2 * ONE_WAY.as_millis()
    );
    println!("{:<44}{:>8}{:>8}{:>8}", "", "flights", "first", "end");
    let row = |name: &str, words: &dyn Fn(usize) -> Vec<String>| {
        let runs = (0..ROUNDS).map(|round| home.run(&words(round), &proxy));
        let mut runs: Vec<Run> = runs.collect();
        runs.sort_by_key(|run| run.end);
        let Run {
            flights,
            first,
            end,
        } = runs[ROUNDS / 2];
        println!(
            "{name:<44}{flights:>8}{:>8.2}{:>8.2}",
            in_flights(first),
            in_flights(end)
        );
    };
    let schedule = |subject: &str, more: &[&str]| {
        let start = "2027-03-02 10:00";
        let begin = ["schedule", "live-meeting", "-s", subject, "-t", start];
        words(&[&begin[..], more].concat())
    };
    row("schedule, with dial-in and passcode", &|round| {
        schedule(&format!("Budget {round}"), &[])
    });
    row("schedule, without", &|round| {
        schedule(
            &format!("Open {round}"),
            &["--access", "open", "--no-dial-in"],
        )
    });
    row("list", &|_| words(&["list"]));
    row("schedule --id assigned", &|round| {
        let subject = format!("Call {round}");
        words(&[
            "schedule",
            "conference-call",
            "-s",
            &subject,
            "-t",
            "+2h",
            "--id",
            "assigned",
        ])
    });
    row("show", &|round| {
        words(&["show", &format!("Budget {round}")])
    });
    row("show, of a meeting without passcode", &|round| {
        words(&["show", &format!("Open {round}")])
    });
    row("update, another start", &|round| {
        let start = format!("2027-03-0{} 11:00", round + 3);
        words(&["update", &format!("Budget {round}"), "-t", &start])
    });
    row("update, another subject", &|round| {
        let subject = format!("Plan {round}");
        words(&["update", &format!("Budget {round}"), "-s", &subject])
    });
    row("cancel", &|round| {
        words(&["cancel", &format!("Plan {round}"), "--yes"])
    });
    row("settings url", &|_| words(&["settings", "url"]));
    for at in 0..MEETINGS {
        home.run(&schedule(&format!("Row {at}"), &[]), &proxy);
    }
    row("refresh, of 20 meetings and some more", &|_| {
        words(&["refresh", "--check"])
    });
}

/// For another program to go through.
fn serve(pool: &Pool, proxy: &Proxy) {
    println!("127.0.0.1:{} {}", proxy.port, pool.fact("ca"));
    let watched = proxy.turns.clone();
    thread::spawn(move || {
        let mut told = 0;
        loop {
            thread::sleep(Duration::from_millis(200));
            let now = watched.load(Ordering::Relaxed);
            if now != told {
                println!("{now} flights");
                told = now;
            }
        }
    });
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(|&word| word.to_owned()).collect()
}

fn in_flights(time: Duration) -> f64 {
    time.as_secs_f64() / (2.0 * ONE_WAY.as_secs_f64())
}

/// One command.
struct Run {
    flights: usize,
    first: Duration,
    end: Duration,
}

struct Home<'a> {
    folder: &'a Path,
    pool: &'a Pool,
    port: u16,
}

impl Home<'_> {
    fn run(&self, words: &[String], proxy: &Proxy) -> Run {
        // What the last run did not wait for is to be over.
        thread::sleep(6 * ONE_WAY);
        proxy.turns.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        let mut command = Command::new(CONFCTL)
            .args(words)
            .env_clear()
            .env("HOME", self.folder)
            .env("TZ", "UTC")
            .env("CONFCTL_USER", "alice@example.com")
            .env("CONFCTL_LOGIN", "EXAMPLE\\alice")
            .env("CONFCTL_PASSWORD", "Practice-Alice-1")
            .env("CONFCTL_SERVER", format!("tls:127.0.0.1:{}", self.port))
            .env("CONFCTL_CA_FILE", self.pool.fact("ca"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = command.stdout.take().unwrap();
        let some = output.read(&mut [0; 1]).unwrap();
        let first = begun.elapsed();
        io::copy(&mut output, &mut io::sink()).unwrap();
        let ended = command.wait_with_output().unwrap();
        let end = begun.elapsed();
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{words:?}: {stderr}");
        let is_silent = ["cancel", "refresh"].contains(&words[0].as_str());
        assert!(some == 1 || is_silent, "{words:?} printed nothing");
        let flights = proxy.turns.load(Ordering::Relaxed);
        Run {
            flights,
            first,
            end,
        }
    }
}

struct Pool {
    child: Child,
    facts: Vec<String>,
}

impl Pool {
    fn start(folder: &Path, dialect: &str) -> Self {
        let users = folder.join("users");
        fs::write(
            &users,
            "sip:alice@example.com EXAMPLE\\alice Practice-Alice-1\n",
        )
        .unwrap();
        let mut child = Command::new(CONFCTL)
            .args([
                "pool",
                "serve",
                "--listen",
                "tls:127.0.0.1:0",
                "--dialect",
                dialect,
            ])
            .arg("--users")
            .arg(&users)
            .arg("--data")
            .arg(folder.join("pool"))
            .env_clear()
            .env("HOME", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let facts = lines
            .map_while(Result::ok)
            .take_while(|line| line != "ready");
        let facts = facts.collect();
        Self { child, facts }
    }

    fn fact(&self, name: &str) -> String {
        let told = self.facts.iter().filter_map(|line| line.split_once(' '));
        let mut values = told.filter(|(of, _)| *of == name);
        values.next().unwrap().1.to_owned()
    }

    fn place(&self, transport: &str) -> String {
        let listening = self.fact("listening");
        let place = listening.strip_prefix(&format!("{transport}:"));
        place.unwrap().to_owned()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything through it arrives later, and in the same order.
struct Proxy {
    port: u16,
    /// How often the client waited for the server, a connection being one.
    turns: Arc<AtomicUsize>,
}

impl Proxy {
    fn start(pool: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let turns = Arc::new(AtomicUsize::new(0));
        let (pool, counted) = (pool.to_owned(), turns.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                relay(client, &pool, &counted);
            }
        });
        Self { port, turns }
    }
}

/// The client's words go out, as if they had waited for the connection; each answer to them ends a turn.
fn relay(client: TcpStream, pool: &str, turns: &Arc<AtomicUsize>) {
    let server = TcpStream::connect(pool).unwrap();
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let opened = Instant::now();
    turns.fetch_add(1, Ordering::Relaxed);
    let spoke = Arc::new(AtomicUsize::new(0));
    let (client_spoke, server_heard) = (spoke.clone(), spoke);
    let counted = turns.clone();
    delay(
        (client.try_clone().unwrap(), server.try_clone().unwrap()),
        opened + 2 * ONE_WAY,
        move || client_spoke.store(1, Ordering::Relaxed),
    );
    delay((server, client), opened, move || {
        counted.fetch_add(server_heard.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    });
}

fn delay(
    (mut from, mut to): (TcpStream, TcpStream),
    not_before: Instant,
    arrive: impl Fn() + Send + 'static,
) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let due = Instant::now().max(not_before) + ONE_WAY;
            if sender.send((due, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            arrive();
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
