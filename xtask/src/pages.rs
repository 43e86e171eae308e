//! `pages`: runs every command in the Markdown pages, exactly as written.
//!
//! A block tagged `console` has commands after `$ ` and their output. Each output line must be printed, in
//! the same order. A block tagged `sh` has only commands. `cd` applies to the rest of its block. Blocks that
//! call `glif` run in a copy of the folders that they read and write. The files that they write must equal
//! those in the repository: a figure on a page is the one that the command next to it draws. Commands in
//! prose are not run; `mentions.rs` checks that they exist.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use xshell::{Shell, cmd};

use crate::mentions::Mentions;
use crate::{alive, glif};

/// Commands that are not run here, by their first words, and what checks them instead.
const ELSEWHERE: [(&str, &str); 23] = [
    ("cargo xtask test", "this is part of it"),
    ("cargo xtask deep", "CI runs it after `test`"),
    ("cargo xtask verify --board", "the section of boards equal to the host runs it, in `deep` for every board"),
    ("cargo xtask verify --port", "takes a part at a serial port; the section before has pseudo-terminals"),
    ("cargo xtask evaluate --board", "the section of a trained network in `deep` runs it"),
    ("cargo xtask closed-loop", "crates/glif-board/tests/examples.rs runs it, and a section of `deep` on a board"),
    ("cargo xtask curve", "crates/glif-board/tests/examples.rs runs it"),
    ("cargo xtask bench-mcu", "the section of instructions in `deep` runs it for every board"),
    (
        "cargo xtask golden",
        "asks the registry for PyTorch and Inferno; crates of this repository read what it has written",
    ),
    ("python3 -m venv target/digits", "asks the registry for PyTorch; tests read what the training has written"),
    ("target/digits/bin/python", "the same"),
    ("cargo install", "installs a program into a home, from the registry"),
    ("rustup target add", "asks rustup; `cargo xtask setup` does it where it is wanted"),
    ("cargo run --release -p glif-board", "crates/glif-board/tests/examples.rs runs a smaller network"),
    ("cargo run --release", "flashes a part"),
    ("cargo xtask firmware --board", "the section of firmware in `deep` builds every image"),
    ("picotool", "flashes a part"),
    ("sudo", "changes whose user may reach a part"),
    ("cargo build --release", "the section of firmware builds every image, of rustup's compiler or the distribution's"),
    ("RUSTC_BOOTSTRAP=1", "the same, of the distribution's"),
    ("timeout 60 qemu-system-arm", "waits for a host; the section of boards equal to the host starts it so"),
    ("timeout 20 qemu-system-arm", "the section of the frozen population runs it"),
    ("mkfifo back", "crates/glif-board/tests/document.rs runs it with the program beside it"),
];

/// Folders that blocks with `glif` read and write.
const COPIED: [&str; 4] = ["docs", "examples", "firmware/frozen", "tests/golden/nir"];

/// A command, and the lines that it must print.
#[derive(Debug, PartialEq)]
struct Command {
    text: String,
    prints: Vec<String>,
}

/// Runs the commands of all pages.
pub(crate) fn pages(sh: &Shell) -> Result<()> {
    let program = glif::program(sh)?;
    let programs = fs::canonicalize(program.parent().context("a program without a folder")?)?;
    let mut path = vec![programs];
    path.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let path = std::env::join_paths(path)?;
    let _path = sh.push_env("PATH", path);

    let (root, copy) = (sh.current_dir(), sh.create_temp_dir()?);
    let copy = copy.path();
    for folder in COPIED {
        let to = copy.join(folder);
        fs::create_dir_all(&to)?;
        cmd!(sh, "cp -r {folder}/. {to}").run()?;
    }
    // Git then shows what the commands have written.
    cmd!(sh, "git init --quiet {copy}").run()?;
    cmd!(sh, "git -C {copy} add .").run()?;
    let (mut run, mut used, mut mentions) = (0, Vec::new(), Mentions::default());
    for page in cmd!(sh, "git ls-files *.md").read()?.lines() {
        let text = sh.read_file(page)?;
        if let Some(line) = text.lines().find(|line| hidden(line)) {
            bail!("{page}: `{}` is not checked\nhelp: put it into a block tagged `console` or `sh`", line.trim());
        }
        mentions.check(sh, &text).with_context(|| page.to_owned())?;
        for block in blocks(&text) {
            let copied = block.iter().any(|command| command.text.starts_with("glif"));
            let mut folder = if copied { copy.to_owned() } else { root.clone() };
            for command in block {
                if let Some(to) = command.text.strip_prefix("cd ") {
                    folder.push(to);
                    ensure!(folder.is_dir(), "{page}: `cd {to}`: no such directory");
                } else if let Some((start, _)) = ELSEWHERE.iter().find(|(start, _)| command.text.starts_with(start)) {
                    used.push(*start);
                } else {
                    eprintln!("{page}: {}", command.text);
                    obey(sh, &command, &folder).with_context(|| page.to_owned())?;
                    run += 1;
                }
            }
        }
    }
    if let Some((start, _)) = ELSEWHERE.iter().find(|(start, _)| !used.contains(start)) {
        bail!("no page has a command `{start}...`\nhelp: remove it from the list in xtask/src/pages.rs");
    }
    ensure!(run > 0, "no page has a command");
    same(sh, copy)
}

