//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    match hardcase::cli::run() {
        Err(code) => code,
        Ok(request) => window(request),
    }
}

#[cfg(feature = "gui")]
fn window(request: hardcase::cli::WindowRequest) -> ExitCode {
    hardcase::gui::run(request)
}

#[cfg(not(feature = "gui"))]
fn window(_request: hardcase::cli::WindowRequest) -> ExitCode {
    hardcase::cli::no_window()
}
