//! Online meetings: what Lync and Skype for Business make of shared content. People are told of them
//! in words of their own and by the web link, and of Live Meetings as ever.

use std::fs;

use serde_json::Value;

use crate::desk::{Desk, NOW, Output, Run, ServedPool, USERS, words};

/// Each language's word for it.
const WORDS: [(&str, &str); 6] = [
    ("en", "Online meeting"),
    ("cs", "Online schůzka"),
    ("de", "Onlinebesprechung"),
    ("fr", "Réunion en ligne"),
    ("es", "Reunión en línea"),
    ("ja", "オンライン会議"),
];

/// What only the Live Meeting console knows: its name, its links, and what is typed into it.
const OF_LIVE_MEETING: [&str; 10] = [
    "Live Meeting",
    "live-meeting",
    "meet:",
    "enter this by hand",
    "zadejte ručně",
    "von Hand ein",
    "saisissez ceci",
    "escriba esto a mano",
    "次の内容を入力してください",
    "sip:ana@example.com;gruu\n",
];

/// A setting that makes web links.
const BASE: &str = "join_base = 'https://meet.example.com'";

fn lync(flags: &[&str]) -> ServedPool {
    ServedPool::start(&[&["--dialect", "lync"], flags].concat())
}

/// stdout as people see it: calendars and mails unfolded and decoded.
fn readable(output: &Output) -> String {
    let mut parts = output.stdout.split("Content-Transfer-Encoding: base64");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let body = part.split("\n--").next().unwrap_or_default();
        let body: String = body.split_whitespace().collect();
        let bytes = openssl::base64::decode_block(&body).unwrap();
        text += &String::from_utf8(bytes).unwrap();
    }
    text.replace("\r\n ", "").replace("\\;", ";")
}

#[track_caller]
fn is_of_an_online_meeting(text: &str) {
    for word in OF_LIVE_MEETING {
        assert!(!text.contains(word), "{word}\n{text}");
    }
}

#[track_caller]
fn has_https_first(text: &str) {
    let place = |link| text.find(link).unwrap_or_else(|| panic!("{link}\n{text}"));
    assert!(place("https://meet.") < place("conf:sip:"), "{text}");
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}"))
}

#[test]
fn it_is_called_so_in_every_language_and_every_form() {
    let (desk, pool) = (Desk::new(), lync(&[]));
    for (language, word) in WORDS {
        let line = format!(
            "schedule live-meeting -s {language} -t +2h -i bo@example.com --lang {language} -f text"
        );
        let made = desk.run_at(&pool, &line).code(0);
        let forms = ["html", "eml", "ics"].map(|form| {
            let line = format!("invite {language} -f {form}");
            desk.run_at(&pool, &line).code(0)
        });
        for told in std::iter::once(&made).chain(&forms).map(readable) {
            assert!(told.contains(word), "{word}\n{told}");
            is_of_an_online_meeting(&told);
            has_https_first(&told);
        }
        for form in ["card", "svg"] {
            let line = format!("invite {language} -f {form}");
            let told = readable(&desk.run_at(&pool, &line).code(0));
            assert!(told.contains(word), "{word}\n{told}");
            is_of_an_online_meeting(&told);
        }
    }
}

