//! Files in object storage and on web servers, by their addresses: `s3://`, `gs://`, `az://`, `https://`, `http://`.
//!
//! An address travels as a path, so that it can be given wherever a file can. What is secret of it, the query of a presigned
//! URL and a password, stays in this process and is in no path and no message. Calls block. Without feature `cloud` every
//! address is refused in a sentence.

pub mod address;
pub mod cache;
pub mod download;
pub mod error;
mod small;
pub mod sparse;

#[cfg(feature = "cloud")]
mod connector;
#[cfg(feature = "cloud")]
mod credentials;
#[cfg(feature = "cloud")]
mod failures;
#[cfg(not(feature = "cloud"))]
#[path = "without.rs"]
pub mod object;
#[cfg(feature = "cloud")]
pub mod object;

use std::ops::Range;

pub use address::{Address, is_remote};
pub use error::RemoteError;

/// Validators of an object: what must stay the same while it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Size in bytes.
    pub size: u64,
    /// The entity tag, where the server has one.
    pub etag: Option<String>,
    /// Time of the last change in nanoseconds since 1970; 0 where the server has none.
    pub modified: i64,
}

impl Identity {
    /// True if the server says anything by which a change of the same size is noticed.
    pub fn is_certain(&self) -> bool {
        self.etag.is_some() || self.modified != 0
    }
}

/// Receiver of the parts of an object, in any order.
pub type TakeRange<'a> = dyn FnMut(Range<u64>, &[u8]) -> Result<(), RemoteError> + 'a;

/// Bytes of an object with its identity.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Identity of the object.
    pub identity: Identity,
    /// Position of the first byte.
    pub start: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Ranges of at most [`PART`] bytes that cover a range.
fn parts_of(range: Range<u64>) -> Vec<Range<u64>> {
    let starts = (range.start..range.end).step_by(PART as usize);
    starts.map(|start| start..(start + PART).min(range.end)).collect()
}

/// Longest part of a file that is asked for at once.
const PART: u64 = 8 << 20;

/// An object of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its address.
    pub address: Address,
    /// Size in bytes.
    pub size: u64,
}

/// Outcome of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The object is there now.
    New,
    /// There was one, which stays as it is.
    Exists,
}
