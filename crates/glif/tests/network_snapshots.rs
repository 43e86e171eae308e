//! A snapshot of a network restores the whole state or returns an error, and a network that refuses one is unchanged.

use std::fs;
use std::path::PathBuf;

use glif::network::{Network, NetworkDescription, PopulationKind, Snapshot, WeightValues, Weights};
use glif::{Description, DynPopulation, NumberFormat, Recordable as _, SnapshotError, Variable};

/// Delays of several steps and of none, all kinds of synapses and stimuli, and an input with several spikes.
fn text(head: &str) -> String {
    format!(
        r#"
        step_time = 0.5
        {head}
        [populations.in]
        model = "input"
        shape = [2, 3]
        [populations.exc]
        model = "lif"
        shape = [5, 8]
        params = {{ rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = {{ normal = [20.0, 1.5], min = 10.0 }} }}
        synapses.ampa = {{ kind = "exponential", tau = 2.0 }}
        synapses.nmda = {{ kind = "exponential", tau = {{ uniform = [8.0, 12.0] }}, coupling = "exact", normalized = true }}
        drive = [{{ poisson = {{ rate = 300.0, weight = 1.5 }}, synapse = "delta" }}, {{ noise = [6.0, 3.0] }}]
        [populations.inh]
        model = "alif"
        shape = 33
        refractory = "nest"
        params = {{ rest_v = -60.0, reset_v = -65.0, thresh_eq_v = -50.0, refrac_t = 1.0, tc_membrane = 15.0, tc_adaptation = [9.5, 30.0], spike_increment = [1.5, 0.25] }}
        synapses.gaba = {{ kind = "exponential", tau = 5.0, coupling = "exact" }}
        drive = [{{ step = [0.0, 3.0, 25.0] }}, {{ constant = 0.5, synapse = "gaba" }}]
        [[projections]]
        from = "in"
        to = "exc"
        synapse = "ampa"
        weights = {{ value = 1.5, probability = 0.5, seed = 3 }}
        delay = 3.5
        [[projections]]
        from = "in"
        to = "inh"
        weights = {{ value = 2.0, in_degree = 3, seed = 4 }}
        delay = 0.0
        [[projections]]
        from = "exc"
        to = "inh"
        synapse = "gaba"
        weights = {{ value = 0.5, probability = 0.3, seed = 5 }}
        delay = 0.0
        [[projections]]
        from = "inh"
        to = "exc"
        synapse = "nmda"
        weights = {{ value = -2.0, probability = 0.3, seed = 6 }}
        delay = 10.0
        [[projections]]
        from = "exc"
        to = "exc"
        synapse = "delta"
        weights = {{ value = 0.75, probability = 0.1, seed = 7 }}
        "#
    )
}

/// Adds projections with arrays: dense and quantised, and sparse with a delay of each connection.
fn describe(head: &str) -> NetworkDescription {
    let mut description = NetworkDescription::from_toml(&text(head)).unwrap_or_else(|errors| panic!("{errors}"));
    let dense: Vec<f32> = (0..40 * 40).map(|i| ((i * 37 % 101) as f32 - 40.0) / 100.0).collect();
    description.connect("exc", "exc").dense(dense).synapse("ampa").delay(4.0);
    let indptr = (0..=33).map(|row| row * 4).collect();
    let indices = (0..33 * 4).map(|i| (i * 7 % 40) as u32).collect();
    let data: Vec<i8> = (0..33 * 4).map(|i| (i % 9) as i8).collect();
    let delays = (0..33 * 4).map(|i| f64::from(i % 12 + 1) * 0.5).collect();
    description.connect("exc", "inh").sparse(indptr, indices, data).scale(0.125).delays(delays);
    description
}

/// Sets the spikes and the currents of a step.
fn load(network: &mut Network, step: u64) {
    let counts: Vec<u32> = (0..6_u64).map(|i| ((step * 5 + i * 3) % 7 / 2) as u32).collect();
    network.set_spikes("in", &counts).unwrap();
    if step % 20 == 11 {
        let currents: Vec<f64> = (0..40).map(|i| 4.0 + f64::from(i % 5) + (step % 3) as f64).collect();
        network.set_currents("exc", &currents[..]).unwrap();
    }
}

fn run(network: &mut Network, steps: std::ops::Range<u64>) {
    for step in steps {
        load(network, step);
        network.step().unwrap();
    }
}

