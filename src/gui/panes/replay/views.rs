//! Views of the recording in tiles that can be dragged: cameras, point clouds, the map, the log.
//!
//! A view is one file and one line in [`View::all`] and one in [`ViewTiles::pane_ui`].

use egui::Ui;
use egui_tiles::{Behavior, Linear, LinearDir, SimplificationOptions, Tile, TileId, Tiles, Tree, UiResponse};

use crate::app::App;
use crate::app::command::Command;
use crate::app::replay::open_clip::OpenClip;
use crate::data::clip::{ChannelId, ChannelKind};
use crate::data::input::Medium;
use crate::data::time::window::Reach;
use crate::gui::forms;
use crate::gui::panes::replay::camera::{Cameras, camera_ui};
use crate::gui::panes::replay::log::LogPane;
use crate::gui::panes::replay::map::MapPane;
use crate::gui::panes::replay::space::SpacePane;
use crate::gui::panes::replay::text::text_ui;
use crate::gui::panes::replay::tiling::{self, Arrangement};
use crate::gui::viewers::picture::Textures;

/// One tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Camera(ChannelId),
    Text(ChannelId),
    Space,
    Map,
    Log,
}

impl View {
    /// Name of the view, the same in every recording of a kind.
    fn name(self, clip: &OpenClip) -> String {
        match self {
            Self::Camera(id) | Self::Text(id) => {
                clip.info.channel(id).map(|channel| channel.name.clone()).unwrap_or_default()
            }
            Self::Space => "Space".to_owned(),
            Self::Map => "Map".to_owned(),
            Self::Log => "Log".to_owned(),
        }
    }

    /// The views that a recording fills.
    fn all(clip: &OpenClip) -> Vec<Self> {
        let has = |kind| clip.info.of_kind(kind).next().is_some();
        let mut views: Vec<Self> = clip.cameras().into_iter().map(Self::Camera).collect();
        views.extend((has(ChannelKind::Points) || has(ChannelKind::Cuboids)).then_some(Self::Space));
        if views.is_empty() {
            let texts = clip.info.asked(Medium::Text, &Reach::default());
            views.extend(texts.into_iter().map(|(id, _)| Self::Text(id)));
        }
        views.extend(has(ChannelKind::Places).then_some(Self::Map));
        views.extend(has(ChannelKind::Log).then_some(Self::Log));
        views
    }
}

/// State of the tiles between frames.
pub struct Views {
    tree: Tree<View>,
    of: Option<(u64, Vec<View>)>,
    /// The tiles when the mouse was last up.
    arranged: Option<Arrangement>,
    /// The cameras.
    pub cameras: Cameras,
    /// Point clouds and cuboids.
    pub space: SpacePane,
    map: MapPane,
    log: LogPane,
}

impl Views {
    /// Tiles for nothing; `space` knows how to draw on this window.
    pub fn new(space: SpacePane) -> Self {
        Self {
            tree: empty_tree(),
            of: None,
            arranged: None,
            cameras: Cameras::default(),
            space,
            map: MapPane::default(),
            log: LogPane::default(),
        }
    }

    /// Draws all tiles.
    pub fn ui(&mut self, ui: &mut Ui, app: &App, textures: &mut Textures, commands: &mut Vec<Command>) {
        let Some(open) = &app.clip else { return };
        let views = View::all(open);
        if self.of.as_ref() != Some(&(open.id, views.clone())) {
            if self.of.as_ref().is_none_or(|(id, _)| *id != open.id) {
                self.cameras.forget();
                self.space.forget();
                self.map = MapPane::default();
                self.log = LogPane::default();
            }
            let name = |view: &View| view.name(open);
            let remembered = serde_json::from_value::<Arrangement>(open.views.clone()).ok();
            let remembered =
                remembered.and_then(|arrangement| tiling::build(&arrangement, views.clone(), &name));
            self.tree = match remembered {
                Some((root, tiles)) => Tree::new(egui::Id::unique("views"), root, tiles),
                None => layout(&views),
            };
            self.of = Some((open.id, views.clone()));
            self.arranged = None;
        }
        if views.is_empty() {
            forms::empty_ui(
                ui,
                "This recording has no camera, point cloud, GPS or log to show. Its signals are on the timeline.",
            );
            return;
        }
        let mut tree = std::mem::replace(&mut self.tree, empty_tree());
        let mut tiles = ViewTiles { views: self, app, textures, commands };
        tree.ui(&mut tiles, ui);
        self.tree = tree;
        // Only what somebody moved is worth keeping, once the mouse is up.
        if !ui.input(|input| input.pointer.any_down()) {
            let now = tiling::read(&self.tree, &|view: &View| view.name(open));
            if self.arranged.is_some() && now != self.arranged {
                let value = serde_json::to_value(&now).unwrap_or_default();
                commands.push(Command::Arrange(value));
            }
            self.arranged = now;
        }
    }
}

fn empty_tree() -> Tree<View> {
    Tree::empty(egui::Id::unique("views"))
}

/// Cameras on the left, space on the right of them, map and log in tabs below it.
fn layout(views: &[View]) -> Tree<View> {
    let mut tiles = Tiles::default();
    let (mut cameras, mut space, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for view in views {
        let tile = tiles.insert_pane(*view);
        match view {
            View::Camera(_) | View::Text(_) => cameras.push(tile),
            View::Space => space.push(tile),
            View::Map | View::Log => others.push(tile),
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

struct ViewTiles<'a> {
    views: &'a mut Views,
    app: &'a App,
    textures: &'a mut Textures,
    commands: &'a mut Vec<Command>,
}

impl Behavior<View> for ViewTiles<'_> {
    fn tab_title_for_pane(&mut self, pane: &View) -> egui::WidgetText {
        self.app.clip.as_ref().map(|open| pane.name(open)).unwrap_or_default().into()
    }

    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, pane: &mut View) -> UiResponse {
        let (app, commands) = (self.app, &mut *self.commands);
        match pane {
            View::Camera(id) => camera_ui(ui, *id, &mut self.views.cameras, app, self.textures, commands),
            View::Text(id) => text_ui(ui, *id, app, commands),
            View::Space => {
                let predictions = self.views.cameras.predictions;
                self.views.space.ui(ui, app, predictions, self.commands);
            }
            View::Map => self.views.map.ui(ui, app, commands),
            View::Log => self.views.log.ui(ui, app, commands),
        }
        UiResponse::None
    }

    fn simplification_options(&self) -> SimplificationOptions {
        let several = self.views.of.as_ref().is_some_and(|(_, views)| views.len() > 1);
        SimplificationOptions { all_panes_must_have_tabs: several, ..SimplificationOptions::default() }
    }
}
