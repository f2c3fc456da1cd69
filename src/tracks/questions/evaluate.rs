//! Evaluation of truths.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use glam::DVec2;

use crate::base::expression::{Binary, same};
use crate::base::nearest::hint;
use crate::base::time::Time;
use crate::tracks::questions::actor::Actor;
use crate::tracks::questions::grid::{Grid, Tri, and, lifted, not, or};
use crate::tracks::questions::over_time;
use crate::tracks::questions::pairs::Pair;
use crate::tracks::questions::relations::holds;
use crate::tracks::questions::single;
use crate::tracks::questions::tree::{
    Comparison, Id, Relation, RelationKind, Selector, Single, Truth, TruthKind, Who,
};
use crate::tracks::questions::world::{Stretch, World};

/// A relation of one subject: how many others at each of its observations, and the nearest.
pub(super) struct Others {
    pub(super) counts: Vec<usize>,
    pub(super) nearest: Vec<Option<usize>>,
}

/// Values that are computed once, by what they are about.
type Once<K, V> = RefCell<BTreeMap<K, Rc<V>>>;

/// One evaluation of a question.
pub(super) struct Evaluation<'w> {
    pub(super) world: &'w World,
    moments: Vec<Time>,
    truths: Once<(Id, Grid), Vec<Tri>>,
    pub(super) relations: Once<(Id, usize), Others>,
    /// The other that a metric of a subject is about.
    pub(super) worst: Once<(Id, usize), Vec<Option<usize>>>,
    /// The track for which `any` holds.
    pub(super) anyone: Once<(Id, Grid), Vec<Option<usize>>>,
    /// Missing things, one sentence each.
    pub(super) notes: RefCell<BTreeSet<String>>,
}

