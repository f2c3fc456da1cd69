//! Preprocessing of point clouds: the ground seen from above, cell by cell.

use crate::data::geometry::points::PointCloud;
use crate::inference::Tensor;
use crate::inference::card::{Feature, InputCard, Layout, PointsCard};

/// Number of points in a full cell: log(1 + n) / log(1 + 64), at most 1, as in many bird's-eye-view detectors.
const FULL: f32 = 64.0;

/// The input tensor, batch of one: rows go forward, columns to the left, over the card's ranges.
///
/// Points outside of the ranges are left out. Height is 0 at the lower end of `up` and 1 at its upper end,
/// intensity is taken as recorded and divided by 255 if any point has more than 1.
pub(super) fn input(cloud: &PointCloud, input: &InputCard, card: &PointsCard) -> Tensor {
    let (rows, columns) = (input.height as usize, input.width as usize);
    let plane = rows * columns;
    let mut count = vec![0_u32; plane];
    let mut highest = vec![0.0_f32; plane];
    let mut lowest = vec![1.0_f32; plane];
    let mut strongest = vec![0.0_f32; plane];
    let intensity = cloud.field("intensity");
    let full =
        if intensity.is_some_and(|values| values.iter().any(|value| *value > 1.0)) { 255.0 } else { 1.0 };
    let place = |value: f32, [from, to]: [f32; 2], cells: usize| {
        let at = (value - from) / (to - from) * cells as f32;
        (at >= 0.0 && at < cells as f32).then_some(at as usize)
    };
    for (i, [x, y, z]) in cloud.positions.iter().enumerate() {
        let (Some(row), Some(column)) = (place(*x, card.ahead, rows), place(*y, card.left, columns)) else {
            continue;
        };
        if *z < card.up[0] || *z > card.up[1] {
            continue;
        }
        let cell = row * columns + column;
        let height = (z - card.up[0]) / (card.up[1] - card.up[0]);
        count[cell] += 1;
        highest[cell] = highest[cell].max(height);
        lowest[cell] = lowest[cell].min(height);
        let strong = intensity.and_then(|values| values.get(i)).map_or(0.0, |value| value / full);
        strongest[cell] = strongest[cell].max(strong);
    }
    let value = |feature: Feature, cell: usize| match feature {
        _ if count[cell] == 0 => 0.0,
        Feature::Highest => highest[cell],
        Feature::Lowest => lowest[cell],
        Feature::Intensity => strongest[cell],
        Feature::Density => (libm::log1pf(count[cell] as f32) / libm::log1pf(FULL)).min(1.0),
        Feature::Occupied => 1.0,
    };
    let features = card.features.len();
    let (shape, data) = match input.layout {
        Layout::Nchw => {
            let planes = card.features.iter().flat_map(|f| (0..plane).map(move |cell| (*f, cell)));
            (vec![1, features, rows, columns], planes.map(|(f, cell)| value(f, cell)).collect())
        }
        Layout::Nhwc => {
            let cells = (0..plane).flat_map(|cell| card.features.iter().map(move |f| (*f, cell)));
            (vec![1, rows, columns, features], cells.map(|(f, cell)| value(f, cell)).collect())
        }
    };
    Tensor { name: input.name.clone(), shape, data }
}
