//! Writes CVAT's files.
#![expect(clippy::format_push_string, reason = "lines of a file are put together one after the other")]

use std::path::Path;

use crate::base::escape::xml;
use crate::data::geometry::shape::{Mask, Shape};
use crate::data::labels::label::State;
use crate::data::labels::ontology::{AttributeKind, Word};
use crate::exchange::bundle::{Bundle, Item};
use crate::exchange::rle::runs_by;
use crate::exchange::{ExchangeError, write_file};

/// The ontology in CVAT's form.
fn labels_xml(bundle: &Bundle) -> String {
    let mut xml = "      <labels>\n".to_owned();
    for name in bundle.classes() {
        xml += &format!(
            "        <label>\n          <name>{}</name>\n          <attributes>\n",
            xml::text(&name)
        );
        let word = bundle.ontology.class(&name);
        for attribute in word.map(|word| word.attributes.as_slice()).unwrap_or_default() {
            let (kind, values) = match &attribute.kind {
                AttributeKind::Flag(_) => ("checkbox", String::new()),
                AttributeKind::Number(_) => ("number", String::new()),
                AttributeKind::Choice(choices) => ("select", choices.join("\n")),
                AttributeKind::Choices(_) | AttributeKind::Text(_) => ("text", String::new()),
            };
            xml += &format!(
                "            <attribute><name>{}</name><mutable>True</mutable><input_type>{kind}</input_type><default_value></default_value><values>{}</values></attribute>\n",
                xml::text(&attribute.name),
                xml::text(&values)
            );
        }
        xml += "          </attributes>\n        </label>\n";
        for point in word.map(|word| word.points.as_slice()).unwrap_or_default() {
            xml += &format!(
                "        <label>\n          <name>{}</name>\n          <type>points</type>\n          <attributes></attributes>\n          <parent>{}</parent>\n        </label>\n",
                xml::text(point),
                xml::text(&name)
            );
        }
    }
    xml + "      </labels>\n"
}

fn meta_xml(bundle: &Bundle, mode: &str) -> String {
    let samples = bundle.streams.first().map(|stream| stream.samples.as_slice()).unwrap_or_default();
    let last = samples.last().map_or(0, |sample| sample.frame);
    let size = samples.iter().find_map(|sample| sample.size);
    let size = size.map_or_else(String::new, |(width, height)| {
        format!("      <original_size><width>{width}</width><height>{height}</height></original_size>\n")
    });
    let name = bundle.streams.first().map_or("", |stream| &*stream.clip);
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n      <name>{}</name>\n      <size>{}</size>\n      <mode>{mode}</mode>\n      <start_frame>0</start_frame>\n      <stop_frame>{last}</stop_frame>\n      <frame_filter></frame_filter>\n{}{size}    </task>\n  </meta>\n",
        xml::text(name),
        last + 1,
        labels_xml(bundle)
    )
}

fn points_text(points: &[[f32; 2]]) -> String {
    points.iter().map(|[x, y]| format!("{x},{y}")).collect::<Vec<_>>().join(";")
}

/// One shape of an object; those of one object share the group.
fn element_xml(
    class: Option<&str>,
    item: &Item,
    shape: &Shape,
    more: &str,
    word: Option<&Word>,
) -> Option<String> {
    let class = class.map(|class| format!(" label=\"{}\"", xml::text(class))).unwrap_or_default();
    let common = format!("{class}{more} occluded=\"{}\"", u8::from(item.state == State::Occluded));
    let mut inside = String::new();
    let (name, place) = match shape {
        Shape::Box(b) => {
            ("box", format!(" xtl=\"{}\" ytl=\"{}\" xbr=\"{}\" ybr=\"{}\"", b.x0, b.y0, b.x1, b.y1))
        }
        Shape::TurnedBox(b) => {
            let (w, h) = (b.size[0] / 2.0, b.size[1] / 2.0);
            let [x, y] = b.center;
            let degrees = f64::from(b.angle).to_degrees().rem_euclid(360.0);
            (
                "box",
                format!(
                    " xtl=\"{}\" ytl=\"{}\" xbr=\"{}\" ybr=\"{}\" rotation=\"{degrees}\"",
                    x - w,
                    y - h,
                    x + w,
                    y + h
                ),
            )
        }
        Shape::Polygon(points) => ("polygon", format!(" points=\"{}\"", points_text(points))),
        Shape::Polyline(points) => ("polyline", format!(" points=\"{}\"", points_text(points))),
        Shape::Keypoints(points) => {
            for (i, point) in points.iter().enumerate() {
                let name =
                    word.and_then(|word| word.points.get(i)).cloned().unwrap_or_else(|| (i + 1).to_string());
                inside += &format!(
                    "<points label=\"{}\" outside=\"{}\" occluded=\"{}\" points=\"{},{}\"/>",
                    xml::text(&name),
                    u8::from(point.seen == 0),
                    u8::from(point.seen == 1),
                    point.x,
                    point.y
                );
            }
            ("skeleton", String::new())
        }
        Shape::Mask(mask) => ("mask", mask_place(mask)),
        Shape::Whole => ("tag", String::new()),
        Shape::Cuboid(_) | Shape::Parts(_) => return None,
    };
    for (name, value) in &item.attributes {
        inside +=
            &format!("<attribute name=\"{}\">{}</attribute>", xml::text(name), xml::text(&value.text()));
    }
    let common = if name == "tag" { class } else { common + place.as_str() + " z_order=\"0\"" };
    Some(format!("    <{name}{common} source=\"manual\">{inside}</{name}>\n"))
}

