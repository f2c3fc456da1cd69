//! Words of questions: functions, properties and names, with their meaning.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use crate::base::expression::Grammar;

/// A function of questions.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Its name.
    pub name: &'static str,
    /// Names of its arguments.
    pub parameters: &'static [&'static str],
    /// Number of arguments that have to be there.
    pub least: usize,
    /// The call with the values that are taken where an argument is left out.
    pub usage: &'static str,
    /// Its meaning, without a full stop.
    pub meaning: &'static str,
    /// True if a map is needed.
    pub map: bool,
}

const fn word(
    name: &'static str,
    parameters: &'static [&'static str],
    least: usize,
    usage: &'static str,
    meaning: &'static str,
) -> Word {
    Word { name, parameters, least, usage, meaning, map: false }
}

const fn of_map(
    name: &'static str,
    parameters: &'static [&'static str],
    usage: &'static str,
    meaning: &'static str,
) -> Word {
    Word { name, parameters, least: 0, usage, meaning, map: true }
}

const DIRECTION: &[&str] = &["b", "within", "lateral", "n"];

/// Every function.
pub static WORDS: &[Word] = &[
    word(
        "class",
        &["name"],
        1,
        "class(\"car\")",
        "the class, or its superclass: vehicle, person, cycle, animal; the vehicle that recorded is of class ego_vehicle",
    ),
    word("source", &["channel"], 1, "source(\"/objects\")", "the track is of this channel"),
    word("moving", &["speed"], 0, "moving(0.5)", "speed of at least this, of a track that is not stationary"),
    word(
        "stationary",
        &["extent"],
        0,
        "stationary(3)",
        "all places of the whole track are within this extent in meters",
    ),
    word(
        "turning",
        &["side", "angle", "at_ends"],
        0,
        "turning(left, 45, 15)",
        "turns to one side by more than this angle in degrees; cut off by the begin or end of the track, by more than the second at over 5°/s",
    ),
    word("u_turn", &["angle"], 0, "u_turn(150)", "turns to one side by more than this angle in degrees"),
    word("hard_brake", &["deceleration"], 0, "hard_brake(4.05)", "decelerates by at least this, in m/s²"),
    word("reversing", &["speed"], 0, "reversing(0.5)", "goes backwards at this speed or faster"),
    word(
        "in_front_of",
        DIRECTION,
        1,
        "in_front_of(b, 50, lateral, 1)",
        "the subject is in front of b, as b is turned: boxes within this distance, no further than `lateral` beside b's width, in front of at least n such",
    ),
    word("behind", DIRECTION, 1, "behind(b, 50, lateral, 1)", "the same behind b"),
    word("left_of", DIRECTION, 1, "left_of(b, 50, lateral, 1)", "the same at the left of b"),
    word("right_of", DIRECTION, 1, "right_of(b, 50, lateral, 1)", "the same at the right of b"),
    word(
        "has_ahead",
        DIRECTION,
        1,
        "has_ahead(b, 50, lateral, 1)",
        "b is in front of the subject, as the subject is turned",
    ),
    word("has_behind", DIRECTION, 1, "has_behind(b, 50, lateral, 1)", "the same behind the subject"),
    word("has_left", DIRECTION, 1, "has_left(b, 50, lateral, 1)", "the same at the left of the subject"),
    word("has_right", DIRECTION, 1, "has_right(b, 50, lateral, 1)", "the same at the right of the subject"),
    word(
        "near",
        &["b", "within", "n"],
        1,
        "near(b, 10, n=1)",
        "boxes of at least n such are within this distance",
    ),
    word(
        "facing",
        &["b", "angle", "within"],
        1,
        "facing(b, 22.5, 50)",
        "b is within this angle of the heading and within this distance",
    ),
    word(
        "heading_toward",
        &["b", "angle", "speed", "within"],
        1,
        "heading_toward(b, 22.5, 0.5)",
        "moves toward b within this angle, the distance shrinks at this speed or faster",
    ),
    word("same_way", &["b"], 1, "same_way(b)", "directions of travel within 45°"),
    word("oncoming", &["b"], 1, "oncoming(b)", "directions of travel 135° apart or more"),
    word("crossing", &["b"], 1, "crossing(b)", "directions of travel between 45° and 135° apart"),
    word(
        "following",
        &["b", "within"],
        1,
        "following(b, 25)",
        "b is ahead within this distance, in the same lane by half a lane's width, going the same way within 60°",
    ),
    word(
        "crossed_by",
        &["b", "side", "within", "aside"],
        1,
        "crossed_by(b, front, 10, 5)",
        "b crosses over the lines of the subject's sides within this distance, until it is this far aside",
    ),
    word(
        "overtaking",
        &["b", "aside"],
        1,
        "overtaking(b, 5)",
        "gets ahead of b, which goes the same way, no further aside than this",
    ),
    word(
        "cut_in",
        &["b"],
        1,
        "cut_in(b)",
        "comes 0.30 m over the marking into b's lane, half of which is 1.75 m, ahead of b, and stays for a second",
    ),
    word("cut_out", &["b"], 1, "cut_out(b)", "leaves b's lane ahead of b after a second in it"),
    word(
        "occluded_by",
        &["b", "part"],
        1,
        "occluded_by(b, 0.5)",
        "b hides this part of the subject or more from the vehicle that recorded",
    ),
    word("ttc", &["b"], 1, "ttc(b)", "seconds until both boxes touch at constant velocities"),
    word("thw", &["b"], 1, "thw(b)", "time headway behind b in seconds"),
    word("pet", &["b"], 1, "pet(b)", "post-encroachment time in seconds at constant velocities"),
    word(
        "rss",
        &["b"],
        1,
        "rss(b)",
        "margin to the safe distances of RSS in meters, 0 and less is dangerous",
    ),
    word("drac", &["b"], 1, "drac(b)", "deceleration that avoids a crash with b, in m/s²"),
    word("ttb", &["b"], 1, "ttb(b)", "seconds left until only full braking avoids b"),
    word("distance", &["b"], 1, "distance(b)", "distance of the boxes in meters"),
    word(
        "reverse",
        &["relation", "of"],
        1,
        "reverse(near(\"car\"))",
        "turns a relation round: true of what such a b relates to; only subjects of `of` count for n",
    ),
    word(
        "signal",
        &["name"],
        1,
        "signal(\"brake\")",
        "the value of a recorded signal; it holds until its next sample",
    ),
    word(
        "tag",
        &["name"],
        1,
        "tag(\"night\")",
        "the project has this tag here, or this attribute of the domain",
    ),
    word(
        "finder",
        &["id"],
        1,
        "finder(\"cut_in\")",
        "inside of a finding of this finder, about the subject where it names tracks",
    ),
    word("for", &["p", "secs"], 2, "for(p, 0.5)", "inside of a stretch of p that lasts at least this long"),
    word(
        "then",
        &["p", "q", "secs"],
        2,
        "then(p, q, 3)",
        "from the begin of p to the first moment of q, which comes within this time",
    ),
    word(
        "before",
        &["p", "q", "secs"],
        2,
        "before(p, q, 3)",
        "p, where q begins to hold within this time after it",
    ),
    word("rises", &["p"], 1, "rises(p)", "p begins to hold"),
    word("falls", &["p"], 1, "falls(p)", "p ceases to hold"),
    word("times", &["p", "secs"], 1, "times(p, 10)", "how often p began within this time up to now"),
    word(
        "any",
        &["p"],
        1,
        "any(p)",
        "p holds for a track other than the vehicle; at the outside it lists those tracks",
    ),
    word("all", &["p"], 1, "all(p)", "there are tracks other than the vehicle, and p holds for each"),
    word("count", &["p"], 1, "count(p)", "number of tracks other than the vehicle for which p holds"),
    word("abs", &["x"], 1, "abs(x)", "absolute value"),
    word("sqrt", &["x"], 1, "sqrt(x)", "square root"),
    word("min", &["a", "b"], 2, "min(a, b)", "the smaller one"),
    word("max", &["a", "b"], 2, "max(a, b)", "the larger one"),
    of_map("on", &["kind"], "on(lane)", "on a lane, a crossing, a junction… of the map"),
    of_map("near_junction", &["within"], "near_junction(5)", "within this distance of a junction"),
    of_map("at_crossing", &["within"], "at_crossing(1)", "within this distance of a pedestrian crossing"),
    of_map("at_stop_sign", &["within"], "at_stop_sign(10)", "before a stop sign of its lane"),
    of_map("same_lane", &["b"], "same_lane(b)", "in the lane of b"),
    of_map("same_side", &["b"], "same_side(b)", "on the side of the road that b is on"),
    of_map("lane_change", &["side"], "lane_change(left)", "changes to the neighbor lane"),
];

