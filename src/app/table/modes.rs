//! The one thing that has the keyboard, and the sets of those in which a key counts.

/// Owner of the keyboard: exactly one at a time, so that two entries clash only where their modes meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The window as a whole.
    Free,
    /// A shape of which some points are set.
    Drawing,
    /// The operator mode.
    Operator,
    /// The queue of moments to review.
    Review,
    /// The search for a command.
    Palette,
    /// A text field.
    Text,
    /// A human check, which covers the window.
    Glance,
}

/// A set of modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes(u8);

impl Modes {
    /// Nothing else has the keyboard.
    pub const FREE: Self = Self::of(&[Mode::Free, Mode::Review]);
    /// A shape is being drawn point by point.
    pub const DRAWING: Self = Self::of(&[Mode::Drawing]);
    /// The operator mode covers the window.
    pub const OPERATOR: Self = Self::of(&[Mode::Operator]);
    /// The palette is open.
    pub const PALETTE: Self = Self::of(&[Mode::Palette]);
    /// A text field has the focus.
    pub const TEXT: Self = Self::of(&[Mode::Text]);
    /// Free or operator mode, while no shape is being drawn.
    pub const IDLE: Self = Self::of(&[Mode::Free, Mode::Operator, Mode::Review]);
    /// A person says what an image was.
    pub const GLANCE: Self = Self::of(&[Mode::Glance]);
    /// Moments are reviewed.
    pub const REVIEW: Self = Self::of(&[Mode::Review]);
    /// Everywhere but in the palette and in texts, and not while moments are reviewed, where letters decide.
    pub const NO_REVIEW: Self = Self::of(&[Mode::Free, Mode::Drawing, Mode::Operator]);
    /// Everywhere but in the palette and in texts: plain keys belong to the recording.
    pub const RECORDING: Self = Self::of(&[Mode::Free, Mode::Drawing, Mode::Operator, Mode::Review]);
    /// Everywhere but in the palette.
    pub const NO_PALETTE: Self =
        Self::of(&[Mode::Free, Mode::Drawing, Mode::Operator, Mode::Text, Mode::Review]);
    /// All of them.
    pub const EVERYWHERE: Self = Self(Self::NO_PALETTE.0 | Self::PALETTE.0);

    const fn of(modes: &[Mode]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < modes.len() {
            bits |= 1 << modes[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// True when a mode is one of the set.
    pub fn has(self, mode: Mode) -> bool {
        self.0 & 1 << mode as u8 != 0
    }

    /// True when a mode is in both sets.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
