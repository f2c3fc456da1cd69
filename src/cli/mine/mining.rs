//! A run of finders with its terms.

use std::sync::Arc;

use serde_json::json;

use crate::base::files::sha256_hex;
use crate::base::progress::Progress;
use crate::cli::backend::tried;
use crate::cli::mine::recordings::{Places, Recording};
use crate::cli::mine::{FORM, MineArgs, asked, only};
use crate::cli::{BadArgument, with_progress_line};
use crate::clips::Clip;
use crate::inference::model::Model;
use crate::mining::finding::Effort;
use crate::mining::kept::{FinderResult, Recorded};
use crate::mining::run::{Asked, Mined, mine};
use crate::tracks::scene::SceneTerms;

/// A run of finders with its terms.
pub(super) struct Mining<'a> {
    pub(super) args: &'a MineArgs,
    pub(super) terms: SceneTerms,
    pub(super) threads: usize,
    /// Models for finders that run such.
    pub(super) models: Arc<[Arc<Model>]>,
}

/// The models of the arguments.
pub(super) fn models(args: &MineArgs) -> anyhow::Result<Arc<[Arc<Model>]>> {
    let backend = args.backend.kind()?;
    args.model.iter().map(|path| Ok(Arc::new(tried(path, &backend)?))).collect()
}

impl Mining<'_> {
    /// The finders for a recording.
    pub(super) fn asked(&self, places: &Places, recording: &Recording) -> Result<Vec<Asked>, BadArgument> {
        let mut asked = asked::asked(self.args, places.project_of(recording))?;
        let tags = places.tags(recording);
        for one in &mut asked {
            one.models = Arc::clone(&self.models);
            if let Some(question) = one.question.as_mut().map(Arc::make_mut) {
                question.tags.clone_from(&tags);
            }
        }
        Ok(asked)
    }

    /// Identity of everything that the result depends on beside the recording.
    pub(super) fn plan(&self, asked: &[Asked]) -> String {
        let one = |asked: &Asked| {
            let question = asked.question.as_ref().map(|of| {
                let tags = if of.question.tags().is_empty() { None } else { Some(&of.tags) };
                (of.question.text(), tags)
            });
            // Results without models are those of earlier versions.
            if asked.kind.effort() < Effort::Models {
                return json!([asked.id(), asked.params, question]);
            }
            let models: Vec<_> =
                asked.models.iter().map(|model| (&model.sha256, &model.backend.id)).collect();
            json!([asked.id(), asked.params, question, models])
        };
        let shape = self.terms.shape;
        let shape = [shape.length, shape.width, shape.ahead];
        let asked: Vec<_> = asked.iter().map(one).collect();
        let plan = json!([env!("CARGO_PKG_VERSION"), FORM, asked, shape, self.args.source]);
        sha256_hex(plan.to_string().as_bytes())
    }

    /// Mines a recording.
    pub(super) fn mined(&self, clip: &dyn Clip, name: &str, asked: &[Asked]) -> anyhow::Result<Recorded> {
        let progress = Progress::default();
        let mined = with_progress_line(name, &progress, || {
            mine(clip, name, asked, (&self.terms, self.threads), &progress, &|_| {})
        })?;
        let source = self.args.source.as_deref();
        let mined: Vec<Mined> = mined.into_iter().map(|mined| only(mined, source)).collect();
        let result = |mined: Mined| FinderResult {
            id: mined.id,
            findings: mined.found.findings,
            looked_at: mined.found.looked_at,
            not_looked_at: mined.found.not_looked_at,
        };
        let results = mined.into_iter().map(result).collect();
        Ok(Recorded { range: clip.info().range, results })
    }
}
