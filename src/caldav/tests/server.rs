//! A calendar server of a few lines: one user with a password, one calendar, entries with tags. A
//! test puts its own answers before it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// `ana:hunter2`.
const BASIC: &str = "Basic YW5hOmh1bnRlcjI=";
/// The calendar of the server.
pub const CALENDAR: &str = "/ana/office/";

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

type Rule = dyn Fn(&Asked, &mut Entries) -> Option<String> + Send;
/// Path, version and body.
pub type Entries = BTreeMap<String, (u32, String)>;

pub struct Server {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    entries: Entries,
}

impl Server {
    /// Answers as a server should.
    pub fn start() -> Self {
        Self::with(|_, _| None)
    }

    /// Answers as `rule` says; where it says nothing, as a server should.
    pub fn with(rule: impl Fn(&Asked, &mut Entries) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(stream, &shared, &rule);
            }
        });
        Self { port, state }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn requests(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The requests of a method.
    pub fn of(&self, method: &str) -> Vec<Asked> {
        let mut all = self.requests();
        all.retain(|asked| asked.method == method);
        all
    }

    /// Looks at the entries, or edits them as another program would.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut Entries) -> T) -> T {
        edit(&mut self.state.lock().unwrap().entries)
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>, rule: &Rule) -> std::io::Result<()> {
    let asked = read(&stream)?;
    let answer = {
        let mut state = state.lock().unwrap();
        state.asked.push(asked.clone());
        rule(&asked, &mut state.entries).unwrap_or_else(|| usual_answer(&asked, &mut state.entries))
    };
    (&stream).write_all(answer.as_bytes())
}

fn read(stream: &TcpStream) -> std::io::Result<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next(), words.next());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Asked {
        method: method.unwrap_or_default(),
        path: path.unwrap_or_default(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// A whole answer; `head` holds header lines.
pub fn answer(status: &str, head: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}"
    )
}

pub fn redirect(to: &str) -> String {
    answer("301 Moved", &format!("Location: {to}\r\n"), "")
}

/// 207 about one resource, with the properties as XML.
pub fn multistatus(responses: &[(&str, &str)]) -> String {
    let responses = responses.iter().map(|(path, properties)| {
        format!(
            "<d:response><d:href>{path}</d:href><d:propstat><d:prop>{properties}</d:prop>\
             <d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:getetag/>\
             </d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>"
        )
    });
    let all: String = responses.collect();
    let body = format!(
        "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\" \
         xmlns=\"urn:ietf:params:xml:ns:caldav\">{all}</d:multistatus>"
    );
    answer("207 Multi-Status", "", &body)
}

/// A calendar of that name in a listing.
pub fn calendar(name: &str) -> String {
    format!(
        "<d:displayname>{name}</d:displayname><d:resourcetype><d:collection/><calendar/></d:resourcetype>"
    )
}

fn usual_answer(asked: &Asked, entries: &mut Entries) -> String {
    if asked.headers.get("authorization").map(String::as_str) != Some(BASIC) {
        return answer(
            "401 Unauthorized",
            "WWW-Authenticate: Basic realm=\"x\"\r\n",
            "",
        );
    }
    let principal = "<d:current-user-principal><d:href>/ana/</d:href></d:current-user-principal>";
    match (asked.method.as_str(), asked.path.as_str()) {
        ("PROPFIND", "/.well-known/caldav") => redirect("/"),
        ("PROPFIND", "/") => multistatus(&[("/", principal)]),
        ("PROPFIND", "/ana/") if asked.headers["depth"] == "0" => multistatus(&[(
            "/ana/",
            "<calendar-home-set><d:href>/ana/</d:href></calendar-home-set>",
        )]),
        ("PROPFIND", "/ana/") => multistatus(&[("/ana/", ""), (CALENDAR, &calendar("Work"))]),
        ("OPTIONS", _) => answer("200 OK", "DAV: 1, calendar-access\r\n", ""),
        ("REPORT", CALENDAR) => holders(asked, entries),
        (_, path) if path.starts_with(CALENDAR) => entry(asked, entries),
        _ => answer("404 Not Found", "", ""),
    }
}

fn holders(asked: &Asked, entries: &Entries) -> String {
    let wanted = asked.body.split("i;octet\">").nth(1).unwrap();
    let uid = wanted.split('<').next().unwrap();
    let holding = entries.iter().filter(|(_, (_, body))| body.contains(uid));
    multistatus(
        &holding
            .map(|(path, _)| (path.as_str(), ""))
            .collect::<Vec<_>>(),
    )
}

fn entry(asked: &Asked, entries: &mut Entries) -> String {
    let header = |name: &str| asked.headers.get(name).map(String::as_str);
    let there = entries
        .get(&asked.path)
        .map(|(version, _)| format!("\"{version}\""));
    let matches = header("if-match").is_none_or(|tag| Some(tag) == there.as_deref());
    if !matches || (header("if-none-match") == Some("*") && there.is_some()) {
        return answer("412 Precondition Failed", "", "");
    }
    match (asked.method.as_str(), there) {
        ("GET", Some(tag)) => answer(
            "200 OK",
            &format!("ETag: {tag}\r\n"),
            &entries[&asked.path].1,
        ),
        ("DELETE", Some(_)) => {
            entries.remove(&asked.path);
            answer("204 No Content", "", "")
        }
        ("PUT", there) => put(asked, there.is_some(), entries),
        _ => answer("404 Not Found", "", ""),
    }
}

fn put(asked: &Asked, is_known: bool, entries: &mut Entries) -> String {
    let uid = |body: &str| {
        body.lines()
            .find(|l| l.starts_with("UID:"))
            .map(str::to_owned)
    };
    let own = uid(&asked.body);
    let taken = entries
        .iter()
        .any(|(path, (_, body))| *path != asked.path && uid(body) == own);
    if taken {
        let error = "<error xmlns=\"DAV:\"><C:no-uid-conflict xmlns:C=\"urn:ietf:params:xml:ns:caldav\"/></error>";
        return answer("409 Conflict", "", error);
    }
    let version = entries
        .get(&asked.path)
        .map_or(1, |(version, _)| version + 1);
    entries.insert(asked.path.clone(), (version, asked.body.clone()));
    let status = if is_known {
        "204 No Content"
    } else {
        "201 Created"
    };
    answer(status, &format!("ETag: \"{version}\"\r\n"), "")
}
