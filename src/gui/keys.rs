//! From key presses to entries of the command table and to the keys of the project's words. The only file of the window that
//! knows keys: what a press means depends on the one mode that has the keyboard.

use egui::{Context, Event, Key, Modifiers, Response};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::label::ontology::word_keys;
use crate::app::table::entries;
use crate::app::table::entry::{Action, Entry};
use crate::app::table::modes::{Mode, Modes};
use crate::app::table::shortcut::Shortcut;

/// The title of the entry for the key that ends typing.
const ACCEPT: &str = "Accept the text";
/// The title of the entry for the key that leaves a text field.
const LEAVE: &str = "Leave the text field";

/// Request of a key press.
pub(super) enum Pressed {
    /// An entry of the table.
    Entry(&'static Entry),
    /// A word of the project.
    Word(Command),
}

/// The key presses since the last frame, in their order.
#[derive(Default)]
pub(super) struct Presses {
    /// Events before this one were looked at.
    at: usize,
}

impl Presses {
    /// Takes the next press that means something in this mode. Presses that mean nothing stay for the controls.
    pub(super) fn next(&mut self, ctx: &Context, mode: Mode, app: &App) -> Option<Pressed> {
        ctx.input_mut(|input| {
            while let Some(event) = input.events.get(self.at) {
                let Some((pressed, repeat)) = meaning(event, mode, app) else {
                    self.at += 1;
                    continue;
                };
                input.events.remove(self.at);
                // A key that is held steps through frames but does not drop a hundred tags.
                let counts = match &pressed {
                    Pressed::Entry(entry) => !repeat || entry.held,
                    Pressed::Word(_) => !repeat,
                };
                if counts {
                    return Some(pressed);
                }
            }
            None
        })
    }
}

/// The meaning of an event, and true when the key is held down; nothing for what belongs to the control with the focus.
fn meaning(event: &Event, mode: Mode, app: &App) -> Option<(Pressed, bool)> {
    let Event::Key { key, pressed: true, repeat, modifiers, physical_key } = event else { return None };
    // With Shift a digit is another letter on every keyboard; where it lies does not change.
    let key = physical_key.filter(|key| modifiers.shift && is_digit(*key)).unwrap_or(*key);
    let mut counting = entries().filter(|entry| entry.modes.has(mode));
    let entry = counting.find(|entry| entry.keys.iter().any(|shortcut| fits(shortcut, key, *modifiers)));
    let pressed = match entry {
        Some(entry) if matches!(entry.action, Action::Native) => return None,
        Some(entry) => Pressed::Entry(entry),
        None if Modes::RECORDING.has(mode) => Pressed::Word(word_for(key, *modifiers, app)?),
        None => return None,
    };
    Some((pressed, *repeat))
}

/// True when somebody ended typing in a field with the key for it.
pub(super) fn accepted(field: &Response) -> bool {
    let key = entries().find(|entry| entry.title == ACCEPT).and_then(|entry| entry.keys.first());
    let key = key.and_then(|shortcut| Key::from_name(shortcut.key));
    field.lost_focus() && key.is_some_and(|key| field.ctx.input(|input| input.key_pressed(key)))
}

/// True when the key that leaves a text field was pressed in this frame.
pub(super) fn left_text(ctx: &Context) -> bool {
    let key = entries().find(|entry| entry.title == LEAVE).and_then(|entry| entry.keys.first());
    let key = key.and_then(|shortcut| Key::from_name(shortcut.key));
    key.is_some_and(|key| ctx.input(|input| input.key_pressed(key)))
}

fn is_digit(key: Key) -> bool {
    (Key::Num0..=Key::Num9).contains(&key)
}

/// The tag type or class with this key in the ontology.
fn word_for(key: Key, modifiers: Modifiers, app: &App) -> Option<Command> {
    let keys = word_keys(&app.project()?.ontology);
    let tag = keys.tags.iter().find(|(shortcut, _)| fits(shortcut, key, modifiers));
    let class = keys.classes.iter().find(|(shortcut, _)| fits(shortcut, key, modifiers));
    let tag = tag.map(|(_, position)| LabelCommand::Point(*position));
    tag.or_else(|| class.map(|(_, position)| LabelCommand::ClassAt(*position))).map(Command::Label)
}

fn fits(shortcut: &Shortcut, key: Key, modifiers: Modifiers) -> bool {
    let held = Modifiers {
        alt: shortcut.alt,
        ctrl: false,
        shift: shortcut.shift,
        mac_cmd: false,
        command: shortcut.ctrl,
    };
    Key::from_name(shortcut.key) == Some(key) && modifiers.matches_exact(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_one_of_the_window() {
        for entry in entries() {
            for shortcut in entry.keys {
                assert!(Key::from_name(shortcut.key).is_some(), "{}: {}", entry.title, shortcut.key);
            }
        }
        assert!([ACCEPT, LEAVE].iter().all(|title| entries().any(|entry| entry.title == *title)));
    }
}
