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
    /// What of another room may be had from a room, by that room.
    reexports: BTreeMap<String, BTreeSet<String>>,
}

/// All of clap that is derived where values have their names.
const NAMES_OF_VALUES: &str = "clap::ValueEnum";

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

/// Whoever imports it from there would import the other room past the table.
#[test]
fn a_room_hands_on_what_the_table_names() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let mut paths = BTreeSet::new();
        source.reexports(&mut paths);
        if !paths.is_empty() {
            found.entry(source.room).or_default().append(&mut paths);
        }
    }
    assert_eq!(found, Law::read().reexports);
}

/// Law 9: what nobody has confirmed is marked where it is, and listed in one place.
#[test]
fn the_table_of_unconfirmed_facts_names_each_file_that_has_one() {
    let table = fs::read_to_string(root().join("proto/mod.rs")).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("//! | "));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").collect()).collect();
    let mut listed = BTreeSet::new();
    let mut marks_of: BTreeMap<String, String> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.len() == 4) {
        for file in row[2].split('`').filter(|part| part.ends_with(".rs")) {
            listed.insert(file.to_owned());
            *marks_of.entry(file.to_owned()).or_default() += row[1];
        }
    }
    assert!(listed.len() > 20, "the table was not found");
    let is_mark = |word: &str| ["GUESS", "INF", "U"].contains(&word);
    let mut marked = BTreeSet::new();
    let mut files = vec![root()];
    while let Some(place) = files.pop() {
        if place.is_dir() {
            files.extend(
                fs::read_dir(place)
                    .unwrap()
                    .map(|file| file.unwrap().path()),
            );
            continue;
        }
        let name = place.strip_prefix(root()).unwrap();
        let name = name.to_string_lossy().replace('\\', "/");
        if !name.ends_with(".rs") || ["lib.rs", "proto/mod.rs"].contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&place).unwrap();
        let comments = text.lines().filter_map(|line| line.split_once("//"));
        for (_, comment) in comments {
            let words = comment.split(|c: char| !c.is_alphanumeric());
            for word in words.filter(|word| is_mark(word)) {
                // `U` is also a letter.
                let meant = word != "U" || comment.contains("(U)") || comment.contains("[U]");
                if meant {
                    marked.insert(name.clone());
                    let known = marks_of
                        .get(&name)
                        .is_some_and(|marks| marks.contains(word));
                    assert!(
                        known,
                        "{name} has a mark {word} that the table does not list"
                    );
                }
            }
        }
    }
    assert_eq!(marked, listed);
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
fn each_way_to_name_a_room_is_an_import() {
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
        ("use super::{super::b::C, d};", "b"),
        // Attributes are code.
        ("#[derive(crate::b::C)] struct D;", "b"),
        ("#[serde(with = \"crate::b::c\")] struct D;", "b"),
        ("struct D(#[arg(value_parser = crate::b::c)] u8);", "b"),
        ("#[doc = \"crate::b\"] struct D;", ""),
        ("#[error(\"not crate::b\")] struct D;", ""),
        // What names no room may name any.
        ("use crate::*;", "*"),
        ("use crate::{b::C, *};", "* b"),
        ("use super::super::*;", "*"),
        ("use super::*;", ""),
        ("use crate as b;", "as"),
        ("use crate::{self as b};", "as"),
        ("use super::super as b;", "as"),
        ("use super::super::{self as b};", "as"),
        ("use super as b;", ""),
        ("extern crate self as b;", "as"),
    ];
    for (code, expected) in cases {
        assert_eq!(arrows_of(code), expected, "{code}");
    }
}

