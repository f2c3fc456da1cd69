//! Saliency maps over an image, so that they read on every color.

use egui::{Color32, Mesh, Painter, Pos2, Rect, Stroke};

use crate::gui::viewers::picture::Placed;
use crate::robustness::saliency::Attention;

/// Strength below which a cell is not drawn.
const LEAST: f32 = 0.08;
/// Strengths at which contours are drawn, with their widths in points.
const LEVELS: [(f32, f32); 2] = [(0.35, 1.0), (0.65, 2.0)];

/// Ways to draw a saliency map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttentionLook {
    /// Red supports the prediction, blue lowers it; contours around what is strong.
    #[default]
    Heat,
    /// The image is dark where nothing depends on it.
    Spotlight,
    /// Lines only, the image stays as it is.
    Contours,
}

impl AttentionLook {
    /// All of them, with their names on screen.
    pub const ALL: [(Self, &str, &str); 3] = [
        (Self::Heat, "heat", "Red supports the prediction, blue lowers it"),
        (Self::Spotlight, "spotlight", "The image is dark where the prediction does not depend on it"),
        (Self::Contours, "contours", "Lines around what the prediction depends on"),
    ];

    /// The one after this.
    pub fn next(self) -> Self {
        match self {
            Self::Heat => Self::Spotlight,
            Self::Spotlight => Self::Contours,
            Self::Contours => Self::Heat,
        }
    }
}

/// Cells above which contours go around several cells: single pixels would be lines everywhere.
const FINE: usize = 2500;

/// The map with larger cells, each as strong as the strongest in it; none if its cells are large enough.
fn coarse(map: &Attention) -> Option<Attention> {
    let step = (map.values.len() as f32 / FINE as f32).sqrt().ceil() as usize;
    if step < 2 || map.width == 0 {
        return None;
    }
    let (width, height) = (map.width.div_ceil(step), map.height.div_ceil(step));
    let mut values = vec![0.0_f32; width * height];
    for (at, value) in map.values.iter().enumerate() {
        let into = (at / map.width / step) * width + at % map.width / step;
        if let Some(most) = values.get_mut(into) {
            *most = most.max(value.abs());
        }
    }
    Some(Attention { width, height, cell: map.cell * step as f32, values, ..map.clone() })
}

/// A map on its image.
struct Drawn<'a> {
    map: &'a Attention,
    placed: &'a Placed,
    size: (u32, u32),
    most: f32,
}

/// Draws a map over the image of this size.
pub(in crate::gui) fn attention_ui(
    painter: &Painter,
    placed: &Placed,
    map: &Attention,
    size: (u32, u32),
    look: AttentionLook,
) {
    let most = map.values.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    let drawn = Drawn { map, placed, size, most };
    match look {
        AttentionLook::Heat => drawn.heat(painter),
        AttentionLook::Spotlight => drawn.spotlight(painter),
        AttentionLook::Contours => {}
    }
    if look != AttentionLook::Spotlight {
        let coarse = coarse(map);
        Drawn { map: coarse.as_ref().unwrap_or(map), ..drawn }.contours(painter);
    }
}

impl Drawn<'_> {
    /// Strength of a cell, 0 to 1; 0 outside of the map.
    fn strength(&self, column: usize, row: usize) -> f32 {
        if column >= self.map.width {
            return 0.0;
        }
        let value = self.map.values.get(row * self.map.width + column).copied().unwrap_or(0.0);
        (value.abs() / self.most).powf(0.7)
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize)> {
        let width = self.map.width.max(1);
        (0..self.map.values.len()).map(move |at| (at % width, at / width))
    }

    /// Corner of a cell on screen, within the image.
    fn corner(&self, column: usize, row: usize) -> Pos2 {
        let (left, top) = self.map.origin;
        let (x, y) = (left + column as f32 * self.map.cell, top + row as f32 * self.map.cell);
        self.placed.pixel_to_screen(x.min(self.size.0 as f32), y.min(self.size.1 as f32))
    }

    fn place(&self, column: usize, row: usize) -> Rect {
        Rect::from_two_pos(self.corner(column, row), self.corner(column + 1, row + 1))
    }

    fn heat(&self, painter: &Painter) {
        let mut mesh = Mesh::default();
        for (column, row) in self.cells() {
            let strength = self.strength(column, row);
            if strength < LEAST {
                continue;
            }
            let value = self.map.values.get(row * self.map.width + column).copied().unwrap_or(0.0);
            let [r, g, b] = if value > 0.0 { [255, 60, 30] } else { [40, 110, 255] };
            let color = Color32::from_rgba_unmultiplied(r, g, b, (strength * 170.0) as u8);
            mesh.add_colored_rect(self.place(column, row), color);
        }
        painter.add(mesh);
    }

    fn spotlight(&self, painter: &Painter) {
        let mut mesh = Mesh::default();
        for (column, row) in self.cells() {
            let dark = (1.0 - self.strength(column, row)) * 215.0;
            mesh.add_colored_rect(self.place(column, row), Color32::from_black_alpha(dark as u8));
        }
        painter.add(mesh);
    }

    /// Lines between cells on both sides of a level: light ones on a dark halo read on snow and at night.
    fn contours(&self, painter: &Painter) {
        for (level, width) in LEVELS {
            let above = |column: usize, row: usize| self.strength(column, row) >= level;
            let mut lines = Vec::new();
            for (column, row) in self.cells().filter(|(column, row)| above(*column, *row)) {
                let [left, top] = [column.checked_sub(1), row.checked_sub(1)];
                let sides = [
                    (left.is_none_or(|left| !above(left, row)), (0, 0), (0, 1)),
                    (!above(column + 1, row), (1, 0), (1, 1)),
                    (top.is_none_or(|top| !above(column, top)), (0, 0), (1, 0)),
                    (!above(column, row + 1), (0, 1), (1, 1)),
                ];
                lines.extend(sides.into_iter().filter(|(edge, ..)| *edge).map(|(_, from, to)| {
                    [self.corner(column + from.0, row + from.1), self.corner(column + to.0, row + to.1)]
                }));
            }
            for (extra, color) in [(2.0, Color32::from_black_alpha(190)), (0.0, Color32::WHITE)] {
                let stroke = Stroke::new(width + extra, color);
                for line in &lines {
                    painter.line_segment(*line, stroke);
                }
            }
        }
    }
}
