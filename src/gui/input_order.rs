//! Pointer and key events one after the other, however many of them came into one frame.
//!
//! egui looks at all events of a pass at once: a press and its release in one pass are no drag, two clicks are one, and a
//! key counts before a click that came first. On a slow machine a whole gesture comes into one frame. So a pass is given
//! one step of it, and the others wait for the passes that follow at once and are not painted.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use egui::{Context, Event, Plugin, RawInput, Ui, ViewportId};

use crate::gui::input_steps::Waiting;

/// Passes that one frame may have; those that only draw anew are held to two, as egui does by itself.
const PASSES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);
/// Time for passes that are not painted, so that a long queue is seen to be worked on. Much longer than a frame, as painting
/// is what takes long where frames are slow.
const UNPAINTED: Duration = Duration::from_secs(1);
/// Frames in a row with passes that are not painted. In a debug build egui paints a warning over the window from the fourth on.
const IN_A_ROW: u8 = if cfg!(debug_assertions) { 2 } else { u8::MAX };
/// Passes that a window may need to find its place, before the next step is taken all the same.
const SETTLING: u8 = 3;
/// Pause between the clicks of a double-click, in seconds. Longer than egui's own, as a slow frame adds to it.
const DOUBLE_CLICK: f64 = 0.5;

/// The order of events, kept in front of egui.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about one pass, and they are independent")]
pub(super) struct InputOrder {
    waiting: Waiting,
    /// The last pass had no step and drew everything where it is now.
    calm: bool,
    /// The last step was moves and turns of the wheel, after which the wheel may turn on: a pass without a step between them would
    /// draw every frame of a zoom twice.
    gentle: bool,
    /// Passes in a row without a step that egui wanted to draw anew.
    settling: u8,
    /// A step was given to the pass that runs.
    stepped: bool,
    /// A widget wanted the last pass of this frame anew.
    again: bool,
    /// No widget gets the pass that runs anew.
    last: bool,
    /// The window closes after this frame, so nothing may wait for another one.
    closing: bool,
    focused: bool,
    frame: Instant,
    passes: u32,
    in_a_row: u8,
    time: f64,
}

impl Default for InputOrder {
    fn default() -> Self {
        Self {
            waiting: Waiting::default(),
            calm: true,
            gentle: false,
            settling: 0,
            stepped: false,
            again: false,
            last: false,
            closing: false,
            focused: true,
            frame: Instant::now(),
            passes: 0,
            in_a_row: 0,
            time: f64::NEG_INFINITY,
        }
    }
}

impl InputOrder {
    /// True while events wait for a pass.
    pub(super) fn any_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn begin_frame(&mut self, input: &RawInput) {
        self.in_a_row = if self.passes > 1 { self.in_a_row.saturating_add(1) } else { 0 };
        self.passes = 0;
        self.frame = Instant::now();
        self.again = false;
        self.closing = input.viewports.values().any(egui::ViewportInfo::close_requested);
    }

    /// Gives the pass the time at which its step came in, so that a queue makes no click longer.
    fn set_time(&mut self, ctx: &Context, input: &mut RawInput, arrived: Option<f64>, late: bool) {
        if let Some(now) = input.time {
            self.time = self.time.max(arrived.or_else(|| self.waiting.time()).unwrap_or(now).min(now));
            input.time = Some(self.time);
        } else if self.passes > 1 || late {
            // Without a clock egui counts passes, and those that came later than their events are no time.
            input.time = Some(ctx.input(|input| input.time));
        }
    }
}

