//! Runs a firmware build, and explains linker errors.

use anyhow::{Result, bail};
use xshell::Cmd;

use crate::alive;

/// Runs a build, and prints the compiler's output when it has ended.
pub(crate) fn run(what: &str, build: Cmd<'_>) -> Result<()> {
    eprintln!("$ {build}");
    let output = alive::during(&format!("building {what}"), || build.quiet().ignore_status().output())?;
    let words = String::from_utf8_lossy(&output.stderr);
    eprint!("{words}");
    if !output.status.success() {
        bail!("{what}: the build failed, see above{}", advice(&words));
    }
    Ok(())
}

/// Symbol that images call on a panic, under the feature `prove`. It is undefined.
pub(crate) const PANIC: &str = "a_panic_path_is_left";

/// Returns advice that follows from the output of the linker.
fn advice(words: &str) -> String {
    let mut advice = String::new();
    if words.contains(PANIC) {
        advice.push_str("; some code can panic: the undefined symbol shows where");
    }
    for (region, remedy) in [
        ("FLASH", "build `glif-node` with fewer number formats, or lower COMPONENTS"),
        ("RAM", "lower BLOCKS or COMPONENTS"),
    ] {
        if let Some(bytes) = overflow(words, region) {
            let page = "docs/new-board.md, section 5";
            advice.push_str(&format!(
                "; the image is at least {bytes} bytes too large for {region}\nhelp: {remedy} ({page})"
            ));
        }
    }
    advice
}

/// Returns the bytes by which a memory overflows. LLVM's and GNU's linkers print a line for each section that
/// does not fit.
fn overflow(words: &str, region: &str) -> Option<u64> {
    let lines = words.lines().filter(|line| {
        let named = |quote: char| line.contains(&format!("region {quote}{region}'"));
        named('\'') || named('`')
    });
    let bytes = lines.filter_map(|line| line.split("overflowed by ").nth(1)?.split(' ').next()?.parse().ok());
    bytes.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overflow_reports_its_remedy() {
        let lld = "ld.lld: error: section '.text' will not fit in region 'FLASH': overflowed by 608 bytes\n\
                   ld.lld: error: section '.text' will not fit in region 'FLASH': overflowed by 8080 bytes\n";
        let told = advice(lld);
        assert!(
            told.contains("; the image is at least 8080 bytes too large for FLASH\nhelp: build `glif-node` with fewer number formats"),
            "{told}"
        );
        assert!(!told.contains("panic") && !told.contains("RAM"), "{told}");
        let told = advice("ld: region `RAM' overflowed by 12 bytes");
        assert!(told.contains("; the image is at least 12 bytes too large for RAM\nhelp: lower BLOCKS"), "{told}");
    }

    #[test]
    fn panic_path_is_reported_if_there_is_one() {
        let told = advice("ld.lld: error: undefined symbol: a_panic_path_is_left\n>>> referenced by panic.rs:20");
        assert_eq!(told, "; some code can panic: the undefined symbol shows where");
        assert_eq!(advice("error[E0308]: mismatched types"), "");
    }
}
