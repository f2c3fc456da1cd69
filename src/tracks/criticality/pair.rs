//! Evaluation of the metrics for two actors at one moment.

use std::cell::OnceCell;

use crate::tracks::criticality::boxes::{contact_of, dot, first_contact, length, separation_apart};
use crate::tracks::criticality::encounter::{
    Encounter, closest_encounter, occupancy_of, post_encroachment, shared,
};
use crate::tracks::criticality::metric::Metric;
use crate::tracks::criticality::nuplan::{NuPlanSettings, first_step, in_field};
use crate::tracks::criticality::pair_rss::{self, PairRss};
use crate::tracks::criticality::reading::{CriticalityError, Reading, Reason};
use crate::tracks::criticality::relative::{Relative, STANDING};
use crate::tracks::criticality::state::State;
use crate::tracks::criticality::{gap, steering};

/// Least sine of the angle at which paths cross: 15 degrees. Flatter ones share an area that is too long.
const CROSSING: f64 = 0.258_819_045_102_520_76;

/// Abilities of ego and conventions of the metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairSettings {
    /// Strongest braking of ego in m/s², for BTN and TTB.
    pub brake_max: f64,
    /// Strongest lateral acceleration of ego in m/s², for STN and TTS.
    pub lateral_max: f64,
    /// Safety time of DST in seconds.
    pub safety_time: f64,
    /// Horizon of TTC in two dimensions, in seconds; may be infinite.
    pub horizon: f64,
    /// Convention of nuPlan.
    pub nuplan: NuPlanSettings,
    /// The wide field of nuPlan applies: ego is in two lanes at once, off the road or on a junction.
    pub nuplan_wide: bool,
    /// Assumptions of RSS.
    pub rss: PairRss,
}

impl Default for PairSettings {
    fn default() -> Self {
        Self {
            brake_max: 8.0,
            lateral_max: 5.0,
            safety_time: 2.0,
            horizon: f64::INFINITY,
            nuplan: NuPlanSettings::default(),
            nuplan_wide: false,
            rss: PairRss::default(),
        }
    }
}

/// Reading of a metric for ego and another actor.
///
/// For several metrics of the same two, a [`Pair`] shares what they have in common.
pub fn evaluate(
    metric: Metric,
    ego: &State,
    other: &State,
    settings: &PairSettings,
) -> Result<Reading, CriticalityError> {
    Pair::new(ego, other, settings)?.evaluate(metric)
}

/// Ego and another actor at one moment.
pub struct Pair<'a> {
    relative: Relative,
    settings: &'a PairSettings,
    // Several metrics need these; one evaluation serves them all.
    ttc: OnceCell<Result<Reading, CriticalityError>>,
    encounter: OnceCell<Result<Encounter, CriticalityError>>,
    rss_margins: OnceCell<Result<[Reading; 2], CriticalityError>>,
}

impl<'a> Pair<'a> {
    /// Both actors in one frame of reference that does not move; an error names the number that makes no sense.
    pub fn new(ego: &State, other: &State, settings: &'a PairSettings) -> Result<Self, CriticalityError> {
        Ok(Self {
            relative: Relative::new(ego, other)?,
            settings,
            ttc: OnceCell::new(),
            encounter: OnceCell::new(),
            rss_margins: OnceCell::new(),
        })
    }

    /// Gap in meters from ego's front to what of the other is in ego's path, the strip as wide as ego along its heading.
    ///
    /// Negative where the boxes overlap, undefined beside and behind.
    pub fn gap(&self) -> Reading {
        self.relative.gap.map_or_else(Reading::Undefined, Reading::Number)
    }

    /// Safe distances of RSS along and across ego's heading in meters, undefined where RSS does not apply.
    pub fn safe_distances(&self) -> Result<[Reading; 2], CriticalityError> {
        pair_rss::safe_distances(&self.relative, &self.settings.rss)
    }

    /// Distances minus safe distances of RSS along and across ego's heading in meters; danger if both are 0 or less.
    pub fn rss_margins(&self) -> Result<[Reading; 2], CriticalityError> {
        *self.rss_margins.get_or_init(|| pair_rss::margins(&self.relative, &self.settings.rss))
    }

    /// Readings of all metrics, in the order of [`Metric::ALL`].
    pub fn all(&self) -> Result<[Reading; Metric::ALL.len()], CriticalityError> {
        let mut readings = [Reading::Never; Metric::ALL.len()];
        for (reading, metric) in readings.iter_mut().zip(Metric::ALL) {
            *reading = self.evaluate(metric)?;
        }
        Ok(readings)
    }

    /// Reading of a metric.
    pub fn evaluate(&self, metric: Metric) -> Result<Reading, CriticalityError> {
        let settings = self.settings;
        Ok(match metric {
            Metric::Ttc => self.ttc()?,
            Metric::Ttc2d => {
                let contact = self.relative.contact;
                contact.map_or(Reading::Never, |interval| first_contact(interval, settings.horizon))
            }
            Metric::TtcNuPlan => self.nuplan()?,
            Metric::Mttc => self.mttc()?,
            Metric::Thw => self.followed(|gap, v_ego, _| gap::thw(gap, v_ego))?,
            Metric::Drac => self.followed(gap::drac)?,
            Metric::RequiredDeceleration => self.braked(gap::required_deceleration)?,
            Metric::Btn => self.braked(|gap, v_ego, v_lead, a_lead| {
                gap::btn(gap, v_ego, v_lead, a_lead, settings.brake_max)
            })?,
            Metric::Ttb => {
                self.followed(|gap, v_ego, v_lead| gap::ttb(gap, v_ego, v_lead, settings.brake_max))?
            }
            Metric::Stn => steering::stn(self.ttc()?, self.way()?, settings.lateral_max)?,
            Metric::Tts => steering::tts(self.ttc()?, self.way()?, settings.lateral_max)?,
            Metric::Dst => {
                self.followed(|gap, v_ego, v_lead| gap::dst(gap, v_ego, v_lead, settings.safety_time))?
            }
            Metric::ClosestEncounter => Reading::Number(self.encounter()?.distance),
            Metric::ClosestEncounterTime => Reading::time(self.encounter()?.time),
            Metric::Pet => self.pet()?,
            Metric::Distance => self.distance(),
            Metric::RssLongitudinal => self.rss_margins()?[0],
            Metric::RssLateral => self.rss_margins()?[1],
            Metric::Rss => {
                let [along, across] = self.rss_margins()?;
                pair_rss::larger(along, across)
            }
        })
    }

