//! The attack of an inspection.

use crate::cli::BadArgument;
use crate::cli::inspect::InspectArgs;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::{Norm, parse_sizes};
use crate::robustness::attacks::objects::Objective;
use crate::robustness::attacks::run::{self, Asked};
use crate::robustness::attacks::{AttackKind, Settings, kind, unknown};
use crate::robustness::inside::inspection::Attacker;

/// The attack of the arguments; none if none is named.
pub(super) fn attack(args: &InspectArgs) -> Result<Option<(&'static AttackKind, Settings)>, BadArgument> {
    let Some(id) = &args.attack else { return Ok(None) };
    let kind = kind(id).ok_or_else(|| BadArgument(unknown(id)))?;
    let norm = kind.norms.first().copied().unwrap_or(Norm::Linf);
    let eps = match &args.eps {
        None => norm.usual_eps(),
        Some(text) => match parse_sizes(text, norm).map_err(|err| BadArgument(err.to_string()))?.as_slice() {
            [eps] => *eps,
            _ => return Err(BadArgument(format!("--eps takes one size, not {text:?}"))),
        },
    };
    Ok(Some((kind, Settings { norm, eps, ..Settings::default() })))
}

/// Checks that the attack can run on the model at all, before anything is looked at.
pub(super) fn check(attacker: &Attacker<'_>) -> Result<(), AttackError> {
    let asked = Asked {
        kinds: &[attacker.kind],
        settings: &attacker.settings,
        target: None,
        objective: Objective::Vanish,
        seed: 0,
        against: None,
        threads: 1,
    };
    run::check(attacker.subject, &asked)
}
