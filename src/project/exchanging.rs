//! Export of a project's labels: the labels of a recording as formats take them.

use std::path::Path;

use crate::base::name::Name;
use crate::base::outputs::file_names;
use crate::base::time::Span;
use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelKind};
use crate::data::image::Image;
use crate::data::labels::index::Labels;
use crate::data::labels::tag::Tag;
use crate::exchange::bundle::{Bundle, SampleRef, Stream};
use crate::project::Project;

/// The labels of one clip with the samples of every labeled channel; `channels` selects some of them.
/// Times count from the beginning of the clip.
pub fn bundle_of(project: &Project, name: &str, clip: &dyn Clip, channels: Option<&[String]>) -> Bundle {
    let info = clip.info();
    let start = Span(info.range.start.0);
    let mut bundle = Bundle { ontology: project.ontology.clone(), ..Bundle::empty() };
    let wanted =
        |channel: &str| channels.is_none_or(|channels| channels.iter().any(|wanted| wanted == channel));
    let own: Vec<Name> = project
        .labels
        .channels()
        .filter(|(clip, channel)| **clip == *name && wanted(channel))
        .map(|(_, channel)| channel.clone())
        .collect();
    let names = file_names(own.iter().map(|channel| &**channel));
    for channel in &own {
        let id = info.channel_named(channel);
        let times = id.map(|id| clip.times(id)).unwrap_or_default();
        let size = id.and_then(|id| size_of(clip, id));
        // With several channels the channel is a part of the image name.
        let own_folder = names.get(&**channel).filter(|_| own.len() > 1);
        let folder = own_folder.map(|folder| format!("{folder}/")).unwrap_or_default();
        let samples = times.iter().enumerate().map(|(frame, time)| {
            let file = id.and_then(|id| clip.file(id, frame)).and_then(|file| short_name(&file));
            let file = file.unwrap_or_else(|| format!("{frame:06}.jpg"));
            SampleRef { frame, time: Some(*time - start), file: format!("{folder}{file}"), size }
        });
        let mut samples: Vec<SampleRef> = samples.collect();
        tell_apart(&mut samples);
        if let Some(id) = id {
            fill_sizes(clip, id, project, name, channel, &mut samples);
        }
        bundle.streams.push(Stream { clip: Name::from(name), channel: channel.clone(), samples });
    }
    bundle.labels = project
        .labels
        .iter()
        .filter(|label| label.clip == *name && own.contains(&label.channel))
        .cloned()
        .collect();
    bundle.motions = Labels::default().with_motions_of(&project.labels);
    let tags = project.tags.iter().filter(|tag| tag.clip == name);
    bundle.tags = tags
        .map(|tag| Tag { start: tag.start - start, end: tag.end.map(|end| end - start), ..tag.clone() })
        .collect();
    bundle
}

/// The name of a file, without its folders.
fn short_name(file: &Path) -> Option<String> {
    file.file_name().map(|name| name.to_string_lossy().into_owned())
}

/// Adds numbers to files of one name in several folders, so that none overwrites another.
fn tell_apart(samples: &mut [SampleRef]) {
    let mut seen = std::collections::BTreeSet::new();
    for sample in samples {
        // The name of an image without its extension is the name of its label file.
        let stem =
            |file: &str| file.rsplit_once('.').map_or_else(|| file.to_owned(), |(stem, _)| stem.to_owned());
        if !seen.insert(stem(&sample.file)) {
            let (stem, ending) = sample.file.rsplit_once('.').unwrap_or((&sample.file, "jpg"));
            sample.file = format!("{stem}_{:06}.{ending}", sample.frame);
            seen.insert(sample.file.rsplit_once('.').map_or(String::new(), |(stem, _)| stem.to_owned()));
        }
    }
}

/// Width and height of the first image of a camera.
pub fn size_of(clip: &dyn Clip, channel: ChannelId) -> Option<(u32, u32)> {
    let camera = clip.info().channel(channel).is_some_and(|channel| channel.kind == ChannelKind::Camera);
    if !camera {
        return None;
    }
    clip.file(channel, 0)
        .and_then(|file| Image::size_of_file(&file))
        .or_else(|| clip.picture(channel, 0).ok().map(|image| image.size()))
}

/// Image files may differ in size.
fn fill_sizes(
    clip: &dyn Clip,
    id: ChannelId,
    project: &Project,
    name: &str,
    channel: &str,
    samples: &mut [SampleRef],
) {
    if clip.file(id, 0).is_none() || clip.info().channel(id).is_none_or(|c| c.kind != ChannelKind::Camera) {
        return;
    }
    for frame in project.labels.samples(name, channel).keys() {
        if let Some(sample) = samples.get_mut(*frame)
            && let Some(size) = clip.file(id, *frame).and_then(|file| Image::size_of_file(&file))
        {
            sample.size = Some(size);
        }
    }
}