    /// A formula of gap and speeds, for whatever is in ego's path ahead.
    fn ahead(
        &self,
        formula: impl Fn(f64, f64, f64) -> Result<Reading, CriticalityError>,
    ) -> Result<Reading, CriticalityError> {
        let [[v_ego, _], [v_lead, _]] = self.relative.local;
        match self.relative.gap {
            Ok(gap) => formula(gap, v_ego, v_lead),
            Err(reason) => Ok(Reading::Undefined(reason)),
        }
    }

    /// A formula of gap and speeds, for a lead that ego follows.
    fn followed(
        &self,
        formula: impl Fn(f64, f64, f64) -> Result<Reading, CriticalityError>,
    ) -> Result<Reading, CriticalityError> {
        self.ahead(|gap, v_ego, v_lead| {
            if v_lead <= -STANDING {
                return Ok(Reading::Undefined(Reason::Oncoming));
            }
            // What stands seems to move a little.
            formula(gap, v_ego, v_lead.max(0.0))
        })
    }

    /// A formula of gap, speeds and the lead's acceleration.
    fn braked(
        &self,
        formula: impl Fn(f64, f64, f64, f64) -> Result<Reading, CriticalityError>,
    ) -> Result<Reading, CriticalityError> {
        let a_lead = self.relative.accelerations[1];
        self.followed(|gap, v_ego, v_lead| match a_lead {
            Some(a_lead) => formula(gap, v_ego, v_lead, a_lead),
            None => Ok(Reading::Undefined(Reason::NoAcceleration)),
        })
    }

    fn ttc(&self) -> Result<Reading, CriticalityError> {
        *self.ttc.get_or_init(|| self.ahead(gap::ttc))
    }

    fn mttc(&self) -> Result<Reading, CriticalityError> {
        let accelerations = self.relative.accelerations;
        self.ahead(|gap, v_ego, v_lead| match accelerations {
            [Some(a_ego), Some(a_lead)] => gap::mttc(gap, v_ego, a_ego, v_lead, a_lead),
            _ => Ok(Reading::Undefined(Reason::NoAcceleration)),
        })
    }

    fn distance(&self) -> Reading {
        let [own, its] = &self.relative.boxes;
        Reading::Number(if self.relative.overlaps() { 0.0 } else { separation_apart(own, its) })
    }

    /// Way sideways after which ego passes the other.
    fn way(&self) -> Result<f64, CriticalityError> {
        let [own, its] = self.relative.halves();
        steering::way_needed(self.relative.offset[1], 2.0 * own[1], 2.0 * its[1])
    }

    fn encounter(&self) -> Result<Encounter, CriticalityError> {
        let [own, its] = self.relative.local;
        let seen = [its[0] - own[0], its[1] - own[1]];
        *self.encounter.get_or_init(|| closest_encounter(self.relative.offset, seen))
    }

    /// The convention of nuPlan for one actor: one that overlaps ego has left, one outside of the field is not looked at.
    fn nuplan(&self) -> Result<Reading, CriticalityError> {
        let (settings, [own, its]) = (&self.settings.nuplan, &self.relative.boxes);
        if self.relative.overlaps() {
            return Ok(Reading::Undefined(Reason::Overlapping));
        }
        let [speed, its_speed] = self.relative.velocities.map(length);
        if speed <= settings.standing {
            return Ok(Reading::Never);
        }
        if !in_field(own, its.center, self.settings.nuplan_wide, settings) {
            return Ok(Reading::Undefined(Reason::NotAhead));
        }
        let seen = [0, 1].map(|at| its_speed * its.axis[at] - speed * own.axis[at]);
        first_step(contact_of(own, its, seen), settings.step, settings.horizon)
    }

    /// Post-encroachment time in the area that both straight paths share.
    fn pet(&self) -> Result<Reading, CriticalityError> {
        let ([own, its], [v_own, v_its]) = (&self.relative.boxes, self.relative.velocities);
        let (speed_own, speed_its) = (length(v_own), length(v_its));
        if speed_own < STANDING || speed_its < STANDING {
            return Ok(Reading::Undefined(Reason::Standing));
        }
        if dot([-v_own[1], v_own[0]], v_its).abs() < CROSSING * speed_own * speed_its {
            return Ok(Reading::Undefined(Reason::Parallel));
        }
        let Some(area) = shared(own, v_own, its, v_its) else {
            return Ok(Reading::Undefined(Reason::Parallel));
        };
        let (Some(a), Some(b)) = (occupancy_of(own, v_own, &area), occupancy_of(its, v_its, &area)) else {
            return Ok(Reading::Never);
        };
        // The second one has left the area.
        let second = if a.enter <= b.enter { b } else { a };
        if second.exit < 0.0 {
            return Ok(Reading::Undefined(Reason::Passed));
        }
        post_encroachment(a, b).map(Reading::Number)
    }
}
