//! Sizes of changes: norms over all numbers of an image in 0 to 1, balls around it, and random places in them.

use crate::base::rng::Rng;

/// Smallest length that is divided by.
const FLOOR: f64 = 1e-12;

/// Norm of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// The largest change of a number.
    Linf,
    /// The square root of the sum of squares.
    L2,
    /// The sum of absolute changes.
    L1,
}

/// A size as people write it: a number of 0 and above, or a fraction like `8/255`; none if the text is neither.
fn parse_size(text: &str) -> Option<f64> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let value = match text.split_once('/') {
        Some((a, b)) => number(a).zip(number(b)).map(|(a, b)| a / b),
        None => number(text),
    };
    value.filter(|value| value.is_finite() && *value >= 0.0)
}

/// Reason why a text holds no sizes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// A part is no number.
    #[error("{0:?} is no size, expected one like 8/255 or 0.03")]
    NoSize(String),
    /// A change by more than the whole range.
    #[error("an eps of {0} is more than the whole range, linf is at most 1")]
    TooLarge(String),
    /// There is nothing.
    #[error("write a size like 8/255")]
    Empty,
}

/// The sizes in a text, separated by commas: growing, each once.
pub fn parse_sizes(text: &str, norm: Norm) -> Result<Vec<f64>, SizeError> {
    let mut sizes = Vec::new();
    for part in text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let size = parse_size(part).ok_or_else(|| SizeError::NoSize(part.to_owned()))?;
        if norm == Norm::Linf && size > 1.0 {
            return Err(SizeError::TooLarge(part.to_owned()));
        }
        sizes.push(size);
    }
    if sizes.is_empty() {
        return Err(SizeError::Empty);
    }
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    Ok(sizes)
}

/// A size as it is written: in 255ths where it is a whole number of them.
pub fn size_text(norm: Norm, eps: f64) -> String {
    let levels = eps * 255.0;
    if norm == Norm::Linf && (levels - levels.round()).abs() < 1e-9 {
        return format!("{}/255", levels.round());
    }
    let text = format!("{eps:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Norm {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Linf, Self::L2, Self::L1];

    /// Name on the command line and in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Linf => "linf",
            Self::L2 => "l2",
            Self::L1 => "l1",
        }
    }

    /// Epsilon if none is asked for.
    pub fn usual_eps(self) -> f64 {
        match self {
            Self::Linf => 8.0 / 255.0,
            Self::L2 => 1.0,
            Self::L1 => 10.0,
        }
    }

    /// Size of a change.
    pub fn size(self, change: impl IntoIterator<Item = f32>) -> f64 {
        let numbers = change.into_iter().map(|value| f64::from(value).abs());
        match self {
            Self::Linf => numbers.fold(0.0, f64::max),
            Self::L2 => numbers.map(|value| value * value).sum::<f64>().sqrt(),
            Self::L1 => numbers.sum(),
        }
    }

    /// The steepest step of length one along a gradient: signs, or the gradient by its own norm.
    pub(super) fn steepest(self, gradient: &mut [f32]) {
        match self {
            Self::Linf => gradient.iter_mut().for_each(|value| *value = sign(*value)),
            Self::L2 | Self::L1 => {
                let length = self.size(gradient.iter().copied()).max(FLOOR);
                for value in gradient.iter_mut() {
                    *value = (f64::from(*value) / length) as f32;
                }
            }
        }
    }

    /// Moves a change into the ball of size `eps`, to its nearest point.
    pub(super) fn project(self, change: &mut [f32], eps: f64) {
        match self {
            Self::Linf => {
                let eps = eps as f32;
                for value in change.iter_mut() {
                    *value = value.clamp(-eps, eps);
                }
            }
            Self::L2 => {
                let length = self.size(change.iter().copied());
                if length > eps {
                    let factor = (eps / length.max(FLOOR)) as f32;
                    for value in change.iter_mut() {
                        *value *= factor;
                    }
                }
            }
            Self::L1 => simplex(change, eps),
        }
    }

    /// A change that is uniform in the ball of size `eps`.
    pub(super) fn uniform(self, rng: &mut Rng, count: usize, eps: f64) -> Vec<f32> {
        match self {
            Self::Linf => (0..count).map(|_| ((2.0 * rng.unit() - 1.0) * eps) as f32).collect(),
            Self::L2 => {
                let mut change: Vec<f32> = normals(rng, count);
                let radius = libm::pow(rng.unit(), 1.0 / count.max(1) as f64) * eps;
                self.rescale(&mut change, radius);
                change
            }
            Self::L1 => {
                let draw = |rng: &mut Rng| {
                    let (length, side) = (-libm::log(1.0 - rng.unit()), rng.unit());
                    (if side < 0.5 { -length } else { length }) as f32
                };
                let mut change: Vec<f32> = (0..count).map(|_| draw(rng)).collect();
                let radius = libm::pow(rng.unit(), 1.0 / count.max(1) as f64) * eps;
                self.rescale(&mut change, radius);
                change
            }
        }
    }

    /// Multiplies a change so that it has this size.
    pub(super) fn rescale(self, change: &mut [f32], size: f64) {
        let factor = size / self.size(change.iter().copied()).max(FLOOR);
        for value in change.iter_mut() {
            *value = (f64::from(*value) * factor) as f32;
        }
    }
}

/// 1, -1, or 0 of zero and of what is no number.
pub(super) fn sign(value: f32) -> f32 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// Numbers of the standard normal distribution (Box and Muller, 1958).
pub(super) fn normals(rng: &mut Rng, count: usize) -> Vec<f32> {
    let mut numbers = Vec::with_capacity(count + 1);
    while numbers.len() < count {
        let radius = (-2.0 * libm::log(1.0 - rng.unit())).sqrt();
        let angle = std::f64::consts::TAU * rng.unit();
        numbers.push((radius * libm::cos(angle)) as f32);
        numbers.push((radius * libm::sin(angle)) as f32);
    }
    numbers.truncate(count);
    numbers
}

/// The nearest change whose absolute numbers add up to at most `eps` (Duchi et al., "Efficient Projections onto the
/// l1-Ball for Learning in High Dimensions", ICML 2008).
fn simplex(change: &mut [f32], eps: f64) {
    let sum: f64 = change.iter().map(|value| f64::from(value.abs())).sum();
    if sum <= eps {
        return;
    }
    let mut sorted: Vec<f64> = change.iter().map(|value| f64::from(value.abs())).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut total, mut limit) = (0.0, 0.0);
    for (at, value) in sorted.iter().enumerate() {
        total += value;
        let cut = (total - eps) / (at + 1) as f64;
        if *value > cut {
            limit = cut;
        }
    }
    for value in change {
        *value = (sign(*value) * (f64::from(value.abs()) - limit).max(0.0) as f32).clamp(-1e9, 1e9);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_end_in_their_ball() {
        let mut rng = Rng::new(5);
        for norm in Norm::ALL {
            let inside = norm.uniform(&mut rng, 30, 0.7);
            assert!(norm.size(inside.iter().copied()) <= 0.7 + 1e-6);
            let mut far: Vec<f32> = normals(&mut rng, 30);
            norm.project(&mut far, 0.7);
            assert!((norm.size(far.iter().copied()) - 0.7).abs() < 1e-5, "{norm:?}");
            let again = far.clone();
            norm.project(&mut far, 0.7001);
            assert_eq!(far, again, "what is inside stays");
        }
        let mut one = vec![3.0, -1.0, 0.5];
        Norm::L1.project(&mut one, 2.0);
        assert_eq!(one, [2.0, 0.0, 0.0]);
    }
}
