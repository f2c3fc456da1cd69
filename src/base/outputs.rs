//! Writing where somebody asked for it, and nowhere else.
//!
//! Below an output folder never outside of it, whatever the names are; to a named file never into a device or through a
//! link; never two texts under one name. What is replaced is counted.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::TempPath;

use crate::base::files::{folder_of, is_device, sha256_hex, slug, write_atomic};
use crate::base::remote::address::Address;
use crate::base::remote::object::Object;

/// Digits of a checksum in a name that another text would have, too.
const DIGITS: usize = 12;

/// The path of a file below an output folder. Absolute paths, `..`, drives, devices and links that lead out of the folder
/// are errors; nothing is touched.
pub fn within(folder: &Path, file: &Path) -> io::Result<PathBuf> {
    let mut path = folder.to_owned();
    for part in file.components() {
        match part {
            Component::CurDir => continue,
            Component::Normal(part) if is_plain(&part.to_string_lossy()) => path.push(part),
            Component::Normal(_) | Component::Prefix(_) | Component::RootDir | Component::ParentDir => {
                return Err(refused("the name leads out of the output folder, or to a device", file));
            }
        }
        not_out(folder, &path, file)?;
    }
    plain(path, file)
}

/// An error if a part of a path is a link that leads out of the folder.
fn not_out(folder: &Path, part: &Path, file: &Path) -> io::Result<()> {
    let about = std::fs::symlink_metadata(part);
    if about.is_ok_and(|about| about.is_symlink())
        && !part.canonicalize()?.starts_with(folder.canonicalize()?)
    {
        return Err(refused("a link leads out of the output folder", file));
    }
    Ok(())
}

/// A path at which there is nothing but a file or a folder.
fn plain(path: PathBuf, file: &Path) -> io::Result<PathBuf> {
    match std::fs::metadata(&path) {
        Ok(about) if !about.is_file() && !about.is_dir() => Err(refused("there is a device or a pipe", file)),
        Ok(_) | Err(_) => Ok(path),
    }
}

/// The path of a file that somebody named. A folder, a device or a pipe in its place is an error, and so is a link to a
/// file in another folder; nothing is touched.
pub fn named(path: &Path) -> io::Result<PathBuf> {
    not_out(&folder_of(path), path, path)?;
    if path.is_dir() {
        return Err(refused("there is a folder, name a file in it", path));
    }
    plain(path.to_owned(), path)
}

/// Writes a file below an output folder, atomically, and makes its folders.
pub fn write(folder: &Path, file: &Path, content: &[u8]) -> io::Result<()> {
    let path = within(folder, file)?;
    note(replaces(&path, content));
    write_atomic(&path, content)
}

/// Writes a file that somebody named, atomically, and makes its folders; an address names an object.
pub fn write_named(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(address) = Address::of(path) {
        return Object::open(&address).and_then(|object| object.put(content)).map_err(io::Error::other);
    }
    let path = named(path)?;
    note(replaces(&path, content));
    write_atomic(&path, content)
}

/// Tries whether a file that somebody named can be written, before the work whose result it is; makes its folders.
pub fn check_named(path: &Path) -> io::Result<()> {
    if let Some(address) = Address::of(path) {
        return Object::open(&address).and_then(|object| object.check_writable()).map_err(io::Error::other);
    }
    let folder = folder_of(&named(path)?);
    std::fs::create_dir_all(&folder)?;
    tempfile::NamedTempFile::new_in(folder).map(drop)
}

/// Puts a finished file in the place of one that somebody named.
pub fn persist(finished: TempPath, path: &Path) -> io::Result<()> {
    note(Changes { replaced: usize::from(path.is_file()), removed: 0 });
    finished.persist(named(path)?).map_err(|err| err.error)
}

/// Removes a file below an output folder that an earlier run left there.
pub fn remove(folder: &Path, file: &Path) -> io::Result<()> {
    std::fs::remove_file(within(folder, file)?)?;
    note(Changes { replaced: 0, removed: 1 });
    Ok(())
}

/// Files that were there before and are others now, or gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files with other content than before.
    pub replaced: usize,
    /// Files that are gone.
    pub removed: usize,
}

