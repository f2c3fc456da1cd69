//! Files and folders that the pages of Evaluate ask for: suites of texts, tables with groups, model cards.

use std::path::PathBuf;

use rfd::FileDialog;

use crate::app::command::Command;
use crate::app::evaluate::card::command::CardCommand;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::fairness::command::FairnessCommand;
use crate::app::evaluate::texts::command::TextCommand;
use crate::behavior::predictions::Form;
use crate::evaluation::columns::ENDINGS;

/// Formats of reports, with their endings.
const REPORTS: [(&str, &str); 3] = [("HTML", "html"), ("Markdown", "md"), ("JSON", "json")];

/// Subject of a file dialog of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageAsk {
    /// A folder with a suite of texts.
    TextFolder,
    /// A suite of `CheckList`.
    TextImport,
    /// A model to run on the suite of texts.
    TextModel,
    /// Predictions of the suite of texts, with the form of their lines.
    TextPredictions(Form),
    /// A masked-language model that suggests words for a tag.
    TextMasked(String),
    /// Target folder for the suite of texts.
    TextSave,
    /// File for the report of the suite of texts.
    TextExport,
    /// A table of predictions with groups.
    FairnessTable,
    /// File for the report of fairness.
    FairnessExport,
    /// A report of `hardcase test`.
    CardResults,
    /// File for the model card.
    CardExport,
}

impl PageAsk {
    /// Asks, and gives the chosen path, if any.
    pub(super) fn ask(&self, dialog: &FileDialog) -> Vec<PathBuf> {
        let file = |title: &str, kind: &str, endings: &[&str]| {
            dialog.clone().set_title(title).add_filter(kind, endings).pick_file()
        };
        let report = |name: &str, forms: &[(&str, &str)]| {
            let dialog = dialog.clone().set_title("Write the report").set_file_name(name);
            forms.iter().fold(dialog, |dialog, (title, end)| dialog.add_filter(*title, &[*end])).save_file()
        };
        let chosen = match self {
            Self::TextFolder => dialog.clone().set_title("Open a suite of texts").pick_folder(),
            Self::TextImport => {
                let endings = ["pkl", "gz", "tar", "tgz"];
                file("Import a suite of CheckList", "Suites of CheckList", &endings)
            }
            Self::TextModel => file("Run a model on the suite", "ONNX", &["onnx"]),
            Self::TextPredictions(_) => dialog.clone().set_title("Open predictions of the suite").pick_file(),
            Self::TextMasked(_) => file("Choose a masked-language model", "ONNX", &["onnx"]),
            Self::TextSave => dialog.clone().set_title("Save the suite in a folder").pick_folder(),
            Self::TextExport => report("text-report.html", &REPORTS),
            Self::FairnessTable => file("Open a table of predictions", "Tables", ENDINGS),
            Self::FairnessExport => report("fairness.html", &REPORTS),
            Self::CardResults => file("Add the JSON report of hardcase test", "JSON", &["json"]),
            Self::CardExport => report("model-card.html", &REPORTS[..2]),
        };
        chosen.into_iter().collect()
    }

    /// The command about the chosen path.
    pub(super) fn command(self, path: PathBuf) -> Command {
        let text = EvaluateCommand::Texts;
        Command::Evaluate(match self {
            Self::TextFolder | Self::TextImport => text(TextCommand::Open(path)),
            Self::TextModel => text(TextCommand::AddModel(path)),
            Self::TextPredictions(form) => text(TextCommand::AddPredictions { path, form }),
            Self::TextMasked(tag) => text(TextCommand::SuggestWith { model: path, tag }),
            Self::TextSave => text(TextCommand::Save(Some(path))),
            Self::TextExport => text(TextCommand::Export(path)),
            Self::FairnessTable => EvaluateCommand::Fairness(FairnessCommand::Open(path)),
            Self::FairnessExport => EvaluateCommand::Fairness(FairnessCommand::Export(path)),
            Self::CardResults => EvaluateCommand::Card(CardCommand::Results(path)),
            Self::CardExport => EvaluateCommand::Card(CardCommand::Export(path)),
        })
    }
}
