//! The frame around the workspaces: dialogs, keys, dropped files.

use std::time::{Duration, Instant};

use egui::{CentralPanel, Context, Ui};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::guard::Reference;
use crate::app::guard::command::GuardCommand;
use crate::app::label::alarm::Alarm;
use crate::app::label::exchange::ExchangeCommand;
use crate::app::model::command::ModelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::session::{Session, SessionCommand, Theme, WindowPlace};
use crate::app::suites::command::SuiteCommand;
use crate::app::table::choices::Choice;
use crate::app::table::entry::WindowCommand;
use crate::app::{App, Workspace};
use crate::base::text::sentence;
use crate::base::time::Span;
use crate::gui::app_for;
use crate::gui::dialogs::{Ask, Dialogs};
use crate::gui::fonts::MissingFonts;
use crate::gui::input_order::InputOrder;
use crate::gui::palette::{Palette, shortcuts_ui};
use crate::gui::pane::{Pane, Shared};
use crate::gui::panes::WORKSPACES;
use crate::gui::panes::label::exchange::ExchangeDialogs;
use crate::gui::panes::label::operator::{HEADER, operator_ui};
use crate::gui::panes::missing::{opening, project_ui};
use crate::gui::panes::model::ModelWindow;
use crate::gui::panes::price::offer_ui;
use crate::gui::panes::replay::views::Views;
use crate::gui::panes::welcome::Welcome;
use crate::gui::panes::workspace::{Parts, WorkspacePane};
use crate::gui::theme;
use crate::gui::timeline::Timeline;
use crate::gui::viewers::picture::Textures;

mod bars;
mod keyboard;
mod menu;
mod toasts;
mod tour;

use toasts::Toasts;

/// Seconds that the window stays in a place before that is remembered.
const STAYS: f64 = 1.0;
/// Progress is shown after this long.
const PROGRESS_DELAY: Duration = Duration::from_millis(100);

/// The window's own state, around the program's.
pub struct Shell {
    /// The program.
    pub app: App,
    shared: Shared,
    parts: Parts,
    /// The pages, in the order of their kinds.
    workspaces: Vec<Box<dyn WorkspacePane>>,
    exchange: ExchangeDialogs,
    welcome: Welcome,
    model: ModelWindow,
    palette: Palette,
    dialogs: Dialogs,
    textures: Textures,
    toasts: Toasts,
    /// The sound of a failed save.
    pub alarm: Alarm,
    /// Failed saves in a row at the last frame.
    failed_saves: usize,
    notices_open: bool,
    keys_open: bool,
    /// The list of what can be done here is open.
    possible_open: bool,
    /// Chosen from the menu in this frame.
    chosen: Option<Choice>,
    /// Place of the window, and since when.
    place: Option<(WindowPlace, f64)>,
    fonts: MissingFonts,
    job_places: bars::JobPlaces,
    last_frame: Option<Instant>,
    shown_clip: Option<u64>,
    /// The project and its revision whose colors the context has.
    colored: Option<(Option<std::path::PathBuf>, Option<u64>)>,
    theme: Option<Theme>,
}

/// Requests made while a frame was drawn.
#[derive(Default)]
struct Asked {
    commands: Vec<Command>,
    window: Vec<WindowCommand>,
    files: Vec<Ask>,
}

/// The context of the panes, beside the fields of the shell that draw themselves.
macro_rules! pane {
    ($shell:ident, $asked:ident) => {
        Pane {
            app: &$shell.app,
            commands: &mut $asked.commands,
            window: &mut $asked.window,
            textures: &mut $shell.textures,
            ask: &mut $asked.files,
            shared: &mut $shell.shared,
        }
    };
}
use pane;

