//! The laws of `src/lib.rs`, held against what the code itself imports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// From one room to another, with the files that say so.
type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

/// What the one table allows.
#[derive(Debug, Default)]
struct Law {
    /// Rooms that everybody may import.
    ground: BTreeSet<String>,
    /// May import, by room.
    may: BTreeMap<String, BTreeSet<String>>,
    /// Imports all the same, until the room it needs is there.
    open: BTreeMap<String, BTreeSet<String>>,
}

/// One source file, without its tests.
struct Source {
    room: String,
    /// Below `src`.
    path: PathBuf,
    /// How deep its module is in its room.
    depth: usize,
    tokens: Vec<TokenTree>,
}

#[test]
fn rooms_import_what_the_table_allows() {
    let (law, arrows) = (Law::read(), arrows(&sources()));
    let mut broken = Vec::new();
    for ((from, to), files) in &arrows {
        if !law.allows(from, to) {
            broken.push(format!("{from} imports {to}: {files:?}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_table_names_the_rooms_there_are() {
    let (law, sources) = (Law::read(), sources());
    let rooms: BTreeSet<&String> = sources.iter().map(|source| &source.room).collect();
    let mut named: BTreeSet<&String> = law.may.keys().chain(&law.ground).collect();
    // The root itself.
    let (lib, main) = ("lib".to_owned(), "main".to_owned());
    named.extend([&lib, &main]);
    assert_eq!(rooms, named);
    for targets in law.may.values().chain(law.open.values()) {
        let unknown: Vec<_> = targets.iter().filter(|to| !rooms.contains(to)).collect();
        assert!(unknown.is_empty(), "no such room: {unknown:?}");
    }
}

#[test]
fn an_open_row_is_closed_when_nobody_needs_it() {
    let (law, arrows) = (Law::read(), arrows(&sources()));
    for (from, targets) in &law.open {
        for to in targets {
            let arrow = (from.clone(), to.clone());
            assert!(arrows.contains_key(&arrow), "{from} leaves {to} alone now");
        }
    }
}

#[test]
fn no_circle_between_rooms() {
    let mut left: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in arrows(&sources()).into_keys() {
        left.entry(from).or_default().insert(to.clone());
        left.entry(to).or_default();
    }
    // Whoever imports nobody that is left is in no circle.
    loop {
        let (free, bound): (Vec<_>, Vec<_>) = left
            .iter()
            .map(|(room, targets)| (room.clone(), targets.iter().any(|to| left.contains_key(to))))
            .partition(|(_, is_bound)| !is_bound);
        if free.is_empty() {
            assert!(bound.is_empty(), "in circles: {left:#?}");
            return;
        }
        left.retain(|room, _| bound.iter().any(|(name, _)| name == room));
    }
}

#[test]
fn the_table_is_that_of_a_reader_of_imports() {
    let arrows_of = |code: &str| {
        let source = Source::parse("a", "a/b.rs", code);
        let arrows = arrows(&[source]).into_keys().map(|(_, to)| to);
        arrows.collect::<Vec<_>>().join(" ")
    };
    let cases = [
        ("use crate::b::C;", "b"),
        ("use crate::{b::C, d::{E, f}};", "b d"),
        ("use crate::{b, self};", "b"),
        ("fn f() { crate::b::g(); }", "b"),
        ("fn f() { println!(\"{}\", crate::b::g()); }", "b"),
        ("macro_rules! m { () => { $crate::b::c() } }", "b"),
        ("pub use crate::b::C;", "b"),
        ("use super::c; mod d { use super::super::c; }", ""),
        ("use super::super::b::C;", "b"),
        (
            "mod d { mod e { use super::super::super::super::b::C; } }",
            "b",
        ),
        (
            "// crate::b\n/// crate::c\nconst D: &str = \"crate::e\";",
            "",
        ),
        (
            "#[cfg(test)]\nmod tests { use crate::b::C; }\nuse crate::d::E;",
            "d",
        ),
        ("#[cfg(test)]\nuse crate::b::C;", ""),
        ("pub(crate) struct B;", ""),
        ("use crate::a::B;", ""),
    ];
    for (code, expected) in cases {
        assert_eq!(arrows_of(code), expected, "{code}");
    }
}

/// No files, sockets, clock or randomness, and who else keeps away from what.
#[test]
fn rooms_keep_away_from_what_is_not_theirs() {
    let pure = "proto icalendar conference lint invitation calendar_object";
    let only = |rooms: &'static str, words: &'static [&'static str]| (rooms, false, words);
    let none = |rooms: &'static str, words: &'static [&'static str]| (rooms, true, words);
    let laws: [(&str, bool, &[&str]); 6] = [
        none(
            pure,
            &[
                "std::(",
                "std::net",
                "std::fs",
                "std::env",
                "::now",
                "getrandom",
                "rand::",
            ],
        ),
        none("operation diary", &["TcpStream", "reqwest", "lettre"]),
        only("cli commands lib practice lint error", &["clap"]),
        only(
            "terminal",
            &["io::stdout", "stderr().", "println!", "eprintln!", "print!"],
        ),
        only(
            "app practice",
            &[
                "Timestamp::now",
                "Zoned::now",
                "SystemTime::now",
                "getrandom",
            ],
        ),
        only(
            "app settings credentials commands terminal main",
            &["std::env", "env::var"],
        ),
    ];
    for source in sources() {
        for (rooms, is_forbidden_there, words) in laws {
            let is_there = rooms.split(' ').any(|room| room == source.room);
            if is_there == is_forbidden_there {
                source.forbid(words);
            }
        }
    }
}

impl Law {
    /// The table of `src/lib.rs`.
    fn read() -> Self {
        let text = fs::read_to_string(root().join("lib.rs")).unwrap();
        let mut law = Self::default();
        for line in text.lines().filter_map(|line| line.strip_prefix("//! ")) {
            if let Some(rooms) = line.strip_prefix("Ground: ") {
                law.ground = names(rooms);
            }
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let ["", room, _, may, open, ""] = cells[..] else {
                continue;
            };
            if let [room] = &Vec::from_iter(names(room))[..] {
                law.may.insert(room.clone(), names(may));
                law.open.insert(room.clone(), names(open));
            }
        }
        assert!(law.may.len() > 10 && law.ground.len() > 3, "{law:#?}");
        law
    }

    fn allows(&self, from: &str, to: &str) -> bool {
        let has = |list: &BTreeMap<String, BTreeSet<String>>| {
            list.get(from).is_some_and(|targets| targets.contains(to))
        };
        match from {
            "main" => to == "lib",
            "lib" => ["cli", "terminal"].contains(&to) || self.ground.contains(to),
            _ => self.ground.contains(to) || has(&self.may) || has(&self.open),
        }
    }
}

/// What stands between backticks.
fn names(cell: &str) -> BTreeSet<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    assert!(found.len() > 100);
    found
}

fn collect(place: &Path, found: &mut Vec<Source>) {
    let stem = place.file_stem().unwrap().to_str().unwrap();
    // Unit tests may do what the code may not.
    if stem == "tests" {
        return;
    }
    if place.is_dir() {
        let entries = fs::read_dir(place).unwrap().map(|entry| entry.unwrap());
        entries.for_each(|entry| collect(&entry.path(), found));
    } else if place.extension().is_some_and(|extension| extension == "rs") {
        let path = place.strip_prefix(root()).unwrap().to_str().unwrap();
        let room = path.split(['/', '.']).next().unwrap();
        found.push(Source::parse(
            room,
            path,
            &fs::read_to_string(place).unwrap(),
        ));
    }
}

fn arrows(sources: &[Source]) -> Arrows {
    let mut arrows = Arrows::new();
    for source in sources {
        let mut targets = BTreeSet::new();
        imports(&source.tokens, source.depth, &mut targets);
        for to in targets.into_iter().filter(|to| *to != source.room) {
            let files = arrows.entry((source.room.clone(), to)).or_default();
            files.insert(source.path.display().to_string());
        }
    }
    arrows
}

/// Collects the first name behind each `crate::`, and behind each chain of `super::` that leaves
/// the room. `depth`: how many of them it takes to stand in its first module.
fn imports(tokens: &[TokenTree], depth: usize, targets: &mut BTreeSet<String>) {
    let mut at = 0;
    while at < tokens.len() {
        let (mut ups, mut behind) = (0, at);
        while is_word(tokens.get(behind), "super") && is_path(&tokens[behind + 1..]) {
            (ups, behind) = (ups + 1, behind + 3);
        }
        if is_word(tokens.get(at), "crate") && is_path(&tokens[at + 1..]) {
            behind = at + 3;
        }
        if behind > at && (ups == 0 || ups > depth) {
            first_names(tokens.get(behind), targets);
        }
        if let Some(TokenTree::Group(group)) = tokens.get(at) {
            let is_module = at > 1 && is_word(tokens.get(at - 2), "mod");
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            imports(&inner, depth + usize::from(is_module), targets);
        }
        at = behind.max(at + 1);
    }
}

/// `b` of `b::C`, or `b` and `d` of `{b::C, d}`.
fn first_names(token: Option<&TokenTree>, targets: &mut BTreeSet<String>) {
    match token {
        Some(TokenTree::Ident(name)) if name != "self" => drop(targets.insert(name.to_string())),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            for part in tokens.split(|token| is_punct(Some(token), ',')) {
                first_names(part.first(), targets);
            }
        }
        _ => {}
    }
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(name)) if name == word)
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn is_path(tokens: &[TokenTree]) -> bool {
    is_punct(tokens.first(), ':') && is_punct(tokens.get(1), ':')
}

impl Source {
    fn parse(room: &str, path: &str, text: &str) -> Self {
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let parts = path.split('/').count();
        let is_first = path.ends_with("/mod.rs") || parts == 1;
        Self {
            room: room.to_owned(),
            path: path.into(),
            depth: parts - 1 - usize::from(is_first && parts > 1),
            tokens: without_tests(tokens),
        }
    }

    /// Checks that a path is not said, however it is spaced; `println!` is one too.
    #[track_caller]
    fn forbid(&self, words: &[&str]) {
        let mut code = String::new();
        spell(&self.tokens, &mut code);
        for word in words {
            let path = self.path.display();
            let is_part =
                |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let is_said = code.match_indices(word).any(|(at, _)| {
                let behind = &code[at + word.len()..];
                (!is_part(&code[..at]) || word.starts_with(':'))
                    && !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            });
            assert!(!is_said, "{path} says '{word}'");
        }
    }
}

/// Writes tokens without literals, names apart from one another.
fn spell(tokens: &[TokenTree], code: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                if code.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    code.push(' ');
                }
                code.push_str(&name.to_string());
            }
            TokenTree::Punct(punct) => code.push(punct.as_char()),
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                code.push('(');
                spell(&inner, code);
                code.push(')');
            }
            TokenTree::Literal(_) => code.push('"'),
        }
    }
}

/// Leaves out the attributes, doc comments among them, and what follows a `#[cfg(test)]`.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = match tokens.peek() {
            Some(TokenTree::Group(group)) if is_punct(Some(&token), '#') => group.to_string(),
            _ => String::new(),
        };
        if !attribute.is_empty() {
            tokens.next();
            if attribute.replace(' ', "") == "[cfg(test)]" {
                let ends = |token: &TokenTree| {
                    let is_body = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
                    is_body || is_punct(Some(token), ';')
                };
                tokens.by_ref().find(ends);
            }
            continue;
        }
        kept.push(match token {
            TokenTree::Group(group) => {
                let inner = without_tests(group.stream()).into_iter().collect();
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            token => token,
        });
    }
    kept
}
