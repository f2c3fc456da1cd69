//! Right side of Label: the selection, and the prediction for the frame.

use egui::{RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::table::key_of;
use crate::base::text::counted;
use crate::data::geometry::shape::{Block, Shape};
use crate::data::labels::label::{Label, State};
use crate::data::labels::tag::Tag;
use crate::gui::forms::{
    button_ui, combo_ui, dim_ui, empty_ui, icon_button_ui, name_label_ui, row_with_end_ui, section_ui,
};
use crate::gui::pane::Pane;
use crate::gui::panes::label::attributes::AttributeForm;
use crate::gui::panes::model::prediction::answer_ui;
use crate::gui::panes::replay::ortho::Ortho;
use crate::gui::scripts;
use crate::gui::theme::{class_ink, icon};

/// State of this pane between frames.
#[derive(Debug, Default)]
pub struct Inspector {
    /// The note of a tag while it is typed.
    note: Option<(u64, String)>,
    attributes: AttributeForm,
    ortho: Ortho,
}

/// Shown without a selection.
const NOTHING: &str =
    "Nothing selected. Click a tag or an object, or press R and drag on the frame to draw a box.";

impl Inspector {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        // Found while somebody works: at the bottom, where they push nothing away.
        if !app.open.labeling.proposals.waiting.is_empty() {
            egui::Panel::bottom("proposals").resizable(false).show(ui, |ui| proposals_ui(ui, pane));
        }
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            section_ui(ui, "Selection");
            let tag = app.open.labeling.tag().and_then(|id| app.project()?.tag(id));
            let labels =
                app.open.labeling.object.and_then(|object| Some(app.project()?.labels.of_object(object)));
            match (tag, labels.as_deref()) {
                (Some(tag), _) => self.tag_ui(ui, tag, pane),
                (None, Some([first, ..])) => self.object_ui(ui, first, pane),
                _ => empty_ui(ui, NOTHING),
            }
            ui.separator();
            answer_ui(ui, pane);
        });
    }

    fn tag_ui(&mut self, ui: &mut Ui, tag: &Tag, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(project) = app.project() else { return };
        let mut kind = tag.kind.clone();
        row_with_end_ui(
            ui,
            |ui| delete_ui(ui, pane),
            |ui| {
                ui.label(RichText::new("■").color(class_ink(ui, &tag.kind)));
                combo_ui(ui, ("Tag type", WORD), &tag.kind, |ui| {
                    for word in &project.ontology.tags {
                        ui.selectable_value(&mut kind, word.name.clone(), scripts::shown(&word.name));
                    }
                });
            },
        );
        if kind != tag.kind {
            pane.commands.push(Command::Label(LabelCommand::SetKind(kind)));
        }
        let count = app.open.labeling.tags.len();
        if count > 1 {
            dim_ui(ui, format!("{count} tags selected: type and attributes apply to all of them"));
        }
        let zero = app.open.playback.range.start;
        ui.label(RichText::new(format!("from {}", tag.start - zero)).monospace());
        if let Some(end) = tag.end {
            ui.label(RichText::new(format!("to   {}  ({})", end - zero, end - tag.start)).monospace());
        }
        ui.horizontal(|ui| {
            if icon_button_ui(
                ui,
                icon::SPLIT,
                "Split the interval at the playhead",
                &key_of("Split the interval at the playhead"),
            )
            .clicked()
            {
                pane.commands.push(Command::Label(LabelCommand::SplitTag));
            }
            if icon_button_ui(ui, icon::MERGE, "Merge the selected tags", &key_of("Merge the selected tags"))
                .clicked()
            {
                pane.commands.push(Command::Label(LabelCommand::MergeTags));
            }
        });
        let specs =
            project.ontology.tag(&tag.kind).map(|word| word.attributes.as_slice()).unwrap_or_default();
        self.attributes.ui(ui, tag.id, specs, &tag.attributes, pane.commands);
        if self.note.as_ref().is_none_or(|(id, _)| *id != tag.id) {
            self.note = Some((tag.id, tag.note.clone()));
        }
        let Some((_, text)) = &mut self.note else { return };
        let label = ui.label("Note");
        let edit = ui
            .add(TextEdit::multiline(text).desired_rows(3).desired_width(f32::INFINITY))
            .labelled_by(label.id);
        // Every letter is on disk before the next frame is drawn.
        if edit.changed() {
            pane.commands.push(Command::Label(LabelCommand::SetNote(tag.id, text.clone())));
        } else if !edit.has_focus() {
            text.clone_from(&tag.note);
        }
    }

    fn object_ui(&mut self, ui: &mut Ui, first: &Label, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(project) = app.project() else { return };
        let shown = app.open.selected_object();
        let label = shown.as_ref().map_or(first, |shown| shown.label);
        let mut class = label.class.to_string();
        row_with_end_ui(
            ui,
            |ui| delete_ui(ui, pane),
            |ui| {
                ui.label(RichText::new("■").color(class_ink(ui, &label.class)));
                combo_ui(ui, ("Class of the object", WORD), &label.class, |ui| {
                    for word in &project.ontology.classes {
                        ui.selectable_value(&mut class, word.name.clone(), scripts::shown(&word.name));
                    }
                });
            },
        );
        if label.class != class {
            pane.commands.push(Command::Label(LabelCommand::Class(class)));
        }
        let all = project.labels.of_object(label.object);
        let keys = all.iter().filter(|other| other.channel == label.channel).count();
        let channels = all.len() - keys;
        let elsewhere = if channels > 0 { format!(", {channels} on other sensors") } else { String::new() };
        ui.label(RichText::new(format!("object {}   keyframes {keys}{elsewhere}", label.object)).monospace());
        match &shown {
            Some(shown) => {
                for line in shape_lines(&shown.shape) {
                    ui.label(RichText::new(line).monospace());
                }
                let here = format!("drawn on this {}", app.open.medium().sample());
                dim_ui(ui, if shown.keyframe { here.as_str() } else { "between two keyframes" });
            }
            None => {
                dim_ui(ui, "not on this frame: drag its dotted outline to where it is to continue the track");
            }
        }
        ui.horizontal(|ui| {
            if icon_button_ui(ui, icon::LEFT, "Previous keyframe", &key_of("Previous keyframe")).clicked() {
                pane.commands.push(Command::Label(LabelCommand::NextKeyframe(false)));
            }
            if icon_button_ui(ui, icon::RIGHT, "Next keyframe", &key_of("Next keyframe")).clicked() {
                pane.commands.push(Command::Label(LabelCommand::NextKeyframe(true)));
            }
            if icon_button_ui(ui, icon::PLUS, "Add a keyframe", "Enter").clicked() {
                pane.commands.push(Command::Label(LabelCommand::Keyframe));
            }
            if icon_button_ui(ui, icon::SPLIT, "Split the track here", &key_of("Split the track here"))
                .clicked()
            {
                pane.commands.push(Command::Label(LabelCommand::SplitTrack));
            }
        });
        let now = shown.as_ref().map(|shown| shown.label.state);
        ui.horizontal_wrapped(|ui| {
            let keys = ["", "Occluded", "Outside from here", "Lost from here"].map(key_of);
            for (state, key) in State::ALL.into_iter().zip(keys) {
                let row = ui.selectable_label(now == Some(state), state.title());
                let row = if key.is_empty() { row } else { row.on_hover_text(key) };
                if row.clicked() && now != Some(state) {
                    pane.commands.push(Command::Label(LabelCommand::State(state)));
                }
            }
        });
        let specs =
            project.ontology.class(&label.class).map(|word| word.attributes.as_slice()).unwrap_or_default();
        self.attributes.ui(ui, label.id, specs, &label.attributes, pane.commands);
        if button_ui(ui, icon::RIGHT, "Propagate to next frame", &key_of("Propagate to next frame")).clicked()
        {
            pane.commands.push(Command::Label(LabelCommand::Propagate));
        }
        if let Some(shown) = &shown
            && let Shape::Cuboid(block) = &*shown.shape
        {
            block_ui(ui, label.object, block, pane.commands);
            self.ortho.ui(ui, label.object, block, pane);
        }
    }
}

