//! Recordings of messages, independent of storage: shared by MCAP files, ROS 1 bags and rosbag2 databases.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::base::progress::Progress;
use crate::base::time::{Time, index_at};
use crate::clips::error::ReadError;
use crate::clips::messages::{Content, Packet};
use crate::clips::raw::{RawMessage, RawMessages, RawTopic};
use crate::clips::streams::{SampleAt, Streams};
use crate::clips::topic::{Place, Topic};
use crate::clips::video::error::{NotDecoded, VideoError};
use crate::clips::video::h264::{Decoders, Packets, is_idr, key_frame, parameter_sets, units};
use crate::clips::video::{Codec, ffmpeg};
use crate::clips::{Clip, ClipError, Wanted};
use crate::data::clip::{ChannelId, ClipInfo, Sample};
use crate::data::geometry::frames::FrameTree;
use crate::data::image::Image;
use crate::data::time::log::LogEntry;

/// The bytes of a message.
pub(super) enum Message<'a> {
    /// Bytes of the file.
    Bytes(Cow<'a, [u8]>),
    /// A range of a decompressed block.
    Block(Arc<Vec<u8>>, Range<usize>),
}

impl Message<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Block(block, range) => block.get(range.clone()).unwrap_or_default(),
        }
    }
}

/// Storage of a recording's messages.
pub(super) trait Storage: Send + Sync {
    /// The message at a location.
    fn message(&self, place: Place) -> Result<Message<'_>, ReadError>;
    /// Sequence number and publish time of the message at a location, where the storage has them.
    fn header(&self, _place: Place) -> Option<(u32, Time)> {
        None
    }
    /// Finishes the index that opening began; `publish` gets the current state now and then, and at the end.
    fn index(&self, progress: &Progress, publish: &mut dyn FnMut(ClipInfo, Streams))
    -> Result<(), ClipError>;
    /// Position of a sample among those of the index, which is grown for it; `None` where the whole index is needed.
    fn locate(
        &self,
        _channel: ChannelId,
        _wanted: Wanted,
        _publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<Option<usize>, ClipError> {
        Ok(None)
    }
    /// Finds all messages; their contents may stay unread until [`index`](Self::index).
    fn index_messages(
        &self,
        progress: &Progress,
        publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<(), ClipError> {
        self.index(progress, publish)
    }
}

/// A recording of messages.
pub(super) struct Recorded<S> {
    path: PathBuf,
    storage: S,
    state: RwLock<(Arc<ClipInfo>, Streams)>,
    videos: Mutex<BTreeMap<ChannelId, Arc<Video>>>,
}

/// The decoders of a channel of video packets.
#[derive(Default)]
struct Video {
    h264: Decoders,
    /// Packets at which decoding can begin, as far as checked.
    syncs: Mutex<BTreeMap<usize, bool>>,
    /// Kind of the H.264 from a packet on, if it is one that is not decoded here.
    others: Mutex<BTreeMap<usize, Option<NotDecoded>>>,
    /// Recently decoded images of other codecs.
    kept: Mutex<Vec<(usize, Image)>>,
}

impl<S: Storage> Recorded<S> {
    pub(super) fn new(path: PathBuf, storage: S, info: ClipInfo, streams: Streams) -> Self {
        Self { path, storage, state: RwLock::new((Arc::new(info), streams)), videos: Mutex::default() }
    }

    fn with<T>(&self, read: impl FnOnce(&Streams) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    fn missing(&self, channel: ChannelId, index: usize) -> ClipError {
        ClipError::Missing { channel: channel.0, index, path: self.path.clone() }
    }

    fn packet(&self, channel: ChannelId, index: usize) -> Result<Packet, ReadError> {
        let found = self.with(|streams| streams.sample(channel, index));
        let Some(SampleAt::Message { place, decoder, .. }) = found else {
            return Err(ReadError::gone("the packet is missing"));
        };
        let message = self.storage.message(place)?;
        match decoder.content(&decoder.plain(message.bytes())?)? {
            Content::Packet(packet) => Ok(packet),
            Content::Sample(_) => Err(ReadError::unsupported("the message before is not a video packet")),
        }
    }

    fn video(&self, channel: ChannelId) -> Arc<Video> {
        let mut videos = self.videos.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(videos.entry(channel).or_default())
    }

    fn video_frame(&self, channel: ChannelId, index: usize, codec: Codec) -> Result<Image, ReadError> {
        let video = self.video(channel);
        let packets = ChannelPackets { recorded: self, channel, video: &video };
        if codec == Codec::H264 && packets.decodable(index)? {
            return Ok(video.h264.frame(&packets, index)?);
        }
        self.frame_of_others(&packets, index, codec)
    }

    /// Frames of codecs that ffmpeg decodes, a group of packets at a time.
    fn frame_of_others(
        &self,
        packets: &ChannelPackets<'_, S>,
        index: usize,
        codec: Codec,
    ) -> Result<Image, ReadError> {
        /// Number of packets after the requested one that are decoded with it.
        const AHEAD: usize = 16;
        /// Number of cached images.
        const KEPT: usize = 24;
        let mut kept = packets.video.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, image)) = kept.iter().find(|(at, _)| *at == index) {
            return Ok(image.clone());
        }
        let begin = (0..=index).rev().find(|at| packets.is_sync(*at)).unwrap_or(0);
        let end = (index + AHEAD).min(packets.count());
        let group: Result<Vec<Vec<u8>>, ReadError> =
            (begin..end).map(|at| self.packet(packets.channel, at).map(|packet| packet.data)).collect();
        let images = ffmpeg::decode(codec, &group?)?;
        *kept = images.into_iter().map(|(i, image)| (begin + i, image)).collect();
        let found = kept.iter().find(|(at, _)| *at == index).map(|(_, image)| image.clone());
        kept.retain(|(at, _)| at.abs_diff(index) < KEPT);
        Ok(found.ok_or(VideoError::Damaged)?)
    }
}

/// The messages of a channel as video packets; cameras send them in display order.
struct ChannelPackets<'a, S> {
    recorded: &'a Recorded<S>,
    channel: ChannelId,
    video: &'a Video,
}

