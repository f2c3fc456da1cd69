//! Views of the recording in tiles that can be dragged: cameras, point clouds, the map, the log.

use egui::Ui;
use egui_tiles::{Behavior, Linear, LinearDir, SimplificationOptions, Tile, TileId, Tiles, Tree, UiResponse};
use egui_wgpu::wgpu;

use crate::app::command::Command;
use crate::app::replay::open_clip::OpenClip;
use crate::data::clip::ChannelKind;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::VIEWS;
use crate::gui::panes::replay::tiling::{self, Arrangement};
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::{forms, scripts};

/// Share of the height that stays for the other views when one is opened below them.
const OPENED: f32 = 0.6;

/// One tile.
#[derive(Clone, Copy)]
struct View {
    kind: &'static ViewKind,
    subject: Subject,
}

impl PartialEq for View {
    fn eq(&self, other: &Self) -> bool {
        self.kind.id == other.kind.id && self.subject == other.subject
    }
}

impl View {
    /// Its name, the same in every recording of a kind.
    fn name(self, clip: &OpenClip) -> String {
        let channel = self.subject.channel().and_then(|id| clip.info.channel(id));
        match (channel, self.subject) {
            (Some(channel), _) => channel.name.clone(),
            (None, Subject::Opened(number)) if number > 1 => format!("{} {number}", self.kind.title),
            (None, _) => self.kind.title.to_owned(),
        }
    }

    /// The views that a recording fills.
    fn all(clip: &OpenClip) -> Vec<Self> {
        let of = |kind: &'static ViewKind| {
            (kind.fits)(clip).into_iter().map(move |subject| Self { kind, subject })
        };
        VIEWS.iter().flat_map(|kind| of(kind)).collect()
    }
}

/// The sentence for a recording without a view, with what it has instead.
fn nothing(open: &OpenClip) -> String {
    /// More channels than this are not listed.
    const MOST: usize = 12;
    let silent: Vec<String> = open
        .info
        .channels
        .iter()
        .filter_map(|channel| {
            let problem = channel.problem.as_ref()?;
            Some(format!("\n{}  {} × {}, {problem}", channel.name, channel.samples, channel.encoding))
        })
        .collect();
    let signals = open.info.of_kind(ChannelKind::Signal).next().is_some();
    let rest = if signals { " Its signals are on the timeline." } else { "" };
    let more = if silent.len() > MOST { format!("\n{} more", silent.len() - MOST) } else { String::new() };
    let listed: String = silent.into_iter().take(MOST).collect();
    format!("This recording has no camera, point cloud, GPS or log to show.{rest}{listed}{more}")
}

/// Tiles and what they remember between frames.
pub struct Views {
    tree: Tree<View>,
    /// The recording, its arrangement, and the views that were drawn.
    of: Option<(u64, u64, Vec<View>)>,
    /// The tiles when the mouse was last up.
    arranged: Option<Arrangement>,
    /// Panes of the tiles, in the order of their kinds.
    panes: Vec<Box<dyn ViewPane>>,
}

impl Views {
    /// Tiles for nothing, on windows of this format.
    pub fn new(window: Option<wgpu::TextureFormat>) -> Self {
        let panes = VIEWS.iter().map(|kind| (kind.make)(window)).collect();
        Self { tree: empty_tree(), of: None, arranged: None, panes }
    }

