//! Replay of the open recording: playhead, decoded frames, thumbnails.

pub mod command;
mod derived;
pub mod frames;
pub mod open_clip;
pub mod playback;
pub mod recordings;
pub mod thumbnails;