impl<S: Storage> Packets for ChannelPackets<'_, S> {
    fn count(&self) -> usize {
        self.recorded.with(|streams| streams.times(self.channel)).len()
    }

    fn is_sync(&self, packet: usize) -> bool {
        let mut known = self.video.syncs.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(packet).or_insert_with(|| {
            self.recorded.packet(self.channel, packet).is_ok_and(|packet| begins(packet.codec, &packet.data))
        })
    }

    fn packet_of(&self, index: usize) -> usize {
        index
    }

    fn shown_as(&self, packet: usize) -> Option<usize> {
        Some(packet)
    }

    fn annex_b(&self, packet: usize, _begins: bool) -> Result<Vec<u8>, VideoError> {
        let packet = self.recorded.packet(self.channel, packet);
        packet.map(|packet| packet.data).map_err(|err| VideoError::Packet { problem: err.to_string() })
    }
}

impl<S: Storage> ChannelPackets<'_, S> {
    /// True if H.264 of the kind before a packet is decoded here, false if ffmpeg is there for it.
    fn decodable(&self, index: usize) -> Result<bool, VideoError> {
        let Some(sync) = (0..=index).rev().find(|at| self.is_sync(*at)) else { return Ok(true) };
        let mut known = self.video.others.lock().unwrap_or_else(PoisonError::into_inner);
        let other = match known.entry(sync) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => {
                let data = self.annex_b(sync, true)?;
                place.insert(parameter_sets(&data).find_map(|sps| sps.fits().err()))
            }
        };
        match other.as_ref() {
            None => Ok(true),
            Some(_) if ffmpeg::installed() => Ok(false),
            Some(other) => Err(VideoError::NeedsFfmpeg { other: other.clone() }),
        }
    }
}

/// True if decoding can begin with a packet.
fn begins(codec: Codec, data: &[u8]) -> bool {
    match codec {
        Codec::H264 => is_idr(data),
        // Units 16 to 21 are random access points.
        Codec::H265 => {
            units(data).any(|unit| unit.first().is_some_and(|first| (16..=21).contains(&(first >> 1 & 63))))
        }
        // The sequence header comes with key frames: a temporal delimiter may be before it.
        Codec::Av1 => match data {
            [0x12, 0x00, next, ..] | [next, ..] => next >> 3 & 15 == 1,
            [] => false,
        },
        // Marker, profile, no shown frame, key frame.
        Codec::Vp9 => data.first().is_some_and(|first| {
            let rest = if first >> 4 & 3 == 3 { first << 5 } else { first << 4 };
            first >> 6 == 2 && rest & 0b1100_0000 == 0
        }),
        Codec::Jpeg => true,
    }
}

impl<S: Storage> RawMessages for Recorded<S> {
    fn topics(&self) -> Vec<RawTopic> {
        self.with(|streams| {
            let topics = streams.topics().map(|topic| RawTopic {
                name: topic.name.clone(),
                kind: topic.decoder.kind(),
                described: Arc::clone(topic.decoder.described()),
                times: Arc::clone(&topic.times),
            });
            topics.collect()
        })
    }

