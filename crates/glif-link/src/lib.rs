//! The link between a host and a board: typed requests and replies over any stream of bytes.
//!
//! | layer | module | content |
//! |---|---|---|
//! | framing | [`frame`] | COBS, so that a zero byte always ends a frame |
//! | packets | [`packet`] | version, sequence number, body, CRC-32 |
//! | messages | [`message`] | [`Request`] and [`Reply`], in postcard |
//! | populations | [`model`] | the population that a board is to run |
//! | networks | [`network`] | the network that a board is to run, in parts |
//! | spikes | [`spikes`] | events or a packed set, whichever is shorter |
//! | failures | [`request_error`] | every reason why a request is not done |
//!
//! One request is in flight at a time. A host that receives no reply sends the same bytes again. A board that
//! has already executed the request with that sequence number only repeats its reply. `docs/link.md` of the
//! repository describes every byte.
//!
//! ```
//! use glif_link::{Reply, Request, packet};
//!
//! let mut buffer = [0; 64];
//! let sent = packet::encode(7, &Request::Step { currents: &[] }, &mut buffer).unwrap();
//! assert_eq!(packet::open(sent).unwrap().sequence, 7);
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate std;

pub mod frame;
pub mod message;
pub mod model;
pub mod network;
pub mod packet;
pub mod request_error;
pub mod spikes;

pub use message::{Cost, Field, Identity, Pace, Reply, Request};
pub use model::Model;
pub use network::{NetworkProblem, Part};
pub use request_error::{Capacity, PacketError, RequestError};

/// Version of the protocol: the first byte of every packet.
pub const VERSION: u8 = 7;
