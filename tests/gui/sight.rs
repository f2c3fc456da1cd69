//! Objects hidden and locked, classes hidden, colors chosen, predictions fainter.

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hardcase::app::command::Command;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::session::Theme;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;

use crate::{click, in_both_themes, lights, send, settle, snapshot};

#[test]
fn objects_are_listed_sorted_hidden_and_locked() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        let mut drawn = Vec::new();
        for (class, x) in [("red", 2.0), ("green", 8.0)] {
            send(&mut harness, Command::Label(LabelCommand::SelectObject(None)));
            send(&mut harness, Command::Label(LabelCommand::Class(class.to_owned())));
            let shape = Shape::Box(Box2 { x0: x, y0: 4.0, x1: x + 5.0, y1: 20.0 });
            send(&mut harness, Command::Label(LabelCommand::Draw(shape)));
            drawn.push(harness.state().app.open.labeling.object.unwrap());
        }
        click(&mut harness, "Table of tags and objects");
        click(&mut harness, "Objects");
        let rows = |harness: &egui_kittest::Harness<'_, _>| -> Vec<String> {
            let rows = harness.query_all_by_label_contains("frame 0");
            rows.filter(|row| row.accesskit_node().role() == Role::Button)
                .filter_map(|row| row.accesskit_node().label())
                .collect()
        };
        assert!(rows(&harness)[0].contains("red"), "{:?}", rows(&harness));
        harness.get_by_role_and_label(Role::ComboBox, "Order of objects").click();
        harness.run_steps(4);
        click(&mut harness, "class");
        assert!(rows(&harness)[0].contains("green"), "{:?}", rows(&harness));
        let (red, green) = (drawn[0], drawn[1]);
        click(&mut harness, &format!("Lock object {red}"));
        send(&mut harness, Command::Label(LabelCommand::SelectObject(Some(red))));
        let before = harness.state().app.project().unwrap().clone();
        for command in [
            LabelCommand::Nudge([0, 1, 0, 0]),
            LabelCommand::Class("yellow".to_owned()),
            LabelCommand::Delete,
        ] {
            send(&mut harness, Command::Label(command));
            assert_eq!(harness.state().app.project().unwrap(), &before, "locked");
        }
        let last = harness.state().app.notices.list().last().unwrap().text.clone();
        assert!(last.contains("the object is locked"), "{last}");
        // H hides the selected one, as its eye does.
        send(&mut harness, Command::Label(LabelCommand::SelectObject(Some(green))));
        harness.key_press(egui::Key::H);
        settle(&mut harness);
        assert!(harness.state().app.open.labeling.sight.hidden.contains(&green));
        snapshot(&mut harness, &format!("objects_{name}"));
        click(&mut harness, "Show all");
        assert!(!harness.state().app.open.labeling.sight.hides());
        harness.take_snapshot_results()
    });
}

#[test]
fn a_color_is_chosen_for_a_tag_and_a_class_is_hidden_by_its_menu() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = lights(home.path(), Theme::Dark);
    harness.get_by_label("glare").click_secondary();
    harness.run_steps(4);
    click(&mut harness, "Color #aaaab4");
    let color = |harness: &egui_kittest::Harness<'_, hardcase::gui::shell::Shell>| {
        let project = harness.state().app.project().unwrap();
        project.ontology.tag("glare").unwrap().color.map(|color| color.to_string())
    };
    assert_eq!(color(&harness).as_deref(), Some("#aaaab4"));
    let shown = hardcase::gui::theme::class_color(&harness.ctx, "glare");
    assert_eq!(shown, egui::Color32::from_rgb(0xaa, 0xaa, 0xb4));
    send(&mut harness, Command::Label(LabelCommand::Undo));
    assert_eq!(color(&harness), None);
    // The first nine tags have nine colors.
    let mut inks: Vec<_> =
        harness.state().app.project().unwrap().ontology.tags.iter().map(|word| word.name.clone()).collect();
    inks.truncate(12);
    let count = inks.len();
    let mut inks: Vec<_> =
        inks.iter().map(|name| hardcase::gui::theme::class_color(&harness.ctx, name).to_array()).collect();
    inks.sort_unstable();
    inks.dedup();
    assert_eq!(inks.len(), count);
}
