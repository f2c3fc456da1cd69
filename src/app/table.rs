//! The command table: titles, keys and groups of the commands that need no further input. It drives the
//! palette, the shortcut sheet, the tooltips and the check for clashes.

use crate::app::Workspace;
use crate::app::command::{
    Command, ExploreCommand, FindingsCommand, LabelCommand, MeasureCommand, ModelCommand, OpenCommand,
    PlayCommand, SuiteCommand,
};
use crate::base::time::Span;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::labels::label::State;

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

/// One entry of the table.
pub struct Entry {
    /// Title for people.
    pub title: &'static str,
    /// Under which heading it is listed.
    pub group: &'static str,
    /// Its keys, the first is shown.
    pub keys: &'static [Shortcut],
    /// The command.
    pub command: fn() -> Command,
}

const fn key(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: false, shift: false, alt: false }
}

const fn ctrl(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: true, shift: false, alt: false }
}

const fn shift(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: false, shift: true, alt: false }
}

const fn alt(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: false, shift: false, alt: true }
}

const fn ctrl_shift(key: &'static str) -> Shortcut {
    Shortcut { key, ctrl: true, shift: true, alt: false }
}

macro_rules! entry {
    ($group:literal, $title:literal, [$($key:expr),*], $command:expr) => {
        Entry { title: $title, group: $group, keys: &[$($key),*], command: || $command }
    };
}

const TENTH: Span = Span(10_000_000);

