//! What is there beside what a model answers, of the recordings of a project; for the window and the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use crate::app::sources;
use crate::app::suites::TAG_REACH_NS;
use crate::base::name::Name;
use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::base::time::Time;
use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelKind};
use crate::data::input::Medium;
use crate::data::label::{Label, Value};
use crate::data::objects::Detection;
use crate::data::odd;
use crate::data::prediction::{Prediction, Task};
use crate::data::shape::{Shape, ShapeKind};
use crate::data::signals::Series;
use crate::data::solid::Solid;
use crate::inference::BackendKind;
use crate::inference::card::ModelCard;
use crate::inference::model::Model;
use crate::metrics::detection_errors::Object;
use crate::project::history::History;
use crate::project::{ClipRef, Project};
use crate::suites::answers::{Answers, Key, recording_key};
use crate::suites::evaluation::imported::{self, Imported};
use crate::suites::evaluation::samples::{Fact, Sample};

/// What stands for the true class among the signals.
pub const CLASS: &str = "class";

/// Answers kept at once.
const BATCH: usize = 64;

/// What is compared with what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Names of labelled classes by the name that the model has for them.
    pub classes: BTreeMap<String, String>,
    /// Names of recorded signals by the name of the model's number; for a classifier by [`CLASS`], the signal being the
    /// position of the true class among the model's.
    pub signals: BTreeMap<String, String>,
    /// Look at so many samples of a channel only, spread over all that are labelled, and keep no answers: for trying
    /// something out.
    #[serde(skip)]
    pub most: Option<usize>,
}

/// Where answers come from.
#[derive(Clone)]
pub enum Source {
    /// A model that is asked.
    Model(Arc<Model>),
    /// Answers that were given elsewhere.
    Imported(Arc<Imported>),
}

impl Source {
    /// A model file, or a file of answers with what explains its numbers.
    pub fn load(path: &Path, images: Option<&Path>, backend: &'static BackendKind) -> anyhow::Result<Self> {
        if imported::is_one(path) {
            return Ok(Self::Imported(Arc::new(imported::read(path, images)?)));
        }
        Ok(Self::Model(Arc::new(Model::load(path, backend, 1)?)))
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Model(model) => &model.card.name,
            Self::Imported(imported) => &imported.name,
        }
    }

    /// What kind of answers it gives.
    pub fn task(&self) -> Task {
        match self {
            Self::Model(model) => model.task(),
            Self::Imported(imported) => imported.task,
        }
    }

    /// Its words for classes or numbers.
    pub fn labels(&self) -> &[String] {
        match self {
            Self::Model(model) => &model.card.labels,
            Self::Imported(imported) => &imported.labels,
        }
    }

    /// Its classes in the order in which a recorded signal counts them. A file of answers has none: then the project's model says
    /// it.
    fn order(&self, project: &Project) -> Vec<String> {
        let cards = project.models.iter().filter_map(|model| {
            ModelCard::beside(&project.resolve(&model.path)).ok().flatten().map(|card| card.labels)
        });
        match self {
            Self::Model(model) => model.card.labels.clone(),
            Self::Imported(imported) => cards.into_iter().next().unwrap_or_else(|| imported.labels.clone()),
        }
    }

    /// Detections below this count for average precision and for nothing else.
    pub fn threshold(&self) -> f32 {
        match self {
            Self::Model(model) => model.card.threshold,
            // Whoever wrote them left out what is not worth having.
            Self::Imported(_) => 0.0,
        }
    }

    /// The model, where it can be asked.
    pub fn model(&self) -> Option<&Arc<Model>> {
        match self {
            Self::Model(model) => Some(model),
            Self::Imported(_) => None,
        }
    }

    fn channels(&self, clip: &dyn Clip) -> Vec<(ChannelId, String)> {
        match self {
            Self::Model(model) => channels(clip, model.medium()),
            Self::Imported(imported) => {
                let all = clip.info();
                all.of_kind(imported.kind()).map(|(id, channel)| (id, channel.name.clone())).collect()
            }
        }
    }
}

/// Samples with truth and answer, and what could not be compared.
#[derive(Clone, Default)]
pub struct Gathered {
    /// Where both are known.
    pub samples: Vec<Sample>,
    /// Samples that nobody labelled; they do not count.
    pub unlabelled: usize,
    /// Labelled classes that the model does not have, with the number of their labels; they do not count.
    pub strange: BTreeMap<String, usize>,
    /// The recordings by name, as they were opened for this.
    pub clips: BTreeMap<Name, Arc<dyn Clip>>,
}

