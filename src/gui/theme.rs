//! Colors, sizes and letters of the window, in one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, Theme,
    Vec2, Visuals,
};

use crate::data::cases::verdict::Verdict;
use crate::data::labels::ontology::{PALETTE, color_of};

/// The icons of Phosphor (MIT) that are used.
pub mod icon {
    #![expect(missing_docs, reason = "each is named as what it shows")]
    pub const PLAY: &str = "\u{E3D0}";
    pub const PAUSE: &str = "\u{E39E}";
    pub const REPEAT: &str = "\u{E3F6}";
    pub const FOLDER: &str = "\u{E256}";
    pub const FILE: &str = "\u{E236}";
    pub const MODEL: &str = "\u{E610}";
    pub const BUG: &str = "\u{E5F4}";
    pub const MENU: &str = "\u{E2F0}";
    pub const MORE: &str = "\u{E1FE}";
    pub const CUBE: &str = "\u{E1DA}";
    pub const TAG: &str = "\u{E478}";
    pub const BELL: &str = "\u{E0CE}";
    pub const SUN: &str = "\u{E472}";
    pub const TRASH: &str = "\u{E4A6}";
    pub const PLUS: &str = "\u{E3D4}";
    pub const CROSS: &str = "\u{E4F6}";
    pub const EYE: &str = "\u{E220}";
    pub const EYE_SLASH: &str = "\u{E224}";
    pub const UP: &str = "\u{E08E}";
    pub const DOWN: &str = "\u{E03E}";
    pub const SEARCH: &str = "\u{E30C}";
    pub const PASS: &str = "\u{E184}";
    pub const FAIL: &str = "\u{E4F8}";
    pub const SKIP: &str = "\u{E32C}";
    pub const WARNING: &str = "\u{E4E0}";
    pub const KEYBOARD: &str = "\u{E2D8}";
    pub const SPACE: &str = "\u{E1FC}";
    pub const BOX: &str = "\u{E6CE}";
    pub const EXPORT: &str = "\u{EAF0}";
    pub const TARGET: &str = "\u{E47C}";
    pub const CHART: &str = "\u{E154}";
    pub const KEEP: &str = "\u{E0EA}";
    pub const UNDO: &str = "\u{E038}";
    pub const REDO: &str = "\u{E036}";
    pub const EDIT: &str = "\u{E3B4}";
    pub const HOME: &str = "\u{E2C2}";
    pub const LEFT: &str = "\u{E138}";
    pub const RIGHT: &str = "\u{E13A}";
    pub const TURNED: &str = "\u{E094}";
    pub const POLYGON: &str = "\u{E6D0}";
    pub const PATH: &str = "\u{E39C}";
    pub const POINTS: &str = "\u{E794}";
    pub const TABLE: &str = "\u{E476}";
    pub const WHEEL: &str = "\u{E9AC}";
    pub const LOCK: &str = "\u{E2FA}";
    pub const UNLOCK: &str = "\u{E306}";
    pub const LIST: &str = "\u{E2F2}";
    pub const LAYOUT: &str = "\u{E464}";
    pub const SPLIT: &str = "\u{EAE0}";
    pub const MERGE: &str = "\u{ED3E}";
}

/// Height of a row of controls.
pub const ROW: f32 = 24.0;
/// Space inside panels.
pub const PAD: i8 = 8;

/// The colors that carry meaning.
#[derive(Clone, Copy, Debug)]
pub struct Colors {
    /// A pass.
    pub pass: Color32,
    /// A failure.
    pub fail: Color32,
    /// A skip.
    pub skip: Color32,
    /// Something to know.
    pub warning: Color32,
    /// Selected items.
    pub selection: Color32,
    /// The moment that is shown.
    pub playhead: Color32,
    /// Second-rank text.
    pub dim: Color32,
    /// Thin lines.
    pub line: Color32,
    /// Ground of strips and lanes.
    pub lane: Color32,
}

