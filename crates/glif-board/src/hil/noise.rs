//! What may arrive on a line beside good requests. The board answers or waits; it never steps twice, and never for
//! something that is not a whole request.

use std::io::{Read, Write};

use glif_link::frame::END;
use glif_link::{PacketError, Reply, Request, RequestError, VERSION};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::VerifyError;
use super::bench::Bench;
use super::refusals::each;
use super::twin::{Act, Twin};
use super::wire::{Answer, Wire, encode, forge};
use crate::Board;
use crate::client::{framed, shown};

/// A step on held currents: the request that must not be done twice.
const STEP: Request<'static> = Request::Step { currents: &[] };

/// All of them.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    each(
        bench,
        &[
            ("a duplicate request", duplicate),
            ("a request torn and sent again", torn_and_resent),
            ("a number used for another request", reused),
            ("numbers from the past", stale),
            ("copies out of order", reordered),
            ("zeros", zeros),
            ("garbage", garbage),
            ("torn frames", torn),
            ("frames that are too long", too_long),
            ("flipped bits", flipped),
            ("unknown versions", versions),
            ("requests that are none", malformed),
            ("a host that vanishes in mid-frame", vanishing),
        ],
    );
}

fn require(holds: bool, told: impl FnOnce() -> String) -> Result<(), VerifyError> {
    if holds { Ok(()) } else { Err(VerifyError::Wrong(told())) }
}

/// The board must have done so many steps more than before, and the host does them too.
fn stepped(twin: &mut Twin, step: u64, expected: u64) -> Result<(), VerifyError> {
    twin.act(Act::Steps(expected))?;
    let now = twin.steps();
    require(step == now, || format!("the board has done {step} steps; {now} were asked for"))
}

fn is_step(answer: &Answer) -> bool {
    matches!(answer.reply(), Some(Reply::Ran { done: 1, .. }))
}

fn is_refused(answer: &Answer, reason: &RequestError) -> bool {
    matches!(answer.reply(), Some(Reply::Refused(refusal)) if refusal == *reason)
}

/// The answers must be of these kinds, in this order.
fn expect(answers: &[Answer], kinds: &[&dyn Fn(&Answer) -> bool]) -> Result<(), VerifyError> {
    let fit = answers.len() == kinds.len() && answers.iter().zip(kinds).all(|(answer, kind)| kind(answer));
    require(fit, || {
        let replies: Vec<_> = answers.iter().map(Answer::reply).collect();
        format!("the answers were {}", shown(&replies))
    })
}

/// Nothing but complaints about noise, one at least.
fn expect_noise(answers: &[Answer]) -> Result<(), VerifyError> {
    let noise = |answer: &Answer| matches!(answer.reply(), Some(Reply::Unreadable(_)));
    require(!answers.is_empty() && answers.iter().all(noise), || {
        let replies: Vec<_> = answers.iter().map(Answer::reply).collect();
        format!("noise was answered by {}", shown(&replies))
    })
}

fn duplicate<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let number = wire.next();
    let copy = framed(&encode(number, &STEP));
    let (answers, step) = wire.exchange(&copy.repeat(3))?;
    stepped(twin, step, 1)?;
    expect(&answers, &[&is_step, &is_step, &is_step])?;
    let same = answers.iter().all(|answer| answer.sequence == number && answer.reply() == answers[0].reply());
    require(same, || format!("copies were answered differently: {}", shown(&answers)))
}

fn torn_and_resent<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let whole = framed(&encode(wire.next(), &STEP));
    let noise = |answer: &Answer| matches!(answer.reply(), Some(Reply::Unreadable(_)));
    let (answers, step) = wire.exchange(&[&whole[..whole.len() / 2], &whole].concat())?;
    stepped(twin, step, 1)?;
    expect(&answers, &[&noise, &is_step])
}

fn reused<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let number = wire.next();
    let other = Request::Run { steps: 3, digest: false };
    let (answers, step) = wire.exchange(&[framed(&encode(number, &STEP)), framed(&encode(number, &other))].concat())?;
    stepped(twin, step, 1)?;
    expect(&answers, &[&is_step, &|answer| is_refused(answer, &RequestError::Reused)])
}

fn stale<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    for behind in [1, 2, 100, 0x7fff] {
        let last = wire.next();
        let old = framed(&encode(last.wrapping_sub(behind), &STEP));
        let (answers, step) = wire.exchange(&[framed(&encode(last, &Request::Describe)), old].concat())?;
        stepped(twin, step, 0)?;
        let loaded = |answer: &Answer| matches!(answer.reply(), Some(Reply::Loaded { .. }));
        expect(&answers, &[&loaded, &|answer| is_refused(answer, &RequestError::Stale { last })])?;
    }
    Ok(())
}