impl Shell {
    /// A window on a fresh program; `window` is the format of its frames on the graphics card.
    pub fn new(ctx: &Context, session: Session, window: Option<egui_wgpu::wgpu::TextureFormat>) -> Self {
        theme::install(ctx);
        ctx.add_plugin(InputOrder::default());
        ctx.set_zoom_factor(session.zoom());
        // Keys are in the command table, those for the size too.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        Self {
            app: app_for(ctx, session),
            shared: Shared::default(),
            parts: Parts { views: Views::new(window), timeline: Timeline::default() },
            workspaces: WORKSPACES.iter().map(|kind| (kind.make)()).collect(),
            exchange: ExchangeDialogs::default(),
            welcome: Welcome::default(),
            model: ModelWindow::default(),
            palette: Palette::default(),
            dialogs: Dialogs::default(),
            textures: Textures::default(),
            toasts: Toasts::default(),
            alarm: Alarm::new(),
            failed_saves: 0,
            notices_open: false,
            keys_open: false,
            possible_open: false,
            chosen: None,
            place: None,
            fonts: MissingFonts::watch(ctx),
            job_places: bars::JobPlaces::default(),
            last_frame: None,
            shown_clip: None,
            theme: None,
            colored: None,
        }
    }

    /// Gives the context the colors of the project when they have changed.
    fn color(&mut self, ctx: &Context) {
        let revision = self.app.open.editor.as_ref().map(crate::project::editor::ProjectEditor::revision);
        let folder = self.app.project().map(|project| project.folder.clone());
        if self.colored != Some((folder.clone(), revision)) {
            let colors = self.app.project().map(|project| project.ontology.colors());
            theme::set_class_colors(ctx, colors.unwrap_or_default());
            self.colored = Some((folder, revision));
        }
    }

    /// One frame: take in results, draw, run the collected commands.
    pub fn frame_ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let now = Instant::now();
        let elapsed =
            self.last_frame.map_or(Duration::ZERO, |last| now - last).min(Duration::from_millis(250));
        self.last_frame = Some(now);
        self.app.poll(Span(elapsed.as_nanos() as i64));
        self.follow(&ctx);
        self.color(&ctx);
        if ctx.input(|input| input.viewport().close_requested())
            && let Err(err) = self.app.may_leave()
        {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.app.notices.error(crate::base::errors::told(&err));
        }
        let mut asked = Asked::default();
        self.press(&ctx, &mut asked.commands);
        self.take_files(&ctx, &mut asked.commands);
        if self.shared.operator && self.app.open.clip.is_some() {
            operator_ui(ui, &mut self.parts.views, &mut pane!(self, asked));
            self.finish(&ctx, asked);
            return;
        }
        self.top_ui(ui, &mut asked);
        self.status_ui(ui);
        let suites = self.app.workspace == Workspace::Suites && self.app.project().is_some();
        let alone = self.app.workspace == Workspace::Evaluate && self.app.open.evaluate.page.stands_alone();
        if self.app.open.clip.is_none() && !suites && !alone {
            let page = self.app.project().is_some() || opening(&self.app).is_some();
            CentralPanel::default().show(ui, |ui| {
                let mut pane = pane!(self, asked);
                if page { project_ui(ui, &mut pane) } else { self.welcome.ui(ui, &mut pane) }
            });
        } else {
            let at = WORKSPACES.iter().position(|kind| kind.workspace == self.app.workspace);
            if let Some(page) = at.and_then(|at| self.workspaces.get_mut(at)) {
                page.ui(ui, &mut self.parts, &mut pane!(self, asked));
            }
        }
        self.finish(&ctx, asked);
    }

    /// Draw overlays and dialogs, and run the collected commands.
    fn finish(&mut self, ctx: &Context, mut asked: Asked) {
        self.floating_ui(ctx, &mut asked);
        for command in std::mem::take(&mut asked.window) {
            self.window(ctx, command, &mut asked.commands);
        }
        for ask in asked.files {
            self.dialogs.open(ctx, ask);
        }
        for command in asked.commands {
            self.app.dispatch(command);
        }
        if self.app.open.playback.playing {
            ctx.request_repaint();
        } else if self.app.jobs.any() {
            ctx.request_repaint_after(PROGRESS_DELAY);
        }
    }

    /// Takes the messages away that vanish by themselves after a while; the list keeps them.
    pub fn dismiss_toasts(&mut self) {
        self.toasts.dismiss();
    }

    fn follow(&mut self, ctx: &Context) {
        let clip = self.app.open.clip.as_ref().map(|open| open.id);
        if clip != self.shown_clip {
            self.textures.clear();
            self.shown_clip = clip;
        }
        if self.theme != Some(self.app.session.theme) {
            self.theme = Some(self.app.session.theme);
            ctx.set_theme(match self.app.session.theme {
                Theme::System => egui::ThemePreference::System,
                Theme::Dark => egui::ThemePreference::Dark,
                Theme::Light => egui::ThemePreference::Light,
            });
        }
        for script in self.fonts.fresh() {
            self.app.notices.warning(sentence(&script.missing()));
        }
        self.follow_window(ctx);
        let zoom = ctx.zoom_factor();
        if (zoom - self.app.session.zoom()).abs() > 0.01 {
            self.app.dispatch(Command::Session(SessionCommand::Zoom(zoom)));
        }
        let now = ctx.input(|input| input.time);
        for notice in self.app.notices.fresh() {
            self.toasts.add(notice, now);
        }
        let failed = self.app.open.labeling.save_failed.as_ref().map_or(0, |failed| failed.times);
        if failed > self.failed_saves && self.shared.operator {
            self.alarm.sound();
        }
        self.failed_saves = failed;
    }

    /// Remembers where the window is, once it has stayed there for a moment.
    fn follow_window(&mut self, ctx: &Context) {
        let zoom = ctx.zoom_factor();
        let (now, place) = ctx.input(|input| (input.time, place_of(input.viewport(), zoom)));
        let Some(mut place) = place else { return };
        let known = self.app.session.window;
        if place.maximized {
            // The size to go back to stays.
            let before = known.unwrap_or(place);
            place = WindowPlace { maximized: true, ..before };
        }
        match self.place {
            Some((seen, since)) if seen == place => {
                if known != Some(place) && now - since > STAYS {
                    self.app.dispatch(Command::Session(SessionCommand::Window(place)));
                }
            }
            _ => self.place = Some((place, now)),
        }
    }

    /// Files that were dropped on the window or chosen in a dialog.
    fn take_files(&mut self, ctx: &Context, commands: &mut Vec<Command>) {
        let dropped = ctx.input(|input| {
            input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect::<Vec<_>>()
        });
        if !dropped.is_empty() {
            commands.push(Command::Open(OpenCommand::Paths(dropped)));
        }
        if let Some((ask, paths)) = self.dialogs.answer()
            && let Some(first) = paths.first().cloned()
        {
            commands.push(match ask {
                Ask::Files | Ask::Folder => Command::Open(OpenCommand::Paths(paths)),
                Ask::Locate(from) => Command::Open(OpenCommand::Locate { from, to: first }),
                Ask::SearchFolder => Command::Open(OpenCommand::SearchFolder(first)),
                Ask::WritableCopy => Command::Open(OpenCommand::WritableCopy { into: Some(first) }),
                Ask::Model | Ask::Overlay => Command::Model(ModelCommand::Load(first)),
                Ask::Labels => Command::Exchange(ExchangeCommand::Preview(first)),
                Ask::Others | Ask::OtherProject => Command::Exchange(ExchangeCommand::Compare(first)),
                Ask::Words => Command::Exchange(ExchangeCommand::Words(first)),
                Ask::LabelsFolder(format) => {
                    Command::Exchange(ExchangeCommand::Export { format, folder: first })
                }
                Ask::EvaluationFolder => Command::Evaluate(EvaluateCommand::Export(first)),
                Ask::AttackedFolder => Command::Evaluate(EvaluateCommand::ExportAttacked(first)),
                Ask::Reference => Command::Guard(GuardCommand::Use(Reference::File(first))),
                Ask::Answers => Command::Evaluate(EvaluateCommand::Import(first)),
                Ask::OtherModel => Command::Evaluate(EvaluateCommand::Compare(first)),
                Ask::Page(page) => page.command(first),
                Ask::ExportFolder(suite, model) => {
                    Command::Suite(SuiteCommand::Export { suite, folder: Some(first), model })
                }
            });
        }
    }

    fn floating_ui(&mut self, ctx: &Context, asked: &mut Asked) {
        self.model.ui(ctx, &mut pane!(self, asked));
        if let Some(choice) = self.palette.ui(ctx) {
            self.choose(ctx, choice, &mut asked.commands);
        }
        if let Some(choice) = self.chosen.take() {
            self.choose(ctx, choice, &mut asked.commands);
        }
        self.exchange.ui(ctx, &mut pane!(self, asked));
        if self.keys_open {
            shortcuts_ui(ctx, &mut self.keys_open);
            self.keys_open &= !self.shared.windows.closes("Keys");
        }
        if self.notices_open {
            bars::notices_ui(ctx, self.app.notices.list(), &mut self.notices_open);
            self.notices_open &= !self.shared.windows.closes("Notifications");
        }
        if self.possible_open {
            self.possible_open = tour::possible_ui(ctx, &self.app, &mut self.shared.windows);
        }
        if !self.shared.operator {
            tour::tour_ui(ctx, &self.app, &mut asked.commands);
        }
        self.shared.windows.end_frame();
        offer_ui(ctx, &mut pane!(self, asked));
        // In operator mode the keys are at the bottom.
        let top = (self.shared.operator && self.app.open.clip.is_some()).then_some(HEADER + 8.0);
        if self.toasts.ui(ctx, top) {
            self.notices_open = true;
        }
        if ctx.input(|input| !input.raw.hovered_files.is_empty()) {
            let painter =
                ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop")));
            let rect = ctx.content_rect();
            painter.rect_filled(rect, 0.0, egui::Color32::from_black_alpha(160));
            let text = "Drop to open";
            painter.text(
                rect.center(),
                egui::Align2::CENTER_CENTER,
                text,
                egui::FontId::proportional(28.0),
                egui::Color32::WHITE,
            );
        }
    }
}

/// The place of a window; none where the system does not tell it, or while it fills the screen for a mode.
fn place_of(window: &egui::ViewportInfo, zoom: f32) -> Option<WindowPlace> {
    if window.fullscreen == Some(true) || window.minimized == Some(true) {
        return None;
    }
    let size = window.inner_rect?.size() * zoom;
    let corner = window.outer_rect.map(|rect| [rect.min.x * zoom, rect.min.y * zoom]);
    Some(WindowPlace { size: [size.x, size.y], corner, maximized: window.maximized == Some(true) })
}

impl eframe::App for Shell {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.frame_ui(ui);
    }

    fn on_exit(&mut self) {
        if let Some((place, _)) = self.place {
            self.app.dispatch(Command::Session(SessionCommand::Window(place)));
        }
        self.app.dispatch(Command::Session(SessionCommand::RememberPlace));
    }
}