#[test]
fn each_way_to_hand_something_on_is_found() {
    let found = |code: &str| {
        let mut paths = BTreeSet::new();
        Source::parse("a", "a/b.rs", code).reexports(&mut paths);
        Vec::from_iter(paths).join(" ")
    };
    let cases = [
        ("pub use crate::b::C;", "b::C"),
        ("pub use crate::b::C as D;", "b::C"),
        (
            "pub(crate) use crate::b::{C, d::{self, E}};",
            "b::C b::d b::d::E",
        ),
        ("pub use crate::{a::B, b::*};", "b::*"),
        ("pub mod d { pub use crate::b::C; }", "b::C"),
        ("pub use super::super::b::C;", "super::super::b::C"),
        ("pub use super::c::D;", ""),
        ("pub use crate::a::B;", ""),
        ("use crate::b::C;", ""),
        ("#[cfg(test)] pub use crate::b::C;", ""),
    ];
    for (code, expected) in cases {
        assert_eq!(found(code), expected, "{code}");
    }
}

#[test]
fn each_way_to_say_a_forbidden_path_is_found() {
    let cases = [
        ("std::fs", "use std::fs;"),
        ("std::fs", "use std::{fs, io};"),
        ("std::fs", "use std::{io, fs::{self, File}};"),
        ("std::fs", "use std::fs as files;"),
        ("std::fs", "fn f() { let _ = std :: fs :: read(g); }"),
        ("std::*", "use std::*;"),
        ("std::*", "use std::{io::Read, *};"),
        ("io::stdout", "use std::io::{self, stdout};"),
        ("io::stdout", "use std::{io::{stdout, Write}};"),
        ("io::stderr", "fn f() { io::stderr().write_all(b); }"),
        ("eprint!", "fn f() { eprint!(\"a\"); }"),
        ("rand::", "fn f() { rand::random() }"),
        ("::now", "fn f() { Instant::now() }"),
        ("clap", "use clap::{ValueEnum, Parser};"),
        ("clap", "#[derive(clap::Args)] struct A;"),
        (NAMES_OF_VALUES, "#[derive(clap::ValueEnum)] struct A;"),
    ];
    for (word, code) in cases {
        assert!(
            Source::parse("a", "a/b.rs", code).says(word),
            "{word}: {code}"
        );
    }
    let harmless = [
        ("std::fs", "use std::fsx;"),
        ("std::fs", "use mystd::fs;"),
        ("std::fs", "use std::{io}; mod fs;"),
        ("print!", "fn f() { eprint!(); }"),
        ("rand::", "use strand::A;"),
        ("::now", "fn f() { Clock::nowhere() }"),
        ("clap", "/// clap\nfn clapper() { g(\"clap\") }"),
        ("clap", "#[cfg(test)] use clap::Parser;"),
        ("clap", "#[derive(clap::ValueEnum)] struct A;"),
    ];
    for (word, code) in harmless {
        assert!(
            !Source::parse("a", "a/b.rs", code).says(word),
            "{word}: {code}"
        );
    }
}

