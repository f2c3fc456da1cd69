//! The page of keys, from the command table of the window.

use crate::app::table;
use crate::app::table::gestures::GESTURES;
use crate::app::table::shortcut::Shortcut;
use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};

pub(super) static PAGE: Page = Page { name: "keys", title: "Keys", body };

const INTRO: &str = "\
F1 shows these in the window, Ctrl+K searches all commands by name, those without a key too. On a Mac, Ctrl is Command.";

fn body() -> String {
    let mut groups: Vec<&str> = Vec::new();
    for entry in table::entries() {
        if !groups.contains(&entry.group) {
            groups.push(entry.group);
        }
    }
    let mut text = INTRO.to_owned();
    for group in groups {
        text.extend([format!("\n\n## {group}\n\n")]);
        let rows = table::entries().filter(|entry| entry.group == group).map(|entry| {
            let keys: Vec<String> = entry.keys.iter().map(|key| code(&Shortcut::text(key))).collect();
            vec![entry.title.to_owned(), keys.join(", ")]
        });
        text.push_str(table(&["command", "keys"], rows).trim_end());
    }
    for (group, gestures) in GESTURES {
        text.extend([format!("\n\n## {group}\n\n")]);
        let rows = gestures.iter().map(|one| vec![one.title.to_owned(), one.how.to_owned()]);
        text.push_str(table(&["effect", "gesture"], rows).trim_end());
    }
    text
}
