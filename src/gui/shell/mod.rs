//! The frame around the workspaces: dialogs, keys, dropped files.

use std::time::{Duration, Instant};

use egui::{CentralPanel, Context, Key, Modifiers, Panel, Ui, ViewportCommand};

use crate::app::command::{
    Command, ExchangeCommand, LabelCommand, MeasureCommand, ModelCommand, OpenCommand, SuiteCommand,
};
use crate::app::notices::Level;
use crate::app::session::{Session, Theme};
use crate::app::{App, Workspace};
use crate::base::time::Span;
use crate::gui::dialogs::{Ask, Dialogs};
use crate::gui::palette::{Palette, shortcuts_ui};
use crate::gui::panes::evaluate::MeasurePane;
use crate::gui::panes::explore::ExplorePane;
use crate::gui::panes::explore::stack::StackPane;
use crate::gui::panes::findings::FindingsPane;
use crate::gui::panes::label::exchange::ExchangeDialogs;
use crate::gui::panes::label::inspector::Inspector;
use crate::gui::panes::label::operator::Operator;
use crate::gui::panes::label::table::LabelTable;
use crate::gui::panes::model::ModelWindow;
use crate::gui::panes::replay::sources::Sources;
use crate::gui::panes::replay::space::SpacePane;
use crate::gui::panes::replay::views::Views;
use crate::gui::panes::suites::SuitesPane;
use crate::gui::panes::welcome::Welcome;
use crate::gui::theme;
use crate::gui::timeline::Timeline;
use crate::gui::viewers::picture::Textures;
use crate::gui::{app_for, keys};

mod bars;

/// Progress is shown after this long.
const PROGRESS_DELAY: Duration = Duration::from_millis(100);

