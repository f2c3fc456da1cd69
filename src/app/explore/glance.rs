//! Human check of an attack: the attacked frame is shown for a moment among unchanged ones, and a person says what it was.
//!
//! Elsayed et al., "Adversarial Examples that Fool both Computer Vision and Time-Limited Humans", `NeurIPS` 2018. Time passes by
//! what a poll is told, so nothing here looks at a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::explore::attack::AttackState;
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::base::rng::Rng;
use crate::base::time::Span;
use crate::data::cases::attacked::Glance;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::model::Model;

/// Time for which an image is shown, in milliseconds.
pub const SHOWN_MS: u32 = 500;
/// Unchanged images beside the attacked one.
const UNCHANGED: usize = 4;
/// Classes to choose from.
const CHOICES: usize = 8;

/// Commands of a human check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlanceCommand {
    /// Begins a check of the attacked frame on screen.
    Begin,
    /// Shows the next image for a moment.
    Show,
    /// Covers the image; time does so by itself.
    Cover,
    /// Says which of the choices was seen; none of them beyond the last.
    Say(usize),
    /// Ends the check without a judgment.
    Cancel,
}

/// Stage of one image of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for the person to be ready.
    Ready,
    /// It is shown, for so long still.
    Shown(Span),
    /// It is covered, and the person says what it was.
    Asked,
}

/// One image of a check.
#[derive(Clone, Debug)]
struct Look {
    image: Image,
    /// Class of the unchanged image.
    class: String,
    attacked: bool,
}

/// A check in progress.
#[derive(Clone, Debug)]
pub struct GlanceCheck {
    looks: Vec<Look>,
    /// Classes to choose from.
    pub choices: Vec<String>,
    /// Number of the image on screen.
    pub at: usize,
    /// Its stage.
    pub stage: Stage,
    said: Vec<String>,
    sha256: String,
    /// Number of the check, for textures.
    pub number: u64,
}

impl GlanceCheck {
    /// Number of images in all.
    pub fn count(&self) -> usize {
        self.looks.len()
    }

    /// The image on screen, while it is shown.
    pub fn shown(&self) -> Option<&Image> {
        let shown = matches!(self.stage, Stage::Shown(_));
        self.looks.get(self.at).filter(|_| shown).map(|look| &look.image)
    }

    /// Size of the image on screen, shown or not.
    pub fn size(&self) -> (u32, u32) {
        self.looks.get(self.at).map_or((1, 1), |look| look.image.size())
    }

    /// The judgment, once every image was judged.
    fn judgment(&self) -> Option<Glance> {
        if self.said.len() < self.looks.len() {
            return None;
        }
        let both = || self.looks.iter().zip(&self.said);
        let (look, said) = both().find(|(look, _)| look.attacked)?;
        let unchanged = || both().filter(|(look, _)| !look.attacked);
        Some(Glance {
            saw: said.clone(),
            agrees: *said == look.class,
            shown_ms: SHOWN_MS,
            among: unchanged().count() as u32,
            recognized: unchanged().filter(|(look, said)| look.class == **said).count() as u32,
        })
    }
}

/// Human checks of attacked frames.
#[derive(Default)]
pub struct Glances {
    /// The check in progress.
    pub check: Option<GlanceCheck>,
    /// Judgments by the checksum of the attacked image.
    judged: BTreeMap<String, Glance>,
    count: u64,
}

impl Glances {
    /// The judgment of an attacked image with this checksum.
    pub fn of(&self, sha256: &str) -> Option<&Glance> {
        self.judged.get(sha256)
    }

    /// Lets time pass.
    pub(in crate::app) fn advance(&mut self, elapsed: Span) {
        let Some(check) = &mut self.check else { return };
        if let Stage::Shown(left) = check.stage {
            let left = Span(left.0.saturating_sub(elapsed.0.max(0)));
            check.stage = if left.0 <= 0 { Stage::Asked } else { Stage::Shown(left) };
        }
    }
}

impl App {
    /// The judgment of the attacked frame on screen.
    pub fn glance(&self) -> Option<&Glance> {
        match self.attack_state() {
            AttackState::Done(frame) => self.open.explore.glance.of(&frame.png.1),
            AttackState::None
            | AttackState::Playing
            | AttackState::Running
            | AttackState::Stopped
            | AttackState::Failed(_) => None,
        }
    }

    pub(super) fn glance_at(&mut self, command: GlanceCommand) -> anyhow::Result<()> {
        let glances = &mut self.open.explore.glance;
        match command {
            GlanceCommand::Begin => return self.begin_glances(),
            GlanceCommand::Cancel => glances.check = None,
            GlanceCommand::Show => {
                if let Some(check) = glances.check.as_mut().filter(|check| check.stage == Stage::Ready) {
                    check.stage = Stage::Shown(millis(SHOWN_MS));
                }
            }
            GlanceCommand::Cover => {
                if let Some(check) = glances.check.as_mut().filter(|check| check.shown().is_some()) {
                    check.stage = Stage::Asked;
                }
            }
            GlanceCommand::Say(choice) => {
                let Some(check) = glances.check.as_mut().filter(|check| check.stage == Stage::Asked) else {
                    return Ok(());
                };
                check.said.push(check.choices.get(choice).cloned().unwrap_or_default());
                check.at += 1;
                check.stage = Stage::Ready;
                if let Some(judgment) = check.judgment() {
                    glances.judged.insert(check.sha256.clone(), judgment);
                    glances.check = None;
                }
            }
        }
        Ok(())
    }

