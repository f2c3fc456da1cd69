//! Reference sets on the command line: inputs that a model is used to, so that others can be told from them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::base::nearest::hint;
use crate::base::progress::Progress;
use crate::cli::{BadArgument, with_progress_line};
use crate::data::input::Input;
use crate::inference::model::Model;
use crate::metrics::validity::{self, ValidityKind};
use crate::project::samples::{Asked, inputs};
use crate::robustness::inside::guard::{Guard, LEVEL, Wanted};

/// The reference set, and the score that compares inputs with it.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ReferenceArgs {
    /// Inputs that the model is used to: a project or recording, or what `hardcase inspect --profile` wrote
    #[arg(long, value_name = "PLACE|FILE")]
    reference: Option<PathBuf>,
    /// Score of input validation against the reference set: deeproad, knn, mahalanobis, energy or softmax; knn if absent
    #[arg(long, value_name = "KIND", requires = "reference")]
    validity: Option<String>,
    /// Part of the reference set that is valid, between 0 and 1
    #[arg(long, value_name = "PART", requires = "reference", default_value_t = LEVEL)]
    valid_part: f64,
}

impl ReferenceArgs {
    /// These arguments, or those of a suite where these name no reference set.
    pub(super) fn or(&self, place: Option<PathBuf>, score: Option<&str>, part: Option<f64>) -> Self {
        if self.reference.is_some() {
            return self.clone();
        }
        Self { reference: place, validity: score.map(str::to_owned), valid_part: part.unwrap_or(LEVEL) }
    }

    /// True if a reference set is named.
    pub(super) fn is_some(&self) -> bool {
        self.reference.is_some()
    }

    /// The arguments as text, for telling runs apart.
    pub(super) fn describe(&self) -> String {
        let place = self.reference.as_ref().map(|place| place.display().to_string()).unwrap_or_default();
        format!("{place} {} {}", self.validity.as_deref().unwrap_or(validity::knn::KIND.id), self.valid_part)
    }

    /// The reference set fitted to a model; none if none is named. `example` is an input of the model.
    pub(super) fn guard(
        &self,
        model: &Model,
        example: impl FnOnce() -> anyhow::Result<Input>,
        threads: usize,
    ) -> anyhow::Result<Option<Guard>> {
        let Some(place) = &self.reference else { return Ok(None) };
        if !(self.valid_part > 0.0 && self.valid_part < 1.0) {
            let what = format!("--valid-part {} is not between 0 and 1", self.valid_part);
            return Err(BadArgument(what).into());
        }
        let validity = self.validity.as_deref().map_or(Ok(&validity::knn::KIND), score)?;
        let wanted = Wanted { validity, level: self.valid_part, ..Wanted::default() };
        let guard = if is_profile(place) {
            Guard::read(model, place, &example()?, wanted, threads)?
        } else {
            let asked =
                Asked { every: 1, medium: Some(model.medium()), reach: model.reach(), ..Asked::default() };
            let all = inputs(std::slice::from_ref(place), &asked)
                .with_context(|| format!("the reference set {} cannot be opened", place.display()))?;
            let load = |at: usize| all[at].input();
            let progress = Progress::default();
            with_progress_line("reference set", &progress, || {
                Guard::fit(model, (all.len(), &load), wanted, threads, &progress)
            })?
        };
        Ok(Some(guard))
    }
}

/// True for a file of JSON: recordings have other endings or begin otherwise.
fn is_profile(place: &Path) -> bool {
    let json = place.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let begins = || {
        let mut first = [0_u8; 9];
        let read =
            std::fs::File::open(place).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut first));
        read.is_ok() && first.starts_with(b"{\"about\":")
    };
    place.is_file() && (json || begins())
}

fn score(id: &str) -> Result<&'static ValidityKind, BadArgument> {
    validity::kind(id).ok_or_else(|| {
        let known = || validity::KINDS.iter().map(|kind| kind.id);
        let list = known().collect::<Vec<_>>().join(", ");
        BadArgument(format!("unknown score of validity {id:?}{}, known are {list}", hint(id, known())))
    })
}
