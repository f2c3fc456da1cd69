//! A spreadsheet table: one row for each tag and for each object on each sample.

use std::io::Read as _;
use std::path::Path;

use crate::base::inputs::{self, InputKind};
use crate::base::name::Name;
use crate::base::sheet;
use crate::base::sheet::error::SheetError;
use crate::base::sheet::settings::{Settings, name_beside};
use crate::base::time::Time;
use crate::data::geometry::shape::Shape;
use crate::data::geometry::shape::ShapeKind;
use crate::data::labels::label::{Attributes, Label, State};
use crate::data::labels::tag::Tag;
use crate::exchange::audacity::seconds;
use crate::exchange::bundle::{Bundle, SampleRef, Stream};
use crate::exchange::losses::{Holds, Tags};
use crate::exchange::several::Several;
use crate::exchange::{ExchangeError, ExchangeKind, Hints, Read, has_extension, io, malformed, write_file};

const COLUMNS: [&str; 15] = [
    "what", "clip", "channel", "frame", "time_s", "end_s", "name", "object", "x0", "y0", "x1", "y1", "state",
    "note", "more",
];

/// One file with a header line.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "csv",
    title: "CSV",
    holds: Holds {
        shapes: &ShapeKind::ALL,
        several: Several::Whole,
        tracks: true,
        keyframes: true,
        occluded: true,
        gaps: true,
        lost: true,
        attributes: true,
        sensors: true,
        tags: Tags::Whole,
        ..Holds::NOTHING
    },
    one_file: Some("labels.csv"),
    pictures: None,
    accepts: |path| {
        has_extension(path, "csv")
            && first_bytes(path).is_some_and(|head| {
                let names = sheet::names(&head);
                names.get(..4).is_some_and(|names| *names == COLUMNS[..4])
            })
    },
    read,
    write,
};

/// Fields without a column of their own.
#[derive(serde::Serialize, serde::Deserialize, Default)]
#[serde(default)]
struct More {
    #[serde(skip_serializing_if = "Option::is_none")]
    shape: Option<Shape>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes,
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |err: csv::Error| malformed(path, err.to_string());
    writer.write_record(COLUMNS).map_err(failed)?;
    let json = |more: &More| {
        let text = serde_json::to_string(more).unwrap_or_default();
        if text == "{}" { String::new() } else { text }
    };
    for tag in &bundle.tags {
        let more = More { shape: None, attributes: tag.attributes.clone() };
        let end = tag.end.map(seconds).unwrap_or_default();
        let row: [&str; 15] = [
            "tag",
            &tag.clip,
            "",
            "",
            &seconds(tag.start),
            &end,
            &tag.kind,
            "",
            "",
            "",
            "",
            "",
            "",
            &tag.note,
            &json(&more),
        ];
        writer.write_record(row).map_err(failed)?;
    }
    for label in &bundle.labels {
        let stream = bundle.streams.iter().find(|s| s.clip == label.clip && s.channel == label.channel);
        let sample = stream
            .and_then(|s| s.samples.get(s.samples.binary_search_by_key(&label.frame, |s| s.frame).ok()?));
        let time = sample.and_then(|sample| sample.time).map(seconds).unwrap_or_default();
        let edges = label
            .shape
            .bounds()
            .map(|b| [b.x0, b.y0, b.x1, b.y1].map(|edge| edge.to_string()))
            .unwrap_or_default();
        let shape = (!matches!(label.shape, Shape::Box(_))).then(|| label.shape.clone());
        let more = json(&More { shape, attributes: label.attributes.clone() });
        let (frame, object) = (label.frame.to_string(), label.object.to_string());
        let [x0, y0, x1, y1] = &edges;
        let row: [&str; 15] = [
            "label",
            &label.clip,
            &label.channel,
            &frame,
            &time,
            "",
            &label.class,
            &object,
            x0,
            y0,
            x1,
            y1,
            label.state.title(),
            "",
            &more,
        ];
        writer.write_record(row).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|err| malformed(path, err.to_string()))?;
    write_file(path, &bytes)
}

