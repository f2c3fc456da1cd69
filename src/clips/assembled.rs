//! Recordings assembled from files on disk, one file for each sample, and from tables of numbers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::base::inputs::{self, InputKind};
use crate::base::progress::Progress;
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::error::ReadError;
use crate::clips::{Clip, ClipError};
use crate::data::clip::{ChannelId, ChannelInfo, ChannelKind, ClipInfo, Sample};
use crate::data::geometry::frames::FrameTree;
use crate::data::image::Image;
use crate::data::time::log::LogEntry;

/// Samples of a channel.
enum Contents {
    /// One file each, read by this reader.
    Files(Vec<PathBuf>, Files),
    /// Numbers.
    Values(Arc<Vec<f64>>),
    /// In memory.
    Samples(Vec<Sample>),
}

/// Reads one file; the error is a sentence without the path.
type Reader = Box<dyn Fn(&Path) -> Result<Sample, ReadError> + Send + Sync>;
/// Notes about a file that a user needs before it is read, one sentence each.
type Check = Box<dyn Fn(&Path) -> Vec<String> + Send + Sync>;

/// Reader of the files of a channel.
pub(super) struct Files {
    read: Reader,
    check: Option<Check>,
}

impl Files {
    pub(super) fn new(read: impl Fn(&Path) -> Result<Sample, ReadError> + Send + Sync + 'static) -> Self {
        Self { read: Box::new(read), check: None }
    }

    /// The same, with a quick look at every file while the recording is indexed.
    pub(super) fn checked(self, check: impl Fn(&Path) -> Vec<String> + Send + Sync + 'static) -> Self {
        Self { check: Some(Box::new(check)), ..self }
    }

    /// The same without it.
    pub(super) fn unchecked(self) -> Self {
        Self { check: None, ..self }
    }
}

impl<F: Fn(&Path) -> Result<Sample, ReadError> + Send + Sync + 'static> From<F> for Files {
    fn from(read: F) -> Self {
        Self::new(read)
    }
}

/// Reads an image file.
pub(super) fn picture(path: &Path) -> Result<Sample, ReadError> {
    let bytes = inputs::read(path, InputKind::Media)?;
    Ok(Sample::Image(Image::decode(&bytes)?))
}

/// Sorts `frame2` before `frame10`: digits count as numbers.
///
/// Each number is written as its count of digits and its digits without leading zeros.
pub(super) fn natural(path: &Path) -> Vec<u8> {
    let text = path.as_os_str().as_encoded_bytes();
    let mut key = Vec::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(first) = rest.first() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            key.push(*first);
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let (number, after) = rest.split_at(digits);
        let zeros = number.iter().take_while(|byte| **byte == b'0').count().min(digits - 1);
        // Digits sort before letters, as in ASCII.
        key.extend([b'0', (digits - zeros).min(255) as u8]);
        key.extend_from_slice(&number[zeros..]);
        rest = after;
    }
    key
}

/// An assembled recording, also while it is assembled.
pub(super) struct Assembled {
    path: PathBuf,
    info: Arc<ClipInfo>,
    channels: Vec<(Arc<Vec<Time>>, Contents)>,
    frames: Arc<FrameTree>,
    logs: Arc<Vec<LogEntry>>,
    /// The description with what the check of the files found.
    checked: OnceLock<Arc<ClipInfo>>,
}

impl Assembled {
    /// An empty recording named after its file or folder.
    pub(super) fn new(path: &Path, format: &'static str) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let info = ClipInfo { name, format, indexed: true, ..ClipInfo::default() };
        Self {
            path: path.to_owned(),
            info: Arc::new(info),
            channels: Vec::new(),
            frames: Arc::default(),
            logs: Arc::default(),
            checked: OnceLock::new(),
        }
    }

    /// Adds a channel of files; `times` are sorted and as many as the files.
    pub(super) fn add_files(
        &mut self,
        name: &str,
        kind: ChannelKind,
        encoding: &str,
        times: Vec<Time>,
        files: Vec<PathBuf>,
        read: impl Into<Files>,
    ) {
        let read = read.into();
        if read.check.is_some() {
            Arc::make_mut(&mut self.info).indexed = false;
        }
        self.add(name, kind, encoding, times, Contents::Files(files, read));
    }

    /// Adds a signal; `times` are sorted and as many as the values.
    pub(super) fn add_signal(&mut self, name: &str, encoding: &str, times: Vec<Time>, values: Vec<f64>) {
        self.add(name, ChannelKind::Signal, encoding, times, Contents::Values(Arc::new(values)));
    }

    /// Adds samples in memory.
    pub(super) fn add_samples(
        &mut self,
        name: &str,
        kind: ChannelKind,
        encoding: &str,
        times: Vec<Time>,
        samples: Vec<Sample>,
    ) {
        self.add(name, kind, encoding, times, Contents::Samples(samples));
    }

