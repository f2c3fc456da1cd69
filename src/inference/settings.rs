//! Settings of a backend, written after its name: `onnxruntime:optimization=basic,provider=cuda,limit=5`.

use std::time::Duration;

use crate::inference::precision::Precision;

/// Known settings with an example of each; for messages and help.
pub const KNOWN: &str = "threads=2, batch=8, optimization=none|basic|extended|all, precision=fp16|bf16|int8, provider=cuda, isolated, limit=SECONDS, memory=MB";

/// Longest time limit, a day.
const LONGEST_S: f64 = 86_400.0;

/// Settings of a backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Threads inside of one run; by default chosen by the caller.
    pub threads: Option<usize>,
    /// Batch size, for graphs that support it; by default one.
    pub batch: Option<usize>,
    /// Level of graph optimization.
    pub optimization: Optimization,
    /// Simulated weight precision; by default that of the file.
    pub precision: Option<Precision>,
    /// Execution providers of ONNX Runtime in order of preference, in lower case.
    pub providers: Vec<String>,
    /// True to run in a process of its own, so that a crash does not end this program.
    pub isolated: bool,
    /// Time limit of one run; implies a process of its own.
    pub limit: Option<Duration>,
    /// Memory limit of the process, in megabytes; implies a process of its own.
    pub memory_mb: Option<u64>,
}

/// A part of the text of settings that says nothing valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown setting {part:?}")]
pub struct UnknownPart {
    /// The part.
    pub part: String,
}

/// Level of graph optimization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Optimization {
    /// The graph as in the file.
    None,
    /// Constant folding and removal of no-ops.
    Basic,
    /// Operator fusion as well.
    Extended,
    /// All optimizations of the backend.
    #[default]
    All,
}

impl Optimization {
    /// All of them with their names.
    pub const NAMED: [(&'static str, Self); 4] =
        [("none", Self::None), ("basic", Self::Basic), ("extended", Self::Extended), ("all", Self::All)];
}

impl Settings {
    /// True if graphs run in a process of their own.
    pub fn apart(&self) -> bool {
        self.isolated || self.limit.is_some() || self.memory_mb.is_some()
    }

    /// The same settings inside of the model process.
    pub fn inside(&self) -> Self {
        Self { isolated: false, limit: None, memory_mb: None, ..self.clone() }
    }

    /// Text form after a backend's name, in one order, so that equal settings have equal text.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.threads.map(|threads| format!("threads={threads}")));
        parts.extend(self.batch.map(|batch| format!("batch={batch}")));
        if self.optimization != Optimization::All {
            let name = Optimization::NAMED.iter().find(|(_, level)| *level == self.optimization);
            parts.extend(name.map(|(name, _)| format!("optimization={name}")));
        }
        let named = Precision::NAMED.iter().find(|(_, precision)| Some(*precision) == self.precision);
        parts.extend(named.map(|(name, _)| format!("precision={name}")));
        parts.extend(self.providers.iter().map(|provider| format!("provider={provider}")));
        if self.isolated {
            parts.push("isolated".to_owned());
        }
        parts.extend(self.limit.map(|limit| format!("limit={}", limit.as_secs_f64())));
        parts.extend(self.memory_mb.map(|memory| format!("memory={memory}")));
        parts.join(",")
    }

    /// Parses the text after a backend's name.
    pub fn parse(text: &str) -> Result<Self, UnknownPart> {
        let mut settings = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let count = || value.parse::<usize>().ok().filter(|count| (1..=1024).contains(count));
            let understood = match key {
                "threads" => count().map(|threads| settings.threads = Some(threads)),
                "batch" => count().map(|batch| settings.batch = Some(batch)),
                "optimization" => Optimization::NAMED
                    .iter()
                    .find(|(name, _)| *name == value)
                    .map(|(_, level)| settings.optimization = *level),
                "precision" => Precision::NAMED
                    .iter()
                    .find(|(name, _)| *name == value)
                    .map(|(_, precision)| settings.precision = Some(*precision)),
                "provider" => (!value.is_empty()).then(|| settings.providers.push(value.to_lowercase())),
                "isolated" => value.is_empty().then(|| settings.isolated = true),
                "limit" => value
                    .parse::<f64>()
                    .ok()
                    .filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST_S)
                    .map(|seconds| settings.limit = Some(Duration::from_secs_f64(seconds))),
                "memory" => value
                    .parse::<u64>()
                    .ok()
                    .filter(|memory| *memory > 0)
                    .map(|memory| settings.memory_mb = Some(memory)),
                _ => None,
            };
            understood.ok_or_else(|| UnknownPart { part: part.to_owned() })?;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_written_in_one_order() {
        let settings =
            Settings::parse("limit=2.5, provider=CUDA,threads=3 ,precision=fp16,optimization=basic").unwrap();
        assert_eq!(settings.text(), "threads=3,optimization=basic,precision=fp16,provider=cuda,limit=2.5");
        assert_eq!(Settings::parse(&settings.text()).unwrap(), settings);
        assert!(settings.apart() && !settings.inside().apart());
        for wrong in ["threads=0", "limit=-1", "limit=soon", "speed=9", "optimization=most", "isolated=no"] {
            assert_eq!(Settings::parse(wrong), Err(UnknownPart { part: wrong.to_owned() }));
        }
    }
}
