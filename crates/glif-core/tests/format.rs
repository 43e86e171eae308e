//! Checks that the list in `src/format.rs`, which requires a `defmt::Format` of each public type, omits none.

use std::collections::BTreeSet;
use std::fs;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

#[test]
fn every_public_type_is_on_the_list() {
    let format = fs::read_to_string(format!("{SOURCES}/format.rs")).unwrap();
    let (_, list) = format.split_once("const fn has_format").unwrap();
    let named: BTreeSet<&str> = list.split(|c: char| !c.is_alphanumeric()).collect();
    // The other folders have nothing public.
    let paths = ["", "/own"].map(|folder| fs::read_dir(format!("{SOURCES}{folder}")).unwrap());
    let paths: Vec<_> = paths.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    let files = paths.iter().filter(|path| path.is_file());
    let text = files.map(|path| fs::read_to_string(path).unwrap()).collect::<String>();
    let declared = text.lines().filter_map(|line| line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum ")));
    let declared: BTreeSet<&str> =
        declared.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next()).collect();
    // `Coefficients` is on the list under its own name and under the names of the models.
    assert!(declared.contains("Coefficients") && declared.contains("ParamErrors"), "{declared:?}");
    let forgotten: Vec<_> = declared.difference(&named).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
