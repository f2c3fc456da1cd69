//! Ground truth beside predictions of the recordings of a project; for the window and the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::base::name::Name;
use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::base::time::Span;
use crate::clips::Clip;
use crate::data::clip::ChannelId;
use crate::data::geometry::objects::Detection;
use crate::data::labels::label::Attributes;
use crate::data::prediction::{NamedValue, Prediction};
use crate::evaluation::facts::Facts;
use crate::evaluation::region;
use crate::evaluation::samples::{Fact, Sample};
use crate::evaluation::terms::{Injected, Terms};
use crate::evaluation::work::Work;
use crate::inference::card::ModelCard;
use crate::inference::model::Model;
use crate::metrics::detection_errors::Object;
use crate::predictions::keeper::Keeper;
use crate::predictions::source::Source;
use crate::predictions::store::{Answers, AnswersError, Key};
use crate::project::editor::ProjectEditor;
use crate::project::faults::{Fault, Faulty};
use crate::project::samples;
use crate::project::{ClipRef, Project};

/// Samples with ground truth and prediction, and those that could not be compared.
#[derive(Clone, Default)]
pub struct Gathered {
    /// Samples with both ground truth and prediction.
    pub samples: Vec<Sample>,
    /// Samples without ground truth; they are not evaluated.
    pub unlabeled: usize,
    /// Label classes that the model does not have, with the number of their labels; they are not evaluated.
    pub strange: BTreeMap<String, usize>,
    /// Samples with ground truth and without a prediction at their time; they are not evaluated.
    pub silent: usize,
    /// Largest difference of stamps of a recorded channel that was accepted.
    pub apart: Span,
    /// The limits of the terms.
    pub limits: BTreeMap<String, f64>,
    /// The recordings by name, as they were opened for this.
    pub clips: BTreeMap<Name, Arc<dyn Clip>>,
}

/// The key of a project's recording in the store of predictions. Blocks while its files are read the first time.
pub fn recording_of(store: &Answers, project: &Project, clip: &ClipRef) -> Result<String, AnswersError> {
    let files: Vec<_> = std::iter::once(&clip.path)
        .chain(clip.with.iter().map(|part| &part.path))
        .map(|path| project.resolve(path))
        .collect();
    store.recording(&files, &clip.faults)
}