/// The key of a project's recording in the store of answers.
pub fn recording_of(project: &Project, clip: &ClipRef) -> String {
    let files: Vec<_> = std::iter::once(&clip.path)
        .chain(clip.with.iter().map(|part| &part.path))
        .map(|path| project.resolve(path))
        .collect();
    recording_key(files.iter().map(std::path::PathBuf::as_path), &clip.faults)
}

/// The channels of a recording that a model can look at.
pub fn channels(clip: &dyn Clip, medium: Medium) -> Vec<(ChannelId, String)> {
    let kind = if medium == Medium::Points { ChannelKind::Points } else { ChannelKind::Camera };
    clip.info().of_kind(kind).map(|(id, channel)| (id, channel.name.clone())).collect()
}

/// The model's answers about these samples of a channel: from the store where they are there, from the model where they are
/// not, and then kept. Blocks; a sample that cannot be read has no answer.
pub fn answers(
    model: &Model,
    clip: &dyn Clip,
    (id, channel): (ChannelId, &str),
    wanted: &BTreeSet<usize>,
    mut store: Option<(&mut Answers, &str)>,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<BTreeMap<usize, Prediction>> {
    let key = store.as_ref().map(|(_, recording)| Key::new(model, recording, channel));
    let mut known = match (&store, &key) {
        (Some((store, _)), Some(key)) => store.known(key)?,
        _ => BTreeMap::new(),
    };
    let missing: Vec<usize> = wanted.iter().copied().filter(|frame| !known.contains_key(frame)).collect();
    progress.begin(missing.len() as u64);
    let mut new: Vec<(usize, Prediction)> = Vec::new();
    let ask = |at: usize| clip.input(id, missing[at]).ok().map(|input| model.ask(&input));
    let mut keep = |new: &mut Vec<(usize, Prediction)>| -> anyhow::Result<()> {
        if let (Some((store, _)), Some(key)) = (&mut store, &key) {
            store.keep(key, new)?;
        }
        known.extend(new.drain(..));
        Ok(())
    };
    let done = in_order(missing.len(), threads, ask, |at, answer| {
        progress.step()?;
        if let Some(answer) = answer {
            new.push((missing[at], answer?));
        }
        if new.len() >= BATCH { keep(&mut new) } else { Ok::<(), anyhow::Error>(()) }
    });
    // What is known by now is kept, also when somebody has seen enough.
    keep(&mut new)?;
    done?;
    known.retain(|frame, _| wanted.contains(frame));
    Ok(known)
}

/// Everything that is known of what a recording shows on the channels that a model looks at.
pub struct Facts<'a> {
    project: &'a Project,
    clip: &'a dyn Clip,
    name: &'a str,
    terms: &'a Terms,
    known: BTreeSet<&'a str>,
    /// Classes in the order in which a recorded signal counts them.
    order: &'a [String],
    task: Task,
}

impl<'a> Facts<'a> {
    /// The facts of one recording, in the words of a model.
    pub fn new(
        project: &'a Project,
        name: &'a str,
        clip: &'a dyn Clip,
        source: &'a Source,
        terms: &'a Terms,
        order: &'a [String],
    ) -> Self {
        let known = source.labels().iter().map(String::as_str).collect();
        Self { project, clip, name, terms, known, order, task: source.task() }
    }

    /// The model's word for a labelled class, if it has one: the one that was agreed on, the same, or the same in other case.
    fn word(&self, class: &str) -> Option<String> {
        let agreed =
            self.terms.classes.iter().find(|(_, labelled)| *labelled == class).map(|(word, _)| word.clone());
        agreed.or_else(|| self.known.contains(class).then(|| class.to_owned())).or_else(|| {
            self.known.iter().find(|word| word.eq_ignore_ascii_case(class)).map(|word| (*word).to_owned())
        })
    }

