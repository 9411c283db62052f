//! `settings`: the Dial-In Conferencing Settings page found, opened and served; the settings shown.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use confctl::practice::{Faults, Options, Policy, Pool, Server, User};
use confctl::proto::c3p::Dialect;
use confctl::secret::Secret;
use reqwest::StatusCode;

use crate::desk::{Desk, NOW, Run, ServedPool, USERS};

const OPEN: [&str; 2] = ["settings", "open"];
const URL: [&str; 2] = ["settings", "url"];

#[test]
fn the_external_page_is_opened() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let output = with_browser(&desk, desk.confctl_at(&pool, &OPEN))
        .run()
        .code(0)
        .says(&format!("Opened {}", pool.fact("page-external")));
    assert_eq!(output.stdout, "");
    assert_eq!(opened(&desk), pool.fact("page-external"));
}

#[test]
fn with_the_external_page_down_the_internal_one_is_opened_and_it_is_said_why() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--fault", "page-down"]));
    let _ = with_browser(&desk, desk.confctl_at(&pool, &OPEN))
        .run()
        .code(0)
        .says(&pool.fact("page-external"))
        .says("503");
    assert_eq!(opened(&desk), pool.fact("page-internal"));
}

#[test]
fn with_nobody_at_the_external_address_the_internal_page_is_opened() {
    let (desk, pool) = (Desk::new(), PageLess::start());
    let internal = pool.internal.trim_start_matches("https://localhost:");
    let port = internal.trim_end_matches("/dialin");
    // The same folder, and so the same authority: this one serves what the other one names.
    let mut pages = Server::new(open_pool(pool.folder.path()));
    pages
        .serve_pages("127.0.0.1:0", &format!("127.0.0.1:{port}"))
        .unwrap();
    let _ = with_browser(&desk, pool.account(desk.confctl(&OPEN)))
        .run()
        .code(0)
        .says(&format!("Tried external address {}", pool.external))
        .says("nothing listens there");
    assert_eq!(opened(&desk), pool.internal);
}

/// Whoever signs in there tells his password to everybody on the way.
#[test]
fn a_page_that_everybody_on_the_way_could_read_is_refused_aloud() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--fault", "plain-page"]));
    let plain = pool.fact("page-external").replace("https:", "http:");
    let _ = with_browser(&desk, desk.confctl_at(&pool, &OPEN))
        .run()
        .code(0)
        .says(&format!(
            "warning: The pool names '{plain}' as its settings page"
        ));
    assert_eq!(opened(&desk), pool.fact("page-internal"));
}

#[test]
fn with_both_pages_down_nothing_is_opened_and_both_are_named() {
    let (desk, pool) = (Desk::new(), PageLess::start());
    // The address is known all the same, and may answer from elsewhere.
    for (command, code, how, told) in [
        (&OPEN, 5, "confctl: ", String::new()),
        (&URL, 0, "warning: ", format!("{}\n", pool.external)),
    ] {
        let output = with_browser(&desk, pool.account(desk.confctl(command)))
            .run()
            .code(code)
            .says(&format!("{how}no settings page answers"));
        let complaint = output.stderr.split(how).last().unwrap();
        assert!(
            complaint.contains(&pool.external) && complaint.contains(&pool.internal),
            "{output}"
        );
        assert_eq!(output.stdout, told);
        assert!(!desk.path("opened").exists(), "{output}");
    }
}

#[test]
fn a_page_with_an_untrusted_certificate_counts_as_down() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let output = with_browser(&desk, desk.confctl_at(&pool, &OPEN))
        .env("CONFCTL_SERVER", &pool.tcp())
        .env("CONFCTL_CA_FILE", "")
        .run()
        .code(5)
        .says("certificate");
    assert!(!desk.path("opened").exists(), "{output}");
}

#[test]
fn url_prints_one_line_and_starts_nothing() {
    for (flags, fact) in [
        (&[][..], "page-external"),
        (&["--fault", "page-down"], "page-internal"),
    ] {
        let (desk, pool) = (Desk::new(), ServedPool::start(flags));
        let output = with_browser(&desk, desk.confctl_at(&pool, &URL))
            .run()
            .code(0);
        assert_eq!(output.stdout, format!("{}\n", pool.fact(fact)));
        assert!(!desk.path("opened").exists());
    }
}