/// Properties of a subject as they are written, with their meaning.
pub static PROPERTIES: &[(&str, &str)] = &[
    ("speed", "speed over ground in m/s"),
    ("accel", "acceleration along the heading in m/s²"),
    ("lateral_accel", "acceleration to the left in m/s²"),
    ("jerk", "change of the acceleration along the heading in m/s³"),
    ("yaw_rate", "yaw rate to the left in rad/s"),
    ("age", "seconds since the track began"),
    ("score", "confidence, 0 to 1"),
    ("length", "length of the box in meters"),
    ("width", "width of the box in meters"),
    ("height", "height of the box in meters"),
];

/// Names that stand as arguments, with their meaning.
pub static NAMES: &[(&str, &str)] = &[
    ("ego", "the vehicle that recorded"),
    ("track", "any track"),
    ("other", "anything, as the other of a relation"),
    ("left", "side of a turn or a crossing"),
    ("right", "side of a turn or a crossing"),
    ("front", "side that is crossed"),
    ("back", "side that is crossed"),
];

/// Prefixes of properties and functions.
pub(super) const PREFIXES: &[&str] = &["track", "ego"];

/// Functions as the parser wants them.
static FUNCTIONS: LazyLock<Vec<(&'static str, RangeInclusive<usize>)>> =
    LazyLock::new(|| WORDS.iter().map(|word| (word.name, word.least..=word.parameters.len())).collect());

/// The grammar of questions.
pub(super) fn grammar() -> Grammar {
    Grammar { prefixes: PREFIXES, dotted: false, functions: &FUNCTIONS, parameters: Some(parameters) }
}

/// The function of a name.
pub fn function(name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.name == name)
}

fn parameters(name: &str) -> &'static [&'static str] {
    function(name).map_or(&[], |word| word.parameters)
}
