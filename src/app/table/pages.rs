//! Pages of the workspaces and of the window of the model.

use crate::app::table::entry::{Entry, entries};

pub(super) static ENTRIES: &[Entry] = entries! { "Pages"
    "List of tags", NO_PALETTE, [], window(Page(Page::Tags));
    "List of objects", NO_PALETTE, [], window(Page(Page::Objects));
    "Operational design domain (ODD)", NO_PALETTE, [], window(Page(Page::Domain));
    "Label issues", NO_PALETTE, [], window(Page(Page::Issues));
    "Agreement with another annotator", NO_PALETTE, [], window(Page(Page::Agreement));
    "Compare side by side", NO_PALETTE, [], window(Page(Page::SideBySide));
    "Swipe between original and transformed", NO_PALETTE, [], window(Page(Page::Swipe));
    "Difference of the pixels", NO_PALETTE, [], window(Page(Page::Difference));
    "Blink between original and transformed", NO_PALETTE, [], window(Page(Page::Blink));
    "Samples and errors", NO_PALETTE, [], window(Page(Page::Samples));
    "Confusion matrix", NO_PALETTE, [], window(Page(Page::Confusion));
    "Embedding map", NO_PALETTE, [], window(Page(Page::Embeddings));
    "Curves: precision, recall, ROC, reliability", NO_PALETTE, [], window(Page(Page::Curves));
    "Compare models", NO_PALETTE, [], window(Page(Page::Models));
    "Robustness: attacks on the model", NO_PALETTE, [], window(Page(Page::Robustness));
    "Model card", NO_PALETTE, [], window(Page(Page::Card));
    "Backend settings", NO_PALETTE, [], window(Page(Page::Backend));
    "Metadata and graph of the model", NO_PALETTE, [], window(Page(Page::Graph));
    "Run the model once on any input", NO_PALETTE, [], window(Page(Page::SingleRun));
    "Differential test of two backends", NO_PALETTE, [], window(Page(Page::Differential));
};
