//! Association of detections in two stages: those with a high score first, then those with a low one.
//!
//! After Zhang et al., "`ByteTrack`: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022. Objects that are
//! occluded are detected with a low score, which is enough to go on with a track and never enough to begin one.
//! Differences from the published program: the filter holds width and height in place of ratio and height, scores are
//! not multiplied into the overlap, a confirmed track has its id from its first detection on, and two tracks that cover
//! each other are not merged.

use crate::tracks::assignment::{Edge, heaviest};
use crate::tracks::kalman::{ConstantVelocity, KalmanError};
use crate::tracks::motion::Motion;

/// A detection.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored<S> {
    /// Box or center.
    pub shape: S,
    /// Confidence, 0 to 1.
    pub score: f64,
    /// Class; any numbering.
    pub class: u32,
}

/// The detections of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan<S> {
    /// Time in seconds, later than that of the frame before.
    pub secs: f64,
    /// Detections in any order.
    pub detections: Vec<Scored<S>>,
}

/// Parameters of the association; the defaults are those of the paper and of its program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoStageSettings {
    /// Score of the detections of the first stage.
    pub high_score: f64,
    /// Score of the detections of the second stage; those below are ignored.
    pub low_score: f64,
    /// Score from which a detection begins a track.
    pub new_score: f64,
    /// Similarity above which detections match in the first stage.
    pub min_first: f64,
    /// Similarity above which detections match in the second stage.
    pub min_second: f64,
    /// Similarity above which the second detection of a new track matches.
    pub min_new: f64,
    /// Time in seconds after which a track that is not detected ends.
    pub max_lost_secs: f64,
    /// Match detections of one class only.
    pub by_class: bool,
}

impl Default for TwoStageSettings {
    fn default() -> Self {
        Self {
            high_score: 0.6,
            low_score: 0.1,
            new_score: 0.7,
            min_first: 0.2,
            min_second: 0.5,
            min_new: 0.3,
            max_lost_secs: 1.0,
            by_class: true,
        }
    }
}

/// Tracks of the detections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// Track of each detection by frame, counted from 1; `None` for detections that belong to no track.
    pub ids: Vec<Vec<Option<u64>>>,
    /// Number of tracks.
    pub tracks: u64,
    /// Number of detections that were none (not finite, negative size) and were left out.
    pub left_out: usize,
}

/// Reason for which detections cannot be linked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TwoStageError {
    /// The time of a frame is no number, or not later than that of the frame before.
    #[error(
        "the time of frame {frame} (from 0) is not later than that of the frame before, sort the frames by time"
    )]
    Time {
        /// Index of the frame.
        frame: usize,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Detected once.
    New,
    Tracked,
    Lost,
    Ended,
}

struct Track<const N: usize> {
    filter: ConstantVelocity<N>,
    class: u32,
    state: State,
    last_secs: f64,
    /// It began on the first frame or was detected twice.
    confirmed: bool,
    /// Frames and positions of its detections.
    members: Vec<(usize, usize)>,
}

/// Links detections over frames.
///
/// # Errors
///
/// Times that do not increase.
pub fn link<const N: usize, M: Motion<N>>(
    scans: &[Scan<M::Shape>],
    motion: &M,
    settings: &TwoStageSettings,
) -> Result<Linked, TwoStageError> {
    let mut tracks: Vec<Track<N>> = Vec::new();
    let mut linked = Linked::default();
    let mut done: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut before: Option<f64> = None;
    for (frame, scan) in scans.iter().enumerate() {
        if !scan.secs.is_finite() || before.is_some_and(|before| scan.secs <= before) {
            return Err(TwoStageError::Time { frame });
        }
        let passed = before.map_or(0.0, |before| scan.secs - before);
        before = Some(scan.secs);
        for track in &mut tracks {
            if track.state == State::Lost {
                motion.unseen(&mut track.filter);
            }
            let noise = motion.process(&track.filter.position, passed);
            if track.filter.predict(passed, &noise).is_err() {
                track.state = State::Ended;
            }
        }
        let mut step = Step::new(frame, scan, motion, settings);
        linked.left_out += step.invalid;
        step.run(&mut tracks);
        linked.ids.push(vec![None; scan.detections.len()]);
        let (ended, going): (Vec<_>, Vec<_>) =
            tracks.into_iter().partition(|track| track.state == State::Ended);
        done.extend(ended.into_iter().filter(|track| track.confirmed).map(|track| track.members));
        tracks = going;
    }
    done.extend(tracks.into_iter().filter(|track| track.confirmed).map(|track| track.members));
    done.sort_unstable();
    for (track, members) in done.iter().enumerate() {
        for (frame, position) in members {
            linked.ids[*frame][*position] = Some(track as u64 + 1);
        }
    }
    linked.tracks = done.len() as u64;
    Ok(linked)
}

