//! Tracks from recorded boxes with ids.

use std::collections::{BTreeMap, BTreeSet};

use glam::{DVec3, EulerRot};

use crate::base::name::Name;
use crate::base::text::counted;
use crate::base::time::{Span, Time};
use crate::data::geometry::frames::{Cuboid, FrameTree, Pose};
use crate::data::geometry::objects::Detection;
use crate::tracks::track::{Place, Placed, State, Track};

/// A later observation with the same id is another thing after this time.
pub const LONGEST_GAP: Span = Span(3_000_000_000);

/// Tracks, and a remark on everything that was left out.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// The tracks in the order of their first observation.
    pub tracks: Vec<Track>,
    /// The coordinate frame of positions in space; "" for tracks in images.
    pub frame: String,
    /// Remarks, one sentence each.
    pub notes: Vec<String>,
}

/// Adds observation after observation to tracks by their ids.
#[derive(Debug, Default)]
pub struct Assembler {
    tracks: Vec<Track>,
    open: BTreeMap<Name, usize>,
    frame: String,
    /// Boxes that are left out, by reason.
    lost: BTreeMap<&'static str, usize>,
    reused: usize,
}

const NO_ID: &str = "without an id";
const TWICE: &str = "whose id another box of the same sample has";
const NO_NUMBER: &str = "with positions or sizes that are no numbers, or negative sizes";
const NO_FRAME: &str = "in a coordinate frame without a transform at that time";

impl Assembler {
    /// Adds the cuboids of a sample; positions go to the topmost coordinate frame above the one of the first cuboid.
    pub fn cuboids(&mut self, sample: usize, time: Time, cuboids: &[Cuboid], frames: &FrameTree) {
        let mut seen = BTreeSet::new();
        // Cuboids of one message nearly always share a frame.
        let mut poses: BTreeMap<&str, Option<Pose>> = BTreeMap::new();
        for cuboid in cuboids {
            if self.frame.is_empty() {
                frames.root(&cuboid.frame).clone_into(&mut self.frame);
            }
            let pose = *poses
                .entry(cuboid.frame.as_str())
                .or_insert_with(|| frames.pose(&cuboid.frame, &self.frame, time));
            let placed = match (pose, valid(cuboid)) {
                (_, false) => Err(NO_NUMBER),
                (None, true) => Err(NO_FRAME),
                (Some(pose), true) => Ok(Place::World(placed(cuboid, &pose))),
            };
            self.add(&mut seen, &cuboid.id, placed, |place| State {
                time,
                sample,
                class: Name::from(&cuboid.class),
                score: cuboid.score,
                place,
            });
        }
    }

    /// Adds the boxes of a sample of an image.
    pub fn boxes(&mut self, sample: usize, time: Time, boxes: &[Detection]) {
        let mut seen = BTreeSet::new();
        for one in boxes {
            let b = one.bbox;
            let finite = [b.x0, b.y0, b.x1, b.y1].iter().all(|edge| edge.is_finite());
            let place =
                if finite && b.x1 >= b.x0 && b.y1 >= b.y0 { Ok(Place::Image(b)) } else { Err(NO_NUMBER) };
            self.add(&mut seen, &one.id, place, |place| State {
                time,
                sample,
                class: Name::from(&one.class),
                score: Some(f64::from(one.score)),
                place,
            });
        }
    }

    fn add(
        &mut self,
        seen: &mut BTreeSet<Name>,
        id: &str,
        place: Result<Place, &'static str>,
        state: impl FnOnce(Place) -> State,
    ) {
        let id = Name::from(id);
        let place = match place {
            _ if id.is_empty() => Err(NO_ID),
            Ok(_) if !seen.insert(id.clone()) => Err(TWICE),
            other => other,
        };
        let place = match place {
            Ok(place) => place,
            Err(reason) => {
                *self.lost.entry(reason).or_default() += 1;
                return;
            }
        };
        let state = state(place);
        let known = self.open.get(&id).and_then(|at| self.tracks.get_mut(*at));
        match known {
            Some(track) if state.time - track.end() <= LONGEST_GAP => track.states.push(state),
            before => {
                let again = before.is_some();
                self.reused += usize::from(again);
                let name = if again { Name::from(format!("{id}#{}", self.reused + 1)) } else { id.clone() };
                self.open.insert(id, self.tracks.len());
                self.tracks.push(Track { id: name, states: vec![state] });
            }
        }
    }

