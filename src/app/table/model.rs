//! The loaded model, and how good it is.

use crate::app::App;
use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::label::command::LabelCommand;
use crate::app::model::command::ModelCommand;
use crate::app::price::{PriceCommand, Work};
use crate::app::table::entry::{Entry, entries};
use crate::data::prediction::Prediction;
use crate::robustness::saliency::Kind;

pub(super) static ENTRIES: &[Entry] = entries! { "Model"
    "Model settings", NO_PALETTE, [], window(Model);
    "Run the model on every frame", RECORDING, [], run(Command::Model(ModelCommand::PredictAll));
    "Saliency map by occlusion", RECORDING, [], with(|app| explain(app, Kind::Occlusion));
    "Saliency map by gradient", RECORDING, [], with(|app| explain(app, Kind::Gradient));
    "Hide the saliency map", RECORDING, [], run(Command::Model(ModelCommand::HideSaliency));
    "Fetch ONNX Runtime", EVERYWHERE, [], run(Command::Model(ModelCommand::FetchRuntime));
    "Unload the model", RECORDING, [], run(Command::Model(ModelCommand::Unload));
};

pub(super) static EVALUATE: &[Entry] = entries! { "Evaluate"
    "Evaluate the model", RECORDING, [], run(Command::Price(PriceCommand::Ask(Work::Evaluation)));
    "Confidence intervals", RECORDING, [], run(Command::Evaluate(EvaluateCommand::Intervals));
    "Compute the embedding map", RECORDING, [], run(Command::Evaluate(EvaluateCommand::Map(None)));
    "Save the samples shown as test cases", RECORDING, [], run(Command::Evaluate(EvaluateCommand::Keep));
    "Close the imported predictions", RECORDING, [], run(Command::Evaluate(EvaluateCommand::ForgetImported));
    "Check labels", RECORDING, [], run(Command::Label(LabelCommand::Check));
};

/// Explains the most confident part of the prediction at the playhead.
#[expect(clippy::unnecessary_wraps, reason = "the table takes commands that are not always there")]
fn explain(app: &App, kind: Kind) -> Option<Command> {
    let frame = app.open.playback.frame();
    let answer = app.open.playback.camera.and_then(|camera| app.open.models.answer(camera, frame));
    let (class, place) = match answer.map(|answer| &**answer) {
        Some(Prediction::Objects { objects }) => {
            objects.first().map(|best| (best.class.clone(), Some(best.bbox))).unwrap_or_default()
        }
        Some(Prediction::Values { values }) => {
            (values.first().map(|value| value.name.clone()).unwrap_or_default(), None)
        }
        Some(answer) => (answer.best().map(|(class, _)| class.to_owned()).unwrap_or_default(), None),
        // The program says what is missing.
        None => (String::new(), None),
    };
    Some(Command::Model(ModelCommand::Saliency { class, place, kind }))
}
