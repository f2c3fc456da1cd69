//! The window: draws from `&App`, collects commands, dispatches them after drawing.

use std::process::ExitCode;
use std::sync::Arc;

use crate::app::App;
use crate::app::command::Command;
use crate::app::open::command::OpenCommand;
use crate::app::session::{Session, WindowPlace};
use crate::cli::{self, WindowRequest};

use shell::Shell;

mod dialogs;
mod fonts;
mod forms;
mod input_order;
mod input_steps;
mod keys;
mod page_dialogs;
mod palette;
pub mod pane;
pub mod panes;
mod scripts;
pub mod shell;
mod sides;
pub mod theme;
pub mod timeline;
mod toolbar;
pub mod viewers;
mod windows;

/// Name of the window, for the title bar and for scripts.
pub const TITLE: &str = "Hardcase";

/// Opens the window and returns when it is closed. Without a display the demo runs instead.
pub fn run(request: WindowRequest) -> ExitCode {
    let asked_for_something = !request.paths.is_empty();
    if cfg!(target_os = "linux") {
        if !has_display() {
            let why = "hardcase: this machine has no display";
            if asked_for_something {
                cli::say(&format!("{why}, set DISPLAY or WAYLAND_DISPLAY to open the window"));
                return ExitCode::from(3);
            }
            return cli::demo_instead_of_window(why);
        }
        let missing = cli::missing_packages();
        if !missing.is_empty() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
            cli::say(&format!(
                "hardcase: the window needs libraries that are not on this machine, install them with: apt install {}",
                missing.join(" ")
            ));
            return ExitCode::from(3);
        }
    }
    let session = Session::load();
    let options = eframe::NativeOptions {
        viewport: viewport(session.window),
        persist_window: false,
        ..Default::default()
    };
    let outcome = eframe::run_native(
        TITLE,
        options,
        Box::new(move |cc| {
            let window = cc.wgpu_render_state.as_ref().map(|state| state.target_format);
            let mut shell = Shell::new(&cc.egui_ctx, session, window);
            shell.app.dispatch_all(commands_of(request));
            Ok(Box::new(shell))
        }),
    );
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            cli::say(&format!(
                "hardcase: the window could not be opened ({err}), a graphics driver may be missing: \
                 apt install mesa-vulkan-drivers; `hardcase doctor` says what was found"
            ));
            ExitCode::from(3)
        }
    }
}

/// The window where it was when it was last closed, or in its first size.
fn viewport(place: Option<WindowPlace>) -> egui::ViewportBuilder {
    let viewport = egui::ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id("hardcase")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([1024.0, 640.0]);
    let Some(place) = place.filter(WindowPlace::usable) else { return viewport };
    let viewport = viewport.with_inner_size(place.size).with_maximized(place.maximized);
    match place.corner {
        Some(corner) => viewport.with_position(corner),
        None => viewport,
    }
}

/// The commands that the arguments ask the window to run.
pub fn commands_of(request: WindowRequest) -> Vec<Command> {
    let mut paths = request.paths;
    let is_suite = paths.first().is_some_and(|path| crate::suites::files::is_suite(path));
    if is_suite {
        let folder = paths.remove(0);
        return vec![Command::Open(OpenCommand::SuiteCase {
            folder,
            case: request.case,
            model: request.model,
        })];
    }
    paths.extend(request.model);
    if paths.is_empty() { Vec::new() } else { vec![Command::Open(OpenCommand::Paths(paths))] }
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// A program that wakes this window when another thread has something for it.
pub fn app_for(ctx: &egui::Context, session: Session) -> App {
    let ctx = ctx.clone();
    App::new(session, Arc::new(move || ctx.request_repaint()))
}
