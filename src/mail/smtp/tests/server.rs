//! A mail server that does as it is told, however badly.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use openssl::ssl::SslAcceptor;

/// What it does when something comes, instead of saying yes.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Say(&'static str),
    /// Closes the connection.
    Cut,
    /// Says nothing any more.
    Silence,
    /// Says something that never ends, one byte after another.
    Drip(&'static str),
    /// Says something that never ends, as fast as it can.
    Flood(&'static str),
}

/// At which command, and how many of them go well before, over all connections.
pub(super) type Odd = (&'static str, usize, Act);

/// How the server is.
#[derive(Clone, Default)]
pub(super) struct Habits {
    pub(super) offers: Vec<&'static str>,
    /// What it offers after STARTTLS.
    pub(super) secret_offers: Vec<&'static str>,
    pub(super) odds: Vec<Odd>,
    /// With it the server can do TLS.
    pub(super) acceptor: Option<SslAcceptor>,
    /// TLS from the first byte.
    pub(super) implicit: bool,
    /// Says this right behind the answer to STARTTLS, before TLS.
    pub(super) whispers: &'static str,
}

/// What it was told, line by line, with `CONNECT` for each connection, and the mails it took.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) lines: Vec<String>,
    pub(super) envelopes: Vec<String>,
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Server {
    pub(super) fn start(habits: Habits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let ears = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (habits, heard) = (habits.clone(), Arc::clone(&ears));
                heard.lock().unwrap().lines.push("CONNECT".into());
                thread::spawn(move || Talk { habits, heard }.begin(stream.unwrap()));
            }
        });
        Self { address, heard }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.heard.lock().unwrap().lines.clone()
    }

    pub(super) fn envelopes(&self) -> Vec<String> {
        self.heard.lock().unwrap().envelopes.clone()
    }

    /// How often a command came.
    pub(super) fn count(&self, command: &str) -> usize {
        let lines = self.lines();
        lines
            .iter()
            .filter(|line| line.starts_with(command))
            .count()
    }
}

struct Talk {
    habits: Habits,
    heard: Arc<Mutex<Heard>>,
}

/// The connection is over.
struct Over;

impl Talk {
    fn begin(mut self, mut stream: TcpStream) {
        if !self.habits.implicit {
            let ends = self
                .greet(&mut stream)
                .and_then(|()| self.talk(&mut stream));
            // STARTTLS
            if ends.is_ok() {
                self.talk_tls(stream);
            }
            return;
        }
        let acceptor = self.habits.acceptor.as_ref().unwrap();
        if let Ok(mut stream) = acceptor.accept(stream) {
            let _ = self
                .greet(&mut stream)
                .and_then(|()| self.talk(&mut stream));
        }
    }

    fn talk_tls(&mut self, stream: TcpStream) {
        self.habits.offers = std::mem::take(&mut self.habits.secret_offers);
        if let Ok(mut stream) = self.habits.acceptor.as_ref().unwrap().accept(stream) {
            let _ = self.talk(&mut stream);
        }
    }

    fn greet(&self, stream: &mut dyn Stream) -> Result<(), Over> {
        self.answer(stream, "CONNECT", "220 mail.example.com ESMTP")
            .map(drop)
    }

    /// Until STARTTLS.
    fn talk(&self, stream: &mut dyn Stream) -> Result<(), Over> {
        loop {
            let line = read_line(stream)?;
            self.note(line.clone());
            let command = line.split([' ', ':']).next().unwrap_or_default().to_owned();
            match command.as_str() {
                "EHLO" => {
                    self.answer(stream, "EHLO", &self.abilities())?;
                }
                "STARTTLS" => {
                    let good = format!("220 go ahead\r\n{}", self.habits.whispers);
                    self.answer(stream, "STARTTLS", good.trim_end())?;
                    return Ok(());
                }
                "AUTH" if line == "AUTH LOGIN" => {
                    if self.answer(stream, "AUTH", "334 VXNlcm5hbWU6")? {
                        self.note(read_line(stream)?);
                        say(stream, "334 UGFzc3dvcmQ6\r\n")?;
                        self.note(read_line(stream)?);
                        say(stream, "235 welcome\r\n")?;
                    }
                }
                "AUTH" => {
                    self.answer(stream, "AUTH", "235 welcome")?;
                }
                "DATA" => {
                    if self.answer(stream, "DATA", "354 end with a dot")? {
                        self.take_envelope(stream)?;
                        self.answer(stream, ".", "250 2.0.0 queued as 4711")?;
                    }
                }
                "QUIT" => return Err(Over),
                command => {
                    self.answer(stream, command, "250 2.1.0 yes")?;
                }
            }
        }
    }

    fn note(&self, line: String) {
        self.heard.lock().unwrap().lines.push(line);
    }

    fn abilities(&self) -> String {
        let mut lines = vec!["mail.example.com"];
        lines.extend(&self.habits.offers);
        let last = lines.len() - 1;
        let sign = |at| if at == last { ' ' } else { '-' };
        let lines = lines.iter().enumerate();
        lines
            .map(|(at, line)| format!("250{}{line}", sign(at)))
            .collect::<Vec<_>>()
            .join("\r\n")
    }

    fn take_envelope(&self, stream: &mut dyn Stream) -> Result<(), Over> {
        let mut text = String::new();
        loop {
            let line = read_line(stream)?;
            if line == "." {
                break;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push_str("\r\n");
        }
        let mut heard = self.heard.lock().unwrap();
        heard.lines.push(".".into());
        heard.envelopes.push(text);
        Ok(())
    }

    /// Whether it said the usual.
    fn answer(&self, stream: &mut dyn Stream, command: &str, usual: &str) -> Result<bool, Over> {
        let come = self.count_heard(command);
        let mut odds = self.habits.odds.iter();
        let odd = odds.find(|(at, after, _)| *at == command && *after + 1 == come);
        match odd.map(|(_, _, act)| *act) {
            None => say(stream, &format!("{usual}\r\n")).map(|()| true),
            Some(Act::Say(text)) => say(stream, &format!("{text}\r\n")).map(|()| false),
            Some(Act::Cut) => Err(Over),
            Some(Act::Silence) => {
                thread::sleep(Duration::from_secs(30));
                Err(Over)
            }
            Some(Act::Drip(text)) => loop {
                say(stream, text)?;
                thread::sleep(Duration::from_millis(20));
            },
            Some(Act::Flood(text)) => loop {
                say(stream, &text.repeat(100))?;
            },
        }
    }

    fn count_heard(&self, command: &str) -> usize {
        let heard = self.heard.lock().unwrap();
        let is = |line: &&String| line.split([' ', ':']).next() == Some(command);
        heard.lines.iter().filter(is).count()
    }
}

fn say(stream: &mut dyn Stream, text: &str) -> Result<(), Over> {
    stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush())
        .map_err(|_| Over)
}

/// Byte by byte, so that nothing is read that belongs to TLS.
fn read_line(stream: &mut dyn Stream) -> Result<String, Over> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        if stream.read(&mut byte).map_err(|_| Over)? == 0 {
            return Err(Over);
        }
        line.push(byte[0]);
    }
    line.truncate(line.len() - 2);
    Ok(String::from_utf8(line).unwrap())
}
