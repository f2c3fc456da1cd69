//! Windows of recordings, and their files in suites.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::time::{Span, Time};
use crate::clips::assembled::Assembled;
use crate::clips::error::ReadError;
use crate::clips::{Clip, ClipError, ClipKind, has_extension, mapped};
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::time::signals::{Series, Signals};
use crate::data::time::window::{Reach, Window};

/// Reads windows frozen in a suite, as short recordings.
pub static KIND: ClipKind = ClipKind {
    id: "window",
    title: "Window of a recording, from a suite",
    accepts: |path| {
        let begins = || mapped(path).is_ok_and(|bytes| bytes.starts_with(BEGINNING));
        has_extension(path, &["json"]) && begins()
    },
    open,
};

/// First bytes of a window file.
const BEGINNING: &[u8] = b"{\"at_ns\":";

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let window = from_json(&mapped(path)?)
        .map_err(|err| ClipError::Damaged { problem: err.to_string(), path: path.to_owned() })?;
    let mut clip = Assembled::new(path, "window");
    if !window.frames.is_empty() {
        let (times, samples) =
            window.frames.into_iter().map(|(time, image)| (time, Sample::Image(image))).unzip();
        clip.add_samples("camera", ChannelKind::Camera, "PNG", times, samples);
    }
    for series in window.signals.series {
        clip.add_signal(&series.name, "frozen", series.times, series.values);
    }
    Ok(Arc::new(clip))
}

/// Maximum number of signals named in an error.
const NAMED: usize = 12;

/// The window up to a sample. A window that begins before the recording is shorter.
pub(super) fn read<C: Clip + ?Sized>(
    clip: &C,
    channel: ChannelId,
    index: usize,
    reach: &Reach,
) -> Result<Input, ClipError> {
    let info = clip.info();
    let times = clip.times(channel);
    let camera = info.channel(channel).is_some_and(|known| known.kind == ChannelKind::Camera);
    let Some(at) = times.get(index).copied() else {
        // The recording has the best error for a missing sample.
        return clip.input(channel, index);
    };
    let mut frames = Vec::new();
    if camera {
        for frame in (index + 1).saturating_sub(reach.frames.max(1))..=index {
            frames.push((times.get(frame).copied().unwrap_or(at), clip.picture(channel, frame)?));
        }
    }
    let mut series = Vec::new();
    for name in &reach.signals {
        let id = info.of_kind(ChannelKind::Signal).find(|(_, known)| known.name == *name);
        let Some((id, _)) = id else {
            let mut known: Vec<&str> =
                info.of_kind(ChannelKind::Signal).map(|(_, known)| known.name.as_str()).collect();
            let more = if known.len() > NAMED { ", ..." } else { "" };
            known.truncate(NAMED);
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") + more };
            return Err(ClipError::NoSignal { name: name.clone(), known });
        };
        series.push(part(name, &clip.times(id), &clip.values(id), at, reach.seconds));
    }
    Ok(Input::Window(Arc::new(Window { at, frames, signals: Signals { series } })))
}

/// The values from this many seconds before a time up to it, and the one in effect at the beginning.
fn part(name: &str, times: &[Time], values: &[f64], at: Time, seconds: f64) -> Series {
    let until = times.partition_point(|time| *time <= at).min(values.len());
    let begin = at - Span::from_secs(seconds);
    let from = times.partition_point(|time| *time <= begin).saturating_sub(1).min(until);
    Series {
        name: name.to_owned(),
        times: times.get(from..until).unwrap_or_default().to_vec(),
        values: values.get(from..until).unwrap_or_default().to_vec(),
    }
}

/// A window as text: numbers as they are, images as PNG in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    at_ns: i64,
    #[serde(default)]
    frames: Vec<Frame>,
    #[serde(default)]
    signals: Vec<Signal>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame {
    time_ns: i64,
    png: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signal {
    name: String,
    times_ns: Vec<i64>,
    /// `None` where a value was lost.
    values: Vec<Option<f64>>,
}

/// A window as the bytes of a file; the same window gives the same bytes.
pub fn to_json(window: &Window) -> Result<Vec<u8>, crate::data::image::ImageError> {
    use base64::Engine as _;
    let encoded = |(time, image): &(Time, Image)| -> Result<Frame, crate::data::image::ImageError> {
        let png = base64::engine::general_purpose::STANDARD.encode(image.to_png()?);
        Ok(Frame { time_ns: time.0, png })
    };
    let signal = |series: &Series| Signal {
        name: series.name.clone(),
        times_ns: series.times.iter().map(|time| time.0).collect(),
        values: series.values.iter().map(|value| value.is_finite().then_some(*value)).collect(),
    };
    let file = File {
        at_ns: window.at.0,
        frames: window.frames.iter().map(encoded).collect::<Result<_, _>>()?,
        signals: window.signals.series.iter().map(signal).collect(),
    };
    // Plain values always serialize.
    Ok(serde_json::to_vec(&file).unwrap_or_default())
}

/// Parses the output of [`to_json`].
pub fn from_json(bytes: &[u8]) -> Result<Window, ReadError> {
    use base64::Engine as _;
    let file: File =
        serde_json::from_slice(bytes).map_err(|err| ReadError::damaged(format!("not a window ({err})")))?;
    let decoded = |frame: Frame| {
        let png = base64::engine::general_purpose::STANDARD.decode(frame.png);
        let png =
            png.map_err(|err| ReadError::damaged(format!("an image of the window is damaged ({err})")))?;
        Ok((Time(frame.time_ns), Image::decode(&png)?))
    };
    let series = |signal: Signal| {
        if signal.times_ns.len() != signal.values.len() {
            return Err(ReadError::times(format!(
                "the signal {:?} of the window does not have one value per time",
                signal.name
            )));
        }
        Ok(Series {
            name: signal.name,
            times: signal.times_ns.into_iter().map(Time).collect(),
            values: signal.values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
        })
    };
    Ok(Window {
        at: Time(file.at_ns),
        frames: file.frames.into_iter().map(decoded).collect::<Result<_, ReadError>>()?,
        signals: Signals { series: file.signals.into_iter().map(series).collect::<Result<_, ReadError>>()? },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_comes_back_from_its_file_as_it_was() {
        let series = Series {
            name: "speed".to_owned(),
            times: vec![Time(1), Time(5), Time(i64::MAX)],
            values: vec![0.1, 1e300, -3.25],
        };
        let frames = vec![(Time(0), Image::filled(3, 2, [1, 2, 3])), (Time(7), Image::filled(3, 2, [9; 3]))];
        let window = Window { at: Time(7), frames, signals: Signals { series: vec![series] } };
        assert_eq!(from_json(&to_json(&window).unwrap()).unwrap(), window);
        assert!(from_json(b"{\"at_ns\": 1, \"frames\": [{\"time_ns\": 1, \"png\": \"!\"}]}").is_err());
        assert!(from_json(b"5").unwrap_err().to_string().contains("not a window"));
    }

    #[test]
    fn signals_begin_with_the_value_that_held_then() {
        let times: Vec<Time> = (0..10).map(|i| Time::from_secs(f64::from(i))).collect();
        let values: Vec<f64> = (0..10).map(f64::from).collect();
        let found = part("a", &times, &values, Time::from_secs(6.5), 2.0);
        assert_eq!(found.values, [4.0, 5.0, 6.0]);
        assert_eq!(part("a", &times, &values, Time::from_secs(0.5), 60.0).values, [0.0]);
        assert!(part("a", &times, &values, Time(-1), 1.0).values.is_empty());
    }
}