#[test]
fn it_is_called_so_until_it_is_cancelled() {
    for (language, word) in WORDS {
        let (desk, pool) = (Desk::new(), lync(&[]));
        let run = |line: &str| desk.run_at(&pool, line).code(0);
        run(&format!(
            "schedule live-meeting -s Budget -t +2h -i bo@example.com --lang {language} -o made.ics"
        ));
        let _ = run("lint --strict made.ics");
        let shown = run("show Budget");
        assert!(shown.stdout.contains(word), "{shown}");
        is_of_an_online_meeting(&shown.stdout);
        assert_eq!(
            json(&run("show Budget --json"))["conference"]["kind"],
            "online-meeting"
        );
        assert_eq!(json(&run("list --json"))[0]["kind"], "online-meeting");
        is_of_an_online_meeting(&run("list").stdout);

        // Its own block and place are found again and written anew, others' words stay.
        let file = fs::read_dir(desk.path(".local/share/confctl/diary")).unwrap();
        let file = file.map(|entry| entry.unwrap().path()).next().unwrap();
        let noted = fs::read_to_string(&file).unwrap();
        let noted = noted.replacen("DESCRIPTION:", "DESCRIPTION:Bring numbers.\\n\\n", 1);
        fs::write(&file, noted).unwrap();
        let moved = readable(&run("update Budget -t +3h -f ics"));
        assert!(moved.contains("Bring numbers."), "{moved}");
        assert_eq!(moved.matches("(confctl)").count(), 2, "one block\n{moved}");
        assert!(
            moved.contains(&format!("\r\nLOCATION:{word} +1")),
            "{moved}"
        );
        is_of_an_online_meeting(&moved);
        let invited = readable(&run("invite Budget -f text"));
        has_https_first(&invited);

        let gone = readable(&run("cancel Budget --yes -f text"));
        assert!(gone.contains(word), "{word}\n{gone}");
        is_of_an_online_meeting(&gone);
        let gone = readable(&run("invite Budget -f ics"));
        assert!(gone.contains(&format!("\r\nLOCATION:{word}\r\n")), "{gone}");
        is_of_an_online_meeting(&gone);
    }
}

#[test]
fn both_names_ask_for_the_same() {
    for (dialect, kind, title) in [
        ("ocs2007", "live-meeting", "Live Meeting"),
        ("ocs2007r2", "live-meeting", "Live Meeting"),
        ("lync", "online-meeting", "online meeting"),
    ] {
        let (desk, pool) = (Desk::new(), ServedPool::start(&["--dialect", dialect]));
        let run = |line: &str| desk.run_at(&pool, line).code(0);
        for name in ["live-meeting", "online-meeting"] {
            let plan = run(&format!("schedule {name} -s Plan -t +2h --dry-run"));
            let words = format!("Would schedule: {title}\n");
            assert!(plan.stdout.contains(&words), "{plan}");
            let made = json(&run(&format!("schedule {name} -s Made -t +2h -f json")));
            assert_eq!(made["conference"]["kind"], kind);
            let link = made["call_in"]["client_link"].as_str().unwrap();
            assert_eq!(link.starts_with("meet:"), kind == "live-meeting", "{link}");
            let now = json(&run(&format!("meet-now {name} -f json")));
            assert_eq!(now["conference"]["kind"], kind);
            let assigned = format!("schedule {name} -s Own -t +2h --id assigned");
            let refused = desk.run_at(&pool, &assigned).code(2);
            let _ = refused.says(&format!("{title} can't use the assigned conference ID"));
        }
        // Whoever asks again under the other name asks for what is there.
        let keyed =
            |name: &str| format!("schedule {name} -s Keyed -t '2026-12-01 14:00' --key k -f json");
        run(&keyed("live-meeting"));
        assert_eq!(json(&run(&keyed("online-meeting")))["repeated"], true);
        let other = keyed("conference-call --id new");
        let _ = desk.run_at(&pool, &other).code(8);
    }
}

/// The list of people ends where the kind begins, and every help names both.
#[test]
fn the_second_name_stands_wherever_the_first_does() {
    let (desk, pool) = (Desk::new(), lync(&[]));
    let line = "schedule -s Review -t +2h --invite bo@example.com online-meeting -f json";
    let made = json(&desk.run_at(&pool, line).code(0));
    assert_eq!(made["attendees"][0]["address"], "bo@example.com");
    for verb in ["schedule", "meet-now"] {
        let help = desk.run(&format!("{verb} --help")).code(0).stdout;
        assert!(help.contains("live-meeting|online-meeting|"), "{help}");
        let tab = desk
            .confctl(&["--", "confctl", verb, "onl"])
            .env("CONFCTL_COMPLETE", "fish");
        let offered = tab.run().code(0).stdout;
        assert!(offered.starts_with("online-meeting\t"), "{offered}");
    }
    let _ = desk.run("schedule").code(2).says("online-meeting");
}

