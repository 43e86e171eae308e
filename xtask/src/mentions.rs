//! Commands in the prose of a page: each verb is there, and has each option.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

/// What is said of verbs by their own help.
#[derive(Default)]
pub(crate) struct Mentions {
    helps: BTreeMap<String, String>,
}

impl Mentions {
    /// Looks at the spans of code in a page's prose.
    pub(crate) fn check(&mut self, sh: &Shell, text: &str) -> Result<()> {
        spans(text).iter().try_for_each(|span| self.look_up(sh, span))
    }

    fn look_up(&mut self, sh: &Shell, span: &str) -> Result<()> {
        let Some(Mention { program, verbs, options }) = Mention::of(span) else {
            return Ok(());
        };
        let called = format!("{program} {}", verbs.join(" "));
        if !self.helps.contains_key(&called) {
            let path = if program == "cargo xtask" { std::env::current_exe()? } else { program.into() };
            let told = cmd!(sh, "{path} {verbs...} --help").quiet().ignore_status().output()?;
            ensure!(told.status.success(), "`{span}`: {}", String::from_utf8_lossy(&told.stderr));
            self.helps.insert(called.clone(), String::from_utf8_lossy(&told.stdout).into_owned());
        }
        let help = &self.helps[&called];
        let absent = options
            .iter()
            .find(|option| !help.split(|c: char| c != '-' && !c.is_alphanumeric()).any(|word| word == **option));
        ensure!(
            absent.is_none(),
            "`{span}`: there is no `{}` among what `{called} --help` lists",
            absent.unwrap_or(&"")
        );
        Ok(())
    }
}

/// A command of this repository.
#[derive(Debug, PartialEq)]
struct Mention<'a> {
    program: &'static str,
    /// With what they work on, which a help does not mind.
    verbs: Vec<&'a str>,
    /// Up to those that are handed on.
    options: Vec<&'a str>,
}

impl<'a> Mention<'a> {
    fn of(span: &'a str) -> Option<Self> {
        let (program, rest) = ["cargo xtask", "glif"]
            .into_iter()
            .find_map(|program| Some((program, span.strip_prefix(program)?.strip_prefix(' ')?)))?;
        let words = rest.split_whitespace().take_while(|word| *word != "--");
        let verbs = words.clone().take_while(|word| !word.starts_with('-')).collect();
        let options = words.filter(|word| word.starts_with("--")).map(|word| word.split('=').next().unwrap_or(word));
        Some(Self { program, verbs, options: options.collect() })
    }
}

/// The spans of code in what is no block; one may go on in the next line.
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
        let of = |program, verbs: &[&'static str], options: &[&'static str]| {
            Some(Mention { program, verbs: verbs.to_vec(), options: options.to_vec() })
        };
        assert_eq!(
            Mention::of("glif run p.toml --steps 5 --plot=x"),
            of("glif", &["run", "p.toml"], &["--steps", "--plot"])
        );
        assert_eq!(Mention::of("cargo xtask run --board a -- --steps 5"), of("cargo xtask", &["run"], &["--board"]));
        assert_eq!([Mention::of("glif"), Mention::of("glifs run"), Mention::of("cargo build")], [None, None, None]);
    }

    /// Of the program that is there: this one has other verbs.
    #[test]
    fn what_there_is_not_is_told() {
        let sh = Shell::new().unwrap();
        let helps = BTreeMap::from([("glif run".to_owned(), "--steps <T>\n--every <N>".to_owned())]);
        let mut mentions = Mentions { helps };
        mentions.check(&sh, "`glif run --steps`").unwrap();
        let told = mentions.check(&sh, "`glif run --step 3`").unwrap_err().to_string();
        assert!(told.contains("there is no `--step` among what `glif run --help` lists"), "{told}");
    }
}
