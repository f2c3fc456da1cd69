//! Keys with their modifiers, as people write them.

/// A key with its modifiers; the key is named as on the keyboard: `"Space"`, `"A"`, `"ArrowLeft"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// Name of the key.
    pub key: &'static str,
    /// With Ctrl (Command on a Mac).
    pub ctrl: bool,
    /// With Shift.
    pub shift: bool,
    /// With Alt.
    pub alt: bool,
}

impl Shortcut {
    /// From how people write it; none when there is no such key.
    pub fn parse(text: &str) -> Option<Self> {
        const NAMED: [&str; 16] = [
            "Space",
            "Comma",
            "Period",
            "Plus",
            "Minus",
            "Home",
            "End",
            "Insert",
            "PageUp",
            "PageDown",
            "Backtick",
            "Semicolon",
            "Slash",
            "Backslash",
            "OpenBracket",
            "CloseBracket",
        ];
        const KEYS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let mut shortcut = Self { key: "", ctrl: false, shift: false, alt: false };
        let mut parts: Vec<&str> = text.split('+').map(str::trim).collect();
        let last = parts.pop()?;
        for part in parts {
            match part.to_ascii_lowercase().as_str() {
                "ctrl" => shortcut.ctrl = true,
                "shift" => shortcut.shift = true,
                "alt" => shortcut.alt = true,
                _ => return None,
            }
        }
        let upper = last.to_ascii_uppercase();
        shortcut.key = match KEYS.find(&upper).filter(|_| upper.len() == 1) {
            Some(at) => KEYS.get(at..=at)?,
            None => NAMED.iter().find(|name| name.eq_ignore_ascii_case(last))?,
        };
        Some(shortcut)
    }

    /// As people write it: `Ctrl+Shift+Z`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (held, name) in [(self.ctrl, "Ctrl+"), (self.shift, "Shift+"), (self.alt, "Alt+")] {
            if held {
                text.push_str(name);
            }
        }
        text.push_str(match self.key {
            "ArrowLeft" => "←",
            "ArrowRight" => "→",
            "Comma" => ",",
            "Period" => ".",
            "Plus" => "+",
            "Minus" => "−",
            key => key,
        });
        text
    }
}

pub(in crate::app) const fn key(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: false, shift: false, alt: false }
}

pub(in crate::app) const fn ctrl(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: true, shift: false, alt: false }
}

pub(in crate::app) const fn shift(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: false, shift: true, alt: false }
}

pub(in crate::app) const fn alt(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: false, shift: false, alt: true }
}

pub(in crate::app) const fn ctrl_shift(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: true, shift: true, alt: false }
}
