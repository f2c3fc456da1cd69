//! Objects in a build without feature `cloud`: there are none.

use std::convert::Infallible;
use std::ops::Range;

use crate::base::progress::Progress;
use crate::base::remote::error::RemoteError;
use crate::base::remote::{Address, Entry, Identity, Piece, Put, TakeRange};

/// An object, or a prefix.
#[derive(Clone, Debug)]
pub struct Object(Infallible);

impl Object {
    /// Refuses the address.
    pub fn open(address: &Address) -> Result<Self, RemoteError> {
        Err(RemoteError::NotBuilt { address: address.to_string() })
    }

    /// Its address.
    pub fn address(&self) -> &Address {
        match self.0 {}
    }

    /// Another object of the same bucket.
    pub fn at(&self, _address: &Address) -> Result<Self, RemoteError> {
        match self.0 {}
    }

    /// Its last bytes.
    pub fn tail(&self, _count: u64) -> Result<Piece, RemoteError> {
        match self.0 {}
    }

    /// Its first bytes.
    pub fn beginning(&self, _count: u64) -> Result<Piece, RemoteError> {
        match self.0 {}
    }

    /// Its parts.
    pub fn ranges(
        &self,
        _identity: &Identity,
        _ranges: &[Range<u64>],
        _take: &mut TakeRange<'_>,
    ) -> Result<(), RemoteError> {
        match self.0 {}
    }

    /// All of it.
    pub fn whole(
        &self,
        _take: &mut dyn FnMut(&[u8]) -> Result<(), RemoteError>,
        _progress: &Progress,
    ) -> Result<(), RemoteError> {
        match self.0 {}
    }

    /// A small object.
    pub fn read(&self) -> Result<Option<Vec<u8>>, RemoteError> {
        match self.0 {}
    }

    /// Creates it unless it exists.
    pub fn create(&self, _content: &[u8]) -> Result<Put, RemoteError> {
        match self.0 {}
    }

    /// Writes it.
    pub fn put(&self, _content: &[u8]) -> Result<(), RemoteError> {
        match self.0 {}
    }

    /// Refuses.
    pub fn check_writable(&self) -> Result<(), RemoteError> {
        match self.0 {}
    }

    /// Objects below it.
    pub fn list(&self, _deep: bool) -> Result<Vec<Entry>, RemoteError> {
        match self.0 {}
    }
}
