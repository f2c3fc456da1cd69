//! Replay of the open recording: playhead, decoded frames, thumbnails.

pub mod command;
mod derived;
pub mod frames;
pub mod messages;
pub mod open_clip;
pub mod playback;
pub mod recordings;
pub mod series;
pub mod thumbnails;
pub mod tiles;
