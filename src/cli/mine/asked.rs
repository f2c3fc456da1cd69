//! Finders and questions of the arguments.

use crate::base::nearest::hint;
use crate::base::params::Params;
use crate::base::text::counted;
use crate::cli::mine::MineArgs;
use crate::cli::{BadArgument, say};
use crate::mining::finders::{KINDS, kind};
use crate::mining::finding::{Effort, FinderKind, Look};
use crate::mining::questions::{Named, nuplan};
use crate::mining::run::Asked;
use crate::project::Project;
use crate::tracks::questions::question::Question;

/// Finders and questions for the recordings of a project, or of none.
pub(super) fn asked(args: &MineArgs, project: Option<&Project>) -> Result<Vec<Asked>, BadArgument> {
    let mut all = Vec::new();
    let once = |all: &mut Vec<Asked>, more: Asked| {
        let text = |asked: &Asked| asked.question.as_ref().map(|of| of.question.text().to_owned());
        let same =
            |own: &Asked| own.id() == more.id() && own.params == more.params && text(own) == text(&more);
        if !all.iter().any(same) {
            all.push(more);
        }
    };
    for text in &args.finders {
        for more in named(text, project)? {
            if let Look::Models(look) = more.kind.look
                && args.model.len() < look.models
            {
                let needed = counted(look.models, "model");
                return Err(BadArgument(format!(
                    "finder {} runs {needed}, name them with --model FILE",
                    more.id()
                )));
            }
            once(&mut all, more);
        }
    }
    for text in &args.ask {
        let mut question = question(text, project)?;
        if let Some(name) = &args.save_question {
            question.name.clone_from(name);
        }
        once(&mut all, Asked::question(question));
    }
    if !all.is_empty() {
        return Ok(all);
    }
    let usual = |kind: &&&'static FinderKind| {
        let wanted = match kind.effort() {
            Effort::Cheap => true,
            Effort::Samples => args.samples || args.sensors,
            Effort::Models => matches!(kind.look, Look::Models(look) if look.models <= args.model.len()),
        };
        wanted && (!args.sensors || kind.sensor)
    };
    all.extend(KINDS.iter().filter(usual).map(|kind| Asked::usual(kind)));
    if !args.sensors {
        all.extend(saved(project));
    }
    Ok(all)
}

/// Saved questions of a project; one that cannot be read is said.
fn saved(project: Option<&Project>) -> Vec<Asked> {
    let mut all = Vec::new();
    for (name, text) in project.into_iter().flat_map(|project| &project.questions) {
        match Question::parse(text) {
            Ok(question) => {
                all.push(Asked::question(Named { name: name.clone(), question, tags: Vec::new() }));
            }
            Err(err) => say(&format!("the saved question {name:?} is left out: {err}")),
        }
    }
    all
}

/// The question of a text, or the one that is saved or built in under this name.
pub(in crate::cli) fn question(text: &str, project: Option<&Project>) -> Result<Named, BadArgument> {
    let saved = project.and_then(|project| project.questions.get(text.trim()));
    let parsed = |text: &str| Question::parse(text).map_err(|err| BadArgument(err.to_string()));
    if let Some(own) = saved {
        return Ok(Named { name: text.trim().to_owned(), question: parsed(own)?, tags: Vec::new() });
    }
    match nuplan::question(text.trim()) {
        Some(named) => Ok(named),
        None => parsed(text).map(Named::unnamed),
    }
}

/// The finder of an argument, with its thresholds; a saved question, or types of nuPlan.
fn named(text: &str, project: Option<&Project>) -> Result<Vec<Asked>, BadArgument> {
    let (id, values) = text.split_once(':').unwrap_or((text, ""));
    let Some(kind) = kind(id) else {
        if id == nuplan::PREFIX.trim_end_matches('_') {
            return Ok(nuplan::TYPES
                .iter()
                .filter_map(|(name, _)| nuplan::question(name))
                .map(Asked::question)
                .collect());
        }
        let saved = project.is_some_and(|project| project.questions.contains_key(id));
        if saved || nuplan::question(id).is_some() {
            return Ok(vec![Asked::question(question(id, project)?)]);
        }
        let own = project.into_iter().flat_map(|project| project.questions.keys().map(String::as_str));
        let known = || KINDS.iter().map(|kind| kind.id);
        let list = known().collect::<Vec<_>>().join(", ");
        let all = known().chain(own).chain(nuplan::TYPES.iter().map(|(name, _)| *name));
        return Err(BadArgument(format!(
            "unknown finder {id:?}{}, known are {list}, saved questions and nuplan",
            hint(id, all)
        )));
    };
    let mut params = Params::default();
    for pair in values.split(',').filter(|pair| !pair.is_empty()) {
        let value = pair.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?)));
        let (name, value): (&str, f64) =
            value.ok_or_else(|| BadArgument(format!("{pair:?} is no threshold, expected NAME=VALUE")))?;
        params.insert(name, value);
    }
    match params.problem(kind.params) {
        Some(problem) => Err(BadArgument(format!("finder {id}: {problem}"))),
        None => Ok(vec![Asked { params, ..Asked::usual(kind) }]),
    }
}
