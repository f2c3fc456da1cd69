//! Numbers of a transform by the severities 1 to 5 of ImageNet-C and CIFAR-C.

use crate::base::params::ParamSpec;

/// Severity 0 (unchanged) to 5; published are the whole ones.
pub(in crate::transforms::image) const SEVERITY: ParamSpec = ParamSpec {
    id: "severity",
    title: "Severity",
    unit: "of 5",
    min: 0.0,
    max: 5.0,
    neutral: 0.0,
    initial: 3.0,
    step: 0.1,
};

/// Numbers of CIFAR-C, for images of 32 pixels, in place of those of ImageNet-C.
pub(in crate::transforms::image) const SMALL: ParamSpec = ParamSpec {
    id: "cifar",
    title: "Severities of CIFAR-C",
    unit: ParamSpec::SWITCH,
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

/// The numbers of a severity, interpolated between the whole ones; below 1 those of 1.
pub(in crate::transforms::image) fn between<const N: usize>(
    table: &[[f64; N]; 5],
    severity: f64,
) -> [f64; N] {
    let place = (severity - 1.0).clamp(0.0, 4.0);
    let lower = (place.floor() as usize).min(3);
    let part = place - lower as f64;
    std::array::from_fn(|i| table[lower][i] + (table[lower + 1][i] - table[lower][i]) * part)
}
