//! The way of the vehicle by GPS, without tiles from a network.

use egui::{
    Align2, Color32, FontId, PointerButton, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
};

use crate::app::App;
use crate::app::command::Command;
use crate::app::replay::command::PlayCommand;
use crate::base::time::{Time, index_at};
use crate::data::clip::ChannelKind;
use crate::data::geometry::place;
use crate::gui::forms::double_clicked;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::theme::{self, class_ink};

/// The way of the vehicle, where a recording has GPS.
pub(in crate::gui::panes) static KIND: ViewKind = ViewKind {
    id: "map",
    title: "Map",
    place: Place::Below,
    medium: None,
    fits: |clip| {
        clip.info.of_kind(ChannelKind::Places).next().map(|_| Subject::Recording).into_iter().collect()
    },
    make: |_| Box::<MapPane>::default(),
};

/// State of this pane between frames.
#[derive(Debug, Default)]
struct MapPane {
    /// Zoom and center in meters; all of the track if absent.
    view: Option<View>,
    tracks: Vec<Track>,
    /// Samples that the tracks were made of.
    made_of: usize,
}

#[derive(Clone, Copy, Debug)]
struct View {
    meters_per_point: f32,
    center: Vec2,
}

/// One receiver's way in meters east and north of its first fix.
#[derive(Debug)]
struct Track {
    name: String,
    times: Vec<Time>,
    meters: Vec<Vec2>,
}

/// A click this far from a track, in points, is still on it.
const REACH: f32 = 24.0;

impl ViewPane for MapPane {
    fn ui(&mut self, ui: &mut Ui, _subject: Subject, pane: &mut Pane<'_>) {
        self.draw(ui, pane);
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

impl MapPane {
    fn draw(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        self.follow(app);
        let size = ui.available_size().max(Vec2::splat(32.0));
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Track of the vehicle"));
        let colors = theme::colors(ui);
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, colors.lane);
        let Some(bounds) = bounds(&self.tracks) else {
            let busy = app.jobs.any();
            let text = if busy { "Reading the GPS track…" } else { "No GPS fix in this recording" };
            painter.text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(13.0), colors.dim);
            return;
        };
        let fit =
            (bounds.width() / (rect.width() - 48.0)).max(bounds.height() / (rect.height() - 48.0)).max(0.05);
        let mut view =
            self.view.unwrap_or_else(|| View { meters_per_point: fit, center: bounds.center().to_vec2() });
        if response.dragged_by(PointerButton::Primary) {
            let by = response.drag_delta() * view.meters_per_point;
            view.center += Vec2::new(-by.x, by.y);
            self.view = Some(view);
        }
        if let Some(pointer) = response.hover_pos() {
            let (wheel, zoom) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
            let factor = (-wheel * 0.003).exp() / zoom;
            if (factor - 1.0).abs() > 1e-4 {
                let scale = (view.meters_per_point * factor).clamp(0.01, fit * 8.0);
                let off = pointer - rect.center();
                view.center += Vec2::new(off.x, -off.y) * (view.meters_per_point - scale);
                view.meters_per_point = scale;
                self.view = Some(view);
            }
        }
        if double_clicked(&response) {
            self.view = None;
        }
        let on_screen = |at: Vec2| {
            let off = (at - view.center) / view.meters_per_point;
            rect.center() + Vec2::new(off.x, -off.y)
        };
        let now = app.open.playback.playhead;
        for track in &self.tracks {
            let color = class_ink(ui, &track.name);
            painter.add(Shape::line(thinned(track, &on_screen), Stroke::new(2.5, color)));
            if let Some(at) = track.meters.get(index_at(&track.times, now)).copied() {
                painter.circle(on_screen(at), 6.0, color, Stroke::new(2.0, colors.playhead));
            }
        }
        if response.clicked()
            && let Some(pointer) = response.interact_pointer_pos()
            && let Some(time) = self.nearest(pointer, &on_screen)
        {
            pane.commands.push(Command::Play(PlayCommand::Seek(time)));
        }
        scale_ui(&painter, rect, view.meters_per_point, colors.dim);
        if self.tracks.len() > 1 {
            for (i, track) in self.tracks.iter().enumerate() {
                let at = rect.left_top() + Vec2::new(8.0, 8.0 + 16.0 * i as f32);
                painter.text(
                    at,
                    Align2::LEFT_TOP,
                    &track.name,
                    FontId::proportional(12.0),
                    class_ink(ui, &track.name),
                );
            }
        }
        response
            .on_hover_text("click to go there, drag to move, wheel to zoom, double-click to see all of it");
    }

