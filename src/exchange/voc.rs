//! Pascal VOC: an XML file for each image, pixels counted from one (Everingham et al., 2010).
#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "lines of a file are put together one after the other"
)]

use std::path::Path;

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Part, Shape, ShapeKind};
use crate::data::labels::label::{State, Value};
use crate::data::labels::ontology::color_of;
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::losses::Holds;
use crate::exchange::several::Several;
use crate::exchange::xml::{Element, escaped};
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, files_in, has_extension, head, malformed, write_file,
};

/// A folder with `Annotations`, `ImageSets/Main` and `JPEGImages`.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "voc",
    title: "Pascal VOC",
    holds: Holds {
        shapes: &[ShapeKind::Box],
        several: Several::NamedBoxes,
        occluded: true,
        attributes: true,
        ..Holds::NOTHING
    },
    one_file: None,
    pictures: Some("JPEGImages"),
    accepts,
    read,
    write,
};

fn accepts(path: &Path) -> bool {
    path.join("Annotations").is_dir()
        || (has_extension(path, "xml")
            && head(path).contains("<annotation")
            && head(path).contains("<filename"))
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let files = if path.is_file() {
        vec![path.to_owned()]
    } else {
        let folder = Some(path.join("Annotations")).filter(|folder| folder.is_dir());
        files_in(&folder.unwrap_or_else(|| path.to_owned()), "xml")?
    };
    if files.is_empty() {
        return Err(malformed(path, "no XML file found, expected a folder with Annotations/*.xml"));
    }
    let (mut pictures, mut warnings, mut classes) = (Vec::new(), Vec::new(), Vec::<String>::new());
    for (frame, file) in files.iter().enumerate() {
        let root = Element::read(file)?;
        let size = root.child("size").and_then(|size| Some((size.number("width")?, size.number("height")?)));
        let mut items = Vec::new();
        for object in root.all("object") {
            let class = object.text_of("name");
            let Some(bounds) = box_of(object) else {
                warnings.push(format!("{}: an object of class {class:?} has no box", file.display()));
                continue;
            };
            let flag = |name: &str| matches!(object.text_of(name), "1" | "true" | "True");
            let mut parts = vec![Part::from(Shape::Box(bounds))];
            for part in object.all("part") {
                let name = part.text_of("name").to_owned();
                match box_of(part) {
                    Some(b) => parts.push(Part { name, ..Part::from(Shape::Box(b)) }),
                    None => warnings.push(format!("{}: the part {name:?} has no box", file.display())),
                }
            }
            let Some(shape) = Shape::of_parts(parts) else { continue };
            let mut item = Item::new(class, shape);
            if flag("occluded") {
                item.state = State::Occluded;
            }
            for name in ["truncated", "difficult"] {
                if flag(name) {
                    item.attributes.insert(name.to_owned(), Value::Flag(true));
                }
            }
            if !matches!(object.text_of("pose"), "" | "Unspecified") {
                item.attributes.insert("pose".to_owned(), Value::Text(object.text_of("pose").to_owned()));
            }
            for attribute in object.child("attributes").into_iter().flat_map(|list| list.all("attribute")) {
                let value = Value::guessed(attribute.text_of("value"));
                item.attributes.insert(attribute.text_of("name").to_owned(), value);
            }
            if !classes.iter().any(|known| known == class) {
                classes.push(class.to_owned());
            }
            items.push(item);
        }
        let name = root.text_of("filename").to_owned();
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = if name.is_empty() { stem } else { name };
        pictures.push(Picture { sample: SampleRef { frame, time: None, file: name, size }, items });
    }
    classes.sort();
    Ok(Read { bundle: Bundle::from_pictures(&classes, pictures), warnings })
}

