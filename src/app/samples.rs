//! The sample projects: where they are, and copies to work on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::evaluation::terms::{CLASS, Terms};

/// A sample as the welcome page shows it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Name of its folder.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Recorded signals with the ground truth, by the name of the model's value or [`CLASS`].
    pub truth: &'static [(&'static str, &'static str)],
}

/// The samples that come with the program.
pub static SAMPLES: &[Sample] = &[
    Sample {
        id: "street",
        title: "Street camera",
        summary: "80 seconds of pedestrians and a COCO detector that takes a cloth on the grass for a bird",
        truth: &[],
    },
    Sample {
        id: "traffic_lights",
        title: "Traffic lights",
        summary: "Real crops and a three-class classifier: what does it take to turn a red light green?",
        truth: &[(CLASS, "state")],
    },
    Sample {
        id: "notes",
        title: "Driver notes",
        summary: "Short texts and a model that sorts them: how many typos turn a pedestrian into debris?",
        truth: &[],
    },
    Sample {
        id: "lidar",
        title: "LIDAR street",
        summary: "Rendered scans and a bird's-eye-view detector: which distant points make it miss a car?",
        truth: &[],
    },
];

/// Terms with which a sample is evaluated until somebody changes them.
pub fn terms_of(id: &str) -> Terms {
    let truth = SAMPLES.iter().find(|sample| sample.id == id).map_or(&[][..], |sample| sample.truth);
    let signals = truth.iter().map(|(value, signal)| ((*value).to_owned(), (*signal).to_owned()));
    Terms { signals: signals.collect(), ..Terms::default() }
}

/// The folder of a sample: beside the program, or where it was built.
pub fn find(id: &str) -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
    let roots = beside.into_iter().chain([PathBuf::from(env!("CARGO_MANIFEST_DIR"))]);
    roots
        .map(|root| root.join("sample_projects").join(id))
        .find(|folder| folder.join("hardcase.toml").is_file())
}

/// A copy of a sample that may be changed; the one from last time if there is one.
pub fn working_copy(id: &str, home: &Path) -> io::Result<PathBuf> {
    let source = find(id).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("the sample project {id:?} is not installed, it lies in sample_projects/ of the source"),
        )
    })?;
    let target = home.join("samples").join(id);
    if !target.join("hardcase.toml").is_file() {
        copy_folder(&source, &target)?;
    }
    Ok(target)
}

/// Folder of the suite of texts in the sample of notes.
const TEXTS: &str = "behavior";

/// A copy of the suite of texts that ships, and the model that it is about; the copy from last time if there is one.
pub fn text_suite(home: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let notes = working_copy("notes", home)?;
    let target = notes.join(TEXTS);
    if !target.is_dir() {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the sample \"notes\" is not installed");
        copy_folder(&find("notes").ok_or_else(missing)?.join(TEXTS), &target)?;
    }
    Ok((target, notes.join("models").join("notes.onnx")))
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::write(&target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
