//! Right side of Explore: the transforms with their sliders, the claim, the verdict, and keeping it.

use egui::{Checkbox, Color32, Frame, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::explore::attack::AttackState;
use crate::app::explore::command::ExploreCommand;
use crate::app::jobs::JobKind;
use crate::app::suites::command::SuiteCommand;
use crate::app::table::key_of;
use crate::base::text::short_number;
use crate::claims::{kind, spec};
use crate::data::cases::stack::{Parts, Region};
use crate::data::cases::verdict::Verdict;
use crate::data::input::Medium;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{
    button_ui, chip_ui, dim_ui, empty_ui, fold, icon_button_ui, name_button_ui, name_label_ui, param_ui,
    reserved_ui, row_with_end_ui, section_ui,
};
use crate::gui::pane::Pane;
use crate::gui::panes::explore::attack;
use crate::gui::panes::explore::claim::claim_ui;
use crate::gui::panes::explore::history::{TriedList, presets_ui};
use crate::gui::panes::explore::why::why_ui;
use crate::gui::panes::model::failure;
use crate::gui::panes::validity;
use crate::gui::theme::{self, icon, verdict_look};
use crate::search::curve::Tipping;
use crate::transforms::catalog::Catalog;
use crate::transforms::{Group, TransformKind};

/// Room for the bar of the pane.
const BAR: f32 = 6.0;

/// State of this pane between frames.
#[derive(Debug, Default)]
pub struct StackPane {
    why: String,
    suite: Option<String>,
    tried: TriedList,
}

impl StackPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        // The bar stands beside what it scrolls.
        ui.spacing_mut().scroll.floating_allocated_width = BAR;
        // Saving is in reach however long the stack is.
        egui::Panel::bottom("test_case").resizable(false).show(ui, |ui| self.keep_ui(ui, pane));
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            verdict_ui(ui, app);
            validity::frame_ui(ui, app);
            ui.separator();
            stack_ui(ui, pane);
            ui.separator();
            claim_ui(ui, pane);
            ui.separator();
            tipping_ui(ui, pane);
            ui.separator();
            why_ui(ui, app);
            egui::CollapsingHeader::new(fold(ui, RichText::new("Input validity")))
                .id_salt("validity")
                .default_open(false)
                .show(ui, |ui| validity::reference_ui(ui, pane));
            self.tried.ui(ui, pane);
        });
    }

    fn keep_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        section_ui(ui, "Test case");
        let label = ui.label("Why");
        ui.add(
            TextEdit::singleline(&mut self.why)
                .desired_width(f32::INFINITY)
                .hint_text("note for whoever reads the case"),
        )
        .labelled_by(label.id);
        let suite = self.suite.get_or_insert_with(|| app.open.suites.active.clone());
        ui.horizontal(|ui| {
            let label = ui.label("Suite");
            let edit = ui.add(TextEdit::singleline(suite).desired_width(140.0)).labelled_by(label.id);
            if edit.lost_focus() {
                pane.commands.push(Command::Suite(SuiteCommand::Active(suite.trim().to_owned())));
            } else if !edit.has_focus() {
                suite.clone_from(&app.open.suites.active);
            }
        });
        if button_ui(ui, icon::KEEP, "Save as test case", &key_of("Save as test case")).clicked() {
            pane.commands.push(Command::Suite(SuiteCommand::Keep { why: std::mem::take(&mut self.why) }));
        }
    }
}

/// Lines that the reason of a verdict has.
const REASON: usize = 3;

/// The verdict as a chip with its reason. Its height is the same for every verdict, so that nothing below it moves.
fn verdict_ui(ui: &mut Ui, app: &App) {
    let (icon, word, color, why) = verdict_of(ui, app);
    let fill = color.gamma_multiply(0.15);
    Frame::new().fill(fill).stroke(egui::Stroke::new(1.0, color)).corner_radius(6).inner_margin(8).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            let title = RichText::new(format!("{icon}  {word}")).size(18.0).strong().color(color);
            let response = ui.add(egui::Label::new(title).truncate());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Verdict: {word}")));
            reserved_ui(ui, why, REASON);
            let outcome = app.open.explore.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok());
            let confidence = outcome.and_then(|outcome| outcome.confidence);
            let text = confidence.map_or_else(String::new, |sure| format!("confidence {sure:.2}"));
            let dim = theme::colors(ui).dim;
            let label = reserved_ui(ui, RichText::new(text).size(12.0).color(dim), 1);
            if let Some(margin) = outcome.and_then(|outcome| outcome.margin)
                && let Some(kind) = kind(&app.open.explore.claim().claim)
            {
                label.on_hover_text(format!("Margin {margin:+.3}: {}", kind.margin));
            }
        },
    );
}

