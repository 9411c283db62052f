//! `settings`: the Dial-In Conferencing Settings page of the pool, and the settings of confctl.

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use clap::Subcommand;

use crate::app::App;
use crate::app::account::Practice;
use crate::child;
use crate::conference::Pages;
use crate::error::{Error, Kind, Result};
use crate::interrupt;
use crate::report::Report;
use crate::settings::{self, AccountKind};

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
    /// The first of the two addresses that answers, else the first of all, with a warning; and nothing
    /// else: for machines without a browser.
    Url,
    /// Show the settings in force
    Show,
}

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

/// An address of the settings page.
struct Page {
    address: String,
    /// Why it can't be used from here; none: it can.
    trouble: Option<Error>,
}

fn open(app: &App) -> Result<()> {
    let page = find_page(app)?;
    let page = page.trouble.map_or(Ok(page.address), Err)?;
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
    if let Some(trouble) = &page.trouble {
        app.terminal.warn(&trouble.to_string());
    }
    app.terminal.print(&format!("{}\n", page.address))
}

/// External first, then internal; says what was tried. Of several that do not answer, the first.
fn find_page(app: &App) -> Result<Page> {
    let account = app.account(true)?;
    let mut session = app.sign_in(account.clone(), None, false)?;
    let Pages {
        configured,
        external,
        internal,
    } = session.backend.get_offer()?.pages;
    let service = session.backend.capabilities().name;
    let mut tried = Vec::new();
    let mut first = None;
    let internal = internal.filter(|page| Some(page) != external.as_ref());
    for (which, page) in [
        ("configured", configured),
        ("external", external),
        ("internal", internal),
    ] {
        let Some(page) = page else {
            continue;
        };
        match app.look_at_page(&page)? {
            Ok(()) => {
                app.terminal
                    .step(&format!("the {which} page {page} answers"));
                return Ok(Page {
                    address: page,
                    trouble: None,
                });
            }
            Err(why) => {
                let failed = format!("the {which} page {page}: {why}");
                app.terminal
                    .status(&format!("Tried {which} address {page}: {why}."));
                tried.push(failed);
                first = first.or(Some(page));
            }
        }
    }
    let Some(address) = first else {
        return Err(Error::new(
            Kind::Refused,
            format!("{service} names no Dial-In Conferencing Settings page"),
        )
        .hint(match app.account_kind()? {
            AccountKind::Pool => {
                "ask your administrator for its address and set settings_page in the settings"
            }
            AccountKind::Teams => {
                "numbers and Conference ID stand in each invitation; for a PIN ask your administrator"
            }
        }));
    };
    let why = format!("no settings page answers: {}", tried.join("; "));
    let trouble = Error::new(Kind::Unreachable, why);
    Ok(Page {
        address,
        trouble: Some(trouble.hint("check your network and, if you need one, your VPN")),
    })
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
        app.terminal.show_secret(
            &format!(
                "Sign in there as {}; the password is made up for this run:",
                practice.login
            ),
            &practice.password,
        );
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
    let settings = app.settings_in_force()?;
    let file = app.config.clone().or_else(settings::default_file);
    let mut text = match &file {
        Some(file) if file.exists() => format!("# from {} and the environment\n", file.display()),
        Some(file) => format!(
            "# {} does not exist; from the environment alone\n",
            file.display()
        ),
        None => "# no home folder; from the environment alone\n".to_owned(),
    };
    if settings.account.is_none() {
        text.push_str("# no account: commands run on the practice pool\n");
    }
    if let Some(file) = settings
        .authorities
        .as_ref()
        .filter(|_| settings.account.is_none())
    {
        let file = file.display();
        text.push_str(&format!(
            "# trusted besides the system's authorities: {file}  # CONFCTL_CA_FILE\n"
        ));
    }
    text.push_str(&settings.to_explained_toml()?);
    app.terminal.print(&text)
}
