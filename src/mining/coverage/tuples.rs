//! Combinations of tags: how many of those of one, two and three factors were seen, and which pairs were not.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::base::covering::{CoveringError, Space, combinations, covering_array};
use crate::mining::coverage::factors::{Factor, Scene};
use crate::mining::coverage::record::Record;

/// Most combinations that are counted one by one.
const MOST: usize = 5_000_000;
/// Suggestions of what to record next.
const NEXT: usize = 5;

/// Transforms that make a tag of an image, by the name of the tag.
const SYNTHETIC: &[(&str, &str)] = &[
    ("rain", "rain"),
    ("showers", "rain"),
    ("frontal rain", "rain"),
    ("mist or fog", "fog"),
    ("snow", "snow"),
    ("smoke or smog", "haze"),
    ("sand or dust", "haze"),
    ("sun ahead", "sun_flare"),
    ("dusk or dim light", "exposure"),
];

/// Combinations of one number of factors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ways {
    /// Number of factors.
    pub factors: usize,
    /// Combinations that can be.
    pub required: usize,
    /// Those that were seen.
    pub covered: usize,
    /// Combinations that constraints exclude.
    pub excluded: usize,
}

/// Two tags together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TagPair {
    /// Both tags.
    pub tags: [String; 2],
    /// Recordings in which they hold at the same time.
    pub recordings: usize,
    /// Seconds in which they do.
    pub seconds: f64,
}

/// Two tags that were never seen together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hole {
    /// Both tags.
    pub tags: [String; 2],
    /// Product of the seconds of both, by which holes are ranked: what is common by itself comes first.
    pub expected: f64,
    /// The recording that has most of the rarer one, if any has it.
    pub nearest: Option<String>,
    /// Its tag of the two.
    pub nearest_has: Option<String>,
    /// A transform that makes the missing tag out of it; what it makes is synthetic.
    pub synthetic: Option<String>,
}

/// A scene that would fill many holes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// Its tags.
    pub tags: Vec<String>,
    /// Uncovered pairs that it has.
    pub pairs: usize,
}

/// Coverage of tags.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TagCoverage {
    /// Factors with their values.
    pub factors: BTreeMap<String, Vec<String>>,
    /// Combinations of one, two, three factors.
    pub ways: Vec<Ways>,
    /// Pairs of tags that were seen, the longest first.
    pub pairs: Vec<TagPair>,
    /// Pairs seen in few recordings.
    pub thin: Vec<TagPair>,
    /// Pairs that were not seen, the most expected first.
    pub holes: Vec<Hole>,
    /// Number of scenes that hold every pair: rows of a covering array.
    pub array: usize,
    /// The covering array itself, where asked for: rows of tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<String>>,
    /// Advice on the next recording.
    pub next: Vec<Next>,
}

/// Terms of the coverage of tags.
#[derive(Clone, Debug, Default)]
pub struct TagTerms {
    /// Combinations of factor and value that cannot be.
    pub excluded: Vec<Vec<(usize, usize)>>,
    /// Recordings below which a pair is thin.
    pub thin: usize,
    /// Factors that a covering array combines; none for no array.
    pub strength: Option<usize>,
}

/// A value of a factor.
type Place = (usize, usize);

/// The coverage of tags by scenes.
pub fn tags(
    records: &[Record],
    factors: &[Factor],
    scenes: &[Scene],
    terms: &TagTerms,
) -> Result<TagCoverage, CoveringError> {
    let space = Space {
        levels: factors.iter().map(|factor| factor.values.len()).collect(),
        excluded: terms.excluded.clone(),
    };
    let mut ways = Vec::new();
    for count in 1..=3.min(factors.len()) {
        let all = combinations(&space.levels, count).filter(|all| *all <= MOST);
        let all = all.ok_or(CoveringError::Many { most: MOST })?;
        let possible = possible(&space, count);
        let seen = seen(scenes, count);
        let covered = seen.iter().filter(|combination| possible.contains(*combination)).count();
        ways.push(Ways { factors: count, required: possible.len(), covered, excluded: all - possible.len() });
    }
    let mut pairs: BTreeMap<[Place; 2], (BTreeSet<usize>, f64)> = BTreeMap::new();
    let mut single: BTreeMap<Place, BTreeMap<usize, f64>> = BTreeMap::new();
    for scene in scenes {
        let held = held(scene);
        for (at, one) in held.iter().enumerate() {
            *single.entry(*one).or_default().entry(scene.record).or_default() += scene.secs;
            for other in held.iter().skip(at + 1) {
                let (recordings, secs) = pairs.entry([*one, *other]).or_default();
                recordings.insert(scene.record);
                *secs += scene.secs;
            }
        }
    }
    let name = |(factor, value): Place| factors[factor].values[value].clone();
    let mut shown: Vec<TagPair> = pairs
        .iter()
        .map(|([a, b], (recordings, seconds))| TagPair {
            tags: [name(*a), name(*b)],
            recordings: recordings.len(),
            seconds: *seconds,
        })
        .collect();
    shown.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then_with(|| a.tags.cmp(&b.tags)));
    let thin = shown.iter().filter(|pair| pair.recordings < terms.thin).cloned().collect();
    let open: Vec<[Place; 2]> = if factors.len() > 1 {
        let of = |combination: Vec<Place>| <[Place; 2]>::try_from(combination).ok();
        possible(&space, 2).into_iter().filter_map(of).filter(|pair| !pairs.contains_key(pair)).collect()
    } else {
        Vec::new()
    };
    let mut holes: Vec<Hole> = open.iter().map(|pair| hole(*pair, records, factors, &single)).collect();
    holes.sort_by(|a, b| b.expected.total_cmp(&a.expected).then_with(|| a.tags.cmp(&b.tags)));
    let (mut array, mut rows, mut next) = (0, Vec::new(), Vec::new());
    if factors.len() > 1 {
        let all = covering_array(&space, 2, 1)?;
        array = all.rows.len();
        next = suggestions(&all.rows, &open, factors);
    }
    if let Some(strength) = terms.strength.filter(|_| !factors.is_empty()) {
        let all = covering_array(&space, strength, 1)?;
        let row = |row: &Vec<usize>| row.iter().enumerate().map(|(f, v)| name((f, *v))).collect();
        rows = all.rows.iter().map(row).collect();
    }
    Ok(TagCoverage {
        factors: factors.iter().map(|factor| (factor.name.clone(), factor.values.clone())).collect(),
        ways,
        pairs: shown,
        thin,
        holes,
        array,
        rows,
        next,
    })
}

