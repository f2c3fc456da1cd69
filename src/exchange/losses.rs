//! Losses of a format, reported before writing; and the labels without them.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::labels::label::{Label, State};
use crate::exchange::border::{Fate, at_border};
use crate::exchange::bundle::{Bundle, Stream};
use crate::exchange::several::{Several, as_kind, fit, instead};

/// Abilities of a format.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own with yes or no")]
#[derive(Clone, Copy, Debug)]
pub struct Holds {
    /// Supported shapes, one by one.
    pub shapes: &'static [ShapeKind],
    /// Several shapes as one object.
    pub several: Several,
    /// True if labels on several samples can be one object.
    pub tracks: bool,
    /// True if keyframes are marked, and interpolated frames follow from them.
    pub keyframes: bool,
    /// True if objects can be occluded.
    pub occluded: bool,
    /// True if tracks can have gaps where the object is out of view.
    pub gaps: bool,
    /// True if lost objects differ from those out of view.
    pub lost: bool,
    /// True if objects have attributes.
    pub attributes: bool,
    /// True if an object can be the same on several channels.
    pub sensors: bool,
    /// True if the class of an object can change over time.
    pub changing_class: bool,
    /// True if shapes end at the edge of their image.
    pub within: bool,
    /// True if names of classes can contain spaces.
    pub spaces: bool,
    /// Support of tags.
    pub tags: Tags,
}

impl Holds {
    /// No abilities; a format adds its own.
    pub const NOTHING: Self = Self {
        shapes: &[],
        several: Several::One,
        tracks: false,
        keyframes: false,
        occluded: false,
        gaps: false,
        lost: false,
        attributes: false,
        sensors: false,
        changing_class: true,
        within: false,
        spaces: true,
        tags: Tags::None,
    };
}

/// Support of tags in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tags {
    /// No tags.
    None,
    /// Time, type and note.
    Noted,
    /// Attributes as well.
    Whole,
}

/// Something that a format cannot store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Number of occurrences.
    pub count: usize,
    /// Description that follows the count.
    pub what: String,
    /// True if information is lost; false if it is only stored in another form.
    pub lossy: bool,
}

/// Words of a loss about several, and those about one.
const OF_ONE: &[(&str, &str)] = &[
    ("the boxes around them", "the box around it"),
    ("become rotated boxes", "become a rotated box"),
    ("become boxes", "become a box"),
    ("become polygons", "become a polygon"),
    ("become polylines", "become a polyline"),
    ("become masks", "become a mask"),
    ("their", "its"),
    ("are written", "is written"),
    ("reach beyond", "reaches beyond"),
    ("lie outside", "lies outside"),
    ("have classes", "has a class"),
    ("change its", "changes its"),
];

impl Loss {
    /// Count and description: "2 labels would lose their attributes", "1 label would lose its attributes".
    pub fn text(&self) -> String {
        if self.count != 1 {
            return format!("{} {}", self.count, self.what);
        }
        // Behind a colon the sentence goes on about all samples.
        let (about, rest) = self.what.split_at(self.what.find([':', ',']).unwrap_or(self.what.len()));
        let noun = about.split(" would ").next().unwrap_or_default();
        let mut about = about.to_owned();
        // The counted noun: the last word of "rotated boxes", else the first.
        let word = if noun.ends_with("boxes") { "boxes" } else { noun.split(' ').next().unwrap_or_default() };
        if word != "keypoints" {
            let one = word.strip_suffix("xes").map(|stem| format!("{stem}x"));
            let one = one.unwrap_or_else(|| word.strip_suffix('s').unwrap_or(word).to_owned());
            about = about.replacen(word, &one, 1);
        }
        for (several, one) in OF_ONE {
            about = about.replace(several, one);
        }
        format!("1 {about}{rest}")
    }
}

