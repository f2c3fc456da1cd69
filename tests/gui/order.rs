//! Gestures that come into one frame from beginning to end count as they would on a fast machine.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use egui::{Key, Modifiers, PointerButton, Pos2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::session::Theme;
use hardcase::base::time::Time;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::{Part, Shape, TurnedBox};
use hardcase::data::labels::label::Label;
use hardcase::data::labels::ontology::{Ontology, Word};
use hardcase::data::labels::tag::Tag;
use hardcase::gui::shell::Shell;

use crate::hand::{CTRL, Hand};
use crate::{click, common, lights, send, settle, window};

/// Puts all of it into one frame and lets the window come to rest.
fn at_once(harness: &mut Harness<'_, Shell>, hand: Hand) {
    harness.input_mut().events.extend(hand.events);
    harness.run_steps(1);
    harness.run_ok();
    settle(harness);
}

/// A recording of pictures of one size, ten a second.
fn drive(home: &Path) -> Harness<'static, Shell> {
    let path = home.join("drive.mcap");
    fs::write(&path, common::mcap_recording(60, common::Storage::ProtobufRaw, None)).unwrap();
    let mut harness = window(&home.join("home"), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![path])));
    harness
}

/// The picture on the screen: a place in pixels of it, from its upper left corner.
struct Placed {
    min: Pos2,
    scale: f32,
}

impl Placed {
    fn of(harness: &Harness<'_, Shell>) -> Self {
        let app = &harness.state().app;
        let (_, image) = app.open.frames.picture(app.open.playback.camera.unwrap()).unwrap();
        let (width, height) = image.unwrap().size();
        let (place, size) =
            (harness.get_by_label_contains("Camera ").rect(), vec2(width as f32, height as f32));
        let scale = (place.width() / size.x).min(place.height() / size.y);
        Self { min: place.center() - size * scale / 2.0, scale }
    }

    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.min + vec2(x, y) * self.scale
    }
}

fn labels(harness: &Harness<'_, Shell>) -> Vec<Label> {
    harness.state().app.project().unwrap().labels.iter().cloned().collect()
}

fn shapes(harness: &Harness<'_, Shell>) -> Vec<Shape> {
    labels(harness).into_iter().map(|label| label.shape).collect()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.2)
}

fn corners(shape: &Shape) -> Vec<f32> {
    match shape {
        Shape::Box(b) => vec![b.x0, b.y0, b.x1, b.y1],
        Shape::TurnedBox(b) => vec![b.center[0], b.center[1], b.size[0], b.size[1], b.angle],
        Shape::Polygon(points) | Shape::Polyline(points) => points.as_flattened().to_vec(),
        Shape::Keypoints(points) => points.iter().flat_map(|p| [p.x, p.y, f32::from(p.seen)]).collect(),
        Shape::Parts(parts) => parts.iter().flat_map(|part| corners(&part.shape)).collect(),
        Shape::Mask(_) | Shape::Cuboid(_) | Shape::Whole => Vec::new(),
    }
}

/// What is drawn by these events alone, with the picture in its place.
#[track_caller]
fn draws(harness: &mut Harness<'_, Shell>, tool: &str, hand: impl FnOnce(&Placed) -> Hand, wanted: &[f32]) {
    let before = labels(harness).len();
    let hand = hand(&Placed::of(harness));
    at_once(harness, hand);
    let shapes = shapes(harness);
    assert_eq!(shapes.len(), before + 1, "{tool}: {shapes:?}");
    assert!(close(&corners(&shapes[before]), wanted), "{tool}: {:?}, not {wanted:?}", shapes[before]);
    assert!(!harness.state().app.open.labeling.drawing);
    send(harness, Command::Label(LabelCommand::Undo));
}

