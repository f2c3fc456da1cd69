//! The two sides of an evaluation: what is taken for true, and what is tested.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::clips::Clip;
use crate::evaluation::gather::Truth;
use crate::predictions::recorded::{Recorded, TOLERANCE};
use crate::predictions::source::Source;

/// The chosen sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Channel of the recording that is the ground truth; labels if absent.
    pub truth: Option<String>,
    /// Channel of the recording that is tested; the loaded model or the imported predictions if absent.
    pub tested: Option<String>,
}

/// The sides before their channels are read, which takes a while.
pub(crate) struct Wanted {
    sides: Sides,
    clip: Option<Arc<dyn Clip>>,
    other: Option<Source>,
}

impl App {
    /// The sides that are chosen now; an error if nothing is there to be tested.
    pub(crate) fn wanted_sides(&self) -> anyhow::Result<Wanted> {
        let other = match (&self.open.evaluate.imported, &self.open.models.loaded) {
            (Some(imported), _) => Some(Source::Imported(Arc::clone(imported))),
            (None, Some(model)) => Some(Source::Model(Arc::clone(model))),
            (None, None) => None,
        };
        let sides = self.open.evaluate.sides.clone();
        if other.is_none() && sides.tested.is_none() {
            return Err(anyhow!(
                "load a model first, import predictions from a file, or choose a channel of the recording"
            ));
        }
        let clip = self.open.clip.as_ref().map(|open| Arc::clone(&open.clip));
        Ok(Wanted { sides, clip, other })
    }
}

impl Wanted {
    /// Name of the tested side.
    pub(crate) fn name(&self) -> String {
        let channel = self.sides.tested.clone();
        channel.or_else(|| self.other.as_ref().map(|other| other.name().to_owned())).unwrap_or_default()
    }

    /// The tested side. Reads the channel.
    pub(crate) fn source(&self) -> anyhow::Result<Source> {
        match (&self.sides.tested, &self.other) {
            (Some(channel), _) => self.channel(channel),
            (None, Some(other)) => Ok(other.clone()),
            (None, None) => Err(anyhow!("load a model first")),
        }
    }

    /// The true side. Reads the channel.
    pub(crate) fn truth(&self) -> anyhow::Result<Truth> {
        self.sides
            .truth
            .as_ref()
            .map_or(Ok(Truth::Labels), |channel| self.channel(channel).map(Truth::Source))
    }

    fn channel(&self, name: &str) -> anyhow::Result<Source> {
        let clip = self.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
        Ok(Source::Recorded(Arc::new(Recorded::of(&**clip, name, TOLERANCE)?)))
    }
}
