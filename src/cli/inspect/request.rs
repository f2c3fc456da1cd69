//! Arguments of `hardcase inspect` as a request.

use crate::base::nearest::hint;
use crate::base::params::{ParamSpec, Params};
use crate::cli::BadArgument;
use crate::cli::inspect::{InspectArgs, NeuronArg};
use crate::inference::taps::{Choice, Neuron};
use crate::metrics::validity::Rule;
use crate::metrics::{conformal, coverage, surprise, validity};
use crate::robustness::inside::request::Request;

/// Part of the reference set below a threshold if none is named.
const LEVEL: f64 = 0.95;

pub(super) fn request(args: &InspectArgs) -> Result<Request, BadArgument> {
    let coverage =
        kinds(args.coverage.as_deref(), "criterion", coverage::KINDS, |kind| (kind.id, kind.params))?;
    let surprise =
        kinds(args.surprise.as_deref(), "score of surprise", surprise::KINDS, |k| (k.id, k.params))?;
    let validity =
        kinds(args.validity.as_deref(), "score of validity", validity::KINDS, |k| (k.id, k.params))?;
    let conformal =
        kinds(args.conformal.as_deref(), "conformal score", conformal::KINDS, |k| (k.id, k.params))?;
    let nothing = coverage.is_empty() && surprise.is_empty() && validity.is_empty() && conformal.is_empty();
    if nothing && !args.temperature {
        let what = "nothing to inspect, name something with --coverage, --surprise, --validity or --conformal (--list lists all)";
        return Err(BadArgument(what.to_owned()));
    }
    let (rule, level) = args.threshold.as_deref().map_or(Ok((None, LEVEL)), threshold)?;
    if let Some(alpha) = args.alpha.iter().find(|alpha| !(**alpha > 0.0 && **alpha < 1.0)) {
        return Err(BadArgument(format!("the error rate {alpha} is not between 0 and 1")));
    }
    let choice = match args.layers.as_str() {
        "activations" => Choice::Activations,
        "all" => Choice::Computing,
        names => Choice::Named(names.split(',').map(|name| name.trim().to_owned()).collect()),
    };
    Ok(Request {
        coverage,
        surprise,
        validity,
        conformal,
        choice,
        neuron: match args.neurons {
            NeuronArg::Channel => Neuron::Channel,
            NeuronArg::Unit => Neuron::Unit,
        },
        layer: args.layer.clone(),
        content: args.content.clone(),
        style: args.style.clone(),
        rule,
        level,
        alphas: args.alpha.clone(),
        temperature: args.temperature,
        seed: args.seed,
        threads: 1,
    })
}

/// Kinds of a list like "kmnc:k=100,nbc:m=0.5:strict=0".
fn kinds<K: 'static>(
    text: Option<&str>,
    what: &str,
    all: &[&'static K],
    about: impl Fn(&'static K) -> (&'static str, &'static [ParamSpec]),
) -> Result<Vec<(&'static K, Params)>, BadArgument> {
    let mut found = Vec::new();
    for one in text.into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|one| !one.is_empty())
    {
        let mut parts = one.split(':');
        let id = parts.next().unwrap_or_default().to_lowercase();
        let kind = all.iter().copied().find(|kind| about(*kind).0 == id).ok_or_else(|| {
            let known = || all.iter().map(|kind| about(*kind).0);
            let list = known().collect::<Vec<_>>().join(", ");
            BadArgument(format!("unknown {what} {id:?}{}, known are {list}", hint(&id, known())))
        })?;
        let mut params = Params::default();
        for pair in parts {
            let value = pair.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?)));
            let (name, value): (&str, f64) = value
                .ok_or_else(|| BadArgument(format!("{pair:?} is no setting of {id}, expected NAME=VALUE")))?;
            params.insert(name.trim(), value);
        }
        if let Some(problem) = params.problem(about(kind).1) {
            return Err(BadArgument(format!("{id}: {problem}")));
        }
        found.push((kind, params));
    }
    Ok(found)
}

/// A threshold like "gamma:0.95", "empirical" or "0.99".
fn threshold(text: &str) -> Result<(Option<Rule>, f64), BadArgument> {
    let bad = || {
        BadArgument(format!(
            "{text:?} is no threshold, expected gamma or empirical with a level between 0 and 1: gamma:0.95"
        ))
    };
    let (rule, level) = match text.split_once(':') {
        Some((rule, level)) => (Some(rule), Some(level)),
        None if text.parse::<f64>().is_ok() => (None, Some(text)),
        None => (Some(text), None),
    };
    let rule = match rule {
        None => None,
        Some("gamma") => Some(Rule::Gamma),
        Some("empirical") => Some(Rule::Empirical),
        Some(_) => return Err(bad()),
    };
    let level: f64 = level.map_or(Ok(LEVEL), |level| level.parse().ok().ok_or_else(bad))?;
    if level > 0.0 && level < 1.0 { Ok((rule, level)) } else { Err(bad()) }
}