/// The box of an object or of a part of it.
fn box_of(element: &Element) -> Option<Box2> {
    let b = element.child("bndbox")?;
    let corner = |name: &str| b.number::<f32>(name);
    // Pixels from one, both ends included: edges lie one to the left of the first and at the last.
    let (x0, y0) = (corner("xmin")? - 1.0, corner("ymin")? - 1.0);
    Some(Box2 { x0, y0, x1: corner("xmax")?, y1: corner("ymax")? }).filter(Box2::valid)
}

/// Named boxes inside of an object.
fn parts_xml(shape: &Shape) -> String {
    let Shape::Parts(parts) = shape else { return String::new() };
    let part = |part: &Part| {
        let Shape::Box(b) = &part.shape else { return None };
        (!part.name.is_empty()).then(|| {
            format!(
                "    <part>\n      <name>{}</name>\n      <bndbox>\n        <xmin>{}</xmin>\n        <ymin>{}</ymin>\n        <xmax>{}</xmax>\n        <ymax>{}</ymax>\n      </bndbox>\n    </part>\n",
                escaped(&part.name),
                b.x0 + 1.0,
                b.y0 + 1.0,
                b.x1,
                b.y1
            )
        })
    };
    parts.iter().filter_map(part).collect()
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let mut names = Vec::new();
    for picture in bundle.pictures() {
        let file = &picture.sample.file;
        let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
        names.push(stem.to_owned());
        let (width, height) = picture.sample.size.unwrap_or((0, 0));
        let mut xml = format!(
            "<annotation>\n  <folder>JPEGImages</folder>\n  <filename>{}</filename>\n  <size>\n    <width>{width}</width>\n    <height>{height}</height>\n    <depth>3</depth>\n  </size>\n  <segmented>0</segmented>\n",
            escaped(file)
        );
        for item in &picture.items {
            let Some(b) = item.shape.bounds() else { continue };
            let flag = |name: &str| u8::from(item.attributes.get(name) == Some(&Value::Flag(true)));
            let pose = item.attributes.get("pose").map_or_else(|| "Unspecified".to_owned(), Value::text);
            xml += &format!(
                "  <object>\n    <name>{}</name>\n    <pose>{}</pose>\n    <truncated>{}</truncated>\n    <difficult>{}</difficult>\n    <occluded>{}</occluded>\n    <bndbox>\n      <xmin>{}</xmin>\n      <ymin>{}</ymin>\n      <xmax>{}</xmax>\n      <ymax>{}</ymax>\n    </bndbox>\n",
                escaped(&item.class),
                escaped(&pose),
                flag("truncated"),
                flag("difficult"),
                u8::from(item.state == State::Occluded),
                b.x0 + 1.0,
                b.y0 + 1.0,
                b.x1,
                b.y1
            );
            let others: Vec<_> = item
                .attributes
                .iter()
                .filter(|(name, value)| {
                    let known =
                        matches!(name.as_str(), "truncated" | "difficult") && matches!(value, Value::Flag(_));
                    !known && *name != "pose"
                })
                .collect();
            if !others.is_empty() {
                xml += "    <attributes>\n";
                for (name, value) in others {
                    xml += &format!(
                        "      <attribute><name>{}</name><value>{}</value></attribute>\n",
                        escaped(name),
                        escaped(&value.text())
                    );
                }
                xml += "    </attributes>\n";
            }
            xml += &parts_xml(&item.shape);
            xml += "  </object>\n";
        }
        xml += "</annotation>\n";
        write_file(&path.join("Annotations").join(format!("{stem}.xml")), xml.as_bytes())?;
    }
    names.sort();
    let list: String = names.iter().map(|name| format!("{name}\n")).collect();
    write_file(&path.join("ImageSets/Main/train.txt"), list.as_bytes())?;
    let line = |class: &String| {
        let [r, g, b] = color_of(class);
        format!("{class}:{r},{g},{b}::\n")
    };
    let classes: String = bundle.classes().iter().map(line).collect();
    let classes = format!("# label:color_rgb:parts:actions\n{classes}");
    write_file(&path.join("labelmap.txt"), classes.as_bytes())
}
