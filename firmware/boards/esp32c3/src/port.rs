//! The USB serial port as the port of a node.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use esp_hal::Blocking;
use esp_hal::interrupt::wait_for_interrupt;
use esp_hal::riscv::interrupt;
use esp_hal::rtc_cntl::Rwdt;
use esp_hal::time::{Duration, Instant};
use esp_hal::timer::PeriodicTimer;
use esp_hal::timer::systimer::Alarm;
use esp_hal::usb::usb_serial_jtag::{UsbSerialJtag, UsbSerialJtagRx, UsbSerialJtagTx};

/// How long a host may leave its bytes where they are. A node must not wait for one that has gone.
const PATIENCE: Duration = Duration::from_millis(100);
/// The longest sleep, after which the watchdog is fed.
const NAP: Duration = Duration::from_millis(100);

/// USB holds the host back while the node is busy, so that nothing is lost without a ring.
pub(crate) struct Port<'d> {
    receiver: UsbSerialJtagRx<'d, Blocking>,
    sender: UsbSerialJtagTx<'d, Blocking>,
    /// Looked at, and not yet read.
    next: Option<u8>,
    /// Ends each sleep.
    alarm: PeriodicTimer<'d, Blocking>,
    /// Fed at each look, as the node's loop turns then.
    watchdog: Rwdt,
}

impl<'d> Port<'d> {
    /// The watchdog has been started.
    pub(crate) fn new(mut usb: UsbSerialJtag<'d, Blocking>, alarm: Alarm<'d>, watchdog: Rwdt) -> Self {
        usb.set_interrupt_handler(woken);
        let (receiver, sender) = usb.split();
        let mut alarm = PeriodicTimer::new(alarm);
        alarm.set_interrupt_handler(woken);
        // It counts to four seconds. Were it refused, the watchdog would reset a node that slept too long.
        _ = alarm.start(NAP);
        Self { receiver, sender, next: None, alarm, watchdog }
    }

    /// Whether a byte is there.
    fn look(&mut self) -> bool {
        self.next = self.next.or_else(|| self.receiver.read_byte().ok());
        self.next.is_some()
    }

    /// Sleeps until a packet or the alarm comes, unless a byte is there.
    ///
    /// Interrupts are masked from the look to the sleep, so that none gets lost in between: a masked one wakes the core too.
    fn sleep(&mut self) {
        interrupt::free(|| {
            // Cleared before the look: a packet that comes after it sets the flag anew.
            self.receiver.reset_rx_packet_recv_interrupt();
            self.alarm.clear_interrupt();
            self.receiver.listen_rx_packet_recv_interrupt();
            self.alarm.listen();
            if !self.look() {
                wait_for_interrupt();
            }
            // In real-time mode they would only make steps late.
            self.alarm.unlisten();
            self.receiver.unlisten_rx_packet_recv_interrupt();
        });
    }
}

/// Has nothing to do: a sleep enables its interrupts only while all are masked.
#[esp_hal::handler]
fn woken() {}

impl ErrorType for Port<'_> {
    type Error = Infallible;
}

impl ReadReady for Port<'_> {
    /// Does not sleep: in real-time mode a step may be due before the next byte.
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        self.watchdog.feed();
        Ok(self.look())
    }
}

impl Read for Port<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let Some((first, rest)) = bytes.split_first_mut() else {
            return Ok(0);
        };
        *first = loop {
            if self.read_ready()?
                && let Some(byte) = self.next.take()
            {
                break byte;
            }
            self.sleep();
        };
        let more = rest.iter_mut().map_while(|place| self.receiver.read_byte().ok().map(|byte| *place = byte));
        Ok(1 + more.count())
    }
}

impl Write for Port<'_> {
    /// Takes less than all once patience has run out: the frame is torn then, and a host that comes back asks again.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let began = Instant::now();
        let mut sent = 0;
        for byte in bytes {
            while self.sender.write_byte_nb(*byte).is_err() {
                if began.elapsed() > PATIENCE {
                    return Ok(sent);
                }
            }
            sent += 1;
        }
        Ok(sent)
    }

    /// Lets the host have what there is, and does not wait until it has.
    fn flush(&mut self) -> Result<(), Infallible> {
        _ = self.sender.flush_tx_nb();
        Ok(())
    }
}
