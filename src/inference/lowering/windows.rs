//! `HannWindow`, `HammingWindow` and `BlackmanWindow`: sums of cosines.

use super::call::Call;
use super::error::LoweringError;
use super::values::Value;
use super::{Action, LoweringKind};

/// Factors 0.42, 0.5 and 0.08.
pub(super) static BLACKMAN: LoweringKind = LoweringKind {
    operator: "BlackmanWindow",
    lower: |_, _| Ok(Action::Own(|call| window(call, [0.42, -0.5, 0.08]))),
};
/// Factors 25/46 and 21/46.
pub(super) static HAMMING: LoweringKind = LoweringKind {
    operator: "HammingWindow",
    lower: |_, _| Ok(Action::Own(|call| window(call, [25.0 / 46.0, -21.0 / 46.0, 0.0]))),
};
/// Factors one half and one half.
pub(super) static HANN: LoweringKind = LoweringKind {
    operator: "HannWindow",
    lower: |_, _| Ok(Action::Own(|call| window(call, [0.5, -0.5, 0.0]))),
};

fn window(call: &Call<'_>, factors: [f64; 3]) -> Result<Vec<Value>, LoweringError> {
    let size = call.input(0)?.to_wholes().first().copied().unwrap_or(0).max(0) as usize;
    let periods = if call.node.whole("periodic", 1) != 0 { size } else { size.saturating_sub(1) };
    let value = |at: usize| {
        let turn = 2.0 * std::f64::consts::PI * at as f64 / periods.max(1) as f64;
        factors.iter().enumerate().map(|(k, factor)| factor * (turn * k as f64).cos()).sum()
    };
    let data: Vec<f64> = (0..size).map(value).collect();
    Ok(vec![Value::of(call.made(0), vec![size], &data)?])
}
