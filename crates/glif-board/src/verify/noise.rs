//! Checks of what may arrive on a line besides good requests. The board answers or waits; it never does a
//! step twice, and never does one for anything but a whole request.

use std::io::{Read, Write};

use glif_link::frame::END;
use glif_link::{PacketError, Reply, Request, RequestError, VERSION};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bench::Bench;
use super::refusals::{OnBoth, each};
use super::twin::Twin;
use super::wire::{Answer, Wire, encode, forge};
use super::{VerifyError, require};
use crate::Board;
use crate::client::framed;
use crate::error::shown;

/// A step on held currents: the request that must not be executed twice.
const STEP: Request<'static> = Request::Step { currents: &[] };

/// Runs all these checks.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    let checks: [(&str, OnBoth<P>); 13] = [
        ("a duplicate request", duplicate),
        ("a truncated request, sent again", torn_and_resent),
        ("a number used for another request", reused),
        ("numbers from the past", stale),
        ("copies out of order", reordered),
        ("zeros", zeros),
        ("garbage", garbage),
        ("truncated frames", torn),
        ("frames that are too long", too_long),
        ("flipped bits", flipped),
        ("unknown versions", versions),
        ("malformed requests", malformed),
        ("a host that vanishes in mid-frame", vanishing),
    ];
    each(bench, &checks);
}

/// Kind of an answer, with what matters of it.
#[derive(Debug, Clone)]
enum Kind {
    /// A step was done.
    Step,
    /// Description of what is loaded.
    Loaded,
    /// The input was invalid, for any reason.
    PacketError,
    /// The input was invalid, for this reason.
    Unreadable(PacketError),
    Refused(RequestError),
}

impl Kind {
    fn fits(&self, answer: &Answer) -> bool {
        match (self, answer.reply()) {
            (Self::Step, Some(Reply::Ran { done: 1, .. }))
            | (Self::Loaded, Some(Reply::Loaded { .. }))
            | (Self::PacketError, Some(Reply::Unreadable(_))) => true,
            (Self::Unreadable(asked), Some(Reply::Unreadable(noise))) => *asked == noise,
            (Self::Refused(asked), Some(Reply::Refused(refusal))) => *asked == refusal,
            _ => false,
        }
    }
}

/// Does `expected` steps on the host, and checks that the board has done as many.
fn stepped(twin: &mut Twin, step: u64, expected: u64) -> Result<(), VerifyError> {
    twin.run(expected)?;
    let now = twin.steps();
    require!(step == now, "the board has done {step} steps; {now} were asked for");
    Ok(())
}

impl<P: Read + Write> Wire<'_, P> {
    /// Sends bytes, for which the board must do `steps` steps; returns its answers.
    fn tried(&mut self, twin: &mut Twin, bytes: &[u8], steps: u64) -> Result<Vec<Answer>, VerifyError> {
        let (answers, step) = self.exchange(bytes)?;
        stepped(twin, step, steps)?;
        Ok(answers)
    }

    /// Sends bytes; the answers must be of these kinds, in this order.
    fn answered(
        &mut self,
        twin: &mut Twin,
        bytes: &[u8],
        steps: u64,
        kinds: &[Kind],
    ) -> Result<Vec<Answer>, VerifyError> {
        let answers = self.tried(twin, bytes, steps)?;
        let fit = answers.len() == kinds.len() && kinds.iter().zip(&answers).all(|(kind, answer)| kind.fits(answer));
        require!(fit, "the answers were {}", replies(&answers));
        Ok(answers)
    }

    /// Sends noise: the board must do no step, and answer with at least one `Unreadable` and nothing else.
    fn noise(&mut self, twin: &mut Twin, bytes: &[u8]) -> Result<(), VerifyError> {
        let answers = self.tried(twin, bytes, 0)?;
        let noise = !answers.is_empty() && answers.iter().all(|answer| Kind::PacketError.fits(answer));
        require!(noise, "noise was answered by {}", replies(&answers));
        Ok(())
    }
}

fn replies(answers: &[Answer]) -> String {
    shown(&answers.iter().map(Answer::reply).collect::<Vec<_>>())
}

fn duplicate<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let (copy, number) = wire.frame(&STEP);
    let answers = wire.answered(twin, &copy.repeat(3), 1, &[const { Kind::Step }; 3])?;
    let same = answers.iter().all(|answer| answer.sequence == number && answer.reply() == answers[0].reply());
    require!(same, "copies were answered differently: {}", shown(&answers));
    Ok(())
}

fn torn_and_resent<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let (whole, _) = wire.frame(&STEP);
    let bytes = [&whole[..whole.len() / 2], &whole].concat();
    wire.answered(twin, &bytes, 1, &[Kind::PacketError, Kind::Step]).map(drop)
}

