//! Log lines of programs.

use super::Meaning;
use super::error::MessageError;
use super::value::Value;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::time::log::{LogLevel, LogLine};

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
        let text = message.text_at("data").ok_or_else(|| MessageError::missing("data"))?.to_owned();
        Ok(Sample::Log(LogLine { level: LogLevel::Info, source: String::new(), text }))
    },
};

/// Diagnostics: the components that are not OK, or the number that are.
pub(super) static DIAGNOSTICS: Meaning = Meaning {
    schemas: &["diagnostic_msgs/DiagnosticArray"],
    kind: ChannelKind::Log,
    numbers: false,
    read: |message| {
        let status = message.list_at("status");
        let level = |part: &Value<'_>| part.number_at("level").unwrap_or(0.0) as u32;
        let worst = status.iter().map(level).max().unwrap_or(0);
        let text = |part: &Value<'_>, name: &str| part.text_at(name).unwrap_or_default().to_owned();
        let bad: Vec<String> = status
            .iter()
            .filter(|part| level(part) > 0)
            .map(|part| format!("{}: {}", text(part, "name"), text(part, "message")))
            .collect();
        let text = if bad.is_empty() { format!("{} components OK", status.len()) } else { bad.join("; ") };
        // 0 is OK, then warning, error, stale.
        let level = match worst {
            0 => LogLevel::Info,
            1 => LogLevel::Warning,
            _ => LogLevel::Error,
        };
        Ok(Sample::Log(LogLine { level, source: "diagnostics".to_owned(), text }))
    },
};