/// Width of the choice of a tag type or a class.
const WORD: f32 = 160.0;

fn delete_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    if icon_button_ui(ui, icon::TRASH, "Delete the selection", &key_of("Delete the selection")).clicked() {
        pane.commands.push(Command::Label(LabelCommand::Delete));
    }
}

/// The nine numbers of a cuboid, each to be dragged or typed.
fn block_ui(ui: &mut Ui, object: u64, block: &Block, commands: &mut Vec<Command>) {
    let mut new = *block;
    let mut angles = block.angles().map(f64::to_degrees);
    let mut changed = false;
    egui::Grid::new("block").num_columns(3).spacing([4.0, 2.0]).show(ui, |ui| {
        let mut row = |ui: &mut Ui, names: [&str; 3], numbers: &mut [f64; 3], unit: &str, least: f64| {
            let mut edited = false;
            for (name, number) in names.into_iter().zip(numbers) {
                let value = egui::DragValue::new(number).speed(0.0).prefix(format!("{name} ")).suffix(unit);
                let response = ui.add(value.range(least..=f64::MAX).fixed_decimals(2));
                response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
                edited |= response.changed();
            }
            ui.end_row();
            changed |= edited;
            edited
        };
        row(ui, ["x", "y", "z"], &mut new.center, " m", f64::MIN);
        row(ui, ["l", "w", "h"], &mut new.size, " m", 0.05);
        if row(ui, ["roll", "pitch", "yaw"], &mut angles, "°", f64::MIN) {
            new.rotation = Block::turned(angles.map(f64::to_radians));
        }
    });
    if changed {
        commands.push(Command::Label(LabelCommand::SetShape(object, Shape::Cuboid(Box::new(new)))));
    }
}

