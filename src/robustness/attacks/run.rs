//! Attacks on many images: goals, attacks, the recheck on 8 bits, and noise of the same size beside them.

use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::base::rng::Rng;
use crate::data::geometry::objects::Detection;
use crate::data::image::Image;
use crate::data::prediction::{Prediction, Task};
use crate::inference::model::Model;
use crate::robustness::attacks::additive_noise::baseline;
use crate::robustness::attacks::answer::Answer;
use crate::robustness::attacks::eight_bits::{Ball, Settled, settle};
use crate::robustness::attacks::error::{AttackError, Unreadable};
use crate::robustness::attacks::goal::Goal;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::objects::{Fates, ObjectGoal, Objective};
use crate::robustness::attacks::subject::{Shot, Subject};
use crate::robustness::attacks::{Attack, AttackKind, Found, Knowledge, Settings};

/// Room for rounding at the border of a ball.
const ROUNDING: f64 = 1e-6;
/// Parts of a run: batches are not larger, so that every thread has some.
const PARTS: usize = 8;

/// Attacks that are asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The attacks.
    pub kinds: &'a [&'static AttackKind],
    /// Their size and effort.
    pub settings: &'a Settings,
    /// Index of the class that images are to be turned into.
    pub target: Option<usize>,
    /// Aim of attacks on a detector.
    pub objective: Objective,
    /// Seed of everything random.
    pub seed: u64,
    /// Another model that is asked about the attacked images.
    pub against: Option<&'a Model>,
    /// Batches at a time.
    pub threads: usize,
}

/// An image with its class, if that is known.
pub struct Given {
    /// The image.
    pub image: Image,
    /// Its class; the model's own prediction if absent.
    pub truth: Option<String>,
}

/// Reason why an image counts for no attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// It cannot be read, or the model failed on it.
    Problem(String),
    /// There is nothing to attack: no objects, or the wanted class is its own.
    NothingToDo(&'static str),
}

/// Result of one attack on one image.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub struct Outcome {
    /// Index of the image.
    pub image: usize,
    /// The attack.
    pub kind: &'static AttackKind,
    /// The class of the image; the number of objects of the clean image for detectors.
    pub label: String,
    /// Prediction for the clean image.
    pub clean: String,
    /// Prediction for the attacked one on 8 bits.
    pub attacked: String,
    /// Class of that prediction; none for objects, and where there was no attack.
    pub became: Option<String>,
    /// True if the model was right about the clean image.
    pub right: bool,
    /// Set if the image does not count.
    pub skipped: Option<Skipped>,
    /// True if the goal is reached on 8 bits, within the size that was asked for.
    pub success: bool,
    /// True if the goal is reached on 8 bits, whatever the size.
    pub reached: bool,
    /// True if it is reached in numbers alone.
    pub float_only: bool,
    /// True if noise of the same size reaches it.
    pub noise: bool,
    /// Largest change, root of the sum of squares, sum of changes and number of changed numbers, on 8 bits, 0 to 1.
    pub sizes: [f64; 4],
    /// Forward runs of the model.
    pub queries: usize,
    /// Fate of the objects.
    pub fates: Option<Fates>,
    /// Objects of the clean image that are lost.
    pub lost: Vec<Detection>,
    /// True if the other model is fooled by the same image; none if it was wrong about the clean one.
    pub transferred: Option<bool>,
    /// Something that the reader has to know.
    pub note: String,
    /// The attacked image, if it was attacked.
    pub changed: Option<Image>,
}

impl Outcome {
    /// True if the image counts.
    pub fn counts(&self) -> bool {
        self.skipped.is_none()
    }

    /// True if the model is right about the clean image and the attack does not change that.
    pub fn holds(&self) -> bool {
        self.right && !self.success
    }

    /// The same under noise.
    pub fn holds_under_noise(&self) -> bool {
        self.right && !self.noise
    }

