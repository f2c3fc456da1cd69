//! The parts of the workspaces. Each draws from `&App` and pushes commands.

pub mod evaluate;
pub mod explore;
pub mod findings;
pub mod label;
pub mod missing;
pub mod model;
pub mod price;
pub mod replay;
pub mod suites;
mod validity;
pub mod welcome;
pub(in crate::gui) mod workspace;

use workspace::WorkspaceKind;

/// Every workspace, in the order of the switcher.
pub(in crate::gui) static WORKSPACES: &[&WorkspaceKind] =
    &[&label::workspace::KIND, &explore::workspace::KIND, &findings::KIND, &suites::KIND, &evaluate::KIND];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Workspace;

    #[test]
    fn every_workspace_of_the_program_has_a_page_in_its_order() {
        let pages: Vec<Workspace> = WORKSPACES.iter().map(|kind| kind.workspace).collect();
        assert_eq!(pages, Workspace::ALL);
    }
}