#[test]
fn every_tool_draws_what_was_drawn_within_a_frame() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = drive(home.path());
    let harness = &mut harness;
    let (a, b, c, d) = ((4.0, 5.0), (20.0, 6.0), (22.0, 20.0), (6.0, 18.0));
    draws(harness, "box", |p| Hand::default().key(Key::R).drag(p.at(a), p.at(c)), &[4.0, 5.0, 22.0, 20.0]);
    let turned = |p: &Placed| {
        Hand::default().hold(Modifiers::SHIFT).key(Key::R).hold(Modifiers::NONE).drag(p.at(a), p.at(c))
    };
    draws(harness, "turned box", turned, &[13.0, 12.5, 18.0, 15.0, 0.0]);
    let outline = |p: &Placed| {
        let hand = Hand::default().key(Key::P).click(p.at(a)).click(p.at(b)).click(p.at(c)).click(p.at(d));
        hand.key(Key::Backspace).key(Key::Enter)
    };
    draws(harness, "polygon", outline, &[4.0, 5.0, 20.0, 6.0, 22.0, 20.0]);
    let line = |p: &Placed| {
        let hand = Hand::default().hold(Modifiers::SHIFT).key(Key::P).hold(Modifiers::NONE);
        // The second click at one place ends it.
        hand.click(p.at(a)).click(p.at(b)).click(p.at(c)).click(p.at(c))
    };
    draws(harness, "line", line, &[4.0, 5.0, 20.0, 6.0, 22.0, 20.0]);
    let mut ontology: Ontology = harness.state().app.project().unwrap().ontology.clone();
    let points = ["head", "hand", "foot"].map(str::to_owned).to_vec();
    ontology.classes.push(Word { name: "doll".to_owned(), points, ..Word::default() });
    send(harness, Command::Label(LabelCommand::SetOntology(ontology)));
    send(harness, Command::Label(LabelCommand::Class("doll".to_owned())));
    let keypoints = |p: &Placed| {
        let hand = Hand::default().key(Key::G).click(p.at(a)).hold(Modifiers::SHIFT).click(p.at(b));
        hand.hold(Modifiers::NONE).click_by(PointerButton::Secondary, p.at(c))
    };
    draws(harness, "keypoints", keypoints, &[4.0, 5.0, 2.0, 20.0, 6.0, 1.0, 22.0, 20.0, 0.0]);
}

#[test]
fn keys_and_drags_within_a_frame_keep_their_order() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = drive(home.path());
    let place = Placed::of(&harness);
    let (a, b, c) = (place.at((4.0, 4.0)), place.at((12.0, 14.0)), place.at((20.0, 20.0)));
    let hand = Hand::default()
        .key(Key::R)
        .drag(a, b)
        .hold(Modifiers::SHIFT)
        .key(Key::ArrowRight)
        .hold(Modifiers::NONE)
        .key(Key::R)
        .drag(b, c)
        .key(Key::Num1)
        .key(Key::ArrowRight)
        .key(Key::Num2)
        .hold(CTRL)
        .key(Key::Z)
        .hold(Modifiers::NONE);
    at_once(&mut harness, hand);
    let frames: Vec<usize> = labels(&harness).iter().map(|label| label.frame).collect();
    assert_eq!(frames, [0, 10]);
    let app = &harness.state().app;
    assert_eq!(app.open.playback.frame(), 11);
    let starts: Vec<Time> = app.project().unwrap().tags.iter().map(|tag| tag.start).collect();
    assert_eq!(starts, [app.open.playback.times[10]], "the second one is taken back");
}