    /// Draws all tiles.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let Some(open) = &pane.app.open.clip else { return };
        let views = View::all(open);
        let now = (open.id, open.arranged_anew, views.clone());
        if self.of.as_ref() != Some(&now) {
            if self.of.as_ref().is_none_or(|(id, ..)| *id != open.id) {
                self.panes.iter_mut().for_each(|pane| pane.forget());
                pane.shared.drawing.forget();
            }
            let name = |view: &View| view.name(open);
            let remembered = serde_json::from_value::<Arrangement>(open.views.clone()).ok();
            let remembered =
                remembered.and_then(|arrangement| tiling::build(&arrangement, views.clone(), &name));
            let known =
                self.of.as_ref().filter(|(id, anew, _)| (*id, *anew) == (open.id, open.arranged_anew));
            match (known.is_some(), remembered) {
                // Somebody opened or closed a view: the others stay where they are.
                (true, _) => open_and_close(&mut self.tree, &views),
                (false, Some((root, tiles))) => {
                    self.tree = Tree::new(egui::Id::unique("views"), root, tiles);
                }
                (false, None) => self.tree = layout(&views),
            }
            self.of = Some((open.id, open.arranged_anew, views.clone()));
            self.arranged = None;
        }
        if views.is_empty() {
            forms::empty_ui(ui, &nothing(open));
            return;
        }
        let closable = views.iter().any(|view| matches!(view.subject, Subject::Opened(_)));
        let mut tree = std::mem::replace(&mut self.tree, empty_tree());
        tree.ui(&mut ViewTiles { panes: &mut self.panes, several: views.len() > 1 || closable, pane }, ui);
        self.tree = tree;
        // Only what somebody moved is worth keeping, once the mouse is up.
        if !ui.input(|input| input.pointer.any_down()) {
            let now = tiling::read(&self.tree, &|view: &View| view.name(open));
            if self.arranged.is_some() && now != self.arranged {
                let value = serde_json::to_value(&now).unwrap_or_default();
                pane.commands.push(Command::Arrange(value));
            }
            self.arranged = now;
        }
    }

    /// Draws the active channel alone, by the kind for its medium.
    pub(in crate::gui::panes) fn active_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let Some(channel) = pane.app.open.playback.camera else { return };
        let medium = Some(pane.app.open.medium());
        // What has no view of its own is looked at as a camera is.
        let kind = VIEWS.iter().position(|kind| kind.medium == medium).unwrap_or(0);
        if let Some(view) = self.panes.get_mut(kind) {
            view.ui(ui, Subject::Channel(channel), pane);
        }
    }
}

/// The name of a tab, of which the end tells one long path from another.
fn brief(name: &str) -> String {
    const FITS: usize = 28;
    let count = name.chars().count();
    if count <= FITS {
        return name.to_owned();
    }
    ['…'].into_iter().chain(name.chars().skip(count - FITS + 1)).collect()
}

fn empty_tree() -> Tree<View> {
    Tree::empty(egui::Id::unique("views"))
}

/// Removes the tiles of views that are gone, and puts new ones beside their kind, or below everything.
fn open_and_close(tree: &mut Tree<View>, views: &[View]) {
    let mut shown: Vec<(TileId, View)> = tree
        .tiles
        .iter()
        .filter_map(|(id, tile)| if let Tile::Pane(view) = tile { Some((*id, *view)) } else { None })
        .collect();
    shown.sort_by_key(|(id, _)| id.0);
    for (id, _) in shown.iter().filter(|(_, view)| !views.contains(view)) {
        tree.remove_recursively(*id);
        if tree.root == Some(*id) {
            tree.root = None;
        }
    }
    shown.retain(|(_, view)| views.contains(view));
    for view in views {
        if shown.iter().any(|(_, known)| known == view) {
            continue;
        }
        let tile = tree.tiles.insert_pane(*view);
        let relative = shown.iter().rev().find(|(_, known)| known.kind.id == view.kind.id);
        let parent = relative.and_then(|(id, _)| tree.tiles.parent_of(*id));
        match (parent.and_then(|parent| tree.tiles.get_mut(parent)), tree.root) {
            (Some(Tile::Container(container)), _) => container.add_child(tile),
            (_, Some(root)) => {
                let linear = Linear::new_binary(LinearDir::Vertical, [root, tile], OPENED);
                tree.root = Some(tree.tiles.insert_new(Tile::Container(linear.into())));
            }
            (_, None) => tree.root = Some(tile),
        }
        shown.push((tile, *view));
    }
}

