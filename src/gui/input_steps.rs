//! Events that wait for their turn, taken step by step: a press, all moves up to the next event, a release, a key.

use std::collections::VecDeque;

use egui::{Event, MouseWheelUnit, TouchPhase};

/// From so many events on, the presses with which a held key repeats itself are left out.
const LONG: usize = 500;
/// Points that the wheel may turn without being smoothed over frames; egui's limit is 8.
const SMOOTH: f32 = 7.0;

/// Events that no pass was given yet, in their order.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    events: VecDeque<(Event, Option<f64>)>,
}

/// Events of one pass.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// The events in their order.
    pub(super) events: Vec<Event>,
    /// Time at which the last of them came in.
    pub(super) time: Option<f64>,
    /// Something may look different after it.
    pub(super) acts: bool,
    /// It has nothing but moves and turns of the wheel.
    pub(super) gentle: bool,
}

/// Place of an event in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// At the beginning: a state that the rest of the step is read with.
    Lead,
    /// Any number of moves after each other.
    Move,
    /// Any number of turns of the wheel after each other.
    Wheel,
    /// Any number of letters after each other.
    Text,
    /// One alone.
    Act,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Time at which the first event came in.
    pub(super) fn time(&self) -> Option<f64> {
        self.events.front().and_then(|(_, time)| *time)
    }

    /// Adds an event that came in at `time`.
    pub(super) fn push(&mut self, event: Event, time: Option<f64>) {
        if self.events.len() < LONG || !self.repeats(&event) {
            self.events.push_back((event, time));
        }
    }

    /// True if this is a key that was not let go since it was pressed.
    fn repeats(&self, event: &Event) -> bool {
        let Event::Key { key, pressed: true, .. } = event else { return false };
        let of_key = |event: &Event| {
            if let Event::Key { key: other, pressed, .. } = event {
                (other == key).then_some(*pressed)
            } else {
                None
            }
        };
        let before = self.events.iter().rev().find_map(|(event, _)| of_key(event));
        before == Some(true)
    }

    /// True if the next step turns the wheel.
    pub(super) fn turns(&self) -> bool {
        let mut parts = self.events.iter().map(|(event, _)| part_of(event));
        parts.find(|part| !matches!(part, Part::Lead | Part::Move)) == Some(Part::Wheel)
    }

    /// True if the next step has to find everything where it is drawn.
    pub(super) fn needs_calm(&self) -> bool {
        let next = self.events.iter().map(|(event, _)| event).find(|event| part_of(event) != Part::Lead);
        self.turns()
            || next.is_some_and(|event| {
                if let Event::PointerButton { pressed, .. } = event {
                    *pressed
                } else {
                    !matches!(event, Event::PointerGone | Event::WindowFocused(_))
                        && part_of(event) != Part::Move
                }
            })
    }

    /// Takes the next step. A line of the wheel and the window are so many points high.
    pub(super) fn take_step(&mut self, line: f32, page: f32) -> Step {
        let mut step = Step::default();
        while self.take(&mut step, |event| part_of(event) == Part::Lead) {}
        let Some(part) = self.events.front().map(|(event, _)| part_of(event)) else { return step };
        step.acts = true;
        step.gentle = matches!(part, Part::Move | Part::Wheel);
        self.take(&mut step, |_| true);
        let follows = |event: &Event| match part {
            Part::Lead => false,
            // A key brings the letter that it writes.
            Part::Act => matches!(event, Event::Text(_)),
            Part::Move | Part::Wheel | Part::Text => part_of(event) == part,
        };
        if part != Part::Act || matches!(step.events.last(), Some(Event::Key { .. })) {
            while self.take(&mut step, follows) {}
        }
        if part == Part::Move {
            // A wheel turns where the pointer has come to.
            while self.take(&mut step, |event| part_of(event) == Part::Wheel) {}
        }
        // What comes next may be elsewhere, so nothing of the wheel is left for later frames.
        let behind = self.events.iter().any(|(event, _)| !matches!(part_of(event), Part::Lead | Part::Wheel));
        if step.gentle && behind {
            step.events = step.events.into_iter().flat_map(|event| at_once(event, line, page)).collect();
        }
        step
    }

    fn take(&mut self, step: &mut Step, wanted: impl Fn(&Event) -> bool) -> bool {
        let Some((event, time)) = self.events.pop_front_if(|(event, _)| wanted(event)) else { return false };
        step.events.push(event);
        step.time = time;
        true
    }
}