/// All visible state, as bits.
fn seen(network: &Network) -> (u64, Vec<Vec<u64>>) {
    let mut all = Vec::new();
    for (name, kind) in &network.description().populations {
        let fired = network.fired(name).unwrap();
        all.push(fired.iter().map(|(_, neuron)| neuron as u64).collect());
        let PopulationKind::Neurons { synapses, .. } = kind else { continue };
        let member = network.member(name).unwrap();
        for variable in [Variable::Voltage, Variable::Adaptation, Variable::Refrac] {
            let mut to = member.samples();
            member.sample_of(variable, None, &mut to);
            all.push(to.into_f64().into_iter().map(f64::to_bits).collect());
        }
        for (synapse, _) in synapses {
            let currents = network.synapse(name, synapse).unwrap().unwrap();
            all.push(currents.into_iter().map(f64::to_bits).collect());
        }
    }
    (network.steps(), all)
}

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("network.snap")
    }
}

#[test]
fn a_restored_network_continues_with_the_same_bits() {
    let scratch = Scratch::new();
    for &scalar in NumberFormat::ALL {
        for rounding in ["nearest", "truncate", "stochastic"] {
            if !scalar.is_fixed_point() && rounding != "nearest" {
                continue;
            }
            let description = describe(&format!("scalar = '{scalar}'\nrounding = '{rounding}'\nseed = 9"));
            let mut network = description.build().unwrap_or_else(|errors| panic!("{scalar}: {errors}"));
            network.set_sample(3);
            run(&mut network, 0..70);
            // The spikes of the next step are set.
            load(&mut network, 70);
            network.save(scratch.file()).unwrap();
            let bytes = fs::read(scratch.file()).unwrap();
            assert!((bytes.len() as u128) < network.save_bytes() + 8192, "{} bytes", bytes.len());

            let mut fresh = description.build().unwrap();
            let mut other = description.build().unwrap();
            other.set_threads(2).unwrap();
            run(&mut other, 7..40);
            for restored in [&mut fresh, &mut other] {
                restored.restore(scratch.file()).unwrap();
                assert_eq!(seen(restored), seen(&network), "{scalar}");
                // A snapshot of what was restored has the same bytes.
                let again = scratch.0.path().join("again.snap");
                restored.save(&again).unwrap();
                assert!(fs::read(&again).unwrap() == bytes, "{scalar}");
            }
            let (mut fired, mut arrived) = (0, false);
            for step in 70..170 {
                for network in [&mut network, &mut fresh, &mut other] {
                    if step > 70 {
                        load(network, step);
                    }
                    network.step().unwrap();
                }
                let now = seen(&network);
                assert!(now == seen(&fresh) && now == seen(&other), "{scalar}, {rounding}, step {step}");
                fired += network.fired("exc").unwrap().count() + network.fired("inh").unwrap().count();
                arrived |= network.synapse("exc", "nmda").unwrap().unwrap().iter().any(|current| *current != 0.0);
            }
            assert!(fired > 100 && arrived, "{scalar}: {fired} spikes");
        }
    }
}

/// A network that has begun anew restores a later state, and the other way round.
#[test]
fn any_time_is_saved() {
    let scratch = Scratch::new();
    let description = describe("scalar = 'f64'");
    let mut network = description.build().unwrap();
    for steps in [0, 1, 2, 21] {
        network.clear();
        run(&mut network, 0..steps);
        network.save(scratch.file()).unwrap();
        let snapshot = Snapshot::read(scratch.file()).unwrap();
        assert_eq!((snapshot.steps(), snapshot.sample(), snapshot.seed()), (steps, 0, 0));
        run(&mut network, steps..steps + 30);
        let later = seen(&network);
        network.restore_snapshot(&snapshot).unwrap();
        run(&mut network, steps..steps + 30);
        assert_eq!(seen(&network), later);
    }
}

/// The network refuses the file, and is unchanged.
fn refused(network: &mut Network, scratch: &Scratch) -> SnapshotError {
    let before = seen(network);
    let error = network.restore(scratch.file()).expect_err("the snapshot is refused");
    assert_eq!(seen(network), before);
    assert!(error.to_string().starts_with(&format!("`{}`: ", scratch.file().display())), "{error}");
    error
}