/// Wherever the border of a frame falls, the same comes of it.
#[test]
fn a_gesture_may_be_split_anywhere() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = drive(home.path());
    let place = Placed::of(&harness);
    let hand = Hand::default()
        .key(Key::R)
        .drag(place.at((4.0, 4.0)), place.at((12.0, 14.0)))
        .hold(Modifiers::SHIFT)
        .key(Key::ArrowRight)
        .hold(Modifiers::NONE)
        .key(Key::Num1);
    for border in 0..hand.events.len() {
        let (first, second) = hand.events.split_at(border);
        harness.input_mut().events.extend(first.iter().cloned());
        harness.run_steps(1);
        at_once(&mut harness, Hand { events: second.to_vec(), held: Modifiers::NONE });
        let [label]: [Label; 1] = labels(&harness).try_into().unwrap();
        assert!(close(&corners(&label.shape), &[4.0, 4.0, 12.0, 14.0]), "{border}: {label:?}");
        let app = &harness.state().app;
        let starts: Vec<Time> = app.project().unwrap().tags.iter().map(|tag| tag.start).collect();
        assert_eq!((label.frame, starts), (0, vec![app.open.playback.times[10]]), "border {border}");
        send(&mut harness, Command::Label(LabelCommand::Undo));
        send(&mut harness, Command::Label(LabelCommand::Undo));
        send(&mut harness, Command::Play(PlayCommand::Start));
    }
}

/// From where to where something is dragged, and the numbers that must come of it.
type Drag<'a> = ((f32, f32), (f32, f32), &'a [f32]);

/// A shape that is there, what is dragged where, and what must come of it.
#[track_caller]
fn reshapes(harness: &mut Harness<'_, Shell>, shape: &Shape, drags: &[Drag<'_>]) {
    send(harness, Command::Label(LabelCommand::Draw(shape.clone())));
    let place = Placed::of(harness);
    for (from, to, wanted) in drags {
        at_once(harness, Hand::default().drag(place.at(*from), place.at(*to)));
        let now = shapes(harness);
        assert!(close(&corners(&now[0]), wanted), "from {from:?} to {to:?}: {now:?}");
        send(harness, Command::Label(LabelCommand::Undo));
    }
    send(harness, Command::Label(LabelCommand::Undo));
    assert!(labels(harness).is_empty());
}

#[test]
fn every_grip_is_pulled_within_a_frame() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = drive(home.path());
    let harness = &mut harness;
    let shape = Shape::Box(Box2 { x0: 8.0, y0: 4.0, x1: 20.0, y1: 18.0 });
    reshapes(
        harness,
        &shape,
        &[
            ((14.0, 11.0), (16.0, 14.0), &[10.0, 7.0, 22.0, 21.0]),
            ((8.0, 4.0), (5.0, 2.0), &[5.0, 2.0, 20.0, 18.0]),
            ((14.0, 4.0), (15.0, 1.0), &[8.0, 1.0, 20.0, 18.0]),
            ((20.0, 4.0), (23.0, 2.0), &[8.0, 2.0, 23.0, 18.0]),
            ((20.0, 11.0), (25.0, 13.0), &[8.0, 4.0, 25.0, 18.0]),
            ((20.0, 18.0), (22.0, 21.0), &[8.0, 4.0, 22.0, 21.0]),
            ((14.0, 18.0), (10.0, 22.0), &[8.0, 4.0, 20.0, 22.0]),
            ((8.0, 18.0), (4.0, 20.0), &[4.0, 4.0, 20.0, 20.0]),
            ((8.0, 11.0), (3.0, 6.0), &[3.0, 4.0, 20.0, 18.0]),
        ],
    );
    let turned = TurnedBox { center: [14.0, 13.0], size: [12.0, 8.0], angle: 0.0 };
    let reach = 6.0 / Placed::of(harness).scale;
    let handle = (14.0, 13.0 - 4.0 - 4.0 * reach);
    reshapes(
        harness,
        &Shape::TurnedBox(turned),
        &[
            ((20.0, 17.0), (24.0, 19.0), &[16.0, 14.0, 16.0, 10.0, 0.0]),
            ((14.0, 13.0), (17.0, 11.0), &[17.0, 11.0, 12.0, 8.0, 0.0]),
            (handle, (24.0, 13.0), &[14.0, 13.0, 12.0, 8.0, std::f32::consts::FRAC_PI_2]),
        ],
    );
    let outline = vec![[6.0, 4.0], [22.0, 4.0], [22.0, 20.0]];
    reshapes(
        harness,
        &Shape::Polygon(outline.clone()),
        &[
            ((22.0, 20.0), (25.0, 22.0), &[6.0, 4.0, 22.0, 4.0, 25.0, 22.0]),
            ((18.0, 8.0), (19.0, 10.0), &[7.0, 6.0, 23.0, 6.0, 23.0, 22.0]),
        ],
    );
    reshapes(
        harness,
        &Shape::Polyline(outline),
        &[((6.0, 4.0), (4.0, 7.0), &[4.0, 7.0, 22.0, 4.0, 22.0, 20.0])],
    );
    // Of several shapes one is pulled, and all move together.
    let parts = [
        Shape::Box(Box2 { x0: 2.0, y0: 2.0, x1: 26.0, y1: 21.0 }),
        Shape::Polygon(vec![[4.0, 4.0], [12.0, 4.0], [12.0, 12.0]]),
        Shape::Polygon(vec![[15.0, 4.0], [23.0, 4.0], [23.0, 12.0]]),
    ];
    reshapes(
        harness,
        &Shape::Parts(parts.map(Part::from).to_vec()),
        &[
            (
                (23.0, 12.0),
                (24.0, 16.0),
                &[2.0, 2.0, 26.0, 21.0, 4.0, 4.0, 12.0, 4.0, 12.0, 12.0, 15.0, 4.0, 23.0, 4.0, 24.0, 16.0],
            ),
            (
                (26.0, 16.0),
                (28.0, 16.0),
                &[2.0, 2.0, 28.0, 21.0, 4.0, 4.0, 12.0, 4.0, 12.0, 12.0, 15.0, 4.0, 23.0, 4.0, 23.0, 12.0],
            ),
            (
                (14.0, 16.0),
                (15.0, 17.0),
                &[3.0, 3.0, 27.0, 22.0, 5.0, 5.0, 13.0, 5.0, 13.0, 13.0, 16.0, 5.0, 24.0, 5.0, 24.0, 13.0],
            ),
        ],
    );
}

