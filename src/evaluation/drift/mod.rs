//! Drift between two tables: every column, and numbers together as vectors, with p-values corrected for their number.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::sheet::numbers::{is_missing, number};
use crate::base::stats::holm;
use crate::metrics::drift::classes::{chi_square, difference, total_variation};
use crate::metrics::drift::classifier::separability;
use crate::metrics::drift::numbers::{
    KolmogorovSmirnov, jensen_shannon, kolmogorov_smirnov, sorted, stability_index, wasserstein,
};
use crate::metrics::drift::vectors::{Distances, Permutations, Sample, frechet};

mod found;

pub use found::{ClassDrift, ColumnDrift, DriftReport, Statistics, VectorDrift};

/// Rows of a sample that are compared as vectors at most; of more, evenly spread ones are taken.
const MOST_VECTORS: usize = 2000;
/// Most numbers of a vector of which the Frechet distance is computed.
const MOST_FRECHET: usize = 256;
/// Most classes of a column that is taken for one of classes.
const MOST_CLASSES: usize = 1000;
/// Share of numbers in one of the samples from which a column is one of numbers; the other cells are counted.
const MOSTLY: f64 = 0.9;
/// Most permutations of the tests of columns.
const MOST_PERMUTATIONS: usize = 10_000;

/// A column of a table in both samples.
#[derive(Clone, Debug)]
pub struct DriftColumn {
    /// Its name.
    pub name: String,
    /// Its cells in the reference and in the other sample.
    pub cells: [Vec<String>; 2],
    /// True if it holds classes, whatever its cells look like.
    pub classes: bool,
}

/// Choices of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct DriftOptions {
    /// Permutations of the tests of vectors.
    pub permutations: usize,
    /// Consecutive rows that depend on each other; with more than one all tests are by permutation of blocks.
    pub block: usize,
    /// Seed of the permutations.
    pub seed: u64,
    /// Level of the corrected p-values from which a column drifts.
    pub alpha: f64,
    /// Rows that are listed as the surest of the other sample.
    pub listed: usize,
}

/// Compares columns, and those of `vectors` together.
pub fn compare(columns: &[DriftColumn], vectors: &[String], options: DriftOptions) -> DriftReport {
    // So many that the smallest p-value can survive its correction.
    let needed = (2.0 * columns.len() as f64 / options.alpha).ceil() as usize;
    let tests =
        DriftOptions { permutations: options.permutations.max(needed.min(MOST_PERMUTATIONS)), ..options };
    let mut all: Vec<ColumnDrift> = columns.iter().map(|column| one(column, tests)).collect();
    let known: Vec<(usize, bool, f64)> = all
        .iter()
        .enumerate()
        .flat_map(|(at, column)| {
            let values = column.p_value.map(|p| (at, true, p));
            values.into_iter().chain(column.cells_p_value.map(|p| (at, false, p)))
        })
        .collect();
    let plain: Vec<f64> = known.iter().map(|(.., p)| *p).collect();
    for ((at, of_values, _), corrected) in known.into_iter().zip(holm(&plain)) {
        let column = &mut all[at];
        let target = if of_values { &mut column.p_corrected } else { &mut column.cells_p_corrected };
        *target = Some(corrected);
        column.drifts |= corrected < options.alpha;
    }
    all.sort_by(|a, b| size(&b.statistics).total_cmp(&size(&a.statistics)).then_with(|| a.name.cmp(&b.name)));
    let together: Vec<&DriftColumn> =
        columns.iter().filter(|column| vectors.contains(&column.name)).collect();
    let vectors = together_as_vectors(&together, options);
    let drifts = all.iter().any(|column| column.drifts)
        || vectors.as_ref().is_some_and(|vectors| vectors.discrepancy.1 < options.alpha);
    DriftReport { columns: all, vectors, drifts }
}

/// Size of a change from 0 to 1, by which columns are sorted.
fn size(statistics: &Statistics) -> f64 {
    match statistics {
        Statistics::Number { kolmogorov_smirnov, .. } => *kolmogorov_smirnov,
        Statistics::Classes { total_variation, .. } => *total_variation,
        Statistics::Empty => -1.0,
    }
}

/// True if nine tenths of the cells with a value are numbers, in one of the samples: the others are counted, and a column of
/// numbers that becomes one of words is one.
pub fn is_numeric(column: &DriftColumn) -> bool {
    let mostly = |cells: &Vec<String>| {
        let present = cells.iter().filter(|cell| !is_missing(cell)).count();
        let numbers = cells.iter().filter(|cell| !is_missing(cell) && number(cell).is_some()).count();
        numbers > 0 && numbers as f64 >= MOSTLY * present as f64
    };
    !column.classes && column.cells.iter().any(mostly)
}