    /// What is known of each sample of a channel, and how many labels the model has no word for.
    pub fn of(&self, id: ChannelId, channel: &str) -> (BTreeMap<usize, Fact>, BTreeMap<String, usize>) {
        match self.task {
            Task::Objects => self.objects(channel),
            Task::Classes => (self.classes(id, channel), BTreeMap::new()),
            Task::Values => (self.values(id), BTreeMap::new()),
            Task::Segments => self.areas(channel),
            // Nobody can say what a vector has to be.
            Task::Vector => Default::default(),
        }
    }

    fn objects(&self, channel: &str) -> (BTreeMap<usize, Fact>, BTreeMap<String, usize>) {
        let mut strange = BTreeMap::new();
        let mut facts = BTreeMap::new();
        for (frame, shown) in self.project.labels.samples(self.name, channel) {
            let mut objects = Vec::new();
            let mut any = false;
            for one in shown {
                let Some(place) = place_of(&one.shape) else { continue };
                any = true;
                match self.word(&one.label.class) {
                    Some(class) => objects.push(Object {
                        place: Detection { class: class.clone(), ..place },
                        class,
                        ignored: ignored(one.label),
                    }),
                    None => *strange.entry(one.label.class.to_string()).or_default() += 1,
                }
            }
            if any {
                facts.insert(frame, Fact::Objects(objects));
            }
        }
        (facts, strange)
    }

    /// Outlines and masks, and boxes where nobody drew anything finer.
    fn areas(&self, channel: &str) -> (BTreeMap<usize, Fact>, BTreeMap<String, usize>) {
        let (mut facts, mut strange) = (BTreeMap::new(), BTreeMap::new());
        for (frame, shown) in self.project.labels.samples(self.name, channel) {
            let mut areas = Vec::new();
            for one in shown
                .iter()
                .filter(|one| !one.shape.outline().is_empty() || one.shape.kind() == ShapeKind::Mask)
            {
                match self.word(&one.label.class) {
                    Some(class) => areas.push((class, one.shape.clone().into_owned())),
                    None => *strange.entry(one.label.class.to_string()).or_default() += 1,
                }
            }
            if !areas.is_empty() {
                facts.insert(frame, Fact::Areas(areas));
            }
        }
        (facts, strange)
    }

    fn classes(&self, id: ChannelId, channel: &str) -> BTreeMap<usize, Fact> {
        let times = self.clip.times(id);
        let recorded = self.terms.signals.get(CLASS).and_then(|signal| self.series(signal));
        let position = |value: f64| (value >= 0.0 && value.fract() == 0.0).then_some(value as usize);
        let mut facts = BTreeMap::new();
        for (frame, time) in times.iter().enumerate() {
            let drawn = self.project.labels.drawn_on(self.name, channel, frame);
            let whole =
                drawn.filter(|label| label.shape == Shape::Whole).find_map(|label| self.word(&label.class));
            let tagged = || {
                let own = self.project.tags.iter().filter(|tag| tag.clip == self.name);
                // A moment is about its own picture alone.
                own.filter(|tag| tag.covers(*time, 0)).find_map(|tag| self.word(&tag.kind))
            };
            let logged = || {
                let value = recorded.as_ref().and_then(|series| series.at(*time));
                self.word(self.order.get(value.and_then(position)?)?)
            };
            if let Some(class) = whole.or_else(tagged).or_else(logged) {
                facts.insert(frame, Fact::Class(class));
            }
        }
        facts
    }

    fn series(&self, signal: &str) -> Option<Series> {
        let channel = self.clip.info().channel_named(signal)?;
        let (times, values) = (self.clip.times(channel).to_vec(), self.clip.values(channel).to_vec());
        Some(Series { name: signal.to_owned(), times, values })
    }

    fn values(&self, id: ChannelId) -> BTreeMap<usize, Fact> {
        let series: Vec<(String, Series)> = self
            .known
            .iter()
            .filter_map(|name| {
                let signal = self.terms.signals.get(*name).map_or(*name, String::as_str);
                Some(((*name).to_owned(), self.series(signal)?))
            })
            .collect();
        let at = |time: Time| -> Vec<(String, f64)> {
            let value = |(name, series): &(String, Series)| Some((name.clone(), series.at(time)?));
            series.iter().filter_map(value).filter(|(_, value)| value.is_finite()).collect()
        };
        let times = self.clip.times(id);
        let facts = times.iter().enumerate().map(|(frame, time)| (frame, at(*time)));
        facts.filter(|(_, values)| !values.is_empty()).map(|(frame, v)| (frame, Fact::Values(v))).collect()
    }

