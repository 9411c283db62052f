//! `completions` and `man`: what shells and the manual need.

use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::app::App;
use crate::commands::complete;
use crate::error::{Error, Result};
use crate::report::Report;

/// Print a completion script
///
/// It makes the shell ask confctl whenever Tab is pressed, so that meetings are offered too. Put
/// its output where your shell looks for completions:
///   bash  ~/.local/share/bash-completion/completions/confctl
///   zsh   _confctl in a folder of $fpath
///   fish  ~/.config/fish/completions/confctl.fish
#[derive(clap::Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct CompletionArgs {
    /// bash, zsh, fish, elvish or powershell
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    shell: Shell,
}

/// Print the manual page
///
/// Without --dir the page of confctl itself, for 'confctl man | man -l -'. With it every page is
/// written to that folder.
#[derive(clap::Args, Debug)]
pub struct ManArgs {
    /// Write confctl.1, confctl-schedule.1 and so on to this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs `completions`.
pub fn completions(args: &CompletionArgs, app: &App) -> Result<()> {
    app.terminal.print(&complete::script(args.shell)?)
}

/// Runs `man`; `cli` is the whole command line.
pub fn man(args: &ManArgs, cli: Command, app: &App) -> Result<()> {
    let pages = pages(cli)?;
    let Some(folder) = &args.dir else {
        let first = pages.first().map_or("", |(_, page)| page.as_str());
        return app.terminal.print(first);
    };
    for (name, page) in &pages {
        write(folder, name, page)?;
    }
    app.terminal.status(&format!(
        "Wrote {} pages to {}.",
        pages.len(),
        folder.display()
    ));
    Ok(())
}

fn write(folder: &Path, name: &str, page: &str) -> Result<()> {
    let written =
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(name), page));
    written
        .map_err(|error| Error::failed(format!("can't write to '{}': {error}", folder.display())))
}

/// The page of confctl, then one for each command, by file name.
fn pages(mut root: Command) -> Result<Vec<(String, String)>> {
    root.build();
    let mut pages = Vec::new();
    collect(&root, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, pages: &mut Vec<(String, String)>) -> Result<()> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name());
    pages.push((format!("{name}.1"), page(command, name)?));
    let visible = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    command
        .get_subcommands()
        .filter(visible)
        .try_for_each(|command| collect(command, pages))
}

fn page(command: &Command, name: &str) -> Result<String> {
    let man = Man::new(command.clone())
        .title(name)
        .date("")
        .manual("confctl manual");
    let mut text = Vec::new();
    man.render(&mut text)?;
    Ok(with_sections(&String::from_utf8_lossy(&text)))
}

/// One or two words at the beginning of a line, with a colon.
fn heading(line: &str) -> Option<&str> {
    let words = line.strip_suffix(':').filter(|_| !line.starts_with(' '))?;
    (words.split(' ').count() <= 2).then_some(words)
}

/// The help's end comes as one filled paragraph under EXTRA. Its headings become sections, and
/// what stands under them stays as it is.
fn with_sections(page: &str) -> String {
    let Some((before, rest)) = page.split_once(".SH EXTRA\n") else {
        return page.to_owned();
    };
    let (extra, after) = rest.split_once(".SH VERSION").unwrap_or((rest, ""));
    let mut text = before.to_owned();
    for line in extra.lines() {
        match heading(line) {
            Some(heading) => {
                text.push_str(&format!(".fi\n.SH \"{}\"\n.nf", heading.to_uppercase()));
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    format!("{text}.fi\n.SH VERSION{after}")
}
