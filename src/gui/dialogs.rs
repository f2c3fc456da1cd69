//! File dialogs that do not block the window.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};

use egui::Context;

use crate::gui::page_dialogs::PageAsk;
use crate::predictions::imported::ENDINGS;
use crate::suites::bundle::ModelPlace;

/// Subject of an open file dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Recordings, models: any number of files.
    Files,
    /// A folder of images, a project, a suite.
    Folder,
    /// An ONNX file.
    Model,
    /// A file of labels.
    Labels,
    /// A file of labels to compare with.
    Others,
    /// A project to compare with.
    OtherProject,
    /// A file with an ontology.
    Words,
    /// Target folder for labels in this format.
    LabelsFolder(String),
    /// Target folder for a suite, with the place of its model.
    ExportFolder(String, ModelPlace),
    /// Target folder for evaluated samples.
    EvaluationFolder,
    /// Target folder for attacked images as a suite.
    AttackedFolder,
    /// A saved reference set.
    Reference,
    /// A model, or predictions, to compare with.
    OtherModel,
    /// Imported predictions.
    Answers,
    /// An overlay image.
    Overlay,
    /// A file or folder of a page of Evaluate.
    Page(PageAsk),
    /// The file in place of the missing one at this path.
    Locate(PathBuf),
    /// A folder to search for missing files.
    SearchFolder,
    /// Target folder for a copy of a read-only project.
    WritableCopy,
}

/// A dialog of the system that may be open.
#[derive(Default)]
pub(super) struct Dialogs {
    waiting: Option<(Ask, Receiver<Vec<PathBuf>>)>,
}

impl Dialogs {
    /// Opens the dialog on a thread of its own; one at a time.
    pub(super) fn open(&mut self, ctx: &Context, ask: Ask) {
        if self.waiting.is_some() {
            return;
        }
        let (sender, receiver) = channel();
        let (ctx, kind) = (ctx.clone(), ask.clone());
        let thread = std::thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            let dialog = rfd::FileDialog::new();
            let paths = match kind {
                Ask::Files => dialog.set_title("Open recordings or models").pick_files().unwrap_or_default(),
                Ask::Folder => dialog.set_title("Open a folder").pick_folder().into_iter().collect(),
                Ask::Answers => dialog
                    .set_title("Import predictions")
                    .add_filter("Predictions", ENDINGS)
                    .pick_file()
                    .into_iter()
                    .collect(),
                Ask::OtherModel => dialog
                    .set_title("Compare with a model or its predictions")
                    .add_filter("ONNX", &["onnx"])
                    .add_filter("Predictions", ENDINGS)
                    .pick_file()
                    .into_iter()
                    .collect(),
                Ask::Overlay => dialog
                    .set_title("Choose an overlay image")
                    .add_filter("Images", &["png", "jpg", "jpeg", "webp", "bmp"])
                    .pick_file()
                    .into_iter()
                    .collect(),
                Ask::Model => dialog
                    .set_title("Open a model")
                    .add_filter("ONNX", &["onnx"])
                    .pick_file()
                    .into_iter()
                    .collect(),
                Ask::Page(page) => page.ask(&dialog),
                Ask::Labels => dialog.set_title("Import labels").pick_file().into_iter().collect(),
                Ask::Others => dialog.set_title("Compare with labels").pick_file().into_iter().collect(),
                Ask::OtherProject => {
                    dialog.set_title("Compare with a project").pick_folder().into_iter().collect()
                }
                Ask::Words => dialog.set_title("Import ontology").pick_file().into_iter().collect(),
                Ask::Locate(old) => {
                    let name = old.file_name().map(|name| name.to_string_lossy().into_owned());
                    let title = format!("Locate {}", name.unwrap_or_default());
                    dialog.set_title(title).pick_file().into_iter().collect()
                }
                Ask::SearchFolder => {
                    dialog.set_title("Search a folder for missing files").pick_folder().into_iter().collect()
                }
                Ask::WritableCopy => {
                    dialog.set_title("Make a writable copy in a folder").pick_folder().into_iter().collect()
                }
                Ask::LabelsFolder(_) => {
                    dialog.set_title("Export labels to a folder").pick_folder().into_iter().collect()
                }
                Ask::EvaluationFolder => {
                    dialog.set_title("Export images to a folder").pick_folder().into_iter().collect()
                }
                Ask::Reference => dialog
                    .set_title("Open a reference set of hardcase inspect --profile")
                    .pick_file()
                    .into_iter()
                    .collect(),
                Ask::AttackedFolder => {
                    dialog.set_title("Export attacked images as a suite").pick_folder().into_iter().collect()
                }
                Ask::ExportFolder(..) => {
                    dialog.set_title("Export the suite to a folder").pick_folder().into_iter().collect()
                }
            };
            // The window may be gone by now, then nobody needs the paths.
            drop(sender.send(paths));
            ctx.request_repaint();
        });
        if thread.is_ok() {
            self.waiting = Some((ask, receiver));
        }
    }

    /// The paths chosen since the last frame; an empty list if the dialog was canceled.
    pub(super) fn answer(&mut self) -> Option<(Ask, Vec<PathBuf>)> {
        let (_, receiver) = self.waiting.as_ref()?;
        match receiver.try_recv() {
            Ok(paths) => self.waiting.take().map(|(ask, _)| (ask, paths)),
            Err(std::sync::mpsc::TryRecvError::Empty) => None,
            Err(std::sync::mpsc::TryRecvError::Disconnected) => {
                self.waiting.take().map(|(ask, _)| (ask, Vec::new()))
            }
        }
    }
}
