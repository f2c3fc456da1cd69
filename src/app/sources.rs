//! The pictures of projects and recordings, for work that needs no window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::recordings::{self, Wanted};
use crate::base::progress::Progress;
use crate::clips::{self, Clip};
use crate::data::input::Medium;
use crate::data::signals::Series;
use crate::data::window::Reach;
use crate::project::history::History;
use crate::project::{ClipRef, Project, is_project};
use crate::suites::faults::Faulty;
use crate::suites::painters;
use crate::suites::sweep::run::Source;

/// Which samples are asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Only this recording.
    pub clip: Option<String>,
    /// Only this camera or LIDAR.
    pub channel: Option<String>,
    /// The signal that says what the human did.
    pub human: Option<String>,
    /// Every so many pictures; 0 counts as 1.
    pub every: usize,
    /// Only samples of this kind; pictures, scans and texts when absent.
    pub medium: Option<Medium>,
    /// How far back the models look.
    pub reach: Reach,
}

/// The first model of these projects that answers, and does not paint.
pub fn first_model(places: &[PathBuf]) -> anyhow::Result<Option<PathBuf>> {
    for place in places.iter().filter(|place| is_project(place)) {
        let history = History::open(place)?;
        let project = history.project();
        let own = project.models.iter().map(|model| project.resolve(&model.path));
        if let Some(model) = painters::first_model(own)? {
            return Ok(Some(model));
        }
    }
    Ok(None)
}

/// The samples of these projects and recordings in their order.
pub fn inputs(places: &[PathBuf], asked: &Asked) -> anyhow::Result<Vec<Source>> {
    let mut inputs = Vec::new();
    for place in places {
        if is_project(place) {
            let history = History::open(place)?;
            let project = history.project();
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

/// A recording of a project with all its files and faults, every sample known.
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
pub fn of_clip(clip: &Arc<dyn Clip>, name: &str, project: Option<&Project>, asked: &Asked) -> Vec<Source> {
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
            inputs.push(Source {
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