    fn empty(image: usize, kind: &'static AttackKind) -> Self {
        Self {
            image,
            kind,
            label: String::new(),
            clean: String::new(),
            attacked: String::new(),
            became: None,
            right: false,
            skipped: None,
            success: false,
            reached: false,
            float_only: false,
            noise: false,
            sizes: [0.0; 4],
            queries: 0,
            fates: None,
            lost: Vec::new(),
            transferred: None,
            note: String::new(),
            changed: None,
        }
    }
}

/// Checks that every attack knows the norm, and that there are gradients where they are needed.
pub fn check(subject: &Subject<'_>, asked: &Asked<'_>) -> Result<(), AttackError> {
    for kind in asked.kinds {
        if !kind.bounded_by(asked.settings.norm) {
            let known = kind.norms.iter().map(|norm| norm.id()).collect::<Vec<_>>().join(", ");
            return Err(AttackError::Norm { attack: kind.id, norm: asked.settings.norm.id(), known });
        }
        if subject.model.task() == Task::Objects && !kind.objects {
            return Err(AttackError::Objects { attack: kind.id });
        }
        if kind.knows == Knowledge::Gradients {
            subject.plan()?;
        }
    }
    let Settings { norm, eps, .. } = asked.settings;
    if *norm == Norm::Linf && *eps > 0.0 && whole_levels(*eps) == 0.0 {
        return Err(AttackError::BelowLevel { eps: *eps });
    }
    Ok(())
}

/// Attacks `count` images and hands the outcomes on in their order, those of one image together in the order of the attacks.
///
/// The same outcomes on every number of threads. An error or a cancellation ends the run; what was handed on stays.
pub fn run(
    subject: &Subject<'_>,
    asked: &Asked<'_>,
    count: usize,
    load: impl Fn(usize) -> Result<Given, Unreadable> + Sync,
    progress: &Progress,
    take: impl FnMut(Outcome),
) -> Result<(), AttackError> {
    progress.begin(count as u64);
    run_after(subject, asked, count, load, (progress, 0), take)
}

/// The same as a part of longer work, of which `before` steps are done.
pub(super) fn run_after(
    subject: &Subject<'_>,
    asked: &Asked<'_>,
    count: usize,
    load: impl Fn(usize) -> Result<Given, Unreadable> + Sync,
    (progress, before): (&Progress, usize),
    mut take: impl FnMut(Outcome),
) -> Result<(), AttackError> {
    check(subject, asked)?;
    let gradients = asked.kinds.iter().any(|kind| kind.knows == Knowledge::Gradients);
    let part = subject.together(gradients).min(count.div_ceil(PARTS)).max(1);
    let parts = count.div_ceil(part);
    in_order(
        parts,
        asked.threads,
        |at| batch(subject, asked, at * part..((at + 1) * part).min(count), &load, (progress, false)),
        |at, outcomes| {
            outcomes?.into_iter().for_each(&mut take);
            Ok(progress.reach((before + ((at + 1) * part).min(count)) as u64)?)
        },
    )
}

/// The largest size in whole gray levels that is no more than `eps`: what an image of 8 bits can hold.
fn whole_levels(eps: f64) -> f64 {
    (eps * 255.0 + ROUNDING).floor() / 255.0
}

/// A clean image and what is known of it.
struct Clean {
    image: usize,
    label: String,
    prediction: Prediction,
    right: bool,
}

