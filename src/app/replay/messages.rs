//! Messages at the playhead as lines, decoded on a thread of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::OpenProject;
use crate::app::jobs::Outbox;
use crate::base::time::index_at;
use crate::base::worker::Worker;
use crate::clips::joined::Joined;
use crate::clips::raw::MessageLine;

/// Recording, topic, and position of a message.
type Place = (u64, usize, usize);

/// The fields of a message, or the reason why they cannot be told.
pub type Lines = Arc<Result<Vec<MessageLine>, Unread>>;

/// A message that cannot be shown, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unread(String);

/// Messages that were decoded, and the thread that does it.
#[derive(Default)]
pub struct Messages {
    worker: Option<Worker<Place, Arc<Joined>>>,
    shown: BTreeMap<String, (usize, Lines)>,
}

impl Messages {
    /// The latest decoded message of a topic, with its position.
    pub fn shown(&self, topic: &str) -> Option<&(usize, Lines)> {
        self.shown.get(topic)
    }

    /// True while a message is decoded.
    pub fn busy(&self) -> bool {
        self.worker.as_ref().is_some_and(Worker::busy)
    }
}

fn worker(outbox: Outbox) -> Worker<Place, Arc<Joined>> {
    let failures = outbox.clone();
    let tell = |outbox: &Outbox, place: Place, topic: String, lines: Lines| {
        outbox.send(move |app| {
            let Some(open) = app.open.clip.as_mut().filter(|open| open.id == place.0) else { return };
            open.messages.shown.insert(topic, (place.2, lines));
        });
    };
    Worker::new(
        "messages",
        move |place: &Place, clip: Arc<Joined>, _| {
            let (_, topic, index) = *place;
            let Some(raw) = crate::clips::Clip::raw(&*clip) else { return };
            let topics = raw.topics();
            let Some(about) = topics.get(topic) else { return };
            let lines = match raw.message(topic, index) {
                Ok(message) => about.lines(&message).map_err(|err| Unread(err.to_string())),
                Err(err) => Err(Unread(err.to_string())),
            };
            tell(&outbox, *place, about.name.clone(), Arc::new(lines));
        },
        move |_, problem| failures.send(move |app| app.notices.error(problem)),
        || {},
    )
}

impl OpenProject {
    /// Asks for the messages at the playhead of every topic that is looked at.
    pub(in crate::app) fn want_messages(&mut self, outbox: impl FnOnce() -> Outbox) {
        let Some(open) = &mut self.clip else { return };
        if open.opened.messages.iter().all(|view| view.topic.is_empty()) {
            return;
        }
        let joined = Arc::clone(&open.joined);
        let Some(raw) = crate::clips::Clip::raw(&*joined) else { return };
        let topics = raw.topics();
        let mut wanted = Vec::new();
        for view in &open.opened.messages {
            let Some((at, topic)) = topics.iter().enumerate().find(|(_, topic)| topic.name == view.topic)
            else {
                continue;
            };
            let index = index_at(&topic.times, self.playback.playhead);
            let known = open.messages.shown.get(&topic.name).is_some_and(|(known, _)| *known == index);
            if !known && !topic.times.is_empty() {
                wanted.push(((open.id, at, index), Arc::clone(&joined)));
            }
        }
        if wanted.is_empty() {
            return;
        }
        open.messages.worker.get_or_insert_with(|| worker(outbox())).want(wanted);
    }
}