impl Plugin for InputOrder {
    fn debug_name(&self) -> &'static str {
        "Order of events"
    }

    fn setup(&mut self, ctx: &Context) {
        ctx.options_mut(|options| {
            options.max_passes = PASSES;
            options.input_options.max_double_click_delay = DOUBLE_CLICK;
            // A click is a click, however long a slow frame makes it.
            options.input_options.max_click_duration = f64::INFINITY;
        });
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        if input.viewport_id != ViewportId::ROOT {
            return;
        }
        let pass = ctx.current_pass_index();
        if pass == 0 {
            self.begin_frame(input);
        }
        self.passes += 1;
        if input.events.iter().any(|event| matches!(event, Event::Touch { .. })) {
            // A finger that stays is a secondary click.
            let held = egui::InputOptions::default().max_click_duration;
            ctx.options_mut(|options| options.input_options.max_click_duration = held);
        }
        let (time, late) = (input.time, self.any_waiting());
        for event in input.events.drain(..) {
            self.waiting.push(event, time);
        }
        let mut arrived = None;
        self.stepped = false;
        if self.calm || !self.waiting.needs_calm() || (self.gentle && self.waiting.turns()) {
            let options = ctx.options(|options| options.input_options);
            let step = self.waiting.take_step(options.line_scroll_speed, ctx.viewport_rect().height());
            arrived = step.time;
            self.stepped = step.acts;
            self.gentle = step.gentle;
            input.events = step.events;
        }
        self.set_time(ctx, input, arrived, late);
        for event in &input.events {
            if let Event::WindowFocused(focused) = event {
                self.focused = *focused;
            }
        }
        if self.waiting.is_empty() {
            self.focused = input.focused;
        }
        input.focused = self.focused;
        self.last = self.again && self.waiting.is_empty();
        if self.last {
            ctx.options_mut(|options| options.max_passes = NonZeroUsize::MIN.saturating_add(pass));
        }
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx();
        let again = ctx.output(egui::PlatformOutput::requested_discard);
        if self.last {
            ctx.output_mut(|output| output.request_discard_reasons.clear());
            ctx.options_mut(|options| options.max_passes = PASSES);
        }
        self.again = again && !self.last;
        self.settling = if again && !self.stepped { self.settling + 1 } else { 0 };
        self.gentle &= !again;
        self.calm = !self.stepped && (!again || self.settling >= SETTLING);
        if self.any_waiting() {
            ctx.request_repaint();
            let unpainted = self.in_a_row < IN_A_ROW && self.frame.elapsed() < UNPAINTED;
            if unpainted || self.closing {
                ctx.request_discard("events wait for their turn");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use egui::{Key, Modifiers, PointerButton, Pos2, Sense, pos2, vec2};

    /// Observations of the widgets of a window, in their order.
    #[derive(Default)]
    struct Seen {
        told: Vec<String>,
        passes: usize,
        open: bool,
    }

    impl Seen {
        fn ui(&mut self, ui: &mut Ui) {
            self.passes += 1;
            let (_, response) = ui.allocate_exact_size(vec2(300.0, 200.0), Sense::click_and_drag());
            let held = if ui.input(|input| input.modifiers.shift) { " with Shift" } else { "" };
            for key in [Key::A, Key::B] {
                if ui.input(|input| input.key_pressed(key)) {
                    self.told.push(format!("{key:?}{held}"));
                    self.open |= key == Key::B;
                }
            }
            if response.drag_started() {
                let from = ui.input(|input| input.pointer.press_origin()).unwrap();
                self.told.push(format!("from {}{held}", from.x));
            }
            if let Some(at) = response.interact_pointer_pos().filter(|_| response.drag_stopped()) {
                self.told.push(format!("to {}", at.x));
            }
            if response.double_clicked() {
                self.told.push("double".to_owned());
            } else if response.clicked() {
                self.told.push(format!("click{held}"));
            }
            if self.open && ui.button("opened by a key").clicked() {
                self.told.push("button".to_owned());
            }
        }
    }

    fn run(ctx: &Context, seen: &mut Seen, time: f64, events: &[Event]) {
        let screen_rect = Some(egui::Rect::from_min_size(Pos2::ZERO, vec2(400.0, 300.0)));
        let input =
            RawInput { screen_rect, time: Some(time), events: events.to_vec(), ..RawInput::default() };
        ctx.run_ui(input, |ui| seen.ui(ui)).drop_without_applying_deltas();
    }

    /// One frame with all events, and those that it may need beside.
    fn play(ctx: &Context, seen: &mut Seen, time: f64, events: &[Event]) {
        run(ctx, seen, time, events);
        while ctx.with_plugin(|order: &mut InputOrder| order.any_waiting()) == Some(true) {
            assert!(ctx.has_requested_repaint(), "the next frame is asked for");
            run(ctx, seen, time + 1.0, &[]);
        }
    }

    fn window() -> (Context, Seen) {
        let (ctx, mut seen) = (Context::default(), Seen::default());
        ctx.add_plugin(InputOrder::default());
        for frame in 0..3 {
            run(&ctx, &mut seen, f64::from(frame) / 60.0, &[]);
        }
        seen.passes = 0;
        (ctx, seen)
    }

    fn button(x: f32, y: f32, pressed: bool) -> Event {
        let (pos, modifiers) = (pos2(x, y), Modifiers::NONE);
        Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers }
    }

    fn to(x: f32) -> Event {
        Event::PointerMoved(pos2(x, 50.0))
    }

    fn key(key: Key) -> Event {
        let modifiers = Modifiers::NONE;
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
    }

    fn drag() -> Vec<Event> {
        vec![to(20.0), button(20.0, 50.0, true), to(60.0), to(90.0), button(90.0, 50.0, false)]
    }

    #[test]
    fn a_frame_of_a_zoom_is_drawn_once() {
        let (ctx, mut seen) = window();
        for frame in 0..20_u8 {
            let events = [to(50.0 + f32::from(frame % 3)), Event::Zoom(1.02)];
            play(&ctx, &mut seen, 1.0 + f64::from(frame) / 60.0, &events);
        }
        assert!(seen.passes <= 21, "{} passes for 20 frames", seen.passes);
    }

    #[test]
    fn a_whole_drag_in_one_frame_is_a_drag_in_one_frame() {
        let (ctx, mut seen) = window();
        play(&ctx, &mut seen, 1.0, &drag());
        assert_eq!(seen.told, ["from 20", "to 90"]);
        assert!(seen.passes > 4, "a pass for each step");
        let passes = seen.passes;
        run(&ctx, &mut seen, 2.1, &[]);
        assert_eq!(seen.passes, passes + 1, "and none more");
    }

    #[test]
    fn keys_and_clicks_and_what_is_held_keep_their_order() {
        let (ctx, mut seen) = window();
        let shift = |shift: bool| Event::ModifiersChanged(Modifiers { shift, ..Modifiers::NONE });
        let mut events = vec![key(Key::A), shift(true)];
        events.extend(drag());
        events.extend([shift(false), key(Key::B), button(30.0, 50.0, true), button(30.0, 50.0, false)]);
        events.extend([shift(true), key(Key::A), shift(false)]);
        play(&ctx, &mut seen, 1.0, &events);
        assert_eq!(seen.told, ["A", "from 20 with Shift", "to 90", "B", "click", "A with Shift"]);
    }

    #[test]
    fn a_click_hits_what_the_key_before_it_opened() {
        let (ctx, mut seen) = window();
        let below = pos2(30.0, 212.0);
        let events = [key(Key::B), button(below.x, below.y, true), button(below.x, below.y, false)];
        play(&ctx, &mut seen, 1.0, &events);
        assert_eq!(seen.told, ["B", "button"]);
    }

    /// Three slow frames with a click in each, then one with two, then a click that took a whole frame.
    #[test]
    fn clicks_are_clicks_at_any_rate() {
        let (ctx, mut seen) = window();
        let click = [button(30.0, 50.0, true), button(30.0, 50.0, false)];
        for frame in [1.0, 3.0, 5.0] {
            play(&ctx, &mut seen, frame, &click);
        }
        assert_eq!(seen.told, ["click", "click", "click"]);
        play(&ctx, &mut seen, 8.0, &[click.clone(), click.clone()].concat());
        assert_eq!(seen.told[3..], ["click", "double"]);
        play(&ctx, &mut seen, 11.0, &click[..1]);
        play(&ctx, &mut seen, 14.0, &click[1..]);
        assert_eq!(seen.told[5..], ["click"]);
    }

    #[test]
    fn a_long_queue_is_worked_off_over_frames_that_are_painted() {
        let (ctx, mut seen) = window();
        play(&ctx, &mut seen, 1.0, &vec![key(Key::A); 40]);
        assert_eq!(seen.told.len(), 40);
    }

    /// A widget that never finds its place is drawn twice a frame, as without an order of events.
    #[test]
    fn passes_that_only_draw_anew_are_held_to_two() {
        let (ctx, mut passes) = (Context::default(), 0);
        ctx.add_plugin(InputOrder::default());
        for events in [vec![], drag()] {
            passes = 0;
            let input = RawInput { events, ..RawInput::default() };
            let restless = |ui: &mut Ui| {
                passes += 1;
                ui.ctx().request_discard("never at rest");
            };
            ctx.run_ui(input, restless).drop_without_applying_deltas();
            assert!(passes < 20, "{passes}");
        }
        assert!(passes > 2, "the second frame had events");
        let input = RawInput::default();
        passes = 0;
        ctx.run_ui(input, |ui| {
            passes += 1;
            ui.ctx().request_discard("never at rest");
        })
        .drop_without_applying_deltas();
        assert_eq!(passes, 2);
    }
}