#[test]
fn another_network_is_refused_with_each_difference() {
    let scratch = Scratch::new();
    let description = describe("scalar = 'f32'\nseed = 9");
    let mut network = description.build().unwrap();
    run(&mut network, 0..30);
    network.save(scratch.file()).unwrap();
    let told = |change: &dyn Fn(&mut NetworkDescription)| {
        let mut description = description.clone();
        change(&mut description);
        let mut other = description.build().unwrap();
        run(&mut other, 0..20);
        match refused(&mut other, &scratch) {
            SnapshotError::NetworkDiffers { differences, .. } => differences.join("\n"),
            error => panic!("{error}"),
        }
    };
    assert_eq!(
        told(&|of| {
            of.seed = 8;
            of.scalar = NumberFormat::F64;
        }),
        "`scalar` is \"f32\" in the snapshot, \"f64\" in this network\n`seed` is 9 in the snapshot, 8 in this network"
    );
    let weight = told(&|of| {
        let Weights::Dense(WeightValues::F32(values)) = &mut of.projections[5].weights else { panic!() };
        values[1234] += 1e-6;
    });
    let start = "`projections[5].weights` is \"f32 weights of shape [40, 40], digest ";
    assert!(weight.starts_with(start) && weight.lines().count() == 1, "{weight}");
    let sparse = told(&|of| {
        let Weights::Sparse { indices, .. } = &mut of.projections[6].weights else { panic!() };
        indices[7] += 1;
    });
    assert!(sparse.starts_with("`projections[6].weights` is \"sparse i8 weights of shape [132], digest "), "{sparse}");
    let delay = told(&|of| {
        of.projections[4].delay(1.0);
    });
    assert_eq!(delay, "`projections[4].delay` is absent in the snapshot, 1.0 in this network");
    let order = told(&|of| of.populations.swap(0, 1));
    let words = r#"`populations` is ["in", "exc", "inh"] in the snapshot, ["exc", "in", "inh"] in this network"#;
    assert_eq!(order, words);
    let synapse = told(&|of| {
        let PopulationKind::Neurons { synapses, .. } = &mut of.populations[1].1 else { panic!() };
        synapses[0].1.normalized = true;
    });
    assert_eq!(synapse, "`populations.exc.synapses.ampa.normalized` is false in the snapshot, true in this network");
    let many = told(&|of| of.projections.clear());
    assert!(many.contains("is absent in this network") || many.contains("absent in this network"), "{many}");
    assert!(many.lines().count() <= 21 && many.contains("\nand "), "{many}");

    // A population is no network, and the other way round.
    let error = DynPopulation::from_snapshot(scratch.file()).unwrap_err().to_string();
    assert!(error.ends_with("a snapshot of a network, not of a population"), "{error}");
    let lif = "model = 'lif'\nshape = 3\n[params]\nstep_time = 0.5\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\n\
               refrac_t = 2.0\ntime_constant = 20.0";
    Description::from_toml(lif).unwrap().build().unwrap().save(scratch.file()).unwrap();
    let error = refused(&mut network, &scratch).to_string();
    assert!(error.ends_with("a snapshot of a population, not of a network"), "{error}");
}

/// A small network whose file has few bytes.
fn small() -> (Scratch, Network, Vec<u8>) {
    let scratch = Scratch::new();
    let text = "step_time = 1.0\nscalar = 'f64'\n[populations.in]\nmodel = 'input'\nshape = 2\n\
                [populations.out]\nmodel = 'lif'\nshape = 3\n\
                params = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }\n\
                synapses.held = { kind = 'exponential', tau = 2.0 }\n\
                synapses.exact = { kind = 'exponential', tau = 2.0, coupling = 'exact' }\n\
                [[projections]]\nfrom = 'in'\nto = 'out'\nsynapse = 'held'\nweights = { value = 9.0 }\ndelay = 2.0\n";
    let mut network = NetworkDescription::from_toml(text).unwrap().build().unwrap();
    for step in 0..9 {
        network.set_spikes("in", &[step % 4, 1]).unwrap();
        network.step().unwrap();
    }
    network.set_spikes("in", &[1, 2]).unwrap();
    network.set_currents("out", &[1.0, 2.0, 3.0][..]).unwrap();
    network.save(scratch.file()).unwrap();
    let bytes = fs::read(scratch.file()).unwrap();
    assert_eq!(bytes[8..12], 4_u32.to_le_bytes());
    network.step().unwrap(); // differs from the saved state now
    (scratch, network, bytes)
}

