//! Cases about stretches of the recording on screen: kept, judged and opened without a model.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::replay::command::PlayCommand;
use crate::app::{App, Workspace};
use crate::base::time::{Span, Time, TimeRange};
use crate::claims::spec;
use crate::clips::Clip;
use crate::data::cases::case::{Case, ClaimSpec, Interval, Terms};
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::data::time::window::Reach;
use crate::project::Project;
use crate::project::edit::Edit;
use crate::suites::export::Sources;
use crate::suites::stretches::{derived, judge_clip};

/// Stretch around the playhead where no loop range is set.
const AROUND: Span = Span(3_000_000_000);

/// Verdict of a stretch and the moment that decides.
pub(super) type Judged = (Result<Verdict, String>, Option<Time>);

/// Judges stretches; each recording is opened and derived once.
#[derive(Default)]
pub(super) struct Stretches {
    clips: BTreeMap<String, Arc<dyn Clip>>,
}

impl Stretches {
    pub(super) fn judge(
        &mut self,
        project: &Project,
        sources: &mut Sources,
        case: &Case,
        interval: &Interval,
    ) -> Judged {
        let clip = match self.clips.get(&case.clip) {
            Some(clip) => Ok(Arc::clone(clip)),
            None => sources
                .clip(project, case)
                .map_err(|err| err.to_string())
                .and_then(|clip| derived(clip).map_err(|err| err.to_string())),
        };
        let clip = match clip {
            Ok(clip) => clip,
            Err(problem) => return (Err(problem), None),
        };
        self.clips.insert(case.clip.clone(), Arc::clone(&clip));
        let claims: Vec<&ClaimSpec> = std::iter::once(&case.oracle).chain(&case.more).collect();
        match judge_clip(&*clip, interval, &claims) {
            Ok(judged) => (Ok(judged.judgment.verdict), judged.moment),
            Err(problem) => (Err(problem.to_string()), None),
        }
    }
}

impl App {
    /// The stretch that a case would be about: the loop range, else around the playhead.
    pub fn stretch(&self) -> Option<TimeRange> {
        let whole = self.open.clip.as_ref()?.info.range;
        let playhead = self.open.playback.playhead;
        let range = self
            .open
            .playback
            .loop_range
            .filter(|range| *range != whole)
            .unwrap_or(TimeRange { start: playhead - AROUND, end: playhead + AROUND });
        Some(TimeRange { start: range.start.max(whole.start), end: range.end.min(whole.end) })
    }

    /// Keeps the stretch as a case of the active suite.
    pub(super) fn keep_stretch(&mut self, formula: &str) -> anyhow::Result<()> {
        let oracle = ClaimSpec { expression: Some(formula.trim().to_owned()), ..ClaimSpec::new("over_time") };
        spec::check(&oracle)?;
        let range = self.stretch().ok_or_else(|| anyhow!("open a recording first"))?;
        let project = self.project().ok_or_else(|| anyhow!("open a recording first"))?;
        let open = self.open.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
        let suite = self.open.suites.active.clone();
        let id = project.fresh_case_id(&suite, formula);
        let mut tags = project.tags_at(&open.name, range.start);
        tags.extend(project.tags_at(&open.name, range.end));
        tags.sort();
        tags.dedup();
        let begin = Some(open.info.range.start);
        let interval = Interval { from: range.start, to: range.end, begin, channels: Vec::new() };
        let kept = self.provenance(range.start, None);
        let case = Case {
            id: id.clone(),
            suite: suite.clone(),
            clip: open.name.clone(),
            channel: String::new(),
            frame: 0,
            reach: Reach::default(),
            interval: Some(interval),
            stack: Stack::default(),
            oracle,
            more: Vec::new(),
            attack: None,
            tags,
            why: String::new(),
            terms: Terms { kept, ..Terms::default() },
        };
        self.open.commit(&format!("Save case {id:?}"), Edit::AddCase(case))?;
        self.notices.done(format!("Saved as {id:?} in suite {suite:?}"));
        self.open.suites.selected = Some((suite, id));
        Ok(())
    }

    /// Goes to the moment that decided about a case, or to its beginning, with its stretch as the loop range.
    pub(super) fn show_stretch(&mut self, case: &Case, interval: &Interval) {
        let key = (case.suite.clone(), case.id.clone());
        let moment = self.open.suites.moments.get(&key).copied().unwrap_or(interval.from);
        self.play(PlayCommand::LoopRange(Some(interval.range())));
        self.play(PlayCommand::Seek(moment));
        self.open.playback.playing = false;
        self.open.suites.selected = Some(key);
        self.workspace = Workspace::Label;
    }
}
