//! Text from outside, made fit to be printed.
//!
//! A name in a file, a line of a board or the name of a file may hold escape sequences that a terminal obeys, characters that
//! turn the direction of writing around, or megabytes. What is printed of it goes through [`printable`] first.

use std::path::Path;

use crate::limits;

/// The text in one line of at most `most` characters: control characters, terminal escapes, line breaks, overrides of the
/// direction of writing and all else that shows nothing are written as escapes (`\u{1b}`); what is beyond `most` characters
/// is left out, and how long the text is stands in its place.
///
/// ```
/// use glif::text::printable;
/// assert_eq!(printable("rest_v", 20), "rest_v");
/// assert_eq!(printable("caf\u{e9} \"τ\"", 20), "café \"τ\"");
/// assert_eq!(printable("\u{1b}[31mred\n", 20), "\\u{1b}[31mred\\n");
/// assert_eq!(printable(&"x".repeat(5_000_000), 6), "xxxxxx… (5000000 bytes)");
/// ```
pub fn printable(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let mut room = most;
    for character in text.chars() {
        let escaped = escape(character);
        let length = escaped.chars().count();
        if length > room {
            return format!("{shown}… ({} bytes)", text.len());
        }
        room -= length;
        shown.push_str(&escaped);
    }
    shown
}

/// Bytes that are meant to be text, as [`printable`] has it; a byte that is not UTF-8 becomes `\u{fffd}`'s `�`.
///
/// ```
/// assert_eq!(glif::text::printable_bytes(b"boot\xff\r\n", 24), "boot�\\r\\n");
/// ```
pub fn printable_bytes(bytes: &[u8], most: usize) -> String {
    // A character has four bytes at most; the text need not be gone through for what is not shown.
    let cut = bytes.len().min(most.saturating_add(1).saturating_mul(4));
    let shown = printable(&String::from_utf8_lossy(&bytes[..cut]), most);
    match shown.rfind('…') {
        Some(at) if cut < bytes.len() => format!("{}… ({} bytes)", &shown[..at], bytes.len()),
        _ => shown,
    }
}

/// The name of a file, with its directories, as [`printable`] has it.
///
/// ```
/// let path = std::path::Path::new("runs/\u{1b}]0;title\u{7}.toml");
/// assert_eq!(glif::text::path(path), "runs/\\u{1b}]0;title\\u{7}.toml");
/// ```
pub fn path(path: &Path) -> String {
    printable(&path.to_string_lossy(), limits::PRINTED_PATH)
}

/// A character as it is printed; a backslash and quotes as they are.
fn escape(character: char) -> String {
    match character {
        '\\' | '\'' | '"' => character.to_string(),
        // Behind a letter, so that an accent that is a character of its own stays on its letter.
        _ => format!("a{character}").escape_debug().skip(1).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing that a terminal obeys, and nothing that turns or hides text, is left.
    #[test]
    fn no_character_that_acts_is_left() {
        let acting = ('\0'..=char::MAX).filter(|c| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
                || matches!(c, '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
        });
        let mut count = 0;
        for character in acting {
            let shown = printable(&character.to_string(), 10);
            assert!(shown.starts_with('\\') && shown.is_ascii(), "{shown}");
            count += 1;
        }
        assert!(count > 200, "{count}");
    }

    #[test]
    fn letters_of_every_script_are_left() {
        for text in ["Ω µ τ θ ∞ ±", "膜電位", "мембрана", "e\u{301}", "C:\\runs\\a.toml", "\"it's\"", "🧠"]
        {
            assert_eq!(printable(text, 100), text);
        }
    }

    /// An escape is whole or left out, and the bound is a bound of what is printed.
    #[test]
    fn what_is_printed_is_bounded() {
        for most in 0..30 {
            let shown = printable(&"\u{1b}".repeat(1000), most);
            assert_eq!(shown, format!("{}… (1000 bytes)", "\\u{1b}".repeat(most / 6)));
        }
        assert_eq!(printable("abc", 3), "abc");
        assert_eq!(printable_bytes(&vec![b'x'; 1 << 20], 3), "xxx… (1048576 bytes)");
        assert_eq!(printable_bytes("…".as_bytes(), 3), "…");
        assert_eq!(printable_bytes("ab…".repeat(100).as_bytes(), 3), "ab…… (500 bytes)");
    }
}