    /// Decodes unchanged images of the same camera, and mixes the attacked one among them.
    fn begin_glances(&mut self) -> anyhow::Result<()> {
        let AttackState::Done(attacked) = self.attack_state() else {
            return Err(anyhow!("attack a frame first, and wait until that is done"));
        };
        let model = self.open.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let clip = Arc::clone(&self.open.clip.as_ref().ok_or(NoRecording)?.clip);
        let channel = self.open.playback.camera.ok_or(NoRecording)?;
        let (frame, seed) = (self.open.playback.frame(), self.open.explore.stack.seed);
        let clean = self.open.explore.changed.as_ref().map(|compared| compared.original.clone());
        let clean = clean.ok_or_else(|| anyhow!("the frame is still being decoded"))?;
        let frames = others(self.open.playback.times.len(), frame);
        self.open.explore.glance.count += 1;
        let number = self.open.explore.glance.count;
        self.jobs.spawn(JobKind::Glance, "Preparing the human check", move |progress, outbox| {
            let class =
                class_of(&model, &clean)?.ok_or_else(|| anyhow!("the model sees nothing in the frame"))?;
            let mut looks = vec![Look { image: attacked.image.clone(), class, attacked: true }];
            for frame in frames {
                progress.check()?;
                let Ok(Input::Image(image)) = clip.input(channel, frame) else { continue };
                if let Some(class) = class_of(&model, &image)? {
                    looks.push(Look { image, class, attacked: false });
                }
            }
            if looks.len() < 2 {
                return Err(anyhow!("the recording has no other frame to show beside the attacked one"));
            }
            let became = class_of(&model, &attacked.image)?;
            let choices = choices(&model, looks.iter().map(|look| look.class.clone()).chain(became));
            shuffle(&mut looks, seed);
            let check = GlanceCheck {
                looks,
                choices,
                at: 0,
                stage: Stage::Ready,
                said: Vec::new(),
                sha256: attacked.png.1.clone(),
                number,
            };
            outbox.send(move |app| app.open.explore.glance.check = Some(check));
            Ok(())
        });
        Ok(())
    }
}

/// Nanoseconds in a millisecond.
const MILLISECOND: i64 = 1_000_000;

fn millis(count: u32) -> Span {
    Span(i64::from(count) * MILLISECOND)
}

/// Frames spread over a recording, without one of them.
fn others(count: usize, without: usize) -> Vec<usize> {
    let left: Vec<usize> = (0..count).filter(|frame| *frame != without).collect();
    let wanted = left.len().min(UNCHANGED);
    (0..wanted).map(|at| left[(2 * at + 1) * left.len() / (2 * wanted)]).collect()
}

/// The class of an image: the best one, or that of the surest object.
fn class_of(model: &Model, image: &Image) -> anyhow::Result<Option<String>> {
    Ok(match model.run(&Input::Image(image.clone()))? {
        Prediction::Objects { objects } => {
            let surest = objects.iter().max_by(|a, b| a.score.total_cmp(&b.score));
            surest.map(|object| object.class.clone())
        }
        other @ (Prediction::Classes { .. }
        | Prediction::Values { .. }
        | Prediction::Segments { .. }
        | Prediction::Vector { .. }) => other.best().map(|(class, _)| class.to_owned()),
    })
}

/// The classes that were seen, and others of the model, sorted by name.
fn choices(model: &Model, seen: impl Iterator<Item = String>) -> Vec<String> {
    let mut choices: BTreeSet<String> = seen.take(CHOICES).collect();
    for label in &model.card.labels {
        if choices.len() >= CHOICES {
            break;
        }
        choices.insert(label.clone());
    }
    choices.into_iter().collect()
}

/// Fisher and Yates.
fn shuffle<T>(all: &mut [T], seed: u64) {
    let mut rng = Rng::split(seed, 71);
    for last in (1..all.len()).rev() {
        all.swap(last, (rng.bits() % (last as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> GlanceCheck {
        let look = |class: &str, attacked| Look {
            image: Image::filled(2, 2, [0; 3]),
            class: class.to_owned(),
            attacked,
        };
        GlanceCheck {
            looks: vec![look("car", false), look("bus", true), look("person", false)],
            choices: ["bus", "car", "person"].map(str::to_owned).to_vec(),
            at: 0,
            stage: Stage::Ready,
            said: Vec::new(),
            sha256: String::new(),
            number: 1,
        }
    }

    #[test]
    fn an_image_is_covered_once_its_time_has_passed() {
        let mut glances = Glances { check: Some(check()), ..Glances::default() };
        glances.advance(millis(10_000));
        assert_eq!(glances.check.as_ref().unwrap().stage, Stage::Ready, "it waits for the person");
        glances.check.as_mut().unwrap().stage = Stage::Shown(millis(500));
        glances.advance(millis(499));
        assert!(glances.check.as_ref().unwrap().shown().is_some());
        glances.advance(millis(1));
        assert_eq!(glances.check.as_ref().unwrap().stage, Stage::Asked);
        assert!(glances.check.as_ref().unwrap().shown().is_none());
    }

    #[test]
    fn a_judgment_tells_how_many_unchanged_images_were_recognized() {
        let mut check = check();
        check.said = ["car", "car"].map(str::to_owned).to_vec();
        assert_eq!(check.judgment(), None);
        check.said.push("person".to_owned());
        let judgment = check.judgment().unwrap();
        assert_eq!((judgment.saw.as_str(), judgment.agrees), ("car", false));
        assert_eq!((judgment.among, judgment.recognized), (2, 2));
    }

    #[test]
    fn other_frames_are_spread_and_leave_the_attacked_one_out() {
        assert_eq!(others(1, 0), Vec::<usize>::new());
        assert_eq!(others(3, 1), [0, 2]);
        let spread = others(100, 12);
        assert!(spread.len() == UNCHANGED && !spread.contains(&12) && spread[0] < 20 && spread[3] > 80);
    }
}
