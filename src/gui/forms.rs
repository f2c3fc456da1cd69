//! Controls that every pane shares: named icon buttons, one slider for any parameter, small texts.

use egui::{Button, Response, RichText, Role, Ui, WidgetInfo};

use crate::base::params::ParamSpec;
use crate::gui::theme::{self, ROW};

/// A button with an icon only; its name is for screen readers, tests and the tooltip.
pub(super) fn icon_button_ui(ui: &mut Ui, icon: &str, name: &str, key: &str) -> Response {
    icon_toggle_ui(ui, icon, name, key, false)
}

/// An icon button that may be pressed in.
pub(super) fn icon_toggle_ui(ui: &mut Ui, icon: &str, name: &str, key: &str, selected: bool) -> Response {
    let button =
        Button::new(RichText::new(icon).size(16.0)).selected(selected).min_size(egui::vec2(ROW + 4.0, ROW));
    let response = ui.add(button);
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, selected, name));
    response.on_hover_text(tooltip(name, key))
}

/// A button with an icon and a word.
pub(super) fn button_ui(ui: &mut Ui, icon: &str, name: &str, key: &str) -> Response {
    let response = ui.add(Button::new(format!("{icon}  {name}")).min_size(egui::vec2(0.0, ROW)));
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    if key.is_empty() { response } else { response.on_hover_text(tooltip(name, key)) }
}

fn tooltip(name: &str, key: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{name}  ({key})") }
}

/// True for a double-click. egui counts a click elsewhere just before it too, and calls this one the third.
pub(super) fn double_clicked(response: &Response) -> bool {
    response.double_clicked() || response.triple_clicked()
}

/// A slider for one parameter: can be typed, stepped by arrow keys and reset by a double click. Returns
/// the new value when it changed.
pub(super) fn param_ui(ui: &mut Ui, owner: &str, spec: &ParamSpec, value: f64) -> Option<f64> {
    if spec.unit == ParamSpec::SWITCH {
        let mut on = value >= 0.5;
        let response = ui.checkbox(&mut on, spec.title);
        response.widget_info(|| {
            WidgetInfo::selected(Role::CheckBox, true, on, format!("{owner} {}", spec.title))
        });
        return response.changed().then_some(if on { 1.0 } else { 0.0 });
    }
    let mut now = value;
    let decimals = if spec.step < 0.1 { 2 } else { usize::from(spec.step < 1.0) };
    let changed = ui.horizontal(|ui| {
        let label = ui.add_sized([64.0, ROW], egui::Label::new(spec.title).truncate());
        let slider = egui::Slider::new(&mut now, spec.min..=spec.max)
            .step_by(spec.step)
            // A value between two steps, as a search finds it, must stay as it is until somebody moves it.
            .clamping(egui::SliderClamping::Never)
            .fixed_decimals(decimals)
            .suffix(if spec.unit.is_empty() { String::new() } else { format!(" {}", short_unit(spec.unit)) });
        let response = ui.add(slider).labelled_by(label.id);
        let enabled = response.enabled();
        let name = format!("{owner} {}", spec.title);
        response.widget_info(|| WidgetInfo::slider(enabled, now, &name));
        let (mut changed, reset) = (response.changed(), double_clicked(&response));
        let range = format!("{} to {} {}, double-click for {}", spec.min, spec.max, spec.unit, spec.initial);
        response.on_hover_text(range);
        if reset {
            now = spec.initial;
            changed = true;
        }
        changed
    });
    changed.inner.then(|| spec.clamp(now))
}

fn short_unit(unit: &str) -> &str {
    if unit == "gray levels" { "gl" } else { unit }
}

/// A name before a control, on the left of a column of this width.
pub(super) fn name_ui(ui: &mut Ui, width: f32, name: &str) -> Response {
    let place = egui::Layout::left_to_right(egui::Align::Center);
    let row = ui.allocate_ui_with_layout(egui::vec2(width, ROW), place, |ui| {
        ui.set_min_width(width);
        ui.add(egui::Label::new(name).truncate())
    });
    row.inner
}

/// Second-rank text.
pub(super) fn dim_ui(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = theme::colors(ui).dim;
    ui.label(RichText::new(text).size(12.0).color(color))
}

/// A heading inside a panel.
pub(super) fn section_ui(ui: &mut Ui, text: &str) {
    ui.add_space(4.0);
    ui.label(RichText::new(text).strong());
}

/// Explain an empty place and name the next step.
pub(super) fn empty_ui(ui: &mut Ui, text: &str) {
    let color = theme::colors(ui).dim;
    ui.add_space(4.0);
    ui.add(egui::Label::new(RichText::new(text).color(color)).wrap());
}
