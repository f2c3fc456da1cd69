//! A run of finders over a recording.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::errors::quietly;
use crate::base::parallel::in_order;
use crate::base::params::Params;
use crate::base::progress::{Cancelled, Progress};
use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::inference::model::Model;
use crate::mining::drive::Drive;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::frames::Watched;
use crate::mining::models::{Rater, rated};
use crate::mining::predicted::stride;
use crate::mining::questions::{self, Named};
use crate::mining::reduced::Reduced;
use crate::tracks::scene::SceneTerms;

/// A finder with its thresholds.
#[derive(Clone)]
pub struct Asked {
    /// The finder.
    pub kind: &'static FinderKind,
    /// Its thresholds; absent ones have their initial value.
    pub params: Params,
    /// The question, of a finder that is one.
    pub question: Option<Arc<Named>>,
    /// Models for finders that run such.
    pub models: Arc<[Arc<Model>]>,
}

impl Asked {
    /// A finder with its usual thresholds.
    pub fn usual(kind: &'static FinderKind) -> Self {
        Self { kind, params: Params::default(), question: None, models: Arc::default() }
    }

    /// A question as a finder.
    pub fn question(question: Named) -> Self {
        Self { question: Some(Arc::new(question)), ..Self::usual(&questions::KIND) }
    }

    /// Name in findings: that of the finder, or of the question.
    pub fn id(&self) -> &str {
        self.question.as_ref().map_or(self.kind.id, |question| &question.name)
    }
}

/// Result of one finder.
#[derive(Clone, Debug)]
pub struct Mined {
    /// The finder.
    pub kind: &'static FinderKind,
    /// Name in findings: that of the finder, or of its question.
    pub id: String,
    /// Its findings, and parts that it could not look at.
    pub found: Found,
}

/// Runs finders over a recording; results are in the order of `asked`, findings in the order of time. `publish` gets the result
/// of each finder as soon as it is there.
pub fn mine(
    clip: &dyn Clip,
    name: &str,
    asked: &[Asked],
    (terms, threads): (&SceneTerms, usize),
    progress: &Progress,
    publish: &(dyn Fn(&Mined) + Sync),
) -> Result<Vec<Mined>, Cancelled> {
    let drive = Drive::read(clip, terms, progress)?;
    let mut results: Vec<Option<Mined>> = vec![None; asked.len()];
    let cheap: Vec<usize> = positions(asked, |look| matches!(look, Look::Drive(_)));
    let told = |at: usize, found: Found| {
        let mined = finished(&asked[at], name, found);
        publish(&mined);
        mined
    };
    let run = |n: usize| {
        let Asked { kind, params, question, .. } = &asked[cheap[n]];
        if let Some(question) = question {
            let found = quietly(|| questions::ask(&drive, question));
            return found.unwrap_or_else(|panic| Found::skipped(format!("internal error: {panic}")));
        }
        let Look::Drive(find) = kind.look else { return Found::default() };
        // A fault in one finder costs that finder.
        quietly(|| find(&drive, params))
            .unwrap_or_else(|panic| Found::skipped(format!("internal error: {panic}")))
    };
    progress.begin(asked.len() as u64);
    in_order(cheap.len(), threads, run, |n, found| {
        results[cheap[n]] = Some(told(cheap[n], found));
        progress.step()
    })?;
    let rest = positions(asked, |look| matches!(look, Look::Frames(_) | Look::Scans(_)));
    if !rest.is_empty() {
        for (at, found) in watched(&drive, asked, &rest, threads, progress)? {
            results[at] = Some(told(at, found));
        }
    }
    let rest = positions(asked, |look| matches!(look, Look::Models(_)));
    // Finders with the same models and stride share their predictions.
    let same = |a: &usize, b: &usize| {
        let (a, b) = (&asked[*a], &asked[*b]);
        Arc::ptr_eq(&a.models, &b.models) && stride(&a.params) == stride(&b.params)
    };
    for part in rest.chunk_by(same) {
        let rater = |at: &usize| match asked[*at].kind.look {
            Look::Models(look) => Some(Rater { kind: asked[*at].kind, look, params: &asked[*at].params }),
            Look::Drive(_) | Look::Frames(_) | Look::Scans(_) => None,
        };
        let raters: Vec<Rater<'_>> = part.iter().filter_map(rater).collect();
        let found = rated(&drive, &raters, &asked[part[0]].models, threads, progress)?;
        for (at, found) in part.iter().zip(found) {
            results[*at] = Some(told(*at, found));
        }
    }
    Ok(results.into_iter().flatten().collect())
}

fn positions(asked: &[Asked], wanted: impl Fn(&Look) -> bool) -> Vec<usize> {
    asked.iter().enumerate().filter(|(_, asked)| wanted(&asked.kind.look)).map(|(at, _)| at).collect()
}

fn finished(asked: &Asked, clip: &str, mut found: Found) -> Mined {
    for finding in &mut found.findings {
        clip.clone_into(&mut finding.clip);
    }
    found
        .findings
        .sort_by(|a, b| (a.t0, a.t1, &a.channels, &a.tracks).cmp(&(b.t0, b.t1, &b.channels, &b.tracks)));
    Mined { kind: asked.kind, id: asked.id().to_owned(), found }
}

