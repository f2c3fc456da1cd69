//! Import of labels into a project: a preview with its edits.

use std::collections::BTreeMap;

use crate::base::name::Name;
use crate::base::text::agreeing;
use crate::base::time::Span;
use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelKind};
use crate::data::geometry::shape::Shape;
use crate::data::labels::label::Label;
use crate::data::labels::ontology::{Ontology, Word};
use crate::data::labels::tag::Tag;
use crate::exchange::bundle::{Bundle, Stream};
use crate::project::Project;
use crate::project::edit::Edit;

/// Treatment of existing labels on import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Existing labels stay; new ones are added, and identical ones are not added twice.
    Merge,
    /// Existing labels of the file's channels and clip are removed first.
    Replace,
}

/// Preview of an import.
#[derive(Debug, Default)]
pub struct Import {
    /// The edits, as one step.
    pub edits: Vec<Edit>,
    /// Labels that would be added.
    pub labels: usize,
    /// Shapes of these labels: more than labels if objects have several.
    pub shapes: usize,
    /// Tags that would be added.
    pub tags: usize,
    /// Ontology entries that would be added.
    pub words: usize,
    /// Labels and tags that exist already, counted one by one.
    pub same: usize,
    /// Labels and tags that would be removed.
    pub removed: usize,
    /// Existing labels and tags of the same clip and channels.
    pub present: usize,
    /// Parts that were skipped, one sentence each.
    pub warnings: Vec<String>,
}

/// Target of labels without a clip or channel.
pub struct Target<'a> {
    /// Name of the clip in the project.
    pub name: &'a str,
    /// The clip.
    pub clip: &'a dyn Clip,
    /// The channel; by default the first camera or lidar that fits the shapes.
    pub channel: Option<&'a str>,
}

/// Warnings about labels of images that the recording does not have, and about labels beyond its end.
fn skipped(lost: &BTreeMap<String, usize>, beyond: usize, channel: &str) -> Vec<String> {
    let mut told = Vec::new();
    if let Some((first, _)) = lost.first_key_value() {
        told.push(format!(
            "images not found in the recording: {}, such as {first:?}; {} skipped",
            lost.len(),
            agreeing(lost.values().sum(), "label of them is", "labels of them are")
        ));
    }
    if beyond > 0 {
        let labels = agreeing(beyond, "label is", "labels are");
        told.push(format!("{labels} beyond the end of {channel:?} and skipped"));
    }
    told
}

/// Prepares an import into a project. Nothing is changed.
pub fn import(project: &Project, bundle: &Bundle, target: &Target<'_>, meeting: Meeting) -> Import {
    let mut import = Import::default();
    let info = target.clip.info();
    let start = Span(info.range.start.0);
    let mut ontology = project.ontology.clone();
    import.words = ontology.join(&new_words(project, bundle));
    if ontology != project.ontology {
        import.edits.push(Edit::SetOntology(ontology));
    }
    let mut added: Vec<Label> = Vec::new();
    let mut about: Vec<Name> = Vec::new();
    // Labels of one recording may be meant for it under another name, those of several are not.
    let of_labels = bundle.streams.iter().map(|stream| &*stream.clip);
    let clips: std::collections::BTreeSet<&str> = of_labels
        .chain(bundle.tags.iter().map(|tag| tag.clip.as_str()))
        .filter(|clip| !clip.is_empty())
        .collect();
    let several = clips.len() > 1;
    for stream in &bundle.streams {
        let labels: Vec<&Label> =
            bundle.labels.iter().filter(|l| l.clip == stream.clip && l.channel == stream.channel).collect();
        if labels.is_empty() {
            continue;
        }
        if several && !stream.clip.is_empty() && *stream.clip != *target.name {
            import.warnings.push(format!(
                "{} of the recording {:?}, not of {:?}, and skipped",
                agreeing(labels.len(), "label is", "labels are"),
                &*stream.clip,
                target.name
            ));
            continue;
        }
        let Some(channel) = channel_for(stream, &labels, target) else {
            import.warnings.push(format!(
                "{} to {:?}, which the recording does not have",
                agreeing(labels.len(), "label refers", "labels refer"),
                &*stream.channel
            ));
            continue;
        };
        let places = Places::new(stream, target.clip, info.channel_named(&channel));
        import.warnings.extend(unlabeled(stream, &labels).filter(|_| bundle.every_sample));
        let (mut lost, mut beyond) = (BTreeMap::<String, usize>::new(), 0);
        for label in labels {
            match places.frame_of(label.frame) {
                Ok(frame) => {
                    let class = class_here(&project.ontology, &label.class);
                    let clip = Name::from(target.name);
                    added.push(Label { clip, channel: channel.clone(), frame, class, ..label.clone() });
                }
                Err(NoSample::Beyond) => beyond += 1,
                Err(NoSample::Image(file)) => *lost.entry(file).or_default() += 1,
            }
        }
        import.warnings.extend(skipped(&lost, beyond, &channel));
        about.push(channel);
    }
    let here = |label: &&Label| label.clip == *target.name && about.contains(&label.channel);
    let present: Vec<&Label> = project.labels.iter().filter(here).collect();
    let tags_here: Vec<&Tag> = project.tags.iter().filter(|tag| tag.clip == target.name).collect();
    import.present = present.len() + if bundle.tags.is_empty() { 0 } else { tags_here.len() };
    if meeting == Meeting::Replace {
        import.edits.extend(present.iter().map(|label| Edit::RemoveLabel(label.id)));
        if !bundle.tags.is_empty() {
            import.edits.extend(tags_here.iter().map(|tag| Edit::RemoveTag(tag.id)));
        }
        import.removed = import.present;
    }
    let merging = meeting == Meeting::Merge;
    let known = |label: &Label| {
        merging
            && project.labels.drawn_on(&label.clip, &label.channel, label.frame).any(|own| {
                own.class == label.class
                    && own.state == label.state
                    && own.attributes == label.attributes
                    && alike(&own.shape, &label.shape)
            })
    };
    let mut id = project.fresh_id();
    let mut objects: BTreeMap<u64, u64> = BTreeMap::new();
    for label in added {
        if known(&label) {
            import.same += 1;
            continue;
        }
        let object = *objects.entry(label.object).or_insert(id);
        let shapes = label.shape.shapes().count();
        import.edits.push(Edit::AddLabel(Label { id, object, ..label }));
        import.labels += 1;
        import.shapes += shapes;
        id += 1;
    }
    let own = tags_of(&mut import, bundle, target, several);
    add_tags(&mut import, &own, target, start, merging, (&tags_here, id));
    import
}

