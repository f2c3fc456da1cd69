//! Files of label formats: their text in any encoding, and the images that they belong to.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::base::encoding::{Decoded, UnknownEncoding, decode};
use crate::base::files::visible_in;

/// Endings of image files, read here or not.
const IMAGES: &[&str] = &[
    "jpg", "jpeg", "png", "bmp", "webp", "tif", "tiff", "gif", "jp2", "avif", "heic", "mpo", "dng", "ppm",
    "pgm", "pfm",
];

/// Endings of other samples that labels are about.
const OTHERS: &[&str] = &["pcd", "bin", "ply", "las", "laz"];

/// Reason why a file has no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum TextError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is in no known encoding.
    #[error(transparent)]
    Encoding(#[from] UnknownEncoding),
    /// It holds zero bytes.
    #[error("the file is not text")]
    NotText,
}

/// The text of some bytes. An encoding that an XML declaration names comes first.
pub(super) fn text_in(bytes: &[u8]) -> Result<Decoded, TextError> {
    let decoded = match declared(bytes).and_then(|name| decode(bytes, Some(&name)).ok()) {
        Some(decoded) if !decoded.damaged => decoded,
        _ => decode(bytes, None)?,
    };
    if decoded.text.contains('\0') {
        return Err(TextError::NotText);
    }
    Ok(decoded)
}

/// The bytes of a text as UTF-8, as they are if they are no text.
pub(super) fn utf8(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok() {
        return bytes;
    }
    text_in(&bytes).map_or(bytes, |decoded| decoded.text.into_bytes())
}

/// The encoding of an XML declaration, unless the file has the bytes of another one.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(200))?;
    let head = String::from_utf8_lossy(head);
    let (_, rest) = head
        .trim_start()
        .strip_prefix("<?xml")?
        .split_once("?>")
        .map(|(inside, _)| inside)?
        .split_once("encoding")?;
    let name = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = name.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let name = name.strip_prefix(quote)?.split(quote).next()?.to_lowercase();
    (!name.starts_with("utf")).then_some(name)
}

/// Said of text whose encoding follows from its bytes only, or that is damaged.
pub(super) fn doubt(decoded: &Decoded, path: &Path) -> Option<String> {
    if decoded.damaged {
        Some(format!("some bytes are not valid {} and were replaced: {}", decoded.encoding, path.display()))
    } else if decoded.guessed {
        Some(format!(
            "the text is not UTF-8 and was read as {}, check its names: {}",
            decoded.encoding,
            path.display()
        ))
    } else {
        None
    }
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    path.extension()
        .and_then(|ext| ext.to_str())
        .is_some_and(|ext| endings.iter().any(|end| ext.eq_ignore_ascii_case(end)))
}

/// True for the name of an image file.
pub(super) fn is_image(path: &Path) -> bool {
    ends_in(path, IMAGES)
}

/// The name of a sample without the ending of its file; dots of a name that has none stay.
pub(super) fn stem_of(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, _)) if is_image(Path::new(file)) || ends_in(Path::new(file), OTHERS) => stem,
        _ => file,
    }
}

/// The label file of a sample below the folder of labels: never outside of it, whatever the sample is called.
pub(super) fn label_file(file: &str, ending: &str) -> PathBuf {
    let file = file.replace('\\', "/");
    let parts = Path::new(stem_of(&file)).components().filter_map(|part| match part {
        Component::Normal(part) => Some(part),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
    });
    let mut path: PathBuf = parts.filter(|part| !part.to_string_lossy().ends_with(':')).collect();
    if path.as_os_str().is_empty() {
        path.push("unnamed");
    }
    path.as_mut_os_string().push(format!(".{ending}"));
    path
}

/// Images by folder and by name without ending, listed when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct Images {
    folders: BTreeMap<PathBuf, BTreeMap<String, PathBuf>>,
}

impl Images {
    /// The image of this name in a folder.
    pub(super) fn find(&mut self, folder: &Path, stem: &str) -> Option<PathBuf> {
        let listed = self.folders.entry(folder.to_owned()).or_insert_with(|| {
            let mut images = BTreeMap::new();
            for file in visible_in(folder).unwrap_or_default().into_iter().filter(|file| is_image(file)) {
                if let Some(stem) = file.file_stem() {
                    images.entry(stem.to_string_lossy().into_owned()).or_insert(file);
                }
            }
            images
        });
        listed.get(stem).cloned()
    }

    /// The first image of this name in some folders.
    pub(super) fn find_in(&mut self, folders: &[PathBuf], stem: &str) -> Option<PathBuf> {
        folders.iter().find_map(|folder| self.find(folder, stem))
    }
}

/// A path relative to a folder, with slashes.
pub(super) fn below(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_files_stay_in_their_folder() {
        let check =
            |file: &str, expected: &str| assert_eq!(label_file(file, "txt"), Path::new(expected), "{file}");
        check("a.png", "a.txt");
        check("train/a.b.JPEG", "train/a.b.txt");
        check("1670577347.002843", "1670577347.002843.txt");
        check("../images/a.png", "images/a.txt");
        check("/home/me/a.png", "home/me/a.txt");
        check("C:\\data\\a.png", "data/a.txt");
        check("..", "unnamed.txt");
    }

    #[test]
    fn declared_encodings_come_first() {
        let text = |bytes: &[u8]| text_in(bytes).unwrap().text;
        assert_eq!(
            text(b"<?xml version='1.0' encoding='GBK'?><a>\xb3\xb5</a>").matches('\u{8f66}').count(),
            1
        );
        assert_eq!(
            text(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xfc</a>").matches('\u{fc}').count(),
            1
        );
        assert!(text_in(b"PK\0\x01").is_err());
    }
}
