//! The frame around the workspaces: dialogs, keys, dropped files.

use std::time::{Duration, Instant};

use egui::{CentralPanel, Context, Ui};

use crate::app::App;
use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::label::exchange::ExchangeCommand;
use crate::app::model::command::ModelCommand;
use crate::app::notices::Level;
use crate::app::open::command::OpenCommand;
use crate::app::session::{Session, SessionCommand, Theme};
use crate::app::suites::command::SuiteCommand;
use crate::app::table::entry::WindowCommand;
use crate::base::time::Span;
use crate::gui::app_for;
use crate::gui::dialogs::{Ask, Dialogs};
use crate::gui::input_order::InputOrder;
use crate::gui::palette::{Palette, shortcuts_ui};
use crate::gui::pane::{Pane, Shared};
use crate::gui::panes::WORKSPACES;
use crate::gui::panes::label::exchange::ExchangeDialogs;
use crate::gui::panes::label::operator::operator_ui;
use crate::gui::panes::model::ModelWindow;
use crate::gui::panes::replay::views::Views;
use crate::gui::panes::welcome::Welcome;
use crate::gui::panes::workspace::{Parts, WorkspacePane};
use crate::gui::theme;
use crate::gui::timeline::Timeline;
use crate::gui::viewers::picture::Textures;

mod bars;
mod keyboard;

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
    toasts: egui_notify::Toasts,
    notices_open: bool,
    keys_open: bool,
    last_frame: Option<Instant>,
    shown_clip: Option<u64>,
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
            toasts: egui_notify::Toasts::default()
                .with_anchor(egui_notify::Anchor::BottomRight)
                .with_margin(egui::vec2(8.0, 36.0)),
            notices_open: false,
            keys_open: false,
            last_frame: None,
            shown_clip: None,
            theme: None,
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
        if self.app.open.clip.is_none() {
            CentralPanel::default().show(ui, |ui| self.welcome.ui(ui, &mut pane!(self, asked)));
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
        self.toasts.dismiss_all_toasts();
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
        let zoom = ctx.zoom_factor();
        if (zoom - self.app.session.zoom()).abs() > 0.01 {
            self.app.dispatch(Command::Session(SessionCommand::Zoom(zoom)));
        }
        for notice in self.app.notices.fresh() {
            let toast = match notice.level {
                Level::Done => self.toasts.success(notice.text),
                Level::Warning => self.toasts.warning(notice.text),
                Level::Error => self.toasts.error(notice.text),
            };
            let secs = if notice.level == Level::Error { 12 } else { 6 };
            toast.duration(Duration::from_secs(secs)).show_progress_bar(false);
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
                Ask::Model | Ask::Overlay => Command::Model(ModelCommand::Load(first)),
                Ask::Labels => Command::Exchange(ExchangeCommand::Preview(first)),
                Ask::Others | Ask::OtherProject => Command::Exchange(ExchangeCommand::Compare(first)),
                Ask::Words => Command::Exchange(ExchangeCommand::Words(first)),
                Ask::LabelsFolder(format) => {
                    Command::Exchange(ExchangeCommand::Export { format, folder: first })
                }
                Ask::EvaluationFolder => Command::Evaluate(EvaluateCommand::Export(first)),
                Ask::Answers => Command::Evaluate(EvaluateCommand::Import(first)),
                Ask::OtherModel => Command::Evaluate(EvaluateCommand::Compare(first)),
                Ask::ExportFolder(suite) => {
                    Command::Suite(SuiteCommand::Export { suite, folder: Some(first) })
                }
            });
        }
    }

    fn floating_ui(&mut self, ctx: &Context, asked: &mut Asked) {
        self.model.ui(ctx, &mut pane!(self, asked));
        if let Some(entry) = self.palette.ui(ctx) {
            self.carry_out(ctx, entry, &mut asked.commands);
        }
        self.exchange.ui(ctx, &mut pane!(self, asked));
        shortcuts_ui(ctx, &mut self.keys_open);
        bars::notices_ui(ctx, self.app.notices.list(), &mut self.notices_open);
        self.toasts.show(ctx);
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

impl eframe::App for Shell {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.frame_ui(ui);
    }

    fn on_exit(&mut self) {
        self.app.dispatch(Command::Session(SessionCommand::RememberPlace));
    }
}
