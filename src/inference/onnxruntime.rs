//! ONNX Runtime through its shared library, if one is installed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::ep::{self, ExecutionProvider as _, ExecutionProviderDispatch};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::{TensorElementType, TensorRef};

use crate::inference::error::GraphError;
use crate::inference::pool::Pool;
use crate::inference::runtime_fetch;
use crate::inference::settings::{Optimization, Settings};
use crate::inference::{BackendKind, Graph, Tensor};

pub mod error;

use error::LibraryError;

/// Faster than the built-in backend if it is installed.
pub static KIND: BackendKind = BackendKind { id: "onnxruntime", title: "ONNX Runtime", status, load };

/// The environment of an opened library, and its path.
type Opened = (Environment, PathBuf);

/// The library can be opened once in a process; what was not found is looked for again only when asked.
static RUNTIME: Mutex<Option<Result<&'static Opened, LibraryError>>> = Mutex::new(None);

fn runtime() -> Result<&'static Opened, LibraryError> {
    let mut known = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_with(|| open_library().map(|opened| &*Box::leak(Box::new(opened)))).clone()
}

/// Looks for the library again if it was not found before.
pub fn look_again() {
    let mut known = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if known.as_ref().is_some_and(Result::is_err) {
        *known = None;
    }
}

fn open_library() -> Result<(Environment, PathBuf), LibraryError> {
    let mut tried = Vec::new();
    for path in candidates() {
        if !path.is_file() {
            continue;
        }
        match ort::init_from(&path).map_err(|err| said(&err)).and_then(|builder| {
            builder.with_name("hardcase").with_telemetry(false).build().map_err(|err| said(&err))
        }) {
            Ok(environment) => return Ok((environment, path)),
            Err(err) => tried.push(format!("{}: {err}", path.display())),
        }
    }
    if tried.is_empty() {
        Err(LibraryError::NotFound)
    } else {
        Err(LibraryError::Unusable { tried: tried.join("; ") })
    }
}

fn status() -> Result<String, GraphError> {
    let (_, path) = runtime()?;
    let version = ort::info().split(',').next().unwrap_or_default().to_owned();
    let providers: Vec<&str> = PROVIDERS.iter().filter(|one| (one.there)()).map(|one| one.name).collect();
    Ok(format!("{version}: {} (provider={})", path.display(), providers.join(", provider=")))
}

/// An execution provider that a library may have been built with.
struct Provider {
    name: &'static str,
    there: fn() -> bool,
    make: fn() -> ExecutionProviderDispatch,
}

macro_rules! provider {
    ($name:literal, $kind:ty) => {
        Provider {
            name: $name,
            there: || <$kind>::is_available().unwrap_or(false),
            make: || <$kind>::default().build().error_on_failure(),
        }
    };
}

/// Known providers; the CPU takes what the others leave.
static PROVIDERS: &[Provider] = &[
    provider!("cpu", ep::CPU),
    provider!("cuda", ep::CUDA),
    provider!("tensorrt", ep::TensorRT),
    provider!("migraphx", ep::MIGraphX),
    provider!("openvino", ep::OpenVINO),
    provider!("coreml", ep::CoreML),
    provider!("directml", ep::DirectML),
    provider!("xnnpack", ep::XNNPACK),
    provider!("qnn", ep::QNN),
];

fn providers(names: &[String]) -> Result<Vec<ExecutionProviderDispatch>, LibraryError> {
    let make = |name: &String| {
        let known = || PROVIDERS.iter().map(|one| one.name).collect::<Vec<_>>().join(", ");
        let one = PROVIDERS
            .iter()
            .find(|one| one.name == name)
            .ok_or_else(|| LibraryError::UnknownProvider { name: name.clone(), known: known() })?;
        if (one.there)() { Ok((one.make)()) } else { Err(LibraryError::NoProvider { name: name.clone() }) }
    };
    names.iter().map(make).collect()
}

/// Possible paths of the library: the environment variable, beside the program, the system's folders, Python packages.
fn candidates() -> Vec<PathBuf> {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        // An explicit path excludes all others.
        return vec![PathBuf::from(path)];
    }
    let mut folders = Vec::new();
    if let Ok(program) = std::env::current_exe()
        && let Some(folder) = program.parent()
    {
        folders.push(folder.to_owned());
        folders.push(folder.join("lib"));
    }
    folders.extend(runtime_fetch::library_folder());
    let system = [
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/opt/onnxruntime/lib",
        "/opt/homebrew/lib",
    ];
    folders.extend(system.map(PathBuf::from));
    folders.extend(python_folders());
    folders.iter().flat_map(|folder| runtime_fetch::libraries(folder)).collect()
}