    /// The tracks.
    pub fn finish(self) -> Assembled {
        let mut notes: Vec<String> = self
            .lost
            .iter()
            .map(|(reason, count)| format!("{} {reason} left out", counted(*count, "box")))
            .collect();
        if self.reused > 0 {
            notes.push(format!(
                "{} came back after more than {} s without a box and count as others",
                counted(self.reused, "id"),
                LONGEST_GAP.secs()
            ));
        }
        Assembled { tracks: self.tracks, frame: self.frame, notes }
    }
}

fn valid(cuboid: &Cuboid) -> bool {
    let Pose { translation, rotation } = cuboid.pose;
    translation.is_finite()
        && rotation.is_finite()
        && cuboid.size.is_finite()
        && cuboid.size.min_element() >= 0.0
}

/// A cuboid in the frame that `pose` leads to.
///
/// A recorded velocity is that over the ground of its own frame, so it is turned
/// only; where the frame moves itself, recorders state it over ground by the convention of Autoware and `derived_object_msgs`.
pub fn placed(cuboid: &Cuboid, pose: &Pose) -> Placed {
    let whole = pose.after(&cuboid.pose);
    Placed {
        center: whole.translation,
        heading: heading(&whole),
        size: cuboid.size,
        velocity: cuboid
            .velocity
            .filter(|velocity| velocity.is_finite())
            .map(|velocity| pose.rotation * velocity),
    }
}

/// The heading of a pose: the angle of its x axis in the plane, radians from x towards y.
pub fn heading(pose: &Pose) -> f64 {
    let ahead = pose.rotation * DVec3::X;
    if ahead.truncate().length() < 1e-9 {
        return pose.rotation.to_euler(EulerRot::ZYX).0;
    }
    libm::atan2(ahead.y, ahead.x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DQuat;

    fn cuboid(id: &str, x: f64) -> Cuboid {
        let pose = Pose::new(DVec3::X * x, DQuat::IDENTITY);
        Cuboid {
            id: id.to_owned(),
            class: "car".to_owned(),
            frame: "map".to_owned(),
            pose,
            size: DVec3::ONE,
            ..Cuboid::default()
        }
    }

    #[test]
    fn boxes_become_tracks_by_their_ids_and_the_rest_is_counted() {
        let mut assembler = Assembler::default();
        let frames = FrameTree::default();
        let broken = Cuboid { size: DVec3::new(-1.0, 1.0, 1.0), ..cuboid("c", 0.0) };
        for i in 0..4 {
            let boxes = [cuboid("a", i as f64), cuboid("a", 9.0), cuboid("", 0.0), broken.clone()];
            assembler.cuboids(i, Time::from_secs(i as f64 * 0.1), &boxes, &frames);
        }
        assembler.cuboids(4, Time::from_secs(20.0), &[cuboid("a", 50.0)], &frames);
        let assembled = assembler.finish();
        let ids: Vec<&str> = assembled.tracks.iter().map(|track| track.id.as_str()).collect();
        assert_eq!(ids, ["a", "a#2"]);
        assert_eq!(assembled.tracks[0].states.len(), 4);
        let notes = assembled.notes.join("; ");
        for part in ["4 boxes without an id", "4 boxes whose id", "4 boxes with positions", "1 id came back"]
        {
            assert!(notes.contains(part), "{part}: {notes}");
        }
    }

    #[test]
    fn positions_go_to_the_topmost_frame_so_that_ego_motion_is_undone() {
        let mut frames = FrameTree::default();
        for i in 0..3 {
            let pose = Pose::new(DVec3::X * (10.0 * f64::from(i)), DQuat::IDENTITY);
            let (parent, child) = ("map".to_owned(), "base_link".to_owned());
            let edge = crate::data::geometry::frames::FrameTransform { time: None, parent, child, pose };
            frames.add(edge, Time::from_secs(f64::from(i)));
        }
        let mut assembler = Assembler::default();
        for i in 0..3 {
            // A thing that stands comes nearer by ten meters a second.
            let seen = Cuboid { frame: "base_link".to_owned(), ..cuboid("a", 50.0 - 10.0 * i as f64) };
            assembler.cuboids(i, Time::from_secs(i as f64), &[seen], &frames);
        }
        let assembled = assembler.finish();
        assert_eq!(assembled.frame, "map");
        let x = assembled.tracks[0].states.iter().map(|state| state.place.world().unwrap().center.x);
        assert_eq!(x.collect::<Vec<_>>(), [50.0; 3]);
    }
}
