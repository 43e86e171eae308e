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

/// Longest wait for the host to read what the node sends. A node must not wait for a host that has gone.
const PATIENCE: Duration = Duration::from_millis(100);
/// Longest sleep. The watchdog is fed after it.
const NAP: Duration = Duration::from_millis(100);

/// The USB serial port. USB flow control stops the host while the node is busy, so no byte is lost without a
/// ring buffer.
pub(crate) struct Port<'d> {
    receiver: UsbSerialJtagRx<'d, Blocking>,
    sender: UsbSerialJtagTx<'d, Blocking>,
    /// A byte that has been received but not yet read by the node.
    next: Option<u8>,
    /// Alarm that ends each sleep.
    alarm: PeriodicTimer<'d, Blocking>,
    /// Fed each time the node polls the port, which shows that its loop runs.
    watchdog: Rwdt,
}

impl<'d> Port<'d> {
    /// Creates the port. The watchdog must already run.
    pub(crate) fn new(mut usb: UsbSerialJtag<'d, Blocking>, alarm: Alarm<'d>, watchdog: Rwdt) -> Self {
        usb.set_interrupt_handler(woken);
        let (receiver, sender) = usb.split();
        let mut alarm = PeriodicTimer::new(alarm);
        alarm.set_interrupt_handler(woken);
        // The alarm takes periods of up to four seconds. If it refused this one, the watchdog would reset a
        // node that sleeps too long.
        _ = alarm.start(NAP);
        Self { receiver, sender, next: None, alarm, watchdog }
    }

    /// Whether a byte can be read.
    fn look(&mut self) -> bool {
        self.next = self.next.or_else(|| self.receiver.read_byte().ok());
        self.next.is_some()
    }

    /// Sleeps until a packet arrives or the alarm fires, unless a byte can be read.
    ///
    /// Interrupts are masked between the check and the sleep, so that none is lost in between. A masked
    /// interrupt still wakes the core.
    fn sleep(&mut self) {
        interrupt::free(|| {
            // Cleared before the check: a packet that arrives after it sets the flag again.
            self.receiver.reset_rx_packet_recv_interrupt();
            self.alarm.clear_interrupt();
            self.receiver.listen_rx_packet_recv_interrupt();
            self.alarm.listen();
            if !self.look() {
                wait_for_interrupt();
            }
            // In real-time mode these interrupts would only delay steps.
            self.alarm.unlisten();
            self.receiver.unlisten_rx_packet_recv_interrupt();
        });
    }
}

/// Does nothing: a sleep enables its interrupts only while all interrupts are masked.
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
    /// Writes fewer bytes than given once `PATIENCE` is over. The frame is then incomplete, and a host that
    /// comes back asks again.
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

    /// Starts the transfer to the host, and does not wait for its end.
    fn flush(&mut self) -> Result<(), Infallible> {
        _ = self.sender.flush_tx_nb();
        Ok(())
    }
}