#[test]
fn the_users_own_address_goes_before_what_the_pool_says() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let page = format!("{}/my", pool.fact("page-external"));
    write_settings(&desk, &pool, &format!("settings_page = '{page}'\n"));
    let found = configured(&desk, &URL).run().code(0);
    // It asks for a sign-in, so it is there.
    assert_eq!(found.stdout, format!("{page}\n"));
    let dead = format!("https://localhost:{}/dialin", free_port());
    write_settings(&desk, &pool, &format!("settings_page = '{dead}'\n"));
    let found = configured(&desk, &URL).run().code(0).says(&dead);
    assert_eq!(found.stdout, format!("{}\n", pool.fact("page-external")));
}

#[test]
fn without_an_account_the_practice_page_stays_until_it_was_seen() {
    let desk = Desk::new();
    let begun = Instant::now();
    thread::scope(|scope| {
        let command = with_browser(&desk, desk.confctl(&OPEN));
        let running = scope.spawn(|| command.run().code(0).says("practice pool"));
        // A browser that is started in the background: the command is long past starting it.
        let page = wait_for(&desk.path("opened"));
        let ca = desk.path(".local/share/confctl/practice/ca.pem");
        let (status, text) = fetch(page.trim(), &ca, None);
        assert_eq!(status, StatusCode::OK);
        assert!(
            text.contains("Dial-In Conferencing Settings") && text.contains("+1 425 555 0100"),
            "{text}"
        );
        let output = running.join().unwrap();
        assert!(output.stderr.contains(page.trim()), "{output}");
    });
    assert!(
        begun.elapsed() < Duration::from_secs(9),
        "it waits for nothing"
    );
}

#[test]
fn the_page_shows_the_assigned_conference_to_its_owner_alone() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let page = format!("{}/my", pool.fact("page-external"));
    let ca = pool.ca();
    let show = |login: &str, password: &str| fetch(&page, ca.as_ref(), Some((login, password)));
    let mut ids = Vec::new();
    for (user, login, password) in USERS {
        let call = desk
            .confctl_at(
                &pool,
                &[
                    "schedule",
                    "conference-call",
                    "-s",
                    "x",
                    "-t",
                    "+2h",
                    "-f",
                    "text",
                ],
            )
            .env("CONFCTL_USER", user)
            .env("CONFCTL_LOGIN", login)
            .env("CONFCTL_PASSWORD", password)
            .run()
            .code(0);
        let (status, text) = show(login, password);
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            element(&text, "conference-id"),
            call.value_of("Conference ID: ")
        );
        assert_eq!(element(&text, "passcode"), call.value_of("Passcode: "));
        ids.push(element(&text, "conference-id"));
    }
    assert_ne!(ids[0], ids[1]);
    for (login, password) in [
        (USERS[0].1, USERS[1].2),
        (USERS[0].1, ""),
        ("EXAMPLE\\nobody", USERS[0].2),
    ] {
        let (status, text) = show(login, password);
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{login}");
        assert!(!text.contains(&ids[0]));
    }
    assert_eq!(fetch(&page, ca.as_ref(), None).0, StatusCode::UNAUTHORIZED);
}

#[test]
fn a_browser_that_fails_leaves_the_address() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let page = format!("hint: open it yourself: {}", pool.fact("page-external"));
    for (browser, said) in [
        ("false", "the browser 'false' failed"),
        (
            "/nowhere/browser",
            "the browser '/nowhere/browser' can't be started",
        ),
    ] {
        let output = desk
            .confctl_at(&pool, &OPEN)
            .env("BROWSER", browser)
            .run()
            .code(1)
            .says(said)
            .says(&page);
        assert!(!output.stderr.contains("Opened"), "{output}");
    }
    let none = desk.confctl_at(&pool, &OPEN).env("PATH", "/nowhere");
    let _ = none.run().code(1).says("no browser").says(&page);
}

#[test]
fn a_browser_may_say_where_the_address_goes() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let browser = format!("{} --kiosk %s --private", script(&desk));
    let _ = desk
        .confctl_at(&pool, &OPEN)
        .env("BROWSER", &browser)
        .run()
        .code(0);
    let words = format!("--kiosk {} --private", pool.fact("page-external"));
    assert_eq!(opened(&desk), words);
}

