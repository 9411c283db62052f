//! `settings`: the Dial-In Conferencing Settings page of the pool, and the settings of confctl.

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use clap::Subcommand;

use crate::app::App;
use crate::app::account::Practice;
use crate::backend::Account;
use crate::child;
use crate::conference::Pages;
use crate::error::{Error, Kind, Result};
use crate::interrupt;
use crate::report::Report;
use crate::settings::{self, Settings};

/// Open, name or show settings
///
/// 'open' and 'url' are about the Dial-In Conferencing Settings page of your pool: your PIN, your
/// assigned Conference ID and passcode, all access numbers. 'show' is about confctl's own settings.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Verb {
    /// Open the Dial-In Conferencing Settings page in the browser
    ///
    /// The pool tells an address for people outside the network and one for people inside. The
    /// external one is tried first, then the internal one; what was tried is told on stderr.
    /// $BROWSER, if set, is the command that opens it.
    Open,
    /// Print the address of the Dial-In Conferencing Settings page
    ///
    /// The first of the two addresses that answers, and nothing else: for machines without a
    /// browser.
    Url,
    /// Show the settings in force
    Show,
}

/// How long a page may take to answer.
const PAGE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the practice pool's page waits for a browser that nobody watches.
const VISIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the command.
pub fn run(args: Args, app: &App) -> Result<()> {
    match args.verb {
        Verb::Open => open(app),
        Verb::Url => url(app),
        Verb::Show => show(app),
    }
}

fn open(app: &App) -> Result<()> {
    let page = find_page(app)?;
    let Some(practice) = app.practice() else {
        open_in_browser(app, &page)
            .map_err(|error| error.hint(format!("open it yourself: {page}")))?;
        app.terminal.status(&format!("Opened {page}"));
        return Ok(());
    };
    let stop = interrupt::stop();
    let seen = practice.server.page_views();
    match open_in_browser(app, &page) {
        Ok(()) => app.terminal.status(&format!("Opened {page}")),
        // A person can still open it, as long as we stay to serve it.
        Err(error) if app.terminal.can_ask() => {
            app.terminal
                .warn(&format!("{error}. Open it yourself: {page}"));
        }
        Err(error) => return Err(error),
    }
    serve_practice_page(app, practice, seen, &stop);
    Ok(())
}

fn url(app: &App) -> Result<()> {
    let page = find_page(app)?;
    if app.practice().is_some() {
        app.terminal
            .status("The practice pool's page is there only while 'confctl settings open' runs.");
    }
    app.terminal.print(&format!("{page}\n"))
}

/// External first, then internal; says what was tried.
fn find_page(app: &App) -> Result<String> {
    let account = app.account(true)?;
    let mut session = app.sign_in(account.clone())?;
    let Pages {
        configured,
        external,
        internal,
    } = session.backend.get_offer()?.pages;
    let client = web_client(account, app.practice().is_some())?;
    let mut tried = Vec::new();
    let internal = internal.filter(|page| Some(page) != external.as_ref());
    for (which, page) in [
        ("configured", configured),
        ("external", external),
        ("internal", internal),
    ] {
        let Some(page) = page else {
            continue;
        };
        match probe(&client, &page) {
            Ok(()) => {
                app.terminal
                    .step(&format!("the {which} page {page} answers"));
                return Ok(page);
            }
            Err(why) => {
                let failed = format!("the {which} page {page}: {why}");
                app.terminal
                    .status(&format!("Tried {which} address {page}: {why}."));
                tried.push(failed);
            }
        }
    }
    if tried.is_empty() {
        return Err(Error::new(
            Kind::Refused,
            "the pool names no Dial-In Conferencing Settings page",
        )
        .hint("ask your administrator for its address and set settings_page in the settings"));
    }
    Err(Error::new(
        Kind::Unreachable,
        format!("no settings page answers: {}", tried.join("; ")),
    )
    .hint("check your network and, if you need one, your VPN"))
}