/// A click with Alt between two drags takes a corner out, and the drags pull theirs.
#[test]
fn held_keys_belong_to_the_clicks_they_were_held_at() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = drive(home.path());
    let outline = vec![[6.0, 4.0], [22.0, 4.0], [22.0, 20.0], [6.0, 20.0]];
    send(&mut harness, Command::Label(LabelCommand::Draw(Shape::Polygon(outline))));
    let place = Placed::of(&harness);
    let hand = Hand::default()
        .drag(place.at((6.0, 20.0)), place.at((3.0, 22.0)))
        .hold(Modifiers::ALT)
        .click(place.at((22.0, 20.0)))
        .hold(Modifiers::NONE)
        .drag(place.at((22.0, 4.0)), place.at((26.0, 2.0)));
    at_once(&mut harness, hand);
    let now = shapes(&harness);
    assert!(close(&corners(&now[0]), &[6.0, 4.0, 26.0, 2.0, 3.0, 22.0]), "{now:?}");
}

#[test]
fn a_box_in_space_is_put_pulled_and_turned_within_a_frame() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("lidar");
    common::copied("lidar", &project);
    let mut harness = window(home.path(), Theme::Dark);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![project])));
    settle(&mut harness);
    let scene = harness.get_by_label("Point cloud, frame lidar").rect();
    let car = scene.min + vec2(scene.width() * 0.5248, scene.height() * 0.533);
    at_once(&mut harness, Hand::default().key(Key::U).click(car));
    let nudged = Hand::default().hold(Modifiers::ALT).key(Key::W).key(Key::W).hold(Modifiers::NONE);
    at_once(&mut harness, nudged);
    let block = |harness: &Harness<'_, Shell>| {
        let shown = harness.state().app.open.selected_object().unwrap();
        if let Shape::Cuboid(block) = &*shown.shape { **block } else { unreachable!("{shown:?}") }
    };
    let before = block(&harness);
    assert!((before.center[0] - 8.6).abs() < 1.0 && before.size[0] > 3.5, "{before:?}");
    let above = harness.get_by_label("Cuboid, top view").rect();
    let scale = (above.width() / (before.size[1].max(1.0) as f32 * 2.2))
        .min(above.height() / (before.size[0].max(1.0) as f32 * 2.0));
    let ahead = above.center() - vec2(0.0, before.size[0] as f32 / 2.0 * scale);
    at_once(&mut harness, Hand::default().drag(ahead, ahead - vec2(0.0, 0.5 * scale)));
    let longer = block(&harness);
    assert!((longer.size[0] - before.size[0] - 0.5).abs() < 0.05, "{longer:?}");
    send(&mut harness, Command::Label(LabelCommand::Undo));
    let handle = ahead - vec2(0.0, 14.0);
    at_once(&mut harness, Hand::default().drag(handle, above.center() + vec2(40.0, 0.0)));
    let turned = block(&harness).rotation.iter().zip(before.rotation).any(|(a, b)| (a - b).abs() > 1e-6);
    assert!(turned);
}

