//! Metrics that make sense between ego and another actor over time, with their default thresholds.

use Critical::{AtLeast, AtMost, Below};

use crate::tracks::criticality::reading::Reading;

/// A metric of two actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// Time to collision along ego's path.
    Ttc,
    /// Time to collision of both boxes in the plane.
    Ttc2d,
    /// Time to collision by the convention of nuPlan.
    TtcNuPlan,
    /// Time to collision at constant accelerations.
    Mttc,
    /// Time headway.
    Thw,
    /// Deceleration rate to avoid a crash.
    Drac,
    /// Required deceleration, with a lead that accelerates or brakes.
    RequiredDeceleration,
    /// Brake threat number.
    Btn,
    /// Time to brake.
    Ttb,
    /// Steer threat number.
    Stn,
    /// Time to steer.
    Tts,
    /// Deceleration to safety time.
    Dst,
    /// Distance of the centers at their closest encounter.
    ClosestEncounter,
    /// Time of the closest encounter.
    ClosestEncounterTime,
    /// Post-encroachment time at constant velocities, negative if both will be in the area at once.
    Pet,
    /// Distance of the boxes.
    Distance,
    /// Longitudinal distance minus the safe one of RSS.
    RssLongitudinal,
    /// Lateral distance minus the safe one of RSS.
    RssLateral,
    /// The larger of both margins of RSS.
    Rss,
}

/// Values that are critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Critical {
    /// Values less than the threshold.
    Below,
    /// The threshold and values less than it.
    AtMost,
    /// The threshold and values greater than it.
    AtLeast,
}

/// Name, unit and default threshold of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricSpec {
    /// The metric.
    pub metric: Metric,
    /// Name in files and expressions: `"ttc"`.
    pub id: &'static str,
    /// Name on screen: `"Time to collision"`.
    pub title: &'static str,
    /// Unit: `"s"`, `"m"`, `"m/s²"`, or "" for a ratio.
    pub unit: &'static str,
    /// Default threshold, in the unit.
    pub threshold: f64,
    /// Source of the threshold.
    pub source: &'static str,
    /// Values that are critical.
    pub critical: Critical,
}

const COLLECTION: &str = "criticality-metrics.readthedocs.io";
const DEFINITION: &str = "by definition";
const OWN: &str = "default of Hardcase";

impl MetricSpec {
    const fn new(
        metric: Metric,
        [id, title, unit]: [&'static str; 3],
        critical: Critical,
        threshold: f64,
        source: &'static str,
    ) -> Self {
        Self { metric, id, title, unit, threshold, source, critical }
    }

    /// Verdict on a reading by a threshold; `None` if the reading is undefined.
    pub fn is_critical(&self, reading: Reading, threshold: f64) -> Option<bool> {
        let value = reading.extended()?;
        Some(match self.critical {
            Below => value < threshold,
            AtMost => value <= threshold,
            AtLeast => value >= threshold,
        })
    }
}

/// All metrics, in the order of [`Metric::ALL`].
pub static METRICS: [MetricSpec; Metric::ALL.len()] = [
    MetricSpec::new(Metric::Ttc, ["ttc", "Time to collision", "s"], Below, 1.5, COLLECTION),
    MetricSpec::new(Metric::Ttc2d, ["ttc_2d", "Time to collision in the plane", "s"], Below, 1.5, COLLECTION),
    MetricSpec::new(
        Metric::TtcNuPlan,
        ["ttc_nuplan", "Time to collision, nuPlan", "s"],
        Below,
        0.95,
        "nuplan-devkit",
    ),
    MetricSpec::new(Metric::Mttc, ["mttc", "Modified time to collision", "s"], Below, 1.5, COLLECTION),
    MetricSpec::new(Metric::Thw, ["thw", "Time headway", "s"], Below, 1.0, OWN),
    MetricSpec::new(Metric::Drac, ["drac", "Deceleration to avoid a crash", "m/s²"], AtLeast, 3.35, OWN),
    MetricSpec::new(
        Metric::RequiredDeceleration,
        ["required_deceleration", "Required deceleration", "m/s²"],
        AtLeast,
        4.05,
        "hard braking in nuplan-devkit",
    ),
    MetricSpec::new(Metric::Btn, ["btn", "Brake threat number", ""], AtLeast, 1.0, DEFINITION),
    MetricSpec::new(Metric::Ttb, ["ttb", "Time to brake", "s"], Below, 0.0, DEFINITION),
    MetricSpec::new(Metric::Stn, ["stn", "Steer threat number", ""], AtLeast, 1.0, DEFINITION),
    MetricSpec::new(Metric::Tts, ["tts", "Time to steer", "s"], Below, 0.47, COLLECTION),
    MetricSpec::new(Metric::Dst, ["dst", "Deceleration to safety time", "m/s²"], AtLeast, 6.0, OWN),
    MetricSpec::new(
        Metric::ClosestEncounter,
        ["closest_encounter", "Closest encounter", "m"],
        Below,
        2.0,
        OWN,
    ),
    MetricSpec::new(
        Metric::ClosestEncounterTime,
        ["closest_encounter_time", "Time of the closest encounter", "s"],
        Below,
        1.5,
        OWN,
    ),
    MetricSpec::new(Metric::Pet, ["pet", "Post-encroachment time", "s"], Below, 1.5, COLLECTION),
    MetricSpec::new(Metric::Distance, ["distance", "Distance", "m"], Below, 0.5, OWN),
    MetricSpec::new(
        Metric::RssLongitudinal,
        ["rss_longitudinal", "RSS margin, longitudinal", "m"],
        AtMost,
        0.0,
        DEFINITION,
    ),
    MetricSpec::new(Metric::RssLateral, ["rss_lateral", "RSS margin, lateral", "m"], AtMost, 0.0, DEFINITION),
    MetricSpec::new(Metric::Rss, ["rss", "RSS margin", "m"], AtMost, 0.0, DEFINITION),
];

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 19] = [
        Self::Ttc,
        Self::Ttc2d,
        Self::TtcNuPlan,
        Self::Mttc,
        Self::Thw,
        Self::Drac,
        Self::RequiredDeceleration,
        Self::Btn,
        Self::Ttb,
        Self::Stn,
        Self::Tts,
        Self::Dst,
        Self::ClosestEncounter,
        Self::ClosestEncounterTime,
        Self::Pet,
        Self::Distance,
        Self::RssLongitudinal,
        Self::RssLateral,
        Self::Rss,
    ];

    /// Name, unit and default threshold.
    pub fn spec(self) -> &'static MetricSpec {
        &METRICS[self as usize]
    }

    /// The metric with an id, such as `"ttc"`.
    pub fn by_id(id: &str) -> Option<Self> {
        METRICS.iter().find(|spec| spec.id == id).map(|spec| spec.metric)
    }
}