fn one(column: &DriftColumn, options: DriftOptions) -> ColumnDrift {
    let numeric = is_numeric(column);
    let missing = [0, 1].map(|side| column.cells[side].iter().filter(|cell| is_missing(cell)).count());
    let counts = [0, 1].map(|side| column.cells[side].len() - missing[side]);
    let is_word = |cell: &&String| numeric && !is_missing(cell) && number(cell).is_none();
    let words = [0, 1].map(|side| column.cells[side].iter().filter(is_word).count());
    let counts = [0, 1].map(|side| counts[side] - words[side]);
    let (statistics, p_value) = if counts.contains(&0) {
        (Statistics::Empty, None)
    } else if numeric {
        of_numbers(column, options)
    } else {
        of_classes(column, options)
    };
    let kinds = [0, 1].map(|side| vec![counts[side], words[side], missing[side]]);
    let kind = |cell: &str| {
        let has_number = !numeric || number(cell).is_some();
        Some(if is_missing(cell) { 2 } else { usize::from(!has_number) })
    };
    let cells_p_value =
        chi_square(&kinds[0], &kinds[1]).map(|test| p_of_classes(column, options, 3, test.p_value, kind));
    let mut found = ColumnDrift {
        name: column.name.clone(),
        counts,
        missing,
        words,
        statistics,
        p_value,
        p_corrected: None,
        cells_p_value,
        cells_p_corrected: None,
        drifts: false,
    };
    found.drifts = found.vanished();
    found
}

/// The p-value of the distance of two distribution functions: that of the test, of rows that depend on each other by permuting
/// their blocks.
fn p_of_numbers(column: &DriftColumn, options: DriftOptions, test: KolmogorovSmirnov) -> f64 {
    if options.block < 2 {
        return test.p_value;
    }
    let [a, b] = &column.cells;
    let mut rows: Vec<(f64, usize)> =
        a.iter().chain(b).enumerate().filter_map(|(row, cell)| Some((number(cell)?, row))).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let distance = |chosen: &[f64]| {
        let n: f64 = rows.iter().map(|(_, row)| chosen[*row]).sum();
        let m = rows.len() as f64 - n;
        let (mut own, mut other, mut most) = (0.0, 0.0, 0.0_f64);
        for equal in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let here: f64 = equal.iter().map(|(_, row)| chosen[*row]).sum();
            (own, other) = (own + here, other + equal.len() as f64 - here);
            most = most.max((own / n.max(1.0) - other / m.max(1.0)).abs());
        }
        most
    };
    permuted(column, options, distance)
}

/// The p-value of counts of classes, likewise: of blocks, by the distance of total variation.
fn p_of_classes(
    column: &DriftColumn,
    options: DriftOptions,
    classes: usize,
    independent: f64,
    class: impl Fn(&str) -> Option<usize>,
) -> f64 {
    if options.block < 2 {
        return independent;
    }
    let [a, b] = &column.cells;
    let rows: Vec<Option<usize>> = a.iter().chain(b).map(|cell| class(cell)).collect();
    let distance = |chosen: &[f64]| {
        let mut counts = vec![[0.0; 2]; classes];
        for (class, chosen) in rows.iter().zip(chosen) {
            if let Some(count) = class.and_then(|class| counts.get_mut(class)) {
                count[usize::from(*chosen < 0.5)] += 1.0;
            }
        }
        let sums = [0, 1].map(|side| counts.iter().map(|both| both[side]).sum::<f64>().max(1.0));
        counts.iter().map(|both| (both[0] / sums[0] - both[1] / sums[1]).abs()).sum::<f64>() / 2.0
    };
    permuted(column, options, distance)
}

/// (1 + permutations of blocks with at least the same distance) / (1 + permutations).
fn permuted(column: &DriftColumn, options: DriftOptions, distance: impl Fn(&[f64]) -> f64) -> f64 {
    let permutations = Permutations { count: options.permutations, block: options.block, seed: options.seed };
    let [first, second] = [0, 1].map(|side| column.cells[side].len());
    let own: Vec<f64> = (0..first + second).map(|row| if row < first { 1.0 } else { 0.0 }).collect();
    // Sums in another order may differ in their last digits.
    let observed = distance(&own) - 1e-12;
    let as_large = (0..permutations.count)
        .filter(|at| distance(&permutations.draw(*at, first, first + second)) >= observed)
        .count();
    (as_large + 1) as f64 / (permutations.count + 1) as f64
}

