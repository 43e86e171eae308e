//! The reader of snapshots.

use glif::{Currents, DynPopulation, Variable};

/// Reads a snapshot from the raw bytes, and from the bytes as a body with a valid header and checksum. An
/// accepted snapshot can step, and is the same when it is saved and restored.
pub fn snapshot(bytes: &[u8]) {
    whole(bytes);
    let mut sealed = b"GLIFSNAP".to_vec();
    sealed.extend(1_u32.to_le_bytes());
    sealed.extend((bytes.len() as u64).to_le_bytes());
    sealed.extend(bytes);
    let checksum = glif_link::packet::CRC.checksum(&sealed);
    sealed.extend(checksum.to_le_bytes());
    whole(&sealed);
}

fn whole(bytes: &[u8]) {
    super::with_file("snapshot", bytes, |path| {
        let Ok(mut population) = DynPopulation::from_snapshot(path) else { return };
        let saved = path.with_extension("again");
        assert!(population.save(&saved).is_ok());
        let restored = DynPopulation::from_snapshot(&saved).expect("what was saved restores");
        let state = |population: &DynPopulation| {
            [Variable::Voltage, Variable::Adaptation, Variable::Refrac]
                .map(|variable| population.read(variable).into_iter().map(f64::to_bits).collect::<Vec<_>>())
        };
        assert_eq!(state(&population), state(&restored));
        let cells = population.neurons() * population.description().batch_size;
        let options = population.description().options();
        if population.load(Currents::F64(&vec![10.0; cells])).is_ok() {
            assert!(population.step(options).is_ok());
        }
    });
}