/// The tags that are of the target; those of other recordings of the file are told.
fn tags_of<'a>(import: &mut Import, bundle: &'a Bundle, target: &Target<'_>, several: bool) -> Vec<&'a Tag> {
    let (own, others): (Vec<&Tag>, Vec<&Tag>) =
        bundle.tags.iter().partition(|tag| !several || tag.clip.is_empty() || tag.clip == target.name);
    for clip in others.iter().map(|tag| tag.clip.as_str()).collect::<std::collections::BTreeSet<&str>>() {
        let count = others.iter().filter(|tag| tag.clip == clip).count();
        import.warnings.push(format!(
            "{} of the recording {clip:?}, not of {:?}, and skipped",
            agreeing(count, "tag is", "tags are"),
            target.name
        ));
    }
    own
}

/// Adds the tags of a file; `id` is the first that is free.
fn add_tags(
    import: &mut Import,
    tags: &[&Tag],
    target: &Target<'_>,
    start: Span,
    merging: bool,
    (tags_here, mut id): (&[&Tag], u64),
) {
    for tag in tags {
        let (from, end) = (tag.start + start, tag.end.map(|end| end + start));
        let tag = Tag { id, clip: target.name.to_owned(), start: from, end, ..(*tag).clone() };
        let same = |own: &&&Tag| Tag { id, ..(**own).clone() } == tag;
        if merging && tags_here.iter().find(same).is_some() {
            import.same += 1;
            continue;
        }
        import.edits.push(Edit::AddTag(tag));
        import.tags += 1;
        id += 1;
    }
}

/// A sentence about the samples of a stream without labels, if there are any.
fn unlabeled(stream: &Stream, labels: &[&Label]) -> Option<String> {
    let labeled: std::collections::BTreeSet<usize> = labels.iter().map(|label| label.frame).collect();
    let empty = stream.samples.iter().filter(|sample| !labeled.contains(&sample.frame)).count();
    (empty > 0).then(|| {
        format!(
            "{} no labels; a project does not know them from images that nobody has labeled, so they are not evaluated",
            agreeing(empty, "image of the file has", "images of the file have")
        )
    })
}

/// The words of a bundle under the names that they have in the project.
fn new_words(project: &Project, bundle: &Bundle) -> Ontology {
    let used = |word: &&Word| bundle.tags.iter().any(|tag| tag.kind == word.name);
    let own = |word: &&Word| class_here(&project.ontology, &Name::from(&word.name)) == word.name;
    Ontology {
        tags: bundle.ontology.tags.iter().filter(used).cloned().collect(),
        classes: bundle.ontology.classes.iter().filter(own).cloned().collect(),
    }
}