fn part_of(event: &Event) -> Part {
    match event {
        Event::ModifiersChanged(_) | Event::Key { pressed: false, .. } => Part::Lead,
        Event::Touch { phase, .. } if *phase != TouchPhase::Move => Part::Lead,
        Event::PointerMoved(_) | Event::MouseMoved(_) | Event::Touch { .. } => Part::Move,
        Event::MouseWheel { .. } | Event::Zoom(_) | Event::Rotate(_) => Part::Wheel,
        Event::Text(_) | Event::Ime(_) => Part::Text,
        Event::Copy
        | Event::Cut
        | Event::Paste(_)
        | Event::PasteImage(_)
        | Event::MiddleClickPaste { .. }
        | Event::Key { .. }
        | Event::PointerButton { .. }
        | Event::PointerGone
        | Event::WindowFocused(_)
        | Event::AccessKitActionRequest(_) => Part::Act,
    }
}

/// A turn of the wheel in pieces that egui does not smooth over frames.
fn at_once(event: Event, line: f32, page: f32) -> Vec<Event> {
    let Event::MouseWheel { unit, delta, phase: TouchPhase::Move, source, modifiers } = event else {
        return vec![event];
    };
    let points = match unit {
        MouseWheelUnit::Point => delta,
        MouseWheelUnit::Line => line * delta,
        MouseWheelUnit::Page => page * delta,
    };
    let pieces = (points.length() / SMOOTH).ceil().max(1.0);
    let piece = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: points / pieces,
        phase: TouchPhase::Move,
        source,
        modifiers,
    };
    vec![piece; pieces as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    use egui::{Key, Modifiers, MouseWheelSource, PointerButton, pos2, vec2};
    use proptest::prelude::*;

    fn key(key: Key, pressed: bool) -> Event {
        Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE }
    }

    fn button(x: f32, pressed: bool) -> Event {
        let (pos, modifiers) = (pos2(x, 0.0), Modifiers::NONE);
        Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers }
    }

    fn to(x: f32) -> Event {
        Event::PointerMoved(pos2(x, 0.0))
    }

    fn wheel(lines: f32) -> Event {
        Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, lines),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        }
    }

    /// All steps of events that come in several frames, each frame worked off before the next.
    fn steps(frames: &[&[Event]]) -> Vec<Vec<Event>> {
        let mut waiting = Waiting::default();
        let mut steps = Vec::new();
        for events in frames {
            for event in *events {
                waiting.push(event.clone(), None);
            }
            while !waiting.is_empty() {
                steps.push(waiting.take_step(40.0, 800.0).events);
            }
        }
        steps
    }

    #[test]
    fn a_gesture_is_taken_apart() {
        let held = || Event::ModifiersChanged(Modifiers::SHIFT);
        let free = || Event::ModifiersChanged(Modifiers::NONE);
        let letter = || Event::Text("r".to_owned());
        let all = [
            key(Key::R, true),
            letter(),
            key(Key::R, false),
            to(1.0),
            button(1.0, true),
            to(2.0),
            to(3.0),
            button(3.0, false),
            held(),
            key(Key::Num1, true),
            free(),
            button(3.0, true),
            Event::PointerGone,
        ];
        let found = steps(&[&all]);
        let lengths: Vec<usize> = found.iter().map(Vec::len).collect();
        assert_eq!(lengths, [2, 2, 1, 2, 1, 2, 2, 1]);
        assert_eq!(found.concat(), all);
    }

    #[test]
    fn a_held_key_does_not_fill_the_queue_and_nothing_else_is_lost() {
        let mut waiting = Waiting::default();
        for _ in 0..2000 {
            waiting.push(key(Key::ArrowRight, true), Some(1.0));
        }
        assert_eq!(waiting.events.len(), LONG);
        for pressed in [false, true, false] {
            waiting.push(key(Key::ArrowRight, pressed), None);
            waiting.push(button(1.0, pressed), None);
        }
        assert_eq!(waiting.events.len(), LONG + 6);
        assert_eq!(waiting.take_step(40.0, 800.0).time, Some(1.0));
    }

    #[test]
    fn the_wheel_is_over_before_what_follows_it() {
        let alone = steps(&[&[wheel(2.0), wheel(1.0)]]);
        assert_eq!(alone, [[wheel(2.0), wheel(1.0)]]);
        let followed = steps(&[&[wheel(2.0), wheel(1.0), to(5.0)]]);
        let mut turned = 0.0;
        for event in &followed[0] {
            let Event::MouseWheel { unit: MouseWheelUnit::Point, delta, .. } = event else {
                unreachable!("{event:?}")
            };
            assert!(delta.length() < 8.0, "smoothed from 8 on");
            turned += delta.y;
        }
        assert!((turned - 120.0).abs() < 1e-3 && followed.len() == 2);
    }

    #[test]
    fn the_wheel_turns_in_the_step_of_the_moves_before_it() {
        let found = steps(&[&[to(1.0), to(2.0), wheel(0.1), to(3.0)]]);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn only_what_hits_something_waits_until_it_is_drawn() {
        let calm = |event: Event| {
            let mut waiting = Waiting::default();
            waiting.push(Event::ModifiersChanged(Modifiers::CTRL), None);
            waiting.push(event, None);
            waiting.needs_calm()
        };
        assert!(calm(button(0.0, true)) && calm(key(Key::A, true)) && calm(wheel(1.0)));
        assert!(!calm(button(0.0, false)) && !calm(to(1.0)) && !calm(Event::PointerGone));
    }

    /// Effect of the steps on a window: the keys held at each of them, regardless of frame borders among moves.
    fn outcome(steps: &[Vec<Event>]) -> Vec<(Modifiers, Event)> {
        let (mut held, mut seen) = (Modifiers::NONE, Vec::new());
        for step in steps {
            for event in step {
                if let Event::ModifiersChanged(now) = event {
                    held = *now;
                }
            }
            // A pass sees nothing but the state at its end.
            let acts = step.iter().filter(|event| part_of(event) == Part::Act).count();
            assert!(acts <= 1, "{step:?}");
            let last = step.iter().rev().find(|event| part_of(event) != Part::Lead).cloned();
            let moved = |event: &Event| part_of(event) == Part::Move;
            if let Some(event) = last {
                if moved(&event) && seen.last().is_some_and(|(_, before)| moved(before)) {
                    seen.pop();
                }
                seen.push((held, event));
            }
        }
        seen
    }

    fn any_event() -> impl Strategy<Value = Event> {
        let keys = prop_oneof![Just(Key::A), Just(Key::Enter), Just(Key::ArrowRight)];
        prop_oneof![
            4 => (0_u8..50).prop_map(|x| to(f32::from(x))),
            3 => (0_u8..50, any::<bool>()).prop_map(|(x, pressed)| button(f32::from(x), pressed)),
            3 => (keys, any::<bool>()).prop_map(|(name, pressed)| key(name, pressed)),
            1 => any::<bool>().prop_map(|shift| Event::ModifiersChanged(Modifiers { shift, ..Modifiers::NONE })),
            1 => Just(Event::PointerGone),
            1 => any::<bool>().prop_map(Event::WindowFocused),
        ]
    }

    proptest! {
        #[test]
        fn borders_of_frames_make_no_difference(
            events in prop::collection::vec(any_event(), 0..60),
            borders in prop::collection::vec(0_usize..60, 0..8),
        ) {
            let mut borders: Vec<usize> = borders.into_iter().map(|at| at.min(events.len())).collect();
            borders.extend([0, events.len()]);
            borders.sort_unstable();
            let frames: Vec<&[Event]> = borders.windows(2).map(|pair| &events[pair[0]..pair[1]]).collect();
            let (whole, split) = (steps(&[&events]), steps(&frames));
            prop_assert_eq!(whole.concat(), events.clone(), "in their order, and all of them");
            prop_assert_eq!(split.concat(), events);
            prop_assert_eq!(outcome(&whole), outcome(&split));
        }
    }
}