#[test]
fn a_live_meeting_is_told_as_ever() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let line = "schedule online-meeting -s Review -t +2h -i bo@example.com -f text";
    let told = desk.run_at(&pool, line).code(0);
    for part in [
        "\nLive Meeting, for practice\n",
        "\nJoin the Live Meeting:\nmeet:sip:ana@example.com;gruu;",
        "\nIf the link does not open, enter this by hand:\nMeeting ID: ",
        "\nEntry code: the passcode\nLocation: sip:ana@example.com;gruu;",
    ] {
        assert!(told.stdout.contains(part), "{part}\n{told}");
    }
    assert!(!told.stderr.contains("join_base"), "{told}");
}

/// Somebody whose settings hold one line more.
fn with_setting(desk: &Desk, pool: &ServedPool, setting: &str, line: &str) -> Run {
    let (user, login, password) = USERS[0];
    let server = pool.tls();
    let settings = desk.path(".config/confctl");
    fs::create_dir_all(&settings).unwrap();
    let text = format!(
        "[account]\nuser = '{user}'\nlogin = '{login}'\nserver = '{server}'\nca_file = '{}'\n{setting}\n",
        pool.ca()
    );
    fs::write(settings.join("config.toml"), text).unwrap();
    desk.confctl(&words(line))
        .env("CONFCTL_PASSWORD", password)
        .env("CONFCTL_NOW", NOW)
}

#[test]
fn where_the_pool_tells_no_web_link_the_settings_make_one() {
    let (desk, pool) = (Desk::new(), lync(&["--policy", "join-url=off"]));
    let line = "schedule live-meeting -s Bare -t +2h -i bo@example.com -f text";
    let told = with_setting(&desk, &pool, "", line).run().code(0);
    let warned = told.stderr.matches("join_base").count();
    assert_eq!(warned, 2, "one sentence with an example\n{told}");
    assert_eq!(
        told.stderr
            .matches("warning: The pool told no https link")
            .count(),
        1,
        "{told}"
    );
    assert!(!told.stdout.contains("https://meet."), "{told}");
    let leads =
        "\nJoin with the Lync or Skype for Business client:\nconf:sip:ana@example.com;gruu;";
    assert!(told.stdout.contains(leads), "{told}");
    is_of_an_online_meeting(&told.stdout);

    let line = line.replace("Bare", "Based");
    let told = with_setting(&desk, &pool, BASE, &line).run().code(0);
    assert!(!told.stderr.contains("join_base"), "{told}");
    let leads = "\nJoin the online meeting:\nhttps://meet.example.com/ana/";
    assert!(told.stdout.contains(leads), "{told}");
    has_https_first(&told.stdout);
}

/// The program that opens a call is the pool's, whether or not there is a web link beside it.
#[test]
fn a_call_names_the_program_of_its_pool() {
    for (dialect, policy, setting, has_web_link, is_lync) in [
        ("ocs2007r2", "join-url=on", "", false, false),
        ("ocs2007r2", "join-url=on", BASE, true, false),
        ("lync", "join-url=off", "", false, true),
        ("lync", "join-url=off", BASE, true, true),
        ("lync", "join-url=on", "", true, true),
    ] {
        let (desk, pool) = (
            Desk::new(),
            ServedPool::start(&["--dialect", dialect, "--policy", policy]),
        );
        let line = "schedule conference-call -s Call -t +2h -f text";
        let made = with_setting(&desk, &pool, setting, line).run().code(0);
        let again = desk.run("invite Call -f text").code(0);
        for told in [made.stdout, again.stdout] {
            assert_eq!(told.contains("https://meet."), has_web_link, "{told}");
            assert_eq!(told.contains("Lync"), is_lync, "{told}");
            assert_eq!(told.contains("Communicator"), !is_lync, "{told}");
            assert_eq!(told.contains("\nLocation: sip:"), !is_lync, "{told}");
        }
    }
}
