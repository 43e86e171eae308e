//! `glif board watch --plain`, with the node in a thread.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use glif_board::loopback::{self, Pipe};
use glif_board::noise::Noise;
use glif_board::watch::{self, Watch};

fn example() -> Watch {
    Watch {
        population: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/spiking.toml")),
        noise: Noise { noise: vec![14.0, 6.0], seed: 1 },
        free: false,
        refresh: 50,
        failsafe: 5000,
        plain: true,
        frames: None,
        seconds: None,
        emulated: false,
    }
}

fn watch(watch: &Watch) -> Result<String> {
    let mut out = Vec::new();
    watch::run(watch, || Ok(loopback::start()), &mut out)?;
    Ok(String::from_utf8(out)?)
}

/// Returns the number before a word, in the last line.
fn number(told: &str, word: &str) -> f64 {
    let last = told.lines().last().unwrap();
    let before = last.split(word).next().unwrap().trim_end();
    before.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("no number before `{word}`: {last}"))
}

#[test]
fn free_run_has_expected_steps_and_plausible_spikes() {
    let told = watch(&Watch { free: true, frames: Some(10), ..example() }).unwrap();
    assert!(told.starts_with("board: in this process, "), "{told}");
    assert!(
        told.contains("\nalif in f32, 40 of 2048 neurons, 1 ms a step, stepped by the host, 14.0 ± 6.0 nA\n"),
        "{told}"
    );
    // Ten reports of 20 ms each.
    assert_eq!(number(&told, "steps;"), 200.0);
    let (spikes, rate) = (number(&told, "spikes in"), number(&told, "Hz per neuron"));
    assert!((10.0..1000.0).contains(&spikes), "{told}");
    assert!((rate - spikes / 40.0 / 0.2).abs() < 0.051, "{told}");
    assert_eq!((number(&told, "resent"), number(&told, "corrupted")), (0.0, 0.0), "{told}");
    let words = |told: &str| told.lines().last().unwrap().split("; a step").next().unwrap()[9..].to_owned();
    let again = watch(&Watch { free: true, frames: Some(10), ..example() }).unwrap();
    assert_eq!(words(&told), words(&again), "the same each time");
}

#[test]
fn real_time_run_reports_its_deadlines() {
    let told = watch(&Watch { seconds: Some(1), ..example() }).unwrap();
    // Steps are done or missed, however slow this machine is.
    for word in ["steps;", "overruns", "missed", "unrecorded", "ms late at most", "requests", "lost", "ms a round trip"]
    {
        assert!(number(&told, word) >= 0.0, "{told}");
    }
}

/// One line per second; the last one is the line at the end.
#[test]
fn each_second_has_at_most_one_line() {
    let told = watch(&Watch { seconds: Some(2), ..example() }).unwrap();
    let times: Vec<_> = told.lines().skip(3).map(|line| line.split(' ').next().unwrap()).collect();
    assert!(times.is_sorted_by(|before, after| before < after) && times.last() >= Some(&"00:00:02"), "{told}");
}

/// A script can see this from the exit code.
#[test]
fn a_board_that_is_lost_at_the_end_is_an_error() {
    let mut boards = vec![Ok(Cut(loopback::start(), 30))];
    let open = move || boards.pop().unwrap_or_else(|| Err(anyhow!("port `/dev/ttyACM0`: not found")));
    let mut out = Vec::new();
    let error = watch::run(&Watch { seconds: Some(2), ..example() }, open, &mut out).unwrap_err().to_string();
    let told = String::from_utf8(out).unwrap();
    assert!(told.lines().last().unwrap().contains(": port `/dev/ttyACM0`: not found; reconnecting"), "{told}");
    assert!(error.starts_with("the board disconnected 00:00:0"), "{error}");
    assert!(error.ends_with(" after the start: port `/dev/ttyACM0`: not found"), "{error}");
}

/// A line that is unplugged after this number of frames.
struct Cut(Pipe, u32);

impl Read for Cut {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Cut {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1 = self.1.checked_sub(1).ok_or(std::io::ErrorKind::BrokenPipe)?;
        self.0.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn missing_board_is_an_error() {
    let open = || Err::<Pipe, _>(anyhow!("port `/dev/ttyACM0`: not found"));
    let error = watch::run(&example(), open, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "port `/dev/ttyACM0`: not found");
}

#[test]
fn invalid_arguments_are_rejected_before_connecting() {
    let open = || -> Result<Pipe> { panic!("it was looked for") };
    let refused = |watch: &Watch| watch::run(watch, open, &mut Vec::new()).unwrap_err().to_string();
    let absent = Watch { population: "nothing.toml".into(), ..example() };
    assert!(refused(&absent).contains("`nothing.toml`"));
    let unfit = Watch { noise: Noise { noise: vec![14.0, -1.0], seed: 1 }, ..example() };
    assert_eq!(refused(&unfit), "`deviation` = -1 nA: must be between 0 and 1e18");
}

/// A reader that closes the pipe ends the watch.
#[test]
fn closed_output_ends_the_watch() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    watch::run(&example(), || Ok(loopback::start()), &mut Closed).unwrap();
}
