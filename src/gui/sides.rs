//! Panels beside the middle of a page: what they hold never makes them wider, and the middle keeps its share.

use egui::{Panel, Ui, UiBuilder};

/// Widths of the panels beside the middle of a page, of which the middle keeps at least a third.
pub(super) struct Sides {
    whole: f32,
    /// Part of its width that each panel gets where the window is too narrow for all.
    scale: f32,
    /// Widths of the panels that follow.
    later: f32,
}

impl Sides {
    /// Panels of these widths, in the order in which they are shown.
    pub(super) fn new(ui: &Ui, wanted: &[f32]) -> Self {
        let (whole, sum) = (ui.available_width(), wanted.iter().sum::<f32>());
        Self { whole, scale: (whole * 2.0 / 3.0 / sum.max(1.0)).min(1.0), later: sum }
    }

    /// Shows the next panel, as wide as it is wanted or was made, as far as there is room. What it holds never widens it.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        (side, name): (Side, &'static str),
        [wanted, least]: [f32; 2],
        add: impl FnOnce(&mut Ui),
    ) {
        self.later -= wanted;
        let panel = |id: (&'static str, bool)| match side {
            Side::Left => Panel::left(id),
            Side::Right => Panel::right(id),
        };
        // A narrow window does not change what somebody chose for a wide one.
        let panel = if self.scale < 1.0 {
            panel((name, true)).exact_size((self.scale * wanted).floor()).resizable(false)
        } else {
            let most = (ui.available_width() - self.whole / 3.0 - self.later).max(wanted);
            panel((name, false)).default_size(wanted).size_range(least..=most).resizable(true)
        };
        panel.show(ui, |ui| within_ui(ui, add));
    }
}

/// The side of the middle that a panel is on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    /// On its left.
    Left,
    /// On its right.
    Right,
}

/// The rest of a panel, drawn so that nothing in it makes the panel larger.
pub(super) fn within_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let rect = ui.available_rect_before_wrap();
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect));
    inner.shrink_clip_rect(rect.expand(2.0));
    add(&mut inner);
    ui.advance_cursor_after_rect(rect);
}
