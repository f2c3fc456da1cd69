//! Projects and recordings under two set-ups.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::base::name::Name;
use crate::base::progress::Progress;
use crate::base::time::Span;
use crate::cli::backend::tried;
use crate::cli::compare::{CompareArgs, finish};
use crate::cli::evaluate::sides::{Sides, say_alignment};
use crate::cli::evaluate::{model_of, told_about};
use crate::cli::{BadArgument, threads, with_progress_line};
use crate::clips::Clip;
use crate::data::clip::ChannelKind;
use crate::evaluation::gather::gather;
use crate::evaluation::samples::Evaluation;
use crate::evaluation::setups::examples::{Clips, examples};
use crate::evaluation::setups::page::{Facts, Shown};
use crate::evaluation::setups::pairing::{Rules, Side, pair};
use crate::evaluation::setups::verdict::compare;
use crate::evaluation::terms::{Injected, Terms};
use crate::inference::backend::Backend;
use crate::predictions::source::Source;
use crate::project::faults::FaultError;
use crate::project::is_project;

/// A set-up that was evaluated.
struct Setup {
    side: Side,
    clips: Clips,
    source: Source,
    facts: Facts,
}

pub(super) fn run(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    let injected = args.injected()?;
    let same = args.second.is_none();
    if same && args.with.is_none() && args.against.is_none() && injected.is_empty() {
        let what = "both set-ups are the same: name a second recording, or --with, --against, --stack, --without or --fault";
        return Err(BadArgument(what.to_owned()).into());
    }
    if args.recording.is_some() || args.with_recording.is_some() {
        let what =
            "--recording and --with-recording are for suites, name the second recording after the first";
        return Err(BadArgument(what.to_owned()).into());
    }
    let terms = args.terms()?;
    let backends =
        [args.backend.kind()?, args.against.as_deref().map_or_else(|| args.backend.kind(), Backend::named)?];
    let places = [args.first.as_path(), args.second.as_deref().unwrap_or(&args.first)];
    let sources = sources(args, places, &backends)?;
    anyhow::ensure!(
        sources[0].task() == sources[1].task(),
        "{} and {} have different outputs and cannot be compared",
        sources[0].name(),
        sources[1].name()
    );
    let [a, b] = sources;
    let first = evaluated(args, (places[0], &backends[0]), a, &terms)?;
    let changed = Terms { injected, ..terms };
    let mut second = evaluated(args, (places[1], &backends[1]), b, &changed)?;
    second.facts.extend(args.changes());
    let setups = [&first, &second];
    let sides = setups.map(|setup| &setup.side);
    let clips = setups.map(|setup| &setup.clips);
    let rules = Rules { same, tolerance: args.tolerance(), offset: Span::from_secs(args.offset) };
    let compared = compare(sides, pair(sides, rules)?);
    let names = args.names(setups.map(|setup| setup.source.name()));
    // Images are read for the page alone; where things are is also in the JSON.
    let most = args.examples;
    let lost = examples(sides, clips, compared.only(true), most);
    let gained = examples(sides, clips, compared.only(false), most);
    let shown = Shown {
        names: [&names[0], &names[1]],
        facts: setups.map(|setup| setup.facts.clone()),
        lost: &lost,
        gained: &gained,
        alpha: args.alpha,
        cases: None,
        tolerance: (!same).then_some(args.tolerance),
    };
    finish(args, &compared, &shown)
}

/// The predictions of both set-ups.
fn sources(args: &CompareArgs, places: [&Path; 2], backends: &[Backend; 2]) -> anyhow::Result<[Source; 2]> {
    let sides = places.map(|place| Sides { place, only: &args.clip, tolerance: args.tolerance() });
    let named = |side: usize, name: &Path| sides[side].source(name, None, &backends[side]);
    let model = |side: usize| -> anyhow::Result<Source> {
        let path = match args.model.clone().or_else(|| args.backend.served_model()) {
            Some(path) => path,
            None if is_project(places[0]) => model_of(places[0])?,
            None => {
                let what = "nothing predicts, name a model with --model FILE or a channel with --predictions CHANNEL";
                return Err(BadArgument(what.to_owned()).into());
            }
        };
        Ok(Source::Model(Arc::new(tried(&path, &backends[side])?)))
    };
    let own = |side: usize| args.predictions.as_ref().map_or_else(|| model(side), |name| named(side, name));
    let first = own(0)?;
    let second = match &args.with {
        Some(name) => named(1, name)?,
        // A channel is looked up in each recording.
        None => own(1)?,
    };
    Ok([first, second])
}

fn evaluated(
    args: &CompareArgs,
    (place, backend): (&Path, &Backend),
    source: Source,
    terms: &Terms,
) -> anyhow::Result<Setup> {
    let sides = Sides { place, only: &args.clip, tolerance: args.tolerance() };
    let truth = sides.truth(args.truth.as_deref(), backend)?;
    let progress = Progress::default();
    let gathered = with_progress_line("predicting", &progress, || {
        gather(place, &args.clip, (&source, &truth), terms, threads(), &progress)
    });
    let gathered = gathered.map_err(|err| match err.downcast_ref::<FaultError>() {
        Some(problem) => BadArgument(problem.to_string()).into(),
        None => err,
    })?;
    say_alignment(&gathered, args.tolerance());
    told_about(&gathered, &source)?;
    let ranges = gathered.clips.iter().map(|(name, clip)| (name.clone(), clip.info().range)).collect();
    let sizes = gathered.clips.iter().flat_map(|(name, clip)| sizes(name, clip)).collect();
    let facts = facts(place, &source, &terms.injected);
    let threshold = source.threshold();
    let side = Side {
        evaluation: Evaluation::with_limits(gathered.samples, threshold, &gathered.limits),
        ranges,
        sizes,
    };
    Ok(Setup { side, clips: gathered.clips, source, facts })
}

/// Sizes of the images of each camera.
fn sizes(name: &Name, clip: &Arc<dyn Clip>) -> BTreeMap<(Name, Name), (u32, u32)> {
    let info = clip.info();
    let size = |id| Some(clip.picture(id, 0).ok()?.size());
    let cameras = info.of_kind(ChannelKind::Camera);
    cameras.filter_map(|(id, channel)| Some(((name.clone(), Name::from(&channel.name)), size(id)?))).collect()
}

fn facts(place: &Path, source: &Source, injected: &Injected) -> Facts {
    let mut facts = vec![
        ("Recordings".to_owned(), place.display().to_string()),
        ("Predictions".to_owned(), source.name().to_owned()),
    ];
    if let Some(model) = source.model() {
        facts.push(("SHA-256".to_owned(), model.sha256.clone()));
        facts.push(("Backend".to_owned(), model.backend.title.clone()));
    }
    if injected.is_empty() {
        facts.push(("Inputs".to_owned(), "as recorded".to_owned()));
    }
    facts
}
