//! Samples of projects and recordings, for work without a window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::progress::Progress;
use crate::clips::recorded_input::RecordedInput;
use crate::clips::{self, Clip};
use crate::data::input::Medium;
use crate::data::time::signals::Series;
use crate::data::time::window::Reach;
use crate::project::editor::ProjectEditor;
use crate::project::faults::Faulty;
use crate::project::recordings::{self, Wanted};
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
    for place in places.iter().filter(|place| is_project(place)) {
        let editor = ProjectEditor::open(place)?;
        let project = editor.project();
        files.extend(project.models.iter().map(|model| project.resolve(&model.path)));
    }
    Ok(files)
}

/// The samples of these projects and recordings in their order.
pub fn inputs(places: &[PathBuf], asked: &Asked) -> anyhow::Result<Vec<RecordedInput>> {
    let mut inputs = Vec::new();
    for place in places {
        if is_project(place) {
            let editor = ProjectEditor::open(place)?;
            let project = editor.project();
            for clip in
                project.clips.iter().filter(|clip| asked.clip.as_ref().is_none_or(|name| *name == clip.name))
            {
                inputs.extend(of_clip(&opened(project, clip)?, &clip.name, Some(project), asked));
            }
        } else {
            let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            inputs.extend(of_clip(&indexed(place)?, &name, None, asked));
        }
    }
    Ok(inputs)
}

/// A recording of a project with all its files and faults, fully indexed.
pub fn opened(project: &Project, clip: &ClipRef) -> anyhow::Result<Arc<dyn Clip>> {
    let wanted = Wanted::Known { folder: project.folder.clone(), clip: clip.clone() };
    let (joined, _) = recordings::together(&wanted, &Progress::default())?;
    joined.index(&Progress::default())?;
    let faults = clip.faults.iter().map(|text| text.parse()).collect::<Result<Vec<_>, _>>()?;
    if faults.is_empty() {
        return Ok(joined);
    }
    Ok(Arc::new(Faulty::new(joined, &faults)?))
}

fn indexed(path: &Path) -> anyhow::Result<Arc<dyn Clip>> {
    let clip = clips::open(path)?;
    clip.index(&Progress::default())?;
    Ok(clip)
}

/// The samples of one recording.
pub fn of_clip(
    clip: &Arc<dyn Clip>,
    name: &str,
    project: Option<&Project>,
    asked: &Asked,
) -> Vec<RecordedInput> {
    let info = clip.info();
    let wanted = |channel: &str| asked.channel.as_ref().is_none_or(|name| name == channel);
    let human = asked.human.as_ref().and_then(|name| info.channel_named(name));
    let human = human.map(|id| Series {
        name: String::new(),
        times: clip.times(id).to_vec(),
        values: clip.values(id).to_vec(),
    });
    let mut inputs = Vec::new();
    let usual = [Medium::Image, Medium::Points, Medium::Text];
    let media = asked.medium.as_ref().map_or(usual.as_slice(), std::slice::from_ref);
    let all = media.iter().flat_map(|medium| {
        let channels = info.asked(*medium, &asked.reach).into_iter();
        channels.map(move |found| (*medium, found))
    });
    for (medium, (id, channel)) in all.filter(|(_, (_, c))| wanted(&c.name)) {
        for (frame, time) in clip.times(id).iter().enumerate().step_by(asked.every.max(1)) {
            let tags = project.map(|project| project.tags_at(name, *time)).unwrap_or_default();
            inputs.push(RecordedInput {
                clip: Arc::clone(clip),
                clip_name: name.to_owned(),
                channel: id,
                medium,
                channel_name: channel.name.clone(),
                frame,
                reach: asked.reach.clone(),
                time_ns: time.0,
                human: human.as_ref().and_then(|series| series.at(*time)).filter(|value| value.is_finite()),
                tags,
            });
        }
    }
    inputs
}
