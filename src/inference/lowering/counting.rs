//! `Compress`, `CumProd`, `Det`, `OneHot` of any types, and `Unique`.

use super::call::Call;
use super::error::LoweringError;
use super::proto::Node;
use super::rewrite::Rewrite;
use super::values::{Value, around, axis, element};
use super::{Action, LoweringKind};

/// The slices for which a condition holds.
pub(super) static COMPRESS: LoweringKind =
    LoweringKind { operator: "Compress", lower: |_, _| Ok(Action::Own(compress)) };
/// Products of all numbers so far.
pub(super) static CUM_PROD: LoweringKind =
    LoweringKind { operator: "CumProd", lower: |_, _| Ok(Action::Own(cum_prod)) };
/// Determinants.
pub(super) static DET: LoweringKind = LoweringKind { operator: "Det", lower: |_, _| Ok(Action::Own(det)) };
/// The runtime takes integer indices and an integer depth.
pub(super) static ONE_HOT: LoweringKind =
    LoweringKind { operator: "OneHot", lower: |node, to| Ok(one_hot(node, to)) };
/// Distinct numbers or slices.
pub(super) static UNIQUE: LoweringKind =
    LoweringKind { operator: "Unique", lower: |_, _| Ok(Action::Own(unique)) };

/// Shape of an input and the axis that a step works along; without an axis all values are in a row.
fn axis_or_all(call: &Call<'_>, x: &Value) -> Result<(Vec<usize>, usize), LoweringError> {
    if call.node.attribute("axis").is_none() {
        return Ok((vec![x.len()], 0));
    }
    Ok((x.shape.clone(), axis(call.node.whole("axis", 0), x.shape.len())?))
}

fn compress(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, condition) = (call.input(0)?, call.input(1)?.to_wholes());
    let (mut shape, along) = axis_or_all(call, x)?;
    let (before, side, after) = around(&shape, along);
    let kept: Vec<usize> = (0..side.min(condition.len())).filter(|at| condition[*at] != 0).collect();
    let places: Vec<usize> = (0..before)
        .flat_map(|row| kept.iter().map(move |at| row * side + at))
        .flat_map(|start| (0..after).map(move |cell| start * after + cell))
        .collect();
    shape[along] = kept.len();
    Ok(vec![x.picked(shape, &places)])
}

fn cum_prod(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let along = axis(call.number(1).unwrap_or(0.0) as i64, x.shape.len())?;
    let (exclusive, reverse) = (call.node.whole("exclusive", 0) != 0, call.node.whole("reverse", 0) != 0);
    let (before, side, after) = around(&x.shape, along);
    let data = x.to_doubles();
    let mut products = vec![0.0; data.len()];
    for row in 0..before {
        for cell in 0..after {
            let mut product = 1.0;
            for k in 0..side {
                let k = if reverse { side - 1 - k } else { k };
                let place = (row * side + k) * after + cell;
                if exclusive {
                    products[place] = product;
                }
                product *= data[place];
                if !exclusive {
                    products[place] = product;
                }
            }
        }
    }
    Ok(vec![Value::of(call.made(0), x.shape.clone(), &products)?])
}

fn det(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let [outer @ .., rows, columns] = x.shape.as_slice() else {
        return Err(LoweringError::shape("its input has less than two dimensions"));
    };
    if rows != columns || *rows == 0 {
        return Err(LoweringError::shape(format!("its matrices are {rows} by {columns}")));
    }
    let data = x.to_doubles();
    let found = data.chunks_exact(rows * rows).map(|matrix| determinant(matrix.to_vec(), *rows) as f32);
    Ok(vec![Value::floats(outer.to_vec(), found.collect())])
}

/// Gaussian elimination with the largest pivot of each column.
fn determinant(mut m: Vec<f64>, n: usize) -> f64 {
    let mut product = 1.0;
    for column in 0..n {
        let largest = (column..n).max_by(|a, b| m[a * n + column].abs().total_cmp(&m[b * n + column].abs()));
        let pivot = largest.unwrap_or(column);
        if m[pivot * n + column] == 0.0 {
            return 0.0;
        }
        if pivot != column {
            (0..n).for_each(|k| m.swap(pivot * n + k, column * n + k));
            product = -product;
        }
        product *= m[column * n + column];
        for row in column + 1..n {
            let factor = m[row * n + column] / m[column * n + column];
            for k in column..n {
                m[row * n + k] -= factor * m[column * n + k];
            }
        }
    }
    product
}

fn one_hot(node: &Node, to: &Rewrite<'_, '_>) -> Action {
    let whole = |at| matches!(to.facts.element_of(node, at), Some(element::INT32 | element::INT64));
    let values = to.facts.element_of(node, 2);
    let plain =
        whole(0) && whole(1) && values.is_some_and(|kind| kind != element::INT8 && kind != element::UINT8);
    if plain { Action::Keep } else { Action::Own(hot) }
}

fn hot(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (indices, values) = (call.input(0)?, call.input(2)?);
    let depth = call.number(1).unwrap_or(0.0).max(0.0) as usize;
    let rank = indices.shape.len() + 1;
    let along = axis(call.node.whole("axis", -1), rank)?;
    let mut shape = indices.shape.clone();
    shape.insert(along, depth);
    let (before, _, after) = around(&shape, along);
    let numbers = indices.to_wholes();
    let mut places = Vec::with_capacity(before * depth * after);
    for row in 0..before {
        for class in 0..depth {
            for cell in 0..after {
                let index = numbers[row * after + cell];
                let index = if index < 0 { index + depth as i64 } else { index };
                places.push(usize::from(index == class as i64));
            }
        }
    }
    Ok(vec![values.picked(shape, &places)])
}

fn unique(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let (mut shape, along) = axis_or_all(call, x)?;
    let (before, side, after) = around(&shape, along);
    let places = |at: usize| {
        (0..before).flat_map(move |row| (0..after).map(move |cell| (row * side + at) * after + cell))
    };
    let data = x.to_doubles();
    let slice = |at: usize| places(at).map(|place| data[place]).collect::<Vec<f64>>();
    let slices: Vec<Vec<f64>> = (0..side).map(slice).collect();
    let compare = |a: &Vec<f64>, b: &Vec<f64>| {
        a.iter()
            .zip(b)
            .map(|(a, b)| a.total_cmp(b))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    };
    // The first of equal slices stands for all of them; the sort is stable.
    let mut order: Vec<usize> = (0..side).collect();
    order.sort_by(|a, b| compare(&slices[*a], &slices[*b]));
    let mut groups: Vec<&[usize]> =
        order.chunk_by(|a, b| compare(&slices[*a], &slices[*b]).is_eq()).collect();
    if call.node.whole("sorted", 1) == 0 {
        groups.sort_by_key(|group| group[0]);
    }
    let firsts: Vec<usize> = groups.iter().map(|group| group[0]).collect();
    let mut inverse = vec![0_i64; side];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|at| inverse[*at] = number as i64);
    }
    let counts: Vec<i64> = groups.iter().map(|group| group.len() as i64).collect();
    let kept: Vec<usize> = (0..before)
        .flat_map(|row| firsts.iter().map(move |at| row * side + at))
        .flat_map(|start| (0..after).map(move |cell| start * after + cell))
        .collect();
    shape[along] = firsts.len();
    let wholes = |data: &[i64]| Value::wholes(element::INT64, vec![data.len()], data);
    let first_places: Vec<i64> = firsts.iter().map(|at| *at as i64).collect();
    Ok(vec![x.picked(shape, &kept), wholes(&first_places)?, wholes(&inverse)?, wholes(&counts)?])
}