#[test]
fn a_torn_file_is_refused() {
    let (scratch, mut network, bytes) = small();
    for length in 0..bytes.len() {
        fs::write(scratch.file(), &bytes[..length]).unwrap();
        let error = refused(&mut network, &scratch);
        assert!(matches!(error, SnapshotError::Unreadable { .. }), "{length} bytes: {error}");
    }
    fs::write(scratch.file(), [&bytes[..], b"\n"].concat()).unwrap();
    refused(&mut network, &scratch);
    fs::write(scratch.file(), &bytes).unwrap();
    network.restore(scratch.file()).unwrap();
}

#[test]
fn a_flip_anywhere_is_refused() {
    let (scratch, mut network, bytes) = small();
    for place in 0..bytes.len() {
        for flip in [0x01, 0x80] {
            let mut flipped = bytes.clone();
            flipped[place] ^= flip;
            fs::write(scratch.file(), flipped).unwrap();
            refused(&mut network, &scratch);
        }
    }
}

/// Builds a file from a version and a body, with a correct checksum.
fn sealed(version: u32, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u64).to_le_bytes();
    let mut bytes = [b"GLIFSNAP".as_slice(), &version.to_le_bytes(), &length, body].concat();
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// A body with any flip and the right checksum is refused, or gives a network that steps.
#[test]
fn an_invalid_body_breaks_nothing() {
    let (scratch, mut network, bytes) = small();
    let body = &bytes[20..bytes.len() - 4];
    assert!(sealed(4, body) == bytes);
    let mut accepted = 0;
    for place in 0..body.len() {
        for flip in [0x01, 0x02, 0x10, 0x40, 0x80, 0xff] {
            let mut flipped = body.to_vec();
            flipped[place] ^= flip;
            fs::write(scratch.file(), sealed(4, &flipped)).unwrap();
            let before = seen(&network);
            match network.restore(scratch.file()) {
                Ok(()) => {
                    accepted += 1;
                    (0..4).for_each(|_| network.step().unwrap());
                }
                Err(error) => assert_eq!(seen(&network), before, "{error}"),
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
    for length in 0..body.len() {
        fs::write(scratch.file(), sealed(4, &body[..length])).unwrap();
        refused(&mut network, &scratch);
    }
}

type Node = (u32, Vec<u32>, Vec<u32>, bool, Vec<u32>, Option<Cells>);
type Cells = (State, Vec<f64>, Vec<Vec<f64>>);
type State = (u64, Vec<f64>, Vec<u16>, Vec<f64>, Option<(u64, Vec<f64>, u16)>);
type Body = (String, u64, u32, Vec<Node>);

/// Another program might write a file with the right format and invalid content.
#[test]
fn invalid_content_is_refused() {
    let (scratch, mut network, bytes) = small();
    let good: Body = postcard::from_bytes(&bytes[20..bytes.len() - 4]).unwrap();
    assert_eq!((good.1, good.2, good.3.len()), (9, 0, 2));
    let cells = |body: &mut Body, change: fn(&mut Cells)| change(body.3[1].5.as_mut().unwrap());
    type Spoil<'a> = &'a dyn Fn(&mut Body);
    let wrong: [(Spoil<'_>, &str); 22] = [
        (&|body| body.0.clear(), "saved by another network: "),
        (&|body| body.0 = "x = [".to_owned(), "TOML parse error"),
        (&|body| body.1 = u64::MAX, "its content is invalid"),
        (&|body| body.1 = 8, "`out`: 9 steps, but the network has made 8"),
        (&|body| _ = body.3.pop(), "describes 2 populations, but has the state of 1 population"),
        (&|body| body.3[0].0 = 0, "`in`: 0 bits for the spikes of a neuron, but 1 to 16 are needed"),
        (&|body| body.3[0].0 = 17, "`in`: 17 bits"),
        (&|body| body.3[0].0 = 1, "`in`: 6 words for the spikes of past steps, but 3 are needed"),
        (&|body| body.3[1].0 = 2, "`out`: 2 bits for the spikes of a neuron, but 1 to 1 are needed"),
        (&|body| _ = body.3[0].1.pop(), "`in`: 5 words for the spikes of past steps, but 6 are needed"),
        (&|body| body.3[0].1[3] = 4, "`in`: the spikes of past steps have a neuron beyond the last one"),
        (&|body| body.3[1].1[0] = 8, "`out`: the spikes of past steps have a neuron beyond the last one"),
        (&|body| body.3[0].2[1] = 1 << 31, "`in`: the spikes of an input have a neuron beyond the last one"),
        (&|body| body.3[0].4.clear(), "`in`: 0 words for the spikes of an input in the last step, but 1 are needed"),
        (&|body| body.3[1].4.push(1), "`out`: 1 words for the spikes of an input in the last step, but 0 are needed"),
        (&|body| body.3[1].5 = None, "`out`: the state is that of an input"),
        (&|body| body.3[0].5 = body.3[1].5.clone(), "`in`: the state is that of neurons, not of an input"),
        (&|body| cells(body, |cells| cells.0.1[2] = f64::NAN), "`out`: `voltage[2]` = NaN mV: must be finite"),
        (&|body| cells(body, |cells| cells.1[1] = f64::INFINITY), "`out`: `current[1]` = inf nA: must be finite"),
        (&|body| cells(body, |cells| _ = cells.1.pop()), "`current`: 2 values for 3 neurons"),
        (&|body| cells(body, |cells| _ = cells.2.pop()), "`out`: 1 synapses, but 2 are needed"),
        (
            &|body| cells(body, |cells| cells.2[0][2] = 1e308),
            "`out`: `synapse[2]`: could drive a membrane beyond the range of f64",
        ),
    ];
    for (spoil, words) in wrong {
        let mut body = good.clone();
        spoil(&mut body);
        fs::write(scratch.file(), sealed(4, &postcard::to_stdvec(&body).unwrap())).unwrap();
        let told = refused(&mut network, &scratch).to_string();
        assert!(told.contains(words), "{told}\ndoes not contain\n{words}");
    }
    fs::write(scratch.file(), sealed(4, &postcard::to_stdvec(&good).unwrap())).unwrap();
    network.restore(scratch.file()).unwrap();
    // A list that is not there is not allocated.
    let mut long = postcard::to_stdvec(&good.0).unwrap();
    long.extend([9, 0, 2, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    fs::write(scratch.file(), sealed(4, &long)).unwrap();
    refused(&mut network, &scratch);
}

/// Counts of an input that its weights do not allow are refused, as they are when they are set.
#[test]
fn counts_beyond_the_sums_are_refused() {
    let scratch = Scratch::new();
    let mut description = describe("scalar = 'f32'");
    description.connect("in", "inh").dense(vec![1 << 29; 33 * 6]).scale(1e-9);
    let message = description.build().unwrap_err().to_string();
    assert!(message.contains("above the limit of 2147483646"), "{message}");
    let last = description.projections.len() - 1;
    let mut weights = vec![0; 33 * 6];
    (0..33).for_each(|target| weights[target * 6] = 1 << 29);
    description.projections[last].dense(weights);
    let mut network = description.build().unwrap();
    network.set_spikes("in", &[3, 0, 0, 0, 0, 0]).unwrap();
    assert!(network.set_spikes("in", &[4, 0, 0, 0, 0, 0]).is_err());
    network.save(scratch.file()).unwrap();
    let bytes = fs::read(scratch.file()).unwrap();
    let mut body: Body = postcard::from_bytes(&bytes[20..bytes.len() - 4]).unwrap();
    assert_eq!(body.3[0].0, 2);
    body.3[0].0 = 3;
    fs::write(scratch.file(), sealed(4, &postcard::to_stdvec(&body).unwrap())).unwrap();
    let told = refused(&mut network, &scratch).to_string();
    assert!(told.ends_with("3 bits for the spikes of a neuron, but 1 to 2 are needed"), "{told}");
}

#[test]
fn another_version_is_refused_by_its_number() {
    let (scratch, mut network, bytes) = small();
    fs::write(scratch.file(), sealed(5, &bytes[20..bytes.len() - 4])).unwrap();
    let error = refused(&mut network, &scratch).to_string();
    assert!(error.ends_with("snapshot format 5; this program reads formats 1 to 4"), "{error}");
    assert!(matches!(network.restore(scratch.0.path().join("no")), Err(SnapshotError::Io { .. })));
    let nowhere = scratch.0.path().join("no").join("where");
    let message = network.save(&nowhere).unwrap_err().to_string();
    assert!(message.starts_with(&format!("`{}`: ", nowhere.display())), "{message}");
}
