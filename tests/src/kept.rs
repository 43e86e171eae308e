//! Files of the repository that tests compute. A test compares them, or rewrites them with `GLIF_BLESS=1`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

/// Checks that a file has the computed content. Its name is relative to the repository's root.
///
/// # Errors
/// Names the file if its content differs.
pub fn file(name: &str, computed: &[u8]) -> Result<()> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if std::env::var_os("GLIF_BLESS").is_some() {
        std::fs::write(&path, computed).with_context(|| path.display().to_string())?;
    }
    let kept = std::fs::read(&path).with_context(|| path.display().to_string())?;
    ensure!(kept == computed, "{name} is out of date; this test with GLIF_BLESS=1 writes it anew");
    Ok(())
}

/// Does the same for the table of a page, between `<!-- table -->` and `<!-- end -->`.
///
/// # Errors
/// Names the page if it has no such place or another table.
pub fn table(page: &str, computed: &str) -> Result<()> {
    const BEGIN: &str = "<!-- table -->\n";
    const END: &str = "<!-- end -->";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let (before, rest) = text.split_once(BEGIN).with_context(|| format!("{page} has no {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("{page} has no {END}"))?;
    file(page, format!("{before}{BEGIN}{computed}{END}{after}").as_bytes())
}
