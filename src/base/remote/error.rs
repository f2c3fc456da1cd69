//! Errors of reading and writing objects, in sentences that say what to do.

use std::path::PathBuf;

use crate::base::progress::Cancelled;

/// Error of reading or writing an object. Addresses are without their secret parts.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The program was built without feature `cloud`.
    #[error("this build of the program opens no addresses, build it with --features cloud: {address}")]
    NotBuilt {
        /// The address.
        address: String,
    },
    /// The address is not one.
    #[error("{problem}: {address}")]
    Address {
        /// The problem, with an example.
        problem: &'static str,
        /// The address.
        address: String,
    },
    /// Nothing says who asks.
    #[error("no credentials for {address}: {advice}")]
    NoCredentials {
        /// The address.
        address: String,
        /// Ways to give credentials.
        advice: String,
    },
    /// The server knows who asks and refuses.
    #[error("access was refused ({code}), check the credentials and their permissions: {address}")]
    Refused {
        /// Code of the server.
        code: String,
        /// The address.
        address: String,
    },
    /// Credentials or a signature that held until a while ago.
    #[error("the credentials or the signature of the address have expired, get new ones: {address}")]
    Expired {
        /// The address.
        address: String,
    },
    /// The bucket lies elsewhere.
    #[error("the bucket lies in another region, set AWS_REGION={region}: {address}")]
    Region {
        /// The region, or a placeholder.
        region: String,
        /// The address.
        address: String,
    },
    /// The clocks differ by more than the server takes.
    #[error(
        "the clock of this machine differs too much from that of the server, set it (timedatectl set-ntp true): {address}"
    )]
    ClockSkew {
        /// The address.
        address: String,
    },
    /// There is no such object.
    #[error("there is no such object ({code}), check the bucket and the key: {address}")]
    Missing {
        /// Code of the server.
        code: String,
        /// The address.
        address: String,
    },
    /// The object has no bytes.
    #[error("the file is empty (0 bytes), upload it again: {address}")]
    Empty {
        /// The address.
        address: String,
    },
    /// A page for people in place of the object.
    #[error(
        "the server sent a web page in place of the file, which often is a page to log in: use an address that needs no \
         browser, such as a presigned one: {address}"
    )]
    WebPage {
        /// The address.
        address: String,
    },
    /// The server sends whole files only.
    #[error("the server sends no parts of files: {address}")]
    NoRanges {
        /// The address.
        address: String,
    },
    /// The object was replaced while it was read.
    #[error("the object was changed while it was read, open it again: {address}")]
    Changed {
        /// The address.
        address: String,
    },
    /// Nobody answers.
    #[error("cannot be reached ({problem}): {address}")]
    Unreachable {
        /// The problem.
        problem: String,
        /// The address.
        address: String,
    },
    /// The server reports an error of its own.
    #[error("the server failed ({problem}): {address}")]
    Server {
        /// The problem.
        problem: String,
        /// The address.
        address: String,
    },
    /// The cache cannot be used.
    #[error(
        "could not write the cache of remote files ({source}), free some space or name another folder in HARDCASE_CACHE: {}",
        path.display()
    )]
    Cache {
        /// Path in the cache.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// There is no folder for the cache.
    #[error("there is no folder for the cache of remote files, name one in HARDCASE_CACHE")]
    NoCache,
    /// The work was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
