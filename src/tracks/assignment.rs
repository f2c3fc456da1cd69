//! Assignment of rows to columns: each at most once, the sum of the weights as large as possible.
//!
//! The solver is `kuhn_munkres` of the crate `pathfinding` (Kuhn 1955, Munkres 1957): MIT or Apache-2.0, released
//! several times a year, without C. 100 rows and columns take half a millisecond. It takes integers, so that weights
//! become fixed-point numbers of about 60 bits and no result hangs on rounding or on the machine. Of the others, `lsap`
//! (the algorithm of `scipy`) and `hungarian` have not been released since 2023 and 2020, and `lapjv`, four times as fast,
//! wants square matrices of an older `ndarray`. Pairs fall apart into groups that share no row and no column first;
//! on a road these are small.

use pathfinding::prelude::{Matrix, kuhn_munkres};

/// A pair that may be assigned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Row.
    pub row: u32,
    /// Column.
    pub column: u32,
    /// Gain; pairs without a gain above zero are never assigned.
    pub weight: f64,
}

/// Indices of the edges whose weights have the largest sum, in increasing order; each row and column at most once.
///
/// The sum is the optimum of `scipy.optimize.linear_sum_assignment` with zeros for missing pairs. Of several optima one
/// is taken that depends on the edges and their order alone; `scipy` may take another.
pub fn heaviest(edges: &[Edge]) -> Vec<usize> {
    let mut groups = Groups::of(edges);
    let mut order: Vec<(u32, usize)> = Vec::with_capacity(edges.len());
    for (index, edge) in edges.iter().enumerate() {
        if edge.weight > 0.0 && edge.weight.is_finite() {
            order.push((groups.root(edge.row), index));
        }
    }
    order.sort_unstable();
    let mut chosen = Vec::new();
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        match group {
            [(_, only)] => chosen.push(*only),
            several => within(edges, several, &mut chosen),
        }
    }
    chosen.sort_unstable();
    chosen
}

/// Rows and columns that are connected by edges, as a forest; columns come behind the rows.
struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    fn of(edges: &[Edge]) -> Self {
        let rows = edges.iter().map(|edge| edge.row + 1).max().unwrap_or(0);
        let columns = edges.iter().map(|edge| edge.column + 1).max().unwrap_or(0);
        let mut groups = Self { parents: (0..rows + columns).collect() };
        for edge in edges.iter().filter(|edge| edge.weight > 0.0 && edge.weight.is_finite()) {
            let (a, b) = (groups.root(edge.row), groups.root(rows + edge.column));
            groups.parents[a.max(b) as usize] = a.min(b);
        }
        groups
    }

    fn root(&mut self, mut node: u32) -> u32 {
        while self.parents[node as usize] != node {
            let above = self.parents[self.parents[node as usize] as usize];
            self.parents[node as usize] = above;
            node = above;
        }
        node
    }
}

