//! Why a request has no answer, and how messages of the link are told.

use std::fmt::{self, Debug};
use std::time::Duration;

use glif::{limits, text};
use glif_link::{Reply, Request, RequestError};
use thiserror::Error;

/// Why a request has no answer, or not the one that was hoped for.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The port's reason.
    #[error("the port failed: {0}")]
    Port(std::io::Error),
    /// No reply, however often it was asked.
    #[error(
        "no reply to {request} within {:.1} s, asked {attempts} times{}; is the board running this firmware, and nobody else using the port?",
        .waited.as_secs_f32(),
        .heard.as_ref().map_or(String::new(), |heard| format!(" (heard: {heard})"))
    )]
    Silent {
        /// What was asked.
        request: String,
        /// How long in all.
        waited: Duration,
        /// How often.
        attempts: u32,
        /// The last thing that came instead, if anything did.
        heard: Option<String>,
    },
    /// The board's reason for not doing it.
    #[error("{0}")]
    Refused(RequestError),
    /// The board has been reset or has lost its power, and with it what was loaded.
    #[error("the board has started anew and lost its population; load it again")]
    Restarted,
    /// A reply that does not belong to the request.
    #[error("{request} was answered by {reply}")]
    Unexpected {
        /// What was asked.
        request: String,
        /// What came.
        reply: String,
    },
    /// A request that is longer than any packet can be.
    #[error("{request} does not fit a packet of {most} bytes")]
    TooLong {
        /// What was to be asked.
        request: String,
        /// The most.
        most: usize,
    },
    /// What the board cannot be asked at all.
    #[error("{0}")]
    Unsuitable(String),
    /// An answer of the right kind that cannot be true.
    #[error("{0}")]
    Broken(String),
}

// By hand: a source that its own message has told would be told twice.
impl From<std::io::Error> for LinkError {
    fn from(error: std::io::Error) -> Self {
        Self::Port(error)
    }
}

/// The kind of a request or a reply, for messages.
pub(crate) fn kind(message: &impl Debug) -> String {
    let text = shown(message);
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    format!("`{}`", &text[..end])
}

/// What a board has sent, as `{:?}` has it, but in one line of bounded length: a reply may hold a name of 60,000 characters or a
/// record of as many bytes.
pub(crate) fn shown(message: &impl Debug) -> String {
    struct Bounded(String);
    impl fmt::Write for Bounded {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let most = 4 * limits::PRINTED;
            for character in text.chars() {
                if self.0.len() >= most {
                    return Err(fmt::Error);
                }
                self.0.push(character);
            }
            Ok(())
        }
    }
    let mut all = Bounded(String::new());
    let whole = fmt::Write::write_fmt(&mut all, format_args!("{message:?}")).is_ok();
    let shown = text::printable(&all.0, limits::PRINTED);
    match shown.rfind('…') {
        // How long all of it is, was not counted.
        Some(at) => format!("{}…", &shown[..at]),
        None if !whole => format!("{shown}…"),
        None => shown,
    }
}

/// A reply of the wrong kind.
pub(crate) fn unexpected(request: &Request<'_>, reply: &Reply<'_>) -> LinkError {
    LinkError::Unexpected { request: kind(request), reply: kind(reply) }
}
