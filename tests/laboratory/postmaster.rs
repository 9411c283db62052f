//! A mail server on a loopback port that counts what it is given, and strikes when it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Where in the course of a mail the server strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before it answers MAIL.
    Mail,
    /// Before it answers RCPT.
    Rcpt,
    /// Before it answers DATA.
    Data,
    /// After the mail's first line.
    Within,
    /// The mail is there, its taking is not said.
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
    server: Arc<Server>,
}

#[derive(Default)]
struct Server {
    /// Address to mails, in the order of their coming.
    mails: Mutex<BTreeMap<String, Vec<String>>>,
    /// MAIL commands so far.
    begun: AtomicUsize,
    /// At which mail, counted from 1, where, and how it strikes; once.
    plan: Mutex<Option<(usize, Point, Strike)>>,
    /// The program that mails.
    client: AtomicU32,
}

impl Postmaster {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Arc::<Server>::default();
        let served = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = served.clone();
                thread::spawn(move || server.serve(stream));
            }
        });
        Self { port, server }
    }

    /// `smtp://127.0.0.1:PORT`
    pub fn route(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Strikes at the mail of that number, counted from now and from 1.
    pub fn plan(&self, mail: usize, point: Point, strike: Strike) {
        self.server.begun.store(0, Ordering::SeqCst);
        *self.server.plan.lock().unwrap() = Some((mail, point, strike));
    }

    /// Whom its strikes hit.
    pub fn knows(&self, process: u32) {
        self.server.client.store(process, Ordering::SeqCst);
    }

    /// Address to mails.
    pub fn mails(&self) -> BTreeMap<String, Vec<String>> {
        self.server.mails.lock().unwrap().clone()
    }
}

impl Server {
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
                    let answer = self.receive(&to, &mut next)?;
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

    fn receive(&self, to: &str, next: &mut impl FnMut() -> Option<String>) -> Option<String> {
        let mut mail = next()? + "\n";
        self.or_strike(Point::Within, "")?;
        loop {
            match next()?.as_str() {
                "." => break,
                line => mail += &format!("{}\n", line.strip_prefix('.').unwrap_or(line)),
            }
        }
        let mut mails = self.mails.lock().unwrap();
        mails.entry(to.to_owned()).or_default().push(mail);
        drop(mails);
        let answer = self.or_strike(Point::Taken, "250 taken")?;
        if !answer.starts_with("250") {
            self.mails.lock().unwrap().remove(to);
        }
        Some(answer)
    }

    /// The answer, unless it is time to strike; none: nobody listens any more.
    fn or_strike(&self, at: Point, answer: &str) -> Option<String> {
        let mut plan = self.plan.lock().unwrap();
        let begun = self.begun.load(Ordering::SeqCst);
        let (_, _, strike) = match *plan {
            Some((mail, point, _)) if mail == begun && point == at => plan.take()?,
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
