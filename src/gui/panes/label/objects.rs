//! Objects of a channel as a list, each row a way to its first frame.

use egui::{RichText, ScrollArea, Ui};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::label::sight::SightCommand;
use crate::app::replay::command::PlayCommand;
use crate::base::name::Name;
use crate::base::text::counted;
use crate::data::labels::index::Labels;
use crate::gui::forms::{dim_ui, empty_ui};
use crate::gui::pane::Pane;
use crate::gui::scripts;
use crate::gui::theme::{ROW, class_ink, icon};

/// Origin of a list of objects: the project's revision, recording, channel, filter and order.
type RowsOf = (u64, String, String, String, Order);

/// Order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    #[default]
    Start,
    Class,
    Length,
    Number,
}

impl Order {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Start, "start"), (Self::Class, "class"), (Self::Length, "length"), (Self::Number, "number")];
}

/// One object in the list.
#[derive(Clone, Debug)]
struct ObjectRow {
    object: u64,
    class: Name,
    first: usize,
    last: usize,
    keys: usize,
}

/// The list, made again when what it shows has changed.
#[derive(Debug, Default)]
pub(super) struct ObjectList {
    /// Objects of a channel with their origin.
    rows: Option<(RowsOf, Vec<ObjectRow>)>,
    order: Order,
}

impl ObjectList {
    /// The objects that match a filter.
    pub(super) fn ui(&mut self, ui: &mut Ui, filter: &str, pane: &mut Pane<'_>) {
        let app = pane.app;
        let (Some(editor), Ok((clip, channel))) = (&app.open.editor, app.open.current_camera()) else {
            return;
        };
        let of = (editor.revision(), clip, channel, filter.to_lowercase(), self.order);
        if self.rows.as_ref().is_none_or(|(made_of, _)| *made_of != of) {
            let rows = object_rows(&editor.project().labels, &of);
            self.rows = Some((of, rows));
        }
        let Some(((_, _, channel, ..), rows)) = &self.rows else { return };
        if rows.is_empty() {
            let filtered = !filter.trim().is_empty();
            empty_ui(
                ui,
                if filtered {
                    "No object matches the filter"
                } else {
                    "No objects on this camera yet: press R and drag on the frame"
                },
            );
            return;
        }
        let sight = &app.open.labeling.sight;
        let mut send = |command| pane.commands.push(Command::Label(LabelCommand::Sight(command)));
        ui.horizontal_wrapped(|ui| {
            dim_ui(ui, format!("{} on {channel}", counted(rows.len(), "object")));
            let title =
                Order::ALL.iter().find(|(order, _)| *order == self.order).map_or("", |(_, title)| *title);
            let combo = egui::ComboBox::from_id_salt("order of objects").width(84.0).selected_text(title);
            let combo = combo.show_ui(ui, |ui| {
                for (order, title) in Order::ALL {
                    ui.selectable_value(&mut self.order, order, title);
                }
            });
            combo
                .response
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Order of objects"));
            if sight.hides() && ui.button("Show all").clicked() {
                send(SightCommand::ShowAll);
            }
        });
        let mut chosen = None;
        ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, rows.len(), |ui, range| {
            for ObjectRow { object, class, first, last, keys } in &rows[range] {
                let when = if first == last {
                    format!("frame {first}")
                } else {
                    format!("{first} to {last}, {keys} keyframes")
                };
                let text = format!("{object:>6}  {:<14} {when}", brief(class));
                ui.horizontal(|ui| {
                    let (hidden, locked) = (sight.hidden.contains(object), sight.locked.contains(object));
                    let eye = if hidden { icon::EYE_SLASH } else { icon::EYE };
                    let lock = if locked { icon::LOCK } else { icon::UNLOCK };
                    let small = |ui: &mut Ui, sign: &str, name: String, pressed: bool| {
                        let button =
                            egui::Button::new(RichText::new(sign).size(12.0)).small().selected(pressed);
                        let button = ui.add(button);
                        button.widget_info(|| {
                            egui::WidgetInfo::selected(egui::Role::Button, true, pressed, &name)
                        });
                        button.on_hover_text(&name).clicked()
                    };
                    if small(ui, eye, format!("Hide object {object}"), hidden) {
                        send(SightCommand::Object(*object));
                    }
                    if small(ui, lock, format!("Lock object {object}"), locked) {
                        send(SightCommand::Lock(*object));
                    }
                    ui.label(RichText::new("■").color(class_ink(ui, class)));
                    let row = egui::Button::new(RichText::new(text).monospace().size(12.0))
                        .selected(app.open.labeling.object == Some(*object))
                        .frame_when_inactive(app.open.labeling.object == Some(*object))
                        .truncate();
                    if ui.add(row).clicked() {
                        chosen = Some((*object, *first));
                    }
                });
            }
        });
        if let Some((object, first)) = chosen {
            pane.commands.push(Command::Play(PlayCommand::SeekFrame(first)));
            pane.commands.push(Command::Label(LabelCommand::SelectObject(Some(object))));
        }
    }
}

/// A name for a column of fourteen letters.
pub(super) fn brief(name: &str) -> String {
    const FITS: usize = 14;
    if name.chars().count() <= FITS {
        return scripts::shown(name).into_owned();
    }
    scripts::shown(&name.chars().take(FITS - 1).chain(['…']).collect::<String>()).into_owned()
}

/// Objects of one channel that match a filter, tracked or on a single frame, by their start.
fn object_rows(labels: &Labels, (_, clip, channel, wanted, order): &RowsOf) -> Vec<ObjectRow> {
    let tracks = labels.tracks(clip, channel);
    let mut rows: Vec<ObjectRow> = tracks
        .filter_map(|(object, keys)| {
            let (first, last) = (keys.first()?, keys.last()?);
            let class = first.class.clone();
            Some(ObjectRow { object, class, first: first.frame, last: last.frame, keys: keys.len() })
        })
        .collect();
    let followed: std::collections::BTreeSet<u64> = rows.iter().map(|row| row.object).collect();
    let single = labels.iter().filter(|label| label.clip == *clip && label.channel == *channel);
    rows.extend(single.filter(|label| !followed.contains(&label.object)).map(|label| ObjectRow {
        object: label.object,
        class: label.class.clone(),
        first: label.frame,
        last: label.frame,
        keys: 1,
    }));
    if !wanted.is_empty() {
        rows.retain(|row| row.class.to_lowercase().contains(wanted) || row.object.to_string() == *wanted);
    }
    rows.sort_by(|a, b| {
        let by = match order {
            Order::Start => std::cmp::Ordering::Equal,
            Order::Class => a.class.cmp(&b.class),
            Order::Length => (b.last - b.first).cmp(&(a.last - a.first)),
            Order::Number => a.object.cmp(&b.object),
        };
        by.then((a.first, a.object).cmp(&(b.first, b.object)))
    });
    rows
}
