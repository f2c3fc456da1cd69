//! The page of a sweep: failure rates along each parameter as curves, worst slices, and a gallery of what fails, to filter by tag.
//! It needs no server and no network.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::base::escape::html::text;
use crate::base::outputs;
use crate::base::stats::Rate;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::reports::curve::{Curve, chart};
use crate::reports::drawn::{Media, STYLE, outline, stored};

/// Script of the page: shows the failures of the chosen tag and model.
const SCRIPT: &str = include_str!("../../assets/sweep.js");

/// Content of the page of a sweep.
#[derive(Clone, Debug, Default)]
pub struct SweepPage {
    /// The stack with its ranges, as text.
    pub stack: String,
    /// The claim, as text.
    pub claim: String,
    /// Number of inputs with their noun: "40 frames".
    pub samples: String,
    /// Number of variants of each input.
    pub variants: usize,
    /// The models, in the order of the sweep.
    pub models: Vec<SweepModel>,
    /// Failures to look at.
    pub failures: Vec<Failure>,
}

/// Results of one model.
#[derive(Clone, Debug, Default)]
pub struct SweepModel {
    /// Its name.
    pub name: String,
    /// Failure rate over everything.
    pub total: Option<Rate>,
    /// Number of results that could not be judged.
    pub skipped: usize,
    /// Failure rates along one parameter each.
    pub curves: Vec<Curve>,
    /// Tipping points in one sentence, or "".
    pub tipping: String,
    /// Worst slices first.
    pub slices: Vec<(String, Rate)>,
}

/// One failure with its image.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Position of the model.
    pub model: usize,
    /// Recording, channel and frame.
    pub source: String,
    /// Tags of the frame.
    pub tags: Vec<String>,
    /// The transforms, as text.
    pub change: String,
    /// The reason.
    pub why: String,
    /// The transformed input as JPEG.
    pub jpeg: Vec<u8>,
    /// Width and height in pixels of what boxes are in.
    pub size: (u32, u32),
    /// The prediction, its boxes in pixels of the image.
    pub seen: Option<Prediction>,
}

/// Writes `index.html` and its images into a folder; returns the path of the page.
pub fn write(page: &SweepPage, folder: &Path) -> io::Result<PathBuf> {
    let mut media = BTreeMap::new();
    let source = document(page, &mut media).into_string();
    fs::create_dir_all(folder.join("media"))?;
    for (name, bytes) in media {
        outputs::write(folder, &Path::new("media").join(name), &bytes)?;
    }
    outputs::write(folder, Path::new("index.html"), source.as_bytes())?;
    Ok(folder.join("index.html"))
}

fn document(page: &SweepPage, media: &mut Media) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Hardcase sweep: " (text(&page.stack)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Hardcase sweep" }
                    p.counts { (text(&page.samples)) ", " (page.variants) " variants of each" }
                    dl {
                        dt { "Transforms" } dd { (text(&page.stack)) }
                        dt { "Claim" } dd { (text(&page.claim)) }
                    }
                }
                @for model in &page.models { (model_section(model)) }
                (gallery(page, media))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn model_section(model: &SweepModel) -> Markup {
    html! {
        section {
            h2 { "Model " (text(&model.name)) }
            @if let Some(total) = model.total { p { b { (percent(total)) } } }
            @if model.skipped > 0 { p { (model.skipped) " results could not be judged" } }
            @if !model.tipping.is_empty() { p { (text(&model.tipping)) } }
            div class="curves" {
                @for line in &model.curves { (chart(line)) }
            }
            @if !model.slices.is_empty() {
                table {
                    thead { tr { th { "Slice" } th { "Failures, 95 % interval" } } }
                    tbody {
                        @for (name, rate) in &model.slices { tr { td { (text(name)) } td { (percent(*rate)) } } }
                    }
                }
            }
        }
    }
}

/// A rate for people: "12 of 40 fail, 30.0 % (18.1 to 45.4)".
fn percent(rate: Rate) -> String {
    let [share, low, high] = [rate.share(), rate.low, rate.high].map(|part| 100.0 * part);
    format!("{} of {} fail, {share:.1} % ({low:.1} to {high:.1})", rate.hits, rate.of)
}

fn gallery(page: &SweepPage, media: &mut Media) -> Markup {
    // Tags are named by their place, for a name could be anything.
    let mut tags: Vec<&str> =
        page.failures.iter().flat_map(|failure| failure.tags.iter().map(String::as_str)).collect();
    tags.sort_unstable();
    tags.dedup();
    let place = |tag: &str| tags.binary_search(&tag).unwrap_or_default().to_string();
    html! {
        section {
            h2 { "Failures" }
            @if page.failures.is_empty() { p { "Nothing fails" } }
            @if !tags.is_empty() {
                label { "Tag " select id="tag" {
                    option value="" { "all" }
                    @for (at, tag) in tags.iter().enumerate() { option value=(at) { (text(tag)) } }
                } }
            }
            @if page.models.len() > 1 {
                label { " Model " select id="model" {
                    option value="" { "all" }
                    @for (at, model) in page.models.iter().enumerate() { option value=(at) { (text(&model.name)) } }
                } }
            }
            @if !page.failures.is_empty() { p id="count" { (page.failures.len()) " shown" } }
            div class="gallery" {
                @for failure in &page.failures {
                    (figure(page, failure, &failure.tags.iter().map(|tag| place(tag)).collect::<Vec<_>>().join(" "), media))
                }
            }
        }
    }
}

fn figure(page: &SweepPage, failure: &Failure, tags: &str, media: &mut Media) -> Markup {
    let name = stored(media, failure.jpeg.clone());
    let (width, height) = failure.size;
    let unit = f64::from(width.max(height)) / 320.0;
    let summary = failure.seen.as_ref().map(Prediction::summary).unwrap_or_default();
    let model = page.models.get(failure.model).filter(|_| page.models.len() > 1);
    html! {
        figure class="failure" data-tags=(tags) data-model=(failure.model) {
            svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(text(&summary)) {
                image href=(format!("media/{name}")) width=(width) height=(height) {}
                @if let Some(Prediction::Objects { objects }) = &failure.seen {
                    @for object in objects { (outline(object, Look::Picture, false, unit)) }
                }
            }
            figcaption {
                span.fail { "✘ fail" } " " (text(&failure.change)) ": " (text(&failure.why)) br;
                (text(&failure.source))
                @if let Some(model) = model { ", " (text(&model.name)) }
                @if !failure.tags.is_empty() { ", " (text(&failure.tags.join(", "))) }
            }
        }
    }
}
