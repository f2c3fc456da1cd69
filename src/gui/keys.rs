//! From key presses to commands, by the command table. Plain keys do nothing while a text is edited.

use egui::{Context, Event, Key, Modifiers};

use crate::app::command::Command;
use crate::app::table::{Entry, Shortcut, TABLE};

/// The commands whose keys were pressed since the last frame, in the order in which they were pressed.
pub(super) fn pressed(ctx: &Context) -> Vec<Command> {
    let editing = ctx.text_edit_focused();
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let Event::Key { key, pressed: true, repeat, modifiers, .. } = event else { return true };
            let Some(entry) = entry_for(*key, *modifiers, editing) else { return true };
            // A key that is held steps through pictures but does not drop a hundred tags.
            if !repeat || entry.group == "Replay" {
                commands.push((entry.command)());
            }
            false
        });
    });
    commands
}

fn entry_for(key: Key, modifiers: Modifiers, editing: bool) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.keys.iter().any(|shortcut| fits(shortcut, key, modifiers, editing)))
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