#[test]
fn show_says_where_the_settings_come_from_and_no_password() {
    let desk = Desk::new();
    let nothing = desk.confctl(&["settings", "show"]).run().code(0);
    assert!(nothing.stdout.contains("practice pool"), "{nothing}");
    let pool = ServedPool::start(&[]);
    let command = "password.command = 'echo Correct-Horse-7'\n";
    write_settings(&desk, &pool, command);
    let shown = configured(&desk, &["settings", "show"])
        .env("CONFCTL_PASSWORD", "Another-Secret-9")
        .env("CONFCTL_TIMEOUT", "17")
        .run()
        .code(0);
    for text in ["confctl.toml", "environment", "timeout = 17", &pool.tls()] {
        assert!(shown.stdout.contains(text), "{text}\n{shown}");
    }
    assert!(!shown.to_string().contains("Another-Secret-9"), "{shown}");
    // What it prints is itself a settings file.
    fs::write(desk.path("confctl.toml"), &shown.stdout).unwrap();
    let again = configured(&desk, &["settings", "show"]).run().code(0);
    assert!(
        shown.stdout.contains("timeout = 17  # CONFCTL_TIMEOUT"),
        "{shown}"
    );
    assert_eq!(
        again.stdout,
        shown.stdout.replace("  # CONFCTL_TIMEOUT", "")
    );
}

#[test]
fn a_settings_file_makes_an_account_with_its_zone_and_password_command() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    fs::write(desk.path("password"), "Correct-Horse-7\nsecond line\n").unwrap();
    write_settings(&desk, &pool, "password.command = 'cat password'\n");
    let meeting = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "tomorrow 10:00",
        "--dry-run",
    ];
    let _ = configured(&desk, &meeting)
        .run()
        .code(0)
        .says("Europe/Prague (CET, +01:00)");
    let _ = configured(&desk, &[&meeting[..], &["--zone", "Asia/Tokyo"]].concat())
        .run()
        .code(0)
        .says("Asia/Tokyo");
    // Found at its usual place too.
    fs::create_dir_all(desk.path(".config/confctl")).unwrap();
    fs::rename(
        desk.path("confctl.toml"),
        desk.path(".config/confctl/config.toml"),
    )
    .unwrap();
    let _ = desk
        .confctl(&meeting)
        .run()
        .code(0)
        .says("Europe/Prague (CET, +01:00)");
    // The password command is the account's, nobody else's.
    let _ = desk
        .confctl(&meeting)
        .env("CONFCTL_USER", USERS[1].0)
        .run()
        .code(4);
}

/// What the environment says is shown with its variable, and takes nothing along that was of another
/// server.
#[test]
fn what_is_of_the_environment_is_shown_as_such() {
    let desk = Desk::new();
    let file = desk.path("c.toml");
    let text = "[calendar]\nurl = 'https://one.example.com/'\nuser = 'ana'\ntls = 'legacy'\n[mail]\nvia = 'smtps://one.example.com'\nuser = 'ana'\ntls = 'legacy'\n";
    fs::write(&file, text).unwrap();
    let show = ["settings", "show", "--config", file.to_str().unwrap()];
    let shown = desk
        .confctl(&show)
        .env("CONFCTL_CALENDAR", "https://two.example.com/")
        .env("CONFCTL_SMTP", "smtps://two.example.com")
        .env("CONFCTL_DIARY", "/srv/diary")
        .run()
        .code(0);
    for line in [
        "diary = \"/srv/diary\"  # CONFCTL_DIARY",
        "url = \"https://two.example.com/\"  # CONFCTL_CALENDAR",
        "via = \"smtps://two.example.com\"  # CONFCTL_SMTP",
    ] {
        assert!(shown.stdout.contains(line), "{line}\n{shown}");
    }
    assert!(
        !shown.stdout.contains("ana") && !shown.stdout.contains("legacy"),
        "{shown}"
    );
    let shown = desk.confctl(&show).run().code(0);
    assert!(!shown.stdout.contains("# CONFCTL_"), "{shown}");
}

#[test]
fn no_password_of_an_address_is_shown() {
    let desk = Desk::new();
    for text in [
        "[account]\nuser = 'sip:ana@example.com'\nserver = 'tls:ana:hunter2@localhost:1'\n",
        "[mail]\nvia = 'smtp://ana:hunter2@localhost'\n",
        "[calendar]\nurl = 'https://ana:hunter2@localhost/'\n",
    ] {
        fs::write(desk.path("c.toml"), text).unwrap();
        let shown = desk
            .confctl(&["settings", "show", "--config", "c.toml"])
            .run();
        assert_eq!(shown.code, 2, "{shown}");
        assert!(!format!("{shown}").contains("hunter2"), "{shown}");
    }
}

