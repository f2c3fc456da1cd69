//! Samples of projects and recordings, for work without a window.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::progress::Progress;
use crate::base::remote::download::absolute;
use crate::base::remote::is_remote;
use crate::clips::recorded_input::RecordedInput;
use crate::clips::{self, Clip, ClipError};
use crate::data::clip::{ChannelId, ClipInfo};
use crate::data::input::Medium;
use crate::data::time::signals::Series;
use crate::data::time::window::Reach;
use crate::project::editor::ProjectEditor;
use crate::project::faults::Faulty;
use crate::project::recordings::{self, Wanted};
use crate::project::remote::expanded;
use crate::project::tag_spans::{self, TagSpan};
use crate::project::{ClipRef, Project, is_project};

/// Selection of samples.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Only this recording.
    pub clip: Option<String>,
    /// Only this camera or lidar.
    pub channel: Option<String>,
    /// The signal with the human driver's values.
    pub human: Option<String>,
    /// Stride of samples; 0 counts as 1.
    pub every: usize,
    /// Only samples of this medium; images, scans and texts if absent.
    pub medium: Option<Medium>,
    /// Extent of the window that the models need.
    pub reach: Reach,
}

/// The model files of these projects, in their order; recordings have none.
pub fn model_files(places: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for place in expanded(places, &Progress::default())?.iter().filter(|place| is_project(place)) {
        let editor = ProjectEditor::open(place)?;
        let project = editor.project();
        files.extend(project.models.iter().map(|model| project.resolve(&model.path)));
    }
    Ok(files)
}

/// A recording, open and indexed, with what its samples need beside it.
pub struct Source {
    /// The recording.
    pub clip: Arc<dyn Clip>,
    /// Name in results.
    pub name: String,
    /// Intervals of its tags; none outside of a project.
    pub tags: Vec<TagSpan>,
    /// Its files, by absolute paths.
    pub files: ClipRef,
    /// True for a recording of a project, whose files are joined on one clock.
    pub in_project: bool,
}

/// The selected recordings of these projects and files in their order.
pub fn sources(places: &[PathBuf], asked: &Asked) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for place in &expanded(places, &Progress::default())? {
        if is_project(place) {
            let editor = ProjectEditor::open(place)?;
            let project = editor.project();
            for clip in
                project.clips.iter().filter(|clip| asked.clip.as_ref().is_none_or(|name| *name == clip.name))
            {
                let at = |path: &Path| absolute(&project.resolve(path));
                let mut files = ClipRef { path: at(&clip.path)?, ..clip.clone() };
                for part in &mut files.with {
                    part.path = at(&part.path)?;
                }
                let tags = tag_spans::of(project, &clip.name);
                let open = opened(project, clip)?;
                sources.push(Source { clip: open, name: clip.name.clone(), tags, files, in_project: true });
            }
        } else {
            let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let files = ClipRef { name: name.clone(), path: absolute(place)?, ..ClipRef::default() };
            let depth = if is_remote(place) { depth(asked) } else { Depth::All };
            let clip = indexed(place, depth)?;
            sources.push(Source { clip, name, tags: Vec::new(), files, in_project: false });
        }
    }
    Ok(sources)
}

/// The samples of these projects and recordings in their order.
pub fn inputs(places: &[PathBuf], asked: &Asked) -> anyhow::Result<Vec<RecordedInput>> {
    let mut inputs = Vec::new();
    for source in sources(places, asked)? {
        inputs.extend(within(&source.clip, &source.name, &source.tags, asked, None));
    }
    Ok(inputs)
}

/// A recording of a project with all its files and faults, fully indexed.
pub fn opened(project: &Project, clip: &ClipRef) -> anyhow::Result<Arc<dyn Clip>> {
    together(&project.folder, clip, Depth::All)
}

/// Extent of an index.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// The samples that models run on.
    Samples,
    /// Everything.
    All,
}

