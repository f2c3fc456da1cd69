//! Messages as recorded: their bytes and schemas, undecoded.

use std::sync::Arc;

use crate::base::time::Time;
use crate::clips::ClipError;
use crate::clips::messages::lines::lines;
use crate::data::clip::ChannelKind;

pub use crate::clips::messages::Described;
pub use crate::clips::messages::lines::MessageLine;

/// A topic of a recording of messages.
#[derive(Clone, Debug)]
pub struct RawTopic {
    /// Its name.
    pub name: String,
    /// Kind of its messages.
    pub kind: ChannelKind,
    /// Encoding and schema of its messages.
    pub described: Arc<Described>,
    /// The log times of its messages, sorted.
    pub times: Arc<Vec<Time>>,
}

impl RawTopic {
    /// The fields of one of its messages. Long arrays are cut and say their length, bytes are counted.
    pub fn lines(&self, message: &RawMessage) -> Result<Vec<MessageLine>, NotDecoded> {
        lines(&self.described, &message.data).map_err(|err| NotDecoded(err.to_string()))
    }

    /// Messages per second from the first to the last; none with fewer than two.
    pub fn rate(&self) -> Option<f64> {
        let (first, last) = (self.times.first()?, self.times.last()?);
        let seconds = (*last - *first).secs();
        (seconds > 0.0).then(|| (self.times.len() - 1) as f64 / seconds)
    }
}

/// A message whose fields cannot be told, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotDecoded(String);

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// Its bytes in the encoding of the topic.
    pub data: Vec<u8>,
    /// Its sequence number; 0 where the container has none.
    pub sequence: u32,
    /// Time at which it was published, where the container has it.
    pub published: Option<Time>,
}

/// Access to messages as recorded.
pub trait RawMessages {
    /// The topics with messages.
    fn topics(&self) -> Vec<RawTopic>;
    /// A message by the positions of its topic and of itself in it.
    fn message(&self, topic: usize, index: usize) -> Result<RawMessage, ClipError>;
    /// The message at which decoding must begin to reach one: of video packets the key frame before it, else itself.
    fn beginning(&self, topic: usize, index: usize) -> usize;
}
