//! Turn the shown items into tags, test cases, or images with labels for training.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use serde_json::json;

use crate::app::evaluate::results::Evaluated;
use crate::app::jobs::JobKind;
use crate::app::suites::{Draft, replaced};
use crate::app::{App, NoRecording, OpenProject};
use crate::base::files::slug;
use crate::base::outputs::{self, file_names};
use crate::base::progress::Progress;
use crate::base::text::{counted, quoted};
use crate::claims::deep_test::{HUMAN, LAMBDA, MSE};
use crate::claims::no_object::MIN_SCORE;
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::data::clip::ChannelKind;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::Shape;
use crate::data::input::Input;
use crate::data::labels::label::Attributes;
use crate::data::labels::tag::Tag;
use crate::evaluation::numbers::Number;
use crate::evaluation::samples::{Fact, Item, Sample, true_area};
use crate::exchange;
use crate::exchange::bundle::{Bundle, Item as Drawn, Picture, SampleRef};
use crate::exchange::losses::fitted;
use crate::metrics::detection_errors::Outcome;
use crate::project::edit::Edit;

/// Cases that are kept at once, at most.
const CASES: usize = 500;

impl OpenProject {
    fn shown_samples(&self, result: &Evaluated) -> BTreeSet<usize> {
        self.evaluate.shown.iter().map(|at| result.evaluation.items[*at].sample).collect()
    }
}

impl App {
    /// Tags the moments of everything that is shown, each once, as one step.
    pub(crate) fn tag_items(&mut self, kind: &str) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let project = self.project().ok_or(NoRecording)?;
        let mut id = project.fresh_id();
        let mut edits = Vec::new();
        for sample in self.open.shown_samples(&result) {
            let sample = &result.evaluation.samples[sample];
            let there = |tag: &Tag| *sample.clip == *tag.clip && tag.kind == kind && tag.start == sample.time;
            if project.tags.iter().any(there) {
                continue;
            }
            edits.push(Edit::AddTag(Tag {
                id,
                clip: sample.clip.to_string(),
                kind: kind.to_owned(),
                start: sample.time,
                end: None,
                note: format!("{}, evaluated", result.model),
                attributes: Attributes::new(),
            }));
            id += 1;
        }
        let count = edits.len();
        self.open.commit_all("Tag shown frames", edits)?;
        self.notices.done(format!("{} tagged {}; Ctrl+Z to undo", counted(count, "frame"), quoted(kind)));
        Ok(())
    }

    /// Save all shown items as cases of the active suite, as one step: missed objects must be detected, false positives must not, areas
    /// must overlap the true ones.
    pub(crate) fn keep_items(&mut self) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let evaluation = &result.evaluation;
        let classes = self.open.models.loaded.as_ref().map(|model| model.card.labels.clone());
        let (mut recorded, mut unknown) = (0, BTreeSet::new());
        let drafts: Vec<Draft> = self
            .open
            .evaluate
            .shown
            .iter()
            .take(CASES)
            .filter_map(|at| {
                let item = &evaluation.items[*at];
                let sample = &evaluation.samples[item.sample];
                if !has_input(&result, sample) {
                    recorded += 1;
                    return None;
                }
                let (oracle, why) = claim(sample, item)?;
                // The model can never pass a case about a class that it does not have.
                if let (Some(class), Some(known)) = (&oracle.class, &classes)
                    && !known.is_empty()
                    && !known.contains(class)
                {
                    unknown.insert(class.clone());
                    return None;
                }
                Some(Draft {
                    clip: sample.clip.to_string(),
                    channel: sample.channel.to_string(),
                    frame: sample.frame,
                    taken: sample.time,
                    stack: Stack::default(),
                    oracle,
                    verdict: Some(if item.outcome == Outcome::Right {
                        Verdict::Pass
                    } else {
                        Verdict::Fail { why: why.clone() }
                    }),
                    why,
                    valid: None,
                    proposed: None,
                    attack: None,
                    glance: None,
                })
            })
            .collect();
        if let (true, Some(class)) = (drafts.is_empty(), unknown.first()) {
            return Err(anyhow!(
                "nothing that is shown can become a case: the model has no class {class:?}, map it to one that it has"
            ));
        }
        if drafts.is_empty() && recorded > 0 {
            return Err(anyhow!(
                "what is shown was recorded, and no model can be run on boxes and numbers again: evaluate a model, or save a stretch \
                 with a formula in Suites"
            ));
        }
        if drafts.is_empty() {
            return Err(anyhow!(
                "nothing that is shown can become a case: a case needs a class, a number, an area, or a box in a frame or in points"
            ));
        }
        let (count, all) = (drafts.len(), self.open.evaluate.shown.len());
        self.keep_drafts(drafts)?;
        let rest = if all > CASES { format!(", the first {CASES} of {all}") } else { String::new() };
        let suite = &self.open.suites.active;
        self.notices.done(format!(
            "{} saved in the suite {}{rest}; Ctrl+Z to undo",
            counted(count, "case"),
            quoted(suite)
        ));
        Ok(())
    }

    /// Write the images of all shown samples with their labels into a folder.
    pub(crate) fn export_items(&mut self, folder: PathBuf) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let samples: Vec<usize> = self.open.shown_samples(&result).into_iter().collect();
        if samples.is_empty() {
            return Err(anyhow!("there is nothing to export"));
        }
        self.jobs.spawn(JobKind::ExportSamples, "Exporting images for training", move |progress, outbox| {
            let count = export(&result, &samples, &folder, progress)?;
            let images = counted(count, "image");
            outbox.done(format!("{images} with labels exported to {}{}", folder.display(), replaced()));
            Ok(())
        });
        Ok(())
    }
}

