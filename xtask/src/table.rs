//! A table of a document that a command computes.

use anyhow::{Context as _, Result};
use xshell::Shell;

/// Writes a table into a document, in place of the one that begins with `head`, or returns the rows of that one.
pub(crate) fn bless_or_read(
    sh: &Shell,
    document: &str,
    head: &str,
    table: &str,
    bless: bool,
) -> Result<Option<String>> {
    let text = sh.read_file(document)?;
    let start = text.find(head).with_context(|| format!("{document} has no table"))?;
    let end = start + text[start..].find("\n\n").map_or(text.len() - start, |end| end + 1);
    if bless {
        sh.write_file(document, [&text[..start], table, &text[end..]].concat())?;
        return Ok(None);
    }
    Ok(Some(text[start + head.len()..end].to_owned()))
}
