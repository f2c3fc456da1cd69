//! A recording as questions see it.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::params::Params;
use crate::base::text::counted;
use crate::base::time::{Time, TimeRange};
use crate::data::clip::ChannelKind;
use crate::data::labels::odd::{self, title};
use crate::data::labels::tag::{MOMENT, Tag};
use crate::mining::drive::Drive;
use crate::mining::finders;
use crate::mining::finding::{Finding, Look};
use crate::tracks::ego::{places, stamps, vehicle_frame};
use crate::tracks::questions::complete::Known;
use crate::tracks::questions::is_class;
use crate::tracks::questions::question::{About, Question};
use crate::tracks::questions::world::{Actor, Signal, Stretch, World};
use crate::tracks::scene::EgoMotion;
use crate::tracks::track::Placed;

/// A world with the names of the channels that it is about, and what is unknown about it.
pub struct View {
    /// The world.
    pub world: World,
    /// The channel of its boxes; none without boxes.
    pub channel: Option<String>,
}

/// The worlds of a recording: one for each channel of boxes, else one of the vehicle and the signals alone. What a question
/// names is in them.
pub fn worlds(drive: &Drive<'_>, question: &Question, tags: &[Tag], notes: &mut Vec<String>) -> Vec<View> {
    let mut all = Vec::new();
    for scene in &drive.scenes {
        let tracks = scene.tracks.tracks.iter().map(|track| Actor::of(&scene.channel, track)).collect();
        let known = match &scene.ego {
            EgoMotion::Known(places) => places.clone(),
            EgoMotion::Relative => fixed(drive, scene),
            EgoMotion::Unknown(_) => Vec::new(),
        };
        let mut world = World::new(tracks, Some((&known, drive.shape.ahead)));
        world.relative = matches!(scene.ego, EgoMotion::Relative);
        all.push(View { world, channel: Some(scene.channel.clone()) });
    }
    for images in &drive.images {
        let tracks = images.tracks.tracks.iter().map(|track| Actor::of(&images.channel, track)).collect();
        all.push(View { world: World::new(tracks, None), channel: Some(images.channel.clone()) });
    }
    if !question.needs_tracks() {
        // One world has the vehicle and the signals; the others would say the same again.
        let with_ego = all.iter().position(|view| view.world.ego().is_some());
        all = if let Some(at) = with_ego {
            vec![all.swap_remove(at)]
        } else {
            let known = way(drive);
            vec![View { world: World::new(Vec::new(), Some((&known, drive.shape.ahead))), channel: None }]
        };
    }
    // A question about the vehicle is answered where the vehicle is.
    if question.about() == About::Vehicle && all.iter().any(|view| view.world.ego().is_some()) {
        all.retain(|view| view.world.ego().is_some());
    }
    let signals = signals(drive, question);
    let names: Vec<String> =
        drive.info.of_kind(ChannelKind::Signal).map(|(_, channel)| channel.name.clone()).collect();
    let findings = found(drive, question, notes);
    unknown_names(drive, question, tags, notes);
    let tags = stretches(tags, question, drive.range());
    for view in &mut all {
        view.world.signals.clone_from(&signals);
        view.world.signal_names.clone_from(&names);
        view.world.tags.clone_from(&tags);
        view.world.findings.clone_from(&findings);
    }
    all
}

/// Names of a recording that questions may hold in quotes.
pub fn known(drive: &Drive<'_>, tags: &[Tag]) -> Known {
    let mut classes = BTreeSet::new();
    let tracks = drive.scenes.iter().flat_map(|scene| &scene.tracks.tracks);
    for track in tracks.chain(drive.images.iter().flat_map(|images| &images.tracks.tracks)) {
        classes.extend(track.states.iter().map(|state| state.class.to_string()));
    }
    classes.extend(["vehicle", "person", "cycle"].map(str::to_owned));
    let of = |kind: ChannelKind| drive.info.of_kind(kind).map(|(_, channel)| channel.name.clone());
    let tags: BTreeSet<String> = tags.iter().map(|tag| title(&tag.kind).to_owned()).collect();
    Known {
        classes: classes.into_iter().collect(),
        signals: of(ChannelKind::Signal).collect(),
        tags: tags.into_iter().collect(),
        finders: finders::KINDS.iter().map(|kind| kind.id.to_owned()).collect(),
        channels: of(ChannelKind::Cuboids).chain(of(ChannelKind::Boxes)).collect(),
    }
}

/// Notes on classes, channels of boxes and tags in quotes that the recording does not have.
fn unknown_names(drive: &Drive<'_>, question: &Question, tags: &[Tag], notes: &mut Vec<String>) {
    let known = known(drive, tags);
    let mut note = |what: &str, name: &str, known: &[String]| {
        let hint = crate::base::nearest::hint(name, known.iter().map(String::as_str));
        notes.push(format!("the recording has no {what} {name:?}{hint}"));
    };
    for class in question.classes() {
        if !known.classes.iter().any(|own| is_class(class, own)) {
            note("class", class, &known.classes);
        }
    }
    for channel in question.sources() {
        if !known.channels.iter().any(|own| own == channel) {
            note("channel of boxes", channel, &known.channels);
        }
    }
    let domain = || odd::GROUPS.iter().flat_map(|group| group.entries);
    for wanted in question.tags() {
        let is = |name: &str| name.eq_ignore_ascii_case(wanted);
        let own = tags.iter().any(|tag| is(&tag.kind)) || known.tags.iter().any(|name| is(name));
        if !own && !domain().any(|(name, title, _)| is(name) || is(title)) {
            let all: Vec<String> =
                known.tags.iter().cloned().chain(domain().map(|(_, title, _)| (*title).to_owned())).collect();
            note("tag", wanted, &all);
        }
    }
}

