//! Mining in shards: a shard takes a run of the recordings, and its findings are merged into those of one machine.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::base::files::sha256_hex;
use crate::base::inputs::{self, InputKind};
use crate::base::outputs::write_named;
use crate::base::text::counted;
use crate::cli::mine::output;
use crate::cli::mine::recordings::Places;
use crate::cli::sweep::shard::Share;
use crate::cli::{BadArgument, say};
use crate::data::findings::Finding;

/// Note beside the findings of a shard, by which they are merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShardNote {
    /// Checksum of the version, the names of all recordings and every option that decides about findings.
    mining: String,
    /// Number of the shard, from 1.
    shard: usize,
    /// Number of shards.
    shards: usize,
    /// Number of recordings that it mined.
    recordings: usize,
    /// SHA-256 of the findings.
    sha256: String,
}

/// The share of one process.
pub(super) struct Shard {
    mining: String,
    number: usize,
    shards: usize,
    recordings: usize,
}

impl Shard {
    /// Leaves the recordings of one shard in the places: those of I of N are from R(I-1)/N to R I/N of R.
    pub(super) fn take(share: Share, options: &str, places: &mut Places) -> Result<Self, BadArgument> {
        let (shard, shards) = share.resolved()?;
        let names: Vec<&str> = places.recordings.iter().map(|recording| recording.name.as_str()).collect();
        let mining = sha256_hex(format!("{} {options} {names:?}", env!("CARGO_PKG_VERSION")).as_bytes());
        let all = names.len();
        let (from, to) = (all * (shard - 1) / shards, all * shard / shards);
        places.recordings.truncate(to);
        places.recordings.drain(..from);
        say(&format!("shard {shard} of {shards}: {} of {all}", counted(to - from, "recording")));
        Ok(Self { mining, number: shard, shards, recordings: to - from })
    }

    /// Writes the note beside the findings.
    pub(super) fn note(self, findings: &Path) -> anyhow::Result<()> {
        let Self { mining, number: shard, shards, recordings } = self;
        let path = note_of(findings);
        let failed = || format!("could not write {}", path.display());
        let sha256 = sha256_hex(&inputs::read(findings, InputKind::Labels).with_context(failed)?);
        let note = ShardNote { mining, shard, shards, recordings, sha256 };
        write_named(&path, format!("{}\n", serde_json::to_string(&note)?).as_bytes()).with_context(failed)
    }
}

fn note_of(findings: &Path) -> PathBuf {
    let mut name = findings.file_name().unwrap_or_default().to_owned();
    name.push(".shard.json");
    findings.with_file_name(name)
}

/// The findings of shards as one file, equal to the byte to that of one machine.
pub(in crate::cli) fn merge(parts: &[PathBuf], target: &Path, allow_missing: bool) -> anyhow::Result<()> {
    output::check(target)?;
    if output::is_overlay(target) {
        let what = "merged findings are written as .jsonl, .parquet or .csv; an .mcap needs the recordings, mine them for it";
        return Err(BadArgument(what.to_owned()).into());
    }
    let mut read: Vec<(ShardNote, &PathBuf, Vec<Finding>)> = Vec::new();
    for part in parts {
        let place = note_of(part);
        let text = inputs::read_text(&place, InputKind::Labels).with_context(|| {
            format!("{} is no shard of mining: {} cannot be read", part.display(), place.display())
        })?;
        let note: ShardNote =
            serde_json::from_str(&text).with_context(|| format!("{} is damaged", place.display()))?;
        let bytes = inputs::read(part, InputKind::Labels)
            .with_context(|| format!("could not read {}", part.display()))?;
        if sha256_hex(&bytes) != note.sha256 {
            let what = "is not what its shard wrote: mine the shard again";
            return Err(BadArgument(format!("{} {what}", part.display())).into());
        }
        let lines = String::from_utf8_lossy(&bytes);
        let findings: Result<Vec<Finding>, _> = lines.lines().map(serde_json::from_str).collect();
        let findings = findings.with_context(|| format!("{} is damaged", part.display()))?;
        read.push((note, part, findings));
    }
    read.sort_by_key(|(note, ..)| note.shard);
    let Some((first, first_part, _)) = read.first() else { return Ok(()) };
    for (note, part, _) in &read {
        if (&note.mining, note.shards) != (&first.mining, first.shards) {
            let what = "are of other runs: other options, other recordings, another version, or another number of shards";
            return Err(BadArgument(format!("{} and {} {what}", first_part.display(), part.display())).into());
        }
    }
    if let Some(((note, one, _), (_, other, _))) =
        read.iter().zip(read.iter().skip(1)).find(|((a, ..), (b, ..))| a.shard == b.shard)
    {
        let what = format!("are both shard {}: name each once", note.shard);
        return Err(BadArgument(format!("{} and {} {what}", one.display(), other.display())).into());
    }
    let missing: Vec<String> = (1..=first.shards)
        .filter(|shard| read.iter().all(|(note, ..)| note.shard != *shard))
        .map(|shard| shard.to_string())
        .collect();
    if !missing.is_empty() {
        let what = format!("of {} shards these are missing: {}", first.shards, missing.join(", "));
        if !allow_missing {
            return Err(BadArgument(format!("{what}; name them all, or merge with --allow-missing")).into());
        }
        say(&what);
    }
    let all: Vec<&Finding> = read.iter().flat_map(|(.., findings)| findings).collect();
    output::write(target, &all)?;
    let recordings: usize = read.iter().map(|(note, ..)| note.recordings).sum();
    say(&format!(
        "{}: {} in {}",
        target.display(),
        counted(all.len(), "finding"),
        counted(recordings, "recording")
    ));
    Ok(())
}
