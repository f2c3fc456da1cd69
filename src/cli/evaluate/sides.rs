//! Truth and predictions as named on the command line: labels, channels of the recording, files, models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::text::counted;
use crate::base::time::Span;
use crate::cli::{BadArgument, say};
use crate::clips::Clip;
use crate::evaluation::gather::{Gathered, Truth};
use crate::inference::backend::Backend;
use crate::predictions::recorded::{Recorded, RecordedError};
use crate::predictions::source::Source;
use crate::project::editor::ProjectEditor;
use crate::project::{is_project, samples};

/// Name that stands for what people labeled.
const LABELS: &str = "labels";

/// Recordings, opened one after the other.
type Opened = Box<dyn Iterator<Item = anyhow::Result<Arc<dyn Clip>>>>;

/// A project or a recording, and what its sides are called.
pub(in crate::cli) struct Sides<'a> {
    pub(in crate::cli) place: &'a Path,
    /// Only these recordings of a project.
    pub(in crate::cli) only: &'a [String],
    /// Largest difference of two stamps of the same moment.
    pub(in crate::cli) tolerance: Span,
}

impl Sides<'_> {
    /// The ground truth of this name.
    pub(in crate::cli) fn truth(&self, name: Option<&Path>, backend: &Backend) -> anyhow::Result<Truth> {
        match name {
            None if is_project(self.place) => Ok(Truth::Labels),
            None if !self.place.exists() => Err(BadArgument(format!(
                "{} does not exist, name a project or a recording that does",
                self.place.display()
            ))
            .into()),
            None => Err(BadArgument(format!(
                "a recording has no labels, name the channel that is the ground truth with --truth CHANNEL, or give a \
                 project: {}",
                self.place.display()
            ))
            .into()),
            Some(name) if name == Path::new(LABELS) => Ok(Truth::Labels),
            Some(name) => self.source(name, None, backend).map(Truth::Source),
        }
    }

    /// The channel, the file or the model of this name; a channel comes first.
    pub(in crate::cli) fn source(
        &self,
        name: &Path,
        images: Option<&Path>,
        backend: &Backend,
    ) -> anyhow::Result<Source> {
        let text = name.to_string_lossy();
        let mut missing: Option<RecordedError> = None;
        for clip in self.clips()? {
            match Recorded::of(&*clip?, &text, self.tolerance) {
                Ok(recorded) => return Ok(Source::Recorded(Arc::new(recorded))),
                Err(err @ RecordedError::NoChannel { .. }) => missing = Some(err),
                Err(err @ (RecordedError::NotComparable { .. } | RecordedError::Clip(_))) => {
                    return Err(err.into());
                }
            }
        }
        if name.is_file() {
            return Source::load(name, images, backend);
        }
        Err(match missing {
            Some(err) => BadArgument(format!("{err}; there is no file of this name either")).into(),
            None => BadArgument(format!("there is no recording and no file {text:?}")).into(),
        })
    }

    /// The recordings, opened one after the other.
    fn clips(&self) -> anyhow::Result<Opened> {
        if !is_project(self.place) {
            let path: PathBuf = self.place.to_owned();
            return Ok(Box::new(std::iter::once_with(move || {
                let clip = crate::clips::open(&path)?;
                clip.index(&crate::base::progress::Progress::default())?;
                Ok(clip)
            })));
        }
        let project = ProjectEditor::open(self.place)?.project().clone();
        let only = self.only.to_vec();
        let wanted =
            project.clips.clone().into_iter().filter(move |of| only.is_empty() || only.contains(&of.name));
        Ok(Box::new(wanted.map(move |of| samples::opened(&project, &of))))
    }
}

/// Reports the time between compared samples, and samples without a counterpart.
pub(in crate::cli) fn say_alignment(gathered: &Gathered, tolerance: Span) {
    if gathered.apart > Span(0) {
        let ms = |span: Span| span.secs() * 1e3;
        say(&format!(
            "stamps differ by up to {:.1} ms, the tolerance is {:.1} ms (--tolerance)",
            ms(gathered.apart),
            ms(tolerance)
        ));
    }
    if gathered.silent > 0 {
        say(&format!(
            "{} with ground truth but without a prediction at that time, not evaluated",
            counted(gathered.silent, "sample")
        ));
    }
}
