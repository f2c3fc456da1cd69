//! Covering arrays: few rows that contain every combination of values of every `t` columns, with constraints.
//!
//! Greedy, each row the best of several candidates (Cohen et al., "The AETG system", IEEE TSE 23(7), 1997); of several such
//! arrays the smallest. Every array is checked again by counting.

use crate::base::rng::Rng;

/// Columns with their number of values, and what cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// Number of values of each column.
    pub levels: Vec<usize>,
    /// Combinations of column and value that no row may contain.
    pub excluded: Vec<Vec<(usize, usize)>>,
}

/// Rows, and the combinations that they contain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// The rows: one value for each column.
    pub rows: Vec<Vec<usize>>,
    /// Combinations that had to be contained.
    pub required: usize,
    /// Combinations that no row can contain because of constraints.
    pub excluded: usize,
    /// Required combinations that the rows contain.
    pub covered: usize,
}

/// Reason why there is no covering array.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoveringError {
    /// The strength makes no sense for these columns.
    #[error("no combinations of {strength} of {columns} columns, choose a strength from 1 to {columns}")]
    Strength {
        /// The strength.
        strength: usize,
        /// Number of columns.
        columns: usize,
    },
    /// A column has no value, or a constraint names what is not there.
    #[error("column {column} has no value {value}")]
    Value {
        /// The column.
        column: usize,
        /// The value.
        value: usize,
    },
    /// More combinations than fit.
    #[error("more than {most} combinations, use a smaller strength or fewer columns")]
    Many {
        /// The limit.
        most: usize,
    },
}

/// Most combinations of an array.
const MOST: usize = 20_000_000;
/// Candidates for each row.
const CANDIDATES: usize = 12;
/// Work in looks at combinations after which no further array is tried.
const BUDGET: u64 = 8_000_000;
/// Arrays that are tried.
const TRIES: u64 = 12;

/// Number of combinations of `t` columns: the elementary symmetric sum of the levels; `None` if it is too large.
pub fn combinations(levels: &[usize], t: usize) -> Option<usize> {
    let mut sums = vec![0_usize; t + 1];
    sums[0] = 1;
    for level in levels {
        for at in (1..=t).rev() {
            sums[at] = sums[at].checked_add(sums[at - 1].checked_mul(*level)?)?;
        }
    }
    sums.last().copied()
}

/// A covering array of a strength; the same seed gives the same rows.
pub fn covering_array(space: &Space, strength: usize, seed: u64) -> Result<Covered, CoveringError> {
    let table = Table::new(space, strength)?;
    let mut best: Option<(Vec<Vec<usize>>, Vec<bool>)> = None;
    let mut spent = 0;
    for attempt in 0..TRIES {
        let (rows, needed) = greedy(&table, &mut Rng::split(seed, attempt), &mut spent);
        let rows = without_needless(&table, rows, &needed);
        if best.as_ref().is_none_or(|(known, _)| rows.len() < known.len()) {
            best = Some((rows, needed));
        }
        if spent > BUDGET {
            break;
        }
    }
    let (mut rows, needed) = best.unwrap_or_default();
    rows.sort();
    let mut found = vec![false; needed.len()];
    for row in &rows {
        table.each(row, |at| found[at] = true);
    }
    let required = needed.iter().filter(|needed| **needed).count();
    let covered = needed.iter().zip(&found).filter(|(needed, found)| **needed && **found).count();
    Ok(Covered { rows, required, excluded: needed.len() - required, covered })
}

/// Positions of all combinations.
struct Table<'a> {
    space: &'a Space,
    strength: usize,
    /// Sets of columns in order, with the position of their first combination.
    sets: Vec<(Vec<usize>, usize)>,
    /// Position of the first combination by the rank of the set.
    offsets: Vec<usize>,
    /// Binomial coefficients.
    choose: Vec<Vec<usize>>,
    count: usize,
}

impl<'a> Table<'a> {
    fn new(space: &'a Space, strength: usize) -> Result<Self, CoveringError> {
        let columns = space.levels.len();
        if strength == 0 || strength > columns {
            return Err(CoveringError::Strength { strength, columns });
        }
        if let Some(column) = space.levels.iter().position(|level| *level == 0) {
            return Err(CoveringError::Value { column, value: 0 });
        }
        for (column, value) in space.excluded.iter().flatten() {
            if space.levels.get(*column).is_none_or(|level| value >= level) {
                return Err(CoveringError::Value { column: *column, value: *value });
            }
        }
        let count = combinations(&space.levels, strength).filter(|count| *count <= MOST);
        let count = count.ok_or(CoveringError::Many { most: MOST })?;
        let mut choose = vec![vec![0_usize; strength + 1]; columns + 1];
        for n in 0..=columns {
            choose[n][0] = 1;
            for k in 1..=strength.min(n) {
                choose[n][k] = choose[n - 1][k - 1].saturating_add(choose[n - 1][k]);
            }
        }
        let mut table = Self {
            space,
            strength,
            sets: Vec::new(),
            offsets: vec![0; choose[columns][strength]],
            choose,
            count,
        };
        let mut set: Vec<usize> = (0..strength).collect();
        let mut offset = 0;
        loop {
            let rank = table.rank(&set);
            table.offsets[rank] = offset;
            table.sets.push((set.clone(), offset));
            offset += set.iter().map(|column| space.levels[*column]).product::<usize>();
            // The next set in the order of words.
            let Some(at) = (0..strength).rev().find(|at| set[*at] < columns - strength + at) else { break };
            set[at] += 1;
            for next in at + 1..strength {
                set[next] = set[next - 1] + 1;
            }
        }
        Ok(table)
    }

