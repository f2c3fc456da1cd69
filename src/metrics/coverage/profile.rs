//! Profile of a reference set: the range of each neuron on it.

use serde::{Deserialize, Serialize};

use crate::base::bits;

/// Range of one neuron on the reference set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    /// Smallest value.
    #[serde(with = "bits::single")]
    pub low: f32,
    /// Largest value.
    #[serde(with = "bits::single")]
    pub high: f32,
    #[serde(with = "bits::double")]
    mean: f64,
    /// Sum of squared differences from the mean.
    #[serde(with = "bits::double")]
    squares: f64,
}

/// Ranges of the neurons of each layer on a reference set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Number of inputs.
    pub inputs: usize,
    /// Layer by layer, neuron by neuron.
    pub layers: Vec<Vec<Extent>>,
}

impl Profile {
    /// Adds the neurons of one input. Values that are not finite are left out.
    pub fn add(&mut self, sample: &[Vec<f32>]) {
        self.inputs += 1;
        let count = self.inputs as f64;
        self.layers.resize_with(self.layers.len().max(sample.len()), Vec::new);
        for (known, values) in self.layers.iter_mut().zip(sample) {
            let empty = Extent { low: f32::INFINITY, high: f32::NEG_INFINITY, mean: 0.0, squares: 0.0 };
            known.resize(known.len().max(values.len()), empty);
            for (extent, value) in known.iter_mut().zip(values).filter(|(_, value)| value.is_finite()) {
                extent.low = extent.low.min(*value);
                extent.high = extent.high.max(*value);
                // Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
                let away = f64::from(*value) - extent.mean;
                extent.mean += away / count;
                extent.squares += away * (f64::from(*value) - extent.mean);
            }
        }
    }

    /// Number of neurons.
    pub fn neurons(&self) -> usize {
        self.layers.iter().map(Vec::len).sum()
    }

    /// Standard deviation of a neuron over the reference set, by the number of inputs.
    pub fn deviation(&self, extent: &Extent) -> f64 {
        (extent.squares / self.inputs.max(1) as f64).max(0.0).sqrt()
    }

    /// Layer and index of the neurons that have one value on the whole reference set; mostly rectifiers that never open.
    pub fn constant(&self) -> Vec<(usize, usize)> {
        let layers = self.layers.iter().enumerate();
        let of = |(layer, neurons): (usize, &Vec<Extent>)| {
            let still = neurons.iter().enumerate().filter(|(_, extent)| extent.low >= extent.high);
            still.map(|(neuron, _)| (layer, neuron)).collect::<Vec<_>>()
        };
        layers.flat_map(of).collect()
    }

    /// All neurons, layer by layer.
    pub(super) fn extents(&self) -> impl Iterator<Item = &Extent> {
        self.layers.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_deviations_are_those_of_the_inputs() {
        let mut profile = Profile::default();
        for value in [1.0, 2.0, 4.0] {
            profile.add(&[vec![value, 0.0], vec![-value]]);
        }
        let first = profile.layers[0][0];
        assert_eq!((first.low.to_bits(), first.high.to_bits()), (1.0_f32.to_bits(), 4.0_f32.to_bits()));
        assert!((profile.deviation(&first) - (14.0_f64 / 9.0).sqrt()).abs() < 1e-12);
        assert_eq!((profile.neurons(), profile.constant()), (3, vec![(0, 1)]));
    }
}
