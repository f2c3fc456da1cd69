//! Atomic file writes, content hashes and safe file names.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::base::inputs;

/// Folder of the program's own files; `HARDCASE_HOME` overrides it.
pub fn data_folder() -> Option<PathBuf> {
    match std::env::var_os("HARDCASE_HOME").filter(|home| !home.is_empty()) {
        Some(home) => Some(PathBuf::from(home)),
        None => dirs::data_dir().map(|folder| folder.join("hardcase")),
    }
}

/// Writes a file atomically: a reader sees the old content or the new, never half of it.
pub fn write_atomic(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = beside(path)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|err| err.error)
}

/// A new file in the folder of another, with the permissions that the other has or will have, to be put in its place.
pub(crate) fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = folder_of(path);
    fs::create_dir_all(&folder)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any program makes a file: the umask of the process takes away what its user does not want.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(&folder)?;
    // A file that is replaced keeps the permissions that somebody gave it.
    if let Ok(known) = fs::metadata(path) {
        file.as_file().set_permissions(known.permissions())?;
    }
    Ok(file)
}

/// The folder that a file or folder lies in, also where its path is a bare name, `.` or ends with `..`.
pub fn folder_of(path: &Path) -> PathBuf {
    let here =
        |folder: &Path| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() };
    match path.components().next_back() {
        Some(Component::Normal(_)) => path.parent().map_or_else(|| PathBuf::from("."), here),
        _ => path.join(".."),
    }
}

/// The SHA-256 of some bytes as 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The SHA-256 of a file of any size as 64 hexadecimal digits.
pub fn sha256_of(path: &Path) -> io::Result<String> {
    let mut file = inputs::open(path)?;
    let mut digest = Sha256::new();
    let mut part = vec![0; 1 << 18];
    loop {
        match file.read(&mut part) {
            Ok(0) => return Ok(hexadecimal(&digest.finalize())),
            Ok(count) => digest.update(part.get(..count).unwrap_or_default()),
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// A path relative to a folder, with `..` where they share a beginning; `None` where they are too far apart
/// for that to mean anything on another machine.
pub fn seen_from(folder: &Path, path: &Path) -> Option<PathBuf> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (folder, path) = (absolute(folder), absolute(path));
    let shared = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().count() - shared;
    if shared <= 1 || up > 4 {
        return None;
    }
    let mut seen: PathBuf = std::iter::repeat_n("..", up).collect();
    seen.extend(path.components().skip(shared));
    Some(seen)
}

/// True for files that belong to a file system or a tool, not to its users: those with a dot before their name, among
/// them the `._name` files of macOS, and folders that archives of macOS carry.
pub fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| {
        let name = name.to_string_lossy();
        name.starts_with('.') || name == "__MACOSX"
    })
}

/// Paths of everything in a folder that is not [hidden](is_hidden), sorted.
pub fn visible_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !is_hidden(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A name that is safe as a file name everywhere: letters, digits, `-` and `_`, at most 60 of them.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().take(60) {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "unnamed".to_owned()
    } else if is_device(slug) {
        format!("{slug}_")
    } else {
        slug.to_owned()
    }
}

/// True for names that are devices on Windows, in every folder and with every ending.
pub(super) fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_lowercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device);
        number.is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    ["con", "prn", "aux", "nul"].contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

/// `path` relative to `folder` if it lies inside, else unchanged.
pub fn relative_to(folder: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(folder).map_or_else(|_| path.to_owned(), Path::to_owned)
}

/// True if joining `path` to a folder stays inside it: no root, no drive, no `..`.
pub fn stays_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_lies_in_the_folder_of_the_process() {
        let check = |path: &str, expected: &str| {
            assert_eq!(folder_of(Path::new(path)), Path::new(expected), "{path}");
        };
        check("a.log", ".");
        check("./a.log", ".");
        check("drive/a.log", "drive");
        check("drive/", ".");
        check(".", "./..");
        check("..", "../..");
        check("/", "/..");
    }

    #[test]
    fn names_become_file_names() {
        let check = |text: &str, expected: &str| assert_eq!(slug(text), expected);
        check("Wet roads, night!", "wet-roads-night");
        check("../../etc", "etc");
        check("", "unnamed");
        check("日本", "unnamed");
        check("CON", "con_");
        check("com1", "com1_");
        check("com10", "com10");
    }

    #[test]
    fn writing_replaces_the_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/a.txt");
        write_atomic(&path, b"long first content").unwrap();
        write_atomic(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn files_of_the_system_are_not_seen() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.png", "a.txt", "._a.png", ".DS_Store", "__MACOSX"] {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        let seen = visible_in(folder.path()).unwrap();
        assert_eq!(seen, ["a.txt", "b.png"].map(|name| folder.path().join(name)));
    }

    #[test]
    fn only_plain_relative_paths_stay_inside() {
        assert!(stays_inside(Path::new("media/a.png")));
        assert!(!stays_inside(Path::new("../a.png")));
        assert!(!stays_inside(Path::new("/etc/passwd")));
    }
}
