//! The backward pass through window operators: convolution and pooling, in two dimensions.

use crate::inference::gradients::Step;
use crate::inference::gradients::error::GradientError;

/// Geometry of a window operator.
struct Window {
    /// Batch, channels, rows and columns of the input.
    from: [usize; 4],
    /// Batch, channels, rows and columns of the output.
    to: [usize; 4],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    /// Above and left of the input.
    pad: [usize; 2],
}

impl Window {
    fn of(step: &Step<'_>, kernel: Option<[usize; 2]>) -> Result<Self, GradientError> {
        let four = |shape: &[usize]| {
            <[usize; 4]>::try_from(shape).map_err(|_err| {
                GradientError::unsupported(format!(
                    "the gradient of {} is supported in two dimensions only (step {})",
                    step.node.operator, step.node.name
                ))
            })
        };
        let two = |name: &str, otherwise: usize| -> [usize; 2] {
            let given = step.node.wholes(name);
            let at = |i: usize| given.get(i).map_or(otherwise, |value| (*value).max(0) as usize);
            [at(0), at(1)]
        };
        let (from, to) = (four(&step.input(0)?.shape)?, four(&step.output()?.shape)?);
        let kernel = kernel.unwrap_or_else(|| two("kernel_shape", 1));
        let (stride, dilation) = (two("strides", 1).map(|side| side.max(1)), two("dilations", 1));
        let mut pad = two("pads", 0);
        let auto = step.node.word("auto_pad");
        if auto.starts_with("SAME") {
            for axis in 0..2 {
                let seen = (to[axis + 2].max(1) - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
                let all = seen.saturating_sub(from[axis + 2]);
                pad[axis] = if auto == "SAME_LOWER" { all.div_ceil(2) } else { all / 2 };
            }
        }
        Ok(Self { from, to, kernel, stride, dilation, pad })
    }

    /// The row or column of the input under a cell of the kernel, for a cell of the output.
    fn place(&self, axis: usize, output: usize, kernel: usize) -> Option<usize> {
        let at = (output * self.stride[axis] + kernel * self.dilation[axis]).checked_sub(self.pad[axis])?;
        (at < self.from[axis + 2]).then_some(at)
    }

    /// Calls `take` for every cell of a window with its position in the plane of the input.
    fn cells(&self, row: usize, column: usize, mut take: impl FnMut(usize)) {
        for y in (0..self.kernel[0]).filter_map(|k| self.place(0, row, k)) {
            for x in (0..self.kernel[1]).filter_map(|k| self.place(1, column, k)) {
                take(y * self.from[3] + x);
            }
        }
    }
}

pub(super) fn conv(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let (x, weights) = (step.input(0)?, step.input(1)?);
    let &[outputs, each, tall, wide] = weights.shape.as_slice() else {
        return Err(GradientError::unsupported(format!(
            "the gradient of Conv is supported in two dimensions only (step {})",
            step.node.name
        )));
    };
    let window = Window::of(step, Some([tall, wide]))?;
    let groups = step.node.whole("group", 1).max(1) as usize;
    let (plane, above_plane) = (window.from[2] * window.from[3], window.to[2] * window.to[3]);
    let mut below = vec![0.0; x.data.len()];
    for batch in 0..window.from[0] {
        for output in 0..outputs {
            let group = output / (outputs / groups).max(1);
            let above = &step.above[(batch * outputs + output) * above_plane..][..above_plane];
            for channel in 0..each {
                let input = batch * window.from[1] + group * each + channel;
                let below = &mut below[input * plane..(input + 1) * plane];
                for (ky, kx) in (0..tall).flat_map(|ky| (0..wide).map(move |kx| (ky, kx))) {
                    let weight = weights.data[((output * each + channel) * tall + ky) * wide + kx];
                    for row in 0..window.to[2] {
                        let Some(y) = window.place(0, row, ky) else { continue };
                        for column in 0..window.to[3] {
                            if let Some(x) = window.place(1, column, kx) {
                                below[y * window.from[3] + x] += weight * above[row * window.to[3] + column];
                            }
                        }
                    }
                }
            }
        }
    }
    Ok(below)
}

/// The first of the largest cells of each window gets all of it.
pub(super) fn max_pool(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let (x, window) = (step.input(0)?, Window::of(step, None)?);
    pooled(step, &window, |plane, row, column, above, below| {
        let mut best: Option<usize> = None;
        window.cells(row, column, |at| {
            if best.is_none_or(|best| x.data[plane + at] > x.data[plane + best]) {
                best = Some(at);
            }
        });
        if let Some(best) = best {
            below[best] += above;
        }
    })
}

pub(super) fn average_pool(step: &Step<'_>) -> Result<Vec<f32>, GradientError> {
    let window = Window::of(step, None)?;
    let with_pad = step.node.whole("count_include_pad", 0) != 0;
    pooled(step, &window, |_, row, column, above, below| {
        let mut count = 0;
        window.cells(row, column, |_| count += 1);
        let of = if with_pad { window.kernel[0] * window.kernel[1] } else { count };
        window.cells(row, column, |at| below[at] += above / of.max(1) as f32);
    })
}

/// Visits every window: the start of its plane, its row and column, its gradient, and the plane below.
fn pooled(
    step: &Step<'_>,
    window: &Window,
    mut take: impl FnMut(usize, usize, usize, f32, &mut [f32]),
) -> Result<Vec<f32>, GradientError> {
    let plane = window.from[2] * window.from[3];
    let mut below = vec![0.0; step.input(0)?.data.len()];
    let mut above = step.above.iter();
    for of in 0..window.to[0] * window.to[1] {
        for row in 0..window.to[2] {
            for column in 0..window.to[3] {
                if let Some(value) = above.next() {
                    take(of * plane, row, column, *value, &mut below[of * plane..(of + 1) * plane]);
                }
            }
        }
    }
    Ok(below)
}