pub(super) fn batch(
    subject: &Subject<'_>,
    asked: &Asked<'_>,
    images: std::ops::Range<usize>,
    load: &impl Fn(usize) -> Result<Given, Unreadable>,
    (progress, watched): (&Progress, bool),
) -> Result<Vec<Outcome>, AttackError> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut cleans = Vec::new();
    let mut shots = Vec::new();
    for image in images {
        progress.check()?;
        match begun(subject, asked, image, load) {
            Ok((clean, shot)) => {
                cleans.push(clean);
                shots.push(shot);
            }
            Err((skipped, label)) => outcomes.extend(asked.kinds.iter().map(|kind| Outcome {
                skipped: Some(skipped.clone()),
                label: label.clone(),
                note: match &skipped {
                    Skipped::Problem(problem) => problem.clone(),
                    Skipped::NothingToDo(why) => (*why).to_owned(),
                },
                ..Outcome::empty(image, kind)
            })),
        }
    }
    // An image that was wrong before needs no attack, unless it is to become something else.
    let (open, wrong): (Vec<usize>, Vec<usize>) =
        (0..shots.len()).partition(|at| cleans[*at].right || asked.target.is_some());
    for at in wrong {
        let clean = &cleans[at];
        outcomes.extend(asked.kinds.iter().map(|kind| Outcome {
            label: clean.label.clone(),
            clean: clean.prediction.summary(),
            attacked: clean.prediction.summary(),
            note: "wrong before the attack".to_owned(),
            ..Outcome::empty(clean.image, kind)
        }));
    }
    let mut kept = Vec::with_capacity(open.len());
    let mut shots: Vec<Option<Shot>> = shots.into_iter().map(Some).collect();
    let own: Vec<Shot> = open.iter().filter_map(|at| shots[*at].take()).collect();
    let noise =
        own.iter().map(|shot| noisy(subject, asked, shot)).collect::<Result<Vec<bool>, AttackError>>()?;
    kept.extend(open);
    // An attack that goes to the rim of its ball, or stops at the first success, must not do so where no file can follow.
    let settings = match asked.settings.norm {
        Norm::Linf => Settings { eps: whole_levels(asked.settings.eps), ..asked.settings.clone() },
        Norm::L2 | Norm::L1 => asked.settings.clone(),
    };
    for kind in asked.kinds {
        let attack = Attack { kind, subject, settings: &settings, progress, watched };
        if kind.knows == Knowledge::Gradients && own.iter().any(|shot| !shot.goal.has_slope()) {
            let what = format!(
                "no objective for the decoder {:?}, use a black-box attack",
                subject.model.card.decoder
            );
            outcomes.extend(kept.iter().map(|at| Outcome {
                label: cleans[*at].label.clone(),
                skipped: Some(Skipped::Problem(what.clone())),
                note: what.clone(),
                ..Outcome::empty(cleans[*at].image, kind)
            }));
            continue;
        }
        let found = if own.is_empty() { Vec::new() } else { (kind.run)(&attack, &own)? };
        let numbers: Vec<(&Shot, &[f32])> =
            own.iter().zip(&found).map(|(shot, found)| (shot, found.numbers.as_slice())).collect();
        let answers = if numbers.is_empty() { Vec::new() } else { subject.answers(&numbers)? };
        let all = own.iter().zip(&kept).zip(found).zip(answers).zip(&noise);
        for ((((shot, at), found), answer), noise) in all {
            outcomes.push(outcome(&attack, asked, shot, &cleans[*at], &found, &answer, *noise)?);
        }
    }
    let order = |outcome: &Outcome| {
        let kind = asked.kinds.iter().position(|kind| std::ptr::eq(*kind, outcome.kind));
        (outcome.image, kind)
    };
    outcomes.sort_by_key(order);
    Ok(outcomes)
}

/// The goal for an image, or the reason why it does not count, with its label.
fn begun(
    subject: &Subject<'_>,
    asked: &Asked<'_>,
    image: usize,
    load: &impl Fn(usize) -> Result<Given, Unreadable>,
) -> Result<(Clean, Shot), (Skipped, String)> {
    let problem = |what: String| (Skipped::Problem(what), String::new());
    let given = load(image).map_err(|err| problem(err.to_string()))?;
    let prediction = subject.predict(&given.image).map_err(|err| problem(err.to_string()))?;
    let model = subject.model;
    let seed = Rng::split(asked.seed, image as u64).bits();
    if model.task() == Task::Objects {
        let goal =
            ObjectGoal::new(model, &given.image, asked.objective).map_err(|err| problem(err.to_string()))?;
        let label = goal.clean().to_string();
        if goal.is_empty() {
            return Err((Skipped::NothingToDo("no objects in the clean image"), label));
        }
        let shot = Shot::new(subject, given.image, Goal::Objects(Box::new(goal)), seed);
        return Ok((Clean { image, label, prediction, right: true }, shot));
    }
    let own = prediction.best().map(|(class, _)| class.to_owned()).unwrap_or_default();
    let label = given.truth.unwrap_or_else(|| own.clone());
    let Some(truth) = model.card.labels.iter().position(|class| *class == label) else {
        return Err((Skipped::Problem(format!("the model has no class {label:?}")), label));
    };
    if asked.target == Some(truth) {
        return Err((Skipped::NothingToDo("the wanted class is its own"), label));
    }
    if asked.target.is_some_and(|target| model.card.labels.get(target) == Some(&own)) {
        return Err((Skipped::NothingToDo("it is predicted as the wanted class already"), label));
    }
    let right = own == label;
    let shot = Shot::new(subject, given.image, Goal::Class { truth, target: asked.target }, seed);
    Ok((Clean { image, label, prediction, right }, shot))
}

