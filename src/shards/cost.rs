//! Cost of a run, by stated prices and a measured speed.

use std::str::FromStr;

/// Prices in dollars. Those at the start are of spot machines and object storage of one region, as rounded from the price
/// lists of three clouds in 2026.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// One virtual processor for an hour.
    pub vcpu_hour: f64,
    /// Part of the time that is lost to starts, slow machines and interruptions, on top.
    pub overhead: f64,
    /// 1,000 requests that read.
    pub reads: f64,
    /// 1,000 requests that write.
    pub writes: f64,
    /// A gigabyte that is read, 0 within one region.
    pub gigabyte: f64,
}

impl Default for Prices {
    fn default() -> Self {
        Self { vcpu_hour: 0.0446, overhead: 0.1, reads: 0.0004, writes: 0.005, gigabyte: 0.0 }
    }
}

/// A text that is no list of prices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected prices like vcpu-hour=0.018,reads=0.0004, known are vcpu-hour, overhead, reads, writes and gigabyte, got {text:?}"
)]
pub struct NotPrices {
    text: String,
}

impl FromStr for Prices {
    type Err = NotPrices;

    fn from_str(text: &str) -> Result<Self, NotPrices> {
        let mut prices = Self::default();
        for part in text.split(',') {
            let wrong = || NotPrices { text: part.to_owned() };
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            let value: f64 =
                value.trim().parse().ok().filter(|v: &f64| v.is_finite() && *v >= 0.0).ok_or_else(wrong)?;
            let price = match name.trim() {
                "vcpu-hour" => &mut prices.vcpu_hour,
                "overhead" => &mut prices.overhead,
                "reads" => &mut prices.reads,
                "writes" => &mut prices.writes,
                "gigabyte" => &mut prices.gigabyte,
                _ => return Err(wrong()),
            };
            *price = value;
        }
        Ok(prices)
    }
}

/// Bytes of a request that reads.
const REQUEST: u64 = 8 << 20;
/// Seconds of work in a part.
pub const PART_SECS: f64 = 600.0;

/// Size of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Number of inputs.
    pub frames: usize,
    /// Runs of a model for each of them: originals and variants, of all models.
    pub predictions: usize,
    /// Number of parts.
    pub parts: usize,
    /// Bytes of the recordings.
    pub bytes: u64,
    /// Seconds of one processor for an input with all its variants.
    pub secs_per_frame: f64,
}

/// Time and money of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Hours of one processor, without overhead.
    pub core_hours: f64,
    /// Requests that read: 8 MiB each, and two for each part.
    pub reads: u64,
    /// Requests that write: rows and state of each part.
    pub writes: u64,
    /// Dollars for processors, with overhead.
    pub compute: f64,
    /// Dollars for requests and transfer.
    pub storage: f64,
}

impl Cost {
    /// The cost of a run at these prices.
    pub fn of(extent: &Extent, prices: &Prices) -> Self {
        let core_hours = extent.frames as f64 * extent.secs_per_frame / 3600.0;
        let reads = extent.bytes.div_ceil(REQUEST) + 2 * extent.parts as u64;
        let writes = 2 * extent.parts as u64;
        let thousands = |count: u64, price: f64| count as f64 / 1000.0 * price;
        Self {
            core_hours,
            reads,
            writes,
            compute: core_hours * (1.0 + prices.overhead) * prices.vcpu_hour,
            storage: thousands(reads, prices.reads)
                + thousands(writes, prices.writes)
                + extent.bytes as f64 / 1e9 * prices.gigabyte,
        }
    }
}

/// Inputs of a part that takes about ten minutes, as 1, 2 or 5 times a power of ten, so that a small change of the measured
/// speed gives the same plan.
pub fn inputs_of_part(secs_per_frame: f64) -> usize {
    let wanted = (PART_SECS / secs_per_frame.max(1e-6)).clamp(1.0, 1e6);
    let mut size = 1_usize;
    loop {
        for step in [2, 5, 10] {
            if (size * step) as f64 > wanted * 1.25 {
                return if step == 2 {
                    size
                } else if step == 5 {
                    size * 2
                } else {
                    size * 5
                };
            }
        }
        size *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the guide: 10^9 frames with 10 variants of EfficientNet-Lite0 at 0.197 s.
    #[test]
    fn a_billion_frames_cost_what_the_guide_says() {
        let extent = Extent {
            frames: 1_000_000_000,
            predictions: 11_000_000_000,
            parts: 333_334,
            bytes: 510_000_000_000_000,
            secs_per_frame: 0.197,
        };
        let cost = Cost::of(&extent, &Prices::default());
        assert!((cost.core_hours - 54_722.2).abs() < 0.1, "{cost:?}");
        assert!((cost.compute - 2_684.7).abs() < 0.1 && cost.reads / 1_000_000 == 61, "{cost:?}");
        assert!((cost.storage - (24.59 + 3.33)).abs() < 0.1, "{cost:?}");
        let spot: Prices = "vcpu-hour=0.018".parse().unwrap();
        assert!((Cost::of(&extent, &spot).compute - 1_083.5).abs() < 0.1);
        for wrong in ["", "vcpu-hour", "vcpu-hour=-1", "beer=3", "reads=x"] {
            assert!(wrong.parse::<Prices>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn parts_take_about_ten_minutes() {
        assert_eq!(
            [0.197, 0.1, 600.0, 5000.0, 30.0, 1e-9].map(inputs_of_part),
            [2000, 5000, 1, 1, 20, 1_000_000]
        );
    }
}