/// Icon, word, color and reason of the verdict.
fn verdict_of(ui: &Ui, app: &App) -> (&'static str, &'static str, Color32, String) {
    let colors = theme::colors(ui);
    match &app.open.explore.outcome {
        _ if app.open.models.failed.is_some() => {
            (icon::FAIL, "Model failed", colors.fail, failure::state(app))
        }
        _ if app.open.models.loaded.is_none() => {
            (icon::SKIP, "No model", colors.skip, "Load a model to evaluate its predictions".to_owned())
        }
        None => match app.attack_state() {
            AttackState::Running => (icon::SKIP, "Attacking…", colors.dim, String::new()),
            AttackState::Playing | AttackState::Stopped => {
                let why = "The attack has to be done before there is a verdict";
                (icon::SKIP, "Not attacked", colors.dim, why.to_owned())
            }
            AttackState::None | AttackState::Done(_) | AttackState::Failed(_) => {
                (icon::SKIP, "Evaluating…", colors.dim, String::new())
            }
        },
        Some(Err(problem)) => (icon::WARNING, "Error", colors.warning, problem.clone()),
        Some(Ok(outcome)) => {
            let (icon, word, color) = verdict_look(ui, &outcome.verdict);
            let why = match &outcome.verdict {
                Verdict::Pass => spec::describe(app.open.explore.claim()),
                Verdict::Fail { why } | Verdict::Skip { why } => why.clone(),
            };
            (icon, word, color, why)
        }
    }
}

/// Width of a column of the menu of transforms.
const COLUMN: f32 = 148.0;

/// The transforms of a group, one below the other.
fn column_ui(ui: &mut Ui, (catalog, group): (&Catalog, Group), commands: &mut Vec<Command>) {
    ui.vertical(|ui| {
        ui.set_width(COLUMN - 8.0);
        dim_ui(ui, group.title());
        for kind in catalog.group(group) {
            let response = chip_ui(ui, kind.title, false, COLUMN - 8.0, true);
            if response.on_hover_text(kind.summary).clicked() {
                commands.push(Command::Explore(ExploreCommand::Add(kind.id.to_owned())));
                ui.close();
            }
        }
    });
}

/// Every transform, by group. The menu has its size before it is drawn, so that it is laid out once.
fn add_menu_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let menu = ui.menu_button(format!("{}  Add", icon::PLUS), |ui| {
        let screen = ui.ctx().content_rect().size();
        let groups = app.open.models.catalog.groups(app.open.medium());
        // Rows of columns: a list of all would not fit on a small screen.
        let columns = ((screen.x - 60.0) / COLUMN).floor().clamp(1.0, 3.0) as usize;
        let count = |group: &Group| app.open.models.catalog.group(*group).count();
        let rows = |row: &[Group]| row.iter().map(count).max().unwrap_or(0) + 1;
        let attacks = attack::columns(app);
        // Their names are long, so there are fewer columns of them.
        let wide = columns.saturating_sub(1).clamp(1, 2);
        let longest = attacks.iter().map(|(_, kinds)| kinds.len() + 1).max();
        let tall: usize = groups.chunks(columns).map(rows).sum::<usize>()
            + longest.map_or(0, |longest| attacks.len().div_ceil(wide) * longest + 2);
        let each = theme::ROW + ui.spacing().item_spacing.y;
        let height = (tall as f32 * each + 12.0 * groups.len() as f32).min((screen.y - 140.0).max(120.0));
        let width = columns.min(groups.len().max(1)) as f32 * COLUMN + 16.0;
        ui.set_min_width(width);
        ui.set_max_width(width);
        if app.open.medium() == Medium::Image && ui.button("Overlay image…").clicked() {
            pane.ask.push(Ask::Overlay);
            ui.close();
        }
        ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
            for (number, row) in groups.chunks(columns).enumerate() {
                if number > 0 {
                    ui.separator();
                }
                ui.horizontal_top(|ui| {
                    for group in row {
                        column_ui(ui, (&app.open.models.catalog, *group), pane.commands);
                    }
                });
            }
            if !attacks.is_empty() {
                ui.separator();
                section_ui(ui, "Attacks");
                attack::note_ui(ui, pane);
            }
            let room = columns as f32 * COLUMN / wide as f32 - 8.0;
            for row in attacks.chunks(wide) {
                ui.horizontal_top(|ui| {
                    for column in row {
                        attack::column_ui(ui, column, room, pane);
                    }
                });
            }
        });
    });
    menu.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Add transform"));
}

