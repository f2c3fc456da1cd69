//! Files and folders that somebody is asked for.

use crate::app::table::entry::{Entry, entries};

pub(super) static ENTRIES: &[Entry] = entries! { "Files"
    "Open a model", EVERYWHERE, [], window(Ask(AskFor::Model));
    "Add an overlay image", NO_PALETTE, [], window(Ask(AskFor::Overlay));
    "Import an ontology", NO_PALETTE, [], window(Ask(AskFor::Ontology));
    "Compare with the labels of a file", NO_PALETTE, [], window(Ask(AskFor::OtherLabels));
    "Compare with the labels of a project", NO_PALETTE, [], window(Ask(AskFor::OtherProject));
    "Import predictions", NO_PALETTE, [], window(Ask(AskFor::Predictions));
    "Compare with another model", NO_PALETTE, [], window(Ask(AskFor::OtherModel));
    "Export samples for training", NO_PALETTE, [], window(Ask(AskFor::Samples));
    "Export the suite to a folder", NO_PALETTE, [], window(Ask(AskFor::Suite));
};
