//! ONNX Runtime, fetched with the user's own pip.

use crate::app::App;
use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::model::command::ModelCommand;
use crate::inference::{onnxruntime, runtime_fetch};

impl App {
    /// Fetch ONNX Runtime in the background and choose it as the backend.
    pub(super) fn fetch_runtime(&mut self) -> anyhow::Result<()> {
        let command = runtime_fetch::command()?;
        self.notices.done(format!("Running {command}"));
        self.jobs.spawn(JobKind::FetchRuntime, "Fetching ONNX Runtime", move |progress, outbox| {
            let fetched = runtime_fetch::fetch(progress)?;
            onnxruntime::look_again();
            (onnxruntime::KIND.status)()?;
            outbox.done(format!(
                "ONNX Runtime {} is ready, SHA-256 {}: {}",
                runtime_fetch::VERSION,
                fetched.sha256,
                fetched.library.display()
            ));
            let chosen = ModelCommand::Backend(onnxruntime::KIND.id.to_owned());
            outbox.send(move |app| app.dispatch(Command::Model(chosen)));
            Ok(())
        });
        Ok(())
    }
}