/// No files, sockets, clock or randomness, and who else keeps away from what.
#[test]
fn rooms_keep_away_from_what_is_not_theirs() {
    let pure = "proto icalendar conference lint invitation calendar_object";
    let only = |rooms: &'static str, words: &'static [&'static str]| (rooms, false, words);
    let none = |rooms: &'static str, words: &'static [&'static str]| (rooms, true, words);
    let laws: [(&str, bool, &[&str]); 8] = [
        none(
            pure,
            &[
                "std::*",
                "std::net",
                "std::fs",
                "std::env",
                "::now",
                "getrandom",
                "rand::",
            ],
        ),
        none("operation diary", &["TcpStream", "reqwest", "lettre"]),
        only("cli commands lib", &["clap", "clap_complete"]),
        only(
            "cli commands lib terminal conference invitation",
            &[NAMES_OF_VALUES],
        ),
        only(
            "terminal",
            &[
                "io::stdout",
                "io::stderr",
                "io::*",
                "Term::stdout",
                "Term::stderr",
                "print!",
                "println!",
                "eprint!",
                "eprintln!",
            ],
        ),
        only(
            "app practice",
            &[
                "Timestamp::now",
                "Zoned::now",
                "SystemTime::now",
                "getrandom",
                "rand::",
            ],
        ),
        only(
            "app settings credentials commands terminal child main",
            &["std::env", "env::var"],
        ),
        only("child", &["process::Command"]),
    ];
    let mut broken = Vec::new();
    for source in sources() {
        for (rooms, is_forbidden_there, words) in laws {
            let is_there = rooms.split(' ').any(|room| room == source.room);
            if is_there == is_forbidden_there {
                let said = words.iter().filter(|word| source.says(word));
                broken.extend(said.map(|word| format!("{} says {word}", source.path.display())));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
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
            let (room, things) = match cells[..] {
                ["", room, things, _, ""] | ["", room, _, things, _, ""] => {
                    (names(room), names(things))
                }
                _ => continue,
            };
            let [room] = &Vec::from_iter(room)[..] else {
                continue;
            };
            if let ["", _, _, _, open, ""] = cells[..] {
                law.may.insert(room.clone(), things);
                law.open.insert(room.clone(), names(open));
            } else {
                law.reexports.insert(room.clone(), things);
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
/// the room. `depth`: how many of them it takes to stand in its first module. What may name any room
/// is an `as` or a `*`.
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
        let leaves = ups == 0 || ups > depth;
        if behind > at && leaves {
            first_names(&tokens[behind..], targets);
        }
        let last = tokens.get(behind);
        let is_root = is_word(last, "crate") || is_word(last, "super") && ups >= depth;
        let is_own = is_word(last, "self") && at > 0 && is_word(tokens.get(at - 1), "crate");
        if (is_root || is_own) && is_word(tokens.get(behind + 1), "as") {
            targets.insert("as".to_owned());
        }
        at = behind.max(at);
        if let Some(TokenTree::Group(group)) = tokens.get(at) {
            let is_module = at > 1 && is_word(tokens.get(at - 2), "mod");
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            let depth = depth + usize::from(is_module);
            imports(&inner, depth.saturating_sub(ups), targets);
        }
        at += 1;
    }
}

/// `b` of `b::C`, or `b` and `d` of `{b::C, d}`.
fn first_names(tokens: &[TokenTree], targets: &mut BTreeSet<String>) {
    match tokens.first() {
        Some(TokenTree::Ident(name)) if name == "self" && is_word(tokens.get(1), "as") => {
            targets.insert("as".to_owned());
        }
        Some(TokenTree::Ident(name)) if name != "self" => drop(targets.insert(name.to_string())),
        Some(TokenTree::Punct(sign)) => drop(targets.insert(sign.to_string())),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            for part in tokens.split(|token| is_punct(Some(token), ',')) {
                first_names(part, targets);
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

    /// Whether a path is said, however it is spaced and grouped; `println!` is one too.
    fn says(&self, word: &str) -> bool {
        let mut code = String::new();
        spell(&self.tokens, &mut code);
        code.match_indices(word).any(|(at, _)| {
            let is_begun = word.starts_with(is_of_name) && code[..at].ends_with(is_of_name);
            let is_cut =
                word.ends_with(is_of_name) && code[at + word.len()..].starts_with(is_of_name);
            let is_other = word != NAMES_OF_VALUES && code[at..].starts_with(NAMES_OF_VALUES);
            !is_begun && !is_cut && !is_other
        })
    }

    /// Collects what a `pub use` takes out of other rooms.
    fn reexports(&self, paths: &mut BTreeSet<String>) {
        self.reexports_of(&self.tokens, self.depth, paths);
    }

    fn reexports_of(&self, tokens: &[TokenTree], depth: usize, paths: &mut BTreeSet<String>) {
        let statements = tokens.split(|token| is_punct(Some(token), ';'));
        for statement in statements {
            let is_use = |at: &usize| {
                let is_public = match statement.get(at + 1) {
                    Some(TokenTree::Group(_)) => is_word(statement.get(at + 2), "use"),
                    next => is_word(next, "use"),
                };
                is_word(statement.get(*at), "pub") && is_public
            };
            if let Some(begun) = (0..statement.len()).find(is_use) {
                self.outside(&statement[begun..], depth, paths);
            }
            for (at, token) in statement.iter().enumerate() {
                if let TokenTree::Group(group) = token {
                    let is_module = at > 1 && is_word(statement.get(at - 2), "mod");
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    self.reexports_of(&inner, depth + usize::from(is_module), paths);
                }
            }
        }
    }

    /// The paths of one `pub use` that lead to other rooms; all of them if it says `super`.
    fn outside(&self, statement: &[TokenTree], depth: usize, paths: &mut BTreeSet<String>) {
        let mut targets = BTreeSet::new();
        imports(statement, depth, &mut targets);
        if targets.iter().all(|room| *room == self.room) {
            return;
        }
        let mut code = String::new();
        spell(statement, &mut code);
        let (_, tree) = code.split_once("use ").unwrap();
        let own = format!("{}::", self.room);
        for path in tree.split(',').filter(|path| !path.is_empty()) {
            let path = path.split(" as ").next().unwrap();
            let path = path
                .trim_start_matches("crate::")
                .trim_end_matches("::self");
            if !path.starts_with(&own) {
                paths.insert(path.to_owned());
            }
        }
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Writes tokens without literals, names apart from one another, and each path of a group on its own:
/// `a::{b, c}` as `a::b,a::c,`.
fn spell(tokens: &[TokenTree], code: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                if code.ends_with(is_of_name) {
                    code.push(' ');
                }
                code.push_str(&name.to_string());
            }
            TokenTree::Punct(punct) => code.push(punct.as_char()),
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                if code.ends_with("::") && group.delimiter() == Delimiter::Brace {
                    spell_each(&inner, code);
                    continue;
                }
                code.push('(');
                spell(&inner, code);
                code.push(')');
            }
            TokenTree::Literal(_) => code.push('"'),
        }
    }
}

fn spell_each(parts: &[TokenTree], code: &mut String) {
    let begun = code.trim_end_matches(|c| is_of_name(c) || c == ':').len();
    let path = code.split_off(begun);
    for part in parts.split(|token| is_punct(Some(token), ',')) {
        code.push_str(&path);
        spell(part, code);
        code.push(',');
    }
}

/// Leaves out doc comments, and what follows a `#[cfg(test)]`. Paths that other attributes have in
/// quotes are code.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = match tokens.peek() {
            Some(TokenTree::Group(group)) if is_punct(Some(&token), '#') => group.clone(),
            _ => {
                kept.push(match token {
                    TokenTree::Group(group) => regrouped(&group, without_tests(group.stream())),
                    token => token,
                });
                continue;
            }
        };
        tokens.next();
        let said = attribute.to_string().replace(' ', "");
        if said == "[cfg(test)]" {
            let ends = |token: &TokenTree| {
                let is_body = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
                is_body || is_punct(Some(token), ';')
            };
            tokens.by_ref().find(ends);
        } else if !said.starts_with("[doc") {
            kept.extend([token, regrouped(&attribute, unquoted(attribute.stream()))]);
        }
    }
    kept
}

/// `#[serde(with = "crate::b")]` names a module all the same.
fn unquoted(tokens: TokenStream) -> Vec<TokenTree> {
    let tokens = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) => vec![regrouped(&group, unquoted(group.stream()))],
        TokenTree::Literal(text) => {
            let said = text.to_string();
            let path = said.trim_matches('"');
            let is_path = path.contains("::") && !path.contains(char::is_whitespace);
            let path = path.parse::<TokenStream>().ok().filter(|_| is_path);
            path.map_or(vec![text.into()], Vec::from_iter)
        }
        token => vec![token],
    });
    tokens.collect()
}

fn regrouped(group: &Group, tokens: Vec<TokenTree>) -> TokenTree {
    Group::new(group.delimiter(), tokens.into_iter().collect()).into()
}