/// As a shell would have it.
#[test]
fn a_tilde_is_the_home_folder() {
    let desk = Desk::new();
    let file = desk.path("c.toml");
    let text = "diary = '~/meetings'\n[account]\nuser = 'sip:ana@example.com'\nserver = 'tls:localhost:1'\nca_file = '~/ca.pem'\n";
    fs::write(&file, text).unwrap();
    let show = ["settings", "show", "--config", file.to_str().unwrap()];
    let shown = desk.confctl(&show).run().code(0);
    let home = desk.home();
    for path in [home.join("meetings"), home.join("ca.pem")] {
        assert!(shown.stdout.contains(path.to_str().unwrap()), "{shown}");
    }
}

/// A pool that names pages which nobody serves.
struct PageLess {
    folder: tempfile::TempDir,
    server: String,
    external: String,
    internal: String,
    _running: Server,
}

impl PageLess {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut running = Server::new(open_pool(folder.path()));
        let address = running.listen(&"tls:127.0.0.1:0".parse().unwrap()).unwrap();
        let pages = running.pool().pages();
        Self {
            server: format!("tls:{address}"),
            external: pages.external,
            internal: pages.internal,
            folder,
            _running: running,
        }
    }

    fn account(&self, run: Run) -> Run {
        let (user, login, password) = USERS[0];
        run.env("CONFCTL_USER", user)
            .env("CONFCTL_LOGIN", login)
            .env("CONFCTL_PASSWORD", password)
            .env("CONFCTL_SERVER", &self.server)
            .env(
                "CONFCTL_CA_FILE",
                self.folder.path().join("ca.pem").to_str().unwrap(),
            )
    }
}

fn open_pool(folder: &Path) -> Pool {
    let (user, login, password) = USERS[0];
    let pool = Pool::open(Options {
        data: folder.to_owned(),
        users: vec![User::new(user, login, &Secret::from(password)).unwrap()],
        generation: Dialect::Ocs2007R2.into(),
        policy: Policy::default(),
        faults: Faults::default(),
        random: confctl::practice::system_randomness(),
    });
    pool.unwrap().with_now(NOW.parse().unwrap())
}

/// `confctl.toml` with the first user's account; the lines go into its table.
fn write_settings(desk: &Desk, pool: &ServedPool, lines: &str) {
    let (user, login, _) = USERS[0];
    let settings = format!(
        "zone = 'Europe/Prague'\n[account]\nuser = '{user}'\nlogin = '{login}'\nserver = '{}'\nca_file = '{}'\n{lines}",
        pool.tls(),
        pool.ca()
    );
    fs::write(desk.path("confctl.toml"), settings).unwrap();
}

/// A command with that file, and the password unless the file says how to get it.
fn configured(desk: &Desk, arguments: &[&str]) -> Run {
    let file = desk.path("confctl.toml");
    let run = desk
        .confctl(arguments)
        .env("CONFCTL_CONFIG", file.to_str().unwrap());
    let has_command = fs::read_to_string(file).unwrap().contains("password");
    if has_command {
        run
    } else {
        run.env("CONFCTL_PASSWORD", USERS[0].2)
    }
}

/// A browser that writes down what it was to open.
fn with_browser(desk: &Desk, run: Run) -> Run {
    run.env("BROWSER", &script(desk))
}

fn script(desk: &Desk) -> String {
    let script = desk.path("browser");
    let opened = desk.path("opened");
    let text = format!(
        "#!/bin/sh\nprintf %s \"$*\" > '{0}.part' && mv '{0}.part' '{0}'\n",
        opened.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    script.to_str().unwrap().to_owned()
}

#[track_caller]
fn opened(desk: &Desk) -> String {
    fs::read_to_string(desk.path("opened")).expect("the browser was not started")
}

fn wait_for(file: &Path) -> String {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match fs::read_to_string(file) {
            Ok(text) => return text,
            Err(error) => assert!(Instant::now() < until, "{}: {error}", file.display()),
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Looks at a page as a browser that trusts that authority.
fn fetch(page: &str, ca: &Path, login: Option<(&str, &str)>) -> (StatusCode, String) {
    let bundle = reqwest::Certificate::from_pem_bundle(&fs::read(ca).unwrap()).unwrap();
    let client = reqwest::blocking::Client::builder()
        .tls_certs_merge(bundle)
        .build()
        .unwrap();
    let mut request = client.get(page);
    if let Some((login, password)) = login {
        request = request.basic_auth(login, Some(password));
    }
    let response = request.send().unwrap();
    (response.status(), response.text().unwrap())
}

/// The text of the element with that id.
#[track_caller]
fn element(html: &str, id: &str) -> String {
    let (_, rest) = html.split_once(&format!("id=\"{id}\">")).expect(html);
    rest.split('<').next().unwrap().to_owned()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
