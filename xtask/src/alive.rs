//! Signs of life: while a child process works, a line every ten seconds names the work and its duration so
//! far.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use xshell::Cmd;

/// Time between two lines. Link-time optimization of a node is one silent thread for half a minute, or for
/// minutes.
const SIGN: Duration = Duration::from_secs(10);
/// Length to which a command is shortened, in characters. It is enough to recognize the command.
const ENOUGH: usize = 72;

/// Runs a command and shows its output as it comes.
pub(crate) fn run(command: Cmd<'_>) -> Result<()> {
    let text = command.to_string();
    eprintln!("$ {text}");
    Ok(during(&text, || command.quiet().run())?)
}

/// Does the work, and prints every ten seconds that it still runs. `what` names it.
pub(crate) fn during<T>(what: &str, work: impl FnOnce() -> T) -> T {
    watched(what, SIGN, work)
}

fn watched<T>(what: &str, sign: Duration, work: impl FnOnce() -> T) -> T {
    let (done, waiting) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let began = Instant::now();
            while waiting.recv_timeout(sign) == Err(RecvTimeoutError::Timeout) {
                eprintln!("  {} s: {}", began.elapsed().as_secs(), short(what));
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// Returns the first characters of a long text.
fn short(text: &str) -> String {
    let mut short: String = text.chars().take(ENOUGH).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_work_is_done_once() {
        let mut times = 0;
        let result = watched("it", Duration::from_millis(5), || {
            thread::sleep(Duration::from_millis(30));
            times += 1;
            times
        });
        assert_eq!((result, times), (1, 1));
    }

    #[test]
    fn long_commands_are_cut() {
        assert_eq!(short("cargo test"), "cargo test");
        let told = short(&"é".repeat(ENOUGH + 1));
        assert_eq!(told, "é".repeat(ENOUGH) + "...");
    }

    #[test]
    fn a_command_that_fails_is_an_error() {
        let sh = xshell::Shell::new().unwrap();
        assert!(run(xshell::cmd!(sh, "true")).is_ok());
        assert!(run(xshell::cmd!(sh, "false")).unwrap_err().to_string().contains("false"));
    }
}
