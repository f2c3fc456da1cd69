//! From key presses to commands, by the command table and the keys of the project's words. Plain keys do nothing while
//! a text is edited.

use egui::{Context, Event, Key, Modifiers};

use crate::app::App;
use crate::app::command::{Command, LabelCommand};
use crate::app::label::ontology::word_keys;
use crate::app::table::{Entry, Shortcut, TABLE};

/// The commands whose keys were pressed since the last frame, in the order in which they were pressed.
pub(super) fn pressed(ctx: &Context, app: &App) -> Vec<Command> {
    let editing = ctx.text_edit_focused();
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let Event::Key { key, pressed: true, repeat, modifiers, physical_key } = event else {
                return true;
            };
            // With Shift a digit is another letter on every keyboard; where it lies does not change.
            let digit = physical_key.filter(|key| modifiers.shift && is_digit(*key)).unwrap_or(*key);
            let Some(entry) = entry_for(digit, *modifiers, editing) else {
                let word = word_for(digit, *modifiers, editing, app).filter(|_| !repeat);
                let known = word.is_some();
                commands.extend(word);
                return !known;
            };
            // A key that is held steps through frames but does not drop a hundred tags.
            if !repeat || entry.group == "Replay" {
                commands.push((entry.command)());
            }
            false
        });
    });
    commands
}

fn is_digit(key: Key) -> bool {
    (Key::Num0..=Key::Num9).contains(&key)
}

fn entry_for(key: Key, modifiers: Modifiers, editing: bool) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.keys.iter().any(|shortcut| fits(shortcut, key, modifiers, editing)))
}

/// The tag type or class with this key in the ontology.
fn word_for(key: Key, modifiers: Modifiers, editing: bool, app: &App) -> Option<Command> {
    let keys = word_keys(&app.project()?.ontology);
    let tag = keys.tags.iter().find(|(shortcut, _)| fits(shortcut, key, modifiers, editing));
    let class = keys.classes.iter().find(|(shortcut, _)| fits(shortcut, key, modifiers, editing));
    let tag = tag.map(|(_, position)| LabelCommand::Point(*position));
    tag.or_else(|| class.map(|(_, position)| LabelCommand::ClassAt(*position))).map(Command::Label)
}

fn fits(shortcut: &Shortcut, key: Key, modifiers: Modifiers, editing: bool) -> bool {
    // Plain keys, undo and moving by words belong to the text that is edited.
    if editing && (!shortcut.ctrl || matches!(shortcut.key, "Z" | "Y" | "ArrowLeft" | "ArrowRight" | "B")) {
        return false;
    }
    let held = Modifiers {
        alt: shortcut.alt,
        ctrl: shortcut.ctrl,
        shift: shortcut.shift,
        mac_cmd: false,
        command: shortcut.ctrl,
    };
    Key::from_name(shortcut.key) == Some(key) && modifiers.matches_exact(held)
}
