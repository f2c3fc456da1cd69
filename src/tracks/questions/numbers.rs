//! Evaluation of numbers.

use std::rc::Rc;

use crate::tracks::criticality::metric::{Critical, Metric};
use crate::tracks::criticality::pair::{Pair as Critics, PairSettings};
use crate::tracks::criticality::state::State;
use crate::tracks::questions::actor::Actor;
use crate::tracks::questions::evaluate::Evaluation;
use crate::tracks::questions::grid::{Grid, lifted};
use crate::tracks::questions::over_time::times_of;
use crate::tracks::questions::pairs::Pair;
use crate::tracks::questions::single;
use crate::tracks::questions::tree::{Id, Number, NumberKind, Selector, Who};

impl Evaluation<'_> {
    /// A number at each moment of a grid; not a number where it is unknown.
    pub(super) fn number(&self, number: &Number, grid: Grid) -> Vec<f64> {
        let times = self.times(grid);
        match &number.kind {
            NumberKind::Constant(value) => vec![*value; times.len()],
            NumberKind::Change(change, inner) => self.number(inner, grid).into_iter().map(change).collect(),
            NumberKind::Join(join, a, b) => {
                self.number(a, grid).into_iter().zip(self.number(b, grid)).map(|(a, b)| join(a, b)).collect()
            }
            NumberKind::Property(who, property) => {
                let Some(subject) = self.subject(*who, grid) else { return vec![f64::NAN; times.len()] };
                let actor = &self.world.actors[subject];
                if property.of_motion() && !self.moves(actor) {
                    return vec![f64::NAN; times.len()];
                }
                self.lift(subject, &single::numbers(actor, *property), grid, f64::NAN)
            }
            NumberKind::Signal(name) => {
                if let Some(signal) = self.world.signals.get(name) {
                    lifted(&signal.times, &signal.values, times, f64::NAN)
                } else {
                    self.no_signal(name);
                    vec![f64::NAN; times.len()]
                }
            }
            NumberKind::Metric(who, metric, selector) => {
                let Some(subject) = self.subject(*who, grid) else { return vec![f64::NAN; times.len()] };
                let values = self.metric(number.id, subject, *metric, selector);
                self.lift(subject, &values, grid, f64::NAN)
            }
            NumberKind::Count(p) => self.counted(p, grid).0.into_iter().map(|count| count as f64).collect(),
            NumberKind::Times(p, within) => times_of(times, &self.truth(p, grid), *within),
        }
    }

    /// The most critical value of a metric over all others, at the observations of a subject.
    fn metric(&self, id: Id, subject: usize, metric: Metric, selector: &Selector) -> Vec<f64> {
        let actor = &self.world.actors[subject];
        let count = actor.times.len();
        if !actor.in_space() {
            self.note(format!("{}: {} needs boxes in space", actor.channel, metric.spec().id));
            return vec![f64::NAN; count];
        }
        if !matches!(metric, Metric::Ttc2d | Metric::Drac | Metric::Distance) && !self.moves(actor) {
            return vec![f64::NAN; count];
        }
        if matches!(selector, Selector::Ego) && self.world.ego.is_none() {
            self.note("the motion of the vehicle is not known");
            return vec![f64::NAN; count];
        }
        let below = !matches!(metric.spec().critical, Critical::AtLeast);
        let mut values = vec![if below { f64::INFINITY } else { 0.0 }; count];
        let mut whom = vec![None; count];
        let settings = PairSettings::default();
        for other in self.selected(selector, subject) {
            let chosen = self.chosen(selector, other);
            let its = &self.world.actors[other];
            let Some(pair) = Pair::of(actor, its) else { continue };
            for (n, (at, its_at)) in pair.common.iter().enumerate() {
                if pair.centers(n) > self.world.reach
                    || chosen.as_ref().is_some_and(|chosen| chosen[*its_at] != Some(true))
                {
                    continue;
                }
                let (own, its) = (state(actor, *at), state(its, *its_at));
                let Ok(critics) = Critics::new(&own, &its, &settings) else { continue };
                let value = critics
                    .evaluate(metric)
                    .ok()
                    .and_then(crate::tracks::criticality::reading::Reading::extended);
                if let Some(value) = value
                    && (whom[*at].is_none() || if below { value < values[*at] } else { value > values[*at] })
                {
                    (values[*at], whom[*at]) = (value, Some(other));
                }
            }
        }
        self.worst.borrow_mut().insert((id, subject), Rc::new(whom));
        values
    }
}

fn state(actor: &Actor, at: usize) -> State {
    let (placed, motion) = (&actor.places[at], actor.motions()[at]);
    State {
        x: placed.center.x,
        y: placed.center.y,
        heading: placed.heading,
        vx: motion.velocity.x,
        vy: motion.velocity.y,
        acceleration: Some(motion.acceleration),
        length: placed.size.x,
        width: placed.size.y,
        yaw_rate: Some(motion.yaw_rate),
    }
}

impl Number {
    /// Metrics in it, with their subjects.
    pub(super) fn metrics(&self) -> Vec<(Who, Id)> {
        match &self.kind {
            NumberKind::Metric(who, ..) => vec![(*who, self.id)],
            NumberKind::Change(_, inner) => inner.metrics(),
            NumberKind::Join(_, a, b) => [a.metrics(), b.metrics()].concat(),
            NumberKind::Constant(_)
            | NumberKind::Property(..)
            | NumberKind::Signal(_)
            | NumberKind::Count(_)
            | NumberKind::Times(..) => Vec::new(),
        }
    }
}
