//! Errors of a request, and short descriptions of the link's messages.

use std::fmt::{self, Debug};
use std::time::Duration;

use glif::{limits, text};
use glif_link::{Reply, Request, RequestError};
use thiserror::Error;

/// What helps if a node has no room for a network.
pub(crate) const FREEZE: &str = "`glif freeze` makes a program without the node, with the weights in flash";

/// Reason why a request failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The port failed, for this reason.
    #[error("the port failed: {0}")]
    Port(std::io::Error),
    /// No reply arrived, in spite of repeated requests.
    #[error(
        "no reply to {request} within {:.1} s after {attempts} attempts{}\nhelp: check that the board runs this firmware and that no other program uses the port",
        .waited.as_secs_f32(),
        .heard.as_ref().map_or(String::new(), |heard| format!(" (heard: {heard})"))
    )]
    Silent {
        /// Kind of the request.
        request: String,
        /// Total waiting time.
        waited: Duration,
        /// Number of times the request was sent.
        attempts: u32,
        /// What arrived last instead of a reply, if anything.
        heard: Option<String>,
    },
    /// The board refused the request, for this reason.
    #[error("{0}")]
    Refused(RequestError),
    /// The board refused a part of a network, for this reason.
    #[error("{of}: {refusal}")]
    Part {
        /// The population or the projection.
        of: String,
        /// The reason.
        refusal: RequestError,
    },
    /// The board has no room for the arrays of a network.
    #[error("{of}: {refusal}\nhelp: the network takes {needed} words of four bytes, {} more than the board has; {FREEZE}", needed.saturating_sub(*most))]
    Room {
        /// The population or the projection that was too much.
        of: String,
        /// The reason.
        refusal: RequestError,
        /// Words that the whole network takes.
        needed: usize,
        /// Words of the board.
        most: usize,
    },
    /// The board has been reset or has lost its power, and with it the loaded population.
    #[error("the board has restarted and lost its population\nhelp: load it again")]
    Restarted,
    /// The reply does not belong to the request.
    #[error("{request} was answered by {reply}")]
    Unexpected {
        /// Kind of the request.
        request: String,
        /// Kind of the reply.
        reply: String,
    },
    /// The request is longer than the longest packet.
    #[error("{request} does not fit a packet of {most} bytes")]
    TooLong {
        /// Kind of the request.
        request: String,
        /// Length of the longest packet, bytes.
        most: usize,
    },
    /// No board can do what was requested.
    #[error("{0}")]
    Unsuitable(String),
    /// The reply is of the right kind, but its content is impossible.
    #[error("{0}")]
    Broken(String),
}

// Not `#[from]`: the message already contains the source, which would then be printed twice.
impl From<std::io::Error> for LinkError {
    fn from(error: std::io::Error) -> Self {
        Self::Port(error)
    }
}

/// Returns the kind of a request or a reply, for messages.
pub(crate) fn kind(message: &impl Debug) -> String {
    let text = shown(message);
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    format!("`{}`", &text[..end])
}

/// Formats what a board sent as `{:?}` does, but in one line of bounded length: a reply may contain a name of
/// 60,000 characters, or a record of as many bytes.
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
        // The length that `printable` appends is dropped: it is not that of the whole text.
        Some(at) => format!("{}…", &shown[..at]),
        None if !whole => format!("{shown}…"),
        None => shown,
    }
}

/// Returns the error for a reply of the wrong kind.
pub(crate) fn unexpected(request: &Request<'_>, reply: &Reply<'_>) -> LinkError {
    LinkError::Unexpected { request: kind(request), reply: kind(reply) }
}
