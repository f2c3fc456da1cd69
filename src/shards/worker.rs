//! Making one part: everything of a plan loaded once, then rows and state of any of its parts.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::files::{sha256_hex, sha256_of};
use crate::base::progress::Progress;
use crate::clips::Clip;
use crate::clips::recorded_input::RecordedInput;
use crate::inference::ModelError;
use crate::inference::backend::Backend;
use crate::inference::model::Model;
use crate::predictions::image_models;
use crate::project::checksums;
use crate::project::samples::{self, Asked};
use crate::reports::table::TableWriter;
use crate::search::sweep::plan::Variant;
use crate::search::sweep::rows;
use crate::search::sweep::run::{self, Sweep};
use crate::search::sweep::summary::Summary;
use crate::shards::error::ShardError;
use crate::shards::plan::{PlannedModel, PlannedPart, RunPlan, VERSION, strided};
use crate::shards::state::{ChannelState, PartState};
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

/// A plan with its models loaded.
pub struct Worker<'a> {
    plan: &'a RunPlan,
    id: &'a str,
    catalog: Catalog,
    models: Vec<Model>,
    variants: Vec<Variant>,
    asked: Asked,
    threads: usize,
    /// The recording of the last part, which is that of the next one, too, as a rule.
    open: Option<(usize, Arc<dyn Clip>)>,
}

/// A part, made and not yet written.
pub struct Made {
    /// The Parquet file with its rows.
    pub rows: Vec<u8>,
    /// Its state.
    pub state: PartState,
}

impl Made {
    /// Problems of inputs that could not be read.
    pub fn problems(&self) -> impl Iterator<Item = &String> {
        self.state.channels.iter().flat_map(|channel| &channel.summary.problems)
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.state.channels.iter().map(|channel| channel.inputs).sum()
    }
}

/// The transforms of a plan: those that are built in and those of its files, which must be the planned ones.
pub fn catalog(plan: &RunPlan) -> Result<Catalog, ShardError> {
    let mut catalog = Catalog::default();
    for file in &plan.image_models {
        let unread = |source| ModelError::Io { source, path: file.path.clone() };
        if sha256_of(&file.path).map_err(unread)? != file.sha256 {
            return Err(ShardError::Changed { what: "a file of a transform", path: file.path.clone() });
        }
        image_models::load_into(&mut catalog, &file.path)?;
    }
    Ok(catalog)
}

fn model(planned: &PlannedModel, backend: &Backend) -> Result<Model, ShardError> {
    // One thread inside of the model: the frames keep the processors busy.
    let model = Model::load(&planned.path, backend, 1)?;
    if model.sha256 != planned.sha256 {
        return Err(ShardError::Changed { what: "the model", path: planned.path.clone() });
    }
    if model.card != planned.card {
        return Err(ShardError::Changed { what: "the card of the model", path: planned.path.clone() });
    }
    Ok(model)
}

impl<'a> Worker<'a> {
    /// Loads the models and transforms of a plan and checks that they are the planned ones, on a processor of its level.
    pub fn load(plan: &'a RunPlan, id: &'a str, threads: usize) -> Result<Self, ShardError> {
        plan.check_level()?;
        let catalog = catalog(plan)?;
        let backend = Backend::named(&plan.backend)?;
        let models =
            plan.models.iter().map(|planned| model(planned, &backend)).collect::<Result<Vec<_>, _>>()?;
        let variants = plan.sweep.variants(&catalog)?;
        let mut asked = plan.asked();
        asked.reach = asked.reach.with(&stack::reach(&catalog, &plan.sweep.stack));
        asked.reach = models.iter().fold(asked.reach, |reach, model| reach.with(&model.reach()));
        Ok(Self { plan, id, catalog, models, variants, asked, threads, open: None })
    }

    /// Makes a part of the plan. Nothing is written.
    pub fn part(&mut self, number: usize, progress: &Progress) -> Result<Made, ShardError> {
        let plan = self.plan;
        let Some(planned) = plan.parts.get(number) else { return Err(ShardError::Nothing) };
        let inputs = self.inputs(planned)?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("rows.parquet");
        let models: Vec<&Model> = self.models.iter().collect();
        let sweep = Sweep {
            validation: None,
            catalog: &self.catalog,
            inputs: &inputs,
            variants: &self.variants,
            models: &models,
            oracle: &plan.claim,
            threads: self.threads,
        };
        let about =
            rows::about(&plan.claim, plan.models.iter().map(|model| model.sha256.as_str()), &plan.sweep);
        let mut table = TableWriter::create(&path, rows::columns(&plan.sweep), &about)?;
        let empty = || Summary::new(models.len(), self.variants.len());
        let ranges = planned.ranges();
        let counts = ranges.iter().map(|range| strided(range.clone(), plan.every));
        let mut channels: Vec<ChannelState> =
            counts.map(|inputs| ChannelState { inputs, groups: 0, summary: empty() }).collect();
        // The channel of the next result, and the inputs before the end of it.
        let (mut at, mut end, mut groups) = (0, channels.first().map_or(0, |channel| channel.inputs), 0);
        run::run(&sweep, &BTreeSet::new(), progress, |result| {
            while result.input >= end && at + 1 < channels.len() {
                let all = table.end_group()?;
                channels[at].groups = all - groups;
                groups = all;
                at += 1;
                end += channels[at].inputs;
            }
            let (Some(input), Some(channel)) = (inputs.get(result.input), channels.get_mut(at)) else {
                return Ok(());
            };
            channel.summary.add(&result, input, &self.variants);
            Ok(rows::write(&mut table, &sweep, input, &result)?)
        })?;
        if let Some(channel) = channels.get_mut(at) {
            channel.groups = table.end_group()? - groups;
        }
        table.finish()?;
        let rows = std::fs::read(&path)?;
        let state = PartState {
            plan: self.id.to_owned(),
            version: VERSION.to_owned(),
            level: plan.level.clone(),
            part: number,
            sha256: sha256_hex(&rows),
            channels,
        };
        Ok(Made { rows, state })
    }

    /// The inputs of a part, in the order of its rows.
    fn inputs(&mut self, part: &PlannedPart) -> Result<Vec<RecordedInput>, ShardError> {
        let recording = &self.plan.recordings[part.recording];
        let path = recording.files.path.clone();
        let clip = match &self.open {
            Some((number, clip)) if *number == part.recording => Arc::clone(clip),
            _ => {
                let failed = |source| ShardError::Recording { path: path.clone(), source };
                if checksums::ends(&recording.files).map_err(|err| failed(err.into()))? != recording.ends {
                    return Err(ShardError::Changed { what: "the recording", path });
                }
                samples::reopened(&recording.files, recording.in_project, &self.asked).map_err(failed)?
            }
        };
        let found = samples::channels(&clip.info(), &self.asked);
        let there = found.iter().map(|(_, id, name)| (name, clip.times(*id).len()));
        if !there.eq(recording.channels.iter().map(|channel| (&channel.name, channel.frames))) {
            return Err(ShardError::Changed { what: "the recording", path });
        }
        let inputs =
            samples::within(&clip, &recording.name, &recording.tags, &self.asked, Some(&part.ranges()));
        self.open = Some((part.recording, clip));
        Ok(inputs)
    }
}
