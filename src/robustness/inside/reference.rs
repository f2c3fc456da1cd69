//! The reference set: profile and observations, kept in a file by content.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::base::files::sha256_hex;
use crate::base::outputs::write_named;
use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::inference::model::Model;
use crate::inference::taps::{Choice, Neuron};
use crate::metrics::coverage::profile::Profile;
use crate::metrics::observed::Observed;
use crate::robustness::inside::inspection::{InspectError, Inspection, place, tell};
use crate::robustness::inside::lens::{Collected, Lens, Seen};
use crate::robustness::inside::report::Report;
use crate::robustness::inside::request::Request;

pub(super) type Profiled = (Profile, Observed, Vec<usize>, Vec<Vec<f64>>);

/// Profile and observations of the reference set, and the places of the inputs that could be read.
pub(super) fn profiled(
    of: &Inspection<'_>,
    lens: &Lens,
    request: &Request,
    progress: &Progress,
    report: &mut Report,
) -> Result<Profiled, InspectError> {
    let about = of.profile.map(|_| identity(of, request)).transpose()?;
    let kept = of.profile.zip(about.as_ref()).and_then(|(path, about)| Kept::read(path, about));
    if let Some((profile, collected, places)) = kept {
        progress.reach(of.reference.len() as u64)?;
        report.kept = true;
        let (observed, values) = collected.finish();
        return Ok((profile, observed, places, values));
    }
    let (mut profile, mut collected, mut places) = (Profile::default(), Collected::default(), Vec::new());
    let mut problems = Vec::new();
    let see = |at: usize| -> Result<Seen, String> {
        let subject = &of.reference[at];
        let input = subject.input.input().map_err(|err| err.to_string())?;
        lens.see(of.model, &input).map_err(|err| err.to_string())
    };
    in_order(of.reference.len(), request.threads, see, |at, seen| {
        match seen {
            Ok(seen) => {
                profile.add(&seen.neurons);
                collected.add(seen);
                places.push(at);
            }
            Err(why) => problems.push(format!("{}: {why}", place(&of.reference[at].input))),
        }
        progress.step()
    })?;
    if places.is_empty() {
        let why = problems.into_iter().next().unwrap_or_else(|| "it is empty".to_owned());
        return Err(InspectError::Nothing { set: "reference", why });
    }
    tell(report, problems);
    if let (Some(path), Some(about)) = (of.profile, about) {
        Kept::write(path, about, Conventions::of(of.model, request), (&profile, &collected, &places))
            .map_err(|source| InspectError::Profile { path: path.to_owned(), source })?;
    }
    let (observed, values) = collected.finish();
    Ok((profile, observed, places, values))
}

/// Model and conventions of a kept reference set, by which it can be used without its inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Conventions {
    /// Identity of the model.
    pub(super) model: String,
    pub(super) choice: Choice,
    pub(super) neuron: Neuron,
    pub(super) layer: Option<String>,
    pub(super) content: Option<String>,
    pub(super) style: Option<String>,
    /// True if the values inside of the model were looked at.
    pub(super) inside: bool,
    /// True if the whole values of a layer were kept.
    pub(super) whole: bool,
}

impl Conventions {
    fn of(model: &Model, request: &Request) -> Self {
        Self {
            model: model.identity(),
            choice: request.choice.clone(),
            neuron: request.neuron,
            layer: request.layer.clone(),
            content: request.content.clone(),
            style: request.style.clone(),
            inside: request.inside(),
            whole: request.whole(),
        }
    }
}

/// A kept reference set with its conventions; none in files of earlier versions, and an error if the file is none.
pub(super) fn kept(path: &Path) -> io::Result<Option<(Conventions, Collected)>> {
    let kept: Kept = serde_json::from_slice(&std::fs::read(path)?)?;
    let observed = kept.observed;
    Ok(kept.conventions.map(|conventions| (conventions, observed)))
}

/// Content of a file with the profile and the observations of a reference set. Numbers are kept by their bits, so that nothing
/// is rounded.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Checksum of model, conventions and inputs.
    about: String,
    #[serde(default)]
    conventions: Option<Conventions>,
    profile: Profile,
    observed: Collected,
    places: Vec<usize>,
}

impl Kept {
    /// The content, if the file is there and is about the same.
    fn read(path: &Path, about: &str) -> Option<(Profile, Collected, Vec<usize>)> {
        let kept: Self = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (kept.about == about).then_some((kept.profile, kept.observed, kept.places))
    }

    /// True for a file that somebody else wrote.
    fn foreign(path: &Path) -> bool {
        std::fs::read(path).is_ok_and(|bytes| serde_json::from_slice::<Self>(&bytes).is_err())
    }

    fn write(
        path: &Path,
        about: String,
        conventions: Conventions,
        of: (&Profile, &Collected, &[usize]),
    ) -> io::Result<()> {
        let (profile, observed, places) = of;
        if Self::foreign(path) {
            let what = "the file is there and is no profile, name another one with --profile";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
        }
        let kept = Self {
            about,
            conventions: Some(conventions),
            profile: profile.clone(),
            observed: observed.clone(),
            places: places.to_vec(),
        };
        write_named(path, &serde_json::to_vec(&kept)?)
    }
}

/// Checksum of everything that the observations depend on: the model, its card, the conventions, and the content of all inputs as
/// the model gets them.
fn identity(of: &Inspection<'_>, request: &Request) -> Result<String, InspectError> {
    let mut inputs = Vec::with_capacity(of.reference.len());
    let one = |at: usize| {
        let input = of.reference[at].input.input().ok()?;
        let prepared = of.model.prepared(&input).ok()?;
        let bytes: Vec<u8> =
            prepared.iter().flat_map(|tensor| &tensor.data).flat_map(|value| value.to_le_bytes()).collect();
        Some(sha256_hex(&bytes))
    };
    in_order(of.reference.len(), request.threads, one, |_, checksum| {
        inputs.push(checksum);
        Ok::<(), InspectError>(())
    })?;
    let conventions = format!("{:?} {:?}", request.choice, request.neuron);
    let layers = [&request.layer, &request.content, &request.style];
    let numbers = request.conformal.iter().map(|(kind, _)| kind.id).collect::<Vec<_>>();
    let text = json!({ "model": of.model.identity(), "card": of.model.card, "conventions": conventions, "layers": layers,
        "inside": request.inside(), "whole": request.whole(), "numbers": numbers, "inputs": inputs,
        "version": env!("CARGO_PKG_VERSION") });
    Ok(sha256_hex(text.to_string().as_bytes()))
}
