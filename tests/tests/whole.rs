//! Checks that no test file is left out: each is a module of its package's `all.rs`, or a separate program.

use std::fs;
use std::path::Path;

use anyhow::Result;

#[test]
fn every_file_of_tests_is_compiled() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut packages = vec![root.to_owned()];
    for entry in fs::read_dir(root.join("../crates"))? {
        packages.push(entry?.path());
    }
    let mut merged = 0;
    for package in packages {
        let Ok(all) = fs::read_to_string(package.join("tests/all.rs")) else { continue };
        merged += 1;
        let manifest = fs::read_to_string(package.join("Cargo.toml"))?;
        for entry in fs::read_dir(package.join("tests"))? {
            let name = entry?.file_name().into_string().expect("a name");
            let Some(module) = name.strip_suffix(".rs") else { continue };
            let compiled =
                all.contains(&format!("mod {module};")) || manifest.contains(&format!("path = \"tests/{name}\""));
            assert!(compiled, "{}: `mod {module};` is missing in tests/all.rs", package.display());
        }
    }
    assert_eq!(merged, 5);
    Ok(())
}