fn reordered<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let (first, last) = (wire.next(), wire.next());
    let (one, two) = (framed(&encode(first, &STEP)), framed(&encode(last, &STEP)));
    let old = |answer: &Answer| is_refused(answer, &RequestError::Stale { last });
    let (answers, step) = wire.exchange(&[&one[..], &two, &one, &two].concat())?;
    stepped(twin, step, 2)?;
    expect(&answers, &[&is_step, &is_step, &old, &is_step])?;
    // The later one first: the earlier one is then a thing of the past.
    let (first, last) = (wire.next(), wire.next());
    let old = |answer: &Answer| is_refused(answer, &RequestError::Stale { last });
    let (one, two) = (framed(&encode(first, &STEP)), framed(&encode(last, &STEP)));
    let (answers, step) = wire.exchange(&[two, one].concat())?;
    stepped(twin, step, 1)?;
    expect(&answers, &[&is_step, &old])
}

fn zeros<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let (answers, step) = Wire::new(bench.board.client()).exchange(&[END; 64])?;
    stepped(twin, step, 0)?;
    expect(&answers, &[])
}

fn garbage<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut rng = ChaCha8Rng::seed_from_u64(bench.options.seed);
    let mut wire = Wire::new(bench.board.client());
    for length in [1, 3, 40, 300] {
        let mut bytes = vec![0; length];
        rng.fill_bytes(&mut bytes);
        // Something that is no empty frame, whatever was drawn.
        bytes[0] |= 2;
        let (answers, step) = wire.exchange(&bytes)?;
        stepped(twin, step, 0)?;
        expect_noise(&answers)?;
    }
    Ok(())
}

fn torn<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let whole = encode(wire.next(), &Request::Step { currents: &[1; 24] });
    let wire_bytes = framed(&whole);
    // From one byte behind the first end to all but one before the last.
    for length in 2..wire_bytes.len() - 1 {
        let (answers, step) = wire.exchange(&[&wire_bytes[..length], &[END]].concat())?;
        stepped(twin, step, 0)?;
        expect_noise(&answers)?;
    }
    Ok(())
}

fn too_long<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let most = bench.board.identity().frame;
    let mut wire = Wire::new(bench.board.client());
    for length in [most, 2 * most] {
        let packet = forge(VERSION, wire.next(), &vec![1; length]);
        let (answers, step) = wire.exchange(&framed(&packet))?;
        stepped(twin, step, 0)?;
        let reason = PacketError::TooLong { most: most as u32 };
        expect(&answers, &[&|answer| answer.reply() == Some(Reply::Unreadable(reason))])?;
    }
    Ok(())
}

/// Each bit of a frame, its ends included.
fn flipped<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let every = if bench.options.quick { 7 } else { 1 };
    let mut wire = Wire::new(bench.board.client());
    let whole = framed(&encode(wire.next(), &Request::Step { currents: &[1; 24] }));
    for bit in (0..8 * whole.len()).step_by(every) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (answers, step) = wire.exchange(&bytes)?;
        stepped(twin, step, 0).map_err(|_| VerifyError::Wrong(format!("a frame with bit {bit} flipped was done")))?;
        expect_noise(&answers)?;
    }
    Ok(())
}

fn versions<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    for version in [0, VERSION + 1, u8::MAX] {
        let number = wire.next();
        let packet = encode(number, &STEP);
        let body = &packet[3..packet.len() - 4];
        let (answers, step) = wire.exchange(&framed(&forge(version, number, body)))?;
        stepped(twin, step, 0)?;
        expect(&answers, &[&|answer| is_refused(answer, &RequestError::Version { spoken: VERSION })])?;
    }
    Ok(())
}

fn malformed<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let mut wire = Wire::new(bench.board.client());
    let packet = encode(0, &STEP);
    let body = &packet[3..packet.len() - 4];
    let bodies: [&[u8]; 6] = [
        &[],
        &[99],
        // A request with something behind it.
        &[body, &[7]].concat(),
        // A request of more currents than there are.
        &[body[0], 200],
        // A load that ends after its model's name.
        &[1, 0],
        &[0xff; 12],
    ];
    for body in bodies {
        let packet = forge(VERSION, wire.next(), body);
        let (answers, step) = wire.exchange(&framed(&packet))?;
        stepped(twin, step, 0)?;
        expect(&answers, &[&|answer| is_refused(answer, &RequestError::Malformed)])?;
    }
    Ok(())
}

/// The next host finds everything as it was, and so does the first one.
fn vanishing<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let client = bench.board.client();
    let whole = framed(&encode(client.sequence().wrapping_add(1), &Request::Step { currents: &[1; 24] }));
    let port = client.port_mut();
    port.write_all(&whole[..whole.len() / 2]).map_err(crate::LinkError::from)?;
    let mut other = Board::connect(port)?;
    let (_, step) = other.describe()?;
    other.run(2)?;
    let last = other.client().sequence();
    stepped(twin, step, 0)?;
    twin.act(Act::Steps(2))?;
    client.continue_after(last);
    Ok(())
}