fn stack_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().button_padding.x = 6.0;
            add_menu_ui(ui, pane);
            ui.menu_button("Presets", |ui| presets_ui(ui, pane));
            // The whole name does not fit beside the title.
            let random = ui.button("Random").on_hover_text(key_of("Random transform"));
            random.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Random transform"));
            if random.clicked() {
                pane.commands.push(Command::Explore(ExploreCommand::Surprise));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                name_label_ui(ui, RichText::new("Transforms").strong());
            });
        });
    });
    let stack = &app.open.explore.stack;
    if stack.transforms.is_empty() && app.open.explore.attack.step.is_none() {
        empty_ui(ui, "No transforms. Add one and move its slider.");
        for group in app.open.models.catalog.groups(app.open.medium()) {
            dim_ui(ui, group.title());
            let room = ui.available_width();
            ui.horizontal_wrapped(|ui| {
                for kind in app.open.models.catalog.group(group) {
                    let response = chip_ui(ui, kind.title, false, room, true).on_hover_text(kind.summary);
                    if response.clicked() {
                        pane.commands.push(Command::Explore(ExploreCommand::Add(kind.id.to_owned())));
                    }
                }
            });
        }
        return;
    }
    for (position, entry) in stack.transforms.iter().enumerate() {
        let Some(kind) = app.open.models.catalog.kind(&entry.transform) else { continue };
        let selected = app.open.explore.selected == position && stack.transforms.len() > 1;
        let edge = if selected { theme::colors(ui).selection } else { Color32::TRANSPARENT };
        Frame::new().stroke(egui::Stroke::new(1.0, edge)).corner_radius(4).inner_margin(4).show(ui, |ui| {
            ui.horizontal(|ui| {
                let mut on = entry.enabled;
                let check = ui.add(Checkbox::without_text(&mut on));
                check.widget_info(|| {
                    WidgetInfo::selected(Role::CheckBox, true, on, format!("{} enabled", kind.title))
                });
                if on != entry.enabled {
                    pane.commands.push(Command::Explore(ExploreCommand::Toggle(position)));
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if icon_button_ui(ui, icon::CROSS, &format!("Remove {}", kind.title), "").clicked() {
                        pane.commands.push(Command::Explore(ExploreCommand::Remove(position)));
                    }
                    if position > 0
                        && icon_button_ui(ui, icon::UP, &format!("Move {} up", kind.title), "").clicked()
                    {
                        pane.commands.push(Command::Explore(ExploreCommand::Move(position, position - 1)));
                    }
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        let title = name_button_ui(ui, RichText::new(kind.title).strong(), false);
                        if title.on_hover_text("The curve and the tipping point vary this one").clicked() {
                            pane.commands.push(Command::Explore(ExploreCommand::Select(position)));
                        }
                    });
                });
            });
            for spec in kind.params {
                if let Some(value) = param_ui(ui, kind.title, spec, entry.params.value(spec)) {
                    pane.commands.push(Command::Explore(ExploreCommand::Select(position)));
                    pane.commands.push(Command::Explore(ExploreCommand::Set {
                        position,
                        param: spec.id.to_owned(),
                        value,
                    }));
                }
            }
            if kind.params.is_empty() {
                dim_ui(ui, kind.summary);
            }
            if kind.looks_at_depth() && entry.enabled {
                let shown = app.open.explore.changed.as_ref();
                let measured = shown.is_some_and(|compared| compared.original.depth().is_some());
                dim_ui(ui, if measured { "depth: recorded" } else { "depth: horizon estimate" });
            }
        });
    }
    attack::step_ui(ui, pane);
    if stack
        .active()
        .any(|(_, entry)| app.open.models.catalog.kind(&entry.transform).is_some_and(|kind| kind.seeded))
        || app.open.explore.attack.step.is_some()
    {
        ui.horizontal(|ui| {
            let label = ui.label("Seed");
            let mut seed = stack.seed;
            ui.add(egui::DragValue::new(&mut seed)).labelled_by(label.id);
            if seed != stack.seed {
                pane.commands.push(Command::Explore(ExploreCommand::Seed(seed)));
            }
        });
    }
}

