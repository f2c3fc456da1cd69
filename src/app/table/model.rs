//! The loaded model.

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::model::command::ModelCommand;
use crate::app::table::entry::{Entry, entries};

pub(super) static ENTRIES: &[Entry] = entries! { "Model"
    "Run the model on every frame", RECORDING, [], run(Command::Model(ModelCommand::PredictAll));
    "Fetch ONNX Runtime", EVERYWHERE, [], run(Command::Model(ModelCommand::FetchRuntime));
    "Unload the model", RECORDING, [], run(Command::Model(ModelCommand::Unload));
    "Evaluate the model", RECORDING, [], run(Command::Evaluate(EvaluateCommand::Run));
};