/// The predictions for these samples of a channel: from the store if they are there, else from the model,
/// and then cached. Blocks; a sample that cannot be read has no prediction.
pub fn answers(
    model: &Model,
    clip: &dyn Clip,
    (id, channel): (ChannelId, &str),
    wanted: &BTreeSet<usize>,
    store: Option<(&mut Answers, &str)>,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<BTreeMap<usize, Prediction>> {
    let mut keeper =
        Keeper::new(store.map(|(store, recording)| (store, Key::new(model, recording, channel))));
    let mut known = keeper.known()?;
    let missing: Vec<usize> = wanted.iter().copied().filter(|frame| !known.contains_key(frame)).collect();
    progress.begin(missing.len() as u64);
    let reach = model.reach();
    let predict = |at: usize| clip.reached(id, missing[at], &reach).ok().map(|input| model.run(&input));
    let done = in_order(missing.len(), threads, predict, |at, answer| {
        progress.step()?;
        if let Some(answer) = answer.transpose()? {
            keeper.add(missing[at], &answer)?;
            known.insert(missing[at], answer);
        }
        Ok::<(), anyhow::Error>(())
    });
    // What is known by now is kept, also when somebody has seen enough.
    keeper.write()?;
    done?;
    known.retain(|frame, _| wanted.contains(frame));
    Ok(known)
}

/// The classes of a source in the order in which a recorded signal counts them. A file of predictions has no order of its
/// own: then that of the project's first model counts.
fn class_order(source: &Source, project: &Project) -> Vec<String> {
    let cards = project.models.iter().filter_map(|model| {
        ModelCard::beside(&project.resolve(&model.path)).ok().flatten().map(|card| card.labels)
    });
    match source {
        Source::Model(model) => model.card.labels.clone(),
        Source::Imported(imported) => cards.into_iter().next().unwrap_or_else(|| imported.labels.clone()),
        Source::Recorded(recorded) => recorded.labels.clone(),
    }
}

/// Recording, channel and number of a sample.
pub type Place = (String, String, usize);

/// Ground truth of the samples of a project that fit a model. Blocks.
pub fn facts_of(folder: &Path, source: &Source, terms: &Terms) -> anyhow::Result<Vec<(Place, Fact)>> {
    let editor = ProjectEditor::open(folder)?;
    let project = editor.project();
    let order = class_order(source, project);
    let mut all = Vec::new();
    for of in &project.clips {
        let clip: Arc<dyn Clip> = samples::opened(project, of)?;
        let facts = Facts::new(project, &of.name, &*clip, source, terms, &order);
        for (id, channel) in source.channels(&*clip) {
            let (known, _) = facts.of(id, &channel);
            all.extend(
                known.into_iter().map(|(frame, fact)| ((of.name.clone(), channel.clone(), frame), fact)),
            );
        }
    }
    Ok(all)
}

/// Number of samples with ground truth that an evaluation has to predict first, since they are not in the store. Blocks.
pub fn unpredicted(folder: &Path, source: &Source, terms: &Terms) -> anyhow::Result<usize> {
    let Source::Model(model) = source else { return Ok(0) };
    let editor = ProjectEditor::open(folder)?;
    let project = editor.project();
    let store = Answers::open(folder).ok();
    let order = class_order(source, project);
    let mut count = 0;
    for of in &project.clips {
        let clip: Arc<dyn Clip> = samples::opened(project, of)?;
        let facts = Facts::new(project, &of.name, &*clip, source, terms, &order);
        for (id, channel) in source.channels(&*clip) {
            let (wanted, _) = facts.of(id, &channel);
            let known = store.as_ref().and_then(|store| {
                let recording = recording_of(store, project, of).ok()?;
                store.known(&Key::new(model, &recording, &channel)).ok()
            });
            let known = known.unwrap_or_default();
            count += wanted.keys().filter(|frame| !known.contains_key(frame)).count();
        }
    }
    Ok(count)
}

/// Source of the ground truth.
#[derive(Clone, Default)]
pub enum Truth {
    /// Labels, tags and recorded signals.
    #[default]
    Labels,
    /// Another source: a channel of the recording, a file, a model.
    Source(Source),
}

/// Compare predictions with the ground truth of a project or a recording, or of the named recordings of a project. Blocks.
pub fn gather(
    place: &Path,
    only: &[String],
    (source, truth): (&Source, &Truth),
    terms: &Terms,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<Gathered> {
    let mut work = Work::open(place)?;
    // A project that cannot be written is measured all the same.
    let caches = terms.most.is_none() && matches!(work, Work::Project(_));
    let mut store = if caches { Answers::open(place).ok() } else { None };
    let mut gathered = Gathered { limits: terms.limits.clone(), ..Gathered::default() };
    let clips: Vec<ClipRef> = work.project().clips.clone();
    if let Some(strange) = only.iter().find(|name| !clips.iter().any(|clip| clip.name == **name)) {
        return Err(anyhow!("the project has no recording {strange:?}"));
    }
    let order = class_order(source, work.project());
    for of in clips.iter().filter(|clip| only.is_empty() || only.contains(&clip.name)) {
        let clip: Arc<dyn Clip> = samples::opened(work.project(), of)?;
        work.learn_motions(&of.name, &*clip);
        let project = work.project();
        let shown = changed(&clip, of, (source, truth), &terms.injected)?;
        // What is predicted, and the ground truth if that is predicted, too: by the recording as it is.
        let mut recordings = [String::new(), String::new()];
        for (recording, of) in recordings.iter_mut().zip([&shown.of, of]) {
            match store.as_ref().map(|store| recording_of(store, project, of)) {
                Some(Err(err)) => {
                    log::debug!("predictions are not cached: {err}");
                    store = None;
                }
                Some(Ok(known)) => *recording = known,
                None => {}
            }
        }
        let [recording, plain] = &recordings;
        let facts = Facts::new(project, &of.name, &*clip, source, terms, &order);
        let asker = Asker { clip: &shown.clip, name: &of.name, recording, threads, progress };
        let true_asker = Asker { clip: &clip, recording: plain, ..asker };
        for (id, channel) in compared(&clip, source, truth) {
            let mut known = match truth {
                Truth::Labels => {
                    let (known, strange) = facts.of(id, &channel);
                    for (class, count) in strange {
                        *gathered.strange.entry(class).or_default() += count;
                    }
                    known
                }
                Truth::Source(of) => {
                    let all: BTreeSet<usize> = (0..clip.times(id).len()).collect();
                    let answers =
                        true_asker.answers(of, (id, &channel), &all, store.as_mut(), &mut gathered.apart)?;
                    facts_from(answers, of, &facts)
                }
            };
            gathered.unlabeled += clip.times(id).len() - known.len();
            if let Some(most) = terms.most {
                let every = known.len().div_ceil(most.max(1)).max(1);
                let kept: BTreeSet<usize> = known.keys().copied().step_by(every).collect();
                known.retain(|frame, _| kept.contains(frame));
            }
            let wanted: BTreeSet<usize> = known.keys().copied().collect();
            let mut answers =
                asker.answers(source, (id, &channel), &wanted, store.as_mut(), &mut gathered.apart)?;
            gathered.silent += known.keys().filter(|frame| !answers.contains_key(frame)).count();
            if matches!(truth, Truth::Source(_)) {
                region::keep(&*clip, id, terms.region, &mut known, &mut answers)?;
            }
            gathered.samples.extend(facts.joined((id, &channel), known, &mut answers));
        }
        gathered.clips.insert(Name::from(&of.name), shown.clip);
    }
    Ok(gathered)
}

/// A recording with the changes of the terms.
struct Shown {
    clip: Arc<dyn Clip>,
    /// Its reference with all faults, for the store of predictions.
    of: ClipRef,
}

fn changed(
    clip: &Arc<dyn Clip>,
    of: &ClipRef,
    (source, truth): (&Source, &Truth),
    injected: &Injected,
) -> anyhow::Result<Shown> {
    let mut texts = injected.faults.clone();
    if let Some(stack) = &injected.stack {
        texts.extend(compared(clip, source, truth).iter().map(|(_, channel)| format!("{channel}={stack}")));
    }
    let mut of = of.clone();
    if texts.is_empty() {
        return Ok(Shown { clip: Arc::clone(clip), of });
    }
    let faults = texts.iter().map(|text| text.parse()).collect::<Result<Vec<Fault>, _>>()?;
    let faulty = Faulty::new(Arc::clone(clip), &faults)
        .with_context(|| format!("the recording {:?} cannot be changed", of.name))?;
    of.faults.extend(texts);
    Ok(Shown { clip: Arc::new(faulty), of })
}

/// The channels whose samples are compared: those of recorded ground truth, else those of the predictions.
fn compared(clip: &Arc<dyn Clip>, source: &Source, truth: &Truth) -> Vec<(ChannelId, String)> {
    match (source, truth) {
        (Source::Recorded(_) | Source::Imported(_), Truth::Source(Source::Recorded(recorded))) => {
            let own = clip.info().channel_named(&recorded.channel);
            own.map(|id| (id, recorded.channel.clone())).into_iter().collect()
        }
        (Source::Recorded(_), Truth::Source(other @ Source::Model(_))) => other.channels(&**clip),
        _ => source.channels(&**clip),
    }
}

/// Recording whose predictions are asked for.
#[derive(Clone, Copy)]
struct Asker<'a> {
    clip: &'a Arc<dyn Clip>,
    name: &'a str,
    /// Its key in the store.
    recording: &'a str,
    threads: usize,
    progress: &'a Progress,
}

impl Asker<'_> {
    /// The predictions of a source on these samples of a channel.
    fn answers(
        &self,
        source: &Source,
        (id, channel): (ChannelId, &str),
        wanted: &BTreeSet<usize>,
        store: Option<&mut Answers>,
        apart: &mut Span,
    ) -> anyhow::Result<BTreeMap<usize, Prediction>> {
        let clip = &**self.clip;
        Ok(match source {
            Source::Model(model) => {
                let store = store.map(|store| (store, self.recording));
                answers(model, clip, (id, channel), wanted, store, self.threads, self.progress)?
            }
            Source::Imported(imported) => imported.of(self.name, clip, (id, channel)),
            Source::Recorded(recorded) => {
                let aligned = recorded.on(clip, id)?;
                *apart = (*apart).max(aligned.largest);
                anyhow::ensure!(
                    aligned.lost == 0 || !aligned.answers.is_empty(),
                    "the boxes of {} are in a coordinate frame that no transform connects with {channel}",
                    recorded.channel
                );
                aligned.answers
            }
        })
    }
}