/// A failing change made as small as it can be.
fn shrink_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let failed = matches!(&app.open.explore.outcome, Some(Ok(outcome)) if outcome.verdict.failed());
    let attacked = app.open.explore.attack.active().is_some();
    let ready = failed
        && !attacked
        && !app.jobs.is_running(JobKind::Minimize)
        && app.open.explore.stack.active().next().is_some();
    ui.add_enabled_ui(ready, |ui| {
        let key = key_of("Minimize the failing transforms");
        if button_ui(ui, icon::DOWN, "Minimize", &key).clicked() {
            pane.commands.push(Command::Explore(ExploreCommand::Minimize));
        }
    });
    limits_ui(ui, pane);
}

/// The part of the input that the stack is limited to; the row is there without one too.
fn limits_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let stack = &app.open.explore.stack;
    if stack.region.is_none() && stack.parts.is_none() {
        ui.allocate_space(egui::vec2(0.0, theme::ROW));
        return;
    }
    let count = stack.parts.as_ref().map(Parts::count);
    let of = |one: &str, many: &str| {
        count.map(|count| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") })
    };
    let text = match app.open.medium() {
        Medium::Points => of("point", "points"),
        Medium::Text => of("word", "words"),
        Medium::Image | Medium::Signals => {
            let area = 100.0 * stack.region.unwrap_or(Region::WHOLE).area();
            let tiles = of("tile", "tiles").map_or(String::new(), |tiles| format!("{tiles} in "));
            let digits = usize::from(area < 1.0);
            Some(format!("{tiles}{area:.digits$} % of the image"))
        }
    };
    let everywhere = |ui: &mut Ui| {
        if ui.small_button("apply everywhere").clicked() {
            pane.commands.push(Command::Explore(ExploreCommand::WholePicture));
        }
    };
    row_with_end_ui(ui, everywhere, |ui| {
        let color = theme::colors(ui).dim;
        let text = format!("limited to {}", text.unwrap_or_default());
        name_label_ui(ui, RichText::new(text).size(12.0).color(color));
    });
}

fn tipping_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Tipping point");
    let entry = app.open.explore.stack.transforms.get(app.open.explore.selected);
    let strength = entry
        .and_then(|entry| app.open.models.catalog.kind(&entry.transform))
        .and_then(TransformKind::strength);
    let attacked = app.open.explore.attack.active().is_some();
    let varied = strength.is_some() || attacked;
    let ready = varied && app.open.models.loaded.is_some() && !app.jobs.is_running(JobKind::TippingPoint);
    ui.horizontal_wrapped(|ui| {
        ui.add_enabled_ui(ready, |ui| {
            if button_ui(ui, icon::TARGET, "Find the tipping point", &key_of("Find the tipping point"))
                .clicked()
            {
                pane.commands.push(Command::Explore(ExploreCommand::FindTipping));
            }
            if button_ui(ui, icon::CHART, "Curve", &key_of("Draw the severity curve")).clicked() {
                pane.commands.push(Command::Explore(ExploreCommand::Curve));
            }
        });
    });
    shrink_ui(ui, pane);
    let text = match &app.open.explore.tipping {
        None if app.jobs.is_running(JobKind::TippingPoint) => {
            "Searching for the smallest failing severity…".to_owned()
        }
        None => String::new(),
        Some(Tipping::Breaks { strength, holds, why }) => {
            let (breaks, holds) = (short_number(*strength), short_number(*holds));
            let way = if attacked { "growing epsilon" } else { "32 steps" };
            format!("Fails at {breaks}, passes at {holds}: {why}. Found by {way}, then bisection.")
        }
        Some(Tipping::Holds { looked_at, up_to }) => {
            format!("Passes at all {looked_at} severities tested, up to {up_to}")
        }
        Some(Tipping::BrokenAtStart { why }) => format!("Fails without any transform: {why}"),
    };
    reserved_ui(ui, text, REASON);
}