#[test]
fn sliders_and_the_curve_are_dragged_within_a_frame() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    send(&mut harness, Command::Show(Workspace::Explore));
    for transform in ["contrast", "brightness"] {
        send(&mut harness, Command::Explore(ExploreCommand::Add(transform.to_owned())));
    }
    let names = ["gain", "bias"];
    let value = |harness: &Harness<'_, Shell>, at: usize| {
        harness.state().app.open.explore.stack.transforms[at].params.0[names[at]]
    };
    let ends = |harness: &Harness<'_, Shell>, name: &str| {
        let rect = harness.get_by_label(name).rect();
        (rect.left_center() + vec2(9.0, 0.0), rect.left_center() + vec2(45.0, 0.0))
    };
    let (low, high) = ends(&harness, "Contrast Gain");
    let (low2, high2) = ends(&harness, "Brightness Bias");
    at_once(&mut harness, Hand::default().drag(low, high).drag(high2, low2));
    let dragged = [value(&harness, 0), value(&harness, 1)];
    // From the same beginning, with frames between, the same comes of it.
    for (position, start) in [(0, 1.6), (1, 40.0)] {
        let param = names[position].to_owned();
        send(&mut harness, Command::Explore(ExploreCommand::Set { position, param, value: start }));
    }
    for (from, to) in [(low, high), (high2, low2)] {
        for event in Hand::default().drag(from, to).events {
            harness.event(event);
        }
        harness.run_steps(2);
    }
    settle(&mut harness);
    let now = [value(&harness, 0), value(&harness, 1)];
    assert!(now.iter().zip(dragged).all(|(a, b)| (a - b).abs() < 1e-12), "{now:?} {dragged:?}");
    assert!((dragged[0] - 1.6).abs() > 0.1 && dragged[1] < 30.0, "{dragged:?}");
    let curve = harness.get_by_label("Severity curve").rect();
    let (left, right) = (curve.left() + 44.0, curve.right() - 16.0);
    let half = pos2(left + 0.5 * (right - left), curve.center().y);
    at_once(&mut harness, Hand::default().drag(pos2(left + 10.0, half.y), half));
    let selected = harness.state().app.open.explore.selected;
    let brightness = value(&harness, selected);
    at_once(&mut harness, Hand::default().click(pos2(left, half.y)));
    assert!(value(&harness, selected) < brightness, "{brightness}");
}

fn time_at(harness: &Harness<'_, Shell>, x: f32) -> Time {
    let (ruler, playback) = (harness.get_by_label("Time ruler").rect(), &harness.state().app.open.playback);
    let (left, width) = (ruler.left() + 132.0, ruler.width() - 144.0);
    let part = f64::from((x - left) / width) * playback.range.span().0 as f64;
    Time(playback.range.start.0 + part as i64)
}

#[track_caller]
fn near(found: Time, wanted: Time) {
    assert!((found - wanted).secs().abs() < 0.05, "{found:?}, not {wanted:?}");
}

