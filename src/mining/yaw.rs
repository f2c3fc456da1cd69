//! Yaw rates of the vehicle from all sensors that have one, to compare their clocks.

use std::f64::consts::{PI, TAU};

use crate::base::time::{Span, Time};
use crate::data::clip::ChannelKind;
use crate::data::geometry::place::Place;
use crate::mining::drive::{Drive, YAW_RATES};
use crate::mining::odometry::way;

/// A yaw rate over time; its unit does not matter.
#[derive(Clone, Debug)]
pub(super) struct YawRate {
    /// The signal or channel that it comes from.
    pub(super) name: String,
    pub(super) times: Vec<Time>,
    pub(super) values: Vec<f64>,
    /// Seconds between two samples.
    pub(super) period: f64,
}

/// Least number of samples.
const LEAST: usize = 100;

/// All yaw rates of a recording: signals by their names, the course of each GPS, the coordinate frames of the vehicle.
pub(super) fn yaw_rates(drive: &Drive<'_>) -> Vec<YawRate> {
    let mut all = Vec::new();
    for (id, channel) in drive.info.of_kind(ChannelKind::Signal) {
        let lower = channel.name.to_lowercase();
        // Derived signals follow from the frames, which are looked at below.
        if lower.starts_with("ego/") || !YAW_RATES.iter().any(|word| lower.contains(word)) {
            continue;
        }
        let (times, values) = (drive.clip.times(id), drive.clip.values(id));
        let known = times.iter().zip(&**values).filter(|(_, value)| value.is_finite());
        let (times, values) = known.map(|(time, value)| (*time, *value)).unzip();
        all.extend(YawRate::new(channel.name.clone(), times, values));
    }
    for (id, channel) in drive.info.of_kind(ChannelKind::Places) {
        let (times, values) = course_rates(&drive.places(id));
        all.extend(YawRate::new(format!("course of {}", channel.name), times, values));
    }
    let way = way(&drive.clip.frames());
    let (times, headings): (Vec<_>, Vec<_>) = way.iter().map(|point| (point.time, point.heading)).unzip();
    let (times, values) = rates(&times, &headings);
    all.extend(YawRate::new("coordinate frames".to_owned(), times, values));
    all
}

impl YawRate {
    fn new(name: String, times: Vec<Time>, values: Vec<f64>) -> Option<Self> {
        let (first, last) = (times.first()?, times.last()?);
        let period = (*last - *first).secs() / (times.len() - 1).max(1) as f64;
        (times.len() >= LEAST && period > 0.0).then_some(Self { name, times, values, period })
    }

    /// Values at `count` times from `start` on, every `step`, between its samples; `None` where it has none for a second.
    pub(super) fn resampled(&self, start: Time, step: Span, count: usize) -> Option<Vec<f64>> {
        let mut after = self.times.partition_point(|time| *time <= start);
        let mut values = Vec::with_capacity(count);
        for n in 0..count {
            let time = start + Span(step.0 * n as i64);
            while self.times.get(after).is_some_and(|next| *next <= time) {
                after += 1;
            }
            let (before, next) = (after.checked_sub(1)?, *self.times.get(after)?);
            let span = next - self.times[before];
            if span > Span::SECOND {
                return None;
            }
            let part = (time - self.times[before]).0 as f64 / span.0.max(1) as f64;
            values.push(self.values[before] + part * (self.values[after] - self.values[before]));
        }
        Some(values)
    }
}

/// Rates of an angle by differences over one sample on either side, which moves nothing in time.
fn rates(times: &[Time], angles: &[f64]) -> (Vec<Time>, Vec<f64>) {
    let rate = |at: usize| {
        let seconds = (times[at + 1] - times[at - 1]).secs();
        let turn = (angles[at + 1] - angles[at - 1] + PI).rem_euclid(TAU) - PI;
        (seconds > 0.0).then(|| (times[at], turn / seconds))
    };
    (1..times.len().saturating_sub(1)).filter_map(rate).unzip()
}

/// Seconds over which the course of a GPS is taken, on either side.
const REACH: f64 = 0.3;

/// Fastest turn of a vehicle in rad/s.
const FASTEST: f64 = 1.5;

/// Rates of the course of a GPS, where it moves.
fn course_rates(places: &[(Time, Place)]) -> (Vec<Time>, Vec<f64>) {
    let (Some((first, origin)), Some((last, _))) = (places.first(), places.last()) else {
        return (Vec::new(), Vec::new());
    };
    let period = (*last - *first).secs() / (places.len() - 1).max(1) as f64;
    let reach = ((REACH / period.max(1e-3)).round() as usize).clamp(1, 100);
    let meters: Vec<(f64, f64)> = places.iter().map(|(_, place)| place.meters_from(origin)).collect();
    let mut courses = Vec::new();
    for at in reach..places.len().saturating_sub(reach) {
        let ((ax, ay), (bx, by)) = (meters[at - reach], meters[at + reach]);
        // The course of a vehicle that stands is noise.
        if (bx - ax).hypot(by - ay) > 1.0 {
            courses.push((places[at].0, libm::atan2(by - ay, bx - ax)));
        }
    }
    let (times, angles): (Vec<_>, Vec<_>) = courses.into_iter().unzip();
    let (times, values) = rates(&times, &angles);
    // A position that jumps turns the course as no vehicle can turn.
    let possible = times.into_iter().zip(values).filter(|(_, rate)| rate.abs() < FASTEST);
    possible.unzip()
}
