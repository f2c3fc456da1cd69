//! Commands about tags and objects.

use crate::app::label::sight::SightCommand;
use crate::base::time::Time;
use crate::data::clip::ChannelId;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::labels::label::{State, Value};
use crate::data::labels::ontology::Ontology;
use crate::data::labels::tag::Tag;

/// About tags and objects.
#[derive(Clone, Debug)]
pub enum LabelCommand {
    /// A tag at the playhead; the number is the position of its type in the ontology.
    Point(usize),
    /// Begins an interval at the playhead.
    MarkIn,
    /// Ends it at the playhead.
    MarkOut,
    /// Select the tag type of the next interval.
    ActiveKind(usize),
    /// Says aloud what is tagged, or no longer.
    Speak(bool),
    /// Shows, lists and steps through only the tags in which this text stands; "" for all.
    Filter(String),
    /// Selects a tag or none.
    SelectTag(Option<u64>),
    /// Selects several tags.
    SelectTags(Vec<u64>),
    /// Adds a tag of a type that the ontology has: a moment, or an interval.
    AddTag {
        /// Name of the type.
        kind: String,
        /// The moment, or the beginning.
        start: Time,
        /// End of an interval.
        end: Option<Time>,
        /// Free text.
        note: String,
    },
    /// Replaces a tag: moved, resized.
    SetTag(Tag),
    /// Gives a type to the selected tags.
    SetKind(String),
    /// Writes the note of a tag, with every letter.
    SetNote(u64, String),
    /// Hides, shows, locks or unlocks.
    Sight(SightCommand),
    /// Ends the states that hold at the playhead.
    EndStates,
    /// Puts a tag type into a lane of states, of which one holds at a time; "" takes it out.
    SetLane {
        /// Name of the type.
        kind: String,
        /// Name of the lane.
        lane: String,
        /// True to make moments of its states on the way out; else they stay intervals.
        moments: bool,
    },
    /// Cuts intervals in two at the playhead.
    SplitTag,
    /// Makes one of the selected tags.
    MergeTags,
    /// Says something about the selected tags or the selected object; no value takes it back.
    SetAttribute {
        /// Name of the attribute.
        name: String,
        /// The value; none removes the attribute.
        value: Option<Value>,
    },
    /// Draws a shape of this kind next; none stops drawing.
    Tool(Option<ShapeKind>),
    /// Add a shape of the active class to the current frame.
    Draw(Shape),
    /// Fits a cuboid of the active class around a point of the scan that is shown.
    FitCuboid {
        /// The LIDAR.
        channel: ChannelId,
        /// The point, in meters of its frame.
        seed: [f32; 3],
    },
    /// Selects an object or none.
    SelectObject(Option<u64>),
    /// Set the shape of an object on the current frame, adding a keyframe if needed.
    SetShape(u64, Shape),
    /// Move the selected object: a cuboid ahead, to its left, up, in steps of 0.1 m, and rotated to its left in
    /// steps of two degrees; a shape in a frame up and to the left in pixels.
    Nudge([i8; 4]),
    /// A keyframe of the selected object where it stands.
    Keyframe,
    /// Set the visibility of the selected object from the current frame on.
    State(State),
    /// Makes two objects of the selected one.
    SplitTrack,
    /// Makes one object of the selected one and another.
    JoinTracks(u64),
    /// To the next keyframe of the selected object, or the previous one.
    NextKeyframe(bool),
    /// Gives a class to the selected object and to those drawn next.
    Class(String),
    /// The same by position in the ontology.
    ClassAt(usize),
    /// Copy the selected object, or all of the current frame, to the next one and go there.
    Propagate,
    /// Delete the selected tags, or the selected object on the current frame.
    Delete,
    /// Delete the selected object on every frame.
    DeleteObject,
    /// Makes proposals of what the loaded model saw, linked over time.
    Propose,
    /// Takes the proposal that is shown over and goes to the next.
    Accept,
    /// Takes all proposals over.
    AcceptAll,
    /// Drops the proposal that is shown and goes to the next.
    Reject,
    /// Looks for labels on the active channel that seem wrong.
    Check,
    /// Replaces the ontology.
    SetOntology(Ontology),
    /// Gives a word another name, in the ontology and wherever it was used; the name of another word joins both.
    Rename {
        /// True for a tag type, false for a class.
        tag: bool,
        /// The word.
        from: String,
        /// Its new name.
        to: String,
    },
    /// Says of an attribute of the operational design domain whether it is there; none takes the word back.
    Domain {
        /// Its name in the standard.
        name: String,
        /// True if present, none if unknown.
        present: Option<bool>,
        /// The value, if any.
        value: Option<f64>,
    },
    /// Takes back the last change.
    Undo,
    /// Makes it again.
    Redo,
    /// Writes all labels as text.
    Snapshot,
}
