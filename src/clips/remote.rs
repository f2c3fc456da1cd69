//! Recordings in object storage and on web servers. An MCAP file with an index is read by parts; of what else can be one file, a copy
//! in the cache is opened.

use std::sync::Arc;

use crate::base::progress::Progress;
use crate::base::remote::object::Object;
use crate::base::remote::sparse::Sparse;
use crate::base::remote::{Address, Piece, RemoteError, download};
use crate::clips::content::Content;
use crate::clips::{Clip, ClipError, mcap, open_local};

/// Bytes from the end of an MCAP file that are asked for first: summaries of long recordings have some 300 KB.
const TAIL: u64 = 512 << 10;
/// Bytes from the beginning of other files that are asked for first.
const HEAD: u64 = 1 << 20;

/// Opens the recording of an address.
pub(super) fn open(address: &Address, progress: &Progress) -> Result<Arc<dyn Clip>, ClipError> {
    let object = Object::open(address)?;
    if address.is_prefix() {
        return Err(RemoteError::Address {
            problem: "this is a folder, name one of its recordings",
            address: address.to_string(),
        }
        .into());
    }
    let named = address.name().to_ascii_lowercase().ends_with(".mcap");
    let piece = if named { object.tail(TAIL) } else { object.beginning(HEAD) };
    let piece = match piece {
        Ok(piece) => piece,
        // Some servers know ranges, but none from the end.
        Err(RemoteError::NoRanges { .. }) if named => match object.beginning(HEAD) {
            Ok(piece) => piece,
            Err(RemoteError::NoRanges { .. }) => return open_local(&download::file(&object, progress)?),
            Err(err) => return Err(err.into()),
        },
        Err(RemoteError::NoRanges { .. }) => return open_local(&download::file(&object, progress)?),
        Err(err) => return Err(err.into()),
    };
    if !(named || mcap::begins(&piece.bytes)) {
        return open_local(&download::of_piece(&object, &piece, progress)?);
    }
    let sparse = opened(object, &piece)?;
    mcap::open_remote(&address.path(), Content::Remote(Arc::new(sparse)), progress)
}

fn opened(object: Object, piece: &Piece) -> Result<Sparse, RemoteError> {
    let sparse = Sparse::open(object, piece)?;
    if piece.start == 0 {
        let size = sparse.size();
        sparse.until(size.saturating_sub(TAIL)..size)?;
    }
    Ok(sparse)
}
