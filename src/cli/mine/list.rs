//! `hardcase mine --list`.

use crate::cli::mine::recordings::Places;
use crate::cli::print;
use crate::mining::finders::KINDS;
use crate::mining::finding::{Effort, FinderKind};
use crate::mining::questions::nuplan;

/// Prints every finder with its thresholds, saved questions and scenario types.
pub(super) fn run(places: &Places) {
    for kind in KINDS {
        listed(kind);
    }
    for editor in &places.projects {
        for (name, text) in &editor.project().questions {
            print(&format!("{name:<18} {text} (saved question of {})", editor.project().name));
        }
    }
    for (name, text) in nuplan::TYPES {
        print(&format!("{}{name}  {text} (scenario type of nuPlan)", nuplan::PREFIX));
    }
}

fn listed(kind: &FinderKind) {
    let effort = match kind.effort() {
        Effort::Cheap => "",
        Effort::Samples => " (decodes images or scans)",
        Effort::Models => " (runs models)",
    };
    print(&format!("{:<18} {}{effort}; {}", kind.id, kind.summary, kind.source));
    for param in kind.params {
        print(&format!(
            "    {:<16} {} {} ({} to {})",
            param.id, param.initial, param.unit, param.min, param.max
        ));
    }
}
