//! Moments that were mined: the queue for review, one key a decision.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::replay::command::PlayCommand;
use crate::app::{App, OpenProject};
use crate::base::params::Params;
use crate::base::text::counted;
use crate::base::time::{Date, Span};
use crate::data::cases::case::{Case, ClaimSpec, Interval, Provenance, Terms};
use crate::data::cases::stack::Stack;
use crate::data::clip::ChannelKind;
use crate::data::findings::{Decision, Finding, Review};
use crate::data::labels::label::Attributes;
use crate::data::labels::tag::Tag;
use crate::data::time::window::Reach;
use crate::inference::model::Model;
use crate::mining::finders;
use crate::mining::finding::{Effort, Look};
use crate::mining::predicted::EVERY;
use crate::mining::run::{Asked, mine, ranked};
use crate::project::edit::Edit;
use crate::tracks::scene::SceneTerms;

/// About moments that were mined.
#[derive(Clone, Debug)]
pub enum MineCommand {
    /// Mine the recording on screen with finders up to this effort; with the model by those alone that run it.
    Mine(Effort),
    /// Shows the page of moments, or that of failures.
    Page(bool),
    /// Selects a moment and goes there.
    Select(usize),
    /// The moment after or before the selected one.
    Step(i64),
    /// Accept the selected moment: it becomes a tag, and a case where its finder claims something.
    Accept,
    /// Dismiss the selected moment as a false alarm.
    Dismiss,
    /// Take back the decision on the selected moment.
    Reopen,
    /// Shows only moments whose finder or sentence contains this.
    Filter(String),
    /// Hide those that were reviewed, or show them.
    HideReviewed(bool),
    /// The question as it is written so far.
    Question(String),
    /// Ask the question of the recording on screen.
    Ask,
    /// Save the question under a name in the project.
    SaveQuestion(String),
    /// Forget a saved question.
    ForgetQuestion(String),
    /// Save the selected moment as a case, without a decision on it.
    Publish,
}

/// Moments of the recording on screen.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    /// The findings, ranked; none before the recording was mined.
    pub found: Option<Vec<Finding>>,
    /// Parts that were not looked at, one sentence each with the finder before it.
    pub not_looked_at: Vec<String>,
    /// The selected one.
    pub selected: Option<usize>,
    /// Text that finder or sentence of shown ones contain.
    pub filter: String,
    /// True if reviewed ones are not shown.
    pub hide_reviewed: bool,
    /// True for the page of moments, false for that of failures; none before one was chosen.
    pub page: Option<bool>,
    /// The question as it is written.
    pub question: String,
}

/// Time before and after a moment that is kept with its case, as in nuPlan's clips: 3 s before.
const BEFORE: Span = Span(3_000_000_000);
const AFTER: Span = Span(3_000_000_000);

impl OpenProject {
    /// Number of predictions of the finders that run the loaded model, about every image of the recording on screen.
    pub(in crate::app) fn mining_predictions(&self) -> anyhow::Result<usize> {
        let Some(open) = &self.clip else { return Ok(0) };
        let cameras = open.info.of_kind(ChannelKind::Camera);
        let images: usize = cameras.map(|(id, _)| open.clip.times(id).len()).sum();
        let each = self.asked_of_model(1)?.into_iter().filter_map(|asked| match asked.kind.look {
            Look::Models(look) => Some(look.predictions(images, asked.models.len(), &asked.params)),
            Look::Drive(_) | Look::Frames(_) | Look::Scans(_) => None,
        });
        Ok(each.sum())
    }

    /// The finders that run the loaded model, on every n-th image.
    fn asked_of_model(&self, every: usize) -> anyhow::Result<Vec<Asked>> {
        let model = self.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let models: Arc<[Arc<Model>]> = Arc::from([model]);
        let asked = finders::KINDS.iter().filter_map(|kind| match kind.look {
            Look::Models(look) if look.models <= models.len() => {
                let mut params = Params::default();
                params.insert(EVERY.id, every as f64);
                Some(Asked { params, models: Arc::clone(&models), ..Asked::usual(kind) })
            }
            Look::Models(_) | Look::Drive(_) | Look::Frames(_) | Look::Scans(_) => None,
        });
        Ok(asked.collect())
    }