/// Values that hold in a scene, in order.
fn held(scene: &Scene) -> Vec<Place> {
    let of = |(factor, values): (usize, &Vec<usize>)| {
        let mut values = values.clone();
        values.sort_unstable();
        values.into_iter().map(move |value| (factor, value))
    };
    scene.values.iter().enumerate().flat_map(of).collect()
}

/// Combinations of different factors that constraints allow.
fn possible(space: &Space, count: usize) -> BTreeSet<Vec<Place>> {
    let mut all = BTreeSet::new();
    let mut chosen = Vec::new();
    choose(space, count, 0, &mut chosen, &mut all);
    all
}

fn choose(space: &Space, count: usize, from: usize, chosen: &mut Vec<Place>, all: &mut BTreeSet<Vec<Place>>) {
    if space.excluded.iter().any(|excluded| excluded.iter().all(|place| chosen.contains(place))) {
        return;
    }
    if chosen.len() == count {
        all.insert(chosen.clone());
        return;
    }
    for factor in from..space.levels.len() {
        for value in 0..space.levels[factor] {
            chosen.push((factor, value));
            choose(space, count, factor + 1, chosen, all);
            chosen.pop();
        }
    }
}

/// Combinations of different factors that hold at once somewhere.
fn seen(scenes: &[Scene], count: usize) -> BTreeSet<Vec<Place>> {
    fn of(held: &[Place], count: usize, chosen: &mut Vec<Place>, all: &mut BTreeSet<Vec<Place>>) {
        if chosen.len() == count {
            all.insert(chosen.clone());
            return;
        }
        for (at, place) in held.iter().enumerate() {
            if chosen.last().is_none_or(|(factor, _)| place.0 > *factor) {
                chosen.push(*place);
                of(&held[at + 1..], count, chosen, all);
                chosen.pop();
            }
        }
    }
    let mut all = BTreeSet::new();
    let kinds: BTreeSet<Vec<Place>> = scenes.iter().map(held).collect();
    for held in kinds {
        of(&held, count, &mut Vec::new(), &mut all);
    }
    all
}

fn hole(
    [a, b]: [Place; 2],
    records: &[Record],
    factors: &[Factor],
    single: &BTreeMap<Place, BTreeMap<usize, f64>>,
) -> Hole {
    let secs = |place: Place| single.get(&place).map_or(0.0, |by| by.values().sum::<f64>());
    let name = |(factor, value): Place| factors[factor].values[value].clone();
    // The rarer one is harder to come by.
    let (rare, other) = if secs(a) <= secs(b) { (a, b) } else { (b, a) };
    let most = |place: Place| {
        let by = single.get(&place)?;
        let best = by.iter().rev().max_by(|x, y| x.1.total_cmp(y.1))?;
        Some(records.get(*best.0)?.name.clone())
    };
    let (nearest, has, missing) = match (most(rare), most(other)) {
        (Some(record), _) => (Some(record), Some(rare), other),
        (None, Some(record)) => (Some(record), Some(other), rare),
        (None, None) => (None, None, rare),
    };
    let transform = |tag: &str| SYNTHETIC.iter().find(|(own, _)| *own == tag).map(|(_, id)| (*id).to_owned());
    Hole {
        tags: [name(a), name(b)],
        expected: secs(a) * secs(b),
        synthetic: nearest.is_some().then(|| transform(&name(missing))).flatten(),
        nearest,
        nearest_has: has.map(name),
    }
}

/// Rows of a covering array that fill most holes, one after the other.
fn suggestions(rows: &[Vec<usize>], open: &[[Place; 2]], factors: &[Factor]) -> Vec<Next> {
    let mut open: BTreeSet<[Place; 2]> = open.iter().copied().collect();
    let mut found = Vec::new();
    while found.len() < NEXT {
        let fills =
            |row: &&Vec<usize>| open.iter().filter(|[a, b]| row[a.0] == a.1 && row[b.0] == b.1).count();
        // Of equals the first.
        let Some(row) = rows.iter().rev().max_by_key(fills) else { break };
        let pairs = fills(&row);
        if pairs == 0 {
            break;
        }
        open.retain(|[a, b]| !(row[a.0] == a.1 && row[b.0] == b.1));
        let tags = row.iter().enumerate().map(|(factor, value)| factors[factor].values[*value].clone());
        found.push(Next { tags: tags.collect(), pairs });
    }
    found
}