    /// Puts facts and answers of a channel together.
    pub fn joined(
        &self,
        (id, channel): (ChannelId, &str),
        facts: BTreeMap<usize, Fact>,
        answers: &mut BTreeMap<usize, Prediction>,
    ) -> Vec<Sample> {
        let times = self.clip.times(id);
        let (clip, channel) = (Name::from(self.name), Name::from(channel));
        let sample = |(frame, fact): (usize, Fact)| {
            let (time, answer) = (*times.get(frame)?, answers.remove(&frame)?);
            let tags = self.tags_at(time);
            Some(Sample { clip: clip.clone(), channel: channel.clone(), frame, time, tags, fact, answer })
        };
        facts.into_iter().filter_map(sample).collect()
    }

    /// Tag types that hold at a time, those of the domain of the whole recording among them.
    fn tags_at(&self, time: Time) -> Vec<String> {
        let own = self.project.tags.iter().filter(|tag| tag.clip == self.name);
        let holds = own.filter(|tag| match odd::name_of(&tag.kind) {
            Some(_) => odd::is_present(tag),
            None => tag.covers(time, TAG_REACH_NS),
        });
        let kinds: BTreeSet<String> = holds.map(|tag| tag.kind.clone()).collect();
        kinds.into_iter().collect()
    }
}

fn ignored(label: &Label) -> bool {
    ["iscrowd", "ignore"].iter().any(|name| match label.attributes.get(*name) {
        Some(Value::Flag(flag)) => *flag,
        Some(Value::Number(number)) => *number > 0.0,
        Some(Value::Text(_) | Value::Many(_)) | None => false,
    })
}

fn place_of(shape: &Shape) -> Option<Detection> {
    if let Shape::Cuboid(block) = shape {
        let solid = Solid {
            center: block.center.map(|v| v as f32),
            size: block.size.map(|v| v as f32),
            yaw: block.yaw() as f32,
        };
        return Some(Detection::upright(String::new(), 1.0, solid));
    }
    Some(Detection::flat(String::new(), 1.0, shape.bounds()?))
}

/// Asks a model about everything that is labelled in a project, or about the recordings that are named. Blocks.
pub fn gather(
    folder: &Path,
    only: &[String],
    source: &Source,
    terms: &Terms,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<Gathered> {
    let mut history = History::open(folder)?;
    // A project that cannot be written is measured all the same.
    let mut store = if terms.most.is_none() { Answers::open(folder).ok() } else { None };
    let mut gathered = Gathered::default();
    let clips: Vec<ClipRef> = history.project().clips.clone();
    if let Some(strange) = only.iter().find(|name| !clips.iter().any(|clip| clip.name == **name)) {
        return Err(anyhow!("the project has no recording {strange:?}"));
    }
    let order = source.order(history.project());
    for of in clips.iter().filter(|clip| only.is_empty() || only.contains(&clip.name)) {
        let clip: Arc<dyn Clip> = sources::opened(history.project(), of)?;
        history.learn_motions(&of.name, &*clip);
        let project = history.project();
        let recording = recording_of(project, of);
        let facts = Facts::new(project, &of.name, &*clip, source, terms, &order);
        for (id, channel) in source.channels(&*clip) {
            let (mut known, strange) = facts.of(id, &channel);
            gathered.unlabelled += clip.times(id).len() - known.len();
            for (class, count) in strange {
                *gathered.strange.entry(class).or_default() += count;
            }
            if let Some(most) = terms.most {
                let every = known.len().div_ceil(most.max(1)).max(1);
                let kept: BTreeSet<usize> = known.keys().copied().step_by(every).collect();
                known.retain(|frame, _| kept.contains(frame));
            }
            let wanted: BTreeSet<usize> = known.keys().copied().collect();
            let store = store.as_mut().map(|store| (store, recording.as_str()));
            let mut answers = match source {
                Source::Model(model) => {
                    answers(model, &*clip, (id, &channel), &wanted, store, threads, progress)?
                }
                Source::Imported(imported) => imported.of(&of.name, &*clip, (id, &channel)),
            };
            gathered.samples.extend(facts.joined((id, &channel), known, &mut answers));
        }
        gathered.clips.insert(Name::from(&of.name), clip);
    }
    Ok(gathered)
}