fn web_client(account: &Account, is_here: bool) -> Result<reqwest::blocking::Client> {
    let failed = |error: reqwest::Error| {
        Error::failed(format!("can't look at web pages: {}", cause_of(&error)))
    };
    let mut builder = reqwest::blocking::Client::builder()
        .user_agent(concat!("confctl/", env!("CARGO_PKG_VERSION")))
        .timeout(account.timeout.min(PAGE_TIMEOUT));
    if is_here {
        // Its page is in this process; no proxy finds it there.
        builder = builder.no_proxy();
    }
    if account.tls.legacy {
        // Some servers of that age need more: see the README.
        builder = builder.tls_version_min(reqwest::tls::Version::TLS_1_0);
    }
    if let Some(file) = &account.tls.ca_file {
        let pem = std::fs::read(file).map_err(|error| {
            Error::usage(format!(
                "can't read the CA file '{}': {error}",
                file.display()
            ))
        })?;
        let bundle = reqwest::Certificate::from_pem_bundle(&pem).map_err(failed)?;
        builder = builder.tls_certs_merge(bundle);
    }
    builder.build().map_err(failed)
}

/// A page that asks for a sign-in is there as well.
fn probe(client: &reqwest::blocking::Client, page: &str) -> Result<(), String> {
    let response = client.get(page).send().map_err(|error| cause_of(&error))?;
    let status = response.status();
    if status.is_success() || matches!(status.as_u16(), 401 | 403) {
        return Ok(());
    }
    Err(format!("it answers {status}"))
}

/// The innermost cause says what happened; reqwest's own words only repeat the address.
fn cause_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match cause
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind)
    {
        Some(std::io::ErrorKind::ConnectionRefused) => "nothing listens there".to_owned(),
        _ => cause.to_string(),
    }
}

/// Starts $BROWSER, which may name several commands with colons between them, else what the desktop
/// has.
pub fn open_in_browser(app: &App, page: &str) -> Result<()> {
    let Some(browsers) = settings::variable("BROWSER")? else {
        let opened = open::that_detached(page);
        return opened.map_err(|_| {
            Error::failed("no browser could be started").hint("set BROWSER to the command of yours")
        });
    };
    let mut trouble = Error::failed(format!("BROWSER is '{browsers}', which names no command"));
    for browser in browsers
        .split(':')
        .filter(|browser| !browser.trim().is_empty())
    {
        app.terminal.step(&format!("running {browser}"));
        match run_browser(browser, page, app) {
            Ok(()) => return Ok(()),
            Err(error) => trouble = error,
        }
    }
    Err(trouble)
}

fn run_browser(browser: &str, page: &str, app: &App) -> Result<()> {
    let mut words = browser.split_whitespace();
    let mut command = child::command(words.next().unwrap_or_default());
    command.args(words.map(|word| word.replace("%s", page)));
    if !browser.contains("%s") {
        command.arg(page);
    }
    command.stdout(app.terminal.stderr());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::failed(format!(
            "the browser '{browser}' failed: {status}"
        ))),
        Err(error) => Err(Error::failed(format!(
            "the browser '{browser}' can't be started: {error}"
        ))),
    }
}

/// The practice pool's page lives in this process, so the process stays until it has been seen.
fn serve_practice_page(
    app: &App,
    practice: &Practice,
    seen: usize,
    stop: &std::sync::mpsc::Receiver<()>,
) {
    if app.terminal.can_ask() {
        app.terminal.status(&format!(
            "Sign in there as {}, password {}, made up for this run.",
            practice.login,
            practice.password.expose()
        ));
        app.terminal.status(
            "This command serves the practice pool's page: press Ctrl-C when you are done.",
        );
        let _ = stop.recv();
        return;
    }
    let until = Instant::now() + VISIT_TIMEOUT;
    let visited = || practice.server.page_views() > seen;
    while !visited() && Instant::now() < until {
        if stop.recv_timeout(Duration::from_millis(50)) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

fn show(app: &App) -> Result<()> {
    let settings = app.settings()?;
    let file = app.config.clone().or_else(settings::default_file);
    let mut text = match &file {
        Some(file) if file.exists() => format!("# from {} and the environment\n", file.display()),
        Some(file) => format!(
            "# {} does not exist; from the environment alone\n",
            file.display()
        ),
        None => "# no home folder; from the environment alone\n".to_owned(),
    };
    if *settings == Settings::default() {
        text.push_str("# no account: commands run on the practice pool\n");
    }
    text.push_str(&settings.to_toml()?);
    app.terminal.print(&text)
}
