//! From key presses to commands, by the command table. Plain keys do nothing while a text is edited.

use egui::{Context, Key, Modifiers};

use crate::app::command::Command;
use crate::app::table::{Shortcut, TABLE};

/// The commands whose keys were pressed since the last frame.
pub(super) fn pressed(ctx: &Context) -> Vec<Command> {
    let editing = ctx.text_edit_focused();
    let mut commands = Vec::new();
    for entry in TABLE {
        for shortcut in entry.keys {
            if editing && !shortcut.ctrl {
                continue;
            }
            // Undo and redo inside a text belong to the text.
            if editing && matches!(shortcut.key, "Z" | "Y" | "ArrowLeft" | "ArrowRight" | "B") {
                continue;
            }
            if count(ctx, shortcut) > 0 {
                commands.push((entry.command)());
            }
        }
    }
    commands
}

fn count(ctx: &Context, shortcut: &Shortcut) -> usize {
    let Some(key) = Key::from_name(shortcut.key) else { return 0 };
    let wanted = Modifiers {
        alt: shortcut.alt,
        ctrl: shortcut.ctrl,
        shift: shortcut.shift,
        mac_cmd: false,
        command: shortcut.ctrl,
    };
    ctx.input_mut(|input| {
        let mut count = 0;
        input.events.retain(|event| {
            let hit = matches!(event, egui::Event::Key { key: pressed, pressed: true, modifiers, .. }
                if *pressed == key && modifiers.matches_exact(wanted));
            count += usize::from(hit);
            !hit
        });
        count
    })
}
