//! What a format cannot hold of some labels, said before it is written; and the labels without that.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::labels::label::State;
use crate::exchange::bundle::Bundle;

/// What a format holds.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own with yes or no")]
#[derive(Clone, Copy, Debug)]
pub struct Holds {
    /// Shapes.
    pub shapes: &'static [ShapeKind],
    /// That labels on several samples are one object.
    pub tracks: bool,
    /// Which of them somebody drew, and what is between follows.
    pub keyframes: bool,
    /// That an object is occluded.
    pub occluded: bool,
    /// Where an object that is followed is out of view for a while.
    pub gaps: bool,
    /// That it is lost and not out of view.
    pub lost: bool,
    /// What else is said about objects.
    pub attributes: bool,
    /// That an object on one channel is the one on another.
    pub sensors: bool,
    /// That an object is of one class here and of another there.
    pub changing_class: bool,
    /// Names of classes with spaces in them.
    pub spaces: bool,
    /// Tags.
    pub tags: Tags,
}

impl Holds {
    /// Nothing of all this; a format says what it holds beyond it.
    pub const NOTHING: Self = Self {
        shapes: &[],
        tracks: false,
        keyframes: false,
        occluded: false,
        gaps: false,
        lost: false,
        attributes: false,
        sensors: false,
        changing_class: true,
        spaces: true,
        tags: Tags::None,
    };
}

/// What a format holds of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tags {
    /// Nothing.
    None,
    /// When, which type, and the note.
    Noted,
    /// Attributes too.
    Whole,
}

/// Something that a format cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// How often.
    pub count: usize,
    /// What, in words that follow the count.
    pub what: String,
    /// Whether something is lost that people said; otherwise it is only told in another way.
    pub lossy: bool,
}

/// What `holds` cannot hold of the bundle.
pub fn losses(bundle: &Bundle, holds: &Holds) -> Vec<Loss> {
    let mut found = Vec::new();
    let mut lose = |count: usize, what: &str, lossy: bool| {
        if count > 0 {
            found.push(Loss { count, what: what.to_owned(), lossy });
        }
    };
    let mut shapes: BTreeMap<ShapeKind, usize> = BTreeMap::new();
    let mut objects: BTreeMap<u64, usize> = BTreeMap::new();
    let mut channels: BTreeMap<u64, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for label in &bundle.labels {
        *shapes.entry(label.shape.kind()).or_default() += 1;
        *objects.entry(label.object).or_default() += 1;
        channels.entry(label.object).or_default().insert((&label.clip, &label.channel));
    }
    for (kind, count) in shapes {
        if !holds.shapes.contains(&kind) {
            let becomes = match instead(kind, holds) {
                Some(ShapeKind::Box) => "the boxes around them",
                Some(other) => other.title(),
                None => "",
            };
            let what = if becomes.is_empty() {
                format!("{} would be left out", kind.title())
            } else {
                format!("{} would become {becomes}", kind.title())
            };
            // An outline says all that a box says.
            let exact = kind == ShapeKind::Box || (kind == ShapeKind::TurnedBox && becomes == "polygons");
            lose(count, &what, !exact);
        }
    }
    let followed = objects.values().filter(|count| **count > 1).count();
    if !holds.tracks {
        lose(
            followed,
            "objects would no longer be one over time: every sample gets objects of its own",
            true,
        );
    } else if !holds.keyframes {
        lose(
            followed,
            "followed objects are written on every sample, so that each becomes a keyframe",
            false,
        );
    }
    let with_state = |wanted: State| bundle.labels.iter().filter(|label| label.state == wanted).count();
    if !holds.occluded {
        lose(with_state(State::Occluded), "labels would no longer be occluded", true);
    }
    if holds.tracks && !holds.gaps {
        let count = with_state(State::Outside) + with_state(State::Lost);
        lose(count, "places where an object is out of view would cut it in two", true);
    } else if holds.tracks && !holds.lost {
        lose(with_state(State::Lost), "places where an object is lost would read as outside", true);
    }
    if !holds.attributes {
        let count = bundle.labels.iter().filter(|label| !label.attributes.is_empty()).count();
        lose(count, "labels would lose their attributes", true);
    }
    if !holds.sensors && holds.tracks {
        let count = channels.values().filter(|channels| channels.len() > 1).count();
        lose(count, "objects would no longer be one across sensors", true);
    }
    if holds.tracks && !holds.changing_class {
        let mut classes: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
        for label in &bundle.labels {
            classes.entry(label.object).or_default().insert(&label.class);
        }
        let count = classes.values().filter(|classes| classes.len() > 1).count();
        lose(count, "objects change their class and would have the first one throughout", true);
    }
    if !holds.spaces {
        let count = bundle.labels.iter().filter(|label| label.class.contains(' ')).count();
        lose(count, "labels have classes whose spaces become underscores", false);
    }
    match holds.tags {
        Tags::None => lose(bundle.tags.len(), "tags would be left out", true),
        Tags::Noted => {
            let count = bundle.tags.iter().filter(|tag| !tag.attributes.is_empty()).count();
            lose(count, "tags would lose their attributes", true);
        }
        Tags::Whole => {}
    }
    found
}