    /// Position of a set of rising columns in the combinatorial number system.
    fn rank(&self, set: &[usize]) -> usize {
        set.iter().enumerate().map(|(at, column)| self.choose[*column][at + 1]).sum()
    }

    /// Position of a combination of rising columns.
    fn position(&self, pairs: &[(usize, usize)]) -> usize {
        let mut rank = 0;
        let mut value = 0;
        for (at, (column, own)) in pairs.iter().enumerate() {
            rank += self.choose[*column][at + 1];
            value = value * self.space.levels[*column] + own;
        }
        self.offsets[rank] + value
    }

    /// The combination at a position.
    fn combination(&self, position: usize) -> Vec<(usize, usize)> {
        let at = self.sets.partition_point(|(_, offset)| *offset <= position).saturating_sub(1);
        let Some((set, offset)) = self.sets.get(at) else { return Vec::new() };
        let mut rest = position - offset;
        let mut pairs: Vec<(usize, usize)> = Vec::with_capacity(set.len());
        for column in set.iter().rev() {
            pairs.push((*column, rest % self.space.levels[*column]));
            rest /= self.space.levels[*column];
        }
        pairs.reverse();
        pairs
    }

    /// Positions of all combinations of a row.
    fn each(&self, row: &[usize], mut see: impl FnMut(usize)) {
        let mut pairs = vec![(0, 0); self.strength];
        for (set, _) in &self.sets {
            for (pair, column) in pairs.iter_mut().zip(set) {
                *pair = (*column, row[*column]);
            }
            see(self.position(&pairs));
        }
    }

    /// Number of open combinations that a value adds to a row: those with other values that are set.
    fn gain(
        &self,
        row: &[Option<usize>],
        (column, value): (usize, usize),
        open: &[bool],
        spent: &mut u64,
    ) -> usize {
        let set: Vec<(usize, usize)> = row
            .iter()
            .enumerate()
            .filter_map(|(other, value)| Some((other, (*value)?)))
            .filter(|(other, _)| *other != column)
            .collect();
        let mut gained = 0;
        let mut chosen: Vec<(usize, usize)> = Vec::with_capacity(self.strength);
        self.gather(&set, 0, (column, value), &mut chosen, &mut |position| {
            *spent += 1;
            gained += usize::from(open[position]);
        });
        gained
    }

    fn gather(
        &self,
        set: &[(usize, usize)],
        from: usize,
        own: (usize, usize),
        chosen: &mut Vec<(usize, usize)>,
        see: &mut impl FnMut(usize),
    ) {
        if chosen.len() + 1 == self.strength {
            let at = chosen.partition_point(|(column, _)| *column < own.0);
            chosen.insert(at, own);
            see(self.position(chosen));
            chosen.remove(at);
            return;
        }
        for at in from..set.len() {
            chosen.push(set[at]);
            self.gather(set, at + 1, own, chosen, see);
            chosen.pop();
        }
    }

    /// True if a row with these values contains something excluded.
    fn breaks(&self, row: &[Option<usize>]) -> bool {
        let holds = |(column, value): &(usize, usize)| row[*column] == Some(*value);
        self.space.excluded.iter().any(|excluded| !excluded.is_empty() && excluded.iter().all(holds))
    }

    /// Fills the rest of a row so that it contains nothing excluded; false if there is no way.
    fn complete(&self, row: &mut [Option<usize>]) -> bool {
        if self.breaks(row) {
            return false;
        }
        let constrained = |column: &usize| {
            row[*column].is_none() && self.space.excluded.iter().flatten().any(|(own, _)| own == column)
        };
        // Columns without constraints take any value.
        let Some(column) = (0..row.len()).find(constrained) else { return true };
        for value in 0..self.space.levels[column] {
            row[column] = Some(value);
            if self.complete(row) {
                return true;
            }
        }
        row[column] = None;
        false
    }
}

