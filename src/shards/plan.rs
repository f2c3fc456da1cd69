//! The plan of a run: everything that its results depend on, as one canonical JSON file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::files::sha256_hex;
use crate::base::params::Params;
use crate::base::processor;
use crate::claims::spec;
use crate::data::cases::case::ClaimSpec;
use crate::data::input::Medium;
use crate::inference::card::ModelCard;
use crate::project::ClipRef;
use crate::project::samples::Asked;
use crate::project::tag_spans::TagSpan;
use crate::search::sweep::plan::Plan;
use crate::shards::error::ShardError;
use crate::shards::store::{Created, Store};

/// Name of the file in the place of a run.
pub const FILE: &str = "plan.json";

/// Version of this program, as plans and parts name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A planned run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunPlan {
    /// Version of the program.
    pub version: String,
    /// Instruction-set level of the processors, by [`processor::level`].
    pub level: String,
    /// Backend of the models with its settings.
    pub backend: String,
    /// Stack, axes, design and seeds.
    pub sweep: Plan,
    /// The claim, with what is a property of all inputs, such as the usual error of `deep_test`.
    pub claim: ClaimSpec,
    /// Every number of the claim, those with their initial value too.
    pub numbers: Params,
    /// The models in their order.
    pub models: Vec<PlannedModel>,
    /// Files of the transforms that are not built in.
    pub image_models: Vec<PlannedFile>,
    /// Medium of the inputs.
    pub medium: Medium,
    /// Only this channel, if set.
    pub channel: Option<String>,
    /// Signal with the human driver's values.
    pub human: Option<String>,
    /// Stride of the frames.
    pub every: usize,
    /// The recordings in the order of the rows.
    pub recordings: Vec<PlannedRecording>,
    /// The parts in the order of the recordings and of time.
    pub parts: Vec<PlannedPart>,
}

/// A file by its path and checksum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    /// Absolute path.
    pub path: PathBuf,
    /// SHA-256 of the content.
    pub sha256: String,
}

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedModel {
    /// Absolute path.
    pub path: PathBuf,
    /// SHA-256 of the content.
    pub sha256: String,
    /// Its card, from beside it or guessed.
    pub card: ModelCard,
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRecording {
    /// Name in the rows.
    pub name: String,
    /// Its files by absolute paths, their offsets and injected faults.
    pub files: ClipRef,
    /// True if the files are joined on one clock, as in a project.
    pub in_project: bool,
    /// Size of all files in bytes.
    pub bytes: u64,
    /// SHA-256 of the content: of one file its own, else of the list of all files with theirs.
    pub sha256: String,
    /// Checksum that a shard compares, as the other one would read everything: SHA-256 of the list of all files with
    /// their sizes and the checksums of their ends.
    pub ends: String,
    /// The channels in the order of the rows.
    pub channels: Vec<PlannedChannel>,
    /// Intervals of the tags.
    pub tags: Vec<TagSpan>,
}

/// A channel of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedChannel {
    /// Name of the channel.
    pub name: String,
    /// Number of frames, without the stride.
    pub frames: usize,
}

/// A part: a window of one recording with all its channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedPart {
    /// Position of the recording.
    pub recording: usize,
    /// Time of its first frame, nanoseconds since 1970.
    pub start_ns: i64,
    /// Frames of each channel: the first, and one after the last.
    pub frames: Vec<[usize; 2]>,
}

impl PlannedPart {
    /// The frames of each channel.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        self.frames.iter().map(|[from, to]| *from..*to).collect()
    }

    /// Number of inputs, with a stride.
    pub fn inputs(&self, every: usize) -> usize {
        self.frames.iter().map(|[from, to]| strided(*from..*to, every)).sum()
    }
}

/// Number of multiples of a stride within a range.
pub fn strided(range: Range<usize>, every: usize) -> usize {
    let every = every.max(1);
    range.end.div_ceil(every).saturating_sub(range.start.div_ceil(every))
}

impl RunPlan {
    /// The plan as its file: JSON with sorted keys and without spaces.
    pub fn bytes(&self) -> Result<Vec<u8>, ShardError> {
        let unwritable = |err: serde_json::Error| ShardError::Unwritable { problem: err.to_string() };
        let mut value = serde_json::to_value(self).map_err(unwritable)?;
        value.sort_all_objects();
        Ok(value.to_string().into_bytes())
    }

