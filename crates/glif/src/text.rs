//! Text from outside, escaped and shortened for printing.
//!
//! A name in a file, a line from a board or a path may hold escape sequences that control a terminal,
//! characters that reverse the writing direction, or megabytes of text. Such text is printed only through
//! [`printable`].

use std::path::Path;

use crate::limits;

/// Returns the text in one line of at most `most` characters, with invisible characters escaped.
///
/// Control characters, terminal escapes, line breaks, overrides of the writing direction and all other
/// invisible characters are written as escapes (`\u{1b}`). Text beyond `most` characters is dropped, and the
/// length of the whole is appended.
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

/// Returns bytes that should be text, as [`printable`] does. Invalid UTF-8 becomes `\u{fffd}`, `�`.
///
/// ```
/// assert_eq!(glif::text::printable_bytes(b"boot\xff\r\n", 24), "boot�\\r\\n");
/// ```
pub fn printable_bytes(bytes: &[u8], most: usize) -> String {
    // A character has at most four bytes, so bytes that are not shown need not be read.
    let cut = bytes.len().min(most.saturating_add(1).saturating_mul(4));
    let shown = printable(&String::from_utf8_lossy(&bytes[..cut]), most);
    match shown.rfind('…') {
        Some(at) if cut < bytes.len() => format!("{}… ({} bytes)", &shown[..at], bytes.len()),
        _ => shown,
    }
}

/// Returns a path as [`printable`] does.
///
/// ```
/// let path = std::path::Path::new("runs/\u{1b}]0;title\u{7}.toml");
/// assert_eq!(glif::text::path(path), "runs/\\u{1b}]0;title\\u{7}.toml");
/// ```
pub fn path(path: &Path) -> String {
    printable(&path.to_string_lossy(), limits::PRINTED_PATH)
}

/// Returns a message with its line breaks, each line as [`printable`] does.
///
/// At most [`limits::PRINTED_LINES`] lines are shown, and then the number of the others.
///
/// ```
/// assert_eq!(glif::text::message("bad key:\n  \u{1b}[2J"), "bad key:\n  \\u{1b}[2J");
/// assert!(glif::text::message(&"no\n".repeat(40_000)).ends_with("\n… and 39940 more lines"));
/// ```
pub fn message(text: &str) -> String {
    let mut lines = text.lines();
    let shown: Vec<String> =
        lines.by_ref().take(limits::PRINTED_LINES).map(|line| printable(line, limits::PRINTED_LINE)).collect();
    let shown = shown.join("\n");
    match lines.count() {
        0 => shown,
        more => format!("{shown}\n… and {more} more lines"),
    }
}

/// Returns the first line of a message: what is wrong, without the remedy.
///
/// ```
/// assert_eq!(glif::text::fact("no population is loaded\nhelp: load one first"), "no population is loaded");
/// ```
pub fn fact(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// Decodes UTF-8, with or without a byte order mark, which is removed.
///
/// ```
/// use glif::text::decode;
/// assert_eq!(decode(b"\xef\xbb\xbfshape = 1".to_vec()).unwrap(), "shape = 1");
/// let problem = decode(b"# two\n# M\xfcnchen".to_vec()).unwrap_err();
/// assert_eq!(problem, "byte 0xfc in line 2 is not UTF-8 (in Latin-1 it is `ü`)\nhelp: save it as UTF-8");
/// ```
///
/// # Errors
/// Returns a message that names the encoding, or the first byte that is not UTF-8 and its line, with a remedy
/// on a second line.
pub fn decode(mut bytes: Vec<u8>) -> Result<String, String> {
    const WIDE: &str =
        "which Windows PowerShell's `>` writes\nhelp: save it as UTF-8, for example with `Set-Content -Encoding utf8`";
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    match bytes[..] {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err("text in UTF-32\nhelp: save it as UTF-8".to_owned());
        }
        // Without a byte order mark, each ASCII letter has a zero byte beside it.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=127, 0, 1..=127, 0, ..] | [0, 1..=127, 0, 1..=127, ..] => {
            return Err(format!("text in UTF-16, {WIDE}"));
        }
        _ if bytes.contains(&0) => return Err("not text".to_owned()),
        _ => (),
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let (before, byte) = (&error.as_bytes()[..at], error.as_bytes()[at]);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        // Bytes below 160 are not letters in Latin-1.
        let latin = if byte < 160 { String::new() } else { format!(" (in Latin-1 it is `{}`)", char::from(byte)) };
        format!("byte {byte:#04x} in line {line} is not UTF-8{latin}\nhelp: save it as UTF-8")
    })
}

/// Escapes a character for printing; a backslash and quotes stay.
fn escape(character: char) -> String {
    match character {
        '\\' | '\'' | '"' => character.to_string(),
        // Escaped after a letter, so that a combining accent is not escaped and stays on its letter.
        _ => format!("a{character}").escape_debug().skip(1).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No character that controls a terminal, reverses the writing direction or hides text is left.
    #[test]
    fn control_characters_are_escaped() {
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
    fn other_encodings_are_named() {
        let units: Vec<u16> = "model = 'lif'\n".encode_utf16().collect();
        let [little, big] =
            [u16::to_le_bytes, u16::to_be_bytes].map(|to| units.iter().flat_map(|unit| to(*unit)).collect::<Vec<u8>>());
        for bytes in [&little, &big, &[b"\xff\xfe", &little[..]].concat(), &[b"\xfe\xff", &big[..]].concat()] {
            assert!(decode(bytes.clone()).unwrap_err().starts_with("text in UTF-16, "));
        }
        assert!(decode(b"\xff\xfe\0\0m\0\0\0".to_vec()).unwrap_err().starts_with("text in UTF-32\nhelp: "));
        assert_eq!(decode(b"\x7fELF\x02\x01\0\0".to_vec()).unwrap_err(), "not text");
        assert!(decode(b"a\n\x85".to_vec()).unwrap_err().starts_with("byte 0x85 in line 2 is not UTF-8\nhelp: "));
        assert_eq!(decode(b"".to_vec()).unwrap(), "");
    }

    #[test]
    fn letters_of_every_script_are_kept() {
        for text in ["Ω µ τ θ ∞ ±", "膜電位", "мембрана", "e\u{301}", "C:\\runs\\a.toml", "\"it's\"", "🧠"]
        {
            assert_eq!(printable(text, 100), text);
        }
    }

    /// An escape is complete or dropped, and the bound applies to what is printed.
    #[test]
    fn printed_text_is_bounded() {
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
