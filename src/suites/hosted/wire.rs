//! Messages between a run of suites and the processes that judge its cases: a text in JSON, and bytes that go with it.

use std::io::{Error, ErrorKind, Read, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::data::cases::verdict::Verdict;
use crate::inference::backend::Backend;
use crate::inference::card::ModelCard;
use crate::predictions::image_models::SuiteImageModel;
use crate::suites::error::HostError;
use crate::suites::files::Suite;

/// Start of every message, to detect other data on the pipe.
const MAGIC: [u8; 4] = *b"HCc1";
/// Longest text and longest bytes of a message.
const LONGEST: [u64; 2] = [1 << 30, 16 << 30];

/// A message.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// Text in JSON.
    pub(super) text: Vec<u8>,
    /// Bytes beside it.
    pub(super) bytes: Vec<u8>,
}

/// The first request: everything that all cases share. Its backend may hold a password, so it has no debug output.
#[derive(Clone, Serialize, Deserialize)]
pub struct Setup {
    /// The model file, or its name on a server.
    pub model: PathBuf,
    /// Card of a model that has none beside it.
    pub card: Option<ModelCard>,
    /// Text form of the backend, with the password of an address.
    pub backend: String,
    /// Folder that the transform files lie in.
    pub folder: PathBuf,
    /// Transform files of a suite.
    pub image_models: Vec<SuiteImageModel>,
}

impl Setup {
    /// A suite with a model file, or one named on a server.
    pub fn of(suite: &Suite, model: PathBuf, backend: &Backend) -> Self {
        Self {
            model,
            card: suite.file.model.as_ref().map(|model| model.card.clone()),
            backend: backend.given().to_owned(),
            folder: suite.folder.clone(),
            image_models: suite.file.image_models.clone(),
        }
    }
}

/// The model as its process loaded it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Name in its card.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// A request to judge a case; the input's file is the bytes beside it, that of its attacked image behind it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The case as in its file; JSON has no NaN, which is to be refused by its name.
    pub(super) case: String,
    pub(super) repeats: u32,
    /// True for images also where the case passes.
    pub(super) images: bool,
    /// Number of bytes of the input's file.
    pub(super) length: usize,
}

/// A response.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Response {
    /// The model is loaded.
    Ready(Facts),
    /// The case was judged; its two images are the bytes beside it.
    Judged(Box<Judged>),
    /// It could not be loaded or judged.
    Problem(String),
}

/// A judged case.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// Bits of the margin, which need not be finite.
    pub(super) margin: Option<u64>,
    /// Predictions in JSON: before, after, expected.
    pub(super) predictions: [Option<String>; 3],
    /// Distance to the edge of a view from above.
    pub(super) above: Option<f32>,
    /// Sizes of the two images.
    pub(super) sizes: Option<[(u32, u32); 2]>,
    /// The transforms as text.
    pub(super) change: String,
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what.to_owned())
}

impl Message {
    /// A message of this value.
    pub(super) fn of(value: &impl Serialize, bytes: Vec<u8>) -> Result<Self, HostError> {
        Ok(Self { text: serde_json::to_vec(value)?, bytes })
    }

    /// The value of its text.
    pub(super) fn value<'a, T: Deserialize<'a>>(&'a self) -> Result<T, HostError> {
        serde_json::from_slice(&self.text).map_err(|source| HostError::Unknown { source })
    }

    pub(super) fn write(to: &mut impl Write, message: &Self) -> Result<(), Error> {
        to.write_all(&MAGIC)?;
        for part in [&message.text, &message.bytes] {
            to.write_all(&(part.len() as u64).to_le_bytes())?;
            to.write_all(part)?;
        }
        to.flush()
    }

    pub(super) fn read(from: &mut impl Read) -> Result<Self, Error> {
        let mut magic = [0; 4];
        from.read_exact(&mut magic)?;
        if magic != MAGIC {
            return Err(wrong("an unknown message"));
        }
        let mut part = |longest: u64| {
            let mut length = [0; 8];
            from.read_exact(&mut length)?;
            let length = u64::from_le_bytes(length);
            if length > longest {
                return Err(wrong("an invalid length"));
            }
            // It grows as bytes come, so that a wrong length allocates nothing.
            let mut bytes = Vec::new();
            if from.take(length).read_to_end(&mut bytes)? as u64 == length {
                Ok(bytes)
            } else {
                Err(ErrorKind::UnexpectedEof.into())
            }
        };
        Ok(Self { text: part(LONGEST[0])?, bytes: part(LONGEST[1])? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_and_nonsense_is_an_error() {
        let mut pipe = Vec::new();
        let message = Message { text: b"{}".to_vec(), bytes: vec![7; 300_000] };
        Message::write(&mut pipe, &message).unwrap();
        let back = Message::read(&mut pipe.as_slice()).unwrap();
        assert_eq!((back.text, back.bytes), (message.text, message.bytes));
        let cut = &pipe[..pipe.len() - 1];
        assert_eq!(Message::read(&mut &cut[..]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        let mut long = pipe.clone();
        long[4..12].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(Message::read(&mut long.as_slice()).unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(Message::read(&mut &b"running 0 tests"[..]).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
