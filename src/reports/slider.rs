//! The slider of a failing case in the HTML page: its severities beside each other, one shown at a time.
//!
//! Without scripts the case itself is shown. The script loads nothing, so that the page works from a CI artifact.

use maud::{Markup, html};

use crate::base::escape::html::text;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::reports::drawn::{Media, outline, stored, symbol};
use crate::reports::report::{ReportCase, Step};

/// Script of the page: shows the severity that the slider stands at.
pub(super) const SCRIPT: &str = include_str!("../../assets/report.js");

/// The severities of a case with a slider over them.
pub(super) fn slider(case: &ReportCase, media: &mut Media) -> Markup {
    let last = case.steps.len().saturating_sub(1);
    html! {
        div class="steps" {
            label {
                "Severity "
                input type="range" min="0" max=(last) step="1" value=(last) aria-label=(text(&format!("Severity of {}", case.change)));
            }
            @for (at, step) in case.steps.iter().enumerate() {
                (figure(case, step, at == last, media))
            }
        }
    }
}

fn figure(case: &ReportCase, step: &Step, shown: bool, media: &mut Media) -> Markup {
    let name = stored(media, step.jpeg.clone());
    let (width, height) = step.size;
    let unit = f64::from(width.max(height)) / 640.0;
    let word = step.status.word();
    let summary = step.seen.as_ref().map(Prediction::summary).unwrap_or_default();
    // The view is that of the image already.
    let look = Look::Picture;
    let expected = case.expected.as_ref().filter(|_| shown).map(|expected| case.look.place(expected));
    html! {
        figure class="step" hidden[!shown] data-value=(text(&format!("{:.0} %, {}, {word}", step.part * 100.0, step.change))) {
            svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(text(&summary)) {
                image href=(format!("media/{name}")) width=(width) height=(height) {}
                @if let Some(Prediction::Objects { objects }) = &expected {
                    @for object in objects.iter().filter(|object| object.score > 0.0) { (outline(object, look, true, unit)) }
                }
                @if let Some(Prediction::Objects { objects }) = &step.seen {
                    @for object in objects { (outline(object, look, false, unit)) }
                }
            }
            figcaption {
                span.(word) { (symbol(word)) " " (word) }
                " at " (format!("{:.0} %", step.part * 100.0)) " of the severity, " (text(&step.change))
                @if let Some(margin) = step.margin { ", margin " (format!("{margin:+.4}")) }
                @if !step.why.is_empty() { ": " (text(&step.why)) }
                br; (text(&summary))
            }
        }
    }
}
