//! Checks the commands in the prose of a page: each verb exists and has each option.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

/// The help texts of verbs, by command.
#[derive(Default)]
pub(crate) struct Mentions {
    helps: BTreeMap<String, String>,
}

impl Mentions {
    /// Checks the code spans in a page's prose.
    pub(crate) fn check(&mut self, sh: &Shell, text: &str) -> Result<()> {
        spans(text).iter().try_for_each(|span| self.look_up(sh, span))
    }

    fn look_up(&mut self, sh: &Shell, span: &str) -> Result<()> {
        let Some((program, verbs, options)) = mention(span) else { return Ok(()) };
        let called = format!("{program} {}", verbs.join(" "));
        if !self.helps.contains_key(&called) {
            let path = if program == "cargo xtask" { std::env::current_exe()? } else { program.into() };
            let told = cmd!(sh, "{path} {verbs...} --help").quiet().ignore_status().output()?;
            ensure!(told.status.success(), "`{span}`: {}", String::from_utf8_lossy(&told.stderr));
            self.helps.insert(called.clone(), String::from_utf8_lossy(&told.stdout).into_owned());
        }
        let known: Vec<_> = self.helps[&called].split(|c: char| c != '-' && !c.is_alphanumeric()).collect();
        for option in options {
            ensure!(known.contains(&option), "`{span}`: `{called} --help` lists no `{option}`");
        }
        Ok(())
    }
}

/// Splits a command of this repository into program, verbs and options. The verbs include their arguments,
/// which `--help` ignores. Options that are passed on are left out.
fn mention(span: &str) -> Option<(&'static str, Vec<&str>, Vec<&str>)> {
    let (program, rest) = ["cargo xtask", "glif"]
        .into_iter()
        .find_map(|program| Some((program, span.strip_prefix(program)?.strip_prefix(' ')?)))?;
    let words = rest.split_whitespace().take_while(|word| *word != "--");
    let verbs = words.clone().take_while(|word| !word.starts_with('-')).collect();
    let options = words.filter(|word| word.starts_with("--")).map(|word| word.split('=').next().unwrap_or(word));
    Some((program, verbs, options.collect()))
}

/// Returns the code spans outside of code blocks. A span may continue on the next line.
fn spans(page: &str) -> Vec<String> {
    let mut inside = false;
    let prose: Vec<&str> = page
        .lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !fence && !inside
        })
        .collect();
    prose.join("\n").split('`').skip(1).step_by(2).map(|span| span.replace('\n', " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_prose_are_found() {
        let page = "`a` and `cargo xtask\nrun`\n```sh\n`no`\n```\n`b`";
        assert_eq!(spans(page), ["a", "cargo xtask run", "b"]);
        assert_eq!(
            mention("glif run p.toml --steps 5 --plot=x"),
            Some(("glif", vec!["run", "p.toml"], vec!["--steps", "--plot"]))
        );
        let on_a_board = mention("cargo xtask run --board a -- --steps 5");
        assert_eq!(on_a_board, Some(("cargo xtask", vec!["run"], vec!["--board"])));
        assert_eq!([mention("glif"), mention("glifs run"), mention("cargo build")], [None, None, None]);
    }

    /// Uses given help texts, because the test program has other verbs.
    #[test]
    fn unknown_options_are_reported() {
        let sh = Shell::new().unwrap();
        let helps = BTreeMap::from([("glif run".to_owned(), "--steps <T>\n--every <N>".to_owned())]);
        let mut mentions = Mentions { helps };
        mentions.check(&sh, "`glif run --steps`").unwrap();
        let told = mentions.check(&sh, "`glif run --step 3`").unwrap_err().to_string();
        assert!(told.contains("`glif run --help` lists no `--step`"), "{told}");
    }
}
