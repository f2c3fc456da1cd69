//! Explore: what people drew moves along, and what is put into a picture goes where somebody clicks.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::session::Theme;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::gui::shell::Shell;
use hardcase::imaging::look::Look;

use crate::{click, lights, send, settle, snapshot};

#[test]
fn labels_move_along_and_a_click_puts_a_sticker_on_an_object() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    send(&mut harness, Command::Show(Workspace::Explore));
    let (width, height) = harness.state().app.open.explore.changed.as_ref().unwrap().original.size();
    let (x, y) = (width as f32 / 2.0, height as f32 / 2.0);
    // Around the middle, a little to the right of it.
    let drawn = Box2 { x0: x - 4.0, y0: y - 5.0, x1: x + 6.0, y1: y + 5.0 };
    send(&mut harness, Command::Label(LabelCommand::Class("red".to_owned())));
    send(&mut harness, Command::Label(LabelCommand::Draw(Shape::Box(drawn))));
    let labeled = |harness: &Harness<'_, Shell>| {
        harness
            .state()
            .app
            .open
            .labeled(Look::Picture)
            .into_iter()
            .map(|label| label.after)
            .collect::<Vec<_>>()
    };
    assert_eq!(labeled(&harness), [Some(Shape::Box(drawn))]);
    send(&mut harness, Command::Explore(ExploreCommand::Add("translate".to_owned())));
    let to =
        |value: f64| Command::Explore(ExploreCommand::Set { position: 0, param: "right".to_owned(), value });
    send(&mut harness, to(3.0));
    let moved = Box2 { x0: drawn.x0 + 3.0, x1: drawn.x1 + 3.0, ..drawn };
    assert_eq!(labeled(&harness), [Some(Shape::Box(moved))]);
    harness.get_by_label("Labels");
    snapshot(&mut harness, "explore_labels_dark");
    send(&mut harness, to(f64::from(width)));
    assert_eq!(labeled(&harness), [None], "it has left the picture");

    send(&mut harness, Command::Explore(ExploreCommand::Clear));
    send(&mut harness, Command::Explore(ExploreCommand::Add("sticker".to_owned())));
    let place = harness.get_by_label("Transformed frame").rect().center();
    harness.hover_at(place);
    harness.run_steps(2);
    harness.drag_at(place);
    harness.run_steps(1);
    harness.drop_at(place);
    harness.run_steps(3);
    settle(&mut harness);
    let sticker = harness.state().app.open.explore.stack.transforms[0].clone();
    let is = |name: &str, wanted: f32| {
        let found = sticker.params.0[name];
        assert!((found - f64::from(wanted)).abs() < 0.011, "{name}: {found}, not {wanted}");
    };
    is("across", (x + 1.0) / width as f32);
    is("down", 0.5);
    is("size", 0.5 * 10.0 / width.min(height) as f32);
    click(&mut harness, "Swipe");
    harness.get_by_label("Transformed frame");
}
