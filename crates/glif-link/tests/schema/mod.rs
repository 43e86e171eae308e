//! Reads the tables of `docs/link.md` as a description of bytes.

use std::collections::BTreeMap;

/// Name and type of each field, in order.
type Fields = Vec<(String, String)>;

enum Kind {
    Structure(Fields),
    Enumeration(Vec<(String, Fields)>),
}

pub(crate) struct Schema(BTreeMap<String, Kind>);

/// Splits a row of a table into cells.
pub(crate) fn cells(row: &str) -> Vec<String> {
    row.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// Returns the names of variants and fields in text in the format of `Debug`, in order.
pub(crate) fn names(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| "{}()[], ".contains(c)).filter(|word| {
        let named = word.ends_with(':') || word.starts_with(|c: char| c.is_ascii_uppercase());
        named && !["None", "Some", "NaN"].contains(word)
    });
    words.collect()
}

fn unquoted(text: &str) -> String {
    text.trim_matches('`').to_owned()
}

/// Parses a cell such as "`first` u32, `currents` bytes", or a single type whose field has no name.
fn fields(cell: &str) -> Fields {
    let pairs = cell.split(", ").filter(|text| !text.is_empty());
    let pairs = pairs.map(|pair| pair.split_once(' ').unwrap_or(("", pair)));
    pairs.map(|(name, kind)| (unquoted(name), kind.to_owned())).collect()
}

impl Schema {
    pub(crate) fn new(document: &str) -> Self {
        let sections = document.split("\n### `").skip(1);
        Self(
            sections
                .map(|section| section.split_once('`').unwrap())
                .map(|(name, text)| (name.to_owned(), kind(text)))
                .collect(),
        )
    }

    /// Returns the number of variants of an enumeration.
    pub(crate) fn variants(&self, kind: &str) -> usize {
        match &self.0[kind] {
            Kind::Enumeration(variants) => variants.len(),
            Kind::Structure(_) => 0,
        }
    }

    /// Returns every variant of every enumeration.
    pub(crate) fn all_variants(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, kind)| {
            let variants = match kind {
                Kind::Enumeration(variants) => variants.as_slice(),
                Kind::Structure(_) => &[],
            };
            variants.iter().map(move |(variant, _)| (name.as_str(), variant.as_str()))
        })
    }

    /// Reads a value from the start of `bytes` and appends it to `text` in the format of `Debug`.
    ///
    /// Returns `None` if the bytes are not such a value.
    pub(crate) fn take(&self, kind: &str, bytes: &mut &[u8], text: &mut String) -> Option<()> {
        if let Some(kind) = kind.strip_suffix('?') {
            if cut(bytes, 1)? == [1] {
                return self.take(kind, bytes, text);
            }
            text.push_str("None ");
            return Some(());
        }
        if let Some(kind) = kind.strip_suffix('*') {
            text.push('[');
            (0..varint(bytes, u64::MAX)?).try_for_each(|_| self.take(kind, bytes, text))?;
            text.push(']');
            return Some(());
        }
        match kind {
            "u8" => _ = cut(bytes, 1)?,
            "bool" => _ = cut(bytes, 1).filter(|byte| byte[0] < 2)?,
            "u16" => _ = varint(bytes, u16::MAX.into())?,
            "u32" => _ = varint(bytes, u32::MAX.into())?,
            "u64" => _ = varint(bytes, u64::MAX)?,
            "f64" => _ = cut(bytes, 8)?,
            "bytes" | "text" => {
                let length = varint(bytes, u64::MAX)?;
                let content = cut(bytes, length as usize)?;
                return (kind == "bytes" || std::str::from_utf8(content).is_ok()).then_some(());
            }
            name => return self.take_named(name, bytes, text),
        }
        text.push(' ');
        Some(())
    }

    fn take_named(&self, name: &str, bytes: &mut &[u8], text: &mut String) -> Option<()> {
        let (shown, fields) = match self.0.get(name).unwrap_or_else(|| panic!("no table of `{name}`")) {
            Kind::Structure(fields) => (name, fields),
            Kind::Enumeration(variants) => {
                let (variant, fields) = variants.get(varint(bytes, u64::MAX)? as usize)?;
                (variant.as_str(), fields)
            }
        };
        text.push_str(&format!("{shown} {{ "));
        for (field, kind) in fields {
            if !field.is_empty() {
                text.push_str(&format!("{field}: "));
            }
            self.take(kind, bytes, text)?;
        }
        text.push_str("} ");
        Some(())
    }
}

fn kind(section: &str) -> Kind {
    let mut rows =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).map(cells);
    let head = rows.next().unwrap();
    let rows = rows.skip(1);
    if head[0] == "field" {
        return Kind::Structure(rows.map(|row| (unquoted(&row[0]), row[1].clone())).collect());
    }
    assert_eq!(head[..3], ["index", "variant", "fields"]);
    let variants = rows.enumerate().map(|(i, row)| {
        assert_eq!(row[0], i.to_string(), "rows are in order");
        (unquoted(&row[1]), fields(&row[2]))
    });
    Kind::Enumeration(variants.collect())
}

fn cut<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(head)
}

/// Reads a varint: seven bits per byte, low bits first, in the shortest form and at most `most`.
fn varint(bytes: &mut &[u8], most: u64) -> Option<u64> {
    let (mut value, mut shift) = (0_u64, 0);
    loop {
        let byte = cut(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return (value <= most && (byte > 0 || shift == 0)).then_some(value);
        }
        shift += 7;
    }
}