/// The colors of the current theme.
pub fn colors(ui: &egui::Ui) -> Colors {
    if ui.visuals().dark_mode {
        Colors {
            pass: Color32::from_rgb(95, 211, 141),
            fail: Color32::from_rgb(255, 122, 112),
            skip: Color32::from_rgb(190, 184, 198),
            warning: Color32::from_rgb(240, 180, 41),
            selection: Color32::from_rgb(90, 160, 255),
            playhead: Color32::from_rgb(255, 255, 255),
            dim: Color32::from_rgb(160, 168, 178),
            line: Color32::from_rgb(52, 57, 65),
            lane: Color32::from_rgb(27, 30, 35),
        }
    } else {
        Colors {
            pass: Color32::from_rgb(16, 106, 56),
            fail: Color32::from_rgb(179, 38, 30),
            skip: Color32::from_rgb(96, 90, 104),
            warning: Color32::from_rgb(138, 90, 0),
            selection: Color32::from_rgb(20, 90, 200),
            playhead: Color32::from_rgb(20, 20, 24),
            dim: Color32::from_rgb(88, 96, 106),
            line: Color32::from_rgb(208, 213, 220),
            lane: LIGHT_LANE,
        }
    }
}

/// Place in the memory of a context where the colors of the open project are.
fn colors_id() -> egui::Id {
    egui::Id::unique("colors of tags and classes")
}

/// Takes over the colors that the open project gives its tag types and classes.
pub fn set_class_colors(ctx: &egui::Context, colors: BTreeMap<String, [u8; 3]>) {
    ctx.data_mut(|data| data.insert_temp(colors_id(), Arc::new(colors)));
}

/// The color of a class or tag type over a frame, on the dark ground of its caption: that of the project, else that of
/// the name.
pub fn class_color(ctx: &egui::Context, name: &str) -> Color32 {
    let own: Option<Arc<BTreeMap<String, [u8; 3]>>> = ctx.data(|data| data.get_temp(colors_id()));
    let [r, g, b] = own.and_then(|own| own.get(name).copied()).unwrap_or_else(|| color_of(name));
    Color32::from_rgb(r, g, b)
}

/// Color of a severity from 0 to 1: from yellow to red.
pub fn severity_ink(ui: &egui::Ui, severity: f64) -> Color32 {
    let colors = colors(ui);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * severity.clamp(0.0, 1.0)) as u8;
    let (low, high) = (colors.warning, colors.fail);
    Color32::from_rgb(mix(low.r(), high.r()), mix(low.g(), high.g()), mix(low.b(), high.b()))
}

/// The color of a class or tag type on the ground of a panel: the same hue, darker in the light theme until
/// it can be read there.
pub fn class_ink(ui: &egui::Ui, name: &str) -> Color32 {
    let color = class_color(ui.ctx(), name);
    if ui.visuals().dark_mode { color } else { darkened(color) }
}

/// The ink of the n-th of some things that stand beside each other; a dozen are told apart.
pub fn nth_ink(ui: &egui::Ui, n: usize) -> Color32 {
    let [r, g, b] = PALETTE[n % PALETTE.len()];
    let color = Color32::from_rgb(r, g, b);
    if ui.visuals().dark_mode { color } else { darkened(color) }
}

/// Contrast that text and thin marks need against their ground (WCAG 2.2, 1.4.3).
const CONTRAST: f32 = 4.5;
/// Lanes of the light theme, the darkest ground that class colors are drawn on.
const LIGHT_LANE: Color32 = Color32::from_rgb(238, 240, 243);

fn darkened(color: Color32) -> Color32 {
    let mut shade = color;
    for step in 1..=50 {
        if contrast(shade, LIGHT_LANE) >= CONTRAST {
            break;
        }
        let part = 1.0 - step as f32 * 0.02;
        let of = |value: u8| (f32::from(value) * part) as u8;
        shade = Color32::from_rgb(of(color.r()), of(color.g()), of(color.b()));
    }
    shade
}