impl<'w> Evaluation<'w> {
    pub(super) fn new(world: &'w World, signals: &[&str]) -> Self {
        Self {
            world,
            moments: world.moments(signals),
            truths: RefCell::default(),
            relations: RefCell::default(),
            worst: RefCell::default(),
            anyone: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    pub(super) fn note(&self, text: impl Into<String>) {
        self.notes.borrow_mut().insert(text.into());
    }

    pub(super) fn times(&self, grid: Grid) -> &[Time] {
        match grid {
            Grid::Moments => &self.moments,
            Grid::Of(at) => self.world.actors.get(at).map_or(&[], |actor| &actor.times),
        }
    }

    /// The subject of a part.
    pub(super) fn subject(&self, who: Who, grid: Grid) -> Option<usize> {
        match (who, grid) {
            (Who::Ego, _) | (Who::Subject | Who::Track, Grid::Moments) => {
                if self.world.ego.is_none() {
                    self.note("the motion of the vehicle is not known");
                }
                self.world.ego
            }
            (Who::Subject | Who::Track, Grid::Of(at)) => Some(at),
        }
    }

    /// True if the motion over ground of a track is known; else it is said.
    pub(super) fn moves(&self, actor: &Actor) -> bool {
        if !actor.in_space() {
            self.note(format!("{}: motion needs boxes in space", actor.channel));
        } else if self.world.relative {
            self.note("motion over ground is not known: boxes are in the frame of the vehicle, whose own motion is not recorded");
        }
        actor.in_space() && !self.world.relative
    }

    /// Values of a subject at the moments of a grid.
    pub(super) fn lift<T: Copy>(&self, subject: usize, values: &[T], grid: Grid, absent: T) -> Vec<T> {
        match grid {
            Grid::Of(at) if at == subject => values.to_vec(),
            Grid::Of(_) | Grid::Moments => {
                lifted(&self.world.actors[subject].times, values, self.times(grid), absent)
            }
        }
    }

    /// A truth at each moment of a grid.
    pub(super) fn truth(&self, truth: &Truth, grid: Grid) -> Rc<Vec<Tri>> {
        if let Some(known) = self.truths.borrow().get(&(truth.id, grid)) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.fresh(truth, grid));
        self.truths.borrow_mut().insert((truth.id, grid), Rc::clone(&found));
        found
    }

    fn fresh(&self, truth: &Truth, grid: Grid) -> Vec<Tri> {
        let times = self.times(grid);
        let of = |inner: &Truth| self.truth(inner, grid);
        match &truth.kind {
            TruthKind::Constant(value) => vec![Some(*value); times.len()],
            TruthKind::Not(inner) => of(inner).iter().map(|value| not(*value)).collect(),
            TruthKind::And(a, b) => {
                let a = of(a);
                // What is false already needs no look at its other half.
                if a.iter().all(|value| *value == Some(false)) {
                    return a.to_vec();
                }
                a.iter().zip(of(b).iter()).map(|(a, b)| and(*a, *b)).collect()
            }
            TruthKind::Or(a, b) => of(a).iter().zip(of(b).iter()).map(|(a, b)| or(*a, *b)).collect(),
            TruthKind::Compare(comparison) => {
                self.compared(comparison, grid).into_iter().map(|(truth, _)| truth).collect()
            }
            TruthKind::Single(who, predicate) => {
                let Some(subject) = self.subject(*who, grid) else { return vec![None; times.len()] };
                let actor = &self.world.actors[subject];
                if !matches!(predicate, Single::Class(_) | Single::Source(_)) && !self.moves(actor) {
                    return vec![None; times.len()];
                }
                self.lift(subject, &single::truths(actor, predicate), grid, None)
            }
            TruthKind::Related(who, relation) => self.related(*who, relation, grid),
            TruthKind::Reverse(who, relation, of) => self.reversed(truth.id, *who, relation, of, grid),
            TruthKind::Tag(name) => self.stretches(self.world.tags.get(name), grid),
            TruthKind::Finder(id) => self.stretches(self.world.findings.get(id), grid),
            TruthKind::For(p, least) => over_time::lasting(times, &of(p), *least),
            TruthKind::Then(p, q, within) => over_time::then(times, &of(p), &of(q), *within),
            TruthKind::Before(p, q, within) => over_time::before(times, &of(p), &of(q), *within),
            TruthKind::Rises(p) => over_time::rises(times, &of(p)),
            TruthKind::Falls(p) => over_time::falls(times, &of(p)),
            TruthKind::Any(p) => self.any(truth.id, p, grid),
            TruthKind::All(p) => {
                let (holding, present) = self.counted(p, grid);
                holding
                    .iter()
                    .zip(present)
                    .map(|(holding, present)| Some(present > 0 && *holding == present))
                    .collect()
            }
        }
    }

    /// Truth and margin of a comparison: how far the first number is on the right side of the second.
    pub(super) fn compared(&self, of: &Comparison, grid: Grid) -> Vec<(Tri, f64)> {
        let (a, b) = (self.number(&of.a, grid), self.number(&of.b, grid));
        let compare = |(a, b): (&f64, &f64)| {
            if a.is_nan() || b.is_nan() {
                return (None, f64::NAN);
            }
            let same = same(*a, *b);
            let above = if same { 0.0 } else { a - b };
            match of.operator {
                Binary::Less => (Some(a < b && !same), -above),
                Binary::AtMost => (Some(a < b || same), -above),
                Binary::Greater => (Some(a > b && !same), above),
                Binary::AtLeast => (Some(a > b || same), above),
                Binary::Equal => (Some(same), -above.abs()),
                Binary::Unequal => (Some(!same), above.abs()),
                Binary::Or | Binary::And | Binary::Plus | Binary::Minus | Binary::Times | Binary::Over => {
                    (None, f64::NAN)
                }
            }
        };
        a.iter().zip(b.iter()).map(compare).collect()
    }

    fn stretches(&self, of: Option<&Vec<Stretch>>, grid: Grid) -> Vec<Tri> {
        let id = match grid {
            Grid::Of(at) => self.world.actors.get(at).map(|actor| actor.id.as_str()),
            Grid::Moments => None,
        };
        let own = |stretch: &&Stretch| {
            stretch.tracks.is_empty() || id.is_none_or(|id| stretch.tracks.iter().any(|track| track == id))
        };
        let own: Vec<&Stretch> = of.into_iter().flatten().filter(own).collect();
        let inside = |time: &Time| own.iter().any(|s| s.range.start <= *time && *time <= s.range.end);
        self.times(grid).iter().map(|time| Some(inside(time))).collect()
    }

    fn related(&self, who: Who, relation: &Relation, grid: Grid) -> Vec<Tri> {
        let Some(subject) = self.subject(who, grid) else { return vec![None; self.times(grid).len()] };
        let actor = &self.world.actors[subject];
        if !actor.in_space() {
            self.note(format!("{}: relations need boxes in space", actor.channel));
            return vec![None; self.times(grid).len()];
        }
        if !relation.kind.of_places() && !self.moves(actor) {
            return vec![None; self.times(grid).len()];
        }
        let others = self.others(subject, relation);
        let enough: Vec<Tri> = others.counts.iter().map(|count| Some(*count >= relation.least)).collect();
        self.lift(subject, &enough, grid, None)
    }

    /// The others of a subject.
    pub(super) fn others(&self, subject: usize, relation: &Relation) -> Rc<Others> {
        if let Some(known) = self.relations.borrow().get(&(relation.id, subject)) {
            return Rc::clone(known);
        }
        let actor = &self.world.actors[subject];
        let mut counts = vec![0; actor.times.len()];
        let mut nearest: Vec<Option<(f64, usize)>> = vec![None; actor.times.len()];
        for other in self.selected(&relation.others, subject) {
            let chosen = self.chosen(&relation.others, other);
            let Some(pair) = Pair::of(actor, &self.world.actors[other]) else { continue };
            let truths = self.pair_holds(relation.kind, &pair);
            for (n, (at, its)) in pair.common.iter().enumerate() {
                if !truths[n] || chosen.as_ref().is_some_and(|chosen| chosen[*its] != Some(true)) {
                    continue;
                }
                let far = pair.centers(n);
                if far <= self.world.reach {
                    counts[*at] += 1;
                    if nearest[*at].is_none_or(|(known, _)| far < known) {
                        nearest[*at] = Some((far, other));
                    }
                }
            }
        }
        let nearest = nearest.into_iter().map(|near| near.map(|(_, other)| other)).collect();
        let found = Rc::new(Others { counts, nearest });
        self.relations.borrow_mut().insert((relation.id, subject), Rc::clone(&found));
        found
    }

    fn pair_holds(&self, kind: RelationKind, pair: &Pair<'_>) -> Vec<bool> {
        let eye = |at: usize| -> Option<DVec2> {
            let ego = &self.world.actors[self.world.ego?];
            let time = pair.a.times.get(at)?;
            let now = ego.times.partition_point(|own| own < time);
            (ego.times.get(now) == Some(time)).then(|| ego.places[now].center.truncate())
        };
        holds(kind, pair, &eye)
    }

    /// Whoever may be the other of a subject.
    pub(super) fn selected(&self, selector: &Selector, subject: usize) -> Vec<usize> {
        let all = match selector {
            Selector::Ego => {
                if self.world.ego.is_none() {
                    self.note("the motion of the vehicle is not known");
                }
                self.world.ego.map_or(0..0, |ego| ego..ego + 1)
            }
            Selector::Anything | Selector::Class(_) | Selector::Where(_) => 0..self.world.actors.len(),
        };
        let own = self.world.actors.get(subject);
        let meets = |other: &Actor| {
            let Some(own) = own else { return false };
            let (a, b) =
                (own.times.first().zip(own.times.last()), other.times.first().zip(other.times.last()));
            a.zip(b).is_some_and(|((from, to), (start, end))| start <= to && from <= end)
        };
        all.filter(|other| *other != subject && meets(&self.world.actors[*other])).collect()
    }

    /// Moments at which an other is one; none for always.
    pub(super) fn chosen(&self, selector: &Selector, other: usize) -> Option<Rc<Vec<Tri>>> {
        match selector {
            Selector::Ego | Selector::Anything => None,
            Selector::Class(class) => {
                let single = Single::Class(class.clone());
                Some(Rc::new(single::truths(&self.world.actors[other], &single)))
            }
            Selector::Where(truth) => Some(self.truth(truth, Grid::Of(other))),
        }
    }

    /// True of a subject that such an other relates to.
    fn reversed(&self, id: Id, who: Who, relation: &Relation, of: &Selector, grid: Grid) -> Vec<Tri> {
        let Some(subject) = self.subject(who, grid) else { return vec![None; self.times(grid).len()] };
        let actor = &self.world.actors[subject];
        if !relation.kind.of_places() && !self.moves(actor) {
            return vec![None; self.times(grid).len()];
        }
        let mut found = vec![Some(false); actor.times.len()];
        let mut nearest = vec![None; actor.times.len()];
        let turned =
            Relation { id: usize::MAX - id, kind: relation.kind, others: of.clone(), least: relation.least };
        let counts = self.chosen(of, subject);
        for other in self.selected(&relation.others, subject) {
            let chosen = self.chosen(&relation.others, other);
            let Some(pair) = Pair::of(&self.world.actors[other], actor) else { continue };
            let truths = self.pair_holds(relation.kind, &pair);
            let all = (relation.least > 1).then(|| self.others(other, &turned));
            for (n, (its, at)) in pair.common.iter().enumerate() {
                let is =
                    |of: &Option<Rc<Vec<Tri>>>, at: usize| of.as_ref().is_none_or(|of| of[at] == Some(true));
                let enough = all.as_ref().is_none_or(|all| all.counts[*its] >= relation.least);
                let near = pair.centers(n) <= self.world.reach;
                if truths[n] && near && enough && is(&chosen, *its) && is(&counts, *at) {
                    found[*at] = Some(true);
                    nearest[*at] = Some(other);
                }
            }
        }
        self.worst.borrow_mut().insert((id, subject), Rc::new(nearest));
        self.lift(subject, &found, grid, None)
    }

    /// Tracks but the vehicle that hold, and that are there, at each moment.
    pub(super) fn counted(&self, p: &Truth, grid: Grid) -> (Vec<usize>, Vec<usize>) {
        let moments = self.times(grid);
        let (mut holding, mut present) = (vec![0; moments.len()], vec![0; moments.len()]);
        self.each_track(p, grid, |_, n, truth| {
            present[n] += 1;
            holding[n] += usize::from(truth == Some(true));
        });
        (holding, present)
    }

    fn any(&self, id: Id, p: &Truth, grid: Grid) -> Vec<Tri> {
        let mut found = vec![Some(false); self.times(grid).len()];
        let mut whom = vec![None; found.len()];
        self.each_track(p, grid, |track, n, truth| {
            if truth == Some(true) && whom[n].is_none() {
                whom[n] = Some(track);
            }
            found[n] = or(found[n], truth);
        });
        self.anyone.borrow_mut().insert((id, grid), Rc::new(whom));
        found
    }

    /// Shows the truth of every track but the vehicle at each moment at which it is there.
    fn each_track(&self, p: &Truth, grid: Grid, mut see: impl FnMut(usize, usize, Tri)) {
        let moments = self.times(grid);
        for (track, actor) in self.world.actors.iter().enumerate().filter(|(_, actor)| !actor.is_ego) {
            let (Some(first), Some(last)) = (actor.times.first(), actor.times.last()) else { continue };
            let from = moments.partition_point(|time| time < first);
            let to = moments.partition_point(|time| time <= last);
            if from >= to {
                continue;
            }
            let values: Vec<Option<Tri>> = self.truth(p, Grid::Of(track)).iter().copied().map(Some).collect();
            let values = lifted(&actor.times, &values, &moments[from..to], None);
            for (n, value) in values.into_iter().enumerate() {
                if let Some(truth) = value {
                    see(track, from + n, truth);
                }
            }
        }
    }

    /// Says that a signal is not recorded.
    pub(super) fn no_signal(&self, name: &str) {
        let known = self.world.signal_names.iter().map(String::as_str);
        self.note(format!("the recording has no signal {name:?}{}", hint(name, known)));
    }
}
