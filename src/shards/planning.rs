//! Recordings of a plan: their files with sizes and checksums, their channels, and their parts.

use crate::data::clip::ChannelId;
use crate::project::checksums;
use crate::project::samples::{Asked, Source, channels};
use crate::shards::cut;
use crate::shards::error::ShardError;
use crate::shards::plan::{PlannedChannel, PlannedPart, PlannedRecording};

/// Describes a recording. Reads all of its files, for their checksum.
pub fn recording(source: &Source, asked: &Asked) -> Result<PlannedRecording, ShardError> {
    let failed =
        |err: std::io::Error| ShardError::Recording { path: source.files.path.clone(), source: err.into() };
    let (bytes, sha256) = checksums::whole(&source.files).map_err(failed)?;
    let frames = |id: ChannelId| source.clip.times(id).len();
    Ok(PlannedRecording {
        name: source.name.clone(),
        files: source.files.clone(),
        in_project: source.in_project,
        bytes,
        sha256,
        ends: checksums::ends(&source.files).map_err(failed)?,
        channels: channels(&source.clip.info(), asked)
            .into_iter()
            .map(|(_, id, name)| PlannedChannel { name, frames: frames(id) })
            .collect(),
        tags: source.tags.clone(),
    })
}

/// Parts of recordings, each of about so many inputs.
pub fn parts(sources: &[Source], asked: &Asked, target: usize) -> Vec<PlannedPart> {
    let own = |(number, source): (usize, &Source)| {
        let ids: Vec<ChannelId> =
            channels(&source.clip.info(), asked).into_iter().map(|(_, id, _)| id).collect();
        cut::parts(&*source.clip, number, &ids, asked.every, target)
    };
    sources.iter().enumerate().flat_map(own).collect()
}
