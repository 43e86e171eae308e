//! rp2040js, an emulator of the RP2040 for Node.js: whether it is here, how it is installed, and what runs in it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::hil::{self, Hil};
use crate::toolchain::{answer, is_root_on_debian};
use crate::{alive, boards, frozen};

/// The script that runs an image, and the lock file of what it needs.
const FOLDER: &str = "firmware/rp2040/emulator";
/// What gives Debian Node.js and the program that installs packages for it.
pub(crate) const PACKAGES: [&str; 2] = ["nodejs", "npm"];
/// The oldest major version of Node.js, `engines` of package.json.
const FLOOR: u32 = 18;
/// For how long a proof may run. It takes a quarter of that on two cores.
const LIMIT: Duration = Duration::from_secs(120);

/// The version of Node.js, if it is new enough.
pub(crate) fn node(sh: &Shell) -> Option<String> {
    answer(cmd!(sh, "node --version")).filter(|version| new_enough(version))
}

/// Whether `version`, as `node --version` prints it, is at least [`FLOOR`].
fn new_enough(version: &str) -> bool {
    let major = version.strip_prefix('v').and_then(|numbers| numbers.split('.').next()?.parse().ok());
    major.is_some_and(|major: u32| major >= FLOOR)
}

/// The version of rp2040js that is installed, if it is the one of the lock file.
pub(crate) fn installed(sh: &Shell) -> Option<String> {
    let version = |lock: &str| -> Option<String> {
        let text = sh.read_file(Path::new(FOLDER).join(lock)).ok()?;
        let lock: Value = serde_json::from_str(&text).ok()?;
        Some(lock["packages"]["node_modules/rp2040js"]["version"].as_str()?.to_owned())
    };
    version("node_modules/.package-lock.json").filter(|found| version("package-lock.json").as_ref() == Some(found))
}

/// Makes it ready to run. Does nothing, quickly, if it is.
pub(crate) fn get(sh: &Shell) -> Result<()> {
    if node(sh).is_none() {
        bail!("there is no Node.js {FLOOR} or later; {}", mend());
    }
    if installed(sh).is_some() {
        return Ok(());
    }
    ensure!(answer(cmd!(sh, "npm --version")).is_some(), "there is no npm, which installs rp2040js; {}", mend());
    let _here = sh.push_dir(FOLDER);
    alive::run(cmd!(sh, "npm ci --no-audit --no-fund --loglevel=error")).context("rp2040js cannot be installed")
}

/// What a person types for Node.js.
pub(crate) fn mend() -> String {
    format!("on Debian or Ubuntu: sudo apt-get install {}; elsewhere see https://nodejs.org", PACKAGES.join(" "))
}

/// Debian's packages that are wanted and can be installed.
pub(crate) fn wanted(sh: &Shell) -> bool {
    let there = node(sh).is_some() && answer(cmd!(sh, "npm --version")).is_some();
    !there && installed(sh).is_none() && is_root_on_debian(sh)
}

/// Runs the images of parts: the frozen population, and the proof that the node equals the host. Where the emulator is not
/// there and cannot be installed, it prints that no part's image has run, and why.
pub(crate) fn parts(sh: &Shell) -> Result<()> {
    if let Err(error) = get(sh) {
        eprintln!("left out, so the image of no part has run: {error:#}");
        return Ok(());
    }
    alive::run(cmd!(sh, "node --test {FOLDER}/test.mjs"))?;
    let names: Vec<String> = boards::scripted().map(|(board, _)| board.name.to_owned()).collect();
    frozen::frozen(sh, &names)?;
    let args = vec!["--quick".to_owned(), format!("--limit={}", LIMIT.as_secs())];
    hil::hil(sh, &Hil { boards: names, args, ..Hil::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_unreadable_versions_are_refused() {
        assert!(new_enough("v18.20.4") && new_enough("v20.20.2") && new_enough(&format!("v{FLOOR}.0.0")));
        assert!(!new_enough("v16.20.2") && !new_enough("") && !new_enough("node 20") && !new_enough("v"));
    }

    /// The lock file pins one version, that of package.json, and names no registry.
    #[test]
    fn the_lock_file_pins_what_is_installed() {
        let read = |name: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER).join(name);
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let (package, lock) = (read("package.json"), read("package-lock.json"));
        assert!(!lock.contains("resolved") && !lock.contains("://"), "{lock}");
        let [package, lock] = [package, lock].map(|text| serde_json::from_str::<Value>(&text).unwrap());
        let locked = &lock["packages"]["node_modules/rp2040js"];
        assert_eq!(package["dependencies"]["rp2040js"], locked["version"]);
        assert!(locked["integrity"].as_str().unwrap().starts_with("sha512-"));
        assert_eq!(package["engines"]["node"], format!(">={FLOOR}"));
    }
}