fn of_numbers(column: &DriftColumn, options: DriftOptions) -> (Statistics, Option<f64>) {
    let [a, b] = [0, 1].map(|side| sorted(column.cells[side].iter().filter_map(|cell| number(cell))));
    let Some(test) = kolmogorov_smirnov(&a, &b) else { return (Statistics::Empty, None) };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let means = [mean(&a), mean(&b)];
    let variance = a.iter().map(|value| (value - means[0]).powi(2)).sum::<f64>() / a.len() as f64;
    let statistics = Statistics::Number {
        kolmogorov_smirnov: test.distance,
        stability_index: stability_index(&a, &b).unwrap_or(0.0),
        wasserstein: wasserstein(&a, &b).unwrap_or(0.0),
        jensen_shannon: jensen_shannon(&a, &b).unwrap_or(0.0),
        means,
        standardized: (variance > 0.0).then(|| (means[1] - means[0]) / variance.sqrt()),
    };
    (statistics, Some(p_of_numbers(column, options, test)))
}

fn of_classes(column: &DriftColumn, options: DriftOptions) -> (Statistics, Option<f64>) {
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (side, cells) in column.cells.iter().enumerate() {
        for cell in cells.iter().filter(|cell| !is_missing(cell)) {
            counts.entry(cell.as_str()).or_default()[side] += 1;
        }
    }
    let [a, b]: [Vec<usize>; 2] = [0, 1].map(|side| counts.values().map(|both| both[side]).collect());
    // Texts that are nearly all different are no classes.
    let test = if counts.len() <= MOST_CLASSES { chi_square(&a, &b) } else { None };
    let (n, m) = (a.iter().sum(), b.iter().sum());
    let mut largest: Vec<ClassDrift> = counts
        .iter()
        .map(|(class, both)| {
            let (difference, low, high) = difference((both[0], n), (both[1], m));
            ClassDrift { class: (*class).to_owned(), counts: *both, difference, low, high }
        })
        .collect();
    largest.sort_by(|a, b| {
        b.difference.abs().total_cmp(&a.difference.abs()).then_with(|| a.class.cmp(&b.class))
    });
    largest.truncate(20);
    let statistics = Statistics::Classes {
        chi_square: test.map(|test| test.statistic),
        total_variation: total_variation(&a, &b).unwrap_or(0.0),
        largest,
    };
    let names: BTreeMap<&str, usize> = counts.keys().enumerate().map(|(at, name)| (*name, at)).collect();
    let class = |cell: &str| names.get(cell).copied();
    let p_value = test.map(|test| p_of_classes(column, options, names.len(), test.p_value, class));
    (statistics, p_value)
}

/// Numbers of a column that make up vectors; rows without a value in one of the columns are left out.
fn together_as_vectors(columns: &[&DriftColumn], options: DriftOptions) -> Option<VectorDrift> {
    let length = columns.len();
    if length == 0 {
        return None;
    }
    let side = |side: usize| {
        let rows = columns.iter().map(|column| column.cells[side].len()).min().unwrap_or(0);
        let row = |at: usize| -> Option<(usize, Vec<f64>)> {
            let values: Option<Vec<f64>> =
                columns.iter().map(|column| number(&column.cells[side][at])).collect();
            Some((at, values?))
        };
        let all: Vec<(usize, Vec<f64>)> = (0..rows).filter_map(row).collect();
        let kept: BTreeSet<usize> = spread(all.len(), MOST_VECTORS).collect();
        let kept = all.into_iter().enumerate().filter(|(at, _)| kept.contains(at)).map(|(_, row)| row);
        let (rows, data): (Vec<usize>, Vec<Vec<f64>>) = kept.unzip();
        (rows, data.concat())
    };
    let ((_, first), (rows, second)) = (side(0), side(1));
    let samples = [&first, &second].map(|data| Sample { data, length });
    let distances = Distances::new(samples[0], samples[1])?;
    let permutations = Permutations { count: options.permutations, block: options.block, seed: options.seed };
    let discrepancy = distances.discrepancy(distances.median(), &permutations);
    let energy = distances.energy(&permutations);
    let least = (0..length)
        .filter_map(|at| {
            let [a, b] = samples.map(|sample| sorted(sample.data.iter().skip(at).step_by(length).copied()));
            kolmogorov_smirnov(&a, &b).map(|test| test.p_value)
        })
        .fold(1.0, f64::min);
    let told_apart = separability(samples[0], samples[1], options.seed);
    let mut surest: Vec<(usize, f64)> = told_apart
        .iter()
        .flat_map(|told| rows.iter().copied().zip(told.scores.iter().skip(samples[0].count()).copied()))
        .collect();
    surest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    surest.truncate(options.listed);
    Some(VectorDrift {
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        counts: samples.map(|sample| sample.count()),
        discrepancy: (discrepancy.statistic, discrepancy.p_value),
        energy: (energy.statistic, energy.p_value),
        kolmogorov_smirnov_bonferroni: (least * length as f64).min(1.0),
        frechet: if length <= MOST_FRECHET { frechet(samples[0], samples[1]) } else { None },
        classifier_auc: told_apart.map(|told| told.auc),
        surest,
    })
}

/// Positions of at most `most` of `count`, evenly spread.
fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |at| at * count / taken.max(1))
}
