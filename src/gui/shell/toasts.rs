//! Messages that vanish by themselves: few at a time, each in full, equal ones as one with a count.

use std::time::Duration;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Area, Context, Frame, Id, Order, RichText, Ui, vec2};

use crate::app::notices::{Level, Notice};
use crate::gui::forms::icon_button_ui;
use crate::gui::theme::{self, icon};

/// Messages shown at once; the list of notifications has them all.
const MOST: usize = 3;
/// Width of a message in points.
const WIDTH: f32 = 400.0;
/// Lines of a message; its end is cut off, never its beginning.
const LINES: usize = 6;

/// A message and the time at which it goes.
struct Toast {
    notice: Notice,
    count: usize,
    until: f64,
}

/// The messages that are on screen.
#[derive(Default)]
pub(super) struct Toasts {
    list: Vec<Toast>,
    /// Messages that others pushed out since the list was empty.
    more: usize,
}

impl Toasts {
    /// Shows a message from now on; one that is shown already is counted.
    pub(super) fn add(&mut self, notice: Notice, now: f64) {
        let until = now + if notice.level == Level::Error { 12.0 } else { 6.0 };
        let known = self.list.iter().position(|toast| toast.notice == notice);
        let count = known.map_or(0, |at| self.list.remove(at).count) + 1;
        self.list.push(Toast { notice, count, until });
        if self.list.len() > MOST {
            // What did not work stays longest.
            let mild = self.list.iter().position(|toast| toast.notice.level != Level::Error);
            self.list.remove(mild.filter(|at| *at < MOST).unwrap_or(0));
            self.more += 1;
        }
    }

    /// Takes all messages off the screen.
    pub(super) fn dismiss(&mut self) {
        self.list.clear();
        self.more = 0;
    }

    /// Draws the messages in the corner of the window below `top`, or above its status line without; true if somebody asks for the list.
    pub(super) fn ui(&mut self, ctx: &Context, top: Option<f32>) -> bool {
        let now = ctx.input(|input| input.time);
        self.list.retain(|toast| toast.until > now);
        let Some(next) = self.list.iter().map(|toast| toast.until).min_by(f64::total_cmp) else {
            self.more = 0;
            return false;
        };
        ctx.request_repaint_after(Duration::from_secs_f64((next - now).max(0.0)));
        let (corner, offset) = match top {
            Some(top) => (Align2::RIGHT_TOP, vec2(-8.0, top)),
            None => (Align2::RIGHT_BOTTOM, vec2(-8.0, -36.0)),
        };
        let width = WIDTH.min(ctx.content_rect().width() - 16.0);
        let (mut gone, mut all) = (None, false);
        let area = Area::new(Id::unique("toasts")).order(Order::Foreground).anchor(corner, offset);
        area.show(ctx, |ui| {
            ui.set_width(width);
            let mut toast_ui = |ui: &mut Ui, (at, toast): (usize, &Toast)| {
                if toast_ui(ui, toast, width) {
                    gone = Some(at);
                }
            };
            let mut more_ui = |ui: &mut Ui| {
                if self.more > 0 {
                    let text = format!("{} more in the list", self.more);
                    Frame::popup(ui.style()).show(ui, |ui| all = ui.button(text).clicked());
                }
            };
            // The newest is farthest from the corner, so that it moves none that is being read.
            let toasts = self.list.iter().enumerate();
            if top.is_some() {
                toasts.for_each(|toast| toast_ui(ui, toast));
                more_ui(ui);
            } else {
                more_ui(ui);
                toasts.rev().for_each(|toast| toast_ui(ui, toast));
            }
        });
        if let Some(at) = gone {
            self.list.remove(at);
        }
        all
    }
}

/// Draws one message; true if somebody closes it.
fn toast_ui(ui: &mut Ui, toast: &Toast, width: f32) -> bool {
    let colors = theme::colors(ui);
    let (icon, color) = match toast.notice.level {
        Level::Done => (icon::PASS, colors.pass),
        Level::Warning => (icon::WARNING, colors.warning),
        Level::Error => (icon::FAIL, colors.fail),
    };
    let mut closed = false;
    Frame::popup(ui.style()).inner_margin(8).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(icon).size(18.0).color(color));
            let text = if toast.count > 1 {
                format!("{} × {}", toast.count, toast.notice.text)
            } else {
                toast.notice.text.clone()
            };
            let format = TextFormat::simple(egui::FontId::proportional(14.0), ui.visuals().text_color());
            let mut job = LayoutJob::single_section(text, format);
            job.wrap = TextWrapping { max_width: width - 92.0, max_rows: LINES, ..TextWrapping::default() };
            let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
            ui.vertical(|ui| {
                ui.set_width(width - 90.0);
                ui.label(galley);
            });
            closed = icon_button_ui(ui, icon::CROSS, "Close the message", "").clicked();
        });
    });
    closed
}