/// True if noise of the same size reaches the goal.
fn noisy(subject: &Subject<'_>, asked: &Asked<'_>, shot: &Shot) -> Result<bool, AttackError> {
    let numbers = baseline(shot, asked.settings.norm, asked.settings.eps);
    let ball = Ball { norm: asked.settings.norm, eps: asked.settings.eps };
    Ok(settle(subject, shot, &numbers, Some(ball), false)?.reached)
}

fn outcome(
    attack: &Attack<'_>,
    asked: &Asked<'_>,
    shot: &Shot,
    clean: &Clean,
    found: &Found,
    answer: &Answer,
    noise: bool,
) -> Result<Outcome, AttackError> {
    let (kind, settings) = (attack.kind, asked.settings);
    let ball = Ball { norm: settings.norm, eps: settings.eps };
    let bounded = !kind.least && !kind.norms.is_empty();
    let settled = settle(attack.subject, shot, &found.numbers, bounded.then_some(ball), answer.reached)?;
    let change: Vec<f32> = shot.change(&settled.numbers).collect();
    let size = |norm: Norm| norm.size(change.iter().copied());
    let changed = change.iter().filter(|change| **change != 0.0).count();
    let within = kind.norms.is_empty() || size(settings.norm) <= settings.eps + ROUNDING;
    let (fates, lost) = match &shot.goal {
        Goal::Objects(goal) => (Some(goal.fates(&settled.prediction)), goal.lost(&settled.prediction)),
        Goal::Class { .. } => (None, Vec::new()),
    };
    let against = asked.against.map(|other| transferred(other, shot, clean, &settled)).transpose()?;
    Ok(Outcome {
        label: clean.label.clone(),
        clean: clean.prediction.summary(),
        attacked: settled.prediction.summary(),
        became: settled.prediction.best().map(|(class, _)| class.to_owned()),
        right: clean.right,
        success: settled.reached && within,
        reached: settled.reached,
        float_only: answer.reached && !settled.reached,
        noise,
        sizes: [size(Norm::Linf), size(Norm::L2), size(Norm::L1), changed as f64],
        queries: found.queries,
        fates,
        lost,
        transferred: against.flatten(),
        note: if settled.reached { String::new() } else { found.note.to_owned() },
        changed: Some(settled.image),
        ..Outcome::empty(clean.image, kind)
    })
}

/// True if another model is fooled as well; none if it was not right about the clean image.
fn transferred(
    other: &Model,
    shot: &Shot,
    clean: &Clean,
    settled: &Settled,
) -> Result<Option<bool>, AttackError> {
    let after = other.predict(&settled.image)?;
    if let Goal::Objects(_) = &shot.goal {
        let goal = ObjectGoal::new(other, &shot.image, Objective::Vanish)?;
        return Ok((goal.clean() > 0).then(|| goal.fates(&after).vanished > 0));
    }
    let is = |prediction: &Prediction| prediction.best().is_some_and(|(class, _)| class == clean.label);
    Ok(is(&other.predict(&shot.image)?).then(|| !is(&after)))
}