/// The project's name of a class: formats without spaces have underscores in their place.
fn class_here(ontology: &Ontology, class: &Name) -> Name {
    let spaced = class.replace('_', " ");
    if ontology.class(class).is_none() && ontology.class(&spaced).is_some() {
        Name::from(spaced)
    } else {
        class.clone()
    }
}

/// True if two shapes are equal except for rounding: less than a hundredth of a pixel or a millimeter apart.
fn alike(a: &Shape, b: &Shape) -> bool {
    if a == b {
        return true;
    }
    match (a.bounds(), b.bounds()) {
        (Some(p), Some(q)) => {
            let off = [p.x0 - q.x0, p.y0 - q.y0, p.x1 - q.x1, p.y1 - q.y1];
            let least = if matches!(a, Shape::Cuboid(_)) { 0.001 } else { 0.01 };
            let same_kinds = || a.shapes().map(Shape::kind).eq(b.shapes().map(Shape::kind));
            let inner = || match (a, b) {
                (Shape::Parts(a), Shape::Parts(b)) => {
                    a.iter().zip(b).all(|(a, b)| a.name == b.name && alike(&a.shape, &b.shape))
                }
                _ => true,
            };
            same_kinds() && off.iter().all(|off| off.abs() < least) && inner()
        }
        _ => false,
    }
}

/// The channel of the recording for a stream.
fn channel_for(stream: &Stream, labels: &[&Label], target: &Target<'_>) -> Option<Name> {
    let info = target.clip.info();
    if let Some(channel) = target.channel {
        return info.channel_named(channel).map(|_| Name::from(channel));
    }
    if info.channel_named(&stream.channel).is_some() {
        return Some(stream.channel.clone());
    }
    let space =
        labels.iter().any(|label| label.shape.shapes().all(|shape| matches!(shape, Shape::Cuboid(_))));
    let kind = if space { ChannelKind::Points } else { ChannelKind::Camera };
    let other = if space { ChannelKind::Camera } else { ChannelKind::Points };
    let mut channels = info.of_kind(kind).chain(info.of_kind(other));
    channels.next().map(|(_, channel)| Name::from(channel.name.as_str()))
}

/// Reason why a label is about no sample of the recording.
enum NoSample {
    /// The recording has no image of this name.
    Image(String),
    /// The recording ends before it.
    Beyond,
}

/// Mapping from the samples of a file to those of a recording.
struct Places<'a> {
    stream: &'a Stream,
    count: usize,
    /// Sample of the recording by the name of its image without folders and extension.
    by_name: BTreeMap<String, Option<usize>>,
    /// True if the recording's images have names of their own.
    named: bool,
}

impl<'a> Places<'a> {
    fn new(stream: &'a Stream, clip: &dyn Clip, channel: Option<ChannelId>) -> Self {
        let count = channel.map_or(0, |channel| clip.times(channel).len());
        let mut by_name = BTreeMap::new();
        let mut named = false;
        if let Some(channel) = channel.filter(|_| stream.samples.iter().any(|sample| !sample.file.is_empty()))
        {
            for frame in 0..count {
                let Some(file) = clip.file(channel, frame) else { break };
                named = true;
                let stem =
                    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                // A name shared by two images is ambiguous.
                by_name.entry(stem).and_modify(|place| *place = None).or_insert(Some(frame));
            }
        }
        Self { stream, count, by_name, named }
    }

    /// The sample of the recording.
    fn frame_of(&self, frame: usize) -> Result<usize, NoSample> {
        let at = self.stream.samples.binary_search_by_key(&frame, |sample| sample.frame);
        let file =
            at.ok().and_then(|at| self.stream.samples.get(at)).map_or("", |sample| sample.file.as_str());
        if !file.is_empty() {
            let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            if self.named {
                return match self.by_name.get(stem) {
                    Some(Some(frame)) => Ok(*frame),
                    _ => Err(NoSample::Image(file.to_owned())),
                };
            }
            // Images extracted from a video carry their number.
            let digits: String = stem.chars().rev().take_while(char::is_ascii_digit).collect();
            if let Ok(number) = digits.chars().rev().collect::<String>().parse::<usize>() {
                return if number < self.count { Ok(number) } else { Err(NoSample::Beyond) };
            }
        }
        if frame < self.count { Ok(frame) } else { Err(NoSample::Beyond) }
    }
}
