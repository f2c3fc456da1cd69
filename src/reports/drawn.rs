//! Images and outlines of the HTML pages.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::base::escape::html::text;
use crate::base::files::sha256_hex;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::Mask;
use crate::data::image::Image;
use crate::data::labels::ontology::color_of;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::imaging::masks;

/// Style of the pages.
pub(super) const STYLE: &str = include_str!("../../assets/report.css");

/// Files beside a page by name.
pub(super) type Media = BTreeMap<String, Vec<u8>>;

/// Keeps an image beside the page; returns its name, which is made from its bytes.
pub(super) fn stored(media: &mut Media, jpeg: Vec<u8>) -> String {
    let name = format!("{}.jpg", sha256_hex(&jpeg).get(..20).unwrap_or("image"));
    media.insert(name.clone(), jpeg);
    name
}

/// The image with the predicted areas in the colors of their classes.
pub fn tinted(image: &Image, seen: &Prediction) -> Image {
    let areas: Vec<(&str, &Mask)> = match seen {
        Prediction::Segments { segments } => segments.iter().map(|s| (s.class.as_str(), &s.mask)).collect(),
        Prediction::Objects { objects } => {
            objects.iter().filter_map(|o| Some((o.class.as_str(), o.mask.as_ref()?))).collect()
        }
        Prediction::Classes { .. } | Prediction::Values { .. } | Prediction::Vector { .. } => Vec::new(),
    };
    let mut image = image.clone();
    for (class, mask) in areas {
        if <[u32; 2]>::from(image.size()) == mask.size {
            masks::tint(&mut image, mask, color_of(class));
        }
    }
    image
}

/// Outline of an object, and its class and score where it is predicted.
pub(super) fn outline(object: &Detection, look: Look, expected: bool, unit: f64) -> Markup {
    let [r, g, b] = color_of(&object.class);
    let color = format!("rgb({r},{g},{b})");
    let (dash, gap) = if expected { (1.5, 3.0) } else { (6.0, 4.0) };
    let dashes = format!("{} {}", dash * unit, gap * unit);
    let (x, y) = (object.bbox.x0, object.bbox.y0);
    let (w, h) = (object.bbox.width(), object.bbox.height());
    let size = 13.0 * unit;
    let above = if f64::from(y) > size * 1.3 { f64::from(y) - 3.0 * unit } else { f64::from(y) + size };
    let corners =
        look.outline(object).map(|corners| corners.map(|(x, y)| format!("{x:.1},{y:.1}")).join(" "));
    html! {
        @if let Some(corners) = &corners {
            polygon points=(corners) fill="none" stroke="rgba(0,0,0,.65)" stroke-width=(4.0 * unit) {}
            polygon points=(corners) fill="none" stroke=(color) stroke-width=(2.0 * unit) stroke-dasharray=(dashes) {}
        } @else {
            rect x=(x) y=(y) width=(w) height=(h) fill="none" stroke="rgba(0,0,0,.65)" stroke-width=(4.0 * unit) {}
            rect x=(x) y=(y) width=(w) height=(h) fill="none" stroke=(color) stroke-width=(2.0 * unit) stroke-dasharray=(dashes) {}
        }
        @if !expected {
            text x=(x) y=(above) font-size=(size) fill=(color) stroke="rgba(0,0,0,.8)" stroke-width=(3.0 * unit)
                paint-order="stroke" font-family="sans-serif" { (text(&object.class)) (format!(" {:.2}", object.score)) }
        }
    }
}

/// Sign of a verdict, for it never stands as a color alone.
pub(super) fn symbol(word: &str) -> &'static str {
    match word {
        "pass" => "✔",
        "fail" => "✘",
        "skip" => "–",
        _ => "⚠",
    }
}
