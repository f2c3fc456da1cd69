//! Parts of an MCAP file that its index names: chunks with the lists behind them, the summary, attachments and metadata.

use std::ops::Range;

use crate::base::remote::RemoteError;
use crate::clips::content::Content;
use crate::clips::error::ReadError;
use crate::clips::mcap::records::{self, ATTACHMENT};
use crate::clips::mcap::summary::{self, ChunkPlace, Summary};

/// Bytes of an attachment or metadata record of a remote file that are fetched with the first image.
pub(super) const ABOUT_BYTES: usize = 64 << 10;

/// A chunk in the file's own index.
#[derive(Clone, Debug)]
pub(super) struct Indexed {
    pub(super) start: usize,
    /// Position of its message index records, which follow it, and that of their end.
    pub(super) behind: Range<usize>,
    /// Times of its first and last message.
    pub(super) times: (u64, u64),
    /// Positions of its message index records, by channel.
    pub(super) lists: Vec<(u16, u64)>,
}

impl From<ChunkPlace> for Indexed {
    fn from(place: ChunkPlace) -> Self {
        let end = place.start.saturating_add(place.lengths.0);
        let behind = end as usize..end.saturating_add(place.lengths.1) as usize;
        Self { start: place.start as usize, behind, times: (place.first, place.last), lists: place.lists }
    }
}

/// The summary or its problem; of a remote file its last bytes were fetched when it was opened.
pub(super) fn read_summary(content: &Content) -> Result<Result<Option<Summary>, ReadError>, RemoteError> {
    let size = content.len();
    let end = content.until(size.saturating_sub(summary::END)..size)?;
    let start = match summary::footer(end) {
        Ok((0, ..)) => return Ok(Ok(None)),
        Ok((start, ..)) => start,
        Err(err) => return Ok(Err(err)),
    };
    Ok(summary::read(content.until(start.min(size)..size)?))
}

/// The attachment or metadata at a position; `None` if it is not whole. Only the beginning of an attachment is looked at.
pub(super) fn about_at(
    content: &Content,
    start: usize,
) -> Result<Option<Vec<(String, String)>>, RemoteError> {
    let bytes = content.until(start..start.saturating_add(ABOUT_BYTES).min(content.len()))?;
    let Some(record) = records::record_at(bytes, start) else { return Ok(None) };
    let end = record.end().saturating_add(record.missing);
    if record.missing == 0 || (content.is_remote() && record.op == ATTACHMENT && end <= content.len()) {
        return Ok(Some(summary::about(record.op, record.body)));
    }
    if !content.is_remote() || end > content.len() {
        return Ok(None);
    }
    let whole = records::record_at(content.until(start..end)?, start);
    Ok(whole.map(|record| summary::about(record.op, record.body)))
}