/// True if a model can be run on the sample: an image, points or a text.
fn has_input(result: &Evaluated, sample: &Sample) -> bool {
    let kind = result.clips.get(&sample.clip).and_then(|clip| {
        let info = clip.info();
        Some(info.channel(info.channel_named(&sample.channel)?)?.kind)
    });
    matches!(kind, Some(ChannelKind::Camera | ChannelKind::Points | ChannelKind::Log))
}

/// The expectation of an item, and the reason to save it.
fn claim(sample: &Sample, item: &Item) -> Option<(ClaimSpec, String)> {
    if let Some(number) = item.number {
        return claim_of_number(&item.truth, number);
    }
    let why = match (item.truth.as_str(), item.answer.as_str()) {
        ("", answer) => format!("{answer} was predicted: {}", item.outcome.title()),
        (truth, "") => format!("{truth} was missed"),
        (truth, answer) if truth == answer => format!("{truth} was predicted: {}", item.outcome.title()),
        (truth, answer) => format!("{truth} was predicted as {answer}"),
    };
    let about =
        |claim: &str, class: &str| ClaimSpec { class: Some(class.to_owned()), ..ClaimSpec::new(claim) };
    if matches!(sample.fact, Fact::Areas(_)) {
        let class = if item.truth.is_empty() { &item.answer } else { &item.truth };
        let area = Some(true_area(sample, class)?);
        return Some((ClaimSpec { area, ..about("area_overlap", class) }, why));
    }
    let placed = |claim: &str, class: &str, place: &Detection| match place.solid {
        Some(solid) => ClaimSpec { object: Some(solid), ..about(claim, class) },
        None => ClaimSpec { region: Some(place.bbox), ..about(claim, class) },
    };
    match (&item.object, &item.found) {
        (None, None) => Some((about("class_is", &item.truth), why)),
        (Some(object), _) => Some((placed("has_object", &item.truth, object), why)),
        (None, Some(found)) => {
            let mut claim = placed("no_object", &item.answer, found);
            // What counted as an error has to count in the case as well.
            if f64::from(item.score) < MIN_SCORE.initial {
                let least = (f64::from(item.score) / MIN_SCORE.step).floor() * MIN_SCORE.step;
                claim.params.insert(MIN_SCORE.id, least.max(MIN_SCORE.min));
            }
            Some((claim, why))
        }
    }
}