/// The vehicle in its own frame: it stays where it is.
fn fixed(drive: &Drive<'_>, scene: &crate::clips::derived::Scene) -> Vec<(Time, Placed)> {
    let times: BTreeSet<Time> =
        scene.tracks.tracks.iter().flat_map(|track| track.states.iter().map(|state| state.time)).collect();
    let center = glam::DVec3::X * drive.shape.ahead;
    let size = glam::DVec3::new(drive.shape.length, drive.shape.width, 1.8);
    times.into_iter().map(|time| (time, Placed { center, heading: 0.0, size, velocity: None })).collect()
}

/// Places of the vehicle from its coordinate frames.
fn way(drive: &Drive<'_>) -> Vec<(Time, Placed)> {
    let frames = drive.clip.frames();
    let Some(vehicle) = vehicle_frame(&frames, "").map(str::to_owned) else { return Vec::new() };
    let world = frames.root(&vehicle).to_owned();
    places(&frames, &vehicle, &world, stamps(&frames, &vehicle), drive.shape)
}

/// The signals that a question names; the whole name, or its end where only one signal ends so.
fn signals(drive: &Drive<'_>, question: &Question) -> BTreeMap<String, Signal> {
    let mut found = BTreeMap::new();
    for name in question.signals() {
        let exact = drive.signal(name).or_else(|| {
            let ends = |channel: &str| {
                channel.strip_suffix(name).is_some_and(|rest| rest.ends_with(['.', '/', ':']))
            };
            let mut all = drive.info.of_kind(ChannelKind::Signal).filter(|(_, channel)| ends(&channel.name));
            let (_, only) = all.next()?;
            let only = only.name.clone();
            if all.next().is_some() { None } else { drive.signal(&only) }
        });
        let derived = || drive.speed().filter(|speed| speed.name == name);
        if let Some(signal) = exact.or_else(derived) {
            found.insert(name.to_owned(), Signal { times: signal.times, values: signal.values });
        }
    }
    found
}

/// Findings of the finders that a question names.
fn found(drive: &Drive<'_>, question: &Question, notes: &mut Vec<String>) -> BTreeMap<String, Vec<Stretch>> {
    let mut all = BTreeMap::new();
    for id in question.finders() {
        let Some(kind) = finders::kind(id) else {
            let known = finders::KINDS.iter().map(|kind| kind.id);
            notes.push(format!("unknown finder {id:?}{}", crate::base::nearest::hint(id, known)));
            continue;
        };
        let Look::Drive(find) = kind.look else {
            notes.push(format!("finder {id} decodes images or scans, which a question does not"));
            continue;
        };
        let found = find(drive, &Params::default());
        notes.extend(found.not_looked_at.iter().map(|why| format!("{id}: {why}")));
        let stretch = |finding: Finding| Stretch {
            range: TimeRange { start: finding.t0, end: finding.t1 },
            tracks: finding.tracks,
        };
        all.insert(id.to_owned(), found.findings.into_iter().map(stretch).collect());
    }
    all
}

/// Stretches of the tags that a question names, by the name of the type, or by the name of the attribute of the domain.
fn stretches(tags: &[Tag], question: &Question, whole: TimeRange) -> BTreeMap<String, Vec<Stretch>> {
    let mut all: BTreeMap<String, Vec<Stretch>> = BTreeMap::new();
    for wanted in question.tags() {
        let is = |name: &str| name.eq_ignore_ascii_case(wanted);
        for tag in tags {
            let named = is(&tag.kind) || is(title(&tag.kind)) || odd::name_of(&tag.kind).is_some_and(is);
            if !named {
                continue;
            }
            let range = match (odd::name_of(&tag.kind), tag.end) {
                (Some(_), _) if !odd::is_present(tag) => continue,
                (Some(_), _) => whole,
                (None, Some(end)) => TimeRange { start: tag.start, end },
                (None, None) => TimeRange { start: tag.start - MOMENT, end: tag.start + MOMENT },
            };
            all.entry(wanted.to_owned()).or_default().push(Stretch { range, tracks: Vec::new() });
        }
    }
    all
}

/// Contents of a view, in a few words.
pub(super) fn described(view: &View) -> String {
    let tracks = view.world.actors().iter().filter(|actor| !actor.is_ego).count();
    let whole = view.channel.clone().unwrap_or_else(|| "the vehicle and signals".to_owned());
    if view.channel.is_some() { format!("{whole} ({})", counted(tracks, "track")) } else { whole }
}