    /// True if Findings shows moments: when they were chosen, and as long as there is no model that could fail.
    pub fn shows_moments(&self) -> bool {
        self.moments.page.unwrap_or_else(|| self.models.loaded.is_none() && self.models.failed.is_none())
    }

    /// Decision on a moment, if there is one.
    pub fn decision(&self, finding: &Finding) -> Option<Decision> {
        let reviews = &self.editor.as_ref()?.project().reviews;
        reviews.get(&finding.key()).map(|review| review.decision)
    }

    /// Positions of the moments that are shown.
    pub fn moments_shown(&self) -> Vec<usize> {
        let wanted = self.moments.filter.trim().to_lowercase();
        let fits = |finding: &Finding| {
            let text = wanted.is_empty()
                || finding.finder.contains(&wanted)
                || finding.sentence.to_lowercase().contains(&wanted);
            text && !(self.moments.hide_reviewed && self.decision(finding).is_some())
        };
        let all = self.moments.found.as_deref().unwrap_or_default();
        all.iter().enumerate().filter(|(_, finding)| fits(finding)).map(|(at, _)| at).collect()
    }

    /// The selected moment.
    pub fn moment(&self) -> Option<&Finding> {
        self.moments.found.as_ref()?.get(self.moments.selected?)
    }

    /// Accepted and reviewed moments of a finder: its precision so far.
    pub fn precision_of(&self, finder: &str) -> (usize, usize) {
        let reviews = self.editor.as_ref().map(|editor| &editor.project().reviews);
        let own = reviews.into_iter().flat_map(|all| all.values()).filter(|r| r.finding.finder == finder);
        own.fold((0, 0), |(accepted, all), review| {
            (accepted + usize::from(review.decision == Decision::Accepted), all + 1)
        })
    }
}

impl App {
    pub(in crate::app) fn mine(&mut self, command: MineCommand) -> anyhow::Result<()> {
        match command {
            MineCommand::Mine(effort) => return self.mine_recording(effort),
            MineCommand::Page(moments) => self.open.moments.page = Some(moments),
            MineCommand::Select(at) => self.go_to_moment(at),
            MineCommand::Step(by) => {
                let shown = self.open.moments_shown();
                let now = self.open.moments.selected;
                let place = now.and_then(|at| shown.iter().position(|other| *other == at));
                let next = match (place, now) {
                    (Some(place), _) => place.saturating_add_signed(by as isize),
                    // The selected one is hidden: go on where it was.
                    (None, Some(at)) => shown.partition_point(|other| *other < at),
                    (None, None) => 0,
                };
                if let Some(at) = shown.get(next.min(shown.len().saturating_sub(1))) {
                    self.go_to_moment(*at);
                }
            }
            MineCommand::Accept => return self.decide(Decision::Accepted),
            MineCommand::Dismiss => return self.decide(Decision::Dismissed),
            MineCommand::Reopen => {
                let key = self.open.moment().map(Finding::key);
                let key = key.ok_or_else(|| anyhow!("select a moment first"))?;
                return self.open.commit("Reopen finding", Edit::RemoveReview(key));
            }
            MineCommand::Filter(text) => self.open.moments.filter = text,
            MineCommand::HideReviewed(hide) => self.open.moments.hide_reviewed = hide,
            MineCommand::Question(text) => self.open.moments.question = text,
            MineCommand::Ask => return self.ask(),
            MineCommand::SaveQuestion(name) => return self.save_question(&name),
            MineCommand::ForgetQuestion(name) => {
                let edit = Edit::SetQuestion { name, text: None };
                return self.open.commit("Forget question", edit);
            }
            MineCommand::Publish => return self.publish(),
        }
        Ok(())
    }

