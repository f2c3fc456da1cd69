//! The recheck of an attack on the image that a file holds: 8 bits, through the whole preprocessing, on the user's backend.
//!
//! Least changes end on the boundary, and half of them vanish when they are rounded. So a change that fails in numbers alone
//! is followed beyond the boundary before it counts as "float only".

use crate::data::image::Image;
use crate::data::prediction::Prediction;
use crate::inference::ModelError;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::subject::{Shot, Subject};

/// Steps of one gray level beyond the boundary.
const STEPS: usize = 8;
/// Room for the rounding of numbers.
const ROUNDING: f64 = 1e-6;

/// An image on 8 bits with what the model says about it.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The image.
    pub image: Image,
    /// The prediction for it.
    pub prediction: Prediction,
    /// True if the goal is reached.
    pub reached: bool,
    /// Its numbers.
    pub numbers: Vec<f32>,
}

/// Size and norm within which the image has to stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball {
    /// Norm of the change.
    pub norm: Norm,
    /// Its size.
    pub eps: f64,
}

/// The image on 8 bits that is nearest to the numbers, or one beyond it that reaches the goal; `follow` if it was reached in
/// numbers.
pub fn settle(
    subject: &Subject<'_>,
    shot: &Shot,
    numbers: &[f32],
    ball: Option<Ball>,
    follow: bool,
) -> Result<Settled, ModelError> {
    let nearest = judged(subject, shot, rounded(shot, numbers, ball, false))?;
    if nearest.reached || !follow {
        return Ok(nearest);
    }
    let away = judged(subject, shot, rounded(shot, numbers, ball, true))?;
    if away.reached {
        return Ok(away);
    }
    let largest = shot.change(numbers).fold(0.0_f32, |most, change| most.max(change.abs())) * 255.0;
    for step in 1..=STEPS {
        let factor = (largest + step as f32) / largest.max(1e-3);
        let further: Vec<f32> = shot
            .start
            .iter()
            .zip(numbers)
            .map(|(start, value)| (start + factor * (value - start)).clamp(0.0, 1.0))
            .collect();
        let further = judged(subject, shot, rounded(shot, &further, ball, true))?;
        if further.reached {
            return Ok(further);
        }
    }
    Ok(nearest)
}

fn judged(subject: &Subject<'_>, shot: &Shot, numbers: Vec<f32>) -> Result<Settled, ModelError> {
    let image = shot.image_of(&numbers);
    let prediction = subject.predict(&image)?;
    let reached = shot.goal.reached(&prediction, &subject.model.card.labels);
    Ok(Settled { image, prediction, reached, numbers })
}

/// The numbers in whole 255ths, the nearest or away from the image; never out of the ball.
fn rounded(shot: &Shot, numbers: &[f32], ball: Option<Ball>, away: bool) -> Vec<f32> {
    let most = match ball {
        Some(Ball { norm: Norm::Linf, eps }) => (eps * 255.0 + ROUNDING).floor() as f32,
        _ => 255.0,
    };
    let level = |(value, start): (&f32, &f32)| {
        let change = (value - start) * 255.0;
        let whole = if away { change.abs().ceil().copysign(change) } else { change.round() };
        // A change of less than a thousandth of a level is none.
        let whole = if change.abs() < 1e-3 { 0.0 } else { whole };
        ((start * 255.0).round() + whole.clamp(-most, most)).clamp(0.0, 255.0) / 255.0
    };
    let mut rounded: Vec<f32> = numbers.iter().zip(&shot.start).map(level).collect();
    // The largest roundings are taken back until the change is in the ball.
    if let Some(Ball { norm: norm @ (Norm::L2 | Norm::L1), eps }) = ball
        && norm.size(shot.change(&rounded)) > eps + ROUNDING
        && norm.size(shot.change(numbers)) <= eps * (1.0 + 1e-3)
    {
        let mut order: Vec<usize> = (0..rounded.len()).collect();
        let excess =
            |at: &usize| (rounded[*at] - shot.start[*at]).abs() - (numbers[*at] - shot.start[*at]).abs();
        order.sort_by(|a, b| excess(b).total_cmp(&excess(a)).then(a.cmp(b)));
        let part = |change: f64| if norm == Norm::L2 { change * change } else { change.abs() };
        let most = if norm == Norm::L2 { (eps + ROUNDING) * (eps + ROUNDING) } else { eps + ROUNDING };
        let mut total: f64 = shot.change(&rounded).map(|change| part(f64::from(change))).sum();
        for at in order {
            if total <= most {
                break;
            }
            let change = f64::from(rounded[at] - shot.start[at]);
            if change != 0.0 {
                let less = change - (1.0 / 255.0_f64).copysign(change);
                total += part(less) - part(change);
                rounded[at] = (f64::from(shot.start[at]) + less) as f32;
            }
        }
    }
    rounded
}
