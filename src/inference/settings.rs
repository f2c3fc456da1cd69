//! How a backend runs graphs, as it is written behind its name: `onnxruntime:optimization=basic,provider=cuda,limit=5`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::inference::precision::Precision;
use crate::inference::{BackendKind, ModelError};

/// What can be said behind the name of a backend, with an example of each; for messages and help.
pub const KNOWN: &str = "threads=2, batch=8, optimization=none|basic|extended|all, precision=fp16|bf16|int8, provider=cuda, isolated, limit=SECONDS, memory=MB";

/// Longest time limit, a day.
const LONGEST_S: f64 = 86_400.0;

/// How a backend runs graphs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Threads inside of one run; without it as many as the caller thinks right.
    pub threads: Option<usize>,
    /// Inputs that are run together, where the graph takes several; without it one.
    pub batch: Option<usize>,
    /// How much the graph is rewritten before it runs.
    pub optimization: Optimization,
    /// Weights are rounded as if they were stored so; without it they are as the file says.
    pub precision: Option<Precision>,
    /// Where it runs, the first that can do it: names of ONNX Runtime's execution providers, in small letters.
    pub providers: Vec<String>,
    /// Run in a process of its own, so that nothing it does ends this program.
    pub isolated: bool,
    /// Longest time for one run; implies a process of its own.
    pub limit: Option<Duration>,
    /// Most memory of the process, in megabytes; implies a process of its own.
    pub memory_mb: Option<u64>,
}

/// How much a graph is rewritten before it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Optimization {
    /// As it stands in the file.
    None,
    /// Constants folded, what does nothing left out.
    Basic,
    /// Steps joined as well.
    Extended,
    /// Everything that the backend knows.
    #[default]
    All,
}

impl Optimization {
    /// All of them with their names.
    pub const NAMED: [(&'static str, Self); 4] =
        [("none", Self::None), ("basic", Self::Basic), ("extended", Self::Extended), ("all", Self::All)];
}

impl Settings {
    /// What a backend does when nothing is said.
    pub const DEFAULT: Self = Self {
        threads: None,
        batch: None,
        optimization: Optimization::All,
        precision: None,
        providers: Vec::new(),
        isolated: false,
        limit: None,
        memory_mb: None,
    };

    /// Whether graphs are run in a process of their own.
    pub fn apart(&self) -> bool {
        self.isolated || self.limit.is_some() || self.memory_mb.is_some()
    }

    /// The same within the process that is there for it.
    pub fn inside(&self) -> Self {
        Self { isolated: false, limit: None, memory_mb: None, ..self.clone() }
    }

    /// As it is written behind a backend's name, in one order, so that the same settings are the same text.
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

    /// Reads what stands behind a backend's name; the part that means nothing is the error.
    pub fn parse(text: &str) -> Result<Self, String> {
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
            understood.ok_or_else(|| part.to_owned())?;
        }
        Ok(settings)
    }
}

/// Backends with settings, each once. There are as many as somebody names, so they live as long as the program.
static SET: Mutex<BTreeMap<String, &'static BackendKind>> = Mutex::new(BTreeMap::new());

/// The backend with what stands behind its name.
pub(super) fn with(kind: &'static BackendKind, text: &str) -> Result<&'static BackendKind, ModelError> {
    let settings = Settings::parse(text).map_err(|part| ModelError::UnknownSetting {
        part,
        backend: kind.id,
        known: KNOWN,
    })?;
    let text = settings.text();
    if text.is_empty() {
        return Ok(kind);
    }
    let id = format!("{}:{text}", kind.id);
    let mut known = SET.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(known.entry(id.clone()).or_insert_with(|| {
        let id: &'static str = Box::leak(id.into_boxed_str());
        let title: &'static str = Box::leak(format!("{}, {text}", kind.title).into_boxed_str());
        Box::leak(Box::new(BackendKind { id, title, status: kind.status, load: kind.load, settings }))
    }))
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
            assert_eq!(Settings::parse(wrong), Err(wrong.to_owned()));
        }
    }
}