fn mask_place(mask: &Mask) -> String {
    let b = mask.bounds();
    let (left, top, width, height) = (b.x0 as u32, b.y0 as u32, b.width() as u32, b.height() as u32);
    // Run lengths go down the columns here and along the rows there.
    let tall = mask.size[1] as usize;
    let mut inside = vec![false; mask.size[0] as usize * tall];
    let mut from = 0;
    for (i, run) in mask.runs.iter().enumerate() {
        let to = (from + *run as usize).min(inside.len());
        inside[from..to].fill(i % 2 == 1);
        from = to;
    }
    // With both axes exchanged the same walk gives rows.
    let runs = runs_by(height, width, |y, x| inside[(x + left) as usize * tall + (y + top) as usize]);
    let runs: Vec<String> = runs.iter().map(u32::to_string).collect();
    format!(
        " rle=\"{}\" left=\"{left}\" top=\"{top}\" width=\"{width}\" height=\"{height}\"",
        runs.join(", ")
    )
}

/// The attribute by which several shapes are one object.
fn group_xml(shape: &Shape, group: usize) -> String {
    if matches!(shape, Shape::Parts(_)) { format!(" group_id=\"{group}\"") } else { String::new() }
}

pub(super) fn images(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let mut xml = meta_xml(bundle, "annotation");
    for picture in bundle.pictures() {
        let (id, name) = (picture.sample.frame, xml::text(&picture.sample.file));
        let size = picture
            .sample
            .size
            .map_or_else(String::new, |(width, height)| format!(" width=\"{width}\" height=\"{height}\""));
        xml += &format!("  <image id=\"{id}\" name=\"{name}\"{size}>\n");
        for (at, item) in picture.items.iter().enumerate() {
            let word = bundle.ontology.class(&item.class);
            let group = group_xml(&item.shape, at + 1);
            for shape in item.shape.shapes() {
                xml += &element_xml(Some(&item.class), item, shape, &group, word).unwrap_or_default();
            }
        }
        xml += "  </image>\n";
    }
    write_file(path, (xml + "</annotations>\n").as_bytes())
}

pub(super) fn video(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let mut xml = meta_xml(bundle, "interpolation");
    let labels: crate::data::labels::index::Labels = bundle.labels.iter().cloned().collect();
    let mut number = 0;
    for stream in &bundle.streams {
        let end = stream.samples.last().map_or(0, |sample| sample.frame);
        for object in bundle.objects_on(stream) {
            let keys = labels.keyframes(&stream.clip, &stream.channel, object);
            let (Some(first), Some(last)) = (keys.first(), keys.last()) else { continue };
            let word = bundle.ontology.class(&first.class);
            // Each shape of an object is a track of its own; those of one object share the group.
            let most = keys.iter().map(|key| key.shape.shapes().count()).max().unwrap_or(1);
            for part in 0..most {
                let group = if most > 1 { format!(" group_id=\"{object}\"") } else { String::new() };
                xml += &format!(
                    "  <track id=\"{number}\" label=\"{}\"{group} source=\"manual\">\n",
                    xml::text(&first.class)
                );
                number += 1;
                let mut put = |frame: usize, key: bool, outside: bool, item: &Item| {
                    let more = format!(
                        " frame=\"{frame}\" keyframe=\"{}\" outside=\"{}\"",
                        u8::from(key),
                        u8::from(outside)
                    );
                    xml += &element_xml(None, item, &item.shape, &more, word).unwrap_or_default();
                };
                let mut before: Option<Shape> = None;
                for frame in first.frame..=last.frame {
                    let Some(shown) = labels.object_on(&stream.clip, &stream.channel, object, frame) else {
                        continue;
                    };
                    let own = shown.shape.shapes().nth(part).cloned();
                    let there = own.is_some();
                    let Some(shape) = own.or_else(|| before.clone()) else { continue };
                    before = Some(shape.clone());
                    let item = Item {
                        state: shown.label.state,
                        attributes: shown.label.attributes.clone(),
                        ..Item::new(&shown.label.class, shape)
                    };
                    put(frame, shown.keyframe, !shown.label.state.present() || !there, &item);
                }
                // CVAT shows an object until it is marked outside.
                if last.state.present()
                    && last.frame < end
                    && let Some(shape) = last.shape.shapes().nth(part)
                {
                    let attributes = last.attributes.clone();
                    let item = Item { attributes, ..Item::new(&last.class, shape.clone()) };
                    put(last.frame + 1, true, true, &item);
                }
                xml += "  </track>\n";
            }
        }
    }
    write_file(path, (xml + "</annotations>\n").as_bytes())
}
