//! Opening of files that somebody else wrote: regular files only, up to a size by kind, inside of the folder that names them.

use std::fs::{File, FileType, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Kind of a file, which decides on its longest size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Text that people write: suites, cases, projects, model cards, settings.
    Settings,
    /// Frozen inputs of suites, images, scans.
    Media,
    /// Model files and what lies beside them.
    Model,
    /// Labels, predictions and tables, which are read as a whole.
    Labels,
}

impl InputKind {
    /// Longest size in bytes.
    pub const fn most(self) -> u64 {
        match self {
            Self::Settings => 64 << 20,
            Self::Media => 4 << 30,
            Self::Model | Self::Labels => 16 << 30,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Settings => "a file of settings",
            Self::Media => "a frame, scan or text",
            Self::Model => "a model",
            Self::Labels => "labels and tables",
        }
    }
}

/// Opens a regular file; a folder, a pipe, a device or a socket is an error, and never waited for.
pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
    let path = path.as_ref();
    regular(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    // It may have been exchanged between the two.
    regular(&file.metadata()?)?;
    Ok(file)
}

/// The content of a regular file, up to the longest size of its kind.
pub fn read(path: impl AsRef<Path>, kind: InputKind) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    let too_large = |size: u64| {
        let most = kind.most() >> 20;
        io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("the file has {} MB, the limit for {} is {most} MB", size >> 20, kind.title()),
        )
    };
    if size > kind.most() {
        return Err(too_large(size));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(size).unwrap_or_default())?;
    // Some files of the system say a size of 0 and have no end.
    file.take(kind.most() + 1).read_to_end(&mut bytes)?;
    let read = bytes.len() as u64;
    if read > kind.most() { Err(too_large(read)) } else { Ok(bytes) }
}

/// The content of a regular file as text.
pub fn read_text(path: impl AsRef<Path>, kind: InputKind) -> io::Result<String> {
    String::from_utf8(read(path, kind)?)
        .map_err(|_err| io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8 text"))
}

/// The real path of a file that a folder names. Links are followed only within the folder.
pub fn inside(folder: &Path, file: &Path) -> io::Result<PathBuf> {
    let path = folder.join(file).canonicalize()?;
    if path.starts_with(folder.canonicalize()?) {
        Ok(path)
    } else {
        Err(refused("the file is a link that leads out of the folder, put the file itself there"))
    }
}

/// An error if the program's own file is a link: a stranger's folder could make it write to a file elsewhere.
pub fn not_a_link(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(about) if about.is_symlink() => {
            Err(refused("the file is a link, put the file itself there, or open the folder that it leads to"))
        }
        // One that is not there is made.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn regular(about: &Metadata) -> io::Result<()> {
    if about.is_file() {
        return Ok(());
    }
    if about.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder, a file is expected"));
    }
    Err(refused(&format!("this is {}, a regular file is expected", special(about.file_type()))))
}

fn refused(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_kind: FileType) -> &'static str {
    "a device"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_files_are_read_and_others_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, "x = 1").unwrap();
        assert_eq!(read_text(&path, InputKind::Settings).unwrap(), "x = 1");
        assert!(read(folder.path(), InputKind::Media).unwrap_err().to_string().contains("folder"));
        let long = File::create(&path).unwrap();
        long.set_len(InputKind::Settings.most() + 1).unwrap();
        let problem = read(&path, InputKind::Settings).unwrap_err().to_string();
        assert!(problem.contains("the limit for a file of settings is 64 MB"), "{problem}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_within_the_folder_only() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (suite, outside) = (folder.path().join("suite"), folder.path().join("outside.png"));
        std::fs::create_dir(&suite).unwrap();
        for path in [&suite.join("a.png"), &outside] {
            std::fs::write(path, "x").unwrap();
        }
        symlink("a.png", suite.join("within.png")).unwrap();
        symlink("../outside.png", suite.join("out.png")).unwrap();
        symlink("/dev/zero", suite.join("zero.png")).unwrap();
        assert!(inside(&suite, Path::new("within.png")).is_ok());
        for name in ["out.png", "zero.png", "../outside.png"] {
            assert!(inside(&suite, Path::new(name)).is_err(), "{name}");
        }
        let zero = read(suite.join("zero.png"), InputKind::Media).unwrap_err().to_string();
        assert_eq!(zero, "this is a device, a regular file is expected");
        assert!(not_a_link(&suite.join("a.png")).is_ok() && not_a_link(&suite.join("none.db")).is_ok());
        assert!(not_a_link(&suite.join("within.png")).is_err());
    }
}
