//! The built-in runtime, rten: pure Rust, nothing to install.
//!
//! Chosen over tract-onnx 0.23.9, measured on one thread of a 2-core machine with the same build: both
//! run all seven models with outputs equal to 7e-6; `NanoDet` 416 takes 90 ms against 111, the
//! traffic-light classifier 0.5 against 0.8, EfficientNet-Lite0 60 against 46 (ONNX Runtime: 53, 0.2 and
//! 12); loading takes 2 to 24 ms against 5 to 143; compiling takes 174 s against 769; and rten knows
//! `Loop`, which tract lacks.

use std::path::Path;
use std::sync::Arc;

use rten::{DataType, NodeId, RunOptions, ThreadPool, Value, ValueOrView, ValueType};
use rten_tensor::AsView as _;
use rten_tensor::Layout as _;

use crate::inference::pool::Pool;
use crate::inference::settings::{Optimization, Settings};
use crate::inference::{BackendKind, Graph, Tensor};

/// The default backend.
pub static KIND: BackendKind = BackendKind {
    id: "embedded",
    title: "Built-in (rten)",
    status: || Ok("built in: rten 0.27, pure Rust".to_owned()),
    load,
};

fn load(path: &Path, threads: usize, settings: &Settings) -> Result<Arc<dyn Graph>, String> {
    if let Some(provider) = settings.providers.iter().find(|provider| *provider != "cpu") {
        return Err(format!(
            "the built-in backend runs on the CPU, not on {provider:?}, use the backend onnxruntime"
        ));
    }
    let mut options = rten::ModelOptions::with_all_ops();
    // The levels in between are those of other backends.
    options.enable_optimization(settings.optimization != Optimization::None);
    let model = options.load_file(path).map_err(|err| {
        format!("{err} (if an operator is missing, ONNX Runtime may support it: see `hardcase doctor`)")
    })?;
    let places = places(&model);
    let outputs = model
        .output_ids()
        .iter()
        .map(|id| (*id, model.node_info(*id).and_then(|info| info.name()).unwrap_or_default().to_owned()))
        .collect();
    Ok(Arc::new(Embedded { model, places, outputs, workers: Workers::new(threads) }))
}

/// An input of a graph: its node and element type.
struct Place {
    name: String,
    id: NodeId,
    kind: DataType,
}

fn places(model: &rten::Model) -> Vec<Place> {
    let place = |id: &NodeId| {
        let info = model.node_info(*id);
        let name = info.as_ref().and_then(rten::NodeInfo::name).unwrap_or_default().to_owned();
        let kind = match info.and_then(|info| info.dtype()) {
            Some(ValueType::Tensor(kind)) => kind,
            _ => DataType::Float,
        };
        Place { name, id: *id, kind }
    };
    model.input_ids().iter().map(place).collect()
}

/// The values of all inputs of a graph.
fn values(places: &[Place], inputs: &[Tensor]) -> Result<Vec<(NodeId, ValueOrView<'static>)>, String> {
    let value = |place: &Place| {
        let input = inputs.iter().find(|input| input.name == place.name);
        let input = input.ok_or_else(|| format!("the input {:?} is missing", place.name))?;
        let (shape, data) = (&input.shape, &input.data);
        macro_rules! of {
            ($data:expr) => {
                Value::from_shape(shape, $data).map_err(|err| err.to_string())
            };
        }
        let value = match place.kind {
            DataType::Float => of!(data.clone()),
            // A number too large for the type becomes its largest.
            DataType::Int32 => of!(data.iter().map(|v| *v as i32).collect::<Vec<_>>()),
            DataType::Int8 => of!(data.iter().map(|v| *v as i8).collect::<Vec<_>>()),
            DataType::UInt8 => of!(data.iter().map(|v| *v as u8).collect::<Vec<_>>()),
            other => Err(format!("the element type {other:?} of input {:?} is not supported", place.name)),
        };
        Ok((place.id, value?.into()))
    };
    places.iter().map(value).collect()
}

/// Values inside of a graph, a few at a time to save memory; `take` gets each with its name. Nothing is fused or
/// folded, so that every step has its value.
pub fn inner_values(
    path: &Path,
    inputs: &[Tensor],
    names: &[String],
    mut take: impl FnMut(&str, Tensor),
) -> Result<(), String> {
    /// Number of values in memory at once.
    const AT_ONCE: usize = 16;
    let mut options = rten::ModelOptions::with_all_ops();
    options.enable_optimization(false);
    let model = options.load_file(path).map_err(|err| err.to_string())?;
    let places = places(&model);
    let known: Vec<(&String, NodeId)> =
        names.iter().filter_map(|name| Some((name, model.find_node(name)?))).collect();
    for part in known.chunks(AT_ONCE) {
        let ids: Vec<NodeId> = part.iter().map(|(_, id)| *id).collect();
        let found = model.run(values(&places, inputs)?, &ids, None).map_err(|err| err.to_string())?;
        for ((name, _), value) in part.iter().zip(found) {
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
    model: rten::Model,
    places: Vec<Place>,
    wanted: Vec<(NodeId, String)>,
    workers: Workers,
}

impl Inner {
    /// Finds the values of these names in a model file.
    pub fn load(path: &Path, names: &[&str]) -> Result<Self, String> {
        let mut options = rten::ModelOptions::with_all_ops();
        options.enable_optimization(false);
        let model = options.load_file(path).map_err(|err| err.to_string())?;
        let places = places(&model);
        let find = |name: &&str| {
            let node = model.find_node(name).ok_or_else(|| format!("the graph has no value {name:?}"))?;
            Ok::<_, String>((node, (*name).to_owned()))
        };
        let wanted = names.iter().map(find).collect::<Result<_, _>>()?;
        Ok(Self { model, places, wanted, workers: Workers::new(1) })
    }

    /// The values for these inputs of the graph, in the order of their names.
    pub fn values(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let given = values(&self.places, inputs)?;
        let ids: Vec<NodeId> = self.wanted.iter().map(|(id, _)| *id).collect();
        let found = self
            .workers
            .run(|options| self.model.run(given, &ids, Some(options)).map_err(|err| err.to_string()))?;
        self.wanted.iter().zip(found).map(|((_, name), value)| tensor(name, value)).collect()
    }
}

struct Embedded {
    model: rten::Model,
    places: Vec<Place>,
    outputs: Vec<(NodeId, String)>,
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
    fn run<T>(&self, work: impl FnOnce(RunOptions) -> Result<T, String>) -> Result<T, String> {
        let pool =
            self.pools.take(|| Ok::<_, String>(Arc::new(ThreadPool::with_num_threads(self.threads))))?;
        let done = work(RunOptions::default().with_thread_pool(Some(Arc::clone(&pool))));
        self.pools.give_back(pool);
        done
    }
}

impl Graph for Embedded {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let given = values(&self.places, inputs)?;
        let ids: Vec<NodeId> = self.outputs.iter().map(|(id, _)| *id).collect();
        let outputs = self.workers.run(|options| {
            let run = self.model.run(given, &ids, Some(options));
            run.map_err(|err| err.to_string())
        })?;
        self.outputs.iter().zip(outputs).map(|((_, name), value)| tensor(name, value)).collect()
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of values are not all public")]
fn tensor(name: &str, value: Value) -> Result<Tensor, String> {
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
        _ => return Err(format!("output {name:?} is not a tensor")),
    })
}
