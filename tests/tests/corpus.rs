//! Runs every kept input of the fuzzer, on any compiler, so that fixed bugs stay fixed.

use std::path::Path;

use anyhow::{Context, Result};
use glif_tests::attack;

#[test]
fn kept_inputs_cause_no_panic() -> Result<()> {
    for (name, attack) in attack::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut kept = 0;
        for entry in folder.read_dir().with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let bytes = std::fs::read(&path)?;
            let survived = std::panic::catch_unwind(|| attack(&bytes));
            assert!(survived.is_ok(), "{} breaks {name}", path.display());
            kept += 1;
        }
        assert!(kept >= 5, "{kept} inputs for {name}");
    }
    Ok(())
}
