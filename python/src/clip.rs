//! Recordings.

use std::path::PathBuf;
use std::sync::Arc;

use hardcase::base::progress::Progress;
use hardcase::base::time::Time;
use hardcase::clips;
use hardcase::data::clip::{self as data, ChannelId, ChannelKind};
use hardcase::data::geometry::frames::Cuboid;
use hardcase::project::editor::ProjectEditor;
use hardcase::project::{Project, is_project, samples};
use numpy::PyArray1;
use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arrays;
use crate::errors::{error, told};
use crate::interrupt;

/// Times and values of a signal.
type Series<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>);

/// A recording, open but not in memory.
#[pyclass(frozen, module = "hardcase")]
pub(crate) struct Clip {
    inner: Arc<dyn clips::Clip>,
    name: String,
    /// For the tags of a recording of a project.
    project: Option<Arc<Project>>,
}

/// Opens a recording, or one of a project: the only one, or the one called `clip`. All samples are indexed.
#[pyfunction]
#[pyo3(signature = (path, clip = None))]
pub(crate) fn open(py: Python<'_>, path: PathBuf, clip: Option<String>) -> PyResult<Clip> {
    let progress = Progress::default();
    interrupt::run(py, || progress.cancel(), || opened(&path, clip.as_deref(), &progress))?
        .map_err(|err| told(&err))
}

fn opened(path: &std::path::Path, clip: Option<&str>, progress: &Progress) -> anyhow::Result<Clip> {
    if !is_project(path) {
        let inner = clips::open(path)?;
        inner.index(progress)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(Clip { inner, name, project: None });
    }
    let editor = ProjectEditor::open(path)?;
    let project = editor.project();
    let names = || project.clips.iter().map(|clip| clip.name.as_str()).collect::<Vec<_>>().join(", ");
    let chosen = match (clip, project.clips.as_slice()) {
        (Some(name), all) => all.iter().find(|clip| clip.name == name),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let chosen = chosen
        .ok_or_else(|| anyhow::anyhow!("the project has the recordings {}, name one with clip=", names()))?;
    let inner = samples::opened(project, chosen)?;
    Ok(Clip { inner, name: chosen.name.clone(), project: Some(Arc::new(project.clone())) })
}

impl Clip {
    fn channel(&self, name: &str) -> PyResult<ChannelId> {
        let info = self.inner.info();
        info.channel_named(name).ok_or_else(|| {
            let known: Vec<&str> = info.channels.iter().map(|channel| channel.name.as_str()).collect();
            error(format!("the recording has no channel {name:?}, it has {}", known.join(", ")))
        })
    }

    fn sample<'py>(&self, py: Python<'py>, channel: ChannelId, index: usize) -> PyResult<Bound<'py, PyAny>> {
        let sample = py.detach(|| self.inner.read(channel, index)).map_err(error)?;
        value(py, sample)
    }
}

#[pymethods]
impl Clip {
    /// Name of the recording.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// Id of the reader: "mcap".
    #[getter]
    fn format(&self) -> &'static str {
        self.inner.info().format
    }

    /// Names of the channels, cameras first, with kind, encoding and number of samples.
    #[getter]
    fn channels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        for channel in &self.inner.info().channels {
            let one = PyDict::new(py);
            one.set_item("kind", kind(channel.kind))?;
            one.set_item("encoding", &channel.encoding)?;
            one.set_item("samples", channel.samples)?;
            one.set_item("problem", channel.problem.as_deref())?;
            all.set_item(&channel.name, one)?;
        }
        Ok(all)
    }

    /// First and one after the last nanosecond.
    #[getter]
    fn range(&self) -> (i64, i64) {
        let range = self.inner.info().range;
        (range.start.0, range.end.0)
    }

    /// Parts that could not be read, one sentence each.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.inner.info().warnings.clone()
    }

    /// int64[n]: times of the samples of a channel, nanoseconds since 1970.
    fn times<'py>(&self, py: Python<'py>, channel: &str) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let times = self.inner.times(self.channel(channel)?);
        Ok(PyArray1::from_vec(py, times.iter().map(|time| time.0).collect()))
    }

    /// One sample: uint8[height, width, 3] of a camera, float32[n, 4] of a lidar, float of a signal, str of a log, a dict of others.
    fn read<'py>(&self, py: Python<'py>, channel: &str, index: usize) -> PyResult<Bound<'py, PyAny>> {
        self.sample(py, self.channel(channel)?, index)
    }

    /// Times int64[n] and values float64[n] of a signal.
    fn signal<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Series<'py>> {
        let channel = self.channel(name)?;
        if self.inner.info().channel(channel).is_some_and(|channel| channel.kind != ChannelKind::Signal) {
            return Err(error(format!("the channel {name:?} is no signal, read it with read or samples")));
        }
        let values = self.inner.values(channel).to_vec();
        Ok((self.times(py, name)?, PyArray1::from_vec(py, values)))
    }

    /// Iterates over the samples of a channel from index `start` to before `stop`, every n-th.
    #[pyo3(signature = (channel, start = 0, stop = None, every = 1))]
    fn samples(
        slf: &Bound<'_, Self>,
        channel: &str,
        start: usize,
        stop: Option<usize>,
        every: usize,
    ) -> PyResult<Samples> {
        let id = slf.get().channel(channel)?;
        let times = slf.get().inner.times(id);
        if every == 0 {
            return Err(error("every must be 1 or more"));
        }
        let stop = stop.unwrap_or(times.len()).min(times.len());
        Ok(Samples {
            clip: slf.clone().unbind(),
            channel: id,
            name: channel.to_owned(),
            times,
            next: std::sync::atomic::AtomicUsize::new(start),
            stop,
            every,
        })
    }

    fn __repr__(&self) -> String {
        format!(
            "<hardcase.Clip {:?}: {}, {} channels>",
            self.name,
            self.format(),
            self.inner.info().channels.len()
        )
    }
}

