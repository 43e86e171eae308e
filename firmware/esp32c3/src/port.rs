//! The USB serial port as the port of a node.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use esp_hal::Blocking;
use esp_hal::rtc_cntl::Rwdt;
use esp_hal::time::{Duration, Instant};
use esp_hal::usb::usb_serial_jtag::{UsbSerialJtag, UsbSerialJtagRx, UsbSerialJtagTx};

/// How long a host may leave its bytes where they are. A node must not wait for one that has gone.
const PATIENCE: Duration = Duration::from_millis(100);

/// USB holds the host back while the node is busy, so that nothing is lost without a ring.
pub(crate) struct Port<'d> {
    receiver: UsbSerialJtagRx<'d, Blocking>,
    sender: UsbSerialJtagTx<'d, Blocking>,
    /// Looked at, and not yet read.
    next: Option<u8>,
    /// Fed at each look, as the node's loop turns then.
    watchdog: Rwdt,
}

impl<'d> Port<'d> {
    /// The watchdog has been started.
    pub(crate) fn new(usb: UsbSerialJtag<'d, Blocking>, watchdog: Rwdt) -> Self {
        let (receiver, sender) = usb.split();
        Self { receiver, sender, next: None, watchdog }
    }
}

impl ErrorType for Port<'_> {
    type Error = Infallible;
}

impl ReadReady for Port<'_> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        self.watchdog.feed();
        self.next = self.next.or_else(|| self.receiver.read_byte().ok());
        Ok(self.next.is_some())
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
