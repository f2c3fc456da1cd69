//! Fast powers that are equal on every machine: polynomials with fused multiplication and addition.

/// x to the power of y for x above 0, to about 6 digits.
#[expect(clippy::inline_always, reason = "it is compiled again for wider vectors where it is used")]
#[inline(always)]
pub(super) fn power(x: f32, y: f32) -> f32 {
    exp2(y * log2(x))
}

/// Logarithm to the base 2 of a positive number.
#[expect(clippy::inline_always, reason = "it is compiled again for wider vectors where it is used")]
#[inline(always)]
fn log2(x: f32) -> f32 {
    let bits = x.to_bits();
    // The mantissa between the square roots of a half and of two, and its exponent.
    let shifted = bits.wrapping_sub(0x3f35_04f3) as i32 >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub((shifted << 23) as u32));
    // log2(m) = 2/ln 2 * artanh(z), z = (m - 1) / (m + 1).
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    let series = square.mul_add(0.412_198_6_f32, 0.577_078_f32);
    let series = square.mul_add(series, 0.961_796_7_f32);
    let series = square.mul_add(series, 2.885_39_f32);
    z.mul_add(series, shifted as f32)
}

/// Two to a power.
#[expect(clippy::inline_always, reason = "it is compiled again for wider vectors where it is used")]
#[inline(always)]
fn exp2(x: f32) -> f32 {
    let x = x.clamp(-126.0, 127.0);
    let whole = x.round_ties_even();
    let part = (x - whole) * std::f32::consts::LN_2;
    let series = part.mul_add(1.0 / 720.0, 1.0 / 120.0);
    let series = part.mul_add(series, 1.0 / 24.0);
    let series = part.mul_add(series, 1.0 / 6.0);
    let series = part.mul_add(series, 0.5);
    let series = part.mul_add(series, 1.0);
    let series = part.mul_add(series, 1.0);
    series * f32::from_bits((((whole as i32) + 127) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_right_to_a_millionth() {
        for i in 0..4000_i32 {
            let x = 1.5e-7 * 1.008_f32.powi(i);
            for y in [0.895_f32, 1.79, -0.5] {
                let (ours, exact) = (f64::from(power(x, y)), f64::from(x).powf(f64::from(y)));
                if (1e-35..1e35).contains(&exact) {
                    assert!((ours / exact - 1.0).abs() < 6e-6, "{x}^{y}: {ours} for {exact}");
                }
            }
        }
    }
}
