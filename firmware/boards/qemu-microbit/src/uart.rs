//! The UART of the nRF51, polled, on the pins that lead to the board's USB interface. Its buffer holds six
//! received bytes.

use core::mem::offset_of;

use glif_emulated::Polled;
use safe_mmio::fields::{ReadOnly, ReadPureWrite, WriteOnly};
use safe_mmio::{UniqueMmioPointer, field, field_shared};

/// Registers of the UART.
#[repr(C)]
pub(crate) struct Registers {
    start_receiving: WriteOnly<u32>,
    _stop: u32,
    start_sending: WriteOnly<u32>,
    _tasks: [u32; 63],
    received: ReadPureWrite<u32>,
    _between: [u32; 4],
    sent: ReadPureWrite<u32>,
    _events: [u32; 248],
    enable: ReadPureWrite<u32>,
    _reserved: [u32; 2],
    pin_to_send: ReadPureWrite<u32>,
    _clear_to_send: u32,
    pin_to_receive: ReadPureWrite<u32>,
    data_in: ReadOnly<u32>,
    data_out: WriteOnly<u32>,
    _gap: u32,
    baud: ReadPureWrite<u32>,
}
const _: () = {
    assert!(offset_of!(Registers, received) == 0x108);
    assert!(offset_of!(Registers, sent) == 0x11c);
    assert!(offset_of!(Registers, enable) == 0x500);
    assert!(offset_of!(Registers, pin_to_send) == 0x50c);
    assert!(offset_of!(Registers, baud) == 0x524);
};

/// Direction register of the pins. Writing a bit makes its pin an output.
#[repr(C)]
pub(crate) struct Directions {
    output: ReadPureWrite<u32>,
}

/// Value of `enable`, and value of `baud` for 115,200 bits per second.
const ENABLED: u32 = 4;
const BAUD: u32 = 0x01d7_e000;
/// P0.24 and P0.25.
const PIN_TO_SEND: u32 = 24;
const PIN_TO_RECEIVE: u32 = 25;

/// The UART.
pub(crate) struct Uart {
    registers: UniqueMmioPointer<'static, Registers>,
}

impl Uart {
    /// Enables the UART, 8N1.
    pub(crate) fn new(
        mut registers: UniqueMmioPointer<'static, Registers>,
        mut directions: UniqueMmioPointer<'static, Directions>,
    ) -> Self {
        field!(directions, output).write(1 << PIN_TO_SEND);
        field!(registers, pin_to_send).write(PIN_TO_SEND);
        field!(registers, pin_to_receive).write(PIN_TO_RECEIVE);
        field!(registers, baud).write(BAUD);
        field!(registers, enable).write(ENABLED);
        field!(registers, start_receiving).write(1);
        field!(registers, start_sending).write(1);
        Self { registers }
    }
}

impl Polled for Uart {
    fn ready(&self) -> bool {
        field_shared!(self.registers, received).read() != 0
    }

    fn take(&mut self) -> u8 {
        // Cleared before the read: the read moves the next byte to the front, which sets the event again.
        field!(self.registers, received).write(0);
        field!(self.registers, data_in).read() as u8
    }

    /// Sends a byte and waits until it is sent. The event for this comes once per byte, and never before the
    /// first byte.
    fn send(&mut self, byte: u8) {
        field!(self.registers, sent).write(0);
        field!(self.registers, data_out).write(u32::from(byte));
        while field_shared!(self.registers, sent).read() == 0 {}
    }

    /// Does nothing: `send` has already waited for every byte.
    fn drain(&mut self) {}
}