/// Cameras on the left, space on the right of them, map and log in tabs below it.
fn layout(views: &[View]) -> Tree<View> {
    let mut tiles = Tiles::default();
    let (mut cameras, mut space, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for view in views {
        let tile = tiles.insert_pane(*view);
        match view.kind.place {
            Place::Main => cameras.push(tile),
            Place::Side => space.push(tile),
            Place::Below => others.push(tile),
        }
    }
    let one = |tiles: &mut Tiles<View>, all: Vec<TileId>, grid: bool| match all.as_slice() {
        [] => None,
        [only] => Some(*only),
        _ if grid => Some(tiles.insert_grid_tile(all)),
        _ => Some(tiles.insert_tab_tile(all)),
    };
    let left = one(&mut tiles, cameras, true);
    let others = one(&mut tiles, others, false);
    let right: Vec<TileId> = space.into_iter().chain(others).collect();
    let right = match right.as_slice() {
        [] => None,
        [only] => Some(*only),
        [upper, lower, ..] => {
            let linear = Linear::new_binary(LinearDir::Vertical, [*upper, *lower], 0.62);
            Some(tiles.insert_new(Tile::Container(linear.into())))
        }
    };
    let root = match (left, right) {
        (Some(left), Some(right)) => {
            let linear = Linear::new_binary(LinearDir::Horizontal, [left, right], 0.5);
            tiles.insert_new(Tile::Container(linear.into()))
        }
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => return empty_tree(),
    };
    Tree::new(egui::Id::unique("views"), root, tiles)
}

struct ViewTiles<'a, 'b> {
    panes: &'a mut [Box<dyn ViewPane>],
    /// There is more than one tile, so each has a tab.
    several: bool,
    pane: &'a mut Pane<'b>,
}

impl Behavior<View> for ViewTiles<'_, '_> {
    fn tab_title_for_pane(&mut self, view: &View) -> egui::WidgetText {
        let name = self.pane.app.open.clip.as_ref().map(|open| view.name(open)).unwrap_or_default();
        scripts::shown(&brief(&name)).into_owned().into()
    }

    fn on_tab_button(
        &mut self,
        tiles: &mut Tiles<View>,
        tile: TileId,
        button: egui::Response,
    ) -> egui::Response {
        let open = self.pane.app.open.clip.as_ref();
        let name = match (tiles.get(tile), open) {
            (Some(Tile::Pane(view)), Some(open)) => view.name(open),
            _ => return button,
        };
        if brief(&name) == name { button } else { button.on_hover_text(scripts::shown(&name)) }
    }

    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, view: &mut View) -> UiResponse {
        let kind = VIEWS.iter().position(|kind| kind.id == view.kind.id);
        if let Some(drawn_by) = kind.and_then(|kind| self.panes.get_mut(kind)) {
            drawn_by.ui(ui, view.subject, self.pane);
        }
        UiResponse::None
    }

    fn is_tab_closable(&self, tiles: &Tiles<View>, tile: TileId) -> bool {
        matches!(tiles.get(tile), Some(Tile::Pane(View { subject: Subject::Opened(_), .. })))
    }

    fn on_tab_close(&mut self, tiles: &mut Tiles<View>, tile: TileId) -> bool {
        if let Some(Tile::Pane(View { kind, subject: Subject::Opened(number) })) = tiles.get(tile) {
            let drawn_by = VIEWS.iter().position(|known| known.id == kind.id);
            let drawn_by = drawn_by.and_then(|kind| self.panes.get(kind));
            self.pane.commands.extend(drawn_by.and_then(|pane| pane.close(*number)));
        }
        // The tile goes when the view is no longer open.
        false
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: self.several, ..SimplificationOptions::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_view_has_an_id_and_a_title_of_its_own() {
        for (i, kind) in VIEWS.iter().enumerate() {
            let others = VIEWS.iter().skip(i + 1);
            assert!(others.clone().all(|other| other.id != kind.id && other.title != kind.title));
            assert!(kind.medium.is_none() || others.clone().all(|other| other.medium != kind.medium));
        }
        assert_eq!(VIEWS[0].id, "camera", "what has no view of its own is looked at as a camera is");
    }
}
