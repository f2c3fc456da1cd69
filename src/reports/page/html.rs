//! A page as one HTML file, which needs no server and no network, and prints.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::base::escape::html::text;
use crate::base::stats::Rate;
use crate::reports::drawn::STYLE;
use crate::reports::page::{Cell, Figure, Page, Part, Section, Table, paragraphs};

/// Length of a drawn interval from 0 to 1 in pixels.
const LENGTH: f64 = 120.0;
/// Room at both ends for the point.
const MARGIN: f64 = 5.0;

/// The page as text.
pub fn render(page: &Page) -> String {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (text(&page.title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (text(&page.title)) }
                    p.counts { (text(&page.about)) }
                }
                @for part in &page.sections { (section(part)) }
            }
        }
    };
    document.into_string()
}

fn section(section: &Section) -> Markup {
    html! {
        section {
            h2 { (text(&section.title)) }
            // Figures that follow each other share the width of the page.
            @for parts in section.parts.chunk_by(|a, b| matches!((a, b), (Part::Figure(_), Part::Figure(_)))) {
                @if let [Part::Figure(_), ..] = parts {
                    div.gallery { @for one in parts { (part(one)) } }
                } @else {
                    @for one in parts { (part(one)) }
                }
            }
        }
    }
}

fn part(part: &Part) -> Markup {
    html! {
        @match part {
            Part::Text(words) => @for line in paragraphs(words) { p { (text(line)) } },
            Part::Missing(words) => p.legend { em { (text(words)) } },
            Part::Heading(words) => h3 { (text(words)) },
            Part::Facts(facts) => dl {
                @for (name, value) in facts {
                    dt { (text(name)) }
                    dd { @for line in paragraphs(value) { p { (text(line)) } } }
                }
            },
            Part::Table(rows) => (table(rows)),
            Part::Figure(figure) => (images(figure)),
        }
    }
}

fn table(table: &Table) -> Markup {
    html! {
        table {
            thead { tr { @for name in &table.columns { th { (text(name)) } } } }
            tbody {
                @for row in &table.rows {
                    tr { @for one in row { td { (cell(one)) } } }
                }
            }
        }
    }
}

/// The images inside of the page itself.
fn images(shown: &Figure) -> Markup {
    html! {
        figure style="flex: 0 1 560px" {
            div.gallery {
                @for (title, jpeg) in &shown.images {
                    figure style="flex: 0 1 270px" {
                        img style="max-width: 100%" src=(format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg))) alt=(text(title));
                        figcaption { (text(title)) }
                    }
                }
            }
            figcaption { (text(&shown.caption)) }
        }
    }
}

fn cell(cell: &Cell) -> Markup {
    match cell {
        Cell::Text(words) => html! { (text(words)) },
        Cell::Count(count) => html! { (count) },
        Cell::Rate(rate) if rate.of == 0 => html! { "–" },
        Cell::Rate(rate) => html! {
            (drawn(rate)) " " (format!("{:.3}", rate.share()))
            small { (format!(" ({:.3} to {:.3}), {} of {}", rate.low, rate.high, rate.hits, rate.of)) }
        },
        Cell::Number(value, [low, high]) => html! {
            (format!("{value:.4}")) small { (format!(" ({low:.4} to {high:.4})")) }
        },
    }
}

/// The interval on a line from 0 to 1.
fn drawn(rate: &Rate) -> Markup {
    let [low, at, high] = [rate.low, rate.share(), rate.high].map(|share| MARGIN + share * LENGTH);
    html! {
        svg width=(LENGTH + 2.0 * MARGIN) height="12" role="img" aria-label="95 % interval from 0 to 1" {
            line x1=(MARGIN) x2=(MARGIN + LENGTH) y1="6" y2="6" stroke="currentColor" stroke-opacity="0.25" {}
            line x1=(format!("{low:.1}")) x2=(format!("{high:.1}")) y1="6" y2="6" stroke="currentColor" stroke-width="3" {}
            circle cx=(format!("{at:.1}")) cy="6" r="4" fill="currentColor" {}
        }
    }
}
