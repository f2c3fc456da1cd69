//! Scenario types of nuPlan that need no map, as questions of the same names.
//!
//! Numbers of the published types are those of nuplan-devkit e924167; those of the others are defaults of Hardcase.

use crate::mining::questions::Named;
use crate::tracks::questions::question::Question;

/// Prefix by which the command line names them.
pub const PREFIX: &str = "nuplan_";

/// Name and question of each type.
pub static TYPES: &[(&str, &str)] = &[
    ("behind_bike", "ego.speed > 0.5 and ego.behind(\"cycle\", 10, 0.5)"),
    (
        "behind_long_vehicle",
        "ego.has_ahead(class(\"vehicle\") and length > 8, 10, 0.5) and not ego.has_ahead(class(\"vehicle\") and length > 8, 3, 0.5)",
    ),
    ("crossed_by_bike", "ego.crossed_by(class(\"cycle\") and moving(), front, 10, 5)"),
    ("crossed_by_vehicle", "ego.crossed_by(class(\"vehicle\") and moving(), front, 10, 5)"),
    (
        "following_lane_with_lead",
        "ego.speed > 3.5 and ego.following(class(\"vehicle\") and speed > 3.5, 7.5)",
    ),
    (
        "following_lane_with_slow_lead",
        "ego.speed > 0.5 and ego.following(class(\"vehicle\") and speed > 0.5 and speed < 5, 15)",
    ),
    (
        "following_lane_without_lead",
        "ego.speed > 3.5 and not ego.following(\"vehicle\", 50) and not ego.turning()",
    ),
    (
        "high_lateral_acceleration",
        "abs(ego.lateral_accel) > 1.5 and abs(ego.lateral_accel) < 3 and abs(ego.yaw_rate) > 0.2 and not ego.turning()",
    ),
    ("high_magnitude_jerk", "abs(ego.jerk) > 2.5"),
    ("high_magnitude_speed", "ego.speed > 9 and abs(ego.accel) < 1"),
    ("medium_magnitude_speed", "ego.speed > 1.2 and ego.speed <= 9 and abs(ego.accel) < 1"),
    ("low_magnitude_speed", "ego.speed > 0.3 and ego.speed < 1.2 and abs(ego.accel) < 1"),
    ("near_multiple_vehicles", "ego.speed > 6 and ego.near(class(\"vehicle\") and speed > 0.5, 8, n=7)"),
    ("near_multiple_bikes", "ego.near(\"cycle\", 8, n=3)"),
    ("near_multiple_pedestrians", "ego.near(\"person\", 8, n=4)"),
    ("near_long_vehicle", "ego.near(class(\"vehicle\") and length > 8, 5)"),
    ("near_high_speed_vehicle", "ego.near(class(\"vehicle\") and speed > 14, 8)"),
    ("near_construction_zone_sign", "ego.near(\"construction_zone_sign\", 20)"),
    ("starting_left_turn", "rises(ego.turning(left)) and ego.speed > 0.5"),
    ("starting_right_turn", "rises(ego.turning(right)) and ego.speed > 0.5"),
    ("starting_u_turn", "rises(ego.u_turn()) and ego.speed > 0.5"),
    ("starting_high_speed_turn", "rises(ego.turning()) and ego.speed > 9"),
    ("starting_low_speed_turn", "rises(ego.turning()) and ego.speed > 0.3 and ego.speed < 9"),
    ("stationary", "for(ego.speed < 0.1, 1)"),
    ("stationary_in_traffic", "ego.speed < 0.1 and ego.near(\"vehicle\", 8, n=7)"),
    ("stopping_with_lead", "ego.accel < -0.6 and ego.speed < 0.3 and ego.following(\"vehicle\", 6)"),
];

/// The type of a name, with or without the prefix.
pub fn question(name: &str) -> Option<Named> {
    let plain = name.strip_prefix(PREFIX).unwrap_or(name);
    let (name, text) = TYPES.iter().find(|(own, _)| *own == plain)?;
    let question = Question::parse(text).ok()?;
    Some(Named { name: (*name).to_owned(), question, tags: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracks::questions::question::About;

    #[test]
    fn every_type_is_a_question_about_the_vehicle() {
        for (name, text) in TYPES {
            let question = Question::parse(text);
            assert!(question.is_ok(), "{name}: {:?}", question.err());
            assert_eq!(question.map(|question| question.about()).ok(), Some(About::Vehicle), "{name}");
        }
    }
}