/// Objects proposed by the model, to accept or reject.
fn proposals_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let proposals = &app.open.labeling.proposals;
    let Some(track) = proposals.waiting.first() else { return };
    section_ui(ui, "Proposals");
    let done = proposals.found - proposals.waiting.len();
    dim_ui(ui, format!("{done} of {} reviewed", proposals.found));
    name_label_ui(ui, format!("{} ({:.2}), in {}", track.class, track.score, counted(track.seen, "frame")));
    ui.horizontal_wrapped(|ui| {
        if button_ui(ui, icon::PASS, "Accept", &key_of("Accept the proposal, or add a keyframe")).clicked() {
            pane.commands.push(Command::Label(LabelCommand::Accept));
        }
        if button_ui(ui, icon::FAIL, "Reject", &key_of("Reject the proposal, or delete all of the object"))
            .clicked()
        {
            pane.commands.push(Command::Label(LabelCommand::Reject));
        }
        if ui.button(format!("Accept all {}", proposals.waiting.len())).clicked() {
            pane.commands.push(Command::Label(LabelCommand::AcceptAll));
        }
    });
}

/// Position and size of a shape, in numbers.
fn shape_lines(shape: &Shape) -> Vec<String> {
    match shape {
        Shape::Box(b) => vec![
            format!("x {:>7.1}   y {:>7.1} px", b.x0, b.y0),
            format!("w {:>7.1}   h {:>7.1} px", b.width(), b.height()),
        ],
        Shape::TurnedBox(b) => vec![
            format!("x {:>7.1}   y {:>7.1} px", b.center[0], b.center[1]),
            format!("w {:>7.1}   h {:>7.1} px", b.size[0], b.size[1]),
            format!("rotated {:>6.1} deg", b.angle.to_degrees()),
        ],
        Shape::Polygon(points) => {
            vec![format!("polygon of {} points", points.len()), format!("area {:.0} px²", shape.area())]
        }
        Shape::Polyline(points) => vec![format!("polyline of {} points", points.len())],
        Shape::Keypoints(points) => {
            let seen = points.iter().filter(|point| point.seen == 2).count();
            vec![format!("{} keypoints, {seen} visible", points.len())]
        }
        Shape::Mask(mask) => vec![format!("mask of {} px", mask.area())],
        // Its numbers stand below, where they can be changed.
        Shape::Cuboid(_) => Vec::new(),
        Shape::Whole => vec!["the whole frame".to_owned()],
        Shape::Parts(parts) => parts
            .iter()
            .flat_map(|part| {
                let title = match (part.name.as_str(), part.hole) {
                    ("", false) => None,
                    ("", true) => Some("hole".to_owned()),
                    (name, _) => Some(name.to_owned()),
                };
                title.into_iter().chain(shape_lines(&part.shape))
            })
            .collect(),
    }
}
