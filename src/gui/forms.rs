//! Controls that every pane shares: named icon buttons, one slider for any parameter, small texts.

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align, Button, Color32, ComboBox, FontId, FontSelection, Layout, Response, RichText, Role, Sense, Ui,
    WidgetInfo, vec2,
};

use crate::base::params::ParamSpec;
use crate::gui::scripts::{self, shown};
use crate::gui::theme::{self, ROW};

/// A button with an icon only; its name is for screen readers, tests and the tooltip.
pub(super) fn icon_button_ui(ui: &mut Ui, icon: &str, name: &str, key: &str) -> Response {
    icon_toggle_ui(ui, icon, name, key, false)
}

/// An icon button that may be pressed in.
pub(super) fn icon_toggle_ui(ui: &mut Ui, icon: &str, name: &str, key: &str, selected: bool) -> Response {
    let button =
        Button::new(RichText::new(icon).size(16.0)).selected(selected).min_size(vec2(ROW + 4.0, ROW));
    let response = ui.add(button);
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, selected, name));
    response.on_hover_text(tooltip(name, key))
}

/// A button with an icon and a word.
pub(super) fn button_ui(ui: &mut Ui, icon: &str, name: &str, key: &str) -> Response {
    let response = ui.add(Button::new(format!("{icon}  {name}")).min_size(vec2(0.0, ROW)));
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
        let room = 64.0_f32.min(ui.available_width() * 0.3);
        let label = ui.add_sized([room, ROW], egui::Label::new(spec.title).truncate());
        let suffix = if spec.unit.is_empty() { String::new() } else { format!(" {}", short_unit(spec.unit)) };
        // The number beside the slider keeps its room in a narrow panel.
        ui.spacing_mut().slider_width = (ui.available_width() - NUMBER).clamp(24.0, SLIDER);
        let slider = egui::Slider::new(&mut now, spec.min..=spec.max)
            .step_by(spec.step)
            // A value between two steps, as a search finds it, must stay as it is until somebody moves it.
            .clamping(egui::SliderClamping::Never)
            .show_value(false);
        let response = ui.add(slider).labelled_by(label.id);
        let enabled = response.enabled();
        let name = format!("{owner} {}", spec.title);
        response.widget_info(|| WidgetInfo::slider(enabled, now, &name));
        let number = egui::DragValue::new(&mut now).speed(spec.step).fixed_decimals(decimals).suffix(suffix);
        let number = ui.add(number);
        number.widget_info(|| WidgetInfo::labeled(Role::SpinButton, enabled, format!("{name} as a number")));
        let (mut changed, reset) = (response.changed() || number.changed(), double_clicked(&response));
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

/// Width of a slider, and room for the number beside it.
const SLIDER: f32 = 130.0;
const NUMBER: f32 = 84.0;

fn short_unit(unit: &str) -> &str {
    if unit == "gray levels" { "gl" } else { unit }
}

/// A name before a control, on the left of a column of this width.
pub(super) fn name_ui(ui: &mut Ui, width: f32, name: &str) -> Response {
    let place = Layout::left_to_right(Align::Center);
    let row = ui.allocate_ui_with_layout(vec2(width, ROW), place, |ui| {
        ui.set_min_width(width);
        ui.set_max_width(width);
        name_label_ui(ui, name)
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

/// Lay out text of any length and script in at most `rows` lines of `width` points; the end that is read last is cut.
pub(super) fn short_job(ui: &Ui, text: RichText, width: f32, rows: usize) -> LayoutJob {
    let whole = text.text().to_owned();
    let mut job = LayoutJob::default();
    text.append_to(&mut job, ui.style(), FontSelection::Default, Align::Center);
    job.wrap = TextWrapping {
        max_width: width.max(1.0),
        max_rows: rows,
        break_anywhere: rows == 1,
        ..TextWrapping::default()
    };
    if let Some(format) = job.sections.first().map(|section| section.format.clone()) {
        let fits = |text: &str| {
            let job = LayoutJob::single_section(text.to_owned(), format.clone());
            ui.fonts_mut(|fonts| fonts.layout_job(job)).size().x <= width
        };
        let text = scripts::cut(&whole, rows, fits);
        if text != whole {
            let wrap = std::mem::take(&mut job.wrap);
            job = LayoutJob { wrap, ..LayoutJob::single_section(text, format) };
        }
    }
    job
}

/// A name or another text of people on one line, cut where the row ends, with all of it in the tooltip.
pub(super) fn name_label_ui(ui: &mut Ui, text: impl Into<RichText>) -> Response {
    let text: RichText = text.into();
    let whole = text.text().to_owned();
    let job = short_job(ui, text, ui.available_width(), 1);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let cut = galley.elided || galley.text() != shown(&whole);
    let response = ui.add(egui::Label::new(galley).show_tooltip_when_elided(false));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &whole));
    if cut { response.on_hover_text(shown(&whole)) } else { response }
}

/// The title of something that unfolds, cut where the row ends.
pub(super) fn fold(ui: &Ui, title: RichText) -> std::sync::Arc<egui::Galley> {
    let job = short_job(ui, title, ui.available_width() - ui.spacing().indent - 4.0, 1);
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// The part of a row that is left, for a name that can be chosen by a click.
pub(super) fn name_button_ui(ui: &mut Ui, text: impl Into<RichText>, selected: bool) -> Response {
    let width = ui.available_width();
    chip_ui(ui, text, selected, width, false)
}

/// A button that is as wide as its text, up to `width` points.
pub(super) fn chip_ui(
    ui: &mut Ui,
    text: impl Into<RichText>,
    selected: bool,
    width: f32,
    frame: bool,
) -> Response {
    let text: RichText = text.into();
    let whole = text.text().to_owned();
    let job = short_job(ui, text, width - 2.0 * ui.spacing().button_padding.x, 1);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let cut = galley.elided || galley.text() != shown(&whole);
    let button = Button::new(galley).selected(selected).frame_when_inactive(frame || selected);
    named_ui(ui, button, (&whole, cut), selected)
}

/// A button with a mark in a color before its text, up to `width` points wide.
pub(super) fn marked_chip_ui(
    ui: &mut Ui,
    mark: Option<Color32>,
    text: &str,
    selected: bool,
    width: f32,
) -> Response {
    let room = width - 2.0 * ui.spacing().button_padding.x - MARK;
    let job = short_job(ui, RichText::new(text), room, 1);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let cut = galley.elided || galley.text() != shown(text);
    let mark = RichText::new("■").color(mark.unwrap_or(Color32::TRANSPARENT));
    named_ui(ui, Button::new((mark, galley)).selected(selected), (text, cut), selected)
}

/// Room for the mark of a color and the space behind it.
const MARK: f32 = 22.0;

/// A button with its whole text as its name, and in the tooltip if it is cut.
fn named_ui(ui: &mut Ui, button: Button<'_>, (text, cut): (&str, bool), selected: bool) -> Response {
    let response = ui.add(button);
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, selected, text));
    if cut { response.on_hover_text(shown(text)) } else { response }
}

/// A check box whose text is cut where the row ends.
pub(super) fn check_ui(ui: &mut Ui, on: &mut bool, text: impl Into<RichText>) -> Response {
    let text: RichText = text.into();
    let whole = text.text().to_owned();
    let room = ui.available_width() - ui.spacing().icon_width - ui.spacing().icon_spacing - 2.0;
    let job = short_job(ui, text, room, 1);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let cut = galley.elided || galley.text() != shown(&whole);
    let response = ui.checkbox(on, galley);
    let (enabled, on) = (response.enabled(), *on);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, on, &whole));
    if cut { response.on_hover_text(shown(&whole)) } else { response }
}

