//! Models by address: downloaded into the cache, with the card beside them.

use std::borrow::Cow;
use std::path::Path;

use crate::base::files::write_atomic;
use crate::base::progress::Progress;
use crate::base::remote::object::Object;
use crate::base::remote::{Address, RemoteError, download};
use crate::inference::ModelError;

/// The path of a model on this machine; one with an address is downloaded, and so is its card.
pub fn local(path: &Path) -> Result<Cow<'_, Path>, ModelError> {
    let Some(address) = Address::of(path) else { return Ok(Cow::Borrowed(path)) };
    let copy = download::local(path, &Progress::default())?;
    // A card that describes a served model is all there is.
    if address.key().ends_with(".card.toml") {
        return Ok(Cow::Owned(copy));
    }
    let key = address.key();
    let stem = key.rsplit_once('.').map_or(key, |(stem, _)| stem);
    let card = Object::open(&address.with_key(&format!("{stem}.card.toml")))?.read();
    let beside = copy.with_extension("card.toml");
    let failed = |source| ModelError::Io { path: beside.clone(), source };
    match card {
        Ok(Some(card)) => write_atomic(&beside, &card).map_err(failed)?,
        // A presigned address says nothing about other files, and a server may hide that there is none.
        Ok(None)
        | Err(
            RemoteError::Refused { .. } | RemoteError::WebPage { .. } | RemoteError::NoCredentials { .. },
        ) => match std::fs::remove_file(&beside) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(failed(err)),
            Ok(()) | Err(_) => {}
        },
        Err(err) => return Err(err.into()),
    }
    Ok(Cow::Owned(copy))
}
