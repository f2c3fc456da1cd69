//! Places where the files of a run lie. A place is a kind: one file ending in a `static KIND`, and its line below.

use std::path::Path;

use crate::base::remote::RemoteError;

pub mod bucket;
pub mod folder;

/// A place where the files of a run lie. Names have slashes between their parts: `parts/000123.state`.
pub trait Store: Send + Sync {
    /// The content of a file; `None` if there is none of that name.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Creates a file as a whole, unless there is one: of several writers at the same time exactly one is told
    /// [`Created::New`]. A reader sees all of a file or none of it.
    fn create(&self, name: &str, content: &[u8]) -> Result<Created, StoreError>;
    /// Names of the files of a folder with their sizes in bytes, sorted by name; none if there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, StoreError>;
}

/// Outcome of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The file is there now.
    New,
    /// There was one, which stays as it is.
    Exists,
}

/// A kind of places.
pub struct StoreKind {
    /// Name in messages: `a folder`.
    pub title: &'static str,
    /// Schemes of its addresses, without `://`; `""` is a plain path.
    pub schemes: &'static [&'static str],
    /// Opens the place of an address, whether there is something or not.
    pub open: fn(&Path) -> Result<Box<dyn Store>, StoreError>,
}

/// Every kind of places.
pub static KINDS: &[&StoreKind] = &[&folder::KIND, &bucket::KIND];

/// Error of reading or writing the files of a run.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No kind has this scheme.
    #[error("a run cannot lie at {scheme}://, name {known}")]
    Scheme {
        /// The scheme.
        scheme: String,
        /// Known kinds.
        known: String,
    },
    /// The address is not one of its scheme.
    #[error("{problem}: {address}")]
    Address {
        /// The problem.
        problem: &'static str,
        /// The address.
        address: String,
    },
    /// Object storage failed or refused.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A file cannot be read.
    #[error("could not read a file of the run: {source}: {name}")]
    Read {
        /// Name of the file.
        name: String,
        /// The reason.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("could not write a file of the run, is there room and permission? {source}: {name}")]
    Write {
        /// Name of the file.
        name: String,
        /// The reason.
        source: std::io::Error,
    },
}

/// The scheme of an address, and what follows; a plain path has the scheme `""`.
pub fn parted(address: &str) -> (&str, &str) {
    let known = |scheme: &str| {
        let mut letters = scheme.chars();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    address.split_once("://").filter(|(scheme, _)| known(scheme)).unwrap_or(("", address))
}

/// Opens the place of an address: a path, or a URL whose scheme a kind knows.
pub fn open(address: &Path) -> Result<Box<dyn Store>, StoreError> {
    let text = address.to_string_lossy();
    let (scheme, _) = parted(&text);
    let kind = KINDS.iter().find(|kind| kind.schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme)));
    if let Some(kind) = kind {
        return (kind.open)(address);
    }
    let known = KINDS.iter().map(|kind| kind.title).collect::<Vec<_>>().join(", ");
    Err(StoreError::Scheme { scheme: scheme.to_owned(), known })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_scheme_or_are_paths() {
        assert_eq!(parted("s3://bucket/run"), ("s3", "bucket/run"));
        assert_eq!(parted("file:///mnt/run"), ("file", "/mnt/run"));
        for path in ["/mnt/run", "C:\\run", "run", "1://a", "a b://c"] {
            assert_eq!(parted(path), ("", path));
        }
        let refused = open(Path::new("ftp://host/run")).err().unwrap().to_string();
        assert!(refused.contains("ftp://") && refused.contains("folder"), "{refused}");
    }
}
