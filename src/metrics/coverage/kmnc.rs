//! k-multisection neuron coverage.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::metrics::coverage::profile::Profile;
use crate::metrics::coverage::{Criterion, CriterionKind, Of, Tally, is_on, switch};

const SECTIONS: ParamSpec = ParamSpec::setting("k", "Sections of each range", "", [1.0, 100_000.0], 1000.0);
const CLOSED: ParamSpec = switch("closed", "The highest value belongs to the last section", 1.0);

/// Sections of the range of each neuron that an input has reached.
pub static KIND: CriterionKind = CriterionKind {
    id: "kmnc",
    title: "k-multisection neuron coverage",
    meaning: "sections of the range of each neuron on the reference set, cut into k equal ones, that an input falls into; a \
              neuron with one value on the reference set counts with k sections that nothing covers",
    source: "Ma et al., DeepGauge, ASE 2018",
    params: &[SECTIONS, CLOSED],
    of: Of::Samples(make),
};

#[expect(clippy::struct_field_names, reason = "the number of sections")]
struct Sections {
    profile: Arc<Profile>,
    sections: usize,
    closed: bool,
    /// One bit a section, neuron by neuron.
    reached: Vec<u64>,
}

fn make(profile: &Arc<Profile>, params: &Params) -> Box<dyn Criterion> {
    let sections = params.value(&SECTIONS).round().max(1.0) as usize;
    let words = sections.div_ceil(64) * profile.neurons();
    Box::new(Sections {
        profile: Arc::clone(profile),
        sections,
        closed: is_on(params.value(&CLOSED)),
        reached: vec![0; words],
    })
}

impl Criterion for Sections {
    fn add(&mut self, sample: &[Vec<f32>]) {
        let words = self.sections.div_ceil(64);
        let extents = self.profile.extents();
        for ((extent, value), reached) in
            extents.zip(sample.iter().flatten()).zip(self.reached.chunks_exact_mut(words))
        {
            let inside = *value >= extent.low
                && (*value < extent.high || (self.closed && *value <= extent.high))
                && extent.low < extent.high;
            if inside {
                let (low, high) = (f64::from(extent.low), f64::from(extent.high));
                let part = (f64::from(*value) - low) / (high - low);
                let section = ((part * self.sections as f64) as usize).min(self.sections - 1);
                reached[section / 64] |= 1 << (section % 64);
            }
        }
    }

    fn tally(&self) -> Tally {
        let covered: u32 = self.reached.iter().map(|word| word.count_ones()).sum();
        Tally { covered: covered as usize, of: Some(self.sections * self.profile.neurons()) }
    }
}