/// `onnxruntime/capi` in the packages of the active environment, of the user and of the system's Pythons.
fn python_folders() -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = Vec::new();
    for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        roots.extend(std::env::var_os(variable).map(PathBuf::from));
    }
    if let Some(home) = dirs::home_dir() {
        roots.push(home.join(".local"));
        if let Ok(versions) = std::fs::read_dir(home.join(".pyenv/versions")) {
            roots.extend(versions.flatten().map(|entry| entry.path()));
        }
    }
    roots.extend([PathBuf::from("/usr/local"), PathBuf::from("/usr")]);
    let mut folders = Vec::new();
    for root in roots {
        for lib in ["lib", "lib64"] {
            let Ok(entries) = std::fs::read_dir(root.join(lib)) else { continue };
            let mut pythons: Vec<PathBuf> = entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| {
                    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python"))
                })
                .collect();
            pythons.sort();
            for python in pythons {
                for packages in ["site-packages", "dist-packages"] {
                    folders.push(python.join(packages).join("onnxruntime/capi"));
                }
            }
        }
    }
    folders
}

fn load(path: &Path, threads: usize, settings: &Settings) -> Result<Arc<dyn Graph>, GraphError> {
    let sessions = Sessions { path: path.to_owned(), threads, settings: settings.clone() };
    // A problem of the file appears here and not at the first image.
    let first = sessions.session()?;
    Ok(Arc::new(Loaded { sessions, pool: Pool::new(first) }))
}

/// Parameters of sessions.
struct Sessions {
    path: PathBuf,
    /// Threads inside of each session.
    threads: usize,
    settings: Settings,
}

/// A graph with a session for each concurrent caller: a session runs one input at a time.
struct Loaded {
    sessions: Sessions,
    pool: Pool<Session>,
}

impl Sessions {
    fn session(&self) -> Result<Session, LibraryError> {
        let (environment, _) = runtime()?;
        let level = match self.settings.optimization {
            Optimization::None => GraphOptimizationLevel::Disable,
            Optimization::Basic => GraphOptimizationLevel::Level1,
            Optimization::Extended => GraphOptimizationLevel::Level2,
            Optimization::All => GraphOptimizationLevel::All,
        };
        Session::builder(environment)
            .map_err(|err| said(&err))?
            .with_intra_threads(self.threads.max(1))
            .map_err(|err| said(&err))?
            .with_optimization_level(level)
            .map_err(|err| said(&err))?
            .with_execution_providers(providers(&self.settings.providers)?)
            .map_err(|err| said(&err))?
            .commit_from_file(&self.path)
            .map_err(|err| said(&err))
    }
}

impl Graph for Loaded {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
        let mut session = self.pool.take(|| self.sessions.session())?;
        let answer = answer(&mut session, inputs);
        self.pool.give_back(session);
        Ok(answer?)
    }
}

/// An error of the library, as one line.
fn said(err: &impl std::fmt::Display) -> LibraryError {
    LibraryError::Failed { message: err.to_string().split_whitespace().collect::<Vec<_>>().join(" ") }
}

/// A tensor of the element type that the graph takes.
fn value<'a>(session: &Session, input: &'a Tensor) -> Result<SessionInputValue<'a>, LibraryError> {
    let kind = session.inputs().iter().find(|known| known.name() == input.name);
    let kind = kind.and_then(|known| known.dtype().tensor_type()).unwrap_or(TensorElementType::Float32);
    let (shape, data) = (input.shape.clone(), input.data.as_slice());
    macro_rules! whole {
        ($kind:ty) => {
            // A number too large for the type becomes its largest.
            ort::value::Tensor::from_array((shape, data.iter().map(|v| *v as $kind).collect::<Vec<_>>()))
                .map(Into::into)
                .map_err(|err| said(&err))
        };
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "what it is not given as is said by the library")]
    match kind {
        TensorElementType::Int64 => whole!(i64),
        TensorElementType::Int32 => whole!(i32),
        TensorElementType::Int8 => whole!(i8),
        TensorElementType::Uint8 => whole!(u8),
        TensorElementType::Float64 => whole!(f64),
        TensorElementType::Bool => {
            let data: Vec<bool> = data.iter().map(|v| *v != 0.0).collect();
            let tensor = ort::value::Tensor::from_array((shape, data));
            tensor.map(Into::into).map_err(|err| said(&err))
        }
        _ => TensorRef::from_array_view((shape, data)).map(Into::into).map_err(|err| said(&err)),
    }
}

fn answer(session: &mut Session, inputs: &[Tensor]) -> Result<Vec<Tensor>, LibraryError> {
    let mut given: Vec<(&str, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
    for input in inputs {
        given.push((&input.name, value(session, input)?));
    }
    let outputs = session.run(given).map_err(|err| said(&err))?;
    let mut tensors = Vec::new();
    for (name, value) in &outputs {
        let name = name.to_owned();
        macro_rules! numbers {
            ($kind:ty, $number:expr) => {
                if let Ok((shape, data)) = value.try_extract_tensor::<$kind>() {
                    let shape = shape.iter().map(|side| *side as usize).collect();
                    tensors.push(Tensor { name, shape, data: data.iter().map($number).collect() });
                    continue;
                }
            };
        }
        numbers!(f32, |v| *v);
        numbers!(i64, |v| *v as f32);
        numbers!(i32, |v| *v as f32);
        numbers!(f64, |v| *v as f32);
        numbers!(u8, |v| f32::from(*v));
        numbers!(i8, |v| f32::from(*v));
        numbers!(bool, |v| f32::from(u8::from(*v)));
        return Err(LibraryError::Output { name });
    }
    Ok(tensors)
}
