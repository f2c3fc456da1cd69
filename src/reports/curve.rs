//! A curve of failure rates as SVG, with the band of its confidence intervals.

use maud::{Markup, html};

use crate::base::escape::html::text;
use crate::base::stats::Rate;

/// Failure rates along one parameter.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Name of the parameter: `fog.amount`.
    pub axis: String,
    /// Values in increasing order with their rates.
    pub points: Vec<(f64, Rate)>,
}

const SIZE: [f64; 2] = [380.0, 220.0];
/// Space left, right, above and below of the plot.
const MARGIN: [f64; 4] = [44.0, 14.0, 12.0, 34.0];

/// The curve with its axes; each point says its numbers when it is pointed at.
pub(super) fn chart(curve: &Curve) -> Markup {
    let [width, height] = SIZE;
    let [left, right, above, below] = MARGIN;
    let ends = curve.points.iter().map(|(value, _)| *value);
    let (first, last) = (ends.clone().fold(f64::INFINITY, f64::min), ends.fold(f64::NEG_INFINITY, f64::max));
    let extent = if last > first { last - first } else { 1.0 };
    let x = |value: f64| left + (value - first) / extent * (width - left - right);
    let y = |share: f64| above + (1.0 - share) * (height - above - below);
    let judged = || curve.points.iter().filter(|(_, rate)| rate.of > 0);
    let list = |points: Vec<(f64, f64)>| {
        points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
    };
    let line = list(judged().map(|(value, rate)| (x(*value), y(rate.share()))).collect());
    let upper = judged().map(|(value, rate)| (x(*value), y(rate.high)));
    let lower: Vec<(f64, f64)> = judged().map(|(value, rate)| (x(*value), y(rate.low))).collect();
    let band = list(upper.chain(lower.into_iter().rev()).collect());
    html! {
        figure class="curve" {
            svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(text(&format!("Failure rate along {}", curve.axis))) {
                @for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                    line class="grid" x1=(left) x2=(width - right) y1=(y(share)) y2=(y(share)) {}
                    text class="tick" x=(left - 6.0) y=(y(share) + 4.0) text-anchor="end" { (format!("{:.0} %", share * 100.0)) }
                }
                @for (value, _) in &curve.points {
                    line class="grid" x1=(x(*value)) x2=(x(*value)) y1=(y(0.0)) y2=(y(0.0) + 4.0) {}
                }
                @if let [(value, _), .., (end, _)] = curve.points.as_slice() {
                    text class="tick" x=(x(*value)) y=(height - 16.0) text-anchor="start" { (short(*value)) }
                    text class="tick" x=(x(*end)) y=(height - 16.0) text-anchor="end" { (short(*end)) }
                }
                polygon class="band" points=(band) {}
                polyline class="line" points=(line) {}
                @for (value, rate) in judged() {
                    circle class="dot" cx=(x(*value)) cy=(y(rate.share())) r="4" {
                        title { (format!("{}: {} of {} fail, {:.1} %", short(*value), rate.hits, rate.of, 100.0 * rate.share())) }
                    }
                }
                text class="tick" x=((left + width - right) / 2.0) y=(height - 3.0) text-anchor="middle" { (text(&curve.axis)) }
            }
        }
    }
}

/// A number with at most four decimals.
fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
