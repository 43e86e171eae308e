//! The most common mistakes of users, and the messages for them. docs/mistakes.md has each message word for
//! word.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::time::Duration;

use glif::{CurrentSpan, Currents, Description, warnings, warnings_of_currents};
use glif_board::emulator::Emulator;
use glif_board::serial::{self, BAUD, SerialError};
use glif_board::{Board, Client, LinkError, Patience, loopback};
use glif_tests::kept;

const LIF: &str = "model = \"lif\"\nshape = [40]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                   thresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0\n";
const GLIF2: &str = "model = \"glif2\"\nshape = [40]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v_add = 5.0\n\
                     reset_v_mul = 0.5\nthresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\nrc_adaptation = 0.025\n\
                     spike_increment = 1.5\n";

type Told = Box<dyn Error>;

/// Reads a population file with a mistake in it.
fn file(text: &str, from: &str, to: &str) -> Result<(), Told> {
    assert!(text.contains(from), "{from}");
    Description::from_toml(&text.replace(from, to))?.build()?;
    Ok(())
}

/// Returns the first warning about a population file.
fn doubtful(text: &str, from: &str, to: &str) -> Result<(), Told> {
    assert!(text.contains(from), "{from}");
    let warnings = warnings(&Description::from_toml(&text.replace(from, to))?);
    Err(warnings.into_iter().next().expect("a doubt").into())
}

/// Returns the first warning about a current in nA, under a resistance in MΩ. With 100 MΩ, 0.3 nA is a usual current.
fn doubtful_currents(scalar: &str, resistance: f64, current: f64) -> Result<(), Told> {
    let text = LIF.replace("[params]", &format!("scalar = {scalar:?}\n[params]\nresistance = {resistance}"));
    let population = Description::from_toml(&text)?.build()?;
    let range = population.current_range();
    let span = CurrentSpan::of(&range, [current]);
    let warnings = warnings_of_currents(population.description(), &range, &span);
    Err(warnings.into_iter().next().expect("a doubt").into())
}

/// Reads a file of currents for forty neurons.
fn currents(bytes: &[u8]) -> Result<(), Told> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("currents.npy");
    std::fs::write(&path, bytes)?;
    let folder = format!("{}/", folder.path().display());
    glif_cli::arrays::read_currents(&path, 1, &[40]).map_err(|error| error.to_string().replace(&folder, ""))?;
    Ok(())
}

fn npy(descr: &str, shape: &str, values: &[f32]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [b"\x93NUMPY\x01\0".to_vec(), (header.len() as u16).to_le_bytes().to_vec(), header.into_bytes(), data].concat()
}

/// A port without a board.
struct Silent;

impl Read for Silent {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl Write for Silent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn on_a_board(text: &str) -> Result<(), Told> {
    Board::connect(loopback::start())?.load(&Description::from_toml(text)?)?;
    Ok(())
}

fn silent() -> Result<(), Told> {
    let usual = Patience::default();
    let patience = Patience { wait: Duration::from_millis(10), ..usual };
    let error = Board::over(Client::with_patience(Silent, patience)).map(drop);
    // The waiting time differs from run to run. The page has that of a host with the default patience.
    Err(match error {
        Err(LinkError::Silent { request, attempts, heard, .. }) => {
            LinkError::Silent { request, waited: usual.wait * usual.attempts, attempts, heard }.into()
        }
        other => format!("not silent: {other:?}").into(),
    })
}

fn snapshot_of_another() -> Result<(), Told> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("state.glif");
    Description::from_toml(LIF)?.build()?.save(&path)?;
    let mut other = Description::from_toml(&LIF.replace("20.0", "25.0"))?.build()?;
    let folder = format!("{}/", folder.path().display());
    Ok(other.restore(&path).map_err(|error| error.to_string().replace(&folder, ""))?)
}

fn wrong_length() -> Result<(), Told> {
    Ok(Description::from_toml(LIF)?.build()?.load(Currents::F64(&[15.0; 39]))?)
}

