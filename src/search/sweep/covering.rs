//! Covering arrays: few combinations that contain every pair of values.

use std::collections::BTreeSet;

use crate::base::rng::Rng;

/// Rows that contain every pair of values of every two columns: greedy, each row the best of several candidates
/// (Cohen et al., "The AETG system", IEEE TSE 23(7), 1997).
pub(super) fn covering_array(lengths: &[usize], seed: u64) -> Vec<Vec<usize>> {
    const CANDIDATES: usize = 30;
    let columns = lengths.len();
    if columns < 2 {
        return (0..lengths.first().copied().unwrap_or(1)).map(|value| vec![value; columns]).collect();
    }
    let mut rng = Rng::split(seed, 2);
    let mut open = BTreeSet::new();
    for i in 0..columns {
        for k in i + 1..columns {
            open.extend((0..lengths[i]).flat_map(|a| (0..lengths[k]).map(move |b| (i, a, k, b))));
        }
    }
    let covers = |row: &[Option<usize>], column: usize, value: usize, open: &BTreeSet<_>| {
        (0..columns)
            .filter(|other| *other != column)
            .filter_map(|other| Some((other, row[other]?)))
            .filter(|(other, there)| {
                let pair = if *other < column {
                    (*other, *there, column, value)
                } else {
                    (column, value, *other, *there)
                };
                open.contains(&pair)
            })
            .count()
    };
    let mut rows: Vec<Vec<usize>> = Vec::new();
    while let Some((i, a, k, b)) = open.first().copied() {
        let mut best: Option<(usize, Vec<usize>)> = None;
        for _ in 0..CANDIDATES {
            let mut row: Vec<Option<usize>> = vec![None; columns];
            (row[i], row[k]) = (Some(a), Some(b));
            let mut order: Vec<usize> = (0..columns).filter(|c| *c != i && *c != k).collect();
            for at in (1..order.len()).rev() {
                order.swap(at, (rng.bits() % (at as u64 + 1)) as usize);
            }
            for column in order {
                let start = (rng.bits() % lengths[column] as u64) as usize;
                // Of equals the first after a random one.
                let value = (0..lengths[column])
                    .map(|step| (start + step) % lengths[column])
                    .map(|value| (covers(&row, column, value, &open), value))
                    .reduce(|x, y| if y.0 > x.0 { y } else { x });
                row[column] = value.map(|(_, value)| value);
            }
            let row: Vec<usize> = row.into_iter().map(Option::unwrap_or_default).collect();
            let count = pairs(&row).filter(|pair| open.contains(pair)).count();
            if best.as_ref().is_none_or(|(most, _)| count > *most) {
                best = Some((count, row));
            }
        }
        let Some((_, row)) = best else { break };
        for pair in pairs(&row) {
            open.remove(&pair);
        }
        rows.push(row);
    }
    rows.sort();
    rows
}

fn pairs(row: &[usize]) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    row.iter()
        .enumerate()
        .flat_map(move |(i, a)| row.iter().enumerate().skip(i + 1).map(move |(k, b)| (i, *a, k, *b)))
}