    /// Writes the plan into a place, where it stays; returns its identity. The same plan may be there already.
    pub fn write(&self, store: &dyn Store, place: &Path) -> Result<String, ShardError> {
        let bytes = self.bytes()?;
        let id = sha256_hex(&bytes);
        if store.create(FILE, &bytes)? == Created::Exists {
            let there = sha256_hex(&store.read(FILE)?.unwrap_or_default());
            if there != id {
                return Err(ShardError::AnotherPlan {
                    id: short(&there),
                    place: place.display().to_string(),
                });
            }
        }
        Ok(id)
    }

    /// The plan of a place and its identity, the SHA-256 of its file. One of another version is an error.
    pub fn read(store: &dyn Store, place: &Path) -> Result<(Self, String), ShardError> {
        let shown = || place.display().to_string();
        let bytes = store.read(FILE)?.ok_or_else(|| ShardError::NoPlan { place: shown() })?;
        let damaged =
            |err: serde_json::Error| ShardError::NotAPlan { problem: err.to_string(), place: shown() };
        let value: Value = serde_json::from_slice(&bytes).map_err(damaged)?;
        // Plans of other versions may have other fields.
        if let Some(theirs) = value.get("version").and_then(Value::as_str)
            && theirs != VERSION
        {
            let (theirs, own) = (theirs.to_owned(), VERSION.to_owned());
            return Err(ShardError::Version { what: "the plan".to_owned(), theirs, own });
        }
        let plan: Self = serde_json::from_value(value).map_err(damaged)?;
        plan.check()
            .map_err(|problem| ShardError::NotAPlan { problem: problem.to_owned(), place: shown() })?;
        Ok((plan, sha256_hex(&bytes)))
    }

    /// An error if numbers of the plan contradict each other.
    fn check(&self) -> Result<(), &'static str> {
        let fits = |part: &PlannedPart| {
            self.recordings.get(part.recording).is_some_and(|recording| {
                recording.channels.len() == part.frames.len()
                    && recording
                        .channels
                        .iter()
                        .zip(&part.frames)
                        .all(|(channel, [from, to])| from <= to && *to <= channel.frames)
            })
        };
        if !self.parts.iter().all(fits) {
            return Err("a part lies outside of its recording");
        }
        if !self.parts.is_sorted_by_key(|part| part.recording) {
            return Err("the parts are not in the order of the recordings");
        }
        if self.models.is_empty() || self.every == 0 {
            return Err("it has no model, or a stride of zero");
        }
        Ok(())
    }

    /// An error on a processor of another instruction-set level.
    pub fn check_level(&self) -> Result<(), ShardError> {
        let own = processor::level();
        if self.level == own {
            return Ok(());
        }
        Err(ShardError::Level { planned: self.level.clone(), own })
    }

    /// The selection of samples, without the extent of windows, which follows from models, claim and stack.
    pub fn asked(&self) -> Asked {
        Asked {
            clip: None,
            channel: self.channel.clone(),
            human: self.human.clone(),
            every: self.every,
            medium: Some(self.medium),
            reach: spec::reach(&self.claim),
        }
    }

    /// Number of inputs of all parts.
    pub fn inputs(&self) -> usize {
        self.parts.iter().map(|part| part.inputs(self.every)).sum()
    }

    /// Positions of the parts of a recording.
    pub fn parts_of(&self, recording: usize) -> Range<usize> {
        let before = |recording: usize| self.parts.partition_point(|part| part.recording < recording);
        before(recording)..before(recording + 1)
    }
}

/// Every number of a claim, with initial values where it names none.
pub fn numbers(claim: &ClaimSpec) -> Params {
    let mut numbers = claim.params.clone();
    for spec in crate::claims::kind(&claim.claim).map(|kind| kind.params).unwrap_or_default() {
        if !numbers.0.contains_key(spec.id) {
            numbers.insert(spec.id, spec.initial);
        }
    }
    numbers
}

/// The beginning of an identity, for people.
pub fn short(id: &str) -> String {
    id.chars().take(12).collect()
}