/// Runs a command and checks what it prints.
fn obey(sh: &Shell, command: &Command, folder: &Path) -> Result<()> {
    let _folder = sh.push_dir(folder);
    let text = &command.text;
    let output = alive::during(text, || cmd!(sh, "sh -c {text}").quiet().ignore_status().output())?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{text}`: {}\n{printed}{errors}", output.status);
    let mut lines = printed.lines().map(str::trim_end);
    for line in &command.prints {
        let told = lines.any(|printed| printed == line);
        ensure!(told, "`{text}` does not print `{line}` in the order of the page:\n{printed}");
    }
    Ok(())
}

/// Checks that the files written equal those in the repository. New files are results that are not kept.
fn same(sh: &Shell, copy: &Path) -> Result<()> {
    let changed = cmd!(sh, "git -C {copy} diff --name-only").read()?;
    if std::env::var_os("GLIF_BLESS").is_some() {
        return changed.lines().try_for_each(|name| Ok(sh.copy_file(copy.join(name), name)?));
    }
    ensure!(
        changed.is_empty(),
        "differ from what their commands write:\n{changed}\nhelp: GLIF_BLESS=1 cargo xtask pages"
    );
    Ok(())
}

/// Whether a line is a command in an indented block, which has no tag.
fn hidden(line: &str) -> bool {
    let command = line.strip_prefix("    ").unwrap_or("");
    ["$ ", "cargo ", "glif ", "python "].iter().any(|start| command.starts_with(start))
}

/// Returns the blocks of commands of a page.
fn blocks(page: &str) -> Vec<Vec<Command>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let tag = line.trim_start().strip_prefix("```");
        let inside = lines.by_ref().take_while(|line| tag.is_some() && !line.trim_start().starts_with("```"));
        match tag {
            Some("console") => blocks.push(commands(inside, |line| line.strip_prefix("$ "))),
            Some("sh") => blocks.push(commands(inside, |line| Some(line).filter(|line| !line.trim().is_empty()))),
            Some(_) => inside.for_each(drop),
            None => {}
        }
    }
    blocks
}

/// Returns the commands of a block. A line that ends in a backslash continues on the next line.
fn commands<'a>(lines: impl Iterator<Item = &'a str>, start: fn(&str) -> Option<&str>) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for line in lines {
        match (commands.last_mut(), start(line)) {
            (Some(command), _) if goes_on => command.text = format!("{}\n{line}", command.text),
            (_, Some(text)) => commands.push(Command { text: text.to_owned(), prints: Vec::new() }),
            (Some(command), None) => command.prints.push(line.trim_end().to_owned()),
            (None, None) => {}
        }
        goes_on = line.ends_with('\\');
    }
    commands.iter_mut().for_each(|command| command.prints.retain(|line| !line.is_empty()));
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_what_they_print_are_found() {
        let page =
            "text\n```console\n$ a \\\n  b\none\n\ntwo\n$ c\n```\n$ no\n```rust\n$ no\n```\n```sh\ncd x\nd\n```\n";
        let command = |text: &str, prints: &[&str]| Command {
            text: text.to_owned(),
            prints: prints.iter().map(|line| (*line).to_owned()).collect(),
        };
        let expected = [
            vec![command("a \\\n  b", &["one", "two"]), command("c", &[])],
            vec![command("cd x", &[]), command("d", &[])],
        ];
        assert_eq!(blocks(page), expected);
    }

    #[test]
    fn command_in_an_indented_block_is_found() {
        assert!(hidden("    cargo xtask run") && hidden("    $ glif run"));
        assert!(!hidden("cargo is a program") && !hidden("    let cargo = 1;"));
    }

    #[test]
    fn failing_or_differing_command_is_reported() {
        let (sh, here) = (Shell::new().unwrap(), Path::new("."));
        let obey = |text: &str, line: &str| {
            let command = Command { text: text.to_owned(), prints: vec![line.to_owned()] };
            obey(&sh, &command, here).map_err(|error| error.to_string())
        };
        assert_eq!(obey("echo one; echo two", "two"), Ok(()));
        assert!(obey("echo one", "two").unwrap_err().contains("does not print `two` in the order of the page"));
        assert!(obey("echo two; exit 3", "two").unwrap_err().contains("exit status: 3"));
    }
}