/// The shape that stands in for one that a format does not hold.
fn instead(kind: ShapeKind, holds: &Holds) -> Option<ShapeKind> {
    let has = |wanted: ShapeKind| holds.shapes.contains(&wanted).then_some(wanted);
    match kind {
        ShapeKind::Box => has(ShapeKind::Polygon).or_else(|| has(ShapeKind::TurnedBox)),
        ShapeKind::TurnedBox => has(ShapeKind::Polygon).or_else(|| has(ShapeKind::Box)),
        ShapeKind::Polygon | ShapeKind::Polyline | ShapeKind::Keypoints | ShapeKind::Mask => {
            has(ShapeKind::Box)
        }
        ShapeKind::Cuboid | ShapeKind::Whole => None,
    }
}

/// The bundle with what the format holds and nothing else.
pub fn fitted(bundle: &Bundle, holds: &Holds) -> Bundle {
    let mut fitted = bundle.clone();
    fitted.labels.retain_mut(|label| {
        let kind = label.shape.kind();
        if !holds.shapes.contains(&kind) {
            let Some(instead) = instead(kind, holds).and_then(|other| as_kind(&label.shape, other)) else {
                return false;
            };
            label.shape = instead;
        }
        if !holds.attributes {
            label.attributes.clear();
        }
        if !holds.occluded && label.state == State::Occluded {
            label.state = State::Visible;
        }
        true
    });
    match holds.tags {
        Tags::None => fitted.tags.clear(),
        Tags::Noted => fitted.tags.iter_mut().for_each(|tag| tag.attributes.clear()),
        Tags::Whole => {}
    }
    fitted
}

fn as_kind(shape: &Shape, kind: ShapeKind) -> Option<Shape> {
    let bounds = shape.bounds()?;
    match (shape, kind) {
        (Shape::TurnedBox(turned), ShapeKind::Polygon) => Some(Shape::Polygon(turned.corners().to_vec())),
        (_, ShapeKind::Polygon) => Some(Shape::Polygon(vec![
            [bounds.x0, bounds.y0],
            [bounds.x1, bounds.y0],
            [bounds.x1, bounds.y1],
            [bounds.x0, bounds.y1],
        ])),
        (_, ShapeKind::TurnedBox) => {
            let (x, y) = bounds.center();
            let size = [bounds.width(), bounds.height()];
            Some(Shape::TurnedBox(crate::data::geometry::shape::TurnedBox {
                center: [x, y],
                size,
                angle: 0.0,
            }))
        }
        (_, ShapeKind::Box) => Some(Shape::Box(bounds)),
        _ => None,
    }
}
