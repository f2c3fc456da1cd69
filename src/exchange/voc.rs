//! Pascal VOC: an XML file for each image, pixels counted from one (Everingham et al., 2010).
#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "lines of a file are put together one after the other"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::escape::xml;
use crate::base::text::agreeing;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Part, Shape, ShapeKind};
use crate::data::image::Image;
use crate::data::labels::label::{State, Value};
use crate::data::labels::ontology::color_of;
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::files::{Images, below, label_file, stem_of};
use crate::exchange::losses::Holds;
use crate::exchange::several::Several;
use crate::exchange::xml::Element;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, files_in, has_extension, head, malformed, write_below,
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
    if path.is_file() {
        return has_extension(path, "xml") && is_voc(path);
    }
    // An archive of one split after the other has the XML files beside the images.
    files(path).iter().take(20).any(|file| is_voc(file))
}

fn is_voc(file: &Path) -> bool {
    let head = head(file);
    head.contains("<annotation")
        && !head.contains("<annotations")
        && (head.contains("<object") || head.contains("<filename"))
}

/// The XML files of a data set, or the one that is given.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let inside = Some(path.join("Annotations")).filter(|folder| folder.is_dir());
    files_in(&inside.unwrap_or_else(|| path.to_owned()), "xml").unwrap_or_default()
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let files = files(path);
    let (mut pictures, mut warnings, mut classes) = (Vec::new(), Vec::new(), BTreeSet::<String>::new());
    let (mut images, mut stale) = (Images::default(), Vec::new());
    let mut refused = None;
    for file in &files {
        let root = match Element::read_with(file, &mut warnings) {
            Ok(root) if root.name == "annotation" => root,
            Ok(root) => {
                let problem = format!("\"annotation\" expected, {:?} found", root.name);
                refused.get_or_insert_with(|| malformed(file, problem.as_str()));
                warnings.push(format!("{problem}, the file was skipped: {}", file.display()));
                continue;
            }
            Err(err) => {
                warnings.push(format!("the file was skipped: {err}"));
                refused.get_or_insert(err);
                continue;
            }
        };
        let (name, image) = image_of(path, file, root.text_of("filename"), &mut images, &mut stale);
        let size = root.child("size").and_then(|size| Some((size.number("width")?, size.number("height")?)));
        let size = size.filter(|(width, height)| *width > 0 && *height > 0);
        let size = size.or_else(|| image.as_deref().and_then(Image::size_of_file));
        let mut items = Vec::new();
        for object in root.all("object") {
            let class = object.text_of("name");
            let Some(item) = item_of(object, class, file, &mut warnings) else {
                warnings.push(format!("{}: an object of class {class:?} has no box", file.display()));
                continue;
            };
            classes.insert(class.to_owned());
            items.push(item);
        }
        pictures.push(Picture {
            sample: SampleRef { frame: pictures.len(), time: None, file: name, size },
            items,
        });
    }
    if pictures.is_empty() {
        return Err(refused.unwrap_or_else(|| {
            malformed(
                path,
                "no XML file found, expected a folder with Annotations/*.xml, or *.xml beside images",
            )
        }));
    }
    if let Some(first) = stale.first() {
        warnings.push(format!(
            "{} another image in \"filename\" than the name of the file says, which was taken: {first}",
            agreeing(stale.len(), "file names", "files name")
        ));
    }
    if path.join("SegmentationObject").is_dir() {
        warnings.push("the masks in SegmentationObject were not read".to_owned());
    }
    let classes: Vec<String> = classes.into_iter().collect();
    Ok(Read { bundle: Bundle::from_pictures(&classes, pictures), warnings })
}

