//! The finders, one file each.

use crate::mining::finding::FinderKind;

mod black_frame;
mod blur;
mod box_jump;
mod calibration_drift;
mod class_flip;
mod clock_offset;
mod clock_skew;
mod constant_velocity;
mod cut_in;
mod cut_out;
mod dark_image;
mod disagreement;
mod dropped_frames;
mod ensemble;
mod existence_flicker;
mod exposure_jump;
mod flash;
mod flicker;
mod frozen_camera;
mod glare;
mod gps_drift;
mod gps_jump;
mod hard_brake;
mod history_lost;
mod late_reaction;
mod lidar_ring;
mod lidar_sector;
mod monitor;
mod near_collision;
mod near_duplicate;
mod occluded_then_appears;
mod path_deviation;
mod plan_jump;
mod predicted_trouble;
mod prediction_jump;
mod rare_scene;
mod recorder_gap;
mod rss;
mod shadow;
mod shadow_pedals;
mod shadow_steering;
mod stamp_lag;
mod stuck_signal;
mod temporal_outlier;
mod yaw_deviation;

/// Every finder, in the order of lists and documents.
pub static KINDS: &[&FinderKind] = &[
    &class_flip::KIND,
    &history_lost::KIND,
    &flicker::KIND,
    &flash::KIND,
    &existence_flicker::KIND,
    &box_jump::KIND,
    &yaw_deviation::KIND,
    &path_deviation::KIND,
    &prediction_jump::KIND,
    &constant_velocity::KIND,
    &disagreement::KIND,
    &plan_jump::KIND,
    &late_reaction::KIND,
    &shadow_steering::KIND,
    &shadow_pedals::BRAKE,
    &shadow_pedals::THROTTLE,
    &predicted_trouble::KIND,
    &temporal_outlier::KIND,
    &monitor::KIND,
    &ensemble::KIND,
    &near_collision::KIND,
    &hard_brake::KIND,
    &cut_in::KIND,
    &cut_out::KIND,
    &rss::KIND,
    &occluded_then_appears::KIND,
    &rare_scene::KIND,
    &frozen_camera::KIND,
    &black_frame::KIND,
    &dark_image::KIND,
    &glare::KIND,
    &blur::KIND,
    &exposure_jump::KIND,
    &near_duplicate::KIND,
    &dropped_frames::KIND,
    &recorder_gap::KIND,
    &lidar_sector::KIND,
    &lidar_ring::KIND,
    &stuck_signal::KIND,
    &gps_jump::KIND,
    &gps_drift::KIND,
    &clock_offset::KIND,
    &clock_skew::KIND,
    &stamp_lag::KIND,
    &calibration_drift::KIND,
];

/// The finder called `id`.
pub fn kind(id: &str) -> Option<&'static FinderKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}
