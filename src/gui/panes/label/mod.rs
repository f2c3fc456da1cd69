//! Panes of the Label workspace: tags, objects, ontology, and the operator mode.

pub(in crate::gui) mod agreement;
pub(in crate::gui) mod attributes;
pub(in crate::gui) mod domain;
pub(in crate::gui) mod drawing;
pub mod exchange;
pub mod inspector;
mod objects;
pub(in crate::gui) mod ontology;
pub mod operator;
mod pointer;
pub mod table;
pub(in crate::gui::panes) mod workspace;