/// Losses of the bundle in a format with these abilities.
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
    let mut parts: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    let sizes = Sizes::of(bundle);
    for label in &bundle.labels {
        if let Shape::Parts(own) = &label.shape {
            let mut told = BTreeSet::new();
            for (what, lossy) in fit(own, holds.several, holds.shapes, sizes.size(label)).losses {
                if told.insert(what) {
                    *parts.entry((!lossy, what)).or_default() += 1;
                }
            }
        } else {
            *shapes.entry(label.shape.kind()).or_default() += 1;
        }
        *objects.entry(label.object).or_default() += 1;
        channels.entry(label.object).or_default().insert((&label.clip, &label.channel));
    }
    for (kind, count) in shapes {
        if !holds.shapes.contains(&kind) {
            let becomes = match instead(kind, holds.shapes) {
                Some(ShapeKind::Box) => "the boxes around them",
                Some(other) => other.title(),
                None => "",
            };
            let what = if becomes.is_empty() {
                format!("{} would be left out", kind.title())
            } else {
                format!("{} would become {becomes}", kind.title())
            };
            // A polygon contains all the information of a box.
            let exact = kind == ShapeKind::Box || (kind == ShapeKind::TurnedBox && becomes == "polygons");
            lose(count, &what, !exact);
        }
    }
    for ((exact, what), count) in parts {
        lose(count, what, !exact);
    }
    let followed = objects.values().filter(|count| **count > 1).count();
    if !holds.tracks {
        lose(followed, "tracks would lose their IDs: every sample gets objects of its own", true);
    } else if !holds.keyframes {
        lose(followed, "tracks are written on every sample, so that each becomes a keyframe", false);
    }
    let with_state = |wanted: State| bundle.labels.iter().filter(|label| label.state == wanted).count();
    if !holds.occluded {
        lose(with_state(State::Occluded), "labels would no longer be occluded", true);
    }
    if holds.tracks && !holds.gaps {
        let count = with_state(State::Outside) + with_state(State::Lost);
        lose(count, "gaps where an object is out of view would split its track", true);
    } else if holds.tracks && !holds.lost {
        lose(with_state(State::Lost), "gaps where an object is lost would read as outside", true);
    }
    if !holds.attributes {
        let count = bundle.labels.iter().filter(|label| !label.attributes.is_empty()).count();
        lose(count, "labels would lose their attributes", true);
    }
    if !holds.sensors && holds.tracks {
        let count = channels.values().filter(|channels| channels.len() > 1).count();
        lose(count, "objects would no longer be linked across sensors", true);
    }
    if holds.tracks && !holds.changing_class {
        let mut classes: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
        for label in &bundle.labels {
            classes.entry(label.object).or_default().insert(&label.class);
        }
        let count = classes.values().filter(|classes| classes.len() > 1).count();
        lose(count, "objects change their class and would keep the first one", true);
    }
    if holds.within {
        let fates = bundle.labels.iter().map(|label| Some(at_border(&label.shape, sizes.size(label)?)));
        let fates: Vec<Fate> = fates.flatten().collect();
        let cut = fates.iter().filter(|fate| matches!(fate, Fate::Cut(_))).count();
        lose(cut, "labels reach beyond their image and would be cut at its edge", false);
        let gone = fates.iter().filter(|fate| **fate == Fate::Outside).count();
        lose(gone, "labels lie outside of their image and would be left out", true);
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

/// The sizes of images, to be found by label.
struct Sizes<'a>(BTreeMap<(&'a str, &'a str), &'a Stream>);

impl<'a> Sizes<'a> {
    fn of(bundle: &'a Bundle) -> Self {
        Self(bundle.streams.iter().map(|stream| ((&*stream.clip, &*stream.channel), stream)).collect())
    }

    fn size(&self, label: &Label) -> Option<(u32, u32)> {
        let samples = &self.0.get(&(&*label.clip, &*label.channel))?.samples;
        let at = samples.binary_search_by_key(&label.frame, |sample| sample.frame).ok()?;
        samples.get(at)?.size
    }
}

/// The bundle reduced to the abilities of the format.
pub fn fitted(bundle: &Bundle, holds: &Holds) -> Bundle {
    let mut fitted = bundle.clone();
    let sizes = Sizes::of(bundle);
    fitted.labels.retain_mut(|label| {
        let kind = label.shape.kind();
        if let Shape::Parts(parts) = &label.shape {
            let Some(shape) = fit(parts, holds.several, holds.shapes, sizes.size(label)).shape else {
                return false;
            };
            label.shape = shape;
        } else if !holds.shapes.contains(&kind) {
            let Some(instead) = instead(kind, holds.shapes).and_then(|other| as_kind(&label.shape, other))
            else {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_of_one_is_told_in_the_singular() {
        let check = |what: &str, expected: &str| {
            let loss = |count| Loss { count, what: what.to_owned(), lossy: true }.text();
            assert_eq!((loss(1), loss(2)), (expected.to_owned(), format!("2 {what}")));
        };
        check("labels would lose their attributes", "1 label would lose its attributes");
        check(
            "tracks would lose their IDs: every sample gets objects of its own",
            "1 track would lose its IDs: every sample gets objects of its own",
        );
        check(
            "rotated boxes would become the boxes around them",
            "1 rotated box would become the box around it",
        );
        check("polylines would become polygons", "1 polyline would become a polygon");
        check("keypoints would be left out", "1 keypoints would be left out");
        check(
            "labels reach beyond their image and would be cut at its edge",
            "1 label reaches beyond its image and would be cut at its edge",
        );
        check(
            "labels have classes whose spaces become underscores",
            "1 label has a class whose spaces become underscores",
        );
        check(
            "objects change their class and would keep the first one",
            "1 object changes its class and would keep the first one",
        );
    }
}
