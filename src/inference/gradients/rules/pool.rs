//! Pooling over windows.

use super::window::{Window, output_shape};
use super::{Back, Below, Facts, Made, Rule, RuleKind, Scratch, each, room};
use crate::base::simd::widened;
use crate::inference::gradients::error::GradientError;

/// The largest number of each window.
pub(super) static MAX: RuleKind = RuleKind { operators: &["MaxPool"], make: make_max };
/// The mean of each window.
pub(super) static AVERAGE: RuleKind = RuleKind { operators: &["AveragePool"], make: make_average };

struct Max {
    window: Window,
}

fn make_max(facts: &Facts<'_>) -> Result<Made, GradientError> {
    if facts.node.outputs.get(1).is_some_and(|name| !name.is_empty()) {
        return Err(facts.unsupported("is supported without indices only"));
    }
    let shape = facts.shape(0)?;
    let window = Window::of(facts, shape, None)?;
    let made = output_shape(shape, shape[1], window.to);
    Ok(Made::Rule(Box::new(Max { window }), vec![made]))
}

impl Rule for Max {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        outputs[0].fill(f32::NEG_INFINITY);
        visit(&self.window, images, outputs[0].len(), |made, given| {
            raise(&mut outputs[0][made..made + images], &inputs[0][given..given + images]);
        });
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, scratch: &mut Scratch) {
        let (made, images) = (back.outputs[0], back.images);
        // The first of the largest numbers of each window gets all of it.
        let left = room(&mut scratch.rows, back.above().len());
        left.copy_from_slice(back.above());
        let sum = below.sum();
        visit(&self.window, images, made.len(), |to, from| {
            let (left, made) = (&mut left[to..to + images], &made[to..to + images]);
            hand_down(&mut sum[from..from + images], left, &back.inputs[0][from..from + images], made);
        });
    }

    fn needs_output(&self) -> bool {
        true
    }
}

widened! {
    fn raise(made: &mut [f32], given: &[f32]) {
        for (made, given) in made.iter_mut().zip(given) {
            *made = if *given > *made { *given } else { *made };
        }
    }
}

widened! {
    #[expect(clippy::float_cmp, reason = "the greatest number was copied")]
    fn hand_down(below: &mut [f32], left: &mut [f32], given: &[f32], made: &[f32]) {
        for ((below, left), (given, made)) in below.iter_mut().zip(left).zip(given.iter().zip(made)) {
            let same = *given == *made;
            *below += if same { *left } else { 0.0 };
            *left = if same { 0.0 } else { *left };
        }
    }
}

/// Visits every cell of every window: the places of its output and of its input.
fn visit(window: &Window, images: usize, numbers: usize, mut take: impl FnMut(usize, usize)) {
    let (from, to) = (window.input_plane(), window.output_plane());
    for channel in 0..numbers / (to * images).max(1) {
        for row in 0..window.to[0] {
            for cell in 0..window.cells() {
                window.seen(row, cell, |inside, start| {
                    for (number, column) in inside.enumerate() {
                        let made = channel * to + row * window.to[1] + column;
                        take(made * images, (channel * from + start + number * window.stride[1]) * images);
                    }
                });
            }
        }
    }
}

struct Average {
    window: Window,
    /// One over the numbers of each window.
    shares: Vec<f32>,
}

fn make_average(facts: &Facts<'_>) -> Result<Made, GradientError> {
    let shape = facts.shape(0)?;
    let window = Window::of(facts, shape, None)?;
    let mut counts = vec![0_usize; window.output_plane()];
    visit(&window, 1, window.output_plane(), |made, _| counts[made] += 1);
    if facts.node.whole("count_include_pad", 0) != 0 {
        if facts.node.whole("ceil_mode", 0) != 0 {
            return Err(facts.unsupported("is supported with counted padding or rounding up, not both"));
        }
        counts.fill(window.cells());
    }
    let shares = counts.iter().map(|count| 1.0 / (*count).max(1) as f32).collect();
    let made = output_shape(shape, shape[1], window.to);
    Ok(Made::Rule(Box::new(Average { window, shares }), vec![made]))
}

impl Rule for Average {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        outputs[0].fill(0.0);
        visit(&self.window, images, outputs[0].len(), |made, given| {
            let share = self.shares[made / images % self.shares.len()];
            each::add_times(&mut outputs[0][made..made + images], &inputs[0][given..given + images], share);
        });
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let (images, above, sum) = (back.images, back.above(), below.sum());
        visit(&self.window, images, above.len(), |made, given| {
            let share = self.shares[made / images % self.shares.len()];
            each::add_times(&mut sum[given..given + images], &above[made..made + images], share);
        });
    }
}