    fn message(&self, topic: usize, index: usize) -> Result<RawMessage, ClipError> {
        let place = self.with(|streams| streams.topics().nth(topic)?.places.get(index).copied());
        let place = place.ok_or_else(|| self.missing(ChannelId(topic), index))?;
        let message = self.storage.message(place).map_err(|err| ClipError::Sample {
            channel: self.with(|streams| streams.topics().nth(topic).map(Topic::label)).unwrap_or_default(),
            index,
            problem: err.to_string(),
            path: self.path.clone(),
        })?;
        let (sequence, published) = self.storage.header(place).unzip();
        Ok(RawMessage { data: message.bytes().to_vec(), sequence: sequence.unwrap_or(0), published })
    }

    fn beginning(&self, topic: usize, index: usize) -> usize {
        let found =
            self.with(|streams| streams.topics().nth(topic).and_then(|t| streams.channel_of(&t.label())));
        let Some(channel) = found else { return index };
        let is_packet = self.packet(channel, index).is_ok();
        if !is_packet {
            return index;
        }
        let video = self.video(channel);
        let packets = ChannelPackets { recorded: self, channel, video: &video };
        (0..=index).rev().find(|at| packets.is_sync(*at)).unwrap_or(0)
    }
}

impl<S: Storage> Clip for Recorded<S> {
    fn raw(&self) -> Option<&dyn RawMessages> {
        Some(self)
    }

    fn info(&self) -> Arc<ClipInfo> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.with(|streams| streams.times(channel))
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        self.with(|streams| streams.values(channel))
    }

    fn frames(&self) -> Arc<FrameTree> {
        self.with(Streams::frames)
    }

    fn logs(&self) -> Arc<Vec<LogEntry>> {
        self.with(Streams::logs)
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        let found = self.with(|streams| streams.sample(channel, index));
        match found.ok_or_else(|| self.missing(channel, index))? {
            SampleAt::Number(value) => Ok(Sample::Scalar(value)),
            SampleAt::Message { place, decoder, channel: name } => {
                let read = || -> Result<Sample, ReadError> {
                    let message = self.storage.message(place)?;
                    match decoder.content(&decoder.plain(message.bytes())?)? {
                        Content::Sample(sample) => Ok(sample),
                        Content::Packet(packet) => {
                            self.video_frame(channel, index, packet.codec).map(Sample::Image)
                        }
                    }
                };
                read().map_err(|err| ClipError::Sample {
                    channel: name,
                    index,
                    problem: err.to_string(),
                    path: self.path.clone(),
                })
            }
        }
    }

    fn preview(&self, channel: ChannelId, index: usize) -> Result<Image, ClipError> {
        if !self.packet(channel, index).is_ok_and(|packet| packet.codec == Codec::H264) {
            return self.picture(channel, index);
        }
        let video = self.video(channel);
        let packets = ChannelPackets { recorded: self, channel, video: &video };
        if !packets.decodable(index).unwrap_or(false) {
            return self.picture(channel, index);
        }
        key_frame(&packets, index).map_err(|err| {
            let channel = self.info().channel(channel).map(|c| c.name.clone()).unwrap_or_default();
            ClipError::Sample { channel, index, problem: err.to_string(), path: self.path.clone() }
        })
    }

    fn stamps(&self, channel: ChannelId, progress: &Progress) -> Result<Option<Vec<Time>>, ClipError> {
        let Some((places, decoder)) = self.with(|streams| streams.messages(channel)) else { return Ok(None) };
        progress.begin(places.len() as u64);
        let mut stamps = Vec::with_capacity(places.len());
        for (i, place) in places.iter().enumerate() {
            progress.reach(i as u64)?;
            let message = self.storage.message(*place);
            let stamp = message.ok().and_then(|message| decoder.stamp(&decoder.plain(message.bytes()).ok()?));
            let Some(stamp) = stamp else { return Ok(None) };
            stamps.push(stamp);
        }
        Ok(Some(stamps))
    }

    fn seams(&self) -> Option<Vec<Time>> {
        self.with(Streams::seams)
    }

    fn locate(&self, channel: ChannelId, wanted: Wanted, progress: &Progress) -> Result<usize, ClipError> {
        let found = self.storage.locate(channel, wanted, &mut |info, streams| {
            *self.state.write().unwrap_or_else(PoisonError::into_inner) = (Arc::new(info), streams);
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
        self.index_samples(progress)?;
        Ok(match wanted {
            Wanted::Index(index) => index,
            Wanted::Time(time) => index_at(&self.times(channel), time),
        })
    }

    fn index_samples(&self, progress: &Progress) -> Result<(), ClipError> {
        self.storage.index_messages(progress, &mut |info, streams| {
            *self.state.write().unwrap_or_else(PoisonError::into_inner) = (Arc::new(info), streams);
        })
    }

    fn index(&self, progress: &Progress) -> Result<(), ClipError> {
        self.storage.index(progress, &mut |info, streams| {
            *self.state.write().unwrap_or_else(PoisonError::into_inner) = (Arc::new(info), streams);
        })
    }
}
