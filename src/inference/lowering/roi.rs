//! `RoiAlign`: the part of a feature map in each box, at one size.

use super::call::Call;
use super::error::LoweringError;
use super::values::Value;
use super::{Action, LoweringKind};

/// Mean of bilinear samples in each cell of a box.
pub(super) static ROI_ALIGN: LoweringKind = LoweringKind {
    operator: "RoiAlign",
    lower: |node, _| match node.word("mode", "avg").as_str() {
        "avg" => Ok(Action::Own(align)),
        other => Err(LoweringError::unsupported(format!("its mode {other:?}"))),
    },
};

fn align(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, rois, batch) = (call.input(0)?, call.input(1)?, call.input(2)?.to_wholes());
    let &[batches, channels, height, width] = x.shape.as_slice() else {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    };
    let (boxes, data) = (rois.to_floats(), x.to_floats());
    if rois.shape != [batch.len(), 4] || height == 0 || width == 0 {
        return Err(LoweringError::shape(format!(
            "its boxes have the shape {:?} for {} batch indices",
            rois.shape,
            batch.len()
        )));
    }
    let size = |name| call.node.whole(name, 1).max(1) as usize;
    let (rows, columns) = (size("output_height"), size("output_width"));
    let scale = call.node.number("spatial_scale", 1.0);
    let per_cell = call.node.whole("sampling_ratio", 0).max(0) as usize;
    let default = if call.opset >= 16 { "half_pixel" } else { "output_half_pixel" };
    let half = call.node.word("coordinate_transformation_mode", default) == "half_pixel";
    let mut y = Vec::with_capacity(batch.len() * channels * rows * columns);
    for (number, corners) in boxes.as_chunks::<4>().0.iter().enumerate() {
        let image = usize::try_from(batch[number]).ok().filter(|at| *at < batches);
        let image = image.ok_or_else(|| {
            LoweringError::number(format!("its batch index {} does not exist", batch[number]))
        })?;
        let [x0, y0, x1, y1] = corners.map(|value| value * scale - if half { 0.5 } else { 0.0 });
        let length = |from: f32, to: f32| if half { to - from } else { (to - from).max(1.0) };
        let cell = (length(y0, y1) / rows as f32, length(x0, x1) / columns as f32);
        let samples = |extent: f32| if per_cell > 0 { per_cell } else { extent.ceil().max(0.0) as usize };
        let (down, across) = (samples(cell.0), samples(cell.1));
        for channel in 0..channels {
            let plane = &data[(image * channels + channel) * height * width..][..height * width];
            for row in 0..rows {
                for column in 0..columns {
                    let mut sum = 0.0;
                    for i in 0..down {
                        let at = y0 + row as f32 * cell.0 + (i as f32 + 0.5) * cell.0 / down as f32;
                        for j in 0..across {
                            let over =
                                x0 + column as f32 * cell.1 + (j as f32 + 0.5) * cell.1 / across as f32;
                            sum += bilinear(plane, (height, width), at, over);
                        }
                    }
                    y.push(sum / (down * across).max(1) as f32);
                }
            }
        }
    }
    Ok(vec![Value::floats(vec![batch.len(), channels, rows, columns], y)])
}

fn bilinear(plane: &[f32], (height, width): (usize, usize), y: f32, x: f32) -> f32 {
    if y < -1.0 || y > height as f32 || x < -1.0 || x > width as f32 {
        return 0.0;
    }
    let along = |at: f32, side: usize| {
        let at = at.max(0.0);
        let low = at as usize;
        if low + 1 >= side { (side - 1, side - 1, 0.0) } else { (low, low + 1, at - low as f32) }
    };
    let ((top, bottom, down), (left, right, over)) = (along(y, height), along(x, width));
    let at = |y: usize, x: usize| plane[y * width + x];
    (1.0 - down) * ((1.0 - over) * at(top, left) + over * at(top, right))
        + down * ((1.0 - over) * at(bottom, left) + over * at(bottom, right))
}