#[test]
fn the_timeline_is_scrubbed_looped_and_zoomed_within_a_frame() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    let ruler = harness.get_by_label("Time ruler").rect();
    let at = |x: f32| pos2(ruler.left() + x, ruler.center().y);
    at_once(&mut harness, Hand::default().drag(at(300.0), at(500.0)));
    near(harness.state().app.open.playback.playhead, time_at(&harness, at(500.0).x));
    // A loop by Shift, and a scrub behind it.
    let hand = Hand::default().hold(Modifiers::SHIFT).drag(at(250.0), at(600.0)).hold(Modifiers::NONE);
    at_once(&mut harness, hand.drag(at(600.0), at(350.0)));
    let playback = &harness.state().app.open.playback;
    let range = playback.loop_range.unwrap();
    near(range.start, time_at(&harness, at(250.0).x));
    near(range.end, time_at(&harness, at(600.0).x));
    near(playback.playhead, time_at(&harness, at(350.0).x));
    // Two lines of the wheel with Ctrl at one place, a click at another.
    let hand = Hand::default().to(at(400.0)).hold(CTRL).wheel(1.0).wheel(1.0);
    at_once(&mut harness, hand.hold(Modifiers::NONE).click(at(700.0)));
    let (held, clicked) = (time_at(&harness, at(400.0).x), time_at(&harness, at(700.0).x));
    let factor = (80.0_f64 / 200.0).exp();
    let wanted = Time(held.0 + ((clicked - held).0 as f64 / factor) as i64);
    near(harness.state().app.open.playback.playhead, wanted);
}

#[test]
fn tags_are_moved_pulled_and_clicked_within_a_frame() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    let ruler = harness.get_by_label("Time ruler").rect();
    let x = |x: f32| ruler.left() + x;
    let hand = Hand::default()
        .click(pos2(x(300.0), ruler.center().y))
        .key(Key::I)
        .click(pos2(x(500.0), ruler.center().y))
        .key(Key::O)
        .click(pos2(x(700.0), ruler.center().y))
        .key(Key::Num1);
    at_once(&mut harness, hand);
    let tags =
        |harness: &Harness<'_, Shell>| -> Vec<Tag> { harness.state().app.project().unwrap().tags.clone() };
    let [interval, moment]: [Tag; 2] = tags(&harness).try_into().unwrap();
    near(interval.start, time_at(&harness, x(300.0)));
    near(interval.end.unwrap(), time_at(&harness, x(500.0)));
    let places: Vec<egui::Rect> = harness
        .query_all_by_label_contains(&format!("Tag {} at", interval.kind))
        .map(|node| node.rect())
        .collect();
    let (bar, mark) = (places[0], places[1]);
    // Free of pictures with Alt: the whole, then its new end.
    let middle = bar.center();
    let end = pos2(x(500.0), middle.y);
    let hand = Hand::default()
        .hold(Modifiers::ALT)
        .drag(middle, middle + vec2(60.0, 0.0))
        .drag(end + vec2(60.0, 0.0), end + vec2(100.0, 0.0))
        .hold(Modifiers::NONE);
    at_once(&mut harness, hand);
    let moved = tags(&harness).into_iter().find(|tag| tag.id == interval.id).unwrap();
    near(moved.start, time_at(&harness, x(360.0)));
    near(moved.end.unwrap(), time_at(&harness, x(600.0)));
    // One click selects, one with Ctrl adds, two at once go there.
    let hand = Hand::default().click(middle + vec2(60.0, 0.0)).hold(CTRL).click(mark.center());
    at_once(&mut harness, hand.hold(Modifiers::NONE));
    assert_eq!(harness.state().app.open.labeling.tags, [interval.id, moment.id]);
    at_once(&mut harness, Hand::default().click(mark.center()).click(mark.center()));
    assert_eq!(harness.state().app.open.labeling.tags, [moment.id]);
    assert_eq!(harness.state().app.open.playback.playhead, moment.start);
}