/// Every command with a key or a place in the palette.
pub static TABLE: &[Entry] = &[
    entry!("Replay", "Play or pause", [key("Space")], Command::Play(PlayCommand::Toggle)),
    entry!("Replay", "Next frame", [key("ArrowRight"), key("F")], Command::Play(PlayCommand::Step(1))),
    entry!("Replay", "Previous frame", [key("ArrowLeft"), key("D")], Command::Play(PlayCommand::Step(-1))),
    entry!("Replay", "Forward 1 s", [shift("ArrowRight")], Command::Play(PlayCommand::Jump(Span::SECOND))),
    entry!(
        "Replay",
        "Back 1 s",
        [shift("ArrowLeft")],
        Command::Play(PlayCommand::Jump(Span(-Span::SECOND.0)))
    ),
    entry!(
        "Replay",
        "Forward 10 s",
        [ctrl("ArrowRight")],
        Command::Play(PlayCommand::Jump(Span(10 * Span::SECOND.0)))
    ),
    entry!(
        "Replay",
        "Back 10 s",
        [ctrl("ArrowLeft")],
        Command::Play(PlayCommand::Jump(Span(-10 * Span::SECOND.0)))
    ),
    entry!("Replay", "Forward 10 ms", [alt("ArrowRight")], Command::Play(PlayCommand::Jump(TENTH))),
    entry!("Replay", "Back 10 ms", [alt("ArrowLeft")], Command::Play(PlayCommand::Jump(Span(-TENTH.0)))),
    entry!("Replay", "To the beginning", [key("Home")], Command::Play(PlayCommand::Start)),
    entry!("Replay", "To the end", [key("End")], Command::Play(PlayCommand::End)),
    entry!("Replay", "Next tag", [key("Period")], Command::Play(PlayCommand::Event { forward: true })),
    entry!("Replay", "Previous tag", [key("Comma")], Command::Play(PlayCommand::Event { forward: false })),
    entry!(
        "Replay",
        "Faster",
        [key("Plus"), key("Equals"), shift("Plus"), shift("Equals")],
        Command::Play(PlayCommand::Faster)
    ),
    entry!("Replay", "Slower", [key("Minus")], Command::Play(PlayCommand::Slower)),
    entry!("Replay", "Real time", [key("Backspace")], Command::Play(PlayCommand::Speed(1.0))),
    entry!("Replay", "Loop the range", [key("L")], Command::Play(PlayCommand::ToggleLoop)),
    entry!("Replay", "Remove the loop range", [shift("L")], Command::Play(PlayCommand::LoopRange(None))),
    entry!("Label", "Tag 1", [key("1")], Command::Label(LabelCommand::Point(0))),
    entry!("Label", "Tag 2", [key("2")], Command::Label(LabelCommand::Point(1))),
    entry!("Label", "Tag 3", [key("3")], Command::Label(LabelCommand::Point(2))),
    entry!("Label", "Tag 4", [key("4")], Command::Label(LabelCommand::Point(3))),
    entry!("Label", "Tag 5", [key("5")], Command::Label(LabelCommand::Point(4))),
    entry!("Label", "Tag 6", [key("6")], Command::Label(LabelCommand::Point(5))),
    entry!("Label", "Tag 7", [key("7")], Command::Label(LabelCommand::Point(6))),
    entry!("Label", "Tag 8", [key("8")], Command::Label(LabelCommand::Point(7))),
    entry!("Label", "Tag 9", [key("9")], Command::Label(LabelCommand::Point(8))),
    entry!("Label", "Begin an interval", [key("I")], Command::Label(LabelCommand::MarkIn)),
    entry!("Label", "End the interval", [key("O")], Command::Label(LabelCommand::MarkOut)),
    entry!("Label", "Split the interval at the playhead", [key("B")], Command::Label(LabelCommand::SplitTag)),
    entry!("Label", "Merge the selected tags", [ctrl("M")], Command::Label(LabelCommand::MergeTags)),
    entry!("Label", "Class 1", [shift("1")], Command::Label(LabelCommand::ClassAt(0))),
    entry!("Label", "Class 2", [shift("2")], Command::Label(LabelCommand::ClassAt(1))),
    entry!("Label", "Class 3", [shift("3")], Command::Label(LabelCommand::ClassAt(2))),
    entry!("Label", "Class 4", [shift("4")], Command::Label(LabelCommand::ClassAt(3))),
    entry!("Label", "Class 5", [shift("5")], Command::Label(LabelCommand::ClassAt(4))),
    entry!("Label", "Class 6", [shift("6")], Command::Label(LabelCommand::ClassAt(5))),
    entry!("Label", "Class 7", [shift("7")], Command::Label(LabelCommand::ClassAt(6))),
    entry!("Label", "Class 8", [shift("8")], Command::Label(LabelCommand::ClassAt(7))),
    entry!("Label", "Class 9", [shift("9")], Command::Label(LabelCommand::ClassAt(8))),
    entry!("Label", "Draw a box", [key("R")], Command::Label(LabelCommand::Tool(Some(ShapeKind::Box)))),
    entry!(
        "Label",
        "Draw a rotated box",
        [shift("R")],
        Command::Label(LabelCommand::Tool(Some(ShapeKind::TurnedBox)))
    ),
    entry!(
        "Label",
        "Draw a polygon",
        [key("P")],
        Command::Label(LabelCommand::Tool(Some(ShapeKind::Polygon)))
    ),
    entry!(
        "Label",
        "Draw a polyline",
        [shift("P")],
        Command::Label(LabelCommand::Tool(Some(ShapeKind::Polyline)))
    ),
    entry!(
        "Label",
        "Place keypoints",
        [key("G")],
        Command::Label(LabelCommand::Tool(Some(ShapeKind::Keypoints)))
    ),
    entry!("Label", "Nudge ahead or up", [alt("W")], Command::Label(LabelCommand::Nudge([1, 0, 0, 0]))),
    entry!("Label", "Nudge back or down", [alt("S")], Command::Label(LabelCommand::Nudge([-1, 0, 0, 0]))),
    entry!("Label", "Nudge to the left", [alt("A")], Command::Label(LabelCommand::Nudge([0, 1, 0, 0]))),
    entry!("Label", "Nudge to the right", [alt("D")], Command::Label(LabelCommand::Nudge([0, -1, 0, 0]))),
    entry!("Label", "Nudge higher", [alt("R")], Command::Label(LabelCommand::Nudge([0, 0, 1, 0]))),
    entry!("Label", "Nudge lower", [alt("F")], Command::Label(LabelCommand::Nudge([0, 0, -1, 0]))),
    entry!("Label", "Turn to the left", [alt("Q")], Command::Label(LabelCommand::Nudge([0, 0, 0, 1]))),
    entry!("Label", "Turn to the right", [alt("E")], Command::Label(LabelCommand::Nudge([0, 0, 0, -1]))),
    entry!("Label", "Add cuboid", [key("U")], Command::Label(LabelCommand::Tool(Some(ShapeKind::Cuboid)))),
    entry!(
        "Label",
        "Assign the class to the frame",
        [key("W")],
        Command::Label(LabelCommand::Draw(Shape::Whole))
    ),
    entry!("Label", "Propagate to next frame", [ctrl("B")], Command::Label(LabelCommand::Propagate)),
    entry!(
        "Label",
        "Accept the proposal, or add a keyframe",
        [key("Enter")],
        Command::Label(LabelCommand::Accept)
    ),
    entry!("Label", "Occluded", [key("Q")], Command::Label(LabelCommand::State(State::Occluded))),
    entry!("Label", "Outside from here", [shift("O")], Command::Label(LabelCommand::State(State::Outside))),
    entry!("Label", "Lost from here", [shift("Q")], Command::Label(LabelCommand::State(State::Lost))),
    entry!("Label", "Next keyframe", [shift("Period")], Command::Label(LabelCommand::NextKeyframe(true))),
    entry!("Label", "Previous keyframe", [shift("Comma")], Command::Label(LabelCommand::NextKeyframe(false))),
    entry!("Label", "Split the track here", [shift("B")], Command::Label(LabelCommand::SplitTrack)),
    entry!("Label", "Propose objects with the model", [key("M")], Command::Label(LabelCommand::Propose)),
    entry!("Label", "Accept all proposals", [], Command::Label(LabelCommand::AcceptAll)),
    entry!("Label", "Delete the selection", [key("Delete")], Command::Label(LabelCommand::Delete)),
    entry!(
        "Label",
        "Reject the proposal, or delete all of the object",
        [shift("Delete")],
        Command::Label(LabelCommand::Reject)
    ),
    entry!("Label", "Undo", [ctrl("Z")], Command::Label(LabelCommand::Undo)),
    entry!("Label", "Redo", [ctrl_shift("Z"), ctrl("Y")], Command::Label(LabelCommand::Redo)),
    entry!("Label", "Save a snapshot as text", [ctrl("S")], Command::Label(LabelCommand::Snapshot)),
    entry!("Explore", "Find the tipping point", [key("T")], Command::Explore(ExploreCommand::FindTipping)),
    entry!("Explore", "Draw the severity curve", [key("C")], Command::Explore(ExploreCommand::Curve)),
    entry!(
        "Explore",
        "Minimize the failing transforms",
        [key("X")],
        Command::Explore(ExploreCommand::Shrink)
    ),
    entry!("Explore", "Random transform", [key("S")], Command::Explore(ExploreCommand::Surprise)),
    entry!("Explore", "Remove all transforms", [], Command::Explore(ExploreCommand::Clear)),
    entry!(
        "Explore",
        "Save as test case",
        [key("K")],
        Command::Suite(SuiteCommand::Keep { why: String::new() })
    ),
    entry!("Findings", "Sweep the stack", [], Command::Findings(FindingsCommand::Sweep)),
    entry!("Findings", "Sweep all transforms", [], Command::Findings(FindingsCommand::SweepAll)),
    entry!("Findings", "Coverage-guided search", [], Command::Findings(FindingsCommand::Search)),
    entry!("Findings", "Continue the search", [], Command::Findings(FindingsCommand::SearchOn)),
    entry!("Findings", "Open the failure in Explore", [], Command::Findings(FindingsCommand::Open)),
    entry!("Findings", "Save the failure as test case", [], Command::Findings(FindingsCommand::Keep)),
    entry!("Findings", "Next failure", [key("J")], Command::Findings(FindingsCommand::Step(1))),
    entry!("Findings", "Previous failure", [shift("J")], Command::Findings(FindingsCommand::Step(-1))),
    entry!("Findings", "Mark frame as valid", [key("Y")], Command::Findings(FindingsCommand::Vote(true))),
    entry!(
        "Findings",
        "Mark frame as not valid",
        [key("N")],
        Command::Findings(FindingsCommand::Vote(false))
    ),
    entry!("Model", "Run the model on every frame", [], Command::Model(ModelCommand::PredictAll)),
    entry!("Model", "Unload the model", [], Command::Model(ModelCommand::Unload)),
    entry!("Model", "Evaluate the model", [], Command::Measure(MeasureCommand::Run)),
    entry!("Window", "Show Label", [ctrl("1")], Command::Show(Workspace::Label)),
    entry!("Window", "Show Explore", [ctrl("2")], Command::Show(Workspace::Explore)),
    entry!("Window", "Show Findings", [ctrl("3")], Command::Show(Workspace::Findings)),
    entry!("Window", "Show Suites", [ctrl("4")], Command::Show(Workspace::Suites)),
    entry!("Window", "Show Evaluate", [ctrl("5")], Command::Show(Workspace::Measure)),
    entry!("Window", "Close the project", [ctrl("W")], Command::Open(OpenCommand::Close)),
];

/// The key of a command in the table, for tooltips: "" when it has none.
pub fn key_of(title: &str) -> String {
    let entry = TABLE.iter().find(|entry| entry.title == title);
    entry.and_then(|entry| entry.keys.first()).map(Shortcut::text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key_or_a_title() {
        for (i, a) in TABLE.iter().enumerate() {
            for b in &TABLE[i + 1..] {
                assert_ne!(a.title, b.title);
                for key in a.keys {
                    assert!(!b.keys.contains(key), "{} and {} share {}", a.title, b.title, key.text());
                }
            }
        }
    }
}
