//! Ground truth beside predictions of the recordings of a project; for the window and the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;

use crate::base::name::Name;
use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::clips::Clip;
use crate::data::clip::ChannelId;
use crate::data::prediction::Prediction;
use crate::evaluation::facts::Facts;
use crate::evaluation::samples::{Fact, Sample};
use crate::evaluation::terms::Terms;
use crate::inference::card::ModelCard;
use crate::inference::model::Model;
use crate::predictions::keeper::Keeper;
use crate::predictions::source::Source;
use crate::predictions::store::{Answers, AnswersError, Key};
use crate::project::editor::ProjectEditor;
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

/// Run a model on all labeled data of a project, or of the named recordings. Blocks.
pub fn gather(
    folder: &Path,
    only: &[String],
    source: &Source,
    terms: &Terms,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<Gathered> {
    let mut editor = ProjectEditor::open(folder)?;
    // A project that cannot be written is measured all the same.
    let mut store = if terms.most.is_none() { Answers::open(folder).ok() } else { None };
    let mut gathered = Gathered::default();
    let clips: Vec<ClipRef> = editor.project().clips.clone();
    if let Some(strange) = only.iter().find(|name| !clips.iter().any(|clip| clip.name == **name)) {
        return Err(anyhow!("the project has no recording {strange:?}"));
    }
    let order = class_order(source, editor.project());
    for of in clips.iter().filter(|clip| only.is_empty() || only.contains(&clip.name)) {
        let clip: Arc<dyn Clip> = samples::opened(editor.project(), of)?;
        editor.learn_motions(&of.name, &*clip);
        let project = editor.project();
        let recording = match store.as_ref().map(|store| recording_of(store, project, of)) {
            Some(Err(err)) => {
                log::debug!("predictions are not cached: {err}");
                store = None;
                String::new()
            }
            Some(Ok(recording)) => recording,
            None => String::new(),
        };
        let facts = Facts::new(project, &of.name, &*clip, source, terms, &order);
        for (id, channel) in source.channels(&*clip) {
            let (mut known, strange) = facts.of(id, &channel);
            gathered.unlabeled += clip.times(id).len() - known.len();
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