/// Iterator over the samples of a channel.
#[pyclass(frozen, module = "hardcase")]
pub(crate) struct Samples {
    clip: Py<Clip>,
    channel: ChannelId,
    name: String,
    times: Arc<Vec<Time>>,
    next: std::sync::atomic::AtomicUsize,
    stop: usize,
    every: usize,
}

#[pymethods]
impl Samples {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Sample>> {
        let index = self.next.fetch_add(self.every, std::sync::atomic::Ordering::Relaxed);
        let Some(time) = self.times.get(index).filter(|_| index < self.stop) else { return Ok(None) };
        let clip = self.clip.get();
        let data = clip.sample(py, self.channel, index)?.unbind();
        let tags =
            clip.project.as_ref().map(|project| project.tags_at(&clip.name, *time)).unwrap_or_default();
        Ok(Some(Sample { data, time_ns: time.0, index, channel: self.name.clone(), tags }))
    }

    /// Number of samples that are left.
    fn __length_hint__(&self) -> usize {
        let next = self.next.load(std::sync::atomic::Ordering::Relaxed);
        self.stop.saturating_sub(next).div_ceil(self.every)
    }
}

/// One sample of a channel with its time.
#[pyclass(frozen, get_all, module = "hardcase")]
pub(crate) struct Sample {
    /// The sample as `Clip.read` returns it.
    data: Py<PyAny>,
    /// Nanoseconds since 1970.
    time_ns: i64,
    /// Index in the channel.
    index: usize,
    /// Name of the channel.
    channel: String,
    /// Tags at this moment, for recordings of projects.
    tags: Vec<String>,
}

#[pymethods]
impl Sample {
    fn __repr__(&self) -> String {
        format!("<hardcase.Sample {} of {:?} at {} ns>", self.index, self.channel, self.time_ns)
    }
}

fn kind(kind: ChannelKind) -> &'static str {
    kind.title()
}

fn value(py: Python<'_>, sample: data::Sample) -> PyResult<Bound<'_, PyAny>> {
    match sample {
        data::Sample::Image(image) => arrays::from_image(py, image),
        data::Sample::Points(cloud) => arrays::from_points(py, &cloud),
        data::Sample::Scalar(value) => value.into_bound_py_any(py),
        data::Sample::Log(line) => line.text.into_bound_py_any(py),
        data::Sample::Boxes(boxes) => {
            let text = serde_json::to_string(&boxes).map_err(error)?;
            py.import("json")?.call_method1("loads", (text,))
        }
        data::Sample::Cuboids(cuboids) => {
            let all = cuboids.iter().map(|cuboid| self::cuboid(py, cuboid)).collect::<PyResult<Vec<_>>>()?;
            Ok(PyList::new(py, all)?.into_any())
        }
        data::Sample::Path(path) => {
            let points = path.points.iter().map(|point| point.place.to_array().map(|meters| meters as f32));
            arrays::table(py, points.flatten().collect(), 3)
        }
        data::Sample::Place(place) => {
            let all = PyDict::new(py);
            all.set_item("latitude", place.latitude)?;
            all.set_item("longitude", place.longitude)?;
            all.set_item("altitude", place.altitude)?;
            Ok(all.into_any())
        }
        data::Sample::Transforms(_) | data::Sample::Calibration(_) => Err(error(
            "coordinate transforms and calibrations are not read into Python, choose another channel",
        )),
    }
}

/// A 3D box: class, id, score, frame, center and size in meters, rotation as a quaternion x y z w.
fn cuboid<'py>(py: Python<'py>, cuboid: &Cuboid) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    all.set_item("class", &cuboid.class)?;
    all.set_item("id", &cuboid.id)?;
    all.set_item("score", cuboid.score)?;
    all.set_item("frame", &cuboid.frame)?;
    all.set_item("center", cuboid.pose.translation.to_array())?;
    all.set_item("rotation", cuboid.pose.rotation.to_array())?;
    all.set_item("size", cuboid.size.to_array())?;
    Ok(all)
}