/// The association of one frame.
struct Step<'a, const N: usize, M: Motion<N>> {
    frame: usize,
    scan: &'a Scan<M::Shape>,
    motion: &'a M,
    settings: &'a TwoStageSettings,
    /// Coordinates of the detections, `None` for those that are none.
    measured: Vec<Option<[f64; N]>>,
    taken: Vec<bool>,
    invalid: usize,
}

impl<'a, const N: usize, M: Motion<N>> Step<'a, N, M> {
    fn new(frame: usize, scan: &'a Scan<M::Shape>, motion: &'a M, settings: &'a TwoStageSettings) -> Self {
        let measured: Vec<Option<[f64; N]>> = scan
            .detections
            .iter()
            .map(|found| motion.measured(&found.shape).filter(|_| found.score.is_finite()))
            .collect();
        let invalid = measured.iter().filter(|measured| measured.is_none()).count();
        Self { frame, scan, motion, settings, taken: vec![false; measured.len()], measured, invalid }
    }

    fn run(&mut self, tracks: &mut Vec<Track<N>>) {
        let settings = self.settings;
        let high = |score: f64| score >= settings.high_score;
        let low = |score: f64| score >= settings.low_score && score < settings.high_score;
        let mut seen = vec![false; tracks.len()];
        self.stage(tracks, &mut seen, &[State::Tracked, State::Lost], high, settings.min_first);
        self.stage(tracks, &mut seen, &[State::Tracked], low, settings.min_second);
        self.stage(tracks, &mut seen, &[State::New], high, settings.min_new);
        for (track, seen) in tracks.iter_mut().zip(seen) {
            let gone = self.scan.secs - track.last_secs > settings.max_lost_secs;
            track.state = match track.state {
                State::Ended => State::Ended,
                _ if seen => State::Tracked,
                State::New => State::Ended,
                State::Tracked | State::Lost => {
                    if gone {
                        State::Ended
                    } else {
                        State::Lost
                    }
                }
            };
        }
        self.begin(tracks);
    }

    /// Matches the tracks in some states that were not seen yet with the free detections of some scores.
    fn stage(
        &mut self,
        tracks: &mut [Track<N>],
        seen: &mut [bool],
        states: &[State],
        scores: impl Fn(f64) -> bool,
        least: f64,
    ) {
        let mut edges = Vec::new();
        for (row, track) in tracks.iter().enumerate() {
            if seen[row] || !states.contains(&track.state) {
                continue;
            }
            for (column, found) in self.scan.detections.iter().enumerate() {
                let same = !self.settings.by_class || found.class == track.class;
                if self.taken[column] || self.measured[column].is_none() || !same || !scores(found.score) {
                    continue;
                }
                let weight = self.motion.similarity(&track.filter.position, &found.shape) - least;
                if weight > 0.0 {
                    edges.push(Edge { row: row as u32, column: column as u32, weight });
                }
            }
        }
        for edge in heaviest(&edges).into_iter().map(|index| edges[index]) {
            let (row, column) = (edge.row as usize, edge.column as usize);
            let Some(measured) = self.measured[column] else { continue };
            let noise = self.motion.noise(&tracks[row].filter.position);
            if self.follow(&mut tracks[row], column, measured, noise).is_ok() {
                (seen[row], self.taken[column]) = (true, true);
            }
        }
    }

    fn follow(
        &self,
        track: &mut Track<N>,
        column: usize,
        measured: [f64; N],
        noise: [f64; N],
    ) -> Result<(), KalmanError> {
        track.filter.update(&measured, &noise)?;
        track.last_secs = self.scan.secs;
        track.confirmed = true;
        track.members.push((self.frame, column));
        Ok(())
    }

    /// Begins tracks with the free detections of high score; on the first frame they need no second one.
    fn begin(&self, tracks: &mut Vec<Track<N>>) {
        for (column, found) in self.scan.detections.iter().enumerate() {
            let Some(measured) = self.measured[column].filter(|_| !self.taken[column]) else { continue };
            if found.score < self.settings.new_score.max(self.settings.high_score) {
                continue;
            }
            let Ok(filter) = ConstantVelocity::new(measured, self.motion.start(&measured)) else { continue };
            tracks.push(Track {
                filter,
                class: found.class,
                state: if self.frame == 0 { State::Tracked } else { State::New },
                confirmed: self.frame == 0,
                last_secs: self.scan.secs,
                members: vec![(self.frame, column)],
            });
        }
    }
}