/// The number is within its limit of the recorded value; `None` for values that no claim takes.
fn claim_of_number(name: &str, number: Number) -> Option<(ClaimSpec, String)> {
    let Number { truth, predicted, limit } = number;
    let mut claim = ClaimSpec { class: Some(name.to_owned()), ..ClaimSpec::new("deep_test") };
    for (param, value) in [(&LAMBDA, 1.0), (&MSE, limit * limit), (&HUMAN, truth)] {
        if param.problem(value).is_some() {
            return None;
        }
        claim.params.insert(param.id, value);
    }
    Some((claim, format!("{name} was {predicted:.4}, recorded {truth:.4}, limit {limit:.4}")))
}

/// Images beside `annotations.json` in COCO's form for objects, in folders by class for classes, beside `values.json` for
/// numbers. Returns their number.
fn export(
    result: &Arc<Evaluated>,
    samples: &[usize],
    folder: &Path,
    progress: &Progress,
) -> anyhow::Result<usize> {
    let failed = |file: &Path| format!("could not write {}", folder.join(file).display());
    let images = Path::new("images");
    progress.begin(samples.len() as u64);
    let exported = || samples.iter().map(|at| &result.evaluation.samples[*at]);
    let texts = exported().flat_map(|sample| [&*sample.clip, &*sample.channel]);
    let names = file_names(texts.chain(exported().filter_map(|sample| match &sample.fact {
        Fact::Class(class) => Some(&**class),
        Fact::Objects(_) | Fact::Values(_) | Fact::Areas(_) => None,
    })));
    let named = |text: &str| names.get(text).cloned().unwrap_or_else(|| slug(text));
    let (mut pictures, mut values, mut count) = (Vec::new(), Vec::new(), 0);
    for at in samples {
        progress.step()?;
        let sample = &result.evaluation.samples[*at];
        let clip = result.clips.get(&sample.clip).ok_or_else(|| anyhow!("{} is gone", sample.clip))?;
        let channel = clip.info().channel_named(&sample.channel);
        let channel = channel.ok_or_else(|| anyhow!("{} has no channel {}", sample.clip, sample.channel))?;
        let Input::Image(image) = clip.input(channel, sample.frame)? else {
            return Err(anyhow!("only images can be exported for training, these are point clouds"));
        };
        let name = format!("{}_{}_{:06}.png", named(&sample.clip), named(&sample.channel), sample.frame);
        let place = match &sample.fact {
            Fact::Class(class) => PathBuf::from(named(class)),
            Fact::Objects(_) | Fact::Values(_) | Fact::Areas(_) => images.to_owned(),
        };
        let file = place.join(&name);
        outputs::write(folder, &file, &image.to_png()?).with_context(|| failed(&file))?;
        count += 1;
        let drawn: Vec<Drawn> = match &sample.fact {
            Fact::Objects(objects) => {
                let one = |object: &crate::metrics::detection_errors::Object| {
                    Drawn::new(&object.class, Shape::Box(object.place.bbox))
                };
                objects.iter().map(one).collect()
            }
            Fact::Areas(areas) => {
                areas.iter().map(|(class, shape)| Drawn::new(class, shape.clone())).collect()
            }
            Fact::Class(_) => continue,
            Fact::Values(numbers) => {
                let numbers: BTreeMap<&str, f64> =
                    numbers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
                values.push(json!({ "file": format!("images/{name}"), "values": numbers }));
                continue;
            }
        };
        let size = Some(image.size());
        let sample = SampleRef { frame: pictures.len(), time: None, file: format!("images/{name}"), size };
        pictures.push(Picture { sample, items: drawn });
    }
    if !pictures.is_empty() {
        let bundle = Bundle::from_pictures(&result.evaluation.classes, pictures);
        let kind = exchange::kind("coco")?;
        let file = outputs::within(folder, Path::new("annotations.json"))?;
        (kind.write)(&fitted(&bundle, &kind.holds), &file)?;
    }
    if !values.is_empty() {
        let file = Path::new("values.json");
        outputs::write(folder, file, format!("{:#}\n", json!(values)).as_bytes())
            .with_context(|| failed(file))?;
    }
    Ok(count)
}
