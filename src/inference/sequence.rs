//! Preprocessing of windows of a recording for models of sequences.

use crate::base::time::Span;
use crate::data::time::window::Window;
use crate::inference::Tensor;
use crate::inference::card::{InputCard, Layout};
use crate::inference::fit::InputError;
use crate::inference::inputs::Prepared;
use crate::inference::preprocess;
use crate::inference::window_card::{Order, SignalsCard, Stacking, WindowCard};

impl WindowCard {
    /// Shape of the input of images, with a batch of one.
    pub(super) fn shape(&self, input: &InputCard, channels: usize) -> Vec<usize> {
        let (height, width, frames) = (input.height as usize, input.width as usize, self.frames);
        match (self.stacking, input.layout) {
            (Stacking::Time, Layout::Nchw) => vec![1, frames, channels, height, width],
            (Stacking::Time, Layout::Nhwc) => vec![1, frames, height, width, channels],
            (Stacking::ChannelsFirst, _) => vec![1, channels, frames, height, width],
            (Stacking::Channels, Layout::Nchw) => vec![1, frames * channels, height, width],
            (Stacking::Channels, Layout::Nhwc) => vec![1, height, width, frames * channels],
        }
    }

    /// The inputs of the graph, and the placement of the latest image in its own.
    pub(super) fn inputs(
        &self,
        window: &Window,
        input: &InputCard,
        channels: usize,
    ) -> Result<Prepared, InputError> {
        let (mut tensors, mut placed) = (Vec::new(), None);
        if self.frames > 0 {
            let Some((_, latest)) = window.frames.last() else {
                return Err(InputError::NoImages);
            };
            let mut all = Vec::with_capacity(self.frames);
            for back in (0..self.frames).rev() {
                // Frames before the start of the recording repeat its first frame.
                let at = (window.frames.len() - 1).saturating_sub(back * self.step.max(1));
                let (tensor, place) = preprocess::input(&window.frames[at].1, input);
                placed = Some((latest.size(), place));
                all.push(tensor.data);
            }
            let shape = self.shape(input, channels);
            tensors.push(Tensor {
                name: input.name.clone(),
                shape,
                data: self.stacked(&all, input, channels),
            });
        }
        if let Some(signals) = &self.signals {
            tensors.push(signals.tensor(window)?);
        }
        Ok((tensors, placed))
    }

    fn stacked(&self, frames: &[Vec<f32>], input: &InputCard, channels: usize) -> Vec<f32> {
        let plane = input.height as usize * input.width as usize;
        match (self.stacking, input.layout) {
            (Stacking::Time, _) | (Stacking::Channels, Layout::Nchw) => frames.concat(),
            (Stacking::ChannelsFirst, layout) => {
                let mut data = Vec::with_capacity(frames.len() * plane * channels);
                for c in 0..channels {
                    for frame in frames {
                        match layout {
                            Layout::Nchw => data.extend_from_slice(&frame[c * plane..(c + 1) * plane]),
                            Layout::Nhwc => data.extend(frame.iter().skip(c).step_by(channels)),
                        }
                    }
                }
                data
            }
            (Stacking::Channels, Layout::Nhwc) => {
                let mut data = Vec::with_capacity(frames.len() * plane * channels);
                for pixel in 0..plane {
                    for frame in frames {
                        data.extend_from_slice(&frame[pixel * channels..(pixel + 1) * channels]);
                    }
                }
                data
            }
        }
    }
}

impl SignalsCard {
    /// Shape of the input, with a batch of one.
    pub(super) fn shape(&self) -> Vec<usize> {
        let (samples, signals) = (self.samples, self.names.len());
        match self.order {
            Order::TimeFirst => vec![1, samples, signals],
            Order::SignalsFirst => vec![1, signals, samples],
            Order::Flat => vec![1, samples * signals],
        }
    }

    /// Each value is the last one at or before its time; before the first value it is that one.
    fn tensor(&self, window: &Window) -> Result<Tensor, InputError> {
        let mut columns = Vec::with_capacity(self.names.len());
        for (number, name) in self.names.iter().enumerate() {
            let series =
                window.signals.named(name).ok_or_else(|| InputError::NoSignal { name: name.clone() })?;
            let mean = self.mean.get(number).copied().unwrap_or(0.0);
            let std = self.std.get(number).copied().filter(|std| *std != 0.0).unwrap_or(1.0);
            let mut values = Vec::with_capacity(self.samples);
            for back in (0..self.samples).rev() {
                let time = window.at - Span::from_secs(self.period * back as f64);
                let value = series.at(time).or_else(|| series.values.first().copied());
                let value = value
                    .filter(|value| value.is_finite())
                    .ok_or_else(|| InputError::NoValue { name: name.clone(), secs: time.secs() })?;
                values.push(((value - mean) / std) as f32);
            }
            columns.push(values);
        }
        let data = match self.order {
            Order::SignalsFirst => columns.concat(),
            Order::TimeFirst | Order::Flat => {
                (0..self.samples).flat_map(|at| columns.iter().map(move |column| column[at])).collect()
            }
        };
        Ok(Tensor { name: self.input.clone(), shape: self.shape(), data })
    }
}
