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

/// Does the same for the tables of a page, each between `<!-- table -->` and `<!-- end -->`.
///
/// # Errors
/// Names the page if it has another number of such places, or another table.
pub fn tables(page: &str, computed: &[String]) -> Result<()> {
    const BEGIN: &str = "<!-- table -->\n";
    const END: &str = "<!-- end -->";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let (mut whole, mut rest) = (String::new(), text.as_str());
    for table in computed {
        let (before, after) = rest.split_once(BEGIN).with_context(|| format!("{page} has too few {BEGIN}"))?;
        let (_, after) = after.split_once(END).with_context(|| format!("{page} has no {END}"))?;
        whole += &format!("{before}{BEGIN}{table}{END}");
        rest = after;
    }
    ensure!(!rest.contains(BEGIN), "{page} has too many {BEGIN}");
    file(page, (whole + rest).as_bytes())
}
