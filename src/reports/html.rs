//! An HTML page: every case, and for those that do not pass both images with their boxes.
//! It needs no server and no network, and it prints.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::base::escape::html::{id, text};
use crate::base::outputs;
use crate::data::image::Image;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::reports::drawn::{Media, STYLE, outline, stored, symbol, tinted};
use crate::reports::report::{Report, ReportCase, Status, SuiteReport, TrendPoint};
use crate::reports::{Form, ReporterKind, attachments, open_command, slider, trend};

/// The format.
pub static KIND: ReporterKind = ReporterKind {
    id: "html",
    help: "Write an HTML report with images into a folder",
    form: Form::Folder(write),
};

/// Quality of the images in the page.
const JPEG_QUALITY: u8 = 88;

/// Write `index.html` and its images into a folder; returns the path of the page.
pub fn write(report: &Report, folder: &Path) -> io::Result<PathBuf> {
    let mut media = BTreeMap::new();
    let page = page(report, &mut media).into_string();
    fs::create_dir_all(folder.join("media"))?;
    for (name, bytes) in media {
        outputs::write(folder, &Path::new("media").join(name), &bytes)?;
    }
    if report.attachments.is_some() {
        write_attachments(report, folder)?;
    }
    outputs::write(folder, Path::new("index.html"), page.as_bytes())?;
    Ok(folder.join("index.html"))
}

/// Write the images that a `JUnit` file names.
fn write_attachments(report: &Report, folder: &Path) -> io::Result<()> {
    let cases = report.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
    for (suite, case) in cases.filter(|(_, case)| attachments::is_attached(case)) {
        if let Some(bytes) = attachments::image(case) {
            let file = Path::new(attachments::FOLDER).join(attachments::file_name(suite, case));
            fs::create_dir_all(folder.join(attachments::FOLDER))?;
            outputs::write(folder, &file, &bytes)?;
        }
    }
    Ok(())
}

fn page(report: &Report, media: &mut Media) -> Markup {
    let counts = report.counts();
    let conclusion = report.conclusion();
    let verdict = (conclusion.word(), conclusion.title());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Hardcase report: " (text(&report.model)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Hardcase report" }
                    p.verdict.(verdict.0) { (symbol(verdict.0)) " " (verdict.1) }
                    p.counts {
                        b { (counts.pass) } " passed, " b { (counts.fail) } " failed, "
                        b { (counts.skip) } " skipped, " b { (counts.error) } " errors"
                    }
                    p.model {
                        "Model " b { (text(&report.model)) } " on " (text(&report.backend)) ", SHA-256 "
                        code { (report.model_sha256.get(..16).unwrap_or_default()) "…" }
                    }
                    p.legend {
                        span.dashed {} " predicted " span.dotted {} " expected after the transform"
                    }
                }
                @if !report.definitions().is_empty() {
                    dl.metrics {
                        @for (metric, definition) in report.definitions() { dt { (text(metric)) } dd { (text(definition)) } }
                    }
                }
                @for suite in &report.suites { (suite_section(suite, &report.trend, media)) }
                @if report.suites.iter().flat_map(|suite| &suite.cases).any(|case| !case.steps.is_empty()) {
                    script { (PreEscaped(slider::SCRIPT)) }
                }
            }
        }
    }
}

/// Metrics of a suite over the runs that are known.
fn over_runs(suite: &SuiteReport, trend: &[TrendPoint]) -> Markup {
    let metrics = || suite.cases.iter().filter(|case| case.metric.is_some());
    html! {
        @if !trend.is_empty() && metrics().next().is_some() {
            div.curves { @for case in metrics() { (trend::drawn(trend, &suite.name, &case.id)) } }
        }
    }
}

fn suite_section(suite: &SuiteReport, trend: &[TrendPoint], media: &mut Media) -> Markup {
    let open: Vec<&ReportCase> = suite.cases.iter().filter(|case| case.status != Status::Pass).collect();
    html! {
        section {
            h2 { "Suite " (text(&suite.name)) }
            table {
                thead { tr { th { "Verdict" } th { "Case" } th { "Transform" } th { "Claim" } th { "Why" } } }
                tbody {
                    @for case in &suite.cases {
                        tr {
                            td.(case.status.word()) { (symbol(case.status.word())) " " (case.status.word()) (since(case)) }
                            td { @if case.status == Status::Pass { (text(&case.id)) } @else { a href=(format!("#{}", anchor(suite, case))) { (text(&case.id)) } } }
                            td { (text(&case.change)) }
                            td { (text(&case.claim)) }
                            td { (text(&case.why)) }
                        }
                    }
                }
            }
            (over_runs(suite, trend))
            @for case in open { (case_card(suite, case, media)) }
        }
    }
}

fn case_card(suite: &SuiteReport, case: &ReportCase, media: &mut Media) -> Markup {
    let empty = Prediction::Objects { objects: Vec::new() };
    let before = case.before.as_ref().unwrap_or(&empty);
    let after = case.after.as_ref().unwrap_or(&empty);
    html! {
        article id=(anchor(suite, case)) {
            h3 {
                span.(case.status.word()) { (symbol(case.status.word())) " " (case.status.word()) }
                " " (text(&case.id)) (since(case))
                @if !case.critical { small { " not critical" } }
            }
            p.why { (text(&case.why)) }
            @if let Some((original, changed)) = &case.pictures {
                div.pair {
                    figure {
                        (picture(original, case.look, before, None, media))
                        figcaption { "Original: " (text(&before.summary())) }
                    }
                    figure {
                        (picture(changed, case.look, after, case.expected.as_ref(), media))
                        figcaption { "Transformed: " (text(&after.summary())) }
                    }
                }
            }
            @if !case.steps.is_empty() { (slider::slider(case, media)) }
            dl {
                dt { "Transform" } dd { (text(&case.change)) }
                dt { "Claim" } dd { (text(&case.claim)) }
                @if let Some(margin) = case.margin { dt { "Margin" } dd { (format!("{margin:+.4}")) } }
                @if !case.note.is_empty() { dt { "Note" } dd { (text(&case.note)) } }
                @if !case.tags.is_empty() { dt { "Tags" } dd { (text(&case.tags.join(", "))) } }
                dt { "Source" } dd { (text(&case.source)) }
                dt { "Open with" } dd { code { (text(&open_command(&suite.folder, &case.id))) } }
            }
        }
    }
}

/// The image with boxes: predicted dashed, expected dotted.
fn picture(
    image: &Image,
    look: Look,
    seen: &Prediction,
    expected: Option<&Prediction>,
    media: &mut Media,
) -> Markup {
    let placed = look.place(seen);
    let expected = expected.map(|expected| look.place(expected));
    let name = stored(media, tinted(image, &placed).to_jpeg(JPEG_QUALITY).unwrap_or_default());
    let (width, height) = image.size();
    let unit = f64::from(width.max(height)) / 640.0;
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(text(&seen.summary())) {
            image href=(format!("media/{name}")) width=(width) height=(height) {}
            @if let Some(Prediction::Objects { objects }) = &expected {
                @for object in objects.iter().filter(|object| object.score > 0.0) { (outline(object, look, true, unit)) }
            }
            @if let Prediction::Objects { objects } = &placed {
                @for object in objects { (outline(object, look, false, unit)) }
            }
        }
    }
}

fn anchor(suite: &SuiteReport, case: &ReportCase) -> String {
    format!("{}-{}", id(&suite.name), id(&case.id))
}

fn since(case: &ReportCase) -> Markup {
    let remark = case.remark();
    html! { @if !remark.is_empty() { small { " " (text(&remark)) } } }
}
