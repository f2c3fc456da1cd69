//! What a person does with mouse and keyboard, as events that can be put into one frame.

use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2};

/// As a keyboard tells it where Ctrl is the key of commands.
pub(crate) const CTRL: Modifiers =
    Modifiers { alt: false, ctrl: true, shift: false, mac_cmd: false, command: true };

/// Events in the order in which a person makes them.
#[derive(Clone, Default)]
pub(crate) struct Hand {
    pub(crate) events: Vec<Event>,
    pub(crate) held: Modifiers,
}

impl Hand {
    pub(crate) fn hold(mut self, held: Modifiers) -> Self {
        self.held = held;
        self.events.push(Event::ModifiersChanged(held));
        self
    }

    pub(crate) fn to(mut self, at: Pos2) -> Self {
        self.events.push(Event::PointerMoved(at));
        self
    }

    pub(crate) fn button(mut self, pos: Pos2, button: PointerButton, pressed: bool) -> Self {
        self.events.push(Event::PointerButton { pos, button, pressed, modifiers: self.held });
        self
    }

    pub(crate) fn click_by(self, button: PointerButton, at: Pos2) -> Self {
        self.to(at).button(at, button, true).button(at, button, false)
    }

    pub(crate) fn click(self, at: Pos2) -> Self {
        self.click_by(PointerButton::Primary, at)
    }

    pub(crate) fn drag(self, from: Pos2, to: Pos2) -> Self {
        let pressed = self.to(from).button(from, PointerButton::Primary, true);
        let moved =
            [0.3, 0.6, 1.0].into_iter().fold(pressed, |hand, part| hand.to(from + part * (to - from)));
        moved.button(to, PointerButton::Primary, false)
    }

    pub(crate) fn key(mut self, key: Key) -> Self {
        for pressed in [true, false] {
            let modifiers = self.held;
            self.events.push(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
        }
        self
    }

    pub(crate) fn letter(mut self, key: Key, text: &str) -> Self {
        let mut typed = Self { events: Vec::new(), held: self.held }.key(key).events;
        typed.insert(1, Event::Text(text.to_owned()));
        self.events.extend(typed);
        self
    }

    pub(crate) fn wheel(mut self, lines: f32) -> Self {
        self.events.push(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, lines),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: self.held,
        });
        self
    }
}
