//! The built-in runtime, rten: pure Rust, nothing to install.
//!
//! Chosen over tract-onnx 0.23.9, measured on one thread of a 2-core machine with the same build: both
//! run all seven models with outputs equal to 7e-6; `NanoDet` 416 takes 90 ms against 111, the
//! traffic-light classifier 0.5 against 0.8, EfficientNet-Lite0 60 against 46 (ONNX Runtime: 53, 0.2 and
//! 12); loading takes 2 to 24 ms against 5 to 143; compiling takes 174 s against 769; and rten knows
//! `Loop`, which tract lacks.

use std::path::Path;
use std::sync::Arc;

use rten::{RunOptions, ThreadPool, Value};
use rten_tensor::AsView as _;
use rten_tensor::Layout as _;

use crate::inference::error::GraphError;
use crate::inference::lowering::{LoweringError, Program};
use crate::inference::pool::Pool;
use crate::inference::settings::{Optimization, Settings};
use crate::inference::{BackendKind, Graph, Tensor, onnxruntime};

/// The default backend.
pub static KIND: BackendKind = BackendKind {
    id: "embedded",
    title: "Built-in (rten)",
    status: || Ok("built in: rten 0.27, pure Rust".to_owned()),
    load,
};

/// Advice behind a refusal of a model.
fn advice() -> &'static str {
    if (onnxruntime::KIND.status)().is_ok() {
        "ONNX Runtime has more operators: choose the backend onnxruntime"
    } else {
        "ONNX Runtime has more operators: fetch it with `hardcase doctor --fetch-runtime` or the command \"Fetch ONNX \
         Runtime\", and choose the backend onnxruntime"
    }
}

fn load(path: &Path, threads: usize, settings: &Settings) -> Result<Arc<dyn Graph>, GraphError> {
    if let Some(provider) = settings.providers.iter().find(|provider| *provider != "cpu") {
        return Err(GraphError::unsupported(format!(
            "the built-in backend runs on the CPU, not on {provider:?}, use the backend onnxruntime"
        )));
    }
    // The levels in between are those of other backends.
    let optimize = settings.optimization != Optimization::None;
    let program = Program::load(path, optimize, &[])
        .map_err(|source| GraphError::Refused { source, advice: advice() })?;
    Ok(Arc::new(Embedded { program, workers: Workers::new(threads) }))
}

/// Values inside of a graph, a few at a time to save memory; `take` gets each with its name. Nothing is fused or
/// folded, so that every step has its value.
pub fn inner_values(
    path: &Path,
    inputs: &[Tensor],
    names: &[String],
    mut take: impl FnMut(&str, Tensor),
) -> Result<(), GraphError> {
    /// Number of values in memory at once.
    const AT_ONCE: usize = 16;
    let program = Program::load(path, false, names)?;
    let known: Vec<String> = names.iter().filter(|name| program.makes(name)).cloned().collect();
    for part in known.chunks(AT_ONCE) {
        let found = program.run(inputs, part, None)?;
        for (name, value) in part.iter().zip(found) {
            // Values that are not numeric tensors cannot be compared.
            if let Ok(value) = tensor(name, value) {
                take(name, value);
            }
        }
    }
    Ok(())
}

/// Values inside of a graph, computed for input after input; steps that they do not need are not run.
pub struct Inner {
    program: Program,
    wanted: Vec<String>,
    workers: Workers,
}

impl Inner {
    /// Finds the values of these names in a model file.
    pub fn load(path: &Path, names: &[&str]) -> Result<Self, GraphError> {
        let wanted: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let program = Program::load(path, false, &wanted)?;
        if let Some(name) = wanted.iter().find(|name| !program.makes(name)) {
            return Err(GraphError::NoValue { name: name.clone() });
        }
        Ok(Self { program, wanted, workers: Workers::new(1) })
    }

    /// The values for these inputs of the graph, in the order of their names.
    pub fn values(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
        let found = self.workers.run(|options| self.program.run(inputs, &self.wanted, Some(&options)))?;
        self.wanted.iter().zip(found).map(|(name, value)| tensor(name, value)).collect()
    }
}

struct Embedded {
    program: Program,
    workers: Workers,
}

/// Thread pools of a graph: one for each caller, so that callers do not wait for each other.
struct Workers {
    threads: usize,
    pools: Pool<Arc<ThreadPool>>,
}

impl Workers {
    fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        Self { threads, pools: Pool::new(Arc::new(ThreadPool::with_num_threads(threads))) }
    }

    /// Runs `work` with a thread pool for exclusive use.
    fn run<T>(&self, work: impl FnOnce(RunOptions) -> Result<T, LoweringError>) -> Result<T, LoweringError> {
        let pool = self
            .pools
            .take(|| Ok::<_, LoweringError>(Arc::new(ThreadPool::with_num_threads(self.threads))))?;
        let done = work(RunOptions::default().with_thread_pool(Some(Arc::clone(&pool))));
        self.pools.give_back(pool);
        done
    }
}

impl Graph for Embedded {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
        let names = self.program.outputs();
        let outputs = self.workers.run(|options| self.program.run(inputs, names, Some(&options)))?;
        names.iter().zip(outputs).map(|(name, value)| tensor(name, value)).collect()
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of values are not all public")]
fn tensor(name: &str, value: Value) -> Result<Tensor, GraphError> {
    let name = name.to_owned();
    Ok(match value {
        Value::FloatTensor(t) => Tensor { name, shape: t.shape().to_vec(), data: t.to_vec() },
        Value::Int32Tensor(t) => {
            Tensor { name, shape: t.shape().to_vec(), data: t.iter().map(|v| *v as f32).collect() }
        }
        Value::Int8Tensor(t) => {
            Tensor { name, shape: t.shape().to_vec(), data: t.iter().map(|v| f32::from(*v)).collect() }
        }
        Value::UInt8Tensor(t) => {
            Tensor { name, shape: t.shape().to_vec(), data: t.iter().map(|v| f32::from(*v)).collect() }
        }
        _ => return Err(GraphError::unsupported(format!("output {name:?} is not a tensor"))),
    })
}
