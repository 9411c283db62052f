//! A mail server on a loopback port that counts what it is given, and strikes when it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Where in the course of a letter the server strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before it answers MAIL.
    Mail,
    /// Before it answers RCPT.
    Rcpt,
    /// Before it answers DATA.
    Data,
    /// After the letter's first line.
    Within,
    /// The letter is there, its taking is not said.
    Taken,
    /// It is said.
    Said,
}

/// What it does then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// Ends the program at once.
    Kill,
    /// Asks the program to end.
    Interrupt,
    /// Closes the connection.
    Cut,
    /// Answers with this code.
    Answer(&'static str),
}

/// A mail server.
pub struct Postmaster {
    port: u16,
    office: Arc<Office>,
}

#[derive(Default)]
struct Office {
    /// Address to letters, in the order of their coming.
    letters: Mutex<BTreeMap<String, Vec<String>>>,
    /// MAIL commands so far.
    begun: AtomicUsize,
    /// At which letter, counted from 1, where, and how it strikes; once.
    plan: Mutex<Option<(usize, Point, Strike)>>,
    /// The program that mails.
    client: AtomicU32,
}

impl Postmaster {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let office = Arc::<Office>::default();
        let served = office.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let office = served.clone();
                thread::spawn(move || office.serve(stream));
            }
        });
        Self { port, office }
    }

    /// `smtp://127.0.0.1:PORT`
    pub fn route(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Strikes at the letter of that number, counted from now and from 1.
    pub fn plan(&self, letter: usize, point: Point, strike: Strike) {
        self.office.begun.store(0, Ordering::SeqCst);
        *self.office.plan.lock().unwrap() = Some((letter, point, strike));
    }

    /// Whom its strikes hit.
    pub fn knows(&self, process: u32) {
        self.office.client.store(process, Ordering::SeqCst);
    }

    /// Address to letters.
    pub fn letters(&self) -> BTreeMap<String, Vec<String>> {
        self.office.letters.lock().unwrap().clone()
    }
}

impl Office {
    /// None: the conversation is over.
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut out = stream.try_clone().ok()?;
        let mut lines = BufReader::new(stream).split(b'\n');
        let mut next = move || {
            let line = lines.next()?.ok()?;
            let line = String::from_utf8_lossy(&line);
            Some(line.trim_end_matches('\r').to_owned())
        };
        let mut say = move |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).ok();
        say("220 mail.example.com ready")?;
        let mut to = String::new();
        loop {
            let line = next()?;
            let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer = match word.as_str() {
                "EHLO" => "250-mail.example.com\r\n250 8BITMIME".to_owned(),
                "MAIL" => {
                    self.begun.fetch_add(1, Ordering::SeqCst);
                    self.or_strike(Point::Mail, "250 ok")?
                }
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1)?.to_ascii_lowercase();
                    self.or_strike(Point::Rcpt, "250 ok")?
                }
                "DATA" => {
                    let answer = self.or_strike(Point::Data, "354 go on")?;
                    say(&answer)?;
                    if !answer.starts_with("354") {
                        continue;
                    }
                    let answer = self.letter(&to, &mut next)?;
                    say(&answer)?;
                    self.or_strike(Point::Said, "")?;
                    continue;
                }
                "QUIT" => {
                    say("221 bye")?;
                    return None;
                }
                _ => "250 ok".to_owned(),
            };
            say(&answer)?;
        }
    }

    fn letter(&self, to: &str, next: &mut impl FnMut() -> Option<String>) -> Option<String> {
        let mut letter = next()? + "\n";
        self.or_strike(Point::Within, "")?;
        loop {
            match next()?.as_str() {
                "." => break,
                line => letter += &format!("{}\n", line.strip_prefix('.').unwrap_or(line)),
            }
        }
        let mut letters = self.letters.lock().unwrap();
        letters.entry(to.to_owned()).or_default().push(letter);
        drop(letters);
        let answer = self.or_strike(Point::Taken, "250 taken")?;
        if !answer.starts_with("250") {
            self.letters.lock().unwrap().remove(to);
        }
        Some(answer)
    }

    /// The answer, unless it is time to strike; none: nobody listens any more.
    fn or_strike(&self, at: Point, answer: &str) -> Option<String> {
        let mut plan = self.plan.lock().unwrap();
        let begun = self.begun.load(Ordering::SeqCst);
        let (_, _, strike) = match *plan {
            Some((letter, point, _)) if letter == begun && point == at => plan.take()?,
            _ => return Some(answer.to_owned()),
        };
        drop(plan);
        match strike {
            Strike::Answer(other) => return Some(other.to_owned()),
            Strike::Cut => return None,
            Strike::Kill => self.signal("-KILL"),
            Strike::Interrupt => self.signal("-INT"),
        }
        Some(answer.to_owned())
    }

    fn signal(&self, signal: &str) {
        let client = self.client.load(Ordering::SeqCst).to_string();
        let _ = Command::new("kill").args([signal, &client]).status();
        // The program is not to get any further before the signal arrives.
        thread::sleep(Duration::from_millis(30));
    }
}