    /// Adds a warning for the user.
    pub(super) fn warn(&mut self, warning: String) {
        Arc::make_mut(&mut self.info).warnings.push(warning);
    }

    /// Adds metadata for the user.
    pub(super) fn tell(&mut self, name: &str, text: String) {
        Arc::make_mut(&mut self.info).about.push((name.to_owned(), text));
    }

    /// Sets the coordinate frames.
    pub(super) fn set_frames(&mut self, frames: FrameTree) {
        self.frames = Arc::new(frames);
    }

    /// True if no channel was added.
    pub(super) fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    fn add(&mut self, name: &str, kind: ChannelKind, encoding: &str, times: Vec<Time>, contents: Contents) {
        let info = Arc::make_mut(&mut self.info);
        if let (Some(first), Some(last)) = (times.first(), times.last()) {
            let own = TimeRange { start: *first, end: *last + Span(1) };
            info.range = info.range.with(own);
        }
        if let Contents::Samples(samples) = &contents {
            let lines = times.iter().zip(samples).filter_map(|(time, sample)| {
                let Sample::Log(line) = sample else { return None };
                Some(LogEntry { time: *time, channel: name.into(), line: line.clone() })
            });
            let logs = Arc::make_mut(&mut self.logs);
            logs.extend(lines);
            logs.sort_by_key(|entry| entry.time);
        }
        let (name, encoding) = (name.to_owned(), encoding.to_owned());
        info.channels.push(ChannelInfo { name, kind, encoding, samples: times.len(), problem: None });
        self.channels.push((Arc::new(times), contents));
    }
}

/// More different sentences than a person reads.
const MOST: usize = 20;

/// Sentences about faults of files, each with the first file; files with the same fault are one sentence.
fn summed(found: BTreeMap<(usize, String), (usize, &Path)>) -> Vec<String> {
    let sentence = |((_, sentence), (count, first)): ((usize, String), (usize, &Path))| {
        let name = first.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        match count {
            1 => format!("{name}: {sentence}"),
            _ => format!("{name} and {} more files: {sentence}", count - 1),
        }
    };
    let all = found.len();
    let mut sentences: Vec<String> = found.into_iter().take(MOST).map(sentence).collect();
    if all > MOST {
        sentences.push(format!("{} more warnings about files of this recording", all - MOST));
    }
    sentences
}

impl Clip for Assembled {
    fn info(&self) -> Arc<ClipInfo> {
        Arc::clone(self.checked.get().unwrap_or(&self.info))
    }

    fn index(&self, progress: &Progress) -> Result<(), ClipError> {
        if self.info.indexed || self.checked.get().is_some() {
            return Ok(());
        }
        let mut found = BTreeMap::new();
        for (number, (_, contents)) in self.channels.iter().enumerate() {
            let Contents::Files(files, Files { check: Some(check), .. }) = contents else { continue };
            progress.begin(files.len() as u64);
            for (i, file) in files.iter().enumerate() {
                progress.reach(i as u64)?;
                for sentence in check(file) {
                    found.entry((number, sentence)).or_insert((0, file.as_path())).0 += 1;
                }
            }
        }
        let mut info = ClipInfo::clone(&self.info);
        info.indexed = true;
        info.warnings.extend(summed(found));
        // Whoever was first found the same.
        self.checked.get_or_init(|| Arc::new(info));
        Ok(())
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.channels.get(channel.0).map(|(times, _)| Arc::clone(times)).unwrap_or_default()
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        if let Some((_, Contents::Values(values))) = self.channels.get(channel.0) {
            Arc::clone(values)
        } else {
            Arc::default()
        }
    }

    fn frames(&self) -> Arc<FrameTree> {
        Arc::clone(&self.frames)
    }

    fn logs(&self) -> Arc<Vec<LogEntry>> {
        Arc::clone(&self.logs)
    }

    fn file(&self, channel: ChannelId, index: usize) -> Option<PathBuf> {
        match &self.channels.get(channel.0)?.1 {
            Contents::Files(files, _) => files.get(index).cloned(),
            Contents::Values(_) | Contents::Samples(_) => None,
        }
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        let missing = || ClipError::Missing { channel: channel.0, index, path: self.path.clone() };
        match &self.channels.get(channel.0).ok_or_else(missing)?.1 {
            Contents::Values(values) => values.get(index).map(|v| Sample::Scalar(*v)).ok_or_else(missing),
            Contents::Samples(samples) => samples.get(index).cloned().ok_or_else(missing),
            Contents::Files(files, read) => {
                let path = files.get(index).ok_or_else(missing)?;
                (read.read)(path).map_err(|err| ClipError::Sample {
                    channel: self.info.channel(channel).map(|c| c.name.clone()).unwrap_or_default(),
                    index,
                    problem: err.to_string(),
                    path: path.clone(),
                })
            }
        }
    }
}