/// Shows every image and every scan once to all finders that look at such.
fn watched(
    drive: &Drive<'_>,
    asked: &[Asked],
    rest: &[usize],
    threads: usize,
    progress: &Progress,
) -> Result<Vec<(usize, Found)>, Cancelled> {
    let of = |kind: ChannelKind| drive.info.of_kind(kind).map(|(id, _)| (kind, id)).collect::<Vec<_>>();
    let channels = [of(ChannelKind::Camera), of(ChannelKind::Points)].concat();
    let mut found: Vec<(usize, Found)> = rest.iter().map(|at| (*at, Found::default())).collect();
    let all: u64 = channels.iter().map(|(_, id)| drive.clip.times(*id).len() as u64).sum();
    progress.begin(all);
    let parts = Mutex::new(BTreeMap::new());
    let look = |n: usize| {
        let (kind, id) = channels[n];
        channel(drive, asked, rest, (kind, id), progress).map(|part| {
            parts.lock().unwrap_or_else(PoisonError::into_inner).insert(n, part);
        })
    };
    // Each channel is decoded in order on one thread, so that video goes on from where it is.
    in_order(channels.len(), threads, look, |_, done| done)?;
    let parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    for part in parts.into_values() {
        for (at, more) in part {
            if let Some((_, known)) = found.iter_mut().find(|(known, _)| *known == at) {
                known.add(more);
            }
        }
    }
    for (at, found) in &mut found {
        if found.looked_at.is_empty() && found.not_looked_at.is_empty() {
            let what = if matches!(asked[*at].kind.look, Look::Frames(_)) { "camera" } else { "LIDAR" };
            found.not_looked_at.push(format!("the recording has no {what}"));
        }
    }
    Ok(found)
}

/// Shows the samples of one channel to the finders for its kind.
fn channel(
    drive: &Drive<'_>,
    asked: &[Asked],
    rest: &[usize],
    (kind, id): (ChannelKind, ChannelId),
    progress: &Progress,
) -> Result<Vec<(usize, Found)>, Cancelled> {
    let camera = kind == ChannelKind::Camera;
    let (mut frames, mut scans) = (Vec::new(), Vec::new());
    for at in rest {
        match asked[*at].kind.look {
            Look::Frames(make) if camera => frames.push((*at, make(&asked[*at].params))),
            Look::Scans(make) if !camera => scans.push((*at, make(&asked[*at].params))),
            Look::Frames(_) | Look::Scans(_) | Look::Drive(_) | Look::Models(_) => {}
        }
    }
    let times = drive.clip.times(id);
    let mut broken = 0;
    if !frames.is_empty() || !scans.is_empty() {
        for (index, time) in times.iter().enumerate() {
            match drive.clip.read(id, index) {
                Ok(Sample::Image(image)) => {
                    let view = Reduced::new(&image);
                    for (_, watcher) in &mut frames {
                        watcher.see(*time, &image, &view);
                    }
                }
                Ok(Sample::Points(scan)) => {
                    for (_, watcher) in &mut scans {
                        watcher.see(*time, &scan);
                    }
                }
                Ok(_) | Err(_) => broken += 1,
            }
            progress.step()?;
        }
    }
    let name = drive.info.channel(id).map(|channel| channel.name.clone()).unwrap_or_default();
    let (speed, yaw_rate) = (drive.speed(), drive.yaw_rate());
    let watched = Watched {
        channel: &name,
        times: &times,
        speed: speed.as_ref(),
        yaw_rate: yaw_rate.as_ref(),
        focal: drive.focal(id),
    };
    let told = |mut found: Found| {
        found.looked_at.push(name.clone());
        if broken > 0 {
            found
                .not_looked_at
                .push(format!("{name}: {broken} of {} samples cannot be decoded", times.len()));
        }
        found
    };
    let frames = frames.into_iter().map(|(at, watcher)| (at, told(watcher.finish(&watched))));
    let scans = scans.into_iter().map(|(at, watcher)| (at, told(watcher.finish(&watched))));
    Ok(frames.chain(scans).collect())
}

/// All findings of a run, the most severe of each finder first and finders alternating by rank, so that the top of the list
/// shows every kind.
pub fn ranked(mined: &[Mined]) -> Vec<&Finding> {
    alternating(mined.iter().map(|mined| mined.found.findings.as_slice()))
}

/// The same of lists of findings, one a finder.
pub fn alternating<'a>(lists: impl IntoIterator<Item = &'a [Finding]>) -> Vec<&'a Finding> {
    let mut by_rank: Vec<(usize, usize, &Finding)> = Vec::new();
    for (number, findings) in lists.into_iter().enumerate() {
        let mut own: Vec<&Finding> = findings.iter().collect();
        own.sort_by(|a, b| b.severity.total_cmp(&a.severity).then(a.t0.cmp(&b.t0)));
        by_rank.extend(own.into_iter().enumerate().map(|(rank, finding)| (rank, number, finding)));
    }
    by_rank.sort_by_key(|(rank, number, _)| (*rank, *number));
    by_rank.into_iter().map(|(.., finding)| finding).collect()
}
