//! Settings that persist between runs, best effort: nothing here is work that could be lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::app::evaluate::filter::View;
use crate::app::explore::history::Favorite;
use crate::app::replay::tiles::{Layout, OpenedViews};
use crate::app::{App, Workspace};
use crate::base::files::{self, write_atomic};
use crate::evaluation::terms::Terms;

/// Recent projects kept.
const RECENT: usize = 12;

/// Theme of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light letters on dark.
    Dark,
    /// Dark letters on light.
    Light,
}

/// About what is remembered between runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SessionCommand {
    /// Changes the colors of the window.
    Theme(Theme),
    /// Changes the size of everything, 1 is normal.
    Zoom(f32),
    /// Puts the account name into saved cases, or leaves it out.
    SignCases(bool),
    /// Guards formulas in tables that are exported, or leaves text as it is.
    GuardFormulas(bool),
    /// Takes note of where somebody is in the open project, for the next time.
    RememberPlace,
    /// Takes note of where the window is.
    Window(WindowPlace),
}

/// Place and size of the window on the screen, in points of a scale of 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowPlace {
    /// Width and height without the frame.
    pub size: [f32; 2],
    /// Upper left corner of the frame, where the system tells it.
    pub corner: Option<[f32; 2]>,
    /// True if it fills the screen; size and corner are those before.
    pub maximized: bool,
}

impl WindowPlace {
    /// Largest coordinate that is believed: beyond it no screen is expected.
    const FAR: f32 = 20_000.0;

    /// True if a window can be opened there.
    pub fn usable(&self) -> bool {
        let sane = |value: f32, least: f32| value.is_finite() && (least..Self::FAR).contains(&value);
        self.size.iter().all(|side| sane(*side, 100.0))
            && self.corner.is_none_or(|corner| corner.iter().all(|at| sane(*at, -100.0)))
    }
}

/// Last position in a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastSeen {
    /// The recording.
    pub clip: String,
    /// The moment, in nanoseconds.
    pub playhead_ns: i64,
    /// The workspace.
    pub workspace: Workspace,
    /// Signals that were chosen to be plotted or hidden.
    pub plots: BTreeMap<String, bool>,
    /// Arrangement of the views, in the format of the front end.
    pub views: serde_json::Value,
    /// Views that were opened.
    pub opened: OpenedViews,
}

/// Settings and recent places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// Projects opened lately, newest first.
    pub recent: Vec<PathBuf>,
    /// Theme of the window.
    pub theme: Theme,
    /// UI scale, 1 is normal; 0 means normal too.
    pub zoom: f32,
    /// Place of the window when it was last used.
    pub window: Option<WindowPlace>,
    /// True if tags are spoken.
    pub speak: bool,
    /// True if cases carry the account name of whoever saves them; absent until that was asked.
    pub sign_cases: Option<bool>,
    /// True if formulas are guarded in tables that are exported for spreadsheets.
    pub guard_formulas: bool,
    /// Backend for new models; "" for the default.
    pub backend: String,
    /// Backend settings by model file, as written behind a backend's name.
    pub run: BTreeMap<PathBuf, String>,
    /// A model that is in its first run; still there at a start, it took the program with it.
    #[serde(alias = "trying")]
    pub first_run: Option<PathBuf>,
    /// Stacks to have at hand.
    #[serde(alias = "favourites")]
    pub favorites: Vec<Favorite>,
    /// Mapping of labels to classes of models, by project folder.
    pub terms: BTreeMap<PathBuf, Terms>,
    /// Saved views of evaluations, by project folder.
    pub views: BTreeMap<PathBuf, Vec<View>>,
    /// Arrangements of views with a name.
    pub layouts: Vec<Layout>,
    /// Last position, by project folder.
    pub last_seen: BTreeMap<PathBuf, LastSeen>,
    #[serde(skip)]
    folder: Option<PathBuf>,
}

impl Session {
    /// Read the settings from the user's folder; defaults if there are none.
    pub fn load() -> Self {
        Self::load_from(data_folder())
    }

    /// Read the settings from `folder`; nothing is written if there is no folder.
    pub fn load_from(folder: Option<PathBuf>) -> Self {
        let text =
            folder.as_ref().and_then(|folder| std::fs::read_to_string(folder.join("session.json")).ok());
        let mut session: Self = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        session.folder = folder;
        session
    }

    /// The folder for copies of samples and for projects whose recordings lie in read-only places.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Size of everything.
    pub fn zoom(&self) -> f32 {
        if self.zoom > 0.0 { self.zoom.clamp(0.5, 3.0) } else { 1.0 }
    }

    /// Puts a project first among the recent ones.
    pub fn remember(&mut self, project: &Path) {
        self.recent.retain(|path| path != project);
        self.recent.insert(0, project.to_owned());
        self.recent.truncate(RECENT);
        let recent = &self.recent;
        self.last_seen.retain(|path, _| recent.contains(path));
        self.terms.retain(|path, _| recent.contains(path));
        self.views.retain(|path, _| recent.contains(path));
        self.save();
    }

    /// Lets a copy of a project begin with what is remembered of the original.
    pub fn follow_copy(&mut self, from: &Path, to: &Path) {
        fn follow<T: Clone>(map: &mut BTreeMap<PathBuf, T>, from: &Path, to: &Path) {
            if let Some(known) = map.get(from).cloned() {
                map.insert(to.to_owned(), known);
            }
        }
        follow(&mut self.last_seen, from, to);
        follow(&mut self.terms, from, to);
        follow(&mut self.views, from, to);
    }

    /// Writes it; a failure costs a setting and is only logged.
    pub fn save(&self) {
        let Some(folder) = &self.folder else { return };
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        if let Err(err) = write_atomic(&folder.join("session.json"), text.as_bytes()) {
            log::warn!("could not remember the settings: {err}: {}", folder.display());
        }
    }
}

impl App {
    pub(super) fn change_session(&mut self, command: SessionCommand) {
        match command {
            SessionCommand::Theme(theme) => self.session.theme = theme,
            SessionCommand::Zoom(zoom) => self.session.zoom = zoom,
            SessionCommand::SignCases(sign) => self.session.sign_cases = Some(sign),
            SessionCommand::GuardFormulas(guard) => self.session.guard_formulas = guard,
            SessionCommand::RememberPlace => return self.remember_place(),
            SessionCommand::Window(place) => self.session.window = Some(place),
        }
        self.session.save();
    }
}

/// Folder of the program's own files; `HARDCASE_HOME` overrides it.
pub fn data_folder() -> Option<PathBuf> {
    files::data_folder()
}