impl Changes {
    /// A phrase for people, `replaced 3 files`; none where nothing changed.
    pub fn told(self) -> Option<String> {
        let count = |number: usize| if number == 1 { "1 file".to_owned() } else { format!("{number} files") };
        let replaced = (self.replaced > 0).then(|| format!("replaced {}", count(self.replaced)));
        let removed =
            (self.removed > 0).then(|| format!("removed {} of an earlier run", count(self.removed)));
        let parts: Vec<String> = replaced.into_iter().chain(removed).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

thread_local! {
    /// Changes by the writers of this thread: they are many, behind function pointers, and none has more to say about it.
    static CHANGES: Cell<Changes> = const { Cell::new(Changes { replaced: 0, removed: 0 }) };
}

/// Adds changes to those of this thread, such as those of a thread that worked for it.
pub fn note(more: Changes) {
    let all = CHANGES.get();
    CHANGES.set(Changes { replaced: all.replaced + more.replaced, removed: all.removed + more.removed });
}

/// Changes by this thread since the last call.
pub fn take_changes() -> Changes {
    CHANGES.take()
}

/// The change that a file with this content is.
fn replaces(path: &Path, content: &[u8]) -> Changes {
    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    let same = |about: std::fs::Metadata| {
        about.len() == content.len() as u64 && std::fs::read(path).is_ok_and(|there| there == content)
    };
    Changes { replaced: usize::from(about.is_some_and(|about| !same(about))), removed: 0 }
}

/// A part of a path that stays below its folder on this system, and on those that know drives.
fn is_plain(part: &str) -> bool {
    let drive =
        part.strip_prefix(|c: char| c.is_ascii_alphabetic()).is_some_and(|rest| rest.starts_with(':'));
    !drive && !part.contains('\\') && !(cfg!(windows) && (part.contains(':') || is_device(part)))
}

fn refused(problem: &str, file: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{problem}: {}", file.display()))
}

/// A file name for each text: its [`slug`], and digits of a checksum behind it where another text has the same.
///
/// Names never meet, not on a system that ignores capitals either. A text that is its own slug keeps it.
pub fn file_names<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, String> {
    let mut names: BTreeMap<&str, String> = texts.into_iter().map(|text| (text, slug(text))).collect();
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for name in names.values() {
        *owners.entry(name.clone()).or_default() += 1;
    }
    for (text, name) in &mut names {
        if owners.get(name).is_some_and(|count| *count > 1) && **text != **name {
            let sum = sha256_hex(text.as_bytes());
            name.push('-');
            name.push_str(sum.get(..DIGITS).unwrap_or(&sum));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_names_of_their_own() {
        let texts = ["wet road", "wet-road", "Wet Road", "日本", "東京", "fog", "con"];
        let names = file_names(texts);
        let mut all: Vec<&String> = names.values().collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), texts.len(), "{names:?}");
        assert_eq!((names["wet-road"].as_str(), names["fog"].as_str()), ("wet-road", "fog"));
        assert!(names["日本"].starts_with("unnamed-"));
        assert!(!is_device(&names["con"]), "{names:?}");
        assert_eq!(file_names(["日本"])["日本"], "unnamed", "alone it needs no digits");
    }

    #[test]
    fn names_do_not_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let place = |file: &str| within(folder.path(), Path::new(file));
        assert_eq!(place("a/./b.txt").unwrap(), folder.path().join("a/b.txt"));
        for file in ["../a", "a/../../b", "/etc/passwd", "C:a", "a\\..\\b"] {
            assert!(place(file).is_err(), "{file}");
        }
        assert!(place("12:30:05.png").is_ok() || cfg!(windows));
    }

    #[test]
    fn changes_of_earlier_files_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let put = |file: &str, content: &str| {
            write(folder.path(), Path::new(file), content.as_bytes()).unwrap();
            write_named(&folder.path().join("named.txt"), content.as_bytes()).unwrap();
        };
        take_changes();
        put("a.txt", "first");
        put("a.txt", "first");
        assert_eq!(take_changes().told(), None);
        put("a.txt", "again");
        remove(folder.path(), Path::new("a.txt")).unwrap();
        let changes = take_changes();
        assert_eq!(changes, Changes { replaced: 2, removed: 1 });
        assert_eq!(changes.told().unwrap(), "replaced 2 files, removed 1 file of an earlier run");
        assert!(write_named(folder.path(), b"x").unwrap_err().to_string().contains("there is a folder"));
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_folder_are_not_followed() {
        use std::os::unix::fs::symlink;
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(outside.path(), folder.path().join("out")).unwrap();
        symlink(outside.path().join("victim.txt"), folder.path().join("victim.txt")).unwrap();
        std::fs::create_dir(folder.path().join("real")).unwrap();
        symlink("real", folder.path().join("within")).unwrap();
        assert!(write(folder.path(), Path::new("out/a.txt"), b"x").is_err());
        assert!(write(folder.path(), Path::new("victim.txt"), b"x").is_err());
        write(folder.path(), Path::new("within/a.txt"), b"x").unwrap();
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
