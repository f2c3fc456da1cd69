//! Questions as trees with types.

use crate::base::expression::Binary;
use crate::base::time::Span;
use crate::tracks::criticality::metric::Metric;

/// Number of a part, to know it again.
pub(super) type Id = usize;

/// Something that is true or false.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    pub(super) id: Id,
    pub(super) kind: TruthKind,
}

#[derive(Clone, Debug)]
pub(super) enum TruthKind {
    Constant(bool),
    Not(Box<Truth>),
    And(Box<Truth>, Box<Truth>),
    Or(Box<Truth>, Box<Truth>),
    Compare(Comparison),
    Single(Who, Single),
    Related(Who, Relation),
    /// The relation turned round; the second selects the subjects that count.
    Reverse(Who, Relation, Selector),
    Tag(String),
    Finder(String),
    For(Box<Truth>, Span),
    Then(Box<Truth>, Box<Truth>, Option<Span>),
    Before(Box<Truth>, Box<Truth>, Option<Span>),
    Rises(Box<Truth>),
    Falls(Box<Truth>),
    Any(Box<Truth>),
    All(Box<Truth>),
}

/// Two numbers compared.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) operator: Binary,
    pub(super) a: Number,
    pub(super) b: Number,
    /// The first number as it is written.
    pub(super) label: String,
}

/// A number.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) id: Id,
    pub(super) kind: NumberKind,
}

#[derive(Clone, Debug)]
pub(super) enum NumberKind {
    Constant(f64),
    Change(fn(f64) -> f64, Box<Number>),
    Join(fn(f64, f64) -> f64, Box<Number>, Box<Number>),
    Property(Who, Property),
    Signal(String),
    Metric(Who, Metric, Selector),
    Count(Box<Truth>),
    Times(Box<Truth>, Option<Span>),
}

/// Subject of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Whatever the question is about.
    Subject,
    /// A track, said so.
    Track,
    /// The vehicle.
    Ego,
}

/// The others of a relation.
#[derive(Clone, Debug)]
pub(super) enum Selector {
    Ego,
    Anything,
    Class(String),
    Where(Box<Truth>),
}

/// A predicate about one track.
#[derive(Clone, Debug)]
pub(super) enum Single {
    Class(String),
    Source(String),
    Moving(f64),
    Stationary(f64),
    Turning(Option<Side>, f64, f64),
    UTurn(f64),
    HardBrake(f64),
    Reversing(f64),
}

/// A side of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Front,
    Back,
    Left,
    Right,
}

/// A relation with its others, of which at least `least` are needed.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) id: Id,
    pub(super) kind: RelationKind,
    pub(super) others: Selector,
    pub(super) least: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RelationKind {
    /// The other is at this side of the subject: within, lateral.
    Has(Side, f64, f64),
    /// The subject is at this side of the other: within, lateral.
    Is(Side, f64, f64),
    Near(f64),
    Facing(f64, f64),
    HeadingToward {
        angle: f64,
        speed: f64,
        within: f64,
    },
    SameWay,
    Oncoming,
    Crossing,
    Following(f64),
    CrossedBy {
        side: Side,
        within: f64,
        aside: f64,
    },
    Overtaking(f64),
    CutIn,
    CutOut,
    OccludedBy(f64),
}

impl RelationKind {
    /// True if it is about places alone, not about motion over ground.
    pub(super) fn of_places(self) -> bool {
        matches!(self, Self::Has(..) | Self::Is(..) | Self::Near(_) | Self::Facing(..) | Self::OccludedBy(_))
    }
}

/// A number of one track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Speed,
    Accel,
    LateralAccel,
    Jerk,
    YawRate,
    Age,
    Score,
    Length,
    Width,
    Height,
}

impl Property {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "speed" => Self::Speed,
            "accel" => Self::Accel,
            "lateral_accel" => Self::LateralAccel,
            "jerk" => Self::Jerk,
            "yaw_rate" => Self::YawRate,
            "age" => Self::Age,
            "score" => Self::Score,
            "length" => Self::Length,
            "width" => Self::Width,
            "height" => Self::Height,
            _ => return None,
        })
    }

    /// True if motion over ground is needed.
    pub(super) fn of_motion(self) -> bool {
        self.in_space() && !matches!(self, Self::Length | Self::Width | Self::Height)
    }

    /// True if boxes in space are needed.
    pub(super) fn in_space(self) -> bool {
        !matches!(self, Self::Age | Self::Score)
    }
}
