//! `hardcase doctor`: what this machine has, and what to install.

use std::path::Path;
use std::process::ExitCode;

use crate::base::caches;
use crate::base::progress::Progress;
use crate::cli::clean::clean;
#[cfg(feature = "gui")]
use crate::cli::fonts;
use crate::cli::print;
use crate::clips;
use crate::inference::{BACKENDS, onnxruntime, runtime_fetch};

/// Libraries that a window on X11 opens when it starts, with the Debian package of each.
pub(crate) const WINDOW_LIBRARIES: &[(&str, &str)] = &[
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
];

#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    /// Fetch ONNX Runtime with your own pip into the program's folder; the command is printed before it runs
    #[arg(long)]
    fetch_runtime: bool,
    /// List demo folders and temporary files that the program left behind, and remove them
    #[arg(long)]
    clean: bool,
    /// With --clean, only list them
    #[arg(long, requires = "clean")]
    dry_run: bool,
}

pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    if args.clean {
        clean(args.dry_run)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.fetch_runtime {
        print(&runtime_fetch::command()?);
        let fetched = runtime_fetch::fetch(&Progress::default())?;
        onnxruntime::look_again();
        print(&format!("library  {}", fetched.library.display()));
        print(&format!("sha256   {}", fetched.sha256));
    }
    print(&format!("hardcase {}", env!("CARGO_PKG_VERSION")));
    print("backends");
    for backend in BACKENDS {
        match (backend.status)() {
            Ok(found) => print(&format!("  ok       {:<12} {found}", backend.id)),
            Err(missing) => print(&format!("  missing  {:<12} {missing}", backend.id)),
        }
    }
    print("recordings");
    for kind in clips::KINDS {
        print(&format!("  ok       {:<12} {}", kind.id, kind.title));
    }
    if clips::video::has_ffmpeg() {
        print(
            "  ok       ffmpeg       for videos that are neither H.264 (8 bits, 4:2:0, progressive) nor JPEG",
        );
    } else {
        print(
            "  missing  ffmpeg       for videos that are neither H.264 (8 bits, 4:2:0, progressive) nor JPEG, install it with `apt install ffmpeg`",
        );
    }
    print("caches");
    for (name, budget) in caches::listed() {
        print(&format!("  ok       {name:<12} {budget}"));
    }
    print("window");
    if cfg!(feature = "gui") {
        window();
        #[cfg(feature = "gui")]
        {
            print("fonts of the system");
            fonts::say();
        }
    } else {
        print("  none     this is the headless build, for CI");
    }
    Ok(ExitCode::SUCCESS)
}

fn window() {
    if !cfg!(target_os = "linux") {
        print("  ok       drawing uses the system's graphics");
        return;
    }
    match (std::env::var("WAYLAND_DISPLAY"), std::env::var("DISPLAY")) {
        (Ok(display), _) if !display.is_empty() => {
            print(&format!("  ok       display      Wayland {display}"));
        }
        (_, Ok(display)) if !display.is_empty() => print(&format!("  ok       display      X11 {display}")),
        _ => print(
            "  missing  display      none, the window needs DISPLAY or WAYLAND_DISPLAY; `hardcase demo` works without",
        ),
    }
    for (library, package) in WINDOW_LIBRARIES {
        if library_found(library) {
            print(&format!("  ok       library      {library}"));
        } else {
            print(&format!("  missing  library      {library}, install it with `apt install {package}`"));
        }
    }
    let drivers = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];
    let vulkan = drivers
        .iter()
        .any(|folder| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()));
    if vulkan && library_found("libvulkan.so.1") {
        print("  ok       driver       Vulkan");
    } else if library_found("libEGL.so.1") {
        print("  ok       driver       OpenGL (EGL)");
    } else {
        print(
            "  missing  driver       no Vulkan and no OpenGL, install one with `apt install mesa-vulkan-drivers`",
        );
    }
}

/// The Debian packages of the window libraries that are not on this machine.
#[cfg(feature = "gui")]
pub(crate) fn missing_packages() -> Vec<&'static str> {
    WINDOW_LIBRARIES
        .iter()
        .filter(|(library, _)| !library_found(library))
        .map(|(_, package)| *package)
        .collect()
}

/// True if the loader would find a library in the usual places.
fn library_found(name: &str) -> bool {
    let triple = if cfg!(target_arch = "aarch64") { "aarch64-linux-gnu" } else { "x86_64-linux-gnu" };
    let fixed = [
        format!("/usr/lib/{triple}"),
        format!("/lib/{triple}"),
        "/usr/lib64".to_owned(),
        "/usr/lib".to_owned(),
        "/usr/local/lib".to_owned(),
        "/lib".to_owned(),
    ];
    let given = std::env::var("LD_LIBRARY_PATH").unwrap_or_default();
    let given = given.split(':').filter(|folder| !folder.is_empty()).map(str::to_owned);
    fixed.into_iter().chain(given).any(|folder| Path::new(&folder).join(name).exists())
}