    /// Makes the tracks anew when indexing found more.
    fn follow(&mut self, app: &App) {
        let Some(open) = &app.open.clip else { return };
        let mut origin = None;
        let mut tracks = Vec::new();
        let mut count = 0;
        let signal = |name: String| open.info.channel_named(&name);
        let mut sources = Vec::new();
        for (_, channel) in open.info.of_kind(ChannelKind::Places) {
            let latitude = signal(format!("{}.latitude", channel.name));
            let longitude = signal(format!("{}.longitude", channel.name));
            let (Some(latitude), Some(longitude)) = (latitude, longitude) else { continue };
            let (latitudes, longitudes) = (open.clip.values(latitude), open.clip.values(longitude));
            count += latitudes.len();
            sources.push((channel.name.clone(), open.clip.times(latitude), latitudes, longitudes));
        }
        if count == self.made_of {
            return;
        }
        for (name, times, latitudes, longitudes) in sources {
            let mut track = Track { name, times: Vec::new(), meters: Vec::new() };
            for ((time, latitude), longitude) in times.iter().zip(latitudes.iter()).zip(longitudes.iter()) {
                let place = place::Place { latitude: *latitude, longitude: *longitude, altitude: f64::NAN };
                if !place.is_known() {
                    continue;
                }
                let (east, north) = place.meters_from(origin.get_or_insert(place));
                track.times.push(*time);
                track.meters.push(Vec2::new(east as f32, north as f32));
            }
            if !track.times.is_empty() {
                tracks.push(track);
            }
        }
        self.tracks = tracks;
        self.made_of = count;
    }

    fn nearest(&self, pointer: Pos2, on_screen: &impl Fn(Vec2) -> Pos2) -> Option<Time> {
        self.tracks
            .iter()
            .flat_map(|track| track.times.iter().zip(&track.meters))
            .map(|(time, at)| (on_screen(*at).distance(pointer), *time))
            .filter(|(distance, _)| *distance <= REACH)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, time)| time)
    }
}

fn bounds(tracks: &[Track]) -> Option<Rect> {
    let mut all = tracks.iter().flat_map(|track| &track.meters);
    let first = all.next()?.to_pos2();
    Some(all.fold(Rect::from_min_max(first, first), |mut rect, at| {
        rect.extend_with(at.to_pos2());
        rect
    }))
}

/// The track on the screen without points that fall onto the last one.
fn thinned(track: &Track, on_screen: &impl Fn(Vec2) -> Pos2) -> Vec<Pos2> {
    let mut line: Vec<Pos2> = Vec::new();
    for at in &track.meters {
        let at = on_screen(*at);
        if line.last().is_none_or(|last| last.distance_sq(at) >= 1.0) {
            line.push(at);
        }
    }
    line
}

/// A line of a round length, and north.
fn scale_ui(painter: &egui::Painter, rect: Rect, meters_per_point: f32, color: Color32) {
    let wished = 90.0 * meters_per_point;
    let power = 10_f32.powf(wished.log10().floor());
    let round =
        [5.0, 2.0, 1.0].into_iter().map(|n| n * power).find(|length| *length <= wished).unwrap_or(power);
    let end = rect.right_bottom() - Vec2::splat(12.0);
    let start = end - Vec2::new(round / meters_per_point, 0.0);
    painter.line_segment([start, end], Stroke::new(2.0, color));
    let text = if round >= 1000.0 { format!("{} km", round / 1000.0) } else { format!("{round} m") };
    painter.text(start - Vec2::new(6.0, 0.0), Align2::RIGHT_CENTER, text, FontId::proportional(12.0), color);
    let corner = rect.right_top() + Vec2::new(-14.0, 12.0);
    painter.text(corner, Align2::CENTER_TOP, "N", FontId::proportional(12.0), color);
    painter.arrow(corner + Vec2::new(0.0, 34.0), Vec2::new(0.0, -16.0), Stroke::new(1.5, color));
}