/// Adds the best edges of one group.
fn within(edges: &[Edge], group: &[(u32, usize)], chosen: &mut Vec<usize>) {
    let members = || group.iter().map(|(_, index)| (*index, &edges[*index]));
    let distinct = |of: fn(&Edge) -> u32| {
        let mut all: Vec<u32> = members().map(|(_, edge)| of(edge)).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (mut rows, mut columns) = (distinct(|edge| edge.row), distinct(|edge| edge.column));
    if rows.len() == 1 || columns.len() == 1 {
        // The first among equals.
        chosen.extend(
            members().reduce(|a, b| if b.1.weight > a.1.weight { b } else { a }).map(|(index, _)| index),
        );
        return;
    }
    // The solver wants no more rows than columns.
    let turned = rows.len() > columns.len();
    if turned {
        std::mem::swap(&mut rows, &mut columns);
    }
    let scale = scale(members().map(|(_, edge)| edge.weight), rows.len());
    let width = columns.len();
    let mut weights = vec![0_i64; rows.len() * width];
    let mut sources = vec![usize::MAX; rows.len() * width];
    for (index, edge) in members() {
        let (row, column) = if turned { (edge.column, edge.row) } else { (edge.row, edge.column) };
        let (Ok(row), Ok(column)) = (rows.binary_search(&row), columns.binary_search(&column)) else {
            continue;
        };
        let weight = (edge.weight * scale).round() as i64;
        if sources[row * width + column] == usize::MAX || weight > weights[row * width + column] {
            weights[row * width + column] = weight;
            sources[row * width + column] = index;
        }
    }
    let Ok(matrix) = Matrix::from_vec(rows.len(), width, weights) else { return };
    let (_, assigned) = kuhn_munkres(&matrix);
    let sources = assigned.iter().enumerate().map(|(row, column)| sources[row * width + column]);
    chosen.extend(sources.filter(|source| *source != usize::MAX));
}

/// The largest power of two by which sums of as many weights as there are rows stay far below the largest integer.
fn scale(weights: impl Iterator<Item = f64>, rows: usize) -> f64 {
    let most = weights.fold(f64::MIN_POSITIVE, f64::max);
    let room = (i64::MAX / 8) as f64 / rows as f64 / most;
    libm::exp2(libm::floor(libm::log2(room.min(1e300))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest sum, by trying everything.
    fn best(edges: &[Edge]) -> f64 {
        fn rest(edges: &[Edge], rows: u64, columns: u64) -> f64 {
            let Some((first, others)) = edges.split_first() else { return 0.0 };
            let without = rest(others, rows, columns);
            let free = rows >> first.row & 1 == 0 && columns >> first.column & 1 == 0;
            if !free || first.weight <= 0.0 {
                return without;
            }
            without.max(first.weight + rest(others, rows | 1 << first.row, columns | 1 << first.column))
        }
        rest(edges, 0, 0)
    }

    #[test]
    fn no_other_assignment_is_heavier() {
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24)
        };
        for round in 0..300 {
            let (rows, columns) = (1 + round % 5, 1 + round / 5 % 5);
            let mut edges = Vec::new();
            for row in 0..rows {
                for column in 0..columns {
                    if draw() < 0.6 {
                        edges.push(Edge { row, column, weight: draw() - 0.1 });
                    }
                }
            }
            let chosen = heaviest(&edges);
            let sum: f64 = chosen.iter().map(|index| edges[*index].weight).sum();
            assert!((sum - best(&edges)).abs() < 1e-12, "{edges:?} {chosen:?}");
            let rows: std::collections::BTreeSet<u32> =
                chosen.iter().map(|index| edges[*index].row).collect();
            let columns: std::collections::BTreeSet<u32> =
                chosen.iter().map(|index| edges[*index].column).collect();
            assert_eq!((rows.len(), columns.len()), (chosen.len(), chosen.len()));
        }
    }

    #[test]
    fn weights_of_any_size_are_weighed_and_those_that_are_none_are_not() {
        let edge = |row, column, weight| Edge { row, column, weight };
        for unit in [1e-280, 1e-9, 1.0, 1e12, 1e280] {
            let edges = [edge(0, 0, 3.0 * unit), edge(0, 1, 2.9 * unit), edge(1, 0, 2.0 * unit)];
            assert_eq!(heaviest(&edges), [1, 2], "{unit}");
        }
        assert_eq!(
            heaviest(&[edge(0, 0, f64::NAN), edge(0, 1, 0.0), edge(1, 1, f64::INFINITY)]),
            [0_usize; 0]
        );
        assert_eq!(heaviest(&[]), [0_usize; 0]);
        // Of equals always the same.
        let equal = [edge(0, 0, 1.0), edge(0, 1, 1.0), edge(1, 0, 1.0), edge(1, 1, 1.0)];
        assert_eq!(heaviest(&equal), heaviest(&equal));
    }
}
