//! Tracks that are one thing: where one ends another begins at once, as if it had been carried on.

use crate::base::time::{Span, Time};
use crate::mining::boxes::Boxes;
use crate::mining::carry::{Near, carried};
use crate::tracks::track::Track;

/// A track and the one that goes on in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The track that ends.
    pub from: usize,
    /// The track that begins.
    pub to: usize,
    /// Distance of its first place from that of the other carried on: meters, or 1 minus the overlap.
    pub apart: f64,
}

/// Terms of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkTerms {
    /// Longest time between both.
    pub within: Span,
    /// Largest distance of their places.
    pub near: Near,
    /// Least observations of the one that ends.
    pub seen: usize,
}

impl Default for LinkTerms {
    /// Half a second and 2 m; in images an overlap of 0.3 (auto-tags of Uber ATG).
    fn default() -> Self {
        Self { within: Span(500_000_000), near: Near { meters: 2.0, iou: 0.3 }, seen: 3 }
    }
}

/// The links between the tracks of a channel, nearest first; each track ends and begins in one of them at most.
pub fn links(boxes: &Boxes<'_>, terms: &LinkTerms) -> Vec<Link> {
    let last = boxes.moments.last().copied().unwrap_or_default();
    let mut starts: Vec<(Time, usize)> =
        boxes.tracks.iter().enumerate().map(|(number, track)| (track.start(), number)).collect();
    starts.sort_unstable();
    let mut all: Vec<Link> = Vec::new();
    for (from, track) in boxes.tracks.iter().enumerate() {
        let end = track.end();
        if track.states.len() < terms.seen || end >= last {
            continue;
        }
        let first = starts.partition_point(|(start, _)| *start <= end);
        let candidates = starts[first..].iter().take_while(|(start, _)| *start - end <= terms.within);
        all.extend(candidates.filter_map(|(start, to)| {
            let begun = boxes.tracks.get(*to)?.states.first()?;
            let carried = carried(track, track.states.len() - 1, *start)?;
            terms.near.apart(&carried, &begun.place).map(|apart| Link { from, to: *to, apart })
        }));
    }
    all.sort_by(|a, b| a.apart.total_cmp(&b.apart).then((a.from, a.to).cmp(&(b.from, b.to))));
    let mut taken = vec![[false; 2]; boxes.tracks.len()];
    all.retain(|link| {
        let free = !taken[link.from][0] && !taken[link.to][1];
        if free {
            taken[link.from][0] = true;
            taken[link.to][1] = true;
        }
        free
    });
    all
}

/// Things over all their tracks: positions of tracks in the order of time, each track in one thing.
pub fn things(boxes: &Boxes<'_>, links: &[Link]) -> Vec<Vec<usize>> {
    let mut next = vec![None; boxes.tracks.len()];
    let mut begun = vec![true; boxes.tracks.len()];
    for link in links {
        next[link.from] = Some(link.to);
        begun[link.to] = false;
    }
    let first = (0..boxes.tracks.len()).filter(|number| begun[*number]);
    first.map(|number| std::iter::successors(Some(number), |number| next[*number]).collect()).collect()
}

/// A thing as one track, under the id of its first.
pub fn merged(boxes: &Boxes<'_>, thing: &[usize]) -> Option<Track> {
    let mut tracks = thing.iter().filter_map(|number| boxes.tracks.get(*number));
    let mut whole = tracks.next()?.clone();
    for track in tracks {
        whole.states.extend(track.states.iter().cloned());
    }
    Some(whole)
}
