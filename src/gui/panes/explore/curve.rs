//! The severity curve of the selected transform: confidence by severity, verdicts, tipping point.

use egui::{Align2, FontId, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::explore::attack::AttackStep;
use crate::app::explore::command::ExploreCommand;
use crate::app::jobs::JobKind;
use crate::base::params::ParamSpec;
use crate::base::text::short_number;
use crate::data::cases::verdict::Verdict;
use crate::gui::pane::Pane;
use crate::gui::theme::{self, verdict_look};
use crate::search::curve::Tipping;

/// The parameter that is varied: of the attack if there is one, since it comes last, else of the selected transform.
struct Varied {
    title: &'static str,
    spec: &'static ParamSpec,
    now: f64,
}

fn varied(app: &App) -> Option<Varied> {
    let explore = &app.open.explore;
    if let Some(step) = explore.attack.active() {
        return Some(Varied { title: step.kind()?.title, spec: step.spec(), now: step.strength });
    }
    let entry = explore.stack.transforms.get(explore.selected)?;
    let kind = app.open.models.catalog.kind(&entry.transform)?;
    let spec = kind.strength()?;
    Some(Varied { title: kind.title, spec, now: entry.params.value(spec) })
}

/// Confidence by severity, with the verdict at each point and the tipping point.
#[expect(clippy::too_many_lines, reason = "one drawing, from back to front")]
pub(in crate::gui::panes) fn curve_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let explore = &app.open.explore;
    let varied = varied(app);
    let (rect, response) = ui.allocate_exact_size(
        Vec2::new(ui.available_width(), ui.available_height().max(60.0)),
        Sense::click_and_drag(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Severity curve"));
    let colors = theme::colors(ui);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, colors.lane);
    let small = FontId::proportional(12.0);
    let Some(Varied { title, spec, now }) = varied else {
        let text = "The severity curve shows the confidence of the model by severity: add a transform that has a severity";
        painter.text(rect.center(), Align2::CENTER_CENTER, text, small, colors.dim);
        return;
    };
    let plot = Rect::from_min_max(rect.min + Vec2::new(44.0, 22.0), rect.max - Vec2::new(16.0, 22.0));
    let x = |value: f64| plot.left() + ((value - spec.min) / (spec.max - spec.min)) as f32 * plot.width();
    let y = |value: f32| plot.bottom() - value * plot.height();
    for level in [0.0, 0.5, 1.0] {
        painter.line_segment(
            [Pos2::new(plot.left(), y(level)), Pos2::new(plot.right(), y(level))],
            Stroke::new(1.0, colors.line),
        );
        painter.text(
            Pos2::new(plot.left() - 6.0, y(level)),
            Align2::RIGHT_CENTER,
            format!("{level:.1}"),
            FontId::monospace(11.0),
            colors.dim,
        );
    }
    for (value, align) in [(spec.min, Align2::LEFT_TOP), (spec.max, Align2::RIGHT_TOP)] {
        painter.text(
            Pos2::new(x(value), plot.bottom() + 4.0),
            align,
            format!("{value} {}", spec.unit),
            FontId::monospace(11.0),
            colors.dim,
        );
    }
    painter.text(
        rect.left_top() + Vec2::new(8.0, 4.0),
        Align2::LEFT_TOP,
        format!("Confidence against {} of {}", spec.title.to_lowercase(), title.to_lowercase()),
        small.clone(),
        ui.visuals().text_color(),
    );
    let points: Vec<Pos2> = explore
        .curve
        .iter()
        .filter_map(|point| Some(Pos2::new(x(point.strength), y(point.confidence?))))
        .collect();
    painter.add(egui::Shape::line(points, Stroke::new(2.0, colors.selection)));
    for point in &explore.curve {
        let at = Pos2::new(x(point.strength), y(point.confidence.unwrap_or(0.0)));
        let (_, _, color) = verdict_look(ui, &point.verdict);
        match point.verdict {
            Verdict::Pass => {
                painter.circle_filled(at, 3.5, color);
            }
            Verdict::Fail { .. } => {
                for d in [Vec2::new(4.0, 4.0), Vec2::new(4.0, -4.0)] {
                    painter.line_segment([at - d, at + d], Stroke::new(2.0, color));
                }
            }
            Verdict::Skip { .. } => {
                painter.circle_stroke(at, 3.5, Stroke::new(1.5, color));
            }
        }
    }
    if let Some(Tipping::Breaks { strength, .. }) = &explore.tipping {
        let at = x(*strength);
        painter.line_segment(
            [Pos2::new(at, plot.top()), Pos2::new(at, plot.bottom())],
            Stroke::new(2.0, colors.fail),
        );
        painter.text(
            Pos2::new(at + 4.0, plot.top()),
            Align2::LEFT_TOP,
            format!("fails at {}", short_number(*strength)),
            small,
            colors.fail,
        );
    }
    painter.line_segment(
        [Pos2::new(x(now), plot.top()), Pos2::new(x(now), plot.bottom())],
        Stroke::new(1.5, colors.playhead),
    );
    if let Some(pointer) =
        response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked())
    {
        let part = f64::from(((pointer.x - plot.left()) / plot.width()).clamp(0.0, 1.0));
        let value = spec.min + part * (spec.max - spec.min);
        pane.commands.push(Command::Explore(match app.open.explore.attack.active() {
            Some(step) => ExploreCommand::Attack(Some(AttackStep {
                strength: spec.clamp((value / spec.step).round() * spec.step),
                ..step.clone()
            })),
            None => ExploreCommand::Set { position: explore.selected, param: spec.id.to_owned(), value },
        }));
    }
    if explore.curve.is_empty() && app.open.models.loaded.is_some() && !app.jobs.is_running(JobKind::Curve) {
        let text = "Press C to draw the curve, T to find the tipping point";
        painter.text(plot.center(), Align2::CENTER_CENTER, text, FontId::proportional(12.0), colors.dim);
    }
}
