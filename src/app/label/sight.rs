//! Objects and classes that are hidden, and objects that are locked, as long as the project is open.

use std::collections::BTreeSet;

use anyhow::{anyhow, bail};

use crate::app::OpenProject;

/// Objects and classes that are hidden or locked.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Hidden objects.
    pub hidden: BTreeSet<u64>,
    /// Objects that no drag and no key changes.
    pub locked: BTreeSet<u64>,
    /// Classes whose labels and predictions are hidden.
    pub hidden_classes: BTreeSet<String>,
}

impl Sight {
    /// True if an object of a class is drawn.
    pub fn shows(&self, object: u64, class: &str) -> bool {
        !self.hidden.contains(&object) && !self.hidden_classes.contains(class)
    }

    /// True if anything is hidden.
    pub fn hides(&self) -> bool {
        !self.hidden.is_empty() || !self.hidden_classes.is_empty()
    }
}

/// Commands about what is hidden or locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SightCommand {
    /// Hides or shows an object.
    Object(u64),
    /// Hides or shows a class, in labels and predictions.
    Class(String),
    /// Locks or unlocks an object.
    Lock(u64),
    /// Hides or shows the selected object.
    Selected,
    /// Locks or unlocks the selected object.
    LockSelected,
    /// Shows everything that is hidden.
    ShowAll,
}

/// Takes an element out of a set, or puts it in where it was not.
fn flip<T: Ord>(set: &mut BTreeSet<T>, element: T) {
    if !set.remove(&element) {
        set.insert(element);
    }
}

impl OpenProject {
    pub(super) fn change_sight(&mut self, command: SightCommand) -> anyhow::Result<()> {
        let selected = self.labeling.object.ok_or_else(|| anyhow!("select an object first"));
        let sight = &mut self.labeling.sight;
        match command {
            SightCommand::Object(object) => flip(&mut sight.hidden, object),
            SightCommand::Class(class) => flip(&mut sight.hidden_classes, class),
            SightCommand::Lock(object) => flip(&mut sight.locked, object),
            SightCommand::Selected => flip(&mut sight.hidden, selected?),
            SightCommand::LockSelected => flip(&mut sight.locked, selected?),
            SightCommand::ShowAll => {
                sight.hidden.clear();
                sight.hidden_classes.clear();
            }
        }
        Ok(())
    }

    /// An error where an object is locked.
    pub(super) fn unlocked(&self, object: u64) -> anyhow::Result<()> {
        if self.labeling.sight.locked.contains(&object) {
            bail!("the object is locked: unlock it in the list of objects first");
        }
        Ok(())
    }
}
