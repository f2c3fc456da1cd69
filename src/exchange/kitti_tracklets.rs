//! KITTI's tracklets: cuboids along a drive, in the frame of the lidar, positioned by the center of their bottom.
#![expect(clippy::format_push_string, reason = "lines of a file are put together one after the other")]

use std::path::{Path, PathBuf};

use crate::base::escape::xml;
use crate::base::name::Name;
use crate::data::geometry::shape::{Block, Shape, ShapeKind};
use crate::data::labels::label::{Label, State};
use crate::exchange::bundle::{Bundle, SampleRef, Stream};
use crate::exchange::losses::Holds;
use crate::exchange::xml::Element;
use crate::exchange::{ExchangeError, ExchangeKind, Hints, Read, head, malformed, write_file};

/// `tracklet_labels.xml`.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "kitti_tracklets",
    title: "KITTI tracklets",
    holds: Holds {
        shapes: &[ShapeKind::Cuboid],
        tracks: true,
        occluded: true,
        changing_class: false,
        ..Holds::NOTHING
    },
    one_file: Some("tracklet_labels.xml"),
    pictures: None,
    accepts: |path| file_of(path).is_some_and(|file| head(&file).contains("<tracklets")),
    read,
    write,
};

fn file_of(path: &Path) -> Option<PathBuf> {
    [path.to_owned(), path.join("tracklet_labels.xml")].into_iter().find(|file| file.is_file())
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let file = file_of(path).ok_or_else(|| malformed(path, "tracklet_labels.xml is missing"))?;
    let root = Element::read(&file)?;
    let tracklets =
        root.child("tracklets").ok_or_else(|| malformed(&file, "the element \"tracklets\" is missing"))?;
    let mut bundle = Bundle::empty();
    let mut stream = Stream::default();
    let mut warnings = Vec::new();
    let mut id = 0;
    for (number, tracklet) in tracklets.all("item").enumerate() {
        let side = |name: &str| tracklet.number::<f64>(name);
        let (Some(h), Some(w), Some(l), Some(first)) =
            (side("h"), side("w"), side("l"), tracklet.number::<usize>("first_frame"))
        else {
            warnings.push(format!("tracklet {number} has no size or no first frame and was skipped"));
            continue;
        };
        let class = Name::from(tracklet.text_of("objectType"));
        bundle.know_class(&class);
        let object = id + 1;
        for (i, pose) in tracklet.child("poses").into_iter().flat_map(|poses| poses.all("item")).enumerate() {
            let n = |name: &str| pose.number::<f64>(name).unwrap_or(0.0);
            let center = [n("tx"), n("ty"), n("tz") + h / 2.0];
            let block =
                Block { center, size: [l, w, h], rotation: Block::turned([n("rx"), n("ry"), n("rz")]) };
            id += 1;
            let label = Label::new(id, "", "", first + i, class.clone(), Shape::Cuboid(Box::new(block)));
            let hidden = pose.number::<i32>("occlusion").is_some_and(|occlusion| occlusion >= 1);
            let state = if hidden { State::Occluded } else { State::Visible };
            if !label.shape.valid() {
                warnings.push(format!("pose {i} of tracklet {number} is not valid and was skipped"));
                continue;
            }
            if let Err(at) = stream.samples.binary_search_by_key(&label.frame, |sample| sample.frame) {
                stream.samples.insert(at, SampleRef { frame: label.frame, ..SampleRef::default() });
            }
            bundle.labels.push(Label { object, state, ..label });
        }
    }
    bundle.streams.push(stream);
    Ok(Read { bundle, warnings })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let labels = bundle.index();
    let (mut items, mut count) = (String::new(), 0);
    for stream in &bundle.streams {
        for object in bundle.objects_on(stream) {
            let keys = labels.keyframes(&stream.clip, &stream.channel, object);
            let (Some(first), Some(last)) = (keys.first(), keys.last()) else { continue };
            let mut run: Vec<(usize, Block, State)> = Vec::new();
            for frame in first.frame..=last.frame + 1 {
                let shown = labels.object_on(&stream.clip, &stream.channel, object, frame);
                match shown.filter(|shown| shown.label.state.present() && frame <= last.frame) {
                    Some(shown) => {
                        if let Shape::Cuboid(block) = &*shown.shape {
                            run.push((frame, **block, shown.label.state));
                        }
                    }
                    // A tracklet has no gaps: the object after one is another.
                    None if !run.is_empty() => {
                        items += &tracklet_xml(&first.class, &run);
                        count += 1;
                        run.clear();
                    }
                    None => {}
                }
            }
        }
    }
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?>\n<!DOCTYPE boost_serialization>\n<boost_serialization signature=\"serialization::archive\" version=\"9\">\n<tracklets class_id=\"0\" tracking_level=\"0\" version=\"0\">\n  <count>{count}</count>\n  <item_version>1</item_version>\n{items}</tracklets>\n</boost_serialization>\n"
    );
    write_file(path, xml.as_bytes())
}

fn tracklet_xml(class: &str, run: &[(usize, Block, State)]) -> String {
    let [l, w, h] = run[0].1.size;
    let mut xml = format!(
        "  <item>\n    <objectType>{}</objectType>\n    <h>{h}</h>\n    <w>{w}</w>\n    <l>{l}</l>\n    <first_frame>{}</first_frame>\n    <poses>\n      <count>{}</count>\n      <item_version>2</item_version>\n",
        xml::text(class),
        run[0].0,
        run.len()
    );
    for (_, block, state) in run {
        let [x, y, z] = block.center;
        let [rx, ry, rz] = block.angles();
        let occlusion = u8::from(*state == State::Occluded);
        xml += &format!(
            "      <item>\n        <tx>{x}</tx>\n        <ty>{y}</ty>\n        <tz>{}</tz>\n        <rx>{rx}</rx>\n        <ry>{ry}</ry>\n        <rz>{rz}</rz>\n        <state>2</state>\n        <occlusion>{occlusion}</occlusion>\n        <occlusion_kf>0</occlusion_kf>\n        <truncation>-1</truncation>\n        <amt_occlusion>-1</amt_occlusion>\n        <amt_occlusion_kf>-1</amt_occlusion_kf>\n        <amt_border_l>-1</amt_border_l>\n        <amt_border_r>-1</amt_border_r>\n        <amt_border_kf>-1</amt_border_kf>\n      </item>\n",
            z - h / 2.0
        );
    }
    xml + "    </poses>\n    <finished>1</finished>\n  </item>\n"
}