/// A recording with all its files and faults; paths are relative to a folder.
fn together(folder: &Path, clip: &ClipRef, depth: Depth) -> anyhow::Result<Arc<dyn Clip>> {
    let wanted = Wanted::Known { folder: folder.to_owned(), clip: clip.clone() };
    let (joined, _) = recordings::together(&wanted, &Progress::default())?;
    index(&*joined, depth)?;
    let faults = clip.faults.iter().map(|text| text.parse()).collect::<Result<Vec<_>, _>>()?;
    if faults.is_empty() {
        return Ok(joined);
    }
    Ok(Arc::new(Faulty::new(joined, &faults)?))
}

/// The recording of a [`Source`] opened again by its files, without its project. Numbers inside of messages are read where
/// these samples need them.
pub fn reopened(files: &ClipRef, in_project: bool, asked: &Asked) -> anyhow::Result<Arc<dyn Clip>> {
    let depth = if files.faults.is_empty() { depth(asked) } else { Depth::All };
    if in_project { together(Path::new(""), files, depth) } else { indexed(&files.path, depth) }
}

/// Extent of the index for samples: signals, and the coordinate frames of depth maps, are in the contents of messages.
fn depth(asked: &Asked) -> Depth {
    let plain = asked.human.is_none() && asked.reach.is_plain() && asked.medium != Some(Medium::Signals);
    if plain { Depth::Samples } else { Depth::All }
}

fn indexed(path: &Path, depth: Depth) -> anyhow::Result<Arc<dyn Clip>> {
    let clip = clips::open(path)?;
    index(&*clip, depth)?;
    Ok(clip)
}

fn index(clip: &dyn Clip, depth: Depth) -> Result<(), ClipError> {
    let progress = Progress::default();
    match depth {
        Depth::Samples => clip.index_samples(&progress),
        Depth::All => clip.index(&progress),
    }
}

/// The channels of a recording whose samples are selected, in the order of the samples.
pub fn channels(info: &ClipInfo, asked: &Asked) -> Vec<(Medium, ChannelId, String)> {
    let usual = [Medium::Image, Medium::Points, Medium::Text];
    let media = asked.medium.as_ref().map_or(usual.as_slice(), std::slice::from_ref);
    let all = media.iter().flat_map(|medium| {
        let channels = info.asked(*medium, &asked.reach).into_iter();
        channels.map(move |(id, channel)| (*medium, id, channel.name.clone()))
    });
    all.filter(|(_, _, name)| asked.channel.as_ref().is_none_or(|wanted| wanted == name)).collect()
}

/// The samples of one recording; with `ranges`, one for each of its [`channels`], only frames within them.
pub fn within(
    clip: &Arc<dyn Clip>,
    name: &str,
    tags: &[TagSpan],
    asked: &Asked,
    ranges: Option<&[Range<usize>]>,
) -> Vec<RecordedInput> {
    let info = clip.info();
    let human = asked.human.as_ref().and_then(|name| info.channel_named(name));
    let human = human.map(|id| Series {
        name: String::new(),
        times: clip.times(id).to_vec(),
        values: clip.values(id).to_vec(),
    });
    let mut inputs = Vec::new();
    for (number, (medium, channel, channel_name)) in channels(&info, asked).into_iter().enumerate() {
        let times = clip.times(channel);
        let range = match ranges {
            Some(ranges) => ranges.get(number).cloned().unwrap_or_default(),
            None => 0..times.len(),
        };
        let every = asked.every.max(1);
        for frame in (range.start.next_multiple_of(every)..range.end).step_by(every) {
            let Some(time) = times.get(frame).copied() else { break };
            inputs.push(RecordedInput {
                clip: Arc::clone(clip),
                clip_name: name.to_owned(),
                channel,
                medium,
                channel_name: channel_name.clone(),
                frame,
                reach: asked.reach.clone(),
                time_ns: time.0,
                human: human.as_ref().and_then(|series| series.at(time)).filter(|value| value.is_finite()),
                tags: tag_spans::at(tags, time),
            });
        }
    }
    inputs
}

/// The samples of one recording.
pub fn of_clip(
    clip: &Arc<dyn Clip>,
    name: &str,
    project: Option<&Project>,
    asked: &Asked,
) -> Vec<RecordedInput> {
    let tags = project.map(|project| tag_spans::of(project, name)).unwrap_or_default();
    within(clip, name, &tags, asked, None)
}