/// Predictions as ground truth, in the classes of what is compared with them. Detections below the threshold of their model
/// are left out.
fn facts_from(
    answers: BTreeMap<usize, Prediction>,
    source: &Source,
    facts: &Facts<'_>,
) -> BTreeMap<usize, Fact> {
    let threshold = source.threshold();
    let fact = |answer: Prediction| match answer {
        Prediction::Objects { objects } => {
            let object = |place: Detection| {
                let class = facts.word(&place.class).unwrap_or_else(|| place.class.clone());
                let place = Detection { class: class.clone(), ..place };
                Object { place, class, ignored: false, attributes: Attributes::new(), area: None }
            };
            Some(Fact::Objects(objects.into_iter().filter(|o| o.score >= threshold).map(object).collect()))
        }
        Prediction::Classes { top } => {
            let best = top.into_iter().next()?.class;
            Some(Fact::Class(facts.word(&best).unwrap_or(best)))
        }
        Prediction::Values { values } => {
            let named = |value: NamedValue| (facts.value_name(&value.name), f64::from(value.value));
            Some(Fact::Values(values.into_iter().map(named).collect()))
        }
        // Masks of models are compared by `hardcase diff`.
        Prediction::Segments { .. } | Prediction::Vector { .. } => None,
    };
    answers.into_iter().filter_map(|(frame, answer)| Some((frame, fact(answer)?))).collect()
}
