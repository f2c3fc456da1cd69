//! The workspaces of the window, one line each. The switcher and the shell follow.

use crate::gui::panes::workspace::WorkspaceKind;
use crate::gui::panes::{evaluate, explore, findings, label, suites};

/// Every kind, in the order of the switcher.
pub(in crate::gui) static KINDS: &[&WorkspaceKind] =
    &[&label::workspace::KIND, &explore::workspace::KIND, &findings::KIND, &suites::KIND, &evaluate::KIND];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Workspace;

    #[test]
    fn every_workspace_of_the_program_has_a_page_in_its_order() {
        let pages: Vec<Workspace> = KINDS.iter().map(|kind| kind.workspace).collect();
        assert_eq!(pages, Workspace::ALL);
    }
}
