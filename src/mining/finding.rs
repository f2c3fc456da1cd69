//! Findings, and the kinds that find them.

use std::collections::BTreeMap;

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Time, TimeRange};
use crate::mining::drive::Drive;
use crate::mining::frames::{FrameWatcher, ScanWatcher};
use crate::mining::predicted::ModelLook;

pub use crate::data::findings::Finding;
pub use crate::mining::found::Found;

/// Effort of a finder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// It reads signals, tracks and stamps.
    Cheap,
    /// It decodes images or scans.
    Samples,
    /// Models are run.
    Models,
}

/// Way in which a finder reads a recording.
#[derive(Clone, Copy)]
pub enum Look {
    /// Signals, tracks, plans, stamps.
    Drive(fn(&Drive<'_>, &Params) -> Found),
    /// Every image of a camera, in the order of time; images are decoded once for all finders.
    Frames(fn(&Params) -> Box<dyn FrameWatcher>),
    /// Every scan of a LIDAR, in the order of time.
    Scans(fn(&Params) -> Box<dyn ScanWatcher>),
    /// Predictions of models about every image of a camera.
    Models(ModelLook),
}

/// A claim about the stretch of a finding, as a case is made of it.
pub type ClaimOf = fn(&Finding) -> Option<String>;

/// A finder.
pub struct FinderKind {
    /// Name in files and on the command line: `class_flip`.
    pub id: &'static str,
    /// Name on screen: "Class flip-flop".
    pub title: &'static str,
    /// Definition in one plain sentence, without a full stop.
    pub summary: &'static str,
    /// Known false alarms, in a few words.
    pub false_alarms: &'static str,
    /// Paper, standard or program of definition and thresholds.
    pub source: &'static str,
    /// Its thresholds.
    pub params: &'static [ParamSpec],
    /// The way it looks.
    pub look: Look,
    /// True for a fault of a sensor or of the recorder.
    pub sensor: bool,
    /// The formula that a case of a finding claims, where signals can say it.
    pub claim: Option<ClaimOf>,
}

impl std::fmt::Debug for FinderKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FinderKind").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FinderKind {
    /// Effort of looking.
    pub fn effort(&self) -> Effort {
        match self.look {
            Look::Drive(_) => Effort::Cheap,
            Look::Frames(_) | Look::Scans(_) => Effort::Samples,
            Look::Models(_) => Effort::Models,
        }
    }

    /// A finding of this kind; the recording is filled in by the run.
    pub fn finding(&self, range: TimeRange, peak: Time, severity: f64, sentence: String) -> Finding {
        Finding {
            finder: self.id.to_owned(),
            clip: String::new(),
            channels: Vec::new(),
            tracks: Vec::new(),
            t0: range.start,
            t1: range.end,
            peak,
            severity: if severity.is_finite() { severity.clamp(0.0, 1.0) } else { 0.0 },
            numbers: BTreeMap::new(),
            sentence,
        }
    }
}