/// The window's own state, around the program's.
pub struct Shell {
    /// The program.
    pub app: App,
    /// The views of the recording in Label.
    pub views: Views,
    timeline: Timeline,
    sources: Sources,
    inspector: Inspector,
    explore: ExplorePane,
    stack: StackPane,
    findings: FindingsPane,
    measure: MeasurePane,
    suites: SuitesPane,
    table: LabelTable,
    operator: Operator,
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

impl Shell {
    /// A window on a fresh program; `window` is the format of its frames on the graphics card.
    pub fn new(ctx: &Context, session: Session, window: Option<egui_wgpu::wgpu::TextureFormat>) -> Self {
        theme::install(ctx);
        ctx.set_zoom_factor(session.zoom());
        Self {
            app: app_for(ctx, session),
            views: Views::new(SpacePane::new(window)),
            timeline: Timeline::default(),
            sources: Sources::default(),
            inspector: Inspector::default(),
            explore: ExplorePane::default(),
            stack: StackPane::default(),
            findings: FindingsPane::default(),
            measure: MeasurePane::default(),
            suites: SuitesPane::default(),
            table: LabelTable::default(),
            operator: Operator::default(),
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
        let mut commands = self.keys(&ctx);
        self.dropped(&ctx, &mut commands);
        if self.operator.open && self.app.clip.is_some() {
            self.operator.ui(ui, &self.app, &mut self.views, &mut self.textures, &mut commands);
            self.finish(&ctx, commands);
            return;
        }
        self.top_ui(ui, &mut commands);
        self.status_ui(ui);
        if self.app.clip.is_none() {
            CentralPanel::default().show(ui, |ui| self.welcome.ui(ui, &self.app, &mut commands));
        } else {
            match self.app.workspace {
                Workspace::Label => self.label_ui(ui, &mut commands),
                Workspace::Explore => self.explore_ui(ui, &mut commands),
                Workspace::Findings => self.findings.ui(ui, &self.app, &mut commands),
                Workspace::Measure => self.measure.ui(ui, &self.app, &mut commands),
                Workspace::Suites => {
                    CentralPanel::default().show(ui, |ui| self.suites.ui(ui, &self.app, &mut commands));
                }
            }
        }
        self.finish(&ctx, commands);
    }

    /// Draw overlays and dialogs, and run the collected commands.
    fn finish(&mut self, ctx: &Context, mut commands: Vec<Command>) {
        self.floating_ui(ctx, &mut commands);
        for command in commands {
            self.app.dispatch(command);
        }
        if self.app.playback.playing {
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
        let clip = self.app.clip.as_ref().map(|open| open.id);
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
            self.app.session.zoom = zoom;
            self.app.session.save();
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

    fn keys(&mut self, ctx: &Context) -> Vec<Command> {
        let hit = |modifiers: Modifiers, key: Key| ctx.input_mut(|input| input.consume_key(modifiers, key));
        if hit(Modifiers::COMMAND, Key::K) || hit(Modifiers::COMMAND, Key::P) {
            self.palette.toggle();
        }
        if hit(Modifiers::COMMAND, Key::O) {
            self.dialogs.open(ctx, Ask::Files);
        }
        if hit(Modifiers::COMMAND, Key::Q) {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        if hit(Modifiers::NONE, Key::F1) {
            self.keys_open = !self.keys_open;
        }
        if hit(Modifiers::NONE, Key::F9) {
            self.operator.open = !self.operator.open && self.app.clip.is_some();
        }
        if hit(Modifiers::NONE, Key::F8) {
            self.table.open = !self.table.open;
        }
        if hit(Modifiers::NONE, Key::F11) {
            let full = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
        }
        if self.palette.open {
            return Vec::new();
        }
        let mut commands = Vec::new();
        if self.operator.open && hit(Modifiers::NONE, Key::Backspace) {
            commands.push(Command::Label(LabelCommand::Undo));
        }
        if !ctx.text_edit_focused() {
            let drawing = &mut self.views.cameras.drawing;
            if !drawing.draft.is_empty() {
                if hit(Modifiers::NONE, Key::Enter) {
                    drawing.finish(&self.app, &mut commands);
                } else if hit(Modifiers::NONE, Key::Backspace) {
                    drawing.step_back();
                } else if hit(Modifiers::NONE, Key::Escape) {
                    drawing.draft.clear();
                }
            } else if hit(Modifiers::NONE, Key::Escape) {
                self.keys_open = false;
                self.operator.open = false;
                commands.push(Command::Label(LabelCommand::Tool(None)));
            }
        }
        // Space and arrows belong to the recording, not to the button that was clicked last.
        if !ctx.text_edit_focused() {
            ctx.memory_mut(|memory| {
                if let Some(focused) = memory.focused() {
                    memory.surrender_focus(focused);
                }
            });
        }
        commands.extend(keys::pressed(ctx, &self.app));
        commands
    }

    fn dropped(&mut self, ctx: &Context, commands: &mut Vec<Command>) {
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
                Ask::Model | Ask::Stamp => Command::Model(ModelCommand::Load(first)),
                Ask::Labels => Command::Exchange(ExchangeCommand::Preview(first)),
                Ask::Others | Ask::OtherProject => Command::Exchange(ExchangeCommand::Compare(first)),
                Ask::Words => Command::Exchange(ExchangeCommand::Words(first)),
                Ask::LabelsFolder(format) => {
                    Command::Exchange(ExchangeCommand::Export { format, folder: first })
                }
                Ask::MeasuredFolder => Command::Measure(MeasureCommand::Export(first)),
                Ask::Answers => Command::Measure(MeasureCommand::Import(first)),
                Ask::OtherModel => Command::Measure(MeasureCommand::Compare(first)),
                Ask::ExportFolder(suite) => {
                    Command::Suite(SuiteCommand::Export { suite, folder: Some(first) })
                }
            });
        }
        for (asked, ask) in [
            (std::mem::take(&mut self.welcome.ask_files), Ask::Files),
            (std::mem::take(&mut self.welcome.ask_folder), Ask::Folder),
            (std::mem::take(&mut self.sources.ask_model), Ask::Model),
            (std::mem::take(&mut self.stack.ask_stamp), Ask::Stamp),
            (std::mem::take(&mut self.sources.words.ask_file), Ask::Words),
        ] {
            if asked {
                self.dialogs.open(ctx, ask);
            }
        }
        if let Some(ask) = self.exchange.ask.take() {
            self.dialogs.open(ctx, ask);
        }
        if let Some(ask) = self.measure.ask.take() {
            self.dialogs.open(ctx, ask);
        }
        if let Some(suite) = self.suites.ask_export.take() {
            self.dialogs.open(ctx, Ask::ExportFolder(suite));
        }
    }

    fn label_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        self.timeline_ui(ui, commands);
        Panel::left("sources")
            .default_size(220.0)
            .min_size(160.0)
            .resizable(true)
            .show(ui, |ui| self.sources.ui(ui, &self.app, commands));
        Panel::right("inspector")
            .default_size(250.0)
            .min_size(180.0)
            .resizable(true)
            .show(ui, |ui| self.inspector.ui(ui, &self.app, commands));
        if self.table.open {
            Panel::right("table")
                .default_size(430.0)
                .min_size(260.0)
                .resizable(true)
                .show(ui, |ui| self.table.ui(ui, &self.app, &mut self.exchange, commands));
        }
        let frame = egui::Frame::new().fill(ui.visuals().extreme_bg_color);
        CentralPanel::default()
            .frame(frame)
            .show(ui, |ui| self.views.ui(ui, &self.app, &mut self.textures, commands));
    }

    fn explore_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        self.timeline_ui(ui, commands);
        Panel::right("stack")
            .default_size(330.0)
            .min_size(280.0)
            .resizable(true)
            .show(ui, |ui| self.stack.ui(ui, &self.app, commands));
        CentralPanel::default().show(ui, |ui| self.explore.ui(ui, &self.app, &mut self.textures, commands));
    }

    fn timeline_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        Panel::bottom("timeline")
            .default_size(190.0)
            .min_size(96.0)
            .resizable(true)
            .show(ui, |ui| self.timeline.ui(ui, &self.app, commands));
    }

    fn floating_ui(&mut self, ctx: &Context, commands: &mut Vec<Command>) {
        self.model.ui(ctx, &self.app, &mut self.textures, commands);
        self.palette.ui(ctx, commands);
        self.exchange.ui(ctx, &self.app, commands);
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
        self.app.remember_place();
    }
}