#[test]
fn messages_match_the_page() -> Result<(), Told> {
    let port = || "/dev/ttyACM0".to_owned();
    let mut nan = vec![1.0; 80];
    nan[47] = f32::NAN;
    let notes: Vec<Row> = vec![
        (
            "all times in seconds",
            doubtful(
                &LIF.replace("step_time = 1.0", "step_time = 0.001"),
                "refrac_t = 2.0\ntime_constant = 20.0",
                "refrac_t = 0.002\ntime_constant = 0.02",
            ),
        ),
        ("time constants in seconds", doubtful(LIF, "time_constant = 20.0", "time_constant = 0.02")),
        ("a refractory time in seconds", doubtful(LIF, "refrac_t = 2.0", "refrac_t = 0.002")),
        (
            "potentials in volts",
            doubtful(
                LIF,
                "rest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0",
                "rest_v = -0.06\nreset_v = -0.065\nthresh_v = -0.05",
            ),
        ),
        ("resistance in ohms", doubtful(LIF, "[params]", "[params]\nresistance = 1e7")),
        ("time constants for rate constants", doubtful(GLIF2, "rc_adaptation = 0.025", "rc_adaptation = 40.0")),
        ("a resistance of the wrong sign", doubtful(LIF, "[params]", "[params]\nresistance = -1.0")),
        ("a step in seconds", doubtful(LIF, "step_time = 1.0", "step_time = 0.001")),
        ("a seed without stochastic rounding", doubtful(LIF, "[params]", "seed = 7\n[params]")),
        ("currents in amperes", doubtful_currents("f32", 100.0, 3e-10)),
        ("currents in picoamperes", doubtful_currents("f32", 100.0, 300.0)),
        ("currents in picoamperes at 1 MΩ", doubtful_currents("f32", 1.0, 200.0)),
        ("currents outside the range of a format", doubtful_currents("i8f8", 100.0, 5.0)),
        ("currents too fine for a format", doubtful_currents("i9f7", 100.0, 0.115)),
        (
            "a decay that truncation shortens",
            doubtful(
                &GLIF2.replace("= 0.025", "= 0.0025"),
                "model",
                "scalar = \"i8f8\"\nrounding = \"truncate\"\nmodel",
            ),
        ),
    ];
    let errors: Vec<Row> = vec![
        (
            "threshold and reset swapped",
            file(LIF, "reset_v = -65.0\nthresh_v = -50.0", "reset_v = -50.0\nthresh_v = -65.0"),
        ),
        ("a rest above the threshold", file(LIF, "rest_v = -60.0", "rest_v = -49.0")),
        ("a threshold per neuron", file(LIF, "thresh_v = -50.0", "thresh_v = [-50.0, -49.0]")),
        ("a misspelt name", file(LIF, "refrac_t", "refract_t")),
        ("a key in the wrong table", file(LIF, "[params]", "[params]\nadapt = false")),
        ("a name of another simulator", file(LIF, "time_constant", "tau_m")),
        ("a name of another model", file(GLIF2, "rc_adaptation", "tc_adaptation")),
        ("a missing parameter", file(LIF, "time_constant = 20.0\n", "")),
        ("an unknown model", file(LIF, "\"lif\"", "\"adex\"")),
        ("a reset that does not reset", file(GLIF2, "reset_v_mul = 0.5", "reset_v_mul = 1.5")),
        ("potentials that a format rounds together", file(LIF, "reset_v = -65.0", "reset_v = -50.0000001")),
        (
            "a potential outside the range of a format",
            file(&LIF.replace("-65.0", "-165.0"), "model", "scalar = \"i8f8\"\nmodel"),
        ),
        (
            "a threshold out of reach in a format",
            file(&LIF.replace("[params]", "[params]\nresistance = 0.05"), "model", "scalar = \"i8f8\"\nmodel"),
        ),
        (
            "an adaptation too weak for a format",
            file(&GLIF2.replace("= 1.5", "= 0.05"), "model", "scalar = \"i8f8\"\nmodel"),
        ),
        ("a refractory time that is too long", file(LIF, "refrac_t = 2.0", "refrac_t = 60000.0")),
        ("more neurons than fit in memory", file(LIF, "[40]", "[40000000000000]")),
        ("a missing population file", Description::read("population.toml".as_ref()).map(drop).map_err(Into::into)),
        ("currents of another shape", currents(&npy("<f4", "(2, 20)", &[1.0; 40]))),
        ("currents with the steps last", currents(&npy("<f4", "(40, 2)", &[1.0; 80]))),
        ("currents of integers", currents(&npy("<i8", "(2, 40)", &[]))),
        ("a NaN current", currents(&npy("<f4", "(2, 40)", &nan))),
        ("a CSV file as input", currents(b"0.5,0.5,0.5\n")),
        ("fewer currents than neurons", wrong_length()),
        ("a snapshot of another population", snapshot_of_another()),
        ("a missing port", Err(SerialError::Absent { path: port(), found: vec!["`/dev/ttyUSB0`".to_owned()] }.into())),
        ("a busy port", Err(SerialError::Busy { path: port() }.into())),
        ("a port without permission", Err(SerialError::Forbidden { path: port() }.into())),
        ("a silent board", silent()),
        ("more neurons than a board holds", on_a_board(&LIF.replace("[40]", "[5000]"))),
        ("f64 on a board", on_a_board(&format!("scalar = \"f64\"\n{LIF}"))),
        ("a batch on a board", on_a_board(&format!("batch_size = 8\n{LIF}"))),
        (
            "no QEMU",
            Emulator::start("qemu-system-armv6", &[], "node.elf", Duration::from_secs(1)).map(drop).map_err(Into::into),
        ),
    ];
    assert!(serial::open("/dev/ttyNONE", BAUD).is_err_and(|error| matches!(error, SerialError::Absent { .. })));
    Ok(kept::tables("docs/mistakes.md", &[table(notes), table(errors)])?)
}

/// A mistake, and the message for it.
type Row = (&'static str, Result<(), Told>);

fn table(rows: Vec<Row>) -> String {
    let mut table = String::from("| mistake | message |\n|---|---|\n");
    for (mistake, told) in rows {
        let told = told.expect_err(mistake).to_string();
        let odd = ["Some(", "Err(", "   "]; // indented text has two spaces
        assert!(!odd.iter().any(|odd| told.contains(odd)), "{told}");
        let _ = writeln!(table, "| {mistake} | {} |", told.trim_end().replace('\n', "<br>").replace('|', "\\|"));
    }
    table
}
