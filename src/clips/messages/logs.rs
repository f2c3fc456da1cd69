//! Lines of text that programs wrote while driving.

use super::Meaning;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::log::{LogLevel, LogLine};

/// Log messages of ROS and Foxglove.
pub(super) static KIND: Meaning = Meaning {
    schemas: &["rosgraph_msgs/Log", "rcl_interfaces/Log", "foxglove.Log"],
    kind: ChannelKind::Log,
    numbers: false,
    read: |message| {
        let text = message.text_at("message").or_else(|| message.text_at("msg")).unwrap_or_default();
        // Foxglove counts 1 to 5; ROS 1 uses powers of two from 1; ROS 2 tens from 10.
        let ros1 = message.at("topics").is_some();
        let level = match message.number_at("level").unwrap_or(0.0) as u32 {
            1 | 10 => LogLevel::Debug,
            3 | 30 => LogLevel::Warning,
            4 if ros1 => LogLevel::Warning,
            4 | 8 | 40 => LogLevel::Error,
            5 | 16 | 50 => LogLevel::Fatal,
            _ => LogLevel::Info,
        };
        let source = message.text_at("name").unwrap_or_default().to_owned();
        Ok(Sample::Log(LogLine { level, source, text: text.to_owned() }))
    },
};

/// Plain texts.
pub(super) static TEXT: Meaning = Meaning {
    schemas: &["std_msgs/String"],
    kind: ChannelKind::Log,
    numbers: false,
    read: |message| {
        let text = message.text_at("data").ok_or("field \"data\" is missing")?.to_owned();
        Ok(Sample::Log(LogLine { level: LogLevel::Info, source: String::new(), text }))
    },
};