/// Enough of a file for its first line.
fn first_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    inputs::open(path).ok()?.take(1 << 12).read_to_end(&mut head).ok()?;
    Some(head)
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let failed = |err: SheetError| malformed(path, err.to_string());
    let mut settings = Settings::of(path).map_err(failed)?;
    settings.header.get_or_insert(1);
    settings.keep_spaces = true;
    // Notes may begin with any sign.
    settings.comment.get_or_insert_default();
    let bytes = inputs::read(path, InputKind::Labels).map_err(io(path))?;
    let table = sheet::read(&bytes, &settings, &name_beside(path)).map_err(failed)?;
    let (mut bundle, mut warnings) = (Bundle::empty(), table.warnings);
    let column = |name: &str| table.columns.iter().find(|column| column.name == name);
    let place = COLUMNS.map(column);
    let mut objects: std::collections::BTreeMap<u64, u64> = std::collections::BTreeMap::new();
    for (number, line) in table.lines.iter().enumerate() {
        let cell = |i: usize| place[i].and_then(|column| column.cells.get(number)).map_or("", String::as_str);
        let time = |i: usize| cell(i).parse::<f64>().ok().map(Time::from_secs);
        let mut complain = |why: &str| warnings.push(format!("row {line} {why} and was skipped"));
        let more =
            if cell(14).is_empty() { Ok(More::default()) } else { serde_json::from_str::<More>(cell(14)) };
        let more = match more {
            Ok(more) => more,
            Err(err) => {
                complain(&format!("has a column \"more\" that is not the expected JSON ({err})"));
                continue;
            }
        };
        match cell(0) {
            "tag" => {
                let Some(start) = time(4) else {
                    complain("has no time");
                    continue;
                };
                bundle.know_tag(cell(6));
                bundle.tags.push(Tag {
                    id: number as u64 + 1,
                    clip: cell(1).to_owned(),
                    kind: cell(6).to_owned(),
                    start,
                    end: time(5),
                    note: cell(13).to_owned(),
                    attributes: more.attributes,
                });
            }
            "label" => {
                let edge = |i: usize| cell(i).parse::<f32>().ok();
                let edges = (|| {
                    Some(crate::data::geometry::box2::Box2 {
                        x0: edge(8)?,
                        y0: edge(9)?,
                        x1: edge(10)?,
                        y1: edge(11)?,
                    })
                })();
                let shape = more.shape.or_else(|| edges.map(Shape::Box)).filter(Shape::valid);
                let (Some(shape), Ok(frame)) = (shape, cell(3).parse::<usize>()) else {
                    complain("has no shape");
                    continue;
                };
                let id = number as u64 + 1;
                let object =
                    cell(7).parse::<u64>().ok().map_or(id, |object| *objects.entry(object).or_insert(id));
                bundle.know_class(cell(6));
                let (clip, channel) = (Name::from(cell(1)), Name::from(cell(2)));
                let at = bundle
                    .streams
                    .iter()
                    .position(|s| s.clip == clip && s.channel == channel)
                    .unwrap_or_else(|| {
                        bundle.streams.push(Stream {
                            clip: clip.clone(),
                            channel: channel.clone(),
                            samples: Vec::new(),
                        });
                        bundle.streams.len() - 1
                    });
                let samples = &mut bundle.streams[at].samples;
                if let Err(at) = samples.binary_search_by_key(&frame, |sample| sample.frame) {
                    samples.insert(at, SampleRef { frame, time: time(4), ..SampleRef::default() });
                }
                let state =
                    State::ALL.into_iter().find(|state| state.title() == cell(12)).unwrap_or_default();
                let label = Label::new(id, clip, channel, frame, cell(6), shape);
                bundle.labels.push(Label { object, state, attributes: more.attributes, ..label });
            }
            other => complain(&format!("is of unknown kind {other:?}, expected tag or label")),
        }
    }
    Ok(Read { bundle, warnings })
}
