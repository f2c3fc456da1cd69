//! Several label files of one data set as one: the parts of a folder, such as `train` and `val`.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::labels::label::Label;
use crate::exchange::Read;
use crate::exchange::bundle::{Bundle, SampleRef, Stream};

/// Adds parts with one stream each, in order. Samples are numbered on; files of the same name in several parts get the
/// name of their part as a folder.
pub(super) fn merged(parts: Vec<(String, Read)>) -> Read {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (_, read) in &parts {
        let own: BTreeSet<&String> = samples(&read.bundle).map(|sample| &sample.file).collect();
        for file in own {
            *seen.entry(file.clone()).or_default() += 1;
        }
    }
    let every_sample = parts.iter().all(|(_, read)| read.bundle.every_sample);
    let mut whole = Read { bundle: Bundle { every_sample, ..Bundle::empty() }, warnings: Vec::new() };
    let mut stream = Stream::default();
    let (mut first_frame, mut first_id) = (0, 0);
    for (name, read) in parts {
        whole.warnings.extend(read.warnings);
        whole.bundle.ontology.join(&read.bundle.ontology);
        let numbers = read.bundle.numbers.iter().map(|(frame, number)| (first_frame + frame, *number));
        whole.bundle.numbers.extend(numbers);
        let mut next = first_frame;
        for mut sample in samples(&read.bundle).cloned() {
            sample.frame += first_frame;
            next = next.max(sample.frame + 1);
            if !sample.file.is_empty() && seen.get(&sample.file).is_some_and(|parts| *parts > 1) {
                sample.file = format!("{name}/{}", sample.file);
            }
            stream.samples.push(sample);
        }
        let mut last = first_id;
        for label in read.bundle.labels {
            let (id, object, frame) =
                (first_id + label.id, first_id + label.object, first_frame + label.frame);
            last = last.max(id).max(object);
            next = next.max(frame + 1);
            whole.bundle.labels.push(Label { id, object, frame, ..label });
        }
        (first_frame, first_id) = (next, last);
    }
    stream.samples.sort_by_key(|sample| sample.frame);
    whole.bundle.streams.push(stream);
    whole
}

fn samples(bundle: &Bundle) -> impl Iterator<Item = &SampleRef> {
    bundle.streams.iter().flat_map(|stream| &stream.samples)
}