fn reused<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let (frame, number) = wire.frame(&STEP);
    let other = framed(&encode(number, &Request::Run { steps: 3, digest: false, inputs: &[] }));
    wire.answered(twin, &[frame, other].concat(), 1, &[Kind::Step, Kind::Refused(RequestError::Reused)]).map(drop)
}

fn stale<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    for behind in [1, 2, 100, 0x7fff] {
        let (frame, last) = wire.frame(&Request::Describe);
        let old = framed(&encode(last.wrapping_sub(behind), &STEP));
        let kinds = [Kind::Loaded, Kind::Refused(RequestError::Stale { last })];
        wire.answered(twin, &[frame, old].concat(), 0, &kinds)?;
    }
    Ok(())
}

fn reordered<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let ((one, _), (two, last)) = (wire.frame(&STEP), wire.frame(&STEP));
    let old = Kind::Refused(RequestError::Stale { last });
    wire.answered(twin, &[&one[..], &two, &one, &two].concat(), 2, &[Kind::Step, Kind::Step, old, Kind::Step])?;
    // The later request comes first, so that the earlier one is stale.
    let ((one, _), (two, last)) = (wire.frame(&STEP), wire.frame(&STEP));
    let old = Kind::Refused(RequestError::Stale { last });
    wire.answered(twin, &[two, one].concat(), 1, &[Kind::Step, old]).map(drop)
}

fn zeros<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    Wire::new(bench.board.client()).answered(twin, &[END; 64], 0, &[]).map(drop)
}

fn garbage<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut rng = ChaCha8Rng::seed_from_u64(bench.options.seed);
    let mut wire = Wire::new(bench.board.client());
    for length in [1, 3, 40, 300] {
        let mut bytes = vec![0; length];
        rng.fill_bytes(&mut bytes);
        // Makes sure that the input is not just empty frames.
        bytes[0] |= 2;
        wire.noise(twin, &bytes)?;
    }
    Ok(())
}

fn torn<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let (whole, _) = wire.frame(&Request::Step { currents: &[1; 24] });
    // From one byte after the first end of the frame, to all except one byte before the last.
    (2..whole.len() - 1).try_for_each(|length| wire.noise(twin, &[&whole[..length], &[END]].concat()))
}

fn too_long<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let most = bench.board.identity().frame;
    let mut wire = Wire::new(bench.board.client());
    for length in [most, 2 * most] {
        let packet = forge(VERSION, wire.next(), &vec![1; length]);
        let reason = PacketError::TooLong { most: most as u32 };
        wire.answered(twin, &framed(&packet), 0, &[Kind::Unreadable(reason)])?;
    }
    Ok(())
}

/// Flips each bit of a frame, including its ends.
fn flipped<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let every = if bench.options.quick { 7 } else { 1 };
    let mut wire = Wire::new(bench.board.client());
    let (whole, _) = wire.frame(&Request::Step { currents: &[1; 24] });
    for bit in (0..8 * whole.len()).step_by(every) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        wire.noise(twin, &bytes).map_err(|trouble| match trouble {
            VerifyError::Wrong(why) => VerifyError::Wrong(format!("a frame with bit {bit} flipped: {why}")),
            other => other,
        })?;
    }
    Ok(())
}

/// Returns the message of a packet.
fn body(packet: &[u8]) -> &[u8] {
    &packet[3..packet.len() - 4]
}

fn versions<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    for version in [0, VERSION + 1, u8::MAX] {
        let packet = forge(version, wire.next(), body(&encode(0, &STEP)));
        let refused = Kind::Refused(RequestError::Version { spoken: VERSION });
        wire.answered(twin, &framed(&packet), 0, &[refused])?;
    }
    Ok(())
}

fn malformed<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let packet = encode(0, &STEP);
    let body = body(&packet);
    let bodies: [&[u8]; 6] = [
        &[],
        &[99],
        // A request with an extra byte.
        &[body, &[7]].concat(),
        // A request that announces more currents than it has.
        &[body[0], 200],
        // A load that ends after the name of its model.
        &[1, 0],
        &[0xff; 12],
    ];
    for body in bodies {
        let packet = forge(VERSION, wire.next(), body);
        wire.answered(twin, &framed(&packet), 0, &[Kind::Refused(RequestError::Malformed)])?;
    }
    Ok(())
}

/// The next host finds the state unchanged, and so does the first one.
fn vanishing<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let client = bench.board.client();
    let whole = framed(&encode(client.sequence().wrapping_add(1), &Request::Step { currents: &[1; 24] }));
    client.send(&whole[..whole.len() / 2])?;
    let mut other = Board::connect(client.port_mut())?;
    let (_, step) = other.describe()?;
    other.run(2)?;
    let last = other.client().sequence();
    stepped(twin, step, 0)?;
    twin.run(2)?;
    client.continue_after(last);
    Ok(())
}