    fn mine_recording(&mut self, most: Effort) -> anyhow::Result<()> {
        let open = self.open.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
        let (clip, name) = (Arc::clone(&open.clip), open.name.clone());
        let asked = if most == Effort::Models {
            let all = self.open.mining_predictions()?;
            let sample = self.open.findings.sample;
            self.open.asked_of_model(sample.map_or(1, |most| all.div_ceil(most.max(1)).max(1)))?
        } else {
            let kinds = finders::KINDS.iter().filter(|kind| kind.effort() <= most);
            let mut asked: Vec<Asked> = kinds.map(|kind| Asked::usual(kind)).collect();
            asked.extend(self.saved_questions(&name));
            asked
        };
        let threads = Self::threads();
        self.open.moments.page = Some(true);
        self.jobs.spawn(JobKind::Mine, "Mining the recording", move |progress, outbox| {
            let mined = mine(&*clip, &name, &asked, (&SceneTerms::default(), threads), progress, &|_| {})?;
            let found: Vec<Finding> = ranked(&mined).into_iter().cloned().collect();
            let lost = mined.iter().flat_map(|mined| {
                mined.found.not_looked_at.iter().map(|why| format!("{}: {why}", mined.kind.title))
            });
            let lost: Vec<String> = lost.collect();
            outbox.send(move |app| {
                app.notices.done(format!("{} found", counted(found.len(), "moment")));
                app.open.moments.found = Some(found);
                app.open.moments.not_looked_at = lost;
                app.open.moments.selected = None;
            });
            Ok(())
        });
        Ok(())
    }

    fn go_to_moment(&mut self, at: usize) {
        let Some(finding) = self.open.moments.found.as_ref().and_then(|found| found.get(at)) else { return };
        let peak = finding.peak;
        self.open.moments.selected = Some(at);
        self.play(PlayCommand::Seek(peak));
        self.open.playback.playing = false;
    }

    /// Saves the selected moment as a case.
    fn publish(&mut self) -> anyhow::Result<()> {
        let finding = self.open.moment().cloned().ok_or_else(|| anyhow!("select a moment first"))?;
        let case = self.case_of(&finding);
        let case =
            case.ok_or_else(|| anyhow!("finder {} claims nothing that signals can say", finding.finder))?;
        let done = format!("Saved as case {:?} of suite {}", case.id, case.suite);
        self.open.commit("Save moment as case", Edit::AddCase(case))?;
        self.notices.done(done);
        Ok(())
    }

    fn decide(&mut self, decision: Decision) -> anyhow::Result<()> {
        let finding = self.open.moment().cloned().ok_or_else(|| anyhow!("select a moment first"))?;
        let project = self.project().ok_or_else(|| anyhow!("open a recording first"))?;
        let mut edits = vec![Edit::SetReview(Review { finding: finding.clone(), decision })];
        let mut done = format!("Dismissed: {}", finding.sentence);
        if decision == Decision::Accepted && self.open.decision(&finding) != Some(Decision::Accepted) {
            edits.push(Edit::AddTag(Tag {
                id: project.fresh_id(),
                clip: finding.clip.clone(),
                kind: finding.finder.clone(),
                start: finding.t0,
                end: Some(finding.t1),
                note: finding.sentence.clone(),
                attributes: Attributes::new(),
            }));
            done = format!("Tagged as {}", finding.finder);
            if let Some(case) = self.case_of(&finding) {
                done = format!("{done}, saved as case {:?}", case.id);
                edits.push(Edit::AddCase(case));
            }
        }
        self.open.commit_all("Review finding", edits)?;
        self.notices.done(done);
        self.mine(MineCommand::Step(1))
    }

    /// The case of a moment, where its finder has a claim.
    fn case_of(&self, finding: &Finding) -> Option<Case> {
        let project = self.project()?;
        let formula = finders::kind(&finding.finder)?.claim.and_then(|claim| claim(finding))?;
        let suite = self.open.suites.active.clone();
        let range = self.open.clip.as_ref()?.info.range;
        let (from, to) = ((finding.t0 - BEFORE).max(range.start), (finding.t1 + AFTER).min(range.end));
        let kept = Provenance { on: Some(Date::today()), taken: Some(finding.peak), ..Provenance::default() };
        Some(Case {
            id: project.fresh_case_id(&suite, &format!("{} {}", finding.finder, finding.peak - range.start)),
            suite,
            clip: finding.clip.clone(),
            channel: String::new(),
            frame: 0,
            reach: Reach::default(),
            interval: Some(Interval { from, to, begin: Some(range.start), channels: Vec::new() }),
            stack: Stack::default(),
            oracle: ClaimSpec { expression: Some(formula), ..ClaimSpec::new("over_time") },
            more: Vec::new(),
            attack: None,
            tags: vec![finding.finder.clone()],
            why: finding.sentence.clone(),
            terms: Terms { kept, ..Terms::default() },
        })
    }
}
