//! Spikes on pins: which pins, in which order, and for how long.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_hal_mock::eh1::MockError;
use embedded_hal_mock::eh1::delay::{CheckedDelay, NoopDelay, Transaction as Wait};
use embedded_hal_mock::eh1::digital::{Mock, State, Transaction};
use glif_node::{Outputs, Pulses};

fn pulse() -> [Transaction; 2] {
    [Transaction::set(State::High), Transaction::set(State::Low)]
}

/// Bit i of the words is pin i, across word boundaries too; no other pin changes.
#[test]
fn each_pin_follows_its_neuron() {
    let words = [1 << 31 | 1 << 5, 1, 1 << 3];
    let expected = |pin: usize| if [5, 31, 32, 67].contains(&pin) { pulse().to_vec() } else { Vec::new() };
    let pins = core::array::from_fn::<_, 70, _>(|pin| Mock::new(&expected(pin)));
    let mut outputs = Pulses { pins, delay: NoopDelay::new(), width: 1 };
    outputs.pulse(&words);
    outputs.pins.iter_mut().for_each(Mock::done);
}

/// One wait of one width per step, for any number of pins; none without a spike.
#[test]
fn pulse_width_is_waited_once_per_step() {
    let fires = [pulse(), pulse()].concat();
    let mut outputs = Pulses {
        pins: [Mock::new(&fires), Mock::new(&fires)],
        delay: CheckedDelay::new(&[Wait::delay_ns(25_000), Wait::delay_ns(25_000)]),
        width: 25_000,
    };
    for spikes in [0, 0b11, 0, 0b11, 0b100] {
        outputs.pulse(&[spikes]);
    }
    outputs.pins.iter_mut().for_each(Mock::done);
    outputs.delay.done();
}

/// The safe state of a pin is low, whether it has pulsed or not. A broken pin does not keep the others from
/// it.
#[test]
fn a_clear_drives_every_pin_low() {
    let low = Transaction::set(State::Low);
    let broken = low.clone().with_error(MockError::Io(std::io::ErrorKind::Other));
    let pins = [Mock::new(&[broken]), Mock::new(std::slice::from_ref(&low)), Mock::new(&[low])];
    let mut outputs = Pulses { pins, delay: NoopDelay::new(), width: 1 };
    outputs.clear();
    outputs.pins.iter_mut().for_each(Mock::done);
}

/// With more pins than neurons, or no pins, no pin changes that should not.
#[test]
fn pins_without_neurons() {
    let pins = core::array::from_fn::<_, 40, _>(|_| Mock::new(&[]));
    let mut outputs = Pulses { pins, delay: CheckedDelay::new(&[]), width: 9 };
    outputs.pulse(&[]);
    outputs.pulse(&[0]);
    outputs.pins.iter_mut().for_each(Mock::done);
    outputs.delay.done();
    let mut none = Pulses::<Mock, _, 0> { pins: [], delay: CheckedDelay::new(&[]), width: 9 };
    none.pulse(&[!0]);
    none.delay.done();
}

/// A broken pin does not stop the pulses of the others.
#[test]
fn failing_pin_does_not_stop_the_others() {
    let broken = MockError::Io(std::io::ErrorKind::Other);
    let fails =
        [Transaction::set(State::High).with_error(broken.clone()), Transaction::set(State::Low).with_error(broken)];
    let mut outputs = Pulses { pins: [Mock::new(&fails), Mock::new(&pulse())], delay: NoopDelay::new(), width: 1 };
    outputs.pulse(&[0b11]);
    outputs.pins.iter_mut().for_each(Mock::done);
}

/// The recorded events of all pins and the delay, in order.
type Tape = Rc<RefCell<Vec<String>>>;

struct Recorded(usize, Tape);

impl ErrorType for Recorded {
    type Error = Infallible;
}

impl OutputPin for Recorded {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.1.borrow_mut().push(format!("{} low", self.0));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.1.borrow_mut().push(format!("{} high", self.0));
        Ok(())
    }
}

impl DelayNs for Recorded {
    fn delay_ns(&mut self, ns: u32) {
        self.1.borrow_mut().push(format!("{ns} ns"));
    }
}

#[test]
fn all_pins_are_high_for_the_whole_width() {
    let tape = Tape::default();
    let pins = core::array::from_fn::<_, 3, _>(|pin| Recorded(pin, tape.clone()));
    Pulses { pins, delay: Recorded(9, tape.clone()), width: 500 }.pulse(&[0b101]);
    assert_eq!(*tape.borrow(), ["0 high", "2 high", "500 ns", "0 low", "2 low"]);
}