/// The contrast ratio of WCAG 2.2, from 1 to 21.
fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |color: Color32| {
        let linear = egui::Rgba::from(color);
        0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Icon, word and color of a verdict; never color alone.
pub fn verdict_look(ui: &egui::Ui, verdict: &Verdict) -> (&'static str, &'static str, Color32) {
    let colors = colors(ui);
    match verdict {
        Verdict::Pass => (icon::PASS, "Pass", colors.pass),
        Verdict::Fail { .. } => (icon::FAIL, "Fail", colors.fail),
        Verdict::Skip { .. } => (icon::SKIP, "Skip", colors.skip),
    }
}

/// Gives a context its letters, sizes and both themes.
pub fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::default();
    let phosphor = FontData::from_static(include_bytes!("../../assets/fonts/Phosphor.ttf"));
    fonts.font_data.insert("phosphor".to_owned(), phosphor.into());
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        if let Some(names) = fonts.families.get_mut(&family) {
            names.insert(1.min(names.len()), "phosphor".to_owned());
        }
    }
    ctx.set_fonts(fonts);
    ctx.set_visuals_of(Theme::Dark, dark());
    ctx.set_visuals_of(Theme::Light, light());
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, FontId::proportional(12.0)),
            (TextStyle::Body, FontId::proportional(14.0)),
            (TextStyle::Button, FontId::proportional(14.0)),
            (TextStyle::Heading, FontId::proportional(18.0)),
            (TextStyle::Monospace, FontId::monospace(13.0)),
        ]
        .into();
        style.spacing.item_spacing = Vec2::new(8.0, 4.0);
        style.spacing.button_padding = Vec2::new(8.0, 3.0);
        style.spacing.interact_size.y = ROW;
        style.spacing.slider_width = 130.0;
        style.spacing.window_margin = Margin::same(12);
        style.animation_time = 0.0;
        style.interaction.selectable_labels = false;
    });
}

fn dark() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.panel_fill = Color32::from_rgb(21, 23, 27);
    visuals.window_fill = Color32::from_rgb(28, 31, 36);
    visuals.extreme_bg_color = Color32::from_rgb(13, 14, 17);
    visuals.faint_bg_color = Color32::from_rgb(27, 30, 35);
    visuals.widgets.noninteractive.fg_stroke.color = Color32::from_rgb(222, 226, 231);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, Color32::from_rgb(46, 51, 58));
    visuals.widgets.inactive.weak_bg_fill = Color32::from_rgb(42, 46, 53);
    visuals.widgets.inactive.bg_fill = Color32::from_rgb(54, 59, 67);
    visuals.widgets.inactive.fg_stroke.color = Color32::from_rgb(222, 226, 231);
    visuals.selection.bg_fill = Color32::from_rgb(36, 82, 146);
    visuals.selection.stroke.color = Color32::WHITE;
    rounded(&mut visuals);
    visuals
}

fn light() -> Visuals {
    let mut visuals = Visuals::light();
    visuals.panel_fill = Color32::from_rgb(248, 249, 251);
    visuals.window_fill = Color32::WHITE;
    visuals.extreme_bg_color = Color32::WHITE;
    visuals.text_edit_bg_color = Some(Color32::from_rgb(236, 239, 243));
    visuals.faint_bg_color = Color32::from_rgb(238, 240, 243);
    visuals.widgets.noninteractive.fg_stroke.color = Color32::from_rgb(30, 34, 40);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, Color32::from_rgb(208, 213, 220));
    visuals.widgets.inactive.weak_bg_fill = Color32::from_rgb(228, 231, 236);
    visuals.widgets.inactive.fg_stroke.color = Color32::from_rgb(30, 34, 40);
    visuals.selection.bg_fill = Color32::from_rgb(188, 214, 250);
    visuals.selection.stroke.color = Color32::from_rgb(12, 40, 92);
    rounded(&mut visuals);
    visuals
}

fn rounded(visuals: &mut Visuals) {
    let radius = CornerRadius::same(4);
    let widgets = &mut visuals.widgets;
    for state in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        state.corner_radius = radius;
    }
    visuals.window_corner_radius = CornerRadius::same(6);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_color_can_be_read_in_both_themes() {
        let dark_lane = Color32::from_rgb(27, 30, 35);
        for [r, g, b] in PALETTE {
            let color = Color32::from_rgb(r, g, b);
            assert!(contrast(darkened(color), LIGHT_LANE) >= CONTRAST, "{color:?} in the light theme");
            assert!(contrast(color, dark_lane) >= CONTRAST, "{color:?} in the dark theme");
        }
    }
}