/// One greedy array, and the combinations that it had to contain.
fn greedy(table: &Table<'_>, rng: &mut Rng, spent: &mut u64) -> (Vec<Vec<usize>>, Vec<bool>) {
    let columns = table.space.levels.len();
    let mut needed = vec![true; table.count];
    let mut open = needed.clone();
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut first = 0;
    while let Some(at) = open.get(first..).and_then(|open| open.iter().position(|open| *open)) {
        first += at;
        let seed = table.combination(first);
        let mut start: Vec<Option<usize>> = vec![None; columns];
        for (column, value) in &seed {
            start[*column] = Some(*value);
        }
        let mut whole = start.clone();
        if !table.complete(&mut whole) {
            (needed[first], open[first]) = (false, false);
            continue;
        }
        let mut best: Option<(usize, Vec<usize>)> = None;
        for _ in 0..CANDIDATES {
            let row = candidate(table, start.clone(), &open, rng, spent);
            let row = row.unwrap_or_else(|| filled(&whole));
            let mut count = 0;
            table.each(&row, |position| count += usize::from(open[position]));
            if best.as_ref().is_none_or(|(most, _)| count > *most) {
                best = Some((count, row));
            }
        }
        let Some((_, row)) = best else { break };
        table.each(&row, |position| open[position] = false);
        rows.push(row);
    }
    (rows, needed)
}

/// A row that begins with a combination: columns in a random order, each with the value that adds most.
fn candidate(
    table: &Table<'_>,
    mut row: Vec<Option<usize>>,
    open: &[bool],
    rng: &mut Rng,
    spent: &mut u64,
) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = (0..row.len()).filter(|column| row[*column].is_none()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, (rng.bits() % (at as u64 + 1)) as usize);
    }
    for column in order {
        let levels = table.space.levels[column];
        let start = (rng.bits() % levels as u64) as usize;
        let mut best: Option<(usize, usize)> = None;
        for value in (0..levels).map(|step| (start + step) % levels) {
            if !table.space.excluded.is_empty() {
                let mut whole = row.clone();
                whole[column] = Some(value);
                if !table.complete(&mut whole) {
                    continue;
                }
            }
            let gain = table.gain(&row, (column, value), open, spent);
            // Of equals the first after a random one.
            if best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, value));
            }
        }
        row[column] = Some(best?.1);
    }
    Some(filled(&row))
}

fn filled(row: &[Option<usize>]) -> Vec<usize> {
    row.iter().map(|value| value.unwrap_or_default()).collect()
}

/// The rows without those whose combinations others contain as well, the last ones first.
fn without_needless(table: &Table<'_>, rows: Vec<Vec<usize>>, needed: &[bool]) -> Vec<Vec<usize>> {
    let mut counts = vec![0_u32; needed.len()];
    for row in &rows {
        table.each(row, |at| counts[at] += 1);
    }
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows.into_iter().rev() {
        let mut alone = false;
        table.each(&row, |at| alone |= needed[at] && counts[at] == 1);
        if alone {
            kept.push(row);
        } else {
            table.each(&row, |at| counts[at] -= 1);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(levels: &[(usize, usize)]) -> Vec<usize> {
        levels.iter().flat_map(|(level, count)| std::iter::repeat_n(*level, *count)).collect()
    }

    #[test]
    fn sizes_are_within_ten_percent_of_those_of_pict() {
        // PICT c3dad2b, seed 0, measured. Larger spaces are in tests/coverage.rs.
        for (levels, strength, pict) in [
            (of(&[(3, 4)]), 2, 12),
            (of(&[(3, 13)]), 2, 19),
            (of(&[(2, 10)]), 3, 19),
            (of(&[(3, 6)]), 3, 47),
            (of(&[(5, 4)]), 3, 150),
            (vec![6, 4, 4, 3, 3, 3, 2, 2, 2], 2, 27),
        ] {
            let space = Space { levels: levels.clone(), excluded: Vec::new() };
            let array = covering_array(&space, strength, 1).unwrap();
            assert_eq!(array.covered, array.required, "{levels:?}");
            assert_eq!(Some(array.required), combinations(&levels, strength));
            assert!(array.rows.len() * 10 <= pict * 11, "{levels:?}: {} rows, PICT {pict}", array.rows.len());
            assert_eq!(covering_array(&space, strength, 1).unwrap(), array);
        }
    }

    #[test]
    fn constraints_hold_and_what_they_imply_is_left_out() {
        // 0 with 1, and 1 with 0 or 1: column 0 at 0 leaves nothing for 1 where 1 is at 0.
        let excluded = vec![vec![(0, 0), (1, 0)], vec![(0, 1), (1, 0)], vec![(1, 1), (2, 1)]];
        let space = Space { levels: vec![2, 2, 2], excluded };
        let array = covering_array(&space, 2, 7).unwrap();
        for row in &array.rows {
            assert!(row[1] == 1 && row[2] == 0, "{row:?}");
        }
        // Left are both values of column 0 with 1 and 0, and the pair of those.
        assert_eq!((array.required, array.covered, array.excluded), (5, 5, 7));
        let wrong = Space { levels: vec![2, 2], excluded: vec![vec![(0, 5)]] };
        assert_eq!(covering_array(&wrong, 2, 1), Err(CoveringError::Value { column: 0, value: 5 }));
        assert!(covering_array(&Space { levels: vec![2], excluded: Vec::new() }, 2, 1).is_err());
    }
}