/// A choice that is never wider than the row, with a name for screen readers.
pub(super) fn combo_ui(
    ui: &mut Ui,
    (name, width): (&str, f32),
    now: &str,
    add: impl FnOnce(&mut Ui),
) -> Response {
    let width = width.min(ui.available_width()).max(24.0);
    let room = width - 2.0 * ui.spacing().button_padding.x - ui.spacing().icon_width - 8.0;
    let job = short_job(ui, RichText::new(now), room, 1);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let most = (ui.ctx().content_rect().width() * 0.5).max(width);
    let combo = ComboBox::from_id_salt(name).width(width).selected_text(galley).show_ui(ui, |ui| {
        ui.set_max_width(most);
        ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
        add(ui);
    });
    let response = combo.response;
    let enabled = response.enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, enabled, name);
        info.current_text_value = Some(now.to_owned());
        info
    });
    if now.chars().count() > 12 { response.on_hover_text(shown(now)) } else { response }
}

/// A whole number with its name, and a hint behind it.
pub(super) fn number_ui(
    ui: &mut Ui,
    name: &str,
    value: &mut u64,
    range: std::ops::RangeInclusive<u64>,
    hint: &str,
) {
    ui.horizontal(|ui| {
        let label = ui.add_sized([44.0, ROW], egui::Label::new(name));
        ui.add(egui::DragValue::new(value).range(range)).labelled_by(label.id);
        let color = theme::colors(ui).dim;
        name_label_ui(ui, RichText::new(hint).size(12.0).color(color));
    });
}

/// A row that ends with `last`, which keeps its room, and begins with `first`, which gets what is left of it.
pub(super) fn row_with_end_ui(ui: &mut Ui, last: impl FnOnce(&mut Ui), first: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            last(ui);
            ui.with_layout(Layout::left_to_right(Align::Center), first);
        });
    });
}

/// Text that always takes the room of `rows` lines, so that what follows stays in its place whatever the text is. A
/// longer one is cut, and all of it is in the tooltip.
pub(super) fn reserved_ui(ui: &mut Ui, text: impl Into<RichText>, rows: usize) -> Response {
    let text: RichText = text.into();
    let whole = text.text().to_owned();
    let width = ui.available_width();
    let job = short_job(ui, text, width, rows);
    let (galley, height) = ui.fonts_mut(|fonts| {
        let font =
            job.sections.first().map_or_else(FontId::default, |section| section.format.font_id.clone());
        let height = fonts.row_height(&font) * rows as f32;
        (fonts.layout_job(job), height)
    });
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &whole));
    let (cut, color) = (galley.elided, ui.visuals().text_color());
    ui.painter().galley(rect.min, galley, color);
    if cut { response.on_hover_text(shown(&whole)) } else { response }
}
