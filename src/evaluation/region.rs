//! Objects in space that count: near enough to the vehicle, with enough points of a LIDAR inside.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::DVec3;

use crate::clips::{Clip, ClipError};
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::geometry::frames::Pose;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::points::PointCloud;
use crate::data::prediction::Prediction;
use crate::evaluation::samples::Fact;
use crate::evaluation::terms::Region;
use crate::predictions::recorded::vehicle_in;

/// Keeps the objects of ground truth and predictions that the region has. True boxes without enough points are no ground truth,
/// and what was predicted there is a false positive, as in the devkit of nuScenes.
pub(super) fn keep(
    clip: &dyn Clip,
    channel: ChannelId,
    region: Region,
    facts: &mut BTreeMap<usize, Fact>,
    answers: &mut BTreeMap<usize, Prediction>,
) -> Result<(), ClipError> {
    if region == Region::default() {
        return Ok(());
    }
    let times = clip.times(channel);
    for (frame, fact) in facts.iter_mut() {
        let (Fact::Objects(objects), Some(time)) = (fact, times.get(*frame)) else { continue };
        if let Some(reach) = region.reach_mm {
            let middle = vehicle_in(clip, channel, *time).unwrap_or_default();
            let near = |place: &Detection| is_near(place, middle, f64::from(reach) / 1e3);
            objects.retain(|object| near(&object.place));
            if let Some(Prediction::Objects { objects }) = answers.get_mut(frame) {
                objects.retain(near);
            }
        }
        if let Some(least) = region.min_points
            && let Some((cloud, pose)) = cloud_at(clip, channel, *frame)?
        {
            objects.retain(|object| points_inside(&object.place, &cloud, &pose) >= least);
        }
    }
    Ok(())
}

fn is_near(place: &Detection, middle: DVec3, reach: f64) -> bool {
    place.solid.is_none_or(|solid| {
        let [x, y, _] = solid.center.map(f64::from);
        libm::hypot(x - middle.x, y - middle.y) <= reach
    })
}

/// The point cloud nearest to a sample, with the pose of its frame in the frame of the sample.
fn cloud_at(
    clip: &dyn Clip,
    channel: ChannelId,
    frame: usize,
) -> Result<Option<(Arc<PointCloud>, Pose)>, ClipError> {
    let info = clip.info();
    let Some((points, _)) = info.of_kind(ChannelKind::Points).next() else { return Ok(None) };
    let (times, clouds) = (clip.times(channel), clip.times(points));
    let Some(time) = times.get(frame) else { return Ok(None) };
    let apart = |at: &usize| (clouds[*at].0 - time.0).abs();
    let after = clouds.partition_point(|other| other < time);
    let near = [after.checked_sub(1), (after < clouds.len()).then_some(after)].into_iter().flatten();
    let Some(at) = near.min_by_key(apart) else { return Ok(None) };
    let Sample::Points(cloud) = clip.read(points, at)? else { return Ok(None) };
    let own = clip.read(channel, frame)?;
    let Some(own) = own.coordinate_frame() else { return Ok(None) };
    let frames = clip.frames();
    let root = frames.root(&cloud.frame);
    let up = frames.pose(&cloud.frame, root, clouds[at]);
    let pose = up.zip(frames.pose(root, own, *time)).map(|(up, down)| down.after(&up));
    Ok(pose.map(|pose| (cloud, pose)))
}

fn points_inside(place: &Detection, cloud: &PointCloud, pose: &Pose) -> usize {
    let Some(solid) = place.solid else { return usize::MAX };
    let inside = |point: &&[f32; 3]| {
        let at = pose.apply(DVec3::from_array(point.map(f64::from)));
        solid.contains(at.to_array().map(|v| v as f32))
    };
    cloud.positions.iter().filter(inside).count()
}
