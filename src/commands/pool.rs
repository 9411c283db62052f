//! `pool serve`: the practice pool for other programs, and for other people on this machine.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;

use crate::app::App;
use crate::atomic_file;
use crate::backend::Randomness;
use crate::error::{Error, Result};
use crate::hex::hex;
use crate::interrupt;
use crate::practice::{
    Delegate, Delegates, Fault, Faults, Generation, Limit, Limits, Listen, Log, Options, Policy,
    Pool, PoolError, Rule, Server, Spelling, User, is_open_to_others,
};
use crate::report::Report;
use crate::secret::Secret;
use crate::settings;
use crate::terminal::Terminal;

/// Run a practice pool
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Serve(Box<Serve>),
}

/// Serve a practice pool until Ctrl-C or SIGTERM
///
/// Speaks SIP, NTLM and C3P as an Office Communications Server pool does, so that confctl and other
/// clients of these pools can sign in and make conferences. Once everything listens it prints one
/// fact a line, as 'NAME VALUE', and then 'ready'.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
struct Serve {
    /// Where to listen: tcp:HOST:PORT or tls:HOST:PORT, port 0 for any free one; may be repeated
    #[arg(long, value_name = "PLACE", default_value = "tls:127.0.0.1:0")]
    listen: Vec<Listen>,
    /// Where to serve the dial-in page over HTTPS: HOST:PORT, once for the external address, once more for the internal one
    #[arg(long, value_name = "HOST:PORT")]
    http: Vec<String>,
    /// Where to serve online meetings to clients of Teams over HTTPS, as Microsoft Graph does: HOST:PORT, or tcp:HOST:PORT in clear; a user's token is his password
    #[arg(long, value_name = "PLACE")]
    graph: Option<String>,
    /// Users, one a line: SIP address, DOMAIN\login, password
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// Folder for conferences and certificates [default: one of its own below ~/.local/share/confctl]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Product generation: ocs2007, ocs2007r2 or lync
    #[arg(long, value_name = "NAME", default_value = "ocs2007r2")]
    dialect: Generation,
    /// What users may do: dial-in=off, anonymous=off, passcode=optional, passcode-digits=N, quota=N, meeting-size=N, expiry-years=N, blob-bytes=N, federation=off, live-meeting=off, join-url=off, envelope=block, numbers=moved
    #[arg(long, value_name = "RULE")]
    policy: Vec<Rule>,
    /// Who may make conferences for whom, as sip:boss@example.com=sip:ana@example.com; may be repeated
    #[arg(long, value_name = "BOSS=DELEGATE")]
    delegate: Vec<Delegate>,
    /// What connections may take: connections-per-user=N (32), connections-per-address=N (512), grace=SECONDS (30) to sign in or to send a whole HTTP request, strangers=START:RATE:FULL (256:30:448) before RATE in a hundred, and at last all, of those who have not signed in are refused
    #[arg(long, value_name = "LIMIT")]
    limit: Vec<Limit>,
    // Not a comment for rustdoc, which would take the brackets for links.
    #[arg(
        long,
        value_name = "FAULT",
        help = "What to do wrong: NAME[=VALUE][@POINT], as refuse=503@addConference, drop@3, delay=500; a wrong one lists all"
    )]
    fault: Vec<Fault>,
    /// Answer in other legal forms of SIP and XML, chosen by this number: for people who write clients
    #[arg(long, value_name = "SEED")]
    spelling: Option<u64>,
}

const EXAMPLES: &str = "\
Examples:
  confctl pool serve --listen tls:127.0.0.1:5061 --users users.txt --data ./pool
  confctl pool serve --listen tcp:127.0.0.1:0 --policy dial-in=off --fault delay=500@SERVICE

A client finds its way with what 'serve' prints:
  CONFCTL_SERVER=tls:127.0.0.1:5061 CONFCTL_CA_FILE=./pool/ca.pem \\
  CONFCTL_USER=sip:ana@example.com CONFCTL_LOGIN='EXAMPLE\\ana' CONFCTL_PASSWORD=... confctl schedule";

/// Runs the command.
pub fn run(args: Args, app: &App) -> Result<()> {
    match args.verb {
        Verb::Serve(serve) => serve.run(app),
    }
}