#[test]
fn what_is_typed_goes_where_the_click_before_it_went() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    let field = harness.get_by_label("Filter tags on the timeline").rect().center();
    let picture = Placed::of(&harness).at((5.0, 5.0));
    let hand = Hand::default()
        .key(Key::Num1)
        .click(field)
        .letter(Key::R, "r")
        .letter(Key::E, "e")
        .letter(Key::Num1, "1")
        .click(picture)
        .letter(Key::Num2, "2");
    at_once(&mut harness, hand);
    let app = &harness.state().app;
    assert_eq!(app.open.labeling.filter, "re1");
    let (words, tags) = (&app.project().unwrap().ontology.tags, &app.project().unwrap().tags);
    let kinds: Vec<&str> = tags.iter().map(|tag| tag.kind.as_str()).collect();
    assert_eq!(kinds, [words[0].name.as_str(), words[1].name.as_str()]);
    assert!(!app.open.labeling.drawing, "no letter was taken for a key");
    // The search for a command: opened, written into and answered.
    let hand = Hand::default().hold(CTRL).key(Key::K).hold(Modifiers::NONE);
    let hand = "show expl".chars().fold(hand, |hand, letter| {
        let key = Key::from_name(&letter.to_uppercase().to_string()).unwrap_or(Key::Space);
        hand.letter(key, &letter.to_string())
    });
    at_once(&mut harness, hand.key(Key::Enter));
    assert_eq!(harness.state().app.workspace, Workspace::Explore);
}

/// A table that a key opens is there for the click that follows, and a wheel over the picture for the drag that follows.
#[test]
fn a_step_finds_what_the_step_before_it_made() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = drive(home.path());
    let place = Placed::of(&harness);
    for key in [Key::Num1, Key::ArrowRight, Key::Num2, Key::F8] {
        harness.key_press(key);
    }
    settle(&mut harness);
    let button = harness.get_by_label("Select all 2").rect().center();
    at_once(&mut harness, Hand::default().key(Key::F8));
    assert!(harness.query_by_label("Select all 2").is_none());
    send(&mut harness, Command::Label(LabelCommand::SelectTag(None)));
    at_once(&mut harness, Hand::default().key(Key::F8).click(button));
    assert_eq!(harness.state().app.open.labeling.tags.len(), 2);
    at_once(&mut harness, Hand::default().key(Key::F8));
    let from = place.at((16.0, 12.0));
    let hand = Hand::default().to(from).wheel(1.0).key(Key::R).drag(from, from + vec2(120.0, 90.0));
    at_once(&mut harness, hand);
    let scale = place.scale * (40.0_f32 * 0.004).exp();
    let drawn = shapes(&harness);
    let size = [drawn[0].bounds().unwrap().width(), drawn[0].bounds().unwrap().height()];
    assert!(close(&size, &[120.0 / scale, 90.0 / scale]), "{drawn:?}, scale {scale}");
}

/// A line around points of the map is made of every move, also when all of them come in one frame.
#[test]
fn a_line_around_points_is_drawn_within_a_frame() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    let signal = EvaluateCommand::Signal { number: "class".to_owned(), signal: Some("state".to_owned()) };
    send(&mut harness, Command::Show(Workspace::Evaluate));
    send(&mut harness, Command::Evaluate(signal));
    click(&mut harness, "Embeddings");
    click(&mut harness, "Compute embedding map");
    settle(&mut harness);
    harness.run_steps(3);
    let map = harness.get_by_label("Embedding map").rect().shrink(2.0);
    let ring = [map.left_top(), map.right_top(), map.right_bottom(), map.left_bottom()];
    let start = ring[0];
    let hand = Hand::default().to(start).button(start, PointerButton::Primary, true);
    let hand = ring.into_iter().skip(1).fold(hand, Hand::to).button(ring[3], PointerButton::Primary, false);
    at_once(&mut harness, hand);
    let only: Option<Arc<_>> = harness.state().app.open.evaluate.filter.only.clone();
    assert_eq!(only.map(|only| only.len()), Some(80));
}
