//! Plans: where a stack means to drive.

use super::Meaning;
use super::points::pose_of;
use super::transforms::stamp;
use super::value::Value;
use crate::base::time::{Span, Time};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::path::{PathPoint, PlannedPath};

/// Paths of ROS navigation: poses, each with a stamp of its own that many planners leave at zero.
pub(super) static ROS: Meaning = Meaning {
    schemas: &["nav_msgs/Path"],
    kind: ChannelKind::Path,
    numbers: false,
    read: |message| {
        let begin = stamp(message);
        let points = message.list_at("poses").iter().map(|pose| {
            let own = stamp(pose).filter(|own| *own > Time(0));
            PathPoint {
                after: begin.zip(own).map(|(begin, own)| own - begin).filter(|after| *after >= Span(0)),
                place: pose.at("pose").map_or_else(Default::default, |pose| pose_of(pose).translation),
                speed: None,
            }
        });
        Ok(path(message, points.collect()))
    },
};

/// Trajectories and paths of Autoware, also from the time of Autoware.Auto: poses with speeds, trajectories with times.
///
/// Fields: <https://github.com/autowarefoundation/autoware_msgs>, `autoware_planning_msgs`.
pub(super) static AUTOWARE: Meaning = Meaning {
    schemas: &[
        "autoware_planning_msgs/Trajectory",
        "autoware_planning_msgs/Path",
        "autoware_auto_planning_msgs/Trajectory",
        "autoware_auto_planning_msgs/Path",
    ],
    kind: ChannelKind::Path,
    numbers: false,
    read: |message| {
        let points = message.list_at("points").iter().map(|point| PathPoint {
            after: point.at("time_from_start").and_then(duration),
            place: point.at("pose").map_or_else(Default::default, |pose| pose_of(pose).translation),
            speed: point.number_at("longitudinal_velocity_mps"),
        });
        Ok(path(message, points.collect()))
    },
};

/// `foxglove.PosesInFrame`: poses without times.
pub(super) static FOXGLOVE: Meaning = Meaning {
    schemas: &["foxglove.PosesInFrame", "foxglove_msgs/PosesInFrame"],
    kind: ChannelKind::Path,
    numbers: false,
    read: |message| {
        let points = message.list_at("poses").iter().map(|pose| PathPoint {
            after: None,
            place: pose_of(pose).translation,
            speed: None,
        });
        Ok(path(message, points.collect()))
    },
};

fn duration(value: &Value<'_>) -> Option<Span> {
    let secs = value.number_at("sec")?;
    let nanos = value.number_at("nanosec").or_else(|| value.number_at("nsec")).unwrap_or(0.0);
    Some(Span((secs as i64).saturating_mul(1_000_000_000).saturating_add(nanos as i64)))
}

fn path(message: &Value<'_>, points: Vec<PathPoint>) -> Sample {
    let frame =
        message.text_at("header.frame_id").or_else(|| message.text_at("frame_id")).unwrap_or_default();
    Sample::Path(PlannedPath { frame: frame.trim_start_matches('/').to_owned(), points })
}
