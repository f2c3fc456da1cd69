//! Playhead and its motion. Time comes in from outside, so tests need no clock.

use std::sync::Arc;

use crate::app::replay::command::PlayCommand;
use crate::app::{App, OpenProject};
use crate::base::time::{Span, Time, TimeRange, index_at};
use crate::data::clip::ChannelId;
use crate::data::labels::tag::Tag;

/// Speeds that faster and slower step through.
pub const SPEEDS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0, 16.0];

/// The playhead.
#[derive(Clone, Debug)]
pub struct Playback {
    /// The moment that is shown.
    pub playhead: Time,
    /// True while it moves by itself.
    pub playing: bool,
    /// Speed, 1 is real time.
    pub speed: f64,
    /// Range of the loop.
    pub loop_range: Option<TimeRange>,
    /// True if the loop is on.
    pub looping: bool,
    /// The camera that steps go by.
    pub camera: Option<ChannelId>,
    /// From the first sample to just after the last.
    pub range: TimeRange,
    /// Times of the active camera.
    pub times: Arc<Vec<Time>>,
    /// Position of the playhead before its last move.
    pub(in crate::app) came_from: Time,
    /// Position that `came_from` refers to.
    pub(in crate::app) arrived: Time,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            playhead: Time(0),
            playing: false,
            speed: 1.0,
            loop_range: None,
            looping: false,
            camera: None,
            range: TimeRange::default(),
            times: Arc::default(),
            came_from: Time(i64::MIN),
            arrived: Time(i64::MIN),
        }
    }
}

impl Playback {
    /// The shown frame of the active camera.
    pub fn frame(&self) -> usize {
        index_at(&self.times, self.playhead)
    }

    /// Remember the position of the playhead, to know the direction of its motion.
    pub(in crate::app) fn note_direction(&mut self) {
        if self.playhead != self.arrived {
            (self.came_from, self.arrived) = (self.arrived, self.playhead);
        }
    }

    /// True if the last move went backward, so that earlier frames are wanted next.
    pub fn goes_back(&self) -> bool {
        !self.playing && self.arrived < self.came_from
    }

    /// Time since the beginning of the recording.
    pub fn clip_time(&self) -> Span {
        self.playhead - self.range.start
    }

    pub(in crate::app) fn advance(&mut self, elapsed: Span) {
        if !self.playing || elapsed.0 <= 0 {
            return;
        }
        let target = self.playhead + Span::from_secs(elapsed.secs() * self.speed);
        match self.loop_range.filter(|range| self.looping && range.span().0 > 0) {
            Some(range) if target >= range.end || target < range.start => {
                let past = (target - range.end).0.max(0) % range.span().0;
                self.playhead = range.start + Span(past);
            }
            _ if target >= self.range.end => {
                self.playhead = self.last();
                self.playing = false;
            }
            _ => self.playhead = target,
        }
    }

    fn last(&self) -> Time {
        self.times.last().copied().unwrap_or(self.range.end).max(self.range.start)
    }

    fn seek(&mut self, time: Time) {
        self.playhead = self.range.clamp(time).min((self.range.end - Span(1)).max(self.range.start));
    }

    /// Goes by so many frames of the active camera and stays there.
    pub(in crate::app) fn step(&mut self, by: i64) {
        self.playing = false;
        let frame = self.frame() as i64 + by;
        self.seek_frame(frame.max(0) as usize);
    }

    /// Goes to a frame of the active camera.
    pub(in crate::app) fn seek_frame(&mut self, frame: usize) {
        if let Some(time) = self.times.get(frame.min(self.times.len().saturating_sub(1))) {
            self.playhead = *time;
        }
    }
}

impl OpenProject {
    fn neighbor_event(&self, forward: bool) -> Option<Time> {
        let (project, clip) = (self.project()?, self.clip.as_ref()?);
        let now = self.playback.playhead;
        let shown = |tag: &&Tag| tag.clip == clip.name && self.labeling.fits(tag);
        let starts = project.tags.iter().filter(shown).map(|tag| tag.start);
        if forward { starts.filter(|t| *t > now).min() } else { starts.filter(|t| *t < now).max() }
    }
}

impl App {
    pub(in crate::app) fn play(&mut self, command: PlayCommand) {
        let event = if let PlayCommand::Event { forward } = command {
            self.open.neighbor_event(forward)
        } else {
            None
        };
        let playback = &mut self.open.playback;
        match command {
            PlayCommand::Toggle => {
                playback.playing = !playback.playing && self.open.clip.is_some();
                // Playing at the end starts again.
                if playback.playing && playback.playhead >= playback.last() {
                    playback.playhead = playback.range.start;
                }
            }
            PlayCommand::Step(by) => playback.step(by),
            PlayCommand::Jump(by) => playback.seek(playback.playhead + by),
            PlayCommand::Seek(time) => playback.seek(time),
            PlayCommand::SeekFrame(frame) => playback.seek_frame(frame),
            PlayCommand::Start => playback.seek(playback.range.start),
            PlayCommand::End => playback.playhead = playback.last(),
            PlayCommand::Event { .. } => {
                if let Some(time) = event {
                    playback.seek(time);
                }
            }
            PlayCommand::Speed(speed) => playback.speed = speed.clamp(SPEEDS[0], SPEEDS[SPEEDS.len() - 1]),
            PlayCommand::Faster => {
                playback.speed =
                    SPEEDS.iter().copied().find(|s| *s > playback.speed).unwrap_or(playback.speed);
            }
            PlayCommand::Slower => {
                playback.speed =
                    SPEEDS.iter().rev().copied().find(|s| *s < playback.speed).unwrap_or(playback.speed);
            }
            PlayCommand::ToggleLoop => {
                playback.looping = !playback.looping;
                if playback.loop_range.is_none() {
                    playback.loop_range = Some(playback.range);
                }
            }
            PlayCommand::LoopRange(range) => {
                playback.loop_range = range.map(|r| TimeRange {
                    start: playback.range.clamp(r.start),
                    end: playback.range.clamp(r.end),
                });
                playback.looping = playback.loop_range.is_some();
            }
            PlayCommand::Camera(camera) => {
                playback.camera = Some(camera);
                self.follow_clip();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playing() -> Playback {
        Playback {
            playing: true,
            range: TimeRange { start: Time(0), end: Time(1_000_000_000) },
            times: Arc::new((0..10).map(|i| Time(i * 100_000_000)).collect()),
            ..Playback::default()
        }
    }

    #[test]
    fn it_stops_on_the_last_picture() {
        let mut playback = playing();
        playback.advance(Span::from_secs(0.25));
        assert_eq!(playback.frame(), 2);
        playback.advance(Span::from_secs(5.0));
        assert_eq!((playback.frame(), playback.playing), (9, false));
    }

    #[test]
    fn it_loops_without_losing_time() {
        let mut playback = playing();
        playback.loop_range = Some(TimeRange { start: Time(200_000_000), end: Time(400_000_000) });
        playback.looping = true;
        playback.playhead = Time(350_000_000);
        playback.advance(Span::from_secs(0.1));
        assert_eq!(playback.playhead, Time(250_000_000));
    }

    #[test]
    fn speed_scales_time() {
        let mut playback = playing();
        playback.speed = 2.0;
        playback.advance(Span::from_secs(0.2));
        assert_eq!(playback.playhead, Time(400_000_000));
    }
}
