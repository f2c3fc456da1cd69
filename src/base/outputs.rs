//! Writing below an output folder: never outside of it, whatever the names are, and never two texts under one name.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::base::files::{is_device, sha256_hex, slug, write_atomic};

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
        let about = std::fs::symlink_metadata(&path);
        if about.as_ref().is_ok_and(std::fs::Metadata::is_symlink) {
            let inside = path.canonicalize()?.starts_with(folder.canonicalize()?);
            if !inside {
                return Err(refused("a link leads out of the output folder", file));
            }
        }
    }
    match std::fs::metadata(&path) {
        Ok(about) if !about.is_file() && !about.is_dir() => Err(refused("there is a device or a pipe", file)),
        Ok(_) | Err(_) => Ok(path),
    }
}

/// Writes a file below an output folder, atomically, and makes its folders.
pub fn write(folder: &Path, file: &Path, content: &[u8]) -> io::Result<()> {
    write_atomic(&within(folder, file)?, content)
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
