//! CPU time of a frame outside the graphics driver: the real panes during playback at 1280x720 with 200
//! boxes and 1,000 tags on screen, laid out and cut into triangles; no display and no driver take part. Then with 5,000
//! boxes, also while the picture is zoomed and a box is dragged with the mouse, and with 10,000 tags.
//! `cargo bench --bench window`. The aims are 4, 8 and 4 ms.

use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use hardcase::app::command::Command;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::session::Session;
use hardcase::base::time::{Span, Time};
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::image::Image;
use hardcase::data::labels::label::{Attributes, Label};
use hardcase::data::labels::tag::Tag;
use hardcase::gui::shell::Shell;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;

fn window(criterion: &mut Criterion) {
    for (boxes, tags) in [(200, 1_000), (5_000, 10), (10, 10_000)] {
        if let Err(err) = frame(criterion, boxes, tags) {
            // A bench that cannot run must not look like one that was fast.
            criterion.bench_function("frame/could_not_run", |_| log::error!("{err:#}"));
        }
    }
}

/// A project with so many boxes on each of eight pictures, and so many tags.
fn fill(project: &std::path::Path, num_boxes: u64, num_tags: u64) -> anyhow::Result<()> {
    let mut editor = ProjectEditor::create(project, "bench")?;
    let classes = ["person", "car", "bus", "truck"];
    let boxes = (0..8).flat_map(|frame| (0..num_boxes).map(move |i| (frame, i))).map(|(frame, i)| {
        // As many as there are fill the picture, overlapping where they must.
        let (x, y) = ((i % 20) as f32 * 62.0, (i / 20 % 10) as f32 * 68.0 + (i / 200) as f32);
        let shape = Shape::Box(Box2 { x0: x, y0: y, x1: x + 50.0, y1: y + 60.0 });
        let id = 100_000 + frame as u64 * num_boxes + i;
        Edit::AddLabel(Label::new(id, "drive", "pictures", frame, classes[i as usize % 4], shape))
    });
    let kinds = editor.project().ontology.tags.clone();
    let tags = (0..num_tags).map(|i| {
        let start = Time(i as i64 * 700_000_000 / num_tags as i64);
        let end = (i % 2 == 0).then_some(start + Span(5_000_000));
        Edit::AddTag(Tag {
            id: i + 1,
            clip: "drive".to_owned(),
            kind: kinds[i as usize % 4].name.clone(),
            start,
            end,
            note: String::new(),
            attributes: Attributes::new(),
        })
    });
    editor.commit("fill", Edit::Group(tags.chain(boxes).collect()))?;
    Ok(())
}

fn frame(criterion: &mut Criterion, num_boxes: u64, num_tags: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let pictures = folder.path().join("drive");
    std::fs::create_dir(&pictures)?;
    for frame in 0..8 {
        std::fs::write(
            pictures.join(format!("{frame}.jpg")),
            Image::filled(1280, 720, [frame * 20, 90, 140]).to_jpeg(80)?,
        )?;
    }
    fill(&folder.path().join("drive.hardcase"), num_boxes, num_tags)?;

    let ctx = egui::Context::default();
    let mut shell = Shell::new(&ctx, Session::load_from(Some(folder.path().join("home"))), None);
    shell.app.dispatch(Command::Open(OpenCommand::Paths(vec![pictures])));
    shell.app.settle(3);
    shell.app.dispatch(Command::Play(PlayCommand::Toggle));
    let begun = Instant::now();
    let draw = |shell: &mut Shell, events: Vec<egui::Event>| {
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 720.0))),
            time: Some(begun.elapsed().as_secs_f64()),
            events,
            ..Default::default()
        };
        let output = ctx.run_ui(input, |ui| shell.frame_ui(ui));
        ctx.tessellate(output.shapes, output.pixels_per_point)
    };
    let run = |shell: &mut Shell| {
        // Played round and round, so that pictures change as they do for a person.
        if !shell.app.open.playback.playing {
            shell.app.dispatch(Command::Play(PlayCommand::Toggle));
        }
        draw(shell, Vec::new())
    };
    for _ in 0..20 {
        run(&mut shell);
    }
    let name = format!("frame/{num_boxes}_boxes_{num_tags}_tags");
    criterion.bench_function(&name, |bencher| bencher.iter(|| run(&mut shell)));
    if num_boxes < 5_000 {
        return Ok(());
    }
    // The picture stands still; the mouse is in its middle, where boxes are.
    shell.app.dispatch(Command::Play(PlayCommand::Toggle));
    shell.app.dispatch(Command::Play(PlayCommand::SeekFrame(3)));
    shell.app.settle(3);
    let middle = egui::pos2(560.0, 260.0);
    let moved = |pos: egui::Pos2| vec![egui::Event::PointerMoved(pos)];
    let mut step = 0_u32;
    criterion.bench_function(&format!("{name}/zoomed"), |bencher| {
        bencher.iter(|| {
            step += 1;
            let mut events = moved(middle);
            events.push(egui::Event::Zoom(if step.is_multiple_of(2) { 1.02 } else { 1.0 / 1.02 }));
            draw(&mut shell, events)
        });
    });
    let button = |pos: egui::Pos2, pressed: bool| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    // A click selects the box under the mouse, the drag moves it.
    for events in [moved(middle), vec![button(middle, true)], vec![button(middle, false)], Vec::new()] {
        draw(&mut shell, events);
    }
    let selected = shell.app.open.labeling.object;
    anyhow::ensure!(selected.is_some(), "no box was under the mouse");
    let before = shell.app.project().map(|project| project.labels.clone());
    draw(&mut shell, vec![button(middle, true)]);
    criterion.bench_function(&format!("{name}/dragged"), |bencher| {
        bencher.iter(|| {
            step += 1;
            let by = (step % 40) as f32;
            draw(&mut shell, moved(middle + egui::vec2(10.0 + by, 10.0 + by)))
        });
    });
    draw(&mut shell, vec![button(middle + egui::vec2(30.0, 30.0), false)]);
    draw(&mut shell, Vec::new());
    let after = shell.app.project().map(|project| project.labels.clone());
    anyhow::ensure!(before != after, "the box was not dragged");
    Ok(())
}

criterion_group!(benches, window);
criterion_main!(benches);
