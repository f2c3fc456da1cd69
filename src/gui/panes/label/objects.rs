//! Objects of a channel as a list, each row a way to its first frame.

use egui::{RichText, ScrollArea, Ui};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::replay::command::PlayCommand;
use crate::base::name::Name;
use crate::base::text::counted;
use crate::data::labels::index::Labels;
use crate::gui::forms::{dim_ui, empty_ui};
use crate::gui::pane::Pane;
use crate::gui::scripts;
use crate::gui::theme::{ROW, class_ink};

/// Origin of a list of objects.
type RowsOf = (u64, String, String, String);

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
    /// Objects of a channel with their origin: the project's revision, recording, channel and filter.
    rows: Option<(RowsOf, Vec<ObjectRow>)>,
}

impl ObjectList {
    /// The objects that match a filter.
    pub(super) fn ui(&mut self, ui: &mut Ui, filter: &str, pane: &mut Pane<'_>) {
        let app = pane.app;
        let (Some(editor), Ok((clip, channel))) = (&app.open.editor, app.open.current_camera()) else {
            return;
        };
        let of = (editor.revision(), clip, channel, filter.to_lowercase());
        if self.rows.as_ref().is_none_or(|(made_of, _)| *made_of != of) {
            let rows = object_rows(&editor.project().labels, &of);
            self.rows = Some((of, rows));
        }
        let Some(((_, _, channel, _), rows)) = &self.rows else { return };
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
        dim_ui(ui, format!("{} on {channel}", counted(rows.len(), "object")));
        ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, rows.len(), |ui, range| {
            for ObjectRow { object, class, first, last, keys } in &rows[range] {
                let when = if first == last {
                    format!("frame {first}")
                } else {
                    format!("{first} to {last}, {keys} keyframes")
                };
                let text = format!("{object:>6}  {:<14} {when}", brief(class));
                ui.horizontal(|ui| {
                    ui.label(RichText::new("■").color(class_ink(ui, class)));
                    let row = egui::Button::new(RichText::new(text).monospace().size(12.0))
                        .selected(app.open.labeling.object == Some(*object))
                        .frame_when_inactive(app.open.labeling.object == Some(*object))
                        .truncate();
                    if ui.add(row).clicked() {
                        pane.commands.push(Command::Play(PlayCommand::SeekFrame(*first)));
                        pane.commands.push(Command::Label(LabelCommand::SelectObject(Some(*object))));
                    }
                });
            }
        });
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
fn object_rows(labels: &Labels, (_, clip, channel, wanted): &RowsOf) -> Vec<ObjectRow> {
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
    rows.sort_by_key(|row| (row.first, row.object));
    rows
}
