//! A folder that every machine sees, by its path or as `file://`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::base::files::{self, visible_in};
use crate::base::outputs;
use crate::shards::store::{Created, Store, StoreError, StoreKind, parted};

/// Runs in a folder.
pub static KIND: StoreKind =
    StoreKind { title: "a folder (a path, or file:///path)", schemes: &["", "file"], open };

struct Folder {
    path: PathBuf,
}

fn open(address: &Path) -> Result<Box<dyn Store>, StoreError> {
    Ok(Box::new(Folder { path: path_of(address)? }))
}

/// The path of a folder's address.
pub fn path_of(address: &Path) -> Result<PathBuf, StoreError> {
    let text = address.to_string_lossy();
    let (scheme, rest) = parted(&text);
    if scheme.is_empty() {
        return Ok(address.to_owned());
    }
    let wrong = |problem| StoreError::Address { problem, address: text.clone().into_owned() };
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err(wrong("a file URL needs an absolute path, like file:///mnt/run"));
    }
    let path =
        decoded(path).ok_or_else(|| wrong("the percent signs of the URL are not followed by two digits"))?;
    // `file:///C:/run` is a drive on Windows.
    let drive = cfg!(windows) && path.get(2..3) == Some(":");
    Ok(PathBuf::from(if drive { path.trim_start_matches('/') } else { path.as_str() }))
}

/// The text with `%20` and its kind as characters (RFC 3986, section 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            bytes.push((digit(rest.next())? * 16 + digit(rest.next())?) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

impl Folder {
    fn path_of(&self, name: &str) -> io::Result<PathBuf> {
        outputs::within(&self.path, Path::new(name))
    }

    /// Writes the content beside its place and links it there, which fails where there is something (POSIX `link`).
    fn link(&self, name: &str, content: &[u8]) -> io::Result<Created> {
        let path = self.path_of(name)?;
        let mut file = files::beside(&path)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        match fs::hard_link(file.path(), &path) {
            Ok(()) => Ok(Created::New),
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(Created::Exists),
            Err(err) if err.kind() == io::ErrorKind::Unsupported => Err(io::Error::new(
                err.kind(),
                "the file system has no hard links, use another one for the run",
            )),
            Err(err) => Err(err),
        }
    }
}

impl Store for Folder {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.path_of(name).and_then(fs::read) {
            Ok(content) => Ok(Some(content)),
            Err(err) if matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(source) => Err(StoreError::Read { name: self.path.join(name).display().to_string(), source }),
        }
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, StoreError> {
        self.link(name, content)
            .map_err(|source| StoreError::Write { name: self.path.join(name).display().to_string(), source })
    }

    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let failed = |source| StoreError::Read { name: self.path.join(folder).display().to_string(), source };
        let paths = match visible_in(&self.path.join(folder)) {
            Ok(paths) => paths,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed(source)),
        };
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let about = fs::metadata(&path).map_err(failed)?;
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            files.extend(name.filter(|_| about.is_file()).map(|name| (name, about.len())));
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_created_once() {
        let place = tempfile::tempdir().unwrap();
        let url = format!("file://{}/a%20run", place.path().display());
        let store = open(Path::new(&url)).unwrap();
        assert_eq!(store.read("parts/1.state").unwrap(), None);
        assert_eq!(store.list("parts").unwrap(), []);
        assert_eq!(store.create("parts/1.state", b"first").unwrap(), Created::New);
        assert_eq!(store.create("parts/1.state", b"second").unwrap(), Created::Exists);
        assert_eq!(store.read("parts/1.state").unwrap().unwrap(), b"first");
        assert_eq!(store.list("parts").unwrap(), [("1.state".to_owned(), 5)]);
        assert!(place.path().join("a run/parts/1.state").is_file());
        assert_eq!(
            fs::read_dir(place.path().join("a run/parts")).unwrap().count(),
            1,
            "nothing is left over"
        );
        assert!(store.create("../out", b"x").is_err());
    }

    #[test]
    fn of_many_writers_one_creates() {
        let place = tempfile::tempdir().unwrap();
        let store = open(place.path()).unwrap();
        let new = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8_u8)
                .map(|i| {
                    scope.spawn({
                        let store = &store;
                        move || store.create("a", &[i; 4096])
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap().unwrap())
                .filter(|c| *c == Created::New)
                .count()
        });
        assert_eq!(new, 1);
        let content = store.read("a").unwrap().unwrap();
        assert!(content.len() == 4096 && content.iter().all(|byte| *byte == content[0]));
    }

    #[test]
    fn wrong_urls_are_refused() {
        for url in ["file://host/run", "file://run", "file:///a%2"] {
            assert!(path_of(Path::new(url)).is_err(), "{url}");
        }
        assert_eq!(path_of(Path::new("file:///mnt/run")).unwrap(), Path::new("/mnt/run"));
    }
}
