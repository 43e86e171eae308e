//! Runs work for boards in parallel, on two tracks: boards without an FPU, and boards with one.
//!
//! An emulator uses one thread. Boards with the same target share the path of an image, so they are on one
//! track and run in turn. All builds are in one folder, where cargo runs one build at a time. So programs
//! that run during a build, such as procedural macros, are compiled once for all targets.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Result, anyhow};
use xshell::Shell;

use crate::boards::Board;

/// A group of boards that run in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Track {
    SoftFloat,
    HardFloat,
}

impl Track {
    const ALL: [Track; 2] = [Track::SoftFloat, Track::HardFloat];

    /// Returns the track of a target, from the ABI at the end of its name.
    fn of(target: &str) -> Self {
        if target.ends_with("hf") { Track::HardFloat } else { Track::SoftFloat }
    }
}

/// Does `work` for each board, with the tracks in parallel. Returns the results in the order of the boards.
/// After an error no track starts another board.
pub(crate) fn each<T: Send>(
    sh: &Shell,
    boards: &[Board],
    work: impl Fn(&Shell, &Board) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let failed = AtomicBool::new(false);
    let walk = |sh: &Shell, track| -> Result<Vec<(usize, T)>> {
        let boards = boards.iter().enumerate().filter(|(_, board)| Track::of(board.target) == track);
        let go_on = boards.take_while(|_| !failed.load(Ordering::Relaxed));
        let done = go_on.map(|(i, board)| Ok((i, work(sh, board)?))).collect();
        failed.fetch_or(Result::is_err(&done), Ordering::Relaxed);
        done
    };
    let tracks = thread::scope(|scope| {
        let threads = Track::ALL.map(|track| {
            let (sh, walk) = (sh.clone(), &walk);
            scope.spawn(move || walk(&sh, track))
        });
        threads.map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a thread panicked"))))
    });
    let mut done: Vec<_> = tracks.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    done.sort_by_key(|&(i, _)| i);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use anyhow::bail;

    use super::*;
    use crate::boards::BOARDS;

    #[test]
    fn results_come_in_the_order_of_the_boards() {
        let sh = Shell::new().unwrap();
        let names = each(&sh, &BOARDS, |_, board| Ok(board.name)).unwrap();
        assert_eq!(names, BOARDS.map(|board| board.name));
    }

    #[test]
    fn boards_of_a_track_run_in_turn_until_an_error() {
        let (sh, seen) = (Shell::new().unwrap(), Mutex::new(Vec::new()));
        let soft: Vec<_> = BOARDS.into_iter().filter(|board| Track::of(board.target) == Track::SoftFloat).collect();
        let told = each(&sh, &soft, |_, board| {
            seen.lock().unwrap().push(board.name);
            if board.name == "mps2-an385" { bail!("no {}", board.name) } else { Ok(()) }
        });
        assert_eq!(told.unwrap_err().to_string(), "no mps2-an385");
        assert_eq!(seen.into_inner().unwrap(), ["microbit", "mps2-an385"]);
    }

    #[test]
    fn both_tracks_have_boards() {
        let hard = BOARDS.iter().filter(|board| Track::of(board.target) == Track::HardFloat).count();
        assert!(0 < hard && hard < BOARDS.len(), "{hard} of {}", BOARDS.len());
    }
}
