//! rp2040js, an emulator of the RP2040 for Node.js: whether it is installed, and how to install it.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::alive;
use crate::toolchain::answer;

/// Folder of the script that runs an image, and of the lock file of its dependencies.
const FOLDER: &str = "firmware/boards/rp/emulator";
/// Oldest supported major version of Node.js, as `engines` in package.json.
const FLOOR: u32 = 18;

/// Returns the version of Node.js, if it is new enough.
pub(crate) fn node(sh: &Shell) -> Option<String> {
    answer(cmd!(sh, "node --version")).filter(|version| new_enough(version))
}

/// Whether `version`, as `node --version` prints it, is at least [`FLOOR`].
fn new_enough(version: &str) -> bool {
    let major = version.strip_prefix('v').and_then(|numbers| numbers.split('.').next()?.parse().ok());
    major.is_some_and(|major: u32| major >= FLOOR)
}

/// Returns the installed version of rp2040js, if it is that of the lock file.
pub(crate) fn installed(sh: &Shell) -> Option<String> {
    let version = |lock: &str| -> Option<String> {
        let text = sh.read_file(Path::new(FOLDER).join(lock)).ok()?;
        let lock: Value = serde_json::from_str(&text).ok()?;
        Some(lock["packages"]["node_modules/rp2040js"]["version"].as_str()?.to_owned())
    };
    version("node_modules/.package-lock.json").filter(|found| version("package-lock.json").as_ref() == Some(found))
}

/// Installs rp2040js. Returns quickly if it is already installed.
pub(crate) fn get(sh: &Shell) -> Result<()> {
    ensure!(node(sh).is_some(), "there is no Node.js {FLOOR} or later; see `cargo xtask doctor`");
    if installed(sh).is_some() {
        return Ok(());
    }
    ensure!(
        answer(cmd!(sh, "npm --version")).is_some(),
        "there is no npm, which installs rp2040js; see `cargo xtask doctor`"
    );
    let _here = sh.push_dir(FOLDER);
    alive::run(cmd!(sh, "npm ci --no-audit --no-fund --loglevel=error")).context("rp2040js cannot be installed")
}

/// Runs the emulator's tests.
pub(crate) fn test(sh: &Shell) -> Result<()> {
    alive::run(cmd!(sh, "node --test {FOLDER}/test.mjs"))
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
