//! Convolution of each channel by itself.

use super::window::Window;
use super::{Back, Below, Rule, Scratch, each};

/// Each channel of the input makes `each` channels of the output.
pub(super) struct Depthwise {
    pub(super) weights: Vec<f32>,
    pub(super) bias: Option<Vec<f32>>,
    pub(super) window: Window,
    pub(super) each: usize,
}

impl Rule for Depthwise {
    fn forward(&self, inputs: &[&[f32]], outputs: &mut [Vec<f32>], images: usize, _: &mut Scratch) {
        let window = &self.window;
        let (from, to) = (window.input_plane() * images, window.output_plane() * images);
        let (width, step) = (window.to[1] * images, window.stride[1]);
        for (channel, made) in outputs[0].chunks_exact_mut(to).enumerate() {
            made.fill(self.bias.as_ref().map_or(0.0, |bias| bias[channel]));
            let given = &inputs[0][channel / self.each * from..][..from];
            for (row, made) in made.chunks_exact_mut(width).enumerate() {
                for cell in 0..window.cells() {
                    let weight = self.weights[channel * window.cells() + cell];
                    window.seen(row, cell, |inside, start| {
                        let made = &mut made[inside.start * images..inside.end * images];
                        if step == 1 {
                            each::add_times(made, &given[start * images..][..made.len()], weight);
                        } else {
                            for (made, from) in made.chunks_exact_mut(images).zip((start..).step_by(step)) {
                                each::add_times(made, &given[from * images..][..images], weight);
                            }
                        }
                    });
                }
            }
        }
    }

    fn backward(&self, _: usize, back: &Back<'_>, below: &mut Below<'_>, _: &mut Scratch) {
        let (window, images) = (&self.window, back.images);
        let (from, to) = (window.input_plane() * images, window.output_plane() * images);
        let (width, step) = (window.to[1] * images, window.stride[1]);
        let sum = below.sum();
        for (channel, above) in back.above().chunks_exact(to).enumerate() {
            let below = &mut sum[channel / self.each * from..][..from];
            for (row, above) in above.chunks_exact(width).enumerate() {
                for cell in 0..window.cells() {
                    let weight = self.weights[channel * window.cells() + cell];
                    window.seen(row, cell, |inside, start| {
                        let above = &above[inside.start * images..inside.end * images];
                        if step == 1 {
                            each::add_times(&mut below[start * images..][..above.len()], above, weight);
                        } else {
                            for (above, to) in above.chunks_exact(images).zip((start..).step_by(step)) {
                                each::add_times(&mut below[to * images..][..images], above, weight);
                            }
                        }
                    });
                }
            }
        }
    }
}