/// The name of the image of an XML file, and the image if it is there. An image is called like its XML file: names
/// inside go stale when both are renamed.
fn image_of(
    root: &Path,
    file: &Path,
    stated: &str,
    images: &mut Images,
    stale: &mut Vec<String>,
) -> (String, Option<PathBuf>) {
    let annotations = root.join("Annotations");
    let inside = file.strip_prefix(&annotations).or_else(|_| file.strip_prefix(root)).unwrap_or(file);
    let inside =
        if inside.as_os_str().is_empty() { Path::new(file.file_name().unwrap_or_default()) } else { inside };
    let folder = inside.parent().unwrap_or_else(|| Path::new(""));
    let own = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = file.parent().unwrap_or(root);
    let base = if root.is_file() { beside.parent().unwrap_or(root) } else { root };
    let places: Vec<PathBuf> = ["JPEGImages", "images", "Images"]
        .iter()
        .map(|name| base.join(name).join(folder))
        .chain([beside.to_owned(), base.to_owned()])
        .collect();
    let stated = stated.trim().replace('\\', "/");
    let stated = stated.rsplit('/').next().unwrap_or_default();
    let prefixed = |name: &str| below(Path::new(""), &folder.join(name));
    let named = |image: &Path| prefixed(&image.file_name().unwrap_or_default().to_string_lossy());
    if let Some(image) = images.find_in(&places, &own) {
        if !stated.is_empty() && stem_of(stated) != own {
            stale.push(format!("{stated:?} in {}", file.display()));
        }
        return (named(&image), Some(image));
    }
    if let Some(image) = images.find_in(&places, stem_of(stated)).filter(|_| !stated.is_empty()) {
        return (named(&image), Some(image));
    }
    if stated.is_empty() {
        return (prefixed(&own), None);
    }
    if stem_of(stated) == own {
        return (prefixed(stated), None);
    }
    stale.push(format!("{stated:?} in {}", file.display()));
    let ending = stated.get(stem_of(stated).len()..).unwrap_or_default();
    (prefixed(&format!("{own}{ending}")), None)
}

fn item_of(object: &Element, class: &str, file: &Path, warnings: &mut Vec<String>) -> Option<Item> {
    let mut parts = vec![Part::from(Shape::Box(box_of(object)?))];
    for part in object.all("part") {
        let name = part.text_of("name").to_owned();
        match box_of(part) {
            Some(b) => parts.push(Part { name, ..Part::from(Shape::Box(b)) }),
            None => warnings.push(format!("{}: the part {name:?} has no box", file.display())),
        }
    }
    let mut item = Item::new(class, Shape::of_parts(parts)?);
    let flag = |name: &str| matches!(object.text_of(name), "1" | "true" | "True");
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
    Some(item)
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
                xml::text(&part.name),
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
        let xml_file = label_file(file, "xml");
        let name = below(Path::new(""), &xml_file);
        names.push(name.strip_suffix(".xml").unwrap_or(&name).to_owned());
        // A size that is not known is left out, zeros would be taken for it.
        let size = picture.sample.size.map_or_else(String::new, |(width, height)| {
            format!("  <size>\n    <width>{width}</width>\n    <height>{height}</height>\n    <depth>3</depth>\n  </size>\n")
        });
        let mut xml = format!(
            "<annotation>\n  <folder>JPEGImages</folder>\n  <filename>{}</filename>\n{size}  <segmented>0</segmented>\n",
            xml::text(file)
        );
        for item in &picture.items {
            let Some(b) = item.shape.bounds() else { continue };
            let flag = |name: &str| u8::from(item.attributes.get(name) == Some(&Value::Flag(true)));
            let pose = item.attributes.get("pose").map_or_else(|| "Unspecified".to_owned(), Value::text);
            xml += &format!(
                "  <object>\n    <name>{}</name>\n    <pose>{}</pose>\n    <truncated>{}</truncated>\n    <difficult>{}</difficult>\n    <occluded>{}</occluded>\n    <bndbox>\n      <xmin>{}</xmin>\n      <ymin>{}</ymin>\n      <xmax>{}</xmax>\n      <ymax>{}</ymax>\n    </bndbox>\n",
                xml::text(&item.class),
                xml::text(&pose),
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
                        xml::text(name),
                        xml::text(&value.text())
                    );
                }
                xml += "    </attributes>\n";
            }
            xml += &parts_xml(&item.shape);
            xml += "  </object>\n";
        }
        xml += "</annotation>\n";
        write_below(path, &Path::new("Annotations").join(xml_file), xml.as_bytes())?;
    }
    names.sort();
    let list: String = names.iter().map(|name| format!("{name}\n")).collect();
    write_below(path, Path::new("ImageSets/Main/train.txt"), list.as_bytes())?;
    let line = |class: &String| {
        let [r, g, b] = color_of(class);
        format!("{class}:{r},{g},{b}::\n")
    };
    let classes: String = bundle.classes().iter().map(line).collect();
    let classes = format!("# label:color_rgb:parts:actions\n{classes}");
    write_below(path, Path::new("labelmap.txt"), classes.as_bytes())
}