impl Serve {
    fn run(self, app: &App) -> Result<()> {
        if self.http.len() > 2 {
            return Err(Error::usage(
                "--http can be given twice at most: the external address, then the internal one",
            ));
        }
        let stop = interrupt::stop();
        let data = match &self.data {
            Some(data) => data.clone(),
            None => settings::data_folder()?.join("pool"),
        };
        let mut lines = Vec::new();
        let users = self.users(&data, &mut lines, app)?;
        let pool = Pool::open(Options {
            data,
            users,
            generation: self.dialect,
            policy: Policy::with(&self.policy),
            faults: Faults(self.fault.clone()),
            random: app.random()?,
        })
        .map_err(error_of)?;
        let pool = match settings::other_clock()? {
            Some(now) => pool.with_now(now),
            None => pool,
        };
        let pool = pool
            .with_limits(Limits::with(&self.limit))
            .with_delegates(Delegates::Named(self.delegate.clone()))
            .with_spelling(Spelling::new(self.spelling.unwrap_or_default()));
        let mut server = Server::new(pool.with_log(log(app.terminal)));
        self.listen(&mut server, &mut lines)?;
        for place in server.open_places() {
            app.terminal.warn(&format!(
                "Other computers can reach the practice pool at {place}; 127.0.0.1 and [::1] are for this one alone."
            ));
        }
        lines.push(format!("ca {}", server.pool().ca_file().display()));
        lines.extend(
            server
                .pool()
                .users()
                .map(|user| format!("user {}", user.address)),
        );
        lines.push("ready\n".to_owned());
        app.terminal.print(&lines.join("\n"))?;
        // An error means that nobody can stop us any more: the same as being stopped.
        let _ = stop.recv();
        app.terminal.status("Stopped.");
        Ok(())
    }

    fn listen(&self, server: &mut Server, lines: &mut Vec<String>) -> Result<()> {
        for listen in &self.listen {
            let address = server.listen(listen).map_err(error_of)?;
            lines.push(format!("listening {}", listen.with_address(address)));
        }
        let external = self.http.first().map_or("127.0.0.1:0", String::as_str);
        let internal = self.http.get(1).map_or("127.0.0.1:0", String::as_str);
        let pages = server.serve_pages(external, internal).map_err(error_of)?;
        lines.push(format!("page-external {}", pages.external));
        lines.push(format!("page-internal {}", pages.internal));
        if let Some(place) = &self.graph {
            let base = server.serve_graph(place).map_err(error_of)?;
            lines.push(format!("graph {base}"));
        }
        Ok(())
    }

    /// Those of the file; without one, a single user whose password is made up and put into a file
    /// that only its owner can read.
    fn users(
        &self,
        data: &std::path::Path,
        lines: &mut Vec<String>,
        app: &App,
    ) -> Result<Vec<User>> {
        let file = match &self.users {
            Some(file) => file.clone(),
            None => {
                let file = data.join("users");
                if !file.exists() {
                    make_users_file(&file, &app.random()?)?;
                }
                lines.push(format!("users {}", file.display()));
                file
            }
        };
        let users = User::read_file(&file).map_err(Error::usage)?;
        if is_open_to_others(&file) {
            app.terminal.warn(&format!(
                "Others can read the passwords in '{}': let its owner alone read it (chmod 600).",
                file.display()
            ));
        }
        Ok(users)
    }
}

fn make_users_file(file: &std::path::Path, random: &Randomness) -> Result<()> {
    let mut bytes = [0; 12];
    random(&mut bytes);
    let password = Secret::new(hex(&bytes));
    let line = format!(
        "# SIP address, DOMAIN\\login, password\nsip:you@practice.example PRACTICE\\you {}\n",
        password.expose()
    );
    let written = file
        .parent()
        .map_or(Ok(()), atomic_file::make_folder)
        .and_then(|()| atomic_file::write(file, line.as_bytes()));
    written.map_err(|error| Error::failed(format!("can't write '{}': {error}", file.display())))
}

/// Messages for those who said `-v`, and what was signed for those who said it twice.
fn log(terminal: Terminal) -> Log {
    Log {
        detail: if terminal.shows_wire() {
            Log::SIGNED
        } else {
            Log::MESSAGES
        },
        tell: Arc::new(move |detail, line| match detail {
            Log::MESSAGES => terminal.step(line),
            _ => terminal.wire('*', line),
        }),
    }
}

fn error_of(error: PoolError) -> Error {
    match error {
        PoolError::Listen(..) => {
            Error::usage(error).hint("is another program there? Port 0 takes any free port")
        }
        _ => {
            let hint = error.hint();
            hint.into_iter().fold(Error::failed(error), Error::hint)
        }
    }
}
