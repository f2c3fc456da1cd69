//! The command table: titles, keys, modes and groups of every command that needs no further input.
//!
//! It drives the palette, the shortcut sheet, the tooltips and the check for clashes. A subject is one file, a command one line of it.

use crate::app::workspace;

use entry::Entry;
use shortcut::Shortcut;

pub mod choices;
mod drawing;
pub mod entry;
mod evaluate;
mod explore;
mod files;
mod findings;
pub mod gestures;
mod label;
mod model;
pub mod modes;
mod pages;
mod replay;
pub mod search;
mod settings;
pub mod shortcut;
pub mod suites;
mod text;
mod thesaurus;
pub mod views;
mod window;

/// Every group, in the order in which they are listed.
static GROUPS: [&[Entry]; 18] = [
    replay::ENTRIES,
    label::ENTRIES,
    drawing::ENTRIES,
    window::OPERATOR,
    explore::ENTRIES,
    findings::ENTRIES,
    suites::ENTRIES,
    model::ENTRIES,
    model::EVALUATE,
    evaluate::ENTRIES,
    workspace::ENTRIES,
    window::ENTRIES,
    views::ENTRIES,
    files::ENTRIES,
    pages::ENTRIES,
    settings::ENTRIES,
    window::PALETTE,
    text::ENTRIES,
];

/// Every command with a key or a place in the palette.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().copied().flatten()
}

/// The headings with the entries below them that have keys: the sheet of keys.
pub fn sheet() -> Vec<(&'static str, Vec<&'static Entry>)> {
    let mut sheet: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for entry in entries().filter(|entry| !entry.keys.is_empty()) {
        match sheet.iter_mut().find(|(group, _)| *group == entry.group) {
            Some((_, below)) => below.push(entry),
            None => sheet.push((entry.group, vec![entry])),
        }
    }
    sheet
}

/// The key of a command in the table, for tooltips: "" when it has none.
pub fn key_of(title: &str) -> String {
    let entry = entries().find(|entry| entry.title == title);
    entry.and_then(|entry| entry.keys.first()).map(Shortcut::text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::modes::Mode;
    use super::*;

    #[test]
    fn no_two_commands_share_a_title_or_a_key_where_both_count() {
        let all: Vec<&Entry> = entries().collect();
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                assert_ne!(a.title, b.title);
                for key in a.keys.iter().filter(|_| a.modes.meets(b.modes)) {
                    assert!(!b.keys.contains(key), "{} and {} share {}", a.title, b.title, key.text());
                }
            }
        }
    }

    #[test]
    fn the_sheet_has_every_entry_with_keys_once() {
        let mut listed: Vec<&str> = sheet().iter().flat_map(|(_, below)| below).map(|e| e.title).collect();
        let mut wanted: Vec<&str> = entries().filter(|e| !e.keys.is_empty()).map(|e| e.title).collect();
        listed.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(listed, wanted);
        let keys: Vec<String> =
            entries().filter(|e| e.modes.has(Mode::Free)).flat_map(|e| e.keys).map(Shortcut::text).collect();
        for key in ["F1", "F8", "F9", "F11", "R"] {
            assert_eq!(keys.iter().filter(|known| *known == key).count(), 1, "{key}");
        }
    }
}
